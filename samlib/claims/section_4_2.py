"""Section 4.2: early descent to the ball ‖v‖ ≤ b, and the chance of coming near ‖v‖ = γ₁ (Lemmas 6 and 7)."""

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import bounds, constants
from samlib._validation import Array
from samlib.claims._claim import (
    Certificate,
    Claim,
    Hypothesis,
    Identity,
    Instance,
    PrintedForm,
    Refutation,
    Variation,
    equal,
)
from samlib.claims._quadratics import BELOW_ONE, NONZERO, POSITIVE, SMALL_STEP, gradients, quadratics, step
from samlib.quadratic import QuadraticSAM

__all__ = ["CLAIMS"]

CHAPTER = "04-proof/2-early-descent"


def _b(eigenvalues: Array, eta: float, rho: float) -> float:
    return float(constants.absorbing_radius(eigenvalues[0], eta, rho))


def _gamma_1(eigenvalues: Array, eta: float, rho: float) -> float:
    return float(constants.gamma(eigenvalues[0], eta, rho))


def _settings(rng: np.random.Generator, n: int, below: float = 0.5) -> Iterator[Instance]:
    yield from quadratics(rng, n, below=below)


def _path(eigenvalues: Array, eta: float, rho: float, v: Array, steps: int) -> Array:
    """v₀, …, v_steps along a new first axis; (..., d) → (steps + 1, ..., d)."""
    path = np.empty((steps + 1, *v.shape))
    path[0] = v
    for t in range(steps):
        path[t + 1] = step(eigenvalues, eta, rho, path[t])
    return path


def _ordered(lam_1: Any, lam: Any, lam_d: Any, eta: Any, rho: Any) -> list[Any]:
    """λ₁ ≥ λ ≥ λ_d > 0 and positive parameters, for Z3."""
    return [lam_1 >= lam, lam >= lam_d, lam_d > 0, eta > 0, rho > 0]


# Equation (5)

_FITS = Hypothesis(
    r"$\eta(\lambda_1+\lambda_d)\le1$",
    lambda eigenvalues, eta, **_: bool(eta * (eigenvalues[0] + eigenvalues[-1]) <= 1),
)
_OUTSIDE = Hypothesis(
    r"$\norm{v_t}\ge b$",
    lambda eigenvalues, eta, rho, v, **_: bool(np.linalg.norm(v) >= _b(eigenvalues, eta, rho) * (1 - 1e-14)),
)


