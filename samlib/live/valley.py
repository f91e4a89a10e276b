"""SAM's drift along a valley towards its flat end, against the flow of Theorem 21 (chapter 5)."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import traitlets
from numpy.typing import NDArray

from samlib import constants, drift, losses
from samlib._validation import Array
from samlib.live._figure import BUNDLES, LossFigure, Statements, bounded, vector, whole
from samlib.optimizers import SAM, trajectory
from samlib.plots import BLUE, GREY, ORANGE, Picture, contours, path

#: The y at which the reader sets h.
NODES = (-2, -1, 0, 1, 2)
#: h must be at least this at every y = -2, -1.99, …, 2.
LEAST = 0.05
#: A run that is further out has left the valley that is drawn.
REACH = (3.0, 2.5)
#: Runge–Kutta steps of the flow for each step of SAM.
SUBSTEPS = 64

BOWL: dict[str, Any] = {
    "eta": 0.2,
    "rho": 0.2,
    "heights": [5.0, 2.0, 1.0, 2.0, 5.0],
    "skew": 0.0,
    "start": [0.0, 1.5],
    "on_bounce": True,
    "steps": 200,
    "t": 200,
}


@dataclass(frozen=True)
class Drift:
    """A run along the valley; arrays over the steps, shape (T + 1,), nan from the step on at which it has left.

    Attributes
    ----------
    path : array, shape (T + 1, 2)
        w_t = (x_t, y_t).
    flow : array
        y of the drift flow from y_0, nan where it has left the valley.
    sharpness : array
        λ_max(∇²ℓ(w_t)).
    limit : array
        The largest ρ with which SAM's signs can alternate at (0, y_t), `samlib.drift.cubic_radius_limit`; nan where
        ηh(y_t) ≥ 1.
    alternates : array of bool, shape (T,)
        Whether x_t and x_{t+1} have opposite signs.
    lost : int or None
        The first step after an alternating one that does not alternate.
    left : int or None
        The first t at which the run is out of the valley.
    """

    path: Array
    flow: Array
    sharpness: Array
    limit: Array
    alternates: NDArray[np.bool_]
    lost: int | None
    left: int | None

    @property
    def gap(self) -> float:
        """The largest |y_t - flow_t|."""
        return float(np.nanmax(np.abs(self.path[:, 1] - self.flow)))


@dataclass(frozen=True)
class Split:
    """The step of SAM from the bounce around (0, y), taken apart as Theorem 21 does.

    Attributes
    ----------
    bounce, drift, remainder : array, shape (2,)
        They add up to the step.
    stated, sharp : float
        The theorem's bound on ‖remainder‖, and what its proof gives before rounding up.
    """

    bounce: Array
    drift: Array
    remainder: Array
    stated: float
    sharp: float


class Valley(LossFigure):
    """SAM's y_t over the drift flow, λ_max along the path, one step split in three, and the window in which this holds.

    The loss is `samlib.Valley`: ½h(y)x² + κx³/6, whose floor x = 0 consists of minima with λ₁ = h(y). The polynomial h
    of degree 4 goes through the five heights that the reader sets at y = -2, …, 2. For κ = 0 the bounce is
    symmetric and its signs alternate for every ρ; with κ ≠ 0 they do below `samlib.drift.cubic_radius_limit` alone.

    Attributes
    ----------
    eta, rho : float
        Step size, with ηh(y₀) < 1 as in Theorem 21, and radius.
    heights : list of five floats
        h(-2), h(-1), h(0), h(1), h(2) > 0; between them h must stay positive too.
    skew : float
        κ, the third derivative across the valley.
    start : list of two floats
        (x₀, y₀), of which x₀ counts with `on_bounce` off only.
    on_bounce : bool
        Start at x₀ = ηρh(y₀)/(2 - ηh(y₀)), the point from which Theorem 21 steps.
    steps, t : int
        Number of steps computed, and the current one (the last unless given).
    """

    _esm = BUNDLES / "valley.js"
    STATE = (*LossFigure.STATE, "heights", "skew", "start", "on_bounce", "steps", "t")
    SETTINGS = (
        ("bowl", "h = 1 + y²", BOWL),
        ("quartic", "h = 1 + y⁴/4", {**BOWL, "heights": [5.0, 1.25, 1.0, 1.25, 5.0]}),
        ("slope", "h = 1.1 + y/2", {**BOWL, "heights": [0.1, 0.6, 1.1, 1.6, 2.1], "rho": 0.3}),
        ("two", "Two flat ends", {**BOWL, "heights": [4.0, 0.5, 1.5, 0.5, 4.0], "start": [0.0, 0.2], "rho": 0.3}),
        ("large", "Large ρ", {**BOWL, "rho": 1.0, "steps": 40, "t": 40}),
        # The curvature falls along the floor, and with it the limit on ρ, until it meets ρ.
        ("skewed", "Out of the window", {**BOWL, "skew": 2.0}),
    )

    STATEMENTS: ClassVar[Statements] = {
        "drift": (
            "theorem-21",
            "Theorem 21",
            "besides the bounce, a step from it goes down the slope of λ_max, by 2ηρ²/(2 − ηλ₁)² times that slope, up "
            "to a remainder.",
        ),
        "window": (
            "drift-window",
            "The theorem on how large the radius may be",
            "across a valley with skew κ ≠ 0 a bounce with alternating signs exists below a limit on ρ only.",
        ),
    }

    eta = bounded(0.2, 0.01, 1.0, 0.01, "η")
    rho = bounded(0.2, 0.01, 1.0, 0.01, "ρ")
    heights = traitlets.List(traitlets.Float(), list(BOWL["heights"]), minlen=5, maxlen=5).tag(
        sync=True, min=0.1, max=5.0, step=0.05, label="h", length=5
    )
    skew = bounded(0.0, -4.0, 4.0, 0.1, "κ")
    start = vector((0.0, 1.5), -2.0, 2.0, 0.01, "w₀")
    on_bounce = traitlets.Bool(True).tag(sync=True)
    steps = whole(200, 1, 500, "steps")
    t = whole(200, 0, 500, "t")

    @traitlets.default("t")
    def _default_t(self) -> int:
        return int(self.steps)

    @traitlets.validate("heights", "skew", "start", "steps", "t")
    def _check(self, proposal: Any) -> Any:
        return self.checked(proposal)

    def check_setting(self, *, eta: float, heights: list[float], start: list[float], **_: Any) -> None:
        """Raises TraitError unless h is positive in the valley and ηh(y₀) < 1."""
        h = losses.Valley(coefficients(heights)).curvature
        places = np.arange(-200, 201) / 100
        lowest = places[np.argmin(h(places))]
        if not h(lowest) >= LEAST:
            raise traitlets.TraitError(
                f"heights must keep h ≥ {LEAST:g} for -2 ≤ y ≤ 2, got h({lowest:g}) = {h(lowest):.3g}"
            )
        top = h(start[1])
        if eta * top >= 1:
            raise traitlets.TraitError(
                f"eta must be below 1/h(y₀) = {1 / top:g}, as in Theorem 21, got eta = {eta:g} with h(y₀) = {top:g}"
            )

    @property
    def loss(self) -> losses.Valley:
        """½h(y)x² + κx³/6."""
        return losses.Valley(coefficients(self.heights), skew=self.skew)

    def begin(self) -> list[float]:
        """w₀ = (x₀, y₀)."""
        x, y = self.start
        return [self._amplitude(y) if self.on_bounce else x, y]

    def _amplitude(self, y: float) -> float:
        return float(constants.amplitude(float(self.loss.curvature(y)), self.eta, self.rho))

    def flow(self) -> Array:
        """y of the drift flow ẏ = -2ηρ²h′(y)/(2 - ηh(y))² from y₀ at t = 0, …, T, shape (T + 1,).

        It is integrated by `SUBSTEPS` classical Runge–Kutta steps per step of SAM, as in the page, which is within
        1e-8 of `samlib.drift.drift_flow`; nan once it is out of the valley.
        """
        h, slope = (polynomial.coef.tolist() for polynomial in (self.loss.curvature, self.loss.curvature.deriv()))
        eta, factor, dt = self.eta, -2 * self.eta * self.rho * self.rho, 1 / SUBSTEPS

        def velocity(y: float) -> float:
            rest = 2 - eta * _at(h, y)
            return factor * _at(slope, y) / (rest * rest)

        y = self.start[1]
        flow = np.full(self.steps + 1, np.nan)
        flow[0] = y
        for t in range(self.steps):
            for _ in range(SUBSTEPS):
                k1 = velocity(y)
                k2 = velocity(y + 0.5 * dt * k1)
                k3 = velocity(y + 0.5 * dt * k2)
                y += dt / 6 * (k1 + 2 * k2 + 2 * k3 + velocity(y + dt * k3))
                if not (abs(y) <= REACH[1] and _at(h, y) > 0):
                    return flow
            flow[t + 1] = y
        return flow

    def run(self) -> Drift:
        """SAM's run, the flow beside it, and what Theorem 21 and its window say along the way."""
        loss = self.loss
        run = trajectory(SAM(eta=self.eta, rho=self.rho), loss, self.begin(), steps=self.steps)
        with np.errstate(over="ignore", invalid="ignore"):
            inside = (np.abs(run) <= REACH).all(axis=1) & (loss.curvature(run[:, 1]) > 0)
        left = None if inside.all() else int(np.argmin(inside))
        run[left if left is not None else len(run) :] = np.nan
        known = slice(0, left)
        sharpness, limit = np.full((2, len(run)), np.nan)
        sharpness[known] = np.linalg.eigvalsh(loss.hessian(run[known]))[:, 1]
        for t, top in enumerate(loss.curvature(run[known, 1])):
            if self.eta * top < 1:
                limit[t] = drift.cubic_radius_limit(float(top), self.eta, self.skew)
        alternates = run[:-1, 0] * run[1:, 0] < 0
        began = np.flatnonzero(alternates)
        end = len(alternates) if left is None else left - 1
        lost = np.flatnonzero(~alternates[began[0] : end]) + began[0] if began.size else began
        return Drift(run, self.flow(), sharpness, limit, alternates, int(lost[0]) if lost.size else None, left)

    def split(self, y: float, sign: int = 1) -> Split | None:
        """The step from the bounce around the minimum (0, y); None where h(y) ≤ 0 or ηh(y) ≥ 1."""
        loss = self.loss
        top = float(loss.curvature(y))
        if not 0 < self.eta * top < 1:
            return None
        b3, b4 = loss.derivative_bounds(y, 2 * self.rho / (2 - self.eta * top))
        predicted = drift.predicted_step(loss, [0.0, y], self.eta, self.rho, sign, b3=b3, b4=b4)
        w = drift.bounce_point(loss, [0.0, y], self.eta, self.rho, sign)
        step = SAM(eta=self.eta, rho=self.rho).step(loss, w) - w
        sharp = drift.remainder_bound(top, self.eta, self.rho, b3=b3, b4=b4, form="sharp")
        return Split(predicted.bounce, predicted.drift, step - predicted.total, predicted.remainder_bound, sharp)

    def setting(self) -> str:
        h = ", ".join(f"{height:g}" for height in self.heights)
        x, y = self.begin()
        return f"h(-2), …, h(2) = {h}, κ = {self.skew:g}, {super().setting()}, start ({x:.3g}, {y:g})"

    def describe(self) -> str:
        run = self.run()
        last = self.steps if run.left is None else run.left - 1
        window = (
            "the signs of x alternate all the way"
            if run.lost is None
            else f"the alternation of signs is lost at step {run.lost}, where ρ < {run.limit[run.lost]:.3g} is needed"
        )
        away = "" if run.left is None else f" It leaves the valley at step {run.left}."
        return (
            f"SAM in the valley ½h(y)x² + κx³/6 with {self.setting()}: while it bounces across, y goes from "
            f"{run.path[0, 1]:.3g} to {run.path[last, 1]:.3g} in {last} steps, at most {run.gap:.2g} away from the "
            f"drift flow of Theorem 21, and λ_max from {run.sharpness[0]:.3g} to {run.sharpness[last]:.3g}; "
            f"{window}.{away}"
        )

    def picture(self) -> Picture:
        run = self.run()
        last = self.steps if run.left is None else run.left - 1
        shown = run.path[: last + 1]
        width = 1.4 * max(np.abs(shown[:, 0]).max(), 1e-3)
        picture = Picture(8.4, 4.6)
        grid = picture.add_gridspec(3, 2)
        plane = picture.add_subplot(grid[:, 0])
        along, sharp, window = (picture.add_subplot(grid[row, 1]) for row in range(3))
        contours(plane, self.loss, (-width, width), (-2.2, 2.2))
        plane.set(xlabel="$x$", ylabel="$y$")
        path(plane, shown, label="SAM")
        plane.plot(0 * run.flow, run.flow, "--", color=ORANGE, lw=1.4, label="drift flow")
        plane.legend(fontsize=8, loc="lower right")
        t = np.arange(self.steps + 1)
        along.plot(t, run.path[:, 1], color=BLUE, lw=1)
        along.plot(t, run.flow, "--", color=ORANGE, lw=1.4)
        along.set(ylabel="$y_t$")
        sharp.plot(t, run.sharpness, color=BLUE, lw=1)
        sharp.plot(t, self.loss.curvature(run.flow), "--", color=ORANGE, lw=1.4)
        sharp.set(ylabel="$λ_{max}$")
        side = np.sign(run.path[0, 0]) if run.path[0, 0] else 1.0
        flipped = side * (-1.0) ** t * run.path[:, 0]
        window.axhline(0, color=GREY, lw=0.8)
        kept = np.append(run.alternates, True)
        window.plot(t[kept], flipped[kept], ".", color=BLUE, ms=3)
        window.plot(t[~kept], flipped[~kept], "x", color=ORANGE, ms=5)
        window.set(xlabel="$t$", ylabel="$(-1)^t x_t$")
        return picture


def coefficients(heights: list[float]) -> list[float]:
    """c₀, …, c₄ of the polynomial of degree 4 with the given values at y = -2, -1, 0, 1, 2."""
    a, b, c, d, e = heights
    return [
        c,
        (a - 8 * b + 8 * d - e) / 12,
        (-a + 16 * b - 30 * c + 16 * d - e) / 24,
        (-a + 2 * b - 2 * d + e) / 12,
        (a - 4 * b + 6 * c - 4 * d + e) / 24,
    ]


def _at(polynomial: list[float], y: float) -> float:
    """Horner's rule on Python floats, lowest power first."""
    value = 0.0
    for coefficient in reversed(polynomial):
        value = coefficient + value * y
    return value
