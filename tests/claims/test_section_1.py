"""Equation (2), the linearised maximiser and the scalar bounce against literal computations."""

import math
from fractions import Fraction as F
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import samlib
from samlib.claims import section_1

CLAIMS = {claim.id: claim for claim in section_1.CLAIMS}

SHARE = st.fractions(F(1, 100), F(99, 100), max_denominator=100)


# Equation (2)


@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=5), st.lists(st.floats(-1, 1), min_size=5, max_size=5), SHARE, SHARE
)
def test_equation_2s_inequality_in_60_digits(slopes, direction, rho, part):
    assume(math.hypot(*slopes) > 1e-3 and math.hypot(*direction[: len(slopes)]) > 1e-3)
    with mp.workdps(60):
        g = [mp.mpf(x) for x in slopes]
        norm = mp.sqrt(sum(x * x for x in g))
        rho = mp.mpf(rho.numerator) / rho.denominator
        size = mp.sqrt(sum(mp.mpf(x) ** 2 for x in direction[: len(g)]))
        epsilon = [mp.mpf(x) / size * rho * float(part) for x in direction[: len(g)]]
        lost = rho * norm - sum(x * y for x, y in zip(g, epsilon, strict=True))
        apart = sum((y - rho * x / norm) ** 2 for x, y in zip(g, epsilon, strict=True))
        assert lost >= norm * apart / (2 * rho) - mp.mpf(10) ** -50


def test_equation_2s_perturbation_by_hand():
    """g = (2, 1), ‖g‖ = √5."""
    root = math.sqrt(5)
    np.testing.assert_allclose(section_1.ascent(np.array([2.0, 1.0]), 3.0), [6 / root, 3 / root], rtol=1e-15)


# When the linearised maximiser is the true one


def loss(hessian, w):
    return w @ hessian @ w / 2


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 3), st.floats(0, 2 * math.pi), st.floats(-2, 1))
@example(top=5e-324, part=0.0, tilt=2.0, angle=0.0, size=0.0)  # a curvature next to nothing
def test_the_exact_maximum_on_a_disk_is_not_below_the_best_of_many_points(top, part, tilt, angle, size):
    """Every 0.0005 of the circle; the loss there changes by at most ‖g‖ρ·0.0005 and the like."""
    turn = np.array([[math.cos(tilt), -math.sin(tilt)], [math.sin(tilt), math.cos(tilt)]])
    hessian = (turn * [top, top * part]) @ turn.T
    g = 10**size * np.array([math.cos(angle), math.sin(angle)])
    best = section_1._maximiser(hessian, g, 0.7)
    assert np.linalg.norm(best) <= 0.7 * (1 + 1e-12)
    angles = np.linspace(0, 2 * math.pi, 4001)
    circle = 0.7 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    values = circle @ g + np.einsum("ni,ij,nj->n", circle, hessian, circle) / 2
    found = g @ best + best @ hessian @ best / 2
    assert values.max() - 1e-12 * (1 + abs(found)) <= found <= values.max() + 1e-6 * (np.linalg.norm(g) + top)


@pytest.mark.parametrize(
    ("hessian", "g", "expected"),
    [
        (np.array([[-1.0]]), np.array([-0.5]), [-0.5]),  # the top of the hill is inside
        (np.array([[-1.0]]), np.array([-3.0]), [-1.0]),  # and here it is not
        (np.diag([1.0, 0.5]), np.array([0.0, 0.3]), [0.8, 0.6]),  # (I - H)ε = g leaves ε₁ free: ε₂ = .3/.5
        (np.diag([1.0, 0.5]), np.array([0.0, 0.7]), [0.0, 1.0]),  # ‖g‖ > ½
    ],
)
def test_the_exact_maximiser_by_hand(hessian, g, expected):
    np.testing.assert_allclose(np.abs(section_1._maximiser(hessian, g, 1.0)), np.abs(expected), atol=1e-12)


