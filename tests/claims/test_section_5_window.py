"""The window for the radius in exact arithmetic: at a rational tan(θ/2) every point of the two-cycle is rational."""

import math
from fractions import Fraction as F
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import samlib
from samlib import drift
from samlib.claims import section_5_window

CLAIM = section_5_window.DRIFT_WINDOW
SHARE = st.fractions(F(1, 1000), F(999, 1000), max_denominator=10_000)
SIZE = st.sampled_from([F(1), F(3, 7), F(90), F(-1), F(-2, 9)])


def slope(top, third, w):
    return top * w + third * w * w / 2


def step(top, third, eta, rho, w):
    """SAM in one dimension, by the definition."""
    own = slope(top, third, w)
    return w - eta * slope(top, third, w + (rho if own > 0 else -rho))


def circle(t):
    return (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)


def cycle_and_radius(top, third, x, t):
    """The two points and the radius that the theorem names, at tan(θ/2) = t."""
    cosine, sine = circle(t)
    points = [top / third * (cosine - 1 + side * x / 2 * sine * cosine) for side in (1, -1)]
    return points, top / abs(third) * sine * (1 - x / 2 * cosine)


def root(x):
    """t of the theorem, to 40 digits."""
    x = mp.mpf(x.numerator) / x.denominator if isinstance(x, F) else mp.mpf(x)
    with mp.workdps(40):
        return mp.findroot(lambda t: t**3 + x / 2 * t**2 + t - x / 2, x / 2)


@given(SHARE, SHARE, SIZE, SIZE)
def test_the_named_points_are_exchanged_exactly_where_the_inner_one_is_on_its_side(x, t, top, third):
    top = abs(top)
    (p, q), rho = cycle_and_radius(top, third, x, t)
    inner_left = t**3 + x / 2 * t * t + t < x / 2
    assert inner_left == (p * third > 0)  # the side of the steep wall is that of κ
    assert q * third < 0
    assert rho > 0
    assume(p != 0)
    if inner_left:
        assert slope(top, third, p) * p > 0
        assert slope(top, third, q) * q > 0  # away from 0 at both
        assert step(top, third, x / top, rho, p) == q
        assert step(top, third, x / top, rho, q) == p
    claimed = section_5_window._cycle(top, third, x / top, *circle(t))
    assert list(claimed) == [p, q]
    assert section_5_window._radius(top, abs(third), x / top, *circle(t)) == rho


@given(SHARE, SHARE, SHARE)
def test_the_radius_grows_with_the_angle_so_that_there_is_one_cycle(x, t, u):
    assume(t < u)
    assert cycle_and_radius(F(1), F(1), x, t)[1] < cycle_and_radius(F(1), F(1), x, u)[1]


@given(SHARE, SHARE, SIZE)
def test_the_turn_contracts_exactly_by_its_multiplier(x, t, third):
    (p, q), rho = cycle_and_radius(F(1), third, x, t)
    side = 1 if third > 0 else -1
    turn = (1 - x * (1 + third * (p + side * rho))) * (1 - x * (1 + third * (q - side * rho)))
    cosine, sine = circle(t)
    assert turn == (1 - x * cosine) ** 2 - (x * sine) ** 2
    assert -1 < turn < 1


@given(st.floats(0.1, 0.95), st.floats(0.05, 0.95), st.sampled_from([-1.0, 1.0]), st.sampled_from([-1, 1]))
def test_the_cycle_attracts_a_real_run(eta, share, third, side):
    t = float(root(eta)) * share
    (p, q), rho = cycle_and_radius(1.0, third, eta, t)
    off = 1e-2 * abs(p)
    w = p + side * off
    for _ in range(200):
        assert w * third > 0
        beyond = step(1.0, third, eta, rho, w)
        assert beyond * third < 0
        w = step(1.0, third, eta, rho, beyond)
    assert abs(w - p) < off / 20
    assert step(1.0, third, eta, rho, w) == pytest.approx(q, abs=off / 20)


