"""Section 4.4 in exact and in high-precision arithmetic, and its claims against literal computations."""

import math
import re
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from samlib import QuadraticSAM, bounds, claims
from samlib.claims import _alignment, section_4_4, section_4_4_cycle, section_4_4_settling

CLAIMS = {
    claim.id: claim for module in (section_4_4, section_4_4_settling, section_4_4_cycle) for claim in module.CLAIMS
}
PAGE = Path(__file__).parents[2] / "chapters/04-proof/4-avoiding-saddles.md"

# Exact instances: a point of the sphere with rational coordinates has a length that can be prescribed exactly.

HAIRS = [F(0), F(1, 10**40), F(-1, 10**40), F(1, 10**6), F(-1, 10**6), F(1, 2), F(-1, 2), F(9)]
SHARE = st.fractions(F(1, 100), 1, max_denominator=100)


@st.composite
def quadratics(draw, limit=F(1), gap=True):
    """(eigenvalues, eta, rho), d ≥ 2, with 0 < ηλ₁ < limit, often a hair below; λ₂ often a hair below λ₁."""
    d = draw(st.integers(2, 12))
    top, near = draw(st.sampled_from([F(1), F(1, 90), F(250)])), F(10**12 - 1, 10**12)
    ratios = draw(st.lists(st.one_of(SHARE, st.sampled_from([near, F(1, 2)])), min_size=d - 1, max_size=d - 1))
    x = draw(st.one_of(SHARE.map(lambda share: share * limit), st.sampled_from([near * limit, F(1, 10**9)])))
    assume(x < limit)
    if gap:
        ratios = [min(ratio, near) for ratio in ratios]
    return [top, *sorted((top * ratio for ratio in ratios), reverse=True)], x / top, draw(SHARE) * 50


@st.composite
def directions(draw, d, zeros=False):
    """An exact unit vector of R^d, d ≥ 2; with no coordinate 0 unless `zeros`."""
    pool = [F(1, 3), F(-1, 2), F(1), F(-2), F(1, 10**9), F(10**6)] + [F(0)] * zeros
    q = draw(st.lists(st.sampled_from(pool), min_size=d - 1, max_size=d - 1))
    square = sum(value * value for value in q)
    assume(square != 1)
    return [(square - 1) / (square + 1), *(2 * value / (square + 1) for value in q)]


def literal_step(lam, eta, rho, v, length):
    return [own - eta * value * (own + rho * value * own / length) for value, own in zip(lam, v, strict=True)]


def literal_constants(lam, eta, rho):
    """γ₁, β₁, b and μ from their definitions."""
    top = lam[0]
    gamma, beta = eta * rho * top**2 / (1 - eta * top), eta * rho * top**2 / (2 - eta * top)
    mu = min(eta * lam[-1], (top / lam[1]) ** 2 - 1)
    return gamma, beta, eta * rho * top**2, mu


def literal_threshold(lam, eta, mu):
    spread = 2 - eta * lam[0] - (eta * lam[-1] - mu) - eta * lam[-1] * mu
    return (2 - eta * lam[0]) / spread * (1 + (1 + mu) * lam[-1] ** 2 / lam[0] ** 2)


# Definition 12 and Lemma 13


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12), st.floats(1e-9, 1e3), st.sampled_from([-1, 1]))
def test_misalignment_keeps_its_digits_and_is_below_half_the_sum_of_squared_ratios(others, first, sign):
    v = np.array([sign * first, *others])
    with mp.workdps(1400):  # δ can be 1e-650 here, and the bound exceeds it by about δ² alone
        length = mp.sqrt(mp.fsum(mp.mpf(value) ** 2 for value in v))
        exact = 1 - abs(mp.mpf(v[0])) / length
        bound = mp.fsum((mp.mpf(value) / mp.mpf(v[0])) ** 2 for value in v[1:]) / 2
        assert exact <= bound
        if exact > mp.mpf("1e-290"):
            assert abs(_alignment.misalignment(v) / exact - 1) < 1e-13
        margin = (bound - exact) / bound if bound > mp.mpf("1e-290") else mp.mpf(0)
    if bound > 1e-200:
        assert CLAIMS["lemma-13"].margin(v) == pytest.approx(float(margin), abs=1e-12)


@pytest.mark.parametrize("claim", ["definition-12", "lemma-13"])
def test_the_misalignment_on_the_axes(claim):
    on_axis, across = np.array([-2.0, 0.0, 0.0]), np.array([0.0, 3.0, -4.0])
    assert _alignment.misalignment(on_axis) == 0
    assert _alignment.misalignment(across) == 1
    assert CLAIMS[claim].margin(on_axis) == pytest.approx(0)
    assert CLAIMS["definition-12"].margin(across) == pytest.approx(0)


# Equation (7) and Lemma 14(a)


