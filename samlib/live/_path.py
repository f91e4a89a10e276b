"""Figures that follow a path of iterates through time."""

from typing import Any

import traitlets

from samlib._validation import Array
from samlib.live._figure import StartFigure, whole
from samlib.losses import Quadratic
from samlib.optimizers import SAM, trajectory
from samlib.quadratic import QuadraticSAM


class WalkFigure(StartFigure):
    """A live figure of SAM's path on a quadratic, walked step by step.

    Attributes
    ----------
    steps : int
        Number of steps computed.
    t : int
        The current step, the last one unless given; a t beyond `steps` shows the last.
    """

    STATE = (*StartFigure.STATE, "steps", "t")

    steps = whole(30, 1, 500, "steps")
    t = whole(30, 0, 500, "t")

    @traitlets.default("t")
    def _default_t(self) -> int:
        return int(self.steps)

    @traitlets.validate("steps", "t")
    def _check_time(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @property
    def loss(self) -> Quadratic:
        """The quadratic on which SAM runs."""
        return Quadratic(self.eigenvalues)

    @property
    def theory(self) -> QuadraticSAM:
        """What Section 4 says of the present parameters."""
        return QuadraticSAM(self.eigenvalues, eta=self.eta, rho=self.rho)

    def path(self) -> Array:
        """The iterates w_0 … w_steps, shape (steps + 1, d)."""
        return trajectory(SAM(eta=self.eta, rho=self.rho), self.loss, self.start, steps=self.steps)

    def setting(self) -> str:
        return f"{super().setting()}, start ({', '.join(f'{x:g}' for x in self.start)})"


class PathFigure(WalkFigure):
    """A path that can be drawn with alternating signs.

    Attributes
    ----------
    flipped : bool
        Whether the sign-flipped iterates u_t = (-1)ᵗ w_t are drawn in place of w_t.
    """

    STATE = (*WalkFigure.STATE, "flipped")

    flipped = traitlets.Bool(False).tag(sync=True)
