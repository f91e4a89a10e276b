import itertools
import warnings

import mpmath
import numpy as np
import pytest
import sympy as sp

import samlib

BATCH = np.random.default_rng(0).normal(size=(5, 3, 2))


@pytest.mark.parametrize(
    ("expression", "loss"),
    [
        ("x**2/(1 + y**2/2) + y**2/2", samlib.FlatteningRavine()),
        ("(1 - y + 3*y**3) * x**2 / 2", samlib.Valley([1.0, -1.0, 0.0, 3.0])),
        ("(3*x**2 + y**2/4) / 2", samlib.Quadratic([3.0, 0.25])),
    ],
)
def test_a_formula_gives_the_loss_that_the_library_has_by_hand(expression, loss):
    symbolic = samlib.SymbolicLoss(expression, "x y")
    for method in ("value", "gradient", "hessian", "third_derivative"):
        np.testing.assert_allclose(getattr(symbolic, method)(BATCH), getattr(loss, method)(BATCH), atol=1e-11)


def test_the_coordinates_are_in_the_order_of_the_symbols():
    b, a = sp.symbols("b a")
    assert samlib.SymbolicLoss(a + 10 * b, [b, a]).gradient([0.0, 0.0]).tolist() == [10, 1]
    assert samlib.SymbolicLoss("a + 10*b", "b a").value([1.0, 2.0]) == 12


def test_a_constant_and_a_single_coordinate_are_losses_too():
    assert samlib.SymbolicLoss("3", "x y").gradient(BATCH).shape == BATCH.shape
    assert samlib.SymbolicLoss("x**4", "x").third_derivative([[2.0]]).tolist() == [[[[48.0]]]]


def test_sam_runs_on_a_formula():
    sam = samlib.SAM(eta=0.2, rho=1.0)
    formula = samlib.SymbolicLoss("x**2/2 + y**2/4", "x y")
    expected = samlib.trajectory(sam, samlib.Quadratic([1.0, 0.5]), [2.0, 2.0], 30)
    np.testing.assert_allclose(samlib.trajectory(sam, formula, [2.0, 2.0], 30), expected, atol=1e-13)


@pytest.mark.parametrize(
    ("expression", "symbols", "message"),
    [
        ("", "x", "must be a formula"),
        ("x +", "x", "must be a formula"),
        ("(x", "x", "must be a formula"),
        ("x < 1", "x", "a number as its value"),
        ([1, 2], "x", "must be a formula"),
        ("x*z", "x y", "'z', which is not among"),
        ("I*x", "x", "real and finite"),
        ("x/0", "x", "real and finite"),
        ("oo", "x", "real and finite"),
        ("abs(x)", "x", "must be smooth"),
        ("sqrt(x**2)", "x", "must be smooth"),
        ("Max(x, 0)", "x", "must be smooth"),
        ("sign(x)", "x", "must be smooth"),
        ("floor(x)", "x", "must be smooth"),
        ("Piecewise((x, x > 0), (0, True))", "x", "must be smooth"),
        ("f(x)", "x", "known functions"),
        ("gamma(x)", "x", r"known functions, got gamma\(x\)"),
        ("besselj(0, x)", "x", "known functions"),
        ("atan2(y, x)", "x y", "known functions"),
        ("x + O(x**2)", "x", "known functions"),
        ("log(-2) + x", "x", "real and finite"),
        ("sqrt(-2)*x", "x", "real and finite"),
        ("x*zoo", "x", "real and finite"),
        ("x", "", "at least one coordinate"),
        ("x", "x x", "must be different"),
    ],
)
def test_what_is_no_smooth_real_formula_is_refused_with_the_reason(expression, symbols, message):
    with pytest.raises(ValueError, match=message):
        samlib.SymbolicLoss(expression, symbols)


