"""An exercise of the book as an object: what it asks, what helps, and the checks of an answer's parts."""

import contextlib
import html
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from samlib.check import _answers, _formula, _property
from samlib.check._answers import Wrong
from samlib.check._limits import TimeUp, limited
from samlib.check._words import number_words, plain

__all__ = ["MARKS", "Choice", "Exercise", "Formula", "Given", "Number", "Part", "PartVerdict", "Test", "Verdict"]

Given = SimpleNamespace
"""The parameters of an exercise, as attributes: the book's, or a student's own."""

MARKS = ("pen", "computer", "figure")
"""What an exercise is done with."""

SECONDS = 5.0
"""The time that a check may take, in all; nearly all of it is the student's own function."""


class Part(Protocol):
    """One thing to hand in.

    Attributes
    ----------
    name : str
        The keyword under which it is handed in.
    ask : str
        What it is, in Markdown with TeX; «rho» stands for the given parameter `rho`.
    points : int
    """

    @property
    def name(self) -> str: ...
    @property
    def ask(self) -> str: ...
    @property
    def points(self) -> int: ...

    def examine(self, answer: object, given: Given) -> None:
        """Return for a right answer; raise `Wrong` with the reason for any other."""


@dataclass(frozen=True)
class Test:
    """A part that a function examines: `test(answer, given)` raises `Wrong` or returns."""

    __test__ = False  # for pytest

    name: str
    ask: str
    test: Callable[[Any, Given], None]
    points: int = 1

    def examine(self, answer: object, given: Given) -> None:
        self.test(answer, given)


@dataclass(frozen=True)
class Number:
    """A part that is a number, or a few, with a property that a page can judge as well.

    Attributes
    ----------
    rules : callable
        The property, as in `samlib.check._property`: of the number (or a tuple of them) and the parameters.
    count : int
        How many numbers.
    """

    name: str
    ask: str
    rules: _property.Property
    points: int = 1
    count: int = 1

    def record(self, given: Given) -> _property.Record:
        """What the property computes, with these parameters."""
        return _recorded(self.rules, self.count, tuple(sorted(vars(given).items())))

    def examine(self, answer: object, given: Given) -> None:
        if self.count == 1:
            numbers = [_answers.number(answer, self.name)]
        else:
            numbers = _answers.numbers(answer, self.count, self.name)
        verdict = self.record(given).verdict(numbers)
        if verdict is not None:
            raise Wrong(*verdict)

    def page(self, given: Given) -> dict[str, Any]:
        """What a page needs to give the same verdicts."""
        return {"name": self.name, "points": self.points, "count": self.count, **self.record(given).data()}


@lru_cache(maxsize=256)
def _recorded(rules: _property.Property, count: int, given: tuple[tuple[str, Any], ...]) -> _property.Record:
    """A property recorded once for each choice of the parameters: what it measures with samlib takes time."""
    return _property.record(rules, count, Given(**dict(given)))


@dataclass(frozen=True)
class Formula:
    """A part that is a formula: compared at random points, by its values and not by its form.

    Attributes
    ----------
    right : callable
        Of the symbols, by keyword.
    domain : mapping
        The symbols in the order in which a function takes them, each with the interval it is drawn from.
    mistakes : sequence of (formula, reason)
        Tempting wrong answers.
    keep : callable or None
        The points of the domain at which the question makes sense.
    """

    name: str
    ask: str
    right: Callable[..., Any]
    domain: Mapping[str, tuple[float, float]]
    mistakes: Sequence[tuple[str, str]] = ()
    keep: Callable[..., Any] | None = None
    points: int = 1

    def examine(self, answer: object, given: Given) -> None:
        if answer is None or answer is Ellipsis or (isinstance(answer, str) and not answer.strip()):
            raise Wrong(f"{self.name} is still missing: you handed in {_answers.describe(answer)}.")
        _formula.compare(answer, self.right, self.domain, self.name, self.mistakes, self.keep)


@dataclass(frozen=True)
class Choice:
    """A part with a few options, each wrong one with the reason why it is wrong."""

    name: str
    ask: str
    right: str
    wrong: Mapping[str, str]
    points: int = 1

    @property
    def options(self) -> tuple[str, ...]:
        """All options, in alphabetical order, which gives nothing away."""
        return tuple(sorted([self.right, *self.wrong]))

    def examine(self, answer: object, given: Given) -> None:
        chosen = _answers.choice(answer, self.options, self.name)
        if chosen != self.right:
            raise Wrong(self.wrong[chosen])

    def page(self, given: Given) -> dict[str, Any]:
        """What a page needs to give the same verdicts."""
        options = {"options": list(self.options), "right": self.right, "wrong": dict(self.wrong)}
        return {"name": self.name, "points": self.points, **options}


@dataclass(frozen=True)
class PartVerdict:
    """What a check says of one part: its points out of how many, and why."""

    name: str
    points: float
    out_of: int
    message: str
    answered: bool = True

    @property
    def right(self) -> bool:
        """Whether it has all its points."""
        return self.points >= self.out_of


