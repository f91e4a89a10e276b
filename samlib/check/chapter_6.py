"""Checks for the exercises of chapter 6."""

from typing import Any

import numpy as np

import samlib
from samlib import drift
from samlib.check import _formula
from samlib.check._answers import Wrong, call, close, function, vector
from samlib.check._exercise import Choice, Exercise, Formula, Given, Number, Test
from samlib.check._property import Rules, sqrt
from samlib.check._words import number_words

__all__ = ["EXERCISES"]

_PAGE = "chapters/06-simulations"
_RADII = (0.801, 0.81, 0.9, 1.0)


def _hessian(answer: object, given: Given) -> None:
    """By differences of the ravine's gradient."""
    hessian, ravine, step = function(answer, "hessian"), samlib.FlatteningRavine(), 1e-6
    for height in (0.0, 0.7, -1.3, 2.0):
        point = np.array([1 + height**2 / 2, height])
        want = np.array(
            [(ravine.gradient(point + step * e) - ravine.gradient(point - step * e)) / (2 * step) for e in np.eye(2)]
        )
        got = vector(call(hessian, height), (2, 2), f"the value of hessian({height})")
        if close(got, want, 1e-5, 1e-6):
            continue
        tangent = got @ np.array([height, 1.0])
        if np.abs(tangent).max() > 1e-6:
            raise Wrong(
                f"at w₂ = {height} it does not send the tangent (w₂, 1) to 0, although the gradient is constant "
                "along the curve."
            )
        raise Wrong(
            f"at w₂ = {height} it kills the tangent, but its entry at (1, 1) is {number_words(got[0, 0])} and "
            f"differences give {number_words(want[0, 0])}.",
            share=0.5,
        )


def _cycle_heights(heights: Any, given: Given) -> Rules:
    """A step from (η, c) must lead to (-η, c)."""
    eta, all_zero = 0.2, heights[0] == 0
    for one in heights[1:]:
        all_zero = all_zero & (one == 0)
    yield all_zero, "c = 0 is the bounce at the minimum; the cycle that is born has c > 0."
    for rho, height in zip(_RADII, heights, strict=True):
        c = abs(height)
        x, y = _ravine_step(eta, c, eta, rho)
        off = (c < 1e-3) | (abs(y - c) > 2e-4 * c) | (abs(x + eta) > 1e-3)
        root = float(np.sqrt(2 * (rho - 0.8) / ((1 + rho * 2.4) ** 2 + rho * 2.4**2)))
        yield (
            off & (abs(c / root - 1) < 1e-3),
            f"at ρ = {rho} this is the square root, not the exact c: a step from (η, c) misses (-η, c).",
            0.25,
        )
        yield (
            off,
            f"at ρ = {rho} a step of SAM from (0.2, {c}) leads to ({x}, {y}), and on the cycle to (-0.2, {c}).",
        )


def _ravine_gradient(x: Any, y: Any) -> tuple[Any, Any]:
    """As samlib.FlatteningRavine.gradient, for a number that is not known yet."""
    ratio = x / (1 + 0.5 * y * y)
    return 2 * ratio, y * (1 - ratio * ratio)


def _ravine_step(x: Any, y: Any, eta: float, rho: float) -> tuple[Any, Any]:
    """SAM's step in the ravine."""
    right, up = _ravine_gradient(x, y)
    length = sqrt(right * right + up * up)
    right, up = _ravine_gradient(x + rho * right / length, y + rho * up / length)
    return x - eta * right, y - eta * up


def _birth(answer: object, given: Given) -> None:
    """The quotient with the exact height tends to 1 as ρ falls to 1 - η, linearly in the distance."""
    for eta in (0.2, 0.4, 0.6):
        away = np.array([1e-3, 1e-4, 1e-5])
        rho = 1 - eta + away
        got = _formula.evaluate(answer, {"eta": np.full(3, eta), "rho": rho}, "root")
        exact = np.array([drift.ravine_cycle(eta, one)[0, 1] for one in rho])
        if not np.isfinite(got).all():
            raise Wrong("root is not a real number for ρ just above 1 - η.")
        ratio = got / exact
        if abs(ratio[-1] - 1) > 1e-3:
            slope = np.polyfit(np.log(away), np.log(np.abs(got) + 1e-300), 1)[0]
            if abs(slope - 0.5) > 0.05:
                raise Wrong(
                    "close to the birth it behaves like (ρ-1+η) to the power "
                    f"{number_words(round(float(slope), 2))}; the cycle's c "
                    "like its square root."
                )
            raise Wrong(
                f"the power is right, but for η = {eta} it is {number_words(float(ratio[-1]))} times the "
                "exact c as ρ → 1-η.",
                share=0.5,
            )


def _flat_threshold(rho: Any, given: Given) -> Rules:
    yield (rho <= 0) | (rho >= 100), "threshold is a ρ > 0, and not a large one."
    # the first entry of samlib.drift.step_jacobian at (0, c): SAM looks at (w₁ + ρ·2w₁/(mc), c + ρ)
    c = given.eta * rho / (2 - given.eta)
    here, there = 1 + 0.5 * c * c, 1 + 0.5 * (c + rho) * (c + rho)
    factor = 1 - 2 * given.eta / there * (1 + 2 * rho / (here * c))
    for side, wrong in (("too small", factor < -1.01), ("too large", factor > -0.99)):
        yield (
            wrong,
            f"with ρ = {rho} a small w₁ is multiplied by {factor} in a step, and at the threshold by -1: ρ is {side}.",
        )


