"""Checks for the exercises of chapter 7."""

from functools import partial
from typing import Any

import numpy as np

import samlib
from samlib.check._answers import Wrong, number
from samlib.check._exercise import Choice, Exercise, Formula, Given, Number, Test
from samlib.check._property import Rules, larger, smaller, sqrt
from samlib.check._words import number_words

__all__ = ["EXERCISES"]

_PAGE = "chapters/07-open-problems"
_CURVATURES = np.array([1.0, 0.5, 0.25])


def _cube(amplitudes: Any, given: Given) -> Rules:
    """From a point with these coordinates a step leads to the opposite point."""
    got = [abs(one) for one in amplitudes]
    yield (got[0] == 0) | (got[1] == 0) | (got[2] == 0), "no amplitude is 0: each coordinate bounces on its own."
    round_ball = (got[1] <= 1e-3) & (got[2] <= 1e-3)
    after = [a - given.eta * float(lam) * (a + 1) for lam, a in zip(_CURVATURES, got, strict=True)]
    off = [abs(there + a) > 1e-4 for there, a in zip(after, got, strict=True)]
    yield (off[0] | off[1] | off[2]) & round_ball, "that is SAM with the round ball, where one coordinate survives."
    share = (3 - (off[0] + off[1] + off[2])) / 12
    for place, (a, there, wrong) in enumerate(zip(got, after, off, strict=True), 1):
        yield wrong, f"w_{place} = {a} is followed by {there}, not by its opposite.", share


def _four_cycle(answer: object, given: Given) -> None:
    """Eight hundred steps from rest, and the last five compared."""
    w = number(answer, "start")
    if w == 0:
        raise Wrong("0 is the minimum, where SAM has no direction to look in.")
    rule = samlib.HeavyBallSAM(0.2, 1.0, given.m)
    end = samlib.trajectory(rule, samlib.Quadratic([1.0]), [w], steps=1200)[-5:, 0]
    if abs(end[0] - end[2]) < 1e-3:
        raise Wrong(
            f"from w = {number_words(w)} the run ends on the two-cycle, ±{number_words(abs(round(float(end[-1]), 4)))}."
        )
    if abs(end[0] - end[4]) > 1e-6:
        raise Wrong(
            f"from w = {number_words(w)} the run does not end on a four-cycle: four steps later it is elsewhere."
        )


def _turn(kappa: Any, m: float, x: float = 0.2) -> Any:
    """The larger eigenvalue, in size, of the product of the two matrices of half a turn."""
    below = (1 + m - x) ** 2 + (1 - m) ** 2
    first, second = (1 - x * kappa - x * kappa * kappa / r + m for r in (x * (2 - x) / below, x * (2 * m - x) / below))
    trace, determinant = first * second - 2 * m, m * m  # of [[second, -m], [1, 0]] @ [[first, -m], [1, 0]]
    spread = trace * trace - 4 * determinant
    real = spread >= 0
    return real * ((abs(trace) + sqrt(larger(spread, 0.0))) / 2) + ~real * m


def _repelling(kappa: Any, given: Given) -> Rules:
    yield (kappa <= 0) | (kappa >= 1), "κ must lie between 0 and 1."
    size = _turn(kappa, 0.5)
    yield (
        size < 1,
        f"with κ = {kappa} half a turn multiplies a small deviation by {size} at most: it attracts.",
    )


def _no_weights(weights: Any) -> Rules:
    yield (weights[0] <= 0) | (weights[1] <= 0) | (weights[2] <= 0), "weights must be positive."
    yield abs(weights[0] - 1) > 1e-9, "the first weight must be 1."


def _scores(given: Given) -> list[float]:
    """What the weights multiply."""
    return [float(one) for one in _CURVATURES**2 / (2 - given.eta * _CURVATURES)]


def _winner(axis: int, weights: Any, given: Given) -> Rules:
    yield from _no_weights(weights)
    scores = [weight * one for weight, one in zip(weights, _scores(given), strict=True)]
    listed = f"Mᵢλᵢ²/(2-ηλᵢ) is {scores[0]}, {scores[1]}, {scores[2]}."
    others = [place for place in range(3) if place != axis]
    for one, other in (others, others[::-1]):
        yield (
            (scores[one] >= scores[other]) & (scores[one] >= scores[axis]),
            f"with these weights SAM ends along e_{one + 1} or between the axes: {listed}",
        )
    yield (
        scores[axis] < larger(scores[others[0]], scores[others[1]]) * (1 + 1e-6),
        f"with these weights SAM ends along e_{axis + 1} or between the axes: {listed}",
    )
    least = scores[0] / _scores(given)[axis]
    yield weights[axis] > 1.3 * least, "it wins, but a much smaller weight does as well.", 0.5


