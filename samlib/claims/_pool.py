"""Checks many claims, in several processes."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

from samlib import claims
from samlib._validation import count
from samlib.claims._claim import Finding, Report

__all__ = ["check"]


def check(
    ids: Sequence[str] | None = None, *, samples: int = 1000, seed: int = 0, workers: int = 1
) -> Iterator[Report]:
    """The reports of claims and printed forms, in the order of `ids`, each as soon as it and those before it are done.

    Parameters
    ----------
    ids : sequence of str or None
        Which ones; None for all of the ledger.
    samples, seed : int
        As in `Claim.check`.
    workers : int
        Number of processes; with 1 all is done in this one.

    Raises
    ------
    ValueError
        If an id is unknown, or a number is not whole or too small.
    """
    chosen = list(claims.LEDGER if ids is None else ids)
    for name in chosen:
        claims.get(name)
    samples, seed, workers = count("samples", samples, low=1), count("seed", seed), count("workers", workers, low=1)
    return _reports(chosen, samples, seed, min(workers, len(chosen)))


def _reports(ids: Sequence[str], samples: int, seed: int, workers: int) -> Iterator[Report]:
    if workers <= 1:
        yield from map(_check_one, ids, repeat(samples), repeat(seed))
        return
    # Started afresh and not forked: a copy of a process with running threads (NumPy's) can hang.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_check_one, ids, repeat(samples), repeat(seed))


def _check_one(name: str, samples: int, seed: int) -> Report:
    """The report of one; an exception in its functions is a finding that failed, so that the others are still seen."""
    try:
        return claims.get(name).check(samples, seed)
    except Exception as error:
        return Report(name, (Finding("error", "the check itself", False, f"{type(error).__name__}: {error}", 0.0),))
