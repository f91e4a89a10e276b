import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samlib
from samlib import drift

VALLEY = samlib.Valley([1.0, 0.0, 1.0])
RAVINE = samlib.FlatteningRavine()
CYCLE = drift.ravine_cycle(0.2, 1.0)


class RandomLoss:
    """½Σλᵢwᵢ² + a cubic form/6 + c‖w‖⁴/24, with a minimum at 0 and constants B₃, B₄ that are surely enough."""

    def __init__(self, rng, dimension):
        self.dimension = dimension
        self.lam = np.sort(rng.uniform(0.1, 1, dimension))[::-1]
        self.lam[0] = self.lam[1] + rng.uniform(0.05, 1)
        cubic = rng.normal(size=(dimension,) * 3) * 10 ** rng.uniform(-2, 1)
        self.cubic = sum(
            np.transpose(cubic, p) for p in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
        )
        self.quartic = rng.choice([0.0, 10 ** rng.uniform(-2, 1)])

    def value(self, w):
        square = np.sum(w * w, axis=-1)
        cubic = np.einsum("ijk,...i,...j,...k->...", self.cubic, w, w, w)
        return 0.5 * np.sum(self.lam * w * w, axis=-1) + cubic / 6 + self.quartic * square**2 / 24

    def gradient(self, w):
        w = np.asarray(w, dtype=float)
        square = np.sum(w * w, axis=-1, keepdims=True)
        return self.lam * w + np.einsum("ijk,...j,...k->...i", self.cubic, w, w) / 2 + self.quartic * square * w / 6

    def hessian(self, w):
        w = np.asarray(w, dtype=float)
        square = np.sum(w * w, axis=-1)[..., None, None]
        bend = square * np.eye(self.dimension) + 2 * w[..., :, None] * w[..., None, :]
        return np.diag(self.lam) + np.einsum("ijk,...k->...ij", self.cubic, w) + self.quartic * bend / 6

    def third_derivative(self, w):
        w, eye = np.asarray(w, dtype=float), np.eye(self.dimension)
        terms = sum(np.einsum(f"{a},...{b}->...ijk", eye, w) for a, b in (("ij", "k"), ("ik", "j"), ("jk", "i")))
        return self.cubic + self.quartic * terms / 3

    def constants(self, radius):
        """B₃ on the ball of a radius around 0 and B₄ everywhere: Frobenius norms bound operator norms."""
        b4 = self.quartic  # D⁴ is (c/3)·(sum of three pairings), of norm c
        return np.linalg.norm(self.cubic) + b4 * radius, b4


@settings(max_examples=300)
@given(st.integers(0, 2**32 - 1))
def test_the_true_step_is_within_both_remainder_bounds(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 7))
    inner = RandomLoss(rng, d)
    turn, shift = np.linalg.qr(rng.normal(size=(d, d)))[0], rng.normal(size=d)
    eta = float(rng.choice([rng.uniform(0.01, 0.99), 1 - 1e-6]) / inner.lam[0])
    rho = float(10 ** rng.uniform(-3, 0))
    b3, b4 = inner.constants(2 * rho / (2 - eta * inner.lam[0]))
    loss, minimum = samlib.Shifted(samlib.Rotated(inner, turn), shift), shift
    sign = int(rng.choice([-1, 1]))
    start = drift.bounce_point(loss, minimum, eta, rho, sign)
    if np.linalg.norm(loss.gradient(start)) == 0:
        return
    step = samlib.SAM(eta=eta, rho=rho).step(loss, start) - start
    predicted = drift.predicted_step(loss, minimum, eta, rho, sign, b3=b3, b4=b4)
    missed = np.linalg.norm(step - predicted.total)
    sharp = drift.remainder_bound(float(inner.lam[0]), eta, rho, b3=b3, b4=b4, form="sharp")
    rounding = 1e-13 * (1 + np.linalg.norm(shift))
    assert missed <= sharp + rounding
    assert sharp <= predicted.remainder_bound * (1 + 1e-12)


