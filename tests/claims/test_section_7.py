"""The answers to Section 7's questions, from literal computations with numbers of another kind than the library's."""

import math
from fractions import Fraction as F
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import samlib
from samlib import drift
from samlib.claims import section_7

CLAIMS = {claim.id: claim for claim in section_7.CLAIMS}
EVIDENCE = {
    "top-eigenspace": (1, 1, 4),
    "heavy-ball": (4, 2, 5),
    "heavy-ball-energy": (2, 2, 6),
    "four-cycle": (1, 1, 4),
    "shifted-descent": (1, 0, 3),
    "ellipsoid": (3, 1, 7),
    "un-normalised": (1, 1, 3),
}
SEED = st.integers(0, 10**6)


@pytest.fixture(autouse=True)
def precise():
    with mpmath.workdps(50):
        yield


def norm(v):
    return mpmath.sqrt(mpmath.fsum(x * x for x in v))


def ascended(lam, rho, w, weights=None):
    """w + ρMΛw/‖Λw‖_M in fifty digits, M = I unless given."""
    weights = weights or [1] * len(lam)
    v = [a * x for a, x in zip(lam, w, strict=True)]
    size = mpmath.sqrt(mpmath.fsum(m * x * x for m, x in zip(weights, v, strict=True)))
    return [x + rho * m * y / size for x, m, y in zip(w, weights, v, strict=True)]


def step(lam, eta, rho, w, weights=None):
    """SAM's step on ½wᵀΛw in fifty digits, from the definition."""
    seen = ascended(lam, rho, w, weights)
    return [x - eta * a * y for x, a, y in zip(w, lam, seen, strict=True)]


def with_momentum(lam, eta, rho, momentum, w, before):
    plain = step(lam, eta, rho, w)
    return [p + momentum * (x - b) for p, x, b in zip(plain, w, before, strict=True)]


def potential(lam, eta, rho, u, momentum=0, weights=None):
    """J_M(u) + (m/ηρ)‖u‖², summand by summand."""
    weights = weights or [1] * len(lam)
    square = mpmath.fsum(m * (a * x) ** 2 for m, a, x in zip(weights, lam, u, strict=True))
    quadratic = mpmath.fsum((2 - eta * a) * x * x for a, x in zip(lam, u, strict=True)) / (2 * eta * rho)
    return quadratic - mpmath.sqrt(square) + momentum / (eta * rho) * mpmath.fsum(x * x for x in u)


def slope(function, u):
    """The gradient by differences in fifty digits."""
    axes = range(len(u))
    return [mpmath.diff(lambda x, i=i: function([x if j == i else u[j] for j in axes]), u[i]) for i in axes]


def floats(*numbers):
    return np.array(numbers, dtype=float)


def drawn(seed, d=3):
    """Decreasing eigenvalues, η, ρ and two points, in mpmath's numbers."""
    rng = np.random.default_rng(seed)
    lam = sorted((mpmath.mpf(x) for x in 10 ** rng.uniform(-1, 1, d)), reverse=True)
    x, rho = mpmath.mpf(rng.uniform(0.05, 1.95)), mpmath.mpf(10 ** rng.uniform(-1, 1))
    u, before = ([mpmath.mpf(x) for x in rng.normal(size=d)] for _ in range(2))
    return lam, x / lam[0], rho, u, before


