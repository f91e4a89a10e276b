"""Checks for the exercises of chapter 5."""

from typing import Any

import numpy as np

import samlib
from samlib import drift
from samlib.check import _formula
from samlib.check._answers import Wrong
from samlib.check._exercise import Choice, Exercise, Formula, Given, Number, Test
from samlib.check._property import Rules
from samlib.check._words import number_words

__all__ = ["EXERCISES"]

_PAGE = "chapters/05-drifting-to-wide-minima"
_STEP = {"eta": (0.05, 0.6), "lam": (0.3, 2.0), "rho": (0.1, 1.0)}


def _height(answer: object, given: Given) -> None:
    """The relative error against a step of SAM must vanish with ρ, at η = kρ."""
    for k, lam, mu in ((1.0, 1.0, 0.5), (2.0, 0.7, -0.8), (0.5, 1.5, 1.2)):
        errors = []
        for rho in (1e-2, 1e-3, 1e-4):
            eta = k * rho
            a = eta * rho * lam / (2 - eta * lam)
            after = samlib.SAM(eta, rho).step(samlib.Valley([lam, mu]), [a, 0.0])[1]
            point = {name: np.array([value]) for name, value in {"eta": eta, "lam": lam, "mu": mu, "rho": rho}.items()}
            got = float(_formula.evaluate(answer, point, "height")[0])
            if not np.isfinite(got):
                raise Wrong(f"height is no finite number at eta = {eta:g}, rho = {rho:g}.")
            errors.append(got / float(after))
        if abs(errors[-1] - 1) < 2e-3:
            continue
        limit = errors[-1]
        if abs(limit + 1) < 2e-3:
            raise Wrong("the sign is the other way: SAM goes to where the valley is wider.")
        if abs(limit) < 1e-2:
            raise Wrong("it is too small by a power of ρ: SAM looks at a + ρ off the floor, not at a.")
        if abs(limit) > 1e2:
            raise Wrong("it is too large by a power of ρ: the order is ρ³ at η = kρ.")
        raise Wrong(f"as ρ → 0 it is {number_words(round(limit, 3))} times SAM's next y: look for a factor.", share=0.5)


def _kink(y: Any, given: Given) -> Rules:
    first, second = 2 + y, 1 - 3 * y
    yield (
        abs(first - second) > 0.01,
        f"there the two curvatures across are {first} and {second}; at the kink they are equal.",
    )


def _lost(y: Any, given: Given) -> Rules:
    """The place in the run, and the exact limit of a cubic with the curvature of that place."""
    valley = samlib.Valley([1.0, 0.0, 1.0], skew=2.0)
    path = samlib.trajectory(samlib.SAM(0.2, 0.2), valley, drift.bounce_point(valley, [0.0, 1.5], 0.2, 0.2), 1000)
    want = float(path[int(np.flatnonzero(path[1:, 0] * path[:-1, 0] >= 0)[0]), 1])
    for where, wrong in (("further down", y > want + 0.04), ("earlier", y < want - 0.04)):
        yield (
            wrong,
            f"at y = {y} the signs of x still alternate as they should, or no longer do: look {where}, for the first "
            "cross in the lowest strip.",
        )


def _open(rho: Any, given: Given) -> Rules:
    yield rho <= 0, "ρ must be positive."
    closed = rho >= float(drift.cubic_radius_limit(1.0, 0.2, 2.0))
    words = "the window has to stay open down to y = 0, where the curvature is 1"
    yield (
        closed & (rho <= 0.09),
        f"{words}: the leading term ρ* allows it, but the exact limit is a little lower.",
        0.5,
    )
    yield closed, f"{words}: it is too large."


