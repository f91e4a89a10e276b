"""The thresholds of the gradient's length, on one line (Lemmas 5.2 to 5.5; chapter 4.1)."""

import itertools
from typing import Any

import numpy as np
import traitlets
from matplotlib.axes import Axes

from samlib import constants
from samlib._validation import Array
from samlib.live._figure import BUNDLES, INDICES, bounded, spectrum, whole
from samlib.live._small_step import SmallStepFigure
from samlib.plots import BLUE, GREY, ORANGE, Picture
from samlib.quadratic import QuadraticSAM

THREE: dict[str, Any] = {
    "eigenvalues": [1.0, 0.75, 0.5],
    "eta": 0.4,
    "rho": 1.0,
    "length": 0.2,
    "direction": 0,
    "hops": 1,
    "broken": False,
}


class Thresholds(SmallStepFigure):
    """The number line of gradient lengths, and what one step does to every coordinate of a gradient of that length.

    Attributes
    ----------
    eigenvalues : list of two to four floats
        λ₁ ≥ … ≥ λ_d > 0.
    length : float
        ‖v‖, the length of the gradient v = Λw, that the reader drags.
    direction : int
        The direction of v: 0 for equal coordinates, i for the axis of λᵢ.
    hops : int
        How many steps from v are drawn as hops on the line.
    """

    _esm = BUNDLES / "thresholds.js"
    STATE = (*SmallStepFigure.STATE, "length", "direction", "hops")
    SETTINGS = (
        ("three", "Three eigenvalues", THREE),
        ("figure-1", "Figure 1", {**THREE, "eigenvalues": [1.0, 0.5], "eta": 0.2, "length": 0.13}),
        (
            "four",
            "Four eigenvalues",
            {**THREE, "eigenvalues": [1.0, 0.8, 0.6, 0.4], "eta": 0.45, "length": 0.55, "hops": 4},
        ),
        ("close", "λ₂ near λ₁", {**THREE, "eigenvalues": [1.0, 0.97], "eta": 0.2, "length": 0.18}),
        # ‖v‖ = γ₁ = 1/4 exactly: the step sends v₁ to 0
        ("gamma", "‖v‖ = γ₁", {**THREE, "eigenvalues": [1.0, 0.5], "eta": 0.2, "length": 0.25, "hops": 3}),
        # ηλ₁ > 1: on the axis of λ₁ every ‖v‖ < b is taken beyond b, and settles at β₁ > b
        (
            "leak",
            "Past 1/λ₁: the ball leaks",
            {**THREE, "eigenvalues": [1.0, 0.5], "eta": 1.4, "length": 1.2, "direction": 1, "hops": 6, "broken": True},
        ),
    )

    eta = bounded(0.4, 0.01, 1.98, 0.01, "η")
    eigenvalues = spectrum((1.0, 0.75, 0.5), 2, 4, 0.05, 2.0)
    length = bounded(0.2, 0.0005, 8.0, 0.0005, "‖v‖")
    direction = whole(0, 0, 4, "direction")
    hops = whole(1, 1, 12, "hops")

    @traitlets.validate("length", "hops")
    def _check_line(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @traitlets.validate("direction")
    def _check_direction(self, proposal: Any) -> Any:
        self.check_range("direction", proposal["value"])
        self.check_setting(eta=self.eta, eigenvalues=self.eigenvalues, direction=proposal["value"])
        return proposal["value"]

    def check_setting(self, *, eta: float, eigenvalues: list[float], **others: Any) -> None:
        super().check_setting(eta=eta, eigenvalues=eigenvalues, **others)
        direction = others.get("direction", self.direction)
        if direction > len(eigenvalues):
            raise traitlets.TraitError(
                f"direction must be 0 (equal coordinates) or name one of {len(eigenvalues)} axes, got {direction}"
            )

    @property
    def theory(self) -> QuadraticSAM:
        """What Section 4 says of the present parameters."""
        return QuadraticSAM(self.eigenvalues, eta=self.eta, rho=self.rho)

    @property
    def alpha(self) -> Array:
        """The αᵢ, shape (d,); inf where v₁ outgrows vᵢ at every length, that is where η(λ₁ + λᵢ) ≥ 2."""
        eigenvalues = np.array(self.eigenvalues)
        finite = self.eta * (eigenvalues[0] + eigenvalues) < 2
        safe = np.where(finite, eigenvalues, 0.0)
        return np.where(finite, constants.alpha(eigenvalues[0], safe, self.eta, self.rho), np.inf)

    @property
    def absorbs(self) -> bool:
        """Whether no step leaves the ball ‖v‖ ≤ b: exactly if ηλ₁ ≤ 1 (Lemma 5.5)."""
        return bool(self.eta * self.eigenvalues[0] <= 1)

    def factors(self) -> Array:
        """1 - ηλᵢ - ηρλᵢ²/‖v‖, what the step multiplies each coordinate by, shape (d,)."""
        return np.asarray(constants.next_factor(np.array(self.eigenvalues), self.eta, self.rho, self.length))

    def lengths(self) -> Array:
        """‖v‖ before and after each of the hops, shape (hops + 1,); 0 from the step on that lands on v = 0."""
        eigenvalues = np.array(self.eigenvalues)
        v = np.zeros(len(eigenvalues))
        if self.direction:
            v[self.direction - 1] = self.length
        else:
            v[:] = self.length / np.sqrt(len(eigenvalues))
        lengths = [float(np.sqrt(np.sum(v * v)))]
        for _ in range(self.hops):
            if lengths[-1] > 0:
                v = v * constants.next_factor(eigenvalues, self.eta, self.rho, lengths[-1])
            lengths.append(float(np.sqrt(np.sum(v * v))))
        return np.array(lengths)

    def describe(self) -> str:
        grows = [f"v{INDICES[i]}" for i, factor in enumerate(np.abs(self.factors())) if factor > 1]
        moves = f"{', '.join(grows)} grow{'s' if len(grows) == 1 else ''}" if grows else "no coordinate grows"
        ball = (
            f"no step leaves the ball of radius b = {self.theory.b:.4g}"
            if self.absorbs
            else f"the ball of radius b = {self.theory.b:.4g} leaks"
        )
        return (
            f"The thresholds of the gradient's length on a line, for {self.setting()}: each coordinate's own, up to "
            f"β₁ = {self.theory.beta[0]:.4g}, and those of its race with v₁. At ‖v‖ = {self.length:g} {moves} in the "
            f"next step; {ball}."
        )

    def picture(self) -> Picture:
        picture = Picture(7.4, 4.0)
        line, axes = picture.subplots(2, 1, height_ratios=(1, 0.3 + 0.3 * len(self.eigenvalues)))
        self._draw_line(line)
        factors = np.abs(self.factors())
        for i, factor in enumerate(factors):
            colour = ORANGE if factor > 1 else BLUE
            axes.annotate(
                "", (max(factor, 1 / 16), -i), (1, -i), arrowprops={"arrowstyle": "->", "color": colour, "lw": 2}
            )
        axes.axvline(1, color=GREY, linewidth=1)
        axes.axvline(max(factors[0], 1 / 16), color=GREY, linewidth=1, linestyle=":")
        axes.set_xscale("log", base=2)
        axes.set(
            xlim=(1 / 18, max(4, 1.3 * factors.max())),
            ylim=(0.5 - len(factors), 0.5),
            yticks=range(0, -len(factors), -1),
            yticklabels=[f"$v_{i + 1}$" for i in range(len(factors))],
            xlabel="what one step multiplies $|v_i|$ by",
        )
        return picture

    def _draw_line(self, axes: Axes) -> None:
        theory, marks = self.theory, []
        marks += [(value, f"$\\beta_{i + 1}$") for i, value in enumerate(theory.beta)]
        marks += [(value, f"$\\alpha_{i + 1}$") for i, value in enumerate(self.alpha) if i]
        marks += [(theory.b, "$b$"), (theory.gamma[0], "$\\gamma_1$")]
        end = 1.15 * max(1.6 * theory.b, min(theory.gamma[0], 2.2 * theory.b), *self.lengths())
        axes.axvspan(0, theory.b, color=BLUE if self.absorbs else ORANGE, alpha=0.12)
        for place, (value, name) in enumerate(sorted(mark for mark in marks if mark[0] < end)):
            axes.plot([value, value], [0, -0.25 - 0.28 * (place % 3)], color=GREY, linewidth=1)
            axes.annotate(name, (value, -0.3 - 0.28 * (place % 3)), ha="center", va="top")
        lengths = self.lengths()
        for before, after in itertools.pairwise(lengths):
            bend = -0.4 if after > before else 0.4
            arrow = {"arrowstyle": "->", "color": BLUE, "connectionstyle": f"arc3,rad={bend}"}
            axes.annotate("", (after, 0.05), (before, 0.05), arrowprops=arrow)
        axes.axhline(0, color="black", linewidth=1)
        axes.plot(self.length, 0, "o", color=BLUE, markersize=9)
        axes.set(xlim=(0, end), ylim=(-1.25, 1), yticks=[], xlabel="length of the gradient, $‖v‖$")