@pytest.mark.parametrize(("slope", "gain"), [(0.49, 1e-4), (0.25, 0.0625), (0.5, None), (0.51, None), (3.0, None)])
def test_the_limit_of_the_gradients_length_by_hand(slope, gain):
    """H = diag(1, ½), ρ = 1, g = (0, n): the limit is ½. For n < ½ and c = 2n, (1 - c)(¼(1 + c) - n) is gained."""
    hessian, w = np.diag([1.0, 0.5]), np.array([0.0, 2 * slope])
    star = np.array([0.0, 1.0])
    if gain is None:
        angles = np.linspace(0, 2 * math.pi, 1001)
        others = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        assert max(loss(hessian, w + other) for other in others) <= loss(hessian, w + star) + 1e-15
    else:
        rival = np.array([math.sqrt(1 - 4 * slope**2), 2 * slope])
        assert loss(hessian, w + rival) - loss(hessian, w + star) == pytest.approx(gain, rel=1e-9)
    assert section_1._maximiser_margin(hessian, w, 1.0) > -1e-12


@given(SHARE, SHARE, st.fractions(-1, 1, max_denominator=50), st.fractions(0, 1, max_denominator=50), SHARE)
def test_the_turned_and_the_tilted_rise_are_the_losses_in_exact_numbers(slope, lam, cross, other, tau):
    """In the basis ĝ, p: ℓ(w + ε) - ℓ(w + ε*) = n(ε₁ - ρ) + ½εᵀHε - ½ρ²λ, at a rational point of the circle."""
    rho = F(3, 5)
    cosine, sine = (1 - tau**2) / (1 + tau**2), 2 * tau / (1 + tau**2)
    x, y = rho * cosine, rho * sine
    rise = slope * (x - rho) + (lam * x * x + 2 * cross * x * y + other * y * y - lam * rho**2) / 2
    assert section_1._turned(cosine, sine, slope, rho, lam, cross, other) == rise
    assert section_1._tilted(tau, slope, rho, lam, cross, other) == rise * (1 + tau**2) ** 2


def test_a_step_downhill_is_no_maximiser(monkeypatch):
    monkeypatch.setattr(section_1, "ascent", lambda g, rho: -samlib.SAM(1.0, rho).rho * g / np.linalg.norm(g))
    assert not CLAIMS["linearised-maximiser"].probe(samples=50).passed


def test_the_gradients_meet_both_sides_of_the_limit():
    met = {"on the limit": 0, "short": 0, "long": 0, "off the axes": 0, "flat": 0, "repeated": 0}
    for instance in section_1._maximiser_instances(np.random.default_rng(0), 1000):
        hessian, g = instance["hessian"], instance["hessian"] @ instance["w"]
        spectrum, slope = np.linalg.eigvalsh(hessian), np.linalg.norm(g)
        lam = g @ hessian @ g / slope**2
        limit = instance["rho"] * (spectrum[-1] - lam)
        axis = np.linalg.norm(hessian @ g - lam * g) < 1e-9 * slope * spectrum[-1]
        met["off the axes"] += not axis
        met["on the limit"] += axis and lam < 0.99 * spectrum[-1] and abs(slope / limit - 1) < 1e-9
        met["short"] += axis and slope < 0.9999 * limit
        met["long"] += axis and slope > 1.00001 * limit
        met["flat"] += spectrum[0] < 1e-12 * spectrum[-1]
        met["repeated"] += bool(np.any(np.diff(spectrum) < 1e-12 * spectrum[-1]))
    assert min(met.values()) > 30, met


# The scalar bounce


def literal_step(lam, eta, rho, w):
    return w - eta * lam * (w + rho * (1 if w > 0 else -1))


