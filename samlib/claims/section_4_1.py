"""Section 4.1: the constants and what one step does to each coordinate (Lemmas 4 and 5)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp

from samlib import constants
from samlib._validation import Array
from samlib.claims._claim import Certificate, Claim, Hypothesis, Identity, Instance, Refutation, Variation, iff
from samlib.claims._quadratics import NONZERO, POSITIVE, SMALL_STEP, gradients, quadratics, step

__all__ = ["CLAIMS"]

CHAPTER = "04-proof/1-properties"


# Lemma 4


def _crossing(y: float, a: float, b: float, alpha: float, beta: float) -> tuple[float, float]:
    """The two sides of Lemma 4's equivalence, each as a number that is > 0 where the side holds."""
    return a * a * (y - alpha) ** 2 - b * b * (y - beta) ** 2, a * alpha + b * beta - (a + b) * y


def _lemma_4_margin(y: float, a: float, b: float, alpha: float, beta: float) -> float:
    squares, line = _crossing(y, a, b, alpha, beta)
    return iff(squares / (b * (y + alpha)) ** 2, line / (b * (y + alpha)))


def _lemma_4_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for _ in range(n):
        b = 10 ** rng.uniform(-3, 3)
        a = b * rng.choice([rng.uniform(0, 1), 1 - 10 ** rng.uniform(-9, -1)])
        alpha = 10 ** rng.uniform(-3, 3)
        beta = rng.choice([0.0, rng.uniform(0, 1), 1.0]) * a * alpha / b
        crossing = (a * alpha + b * beta) / (a + b)
        y = crossing * rng.choice([rng.uniform(0, 3), 1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-12, -3)])
        yield {"y": y, "a": a, "b": b, "alpha": alpha, "beta": beta}


_POSITIVE_Y = Hypothesis("$y>0$", lambda y, **_: bool(y > 0))
_A_BELOW_B = Hypothesis("$0<a<b$", lambda a, b, **_: bool(0 < a < b))
_BETA_BELOW_ALPHA = Hypothesis(r"$\alpha>\beta\ge0$", lambda alpha, beta, **_: bool(alpha > beta >= 0))
_PRODUCTS = Hypothesis(r"$a\alpha\ge b\beta$", lambda a, b, alpha, beta, **_: bool(a * alpha >= b * beta * (1 - 1e-15)))


def _lemma_4_difference(sign: int = 1) -> sp.Expr:
    y, a, b, alpha, beta = sp.symbols("y a b alpha beta", positive=True)
    squares, line = _crossing(y, a, b, alpha, beta)
    return squares - line * ((b - a) * y + sign * (a * alpha - b * beta))


LEMMA_4 = Claim(
    id="lemma-4",
    title="Two parabolas",
    section="4.1",
    chapter=CHAPTER,
    statement=(
        r"Let $y>0$, $0<a<b$, $\alpha>\beta\ge0$ and $a\alpha\ge b\beta$. Then "
        r"$a^2(y-\alpha)^2>b^2(y-\beta)^2$ if and only if $y<\dfrac{a\alpha+b\beta}{a+b}$."
    ),
    hypotheses=(_POSITIVE_Y, _A_BELOW_B, _BETA_BELOW_ALPHA, _PRODUCTS),
    margin=_lemma_4_margin,
    instances=_lemma_4_instances,
    identities=(
        Identity(
            r"$a^2(y-\alpha)^2-b^2(y-\beta)^2=\bigl((b-a)y+a\alpha-b\beta\bigr)\bigl(a\alpha+b\beta-(a+b)y\bigr)$",
            _lemma_4_difference,
            lambda: _lemma_4_difference(sign=-1),
        ),
    ),
    certificates=(
        Certificate(
            "the equivalence",
            "y a b alpha beta",
            lambda y, a, b, alpha, beta: [y > 0, a > 0, b > a, beta >= 0, alpha > beta, a * alpha >= b * beta],
            lambda **z: (_crossing(**z)[0] > 0) == (_crossing(**z)[1] > 0),
            Variation(
                r"without $a\alpha\ge b\beta$",
                hypotheses=lambda y, a, b, alpha, beta: [y > 0, a > 0, b > a, beta >= 0, alpha > beta],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"Without $a\alpha\ge b\beta$ the first factor can be negative, and the equivalence turns round.",
            {"y": 0.1, "a": 1.0, "b": 2.0, "alpha": 1.5, "beta": 1.0},
            without=_PRODUCTS.says,
        ),
    ),
    note=r"Printed with $a\alpha>b\beta$; equality is allowed, and Lemma 14 needs it (E17).",
)


# Lemma 5.2


def _own(eigenvalues: Array, v: Array) -> tuple[Array, Array]:
    moving = v != 0
    return eigenvalues[moving], v[moving]


def _shrinks(lam: Any, eta: Any, rho: Any, r: Any) -> Any:
    return constants.next_factor(lam, eta, rho, r) ** 2 < 1


def _lemma_5_2_margin(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    lam, own = _own(eigenvalues, v)
    after = step(eigenvalues, eta, rho, v)[v != 0]
    length = np.linalg.norm(v)
    return iff(1 - (after / own) ** 2, (length - constants.beta(lam, eta, rho)) / (length + rho))


def _on_quadratics(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n):
        for v in gradients(rng, quadratic):
            yield {**quadratic, "v": v}


LEMMA_5_2 = Claim(
    id="lemma-5-2",
    title="When a coordinate shrinks",
    section="4.1",
    chapter=CHAPTER,
    statement=(
        r"If $v_{t,i}\ne0$ and $\lambda_i>0$, then $v_{t+1,i}^2<v_{t,i}^2$ if and only if $\norm{v_t}>\beta_i$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, NONZERO),
    margin=_lemma_5_2_margin,
    instances=_on_quadratics,
    certificates=(
        Certificate(
            r"for one coordinate in any dimension, and $\eta\lambda_i<1$",
            "lam eta rho r",
            lambda lam, eta, rho, r: [lam > 0, eta > 0, rho > 0, r > 0, eta * lam < 1],
            lambda lam, eta, rho, r: _shrinks(lam, eta, rho, r) == (r > constants.beta(lam, eta, rho)),
            Variation(
                r"with $\norm{v_t}>\beta_i/2$ in its place",
                conclusion=lambda lam, eta, rho, r: (
                    _shrinks(lam, eta, rho, r) == (r > constants.beta(lam, eta, rho) / 2)
                ),
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"With $\gamma_i$ in place of $\beta_i$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "v": np.array([0.2, 0.0])},
            margin=lambda eigenvalues, eta, rho, v: iff(
                1 - (step(eigenvalues, eta, rho, v)[0] / v[0]) ** 2,
                np.linalg.norm(v) - constants.gamma(eigenvalues[0], eta, rho),
            ),
        ),
    ),
    depends_on=(),
    note="Where $v_{t,i}=0$ the coordinate stays 0 and the equivalence is empty (E15).",
)

CLAIMS = (LEMMA_4, LEMMA_5_2)