@dataclass(frozen=True)
class Verdict:
    """What a check says: shown as a box in a notebook, and as text by `print`.

    Attributes
    ----------
    exercise : str
        The id, "3.2".
    title : str
    points : float
        0 … `out_of`. Exercises that are a proof alone have `out_of` = 0: nobody can check a proof by comparing numbers.
    out_of : int
    message : str
        What is right and what is not, a sentence for each part.
    hint : str
        The next rung of the ladder where something is wrong, else empty.
    parts : tuple of PartVerdict
    """

    exercise: str
    title: str
    points: float
    out_of: int
    message: str
    hint: str = ""
    parts: tuple[PartVerdict, ...] = ()

    @property
    def right(self) -> bool:
        """Whether every part that a computer can check is right."""
        return self.out_of > 0 and self.points >= self.out_of

    def __str__(self) -> str:
        return "\n".join(line for line in (self._headline(), self.message, self.hint) if line)

    __repr__ = __str__

    def _headline(self) -> str:
        if self.out_of and not self.parts:  # nothing was examined: this says what is asked for
            return f"{self.exercise} {self.title} ({self.out_of} point{'s' * (self.out_of != 1)})"
        score = f"{number_words(self.points)} of {self.out_of} points" if self.out_of else "for you to judge"
        return f"{self.exercise} {self.title}: {score}"

    def _repr_html_(self) -> str:
        """The same for a notebook, readable on light and dark ground."""
        unanswered = not self.parts
        colour = "#2e8540" if self.right else "#4b6fb5" if unanswered else "#c77700" if self.points else "#b3261e"
        sign = "✓" if self.right else "?" if unanswered else "…" if self.points else "✗"
        body = "".join(f"<div>{html.escape(line)}</div>" for line in self.message.splitlines())
        hint = f'<div style="margin-top:.4em;opacity:.85">{html.escape(self.hint)}</div>' if self.hint else ""
        return (
            f'<div role="status" style="border-left:4px solid {colour};padding:.3em .8em;margin:.3em '
            '0;line-height:1.5">'
            f'<div style="font-weight:600"><span aria-hidden="true">{sign}</span> '
            f"{html.escape(self._headline())}</div>{body}{hint}</div>"
        )


@dataclass(frozen=True)
class Exercise:
    """An exercise of the book.

    Attributes
    ----------
    id : str
        Chapter and number in it, "4.17".
    label : str
        Its label in the chapter, "ex-ring".
    chapter : str
        The page, as "chapters/04-proof/3-sam-as-gradient-descent".
    title : str
    marks : tuple of str
        What it is done with, of `MARKS`.
    minutes : int
    needs : str
        What to have read, in Markdown: statements, sections, other exercises; empty where the chapter is enough.
    hint, sketch : str
        The first two rungs of the ladder; the third is the solution in the book. Markdown with TeX.
    parts : tuple of Part
        What a computer can check; empty for a proof alone.
    own : str
        What the reader has to judge with the solution at hand, for a proof or an explanation; may be empty.
    given : mapping
        The book's parameters, for exercises that have any.
    choices : mapping
        For each given parameter the values that a student may get instead.
    numbers_of : str
        The id of an exercise whose draw it shares, for several questions about the same run.
    """

    id: str
    label: str
    chapter: str
    title: str
    marks: tuple[str, ...]
    minutes: int
    hint: str
    sketch: str
    parts: tuple[Part, ...] = ()
    needs: str = ""
    own: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    numbers_of: str = ""

    @property
    def points(self) -> int:
        """The points that a check can give."""
        return sum(part.points for part in self.parts)

    def questions(self, given: Mapping[str, Any] | None = None) -> dict[str, str]:
        """What each part asks for, in Markdown with TeX, with these parameters or the book's."""
        values = {**self.given, **(given or {})}
        return {part.name: _with_options(part, _fill(part.ask, values)) for part in self.parts}

    def page(self) -> list[dict[str, Any]]:
        """The parts that a page can check by itself, with the book's parameters: numbers and choices."""
        return [part.page(Given(**self.given)) for part in self.parts if isinstance(part, Number | Choice)]

    def asks(self, given: Mapping[str, Any] | None = None) -> str:
        """What to hand in, one line for each part, with these parameters or the book's."""
        lines = [f"{name}: {question}" for name, question in self.questions(given).items()]
        if self.own:
            lines.append(f"For you to judge, with the solution at hand: {self.own}")
        return "\n".join(map(plain, lines))

    def examine(
        self, answers: Mapping[str, object], given: Mapping[str, Any] | None = None, seconds: float = SECONDS
    ) -> tuple[PartVerdict, ...]:
        """A verdict on each part. It takes any objects as answers and raises nothing but KeyboardInterrupt."""
        values = Given(**{**self.given, **(given or {})})
        return tuple(self._examine(part, answers, values, seconds) for part in self.parts)

    def _examine(self, part: Part, answers: Mapping[str, object], values: Given, seconds: float) -> PartVerdict:
        if answers.get(part.name, ...) is ...:
            return PartVerdict(part.name, 0.0, part.points, f"{part.name}: not handed in.", answered=False)

        def work() -> None:
            with np.errstate(all="ignore"):
                part.examine(answers[part.name], values)

        silent = io.StringIO()
        try:
            with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                limited(work, seconds)
        except Wrong as wrong:
            return PartVerdict(part.name, wrong.share * part.points, part.points, _named(part.name, wrong.reason))
        except TimeUp:
            reason = f"no result after {number_words(seconds)} seconds. Is there a loop that does not end?"
            return PartVerdict(part.name, 0.0, part.points, f"{part.name}: {reason}")
        except (Exception, SystemExit, GeneratorExit) as error:
            reason = f"this answer could not be examined ({type(error).__name__}); its type is "
            return PartVerdict(
                part.name, 0.0, part.points, f"{part.name}: {reason}{type(answers[part.name]).__name__}."
            )
        return PartVerdict(part.name, float(part.points), part.points, f"{part.name}: right.")


def _named(name: str, reason: str) -> str:
    return reason if reason.startswith((f"{name} ", f"{name}:")) else f"{name}: {reason}"


def _with_options(part: Part, ask: str) -> str:
    return f"{ask} ({' | '.join(part.options)})" if isinstance(part, Choice) else ask


def _fill(text: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        words = number_words(value) if isinstance(value, float) else str(value)
        text = text.replace(f"«{name}»", words)
    return text
