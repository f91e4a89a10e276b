import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samlib

TURN = np.array([[0.6, -0.8], [0.8, 0.6]])
LOSSES = [
    samlib.Quadratic([3.0, 1.0, 0.0]),
    samlib.Quadratic.from_matrix([[2.0, 0.6, 0.1], [0.6, 1.0, -0.2], [0.1, -0.2, 0.5]]),
    samlib.FlatteningRavine(),
    samlib.Valley([1.0, -0.5, 0.75, 0.25]),
    samlib.Valley([2.0, 0.5, 0.25], skew=-1.5),
    samlib.Shifted(samlib.Rotated(samlib.FlatteningRavine(), TURN), [0.3, -1.2]),
    samlib.SymbolicLoss("log(1 + exp(x - y)) + x**2*y**4/3 + 2*z", "x y z"),
]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_every_loss_meets_the_protocol_and_is_batched_over_leading_axes(loss):
    assert isinstance(loss, samlib.SmoothLoss)
    d = loss.dimension
    w = np.random.default_rng(0).normal(size=(4, 3, d))
    assert loss.value(w).shape == (4, 3)
    assert loss.gradient(w).shape == (4, 3, d)
    assert loss.hessian(w).shape == (4, 3, d, d)
    np.testing.assert_allclose(loss.value(w)[2, 1], loss.value(w[2, 1]), rtol=1e-14)
    np.testing.assert_allclose(loss.gradient(w)[2, 1], loss.gradient(w[2, 1]), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(loss.hessian(w)[2, 1], loss.hessian(w[2, 1]), rtol=1e-14, atol=1e-14)
    assert loss.third_derivative(w).shape == (4, 3, d, d, d)
    np.testing.assert_allclose(loss.third_derivative(w)[2, 1], loss.third_derivative(w[2, 1]), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_each_derivative_is_that_of_the_one_before(loss):
    d, h = loss.dimension, 1e-5
    for w in np.random.default_rng(1).normal(size=(20, d)):
        shifts = h * np.eye(d)
        slope = (loss.value(w + shifts) - loss.value(w - shifts)) / (2 * h)
        curvature = (loss.gradient(w + shifts) - loss.gradient(w - shifts)) / (2 * h)
        np.testing.assert_allclose(loss.gradient(w), slope, rtol=1e-8, atol=1e-7)
        twist = (loss.hessian(w + shifts) - loss.hessian(w - shifts)) / (2 * h)
        np.testing.assert_allclose(loss.hessian(w), curvature, rtol=1e-8, atol=1e-7)
        np.testing.assert_allclose(loss.third_derivative(w), twist, rtol=1e-8, atol=1e-6)


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
        ([[1.0, 0.0], [0.0, -1e-9]], "positive semidefinite, got the eigenvalue -1e-09"),
        ([[1.0, 0.1], [0.1 + 1e-9, 1.0]], "symmetric, but H - Hᵀ has an entry of size 1e-09"),
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


@given(st.integers(0, 2**32 - 1))
def test_sam_commutes_with_rotations_and_shifts(seed):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    shift, start = rng.normal(size=(2, 2))
    sam = samlib.SAM(eta=0.1, rho=0.3)
    plain = samlib.FlatteningRavine()
    path = samlib.trajectory(sam, plain, start, 12)
    moved = samlib.Shifted(samlib.Rotated(plain, turn), shift)
    np.testing.assert_allclose(
        samlib.trajectory(sam, moved, turn @ start + shift, 12), path @ turn.T + shift, atol=1e-9
    )


U, V = (turned(np.linspace(0, np.pi / 2, 100_001)) for turned in (np.cos, np.sin))
UUV, UUVV, UVVV = (3 * U * U * V).max(), (6 * U * U * V * V).max(), (4 * U * V**3).max()
"""The largest values on the circle of the three forms in D³ℓ and D⁴ℓ."""


@given(
    st.lists(st.floats(0, 5), min_size=1, max_size=7),
    st.floats(0, 3),
    st.floats(0, 2),
    st.floats(0.01, 2),
    st.sampled_from([1, -1]),
)
def test_the_bounds_of_a_valley_are_the_formula_with_the_largest_derivatives_in_the_ball(
    coefficients, skew, y, radius, sign
):
    # with c ≥ 0 and y ≥ 0 every derivative of h is largest at y + r; signs of h and κ make no difference
    loss = samlib.Valley(sign * np.array(coefficients), skew=sign * skew)
    powers = np.arange(len(coefficients))

    def largest(k):
        falling = np.prod([powers - j for j in range(k)], axis=0)
        return float(np.sum(np.array(coefficients) * falling * (y + radius) ** np.maximum(powers - k, 0)))

    h1, h2, h3, h4 = (largest(k) for k in (1, 2, 3, 4))
    b3 = skew + UUV * (h1 + h2 * radius) + h3 * radius**2 / 2
    b4 = UUVV * h2 + UVVV * h3 * radius + h4 * radius**2 / 2
    assert loss.derivative_bounds(y, radius) == (pytest.approx(b3, rel=1e-8), pytest.approx(b4, rel=1e-8))
    if sign < 0:  # and towards negative y
        odd = samlib.Valley(np.array(coefficients) * (-1.0) ** powers, skew=skew)
        assert odd.derivative_bounds(-y, radius) == pytest.approx((b3, b4), rel=1e-8)


def test_a_loss_without_a_third_derivative_says_so_through_its_wrappers():
    class Bowl:
        dimension = 2

        def value(self, w):
            return 0.5 * np.sum(np.square(w), axis=-1)

        def gradient(self, w):
            return np.asarray(w, dtype=float)

        def hessian(self, w):
            return np.broadcast_to(np.eye(2), (*np.shape(w), 2))

    for wrapped in (samlib.Rotated(Bowl(), TURN), samlib.Shifted(Bowl(), [1.0, 2.0])):
        np.testing.assert_allclose(wrapped.hessian([3.0, 4.0]), np.eye(2), atol=1e-15)
        with pytest.raises(TypeError, match="has no third_derivative"):
            wrapped.third_derivative([3.0, 4.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: samlib.Valley([]), "non-empty vector"),
        (lambda: samlib.Valley([1.0, np.nan]), "finite numbers, got nan"),
        (lambda: samlib.Rotated(samlib.FlatteningRavine(), np.eye(3)), r"shape \(2, 2\), got \(3, 3\)"),
        (lambda: samlib.Rotated(samlib.FlatteningRavine(), [[1, 1], [0, 1]]), "orthogonal"),
        (lambda: samlib.Rotated(samlib.FlatteningRavine(), 1.0001 * TURN), "orthogonal, but QQᵀ - I has an entry"),
        (lambda: samlib.Shifted(samlib.FlatteningRavine(), [1.0]), "coordinates last"),
        (lambda: samlib.Shifted(samlib.FlatteningRavine(), [[1.0, 2.0]]), r"shape \(2,\)"),
    ],
)
def test_bad_valleys_and_wrappers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