def test_the_terms_of_the_step_are_those_of_the_formula():
    # λ₁ = 1 + y² = 3.25 at y = 1.5, x = ηλ₁ = 0.65, ∇λ_max = (0, 3)
    predicted = drift.predicted_step(VALLEY, [0.0, 1.5], 0.2, 0.1, -1, b3=7.0, b4=2.0)
    np.testing.assert_allclose(predicted.bounce, [2 * 0.2 * 0.1 * 3.25 / 1.35, 0], rtol=1e-14)
    np.testing.assert_allclose(predicted.drift, [0, -2 * 0.2 * 0.01 / 1.35**2 * 3], rtol=1e-14)
    stated = 0.2 * 0.01 * (1.65**3 * 0.1 * 2 / 6 + 2 * (6.5 + 0.7) * 0.2 * 7)
    assert predicted.remainder_bound == pytest.approx(stated, rel=1e-14)
    sharp = 0.2 / 6 * (0.2 / 1.35) ** 3 * 2 + 0.04 * 0.01 * 7 * (3.25 + 2 * 7 * 0.1 / 1.35) / 1.35
    assert drift.remainder_bound(3.25, 0.2, 0.1, b3=7.0, b4=2.0, form="sharp") == pytest.approx(sharp, rel=1e-14)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_remainder_shrinks_at_the_predicted_order_at_fixed_ratio(sign):
    # η = 2ρ: bounce of order ρ², drift of order ρ³, remainder of order ρ⁴
    loss = samlib.SymbolicLoss("(2 + y + y**2) * x**2 / 2 + x**3 / 5 + x**4 + y**2 * x**2", "x y")
    radii = 0.02 / 2.0 ** np.arange(5)
    missed = []
    for rho in radii:
        step = drift.predicted_step(loss, [0.0, 0.0], 2 * rho, rho, sign, b3=0.0, b4=0.0)
        start = drift.bounce_point(loss, [0.0, 0.0], 2 * rho, rho, sign)
        true = samlib.SAM(eta=2 * rho, rho=rho).step(loss, start) - start
        missed.append(np.linalg.norm(true - step.total))
    orders = np.diff(np.log(missed)) / np.diff(np.log(radii))
    np.testing.assert_allclose(orders, 4, atol=0.15)


def test_the_drift_has_the_sign_that_lowers_the_sharpness():
    path = samlib.trajectory(samlib.SAM(0.2, 0.1), VALLEY, drift.bounce_point(VALLEY, [0.0, 1.5], 0.2, 0.1), 200)
    assert (np.diff(path[::2, 1]) < 0).all()


@pytest.mark.parametrize(("rho", "error"), [(0.05, 1e-3), (0.2, 1.5e-2), (0.5, 0.1)])
def test_sam_follows_the_flow_along_a_valley_up_to_order_rho_squared(rho, error):
    steps = int(2 / rho**2)
    flow = drift.drift_flow(VALLEY, [0.0, 1.5], 0.2, rho, steps)
    assert flow.shape == (steps + 1, 2)
    # separable: dt = -(2 - ηh)²/(2ηρ²h′) dy, so the time that the flow takes to its end is an integral
    y = np.linspace(flow[-1, 1], 1.5, 20_001)
    pace = (2 - 0.2 * (1 + y**2)) ** 2 / (2 * 0.2 * rho**2 * 2 * y)
    assert np.sum((pace[1:] + pace[:-1]) / 2 * np.diff(y)) == pytest.approx(steps, rel=1e-6)
    path = samlib.trajectory(samlib.SAM(0.2, rho), VALLEY, drift.bounce_point(VALLEY, [0.0, 1.5], 0.2, rho), steps)
    assert error / 10 < np.abs(path[:, 1] - flow[:, 1]).max() < error


@pytest.mark.parametrize("stiffness", [0.9, 0.05])
def test_the_flow_takes_the_slope_of_the_sharpness_along_the_floor_only(stiffness):
    # λ₁ = 1 + y + z on the floor x = z = 0; the slope along z is held back by the curvature there, however small
    loss = samlib.SymbolicLoss(f"(1 + y + z)*x**2/2 + {stiffness}*z**2/2 + x**3/5", "x y z")
    flow = drift.drift_flow(loss, [0.0, 0.5, 0.0], 0.1, 0.3, 40)
    np.testing.assert_allclose(flow[:, [0, 2]], 0, atol=1e-12)
    # ẏ = -2ηρ²/(2 - ηλ)² with λ = 1 + y: (2 - ηλ)³ = (2 - ηλ(0))³ + 6η²ρ²t
    cubed = (2 - 0.1 * 1.5) ** 3 + 6 * 0.1**2 * 0.3**2 * np.arange(41)
    np.testing.assert_allclose(flow[:, 1], (2 - np.cbrt(cubed)) / 0.1 - 1, rtol=1e-9)


