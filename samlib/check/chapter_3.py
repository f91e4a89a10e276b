"""Checks for the exercises of chapter 3."""

from typing import Any

import numpy as np

import samlib
from samlib import constants
from samlib.check._answers import Wrong, call, close, function, number
from samlib.check._exercise import Choice, Exercise, Formula, Given, Number, Test
from samlib.check._property import Rules, floor
from samlib.check._words import number_words

__all__ = ["EXERCISES"]

_PAGE = "chapters/03-bouncing-across-ravines"


def _loss_rises(count: Any, given: Given) -> Rules:
    yield (
        (count != floor(count)) | (count < 0) | (count > 1000),
        "loss is a number of runs, between 0 and 1000.",
    )
    yield (
        count == 0,
        "in no run? Near the minimum the gradient vanishes, but SAM's step does not: look at one run's losses.",
    )
    yield (
        count < 980,
        f"more than {count} of a thousand: count a run as soon as its loss rises at any of the 60 steps.",
        0.25,
    )


def _potential_rises(count: Any, given: Given) -> Rules:
    yield (
        count != 0,
        f"you found {count} runs, and Lemma 10 allows none: J is a function of uₜ = (-1)ᵗwₜ, not of wₜ, and "
        "differences below 10⁻¹² are rounding.",
    )


def _potential(answer: object, given: Given) -> None:
    """A potential is right if a step of SAM, with signs flipped, is a gradient step of ηρ on it."""
    potential = function(answer, "J")
    eta, rho, lam = 0.2, 1.0, np.array([1.0, 0.5])
    sam, loss, step = samlib.SAM(eta, rho), samlib.Quadratic(lam), 1e-5
    for u in np.random.default_rng(3).uniform(-2, 2, size=(12, 2)):
        slope = [
            number(call(potential, u + step * e), "J(u)") - number(call(potential, u - step * e), "J(u)")
            for e in np.eye(2)
        ]
        gradient = np.array(slope) / (2 * step)
        want = (u + sam.step(loss, u)) / (eta * rho)
        if close(gradient, want, 1e-4, 1e-5):
            continue
        if close(gradient, lam * u, 1e-4, 1e-5):
            raise Wrong("this is the loss; SAM is no gradient descent on it.")
        if close(-gradient, want, 1e-4, 1e-5):
            raise Wrong("the sign is the other way: SAM goes down on J, not up.")
        scale = float(gradient @ want / (want @ want))
        if close(gradient, scale * want, 1e-4, 1e-5):
            raise Wrong(f"its gradient is {number_words(scale)} times the right one: look for a factor.", share=0.5)
        raise Wrong(
            f"at u = {np.round(u, 3).tolist()} the step u - ηρ∇J(u) with your J is not SAM's step with its "
            "sign flipped: "
            f"it is off by {number_words(float(np.linalg.norm(gradient - want)) * eta * rho)}."
        )


def _factor(got: Any, given: Given) -> Rules:
    """Measured from a small transverse deviation of the bounce."""
    small = 1e-6
    want = float(samlib.SAM(1.0, 1.0).step(samlib.Quadratic([1.0, given.lam2]), [1.0, small])[1] / small)
    off = abs(abs(got) - abs(want)) >= 2e-3
    yield (
        off & (abs(abs(got) - (1 - given.lam2)) < 2e-3),
        "this is gradient descent's factor, 1 - ηλ₂: SAM looks ρ further, which adds ηρλ₂²/‖Λw‖.",
    )
    yield (
        off,
        f"a small w₂ is multiplied by {number_words(round(want, 4))} (or its size) in a step on the bounce, by "
        "simulation.",
    )


def _fastest(z: Any, given: Given) -> Rules:
    yield (z <= 0) | (z >= 1), "fastest is λ₂, between 0 and λ₁ = 1."
    factor = constants.next_factor(z, 1.0, 1.0, 1.0)  # beside the bounce, whose gradient has the length 1
    yield (
        abs(factor) > 0.02,
        f"with this λ₂ a small w₂ is still multiplied by {factor} in each step; for the fastest it is multiplied by 0.",
    )


