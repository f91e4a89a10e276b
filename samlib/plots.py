"""Matplotlib figures: the paper's Figures 1 to 5, and the pieces that the live figures' still pictures are made of.

Every figure is a `Picture`, a Matplotlib figure that shows itself in a notebook and does not pass through pyplot's
global state.
"""

import io
from base64 import b64encode
from collections.abc import Callable, Mapping

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
    "bound_against_truth",
    "contours",
    "curves",
    "figure_1a",
    "figure_1b",
    "figure_2",
    "figure_3",
    "figure_4",
    "figure_5",
    "heat_map",
    "path",
    "power_laws",
    "share_map",
    "side_slopes",
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


def curves(
    series: Mapping[str, ArrayLike],
    xlabel: str,
    ylabel: str,
    *,
    x: ArrayLike | None = None,
    dashed: Mapping[str, ArrayLike] | None = None,
    colors: tuple[str, ...] = (BLUE, ORANGE, "black"),
) -> Picture:
    """Named curves over one axis, with a legend; x counts from 0 unless given.

    Parameters
    ----------
    series : mapping of names to arrays of shape (n,)
        A curve each, in the order of `colors`.
    xlabel, ylabel : str
    x : array_like, shape (n,), optional
    dashed : mapping of names to arrays of shape (n,), optional
        Thin dashed companions, such as predictions, of the curves with these names.
    colors : tuple of str

    Raises
    ------
    ValueError
        If there are more curves than colours, or a companion without its curve.
    """
    companions = dict(dashed or {})
    if len(series) > len(colors):
        raise ValueError(f"series must hold at most {len(colors)} curves, one for each colour, got {len(series)}")
    if alone := set(companions) - set(series):
        raise ValueError(f"dashed holds {sorted(alone)[0]!r}, which is not among the curves {', '.join(series)}")
    picture = Picture(5.8, 3.2)
    axes = picture.add_subplot()
    for (name, values), color in zip(series.items(), colors, strict=False):
        values = np.asarray(values, dtype=float)
        place = np.arange(values.size) if x is None else np.asarray(x, dtype=float)
        axes.plot(place, values, color=color, linewidth=1.2, label=name)
        if name in companions:
            axes.plot(place, np.asarray(companions[name], dtype=float), "--", color="black", linewidth=0.8)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.legend()
    return picture


def power_laws(x: ArrayLike, sizes: Mapping[str, tuple[ArrayLike, float]], xlabel: str) -> Picture:
    """Sizes that shrink like powers of x, on logarithmic axes, each with a dotted guide of its power.

    Parameters
    ----------
    x : array_like, shape (n,)
        Positive numbers, the smallest first: the guides pass through the first points.
    sizes : mapping of names to (array_like of shape (n,), float)
        The sizes, and the power with which they are expected to shrink: the slope of the guide.
    xlabel : str
    """
    x = np.asarray(x, dtype=float)
    picture = Picture(5.2, 3.4)
    axes = picture.add_subplot()
    for (name, (values, power)), color in zip(sizes.items(), (BLUE, ORANGE, "black", GREY), strict=False):
        values = np.asarray(values, dtype=float)
        axes.loglog(x, values, "o-", color=color, markersize=3, linewidth=1, label=name)
        axes.loglog(x, values[0] * (x / x[0]) ** power, ":", color="black", linewidth=1)
    axes.set(xlabel=xlabel)
    axes.legend()
    return picture


def side_slopes(loss: Loss, xlim: Limits, ylim: Limits) -> Picture:
    """Level lines of a loss in the plane, with arrows for -∂ℓ/∂w₂: where downhill is along w₂, and how steep it is."""
    picture = Picture(6.0, 3.6)
    axes = picture.add_subplot()
    contours(axes, loss, xlim, ylim)
    x, y = np.meshgrid(np.linspace(*xlim, 22)[1:-1], np.linspace(*ylim, 14)[1:-1])
    slope = loss.gradient(np.stack([x, y], axis=-1))[..., 1]
    axes.quiver(x, y, np.zeros_like(x), -slope, color=BLUE, angles="xy", scale=14, width=0.004)
    return picture


def share_map(
    x: ArrayLike, y: ArrayLike, share: ArrayLike, lines: Mapping[str, ArrayLike], labels: tuple[str, str, str]
) -> Picture:
    """A share between 0 and 1 as colour over the plane, grey where it is nan, with lines y(x) drawn over it.

    Parameters
    ----------
    x : array_like, shape (n,)
    y : array_like, shape (m,)
    share : array_like, shape (m, n)
    lines : mapping of colours to arrays of shape (n,)
        What is outside the range of y is cut off.
    labels : tuple of three str
        Of the two axes and of the colour bar.
    """
    picture = Picture(5.4, 3.8)
    axes = picture.add_subplot()
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    mesh = axes.pcolormesh(x, y, np.asarray(share, dtype=float), cmap="Oranges", vmin=0, vmax=1)
    for color, values in lines.items():
        axes.plot(x, np.asarray(values, dtype=float), color=color)
    axes.set(xlabel=labels[0], ylabel=labels[1], ylim=(y[0], y[-1]), facecolor="lightgrey")
    picture.colorbar(mesh, label=labels[2])
    return picture


def bound_against_truth(points: Mapping[str, tuple[ArrayLike, ArrayLike]], xlabel: str, ylabel: str) -> Picture:
    """Numbers of steps over their bounds, as named clouds of dots, with the dotted line on which the two are equal.

    The numbers of steps have a logarithmic axis and the bounds have not, so that this line is a curve.

    Parameters
    ----------
    points : mapping of names to (array_like, array_like), both of shape (n,)
        The bounds, and the numbers of steps, which are at least 1.
    xlabel, ylabel : str
    """
    picture = Picture(5.2, 3.6)
    axes = picture.add_subplot()
    for (name, (bounds, steps)), color in zip(points.items(), (BLUE, ORANGE, "black", GREY), strict=False):
        axes.plot(np.asarray(bounds), np.asarray(steps), ".", color=color, markersize=4, label=name)
    places = [np.asarray(bounds, dtype=float) for bounds, _ in points.values()]
    equal = np.linspace(min(place.min() for place in places), max(place.max() for place in places), 201)
    axes.plot(equal, equal, ":", color=GREY, label="equal")
    axes.set(yscale="log", xlabel=xlabel, ylabel=ylabel)
    axes.legend()
    return picture
