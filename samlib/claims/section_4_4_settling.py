"""Section 4.4, second half: what is left is a bounce in one dimension, and it settles (Lemmas 16 and 17)."""

import math
from collections.abc import Callable, Iterator
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
    Disproof,
    Hypothesis,
    Identity,
    Instance,
    PrintedForm,
    Refutation,
    Variation,
    equal,
)
from samlib.claims._quadratics import BELOW_ONE, GAP, POSITIVE, SMALL_STEP, STABLE, gradients, quadratics, step
from samlib.claims.section_4_4 import alignment_margin, vectors
from samlib.quadratic import QuadraticSAM

__all__ = ["CLAIMS"]

IN_BALL = Hypothesis(r"$\norm{v_t}\le b$", INSIDE.holds)
FAR = {"eigenvalues": np.array([1.0, 0.9]), "eta": 0.4, "rho": 1.0}
FIGURE_1 = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0}


# Definition 15


def _definition_15_margin(v: Array, sign: Callable[[Array], Any] = lambda z: np.sign(z[0])) -> float:
    s, length = float(sign(v)), float(np.linalg.norm(v))
    return min(
        equal(s * s, 1),
        equal(s * v[0], abs(v[0])),
        equal(s * v[0] / length, 1 - misalignment(v), scale=1),
        equal([sign(2 * v), sign(-v)], [s, -s]),
    )


def _with_first(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n):
        for v in gradients(rng, quadratic, nonzero_first=True):
            yield {"v": v}


DEFINITION_15 = Claim(
    id="definition-15",
    title="The side of the bounce",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"For $v_{t,1}\ne0$ let $s_t=\sign(v_{t,1})\in\{-1,1\}$. Then $s_tv_{t,1}=|v_{t,1}|=(1-\delta_t)\norm{v_t}$, "
        r"and $s_t$ changes its sign with $v_t$ and does not change with its length."
    ),
    hypotheses=(FIRST,),
    margin=_definition_15_margin,
    instances=_with_first,
    refutations=(
        Refutation("At $v_{t,1}=0$ there is no sign.", {"v": np.array([0.0, 1.0])}, without=FIRST.says),
        Refutation(
            "With the sign of the second coordinate.",
            {"v": np.array([1.0, -0.5])},
            margin=lambda v: _definition_15_margin(v, lambda z: np.sign(z[1])),
        ),
    ),
    depends_on=("definition-12",),
)


# Equation (8)


def _sides_of_8(
    v_1: Any, after_1: Any, lam_1: Any, eta: Any, rho: Any, s: Any, delta: Any, sign: int = 1
) -> tuple[Any, Any]:
    """Left and right side of (8); `sign` is the one before (1 - ηλ₁)."""
    beta, gamma = constants.beta(lam_1, eta, rho), constants.gamma(lam_1, eta, rho)
    return after_1 + s * beta, sign * (1 - eta * lam_1) * (v_1 - s * beta + s * gamma * delta)


def _eq_8_margin(
    eigenvalues: Array, eta: float, rho: float, v: Array, sides: Callable[..., tuple[Any, Any]] = _sides_of_8
) -> float:
    after = step(eigenvalues, eta, rho, v)
    left, right = sides(v[0], after[0], eigenvalues[0], eta, rho, np.sign(v[0]), misalignment(v))
    return equal(left, right, scale=np.linalg.norm(v) + constants.absorbing_radius(eigenvalues[0], eta, rho))


def _anywhere(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=1.0):
        for v in gradients(rng, quadratic, nonzero_first=True):
            yield {**quadratic, "v": v}


def _eq_8_index(s: int = 1, sign: int = 1) -> sp.Expr:
    """With the length r as a symbol of its own, so for every d."""
    lam, eta, rho, p, r = sp.symbols("lambda_1 eta rho p r", positive=True)
    v_1 = s * p
    after = v_1 - eta * lam * (v_1 + rho * lam * v_1 / r)
    left, right = _sides_of_8(v_1, after, lam, eta, rho, s, 1 - p / r, sign)
    return left - right


def _eq_8_vector(d: int, sign: int = 1) -> sp.Expr:
    lam, v, eta, rho, r, after = vectors(d)
    left, right = _sides_of_8(v[0], after[0], lam[0], eta, rho, 1, 1 - v[0] / r, sign)
    return left - right


def _without_gamma(*values: Any) -> tuple[Any, Any]:
    v_1, after_1, lam_1, eta, rho, s, delta = values
    return _sides_of_8(v_1, after_1, lam_1, eta, rho, s, delta / constants.gamma(lam_1, eta, rho))