@given(st.data(), quadratics(), st.sampled_from(HAIRS))
def test_lemma_14_a_and_7_in_exact_arithmetic_a_hair_to_each_side_of_the_threshold(data, quadratic, hair):
    lam, eta, rho = quadratic
    gamma, beta, _, mu = literal_constants(lam, eta, rho)
    length = literal_threshold(lam, eta, mu) * beta * (1 + hair)
    v = [length * cosine for cosine in data.draw(directions(len(lam)))]
    after = literal_step(lam, eta, rho, v, length)
    shrinks = [
        after[i] ** 2 * v[0] ** 2 * (1 + mu) ** 2 <= after[0] ** 2 * v[i] ** 2 and after[0] != 0
        for i in range(1, len(v))
    ]
    assert all(shrinks) == (hair <= 0)
    for i, one in enumerate(lam[1:], start=1):
        own = eta * rho * one**2 / (1 - eta * one)
        seven = (1 - eta * one) ** 2 * (length - own) ** 2 * (1 + mu) ** 2 <= (1 - eta * lam[0]) ** 2 * (
            length - gamma
        ) ** 2
        assert seven == (after[i] ** 2 * v[0] ** 2 * (1 + mu) ** 2 <= after[0] ** 2 * v[i] ** 2)


@given(st.data(), quadratics(), st.sampled_from([F(0), F(1, 10**30), F(1, 3)]))
def test_lemma_14_a_shrinks_ratios_below_the_threshold_also_where_coordinates_are_zero(data, quadratic, below):
    lam, eta, rho = quadratic
    _, beta, _, mu = literal_constants(lam, eta, rho)
    length = literal_threshold(lam, eta, mu) * beta * (1 - below)
    v = [length * cosine for cosine in data.draw(directions(len(lam), zeros=True))]
    assume(v[0] != 0)
    after = literal_step(lam, eta, rho, v, length)
    assert after[0] != 0
    for i in range(1, len(v)):
        assert after[i] ** 2 * v[0] ** 2 * (1 + mu) ** 2 <= after[0] ** 2 * v[i] ** 2


@given(quadratics())
def test_the_threshold_and_mu_of_the_claims_are_those_of_the_paper(quadratic):
    lam, eta, rho = quadratic
    _, beta, _, mu = literal_constants(lam, eta, rho)
    literal = literal_threshold(lam, eta, mu)
    assert section_4_4.threshold(lam[0], lam[-1], eta, mu) == literal
    numerator, denominator = section_4_4._crossing(lam[0], lam[-1], eta, rho, mu)
    assert numerator / denominator == literal * beta
    floats = np.array([float(value) for value in lam])
    assert section_4_4.gain(floats, float(eta)) == pytest.approx(float(mu), rel=1e-9, abs=1e-15)
    if eta * lam[0] < F(1, 2) and mu > F(1, 10**6):
        theory = QuadraticSAM(floats, float(eta), float(rho))
        assert bounds.alignment_threshold(theory) == pytest.approx(float(literal), rel=1e-9)
        assert literal > 1 + (1 + mu) * lam[-1] ** 2 / lam[0] ** 2 * (1 - F(1, 10**20))


@pytest.mark.parametrize(("nudge", "holds"), [(-1e-7, True), (1e-7, False)])
def test_the_margin_of_14_a_sees_a_threshold_that_is_off_by_a_millionth(nudge, holds):
    lam, eta, rho = np.array([2.0, 1.1, 0.7]), 0.2, 3.0
    _, beta, _, mu = literal_constants(lam, eta, rho)
    v = np.array([0.6, -0.48, 0.64]) * literal_threshold(lam, eta, mu) * beta * (1 + nudge)
    shrinks = section_4_4.shrinking(lam, eta, rho, v, mu)
    assert (shrinks.min() >= 0) == holds
    moved = CLAIMS["lemma-14-a"].margin(
        lam, eta, rho, v, limit=lambda *z: section_4_4.threshold(*z) * (1 + 1e-6 * (-1) ** holds)
    )
    assert CLAIMS["lemma-14-a"].margin(lam, eta, rho, v) >= 0 > moved


# Lemma 14(b) to (d)


@given(st.data(), quadratics(), st.sampled_from([F(0), F(1, 10**30), F(1, 2), F(999, 1000)]))
def test_a_step_in_the_ball_multiplies_a_ratio_by_at_most_one_over_eta_lambda_1(data, quadratic, inwards):
    lam, eta, rho = quadratic
    length = eta * rho * lam[0] ** 2 * (1 - inwards)
    v = [length * cosine for cosine in data.draw(directions(len(lam)))]
    after = literal_step(lam, eta, rho, v, length)
    assert after[0] * v[0] < 0
    assert all((after[i] * v[0]) ** 2 * (eta * lam[0]) ** 2 <= (after[0] * v[i]) ** 2 for i in range(1, len(v)))


FAR = {"eigenvalues": np.array([1.0, 0.9]), "eta": 0.4, "rho": 1.0}


