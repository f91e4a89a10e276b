"""One SAM step taken apart (equation (2); chapter 1)."""

from typing import Any

import numpy as np
import traitlets
from matplotlib.patches import Circle

from samlib.live._figure import BUNDLES, StartFigure, bounded, vector, whole
from samlib.losses import Quadratic
from samlib.optimizers import SAM, GradientDescent
from samlib.plots import BLUE, GREY, ORANGE, Picture, contours


class StepAnatomy(StartFigure):
    """One step in four stages: gradient, ascent by ρ, gradient there, step; beside it gradient descent's step.

    Attributes
    ----------
    stage : int
        The stage reached: 1 gradient at w, 2 ascent, 3 gradient there, 4 step.
    """

    _esm = BUNDLES / "step_anatomy.js"
    STATE = (*StartFigure.STATE, "stage")
    SETTINGS = (
        ("slope", "On the slope", {"eigenvalues": [1.0, 0.3], "eta": 0.7, "rho": 0.6, "start": [1.0, 1.6]}),
        # closer to the minimum than the cycle's amplitude ηρλ₁/(2 - ηλ₁): the step overshoots and climbs
        ("minimum", "Near the minimum", {"eigenvalues": [1.0, 0.3], "eta": 0.7, "rho": 0.6, "start": [0.1, 0.15]}),
        ("cycle", "On the two-cycle", {"eigenvalues": [1.0, 0.3], "eta": 0.5, "rho": 0.6, "start": [0.2, 0.0]}),
    )

    eta = bounded(0.7, 0.01, 1.98, 0.01, "η")
    rho = bounded(0.6, 0.05, 2.0, 0.05, "ρ")
    eigenvalues = vector((1.0, 0.3), 0.05, 2.0, 0.01, "λ")
    start = vector((1.0, 1.6), -3.0, 3.0, 0.01, "w")
    stage = whole(1, 1, 4, "stage")

    @traitlets.validate("stage")
    def _check_stage(self, proposal: Any) -> Any:
        self.check_range("stage", proposal["value"])
        return proposal["value"]

    def describe(self) -> str:
        first, second = self.eigenvalues
        return (
            f"One SAM step on the quadratic with λ₁ = {first:g}, λ₂ = {second:g} from w = ({self.start[0]:g}, "
            f"{self.start[1]:g}): along the gradient up to a point on the circle of radius ρ = {self.rho:g}, and from "
            f"w against the gradient found there, η = {self.eta:g} times its length; "
            f"gradient descent's step is shown beside it."
        )

    def picture(self) -> Picture:
        loss, w = Quadratic(self.eigenvalues), np.array(self.start)
        sam = SAM(eta=self.eta, rho=self.rho)
        ascended = w + sam.perturbation(loss, w)
        after, plain = sam.step(loss, w), GradientDescent(eta=self.eta).step(loss, w)
        points = np.stack([w - self.rho, w + self.rho, ascended, after, plain, np.zeros(2)])
        low, high = points.min(axis=0), points.max(axis=0)
        half = 0.58 * (high - low).max()
        (left, bottom), (right, top) = (low + high) / 2 - half, (low + high) / 2 + half

        picture = Picture(4.8, 4.6)
        axes = picture.subplots()
        contours(axes, loss, (left, right), (bottom, top))
        axes.add_patch(Circle((w[0], w[1]), self.rho, fill=False, linestyle="--", edgecolor=GREY))
        for end, colour, name in [
            (ascended, GREY, r"ascent by $\rho$"),
            (plain, ORANGE, "gradient descent's step"),
            (after, BLUE, "SAM's step"),
        ]:
            axes.quiver(*w, *(end - w), color=colour, label=name, angles="xy", scale_units="xy", scale=1, width=0.009)
        axes.plot(*w, "o", color="black")
        axes.annotate("$w$", tuple(w), xytext=(6, -14), textcoords="offset points")
        axes.legend(loc="lower right", fontsize=8, framealpha=0.9)
        axes.set_aspect("equal")
        return picture
