"""Section 4.4, the end: the whole gradient and the iterate settle on the bounce (Lemmas 18 to 20)."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from samlib import bounds, constants
from samlib._validation import Array
from samlib.claims._alignment import (
    CHAPTER,
    INSIDE,
    SEVERAL,
    START,
    entry,
    log_over,
    log_ratio,
    run,
    settles,
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
)
from samlib.claims._quadratics import GAP, POSITIVE, SMALL_STEP, quadratics
from samlib.claims.section_4_4_settling import (
    ALIGNED,
    FAR,
    FIGURE_1,
    PRINTED,
    accuracy_limit,
    alternates,
    lemma_17_instances,
    off_bounce,
    printed_time,
)
from samlib.quadratic import QuadraticSAM

__all__ = ["CLAIMS"]


# Lemma 18


_LIMIT_18 = math.sqrt((7 - math.sqrt(17)) / 8)

NEAR = Hypothesis(
    r"$|v_{t,1}-s\beta_1|\le\epsilon$",
    lambda beta, v, s, epsilon, **_: bool(abs(v[0] - s * beta) <= epsilon * (1 + 1e-12) + 1e-15 * beta),
)
SIGN = Hypothesis(r"$s\in\{-1,1\}$", lambda s, **_: s in (-1, 1))
BELOW_LIMIT = Hypothesis(
    r"$0<\epsilon\le\sqrt{(7-\sqrt{17})/8}=0.5996\dots$", lambda epsilon, **_: bool(0 < epsilon <= _LIMIT_18)
)
BETA = Hypothesis(r"$\beta_1>0$", lambda beta, **_: bool(beta > 0))


def _lemma_18_margin(beta: float, v: Array, s: int, epsilon: float, factor: float = 2.0, unit: float = 1.0) -> float:
    target = np.zeros(v.size)
    target[0] = s * beta
    return float(1 - np.linalg.norm(v - target) / (factor * (unit + beta) * epsilon))


def _lemma_18_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """The worst cases have |v₁| = β₁ + ε and δ = ε², β₁ large and ε at its limit."""
    for _ in range(n):
        beta = 10 ** float(rng.choice([rng.uniform(-3, 3), rng.uniform(3, 6)]))
        epsilon = _LIMIT_18 * float(rng.choice([1.0, rng.uniform(0, 1), 10 ** rng.uniform(-8, 0)]))
        s = int(rng.choice([-1, 1]))
        first = beta + epsilon * float(rng.choice([1.0, -1.0, rng.uniform(-1, 1)]))
        delta = epsilon**2 * float(rng.choice([1.0, rng.uniform(0, 1)]))
        others = rng.normal(size=int(rng.integers(1, 12)))
        rest = abs(first) * math.sqrt((2 - delta) * delta) / (1 - delta)
        v = np.concatenate([[s * first], others / np.linalg.norm(others) * rest])
        yield {"beta": beta, "v": v, "s": s, "epsilon": epsilon}


def _lemma_18_conditions(b: Any, p: Any, q: Any, e: Any) -> list[Any]:
    """p is sv₁ and q the sum of the other squares; the last two are |p - β₁| ≤ ε and δ ≤ ε² in the form of (12)."""
    return [b > 0, q >= 0, e > 0, (p - b) ** 2 <= e * e, q * (1 - e * e) ** 2 <= p * p * e * e * (2 - e * e)]


def _lemma_18_conclusion(b: Any, p: Any, q: Any, e: Any) -> Any:
    return (p - b) ** 2 + q <= 4 * (1 + b) ** 2 * e * e


def _lemma_18_certificates() -> tuple[Certificate, ...]:
    at_limit = [lambda e: 1000 * e <= 599, lambda e: 10 * e == 6]
    return (
        Certificate(
            r"the inequality for $\epsilon\le0.599$; $p=sv_{t,1}$, $q=\sum_{i\ge2}v_{t,i}^2$",
            "b p q e",
            lambda b, p, q, e: [*_lemma_18_conditions(b, p, q, e), at_limit[0](e)],
            _lemma_18_conclusion,
            Variation(
                r"with $\epsilon=0.6$",
                hypotheses=lambda b, p, q, e: [*_lemma_18_conditions(b, p, q, e), at_limit[1](e)],
            ),
        ),
        Certificate(
            r"the inequality up to the exact limit, $\epsilon<\frac9{10}$ and $4\epsilon^4-7\epsilon^2+2\ge0$",
            "b p q e",
            lambda b, p, q, e: [*_lemma_18_conditions(b, p, q, e), 10 * e < 9, 4 * e**4 - 7 * e**2 + 2 >= 0],
            _lemma_18_conclusion,
            Variation(
                r"past the limit",
                hypotheses=lambda b, p, q, e: [
                    *_lemma_18_conditions(b, p, q, e),
                    *(10 * e < 9, 4 * e**4 - 7 * e**2 + 2 < 0),
                ],
            ),
        ),
        Certificate(
            r"the step of the paper's proof, $(1-\epsilon^2)^{-2}-1\le3\epsilon^2$, holds for $\epsilon\le0.482$",
            "e",
            lambda e: [e > 0, 1000 * e <= 482],
            lambda e: 2 - e * e <= 3 * (1 - e * e) ** 2,
            Variation(r"for $\epsilon=0.483$", hypotheses=lambda e: [1000 * e == 483]),
        ),
    )


LEMMA_18 = Claim(
    id="lemma-18",
    title="From the first coordinate to the whole gradient",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $s\in\{-1,1\}$ and $0<\epsilon\le\sqrt{(7-\sqrt{17})/8}=0.5996\dots$. If $|v_{t,1}-s\beta_1|\le\epsilon$ "
        r"and $\delta_t\le\epsilon^2$, then $\norm{v_t-s\beta_1e_1}\le2(1+\beta_1)\epsilon$."
    ),
    hypotheses=(BETA, SIGN, BELOW_LIMIT, NEAR, ALIGNED),
    margin=_lemma_18_margin,
    instances=_lemma_18_instances,
    certificates=_lemma_18_certificates(),
    refutations=(
        Refutation(
            r"For $\epsilon=0.9$.",
            {"beta": 1.0, "v": np.array([1.0, math.sqrt(1 / 0.19**2 - 1)]), "s": 1, "epsilon": 0.9},
            without=BELOW_LIMIT.says,
        ),
        Refutation(
            r"If the first coordinate is on the other side.",
            {"beta": 1.0, "v": np.array([-1.0, 0.0]), "s": 1, "epsilon": 0.1},
            without=NEAR.says,
        ),
        Refutation(
            r"If $\delta_t>\epsilon^2$.",
            {"beta": 1.0, "v": np.array([1.0, 1.0]), "s": 1, "epsilon": 0.1},
            without=ALIGNED.says,
        ),
        Refutation(
            r"With $1+\beta_1$ in place of $2(1+\beta_1)$.",
            {"beta": 10.0, "v": np.array([10.0, 10 * math.sqrt(1 / 0.99**2 - 1)]), "s": 1, "epsilon": 0.1},
            margin=partial(_lemma_18_margin, factor=1.0),
        ),
        Refutation(
            r"With $2\beta_1$ in place of $2(1+\beta_1)$.",
            {"beta": 0.1, "v": np.array([0.4, 0.0]), "s": 1, "epsilon": 0.3},
            margin=partial(_lemma_18_margin, unit=0.0),
        ),
    ),
    depends_on=("eq-12",),
    note=(
        r"Printed for all $\epsilon<1$ (E10). The limit here is exact for a statement about all $\beta_1$; "
        r"Lemma 17 only uses $\epsilon<0.289$."
    ),
)

LEMMA_18_PRINTED = PrintedForm(
    id="lemma-18-printed",
    title="From the first coordinate to the whole gradient, for all accuracies below 1",
    section="4.4",
    chapter=CHAPTER,
    erratum="E10",
    statement=(
        r"For all $0<\epsilon<1$: if $|v_{t,1}-s\beta_1|\le\epsilon$ and $\delta_t\le\epsilon^2$, then "
        r"$\norm{v_t-s\beta_1e_1}\le2(1+\beta_1)\epsilon$."
    ),
    corrected="lemma-18",
    hypotheses=(
        *(BETA, SIGN, NEAR, ALIGNED),
        Hypothesis(r"$0<\epsilon<1$", lambda epsilon, **_: bool(0 < epsilon < 1)),
    ),
    margin=_lemma_18_margin,
    counterexample={"beta": 1.0, "v": np.array([1.0, math.sqrt(1 / 0.19**2 - 1)]), "s": 1, "epsilon": 0.9},
    disproofs=(
        Disproof(
            r"$p=sv_{t,1}$, $q=\sum_{i\ge2}v_{t,i}^2$",
            "b p q e",
            lambda b, p, q, e: [*_lemma_18_conditions(b, p, q, e), e < 1],
            _lemma_18_conclusion,
        ),
    ),
)


# Lemma 19


HALVED_ACCURACY = Hypothesis(
    r"$\epsilon>0$ and $\frac\epsilon{2(1+\beta_1)}$ in the range of Lemma 17",
    lambda eigenvalues, eta, rho, epsilon, **_: bool(
        0 < _halved(eigenvalues, eta, rho, epsilon) < accuracy_limit(eigenvalues[0], eta, rho)
    ),
)


def _halved(eigenvalues: Array, eta: float, rho: float, epsilon: float) -> float:
    """ε' = ε/(2(1 + β₁))."""
    return float(epsilon / (2 * (1 + constants.beta(eigenvalues[0], eta, rho))))


