"""Section 3: the step on a quadratic, Theorems 1 and 2, and what goes past them: larger steps and the exact speed."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import bounds, constants, symbolic
from samlib._validation import Array
from samlib.claims._claim import (
    Certificate,
    Claim,
    Hypothesis,
    Identity,
    Instance,
    Refutation,
    Variation,
    equal,
    strictly,
)
from samlib.claims._quadratics import GAP, POSITIVE, SMALL_STEP, STABLE, ascent, gradients, quadratics
from samlib.losses import Quadratic
from samlib.optimizers import SAM
from samlib.quadratic import QuadraticSAM

__all__ = ["CLAIMS"]

CHAPTER = "03-bouncing-across-ravines"


# Equation (3)

_NONNEGATIVE = Hypothesis(
    r"$\lambda_1\ge\dots\ge\lambda_d\ge0$, $\eta>0$, $\rho>0$",
    lambda eigenvalues, eta, rho, **_: bool(
        eigenvalues[-1] >= 0 and np.all(np.diff(eigenvalues) <= 0) and eta > 0 and rho > 0
    ),
)
_MOVING = Hypothesis(r"$\Lambda w\ne0$", lambda eigenvalues, w, **_: bool(np.any(eigenvalues * w != 0)))


def _sam(eigenvalues: Array, eta: float, rho: float, w: Array) -> Array:
    """SAM's step on the quadratic by its definition; a critical point stays."""
    v = eigenvalues * w
    return w - eta * eigenvalues * (w + ascent(v, rho))


def _eq_3_margin(eigenvalues: Array, eta: float, rho: float, w: Array, power: int = 2) -> float:
    """The definition and the library against the product form, and both changes of units."""
    r = float(np.linalg.norm(eigenvalues * w))
    pull = eta * rho * eigenvalues**power / r
    size = np.max((1 + eta * eigenvalues + pull) * np.abs(w))
    after = _sam(eigenvalues, eta, rho, w)
    loss = Quadratic(eigenvalues)
    factors = constants.next_factor(eigenvalues, eta, rho, r) if power == 2 else 1 - eta * eigenvalues - pull
    s, c = 2.0**5, 2.0**-7  # powers of 2 change no digit
    return min(
        equal(after, factors * w, size),
        equal(SAM(eta, rho).step(loss, w), factors * w, size),
        equal(_sam(s * eigenvalues, eta / s, rho, w), after, size),
        equal(_sam(eigenvalues, eta, c * rho, c * w), c * after, c * size),
    )


def _eq_3_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=2.0):
        w = next(gradients(rng, quadratic)) / quadratic["eigenvalues"]
        lam = np.asarray(quadratic["eigenvalues"])
        if rng.integers(4) == 0 and np.any(w[:-1] != 0):
            lam = np.append(lam[:-1], 0.0)
        yield {**quadratic, "eigenvalues": lam, "w": w}


def _index_step(sign: int = 1) -> Any:
    """Coordinate i of SAM's flipped step, from its definition, minus -(1 - ηλᵢ - ηρλᵢ²/‖Λu‖)uᵢ."""
    one = symbolic.derive_index()
    factor = constants.next_factor(one.eigenvalues[0], one.eta, sign * one.rho, one.norm)
    return one.sam_step + factor * one.u[0]


def _whole_step(d: int, sign: int = 1) -> Any:
    whole = symbolic.derive(d)
    factors = [constants.next_factor(lam, whole.eta, sign * whole.rho, whole.norm) for lam in whole.eigenvalues]
    residual = whole.sam_step + sp.Matrix([factor * u for factor, u in zip(factors, whole.u, strict=True)])
    return residual.applyfunc(whole.compact)


def _rescaled(case: str, wrong: bool = False) -> Any:
    """The factor of a coordinate before and after a change of units, or in the form with γ."""
    lam, eta, rho, r, s = sp.symbols("lambda eta rho r s", positive=True)
    factor = constants.next_factor(lam, eta, rho, r)
    match case:
        case "loss":
            return factor - constants.next_factor(s * lam, eta if wrong else eta / s, rho, s * r)
        case "length":
            return factor - constants.next_factor(lam, eta, rho if wrong else s * rho, s * r)
        case _:
            gamma = constants.gamma(lam, eta, rho) * (2 if wrong else 1)
            return factor - (1 - eta * lam) * (r - gamma) / r


EQ_3 = Claim(
    id="eq-3",
    title="The step on a quadratic",
    section="3",
    chapter=CHAPTER,
    statement=(
        r"On $\ell(w)=\frac12w^\top\Lambda w$ with $\lambda_1\ge\dots\ge\lambda_d\ge0$, and for $\Lambda "
        r"w_t\ne0$, SAM's "
        r"step is $w_{t+1}=\bigl(I-\eta\Lambda-\frac{\eta\rho}{\norm{\Lambda w_t}}\Lambda^2\bigr)w_t$. "
        r"The changes of units $(\Lambda,\eta)\mapsto(s\Lambda,\eta/s)$ and $(w,\rho)\mapsto(cw,c\rho)$, $s,c>0$, "
        r"turn runs into runs: the first leaves all $w_t$ as they are, the second multiplies them by $c$. "
        r"Where $\eta\lambda_i<1$ the factor of coordinate $i$ is "
        r"$(1-\eta\lambda_i)\frac{\norm{\Lambda w_t}-\gamma_i}{\norm{\Lambda w_t}}$."
    ),
    hypotheses=(_NONNEGATIVE, _MOVING),
    margin=_eq_3_margin,
    instances=_eq_3_instances,
    identities=(
        Identity("the factor of a general coordinate in every dimension", _index_step, partial(_index_step, sign=-1)),
        *(
            Identity(f"the step in whole vectors, $d={d}$", partial(_whole_step, d), partial(_whole_step, d, sign=-1))
            for d in (2, 3, 4)
        ),
        Identity(
            r"invariance under $(\Lambda,\eta)\mapsto(s\Lambda,\eta/s)$",
            partial(_rescaled, "loss"),
            partial(_rescaled, "loss", wrong=True),
        ),
        Identity(
            r"invariance under $(w,\rho)\mapsto(cw,c\rho)$",
            partial(_rescaled, "length"),
            partial(_rescaled, "length", wrong=True),
        ),
        Identity(
            r"$1-\eta\lambda-\frac{\eta\rho\lambda^2}r=(1-\eta\lambda)\frac{r-\gamma}r$",
            partial(_rescaled, "gamma"),
            partial(_rescaled, "gamma", wrong=True),
        ),
    ),
    refutations=(
        Refutation(
            r"With $\Lambda$ in place of $\Lambda^2$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "w": np.array([2.0, 2.0])},
            margin=partial(_eq_3_margin, power=1),
        ),
    ),
    on_paper="That a rotation and a shift of the loss rotate and shift the run.",
    depends_on=("eq-2",),
)


