"""nbgrader itself, from the sources to the gradebook: it gives the points that our own grader gives."""

import csv
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from samlib.check import EXERCISES
from samlib.check.__main__ import main
from samlib.check.assignments import MARK, read_folder
from samlib.check.submissions import read, split

SOURCES = Path(__file__).parents[2] / "course"
SETS = {one.name: one for one in read_folder(SOURCES)}
FIRST = "problem-set-1"
STUB = "# YOUR CODE HERE"
ZERO = dict.fromkeys(SETS[FIRST].exercises, 0.0)
FULL = {exercise: float(EXERCISES[exercise].points) for exercise in SETS[FIRST].exercises}

# What each student has done to the right submission, a dictionary from a cell's id to its text.


def right(cells):
    pass


def half_right(cells):
    """Of every answer the first part is missing."""
    for exercise in FULL:
        variable = "answer_" + exercise.replace(".", "_")
        part = EXERCISES[exercise].parts[0].name
        cells[variable] += f'\n{variable}["{part}"] = ...'


def an_exception(cells):
    cells["answer_1_3"] = "raise KeyError('<b>')\n" + cells["answer_1_3"]


def a_renamed_variable(cells):
    cells["answer_2_2"] = cells["answer_2_2"].replace("answer_2_2", "anser_22")


def a_neighbours_numbers(cells):
    cells["answer_3_1"] += '\nstudent = "somebody else"'


def points_for_all(cells):
    """The cell that gives the points is changed, which nbgrader undoes."""
    cells["answer_1_1"] = ""
    cells["points_1_1"] = "3.0"


def part_of_a_part(cells):
    """One of five amplitudes is wrong, which leaves 4/5 of half of the part; a start is too far out, leaving 1/4."""
    cells["answer_1_3"] += '\nanswer_1_3["amplitudes"] = answer_1_3["amplitudes"] * [2, 1, 1, 1, 1]'
    cells["answer_1_4"] += '\nanswer_1_4["start"] = 100 * answer_1_4["start"]'
    cells["answer_1_4"] += "\nprint('a word')\nimport sys\nprint('a warning', file=sys.stderr)"


def lost(exercise, share=1.0):
    """The points of an exercise without this share of its first part."""
    return FULL[exercise] - share * EXERCISES[exercise].parts[0].points


CLASS = {
    right: FULL,
    half_right: {exercise: lost(exercise) for exercise in FULL},
    part_of_a_part: FULL | {"1.3": lost("1.3", 1 - 0.5 * 4 / 5), "1.4": lost("1.4", 1 - 0.25)},
    an_exception: FULL | {"1.3": 0.0},
    a_renamed_variable: FULL | {"2.2": 0.0},
    a_neighbours_numbers: FULL | {exercise: None for exercise in FULL if EXERCISES[exercise].choices},
    points_for_all: FULL | {"1.1": 0.0},
}
EXPECTED = {one.__name__: points for one, points in CLASS.items()} | {"empty": ZERO}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course, in a path with a space, with all assignments generated and the first submitted by a class."""
    course = tmp_path_factory.mktemp("a course")
    assert main(["nbgrader", str(SOURCES), "--out", str(course)]) == 0
    for name in SETS:
        nbgrader(course, "generate_assignment", name)
    source = {cell_id(cell): cell["source"] for cell in notebook(course / "source", FIRST)["cells"]}
    for one in CLASS:
        cells = {key: text for key, text in source.items() if key}
        one(cells)
        submit(course, one.__name__, cells)
    submit(course, "empty", {})
    nbgrader(course, "autograde", FIRST)
    nbgrader(course, "generate_feedback", FIRST)
    return course


def submit(course, student, cells):
    """Hand in what was released, with these cells filled in."""
    released = notebook(course / "release", FIRST)
    for cell in released["cells"]:
        cell["source"] = cells.get(cell_id(cell), cell["source"])
        if cells:
            cell["source"] = cell["source"].replace('student = "your id"', f'student = "{student}"')
    path = course / "submitted" / student / FIRST / f"{FIRST}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(released), encoding="utf-8")


def nbgrader(course, *command):
    """Run it as an instructor does: in the folder of the course, in an environment that is active."""
    place = course.parent
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    own = {name: str(place / "jupyter") for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command], cwd=course, env=os.environ | own | {"PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]


def notebook(folder, name):
    read_notebook = json.loads((folder / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in read_notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return read_notebook


def cell_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


@pytest.fixture(scope="module")
def gradebook(course):
    """Student → exercise → points."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return {
            one.student.id: {
                grade.name.removeprefix("points_").replace("_", "."): grade.auto_score
                for grade in one.notebooks[0].grades
            }
            for one in book.assignment_submissions(FIRST)
        }


