from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import samlib

ANY_STEP = st.floats(0.02, 1.95)


@st.composite
def theories(draw, max_dimension=5, step=ANY_STEP):
    """A `QuadraticSAM` with λ₁ anywhere in [0.1, 10] and ηλ₁ from `step`."""
    d = draw(st.integers(1, max_dimension))
    lam = sorted(draw(st.lists(st.floats(0.1, 10), min_size=d, max_size=d)), reverse=True)
    return samlib.QuadraticSAM(lam, eta=draw(step) / lam[0], rho=draw(st.floats(0.1, 3)))


def points_for(theory, seed, count=8):
    return np.random.default_rng(seed).normal(size=(count, theory.dimension))


@given(theories(step=st.floats(0.02, 0.98)))
def test_identities_among_the_constants(theory):
    x, top = theory.eta * theory.eigenvalues[0], theory.eigenvalues[0]
    assert theory.b == pytest.approx((1 - x) * theory.gamma[0]) == pytest.approx((2 - x) * theory.beta[0])
    assert theory.alpha[0] == pytest.approx(theory.gamma[0])
    assert theory.amplitude == pytest.approx(theory.beta[0] / top)
    weights = 1 - theory.eta * theory.eigenvalues
    convex = (weights[0] * theory.gamma[0] + weights * theory.gamma) / (weights[0] + weights)
    np.testing.assert_allclose(theory.alpha, convex, rtol=1e-12)


@given(theories(step=st.floats(0.02, 0.49)))
def test_lemma_5_4_orders_the_constants(theory):
    chain = [*theory.beta[::-1], *theory.alpha[::-1]]
    assert (np.diff(chain) >= -1e-12 * theory.b).all()
    assert theory.beta[0] < theory.b < theory.gamma[0] * (1 + 1e-12)
    assert theory.beta[0] < theory.alpha[-1]


@given(theories(step=st.floats(0.02, 0.98)), st.integers(0, 99))
def test_lemma_5_2_and_5_3_thresholds_decide_growth(theory, seed):
    """|v_i| shrinks iff ‖v‖ > β_i, and |v_1| outgrows |v_i| iff ‖v‖ < α_i; checked near each threshold."""
    lam = theory.eigenvalues
    sam, loss = samlib.SAM(theory.eta, theory.rho), samlib.Quadratic(lam)
    direction = points_for(theory, seed, 1)[0]
    assume((np.abs(direction) > 1e-3).all())
    direction /= np.linalg.norm(direction)
    for threshold in [*theory.beta, *theory.alpha]:
        for radius in (threshold * (1 - 1e-6), threshold * (1 + 1e-6), threshold * 3):
            v = radius * direction
            gain = np.abs(lam * sam.step(loss, v / lam) / v)
            for i in range(theory.dimension):
                if abs(radius / theory.beta[i] - 1) > 1e-9:
                    assert (gain[i] < 1) == (radius > theory.beta[i])
                if lam[i] < lam[0] * (1 - 1e-3) and abs(radius / theory.alpha[i] - 1) > 1e-9:
                    assert (gain[0] > gain[i]) == (radius < theory.alpha[i])


@given(theories(), st.integers(0, 99))
@settings(max_examples=60)
def test_potential_gradient_and_hessian_are_derivatives(theory, seed):
    step = 1e-6
    for u in points_for(theory, seed, 3) * theory.amplitude * 3:
        shifts = step * np.linalg.norm(u) * np.eye(theory.dimension)
        h = step * np.linalg.norm(u)
        slope = (theory.potential(u + shifts) - theory.potential(u - shifts)) / (2 * h)
        scale = np.abs(theory.potential_gradient(u)).max() + theory.b
        np.testing.assert_allclose(theory.potential_gradient(u), slope, atol=2e-8 * scale / theory.rho + 1e-6 * scale)
        curvature = (theory.potential_gradient(u + shifts) - theory.potential_gradient(u - shifts)) / (2 * h)
        size = np.abs(theory.potential_hessian(u)).max()
        np.testing.assert_allclose(theory.potential_hessian(u), curvature, atol=1e-4 * size)


@given(theories(step=st.floats(0.02, 3.5).filter(lambda x: x < 1.99)), st.integers(0, 99))
def test_lemma_10_sam_with_alternating_signs_is_gradient_descent_on_j(theory, seed):
    u = points_for(theory, seed)
    sam_step = -samlib.SAM(theory.eta, theory.rho).step(samlib.Quadratic(theory.eigenvalues), u)
    descent_step = u - theory.eta * theory.rho * theory.potential_gradient(u)
    np.testing.assert_allclose(sam_step, descent_step, rtol=0, atol=1e-12 * (1 + theory.rho) * 10)