def high_precision_run(lam, eta, rho, v, steps):
    """v_0 … v_steps by the definition, with 60 digits."""
    with mp.workdps(60):
        lam, v = [mp.mpf(value) for value in lam], [mp.mpf(value) for value in v]
        eta, rho, path = mp.mpf(eta), mp.mpf(rho), [v]
        for _ in range(steps):
            length = mp.sqrt(mp.fsum(value**2 for value in path[-1]))
            path.append(literal_step(lam, eta, rho, path[-1], length))
        return path


def literal_times(lam, eta, rho, ratio, epsilon):
    """T₁ and the times of Lemmas 14(d), 17 and 19 with their positive parts, from the sum of squared ratios."""
    with mp.workdps(40):
        lam, eta, rho, epsilon = [mp.mpf(value) for value in lam], mp.mpf(eta), mp.mpf(rho), mp.mpf(epsilon)
        beta, last = (eta * rho * one**2 / (2 - eta * one) for one in (lam[0], lam[-1]))
        mu = min(eta * lam[-1], (lam[0] / lam[1]) ** 2 - 1)
        bad = 3 * beta * lam[0] ** 3 / (eta * last * lam[-1] ** 4)

        def align(accuracy):
            inner = bad * mp.log(4 / (eta * lam[0])) + mp.log(ratio / (2 * accuracy)) / 2
            return max(mp.mpf(0), 2 / mu * inner)

        settle = align(epsilon**2) + 4 / (eta * lam[0]) * mp.log(1 / epsilon)
        halved = epsilon / (2 * (1 + beta))
        cycle = align(halved**2) + 6 / (eta * lam[0]) * mp.log(1 / halved)
        return {"bad": bad, "mu": mu, "align": align(epsilon), "settle": settle, "cycle": cycle}


@given(
    st.floats(0.3, 0.999),
    st.floats(0.3, 1),
    st.floats(0.05, 0.4999),
    st.floats(0.01, 100),
    st.floats(0.01, 100),
    st.floats(-200, 50),
    st.floats(0.001, 0.999),
    st.integers(0, 500),
)
def test_the_bounds_of_section_4_4_are_the_literal_ones(second, third, x, top, rho, log_ratio, share, steps):
    lam = [top, top * second, top * second * third]
    theory = QuadraticSAM(lam, x / top, rho)
    limit = min(
        math.sqrt(x * (1 - x) / (2 - x) / 2),
        *(x * (1 - x) / (2 * theory.b), 1 / theory.b, theory.b / (2 - x) / 2),
    )
    assert bounds.settling_limit(theory) == pytest.approx(limit, rel=1e-9)
    assert section_4_4_settling.accuracy_limit(top, theory.eta, rho) == pytest.approx(limit, rel=1e-9)
    epsilon = limit * share
    with mp.workdps(40):
        ratio = mp.exp(mp.mpf(log_ratio))
        literal = literal_times(theory.eigenvalues, theory.eta, rho, ratio, epsilon)
        exponent = -2 * (steps + 1 - literal["bad"]) * mp.log(1 + literal["mu"])
        decay = exponent + 2 * literal["bad"] * mp.log(2 / (mp.mpf(theory.eta) * theory.eigenvalues[0]))
        decay += mp.log(ratio / 2)
    near = {"rel": 1e-9, "abs": 1e-6}
    assert bounds.misaligned_steps(theory) == pytest.approx(float(literal["bad"]), rel=1e-9)
    assert bounds.misaligned_steps(theory, "sharp") == pytest.approx(float(literal["bad"]) * (2 - x) / 3, rel=1e-9)
    assert bounds.log_misalignment(theory, steps, log_ratio) == pytest.approx(float(decay), **near)
    assert bounds.alignment_time(theory, epsilon, log_ratio) == pytest.approx(float(literal["align"]), **near)
    assert bounds.settling_time(theory, epsilon, log_ratio) == pytest.approx(float(literal["settle"]), **near)
    assert bounds.cycle_time(theory, epsilon, log_ratio) == pytest.approx(float(literal["cycle"]), **near)


# The claims about times: the margin tells the deadline that the claim used


def first_settled(path, settled):
    """The step from which on all gradients of a path are settled."""
    return max((t + 1 for t, v in enumerate(path) if not settled(v)), default=0)


def parts(v):
    """|v₁|, Σ_{i≥2} v_i², and δ, with the digits of the working precision."""
    rest = mp.fsum(value**2 for value in v[1:])
    length = mp.sqrt(v[0] ** 2 + rest)
    return abs(v[0]), rest, rest / (length * (length + abs(v[0])))