@pytest.mark.parametrize("claim", section_7.CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_of_the_section_passes_with_all_its_evidence(claim):
    report = claim.check(samples=300, seed=7)
    assert report.passed, [finding for finding in report.findings if not finding.passed]
    counts = tuple(len(report.of_kind(kind)) for kind in ("identity", "certificate", "refutation"))
    assert counts == EVIDENCE[claim.id]


@pytest.mark.parametrize("claim", section_7.CLAIMS, ids=lambda claim: claim.id)
def test_every_hypothesis_has_an_instance_that_violates_it_alone(claim):
    assert {refutation.without for refutation in claim.refutations} >= {h.says for h in claim.hypotheses}


# A repeated largest eigenvalue


@settings(max_examples=25)
@given(SEED, st.integers(1, 3), st.integers(0, 2))
def test_the_part_in_the_top_eigenspace_keeps_its_line_and_the_run_ends_on_it(seed, k, rest):
    rng = np.random.default_rng(seed)
    lam = [mpmath.mpf(2)] * k + [mpmath.mpf(x) for x in sorted(rng.uniform(0.5, 1.7, rest), reverse=True)]
    eta, rho = mpmath.mpf(rng.uniform(0.25, 0.75)), mpmath.mpf(rng.uniform(0.1, 3))
    w = start = [mpmath.mpf(x) for x in rng.normal(size=k + rest)]
    loss, rule = samlib.Quadratic(floats(*lam)), samlib.SAM(float(eta), float(rho))
    path = samlib.trajectory(rule, loss, floats(*start), 150)
    for t in range(150):
        before, w = w, step(lam, eta, rho, w)
        if t < 5:  # rounding grows before the run settles
            np.testing.assert_allclose(path[t + 1], floats(*w), rtol=1e-6, atol=1e-9)
        crossed = [w[i] * start[j] - w[j] * start[i] for i in range(k) for j in range(i)]
        assert all(abs(x) < mpmath.mpf(10) ** -40 for x in crossed)
    a = eta * rho * 2 / (2 - eta * 2)
    direction = [x / norm(start[:k]) for x in start[:k]]
    for point in (before, w):
        along = mpmath.fsum(x * y for x, y in zip(point, direction, strict=False))
        assert abs(abs(along) - a) < 1e-6 * a
        assert norm(point[k:]) < 1e-6 * a if rest else True


def test_the_direction_of_the_bounce_is_that_of_the_start():
    # λ = (2, 2, 1), η = 1/2, ρ = 1: ηλ₁ = 1 and a = 1; the projection of (3, 4, 5) points to (0.6, 0.8)
    path = samlib.trajectory(samlib.SAM(0.5, 1.0), samlib.Quadratic([2.0, 2.0, 1.0]), [3.0, 4.0, 5.0], 200)
    np.testing.assert_allclose(np.abs(path[-1]), [0.6, 0.8, 0.0], atol=1e-12)
    np.testing.assert_allclose(path[-1], -path[-2], atol=1e-12)


# Momentum


@settings(max_examples=40)
@given(SEED, st.floats(0, 0.99))
def test_flipped_heavy_ball_sam_is_heavy_ball_on_the_potential_with_the_added_square(seed, momentum):
    lam, eta, rho, u, before = drawn(seed)
    m = mpmath.mpf(momentum)
    flipped = [-x for x in with_momentum(lam, eta, rho, m, u, [-x for x in before])]
    rule, loss = samlib.HeavyBallSAM(float(eta), float(rho), momentum), samlib.Quadratic(floats(*lam))
    stepped = -rule.step(loss, floats(*u), previous=-floats(*before))
    np.testing.assert_allclose(stepped, floats(*flipped), rtol=1e-9, atol=1e-9)
    gradient = slope(lambda point: potential(lam, eta, rho, point, m), u)
    for x, y, b, g in zip(flipped, u, before, gradient, strict=True):
        assert abs(x - (y - eta * rho * g + m * (y - b))) < mpmath.mpf(10) ** -20 * (1 + eta * rho * abs(g))


@given(st.fractions(F(1, 100), 10), st.fractions(F(1, 100), 3), st.fractions(0, F(99, 100)))
def test_the_two_cycle_with_momentum_in_exact_arithmetic(rho, x, m):
    assume(x < 2 * (1 + m))
    a = x * rho / (2 * (1 + m) - x)  # λ = 1
    assert a - x * (a + rho) + m * (a + a) == -a
    assert section_7._beta_m(1, x, rho, m) == a


@settings(max_examples=60)
@given(SEED, st.floats(0, 0.98), st.floats(0.02, 0.98), st.floats(0.1, 0.97))
def test_the_derivative_of_a_turn_is_a_contraction_by_differences(seed, m, part, ratio):
    x, rho, small = 2 * (1 + m) * part, 1.0, 1e-6
    lam = np.array([1.0, ratio])
    a = x * rho / (2 * (1 + m) - x)

    def turn(state):
        w, before = state[:2], state[2:]
        v = lam * w
        after = w - x * lam * (w + rho * v / np.linalg.norm(v)) + m * (w - before)
        return np.concatenate([after, w])

    here = np.array([a, 0, -a, 0])
    size = small * min(a, 1.0)
    columns = [(turn(here + size * e) - turn(here - size * e)) / (2 * size) for e in np.eye(4)]
    radius = np.abs(np.linalg.eigvals(np.array(columns).T)).max()
    # the roots of z² + (1 + m - μ)z + m with the two curvatures, the sign because w is not flipped here
    curvatures = (2 * (1 + m) - x, 2 * (1 + m) - x * ratio - ratio**2 * (2 * (1 + m) - x))
    assert section_7._curvature_m(ratio, x, m) == pytest.approx(curvatures[1])
    roots = np.concatenate([np.roots([1, 1 + m - mu, m]) for mu in curvatures])
    assert radius < 1
    assert radius == pytest.approx(np.abs(roots).max(), abs=1e-3)


@settings(max_examples=40)
@given(SEED, st.floats(-0.5, 1.5))
def test_the_energy_falls_by_the_three_terms_for_every_momentum(seed, momentum):
    lam, eta, rho, u, before = drawn(seed)
    m = mpmath.mpf(momentum)
    after = [-x for x in with_momentum(lam, eta, rho, m, u, [-x for x in before])]
    move = [x - y for x, y in zip(after, u, strict=True)]
    moved = [x - y for x, y in zip(u, before, strict=True)]

    def energy(point, last):
        return potential(lam, eta, rho, point, m) + m / (2 * eta * rho) * mpmath.fsum(x * x for x in last)

    jerk = m / (2 * eta * rho) * mpmath.fsum((x - y) ** 2 for x, y in zip(move, moved, strict=True))
    damped = mpmath.fsum((eta * a - 4 * m) * x * x for a, x in zip(lam, move, strict=True)) / (2 * eta * rho)
    v, w = ([a * x for a, x in zip(lam, point, strict=True)] for point in (u, after))
    turned = norm(w) - mpmath.fsum(x * y for x, y in zip(v, w, strict=True)) / norm(v)
    assert turned >= -(mpmath.mpf(10) ** -40)
    ours = section_7._energy(floats(*lam), float(eta), float(rho), momentum, floats(*u), floats(*before))
    assert ours == pytest.approx(float(energy(u, moved)), rel=1e-9, abs=1e-9)
    fall = energy(u, moved) - energy(after, move)
    assert abs(fall - jerk - damped - turned) < mpmath.mpf(10) ** -40 * (1 + abs(fall) + abs(damped) + abs(jerk))


@settings(max_examples=30)
@given(SEED, st.floats(0.0, 0.95))
def test_with_little_momentum_the_library_ends_on_a_bounce_along_an_axis(seed, part):
    rng = np.random.default_rng(seed)
    lam = np.array([1.0, 0.8, 0.6])
    x = rng.uniform(0.3, 1.8)
    m = part * x * lam[-1] / 4
    end = samlib.trajectory(samlib.HeavyBallSAM(x, 1.0, m), samlib.Quadratic(lam), rng.normal(size=3), 3000)[-2:]
    bounces = x * lam / (2 * (1 + m) - x * lam)
    i = int(np.argmax(np.abs(end[-1])))
    np.testing.assert_allclose(np.abs(end[-1]), bounces[i] * np.eye(3)[i], atol=1e-6)
    np.testing.assert_allclose(end[0], -end[1], atol=1e-6)


@given(st.fractions(F(1, 1000), F(999, 1000)), st.fractions(F(1, 1000), F(999, 1000)), st.fractions(F(1, 50), 50))
def test_the_four_cycle_in_exact_arithmetic(m, part, rho):
    x = 2 * m * part
    below = (1 + m - x) ** 2 + (1 - m) ** 2
    p, q = x * rho * (2 - x) / below, x * rho * (2 * m - x) / below
    assert p > 0 < q
    orbit = [p, q, -p, -q, p, q]
    for (before, w), after in zip(pairwise(orbit), orbit[2:], strict=False):
        assert w - x * (w + (rho if w > 0 else -rho)) + m * (w - before) == after
    assert section_7._four_points(x, rho, m) == (p, q)


def test_from_rest_seven_starts_in_eight_end_on_the_four_cycle_at_much_momentum():
    # m = 0.9, ηλ = 1: D = 0.82, p = 1/0.82, q = 0.8/0.82
    starts = np.linspace(0.0025, 4.9975, 1000)[:, None]
    path = samlib.trajectory(samlib.HeavyBallSAM(1.0, 1.0, 0.9), samlib.Quadratic([1.0]), starts, 1500)
    last = np.sort(np.abs(path[:, -2:, 0]), axis=1)
    four = np.abs(last - [0.8 / 0.82, 1 / 0.82]).max(axis=1) < 1e-6
    two = np.abs(last - 1 / 2.8).max(axis=1) < 1e-6
    assert (four | two).all()
    assert 0.8 < four.mean() < 0.95


def test_the_four_cycle_in_the_plane_repels_if_the_second_curvature_is_close_to_the_first():
    def radius(m, x, ratio):
        # a turn by half: the coordinate across is multiplied by 1 - xk - xk²/r + m at r = p and r = q, λ₁ = ρ = 1
        points = section_7._four_points(x, 1.0, m)
        turn = np.eye(2)
        for r in points:
            turn = np.array([[1 - x * ratio - x * ratio**2 / r + m, -m], [1, 0]]) @ turn
        return np.abs(np.linalg.eigvals(turn)).max()

    assert radius(0.5, 0.2, 0.5) == pytest.approx(0.5)
    assert radius(0.5, 0.2, 0.9) > 1
    rule = samlib.HeavyBallSAM(0.2, 1.0, 0.5)
    p, q = section_7._four_points(0.2, 1.0, 0.5)
    for ratio, stays in ((0.5, True), (0.9, False)):
        w, before, loss = np.array([q, 1e-6]), np.array([p, 1e-6]), samlib.Quadratic([1.0, ratio])
        for t in range(800):
            w, before = rule.step(loss, w, t, before), w
        assert (abs(w[1]) < 1e-9) == stays


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.6])
def test_momentum_drifts_by_half_eta_times_the_reach_squared_over_one_minus_m(momentum):
    # on ½(1 + y)x² the slope along y at the point that is looked at is ½R², R = a_m + ρ, and velocity adds up
    eta, rho = 0.2, 0.01
    reach = 2 * (1 + momentum) * rho / (2 * (1 + momentum) - eta)
    rule, valley = samlib.HeavyBallSAM(eta, rho, momentum), samlib.Valley([1.0, 1.0])
    w = np.array([reach - rho, 0.0])
    before, heights = -w, []
    for t in range(200):
        w, before = rule.step(valley, w, t, before), w
        heights.append(w[1])
    measured = (heights[-1] - heights[99]) / 100
    assert measured == pytest.approx(-eta / 2 * reach**2 / (1 - momentum), rel=5e-3)


