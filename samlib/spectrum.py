"""The largest eigenvalue of a Hessian, its eigenvector, and the gap below it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
from numpy.typing import ArrayLike

from samlib._validation import Array, count, real_array

__all__ = ["TopEigenpair", "top_eigenpair"]

# Up to this dimension a Hessian given by its products is written out: exact, and faster than an iteration.
_DENSE = 32


@dataclass(frozen=True)
class TopEigenpair:
    """λ₁ of a symmetric matrix and a unit vector e₁ for it.

    Attributes
    ----------
    value : float
        λ₁, the largest eigenvalue (not the largest in size).
    vector : array, shape (d,)
        A unit eigenvector; its entry of largest size is positive.
    gap : float
        λ₁ - λ₂ ≥ 0; inf in one dimension. Where it is 0 the vector is one choice out of many.
    """

    value: float
    vector: Array
    gap: float


def top_eigenpair(
    hessian: ArrayLike | Callable[[Array], Array], dimension: int | None = None, *, simple: bool = False
) -> TopEigenpair:
    """λ₁, e₁ and λ₁ - λ₂ of a symmetric matrix, given as a matrix or as the product v ↦ Hv.

    Parameters
    ----------
    hessian : array_like of shape (d, d), or callable
        The matrix, or a function (d,) → (d,) that multiplies with it; large d then costs a few dozen products
        (Lanczos, SciPy's `eigsh`).
    dimension : int, optional
        d; needed for a callable only.
    simple : bool
        Whether to insist on λ₁ > λ₂, as everything about ∇λ_max does.

    Raises
    ------
    ValueError
        If the matrix is not square, not symmetric to rounding or not finite; if a callable comes without its
        dimension or gives the wrong shape; or if `simple` and λ₁ - λ₂ is within rounding of 0.

    Examples
    --------
    >>> top_eigenpair([[1.0, 0.0], [0.0, 3.0]])
    TopEigenpair(value=3.0, vector=array([0., 1.]), gap=2.0)
    """
    if callable(hessian):
        if dimension is None:
            raise ValueError("dimension must be given with a Hessian-vector product")
        d = count("dimension", dimension, low=1)
        multiply = _checked_product(hessian, d)
        if d > _DENSE:
            return _answer(*_lanczos(multiply, d), d, simple)
        hessian = np.stack([multiply(column) for column in np.eye(d)], axis=-1)
    matrix = real_array("hessian", hessian)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"hessian must be a square matrix, got shape {matrix.shape}")
    d = matrix.shape[0]
    asymmetry = float(np.abs(matrix - matrix.T).max())
    if asymmetry > 64 * d * np.finfo(float).eps * float(np.abs(matrix).max()):
        raise ValueError(f"hessian must be symmetric, but H - Hᵀ has an entry of size {asymmetry:g}")
    values, vectors = scipy.linalg.eigh((matrix + matrix.T) / 2, subset_by_index=[max(d - 2, 0), d - 1])
    return _answer(values, vectors, d, simple)


def _checked_product(product: Callable[[Array], Array], d: int) -> Callable[[Array], Array]:
    def multiply(vector: Array) -> Array:
        image = real_array("the Hessian-vector product", product(vector.ravel()))
        if image.shape != (d,):
            raise ValueError(f"the Hessian-vector product must have shape ({d},), got {image.shape}")
        return image

    return multiply


def _lanczos(multiply: Callable[[Array], Array], d: int) -> tuple[Array, Array]:
    operator = scipy.sparse.linalg.LinearOperator((d, d), matvec=multiply, dtype=np.float64)
    # A fixed start, so that the same Hessian gives the same digits; random, so that no structure is orthogonal to it.
    start = np.random.default_rng(0).standard_normal(d)
    values, vectors = scipy.sparse.linalg.eigsh(operator, k=2, which="LA", v0=start)
    return values, vectors


def _answer(values: Array, vectors: Array, d: int, simple: bool) -> TopEigenpair:
    """The pair of the last of two ascending eigenvalues."""
    value, vector = float(values[-1]), vectors[:, -1]
    gap = float(values[-1] - values[-2]) if d > 1 else float("inf")
    if simple and gap <= 64 * d * np.finfo(float).eps * float(np.abs(values).max()):
        raise ValueError(f"the largest eigenvalue must be simple, got λ₁ = {value:g} with λ₁ - λ₂ = {gap:.3g}")
    return TopEigenpair(value, vector * np.sign(vector[np.argmax(np.abs(vector))]), gap)
