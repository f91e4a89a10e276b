"""Section 4.1: the constants and what one step does to each coordinate (Lemmas 4 and 5).

The lemmas are stated for as long a step as they hold, which is longer than the paper's standing η < 1/(2λ₁).
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import constants
from samlib._validation import Array
from samlib.claims._claim import Certificate, Claim, Hypothesis, Identity, Instance, Refutation, Variation, equal, iff
from samlib.claims._quadratics import BELOW_ONE, NONZERO, POSITIVE, STABLE, gradients, quadratics, step

__all__ = ["CLAIMS"]

CHAPTER = "04-proof/1-properties"

ORDERED = Hypothesis(
    r"$\lambda_1\ge\dots\ge\lambda_d\ge0$, $\lambda_1>0$, $\eta>0$, $\rho>0$",
    lambda eigenvalues, eta, rho, **_: bool(
        np.all(np.diff(eigenvalues) <= 0) and eigenvalues[-1] >= 0 and eigenvalues[0] > 0 and eta > 0 and rho > 0
    ),
)


def _symbols(names: str) -> Any:
    return sp.symbols(names, positive=True)


def _strictly(difference: Any) -> Any:
    """The margin of a strict inequality: the difference where it is > 0, and a clear failure where it is not."""
    return np.where(np.asarray(difference) > 0, difference, -1.0)


def _flatten(rng: np.random.Generator, quadratic: dict[str, Any]) -> dict[str, Any]:
    """The quadratic, in a fifth of the instances with λ_d = 0 in place of the smallest of two or more eigenvalues."""
    eigenvalues = quadratic["eigenvalues"]
    if eigenvalues.size > 1 and rng.integers(5) == 0:
        eigenvalues = np.append(eigenvalues[:-1], 0.0)
    return {**quadratic, "eigenvalues": eigenvalues}


def _halves(n: int, first: float, second: float) -> tuple[tuple[int, float], tuple[int, float]]:
    """n in two parts, each with a limit of ηλ₁."""
    return (n // 2, first), (n - n // 2, second)


# Lemma 4


def _crossing(y: float, a: float, b: float, alpha: float, beta: float) -> tuple[float, float]:
    """The two sides of Lemma 4's equivalence, each as a number that is > 0 where the side holds."""
    return a * a * (y - alpha) ** 2 - b * b * (y - beta) ** 2, a * alpha + b * beta - (a + b) * y


def _lemma_4_margin(y: float, a: float, b: float, alpha: float, beta: float) -> float:
    squares, line = _crossing(y, a, b, alpha, beta)
    size = abs(b) * (abs(y) + abs(alpha))
    return iff(squares / size**2, line / size)


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
# aα = bβ is a case of its own, and rounding may put its products in either order.
_PRODUCTS = Hypothesis(r"$a\alpha\ge b\beta$", lambda a, b, alpha, beta, **_: bool(a * alpha >= b * beta * (1 - 1e-15)))


def _crosses(y: Any, a: Any, b: Any, alpha: Any, beta: Any) -> Any:
    squares, _ = _crossing(y, a, b, alpha, beta)
    return (squares > 0) == (y < (a * alpha + b * beta) / (a + b))


def _lemma_4_difference(sign: int = 1) -> sp.Expr:
    y, a, b, alpha, beta = _symbols("y a b alpha beta")
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
            _crosses,
            Variation(
                r"without $a\alpha\ge b\beta$",
                hypotheses=lambda y, a, b, alpha, beta: [y > 0, a > 0, b > a, beta >= 0, alpha > beta],
            ),
        ),
        Certificate(
            r"the equivalence without $\alpha>\beta\ge0$, and with $a+b>0$ in place of $a>0$",
            "y a b alpha beta",
            lambda y, a, b, alpha, beta: [y > 0, a + b > 0, b > a, a * alpha >= b * beta],
            _crosses,
            Variation(
                "without $a+b>0$",
                hypotheses=lambda y, a, b, alpha, beta: [y > 0, b > a, a * alpha >= b * beta],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"Without $a\alpha\ge b\beta$ the first factor can be negative, and the equivalence turns round.",
            {"y": 0.1, "a": 1.0, "b": 2.0, "alpha": 1.5, "beta": 1.0},
            without=_PRODUCTS.says,
        ),
        Refutation(
            "At $y=-1$ the first factor is negative.",
            {"y": -1.0, "a": 1.0, "b": 2.0, "alpha": 1.0, "beta": 0.5},
            without=_POSITIVE_Y.says,
        ),
        Refutation(
            "With $a>b$ the first factor is negative for large $y$.",
            {"y": 3.0, "a": 2.0, "b": 1.0, "alpha": 1.0, "beta": 0.5},
            without=_A_BELOW_B.says,
        ),
        Refutation(
            r"With the weights exchanged, $y<(a\beta+b\alpha)/(a+b)$.",
            {"y": 1.2, "a": 1.0, "b": 2.0, "alpha": 2.0, "beta": 0.5},
            margin=lambda y, a, b, alpha, beta: iff(
                _crossing(y, a, b, alpha, beta)[0], a * beta + b * alpha - (a + b) * y
            ),
        ),
    ),
    note=(
        r"Printed with $a\alpha>b\beta$; equality is allowed, and Lemma 14 needs it (E17). "
        r"The hypothesis $\alpha>\beta\ge0$ is superfluous, as the second certificate "
        "shows, and $a+b>0$ is enough in place of $a>0$."
    ),
)


# Lemma 5.1


def _away(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    """How far v is from satisfying, for some i: vⱼ = 0 where λⱼ ≠ λᵢ, and ‖v‖² = βᵢ² on the remaining coordinates."""
    squares = v * v
    distances = []
    for lam in np.unique(eigenvalues):
        own, level = eigenvalues == lam, constants.beta(lam, eta, rho) ** 2
        others = float(np.any(squares[~own] > 0))
        distances.append(max(others, abs(squares[own].sum() - level) / (squares.sum() + level)))
    return min(distances)


def _lemma_5_1_margin(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    moving = v != 0
    after = step(eigenvalues, eta, rho, v)
    moved = float(np.abs((after[moving] / v[moving]) ** 2 - 1).max())
    away = _away(eigenvalues, eta, rho, v)
    if away <= 1e-12:
        return -moved
    return moved if moved > 1e-13 else -away


def _lemma_5_1_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    # Eigenvalues equal or clearly apart, and ηλ₁ clearly below 2: closer together, floats cannot tell rest from motion.
    for quadratic in quadratics(rng, n, below=1.9):
        given = np.asarray(quadratic["eigenvalues"])
        eigenvalues = given[0] * np.maximum(np.round(given / given[0], 2), 0.01)
        instance = {**quadratic, "eigenvalues": eigenvalues}
        chosen = rng.choice(eigenvalues)
        own = eigenvalues == chosen
        direction = np.where(own, rng.normal(size=own.size), 0.0)
        resting = constants.beta(chosen, instance["eta"], instance["rho"]) * direction / np.linalg.norm(direction)
        match rng.integers(4):
            case 0:
                v = next(gradients(rng, instance))
            case 1:
                v = resting * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-8, -1))
            case 2:
                v = np.where(own, resting, rng.choice([0.0, 1e-6, 1.0], size=own.size) * np.abs(resting).max())
            case _:
                v = resting
        yield {**instance, "v": v}


