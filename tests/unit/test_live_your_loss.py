"""`live.YourLoss` as a Python object: the formulas it takes, its runs, the minimum it finds, its picture."""

import base64
import contextlib
import time
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

import samlib
from samlib import live
from samlib.live._formula import FUNCTIONS, LONGEST, read_formula
from samlib.live.your_loss import FAR, nearest_minimum

SETTINGS = {name: setting for name, _, setting in live.YourLoss.SETTINGS}
X, Y = sp.symbols("x y", real=True)


# ------------------------------------------------------------------------------------------------------------ formulas


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("x^2/2 + y^2/4", X**2 / 2 + Y**2 / 4),
        ("-x^2", -(X**2)),
        ("2^-x", 2**-X),
        ("x^2^3", X**8),
        ("1 - x - y", 1 - X - Y),
        ("x/2/y", X / (2 * Y)),
        ("2x y*(1 + x)", 2 * X * Y * (1 + X)),
        ("(1 + x)(1 - y)", (1 + X) * (1 - Y)),
        ("--x + +y", X + Y),
        ("x² − y³·π", X**2 - Y**3 * sp.pi),
        ("ln(2 + x)**2 × e", sp.log(2 + X) ** 2 * sp.E),
        ("sec(x)*csch(y + 1)", 1 / (sp.cos(X) * sp.sinh(Y + 1))),
        (".5x + 2.e0y + 1E-1", 0.5 * X + 2 * Y + 0.1),
        ("((x))", X),
        ("\tx\n+ y ", X + Y),
    ],
)
def test_a_formula_means_what_it_says(text: str, expression: sp.Expr) -> None:
    assert sp.simplify(read_formula(text) - expression) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it ends too early"),
        ("(x", "a parenthesis is not closed"),
        ("x + )", r"'\)' is not expected there"),
        ("x y)", r"'\)' is not expected there"),
        ("x 2", "'2' is not expected there"),
        ("1/2x", "can be read in two ways"),
        ("x(y)", "x is no function"),
        ("sin x", "sin is a function"),
        ("z + x", "z is not known"),
        ("__import__('os').system('true')", "__import__ is not known"),
        ("x.__class__", r"'\.' is not expected there"),
        ("lambda: x", "lambda is not known"),
        ("1/0", "not real and finite"),
        ("sqrt(-1)", "not real and finite"),
        ("10^99*10^99*10^99*10^99*x", "not real and finite"),
        ("(-2^x)^(1/2)", "not real and finite"),
        ("x^101", "an exponent is beyond 100"),
        ("9^9^9^9", "an exponent is beyond 100"),
        ("(-3)^x", "a power of -3 is real at whole exponents only"),
        ("x²³", r"several digits after \^"),
        ("(" * 41 + "x" + ")" * 41, "nests more than 40 parentheses"),
        ("x" * (LONGEST + 1), f"must have at most {LONGEST} characters, got {LONGEST + 1}"),
    ],
)
def test_what_is_no_formula_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_formula(text)


@pytest.mark.parametrize(
    "text",
    ["9^" * 90 + "9", "exp(" * 40 + "9" + ")" * 40, "tan(" * 40 + "x" + ")" * 40, "x^" * 99 + "x", "(x+y)*" * 33 + "1"],
)
def test_no_formula_takes_long_to_read_or_to_refuse(text: str) -> None:
    began = time.perf_counter()
    with contextlib.suppress(ValueError):
        read_formula(text)
    assert time.perf_counter() - began < 5


@given(st.text(alphabet=st.sampled_from("xy012.+-*/^()e π²$_'\"sincolgpqrt\\,;=[]{}λ🙂\0\n"), max_size=30))
def test_any_text_is_read_or_refused_with_a_value_error(text: str) -> None:
    words = ""
    try:
        assert read_formula(text).free_symbols <= {X, Y}
    except ValueError as error:
        words = str(error)
    assert not words or "formula must" in words


