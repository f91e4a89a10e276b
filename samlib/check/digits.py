"""The network of problem set 5: scikit-learn's digits, one hidden layer of tanh, squared error.

The network has m hidden units and maps an image x of 64 numbers to ten outputs,

    f(x) = C tanh(Ax + b) + c,   ℓ(w) = (1/2n) Σ ‖f(xᵢ) - yᵢ‖²,

where w holds the rows of A (m × 64), then b (m), the rows of C (10 × m), and c (10): d = 75m + 10 numbers. tanh is
smooth, so that the Hessian exists everywhere.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from samlib.spectrum import TopEigenpair, top_eigenpair

__all__ = ["PIXELS", "WIDTH", "Network", "data", "start", "unpack"]

Array = NDArray[np.float64]

PIXELS, CLASSES, WIDTH = 64, 10, 12


def data(count: int) -> tuple[Array, Array]:
    """The first images, shape (count, 64), and their targets, shape (count, 10); copies.

    An image is centred by the mean of all 1797 and divided by 8, half the greatest grey value; a target is 1 at its
    digit and 0 elsewhere. The images come with scikit-learn: nothing is downloaded.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    ValueError
        If there are not so many images.
    """
    images, targets = _all_data()
    if not 1 <= count <= len(images):
        raise ValueError(f"count must be 1 … {len(images)}, got {count!r}")
    return images[:count].copy(), targets[:count].copy()


@cache
def _all_data() -> tuple[Array, Array]:
    from sklearn.datasets import load_digits  # not among the dependencies of samlib: only the project needs it

    digits = load_digits()
    return (digits.data - digits.data.mean(axis=0)) / 8, np.eye(CLASSES)[digits.target]


def start(seed: int, width: int = WIDTH) -> Array:
    """Random weights, shape (75 width + 10,): A of size 1/8, C small, b = c = 0; the same for the same seed."""
    draw = np.random.default_rng(seed).standard_normal
    inner = draw((width, PIXELS)) / 8
    outer = draw((CLASSES, width)) * 0.3 / np.sqrt(width)
    return np.concatenate([inner.ravel(), np.zeros(width), outer.ravel(), np.zeros(CLASSES)])


def unpack(w: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """A (m, 64), b (m,), C (10, m) and c (10,) as views of w; m is told by its length.

    Raises
    ------
    ValueError
        If the length is not 75m + 10 for a whole m ≥ 1.
    """
    w = np.asarray(w, dtype=np.float64)
    width, rest = divmod(w.size - CLASSES, PIXELS + 1 + CLASSES)
    if w.ndim != 1 or width < 1 or rest:
        raise ValueError(f"w must have shape (75m + 10,) with m >= 1, got {w.shape}")
    inner, bias, outer, last = np.split(w, np.cumsum([width * PIXELS, width, CLASSES * width]))
    return inner.reshape(width, PIXELS), bias, outer.reshape(CLASSES, width), last


@dataclass(frozen=True, eq=False)
class Network:
    """The loss of the network on these images: a `samlib.Loss` for one point at a time, with products with its Hessian.

    Attributes
    ----------
    images, targets : array, shape (n, 64) and (n, 10)
    width : int
        m, the number of hidden units.
    """

    images: Array
    targets: Array
    width: int = WIDTH

    @property
    def dimension(self) -> int:
        """d = 75m + 10."""
        return (PIXELS + 1 + CLASSES) * self.width + CLASSES

    def value(self, w: ArrayLike) -> Array:
        """ℓ(w); (d,) → ()."""
        _, residuals, _ = self._forward(w)
        return np.asarray((residuals**2).sum() / 2 * len(self.images))  # the residuals carry 1/n already

    def gradient(self, w: ArrayLike) -> Array:
        """∇ℓ(w); (d,) → (d,)."""
        hidden, residuals, outer = self._forward(w)
        return self._weights(residuals @ outer * (1 - hidden**2), residuals, hidden)

    def product(self, w: ArrayLike, v: ArrayLike) -> Array:
        """∇²ℓ(w)v, the derivative of the gradient along v; (d,), (d,) → (d,)."""
        hidden, residuals, outer = self._forward(w)
        slope = 1 - hidden**2
        inner_v, bias_v, outer_v, last_v = unpack(v)
        hidden_v = slope * (self.images @ inner_v.T + bias_v)
        residuals_v = (hidden_v @ outer.T + hidden @ outer_v.T + last_v) / len(self.images)
        back = (residuals_v @ outer + residuals @ outer_v) * slope - 2 * (residuals @ outer) * hidden * hidden_v
        product = self._weights(back, residuals_v, hidden)
        unpack(product)[2][...] += residuals.T @ hidden_v
        return product

    def hessian(self, w: ArrayLike) -> Array:
        """∇²ℓ(w), column by column; (d,) → (d, d)."""
        return np.stack([self.product(w, column) for column in np.eye(self.dimension)], axis=-1)

    def top(self, w: ArrayLike) -> TopEigenpair:
        """λ₁, e₁ and the gap at w."""
        return top_eigenpair(lambda v: self.product(w, v), self.dimension)

    def _forward(self, w: ArrayLike) -> tuple[Array, Array, Array]:
        """The hidden layer (n, m), the residuals (f(x) - y)/n, shape (n, 10), and C."""
        inner, bias, outer, last = unpack(w)
        hidden = np.tanh(self.images @ inner.T + bias)
        return hidden, (hidden @ outer.T + last - self.targets) / len(self.images), outer

    def _weights(self, back: Array, residuals: Array, hidden: Array) -> Array:
        """What reaches the two layers, summed over the images, in the order of w."""
        parts = (back.T @ self.images, back.sum(axis=0), residuals.T @ hidden, residuals.sum(axis=0))
        return np.concatenate([part.ravel() for part in parts])
