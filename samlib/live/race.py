"""SAM against its rivals and its kin, from one start, at equal cost in gradients (chapter 6)."""

import functools
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import traitlets
from matplotlib.axes import Axes

from samlib._validation import Array
from samlib.live._figure import BUNDLES, StartFigure, Statements, bounded, vector, whole
from samlib.live._starts import normal_starts
from samlib.losses import FlatteningRavine, Loss, Quadratic, Valley
from samlib.optimizers import SAM, GradientDescent, HeavyBallSAM, Optimizer, UnnormalizedSAM, trajectory
from samlib.plots import BLUE, ORANGE, Picture, contours
from samlib.symbolic_loss import SymbolicLoss

#: Who may take part: name in words, gradients per step, colour and line of the still picture.
RACERS: dict[str, tuple[str, int, str, Any]] = {
    "sam": ("SAM", 2, BLUE, "-"),
    "descent": ("gradient descent", 1, ORANGE, "--"),
    "sgd": ("SGD", 1, "#a02c7d", ":"),
    "unnormalized": ("unnormalised SAM", 2, "#00785a", "-."),
    "heavy_ball": ("heavy-ball SAM", 2, "#8a6d00", (0, (6, 1.5))),
}
LANDSCAPES = ("ravine", "other_reading", "quadratic", "valley")
#: Section 6's loss with ‖w‖² where `FlatteningRavine` has w₂².
OTHER_READING = "x**2 / (1 + (x**2 + y**2) / 2) + y**2 / 2"
#: h(y) = 1 + y² of the valley ½h(y)x², lowest power first.
VALLEY = (1.0, 0.0, 1.0)
#: Where a run is taken to have left for infinity.
FAR = 1e6

MATCHED = 1 / 1.8  # ρ/(2 - η) at η = 1/5, ρ = 1

FIGURE_5: dict[str, Any] = {
    "eta": 0.2,
    "rho": 1.0,
    "eigenvalues": [1.0, 0.5],
    "start": [1.0, 1.0],
    "landscape": "ravine",
    "sigma": MATCHED,
    "momentum": 0.5,
    "budget": 120,
    "t": 120,
    "seed": 0,
    "runs": 60,
    "sam": True,
    "descent": True,
    "sgd": True,
    "unnormalized": False,
    "heavy_ball": False,
    "equal_cost": True,
}
ALL = dict.fromkeys(RACERS, True)


