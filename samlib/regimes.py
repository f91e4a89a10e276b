"""What SAM does in the long run, over a plane of parameters: the classes of the live map, and the curves between them.

A map is a loss with a start and two parameters to vary. SAM makes `steps` steps in every cell, and the last `LAST` of
them decide the cell's `Regime`. That is a measurement: next to a boundary more steps could give another answer. The
curves are formulas and no measurements; each says where it comes from.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from samlib._validation import Array, count, real_array, step_parameter
from samlib.losses import FlatteningRavine, Loss
from samlib.optimizers import SAM

__all__ = [
    "CLOSED",
    "FALLEN",
    "FAR",
    "LAST",
    "LEAST_COSINE",
    "LONGEST",
    "Map",
    "Ravine",
    "Regime",
    "Regimes",
    "SkewedValley",
    "Window",
    "centres",
    "classify",
    "flip_edge",
    "second_direction_edge",
    "valley_window",
]

#: The steps at the end of a run that decide its class.
LAST = 64
#: The longest period that is looked for.
LONGEST = 32
#: A period p is found where |w_t - w_{t-p}| ≤ CLOSED·ρ, in each coordinate, for the last `LAST` t.
CLOSED = 1e-6
#: A two-cycle leans where it is longer along the floor than this part of its width.
LEANS = 0.01
#: The floor counts as flatter than where it was sharpest from this part of λ₁ on.
FALLEN = 1e-5
#: cos θ of the two-cycle that touches the minimum and begins to double its period at once, see `flip_edge`.
LEAST_COSINE = 0.665478
#: A run that is farther out, in one coordinate, has diverged.
FAR = 1e6

Window = tuple[tuple[float, float], tuple[float, float]]


class Regime(IntEnum):
    """What SAM does in its last steps; x is the coordinate across the valley, in which e₁ points."""

    BOUNCE = 0
    """A two-cycle along e₁ where the floor is as sharp as λ₁."""
    DRIFT = 1
    """A bounce along e₁ that has come to where the floor is flatter, or that still goes there step by step."""
    TURNED = 2
    """A two-cycle in another direction than e₁."""
    HIGHER = 3
    """x changes sign at every step, and the period is between 3 and `LONGEST`."""
    UNDECIDED = 4
    """x changes sign at every step, and none of the above: no such period, or not yet."""
    LOST = 5
    """x keeps its sign at one of the last steps at least."""
    DIVERGED = 6
    """Farther out than `FAR` at some step."""


@dataclass(frozen=True)
class Regimes:
    """The classes of a batch of runs, in the shape of its parameters.

    Attributes
    ----------
    regime : array of int
        `Regime` by its number.
    period : array of int
        The smallest period from 1 to `LONGEST`, 0 where none is found.
    """

    regime: NDArray[np.int64]
    period: NDArray[np.int64]


class Map(Protocol):
    """A loss of the plane with a start, whose first coordinate is across a valley and whose second is along its floor.

    `top` is λ₁, the curvature across where the floor is sharpest.
    """

    @property
    def top(self) -> float:
        """λ₁."""
        ...

    def runs(self, first: Array, second: Array) -> tuple[SAM, Loss, Array]:
        """The rule, the loss and the starts, shape (..., 2), at the parameters of the plane, each of shape (...)."""
        ...

    def floor(self, y: Array) -> Array:
        """The curvature across the valley at (0, y)."""
        ...


class _Bowl:
    """½h(y)x² + κx³/6 with h(y) = 1 - b + by², κ an array over the cells; `samlib.Valley` has one κ."""

    dimension = 2

    def __init__(self, bend: float, skew: Array) -> None:
        self.bend, self.skew = bend, skew

    def _curvature(self, y: Array) -> Array:
        return np.asarray((1 - self.bend) + self.bend * (y * y))

    def value(self, w: ArrayLike) -> Array:
        x, y = np.moveaxis(np.asarray(w, dtype=float), -1, 0)
        return np.asarray((0.5 * self._curvature(y) + self.skew * x / 6) * x * x)

    def gradient(self, w: ArrayLike) -> Array:
        x, y = np.moveaxis(np.asarray(w, dtype=float), -1, 0)
        return np.stack([(self._curvature(y) + 0.5 * self.skew * x) * x, self.bend * y * (x * x)], axis=-1)

    def hessian(self, w: ArrayLike) -> Array:
        x, y = np.moveaxis(np.asarray(w, dtype=float), -1, 0)
        across, mixed, along = self._curvature(y) + self.skew * x, 2 * self.bend * y * x, self.bend * (x * x)
        return np.stack([np.stack([across, mixed], -1), np.stack([mixed, along], -1)], -2)


@dataclass(frozen=True)
class SkewedValley:
    """The plane of ηλ₁ and ρκ/λ₁ for the valley ½h(y)x² + κx³/6 with h(y) = 1 - b + by².

    Runs start right beside the floor, at (ρ/100, 1), where h = 1 = λ₁; the floor is flattest, h = 1 - b, at y = 0. With
    b = 0 the floor is straight, SAM's steps do not change y, and what it does depends on the two coordinates alone.

    Parameters
    ----------
    bend : float
        0 ≤ b < 1.
    rho : float
        ρ > 0, the radius in the units in which λ₁ = 1 and the floor is sharpest at y = 1.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """

    bend: float = 0.0
    rho: float = 0.5

    def __post_init__(self) -> None:
        step_parameter("rho", self.rho)
        if not 0 <= self.bend < 1:
            raise ValueError(f"bend must be within [0, 1), got {self.bend:g}")

    @property
    def top(self) -> float:
        """λ₁ = h(1) = 1."""
        return 1.0

    def runs(self, first: Array, second: Array) -> tuple[SAM, Loss, Array]:
        """SAM with η = `first`/λ₁ in the valley with κ = `second`·λ₁/ρ."""
        start = np.broadcast_to([0.01 * self.rho, 1.0], (*first.shape, 2)).copy()
        return SAM(eta=first, rho=np.full(first.shape, self.rho)), _Bowl(self.bend, second / self.rho), start

    def floor(self, y: Array) -> Array:
        """h(y)."""
        return np.asarray((1 - self.bend) + self.bend * (y * y))


@dataclass(frozen=True)
class Ravine:
    """The plane of η and ρ for the flattening ravine of Section 6, where λ₁ = 2, from the start of Figure 3."""

    @property
    def top(self) -> float:
        """λ₁ = 2 at the minimum."""
        return 2.0

    def runs(self, first: Array, second: Array) -> tuple[SAM, Loss, Array]:
        """SAM with η = `first` and ρ = `second` from (0.1, 0.1)."""
        start = np.broadcast_to([0.1, 0.1], (*first.shape, 2)).copy()
        return SAM(eta=first, rho=second), FlatteningRavine(), start

    def floor(self, y: Array) -> Array:
        """2/(1 + y²/2)."""
        return np.asarray(2 / (1 + 0.5 * y * y))


def centres(window: Window, columns: int, rows: int) -> tuple[Array, Array]:
    """The two parameters at the middles of the cells of a window ((a₀, a₁), (b₀, b₁)); two arrays (rows, columns)."""
    count("columns", columns, low=1), count("rows", rows, low=1)
    (a0, a1), (b0, b1) = window
    first = a0 + (a1 - a0) * ((np.arange(columns) + 0.5) / columns)
    second = b0 + (b1 - b0) * ((np.arange(rows) + 0.5) / rows)
    grid = np.meshgrid(first, second)
    return np.asarray(grid[0]), np.asarray(grid[1])


def classify(plane: Map, first: ArrayLike, second: ArrayLike, steps: int = 400) -> Regimes:
    """What SAM does after `steps` steps at these parameters of a map.

    The conditions are tried in the order: diverged; a two-cycle that leans; alternation lost; a two-cycle along e₁,
    which has drifted if the floor is flatter than λ₁(1 - `FALLEN`) at its end; a longer period; no period, but a
    floor that is as much flatter, and has become flatter at each of the last steps: the run still drifts; undecided.

    Parameters
    ----------
    plane : Map
    first, second : array_like
        The two coordinates of the map, of one shape (...), where η and ρ are positive.
    steps : int
        At least `LAST` + `LONGEST`.

    Raises
    ------
    ValueError
        If the shapes differ, a step size is not positive, or there are too few steps.
    """
    first, second = real_array("first", first), real_array("second", second)
    if first.shape != second.shape:
        raise ValueError(f"first and second must have one shape, got {first.shape} and {second.shape}")
    steps = count("steps", steps, low=LAST + LONGEST)
    sam, loss, w = plane.runs(first, second)
    gone = np.zeros(first.shape, dtype=bool)
    path = np.empty((LAST + LONGEST + 1, *w.shape))
    home = w
    kept = steps - LAST - LONGEST  # path[k] is w_{kept + k}
    for t in range(steps + 1):
        if t >= kept:
            path[t - kept] = w
        if t == steps:
            break
        with np.errstate(over="ignore", invalid="ignore"):
            w = sam.step(loss, w)
            gone |= ~(np.abs(w) <= FAR).all(axis=-1)
        w = np.where(gone[..., None], home, w)

    last = path[-LAST:]
    closes = CLOSED * sam.rho
    period = np.zeros(first.shape, dtype=np.int64)
    for p in range(LONGEST, 0, -1):
        apart = np.abs(last - path[LONGEST + 1 - p : LONGEST + 1 - p + LAST]).max(axis=(0, -1))
        period[apart <= closes] = p
    x, y = last[..., 0], last[..., 1]
    before = path[LONGEST : LONGEST + LAST, ..., 0]
    alternates = (x * before < 0).all(axis=0)
    width, along = np.abs(x[-1] - x[-2]), np.abs(y[-1] - y[-2])
    floors = plane.floor(path[LONGEST:, ..., 1])
    flattens = (floors[1:] < floors[:-1]).all(axis=0)
    flatter = floors[-1] < plane.top * (1 - FALLEN)

    regime = np.full(first.shape, int(Regime.UNDECIDED), dtype=np.int64)
    regime[(period == 0) & flattens & flatter] = Regime.DRIFT
    regime[period > 2] = Regime.HIGHER
    regime[period == 2] = Regime.BOUNCE
    regime[(period == 2) & flatter] = Regime.DRIFT
    regime[~alternates] = Regime.LOST
    regime[(period == 2) & (along > LEANS * width)] = Regime.TURNED
    regime[gone] = Regime.DIVERGED
    period[gone] = 0
    return Regimes(regime, period)


def valley_window(x: float) -> float:
    """The ρ|κ|/λ₁ below which SAM on ½λ₁w² + κw³/6 has a two-cycle around the minimum, at x = ηλ₁ in (0, 2).

    It is 2t(1 - t)/(1 + t²) with the root t of t³ + xt²/2 + t = x/2: at the edge one point of the cycle is the minimum
    itself. For x < 1 this is `samlib.drift.cubic_radius_limit` in other units, and the cycle attracts (chapter 5).
    For x ≥ 1 the same algebra gives the existence, and `flip_edge` where the cycle stops attracting. Never above
    √2 - 1.

    Raises
    ------
    ValueError
        Unless 0 < x < 2.
    """
    _between("x", x, 0.0, 2.0)
    t = float(brentq(lambda t: t**3 + x * t * t / 2 + t - x / 2, 0.0, 1.0, xtol=1e-16, rtol=1e-14))
    return 2 * t * (1 - t) / (1 + t * t)


def flip_edge(cosine: float) -> tuple[float, float]:
    """The ηλ₁ and ρ|κ|/λ₁ at which the two-cycle of ½λ₁w² + κw³/6 with the angle θ begins to double its period.

    Its multiplier (1 - x cos θ)² - x² sin² θ = 1 - 2x cos θ + x² cos 2θ (chapter 5) is -1 at

        x = 2/(c + √(2 - 3c²)),   c = cos θ,

    and its radius is sin θ (1 - ½xc) in units of λ₁/|κ|. As c falls from √(2/3) to `LEAST_COSINE`, the edge runs from
    (√6, 0) to `valley_window`, at x = 1.346…

    Raises
    ------
    ValueError
        Unless 0 < c ≤ √(2/3).
    """
    if not 0 < cosine <= np.sqrt(2 / 3):
        raise ValueError(f"cosine must be within (0, √(2/3)], got {cosine:g}")
    x = float(2 / (cosine + np.sqrt(max(0.0, 2 - 3 * cosine * cosine))))
    return x, float(np.sqrt(1 - cosine * cosine) * (1 - 0.5 * x * cosine))


def second_direction_edge(eta: float) -> float:
    """The ρ above which the bounce along e₂ attracts on the flattening ravine (ours), for 0 < η < 2.

    On the line w₁ = 0 the loss is ½w₂², and SAM has the two-cycle (0, ±a), a = ηY/2, from which it looks at (0, ±Y),
    Y = 2ρ/(2 - η). A step multiplies a small w₁ there by

        1 - (2η + 4(2 - η)/m)/(1 + ½Y²),   m = 1 + ½a²,

    which is inside the unit circle if and only if η + 2(2 - η)/m < 1 + ½Y². The left side falls and the right side
    rises with Y, so this holds beyond one Y.

    Raises
    ------
    ValueError
        Unless 0 < η < 2.
    """
    _between("eta", eta, 0.0, 2.0)

    def excess(far: float) -> float:
        m = 1 + 0.125 * (eta * far) ** 2
        return eta + 2 * (2 - eta) / m - 1 - 0.5 * far * far

    far = float(brentq(excess, 0.0, 3.0, xtol=1e-16, rtol=1e-14))  # > 0 at 0, and at most 3 - 1 - 9/2 < 0 at 3
    return far * (2 - eta) / 2


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise ValueError(f"{name} must be within ({low:g}, {high:g}), got {value:g}")