@pytest.mark.parametrize("start", [[0.3, 0.2], [0.05, -0.39], [-0.001, 0.01]])
@pytest.mark.parametrize("epsilon", [0.1, 0.003])
def test_claims_about_settling_use_the_times_of_the_lemmas(start, epsilon):
    lam, eta, rho = FAR.values()
    beta = eta / (2 - eta)
    path = high_precision_run(lam, eta, rho, start, 120)
    ratio = parts(path[0])[1] / parts(path[0])[0] ** 2
    inside = {"eigenvalues": lam, "eta": eta, "rho": rho, "v": np.array(start), "epsilon": epsilon}

    def near(v, accuracy):
        return abs(parts(v)[0] - beta) <= accuracy

    literal = literal_times(lam, eta, rho, ratio, epsilon)
    cases = {
        "lemma-14-d": (literal["align"], lambda v: parts(v)[2] <= epsilon),
        "eq-11": (
            literal_times(lam, eta, rho, ratio, mp.mpf(epsilon) ** 2)["align"],
            lambda v: parts(v)[2] <= epsilon**2,
        ),
        "lemma-17": (literal["settle"], lambda v: near(v, epsilon) and parts(v)[2] <= epsilon**2),
        "lemma-19": (
            literal["cycle"],
            lambda v: mp.sqrt((parts(v)[0] - beta) ** 2 + parts(v)[1]) <= epsilon,
        ),
    }
    for name, (time, settled) in cases.items():
        first = first_settled(path, settled)
        assert 0 <= first < 100
        assert first <= mp.ceil(time)
        assert CLAIMS[name].margin(**inside) == pytest.approx(1 - first / (int(mp.ceil(time)) + 1), abs=1e-12), name


def test_settling_is_judged_at_the_deadline_and_not_before():
    run = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.15, 0.02])}

    def off(path):
        return 1e-3 - np.abs(np.abs(path[:, 0]) - 1 / 9)

    path = _alignment.run(steps=80, **run)
    first = first_settled(path, lambda v: off(v[None])[0] >= 0)
    assert first > 5
    assert _alignment.settles(deadline=first, slack=off, **run) >= 0
    assert _alignment.settles(deadline=first - 1, slack=off, **run) < 0
    assert _alignment.settles(deadline=first - 0.5, slack=off, **run) >= 0  # rounded up
    assert _alignment.settles(deadline=1e9, slack=off, **run) == pytest.approx(1)
    assert path[1] == pytest.approx(literal_step([1.0, 0.5], 0.2, 1.0, run["v"], np.linalg.norm(run["v"])))


def test_every_sampled_run_settles_within_the_lemmas_times_while_it_is_watched():
    rng = np.random.default_rng(11)
    for name in ("lemma-14-d", "eq-11", "lemma-17", "lemma-19"):
        claim = CLAIMS[name]
        drawn = [instance for instance in claim.instances(rng, 60) if claim.applies(**instance)]
        assert len(drawn) >= 55
        margins = np.array([claim.margin(**instance) for instance in drawn])
        assert (margins >= 0).all()
        assert np.isfinite(margins).all()


def test_lemma_14_b_counts_the_steps_whose_ratio_does_not_shrink_enough():
    lam, eta, rho, v = np.array([1.0, 0.5, 0.4]), 0.2, 1.0, np.array([0.001, 0.12, 0.15])
    _, _, _, mu = literal_constants(lam, eta, rho)
    path = high_precision_run(lam, eta, rho, v, 30)
    bad = sum(
        any((after[i] * v[0] * (1 + mu)) ** 2 > (after[0] * v[i]) ** 2 for i in (1, 2)) for v, after in pairwise(path)
    )
    assert bad >= 1
    floats = np.array([[float(value) for value in one] for one in path[:-1]])
    assert int(section_4_4._failures(lam, eta, rho, floats).sum()) == bad
    margin = CLAIMS["lemma-14-b"].margin(lam, eta, rho, v, count=lambda theory: 0.25)
    assert margin <= 1 - bad / 0.25


@pytest.mark.parametrize("nudge", [-1e-6, 1e-6])
def test_a_step_is_bad_exactly_above_the_threshold(nudge):
    lam, eta, rho = np.array([2.0, 1.1, 0.7]), 0.2, 3.0
    _, beta, _, mu = literal_constants(lam, eta, rho)
    v = np.array([0.6, -0.48, 0.64]) * literal_threshold(lam, eta, mu) * beta * (1 + nudge)
    assert list(section_4_4._failures(lam, eta, rho, v[None])) == [nudge > 0]


def test_lemma_14_c_charges_a_bad_step_one_over_eta_lambda_1_and_no_more():
    lam, eta, rho, v = np.array([1.0, 0.3]), 0.4, 1.0, np.array([0.39, 0.01])
    mu = min(0.4 * 0.3, 1 / 0.09 - 1)
    path = [[float(value) for value in one] for one in high_precision_run(lam, eta, rho, v, 8)]
    ratios = [(one[1] / one[0]) ** 2 for one in path]
    bad = np.cumsum([after * (1 + mu) ** 2 > before for before, after in pairwise(ratios)])
    assert bad[0] == 1
    slack = [
        math.log(ratios[0] / 2 * (1 + mu) ** (-2 * (n - k)) / eta ** (2 * k)) - math.log(float(parts(path[n])[2]))
        for n, k in enumerate(bad, start=1)
    ]
    margin = CLAIMS["lemma-14-c"].margin(lam, eta, rho, v, steps=8, bound=lambda *_: math.inf)
    assert margin == pytest.approx(min(slack), abs=1e-9)
    assert 0 <= margin < 1


