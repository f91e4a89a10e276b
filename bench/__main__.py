"""Print how many times longer each peer takes than samlib: medians of ratios, all contestants taking turns.

Exit status 1 only where a peer's numbers disagree with samlib's; a missed target is said, not failed.
"""

import argparse
import multiprocessing
import os
import sys
from itertools import pairwise
from multiprocessing.connection import Connection

import numpy as np

import samlib
from bench import peers, workloads


def optax_agrees() -> bool:
    """Whether each SAM step equals optax.contrib.sam's in float64 to 1e-12, along runs on random losses."""
    if not (peers.INSTALLED["jax"] and peers.INSTALLED["optax"]):
        print("optax is not installed: agreement not checked")
        return True
    rng = np.random.default_rng(0)
    worst = 0.0
    for trial in range(12):
        eta, rho = rng.uniform(0.02, 0.4), rng.uniform(0.05, 1.0)
        d = int(rng.integers(2, 8))
        lam = np.sort(rng.uniform(0.1, 2.0, d))[::-1]
        quadratic = trial % 3 != 0
        loss = samlib.Quadratic(lam) if quadratic else samlib.FlatteningRavine()
        start = rng.normal(size=d if quadratic else 2)
        run = samlib.trajectory(samlib.SAM(eta, rho), loss, start, 30)
        function = workloads._quadratic(lam) if quadratic else workloads.ravine
        step = peers.OptaxPath(function, eta, rho, start, 1)
        for w, expected in pairwise(run):
            stepped, _ = step.step(w, step.init(w))
            worst = max(worst, float(np.abs(np.asarray(stepped) - expected).max()))
    print(f"largest difference of a step from optax.contrib.sam in float64: {worst:.1e} (limit 1e-12)")
    return worst <= 1e-12


def measure(job: int, rounds: int) -> bool:
    """Time one workload, the contestants taking turns; print the ratios; tell whether all computed the same.

    Each contestant has its own process, so that no library is measured with another's memory allocator or threads.
    """
    workload = workloads.JOBS[job]()
    print(f"\n{workload.name}")
    names = [name for name in workload.contestants if workload.installed(name)]
    spawn = multiprocessing.get_context("spawn")
    turns: dict[str, Connection] = {}
    for name in names:
        turns[name], theirs = spawn.Pipe()
        spawn.Process(target=workloads.serve_turns, args=(job, name, theirs), daemon=True).start()
    results = {name: turns[name].recv() for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            turns[name].send(True)
            times[name].append(turns[name].recv())
    for name in names:
        turns[name].send(False)
    ours = np.array(times["samlib"])
    agree = True
    for name in names[1:]:
        ratio = float(np.median(np.array(times[name]) / ours))
        target = workload.targets.get(name)
        verdict = "" if target is None else f"   target ≥ {target:g}: {'met' if ratio >= target else 'MISSED'}"
        # a run that passes close to ‖v‖ = γ₁ magnifies rounding, so compare the bulk of a batch
        difference = float(np.quantile(np.abs(results[name] - results["samlib"]), 0.99))
        agree &= difference < 1e-8
        print(f"  {name:28s} {ratio:8.2f} ×{verdict}{'' if difference < 1e-8 else '   DISAGREES'}", flush=True)
    for name in workload.contestants:
        if name not in names:
            print(f"  {name:28s}  not installed")
    return agree


def main() -> int:
    """Run everything; see the module."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of every contestant (default 7)")
    rounds = parser.parse_args().rounds
    if hasattr(os, "sched_setaffinity"):  # everybody on one core, the compiled peers' thread pools too
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"samlib {samlib.__version__}, numpy {np.__version__}; time of each peer over samlib's, medians of {rounds}")
    agree = optax_agrees()
    for job in range(len(workloads.JOBS)):
        agree &= measure(job, rounds)
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
