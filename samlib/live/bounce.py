"""SAM's path over the contours of a quadratic, from the descent to the two-cycle (Theorem 2, Figure 1; chapter 3)."""

from typing import Any, ClassVar

import numpy as np
import traitlets

from samlib.live._figure import BUNDLES, Statements
from samlib.live._path import PathFigure
from samlib.optimizers import flip_signs
from samlib.plots import GREY, Picture, contours, path

FIGURE_1: dict[str, Any] = {
    "eigenvalues": [1.0, 0.5],
    "eta": 0.2,
    "rho": 1.0,
    "start": [2.0, 2.0],
    "steps": 30,
    "t": 30,
}


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

    STATEMENTS: ClassVar[Statements] = {
        "cycle": (
            "theorem-2",
            "Theorem 2",
            "for ηλ₁ < ½ a random start ends, almost surely, on the two-cycle ±ae₁ with a = ηρλ₁/(2 − ηλ₁).",
        ),
        "larger": (
            "larger-steps",
            "The theorem for all step sizes up to 2/λ₁",
            "almost every start ends on the two-cycle ±ae₁, for large steps too.",
        ),
        "critical": (
            "prop-8",
            "Proposition 8",
            "the bounces are the critical points of J; only those along the sharpest directions are minima.",
        ),
        "outside": (
            "eq-5",
            "Equation (5)",
            "while the gradient is longer than b = ηρλ₁², each step multiplies its length by at most 1 − ηλ₂.",
        ),
        "inside": (
            "lemma-5-5",
            "Lemma 5.5",
            "once the gradient is at most b = ηρλ₁² long, it stays so.",
        ),
        "descent": (
            "lemma-10",
            "Lemma 10",
            "with the signs flipped SAM is gradient descent on J, and no step raises J.",
        ),
    }

    zoom = traitlets.Bool(False).tag(sync=True)
    follow = traitlets.Bool(False).tag(sync=True)

    def describe(self) -> str:
        return (
            f"SAM on a quadratic with {self.setting()}: {self.steps} steps over the contours of the loss descend "
            f"towards the minimum and then bounce across it; the predicted two-cycle has amplitude "
            f"{self.theory.amplitude:.4g}."
        )

    def picture(self) -> Picture:
        run = flip_signs(self.path()) if self.flipped else self.path()
        amplitude = self.theory.amplitude
        letter = "u" if self.flipped else "w"
        picture = Picture(8.0, 4.1)
        views = [1.15 * max(np.abs(run).max(), 1.5 * amplitude), 1.7 * amplitude]
        for axes, half in zip(picture.subplots(1, 2), views, strict=True):
            contours(axes, self.loss, (-half, half), (-half, half))
            path(axes, run)
            axes.plot([amplitude, -amplitude], [0, 0], "o--", mfc="none", ms=10, color=GREY, linewidth=1)
            axes.set(
                aspect="equal", xlim=(-half, half), ylim=(-half, half), xlabel=f"${letter}_1$", ylabel=f"${letter}_2$"
            )
        return picture