EQ_8 = Claim(
    id="eq-8",
    title="The first coordinate alone",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $\eta\lambda_1<1$ and $v_{t,1}\ne0$. Then "
        r"$v_{t+1,1}+s_t\beta_1=(1-\eta\lambda_1)\bigl(v_{t,1}-s_t\beta_1+s_t\gamma_1\delta_t\bigr)$."
    ),
    hypotheses=(POSITIVE, BELOW_ONE, FIRST),
    margin=_eq_8_margin,
    instances=_anywhere,
    identities=(
        *(
            Identity(
                rf"in any dimension, $s_t={s}$, with $\norm{{v_t}}$ as one symbol",
                partial(_eq_8_index, s),
                partial(_eq_8_index, s, sign=-1),
            )
            for s in (1, -1)
        ),
        *(
            Identity(
                rf"from the step as a vector, $v_{{t,1}}>0$, $d={d}$",
                partial(_eq_8_vector, d),
                partial(_eq_8_vector, d, sign=-1),
            )
            for d in (2, 3, 4)
        ),
    ),
    refutations=(
        Refutation(
            r"With a minus before $(1-\eta\lambda_1)$.",
            {**FIGURE_1, "v": np.array([0.15, 0.0])},
            margin=partial(_eq_8_margin, sides=partial(_sides_of_8, sign=-1)),
        ),
        Refutation(
            r"With $\delta_t$ in place of $\gamma_1\delta_t$.",
            {**FIGURE_1, "v": np.array([0.15, 0.1])},
            margin=partial(_eq_8_margin, sides=_without_gamma),
        ),
    ),
    depends_on=("eq-3", "definition-12", "definition-15"),
    note=r"Printed with a minus before $(1-\eta\lambda_1)$ on the right side, here and in the lines that use it (E9).",
)

EQ_8_PRINTED = PrintedForm(
    id="eq-8-printed",
    title="The first coordinate alone, with a minus",
    section="4.4",
    chapter=CHAPTER,
    erratum="E9",
    statement=r"$v_{t+1,1}+s_t\beta_1=-(1-\eta\lambda_1)\bigl(v_{t,1}-s_t\beta_1+s_t\gamma_1\delta_t\bigr)$.",
    corrected="eq-8",
    hypotheses=(POSITIVE, SMALL_STEP, FIRST),
    margin=partial(_eq_8_margin, sides=partial(_sides_of_8, sign=-1)),
    counterexample={**FIGURE_1, "v": np.array([0.15, 0.0])},
    disproofs=(
        Disproof(
            r"in one dimension, $v_t>0$",
            "p lam eta rho",
            lambda p, lam, eta, rho: [p > 0, lam > 0, eta > 0, rho > 0, 2 * eta * lam < 1],
            lambda p, lam, eta, rho: (
                constants.next_factor(lam, eta, rho, p) * p + constants.beta(lam, eta, rho)
                == -(1 - eta * lam) * (p - constants.beta(lam, eta, rho))
            ),
        ),
    ),
)


# Equation (9)


def _eq_9_margin(eigenvalues: Array, eta: float, rho: float, v: Array, share: float = 1.0) -> float:
    """`share` is the right side in units of β₁; -1 where v₁ has no sign."""
    beta, s = constants.beta(eigenvalues[0], eta, rho), float(np.sign(v[0]))
    off = share * beta - abs(v[0] - s * beta)
    return float(off / constants.absorbing_radius(eigenvalues[0], eta, rho)) if s else -1.0


def _inside(rng: np.random.Generator, n: int, below: float = 2.0) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=below):
        for v in gradients(rng, quadratic, inside=True, nonzero_first=True):
            yield {**quadratic, "v": v}


def _in_units(share: Callable[[float], float]) -> Callable[..., float]:
    """(9) with share(ηλ₁)·β₁ on its right side."""

    def margin(eigenvalues: Array, eta: float, **rest: Any) -> float:
        return _eq_9_margin(eigenvalues=eigenvalues, eta=eta, share=share(eta * eigenvalues[0]), **rest)

    return margin


def _eq_9_conditions(p: Any, r: Any, lam: Any, eta: Any, rho: Any, below: int = 2) -> list[Any]:
    b = constants.absorbing_radius(lam, eta, rho)
    return [lam > 0, eta > 0, rho > 0, eta * lam < below, p > 0, p <= r, r <= b]


def _within(p: Any, beta: Any, width: Any, strict: bool = True) -> Any:
    if strict:
        return z3.And(p - beta < width, beta - p < width)
    return z3.And(p - beta <= width, beta - p <= width)


