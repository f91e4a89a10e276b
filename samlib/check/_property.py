"""A property of numbers that is written once, and that Python and a page then judge by the same operations.

A property is a generator over the numbers handed in. Each `yield` is a condition under which the answer is wrong, the
reason, and, where some of the points are earned all the same, their share; the first condition that holds decides:

>>> def even(x, given):
...     yield x <= 0, "it is not positive."
...     yield abs(x - 2 * floor(x / 2)) > 0, f"half of it is {x / 2}, no whole number."
>>> record(even, 1, None).verdict([3.0])
('half of it is 1.5, no whole number.', 0.0)

The generator runs once, on `Value`s: these do not compute, they record. What comes out is a list of operations on
numbers, one after the other, in which a reason holds the places of the numbers that it names. Nobody writes a property
down a second time for JavaScript: the page gets that list (`Record.data`) and goes through it as `verdict` does.

A condition that involves NaN holds: what cannot be computed is not right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from samlib.check._words import number_words

__all__ = [
    "Record",
    "Rules",
    "Value",
    "cos",
    "exp",
    "floor",
    "larger",
    "log",
    "record",
    "sign",
    "sin",
    "smaller",
    "sqrt",
]

_PLACE = re.compile(r"⟦(\d+)⟧")


def _compared(holds: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: np.float64("nan") if np.isnan(a) or np.isnan(b) else np.float64(holds(a, b))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "<": _compared(np.less),
    "<=": _compared(np.less_equal),
    "max": np.maximum,
    "min": np.minimum,
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
}
"""What a property may compute; `verdicts.js` has the same names."""


@dataclass
class Record:
    """The operations of a property: numbers, or an operation with the places of its operands; and its rules."""

    inputs: int
    steps: list[float | tuple[str | int, ...]] = field(default_factory=list)
    rules: list[tuple[int, str, int]] = field(default_factory=list)
    _known: dict[Any, int] = field(default_factory=dict)

    def place(self, step: float | tuple[str | int, ...]) -> int:
        """Where the result of a step stands; the same step is made once."""
        if step not in self._known:
            self._known[step] = self.inputs + len(self.steps)
            self.steps.append(step)
        return self._known[step]

    def verdict(self, numbers: Sequence[float]) -> tuple[str, float] | None:
        """The reason why these numbers are wrong and the share of the points they earn; None if they are right."""
        values: list[Any] = [np.float64(number) for number in numbers]
        with np.errstate(all="ignore"):
            for step in self.steps:
                if isinstance(step, tuple):
                    values.append(OPERATIONS[str(step[0])](*(values[int(place)] for place in step[1:])))
                else:
                    values.append(np.float64(step))
        for condition, reason, share in self.rules:
            if values[condition] != 0:
                words = _PLACE.sub(lambda found: number_words(float(values[int(found[1])])), reason)
                return words, float(values[share])
        return None

    def data(self) -> dict[str, Any]:
        """The same for a page."""
        steps = [list(step) if isinstance(step, tuple) else step for step in self.steps]
        return {"steps": steps, "rules": [list(rule) for rule in self.rules]}


class Value:
    """A number of a record that is not known yet.

    In an f-string it is the number as it will be. It has no truth value: conditions are joined with & and |, and ~ is
    their contrary. Its == and != are such conditions as well, which the types of `object` do not foresee.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, book: Record, place: int) -> None:
        self.book, self.place = book, place

    def __format__(self, _spec: str) -> str:
        return f"⟦{self.place}⟧"

    def __bool__(self) -> bool:
        raise TypeError("a condition on an answer is not known yet: yield it, or join it with &, | and ~")

    def _made(self, operation: str, *operands: Value | float) -> Value:
        return Value(self.book, self.book.place((operation, *(self._place(one) for one in operands))))

    def _place(self, operand: Value | float) -> int:
        return operand.place if isinstance(operand, Value) else self.book.place(float(operand))

    def __add__(self, other: Value | float) -> Value:
        return self._made("+", self, other)

    def __radd__(self, other: float) -> Value:
        return self._made("+", other, self)

    def __sub__(self, other: Value | float) -> Value:
        return self._made("-", self, other)

    def __rsub__(self, other: float) -> Value:
        return self._made("-", other, self)

    def __mul__(self, other: Value | float) -> Value:
        return self._made("*", self, other)

    def __rmul__(self, other: float) -> Value:
        return self._made("*", other, self)

    def __truediv__(self, other: Value | float) -> Value:
        return self._made("/", self, other)

    def __rtruediv__(self, other: float) -> Value:
        return self._made("/", other, self)

    def __neg__(self) -> Value:
        return 0.0 - self

    def __abs__(self) -> Value:
        return self._made("abs", self)

    def __lt__(self, other: Value | float) -> Value:
        return self._made("<", self, other)

    def __le__(self, other: Value | float) -> Value:
        return self._made("<=", self, other)

    def __gt__(self, other: Value | float) -> Value:
        return self._made("<", other, self)

    def __ge__(self, other: Value | float) -> Value:
        return self._made("<=", other, self)

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        return abs(self - other) <= 0  # type: ignore[operator]

    def __ne__(self, other: object) -> Value:  # type: ignore[override]
        return ~(self == other)

    def __and__(self, other: Value) -> Value:
        return self._made("min", self, other)

    def __or__(self, other: Value) -> Value:
        return self._made("max", self, other)

    def __invert__(self) -> Value:
        return 1.0 - self


def _function(name: str) -> Callable[[Value], Value]:
    def applied(value: Value) -> Value:
        return value._made(name, value)

    return applied


sign, floor, sqrt, exp, log, sin, cos = map(_function, ("sign", "floor", "sqrt", "exp", "log", "sin", "cos"))


def larger(first: Value, *others: Value | float) -> Value:
    """The largest."""
    for other in others:
        first = first._made("max", first, other)
    return first


def smaller(first: Value, *others: Value | float) -> Value:
    """The smallest."""
    for other in others:
        first = first._made("min", first, other)
    return first


Rules = Iterable[tuple[Any, ...]]
"""Conditions, each with its reason and perhaps a share of the points."""

Property = Callable[[Any, Any], Rules]
"""Of the number handed in (a tuple of them, if there are several) and the exercise's parameters."""


def record(rules: Property, inputs: int, given: Any) -> Record:
    """The operations of a property of so many numbers."""
    book = Record(inputs)
    numbers = tuple(Value(book, place) for place in range(inputs))
    for condition, reason, *share in rules(numbers[0] if inputs == 1 else numbers, given):
        if not isinstance(condition, Value):  # known without the answer
            condition = numbers[0] * 0 + float(condition)
        earned = numbers[0]._place(share[0] if share else 0.0)
        book.rules.append((condition.place, str(reason), earned))
    return book
