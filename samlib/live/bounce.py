"""SAM's path over the contours of a quadratic, from the descent to the two-cycle (Theorem 2, Figure 1; chapter 3)."""

from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from samlib.live._figure import BUNDLES
from samlib.live._path import PathFigure
from samlib.optimizers import flip_signs

FIGURE_1: dict[str, Any] = {
    "eigenvalues": [1.0, 0.5], "eta": 0.2, "rho": 1.0, "start": [2.0, 2.0], "steps": 30, "t": 30
}  # fmt: skip


class Bounce(PathFigure):
    """The bounce: contours, path, predicted cycle, and w₁, w₂, ℓ(w_t) and J(u_t) over t.

    Attributes
    ----------
    zoom : bool
        Show the surroundings of the two-cycle (Figure 1b) rather than the whole path (Figure 1a).
    follow : bool
        Let the view follow the current iterate, unless `zoom` is set.
    """

    _esm = BUNDLES / "bounce.js"
    STATE = (*PathFigure.STATE, "zoom", "follow")
    SETTINGS = (
        ("figure-1", "Figure 1", FIGURE_1),
        # ‖∇ℓ(w₀)‖ = γ₁ exactly: the first step lands on w₁ = 0 and SAM never leaves that axis
        ("trap", "The exact trap", {**FIGURE_1, "start": [0.2, 0.3]}),
        ("large-step", "η near 2/λ₁", {**FIGURE_1, "eta": 1.9, "steps": 60, "t": 60}),
        ("close", "λ₂ near λ₁", {**FIGURE_1, "eigenvalues": [1.0, 0.97], "start": [1.0, 2.0], "steps": 200, "t": 200}),
        ("equal", "λ₂ = λ₁", {**FIGURE_1, "eigenvalues": [1.0, 1.0], "start": [1.5, 2.0], "steps": 40, "t": 40}),
    )

    zoom = traitlets.Bool(False).tag(sync=True)
    follow = traitlets.Bool(False).tag(sync=True)

    def describe(self) -> str:
        cycle = self.theory.amplitude
        return (
            f"SAM on a quadratic with {self.setting()}: {self.steps} steps over the contours of the loss descend to the "
            f"minimum and then bounce across it, towards alternating at distance {cycle:.4g} on either side."
        )

    def picture(self) -> Figure:
        figure = Figure(figsize=(8, 4), layout="constrained")
        whole, near = figure.subplots(1, 2)
        path = flip_signs(self.path()) if self.flipped else self.path()
        amplitude = self.theory.amplitude
        for axes, half in [(whole, 1.15 * max(np.abs(path).max(), 1.5 * amplitude)), (near, 1.7 * amplitude)]:
            draw_path(axes, self, path, half, half)
            axes.plot([amplitude, -amplitude], [0, 0], "o--", mfc="none", ms=10, color="#646d78", lw=1)
            axes.set_aspect("equal")
        return figure


def draw_path(axes: Any, figure: PathFigure, path: Any, half_x: float, half_y: float, value: Any = None) -> None:
    """Contours of the loss (or of `value`) with the path over them, early iterates light and late ones dark."""
    x, y = np.meshgrid(np.linspace(-half_x, half_x, 161), np.linspace(-half_y, half_y, 161))
    heights = (value or figure.loss.value)(np.stack([x, y], axis=-1))
    low, high = heights.min(), heights.max()
    axes.contour(x, y, heights, low + (high - low) * (np.arange(1, 12) / 12) ** 2, colors="#c3c9d0", linewidths=0.7)
    axes.plot(*path.T, color="#1766b0", lw=0.8, alpha=0.6)
    axes.scatter(*path.T, c=np.arange(len(path)), cmap="Blues", vmin=-0.7 * len(path), s=18, zorder=3)
    letter = "u" if figure.flipped else "w"
    axes.set(xlim=(-half_x, half_x), ylim=(-half_y, half_y), xlabel=f"${letter}_1$", ylabel=f"${letter}_2$")
    axes.spines[["top", "right"]].set_visible(False)
