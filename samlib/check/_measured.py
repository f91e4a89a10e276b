"""The checks of the project's measurements, along the same runs or at the point that is handed in with them."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

import samlib
from samlib import constants, drift
from samlib.check import digits
from samlib.check._answers import Wrong, close, number, vector
from samlib.check._exercise import Given
from samlib.check._network_checks import sharpness_gradient
from samlib.check._words import number_words as _n
from samlib.check.digits import Array, Network

__all__ = [
    "GRADIENTS", "IMAGES", "MINIMUM_IMAGES", "RADII", "STEPS", "alignment", "alternation", "curves", "edge", "ends",
    "many_steps", "one_step", "run", "sharpness", "top_value", "top_vector",
]  # fmt: skip

IMAGES, MINIMUM_IMAGES = 200, 20
GRADIENTS, EVERY, WINDOW, STEPS = 1200, 200, 100, 200
CHECKPOINTS = range(0, GRADIENTS + 1, EVERY)
RADII = (0.05, 0.1, 0.2)
BOUNCE_RADIUS = 0.1


def top_value(answer: object, given: Given) -> None:
    """λ₁ at the start."""
    got, top = number(answer, "value"), _network().top(digits.start(given.seed))
    if close(got, top.value, 1e-5):
        return
    if close(got, top.value - top.gap, 1e-3):
        raise Wrong("that is the second largest eigenvalue.")
    raise Wrong(f"λ₁ is not {_n(got)}. Are there {IMAGES} images, and is the start that of your seed {given.seed}?")


def top_vector(answer: object, given: Given) -> None:
    """e₁ at the start, of any length and sign."""
    w, network = digits.start(given.seed), _network()
    got, top = vector(answer, w.shape, "vector"), network.top(w)
    length = float(np.linalg.norm(got))
    if length == 0:
        raise Wrong("the vector is 0, which is no direction.")
    got = got / length
    image = network.product(w, got)
    residual = float(np.linalg.norm(image - (got @ image) * got))
    if residual > 1e-4 * top.value:
        raise Wrong(f"‖Hv - (vᵀHv)v‖ is {_n(residual)} for your v of length 1, and 0 for an eigenvector.")
    if not close(float(got @ image), top.value, 1e-4):
        raise Wrong(f"it is an eigenvector, but for the eigenvalue {_n(float(got @ image))}.")


class Run(NamedTuple):
    """What the checks need of a run."""

    sharpness: Array
    alternation: float
    alignment: float


@lru_cache(maxsize=32)
def run(eta: float, rho: float, seed: int) -> Run:
    """λ_max at the checkpoints, and how the gradient moves along e₁ during the last steps."""
    network, cost = _network(), 2 if rho else 1
    rule = samlib.SAM(eta, rho) if rho else samlib.GradientDescent(eta)
    path = samlib.trajectory(rule, network, digits.start(seed), GRADIENTS // cost)
    last = path[-WINDOW - 1 : -1]
    gradients = np.array([network.gradient(w) for w in last])
    along = gradients @ network.top(last[0]).vector
    return Run(
        np.array([network.top(w).value for w in path[:: EVERY // cost]]),
        float((along[1:] * along[:-1] < 0).mean()),
        float((np.abs(along) / np.linalg.norm(gradients, axis=1)).mean()),
    )


def sharpness(answer: object, given: Given) -> None:
    """Gradient descent's λ_max at the checkpoints; at its edge rounding grows, so that only the height is asked for."""
    _compare(vector(answer, (len(CHECKPOINTS),), "sharpness"), run(given.eta, 0.0, given.seed).sharpness, 0.1)


def edge(answer: object, given: Given) -> None:
    """2/η."""
    got = number(answer, "edge")
    if close(got, 1 / given.eta):
        raise Wrong("beyond 1/η a step goes over the minimum, and still comes closer to it.")
    if not close(got, 2 / given.eta, 1e-3):
        raise Wrong(f"for curvature {_n(got)} a step multiplies by 1 - ηλ = {_n(1 - given.eta * got)}.")


