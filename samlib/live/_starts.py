"""Random starts and how close their paths come to a length, the same numbers as in js/dynamics/descent.js."""

import numpy as np
from numpy.typing import NDArray

from samlib import constants
from samlib._validation import Array


def uniforms(seed: int, count: int) -> Array:
    """`count` numbers in (0, 1) from the generator mulberry32: whole-number arithmetic, the same in every language."""
    step, first = np.uint32(0x6D2B79F5), (np.uint64(seed + 1) * np.uint64(0x9E3779B9)).astype(np.uint32)
    state: NDArray[np.uint32] = np.arange(1, count + 1, dtype=np.uint32) * step + first
    mixed = (state ^ (state >> 15)) * (state | 1)
    mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)
    return ((mixed ^ (mixed >> 14)) + 0.5) / 2.0**32


def normal_starts(seed: int, count: int, spread: float) -> Array:
    """Starts w₀ ~ N(0, spread²·I) in the plane, by Box and Muller's method, shape (count, 2)."""
    first, second = uniforms(seed, 2 * count).reshape(count, 2).T
    radius, angle = spread * np.sqrt(-2 * np.log(first)), 2 * np.pi * second
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


def closest_to(target: float, eigenvalues: Array, eta: float, rho: float, starts: Array, limit: int) -> Array:
    """min over t of |‖v_t‖ - target| from each start until its path is in the ball ‖v‖ ≤ b, or `limit` steps on.

    With ηλ₁ ≤ 1 no path leaves the ball, and with target = γ₁ > b no later step comes closer than γ₁ - b.
    Shape (count, d) → (count,).
    """
    ball = constants.absorbing_radius(eigenvalues[0], eta, rho)
    closest = np.full(len(starts), np.inf)
    running, v = np.arange(len(starts)), starts * eigenvalues
    for step in range(limit + 1):
        length = np.sqrt((v * v).sum(axis=1))
        closest[running] = np.minimum(closest[running], np.abs(length - target))
        out = length > ball
        if step == limit or not out.any():
            break
        running, v = running[out], v[out] * constants.next_factor(eigenvalues, eta, rho, length[out, None])
    return closest