def _lemma_19_margin(
    eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float, deadline: float | None = None
) -> float:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    beta = float(constants.beta(eigenvalues[0], eta, rho))
    if deadline is None:
        deadline = bounds.cycle_time(theory, epsilon, log_ratio(v))
    settled = settles(eigenvalues, eta, rho, v, deadline, lambda path: log_over(epsilon, off_bounce(path, beta)))
    return settled if alternates(eigenvalues, eta, rho, v) else -1.0


def _lemma_19_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in lemma_17_instances(rng, n):
        beta = float(constants.beta(instance["eigenvalues"][0], instance["eta"], instance["rho"]))
        yield {**instance, "epsilon": 2 * (1 + beta) * instance["epsilon"] * (1 - 1e-12)}


LEMMA_19 = Claim(
    id="lemma-19",
    title="The gradient settles on the bounce",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"Let $d\ge2$, $\lambda_1>\lambda_2$, $T_0$ be a step with $\norm{v_{T_0}}\le b$, $v_{T_0,1}\ne0$, and "
        r"$\epsilon>0$ such that $\epsilon'=\frac\epsilon{2(1+\beta_1)}$ is in the range of Lemma 17. Then "
        r"$\bigl\|v_t-(-1)^{t-T_0}s_{T_0}\beta_1e_1\bigr\|\le\epsilon$ for all $t\ge T_0+\lceil T_3\rceil$, "
        r"$\displaystyle T_3=\frac2\mu\biggl[T_1\log\frac4{\eta\lambda_1}+"
        r"\frac12\log\biggl(\frac{2(1+\beta_1)^2}{\epsilon^2}"
        r"\sum_{i=2}^d\frac{v_{T_0,i}^2}{v_{T_0,1}^2}\biggr)\biggr]_++\frac6{\eta\lambda_1}"
        r"\log\frac{2(1+\beta_1)}\epsilon .$"
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, SEVERAL, START, INSIDE, HALVED_ACCURACY),
    margin=_lemma_19_margin,
    instances=_lemma_19_instances,
    refutations=(
        Refutation(
            "A far start: at the time of the lemma the gradient is still astronomically long.",
            {**FAR, "v": np.array([1e40, 1e20]), "epsilon": 0.1},
            without=INSIDE.says,
        ),
        Refutation(
            r"Without the last term.",
            {**FAR, "v": np.array([0.001, 1e-60]), "epsilon": 0.05},
            margin=lambda **z: _lemma_19_margin(deadline=0.0, **z),
        ),
    ),
    on_paper=r"That it is Lemma 17 for $\epsilon'$, followed by Lemma 18.",
    depends_on=("lemma-17", "lemma-18"),
    note=(
        r"The print has no $T_0$, no ceiling and no positive part (E3). Its coefficient 6 is kept; the proof needs 4. "
        r"It asks the limits of Lemma 17, with $\beta_1$ and 1 in place of $\frac{\beta_1}2$, of $\epsilon$ itself."
    ),
)


