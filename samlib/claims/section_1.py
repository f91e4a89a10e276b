"""Section 1: SAM's step, and what the introduction says of it in one dimension and about the linearised maximiser."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import constants
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
from samlib.claims._quadratics import ascent
from samlib.losses import FlatteningRavine, Loss, Quadratic
from samlib.optimizers import SAM

__all__ = ["CLAIMS"]

CHAPTER = "01-introduction"


# Equation (2)


def _eq_2_margin(loss: Loss, w: Array, eta: float, rho: float, epsilon: Array, length: float = 1.0) -> float:
    """SAM's step against its definition; ε* against its length and against another ε as a maximiser."""
    gradient = loss.gradient(w)
    slope = float(np.linalg.norm(gradient))
    best = length * ascent(gradient, rho)
    if slope == 0:
        return equal(np.linalg.norm(best), rho)
    after = w - eta * loss.gradient(w + best)
    lost = rho * slope - gradient @ epsilon - slope * np.sum((epsilon - best) ** 2) / (2 * rho)
    return min(
        equal(np.linalg.norm(best), rho),
        equal(SAM(eta, rho).step(loss, w), after, np.abs(w).max() + np.abs(w - after).max()),
        float(lost / (rho * slope)),
    )


def _eq_2_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Rotated quadratics and the ravine; ε on the sphere, inside it, and next to ε*."""
    ravine = FlatteningRavine()
    for _ in range(n):
        d = int(rng.integers(1, 6))
        root = rng.normal(size=(d, d)) * 10 ** rng.uniform(-1, 1)
        loss: Loss = ravine if rng.integers(2) else Quadratic.from_matrix(root @ root.T)
        w = rng.normal(size=loss.dimension) * 10 ** rng.uniform(-3, 3)
        eta, rho = 10 ** rng.uniform(-3, 1), 10 ** rng.uniform(-3, 2)
        direction = rng.normal(size=w.size)
        if rng.integers(3) == 0:
            direction = loss.gradient(w) / np.linalg.norm(loss.gradient(w)) + 10 ** rng.uniform(-9, -1) * direction
        epsilon = ascent(direction, rho * rng.choice([1 - 1e-12, rng.uniform(0, 1)]))
        yield {"loss": loss, "w": w, "eta": float(eta), "rho": float(rho), "epsilon": epsilon}


_SLOPED = Hypothesis(r"$\nabla\ell(w)\ne0$", lambda loss, w, **_: bool(np.any(loss.gradient(w) != 0)))
_WITHIN = Hypothesis(r"$\norm\epsilon\le\rho$", lambda rho, epsilon, **_: bool(np.linalg.norm(epsilon) <= rho))
_STEP_SIZES = Hypothesis(r"$\eta>0$, $\rho>0$", lambda eta, rho, **_: bool(eta > 0 and rho > 0))


def _distance_to_best(d: int, sign: int = 1) -> Any:
    """‖ε - ρg/‖g‖‖² - (‖ε‖² + ρ² - 2ρ⟨g, ε⟩/‖g‖) in d coordinates."""
    g, e = sp.symbols(f"g_1:{d + 1}", real=True), sp.symbols(f"e_1:{d + 1}", real=True)
    rho, slope = sp.Symbol("rho", positive=True), sp.sqrt(sum(x**2 for x in g))
    apart = sum((y - rho * x / slope) ** 2 for x, y in zip(g, e, strict=True))
    inner = sum(x * y for x, y in zip(g, e, strict=True))
    return apart - (sum(y**2 for y in e) + rho**2 - sign * 2 * rho * inner / slope)


def _gain(square: Any, rho: Any, slope: Any, inner: Any) -> Any:
    """ρ‖g‖ - ⟨g, ε⟩ - ‖g‖‖ε - ε*‖²/(2ρ), with square = ‖ε‖² and inner = ⟨g, ε⟩."""
    return rho * slope - inner - slope * (square + rho * rho - 2 * rho * inner / slope) / (2 * rho)


_AT_A_MINIMUM: Instance = {
    "loss": Quadratic([1.0, 0.5]),
    "w": np.zeros(2),
    "eta": 0.2,
    "rho": 1.0,
    "epsilon": np.array([0.5, 0.0]),
}
_AT_FIGURE_1: Instance = {**_AT_A_MINIMUM, "w": np.array([2.0, 2.0])}

EQ_2 = Claim(
    id="eq-2",
    title="The SAM step",
    section="1",
    chapter=CHAPTER,
    statement=(
        r"With step size $\eta>0$ and radius $\rho>0$, Sharpness-Aware Minimization takes $w_t$ with "
        r"$\nabla\ell(w_t)\ne0$ "
        r"to $w_{t+1}=w_t-\eta\,\nabla\ell\bigl(w_t+\epsilon_t\bigr)$, "
        r"$\epsilon_t=\rho\,\frac{\nabla\ell(w_t)}{\norm{\nabla\ell(w_t)}}$. Here $\epsilon_t$ is the only "
        r"maximiser of "
        r"$\epsilon\mapsto\langle\nabla\ell(w_t),\epsilon\rangle$ on the ball $\norm\epsilon\le\rho$; more exactly, "
        r"$\rho\norm{\nabla\ell(w_t)}-\langle\nabla\ell(w_t),\epsilon\rangle\ge"
        r"\frac{\norm{\nabla\ell(w_t)}}{2\rho}\norm{\epsilon-\epsilon_t}^2$ there. "
        r"Where $\nabla\ell(w_t)=0$ we take $\epsilon_t=0$."
    ),
    hypotheses=(_STEP_SIZES, _SLOPED, _WITHIN),
    margin=_eq_2_margin,
    instances=_eq_2_instances,
    identities=tuple(
        Identity(
            rf"$\norm{{\epsilon-\epsilon_t}}^2=\norm\epsilon^2+\rho^2-2\rho\langle g,\epsilon\rangle/\norm g$, $d={d}$",
            partial(_distance_to_best, d),
            partial(_distance_to_best, d, sign=-1),
        )
        for d in (2, 3, 4)
    ),
    certificates=(
        Certificate(
            r"$\rho\norm g-\langle g,\epsilon\rangle\ge\norm g\norm{\epsilon-\epsilon_t}^2/(2\rho)$ from "
            r"$\norm\epsilon^2\le\rho^2$",
            "square rho slope inner",
            lambda square, rho, slope, inner: [rho > 0, slope > 0, square >= 0, square <= rho * rho],
            lambda square, rho, slope, inner: _gain(square, rho, slope, inner) >= 0,
            Variation(
                r"without $\norm\epsilon\le\rho$",
                hypotheses=lambda square, rho, slope, inner: [rho > 0, slope > 0, square >= 0],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At a minimum no direction leads uphill: the perturbation is $0$ by convention, and not of length $\rho$.",
            _AT_A_MINIMUM,
            without=_SLOPED.says,
        ),
        Refutation(
            r"A longer $\epsilon$ raises the linearised loss by more.",
            {**_AT_FIGURE_1, "epsilon": np.array([2.0, 1.0])},
            without=_WITHIN.says,
        ),
        Refutation("A perturbation of twice the length.", _AT_FIGURE_1, margin=partial(_eq_2_margin, length=2.0)),
    ),
    on_paper="That the linearised maximiser stands in for the true one is a choice, not a theorem.",
    note=r"Printed without a word on $\nabla\ell(w_t)=0$, where it is undefined (E15).",
)


# When the linearised maximiser is the true one


def _maximiser(hessian: Array, gradient: Array, rho: float) -> Array:
    """An ε that maximises ⟨g, ε⟩ + ½εᵀHε over ‖ε‖ ≤ ρ, by bisection; (d, d), (d,) → (d,).

    It is the solution of (μI - H)ε = g with μ ≥ max(λ₁, 0), the one on the sphere or, where μ = 0, inside it. Where
    even μ = λ₁ gives one that is too short, a step along e₁ makes up for it.
    """
    eigenvalues, axes = np.linalg.eigh(hessian)
    slopes = axes.T @ gradient
    floor = max(float(eigenvalues[-1]), 0.0)
    gaps = floor - eigenvalues
    flat = gaps <= 1e-12 * np.abs(eigenvalues).max(initial=0.0)
    if np.linalg.norm(slopes[flat]) <= 1e-12 * np.linalg.norm(slopes):
        with np.errstate(over="ignore"):  # where the curvature is next to nothing it is as long as can be
            short = np.divide(slopes, gaps, out=np.zeros_like(slopes), where=~flat)
            missing = rho**2 - short @ short
        if missing >= 0:
            short[-1] += np.sqrt(missing) if flat[-1] else 0.0
            return np.asarray(axes @ short)
    high = float(np.linalg.norm(slopes)) / rho  # here the solution is inside the ball
    low = 1e-30 * high
    for _ in range(120):
        middle = np.sqrt(low * high)
        outside = np.linalg.norm(slopes / (gaps + middle)) > rho
        low, high = (middle, high) if outside else (low, middle)
    found = slopes / (gaps + high)
    return np.asarray(axes @ found * (rho / np.linalg.norm(found)))


def _maximiser_margin(
    hessian: Array, w: Array, rho: float, *, reach: float = 1.0, on_axis: bool = True, long: bool = True
) -> float:
    """What the best ε gains over ε*, and whether that is nothing exactly where the two conditions hold."""
    g = hessian @ w
    slope, top = float(np.linalg.norm(g)), float(np.linalg.eigvalsh(hessian)[-1])
    size = float(np.abs(np.linalg.eigvalsh(hessian)).max())
    star = ascent(g, rho)
    best = _maximiser(hessian, g, rho)
    gain = float(g @ (best - star) + (best - star) @ hessian @ (best + star) / 2) / (rho * slope + rho**2 * size / 2)
    lam = float(g @ hessian @ g) / slope**2 if slope > 0 else top
    askew = float(np.linalg.norm(hessian @ g - lam * g)) > 1e-9 * size * slope
    short = reach * rho * (top - lam) - slope > 1e-9 * (rho * size + slope)
    if (askew and on_axis) or (short and long):
        return strictly(gain - 1e-13)
    return -gain


def _maximiser_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Rotated quadratics. Gradients along an axis with lengths at ρ(λ₁ - λ), exactly and a hair beside it; others."""
    made = 0
    while made < n:
        d = int(rng.integers(1, 7))
        spectrum = np.sort(
            rng.choice([rng.uniform(0, 1, d), 10 ** rng.uniform(-2, 0, d), rng.choice([0, 0.5, 1.0], d)])
        )
        top, rho = 10 ** rng.uniform(-3, 3), 10 ** rng.uniform(-3, 3)
        spectrum[-1] = 1.0
        axis = int(rng.choice(np.flatnonzero(spectrum > 0.01)))
        gap = 1 - spectrum[axis]
        slope = rng.choice([1.0, 1 - 1e-4, 1 + 1e-4, rng.uniform(0.1, 2)]) * gap
        if slope < 0.01:
            slope = 10 ** rng.uniform(-2, 1.5)
        g = np.zeros(d)
        g[axis] = slope
        if rng.integers(2):
            g = g + slope * 10 ** rng.uniform(-2, 0) * np.where(spectrum > 0.01, rng.normal(size=d), 0.0)
            mean = g @ (spectrum * g) / (g @ g)
            off = np.linalg.norm((spectrum - mean) * g) / np.linalg.norm(g)
            if 1e-9 < off < 1e-3:
                continue  # not an eigenvector, and not decidably so
        rotation = np.linalg.qr(rng.normal(size=(d, d)))[0]
        w = np.divide(g, spectrum, out=np.zeros(d), where=spectrum > 0)
        hessian = top * (rotation * spectrum) @ rotation.T
        made += 1
        yield {"hessian": (hessian + hessian.T) / 2, "w": rho * rotation @ w, "rho": float(rho)}


