"""A map of what SAM does over a plane of parameters, with the analytic boundaries on it (preface and chapter 7)."""

from typing import Any

import numpy as np
import traitlets
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from samlib import regimes
from samlib._validation import Array
from samlib.live._figure import BUNDLES, LossFigure, bounded, whole
from samlib.optimizers import trajectory
from samlib.plots import Picture
from samlib.regimes import Map, Ravine, Regime, Regimes, SkewedValley, Window

#: The classes in words, by their number.
WORDS = (
    "two-cycle along e₁",
    "drift: bounces where the floor is flatter",
    "two-cycle in another direction",
    "higher period",
    "alternates, no period found",
    "alternation lost",
    "divergence",
)
#: The classes' colours, after Okabe and Ito; the page's CSS has the same.
COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#f0e442", "#c8ccd2", "#e69f00", "#3b4048")
#: What each map shows: (ηλ₁, ρκ/λ₁) and (η, ρ).
WINDOWS: dict[str, Window] = {"valley": ((0.0, 2.5), (0.0, 0.6)), "ravine": ((0.0, 1.2), (0.0, 2.0))}
#: Where a figure stands that can show a cell: the page, in the folder of the atlas's own, and the figure's key on it.
TARGETS = {
    "Bounce": ("03-bouncing-across-ravines", "bounce"),
    "Valley": ("05-drifting-to-wide-minima", "valley"),
    "Race": ("06-simulations", "race"),
    "YourLoss": ("06-simulations", "your-loss"),
}
#: Points of each boundary.
SAMPLES = 81
#: Cells of the still picture, across and up.
CELLS = (150, 110)

STRAIGHT: dict[str, Any] = {"map": "valley", "eta": 0.4, "rho": 0.5, "skew": 0.3, "bend": 0.0, "steps": 400}
RAVINE: dict[str, Any] = {**STRAIGHT, "map": "ravine", "eta": 0.2, "rho": 1.0}


