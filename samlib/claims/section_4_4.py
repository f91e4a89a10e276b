"""Section 4.4, first half: the other coordinates die out beside the first (Definition 12, Lemmas 13 and 14)."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import bounds, constants
from samlib._validation import Array
from samlib.claims._alignment import (
    CHAPTER,
    FIRST,
    INSIDE,
    OTHERS,
    POSITIVE_EPSILON,
    SEVERAL,
    START,
    entry,
    gapped,
    inside_runs,
    log_over,
    log_ratio,
    misalignment,
    run,
    settles,
    short_runs,
)
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
    iff,
)
from samlib.claims._quadratics import BELOW_ONE, GAP, NONZERO, POSITIVE, SMALL_STEP, gradients, quadratics, step
from samlib.quadratic import QuadraticSAM

__all__ = ["CLAIMS"]

# Symbols of a step, by its definition


def vectors(d: int) -> tuple[list[sp.Symbol], list[sp.Symbol], sp.Symbol, sp.Symbol, sp.Expr, list[sp.Expr]]:
    """λ, v, η, ρ, ‖v‖ and v₊ = v - ηΛ(v + ρΛv/‖v‖) in d dimensions."""
    lam = list(sp.symbols(f"lambda_1:{d + 1}", positive=True))
    v = list(sp.symbols(f"v_1:{d + 1}", positive=True))
    eta, rho = sp.symbols("eta rho", positive=True)
    r = sp.sqrt(sum(value**2 for value in v))
    after = [value - eta * own * (value + rho * own * value / r) for own, value in zip(lam, v, strict=True)]
    return lam, v, eta, rho, r, after


# Definition 12


def _definition_12_margin(v: Array, delta: Callable[[Array], Any] = misalignment) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        value, unit = float(delta(v)), v / np.linalg.norm(v)
        if math.isnan(value):
            return -1.0  # undefined is no number between 0 and 1
        axis = np.eye(v.size)[0] * math.copysign(1, v[0])
        rest = float(np.abs(v[1:]).max(initial=0.0) / np.abs(v).max())
        return min(
            value,
            1 - value,
            equal(value, 1 - abs(unit[0]), scale=1),
            equal(value, np.sum((unit - axis) ** 2) / 2, scale=1),
            equal([delta(-3 * v), delta(v / 7)], value, scale=1),
            iff(value, rest),
            iff(1 - value, abs(v[0])) if v[0] == 0 else 0.0,
        )


def _any_gradients(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n):
        for v in gradients(rng, quadratic):
            yield {"v": v}


def _delta_difference(d: int, wrong: int = 1) -> sp.Matrix:
    v = sp.symbols(f"v_1:{d + 1}", positive=True)
    r = sp.sqrt(sum(value**2 for value in v))
    rest = sum(value**2 for value in v[1:])
    delta = 1 - v[0] / r
    halved = ((v[0] / r - 1) ** 2 + rest / r**2) / 2
    return sp.Matrix([delta - wrong * rest / (r * (r + v[0])), delta - wrong * halved])


DEFINITION_12 = Claim(
    id="definition-12",
    title="The misalignment",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"For $v_t\ne0$ let $\delta_t=1-\dfrac{|v_{t,1}|}{\norm{v_t}}$. It is a number between $0$ and $1$, $0$ "
        r"exactly if $v_{t,2}=\dots=v_{t,d}=0$ and $1$ exactly if $v_{t,1}=0$; it stays the same when $v_t$ is "
        r"multiplied by a number other than $0$; and "
        r"$\delta_t=\tfrac12\bigl\|\tfrac{v_t}{\norm{v_t}}-s\,e_1\bigr\|^2$, where $s=\pm1$ is the sign "
        r"of $v_{t,1}$ (either one if $v_{t,1}=0$)."
    ),
    hypotheses=(NONZERO,),
    margin=_definition_12_margin,
    instances=_any_gradients,
    identities=tuple(
        Identity(
            rf"$1-\frac{{v_1}}{{\norm v}}=\frac{{\sum_{{i\ge2}}v_i^2}}{{\norm v(\norm v+v_1)}}"
            rf"=\frac12\bigl\|\frac v{{\norm v}}-e_1\bigr\|^2$ for $v_1>0$, $d={d}$",
            partial(_delta_difference, d),
            partial(_delta_difference, d, wrong=2),
        )
        for d in (2, 3, 4)
    ),
    certificates=(
        Certificate(
            r"$0\le\delta\le1$, and when it is $0$ or $1$; $p$ is $|v_1|$ and $q$ is $\sum_{i\ge2}v_i^2$",
            "p q r",
            lambda p, q, r: [p >= 0, q >= 0, r > 0, r * r == p * p + q],
            lambda p, q, r: z3.And(p >= 0, p <= r, (p == r) == (q == 0), (p == 0) == (q == r * r)),
            Variation("with $v_1$ in place of $|v_1|$", hypotheses=lambda p, q, r: [q >= 0, r > 0, r * r == p * p + q]),
        ),
    ),
    refutations=(
        Refutation("At $v=0$ there is no direction.", {"v": np.zeros(2)}, without=NONZERO.says),
        Refutation(
            "Without the absolute value it exceeds 1.",
            {"v": np.array([-1.0, 0.5])},
            margin=lambda v: _definition_12_margin(v, lambda z: 1 - z[0] / np.linalg.norm(z)),
        ),
        Refutation(
            r"With squares, $1-v_1^2/\norm v^2$, it is not half a squared distance.",
            {"v": np.array([1.0, 0.5])},
            margin=lambda v: _definition_12_margin(v, lambda z: 1 - z[0] ** 2 / np.sum(z**2)),
        ),
        Refutation(
            "Without the division it changes with the length.",
            {"v": np.array([0.2, 0.1])},
            margin=lambda v: _definition_12_margin(v, lambda z: np.linalg.norm(z) - abs(z[0])),
        ),
    ),
)


# Lemma 13


def _lemma_13_margin(v: Array, factor: float = 0.5, power: int = 2) -> float:
    bound = factor * np.sum(np.abs(v[1:] / v[0]) ** power)
    delta = misalignment(v)
    return float((bound - delta) / max(bound, delta)) if delta > 0 else 0.0


def _with_first(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n):
        for v in gradients(rng, quadratic, nonzero_first=True):
            yield {"v": v}


def _lemma_13_difference(factor: int = 2) -> sp.Expr:
    s = sp.symbols("s", positive=True)
    return (s**2 - 1) / 2 - (1 - 1 / s) - (s - 1) ** 2 * (s + factor) / (2 * s)


LEMMA_13 = Claim(
    id="lemma-13",
    title="Misalignment and ratios",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"If $v_{t,1}\ne0$, then $\delta_t\le\dfrac12\displaystyle\sum_{i=2}^d\frac{v_{t,i}^2}{v_{t,1}^2}$, "
        r"whatever the size of the right side."
    ),
    hypotheses=(FIRST,),
    margin=_lemma_13_margin,
    instances=_with_first,
    identities=(
        Identity(
            r"with $s=\norm{v_t}/|v_{t,1}|$: $\frac{s^2-1}2-\bigl(1-\frac1s\bigr)=\frac{(s-1)^2(s+2)}{2s}$",
            _lemma_13_difference,
            lambda: _lemma_13_difference(factor=1),
        ),
    ),
    certificates=(
        Certificate(
            r"the inequality; $s=\norm{v_t}/|v_{t,1}|$",
            "s",
            lambda s: [s > 0],
            lambda s: 2 * (s - 1) <= s * (s * s - 1),
            Variation(r"with $\frac14$ in place of $\frac12$", conclusion=lambda s: 4 * (s - 1) <= s * (s * s - 1)),
        ),
    ),
    refutations=(
        Refutation(
            r"With $\frac14$ in place of $\frac12$.",
            {"v": np.array([1.0, 0.1])},
            margin=lambda v: _lemma_13_margin(v, factor=0.25),
        ),
        Refutation(
            "With fourth powers in place of the squares.",
            {"v": np.array([1.0, 0.1, 0.1])},
            margin=lambda v: _lemma_13_margin(v, power=4),
        ),
    ),
    depends_on=("definition-12",),
    note=r"The print adds the condition that the bound is at most $\frac12$; it is not needed (E16).",
)


# Equation (7)


def factors(eigenvalues: Array, eta: float, rho: float, v: Array) -> tuple[Array, float]:
    """What a step multiplies each coordinate by, measured on the step (nan where v_i = 0), and a scale, 1 + b/‖v‖."""
    after = step(eigenvalues, eta, rho, v)
    ratio = np.divide(after, v, out=np.full(v.shape, np.nan), where=v != 0)
    return ratio, 1 + constants.absorbing_radius(eigenvalues[0], eta, rho) / float(np.linalg.norm(v))


def _squares(lam: Any, eta: Any, rho: Any, r: Any) -> Any:
    """(1 - ηλ)²(r - γ)²."""
    return (1 - eta * lam) ** 2 * (r - constants.gamma(lam, eta, rho)) ** 2


def _eq_7_margin(eigenvalues: Array, eta: float, rho: float, v: Array, mu: float, gain: float | None = None) -> float:
    ratio, size = factors(eigenvalues, eta, rho, v)
    r = np.linalg.norm(v)
    squares = _squares(eigenvalues, eta, rho, r) / (r * size) ** 2
    gain = (1 + mu) ** 2 if gain is None else gain
    shrinks = (ratio[0] ** 2 - (1 + mu) ** 2 * ratio[1:] ** 2) / size**2
    right = squares[0] - gain * squares[1:]
    own = v[1:] != 0
    at_zero = float(right[~own].min(initial=np.inf))  # 0 ≤ 0 holds for a coordinate 0, so (7) would have to
    scale = (1 + mu) ** 2
    return min(iff(shrinks[own], right[own]), equal(shrinks[own], right[own], scale=scale), min(at_zero, 0.0))


def _eq_7_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=1.0, dimensions=(2, 12)):
        for v in gradients(rng, quadratic, nonzero_first=True):
            moving = np.where(v == 0, 1e-9 * np.linalg.norm(v), v)
            yield {
                **quadratic,
                "v": moving,
                "mu": float(rng.choice([0.0, rng.uniform(0, 1), 10 ** rng.uniform(-9, 1)])),
            }


def _eq_7_index(power: int = 2) -> sp.Expr:
    lam_1, lam_i, eta, rho, mu, r, v_1, v_i = sp.symbols("lambda_1 lambda_i eta rho mu r v_1 v_i", positive=True)
    after_1, after_i = (v - eta * lam * (v + rho * lam * v / r) for lam, v in ((lam_1, v_1), (lam_i, v_i)))
    shrinks = after_1**2 * v_i**2 - (1 + mu) ** 2 * after_i**2 * v_1**2
    squares = _squares(lam_1, eta, rho, r) - (1 + mu) ** power * _squares(lam_i, eta, rho, r)
    return shrinks - squares * (v_1 * v_i / r) ** 2


def _eq_7_vector(d: int, power: int = 2) -> sp.Matrix:
    lam, v, eta, rho, r, after = vectors(d)
    mu = sp.symbols("mu", positive=True)
    return sp.Matrix(
        [
            after[0] ** 2 * v[i] ** 2
            - (1 + mu) ** 2 * after[i] ** 2 * v[0] ** 2
            - (_squares(lam[0], eta, rho, r) - (1 + mu) ** power * _squares(lam[i], eta, rho, r))
            * (v[0] * v[i] / r) ** 2
            for i in range(1, d)
        ]
    )


EQ_7 = Claim(
    id="eq-7",
    title="When a ratio shrinks by a given factor",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $\eta\lambda_1<1$, $\mu\ge0$, $i\ge2$, $v_{t,1}\ne0$ and $v_{t,i}\ne0$. Then "
        r"$v_{t+1,i}^2\,v_{t,1}^2\le\frac1{(1+\mu)^2}v_{t+1,1}^2\,v_{t,i}^2$ if and only if "
        r"$(1-\eta\lambda_i)^2(\norm{v_t}-\gamma_i)^2\le\frac1{(1+\mu)^2}(1-\eta\lambda_1)^2(\norm{v_t}-\gamma_1)^2$."
    ),
    hypotheses=(
        POSITIVE,
        BELOW_ONE,
        FIRST,
        OTHERS,
        Hypothesis(r"$\mu\ge0$", lambda mu, **_: bool(mu >= 0)),
    ),
    margin=_eq_7_margin,
    instances=_eq_7_instances,
    identities=(
        Identity(
            r"for index $i$ in any dimension, the two differences agree up to the factor "
            r"$v_{t,1}^2v_{t,i}^2/\norm{v_t}^2$",
            _eq_7_index,
            lambda: _eq_7_index(power=1),
        ),
        *(
            Identity(
                rf"the same for all coordinates, $d={d}$",
                partial(_eq_7_vector, d),
                partial(_eq_7_vector, d, power=1),
            )
            for d in (2, 3, 4)
        ),
    ),
    refutations=(
        Refutation(
            "For a coordinate 0 the ratio condition always holds, and (7) need not.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.24, 0.0]), "mu": 0.1},
            without=OTHERS.says,
        ),
        Refutation(
            r"Without the square on $1+\mu$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.1, 0.1]), "mu": 0.5},
            margin=lambda mu, **z: _eq_7_margin(mu=mu, gain=1 + mu, **z),
        ),
    ),
    depends_on=("eq-3",),
)


# Lemma 14(a)


def gain(eigenvalues: Array, eta: float) -> float:
    """μ = min{ηλ_d, λ₁²/λ₂² - 1} of Lemma 14, d ≥ 2."""
    return float(min(eta * eigenvalues[-1], (eigenvalues[0] / eigenvalues[1]) ** 2 - 1))


def threshold(lam_1: Any, lam_d: Any, eta: Any, mu: Any) -> Any:
    """The right side of Lemma 14(a), a bound on ‖v‖/β₁."""
    spread = 2 - eta * lam_1 - (eta * lam_d - mu) - eta * lam_d * mu
    return (2 - eta * lam_1) / spread * (1 + (1 + mu) * (lam_d * lam_d) / (lam_1 * lam_1))


def _crossing(lam_1: Any, lam_i: Any, eta: Any, rho: Any, mu: Any) -> tuple[Any, Any]:
    """Numerator and denominator of Lemma 4's crossing: ((1-ηλ₁)γ₁ + (1+μ)(1-ηλᵢ)γᵢ)/((1-ηλ₁) + (1+μ)(1-ηλᵢ))."""
    numerator = eta * rho * (lam_1 * lam_1 + (1 + mu) * lam_i * lam_i)
    return numerator, (1 - eta * lam_1) + (1 + mu) * (1 - eta * lam_i)