_CONVEX = Hypothesis(
    r"$H$ is symmetric and positive semidefinite, $\rho>0$",
    lambda hessian, rho, **_: bool(
        np.all(hessian == hessian.T) and np.linalg.eigvalsh(hessian)[0] >= -1e-12 * np.abs(hessian).max() and rho > 0
    ),
)
_UPHILL = Hypothesis(r"$g=Hw\ne0$", lambda hessian, w, **_: bool(np.any(hessian @ w != 0)))


def _completed_square(d: int, half: int = 2) -> Any:
    """ℓ(w + ε) - ℓ(w + ε') against its completed square, with g = (μI - H)ε, in d coordinates and for every H."""
    entries = {(i, j): sp.Symbol(f"h_{i + 1}{j + 1}", real=True) for i in range(d) for j in range(i, d)}
    hessian = sp.Matrix(d, d, lambda i, j: entries[min(i, j), max(i, j)])
    mu = sp.Symbol("mu", real=True)
    best, other = sp.Matrix(sp.symbols(f"a_1:{d + 1}", real=True)), sp.Matrix(sp.symbols(f"b_1:{d + 1}", real=True))
    above = mu * sp.eye(d) - hessian
    g = above * best

    def rise(epsilon: sp.Matrix) -> sp.Expr:
        return g.dot(epsilon) + epsilon.dot(hessian * epsilon) / 2

    square = (other - best).dot(above * (other - best)) / half
    return sp.expand(rise(best) - rise(other) - square - mu * (best.dot(best) - other.dot(other)) / 2)


