"""Lemmas 4 and 5 in exact arithmetic, and the claims about them against literal computations."""

import math
from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from samlib.claims import section_4_1
from samlib.claims._claim import Certificate

CLAIMS = {claim.id: claim for claim in section_4_1.CLAIMS}

# Exact instances. A point of the sphere with rational coordinates is the stereographic image of a rational point, so
# that a length can be prescribed to the last digit, a threshold included.

HAIRS = [F(0), F(1, 10**40), F(-1, 10**40), F(1, 10**6), F(-1, 10**6), F(1, 2), F(-1, 2), F(9)]
SHARE = st.fractions(F(1, 200), 1, max_denominator=200)
RADIUS = st.sampled_from([F(1), F(1, 300), F(70)])


@st.composite
def quadratics(draw, limit, low=1, high=12):
    """(eigenvalues, eta, rho) with 0 < ηλ₁ < limit; often a hair below it, with equal or nearly equal eigenvalues."""
    d = draw(st.integers(low, high))
    top = draw(st.sampled_from([F(1), F(1, 90), F(250)]))
    near = F(10**12 - 1, 10**12)
    ratios = draw(st.lists(st.one_of(SHARE, st.sampled_from([F(1), near, F(1, 2)])), min_size=d - 1, max_size=d - 1))
    x = draw(st.one_of(SHARE.map(lambda s: s * limit), st.sampled_from([near * limit, F(1, 10**9) * limit])))
    assume(x < limit)
    eigenvalues = [top, *sorted((top * ratio for ratio in ratios), reverse=True)]
    return eigenvalues, x / top, draw(RADIUS)


@st.composite
def unit_vectors(draw, d):
    """Exact unit vectors of R^d: no zeros but where an axis is drawn."""
    if d == 1:
        return [F(draw(st.sampled_from([-1, 1])))]
    q = draw(st.lists(st.sampled_from([F(1, 3), F(-1, 2), F(1), F(-2), F(1, 10**9)]), min_size=d - 1, max_size=d - 1))
    square = sum(value * value for value in q)
    return [(square - 1) / (square + 1), *(2 * value / (square + 1) for value in q)]


def literal_step(eigenvalues, eta, rho, v, length):
    return [own - eta * lam * (own + rho * lam * own / length) for lam, own in zip(eigenvalues, v, strict=True)]


# The constants once more, from their definitions by weights.
def gamma(lam, eta, rho):
    return rho * (eta * lam) * lam / (1 - eta * lam)


def beta(lam, eta, rho):
    return rho * lam * (eta * lam) / (2 - eta * lam)


def alpha(top, lam, eta, rho):
    weights = 2 - eta * top - eta * lam
    return (top**2 + lam**2) * (eta * rho) / weights


@given(
    *[st.fractions(F(1, 1000), 1000, max_denominator=1000)] * 2,
    SHARE,
    st.sampled_from([F(0), F(1, 3), F(999, 1000), F(1)]),
    st.sampled_from(HAIRS),
)
def test_lemma_4_in_exact_arithmetic_with_a_alpha_equal_to_b_beta_included(b, large, share, part, hair):
    a, large_level = b * share * F(999, 1000), large
    low_level = part * a * large_level / b
    y = (a * large_level + b * low_level) / (a + b) * (1 + hair)
    assert (a**2 * (y - large_level) ** 2 > b**2 * (y - low_level) ** 2) == (hair < 0)


@given(st.data(), quadratics(F(2)))
def test_lemma_5_1_resting_vectors_are_those_of_length_beta_in_one_eigenspace(data, quadratic):
    lam, eta, rho = quadratic
    chosen = data.draw(st.sampled_from(lam))
    own = [i for i, value in enumerate(lam) if value == chosen]
    length = beta(chosen, eta, rho)
    v = [F(0)] * len(lam)
    for i, cosine in zip(own, data.draw(unit_vectors(len(own))), strict=True):
        v[i] = length * cosine
    assert [value**2 for value in literal_step(lam, eta, rho, v, length)] == [value**2 for value in v]
    direction = data.draw(unit_vectors(len(lam)))
    other = [length * cosine for cosine in direction]
    rests = [value**2 for value in literal_step(lam, eta, rho, other, length)] == [value**2 for value in other]
    assert rests == all(lam[i] == chosen for i, value in enumerate(other) if value != 0)


@given(st.data(), quadratics(F(2)), st.sampled_from(HAIRS))
def test_lemma_5_2_in_exact_arithmetic_a_hair_to_each_side_of_every_beta(data, quadratic, hair):
    lam, eta, rho = quadratic
    i = data.draw(st.integers(0, len(lam) - 1))
    length = beta(lam[i], eta, rho) * (1 + hair)
    v = [length * cosine for cosine in data.draw(unit_vectors(len(lam)))]
    assume(v[i] != 0)
    assert (literal_step(lam, eta, rho, v, length)[i] ** 2 < v[i] ** 2) == (hair > 0)


@given(st.data(), quadratics(F(2), low=2), st.sampled_from(HAIRS))
def test_lemma_5_3_in_exact_arithmetic_a_hair_to_each_side_of_every_alpha(data, quadratic, hair):
    lam, eta, rho = quadratic
    i = data.draw(st.integers(1, len(lam) - 1))
    assume(lam[i] < lam[0] and eta * (lam[0] + lam[i]) < 2)
    length = alpha(lam[0], lam[i], eta, rho) * (1 + hair)
    v = [length * cosine for cosine in data.draw(unit_vectors(len(lam)))]
    assume(v[0] != 0 and v[i] != 0)
    after = literal_step(lam, eta, rho, v, length)
    assert ((after[0] / v[0]) ** 2 > (after[i] / v[i]) ** 2) == (hair < 0)


@given(quadratics(F(1)), st.booleans())
def test_lemma_5_4_in_exact_arithmetic_with_its_strict_links(quadratic, flat):
    lam, eta, rho = quadratic
    if flat and len(lam) > 1:
        lam = [*lam[:-1], F(0)]
    x, b = eta * lam[0], rho * (eta * lam[0]) * lam[0]
    betas = [beta(value, eta, rho) for value in lam]
    alphas = [alpha(lam[0], value, eta, rho) for value in lam]
    chain = [*reversed(betas), *reversed(alphas)]
    assert chain == sorted(chain)
    assert alphas[0] == gamma(lam[0], eta, rho)
    assert (betas[0] == alphas[-1]) == (lam[-1] == 0)
    assert betas[0] < b < 2 * betas[0]
    assert b < alphas[0]
    assert (2 * b > alphas[0]) == (2 * x < 1)