def shrinking(eigenvalues: Array, eta: float, rho: float, v: Array, mu: float) -> Array:
    """(f₁² - (1+μ)²fᵢ²)/(1 + b/‖v‖)² for i ≥ 2: ≥ 0 where vᵢ²/v₁² shrinks by (1+μ)⁻² at least; nan at vᵢ=0."""
    ratio, size = factors(eigenvalues, eta, rho, v)
    return np.asarray((ratio[0] ** 2 - (1 + mu) ** 2 * ratio[1:] ** 2) / size**2)


def _lemma_14_a_margin(
    eigenvalues: Array,
    eta: float,
    rho: float,
    v: Array,
    mu: float | None = None,
    limit: Callable[..., Any] = threshold,
) -> float:
    mu = gain(eigenvalues, eta) if mu is None else mu
    shrinks = shrinking(eigenvalues, eta, rho, v, mu)
    shrinks = shrinks[~np.isnan(shrinks)]
    length, beta = np.linalg.norm(v), constants.beta(eigenvalues[0], eta, rho)
    below = limit(eigenvalues[0], eigenvalues[-1], eta, mu) * beta - length
    return iff(-shrinks.min(initial=1.0), -below / (length + beta))


def _lemma_14_a_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in gapped(rng, n, below=1.0):
        lam, eta, rho = (np.asarray(quadratic[name]) for name in ("eigenvalues", "eta", "rho"))
        for v in gradients(rng, quadratic, nonzero_first=True):
            moving = np.where(v == 0, 1e-9 * np.linalg.norm(v), v)
            if rng.integers(3) == 0:  # at the threshold, or a hair to one side of it
                edge = threshold(lam[0], lam[-1], eta, gain(lam, float(eta))) * constants.beta(lam[0], eta, rho)
                nudge = rng.choice([0.0, -1, 1]) * 10 ** rng.uniform(-15, -3)
                moving *= edge * (1 + nudge) / np.linalg.norm(moving)
            yield {**quadratic, "v": moving}


