"""Formulas as answers: read without `eval`, compared at random points, and told apart where they differ.

A formula may be a text ("eta*rho*lam**2"), a SymPy expression, a function of its symbols in the order that the
question names, or a number. A text is parsed into Python's syntax tree, of which only arithmetic, the names of the
question and a dozen functions are allowed, and is computed in floating point: nothing of it is ever executed, and no
power of powers can keep the computer busy.
"""

import ast
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samlib.check._words import number_words

__all__ = ["Domain", "Wrong", "compare", "evaluate", "is_symbolic"]

Array = NDArray[np.float64]
Domain = Mapping[str, tuple[float, float]]
Values = Mapping[str, Array]

POINTS = 48
TOLERANCE = 1e-7
LONGEST = 2000
"""Letters in a formula; a longer text is no answer to any question of the book."""

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "ln": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "atan": np.arctan,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "abs": np.abs,
    "sign": np.sign,
    "sgn": np.sign,
    "max": lambda *values: np.maximum.reduce(np.broadcast_arrays(*values)),
    "min": lambda *values: np.minimum.reduce(np.broadcast_arrays(*values)),
}
_OPERATIONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.UAdd: np.positive,
    ast.USub: np.negative,
}
_GREEK = {
    "λ": "lam",
    "η": "eta",
    "ρ": "rho",
    "μ": "mu",
    "κ": "kappa",
    "ε": "eps",
    "ϵ": "eps",
    "α": "alpha",
    "β": "beta",
}
_SPELLING = {"^": "**", "−": "-", "·": "*", "×": "*", "√": "sqrt", "²": "**2", "³": "**3"}


class Wrong(Exception):
    """An answer is not right; the message says why, in a sentence for the student.

    `share` is the part of the points that it earns all the same.
    """

    def __init__(self, reason: str, share: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.share = reason, share


def canonical(name: str) -> str:
    """One spelling for a symbol's name: λ₁, lambda_1, lam_1 and lam1 are `lam1`."""
    for letter, word in _GREEK.items():
        name = name.replace(letter, word)
    name = re.sub(r"[₀-₉]", lambda match: str(ord(match[0]) - ord("₀")), name)
    return re.sub("^lambda", "lam", re.sub("^epsilon", "eps", name)).replace("_", "").replace("{", "").replace("}", "")


def is_symbolic(value: object) -> bool:
    """Whether it is an object of SymPy; without loading SymPy when nobody else has."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, sympy.Basic | sympy.MatrixBase)


def evaluate(answer: object, values: Values, what: str = "the formula", order: Sequence[str] = ()) -> Array:
    """The formula at points (a dictionary of arrays of one length, by the symbols' names); `Wrong` says what fails."""
    length = next((len(array) for array in values.values()), 1)
    if isinstance(answer, str):
        result = _evaluate_text(answer, values, what)
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


def _evaluate_text(text: str, values: Values, what: str) -> Any:
    if len(text) > LONGEST:
        raise Wrong(f"{what} has {len(text)} letters, which is too long to be read.")
    if "=" in text:
        raise Wrong(f"{what} should be the right-hand side alone, without “=”.")
    if "|" in text:
        raise Wrong(f"{what}: write abs(w) for |w|.")
    spelled = "".join(_SPELLING.get(letter, letter) for letter in text)
    spelled = re.sub(r"[^\W\d]\w*", lambda match: canonical(match[0]), spelled)
    try:
        tree = ast.parse(spelled.strip(), mode="eval").body
        with np.errstate(all="ignore"):
            return _evaluate_tree(tree, values, what)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise Wrong(
            f"{what} cannot be read: {text[:80]!r}. Write it as in Python, every product with *, for example 2*eta*rho."
        ) from None


def _evaluate_tree(tree: ast.AST, values: Values, what: str) -> Any:
    match tree:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if abs(value) > 1e300:
                raise Wrong(f"{what} holds a number that is too large.")
            return np.float64(value)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Name(id="pi"):
            return np.float64(math.pi)
        case ast.Name(id="e" | "E"):
            return np.float64(math.e)
        case ast.Name(id=name):
            known = ", ".join(values) or "numbers only"
            raise Wrong(f"{what} holds the name {name!r}, and the question has {known}.")
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            return _OPERATIONS[type(operation)](_evaluate_tree(left, values, what), _evaluate_tree(right, values, what))
        case ast.UnaryOp(op=operation, operand=operand) if type(operation) in _OPERATIONS:
            return _OPERATIONS[type(operation)](_evaluate_tree(operand, values, what))
        case ast.Call(func=func, args=arguments, keywords=[]) if arguments:
            name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            prefix = getattr(func.value, "id", "") if isinstance(func, ast.Attribute) else "np"
            known_function = _FUNCTIONS.get(name.lower())
            if known_function is None or prefix not in ("np", "numpy", "sp", "sympy", "math"):
                if isinstance(func, ast.Name) and func.id in values:
                    raise Wrong(f"{what}: write {func.id}*(…), with *, for a product.")
                raise Wrong(f"{what} may use {', '.join(sorted(_FUNCTIONS))}, and no other function.")
            if len(arguments) != 1 and name.lower() not in ("max", "min"):
                raise Wrong(f"{what}: {name} takes one argument.")
            return known_function(*(_evaluate_tree(argument, values, what) for argument in arguments))
        case ast.Call():
            raise Wrong(f"{what}: every product needs its *, and every function one argument.")
        case _:
            raise Wrong(f"{what} must be made of numbers, names, + - * / ** and functions such as sqrt.")


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