def _rests(lam: Any, eta: Any, rho: Any, r: Any, own: Any) -> Any:
    return (constants.next_factor(lam, eta, rho, r) * own) ** 2 == own * own


def _both_rest(l1: Any, l2: Any, eta: Any, rho: Any, v1: Any, v2: Any, r: Any) -> Any:
    rest = z3.And(_rests(l1, eta, rho, r, v1), _rests(l2, eta, rho, r, v2))
    on_first = z3.And(v2 == 0, v1 * v1 == constants.beta(l1, eta, rho) ** 2)
    on_second = z3.And(v1 == 0, v2 * v2 == constants.beta(l2, eta, rho) ** 2)
    return rest == z3.Or(on_first, on_second)


LEMMA_5_1 = Claim(
    id="lemma-5-1",
    title="Which sizes reproduce themselves",
    section="4.1",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_d>0$ and $\eta\lambda_1<2$. For $v_t\ne0$, all $v_{t+1,i}^2=v_{t,i}^2$, $1\le i\le d$, "
        r"if and only if for some $i$ the vector $(v_{t,1}^2,\dots,v_{t,d}^2)$ lies in "
        r"$\mathrm{co}\{\beta_i^2e_j:\beta_j=\beta_i\}$, the convex hull; "
        r"that is, if $\norm{v_t}=\beta_i$ and $v_{t,j}=0$ wherever $\lambda_j\ne\lambda_i$."
    ),
    hypotheses=(POSITIVE, STABLE, NONZERO),
    margin=_lemma_5_1_margin,
    instances=_lemma_5_1_instances,
    certificates=(
        Certificate(
            r"for one coordinate in any dimension: $v_{t+1,i}^2=v_{t,i}^2$ if and only if $v_{t,i}=0$ or "
            r"$\norm{v_t}=\beta_i$",
            "lam eta rho r own",
            lambda lam, eta, rho, r, own: [lam > 0, eta > 0, rho > 0, r > 0, eta * lam < 2],
            lambda lam, eta, rho, r, own: (
                _rests(lam, eta, rho, r, own) == z3.Or(own == 0, r == constants.beta(lam, eta, rho))
            ),
            Variation(
                r"with $\lambda_i=0$ allowed",
                hypotheses=lambda lam, eta, rho, r, own: [lam >= 0, eta > 0, rho > 0, r > 0, eta * lam < 2],
            ),
        ),
        Certificate(
            r"the whole vector for $d=2$, $\lambda_1>\lambda_2$",
            "l1 l2 eta rho v1 v2 r",
            lambda l1, l2, eta, rho, v1, v2, r: [
                *[l1 > l2, l2 > 0, eta > 0, rho > 0, eta * l1 < 2],
                *[r > 0, r * r == v1 * v1 + v2 * v2],
            ],
            _both_rest,
            Variation(
                r"with $\lambda_2=0$ allowed",
                hypotheses=lambda l1, l2, eta, rho, v1, v2, r: [
                    *[l1 > l2, l2 >= 0, eta > 0, rho > 0, eta * l1 < 2],
                    *[r > 0, r * r == v1 * v1 + v2 * v2],
                ],
            ),
        ),
        Certificate(
            r"the whole vector for $d=2$, $\lambda_1=\lambda_2$: a circle",
            "lam eta rho v1 v2 r",
            lambda lam, eta, rho, v1, v2, r: [
                *[lam > 0, eta > 0, rho > 0, eta * lam < 2],
                *[r > 0, r * r == v1 * v1 + v2 * v2],
            ],
            lambda lam, eta, rho, v1, v2, r: (
                z3.And(_rests(lam, eta, rho, r, v1), _rests(lam, eta, rho, r, v2))
                == (v1 * v1 + v2 * v2 == constants.beta(lam, eta, rho) ** 2)
            ),
            Variation(
                "with the ends of the convex hull alone",
                conclusion=lambda lam, eta, rho, v1, v2, r: _both_rest(lam, lam, eta, rho, v1, v2, r),
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"Along $\lambda_2=0$ nothing ever moves: $v_t=e_2$ rests, though $\beta_2=0$.",
            {"eigenvalues": np.array([1.0, 0.0]), "eta": 0.2, "rho": 1.0, "v": np.array([0.0, 1.0])},
            without=POSITIVE.says,
        ),
        Refutation(
            r"At $\eta\lambda_1=3$ no size reproduces itself, not even $|\beta_1|$.",
            {"eigenvalues": np.array([1.0]), "eta": 3.0, "rho": 1.0, "v": np.array([3.0])},
            without=STABLE.says,
        ),
        Refutation(
            r"With the points $\beta_i^2e_i$ alone: for $\lambda_1=\lambda_2$ a point between them rests too.",
            {
                "eigenvalues": np.array([1.0, 1.0]),
                "eta": 0.5,
                "rho": 1.0,
                "v": np.array([0.6, 0.8]) / 3,
            },
            margin=lambda eigenvalues, eta, rho, v: (
                float((v * v).max() / (v @ v) - 1) if _lemma_5_1_margin(eigenvalues, eta, rho, v) <= 0 else 0.0
            ),
        ),
    ),
    on_paper=(
        r"That “for every $i$, $v_{t,i}=0$ or $\norm{v_t}=\beta_i$” describes the union of the hulls, in every "
        "dimension."
    ),
    depends_on=("eq-3", "lemma-5-4"),
    note=(
        r"The paper adds the point $0$, which is a convention: SAM is not defined there. "
        r"It allows $\lambda_d=0$, which is harmless for $v_t=\Lambda w_t$ (E15), and assumes $\eta\lambda_1<\tfrac12$."
    ),
)


# Lemma 5.2


def _at_coordinates(rng: np.random.Generator, n: int) -> Iterator[dict[str, Any]]:
    """Instances with a gradient v and the position i (from 0) of a coordinate with vᵢ ≠ 0 and λᵢ > 0."""
    for quadratic in quadratics(rng, n, below=2):
        instance = _flatten(rng, quadratic)
        v = next(gradients(rng, instance))
        if not np.any(v * instance["eigenvalues"]):  # all of v along λ_d = 0
            v = v[::-1]
        yield {**instance, "v": v, "i": int(rng.choice(np.flatnonzero(v * instance["eigenvalues"])))}


def _shrinks(lam: Any, eta: Any, rho: Any, r: Any) -> Any:
    return constants.next_factor(lam, eta, rho, r) ** 2 < 1


def _gain(eigenvalues: Array, eta: float, rho: float, v: Array, i: int) -> float:
    """(v₊ᵢ/vᵢ)²."""
    return float((step(eigenvalues, eta, rho, v)[i] / v[i]) ** 2)