@given(st.data(), quadratics(F(1)), st.sampled_from([F(1), F(1, 2), F(1, 10**9), 1 - F(1, 10**12)]), st.booleans())
def test_lemma_5_5_in_exact_arithmetic_up_to_a_step_of_exactly_one(data, quadratic, share, largest):
    lam, eta, rho = quadratic
    eta = 1 / lam[0] if largest else eta
    b = rho * (eta * lam[0]) * lam[0]
    v = [b * share * cosine for cosine in data.draw(unit_vectors(len(lam)))]
    assert sum(value**2 for value in literal_step(lam, eta, rho, v, b * share)) <= b**2


@given(st.fractions(F(1001, 1000), F(1999, 1000), max_denominator=1000), RADIUS, SHARE)
def test_lemma_5_5_fails_at_every_point_of_the_first_axis_for_every_longer_step(x, rho, share):
    b = rho * x
    (after,) = literal_step([F(1)], x, rho, [b * share], b * share)
    assert abs(after) > b


# The claims


@pytest.mark.parametrize("claim", section_4_1.CLAIMS, ids=lambda claim: claim.id)
@pytest.mark.parametrize("seed", [0, 7])
def test_the_evidence_of_each_claim_is_complete(claim, seed):
    report = claim.check(samples=400, seed=seed)
    assert [finding.says + ": " + finding.detail for finding in report.findings if not finding.passed] == []
    assert report.worst_margin > -1e-12


def test_the_section_has_lemma_4_and_the_five_parts_of_lemma_5_on_one_page():
    assert list(CLAIMS) == ["lemma-4", *(f"lemma-5-{part}" for part in range(1, 6))]
    assert {claim.chapter for claim in section_4_1.CLAIMS} == {"04-proof/1-properties"}
    assert {claim.section for claim in section_4_1.CLAIMS} == {"4.1"}
    assert {name: CLAIMS[name].depends_on for name in CLAIMS} == {
        "lemma-4": (),
        "lemma-5-1": ("eq-3", "lemma-5-4"),
        "lemma-5-2": ("eq-3",),
        "lemma-5-3": ("eq-3", "lemma-4"),
        "lemma-5-4": (),
        "lemma-5-5": ("eq-3",),
    }


def test_each_hypothesis_is_refuted_or_said_to_be_superfluous():
    without = {
        (claim.id, hypothesis.says)
        for claim in section_4_1.CLAIMS
        for hypothesis in claim.hypotheses
        if hypothesis.says not in {refutation.without for refutation in claim.refutations}
    }
    # α > β ≥ 0 is superfluous (a certificate does without); SAM is undefined at v = 0; and in Lemmas 5.2 and 5.3 the
    # standing order of the eigenvalues only says what their names mean.
    assert without == {
        ("lemma-4", r"$\alpha>\beta\ge0$"),
        ("lemma-5-1", r"$v\ne0$"),
        ("lemma-5-2", section_4_1.ORDERED.says),
        ("lemma-5-3", section_4_1.ORDERED.says),
        ("lemma-5-5", r"$v\ne0$"),
    }


# Margins at hand-made instances: each is recomputed with exact numbers, from the words of the statement.

PLANE = {"eigenvalues": np.array([2.0, 1.0]), "eta": 0.125, "rho": 3.0}
LAM, ETA, RHO = [F(2), F(1)], F(1, 8), F(3)
# 5.2 and 5.3 in the direction (3, 4)/5 at several lengths
LENGTHS = [F(1, 10), F(11, 50), F(1, 2), F(9, 10), F(23, 10), F(5, 2), F(4), F(30)]


def along(length):
    v = [length * F(3, 5), length * F(4, 5)]
    return v, literal_step(LAM, ETA, RHO, v, length), np.array([float(value) for value in v])


def signed_nearer(left, right):
    nearer = min(abs(left), abs(right))
    return nearer if (left > 0) == (right > 0) else -nearer


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("i", [0, 1])
def test_margin_of_lemma_5_2(length, i):
    v, after, floats = along(length)
    left = 1 - (after[i] / v[i]) ** 2
    right = (length - beta(LAM[i], ETA, RHO)) / (length + beta(LAM[i], ETA, RHO))
    margin = CLAIMS["lemma-5-2"].margin(**PLANE, v=floats, i=i)
    assert margin == pytest.approx(float(signed_nearer(left, right)), abs=1e-12)
    assert margin > 0


@pytest.mark.parametrize("length", LENGTHS)
def test_margin_of_lemma_5_3(length):
    v, after, floats = along(length)
    gains = [(new / old) ** 2 for new, old in zip(after, v, strict=True)]
    threshold = alpha(*LAM, ETA, RHO)
    left, right = (gains[0] - gains[1]) / (gains[0] + gains[1]), (threshold - length) / (threshold + length)
    right *= 1 - ETA * sum(LAM) / 2
    margin = CLAIMS["lemma-5-3"].margin(**PLANE, v=floats, i=1)
    assert margin == pytest.approx(float(signed_nearer(left, right)), abs=1e-12)
    assert margin > 0


@pytest.mark.parametrize("length", LENGTHS)
def test_margin_of_lemma_5_5(length):
    _, after, floats = along(length)
    b = RHO * ETA * LAM[0] ** 2
    outside = math.sqrt(sum(value**2 for value in after)) / float(b)
    assert CLAIMS["lemma-5-5"].margin(**PLANE, v=floats) == pytest.approx(1 - outside, abs=1e-12)
    assert CLAIMS["lemma-5-5"].applies(**PLANE, v=floats) == (length <= b)