def test_lemma_14_c_credits_a_good_step_with_one_over_one_plus_mu_squared_and_no_less():
    """At the threshold a step shrinks the squared ratio by exactly that; with a tiny ratio Lemma 13 is an equality."""
    lam, eta, rho = np.array([1.0, 0.5]), 0.2, 1.0
    _, beta, _, mu = literal_constants(lam, eta, rho)
    length = literal_threshold(lam, eta, mu) * beta * (1 - 1e-9)
    v = length * np.array([math.sqrt(1 - 1e-8), 1e-4])
    margin = CLAIMS["lemma-14-c"].margin(lam, eta, rho, v, steps=1, bound=lambda *_: math.inf)
    assert -1e-12 <= margin < 1e-6


def test_lemma_14_c_compares_with_the_product_along_the_run_and_with_the_bound():
    lam, eta, rho, v = np.array([1.0, 0.5]), 0.2, 1.0, np.array([0.16, 0.1])
    assert CLAIMS["lemma-14-c"].margin(lam, eta, rho, v) >= 0
    exact = [mp.log(parts(one)[2]) for one in high_precision_run(lam, eta, rho, v, 30)]
    for shift in (
        1e-9,
        0.1,
    ):  # a bound that touches δ after the first, the second or the last step, and then falls below

        def tight(theory, steps, log_start, shift=shift):
            return float(exact[steps + 1]) - shift

        assert CLAIMS["lemma-14-c"].margin(lam, eta, rho, v, bound=tight) == pytest.approx(-shift, abs=1e-10)


# Equations (8) to (10), Lemma 16


@given(st.data(), quadratics(gap=False), st.sampled_from([F(1, 10**9), F(1, 3), F(1), F(7), F(10**6)]))
def test_8_holds_exactly_everywhere_and_10_follows(data, quadratic, size):
    lam, eta, rho = quadratic
    gamma, beta, b = (literal_constants([lam[0], lam[0] / 2], eta, rho))[:3]
    length = b * size
    v = [length * cosine for cosine in data.draw(directions(len(lam)))]
    s, after = (1 if v[0] > 0 else -1), literal_step(lam, eta, rho, v, length)
    delta = 1 - abs(v[0]) / length
    right = (1 - eta * lam[0]) * (v[0] - s * beta + s * gamma * delta)
    assert after[0] + s * beta == right
    assert right == 0 or after[0] + s * beta != -right
    contracted = (1 - eta * lam[0]) * (abs(v[0] - s * beta) + gamma * delta)
    sides = [1, -1] if after[0] == 0 else [1 if after[0] > 0 else -1]
    assert all(abs(after[0] - side * beta) <= contracted for side in sides)
    if size <= 1:
        assert abs(v[0] - s * beta) < beta
        assert after[0] * s < 0


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sides_of_8_are_the_literal_ones(sign):
    lam, eta, rho, v_1, after, s, delta = F(3), F(1, 7), F(5), F(2, 3), F(1, 9), -1, F(1, 11)
    gamma, beta = eta * rho * lam**2 / (1 - eta * lam), eta * rho * lam**2 / (2 - eta * lam)
    left, right = section_4_4_settling._sides_of_8(v_1, after, lam, eta, rho, s, delta, sign)
    assert left == after + s * beta
    assert right == sign * (1 - eta * lam) * (v_1 - s * beta + s * gamma * delta)


def test_the_margins_of_9_and_10_are_the_literal_slack():
    lam, eta, rho, v = np.array([2.0, 0.7]), 0.3, 1.5, np.array([-0.4, 0.9])
    gamma, beta, b, _ = literal_constants(lam, eta, rho)
    length = float(np.linalg.norm(v))
    after = literal_step(lam, eta, rho, v, length)
    assert CLAIMS["eq-9"].margin(lam, eta, rho, v) == pytest.approx((beta - abs(0.4 - beta)) / b)
    slack = (1 - 0.6) * (abs(0.4 - beta) + gamma * (1 - 0.4 / length)) - abs(abs(after[0]) - beta)
    assert CLAIMS["eq-10"].margin(lam, eta, rho, v) == pytest.approx(slack / (length + b))


def test_the_first_coordinate_changes_its_sign_at_every_step_in_the_ball():
    lam, eta, rho, v = np.array([1.0, 0.8, 0.1]), 0.45, 2.0, np.array([1e-9, 0.5, 0.6])
    signs = np.sign([float(one[0]) for one in high_precision_run(lam, eta, rho, v, 20)])
    assert list(signs) == [(-1) ** t for t in range(21)]
    assert CLAIMS["lemma-16"].margin(lam, eta, rho, v, steps=20) >= -1e-12