EXERCISES = (
    Exercise(
        "5.1",
        "ex-valley-by-hand",
        _PAGE,
        "The drift in a valley, exactly",
        ("pen",),
        30,
        needs="{prf:ref}`theorem-21`",
        hint=r"SAM looks at $(a+\rho\cos\varphi,\rho\sin\varphi)$ with a tiny $\varphi$. What is $\partial_y\ell$ "
        "there?",
        sketch=r"$\tan\varphi=\frac{\mu a}{2\lambda}$ is of order $\rho^2$, so SAM looks at $(R,0)$ up to "
        r"$O(\rho^3)$, with $R=a+\rho$, and $\partial_y\ell=\frac12\mu R^2$. For $B_3$ maximise $3\mu u_1^2u_2$ on "
        "the sphere.",
        own="which part of the remainder you see.",
        parts=(
            Test("height", r"$y_{t+1}$ to leading order, a formula in eta, lam, mu and rho", _height, 2),
            Formula(
                "B3",
                r"$B_3$, the largest third derivative along a unit vector, a formula in mu",
                lambda mu: 2 / np.sqrt(3) * np.abs(mu),
                {"mu": (-2.0, 2.0)},
                (
                    ("abs(mu)", "the largest value is not along an axis: maximise 3μu₁²u₂ over u₁² + u₂² = 1."),
                    ("3*abs(mu)", "u₁ and u₂ cannot both be 1: u₁² + u₂² = 1."),
                    ("2/sqrt(3)*mu", "a bound is not negative: take |μ|."),
                ),
            ),
            Formula(
                "B4",
                r"$B_4$, a formula in mu",
                lambda mu: 0 * mu,
                {"mu": (-2.0, 2.0)},
                (("mu", "ℓ is a polynomial of degree three."),),
            ),
        ),
    ),
    Exercise(
        "5.2",
        "ex-two-valleys",
        _PAGE,
        "Which eigenvalue?",
        ("computer",),
        20,
        needs="{prf:ref}`theorem-21`",
        hint="`samlib.SymbolicLoss` makes the loss from its formula and `samlib.drift.bounce_point` gives the "
        "start; nudge $x_2$ by $10^{-6}$.",
        sketch="At $y=0$ the larger curvature is $2+y$, and the trace is $3-2y$: they point in opposite "
        "directions. Where are $2+y$ and $1-3y$ equal?",
        own="what happens after the kink.",
        parts=(
            Choice(
                "direction",
                "in which direction does y move at first?",
                "smaller",
                {
                    "larger": "that would lower the trace; follow a run.",
                    "nowhere": "λ_max = 2 + y has a slope along the floor.",
                },
            ),
            Choice(
                "follows",
                "what does SAM follow?",
                "largest eigenvalue",
                {
                    "trace": "the trace falls as y grows, and SAM moves the other way.",
                    "determinant": "(2+y)(1-3y) falls as y grows from 0.",
                    "smallest eigenvalue": "x₂ is not excited: the bounce is along the sharpest direction.",
                },
            ),
            Number("kink", "the y of the kink", _kink),
        ),
    ),
    Exercise(
        "5.3",
        "ex-two-steps",
        _PAGE,
        "Two steps",
        ("pen",),
        20,
        needs="{prf:ref}`theorem-21`",
        hint="Which of the three terms of the theorem changes its sign with $s_t$?",
        sketch=r"Only the bounce. Two equal drifts $-\frac{2\eta\rho^2}{(2-\eta\lambda_1)^2}\nabla\lambda_{max}$ "
        "remain.",
        own="the difference from two steps in a row.",
        parts=(
            Formula(
                "coefficient",
                r"the number in front of $\nabla\lambda_{max}$ in the sum, a formula in eta, lam and rho",
                lambda eta, lam, rho: -4 * eta * rho**2 / (2 - eta * lam) ** 2,
                _STEP,
                (
                    ("-2*eta*rho**2/(2-eta*lam)**2", "this is the drift of one of the two steps."),
                    ("-eta*rho**2/2", "this is the drift of one step as η → 0."),
                    ("-4*eta*rho**2/(2-eta*lam)", "the distance R = 2ρ/(2-ηλ) enters squared."),
                ),
            ),
            Choice(
                "composes",
                "where do the one-step drifts add up over many steps?",
                "along a floor",
                {
                    "at an isolated minimum": "a shift across turns the ascent, and the step, by as much as the drift.",
                    "everywhere": "a shift across turns the ascent if λᵢ > 0, and the step by as much as the drift.",
                    "nowhere": "where λᵢ = 0 a shift does not turn the ascent.",
                },
            ),
        ),
    ),
    Exercise(
        "5.4",
        "ex-window-figure",
        _PAGE,
        "The end of the window",
        ("figure",),
        20,
        needs="{prf:ref}`theorem-21`",
        hint="In the lowest strip of the figure a cross marks a step without alternation; the status line gives its y.",
        sketch=r"The alternation ends where $\rho$ exceeds the limit for the curvature of the place, $1+y^2$. At "
        r"$y=0$ it is about $\frac{\eta(2-\eta)}{2\cdot2}$.",
        own="the comparison with ρ*.",
        parts=(
            Number("y", "the y at which the alternation is lost, in the setting “Out of the window”", _lost),
            Choice(
                "eta",
                "is there a step size with which SAM comes to y = 0 at the original ρ = 0.2?",
                "no",
                {"yes": "at y = 0 it takes η ≥ 0.55, and the start at y = 1.5, with λ₁ = 3.25, allows only η < 0.31."},
            ),
            Number("radius", "a ρ with which it does at the original η = 0.2", _open),
        ),
    ),
)
