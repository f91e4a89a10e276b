"""Instances that the claims of Section 5 share: smooth losses with known bounds on their third derivative.

An instance has a `loss` with a critical point `minimum`, where `top` is the largest eigenvalue of the Hessian and
`axis` its unit eigenvector; `eta`, `rho` and `sign` (s) of SAM's step; and constants `b3`, `b4` for the size and the
Lipschitz constant of D³ℓ.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from samlib._validation import Array, points, real_array
from samlib.losses import Rotated, Shifted

__all__ = ["Ridges", "instance_of", "smooth_steps"]

# f, f′, f″, f‴ of each profile; the first three vanish at 0.
_PROFILES: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "cubic": (lambda z: z**3 / 6, lambda z: z * z / 2, lambda z: z, np.ones_like),
    "sine": (lambda z: z - np.sin(z), lambda z: 2 * np.sin(z / 2) ** 2, np.sin, np.cos),
    "cosine": (
        lambda z: z * z / 2 - 2 * np.sin(z / 2) ** 2,
        lambda z: z - np.sin(z),
        lambda z: 2 * np.sin(z / 2) ** 2,
        np.sin,
    ),
}

Wave = tuple[str, float, ArrayLike]


class Ridges:
    """ℓ(w) = ½Σ λᵢwᵢ² + Σₘ cₘ fₘ(⟨pₘ, w⟩): a quadratic and waves, whose third derivatives have known bounds.

    At 0 the gradient is 0 and the Hessian diag(λ). D³ of a wave is c f‴ p⊗p⊗p, of operator norm |c f‴| ‖p‖³.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        λ, in any order and of any sign.
    waves : sequence of (str, float, array_like)
        (profile, c, p) with a profile "cubic" (z³/6), "sine" (z - sin z) or "cosine" (z²/2 + cos z - 1), and p of
        shape (d,).

    Examples
    --------
    >>> loss = Ridges([1.0, 0.5], [("cubic", 3.0, [1.0, 0.0])])  # ½x² + ¼y² + ½x³
    >>> loss.gradient([2.0, 1.0]).tolist(), loss.bounds(1.0)
    ([8.0, 0.5], (3.0, 0.0))
    """

    def __init__(self, eigenvalues: ArrayLike, waves: Sequence[Wave] = ()) -> None:
        self.eigenvalues = real_array("eigenvalues", eigenvalues)
        self.waves = [(profile, weight, points("p", p, self.dimension)) for profile, weight, p in waves]

    @property
    def dimension(self) -> int:
        """d."""
        return self.eigenvalues.size

    def bounds(self, radius: float) -> tuple[float, float]:
        """B₃ ≥ ‖D³ℓ‖ and a Lipschitz constant B₄ of D³ℓ, in the ball of a radius around 0; sharp for a single wave."""
        b3 = b4 = 0.0
        for profile, weight, p in self.waves:
            length = float(np.linalg.norm(p))
            sine = float(np.sin(min(length * radius, np.pi / 2)))  # the largest |sin| on the ball
            b3 += abs(weight) * length**3 * {"cubic": 1.0, "sine": 1.0, "cosine": sine}[profile]
            b4 += abs(weight) * length**4 * {"cubic": 0.0, "sine": sine, "cosine": 1.0}[profile]
        return b3, b4

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w); (..., d) → (...)."""
        w = points("w", w, self.dimension)
        return self._add_waves(0, w, 0.5 * np.sum(self.eigenvalues * w * w, axis=-1))

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w); (..., d) → (..., d)."""
        w = points("w", w, self.dimension)
        return self._add_waves(1, w, self.eigenvalues * w)

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w); (..., d) → (..., d, d)."""
        w = points("w", w, self.dimension)
        return self._add_waves(2, w, np.broadcast_to(np.diag(self.eigenvalues), (*w.shape, self.dimension)))

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ(w); (..., d) → (..., d, d, d)."""
        w = points("w", w, self.dimension)
        return self._add_waves(3, w, np.zeros((*w.shape, self.dimension, self.dimension)))

    def _add_waves(self, order: int, w: Array, total: Array) -> Array:
        """`total` plus the derivatives of the waves, c f⁽ⁿ⁾(⟨p, w⟩) p⊗…⊗p."""
        for profile, weight, p in self.waves:
            slope = np.asarray(weight * _PROFILES[profile][order](w @ p))
            power = np.ones(())
            for _ in range(order):
                power = np.multiply.outer(power, p)
            total = total + slope.reshape(slope.shape + (1,) * order) * power
        return np.array(total)

    def __repr__(self) -> str:
        waves = [(profile, float(weight), p.tolist()) for profile, weight, p in self.waves]
        return f"Ridges({self.eigenvalues.tolist()}, {waves})"


def instance_of(
    loss: Ridges, eta: float, rho: float, sign: int = 1, *, b3: float | None = None, b4: float | None = None
) -> dict[str, Any]:
    """The instance of a loss in its own coordinates, its first eigenvalue being λ₁; by default with its own bounds."""
    top = float(loss.eigenvalues[0])
    own3, own4 = loss.bounds(abs(2 * rho / (2 - eta * top)))
    return {
        "loss": loss,
        "minimum": np.zeros(loss.dimension),
        "axis": np.eye(loss.dimension)[0],
        "top": top,
        "eta": float(eta),
        "rho": float(rho),
        "sign": sign,
        "b3": own3 if b3 is None else b3,
        "b4": own4 if b4 is None else b4,
    }


def smooth_steps(
    rng: np.random.Generator, n: int, *, below: float = 1.0, gap: float = 1e-6
) -> Iterator[dict[str, Any]]:
    """n instances in 2 to 6 dimensions, each turned and shifted at random, with 0 < ηλ₁ < below.

    Edges: no wave at all; ηλ₁ near 0 and near its limit; λ₂ near λ₁ (up to λ₁ - λ₂ = gap·λ₁), λ_d = -λ₁, all others
    ≥ -λ₁; waves along e₁ and beside it, slow and fast; a slope at the start that nearly vanishes or is turned round;
    λ₁ and ρ far from 1.
    """
    for _ in range(n):
        d = int(rng.integers(2, 7))
        top, rho = (float(10 ** rng.choice([0.0, rng.uniform(-2, 2)])) for _ in range(2))
        # near 2 the amplitude is many radii, and the difference of two points that are one apart loses as many digits
        nearest = -9 if below <= 1 else -4
        x = below * rng.choice([rng.uniform(0, 1), 10 ** rng.uniform(-3, 0), 1 - 10 ** rng.uniform(nearest, -1)])
        eigenvalues = np.array([1.0, *(rng.uniform(-1, 1 - gap, d - 1))])
        eigenvalues[1] = rng.choice([eigenvalues[1], 1 - gap])
        eigenvalues[-1] = rng.choice([eigenvalues[-1], -1.0])
        waves: list[Wave] = []
        for _ in range(rng.integers(0, 4)):
            direction = np.eye(d)[0] + rng.normal(size=d) * rng.choice([0.0, 0.05, 1.0, 10.0])
            direction *= 10 ** rng.uniform(-2, 1.5) / rho / np.linalg.norm(direction)
            size = top / rho * 10 ** rng.uniform(-3, 0.7) * rng.choice([-1, 1])  # the wave's share of B₃
            profile = str(rng.choice(list(_PROFILES)))
            waves.append((profile, float(size / np.linalg.norm(direction) ** 3), direction))
        sign = int(rng.choice([-1, 1]))
        if rng.integers(8) == 0:  # λ₁a + sκa²/2 near 0: next to no slope at the start
            level = -2 * top * sign * (2 - x) / (x * rho)
            waves = [("cubic", float(level * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-9, -1))), np.eye(d)[0])]
        yield _moved(rng, instance_of(Ridges(top * eigenvalues, waves), x / top, rho, sign))


def _moved(rng: np.random.Generator, instance: dict[str, Any]) -> dict[str, Any]:
    """The instance with its loss turned and shifted at random, by some radii."""
    d = instance["loss"].dimension
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    shift = rng.normal(size=d) * instance["rho"]
    loss = Shifted(Rotated(instance["loss"], turn), shift)
    return {**instance, "loss": loss, "minimum": shift, "axis": turn[:, 0]}