def _shrinkage(eigenvalues: Array, eta: float, rho: float, v: Array, i: int) -> float:
    """1 - (v₊ᵢ/vᵢ)², > 0 where the square shrinks; -1 where vᵢ or λᵢ is 0: equal squares, and not by rounding."""
    return -1.0 if v[i] == 0 or eigenvalues[i] == 0 else 1 - _gain(eigenvalues, eta, rho, v, i)


def _lemma_5_2_margin(eigenvalues: Array, eta: float, rho: float, v: Array, i: int) -> float:
    length = float(np.linalg.norm(v))
    threshold = constants.beta(eigenvalues[i], eta, rho)
    return iff(_shrinkage(eigenvalues, eta, rho, v, i), (length - threshold) / (length + abs(threshold)))


_CURVED = Hypothesis(r"$\lambda_i>0$", lambda eigenvalues, i, **_: bool(eigenvalues[i] > 0))
_STABLE_THERE = Hypothesis(r"$\eta\lambda_i<2$", lambda eigenvalues, eta, i, **_: bool(eta * eigenvalues[i] < 2))
_MOVING = Hypothesis(r"$v_{t,i}\ne0$", lambda v, i, **_: bool(v[i] != 0))


def _lemma_5_2_difference(sign: int = 1) -> sp.Expr:
    lam, eta, rho, r = _symbols("lambda eta rho r")
    factors = eta * lam * (1 + rho * lam / r) * (2 - eta * lam) * (1 - constants.beta(lam, eta, rho) / r)
    return 1 - constants.next_factor(lam, eta, rho, r) ** 2 - sign * factors


_PAIR = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0}

LEMMA_5_2 = Claim(
    id="lemma-5-2",
    title="When a coordinate shrinks",
    section="4.1",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_i>0$, $\eta\lambda_i<2$ and $v_{t,i}\ne0$. Then $v_{t+1,i}^2<v_{t,i}^2$ if and only if "
        r"$\norm{v_t}>\beta_i$."
    ),
    hypotheses=(ORDERED, _CURVED, _STABLE_THERE, _MOVING),
    margin=_lemma_5_2_margin,
    instances=_at_coordinates,
    identities=(
        Identity(
            r"$v_{t,i}^2-v_{t+1,i}^2=\eta\lambda_i\bigl(1+\tfrac{\rho\lambda_i}{\norm{v_t}}\bigr)(2-\eta\lambda_i)"
            r"\bigl(1-\tfrac{\beta_i}{\norm{v_t}}\bigr)\,v_{t,i}^2$",
            _lemma_5_2_difference,
            lambda: _lemma_5_2_difference(sign=-1),
        ),
    ),
    certificates=(
        Certificate(
            r"for one coordinate in any dimension",
            "lam eta rho r",
            lambda lam, eta, rho, r: [lam > 0, eta > 0, rho > 0, r > 0, eta * lam < 2],
            lambda lam, eta, rho, r: _shrinks(lam, eta, rho, r) == (r > constants.beta(lam, eta, rho)),
            Variation(
                r"with $\norm{v_t}>\beta_i/2$ in its place",
                conclusion=lambda lam, eta, rho, r: (
                    _shrinks(lam, eta, rho, r) == (r > constants.beta(lam, eta, rho) / 2)
                ),
            ),
        ),
        Certificate(
            r"for $\eta\lambda_i\ge2$ the coordinate grows at every length",
            "lam eta rho r",
            lambda lam, eta, rho, r: [lam > 0, eta > 0, rho > 0, r > 0, eta * lam >= 2],
            lambda lam, eta, rho, r: constants.next_factor(lam, eta, rho, r) ** 2 > 1,
            Variation(
                r"for $\eta\lambda_i\ge1$",
                hypotheses=lambda lam, eta, rho, r: [lam > 0, eta > 0, rho > 0, r > 0, eta * lam >= 1],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $v_{t,i}=0$ both squares are $0$, and $0<0$ is false at every length (E15).",
            {**_PAIR, "v": np.array([1.0, 0.0]), "i": 1},
            without=_MOVING.says,
        ),
        Refutation(
            r"With $\lambda_i=0$ the coordinate keeps its size, though $\norm{v_t}>\beta_i=0$.",
            {"eigenvalues": np.array([1.0, 0.0]), "eta": 0.2, "rho": 1.0, "v": np.array([0.5, 0.5]), "i": 1},
            without=_CURVED.says,
        ),
        Refutation(
            r"At $\eta\lambda_i=3$ the coordinate grows at every length, and $\beta_i$ is negative.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 3.0, "rho": 1.0, "v": np.array([1.0, 1.0]), "i": 0},
            without=_STABLE_THERE.says,
        ),
        Refutation(
            r"With $\gamma_i$ in place of $\beta_i$.",
            {**_PAIR, "v": np.array([0.2, 0.0]), "i": 0},
            margin=lambda eigenvalues, eta, rho, v, i: iff(
                _shrinkage(eigenvalues, eta, rho, v, i),
                np.linalg.norm(v) - constants.gamma(eigenvalues[i], eta, rho),
            ),
        ),
        Refutation(
            r"With $\lambda_i$ for $\lambda_i^2$ in $\beta_i$.",
            {**_PAIR, "v": np.array([0.03, 0.03]), "i": 1},
            margin=lambda eigenvalues, eta, rho, v, i: iff(
                _shrinkage(eigenvalues, eta, rho, v, i),
                np.linalg.norm(v) - constants.beta(eigenvalues[i], eta, rho) / eigenvalues[i],
            ),
        ),
    ),
    depends_on=("eq-3",),
    note=(
        r"Printed for every $i$; where $v_{t,i}=0$ the two squares are equal and the equivalence fails for "
        r"$\norm{v_t}>\beta_i$, harmlessly (E15). The paper assumes $\eta\lambda_1<\tfrac12$."
    ),
)


# Lemma 5.3


