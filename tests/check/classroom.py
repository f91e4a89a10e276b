"""A class made from the instructor versions: right, half done, wrong, failing late, hanging, junk; the same every time.

`python -m tests.check.classroom FOLDER` writes thirty submissions of each problem set of `course` into FOLDER, with the
points that they should get, grades each set on two cores, and prints what came of it.
"""

import csv
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from samlib.check import EXERCISES
from samlib.check.assignments import Assignment, read_folder
from samlib.check.grade import Limits, grade_folder
from samlib.check.submissions import split

NAMES = ("ada", "emmy", "sofja", "maryam", "karen")
LIMITS = Limits(seconds=90.0, cell_seconds=20.0, check_seconds=20.0)
JUNK = {
    "empty.md": b"", "prose.md": b"# I was ill\n", "damaged.ipynb": b'{"cells": [',
    "image.ipynb": b"\x89PNG\r\n\x1a\n\xff",
    "list.ipynb": b"[]",
}  # fmt: skip


class Submission(NamedTuple):
    """A file of the class, the exercises that should get all points, and a pattern for the reason in its feedback."""

    name: str
    content: bytes
    right: frozenset[str]
    reason: str = ""


def cells_of(one: Assignment, version: str, student: str) -> list[str]:
    """The code cells of a version, with a student's id."""
    cells = [source for kind, source in split(getattr(one, version)) if kind == "code"]
    return [cell.replace('student = "your id"', f"student = {student!r}") for cell in cells]


def as_notebook(cells: list[str]) -> bytes:
    """The cells as .ipynb."""
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "metadata": {}} for cell in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def as_myst(cells: list[str]) -> bytes:
    """The cells as MyST Markdown."""
    return "\n".join(["# Mine\n", *(f"```{{code-cell}}\n{cell.rstrip()}\n```\n" for cell in cells)]).encode()


def class_of(one: Assignment) -> Iterator[Submission]:
    """Thirty submissions."""
    every = frozenset(one.exercises)
    last = one.exercises[-1]
    variable = "answer_" + last.replace(".", "_")

    def made(kind: str, change: Callable[[list[str]], list[str]]) -> Iterator[tuple[str, bytes]]:
        for name in NAMES[: 5 if kind in ("right", "late") else 2]:
            cells = change(cells_of(one, "instructor", name))
            yield (
                (f"{kind} {name}.md", as_myst(cells))
                if name == "emmy"
                else (f"{kind} {name}.ipynb", as_notebook(cells))
            )

    def before_last(trouble: str) -> Callable[[list[str]], list[str]]:
        return lambda cells: [*cells[:-1], trouble, cells[-1]]

    def renamed(cells: list[str]) -> list[str]:
        return [cell.replace(variable, variable.replace("answer", "anwser")) for cell in cells]

    def emptied(cells: list[str]) -> list[str]:
        return [*cells, f"{variable} = ..."]

    def senseless(cells: list[str]) -> list[str]:
        every_answer = "[name for name in globals() if name.startswith('answer_')]"
        return [*cells, f"for name in {every_answer}:\n    globals()[name] = {{'no such part': lambda *_: 'x'}}"]

    def hanging(cells: list[str]) -> list[str]:
        part = EXERCISES[last].parts[0].name
        return [*cells, f"class Slow:\n    def __array__(self, *_, **__):\n        while True:\n            pass\n"
                f"    __float__ = __iter__ = __array__\n{variable} = {{'{part}': Slow()}}"]  # fmt: skip

    rest = every - {last}
    kinds = [
        ("right", lambda cells: cells, every, ""),
        ("late", before_last("raise RuntimeError('late')"), every, "RuntimeError: late"),
        ("loop", before_last("while True:\n    pass"), every, "stopped after 20 seconds"),
        ("dies", before_last("import os\nos._exit(7)"), every, "the process died here"),
        ("hoards", before_last("hoard = np.ones(10**9)"), every, "MemoryError"),
        ("renamed", renamed, rest, f"{variable} is missing"),
        ("emptied", emptied, rest, "not answered"),
        ("senseless", senseless, frozenset(), "no|must|not"),
        ("answer hangs", hanging, rest, "no result after|must be|not handed in"),
    ]
    for kind, change, right, reason in kinds:
        for name, content in made(kind, change):
            yield Submission(name, content, right, reason)
    student = cells_of(one, "student", "ada")
    yield Submission("untouched ada.ipynb", as_notebook(student), frozenset(), "not handed in|not answered")
    for name, content in JUNK.items():
        yield Submission(name, content, frozenset(), "nothing could be read")


def write(one: Assignment, folder: Path, kinds: str = "") -> dict[str, Submission]:
    """The class in a folder, or those of it whose names match, by the files' names."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {submission.name: submission for submission in class_of(one) if re.search(kinds, submission.name)}
    for submission in made.values():
        (folder / submission.name).write_bytes(submission.content)
    return made


def unexpected(made: dict[str, Submission], exercises: tuple[str, ...], out: Path) -> list[str]:
    """What differs from what the class should have got."""
    wrong = []
    with out.open(encoding="utf-8", newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    for name, one in made.items():
        got = {exercise for exercise in exercises if float(rows[name][exercise]) == EXERCISES[exercise].points}
        if got != one.right:
            wrong.append(f"{name}: all points for {sorted(got)}, not for {sorted(one.right)}")
        if not re.search(one.reason, (out.parent / "feedback" / f"{name}.md").read_text(encoding="utf-8")):
            wrong.append(f"{name}: the feedback does not say {one.reason!r}")
    return wrong


def main(folder: Path) -> int:
    """Grade all five classes; 1 if anything is not as it should be."""
    failed = 0
    for one in read_folder(Path(__file__).parents[2] / "course"):
        made = write(one, folder / one.name)
        out = folder / f"{one.name}-grades" / "grades.csv"
        began = time.monotonic()
        count = grade_folder(folder / one.name, out, one.exercises, LIMITS, workers=2)
        print(f"{one.name}: {count} submissions in {time.monotonic() - began:.0f} s")
        for line in (wrong := unexpected(made, one.exercises, out)):
            print("  ", line)
        failed += len(wrong)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
