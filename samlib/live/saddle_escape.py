"""How SAM leaves the saddle along e₂ and lines up with e₁ (Lemmas 11, 13 and 14; chapter 4.4)."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from samlib import bounds, constants
from samlib._validation import Array
from samlib.live._figure import BUNDLES, LiveFigure, bounded, vector, whole
from samlib.losses import Quadratic
from samlib.optimizers import SAM, trajectory
from samlib.plots import BLUE, GREY, ORANGE, Picture
from samlib.quadratic import QuadraticSAM

#: Steps within which the figure looks for an escape.
LONGEST = 2000

SADDLE: dict[str, Any] = {
    "eigenvalues": [1.0, 0.5],
    "eta": 0.2,
    "rho": 1.0,
    "sigma": 1e-6,
    "height": 1.0,
    "epsilon": 0.1,
    "steps": 30,
    "t": 30,
    "no_gap": False,
    "on_axis": False,
}


@dataclass(frozen=True)
class Alignment:
    """A run seen by the lemmas of Section 4.4; arrays over the steps, shape (T + 1,), nan where v_t = 0.

    Attributes
    ----------
    misalignment : array
        δ_t = 1 - |v_{t,1}|/‖v_t‖ (Definition 12).
    ratio : array
        |v_{t,2}/v_{t,1}|, inf on the axis v₁ = 0.
    length : array
        ‖v_t‖.
    aligning : array of bool
        Whether the condition of Lemma 14(a) holds, so that the step shrinks the ratio by 1 + μ at least.
    entry : int or None
        T₀, the first step with ‖v_t‖ ≤ b.
    beyond : array of bool
        From T₀ on, whether ‖v_t‖ ≥ (1 + ε)β₁: the steps that Lemma 11 counts.
    """

    misalignment: Array
    ratio: Array
    length: Array
    aligning: NDArray[np.bool_]
    entry: int | None
    beyond: NDArray[np.bool_]


class SaddleEscape(LiveFigure):
    """Misalignment, ratio and length over the steps, and the time of escape against the distance from the saddle.

    The run starts at w₀ = (σ, h·a₂), where a₂ = β₂/λ₂ is the amplitude of the saddle's cycle ±a₂e₂: for h = 1 at
    distance σ from it. "Escaped" means |v₁| > |v₂|. The ranges keep ηλ₁ < 1/2, as the lemmas ask; λ₁ ≤ 1 is no loss,
    since SAM's steps depend on the products ηλᵢ alone.

    Attributes
    ----------
    sigma : float
        σ > 0, the first coordinate of the start, in units of w.
    height : float
        h > 0, the second one in units of a₂.
    epsilon : float
        ε of Lemma 11: steps with ‖v‖ ≥ (1 + ε)β₁ are counted.
    steps, t : int
        Number of steps computed, and the current one (the last unless given).
    no_gap : bool
        Break the hypothesis λ₁ > λ₂: λ₂ is replaced by λ₁. Every step then multiplies v₁ and v₂ alike.
    on_axis : bool
        Break the hypothesis v₁ ≠ 0: σ is replaced by 0. The run never leaves the axis of e₂.
    """

    _esm = BUNDLES / "saddle_escape.js"
    STATE = (*LiveFigure.STATE, "sigma", "height", "epsilon", "steps", "t", "no_gap", "on_axis")
    SETTINGS = (
        ("saddle", "At the saddle", SADDLE),
        # w₀ = (0.244, 0.0224): the first step of Figure 2 lands near the saddle
        (
            "figure-2",
            "Figure 2",
            {**SADDLE, "eigenvalues": [1.0, 0.2], "sigma": 0.244, "height": 1.0976, "steps": 25, "t": 25},
        ),
        ("far", "From afar", {**SADDLE, "sigma": 1e-3, "height": 40.0, "steps": 60, "t": 60}),
        ("close", "λ₂ near λ₁", {**SADDLE, "eigenvalues": [1.0, 0.95], "steps": 200, "t": 200}),
        # ‖v‖ comes down to β₁ from above by the factor 1 - ηλ₁ alone
        (
            "small-step",
            "Small steps",
            {**SADDLE, "eigenvalues": [1.0, 0.9], "eta": 0.02, "sigma": 0.1, "height": 3.0, "steps": 300, "t": 300},
        ),
    )

    eta = bounded(0.2, 0.01, 0.49, 0.01, "η")
    eigenvalues = vector((1.0, 0.5), 0.05, 1.0, 0.01, "λ")
    # The slider of σ moves by 0.1 decades.
    sigma = bounded(1e-6, 1e-15, 1.0, 0.1, "σ")
    height = bounded(1.0, 0.05, 60.0, 0.05, "height")
    epsilon = bounded(0.1, 0.01, 1.0, 0.01, "ε")
    steps = whole(30, 1, 500, "steps")
    t = whole(30, 0, 500, "t")
    no_gap = traitlets.Bool(False).tag(sync=True)
    on_axis = traitlets.Bool(False).tag(sync=True)

    @traitlets.default("t")
    def _default_t(self) -> int:
        return int(self.steps)

    @traitlets.validate("sigma", "height", "epsilon", "steps", "t")
    def _check_number(self, proposal: Any) -> Any:
        self.check_range(proposal["trait"].name, proposal["value"])
        return proposal["value"]

    @property
    def theory(self) -> QuadraticSAM:
        """What Section 4 says of the parameters, with λ₂ = λ₁ where the gap is broken."""
        first, second = self.eigenvalues
        return QuadraticSAM([first, first if self.no_gap else second], eta=self.eta, rho=self.rho)

    def start(self) -> list[float]:
        """w₀ = (σ, h·a₂), or (0, h·a₂) on the axis."""
        amplitude = float(constants.amplitude(float(self.theory.eigenvalues[1]), self.eta, self.rho))
        return [0.0 if self.on_axis else self.sigma, self.height * amplitude]

    def path(self) -> Array:
        """The iterates w_0 … w_steps, shape (steps + 1, 2)."""
        theory = self.theory
        sam = SAM(eta=theory.eta, rho=theory.rho)
        return trajectory(sam, Quadratic(theory.eigenvalues), self.start(), steps=self.steps)

    def threshold(self) -> float:
        """The ‖v‖ up to which Lemma 14(a) promises a shrinking ratio; γ₁, its limit for μ → 0, without a gap."""
        theory = self.theory
        if theory.mu == 0:
            return float(theory.gamma[0])
        return bounds.alignment_threshold(theory) * float(theory.beta[0])

    def alignment(self) -> Alignment:
        """The run as the lemmas see it."""
        theory = self.theory
        v = self.path() * theory.eigenvalues
        length = np.linalg.norm(v, axis=1)
        size = np.abs(v)
        inside = np.flatnonzero(length <= theory.b)
        entry = int(inside[0]) if inside.size else None
        after = np.arange(len(v)) >= (len(v) if entry is None else entry)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = size[:, 1] / size[:, 0]
            misalignment = v[:, 1] ** 2 / (length * (length + size[:, 0]))
        return Alignment(
            misalignment=misalignment,
            ratio=ratio,
            length=length,
            aligning=length <= self.threshold(),
            entry=entry,
            beyond=after & (length >= (1 + self.epsilon) * theory.beta[0]),
        )

    def escape_factor(self) -> float:
        """F = |1 - ηλ₁ - (λ₁/λ₂)²(2 - ηλ₂)|, by which one step multiplies |v₁| at the saddle; 1 without a gap."""
        first, second = self.theory.eigenvalues
        return (
            1.0
            if first == second
            else float(abs(1 - self.eta * first - (first / second) ** 2 * (2 - self.eta * second)))
        )

    def axis_growth(self) -> Array:
        """How much a small |v₁/v₂| grows beside the run on the axis v₁ = 0, shape (LONGEST + 1,).

        Entry t is the log of the factor after t steps, minus log ‖v_0‖; at the saddle it rises by log F in every step.
        It is -inf from a ‖v‖ = γ₁ on, where v₁ is lost, and inf from a ‖v‖ = γ₂ on, where v₂ is.
        """
        first, second = self.theory.eigenvalues.tolist()
        length = second * self.start()[1]
        growth = [-math.log(length)]
        for _ in range(LONGEST):
            if length == 0:
                growth.append(growth[-1])
                continue
            across = abs(constants.next_factor(first, self.eta, self.rho, length))
            along = abs(constants.next_factor(second, self.eta, self.rho, length))
            # Without a gap the two are the same number, and the logarithm of their quotient is exactly 0.
            gained = math.inf if along == 0 else -math.inf if across == 0 else math.log(across / along)
            growth.append(growth[-1] + gained)
            length *= along
        return np.array(growth)

    def predicted_escape(self, sigma: ArrayLike | None = None) -> Array:
        """When |v₁| from λ₁σ on would reach |v₂| if v₁ did not act back on ‖v‖: (...) → (...), in steps and fractions.

        At the saddle (height 1) it is log(β₂/(λ₁σ))/log F; inf without a gap or on the axis.
        """
        sigma = np.asarray(self.sigma if sigma is None else sigma, dtype=float)
        if self.on_axis:
            return np.full(sigma.shape, np.inf)
        level = self.axis_growth() + np.log(float(self.theory.eigenvalues[0]) * sigma)[..., None]
        reached = level >= 0
        t = reached.argmax(axis=-1)
        there, before = (np.take_along_axis(level, i[..., None], axis=-1)[..., 0] for i in (t, np.maximum(t - 1, 0)))
        rising = (t > 0) & (there < np.inf)
        fraction = np.divide(there, there - before, out=np.zeros_like(there), where=rising)
        return np.where(reached.any(axis=-1), t - fraction, np.inf)

    def escape_time(self, sigma: ArrayLike | None = None) -> Array:
        """The first step with |v₁| > |v₂|, inf where there is none within `LONGEST` steps: (...) → (...)."""
        theory = self.theory
        sam, loss = SAM(eta=theory.eta, rho=theory.rho), Quadratic(theory.eigenvalues)
        sigma = np.asarray(self.sigma if sigma is None else sigma, dtype=float)
        starts = np.stack([0 * sigma if self.on_axis else sigma, np.full(sigma.shape, self.start()[1])], axis=-1)
        size = np.abs(trajectory(sam, loss, starts, steps=LONGEST) * theory.eigenvalues)
        escaped = size[..., 0] > size[..., 1]
        return np.where(escaped.any(axis=-1), escaped.argmax(axis=-1), np.inf)

    def visits_bound(self) -> float:
        """Lemma 11's bound on the steps that `Alignment.beyond` marks."""
        return bounds.visits_beyond(self.theory, self.epsilon)

    def misaligned_bound(self) -> float:
        """T₁ of Lemma 14(b): Lemma 11's bound, with the printed 3, for ε = (λ₂/λ₁)²."""
        first, second = self.theory.eigenvalues
        return bounds.visits_beyond(self.theory, float(second / first) ** 2, "printed")

    def setting(self) -> str:
        w = self.start()
        broken = ["λ₂ replaced by λ₁"] * self.no_gap + ["σ replaced by 0"] * self.on_axis
        return ", ".join([super().setting(), f"start ({w[0]:.3g}, {w[1]:.3g})", *broken])

    def describe(self) -> str:
        escape, predicted = float(self.escape_time()), float(self.predicted_escape())
        words = f"leaves it at step {escape:.0f}, {predicted:.3g} predicted" if escape < math.inf else "never leaves it"
        run = self.alignment()
        return (
            f"SAM near the saddle along e₂ with {self.setting()}: it {words}. Left, the step of escape against the "
            f"distance σ from the saddle, a staircase along the predicted line; right, over {self.steps} steps, the "
            f"misalignment δ, and the ratio |v₂/v₁| with crosses where Lemma 14(a)'s condition fails. "
            f"Of its steps {int(run.beyond.sum())} are outside (1 + ε)β₁ with ε = {self.epsilon:g}; Lemma 11 allows "
            f"{self.visits_bound():.3g}."
        )

    def picture(self) -> Picture:
        run = self.alignment()
        picture = Picture(8.4, 4.3)
        grid = picture.add_gridspec(2, 2)
        escapes, delta, ratio = (picture.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1]))
        sigmas = 10.0 ** (-np.arange(46) / 3)
        times, predicted = self.escape_time(sigmas), self.predicted_escape(sigmas)
        found = np.isfinite(times)
        escapes.plot(sigmas[found], times[found], "o", ms=4, color=BLUE, label="escape")
        if np.isfinite(predicted).all():
            escapes.plot(sigmas, predicted, "--", lw=1, color=GREY, label="predicted")
        if found.any():
            escapes.legend(fontsize=8)
        else:
            escapes.text(0.5, 0.5, "never", transform=escapes.transAxes, ha="center")
        if np.isfinite(self.escape_time()):
            escapes.plot(self.sigma, self.escape_time(), "o", ms=10, mfc="none", color=BLUE)
        escapes.set(xscale="log", xlim=(2, 5e-16), xlabel="$σ$", ylabel="steps until $|v_1| > |v_2|$")
        steps = np.arange(len(run.length))
        delta.plot(steps, run.misalignment, ".-", lw=0.8, color=BLUE)
        delta.set(yscale="log", ylabel="$δ_t$")
        shown = np.isfinite(run.ratio)
        ratio.plot(steps[shown], run.ratio[shown], lw=0.8, color=GREY)
        for holds, mark, color in ((True, "o", BLUE), (False, "x", ORANGE)):
            chosen = shown & (run.aligning == holds)
            ratio.plot(steps[chosen], run.ratio[chosen], mark, ms=4, color=color)
        ratio.set(yscale="log", xlabel="$t$", ylabel="$|v_2/v_1|$")
        return picture
