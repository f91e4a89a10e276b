"""The bounce and the cycle of Section 6, from literal computations with numbers of another kind than the library's."""

import math
from fractions import Fraction as F

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samlib
from samlib import drift
from samlib.claims import section_6

CLAIMS = {claim.id: claim for claim in section_6.CLAIMS}
ETA = st.one_of(st.floats(0.01, 0.99), st.sampled_from([1e-3, 0.2, 0.5, 1 - 1e-3]))
HAIR = st.sampled_from([1e-6, -1e-6, 1e-3, -1e-3, 0.5, -0.5])


@pytest.fixture(autouse=True)
def precise():
    with mpmath.workdps(50):
        yield


def gradient(x, y):
    """∇ℓ on the ravine, from ℓ = x²/(1 + y²/2) + y²/2 by the quotient rule."""
    below = 1 + y * y / 2
    return 2 * x / below, y - x * x * y / (below * below)


def step(x, y, eta, rho):
    """SAM's step in fifty digits, from the definition."""
    gx, gy = gradient(x, y)
    length = mpmath.sqrt(gx * gx + gy * gy)
    ax, ay = gradient(x + rho * gx / length, y + rho * gy / length)
    return x - eta * ax, y - eta * ay


def growth(eta, rho):
    """G multiplied out: w₂ is seen at w₂(1 + ρ(1 - a²)/(2a)), where the slope along it is 1 - X²."""
    a, far = eta * rho / (1 - eta), rho / (1 - eta)
    return 1 - eta * (1 + rho * (1 - a * a) / (2 * a)) * (1 - far * far)


