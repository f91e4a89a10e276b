"""Formulas as answers: read without `eval`, compared at random points, and told apart where they differ.

A formula may be a text ("eta*rho*lam**2"), a SymPy expression, a function of its symbols in the order that the
question names, or a number. A text is read by a small grammar of arithmetic, the names of the question and a dozen
functions (`_written`), and is computed in floating point: nothing of it is ever executed, and no power of powers can
keep the computer busy.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samlib.check import _written
from samlib.check._words import number_words
from samlib.check._written import Wrong, canonical

__all__ = ["Domain", "Wrong", "canonical", "compare", "evaluate", "is_symbolic"]

Array = NDArray[np.float64]
Domain = Mapping[str, tuple[float, float]]
Values = Mapping[str, Array]

POINTS = 48
TOLERANCE = 1e-7


def is_symbolic(value: object) -> bool:
    """Whether it is an object of SymPy; without loading SymPy when nobody else has."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, sympy.Basic | sympy.MatrixBase)


def evaluate(answer: object, values: Values, what: str = "the formula", order: Sequence[str] = ()) -> Array:
    """The formula at points (a dictionary of arrays of one length, by the symbols' names); `Wrong` says what fails."""
    length = next((len(array) for array in values.values()), 1)
    if isinstance(answer, str):
        reading = _written.read(answer, what)
        with np.errstate(all="ignore"):
            result = reading(values)
    elif is_symbolic(answer):
        result = _evaluate_sympy(answer, values, what)
    elif callable(answer):
        result = _evaluate_function(answer, values, what, order or list(values))
    elif isinstance(answer, int | float | np.integer | np.floating) and not isinstance(answer, bool):
        result = answer
    else:
        raise Wrong(
            f"{what} must be a formula: a text, a SymPy expression or a function; you handed in "
            f"an object of type {type(answer).__name__}."
        )
    try:
        array = np.asarray(result)
        if array.dtype.kind == "c" and not array.imag.any():
            array = array.real
        if array.dtype.kind not in "iufO":
            raise TypeError
        return np.array(np.broadcast_to(array.astype(float), (length,)))
    except (TypeError, ValueError, OverflowError):
        raise Wrong(f"{what} does not give one real number for each choice of the symbols.") from None


def compare(
    answer: object,
    right: Callable[..., Any],
    domain: Domain,
    what: str = "the formula",
    mistakes: Sequence[tuple[str, str]] = (),
    keep: Callable[..., Any] | None = None,
    tolerance: float = TOLERANCE,
) -> None:
    """Raise `Wrong`, with the reason, unless the answer agrees with the right formula at random points of the domain.

    Parameters
    ----------
    answer : object
        As `evaluate` takes it.
    right : callable
        Of the symbols, by keyword, arrays → array.
    domain : mapping
        An interval for each symbol.
    mistakes : sequence of (formula, reason)
        Tempting wrong formulas, recognised by their values.
    keep : callable, optional
        Of the symbols → truth values: the points at which the question makes sense.
    """
    points = _sample(domain, keep)
    want = np.broadcast_to(np.asarray(right(**points), dtype=float), (POINTS,))
    got = evaluate(answer, points, what)
    agrees = np.isfinite(got) & (np.abs(got - want) <= tolerance * (1e-6 + np.maximum(np.abs(want), np.abs(got))))
    if agrees.all():
        return
    for formula, reason in mistakes:
        with np.errstate(all="ignore"):
            mistaken = evaluate(formula, points)
        if np.allclose(got, mistaken, rtol=1e-6, atol=1e-12, equal_nan=True):
            raise Wrong(reason)
    raise Wrong(_difference(got, want, agrees, points, domain, what))


def _sample(domain: Domain, keep: Callable[..., Any] | None) -> dict[str, Array]:
    """Random points, the same in each session; both signs where an interval has both."""
    rng = np.random.default_rng(20260)
    many = {name: rng.uniform(low, high, 60 * POINTS) for name, (low, high) in domain.items()}
    chosen = np.ones(60 * POINTS, dtype=bool) if keep is None else np.asarray(keep(**many))
    return {name: values[chosen][:POINTS] for name, values in many.items()}


def _difference(got: Array, want: Array, agrees: Array, points: Values, domain: Domain, what: str) -> str:
    bad = ~np.isfinite(got)
    if bad.any():
        return f"{what} is not a real number at {_place(points, int(np.argmax(bad)))}."
    for name, (low, high) in domain.items():
        positive = points[name] > 0
        for side, sign in ((positive, ">"), (~positive, "<")):
            if low < 0 < high and agrees[side].all():
                other = "<" if sign == ">" else ">"
                return f"{what} is right for {name} {sign} 0, but not for {name} {other} 0."
    nonzero = np.abs(want) > 1e-9
    if nonzero.all() and (np.abs(got) > 1e-12).all():
        ratio = got / want
        if np.ptp(ratio) < 1e-7 * abs(ratio[0]):
            if abs(ratio[0] + 1) < 1e-7:
                return f"{what} has the wrong sign; its size is right."
            return f"{what} is {number_words(float(ratio[0]))} times what it should be, everywhere: look for a factor."
    if np.ptp(got - want) < 1e-7 * (1 + float(np.abs(want).max())):
        return f"{what} is too {'large' if got[0] > want[0] else 'small'} by a constant."
    worst = int(np.argmax(np.abs(got - want) / (np.abs(want) + 1e-9)))
    return (
        f"At {_place(points, worst)} {what} gives {number_words(float(got[worst]))}, "
        f"and {number_words(float(want[worst]))} would be right."
    )


def _place(points: Values, index: int) -> str:
    return ", ".join(f"{name} = {number_words(float(values[index]))}" for name, values in points.items())


def _evaluate_sympy(answer: Any, values: Values, what: str) -> Any:
    import sympy as sp

    if isinstance(answer, sp.Equality):
        raise Wrong(f"{what} is an equation; hand in its right-hand side alone.")
    if not isinstance(answer, sp.Expr) or getattr(answer, "is_Matrix", False):
        raise Wrong(f"{what} must be a formula with a number as its value.")
    names = {symbol: canonical(symbol.name) for symbol in answer.free_symbols}
    unknown = sorted(name for name in names.values() if name not in values)
    if unknown:
        raise Wrong(f"{what} holds the symbol {unknown[0]!r}, and the question has {', '.join(values) or 'none'}.")
    try:
        compiled = sp.lambdify(list(names), answer, "numpy")
        with np.errstate(all="ignore"):
            return compiled(*(values[name] for name in names.values()))
    except Exception:
        raise Wrong(f"{what} has a part that has no number as its value: {str(answer)[:80]}.") from None


def _evaluate_function(answer: Callable[..., Any], values: Values, what: str, order: Sequence[str]) -> Any:
    """Point by point, since a student's function may have an `if` in it."""
    results = []
    for entries in zip(*(values[name] for name in order), strict=True):
        numbers = [float(entry) for entry in entries]
        try:
            results.append(float(answer(*numbers)))
        except Wrong:
            raise
        except (TypeError, ValueError, ArithmeticError, SystemExit, Exception) as error:
            signature = ", ".join(order)
            raise Wrong(
                f"{what} as a function of ({signature}) raised {type(error).__name__} at "
                f"({', '.join(map(number_words, numbers))})."
            ) from None
    return np.array(results)
