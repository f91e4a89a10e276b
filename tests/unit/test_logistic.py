"""The logistic loss against sums of literal logarithms in fifty digits."""

import math

import mpmath
import numpy as np
import pytest

import samlib

EXAMPLES = np.array([[1.0, -0.5, 0.25], [-2.0, 0.75, 1.0], [0.5, 3.0, -1.5], [0.0, -1.0, 0.5]])
LOSS = samlib.Logistic(EXAMPLES)


def literal(*w):
    terms = [mpmath.log(1 + mpmath.exp(-mpmath.fdot(z.tolist(), w))) for z in EXAMPLES]
    return mpmath.fsum(terms) / len(terms)


def partial(w, *axes):
    with mpmath.workdps(50):
        order = tuple(axes.count(i) for i in range(len(w)))
        return float(mpmath.diff(literal, w.tolist(), order))


@pytest.mark.parametrize("seed", range(4))
def test_value_and_derivatives_up_to_the_third_are_those_of_the_sum(seed):
    w = np.random.default_rng(seed).normal(size=3)
    axes = range(3)
    assert LOSS.value(w) == pytest.approx(float(literal(*w.tolist())), rel=1e-14)
    np.testing.assert_allclose(LOSS.gradient(w), [partial(w, i) for i in axes], rtol=1e-12)
    np.testing.assert_allclose(LOSS.hessian(w), [[partial(w, i, j) for j in axes] for i in axes], rtol=1e-12)
    tensor = [[[partial(w, i, j, k) for k in axes] for j in axes] for i in axes]
    np.testing.assert_allclose(LOSS.third_derivative(w), tensor, rtol=1e-10, atol=1e-14)


def test_points_are_batched_over_leading_axes():
    w = np.random.default_rng(7).normal(size=(4, 2, 3))
    assert LOSS.value(w).shape == (4, 2)
    assert isinstance(LOSS, samlib.SmoothLoss)
    for method in (LOSS.value, LOSS.gradient, LOSS.hessian, LOSS.third_derivative):
        np.testing.assert_allclose(method(w)[3, 1], method(w[3, 1]), rtol=1e-13)


def test_far_out_the_loss_is_linear_on_one_side_and_exponentially_small_on_the_other():
    loss = samlib.Logistic([[1.0]])
    with np.errstate(all="raise", under="ignore"):
        assert loss.value([-1e4]) == 1e4
        assert loss.gradient([-1e4])[0] == -1.0
        assert loss.value([700.0]) == pytest.approx(math.exp(-700), rel=1e-12)
        assert loss.gradient([700.0])[0] == pytest.approx(-math.exp(-700), rel=1e-12)
        assert loss.gradient([1e4])[0] == 0.0


@pytest.mark.parametrize("examples", [[], [[]], [1.0, 2.0], [[np.inf]], [["a"]]])
def test_examples_that_are_no_matrix_of_finite_numbers_are_refused(examples):
    with pytest.raises(ValueError, match="examples must"):
        samlib.Logistic(examples)


def test_its_repr_makes_it_again():
    assert np.array_equal(eval(repr(LOSS), {"Logistic": samlib.Logistic}).examples, EXAMPLES)
