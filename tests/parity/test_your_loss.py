"""The figure of the reader's own loss reads, differentiates and runs in JavaScript as samlib and SymPy in Python."""

import re
import time
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from samlib import SAM, GradientDescent, SymbolicLoss, live, trajectory
from samlib._validation import Array
from samlib.live._formula import FUNCTIONS, LONGEST, read_formula
from tests.parity.engine import Dynamics

# Where each function that is not real everywhere has its middle; |x|, |y| ≤ 0.4 around it.
MIDDLE = {"acosh": 2.0, "log": 1.0, "sqrt": 1.0, "cot": 1.0, "csc": 1.0, "coth": 1.0, "csch": 1.0}

GOOD = [
    "x^2/(1 + y^2/2) + y^2/2",
    "(1 + y^2)x^2/2",
    "exp(-x^2 - y^2)*sin(x*y) + log(1 + x^2)",
    "2x^2 y - 3y*(x + 1)",
    "x*(y + 1)*(x - 2)(y - 3)",
    "-x^2 + 2^-x - -y + +x",
    "e^x + pi*y + x e",
    "x² + y³ − 2·x × y",
    "x**2 + y**2",
    "(x^2 + y^2 + 1)^1.5 - (2 + x)^(y/3)",
    "x^2^y/(3 + y) - (1 - (x - y))",
    "1/(2 + x)/(3 + y) - 5/((1 + x^2)/(2 - y))",
    "tanh(x + 2*y)^3 + sqrt(1 + x^2 y^2)",
    "ln(2 + x) - atan(y)*asin(x/3)",
    "0.1x^4 - .5y^2 + 3.e0 + 2E-1 x",
    "(((x)))",
    "\t x\n+ y ",
    "3",
    "1e300*x*1e-300",
    "sin(cos(sin(cos(x*y))))",
    "(1 - x)^2/4 + 7*(y - x^2)^2",
    "x^100/1e9 + y^-3/(y^-3 + 1)",
    "sech((x - 3)^-2)^2/coth(y + 1)^-csc(1 + x)",
    "x^2*sqrt(y^2 + 1)/2 - cot(y + 1)*3^-x",
]

BAD = [
    *("", "  ", "(", ")", "x +", "x)", "((x)", "* x", "x^^2", "x 2", "2 3", "x^2 2", "()", "x()", "sin()", "x,y"),
    *("1/2x", "x/2y", "x/2(y + 1)", "1/x y", "xy", "z", "X", "i*x", "I", "sin x", "sin", "x(y)", "e(x)", "5 cm"),
    *("1/0", "0/0", "x/0", "x/(2 - 2)", "sqrt(-1)", "log(0)", "log(-x^0)", "(-8)^(1/3)", "asin(2)", "tan(1/0)"),
    *("1e999", "9^9^9", "x^999999", "x^1e9", "x^-101", "2^x^1000", "10^99*10^99*10^99*10^99*x", "exp(exp(9))*x"),
    *("abs(x)", "sign(x)", "max(x, y)", "min(x)", "floor(x)", "ceil(x)", "round(x)", "mod(x, 2)", "relu(x)", "|x|"),
    *("sqrt(x^2)", "sqrt((x - y)^2)", "sqrt(4x^2)", "(x^2)^0.5", "(x^4)^(1/4)", "sqrt(x*x)", "(x^2)^1.5"),
    *("sqrt(x^2 y^2)", "(-3)^x", "(2 - 5)^(x*y)", "(-e)^y"),
    *("x = 3", "y := x", "f(x) = x", "x == y", "x > y", "x < y", "x != y", "x; y", "x: y", "[x, y]", "{x}", "x[1]"),
    *("x!", "x'", "x%2", "x & y", "x ? y : 1", "x and y", "not x", "x mod y", "x to y", "x in y", "x.^2", "x ./ y"),
    *('"x"', "'x'", "`x`", "x # y", "x // y", "0x1F", "0b1", "true", "null", "NaN", "Infinity", "undefined"),
    *("end", "ans", "2./x", "2e-x", ".", "1.2.3", "..5", "²", "x²²", "x³2", "\u0663x"),
    *("x.constructor", "constructor", "constructor(x)", "__proto__", "x.__proto__", "toString(x)", "valueOf", "this"),
    *("import(x)", "eval(x)", "parse(x)", "evaluate(x)", "derivative(x)", "createUnit(x)", "alert(1)", "window"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "${x}", "\\u0078", "x\0y", "𝑥", "x⁴", "√x", "∞"),
    *("__import__('os').system('true')", "().__class__", "lambda: x", "x if y else 1", "@x", "x@y", "~x", "$x"),
    *("x_", "x1", "x=>y", "x?.y", "x ?? y", "''.constructor", "cos.constructor(x)", "hasOwnProperty(x)", "x\\y"),
    *("a" * 190 + "(x)", "xy" * 90, "x + " + "b" * 190, f"sqrt(({'+'.join('xy' * 20)})^2)", "x\u202e + y"),
    "(" * 41 + "x" + ")" * 41,
    "x + " * 60 + "x",
]  # fmt: skip


