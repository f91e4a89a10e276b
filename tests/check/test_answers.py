"""Every part of every exercise: right answers in several forms, tempting wrong ones, and junk."""

import re

import numpy as np
import pytest
import sympy as sp

import samlib
from samlib import drift
from samlib.check import EXERCISES, Choice, Formula, check
from samlib.check._formula import _sample
from tests.check.cases import FORMULAS, MORE_WRONG, RIGHT, WRONG

PARTS = {f"{one.id} {part.name}": (one, part) for one in EXERCISES.values() for part in one.parts}
FORMULA_PARTS = [key for key, (_, part) in PARTS.items() if isinstance(part, Formula)]
CHOICE_PARTS = [key for key, (_, part) in PARTS.items() if isinstance(part, Choice)]


def verdict(key, answer, seconds=5.0):
    one, part = PARTS[key]
    return next(v for v in one.examine({part.name: answer}, seconds=seconds) if v.name == part.name)


def test_every_part_has_its_cases():
    assert sorted(FORMULA_PARTS) == sorted(FORMULAS)
    others = sorted(set(PARTS) - set(FORMULA_PARTS) - set(CHOICE_PARTS))
    assert others == sorted(RIGHT) == sorted(WRONG)
    assert all(len(wrong) >= 3 for wrong in WRONG.values())
    for key in FORMULA_PARTS:
        assert len(PARTS[key][1].mistakes) + len(MORE_WRONG.get(key, ())) >= 3, key
    assert all(len(right) >= 2 for right in RIGHT.values() if right)


@pytest.mark.parametrize("key", FORMULAS)
def test_a_right_formula_may_be_a_text_a_sympy_expression_or_a_function(key):
    text, domain = FORMULAS[key], PARTS[key][1].domain
    symbols = {name: sp.Symbol(name.replace("lam", "lambda_") if "lam" in name else name) for name in domain}
    extra = {"max": sp.Max, "abs": sp.Abs}
    expression = sp.sympify(text, locals={**symbols, **extra})
    names = {"abs": np.abs, "sign": np.sign, "sqrt": np.sqrt, "max": max}

    def function(*values):
        return eval(text, names, dict(zip(domain, values, strict=True)))

    spelled = text.replace("**", "^").replace("lam", "λ").replace("eta", "η").replace("rho", "ρ")
    for form in (text, f"  ({text}) + 0 ", expression, sp.expand(expression), function, spelled):
        assert verdict(key, form).right, (form, verdict(key, form).message)


@pytest.mark.parametrize("key", FORMULAS)
def test_a_tempting_wrong_formula_is_told_its_own_mistake(key):
    for formula, reason in PARTS[key][1].mistakes:
        got = verdict(key, formula)
        assert (got.points, reason in got.message) == (0.0, True), (formula, got.message)
    for formula, pattern in MORE_WRONG.get(key, ()):
        got = verdict(key, formula)
        assert got.points == 0.0
        assert re.search(pattern, got.message), got.message


@pytest.mark.parametrize("key", FORMULAS)
def test_a_formula_wrong_at_some_points_only_or_by_a_factor_is_found(key):
    text = FORMULAS[key]
    name = next(iter(PARTS[key][1].domain))
    edge = float(np.median(_sample(PARTS[key][1].domain, PARTS[key][1].keep)[name]))
    for changed in (f"1.001*({text}) + 0.001", f"({text}) + max(0, {name} - ({edge}))"):
        assert not verdict(key, changed).right, changed


@pytest.mark.parametrize("key", CHOICE_PARTS)
def test_of_a_choice_one_option_is_right_and_each_wrong_one_is_explained(key):
    part = PARTS[key][1]
    for form in (part.right, part.right.upper(), f" {part.right}. "):
        assert verdict(key, form).right
    assert list(part.options) == sorted(part.options)
    for option, why in part.wrong.items():
        got = verdict(key, option)
        assert got.points == 0.0
        assert why in got.message
    assert "must be one of" in verdict(key, "something else").message


@pytest.mark.parametrize("key", RIGHT)
def test_right_answers_in_several_forms(key):
    for answer in RIGHT[key]:
        got = verdict(key, answer)
        assert got.right, (answer, got.message)


@pytest.mark.parametrize("key", WRONG)
def test_tempting_wrong_answers_are_told_why(key):
    for answer, pattern in WRONG[key]:
        got = verdict(key, answer)
        assert not got.right, answer
        assert re.search(pattern, got.message), (answer, got.message)