EQ_9 = Claim(
    id="eq-9",
    title="The first coordinate in the ball",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $\eta\lambda_1<2$, $\norm{v_t}\le b$ and $v_{t,1}\ne0$. Then $\bigl|v_{t,1}-s_t\beta_1\bigr|<\beta_1$."
    ),
    hypotheses=(POSITIVE, STABLE, IN_BALL, FIRST),
    margin=_eq_9_margin,
    instances=_inside,
    certificates=(
        Certificate(
            r"the inequality; $p=|v_{t,1}|$, $r=\norm{v_t}$",
            "p r lam eta rho",
            _eq_9_conditions,
            lambda p, r, lam, eta, rho: _within(p, constants.beta(lam, eta, rho), constants.beta(lam, eta, rho)),
            Variation(
                r"without $\norm{v_t}\le b$",
                hypotheses=lambda p, r, lam, eta, rho: _eq_9_conditions(p, r, lam, eta, rho)[:-1],
            ),
        ),
    ),
    refutations=(
        Refutation("Outside the ball.", {**FIGURE_1, "v": np.array([0.3, 0.0])}, without=IN_BALL.says),
        Refutation(
            r"For $\eta\lambda_1>2$ the number $\beta_1$ is negative.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 2.5, "rho": 1.0, "v": np.array([0.5, 0.1])},
            without=STABLE.says,
        ),
        Refutation("At $v_{t,1}=0$ neither sign will do.", {**FIGURE_1, "v": np.array([0.0, 0.1])}, without=FIRST.says),
        Refutation(
            r"With $\frac{\beta_1}2$ on the right side.",
            {**FIGURE_1, "v": np.array([0.01, 0.1])},
            margin=_in_units(lambda x: 0.5),
        ),
    ),
    depends_on=("definition-15",),
    note=r"Printed with the smaller $b-\beta_1$ on the right side (E4); a small $|v_{t,1}|$ exceeds it.",
)

EQ_9_PRINTED = PrintedForm(
    id="eq-9-printed",
    title="The first coordinate in the ball, with a smaller right side",
    section="4.4",
    chapter=CHAPTER,
    erratum="E4",
    statement=(
        r"If $0<\norm{v_t}\le b$ and $v_{t,1}\ne0$, then $|v_{t,1}-s_t\beta_1|\le b-\beta_1=(1-\eta\lambda_1)\beta_1$."
    ),
    corrected="eq-9",
    hypotheses=(POSITIVE, SMALL_STEP, IN_BALL, FIRST),
    margin=_in_units(lambda x: 1 - x),
    counterexample={**FIGURE_1, "v": np.array([0.01, 0.0])},
    disproofs=(
        Disproof(
            r"$p=|v_{t,1}|$, $r=\norm{v_t}$",
            "p r lam eta rho",
            lambda p, r, lam, eta, rho: [*_eq_9_conditions(p, r, lam, eta, rho), 2 * eta * lam < 1],
            lambda p, r, lam, eta, rho: _within(
                p,
                constants.beta(lam, eta, rho),
                constants.absorbing_radius(lam, eta, rho) - constants.beta(lam, eta, rho),
                strict=False,
            ),
        ),
    ),
)


# Equation (10)


def _contraction(eigenvalues: Array, eta: float, rho: float, v: Array, after: Array, s: Any, flipped: Any) -> Any:
    """(1 - ηλ₁)(|v₁ - sβ₁| + γ₁δ) - |v₊,₁ - s₊β₁| in units of ‖v‖ + b; (..., d) → (...)."""
    beta, gamma = (function(eigenvalues[0], eta, rho) for function in (constants.beta, constants.gamma))
    right = (1 - eta * eigenvalues[0]) * (np.abs(v[..., 0] - s * beta) + gamma * misalignment(v))
    size = np.linalg.norm(v, axis=-1) + constants.absorbing_radius(eigenvalues[0], eta, rho)
    return (right - np.abs(after[..., 0] - flipped * beta)) / size


def _eq_10_margin(eigenvalues: Array, eta: float, rho: float, v: Array, weight: float = 1.0) -> float:
    """`weight` multiplies the term γ₁δ_t."""
    after = step(eigenvalues, eta, rho, v)
    s, flipped = np.sign(v[0]), np.sign(after[0]) or 1.0
    margin = _contraction(eigenvalues, eta, rho, v, after, s, flipped)
    if weight != 1:
        b = constants.absorbing_radius(eigenvalues[0], eta, rho)
        margin += (weight - 1) * b * misalignment(v) / (np.linalg.norm(v) + b)
    return float(margin)


