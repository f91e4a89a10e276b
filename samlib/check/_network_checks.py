"""The checks of the project's functions: a student's network and its derivatives at random points.

They need no digits: images, targets and weights are random and small, and the widths differ.
"""

import numpy as np

from samlib.check import digits
from samlib.check._answers import Wrong, call, close, function, number, vector
from samlib.check._exercise import Given
from samlib.check._words import number_words as _n
from samlib.check.digits import Array, Network

__all__ = ["gradient", "product", "sharpness_gradient", "slope", "value"]

COUNT = 7
"""Images in the random data."""

_BLOCKS = ("A", "b", "C", "c")


def value(answer: object, given: Given) -> None:
    """The loss at three random points."""
    wanted = function(answer, "value")
    for network, w in _random_networks(3):
        got = number(call(wanted, w, network.images, network.targets), "the value of your function")
        want = float(network.value(w))
        if close(got, want, 1e-9):
            continue
        ratios = {
            2.0: "the factor ½ is missing.", COUNT: "divide by the number of images.",
            2 * COUNT: "divide by twice the number of images.",
            2 / digits.CLASSES: "sum over the ten outputs; only the images are averaged.",
            1 / digits.CLASSES: "sum over the ten outputs; only the images are averaged.",
        }  # fmt: skip
        for ratio, reason in ratios.items():
            if close(got, ratio * want):
                raise Wrong(reason)
        raise Wrong(f"at a random point of seven random images it gives {_n(got)}, not {_n(want)}.")


def gradient(answer: object, given: Given) -> None:
    """Against central differences of the loss, entry by entry."""
    wanted = function(answer, "gradient")
    for network, w in _random_networks(2):
        got = vector(call(wanted, w, network.images, network.targets), w.shape, "what your function returns")
        step = 1e-5 * np.eye(w.size)
        want = np.array([(network.value(w + h) - network.value(w - h)) / 2e-5 for h in step])
        size = float(np.abs(want).max())
        off = np.abs(got - want) > 1e-6 * size
        if not off.any():
            continue
        ratio = float(got @ want / (want @ want))
        if np.abs(got - ratio * want).max() <= 1e-6 * size:
            raise Wrong(f"it has the right direction, but is {_n(ratio)} times the differences of the loss.", share=0.5)
        blocks = [bool(block.any()) for block in digits.unpack(off)]
        wrong = [name for name, block in zip(_BLOCKS, blocks, strict=True) if block]
        right = [name for name in _BLOCKS if name not in wrong]
        reason = f"the entries for {', '.join(wrong)} are not the differences of the loss"
        if right:
            outer = (
                " The outer layer is done; on the way to A and b comes the slope 1 - tanh²."
                if right == ["C", "c"]
                else ""
            )
            raise Wrong(f"{reason}; those for {', '.join(right)} are.{outer}", share=0.125 * len(right))
        raise Wrong(f"{reason}. Is the order A, b, C, c, and each block by rows?")


def product(answer: object, given: Given) -> None:
    """Symmetric, the derivative of the gradient, and to more digits than a difference has."""
    wanted = function(answer, "product")
    for network, w in _random_networks(3):
        u, v = np.random.default_rng(17).standard_normal((2, w.size))

        def times(direction: Array, network: Network = network, w: Array = w) -> Array:
            image = call(wanted, w, direction, network.images, network.targets)
            return vector(image, w.shape, "what your function returns")

        got, want = times(v), network.product(w, v)
        size = float(np.abs(want).max())
        error = float(np.abs(got - want).max()) / size
        if error <= 1e-9:
            continue
        if error <= 1e-3:
            reason = f"right to {_n(error)}, as a difference of gradients would be; asked for is the derivative itself."
            raise Wrong(reason, share=2 / 3)
        if np.abs(got - _gauss_newton(network, w, v)).max() <= 1e-9 * size:
            raise Wrong(
                "that is the Gauss-Newton matrix: what is missing is the curvature of the network, weighted with the "
                "residuals.",
                share=1 / 3,
            )
        ratio = float(got @ want / (want @ want))
        if np.abs(got - ratio * want).max() <= 1e-9 * size:
            raise Wrong(f"it is {_n(ratio)} times the derivative of the gradient.", share=1 / 3)
        there, back = float(u @ got), float(v @ times(u))
        if not close(there, back, 1e-8, 1e-9 * size):
            raise Wrong(f"it is not symmetric: ⟨u, Hv⟩ = {_n(there)} and ⟨v, Hu⟩ = {_n(back)} for random u, v.")
        raise Wrong("it is symmetric, but not the derivative of the gradient along v: compare with a difference.")


def slope(answer: object, given: Given) -> None:
    """D³ℓ(w)(e, e, ·) against differences of the product."""
    wanted = function(answer, "slope")
    for network, w in _random_networks(2):
        e = np.random.default_rng(23).standard_normal(w.size)
        e /= np.linalg.norm(e)
        got = vector(call(wanted, w, e, network.images, network.targets), w.shape, "what your function returns")
        want = sharpness_gradient(network, w, e)
        size = float(np.abs(want).max())
        if np.abs(got - want).max() <= 1e-3 * size:
            continue
        ratio = float(got @ want / (want @ want))
        if np.abs(got - ratio * want).max() <= 1e-3 * size:
            raise Wrong(f"it has the right direction, but is {_n(ratio)} times D³ℓ(e, e, ·).", share=0.5)
        if close(got, network.product(w, e), 1e-3, 1e-3 * size):
            raise Wrong("that is the first derivative of the gradient along e; asked for is the second.")
        raise Wrong(
            "it is not the second derivative of the gradient along e. Is the step of your differences too small?"
        )


def sharpness_gradient(network: Network, w: Array, e: Array, step: float = 1e-4) -> Array:
    """D³ℓ(w)(e, e, ·), a central difference of the Hessian's product; ∇λ_max(w) where e is the top eigenvector."""
    return (network.product(w + step * e, e) - network.product(w - step * e, e)) / (2 * step)


def _random_networks(count: int) -> list[tuple[Network, Array]]:
    """Small networks of several widths on random images, and random weights."""
    made = []
    for seed in range(count):
        draw = np.random.default_rng(100 + seed)
        network = Network(draw.uniform(-1, 1, (COUNT, 64)), np.eye(10)[draw.integers(0, 10, COUNT)], width=3 + seed)
        made.append((network, 0.3 * draw.standard_normal(network.dimension)))
    return made


def _gauss_newton(network: Network, w: Array, v: Array) -> Array:
    """The Hessian of the same network with residuals 0, which leaves JᵀJ/n."""
    hidden = np.tanh(network.images @ digits.unpack(w)[0].T + digits.unpack(w)[1])
    outputs = hidden @ digits.unpack(w)[2].T + digits.unpack(w)[3]
    return Network(network.images, outputs, network.width).product(w, v)