def _threshold_difference(factor: int = 1) -> sp.Expr:
    lam_1, lam_d, eta, rho, mu = sp.symbols("lambda_1 lambda_d eta rho mu", positive=True)
    numerator, denominator = _crossing(lam_1, lam_d, eta, rho, factor * mu)
    return numerator / denominator - threshold(lam_1, lam_d, eta, mu) * constants.beta(lam_1, eta, rho)


def _convex_difference(factor: int = 1) -> sp.Expr:
    lam_1, lam_i, eta, rho, mu = sp.symbols("lambda_1 lambda_i eta rho mu", positive=True)
    numerator, denominator = _crossing(lam_1, lam_i, eta, rho, mu)
    a, b = 1 - eta * lam_1, factor * (1 + mu) * (1 - eta * lam_i)
    gamma_1, gamma_i = constants.gamma(lam_1, eta, rho), constants.gamma(lam_i, eta, rho)
    return numerator / denominator - (a * gamma_1 + b * gamma_i) / (a + b)


def _size(lam: Any, eta: Any, rho: Any, r: Any) -> Any:
    """‖v‖ times the factor of a step: (1 - ηλ)r - ηρλ²."""
    return (1 - eta * lam) * r - eta * rho * lam * lam


def _below_crossing(l_1: Any, l_i: Any, eta: Any, rho: Any, mu: Any, r: Any) -> Any:
    numerator, denominator = _crossing(l_1, l_i, eta, rho, mu)
    return r * denominator <= numerator