def _eq_10_conclusion(p: Any, r: Any, lam: Any, eta: Any, rho: Any, weight: int = 1) -> Any:
    """For v₁ = p > 0, with the two bounds that each absolute value stands for."""
    beta, b = constants.beta(lam, eta, rho), constants.absorbing_radius(lam, eta, rho)
    after = constants.next_factor(lam, eta, rho, r) * p
    right = (1 - eta * lam) * z3.If(p >= beta, p - beta, beta - p) + weight * b * (1 - p / r)
    near, far = _within(after, beta, right, strict=False), _within(-after, beta, right, strict=False)
    return z3.And(z3.Implies(after >= 0, near), z3.Implies(after <= 0, far))


def _eq_10_conditions(p: Any, r: Any, lam: Any, eta: Any, rho: Any) -> list[Any]:
    return [lam > 0, eta > 0, rho > 0, p > 0, r >= p, eta * lam < 1]


EQ_10 = Claim(
    id="eq-10",
    title="The bounce contracts",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $\eta\lambda_1<1$ and $v_{t,1}\ne0$. Then "
        r"$\bigl|v_{t+1,1}-s_{t+1}\beta_1\bigr|\le(1-\eta\lambda_1)\bigl(|v_{t,1}-s_t\beta_1|+\gamma_1\delta_t\bigr)$, "
        r"where $s_{t+1}$ is the sign of $v_{t+1,1}$, either one if that is $0$."
    ),
    hypotheses=(POSITIVE, BELOW_ONE, FIRST),
    margin=_eq_10_margin,
    instances=_anywhere,
    certificates=(
        Certificate(
            r"the inequality for $v_{t,1}>0$ in any dimension; $p=v_{t,1}$, $r=\norm{v_t}$",
            "p r lam eta rho",
            _eq_10_conditions,
            _eq_10_conclusion,
            Variation(r"without the term $\gamma_1\delta_t$", conclusion=lambda **z: _eq_10_conclusion(weight=0, **z)),
        ),
    ),
    refutations=(
        Refutation(
            r"With $\eta\lambda_1=1.5$ the right side is negative.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 1.5, "rho": 1.0, "v": np.array([0.5, 0.0])},
            without=BELOW_ONE.says,
        ),
        Refutation(
            r"Without the term $\gamma_1\delta_t$.",
            {**FIGURE_1, "v": np.array([1 / 9, 0.1])},
            margin=partial(_eq_10_margin, weight=0.0),
        ),
    ),
    depends_on=("eq-8",),
)


# Lemma 16


def _lemma_16_margin(eigenvalues: Array, eta: float, rho: float, v: Array, steps: int = 6) -> float:
    path = run(eigenvalues, eta, rho, v, steps)
    signs = np.sign(path[:, 0])
    expected = signs[0] * (-1.0) ** np.arange(steps + 1)
    contraction = _contraction(eigenvalues, eta, rho, path[:-1], path[1:], expected[:-1], expected[1:])
    return min(float(contraction.min()), equal(signs[1:] * signs[:-1], -1.0))


def _inside_below_one(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    yield from _inside(rng, n, below=1.0)


LEMMA_16 = Claim(
    id="lemma-16",
    title="The sign alternates and the bounce contracts",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $\eta\lambda_1<1$, $\norm{v_T}\le b$ and $v_{T,1}\ne0$. Then $s_{t+1}=-s_t$ for all $t\ge T$, and "
        r"$\displaystyle\bigl|v_{t+1,1}-(-1)^{t+1-T}s_T\beta_1\bigr|\le"
        r"(1-\eta\lambda_1)\Bigl(\bigl|v_{t,1}-(-1)^{t-T}s_T\beta_1\bigr|"
        r"+\gamma_1\delta_t\Bigr).$"
    ),
    hypotheses=(POSITIVE, BELOW_ONE, IN_BALL, FIRST),
    margin=_lemma_16_margin,
    instances=_inside_below_one,
    certificates=(
        Certificate(
            r"the sign changes: $\norm{v_t}\le b$ and $v_{t,1}>0$ imply $v_{t+1,1}<0$; $p=v_{t,1}$, $r=\norm{v_t}$",
            "p r lam eta rho",
            lambda p, r, lam, eta, rho: _eq_9_conditions(p, r, lam, eta, rho, below=1),
            lambda p, r, lam, eta, rho: constants.next_factor(lam, eta, rho, r) * p < 0,
            Variation(
                r"without $\norm{v_t}\le b$",
                hypotheses=lambda p, r, lam, eta, rho: _eq_9_conditions(p, r, lam, eta, rho, below=1)[:-1],
            ),
        ),
    ),
    refutations=(
        Refutation(r"Beyond $\gamma_1$ the sign stays.", {**FIGURE_1, "v": np.array([0.5, 0.1])}, without=IN_BALL.says),
        Refutation(
            "From $v_{T,1}=0$ there is no sign to change.",
            {**FIGURE_1, "v": np.array([0.0, 0.1])},
            without=FIRST.says,
        ),
        Refutation(
            r"With $\eta\lambda_1=1.5$ the bound is negative.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 1.5, "rho": 1.0, "v": np.array([0.5, 0.0])},
            without=BELOW_ONE.says,
        ),
    ),
    on_paper="Induction over the steps.",
    depends_on=("eq-10", "lemma-5-4", "lemma-5-5"),
    note=(
        r"The print assumes a small $\delta_t$ for all $t\ge T$ and derives the change of sign from it and from (9); "
        r"neither is needed (E4)."
    ),
)


