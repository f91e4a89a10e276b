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


def test_a_run_that_leaves_floating_point_goes_on_without_an_error():
    path = samlib.trajectory(samlib.SAM(eta=3.0, rho=0.1), samlib.SymbolicLoss("x**2 - y**2", "x y"), [1.0, 1.0], 1200)
    assert not np.isfinite(path[-1]).all()