def test_an_isolated_minimum_does_not_flow():
    assert drift.drift_flow(RAVINE, [0.0, 0.0], 0.2, 1.0, 5).tolist() == [[0.0, 0.0]] * 6
    assert drift.drift_flow(VALLEY, [0.0, 1.0], 0.2, 1.0, 0).tolist() == [[0.0, 1.0]]


@given(st.integers(0, 2**32 - 1))
def test_the_gradient_of_the_sharpness_agrees_with_differences_of_the_eigenvalue(seed):
    rng = np.random.default_rng(seed)
    loss = RandomLoss(rng, int(rng.integers(2, 6)))
    w = rng.normal(size=loss.dimension) * 0.01
    if samlib.spectrum.top_eigenpair(loss.hessian(w)).gap < 0.02:
        return
    exact = drift.sharpness_gradient(loss, w)
    scale = 1 + np.abs(loss.cubic).max()
    np.testing.assert_allclose(drift.sharpness_gradient_by_differences(loss, w), exact, atol=1e-4 * scale**3)


def test_the_ravine_has_no_gradient_of_sharpness_at_its_minimum_and_yet_the_bounce_there_grows():
    assert drift.sharpness_gradient(RAVINE, [0.0, 0.0]).tolist() == [0.0, 0.0]
    at_bounce = drift.step_jacobian(RAVINE, drift.bounce_point(RAVINE, [0.0, 0.0], 0.2, 1.0), 0.2, 1.0)
    np.testing.assert_allclose(at_bounce, np.diag([0.6, 1.3234375]), rtol=1e-13)


@given(st.floats(0.05, 0.45))
def test_the_bounce_of_the_ravine_loses_its_stability_at_rho_equal_to_one_minus_eta(eta):
    def growth(rho):
        point = drift.bounce_point(RAVINE, [0.0, 0.0], eta, rho)
        return abs(drift.step_jacobian(RAVINE, point, eta, rho)[1, 1])

    assert growth((1 - eta) * (1 - 1e-6)) < 1 < growth((1 - eta) * (1 + 1e-6))


def test_the_cycle_of_figures_3_and_4_is_a_cycle_that_attracts_both_starts():
    cycle = CYCLE
    assert cycle[0, 1] == pytest.approx(0.15796788335535, rel=1e-12)
    multipliers = drift.cycle_multipliers(RAVINE, cycle, 0.2, 1.0)
    assert multipliers[0] == pytest.approx(-0.211061277 + 0.237711793j, abs=1e-7)
    assert multipliers[1] == multipliers[0].conjugate()
    # the rate at which a real run closes in is the size of the multipliers
    run = samlib.trajectory(samlib.SAM(0.2, 1.0), RAVINE, [0.1, 0.1], 40)[::2]
    distance = np.linalg.norm(run - run[-1], axis=1)
    rate = (distance[14] / distance[6]) ** (1 / 8)
    assert rate == pytest.approx(abs(multipliers[0]), rel=0.05)
    for start, side in (([0.1, 0.1], 1), ([1.0, 1.0], -1)):
        end = samlib.trajectory(samlib.SAM(0.2, 1.0), RAVINE, start, 200)[-2:]
        end = end if end[0, 0] > 0 else end[::-1]
        np.testing.assert_allclose(end, cycle * [1, side], atol=1e-12)


def test_the_multipliers_come_largest_first_and_are_those_of_a_whole_turn():
    bounce = drift.bounce_point(RAVINE, [0.0, 0.0], 0.2, 1.0)
    multipliers = drift.cycle_multipliers(RAVINE, [bounce, -bounce], 0.2, 1.0)
    np.testing.assert_allclose(multipliers, [1.3234375**2, 0.6**2], rtol=1e-12)


@given(st.floats(0.02, 0.5), st.floats(0.02, 1.2))
def test_the_cycle_of_the_ravine_is_a_cycle_wherever_it_exists(eta, excess):
    rho = 1 - eta + excess
    cycle = drift.ravine_cycle(eta, rho)
    assert cycle[0, 1] > 0
    drift.cycle_multipliers(RAVINE, cycle, eta, rho)  # refuses what is no cycle