def _binding(l_1: Any, l_i: Any, l_d: Any, eta: Any, rho: Any, mu: Any) -> Any:
    top_i, bottom_i = _crossing(l_1, l_i, eta, rho, mu)
    top_d, bottom_d = _crossing(l_1, l_d, eta, rho, mu)
    return top_d * bottom_i <= top_i * bottom_d


LEMMA_14_A = Claim(
    id="lemma-14-a",
    title="The threshold of alignment",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $d\ge2$, $\lambda_1>\lambda_2$, $\eta\lambda_1<1$ and "
        r"$\mu=\min\Bigl\{\eta\lambda_d,\ \dfrac{\lambda_1^2}{\lambda_2^2}-1\Bigr\}$. If $v_{t,i}\ne0$ for all $i$, "
        r"then $\dfrac{v_{t+1,i}^2}{v_{t+1,1}^2}\le\dfrac1{(1+\mu)^2}\dfrac{v_{t,i}^2}{v_{t,1}^2}$ for all "
        r"$i\in\{2,\dots,d\}$ (with $1/0=\infty$) if and only if "
        r"$\displaystyle\frac{\norm{v_t}}{\beta_1}\le"
        r"\frac{2-\eta\lambda_1}{2-\eta\lambda_1-(\eta\lambda_d-\mu)-\eta\lambda_d\mu}"
        r"\Bigl(1+(1+\mu)\frac{\lambda_d^2}{\lambda_1^2}\Bigr).$ "
        r"The “if” needs only $v_{t,1}\ne0$."
    ),
    hypotheses=(POSITIVE, BELOW_ONE, GAP, SEVERAL, FIRST, OTHERS),
    margin=_lemma_14_a_margin,
    instances=_lemma_14_a_instances,
    identities=(
        Identity(
            r"$\frac{(1-\eta\lambda_1)\gamma_1+(1+\mu)(1-\eta\lambda_i)\gamma_i}{1-\eta\lambda_1+(1+\mu)(1-\eta\lambda_i)}"
            r"=\frac{\eta\rho(\lambda_1^2+(1+\mu)\lambda_i^2)}{1-\eta\lambda_1+(1+\mu)(1-\eta\lambda_i)}$",
            _convex_difference,
            lambda: _convex_difference(factor=2),
        ),
        Identity(
            r"for $i=d$ this is $\beta_1$ times the right side of the lemma",
            _threshold_difference,
            lambda: _threshold_difference(factor=2),
        ),
    ),
    certificates=(
        Certificate(
            r"for one $i$ in any dimension: (7) holds if and only if $\norm{v_t}$ is at most the convex combination of "
            r"$\gamma_1$ and $\gamma_i$",
            "l_1 l_i eta rho mu r",
            lambda l_1, l_i, eta, rho, mu, r: [
                *(l_i > 0, l_1 > l_i, eta > 0, rho > 0, r > 0, eta * l_1 < 1, mu > 0),
                (1 + mu) * l_i * l_i <= l_1 * l_1,
            ],
            lambda l_1, l_i, eta, rho, mu, r: (
                ((1 + mu) ** 2 * _size(l_i, eta, rho, r) ** 2 <= _size(l_1, eta, rho, r) ** 2)
                == _below_crossing(l_1, l_i, eta, rho, mu, r)
            ),
            Variation(
                r"without $(1+\mu)\lambda_i^2\le\lambda_1^2$",
                hypotheses=lambda l_1, l_i, eta, rho, mu, r: [
                    *(l_i > 0, l_1 > l_i, eta > 0, rho > 0, r > 0, eta * l_1 < 1, mu > 0)
                ],
            ),
        ),
        Certificate(
            r"$(1+\mu)\lambda_i^2\le\lambda_1^2$ for all $i\ge2$, from $\mu\le\lambda_1^2/\lambda_2^2-1$",
            "l_1 l_2 l_i mu",
            lambda l_1, l_2, l_i, mu: [l_i > 0, l_2 >= l_i, l_1 > l_2, mu * l_2 * l_2 <= l_1 * l_1 - l_2 * l_2],
            lambda l_1, l_2, l_i, mu: (1 + mu) * l_i * l_i <= l_1 * l_1,
            Variation(
                r"with $\lambda_1^2/\lambda_2^2$, the $-1$ forgotten",
                hypotheses=lambda l_1, l_2, l_i, mu: [l_i > 0, l_2 >= l_i, l_1 > l_2, mu * l_2 * l_2 <= l_1 * l_1],
            ),
        ),
        Certificate(
            r"the binding index is $d$: a smaller eigenvalue has the smaller threshold",
            "l_1 l_i l_d eta rho mu",
            lambda l_1, l_i, l_d, eta, rho, mu: [
                *(l_d > 0, l_i >= l_d, l_1 > l_i, eta > 0, rho > 0, eta * l_1 < 1, mu > 0)
            ],
            _binding,
            Variation(
                r"without $\lambda_d\le\lambda_i$",
                hypotheses=lambda l_1, l_i, l_d, eta, rho, mu: [
                    *(l_d > 0, l_i > 0, l_1 > l_i, l_1 > l_d, eta > 0, rho > 0, eta * l_1 < 1, mu > 0)
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"With a larger step, $\eta\lambda_1=1.8$, the ratio can grow below the threshold.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 1.8, "rho": 1.0, "v": np.array([6.0, 6.0])},
            without=BELOW_ONE.says,
        ),
        Refutation(
            r"If the coordinate of $\lambda_d$ is 0, the threshold of another index binds, and it is higher.",
            {"eigenvalues": np.array([1.0, 0.8, 0.2]), "eta": 0.2, "rho": 1.0, "v": np.array([0.1, 0.1, 0.0])},
            without=OTHERS.says,
        ),
        Refutation(
            r"With $\mu=\eta\lambda_d$ alone, the gap forgotten, the equivalence fails below the threshold.",
            {"eigenvalues": np.array([1.0, 0.99]), "eta": 0.45, "rho": 1.0, "v": np.array([0.01, 0.01])},
            margin=lambda eigenvalues, eta, **z: _lemma_14_a_margin(
                eigenvalues=eigenvalues, eta=eta, mu=eta * eigenvalues[-1], **z
            ),
        ),
        Refutation(
            r"Without the square in $\lambda_d^2/\lambda_1^2$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.15, 0.05])},
            margin=lambda **z: _lemma_14_a_margin(
                limit=lambda lam_1, lam_d, eta, mu: (
                    threshold(lam_1, lam_d, eta, mu)
                    * (1 + (1 + mu) * lam_d / lam_1)
                    / (1 + (1 + mu) * lam_d**2 / lam_1**2)
                ),
                **z,
            ),
        ),
    ),
    depends_on=("eq-7", "lemma-4"),
    note=(
        r"The print has no quantifier over $i$ on the left side and asks only for $v_{t,1}\ne0$; the “only if” needs "
        r"$v_{t,i}\ne0$ for the binding index $i=d$ (E17)."
    ),
)


# Lemma 14(b)


def _failures(eigenvalues: Array, eta: float, rho: float, path: Array) -> Array:
    """Which of the gradients (k, d) are followed by a step that fails to shrink some ratio by (1+μ)⁻²; shape (k,)."""
    mu = gain(eigenvalues, eta)
    length = np.linalg.norm(path, axis=-1, keepdims=True)
    factor = constants.next_factor(eigenvalues, eta, rho, length)
    lags = (1 + mu) ** 2 * factor[:, 1:] ** 2 - factor[:, :1] ** 2
    size = 1 + constants.absorbing_radius(eigenvalues[0], eta, rho) / length
    return np.asarray(((lags > 1e-12 * size**2) & (path[:, 1:] != 0)).any(axis=-1))


def _lemma_14_b_margin(
    eigenvalues: Array, eta: float, rho: float, v: Array, count: Callable[[QuadraticSAM], float] | None = None
) -> float:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    limit = bounds.misaligned_steps(theory) if count is None else count(theory)
    failed = int(np.count_nonzero(_failures(eigenvalues, eta, rho, run(eigenvalues, eta, rho, v, 30))))
    above = bounds.alignment_threshold(theory) - 1
    return min(1 - failed / limit, 1 - bounds.visits_beyond(theory, above) / limit)


_FAR = {"eigenvalues": np.array([1.0, 0.9]), "eta": 0.4, "rho": 1.0}
"""T₁ = 14.5 here, small enough for a far start to outlast it."""


LEMMA_14_B = Claim(
    id="lemma-14-b",
    title="Few steps above the threshold",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $d\ge2$, $\lambda_1>\lambda_2$, $\norm{v_{T_0}}\le b$ and $v_{T_0,1}\ne0$. Then $v_{t,1}\ne0$ for all "
        r"$t\ge T_0$, and the number of steps $t\ge T_0$ at which the inequality of "
        r"Lemma 14(a) fails for some $i\in\{2,\dots,d\}$ is at most "
        r"$T_1=\dfrac{3\beta_1\lambda_1^3}{\eta\beta_d\lambda_d^4}$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, SEVERAL, START, INSIDE),
    margin=_lemma_14_b_margin,
    instances=inside_runs,
    identities=(
        Identity(
            r"Lemma 11's $\frac{3\beta_1}{\eta\varepsilon^2\lambda_1\beta_d}$ at "
            r"$\varepsilon=\lambda_d^2/\lambda_1^2$ is $T_1$",
            lambda: _count_difference(),
            lambda: _count_difference(power=1),
        ),
    ),
    certificates=(
        Certificate(
            r"the threshold is at least $1+(1+\mu)\lambda_d^2/\lambda_1^2$, hence above $1+\lambda_d^2/\lambda_1^2$",
            "l_1 l_d eta mu",
            lambda l_1, l_d, eta, mu: [l_d > 0, l_1 > l_d, eta > 0, eta * l_1 < 1, mu > 0, mu <= eta * l_d],
            lambda l_1, l_d, eta, mu: z3.And(
                (2 - eta * l_1) * (l_1 * l_1 + (1 + mu) * l_d * l_d)
                >= (2 - eta * l_1 - (eta * l_d - mu) - eta * l_d * mu) * (l_1 * l_1 + (1 + mu) * l_d * l_d),
                2 - eta * l_1 - (eta * l_d - mu) - eta * l_d * mu > 0,
                (1 + mu) * l_d * l_d > l_d * l_d,
            ),
            Variation(
                r"without $\mu\le\eta\lambda_d$",
                hypotheses=lambda l_1, l_d, eta, mu: [l_d > 0, l_1 > l_d, eta > 0, eta * l_1 < 1, mu > 0],
            ),
        ),
        Certificate(
            r"in the ball the first coordinate is never sent to 0: $\norm{v_t}\le b$ implies $\norm{v_t}<\gamma_1$",
            "l_1 eta rho r",
            lambda l_1, eta, rho, r: [
                *(l_1 > 0, eta > 0, rho > 0, eta * l_1 < 1, r > 0),
                r <= constants.absorbing_radius(l_1, eta, rho),
            ],
            lambda l_1, eta, rho, r: _size(l_1, eta, rho, r) < 0,
            Variation(
                r"in the ball of twice the radius",
                hypotheses=lambda l_1, eta, rho, r: [
                    *(l_1 > 0, eta > 0, rho > 0, eta * l_1 < 1, r > 0),
                    r <= 2 * constants.absorbing_radius(l_1, eta, rho),
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"A run that starts far outside the ball has more than $T_1$ such steps before it gets there.",
            {**_FAR, "v": np.array([1e40, 1e39])},
            without=INSIDE.says,
        ),
        Refutation(
            r"With $\lambda_d^5$ in place of $\lambda_d^4$ the count depends on the unit of $\ell$, and is too small.",
            {"eigenvalues": np.array([1000.0, 900.0]), "eta": 0.0004, "rho": 1.0, "v": np.array([300.0, 260.0])},
            margin=lambda **z: _lemma_14_b_margin(
                count=lambda theory: bounds.misaligned_steps(theory) / theory.eigenvalues[-1], **z
            ),
        ),
        Refutation(
            r"With $\frac1{30}$ in place of 3.",
            {**_FAR, "v": np.array([0.3, 0.26])},
            margin=lambda **z: _lemma_14_b_margin(count=lambda theory: bounds.misaligned_steps(theory) / 90, **z),
        ),
    ),
    on_paper=r"That Lemma 11 counts these steps: they start from $\norm{v_t}>(1+\lambda_d^2/\lambda_1^2)\beta_1$.",
    depends_on=("lemma-14-a", "lemma-11", "lemma-5-5", "lemma-5-4"),
    note=(
        r"The print assumes $v_{t,1}\ne0$ for all $t$; in the ball that follows from $v_{T_0,1}\ne0$. With Lemma 11's "
        r"sharper constant, $2-\eta\lambda_1$ may stand in place of the 3 (ours)."
    ),
)


def _count_difference(power: int = 2) -> sp.Expr:
    lam_1, lam_d, eta, rho = sp.symbols("lambda_1 lambda_d eta rho", positive=True)
    ratio = constants.beta(lam_1, eta, rho) / constants.beta(lam_d, eta, rho)
    epsilon = lam_d**2 / lam_1**2
    return 3 * ratio / (eta * epsilon**power * lam_1) - 3 * ratio * lam_1**3 / (eta * lam_d**4)


# Lemma 14(c)


def _lemma_14_c_margin(
    eigenvalues: Array,
    eta: float,
    rho: float,
    v: Array,
    steps: int = 30,
    bound: Callable[[QuadraticSAM, int, float], float] = bounds.log_misalignment,
) -> float:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    path = run(eigenvalues, eta, rho, v, steps)
    log_start, mu = log_ratio(v), gain(eigenvalues, eta)
    counted = np.arange(1, steps + 1)
    bad = np.cumsum(_failures(eigenvalues, eta, rho, path[:-1]))
    delta = misalignment(path[1:])
    counted, bad, delta = (values[delta > 0] for values in (counted, bad, delta))
    # with the steps above the threshold counted along the run in place of T₁, and 1/ηλ₁ for each (ours)
    along = log_start - math.log(2) - 2 * (counted - bad) * math.log1p(mu) - 2 * bad * math.log(eta * eigenvalues[0])
    checked = sorted({0, 1, counted.size - 1} & set(range(counted.size)))
    paper = np.array([bound(theory, int(k) - 1, log_start) for k in counted[checked]])
    return min(
        float((along - np.log(delta)).min(initial=np.inf)),
        float((paper - np.log(delta[checked])).min(initial=np.inf)),
    )


def _lemma_14_c_certificates() -> tuple[Certificate, ...]:
    def hypotheses(l_1: Any, l_i: Any, eta: Any, rho: Any, r: Any, radii: int = 1) -> list[Any]:
        b = constants.absorbing_radius(l_1, eta, rho)
        return [l_i > 0, l_1 >= l_i, eta > 0, rho > 0, eta * l_1 < 1, r > 0, r <= radii * b]

    def conclusion(l_1: Any, l_i: Any, eta: Any, rho: Any, r: Any) -> Any:
        own, first = _size(l_i, eta, rho, r), -_size(l_1, eta, rho, r)
        return z3.And(eta * l_1 * own <= first, -eta * l_1 * own <= first)

    return (
        Certificate(
            r"a step in the ball multiplies $|v_i/v_1|$ by at most $\frac1{\eta\lambda_1}$ (the print has "
            r"$\frac2{\eta\lambda_1}$)",
            "l_1 l_i eta rho r",
            hypotheses,
            conclusion,
            Variation("in the ball of twice the radius", hypotheses=lambda **z: hypotheses(radii=2, **z)),
        ),
        Certificate(
            r"$n$ steps, $k\le T_1$ of them bad: the bound with $T_1$ in place of $k$ is weaker; "
            r"$m=\log(1+\mu)$, $l=\log\frac2{\eta\lambda_1}$",
            "n k t m l",
            lambda n, k, t, m, l: [m > 0, l > 0, k >= 0, k <= t],  # noqa: E741
            lambda n, k, t, m, l: -2 * (n - k) * m + 2 * k * l <= -2 * (n - t) * m + 2 * t * l,  # noqa: E741
            Variation(
                r"without $k\le T_1$",
                hypotheses=lambda n, k, t, m, l: [m > 0, l > 0, k >= 0],  # noqa: E741
            ),
        ),
    )


LEMMA_14_C = Claim(
    id="lemma-14-c",
    title="How the misalignment decays",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Under the assumptions of Lemma 14(b), for every $T\ge T_0$, "
        r"$\displaystyle\delta_{T+1}\le\frac12\Bigl(\frac1{1+\mu}\Bigr)^{2(T-T_0+1-T_1)}"
        r"\Bigl(\frac2{\eta\lambda_1}\Bigr)^{2T_1}"
        r"\sum_{i=2}^d\frac{v_{T_0,i}^2}{v_{T_0,1}^2}.$"
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, SEVERAL, START, INSIDE),
    margin=_lemma_14_c_margin,
    instances=inside_runs,
    certificates=_lemma_14_c_certificates(),
    refutations=(
        Refutation(
            r"From a far start the others gain on the first coordinate for longer than the bound allows.",
            {**_FAR, "v": np.array([1e40, 1e20]), "steps": 160},
            without=INSIDE.says,
        ),
        Refutation(
            r"Without $T_1$, as if no step were bad: near $b$ the first step is.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.199, 0.01])},
            margin=lambda **z: _lemma_14_c_margin(
                bound=lambda theory, steps, log_start: (
                    log_start - math.log(2) - 2 * (steps + 1) * math.log1p(theory.mu)
                ),
                **z,
            ),
        ),
    ),
    on_paper="The product over the steps, and that Lemma 13 turns ratios into misalignment.",
    depends_on=("lemma-13", "lemma-14-a", "lemma-14-b", "lemma-5-4", "lemma-5-5"),
    note=(
        r"The print has the exponent $T-T_1$ with $T$ counted from the start (E3), and asks for a bound below "
        r"$\frac12$, which is not needed. A bad step costs a factor $\frac1{\eta\lambda_1}$ at most; the 2 can go "
        r"(ours)."
    ),
)


# Lemma 14(d)


def alignment_margin(
    eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float, mu: float | None = None, shift: float = 0.0
) -> float:
    """Whether δ_t ≤ ε from `bounds.alignment_time` on, T₀ = 0; with a changed μ or log ε shifted, for refutations."""
    theory = QuadraticSAM(eigenvalues, eta, rho)
    deadline = bounds.alignment_time(theory, epsilon * math.exp(shift), log_ratio(v))
    if mu is not None:
        deadline *= theory.mu / mu
    return settles(eigenvalues, eta, rho, v, deadline, lambda path: log_over(epsilon, misalignment(path)))


def _lemma_14_d_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in short_runs(rng, n):
        yield {**instance, "epsilon": float(10 ** rng.uniform(-6, 0))}


def _lemma_14_d_certificates() -> tuple[Certificate, ...]:
    def hypotheses(n: Any, t: Any, mu: Any, m: Any, l_2: Any, l_4: Any, s: Any) -> list[Any]:
        return [mu > 0, 2 * m >= mu, l_4 >= l_2 + m, t >= 0, n >= 0, mu * n >= 2 * (t * l_4 + s / 2)]

    return (
        Certificate(
            r"(c) implies (d), with logarithms as real numbers: $m=\log(1+\mu)\ge\frac\mu2$, "
            r"$\log\frac4{\eta\lambda_1}\ge\log\frac2{\eta\lambda_1}+m$, $s=\log\sum_{i\ge2}v_i^2/(2\epsilon v_1^2)$, "
            r"$n=T-T_0+1$ steps",
            "n t mu m l_2 l_4 s",
            hypotheses,
            lambda n, t, m, l_2, s, **_: -2 * (n - t) * m + 2 * t * l_2 + s <= 0,
            Variation(
                r"without $\log(1+\mu)\ge\frac\mu2$",
                hypotheses=lambda **z: [*hypotheses(**z)[:1], z["m"] > 0, *hypotheses(**z)[2:]],
            ),
        ),
        Certificate(
            r"$\mu^2(1+\mu)<\frac14$, so $\mu<0.42$, and $1+\mu\le2$",
            "l_1 l_2 l_d eta mu",
            lambda l_1, l_2, l_d, eta, mu: [
                *(l_d > 0, l_2 >= l_d, l_1 > l_2, eta > 0, 2 * eta * l_1 < 1),
                *(mu > 0, mu <= eta * l_d, mu * l_2 * l_2 <= l_1 * l_1 - l_2 * l_2),
            ],
            lambda l_1, l_2, l_d, eta, mu: z3.And(4 * mu * mu * (1 + mu) < 1, 100 * mu < 42),
            Variation(
                r"without the gap in $\mu$",
                hypotheses=lambda l_1, l_2, l_d, eta, mu: [
                    *(l_d > 0, l_2 >= l_d, l_1 > l_2, eta > 0, 2 * eta * l_1 < 1, mu > 0, mu <= eta * l_d)
                ],
            ),
        ),
        Certificate(
            r"$\mu-\frac{\mu^2}2\ge\frac\mu2$ for $0\le\mu\le1$",
            "mu",
            lambda mu: [mu >= 0, mu <= 1],
            lambda mu: mu - mu * mu / 2 >= mu / 2,
            Variation(r"without $\mu\le1$", hypotheses=lambda mu: [mu >= 0]),
        ),
    )


LEMMA_14_D = Claim(
    id="lemma-14-d",
    title="The time to align",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Under the assumptions of Lemma 14(b), for every $\epsilon>0$, $\delta_{T+1}\le\epsilon$ for all "
        r"$T\ge T_0$ with $\displaystyle T\ge T_0+\frac2\mu\biggl(T_1\log\frac4{\eta\lambda_1}+\frac12\log\sum_{i=2}^d"
        r"\frac{v_{T_0,i}^2}{2\epsilon\,v_{T_0,1}^2}\biggr),$ and already $\delta_T\le\epsilon$ for these $T$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, SEVERAL, START, INSIDE, POSITIVE_EPSILON),
    margin=alignment_margin,
    instances=_lemma_14_d_instances,
    certificates=_lemma_14_d_certificates(),
    refutations=(
        Refutation(
            r"A far start: after the time of the lemma the run is still outside the ball, where the others gain.",
            {**_FAR, "v": np.array([1e76, 1e76]), "epsilon": 0.25},
            without=INSIDE.says,
        ),
        Refutation(
            r"With $\mu=\eta\lambda_d$ alone, the gap forgotten.",
            {
                **{"eigenvalues": np.array([1.0, 0.999999]), "eta": 0.45, "rho": 1.0},
                **{"v": np.array([0.1, 0.1]), "epsilon": 0.01},
            },
            margin=lambda eigenvalues, eta, **z: alignment_margin(
                eigenvalues=eigenvalues, eta=eta, mu=eta * eigenvalues[-1], **z
            ),
        ),
        Refutation(
            r"With a bound that forgets the accuracy, $\log\frac1\epsilon$.",
            {**_FAR, "v": np.array([0.2, 1e-14]), "epsilon": 1e-40},
            margin=lambda epsilon, **z: alignment_margin(epsilon=epsilon, shift=-math.log(epsilon), **z),
        ),
    ),
    on_paper=r"$\log(1+\mu)\ge\mu-\frac{\mu^2}2$, and taking the logarithm of (c).",
    depends_on=("lemma-14-c",),
    note=(
        r"The print has no $T_0$ (E3) and asks for $\epsilon<\frac12$, which is not needed. When the bracket is "
        r"negative, $T\ge T_0$ has to be said (ours)."
    ),
)


# The printed forms of (c) and (d)


def _printed_14_c_margin(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    """At T = T₀, the first step for which the print makes a claim."""
    theory = QuadraticSAM(eigenvalues, eta, rho)
    steps, inside = entry(eigenvalues, eta, rho, v)
    good = steps - bounds.misaligned_steps(theory)
    bad = bounds.misaligned_steps(theory) * math.log(2 / (eta * eigenvalues[0]))
    bound = -math.log(2) - 2 * good * math.log1p(theory.mu) + 2 * bad + log_ratio(inside)
    if not bound < -math.log(2):
        return math.inf  # the print asks for a bound below 1/2
    return float(bound - np.log(misalignment(step(eigenvalues, eta, rho, inside))))


def _printed_14_d_margin(eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float) -> float:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    _, inside = entry(eigenvalues, eta, rho, v)
    last = math.ceil(bounds.alignment_time(theory, epsilon, log_ratio(inside)))
    return float(log_over(epsilon, misalignment(run(eigenvalues, eta, rho, v, last + 1)[-1])))


_PRINTED: Sequence[Hypothesis] = (POSITIVE, SMALL_STEP, GAP, SEVERAL, FIRST, OTHERS)

LEMMA_14_C_PRINTED = PrintedForm(
    id="lemma-14-c-printed",
    title="The decay, with a time that starts at 0",
    section="4.4",
    chapter=CHAPTER,
    erratum="E3",
    statement=(
        r"$\delta_{T+1}\le\frac12(1+\mu)^{-2(T-T_1)}\bigl(\frac2{\eta\lambda_1}\bigr)^{2T_1}"
        r"\sum_{i\ge2}v_{T_0,i}^2/v_{T_0,1}^2$ once this bound is below $\frac12$, with $T$ counted from the start."
    ),
    corrected="lemma-14-c",
    hypotheses=tuple(_PRINTED),
    margin=_printed_14_c_margin,
    counterexample={**_FAR, "v": np.array([1e40, 1e20])},
)

LEMMA_14_D_PRINTED = PrintedForm(
    id="lemma-14-d-printed",
    title="The time to align, with a time that starts at 0",
    section="4.4",
    chapter=CHAPTER,
    erratum="E3",
    statement=(
        r"For all $\epsilon<\frac12$, $\delta_{T+1}\le\epsilon$ if $T\ge\frac2\mu\bigl(T_1\log\frac4{\eta\lambda_1}"
        r"+\frac12\log\sum_{i\ge2}v_{T_0,i}^2/(2\epsilon v_{T_0,1}^2)\bigr)$, with $T$ counted from the start."
    ),
    corrected="lemma-14-d",
    hypotheses=(*_PRINTED, Hypothesis(r"$0<\epsilon<\frac12$", lambda epsilon, **_: bool(0 < epsilon < 0.5))),
    margin=_printed_14_d_margin,
    counterexample={**_FAR, "v": np.array([1e100, 1e92]), "epsilon": 0.25},
)

CLAIMS = (
    DEFINITION_12,
    LEMMA_13,
    EQ_7,
    LEMMA_14_A,
    LEMMA_14_B,
    LEMMA_14_C,
    LEMMA_14_C_PRINTED,
    LEMMA_14_D,
    LEMMA_14_D_PRINTED,
)
