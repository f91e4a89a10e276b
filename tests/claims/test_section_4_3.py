"""Section 4.3 against literal computations: Proposition 8, Remark 9, Lemmas 10 and 11, and the Bregman gap."""

import math
from fractions import Fraction as F

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import samlib
from samlib import bounds
from samlib.claims import section_4_3

CLAIMS = {claim.id: claim for claim in section_4_3.CLAIMS}

NEAR = 1 - 1e-9
SHARE = st.fractions(F(1, 100), F(99, 100), max_denominator=100)


@st.composite
def quadratics(draw, limit, low=1, high=12):
    """(eigenvalues, eta, rho), 0 < ηλ₁ < limit: often close to the limit or to 0, eigenvalues equal or nearly so."""
    d = draw(st.integers(low, high))
    top = draw(st.sampled_from([1.0, 1 / 90, 250.0]))
    ratios = draw(
        st.lists(st.one_of(st.floats(0.05, 1), st.sampled_from([1.0, NEAR, 0.5])), min_size=d - 1, max_size=d - 1)
    )
    x = limit * draw(st.one_of(st.floats(0.001, 0.999), st.sampled_from([NEAR, 1e-6])))
    eigenvalues = top * np.array([1.0, *sorted(ratios, reverse=True)])
    return eigenvalues, x / top, draw(st.sampled_from([1.0, 1 / 300, 70.0]))


def points(d):
    numbers = st.one_of(st.floats(-2, 2), st.sampled_from([1.0, -1.0, 1e-7]))
    return st.lists(numbers, min_size=d, max_size=d).map(np.array)


# J once more, on mpmath numbers and from its sums.
def literal_potential(lam, eta, rho, u):
    square = sum((2 - eta * x) / (eta * rho) * y * y for x, y in zip(lam, u, strict=True))
    return square / 2 - mp.sqrt(sum((x * y) ** 2 for x, y in zip(lam, u, strict=True)))


def literal_next(lam, eta, rho, u):
    """-(w - η∇ℓ(w + ρ∇ℓ/‖∇ℓ‖)) at w = u."""
    v = [x * y for x, y in zip(lam, u, strict=True)]
    r = mp.sqrt(sum(y * y for y in v))
    return [-(y - eta * x * (y + rho * g / r)) for x, y, g in zip(lam, u, v, strict=True)]


def exact(quadratic, u):
    lam, eta, rho = quadratic
    return [mp.mpf(float(x)) for x in lam], mp.mpf(float(eta)), mp.mpf(float(rho)), [mp.mpf(float(y)) for y in u]


def scaled_point(quadratic, u):
    """u in units of the amplitude of the flattest bounce, so that the kink and the far field are both met."""
    lam, eta, rho = quadratic
    return u * eta * rho * lam[-1]


@given(st.data(), quadratics(2.0))
def test_proposition_8s_formulas_are_the_derivatives_of_the_literal_j(data, quadratic):
    lam, eta, rho = quadratic
    u = scaled_point(quadratic, data.draw(points(lam.size)))
    assume(np.linalg.norm(lam * u) > 1e-3 * lam[-1] * eta * rho * lam[-1])
    with mp.workdps(60):
        e_lam, e_eta, e_rho, e_u = exact(quadratic, u)
        h = mp.mpf(10) ** -18 * max(map(abs, e_u))

        def shifted(*moves):
            place = list(e_u)
            for i, step in moves:
                place[i] += step
            return literal_potential(e_lam, e_eta, e_rho, place)

        d = lam.size
        slopes = [(shifted((i, h)) - shifted((i, -h))) / (2 * h) for i in range(d)]
        i, j = data.draw(st.integers(0, d - 1)), data.draw(st.integers(0, d - 1))
        cross = shifted((i, h), (j, h)) - shifted((i, h), (j, -h)) - shifted((i, -h), (j, h))
        second = float((cross + shifted((i, -h), (j, -h))) / (4 * h * h))
    stiff = (2 - eta * lam) / (eta * rho)
    r = np.linalg.norm(lam * u)
    np.testing.assert_allclose(
        section_4_3._gradient(*quadratic, u),
        [float(x) for x in slopes],
        atol=1e-10 * np.max(stiff * abs(u) + lam**2 * abs(u) / r),
        rtol=0,
    )
    assert section_4_3._hessian(*quadratic, u)[i, j] == pytest.approx(
        second, abs=1e-9 * (stiff.max() + lam[0] ** 2 / r)
    )
    assert section_4_3._potential(*quadratic, u) == pytest.approx(
        float(literal_potential(e_lam, e_eta, e_rho, e_u)), abs=1e-12 * (stiff @ u**2 + r)
    )


