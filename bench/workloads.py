"""What is measured: a path, batches in 2, 10 and 100 dimensions, a sweep, and a batch on another loss."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

import numpy as np

import samlib
from bench import peers

ETA, RHO = 0.2, 1.0


@dataclass(frozen=True)
class Workload:
    """One job, the contestants that do it (samlib first), and the ratios to samlib that the project aims at.

    Calling a contestant prepares it (copies, compiles) and gives the function that does the job.
    """

    name: str
    contestants: dict[str, Callable[[], Callable[[], np.ndarray]]]
    targets: dict[str, float]

    def installed(self, name: str) -> bool:
        """Whether the library that a contestant is named after can be imported here."""
        return all(ok or not name.startswith(library) for library, ok in peers.INSTALLED.items())


def path() -> Workload:
    lam, start, steps = np.array([1.0, 0.5]), np.array([2.0, 2.0]), 1000
    loss, sam = samlib.Quadratic(lam), samlib.SAM(ETA, RHO)
    return Workload(
        "one path, d = 2, 1000 steps",
        {
            "samlib": lambda: lambda: samlib.trajectory(sam, loss, start, steps),
            "numpy, naive loop": lambda: peers.NaivePath(lambda w: lam * w, ETA, RHO, start, steps),
            "optax, jitted step": lambda: peers.OptaxPath(_quadratic(lam), ETA, RHO, start, steps),
            "torch, two backward passes": lambda: peers.TorchPath(_quadratic_torch(lam), ETA, RHO, start, steps),
        },
        {"numpy, naive loop": 10, "optax, jitted step": 30},
    )


def batch(d: int, n: int) -> Workload:
    lam, starts, steps = np.linspace(1.0, 0.1, d), np.random.default_rng(0).normal(size=(n, d)), 20
    loss, sam = samlib.Quadratic(lam), samlib.SAM(ETA, RHO)
    return Workload(
        f"batch of {n} in d = {d}, {steps} steps",
        {
            "samlib": lambda: lambda: samlib.final_state(sam, loss, starts, steps),
            "numpy, naive (N, d)": lambda: peers.NaiveNumPy(lambda w: lam * w, ETA, RHO, starts, steps),
            "optax, usual (N, d)": lambda: peers.OptaxBatch(_quadratic(lam), ETA, RHO, starts, steps, axis=-1),
            "optax, tuned (d, N)": lambda: peers.OptaxBatch(_quadratic(lam), ETA, RHO, starts, steps, axis=0),
            "torch, (N, d)": lambda: peers.TorchBatch(_quadratic_torch(lam), ETA, RHO, starts, steps),
        },
        {"numpy, naive (N, d)": {2: 10, 10: 6, 100: 3}[d], "optax, usual (N, d)": {2: 8, 10: 4, 100: 2.5}[d]},
    )


def sweep() -> Workload:
    lam, steps, side = np.array([1.0, 0.5]), 200, 300
    eta, rho = (a.ravel() for a in np.meshgrid(np.linspace(0.01, 1.9, side), np.linspace(0.1, 2.0, side)))
    starts = np.tile([0.3, 0.4], (side * side, 1))
    loss = samlib.Quadratic(lam)
    return Workload(
        f"sweep of {side} × {side} (η, ρ), d = 2, {steps} steps",
        {
            "samlib": lambda: lambda: samlib.final_state(samlib.SAM(eta, rho), loss, starts, steps),
            "numpy, naive (N, d)": lambda: peers.NaiveNumPy(
                lambda w: lam * w, eta[:, None], rho[:, None], starts, steps
            ),
            "optax, usual (N, d)": lambda: peers.OptaxBatch(_quadratic(lam), eta, rho, starts, steps, axis=-1),
            "optax, tuned (d, N)": lambda: peers.OptaxBatch(_quadratic(lam), eta, rho, starts, steps, axis=0),
            "torch, (N, d)": lambda: peers.TorchBatch(_quadratic_torch(lam), eta, rho, starts, steps),
        },
        {"optax, usual (N, d)": 8},
    )


def general() -> Workload:
    starts, steps, eta, rho = np.random.default_rng(0).normal(size=(262_144, 2)), 20, 0.05, 0.3
    loss, sam = samlib.FlatteningRavine(), samlib.SAM(eta, rho)

    def gradient(w):
        m = 1 + w[:, 1] ** 2 / 2
        return np.stack([2 * w[:, 0] / m, w[:, 1] - w[:, 0] ** 2 * w[:, 1] / m**2], axis=-1)

    return Workload(
        f"batch of {len(starts)} on the flattening ravine, {steps} steps",
        {
            "samlib": lambda: lambda: samlib.final_state(sam, loss, starts, steps),
            "numpy, naive (N, d)": lambda: peers.NaiveNumPy(gradient, eta, rho, starts, steps),
            "optax, usual (N, d)": lambda: peers.OptaxBatch(ravine, eta, rho, starts, steps, axis=-1),
            "optax, tuned (d, N)": lambda: peers.OptaxBatch(ravine, eta, rho, starts, steps, axis=0),
            "torch, (N, d)": lambda: peers.TorchBatch(ravine, eta, rho, starts, steps),
        },
        {"numpy, naive (N, d)": 3.5},
    )


# Not yet made: a process makes only the job it runs. Arrays of the other jobs, made and freed before, would change how
# the C library serves the large temporaries of the naive loop (without page faults), and with it the loop's time.
JOBS: tuple[Callable[[], Workload], ...] = (
    path,
    partial(batch, 2, 262_144),
    partial(batch, 10, 131_072),
    partial(batch, 100, 32_768),
    sweep,
    general,
)


def ravine(w):
    """Section 6's objective, for any array library."""
    return w[..., 0] ** 2 / (1 + w[..., 1] ** 2 / 2) + w[..., 1] ** 2 / 2


def _quadratic(lam):
    return lambda w: 0.5 * (lam * w * w).sum()


def _quadratic_torch(lam):
    import torch

    coefficients = torch.tensor(lam)
    return lambda w: 0.5 * (coefficients * w * w).sum()


def serve_turns(job: int, name: str, turns: Connection) -> None:
    """One contestant in a process of its own: prepare, hand over the result, then time one run per turn."""
    run = JOBS[job]().contestants[name]()
    turns.send(run())
    while turns.recv():
        began = time.perf_counter()
        run()
        turns.send(time.perf_counter() - began)