@pytest.fixture(scope="module")
def ours(course):
    """The same from our grader."""
    table = course.parent / "grades.csv"
    asked = " ".join(FULL)
    assert main(["grade", str(course / "submitted"), "--exercises", asked, "--out", str(table), "--workers", "2"]) == 0
    with table.open(encoding="utf-8", newline="") as file:
        rows = {row["submission"].partition("/")[0]: row for row in csv.DictReader(file)}
    return {student: {exercise: float(row[exercise]) for exercise in FULL} for student, row in rows.items()}


@pytest.mark.parametrize("student", EXPECTED)
def test_nbgrader_gives_the_points_that_our_grader_gives_question_by_question(gradebook, ours, student):
    assert gradebook[student] == pytest.approx(ours[student], rel=1e-3)
    expected = {exercise: points for exercise, points in EXPECTED[student].items() if points is not None}
    assert {exercise: gradebook[student][exercise] for exercise in expected} == pytest.approx(expected)


def test_somebody_elses_numbers_earn_less(gradebook):
    """That the id in the notebook, and not the folder's name, chooses the numbers."""
    own = [exercise for exercise in FULL if EXERCISES[exercise].choices]
    assert sum(gradebook["a_neighbours_numbers"][one] for one in own) < sum(FULL[one] for one in own)


def test_the_gradebook_knows_what_each_question_is_worth(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        for name, one in SETS.items():
            worth = {cell.name: cell.max_score for cell in book.find_notebook(name, name).grade_cells}
            assert worth == {f"points_{key.replace('.', '_')}": EXERCISES[key].points for key in one.exercises}


@pytest.mark.parametrize("name", SETS)
def test_the_released_version_is_the_student_version_and_holds_no_solution(course, name):
    path = course / "release" / name / f"{name}.ipynb"
    answers = [cell for cell in read(path) if "samlib.check.nbgrader" not in cell]
    without_stubs = [[line for line in cell.splitlines() if line.strip() != STUB] for cell in answers]
    student = [source.splitlines() for kind, source in split(SETS[name].student) if kind == "code"]
    assert without_stubs == student
    released = "\n".join(cell["source"] for cell in notebook(course / "release", name)["cells"]).splitlines()
    hidden = solution_lines(SETS[name].source) - {line.strip() for line in SETS[name].student.splitlines()}
    assert len(hidden) >= len(SETS[name].exercises)
    assert not hidden & {line.strip().removeprefix("# ") for line in released}
    assert not any("SOLUTION" in line for line in released)


def solution_lines(source):
    lines, inside = set(), False
    for line in source.splitlines():
        if mark := MARK.match(line):
            inside = mark[1] == "BEGIN"
        elif inside and line.strip():
            lines.add(line.strip())
    return lines


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("right", "sharpness: right."),
        ("half_right", "sharpness: not handed in."),
        ("an_exception", "the variable answer_1_3 is missing."),
        ("a_renamed_variable", "the variable answer_2_2 is missing (there is anser_22: was it renamed?)."),
    ],
)
def test_the_feedback_gives_the_reasons(course, student, reason):
    page = (course / "feedback" / student / FIRST / f"{FIRST}.html").read_text(encoding="utf-8")
    assert reason in html.unescape(re.sub("<[^>]+>", "", page))
