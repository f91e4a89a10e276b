"""(13), (14) and Theorem 3 against formulas and runs written out again, and at the edges of their ranges."""

import math

import numpy as np
import pytest
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import samlib
from samlib import bounds, claims
from tests.unit.literal import literal_sam_step

EQ_13, EQ_14, THEOREM_3 = (claims.get(name) for name in ("eq-13", "eq-14", "theorem-3"))
PRINTED = claims.get("theorem-3-printed")


# The formulas and the dynamics once more, from the page and not from the library


def literal_run(lam, eta, rho, w, steps=400):
    """w₀, …, w_steps by SAM's definition, as lists."""
    path = [list(w)]
    for _ in range(steps):
        path.append(literal_sam_step(lambda p: [a * b for a, b in zip(lam, p, strict=True)], path[-1], eta, rho))
    return path


def literal_settling(path, weights, amplitude, accuracy):
    """The step from which on (Σ weightᵢ²(u_i ∓ a e₁)ᵢ²)^½ ≤ accuracy, u_t = (-1)ᵗ w_t."""
    sign = math.copysign(1, path[-1][0] * (-1) ** (len(path) - 1))
    late = 0
    for t, w in enumerate(path):
        u = [(-1) ** t * x for x in w]
        u[0] -= sign * amplitude
        if not math.hypot(*(c * x for c, x in zip(weights, u, strict=True))) <= accuracy:
            late = t + 1
    assert late < len(path), "the run has not settled"
    return late


def literal_mu(lam, eta):
    return eta * lam[-1] if len(lam) == 1 else min(eta * lam[-1], (lam[0] / lam[1]) ** 2 - 1)


def literal_descent_steps(lam, eta, rho, R):
    return math.ceil(max(0.0, math.log(R / (eta * rho * lam[0]))) / (eta * lam[-1]))


def assume_between_whole_numbers(lam, eta, rho, R):
    """Rounding must not decide how many steps L/(ηλ_d) rounds up to."""
    time = math.log(R / (eta * rho * lam[0])) / (eta * lam[-1])
    assume(abs(time - round(time)) > 1e-9)


def literal_ratio(lam, eta, rho, R, q, log_gap):
    """The right side of (13)."""
    steps = literal_descent_steps(lam, eta, rho, R)
    return 2 * steps * (math.log(2 * lam[0] * R) - log_gap if steps else 0.0) + math.log(R**2 / q)


def literal_cycle_time(lam, eta, rho, epsilon, log_ratio):
    """T₂ of Lemma 19 for the accuracy λ_dε, with the ratio given by its logarithm."""
    x, mu = eta * lam[0], literal_mu(lam, eta)
    beta = eta * rho * lam[0] ** 2 / (2 - x)
    beta_d = eta * rho * lam[-1] ** 2 / (2 - eta * lam[-1])
    T1 = 3 * beta * lam[0] ** 3 / (eta * beta_d * lam[-1] ** 4)
    small = lam[-1] * epsilon / (2 * (1 + beta))
    aligned = 2 * T1 * math.log(4 / x) + log_ratio - math.log(2 * small**2)
    return max(0.0, aligned) / mu + 6 / x * math.log(1 / small)


def literal_log_gap(lam, eta, rho, R, A, delta):
    """log Δ of Lemma 7 as printed, for the density A of w₀."""
    d, gamma, N = len(lam), eta * rho * lam[0] ** 2 / (1 - eta * lam[0]), literal_descent_steps(lam, eta, rho, R)
    if N == 0:
        return math.log(eta * lam[0] * gamma)
    density = A / math.prod(lam)
    front = math.gamma(d / 2) * delta / (4 * math.pi ** (d / 2) * (2 * gamma) ** (d - 1) * N * density)
    power = (d + 3) * math.log(eta * lam[-1] / 6) + 3 * math.log(gamma / (lam[0] * R)) - math.log(9)
    return math.log(front) + N * power


