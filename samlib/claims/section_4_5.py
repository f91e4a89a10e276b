"""Section 4.5: the lemmas put together, equations (13) and (14) and Theorem 3."""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import bounds, constants
from samlib._validation import Array
from samlib.claims._claim import Certificate, Claim, Hypothesis, Identity, Instance, PrintedForm, Refutation, Variation
from samlib.claims._quadratics import GAP, POSITIVE, SMALL_STEP, gradients, quadratics
from samlib.quadratic import QuadraticSAM

__all__ = ["CLAIMS"]

CHAPTER = "04-proof/5-putting-it-together"

# The constant c that the proof in the chapter gives.
CONSTANT = 10.0

# A run that has not settled by then counts as one that never does; the samples are chosen to settle long before.
_MOST_STEPS = 5_000


# Runs


@lru_cache(maxsize=16)
def _path(eigenvalues: tuple[float, ...], eta: float, rho: float, start: tuple[float, ...], accuracy: float) -> Array:
    """w₀, w₁, … until the last sixteen are within `accuracy` of the two-cycle, shape (steps + 1, d).

    With `accuracy` 0, until the first step in the ball ‖v‖ ≤ b.

    Computed with z = Λ/λ₁ and the step ηλ₁ in place of Λ and η, which changes nothing in w and keeps tiny eigenvalues
    from underflowing.
    """
    lam = np.array(eigenvalues)
    z, x = lam / lam[0], eta * lam[0]
    keep, pull = constants.next_factor(z, x, rho, np.inf), constants.absorbing_radius(z, x, rho)
    ball, amplitude = pull[0] * (1 + 1e-12), constants.amplitude(1.0, x, rho)
    w = np.array(start)
    path = [w]
    while len(path) <= _MOST_STEPS:
        for _ in range(16):
            v = z * w
            length = math.sqrt(v @ v)
            if length == 0 or (accuracy == 0 and length <= ball):
                return np.array(path)
            w = w * (keep - pull / length)
            path.append(w)
        last = np.abs(path[-16:])
        if accuracy > 0 and np.linalg.norm(last - amplitude * np.eye(1, lam.size), axis=-1).max() <= accuracy:
            break
    return np.array(path)


def _run(eigenvalues: Array, eta: float, rho: float, w: Array, accuracy: float) -> Array:
    return _path(tuple(eigenvalues.tolist()), float(eta), float(rho), tuple(w.tolist()), float(accuracy))


def _descent(eigenvalues: Array, eta: float, rho: float, w: Array) -> Array:
    """The run up to its first step in the ball."""
    return _run(eigenvalues, eta, rho, w, 0.0)


def _settled_from(eigenvalues: Array, eta: float, rho: float, w: Array, epsilon: float, scale: Array) -> float:
    """The step from which on ‖scale·(u_t ∓ a e₁)‖ ≤ ε, with the sign on which the run ends; inf where there is none.

    `scale` is at most 1 in each coordinate.
    """
    amplitude = float(constants.amplitude(eigenvalues[0], eta, rho))
    path = _run(eigenvalues, eta, rho, w, min(epsilon, amplitude) / 4)
    u = path * np.where(np.arange(len(path)) % 2, -1.0, 1.0)[:, None]
    u[:, 0] -= np.sign(u[-1, 0]) * amplitude
    late = np.flatnonzero(~(np.linalg.norm(scale * u, axis=-1) <= epsilon))
    if late.size == 0:
        return 0.0
    return math.inf if late[-1] == len(path) - 1 else float(late[-1] + 1)


def _gap_along(eigenvalues: Array, eta: float, rho: float, w: Array) -> float:
    """A Δ > 0 with |‖v_t‖ - γ₁| ≥ Δ for all t: the least one up to the ball, and γ₁ - b from there on (Lemma 5.5)."""
    top = eigenvalues[0]
    gamma = constants.gamma(top, eta, rho)
    path = _descent(eigenvalues, eta, rho, w)
    before = top * np.linalg.norm(eigenvalues / top * path, axis=-1)
    inside = gamma - constants.absorbing_radius(top, eta, rho)
    return float(min(np.abs(before - gamma).min(), inside))


# What the statements assume

_RADIUS = Hypothesis(r"$\norm{w_0}\le R$", lambda w, R, **_: bool(np.linalg.norm(w) <= R * (1 + 1e-12)))
_FIRST = Hypothesis(r"$w_{0,1}^2\ge q>0$", lambda w, q, **_: bool(w[0] ** 2 >= q * (1 - 1e-12) and q > 0))


def _keeps_clear(eigenvalues: Array, eta: float, rho: float, w: Array, gap: float, **_: Any) -> bool:
    return bool(0 < gap <= _gap_along(eigenvalues, eta, rho, w) * (1 + 1e-9))


