"""`python -m samlib.check`: list the exercises, make problem sets, or grade a class."""

import argparse
import sys
from pathlib import Path

from samlib.check import EXERCISES, check
from samlib.check.assignments import write_all
from samlib.check.grade import Limits, grade_folder
from samlib.check.nbgrader import write_course

__all__ = ["main"]

EPILOG = (
    "Grading is no sandbox: submissions run as you, with limits of time, memory, file size and processes, but with "
    "your files and your network within reach. Grade strangers in a container."
)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m samlib.check", description=__doc__, epilog=EPILOG)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the exercises with marks, minutes and points")
    ask = commands.add_parser("ask", help="what an exercise asks for")
    ask.add_argument("exercise")
    ask.add_argument("--student", default="", help="an id, for parameters of one's own")
    grade = commands.add_parser("grade", help="grade a folder of notebooks", epilog=EPILOG)
    grade.add_argument("folder", type=Path)
    grade.add_argument("--exercises", default="", help='ids, "1.3 2.3"; without it the lines of FOLDER/exercises.txt')
    grade.add_argument("--out", type=Path, default=Path("grades.csv"), help="the table; feedback goes next to it")
    grade.add_argument("--workers", type=int, default=None, help="submissions at a time (the number of cores)")
    limits = Limits()
    for name, unit in (
        ("seconds", "for a submission"),
        ("cell-seconds", "for a cell"),
        ("check-seconds", "for an answer"),
    ):
        value = getattr(limits, name.replace("-", "_"))
        grade.add_argument(f"--{name}", type=float, default=value, help=f"seconds {unit} ({value:g})")
    grade.add_argument("--memory-mb", type=float, default=limits.memory_mb, help=f"({limits.memory_mb:g})")
    assign = commands.add_parser("assign", help="student and instructor versions of problem sets")
    assign.add_argument("folder", type=Path, help="the sources, MyST notebooks with solutions between markers")
    assign.add_argument("--out", type=Path, default=Path("assignments"))
    assign.add_argument("--pages", type=Path, default=None, help="a folder that gets the student versions too")
    course = commands.add_parser("nbgrader", help="problem sets as a course of nbgrader")
    course.add_argument("folder", type=Path, help="the sources, as for assign")
    course.add_argument("--out", type=Path, required=True, help="the folder of the course")
    given = parser.parse_args(arguments)
    if given.command == "list":
        for one in EXERCISES.values():
            print(f"{one.id:5s} {one.points:2d} points {one.minutes:3d} min  {', '.join(one.marks):18s} {one.title}")
        return 0
    if given.command == "ask":
        print(check(given.exercise, student=given.student))
        return 0
    if given.command in ("assign", "nbgrader"):
        to_nbgrader = given.command == "nbgrader"
        try:
            made = (
                write_course(given.folder, given.out) if to_nbgrader
                else write_all(given.folder, given.out, given.pages)
            )  # fmt: skip
        except ValueError as error:
            parser.error(str(error))
        for problem_set in made:
            points = sum(EXERCISES[exercise].points for exercise in problem_set.exercises)
            written = given.out / "source" / problem_set.name if to_nbgrader else given.out / problem_set.name
            print(f"{written}: exercises {' '.join(problem_set.exercises)}, {points} points")
        if to_nbgrader:
            print(f"Next, in {given.out}: nbgrader generate_assignment {made[0].name}")
        return 0
    try:
        count = grade_folder(
            given.folder, given.out, _exercises(given.exercises, given.folder),
            Limits(given.seconds, given.cell_seconds, given.check_seconds, given.memory_mb), given.workers,
        )  # fmt: skip
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    print(f"{count} graded, in {given.out}; feedback in {given.out.parent / 'feedback'}")
    return 0


def _exercises(named: str, folder: Path) -> list[str]:
    listed = folder / "exercises.txt"
    text = named or (listed.read_text(encoding="utf-8") if listed.is_file() else "")
    return text.replace(",", " ").split()


if __name__ == "__main__":
    sys.exit(main())
