"""Losses: the `Loss` protocol, the convex quadratic of Sections 3-4, valleys, the flattening ravine of Section 6.

`Rotated` and `Shifted` see any loss in other coordinates. `samlib.SymbolicLoss` makes a loss of a SymPy expression.

Points carry their coordinates last: `w.shape == (..., d)`, and every method is batched over the leading axes.
"""

import math
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike

from samlib._validation import Array, eigenvalue_array, points, real_array

__all__ = ["FlatteningRavine", "Logistic", "Loss", "Quadratic", "Rotated", "Shifted", "SmoothLoss", "Valley"]


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


@runtime_checkable
class SmoothLoss(Loss, Protocol):
    """A loss whose third derivative is known, as Theorem 21 needs it."""

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ(w), the symmetric tensor of the ∂ᵢ∂ⱼ∂ₖℓ; (..., d) → (..., d, d, d)."""
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

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ = 0; (..., d) → (..., d, d, d)."""
        w = points("w", w, self.dimension)
        return np.zeros((*w.shape, self.dimension, self.dimension))

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

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ(w); (..., 2) → (..., 2, 2, 2)."""
        x, y = _pair(w)
        m = 1 + y * y / 2
        xxy = -2 * y / m**2
        xyy = 2 * x * (1.5 * y * y - 1) / m**3
        yyy = 6 * x * x * y * (1 - y * y / 2) / m**4
        return _symmetric_tensor(np.zeros_like(x), xxy, xyy, yyy)

    def __repr__(self) -> str:
        return "FlatteningRavine()"


class Valley:
    """ℓ(x, y) = ½ h(y) x² + κx³/6: minima along the line x = 0 with curvature h(y) across (Section 5's picture).

    Parameters
    ----------
    coefficients : array_like
        The polynomial h(y) = c₀ + c₁y + c₂y² + …, lowest power first. It should be positive where SAM runs: a valley
        with h < 0 is a ridge there.
    skew : float
        κ, the third derivative along x: one wall of the valley is steeper than the other, and beyond x = -2h(y)/κ the
        loss falls below that of the floor.

    Raises
    ------
    ValueError
        If the coefficients are not a non-empty vector of finite numbers, or the skew is not a finite number.

    Examples
    --------
    >>> valley = Valley([1.0, 0.0, 1.0])  # h(y) = 1 + y²
    >>> valley.gradient([0.5, 2.0]).tolist()
    [2.5, 0.5]
    """

    def __init__(self, coefficients: ArrayLike, skew: float = 0.0) -> None:
        array, third = real_array("coefficients", coefficients), real_array("skew", skew)
        if array.ndim != 1 or array.size == 0:
            raise ValueError(f"coefficients must be a non-empty vector, got shape {array.shape}")
        if third.ndim:
            raise ValueError(f"skew must be one number, got shape {third.shape}")
        self.curvature = Polynomial(array)
        """h as a `numpy.polynomial.Polynomial`: call it with y."""
        self.skew = float(third)
        """κ."""

    @property
    def dimension(self) -> int:
        """2."""
        return 2

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w) = ½ h(y) x² + κx³/6; (..., 2) → (...)."""
        x, y = _pair(w)
        return np.asarray((0.5 * self.curvature(y) + self.skew * x / 6) * x * x)

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w) = (h(y) x + ½κx², ½ h′(y) x²); (..., 2) → (..., 2)."""
        x, y = _pair(w)
        across = (self.curvature(y) + 0.5 * self.skew * x) * x
        return np.stack([across, 0.5 * self.curvature.deriv()(y) * x * x], axis=-1)

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w); (..., 2) → (..., 2, 2)."""
        x, y = _pair(w)
        mixed = self.curvature.deriv()(y) * x
        corner = 0.5 * self.curvature.deriv(2)(y) * x * x
        across = self.curvature(y) + self.skew * x
        return np.stack([np.stack([across, mixed], -1), np.stack([mixed, corner], -1)], -2)

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ(w); (..., 2) → (..., 2, 2, 2)."""
        x, y = _pair(w)
        first, second, third = (self.curvature.deriv(k)(y) for k in (1, 2, 3))
        return _symmetric_tensor(np.full_like(x, self.skew), first, second * x, 0.5 * third * x * x)

    def derivative_bounds(self, y: float, radius: float) -> tuple[float, float]:
        """B₃ and B₄ of Theorem 21 in the ball of the given radius r around the minimum (0, y).

        With H_k = Σ_j |h⁽ᵏ⁺ʲ⁾(y)| rʲ/j!, a bound on |h⁽ᵏ⁾| there,

            B₃ = |κ| + (2/√3)(H₁ + H₂r) + ½H₃r²,   B₄ = (3/2)H₂ + (3√3/4)H₃r + ½H₄r²

        bound the operator norms of D³ℓ and of D⁴ℓ. The numbers are the largest values of 3u²v, 6u²v² and 4u³v on the
        circle u² + v² = 1: a symmetric form has its norm on the diagonal.
        """
        derivatives = [abs(float(self.curvature.deriv(k)(y))) for k in range(1, self.curvature.degree() + 1)]
        h1, h2, h3, h4 = (
            sum(size * radius**j / math.factorial(j) for j, size in enumerate(derivatives[k:])) for k in range(4)
        )
        b3 = abs(self.skew) + 2 / math.sqrt(3) * (h1 + h2 * radius) + 0.5 * h3 * radius**2
        b4 = 1.5 * h2 + 0.75 * math.sqrt(3) * h3 * radius + 0.5 * h4 * radius**2
        return b3, b4

    def __repr__(self) -> str:
        skew = f", skew={self.skew:g}" if self.skew else ""
        return f"Valley({self.curvature.coef.tolist()}{skew})"


class Logistic:
    """ℓ(w) = (1/n) Σᵢ log(1 + exp(-⟨zᵢ, w⟩)), the logistic loss of a linear classifier (Section 7).

    If some w has ⟨zᵢ, w⟩ > 0 for all i (separable data), ℓ has no minimum: its infimum 0 is at infinity.

    Parameters
    ----------
    examples : array_like, shape (n, d)
        The zᵢ, each a vector of features times its label ±1.

    Raises
    ------
    ValueError
        If the examples are not a matrix of finite numbers with at least one entry.

    Examples
    --------
    >>> Logistic([[1.0]]).gradient([0.0]).tolist()
    [-0.5]
    """

    def __init__(self, examples: ArrayLike) -> None:
        self.examples = real_array("examples", examples)
        if self.examples.ndim != 2 or self.examples.size == 0:
            raise ValueError(f"examples must be a matrix with a row for each, got shape {self.examples.shape}")

    @property
    def dimension(self) -> int:
        """d, the number of features."""
        return int(self.examples.shape[1])

    def _margins(self, w: ArrayLike) -> Array:
        return np.asarray(points("w", w, self.dimension) @ self.examples.T)

    def _doubt(self, w: ArrayLike) -> Array:
        """1/(1 + exp(sᵢ)), how far each example is from being certain; (..., d) → (..., n), without overflow."""
        return np.exp(-np.logaddexp(0.0, self._margins(w)))

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w); (..., d) → (...)."""
        return np.asarray(np.logaddexp(0.0, -self._margins(w)).mean(axis=-1))

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w) = -(1/n) Σᵢ pᵢzᵢ with pᵢ = 1/(1 + exp⟨zᵢ, w⟩); (..., d) → (..., d)."""
        return np.asarray(-self._doubt(w) @ self.examples / len(self.examples))

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w) = (1/n) Σᵢ pᵢ(1 - pᵢ)zᵢzᵢᵀ; (..., d) → (..., d, d)."""
        z, p = self.examples, self._doubt(w)
        return np.asarray(np.einsum("...n,ni,nj->...ij", p * (1 - p), z, z) / len(z))

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ(w) = (1/n) Σᵢ pᵢ(1 - pᵢ)(2pᵢ - 1)zᵢ⊗zᵢ⊗zᵢ; (..., d) → (..., d, d, d)."""
        z, p = self.examples, self._doubt(w)
        return np.asarray(np.einsum("...n,ni,nj,nk->...ijk", p * (1 - p) * (2 * p - 1), z, z, z) / len(z))

    def __repr__(self) -> str:
        return f"Logistic({self.examples.tolist()})"


class Rotated:
    """The loss w ↦ ℓ(Qᵀw): what ℓ looks like after its graph is turned by the orthogonal matrix Q.

    SAM commutes with this: its path from Qw₀ is Q times its path on ℓ from w₀.

    Parameters
    ----------
    loss : Loss
    rotation : array_like, shape (d, d)
        Q, orthogonal.

    Raises
    ------
    ValueError
        If Q has the wrong shape or is not orthogonal to rounding.
    """

    def __init__(self, loss: Loss, rotation: ArrayLike) -> None:
        d = loss.dimension
        matrix = real_array("rotation", rotation)
        if matrix.shape != (d, d):
            raise ValueError(f"rotation must have shape ({d}, {d}), got {matrix.shape}")
        error = float(np.abs(matrix @ matrix.T - np.eye(d)).max())
        if error > 1e-9:
            raise ValueError(f"rotation must be orthogonal, but QQᵀ - I has an entry of size {error:g}")
        self.loss, self.rotation = loss, matrix

    @property
    def dimension(self) -> int:
        """d, that of the loss inside."""
        return self.loss.dimension

    def _inside(self, w: ArrayLike) -> Array:
        return points("w", w, self.dimension) @ self.rotation

    def value(self, w: ArrayLike) -> Array:
        """ℓ(Qᵀw); (..., d) → (...)."""
        return self.loss.value(self._inside(w))

    def gradient(self, w: ArrayLike) -> Array:
        """Q∇ℓ(Qᵀw); (..., d) → (..., d)."""
        return self.loss.gradient(self._inside(w)) @ self.rotation.T

    def hessian(self, w: ArrayLike) -> Array:
        """Q∇²ℓ(Qᵀw)Qᵀ; (..., d) → (..., d, d)."""
        return np.asarray(self.rotation @ self.loss.hessian(self._inside(w)) @ self.rotation.T)

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ turned by Q; (..., d) → (..., d, d, d). TypeError where the loss inside does not know its own."""
        q = self.rotation
        tensor = _smooth(self.loss).third_derivative(self._inside(w))
        turned = q @ tensor @ q.T  # the last two axes, then the one before them
        return np.asarray((q @ turned.reshape(*tensor.shape[:-2], -1)).reshape(tensor.shape))

    def __repr__(self) -> str:
        return f"Rotated({self.loss!r})"


