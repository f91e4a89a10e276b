"""The variables of a notebook that was handed in: the answers to an exercise, and the id of whoever wrote it."""

from collections.abc import Mapping
from typing import Any

from samlib.check._exercise import SECONDS, Exercise
from samlib.check._student import Student, parameters

__all__ = ["examine", "student"]


def examine(asked: Exercise, names: Mapping[str, Any], seconds: float = SECONDS) -> tuple[float, list[str]]:
    """The points of an exercise, and the reasons.

    The answers to Exercise 2.3 are in `answer_2_3`, a dictionary by part or the answer to the first part, and in
    variables such as `answer_2_3_slope`. `seconds` is the time that each part may take.
    """
    variable = "answer_" + asked.id.replace(".", "_")
    parts = [part.name for part in asked.parts]
    answers: dict[str, Any] = {}
    whole = names.get(variable, ...)
    if type(whole) is dict and any(key in parts for key in whole if isinstance(key, str)):
        answers |= {key: value for key, value in whole.items() if key in parts}
    elif whole is not ... and parts:
        answers[parts[0]] = whole
    answers |= {part: names[f"{variable}_{part}"] for part in parts if f"{variable}_{part}" in names}
    if not answers and variable in names:
        return 0.0, [f"{variable} is still `...`: not answered."]
    if not answers:
        near = sorted(
            name
            for name in names
            if isinstance(name, str)
            and not name.startswith("_")
            and "".join(filter(str.isdigit, name)) == asked.id.replace(".", "")
        )
        hint = f" (there is {near[0]}: was it renamed?)" if near else ""
        return 0.0, [f"the variable {variable} is missing{hint}."]
    identifier = student(names)
    verdicts = asked.examine(answers, parameters(asked, identifier) if identifier else {}, seconds)
    return sum(one.points for one in verdicts), [one.message for one in verdicts]


def student(names: Mapping[str, Any]) -> str:
    """The id that the notebook gives: a variable `student` that is a text or what `for_student` returned."""
    given = names.get("student", names.get("me", ""))
    if isinstance(given, Student):
        return given.id
    return given.strip() if isinstance(given, str) else ""