@given(theories(), st.integers(0, 99))
def test_lemma_10_gives_the_decrease_of_j_exactly(theory, seed):
    u = points_for(theory, seed) * theory.amplitude * 4
    u_next = u - theory.eta * theory.rho * theory.potential_gradient(u)
    fall = theory.descent(u)
    measured = theory.potential(u) - theory.potential(u_next)
    scale = 1 + np.abs(theory.potential(u)) + np.abs(theory.potential(u_next))
    assert (np.abs(fall.total - measured) <= 1e-11 * scale).all()
    assert (fall.quadratic >= 0).all()
    assert (fall.bregman >= -1e-12 * scale).all()
    # the lemma's printed sum, summand by summand
    ratio = theory.beta / np.linalg.norm(theory.eigenvalues * u, axis=-1, keepdims=True)
    slope = 2 - theory.eta * theory.eigenvalues
    printed = np.sum(u**2 * (1 - ratio) ** 2 * slope**2 * theory.eigenvalues, axis=-1) / (2 * theory.rho)
    np.testing.assert_allclose(fall.quadratic, printed, rtol=1e-9, atol=1e-15)


@given(theories(max_dimension=4))
@settings(max_examples=60)
def test_prop_8_critical_points_and_the_signature_of_the_hessian(theory):
    assume((np.diff(theory.eigenvalues) < -1e-2).all())
    sets = theory.critical_points()
    assert [s.kind for s in sets] == ["minimum"] + ["saddle"] * (theory.dimension - 1)
    for s in sets:
        assert s.points().shape == (2 * len(s.axes), theory.dimension)
        for point in s.points():
            np.testing.assert_allclose(theory.potential_gradient(point), 0, atol=1e-9 * (1 + theory.eigenvalues[0]))
            assert theory.potential(point) == pytest.approx(s.potential)
            signs = np.sign(np.linalg.eigvalsh(theory.potential_hessian(point)))
            assert ((signs > 0).sum(), (signs < 0).sum(), s.zero) == (s.positive, s.negative, 0)


def test_prop_8_for_a_repeated_eigenvalue_the_critical_set_is_a_sphere():
    theory = samlib.QuadraticSAM([2.0, 1.0, 1.0, 0.5], eta=0.3, rho=0.7)
    sphere = theory.critical_points()[1]
    assert (sphere.axes, sphere.positive, sphere.zero, sphere.negative) == ((1, 2), 2, 1, 1)
    angle = 0.7
    point = sphere.radius * np.array([0, np.cos(angle), np.sin(angle), 0])
    np.testing.assert_allclose(theory.potential_gradient(point), 0, atol=1e-14)
    signs = np.linalg.eigvalsh(theory.potential_hessian(point))
    assert ((signs > 1e-9).sum(), (np.abs(signs) < 1e-9).sum(), (signs < -1e-9).sum()) == (2, 1, 1)


def test_the_hessian_at_a_critical_point_is_proposition_8s_diagonal():
    theory = samlib.QuadraticSAM([1.0, 0.5, 0.25], eta=0.2, rho=1.5)
    for i, critical in enumerate(theory.critical_points()):
        expected = theory.eigenvalues**2 * (1 / theory.beta - 1 / theory.beta[i])
        expected[i] = theory.eigenvalues[i] ** 2 / theory.beta[i]
        np.testing.assert_allclose(theory.potential_hessian(critical.points()[0]), np.diag(expected), atol=1e-12)


def test_remark_9_no_point_lies_below_the_minimum():
    theory = samlib.QuadraticSAM([1.0, 0.5, 0.25], eta=0.4, rho=1.0)
    values = theory.potential(np.random.default_rng(0).normal(size=(100_000, 3)) * 0.3)
    assert values.min() >= -theory.beta[0] / 2
    assert theory.potential(theory.limit_cycle()) == pytest.approx(-theory.beta[0] / 2)


def test_remark_9_as_printed_fails_below_one_and_the_corrected_bound_holds():
    """Printed: a negative eigenvalue ≤ 1/β₁ - 1/β₂. At λ = (½, ¼), η = 0.2, ρ = 1 it is larger; with λ₁² it holds."""
    theory = samlib.QuadraticSAM([0.5, 0.25], eta=0.2, rho=1.0)
    lowest = np.linalg.eigvalsh(theory.potential_hessian(theory.critical_points()[1].points()[0]))[0]
    printed = 1 / theory.beta[0] - 1 / theory.beta[1]
    assert lowest > printed
    assert lowest == pytest.approx(theory.eigenvalues[0] ** 2 * printed)


@given(theories(max_dimension=4, step=st.floats(0.05, 1.9)))
@settings(max_examples=40)
def test_theorem_2_the_two_cycle_is_a_cycle_and_the_rate_is_its_multiplier(theory):
    assume((np.diff(theory.eigenvalues) < 0).all())
    sam, loss = samlib.SAM(theory.eta, theory.rho), samlib.Quadratic(theory.eigenvalues)
    plus, minus = theory.limit_cycle()
    np.testing.assert_allclose(sam.step(loss, plus), minus, atol=1e-12)
    np.testing.assert_allclose(sam.step(loss, minus), plus, atol=1e-12)
    curvature = np.linalg.eigvalsh(theory.potential_hessian(plus))
    assert theory.rate == pytest.approx(np.abs(1 - theory.eta * theory.rho * curvature).max(), abs=1e-10)
    assert theory.rate < 1


