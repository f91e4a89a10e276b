"""Sentences with formulas, as they stand on a page (TeX between dollars) and as plain text.

A notebook's output and a terminal show the plain form, which needs nobody to typeset it.
"""

import re

__all__ = ["number_words", "plain"]

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "varphi": "φ",
    "ell": "ℓ", "Lambda": "Λ", "Delta": "Δ", "Pi": "Π", "nabla": "∇", "partial": "∂", "infty": "∞", "pm": "±",
    "cdot": "·", "times": "×", "top": "T", "sum": "Σ", "int": "∫", "dots": "…", "cup": "∪", "lvert": "|", "rvert": "|",
    "quad": " ",
}  # fmt: skip
_RELATIONS = {
    "to": "→", "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "sim": "~", "in": "∈", "iff": "⇔", "mapsto": "↦",
    "leftarrow": "←", "=": "=", "<": "<", ">": ">",
}  # fmt: skip
_FUNCTIONS = ("log", "max", "min", "exp", "cos", "sin", "tan", "diag", "sign", "span", "argmin")
_SILENT = ("left", "right", "bigl", "bigr", "Bigl", "Bigr", "hat", "tilde", ",", ";", "!", "mathrm", "text")
_BELOW = dict(zip("0123456789+-ijtmn", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₜₘₙ", strict=True))
_ABOVE = dict(zip("0123456789+-tnTi'*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗⁿᵀⁱ′*", strict=True))
_SHORT = {("1", "2"): "½", ("1", "3"): "⅓", ("1", "4"): "¼", ("3", "4"): "¾"}


def plain(text: str) -> str:
    """The sentence with its TeX spelled in Unicode; what has no such spelling stays readable, as `λ_d`."""
    pieces = re.split(r"(`[^`]*`|\$[^$]*\$)", text)
    return "".join(
        _Formula(piece[1:-1]).read() if piece[:1] == "$" else piece if piece[:1] == "`" else piece.replace("*", "")
        for piece in pieces
    )


def number_words(value: float) -> str:
    """A number with at most six digits, as a message shows it."""
    return f"{value:.6g}"


class _Formula:
    """A reader of the TeX that the exercises use."""

    def __init__(self, tex: str) -> None:
        self.tokens = re.findall(r"\\[A-Za-z]+|\\.|[^\s]", tex)
        self.position = 0

    def read(self, end: str = "") -> str:
        """Everything up to the closing token."""
        words = ""
        while self.position < len(self.tokens) and self.tokens[self.position] != end:
            piece = self._next()
            if piece in _FUNCTIONS and words[-1:].isalnum():
                piece = " " + piece
            if words.endswith(_FUNCTIONS) and piece[:1] not in "([|₀₁₂_^ ":
                piece = " " + piece
            words += piece
        self.position += 1
        return words.strip()

    def _next(self) -> str:
        token = self.tokens[self.position]
        self.position += 1
        name = token[1:] if token[0] == "\\" else ""
        if token == "{":
            return self.read("}")
        if token in "_^":
            return self._script(self._argument(), *((_BELOW, "_") if token == "_" else (_ABOVE, "^")))
        if (name or token) in _RELATIONS:
            return f" {_RELATIONS[name or token]} "
        if name.endswith("frac"):
            return self._fraction(self._argument(), self._argument())
        if name == "norm":
            return f"‖{self._argument()}‖"
        if name == "sqrt":
            inside = self._argument()
            return f"√{inside}" if len(inside) == 1 else f"√({inside})"
        if not name or name in ("{", "}", "|"):
            return {"'": "′", "~": " "}.get(token, name or token)
        return "" if name in _SILENT else _SYMBOLS.get(name, name)

    def _argument(self) -> str:
        """A group, or the one token that TeX would take."""
        return self._next() if self.position < len(self.tokens) else ""

    @staticmethod
    def _fraction(above: str, below: str) -> str:
        if (above, below) in _SHORT:
            return _SHORT[above, below]
        if re.search(r"[+\-]", above):
            above = f"({above})"
        if not re.fullmatch(r"\d+|.[₀-₉ᵢⱼₜₘₙ]*[²³]?|._d|‖[^‖]*‖[²³]?", below):
            below = f"({below})"
        return f"{above}/{below}"

    @staticmethod
    def _script(inner: str, table: dict[str, str], mark: str) -> str:
        if inner and all(letter in table for letter in inner):
            return "".join(table[letter] for letter in inner)
        return f"{mark}{inner}" if inner.isalnum() else f"{mark}({inner})"