# Runs

_ACCURACY = 1e-6
_PATIENCE = 20_000


def _distance(eigenvalues: Array, eta: float, rho: float, w: Array) -> float:
    """How close (-1)ᵗw_t comes to ±a e₁ and stays for one more step, in units of a; the run stops when that is 1e-6."""
    a = abs(constants.amplitude(eigenvalues[0], eta, rho))
    slope, pull, squares = 1 - eta * eigenvalues, eta * rho * eigenvalues**2, eigenvalues**2
    u, before = np.array(w, dtype=float), np.inf
    error = np.inf
    for _ in range(_PATIENCE):
        r = math.sqrt(squares @ (u * u))
        if not 0 < r < 1e100:
            return np.inf
        u = (pull / r - slope) * u
        rest = u[1:]
        error = math.hypot(abs(u[0]) - a, math.sqrt(rest @ rest)) / a
        if max(error, before) < _ACCURACY:
            break
        before = error
    return error


def _settles(eigenvalues: Array, eta: float, rho: float, w: Array) -> float:
    return 1 - _distance(eigenvalues, eta, rho, w) / _ACCURACY


def _first_survives(eigenvalues: Array, eta: float, rho: float, w: Array, **_: Any) -> bool:
    """Whether w_{t,1} ≠ 0 for all t, as far as doubles can tell: for ηλ₁ < 1, no ‖v_t‖ within rounding of γ₁.

    A run is followed for 100 steps or until its length cannot come back to γ₁.
    """
    if w[0] == 0 or eta * eigenvalues[0] >= 1:
        return bool(w[0] != 0)
    v, gamma = eigenvalues * w, constants.gamma(eigenvalues[0], eta, rho)
    b = constants.absorbing_radius(eigenvalues[0], eta, rho)
    for _step in range(100):
        r = float(np.linalg.norm(v))
        if abs(r - gamma) <= 1e-14 * gamma:
            return False
        if r <= b:
            return True
        v = constants.next_factor(eigenvalues, eta, rho, r) * v
    return True


_ALIVE = Hypothesis(r"$w_{t,1}\ne0$ for all $t$", _first_survives)


def _decided(rng: np.random.Generator, n: int, below: float) -> Iterator[Instance]:
    """Runs that converge within the patience: 1 - r∞ ≥ 1/50, λ_d ≥ λ₁/5, starts from a/1000 to 1000 a.

    Edges: ηλ₁ = 1 and a hair beside it, close to `below` (up to 1.98); λ₁ and ρ far from 1; first coordinates of 1e-12
    """
    made = 0
    while made < n:
        d = int(rng.integers(1, 13))
        ratios = rng.uniform(0.2, 0.97, d)
        ratios[0] = 1.0
        if rng.integers(5) == 0:
            ratios[1:] = rng.choice(ratios)
            ratios[1:] = np.where(ratios[1:] == 1, 0.5, ratios[1:])
        top, rho = 10 ** rng.uniform(-3, 3), 10 ** rng.uniform(-3, 3)
        close = min(below * (1 - 10 ** rng.uniform(-6, -2)), rng.uniform(1.95, 1.98))
        around_one = rng.choice([1.0, 1 - 1e-9, 1 + 1e-9])
        x = rng.choice([*(rng.uniform(0.03, 1, 4) * min(below, 1.98)), close, close, around_one])
        lam = top * np.sort(ratios)[::-1]
        if not x < below or _rate(lam, x / top) > 0.98:
            continue
        w = rng.normal(size=d) * 10 ** rng.uniform(-3, 3) * constants.amplitude(top, x / top, rho)
        if rng.integers(3) == 0:
            w[0] *= 1e-12
        if rng.integers(6) == 0:
            w[1:] = 0.0
        made += 1
        yield {"eigenvalues": lam, "eta": float(x / top), "rho": float(rho), "w": w}


# Theorem 1


def _threshold(theory: QuadraticSAM, radius: float, first_square: float, density: float, failure: float) -> float:
    """The least of 1/e and of eleven monomials, below which ε must be in Theorem 1."""
    lam_1, lam_d = float(theory.eigenvalues[0]), float(theory.eigenvalues[-1])
    eta, rho = theory.eta, theory.rho
    plain = [1 / lam_1, lam_d, eta, failure, rho, 1 / rho, 1 / density, 1 / radius, first_square]
    return min(math.exp(-1), *plain, 1 / (2 * rho * lam_1**2), eta * rho * lam_d / 2)


def _theorem_1_margin(
    eigenvalues: Array,
    eta: float,
    rho: float,
    w: Array,
    epsilon: float,
    radius: float,
    first_square: float,
    density: float,
    failure: float,
    power: int = 5,
    bare: bool = False,
) -> float:
    """The packaged time against Theorem 3's and against the explicit one, as logarithms; the run's own accuracy."""
    single = eigenvalues.size == 1 or eigenvalues[0] > eigenvalues[1]
    if eigenvalues[-1] >= eigenvalues[0] / 5 and (_rate(eigenvalues, eta) <= 0.98 or not single):
        settled = _settles(eigenvalues, eta, rho, w)
        if settled < 0:
            return settled
    theory = QuadraticSAM(eigenvalues, eta, rho)
    given = (theory, epsilon, radius, first_square, density, failure)
    from_theorem_3, explicit = bounds.theorem_3(*given).total, bounds.explicit_time(*given)
    small, ratio = eta * eigenvalues[-1], eigenvalues[0] / eigenvalues[-1]
    share = eigenvalues.size if bare else eigenvalues.size / (small**2 * theory.mu)
    packaged = (ratio**power / (small * theory.mu) + share) * math.log(1 / epsilon) ** 3
    return min(
        math.log(512 * packaged / from_theorem_3),
        math.log(200 * packaged / explicit),
        equal(bounds.theorem_1(theory, epsilon), packaged) if power == 5 and not bare else 0.0,
    )


def _start_within(w: Array, radius: float, first_square: float, **_: Any) -> bool:
    return bool(np.linalg.norm(w) <= radius * (1 + 1e-12) and w[0] ** 2 >= first_square * (1 - 1e-12) > 0)


def _small_enough(
    eigenvalues: Array,
    eta: float,
    rho: float,
    epsilon: float,
    radius: float,
    first_square: float,
    density: float,
    failure: float,
    **_: Any,
) -> bool:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    return bool(0 < epsilon < _threshold(theory, radius, first_square, density, failure))


_EVENT = Hypothesis(r"$\norm{w_0}\le R$, $w_{0,1}^2\ge q>0$", _start_within)
_EPSILON = Hypothesis(r"$0<\epsilon<$ the threshold", _small_enough)
_BEYOND = Hypothesis(
    r"$R>\eta\rho\lambda_1$", lambda eigenvalues, eta, rho, radius, **_: bool(radius > eta * rho * eigenvalues[0])
)