@given(st.floats(0.01, 0.99), st.floats(0.1, 10), st.floats(0.01, 10), st.sampled_from([1, -1]))
def test_at_the_cubic_limit_the_inner_point_of_the_two_cycle_is_the_minimum(x, top, third, sign):
    eta = x / top
    rho = drift.cubic_radius_limit(top, eta, sign * third)

    def slope(w):
        return top * w + sign * third * w * w / 2

    # from the minimum, left on its steep side, and back again
    far = eta * abs(slope(sign * rho))
    back = far - eta * abs(slope(-sign * (far + rho)))
    assert abs(back) <= 1e-9 * far


def test_the_leading_limit_is_the_exact_one_for_small_steps():
    ratios = [drift.cubic_radius_limit(1.0, x, 0.3) / drift.radius_limit(1.0, x, 0.3) for x in (0.05, 0.2, 0.4, 0.8)]
    np.testing.assert_allclose(ratios, [0.998, 0.974, 0.917, 0.826], atol=5e-4)
    assert drift.radius_limit(2.0, 0.1, 0.0) == drift.cubic_radius_limit(2.0, 0.1, 0.0) == np.inf
    assert drift.radius_limit(2.0, 0.1, -0.5) == pytest.approx(0.1 * 4 * 1.8 / 1.0)


def test_the_rate_is_half_the_square_of_how_far_sam_looks():
    for eta, top, rho in ((0.1, 1.0, 0.5), (0.3, 2.0, 0.2)):
        reach = samlib.constants.amplitude(top, eta, rho) + rho
        assert drift.drift_rate(top, eta, rho) == pytest.approx(eta * reach**2 / 2, rel=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drift.bounce_point(VALLEY, [0.0, 0.0], 1.2, 0.1), r"0 < eta < 1/λ₁ = 1, got 1.2"),
        (lambda: drift.bounce_point(VALLEY, [0.0, 0.0], 1.0, 0.1), r"0 < eta < 1/λ₁ = 1, got 1"),
        (lambda: drift.bounce_point(VALLEY, [0.3, 0.0], 0.2, 0.1), "must be a critical point"),
        (lambda: drift.bounce_point(VALLEY, [[0.0, 0.0]], 0.2, 0.1), "one point of shape"),
        (lambda: drift.bounce_point(VALLEY, [0.0, 0.0], 0.2, 0.1, sign=0), "sign must be 1 or -1, got 0"),
        (lambda: drift.bounce_point(VALLEY, [0.0, 0.0], 0.2, [0.1]), "single number"),
        (lambda: drift.bounce_point(samlib.Quadratic([1.0, 1.0]), [0.0, 0.0], 0.2, 0.1), "must be simple"),
        (lambda: drift.bounce_point(samlib.Valley([-1.0]), [0.0, 0.0], 0.2, 0.1), "must be > 0|simple"),
        (lambda: drift.remainder_bound(1.0, 0.2, 0.1, b3=-1.0, b4=0.0), "b3 must be >= 0, got -1"),
        (lambda: drift.remainder_bound(1.0, 0.2, 0.1, b3=1.0, b4=0.0, form="tight"), "'stated' or 'sharp'"),
        (lambda: drift.ravine_cycle(0.2, 0.8), r"eta \+ rho > 1"),
        (lambda: drift.step_jacobian(RAVINE, [0.0, 0.0], 0.2, 1.0), "critical point"),
        (lambda: drift.cycle_multipliers(RAVINE, [[0.2, 0.1], [-0.2, 0.1]], 0.2, 1.0), "not a cycle of SAM"),
        (lambda: drift.cycle_multipliers(RAVINE, 1.00001 * CYCLE, 0.2, 1.0), "not a cycle of SAM"),
        (lambda: drift.bounce_point(VALLEY, [1e-4, 0.0], 0.2, 0.1), "must be a critical point"),
        (lambda: drift.cycle_multipliers(RAVINE, [0.2, 0.1], 0.2, 1.0), r"shape \(p, 2\)"),
        (lambda: drift.drift_flow(VALLEY, [0.0, 1.0], 0.2, 0.1, -1), "whole number >= 0"),
    ],
)
def test_bad_input_is_refused_with_the_value_and_the_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
