"""Instances that the claims about quadratics share: eigenvalues, step sizes and gradients with adversarial edges."""

from collections.abc import Iterator

import numpy as np

from samlib import constants
from samlib._validation import Array
from samlib.claims._claim import Hypothesis, Instance

__all__ = [
    "BELOW_ONE",
    "GAP",
    "NONZERO",
    "POSITIVE",
    "SMALL_STEP",
    "STABLE",
    "ascent",
    "gradients",
    "quadratics",
    "step",
]

POSITIVE = Hypothesis(
    r"$\lambda_1\ge\dots\ge\lambda_d>0$, $\eta>0$, $\rho>0$",
    lambda eigenvalues, eta, rho, **_: bool(
        eigenvalues[-1] > 0 and np.all(np.diff(eigenvalues) <= 0) and eta > 0 and rho > 0
    ),
)
SMALL_STEP = Hypothesis(r"$\eta\lambda_1<\tfrac12$", lambda eigenvalues, eta, **_: bool(eta * eigenvalues[0] < 0.5))
BELOW_ONE = Hypothesis(r"$\eta\lambda_1<1$", lambda eigenvalues, eta, **_: bool(eta * eigenvalues[0] < 1))
STABLE = Hypothesis(r"$\eta\lambda_1<2$", lambda eigenvalues, eta, **_: bool(eta * eigenvalues[0] < 2))
GAP = Hypothesis(r"$\lambda_1>\lambda_2$", lambda eigenvalues, **_: bool(np.all(eigenvalues[0] > eigenvalues[1:])))
NONZERO = Hypothesis(r"$v\ne0$", lambda v, **_: bool(np.any(v != 0)))


def ascent(gradient: Array, rho: float) -> Array:
    """ε* = ρ∇ℓ/‖∇ℓ‖; 0 at a critical point, where it is not defined."""
    length = np.linalg.norm(gradient)
    return rho * gradient / length if length > 0 else np.zeros_like(gradient)


def step(eigenvalues: Array, eta: float, rho: float, v: Array) -> Array:
    """v₊, the gradient after one SAM step from the point with gradient v, by the definition; (..., d) → (..., d).

    v₊ = v - ηΛ∇ℓ(w + ρv/‖v‖) = v - ηΛ(v + ρΛv/‖v‖), with no closed form of Section 4 in it.
    """
    ascended = v + rho * eigenvalues * v / np.linalg.norm(v, axis=-1, keepdims=True)
    return np.asarray(v - eta * eigenvalues * ascended)


def quadratics(
    rng: np.random.Generator, n: int, *, below: float = 0.5, gap: bool = False, dimensions: tuple[int, int] = (1, 12)
) -> Iterator[dict[str, Array | float]]:
    """n instances (eigenvalues, eta, rho) with λ_d > 0 and 0 < ηλ₁ < below.

    Edges, each in a good part of the instances: ηλ₁ close to 0 and to `below`; eigenvalues equal, nearly equal, and
    spread over orders of magnitude; λ₁ and ρ far from 1.

    Parameters
    ----------
    below : float
        The limit of ηλ₁: 0.5, 1 or 2.
    gap : bool
        Whether λ₁ > λ₂ strictly.
    dimensions : pair of int
        Least and largest d.
    """
    for _ in range(n):
        d = int(rng.integers(dimensions[0], dimensions[1] + 1))
        top = 10 ** rng.choice([0.0, rng.uniform(-3, 3)])
        ratios = _ratios(rng, d)
        ratios[0] = 1.0
        if gap:
            ratios[1:] = np.minimum(ratios[1:], 1 - 10 ** rng.uniform(-9, -1))
        eigenvalues = top * np.sort(ratios)[::-1]
        x = rng.choice([rng.uniform(0, 1), 10 ** rng.uniform(-4, 0), 1 - 10 ** rng.uniform(-9, -1)]) * below
        rho = 10 ** rng.choice([0.0, rng.uniform(-3, 3)])
        yield {"eigenvalues": eigenvalues, "eta": float(x / top), "rho": float(rho)}


def gradients(
    rng: np.random.Generator, quadratic: Instance, n: int = 1, *, inside: bool = False, nonzero_first: bool = False
) -> Iterator[Array]:
    """n gradients v ≠ 0 of shape (d,) for a quadratic.

    Edges: directions along one axis, with a tiny first coordinate or with all coordinates but the first tiny; lengths
    at every β, α, γ and b, exactly and a hair to each side, and spread over orders of magnitude.

    Parameters
    ----------
    inside : bool
        Whether ‖v‖ ≤ b, the absorbing ball.
    nonzero_first : bool
        Whether v₁ ≠ 0.
    """
    lam, eta, rho = quadratic["eigenvalues"], quadratic["eta"], quadratic["rho"]
    d = lam.size
    b = constants.absorbing_radius(lam[0], eta, rho)
    thresholds = [constants.beta(lam, eta, rho), [b]]
    if eta * lam[0] < 1:
        thresholds += [constants.alpha(lam[0], lam, eta, rho), constants.gamma(lam, eta, rho)]
    marks = np.concatenate(thresholds)
    for _ in range(n):
        direction = rng.normal(size=d)
        edge = rng.integers(5)
        if edge == 0:
            direction = np.eye(d)[rng.integers(d)] * rng.choice([-1.0, 1.0])
        elif edge == 1:
            direction[0] *= 10 ** rng.uniform(-12, 0)
        elif edge == 2:
            direction[1:] *= 10 ** rng.uniform(-12, 0)
        if nonzero_first and direction[0] == 0:
            direction[0] = 10 ** rng.uniform(-12, 0)
        length = _length(rng, marks, b)
        if inside and not length <= b:
            length = b * rng.choice([rng.uniform(0, 1), 1 - 10 ** rng.uniform(-15, -3)])
        v = direction / np.linalg.norm(direction) * max(float(length), 1e-12 * b)
        if inside and np.linalg.norm(v) > b:
            v *= 1 - 1e-15
        yield v


def _ratios(rng: np.random.Generator, d: int) -> Array:
    """d numbers in (0, 1]: uniform, over orders of magnitude, close to 1, or often equal."""
    match rng.integers(4):
        case 0:
            return rng.uniform(0.02, 1, d)
        case 1:
            return np.asarray(10 ** rng.uniform(-3, 0, d))
        case 2:
            return np.asarray(1 - 10 ** rng.uniform(-9, -1, d))
        case _:
            return rng.choice([1.0, 0.5, 0.1], d)


def _length(rng: np.random.Generator, marks: Array, b: float) -> float:
    """A gradient length: at a mark, a hair beside one, over orders of magnitude, or of the size of b."""
    match rng.integers(4):
        case 0:
            return float(rng.choice(marks))
        case 1:
            return float(rng.choice(marks) * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-15, -3)))
        case 2:
            return float(b * 10 ** rng.uniform(-4, 4))
        case _:
            return float(rng.uniform(0, 2) * b)