# Equations (11) and (12)


def _eq_11_margin(epsilon: float, **z: Any) -> float:
    return alignment_margin(epsilon=epsilon**2, **z)


def _eq_11_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in short_runs(rng, n):
        yield {**instance, "epsilon": float(10 ** rng.uniform(-4, 0))}


EQ_11 = Claim(
    id="eq-11",
    title="From when on the first coordinate dominates",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $d\ge2$, $\lambda_1>\lambda_2$, $\norm{v_{T_0}}\le b$, $v_{T_0,1}\ne0$, $\epsilon>0$ and "
        r"$\displaystyle \tau=\frac2\mu\biggl[T_1\log\frac4{\eta\lambda_1}+\frac12\log\sum_{i=2}^d"
        r"\frac{v_{T_0,i}^2}{2\epsilon^2v_{T_0,1}^2}\biggr]_+ .$ "
        r"Then $\delta_t\le\epsilon^2$ for all $t\ge t^*=T_0+\lceil\tau\rceil$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, SEVERAL, START, INSIDE, POSITIVE_EPSILON),
    margin=_eq_11_margin,
    instances=_eq_11_instances,
    refutations=(
        Refutation(
            "A far start: the run is still outside the ball.",
            {**FAR, "v": np.array([1e76, 1e76]), "epsilon": 0.5},
            without=INSIDE.says,
        ),
        Refutation(
            r"With $\epsilon$ in place of $\epsilon^2$ in $\tau$.",
            {**FAR, "v": np.array([0.2, 1e-35]), "epsilon": 1e-40},
            margin=lambda epsilon, **z: alignment_margin(epsilon=epsilon**2, shift=-math.log(epsilon), **z),
        ),
    ),
    on_paper=r"That it is Lemma 14(d) with $\epsilon^2$ in place of $\epsilon$.",
    depends_on=("lemma-14-d",),
    note=r"The print has no $T_0$ in $t^*$ and no positive part (E3).",
)


def _eq_12_margin(v: Array, epsilon: float, power: int = 2) -> float:
    """Both sides divided by ‖v‖² and multiplied by (1 - ε²)², so that nothing blows up near ε = 1."""
    return float((v[0] / np.linalg.norm(v)) ** 2 - (1 - epsilon**2) ** power)


ALIGNED = Hypothesis(
    r"$\delta_t\le\epsilon^2$", lambda v, epsilon, **_: bool(misalignment(v) <= epsilon**2 * (1 + 1e-14))
)
BELOW_1 = Hypothesis(r"$0\le\epsilon<1$", lambda epsilon, **_: bool(0 <= epsilon < 1))


def _eq_12_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in _with_first(rng, n):
        delta = float(misalignment(instance["v"]))
        epsilon = math.sqrt(delta) * (1 + float(rng.choice([0.0, 10 ** rng.uniform(-15, -1)])))
        yield {**instance, "epsilon": epsilon}


def _eq_12_conditions(p: Any, q: Any, r: Any, e: Any) -> list[Any]:
    return [p > 0, q >= 0, r > 0, r * r == p * p + q, p >= (1 - e * e) * r, e >= 0, e < 1]