def _shrinks_by(factor: float, eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    """How far ‖v₊‖ is below factor·‖v‖, relative to ‖v‖."""
    return float(factor - np.linalg.norm(step(eigenvalues, eta, rho, v)) / np.linalg.norm(v))


def _eq_5_margin(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    return _shrinks_by(1 - eta * eigenvalues[-1], eigenvalues, eta, rho, v)


def _eq_5_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in _settings(rng, n, below=1.0):
        lam, rho = quadratic["eigenvalues"], quadratic["rho"]
        eta = float(quadratic["eta"] * lam[0] / (lam[0] + lam[-1]))
        for v in gradients(rng, {**quadratic, "eta": eta}):
            outside = rng.choice([1.0, 1 + 10 ** rng.uniform(-15, -3), 10 ** rng.uniform(0, 6)])
            length = max(np.linalg.norm(v), outside * _b(lam, eta, rho))
            yield {"eigenvalues": lam, "eta": eta, "rho": rho, "v": v / np.linalg.norm(v) * length}


def _contracts(lam: Any, lam_d: Any, eta: Any, rho: Any, r: Any) -> Any:
    return constants.next_factor(lam, eta, rho, r) ** 2 <= (1 - eta * lam_d) ** 2


def _contracts_at_b(lam_1: Any, lam_d: Any, eta: Any, rho: Any) -> Any:
    return _contracts(lam_1, lam_d, eta, rho, constants.absorbing_radius(lam_1, eta, rho))


def _contracts_in_the_plane(lam_1: Any, lam_2: Any, eta: Any, rho: Any, r: Any, v_1: Any, v_2: Any) -> Any:
    next_1, next_2 = (
        (r - eta * lam * r - eta * rho * lam * lam) * v for lam, v in ((lam_1, v_1), (lam_2, v_2))
    )  # r times the coordinates of v₊
    return next_1**2 + next_2**2 <= ((1 - eta * lam_2) * r * r) ** 2


EQ_5 = Claim(
    id="eq-5",
    title="Contraction outside the ball",
    section="4.2",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d>0$, $\eta>0$, $\rho>0$ and $\eta(\lambda_1+\lambda_d)\le1$, which "
        r"$\eta\lambda_1<\tfrac12$ implies. If $\norm{v_t}\ge b=\eta\rho\lambda_1^2$, then "
        r"$\norm{v_{t+1}}\le(1-\eta\lambda_d)\norm{v_t}$. If $\eta\lambda_1<1<\eta(\lambda_1+\lambda_d)$, this fails "
        r"at $v_t=b\,e_1$."
    ),
    hypotheses=(POSITIVE, _FITS, NONZERO, _OUTSIDE),
    margin=_eq_5_margin,
    instances=_eq_5_instances,
    certificates=(
        Certificate(
            r"for the factor of one coordinate, which is enough in any dimension: "
            r"$(1-\eta\lambda_i-\eta\rho\lambda_i^2/r)^2\le(1-\eta\lambda_d)^2$ for $r\ge b$",
            "lam_1 lam lam_d eta rho r",
            lambda lam_1, lam, lam_d, eta, rho, r: [
                *_ordered(lam_1, lam, lam_d, eta, rho),
                eta * (lam_1 + lam_d) <= 1,
                r >= constants.absorbing_radius(lam_1, eta, rho),
            ],
            lambda lam_1, lam, lam_d, eta, rho, r: _contracts(lam, lam_d, eta, rho, r),
            Variation(
                r"with $\eta\lambda_1<1$ in place of $\eta(\lambda_1+\lambda_d)\le1$",
                hypotheses=lambda lam_1, lam, lam_d, eta, rho, r: [
                    *_ordered(lam_1, lam, lam_d, eta, rho),
                    eta * lam_1 < 1,
                    r >= constants.absorbing_radius(lam_1, eta, rho),
                ],
            ),
        ),
        Certificate(
            r"the condition is exact: for $\eta\lambda_1<1$ the point $b\,e_1$ is contracted if and only if "
            r"$\eta(\lambda_1+\lambda_d)\le1$",
            "lam_1 lam_d eta rho",
            lambda lam_1, lam_d, eta, rho: [*_ordered(lam_1, lam_1, lam_d, eta, rho), eta * lam_1 < 1],
            lambda lam_1, lam_d, eta, rho: _contracts_at_b(lam_1, lam_d, eta, rho) == (eta * (lam_1 + lam_d) <= 1),
            Variation(
                r"with $\eta\lambda_1\le\tfrac12$ as the condition",
                conclusion=lambda lam_1, lam_d, eta, rho: (
                    _contracts_at_b(lam_1, lam_d, eta, rho) == (2 * eta * lam_1 <= 1)
                ),
            ),
        ),
        Certificate(
            "the whole vector, $d=2$",
            "lam_1 lam_2 eta rho r v_1 v_2",
            lambda lam_1, lam_2, eta, rho, r, v_1, v_2: [
                *_ordered(lam_1, lam_2, lam_2, eta, rho),
                eta * (lam_1 + lam_2) <= 1,
                r * r == v_1 * v_1 + v_2 * v_2,
                r >= constants.absorbing_radius(lam_1, eta, rho),
            ],
            _contracts_in_the_plane,
            Variation(
                r"with $\norm{v_t}>0$ in place of $\norm{v_t}\ge b$",
                hypotheses=lambda lam_1, lam_2, eta, rho, r, v_1, v_2: [
                    *_ordered(lam_1, lam_2, lam_2, eta, rho),
                    eta * (lam_1 + lam_2) <= 1,
                    r * r == v_1 * v_1 + v_2 * v_2,
                    r > 0,
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            "Inside the ball a short gradient grows.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.05, 0.0])},
            without=_OUTSIDE.says,
        ),
        Refutation(
            r"With $\eta(\lambda_1+\lambda_d)=1.1$ the point $b\,e_1$ is multiplied by $-0.6$, not by $0.5$ or less.",
            {"eigenvalues": np.array([1.0, 5 / 6]), "eta": 0.6, "rho": 1.0, "v": np.array([0.6, 0.0])},
            without=_FITS.says,
        ),
        Refutation(
            r"With $1-\eta\lambda_1$ as the factor: a gradient along $e_d$ does not shrink so fast.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.0, 2.0])},
            margin=lambda eigenvalues, eta, rho, v: _shrinks_by(1 - eta * eigenvalues[0], eigenvalues, eta, rho, v),
        ),
        Refutation(
            r"With $(1-\eta\lambda_d)^2$ as the factor: nor so fast.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.0, 2.0])},
            margin=lambda eigenvalues, eta, rho, v: _shrinks_by(
                (1 - eta * eigenvalues[-1]) ** 2, eigenvalues, eta, rho, v
            ),
        ),
    ),
    on_paper="The sum over the coordinates: the largest factor bounds the length.",
    depends_on=("eq-3",),
    note=r"Stated for $\eta\lambda_1<\tfrac12$; $\eta(\lambda_1+\lambda_d)\le1$ is enough, and needed.",
)


# Lemma 6


def _arrival(
    eigenvalues: Array, eta: float, rho: float, v: Array, latest: float, log_growth: float, watched: int = 3
) -> float:
    """Lemma 6's conclusion with a latest time for the ball and a bound on the growth of Σ_{i≥2} v_i²/v₁².

    The least of: (b - ‖v_t‖)/b over the whole t ≥ latest (some of them); latest - T₀, where negative; and what
    log_growth leaves above the growth at T₀, relative to its size.
    """
    b, last = _b(eigenvalues, eta, rho), math.ceil(latest)
    path = _path(eigenvalues, eta, rho, v, last + watched)
    lengths = np.linalg.norm(path, axis=-1)
    margins = [float(np.min(b - lengths[last:])) / b]
    inside = np.flatnonzero(lengths <= b * (1 + 1e-12))
    if inside.size:
        arrival = int(inside[0])
        margins.append(min(0.0, latest - arrival))
        ends = path[[0, arrival]]
        rest = np.sum(ends[:, 1:] ** 2, axis=-1)
        if rest[1] > 0:
            grown = float(np.diff(np.log(rest) - 2 * np.log(np.abs(ends[:, 0])))[0])
            margins.append((log_growth - grown) / (1 + abs(log_growth)))
    return min(margins)


def _lemma_6_margin(eigenvalues: Array, eta: float, rho: float, v: Array, radius: float, gap: float) -> float:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    latest, log_growth = bounds.steps_to_ball(theory, radius), bounds.log_ratio_growth(theory, radius, gap)
    return _arrival(eigenvalues, eta, rho, v, latest, log_growth)


def _time(rate: float, b: float, radius: float) -> float:
    """[log(R̂/b)]₊/rate: Lemma 6's time with some rate in the place of ηλ_d."""
    return max(0.0, math.log(radius / b)) / rate


def _with_slow_rate(eigenvalues: Array, eta: float, rho: float, v: Array, radius: float, gap: float) -> float:
    """Lemma 6 without the checks of the library."""
    latest = math.ceil(_time(eta * eigenvalues[-1], _b(eigenvalues, eta, rho), radius))
    return _arrival(eigenvalues, eta, rho, v, latest, 2 * latest * math.log(2 * radius / gap))


def _with_fast_rate(eigenvalues: Array, eta: float, rho: float, v: Array, radius: float, gap: float) -> float:
    latest = math.ceil(_time(eta * eigenvalues[0], _b(eigenvalues, eta, rho), radius))
    return _arrival(eigenvalues, eta, rho, v, latest, 2 * latest * math.log(2 * radius / gap))


def _with_single_factor(eigenvalues: Array, eta: float, rho: float, v: Array, radius: float, gap: float) -> float:
    latest = math.ceil(_time(eta * eigenvalues[-1], _b(eigenvalues, eta, rho), radius))
    return _arrival(eigenvalues, eta, rho, v, latest, 2 * latest * math.log(radius / gap))


def _without_square(eigenvalues: Array, eta: float, rho: float, v: Array, radius: float, gap: float) -> float:
    latest = math.ceil(_time(eta * eigenvalues[-1], _b(eigenvalues, eta, rho), radius))
    return _arrival(eigenvalues, eta, rho, v, latest, latest * math.log(2 * radius / gap))


def _as_printed(eigenvalues: Array, eta: float, rho: float, v: Array, radius: float, gap: float) -> float:
    """T in place of ⌈T⌉."""
    latest = _time(eta * eigenvalues[-1], _b(eigenvalues, eta, rho), radius)
    return _arrival(eigenvalues, eta, rho, v, latest, 2 * latest * math.log(2 * radius / gap))


_MAX_STEPS = 100


def _gap_kept(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    """min |‖v_t‖ - γ₁| over the steps outside the ball; γ₁ - b where there are none."""
    b, gamma = _b(eigenvalues, eta, rho), _gamma_1(eigenvalues, eta, rho)
    gap = abs(gamma - b)
    for _ in range(_MAX_STEPS):
        length = float(np.linalg.norm(v))
        if length <= b:
            break
        gap = min(gap, abs(length - gamma))
        v = step(eigenvalues, eta, rho, v)
    return gap


_FIRST = Hypothesis(r"$v_{0,1}\ne0$", lambda v, **_: bool(v[0] != 0))
_WITHIN = Hypothesis(
    r"$\norm{v_0}\le\hat R$", lambda v, radius, **_: bool(np.linalg.norm(v) <= radius * (1 + 1e-14) and radius > 0)
)
_KEPT = Hypothesis(
    r"$\bigl|\norm{v_t}-\gamma_1\bigr|\ge\Delta>0$ for all $t$",
    lambda eigenvalues, eta, rho, v, gap, **_: bool(0 < gap <= _gap_kept(eigenvalues, eta, rho, v)),
)


def _lemma_6_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in _settings(rng, n):
        lam, eta, rho = quadratic["eigenvalues"], quadratic["eta"], quadratic["rho"]
        b, gamma = _b(lam, eta, rho), _gamma_1(lam, eta, rho)
        time = rng.choice([0.0, rng.uniform(0, 3), rng.integers(1, 5) * (1 + 1e-12 * rng.normal()), rng.uniform(0, 16)])
        radius = b * math.exp(time * eta * lam[-1])
        ring = gamma * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-6, -1))
        length = rng.choice([radius, radius * rng.uniform(0, 1), min(radius, ring), min(radius, b * (1 + 1e-15))])
        for v in gradients(rng, quadratic, nonzero_first=True):
            start = v / np.linalg.norm(v) * length
            gap = _gap_kept(lam, eta, rho, start) * rng.choice([1.0, rng.uniform(0, 1)])
            yield {**quadratic, "v": start, "radius": float(radius), "gap": float(gap)}


def _ratio_step(lam_1: Any, lam: Any, eta: Any, rho: Any, r: Any, radius: Any, gap: Any, factor: Any = 4) -> Any:
    """(vᵢ/v₁)² grows by (2R̂/Δ)² at most, with the denominators multiplied out."""
    other, first = (constants.next_factor(value, eta, rho, r) for value in (lam, lam_1))
    return other**2 * gap**2 <= factor * radius**2 * first**2


def _before_the_ball(lam_1: Any, lam: Any, eta: Any, rho: Any, r: Any, radius: Any, gap: Any) -> list[Any]:
    return [
        *_ordered(lam_1, lam, lam, eta, rho),
        2 * eta * lam_1 < 1,
        r > constants.absorbing_radius(lam_1, eta, rho),
        radius >= r,
        gap > 0,
        (r - constants.gamma(lam_1, eta, rho)) ** 2 >= gap**2,
    ]


_PLANE = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.4, "rho": 1.0}
_STEEP = {"eigenvalues": np.array([1.0, 0.1]), "eta": 0.45, "rho": 1.0}
_STEEP_START = {**_STEEP, "v": np.array([0.46, 0.46]) / math.sqrt(2), "radius": 0.46, "gap": 0.45 / 0.55 - 0.46}

LEMMA_6 = Claim(
    id="lemma-6",
    title="The ball is reached, and at what price",
    section="4.2",
    chapter=CHAPTER,
    statement=(
        r"Let $\norm{v_0}\le\hat R$ and $T=\frac{1}{\eta\lambda_d}\bigl[\log\frac{\hat R}{b}\bigr]_+$. "
        r"(i) For every whole number $t\ge T$, $\norm{v_t}\le b$. (ii) If $v_{0,1}\ne0$ and "
        r"$\bigl|\norm{v_t}-\gamma_1\bigr|\ge\Delta>0$ for all $t$, then there is a whole number "
        r"$T_0\le\lceil T\rceil$ with $\norm{v_{T_0}}\le b$ and $\frac{\sum_{i\ge2}v_{T_0,i}^2}{v_{T_0,1}^2}\le"
        r"\bigl(\frac{2\hat R}{\Delta}\bigr)^{2\lceil T\rceil}\frac{\sum_{i\ge2}v_{0,i}^2}{v_{0,1}^2}$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, _FIRST, _WITHIN, _KEPT),
    margin=_lemma_6_margin,
    instances=_lemma_6_instances,
    certificates=(
        Certificate(
            r"one step from $b<\norm{v_t}\le\hat R$ multiplies $v_{t,i}^2/v_{t,1}^2$ by at most $(2\hat R/\Delta)^2$",
            "lam_1 lam eta rho r radius gap",
            _before_the_ball,
            _ratio_step,
            Variation(r"with $\hat R^2$ in place of $(2\hat R)^2$", conclusion=lambda **z: _ratio_step(**z, factor=1)),
        ),
        Certificate(
            r"$\hat R\ge\Delta$, so that the bound does not fall when the exponent grows from $2T_0$ to "
            r"$2\lceil T\rceil$",
            "lam_1 lam eta rho r radius gap",
            _before_the_ball,
            lambda radius, gap, **_: radius >= gap,
            Variation(
                r"for $\norm{v_t}>0$ in place of $\norm{v_t}>b$",
                hypotheses=lambda **z: [z["r"] > 0, *(c for i, c in enumerate(_before_the_ball(**z)) if i != 6)],
            ),
        ),
    ),
    refutations=(
        Refutation(
            "A start farther out than $\\hat R$ arrives later.",
            {**_PLANE, "v": np.array([4.0, 0.1]), "radius": 0.5, "gap": 0.1},
            without=_WITHIN.says,
        ),
        Refutation(
            r"A step from $\norm{v_0}$ close to $\gamma_1$ takes almost everything from the first coordinate.",
            {**_PLANE, "v": np.array([0.6, 0.3]), "radius": 0.7, "gap": 0.5},
            without=_KEPT.says,
        ),
        Refutation(
            r"With $\eta\lambda_1=1.5$ the ball is left again.",
            {"eigenvalues": np.array([1.0]), "eta": 1.5, "rho": 1.0, "v": np.array([1.5]), "radius": 1.5, "gap": 1.0},
            without=SMALL_STEP.says,
            margin=_with_slow_rate,
        ),
        Refutation(
            r"With $\lambda_1$ in place of $\lambda_d$ in $T$ the time is too short for a start along $e_d$.",
            {**_PLANE, "v": np.array([0.01, 8.0]), "radius": 8.1, "gap": 0.01},
            margin=_with_fast_rate,
        ),
        Refutation(
            r"With $\hat R/\Delta$ in place of $2\hat R/\Delta$ the ratio grows by more.",
            _STEEP_START,
            margin=_with_single_factor,
        ),
        Refutation(
            r"With the exponent $\lceil T\rceil$ in place of $2\lceil T\rceil$ too.",
            _STEEP_START,
            margin=_without_square,
        ),
    ),
    on_paper=(
        r"The induction over the steps: $(1-\eta\lambda_d)^t\hat R\le b$ for $t\ge T$, from $\log(1-y)\le-y$, and the "
        r"product of the step ratios."
    ),
    depends_on=("eq-5", "lemma-5-5"),
    note=r"Printed with $T$ in place of $\lceil T\rceil$ (E5). The gap is needed only at the steps $t<T_0$.",
)

LEMMA_6_PRINTED = PrintedForm(
    id="lemma-6-printed",
    title="The ball is reached, without rounding",
    section="4.2",
    chapter=CHAPTER,
    erratum="E5",
    statement=(
        r"As in Lemma 6(ii), there is a whole number $T_0\le T$ with $\norm{v_{T_0}}\le b$, and the ratio grows by at "
        r"most $(2\hat R/\Delta)^{2T}$, where $T$ is not rounded up."
    ),
    corrected="lemma-6",
    hypotheses=(POSITIVE, SMALL_STEP, _FIRST, _WITHIN, _KEPT),
    margin=_as_printed,
    counterexample={
        **_PLANE,
        "v": np.array([0.41, 0.41]) / math.sqrt(2),
        "radius": 0.41,
        "gap": 0.25,
    },
)


# Equation (6): the Jacobian of the step outside γ₁, with g_i = 1 - ηλ_i and h_i = g_iγ_i


def _shares(lam: Any, eta: Any, rho: Any) -> tuple[Any, Any]:
    """g and h of v₊ = (g - h/‖v‖)v."""
    g = 1 - eta * lam
    return g, g * constants.gamma(lam, eta, rho)


def _determinant(g: Iterable[Any], h: Iterable[Any], r: Any, v: Iterable[Any]) -> Any:
    """∏(g_i - h_i/r)·(1 + Σ h_iv_i²/(r³(g_i - h_i/r))), the determinant of the step's derivative at v with ‖v‖ = r."""
    slopes = [a - c / r for a, c in zip(g, h, strict=True)]
    rank_one = sum(c * x**2 / (r**3 * slope) for c, x, slope in zip(h, v, slopes, strict=True))
    return math.prod(slopes) * (1 + rank_one)


def _inverse_determinant(g: Iterable[Any], h: Iterable[Any], r: Any, y: Iterable[Any], sign: int = -1) -> Any:
    """The right side of (6), of y = v₊."""
    slopes = [a - c / r for a, c in zip(g, h, strict=True)]
    above = sum(x**2 * c / (s * r**2 * (r * a - c) ** 2) for a, c, s, x in zip(g, h, slopes, y, strict=True))
    below = sum(x**2 * a / (r * a - c) ** 3 for a, c, x in zip(g, h, y, strict=True))
    return (1 + sign * above / below) / math.prod(slopes)


def _jacobian(eigenvalues: Array, eta: float, rho: float, v: Array) -> Array:
    """The derivative of the step at v, (d,) → (d, d), by a step in the imaginary direction: it loses no digits."""
    small = 1e-30 * np.linalg.norm(v)
    moved = v + 1j * small * np.eye(v.size)
    length = np.sqrt(np.sum(moved * moved, axis=-1, keepdims=True))
    image = moved - eta * eigenvalues * (moved + rho * eigenvalues * moved / length)
    return np.asarray(image.imag.T / small)


def _preimage(eigenvalues: Array, eta: float, rho: float, y: Array) -> Array:
    """The v with ‖v‖ > γ₁ and v₊ = y, by bisection: ‖v‖ = r solves Σ y_i²/(rg_i - h_i)² = 1, whose left side falls."""
    g, _ = _shares(eigenvalues, eta, rho)
    gamma = constants.gamma(eigenvalues, eta, rho)
    low, high = 0.0, float(np.linalg.norm(y) / g.min())  # of r - γ₁
    for _ in range(56):
        middle = (low + high) / 2
        if np.sum((y / (g * (middle + gamma[0] - gamma))) ** 2) > 1:
            low = middle
        else:
            high = middle
    return np.asarray(y / (g * (high + gamma[0] - gamma)) * (high + gamma[0]))


_BEYOND = Hypothesis(
    r"$\norm{v}>\gamma_1$",
    lambda eigenvalues, eta, rho, v, **_: bool(np.linalg.norm(v) > _gamma_1(eigenvalues, eta, rho)),
)


def _eq_6_with(sign: int, eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    g, h = _shares(eigenvalues, eta, rho)
    y, r = step(eigenvalues, eta, rho, v), float(np.linalg.norm(v))
    return equal(np.linalg.det(_jacobian(eigenvalues, eta, rho, v)) * _inverse_determinant(g, h, r, y, sign), 1.0)


def _eq_6_margin(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    g, h = _shares(eigenvalues, eta, rho)
    y, r = step(eigenvalues, eta, rho, v), float(np.linalg.norm(v))
    direct = equal(np.linalg.det(_jacobian(eigenvalues, eta, rho, v)), _determinant(g, h, r, v))
    return min(direct, _eq_6_with(-1, eigenvalues, eta, rho, v), equal(_preimage(eigenvalues, eta, rho, y), v))


def _eq_6_without_g(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    g, _ = _shares(eigenvalues, eta, rho)
    gamma = constants.gamma(eigenvalues, eta, rho)
    determinant = _determinant(g, gamma, float(np.linalg.norm(v)), v)
    return equal(np.linalg.det(_jacobian(eigenvalues, eta, rho, v)), determinant)


def _eq_6_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in _settings(rng, n, below=0.99):
        # Closer to 1 and to γ₁ the slopes lose digits in floating point, whatever the formula.
        length = _gamma_1(**quadratic) * (1 + 10 ** rng.uniform(-4, 2))
        for v in gradients(rng, quadratic):
            yield {**quadratic, "v": v / np.linalg.norm(v) * length}


def _symbols(d: int) -> tuple[list[Any], ...]:
    """Lists of d positive symbols: the slopes s = g - h/r, h and v."""
    return tuple(list(sp.symbols(f"{name}1:{d + 1}", positive=True)) for name in "shv")


_R = sp.Symbol("r", positive=True)


def _derivative_difference(d: int, sign: int = 1) -> sp.Matrix:
    """The derivative of v ↦ (g - h/‖v‖)v, minus diag(g - h/r) + (hv)vᵀ/r³, with ‖v‖ = r."""
    g, h, v = _symbols(d)
    r = sp.sqrt(sum(x**2 for x in v))
    image = sp.Matrix([(a - c / r) * x for a, c, x in zip(g, h, v, strict=True)])
    rank_one = sp.Matrix([c * x for c, x in zip(h, v, strict=True)]) * sp.Matrix([v]) / r**3
    return image.jacobian(v) - sp.diag(*(a - c / r for a, c in zip(g, h, strict=True))) - sign * rank_one


def _determinant_difference(d: int, sign: int = 1) -> sp.Expr:
    """det(diag(s) + (hv)vᵀ/r³) minus its closed form."""
    s, h, v = _symbols(d)
    matrix = sp.Matrix(d, d, lambda i, j: (s[i] if i == j else 0) + sign * h[i] * v[i] * v[j] / _R**3)
    g = [a + c / _R for a, c in zip(s, h, strict=True)]
    return sp.expand(matrix.det(method="berkowitz") - _determinant(g, h, _R, v))


def _inverse_difference(d: int, sign: int = -1) -> sp.Expr:
    """The numerator of: the right side of (6) at y = v₊, times the determinant, minus 1; with r² = Σ v_i²."""
    s, h, v = _symbols(d)
    g = [a + c / _R for a, c in zip(s, h, strict=True)]
    y = [a * x for a, x in zip(s, v, strict=True)]
    product = _inverse_determinant(g, h, _R, y, sign) * _determinant(g, h, _R, v) - 1
    numerator, _ = sp.fraction(sp.together(product))
    return sp.expand(sp.expand(numerator).subs(v[0], sp.sqrt(_R**2 - sum(x**2 for x in v[1:]))))


def _sums_difference(sign: int = -1) -> sp.Expr:
    """(1 + Q/r³)(1 - Q/(rP)) - 1 with rP - Q = r³: P = Σ g_iv_i²/(g_i - h_i/r), Q = Σ h_iv_i²/(g_i - h_i/r)."""
    p, r = sp.symbols("P r", positive=True)
    q = r * p - r**3
    return (1 + q / r**3) * (1 + sign * q / (r * p)) - 1


EQ_6 = Claim(
    id="eq-6",
    title="The Jacobian of a step",
    section="4.2",
    chapter=CHAPTER,
    statement=(
        r"Let $\eta\lambda_1<1$, $g_i=1-\eta\lambda_i$, $h_i=g_i\gamma_i=\eta\rho\lambda_i^2$, and let $f$ be SAM's "
        r"step $f(v)=\bigl((g_i-h_i/\norm v)v_i\bigr)_i$ on $\{\norm v>\gamma_1\}$. Then $f$ is injective, and with "
        r"$y=f(v)$, $r=\norm v$, $$\det\nabla f^{-1}(y)=\prod_i\frac{1}{g_i-h_i/r}\Bigl(1-\sum_i\frac{y_i^2h_i}"
        r"{(g_i-h_i/r)\,r^2(rg_i-h_i)^2}\Big/\sum_j\frac{y_j^2g_j}{(rg_j-h_j)^3}\Bigr),\qquad "
        r"\det\nabla f(v)=\prod_i\Bigl(g_i-\frac{h_i}{r}\Bigr)\Bigl(1+\sum_i\frac{h_iv_i^2}{r^3(g_i-h_i/r)}\Bigr).$$"
    ),
    hypotheses=(POSITIVE, BELOW_ONE, NONZERO, _BEYOND),
    margin=_eq_6_margin,
    instances=_eq_6_instances,
    identities=(
        *(
            Identity(
                rf"$\nabla f=\diag(g_i-h_i/r)+\frac1{{r^3}}(h_iv_i)_i\,v^\top$, $d={d}$",
                partial(_derivative_difference, d),
                partial(_derivative_difference, d, sign=-1),
            )
            for d in (2, 3, 4)
        ),
        *(
            Identity(
                rf"the determinant of $\nabla f$, $d={d}$",
                partial(_determinant_difference, d),
                partial(_determinant_difference, d, sign=-1),
            )
            for d in (2, 3, 4)
        ),
        *(
            Identity(
                rf"the two determinants are reciprocal, $d={d}$",
                partial(_inverse_difference, d),
                partial(_inverse_difference, d, sign=1),
            )
            for d in (2, 3, 4)
        ),
        Identity(
            r"the two determinants are reciprocal in any dimension: their brackets are $1+Q/r^3$ and $1-Q/(rP)$ with "
            r"$P=\sum g_iv_i^2/(g_i-h_i/r)$, $Q=\sum h_iv_i^2/(g_i-h_i/r)$ and $rP-Q=r^3$",
            _sums_difference,
            lambda: _sums_difference(sign=1),
        ),
    ),
    certificates=(
        Certificate(
            r"injective: $rg_i-h_i$ is positive and grows with $r$, so $\sum_iy_i^2/(rg_i-h_i)^2=1$ has one solution "
            r"$r>\gamma_1$ at most",
            "lam_1 lam eta rho r s",
            lambda lam_1, lam, eta, rho, r, s: [
                *_ordered(lam_1, lam, lam, eta, rho),
                eta * lam_1 < 1,
                r > constants.gamma(lam_1, eta, rho),
                s > r,
            ],
            lambda lam_1, lam, eta, rho, r, s: z3.And(
                constants.next_factor(lam, eta, rho, r) > 0,
                s * constants.next_factor(lam, eta, rho, s) > r * constants.next_factor(lam, eta, rho, r),
            ),
            Variation(
                r"with $r>b$ in place of $r>\gamma_1$",
                hypotheses=lambda lam_1, lam, eta, rho, r, s: [
                    *_ordered(lam_1, lam, lam, eta, rho),
                    eta * lam_1 < 1,
                    r > constants.absorbing_radius(lam_1, eta, rho),
                    s > r,
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"For $\norm v<\gamma_1$ the image has a second preimage, beyond $\gamma_1$: the step is not injective.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.2, 0.05])},
            without=_BEYOND.says,
        ),
        Refutation(
            "With a plus in the bracket the two determinants are not reciprocal.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.3, 0.4])},
            margin=lambda eigenvalues, eta, rho, v: _eq_6_with(1, eigenvalues, eta, rho, v),
        ),
        Refutation(
            r"With $h_i=\gamma_i$ in place of $g_i\gamma_i$ the determinant is another one.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.3, 0.4])},
            margin=_eq_6_without_g,
        ),
    ),
    on_paper="The determinant lemma in any dimension; SymPy expands it for $d=2,3,4$.",
    depends_on=("eq-3",),
    note="Printed, as far as our copy can be read, with a plus in the inner bracket (E9).",
    tolerance=1e-7,
)

EQ_6_PRINTED = PrintedForm(
    id="eq-6-printed",
    title="The Jacobian with a plus",
    section="4.2",
    chapter=CHAPTER,
    erratum="E9",
    statement=r"Equation (6) with $1+\sum_i\cdots$ in place of $1-\sum_i\cdots$.",
    corrected="eq-6",
    hypotheses=(POSITIVE, BELOW_ONE, NONZERO, _BEYOND),
    margin=lambda eigenvalues, eta, rho, v: _eq_6_with(1, eigenvalues, eta, rho, v),
    counterexample={"eigenvalues": np.array([1.0]), "eta": 0.2, "rho": 1.0, "v": np.array([0.5])},
)


# Lemma 7. The probe draws its starts from the uniform law on a shell inner ≤ ‖v‖ ≤ outer, whose density is known.


def _log_ball(d: int, radius: float) -> float:
    """Log of the volume of a ball in R^d."""
    return d / 2 * math.log(math.pi) - math.lgamma(d / 2 + 1) + d * math.log(radius)


def _log_shell(d: int, inner: float, outer: float) -> float:
    """Log of the volume of a shell, inner > 0."""
    return _log_ball(d, outer) + math.log(-math.expm1(d * math.log(inner / outer)))


def _log_determinant(eigenvalues: Array, eta: float, rho: float, v: Array) -> Array:
    """log det ∇f at points with ‖v‖ > γ₁; (..., d) → (...)."""
    g, h = _shares(eigenvalues, eta, rho)
    r = np.linalg.norm(v, axis=-1, keepdims=True)
    slopes = g - h / r
    return np.asarray(np.log(slopes).sum(-1) + np.log1p((h * v**2 / (r**3 * slopes)).sum(-1)))


def _one_step(
    eigenvalues: Array, eta: float, rho: float, v: Array, log_growth: float, width: float, arrived: float | None = None
) -> float:
    """The two facts about one step on which Lemma 7 rests, at points v of shape (..., d).

    From ‖v‖ ≥ γ₁ + width the density grows by exp(log_growth) at most; from below, the step ends at γ₁ - `arrived` or
    less (`arrived` is the width where it is not given).
    """
    gamma, r = _gamma_1(eigenvalues, eta, rho), np.linalg.norm(v, axis=-1)
    far = r >= gamma + width
    growth = (_log_determinant(eigenvalues, eta, rho, v[far]) + log_growth) / eigenvalues.size
    after = np.linalg.norm(step(eigenvalues, eta, rho, v[~far]), axis=-1)
    jump = (gamma - (width if arrived is None else arrived) - after) / gamma
    return float(min(growth.min(initial=np.inf), jump.min(initial=np.inf)))


def _lemma_7_margin(
    eigenvalues: Array,
    eta: float,
    rho: float,
    starts: Array,
    inner: float,
    outer: float,
    radius: float,
    density: float,
    failure: float,
) -> float:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    width, steps = bounds.ring_width(theory), bounds.steps_to_ball(theory, radius)
    sharp, printed = (bounds.log_gap(theory, radius, density, failure, form) for form in ("sharp", "printed"))
    path = _path(eigenvalues, eta, rho, starts, min(steps, 12))
    distance = np.abs(np.linalg.norm(path, axis=-1) - _gamma_1(eigenvalues, eta, rho)).min(axis=0)
    hit = float(np.mean(distance < math.exp(sharp) * (1 - 1e-9)))
    margins = [2 * failure - hit]
    for form in ("sharp", "printed"):
        log_growth = bounds.log_density_growth(theory, max(outer, radius), form)
        margins.append(_one_step(eigenvalues, eta, rho, path, log_growth, width))
    if steps:  # the printed Δ is the smaller one, and both are inside the ring that is crossed in one step
        margins += [sharp - printed, math.log(width) - sharp]
    return min(margins)


_DENSITY = Hypothesis(
    r"$v_0$ has a density $\le A$",
    lambda starts, inner, outer, density, **_: bool(
        0 < inner < outer and math.log(density) + _log_shell(starts.shape[-1], inner, outer) >= -1e-9
    ),
)
_LIKELY_WITHIN = Hypothesis(
    r"$\Pr[\norm{v_0}>\hat R]\le\delta<\tfrac12$",
    lambda starts, inner, outer, radius, failure, **_: bool(
        0 < failure < 0.5
        and (
            radius >= outer
            or _log_shell(starts.shape[-1], radius, outer) - _log_shell(starts.shape[-1], inner, outer)
            <= math.log(failure) + 1e-9
        )
    ),
)


def _lemma_7_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in _settings(rng, n):
        lam, eta, rho = quadratic["eigenvalues"], quadratic["eta"], quadratic["rho"]
        d, b, gamma = lam.size, _b(lam, eta, rho), _gamma_1(lam, eta, rho)
        width = bounds.ring_width(QuadraticSAM(lam, eta, rho))
        # A shell: thick, about γ₁, about the edge γ₁ + ε of the ring, or inside the ball.
        half = 10 ** rng.uniform(-9, -1)
        inner, outer = (
            (1e-3 * b, b * 10 ** rng.uniform(0, 2)),
            (gamma * (1 - half), gamma * (1 + half)),
            ((gamma + width) * (1 - half), (gamma + width) * (1 + half)),
            (1e-3 * b, b),
        )[rng.integers(4)]
        failure = float(rng.choice([rng.uniform(0.01, 0.49), 10 ** rng.uniform(-9, -1)]))
        # Between the inner and the outer radius the volume inside r grows like r^d.
        shares = rng.uniform((inner / outer) ** d, 1, 9) ** (1 / d)
        directions = rng.normal(size=(9, d))
        starts = directions / np.linalg.norm(directions, axis=1, keepdims=True) * (outer * shares)[:, None]
        radius = outer * rng.choice([1.0, 1 + 10 ** rng.uniform(-3, 1)])
        if failure > 1e-3 and inner < 0.1 * outer:
            radius = outer * (1 - failure * (1 - (inner / outer) ** d)) ** (1 / d)
        log_density = -_log_shell(d, inner, outer) + rng.choice([0.0, rng.uniform(0, 20)])
        yield {
            **quadratic,
            "starts": starts,
            "inner": float(inner),
            "outer": float(outer),
            "radius": float(radius),
            "density": math.exp(log_density),
            "failure": failure,
        }


def _ring_edge(lam_1: Any, lam_d: Any, eta: Any, rho: Any, widths: Any = 1) -> Any:
    """γ₁ + widths·ε."""
    gamma = constants.gamma(lam_1, eta, rho)
    return gamma + widths * eta * lam_d * gamma / (2 - eta * lam_d)


def _in_step(lam_1: Any, lam: Any, lam_d: Any, eta: Any, rho: Any) -> list[Any]:
    return [*_ordered(lam_1, lam, lam_d, eta, rho), 2 * eta * lam_1 < 1]


def _lands_below(lam_1: Any, lam: Any, lam_d: Any, eta: Any, rho: Any, r: Any) -> Any:
    """|factor of one coordinate|·r ≤ γ₁ - ε."""
    after = r * (1 - eta * lam) - eta * rho * lam * lam
    edge = _ring_edge(lam_1, lam_d, eta, rho, widths=-1)
    return z3.And(after <= edge, -after <= edge)


def _edge_difference(share: int = 1) -> sp.Matrix:
    """(1 - ηλ_d)(γ₁ + ε) - (γ₁ - ε) and 1 - γ₁/(γ₁ + ε) - ηλ_d/2."""
    lam_1, lam_d, eta, rho = sp.symbols("lambda_1 lambda_d eta rho", positive=True)
    gamma, edge = constants.gamma(lam_1, eta, rho), _ring_edge(lam_1, lam_d, eta, rho, widths=share)
    inner = _ring_edge(lam_1, lam_d, eta, rho, widths=-share)
    return sp.Matrix([(1 - eta * lam_d) * edge - inner, 1 - gamma / edge - eta * lam_d / 2])


_ALL_EQUAL: dict[str, Any] = {"eigenvalues": np.ones(12), "eta": 0.49, "rho": 1.0}
# A law on a shell no wider than rounding about the trap v₀ = (1/5, 3/20), where ‖v₀‖ = γ₁ = 1/4 exactly.
_TRAP: dict[str, Any] = {
    "eigenvalues": np.array([1.0, 0.5]),
    "eta": 0.2,
    "rho": 1.0,
    "starts": np.array([[0.2, 0.15]]),
    "inner": 0.25 * (1 - 4e-16),
    "outer": 0.25 * (1 + 4e-16),
}
_TRAP_DENSITY = math.exp(-_log_shell(2, _TRAP["inner"], _TRAP["outer"]))


def _equal_eigenvalues(edge: float = 0.0, **quadratic: Any) -> Instance:
    """A valid instance of Lemma 7 whose only start is on the first axis at γ₁ + ε, or `edge` times ε further."""
    theory = QuadraticSAM(**quadratic)
    d, r = theory.dimension, float(theory.gamma[0]) + (1 + edge) * bounds.ring_width(theory)
    inner, outer = r / 2, 2 * r
    density = math.exp(-_log_shell(d, inner, outer))
    shell = {"inner": inner, "outer": outer, "radius": outer, "density": density, "failure": 0.1}
    return {**quadratic, "starts": r * np.eye(d)[-1:], **shell}


LEMMA_7 = Claim(
    id="lemma-7",
    title="A random start keeps away from the ring",
    section="4.2",
    chapter=CHAPTER,
    statement=(
        r"Let $\Pr[\norm{v_0}>\hat R]\le\delta<\tfrac12$, let the density of $v_0$ be at most $A$, and "
        r"$T_0=\bigl\lceil\frac{1}{\eta\lambda_d}[\log\frac{\hat R}{b}]_+\bigr\rceil$. With probability at least "
        r"$1-2\delta$, $\bigl|\norm{v_t}-\gamma_1\bigr|\ge\Delta$ for all $t$, where "
        r"$\Delta=\gamma_1-b=\eta\lambda_1\gamma_1$ if $T_0=0$, and otherwise "
        r"$$\Delta=\frac{\Gamma(d/2)\,\delta}{4\pi^{d/2}(2\gamma_1)^{d-1}T_0A}\,K^{-T_0},\qquad "
        r"K=\Bigl(\frac{4}{\eta\lambda_d}\Bigr)^d\quad\text{(ours)}\quad\text{or}\quad "
        r"K=\frac{9\cdot6^{d+3}\hat R^3}{(\eta\lambda_d)^{d+3}\gamma_1^3}\quad\text{(printed)}.$$"
    ),
    hypotheses=(POSITIVE, SMALL_STEP, _DENSITY, _LIKELY_WITHIN),
    margin=_lemma_7_margin,
    instances=_lemma_7_instances,
    identities=(
        Identity(
            r"$(1-\eta\lambda_d)(\gamma_1+\varepsilon)=\gamma_1-\varepsilon$ and "
            r"$1-\gamma_1/(\gamma_1+\varepsilon)=\eta\lambda_d/2$ for "
            r"$\varepsilon=\eta\lambda_d\gamma_1/(2-\eta\lambda_d)$",
            _edge_difference,
            lambda: _edge_difference(share=2),
        ),
    ),
    certificates=(
        Certificate(
            r"for $\norm v\ge\gamma_1+\varepsilon$ every slope $g_i-h_i/\norm v$ is at least "
            r"$(1-\eta\lambda_i)\,\eta\lambda_d/2\ge\eta\lambda_d/4$",
            "lam_1 lam lam_d eta rho r",
            lambda r, **z: [*_in_step(**z), r >= _ring_edge(z["lam_1"], z["lam_d"], z["eta"], z["rho"])],
            lambda lam_1, lam, lam_d, eta, rho, r: z3.And(
                2 * constants.next_factor(lam, eta, rho, r) >= (1 - eta * lam) * eta * lam_d,
                4 * constants.next_factor(lam, eta, rho, r) >= eta * lam_d,
            ),
            Variation(
                r"with $\gamma_1+\varepsilon/2$ in place of $\gamma_1+\varepsilon$",
                hypotheses=lambda r, **z: [
                    *_in_step(**z),
                    r >= _ring_edge(z["lam_1"], z["lam_d"], z["eta"], z["rho"], widths=0.5),
                ],
            ),
        ),
        Certificate(
            r"from $\norm v\le\gamma_1+\varepsilon$ a step ends at $\norm{v_+}\le\gamma_1-\varepsilon$ (for the factor "
            "of one coordinate, which is enough in any dimension)",
            "lam_1 lam lam_d eta rho r",
            lambda r, **z: [*_in_step(**z), r > 0, r <= _ring_edge(z["lam_1"], z["lam_d"], z["eta"], z["rho"])],
            _lands_below,
            Variation(
                r"from $\gamma_1+2\varepsilon$",
                hypotheses=lambda r, **z: [
                    *_in_step(**z),
                    r > 0,
                    r <= _ring_edge(z["lam_1"], z["lam_d"], z["eta"], z["rho"], widths=2),
                ],
            ),
        ),
        Certificate(
            r"the ring is outside the ball: $b\le\gamma_1-\varepsilon$",
            "lam_1 lam lam_d eta rho",
            _in_step,
            lambda lam_1, lam, lam_d, eta, rho: (
                constants.absorbing_radius(lam_1, eta, rho) <= _ring_edge(lam_1, lam_d, eta, rho, widths=-1)
            ),
            Variation(
                r"with $\gamma_1-2\varepsilon$",
                conclusion=lambda lam_1, lam, lam_d, eta, rho: (
                    constants.absorbing_radius(lam_1, eta, rho) <= _ring_edge(lam_1, lam_d, eta, rho, widths=-2)
                ),
            ),
        ),
        Certificate(
            r"the printed factor is the larger one: $9\cdot6^3\hat R^3>(\eta\lambda_d)^3\gamma_1^3$ for $\hat R\ge b$",
            "lam_1 lam lam_d eta rho radius",
            lambda radius, **z: [
                *_in_step(**z),
                radius >= constants.absorbing_radius(z["lam_1"], z["eta"], z["rho"]),
            ],
            lambda lam_1, lam, lam_d, eta, rho, radius: (
                9 * 6**3 * radius**3 > (eta * lam_d * constants.gamma(lam_1, eta, rho)) ** 3
            ),
            Variation(
                r"for $\hat R>0$",
                hypotheses=lambda radius, **z: [*_in_step(**z), radius > 0],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"Without a bounded density: a law close to the trap $v_0=(\frac15,\frac3{20})$, $\norm{v_0}=\gamma_1$.",
            {**_TRAP, "radius": 0.26, "density": 5.0, "failure": 0.1},
            without=_DENSITY.says,
        ),
        Refutation(
            r"With an $\hat R$ below $b$ the promised gap is $\gamma_1-b$; a law beyond $b$ need not keep it.",
            {**_TRAP, "radius": 0.2, "density": _TRAP_DENSITY, "failure": 0.1},
            without=_LIKELY_WITHIN.says,
        ),
        Refutation(
            r"With $\eta\lambda_i=0.9$ a step raises the density by more than $(4/\eta\lambda_d)^d$.",
            {
                **_ALL_EQUAL,
                "eta": 0.9,
                "starts": 20 * np.eye(12)[:1],  # γ₁ + ε is 16.4
                "inner": 1.0,
                "outer": 30.0,
                "radius": 30.0,
                "density": 1.0,
                "failure": 0.1,
            },
            without=SMALL_STEP.says,
            margin=lambda eigenvalues, eta, rho, starts, **_: _one_step(
                eigenvalues, eta, rho, starts, eigenvalues.size * math.log(4 / (eta * eigenvalues[-1])), 0.0
            ),
        ),
        Refutation(
            r"With $(2/\eta\lambda_d)^d$ as the factor: twelve equal eigenvalues with $\eta\lambda_i=0.49$ need more.",
            _equal_eigenvalues(**_ALL_EQUAL),
            margin=lambda eigenvalues, eta, rho, starts, **_: _one_step(
                eigenvalues,
                eta,
                rho,
                starts,
                eigenvalues.size * math.log(2 / (eta * eigenvalues[-1])),
                bounds.ring_width(QuadraticSAM(eigenvalues, eta, rho)),
            ),
        ),
        Refutation(
            r"With a ring twice as wide: a step from just inside it does not cross it.",
            _equal_eigenvalues(edge=0.9, eigenvalues=np.array([1.0, 0.05]), eta=0.2, rho=1.0),
            margin=lambda eigenvalues, eta, rho, starts, **_: _one_step(
                eigenvalues, eta, rho, starts, 0.0, 2 * bounds.ring_width(QuadraticSAM(eigenvalues, eta, rho))
            ),
        ),
    ),
    on_paper=(
        "The probability: the densities of the part of the law that has not come to the ring, the volume of the ring, "
        "and the sum over the steps."
    ),
    depends_on=("lemma-6", "eq-5", "eq-6", "lemma-5-5"),
    note=(
        r"The print divides by $T_0$, which is 0 for $\hat R\le b$ (E6), and drops the ceiling in its corollary (E8). "
        r"The factor $(4/\eta\lambda_d)^d$ is ours and always smaller than the printed one (E16)."
    ),
)


def _printed_gap_holds(
    eigenvalues: Array, eta: float, rho: float, v: Array, radius: float, density: float, failure: float
) -> float:
    """|‖v₀‖ - γ₁| against Δ as printed, as |‖v₀‖ - γ₁|/Δ - 1; 1/Δ is written without a division by T₀."""
    d, gamma = eigenvalues.size, _gamma_1(eigenvalues, eta, rho)
    steps = math.ceil(_time(eta * eigenvalues[-1], _b(eigenvalues, eta, rho), radius))
    factor = 9 * 6 ** (d + 3) * radius**3 / ((eta * eigenvalues[-1]) ** (d + 3) * gamma**3)
    sphere = 4 * math.pi ** (d / 2) * (2 * gamma) ** (d - 1)
    inverse = sphere * steps * density / (math.gamma(d / 2) * failure) * factor**steps
    return float(abs(np.linalg.norm(v) - gamma) * inverse - 1)


_LAW = Hypothesis(
    r"$\Pr[\norm{v_0}>\hat R]\le\delta$ and the density of $v_0$ is at most $A$, for some law",
    lambda eigenvalues, radius, density, failure, **_: bool(
        0 < failure < 0.5 and math.log(density) + _log_ball(eigenvalues.size, radius) >= math.log1p(-failure)
    ),
)

LEMMA_7_ZERO_PRINTED = PrintedForm(
    id="lemma-7-zero-printed",
    title="The gap for a start inside the ball",
    section="4.2",
    chapter=CHAPTER,
    erratum="E6",
    statement=(
        r"Lemma 7 with $\Delta=\frac{\Gamma(d/2)\,\delta}{4\pi^{d/2}(2\gamma_1)^{d-1}T_0A}K^{-T_0}$ for every "
        r"$T_0\ge0$: for $\hat R\le b$ it has $T_0=0$ and $\Delta=\infty$."
    ),
    corrected="lemma-7",
    hypotheses=(POSITIVE, SMALL_STEP, _LAW),
    margin=_printed_gap_holds,
    counterexample={
        **_PLANE,
        "v": np.array([0.1, 0.1]),
        "radius": 0.4,
        "density": 2.0,
        "failure": 0.1,
    },
)


def _printed_logarithm(
    eigenvalues: Array, eta: float, rho: float, radius: float, density: float, failure: float
) -> float:
    """The printed bound on log(1/Δ), without ⌈ ⌉, minus log(1/Δ)."""
    theory = QuadraticSAM(eigenvalues, eta, rho)
    d, gamma, bottom = eigenvalues.size, _gamma_1(eigenvalues, eta, rho), eta * eigenvalues[-1]
    late = _time(1.0, _b(eigenvalues, eta, rho), radius)
    factor = 9 * 6 ** (d + 3) * radius**3 / (bottom ** (d + 3) * gamma**3)
    sphere = 4 * math.pi ** (d / 2) * (2 * gamma) ** (d - 1)
    printed = late / bottom * math.log(factor) + math.log(
        sphere * late * density / (math.gamma(d / 2) * failure * bottom)
    )
    return printed + bounds.log_gap(theory, radius, density, failure, "printed")


LEMMA_7_CEILING_PRINTED = PrintedForm(
    id="lemma-7-ceiling-printed",
    title="The logarithm of the gap, without rounding",
    section="4.2",
    chapter=CHAPTER,
    erratum="E8",
    statement=(
        r"For the printed $\Delta$ of Lemma 7, $\log\frac1\Delta\le"
        r"\frac{1}{\eta\lambda_d}\bigl[\log\frac{\hat R}{b}\bigr]_+\log K+"
        r"\log\frac{4\pi^{d/2}(2\gamma_1)^{d-1}[\log(\hat R/b)]_+A}{\Gamma(d/2)\,\delta\,\eta\lambda_d}$."
    ),
    corrected="lemma-7",
    hypotheses=(POSITIVE, SMALL_STEP, _LAW),
    margin=_printed_logarithm,
    counterexample={**_PLANE, "radius": 0.4 * math.exp(0.1), "density": 2.0, "failure": 0.1},
)

CLAIMS = (
    EQ_5,
    LEMMA_6,
    LEMMA_6_PRINTED,
    EQ_6,
    EQ_6_PRINTED,
    LEMMA_7,
    LEMMA_7_ZERO_PRINTED,
    LEMMA_7_CEILING_PRINTED,
)