def _sigma(sigma: Any, given: Given) -> Rules:
    """The prediction: the variances of the two coordinates near the minimum, where ℓ ≈ w₁² + ½w₂²."""
    yield sigma <= 0, "σ must be positive."
    loss = float(samlib.FlatteningRavine().value(drift.ravine_cycle(0.2, 1.0)[0]))
    predicted = 0.04 * sigma * sigma * (1 / 0.64 + 0.5 / 0.36)
    off = abs(predicted / loss - 1) > 0.1
    words = (
        f"with this σ the variances near the minimum give the mean loss {predicted}, and SAM's is "
        f"{number_words(round(loss, 4))}."
    )
    yield off & (abs(sigma - 0.133) < 0.006), f"{words} Is it ησ? Divide by η."
    yield off, words


EXERCISES = (
    Exercise(
        "6.1",
        "ex-ravine-parabola",
        _PAGE,
        "The parabola",
        ("pen",),
        25,
        needs="{prf:ref}`ravine-cycle`",
        hint="If the gradient does not change along a curve, what does the Hessian do to the curve's tangent?",
        sketch="The tangent is $(w_2,1)$, so the Hessian has rank one and is a multiple of "
        r"$(1,-w_2)^\top(1,-w_2)$; its first entry is $\frac2m$. A step's derivative is $I-\eta\nabla^2\ell(\tilde "
        "w)A$.",
        own="the eigenvalue 1 of the derivative.",
        parts=(
            Test(
                "hessian",
                r"a function hessian(w2) that gives $\nabla^2\ell$ at the point of the parabola with this height, a "
                "2 × 2 array",
                _hessian,
                2,
            ),
            Choice(
                "attracts",
                "why does the cycle attract nevertheless?",
                "two steps are a product of two different matrices",
                {
                    "the other eigenvalue is small": "one step alone decides nothing: the cycle takes two.",
                    "it does not": "follow a run that starts close to it.",
                    "the second derivative": "the multipliers of two steps lie inside the unit circle: the linear "
                    "part decides.",
                },
            ),
        ),
    ),
    Exercise(
        "6.2",
        "ex-ravine-momentum",
        _PAGE,
        "Momentum",
        ("pen", "figure"),
        15,
        hint=r"On a two-cycle $w_{t+1}-w_t=-(w_t-w_{t-1})$.",
        sketch=r"Along the first axis: $-2x=-2\eta+2mx$, because SAM's gradient on the parabola is $(2,0)$.",
        own="what you see in the race.",
        parts=(
            Formula(
                "x",
                "x as a formula in eta and m",
                lambda eta, m: eta / (1 + m),
                {"eta": (0.05, 0.9), "m": (0.05, 0.95)},
                (
                    (
                        "eta/(1-m)",
                        "that is the velocity under a constant push; here the pushes alternate, and momentum brakes.",
                    ),
                    ("eta", "that is SAM without momentum."),
                    ("eta*(1+m)", "solve -2x = -2η + 2mx for x."),
                ),
            ),
        ),
    ),
    Exercise(
        "6.3",
        "ex-ravine-birth",
        _PAGE,
        "How the cycle is born",
        ("pen", "computer"),
        30,
        needs="{prf:ref}`ravine-cycle`",
        hint=r"For small $c$ the angle is $\theta\approx kc$ with $k=\frac{1-\eta^2}{2\eta}$. Expand both sides up "
        "to $c^2$.",
        sketch=r"$\eta+\rho-\frac12\rho k^2c^2=1+\frac12(1+\rho k)^2c^2$; solve for $c$. The exact $c$ is in "
        "`samlib.drift.ravine_cycle`.",
        own="the expansion.",
        parts=(
            Number(
                "exact", "the exact c at ρ = 0.801, 0.81, 0.9 and 1, for η = 0.2; four numbers", _cycle_heights, 2, 4
            ),
            Test("root", "a formula in eta and rho for c just above the birth", _birth),
        ),
    ),
    Exercise(
        "6.4",
        "ex-flat-bounce",
        _PAGE,
        "Bouncing along the flat direction",
        ("computer",),
        20,
        needs="{prf:ref}`ravine-cycle`",
        hint=r"`samlib.drift.step_jacobian` at $(0,\frac{\eta\rho}{2-\eta})$: its first entry multiplies a small "
        "$w_1$.",
        sketch=r"The factor is $1-\frac2M\bigl(\eta+\frac{2(2-\eta)}m\bigr)$; where is it $-1$? "
        "`scipy.optimize.brentq` finds the root.",
        given={"eta": 0.2},
        choices={"eta": (0.1, 0.15, 0.25, 0.3, 0.35)},
        own="why.",
        parts=(
            Number(
                "threshold",
                "the ρ above which the bounce along the flat direction attracts, for η = «eta»",
                _flat_threshold,
                2,
            ),
        ),
    ),
    Exercise(
        "6.5",
        "ex-ravine-noise",
        _PAGE,
        "A fair comparison with noise",
        ("figure", "computer"),
        25,
        hint=r"Near the minimum each coordinate of SGD is $w\leftarrow(1-\eta\lambda)w+\eta\sigma\xi$. What is its "
        "variance in the long run?",
        sketch=r"$\eta^2\sigma^2/(1-(1-\eta\lambda)^2)$, with $\lambda=2$ and $1$. Put them into "
        r"$w_1^2+\frac12w_2^2$ and set this equal to the loss on the cycle.",
        own="the measured mean loss.",
        parts=(
            Number("sigma", "the σ that you predict, for η = 0.2 and SAM with ρ = 1", _sigma, 2),
            Choice(
                "flatter",
                "which of the two is then at the less sharp place of the floor, on average?",
                "SGD",
                {
                    "SAM": "by a little, it is the other: compare the mean sharpness of the floor along both runs.",
                    "equal": "the means differ, by a little: compare the sharpness of the floor along both runs.",
                },
            ),
        ),
    ),
)
