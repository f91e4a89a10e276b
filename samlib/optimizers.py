"""One-step maps (SAM and its kin, gradient descent, SGD) and the runs made of them, for any `Loss`.

An optimizer is a small frozen value with `step(loss, w, t)`; `trajectory` and `final_state` repeat it. On a
`Quadratic`, SAM runs through its closed recurrence in the eigenbasis (equation (3)),

    wᵢ ← wᵢ (aᵢ - bᵢ/‖Λw‖),   aᵢ = 1 - ηλᵢ,   bᵢ = ηρλᵢ²,

always in the same order of operations, so that a path, a batch and the live figures' JavaScript agree to the bit.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from samlib._validation import Array, count, points, step_parameter
from samlib.losses import Loss, Quadratic

__all__ = [
    "SAM",
    "SGD",
    "GradientDescent",
    "HeavyBallSAM",
    "NormSAM",
    "Optimizer",
    "UnnormalizedSAM",
    "final_state",
    "flip_signs",
    "trajectory",
]

# ‖v‖² inside these bounds is exact to rounding; outside, squares under- or overflow and v is scaled first.
_TINY, _HUGE, _HUGE_ROOT = 1e-290, 1e290, 1e145

# A batch is cut in pieces of this many numbers: large enough to hide NumPy's call overhead, small enough for cache.
_CHUNK = 65_536
_SHORT = 4_096  # rows shorter than this make an operation that repeats a column slow


@runtime_checkable
class Optimizer(Protocol):
    """A rule w_{t+1} = step(loss, w_t, t)."""

    def step(self, loss: Loss, w: ArrayLike, t: int = 0) -> Array:
        """The iterate after `w`; (..., d) → (..., d). `t` counts steps and matters only to rules with noise."""
        ...


@dataclass(frozen=True)
class SAM:
    """Sharpness-Aware Minimization, w ← w - η∇ℓ(w + ρ∇ℓ(w)/‖∇ℓ(w)‖) (equation (2)).

    **At a critical point** (∇ℓ(w) = 0 exactly) the direction of ascent is undefined; SAM then takes no perturbation,
    so that w stays where it is. A run meets such a point only from an exceptional start.

    Parameters
    ----------
    eta : float or array_like
        Step size η > 0. An array that broadcasts against the leading axes of `w` gives every point its own: a
        parameter sweep is a batch.
    rho : float or array_like
        Radius ρ ≥ 0 of the ascent step, in the units of w; 0 is gradient descent. An array works as for `eta`.

    Raises
    ------
    ValueError
        If η ≤ 0, ρ < 0, or one is not finite.

    Examples
    --------
    >>> SAM(eta=0.2, rho=1.0).step(Quadratic([1.0, 0.5]), [2.0, 2.0]).round(6).tolist()
    [1.421115, 1.755279]
    """

    eta: float | Array
    rho: float | Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "eta", step_parameter("eta", self.eta))
        object.__setattr__(self, "rho", step_parameter("rho", self.rho, zero_allowed=True))

    def perturbation(self, loss: Loss, w: ArrayLike) -> Array:
        """ε(w) = ρ∇ℓ(w)/‖∇ℓ(w)‖, and 0 at a critical point; (..., d) → (..., d)."""
        return _unit(loss.gradient(w), length=_column(self.rho))

    def step(self, loss: Loss, w: ArrayLike, t: int = 0) -> Array:
        """One step of equation (2); (..., d) → (..., d). `t` is not used."""
        w = points("w", w, loss.dimension)
        if isinstance(loss, Quadratic):
            recurrence = _QuadraticRecurrence(self, loss, w)
            with np.errstate(over="ignore"):
                recurrence.advance(t)
            return recurrence.state()
        ascended = self.perturbation(loss, w)
        ascended += w
        move = _column(self.eta) * loss.gradient(ascended)
        return np.subtract(w, move, out=move)


@dataclass(frozen=True)
class UnnormalizedSAM:
    """SAM without the division by ‖∇ℓ(w)‖, w ← w - η∇ℓ(w + ρ∇ℓ(w)): the ascent step shrinks with the gradient.

    On a quadratic it is linear: it converges to the minimum if and only if ηλ₁(1 + ρλ₁) < 2, without a bounce.

    Parameters
    ----------
    eta : float or array_like
        Step size η > 0; arrays sweep as in `SAM`.
    rho : float or array_like
        Factor ρ ≥ 0 of the ascent step, in units of w over units of the gradient.

    Raises
    ------
    ValueError
        If η ≤ 0, ρ < 0, or one is not finite.
    """

    eta: float | Array
    rho: float | Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "eta", step_parameter("eta", self.eta))
        object.__setattr__(self, "rho", step_parameter("rho", self.rho, zero_allowed=True))

    def step(self, loss: Loss, w: ArrayLike, t: int = 0) -> Array:
        """One step; (..., d) → (..., d). `t` is not used."""
        w = points("w", w, loss.dimension)
        return w - _column(self.eta) * loss.gradient(w + _column(self.rho) * loss.gradient(w))


@dataclass(frozen=True)
class NormSAM:
    """SAM that looks in a ball of another norm: w ← w - η∇ℓ(w + ε), ε the farthest point of the ball uphill.

    With g = ∇ℓ(w), ε maximises ⟨g, ε⟩ over the ball of radius ρ:

    - `norm="max"`, the cube |εᵢ| ≤ ρ: ε = ρ sign(g);
    - `norm="sum"`, the cross-polytope Σ|εᵢ| ≤ ρ: ε = ρ sign(g_k)e_k with the (first) k of the largest |g_k|;
    - weights M, the ellipsoid Σεᵢ²/Mᵢ ≤ ρ²: ε = ρMg/√(gᵀMg);
    - `norm="adaptive"`, the ellipsoid with M = diag(wᵢ²) that moves with w, the rule of ASAM.

    Where the fraction is 0/0, at a critical point, ε = 0.

    Parameters
    ----------
    eta : float or array_like
        Step size η > 0; arrays sweep as in `SAM`.
    rho : float or array_like
        Radius ρ ≥ 0, in units of w (for "adaptive", without unit).
    norm : {"max", "sum", "adaptive"} or array_like, shape (d,)
        The norm, or the weights Mᵢ > 0 of an ellipsoid; weights 1 are `SAM`.

    Raises
    ------
    ValueError
        If η ≤ 0, ρ < 0, the norm is not one of these, or weights are not a vector of numbers > 0; in a step, if there
        are not as many weights as coordinates.
    """

    eta: float | Array
    rho: float | Array
    norm: str | Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "eta", step_parameter("eta", self.eta))
        object.__setattr__(self, "rho", step_parameter("rho", self.rho, zero_allowed=True))
        if isinstance(self.norm, str):
            if self.norm not in ("max", "sum", "adaptive"):
                raise ValueError(f"norm must be 'max', 'sum', 'adaptive' or weights, got {self.norm!r}")
            return
        weights = step_parameter("the weights of the norm", self.norm)
        if isinstance(weights, float) or weights.ndim != 1:
            raise ValueError(f"the weights of the norm must be a vector, got {self.norm!r}")
        object.__setattr__(self, "norm", weights)

    def perturbation(self, loss: Loss, w: ArrayLike) -> Array:
        """ε(w); (..., d) → (..., d)."""
        w = points("w", w, loss.dimension)
        gradient, reach = loss.gradient(w), _column(self.rho)
        if isinstance(self.norm, str) and self.norm == "max":
            return np.asarray(reach * np.sign(gradient))
        if isinstance(self.norm, str) and self.norm == "sum":
            largest = np.argmax(np.abs(gradient), axis=-1, keepdims=True)
            return np.asarray(reach * np.sign(gradient) * (np.arange(loss.dimension) == largest))
        axes = np.abs(w) if isinstance(self.norm, str) else np.sqrt(self.norm)
        if axes.shape[-1] != loss.dimension:
            raise ValueError(f"the norm has {axes.size} weights, but a point has {loss.dimension} coordinates")
        return np.asarray(axes * _unit(axes * gradient, length=reach))

    def step(self, loss: Loss, w: ArrayLike, t: int = 0) -> Array:
        """One step; (..., d) → (..., d). `t` is not used."""
        w = points("w", w, loss.dimension)
        return np.asarray(w - _column(self.eta) * loss.gradient(w + self.perturbation(loss, w)))


@dataclass(frozen=True)
class HeavyBallSAM:
    """SAM with heavy-ball momentum, w_{t+1} = w_t - ηg_t + m(w_t - w_{t-1}) with SAM's gradient g_t and w_{-1} = w_0.

    Parameters
    ----------
    eta : float or array_like
        Step size η > 0; arrays sweep as in `SAM`.
    rho : float or array_like
        Radius ρ ≥ 0 of the ascent step.
    momentum : float
        0 ≤ m < 1; 0 is `SAM`.

    Raises
    ------
    ValueError
        If a parameter is outside its range or not finite.
    """

    eta: float | Array
    rho: float | Array
    momentum: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "eta", step_parameter("eta", self.eta))
        object.__setattr__(self, "rho", step_parameter("rho", self.rho, zero_allowed=True))
        momentum = step_parameter("momentum", self.momentum, zero_allowed=True)
        if not isinstance(momentum, float) or momentum >= 1:
            raise ValueError(f"momentum must be a number with 0 <= momentum < 1, got {self.momentum!r}")
        object.__setattr__(self, "momentum", momentum)

    def step(self, loss: Loss, w: ArrayLike, t: int = 0, previous: ArrayLike | None = None) -> Array:
        """One step from `w`, reached from `previous` (from rest where None); (..., d) → (..., d). `t` is not used."""
        w = points("w", w, loss.dimension)
        plain = SAM(self.eta, self.rho).step(loss, w)
        return plain if previous is None else plain + self.momentum * (w - points("previous", previous, loss.dimension))


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent, w ← w - η∇ℓ(w).

    Parameters
    ----------
    eta : float or array_like
        Step size η > 0; an array that broadcasts against the leading axes of `w` sweeps it.

    Raises
    ------
    ValueError
        If η ≤ 0 or is not finite.
    """

    eta: float | Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "eta", step_parameter("eta", self.eta))

    def step(self, loss: Loss, w: ArrayLike, t: int = 0) -> Array:
        """One step; (..., d) → (..., d). `t` is not used."""
        w = points("w", w, loss.dimension)
        return w - _column(self.eta) * loss.gradient(w)