@pytest.mark.parametrize(("y", "expected"), [(F(1), True), (F(17, 10), True), (F(19, 10), False), (F(8), False)])
def test_margin_of_lemma_4(y, expected):
    a, b, large, low = F(1), F(3), F(6), F(1, 2)  # the parabolas cross at (6 + 3/2)/4 = 15/8
    size = b * (y + large)
    left = (a**2 * (y - large) ** 2 - b**2 * (y - low) ** 2) / size**2
    right = (a * large + b * low - (a + b) * y) / size
    assert (left > 0) == (right > 0) == expected
    margin = CLAIMS["lemma-4"].margin(y=float(y), a=1.0, b=3.0, alpha=6.0, beta=0.5)
    assert margin == pytest.approx(float(signed_nearer(left, right)), abs=1e-13)


@pytest.mark.parametrize(
    ("v", "rests"),
    [
        ([2 / 7, 0, 0], True),  # λ₁ = 1, η = ¼, ρ = 2: β₁ = ½/(7/4) = 2/7
        ([-2 / 7, 0, 0], True),
        ([0, 0.125 / 1.875 * 0.6, 0.125 / 1.875 * -0.8], True),  # λ₂ = λ₃ = ½: β₂ = ⅛/(15/8), a circle
        ([0, 0.125 / 1.875, 0], True),
        ([0.2, 0, 0], False),
        ([0, 0.125 / 1.875 * 0.6, 0.125 / 1.875 * 0.7], False),
        ([2 / 7 * 0.6, 2 / 7 * 0.8, 0], False),
        ([2 / 7 * 0.6, 0.125 / 1.875 * 0.8, 0], False),
    ],
)
def test_margin_of_lemma_5_1_tells_rest_from_motion(v, rests):
    lam, v = np.array([1.0, 0.5, 0.5]), np.array(v, dtype=float)
    after = np.array(literal_step(lam, 0.25, 2.0, v, np.linalg.norm(v)))
    margin = CLAIMS["lemma-5-1"].margin(eigenvalues=lam, eta=0.25, rho=2.0, v=v)
    moving = v != 0
    moved = np.abs((after[moving] / v[moving]) ** 2 - 1).max()
    assert margin == pytest.approx(-moved if rests else moved, abs=1e-12)
    assert (moved < 1e-12) == rests
    away = section_4_1._away(lam, 0.25, 2.0, v)
    assert (away < 1e-12) == rests


def test_the_distance_to_rest_is_measured_to_the_nearest_eigenspace():
    """λ = (1, ½), η = ¼, ρ = 2, v = (1, 0): relative distance of 1 from β₁² = 4/49."""
    lam = np.array([1.0, 0.5])
    away = section_4_1._away(lam, 0.25, 2.0, np.array([1.0, 0.0]))
    assert away == pytest.approx((1 - 4 / 49) / (1 + 4 / 49))
    assert section_4_1._away(lam, 0.25, 2.0, np.array([1e-9, 0.125 / 1.875])) == 1


def test_a_vector_that_rests_outside_the_set_and_one_that_moves_inside_it_fail_lemma_5_1():
    """With λ₂ = 0 the second axis rests though β₂ = 0; at ηλ₁ = 3 the point of length |β₁| = 3 moves to -9."""
    margin = CLAIMS["lemma-5-1"].margin
    assert margin(eigenvalues=np.array([1.0, 0.0]), eta=0.2, rho=1.0, v=np.array([0.0, 1.0])) == -1
    assert margin(eigenvalues=np.array([1.0]), eta=3.0, rho=1.0, v=np.array([3.0])) == pytest.approx(1 - 9)


@pytest.mark.parametrize(
    ("lam", "eta", "links"),
    [
        # ρ = 1: β = 1/9, 1/38, α = 1/4, 5/34, γ₁ = 1/4, b = 1/5
        (
            [1.0, 0.5],
            0.2,
            {
                "chain": 1 - F(34, 45),
                "α₁ = γ₁": 0,
                "β₁ < b": 1 - F(5, 9),
                "b < γ₁": F(5, 4) - 1,
                "b < 2β₁": F(10, 9) - 1,
                "γ₁ < 2b": F(4, 5) - F(1, 2),
                "β₁ < α_d": (F(5, 34) - F(1, 9)) * 5,
            },
        ),
        # ηλ₁ = 3/4 > ½: β = 12/5, 0, α = 12, 12/5, γ₁ = 12, b = 3
        (
            [4.0, 0.0],
            0.1875,
            {
                "chain": 0,
                "α₁ = γ₁": 0,
                "β₁ < b": F(1, 5),
                "b < γ₁": F(12, 3) - 1,
                "b < 2β₁": F(3, 5),
                "γ₁ < 2b": F(1, 4),
                "β₁ < α_d": 0,
            },
        ),
        # one eigenvalue: β₁ = 1/9, α₁ = γ₁ = 1/4
        ([1.0], 0.2, {"chain": 1 - F(4, 9), "β₁ < α_d": (F(1, 4) - F(1, 9)) * 5}),
        # past ηλ₁ = 1 the links break, the strict ones with a clear failure: b = 6/5, β₁ = 3/2, α₁ = γ₁ = -6
        ([1.0], 1.2, {"chain": F(-6 - 3 / 2) / 6, "β₁ < b": -1, "b < γ₁": -1, "β₁ < α_d": -1}),
    ],
)
def test_margins_of_the_links_of_lemma_5_4(lam, eta, links):
    found = section_4_1._lemma_5_4_links(np.array(lam), eta, 1.0)
    for name, expected in links.items():
        assert found[name] == pytest.approx(float(expected), abs=1e-14), name
    assert CLAIMS["lemma-5-4"].margin(eigenvalues=np.array(lam), eta=eta, rho=1.0) == min(found.values())


# Hypotheses at their limits

QUADRATIC = {"eigenvalues": np.array([2.0, 1.0]), "eta": 0.25, "rho": 3.0}