@pytest.fixture(scope="module")
def dynamics() -> Dynamics:
    return Dynamics("your_loss")


@pytest.fixture(scope="module")
def roomy() -> Dynamics:
    """The same in an engine with a stack as deep, counted in calls, as a browser's."""
    engine = Dynamics("your_loss")
    engine._context.set_max_stack_size(4_000_000)
    return engine


def _read(dynamics: Dynamics, text: str, points: Any = ()) -> dict[str, Any]:
    """What the page makes of a text: its numbers at the points, or `words`; `kind` names the class of an error."""
    answer: dict[str, Any] = dynamics(
        """(() => {
          try {
            const loss = dynamics.readFormula(typed);
            const each = (f) => points.map((w) => f(w));
            const values = { value: each(loss.value), gradient: each(loss.gradient), hessian: each(loss.hessian) };
            return { code: loss.code, slopes: loss.slopes, ...values };
          } catch (error) {
            return { words: error.message, known: error instanceof dynamics.FormulaError };
          }
        })()""",
        typed=text,
        points=np.asarray(points, dtype=float).tolist(),
    )
    return answer


def _python(text: str) -> SymbolicLoss | None:
    try:
        return SymbolicLoss(read_formula(text), "x y")
    except ValueError:
        return None


def _points(seed: int, middle: float = 0.0, half: float = 0.4) -> Array:
    return np.random.default_rng(seed).uniform(middle - half, middle + half, (20, 2))


def _assert_same_loss(answer: dict[str, Any], loss: SymbolicLoss, points: Array) -> None:
    hessian = loss.hessian(points)
    expected = (loss.value(points), loss.gradient(points), hessian[:, [0, 0, 1], [0, 1, 1]])
    for name, values in zip(("value", "gradient", "hessian"), expected, strict=True):
        scale = float(np.abs(values).max())
        np.testing.assert_allclose(np.array(answer[name], dtype=float), values, rtol=1e-12, atol=1e-13 * max(scale, 1))


@pytest.mark.parametrize("text", GOOD)
def test_values_gradients_and_hessians_agree(dynamics: Dynamics, text: str) -> None:
    points = _points(len(text), middle=0.5)
    answer, loss = _read(dynamics, text, points), _python(text)
    assert "words" not in answer, answer
    assert loss is not None
    _assert_same_loss(answer, loss, points)
    # The text for "Open as samlib code" means the same.
    _assert_same_loss(answer, SymbolicLoss(answer["code"], "x y"), points)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_the_derivatives_of_sympy(dynamics: Dynamics, name: str) -> None:
    points = _points(7, MIDDLE.get(name, 0.0))
    for text in (f"{name}(x) + 2*y^2", f"{name}(x)*{name}(y)^2"):
        answer = _read(dynamics, text, points)
        assert "words" not in answer, answer
        for loss in (SymbolicLoss(text, "x y"), SymbolicLoss(answer["code"], "x y"), _python(text)):
            assert loss is not None
            _assert_same_loss(answer, loss, points)


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_both_readers_refuse_in_words_and_nothing_else(dynamics: Dynamics, text: str) -> None:
    answer = _read(dynamics, text)
    assert answer.get("known") is True, answer
    assert 10 < len(answer["words"]) < 250
    assert _python(text) is None


def test_words_name_the_reason(dynamics: Dynamics) -> None:
    reasons = {
        "": "Type a formula",
        "(x": "not a formula yet",
        "abs(x)": "abs has a corner or a jump",
        "sqrt(x^2)": "absolute value",
        "z + x": "z is not known",
        "xy": r"x\*y",
        "foo(x)": "foo is not among the functions",
        "x = 2": "no assignment",
        "i*x": "must be real",
        "sqrt(-1)": "not a real number",
        "1/0": "not finite",
        "x/0": "divides by zero",
        "x^999": "exponent 999 is too large",
        "1/2x": "two ways",
        "5 cm": "cm is not known",
        "x" * (LONGEST + 1): f"at most {LONGEST}",
        "<b>x</b>": "alone",
        "(-3)^x": "power of −3 is real at whole exponents only",
        "x;y": "“;” has no meaning",
        "x\u202e": "The sign U\\+202E has no meaning",
        "a" * 100: "a{23}… is not known",
    }
    for text, reason in reasons.items():
        assert re.search(reason, _read(dynamics, text)["words"]), text


