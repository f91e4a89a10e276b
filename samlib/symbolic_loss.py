"""A loss from a formula: SymPy differentiates it, NumPy evaluates it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from samlib._validation import Array, points

__all__ = ["SymbolicLoss"]

# Functions with a corner, a jump or an imaginary part: outside what SAM's theory, or any Taylor step, covers.
_NOT_SMOOTH = (
    sp.Abs,
    sp.sign,
    sp.Max,
    sp.Min,
    sp.Piecewise,
    sp.Heaviside,
    sp.DiracDelta,
    sp.floor,
    sp.ceiling,
    sp.frac,
    sp.Mod,
    sp.re,
    sp.im,
    sp.arg,
    sp.conjugate,
)

# Smooth wherever they are real, like all their derivatives, and known to NumPy and SciPy over whole batches.
_KNOWN = (
    *(sp.exp, sp.log, sp.erf, sp.erfc),
    *(sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.asin, sp.acos, sp.atan),
    *(sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch, sp.asinh, sp.acosh, sp.atanh),
)
_BUILT_OF = (sp.Symbol, sp.Number, sp.NumberSymbol, sp.Add, sp.Mul, sp.Pow, *_KNOWN)

# Beyond this size of a coordinate, an undefined value such as inf - inf is the overflow of a run that diverges.
_FAR = 1e100


class SymbolicLoss:
    """The loss given by a SymPy expression, with its first three derivatives.

    Parameters
    ----------
    expression : sympy expression or str
        ℓ as a smooth real function of the symbols; a string is read by `sympy.sympify`, so do not pass one from a
        stranger.
    symbols : sequence of sympy.Symbol, or str
        The coordinates in order: a list of symbols or a string such as "x y".

    Raises
    ------
    ValueError
        If the expression cannot be read, is not real, contains a function that is not smooth or not known (known are
        sums, products, powers, exp, log, erf, the trigonometric and hyperbolic functions and their inverses but for
        those of the reciprocals), or holds a symbol that is not among `symbols`; or if `symbols` is empty or repeats
        one.

    Notes
    -----
    Methods are batched over leading axes. Where the formula or what they compute of it is not real at a point (the
    logarithm of a negative number, and also its slope there; or the slope of (-3)ˣ, which is log(-3)·(-3)ˣ), they raise
    a ValueError that names the point. An imaginary part is never dropped.

    Examples
    --------
    >>> loss = SymbolicLoss("(1 + y**2) * x**2 / 2", "x y")
    >>> loss.gradient([0.5, 2.0]).tolist()
    [2.5, 0.5]
    """

    def __init__(self, expression: sp.Expr | str, symbols: Sequence[sp.Symbol] | str) -> None:
        self.symbols = _read_symbols(symbols)
        self.expression = _read_expression(expression, self.symbols)

    @property
    def dimension(self) -> int:
        """The number of symbols."""
        return len(self.symbols)

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w); (..., d) → (...)."""
        return self._evaluate(self._value, w, ())

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w); (..., d) → (..., d)."""
        return self._evaluate(self._gradient, w, (self.dimension,))

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w); (..., d) → (..., d, d)."""
        return self._evaluate(self._hessian, w, (self.dimension,) * 2)

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ(w); (..., d) → (..., d, d, d)."""
        return self._evaluate(self._third, w, (self.dimension,) * 3)

    # Each is compiled when first asked for: SAM's path needs only the gradient.

    @cached_property
    def _value(self) -> Callable[..., list[Any]]:
        return self._compile([self.expression])  # twice, and computed once

    @cached_property
    def _gradient(self) -> Callable[..., list[Any]]:
        return self._compile([self.expression.diff(a) for a in self.symbols])

    @cached_property
    def _hessian(self) -> Callable[..., list[Any]]:
        return self._compile([self.expression.diff(a, b) for a in self.symbols for b in self.symbols])

    @cached_property
    def _third(self) -> Callable[..., list[Any]]:
        names = self.symbols
        return self._compile([self.expression.diff(a, b, c) for a in names for b in names for c in names])

    def _compile(self, entries: list[sp.Expr]) -> Callable[..., list[Any]]:
        """The function of the coordinates that gives ℓ and then the entries."""
        function: Callable[..., list[Any]] = sp.lambdify(
            list(self.symbols), [self.expression, *entries], modules=["scipy", "numpy"], cse=True
        )
        return function

    def _evaluate(self, entries: Callable[..., list[Any]], w: ArrayLike, shape: tuple[int, ...]) -> Array:
        w = points("w", w, self.dimension)
        with np.errstate(all="ignore"):
            computed = entries(*np.moveaxis(w, -1, 0))
        # An entry that does not hold a coordinate comes back as one number: spread it over the batch.
        value, *columns = [np.broadcast_to(_real(entry), w.shape[:-1]) for entry in computed]
        result = np.stack(columns, axis=-1)
        undefined = np.asarray(np.isnan(result).any(axis=-1) & (np.abs(w) < _FAR).all(axis=-1))
        undefined |= self._has_left_the_reals(w, np.asarray(np.isnan(value) & ~undefined))
        if undefined.any():
            raise ValueError(f"{self.expression} or a derivative is not a real number at {w[undefined][0].tolist()}")
        return result.reshape((*w.shape[:-1], *shape))

    def _has_left_the_reals(self, w: Array, doubtful: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Where ℓ, which is nan at the doubtful points, has a complex value; the others are overflows."""
        answer = np.zeros(doubtful.shape, dtype=bool)
        if doubtful.any():
            with np.errstate(all="ignore"):
                value = self._value(*np.moveaxis(w[doubtful].astype(complex), -1, 0))[0]
            answer[doubtful] = np.isfinite(value)
        return answer

    def __repr__(self) -> str:
        return f"SymbolicLoss({str(self.expression)!r}, {' '.join(map(str, self.symbols))!r})"