@pytest.mark.parametrize(
    ("claim", "says", "instance", "holds"),
    [
        ("lemma-4", "$y>0$", {"y": 0.0}, False),
        ("lemma-4", "$y>0$", {"y": 1e-9}, True),
        ("lemma-4", "$0<a<b$", {"a": 1.0, "b": 1.0}, False),
        ("lemma-4", "$0<a<b$", {"a": 0.0, "b": 1.0}, False),
        ("lemma-4", "$0<a<b$", {"a": 0.5, "b": 1.0}, True),
        ("lemma-4", r"$\alpha>\beta\ge0$", {"alpha": 1.0, "beta": 1.0}, False),
        ("lemma-4", r"$\alpha>\beta\ge0$", {"alpha": 1.0, "beta": 0.0}, True),
        ("lemma-4", r"$\alpha>\beta\ge0$", {"alpha": 1.0, "beta": -0.1}, False),
        ("lemma-4", r"$a\alpha\ge b\beta$", {"a": 1.0, "alpha": 1.0, "b": 2.0, "beta": 0.5}, True),
        ("lemma-4", r"$a\alpha\ge b\beta$", {"a": 1.0, "alpha": 1.0, "b": 2.0, "beta": 0.51}, False),
        ("lemma-5-4", section_4_1.ORDERED.says, QUADRATIC, True),
        ("lemma-5-4", section_4_1.ORDERED.says, {**QUADRATIC, "eigenvalues": np.array([2.0, 2.0, 0.0])}, True),
        ("lemma-5-4", section_4_1.ORDERED.says, {"eigenvalues": np.array([0.1]), "eta": 0.1, "rho": 0.1}, True),
        ("lemma-5-4", section_4_1.ORDERED.says, {**QUADRATIC, "eigenvalues": np.array([2.0, 2.1])}, False),
        ("lemma-5-4", section_4_1.ORDERED.says, {**QUADRATIC, "eigenvalues": np.array([2.0, -0.1])}, False),
        ("lemma-5-4", section_4_1.ORDERED.says, {**QUADRATIC, "eigenvalues": np.array([0.0, 0.0])}, False),
        ("lemma-5-4", section_4_1.ORDERED.says, {**QUADRATIC, "eta": 0.0}, False),
        ("lemma-5-4", section_4_1.ORDERED.says, {**QUADRATIC, "rho": 0.0}, False),
        ("lemma-5-2", r"$\lambda_i>0$", {**QUADRATIC, "i": 1}, True),
        ("lemma-5-2", r"$\lambda_i>0$", {"eigenvalues": np.array([2.0, 0.0]), "i": 1}, False),
        ("lemma-5-2", r"$\eta\lambda_i<2$", {**QUADRATIC, "eta": 1.0, "i": 0}, False),
        ("lemma-5-2", r"$\eta\lambda_i<2$", {**QUADRATIC, "eta": 1.0, "i": 1}, True),
        ("lemma-5-2", r"$v_{t,i}\ne0$", {"v": np.array([1.0, 0.0]), "i": 0}, True),
        ("lemma-5-2", r"$v_{t,i}\ne0$", {"v": np.array([1.0, 0.0]), "i": 1}, False),
        ("lemma-5-2", r"$v_{t,i}\ne0$", {"v": np.array([-1.0, 0.0]), "i": 0}, True),
        ("lemma-5-3", r"$\lambda_1>\lambda_i$", {**QUADRATIC, "i": 1}, True),
        ("lemma-5-3", r"$\lambda_1>\lambda_i$", {"eigenvalues": np.array([2.0, 2.0]), "i": 1}, False),
        ("lemma-5-3", r"$\eta(\lambda_1+\lambda_i)<2$", {**QUADRATIC, "eta": 0.6, "i": 1}, True),
        ("lemma-5-3", r"$\eta(\lambda_1+\lambda_i)<2$", {**QUADRATIC, "eta": 2 / 3, "i": 1}, False),
        ("lemma-5-3", r"$v_{t,1}\ne0$, $v_{t,i}\ne0$", {"v": np.array([-1.0, -1.0]), "i": 1}, True),
        ("lemma-5-3", r"$v_{t,1}\ne0$, $v_{t,i}\ne0$", {"v": np.array([0.0, 1.0]), "i": 1}, False),
        ("lemma-5-3", r"$v_{t,1}\ne0$, $v_{t,i}\ne0$", {"v": np.array([1.0, 0.0]), "i": 1}, False),
        ("lemma-5-5", r"$\eta\lambda_1\le1$", {**QUADRATIC, "eta": 0.5}, True),
        ("lemma-5-5", r"$\eta\lambda_1\le1$", {**QUADRATIC, "eta": 0.51}, False),
        ("lemma-5-5", r"$\norm{v_t}\le b$", {**QUADRATIC, "v": np.array([3.0, 0.0])}, True),
        ("lemma-5-5", r"$\norm{v_t}\le b$", {**QUADRATIC, "v": np.array([3.0, 0.1])}, False),
    ],
)
def test_hypotheses_at_their_limits(claim, says, instance, holds):
    (hypothesis,) = (h for h in CLAIMS[claim].hypotheses if h.says == says)
    assert hypothesis.holds(**instance) is holds


def test_which_step_sizes_the_claims_cover():
    """Lemma 5.1 up to 2/λ₁, 5.4 up to 1/λ₁, and both not beyond."""
    lam, rho, v = np.array([2.0, 1.0]), 1.0, np.array([1.0, 1.0])
    for name, limit in (("lemma-5-1", 1.0), ("lemma-5-4", 0.5)):
        below, at = ({"eigenvalues": lam, "eta": limit * share, "rho": rho, "v": v} for share in (0.999, 1.0))
        assert CLAIMS[name].applies(**below)
        assert not CLAIMS[name].applies(**at)


# Certificates: what each of them assumes and concludes, at points chosen by hand. A certificate with a stronger
# hypothesis or a weaker conclusion would still be proved, and would say less than the page claims.


def true(condition):
    return condition if isinstance(condition, bool) else z3.is_true(z3.simplify(condition))


def rationals(values):
    return {name: z3.RealVal(str(F(value))) for name, value in values.items()}


def at(names, *values):
    return dict(zip(names.split(), values, strict=True))


FOUR = "y a b alpha beta"
ONE = "lam eta rho r"
TWO = "l1 lam eta rho r"
FLAT = "l1 l2 eta rho v1 v2 r"