def literal_terms(lam, eta, rho, epsilon, R, q, A, delta):
    """The four groups of Theorem 3."""
    d, x, y, b, mu = len(lam), eta * lam[0], eta * lam[-1], eta * rho * lam[0] ** 2, literal_mu(lam, eta)
    M = max(math.log(R / (eta * rho * lam[0])), y)
    density = A / math.prod(lam)
    first = lam[0] ** 5 / (eta * lam[-1] ** 6 * mu) * math.log(4 / x)
    second = (math.log(4 * (1 + b) ** 2 / (lam[-1] ** 2 * epsilon**2)) + math.log(R**2 / q)) / mu
    concentrated = math.log(9 * 6 ** (d + 3) * R**3 / (y ** (d + 3) * (eta * rho * lam[0]) ** 3))
    risk = math.log(density * math.pi ** (d / 2) * (4 * b) ** (d - 1) * M / (math.gamma(d / 2) * delta * y))
    third = M / (y * mu) * (math.log(2 * lam[0] * R) + M / y * concentrated + risk)
    fourth = math.log(2 * (1 + b) / (lam[-1] * epsilon)) / x
    return first, second, third, fourth


def least_density(d, R, delta):
    return (1 - delta) * math.gamma(d / 2 + 1) / (math.pi ** (d / 2) * R**d)


# Problems


@st.composite
def problems(draw, *, least_step=0.08, least_ratio=0.3, nearest=0.95):
    """(λ, η, ρ) with λ₁ > λ₂, all of moderate size, so that 400 steps are enough to settle."""
    top = 10 ** draw(st.floats(-2, 2))
    ratios = draw(st.lists(st.floats(least_ratio, nearest), max_size=4))
    x = draw(st.floats(least_step, 0.4999))
    lam = [top * z for z in sorted([1.0, *ratios], reverse=True)]
    return lam, x / top, 10 ** draw(st.floats(-2, 2))


@st.composite
def starts(draw, problem):
    """w₀ of a size between a hundredth and a hundred times the ball's, with w₀,₁ not tiny."""
    lam, eta, rho = problem
    direction = [draw(st.sampled_from([-1, 1])) * draw(st.floats(0.05, 1)) for _ in lam]
    size = eta * rho * lam[0] * 10 ** draw(st.floats(-2, 2)) / math.hypot(*direction)
    return [size * c for c in direction]


@st.composite
def instances(draw):
    """A full instance of Theorem 3, with R, q and A tight or generous."""
    lam, eta, rho = problem = draw(problems())
    w = draw(starts(problem))
    generous = draw(st.sampled_from([1.0, 3.0]))
    R = max(math.hypot(*w), 1.0001 * eta * rho * lam[0]) * generous
    assume_between_whole_numbers(lam, eta, rho, R)
    delta = draw(st.floats(0.001, 0.49))
    theory = samlib.QuadraticSAM(lam, eta, rho)
    return {
        "eigenvalues": np.array(lam),
        "eta": eta,
        "rho": rho,
        "w": np.array(w),
        "R": R,
        "q": w[0] ** 2 / generous,
        "A": least_density(len(lam), R, delta) * generous,
        "delta": delta,
        "epsilon": bounds.accuracy_limit(theory) * draw(st.sampled_from([0.999999, 0.5, 1e-3])),
    }


def numbers(instance):
    """(λ, η, ρ, w) as plain numbers."""
    return instance["eigenvalues"].tolist(), instance["eta"], instance["rho"], instance["w"].tolist()


def least_gap(lam, eta, rho, path):
    gamma = eta * rho * lam[0] ** 2 / (1 - eta * lam[0])
    return min(abs(math.hypot(*(a * c for a, c in zip(lam, w, strict=True))) - gamma) for w in path)


# Equation (13)


