"""A reader's formula ℓ(x, y), read without ever running it: the same language as in js/dynamics/formula.js."""

import re
from collections.abc import Callable

import sympy as sp

__all__ = ["FUNCTIONS", "LONGEST", "read_formula"]

#: Characters that a formula may have.
LONGEST = 200

# As reciprocals: SymPy turns its own sech(1/x**2) into powers of a logarithm for NumPy, which has none for x < 0.
_RECIPROCALS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "sec": lambda u: 1 / sp.cos(u),
    "csc": lambda u: 1 / sp.sin(u),
    "cot": lambda u: 1 / sp.tan(u),
    "sech": lambda u: 1 / sp.cosh(u),
    "csch": lambda u: 1 / sp.sinh(u),
    "coth": lambda u: 1 / sp.tanh(u),
}

#: Smooth functions that a formula may hold, under the names they have in SymPy, too.
FUNCTIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = _RECIPROCALS | {
    name: getattr(sp, name)
    for name in (
        *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        *("exp", "log", "sqrt"),
    )
}

_LARGEST_EXPONENT = 100
_DEEPEST = 40
_CONSTANTS = {"x": sp.Symbol("x", real=True), "y": sp.Symbol("y", real=True), "pi": sp.pi, "e": sp.E}
_SIGNS = {"**": "^", "·": "*", "×": "*", "⋅": "*", "∗": "*", "−": "-", "–": "-", "²": "^2", "³": "^3", "π": " pi "}
# A number is not cut short: 2e-x has none, and 2./x the sign "./".
_NUMBER = r"(?:\d+\.\d+|\d+\.(?![*/^])|\d+|\.\d+)(?:[eE][+-]?\d+|(?![eE][+-]))"
_TOKEN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|(?P<name>[A-Za-z_]\w*)|(?P<sign>.))", re.ASCII)
_EXACT = 2**53


def read_formula(text: str) -> sp.Expr:
    """The formula as a SymPy expression in real symbols x and y.

    A formula has numbers, x, y, pi, e, + - * / ^ (or **), parentheses and the functions of `FUNCTIONS` (and ln). The *
    of a product may be left out before a letter or a parenthesis, but not beside a quotient, where 1/2x could be read
    in two ways.

    Raises
    ------
    ValueError
        If the text is anything else, is longer than `LONGEST`, nests more than 40 parentheses, has an exponent beyond
        100 or one that varies over a negative number, or holds a constant that is not real and finite, such as 1/0.
    """
    if len(text) > LONGEST:
        raise ValueError(f"formula must have at most {LONGEST} characters, got {len(text)}")
    if re.search(r"[²³][²³\d]", text):
        raise ValueError(f"formula must have an exponent of several digits after ^, got {text.strip()!r}")
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    try:
        return _Reader(text).formula()
    except (ArithmeticError, AttributeError, NotImplementedError, RecursionError, TypeError) as error:
        # SymPy stumbles over some expressions without sense, such as the sech of a constant that is not finite.
        raise ValueError(f"formula must be a smooth function of x and y, got {text.strip()!r}: {error}") from error


class _Reader:
    """One pass over the text, one method per level of binding."""

    def __init__(self, text: str) -> None:
        self._text = text
        matches = _TOKEN.finditer(" ".join(text.split()))
        self._tokens = [(match.lastgroup or "", match[match.lastgroup or 0]) for match in matches]
        self._tokens.append(("end", ""))
        self._place = self._depth = 0

    def formula(self) -> sp.Expr:
        result = self._sum()
        if self._kind != "end":
            raise self._error(f"{self._token!r} is not expected there")
        # SymPy writes (-2^x)^(1/2) as the product of a root of -1 and something real.
        for part in sp.preorder_traversal(result):
            self._finite(part)
        return result

    @property
    def _kind(self) -> str:
        return self._tokens[self._place][0]

    @property
    def _token(self) -> str:
        return self._tokens[self._place][1]

    def _next(self) -> str:
        self._place += 1
        return self._tokens[self._place - 1][1]

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"formula must be a smooth function of x and y, got {self._text.strip()!r}: {reason}")

    def _finite(self, result: sp.Expr) -> sp.Expr:
        """The expression, unless it is a constant that is not real, or too large for a float."""
        if result.is_number and not _is_real_and_finite(result):
            raise self._error("a constant in it is not real and finite")
        return result

    def _sum(self) -> sp.Expr:
        result = self._product()
        while self._token in ("+", "-"):
            sign = self._next()
            term = self._product()
            result = self._finite(result + term if sign == "+" else result - term)
        return result

    def _product(self) -> sp.Expr:
        result, divided = self._signed(), False
        while True:
            written = self._token in ("*", "/")
            if not written and self._kind != "name" and self._token != "(":
                return result
            if not written and divided:
                raise self._error("a quotient beside a product without its * can be read in two ways")
            divided = written and self._next() == "/"
            factor = self._signed()
            result = self._finite(result / factor if divided else result * factor)

    def _signed(self) -> sp.Expr:
        if self._token in ("+", "-"):
            return -self._signed() if self._next() == "-" else self._signed()
        return self._power()

    def _power(self) -> sp.Expr:
        base = self._atom()
        if self._token != "^":
            return base
        self._next()
        exponent = self._signed()
        if exponent.is_number and abs(exponent) > _LARGEST_EXPONENT:
            raise self._error(f"an exponent is beyond {_LARGEST_EXPONENT}")
        if base.is_number and complex(base).real < 0 and not exponent.is_number:
            raise self._error(f"a power of {base} is real at whole exponents only")
        return self._finite(base**exponent)

    def _atom(self) -> sp.Expr:
        kind, token = self._kind, self._next()
        if kind == "number":
            value = float(token)
            return self._finite(sp.Integer(int(value)) if value.is_integer() and value < _EXACT else sp.Float(value))
        if kind == "name":
            return self._named(token)
        if token != "(":
            raise self._error(f"{token!r} is not expected there" if token else "it ends too early")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"it nests more than {_DEEPEST} parentheses")
        result = self._sum()
        self._depth -= 1
        if self._next() != ")":
            raise self._error("a parenthesis is not closed")
        return result

    def _named(self, name: str) -> sp.Expr:
        function = FUNCTIONS.get("log" if name == "ln" else name)
        if function is None and name not in _CONSTANTS:
            raise self._error(f"{name} is not known")
        if (self._token == "(") != (function is not None):
            raise self._error(f"{name} is {'a' if function else 'no'} function")
        return _CONSTANTS[name] if function is None else self._finite(function(self._atom()))


def _is_real_and_finite(constant: sp.Expr) -> bool:
    if constant.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        return False
    try:
        value = complex(constant)
    except OverflowError:
        return False
    return value.imag == 0 and abs(value.real) < float("inf")
