"""Equation (3), Theorems 1 and 2, larger steps and the asymptotic rate against literal computations."""

import math
from fractions import Fraction as F

import mpmath as mp
import numpy as np
import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

import samlib
from samlib import bounds
from samlib.claims import section_3

CLAIMS = {claim.id: claim for claim in section_3.CLAIMS}
FIGURE_1 = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0}

SHARE = st.fractions(F(1, 100), F(99, 100), max_denominator=100)
NEAR = F(10**9 - 1, 10**9)


@st.composite
def exact_quadratics(draw, limit, low=1, high=12):
    """(eigenvalues, eta, rho) in fractions, 0 < ηλ₁ < limit, with nearly equal eigenvalues and ηλ₁ at its limits."""
    d = draw(st.integers(low, high))
    top = draw(st.sampled_from([F(1), F(1, 90), F(250)]))
    ratios = draw(st.lists(st.one_of(SHARE, st.just(NEAR)), min_size=d - 1, max_size=d - 1))
    x = draw(st.one_of(SHARE, st.just(NEAR), st.just(F(1, 10**6)))) * limit
    return (
        [top, *sorted((top * ratio for ratio in ratios), reverse=True)],
        x / top,
        draw(st.sampled_from([F(1), F(9, 7)])),
    )


# Equation (3)


def test_figure_1s_first_step_by_hand():
    """g = (2, 1), ‖g‖ = √5, w₁ = (2, 2) - (2 + 2/√5, 1 + ½/√5)/5."""
    root = math.sqrt(5)
    expected = [2 - (2 + 2 / root) / 5, 2 - (1 + 0.5 / root) / 5]
    np.testing.assert_allclose(section_3._sam(**FIGURE_1, w=np.array([2.0, 2.0])), expected, rtol=1e-15)


@given(exact_quadratics(F(2)), st.lists(st.fractions(-2, 2, max_denominator=50), min_size=12, max_size=12), SHARE)
def test_equation_3s_factor_in_exact_numbers(quadratic, w, length):
    """The step by its definition for a given ‖Λw‖, and both changes of units."""
    lam, eta, rho = quadratic
    for x, y in zip(lam, w, strict=False):
        factor = section_3.constants.next_factor(x, eta, rho, length)
        assert y - eta * x * (y + rho * x * y / length) == factor * y
        assert section_3.constants.next_factor(3 * x, eta / 3, rho, 3 * length) == factor
        assert section_3.constants.next_factor(x, eta, 7 * rho, 7 * length) == factor
        if eta * x < 1:
            gamma = eta * rho * x**2 / (1 - eta * x)
            assert (1 - eta * x) * (length - gamma) / length == factor


# Theorem 1


@given(
    exact_quadratics(F(1, 2), low=2),
    st.floats(0.01, 5),
    st.floats(-4, 4),
    st.floats(1e-4, 0.49),
    st.sampled_from([1 - 1e-12, 0.3, 1e-8]),
)
@settings(max_examples=60)
def test_theorem_1s_packaged_time_covers_theorem_3_and_the_explicit_time(quadratic, spread, logq, failure, shrink):
    lam = np.array([float(x) for x in quadratic[0]])
    theory = samlib.QuadraticSAM(lam, float(quadratic[1]), float(quadratic[2]))
    radius = 1.01 * theory.eta * theory.rho * lam[0] * (1 + spread)
    first = radius**2 * math.exp(-abs(logq) * 10)
    d = lam.size
    density = math.gamma(d / 2 + 1) / (math.pi ** (d / 2) * radius**d)
    limit = section_3._threshold(theory, radius, first, density, failure)
    own = [
        1 / math.e,
        1 / lam[0],
        lam[-1],
        theory.eta,
        failure,
        theory.rho,
        1 / theory.rho,
        1 / density,
        1 / radius,
        first,
    ]
    assert limit == min(*own, 1 / (2 * theory.rho * lam[0] ** 2), theory.eta * theory.rho * lam[-1] / 2)
    epsilon = limit * shrink
    kappa, small = lam[0] / lam[-1], theory.eta * lam[-1]
    mu = min(small, (lam[0] / lam[1]) ** 2 - 1)
    packaged = (kappa**5 / (small * mu) + d / (small**2 * mu)) * math.log(1 / epsilon) ** 3
    assert bounds.theorem_1(theory, epsilon) == pytest.approx(packaged, rel=1e-9)
    given_ = (theory, epsilon, radius, first, density, failure)
    assert bounds.theorem_3(*given_).total <= 512 * packaged
    assert bounds.explicit_time(*given_) <= 200 * packaged


def test_theorem_1s_logarithms_are_bounded_by_the_rational_numbers_in_the_certificates():
    """What Z3 is told of log 2, 4, 6, 9, ½ log π and Γ(d/2)."""
    for number, above in ((2, 0.7), (4, 1.4), (6, 1.8), (9, 2.2)):
        assert math.log(number) < above
    assert math.log(math.pi) / 2 < 0.58
    assert min(math.lgamma(d / 2) for d in range(1, 300)) > -0.13
    assert all(1.4 + math.log(y) <= 1.4 + y - 1 for y in np.geomspace(1, 1e6, 200))