@given(st.data())
def test_equation_13_holds_on_literal_runs_and_its_margin_is_the_distance_to_the_displayed_bound(data):
    lam, eta, rho = problem = data.draw(problems())
    w = data.draw(starts(problem))
    path = literal_run(lam, eta, rho, w)
    gap = least_gap(lam, eta, rho, path)
    assume(gap > 1e-9 * eta * rho * lam[0] ** 2)
    R, q = math.hypot(*w), w[0] ** 2
    assume_between_whole_numbers(lam, eta, rho, R)
    v = next(
        v
        for v in ([a * c for a, c in zip(lam, w, strict=True)] for w in path)
        if math.hypot(*v) <= eta * rho * lam[0] ** 2 * (1 + 1e-12)
    )
    right = literal_ratio(lam, eta, rho, R, q, math.log(gap))
    instance = {"eigenvalues": np.array(lam), "eta": eta, "rho": rho, "w": np.array(w), "R": R, "q": q, "gap": gap}
    if len(lam) == 1:
        assert EQ_13.margin(**instance) >= -1e-12
        return
    left = 2 * math.log(math.hypot(*v[1:]) / abs(v[0]))
    assert left <= right + 1e-9 * (1 + abs(right))
    early = literal_descent_steps(lam, eta, rho, R) - len(until_ball(lam, eta, rho, path)) + 1
    assert EQ_13.margin(**instance) == pytest.approx(
        min(1, early, (right - left) / (1 + abs(right))), rel=1e-6, abs=1e-9
    )


def until_ball(lam, eta, rho, path):
    b = eta * rho * lam[0] ** 2
    inside = next(
        t for t, w in enumerate(path) if math.hypot(*(a * c for a, c in zip(lam, w, strict=True))) <= b * (1 + 1e-12)
    )
    return path[: inside + 1]


def test_equation_13_notices_a_gap_radius_or_square_a_hair_too_generous():
    instance = dict(next(iter(EQ_13.instances(np.random.default_rng(1), 1))))
    tight = {
        **instance,
        "R": float(np.linalg.norm(instance["w"])),
        "q": float(instance["w"][0] ** 2),
    }
    assert EQ_13.applies(**tight)
    assert not EQ_13.applies(**{**tight, "R": tight["R"] * (1 - 1e-9)})
    assert not EQ_13.applies(**{**tight, "q": tight["q"] * (1 + 1e-9)})
    assert not EQ_13.applies(**{**tight, "gap": 10 * eta_gamma(tight)})


def eta_gamma(instance):
    x = instance["eta"] * instance["eigenvalues"][0]
    return float(x * instance["rho"] * instance["eigenvalues"][0] / (1 - x))


# Equation (14)


@given(instances())
def test_equation_14_holds_on_literal_runs_and_its_margin_is_one_minus_the_share_of_the_time_used(instance):
    lam, eta, rho, w = numbers(instance)
    path = literal_run(lam, eta, rho, w)
    gap = min(least_gap(lam, eta, rho, path), eta * lam[0] * eta * rho * lam[0] ** 2 / (1 - eta * lam[0])) * 0.999
    assume(gap > 1e-9 * eta * rho * lam[0] ** 2)
    log_ratio = literal_ratio(lam, eta, rho, instance["R"], instance["q"], math.log(gap))
    cycle = literal_cycle_time(lam, eta, rho, instance["epsilon"], log_ratio)
    time = literal_descent_steps(lam, eta, rho, instance["R"]) + math.ceil(cycle)
    amplitude = eta * rho * lam[0] / (2 - eta * lam[0])
    realised = literal_settling(path, lam, amplitude, lam[-1] * instance["epsilon"])
    assert realised <= time
    given_gap = {**{name: instance[name] for name in instance if name not in ("A", "delta")}, "gap": gap}
    assert EQ_14.applies(**given_gap)
    assert EQ_14.margin(**given_gap) == pytest.approx(1 - realised / time, abs=1.5 / time)


# Theorem 3


@given(instances())
def test_theorem_3_is_the_displayed_sum_and_its_margin_the_nearer_of_the_lemmas_and_the_run(instance):
    lam, eta, rho, w = numbers(instance)
    rest = [instance[name] for name in ("epsilon", "R", "q", "A", "delta")]
    total = 10 * sum(literal_terms(lam, eta, rho, *rest))
    log_gap = literal_log_gap(lam, eta, rho, instance["R"], instance["A"], instance["delta"])
    path = literal_run(lam, eta, rho, w)
    assume(math.log(least_gap(lam, eta, rho, path)) > log_gap)
    ratio = literal_ratio(lam, eta, rho, instance["R"], instance["q"], log_gap)
    steps = literal_descent_steps(lam, eta, rho, instance["R"])
    together = steps + math.ceil(literal_cycle_time(lam, eta, rho, instance["epsilon"], ratio))
    realised = literal_settling(path, [1.0] * len(lam), eta * rho * lam[0] / (2 - eta * lam[0]), instance["epsilon"])
    assert realised <= together <= total
    assert realised <= total / 10, "no run needs more than c = 1"
    assert THEOREM_3.applies(**instance)
    assert THEOREM_3.margin(**instance) == pytest.approx(1 - max(realised, together) / total, rel=1e-6, abs=2 / total)