DEEP = [
    "sin(" * 39 + "x" + ")" * 39,
    "x^" * 99 + "x",
    "x^y^" * 49 + "x",
    "exp(x*" * 28 + "y" + ")" * 28,
    "1/(x+" * 33 + "1" + ")" * 33,
    "(x+y)*" * 33 + "1",
]


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_a_formula_whose_derivatives_grow_without_end_is_refused_in_time(roomy: Dynamics, text: str) -> None:
    began = time.perf_counter()
    assert "too long to be computed" in _read(roomy, text)["words"]
    assert time.perf_counter() - began < 3  # 0.1 s at most where this was written


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_a_small_stack_is_no_more_than_another_reason(dynamics: Dynamics, text: str) -> None:
    """This engine's own stack is a quarter of a browser's."""
    answer = _read(dynamics, text)
    assert answer["known"]
    assert re.search("nested too deeply|too long to be computed", answer["words"])


PIECES = [
    *("x", "y", "2", "0.5", "2.", "3e", "(", ")", "+", "-", "*", "/", "^", "^-", "**", "²", " "),
    *("sin(", "sqrt(", "log(", "ln(", "tan(", "e", "pi", ".", ",", "!", "=", "abs("),
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join))
def test_what_one_reader_takes_the_other_takes_and_means_the_same(dynamics: Dynamics, text: str) -> None:
    points = [[0.7, 0.4]]
    answer, loss = _read(dynamics, text, points), _python(text)
    assert answer.get("known", True), answer  # never an error of the program's own
    if "words" in answer:
        # SymPy does the sum in 1/(y/0) first, and takes the root of a square of a square.
        assert loss is None or re.search("divides by zero|may have a corner", answer["words"])
        return
    if loss is None:  # SymPy sees through x/(y - y) and (x^2)^y, too
        return
    try:
        expected = float(loss.value(points[0]))
    except ValueError:
        expected = np.nan
    assert float(answer["value"][0]) == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


@given(st.text(max_size=LONGEST + 5))
def test_any_text_at_all_is_read_or_refused(dynamics: Dynamics, text: str) -> None:
    answer = _read(dynamics, text.replace("\ud800", ""))
    assert answer.get("known", True), answer
    _python(text)


def _figure(setting: dict[str, Any], steps: int = 40) -> live.YourLoss:
    return live.YourLoss(**{**setting, "steps": steps, "t": steps})


SETTINGS = [setting for _, _, setting in live.YourLoss.SETTINGS] + [
    {"formula": "x^2/2 + y^2/4", "start": [2.0, 2.0]},
    {"formula": "x^2/2 + y^2/4", "rho": 0.0},
    {"formula": "exp(x + y)", "eta": 0.05},
    {"formula": "x^2 + y^2/2 - x y/3", "start": [0.0, 0.0]},
    {"formula": "y^2/2 - cos(x)", "start": [3.0, 0.5], "eta": 0.3},
    {"formula": "log(x) + y^2", "start": [0.3, 1.0]},
    {"formula": "log(x) + y^2", "start": [-1.0, 1.0]},
    {"formula": "x - log(x) + y^2", "start": [0.3, 0.1]},
    {"formula": "x - sqrt(x) + y^2", "start": [0.1, 0.1]},
    {"formula": "x^4 + y^4", "eta": 1.0, "start": [5.0, 5.0]},
    {"formula": "x^2 - y^2", "start": [0.5, 0.0]},
    {"formula": "3", "start": [0.5, 0.0]},
    {"formula": "1e300*x^2"},
    {"formula": "1e-8*(x^2 + 2*y^2)"},
    {"formula": "-exp(-x^2 - y^2)", "start": [5.0, -8.0]},
    {"formula": "x + 2*y"},
    {"formula": "1e4*x^2 + y^2", "rho": 0.1},
    {"formula": "tanh(5x)^2 + y^2"},
    {"formula": "x^2 - y^2 + y^4/2", "start": [0.5, 0.0]},
    {"formula": "x^4 + y^2 - x^2 y", "eta": 0.05, "rho": 0.1},
]
# SAM's run on these is chaotic, and multiplies a difference in the last digit by 1.4 a step and more.
CHAOTIC = {"tanh(5x)^2 + y^2", "(1 - x)^2/4 + (y - x^2)^2", "(x^2 + y^2)/8 - cos(2x)*cos(y)", "x^4 + y^2 - x^2 y"}


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_runs_and_minima_agree(dynamics: Dynamics, setting: dict[str, Any]) -> None:
    figure = _figure(setting, 40 if setting["formula"] in CHAOTIC else 500)
    computed = dynamics(
        """(() => {
          const loss = dynamics.readFormula(formula);
          const minimum = dynamics.nearestMinimum(loss, start);
          return {
            sam: dynamics.runOn(loss, (w) => dynamics.samStepOn(loss, eta, rho, w), start, steps),
            descent: dynamics.runOn(loss, (w) => dynamics.descentStepOn(loss, eta, w), start, steps),
            minimum,
            amplitude: minimum ? dynamics.bounceAmplitude(eta, rho, minimum.eigenvalues[0]) : NaN,
          };
        })()""",
        **{name: getattr(figure, name) for name in ("formula", "eta", "rho", "start", "steps")},
    )
    for name, run in (("sam", figure.path()), ("descent", figure.rival())):
        found = np.array(computed[name], dtype=float)
        assert found.shape == run.shape
        np.testing.assert_allclose(found, run, rtol=1e-12, atol=1e-12 * max(1, float(np.abs(run).max())))
    minimum = figure.minimum()
    assert (computed["minimum"] is None) == (minimum is None)
    assert float(computed["amplitude"]) == pytest.approx(figure.amplitude(), rel=1e-12, nan_ok=True)
    if minimum is not None:
        np.testing.assert_allclose(computed["minimum"]["w"], minimum.point, atol=1e-12)
        np.testing.assert_allclose(computed["minimum"]["eigenvalues"], minimum.eigenvalues, atol=1e-12)
        if minimum.eigenvalues[0] - minimum.eigenvalues[1] > 1e-6:
            np.testing.assert_allclose(computed["minimum"]["top"], minimum.top, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, _, _ in live.YourLoss.SETTINGS])