@given(st.fractions(F(1, 100), F(99, 100)), st.sampled_from([0.1, 1.0, 30.0]), st.sampled_from([-3.0, 0.2, 1.0]))
def test_the_three_forms_of_the_limit_agree_and_stay_below_the_leading_term(x, top, third):
    with mp.workdps(40):
        t, top_, size = root(x), mp.mpf(top), abs(mp.mpf(third))
        exact = top_ / size * 2 * t * (1 - t) / (1 + t * t)
        leading = mp.mpf(x.numerator) / x.denominator * top_ * (2 - mp.mpf(x.numerator) / x.denominator) / (2 * size)
        assert exact < leading
        # and the equation of the sheet for y = ρ̂|κ|/λ₁: a step from 0 to the flat side is undone by the next
        y, x_ = exact * size / top_, mp.mpf(x.numerator) / x.denominator
        assert abs(x_ * (1 + y / 2) - y / 2 * (1 + (1 + x_ * (1 + y / 2)) ** 2)) < mp.mpf("1e-35")
    eta = float(x) / top
    assert section_5_window._limit(top, third, eta) == pytest.approx(float(exact), rel=1e-12)
    assert drift.cubic_radius_limit(top, eta, third) == pytest.approx(float(exact), rel=1e-11)
    assert drift.radius_limit(top, eta, third) == pytest.approx(float(leading), rel=1e-12)


def test_the_limit_approaches_the_leading_term_for_small_steps_and_not_for_large_ones():
    with mp.workdps(40):
        off = []
        for k in (2, 3, 4):
            x = mp.mpf(10) ** -k
            t = root(x)
            off.append(1 - 2 * t * (1 - t) / (1 + t * t) / (x * (2 - x) / 2))
    assert [float(mp.log10(a / b)) for a, b in pairwise(off)] == pytest.approx([2, 2], abs=0.02)
    ratios = [drift.cubic_radius_limit(1.0, x, 1.0) / drift.radius_limit(1.0, x, 1.0) for x in (0.05, 0.2, 0.4, 0.8)]
    np.testing.assert_allclose(ratios, [0.998, 0.974, 0.917, 0.826], atol=5e-4)


def alternating_cycles(top, third, eta, rho):
    """How often a whole turn crosses the diagonal on the steep side, by brute force, and whether 0 repels."""
    starts = np.concatenate([[1e-13], np.geomspace(1e-6, 0.6, 4000)]) * top / third
    first = np.array([step(top, third, eta, rho, w) for w in starts])
    over = (first * third < 0) & (first * third > -2 * top)
    back = np.array([step(top, third, eta, rho, w) for w in first])
    gain = np.where(over, (back - starts) * np.sign(third), np.nan)
    return np.sum((gain[:-1] > 0) & (gain[1:] <= 0)), gain[0] > 0