# claim, number of the certificate: points it must cover; points outside, one for each hypothesis; points at which its
# conclusion is false
STRENGTH = {
    ("lemma-4", 0): (
        [at(FOUR, "1/9", 1, 2, 2, 1), at(FOUR, 100, 1, "1001/1000", 2, 0)],
        [at(FOUR, 0, 1, 2, 2, 1), at(FOUR, 1, 0, 2, 2, 0), at(FOUR, 1, 1, 1, 2, 1), at(FOUR, 1, 1, 2, 2, -1)]
        + [at(FOUR, 1, 2, 3, 1, 1), at(FOUR, 1, 1, 2, 2, "11/10")],
        [at(FOUR, "1/10", 1, 2, "3/2", 1), at(FOUR, 3, 2, 1, 1, "1/2"), at(FOUR, 2, -2, 1, 1, "1/2")],
    ),
    ("lemma-4", 1): (
        [at(FOUR, "1/9", 1, 2, 2, 1), at(FOUR, 1, 1, 2, 0, 0), at(FOUR, 1, "-1/2", 1, 1, -2), at(FOUR, 2, 0, 1, 1, 0)],
        [at(FOUR, 0, 1, 2, 2, 1), at(FOUR, 1, -1, 1, 1, -2), at(FOUR, 1, 1, 1, 2, 1), at(FOUR, 1, 1, 2, 2, "11/10")],
        [at(FOUR, "1/10", 1, 2, "3/2", 1), at(FOUR, 3, 2, 1, 1, "1/2"), at(FOUR, 2, -2, 1, 0, -1)],
    ),
    ("lemma-5-1", 0): (
        [at(ONE + " own", 1, "199/100", 1, 199, 3), at(ONE + " own", 1, 1, 1, 1, 0)],
        [at(ONE + " own", 0, 1, 1, 1, 1), at(ONE + " own", 1, 2, 1, 1, 1), at(ONE + " own", 1, 0, 1, 1, 1)]
        + [at(ONE + " own", 1, 1, 0, 1, 1), at(ONE + " own", 1, 1, 1, 0, 1)],
        # rests without being there, and is there without resting (ηλ = 3, r = |β| = 3 has β = -3: not there)
        [at(ONE + " own", 0, 1, 1, 1, 1)],
    ),
    ("lemma-5-1", 1): (
        [at(FLAT, 1, "1/2", "199/100", 1, 3, 4, 5), at(FLAT, 1, "1/2", 1, 1, 0, 1, 1)],
        [at(FLAT, 1, 1, 1, 1, 3, 4, 5), at(FLAT, 1, 0, 1, 1, 3, 4, 5), at(FLAT, 1, "1/2", 2, 1, 3, 4, 5)]
        + [at(FLAT, 1, "1/2", 1, 1, 3, 4, 6), at(FLAT, 1, "1/2", 1, 1, 3, 4, -5), at(FLAT, 1, "1/2", 0, 1, 3, 4, 5)]
        + [at(FLAT, 1, "1/2", 1, 0, 3, 4, 5)],
        [at(FLAT, 1, 0, "1/5", 1, 0, 1, 1), at(FLAT, 1, 1, 1, 1, "3/5", "4/5", 1), at(FLAT, 1, "1/2", 3, 1, 3, 0, 3)],
    ),
    ("lemma-5-1", 2): (
        [at("lam eta rho v1 v2 r", 1, "199/100", 1, 3, 4, 5)],
        [at("lam eta rho v1 v2 r", 0, 1, 1, 3, 4, 5), at("lam eta rho v1 v2 r", 1, 2, 1, 3, 4, 5)]
        + [at("lam eta rho v1 v2 r", 1, 1, 1, 3, 4, 6), at("lam eta rho v1 v2 r", 1, 1, 1, 3, 4, -5)]
        + [at("lam eta rho v1 v2 r", 1, 0, 1, 3, 4, 5), at("lam eta rho v1 v2 r", 1, 1, 0, 3, 4, 5)],
        [at("lam eta rho v1 v2 r", 1, 3, 1, 3, 0, 3)],
    ),
    ("lemma-5-2", 0): (
        [at(ONE, 1, "199/100", 1, 5), at(ONE, 9, "1/100", 7, 5)],
        [at(ONE, 0, 1, 1, 1), at(ONE, 1, 2, 1, 1), at(ONE, 1, 0, 1, 1), at(ONE, 1, 1, 0, 1), at(ONE, 1, 1, 1, 0)],
        [at(ONE, 1, 3, 1, 1), at(ONE, 0, 1, 1, 1)],
    ),
    ("lemma-5-2", 1): (
        [at(ONE, 1, 2, 1, 5)],
        [at(ONE, 1, "199/100", 1, 5), at(ONE, -1, 2, 1, 1), at(ONE, 1, 2, 0, 1), at(ONE, 1, 2, 1, 0)]
        + [at(ONE, -1, -2, 1, 1)],
        [at(ONE, 1, 1, 1, 5), at(ONE, 1, 1, 1, 1)],
    ),
    ("lemma-5-3", 0): (
        [at(TWO, 1, "1/2", "133/100", 1, 9), at(TWO, 1, 0, 1, 1, 1)],
        [at(TWO, 1, 1, "1/2", 1, 1), at(TWO, 1, "-1/2", 1, 1, 1), at(TWO, 1, "1/2", "4/3", 1, 1)]
        + [at(TWO, 1, "1/2", 0, 1, 1), at(TWO, 1, "1/2", 1, 0, 1), at(TWO, 1, "1/2", 1, 1, 0)],
        [at(TWO, 1, 1, "1/5", 1, "1/10"), at(TWO, 1, "4/5", "3/2", 1, 1)],
    ),
    ("lemma-5-3", 1): (
        [at(TWO, 1, "1/2", "4/3", 1, 9), at(TWO, 1, 0, 2, 1, 1)],
        [at(TWO, 1, "1/2", "133/100", 1, 9), at(TWO, 1, 1, 2, 1, 1), at(TWO, 1, "-1/2", 9, 1, 1)]
        + [at(TWO, 1, "1/2", 2, 0, 1), at(TWO, 1, "1/2", 2, 1, 0), at(TWO, -1, -2, -2, 1, 1)],
        [at(TWO, 1, "1/2", "1/5", 1, 9), at(TWO, 1, 1, 2, 1, 1)],
    ),
    ("lemma-5-4", 0): (
        [at("lam mu eta rho", 1, "1/2", "199/100", 1), at("lam mu eta rho", 1, 0, 1, 1)],
        [at("lam mu eta rho", 1, 1, 1, 1), at("lam mu eta rho", 1, -1, 1, 1), at("lam mu eta rho", 1, "1/2", 2, 1)]
        + [at("lam mu eta rho", 1, "1/2", 0, 1), at("lam mu eta rho", 1, "1/2", 1, 0)],
        [at("lam mu eta rho", 1, 1, 1, 1), at("lam mu eta rho", 1, "1/2", 3, 1)],
    ),
    ("lemma-5-4", 1): (
        [
            at("l1 lam eta rho", 1, "1/2", "133/100", 1),
            at("l1 lam eta rho", 1, 0, 1, 1),
            at("l1 lam eta rho", 1, 1, "1/2", 1),
        ],
        [
            at("l1 lam eta rho", 1, 2, "1/2", 1),
            at("l1 lam eta rho", 1, -1, 1, 1),
            at("l1 lam eta rho", 1, "1/2", "4/3", 1),
        ]
        + [
            at("l1 lam eta rho", 0, 0, 1, 1),
            at("l1 lam eta rho", 1, "1/2", 0, 1),
            at("l1 lam eta rho", 1, "1/2", 1, 0),
        ],
        [at("l1 lam eta rho", 1, "4/5", "3/2", 1), at("l1 lam eta rho", 1, "1/2", "-1/2", 1)],
    ),
    ("lemma-5-4", 2): (
        [at("l1 lam mu eta rho", 1, 1, "1/2", "99/100", 1), at("l1 lam mu eta rho", 1, "1/2", 0, "1/2", 1)],
        [at("l1 lam mu eta rho", 1, 2, 1, "1/9", 1), at("l1 lam mu eta rho", 1, 1, 1, "1/9", 1)]
        + [at("l1 lam mu eta rho", 1, 1, -1, "1/9", 1), at("l1 lam mu eta rho", 1, 1, "1/2", 1, 1)]
        + [at("l1 lam mu eta rho", 1, 1, "1/2", 0, 1), at("l1 lam mu eta rho", 1, 1, "1/2", "1/9", 0)],
        [at("l1 lam mu eta rho", 1, 1, 1, "1/9", 1), at("l1 lam mu eta rho", 1, 1, "1/2", "6/5", 1)],
    ),
    ("lemma-5-4", 3): (
        [at("l1 eta rho", 1, "99/100", 1)],
        [
            at("l1 eta rho", 1, 1, 1),
            at("l1 eta rho", 0, 1, 1),
            at("l1 eta rho", 1, 0, 1),
            at("l1 eta rho", 1, "1/2", 0),
        ],
        # beyond 1, β₁ < b fails first; below 0, b < 2β₁; with ρ < 0, all of them
        [at("l1 eta rho", 1, "6/5", 1), at("l1 eta rho", 1, "-1/5", 1), at("l1 eta rho", 1, "1/5", -1)],
    ),
    ("lemma-5-4", 4): (
        [at("l1 eta rho", 1, "99/100", 1), at("l1 eta rho", 1, "1/2", 1)],
        [
            at("l1 eta rho", 1, 1, 1),
            at("l1 eta rho", 0, 1, 1),
            at("l1 eta rho", 1, 0, 1),
            at("l1 eta rho", 1, "1/2", 0),
        ],
        [at("l1 eta rho", 1, "1/4", -1), at("l1 eta rho", 1, "6/5", 1)],
    ),
    ("lemma-5-4", 5): (
        [at("l1 l2 l3 eta rho", 1, 1, 1, "99/100", 1), at("l1 l2 l3 eta rho", 1, "1/2", 0, "1/5", 1)],
        [at("l1 l2 l3 eta rho", 1, 2, 1, "1/5", 1), at("l1 l2 l3 eta rho", 1, "1/2", "3/4", "1/5", 1)]
        + [at("l1 l2 l3 eta rho", 1, "1/2", -1, "1/5", 1), at("l1 l2 l3 eta rho", 1, 1, 1, 1, 1)]
        + [at("l1 l2 l3 eta rho", 0, 0, 0, "1/5", 1), at("l1 l2 l3 eta rho", 1, 1, 1, 0, 1)]
        + [at("l1 l2 l3 eta rho", 1, 1, 1, "1/5", 0)],
        # every link of the chain broken in turn: β₃ > β₂, β₂ > β₁, β₁ > α₃, α₃ > α₂, α₂ > α₁
        [at("l1 l2 l3 eta rho", 1, "1/4", "1/2", "1/5", 1), at("l1 l2 l3 eta rho", 1, 2, "1/2", "1/5", 1)]
        + [at("l1 l2 l3 eta rho", 1, "1/2", "-1/20", "1/5", 1)],
    ),
    ("lemma-5-5", 0): (
        [at(TWO, 1, 1, 1, 1, 1), at(TWO, 1, 0, "1/5", 1, "1/5"), at(TWO, 1, "1/2", "1/5", 9, "1/9")],
        [at(TWO, 1, 2, "1/5", 1, "1/5"), at(TWO, 1, -1, "1/5", 1, "1/5"), at(TWO, 0, 0, 1, 1, 0)]
        + [at(TWO, 1, 1, "11/10", 1, 1), at(TWO, 1, 1, "1/5", 1, "21/100"), at(TWO, 1, 1, "1/5", 1, 0)]
        + [at(TWO, 1, 1, "-1/5", -1, "1/5"), at(TWO, 1, 1, 0, 1, 0), at(TWO, 1, 1, "1/5", 0, 0)],
        [at(TWO, 1, 1, "6/5", 1, "1/2"), at(TWO, 1, 1, "1/5", 1, 2), at(TWO, 1, 2, "1/5", 1, "1/10")],
    ),
    ("lemma-5-5", 1): (
        [at(FLAT, 1, "1/2", 1, 1, "3/5", "4/5", 1), at(FLAT, 1, 0, "1/5", 1, "3/25", "-4/25", "1/5")],
        [at(FLAT, 1, 2, "1/5", 1, "3/50", "4/50", "1/10"), at(FLAT, 1, -1, "1/5", 1, "3/50", "4/50", "1/10")]
        + [at(FLAT, 1, "1/2", "11/10", 1, "3/5", "4/5", 1), at(FLAT, 1, "1/2", 1, 1, "3/5", "4/5", "1/2")]
        + [at(FLAT, 1, "1/2", "1/5", 1, "3/5", "4/5", 1), at(FLAT, 1, "1/2", "1/5", 1, 0, 0, 0)]
        + [at(FLAT, 1, "1/2", "1/5", 1, "3/50", "4/50", "-1/10")],
        [at(FLAT, 1, "1/2", "6/5", 1, 1, 0, 1), at(FLAT, 1, "1/2", "1/5", 1, 3, 4, 5), at(FLAT, 1, 2, 1, 1, 0, 1, 1)],
    ),
    ("lemma-5-5", 2): (
        [at("l1 eta rho r", 1, "101/100", 1, 1), at("l1 eta rho r", 1, 5, 1, 5)],
        [at("l1 eta rho r", 1, 1, 1, 1), at("l1 eta rho r", 1, 2, 1, "21/10"), at("l1 eta rho r", 1, 2, 1, 0)]
        + [at("l1 eta rho r", -1, -2, -1, 1), at("l1 eta rho r", 1, 2, 0, 0)],
        [at("l1 eta rho r", 1, 1, 1, 1), at("l1 eta rho r", 1, "1/5", 1, "1/10")],
    ),
    ("lemma-5-5", 3): (
        [at("l1 eta rho R r", 1, 1, 1, "99/100", "99/100"), at("l1 eta rho R r", 1, "1/5", 1, "1/10", "12/100")][:1]
        + [at("l1 eta rho R r", 1, "1/5", 1, "1/10", "1/10")],
        [at("l1 eta rho R r", 1, 1, 1, 1, "1/2"), at("l1 eta rho R r", 1, "1/5", 1, "1/10", "11/100")]
        + [at("l1 eta rho R r", 1, "1/5", 1, "19/100", "1/9"), at("l1 eta rho R r", 1, "6/5", 1, 1, "1/2")]
        + [at("l1 eta rho R r", 1, "1/5", 1, "1/10", 0), at("l1 eta rho R r", 1, "1/5", 1, 0, 0)],
        [at("l1 eta rho R r", 1, "1/5", 1, "1/5", "1/10"), at("l1 eta rho R r", 1, "1/5", 1, "1/10", "1/4")],
    ),
}


