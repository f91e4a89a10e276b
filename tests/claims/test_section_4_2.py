"""Equations (5) and (6), Lemmas 6 and 7: the statements on runs of the literal step, their formulas, their errata."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from samlib import bounds, claims, constants
from samlib.claims import section_4_2
from samlib.quadratic import QuadraticSAM


def literal_step(lam, eta, rho, v):
    """v₊ = Λ(w - η∇ℓ(w + ρ∇ℓ(w)/‖∇ℓ(w)‖)) with w = v/λ, coordinate by coordinate, for ℓ = ½ Σ λᵢwᵢ²."""
    length = math.hypot(*v)
    return [x - eta * a * (a * (x / a + rho * x / length)) for a, x in zip(lam, v, strict=True)]


@st.composite
def problems(draw, below=0.5, dimensions=(1, 12)):
    """(λ, η, ρ): λ₁ and ρ away from 1, eigenvalues equal, nearly equal or far apart, ηλ₁ at its limit."""
    d = draw(st.integers(*dimensions))
    ratio = st.one_of(st.floats(0.05, 1), st.just(1.0), st.floats(-9, -1).map(lambda p: 1 - 10**p))
    ratios = [1.0, *sorted(draw(st.lists(ratio, min_size=d - 1, max_size=d - 1)), reverse=True)]
    top, rho = 10 ** draw(st.floats(-3, 3)), 10 ** draw(st.floats(-3, 3))
    x = below * draw(st.one_of(st.floats(1e-3, 0.999), st.floats(-9, -3).map(lambda p: 1 - 10**p)))
    return [top * r for r in ratios], x / top, rho


@st.composite
def directions(draw, d):
    """A unit vector: any, on an axis, or with a small first coordinate."""
    v = np.array(draw(st.lists(st.floats(-1, 1), min_size=d, max_size=d)))
    kind = draw(st.integers(0, 2))
    if kind == 0:
        v = np.eye(d)[draw(st.integers(0, d - 1))]
    elif kind == 1:
        v[0] *= 1e-9
    assume(np.linalg.norm(v) > 1e-6)
    return v / np.linalg.norm(v)


nudges = st.one_of(st.just(0.0), st.floats(-15, -3).map(lambda p: 10**p), st.floats(0, 100))


@given(st.data())
def test_eq_5_a_step_from_outside_the_ball_contracts(data):
    lam, eta, rho = data.draw(problems(below=1.0))
    eta = eta * lam[0] / (lam[0] + lam[-1])  # η(λ₁ + λ_d) < 1
    b = eta * rho * lam[0] ** 2
    v = data.draw(directions(len(lam))) * b * (1 + data.draw(nudges))
    after = math.hypot(*literal_step(lam, eta, rho, v))
    assert after <= (1 - eta * lam[-1]) * math.hypot(*v) * (1 + 1e-12)
    claim = claims.get("eq-5")
    instance = {"eigenvalues": np.array(lam), "eta": eta, "rho": rho, "v": v}
    assert claim.margin(**instance) == pytest.approx(1 - eta * lam[-1] - after / math.hypot(*v), abs=1e-12)


@pytest.mark.parametrize("excess", [Fraction(-1, 10**9), Fraction(0), Fraction(1, 10**9)])
def test_eq_5_holds_at_b_e1_exactly_when_the_steps_fit(excess):
    # In fractions: λ = (1, λ_d), η(1 + λ_d) = 1 + excess, v = b e₁ with b = η (ρ = 1); v₊ = (1 - η)b - b.
    eta = Fraction(3, 5)
    lam_d = (1 + excess) / eta - 1
    b = eta
    after = abs((1 - eta) * b - b)
    assert (after <= (1 - eta * lam_d) * b) == (excess <= 0)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_lemma_6_the_ball_is_reached_in_time_and_the_ratio_bounded(data):
    lam, eta, rho = data.draw(problems())
    b, gamma = eta * rho * lam[0] ** 2, eta * rho * lam[0] ** 2 / (1 - eta * lam[0])
    whole = data.draw(st.integers(0, 8))
    time = max(0.0, whole + data.draw(st.sampled_from([0.0, 1e-9, -1e-9, 0.3])))
    radius = b * math.exp(time * eta * lam[-1])
    v = list(data.draw(directions(len(lam))) * radius * data.draw(st.sampled_from([1.0, 1 - 1e-12, 0.7])))
    latest = math.ceil(math.log(radius / b) / (eta * lam[-1])) if radius > b else 0
    start, gap, arrival = v, gamma - b, None
    for t in range(latest + 4):
        length = math.hypot(*v)
        if t >= latest:
            assert length <= b * (1 + 1e-12)
        if length <= b * (1 + 1e-12) and arrival is None:
            arrival = t
            break
        gap = min(gap, abs(length - gamma))
        v = literal_step(lam, eta, rho, v)
    assert arrival is not None
    assert arrival <= latest
    assume(abs(start[0]) > 1e-12 * radius and gap > 1e-6 * gamma)
    before, after = (math.fsum(x * x for x in u[1:]) / u[0] ** 2 for u in (start, v))
    assume(before > 1e-200)
    assert math.log(after / before) <= 2 * latest * math.log(2 * radius / gap) + 1e-9


def test_lemma_6_is_printed_without_its_ceiling_and_fails():
    # λ = (1, ½), η = 0.4, ρ = 1, v₀ ∝ (1, 1), ‖v₀‖ = 0.41 = R̂: b = 0.4, γ₁ = 2/3, T = log(0.41/0.4)/0.2
    time = math.log(0.41 / 0.4) / 0.2
    assert 0 < time < 0.124
    first, second = 0.6 - 0.4 / 0.41, 0.8 - 0.1 / 0.41
    ratio, gap = (second / first) ** 2, 2 / 3 - 0.41
    assert ratio == pytest.approx(2.1919, abs=1e-4)
    assert (2 * 0.41 / gap) ** (2 * time) == pytest.approx(1.3322, abs=1e-4)
    assert ratio <= (2 * 0.41 / gap) ** 2
    printed = claims.get("lemma-6-printed")
    assert printed.applies(**printed.counterexample)
    # Nothing moves in 0 whole steps ≤ T, and the run is not in the ball yet.
    assert printed.margin(**printed.counterexample) == pytest.approx(time - 1)
    assert claims.get("lemma-6").margin(**printed.counterexample) >= 0


def numerical_jacobian(lam, eta, rho, v):
    """Central differences of the literal step."""
    small = 1e-6 * np.linalg.norm(v)
    columns = []
    for j in range(len(v)):
        ahead, behind = v.copy(), v.copy()
        ahead[j] += small
        behind[j] -= small
        difference = np.subtract(literal_step(lam, eta, rho, ahead), literal_step(lam, eta, rho, behind))
        columns.append(difference / (2 * small))
    return np.stack(columns, axis=1)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_eq_6_both_determinants_against_finite_differences(data):
    lam, eta, rho = data.draw(problems(below=0.9, dimensions=(1, 5)))
    gamma = eta * rho * lam[0] ** 2 / (1 - eta * lam[0])
    v = data.draw(directions(len(lam))) * gamma * (1.05 + data.draw(st.floats(0, 5)))
    r, y = float(np.linalg.norm(v)), literal_step(lam, eta, rho, v)
    g = [1 - eta * a for a in lam]
    h = [eta * rho * a * a for a in lam]
    determinant = np.linalg.det(numerical_jacobian(lam, eta, rho, v))

    slopes = [p - q / r for p, q in zip(g, h, strict=True)]
    direct = math.prod(slopes) * (1 + sum(q * x * x / (r**3 * s) for q, x, s in zip(h, v, slopes, strict=True)))
    upper = sum(z * z * q / (s * r * r * (r * p - q) ** 2) for z, q, s, p in zip(y, h, slopes, g, strict=True))
    lower = sum(z * z * p / (r * p - q) ** 3 for z, p, q in zip(y, g, h, strict=True))
    inverse = (1 - upper / lower) / math.prod(slopes)
    assert direct == pytest.approx(determinant, rel=1e-4)
    assert inverse * determinant == pytest.approx(1, rel=1e-4)
    assert section_4_2._determinant(g, h, r, v) == pytest.approx(direct, rel=1e-9)
    assert section_4_2._inverse_determinant(g, h, r, y) == pytest.approx(inverse, rel=1e-9)
    eigenvalues = np.array(lam)
    assert section_4_2._log_determinant(eigenvalues, eta, rho, v) == pytest.approx(math.log(direct), rel=1e-9, abs=1e-9)
    assert section_4_2._preimage(eigenvalues, eta, rho, np.array(y)) == pytest.approx(v, rel=1e-9, abs=1e-9 * r)


def test_eq_6_with_a_plus_is_false_in_one_dimension():
    # v₊ = gv - h sign v has the derivative g = 0.8, so ∇f⁻¹ = 1.25; the slope at v = 0.5 is 0.4, and h/(rg) = 0.5.
    assert section_4_2._inverse_determinant([0.8], [0.2], 0.5, [0.2]) == pytest.approx(1.25)
    assert section_4_2._inverse_determinant([0.8], [0.2], 0.5, [0.2], sign=1) == pytest.approx(2.5 * 1.5)
    printed = claims.get("eq-6-printed")
    assert printed.margin(**printed.counterexample) == pytest.approx(1 / 3 - 1)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_lemma_7_one_step_at_the_edges_of_the_ring(data):
    lam, eta, rho = data.draw(problems())
    gamma = eta * rho * lam[0] ** 2 / (1 - eta * lam[0])
    width = eta * lam[-1] * gamma / (2 - eta * lam[-1])
    theory = QuadraticSAM(lam, eta, rho)
    assert bounds.ring_width(theory) == pytest.approx(width, rel=1e-12)
    assert eta * rho * lam[0] ** 2 <= (gamma - width) * (1 + 1e-12)
    u = data.draw(directions(len(lam)))
    nudge = data.draw(st.sampled_from([-1, 1])) * 10 ** data.draw(st.floats(-15, -6))
    for r in ((gamma + width) * (1 + nudge), gamma * (1 + nudge), data.draw(st.floats(0.01, 1)) * (gamma + width)):
        after = math.hypot(*literal_step(lam, eta, rho, u * r))
        if r <= gamma + width:
            assert after <= (gamma - width) * (1 + 1e-12)
        else:
            slopes = [1 - eta * a - eta * rho * a * a / r for a in lam]
            assert min(slopes) >= eta * lam[-1] / 4 * (1 - 1e-9)


def test_lemma_7_the_exact_trap_is_exact():
    # λ = (1, ½), η = 1/5, ρ = 1, w₀ = (1/5, 3/10): ‖v₀‖² = 1/25 + 9/400 = 1/16 = γ₁², and v₁,₁ = 0.
    v = [Fraction(1, 5), Fraction(1, 2) * Fraction(3, 10)]
    assert sum(x * x for x in v) == Fraction(1, 4) ** 2
    eta, length = Fraction(1, 5), Fraction(1, 4)
    assert length == eta / (1 - eta)
    assert (1 - eta - eta / length) * v[0] == 0
    assert section_4_2._TRAP["starts"].tolist() == [[float(x) for x in v]]
    assert np.linalg.norm(section_4_2._TRAP["starts"]) == constants.gamma(1.0, 0.2, 1.0)


def test_lemma_7_ring_is_hit_in_proportion_to_its_width():
    rng = np.random.default_rng(5)
    lam, eta, rho = np.array([1.0, 0.5]), 0.2, 1.0
    v, nearest = 2 * rng.normal(size=(100_000, 2)) * lam, np.full(100_000, np.inf)
    inside = np.zeros(100_000)
    width = bounds.ring_width(QuadraticSAM(lam, eta, rho))
    for _ in range(40):
        distance = np.abs(np.linalg.norm(v, axis=1) - 0.25)
        nearest, inside = np.minimum(nearest, distance), inside + (distance < width)
        v = section_4_2.step(lam, eta, rho, v)
    assert inside.max() == 1  # the ring is crossed in one step
    shares = [np.mean(nearest < size) / size for size in (2e-3, 4e-3, 8e-3)]
    assert shares == pytest.approx([18.9] * 3, rel=0.06)


def test_lemma_7_volumes():
    assert section_4_2._log_ball(3, 2.0) == pytest.approx(math.log(4 / 3 * math.pi * 8))
    assert section_4_2._log_shell(2, 1.0, 2.0) == pytest.approx(math.log(3 * math.pi))


def test_lemma_7_is_printed_without_the_case_of_no_steps():
    printed = claims.get("lemma-7-zero-printed")
    case = printed.counterexample
    assert case["radius"] <= 0.4  # b = 0.4
    assert printed.check().passed
    # For one step the form is meaningful, and 1/Δ is what log_gap says.
    late = {**case, "radius": 0.45, "v": np.array([0.45, 0.0])}
    theory = QuadraticSAM([1.0, 0.5], 0.4, 1.0)
    gap = math.exp(bounds.log_gap(theory, 0.45, case["density"], case["failure"], "printed"))
    assert printed.margin(**late) == pytest.approx((2 / 3 - 0.45) / gap - 1)


def test_lemma_7_is_printed_with_a_logarithm_that_is_too_small():
    # d = 2, λ = (1, ½), η = 0.4, ρ = 1, A = 2, δ = 0.1, R̂ = b e^{0.1}: T = ½, ⌈T⌉ = 1
    radius, gamma, bottom = 0.4 * math.exp(0.1), 2 / 3, 0.2
    assert math.pi * radius**2 * 2 >= 0.9  # such a law exists; with A = 1 none would
    log_k = math.log(9 * 6**5 * radius**3 / (bottom**5 * gamma**3))
    exact = log_k + math.log(4 * math.pi * 2 * gamma * 2 / 0.1)
    printed = 0.5 * log_k + math.log(4 * math.pi * 2 * gamma * 0.1 * 2 / (0.1 * bottom))
    assert exact == pytest.approx(23.785, abs=1e-3)
    assert printed == pytest.approx(14.107, abs=1e-3)
    form = claims.get("lemma-7-ceiling-printed")
    assert form.margin(**form.counterexample) == pytest.approx(printed - exact, abs=1e-9)


MUTATIONS = [
    ("lemma-6", "steps_to_ball", lambda f: lambda theory, radius: math.floor(bounds.time_to_ball(theory, radius))),
    ("lemma-6", "steps_to_ball", lambda f: lambda theory, radius: max(0, f(theory, radius) - 1)),
    ("lemma-6", "log_ratio_growth", lambda f: lambda *args: f(*args) / 2),
    ("lemma-6", "log_ratio_growth", lambda f: lambda theory, radius, gap: f(theory, radius / 2, gap)),
    ("lemma-7", "ring_width", lambda f: lambda theory: 2 * f(theory)),
    ("lemma-7", "log_density_growth", lambda f: lambda *args: f(*args) / 2),
    ("lemma-7", "log_gap", lambda f: lambda *args: f(*args) + 40),
]


@pytest.mark.parametrize(("claim", "name", "change"), MUTATIONS)
def test_a_bound_with_one_thing_changed_fails_the_probe(monkeypatch, claim, name, change):
    assert claims.get(claim).probe(samples=300).passed
    monkeypatch.setattr(bounds, name, change(getattr(bounds, name)))
    assert not claims.get(claim).probe(samples=300).passed


@pytest.mark.parametrize(
    ("claim", "name", "change"),
    [
        ("eq-6", "gamma", lambda f: lambda lam, eta, rho: 2 * f(lam, eta, rho)),
        ("eq-6", "gamma", lambda f: lambda lam, eta, rho: f(lam, eta, rho) * (1 + eta * lam)),
        ("lemma-6", "absorbing_radius", lambda f: lambda lam, eta, rho: f(lam, eta, rho) / 2),
        ("lemma-7", "gamma", lambda f: lambda lam, eta, rho: f(lam, eta, rho) * (1 - eta * lam)),
    ],
)
def test_a_constant_with_one_thing_changed_fails_the_probe(monkeypatch, claim, name, change):
    monkeypatch.setattr(constants, name, change(getattr(constants, name)))
    assert not claims.get(claim).probe(samples=300).passed


@pytest.mark.parametrize("claim", [entry.id for entry in section_4_2.CLAIMS])
def test_everything_in_the_section_comes_out_as_it_should(claim):
    report = claims.get(claim).check(samples=200, seed=3)
    assert report.passed, [finding for finding in report.findings if not finding.passed]
