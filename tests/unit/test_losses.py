import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samlib

LOSSES = [
    samlib.Quadratic([3.0, 1.0, 0.0]),
    samlib.Quadratic.from_matrix([[2.0, 0.6, 0.1], [0.6, 1.0, -0.2], [0.1, -0.2, 0.5]]),
    samlib.FlatteningRavine(),
]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_every_loss_meets_the_protocol_and_is_batched_over_leading_axes(loss):
    assert isinstance(loss, samlib.Loss)
    d = loss.dimension
    w = np.random.default_rng(0).normal(size=(4, 3, d))
    assert loss.value(w).shape == (4, 3)
    assert loss.gradient(w).shape == (4, 3, d)
    assert loss.hessian(w).shape == (4, 3, d, d)
    assert np.array_equal(loss.value(w)[2, 1], loss.value(w[2, 1]))
    assert np.array_equal(loss.gradient(w)[2, 1], loss.gradient(w[2, 1]))
    assert np.array_equal(loss.hessian(w)[2, 1], loss.hessian(w[2, 1]))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_gradient_and_hessian_are_the_derivatives_of_the_value(loss):
    d, h = loss.dimension, 1e-5
    for w in np.random.default_rng(1).normal(size=(20, d)):
        shifts = h * np.eye(d)
        slope = (loss.value(w + shifts) - loss.value(w - shifts)) / (2 * h)
        curvature = (loss.gradient(w + shifts) - loss.gradient(w - shifts)) / (2 * h)
        np.testing.assert_allclose(loss.gradient(w), slope, rtol=0, atol=1e-8)
        np.testing.assert_allclose(loss.hessian(w), curvature, rtol=0, atol=1e-8)


def test_a_quadratic_from_a_matrix_is_that_matrix():
    rng = np.random.default_rng(2)
    factor = rng.normal(size=(5, 5))
    hessian = factor @ factor.T
    loss = samlib.Quadratic.from_matrix(hessian)
    w = rng.normal(size=(7, 5))
    np.testing.assert_allclose(loss.hessian(w[0]), hessian, atol=1e-12)
    np.testing.assert_allclose(loss.gradient(w), w @ hessian, atol=1e-12)
    np.testing.assert_allclose(loss.value(w), 0.5 * np.einsum("ni,ij,nj->n", w, hessian, w), atol=1e-12)
    assert (np.diff(loss.eigenvalues) <= 0).all()
    np.testing.assert_allclose(loss.from_eigenbasis(loss.to_eigenbasis(w)), w, atol=1e-13)


def test_a_rank_deficient_matrix_keeps_nonnegative_eigenvalues():
    direction = np.array([[1.0], [2.0], [-1.0]])
    loss = samlib.Quadratic.from_matrix(direction @ direction.T)
    assert (loss.eigenvalues >= 0).all()
    np.testing.assert_allclose(loss.eigenvalues, [6.0, 0.0, 0.0], atol=1e-14)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([0.5, 1.0], r"sorted, largest first; got 0\.5 before 1"),
        ([1.0, -0.5], r"eigenvalues must be >= 0, got -0\.5"),
        ([1.0, np.nan], "finite numbers, got nan"),
        ([np.inf, 1.0], "finite numbers, got inf"),
        ([], "non-empty vector"),
        ([[1.0]], r"shape \(1, 1\)"),
        ("abc", "real numbers, got 'abc'"),
        ([1 + 2j], "real numbers"),
    ],
)
def test_bad_eigenvalues_are_named_with_the_allowed_range(bad, message):
    with pytest.raises(ValueError, match=message):
        samlib.Quadratic(bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[1.0, 2.0]], r"square matrix, got shape \(1, 2\)"),
        ([[1.0, 2.0], [0.0, 1.0]], "symmetric, but H - Hᵀ has an entry of size 2"),
        ([[1.0, 0.0], [0.0, -1.0]], "positive semidefinite, got the eigenvalue -1"),
        ([[1.0, np.nan], [np.nan, 1.0]], "finite numbers, got nan"),
    ],
)
def test_a_bad_hessian_is_refused_with_its_fault(bad, message):
    with pytest.raises(ValueError, match=message):
        samlib.Quadratic.from_matrix(bad)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_points_of_the_wrong_shape_are_refused(loss):
    for bad in (1.0, np.zeros(loss.dimension + 1), np.zeros((loss.dimension, 1))):
        with pytest.raises(ValueError, match=rf"shape \(\.\.\., {loss.dimension}\)"):
            loss.gradient(bad)


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_the_flattening_ravine_is_symmetric_and_flattens_away_from_its_minimum(x, y):
    ravine = samlib.FlatteningRavine()
    assert ravine.value([x, y]) == ravine.value([-x, y]) == ravine.value([x, -y]) >= 0
    across = ravine.hessian([0.0, y])[0, 0]
    assert across == pytest.approx(2 / (1 + y * y / 2))
    assert across <= ravine.hessian([0.0, 0.0])[0, 0] == 2


def test_eigenvalues_cannot_be_changed_behind_the_loss():
    source = np.array([2.0, 1.0])
    loss = samlib.Quadratic(source)
    source[0] = 5.0
    assert loss.eigenvalues.tolist() == [2.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        loss.eigenvalues[0] = 7.0