def test_all_certificates_are_listed_here():
    assert list(STRENGTH) == [(c.id, n) for c in section_4_1.CLAIMS for n in range(len(c.certificates))]


@pytest.mark.parametrize(("name", "number"), STRENGTH)
def test_certificates_cover_what_they_say_and_no_less(name, number):
    certificate: Certificate = CLAIMS[name].certificates[number]
    covered, outside, false = STRENGTH[name, number]
    for point in covered:
        assert all(map(true, certificate.hypotheses(**rationals(point)))), point
        assert true(certificate.conclusion(**rationals(point))), point
    for point in outside:
        assert not all(map(true, certificate.hypotheses(**rationals(point)))), point
    for point in false:
        assert not true(certificate.conclusion(**rationals(point))), point


# The hypothesis that each control leaves out, and what it has instead; the others change the conclusion
LEFT_OUT = {
    ("lemma-4", 0): ("a*alpha >= b*beta", None),
    ("lemma-4", 1): ("a + b > 0", None),
    ("lemma-5-1", 0): ("lam > 0", "lam >= 0"),
    ("lemma-5-1", 1): ("l2 > 0", "l2 >= 0"),
    ("lemma-5-2", 1): ("eta*lam >= 2", "eta*lam >= 1"),
    ("lemma-5-3", 0): ("l1 > lam", "l1 > 0"),
    ("lemma-5-3", 1): ("eta*(l1 + lam) >= 2", "eta*(l1 + lam) >= 1"),
    ("lemma-5-4", 0): ("eta*lam < 2", None),
    ("lemma-5-4", 1): ("eta*(l1 + lam) < 2", None),
    ("lemma-5-4", 2): ("eta*l1 < 1", None),
    ("lemma-5-4", 3): ("eta*l1 < 1", "eta*l1 < 2"),
    ("lemma-5-5", 0): ("eta*l1 <= 1", None),
    ("lemma-5-5", 1): ("eta*l1 <= 1", None),
    ("lemma-5-5", 2): ("eta*l1 > 1", "eta*l1 >= 1"),
    ("lemma-5-5", 3): ("(1 - eta*l1)*r < eta*rho*l1*l1 - R", None),
}


