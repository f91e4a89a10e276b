"""Checks for the exercises of the book: points, a message and the next hint, never a bare error.

>>> from samlib.check import check
>>> check("6.2", "eta / (1 + m)").points
1.0
>>> check("6.2", "eta / (1 - m)").right
False

An answer of one part is handed in as it is, one of several as keywords: `check("3.2", loss=1000, potential=0)`.
`check("3.2")` alone says what the exercise asks for. The answers are examined by their *properties* (a residual, an
identity at random points, an order of convergence) and may have any form that has them.

`for_student("your id")` hands out parameters of your own. `python -m samlib.check grade FOLDER` grades a class.
Nothing is sent anywhere.
"""

from collections.abc import Mapping
from typing import Any

from samlib.check import (
    chapter_1,
    chapter_2,
    chapter_3,
    chapter_4_early,
    chapter_4_late,
    chapter_5,
    chapter_6,
    chapter_7,
    project,
)
from samlib.check._exercise import MARKS, Choice, Exercise, Formula, Number, PartVerdict, Test, Verdict
from samlib.check._student import Student, for_student, parameters
from samlib.check._words import plain

__all__ = [
    "EXERCISES",
    "MARKS",
    "Choice",
    "Exercise",
    "Formula",
    "Number",
    "PartVerdict",
    "Student",
    "Test",
    "Verdict",
    "check",
    "exercise",
    "for_student",
]

_CHAPTERS = (chapter_1, chapter_2, chapter_3, chapter_4_early, chapter_4_late, chapter_5, chapter_6, chapter_7, project)

EXERCISES: dict[str, Exercise] = {one.id: one for chapter in _CHAPTERS for one in chapter.EXERCISES}
"""All exercises by their ids, in the book's order."""

_BY_LABEL = {one.label: one for one in EXERCISES.values()}

_tries: dict[tuple[str, str], int] = {}
"""How often an exercise was answered wrongly in this session: each time the next rung of the ladder is shown."""


def exercise(id_or_label: str) -> Exercise:
    """The exercise with this id ("4.17") or label ("ex-ring").

    Raises
    ------
    KeyError
        If there is none.
    """
    key = str(id_or_label).strip()
    found = EXERCISES.get(key) or _BY_LABEL.get(key)
    if found is None:
        chapters = ", ".join(
            f"{chapter}.1-{chapter}.{sum(one.split('.')[0] == chapter for one in EXERCISES)}"
            for chapter in dict.fromkeys(one.split(".")[0] for one in EXERCISES)
        )
        raise KeyError(f"there is no exercise {key!r}; there are {chapters}")
    return found


def check(id_or_label: str, answer: Any = ..., /, *, student: str = "", **answers: Any) -> Verdict:
    """Examine an answer.

    Parameters
    ----------
    id_or_label : str
        The exercise.
    answer : object
        The answer to an exercise of one part, or a dictionary for one of several; left out, or `...`, to be told what
        is asked.
    student : str
        An id as in `for_student`, for parameters of one's own.
    **answers : object
        The answers by the names of the parts.

    Returns
    -------
    Verdict
        Whatever the answer is: of a wrong type, a function that raises, an endless loop. Each part has five seconds.
        (An exercise that does not exist has a verdict too, of no points.)
    """
    try:
        asked = exercise(id_or_label)
    except KeyError as error:
        return Verdict(str(id_or_label), "unknown", 0.0, 0, str(error.args[0]))
    given = parameters(asked, student) if student else {}
    handed_in, strange = _sorted_out(asked, answer, answers)
    if not asked.parts or (not strange and all(one is ... for one in handed_in.values())):
        return Verdict(asked.id, asked.title, 0.0, asked.points, _invitation(asked, given))
    parts = asked.examine(handed_in, given)
    lines = [part.message for part in parts]
    lines += [f"There is no part {name!r}; the parts are {', '.join(p.name for p in asked.parts)}." for name in strange]
    points = sum(part.points for part in parts)
    key = (asked.id, student)
    if points >= asked.points:
        _tries.pop(key, None)
        if asked.own:
            lines.append(f"Left for you to judge, with the solution at hand: {plain(asked.own)}")
        return Verdict(asked.id, asked.title, points, asked.points, "\n".join(lines), "", parts)
    hint = _next_rung(asked, _tries.get(key, 0))
    if any(part.answered and not part.right for part in parts):
        _tries[key] = _tries.get(key, 0) + 1
    return Verdict(asked.id, asked.title, points, asked.points, "\n".join(lines), hint, parts)


def _sorted_out(asked: Exercise, answer: Any, answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The answers by part, and the names that belong to no part."""
    names = [part.name for part in asked.parts]
    handed_in = dict(answers)
    if answer is not ...:
        by_name = type(answer) is dict and all(isinstance(key, str) for key in answer) and answer
        if by_name and any(key in names for key in answer):
            handed_in = {**answer, **handed_in}
        elif names:
            handed_in.setdefault(names[0], answer)
    return handed_in, [name for name in handed_in if name not in names]


def _invitation(asked: Exercise, given: Mapping[str, Any]) -> str:
    if asked.parts:
        return f"Hand in:\n{asked.asks(given)}"
    return (
        "This one is a proof, which no comparison of numbers can check. Write it down, climb the ladder in the book "
        f"(hint, sketch, solution) as far as you need, and judge yourself.\n{plain(asked.own)}"
    )


def _next_rung(asked: Exercise, tries: int) -> str:
    if tries == 0:
        return f"Hint: {plain(asked.hint)}"
    if tries == 1:
        return f"Sketch: {plain(asked.sketch)}"
    if asked in project.EXERCISES:
        return "There is no solution of the project in the book: ask your instructor, with what you have."
    return f"The full solution is in the book, under exercise {asked.id}."
