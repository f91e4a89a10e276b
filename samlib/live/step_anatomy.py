"""One SAM step taken apart (equation (2); chapter 1)."""

from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from samlib.live._figure import BUNDLES, LiveFigure, bounded, pair, whole
from samlib.losses import Quadratic
from samlib.optimizers import SAM, GradientDescent


class StepAnatomy(LiveFigure):
    """One step in four stages: gradient, ascent by ρ, gradient there, step; beside it gradient descent's step.

    Attributes
    ----------
    stage : int
        The stage reached: 1 gradient at w, 2 ascent, 3 gradient there, 4 step.
    """

    _esm = BUNDLES / "step_anatomy.js"
    STATE = (*LiveFigure.STATE, "stage")
    SETTINGS = (
        ("slope", "On the slope", {"eigenvalues": [1.0, 0.3], "eta": 0.7, "rho": 0.6, "start": [1.0, 1.6]}),
        # closer to the minimum than the cycle's amplitude ηρλ₁/(2 - ηλ₁): the step overshoots and climbs
        ("minimum", "Near the minimum", {"eigenvalues": [1.0, 0.3], "eta": 0.7, "rho": 0.6, "start": [0.1, 0.15]}),
        ("cycle", "On the two-cycle", {"eigenvalues": [1.0, 0.3], "eta": 0.5, "rho": 0.6, "start": [0.2, 0.0]}),
    )

    eta = bounded(0.7, 0.01, 1.98, 0.01, "η")
    rho = bounded(0.6, 0.05, 2.0, 0.05, "ρ")
    eigenvalues = pair((1.0, 0.3), 0.05, 2.0, 0.01, "λ")
    start = pair((1.0, 1.6), -3.0, 3.0, 0.01, "w")
    stage = whole(1, 1, 4, "stage")

    @traitlets.validate("stage")
    def _check_stage(self, proposal: Any) -> Any:
        self.check_range("stage", proposal["value"])
        return proposal["value"]

    def describe(self) -> str:
        first, second = self.eigenvalues
        return (
            f"One SAM step on the quadratic with λ₁ = {first:g}, λ₂ = {second:g} from w = ({self.start[0]:g}, "
            f"{self.start[1]:g}): along the gradient up to a point on the circle of radius ρ = {self.rho:g}, and from w "
            f"against the gradient found there, η = {self.eta:g} times its length; gradient descent's step is shown beside it."
        )

    def picture(self) -> Figure:
        loss = Quadratic(self.eigenvalues)
        w = np.array(self.start)
        sam = SAM(eta=self.eta, rho=self.rho)
        ascended = w + sam.perturbation(loss, w)
        after, plain = sam.step(loss, w), GradientDescent(eta=self.eta).step(loss, w)
        points = np.stack([w - self.rho, w + self.rho, ascended, after, plain, np.zeros(2)])
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        half = 0.58 * np.ptp(points, axis=0).max()

        figure = Figure(figsize=(5, 5), layout="constrained")
        axes = figure.subplots()
        x, y = np.meshgrid(*(np.linspace(m - half, m + half, 161) for m in middle))
        axes.contour(x, y, np.sqrt(loss.value(np.stack([x, y], axis=-1))), 11, colors="#c3c9d0", linewidths=0.7)
        angle = np.linspace(0, 2 * np.pi, 181)
        axes.plot(w[0] + self.rho * np.cos(angle), w[1] + self.rho * np.sin(angle), "--", lw=1, color="#a02c7d")
        for end, colour, name in [
            (ascended, "#a02c7d", r"$w + \rho\,\nabla\ell/\|\nabla\ell\|$"),
            (plain, "#b4520a", "gradient descent"),
            (after, "#1766b0", "SAM"),
        ]:
            axes.annotate("", end, w, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.8, "shrinkA": 0, "shrinkB": 0})
            axes.annotate(name, end, textcoords="offset points", xytext=(6, 6), color=colour)
        axes.plot(*w, "o", color="#222832")
        axes.annotate("$w$", w, textcoords="offset points", xytext=(8, -12))
        axes.set(xlim=middle[0] + (-half) * np.array([1, -1]), ylim=middle[1] + (-half) * np.array([1, -1]),
                 xlabel="$w_1$", ylabel="$w_2$", aspect="equal")  # fmt: skip
        axes.spines[["top", "right"]].set_visible(False)
        return figure
