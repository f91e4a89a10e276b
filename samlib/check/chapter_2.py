"""Checks for the exercises of chapter 2."""

from typing import Any

import numpy as np

from samlib.check import _formula
from samlib.check._answers import Wrong
from samlib.check._exercise import Choice, Exercise, Formula, Given, Number, Test
from samlib.check._property import Rules, sign, sin
from samlib.check._words import number_words

__all__ = ["EXERCISES"]

_PAGE = "chapters/02-related-work"


def _edge(answer: object, given: Given) -> None:
    """The edge is the positive root of ηh + ηρh²/‖g‖ = 2."""
    rng = np.random.default_rng(2)
    intervals = {"g": (1e-3, 1e3), "eta": (0.05, 2.0), "rho": (0.05, 2.0)}
    points = {name: low * (high / low) ** rng.uniform(size=48) for name, (low, high) in intervals.items()}
    h = _formula.evaluate(answer, points, "edge")
    g, eta, rho = points["g"], points["eta"], points["rho"]
    if not np.isfinite(h).all():
        raise Wrong("edge is not a finite number for every gradient.")
    if (h <= 0).any():
        raise Wrong("edge is a curvature, hence positive: of the two roots take the other one.")
    residual = np.abs(eta * h + eta * rho * h**2 / g - 2)
    if np.allclose(h, 2 / eta):
        raise Wrong("2/η is the edge of gradient descent; SAM's depends on the gradient.")
    worst = int(np.argmax(residual))
    if residual[worst] > 1e-6:
        raise Wrong(
            f"at g = {number_words(g[worst])}, eta = {number_words(eta[worst])}, rho = "
            f"{number_words(rho[worst])} it "
            f"gives {number_words(h[worst])}, and ηh + ηρh²/‖g‖ is then off 2 by "
            f"{number_words(residual[worst])}."
        )


def _small(answer: object, given: Given) -> None:
    """The quotient of the edge and its leading term tends to 1 as g → 0, at the rate √g."""
    g = np.logspace(-14, -6, 9)
    for eta, rho in ((0.2, 1.0), (1.0, 0.3), (0.7, 2.0)):
        leading = _formula.evaluate(answer, {"g": g, "eta": np.full_like(g, eta), "rho": np.full_like(g, rho)}, "small")
        edge = 4 / (eta * (np.sqrt(1 + 8 * rho / (eta * g)) + 1))
        error = np.abs(leading / edge - 1)
        if not np.isfinite(error).all():
            raise Wrong("small is not a positive number for every small gradient.")
        if error[0] > 1e-5:
            slope = np.polyfit(np.log(g), np.log(np.abs(leading)), 1)[0]
            if abs(slope - 0.5) > 0.05:
                raise Wrong(
                    f"small behaves like ‖g‖ to the power {number_words(round(float(slope), 3))}, "
                    "and the edge like its square root."
                )
            raise Wrong(
                f"the power of ‖g‖ is right, but at η = {eta}, ρ = {rho} it is "
                f"{number_words(float(leading[0] / edge[0]))} times the edge as ‖g‖ → 0.",
                share=0.5,
            )


def _rest(x: Any, given: Given) -> Rules:
    """A fixed point of SAM's step on the cosine."""
    yield (
        abs(sin(x)) < 1e-3,
        "there f′ is zero: it is a true stationary point, and SAM does not stop there from x₀ = 1.",
    )
    step = 0.1 * sin(x + given.rho * sign(-sin(x)))
    yield (
        abs(step) > 1e-5,
        f"SAM does not stop there: its next step is {step} long. Let it run longer, or check the sign of the ascent.",
    )
    yield (
        (x <= 0) | (x >= np.pi),
        "it is a point where SAM can stop, but from x₀ = 1 it comes to rest elsewhere.",
        0.5,
    )


def _slope(got: Any, given: Given) -> Rules:
    want = float(-np.sin(given.rho - np.pi))
    off = abs(got - want) >= 1e-4
    yield off & (abs(got + want) < 1e-4), "the sign is the other way: the derivative of the cosine is -sin."
    yield off & (abs(got) < 1e-4), "the derivative vanishes at the perturbed point, not where SAM stops."
    yield off, f"f′ = -sin x is {number_words(want)} where SAM stops, not {got}."