@st.composite
def extreme(draw):
    """Problems and distributions at every edge; no run is taken."""
    d = draw(st.integers(1, 40))
    top = 10 ** draw(st.floats(-6, 6))
    x = draw(st.sampled_from([0.5 - 1e-12, 0.5 - 1e-4, 0.3, 1e-2, 1e-5]))
    nearest = draw(st.sampled_from([1 - 1e-9, 1 - 1e-3, 0.9, 0.5, 0.01]))
    lowest = nearest * draw(st.sampled_from([1.0, 0.9, 0.1]))
    lam = [top, *([top * nearest] if d > 1 else []), *([top * lowest] * (d - 2))]
    eta, rho = x / top, 10 ** draw(st.floats(-6, 6))
    late = draw(st.sampled_from([0.0, 1e-12, 1.0, 1 + 1e-9])) * eta * lam[-1] + draw(st.sampled_from([0.0, 0.0, 5.0]))
    R = eta * rho * top * math.exp(late)
    delta = draw(st.sampled_from([0.5 - 1e-9, 0.1, 1e-6]))
    log_density = math.log1p(-delta) + math.lgamma(d / 2 + 1) - d / 2 * math.log(math.pi) - d * math.log(R)
    assume(abs(log_density) < 600)
    limit = bounds.accuracy_limit(samlib.QuadraticSAM(lam, eta, rho))
    epsilon = limit * draw(st.sampled_from([1 - 1e-9, 1e-3, 1e-8]))
    q = R**2 * draw(st.sampled_from([1.0, 1e-12]))
    return lam, eta, rho, epsilon, R, q, math.exp(log_density) * draw(st.sampled_from([1.0, 1e3])), delta


@settings(max_examples=300)
@given(extreme())
def test_ten_times_the_sum_covers_the_lemmas_put_together_at_every_edge(numbers):
    lam, eta, rho, epsilon, R, q, A, delta = numbers
    theory = samlib.QuadraticSAM(lam, eta, rho)
    time = bounds.theorem_3(theory, epsilon, R, q, A, delta, constant=10)
    assert bounds.explicit_time(theory, epsilon, R, q, A, delta, form="printed") <= time.total


@given(problems(least_ratio=0.01, nearest=0.999999))
def test_the_printed_range_of_accuracies_is_enough_up_to_the_eigenvalue_one_plus_beta(problem):
    theory = samlib.QuadraticSAM(*problem)
    assume(theory.eigenvalues[-1] <= 1 + theory.beta[0])
    assert bounds.accuracy_limit(theory, "printed") <= bounds.accuracy_limit(theory) * (1 + 1e-12)


def test_the_printed_range_is_not_enough_for_large_eigenvalues():
    theory = samlib.QuadraticSAM([100.0, 90.0], eta=0.004, rho=0.01)
    assert bounds.accuracy_limit(theory, "printed") > bounds.accuracy_limit(theory)


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 1e4])
def test_a_change_of_units_leaves_the_corrected_group_alone_and_moves_the_printed_one_by_d_logarithms(scale):
    lam, eta, R, q, A, delta = np.array([1.0, 0.7, 0.5]), 0.4, 3.0, 0.1, 0.02, 0.1
    values = {}
    for s in (1.0, scale):
        theory = samlib.QuadraticSAM(s * lam, eta / s, 1.0)
        for form in ("corrected", "printed"):
            epsilon = 0.1 * bounds.accuracy_limit(theory, form)
            time = bounds.theorem_3(theory, epsilon, R, q, A, delta, form=form)
            values[s, form] = time.descent + time.chance
    late, bottom = math.log(R / 0.4), 0.2
    moved = late / (bottom * min(bottom, 1 / 0.49 - 1)) * 3 * math.log(scale)
    assert values[scale, "corrected"] == pytest.approx(values[1.0, "corrected"])
    assert values[scale, "printed"] - values[1.0, "printed"] == pytest.approx(moved)