# Equation (12), Lemmas 18 to 20


@given(st.floats(0, 0.9999), st.floats(0, 1), st.floats(1e-3, 1e3), st.integers(2, 12))
def test_12_with_equality_where_the_misalignment_is_as_large_as_allowed(epsilon, share, first, d):
    with mp.workdps(40):
        delta = mp.mpf(epsilon) ** 2 * mp.mpf(share)
        length = mp.mpf(first) / (1 - delta)
        assert length**2 <= mp.mpf(first) ** 2 / (1 - mp.mpf(epsilon) ** 2) ** 2 * (1 + mp.mpf("1e-30"))
        rest = float(mp.sqrt(length**2 - mp.mpf(first) ** 2))
    v = np.array([first, *[rest / math.sqrt(d - 1)] * (d - 1)])
    expected = float((1 - delta) ** 2 - (1 - mp.mpf(epsilon) ** 2) ** 2)
    assert CLAIMS["eq-12"].margin(v=v, epsilon=epsilon) == pytest.approx(expected, abs=1e-12)


@given(st.floats(-3, 6), st.floats(1e-6, 1), st.sampled_from([-1.0, 0.0, 1.0]), st.sampled_from([-1, 1]))
def test_18_at_its_worst_points_up_to_the_exact_limit(log_beta, share, side, s):
    with mp.workdps(40):
        limit = mp.sqrt((7 - mp.sqrt(17)) / 8)
        beta, epsilon = mp.mpf(10) ** mp.mpf(log_beta), limit * mp.mpf(share)
        first = beta + side * epsilon
        rest = abs(first) * mp.sqrt(1 / (1 - epsilon**2) ** 2 - 1)
        ratio = mp.sqrt((side * epsilon) ** 2 + rest**2) / (2 * (1 + beta) * epsilon)
        assert ratio <= 1
    v = np.array([s * float(first), float(rest)])
    assert CLAIMS["lemma-18"].margin(float(beta), v, s, float(epsilon)) == pytest.approx(1 - float(ratio), abs=1e-9)


def test_18_fails_just_past_its_limit_for_a_large_beta():
    beta, epsilon = 1e9, math.sqrt((7 - math.sqrt(17)) / 8) + 1e-4
    first = beta + epsilon
    v = np.array([first, first * math.sqrt(1 / (1 - epsilon**2) ** 2 - 1)])
    assert np.linalg.norm(v - [beta, 0]) > 2 * (1 + beta) * epsilon
    assert not section_4_4_cycle.BELOW_LIMIT.holds(epsilon=epsilon)
    assert section_4_4_cycle.BELOW_LIMIT.holds(epsilon=epsilon - 2e-4)


def test_the_paper_s_step_in_18_and_the_limits_in_its_certificates():
    def step_holds(epsilon):
        return (1 - epsilon**2) ** -2 - 1 <= 3 * epsilon**2

    assert step_holds(0.482)
    assert not step_holds(0.483)
    first, exact, step = CLAIMS["lemma-18"].certificates
    point = {"b": F(1), "p": F(1), "q": F(0)}
    assert all(first.hypotheses(**point, e=F(599, 1000)))
    assert not all(first.hypotheses(**point, e=F(5991, 10000)))
    assert all(exact.hypotheses(**point, e=F(59967, 100000)))
    assert not all(exact.hypotheses(**point, e=F(59968, 100000)))
    assert all(step.hypotheses(e=F(482, 1000)))
    assert all(first.control.hypotheses(**point, e=F(6, 10)))
    epsilon = F(97, 100)  # β₁ = p = 1: the conclusion is q ≤ 16ε²
    for nudge in (F(0), F(1, 10**9)):
        assert section_4_4_cycle._lemma_18_conclusion(F(1), F(1), 16 * epsilon**2 + nudge, epsilon) == (nudge == 0)


@given(st.data(), quadratics(limit=F(2), gap=False), st.sampled_from([-1, 1]))
def test_20_exactly_with_equality_along_the_flattest_axis(data, quadratic, s):
    lam, eta, rho = quadratic
    beta = eta * rho * lam[0] ** 2 / (2 - eta * lam[0])
    away = data.draw(directions(len(lam), zeros=True))
    if data.draw(st.booleans()):
        away = [F(0)] * (len(lam) - 1) + [F(1)]
    w = [s * beta / lam[0] + away[0], *away[1:]]
    far = sum(value**2 for value in away)
    off = (lam[0] * w[0] - s * beta) ** 2 + sum((one * value) ** 2 for one, value in zip(lam[1:], w[1:], strict=True))
    assert lam[-1] ** 2 * far <= off
    if not any(away[:-1]):
        assert lam[-1] ** 2 * far == off
    floats = np.array([float(value) for value in lam])
    slack = (math.sqrt(off) - float(lam[-1]) * math.sqrt(far)) / (float(lam[0]) * math.sqrt(far))
    margin = CLAIMS["lemma-20"].margin(floats, float(eta), float(rho), np.array([float(one) for one in w]), s)
    assert margin == pytest.approx(slack, abs=1e-9 * (1 + float(beta)))