def _tie(weights: Any, given: Given) -> Rules:
    yield from _no_weights(weights)
    scores = [weight * one for weight, one in zip(weights, _scores(given), strict=True)]
    yield (
        larger(*scores) - smaller(*scores) > 2e-3 * larger(*scores),
        f"Mᵢλᵢ²/(2-ηλᵢ) is {scores[0]}, {scores[1]}, {scores[2]}; in a tie the three are equal.",
    )


EXERCISES = (
    Exercise(
        "7.1",
        "ex-ahead",
        _PAGE,
        "Ahead by the radius",
        ("pen",),
        30,
        needs="{prf:ref}`shifted-descent`",
        hint=r"$e^h\ge1+h$. And for the second question: by how much does $v+e^v$ grow in a step?",
        sketch=r"By $\eta$ up to terms of second order, from every start: $v_t=\log(\eta t)+o(1)$. And $w_t-\rho$ "
        "is such a run as well.",
        own="the two estimates.",
        parts=(
            Formula(
                "distance",
                "the distance of the two runs of SAM, with ρ > 0 and with ρ = 0, in the end; a formula in rho and eta",
                lambda rho, eta: rho,
                {"rho": (0.1, 2.0), "eta": (0.1, 2.0)},
                (
                    ("0", "the runs of gradient descent forget their starts, but the run that does is w - ρ."),
                    ("eta*rho", "the step size only sets the clock: it drops out."),
                    ("2*rho", "SAM with ρ = 0 is not behind by ρ, but on the run itself."),
                ),
            ),
        ),
    ),
    Exercise(
        "7.2",
        "ex-adaptive",
        _PAGE,
        "The adaptive ball",
        ("pen",),
        15,
        hint=r"In one dimension $M=w^2$. How long is the perturbation $\rho\frac{Mg}{\sqrt{gMg}}$?",
        sketch=r"It is $\rho w$, so the step is $w-\eta\lambda(1+\rho)w$.",
        own="what it has in common with un-normalised SAM.",
        parts=(
            Formula(
                "step",
                "the next w, a formula in w, eta, lam and rho",
                lambda w, eta, lam, rho: (1 - eta * lam * (1 + rho)) * w,
                {"w": (-2.0, 2.0), "eta": (0.05, 1.0), "lam": (0.3, 2.0), "rho": (0.1, 2.0)},
                (
                    ("w - eta*lam*(w + rho*sign(w))", "this is SAM; the adaptive ball shrinks with w."),
                    (
                        "w - eta*lam*(1+rho*lam)*w",
                        "this is un-normalised SAM: here the curvature drops out of the perturbation.",
                    ),
                    ("w - eta*lam*(w + rho*w**2)", "M^½ is |w|, not w²."),
                ),
            ),
            Formula(
                "radius",
                "the ρ up to which it converges, a formula in eta and lam",
                lambda eta, lam: 2 / (eta * lam) - 1,
                {"eta": (0.05, 1.0), "lam": (0.3, 1.9)},
                (
                    ("2/(eta*lam)", "1 + ρ may be as large as this; ρ is one less."),
                    ("1/(eta*lam) - 1", "the factor may go down to -1, not only to 0."),
                    ("2/(eta*lam**2) - 1/lam", "that belongs to un-normalised SAM."),
                ),
            ),
        ),
    ),
    Exercise(
        "7.3",
        "ex-cube",
        _PAGE,
        "The cube",
        ("pen", "computer"),
        25,
        needs="{prf:ref}`larger-steps`",
        hint=r"$\sign(\lambda_iw_i)=\sign(w_i)$: what does coordinate $i$ know of the others?",
        sketch=r"Nothing: each makes the steps of one-dimensional SAM with its own $\lambda_i$. On a floor each "
        r"looks $\frac{2\rho}{2-\eta\lambda_i}$ off it; add up the pushes.",
        given={"eta": 0.4},
        choices={"eta": (0.2, 0.3, 0.5, 0.6, 0.8)},
        own="the null set of exceptional starts.",
        parts=(
            Number("amplitudes", "the three amplitudes for λ = (1, ½, ¼), η = «eta», ρ = 1", _cube, 2, 3),
            Choice(
                "descends",
                "which function of the curvatures does it descend on a floor, for small η?",
                "trace",
                {
                    "largest eigenvalue": "that is SAM with the round ball, where one direction is excited. Here "
                    "all are.",
                    "determinant": "the pushes of the directions add up.",
                    "smallest eigenvalue": "every direction pushes.",
                },
            ),
        ),
    ),
    Exercise(
        "7.4",
        "ex-momentum-drift",
        _PAGE,
        "How fast momentum drifts",
        ("pen", "computer"),
        30,
        hint=r"It looks at $R_m=a_m+\rho$ on both sides. With momentum, which constant velocity belongs to a "
        "constant push $g$?",
        sketch=r"$v=g+mv$ gives $\frac g{1-m}$, and $g=-\frac\eta2R_m^2h'$ with $R_m=\frac{2(1+m)\rho}{2(1+m)-\eta "
        "h}$.",
        own="the comparison, and the check by simulation.",
        parts=(
            Formula(
                "rate",
                "the drift of y per step, a formula in eta, rho, m, h and dh (dh = h′)",
                lambda eta, rho, m, h, dh: (
                    -eta / (2 * (1 - m)) * (2 * (1 + m) * rho / (2 * (1 + m) - eta * h)) ** 2 * dh
                ),
                {"eta": (0.05, 0.5), "rho": (0.05, 0.5), "m": (0.05, 0.9), "h": (0.5, 2.0), "dh": (-1.0, 1.0)},
                (
                    (
                        "-eta/2*(2*(1+m)*rho/(2*(1+m)-eta*h))**2*dh",
                        "this is one push; a constant push with momentum makes a velocity larger by 1/(1-m).",
                    ),
                    (
                        "-eta/(2*(1-m))*(2*rho/(2-eta*h))**2*dh",
                        "momentum shortens the bounce across: R is smaller than SAM's.",
                    ),
                    (
                        "-eta/(2*(1+m))*(2*(1+m)*rho/(2*(1+m)-eta*h))**2*dh",
                        "1 + m is for pushes that alternate; along the floor they do not.",
                    ),
                ),
                points=2,
            ),
        ),
    ),
    Exercise(
        "7.5",
        "ex-catch",
        _PAGE,
        "Catch the four-cycle",
        ("figure",),
        20,
        hint="Drag the start along the axis and watch whether the strip of the first coordinate repeats after two "
        "steps or after four.",
        sketch="Try many starts at once: `samlib.trajectory` takes an array of them. About which share ends on the "
        "four-cycle?",
        given={"m": 0.25},
        choices={"m": (0.3, 0.35, 0.4, 0.5)},
        own="the values of m that you tried.",
        parts=(
            Test(
                "start",
                "a start w on the axis (λ = 1, η = 0.2, ρ = 1, momentum «m») from which it ends on a four-cycle",
                _four_cycle,
                2,
            ),
            Choice(
                "threshold",
                "is there a threshold for m, from (2, 2), above which no run ends on the two-cycle?",
                "no",
                {"yes": "try 0.55 and 0.75: the two-cycle comes back."},
            ),
        ),
    ),
    Exercise(
        "7.6",
        "ex-four-in-the-plane",
        _PAGE,
        "The four-cycle in the plane",
        ("computer",),
        25,
        hint="Across, position and previous position are multiplied by a 2 × 2 matrix at each step; half a turn "
        "has two lengths, hence two matrices.",
        sketch="Multiply the two, and compare the larger eigenvalue with 1, for κ between 0 and 1.",
        own="the whole set of κ.",
        parts=(
            Number("kappa", "a κ with which the four-cycle repels, for m = ½ and x = 0.2", _repelling),
            Choice(
                "heavy",
                "and for m = 0.9?",
                "it attracts for all of them",
                {
                    "it repels for all of them": "compute the eigenvalues: they lie inside the unit circle.",
                    "as for one half": "compute the eigenvalues also for κ close to 1: they lie inside the unit "
                    "circle.",
                },
            ),
        ),
    ),
    Exercise(
        "7.7",
        "ex-winner",
        _PAGE,
        "Choose the winner",
        ("pen", "computer"),
        20,
        hint=r"With the weights $M$ the axis with the largest $M_i\lambda_i^2/(2-\eta\lambda_i)$ wins.",
        sketch=r"For $\eta=\frac12$ the numbers $\lambda_i^2/(2-\eta\lambda_i)$ are $\frac23$, $\frac17$ and "
        r"$\frac1{30}$; weights undo the ratios.",
        given={"eta": 0.5},
        choices={"eta": (0.25, 0.4, 0.6, 0.75, 1.0)},
        parts=(
            Number(
                "second",
                "weights (M₁ = 1, M₂, M₃) for λ = (1, ½, ¼), η = «eta», with which SAM bounces along e₂, M₂ nearly "
                "as small as possible",
                partial(_winner, 1),
                count=3,
            ),
            Number(
                "third",
                "weights with which it bounces along e₃, M₃ nearly as small as possible",
                partial(_winner, 2),
                count=3,
            ),
            Number("tie", "the weights of a tie", _tie, count=3),
        ),
    ),
)