def _turned(cosine: Any, sine: Any, slope: Any, rho: Any, lam: Any, cross: Any, other: Any) -> Any:
    """ℓ(w + ε) - ℓ(w + ε*) for ε = ρ(cosine ĝ + sine p), with ĝᵀHĝ = lam, pᵀHĝ = cross, pᵀHp = other."""
    curved = lam * (cosine * cosine - 1) + 2 * cross * cosine * sine + other * sine * sine
    return rho * slope * (cosine - 1) + rho * rho * curved / 2


def _turned_to_the_top(half: int = 2) -> Any:
    """The rise towards e₁ against ρ(1 - c)(½ρ(λ₁ - λ)(1 + c) - ‖g‖)."""
    c, slope, rho, lam, top = sp.symbols("c n rho lambda lambda_1", positive=True)
    rise = _turned(c, sp.sqrt(1 - c**2), slope, rho, lam, 0, top)
    return sp.expand(rise - rho * (1 - c) * (rho * (top - lam) * (1 + c) / half - slope))


def _tilted(tau: Any, slope: Any, rho: Any, lam: Any, cross: Any, other: Any) -> Any:
    """The rise towards p by the angle 2 arctan τ, multiplied by (1 + τ²)²."""
    square = tau * tau
    curved = -lam * 4 * square + 2 * cross * (1 - square) * 2 * tau + other * 4 * square
    return rho * slope * (-2 * square) * (1 + square) + rho * rho * curved / 2