EXERCISES = (
    Exercise(
        "3.1",
        "ex-one-dimension-completely",
        _PAGE,
        "One dimension, completely",
        ("pen",),
        30,
        hint=r"Follow the length $r=\lambda|w|$ alone. What does a step do to it when $r>\gamma$, and when $r<\gamma$?",
        sketch=r"For $r>\gamma$ the length falls by at least $b$, so this ends. For $0<r<\gamma$ the sign changes "
        r"and the next length is again below $\gamma$. In terms of $|w|$ that is an affine map with the fixed point "
        "$a$.",
        own="that the sign alternates from some time on, and that the exceptional starts are countable.",
        parts=(
            Formula(
                "length",
                r"$|w_{t+1}|$ once the sign alternates, a formula in s = |w_t|, eta, lam and rho (ηλ < 1)",
                lambda s, eta, lam, rho: eta * rho * lam - (1 - eta * lam) * s,
                {"s": (0.0, 3.0), "eta": (0.05, 0.9), "lam": (0.3, 2.0), "rho": (0.2, 2.0)},
                (
                    (
                        "eta*rho*lam + (1-eta*lam)*s",
                        "the ascent overshoots by ηρλ, from which what is left of |w| has to be subtracted.",
                    ),
                    (
                        "(1-eta*lam)*s - eta*rho*lam",
                        "this is the next w for w > 0, which is negative; its length is wanted.",
                    ),
                    ("(1-eta*lam)*s", "this is gradient descent, ρ = 0."),
                ),
                lambda s, eta, lam, rho: (eta * lam < 0.95) & ((1 - eta * lam) * s < eta * rho * lam),
            ),
            Choice(
                "larger",
                "what is different for 1 < ηλ < 2?",
                "alternates from the start",
                {
                    "never alternates": "1 - ηλ is negative, and so is the pull of the ascent: each step changes "
                    "the sign.",
                    "diverges": "the distance to a is multiplied by ηλ - 1, which is less than 1.",
                    "nothing": "for ηλ < 1 the sign may stay for a while, and |w| - a alternates. What about ηλ > 1?",
                },
            ),
        ),
    ),
    Exercise(
        "3.2",
        "ex-rise",
        _PAGE,
        "The loss may rise, the potential may not",
        ("computer",),
        20,
        needs="{prf:ref}`lemma-10`",
        hint="`samlib.trajectory` gives a run, `loss.value` its losses, `samlib.QuadraticSAM.potential` its J; the "
        "latter wants $u_t=(-1)^tw_t$, see `samlib.flip_signs`.",
        sketch="`np.diff(values, axis=1) > 1e-12` marks the steps that rise; `.any(axis=1).sum()` counts the runs.",
        own="what the same says at η = 1.9.",
        parts=(
            Number("loss", "in how many of the 1000 runs does the loss rise at some step?", _loss_rises),
            Number("potential", "in how many does J(uₜ)?", _potential_rises),
            Test(
                "J",
                "the potential as a function J(u) of one point u, an array of 2 numbers, for λ = (1, ½), η = 0.2, "
                "ρ = 1",
                _potential,
                2,
            ),
        ),
    ),
    Exercise(
        "3.3",
        "ex-no-memory",
        _PAGE,
        "A step size without memory",
        ("figure", "pen"),
        15,
        hint=r"At $\eta\lambda_1=1$ the error of $|w_1|$ is not carried on to the next step. Look at $w_2$.",
        sketch=r"Close to the bounce $w_2$ is multiplied by $1-xz-z^2(2-x)$ with $x=\eta\lambda_1=1$ and "
        r"$z=\lambda_2/\lambda_1$. Where is that zero?",
        given={"lam2": 0.5},
        choices={"lam2": (0.2, 0.3, 0.4, 0.7, 0.8, 0.9)},
        own="the number of steps that you see.",
        parts=(
            Number(
                "factor",
                "the number by which a step multiplies a small w₂ on the bounce, for λ₁ = η = 1, λ₂ = «lam2»",
                _factor,
            ),
            Number(
                "fastest", "the λ₂ with which the transverse direction converges fastest at this step size", _fastest
            ),
        ),
    ),
    Exercise(
        "3.4",
        "ex-sharp",
        _PAGE,
        "The limit is sharp",
        ("pen",),
        20,
        needs="{prf:ref}`larger-steps`",
        hint="By which number is the first coordinate of $u$ multiplied in a step?",
        sketch=r"By $\eta\lambda_1-1+\eta\rho\lambda_1^2/r$, which is more than $\eta\lambda_1-1\ge1$. In the proof "
        r"look for the place where $2-\eta\lambda_1$ has to be positive.",
        own="the growth.",
        parts=(
            Formula(
                "multiplier",
                "the number by which a step multiplies $u_{t,1}$, a formula in eta, lam, rho and r = ‖Λuₜ‖",
                lambda eta, lam, rho, r: eta * lam - 1 + eta * rho * lam**2 / r,
                {"eta": (0.5, 3.0), "lam": (0.5, 3.0), "rho": (0.2, 2.0), "r": (0.2, 5.0)},
                (
                    ("1 - eta*lam - eta*rho*lam**2/r", "this is the number for w; u changes its sign at every step."),
                    ("eta*lam - 1 + eta*rho*lam/r", "the ascent is ρλw/‖Λw‖, and its gradient has one more factor λ."),
                    (
                        "eta*lam - 1 - eta*rho*lam**2/r",
                        "the ascent enlarges the step: look at the sign of the last term.",
                    ),
                ),
            ),
            Choice(
                "breaks",
                "where does the proof of the proposition on larger steps break?",
                "sublevel sets are unbounded",
                {
                    "J increases": "J still goes down at every step, as Lemma 10's equation holds for every η.",
                    "J has no critical point": "it has fewer, but that is not what the proof needs first.",
                    "the identity is false": "Lemma 10's equation is an identity and holds for every η.",
                },
            ),
        ),
    ),
)