def curves(answer: object, given: Given) -> None:
    """SAM's λ_max at the checkpoints for each radius."""
    got = vector(answer, (len(RADII), len(CHECKPOINTS)), "curves")
    wrong = []
    for rho, row in zip(RADII, got, strict=True):
        want = run(given.eta, rho, given.seed).sharpness
        if close(row, want, 0.02):
            continue
        half = samlib.trajectory(samlib.SAM(given.eta, rho), _network(), digits.start(given.seed), 2 * EVERY)[-1]
        if close(row[2], _network().top(half).value, 0.005) and not close(row[2], want[2], 0.01):
            raise Wrong(
                "these are SAM's steps, not its gradients: after 400 gradients it has made 200 steps.", share=0.5
            )
        wrong.append((rho, row, want))
    if wrong:
        rho, row, want = wrong[0]
        try:
            _compare(row, want, 0.02)
        except Wrong as reason:
            share = 1 - len(wrong) / len(RADII)
            raise Wrong(f"ρ = {_n(rho)}: {reason.reason}", share=0.5 * share) from None


def ends(answer: object, given: Given) -> None:
    """λ_max in the end for three seeds (rows), gradient descent and three radii (columns).

    Three of the twelve runs are made again, one in each row; the other numbers have to fit to them.
    """
    got = vector(answer, (3, 1 + len(RADII)), "ends")
    for shift, column, tolerance in ((0, 2, 0.02), (1, 0, 0.1), (2, 3, 0.02)):
        rho = (0.0, *RADII)[column]
        want = _end(given.eta, rho, given.seed + shift)
        if not close(got[shift, column], want, tolerance):
            raise Wrong(f"seed {given.seed + shift}, {_rule(rho)}: the end is not at {_n(got[shift, column])}.")
    if (np.diff(got, axis=1) >= 0).any():
        row = int(np.argmax((np.diff(got, axis=1) >= 0).any(axis=1)))
        raise Wrong(f"seed {given.seed + row}: the larger ρ is, the lower λ_max should be. Are the columns in order?")
    strange = np.abs(got / np.median(got, axis=0) - 1) > 0.2
    if strange.any():
        row, column = np.argwhere(strange)[0]
        rule = _rule((0.0, *RADII)[column])
        raise Wrong(f"seed {given.seed + row}, {rule}: {_n(got[row, column])} is far from that of the other seeds.")


def alternation(answer: object, given: Given) -> None:
    """The share of sign changes, gradient descent's and SAM's."""
    got = vector(answer, (2,), "alternation")
    if got.max() > 1.0 + 1e-9 or got.min() < 0:
        raise Wrong("a share lies between 0 and 1: divide the number of changes by that of pairs of steps.")
    want = np.array([run(given.eta, rho, given.seed).alternation for rho in (0.0, BOUNCE_RADIUS)])
    off = np.abs(got - want) > [0.15, 0.03]  # at its edge gradient descent depends on rounding
    if off.any():
        who = "SAM" if off[1] else "gradient descent"
        raise Wrong(f"{who} changes the sign of ⟨e₁, ∇ℓ⟩ in another share of its steps than {_n(got[int(off[1])])}.")


def alignment(answer: object, given: Given) -> None:
    """The mean of |⟨e₁, ∇ℓ⟩|/‖∇ℓ‖ along SAM's last steps."""
    got, want = number(answer, "alignment"), run(given.eta, BOUNCE_RADIUS, given.seed).alignment
    if not 0 <= got <= 1:
        raise Wrong("|⟨e₁, g⟩|/‖g‖ lies between 0 and 1, for e₁ has length 1.")
    if abs(got - want) > 0.02:
        raise Wrong(f"the mean is not {_n(got)}. Is it of the sizes |⟨e₁, g⟩|/‖g‖, with g = ∇ℓ(w) before the ascent?")


