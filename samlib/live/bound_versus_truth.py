"""How soon SAM settles on its two-cycle, and how soon Theorem 3 promises it, for many random starts (chapter 4.5)."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from samlib import bounds
from samlib._validation import Array
from samlib.live._figure import BUNDLES, LiveFigure, bounded, spectrum, whole
from samlib.losses import Quadratic
from samlib.optimizers import SAM
from samlib.plots import BLUE, GREY, ORANGE, Picture
from samlib.quadratic import QuadraticSAM

#: Steps within which the figure looks for the settling of a run.
LONGEST = 3000
#: δ of Theorem 3 in the figure.
FAILURE = 0.05

MASK = 0xFFFFFFFF

DEFAULT: dict[str, Any] = {
    "eigenvalues": [1.0, 0.5],
    "eta": 0.2,
    "rho": 1.0,
    "accuracy": 0.1,
    "reach": 2.0,
    "count": 300,
    "printed": False,
    "rescale": 0,
}


def random_words(seed: int, number: int) -> NDArray[np.uint64]:
    """The first `number` 32-bit words of a seed, shape (number,).

    Mulberry32, whose state is a counter: exact in every language with 32-bit products, so that the page and Python draw
    the same starts.
    """
    n = np.arange(1, number + 1, dtype=np.uint64)
    a = (np.uint64(seed * 0x9E3779B9 & MASK) + n * np.uint64(0x6D2B79F5)) & MASK
    a = ((a ^ (a >> 15)) * (a | 1)) & MASK
    a ^= (a + (((a ^ (a >> 7)) * (a | 61)) & MASK)) & MASK
    return np.asarray(a ^ (a >> 14), dtype=np.uint64)


def uniform_starts(seed: int, count: int, dimension: int, reach: float) -> Array:
    """`count` points uniform in the cube [-reach, reach]ᵈ, never on a coordinate plane; shape (count, dimension)."""
    words = random_words(seed, count * dimension).astype(np.float64)
    return (reach * ((2 * words + 1) / 2**32 - 1)).reshape(count, dimension)


def settling_times(theory: QuadraticSAM, starts: Array, epsilon: float, most: int = LONGEST) -> Array:
    """The first step from which ‖w_t ∓ (-1)ᵗ a e₁‖ ≤ ε for good, for each start; (N, d) → (N,).

    inf where that is not seen within `most` steps. A run that comes within ε/10 stays within ε: near the cycle a step
    shrinks every coordinate's distance (Section 3), and inside the ball ‖v‖ ≤ b the sign of w₁ alternates (Lemma 16),
    so that the nearer end is always the right one. Needs ε < a.
    """
    sam, loss = SAM(eta=theory.eta, rho=theory.rho), Quadratic(theory.eigenvalues)
    w = np.array(starts, dtype=float)
    settled, times = np.zeros(len(w)), np.full(len(w), np.inf)
    running = np.arange(len(w))
    for t in range(most + 1):
        away = np.sum(np.column_stack([np.abs(w[:, 0]) - theory.amplitude, w[:, 1:]]) ** 2, axis=1)
        outside = away > epsilon * epsilon
        settled[running[outside]] = t + 1
        done = away <= epsilon * epsilon / 100
        times[running[done]] = settled[running[done]]
        running, w = running[~done], w[~done]
        if not running.size:
            break
        w = sam.step(loss, w)
    return times


def ball_volume(dimension: int) -> float:
    """Volume of the unit ball, π^{d/2}/Γ(d/2 + 1)."""
    return math.pi ** (dimension / 2) / math.gamma(dimension / 2 + 1)


def uniform_hypotheses(start: Sequence[float] | Array, failure: float = FAILURE) -> tuple[float, float, float]:
    """R, q and A of Theorem 3 for a start from the uniform law on the ball on whose boundary `start` lies.

    R = ‖w₀‖ and A is the density of that law. q is below w₀,₁² for this start and, since a slab has at most its widest
    section times its thickness, with probability 1 - δ: q = min{w₀,₁², (δ V_d R/(2V_{d-1}))²}, V_d the unit ball's
    volume.
    """
    w = np.asarray(start, dtype=float)
    radius, volume = float(np.linalg.norm(w)), ball_volume(w.size)
    slab = failure * volume * radius / (2 * ball_volume(w.size - 1))
    return radius, min(float(w[0] ** 2), slab**2), 1 / (volume * radius**w.size)


class BoundVersusTruth(LiveFigure):
    """Realised settling time against Theorem 3's bound, a dot for each start, and the terms of the bound for one.

    For a start w₀ the theorem is read for the uniform law on the ball on whose boundary w₀ lies, with δ = 0.05 (see
    `uniform_hypotheses`); its absolute constant c, unreadable in our copy, is taken as 1. The ranges keep ηλ₁ < 1/2,
    as the theorem asks.

    Attributes
    ----------
    accuracy : float
        ε as a share of the accuracies to which the theorem applies, in (0, 1).
    reach : float
        The starts are uniform in the cube [-reach, reach]ᵈ, in units of w.
    count, seed : int
        How many starts, and the seed of their numbers.
    chosen : int
        The start whose terms are shown, from 0; beyond `count` it is the last.
    printed : bool
        Break the bound: the density A of w₀ stands where that of v₀ = Λw₀, A/∏λᵢ, belongs, as printed.
    rescale : int
        k: the bound is taken at (sλ, η/s, sε) with s = 10⁻ᵏ. That changes no iterate, and asks for more accuracy.
    """

    _esm = BUNDLES / "bound_versus_truth.js"
    STATE = (*LiveFigure.STATE, "accuracy", "reach", "count", "seed", "chosen", "printed", "rescale")
    SETTINGS = (
        ("default", "λ = (1, ½)", DEFAULT),
        ("flat", "A flat direction", {**DEFAULT, "eigenvalues": [1.0, 0.1]}),
        ("close", "λ₂ near λ₁", {**DEFAULT, "eigenvalues": [1.0, 0.97]}),
        ("four", "Four dimensions", {**DEFAULT, "eigenvalues": [1.0, 0.8, 0.6, 0.4]}),
        ("rescaled", "Rescaled", {**DEFAULT, "eigenvalues": [1.0, 0.75], "eta": 0.4, "rescale": 250}),
        (
            "printed",
            "Rescaled, as printed",
            {**DEFAULT, "eigenvalues": [1.0, 0.75], "eta": 0.4, "printed": True, "rescale": 250},
        ),
    )

    eta = bounded(0.2, 0.01, 0.49, 0.01, "η")
    eigenvalues = spectrum((1.0, 0.5), 2, 4, 0.05, 1.0)
    # The slider of the accuracy moves by 0.1 decades.
    accuracy = bounded(0.1, 1e-6, 0.99, 0.1, "accuracy")
    reach = bounded(2.0, 0.1, 10.0, 0.1, "reach")
    count = whole(300, 10, 600, "starts")
    seed = whole(1, 0, 9999, "seed")
    chosen = whole(0, 0, 599, "start")
    printed = traitlets.Bool(False).tag(sync=True)
    rescale = whole(0, 0, 250, "rescale")

    @traitlets.validate("accuracy", "reach", "count", "seed", "chosen", "rescale")
    def _check_number(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @property
    def theory(self) -> QuadraticSAM:
        """What Section 4 says of the parameters."""
        return QuadraticSAM(self.eigenvalues, eta=self.eta, rho=self.rho)

    @property
    def epsilon(self) -> float:
        """ε, a distance in w: `accuracy` times min{√(ηλ₁)/2, 1/(2ρλ₁), ηρλ₁²/2}, which is enough for λ_d ≤ 1."""
        top = self.eigenvalues[0]
        return self.accuracy * min(math.sqrt(self.eta * top) / 2, 0.5 / (self.rho * top), self.theory.b / 2)

    @property
    def form(self) -> str:
        """The form of `samlib.bounds.theorem_3` that is shown."""
        return "printed" if self.printed else "corrected"

    def starts(self) -> Array:
        """The starts w₀, shape (count, d)."""
        return uniform_starts(self.seed, self.count, len(self.eigenvalues), self.reach)

    def realised(self) -> Array:
        """The settling time of each start, shape (count,); the same for every `rescale`."""
        return settling_times(self.theory, self.starts(), self.epsilon)

    def bound(self, start: Sequence[float] | Array) -> bounds.FiniteTime:
        """Theorem 3's time for one start, term by term; ValueError without a gap λ₁ > λ₂."""
        scale = 10.0**-self.rescale
        theory = QuadraticSAM([scale * value for value in self.eigenvalues], eta=self.eta / scale, rho=self.rho)
        return bounds.theorem_3(
            theory, scale * self.epsilon, *uniform_hypotheses(start), failure=FAILURE, form=self.form
        )

    def totals(self) -> Array:
        """Theorem 3's time for each start, shape (count,); inf without a gap."""
        if self.theory.mu == 0:
            return np.full(self.count, np.inf)
        return np.array([self.bound(start).total for start in self.starts()])

    def explicit_time(self, start: Sequence[float] | Array) -> float:
        """The time that the lemmas put together give without an unknown constant; inf without a gap."""
        if self.theory.mu == 0:
            return math.inf
        return bounds.explicit_time(self.theory, self.epsilon, *uniform_hypotheses(start), FAILURE)

    def setting(self) -> str:
        words = f"{super().setting()}, ε = {self.epsilon:.3g}, starts within {self.reach:g}"
        scaled = f", rescaled by s = 1e-{self.rescale}" if self.rescale else ""
        return words + scaled + (", with the density of w₀ as printed" if self.printed else "")

    def describe(self) -> str:
        realised, totals = self.realised(), self.totals()
        settled = np.isfinite(realised)
        words = f"{int(settled.sum())} of them settle"
        if settled.any():
            words += f", within {realised[settled].min():.0f} to {realised[settled].max():.0f} steps"
        broken = int((realised > totals).sum())
        found = (
            f"Theorem 3, with c = 1, allows {totals.min():.3g} to {totals.max():.3g} steps"
            if np.isfinite(totals).all()
            else "Theorem 3 does not apply without a gap λ₁ > λ₂"
        )
        return (
            f"Realised settling time against the bound for {self.count} random starts of SAM with {self.setting()}: "
            f"{words}; {found}. {broken} starts lie above the diagonal. Beside it, the terms of the bound for one."
        )

    def picture(self) -> Picture:
        realised, totals, starts = self.realised(), self.totals(), self.starts()
        picture = Picture(8.6, 4.1)
        scatter, bars = picture.subplots(1, 2)
        finite = [*totals[np.isfinite(totals) & (totals > 0)], *realised[np.isfinite(realised)], 10.0]
        high = 3 * max(finite)
        x = np.clip(totals, 1.0, high)
        y = np.clip(realised, 1.0, high)
        broken = realised > totals
        scatter.plot([1, high], [1, high], "--", lw=1, color=GREY)
        scatter.plot(x[~broken], y[~broken], ".", ms=4, color=BLUE)
        scatter.plot(x[broken], y[broken], "x", ms=4, color=ORANGE)
        scatter.set(
            xscale="log", yscale="log", xlim=(0.7, high), ylim=(0.7, high), xlabel="bound", ylabel="realised time"
        )
        if self.theory.mu > 0:
            terms = self.bound(starts[min(self.chosen, self.count - 1)]).terms
            ends = np.cumsum(list(terms.values()))
            for k, (value, end) in enumerate(zip(terms.values(), ends, strict=True)):
                bars.barh(k, value, left=end - value, color=BLUE if value >= 0 else ORANGE)
            bars.barh(len(terms), ends[-1], color=GREY)
            bars.set_yticks(range(len(terms) + 1), [*terms, "total"])
        else:
            bars.text(0.5, 0.5, "no gap: no bound", transform=bars.transAxes, ha="center")
        bars.invert_yaxis()
        bars.set(xlabel="steps")
        return picture