@pytest.mark.parametrize(("name", "number"), STRENGTH)
def test_controls_differ_from_their_certificate_in_one_part(name, number):
    certificate: Certificate = CLAIMS[name].certificates[number]
    control = certificate.control
    assert (control.hypotheses is None) == ((name, number) not in LEFT_OUT)
    assert (control.conclusion is None) == ((name, number) in LEFT_OUT)
    if control.hypotheses is not None:
        reals = {variable: z3.Real(variable) for variable in certificate.variables.split()}
        own, changed = ([str(c) for c in part(**reals)] for part in (certificate.hypotheses, control.hypotheses))
        left_out, instead = LEFT_OUT[name, number]
        assert [c for c in own if c not in changed] == [left_out]
        assert [c for c in changed if c not in own] == [instead] * (instead is not None)


# Of the controls that change the conclusion: points at which the changed one is true, and at which it is false
CHANGED = {
    ("lemma-5-1", 2): (
        [at("lam eta rho v1 v2 r", 1, 1, 1, 0, 1, 1), at("lam eta rho v1 v2 r", 1, 1, 1, 3, 4, 5)],
        [at("lam eta rho v1 v2 r", 1, 1, 1, "3/5", "4/5", 1)],
    ),
    # β = 1/9
    ("lemma-5-2", 0): ([at(ONE, 1, "1/5", 1, "1/5"), at(ONE, 1, "1/5", 1, "1/30")], [at(ONE, 1, "1/5", 1, "1/12")]),
    # 2b = γ₁ at ηλ₁ = ½
    ("lemma-5-4", 4): (
        [at("l1 eta rho", 1, "49/100", 1)],
        [at("l1 eta rho", 1, "1/2", 1), at("l1 eta rho", 1, "3/4", 1)],
    ),
    # b = α₃ at ηλ₁ = ½ and λ₃ = λ₁/2
    ("lemma-5-4", 5): (
        [at("l1 l2 l3 eta rho", 1, 1, 1, "1/5", 1), at("l1 l2 l3 eta rho", 1, 1, "1/2", "1/2", 1)],
        [at("l1 l2 l3 eta rho", 1, 1, "1/2", "1/5", 1)],
    ),
}