@given(
    exact_quadratics(F(1, 2), low=2),
    st.floats(0.01, 5),
    st.floats(1e-4, 0.49),
    st.sampled_from([1 - 1e-12, 1e-5]),
)
@settings(max_examples=60)
def test_the_bounds_in_logarithms_are_above_the_logarithms_they_stand_for(quadratic, spread, failure, shrink):
    """_late, _growth and _odds against their words, in logarithms of a real instance."""
    lam = [float(x) for x in quadratic[0]]
    eta, rho, d = float(quadratic[1]), float(quadratic[2]), len(lam)
    radius = 1.01 * eta * rho * lam[0] * (1 + spread)
    density = math.gamma(d / 2 + 1) / (math.pi ** (d / 2) * radius**d)
    epsilon = section_3._threshold(samlib.QuadraticSAM(lam, eta, rho), radius, radius**2, density, failure) * shrink
    ell = math.log(1 / epsilon)
    logs = {"eta": math.log(eta), "rho": math.log(rho), "lam_1": math.log(lam[0]), "radius": math.log(radius)}
    late = section_3._late(**logs)
    assert late == pytest.approx(math.log(radius / (eta * rho * lam[0])), abs=1e-9)
    growth = math.log(9) + (d + 3) * math.log(6 / (eta * lam[-1])) + 3 * late
    assert growth <= _number(section_3._growth(d, lam_d=math.log(lam[-1]), **logs)) <= 30 * d * ell
    later = max(late, eta * lam[-1])
    odds = math.log(2 * lam[0] * radius * later / (failure * eta * lam[-1])) + math.log(density)
    odds += -sum(map(math.log, lam)) + d / 2 * math.log(math.pi) - math.lgamma(d / 2)
    odds += (d - 1) * math.log(4 * eta * rho * lam[0] ** 2)
    bound = section_3._odds(
        ell, d, lam_d=math.log(lam[-1]), density=math.log(density), failure=math.log(failure), **logs
    )
    assert odds <= _number(bound) <= 10 * d * ell


def _number(expression):
    """A Z3 expression without variables as a float."""
    value = z3.simplify(expression)
    return float(value.as_fraction())


# Theorem 2 and larger steps


@given(exact_quadratics(F(2), low=2))
def test_the_first_coordinate_grows_at_every_other_critical_sphere_in_exact_numbers(quadratic):
    lam, eta, rho = quadratic
    for x in lam[1:]:
        beta = eta * rho * x**2 / (2 - eta * x)
        growth = eta * rho * lam[0] ** 2 / beta - (1 - eta * lam[0])
        k = lam[0] / x
        assert growth - 1 == (k - 1) * (2 * (k + 1) - eta * lam[0]) > 0
        assert section_3._growth_at_saddle(lam[0], x, eta, rho) == growth
    top = eta * rho * lam[0] ** 2 / (2 - eta * lam[0])
    assert section_3._growth_of_first(lam[0], eta, rho, top) == 1


@given(
    st.floats(0.05, 1.9),
    st.lists(st.floats(0.3, 0.95), min_size=1, max_size=11),
    st.sampled_from([1.0, 1e-12]),
    st.integers(0, 10**6),
    st.sampled_from([1.0, 300.0, 1 / 70]),
)
@settings(max_examples=50)
def test_larger_steps_settle_on_the_bounce(x, ratios, tiny, seed, top):
    lam = top * np.array([1.0, *sorted(ratios, reverse=True)])
    eta, rho = x / top, 2.5
    a = eta * rho * lam[0] / (2 - x)
    w = np.random.default_rng(seed).normal(size=lam.size) * 30 * a
    w[0] *= tiny
    path = samlib.trajectory(samlib.SAM(eta, rho), samlib.Quadratic(lam), w, steps=3000)
    u = samlib.flip_signs(path)[-2:]
    side = np.sign(u[-1, 0]) * a * np.eye(lam.size)[0]
    assert np.linalg.norm(u - side, axis=1).max() < 1e-4 * a
    assert section_3._settles(lam, eta, rho, w) > 0


@pytest.mark.parametrize("x", [2.0, 2.05, 3.0])
def test_from_the_limit_on_nothing_settles(x):
    w = np.array([0.3, 0.4])
    path = samlib.trajectory(samlib.SAM(x, 1.0), samlib.Quadratic([1.0, 0.5]), w, steps=30)
    assert np.all(np.diff(np.abs(path[:, 0])) > 0)
    assert section_3._settles(np.array([1.0, 0.5]), 2.05, 1.0, w) < 0