# The printed forms


def test_the_clock_of_the_print_in_high_precision():
    """E3: the ball is reached at step 929; the printed time is less than half of that, and v is astronomical there."""
    lam, eta, start = [mp.mpf(1), mp.mpf("0.9")], mp.mpf("0.4"), [mp.mpf(10) ** 200, mp.mpf(10) ** 180]
    path = high_precision_run(lam, eta, 1, start, 960)
    entered = next(t for t, v in enumerate(path) if mp.sqrt(v[0] ** 2 + v[1] ** 2) <= eta)
    first, rest, _ = parts(path[entered])
    printed = literal_times(lam, eta, 1, rest / first**2, mp.mpf("0.11"))["settle"]
    assert entered == 929
    assert 428 < printed < 433
    assert abs(path[int(mp.ceil(printed))][0]) > mp.mpf(10) ** 103


def test_the_printed_forms_of_14_17_and_19_fail_at_their_counterexamples_in_high_precision():
    lam, eta, rho, start = *FAR.values(), [1e40, 1e20]
    path = high_precision_run(lam, eta, rho, start, 200)
    entered = next(t for t, v in enumerate(path) if mp.sqrt(v[0] ** 2 + v[1] ** 2) <= mp.mpf(eta))
    first, rest, _ = parts(path[entered])
    ratio = rest / first**2
    literal = literal_times(lam, eta, rho, ratio, 0.1)
    assert entered == 180
    bound = (1 + literal["mu"]) ** (-2 * (entered - literal["bad"])) * 5 ** (2 * literal["bad"]) * ratio / 2
    assert bound < 0.5
    slack = mp.log(bound / parts(path[entered + 1])[2])
    assert slack < -20
    printed = CLAIMS["lemma-14-c-printed"]
    assert printed.margin(**printed.counterexample) == pytest.approx(float(slack), abs=1e-6)
    for name, time in (("lemma-17-printed", literal["settle"]), ("lemma-19-printed", literal["cycle"])):
        claim = CLAIMS[name]
        at = path[int(mp.ceil(time))]
        assert int(mp.ceil(time)) < entered
        off = abs(abs(at[0]) - mp.mpf("0.25"))
        assert claim.margin(**claim.counterexample) == pytest.approx(float(mp.log(mp.mpf("0.1") / off)), rel=1e-6)


def test_the_printed_14_d_fails_before_the_ball_is_reached():
    claim = CLAIMS["lemma-14-d-printed"]
    lam, eta, rho, v, epsilon = claim.counterexample.values()
    path = high_precision_run(lam, eta, rho, v, 500)
    entered = next(t for t, v in enumerate(path) if mp.sqrt(v[0] ** 2 + v[1] ** 2) <= mp.mpf(eta))
    first, rest, _ = parts(path[entered])
    last = int(mp.ceil(literal_times(lam, eta, rho, rest / first**2, epsilon)["align"]))
    assert last < entered
    assert parts(path[last + 1])[2] > epsilon
    expected = float(mp.log(epsilon / parts(path[last + 1])[2]))
    assert claim.margin(**claim.counterexample) == pytest.approx(expected, abs=1e-6)


def test_without_the_positive_part_lemma_17_would_promise_an_amplitude_that_is_not_there():
    lam, eta, rho = FAR.values()
    v, epsilon = np.array([0.001, 1e-60]), 0.05
    time = section_4_4_settling.printed_time(lam, eta, rho, v, epsilon)
    with mp.workdps(40):
        literal = literal_times(lam, eta, rho, mp.mpf("1e-114"), epsilon)
        inner = literal["bad"] * mp.log(4 / mp.mpf(eta)) + mp.log(mp.mpf("1e-114") / (2 * mp.mpf(epsilon) ** 2)) / 2
        assert time == pytest.approx(float(2 / literal["mu"] * inner + 10 * mp.log(20)), rel=1e-9)
    assert time < 0
    assert abs(0.001 - 0.25) > epsilon
    assert bounds.settling_time(QuadraticSAM(lam, eta, rho), epsilon, _alignment.log_ratio(v)) > 20


def test_the_printed_8_9_and_18_at_the_errata_s_numbers():
    after = literal_step([F(1)], F(1, 5), F(1), [F(15, 100)], F(15, 100))[0]
    assert after == F(-8, 100)
    assert after + F(1, 9) == F(8, 10) * (F(15, 100) - F(1, 9)) != -F(8, 10) * (F(15, 100) - F(1, 9))
    assert abs(F(1, 100) - F(1, 9)) > F(1, 5) - F(1, 9)
    norm = math.sqrt(1 / 0.19**2 - 1)
    assert norm == pytest.approx(5.167, abs=1e-3)
    assert norm > 3.6
    for name, margin in {
        "eq-9-printed": (4 / 5 / 9 - (1 / 9 - 0.01)) / 0.2,
        "lemma-18-printed": 1 - norm / 3.6,
    }.items():
        assert CLAIMS[name].margin(**CLAIMS[name].counterexample) == pytest.approx(margin)