def _printed_19_margin(eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float) -> float:
    """At the first step that the print includes."""
    _, inside = entry(eigenvalues, eta, rho, v)
    halved, x = _halved(eigenvalues, eta, rho, epsilon), eta * float(eigenvalues[0])
    time = printed_time(eigenvalues, eta, rho, inside, halved) + 2 / x * math.log(1 / halved)
    path = run(eigenvalues, eta, rho, v, math.ceil(time))
    beta = float(constants.beta(eigenvalues[0], eta, rho))
    return float(log_over(epsilon, off_bounce(path[-1:], beta))[0])


LEMMA_19_PRINTED = PrintedForm(
    id="lemma-19-printed",
    title="The gradient settles on the bounce, in a time that starts at 0",
    section="4.4",
    chapter=CHAPTER,
    erratum="E3",
    statement=(
        r"With the time of Lemma 19 counted from the start, without $T_0$, ceiling and positive part: "
        r"$\norm{v_t\mp(-1)^t\beta_1e_1}\le\epsilon$."
    ),
    corrected="lemma-19",
    hypotheses=(
        *PRINTED,
        Hypothesis(
            r"$0<\epsilon<\min\bigl\{\sqrt{\tfrac{\eta\lambda_1\beta_1}{2\gamma_1}},\tfrac{\eta\lambda_1}{2\gamma_1},"
            r"\tfrac1b,\beta_1,1\bigr\}$",
            # ½ min{β₁, …} is what `accuracy_limit` has in place of β₁; being stricter does no harm
            lambda eigenvalues, eta, rho, epsilon, **_: bool(
                0 < epsilon < min(accuracy_limit(eigenvalues[0], eta, rho), 1)
            ),
        ),
    ),
    margin=_printed_19_margin,
    counterexample={**FAR, "v": np.array([1e40, 1e20]), "epsilon": 0.1},
)