def test_the_printed_time_is_negative_for_small_eigenvalues_and_the_run_starts_far_from_the_bounce():
    case = dict(PRINTED.counterexample)
    lam, eta, rho, w = numbers(case)
    rest = [case[name] for name in ("epsilon", "R", "q", "A", "delta")]
    d, x, y = len(lam), eta * lam[0], eta * lam[-1]
    first, second, third, fourth = literal_terms(lam, eta, rho, *rest)
    late = math.log(case["R"] / (eta * rho * lam[0]))
    printed = (
        first + second + third + fourth + late / (y * literal_mu(lam, eta)) * sum(math.log(value) for value in lam)
    )
    assert late > y, "the maximum is not at stake"
    assert printed < 0 < first + second + third + fourth
    amplitude = eta * rho * lam[0] / (2 - x)
    assert literal_settling(literal_run(lam, eta, rho, w), [1.0] * d, amplitude, case["epsilon"]) > 0
    # A uniform density on a part of the ball that is at least half of it: |w₁| < R/30 has little mass.
    slab = 2 / 30 * math.gamma(d / 2 + 1) / (math.sqrt(math.pi) * math.gamma((d + 1) / 2))
    assert slab < 0.5
    ball = math.pi ** (d / 2) * case["R"] ** d / math.gamma(d / 2 + 1)
    assert case["A"] == pytest.approx(2 / ball)
    assert PRINTED.margin(**case) == pytest.approx(-1, abs=0.99)


def test_of_many_starts_of_one_distribution_none_needs_more_than_the_sum_with_constant_one():
    lam, eta, rho, delta, epsilon = np.array([1.0, 0.6, 0.5]), 0.3, 0.5, 0.05, 0.01
    starts = np.random.default_rng(0).normal(size=(2000, 3))
    R = math.sqrt(3) * 2  # P(‖w₀‖ > R) < 0.02
    q = (delta / 4) ** 2 * math.pi / 2  # P(w₀,₁² < q) < δ/2
    outside = (np.linalg.norm(starts, axis=1) > R) | (starts[:, 0] ** 2 < q)
    assert outside.mean() < delta
    theory = samlib.QuadraticSAM(lam, eta, rho)
    time = bounds.theorem_3(theory, epsilon, R, q, (2 * math.pi) ** -1.5, delta).total
    sam, loss = samlib.SAM(eta=eta, rho=rho), samlib.Quadratic(lam)
    steps = 600
    assert steps < time
    after = np.abs(samlib.final_state(sam, loss, starts[~outside], steps=steps))
    assert np.linalg.norm(after - [theory.amplitude, 0, 0], axis=1).max() <= epsilon


# Theorem 1 from Theorem 3


@settings(max_examples=200)
@given(extreme(), st.sampled_from([0.999, 1e-2, 1e-12]))
def test_the_package_of_theorem_1_covers_theorem_3_below_its_threshold(numbers, share):
    lam, eta, rho, _, R, q, A, delta = numbers
    top, low = lam[0], lam[-1]
    simple = [1 / math.e, 1 / top, low, eta, delta, rho, 1 / rho, 1 / A, 1 / R, q]
    epsilon = share * min(*simple, 1 / (2 * rho * top**2), eta * rho * low / 2)
    theory = samlib.QuadraticSAM(lam, eta, rho)
    full = bounds.theorem_3(theory, epsilon, R, q, A, delta, constant=10).total
    bottom, kappa, ell = eta * low, top / low, math.log(1 / epsilon)
    package = kappa**5 / (bottom * theory.mu) + len(lam) / (bottom**2 * theory.mu)
    assert full <= package * 5120 * ell**3


# The exercise on coarse accuracies


@given(st.data())
def test_at_coarse_accuracies_the_descent_alone_is_enough(data):
    lam, eta, rho = problem = data.draw(problems())
    w = data.draw(starts(problem))
    b, a = eta * rho * lam[0] ** 2, eta * rho * lam[0] / (2 - eta * lam[0])
    epsilon = 2 * b / lam[-1] * data.draw(st.floats(1, 5))
    time = math.ceil(max(0.0, math.log(2 * lam[0] * math.hypot(*w) / (lam[-1] * epsilon))) / (eta * lam[-1]))
    for place in literal_run(lam, eta, rho, w, steps=time + 20)[time:]:
        for sign in (-1, 1):
            assert math.hypot(place[0] - sign * a, *place[1:]) <= epsilon * (1 + 1e-9)


