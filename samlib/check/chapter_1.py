"""Checks for the exercises of chapter 1."""

from collections.abc import Callable
from typing import Any

import numpy as np

from samlib import constants
from samlib.check._answers import Wrong, call, close, function, vector
from samlib.check._exercise import Choice, Exercise, Formula, Given, Number, Test
from samlib.check._property import Rules, larger, smaller, sqrt
from samlib.check._words import number_words

__all__ = ["EXERCISES"]

_PAGE = "chapters/01-introduction"


def _dropped(answer: object, given: Given) -> None:
    """The gradient of w ↦ ℓ(w + ε*(w)) by differences, less what SAM keeps, is the dropped term."""
    dropped = function(answer, "dropped")
    rng = np.random.default_rng(1)
    for dimension in (2, 3, 2, 3):
        matrix = rng.normal(size=(dimension, dimension))
        hessian, w, rho = matrix @ matrix.T + 0.2 * np.eye(dimension), rng.normal(size=dimension), rng.uniform(0.3, 1.2)

        def seen(point: np.ndarray, hessian: np.ndarray = hessian, rho: float = rho) -> np.ndarray:
            gradient = hessian @ point
            return np.asarray(point + rho * gradient / np.linalg.norm(gradient))

        def raised(
            point: np.ndarray, hessian: np.ndarray = hessian, seen: Callable[[np.ndarray], np.ndarray] = seen
        ) -> float:
            return float(0.5 * seen(point) @ hessian @ seen(point))

        step = 1e-5
        whole = np.array([(raised(w + step * e) - raised(w - step * e)) / (2 * step) for e in np.eye(dimension)])
        want = whole - hessian @ seen(w)
        got = vector(call(dropped, hessian, w, rho), (dimension,), "the value of dropped(H, w, rho)")
        if close(got, want, 1e-4, 1e-6):
            continue
        gradient = hessian @ w
        unprojected = rho**2 * hessian @ hessian @ gradient / (gradient @ gradient)
        if close(got, unprojected, 1e-6):
            raise Wrong(
                "the direction g/‖g‖ has length 1 and can only turn: a projection is missing in its derivative."
            )
        if close(got, hessian @ seen(w), 1e-6):
            raise Wrong("this is the part that SAM keeps, the gradient at the perturbed point.")
        ratio = float(got @ want / (want @ want))
        if close(got, ratio * want, 1e-4, 1e-6):
            raise Wrong(
                f"its direction is right, and its length is {number_words(ratio)} times the right one at "
                f"ρ = {number_words(rho)}: look at the powers of ρ and ‖g‖.",
                share=0.5,
            )
        raise Wrong(
            "it is not the gradient of ℓ(w + ε*(w)), by differences, less the gradient at the perturbed point: at "
            f"H = {np.round(hessian, 3).tolist()}, w = {np.round(w, 3).tolist()}, ρ = {number_words(rho)} it is off by "
            f"{number_words(float(np.linalg.norm(got - want)))}."
        )


def _amplitudes(given_numbers: Any, given: Given) -> Rules:
    """Each number must be a two-cycle: a step of SAM from a leads to -a."""
    negative, positive = given_numbers[0] < 0, given_numbers[0] > 0
    for one in given_numbers[1:]:
        negative, positive = negative & (one < 0), positive & (one > 0)
    yield (
        ~(negative | positive),
        "amplitudes are distances from the minimum, |w₄₀₀|, hence positive: take absolute values.",
    )
    right: Any = 0.0
    wrong: list[tuple[Any, ...]] = []
    for x, one in zip((0.1, 0.5, 1.0, 1.5, 1.9), given_numbers, strict=True):
        eta, a = x / given.lam, abs(one)  # all negative: the other ends of the bounces
        misses = abs(a - eta * given.lam * (a + given.rho) + a)
        off = misses > 1e-5 * (given.rho + a)
        right, wrong = right + ~off, [*wrong, (eta, a, misses, off)]
    for eta, a, misses, off in wrong:
        words = f"from w = {a} a step with η = {number_words(eta)} does not lead to -w: it misses by {misses}"
        yield off & (misses < 0.02 * a), f"{words}; it is close, but 400 steps come closer.", 0.1 * right
        yield off, f"{words}.", 0.1 * right


