"""Matplotlib figures: the paper's Figures 1 to 5, and the pieces that the live figures' still pictures are made of.

Every figure is a `Picture`, a Matplotlib figure that shows itself in a notebook and does not pass through pyplot's
global state.
"""

import io
from base64 import b64encode
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

from samlib._validation import Array
from samlib.losses import FlatteningRavine, Loss, Quadratic
from samlib.optimizers import SAM, SGD, GradientDescent, Optimizer, flip_signs, trajectory
from samlib.quadratic import QuadraticSAM

__all__ = [
    "BLUE",
    "GREY",
    "ORANGE",
    "Picture",
    "contours",
    "figure_1a",
    "figure_1b",
    "figure_2",
    "figure_3",
    "figure_4",
    "figure_5",
    "heat_map",
    "path",
]

# One palette for the book (after Okabe and Ito, safe for colour-blind readers); the live figures' CSS repeats it.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#767676"

Limits = tuple[float, float]


class Picture(Figure):
    """A Matplotlib figure that a notebook displays as a small PNG, the same bytes on every run."""

    def __init__(self, width: float = 6.4, height: float = 4.4) -> None:
        super().__init__(figsize=(width, height), dpi=150, layout="constrained")

    def png(self) -> bytes:
        """The figure as PNG, in 96 colours (a third of the size) and without metadata that depends on versions."""
        drawn, small = io.BytesIO(), io.BytesIO()
        self.savefig(drawn, format="png", metadata={"Software": None})
        Image.open(drawn).convert("RGB").quantize(96, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            small, format="PNG", optimize=True
        )
        return small.getvalue()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        # A bundle, because pyplot's inline backend replaces `_repr_png_` of every figure by its own.
        return {"image/png": b64encode(self.png()).decode(), "text/plain": repr(self)}


def contours(axes: Axes, loss: Loss, xlim: Limits, ylim: Limits, levels: int = 12) -> None:
    """Level lines of a loss in the plane, evenly spaced in √ℓ so that the bottom of a ravine stays visible."""
    x, y, points = _grid(xlim, ylim, 161)
    values = loss.value(points)
    axes.contour(x, y, np.sign(values) * np.sqrt(np.abs(values)), levels, colors=GREY, linewidths=0.6, alpha=0.7)
    axes.set(xlim=xlim, ylim=ylim, xlabel="$w_1$", ylabel="$w_2$")


def heat_map(axes: Axes, function: Callable[[Array], Array], xlim: Limits, ylim: Limits) -> None:
    """Colours and level lines of a function of points (..., 2) in the plane, with a colour bar."""
    x, y, points = _grid(xlim, ylim, 241)
    values = function(points)
    image = axes.contourf(x, y, values, 28, cmap="viridis")
    figure = axes.get_figure()
    if figure is not None:
        figure.colorbar(image, ax=axes, shrink=0.85)
    axes.set(xlim=xlim, ylim=ylim, xlabel="$u_1$", ylabel="$u_2$")


def path(axes: Axes, points: ArrayLike, color: str = BLUE, label: str | None = None) -> None:
    """A run (T + 1, 2) as a thin line with a dot per iterate, from faint (early) to full colour (late)."""
    points = np.asarray(points, dtype=float)
    axes.plot(points[:, 0], points[:, 1], color=color, linewidth=0.9, alpha=0.55, label=label)
    shades = to_rgba_array(color).repeat(len(points), axis=0)
    shades[:, 3] = np.linspace(0.35, 1.0, len(points))
    axes.scatter(points[:, 0], points[:, 1], s=14, c=shades, zorder=3)
    axes.scatter(points[:1, 0], points[:1, 1], s=42, facecolor="none", edgecolor=color, zorder=4)


def figure_1a() -> Picture:
    """Figure 1a: the first 30 iterates of SAM from (2, 2) on λ = (1, ½) with η = 1/5, ρ = 1."""
    return _figure_1((-0.35, 2.15), (-0.35, 2.15), "the first 30 iterates")


def figure_1b() -> Picture:
    """Figure 1b: the same run close to the origin, where it settles into the two-cycle ±(1/9, 0)."""
    return _figure_1((-0.2, 0.2), (-0.12, 0.28), "close to the origin")