def one_step(answer: object, given: Given) -> None:
    """(minimum, predicted, measured): the change of λ_max in one step from the bounce."""
    w, numbers = _with_minimum(answer, 2, "(minimum, predicted, measured)")
    network = _network(MINIMUM_IMAGES)
    top = network.top(w)
    eta = given.x / top.value
    rate = drift.drift_rate(top.value, eta, given.rho)
    want = -rate * float((sharpness_gradient(network, w, top.vector) ** 2).sum())
    predicted, measured = numbers
    measurements = []
    for sign in (1, -1):
        reach = sign * constants.amplitude(top.value, eta, given.rho) * top.vector
        after = samlib.SAM(eta, given.rho).step(network, w + reach) + reach
        measurements.append(network.top(after).value - top.value)
    right = [close(predicted, want, 0.01), any(close(measured, one, 0.01) for one in measurements)]
    if all(right):
        return
    if right[1]:
        if close(predicted, -want, 0.01):
            raise Wrong("the sign of the prediction: the drift goes down.", share=0.5)
        raise Wrong(f"the prediction for your minimum is not {_n(predicted)}: -2ηρ²/(2-ηλ₁)²·‖∇λ_max‖².", share=0.5)
    raise Wrong(
        f"the measured change is not {_n(measured)}: step from w_z + ae₁ with η = x/λ₁, add ae₁, and compare λ_max "
        "with that of the minimum.",
        share=0.5 if right[0] else 0.0,
    )


def many_steps(answer: object, given: Given) -> None:
    """(minimum, change): the change of λ_max at the middle of the last two of many steps."""
    w, (change,) = _with_minimum(answer, 1, "(minimum, change)")
    network = _network(MINIMUM_IMAGES)
    top = network.top(w)
    eta = given.x / top.value
    reach = constants.amplitude(top.value, eta, given.rho) * top.vector
    found = []
    for side in (reach, -reach):
        path = samlib.trajectory(samlib.SAM(eta, given.rho), network, w + side, STEPS)
        found.append(network.top((path[-1] + path[-2]) / 2).value - top.value)
    if not any(close(change, one, 0.02) for one in found):
        raise Wrong(f"λ_max has not changed by {_n(change)}, half-way between the last two of {STEPS} steps.")


def _with_minimum(answer: object, count: int, form: str) -> tuple[Array, list[float]]:
    if not isinstance(answer, tuple | list) or len(answer) != count + 1:
        raise Wrong(f"this must be {form}: a point of 910 numbers, and {count} number{'s' * (count > 1)}.")
    network = _network(MINIMUM_IMAGES)
    w = vector(answer[0], (network.dimension,), "the minimum")
    numbers = [number(one, name) for one, name in zip(answer[1:], form.strip("()").split(", ")[1:], strict=True)]
    size = float(np.linalg.norm(network.gradient(w)))
    if not size <= 1e-8:
        raise Wrong(
            f"your point is no minimum to eight digits: ‖∇ℓ‖ is {_n(size)} there, with the first "
            f"{MINIMUM_IMAGES} images."
        )
    return w, numbers


@lru_cache(maxsize=32)
def _end(eta: float, rho: float, seed: int) -> float:
    """λ_max after all gradients, without the measurements before."""
    steps = GRADIENTS // (2 if rho else 1)
    rule = samlib.SAM(eta, rho) if rho else samlib.GradientDescent(eta)
    return _network().top(samlib.final_state(rule, _network(), digits.start(seed), steps)).value


def _rule(rho: float) -> str:
    return f"SAM with ρ = {_n(rho)}" if rho else "gradient descent"


def _compare(got: Array, want: Array, tolerance: float) -> None:
    """The first number by the start's own precision, the others by a share of themselves."""
    if not close(got[0], want[0], 1e-4):
        raise Wrong(f"the first number belongs to your start, where λ_max is not {_n(got[0])}.")
    off = np.abs(got / want - 1) > tolerance
    if off.any():
        at = int(np.argmax(off))
        raise Wrong(f"after {CHECKPOINTS[at]} gradients λ_max is not {_n(got[at])}.", share=0.5 * float((~off).mean()))


def _network(count: int = IMAGES) -> Network:
    try:
        return Network(*digits.data(count))
    except ModuleNotFoundError:
        raise Wrong("scikit-learn is needed to examine this answer: python -m pip install scikit-learn") from None