# A minimum at infinity


@settings(max_examples=25)
@given(SEED, st.floats(0, 3))
def test_on_one_example_sam_is_gradient_descent_from_behind(seed, rho):
    rng = np.random.default_rng(seed)
    z, w = ([mpmath.mpf(x) for x in rng.normal(size=3)] for _ in range(2))
    eta, rho, size = mpmath.mpf(rng.uniform(0.1, 2)), mpmath.mpf(rho), norm(z)

    def gradient(point):
        fall = -1 / (1 + mpmath.exp(mpmath.fsum(a * b for a, b in zip(z, point, strict=True))))
        return [fall * a for a in z]

    path = samlib.trajectory(samlib.SAM(float(eta), float(rho)), samlib.Logistic([floats(*z)]), floats(*w), 30)
    shifted = [x - rho * a / size for x, a in zip(w, z, strict=True)]
    for _ in range(30):
        g = gradient(w)
        seen = [x + rho * y / norm(g) for x, y in zip(w, g, strict=True)]
        w = [x - eta * y for x, y in zip(w, gradient(seen), strict=True)]
        shifted = [x - eta * y for x, y in zip(shifted, gradient(shifted), strict=True)]
    np.testing.assert_allclose(path[-1], floats(*w), rtol=1e-9, atol=1e-9)
    assert all(abs(x - rho * a / size - y) < mpmath.mpf(10) ** -40 for x, a, y in zip(w, z, shifted, strict=True))