# Hypotheses, certificates and the page


def test_the_range_of_the_accuracy_is_open_at_each_of_its_limits():
    for eigenvalues, eta, rho in (([1.0, 0.5], 0.4, 1.0), ([1.0, 0.5], 0.4, 50.0), ([1.0, 0.5], 0.01, 40.0)):
        x, b = eta, eta * rho
        limit = min(math.sqrt(x * (1 - x) / (2 - x) / 2), x * (1 - x) / (2 * b), 1 / b, b / (2 - x) / 2)
        instance = {"eigenvalues": np.array(eigenvalues), "eta": eta, "rho": rho}
        holds = section_4_4_settling.ACCURACY.holds
        assert holds(**instance, epsilon=limit * (1 - 1e-9))
        assert not holds(**instance, epsilon=limit * (1 + 1e-9))
        assert not holds(**instance, epsilon=0.0)
        beta = b / (2 - x)
        halved = section_4_4_cycle.HALVED_ACCURACY.holds
        assert halved(**instance, epsilon=2 * (1 + beta) * limit * (1 - 1e-9))
        assert not halved(**instance, epsilon=2 * (1 + beta) * limit * (1 + 1e-9))


@pytest.mark.parametrize("name", sorted({"lemma-14-a", "lemma-14-b", "lemma-14-c", "eq-9", "eq-10", "lemma-16"}))
def test_the_certificates_conditions_hold_on_exact_instances(name):
    """What Z3 proves is about the literal quantities: its hypotheses are met by exact instances of the lemma."""
    l_1, l_2, l_d, eta, rho = F(2), F(3, 2), F(1, 2), F(1, 5), F(7)
    b, mu = eta * rho * l_1**2, min(eta * l_d, (l_1 / l_2) ** 2 - 1)
    values = {"l_1": l_1, "l_i": l_2, "l_2": l_2, "l_d": l_d, "eta": eta, "rho": rho, "mu": mu, "r": b, "lam": l_1}
    values |= {"p": b / 3, "n": F(30), "k": F(2), "t": F(5), "m": F(1, 10), "l": F(2)}
    for certificate in CLAIMS[name].certificates:
        chosen = {variable: values[variable] for variable in certificate.variables.split()}
        assert all(certificate.hypotheses(**chosen)), certificate.says


def test_the_quantities_of_the_certificates_are_those_of_a_step():
    lam, eta, rho, r, mu = [F(2), F(3, 2)], F(1, 5), F(7), F(11, 3), F(1, 10)
    for one in lam:
        assert section_4_4._size(one, eta, rho, r) == r * literal_step([one], eta, rho, [F(1)], r)[0]
        own = eta * rho * one**2 / (1 - eta * one)
        assert section_4_4._squares(one, eta, rho, r) == (1 - eta * one) ** 2 * (r - own) ** 2
    numerator, denominator = section_4_4._crossing(*lam, eta, rho, mu)
    assert section_4_4._below_crossing(*lam, eta, rho, mu, numerator / denominator)
    assert not section_4_4._below_crossing(*lam, eta, rho, mu, numerator / denominator + F(1, 10**9))


def normalised(text):
    """A statement without what only sets it: spaces, dollars, sizes of brackets and of fractions, punctuation."""
    text = re.sub(
        r"\{(?:prf:ref)\}`lemma-(\d+)(?:-([a-z]))?`", lambda m: f"Lemma {m[1]}" + f"({m[2]})" * bool(m[2]), text
    )
    text = re.sub(r"\\displaystyle|\\(?:left|right|[bB]igg?[lr]?)(?![a-z])", "", text)
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", re.sub(r"\\[dt]frac", r"\\frac", text))
    return re.sub(r"\\[ ,;!]|\\q?quad|[\s$.,]", "", text)


@pytest.mark.parametrize("name", [name for name in CLAIMS if not name.endswith("-printed")])
def test_the_box_on_the_page_says_what_the_claim_says(name):
    page = PAGE.read_text(encoding="utf-8")
    box = re.search(rf"^```\{{prf:\w+\}} ([^\n]*)\n:label: {name}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert box is not None
    assert box[1] == CLAIMS[name].title
    assert normalised(box[2]) == normalised(CLAIMS[name].statement)


def test_the_ledger_has_all_of_section_4_4_in_the_paper_s_order():
    registered = [name for name, entry in claims.LEDGER.items() if entry.section == "4.4"]
    assert registered == list(CLAIMS)
    assert [claims.get(name).erratum for name in registered if name.endswith("-printed")] == [
        *("E3", "E3", "E9", "E4", "E3", "E10", "E3")
    ]