def _against_the_first(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Instances with v and a position i (from 0) with λ₁ > λᵢ and η(λ₁ + λᵢ) < 2."""
    below = (quadratics(rng, part, below=limit, gap=True, dimensions=(2, 12)) for part, limit in _halves(n, 1, 2))
    for quadratic in chain.from_iterable(below):
        instance = _flatten(rng, quadratic)
        lam, eta = instance["eigenvalues"], instance["eta"]
        v = next(gradients(rng, instance, nonzero_first=True))
        i = int(rng.integers(1, lam.size))
        if not eta * (lam[0] + lam[i]) < 2:
            lam = np.append(lam[:1], np.minimum(lam[1:], lam[0] * (2 / (eta * lam[0]) - 1) * (1 - 1e-6)))
        if v[0] == 0 or v[i] == 0:
            v = v + np.linalg.norm(v) * 10 ** rng.uniform(-9, 0, size=v.size)
        if rng.integers(3) == 0:
            hair = rng.choice([0.0, rng.choice([-1, 1]) * 10 ** rng.uniform(-15, -3)])
            v = v / np.linalg.norm(v) * constants.alpha(lam[0], lam[i], eta, instance["rho"]) * (1 + hair)
        yield {**instance, "eigenvalues": lam, "v": v, "i": i}


def _outgrows(l1: Any, lam: Any, eta: Any, rho: Any, r: Any) -> Any:
    return constants.next_factor(l1, eta, rho, r) ** 2 > constants.next_factor(lam, eta, rho, r) ** 2


def _lead(eigenvalues: Array, eta: float, rho: float, v: Array, i: int) -> float:
    """(G₁ - Gᵢ)/(G₁ + Gᵢ) of the gains G = (v₊/v)², > 0 where v₁ gains on vᵢ.

    It is -1 where a gain is undefined, and where λᵢ = λ₁: equal gains, and not by rounding.
    """
    if v[0] == 0 or v[i] == 0 or eigenvalues[0] == eigenvalues[i]:
        return -1.0
    first, other = (_gain(eigenvalues, eta, rho, v, j) for j in (0, i))
    return (first - other) / (first + other)


def _lemma_5_3_margin(eigenvalues: Array, eta: float, rho: float, v: Array, i: int) -> float:
    length = float(np.linalg.norm(v))
    threshold = constants.alpha(eigenvalues[0], eigenvalues[i], eta, rho)
    # αᵢ is as uncertain as its denominator is small, and its distance counts for as little
    weight = abs(1 - eta * (eigenvalues[0] + eigenvalues[i]) / 2)
    return iff(_lead(eigenvalues, eta, rho, v, i), weight * (threshold - length) / (abs(threshold) + length))


_LAGGING = Hypothesis(r"$\lambda_1>\lambda_i$", lambda eigenvalues, i, **_: bool(eigenvalues[0] > eigenvalues[i]))
_PAIR_STEP = Hypothesis(
    r"$\eta(\lambda_1+\lambda_i)<2$",
    lambda eigenvalues, eta, i, **_: bool(eta * (eigenvalues[0] + eigenvalues[i]) < 2),
)
_BOTH_MOVING = Hypothesis(r"$v_{t,1}\ne0$, $v_{t,i}\ne0$", lambda v, i, **_: bool(v[0] != 0 and v[i] != 0))


def _lemma_5_3_difference(sign: int = 1) -> sp.Expr:
    l1, lam, eta, rho, r = _symbols("lambda_1 lambda_i eta rho r")
    gains = constants.next_factor(l1, eta, rho, r) ** 2 - constants.next_factor(lam, eta, rho, r) ** 2
    away = constants.alpha(l1, lam, eta, rho) / r - 1
    return gains - sign * eta * (l1 - lam) * (1 + rho * (l1 + lam) / r) * (2 - eta * l1 - eta * lam) * away


LEMMA_5_3 = Claim(
    id="lemma-5-3",
    title="When the first coordinate gains on another",
    section="4.1",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1>\lambda_i$, $\eta(\lambda_1+\lambda_i)<2$, $v_{t,1}\ne0$ and $v_{t,i}\ne0$. Then "
        r"$\dfrac{v_{t+1,1}^2}{v_{t,1}^2}>\dfrac{v_{t+1,i}^2}{v_{t,i}^2}$ if and only if $\norm{v_t}<\alpha_i$."
    ),
    hypotheses=(ORDERED, _LAGGING, _PAIR_STEP, _BOTH_MOVING),
    margin=_lemma_5_3_margin,
    instances=_against_the_first,
    identities=(
        Identity(
            r"$\dfrac{v_{t+1,1}^2}{v_{t,1}^2}-\dfrac{v_{t+1,i}^2}{v_{t,i}^2}=\eta(\lambda_1-\lambda_i)"
            r"\bigl(1+\tfrac{\rho(\lambda_1+\lambda_i)}{\norm{v_t}}\bigr)(2-\eta\lambda_1-\eta\lambda_i)"
            r"\bigl(\tfrac{\alpha_i}{\norm{v_t}}-1\bigr)$",
            _lemma_5_3_difference,
            lambda: _lemma_5_3_difference(sign=-1),
        ),
    ),
    certificates=(
        Certificate(
            "for one pair of coordinates in any dimension",
            "l1 lam eta rho r",
            lambda l1, lam, eta, rho, r: [l1 > lam, lam >= 0, eta > 0, rho > 0, r > 0, eta * (l1 + lam) < 2],
            lambda l1, lam, eta, rho, r: _outgrows(l1, lam, eta, rho, r) == (r < constants.alpha(l1, lam, eta, rho)),
            Variation(
                r"without $\lambda_1>\lambda_i$",
                hypotheses=lambda l1, lam, eta, rho, r: [
                    *[l1 > 0, lam >= 0, eta > 0, rho > 0, r > 0, eta * (l1 + lam) < 2]
                ],
            ),
        ),
        Certificate(
            r"for $\eta(\lambda_1+\lambda_i)\ge2$ the first coordinate gains at every length",
            "l1 lam eta rho r",
            lambda l1, lam, eta, rho, r: [l1 > lam, lam >= 0, eta > 0, rho > 0, r > 0, eta * (l1 + lam) >= 2],
            lambda l1, lam, eta, rho, r: _outgrows(l1, lam, eta, rho, r),
            Variation(
                r"for $\eta(\lambda_1+\lambda_i)\ge1$",
                hypotheses=lambda l1, lam, eta, rho, r: [
                    *[l1 > lam, lam >= 0, eta > 0, rho > 0, r > 0, eta * (l1 + lam) >= 1]
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"With $\lambda_i=\lambda_1$ nobody gains, though $\norm{v_t}<\alpha_i=\gamma_1$.",
            {"eigenvalues": np.array([1.0, 1.0]), "eta": 0.2, "rho": 1.0, "v": np.array([0.1, 0.1]), "i": 1},
            without=_LAGGING.says,
        ),
        Refutation(
            r"At $\eta(\lambda_1+\lambda_i)=2.7$ the first coordinate gains at every length; $\alpha_i<0$.",
            {"eigenvalues": np.array([1.0, 0.8]), "eta": 1.5, "rho": 1.0, "v": np.array([1.0, 1.0]), "i": 1},
            without=_PAIR_STEP.says,
        ),
        Refutation(
            r"At $v_{t,1}=0$ there is nothing to gain.",
            {**_PAIR, "v": np.array([0.0, 0.1]), "i": 1},
            without=_BOTH_MOVING.says,
        ),
        Refutation(
            r"With $\beta_1$ in place of $\alpha_i$: the first coordinate shrinks, the other one shrinks more.",
            {**_PAIR, "v": np.array([0.1, 0.08]), "i": 1},
            margin=lambda eigenvalues, eta, rho, v, i: iff(
                _lead(eigenvalues, eta, rho, v, i), constants.beta(eigenvalues[0], eta, rho) - np.linalg.norm(v)
            ),
        ),
        Refutation(
            r"With $b$ in place of $\alpha_i$.",
            {**_PAIR, "v": np.array([0.15, 0.1]), "i": 1},
            margin=lambda eigenvalues, eta, rho, v, i: iff(
                _lead(eigenvalues, eta, rho, v, i),
                constants.absorbing_radius(eigenvalues[0], eta, rho) - np.linalg.norm(v),
            ),
        ),
    ),
    depends_on=("eq-3", "lemma-4"),
    note=r"The paper assumes $\eta\lambda_1<\tfrac12$ and $\lambda_1>\lambda_2$, and so has it for every $i\ge2$.",
)


# Lemma 5.4


def _chain_and_ball(eigenvalues: Array, eta: float, rho: float) -> tuple[Array, float, float, float]:
    """β_d, …, β₁, α_d, …, α₁ in this order, and β₁, γ₁, b."""
    beta = constants.beta(eigenvalues, eta, rho)
    alpha = constants.alpha(eigenvalues[0], eigenvalues, eta, rho)
    top = eigenvalues[0]
    ball = constants.absorbing_radius(top, eta, rho)
    return np.concatenate([beta[::-1], alpha[::-1]]), beta[0], constants.gamma(top, eta, rho), ball


def _rises(numbers: Array) -> Array:
    """The steps of a non-decreasing sequence, each relative to the size of its ends."""
    size = np.maximum(np.abs(numbers[1:]), np.abs(numbers[:-1]))
    return np.asarray(np.divide(np.diff(numbers), size, out=np.zeros(numbers.size - 1), where=size > 0))


def _lemma_5_4_links(eigenvalues: Array, eta: float, rho: float) -> dict[str, float]:
    """The margin of each part of the statement."""
    order, beta, gamma, ball = _chain_and_ball(eigenvalues, eta, rho)
    smallest_alpha = order[eigenvalues.size]
    gap = (smallest_alpha - beta) / ball
    room = 1 - eta * eigenvalues[0]
    return {
        "chain": float(_rises(order).min()),
        "α₁ = γ₁": equal(order[-1], gamma, scale=gamma / room),  # both divide by a difference close to `room`
        "β₁ < b": float(_strictly((ball - beta) / ball)),
        "b < γ₁": float(_strictly((gamma - ball) / ball)),
        "b < 2β₁": float(_strictly((2 * beta - ball) / ball)),
        "γ₁ < 2b": iff(room - 0.5, ball / gamma - 0.5),
        "β₁ < α_d": float(_strictly(gap)) if eigenvalues[-1] > 0 else equal(smallest_alpha, beta),
    }


def _lemma_5_4_margin(eigenvalues: Array, eta: float, rho: float) -> float:
    return min(_lemma_5_4_links(eigenvalues, eta, rho).values())


def _lemma_5_4_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    below = (quadratics(rng, part, below=limit) for part, limit in _halves(n, 0.5, 1))
    for quadratic in chain.from_iterable(below):
        yield _flatten(rng, quadratic)


def _ball_difference(extra: int = 0) -> sp.Matrix:
    l1, eta, rho = _symbols("lambda_1 eta rho")
    beta, gamma = constants.beta(l1, eta, rho), constants.gamma(l1, eta, rho)
    b, x = constants.absorbing_radius(l1, eta, rho), eta * l1
    return sp.Matrix(
        [
            b - (1 + extra - x) * gamma,
            b - (2 - x) * beta,
            b - beta - (1 - x) * beta,
            gamma - b - x * gamma,
            constants.amplitude(l1, eta, rho) - beta / l1,
        ]
    )


def _alpha_difference(*, unweighted: bool = False) -> sp.Matrix:
    l1, lam, eta, rho = _symbols("lambda_1 lambda_i eta rho")
    first, own = (1, 1) if unweighted else (1 - eta * l1, 1 - eta * lam)
    mean = (first * constants.gamma(l1, eta, rho) + own * constants.gamma(lam, eta, rho)) / (first + own)
    alpha = constants.alpha(l1, lam, eta, rho)
    return sp.Matrix(
        [
            alpha - mean,
            alpha.subs(lam, l1) - constants.gamma(l1, eta, rho),
            alpha.subs(lam, 0) - constants.beta(l1, eta, rho),
        ]
    )


def _questions_difference(level: int = -1) -> sp.Matrix:
    """What the constants answer, with `level` the factor by which a step at ‖v‖ = β multiplies: -1."""
    l1, lam, eta, rho, r = _symbols("lambda_1 lambda_i eta rho r")
    at_gamma = constants.next_factor(lam, eta, rho, constants.gamma(lam, eta, rho))
    at_beta = constants.next_factor(lam, eta, rho, constants.beta(lam, eta, rho))
    both = [constants.next_factor(z, eta, rho, constants.alpha(l1, lam, eta, rho)) for z in (l1, lam)]
    jump = r * (1 - eta * l1 - constants.next_factor(l1, eta, rho, r))
    return sp.Matrix([at_gamma, at_beta - level, both[0] + both[1], jump - constants.absorbing_radius(l1, eta, rho)])


def _beta_step_difference(sign: int = -1) -> sp.Expr:
    lam, mu, eta, rho = _symbols("lambda_i lambda_j eta rho")
    rise = (lam - mu) * (2 * (lam + mu) + sign * eta * lam * mu) / ((2 - eta * lam) * (2 - eta * mu))
    return constants.beta(lam, eta, rho) - constants.beta(mu, eta, rho) - eta * rho * rise


def _alpha_step_difference(sign: int = -1) -> sp.Matrix:
    l1, lam, mu, eta, rho = _symbols("lambda_1 lambda_i lambda_j eta rho")
    x = eta * l1
    slopes = (2 - x - eta * lam) * (2 - x - eta * mu)
    rise = eta * rho * (lam - mu) * ((2 - x) * (lam + mu) + eta * l1**2 + sign * eta * lam * mu) / slopes
    alpha, other = constants.alpha(l1, lam, eta, rho), constants.alpha(l1, mu, eta, rho)
    return sp.Matrix([alpha - other - rise, alpha - constants.beta(l1, eta, rho) - rise.subs(mu, 0)])


def _scaled(change: dict[str, int], unit: sp.Symbol) -> sp.Matrix:
    """What a change of units does beyond multiplying lengths: each constant at the new values minus what it becomes.

    `change` has the power of `unit` that multiplies λ, η, ρ, ‖v‖ and the amplitude.
    """
    l1, lam, eta, rho, r = _symbols("lambda_1 lambda_i eta rho r")
    curvature, speed, radius, length, distance = (unit ** change[name] for name in ("lam", "eta", "rho", "v", "w"))
    new_1, new, new_eta, new_rho, new_r = l1 * curvature, lam * curvature, eta * speed, rho * radius, r * length
    c = constants
    return sp.Matrix(
        [
            c.gamma(new, new_eta, new_rho) - length * c.gamma(lam, eta, rho),
            c.beta(new, new_eta, new_rho) - length * c.beta(lam, eta, rho),
            c.alpha(new_1, new, new_eta, new_rho) - length * c.alpha(l1, lam, eta, rho),
            c.absorbing_radius(new_1, new_eta, new_rho) - length * c.absorbing_radius(l1, eta, rho),
            c.amplitude(new_1, new_eta, new_rho) - distance * c.amplitude(l1, eta, rho),
            c.next_factor(new, new_eta, new_rho, new_r) - c.next_factor(lam, eta, rho, r),
        ]
    )


_CURVATURE_UNITS = {"lam": 1, "eta": -1, "rho": 0, "v": 1, "w": 0}
_DISTANCE_UNITS = {"lam": 0, "eta": 0, "rho": 1, "v": 1, "w": 1}


def _three(l1: Any, l2: Any, l3: Any, eta: Any, rho: Any) -> list[Any]:
    return [l1 >= l2, l2 >= l3, l3 >= 0, l1 > 0, eta > 0, rho > 0, eta * l1 < 1]


def _chain_of_three(l1: Any, l2: Any, l3: Any, eta: Any, rho: Any) -> list[Any]:
    betas = [constants.beta(lam, eta, rho) for lam in (l3, l2, l1)]
    return [*betas, *(constants.alpha(l1, lam, eta, rho) for lam in (l3, l2, l1))]


LEMMA_5_4 = Claim(
    id="lemma-5-4",
    title="The order of the constants",
    section="4.1",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d\ge0$, $\lambda_1>0$ and $0<\eta\lambda_1<1$. Then "
        r"$\beta_d\le\dots\le\beta_1\le\alpha_d\le\dots\le\alpha_1=\gamma_1$, and $\beta_1=\alpha_d$ only "
        r"if $\lambda_d=0$. Moreover $\beta_1<b<\gamma_1$ and $b<2\beta_1$, and $b>\gamma_1/2$ if and only if "
        r"$\eta\lambda_1<\tfrac12$."
    ),
    hypotheses=(ORDERED, BELOW_ONE),
    margin=_lemma_5_4_margin,
    instances=_lemma_5_4_instances,
    identities=(
        Identity(
            r"$b=(1-x)\gamma_1=(2-x)\beta_1$, $b-\beta_1=(1-x)\beta_1$, $\gamma_1-b=x\gamma_1$ with "
            r"$x=\eta\lambda_1$, and $a=\beta_1/\lambda_1$",
            _ball_difference,
            lambda: _ball_difference(extra=1),
        ),
        Identity(
            r"$\alpha_i$ is the mean of $\gamma_1$ and $\gamma_i$ with weights $1-\eta\lambda_1$ and "
            r"$1-\eta\lambda_i$; it is $\gamma_1$ at $\lambda_i=\lambda_1$ and $\beta_1$ at $\lambda_i=0$",
            _alpha_difference,
            lambda: _alpha_difference(unweighted=True),
        ),
        Identity(
            r"a step multiplies coordinate $i$ by $0$ at $\norm v=\gamma_i$, by $-1$ at $\beta_i$, coordinates $1$ and "
            r"$i$ by opposite numbers at $\alpha_i$; and it sends $v$ on the first axis to "
            r"$\bigl((1-\eta\lambda_1)\norm v-b\bigr)v/\norm v$",
            _questions_difference,
            lambda: _questions_difference(level=1),
        ),
        Identity(
            r"$\beta_i-\beta_j=\eta\rho(\lambda_i-\lambda_j)\,n/(q_iq_j)$ with $q_i=2-\eta\lambda_i$ and "
            r"$n=2(\lambda_i+\lambda_j)-\eta\lambda_i\lambda_j$",
            _beta_step_difference,
            lambda: _beta_step_difference(sign=1),
        ),
        Identity(
            r"$\alpha_i-\alpha_j=\eta\rho(\lambda_i-\lambda_j)\,n/(p_ip_j)$ with $p_i=2-x-\eta\lambda_i$ and "
            r"$n=(2-x)(\lambda_i+\lambda_j)+\eta\lambda_1^2-\eta\lambda_i\lambda_j$; with $\lambda_j=0$ this is "
            r"$\alpha_i-\beta_1$",
            _alpha_step_difference,
            lambda: _alpha_step_difference(sign=1),
        ),
        Identity(
            r"$(\Lambda,\eta)\mapsto(s\Lambda,\eta/s)$ multiplies $\gamma_i,\beta_i,\alpha_i,b$ and $\norm v$ by $s$, "
            r"and leaves $a$ and the step of $w$ as they are",
            lambda: _scaled(_CURVATURE_UNITS, _symbols("s")),
            lambda: _scaled({**_CURVATURE_UNITS, "eta": 0}, _symbols("s")),
        ),
        Identity(
            r"$(w,\rho)\mapsto(cw,c\rho)$ multiplies $\gamma_i,\beta_i,\alpha_i,b$, $\norm v$ and $a$ by $c$",
            lambda: _scaled(_DISTANCE_UNITS, _symbols("c")),
            lambda: _scaled({**_DISTANCE_UNITS, "rho": 2}, _symbols("c")),
        ),
    ),
    certificates=(
        Certificate(
            r"$\beta_j<\beta_i$ for $\lambda_j<\lambda_i$, as long as $\eta\lambda_i<2$",
            "lam mu eta rho",
            lambda lam, mu, eta, rho: [lam > mu, mu >= 0, eta > 0, rho > 0, eta * lam < 2],
            lambda lam, mu, eta, rho: constants.beta(mu, eta, rho) < constants.beta(lam, eta, rho),
            Variation(
                r"without $\eta\lambda_i<2$",
                hypotheses=lambda lam, mu, eta, rho: [lam > mu, mu >= 0, eta > 0, rho > 0],
            ),
        ),
        Certificate(
            r"$\beta_1\le\alpha_i$, with equality only for $\lambda_i=0$, as long as $\eta(\lambda_1+\lambda_i)<2$",
            "l1 lam eta rho",
            lambda l1, lam, eta, rho: [l1 >= lam, lam >= 0, l1 > 0, eta > 0, rho > 0, eta * (l1 + lam) < 2],
            lambda l1, lam, eta, rho: z3.And(
                constants.beta(l1, eta, rho) <= constants.alpha(l1, lam, eta, rho),
                (constants.beta(l1, eta, rho) == constants.alpha(l1, lam, eta, rho)) == (lam == 0),
            ),
            Variation(
                r"without $\eta(\lambda_1+\lambda_i)<2$",
                hypotheses=lambda l1, lam, eta, rho: [l1 >= lam, lam >= 0, l1 > 0, eta > 0, rho > 0],
            ),
        ),
        Certificate(
            r"$\alpha_j<\alpha_i$ for $\lambda_j<\lambda_i\le\lambda_1$",
            "l1 lam mu eta rho",
            lambda l1, lam, mu, eta, rho: [l1 >= lam, lam > mu, mu >= 0, eta > 0, rho > 0, eta * l1 < 1],
            lambda l1, lam, mu, eta, rho: constants.alpha(l1, mu, eta, rho) < constants.alpha(l1, lam, eta, rho),
            Variation(
                r"without $\eta\lambda_1<1$",
                hypotheses=lambda l1, lam, mu, eta, rho: [l1 >= lam, lam > mu, mu >= 0, eta > 0, rho > 0],
            ),
        ),
        Certificate(
            r"$\beta_1<b<\gamma_1$ and $b<2\beta_1$",
            "l1 eta rho",
            lambda l1, eta, rho: [l1 > 0, eta > 0, rho > 0, eta * l1 < 1],
            lambda l1, eta, rho: z3.And(
                constants.beta(l1, eta, rho) < constants.absorbing_radius(l1, eta, rho),
                constants.absorbing_radius(l1, eta, rho) < constants.gamma(l1, eta, rho),
                constants.absorbing_radius(l1, eta, rho) < 2 * constants.beta(l1, eta, rho),
            ),
            Variation(
                r"for $\eta\lambda_1<2$",
                hypotheses=lambda l1, eta, rho: [l1 > 0, eta > 0, rho > 0, eta * l1 < 2],
            ),
        ),
        Certificate(
            r"$b>\gamma_1/2$ if and only if $\eta\lambda_1<\tfrac12$",
            "l1 eta rho",
            lambda l1, eta, rho: [l1 > 0, eta > 0, rho > 0, eta * l1 < 1],
            lambda l1, eta, rho: (
                (2 * constants.absorbing_radius(l1, eta, rho) > constants.gamma(l1, eta, rho)) == (2 * eta * l1 < 1)
            ),
            Variation(
                r"$b>\gamma_1/2$ throughout",
                conclusion=lambda l1, eta, rho: (
                    2 * constants.absorbing_radius(l1, eta, rho) > constants.gamma(l1, eta, rho)
                ),
            ),
        ),
        Certificate(
            "the whole chain for $d=3$",
            "l1 l2 l3 eta rho",
            _three,
            lambda l1, l2, l3, eta, rho: z3.And(
                *(
                    small <= large
                    for small, large in zip(
                        _chain_of_three(l1, l2, l3, eta, rho)[:-1],
                        _chain_of_three(l1, l2, l3, eta, rho)[1:],
                        strict=True,
                    )
                ),
                constants.alpha(l1, l1, eta, rho) == constants.gamma(l1, eta, rho),
            ),
            Variation(
                r"with $b\le\alpha_3$ for $\beta_1\le\alpha_3$",
                conclusion=lambda l1, l2, l3, eta, rho: (
                    constants.absorbing_radius(l1, eta, rho) <= constants.alpha(l1, l3, eta, rho)
                ),
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta\lambda_1=1.2$ the ball is smaller than the bounce, $b<\beta_1$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 1.2, "rho": 1.0},
            without=BELOW_ONE.says,
        ),
        Refutation(
            r"With the eigenvalues in another order the $\beta$ are so too.",
            {"eigenvalues": np.array([0.5, 1.0]), "eta": 0.2, "rho": 1.0},
            without=ORDERED.says,
        ),
        Refutation(
            r"$b$ has no place in the chain: $b\le\alpha_d$ is false.",
            _PAIR,
            margin=lambda eigenvalues, eta, rho: (
                constants.alpha(eigenvalues[0], eigenvalues[-1], eta, rho)
                / constants.absorbing_radius(eigenvalues[0], eta, rho)
                - 1
            ),
        ),
        Refutation(
            r"With $\gamma_i$ in place of $\alpha_i$: $\beta_1\le\gamma_d$ is false.",
            _PAIR,
            margin=lambda eigenvalues, eta, rho: (
                constants.gamma(eigenvalues[-1], eta, rho) / constants.beta(eigenvalues[0], eta, rho) - 1
            ),
        ),
        Refutation(
            r"$\beta_1<\alpha_d$ needs $\lambda_d>0$: they are equal for $\lambda_d=0$.",
            {"eigenvalues": np.array([1.0, 0.0]), "eta": 0.2, "rho": 1.0},
            margin=lambda eigenvalues, eta, rho: _strictly(
                constants.alpha(eigenvalues[0], eigenvalues[-1], eta, rho) - constants.beta(eigenvalues[0], eta, rho)
            ),
        ),
    ),
    note=(
        r"The paper states the chain, $\beta_1<b$ and the strict link, under $\eta\lambda_1<\tfrac12$; "
        r"$b<\gamma_1$, $b<2\beta_1$ and $\gamma_1<2b$ are added here because Sections 4.2 and 4.4 need them."
    ),
)


# Lemma 5.5

_AT_MOST_ONE = Hypothesis(r"$\eta\lambda_1\le1$", lambda eigenvalues, eta, **_: bool(eta * eigenvalues[0] <= 1))
_INSIDE = Hypothesis(
    r"$\norm{v_t}\le b$",
    lambda eigenvalues, eta, rho, v, **_: bool(
        np.linalg.norm(v) <= constants.absorbing_radius(eigenvalues[0], eta, rho)
    ),
)


def _room(radius: float, eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    """1 - ‖v₊‖/radius."""
    return 1 - float(np.linalg.norm(step(eigenvalues, eta, rho, v))) / radius


def _lemma_5_5_margin(eigenvalues: Array, eta: float, rho: float, v: Array) -> float:
    return _room(constants.absorbing_radius(eigenvalues[0], eta, rho), eigenvalues, eta, rho, v)


def _lemma_5_5_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=1):
        instance = _flatten(rng, quadratic)
        if rng.integers(5) == 0:
            instance["eta"] = 1 / float(instance["eigenvalues"][0])  # ηλ₁ = 1, up to rounding
        yield {**instance, "v": next(gradients(rng, instance, inside=True))}


def _squared_length_difference(d: int, sign: int = 1) -> sp.Expr:
    """‖v‖²(b² - ‖v₊‖²), from the definition of the step, minus the sum over coordinates in Lemma 5.5's proof."""
    eigenvalues = _symbols(f"lambda_1:{d + 1}")
    eta, rho, r = _symbols("eta rho r")
    v = sp.symbols(f"v_1:{d + 1}", real=True)
    b = constants.absorbing_radius(eigenvalues[0], eta, rho)
    difference = r**2 * b**2
    for lam, own in zip(eigenvalues, v, strict=True):
        after = own - eta * lam * (own + rho * lam * own / r)
        kept, pushed = (1 - eta * lam) * r, eta * rho * lam**2
        difference -= r**2 * after**2 + own**2 * (b - kept + sign * pushed) * (b + kept - pushed)
    return sp.expand(sp.expand(difference).subs(v[-1] ** 2, r**2 - sum(own**2 for own in v[:-1])))


def _squared_length(d: int, says: str) -> Identity:
    return Identity(says, lambda: _squared_length_difference(d), lambda: _squared_length_difference(d, sign=-1))


def _stays(l1: Any, lam: Any, eta: Any, rho: Any, r: Any) -> Any:
    """One coordinate's share of ‖v₊‖² ≤ b²: (factor·‖v‖)² ≤ b²."""
    return (constants.next_factor(lam, eta, rho, r) * r) ** 2 <= constants.absorbing_radius(l1, eta, rho) ** 2


def _plane(l1: Any, l2: Any, eta: Any, rho: Any, v1: Any, v2: Any, r: Any) -> list[Any]:
    return [
        *[l1 >= l2, l2 >= 0, l1 > 0, eta > 0, rho > 0],
        *[r > 0, r * r == v1 * v1 + v2 * v2, r <= constants.absorbing_radius(l1, eta, rho)],
    ]


LEMMA_5_5 = Claim(
    id="lemma-5-5",
    title="The ball that is not left",
    section="4.1",
    chapter=CHAPTER,
    statement=r"Let $\eta\lambda_1\le1$ and $v_t\ne0$. If $\norm{v_t}\le b$, then $\norm{v_{t+1}}\le b$.",
    hypotheses=(ORDERED, _AT_MOST_ONE, NONZERO, _INSIDE),
    margin=_lemma_5_5_margin,
    instances=_lemma_5_5_instances,
    identities=(
        _squared_length(
            2,
            r"$b^2-\norm{v_{t+1}}^2=\sum_i\frac{v_{t,i}^2}{r^2}(b-c_i)(b+c_i)$ with $r=\norm{v_t}$ and "
            r"$c_i=(1-\eta\lambda_i)r-\eta\rho\lambda_i^2$, the whole vector for $d=2$",
        ),
        _squared_length(3, "the same for $d=3$"),
        _squared_length(4, "the same for $d=4$"),
    ),
    certificates=(
        Certificate(
            r"for one coordinate in any dimension: $v_{t+1,i}^2\le b^2\,v_{t,i}^2/\norm{v_t}^2$",
            "l1 lam eta rho r",
            lambda l1, lam, eta, rho, r: [
                *[l1 >= lam, lam >= 0, l1 > 0, eta > 0, rho > 0, eta * l1 <= 1],
                *[r > 0, r <= constants.absorbing_radius(l1, eta, rho)],
            ],
            _stays,
            Variation(
                r"without $\eta\lambda_1\le1$",
                hypotheses=lambda l1, lam, eta, rho, r: [
                    *[l1 >= lam, lam >= 0, l1 > 0, eta > 0, rho > 0],
                    *[r > 0, r <= constants.absorbing_radius(l1, eta, rho)],
                ],
            ),
        ),
        Certificate(
            "the whole vector for $d=2$",
            "l1 l2 eta rho v1 v2 r",
            lambda l1, l2, eta, rho, v1, v2, r: [*_plane(l1, l2, eta, rho, v1, v2, r), eta * l1 <= 1],
            # the step by its definition, multiplied by ‖v‖ > 0
            lambda l1, l2, eta, rho, v1, v2, r: (
                (v1 * r - eta * l1 * (v1 * r + rho * l1 * v1)) ** 2
                + (v2 * r - eta * l2 * (v2 * r + rho * l2 * v2)) ** 2
                <= (constants.absorbing_radius(l1, eta, rho) * r) ** 2
            ),
            Variation(r"without $\eta\lambda_1\le1$", hypotheses=_plane),
        ),
        Certificate(
            r"for $\eta\lambda_1>1$ every point of the first axis in the ball leaves it",
            "l1 eta rho r",
            lambda l1, eta, rho, r: [
                *[l1 > 0, eta > 0, rho > 0, eta * l1 > 1, r > 0, r <= constants.absorbing_radius(l1, eta, rho)]
            ],
            lambda l1, eta, rho, r: z3.Not(_stays(l1, l1, eta, rho, r)),
            Variation(
                r"for $\eta\lambda_1\ge1$",
                hypotheses=lambda l1, eta, rho, r: [
                    *[l1 > 0, eta > 0, rho > 0, eta * l1 >= 1, r > 0, r <= constants.absorbing_radius(l1, eta, rho)]
                ],
            ),
        ),
        Certificate(
            r"no smaller ball: from every radius $R<b$ the points of the first axis close to $0$ leave",
            "l1 eta rho R r",
            lambda l1, eta, rho, R, r: [
                *[l1 > 0, eta > 0, rho > 0, eta * l1 <= 1, R > 0, constants.absorbing_radius(l1, eta, rho) > R],
                *[r > 0, r <= R, (1 - eta * l1) * r < constants.absorbing_radius(l1, eta, rho) - R],
            ],
            lambda l1, eta, rho, R, r: (constants.next_factor(l1, eta, rho, r) * r) ** 2 > R**2,
            Variation(
                "with the points anywhere in the smaller ball",
                hypotheses=lambda l1, eta, rho, R, r: [
                    *[l1 > 0, eta > 0, rho > 0, eta * l1 <= 1, R > 0, constants.absorbing_radius(l1, eta, rho) > R],
                    *[r > 0, r <= R],
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta\lambda_1=1.2$ the first axis leaves the ball.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 1.2, "rho": 1.0, "v": np.array([0.5, 0.0])},
            without=_AT_MOST_ONE.says,
        ),
        Refutation(
            r"From far outside, one step does not reach the ball.",
            {**_PAIR, "v": np.array([2.0, 1.0])},
            without=_INSIDE.says,
        ),
        Refutation(
            r"With the largest eigenvalue not in the first place, $b$ is too small.",
            {"eigenvalues": np.array([0.5, 1.0]), "eta": 0.2, "rho": 1.0, "v": np.array([0.0, 0.01])},
            without=ORDERED.says,
        ),
        Refutation(
            r"With $\beta_1$ in place of $b$: from close to $0$ a step is nearly as long as $b$.",
            {**_PAIR, "v": np.array([0.01, 0.0])},
            margin=lambda eigenvalues, eta, rho, v: _room(
                constants.beta(eigenvalues[0], eta, rho), eigenvalues, eta, rho, v
            ),
        ),
        Refutation(
            r"With the plus lost: $v_{t+1}=v_t-\eta\Lambda(v_t-\rho\Lambda v_t/\norm{v_t})$ leaves from the edge.",
            {**_PAIR, "v": np.array([0.2, 0.0])},
            margin=lambda eigenvalues, eta, rho, v: _room(
                constants.absorbing_radius(eigenvalues[0], eta, rho), eigenvalues, eta, -rho, v
            ),
        ),
    ),
    on_paper=r"The sum over $i$: the weights $v_{t,i}^2/\norm{v_t}^2$ add up to 1.",
    depends_on=("eq-3",),
    note=(
        r"The paper assumes $\eta\lambda_1<\tfrac12$. The lemma is exact at both ends: false for every "
        r"$\eta\lambda_1>1$, and $b$ is the smallest radius for which it holds."
    ),
)

CLAIMS = (LEMMA_4, LEMMA_5_1, LEMMA_5_2, LEMMA_5_3, LEMMA_5_4, LEMMA_5_5)
