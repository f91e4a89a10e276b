"""SAM and gradient descent on a loss that the reader types (chapter 6)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets

from samlib._validation import Array
from samlib.live._figure import BUNDLES, LossFigure, bounded, vector, whole
from samlib.live._formula import LONGEST, read_formula
from samlib.optimizers import SAM, GradientDescent, Optimizer
from samlib.plots import BLUE, GREY, ORANGE, Picture, path
from samlib.symbolic_loss import SymbolicLoss

#: Where a run is taken to have left for infinity.
FAR = 1e6
#: The curvature that the search for a minimum takes for granted where there is none.
FLAT = 1e-60

RAVINE: dict[str, Any] = {
    "formula": "x^2/(1 + y^2/2) + y^2/2",
    "eta": 0.2,
    "rho": 1.0,
    "start": [1.0, 1.0],
    "steps": 60,
    "t": 60,
    "reach": 2.0,
    "zoom": False,
}


@dataclass(frozen=True)
class Minimum:
    """A minimum of a loss of the plane, found by a search.

    Attributes
    ----------
    point : array, shape (2,)
        Where it is.
    eigenvalues : array, shape (2,)
        λ₁ ≥ λ₂ of the Hessian there; λ₂ is near 0 on the floor of a valley.
    top : array, shape (2,)
        A unit eigenvector to λ₁; its larger entry is positive.
    """

    point: Array
    eigenvalues: Array
    top: Array


class YourLoss(LossFigure):
    """SAM's path and gradient descent's on ℓ(x, y) given as a formula, with the minimum downhill from their start.

    A formula has numbers, x, y, pi, e, + - * / ^, parentheses and smooth functions (sin, exp, log, sqrt, …). On the
    page mathjs parses and differentiates it; here a parser of its own and SymPy do. Neither runs the text as code.

    Attributes
    ----------
    formula : str
        ℓ in x and y, at most 200 characters.
    eta, rho : float
        Step size η > 0 of both, radius ρ ≥ 0 of SAM.
    start : list of two floats
        w₀, which the reader drags.
    steps, t : int
        Number of steps computed, and the current one (the last unless given). A run ends early where ℓ is not a real
        number, or beyond 10⁶.
    reach : float
        The plane shows |x|, |y| ≤ reach.
    zoom : bool
        Show the surroundings of the minimum instead, four times as wide as the bounce predicted there.
    """

    _esm = BUNDLES / "your_loss.js"
    STATE = ("formula", *LossFigure.STATE, "start", "steps", "t", "reach", "zoom")
    SETTINGS = (
        ("ravine", "Section 6’s ravine", RAVINE),
        (
            "valley",
            "A valley",
            {**RAVINE, "formula": "(1 + y^2)*x^2/2", "rho": 0.5, "start": [0.1, 1.5], "steps": 200, "t": 200},
        ),
        (
            "wells",
            "Two wells",
            {**RAVINE, "formula": "(x^2 - 1)^2/4 + (2 + x)*y^2/4", "rho": 0.3, "start": [0.1, 1.5], "reach": 2.5},
        ),
        (
            "banana",
            "A bent valley",
            {**RAVINE, "formula": "(1 - x)^2/4 + (y - x^2)^2", "eta": 0.1, "rho": 0.2, "start": [-1.2, 1.0]},
        ),
        (
            "waves",
            "Waves",
            {**RAVINE, "formula": "(x^2 + y^2)/8 - cos(2x)*cos(y)", "rho": 0.5, "start": [2.2, 1.8], "reach": 4.0},
        ),
    )

    formula = traitlets.Unicode(RAVINE["formula"]).tag(sync=True, longest=LONGEST, label="ℓ(x, y)")
    rho = bounded(1.0, 0.0, 2.0, 0.05, "ρ")
    start = vector((1.0, 1.0), -10.0, 10.0, 0.01, "w₀")
    steps = whole(60, 1, 500, "steps")
    t = whole(60, 0, 500, "t")
    reach = bounded(2.0, 0.5, 10.0, 0.5, "the window")
    zoom = traitlets.Bool(False).tag(sync=True)

    @traitlets.default("t")
    def _default_t(self) -> int:
        return int(self.steps)

    @traitlets.validate("start", "steps", "t", "reach")
    def _check_number(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @traitlets.validate("formula")
    def _check_formula(self, proposal: Any) -> Any:
        try:
            _loss(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        return proposal["value"]

    @property
    def loss(self) -> SymbolicLoss:
        """ℓ, differentiated by SymPy."""
        return _loss(self.formula)

    def path(self) -> Array:
        """SAM's iterates, shape (T + 1, 2) with T ≤ steps."""
        return self._run(SAM(self.eta, self.rho))

    def rival(self) -> Array:
        """Gradient descent's iterates, shape (T + 1, 2) with T ≤ steps."""
        return self._run(GradientDescent(self.eta))

    def minimum(self) -> Minimum | None:
        """The minimum found downhill from the start; None where none is, as on a slope without end."""
        return nearest_minimum(self.loss, np.array(self.start))

    def amplitude(self) -> float:
        """Half the length of the two-cycle that Section 3 predicts at the minimum; nan without one.

        It is ηρλ₁/(2 - ηλ₁), that of the quadratic approximation there, and inf where ηλ₁ ≥ 2.
        """
        minimum = self.minimum()
        if minimum is None:
            return float("nan")
        top = float(minimum.eigenvalues[0])
        if top <= 0:
            return 0.0
        return self.eta * self.rho * top / (2 - self.eta * top) if self.eta * top < 2 else float("inf")

    def _run(self, optimizer: Optimizer) -> Array:
        loss = self.loss
        points = [np.array(self.start)]
        if not (np.isfinite(_value(loss, points[0])) and np.isfinite(_gradient(loss, points[0])).all()):
            return np.array(points)
        for _ in range(self.steps):
            try:
                with np.errstate(all="ignore"):
                    after = optimizer.step(loss, points[-1])
            except ValueError:  # the formula is not real at the point to which SAM ascends, or nearby
                break
            if not (np.abs(after) <= FAR).all() or not np.isfinite(_value(loss, after)):
                break
            points.append(after)
        return np.array(points)

    def setting(self) -> str:
        return f"{super().setting()}, start ({self.start[0]:g}, {self.start[1]:g})"

    def describe(self) -> str:
        ends = [
            f"{name} ends at ({run[-1, 0]:.3g}, {run[-1, 1]:.3g}) after {len(run) - 1} steps"
            for name, run in (("SAM", self.path()), ("gradient descent", self.rival()))
        ]
        minimum = self.minimum()
        if minimum is None:
            nearby = "no minimum is found downhill from the start"
        else:
            x, y, first, second = np.round([*minimum.point, *minimum.eigenvalues], 6) + 0.0
            nearby = (
                f"the minimum downhill from the start is near ({x:.3g}, {y:.3g}), "
                f"with eigenvalues {first:.4g} and {second:.3g} of the Hessian"
            )
        return f"ℓ(x, y) = {self.formula} for {self.setting()}: {'; '.join(ends)}; {nearby}."

    def picture(self) -> Picture:
        loss, minimum = self.loss, self.minimum()
        picture = Picture(8.4, 4.3)
        grid = picture.add_gridspec(2, 2)
        plane, losses, sharpness = (picture.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1]))
        across = np.linspace(-self.reach, self.reach, 101)
        x, y = np.meshgrid(across, across)
        heights = _heights(loss, np.stack([x, y], axis=-1))
        # Level lines between which the plane has areas that grow evenly: they suit a bowl and a cliff alike.
        finite = heights[np.isfinite(heights)]
        if finite.size and np.ptp(finite) > 0:
            levels = np.unique(np.quantile(finite, np.linspace(0, 1, 13)[1:-1] ** 2))
            plane.contour(x, y, np.ma.masked_invalid(heights), levels, colors=GREY, linewidths=0.6, alpha=0.7)
        for run, color, name in ((self.rival(), ORANGE, "gradient descent"), (self.path(), BLUE, "SAM")):
            path(plane, run, color, name)
            steps = np.arange(len(run))
            losses.plot(steps, [_value(loss, point) for point in run], ".-", ms=3, lw=0.8, color=color)
            sharpness.plot(steps, [_sharpness(loss, point) for point in run], ".-", ms=3, lw=0.8, color=color)
        if minimum is not None:
            plane.plot(*minimum.point, "+", ms=11, mew=1.6, color="black")
        plane.set(xlim=(-self.reach, self.reach), ylim=(-self.reach, self.reach), xlabel="$x$", ylabel="$y$")
        plane.set_aspect("equal")
        plane.legend(fontsize=8, framealpha=0.9)
        losses.set(ylabel="$ℓ(w_t)$")
        sharpness.set(xlabel="$t$", ylabel="$λ_{max}(w_t)$")
        return picture


