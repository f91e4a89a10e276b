r"""Symbols in TeX: the patterns that a row of the table of notation stands for, and where they occur in a formula.

A formula is a list of tokens: `w_{t+1}` is `w _ { t + 1 }`, and braces around one token are dropped, so that `\hat{R}`
and `\hat R` are the same. An index `i` or `t` of a pattern stands for every index: `\gamma_i` occurs in `\gamma_1`, and
`v_t` in `v_{t+1,1}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\S", flags=re.S)
SPACES = {"\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad"}
WORDS = re.compile(r"\\(?:text\w*|mbox|operatorname|math(?:rm|bb|cal|bf|sf|frak)|boldsymbol|begin|end|tag)\b\*?")
"""Commands whose argument is a word or a letter in a dress of its own, and not a symbol."""

RELATION = re.compile(r"=|\\(?:ge|le|in|to)\b")
ARGUMENT = re.compile(r"\(\w\)$")
ACCENTS = {"\\hat", "\\tilde", "\\bar", "\\dot", "\\widehat", "\\widetilde", "\\overline"}
LIMITS = {"\\sum", "\\prod", "\\max", "\\min", "\\sup", "\\inf", "\\lim", "\\bigcup", "\\int", "\\argmin", "\\word"}
"""What has symbols below it; below anything else stands an index."""

INDICES = {"i", "t"}
"""The indices of a pattern that stand for every index."""

Tokens = tuple[str, ...]


class Pattern(NamedTuple):
    """What to look for: `tokens`, and behind them any index where `indexed`."""

    tokens: Tokens
    indexed: bool


def tokens(tex: str) -> Tokens:
    r"""The tokens of a formula without spaces and without what `WORDS` says, of which a `\word` is left."""
    found: list[str] = [token for token in TOKEN.findall(tex) if token not in SPACES]
    kept: list[str] = []
    place = 0
    while place < len(found):
        if WORDS.fullmatch(found[place]):
            kept.append("\\word")
            place = _after_argument(found, place + 1)
        elif found[place] == "{" and found[place + 2 : place + 3] == ["}"]:
            kept.append(found[place + 1])
            place += 3
        else:
            kept.append(found[place])
            place += 1
    return tuple(kept)


def _after_argument(found: Sequence[str], place: int) -> int:
    """The place behind the argument, a token or a group, that begins at `place`."""
    depth = 0
    while place < len(found):
        depth += {"{": 1, "}": -1}.get(found[place], 0)
        place += 1
        if depth <= 0:
            break
    return place


def symbol(tex: str) -> str:
    r"""The symbol that a formula of the table is about: `v_t` of `v_t=\Lambda w_t`, `J` of `J(u)`."""
    return ARGUMENT.sub("", RELATION.split(tex)[0].strip())


def pattern(tex: str) -> Pattern:
    r"""The pattern of a symbol, with any index for an index `i` or `t`."""
    found = tokens(tex)
    indexed = len(found) > 2 and found[-2] == "_" and found[-1] in INDICES
    return Pattern(found[:-2] if indexed else found, indexed)


def _end(wanted: Pattern, found: Tokens, start: int) -> int | None:
    """The place behind the pattern, if it stands at `start`."""
    end = start + len(wanted.tokens)
    if found[start:end] != wanted.tokens:
        return None
    following = found[end : end + 1]
    if wanted.indexed:
        return _after_argument(found, end + 1) if following == ("_",) else None
    # With an index or a prime it is another symbol, unless the pattern has its index already.
    return None if following == ("'",) or (following == ("_",) and "_" not in wanted.tokens) else end


def occurring(formula: str, patterns: Sequence[Pattern]) -> Iterator[Pattern]:
    """The patterns that occur in a formula, from left to right and with repetitions; the longest at each place."""
    found = tokens(formula)
    longest_first = sorted(patterns, key=lambda each: (len(each.tokens), not each.indexed), reverse=True)
    place = 0
    while place < len(found):
        for each in longest_first:
            end = _end(each, found, place)
            if end is not None:
                yield each
                place = end
                break
        else:
            index = found[place] == "_" and (place == 0 or found[place - 1] not in LIMITS)
            place = _after_argument(found, place + 1) if index or found[place] in ACCENTS else place + 1


def is_exactly(formula: str, wanted: Pattern) -> bool:
    """Whether a formula is the symbol and nothing else."""
    found = tokens(formula)
    return _end(wanted, found, 0) == len(found)
