import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samlib.spectrum import top_eigenpair


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 5, 40, 80]), st.sampled_from([1e-6, 1.0, 1e8]))
def test_matrix_and_products_give_the_eigenpair_of_a_known_spectrum(seed, d, scale):
    rng = np.random.default_rng(seed)
    values = scale * np.sort(rng.uniform(-1, 1, d))
    values[-1] = 1.3 * scale
    vectors = np.linalg.qr(rng.normal(size=(d, d)))[0]
    matrix = (vectors * values) @ vectors.T
    matrix = (matrix + matrix.T) / 2
    for top in (top_eigenpair(matrix), top_eigenpair(lambda v: matrix @ v, d)):
        assert top.value == pytest.approx(values[-1], rel=1e-10)
        assert top.gap == (pytest.approx(values[-1] - values[-2], rel=1e-6) if d > 1 else np.inf)
        assert np.linalg.norm(top.vector) == pytest.approx(1, rel=1e-12)
        assert top.vector[np.argmax(np.abs(top.vector))] > 0
        np.testing.assert_allclose(matrix @ top.vector, top.value * top.vector, atol=1e-7 * scale)


def test_the_largest_eigenvalue_is_meant_not_the_largest_in_size():
    for given_as in (np.diag([-5.0, 1.0, 0.0]), np.diag(np.append([-5.0, 1.0], np.zeros(60)))):
        top = top_eigenpair(given_as)
        assert (top.value, top.gap) == (pytest.approx(1.0), pytest.approx(1.0))
        assert top_eigenpair(lambda v, m=given_as: m @ v, len(given_as)).value == pytest.approx(1.0)


def test_the_same_products_give_the_same_digits():
    matrix = np.diag(np.linspace(0, 1, 90))
    first, second = (top_eigenpair(lambda v: matrix @ v, 90) for _ in range(2))
    assert first.value == second.value
    assert np.array_equal(first.vector, second.vector)


def test_a_double_eigenvalue_is_an_answer_unless_a_simple_one_is_needed():
    assert top_eigenpair(np.eye(3)).gap == 0
    for matrix in (np.eye(2), np.diag([2.0, 2.0, 1.0])):
        with pytest.raises(ValueError, match=r"must be simple, got λ₁ = \d"):
            top_eigenpair(matrix, simple=True)
    assert top_eigenpair(np.diag([1.0, 1.0 + 1e-9]), simple=True).vector.tolist() == [0, 1]
    assert top_eigenpair([[3.0]], simple=True).gap == np.inf


@pytest.mark.parametrize("seed", range(8))
def test_a_double_eigenvalue_is_seen_through_the_rounding_of_a_rotation(seed):
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))[0]
    matrix = (turn * [3.0, 3.0, 2.0, 1.0, -4.0]) @ turn.T
    matrix = (matrix + matrix.T) / 2
    assert top_eigenpair(matrix).gap < 1e-13
    with pytest.raises(ValueError, match="must be simple"):
        top_eigenpair(matrix, simple=True)


@pytest.mark.parametrize(
    ("hessian", "dimension", "message"),
    [
        ([[1.0, 2.0]], None, r"square matrix, got shape \(1, 2\)"),
        (np.zeros((0, 0)), None, "square matrix"),
        ([[1.0, 2.0], [0.0, 1.0]], None, "entry of size 2"),
        ([[np.nan]], None, "finite numbers, got nan"),
        (lambda v: v, None, "dimension must be given"),
        (lambda v: v, 0, "whole number >= 1"),
        (lambda v: v[:1], 3, r"shape \(3,\), got \(1,\)"),
        (lambda v: v * np.inf, 40, "finite numbers"),
    ],
)
def test_what_is_no_hessian_is_refused(hessian, dimension, message):
    with pytest.raises(ValueError, match=message):
        top_eigenpair(hessian, dimension)
