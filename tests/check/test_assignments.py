"""Problem sets: both versions come from one source, and the grader gives one of them all points and the other none."""

import csv

import pytest

from samlib.check import EXERCISES
from samlib.check.__main__ import main
from samlib.check.assignments import read_source, write_all
from tests.book.mini_book import REPOSITORY

SOURCES = REPOSITORY / "course"
PAGES = REPOSITORY / "chapters" / "course"
NAMES = sorted(path.stem for path in SOURCES.glob("*.md"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("assignments")
    return out, {one.name: one for one in write_all(SOURCES, out)}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_the_book_is_the_student_version(made, name):
    assert (PAGES / f"{name}.md").read_text(encoding="utf-8") == made[1][name].student, (
        "run `python -m samlib.check assign course --out _build/assignments --pages chapters/course`"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_instructor_version_earns_all_points_and_the_student_version_none(made, name):
    out, assignments = made
    points = {}
    for version in ("student", "instructor"):
        table = out / name / version / "grades.csv"
        assert main(["grade", str(out / name / version), "--out", str(table), "--workers", "1"]) == 0
        with table.open(encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["problems"] == ""
        points[version] = [float(row[one]) for one in assignments[name].exercises]
    assert points["instructor"] == [EXERCISES[one].points for one in assignments[name].exercises]
    assert points["student"] == [0] * len(assignments[name].exercises)


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_of_a_set_is_named_by_its_label_and_no_solution_is_left_for_students(made, name):
    one = made[1][name]
    assert "SOLUTION" not in one.student + one.instructor
    assert "Marking" not in one.student
    for exercise in one.exercises:
        assert f"{{ref}}`{EXERCISES[exercise].label}`" in one.student
        assert f'me.check("{exercise}"' in one.student
    assert any(EXERCISES[exercise].choices for exercise in one.exercises)


GOOD = "answer_2_3 = ...\n### BEGIN SOLUTION\nanswer_2_3 = 1\n### END SOLUTION\ntext\n"


def test_a_source_is_split_at_its_markers():
    one = read_source("set", GOOD + "  % BEGIN SOLUTION\nfor you\n  % END SOLUTION\n")
    assert one.student == "answer_2_3 = ...\ntext\n"
    assert one.instructor == "answer_2_3 = ...\nanswer_2_3 = 1\ntext\nfor you\n"
    assert one.exercises == ("2.3",)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (GOOD.replace("### END SOLUTION\n", ""), "line 2: BEGIN SOLUTION without"),
        (GOOD + "### END SOLUTION\n", "line 6: END SOLUTION without"),
        (GOOD.replace("### END", "### BEGIN"), "line 4: BEGIN SOLUTION without"),
        (GOOD + "# begin solution\n", "line 6: a marker is a line"),
        ("answer_2_3 = ...\n", "no solution"),
        (GOOD.replace("_2_3", "_9_9"), "no exercise 9.9"),
        (GOOD.replace("_2_3", "_4_9"), "no exercise 4.9"),
        (GOOD.replace("answer_2_3 = ...\n", ""), "does not set all"),
    ],
)
def test_a_source_that_would_give_a_solution_away_is_refused(source, reason):
    with pytest.raises(ValueError, match=reason):
        read_source("set", source)


def test_the_command_line(tmp_path, capsys):
    (tmp_path / "set.md").write_text(GOOD, encoding="utf-8")
    assert main(["assign", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert "exercises 2.3, 2 points" in capsys.readouterr().out
    assert (tmp_path / "out" / "set" / "student" / "exercises.txt").read_text() == "2.3\n"
    assert main(["assign", str(tmp_path), "--out", str(tmp_path / "out"), "--pages", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "set.md").read_text() == "answer_2_3 = ...\ntext\n"
    (tmp_path / "set.md").write_text("no", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["assign", str(tmp_path)])
    assert "no solution" in capsys.readouterr().err
    with pytest.raises(ValueError, match="no problem set"):
        write_all(tmp_path / "empty", tmp_path)