@pytest.mark.parametrize("rho", [0.0, 1.0, 2.0])
def test_on_one_logistic_example_the_lead_over_the_logarithm_tends_to_rho(rho):
    # w - ρ = log(ηt) + O(log t/t), as ẇ = η/(1 + eʷ) has eʷ + w = ηt + const
    w = samlib.final_state(samlib.SAM(0.5, rho), samlib.Logistic([[1.0]]), [0.0], 20_000)[0]
    assert w - math.log(0.5 * 20_000) == pytest.approx(rho, abs=2e-3)


def test_on_separable_data_sam_leads_gradient_descent_by_rho_along_the_largest_margin():
    # two support vectors: the largest margin has ⟨z₁, û⟩ = ⟨z₂, û⟩
    data = np.array([[0.5, 1.0], [1.5, -0.25], [2.0, 2.0]])
    best = np.array([1.25, 1.0]) / math.hypot(1.25, 1.0)  # orthogonal to z₁ - z₂ = (-1, 1.25)
    assert data[0] @ best == pytest.approx(data[1] @ best)
    rules = samlib.SAM(1.0, np.array([0.0, 1.5]))
    slow, fast = samlib.final_state(rules, samlib.Logistic(data), np.zeros((2, 2)), 30_000)
    np.testing.assert_allclose((fast - slow) / 1.5, best, atol=0.02)


