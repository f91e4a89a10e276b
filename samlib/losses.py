"""Losses: the `Loss` protocol, the convex quadratic of Sections 3-4, and the flattening ravine of Section 6.

Points carry their coordinates last: `w.shape == (..., d)`, and every method is batched over the leading axes.
"""

from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from samlib._validation import Array, eigenvalue_array, points, real_array

__all__ = ["FlatteningRavine", "Loss", "Quadratic"]


@runtime_checkable
class Loss(Protocol):
    """A twice differentiable function ℓ: R^d → R."""

    @property
    def dimension(self) -> int:
        """d, the number of coordinates of a point."""
        ...

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w); (..., d) → (...)."""
        ...

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w); (..., d) → (..., d)."""
        ...

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w); (..., d) → (..., d, d)."""
        ...


class Quadratic:
    """The convex quadratic ℓ(w) = ½ wᵀHw with its minimum at 0 (Section 3).

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        λ₁ ≥ … ≥ λ_d ≥ 0 of the Hessian. The eigenvectors are the coordinate axes; `from_matrix` takes any
        symmetric positive semidefinite Hessian instead.

    Raises
    ------
    ValueError
        If the eigenvalues are negative, unsorted, not finite, or not a vector.

    Examples
    --------
    >>> loss = Quadratic([1.0, 0.5])
    >>> float(loss.value([2.0, 2.0]))
    3.0
    >>> loss.gradient([2.0, 2.0]).tolist()
    [2.0, 1.0]
    """

    def __init__(self, eigenvalues: ArrayLike) -> None:
        self._eigenvalues = eigenvalue_array(eigenvalues)
        self._basis: Array | None = None

    @classmethod
    def from_matrix(cls, hessian: ArrayLike) -> Self:
        """The quadratic ½ wᵀHw of a symmetric positive semidefinite matrix H of shape (d, d).

        Raises
        ------
        ValueError
            If H is not square, not symmetric to rounding, or has a negative eigenvalue beyond rounding.
        """
        matrix = real_array("hessian", hessian)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
            raise ValueError(f"hessian must be a square matrix, got shape {matrix.shape}")
        rounding = 64 * matrix.shape[0] * np.finfo(float).eps * float(np.abs(matrix).max())
        asymmetry = float(np.abs(matrix - matrix.T).max())
        if asymmetry > rounding:
            raise ValueError(f"hessian must be symmetric, but H - Hᵀ has an entry of size {asymmetry:g}")
        ascending, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
        if ascending[0] < -rounding:
            raise ValueError(f"hessian must be positive semidefinite, got the eigenvalue {ascending[0]:g}")
        quadratic = cls(np.maximum(ascending[::-1], 0.0))
        quadratic._basis = np.ascontiguousarray(vectors[:, ::-1])
        quadratic._basis.flags.writeable = False
        return quadratic

    @property
    def eigenvalues(self) -> Array:
        """λ₁ ≥ … ≥ λ_d ≥ 0, shape (d,), read-only."""
        return self._eigenvalues

    @property
    def basis(self) -> Array:
        """Orthonormal eigenvectors as columns, in the order of `eigenvalues`, shape (d, d)."""
        return np.eye(self.dimension) if self._basis is None else self._basis

    @property
    def dimension(self) -> int:
        """d, the number of coordinates of a point."""
        return self._eigenvalues.size

    def to_eigenbasis(self, w: ArrayLike) -> Array:
        """Coordinates of `w` along the eigenvectors; (..., d) → (..., d)."""
        w = points("w", w, self.dimension)
        return w if self._basis is None else w @ self._basis

    def from_eigenbasis(self, coordinates: ArrayLike) -> Array:
        """The point with the given coordinates along the eigenvectors; inverse of `to_eigenbasis`."""
        coordinates = points("coordinates", coordinates, self.dimension)
        return coordinates if self._basis is None else coordinates @ self._basis.T

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w) = ½ wᵀHw; (..., d) → (...)."""
        return np.asarray(0.5 * np.sum(self._eigenvalues * np.square(self.to_eigenbasis(w)), axis=-1))

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w) = Hw; (..., d) → (..., d)."""
        return self.from_eigenbasis(self._eigenvalues * self.to_eigenbasis(w))

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w) = H at every point; (..., d) → (..., d, d)."""
        w = points("w", w, self.dimension)
        matrix = (self.basis * self._eigenvalues) @ self.basis.T
        return np.broadcast_to(matrix, (*w.shape, self.dimension)).copy()

    def __repr__(self) -> str:
        rotated = "" if self._basis is None else ", rotated"
        return f"Quadratic({self._eigenvalues.tolist()}{rotated})"


class FlatteningRavine:
    """Section 6's objective ℓ(w) = w₁²/(1 + w₂²/2) + w₂²/2: a ravine along w₂ that flattens away from its minimum 0.

    At (0, w₂) the curvature across the ravine is 2/(1 + w₂²/2), largest at the minimum. The denominator is read as
    1 + w₂²/2; the copy of the paper at hand also admits 1 + ‖w‖²/2, which does not show the described drift.
    """

    @property
    def dimension(self) -> int:
        """2."""
        return 2

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w); (..., 2) → (...)."""
        x, y = _pair(w)
        return np.asarray(x * x / (1 + y * y / 2) + y * y / 2)

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w) = (2w₁/m, w₂ - w₁²w₂/m²) with m = 1 + w₂²/2; (..., 2) → (..., 2)."""
        x, y = _pair(w)
        ratio = x / (1 + 0.5 * y * y)
        # Each coordinate contiguous in memory, which keeps large batches fast, and last as an axis.
        gradient = np.empty((2, *x.shape))
        np.multiply(2, ratio, out=gradient[0, ...])
        np.multiply(y, 1 - ratio * ratio, out=gradient[1, ...])
        return np.moveaxis(gradient, 0, -1)

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w); (..., 2) → (..., 2, 2)."""
        x, y = _pair(w)
        m = 1 + y * y / 2
        mixed = -2 * x * y / m**2
        corner = 1 + x * x * (1.5 * y * y - 1) / m**3
        return np.stack([np.stack([2 / m, mixed], -1), np.stack([mixed, corner], -1)], -2)

    def __repr__(self) -> str:
        return "FlatteningRavine()"


def _pair(w: ArrayLike) -> tuple[Array, Array]:
    w = points("w", w, 2)
    return w[..., 0], w[..., 1]