class Race(StartFigure):
    """Paths of up to five rules from one start, with the loss and the sharpness λ_max(∇²ℓ(w_t)) along them.

    Time is counted in gradients: a step of SAM, of unnormalized SAM or of heavy-ball SAM needs two of them, a step of
    gradient descent or SGD one. At time t the first three have made ⌊t/2⌋ steps, the others t.

    SGD's noise is not that of `samlib.SGD`, whose generator (NumPy's Philox) a page cannot reproduce: it is drawn from
    the generator mulberry32 by Box and Muller's method, the same numbers in Python and on the page. Run k = 0, 1, … of
    SGD uses the seed `seed` + k. In law the two agree: w ← w - η(∇ℓ(w) + σξ), ξ ~ N(0, I).

    Attributes
    ----------
    landscape : {"ravine", "other_reading", "quadratic", "valley"}
        ℓ: the flattening ravine of Section 6, its other reading with ‖w‖² in the denominator, the quadratic with the
        given `eigenvalues` (which matter only there), or the valley ½(1 + y²)x². On the other reading SAM is chaotic
        for large ρ: the page follows Python step by step there, but not to the last digit over hundreds of steps.
    eta, rho : float
        η of all, and ρ of SAM and its kin; for unnormalized SAM ρ is a factor of the gradient, not a length.
    sigma : float
        σ ≥ 0, the standard deviation of each coordinate of the noise in SGD's gradient; `matched_sigma` is Figure 5's.
    momentum : float
        0 ≤ m < 1 of heavy-ball SAM.
    budget, t : int
        Gradients spent at the end, and now (at the end unless given; a t beyond `budget` is the end).
    seed, runs : int
        Seed of the run of SGD that is drawn as a line, and how many runs from it on make up the cloud.
    sam, descent, sgd, unnormalized, heavy_ball : bool
        Who takes part.
    equal_cost : bool
        False gives up the fair comparison and counts steps in place of gradients.
    """

    _esm = BUNDLES / "race.js"
    STATE = (
        *StartFigure.STATE,
        "landscape",
        "sigma",
        "momentum",
        "budget",
        "t",
        "seed",
        "runs",
        *RACERS,
        "equal_cost",
    )
    SETTINGS = (
        ("figure-5", "Figures 4 and 5", FIGURE_5),
        ("figure-3", "Figure 3", {**FIGURE_5, "start": [0.1, 0.1], "sgd": False, "budget": 80, "t": 80}),
        ("kin", "SAM’s kin", {**FIGURE_5, **ALL, "descent": False, "sgd": False}),
        (
            "valley",
            "Valley",
            {
                **FIGURE_5,
                **ALL,
                "landscape": "valley",
                "rho": 0.5,
                "sigma": 0.5 * MATCHED,
                "start": [0.1, 1.5],
                "budget": 200,
                "t": 200,
            },
        ),
        ("other-reading", "The other reading", {**FIGURE_5, "landscape": "other_reading", "start": [0.1, 0.1]}),
        ("quadratic", "Quadratic", {**FIGURE_5, **ALL, "landscape": "quadratic", "start": [2.0, 2.0]}),
    )

    STATEMENTS: ClassVar[Statements] = {
        "ravine": (
            "ravine-cycle",
            "The proposition on the cycle beside the minimum",
            "for ρ > 1 − η SAM has a two-cycle beside the minimum, at a height where the floor is less sharp.",
        ),
        "narrow": (
            "origin-bounce",
            "The proposition on the bounce at the minimum",
            "for ρ < 1 − η SAM's bounce at the minimum, the sharpest place of the floor, attracts.",
        ),
        "quadratic": (
            "sharpness-gradient",
            "The lemma on the gradient of the largest eigenvalue",
            "it is made of third derivatives of the loss, and those of a quadratic are zero.",
        ),
        "valley": (
            "theorem-21",
            "Theorem 21",
            "besides the bounce, a step of SAM goes down the slope of λ_max, up to a remainder.",
        ),
    }

    # Below 1, so that ηλ₁ < 2 for every λ₁ within its range and on the floor of the ravine.
    eta = bounded(0.2, 0.01, 0.99, 0.01, "η")
    start = vector((1.0, 1.0), -2.0, 2.0, 0.01, "w₀")
    landscape = traitlets.Enum(LANDSCAPES, "ravine").tag(sync=True, options=list(LANDSCAPES), label="the landscape")
    sigma = bounded(MATCHED, 0.0, 2.0, 0.01, "σ")
    momentum = bounded(0.5, 0.0, 0.95, 0.05, "m")
    budget = whole(120, 2, 600, "gradients")
    t = whole(120, 0, 600, "t")
    seed = whole(0, 0, 999, "seed")
    runs = whole(60, 1, 200, "runs")
    sam = traitlets.Bool(True).tag(sync=True)
    descent = traitlets.Bool(True).tag(sync=True)
    sgd = traitlets.Bool(True).tag(sync=True)
    unnormalized = traitlets.Bool(False).tag(sync=True)
    heavy_ball = traitlets.Bool(False).tag(sync=True)
    equal_cost = traitlets.Bool(True).tag(sync=True)

    @traitlets.default("t")
    def _default_t(self) -> int:
        return int(self.budget)

    @traitlets.validate("sigma", "momentum", "budget", "t", "seed", "runs")
    def _check_number(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @property
    def loss(self) -> Loss:
        """ℓ of the landscape."""
        if self.landscape == "quadratic":
            return Quadratic(self.eigenvalues)
        return _landscape(self.landscape)

    @property
    def matched_sigma(self) -> float:
        """σ = ρ/(2 - η), for which ησ is the amplitude of SAM's bounce at λ₁ = 1 (Figure 5)."""
        return self.rho / (2 - self.eta)

    @property
    def racers(self) -> list[str]:
        """Who takes part, by trait name."""
        return [name for name in RACERS if getattr(self, name)]

    def cost(self, racer: str) -> int:
        """How far one step of a racer takes the clock: its gradients, or 1 where steps are counted."""
        return RACERS[racer][1] if self.equal_cost else 1

    def steps(self, racer: str, t: int | None = None) -> int:
        """The steps that a racer has made at time `t`, at the end unless given."""
        return (self.budget if t is None else min(t, self.budget)) // self.cost(racer)

    def path(self, racer: str) -> Array:
        """The iterates of a racer until the end, shape (steps + 1, 2); of SGD the run with the seed `seed`.

        Raises
        ------
        ValueError
            If the racer is unknown.
        """
        rules: dict[str, Optimizer] = {
            "sam": SAM(self.eta, self.rho),
            "descent": GradientDescent(self.eta),
            "unnormalized": UnnormalizedSAM(self.eta, self.rho),
            "heavy_ball": HeavyBallSAM(self.eta, self.rho, self.momentum),
        }
        if racer == "sgd":
            return self._noisy(1)[0]
        if racer not in rules:
            raise ValueError(f"racer must be one of {', '.join(RACERS)}, got {racer!r}")
        return trajectory(rules[racer], self.loss, self.start, self.steps(racer))

    def cloud(self) -> Array:
        """All runs of SGD, shape (runs, steps + 1, 2)."""
        return self._noisy(self.runs)

    def _noisy(self, runs: int) -> Array:
        steps, loss = self.steps("sgd"), self.loss
        noise = np.stack([normal_starts(self.seed + k, steps, 1.0) for k in range(runs)])
        path = np.empty((runs, steps + 1, 2))
        path[:, 0] = self.start
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(steps):
                w = path[:, t]
                path[:, t + 1] = w - self.eta * (loss.gradient(w) + self.sigma * noise[:, t])
        return path

    def height(self, points: Array) -> Array:
        """ℓ at each point, inf where it is beyond floating point; (..., 2) → (...)."""
        with np.errstate(over="ignore", invalid="ignore"):
            value = self.loss.value(points)
        return np.where(np.isnan(value), np.inf, value)

    def sharpness(self, points: Array) -> Array:
        """λ_max(∇²ℓ) at each point, inf where it is beyond floating point; (..., 2) → (...)."""
        with np.errstate(over="ignore", invalid="ignore"):
            hessian = self.loss.hessian(points)
        known = np.isfinite(hessian).all(axis=(-2, -1))
        largest = np.full(known.shape, np.inf)
        largest[known] = np.linalg.eigvalsh(hessian[known])[..., -1]
        return largest

    def standing(self, t: int | None = None) -> Iterator[tuple[str, float, float]]:
        """Name, loss and sharpness of each racer at time `t`, now unless given; of SGD the medians over its runs."""
        t = self.t if t is None else t
        for racer in self.racers:
            step = self.steps(racer, t)
            points = self.cloud()[:, step] if racer == "sgd" else self.path(racer)[step][None]
            yield racer, float(rank(self.height(points), 50)), float(rank(self.sharpness(points), 50))

    def setting(self) -> str:
        where = {
            "ravine": "the flattening ravine",
            "other_reading": "the ravine with ‖w‖² in the denominator",
            "valley": "the valley ½(1 + y²)x²",
        }
        eigenvalues = f"the quadratic with λ = ({self.eigenvalues[0]:g}, {self.eigenvalues[1]:g})"
        words = [f"η = {self.eta:g}", f"ρ = {self.rho:g}"]
        words += [f"σ = {self.sigma:.4g}"] * self.sgd + [f"m = {self.momentum:g}"] * self.heavy_ball
        start = f"from ({self.start[0]:g}, {self.start[1]:g})"
        return f"on {where.get(self.landscape, eigenvalues)} {start} with {', '.join(words)}"

    def describe(self) -> str:
        unit = "gradients" if self.equal_cost else "steps of each"
        names = {racer: name for racer, (name, *_) in RACERS.items()} | {"sgd": f"SGD (median of {self.runs} runs)"}
        standings = [
            f"{names[racer]} at loss {loss:.3g} and sharpness {sharpness:.4g}"
            for racer, loss, sharpness in self.standing()
        ]
        return f"A race {self.setting()}: after {min(self.t, self.budget)} {unit}, {'; '.join(standings) or 'nobody'}."

    def picture(self) -> Picture:
        picture = Picture(8.4, 4.3)
        grid = picture.add_gridspec(2, 2)
        plane, losses, sharpness = (picture.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1]))
        paths = {racer: self.path(racer) for racer in self.racers}
        seen = np.concatenate([[self.start], *(run[(np.abs(run) < 3).all(axis=1)] for run in paths.values())])
        middle, half = (seen.max(axis=0) + seen.min(axis=0)) / 2, 0.6 * max(0.2, np.ptp(seen, axis=0).max())
        limits = [(float(place - half), float(place + half)) for place in middle]
        contours(plane, self.loss, limits[0], limits[1])
        for racer, run in paths.items():
            name, _, color, line = RACERS[racer]
            plane.plot(*run.T, linestyle=line, color=color, lw=0.9, marker=".", ms=3, label=name)
            self._curves(racer, run, losses, sharpness)
        if self.sgd:
            plane.plot(*self.cloud()[:, -1].T, "o", ms=3, mfc="none", mew=0.6, color=RACERS["sgd"][2])
        plane.plot(*self.start, "o", ms=8, mfc="white", mec="black")
        plane.set(xlim=limits[0], ylim=limits[1], aspect="equal")
        if paths:
            plane.legend(fontsize=7, framealpha=0.9)
        losses.set(yscale="log", xlim=(0, self.budget), ylabel="$ℓ(w)$")
        sharpness.set(xlim=(0, self.budget), ylabel="$λ_{max}$", xlabel="gradients" if self.equal_cost else "steps")
        return picture

    def _curves(self, racer: str, run: Array, losses: Axes, sharpness: Axes) -> None:
        """Loss and sharpness of one racer over the cost; of SGD the median, between the 10 % and the 90 % rank."""
        _, _, color, line = RACERS[racer]
        times = self.cost(racer) * np.arange(len(run))
        start = self.height(np.array(self.start))
        for axes, quantity in ((losses, self.height), (sharpness, self.sharpness)):
            values = quantity(self.cloud() if racer == "sgd" else run[None])
            low, middle, high = (rank(values, share) for share in (10, 50, 90))
            shown = (np.abs(run) < FAR).all(axis=1) & (middle > 1e-16 * start)
            axes.plot(times[shown], middle[shown], linestyle=line, color=color, lw=1.1)
            if racer == "sgd":
                axes.fill_between(times[shown], low[shown], high[shown], color=color, alpha=0.2, lw=0)


@functools.cache
def _landscape(name: str) -> Loss:
    """A landscape without parameters; SymPy differentiates the other reading once."""
    if name == "other_reading":
        return SymbolicLoss(OTHER_READING, "x y")
    return FlatteningRavine() if name == "ravine" else Valley(VALLEY)


def rank(values: Array, percent: int) -> Array:
    """The smallest value that `percent` of the values along the first axis do not exceed; (n, ...) → (...)."""
    return np.asarray(np.sort(values, axis=0)[(percent * len(values) + 99) // 100 - 1])