# Other balls


@settings(max_examples=40)
@given(SEED)
def test_flipped_sam_on_an_ellipsoid_descends_its_potential_by_the_two_terms(seed):
    lam, eta, rho, u, _ = drawn(seed)
    weights = [mpmath.mpf(x) for x in 10 ** np.random.default_rng(seed).uniform(-1, 1, 3)]
    after = [-x for x in step(lam, eta, rho, u, weights)]
    gradient = slope(lambda point: potential(lam, eta, rho, point, 0, weights), u)
    for x, y, g in zip(after, u, gradient, strict=True):
        assert abs(x - (y - eta * rho * g)) < mpmath.mpf(10) ** -20 * (1 + eta * rho * abs(g))
    v, w = ([a * x for a, x in zip(lam, point, strict=True)] for point in (u, after))
    products = [mpmath.fsum(m * x * y for m, x, y in zip(weights, *pair, strict=True)) for pair in ((v, v), (w, w))]
    mixed = mpmath.fsum(m * x * y for m, x, y in zip(weights, v, w, strict=True))
    turned = mpmath.sqrt(products[1]) - mixed / mpmath.sqrt(products[0])
    paid = mpmath.fsum(a * (x - y) ** 2 for a, x, y in zip(lam, after, u, strict=True)) / (2 * rho)
    fall = potential(lam, eta, rho, u, 0, weights) - potential(lam, eta, rho, after, 0, weights)
    assert turned >= -(mpmath.mpf(10) ** -40)
    assert abs(fall - paid - turned) < mpmath.mpf(10) ** -38 * (1 + abs(fall) + paid)
    literal = samlib.NormSAM(float(eta), float(rho), np.array(weights, dtype=float))
    loss = samlib.Quadratic(np.array(lam, dtype=float))
    np.testing.assert_allclose(literal.step(loss, np.array(u, dtype=float)), [-float(x) for x in after], rtol=1e-9)