def _equal(eta: Any, given: Given) -> Rules:
    yield eta <= 0, "equal is a step size, hence positive."
    after = given.rho - eta * given.lam * (given.rho + given.rho)
    for longer, wrong in (("longer", after < -1.001 * given.rho), ("shorter", after > -0.999 * given.rho)):
        yield (
            wrong,
            f"with this η a step from w = ρ leads to {after}, and a bounce of amplitude ρ would lead to "
            f"-ρ = {number_words(-given.rho)}: the bounce of this η is {longer} than ρ.",
        )


_OVERSHOOT = {"eigenvalues": (1.0, 0.3), "eta": 0.7, "rho": 0.6}


def _start(w: Any, given: Given) -> Rules:
    yield (w[0] == 0) | (w[1] == 0), "a start on an axis has a coordinate 0, which has no sign to keep or to change."
    lam = given.eigenvalues
    length = sqrt(lam[0] * w[0] * lam[0] * w[0] + lam[1] * w[1] * lam[1] * w[1])
    first, second = (constants.next_factor(one, given.eta, given.rho, length) for one in lam)
    yield first > 0, "from there w₁ keeps its sign: the start is too far out.", 0.25
    yield second <= 0, "from there w₂ changes its sign as well: the start is too close to the minimum.", 0.25


def _edges(lengths: Any, given: Given) -> Rules:
    """On the inner edge w₂ lands on 0, on the outer edge w₁ does, in whatever direction."""
    inner, outer = smaller(*lengths), larger(*lengths)
    yield inner <= 0, "the edges are lengths ‖Λw‖, hence positive."
    for length, axis, name in ((inner, 1, "inner"), (outer, 0, "outer")):
        landing, other = (
            constants.next_factor(given.eigenvalues[i], given.eta, given.rho, length) for i in (axis, 1 - axis)
        )
        words = (
            f"a start with ‖Λw‖ = {length} is not on the {name} edge: w_{axis + 1} does not land on 0, but on "
            f"{landing} times its old value."
        )
        yield (abs(landing) > 5e-3) & (abs(other) > 5e-3), f"{words} Did you take w for Λw?"
        yield abs(landing) > 5e-3, words