def test_a_point_where_the_formula_is_not_real_is_named():
    loss = samlib.SymbolicLoss("log(x) + y**2", "x y")
    with pytest.raises(ValueError, match=r"not a real number at \[-1.0, 0.5\]"):
        loss.value([[1.0, 2.0], [-1.0, 0.5]])


METHODS = ("value", "gradient", "hessian", "third_derivative")


@pytest.mark.parametrize(
    ("expression", "point"),
    [
        ("(-3)**x", 0.5),
        ("x*(-3)**x", 0.5),
        ("sin((-2)**x)", 0.3),
        ("sqrt(x)", -1.0),
        ("x**(3/2)", -1.0),
        ("cbrt(x)", -8.0),
        ("x**x", -0.5),
        ("sqrt(x**2 - 1)", 0.5),
        ("log(x)", -1.0),
        ("log(log(x))", 0.5),
        ("asin(x)", 2.0),
        ("acosh(x)", 0.5),
        ("atanh(x)", 1.5),
    ],
)
def test_an_imaginary_part_is_an_error_and_never_dropped(expression, point):
    loss = samlib.SymbolicLoss(expression, "x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in METHODS:
            for w in ([point], [[0.9], [point]]):
                with pytest.raises(ValueError, match=r"not a real number at \["):
                    getattr(loss, method)(w)


def test_a_real_value_beside_a_slope_with_an_imaginary_part():
    # (-3)² = 9, but the derivative there is 9 log(-3) = 9 log 3 + 9πi
    loss = samlib.SymbolicLoss("(-3)**x + y", "x y")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loss.value([2.0, 1.0]) == 10
        for method in METHODS[1:]:
            with pytest.raises(ValueError, match=r"a derivative is not a real number at \[2.0, 1.0\]"):
                getattr(loss, method)([[2.0, 1.0]])


@pytest.mark.parametrize(
    "name",
    [
        *("exp", "log", "erf", "erfc", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan"),
        *("sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh"),
    ],
)
def test_each_known_function_is_evaluated_over_a_batch_with_its_derivatives(name):
    at = 1.7 if name == "acosh" else 0.6
    loss = samlib.SymbolicLoss(f"{name}(x)", "x")
    for order, method in enumerate(METHODS):
        found = getattr(loss, method)(np.full((2, 3, 1), at)).ravel()
        with mpmath.workdps(40):
            expected = float(mpmath.diff(getattr(mpmath, name), at, order))
        np.testing.assert_allclose(found, [expected] * 6, rtol=1e-10)


def test_the_mixed_derivatives_are_each_in_their_place():
    # ℓ = Π (1 + xᵢ)^kᵢ at 0: ∂ᵢ∂ⱼ∂ₖℓ is a product of falling factorials
    powers = (5, 3, 2)
    loss = samlib.SymbolicLoss("(1 + x)**5 * (1 + y)**3 * (1 + z)**2", "x y z")

    def expected(*indices):
        return np.prod([k - indices[:n].count(i) for n, i in enumerate(indices) for k in [powers[i]]])

    third, hessian = loss.third_derivative([0.0, 0.0, 0.0]), loss.hessian([0.0, 0.0, 0.0])
    for i, j, k in itertools.product(range(3), repeat=3):
        assert third[i, j, k] == expected(i, j, k)
        assert hessian[i, j] == expected(i, j)


def test_a_run_that_leaves_floating_point_goes_on_without_an_error():
    path = samlib.trajectory(samlib.SAM(eta=3.0, rho=0.1), samlib.SymbolicLoss("x**2 - y**2", "x y"), [1.0, 1.0], 1200)
    assert not np.isfinite(path[-1]).all()


def test_an_overflow_of_the_value_is_no_imaginary_part_of_the_slope():
    # x⁴ - y⁴ is inf - inf there, and the slope 4·10²⁴⁰ is a number
    slope = samlib.SymbolicLoss("x**4 - y**4", "x y").gradient([1e80, 1e80])
    np.testing.assert_allclose(slope, [4e240, -4e240])