@pytest.mark.parametrize("side", [1 - 1e-2, 1 + 1e-2])
def test_the_winner_changes_where_the_two_bounces_are_equally_long(side):
    # λ = (1, ½), η = ½: Mλ²/(2 - ηλ) is M₁·⅔ and M₂·⅐, equal at M₂/M₁ = 14/3
    weights = np.array([1.0, 14 / 3 * side])
    rule = samlib.NormSAM(0.5, 1.0, weights)
    end = np.abs(samlib.final_state(rule, samlib.Quadratic([1.0, 0.5]), [0.3, 0.4], 20_000))
    lengths = 0.5 * np.sqrt(weights) * np.array([1.0, 0.5]) / (2 - 0.5 * np.array([1.0, 0.5]))
    winner = int(side > 1)
    np.testing.assert_allclose(end, lengths[winner] * np.eye(2)[winner], atol=1e-6)


def test_in_the_cube_every_coordinate_bounces_and_the_adaptive_ball_lets_go():
    loss, lam = samlib.Quadratic([1.0, 0.5, 0.25]), np.array([1.0, 0.5, 0.25])
    cube = samlib.final_state(samlib.NormSAM(0.4, 1.0, "max"), loss, [0.3, -0.4, 0.7], 1000)
    np.testing.assert_allclose(np.abs(cube), 0.4 * lam / (2 - 0.4 * lam), rtol=1e-9)
    assert np.abs(samlib.final_state(samlib.NormSAM(0.4, 1.0, "adaptive"), loss, [0.3, -0.4, 0.7], 1000)).max() < 1e-9


@pytest.mark.parametrize(("rho", "converges"), [(3.99, True), (4.01, False)])
def test_one_coordinate_with_the_adaptive_ball_converges_iff_eta_lambda_times_one_plus_rho_is_below_2(rho, converges):
    # ε = ρ|w|sign(g) = ρw, a step multiplies by 1 - ηλ(1 + ρ), here -0.996 and -1.004; SAM's bounce stays close to 1
    end = abs(samlib.final_state(samlib.NormSAM(0.4, rho, "adaptive"), samlib.Quadratic([1.0]), [1.0], 2000)[0])
    assert end < 1e-3 if converges else end > 1e3


@given(
    st.fractions(F(1, 20), 20), st.fractions(F(1, 20), 20), st.fractions(F(1, 20), F(39, 20)), st.fractions(F(1, 20), 1)
)
def test_without_the_division_every_factor_is_small_iff_the_first_is_in_exact_arithmetic(lam, rho, at, ratio):
    # `at` is ηλ₁(1 + ρλ₁); the literal step from w = 1
    eta = at / (lam * (1 + rho * lam))
    for curvature in (lam, ratio * lam):
        factor = 1 - eta * curvature * (1 + rho * curvature)
        assert section_7._linear_factor(curvature, eta, rho) == factor
        assert -1 < factor < 1
    beyond = (2 + at) / (lam * (1 + rho * lam))
    assert 1 - beyond * (lam + rho * lam**2) < -1


@pytest.mark.parametrize(("rho", "converges"), [(8.9, True), (9.1, False)])
def test_without_the_division_the_limit_at_eta_one_fifth_is_rho_nine(rho, converges):
    # 1/5·(1 + ρ) = 2 at ρ = 9
    end = samlib.final_state(samlib.UnnormalizedSAM(0.2, rho), samlib.Quadratic([1.0, 0.5]), [1.0, 1.0], 2000)
    assert (np.abs(end).max() < 1e-6) == converges