def test_the_samlib_code_gives_the_run_of_the_page(dynamics: Dynamics, name: str) -> None:
    setting = next(setting for each, _, setting in live.YourLoss.SETTINGS if each == name)
    figure = _figure(setting)
    page = dynamics(
        """(() => {
          const loss = dynamics.readFormula(formula);
          const sam = dynamics.runOn(loss, (w) => dynamics.samStepOn(loss, eta, rho, w), start, steps);
          const descent = dynamics.runOn(loss, (w) => dynamics.descentStepOn(loss, eta, w), start, steps);
          const last = { sam: sam.length - 1, descent: descent.length - 1 };
          return { sam, descent, code: dynamics.samlibCode(loss, { eta, rho, start }, last) };
        })()""",
        **{trait: getattr(figure, trait) for trait in ("formula", "eta", "rho", "start", "steps")},
    )
    names: dict[str, Any] = {}
    exec(page["code"], names)  # the page's own text, from a formula written in this package
    for run, optimizer in (("sam", SAM(figure.eta, figure.rho)), ("descent", GradientDescent(figure.eta))):
        np.testing.assert_allclose(names[run], page[run], rtol=1e-12, atol=1e-12)
        # and it is the run on the loss that the formula means, read here
        steps = len(page[run]) - 1
        expected = trajectory(optimizer, SymbolicLoss(read_formula(figure.formula), "x y"), figure.start, steps)
        np.testing.assert_allclose(names[run], expected, rtol=1e-12, atol=1e-12)


def test_eigenpairs_are_those_of_numpy(dynamics: Dynamics) -> None:
    special = [[2.0, 0.0, 2.0], [1.0, 0.0, 3.0], [3.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, -1e-9, 1.0]]
    special += [[2e300, 0.0, 2.0], [3e200, -1e200, 1e200], [3e-200, 1e-200, -1e-200]]
    for a, b, c in [*np.random.default_rng(5).normal(size=(40, 3)).tolist(), *special]:
        found = dynamics("dynamics.eigenpair(h)", h=[a, b, c])
        unit = max(abs(a), abs(b), abs(c)) or 1.0
        matrix = np.array([[a, b], [b, c]]) / unit
        ascending, vectors = np.linalg.eigh(matrix)
        values = np.array(found["values"]) / unit
        np.testing.assert_allclose(values, ascending[::-1], atol=1e-14)
        np.testing.assert_allclose(matrix @ found["top"], values[0] * np.array(found["top"]), atol=1e-14)
        if ascending[1] - ascending[0] > 1e-8:
            assert abs(vectors[:, 1] @ found["top"]) == pytest.approx(1, abs=1e-13)
        assert max(found["top"], key=abs) > 0


def test_the_slopes_on_the_page_are_the_derivatives(dynamics: Dynamics) -> None:
    x, y = sp.symbols("x y", real=True)
    text = "x^2/(1 + y^2/2) + y^2/2 - 3x y"
    plain = str.maketrans({"−": "-", "·": "*", "^": "**"})
    printed = [slope.translate(plain) for slope in _read(dynamics, text)["slopes"]]
    for slope, symbol in zip(printed, (x, y), strict=True):
        exact = sp.diff(read_formula(text), symbol)
        difference = sp.sympify(slope, locals={"x": x, "y": y}) - exact
        assert sp.simplify(sp.nsimplify(difference)) == 0