@given(st.data(), quadratics(2.0))
def test_the_claims_formulas_are_those_of_the_library(data, quadratic):
    lam, eta, rho = quadratic
    u = scaled_point(quadratic, data.draw(points(lam.size)))
    assume(np.linalg.norm(lam * u) > 1e-3 * lam[-1] * eta * rho * lam[-1])
    theory = samlib.QuadraticSAM(*quadratic)
    assert float(theory.potential(u)) == pytest.approx(
        float(section_4_3._potential(*quadratic, u)), rel=1e-9, abs=1e-12
    )
    scale = np.abs(theory.potential_hessian(u)).max()
    np.testing.assert_allclose(theory.potential_gradient(u), section_4_3._gradient(*quadratic, u), atol=1e-12 * scale)
    np.testing.assert_allclose(theory.potential_hessian(u), section_4_3._hessian(*quadratic, u), atol=1e-12 * scale)


@given(st.lists(st.integers(1, 8), min_size=1, max_size=8), st.floats(0.05, 1.95), st.sampled_from([1.0, 40.0]))
def test_proposition_8s_signature_is_that_of_the_measured_hessian(levels, x, rho):
    """Eigenvalues k/8, repeated at will: the gaps are wide enough for numerical signs."""
    lam = np.array(sorted(levels, reverse=True)) / 8
    eta = x / lam[0]
    for i, unit, point in section_4_3._critical_points(lam, eta, rho, np.arange(1.0, lam.size + 1)):
        beta = [rho * eta * y * y / (2 - eta * y) for y in lam]
        np.testing.assert_allclose(point, beta[i] / lam[i] * unit, rtol=1e-12)
        hessian = section_4_3._derivative(lambda z: section_4_3._gradient(lam, eta, rho, z), point)
        values = np.linalg.eigvalsh(hessian)
        tiny = 1e-9 * np.abs(values).max()
        counts = [np.sum(values > tiny), np.sum(values < -tiny), np.sum(abs(values) <= tiny)]
        assert counts == [sum(lam < lam[i]) + 1, sum(lam > lam[i]), sum(lam == lam[i]) - 1]


@given(st.data(), quadratics(2.0))
def test_remark_9_j_is_at_least_minus_half_beta_1_in_60_digits(data, quadratic):
    lam, eta, rho = quadratic
    a = eta * rho * lam[0] / (2 - eta * lam[0])
    u = np.zeros(lam.size)
    u[0] = a
    u = u + a * data.draw(st.sampled_from([0.0, 1e-12, 1e-3, 1.0])) * data.draw(points(lam.size))
    with mp.workdps(60):
        e_lam, e_eta, e_rho, e_u = exact(quadratic, u)
        floor = -e_eta * e_rho * e_lam[0] ** 2 / (2 - e_eta * e_lam[0]) / 2
        assert literal_potential(e_lam, e_eta, e_rho, e_u) >= floor * (1 + mp.mpf(10) ** -50)
        best = [-2 * floor / e_lam[0], *[mp.mpf(0)] * (lam.size - 1)]
        assert mp.almosteq(literal_potential(e_lam, e_eta, e_rho, best), floor, rel_eps=mp.mpf(10) ** -50)


def test_remark_9s_bound_is_the_smallest_eigenvalue_at_the_second_saddle_and_e1_is_not():
    """λ = (½, ¼), η = 1/5, ρ = 1: β₁ = (1/20)/(19/10) = 1/38, β₂ = (1/80)/(39/20) = 1/156; ¼(38 - 156) = -59/2."""
    quadratic = {"eigenvalues": np.array([0.5, 0.25]), "eta": 0.2, "rho": 1.0}
    theory = samlib.QuadraticSAM(*quadratic.values())
    saddle = np.array([0.0, 1 / 156 / 0.25])
    assert np.linalg.eigvalsh(theory.potential_hessian(saddle))[0] == pytest.approx(-29.5, rel=1e-12)
    assert section_4_3._least_curvature(F(1, 2), F(1, 4), F(1, 5), F(1)) == F(-59, 2)
    assert section_4_3._printed_curvature(F(1, 2), F(1, 4), F(1, 5), F(1)) == -118
    assert CLAIMS["remark-9-printed"].margin(**quadratic) == pytest.approx(-118 + 29.5, rel=1e-9)