@pytest.mark.parametrize("claim", section_6.CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_of_the_section_passes_with_all_its_evidence(claim):
    report = claim.check(samples=400, seed=6)
    assert report.passed, [finding for finding in report.findings if not finding.passed]
    assert len(report.of_kind("identity")) == len(report.of_kind("certificate")) == 2
    assert len(report.of_kind("refutation")) == 4


def test_the_growth_factor_of_figure_3_is_exactly_847_over_640():
    assert growth(F(1, 5), F(1)) == F(847, 640)
    assert section_6._growth(F(1, 5), F(5, 4)) == F(847, 640)
    assert float(F(847, 640)) == 1.3234375


@given(st.fractions(F(1, 100), F(99, 100), max_denominator=100), st.fractions(F(1, 50), 20, max_denominator=50))
def test_the_growth_factor_and_its_two_thresholds_in_exact_arithmetic(eta, rho):
    factor = growth(eta, rho)
    assert section_6._growth(eta, rho / (1 - eta)) == factor
    assert (factor > 1) == (1 - eta < rho and rho * rho * eta * eta < 1 - eta * eta)
    if rho < 1 - eta:
        assert 0 < factor < 1
    if rho == 1 - eta:
        assert factor == 1


@given(ETA, HAIR, st.sampled_from(["lower", "upper"]))
def test_a_small_second_coordinate_grows_between_the_thresholds_and_not_outside(eta, hair, which):
    eta = mpmath.mpf(eta)
    rho = (1 - eta if which == "lower" else mpmath.sqrt(1 - eta**2) / eta) * (1 + mpmath.mpf(hair))
    a, small = eta * rho / (1 - eta), mpmath.mpf(10) ** -20
    after = step(a, small, eta, rho)
    assert abs(after[0] + a) < mpmath.mpf(10) ** -30 * (1 + a**3)
    factor = growth(eta, rho)
    assert abs(after[1] / small - factor) < mpmath.mpf(10) ** -25 * (1 + abs(factor))
    # beyond the upper threshold the factor is below 1, perhaps far below
    assert (after[1] > small) == (1 - eta < rho < mpmath.sqrt(1 - eta**2) / eta)


@settings(max_examples=60)
@given(ETA, st.floats(0.02, 4.0))
def test_the_cycle_returns_after_two_steps_and_looks_at_the_parabola(eta, beyond):
    rho = (1 - eta) * (1 + beyond)
    cycle = drift.ravine_cycle(eta, rho)
    assert cycle[:, 0].tolist() == [eta, -eta]
    # the height once more, as a root of the second coordinate of the literal step from (η, c)
    eta, rho = mpmath.mpf(eta), mpmath.mpf(rho)
    near = mpmath.mpf(float(cycle[0, 1]))
    bracket = near * (1 - mpmath.mpf(10) ** -9), near * (1 + mpmath.mpf(10) ** -9)
    height = mpmath.findroot(lambda c: step(eta, c, eta, rho)[1] / c - 1, bracket, solver="anderson")
    assert abs(height - near) < 1e-11 * (1 + near)
    x, y = step(eta, height, eta, rho)
    assert abs(x + eta) < 1e-30
    assert abs(y - height) < 1e-30
    gx, gy = gradient(eta, height)
    length = mpmath.sqrt(gx**2 + gy**2)
    far, up = eta + rho * gx / length, height + rho * gy / length
    assert abs(far - 1 - up**2 / 2) < 1e-30
    assert abs(gradient(far, up)[0] - 2) < 1e-30
    assert abs(gradient(far, up)[1]) < 1e-30
    assert abs(section_6._excess(float(eta), float(rho), float(height))) < 1e-11 * float(1 + rho)


@settings(max_examples=60)
@given(ETA, st.floats(0.01, 1.0), st.floats(-4, 1), st.floats(0.001, 1.0))
def test_no_point_returns_reflected_where_the_radius_is_at_most_one_minus_eta(eta, part, exponent, x):
    eta = mpmath.mpf(eta)
    rho, c, x = part * (1 - eta), mpmath.mpf(10) ** exponent, mpmath.mpf(x)
    after = step(x, c, eta, rho)
    assert abs(after[0] + x) + abs(after[1] - c) > 0
    assert step(eta, c, eta, rho)[1] < c  # on the cycle's own line the second coordinate falls


@given(ETA, st.floats(0.02, 4.0), st.floats(0.01, 5.0), st.floats(0.01, 5.0))
def test_the_two_sides_of_the_equation_for_the_height_cross_once(eta, beyond, one, other):
    rho = (1 - eta) * (1 + beyond)
    low, high = sorted((one, other))
    if high - low > 1e-6:
        assert section_6._excess(eta, rho, low) > section_6._excess(eta, rho, high)


def test_the_cycle_of_the_figures_to_eight_digits():
    eta = mpmath.mpf(1) / 5
    height = mpmath.findroot(lambda c: step(eta, c, eta, 1)[1] - c, 0.16)
    assert mpmath.nstr(height, 8) == "0.15796788"
    np.testing.assert_allclose(drift.ravine_cycle(0.2, 1.0), [[0.2, float(height)], [-0.2, float(height)]], rtol=1e-13)


@pytest.mark.parametrize("rho", [0.8 + 1e-4, 0.8 + 1e-3, 0.8 + 1e-2])
def test_the_cycle_branches_off_the_bounce_like_a_square_root(rho):
    # expand both sides to c²: ρ - (1 - η) = c²/2 [(1 + ρk)² + ρk²], θ ≈ kc, k = (1 - η²)/(2η)
    k = (1 - 0.04) / 0.4
    predicted = math.sqrt(2 * (rho - 0.8) / ((1 + 0.8 * k) ** 2 + 0.8 * k * k))
    assert drift.ravine_cycle(0.2, rho)[0, 1] == pytest.approx(predicted, rel=10 * (rho - 0.8))


def test_the_cycle_of_the_figures_attracts_and_is_lost_between_1_19_and_1_20():
    ravine = samlib.FlatteningRavine()

    def size(rho):
        return abs(drift.cycle_multipliers(ravine, drift.ravine_cycle(0.2, rho), 0.2, rho)[0])

    assert size(0.8001) < 1
    assert size(1.0) == pytest.approx(math.hypot(0.2110613, 0.2377118), abs=1e-6)
    assert size(1.19) < 1 < size(1.20)
    path = samlib.trajectory(samlib.SAM(0.2, 1.2), ravine, [0.1, 0.1], 3000)
    assert np.abs(path[2000:-2] - path[2002:]).max() > 0.01


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("origin-bounce", lambda eta, far: 1 + (far - 1) * (eta + (1 - eta) * (1 - eta**2 * far**2) / 2)),
        ("origin-bounce", lambda eta, far: 1 + (far**2 - 1) * (eta + (1 - eta) * (1 + eta**2 * far**2) / 2)),
        ("origin-bounce", lambda eta, far: 1 + (far**2 - 1) * (eta + (1 - eta) * (1 - eta**2 * far**2))),
    ],
    ids=["a square lost", "a sign swapped", "a half lost"],
)
def test_a_mutated_growth_factor_is_caught(name, broken, monkeypatch):
    monkeypatch.setattr(section_6, "_growth", broken)
    assert not CLAIMS[name].check(samples=50).of_kind("certificate")[0].passed or any(
        section_6._bounce_margin(**instance, growth=broken) < -1e-3
        for instance in CLAIMS[name].instances(np.random.default_rng(0), 50)
    )