def test_right_answers_that_have_to_be_measured():
    valley = samlib.Valley([1.0, 0.0, 1.0], skew=2.0)
    path = samlib.trajectory(samlib.SAM(0.2, 0.2), valley, drift.bounce_point(valley, [0.0, 1.5], 0.2, 0.2), 500)
    lost = np.flatnonzero(path[1:, 0] * path[:-1, 0] >= 0)[0]
    for answer in (path[lost, 1], round(path[lost, 1], 2), str(round(path[lost, 1], 2))):
        assert verdict("5.4 y", answer).right

    ravine = samlib.FlatteningRavine()
    w1 = 1e-9

    def factor(rho):  # without the derivative that the check uses
        return samlib.SAM(0.2, rho).step(ravine, [w1, 0.2 * rho / 1.8])[0] / w1

    low, high = 1.0, 4.0
    while high - low > 1e-6:
        low, high = ((low + high) / 2, high) if factor((low + high) / 2) < -1 else (low, (low + high) / 2)
    for answer in (low, round(low, 3), np.array([high])):
        assert verdict("6.4 threshold", answer).right

    line = np.linspace(0.01, 4.0, 400)[:, None]
    for m in (0.25, *EXERCISES["7.5"].choices["m"]):
        end = samlib.trajectory(samlib.HeavyBallSAM(0.2, 1.0, m), samlib.Quadratic([1.0]), line, steps=1200)[:, -5:, 0]
        four = (np.abs(end[:, 0] - end[:, 4]) < 1e-7) & (np.abs(end[:, 0] - end[:, 2]) > 1e-2)
        assert four.any(), m
        part = EXERCISES["7.5"].examine({"start": float(line[four][0, 0])}, {"m": m})[0]
        assert part.right, (m, part.message)


class Vicious:
    """An object that fails whatever is asked of it."""

    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __len__ = __iter__ = __array__ = __float__ = __eq__ = __bool__ = __repr__

    def __hash__(self):
        raise RuntimeError("no")


def endless(*_):
    while True:
        pass


def down(n):
    return down(n + 1)


def deep(*_):
    return down(0)  # Python 3.13.0 does not count calls of functions with *arguments, and goes on till memory ends


JUNK = {
    "None": None, "empty": "", "spaces": "  ", "list": [], "object": object(), "NaN": float("nan"),
    "infinity": float("inf"), "array of NaN": np.full(3, np.nan), "huge": 10**400, "text": "I do not know",
    "code": "__import__('os').system('true')", "tower": "9**9**9**9", "nested": "(" * 400 + "1" + ")" * 400,
    "ragged": [[1], [2, 3]], "complex": 1j, "dictionary": {"a": 1}, "class": int, "module": np, "vicious": Vicious(),
    "raises": lambda *_: 1 / 0, "returns None": lambda *_: None, "returns text": lambda *_: "x", "recursion": deep,
    "exits": lambda *_: exit(), "wrong number": lambda: 0, "sympy equation": sp.Eq(sp.Symbol("x"), 1),
    "sympy matrix": sp.eye(2), "sympy nan": sp.nan, "tuple of junk": (None, object()), "bytes": b"\0", "null": "\0",
}  # fmt: skip


@pytest.mark.parametrize("key", PARTS)
def test_junk_earns_nothing_and_is_answered_kindly(key):
    for name, answer in JUNK.items():
        got = verdict(key, answer)
        assert got.points < got.out_of, (name, got)
        assert got.message.startswith(PARTS[key][1].name), got.message
        assert 10 < len(got.message) < 700, (name, got.message)
        assert "Traceback" not in got.message


@pytest.mark.parametrize("key", [k for k in PARTS if k not in CHOICE_PARTS])
def test_a_function_that_never_ends_is_stopped(key):
    got = verdict(key, endless, seconds=0.05)
    assert got.points == 0.0
    assert re.search(r"loop|must be|one number", got.message), got.message


def test_check_takes_the_same_junk():
    for answer in JUNK.values():
        for asked in ("1.1", "3.2", "4.9", "no such exercise"):
            said = check(asked, answer)
            assert said.points < max(said.out_of, 1)
            assert str(said)
            assert said._repr_html_().startswith("<div")