@given(st.data(), quadratics(6.0))
@settings(max_examples=60)
def test_lemma_10_in_60_digits_beyond_every_limit_of_the_step(data, quadratic):
    """The sum and the gap are typed here once more, in the words of the box."""
    lam, _, _ = quadratic
    u = scaled_point(quadratic, data.draw(points(lam.size)))
    assume(np.any(u != 0))
    with mp.workdps(60):
        e_lam, e_eta, e_rho, e_u = exact(quadratic, u)
        after = literal_next(e_lam, e_eta, e_rho, e_u)
        v = [x * y for x, y in zip(e_lam, e_u, strict=True)]
        v_after = [x * y for x, y in zip(e_lam, after, strict=True)]
        r, r_after = (mp.sqrt(sum(y * y for y in z)) for z in (v, v_after))
        total = mp.mpf(0)
        for x, y in zip(e_lam, e_u, strict=True):
            slope = 2 - e_eta * x
            assume(slope != 0)
            beta = e_eta * e_rho * x**2 / slope
            total += y**2 * (1 - beta / r) ** 2 * slope**2 * x / (2 * e_rho)
        gap = r_after - sum(p * q for p, q in zip(v_after, v, strict=True)) / r
        fall = literal_potential(e_lam, e_eta, e_rho, e_u) - literal_potential(e_lam, e_eta, e_rho, after)
        size = r + r_after + total + abs(fall)
        assert abs(fall - total - gap) <= mp.mpf(10) ** -45 * size
        assert gap >= -(mp.mpf(10) ** -50) * size
    decrease = samlib.QuadraticSAM(*quadratic).descent(u) if quadratic[1] * lam[0] < 2 else None
    if decrease is not None:
        assert float(decrease.quadratic) == pytest.approx(float(total), rel=1e-6, abs=1e-9 * float(size))
        assert float(decrease.bregman) == pytest.approx(float(gap), rel=1e-6, abs=1e-9 * float(size))


@pytest.mark.parametrize("change", [{"power": 1}, {"halves": 1.0}, {"halves": 4.0}, {"gap": False}])
def test_lemma_10_mutated_fails(change):
    instance = {"eigenvalues": np.array([2.0, 0.7]), "eta": 0.3, "rho": 0.8, "u": np.array([0.4, -0.9])}
    assert section_4_3._fall(**instance) > -1e-14
    assert section_4_3._fall(**instance, **change) < -1e-3


# Lemma 11


@given(quadratics(0.5), st.floats(1e-3, 3))
def test_lemma_11s_formulas_are_those_of_the_bounds(quadratic, epsilon):
    lam, eta, rho = quadratic
    theory = samlib.QuadraticSAM(*quadratic)
    beta_d = eta * rho * lam[-1] ** 2 / (2 - eta * lam[-1])
    x, beta_1, b = eta * lam[0], eta * rho * lam[0] ** 2 / (2 - eta * lam[0]), eta * rho * lam[0] ** 2
    sharp = (2 - x) * beta_1 / (x * epsilon**2 * beta_d)
    assert section_4_3._visits(lam[0], beta_d, eta, rho, epsilon) == pytest.approx(sharp, rel=1e-12)
    assert bounds.visits_beyond(theory, epsilon) == pytest.approx(sharp, rel=1e-12)
    assert section_4_3._visits(lam[0], beta_d, eta, rho, epsilon, 3) == pytest.approx(
        bounds.visits_beyond(theory, epsilon, "printed"), rel=1e-12
    )
    room = max(0.0, b * b / (2 * beta_d) - b) + beta_1 / 2
    price = section_4_3._cost(lam[0], eta, rho, epsilon)
    assert price == pytest.approx(x * (2 - x) * epsilon**2 * beta_1 / 2, rel=1e-12)
    assert section_4_3._highest(b, beta_d) + beta_1 / 2 == pytest.approx(room, rel=1e-12)
    # The first bound of the box is the paper's with a factor 2 - ηλ₁ to the better.
    assert room / price * (2 - x) == pytest.approx(bounds.visits_beyond(theory, epsilon, "potential"), rel=1e-9)
    assert room / price <= sharp * (1 + 1e-12)


@given(st.data(), quadratics(1.0))
def test_the_maximum_of_j_on_the_ball_is_the_stated_one(data, quadratic):
    lam, eta, rho = quadratic
    b, beta_d = eta * rho * lam[0] ** 2, eta * rho * lam[-1] ** 2 / (2 - eta * lam[-1])
    stated = max(0.0, b * b / (2 * beta_d) - b)
    direction = data.draw(points(lam.size))
    assume(np.linalg.norm(direction) > 1e-6)
    v = direction / np.linalg.norm(direction) * b * data.draw(st.sampled_from([1.0, 0.5, 1e-6]))
    assert section_4_3._potential(*quadratic, v / lam) <= stated + 1e-9 * (stated + b)
    corner = np.zeros(lam.size)
    corner[-1] = b / lam[-1]
    attained = max(0.0, float(section_4_3._potential(*quadratic, corner)))
    assert attained == pytest.approx(stated, rel=1e-9, abs=1e-9 * b)