def test_a_mutated_cycle_equation_is_caught(monkeypatch):
    assert CLAIMS["ravine-cycle"].probe(samples=100).passed
    monkeypatch.setattr(section_6, "_excess", lambda eta, rho, c: eta + rho - 1 - c * c / 2)
    assert not CLAIMS["ravine-cycle"].probe(samples=100).passed


def test_the_rise_of_the_literal_step_alone_shows_that_there_is_a_cycle(monkeypatch):
    nothing = {"eta": 0.2, "rho": 1.0, "c": 0.05, "height": lambda eta, rho: 0.0}
    monkeypatch.setattr(section_6, "_excess", lambda eta, rho, c: -1.0)  # as if the equation had no root
    assert section_6._cycle_margin(**nothing) < -1e-3


def test_the_gradient_at_the_place_that_is_looked_at_is_compared_with_2_0(monkeypatch):
    compared, literal = [], section_6.equal

    def recording(left, right, **settings):
        compared.append((np.asarray(left), np.asarray(right), settings))
        return literal(left, right, **settings)

    monkeypatch.setattr(section_6, "equal", recording)
    assert section_6._cycle_margin(0.2, 1.0, 0.1) >= -1e-12
    ((left, _, settings),) = [call for call in compared if call[1].tolist() == [2.0, 0.0]]
    np.testing.assert_allclose(left, [2.0, 0.0], atol=1e-12)
    assert settings["scale"] < 4


def test_noise_around_the_minimum_spreads_like_a_noisy_linear_rule():
    # w₁ ← 0.6w₁ + noise and w₂ ← 0.8w₂ + noise, each of size ησ = 1/9, have the spreads 5/36 and 5/27
    small = samlib.SGD(eta=0.2, sigma=0.01 / 1.8, seed=3)  # a hundredth of the noise, so that the loss is quadratic
    runs = samlib.trajectory(small, samlib.FlatteningRavine(), np.zeros((400, 2)), 300)[:, 60:]
    np.testing.assert_allclose(runs.std(axis=(0, 1)), [0.05 / 36, 0.05 / 27], rtol=0.02)


def test_matched_noise_is_on_average_no_sharper_than_sam_and_has_no_side():
    noisy = samlib.SGD(eta=0.2, sigma=1 / 1.8, seed=1)
    heights = samlib.trajectory(noisy, samlib.FlatteningRavine(), np.ones((400, 2)), 300)[:, 60:, 1]
    assert abs(heights.mean()) < 0.01
    sharpness = (2 / (1 + heights**2 / 2)).mean()
    assert 1.95 < sharpness < 2 / (1 + drift.ravine_cycle(0.2, 1.0)[0, 1] ** 2 / 2)


@pytest.mark.parametrize(("rho", "loses"), [(0.72, False), (0.73, True), (1.0, True)])
def test_the_other_reading_loses_its_bounce_along_the_first_coordinate_where_sam_looks_beyond_the_bend(rho, loses):
    other = samlib.SymbolicLoss("x**2 / (1 + (x**2 + y**2) / 2) + y**2 / 2", "x y")
    # on the axis ℓ = x²/(1 + x²/2), ℓ′ = 2x/(1 + x²/2)², and ℓ″ changes sign at x² = 2/3
    a = float(mpmath.findroot(lambda a: 0.4 * (a + rho) / (1 + (a + rho) ** 2 / 2) ** 2 - 2 * a, 0.08))
    across, along = np.diag(drift.step_jacobian(other, [a, 0.0], 0.2, rho))
    assert (a + rho > math.sqrt(2 / 3)) == (across > 1) == loses
    assert 0 < along < 1