def test_two_examples_one_at_a_time_drift_against_the_full_batch_as_their_own_bounces_say():
    # ℓ₁ = (2 + y)x₁², ℓ₂ = (1 - 2y)x₂² have the curvatures 4 and 2 at y = 0, with the slopes 2 and -4
    eta, rho, runs = 0.1, 0.02, 4000
    pushes = [drift.drift_rate(lam, eta, rho) * slope for lam, slope in ((4, 2), (2, -4))]
    alone = -sum(pushes) / 2
    together = -drift.drift_rate(2, eta, rho)  # the mean has λ₁ = 2 + y
    assert together < 0 < alone
    measured = []
    for batch in (True, False):
        rng, w = np.random.default_rng(0), np.tile([0.002, 0.002, 0.0], (runs, 1))
        heights = []
        for _ in range(200):
            share = rng.integers(0, 2, runs) if batch else np.full(runs, 0.5)

            def gradient(w, first=share):
                x1, x2, y = w.T
                second = 1 - first
                return np.stack(
                    [2 * first * (2 + y) * x1, 2 * second * (1 - 2 * y) * x2, first * x1**2 - 2 * second * x2**2],
                    axis=-1,
                )

            g = gradient(w)
            w = w - eta * gradient(w + rho * g / np.linalg.norm(g, axis=1, keepdims=True))
            heights.append(w[:, 2].mean())
        measured.append((heights[-1] - heights[99]) / 100)
    assert measured[0] == pytest.approx(alone, rel=0.06)
    assert measured[1] == pytest.approx(together, rel=0.02)


# Mutations


@pytest.mark.parametrize(
    ("name", "function", "broken"),
    [
        ("heavy-ball", "_beta_m", lambda lam, eta, rho, m: eta * rho * lam**2 / (2 * (1 - m) - eta * lam)),
        ("heavy-ball", "_beta_m", lambda lam, eta, rho, m: eta * rho * lam / (2 * (1 + m) - eta * lam)),
        ("heavy-ball", "_curvature_m", lambda k, x, m: 2 * (1 + m) - x * k - k * (2 * (1 + m) - x)),
        ("heavy-ball-energy", "_beta_m", lambda lam, eta, rho, m: eta * rho * lam**2 / (2 + m - eta * lam)),
        ("heavy-ball-energy", "_energy", lambda lam, eta, rho, m, u, b: section_7._potential_m(lam, eta, rho, m, u)),
        ("four-cycle", "_four_points", lambda x, rho, m: (x * rho * (2 - x), x * rho * (2 * m - x))),
        ("ellipsoid", "_winner", lambda lam, eta, weights, power=1: int(np.argmax(weights * lam))),
        ("un-normalised", "_linear_factor", lambda lam, eta, rho: 1 - eta * lam * (1 + rho)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mutated_formula_is_caught(name, function, broken, monkeypatch):
    claim = CLAIMS[name]
    assert claim.check(samples=12).passed
    monkeypatch.setattr(section_7, function, broken)
    monkeypatch.setattr(section_7, "_PATIENCE", 2000)  # no need to wait for what will not settle
    assert not claim.check(samples=12).passed


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("heavy-ball", {"share": 0.0}),
        ("heavy-ball", {"share": 0.99}),
        ("heavy-ball-energy", {"multiple": 3.9}),
        ("four-cycle", {"points": lambda x, rho, m: section_7._four_points(x, 1.001 * rho, m)}),
        ("shifted-descent", {"times": 0.999}),
        ("ellipsoid", {"root": 0.45}),
        ("un-normalised", {"threshold": lambda lam, eta, rho: 2.001 - eta * lam * (1 + rho * lam)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_margin_with_a_slightly_wrong_number_is_negative_somewhere(name, changed, monkeypatch):
    claim = CLAIMS[name]
    instances = list(claim.instances(np.random.default_rng(3), 12))
    assert min(claim.margin(**instance) for instance in instances) >= -claim.tolerance
    monkeypatch.setattr(section_7, "_PATIENCE", 2000)
    assert min(claim.margin(**instance, **changed) for instance in instances) < -1e-6