@pytest.mark.parametrize("x", [0.05, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("third", [1.0, -4.0])
def test_there_is_one_cycle_below_the_limit_and_none_above_by_brute_force(x, third):
    limit = float(3 / abs(third) * 2 * root(x) * (1 - root(x)) / (1 + root(x) ** 2))
    for share in (0.3, 0.9, 0.999):
        assert alternating_cycles(3.0, third, x / 3, share * limit) == (1, True)
    for share in (1.001, 1.1, 2.0):
        assert alternating_cycles(3.0, third, x / 3, share * limit) == (0, False)


@pytest.mark.parametrize("side", [-1, 1])
def test_the_margin_sees_a_limit_that_is_off_by_a_ten_thousandth(side):
    top, third, eta = 2.0, -3.0, 0.2
    limit = section_5_window._limit(top, third, eta)
    instance = {"top": top, "third": third, "fourth": 0.0, "eta": eta, "rho": limit * (1 + side * 1e-4)}
    assert CLAIM.applies(**instance)
    assert CLAIM.margin(**instance) >= -1e-10
    off = CLAIM.margin(**instance, limit=lambda *z: section_5_window._limit(*z) * (1 + side * 2e-4))
    assert off < 0


INSIDE = {"top": 1.0, "third": 1.0, "fourth": 0.0, "eta": 0.4, "rho": 0.2}
"""A radius below the limit; the cycle is (0.0168…, -0.0793…)."""


def test_a_cycle_that_is_not_the_named_one_is_noticed(monkeypatch):
    assert CLAIM.margin(**INSIDE) >= -1e-10
    right, left = 0.03, -0.09
    for named in (
        (right, step(1.0, 1.0, 0.4, 0.2, right)),  # half a cycle: from here to there, and not back
        (step(1.0, 1.0, 0.4, 0.2, left), left),  # from there to here, and not back
    ):
        assert named[0] > 0 > named[1]
        monkeypatch.setattr(section_5_window, "_cycle", lambda *_, named=named: named)
        assert CLAIM.margin(**INSIDE) < -1e-3


@pytest.mark.parametrize("x", [1.6, 1.7, 1.8])
def test_the_margin_of_a_cycle_that_repels_is_what_its_turn_has_beyond_one(x):
    half = math.sqrt(0.5)  # θ = π/4, λ₁ = κ = 1
    turn = (1 - x * half) ** 2 - (x * half) ** 2
    assert -2 < turn < -1
    margin = CLAIM.margin(top=1.0, third=1.0, fourth=0.0, eta=x, rho=half * (1 - x / 2 * half))
    assert margin == pytest.approx(1 - abs(turn), abs=1e-5)


def test_a_second_cycle_is_noticed(monkeypatch):
    literal = section_5_window._cubic_step
    low, high = sorted(step(1.0, 1.0, 0.4, 0.2, w) for w in (0.05, 0.1))

    def with_another(top, third, fourth, eta, rho, w):
        """SAM, but what comes from starts between 0.05 and 0.1 is thrown far to the right."""
        return literal(top, third, fourth, eta, rho, w) + np.where((low < w) & (w < high), 1.0, 0.0)

    monkeypatch.setattr(section_5_window, "_cubic_step", with_another)
    assert CLAIM.margin(**INSIDE) == -1


def test_the_samples_lie_on_both_sides_of_the_limit_and_close_to_it():
    drawn = list(CLAIM.instances(np.random.default_rng(0), 400))
    shares = np.array([one["rho"] / section_5_window._limit(one["top"], one["third"], one["eta"]) for one in drawn])
    assert all(CLAIM.applies(**one) for one in drawn)
    assert 0.2 < np.mean(shares < 1) < 0.9
    assert np.abs(shares - 1).min() < 1e-4
    assert {np.sign(one["third"]) for one in drawn} == {-1.0, 1.0}
    assert max(one["eta"] * one["top"] for one in drawn) > 0.999


@given(SHARE, SHARE)
def test_the_certificates_are_about_the_quantities_of_the_theorem(x, u):
    """Their conditions hold at exact points, and say there what the theorem says."""
    h, (cosine, sine) = x / 2, circle(u)
    radius, right, attracts, below = CLAIM.certificates
    assert all(radius.hypotheses(h=h, c=cosine, s=sine))
    assert radius.conclusion(h=h, c=cosine, s=sine)
    assert all(attracts.hypotheses(h=h, c=cosine, s=sine))
    for t in (F(1, 7), F(2, 5), u):  # every t is the root for its own x
        own = (t**3 + t) / (1 - t * t)
        assume(own < 1)
        assert all(right.hypotheses(h=own, t=t, u=u))
        assert right.conclusion(h=own, t=t, u=u) == True  # noqa: E712 (of Fractions, a plain bool)
        assert (section_5_window._at_half_angle(own, u)) == cycle_and_radius(F(1), F(1), 2 * own, u)[1]
        limit = 2 * t * (1 - t) / (1 + t * t)
        assert section_5_window._at_half_angle(own, t) == limit
        if 2 * own <= 1:
            assert all(below.hypotheses(h=own, t=t))
            assert below.conclusion(h=own, t=t)
            assert limit < own * (2 - 2 * own)


def test_the_page_s_numbers_about_the_window():
    # a fourth derivative keeps the cycle beyond the cubic's limit
    loss = samlib.SymbolicLoss("x**2/2 + x**3/6 + 10*x**4/24", "x")
    assert drift.cubic_radius_limit(1.0, 0.2, 1.0) == pytest.approx(0.175, abs=5e-4)
    run = samlib.trajectory(samlib.SAM(0.2, 0.25), loss, [0.02], 400)[-40:, 0]
    assert (run[1:] * run[:-1] < 0).all()
    plain = samlib.trajectory(samlib.SAM(0.2, 0.25), samlib.SymbolicLoss("x**2/2 + x**3/6", "x"), [0.02], 400)[-40:, 0]
    assert not (plain[1:] * plain[:-1] < 0).all()
    # at ηλ₁ = 1.8 the cycle exists and repels
    t = float(root(1.8))
    (p, q), rho = cycle_and_radius(1.0, 1.0, 1.8, 0.9 * t)
    assert p > 0 > q
    assert step(1.0, 1.0, 1.8, rho, p) == pytest.approx(q)
    cosine, sine = circle(0.9 * t)
    assert abs((1 - 1.8 * cosine) ** 2 - (1.8 * sine) ** 2) > 1
    # in the skewed valley at y = 0, ρ* = η(2 - η)/4 ≥ 0.2 asks for η ≥ 1 - √0.2, more than the start allows
    eta = 1 - 0.2**0.5
    assert drift.radius_limit(1.0, eta, 2.0) == pytest.approx(0.2)
    assert eta > 1 / 3.25
    assert drift.cubic_radius_limit(1.0, 0.2, 2.0) == pytest.approx(0.088, abs=5e-4)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_claim_passes_with_all_its_evidence(seed):
    report = CLAIM.check(samples=400, seed=seed)
    assert [finding for finding in report.findings if not finding.passed] == []