@pytest.mark.parametrize(("name", "number"), CHANGED)
def test_changed_conclusions_are_the_ones_they_say(name, number):
    assert set(CHANGED) == set(STRENGTH) - set(LEFT_OUT)
    conclusion = CLAIMS[name].certificates[number].control.conclusion
    true_at, false_at = CHANGED[name, number]
    assert [true(conclusion(**rationals(point))) for point in true_at] == [True] * len(true_at)
    assert [true(conclusion(**rationals(point))) for point in false_at] == [False] * len(false_at)


# Identities: the two sides once more with numbers, so that a difference that is 0 by mistake is noticed


@pytest.mark.parametrize("claim", section_4_1.CLAIMS, ids=lambda claim: claim.id)
def test_differences_vanish_and_controls_do_not_at_numbers_in_general_position(claim):
    for identity in claim.identities:
        for expression, vanishes in ((identity.difference(), True), (identity.control(), False)):
            entries = list(expression) if isinstance(expression, sp.MatrixBase) else [sp.sympify(expression)]
            symbols = sorted(set().union(*(entry.free_symbols for entry in entries)), key=str)
            point = {symbol: sp.Rational(sp.prime(i + 3), 97) for i, symbol in enumerate(symbols)}
            assert all(entry.subs(point) == 0 for entry in entries) == vanishes, identity.says


# Instances: the edges that the probes are meant to meet


def drawn(name, n=3000):
    return list(CLAIMS[name].instances(np.random.default_rng(1), n))


def test_probes_meet_thresholds_exactly_and_closely():
    for name, threshold in (
        ("lemma-5-1", lambda z: beta(z["eigenvalues"], z["eta"], z["rho"])),
        ("lemma-5-2", lambda z: beta(z["eigenvalues"][z["i"]], z["eta"], z["rho"])),
        ("lemma-5-3", lambda z: alpha(z["eigenvalues"][0], z["eigenvalues"][z["i"]], z["eta"], z["rho"])),
        ("lemma-5-5", lambda z: z["rho"] * z["eta"] * z["eigenvalues"][0] ** 2),
    ):
        instances = drawn(name)
        away = np.array([np.abs(np.linalg.norm(z["v"]) / threshold(z) - 1).min() for z in instances])
        assert ((away > 0) & (away < 1e-12)).any(), name
        assert (away <= 4e-16).any(), name
        assert (away > 0.5).any(), name


def test_probes_meet_the_limits_of_the_step_and_flat_and_nearly_equal_eigenvalues():
    for name, limit in (("lemma-5-2", 2), ("lemma-5-3", 2), ("lemma-5-4", 1), ("lemma-5-5", 1)):
        instances = [z for z in drawn(name) if CLAIMS[name].applies(**z)]
        x = np.array([z["eta"] * z["eigenvalues"][0] for z in instances])
        assert limit * 0.95 < x.max() <= limit, name
        assert x.min() < 1e-3, name
        assert any(z["eigenvalues"][-1] == 0 for z in instances), name
        assert any((np.abs(np.diff(z["eigenvalues"])) < 1e-6 * z["eigenvalues"][0]).any() for z in instances), name
        assert max(z["eigenvalues"].size for z in instances) == 12, name
        assert {z["rho"] == 1 for z in instances} == {True, False}, name
    assert any(z["eta"] * z["eigenvalues"][0] == 1 for z in drawn("lemma-5-5"))
    below_half = [z["eta"] * z["eigenvalues"][0] < 0.5 for z in drawn("lemma-5-4")]
    assert 0.2 < np.mean(below_half) < 0.95


def test_probes_of_lemma_5_1_rest_move_and_lie_in_spheres_of_repeated_eigenvalues():
    instances = drawn("lemma-5-1")
    away = [section_4_1._away(**z) for z in instances]
    assert 0.2 < np.mean(np.array(away) < 1e-12) < 0.8
    assert any(a < 1e-12 and np.count_nonzero(z["v"]) > 1 for a, z in zip(away, instances, strict=True))
    assert any(1e-9 < a < 1e-3 for a in away)


def test_probes_of_lemma_4_meet_equal_products_and_a_zero_beta():
    instances = drawn("lemma-4")
    products = [z["b"] * z["beta"] / (z["a"] * z["alpha"]) for z in instances]
    assert any(abs(ratio - 1) < 1e-14 for ratio in products)
    assert any(ratio == 0 for ratio in products)
    crossing = [z["y"] * (z["a"] + z["b"]) / (z["a"] * z["alpha"] + z["b"] * z["beta"]) for z in instances]
    assert any(0 < abs(ratio - 1) < 1e-9 for ratio in crossing)
    assert {ratio > 1 for ratio in crossing} == {True, False}


@given(st.data(), quadratics(F(1)), st.integers(0, 2**20))
@settings(max_examples=50)
def test_claims_hold_where_hypothesis_looks_for_trouble(data, quadratic, seed):
    """The margins of Lemmas 5.2, 5.3 and 5.5 at instances that Hypothesis, not the claim's own sampler, has made."""
    lam, eta, rho = quadratic
    numbers = {"eigenvalues": np.array([float(value) for value in lam]), "eta": float(eta), "rho": float(rho)}
    v = np.random.default_rng(seed).normal(size=len(lam))
    length = data.draw(st.sampled_from([beta(value, eta, rho) for value in lam] + [alpha(lam[0], lam[-1], eta, rho)]))
    v *= float(length) * data.draw(st.sampled_from([1, 1 - 1e-15, 1 + 1e-15, 0.3, 7])) / np.linalg.norm(v)
    for name in ("lemma-5-2", "lemma-5-3", "lemma-5-5", "lemma-5-4"):
        for i in range(len(lam)):
            instance = {**numbers, "v": v, "i": i}
            if name in ("lemma-5-5", "lemma-5-4"):
                del instance["i"]
            if name == "lemma-5-4":
                del instance["v"]
            if CLAIMS[name].applies(**instance):
                assert CLAIMS[name].margin(**instance) >= -CLAIMS[name].tolerance