@np.errstate(over="ignore")
def nearest_minimum(loss: SymbolicLoss, start: Array) -> Minimum | None:
    """The minimum that is found downhill from `start`, None where none is.

    Newton's method near a minimum; before, with |λᵢ| in place of λᵢ and no less than a tenth of the largest, which
    follows the gradient where the loss is flat; after 20 steps a thousandth, which gets through a narrow valley. Steps
    are at most 1 long and halved until the loss does not rise; a saddle or a peak is left along the eigenvector to λ₂.
    Where the search leaves |x|, |y| ≤ 100 or the reals, or has not come to rest after 300 steps, it gives up.
    """
    w = np.array(start, dtype=float)
    for k in range(300):
        height, gradient, hessian = _value(loss, w), _gradient(loss, w), _hessian(loss, w)
        known = all(np.isfinite(each).all() for each in (height, gradient, hessian))
        if not known or (np.abs(w) > 100).any():
            return None
        ascending, vectors = np.linalg.eigh(hessian)
        eigenvalues, top = ascending[::-1], vectors[:, 1]
        top = top * np.copysign(1.0, top[np.argmax(np.abs(top))])
        second = np.array([-top[1], top[0]])
        scale = float(np.abs(eigenvalues).max())
        still = np.linalg.norm(gradient) <= 1e-10 * scale
        if still and eigenvalues[1] >= -1e-7 * scale:
            return Minimum(w, eigenvalues, top)
        slopes, axes = np.array([gradient @ top, gradient @ second]), np.array([top, second])
        if still:
            move = 0.1 * second
        else:
            newton = eigenvalues[1] > 1e-6 * scale and np.linalg.norm(slopes / eigenvalues) <= 0.5
            least = max((0.1 if k < 20 else 0.001) * scale, FLAT)
            sizes = eigenvalues if newton else np.maximum(np.abs(eigenvalues), least)
            move = -slopes / sizes @ axes
        move = move / max(1.0, float(np.linalg.norm(move)))
        share = 1.0
        while not _value(loss, w + share * move) <= height + 1e-14 * (1 + abs(height)):
            share /= 2
            if share < 1e-12:
                return None
        w = w + share * move
    return None


def _loss(formula: str) -> SymbolicLoss:
    return SymbolicLoss(read_formula(formula), "x y")


# What the loss says of a point, nan where it is not a real number there.


def _value(loss: SymbolicLoss, w: Array) -> float:
    try:
        return float(loss.value(w))
    except ValueError:
        return float("nan")


def _heights(loss: SymbolicLoss, w: Array) -> Array:
    try:
        return loss.value(w)
    except ValueError:  # not real somewhere
        return np.array([_value(loss, point) for point in w.reshape(-1, 2)]).reshape(w.shape[:-1])


def _gradient(loss: SymbolicLoss, w: Array) -> Array:
    try:
        return loss.gradient(w)
    except ValueError:
        return np.full(2, np.nan)


def _hessian(loss: SymbolicLoss, w: Array) -> Array:
    try:
        return loss.hessian(w)
    except ValueError:
        return np.full((2, 2), np.nan)


def _sharpness(loss: SymbolicLoss, w: Array) -> float:
    hessian = _hessian(loss, w)
    return float(np.linalg.eigvalsh(hessian)[-1]) if np.isfinite(hessian).all() else float("nan")
