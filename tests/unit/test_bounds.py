"""The bounds against the formulas of the statements, typed again in mpmath's arithmetic, and against real runs."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import samlib
from samlib import bounds

mp = mpmath.mp.clone()
mp.dps = 60


class Case:
    """A problem in 60 digits, with the constants of Section 4 from their definitions."""

    def __init__(self, theory):
        self.lam = [mp.mpf(value) for value in theory.eigenvalues]
        self.eta, self.rho, self.d = mp.mpf(theory.eta), mp.mpf(theory.rho), len(self.lam)
        self.top, self.bottom = self.lam[0], self.lam[-1]
        self.x, self.y = self.eta * self.top, self.eta * self.bottom
        self.b = self.eta * self.rho * self.top**2
        self.gamma = self.b / (1 - self.x)
        self.beta, self.beta_d = self.b / (2 - self.x), self.eta * self.rho * self.bottom**2 / (2 - self.y)
        second = self.lam[1] if self.d > 1 else None
        self.mu = self.y if second is None else min(self.y, self.top**2 / second**2 - 1)

    def time(self, radius):
        return max(mp.mpf(0), mp.log(mp.mpf(radius) / self.b)) / self.y

    def gap(self, radius, density, failure, form):
        steps = int(mp.ceil(self.time(radius)))
        if steps == 0:
            return self.gamma - self.b
        if form == "sharp":
            inverse = (4 / self.y) ** self.d
        else:
            inverse = 9 * 6 ** (self.d + 3) * mp.mpf(radius) ** 3 / (self.y ** (self.d + 3) * self.gamma**3)
        area = 4 * mp.pi ** (mp.mpf(self.d) / 2) * (2 * self.gamma) ** (self.d - 1)
        return mp.gamma(mp.mpf(self.d) / 2) * failure / (area * steps * density) / inverse**steps

    def misaligned(self, factor):
        return factor * self.beta * self.top**3 / (self.eta * self.beta_d * self.bottom**4)


def close(value, exact):
    return value == pytest.approx(float(exact), rel=1e-10, abs=1e-10)


@st.composite
def theories(draw, dimensions=(2, 12)):
    """Problems with a gap λ₁ > λ₂, λ₁ and ρ away from 1, and ηλ₁ up to its limit."""
    d = draw(st.integers(*dimensions))
    ratios = sorted(draw(st.lists(st.floats(0.1, 0.999), min_size=d - 1, max_size=d - 1)), reverse=True)
    top, rho = 10 ** draw(st.floats(-3, 3)), 10 ** draw(st.floats(-3, 3))
    x = draw(st.one_of(st.floats(0.01, 0.499), st.just(0.5 - 1e-9)))
    return samlib.QuadraticSAM([top, *(top * ratio for ratio in ratios)], eta=x / top, rho=rho)


def least_density(theory, radius, failure):
    """The density of the uniform law that puts 1 - failure in the ball."""
    d = theory.dimension
    return (1 - failure) / (math.pi ** (d / 2) / math.gamma(d / 2 + 1) * radius**d)


def assume_rounding_is_clear(time):
    """⌈T⌉ in 16 digits may differ from ⌈T⌉ in 60 where T is as good as a whole number."""
    assume(time == 0 or abs(time - mp.nint(time)) > 1e-9 * (1 + time))


ratios = st.floats(-20, 40)
TEN = samlib.QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)


@given(theories(), st.floats(0.01, 20), st.floats(0.01, 0.49), st.floats(0, 30), st.sampled_from(["sharp", "printed"]))
def test_time_ratio_and_gap_of_early_descent(theory, spread, failure, extra, form):
    case, radius = Case(theory), theory.b * math.exp(spread * theory.eta * theory.eigenvalues[-1])
    density = least_density(theory, radius, failure) * math.exp(extra)
    assert close(bounds.time_to_ball(theory, radius), case.time(radius))
    assume_rounding_is_clear(case.time(radius))
    gap = case.gap(radius, density, failure, form)
    assert close(bounds.log_gap(theory, radius, density, failure, form), mp.log(gap))
    growth = 2 * mp.ceil(case.time(radius)) * mp.log(2 * mp.mpf(radius) / gap)
    assert close(bounds.log_ratio_growth(theory, radius, log_gap=float(mp.log(gap))), growth)


def test_steps_round_up_and_a_start_in_the_ball_needs_none():
    case = Case(TEN)
    for radius in (0.1, TEN.b, TEN.b * (1 + 1e-12), 0.21, 1.0, 1e3, 1e300):
        assert bounds.steps_to_ball(TEN, radius) == int(mp.ceil(case.time(radius)))
    assert bounds.steps_to_ball(TEN, TEN.b) == 0
    assert bounds.steps_to_ball(TEN, TEN.b * (1 + 1e-12)) == 1
    assert bounds.log_ratio_growth(TEN, TEN.b, 0.01) == 0
    assert bounds.log_gap(TEN, TEN.b, 1e6, 0.1) == pytest.approx(math.log(TEN.gamma[0] - TEN.b))


def test_ratio_growth_takes_a_gap_or_its_logarithm():
    expected = 2 * 17 * math.log(2 * 1.0 / 1e-3)  # T = log(1/0.2)/0.1 = 16.09
    assert bounds.log_ratio_growth(TEN, 1.0, 1e-3) == pytest.approx(expected)
    assert bounds.log_ratio_growth(TEN, 1.0, log_gap=math.log(1e-3)) == pytest.approx(expected)
    assert math.isfinite(bounds.log_ratio_growth(TEN, 1e308, log_gap=-1e6))
    for wrong in ({}, {"gap": 1.0, "log_gap": 0.0}):
        with pytest.raises(ValueError, match="exactly one of gap and log_gap"):
            bounds.log_ratio_growth(TEN, 1.0, **wrong)


@given(theories(), st.floats(1, 5))
def test_ring_and_density_growth(theory, stretch):
    case, d = Case(theory), theory.dimension
    assert close(bounds.ring_width(theory) / float(case.gamma), case.y / (2 - case.y))
    assert close(bounds.log_density_growth(theory), d * mp.log(4 / case.y))
    radius = stretch * theory.b
    printed = mp.log(9 * 6 ** (d + 3) * mp.mpf(radius) ** 3 / (case.y ** (d + 3) * case.gamma**3))
    assert close(bounds.log_density_growth(theory, radius, "printed"), printed)
    assert bounds.log_density_growth(theory) < bounds.log_density_growth(theory, radius, "printed")


@given(theories(), st.floats(0.1, 0.9), st.floats(0.01, 0.49))
@settings(max_examples=50)
def test_a_gap_is_inside_the_ring_that_is_crossed_in_one_step(theory, spread, failure):
    radius = theory.b * math.exp(spread)
    density = least_density(theory, radius, failure)
    sharp, printed = (bounds.log_gap(theory, radius, density, failure, form) for form in ("sharp", "printed"))
    assert printed < sharp < math.log(bounds.ring_width(theory))


@given(theories(), st.floats(0.01, 3))
def test_counts_of_long_gradients(theory, epsilon):
    case = Case(theory)
    x, beta, beta_d, eta, top = case.x, case.beta, case.beta_d, case.eta, case.top
    highest = max(mp.mpf(0), case.b**2 / (2 * beta_d) - case.b)
    potential = 2 / (eta * mp.mpf(epsilon) ** 2 * top * beta) * (highest + beta / 2)
    assert close(bounds.visits_beyond(theory, epsilon, "potential") / float(potential), 1)
    for form, factor in (("printed", 3), ("sharp", 2 - x)):
        count = factor * beta / (eta * mp.mpf(epsilon) ** 2 * top * beta_d)
        assert close(bounds.visits_beyond(theory, epsilon, form) / float(count), 1)
        assert close(bounds.misaligned_steps(theory, form) / float(case.misaligned(factor)), 1)
    assert bounds.visits_beyond(theory, epsilon) == bounds.visits_beyond(theory, epsilon, "sharp")
    assert bounds.misaligned_steps(theory) == bounds.misaligned_steps(theory, "printed")


@given(theories())
def test_alignment_threshold(theory):
    case = Case(theory)
    x, y, mu = case.x, case.y, case.mu
    exact = (2 - x) / (2 - x - (y - mu) - y * mu) * (1 + (1 + mu) * (case.bottom / case.top) ** 2)
    assert bounds.alignment_threshold(theory) == pytest.approx(float(exact), rel=1e-6)  # μ loses digits for λ₂ → λ₁
    assert bounds.alignment_threshold(theory) >= 1 + float((case.bottom / case.top) ** 2)


@given(theories(), st.floats(0, 1e6), ratios, st.floats(1e-9, 0.4), st.sampled_from(["sharp", "printed"]))
def test_decay_and_times_of_the_escape(theory, steps, log_ratio, epsilon, form):
    case = Case(theory)
    x, mu = case.x, mp.mpf(theory.mu)  # μ itself is compared in test_quadratic
    bad = case.misaligned(3 if form == "printed" else 2 - x)
    decay = -mp.log(2) - 2 * (steps + 1 - bad) * mp.log(1 + mu) + 2 * bad * mp.log(2 / x) + log_ratio
    scale = 1 + float(bad) * float(mp.log(4 / x)) + steps + abs(log_ratio)
    value = bounds.log_misalignment(theory, steps, log_ratio, form)
    assert abs(value - float(decay)) <= 1e-9 * scale

    def aligned(log_epsilon):
        return max(0, 2 / mu * (bad * mp.log(4 / x) + (log_ratio - mp.log(2) - log_epsilon) / 2))

    assert bounds.alignment_time(theory, epsilon, log_ratio, form) == pytest.approx(
        float(aligned(mp.log(epsilon))), rel=1e-9
    )
    limit = min(mp.sqrt(x * case.beta / (2 * case.gamma)), x / (2 * case.gamma), 1 / case.b, case.beta / 2)
    assert close(bounds.settling_limit(theory) / float(limit), 1)
    accuracy = float(limit) * epsilon
    settled = aligned(2 * mp.log(accuracy)) + 4 / x * mp.log(1 / mp.mpf(accuracy))
    assert bounds.settling_time(theory, accuracy, log_ratio, form) == pytest.approx(float(settled), rel=1e-9)
    halved = mp.mpf(accuracy) / (2 * (1 + case.beta))
    cycled = aligned(2 * mp.log(halved)) + 6 / x * mp.log(1 / halved)
    assert bounds.cycle_time(theory, accuracy, log_ratio, form) == pytest.approx(float(cycled), rel=1e-9)


@given(theories())
def test_the_first_entry_of_the_settling_limit_is_never_the_least(theory):
    case = Case(theory)
    second = case.x / (2 * case.gamma)
    assert mp.almosteq(mp.sqrt(case.x * case.beta / (2 * case.gamma)) ** 2, second * case.beta)
    assert bounds.settling_limit(theory) <= float(min(second, 1 / case.b, case.beta / 2)) * (1 + 1e-12)


def test_a_run_on_the_first_axis_is_aligned_at_once():
    assert bounds.log_misalignment(TEN, 0, -math.inf) == -math.inf
    assert bounds.alignment_time(TEN, 0.1, -math.inf) == 0


def test_the_decay_is_below_epsilon_at_the_alignment_time():
    time = bounds.alignment_time(TEN, 1e-3, 5.0)
    assert bounds.log_misalignment(TEN, time, 5.0) <= math.log(1e-3)
    assert bounds.log_misalignment(TEN, 0.4 * time, 5.0) > math.log(1e-3)


@given(theories(), st.floats(0.5, 50), st.floats(1e-6, 1), st.floats(0.01, 0.49), st.floats(0.01, 0.99))
def test_theorem_3_term_by_term(theory, stretch, share, failure, accuracy):
    case = Case(theory)
    x, y, d, mu, b = case.x, case.y, case.d, mp.mpf(theory.mu), case.b
    scale = case.eta * case.rho * case.top
    radius = stretch * float(scale)
    density = least_density(theory, radius, failure)
    for form in ("printed", "corrected"):
        epsilon = accuracy * bounds.accuracy_limit(theory, form)
        log_late = max(mp.mpf(0), mp.log(mp.mpf(radius) / scale))
        late, bound = log_late, mp.mpf(density)
        if form == "corrected":
            late = max(late, y)
            for value in case.lam:
                bound /= value
        expected = {
            "escape": case.top**5 / (case.eta * case.bottom**6 * mu) * mp.log(4 / x),
            "accuracy": mp.log(4 * (1 + b) ** 2 / (case.bottom * mp.mpf(epsilon)) ** 2) / mu,
            "start": mp.log(1 / mp.mpf(share)) / mu,
            "descent": mp.mpf(0),
            "chance": mp.mpf(0),
            "bounce": mp.log(2 * (1 + b) / (case.bottom * mp.mpf(epsilon))) / x,
        }
        if late > 0:
            growth = mp.log(9 * 6 ** (d + 3) * mp.mpf(radius) ** 3 / (y ** (d + 3) * scale**3))
            sphere = mp.pi ** (mp.mpf(d) / 2) * (4 * b) ** (d - 1) / mp.gamma(mp.mpf(d) / 2)
            chance = mp.log(2 * case.top * radius) + mp.log(bound * sphere * late / (failure * y))
            expected |= {"descent": (late / y) ** 2 * growth / mu, "chance": late / (y * mu) * chance}
        result = bounds.theorem_3(theory, epsilon, radius, share * radius**2, density, failure, constant=2.0, form=form)
        for name, value in expected.items():
            assert result.terms[name] == pytest.approx(float(value), rel=1e-7, abs=1e-7 * float(1 / mu)), name
        total = 2 * math.fsum(result.terms.values())
        assert result.total == pytest.approx(total)


@given(theories(), st.floats(0.5, 50), st.floats(1e-6, 1), st.floats(0.01, 0.49), st.floats(0.01, 0.99))
@settings(max_examples=50)
def test_the_explicit_time_is_the_lemmas_put_together(theory, stretch, share, failure, accuracy):
    case = Case(theory)
    radius = stretch * theory.eta * theory.rho * theory.eigenvalues[0]
    epsilon = accuracy * bounds.accuracy_limit(theory)
    density = least_density(theory, radius, failure)
    length = case.top * mp.mpf(radius)
    assume_rounding_is_clear(case.time(length))
    steps = mp.ceil(case.time(length))
    v_density = mp.mpf(density)
    for value in case.lam:
        v_density /= value
    gap = case.gap(length, v_density, failure, "sharp")
    log_ratio = 2 * steps * mp.log(2 * length / gap) - mp.log(share)
    cycled = bounds.cycle_time(theory, float(theory.eigenvalues[-1] * epsilon), float(log_ratio), "sharp")
    value = bounds.explicit_time(theory, epsilon, radius, share * radius**2, density, failure)
    assert value == pytest.approx(float(steps) + cycled, rel=1e-9, abs=2)


def test_theorem_3_does_not_change_with_the_units_once_corrected():
    # (λ, η) → (sλ, η/s) leaves the runs alone; the printed bound uses A for v₀ and follows s into the negative (E7).
    arguments = {"radius": 10.0, "first_square": 1.0, "density": 1.0, "failure": 0.05}
    totals = {}
    for s in (1.0, 1e-100, 1e-250):
        theory = samlib.QuadraticSAM([s, 0.75 * s], eta=0.4 / s, rho=1.0)
        late = {"corrected": bounds.theorem_3(theory, 1e-3 * s, **arguments)}
        late["printed"] = bounds.theorem_3(theory, 1e-3 * s, **arguments, form="printed")
        totals[s] = {form: result.descent + result.chance for form, result in late.items()}
    assert totals[1e-250]["corrected"] == pytest.approx(totals[1.0]["corrected"], rel=1e-9)
    assert totals[1e-250]["printed"] < 0 < totals[1e-250]["corrected"]


def test_the_range_of_theorem_3():
    # x = 0.2, b = 0.2, β₁ = 1/9, γ₁ = 1/4: Lemma 17 admits ε' < min{√(0.2·(1/9)/0.5), 0.2/0.5, 5, 1/18} = 1/18
    assert bounds.settling_limit(TEN) == pytest.approx(1 / 18)
    assert bounds.accuracy_limit(TEN) == pytest.approx(2 * (1 + 1 / 9) * (1 / 18) / 0.5)
    assert bounds.accuracy_limit(TEN, "printed") == pytest.approx(0.1)  # min{√0.2/2, 1/2, 0.1}
    assert bounds.accuracy_limit(samlib.QuadraticSAM([1.0, 0.5], 0.2, 30.0), "printed") == pytest.approx(1 / 60)


def test_theorem_1_is_the_safe_form():
    # κ = 2, ηλ_d = 0.1, μ = min{0.1, 3} = 0.1, d = 2
    expected = 2**5 / (0.1 * 0.1) + 2 / (0.1**2 * 0.1)
    assert bounds.theorem_1(TEN, 1e-3, constant=2.0) == pytest.approx(2 * expected * math.log(1e3) ** 3)


# Real runs


def lengths_and_runs(rng, theory, starts, steps):
    sam, loss = samlib.SAM(eta=theory.eta, rho=theory.rho), samlib.Quadratic(theory.eigenvalues)
    w = starts / theory.eigenvalues
    for _ in range(steps):
        w = sam.step(loss, w)
    return loss.gradient(w)


def test_runs_are_in_the_ball_at_the_time_and_not_at_half_of_it():
    rng, late = np.random.default_rng(0), 0
    for _ in range(200):
        lam = np.sort(rng.uniform(0.2, 1, 4))[::-1]
        theory = samlib.QuadraticSAM(lam, eta=rng.uniform(0.05, 0.499) / lam[0], rho=rng.uniform(0.2, 3))
        start = rng.normal(size=4)
        start *= rng.choice([1.01, 2, 10, 100]) * theory.b / np.linalg.norm(start)
        steps = bounds.steps_to_ball(theory, float(np.linalg.norm(start)))
        assert np.linalg.norm(lengths_and_runs(rng, theory, start, steps)) <= theory.b * (1 + 1e-12)
        late += np.linalg.norm(lengths_and_runs(rng, theory, start, steps // 2)) > theory.b
    assert late > 20  # so the time is no wild overestimate


def test_gaussian_starts_keep_the_gap_of_lemma_7_with_much_to_spare():
    rng = np.random.default_rng(1)
    sam, loss = samlib.SAM(eta=0.2, rho=1.0), samlib.Quadratic([1.0, 0.5])
    w = 2 * rng.normal(size=(200_000, 2))
    nearest = np.full(len(w), np.inf)
    for _ in range(40):
        nearest = np.minimum(nearest, np.abs(np.linalg.norm(loss.gradient(w), axis=-1) - 0.25))
        w = sam.step(loss, w)
    failure = 0.05
    radius, density = 2 * math.sqrt(-2 * math.log(failure)), 1 / (8 * math.pi) / 0.5
    assert np.mean(nearest < math.exp(bounds.log_gap(TEN, radius, density, failure))) <= 2 * failure
    assert np.mean(nearest < 1e-2) == pytest.approx(0.19, abs=0.005)  # proportional to the width: 18.9 ± 0.05 per unit


# What is refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bounds.time_to_ball(samlib.QuadraticSAM([1.0], 0.5, 1.0), 1.0), r"0 < eta < 1/\(2λ₁\) = 0.5, got eta"),
        (lambda: bounds.time_to_ball(samlib.QuadraticSAM([1.0, 0.0], 0.2, 1.0), 1.0), "need λ_d > 0, got λ_d = 0"),
        (lambda: bounds.time_to_ball(TEN, 0.0), "radius must be > 0, got 0"),
        (lambda: bounds.time_to_ball(TEN, math.inf), "radius must hold finite numbers"),
        (lambda: bounds.time_to_ball(TEN, [1.0, 2.0]), r"radius must be a single number, got an array of shape \(2,\)"),
        (lambda: bounds.log_density_growth(TEN, form="printed"), "needs a radius > 0, got None"),
        (lambda: bounds.log_gap(TEN, 1.0, 1.0, 0.5), "0 < failure < 1/2, got 0.5"),
        (lambda: bounds.log_gap(TEN, 1.0, 0.01, 0.1), "log density must be >= -1.25"),
        (lambda: bounds.log_gap(TEN, 1.0, 1.0, 0.1, "loose"), "one of 'sharp', 'printed', got 'loose'"),
        (lambda: bounds.visits_beyond(TEN, -1.0), "epsilon must be > 0, got -1"),
        (lambda: bounds.alignment_threshold(samlib.QuadraticSAM([1.0, 1.0], 0.2, 1.0)), "needs λ₁ > λ₂"),
        (lambda: bounds.log_misalignment(TEN, -1, 0.0), "steps, counted from T₀, must be >= 0, got -1"),
        (lambda: bounds.alignment_time(TEN, 0.1, math.nan), "log_ratio must be a number or -inf, got nan"),
        (lambda: bounds.settling_time(TEN, 0.2, 0.0), "the range of Lemma 17; got 0.2"),
        (lambda: bounds.cycle_time(TEN, 1.0, 0.0), "the range of Lemma 17"),
        (lambda: bounds.theorem_3(TEN, 9.0, 1.0, 0.5, 1.0, 0.1), "epsilon must satisfy 0 < epsilon"),
        (lambda: bounds.theorem_3(TEN, 0.01, 1.0, 2.0, 1.0, 0.1), "0 < first_square <= radius² = 1, got 2"),
        (lambda: bounds.theorem_1(TEN, 0.5), "0 < epsilon < 1/e, got 0.5"),
    ],
)
def test_what_is_outside_a_range_is_refused_with_the_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