def _tilted_identity(factor: int = 2) -> Any:
    tau, slope, rho, lam, cross, other = sp.symbols("tau n rho lambda kappa nu", positive=True)
    cosine, sine = (1 - tau**2) / (1 + tau**2), factor * tau / (1 + tau**2)
    rise = _turned(cosine, sine, slope, rho, lam, cross, other)
    return sp.simplify(rise * (1 + tau**2) ** 2 - _tilted(tau, slope, rho, lam, cross, other))


LINEARISED_MAXIMISER = Claim(
    id="linearised-maximiser",
    title="When the linearised maximiser is the true one",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell(w)=\tfrac12w^\top Hw$ with $H$ symmetric positive semidefinite and largest eigenvalue $\lambda_1$, "
        r"let $\rho>0$ and $g=Hw\ne0$. Then $\epsilon^*(w)=\rho g/\norm g$ maximises $\ell(w+\epsilon)$ over "
        r"$\norm\epsilon\le\rho$ if and only if $g$ is an eigenvector of $H$, say $Hg=\lambda g$, and "
        r"$\norm g\ge\rho\,(\lambda_1-\lambda)$."
    ),
    hypotheses=(_CONVEX, _UPHILL),
    margin=_maximiser_margin,
    instances=_maximiser_instances,
    identities=(
        *(
            Identity(
                r"with $(\mu I-H)\epsilon=g$, for every $\epsilon'$: $\ell(w+\epsilon)-\ell(w+\epsilon')="
                r"\frac12(\epsilon'-\epsilon)^\top(\mu I-H)(\epsilon'-\epsilon)+"
                rf"\frac\mu2(\norm\epsilon^2-\norm{{\epsilon'}}^2)$, $d={d}$",
                partial(_completed_square, d),
                partial(_completed_square, d, half=1),
            )
            for d in (2, 3, 4)
        ),
        Identity(
            r"for $\epsilon=\rho(c\,\hat g+\sqrt{1-c^2}\,e_1)$ and $H\hat g=\lambda\hat g$, $\hat g\perp e_1$: "
            r"$\ell(w+\epsilon)-\ell(w+\epsilon^*)=\rho(1-c)\bigl(\frac\rho2(\lambda_1-\lambda)(1+c)-\norm g\bigr)$",
            _turned_to_the_top,
            partial(_turned_to_the_top, half=1),
        ),
        Identity(
            r"the rise for $\epsilon=\rho\frac{(1-\tau^2)\hat g+2\tau p}{1+\tau^2}$ as a polynomial in $\tau$",
            _tilted_identity,
            partial(_tilted_identity, factor=1),
        ),
    ),
    certificates=(
        Certificate(
            r"enough, per eigenvalue: $\norm g\ge\rho(\lambda_1-\lambda)$ makes $\mu=\lambda+\norm g/\rho\ge\lambda_i$ "
            r"and $\mu\ge0$, so that no $\epsilon'$ of length at most $\rho$ is better",
            "top lam own slope rho apart length",
            lambda top, lam, own, slope, rho, apart, length: [
                rho > 0,
                slope > 0,
                lam >= 0,
                own >= 0,
                lam <= top,
                own <= top,
                slope >= rho * (top - lam),
                apart >= 0,
                length >= 0,
                length <= rho,
            ],
            lambda top, lam, own, slope, rho, apart, length: (
                (lam + slope / rho - own) * apart / 2 + (lam + slope / rho) * (rho * rho - length * length) / 2 >= 0
            ),
            Variation(
                r"from $\norm g\ge\frac\rho2(\lambda_1-\lambda)$",
                hypotheses=lambda top, lam, own, slope, rho, apart, length: [
                    rho > 0,
                    slope > 0,
                    lam >= 0,
                    own >= 0,
                    lam <= top,
                    own <= top,
                    2 * slope >= rho * (top - lam),
                    apart >= 0,
                    length >= 0,
                    length <= rho,
                ],
            ),
        ),
        Certificate(
            r"needed: for $\norm g<\rho(\lambda_1-\lambda)$ the $\epsilon$ with "
            r"$c=\frac{\norm g}{\rho(\lambda_1-\lambda)}$ is better than $\epsilon^*$",
            "c slope rho gap",
            lambda c, slope, rho, gap: [rho > 0, gap > 0, slope > 0, slope < rho * gap, c * rho * gap == slope],
            lambda c, slope, rho, gap: rho * (1 - c) * (rho * gap * (1 + c) / 2 - slope) > 0,
            Variation(
                r"for $\norm g\le\rho(\lambda_1-\lambda)$",
                hypotheses=lambda c, slope, rho, gap: [
                    rho > 0,
                    gap > 0,
                    slope > 0,
                    slope <= rho * gap,
                    c * rho * gap == slope,
                ],
            ),
        ),
        Certificate(
            r"needed: if $H\hat g=\lambda\hat g+\kappa p$ with $\kappa>0$, a turn towards $p$ by a small angle is "
            r"better: $0<\tau\le\frac12$ and $\tau(5\norm g+4\rho\lambda)<3\rho\kappa$ suffice",
            "tau slope rho lam cross other",
            lambda tau, slope, rho, lam, cross, other: [
                rho > 0,
                slope > 0,
                lam >= 0,
                other >= 0,
                tau > 0,
                2 * tau <= 1,
                tau * (5 * slope + 4 * rho * lam) < 3 * rho * cross,
            ],
            lambda tau, slope, rho, lam, cross, other: _tilted(tau, slope, rho, lam, cross, other) > 0,
            Variation(
                "by any angle",
                hypotheses=lambda tau, slope, rho, lam, cross, other: [
                    rho > 0,
                    slope > 0,
                    lam >= 0,
                    other >= 0,
                    cross > 0,
                    tau > 0,
                    2 * tau <= 1,
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"On $-\frac12w^2$ the ball may reach over the top: $\epsilon^*$ lands on the other side.",
            {"hessian": np.array([[-1.0]]), "w": np.array([0.5]), "rho": 1.0},
            without=_CONVEX.says,
        ),
        Refutation(
            r"At the minimum $\epsilon^*=0$ by convention, and any other $\epsilon$ is better, although the two "
            r"conditions hold with $\lambda=\lambda_1$.",
            {"hessian": np.eye(2), "w": np.zeros(2), "rho": 1.0},
            without=_UPHILL.says,
        ),
        Refutation(
            r"Without the second condition: on the flat axis and close to the minimum the steep direction is better.",
            {"hessian": np.diag([1.0, 0.5]), "w": np.array([0.0, 0.1]), "rho": 1.0},
            margin=partial(_maximiser_margin, long=False),
        ),
        Refutation(
            r"Without the first condition: off the axes $\epsilon^*$ is not the best, however long the gradient.",
            {"hessian": np.diag([1.0, 0.5]), "w": np.array([10.0, 10.0]), "rho": 1.0},
            margin=partial(_maximiser_margin, on_axis=False),
        ),
        Refutation(
            r"With $\frac\rho2(\lambda_1-\lambda)$ in place of $\rho(\lambda_1-\lambda)$.",
            {"hessian": np.diag([1.0, 0.5]), "w": np.array([0.0, 0.8]), "rho": 1.0},
            margin=partial(_maximiser_margin, reach=0.5),
        ),
        Refutation(
            r"With $2\rho(\lambda_1-\lambda)$ in place of $\rho(\lambda_1-\lambda)$.",
            {"hessian": np.diag([1.0, 0.5]), "w": np.array([0.0, 1.6]), "rho": 1.0},
            margin=partial(_maximiser_margin, reach=2.0),
        ),
    ),
    on_paper=r"The completed square in every dimension; that there is a direction to turn $\epsilon^*$ to, and a small "
    r"enough angle, if $g$ is not an eigenvector.",
    depends_on=("eq-2",),
    ours=True,
)


# The scalar bounce

_LONGEST_DESCENT = 100_000
_ALTERNATIONS = 60


def _next(lam: Any, eta: Any, rho: Any, w: Any) -> Any:
    """SAM's step from w > 0 on ½λw², by its definition; floats, SymPy symbols and Z3 reals."""
    return w - eta * lam * (w + rho)


def _after(lam: float, eta: float, rho: float, w: float) -> float:
    """The same from w ≠ 0; 0 stays."""
    return float(np.sign(w)) * _next(lam, eta, rho, abs(w))


def _until_the_sign_changes(lam: float, eta: float, rho: float, w: float) -> list[float]:
    """The iterates up to the first of another sign than w; as many at most as steps of ηρλ lead from w to 0, and 1."""
    path = [w]
    most = min(abs(w) / abs(eta * rho * lam), _LONGEST_DESCENT) + 1
    while path[-1] * w > 0 and len(path) <= most + 1:
        path.append(_after(lam, eta, rho, path[-1]))
    return path


def _bounce_margin(
    lam: float, eta: float, rho: float, w: float, *, limit: float = 2.0, half: float = 1.0, power: int = 1
) -> float:
    """Below the limit: descent, change of sign at each step, approach; beyond it: growth."""
    if eta * lam >= limit:
        path = [w]
        for _ in range(30):
            path.append(_after(lam, eta, rho, path[-1]))
        sizes = np.abs(path)
        return float(np.min((np.diff(sizes) - eta * rho * lam) / sizes[1:]))
    path = _until_the_sign_changes(lam, eta, rho, w)[-2:]
    for _ in range(_ALTERNATIONS):
        path.append(_after(lam, eta, rho, path[-1]))
    run = np.array(path[1:])
    if path[0] * path[1] >= 0 or np.any(run[1:] * run[:-1] >= 0):
        return -1.0
    a = half * constants.amplitude(lam, eta, rho)
    sizes = np.abs(run)
    missed = sizes - a
    factor = -np.sign(1 - eta * lam) * abs(1 - eta * lam) ** power
    nearer = (abs(missed[0]) - abs(missed[-1])) / (sizes.max() + abs(a))
    return min(equal(missed[1:], factor * missed[:-1], sizes.max() + abs(a)), float(nearer))


def _bounce_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """ηλ close to 0, 1 and 2, on 1 and 2, and beyond; starts next to γ/λ, which would land on 0, at a, and far away."""
    for _ in range(n):
        lam, rho = 10 ** rng.choice([0.0, rng.uniform(-3, 3)], 2)
        edges = [10 ** rng.uniform(-4, 0), 1.0, 1 - 1e-9, 1 + 1e-9, 2 - 10 ** rng.uniform(-6, -1), 2.0, 2 + 1e-9]
        x = rng.choice([*rng.uniform(0, 2, 4), *edges, rng.uniform(2, 4)])
        eta = float(x / lam)
        unit = eta * rho * lam
        marks = [unit * rng.uniform(0, 3), unit * 10 ** rng.uniform(-9, 3), abs(unit / (1 - x + 1e-12))]
        w = rng.choice([1.0, -1.0]) * rng.choice(marks) * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-9, -1))
        yield {"lam": float(lam), "eta": eta, "rho": float(rho), "w": float(w)}