EXERCISES = (
    Exercise(
        "1.1",
        "exercise-sharpness-parabola",
        _PAGE,
        "By pen: the sharpness of a parabola",
        ("pen",),
        10,
        hint="A parabola is highest at one of the two ends of the interval. At which?",
        sketch=r"Put $\epsilon=\rho\,\sign(w)$ into $\frac12\lambda(w+\epsilon)^2-\frac12\lambda w^2$ and expand. "
        "The term without $w$ is what the linearisation misses.",
        parts=(
            Formula(
                "sharpness",
                r"the exact sharpness, a formula in lam, rho and w",
                lambda lam, rho, w: lam * rho * np.abs(w) + lam * rho**2 / 2,
                {"lam": (0.2, 3.0), "rho": (0.1, 2.0), "w": (-2.0, 2.0)},
                (
                    ("lam*rho*abs(w)", "this is the linearisation: the curvature term is missing."),
                    (
                        "lam*(abs(w)+rho)**2/2",
                        "this is the loss at the highest point; its value at w has to be subtracted.",
                    ),
                    (
                        "lam*rho*w + lam*rho**2/2",
                        "right for w > 0 only: to the left of the minimum uphill is the other way.",
                    ),
                ),
            ),
            Choice(
                "value",
                "where is the linearised value the true one?",
                "nowhere",
                {
                    "everywhere": "everywhere is where the linearised maximiser is right; its value misses ½λρ².",
                    "minimum only": "at the minimum the linearisation says 0, and the sharpness is ½λρ².",
                    "far away": "far away the relative error is small, but the difference is ½λρ² there too.",
                },
            ),
        ),
    ),
    Exercise(
        "1.2",
        "exercise-dropped-term",
        _PAGE,
        "By pen: the term that SAM drops",
        ("pen",),
        25,
        needs="the chain rule in several variables",
        hint=r"How does the unit vector $g/\norm g$ change when $g$ changes? It cannot become longer.",
        sketch=r"$D\epsilon^*(w)=\frac\rho{\norm g}\bigl(I-\frac{gg^\top}{\norm g^2}\bigr)H$. Multiply its "
        r"transpose by the gradient at the perturbed point, $g+\rho Hg/\norm g$; the projection kills $g$.",
        own="the derivation.",
        parts=(
            Test(
                "dropped",
                r"a function dropped(H, w, rho) that computes the dropped term for any loss $\frac12w^\top Hw$",
                _dropped,
                2,
            ),
            Choice(
                "vanishes",
                "when is the dropped term zero?",
                "g is an eigenvector",
                {
                    "w is small": "the term grows like 1/‖g‖ along a fixed direction.",
                    "rho is small": "it becomes small of second order in ρ, but not zero.",
                    "never": "take g along an axis: what is left of Hg after the projection?",
                },
            ),
        ),
    ),
    Exercise(
        "1.3",
        "exercise-amplitude-sweep",
        _PAGE,
        "By code: the amplitude, swept",
        ("computer",),
        15,
        hint="One call: `samlib.final_state(samlib.SAM(eta=etas, rho=1.0), loss, starts, steps=400)`, with a start "
        "for each of the step sizes.",
        sketch=r"On the bounce a step leads from $a$ to $-a$, so $a=\frac{\eta\rho\lambda}{2-\eta\lambda}$. Set it "
        r"equal to $\rho$. For $\eta\lambda>2$ the equation has no positive solution.",
        given={"lam": 1.0, "rho": 1.0},
        choices={"lam": (0.8, 1.25, 1.6, 2.0, 2.5), "rho": (0.4, 0.45, 0.7, 1.3, 1.7)},
        parts=(
            Number(
                "amplitudes",
                "the five $|w_{400}|$ for ηλ = 0.1, 0.5, 1, 1.5, 1.9, with λ = «lam», ρ = «rho» and the start 2",
                _amplitudes,
                points=2,
                count=5,
            ),
            Number("equal", "the step size η at which the amplitude is ρ, with λ = «lam»", _equal),
            Choice(
                "beyond",
                "what happens at ηλ = 2.1?",
                "diverges",
                {
                    "two-cycle": "the formula for the amplitude is negative beyond 2: try it.",
                    "converges to 0": "the distance grows by ηλ - 1 > 1 at least at every step: try it.",
                    "chaos": "the size of w just grows at every step: try it.",
                },
            ),
        ),
    ),
    Exercise(
        "1.4",
        "exercise-anatomy-overshoot",
        _PAGE,
        "By figure: over on one axis, short on the other",
        ("figure",),
        15,
        hint=r"Coordinate $i$ is multiplied by $1-\eta\lambda_i-\eta\rho\lambda_i^2/\norm{\Lambda w}$. When is this "
        "negative?",
        sketch=r"It is negative if and only if $\norm{\Lambda w}<\gamma_i=\eta\rho\lambda_i^2/(1-\eta\lambda_i)$. "
        r"The sharper coordinate has the larger $\gamma$.",
        given=_OVERSHOOT,
        choices={"eta": (0.5, 0.6, 0.65, 0.75, 0.8), "rho": (0.4, 0.5, 0.7, 0.8, 1.0)},
        parts=(
            Number(
                "start",
                "a start (w₁, w₂) from which w₁ changes its sign and w₂ does not, for λ = «eigenvalues», η = "
                "«eta», ρ = «rho»",
                _start,
                count=2,
            ),
            Number("edges", r"the two lengths $\norm{\Lambda w}$ between which these starts lie", _edges, count=2),
        ),
    ),
)