@dataclass(frozen=True)
class SGD:
    """Gradient descent on a noisy gradient, w ← w - η(∇ℓ(w) + σξ_t) with independent ξ_t ~ N(0, I) (Figure 5).

    The noise is a function of (seed, t) and of the shape of `w`: a step can be repeated, a run can be continued, and
    the rows of a batch get independent noise.

    Parameters
    ----------
    eta : float
        Step size η > 0.
    sigma : float
        Standard deviation σ ≥ 0 of each coordinate of the gradient's noise.
    seed : int
        A whole number ≥ 0.

    Raises
    ------
    ValueError
        If a parameter is outside its range or not finite.
    """

    eta: float | Array
    sigma: float
    seed: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "eta", step_parameter("eta", self.eta))
        object.__setattr__(self, "sigma", step_parameter("sigma", self.sigma, zero_allowed=True))
        object.__setattr__(self, "seed", count("seed", self.seed))

    def step(self, loss: Loss, w: ArrayLike, t: int = 0) -> Array:
        """Step number `t` (from 0); (..., d) → (..., d)."""
        w = points("w", w, loss.dimension)
        # A counter-based generator: every t owns 2⁶⁴ blocks of the stream of this seed.
        generator = np.random.Generator(np.random.Philox(key=self.seed, counter=count("t", t) << 64))
        noise = generator.standard_normal(w.shape)
        return w - _column(self.eta) * (loss.gradient(w) + self.sigma * noise)