class Atlas(LossFigure):
    """What SAM does in the long run over (ηλ₁, ρκ/λ₁) in a skewed valley, and over (η, ρ) on the flattening ravine.

    Each cell of a map is one run; its colour is the class of its last steps, see `samlib.regimes`. The page computes
    the map in a worker, coarse at first. The cross-hair stands at the figure's own state; that state opens in the
    figure of the book that shows it best.

    The loss of the first map is the valley ½h(y)x² + κx³/6 with h(y) = 1 - b + by², entered at y = 1, where λ₁ = 1; so
    η is ηλ₁ there, and ρκ is ρκ/λ₁, the part by which the curvature across changes within the radius ρ.

    Attributes
    ----------
    map : {"valley", "ravine"}
        Which map is shown.
    eta, rho : float
        η and ρ of the cross-hair. In the valley ρ belongs to the whole map.
    skew : float
        κ of the cross-hair, in the valley.
    bend : float
        b, by which the floor of the valley flattens from y = 1 to y = 0.
    steps : int
        Steps of each run.
    """

    _esm = BUNDLES / "atlas.js"
    STATE = ("map", *LossFigure.STATE, "skew", "bend", "steps")
    SETTINGS = (
        ("straight", "Straight floor", STRAIGHT),
        ("curved", "Curved floor", {**STRAIGHT, "bend": 0.3, "skew": 0.2}),
        ("lost", "Out of the window", {**STRAIGHT, "bend": 0.3, "skew": 0.4}),
        ("figures", "Figures 3 and 4", RAVINE),
        ("sharpest", "At the minimum", {**RAVINE, "rho": 0.6}),
        ("turned", "Along e₂", {**RAVINE, "eta": 0.5, "rho": 1.8}),
    )

    map = traitlets.Enum(tuple(WINDOWS), "valley").tag(sync=True, options=list(WINDOWS), label="the map")
    eta = bounded(STRAIGHT["eta"], 0.01, 2.5, 0.01, "η")
    rho = bounded(STRAIGHT["rho"], 0.05, 2.0, 0.05, "ρ")
    skew = bounded(STRAIGHT["skew"], 0.0, 8.0, 0.05, "κ")
    bend = bounded(STRAIGHT["bend"], 0.0, 0.8, 0.05, "b")
    steps = whole(STRAIGHT["steps"], 100, 500, "steps")

    @traitlets.validate("skew", "bend", "steps")
    def _check_number(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @property
    def plane(self) -> Map:
        """The map, which `samlib.regimes.classify` takes."""
        return Ravine() if self.map == "ravine" else SkewedValley(bend=self.bend, rho=self.rho)

    @property
    def place(self) -> tuple[float, float]:
        """The cross-hair on the map: (η, ρ) on the ravine and (ηλ₁, ρκ/λ₁) in the valley."""
        return (self.eta, self.rho) if self.map == "ravine" else (self.eta, round(self.rho * self.skew, 4))

    def found(self) -> Regimes:
        """Class and period at the cross-hair, arrays of shape ()."""
        return regimes.classify(self.plane, *self.place, steps=self.steps)

    def path(self) -> Array:
        """The run at the cross-hair, shape (T + 1, 2) with T = `steps`, or less where it ends beyond `regimes.FAR`."""
        sam, loss, start = self.plane.runs(*(np.asarray(value) for value in self.place))
        with np.errstate(over="ignore", invalid="ignore"):
            run = trajectory(sam, loss, start, steps=self.steps)
            far = ~(np.abs(run) <= regimes.FAR).all(axis=1)
        return run[: np.argmax(far)] if far.any() else run

    def boundaries(self) -> dict[str, Array]:
        """The analytic boundaries on the map by name, each as points of shape (n, 2).

        "step": ηλ₁ = 2. "window": `regimes.valley_window` where the run starts, and "settled" where the floor is
        flattest, if it is not straight; "flip" if it is: `regimes.flip_edge`. On the ravine "growth" is ρ = 1 - η,
        "wide" is ρ = √(1 - η²)/η, between which the bounce at the minimum repels, and "second" is
        `regimes.second_direction_edge`.
        """
        (_, most), (_, highest) = WINDOWS[self.map]
        if self.map == "ravine":
            wide = np.linspace(1 / np.sqrt(1 + highest**2), 1, SAMPLES)
            second = np.linspace(0.01, most, SAMPLES)
            return {
                "step": np.array([[1, 0], [1, highest]]),
                "growth": np.array([[0.0, 1.0], [1.0, 0.0]]),
                "wide": np.stack([wide, np.sqrt(1 - wide * wide) / wide], axis=1),
                "second": np.stack([second, [regimes.second_direction_edge(float(eta)) for eta in second]], axis=1),
            }
        x, left = np.linspace(0.005, 1.995, SAMPLES), 1 - self.bend
        found = {
            "step": np.array([[2, 0], [2, highest]]),
            "window": np.stack([x, [regimes.valley_window(float(each)) for each in x]], axis=1),
        }
        if self.bend:
            x = np.linspace(0.005, min(1.995, left * most), SAMPLES)
            edge = np.array([regimes.valley_window(float(each)) for each in x])
            found["settled"] = np.stack([x / left, left * edge], axis=1)
        else:
            cosines = np.linspace(regimes.LEAST_COSINE, np.sqrt(2 / 3), SAMPLES)
            found["flip"] = np.array([regimes.flip_edge(float(cosine)) for cosine in cosines])
        return found

    def opens(self) -> tuple[str, dict[str, Any]] | None:
        """The name of the figure that shows the cross-hair's state, with its state; None where none does."""
        eta, rho, skew, bend, steps = self.eta, self.rho, self.skew, self.bend, self.steps
        shared = {"eta": eta, "rho": rho}
        walked = {"steps": steps, "t": steps}
        formula = "x^2/(1 + y^2/2) + y^2/2"
        start = [0.1, 0.1]
        if self.map == "ravine":
            if eta <= 0.99:
                budget = min(600, 2 * steps)
                ran = {"landscape": "ravine", "start": start, "budget": budget, "t": budget, "sgd": False}
                return "Race", {**shared, **ran}
        elif skew == 0 and bend == 0:
            state = {**shared, **walked, "eigenvalues": [1.0, 0.5], "start": [2.0, 2.0]}
            return ("Bounce", state) if eta <= 1.98 else None
        else:
            start = [0.01 * rho, 1.0]
            if eta < 1 and rho <= 1 and skew <= 4:
                heights = [1 + 3 * bend, 1.0, 1 - bend, 1.0, 1 + 3 * bend]
                valley = {"heights": heights, "skew": skew, "start": start, "on_bounce": False}
                return "Valley", {**shared, **walked, **valley}
            formula = f"({1 - bend:.4f} + {bend:.4f}*y^2)*x^2/2" + (f" + {skew:.4f}*x^3/6" if skew else "")
        return ("YourLoss", {**shared, **walked, "formula": formula, "start": start}) if eta <= 1.98 else None

    def setting(self) -> str:
        if self.map == "ravine":
            return super().setting()
        return f"b = {self.bend:g}, κ = {self.skew:g}, {super().setting()}"

    def describe(self) -> str:
        found = self.found()
        period = f", period {found.period}" if found.period > 2 else ""
        which = (
            "over η and ρ on the flattening ravine"
            if self.map == "ravine"
            else f"over ηλ₁ and ρκ/λ₁ in a skewed valley whose floor has the bend b = {self.bend:g}"
        )
        return (
            f"A map of what SAM does after {self.steps} steps {which}, in seven classes, with the boundaries that "
            f"formulas give. At its cross-hair, {self.setting()}: {WORDS[int(found.regime)]}{period}."
        )

    def picture(self) -> Picture:
        window = WINDOWS[self.map]
        classes = regimes.classify(self.plane, *regimes.centres(window, *CELLS), steps=self.steps).regime
        picture = Picture(7.6, 4.6)
        axes = picture.add_subplot()
        extent = (*window[0], *window[1])
        axes.imshow(
            classes,
            origin="lower",
            extent=extent,
            aspect="auto",
            interpolation="nearest",
            cmap=ListedColormap(COLOURS),
            vmin=-0.5,
            vmax=len(Regime) - 0.5,
        )
        for points, line in zip(self.boundaries().values(), ("-", "--", ":", "-."), strict=False):
            axes.plot(*points.T, color="white", lw=3)
            axes.plot(*points.T, line, color="black", lw=1.3)
        axes.plot(*self.place, "o", mfc="white", mec="black", ms=8)
        names = ("$η$", "$ρ$") if self.map == "ravine" else (r"$ηλ_1$", r"$ρκ/λ_1$")
        axes.set(xlim=window[0], ylim=window[1], xlabel=names[0], ylabel=names[1])
        shown = [Patch(color=COLOURS[k], label=WORDS[k].replace("e₁", "$e_1$")) for k in np.unique(classes)]
        picture.legend(handles=shown, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
        return picture