_CLEAR = Hypothesis(r"$\bigl|\norm{v_t}-\gamma_1\bigr|\ge\Delta>0$ for all $t$", _keeps_clear)
_ACCURACY = Hypothesis(
    r"$\epsilon'=\dfrac{\lambda_d\epsilon}{2(1+\beta_1)}<\min\Bigl\{\sqrt{\tfrac{\eta\lambda_1\beta_1}{2\gamma_1}},"
    r"\tfrac{\eta\lambda_1}{2\gamma_1},\tfrac1b,\tfrac{\beta_1}2\Bigr\}$",
    lambda eigenvalues, eta, rho, epsilon, **_: bool(
        0 < epsilon < bounds.accuracy_limit(QuadraticSAM(eigenvalues, eta, rho))
    ),
)


# Equation (13)


def _after_descent(theory: QuadraticSAM, R: float, q: float, gap: float) -> float:
    """The right side of (13), with the ceiling."""
    return bounds.log_ratio_growth(theory, float(theory.eigenvalues[0]) * R, gap) + 2 * math.log(R) - math.log(q)


def _ratio_in_ball(eigenvalues: Array, eta: float, rho: float, w: Array) -> float:
    """log Σ_{i≥2} v_i²/v₁² at the first step in the ball; -inf in one dimension, inf where v₁ = 0."""
    v = eigenvalues / eigenvalues[0] * _descent(eigenvalues, eta, rho, w)[-1]
    if v[0] == 0:
        return math.inf
    rest = float(np.linalg.norm(v[1:] / v[0]))
    return 2 * math.log(rest) if rest > 0 else -math.inf


def _eq_13_margin(eigenvalues: Array, eta: float, rho: float, w: Array, R: float, q: float, gap: float) -> float:
    """The nearer of two: the ball is reached in time, and the ratio there is as claimed."""
    theory = QuadraticSAM(eigenvalues, eta, rho)
    early = bounds.steps_to_ball(theory, float(eigenvalues[0]) * R) - (len(_descent(eigenvalues, eta, rho, w)) - 1)
    return min(early, _slack(_ratio_in_ball(eigenvalues, eta, rho, w), _after_descent(theory, R, q, gap)))


def _slack(left: float, right: float) -> float:
    """(right - left)/(1 + |right|), at most 1."""
    return min(1.0, (right - left) / (1 + abs(right)))


def _starts(rng: np.random.Generator, n: int, *, gap: bool) -> Iterator[dict[str, Any]]:
    """n instances (eigenvalues, eta, rho, w, R, q, gap) whose runs are short enough to be followed.

    R, q and Δ are those of the run itself, or a little or much more generous ones.
    """
    given = 0
    for quadratic in _forever(rng, gap):
        lam, eta, rho = (quadratic[name] for name in ("eigenvalues", "eta", "rho"))
        theory = QuadraticSAM(lam, eta, rho)
        if eta * lam[-1] < 0.03 or (gap and 1 - theory.rate < 0.05):
            continue
        for v in gradients(rng, quadratic, nonzero_first=True):
            w = v / lam
            clear = _gap_along(lam, eta, rho, w)
            if clear < 1e-13 * theory.gamma[0] or w[0] ** 2 == 0:
                continue  # rounding would decide
            generous = 10 ** (rng.choice([0.0, 1.0], 3) * rng.uniform(0, 3, 3))
            yield {
                **quadratic,
                "w": w,
                "R": float(np.linalg.norm(w) * generous[0]),
                "q": float(w[0] ** 2 / generous[1]),
                "gap": clear / generous[2],
            }
            given += 1
            if given == n:
                return


def _forever(rng: np.random.Generator, gap: bool) -> Iterator[dict[str, Any]]:
    while True:
        yield from quadratics(rng, 100, gap=gap)


# SAM is trapped: ‖v₀‖ = γ₁ exactly, in float64 too.
_TRAP = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "w": np.array([0.2, 0.3]), "R": 0.4, "q": 0.04}
_PLAIN = {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "w": np.array([2.0, 2.0]), "R": 3.0, "q": 4.0}
# One huge step size short of the limit, and a start that needs hundreds of steps to come near.
_FAR = {"eigenvalues": np.array([1.0]), "eta": 0.49, "rho": 1.0, "w": np.array([1e150]), "R": 0.5, "q": 0.25}


def _first_share() -> Certificate:
    """Σ_{i≥2} v₀,ᵢ²/v₀,₁² ≤ R²/q, whole-vector in three dimensions."""

    def conditions(w1: Any, w2: Any, w3: Any, l1: Any, l2: Any, l3: Any, square: Any, q: Any) -> list[Any]:
        return [q > 0, l3 > 0, l2 >= l3, l1 >= l2, w1 * w1 >= q, w1 * w1 + w2 * w2 + w3 * w3 <= square]

    return Certificate(
        r"$\sum_{i\ge2}v_{0,i}^2\,q\le v_{0,1}^2R^2$ in three dimensions",
        "w1 w2 w3 l1 l2 l3 square q",
        conditions,
        lambda w1, w2, w3, l1, l2, l3, square, q: (
            ((l2 * w2) * (l2 * w2) + (l3 * w3) * (l3 * w3)) * q <= (l1 * w1) * (l1 * w1) * square
        ),
        Variation(
            r"without $\lambda_1\ge\lambda_2$",
            hypotheses=lambda l1, l2, **others: [c for c in conditions(l1=l1, l2=l2, **others) if not c.eq(l1 >= l2)],
        ),
    )