def trajectory(optimizer: Optimizer, loss: Loss, start: ArrayLike, steps: int) -> Array:
    """All iterates w_0, …, w_T of a run.

    Parameters
    ----------
    optimizer : Optimizer
    loss : Loss
    start : array_like, shape (..., d)
        w_0; leading axes are separate runs.
    steps : int
        T ≥ 0.

    Returns
    -------
    array, shape (..., T + 1, d)
        Time runs along the last axis but one, so that one run has shape (T + 1, d). A run that leaves the range of
        floating point goes on as inf and nan.

    Raises
    ------
    ValueError
        If the start has the wrong shape or is not finite, or `steps` is not a whole number ≥ 0.
    """
    start = points("start", start, loss.dimension, finite=True)
    steps = count("steps", steps)
    if start.shape == (2,) and isinstance(optimizer, SAM) and isinstance(loss, Quadratic):
        eta, rho = optimizer.eta, optimizer.rho
        if isinstance(eta, float) and isinstance(rho, float):
            return loss.from_eigenbasis(_plane_path(eta, rho, loss, start, steps))
    path = np.empty((steps + 1, *start.shape))
    path[0] = start
    run = _start(optimizer, loss, start)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            run.advance(t)
            path[t + 1] = run.state()
    return np.moveaxis(path, 0, -2)