@pytest.mark.parametrize("x", [0.2, 0.6, 1.0, 1.5, 1.9])
def test_random_starts_end_on_the_two_cycle_for_every_step_below_two_over_lambda_1(x):
    theory = samlib.QuadraticSAM([1.0, 0.7, 0.3], eta=x, rho=0.8)
    starts = np.random.default_rng(6).normal(size=(500, 3))
    last = samlib.final_state(samlib.SAM(x, 0.8), samlib.Quadratic(theory.eigenvalues), starts, steps=2000)
    distance = np.linalg.norm(last[:, None] - theory.limit_cycle(), axis=-1).min(axis=1)
    assert distance.max() < 1e-6 * theory.amplitude


def test_beyond_two_over_lambda_1_no_start_ends_on_a_cycle():
    starts = np.random.default_rng(6).normal(size=(500, 2))
    last = samlib.final_state(samlib.SAM(2.05, 0.8), samlib.Quadratic([1.0, 0.5]), starts, steps=400)
    assert (np.abs(last[:, 0]) > 100).all()


def test_a_start_on_the_exceptional_ring_is_trapped_on_the_second_cycle():
    """w₀ = (1/5, 3/10), λ = (1, ½), η = 1/5, ρ = 1: ‖v₀‖ = γ₁ = ¼ exactly, so the first coordinate dies."""
    eta, rho = Fraction(1, 5), Fraction(1)
    v = (Fraction(1, 5), Fraction(3, 20))
    norm = Fraction(1, 4)
    assert v[0] ** 2 + v[1] ** 2 == norm**2
    assert v[0] * (1 - eta - eta * rho / norm) == 0
    path = samlib.trajectory(samlib.SAM(0.2, 1.0), samlib.Quadratic([1.0, 0.5]), [0.2, 0.3], 400)
    theory = samlib.QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)
    assert np.linalg.norm(0.5 * path[-1, 1]) == pytest.approx(theory.beta[1])
    assert (path[1:, 0] == 0).all()


def test_repeated_and_flat_eigenvalues_are_said_plainly():
    twin = samlib.QuadraticSAM([1.0, 1.0, 0.5], eta=0.2, rho=1.0)
    with pytest.raises(ValueError, match="unique only when λ₁ > λ₂, got λ₁ = λ₂ = 1"):
        twin.limit_cycle()
    assert twin.rate == pytest.approx(1.0)
    assert twin.mu == 0
    flat = samlib.QuadraticSAM([1.0, 0.0], eta=0.2, rho=1.0)
    assert (flat.rate, flat.mu) == (1.0, 0.0)
    assert len(flat.critical_points()) == 1
    assert samlib.QuadraticSAM([2.0], eta=0.2, rho=1.0).mu == pytest.approx(0.4)


def test_which_results_need_the_small_step():
    assert samlib.QuadraticSAM([2.0, 1.0], eta=0.24, rho=1.0).has_small_step
    assert not samlib.QuadraticSAM([2.0, 1.0], eta=0.25, rho=1.0).has_small_step
    assert samlib.QuadraticSAM([1.0, 0.5], eta=1.5, rho=1.0).gamma.tolist() == [np.inf, 1.5]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 0.5], 2.0, 1.0), r"0 < eta < 2/λ₁ = 2, got 2"),
        (([4.0, 0.5], 0.6, 1.0), r"0 < eta < 2/λ₁ = 0\.5, got 0\.6"),
        (([1.0, 0.5], 0.0, 1.0), "eta must be > 0, got 0"),
        (([1.0, 0.5], 0.1, 0.0), "rho must be > 0, got 0"),
        (([0.0, 0.0], 0.1, 1.0), "largest eigenvalue must be > 0"),
        (([0.5, 1.0], 0.1, 1.0), "sorted, largest first"),
        (([1.0, 0.5], [0.1, 0.2], 1.0), r"eta must be a single number, got an array of shape \(2,\)"),
    ],
)
def test_bad_parameters_are_named_with_the_allowed_range(arguments, message):
    lam, eta, rho = arguments
    with pytest.raises(ValueError, match=message):
        samlib.QuadraticSAM(lam, eta=eta, rho=rho)


def test_the_kink_of_j_is_refused_where_a_derivative_is_asked_and_valued_otherwise():
    theory = samlib.QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)
    assert theory.potential([0.0, 0.0]) == 0
    for method in (theory.potential_gradient, theory.potential_hessian, theory.descent):
        with pytest.raises(ValueError, match="zero gradient Λu"):
            method([[0.1, 0.2], [0.0, 0.0]])
    ring = np.stack([np.cos(np.linspace(0, 6, 50)), np.sin(np.linspace(0, 6, 50))], axis=-1) * 1e-3
    assert (theory.potential(ring) < 0).all()  # a strict local maximum