def _real(entry: Any) -> Array:
    """The entry as floats, with nan where it has an imaginary part."""
    entry = np.asarray(entry)
    if np.iscomplexobj(entry):
        entry = np.where(entry.imag == 0, entry.real, np.nan)
    return entry.astype(np.float64)


def _read_symbols(symbols: Sequence[sp.Symbol] | str) -> tuple[sp.Symbol, ...]:
    given = sp.symbols(symbols, seq=True) if isinstance(symbols, str) and symbols.strip() else tuple(symbols)
    if not given or not all(isinstance(symbol, sp.Symbol) for symbol in given):
        raise ValueError(f"symbols must name at least one coordinate, got {symbols!r}")
    names = [symbol.name for symbol in given]
    if len(set(names)) < len(names):
        raise ValueError(f"symbols must be different, got {' '.join(names)}")
    # Real symbols, so that SymPy simplifies √(x²) as one does by hand.
    return tuple(sp.Symbol(name, real=True) for name in names)


def _read_expression(given: sp.Expr | str, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
    by_name = {symbol.name: symbol for symbol in symbols}
    try:
        expression = sp.sympify(given, locals=dict(by_name))
    except (sp.SympifyError, SyntaxError, TypeError, AttributeError) as error:
        raise ValueError(f"expression must be a formula, got {given!r}") from error
    if not isinstance(expression, sp.Expr):
        raise ValueError(f"expression must be a formula with a number as its value, got {given!r}")
    expression = expression.xreplace({s: by_name[s.name] for s in expression.free_symbols if s.name in by_name})
    unknown = sorted(symbol.name for symbol in expression.free_symbols - set(symbols))
    if unknown:
        raise ValueError(f"expression holds {unknown[0]!r}, which is not among the symbols {' '.join(by_name)}")
    if expression.has(sp.I, sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise ValueError(f"expression must be real and finite, got {expression}")
    for part in sp.preorder_traversal(expression):
        if isinstance(part, _NOT_SMOOTH):
            raise ValueError(f"expression must be smooth, got {part}")
        if not isinstance(part, _BUILT_OF):
            raise ValueError(f"expression must be built of known functions, got {part}")
    return expression
