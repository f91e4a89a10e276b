"""The potential J, on which the sign-flipped iterates descend (Proposition 8, Lemma 10, Figure 2; chapter 4.3)."""

from typing import Any, ClassVar

import numpy as np
import traitlets

from samlib.live._figure import BUNDLES, Statements, vector, whole
from samlib.live._path import PathFigure
from samlib.optimizers import flip_signs
from samlib.plots import BLUE, GREY, Picture, heat_map, path

FIGURE_2: dict[str, Any] = {
    "eigenvalues": [1.0, 0.2],
    "eta": 0.2,
    "rho": 1.0,
    "start": [0.244, 0.0224],
    "steps": 25,
    "t": 25,
}


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
        (
            "figure-1",
            "Figure 1's start",
            {**FIGURE_2, "eigenvalues": [1.0, 0.5], "start": [2.0, 2.0], "steps": 30, "t": 30},
        ),
        ("ring", "λ₂ = λ₁: a ring", {**FIGURE_2, "eigenvalues": [1.0, 1.0], "start": [0.2, 0.1]}),
    )

    STATEMENTS: ClassVar[Statements] = {
        **dict.fromkeys(
            ("cycle", "larger", "critical"),
            (
                "prop-8",
                "Proposition 8",
                "at the bounce along an eigenvector J falls in all sharper directions; only the sharpest bounce has "
                "none, and is a minimum.",
            ),
        ),
        **dict.fromkeys(
            ("outside", "inside", "descent"),
            (
                "lemma-10",
                "Lemma 10",
                "with the signs flipped SAM is gradient descent on J, and so far its steps have brought it.",
            ),
        ),
    }

    eigenvalues = vector((1.0, 0.2), 0.05, 2.0, 0.01, "λ")
    start = vector((0.244, 0.0224), -3.0, 3.0, 0.001, "u₀")
    steps = whole(25, 1, 100, "steps")
    flipped = traitlets.Bool(True).tag(sync=True)
    logarithmic = traitlets.Bool(False).tag(sync=True)

    def describe(self) -> str:
        theory = self.theory
        return (
            f"The potential J for {self.setting()}, as colour: its minima, of value {-theory.beta[0] / 2:.4g}, lie at "
            f"distance {theory.amplitude:.4g} from the kink at the origin, and {self.steps} sign-flipped iterates "
            f"descend on it; beside it J falls step by step."
        )

    def picture(self) -> Picture:
        theory = self.theory
        flipped = flip_signs(self.path())
        critical = np.concatenate([family.points() for family in theory.critical_points()])
        half_x, half_y = np.abs(np.concatenate([flipped, critical])).max(axis=0) * (1.15, 1.5)
        picture = Picture(8.4, 4.1)
        plane, stairs = picture.subplots(1, 2)
        heat_map(plane, theory.potential, (-half_x, half_x), (-half_y, half_y))
        path(plane, flipped if self.flipped else self.path(), color="white")
        plane.scatter(*critical.T, marker="+", s=90, linewidths=1.8, color="black", zorder=5)
        stairs.step(np.arange(len(flipped)), theory.potential(flipped), where="mid", color=BLUE)
        stairs.axhline(-theory.beta[0] / 2, linestyle="--", linewidth=1, color=GREY)
        stairs.set(xlabel="$t$", ylabel="$J(u_t)$")
        return picture