EXERCISES = (
    Exercise(
        "2.1",
        "exercise-sam-edge",
        _PAGE,
        "The edge, by pen",
        ("pen",),
        20,
        hint=r"$h_{edge}$ is the positive root of $\eta h+\eta\rho h^2/\norm g=2$. For small $\norm g$ multiply the "
        "formula by its conjugate, so that nothing cancels.",
        sketch=r"From the equation, $\eta h<2$, and the second term goes to $0$ as $\norm g$ grows. The product "
        r"form $\frac{4}{\eta(\sqrt{1+8\rho/(\eta\norm g)}+1)}$ gives the limit at $0$: the root becomes large.",
        own="the three limits, and what the last one says.",
        parts=(
            Test("edge", r"$h_{edge}$ as a formula in g (the length), eta and rho", _edge),
            Test("small", "its leading term as g → 0, a formula in g, eta and rho", _small),
            Choice(
                "says",
                "what does the last limit say about SAM close to a minimum?",
                "unstable at every curvature",
                {
                    "stable at every curvature": "the edge goes to 0, and a curvature beyond the edge is unstable.",
                    "like gradient descent": "gradient descent has the edge 2/η at every distance.",
                    "stable if rho is small": "however small ρ is, the edge goes to 0 with ‖g‖.",
                },
            ),
        ),
    ),
    Exercise(
        "2.2",
        "exercise-two-saddles",
        _PAGE,
        "Two saddles, two laws, by pen",
        ("pen",),
        20,
        hint=r"On the axis everything is one-dimensional, with the gradient $-2y$. Where does each of the two look?",
        sketch=r"USAM looks at $y-2\rho y$, SAM at $y-\rho\,\sign(y)$. One step multiplies $y$, respectively "
        r"$y-\rho$, by a number: compare it with 1.",
        own="that USAM is caught for $\\rho>\\frac12$, and SAM for $|y_0|<\\rho$.",
        parts=(
            Formula(
                "usam",
                "the next y of USAM, a formula in y, eta and rho",
                lambda y, eta, rho: (1 + 2 * eta * (1 - 2 * rho)) * y,
                {"y": (-2.0, 2.0), "eta": (0.05, 0.5), "rho": (0.1, 1.5)},
                (
                    (
                        "(1 - 2*eta*(1-2*rho))*y",
                        "this is the step for x² along its axis: at a saddle downhill leads away from 0.",
                    ),
                    ("(1 + 2*eta*(1+2*rho))*y", "the ascent goes uphill, and uphill is towards the saddle here."),
                    ("y + 2*eta*(y - rho*sign(y))", "this is SAM: USAM does not divide by the length of the gradient."),
                ),
            ),
            Formula(
                "sam",
                "the next y of SAM, a formula in y, eta and rho",
                lambda y, eta, rho: y + 2 * eta * (y - rho * np.sign(y)),
                {"y": (-2.0, 2.0), "eta": (0.05, 0.5), "rho": (0.1, 1.5)},
                (
                    ("y + 2*eta*(y + rho*sign(y))", "the ascent goes uphill, and uphill is towards the saddle here."),
                    ("y + 2*eta*(y - rho)", "right for y > 0 only: for y < 0 the saddle is on the other side."),
                    ("y - 2*eta*(y - rho*sign(y))", "SAM steps against the gradient, and the gradient along y is -2y."),
                ),
            ),
            Choice(
                "escapes",
                "for small η, when does SAM escape?",
                "distance more than rho",
                {
                    "rho less than 1/2": "that is the law of USAM, a threshold in ρ.",
                    "always": "start at y = ρ/2 and take a step.",
                    "never": "start at y = 2ρ and take a step.",
                },
            ),
        ),
    ),
    Exercise(
        "2.3",
        "exercise-false-minimiser",
        _PAGE,
        "A false minimiser, by code",
        ("computer",),
        15,
        hint=r"$f'(x)=-\sin x$, and the step is $x-\eta f'(x+\rho\,\sign f'(x))$. A few hundred steps are enough.",
        sketch="SAM stops where the derivative vanishes *at the perturbed point*, here in a minimum of the cosine "
        "at $-\\pi$.",
        given={"rho": 4.0},
        choices={"rho": (3.5, 3.7, 3.9, 4.2, 4.4, 4.6)},
        own="the explanation.",
        parts=(
            Number("x", "where SAM stops, for ρ = «rho»", _rest),
            Number("slope", "f′ there", _slope),
        ),
    ),
)