def _with_distribution(
    rng: np.random.Generator, quadratic: Instance, w: Array, shrink: float | None = None
) -> dict[str, Any]:
    """R, q, A, δ and ε for a start: A at least that of the uniform law on the ball of radius R."""
    lam, eta, rho = quadratic["eigenvalues"], quadratic["eta"], quadratic["rho"]
    d, least = w.size, 1.001 * eta * rho * lam[0]
    radius = max(float(np.linalg.norm(w)), least) * float(rng.choice([1.0, 10 ** rng.uniform(0, 3)]))
    failure = float(10 ** rng.uniform(-6, -0.31))
    log_ball = d / 2 * math.log(math.pi) + d * math.log(radius) - math.lgamma(d / 2 + 1)
    density = math.exp(rng.uniform(0, 5) - log_ball)
    given: dict[str, Any] = {
        "radius": radius,
        "first_square": float(w[0] ** 2),
        "density": density,
        "failure": failure,
    }
    limit = _threshold(QuadraticSAM(lam, eta, rho), **given)
    return given | {"epsilon": limit * (1 - 1e-12 if shrink is None else shrink)}


def _theorem_1_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """A fifth of the instances are runs that are followed to the end; the others test the bounds on any quadratic."""
    for instance in _decided(rng, n // 5, 0.5):
        yield {**instance, **_with_distribution(rng, instance, instance["w"], 10 ** rng.uniform(-6, 0))}
    for quadratic in quadratics(rng, n - n // 5, gap=True):
        v = next(gradients(rng, quadratic, nonzero_first=True))
        w = v / quadratic["eigenvalues"]
        shrink = None if rng.integers(2) else 10 ** rng.uniform(-9, 0)
        yield {**quadratic, "w": w, **_with_distribution(rng, quadratic, w, shrink)}


_LOGS = "ell d eta rho lam_1 lam_d radius first density failure"


def _logarithms(
    ell: Any,
    d: Any,
    eta: Any,
    rho: Any,
    lam_1: Any,
    lam_d: Any,
    radius: Any,
    first: Any,
    density: Any,
    failure: Any,
) -> list[Any]:
    """The threshold of Theorem 1 in logarithms, ell = log(1/ε); every name stands for the logarithm of its number."""
    upper = [lam_1, -lam_d, -eta, -failure, -rho, rho, density, radius, -first]
    return [ell >= 1, d >= 1, *(value <= ell for value in upper), lam_d <= lam_1, eta + lam_1 <= 0, failure <= 0]


def _late(eta: Any, rho: Any, lam_1: Any, radius: Any) -> Any:
    """log(R/(ηρλ₁))."""
    return radius - eta - rho - lam_1


def _growth(d: Any, eta: Any, rho: Any, lam_1: Any, lam_d: Any, radius: Any) -> Any:
    """At least log(9·6^{d+3}R³/((ηλ_d)^{d+3}(ηρλ₁)³)); log 9 < 2.2 and log 6 < 1.8, since Z3 computes with "
    "rationals."""
    return z3.Q(22, 10) + (d + 3) * (z3.Q(18, 10) - eta - lam_d) + 3 * _late(eta, rho, lam_1, radius)


def _odds(ell: Any, d: Any, eta: Any, rho: Any, lam_1: Any, lam_d: Any, radius: Any, density: Any, failure: Any) -> Any:
    """At least log(2λ₁R·A'π^{d/2}(4b)^{d-1}L/(Γ(d/2)δηλ_d)), by 4b < 2ρλ₁, A' ≤ A/λ_d^d and L ≤ 4ℓ ≤ 4e^{ℓ-1}.

    log 2 < 0.7, log 4 < 1.4, ½ log π < 0.58, and Γ(d/2) > 0.88.
    """
    sphere = z3.Q(58, 100) * d + z3.Q(13, 100) + (d - 1) * (z3.Q(7, 10) + rho + lam_1)
    return z3.Q(7, 10) + lam_1 + radius + density - d * lam_d + sphere + z3.Q(14, 10) + ell - 1 - eta - lam_d - failure


def _range_of_lemma_17(lam_1: Any, lam_d: Any, eta: Any, rho: Any, epsilon: Any) -> Any:
    """ε' = λ_dε/2, and so every smaller one, below Lemma 17's four limits; the first squared, denominators cleared."""
    x, b, small = eta * lam_1, constants.absorbing_radius(lam_1, eta, rho), lam_d * epsilon / 2
    return z3.And(
        2 * (2 - x) * small * small < x * (1 - x),
        2 * b * small < x * (1 - x),
        b * small < 1,
        2 * (2 - x) * small < b,
    )


def _packaged(ell: Any, d: Any, small: Any, mu: Any, power: Any) -> Any:
    """κ⁵/(ηλ_dμ) and d/((ηλ_d)²μ), with power = κ⁵ and small = ηλ_d."""
    return power / (small * mu) + d / (small * small * mu)


def _six_terms(ell: Any, d: Any, small: Any, mu: Any, power: Any) -> Any:
    """Theorem 3's six terms with its logarithms replaced by their bounds; 1/(ηλ₁) ≤ 1/(ηλ_d)."""
    escape = power / (small * mu) * 4 * ell
    accuracy, start = 11 * ell / mu, 3 * ell / mu
    descent = (4 * ell / small) ** 2 * 30 * d * ell / mu
    chance = 4 * ell / small * 10 * d * ell / mu
    return escape + accuracy + start + descent + chance + z3.Q(11, 2) * ell / small


THEOREM_1 = Claim(
    id="theorem-1",
    title="Convergence to the bounce, with a rate",
    section="3",
    chapter=CHAPTER,
    statement=(
        r"There is a polynomial $p$ such that the following holds. Let $\lambda_1>\lambda_2\ge\dots\ge\lambda_d>0$, "
        r"$\rho>0$, $0<\eta<\frac1{2\lambda_1}$, $0<\delta<\frac12$, $\kappa=\lambda_1/\lambda_d$, "
        r"$\mu=\min\{\eta\lambda_d,\lambda_1^2/\lambda_2^2-1\}$, $a=\frac{\eta\rho\lambda_1}{2-\eta\lambda_1}$. "
        r"Let $w_0$ be "
        r"random with a density at most $A$, and let $R>\eta\rho\lambda_1$ and $q>0$ be such that with "
        r"probability at least "
        r"$1-\delta$ both $\norm{w_0}\le R$ and $w_{0,1}^2\ge q$. Then for every "
        r"$0<\epsilon<\min\{\frac1e,\frac1{\lambda_1},\lambda_d,"
        r"\eta,\delta,\rho,\frac1\rho,\frac1A,\frac1R,q,\frac1{2\rho\lambda_1^2},\frac{\eta\rho\lambda_d}2\}$, "
        r"with probability at least $1-2\delta$, every "
        r"$t\ge\bigl(\frac{\kappa^5}{\eta\lambda_d\mu}+\frac d{(\eta\lambda_d)^2\mu}\bigr)p(\log\frac1\epsilon)$ has "
        r"$\norm{w_t-ae_1}\le\epsilon$ and $\norm{w_{t+1}+ae_1}\le\epsilon$, or the same with the signs exchanged. "
        r"One can take $p(y)=512\,c\,y^3$ with the constant $c$ of Theorem 3, so $p(y)=5120\,y^3$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, _BEYOND, _EVENT, _EPSILON, _ALIVE),
    margin=_theorem_1_margin,
    instances=_theorem_1_instances,
    certificates=(
        Certificate(
            r"below the threshold $\frac{\lambda_d\epsilon}2$, and so "
            r"$\epsilon'=\frac{\lambda_d\epsilon}{2(1+\beta_1)}$, "
            r"is in the range of Lemma 17",
            "lam_1 lam_d eta rho epsilon",
            lambda lam_1, lam_d, eta, rho, epsilon: [
                *(eta > 0, rho > 0, lam_d > 0, lam_d <= lam_1, 2 * eta * lam_1 < 1),
                *(epsilon > 0, 2 * rho * lam_1 * lam_1 * epsilon < 1, 2 * epsilon < eta * rho * lam_d),
            ],
            _range_of_lemma_17,
            Variation(
                r"without $\epsilon<\eta\rho\lambda_d/2$",
                hypotheses=lambda lam_1, lam_d, eta, rho, epsilon: [
                    *(eta > 0, rho > 0, lam_d > 0, lam_d <= lam_1, 2 * eta * lam_1 < 1),
                    *(epsilon > 0, 2 * rho * lam_1 * lam_1 * epsilon < 1),
                ],
            ),
        ),
        Certificate(
            r"below the threshold $\log\frac R{\eta\rho\lambda_1}\le4\ell$ and "
            r"$\log\frac{9\cdot6^{d+3}R^3}{(\eta\lambda_d)^{d+3}(\eta\rho\lambda_1)^3}\le30\,d\,\ell$ with "
            r"$\ell=\log\frac1\epsilon$",
            _LOGS,
            _logarithms,
            lambda ell, d, eta, rho, lam_1, lam_d, radius, **_: z3.And(
                _late(eta, rho, lam_1, radius) <= 4 * ell,
                _growth(d, eta, rho, lam_1, lam_d, radius) <= 30 * d * ell,
            ),
            Variation(
                "with $3$ in place of $4$",
                conclusion=lambda ell, eta, rho, lam_1, radius, **_: _late(eta, rho, lam_1, radius) <= 3 * ell,
            ),
        ),
        Certificate(
            r"and the logarithm with $A$ and $\delta$ is at most $10\,d\,\ell$",
            _LOGS,
            _logarithms,
            lambda ell, d, eta, rho, lam_1, lam_d, radius, density, failure, **_: (
                _odds(ell, d, eta, rho, lam_1, lam_d, radius, density, failure) <= 10 * d * ell
            ),
            Variation(
                "with $9$ in place of $10$",
                conclusion=lambda ell, d, eta, rho, lam_1, lam_d, radius, density, failure, **_: (
                    _odds(ell, d, eta, rho, lam_1, lam_d, radius, density, failure) <= 9 * d * ell
                ),
            ),
        ),
        Certificate(
            r"so Theorem 3's six terms are at most "
            r"$512\bigl(\frac{\kappa^5}{\eta\lambda_d\mu}+\frac d{(\eta\lambda_d)^2\mu}\bigr)\ell^3$",
            "ell d small mu power",
            lambda ell, d, small, mu, power: [
                ell >= 1,
                d >= 1,
                small > 0,
                2 * small < 1,
                mu > 0,
                mu <= small,
                power >= 1,
            ],
            lambda ell, d, small, mu, power: (
                _six_terms(ell, d, small, mu, power) <= 512 * _packaged(ell, d, small, mu, power) * ell**3
            ),
            Variation(
                r"with the bare $d$ of the print in place of $d/((\eta\lambda_d)^2\mu)$",
                conclusion=lambda ell, d, small, mu, power: (
                    _six_terms(ell, d, small, mu, power) <= 512 * (power / (small * mu) + d) * ell**3
                ),
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"If $\lambda_1=\lambda_2$ the run bounces along its own direction in the top eigenspace.",
            {
                "eigenvalues": np.array([1.0, 1.0]),
                "eta": 0.2,
                "rho": 1.0,
                "w": np.array([1.0, 1.0]),
                "epsilon": 1e-3,
                "radius": 2.0,
                "first_square": 1.0,
                "density": 0.5,
                "failure": 0.1,
            },
            without=GAP.says,
        ),
        Refutation(
            r"The start $(\frac15,\frac3{10})$ has $\norm{v_0}=\gamma_1$ and is caught on the bounce along $e_2$.",
            {
                "eigenvalues": np.array([1.0, 0.5]),
                "eta": 0.2,
                "rho": 1.0,
                "w": np.array([0.2, 0.3]),
                "epsilon": 1e-3,
                "radius": 1.0,
                "first_square": 0.04,
                "density": 1.0,
                "failure": 0.1,
            },
            without=_ALIVE.says,
        ),
        Refutation(
            r"With $R=10^{100}$ and $\epsilon$ far above $1/R$ the logarithms of $R$ are not bounded by "
            r"$\log\frac1\epsilon$.",
            {
                "eigenvalues": np.array([1.0, 0.5]),
                "eta": 0.2,
                "rho": 1.0,
                "w": np.array([2.0, 2.0]),
                "epsilon": 0.04,
                "radius": 1e100,
                "first_square": 1.0,
                "density": 1.0,
                "failure": 0.1,
            },
            without=_EPSILON.says,
        ),
        Refutation(
            r"With the bare $+\,d$ of the print it does not follow: small steps, $\eta\lambda_d=10^{-6}$ (E18).",
            {
                "eigenvalues": np.array([1.0, 0.99, 0.98]),
                "eta": 1e-6,
                "rho": 1.0,
                "w": np.array([2.0, 2.0, 2.0]),
                "epsilon": 1e-7,
                "radius": 4.0,
                "first_square": 1.0,
                "density": 1.0,
                "failure": 0.1,
            },
            margin=partial(_theorem_1_margin, bare=True),
        ),
        Refutation(
            r"With $\kappa^4$ in place of $\kappa^5$: $\kappa=10^8$ and one dimension more than the first.",
            {
                "eigenvalues": np.array([1.0, 1e-8]),
                "eta": 0.4,
                "rho": 1.0,
                "w": np.array([0.5, 0.5]),
                "epsilon": 1e-9,
                "radius": 1.0,
                "first_square": 0.25,
                "density": 1.0,
                "failure": 0.1,
            },
            margin=partial(_theorem_1_margin, power=4),
        ),
    ),
    on_paper=(
        r"The probability $1-2\delta$, which is Theorem 3's; the margin follows runs on which no $w_{t,1}$ "
        r"vanishes. That "
        r"the lemmas put together as they stand (`bounds.explicit_time`) stay below the same form with $200$ in "
        r"place of "
        r"$5120$ is sampled only."
    ),
    depends_on=("theorem-3",),
    note=(
        r"The print has a bare $+\,d$ (E18), an exponent of $\kappa$ that our copy does not show, and one "
        r"polynomial as the "
        r"threshold for $\epsilon$; the form here is what follows from Theorem 3."
    ),
)


# Theorem 2 and larger steps

_FIGURE_1: Instance = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "w": np.array([2.0, 2.0])}
_NO_BOUNCE_OF_ITS_OWN = Refutation(
    r"If $\lambda_1=\lambda_2$ the run bounces along its own direction in the top eigenspace.",
    {**_FIGURE_1, "eigenvalues": np.array([1.0, 1.0])},
    without=GAP.says,
)
_STANDING_COORDINATE = Refutation(
    r"If $\lambda_d=0$ the last coordinate never moves.",
    {**_FIGURE_1, "eigenvalues": np.array([1.0, 0.0])},
    without=POSITIVE.says,
)
_TRAP = Refutation(
    r"The start $(\frac15,\frac3{10})$ has $\norm{v_0}=\gamma_1=\frac14$: its first coordinate is gone after one step.",
    {**_FIGURE_1, "w": np.array([0.2, 0.3])},
    without=_ALIVE.says,
)
_ON_AN_AXIS = Refutation(
    r"A start with $w_{0,1}=0$ bounces along $e_2$.",
    {**_FIGURE_1, "w": np.array([0.0, 1.0])},
    without=_ALIVE.says,
)


def _trapped(shift: int = 0) -> Any:
    """The first coordinate after SAM's step from (1/5, 3/10), in exact numbers."""
    whole = symbolic.derive(2)
    place = dict(zip([*whole.eigenvalues, *whole.u], sp.sympify("1, 1/2, 1/5, 3/10"), strict=True))
    place |= {whole.eta: sp.Rational(1, 5), whole.rho: sp.Integer(1) + shift}
    return whole.sam_step[0].subs(place)


THEOREM_2 = Claim(
    id="theorem-2",
    title="Almost sure convergence to the bounce",
    section="3",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1>\lambda_2\ge\dots\ge\lambda_d>0$, $\rho>0$, $0<\eta<\frac1{2\lambda_1}$, and let $w_0$ "
        r"be random "
        r"with an absolutely continuous distribution on $\R^d$ and $\E\norm{w_0}^2<\infty$. Then, almost "
        r"surely, for every "
        r"$\epsilon>0$ and all large enough $t$, either $\norm{w_t-ae_1}\le\epsilon$ and "
        r"$\norm{w_{t+1}+ae_1}\le\epsilon$, or "
        r"the same with the signs exchanged; $a=\frac{\eta\rho\lambda_1}{2-\eta\lambda_1}$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, _ALIVE),
    margin=_settles,
    instances=partial(_decided, below=0.5),
    identities=(
        Identity(
            r"the exceptional start is exact: from $w_0=(\frac15,\frac3{10})$ SAM lands on $w_{1,1}=0$",
            _trapped,
            partial(_trapped, shift=1),
        ),
    ),
    refutations=(
        _NO_BOUNCE_OF_ITS_OWN,
        _STANDING_COORDINATE,
        _TRAP,
        _ON_AN_AXIS,
        Refutation(
            r"At $\eta\lambda_1=2.05$ the first coordinate explodes; between $\frac12$ and $2$ nothing breaks.",
            {**_FIGURE_1, "eta": 2.05},
            without=SMALL_STEP.says,
        ),
    ),
    on_paper=(
        r"Everything but the inequalities of the larger-steps theorem, of which this is a special case: limit "
        r"points, and "
        r"that the starts with some $w_{t,1}=0$ form a null set, so that an absolutely continuous $w_0$ misses them."
    ),
    depends_on=("larger-steps",),
    note=(
        r"Printed with a “continuous” distribution; it must be absolutely continuous, an atomless one is not enough. "
        r"The second moment is not needed (E19)."
    ),
)


def _growth_of_first(lam_1: Any, eta: Any, rho: Any, r: Any) -> Any:
    """m(r) = ηρλ₁²/r - (1 - ηλ₁): what a step multiplies u₁ by."""
    return -constants.next_factor(lam_1, eta, rho, r)


def _growth_at_saddle(lam_1: Any, lam_i: Any, eta: Any, rho: Any) -> Any:
    return _growth_of_first(lam_1, eta, rho, constants.beta(lam_i, eta, rho))


def _saddle_identity(sign: int = 1) -> Any:
    """m(βᵢ) - 1 - (k - 1)(2(k + 1) - ηλ₁) with k = λ₁/λᵢ."""
    lam_1, lam_i, eta, rho = sp.symbols("lambda_1 lambda_i eta rho", positive=True)
    k = lam_1 / lam_i
    return _growth_at_saddle(lam_1, lam_i, eta, rho) - 1 - (k - 1) * (2 * (k + sign) - eta * lam_1)


def _level_identity(halves: int = 2) -> Any:
    """J + βᵢ/2 at u = (βᵢ/λᵢ)eᵢ, where J = ½(λᵢ²/βᵢ)uᵢ² - λᵢ|uᵢ|."""
    lam, eta, rho = sp.symbols("lambda eta rho", positive=True)
    u = constants.beta(lam, eta, rho) / lam
    return (2 - eta * lam) / (eta * rho) * u**2 / 2 - lam * u + constants.beta(lam, eta, rho) / halves


def _fall_identity(halves: int = 2) -> Any:
    """½(2/(ηρ) - cᵢ) - λᵢ/(2ρ): a step δ costs δᵀΛδ/(2ρ) of J at least."""
    lam, eta, rho = sp.symbols("lambda eta rho", positive=True)
    return (2 / (eta * rho) - (2 - eta * lam) / (eta * rho)) / 2 - lam / (halves * rho)


def _stable(lam: Any, eta: Any, rho: Any) -> list[Any]:
    return [lam > 0, eta > 0, rho > 0, eta * lam < 2]


LARGER_STEPS = Claim(
    id="larger-steps",
    title=r"The bounce for all step sizes up to $2/\lambda_1$",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1>\lambda_2\ge\dots\ge\lambda_d>0$, $\rho>0$, $0<\eta<\frac2{\lambda_1}$ and "
        r"$a=\frac{\eta\rho\lambda_1}{2-\eta\lambda_1}$. If $w_{t,1}\ne0$ for all $t$, then $(-1)^tw_t$ "
        r"converges to $ae_1$ or "
        r"to $-ae_1$. If $1\le\eta\lambda_1<2$, the condition just says $w_{0,1}\ne0$. If $\eta\lambda_1<1$, it "
        r"fails exactly "
        r"for the starts in $E=\{w_{0,1}=0\}\cup\{w_0:\norm{\Lambda w_t}=\gamma_1\text{ for some }t\ge0\}$; no "
        r"start in $E$ "
        r"converges to the bounce along $e_1$, and $E$ has Lebesgue measure zero."
    ),
    hypotheses=(POSITIVE, STABLE, GAP, _ALIVE),
    margin=_settles,
    instances=partial(_decided, below=2.0),
    identities=(
        Identity(
            r"$m(\beta_i)-1=(k-1)\bigl(2(k+1)-\eta\lambda_1\bigr)$ with $k=\lambda_1/\lambda_i$",
            _saddle_identity,
            partial(_saddle_identity, sign=-1),
        ),
        Identity(
            r"$J=-\beta_i/2$ at the critical points of $\lambda_i$", _level_identity, partial(_level_identity, halves=1)
        ),
        Identity(
            r"$\frac12\bigl(\frac2{\eta\rho}-c_i\bigr)=\frac{\lambda_i}{2\rho}$",
            _fall_identity,
            partial(_fall_identity, 1),
        ),
    ),
    certificates=(
        Certificate(
            r"for $\eta\lambda_1\ge1$ the first coordinate never vanishes: $m(r)>0$ for all $r>0$",
            "lam_1 eta rho r",
            lambda lam_1, eta, rho, r: [lam_1 > 0, eta > 0, rho > 0, r > 0, eta * lam_1 >= 1],
            lambda lam_1, eta, rho, r: _growth_of_first(lam_1, eta, rho, r) > 0,
            Variation(
                r"without $\eta\lambda_1\ge1$",
                hypotheses=lambda lam_1, eta, rho, r: [lam_1 > 0, eta > 0, rho > 0, r > 0],
            ),
        ),
        Certificate(
            r"for $\eta\lambda_1<1$: $m(r)=0$ if and only if $r=\gamma_1$",
            "lam_1 eta rho r",
            lambda lam_1, eta, rho, r: [lam_1 > 0, eta > 0, rho > 0, r > 0, eta * lam_1 < 1],
            lambda lam_1, eta, rho, r: (
                (_growth_of_first(lam_1, eta, rho, r) == 0) == (r == constants.gamma(lam_1, eta, rho))
            ),
            Variation(
                r"with $\beta_1$ in place of $\gamma_1$",
                conclusion=lambda lam_1, eta, rho, r: (
                    (_growth_of_first(lam_1, eta, rho, r) == 0) == (r == constants.beta(lam_1, eta, rho))
                ),
            ),
        ),
        Certificate(
            r"$J$ is coercive: $c_i\ge\frac{2-\eta\lambda_1}{\eta\rho}>0$",
            "lam_1 lam_i eta rho",
            lambda lam_1, lam_i, eta, rho: [*_stable(lam_1, eta, rho), lam_i > 0, lam_i <= lam_1],
            lambda lam_1, lam_i, eta, rho: z3.And(
                (2 - eta * lam_i) / (eta * rho) >= (2 - eta * lam_1) / (eta * rho), (2 - eta * lam_1) / (eta * rho) > 0
            ),
            Variation(
                r"without $\eta\lambda_1<2$",
                hypotheses=lambda lam_1, lam_i, eta, rho: [eta > 0, rho > 0, lam_i > 0, lam_i <= lam_1],
            ),
        ),
        Certificate(
            r"so its sublevel sets are bounded: $J\ge\frac k2n^2-\lambda_1n\ge\frac k4n^2-\frac{\lambda_1^2}k$ "
            r"with $n=\norm u$ "
            r"and $k=\frac{2-\eta\lambda_1}{\eta\rho}>0$",
            "n k lam_1",
            lambda n, k, lam_1: [n >= 0, k > 0, lam_1 > 0],
            lambda n, k, lam_1: k * n * n / 2 - lam_1 * n >= k * n * n / 4 - lam_1 * lam_1 / k,
            Variation("without $k>0$", hypotheses=lambda n, k, lam_1: [n >= 0, k != 0, lam_1 > 0]),
        ),
        Certificate(
            r"the origin repels: $r\le\beta_d/2$ gives $\frac1r-\frac1{\beta_i}\ge\frac1{2r}$",
            "lam_i lam_d eta rho r",
            lambda lam_i, lam_d, eta, rho, r: [
                *_stable(lam_i, eta, rho),
                lam_d > 0,
                lam_d <= lam_i,
                r > 0,
                2 * r <= constants.beta(lam_d, eta, rho),
            ],
            lambda lam_i, lam_d, eta, rho, r: 1 / r - 1 / constants.beta(lam_i, eta, rho) >= 1 / (2 * r),
            Variation(
                r"from $r\le\beta_d$",
                hypotheses=lambda lam_i, lam_d, eta, rho, r: [
                    *_stable(lam_i, eta, rho),
                    lam_d > 0,
                    lam_d <= lam_i,
                    r > 0,
                    r <= constants.beta(lam_d, eta, rho),
                ],
            ),
        ),
        Certificate(
            r"the levels $-\beta_i/2$ tell the eigenvalues apart: $\beta_i=\beta_j$ only if $\lambda_i=\lambda_j$",
            "lam_i lam_j eta rho",
            lambda lam_i, lam_j, eta, rho: [*_stable(lam_i, eta, rho), *_stable(lam_j, eta, rho)],
            lambda lam_i, lam_j, eta, rho: z3.Implies(
                constants.beta(lam_i, eta, rho) == constants.beta(lam_j, eta, rho), lam_i == lam_j
            ),
            Variation(
                r"without $\eta\lambda_i<2$",
                hypotheses=lambda lam_i, lam_j, eta, rho: [lam_i > 0, *_stable(lam_j, eta, rho)],
            ),
        ),
        Certificate(
            r"at every other critical sphere the first coordinate grows: $m(\beta_i)>1$ for $\lambda_i<\lambda_1$",
            "lam_1 lam_i eta rho",
            lambda lam_1, lam_i, eta, rho: [*_stable(lam_1, eta, rho), lam_i > 0, lam_i < lam_1],
            lambda lam_1, lam_i, eta, rho: _growth_at_saddle(lam_1, lam_i, eta, rho) > 1,
            Variation(
                r"without the gap, $\lambda_i\le\lambda_1$",
                hypotheses=lambda lam_1, lam_i, eta, rho: [*_stable(lam_1, eta, rho), lam_i > 0, lam_i <= lam_1],
            ),
        ),
        Certificate(
            r"it is one point: within $a/2$ of $ae_1$, a step shorter than $a$ does not end within $a/2$ of $-ae_1$",
            "a here step there",
            lambda a, here, step, there: [a > 0, here >= 0, here <= a / 2, step >= 0, step < a, there >= 0],
            lambda a, here, step, there: z3.Implies(2 * a <= here + step + there, there > a / 2),
            Variation(
                r"with a step shorter than $2a$",
                hypotheses=lambda a, here, step, there: [
                    a > 0,
                    here >= 0,
                    here <= a / 2,
                    step >= 0,
                    step < 2 * a,
                    there >= 0,
                ],
            ),
        ),
        Certificate(
            r"far out $F$ is invertible for $\eta\lambda_1<1$: for $r>\gamma_1$ every factor "
            r"$1-\eta\lambda_i-\eta\rho\lambda_i^2/r$"
            r" is positive",
            "lam_1 lam_i eta rho r",
            lambda lam_1, lam_i, eta, rho, r: [
                eta > 0,
                rho > 0,
                lam_i > 0,
                lam_i <= lam_1,
                eta * lam_1 < 1,
                r > constants.gamma(lam_1, eta, rho),
            ],
            lambda lam_1, lam_i, eta, rho, r: constants.next_factor(lam_i, eta, rho, r) > 0,
            Variation(
                r"from $r>\gamma_1/2$",
                hypotheses=lambda lam_1, lam_i, eta, rho, r: [
                    eta > 0,
                    rho > 0,
                    lam_i > 0,
                    lam_i <= lam_1,
                    eta * lam_1 < 1,
                    2 * r > constants.gamma(lam_1, eta, rho),
                ],
            ),
        ),
        Certificate(
            r"the limit is sharp: for $\eta\lambda_1\ge2$, $m(r)>1$ for all $r>0$",
            "lam_1 eta rho r",
            lambda lam_1, eta, rho, r: [lam_1 > 0, eta > 0, rho > 0, r > 0, eta * lam_1 >= 2],
            lambda lam_1, eta, rho, r: _growth_of_first(lam_1, eta, rho, r) > 1,
            Variation(
                r"from $\eta\lambda_1\ge\frac{19}{10}$ on",
                hypotheses=lambda lam_1, eta, rho, r: [lam_1 > 0, eta > 0, rho > 0, r > 0, 10 * eta * lam_1 >= 19],
            ),
        ),
    ),
    refutations=(
        _NO_BOUNCE_OF_ITS_OWN,
        _STANDING_COORDINATE,
        _TRAP,
        _ON_AN_AXIS,
        Refutation(
            r"At $\eta\lambda_1=2.05$ the first coordinate explodes.", {**_FIGURE_1, "eta": 2.05}, without=STABLE.says
        ),
    ),
    on_paper=(
        r"The limit points: a bounded orbit whose steps vanish has a connected limit set of critical points on "
        r"one level; "
        r"the null set: preimages under an analytic map with non-vanishing Jacobian."
    ),
    depends_on=("eq-3", "prop-8", "remark-9", "lemma-10"),
    note=r"The paper's Theorem 2 has $\eta<\frac1{2\lambda_1}$; nothing in between is known to us from "
    r"elsewhere for $\eta\lambda_1\ge1$.",
    ours=True,
)


# The speed


def _multiplier(x: Any, z: Any) -> Any:
    """What a step multiplies a small uᵢ at the bounce by: xz + z²(2 - x) - 1, z = λᵢ/λ₁ and x = ηλ₁."""
    return x * z + z * z * (2 - x) - 1


def _rate(eigenvalues: Array, eta: float) -> float:
    """r∞ = max{|1 - x|, max_{i≥2} |1 - xzᵢ - zᵢ²(2 - x)|}."""
    x, z = eta * eigenvalues[0], eigenvalues[1:] / eigenvalues[0]
    return float(np.max(np.abs(np.append(_multiplier(x, z), x - 1))))


def _reserve(x: Any, z: Any) -> tuple[Any, Any]:
    """1 + and 1 - the multiplier, as products: z(x + z(2 - x)) and (1 - z)(2 + 2z - xz)."""
    return z * (x + z * (2 - x)), (1 - z) * (2 + 2 * z - x * z)


def _rate_margin(eigenvalues: Array, eta: float, rho: float, direction: Array, power: int = 2) -> float:
    """The derivative of u ↦ u₊ at the bounce, measured on SAM's definition, against the multipliers; 1 - r∞ > 0."""
    x, z = eta * eigenvalues[0], eigenvalues[1:] / eigenvalues[0]
    bounce = np.zeros(eigenvalues.size)
    bounce[0] = constants.amplitude(eigenvalues[0], eta, rho)

    h = 1e-20 * bounce[0]
    moved = bounce + 1j * h * np.eye(eigenvalues.size)
    v = eigenvalues * moved
    unit = v / np.sqrt(np.sum(v * v, axis=-1, keepdims=True))
    measured = (-(moved - eta * eigenvalues * (moved + rho * unit))).imag / h

    multipliers = np.append(x - 1, x * z + z**power * (2 - x) - 1)
    lower, upper = _reserve(x, z)
    reserve = float(min(x, 2 - x, np.min(lower, initial=np.inf), np.min(upper, initial=np.inf)))
    error = direction / np.linalg.norm(direction)
    return min(
        equal(measured, np.diag(multipliers), 4 + x),
        equal(np.max(np.abs(multipliers)), QuadraticSAM(eigenvalues, eta, rho).rate) if x < 2 else np.inf,
        equal(1 - np.max(np.abs(multipliers)), reserve, 1.0),
        float(np.max(np.abs(multipliers)) - np.linalg.norm(measured @ error)),
        strictly(reserve),
    )


def _rate_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=2.0, gap=True):
        yield {**quadratic, "direction": rng.normal(size=np.size(quadratic["eigenvalues"]))}


def _index_rate(sign: int = 1) -> Any:
    """1 - ηρ∂ᵢ²J at the bounce, ‖Λu‖ = β₁ and uᵢ = 0, minus the multiplier; and ∂ᵢ∂ⱼJ there."""
    one = symbolic.derive_index()
    lam_1 = sp.Symbol("lambda_1", positive=True)
    there = {one.u[0]: 0, one.u[1]: 0, one.rest: constants.beta(lam_1, one.eta, sign * one.rho) ** 2}
    # β₁ > 0 for ηλ₁ < 2; SymPy takes |β₁| for the root of its square
    root = {sp.Abs(2 - one.eta * lam_1): 2 - one.eta * lam_1, sp.Abs(one.eta * lam_1 - 2): 2 - one.eta * lam_1}
    second = sp.simplify(one.second.subs(there)).subs(root)
    multiplier = _multiplier(one.eta * lam_1, one.eigenvalues[0] / lam_1)
    return sp.Matrix([1 - sign * one.eta * one.rho * second - multiplier, one.mixed.subs(there)])


def _whole_rate(d: int, power: int = 2) -> Any:
    """I - ηρ∇²J at (a, 0, …, 0) minus the diagonal matrix of the multipliers."""
    whole = symbolic.derive(d)
    top, radius = whole.eigenvalues[0], sp.Symbol("R", positive=True)
    there = whole.hessian.subs(dict(zip(whole.u, [radius, *[0] * (d - 1)], strict=True)))
    there = there.subs(radius, constants.amplitude(top, whole.eta, whole.rho))
    x, ratios = whole.eta * top, [lam / top for lam in whole.eigenvalues[1:]]
    multipliers = [x - 1, *(x * z + z**power * (2 - x) - 1 for z in ratios)]
    return (sp.eye(d) - whole.eta * whole.rho * there - sp.diag(*multipliers)).applyfunc(sp.cancel)


def _reserves(sign: int = 1) -> Any:
    x, z = sp.symbols("x z", positive=True)
    lower, upper = _reserve(x, z)
    return sp.Matrix([1 + _multiplier(x, z) - lower, sign * (1 - _multiplier(x, z)) - upper])


def _second_order(factor: int = 1) -> Any:
    """At ηλ₁ = 1: v₊₁ + sβ₁ - s b δ with δ = 1 - |v₁|/r, for v₁ = s|v₁|."""
    lam, rho, size, r = sp.symbols("lambda rho v r", positive=True)
    s = sp.Symbol("s", real=True, nonzero=True)
    eta = 1 / lam
    after = constants.next_factor(lam, eta, rho, r) * s * size
    b = constants.absorbing_radius(lam, eta, rho)
    return after + s * constants.beta(lam, eta, rho) - factor * s * b * (1 - size / r)


ASYMPTOTIC_RATE = Claim(
    id="asymptotic-rate",
    title="How fast the bounce attracts",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1>\lambda_2\ge\dots\ge\lambda_d>0$, $\rho>0$, $0<x=\eta\lambda_1<2$ and "
        r"$z_i=\lambda_i/\lambda_1$. At "
        r"$\pm ae_1$ the map $u_t\mapsto u_{t+1}$ has the derivative $\diag(x-1,\ xz_2+z_2^2(2-x)-1,\dots,"
        r"xz_d+z_d^2(2-x)-1)$. Its spectral radius is $r_\infty=\max\{|1-x|,\max_{i\ge2}|1-xz_i-z_i^2(2-x)|\}$, and "
        r"$1-r_\infty=\min\{x,\ 2-x,\ \min_{i\ge2}z_i(x+z_i(2-x)),\ \min_{i\ge2}(1-z_i)(2+2z_i-xz_i)\}>0$. "
        r"Hence for every $\theta>r_\infty$ there is a ball around $\pm ae_1$ in which each step multiplies the "
        r"distance of "
        r"$u_t$ from it by less than $\theta$, and every run that converges to $\pm ae_1$ has "
        r"$\limsup_t\norm{u_t\mp ae_1}^{1/t}\le r_\infty$."
    ),
    hypotheses=(POSITIVE, STABLE, GAP),
    margin=_rate_margin,
    instances=_rate_instances,
    identities=(
        Identity(
            r"$1-\eta\rho\,\partial_i^2J=xz_i+z_i^2(2-x)-1$ and $\partial_i\partial_jJ=0$ at the bounce, for general "
            r"indices $\ge2$ in every dimension",
            _index_rate,
            partial(_index_rate, sign=-1),
        ),
        *(
            Identity(
                rf"$I-\eta\rho\nabla^2J(ae_1)$ in whole vectors, $d={d}$",
                partial(_whole_rate, d),
                partial(_whole_rate, d, power=1),
            )
            for d in (2, 3, 4)
        ),
        Identity(
            r"$xz+z^2(2-x)=z(x+z(2-x))$ and $2-xz-z^2(2-x)=(1-z)(2+2z-xz)$", _reserves, partial(_reserves, sign=-1)
        ),
        Identity(
            r"at $x=1$: $v_{t+1,1}+s_t\beta_1=s_tb\,\delta_t$, so the error along $e_1$ is of second order",
            _second_order,
            partial(_second_order, factor=2),
        ),
    ),
    certificates=(
        Certificate(
            r"$|xz+z^2(2-x)-1|<1$ for $0<x<2$, $0<z<1$",
            "x z",
            lambda x, z: [x > 0, x < 2, z > 0, z < 1],
            lambda x, z: z3.And(_multiplier(x, z) < 1, _multiplier(x, z) > -1),
            Variation(r"with $z\le1$", hypotheses=lambda x, z: [x > 0, x < 2, z > 0, z <= 1]),
        ),
        Certificate(
            r"both parts of $1-r_\infty$ are positive",
            "x z",
            lambda x, z: [x > 0, x < 2, z > 0, z < 1],
            lambda x, z: z3.And(_reserve(x, z)[0] > 0, _reserve(x, z)[1] > 0),
            Variation(r"for $x<5$", hypotheses=lambda x, z: [x > 0, x < 5, z > 0, z < 1]),
        ),
    ),
    refutations=(
        Refutation(
            r"If $\lambda_1=\lambda_2$ the factor is $1$: the direction of the bounce is conserved.",
            {
                "eigenvalues": np.array([1.0, 1.0]),
                "eta": 0.2,
                "rho": 1.0,
                "direction": np.array([1.0, 1.0]),
            },
            without=GAP.says,
        ),
        Refutation(
            r"If $\lambda_d=0$ the factor is $1$: that coordinate never moves.",
            {"eigenvalues": np.array([1.0, 0.0]), "eta": 0.2, "rho": 1.0, "direction": np.array([1.0, 1.0])},
            without=POSITIVE.says,
        ),
        Refutation(
            r"For $\eta\lambda_1>2$ the first factor exceeds $1$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 2.1, "rho": 1.0, "direction": np.array([1.0, 1.0])},
            without=STABLE.says,
        ),
        Refutation(
            r"With $z_i$ in place of $z_i^2$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "direction": np.array([1.0, 1.0])},
            margin=partial(_rate_margin, power=1),
        ),
    ),
    on_paper=r"From the derivative to the run: Taylor's theorem, and that the norm of a diagonal matrix is $r_\infty$.",
    depends_on=("eq-3", "prop-8", "lemma-10"),
    ours=True,
)

CLAIMS = (EQ_3, THEOREM_1, THEOREM_2, LARGER_STEPS, ASYMPTOTIC_RATE)
