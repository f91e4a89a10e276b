"""The cases of the project, problem set 5: right and tempting wrong answers for the book's parameters, as in `cases`.

The measurements are made here with samlib's own optimizers and a full Hessian or differences, not by the checks.
"""

from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import minimize

import samlib
from samlib.check import EXERCISES, digits
from samlib.spectrum import top_eigenpair


def value(w, images, targets):
    A, b, C, c = digits.unpack(w)
    return 0.5 * np.mean([((C @ np.tanh(A @ x + b) + c - y) ** 2).sum() for x, y in zip(images, targets, strict=True)])


def gradient(w, images, targets, slope=lambda h: 1 - h**2, scale=1.0, last=True):
    A, b, C, c = digits.unpack(w)
    parts = [np.zeros_like(part) for part in (A, b, C, c)]
    for x, y in zip(images, targets, strict=True):
        h = np.tanh(A @ x + b)
        r = scale * (C @ h + c - y) / len(images)
        k = C.T @ r * slope(h)
        for part, more in zip(parts, (np.outer(k, x), k, np.outer(r, h), last * r), strict=True):
            part += more
    return np.concatenate([part.ravel() for part in parts])


def product(w, v, images, targets):
    return digits.Network(images, targets, (w.size - 10) // 75).product(w, v)


def difference(w, v, images, targets, h=1e-4):
    return (gradient(w + h * v, images, targets) - gradient(w - h * v, images, targets)) / (2 * h)


def gauss_newton(w, v, images, targets):
    """Differences of the outputs, and the gradient's way back."""
    A, b, C, c = digits.unpack(w)
    outputs = np.tanh(images @ A.T + b) @ C.T + c
    return product(w, v, images, outputs)


def lopsided(w, v, images, targets):
    return product(w, v, images, targets) + 0.3 * np.arange(w.size) * v.sum()


def slope(w, e, images, targets, h=1e-3):
    g = [gradient(w + t * e, images, targets) for t in (h, 0, -h)]
    return (g[0] - 2 * g[1] + g[2]) / h**2


def top(w, count=200):
    network = digits.Network(*digits.data(count))
    return top_eigenpair(lambda v: network.product(w, v), w.size)


@cache
def path(rho, seed=70, steps=None):
    """The points of a run at the cost of 1200 gradients, or of so many steps."""
    rule = samlib.SAM(0.8, rho) if rho else samlib.GradientDescent(0.8)
    network = digits.Network(*digits.data(200))
    return samlib.trajectory(rule, network, digits.start(seed), steps or (600 if rho else 1200))


@cache
def curve(rho, steps=None):
    points = path(rho, steps=steps)
    return [top(w).value for w in points[:: len(points) // 6]]


@cache
def ends():
    return np.array([[top(path(rho, seed)[-1]).value for rho in (0, 0.05, 0.1, 0.2)] for seed in (70, 71, 72)])


@cache
def alternates(rho):
    last = path(rho)[-101:-1]
    network = digits.Network(*digits.data(200))
    along = [network.gradient(w) @ top(last[0]).vector for w in last]
    sizes = [np.linalg.norm(network.gradient(w)) for w in last]
    changes = sum(a * b < 0 for a, b in zip(along[1:], along[:-1], strict=True))
    return changes / 99, float(np.mean(np.abs(along) / sizes))


@cache
def drifted():
    """The minimum, predicted and measured change of one step, and the change after 200."""
    given = EXERCISES["8.7"].given
    network = digits.Network(*digits.data(20))
    options = {"ftol": 0, "gtol": 1e-12, "maxiter": 20000, "maxfun": 40000}
    w = minimize(network.value, digits.start(given["seed"]), (), "L-BFGS-B", jac=network.gradient, options=options).x
    found = top(w, 20)
    eta, rho = given["x"] / found.value, given["rho"]
    a = eta * rho * found.value / (2 - given["x"])
    rises = slope(w, found.vector, network.images, network.targets)
    predicted = -0.5 * eta * (a + rho) ** 2 * float(rises @ rises)
    points = samlib.trajectory(samlib.SAM(eta, rho), network, w + a * found.vector, 200)
    measured = top(points[1] + a * found.vector, 20).value - found.value
    return w, predicted, measured, top((points[-1] + points[-2]) / 2, 20).value - found.value


def right() -> dict[str, list[Any]]:
    """Exercise and part → right answers."""
    found = top(digits.start(1))
    w, predicted, measured, change = drifted()
    share, part = alternates(0.1)
    curves = [curve(rho) for rho in (0.05, 0.1, 0.2)]
    return {
        "8.1 value": [value, lambda *a: digits.Network(a[1], a[2]).value(a[0]), lambda *a: np.array([value(*a)])],
        "8.1 gradient": [gradient, lambda *a: gradient(*a)[:, None], lambda *a: gradient(*a).tolist()],
        "8.2 product": [product, lambda *a: product(*a).tolist()],
        "8.3 value": [found.value, str(found.value), np.array([found.value])],
        "8.3 vector": [found.vector, -3 * found.vector, found.vector[:, None]],
        "8.4 sharpness": [curve(0), np.array(curve(0))[:, None]],
        "8.4 edge": [2.5, "2/0.8"],
        "8.5 curves": [curves, np.array(curves)],
        "8.5 ends": [ends(), ends().tolist()],
        "8.6 alternation": [[alternates(0)[0], share], (1.0, share)],
        "8.6 alignment": [part, round(part, 2)],
        "8.7 slope": [slope, lambda *a: slope(*a, h=3e-3)],
        "8.7 step": [(w, predicted, measured), [w.tolist(), predicted, measured]],
        "8.7 many": [(w, change), [w[:, None], change]],
    }


def wrong() -> dict[str, list[tuple[Any, str]]]:
    """Exercise and part → wrong answers, each with a pattern that the reason matches."""
    found = top(digits.start(1))
    w, predicted, measured, change = drifted()
    share, part = alternates(0.1)
    curves = np.array([curve(rho) for rho in (0.05, 0.1, 0.2)])
    steps = np.array([curve(rho, 1200) for rho in (0.05, 0.1, 0.2)])
    return {
        "8.1 value": [
            (lambda *a: 2 * value(*a), "½ is missing"),
            (lambda *a: 7 * value(*a), "number of images"),
            (lambda *a: value(*a) / 5, "ten outputs"),
            (lambda *a: value(*a) + 1, "it gives"),
        ],
        "8.1 gradient": [
            (lambda *a: gradient(*a, slope=lambda h: 1), "outer layer is done"),
            (lambda *a: gradient(*a, scale=2), "2 times the differences"),
            (lambda *a: gradient(*a, last=False), "entries for c are not"),
            (lambda *a: gradient(*a)[::-1], "order A, b, C, c"),
        ],
        "8.2 product": [
            (difference, "difference of gradients"),
            (gauss_newton, "Gauss-Newton"),
            (lopsided, "not symmetric"),
            (lambda w, v, *a: 2 * product(w, v, *a), "2 times"),
            (lambda w, v, *a: v, "symmetric, but not"),
        ],
        "8.3 value": [
            (found.value - found.gap, "second largest"),
            (top(digits.start(2)).value, "your seed 1"),
            (-1, "not -1"),
        ],
        "8.3 vector": [
            (digits.start(1), "for an eigenvector"),
            (np.zeros(910), "no direction"),
            (found.vector[:10], "910 numbers"),
        ],
        "8.4 sharpness": [
            (curve(0.1), "after 400|after 200"),
            ([2.5] * 7, "belongs to your start"),
            (curve(0)[:6], "7 numbers"),
        ],
        "8.4 edge": [(1.25, "beyond 1/η"), (0.8, "multiplies by"), (-1, "multiplies by")],
        "8.5 curves": [
            (steps, "SAM's steps"),
            (curves[::-1], "after"),
            (curves[:, :6], "shape"),
            ([curves[0], curves[1], curves[1]], "ρ = 0.2"),
        ],
        "8.5 ends": [
            (ends()[:, ::-1], "SAM with"),
            (ends() * [1, 1, 1.05, 1], "seed 70"),
            (ends().T, "seed 70"),
            (ends() * [[1, 1, 1, 1], [1, 0.8, 1, 1], [1, 1, 1, 1]], "seed 71"),
            (ends() * [[1, 1, 1, 1], [1, 1, 1, 0.7], [1, 1, 1, 1]], "far from"),
        ],
        "8.6 alternation": [
            ([99, 97], "a share lies"),
            ([alternates(0)[0], 0.5], "SAM changes"),
            ([0.3, share], "gradient descent changes"),
        ],
        "8.6 alignment": [(part**2, "the mean"), (1.7, "between 0 and 1"), (1.0, "the mean")],
        "8.7 slope": [
            (lambda w, e, *a: slope(w, e, *a) / 2, "0.5 times"),
            (lambda w, e, *a: difference(w, e, *a), "first derivative"),
            (lambda w, e, *a: slope(w, e, *a, h=1e-9), "too small"),
        ],
        "8.7 step": [
            ((digits.start(1), predicted, measured), "no minimum"),
            ((w, -predicted, measured), "sign of the prediction"),
            ((w, 2 * predicted, measured), "the prediction for your minimum"),
            ((w, predicted, 2 * measured), "the measured change"),
            (w, "minimum, predicted, measured"),
        ],
        "8.7 many": [
            ((w, 200 * predicted), "half-way"),
            ((w, measured), "half-way"),
            ((w, change, 0), "a point of 910"),
        ],
    }