def _never_lands_on_0(lam: float, eta: float, rho: float, w: float, **_: Any) -> bool:
    """Whether the run avoids 0, as far as doubles can tell; once the sign has changed, it does for ever."""
    path = _until_the_sign_changes(lam, eta, rho, w)
    return all(abs(one) > 1e-13 * abs(eta * rho * lam) for one in path)


_BOWL = Hypothesis(r"$\lambda>0$, $\eta>0$, $\rho>0$", lambda lam, eta, rho, **_: bool(lam > 0 and eta > 0 and rho > 0))
_NEVER_0 = Hypothesis("no iterate is $0$", _never_lands_on_0)


def _positive(lam: Any, eta: Any, rho: Any, w: Any) -> list[Any]:
    return [lam > 0, eta > 0, rho > 0, w > 0]


def _scalar(*more: Callable[[Any, Any, Any, Any], Any]) -> Callable[..., Sequence[Any]]:
    """λ, η, ρ, w > 0 and more conditions."""
    return lambda lam, eta, rho, w: [*_positive(lam, eta, rho, w), *(one(lam, eta, rho, w) for one in more)]


def _below_1(lam: Any, eta: Any, rho: Any, w: Any) -> Any:
    return eta * lam < 1


def _lands_on_0(lam: Any, eta: Any, rho: Any) -> Any:
    """c = γ/λ = ηρλ/(1 - ηλ)."""
    return constants.gamma(lam, eta, rho) / lam