@given(st.fractions(F(1, 100), F(99, 100), max_denominator=100), st.fractions(F(1, 1000), 1, max_denominator=1000))
def test_lemma_11s_price_is_paid_exactly_in_one_dimension(x, part):
    """r in (β, b], d = 1, in exact numbers: J(u) = λ²u²/(2β) - λ|u|, and r₊ = (1 - x)(γ - r)."""
    lam, rho = F(3), F(2, 7)
    eta = x / lam
    b = eta * rho * lam**2
    beta = b / (2 - x)
    r = beta + part * (b - beta)
    after = (1 - x) * (b / (1 - x) - r)
    fall = (r * r - after * after) / (2 * beta) - (r - after)
    epsilon = r / beta - 1
    assert fall == section_4_3._cost(lam, eta, rho, epsilon)


def test_lemma_11s_printed_display_fails_and_its_count_does_not():
    """λ = (1, 1/10), η = 1/10, ρ = 1 in fractions: β₁ = 1/19, β_d = (1/1000)/(199/100) = 1/1990, b = 1/10."""
    beta_1, beta_d, b, x = F(1, 19), F(1, 1990), F(1, 10), F(1, 10)
    room = max(F(0), b**2 / (2 * beta_d) - b) + beta_1 / 2
    assert room > F(3, 2) * beta_1**2 / beta_d
    assert room < 2 * beta_1**2 / beta_d
    printed = CLAIMS["lemma-11-printed"]
    assert printed.margin(**printed.counterexample) == pytest.approx(float(1 - room / (F(3, 2) * beta_1**2 / beta_d)))
    price_per_square = x * (2 - x) * beta_1 / 2
    assert room / price_per_square < 3 * beta_1 / (x * beta_d)


@given(st.data(), quadratics(1.0), st.floats(0.01, 1))
@settings(max_examples=60)
def test_lemma_11_counts_along_real_runs(data, quadratic, epsilon):
    lam, eta, rho = quadratic
    b = eta * rho * lam[0] ** 2
    direction = data.draw(points(lam.size))
    assume(np.linalg.norm(direction) > 1e-6)
    start = direction / np.linalg.norm(direction) * b * data.draw(st.floats(0.01, 1)) / lam
    path = samlib.trajectory(samlib.SAM(eta, rho), samlib.Quadratic(lam), start, steps=100)
    beta_1, beta_d = (eta * rho * y**2 / (2 - eta * y) for y in (lam[0], lam[-1]))
    visits = np.sum(np.linalg.norm(lam * path, axis=1) >= (1 + epsilon) * beta_1)
    assert visits <= (2 - eta * lam[0]) * beta_1 / (eta * epsilon**2 * lam[0] * beta_d)


# The gap as a Bregman divergence


@given(st.data(), quadratics(3.0))
@settings(max_examples=50)
def test_the_gap_is_the_height_above_the_tangent_plane_in_60_digits(data, quadratic):
    """The plane is measured: slopes of ‖Λ·‖ by central differences with a step of 1e-20."""
    lam, _, _ = quadratic
    u, other = (scaled_point(quadratic, data.draw(points(lam.size))) for _ in range(2))
    assume(np.linalg.norm(lam * u) > 1e-3 * lam[-1] * quadratic[1] * quadratic[2] * lam[-1])
    with mp.workdps(60):
        e_lam, _, _, e_u = exact(quadratic, u)
        e_other = [mp.mpf(float(y)) for y in other]
        h = mp.mpf(10) ** -20 * max(map(abs, e_u))

        def phi(point):
            return mp.sqrt(sum((x * y) ** 2 for x, y in zip(e_lam, point, strict=True)))

        def slope(i):
            ends = [[y + side * h * (j == i) for j, y in enumerate(e_u)] for side in (1, -1)]
            return (phi(ends[0]) - phi(ends[1])) / (2 * h)

        plane = phi(e_u) + sum(slope(i) * (y - x) for i, (x, y) in enumerate(zip(e_u, e_other, strict=True)))
        inner = sum(x**2 * p * q for x, p, q in zip(e_lam, e_u, e_other, strict=True))
        formula = phi(e_other) - inner / phi(e_u)
        size = phi(e_u) + phi(e_other)
        assert abs(phi(e_other) - plane - formula) < mp.mpf(10) ** -30 * size
        assert formula >= -(mp.mpf(10) ** -50) * size
    measured = section_4_3._height(lambda z: section_4_3._length(lam * z)[..., 0], other, u)
    assert measured == pytest.approx(float(formula), abs=1e-12 * float(size))