def final_state(optimizer: Optimizer, loss: Loss, starts: ArrayLike, steps: int) -> Array:
    """The last iterate w_T of every run: `trajectory(...)[..., -1, :]` without keeping the paths, and fast for many.

    Parameters
    ----------
    optimizer : Optimizer
        The parameters of `SAM` and `GradientDescent` may be arrays over the leading axes of `starts`: a sweep.
    loss : Loss
    starts : array_like, shape (..., d)
    steps : int
        T ≥ 0.

    Returns
    -------
    array, shape (..., d)

    Raises
    ------
    ValueError
        As `trajectory`.
    """
    starts = points("starts", starts, loss.dimension, finite=True)
    steps = count("steps", steps)
    last = np.empty(starts.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        for part, piece, target in _pieces(optimizer, starts, last):
            run = _start(part, loss, piece)
            for t in range(steps):
                run.advance(t)
            target[...] = run.state()
    return last


def flip_signs(path: ArrayLike) -> Array:
    """u_t = (-1)ᵗ w_t, the sign-flipped iterates of Lemma 10; (..., T + 1, d) → (..., T + 1, d)."""
    flipped = np.array(path, dtype=np.float64)
    if flipped.ndim < 2:
        raise ValueError(f"path must have shape (..., T + 1, d), got shape {flipped.shape}")
    flipped[..., 1::2, :] *= -1
    return flipped


class _Run(Protocol):
    """A run in progress: `advance(t)` makes step t, `state()` is the iterate, shape (..., d)."""

    def advance(self, t: int) -> None: ...

    def state(self) -> Array: ...


def _start(optimizer: Optimizer, loss: Loss, start: Array) -> _Run:
    if isinstance(optimizer, SAM) and isinstance(loss, Quadratic):
        return _QuadraticRecurrence(optimizer, loss, start)
    if isinstance(optimizer, HeavyBallSAM):
        return _WithMomentum(optimizer, loss, start)
    return _Repeated(optimizer, loss, start)


class _Repeated:
    """Any optimizer on any loss, one `step` after the other."""

    def __init__(self, optimizer: Optimizer, loss: Loss, start: Array) -> None:
        self._step, self._loss = optimizer.step, loss
        self._w = np.moveaxis(_coordinates_first(start), 0, -1)

    def advance(self, t: int) -> None:
        self._w = self._step(self._loss, self._w, t)

    def state(self) -> Array:
        return self._w


class _WithMomentum:
    """Heavy-ball SAM, which needs the iterate before the last."""

    def __init__(self, optimizer: HeavyBallSAM, loss: Loss, start: Array) -> None:
        self._step, self._loss = optimizer.step, loss
        self._w = self._previous = start

    def advance(self, t: int) -> None:
        self._w, self._previous = self._step(self._loss, self._w, t, self._previous), self._w

    def state(self) -> Array:
        return self._w


class _QuadraticRecurrence:
    """SAM's closed recurrence on a quadratic, in place on an array of shape (d, N) in the eigenbasis."""

    def __init__(self, sam: SAM, loss: Quadratic, start: Array) -> None:
        self._loss, self._runs = loss, start.shape[:-1]
        self._w = _coordinates_first(loss.to_eigenbasis(start)).reshape(loss.dimension, -1)
        eta, rho = (_of_piece(parameter, self._runs, slice(None)) for parameter in (sam.eta, sam.rho))
        self._lam = loss.eigenvalues[:, None]
        self._a = 1 - eta * self._lam
        self._reach = eta * rho * self._lam
        self._b = self._reach * self._lam
        self._factor = np.empty_like(self._w)
        self._norm = np.empty(self._w.shape[1])
        # In many dimensions a matrix product sums the squares in one pass over memory, and where rows are short another
        # one forms all a_i - b_i/‖Λw‖. In few dimensions they would only cost the agreement to the bit with the path on
        # Python floats.
        self._squares = loss.eigenvalues**2 if loss.dimension >= 8 else None
        self._product = None
        if loss.dimension > _CHUNK // _SHORT and self._a.shape[1] == 1:
            self._product = np.hstack([self._a, -self._b])
            self._ones_and_inverse = np.ones((2, self._w.shape[1]))
        # ‖Λw‖ ≤ longest, of which a step makes at most growth·longest + push: it is measured only where that is huge.
        self._growth, self._push = (float(np.max(part, initial=0.0)) for part in (np.abs(self._a), self._b))
        self._longest = math.inf

    def advance(self, t: int) -> None:
        w, factor, norm = self._w, self._factor, self._norm
        if self._squares is None:
            np.multiply(self._lam, w, out=factor)
            np.multiply(factor, factor, out=factor)
            np.add(factor[0], factor[1], out=norm) if len(w) == 2 else np.add.reduce(factor, axis=0, out=norm)
        else:
            np.multiply(w, w, out=factor)
            np.dot(self._squares, factor, out=norm)
        self._longest = self._growth * self._longest + self._push
        if not self._longest < _HUGE_ROOT:
            self._longest = math.sqrt(np.max(norm, initial=0.0))
        if norm.size and not (np.minimum.reduce(norm) > _TINY and self._longest < _HUGE_ROOT):
            w[...] = self._a * w - self._reach * _unit(self._lam * w, axis=0)
            return
        np.sqrt(norm, out=norm)
        if self._product is not None:
            np.divide(1.0, norm, out=self._ones_and_inverse[1])
            np.dot(self._product, self._ones_and_inverse, out=factor)
        else:
            if self._squares is None:
                np.divide(self._b, norm, out=factor)
            else:
                np.multiply(self._b, np.divide(1.0, norm, out=norm), out=factor)
            np.subtract(self._a, factor, out=factor)
        np.multiply(w, factor, out=w)

    def state(self) -> Array:
        return self._loss.from_eigenbasis(self._w.T.reshape(*self._runs, self._loss.dimension))


def _plane_path(eta: float, rho: float, loss: Quadratic, start: Array, steps: int) -> Array:
    """The recurrence of `_QuadraticRecurrence` for one run in the plane, on Python floats: ten times faster there."""
    l0, l1 = loss.eigenvalues.tolist()
    a0, a1 = 1 - eta * l0, 1 - eta * l1
    b0, b1 = eta * rho * l0 * l0, eta * rho * l1 * l1
    x, y = loss.to_eigenbasis(start).tolist()
    xs, ys = [x], [y]
    for _ in range(steps):
        v0, v1 = l0 * x, l1 * y
        square = v0 * v0 + v1 * v1
        if _TINY < square < _HUGE:
            length = math.sqrt(square)
            x *= a0 - b0 / length
            y *= a1 - b1 / length
        else:
            unit = _unit(np.array([v0, v1])).tolist()
            x = a0 * x - eta * rho * l0 * unit[0]
            y = a1 * y - eta * rho * l1 * unit[1]
        xs.append(x)
        ys.append(y)
    path = np.empty((steps + 1, 2))
    path[:, 0], path[:, 1] = xs, ys
    return path


def _pieces(optimizer: Optimizer, starts: Array, last: Array) -> Iterator[tuple[Optimizer, Array, Array]]:
    """The batch in cache-sized pieces, where each run is on its own; whole where the optimizer sees the batch (SGD)."""
    if not isinstance(optimizer, (SAM, GradientDescent)) or starts.size <= _CHUNK:
        yield optimizer, starts, last
        return
    runs = starts.shape[:-1]
    rows, targets = starts.reshape(-1, starts.shape[-1]), last.reshape(-1, starts.shape[-1])
    length = max(1, _CHUNK // starts.shape[-1])
    for first in range(0, len(rows), length):
        piece = slice(first, first + length)
        part: Optimizer = replace(optimizer, eta=_of_piece(optimizer.eta, runs, piece))
        if isinstance(part, SAM):
            part = replace(part, rho=_of_piece(part.rho, runs, piece))
        yield part, rows[piece], targets[piece]


def _of_piece(parameter: float | Array, runs: tuple[int, ...], piece: slice) -> float | Array:
    """A step parameter for a piece of the flattened batch."""
    return np.broadcast_to(parameter, runs).reshape(-1)[piece] if isinstance(parameter, np.ndarray) else parameter


def _coordinates_first(w: Array) -> Array:
    """A fresh contiguous array (d, ...): each operation of a step then runs over long rows, whatever the batch."""
    return np.array(np.moveaxis(w, -1, 0), order="C")


def _column(parameter: float | Array) -> float | Array:
    """A step parameter, ready to multiply points of shape (..., d)."""
    return parameter[..., None] if isinstance(parameter, np.ndarray) else parameter


def _unit(v: Array, axis: int = -1, length: float | Array = 1.0) -> Array:
    """length·v/‖v‖ along an axis, and 0 where v = 0; scaled first where ‖v‖² would under- or overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        square = np.add.reduce(v * v, axis=axis, keepdims=True)
        if square.size and not (square.min() > _TINY and square.max() < _HUGE):
            largest = np.max(np.abs(v), axis=axis, keepdims=True, initial=0.0)
            v = np.divide(v, largest, out=np.zeros_like(v), where=largest != 0)
            square = np.add.reduce(v * v, axis=axis, keepdims=True)
            square[square == 0] = 1.0
        return v * (length / np.sqrt(square))
