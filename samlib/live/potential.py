"""The potential J, on which the sign-flipped iterates descend (Proposition 8, Lemma 10, Figure 2; chapter 4.3)."""

from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from samlib.live._figure import BUNDLES, pair, whole
from samlib.live._path import PathFigure
from samlib.live.bounce import draw_path
from samlib.optimizers import flip_signs

FIGURE_2: dict[str, Any] = {
    "eigenvalues": [1.0, 0.2], "eta": 0.2, "rho": 1.0, "start": [0.244, 0.0224], "steps": 25, "t": 25
}  # fmt: skip


class Potential(PathFigure):
    """The potential as a heat map with its critical points, and J(u_t) as a staircase with its exact decrease.

    Attributes
    ----------
    logarithmic : bool
        Draw the staircase of J - min J on a logarithmic scale rather than that of J on a linear one.
    """

    _esm = BUNDLES / "potential.js"
    STATE = (*PathFigure.STATE, "logarithmic")
    SETTINGS = (
        ("figure-2", "Figure 2", FIGURE_2),
        ("saddle", "Into the saddle", {**FIGURE_2, "start": [0.0, 0.3]}),
        ("figure-1", "Figure 1's start", {**FIGURE_2, "eigenvalues": [1.0, 0.5], "start": [2.0, 2.0], "steps": 30, "t": 30}),
        ("ring", "λ₂ = λ₁: a ring", {**FIGURE_2, "eigenvalues": [1.0, 1.0], "start": [0.2, 0.15]}),
    )

    eigenvalues = pair((1.0, 0.2), 0.05, 2.0, 0.01, "λ")
    start = pair((0.244, 0.0224), -3.0, 3.0, 0.001, "u₀")
    steps = whole(25, 1, 100, "steps")
    flipped = traitlets.Bool(True).tag(sync=True)
    logarithmic = traitlets.Bool(False).tag(sync=True)

    def describe(self) -> str:
        theory = self.theory
        return (
            f"The potential J for {self.setting()}, as colour: two minima of value {-theory.beta[0] / 2:.4g} at distance "
            f"{theory.amplitude:.4g} from the origin, a kink there, and {self.steps} sign-flipped iterates that descend to one "
            f"of them; beside it J falls step by step."
        )

    def picture(self) -> Figure:
        theory = self.theory
        flipped = flip_signs(self.path())
        figure = Figure(figsize=(8, 4), layout="constrained")
        plane, stairs = figure.subplots(1, 2)
        critical = theory.critical_points()
        points = np.concatenate([s.points() for s in critical])
        half_x, half_y = np.abs(np.concatenate([flipped, points])).max(axis=0) * (1.15, 1.5)
        x, y = np.meshgrid(np.linspace(-half_x, half_x, 161), np.linspace(-half_y, half_y, 161))
        heights = theory.potential(np.stack([x, y], axis=-1))
        reach = np.abs(heights).max()
        plane.pcolormesh(x, y, np.sign(heights) * np.sqrt(np.abs(heights)), cmap="PuOr_r", alpha=0.5, rasterized=True,
                         vmin=-np.sqrt(reach), vmax=np.sqrt(reach))  # fmt: skip
        draw_path(plane, self, flipped if self.flipped else self.path(), half_x, half_y, theory.potential)
        plane.plot(*points.T, "+", color="black", ms=10)
        stairs.step(np.arange(len(flipped)), theory.potential(flipped), where="mid", color="#1766b0")
        stairs.axhline(-theory.beta[0] / 2, ls="--", lw=1, color="#646d78")
        stairs.set(xlabel="$t$", ylabel="$J(u_t)$")
        stairs.spines[["top", "right"]].set_visible(False)
        return figure