# The claims themselves


@pytest.mark.parametrize("claim", [EQ_13, EQ_14, THEOREM_3], ids=lambda claim: claim.id)
def test_the_assumptions_on_the_start_are_each_refuted_when_left_out(claim):
    about_the_start = {h.says for h in claim.hypotheses if r"w_{0,1}" in h.says or r"\gamma_1\bigr" in h.says}
    assert len(about_the_start) == 2
    assert about_the_start <= {refutation.without for refutation in claim.refutations}


def inside_the_ball():
    """An instance of Theorem 3 with the least R, A and the largest accuracy that its hypotheses allow, up to a hair."""
    theory, w, delta = samlib.QuadraticSAM([1.0, 0.6], eta=0.3, rho=2.0), np.array([0.2, 0.1]), 0.1
    R = 0.3 * 2.0 * 1.0
    return {
        "eigenvalues": theory.eigenvalues,
        "eta": theory.eta,
        "rho": theory.rho,
        "w": w,
        "R": R,
        "q": 0.04,
        "A": least_density(2, R, delta),
        "delta": delta,
        "epsilon": bounds.accuracy_limit(theory) * (1 - 1e-9),
    }


@pytest.mark.parametrize(
    ("name", "factor"), [("R", 0.999), ("q", 1.001), ("A", 0.999), ("epsilon", 1 + 1e-6), ("delta", 6)]
)
def test_theorem_3_applies_up_to_the_edge_of_each_hypothesis_and_not_beyond(name, factor):
    instance = inside_the_ball()
    assert THEOREM_3.applies(**instance)
    changed = {**instance, name: instance[name] * factor}
    if name == "R":  # a smaller ball needs more density, so that this hypothesis alone is at stake
        changed["A"] = 2 * instance["A"]
    if name == "delta":
        assert changed["delta"] > 0.5
    assert not THEOREM_3.applies(**changed)


def concludes(number, **values):
    """The conclusion of a certificate of Theorem 3 at one point."""
    return z3.is_true(z3.simplify(z3.And(THEOREM_3.certificates[number].conclusion(**values))))


def test_the_certificates_are_about_the_numbers_of_the_proof():
    for step, holds in ((0.49999, True), (0.50001, False)):  # 4 and 2 are the best constants at ηλ₁ = 1/2
        assert concludes(0, lam=1.0, low=1e-9, eta=step, rho=3.0) == holds
        assert concludes(1, lam=1.0, low=1e-9, eta=step, rho=3.0) == holds
    for N, holds in ((2.0, True), (2.001, False)):
        assert concludes(2, T=0.5, N=N) == holds
    for N, holds in ((8.0, True), (8.001, False)):
        assert concludes(2, T=4.0, N=N) == holds
    for X, holds in ((-12.999, True), (-13.001, False)):  # 6X + 1.3Y = 0 at X = -13, Y = 60
        assert concludes(4, X=X, Y=60.0) == holds


@given(problems(), st.sampled_from([1 - 1e-6, 1 + 1e-6, 0.1, 10.0]))
def test_the_certificate_about_accuracies_has_the_printed_range_and_that_of_lemma_17(problem, share):
    lam, eta, rho = problem
    theory = samlib.QuadraticSAM(lam, eta, rho)
    point = {"lam": lam[0], "low": lam[-1], "eta": eta, "rho": rho, "beta": float(theory.beta[0])}
    small = share * bounds.settling_limit(theory)
    assert concludes(3, **point, eps=1.0, small=small) == (share < 1)
    epsilon = share * bounds.accuracy_limit(theory, "printed")
    small = lam[-1] * epsilon / (2 * (1 + point["beta"]))
    conditions = THEOREM_3.certificates[3].hypotheses(**point, eps=epsilon, small=small)
    inequalities = [condition for k, condition in enumerate(conditions) if k not in (5, 6)]
    assert all(inequalities) == (share < 1 and lam[-1] <= 1 + point["beta"])
