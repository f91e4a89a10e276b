"""Numbers and formulas that are written as text: one small grammar, read without ever executing anything.

    sum     = product {("+" | "-") product}
    product = signed {("*" | "/") signed}
    signed  = ("+" | "-") signed | power
    power   = atom ["**" signed]
    atom    = number | name | function "(" sum {"," sum} ")" | "(" sum ")"

That is Python's arithmetic, with ^ for **, λ for lam and the like. `sphinx_ext/exercises/static/verdicts.js` reads
numbers on the pages by the same grammar, with the same words for what it refuses; tests hold the two together.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["FUNCTIONS", "OPERATIONS", "Wrong", "canonical", "read", "tidy"]

Values = Mapping[str, Any]
Reading = Callable[[Values], Any]

LONGEST = 2000
"""Letters in a text; a longer one is no answer to any question of the book."""
DEEPEST = 40
"""Signs, powers and brackets inside each other."""
LARGEST = 1e300

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "arctan": np.arctan,
    "atan": np.arctan,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "ln": np.log,
    "log": np.log,
    "max": lambda *values: np.maximum.reduce(np.broadcast_arrays(*values)),
    "min": lambda *values: np.minimum.reduce(np.broadcast_arrays(*values)),
    "sgn": np.sign,
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
}
_NUMBERS = {"pi": math.pi, "e": math.e, "nan": math.nan, "inf": math.inf, "infinity": math.inf, "oo": math.inf}
_SPELLING = {
    "^": "**", "−": "-", "–": "-", "·": "*", "×": "*", "√": "sqrt", "²": "**2", "³": "**3", "π": "pi", "∞": "inf",
}  # fmt: skip
_GREEK = {
    "λ": "lam", "η": "eta", "ρ": "rho", "μ": "mu", "κ": "kappa", "ε": "eps", "ϵ": "eps", "α": "alpha", "β": "beta",
}  # fmt: skip
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+(?:[eE][-+]?[0-9]+)?")
_TOKEN = re.compile(
    r" *(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>(?:(?:np|numpy|sp|sympy|math)\.)?[^\W\d]\w*)"
    r"|(?P<sign>\*\*|[-+*/(),]))"
)


class Wrong(Exception):
    """An answer is not right; the message says why, in a sentence for the student.

    `share` is the part of the points that it earns all the same.
    """

    def __init__(self, reason: str, share: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.share = reason, share


class _Unreadable(Exception):
    """The text does not follow the grammar."""


def canonical(name: str) -> str:
    """One spelling for a symbol's name: λ₁, lambda_1, lam_1 and lam1 are `lam1`."""
    for letter, word in _GREEK.items():
        name = name.replace(letter, word)
    name = re.sub(r"[₀-₉]", lambda match: str(ord(match[0]) - ord("₀")), name)
    return re.sub("^lambda", "lam", re.sub("^epsilon", "eps", name)).replace("_", "").replace("{", "").replace("}", "")


def tidy(text: str) -> str:
    """The text on one line, without signs that cannot be seen and without needless spaces."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def read(text: str, what: str = "the formula") -> Reading:
    """The function that a text stands for: of the values of its symbols, by their canonical names.

    The function raises `Wrong` where the text holds a name or a function that is not known.

    Raises
    ------
    Wrong
        If the text cannot be read.
    """
    text = tidy(text)
    if len(text) > LONGEST:
        raise Wrong(f"{what} has {len(text)} letters, which is too long to be read.")
    if "=" in text:
        raise Wrong(f"{what} should be the right-hand side alone, without “=”.")
    if "|" in text:
        raise Wrong(f"{what}: write abs(w) for |w|.")
    if _DECIMAL_COMMA.fullmatch(text):
        raise Wrong(f"{what}: a comma is no decimal point; write 0.5 for a half, and 1000 without a comma.")
    try:
        return _Reader("".join(_SPELLING.get(letter, letter) for letter in text), what).whole()
    except _Unreadable:
        raise Wrong(
            f"{what} cannot be read: “{text[:80]}”. Write it as in Python, every product with *, for example 2*eta*rho."
        ) from None


class _Reader:
    """One text on its way from letters to a function; each method reads what it is named after."""

    def __init__(self, text: str, what: str) -> None:
        self.what, self.depth = what, 0
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise _Unreadable
            self.tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            position = found.end()
        self.tokens.reverse()  # the next one is the last

    def whole(self) -> Reading:
        result = self.sum()
        if self.tokens:
            raise _Unreadable
        return result

    def sum(self) -> Reading:
        return self._chain(self.product, ("+", "-"))

    def product(self) -> Reading:
        return self._chain(self.signed, ("*", "/"))

    def signed(self) -> Reading:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unreadable
        sign = self._take("+", "-")
        inner = self.signed() if sign else self.power()
        self.depth -= 1
        return (lambda values: np.negative(inner(values))) if sign == "-" else inner

    def power(self) -> Reading:
        base = self.atom()
        if not self._take("**"):
            return base
        exponent = self.signed()
        return lambda values: np.power(base(values), exponent(values))

    def atom(self) -> Reading:
        kind, text = self.tokens.pop() if self.tokens else ("", "")
        if kind == "number":
            return self._number(float(text))
        if kind == "name":
            return self._call(text) if self._take("(") else self._name(text)
        if text != "(":
            raise _Unreadable
        inner = self.sum()
        self._expect(")")
        return inner

    def _chain(self, part: Callable[[], Reading], signs: tuple[str, str]) -> Reading:
        """Parts with signs between them, from left to right; a loop, since a chain may be long."""
        first, rest = part(), []
        while sign := self._take(*signs):
            rest.append((OPERATIONS[sign], part()))

        def value(values: Values) -> Any:
            result = first(values)
            for operation, other in rest:
                result = operation(result, other(values))
            return result

        return value if rest else first

    def _number(self, number: float) -> Reading:
        def value(values: Values) -> Any:
            if number > LARGEST:
                raise Wrong(f"{self.what} holds a number that is too large.")
            return np.float64(number)

        return value

    def _name(self, name: str) -> Reading:
        own, short = canonical(name), name.rpartition(".")[2]

        def value(values: Values) -> Any:
            if own in values:
                return values[own]
            if short.lower() in _NUMBERS:
                return np.float64(_NUMBERS[short.lower()])
            known = ", ".join(values) or "numbers only"
            raise Wrong(f"{self.what} holds the name “{name}”, and the question has {known}.")

        return value

    def _call(self, name: str) -> Reading:
        arguments: list[Reading] = []
        if not self._take(")"):
            arguments.append(self.sum())
            while self._take(","):
                arguments.append(self.sum())
            self._expect(")")
        short = name.rpartition(".")[2].lower()

        def value(values: Values) -> Any:
            if canonical(name) in values:
                raise Wrong(f"{self.what}: write {name}*(…), with *, for a product.")
            if short not in FUNCTIONS:
                raise Wrong(f"{self.what} may use {', '.join(FUNCTIONS)}, and no other function.")
            if len(arguments) != 1 and not (arguments and short in ("max", "min")):
                raise Wrong(f"{self.what}: {name} takes one argument.")
            return FUNCTIONS[short](*(argument(values) for argument in arguments))

        return value

    def _take(self, *signs: str) -> str:
        """The next token, if it is one of these signs."""
        return self.tokens.pop()[1] if self.tokens and self.tokens[-1] in [("sign", sign) for sign in signs] else ""

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise _Unreadable