def figure_2() -> Picture:
    """Figure 2: J for λ = (1, 1/5), η = 1/5, ρ = 1, its critical points, and u_0, …, u_25 from (0.244, 0.0224)."""
    theory = QuadraticSAM([1.0, 0.2], eta=0.2, rho=1.0)
    run = trajectory(SAM(theory.eta, theory.rho), Quadratic(theory.eigenvalues), [0.244, 0.0224], steps=25)
    picture = Picture(6.8, 4.2)
    axes = picture.add_subplot()
    heat_map(axes, theory.potential, (-0.27, 0.27), (-0.12, 0.12))
    path(axes, flip_signs(run), color="white", label="$u_0, …, u_{25}$")
    for critical in theory.critical_points():
        _mark(axes, critical.points(), "+", "black")
    axes.set_title("The potential $J$ and SAM's sign-flipped iterates", fontsize=10)
    return picture


def figure_3(steps: int = 60, loss: Loss | None = None) -> Picture:
    """Figure 3: SAM and gradient descent from (0.1, 0.1), η = 1/5, ρ = 1, on the flattening ravine or another loss."""
    rival = GradientDescent(eta=0.2)
    return _on_the_ravine([0.1, 0.1], rival, "gradient descent", steps, (-0.4, 0.4), (-0.25, 0.25), loss)


def figure_4(steps: int = 60, loss: Loss | None = None) -> Picture:
    """Figure 4: the same from (1, 1)."""
    rival = GradientDescent(eta=0.2)
    return _on_the_ravine([1.0, 1.0], rival, "gradient descent", steps, (-0.55, 1.15), (-0.3, 1.2), loss)


def figure_5(steps: int = 60, seed: int = 0, loss: Loss | None = None) -> Picture:
    """Figure 5: SAM and SGD from (1, 1), the gradient noise N(0, σ²I) with σ = ρ/(2 - η) matched to SAM's bounce."""
    noisy = SGD(eta=0.2, sigma=1 / 1.8, seed=seed)
    return _on_the_ravine([1.0, 1.0], noisy, f"SGD (seed {seed})", steps, (-0.6, 1.2), (-0.6, 1.2), loss)


def _on_the_ravine(
    start: list[float], rival: Optimizer, name: str, steps: int, xlim: Limits, ylim: Limits, loss: Loss | None
) -> Picture:
    loss = FlatteningRavine() if loss is None else loss
    picture = Picture(5.6, 4.4)
    axes = picture.add_subplot()
    contours(axes, loss, xlim, ylim)
    path(axes, trajectory(rival, loss, start, steps), color=ORANGE, label=name)
    path(axes, trajectory(SAM(eta=0.2, rho=1.0), loss, start, steps), label="SAM")
    axes.set_title(f"SAM and {name} from ({start[0]:g}, {start[1]:g}), {steps} steps", fontsize=10)
    axes.legend(loc="upper left", fontsize=8, framealpha=0.9)
    return picture


def _figure_1(xlim: Limits, ylim: Limits, what: str) -> Picture:
    theory = QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)
    loss = Quadratic(theory.eigenvalues)
    picture = Picture(5.2, 4.9)
    axes = picture.add_subplot()
    contours(axes, loss, xlim, ylim)
    path(axes, trajectory(SAM(theory.eta, theory.rho), loss, [2.0, 2.0], steps=30), label="SAM")
    _mark(axes, theory.limit_cycle(), "x", ORANGE, "predicted cycle")
    axes.set_aspect("equal")
    axes.set_title(f"SAM from (2, 2): {what}", fontsize=10)
    axes.legend(loc="upper left", fontsize=8, framealpha=0.9)
    return picture


def _mark(axes: Axes, points: Array, marker: str, color: str, label: str | None = None) -> None:
    axes.plot(points[:, 0], points[:, 1], marker, color=color, markersize=8, markeredgewidth=1.6, zorder=5, label=label)


def _grid(xlim: Limits, ylim: Limits, resolution: int) -> tuple[Array, Array, Array]:
    x, y = np.meshgrid(np.linspace(*xlim, resolution), np.linspace(*ylim, resolution))
    return x, y, np.stack([x, y], axis=-1)