EQ_12 = Claim(
    id="eq-12",
    title="Aligned means almost as long",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $0\le\epsilon<1$, $v_{t,1}\ne0$ and $\delta_t\le\epsilon^2$. Then "
        r"$\norm{v_t}^2\le\dfrac{v_{t,1}^2}{(1-\epsilon^2)^2}$."
    ),
    hypotheses=(FIRST, BELOW_1, ALIGNED),
    margin=_eq_12_margin,
    instances=_eq_12_instances,
    certificates=(
        Certificate(
            r"the inequality; $p=|v_{t,1}|$, $q=\sum_{i\ge2}v_{t,i}^2$, $r=\norm{v_t}$",
            "p q r e",
            _eq_12_conditions,
            lambda p, q, r, e: r * r * (1 - e * e) ** 2 <= p * p,
            Variation(r"without $\epsilon<1$", hypotheses=lambda p, q, r, e: _eq_12_conditions(p, q, r, e)[:-1]),
        ),
    ),
    refutations=(
        Refutation(r"If $\delta_t>\epsilon^2$.", {"v": np.array([1.0, 1.0]), "epsilon": 0.1}, without=ALIGNED.says),
        Refutation(
            r"For $\epsilon>\sqrt2$ the right side is smaller than $v_{t,1}^2$.",
            {"v": np.array([1.0, 0.0]), "epsilon": 1.5},
            without=BELOW_1.says,
        ),
        Refutation(
            r"Without the square on $1-\epsilon^2$.",
            {"v": np.array([1.0, 0.2]), "epsilon": 0.14},
            margin=partial(_eq_12_margin, power=1),
        ),
    ),
    depends_on=("definition-12",),
)


# Lemma 17


def off_bounce(path: Array, beta: float, coordinates: int | None = None) -> Any:
    """Distance of the first so many coordinates (all for None) of v_t from s_tβ₁e₁; (k, d) → (k,)."""
    target = np.zeros(path.shape[-1])
    target[0] = beta
    return np.linalg.norm((np.sign(path[:, :1]) * path - target)[:, :coordinates], axis=-1)


ACCURACY = Hypothesis(
    r"$0<\epsilon<\min\bigl\{\sqrt{\tfrac{\eta\lambda_1\beta_1}{2\gamma_1}},\tfrac{\eta\lambda_1}{2\gamma_1},"
    r"\tfrac1b,\tfrac{\beta_1}2\bigr\}$",
    lambda eigenvalues, eta, rho, epsilon, **_: bool(0 < epsilon < accuracy_limit(eigenvalues[0], eta, rho)),
)


def accuracy_limit(lam: float, eta: float, rho: float) -> float:
    beta, gamma = constants.beta(lam, eta, rho), constants.gamma(lam, eta, rho)
    b = constants.absorbing_radius(lam, eta, rho)
    return float(min(math.sqrt(eta * lam * beta / (2 * gamma)), eta * lam / (2 * gamma), 1 / b, beta / 2))


def _first_slack(path: Array, beta: float, epsilon: float) -> Any:
    """≥ 0 where |v₁ - sβ₁| ≤ ε and δ ≤ ε²; (k, d) → (k,)."""
    return np.minimum(log_over(epsilon, off_bounce(path, beta, 1)), log_over(epsilon**2, misalignment(path)))


def alternates(eigenvalues: Array, eta: float, rho: float, v: Array) -> bool:
    """Whether the sign of the first coordinate changes in each of the first steps."""
    signs = np.sign(run(eigenvalues, eta, rho, v, 6)[:, 0])
    return bool(np.all(signs[1:] == -signs[:-1]))


def _lemma_17_margin(
    eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float, deadline: float | None = None
) -> float:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    beta = float(constants.beta(eigenvalues[0], eta, rho))
    if deadline is None:
        deadline = max(_settling_time(theory, epsilon, log_ratio(v)), 0.0)
    slack = partial(_first_slack, beta=beta, epsilon=epsilon)
    return settles(eigenvalues, eta, rho, v, deadline, slack) if alternates(eigenvalues, eta, rho, v) else -1.0


def _settling_time(theory: QuadraticSAM, epsilon: float, log_start: float) -> float:
    """Lemma 17's T₂; put together here where ε is outside the lemma's range, as in a refutation."""
    if epsilon < bounds.settling_limit(theory):
        return bounds.settling_time(theory, epsilon, log_start)
    x = theory.eta * float(theory.eigenvalues[0])
    return bounds.alignment_time(theory, epsilon**2, log_start) + 4 / x * math.log(1 / epsilon)


def lemma_17_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in short_runs(rng, n):
        limit = accuracy_limit(instance["eigenvalues"][0], instance["eta"], instance["rho"])
        share = rng.choice([rng.uniform(0.01, 1), 10 ** rng.uniform(-4, 0), 1 - 1e-12])
        yield {**instance, "epsilon": float(limit * share)}