# Lemma 20


def _lemma_20_margin(eigenvalues: Array, eta: float, rho: float, w: Array, s: int, power: float = 1.0) -> float:
    lam_1, lam_d = float(eigenvalues[0]), float(eigenvalues[-1])
    axis = np.eye(w.size)[0]
    far = np.linalg.norm(w - s * constants.amplitude(lam_1, eta, rho) * axis)
    off = np.linalg.norm(eigenvalues * w - s * constants.beta(lam_1, eta, rho) * axis)
    return float((off - lam_d**power * far) / (lam_1 * far)) if far > 0 else -float(off)


def _lemma_20_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=2.0):
        lam = np.asarray(quadratic["eigenvalues"])
        eta, rho = float(np.asarray(quadratic["eta"])), float(np.asarray(quadratic["rho"]))
        s = int(rng.choice([-1, 1]))
        away = rng.normal(size=lam.size) * 10 ** rng.uniform(-3, 3)
        if rng.integers(2):
            away[:-1] = 0  # equality: the error is along the flattest axis
        axis = np.eye(lam.size)[0]
        yield {**quadratic, "w": constants.amplitude(lam[0], eta, rho) * (s * axis + away), "s": s}


LEMMA_20 = Claim(
    id="lemma-20",
    title="Back to the iterate",
    section="4.4",
    chapter=CHAPTER,
    statement=(
        r"For $s\in\{-1,1\}$ and $v_t=\Lambda w_t$, "
        r"$\Bigl\|w_t-\dfrac{s\beta_1}{\lambda_1}e_1\Bigr\|\le\dfrac1{\lambda_d}\norm{v_t-s\beta_1e_1}$."
    ),
    hypotheses=(POSITIVE, SIGN),
    margin=_lemma_20_margin,
    instances=_lemma_20_instances,
    identities=(
        Identity(
            r"$\beta_1/\lambda_1$ is the amplitude $\frac{\eta\rho\lambda_1}{2-\eta\lambda_1}$",
            lambda: _amplitude_difference(),
            lambda: _amplitude_difference(power=2),
        ),
    ),
    certificates=(
        Certificate(
            r"for one coordinate in any dimension: $y^2\le\lambda_d^{-2}(\lambda_iy)^2$",
            "l_i l_d y",
            lambda l_i, l_d, y: [l_d > 0, l_i >= l_d],
            lambda l_i, l_d, y: l_d * l_d * y * y <= (l_i * y) * (l_i * y),
            Variation(r"without $\lambda_i\ge\lambda_d$", hypotheses=lambda l_i, l_d, y: [l_d > 0, l_i > 0]),
        ),
    ),
    refutations=(
        Refutation(
            r"With $\frac1{\lambda_1}$ in place of $\frac1{\lambda_d}$.",
            {**FIGURE_1, "w": np.array([1 / 9, 1.0]), "s": 1},
            margin=partial(_lemma_20_margin, power=0.0),
        ),
        Refutation(
            "With eigenvalues in the wrong order the last is not the smallest.",
            {"eigenvalues": np.array([0.5, 1.0]), "eta": 0.2, "rho": 1.0, "w": np.array([1.0, 0.0]), "s": 1},
            without=POSITIVE.says,
        ),
    ),
)


def _amplitude_difference(power: int = 1) -> sp.Expr:
    lam, eta, rho = sp.symbols("lambda_1 eta rho", positive=True)
    return constants.beta(lam, eta, rho) / lam**power - constants.amplitude(lam, eta, rho)


CLAIMS = (LEMMA_18, LEMMA_18_PRINTED, LEMMA_19, LEMMA_19_PRINTED, LEMMA_20)