def test_the_exceptional_starts_are_recognised():
    survives = section_3._first_survives
    assert not survives(**FIGURE_1, w=np.array([0.2, 0.3]))  # ‖v₀‖² = 1/25 + 9/400 = 1/16 = γ₁²
    assert not survives(**FIGURE_1, w=np.array([0.0, 1.0]))
    assert survives(**FIGURE_1, w=np.array([0.2, 0.3001]))
    # One step before: (w + ηρΛ²w/r)/(1 - ηΛ) of the trap, found from its length r by bisection in 50 digits.
    with mp.workdps(50):

        def back(r):
            return [
                mp.mpf(1) / 5 / (mp.mpf("0.8") - mp.mpf("0.2") / r),
                mp.mpf("0.3") / (mp.mpf("0.9") - mp.mpf("0.05") / r),
            ]

        def excess(r):
            first, second = back(r)
            return mp.sqrt(first**2 + (second / 2) ** 2) - r

        earlier = back(mp.findroot(excess, (mp.mpf("0.45"), mp.mpf("0.7")), solver="anderson"))
    start = np.array([float(value) for value in earlier])
    assert np.linalg.norm(section_3._sam(**FIGURE_1, w=start) - [0.2, 0.3]) < 1e-13
    v = start * [1.0, 0.5]
    assert abs(np.linalg.norm(section_3._sam(**FIGURE_1, w=start) * [1.0, 0.5]) - 0.25) < 1e-13 < np.linalg.norm(v)


# The speed


@given(exact_quadratics(F(2)))
def test_one_minus_the_rate_is_the_stated_minimum_in_exact_numbers(quadratic):
    lam, eta, _ = quadratic
    x = eta * lam[0]
    z = [y / lam[0] for y in lam[1:]]
    multipliers = [x - 1, *(x * y + y * y * (2 - x) - 1 for y in z)]
    reserve = min(x, 2 - x, *(part for y in z for part in (y * (x + y * (2 - x)), (1 - y) * (2 + 2 * y - x * y))))
    assert 1 - max(map(abs, multipliers)) == reserve > 0
    assert [section_3._multiplier(x, y) for y in z] == multipliers[1:]
    assert all(min(section_3._reserve(x, y)) >= reserve for y in z)


@pytest.mark.parametrize(
    ("x", "z", "expected"), [(0.2, 0.5, 0.8), (1.5, 0.95, 0.87625), (1.0, 0.5, 0.25), (0.05, 0.9, 0.95)]
)
def test_the_rate_is_what_a_run_shows(x, z, expected):
    """By hand: 1.5·.95 + .9025·.5 - 1 = .87625; ½ + ¼ - 1 = -¼; .05·.9 + .81·1.95 - 1 = .6245 < |1 - .05|."""
    lam = np.array([1.0, z])
    assert section_3._rate(lam, x) == pytest.approx(expected, rel=1e-12)
    a = x / (2 - x)
    u = np.array([a * (1 + 1e-3), 1e-3 * a])
    errors = []
    for _ in range(12):
        u = -section_3._sam(lam, x, 1.0, u)
        errors.append(math.hypot(u[0] - a, u[1]))
    assert errors[-1] / errors[-2] == pytest.approx(expected, rel=2e-2)


# The claims as a whole


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_of_the_section_passes(name):
    report = CLAIMS[name].check(samples=300, seed=11)
    assert report.passed, [(f.kind, f.says, f.detail) for f in report.findings if not f.passed]


@pytest.mark.parametrize("claim", ["theorem-2", "larger-steps", "asymptotic-rate"])
def test_an_amplitude_without_its_factor_is_caught(monkeypatch, claim):
    monkeypatch.setattr(section_3.constants, "amplitude", lambda lam, eta, rho: eta * rho * lam / 2)
    monkeypatch.setattr(section_3, "_PATIENCE", 300)
    assert not CLAIMS[claim].probe(samples=50).passed


@pytest.mark.parametrize("exponent", [1, 3])
def test_a_step_with_another_power_of_lambda_is_caught(monkeypatch, exponent):
    monkeypatch.setattr(
        section_3.constants, "next_factor", lambda lam, eta, rho, r: 1 - eta * lam - eta * rho * lam**exponent / r
    )
    assert not CLAIMS["eq-3"].probe(samples=100).passed


def test_the_sampled_runs_meet_the_stated_edges():
    met = {"one": 0, "below one": 0, "between": 0, "limit": 0, "tiny first": 0, "twelve": 0, "scaled": 0}
    for instance in section_3._decided(np.random.default_rng(0), 1000, 2.0):
        lam, w, x = instance["eigenvalues"], instance["w"], instance["eta"] * instance["eigenvalues"][0]
        met["one"] += abs(x - 1) < 1e-8
        met["below one"] += x < 0.5
        met["between"] += 1.1 < x < 1.9
        met["limit"] += x > 1.95
        met["tiny first"] += abs(w[0]) < 1e-9 * np.abs(w).max()
        met["twelve"] += lam.size == 12
        met["scaled"] += abs(math.log(lam[0])) > 3
    assert min(met.values()) > 30, met
