"""The descent into the ball and the chance to be caught at γ₁ on the way (Lemmas 6 and 7; chapter 4.2)."""

import math
from typing import Any, ClassVar

import numpy as np
import traitlets
from matplotlib.patches import Ellipse

from samlib._validation import Array
from samlib.live._figure import BUNDLES, bounded, vector, whole
from samlib.live._path import WalkFigure
from samlib.live._small_step import SmallStepFigure
from samlib.live._starts import closest_to, normal_starts
from samlib.plots import BLUE, GREY, ORANGE, Picture, contours, path

FIGURE_1: dict[str, Any] = {
    "eigenvalues": [1.0, 0.5],
    "eta": 0.2,
    "rho": 1.0,
    "start": [2.0, 2.0],
    "steps": 20,
    "t": 20,
    "gap": 0.04,
    "spread": 2.0,
    "zoom": False,
    "broken": False,
}


class EarlyDescent(SmallStepFigure, WalkFigure):
    """The length of the gradient under its line down to the ball ‖v‖ ≤ b, and the ring around γ₁ that traps.

    Attributes
    ----------
    gap : float
        Half-width Δ of the ring |‖v‖ - γ₁| < Δ, as a share of γ₁.
    spread : float
        Standard deviation of the coordinates of the random starts w₀ ~ N(0, spread²·I).
    seed : int
        Seed of the random starts.
    zoom : bool
        Show the surroundings of the ring rather than the whole path.
    """

    _esm = BUNDLES / "early_descent.js"
    STATE = (*WalkFigure.STATE, "broken", "gap", "spread", "seed", "zoom")
    SETTINGS = (
        ("figure-1", "Figure 1", FIGURE_1),
        # ‖v₀‖ = ‖(1/5, 3/20)‖ = 1/4 = γ₁, exactly and in floating point: the first step lands on v₁ = 0
        ("trap", "The exact trap", {**FIGURE_1, "start": [0.2, 0.3], "zoom": True}),
        ("caught", "Caught on the way", {**FIGURE_1, "start": [0.6, 2.1]}),
        ("slow", "λ₂ small", {**FIGURE_1, "eigenvalues": [1.0, 0.2], "steps": 60, "t": 60}),
        # the step from ‖v‖ just above b along e₁ multiplies it by about ηλ₁, more than 1 - ηλ_d
        (
            "overshoot",
            "η(λ₁ + λ₂) > 1",
            {**FIGURE_1, "eigenvalues": [1.0, 0.9], "eta": 0.9, "start": [2.0, 0.5], "broken": True},
        ),
        # ηλ₁ > 1: the length settles at β₁ > b and never enters the ball
        ("outside", "η near 2/λ₁", {**FIGURE_1, "eta": 1.8, "rho": 0.2, "start": [3.0, 1.0], "broken": True}),
    )
    #: How many random starts there are at most and at least, and what they may cost in steps together.
    SAMPLES: ClassVar[tuple[int, int, float]] = (10_000, 500, 1.2e6)
    #: Where a path is given up that has not reached the ball.
    LIMIT: ClassVar[int] = 3000

    eta = bounded(0.2, 0.05, 1.98, 0.01, "η")
    rho = bounded(1.0, 0.2, 2.0, 0.05, "ρ")
    eigenvalues = vector((1.0, 0.5), 0.2, 2.0, 0.01, "λ")
    steps = whole(20, 1, 200, "steps")
    gap = bounded(0.04, 0.001, 0.5, 0.001, "Δ/γ₁")
    spread = bounded(2.0, 0.5, 3.0, 0.1, "σ")
    seed = whole(0, 0, 9999, "seed")
    zoom = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("gap", "spread", "seed")
    def _check_chance(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @property
    def time(self) -> float:
        """T = [log(‖v₀‖/b)]₊/(ηλ_d), the time by which Lemma 6 has the path of `start` in the ball."""
        length = float(np.linalg.norm(np.multiply(self.eigenvalues, self.start)))
        return max(0.0, math.log(length / self.theory.b) / (self.eta * self.eigenvalues[1])) if length else 0.0

    @property
    def contracts(self) -> bool:
        """Whether ‖v‖ ≥ b shrinks by 1 - ηλ_d in every step: exactly if η(λ₁ + λ_d) ≤ 1 (equation (5))."""
        return bool(self.eta * sum(self.eigenvalues) <= 1)

    @property
    def samples(self) -> int:
        """Number of random starts: fewer of them where each takes more steps, so that the page stays quick."""
        most, least, cost = self.SAMPLES
        reach = 3 * self.spread * self.eigenvalues[0]
        steps = max(1.0, math.log(reach / self.theory.b) / (self.eta * self.eigenvalues[1]))
        return max(least, min(most, math.floor(cost / steps)))

    def lengths(self) -> Array:
        """‖v_0‖ … ‖v_steps‖ along the path of `start`, shape (steps + 1,)."""
        return np.asarray(np.linalg.norm(self.path() * self.eigenvalues, axis=1))

    def closest(self) -> Array:
        """How close each random start comes to γ₁, min over t of |‖v_t‖ - γ₁|, shape (samples,).

        Raises
        ------
        ValueError
            If ηλ₁ ≥ 1: no length sends v₁ to 0 then, and there is no ring.
        """
        gamma = float(self.theory.gamma[0])
        if not math.isfinite(gamma):
            raise ValueError(f"γ₁ exists only for ηλ₁ < 1, got ηλ₁ = {self.eta * self.eigenvalues[0]:g}")
        starts = normal_starts(self.seed, self.samples, self.spread)
        return closest_to(gamma, np.array(self.eigenvalues), self.eta, self.rho, starts, self.LIMIT)

    def chance(self) -> float:
        """Share of the random starts whose path enters the ring |‖v‖ - γ₁| < Δ; ValueError if ηλ₁ ≥ 1."""
        return float(np.mean(self.closest() < self.gap * self.theory.gamma[0]))

    def describe(self) -> str:
        b, entered = self.theory.b, np.flatnonzero(self.lengths() <= self.theory.b)
        arrives = (
            f"reaches the ball of radius b = {b:.4g} at step {entered[0]}"
            if entered.size
            else "does not reach the ball"
        )
        if math.isfinite(self.theory.gamma[0]):
            ring = (
                f"of random starts {100 * self.chance():.2g} % pass through the ring of half-width "
                f"{self.gap * self.theory.gamma[0]:.3g} around γ₁ = {self.theory.gamma[0]:.4g}"
            )
        else:
            ring = "there is no ring, since no length of the gradient sends v₁ to 0"
        return (
            f"The length of the gradient along SAM's path for {self.setting()}: from {self.lengths()[0]:.4g} it "
            f"{arrives}, where Lemma 6 allows {math.ceil(self.time)} steps; {ring}."
        )

    def picture(self) -> Picture:
        theory, lengths, run = self.theory, self.lengths(), self.path()
        gamma, b = float(theory.gamma[0]), theory.b
        ring = math.isfinite(gamma)
        picture = Picture(8.4, 4.1)
        plane, descent = picture.subplots(1, 2)
        half = 1.8 * (gamma if ring else b) / self.eigenvalues[1] if self.zoom else 1.1 * np.abs(run).max()
        contours(plane, self.loss, (-half, half), (-half, half))
        if ring:
            starts, near = normal_starts(self.seed, self.samples, self.spread), self.closest() < self.gap * gamma
            plane.plot(*starts[near][:600].T, ".", markersize=2.5, color=ORANGE)
            for length in (gamma * (1 - self.gap), gamma * (1 + self.gap)):
                plane.add_patch(self._ellipse(length, "-", ORANGE))
        plane.add_patch(self._ellipse(b, ":", GREY))
        path(plane, run)
        plane.set(xlim=(-half, half), ylim=(-half, half), aspect="equal", xlabel="$w_1$", ylabel="$w_2$")

        rate = 1 - self.eta * self.eigenvalues[1]
        if rate > 0:
            times = np.linspace(0, self.steps, 200)
            descent.semilogy(times, np.maximum(b, lengths[0] * rate**times), color=GREY, linewidth=1)
        descent.axhline(b, color=GREY, linestyle=":")
        if ring:
            descent.axhspan(gamma * (1 - self.gap), gamma * (1 + self.gap), color=ORANGE, alpha=0.3)
        if self.time <= self.steps:
            descent.axvline(math.ceil(self.time), color=GREY, linestyle="--", linewidth=1)
        positive = lengths > 0
        descent.semilogy(np.flatnonzero(positive), lengths[positive], "o-", color=BLUE, markersize=3, linewidth=1)
        descent.set(xlabel="$t$", ylabel="$‖v_t‖$", xlim=(0, self.steps))
        return picture

    def _ellipse(self, length: float, style: str, colour: str) -> Ellipse:
        """The points w with ‖Λw‖ = length."""
        width, height = (2 * length / value for value in self.eigenvalues)
        return Ellipse((0, 0), width, height, fill=False, linestyle=style, edgecolor=colour)