EQ_13 = Claim(
    id="eq-13",
    title="What early descent leaves of the first coordinate",
    section="4.5",
    chapter=CHAPTER,
    statement=(
        r"Let $\norm{w_0}\le R$, $w_{0,1}^2\ge q>0$, and $\bigl|\norm{v_t}-\gamma_1\bigr|\ge\Delta>0$ for all $t$. Put "
        r"$L=\bigl[\log\frac{\lambda_1R}{b}\bigr]_+$ and let $T_0$ be the first step with $\norm{v_{T_0}}\le b$. Then "
        r"$T_0\le\bigl\lceil\frac{L}{\eta\lambda_d}\bigr\rceil$ and "
        r"$\displaystyle\log\frac{\sum_{i\ge2}v_{T_0,i}^2}{v_{T_0,1}^2}\le"
        r"2\Bigl\lceil\frac{L}{\eta\lambda_d}\Bigr\rceil\log\frac{2\lambda_1R}{\Delta}+\log\frac{R^2}{q}$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, _RADIUS, _FIRST, _CLEAR),
    margin=_eq_13_margin,
    instances=lambda rng, n: _starts(rng, n, gap=False),
    certificates=(_first_share(),),
    refutations=(
        Refutation(
            r"Without $\norm{w_0}\le R$: the bound believes that the run starts in the ball, and allows for no loss.",
            {**_PLAIN, "w": np.array([0.2, 1.1]), "R": 0.2, "q": 0.04, "gap": 1e-3},
            without=_RADIUS.says,
        ),
        Refutation(
            r"Without $w_{0,1}^2\ge q$: the first coordinate can be as small as it likes.",
            {**_PLAIN, "w": np.array([1e-100, 2.0]), "gap": 0.01},
            without=_FIRST.says,
        ),
        Refutation(
            r"Without the gap: at $\norm{v_0}=\gamma_1$ the first coordinate is annihilated.",
            {**_TRAP, "gap": 0.01},
            without=_CLEAR.says,
        ),
        Refutation(
            r"With the part of early descent left out: a step close to $\gamma_1$ costs more than $R^2/q$ allows for.",
            {**_TRAP, "w": np.array([0.2, 0.3001]), "gap": 1e-9},
            margin=lambda eigenvalues, eta, rho, w, R, q, gap: _slack(
                _ratio_in_ball(eigenvalues, eta, rho, w), 2 * math.log(R) - math.log(q)
            ),
        ),
    ),
    on_paper=r"That $\sum_{i\ge2}v_{0,i}^2\le\lambda_1^2R^2$ in every dimension; the rest is Lemma 6.",
    depends_on=("lemma-6",),
    note=r"Printed without the ceiling, as Lemma 6 is (E5); and with $\Delta=\infty$ where Lemma 7 has no step (E6).",
)


# Equation (14)


def _assembled(theory: QuadraticSAM, R: float, q: float, gap: float, epsilon: float) -> float:
    """⌈L/(ηλ_d)⌉ + ⌈T₂⌉: early descent, then Lemma 19 for the accuracy λ_dε."""
    top, smallest = float(theory.eigenvalues[0]), float(theory.eigenvalues[-1])
    cycle = bounds.cycle_time(theory, smallest * epsilon, _after_descent(theory, R, q, gap))
    return bounds.steps_to_ball(theory, top * R) + math.ceil(cycle)


def _eq_14_sides(
    eigenvalues: Array, eta: float, rho: float, w: Array, R: float, q: float, gap: float, epsilon: float
) -> tuple[float, float]:
    """The step from which on ‖v_t ∓ (-1)ᵗβ₁e₁‖ ≤ λ_dε, and the bound on it."""
    # Lengths of v in units of λ₁.
    z = eigenvalues / eigenvalues[0]
    realised = _settled_from(eigenvalues, eta, rho, w, float(z[-1]) * epsilon, z)
    return realised, _assembled(QuadraticSAM(eigenvalues, eta, rho), R, q, gap, epsilon)


def _eq_14_margin(**instance: Any) -> float:
    return _in_time(*_eq_14_sides(**instance))


def _in_time(realised: float, bound: float) -> float:
    """1 - realised/bound where the bound is positive, else what the run is late by; -1 where it never settles."""
    if realised == math.inf:
        return -1.0
    return 1 - realised / bound if bound > 0 else bound - realised


def _eq_14_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in _starts(rng, n, gap=True):
        yield {**instance, "epsilon": _accuracy(rng, instance)}


def _accuracy(rng: np.random.Generator, quadratic: Instance) -> float:
    """ε: a hair below the limit of Theorem 3, or far below."""
    limit = bounds.accuracy_limit(QuadraticSAM(quadratic["eigenvalues"], quadratic["eta"], quadratic["rho"]))
    return float(limit * rng.choice([1 - 1e-9, 10 ** rng.uniform(-5, 0) * 0.999]))


def _lemma_20_square() -> Certificate:
    """λ_d²‖w - sβ₁e₁/λ₁‖² ≤ ‖v - sβ₁e₁‖², whole-vector in three dimensions; p is the place s·β₁/λ₁."""
    return Certificate(
        r"$\lambda_d^2\,\norm{w\mp\frac{\beta_1}{\lambda_1}e_1}^2\le\norm{\Lambda w\mp\beta_1e_1}^2$ in three "
        r"dimensions",
        "w1 w2 w3 l1 l2 l3 p",
        lambda w1, w2, w3, l1, l2, l3, p: [l3 > 0, l2 >= l3, l1 >= l2],
        lambda w1, w2, w3, l1, l2, l3, p: (
            l3 * l3 * ((w1 - p) * (w1 - p) + w2 * w2 + w3 * w3)
            <= (l1 * w1 - l1 * p) * (l1 * w1 - l1 * p) + (l2 * w2) * (l2 * w2) + (l3 * w3) * (l3 * w3)
        ),
        Variation(
            r"with $\lambda_1$ in place of $\lambda_d$",
            conclusion=lambda w1, w2, w3, l1, l2, l3, p: (
                l1 * l1 * ((w1 - p) * (w1 - p) + w2 * w2 + w3 * w3)
                <= (l1 * w1 - l1 * p) * (l1 * w1 - l1 * p) + (l2 * w2) * (l2 * w2) + (l3 * w3) * (l3 * w3)
            ),
        ),
    )


EQ_14 = Claim(
    id="eq-14",
    title="On the bounce, in the gradient",
    section="4.5",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1>\lambda_2$, let $w_0$, $R$, $q$, $\Delta$ and $L$ be as in (13), and let $\epsilon>0$ be "
        r"such that "
        r"$\epsilon'=\frac{\lambda_d\epsilon}{2(1+\beta_1)}$ satisfies "
        r"$\epsilon'<\min\bigl\{\sqrt{\frac{\eta\lambda_1\beta_1}{2\gamma_1}},\frac{\eta\lambda_1}{2\gamma_1},"
        r"\frac1b,\frac{\beta_1}2\bigr\}$. Let $S$ be the right-hand side of (13), "
        r"$T_1=\frac{3\beta_1\lambda_1^3}{\eta\beta_d\lambda_d^4}$ and "
        r"$T_2=\frac1\mu\bigl[2T_1\log\frac4{\eta\lambda_1}+S+\log\frac1{2\epsilon'^2}\bigr]_+"
        r"+\frac6{\eta\lambda_1}\log\frac1{\epsilon'}$. Then there is a sign $\sigma$ with "
        r"$\norm{v_t-(-1)^t\sigma\beta_1e_1}\le\lambda_d\epsilon$ for all "
        r"$t\ge\bigl\lceil\frac{L}{\eta\lambda_d}\bigr\rceil+\lceil T_2\rceil$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, _RADIUS, _FIRST, _CLEAR, _ACCURACY),
    margin=_eq_14_margin,
    instances=_eq_14_instances,
    certificates=(_lemma_20_square(),),
    refutations=(
        Refutation(
            r"Without $\norm{w_0}\le R$: from $10^{150}$ it takes 500 steps to come near, and the bound knows nothing "
            r"of it.",
            {**_FAR, "gap": 1e-3, "epsilon": 0.15},
            without=_RADIUS.says,
        ),
        Refutation(
            r"Without $w_{0,1}^2\ge q$: a run with $w_{0,1}=0$ stays on the bounce along $e_2$.",
            {**_PLAIN, "w": np.array([0.0, 2.0]), "gap": 1e-3, "epsilon": 0.03},
            without=_FIRST.says,
        ),
        Refutation(
            r"Without the gap: from $\norm{v_0}=\gamma_1$ the run goes to the bounce along $e_2$.",
            {**_TRAP, "gap": 0.01, "epsilon": 0.03},
            without=_CLEAR.says,
        ),
        Refutation(
            r"With $\lceil T_2\rceil$ alone, the time of early descent forgotten (as in the printed Lemma 19).",
            {**_FAR, "R": 1e150, "q": 1e299, "gap": 1e-3, "epsilon": 0.15},
            margin=lambda **instance: _in_time(
                _eq_14_sides(**instance)[0], _eq_14_sides(**{**instance, "R": 0.5, "q": 0.25})[1]
            ),
        ),
    ),
    on_paper="Nothing of its own: it is (13) put into Lemma 19.",
    depends_on=("eq-13", "lemma-19"),
    note=r"Printed without $T_0$ and its ceiling, as Lemma 19 is (E3).",
)


# Theorem 3


def _possible(eigenvalues: Array, R: float, A: float, delta: float, **_: Any) -> bool:
    """Whether a density bounded by A can put probability 1 - δ into the ball of radius R."""
    d = eigenvalues.size
    ball = d / 2 * math.log(math.pi) + d * math.log(R) - math.lgamma(d / 2 + 1)
    return bool(0 < delta < 0.5 and A > 0 and math.log(A) + ball >= math.log1p(-delta) - 1e-9)


_DENSITY = Hypothesis(
    r"$0<\delta<\tfrac12$, and a density $\le A$ can put probability $1-\delta$ into $\norm{w_0}\le R$", _possible
)
_ROOM = Hypothesis(
    r"$R\ge\eta\rho\lambda_1$",
    lambda eigenvalues, eta, rho, R, **_: bool(eta * rho * eigenvalues[0] * (1 - 1e-12) <= R),
)


def _avoids_the_ring(
    eigenvalues: Array, eta: float, rho: float, w: Array, R: float, A: float, delta: float, **_: Any
) -> bool:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    log_density = math.log(A) - float(np.log(eigenvalues).sum())
    gap = _gap_along(eigenvalues, eta, rho, w)
    return gap > 0 and math.log(gap) >= _lemma_7(theory, float(eigenvalues[0]) * R, log_density, delta) - 1e-9


def _lemma_7(theory: QuadraticSAM, radius: float, log_density: float, delta: float) -> float:
    """log Δ of Lemma 7; the density of v is given by its logarithm, and taken in units in which it is no overflow."""
    d, unit = theory.dimension, radius
    scaled = QuadraticSAM(theory.eigenvalues, theory.eta, theory.rho / unit)
    # With ρ/unit and v/unit in place of ρ and v every length is divided by the unit, a density multiplied by unit^d.
    density = math.exp(log_density + d * math.log(unit))
    return bounds.log_gap(scaled, 1.0, density, delta, form="printed") + math.log(unit)


_GOOD = Hypothesis(
    r"$\bigl|\norm{v_t}-\gamma_1\bigr|\ge\Delta$ for all $t$, with the $\Delta$ of Lemma 7", _avoids_the_ring
)


def _bound(
    eigenvalues: Array,
    eta: float,
    rho: float,
    R: float,
    q: float,
    A: float,
    delta: float,
    epsilon: float,
    form: str = "corrected",
    constant: float = CONSTANT,
) -> bounds.FiniteTime:
    theory = QuadraticSAM(eigenvalues, eta, rho)
    return bounds.theorem_3(theory, epsilon, R, q, A, delta, constant=constant, form=form)


def _realised(eigenvalues: Array, eta: float, rho: float, w: Array, epsilon: float) -> float:
    """The step from which on ‖w_t ∓ (-1)ᵗa e₁‖ ≤ ε."""
    return _settled_from(eigenvalues, eta, rho, w, epsilon, np.ones_like(eigenvalues))


def _can_be_run(eigenvalues: Array, eta: float, rho: float, **_: Any) -> bool:
    """Whether the run settles in some hundreds of steps at most."""
    return bool(eta * eigenvalues[-1] >= 0.03 and 1 - QuadraticSAM(eigenvalues, eta, rho).rate >= 0.05)


def _theorem_3_margin(w: Array, **rest: Any) -> float:
    """The nearer of two: the run is in time, and the lemmas put together need no more than Theorem 3 allows."""
    total = _bound(**rest).total
    theory = QuadraticSAM(rest["eigenvalues"], rest["eta"], rest["rho"])
    together = bounds.explicit_time(
        theory, rest["epsilon"], rest["R"], rest["q"], rest["A"], rest["delta"], form="printed"
    )
    margins = [1 - together / total]
    if _can_be_run(**rest):
        realised = _realised(rest["eigenvalues"], rest["eta"], rest["rho"], w, rest["epsilon"])
        margins.append(_in_time(realised, total))
    return min(margins)


def _in_time_for(time: Callable[..., float]) -> Callable[..., float]:
    """The margin of a changed bound: whether the run is on the bounce by then."""

    def margin(w: Array, **rest: Any) -> float:
        realised = _realised(rest["eigenvalues"], rest["eta"], rest["rho"], w, rest["epsilon"])
        return _in_time(realised, time(**rest))

    return margin


def _theorem_3_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Starts in balls of every size; R, q and A as tight as they can be, or generous; every edge of `quadratics`."""
    for quadratic in quadratics(rng, n, gap=True):
        lam, eta, rho = np.asarray(quadratic["eigenvalues"]), float(quadratic["eta"]), float(quadratic["rho"])
        if rng.random() < 0.5:
            # Half of the instances with eigenvalues and a step that let the run be followed.
            lam = lam[0] * np.sort(np.append(1.0, rng.uniform(0.3, 0.97, lam.size - 1)))[::-1]
            eta = float(rng.choice([rng.uniform(0.1, 0.5), 0.5 - 10 ** rng.uniform(-9, -2)]) / lam[0])
        least = eta * rho * lam[0]
        late = rng.choice([0.0, eta * lam[-1] * rng.uniform(0, 2), min(rng.uniform(0, 10), 200 * eta * lam[-1])])
        w = rng.normal(size=lam.size)
        w[0] *= 10 ** rng.choice([0.0, rng.uniform(-12, 0)])
        w *= least * math.exp(late) / np.linalg.norm(w)
        delta = float(rng.choice([0.4999, 10 ** rng.uniform(-6, -0.4)]))
        R = max(float(np.linalg.norm(w)), least) * rng.choice([1.0, 10 ** rng.uniform(0, 2)])
        d = lam.size
        tightest = math.log1p(-delta) + math.lgamma(d / 2 + 1) - d / 2 * math.log(math.pi) - d * math.log(R)
        yield {
            "eigenvalues": lam,
            "eta": eta,
            "rho": rho,
            "w": w,
            "R": float(R),
            "q": float(w[0] ** 2 * rng.choice([1.0, 10 ** rng.uniform(-3, 0)])),
            "A": math.exp(tightest) * rng.choice([1.0, 10 ** rng.uniform(0, 6)]),
            "delta": delta,
            "epsilon": _accuracy(rng, {"eigenvalues": lam, "eta": eta, "rho": rho}),
        }


def _without_gap(**rest: Any) -> float:
    """The bound with μ = ηλ_d, as if λ₂ were far from λ₁."""
    bound = _bound(**rest)
    theory = QuadraticSAM(rest["eigenvalues"], rest["eta"], rest["rho"])
    factor = theory.mu / (rest["eta"] * float(rest["eigenvalues"][-1]))
    return bound.constant * (bound.bounce + factor * (math.fsum(bound.terms.values()) - bound.bounce))


def _t_1(lam: Any, low: Any, eta: Any, rho: Any) -> Any:
    """T₁/3 = β₁λ₁³/(ηβ_dλ_d⁴)."""
    return constants.beta(lam, eta, rho) * lam**3 / (eta * constants.beta(low, eta, rho) * low**4)


def _leading_term(power: int = 6) -> sp.Expr:
    lam, low, eta, rho = sp.symbols("lambda_1 lambda_d eta rho", positive=True)
    return _t_1(lam, low, eta, rho) - lam**5 / (eta * low**power) * (2 - eta * low) / (2 - eta * lam)


def _small(lam: Any, low: Any, eta: Any, rho: Any, **_: Any) -> list[Any]:
    return [eta > 0, rho > 0, low > 0, lam >= low, 2 * eta * lam < 1]


def _printed_range(lam: Any, low: Any, eta: Any, rho: Any, eps: Any, small: Any, beta: Any) -> list[Any]:
    """The printed range of ε, and `small` = ε' = λ_dε/(2(1 + β₁)), β₁ as a variable with its equation."""
    x, b = eta * lam, constants.absorbing_radius(lam, eta, rho)
    named = [beta * (2 - x) == b, small * 2 * (1 + beta) == low * eps, eps > 0]
    return [*_small(lam, low, eta, rho), *named, 4 * eps * eps < x, 2 * rho * lam * eps < 1, 2 * eps < b]


def _lemma_17_range(lam: Any, low: Any, eta: Any, rho: Any, eps: Any, small: Any, beta: Any) -> Any:
    """The four conditions of Lemma 17 on ε', the first squared; γ₁ = b/(1 - x), denominators cleared."""
    x, b = eta * lam, constants.absorbing_radius(lam, eta, rho)
    return z3.And(
        2 * b * small * small < x * beta * (1 - x), 2 * b * small < x * (1 - x), b * small < 1, 2 * small < beta
    )


THEOREM_3 = Claim(
    id="theorem-3",
    title="A time for the bounce",
    section="4.5",
    chapter=CHAPTER,
    statement=(
        r"There is an absolute constant $c$ ($c=10$ will do) such that the following holds. Let "
        r"$\lambda_1>\lambda_2\ge\dots\ge\lambda_d>0$, $\rho>0$, $0<\eta<\frac1{2\lambda_1}$, $0<\delta<\frac12$, "
        r"$A>0$, $R\ge\eta\rho\lambda_1$ and $q>0$. Let $\epsilon>0$ be such that "
        r"$\epsilon'=\frac{\lambda_d\epsilon}{2(1+\beta_1)}$ satisfies "
        r"$\epsilon'<\min\bigl\{\sqrt{\frac{\eta\lambda_1\beta_1}{2\gamma_1}},\frac{\eta\lambda_1}{2\gamma_1},"
        r"\frac1b,\frac{\beta_1}2\bigr\}$; for $\lambda_d\le1+\beta_1$ it is enough that $\epsilon<"
        r"\min\bigl\{\frac{\sqrt{\eta\lambda_1}}2,\frac1{2\rho\lambda_1},\frac{\eta\rho\lambda_1^2}2\bigr\}$. "
        r"Let $w_0$ have a density that is at most $A$, and let $\norm{w_0}\le R$ and $w_{0,1}^2\ge q$ with "
        r"probability at least $1-\delta$. Put $\mu=\min\{\eta\lambda_d,\frac{\lambda_1^2}{\lambda_2^2}-1\}$ "
        r"($\mu=\eta\lambda_1$ if $d=1$), $L=\log\frac{R}{\eta\rho\lambda_1}$, $M=\max\{L,\eta\lambda_d\}$, "
        r"$A'=\frac{A}{\lambda_1\cdots\lambda_d}$ and $a=\frac{\eta\rho\lambda_1}{2-\eta\lambda_1}$. "
        r"Then with probability at least $1-2\delta$ there is a sign $\sigma$ "
        r"with $\norm{w_t-(-1)^t\sigma ae_1}\le\epsilon$ for all "
        r"$\displaystyle t\ge c\,\Bigl\{\frac{\lambda_1^5}{\eta\lambda_d^6\mu}\log\frac4{\eta\lambda_1}"
        r"+\frac1\mu\Bigl(\log\frac{4(1+\eta\rho\lambda_1^2)^2}{\lambda_d^2\epsilon^2}+\log\frac{R^2}q\Bigr)"
        r"+\frac{M}{\eta\lambda_d\mu}\Bigl(\log(2\lambda_1R)"
        r"+\frac{M}{\eta\lambda_d}\log\frac{9\cdot6^{d+3}R^3}{(\eta\lambda_d)^{d+3}(\eta\rho\lambda_1)^3}"
        r"+\log\frac{A'\pi^{d/2}(4\eta\rho\lambda_1^2)^{d-1}M}{\Gamma(d/2)\,\delta\,\eta\lambda_d}\Bigr)"
        r"+\frac1{\eta\lambda_1}\log\frac{2(1+\eta\rho\lambda_1^2)}{\lambda_d\epsilon}\Bigr\}$."
    ),
    hypotheses=(POSITIVE, SMALL_STEP, GAP, _ROOM, _RADIUS, _FIRST, _DENSITY, _ACCURACY, _GOOD),
    margin=_theorem_3_margin,
    instances=_theorem_3_instances,
    identities=(
        Identity(
            r"$\frac{\beta_1\lambda_1^3}{\eta\beta_d\lambda_d^4}"
            r"=\frac{\lambda_1^5}{\eta\lambda_d^6}\cdot\frac{2-\eta\lambda_d}{2-\eta\lambda_1}$",
            _leading_term,
            lambda: _leading_term(power=5),
        ),
    ),
    certificates=(
        Certificate(
            r"$T_1=\frac{3\beta_1\lambda_1^3}{\eta\beta_d\lambda_d^4}\le\frac{4\lambda_1^5}{\eta\lambda_d^6}$",
            "lam low eta rho",
            _small,
            lambda lam, low, eta, rho: (
                3 * constants.beta(lam, eta, rho) * low * low <= 4 * lam * lam * constants.beta(low, eta, rho)
            ),
            Variation(
                "with 3 in place of 4",
                conclusion=lambda lam, low, eta, rho: (
                    3 * constants.beta(lam, eta, rho) * low * low <= 3 * lam * lam * constants.beta(low, eta, rho)
                ),
            ),
        ),
        Certificate(
            r"$\beta_1\le b$ and $\gamma_1\le2b$",
            "lam low eta rho",
            _small,
            lambda lam, low, eta, rho: z3.And(
                constants.beta(lam, eta, rho) <= constants.absorbing_radius(lam, eta, rho),
                constants.gamma(lam, eta, rho) <= 2 * constants.absorbing_radius(lam, eta, rho),
            ),
            Variation(
                r"with $\eta\lambda_1<1$ alone",
                hypotheses=lambda lam, low, eta, rho: [eta > 0, rho > 0, low > 0, lam >= low, eta * lam < 1],
            ),
        ),
        Certificate(
            r"$\lceil T\rceil\le2\max\{T,1\}$, as $\lceil T\rceil<T+1$",
            "T N",
            lambda T, N: [T > 0, N < T + 1],
            lambda T, N: z3.Or(N <= 2 * T, N <= 2),
            Variation(r"with $\max\{T,1\}$", conclusion=lambda T, N: z3.Or(N <= T, N <= 1)),
        ),
        Certificate(
            r"for $\lambda_d\le1+\beta_1$ the printed range of $\epsilon$ puts $\epsilon'$ into the range of Lemma 17",
            "lam low eta rho eps small beta",
            lambda **z: [*_printed_range(**z), z["low"] <= 1 + z["beta"]],
            _lemma_17_range,
            Variation(r"without $\lambda_d\le1+\beta_1$", hypotheses=_printed_range),
        ),
        Certificate(
            r"the last step of the proof: $X\ge-\frac{Y}{4.9}$, $Y\ge0$ give $4X+8.7\,Y\le10\,(X+Y)$",
            "X Y",
            lambda X, Y: [Y >= 0, 49 * X >= -10 * Y],
            lambda X, Y: 40 * X + 87 * Y <= 100 * (X + Y),
            Variation(r"without the bound on $X$", hypotheses=lambda X, Y: [Y >= 0]),
        ),
    ),
    refutations=(
        Refutation(
            r"Without $w_{0,1}^2\ge q$: a run with $w_{0,1}=0$ stays on the bounce along $e_2$ for ever.",
            {**_PLAIN, "w": np.array([0.0, 2.0]), "A": 1.0, "delta": 0.1, "epsilon": 0.05},
            without=_FIRST.says,
        ),
        Refutation(
            r"Outside the good event: from $\norm{v_0}=\gamma_1$ exactly, the run goes to the bounce along $e_2$.",
            {**_TRAP, "A": 5.0, "delta": 0.1, "epsilon": 0.05},
            without=_GOOD.says,
        ),
        Refutation(
            r"With $\mu=\eta\lambda_d$ alone: with nearly equal eigenvalues the first coordinate takes longer to win.",
            {
                "eigenvalues": np.array([1.0, 1 - 1e-7]),
                "eta": 0.4,
                "rho": 1.0,
                "w": np.array([0.01, 0.39]),
                "R": 0.4,
                "q": 1e-4,
                "A": 5.0,
                "delta": 0.1,
                "epsilon": 0.05,
            },
            margin=_in_time_for(_without_gap),
        ),
        Refutation(
            "With the last term alone: it allows for the settling of the bounce, not for the escape from a saddle.",
            {
                "eigenvalues": np.array([1.0, 0.98]),
                "eta": 0.4,
                "rho": 1.0,
                "w": np.array([1e-9, 0.39]),
                "R": 0.4,
                "q": 1e-18,
                "A": 5.0,
                "delta": 0.1,
                "epsilon": 0.05,
            },
            margin=_in_time_for(lambda **rest: CONSTANT * _bound(**rest).bounce),
        ),
    ),
    on_paper=(
        "The good event: that it has probability at least $1-2\\delta$ (Lemma 7), and the sum of the logarithms, for "
        "which "
        "the certificates give the single steps."
    ),
    depends_on=("eq-13", "eq-14", "lemma-7", "lemma-20"),
    note=(
        r"Printed with $A$ in place of $A'$ (E7: false), with $[L]_+$ in place of $M$ (E6), and with the range of "
        r"$\epsilon$ "
        r"that is enough for $\lambda_d\le1+\beta_1$ only (E11). The value $c=10$ is ours."
    ),
)


# Theorem 3 as printed


_PRINTED_ACCURACY = Hypothesis(
    r"$0<\epsilon<\min\bigl\{\frac{\sqrt{\eta\lambda_1}}2,\frac1{2\rho\lambda_1},\frac{\eta\rho\lambda_1^2}2\bigr\}$",
    lambda eigenvalues, eta, rho, epsilon, **_: bool(
        0 < epsilon < bounds.accuracy_limit(QuadraticSAM(eigenvalues, eta, rho), form="printed")
    ),
)


def _theorem_3_printed_margin(w: Array, **rest: Any) -> float:
    """How much sooner than the printed time the run is on the bounce, relative to the two."""
    time = _bound(**rest, form="printed", constant=1.0).total
    realised = _realised(rest["eigenvalues"], rest["eta"], rest["rho"], w, rest["epsilon"])
    return (time - realised) / (abs(time) + realised)


def _small_eigenvalues() -> Instance:
    """Ten eigenvalues of about 10⁻⁷, and w₀ uniform on the part of a ball in which |w₁| is not small.

    The start is one point of it; the density is at most 2/volume of the ball, since |w₁| < R/30 on less than half.
    """
    d, top, x = 10, 1e-7, 0.45
    eta, rho = x / top, 1 / (x * top)
    R = eta * rho * top * math.exp(0.5)
    ball = math.pi ** (d / 2) * R**d / math.gamma(d / 2 + 1)
    start = np.full(d, 0.3 * R)
    return {
        "eigenvalues": top * np.array([1.0, *[0.7] * (d - 1)]),
        "eta": eta,
        "rho": rho,
        "w": start,
        "R": R,
        "q": (R / 30) ** 2,
        "A": 2 / ball,
        "delta": 0.25,
        "epsilon": 0.2,
    }


THEOREM_3_PRINTED = PrintedForm(
    id="theorem-3-printed",
    title="Theorem 3 with the density of the wrong vector",
    section="4.5",
    chapter=CHAPTER,
    erratum="E7",
    statement=(
        r"Theorem 3 with the bound $A$ on the density of $w_0$ where that of $v_0=\Lambda w_0$ belongs: the time "
        r"contains "
        r"$\log\dfrac{A\,\pi^{d/2}(4\eta\rho\lambda_1^2)^{d-1}L}{\Gamma(d/2)\,\delta\,\eta\lambda_d}$. For small "
        r"eigenvalues "
        r"the time is negative, whatever $c>0$ is, and would have the run on the bounce at $t=0$."
    ),
    corrected="theorem-3",
    hypotheses=(POSITIVE, SMALL_STEP, GAP, _ROOM, _RADIUS, _FIRST, _DENSITY, _PRINTED_ACCURACY),
    margin=_theorem_3_printed_margin,
    counterexample=_small_eigenvalues(),
)

CLAIMS = (EQ_13, EQ_14, THEOREM_3, THEOREM_3_PRINTED)