def _lemma_17_certificates() -> tuple[Certificate, ...]:
    def conditions(x: Any, g: Any, e: Any, m: Any) -> list[Any]:
        return [x > 0, x < 1, g > 0, e > 0, m >= 0, 2 * g * e <= x]

    return (
        Certificate(
            r"contraction: if the distance $m$ exceeds $\epsilon$, then "
            r"$(1-x)(m+\gamma_1\epsilon^2)\le(1-\frac x2)m$; $x=\eta\lambda_1$",
            "x g e m",
            lambda x, g, e, m: [*conditions(x, g, e, m), m > e],
            lambda x, g, e, m: (1 - x) * (m + g * e * e) <= (1 - x / 2) * m,
            Variation(
                r"without $\epsilon\le\frac x{2\gamma_1}$",
                hypotheses=lambda x, g, e, m: [*conditions(x, g, e, m)[:-1], m > e],
            ),
        ),
        Certificate(
            r"invariance: if $m\le\epsilon$, then $(1-x)(m+\gamma_1\epsilon^2)\le\epsilon$",
            "x g e m",
            lambda x, g, e, m: [*conditions(x, g, e, m), m <= e],
            lambda x, g, e, m: (1 - x) * (m + g * e * e) <= e,
            Variation(
                r"without $\epsilon\le\frac x{2\gamma_1}$",
                hypotheses=lambda x, g, e, m: [*conditions(x, g, e, m)[:-1], m <= e],
            ),
        ),
        Certificate(
            r"$\epsilon\le\frac x{2\gamma_1}$ implies $\epsilon\le\frac1{8b}$ and $\epsilon\beta_1\le\frac1{11}$; "
            r"$m=\beta_1$",
            "x g e b m",
            lambda x, g, e, b, m: [*conditions(x, g, e, m), b == (1 - x) * g, (2 - x) * m == b],
            lambda x, g, e, b, m: z3.And(8 * e * b <= 1, 11 * e * m <= 1),
            Variation(
                r"without it",
                hypotheses=lambda x, g, e, b, m: [*conditions(x, g, e, m)[:-1], b == (1 - x) * g, (2 - x) * m == b],
            ),
        ),
        Certificate(
            r"$n\ge\frac4x\log\frac1\epsilon-1$ steps are enough, with logarithms as real numbers: "
            r"$\frac{nx}2\ge\log\frac{\beta_1}\epsilon$; $l=\log\frac1\epsilon$, $c=\log\beta_1$, $l-c\ge1$",
            "x n l c",
            lambda x, n, l, c: [x > 0, x < 1, x * n >= 4 * l - x, l - c >= 1],  # noqa: E741
            lambda x, n, l, c: x * n / 2 >= l + c,  # noqa: E741
            Variation(
                r"without $l-c\ge1$",
                hypotheses=lambda x, n, l, c: [x > 0, x < 1, x * n >= 4 * l - x],  # noqa: E741
            ),
        ),
        Certificate(
            r"$\epsilon^2<\frac{\eta\lambda_1\beta_1}{2\gamma_1}$ and $\eta\lambda_1<\frac12$ imply $\epsilon<0.289$",
            "x e",
            lambda x, e: [x > 0, 2 * x < 1, e > 0, 2 * (2 - x) * e * e < x * (1 - x)],
            lambda x, e: 1000 * e < 289,
            Variation(
                r"with $\eta\lambda_1<1$",
                hypotheses=lambda x, e: [x > 0, x < 1, e > 0, 2 * (2 - x) * e * e < x * (1 - x)],
                conclusion=lambda x, e: 1000 * e < 289,
            ),
        ),
    )


