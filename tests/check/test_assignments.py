"""Problem sets: both versions come from one source, and the grader gives one of them all points and the other none."""

import csv
import json
import re

import nbformat
import numpy as np
import pytest
import yaml

from samlib.check import EXERCISES, for_student
from samlib.check.__main__ import main
from samlib.check.assignments import read_folder, read_source, write_all
from samlib.check.nbgrader import notebook, points
from samlib.check.submissions import split
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


def test_a_folder_without_sources_is_told_apart_from_a_file_and_from_none(tmp_path):
    for name, reason in (("nowhere", "does not exist"), ("a file.md", "is a file"), ("empty", "no problem set")):
        (tmp_path / "a file.md").write_text("")
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(ValueError, match=f"{name}.*{reason}|{reason}.*{name}"):
            read_folder(tmp_path / name)
    (tmp_path / "empty" / "latin.md").write_bytes(b"\xe4")
    with pytest.raises(ValueError, match=r"latin\.md is no text in UTF-8"):
        read_folder(tmp_path / "empty")


# For nbgrader: what nbgrader makes of it is tested in tests/jupyter


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    out = tmp_path_factory.mktemp("course")
    assert main(["nbgrader", str(SOURCES), "--out", str(out)]) == 0
    return out


def kinds(cells):
    """Each cell's kind: solution, points or other."""
    metadata = [cell["metadata"].get("nbgrader") for cell in cells]
    return ["other" if one is None else "solution" if one["solution"] else "points" for one in metadata]


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_set_for_nbgrader_asks_the_same_for_the_same_points(made, course, name):
    one, path = made[1][name], course / "source" / name / f"{name}.ipynb"
    nbformat.validate(nbformat.read(path, as_version=4))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    graded = [cell for cell, kind in zip(cells, kinds(cells), strict=True) if kind == "points"]
    assert cells[-len(graded) :] == graded
    assert [cell["source"].splitlines()[-1] for cell in graded] == [
        f'points("{exercise}", globals())' for exercise in one.exercises
    ]
    for cell, exercise in zip(graded, one.exercises, strict=True):
        settings = cell["metadata"]["nbgrader"]
        assert (settings["points"], settings["grade"], settings["locked"]) == (EXERCISES[exercise].points, True, True)
    identifiers = [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells if cell["metadata"]]
    assert len(set(identifiers)) == len(identifiers)
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"][: -len(graded)]
    ours = [text for kind, text in split(one.instructor) if kind == "code"]
    assert [without_comments(text) for text in code] == [without_comments(text) for text in ours]


def without_comments(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("name", NAMES)
def test_outside_of_solution_cells_nothing_is_for_instructors_and_exercises_have_their_numbers(made, course, name):
    cells = json.loads((course / "source" / name / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join(cell["source"] for cell, kind in zip(cells, kinds(cells), strict=True) if kind != "solution")
    assert "SOLUTION" not in text
    assert "Marking" not in text
    for exercise in made[1][name].exercises:
        assert re.search(rf"Exercise {re.escape(exercise)}\b", text)
    assert not re.search(r"\{[\w:-]+\}`|^```\{(?!code-cell)", text, re.M), "only the book knows its roles"
    assert not re.search(rf"\\({'|'.join(book_macros())})\b", text), "nor are its macros known"


def book_macros():
    config = yaml.safe_load((REPOSITORY / "_config.yml").read_text(encoding="utf-8"))
    return config["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]


def test_a_note_is_put_into_the_solution_above_it_and_ids_stay_apart():
    source = GOOD_CELLS + "```{code-cell}\nx = 2\n### BEGIN SOLUTION\ny = 2\n### END SOLUTION\nanswer_2_3 = y\n```\n"
    made = notebook(read_source("set", source))
    first, second = (cell for cell in made["cells"] if cell["metadata"].get("nbgrader", {}).get("solution"))
    assert first["source"].splitlines()[2:-1] == ["answer_2_3 = 1", "# for you", "# alone"]
    assert [first["metadata"]["nbgrader"]["grade_id"], second["metadata"]["nbgrader"]["grade_id"]] == [
        "answer_2_3",
        "answer_2_3-2",
    ]
    texts = [cell["source"] for cell in made["cells"] if cell["cell_type"] == "markdown"]
    assert texts[:3] == [
        "before Exercise 2.3\n\n**Exercise 2.3: A title**\n\n*With a pen.*\nDo it.",
        "a new cell",
        "after Theorem 21",
    ]


GOOD_CELLS = f"""\
---
kernelspec: {{name: python3}}
---
before {{ref}}`{EXERCISES["2.3"].label}`

```{{exercise}} A title
:label: {EXERCISES["2.3"].label}

*With a pen.*
Do it.
```
+++
a new cell
```{{code-cell}} ipython3
:tags: [mine]
answer_2_3 = ...
### BEGIN SOLUTION
answer_2_3 = 1
### END SOLUTION
```
% BEGIN SOLUTION
for you

alone
% END SOLUTION
after {{prf:ref}}`theorem-21`
"""


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("% BEGIN SOLUTION\nx\n% END SOLUTION\n" + GOOD_CELLS.split("---\n")[2], "none above"),
        (GOOD_CELLS.replace("### END SOLUTION\n```", "```\n% END SOLUTION"), "in the cell in which it begins"),
    ],
)
def test_what_nbgrader_could_not_cut_out_is_refused_before_anything_is_written(tmp_path, capsys, source, reason):
    (tmp_path / "set.md").write_text(source, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["nbgrader", str(tmp_path), "--out", str(tmp_path / "course")])
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


def test_a_course_of_nbgrader_keeps_its_settings(tmp_path, capsys):
    sources, course = tmp_path / "sources", tmp_path / "course"
    sources.mkdir()
    (sources / "set.md").write_text(GOOD_CELLS, encoding="utf-8")
    assert main(["nbgrader", str(sources), "--out", str(course)]) == 0
    assert "exercises 2.3, 2 points\nNext, in" in capsys.readouterr().out
    assert "code_stub" in (course / "nbgrader_config.py").read_text(encoding="utf-8")
    (course / "nbgrader_config.py").write_text("mine", encoding="utf-8")
    assert main(["nbgrader", str(sources), "--out", str(course)]) == 0
    assert (course / "nbgrader_config.py").read_text(encoding="utf-8") == "mine"
    for folder, out, reason in (("nowhere", "course", "nowhere does not exist"), ("sources", "a file", "is a file")):
        (tmp_path / "a file").write_text("")
        with pytest.raises(SystemExit):
            main(["nbgrader", str(tmp_path / folder), "--out", str(tmp_path / out)])
        assert reason in capsys.readouterr().err


def test_points_are_a_number_and_the_reasons_are_printed(capsys):
    me = for_student("ada")
    x = me.given("2.3")["rho"] - np.pi
    right = {"x": x, "slope": -np.sin(x)}
    assert points("2.3", {"answer_2_3": right, "me": me}) == 2
    assert capsys.readouterr().out == "x: right.\nslope: right.\n"
    elsewhere = points("2.3", {"answer_2_3": right | {"x": x + 2 * np.pi}, "student": "ada"})
    assert type(elsewhere) is float  # nbgrader reads the text of it
    assert elsewhere == 1.5
    assert points("2.3", {"answer_2_3": right, "student": "grace"}) == 0
    assert points("2.3", {"answr_2_3": right}) == 0
    assert "the variable answer_2_3 is missing (there is answr_2_3" in capsys.readouterr().out
    with pytest.raises(KeyError):
        points("9.9", {})
