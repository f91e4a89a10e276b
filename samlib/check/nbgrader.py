"""Problem sets for nbgrader: `python -m samlib.check nbgrader FOLDER --out COURSE`.

`COURSE` becomes a course of nbgrader: `source/NAME/NAME.ipynb` for each source NAME.md, and the settings for it. A cell
with a solution is a solution cell, from which nbgrader cuts the solution out; what the text has for instructors is a
comment in the solution above it. The cells that give the points stand at the end and look at the variables when all
other cells have run, as `samlib.check.grade` does: the points are the same. nbgrader itself is needed only where it is
run (`samlib[grading]`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samlib.check import EXERCISES, _names
from samlib.check.assignments import MARK, Assignment, read_folder
from samlib.check.submissions import split

__all__ = ["notebook", "points", "write_course"]

SETTINGS = '''\
"""nbgrader's settings for this course. They are yours: what is there is not written again."""

c = get_config()  # noqa: F821

# What stands in place of a solution. nbgrader's own stub raises an error, and here an unfinished answer is none.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
'''

POINTS = """\
## Points

The cells below give the points, and the reasons.
They look at your answers when all cells above have run.
"""

_VARIABLE = re.compile(r"^answer_\w+", re.M)
_REFERENCE = re.compile(r"\{(?:prf:)?ref\}`([^`<>]+)`")
_CITATION = re.compile(r" ?\{cite\}`[^`]+`")
_EXERCISE = re.compile(r"^```\{exercise\} *([^\n]*)\n:label: (\S+)\n\n?(.*?)^```$", re.M | re.S)
_TITLES = {one.label: f"Exercise {one.id}" for one in EXERCISES.values()}


def points(exercise: str, names: Mapping[str, Any]) -> float:
    """The points of an exercise, for a cell that nbgrader grades; prints the reasons, which become the feedback.

    Parameters
    ----------
    exercise : str
        Its id, "2.3".
    names : mapping
        The variables of the notebook, `globals()`.

    Raises
    ------
    KeyError
        If there is no such exercise.
    """
    asked = EXERCISES[exercise]
    earned, reasons = _names.examine(asked, names)
    print(*reasons, sep="\n")
    return float(min(max(earned, 0.0), asked.points))


def notebook(one: Assignment) -> dict[str, Any]:
    """The problem set as a source notebook of nbgrader, in the format of Jupyter (nbformat 4.5).

    Raises
    ------
    ValueError
        If a solution does not end in the cell in which it begins, or a note for instructors has no solution above it.
    """
    cells: list[dict[str, Any]] = []
    for kind, source in split(one.source):
        text, notes = (source.strip("\n"), []) if kind == "code" else _without_notes(one.name, source)
        if notes:
            _add_notes(one.name, cells, notes)
        if text:
            solution = kind == "code" and _has_solution(one.name, text)
            cells.append(_cell(kind, text, _metadata(_unused(cells, text), solution=True) if solution else {}))
    cells.append(_cell("markdown", POINTS.strip(), {}))
    for exercise in one.exercises:
        text = f'from samlib.check.nbgrader import points\n\npoints("{exercise}", globals())'
        grade = {"points": EXERCISES[exercise].points}
        cells.append(_cell("code", text, _metadata("points_" + exercise.replace(".", "_"), locked=True) | grade))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write_course(sources: Path, out: Path) -> list[Assignment]:
    """Write `out/source/NAME/NAME.ipynb` for each source, and `out/nbgrader_config.py` where there is none.

    Raises
    ------
    ValueError
        As `notebook` and `read_folder`, before anything is written, or if `out` is a file.
    """
    made = read_folder(sources)
    notebooks = {one.name: json.dumps(notebook(one), ensure_ascii=False, indent=1) + "\n" for one in made}
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; give a folder for the course")
    for name, text in notebooks.items():
        folder = out / "source" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    settings = out / "nbgrader_config.py"
    if not settings.exists():
        settings.write_text(SETTINGS, encoding="utf-8")
    return made


def _without_notes(name: str, source: str) -> tuple[str, list[str]]:
    """The text for students, without the directives and roles of exercises, and the lines that are for instructors."""
    _has_solution(name, source)
    text: list[str] = []
    notes: list[str] = []
    inside = False
    for line in source.splitlines():
        if mark := MARK.match(line):
            inside = mark[1] == "BEGIN"
        else:
            (notes if inside else text).append(line)
    words = _EXERCISE.sub(_plain_exercise, "\n".join(text))
    words = _CITATION.sub("", words)  # the bibliography is the book's
    words = _REFERENCE.sub(lambda found: _TITLES.get(found[1], found[1].replace("-", " ").capitalize()), words)
    return words.strip("\n"), [line for line in notes if line.strip()]


def _plain_exercise(found: re.Match[str]) -> str:
    return f"**{_TITLES.get(found[2], 'Exercise')}: {found[1]}**\n\n{found[3]}"


def _add_notes(name: str, cells: list[dict[str, Any]], notes: list[str]) -> None:
    """Put the notes at the end of the last solution."""
    for cell in reversed(cells):
        if cell["metadata"]:
            lines = cell["source"].splitlines()
            end = max(number for number, line in enumerate(lines) if MARK.match(line))
            lines[end:end] = [f"# {note}" for note in notes]
            cell["source"] = "\n".join(lines)
            return
    raise ValueError(f"{name}: a note for instructors stands below the solution it is about, and here is none above")


def _has_solution(name: str, text: str) -> bool:
    marks = [mark[1] for line in text.splitlines() if (mark := MARK.match(line))]
    if marks != ["BEGIN", "END"] * (len(marks) // 2):
        raise ValueError(f"{name}: for nbgrader a solution has to end in the cell in which it begins")
    return bool(marks)


def _unused(cells: list[dict[str, Any]], text: str) -> str:
    """An id for a solution cell that stays the same where others come and go: the variable that it sets."""
    taken = {cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells}
    found = _VARIABLE.search(text)
    return next(one for one in _numbered(found[0] if found else "solution") if one not in taken)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _metadata(identifier: str, solution: bool = False, locked: bool = False) -> dict[str, Any]:
    return {
        "grade": not solution, "grade_id": identifier, "locked": locked, "schema_version": 3, "solution": solution,
        "task": False,
    }  # fmt: skip


def _cell(kind: str, source: str, nbgrader: dict[str, Any]) -> dict[str, Any]:
    cell = {"cell_type": kind, "metadata": {"nbgrader": nbgrader} if nbgrader else {}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