LEMMA_17 = Claim(
    id="lemma-17",
    title="The first coordinate settles",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $d\ge2$, $\lambda_1>\lambda_2$, $T_0$ be the first step with $\norm{v_{T_0}}\le b$, $v_{T_0,1}\ne0$, "
        r"$0<\epsilon<\min\Bigl\{\sqrt{\tfrac{\eta\lambda_1\beta_1}{2\gamma_1}},\tfrac{\eta\lambda_1}{2\gamma_1},"
        r"\tfrac1b,\tfrac{\beta_1}2\Bigr\}$, $T_1=\frac{3\beta_1\lambda_1^3}{\eta\beta_d\lambda_d^4}$ and "
        r"$\displaystyle T_2=\frac2\mu\biggl[T_1\log\frac4{\eta\lambda_1}+\frac12\log\sum_{i=2}^d"
        r"\frac{v_{T_0,i}^2}{2\epsilon^2v_{T_0,1}^2}\biggr]_++\frac4{\eta\lambda_1}\log\frac1\epsilon .$ "
        r"Then for all $t\ge T_0+\lceil T_2\rceil$: "
        r"$\bigl|v_{t,1}-(-1)^{t-T_0}s_{T_0}\beta_1\bigr|\le\epsilon$ and $\delta_t\le\epsilon^2$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, SEVERAL, START, INSIDE, ACCURACY),
    margin=_lemma_17_margin,
    instances=lemma_17_instances,
    certificates=_lemma_17_certificates(),
    refutations=(
        Refutation(
            "A far start: at the time of the lemma the gradient is still astronomically long.",
            {**FAR, "v": np.array([1e40, 1e20]), "epsilon": 0.1},
            without=INSIDE.says,
        ),
        Refutation(
            r"For a large $\epsilon$ and a large radius $\rho$ the time is 0, and the run is not there yet.",
            {**FAR, "rho": 100.0, "v": np.array([1.0, 1e-30]), "epsilon": 2.0},
            without=ACCURACY.says,
        ),
        Refutation(
            r"Without the positive part: a start next to the first axis would have to be settled at once.",
            {**FAR, "v": np.array([0.001, 1e-60]), "epsilon": 0.05},
            margin=lambda **z: _lemma_17_margin(deadline=max(printed_time(**z), 0.0), **z),
        ),
        Refutation(
            r"Without the last term.",
            {**FAR, "v": np.array([0.001, 1e-60]), "epsilon": 0.05},
            margin=lambda **z: _lemma_17_margin(deadline=0.0, **z),
        ),
    ),
    on_paper=r"The iteration of the contraction, $(1-\frac x2)^n\le e^{-nx/2}$, and $\log11>1$.",
    depends_on=("eq-9", "eq-11", "lemma-16"),
    note=(
        r"The print has no $T_0$ and no ceiling, so that it fails for far starts (E3), and no positive part, so "
        r"that it fails next to the first axis (ours). Of the four limits for $\epsilon$ only "
        r"$\frac{\eta\lambda_1}{2\gamma_1}$ is needed."
    ),
)


def printed_time(eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float) -> float:
    """T₂ as printed: the logarithm may make it negative."""
    lam_1, lam_d = float(eigenvalues[0]), float(eigenvalues[-1])
    mu = min(eta * lam_d, (lam_1 / float(eigenvalues[1])) ** 2 - 1)
    ratio = float(constants.beta(lam_1, eta, rho) / constants.beta(lam_d, eta, rho))
    escape = 3 * ratio * lam_1**3 / (eta * lam_d**4) * math.log(4 / (eta * lam_1))
    halved = (log_ratio(v) - math.log(2) - 2 * math.log(epsilon)) / 2
    return 2 / mu * (escape + halved) + 4 / (eta * lam_1) * math.log(1 / epsilon)


PRINTED = (POSITIVE, SMALL_STEP, GAP, SEVERAL, FIRST, OTHERS)


def _printed_17_margin(eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float) -> float:
    """At t = ⌈T₂⌉, a step that the print includes."""
    _, inside = entry(eigenvalues, eta, rho, v)
    steps = math.ceil(printed_time(eigenvalues, eta, rho, inside, epsilon))
    beta = float(constants.beta(eigenvalues[0], eta, rho))
    return float(_first_slack(run(eigenvalues, eta, rho, v, steps)[-1:], beta, epsilon)[0])


LEMMA_17_PRINTED = PrintedForm(
    id="lemma-17-printed",
    title="The first coordinate settles, in a time that starts at 0",
    section="4.4",
    chapter=CHAPTER,
    erratum="E3",
    statement=(
        r"For the $\epsilon$ of Lemma 17, $T_2=\frac2\mu\bigl(T_1\log\frac4{\eta\lambda_1}+\frac12\log"
        r"\sum_{i\ge2}v_{T_0,i}^2/(2\epsilon^2v_{T_0,1}^2)\bigr)+\frac4{\eta\lambda_1}\log\frac1\epsilon$ and all "
        r"$t\ge T_2$, counted from the start: $|v_{t,1}\mp(-1)^t\beta_1|\le\epsilon$ and $\delta_t\le\epsilon^2$."
    ),
    corrected="lemma-17",
    hypotheses=(*PRINTED, ACCURACY),
    margin=_printed_17_margin,
    counterexample={**FAR, "v": np.array([1e40, 1e20]), "epsilon": 0.1},
)


CLAIMS = (
    *(DEFINITION_15, EQ_8, EQ_8_PRINTED, EQ_9, EQ_9_PRINTED, EQ_10, LEMMA_16, EQ_11, EQ_12),
    *(LEMMA_17, LEMMA_17_PRINTED),
)