class Shifted:
    """The loss w ↦ ℓ(w - c): what ℓ looks like after its graph is moved by c. SAM commutes with this.

    Parameters
    ----------
    loss : Loss
    shift : array_like, shape (d,)
        c.

    Raises
    ------
    ValueError
        If c has the wrong shape or is not finite.
    """

    def __init__(self, loss: Loss, shift: ArrayLike) -> None:
        self.loss, self.shift = loss, points("shift", shift, loss.dimension, finite=True)
        if self.shift.ndim != 1:
            raise ValueError(f"shift must have shape ({loss.dimension},), got {self.shift.shape}")

    @property
    def dimension(self) -> int:
        """d, that of the loss inside."""
        return self.loss.dimension

    def _inside(self, w: ArrayLike) -> Array:
        return points("w", w, self.dimension) - self.shift

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w - c); (..., d) → (...)."""
        return self.loss.value(self._inside(w))

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w - c); (..., d) → (..., d)."""
        return self.loss.gradient(self._inside(w))

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w - c); (..., d) → (..., d, d)."""
        return self.loss.hessian(self._inside(w))

    def third_derivative(self, w: ArrayLike) -> Array:
        """D³ℓ(w - c); (..., d) → (..., d, d, d). TypeError where the loss inside does not know its own."""
        return _smooth(self.loss).third_derivative(self._inside(w))

    def __repr__(self) -> str:
        return f"Shifted({self.loss!r}, {self.shift.tolist()})"


def _smooth(loss: Loss) -> SmoothLoss:
    if not isinstance(loss, SmoothLoss):
        raise TypeError(f"{loss!r} has no third_derivative")
    return loss


def _symmetric_tensor(xxx: Array, xxy: Array, xyy: Array, yyy: Array) -> Array:
    """The (..., 2, 2, 2) tensor of third derivatives in two coordinates, from its four different entries."""
    by_number_of_y = (xxx, xxy, xyy, yyy)
    rows = [[[by_number_of_y[i + j + k] for k in (0, 1)] for j in (0, 1)] for i in (0, 1)]
    return np.stack([np.stack([np.stack(row, -1) for row in rows_of_i], -2) for rows_of_i in rows], -3)


def _pair(w: ArrayLike) -> tuple[Array, Array]:
    w = points("w", w, 2)
    return w[..., 0], w[..., 1]
