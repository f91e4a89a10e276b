"""Runs of SAM in Section 4.4: their misalignment, when they are settled, and the instances that its claims share."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from samlib import bounds, constants
from samlib._validation import Array
from samlib.claims._claim import Hypothesis
from samlib.claims._quadratics import gradients, quadratics, step
from samlib.quadratic import QuadraticSAM

__all__ = [
    "CHAPTER",
    "FIRST",
    "INSIDE",
    "OTHERS",
    "POSITIVE_EPSILON",
    "SEVERAL",
    "START",
    "entry",
    "gapped",
    "inside_runs",
    "log_over",
    "log_ratio",
    "misalignment",
    "run",
    "settles",
    "short_runs",
]

CHAPTER = "04-proof/4-avoiding-saddles"

FIRST = Hypothesis("$v_{t,1}\\ne0$", lambda v, **_: bool(v[0] != 0))
OTHERS = Hypothesis("$v_{t,i}\\ne0$ for $i=2,\\dots,d$", lambda v, **_: bool(np.all(v[1:] != 0)))
SEVERAL = Hypothesis("$d\\ge2$", lambda eigenvalues, **_: bool(eigenvalues.size >= 2))
INSIDE = Hypothesis(
    r"$\norm{v_{T_0}}\le b$",
    lambda eigenvalues, eta, rho, v, **_: bool(
        np.linalg.norm(v) <= constants.absorbing_radius(eigenvalues[0], eta, rho)
    ),
)
START = Hypothesis("$v_{T_0,1}\\ne0$", FIRST.holds)
POSITIVE_EPSILON = Hypothesis(r"$\epsilon>0$", lambda epsilon, **_: bool(epsilon > 0))


def misalignment(v: Array) -> Any:
    """δ = 1 - |v₁|/‖v‖ of Definition 12, (..., d) → (...), as Σ_{i≥2}v_i²/(‖v‖(‖v‖ + |v₁|)): no digits cancel."""
    length, first = np.linalg.norm(v, axis=-1), np.abs(v[..., 0])
    return np.sum(v[..., 1:] ** 2, axis=-1) / (length * (length + first))


def log_ratio(v: Array) -> float:
    """log Σ_{i≥2} v_i²/v₁² of one gradient; -inf on the first axis. Squares of huge or tiny numbers are avoided."""
    largest = float(np.max(np.abs(v[1:]), initial=0.0))
    if largest == 0:
        return -math.inf
    return 2 * (math.log(largest) + math.log(np.linalg.norm(v[1:] / largest)) - math.log(abs(v[0])))


def run(eigenvalues: Array, eta: float, rho: float, v: Array, steps: int) -> Array:
    """v and the gradients after 1, …, steps SAM steps, shape (steps + 1, d)."""
    path = [v]
    for _ in range(steps):
        path.append(step(eigenvalues, eta, rho, path[-1]))
    return np.array(path)


def entry(eigenvalues: Array, eta: float, rho: float, v: Array) -> tuple[int, Array]:
    """T₀, the first step with ‖v_t‖ ≤ b of a run from v, and the gradient there."""
    b, steps = constants.absorbing_radius(eigenvalues[0], eta, rho), 0
    while not np.linalg.norm(v) <= b:
        v, steps = step(eigenvalues, eta, rho, v), steps + 1
    return steps, v


_CHUNK, _SETTLED = 32, 8


def settles(
    eigenvalues: Array, eta: float, rho: float, v: Array, deadline: float, slack: Callable[[Array], Any]
) -> float:
    """Whether a run is settled from step ⌈deadline⌉ on; > 0 if so, else the least slack there.

    `slack` takes gradients of shape (k, d) and is ≥ 0 where they are settled, shape (k,). The run is
    followed until it has been settled for some steps in a row, or to a few steps past the deadline; in the former case
    the margin is the part of the time that was not needed.
    """
    limit, begins, row = math.ceil(deadline), 0, 0
    while True:
        path = run(eigenvalues, eta, rho, v, _CHUNK)
        for t, value in enumerate(slack(path[:-1]), start=begins):
            row = row + 1 if value >= 0 else 0
            if t >= limit and not row:
                return float(value)
            if row >= _SETTLED:
                return 1 - max(t + 1 - row, 0) / (limit + 1)
        v, begins = path[-1], begins + _CHUNK


def log_over(bound: float, values: Any) -> Array:
    """log(bound/values), +inf where a value is 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(bound) - np.log(values))


def gapped(rng: np.random.Generator, n: int, below: float = 0.5) -> Iterator[dict[str, Array | float]]:
    yield from quadratics(rng, n, below=below, gap=True, dimensions=(2, 12))


def inside_runs(rng: np.random.Generator, n: int) -> Iterator[dict[str, Any]]:
    """Quadratics with a gap and d ≥ 2, each with a gradient in the ball, v₁ ≠ 0; the whole range of parameters."""
    for quadratic in gapped(rng, n):
        for v in gradients(rng, quadratic, inside=True, nonzero_first=True):
            yield {**quadratic, "v": v}


def short_runs(rng: np.random.Generator, n: int) -> Iterator[dict[str, Any]]:
    """Runs in the ball whose settling can be watched: a clear gap, λ_d not too small, and often a tiny misalignment.

    With the other coordinates of ordinary size T₁ makes the deadlines longer than the run needs; with them so small
    that the logarithm cancels T₁ the deadlines come close to the start.
    """
    for quadratic in quadratics(rng, n, dimensions=(2, 8)):
        d = np.size(quadratic["eigenvalues"])
        lam = np.sort(rng.uniform(0.75, 0.97, d))[::-1]
        if rng.integers(4) == 0:
            lam[1:] = lam[1]
        lam[0] = 1.0
        lam = lam * np.asarray(quadratic["eigenvalues"])[0]
        x = float(rng.choice([rng.uniform(0.15, 0.5), 0.5 - 10 ** rng.uniform(-9, -2)]))
        eta, rho = x / float(lam[0]), float(np.asarray(quadratic["rho"]))
        (v,) = gradients(rng, {"eigenvalues": lam, "eta": eta, "rho": rho}, inside=True, nonzero_first=True)
        if rng.integers(2):
            theory = QuadraticSAM(lam, eta, rho)
            wanted = rng.uniform(-5, 40) * theory.mu / 2 - bounds.misaligned_steps(theory) * math.log(4 / x)
            v[1:] *= math.exp(max(wanted, -300.0))
        elif abs(v[0]) < 1e-3 * np.linalg.norm(v):
            v[0] = math.copysign(0.5 * np.linalg.norm(v[1:]), v[0])
            v /= 2
        yield {"eigenvalues": lam, "eta": eta, "rho": rho, "v": v}