@given(st.fractions(F(1, 50), F(99, 50), max_denominator=50), SHARE, SHARE, st.fractions(F(1, 90), 5), st.booleans())
def test_the_scalar_bounce_in_exact_numbers(x, lam, rho, start, left):
    """Descent by more than ηρλ a step while the sign stays; then it changes for ever, and |w| comes closer to a."""
    eta = x / lam
    path = [-start if left else start]
    for _ in range(20):
        path.append(literal_step(lam, eta, rho, path[-1]))
        assume(path[-1] != 0)
    while path[-1] * path[-2] > 0:
        path.append(literal_step(lam, eta, rho, path[-1]))
        assume(path[-1] != 0)
        assert len(path) < 2 + 20 + start / (x * rho)
    a = x * rho / (2 - x)
    turned = False
    for now, then in pairwise(path):
        assert not (turned and now * then > 0)
        turned = turned or now * then < 0
        if turned:
            assert abs(then) - a == -(1 - x) * (abs(now) - a)
        else:
            assert abs(then) < abs(now) - x * rho
    assert section_1._after(float(lam), float(eta), float(rho), float(path[0])) == pytest.approx(
        float(path[1]), abs=1e-9
    )


@given(st.fractions(2, 5, max_denominator=50), SHARE, SHARE, st.fractions(F(1, 90), 5))
def test_from_the_limit_on_each_step_is_longer_by_eta_rho_lambda(x, lam, rho, start):
    after = literal_step(lam, x / lam, rho, start)
    assert after == section_1._next(lam, x / lam, rho, start)
    assert -after >= start + x * rho


@pytest.mark.parametrize(
    "change", [{"half": 0.5}, {"half": 2.0}, {"power": 0}, {"power": 2}, {"limit": 0.1}], ids=lambda change: str(change)
)
def test_a_changed_scalar_bounce_fails(change):
    instance = {"lam": 2.0, "eta": 0.15, "rho": 0.7, "w": 1.3}
    assert section_1._bounce_margin(**instance) > -1e-12
    assert section_1._bounce_margin(**instance, **change) < -1e-3


def test_another_step_or_another_amplitude_is_caught(monkeypatch):
    claim = CLAIMS["scalar-bounce"]
    with monkeypatch.context() as changed:
        changed.setattr(section_1.constants, "amplitude", lambda lam, eta, rho: eta * rho * lam / 2)
        assert not claim.probe(samples=50).passed
        assert not any(identity.check().passed for identity in claim.identities)
    with monkeypatch.context() as changed:
        changed.setattr(section_1, "_next", lambda lam, eta, rho, w: w - eta * lam * (w - rho))
        assert not claim.probe(samples=50).passed
        failed = [one.says for one in claim.certificates if not one.check().passed]
        assert len(failed) == 4, failed  # all but |1 - ηλ| < 1, which has no step in it
    with monkeypatch.context() as changed:
        changed.setattr(section_1, "_lands_on_0", lambda lam, eta, rho: eta * rho * lam / (2 - eta * lam))
        assert not claim.certificates[0].check().passed


def test_the_scalar_runs_meet_the_stated_edges():
    met = {"small": 0, "one": 0, "limit": 0, "two": 0, "beyond": 0, "lands near 0": 0, "descends": 0}
    for instance in section_1._bounce_instances(np.random.default_rng(0), 2000):
        lam, eta, rho, w = (instance[name] for name in ("lam", "eta", "rho", "w"))
        x = eta * lam
        met["small"] += x < 0.01
        met["one"] += abs(x - 1) < 1e-8
        met["limit"] += 2 - 1e-3 < x < 2
        met["two"] += abs(x - 2) < 1e-8
        met["beyond"] += x > 2.1
        met["lands near 0"] += x < 1 and abs(section_1._next(lam, eta, rho, abs(w))) < 1e-3 * abs(w)
        met["descends"] += len(section_1._until_the_sign_changes(lam, eta, rho, w)) > 5
    assert min(met.values()) > 20, met


# The claims as a whole


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_of_the_section_passes(name):
    report = CLAIMS[name].check(samples=300, seed=11)
    assert report.passed, [(f.kind, f.says, f.detail) for f in report.findings if not f.passed]