def _approach(sign: int = -1) -> Any:
    """|w₊| - a against -(1 - ηλ)(|w| - a), for w > 0 and w₊ < 0."""
    lam, eta, rho, w = sp.symbols("lambda eta rho w", positive=True)
    a = constants.amplitude(lam, eta, rho)
    return -_next(lam, eta, rho, w) - a - sign * (1 - eta * lam) * (w - a)


def _mirrored(sign: int = 1) -> Any:
    """The step from a against -a."""
    lam, eta, rho = sp.symbols("lambda eta rho", positive=True)
    a = constants.amplitude(lam, eta, rho)
    return _next(lam, eta, rho, a) + sign * a


SCALAR_BOUNCE = Claim(
    id="scalar-bounce",
    title="The scalar bounce",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell(w)=\tfrac12\lambda w^2$ with $\lambda>0$, let $\eta,\rho>0$, and let no iterate be $0$. "
        r"If $\eta\lambda<2$, then from some step on the iterates change sign in every step, "
        r"$\lvert w_t\rvert\to a=\frac{\eta\rho\lambda}{2-\eta\lambda}$, and once they do, "
        r"$\lvert w_{t+1}\rvert-a=-(1-\eta\lambda)\,\bigl(\lvert w_t\rvert-a\bigr)$. "
        r"If $\eta\lambda\ge2$, then $\lvert w_{t+1}\rvert\ge\lvert w_t\rvert+\eta\rho\lambda$ for all $t$."
    ),
    hypotheses=(_BOWL, _NEVER_0),
    margin=_bounce_margin,
    instances=_bounce_instances,
    identities=(
        Identity("one step takes $a$ to $-a$", _mirrored, partial(_mirrored, sign=-1)),
        Identity(
            r"$\lvert w_{t+1}\rvert-a=-(1-\eta\lambda)(\lvert w_t\rvert-a)$ where the sign changes",
            _approach,
            partial(_approach, sign=1),
        ),
    ),
    certificates=(
        Certificate(
            r"descent: for $\eta\lambda<1$ and $w>c=\frac{\eta\rho\lambda}{1-\eta\lambda}$, $0<w_+<w-\eta\rho\lambda$",
            "lam eta rho w",
            _scalar(_below_1, lambda lam, eta, rho, w: w > _lands_on_0(lam, eta, rho)),
            lambda lam, eta, rho, w: z3.And(_next(lam, eta, rho, w) > 0, _next(lam, eta, rho, w) < w - eta * rho * lam),
            Variation(
                r"for $w>\frac c2$",
                hypotheses=_scalar(_below_1, lambda lam, eta, rho, w: 2 * w > _lands_on_0(lam, eta, rho)),
            ),
        ),
        Certificate(
            r"bounce: for $\eta\lambda<1$ and $0<w<c$, $-c<-\eta\rho\lambda<w_+<0$",
            "lam eta rho w",
            _scalar(_below_1, lambda lam, eta, rho, w: w < _lands_on_0(lam, eta, rho)),
            lambda lam, eta, rho, w: z3.And(
                _lands_on_0(lam, eta, rho) > eta * rho * lam,
                _next(lam, eta, rho, w) > -eta * rho * lam,
                _next(lam, eta, rho, w) < 0,
            ),
            Variation(
                r"for $w<2c$",
                hypotheses=_scalar(_below_1, lambda lam, eta, rho, w: w < 2 * _lands_on_0(lam, eta, rho)),
            ),
        ),
        Certificate(
            r"for $\eta\lambda\ge1$ the sign changes at every step",
            "lam eta rho w",
            _scalar(lambda lam, eta, rho, w: eta * lam >= 1),
            lambda lam, eta, rho, w: _next(lam, eta, rho, w) < 0,
            Variation(r"for $\eta\lambda\ge\frac12$", hypotheses=_scalar(lambda lam, eta, rho, w: 2 * eta * lam >= 1)),
        ),
        Certificate(
            r"$\lvert1-\eta\lambda\rvert<1$ for $0<\eta\lambda<2$",
            "lam eta rho w",
            _scalar(lambda lam, eta, rho, w: eta * lam < 2),
            lambda lam, eta, rho, w: (1 - eta * lam) ** 2 < 1,
            Variation(r"for $\eta\lambda\le2$", hypotheses=_scalar(lambda lam, eta, rho, w: eta * lam <= 2)),
        ),
        Certificate(
            r"growth: for $\eta\lambda\ge2$, $\lvert w_+\rvert\ge w+\eta\rho\lambda$",
            "lam eta rho w",
            _scalar(lambda lam, eta, rho, w: eta * lam >= 2),
            lambda lam, eta, rho, w: -_next(lam, eta, rho, w) >= w + eta * rho * lam,
            Variation(
                r"for $\eta\lambda\ge\frac{19}{10}$",
                hypotheses=_scalar(lambda lam, eta, rho, w: 10 * eta * lam >= 19),
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"On $-\frac12w^2$ the sign never changes.",
            {"lam": -1.0, "eta": 0.2, "rho": 1.0, "w": 0.3},
            without=_BOWL.says,
        ),
        Refutation(
            r"From $w_0=\frac{\eta\rho\lambda}{1-\eta\lambda}=\frac14$ one step leads to $0$, and the run stays there.",
            {"lam": 1.0, "eta": 0.2, "rho": 1.0, "w": 0.25},
            without=_NEVER_0.says,
        ),
        Refutation(
            r"Convergence claimed beyond $\eta\lambda=2$: at $2.05$ the distance grows.",
            {"lam": 1.0, "eta": 2.05, "rho": 1.0, "w": 0.3},
            margin=partial(_bounce_margin, limit=3.0),
        ),
        Refutation(
            r"Growth claimed below $\eta\lambda=2$: at $1.95$ a long way is made shorter.",
            {"lam": 1.0, "eta": 1.95, "rho": 1.0, "w": 1000.0},
            margin=partial(_bounce_margin, limit=1.9),
        ),
        Refutation(
            r"With twice the amplitude.",
            {"lam": 1.0, "eta": 0.2, "rho": 1.0, "w": 2.0},
            margin=partial(_bounce_margin, half=2.0),
        ),
        Refutation(
            r"With the square of the factor $1-\eta\lambda$.",
            {"lam": 1.0, "eta": 0.2, "rho": 1.0, "w": 2.0},
            margin=partial(_bounce_margin, power=2),
        ),
    ),
    on_paper=r"That finitely many steps of at least $\eta\rho\lambda$ end the descent, and that the powers of a "
    r"number of size less than $1$ tend to $0$.",
    depends_on=("eq-2",),
    note=r"The paper treats one dimension together with all others, for $\eta\lambda<\tfrac12$.",
    ours=True,
)

CLAIMS = (LINEARISED_MAXIMISER, EQ_2, SCALAR_BOUNCE)