@given(st.lists(st.fractions(-2, 2, max_denominator=20), min_size=9, max_size=9), SHARE)
def test_the_descent_of_a_difference_in_exact_numbers(numbers, tau):
    """f = q - φ with the convex φ(x, y) = x² + |y|, off the kink; the divergence by its definition."""
    a, b, c, x, y = numbers[:5]
    assume(y != 0)
    sign = 1 if y > 0 else -1
    slopes = (a * x + b * y - 2 * x, b * x + c * y - sign)
    after = (x - tau * slopes[0], y - tau * slopes[1])
    dx, dy = after[0] - x, after[1] - y

    def f(x, y):
        return (a * x * x + 2 * b * x * y + c * y * y) / 2 - x * x - abs(y)

    divergence = dx * dx + abs(after[1]) - abs(y) - sign * dy
    square = 2 / tau * (dx * dx + dy * dy) - (a * dx * dx + 2 * b * dx * dy + c * dy * dy)
    assert f(*after) - f(x, y) == -square / 2 - divergence


@pytest.mark.parametrize("change", [{"swapped": True}, {"twice": 1.0}, {"twice": 4.0}, {"bend": -1.0}], ids=str)
def test_a_changed_divergence_fails(change):
    instance = {
        "eigenvalues": np.array([2.0, 0.7]),
        "u": np.array([0.4, -0.9]),
        "other": np.array([-0.2, 0.5]),
        "stiffness": np.array([[3.0, 1.0], [1.0, -2.0]]),
        "tau": 0.3,
    }
    assert section_4_3._bregman_margin(**instance) > -1e-14
    assert section_4_3._bregman_margin(**instance, **change) < -1e-3


def test_a_length_with_another_power_of_lambda_is_caught(monkeypatch):
    claim = CLAIMS["bregman-gap"]
    monkeypatch.setattr(section_4_3, "_length", lambda v: np.sqrt(np.sqrt(np.sum(v * v, axis=-1, keepdims=True))))
    assert not claim.probe(samples=50).passed


# The claims as a whole


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_of_the_section_passes(name):
    report = CLAIMS[name].check(samples=300, seed=11)
    assert report.passed, [(f.kind, f.says, f.detail) for f in report.findings if not f.passed]


@pytest.mark.parametrize("name", ["gamma", "absorbing_radius"])
@pytest.mark.parametrize("claim", ["prop-8", "remark-9", "lemma-11"])
def test_a_beta_that_is_another_constant_is_caught(monkeypatch, name, claim):
    wrong = getattr(section_4_3.constants, name)
    monkeypatch.setattr(section_4_3.constants, "beta", lambda lam, eta, rho: wrong(lam, eta, rho))
    with np.errstate(all="ignore"):
        assert not CLAIMS[claim].probe(samples=200).passed


def test_the_stated_edges_are_met_by_the_samples():
    """ηλ₁ next to 2, a repeated top eigenvalue, d = 12, points within 1e-6 of a critical length."""
    rng = np.random.default_rng(0)
    met = {"limit": 0, "repeated": 0, "twelve": 0, "critical": 0}
    for instance in section_4_3._points(rng, 2000):
        lam, eta, rho = instance["eigenvalues"], instance["eta"], instance["rho"]
        r = np.linalg.norm(lam * instance["u"])
        met["limit"] += eta * lam[0] > 2 - 1e-6
        met["repeated"] += lam.size > 1 and lam[0] == lam[1]
        met["twelve"] += lam.size == 12
        met["critical"] += bool(np.any(np.abs(r / (eta * rho * lam**2 / (2 - eta * lam)) - 1) < 1e-6))
    assert min(met.values()) > 20, met


def test_lemma_11_is_probed_at_lengths_on_its_threshold():
    on_it = 0
    for instance in section_4_3._lemma_11_instances(np.random.default_rng(1), 500):
        lam, eta, rho = instance["eigenvalues"], instance["eta"], instance["rho"]
        beta_1 = eta * rho * lam[0] ** 2 / (2 - eta * lam[0])
        on_it += math.isclose(np.linalg.norm(instance["v"]), (1 + instance["epsilon"]) * beta_1, rel_tol=1e-9)
    assert on_it > 50