def test_every_function_is_sympys_of_the_same_name() -> None:
    for name in FUNCTIONS:
        difference = read_formula(f"{name}(x)") - getattr(sp, name)(X)
        assert abs(complex(difference.subs(X, sp.Rational(13, 10)))) < 1e-12, name


# -------------------------------------------------------------------------------------------------------------- traits


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("formula", "x +", "it ends too early"),
        ("formula", "abs(x)", "abs is not known"),
        ("formula", "sqrt(x^2)", "must be smooth"),
        ("formula", "x" * 201, "at most 200 characters"),
        ("formula", 3, "'formula' trait"),
        ("eta", 2.0, r"eta must be within \[0.01, 1.98\], got 2"),
        ("rho", -0.1, r"rho must be within \[0, 2\], got -0.1"),
        ("start", [0.0, 11.0], r"start must be within \[-10, 10\], got 11"),
        ("start", [float("nan"), 0.0], "start must be within"),
        ("steps", 501, r"steps must be within \[1, 500\], got 501"),
        ("t", -1, r"t must be within \[0, 500\], got -1"),
        ("reach", 0.1, r"reach must be within \[0.5, 10\], got 0.1"),
        ("zoom", "yes", "zoom"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = live.YourLoss()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before
    with pytest.raises(TraitError, match=words):
        live.YourLoss(**{trait: value})


def test_every_setting_is_a_state_the_figure_accepts() -> None:
    for name, setting in SETTINGS.items():
        figure = live.YourLoss(**setting)
        assert {trait: getattr(figure, trait) for trait in setting} == setting, name
        assert set(setting) == set(live.YourLoss.STATE)
    assert live.YourLoss().state() == SETTINGS["ravine"]
    assert live.YourLoss(steps=40).t == 40
    with pytest.raises(TypeError, match="has no trait 'text'"):
        live.YourLoss(text="x")


def test_ranges_reach_the_page_for_all_of_the_state_but_the_switch() -> None:
    figure = live.YourLoss()
    assert set(figure.ranges) == set(figure.STATE) - {"zoom"}
    assert figure.ranges["formula"] == {"label": "ℓ(x, y)", "longest": LONGEST}


# ---------------------------------------------------------------------------------------------------------------- runs


@pytest.mark.parametrize("name", SETTINGS)
def test_the_runs_are_samlibs(name: str) -> None:
    figure = live.YourLoss(**SETTINGS[name])
    sam, descent = samlib.SAM(figure.eta, figure.rho), samlib.GradientDescent(figure.eta)
    for run, rule in ((figure.path(), sam), (figure.rival(), descent)):
        np.testing.assert_array_equal(run, samlib.trajectory(rule, figure.loss, figure.start, figure.steps))


def test_the_ravine_is_the_librarys_and_its_runs_end_where_section_6_says() -> None:
    """SAM on the exact two-cycle (±0.2, 0.15796788) or its mirror image; gradient descent at 0."""
    figure = live.YourLoss(steps=300)
    sam = samlib.SAM(figure.eta, figure.rho)
    by_hand = samlib.trajectory(sam, samlib.FlatteningRavine(), figure.start, figure.steps)
    np.testing.assert_allclose(figure.path(), by_hand, atol=1e-12)
    np.testing.assert_allclose(np.abs(figure.path()[-1]), [0.2, 0.15796788], atol=1e-8)
    np.testing.assert_allclose(figure.rival()[-1], 0, atol=1e-15)


def test_on_a_quadratic_the_run_settles_on_the_predicted_bounce() -> None:
    figure = live.YourLoss(formula="x^2 + y^2/4", eta=0.3, rho=0.5, start=[1.0, 1.5], steps=400)
    theory = samlib.QuadraticSAM([2.0, 0.5], eta=0.3, rho=0.5)
    np.testing.assert_allclose(np.abs(figure.path()[-1]), np.abs(theory.limit_cycle()[0]), atol=1e-9)
    assert figure.amplitude() == pytest.approx(np.linalg.norm(theory.limit_cycle()[0]), rel=1e-12)
    assert figure.amplitude() == pytest.approx(0.3 * 0.5 * 2 / (2 - 0.6), rel=1e-12)


def test_a_radius_of_zero_is_gradient_descent() -> None:
    figure = live.YourLoss(rho=0.0)
    np.testing.assert_array_equal(figure.path(), figure.rival())
    assert figure.amplitude() == 0


def test_a_run_ends_where_the_formula_is_not_real_or_the_plane_is_left() -> None:
    undefined = live.YourLoss(formula="log(x) + y^2", start=[0.3, 1.0])
    assert len(undefined.path()) < 5
    assert (undefined.path()[:, 0] > 0).all()
    assert len(live.YourLoss(formula="log(x) + y^2", start=[-1.0, 1.0]).path()) == 1
    ascends_out = live.YourLoss(formula="x - sqrt(x) + y^2", start=[0.1, 0.1])
    assert len(ascends_out.path()) == 1
    assert len(ascends_out.rival()) == 61
    away = live.YourLoss(formula="x^4 + y^4", eta=1.0, start=[5.0, 5.0])
    assert 1 < len(away.path()) < 5
    assert (np.abs(away.path()) <= FAR).all()
    assert "SAM ends at" in away.describe()


# ------------------------------------------------------------------------------------------------------------- minimum


@pytest.mark.parametrize(
    ("formula", "start", "point", "eigenvalues"),
    [
        ("x^2/(1 + y^2/2) + y^2/2", [1.0, 1.0], [0, 0], [2, 1]),
        ("(x^2 - 1)^2/4 + (2 + x)*y^2/4", [0.1, 1.5], [-1, 0], [2, 0.5]),
        ("(x^2 - 1)^2/4 + (2 + x)*y^2/4", [1.2, 0.3], [1, 0], [2, 1.5]),
        ("(1 - x)^2/4 + (y - x^2)^2", [-1.2, 1.0], [1, 1], [5.25 + np.sqrt(26.5625), 5.25 - np.sqrt(26.5625)]),
        ("x^2 - y^2 + y^4/2", [0.5, 0.0], [0, -1], [4, 2]),  # from the saddle's own valley: it is left along e₂
        ("-exp(-x^2 - y^2)", [3.0, 2.0], [0, 0], [2, 2]),  # from where it is all but flat
        ("-exp(-x^2 - y^2)", [5.0, -8.0], [0, 0], [2, 2]),  # a gradient of 10⁻³⁸
        ("1e-8*(x^2 + 2*y^2)", [3.0, 2.0], [0, 0], [4e-8, 2e-8]),
        ("(x^4 + y^4)/4", [1.0, -2.0], [0, 0], [0, 0]),
        ("1e4*x^2 + y^2", [1.0, 1.0], [0, 0], [2e4, 2]),  # a narrow valley
        ("100*(x*y - 1)^2 + (x - y)^2/100", [4.0, 1.0], [1, 1], [400, 0.04]),  # and one that is bent
        ("tanh(5x)^2 + y^2", [1.0, 1.0], [0, 0], [50, 2]),
        ("2*(x - 9)^2 + (y + 9)^2/2", [-10.0, 10.0], [9, -9], [4, 1]),
        ("y^2/2 - cos(x)", [3.0, 0.5], [0, 0], [1, 1]),
    ],
)
def test_the_minimum_downhill_is_found(formula: str, start: list[float], point: list[float], eigenvalues: Any) -> None:
    minimum = live.YourLoss(formula=formula, start=start).minimum()
    assert minimum is not None
    np.testing.assert_allclose(np.abs(minimum.point), np.abs(point), atol=1e-9)
    np.testing.assert_allclose(minimum.eigenvalues, eigenvalues, atol=1e-7)
    loss = live.YourLoss(formula=formula).loss
    assert np.linalg.norm(loss.gradient(minimum.point)) < 1e-9
    np.testing.assert_allclose(
        loss.hessian(minimum.point) @ minimum.top, minimum.eigenvalues[0] * minimum.top, atol=1e-8
    )
    assert np.linalg.norm(minimum.top) == pytest.approx(1)
    assert max(minimum.top, key=abs) > 0


def test_on_a_floor_that_is_flat_one_of_its_points_is_found() -> None:
    figure = live.YourLoss(**SETTINGS["valley"])
    minimum = figure.minimum()
    assert minimum is not None
    assert abs(minimum.point[0]) < 1e-9
    assert minimum.eigenvalues[0] == pytest.approx(1 + minimum.point[1] ** 2)
    assert minimum.eigenvalues[1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("formula", ["exp(x + y)", "x^2 - y^2", "x", "log(x) + y^2", "x*y", "-x^2 - y^2", "x^3 + y^2"])
def test_without_a_minimum_downhill_there_is_none(formula: str) -> None:
    figure = live.YourLoss(formula=formula, start=[0.5, 0.1] if formula != "x^3 + y^2" else [-0.5, 0.1])
    assert figure.minimum() is None
    assert np.isnan(figure.amplitude())
    assert "no minimum is found downhill" in figure.describe()


def test_the_search_never_rises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it visits lies no higher than what it left: a minimum "downhill" is connected to the start so."""
    loss = live.YourLoss(formula="(1 - x)^2 + 100*(y - x^2)^2").loss
    asked: list[float] = []
    hessian = loss.hessian

    def watched(w: Any) -> Any:
        asked.append(float(loss.value(w)))
        return hessian(w)

    monkeypatch.setattr(loss, "hessian", watched)
    assert nearest_minimum(loss, np.array([-1.2, 1.0])) is not None
    assert len(asked) > 3
    assert (np.diff(asked) <= 1e-12).all()


def test_where_no_run_settles_the_bounce_is_infinite() -> None:
    assert live.YourLoss(formula="2*x^2 + y^2", eta=0.5).amplitude() == np.inf  # ηλ₁ = 2
    assert live.YourLoss(formula="3", start=[0.5, 0.0]).amplitude() == 0


# ------------------------------------------------------------------------------------------------------------- picture


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.YourLoss()
    bundle = figure._repr_mimebundle_()
    assert bundle is not None
    data, _ = bundle
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    again = live.YourLoss()._repr_mimebundle_()
    assert again is not None
    assert again[0]["image/png"] == data["image/png"]
    text = data["text/plain"]
    assert "ℓ(x, y) = x^2/(1 + y^2/2) + y^2/2 for η = 0.2, ρ = 1, start (1, 1)" in text
    assert "SAM ends at (0.2, -0.158) after 60 steps; gradient descent ends at (1.14e-13, 1.98e-06)" in text
    assert "the minimum downhill from the start is near (0, 0), with eigenvalues 2 and 1 of the Hessian" in text
    figure.formula = "x^2 + y^2"
    changed = figure._repr_mimebundle_()
    assert changed is not None
    assert "ℓ(x, y) = x^2 + y^2" in changed[0]["text/plain"]
    pictures = {live.YourLoss(**setting).picture().png() for setting in SETTINGS.values()}
    assert len(pictures) == len(SETTINGS)


@pytest.mark.parametrize("formula", ["3", "log(x) + y^2", "1/x", "1e300*x^2", "exp(x + y)", "x/(2 + y)", "x^y"])
def test_an_odd_formula_has_a_picture_too(formula: str) -> None:
    for start in ([1.0, 1.0], [-1.0, -1.0], [0.0, 0.0]):
        assert live.YourLoss(formula=formula, start=start).picture().png().startswith(b"\x89PNG")
