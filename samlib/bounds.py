"""Finite-time bounds of Section 4: how soon, how often and how likely.

All of them are about SAM on a quadratic under the standing assumptions λ₁ ≥ … ≥ λ_d > 0 and 0 < ηλ₁ < 1/2, and take a
`samlib.QuadraticSAM` that satisfies them. In short: x = ηλ₁, v_t = Λw_t, δ_t = 1 - |v_{t,1}|/‖v_t‖, and T₀ is the
first step with ‖v_t‖ ≤ b = ηρλ₁².

Times count steps. Lengths of v carry the unit of ‖v‖, densities of v its (-d)-th power. What overflows a float is
returned as its natural logarithm; a function whose name begins with `log_` returns one. Quantities that the paper
estimates generously have a `form`: "printed" is the paper's, "sharp" what its argument gives when no factor is
thrown away (ours).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from samlib._validation import Array, real_array
from samlib.quadratic import QuadraticSAM

__all__ = [
    "FiniteTime",
    "accuracy_limit",
    "alignment_threshold",
    "alignment_time",
    "cycle_time",
    "explicit_time",
    "log_density_growth",
    "log_gap",
    "log_misalignment",
    "log_ratio_growth",
    "misaligned_steps",
    "ring_width",
    "settled_after",
    "settling_limit",
    "settling_time",
    "steps_to_ball",
    "theorem_1",
    "theorem_3",
    "time_to_ball",
    "visits_beyond",
]


# Section 4.2: early descent


def time_to_ball(theory: QuadraticSAM, radius: float) -> float:
    """T = [log(R̂/b)]₊/(ηλ_d): after T steps a run that starts with ‖v₀‖ ≤ R̂ is in the ball ‖v‖ ≤ b (Lemma 6).

    Parameters
    ----------
    theory : QuadraticSAM
        With ηλ₁ < 1/2 and λ_d > 0.
    radius : float
        R̂ > 0, a bound on ‖v₀‖ in units of v.

    Returns
    -------
    float
        T ≥ 0; every whole number t ≥ T has ‖v_t‖ ≤ b.

    Raises
    ------
    ValueError
        If the theory or the radius is outside its range.
    """
    _standing(theory)
    return max(0.0, math.log(_positive("radius", radius)) - math.log(theory.b)) / _bottom(theory)


def steps_to_ball(theory: QuadraticSAM, radius: float) -> int:
    """⌈T⌉, the whole number of steps after which ‖v_t‖ ≤ b for sure (Lemma 6; `time_to_ball` gives T)."""
    return math.ceil(time_to_ball(theory, radius))


def log_ratio_growth(
    theory: QuadraticSAM, radius: float, gap: float | None = None, *, log_gap: float | None = None
) -> float:
    """log (2R̂/Δ)^{2⌈T⌉}: how much Σ_{i≥2} v_i²/v₁² can grow before the run is in the ball (Lemma 6, second part).

    It holds for a run with ‖v₀‖ ≤ R̂ and |‖v_t‖ - γ₁| ≥ Δ at every step.

    Parameters
    ----------
    theory : QuadraticSAM
    radius : float
        R̂ > 0 in units of v.
    gap : float
        Δ > 0 in units of v. Instead of it, `log_gap` gives log Δ where Δ underflows, as Lemma 7's does.

    Raises
    ------
    ValueError
        If a parameter is outside its range, or not exactly one of `gap` and `log_gap` is given.
    """
    if (gap is None) == (log_gap is None):
        raise ValueError(f"exactly one of gap and log_gap must be given, got gap={gap!r} and log_gap={log_gap!r}")
    log_delta = _finite("log_gap", log_gap) if gap is None else math.log(_positive("gap", gap))
    steps = steps_to_ball(theory, radius)
    return 2 * steps * (math.log(2) + math.log(radius) - log_delta)


def ring_width(theory: QuadraticSAM) -> float:
    """ε = ηλ_dγ₁/(2 - ηλ_d), in units of v: a step from ‖v‖ ≤ γ₁ + ε ends at ‖v‖ ≤ γ₁ - ε (proof of Lemma 7).

    So a run is in the ring |‖v‖ - γ₁| < ε at one step at most. ε ≤ γ₁ - b, and Lemma 7's Δ is smaller than ε.
    """
    _standing(theory)
    return _bottom(theory) * float(theory.gamma[0]) / (2 - _bottom(theory))


def log_density_growth(theory: QuadraticSAM, radius: float | None = None, form: str = "sharp") -> float:
    """Log of the factor by which one step from ‖v‖ ≥ γ₁ + ε can raise the density of v (proof of Lemma 7).

    "sharp" (ours): (4/ηλ_d)^d. "printed": 9·6^{d+3}R̂³/((ηλ_d)^{d+3}γ₁³), which also needs R̂ ≥ ‖v‖, the `radius`.
    ε is `ring_width`.
    """
    _standing(theory)
    _choice(form, "sharp", "printed")
    d, bottom = theory.dimension, _bottom(theory)
    if form == "sharp":
        return d * math.log(4 / bottom)
    if radius is None:
        raise ValueError("the printed form needs a radius > 0, got None")
    spread = math.log(_positive("radius", radius)) - math.log(theory.gamma[0])
    return math.log(9) + (d + 3) * math.log(6 / bottom) + 3 * spread


def log_gap(theory: QuadraticSAM, radius: float, density: float, failure: float, form: str = "sharp") -> float:
    """log Δ: with probability ≥ 1 - 2δ, |‖v_t‖ - γ₁| ≥ Δ at every step (Lemma 7).

    Δ = Γ(d/2) δ / (4π^{d/2} (2γ₁)^{d-1} T A) · K^{-T},  T = `steps_to_ball`, K = exp `log_density_growth`;

    for T = 0 (R̂ ≤ b) the density plays no part, the probability is ≥ 1 - δ and Δ = γ₁ - b = ηλ₁γ₁. The print has no
    such case and divides by T.

    Parameters
    ----------
    theory : QuadraticSAM
    radius : float
        R̂ > 0 with P(‖v₀‖ > R̂) ≤ δ, in units of v.
    density : float
        A, a bound on the density of v₀ (not of w₀: that one is divided by ∏λᵢ), in units of v to the power -d.
    failure : float
        δ, 0 < δ < 1/2.
    form : str
        "sharp" (ours) or "printed", the factor K.

    Returns
    -------
    float
        log Δ; Δ in units of v.

    Raises
    ------
    ValueError
        If a parameter is outside its range, or no distribution has this radius and so small a density.
    """
    return _log_gap(theory, radius, math.log(_positive("density", density)), failure, form)


def _log_gap(theory: QuadraticSAM, radius: float, log_density: float, failure: float, form: str) -> float:
    """As `log_gap`, of log A."""
    _standing(theory)
    _choice(form, "sharp", "printed")
    _failure(failure)
    d, gamma = theory.dimension, float(theory.gamma[0])
    log_ball = d / 2 * math.log(math.pi) + d * math.log(_positive("radius", radius)) - math.lgamma(d / 2 + 1)
    least = math.log1p(-failure) - log_ball
    if log_density < least - 1e-9 * (1 + abs(least)):  # a uniform law meets it, up to rounding
        raise ValueError(
            f"log density must be >= {least:g}, the least that puts probability 1 - {failure:g} in the ball of "
            f"radius {radius:g}; got {log_density:g}"
        )
    steps = steps_to_ball(theory, radius)
    if steps == 0:
        return math.log(_top(theory)) + math.log(gamma)
    log_sphere = math.log(4) + d / 2 * math.log(math.pi) - math.lgamma(d / 2) + (d - 1) * math.log(2 * gamma)
    log_chance = log_sphere + math.log(steps) + log_density + steps * log_density_growth(theory, radius, form)
    return math.log(failure) - log_chance


# Section 4.3: the count of steps with a long gradient


def visits_beyond(theory: QuadraticSAM, epsilon: float, form: str = "sharp") -> float:
    """Bound on the number of steps t ≥ T₀ with ‖v_t‖ ≥ (1 + ε)β₁ (Lemma 11).

    "potential": 2/(ηε²λ₁β₁)·(max J - min J), the maximum over ‖Λu‖ ≤ b, which is max{0, b²/(2β_d) - b}, and
    min J = -β₁/2. "printed": 3β₁/(ηε²λ₁β_d). "sharp": (2 - ηλ₁)β₁/(ηε²λ₁β_d) (ours).

    Parameters
    ----------
    theory : QuadraticSAM
    epsilon : float
        ε > 0, without unit.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """
    _standing(theory)
    _choice(form, "sharp", "printed", "potential")
    x, epsilon = _top(theory), _positive("epsilon", epsilon)
    ratio = float(theory.beta[0] / theory.beta[-1])
    if form == "potential":
        # Divided by β₁, and b = (2 - x)β₁: b²/(2β_d) - b becomes (2 - x)²β₁/(2β_d) - (2 - x).
        drop = max(0.0, (2 - x) ** 2 * ratio / 2 - (2 - x)) + 0.5
        return 2 * drop / (x * epsilon**2)
    factor = 3.0 if form == "printed" else 2 - x
    return factor * ratio / (x * epsilon**2)


# Section 4.4: escape from the saddles


def alignment_threshold(theory: QuadraticSAM) -> float:
    """The ‖v‖/β₁ up to which a step shrinks every v_i²/v₁², i ≥ 2, by (1 + μ)⁻² at least (Lemma 14a).

    (2 - ηλ₁)/(2 - ηλ₁ - (ηλ_d - μ) - ηλ_dμ) · (1 + (1 + μ)λ_d²/λ₁²), with μ = min{ηλ_d, λ₁²/λ₂² - 1}. Without unit.

    Raises
    ------
    ValueError
        If ηλ₁ ≥ 1/2, λ_d = 0 or λ₁ = λ₂.
    """
    _gap(theory)
    x, bottom, mu = _top(theory), _bottom(theory), theory.mu
    square = (bottom / x) ** 2
    return (2 - x) / (2 - x - (bottom - mu) - bottom * mu) * (1 + (1 + mu) * square)


def misaligned_steps(theory: QuadraticSAM, form: str = "printed") -> float:
    """T₁ = 3β₁λ₁³/(ηβ_dλ_d⁴): bound on the number of steps t ≥ T₀ above the threshold of Lemma 14a (Lemma 14b).

    It is `visits_beyond` at ε = λ_d²/λ₁². "sharp" (ours) has 2 - ηλ₁ in place of the printed 3.
    """
    _gap(theory)
    _choice(form, "sharp", "printed")
    return visits_beyond(theory, (_bottom(theory) / _top(theory)) ** 2, form)


def log_misalignment(theory: QuadraticSAM, steps: float, log_ratio: float, form: str = "printed") -> float:
    """Log of the bound on δ_{T+1} in Lemma 14c: ½(1 + μ)^{-2(T-T₀+1-T₁)} (2/ηλ₁)^{2T₁} Σ_{i≥2} v_{T₀,i}²/v_{T₀,1}².

    Parameters
    ----------
    theory : QuadraticSAM
    steps : float
        T - T₀ ≥ 0.
    log_ratio : float
        log Σ_{i≥2} v_{T₀,i}²/v_{T₀,1}²; -inf on the first axis.
    form : str
        That of T₁, see `misaligned_steps`.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """
    bad = misaligned_steps(theory, form)
    if not steps >= 0:
        raise ValueError(f"steps, counted from T₀, must be >= 0, got {steps!r}")
    good = steps + 1 - bad
    return -math.log(2) - 2 * good * math.log1p(theory.mu) + 2 * bad * math.log(2 / _top(theory)) + _ratio(log_ratio)


def alignment_time(theory: QuadraticSAM, epsilon: float, log_ratio: float, form: str = "printed") -> float:
    """T - T₀ from which on δ_{T+1} ≤ ε (Lemma 14d): (2/μ)(T₁ log(4/ηλ₁) + ½ log Σ_{i≥2} v_{T₀,i}²/(2εv_{T₀,1}²)).

    Not below 0, where the formula is. Parameters as in `log_misalignment`; ε > 0 has no unit.
    """
    epsilon = _positive("epsilon", epsilon)
    return _alignment(theory, math.log(epsilon), log_ratio, form)


def _alignment(theory: QuadraticSAM, log_epsilon: float, log_ratio: float, form: str) -> float:
    """As `alignment_time`, of log ε, where ε may underflow."""
    bad = misaligned_steps(theory, form)
    halved = (_ratio(log_ratio) - math.log(2) - log_epsilon) / 2
    return max(0.0, 2 / theory.mu * (bad * math.log(4 / _top(theory)) + halved))


def settling_limit(theory: QuadraticSAM) -> float:
    """The accuracies to which Lemma 17 applies: ε < min{√(ηλ₁β₁/(2γ₁)), ηλ₁/(2γ₁), 1/b, β₁/2}, below 0.29.

    The four entries have different units, as printed. The first is the geometric mean of the second and of β₁, so it is
    never the least; of the others only the second and the third are needed (E11).
    """
    _gap(theory)
    x, beta, gamma = _top(theory), float(theory.beta[0]), float(theory.gamma[0])
    return min(math.sqrt(x * beta / gamma / 2), x / gamma / 2, 1 / theory.b, beta / 2)


def settling_time(theory: QuadraticSAM, epsilon: float, log_ratio: float, form: str = "printed") -> float:
    """T₂ of Lemma 17: from step T₀ + ⌈T₂⌉ on, |v_{t,1} ∓ (-1)ᵗβ₁| ≤ ε and δ_t ≤ ε².

    T₂ = (2/μ)(T₁ log(4/ηλ₁) + ½ log Σ_{i≥2} v_{T₀,i}²/(2ε²v_{T₀,1}²)) + (4/ηλ₁) log(1/ε), its first part not below 0.

    Parameters
    ----------
    theory : QuadraticSAM
    epsilon : float
        0 < ε < `settling_limit`, in units of v.
    log_ratio, form
        As in `log_misalignment`.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """
    log_epsilon = _settling_epsilon(theory, "epsilon", epsilon)
    return _alignment(theory, 2 * log_epsilon, log_ratio, form) - 4 / _top(theory) * log_epsilon


def settled_after(theory: QuadraticSAM, gradients: ArrayLike, epsilon: float) -> Array:
    """From which step on a run has ||v_{t,1}| - β₁| ≤ ε and δ_t ≤ ε²: what `settling_time` is a bound for.

    Parameters
    ----------
    theory : QuadraticSAM
    gradients : array_like, shape (..., T + 1, d)
        v_0, …, v_T, none of them 0.
    epsilon : float
        ε > 0 in units of v.

    Returns
    -------
    array of int, shape (...)
        The first step from which on both hold until T; T + 1 where they do not hold at T.

    Raises
    ------
    ValueError
        If a gradient is 0 or has another dimension than the theory, or ε is not positive.
    """
    epsilon = _positive("epsilon", epsilon)
    v = real_array("gradients", gradients)
    if v.ndim < 2 or v.shape[-1] != theory.eigenvalues.size:
        raise ValueError(f"gradients must have the shape (..., T + 1, {theory.eigenvalues.size}), got {v.shape}")
    length, first = np.linalg.norm(v, axis=-1), np.abs(v[..., 0])
    if not length.all():
        raise ValueError("gradients must not be 0: there SAM has no direction")
    rest = np.sum(v[..., 1:] ** 2, axis=-1)  # δ = 1 - |v₁|/‖v‖ = rest/(‖v‖(‖v‖ + |v₁|)), without cancellation
    off = (np.abs(first - theory.beta[0]) > epsilon) | (rest > epsilon**2 * length * (length + first))
    steps = off.shape[-1] - np.argmax(off[..., ::-1], axis=-1)
    return np.where(off.any(axis=-1), steps, 0)


def cycle_time(theory: QuadraticSAM, epsilon: float, log_ratio: float, form: str = "printed") -> float:
    """Steps after T₀ (round up) from which on ‖v_t ∓ (-1)ᵗβ₁e₁‖ ≤ ε (Lemma 19).

    Lemma 17's time for ε' = ε/(2(1 + β₁)), with the coefficient 6 for its last 4 as printed:
    (2/μ)(T₁ log(4/ηλ₁) + ½ log Σ_{i≥2} v_{T₀,i}²/(2ε'²v_{T₀,1}²)) + (6/ηλ₁) log(1/ε').

    Parameters
    ----------
    theory : QuadraticSAM
    epsilon : float
        ε > 0 in units of v, with ε' < `settling_limit`.
    log_ratio, form
        As in `log_misalignment`.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """
    _gap(theory)
    halved = _positive("epsilon", epsilon) / (2 * (1 + float(theory.beta[0])))
    log_epsilon = _settling_epsilon(theory, "epsilon/(2(1 + β₁))", halved)
    return _alignment(theory, 2 * log_epsilon, log_ratio, form) - 6 / _top(theory) * log_epsilon


# Section 4.5 and Theorems 1 and 3


@dataclass(frozen=True)
class FiniteTime:
    """Theorem 3's time, term by term. Each counts steps; `total` multiplies their sum by the constant.

    With L = max{[log(R/(ηρλ₁))]₊, ηλ_d} (the print has no maximum) and A' = A/∏λᵢ (the print has A):

    Attributes
    ----------
    escape : float
        λ₁⁵/(ηλ_d⁶μ)·log(4/ηλ₁), the steps with a long gradient and what they can undo (Lemmas 11, 14).
    accuracy : float
        (1/μ) log(4(1 + ηρλ₁²)²/(λ_d²ε²)), until the other coordinates are below the accuracy (Lemmas 17-20).
    start : float
        (1/μ) log(R²/q), for a first coordinate that starts small.
    descent : float
        (1/μ)(L/(ηλ_d))² log(9·6^{d+3}R³/((ηλ_d)^{d+3}(ηρλ₁)³)), what early descent can take from the first coordinate
        because the steps concentrate the density (Lemmas 6, 7).
    chance : float
        (L/(ηλ_dμ)) log(2λ₁R·A'π^{d/2}(4ηρλ₁²)^{d-1}L/(Γ(d/2)δηλ_d)), for a run that comes near ‖v‖ = γ₁; it may be
        negative, the sum with `descent` is not when such a distribution exists.
    bounce : float
        (1/ηλ₁) log(2(1 + ηρλ₁²)/(λ_dε)), the contraction to the two-cycle (Lemmas 16, 17).
    constant : float
        The absolute constant c.
    """

    escape: float
    accuracy: float
    start: float
    descent: float
    chance: float
    bounce: float
    constant: float = 1.0

    @property
    def terms(self) -> dict[str, float]:
        """The six terms by name, before the constant."""
        names = ("escape", "accuracy", "start", "descent", "chance", "bounce")
        return {name: getattr(self, name) for name in names}

    @property
    def total(self) -> float:
        """c times the sum of the terms, in steps."""
        return self.constant * math.fsum(self.terms.values())


def accuracy_limit(theory: QuadraticSAM, form: str = "corrected") -> float:
    """The accuracies ε, distances in w, to which Theorem 3 applies: 0 < ε < this.

    "printed": min{√(ηλ₁)/2, 1/(2ρλ₁), ηρλ₁²/2}. "corrected": 2(1 + β₁)/λ_d · `settling_limit`, which is what the proof
    uses: λ_dε/(2(1 + β₁)) must satisfy Lemma 17 (E11). The printed one is enough for λ_d ≤ 1.
    """
    _gap(theory)
    _choice(form, "corrected", "printed")
    if form == "printed":
        return min(math.sqrt(_top(theory)) / 2, 0.5 / (theory.rho * float(theory.eigenvalues[0])), theory.b / 2)
    return 2 * (1 + float(theory.beta[0])) * settling_limit(theory) / float(theory.eigenvalues[-1])


def theorem_3(
    theory: QuadraticSAM,
    epsilon: float,
    radius: float,
    first_square: float,
    density: float,
    failure: float,
    constant: float = 1.0,
    form: str = "corrected",
) -> FiniteTime:
    """Theorem 3: after this many steps the run is within ε of the two-cycle ±a e₁, with probability ≥ 1 - 2δ.

    Parameters
    ----------
    theory : QuadraticSAM
        With ηλ₁ < 1/2, λ_d > 0 and λ₁ > λ₂.
    epsilon : float
        0 < ε < `accuracy_limit`, a distance in w.
    radius, first_square : float
        R and q > 0, q ≤ R²: with probability ≥ 1 - δ, ‖w₀‖ ≤ R and w₀,₁² ≥ q.
    density : float
        A, a bound on the density of w₀, in units of w to the power -d.
    failure : float
        δ, 0 < δ < 1/2.
    constant : float
        The absolute constant c, unreadable in our copy of the paper. Chapter 4.5 proves the theorem with c = 10 (ours);
        1 was enough for every run that we tried. `explicit_time` needs none.
    form : str
        "corrected", or "printed": A where the density of v₀ belongs (E7), no maximum in L (E6), the printed range of ε
        (E11). The printed total can be negative.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """
    _choice(form, "corrected", "printed")
    limit = accuracy_limit(theory, form)
    if not _positive("epsilon", epsilon) < limit:
        raise ValueError(f"epsilon must satisfy 0 < epsilon < {limit:g}, got {epsilon!r}")
    _start(radius, first_square)
    _failure(failure)
    log_density = math.log(_positive("density", density))
    x, bottom, mu, d, b = _top(theory), _bottom(theory), theory.mu, theory.dimension, theory.b
    log_radius, log_top = math.log(radius), math.log(theory.eigenvalues[0])
    log_scale = math.log(theory.eta) + math.log(theory.rho) + log_top
    log_accuracy = math.log(2 * (1 + b)) - math.log(theory.eigenvalues[-1]) - math.log(epsilon)
    late = max(0.0, log_radius - log_scale)
    if form == "corrected":
        late = max(late, bottom)
        log_density -= sum(math.log(value) for value in theory.eigenvalues)
    descent = chance = 0.0
    if late > 0:
        growth = math.log(9) + (d + 3) * math.log(6 / bottom) + 3 * (log_radius - log_scale)
        log_sphere = d / 2 * math.log(math.pi) - math.lgamma(d / 2) + (d - 1) * math.log(4 * b)
        odds = math.log(2) + log_top + log_radius + log_density + log_sphere + math.log(late / bottom / failure)
        descent, chance = (late / bottom) ** 2 * growth / mu, late / bottom * odds / mu
    return FiniteTime(
        escape=(x / bottom) ** 5 / (bottom * mu) * math.log(4 / x),
        accuracy=2 * log_accuracy / mu,
        start=(2 * log_radius - math.log(first_square)) / mu,
        descent=descent,
        chance=chance,
        bounce=log_accuracy / x,
        constant=_positive("constant", constant),
    )


def explicit_time(
    theory: QuadraticSAM,
    epsilon: float,
    radius: float,
    first_square: float,
    density: float,
    failure: float,
    form: str = "sharp",
) -> float:
    """The time of Theorem 3 without an unknown constant (ours): the lemmas put together as they stand.

    ⌈T⌉ + ⌈`cycle_time`⌉ for the accuracy λ_dε and the ratio that Lemmas 6 and 7 leave, (2λ₁R/Δ)^{2⌈T⌉}·R²/q. From this
    step on, with probability ≥ 1 - 2δ, the run is within ε of the two-cycle. Parameters as in `theorem_3`; `form` is
    that of Δ and of T₁, "sharp" or "printed". Returns a float since the bound may exceed every integer type.

    Raises
    ------
    ValueError
        If a parameter is outside its range, or no distribution has this radius and so small a density.
    """
    _gap(theory)
    _start(radius, first_square)
    smallest = float(theory.eigenvalues[-1])
    length = float(theory.eigenvalues[0]) * radius
    log_density = math.log(_positive("density", density)) - sum(math.log(value) for value in theory.eigenvalues)
    log_delta = _log_gap(theory, length, log_density, failure, form)
    log_ratio = log_ratio_growth(theory, length, log_gap=log_delta) + 2 * math.log(radius) - math.log(first_square)
    return steps_to_ball(theory, length) + float(math.ceil(cycle_time(theory, smallest * epsilon, log_ratio, form)))


def theorem_1(theory: QuadraticSAM, epsilon: float, constant: float = 1.0) -> float:
    """Theorem 1, the packaged form of Theorem 3: (κ⁵/(ηλ_dμ) + d/((ηλ_d)²μ))·c·log³(1/ε) steps, κ = λ₁/λ_d.

    This is what follows from Theorem 3 for all small ε: there each logarithm is at most a multiple of log(1/ε), and
    at most three of them are multiplied. The print has a bare d, whose factor 1/((ηλ_d)²μ) we do not know how to
    drop (E18). It orders problems; it is no number of steps as long as the constant and the threshold for ε, which
    depends on R, q, A and δ, are unknown.

    Parameters
    ----------
    theory : QuadraticSAM
    epsilon : float
        0 < ε < 1/e, a distance in w.
    constant : float
        c > 0.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """
    _gap(theory)
    if not 0 < _finite("epsilon", epsilon) < math.exp(-1):
        raise ValueError(f"epsilon must satisfy 0 < epsilon < 1/e, got {epsilon!r}")
    x, bottom, mu = _top(theory), _bottom(theory), theory.mu
    factor = (x / bottom) ** 5 / (bottom * mu) + theory.dimension / (bottom**2 * mu)
    return _positive("constant", constant) * factor * math.log(1 / epsilon) ** 3


# What is assumed, and the few numbers that every bound needs


def _standing(theory: QuadraticSAM) -> None:
    """The standing assumptions of Section 4."""
    if not theory.has_small_step:
        limit = 0.5 / float(theory.eigenvalues[0])
        raise ValueError(f"the bounds need 0 < eta < 1/(2λ₁) = {limit:g}, got eta = {theory.eta:g}")
    if not theory.eigenvalues[-1] > 0:
        raise ValueError(f"the bounds need λ_d > 0, got λ_d = {theory.eigenvalues[-1]:g}")


def _gap(theory: QuadraticSAM) -> None:
    """The standing assumptions and λ₁ > λ₂."""
    _standing(theory)
    if not theory.mu > 0:
        raise ValueError(f"the bound needs λ₁ > λ₂, got λ₁ = λ₂ = {theory.eigenvalues[0]:g}")


def _top(theory: QuadraticSAM) -> float:
    return theory.eta * float(theory.eigenvalues[0])


def _bottom(theory: QuadraticSAM) -> float:
    return theory.eta * float(theory.eigenvalues[-1])


def _finite(name: str, value: float | None) -> float:
    array = real_array(name, math.nan if value is None else value)
    if array.ndim:
        raise ValueError(f"{name} must be a single number, got an array of shape {array.shape}")
    return float(array)


def _positive(name: str, value: float) -> float:
    number = _finite(name, value)
    if not number > 0:
        raise ValueError(f"{name} must be > 0, got {number:g}")
    return number


def _failure(value: float) -> None:
    if not 0 < _finite("failure", value) < 0.5:
        raise ValueError(f"failure must satisfy 0 < failure < 1/2, got {value!r}")


def _start(radius: float, first_square: float) -> None:
    if not 0 < _finite("first_square", first_square) <= _positive("radius", radius) ** 2 * (1 + 1e-12):
        raise ValueError(f"first_square must satisfy 0 < first_square <= radius² = {radius**2:g}, got {first_square!r}")


def _ratio(log_ratio: float) -> float:
    """The logarithm of a ratio ≥ 0: a number or -inf."""
    if math.isnan(log_ratio) or log_ratio == math.inf:
        raise ValueError(f"log_ratio must be a number or -inf, got {log_ratio!r}")
    return float(log_ratio)


def _settling_epsilon(theory: QuadraticSAM, name: str, epsilon: float) -> float:
    """log ε for an accuracy in Lemma 17's range."""
    limit = settling_limit(theory)
    if not 0 < _finite(name, epsilon) < limit:
        raise ValueError(f"{name} must satisfy 0 < … < {limit:g}, the range of Lemma 17; got {epsilon:g}")
    return math.log(epsilon)


def _choice(form: str, *allowed: str) -> None:
    if form not in allowed:
        raise ValueError(f"form must be one of {', '.join(map(repr, allowed))}, got {form!r}")
