"""Problem sets: a student version and an instructor version from one source, `python -m samlib.check assign FOLDER`.

A source is a MyST notebook in which the solutions stand between two markers, each on a line of its own: in a code cell
`### BEGIN SOLUTION` and `### END SOLUTION` (nbgrader's), in the text `% BEGIN SOLUTION` and `% END SOLUTION` (a comment
of MyST). The instructor version keeps what is between them, the student version does not; the markers are in neither.
Which exercises are graded is read off the variables `answer_2_3` that the source sets.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from samlib.check import EXERCISES

__all__ = ["MARK", "Assignment", "read_folder", "read_source", "write_all"]

MARK = re.compile(r"^[ \t]*(?:###|%) (BEGIN|END) SOLUTION[ \t]*$")
"""A line that begins or ends a solution."""

_NEARLY = re.compile(r"(?:BEGIN|END)[ _-]*SOLUTION", re.I)
_ANSWER = re.compile(r"^answer_(\d+)_(\d+)", re.M)


@dataclass(frozen=True)
class Assignment:
    """A problem set.

    Attributes
    ----------
    name : str
        Of its files, without ending.
    source : str
        What it is made from, with solutions and markers, MyST.
    student, instructor : str
        The two versions, MyST.
    exercises : tuple of str
        What is graded, in the order of the source.
    """

    name: str
    source: str
    student: str
    instructor: str
    exercises: tuple[str, ...]


def read_source(name: str, text: str) -> Assignment:
    """Split a source into its versions.

    Raises
    ------
    ValueError
        If a marker has no partner or is misspelled, there is no solution, or an exercise does not exist or is not
        asked for in the student version.
    """
    student, instructor, opened = [], [], 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        mark = MARK.match(line.rstrip("\n"))
        if mark is None:
            if _NEARLY.search(line):
                raise ValueError(f"{name}, line {number}: a marker is a line of its own, such as ### BEGIN SOLUTION")
            instructor.append(line)
            if not opened:
                student.append(line)
        elif (mark[1] == "BEGIN") == bool(opened):
            raise ValueError(f"{name}, line {number}: {mark[1]} SOLUTION without its partner")
        else:
            opened = number if mark[1] == "BEGIN" else 0
    if opened:
        raise ValueError(f"{name}, line {opened}: BEGIN SOLUTION without its partner")
    if student == instructor:
        raise ValueError(f"{name}: there is no solution between markers")
    exercises = _exercises("".join(instructor))
    for one in exercises:
        if one not in EXERCISES or not EXERCISES[one].parts:
            raise ValueError(f"{name}: there is no exercise {one} that a computer can grade")
    if exercises != _exercises("".join(student)):
        raise ValueError(f"{name}: the student version does not set all the variables, for example answer_2_3 = ...")
    return Assignment(name, text, "".join(student), "".join(instructor), exercises)


def read_folder(sources: Path) -> list[Assignment]:
    """The problem sets of a folder, by name.

    Raises
    ------
    ValueError
        As `read_source`, or if there is no such folder, no source in it, or one that is no text.
    """
    if not sources.is_dir():
        what = "is a file" if sources.exists() else "does not exist"
        raise ValueError(f"{sources} {what}; give the folder of the sources, such as course")
    made = []
    for path in sorted(sources.glob("*.md")):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ValueError(f"{path} is no text in UTF-8") from None
        made.append(read_source(path.stem, text))
    if not made:
        raise ValueError(f"no problem set (.md) in {sources}")
    return made


def write_all(sources: Path, out: Path, pages: Path | None = None) -> list[Assignment]:
    """Write `out/NAME/student/NAME.md` and `out/NAME/instructor/NAME.md`, each with its `exercises.txt` for the grader.

    `pages` gets the student versions too: a folder of a book.

    Raises
    ------
    ValueError
        As `read_folder`.
    """
    made = read_folder(sources)
    for one in made:
        if pages is not None:
            (pages / f"{one.name}.md").write_text(one.student, encoding="utf-8")
        for version, text in (("student", one.student), ("instructor", one.instructor)):
            folder = out / one.name / version
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{one.name}.md").write_text(text, encoding="utf-8")
            (folder / "exercises.txt").write_text("\n".join(one.exercises) + "\n", encoding="utf-8")
    return made


def _exercises(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{chapter}.{number}" for chapter, number in _ANSWER.findall(text)))
