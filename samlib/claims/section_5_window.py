"""Section 5: how large the radius may be for the bounce to go on alternating (ours)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3
from scipy.optimize import brentq

from samlib import drift
from samlib.claims._claim import (
    Certificate,
    Claim,
    Hypothesis,
    Identity,
    Instance,
    Refutation,
    Variation,
    equal,
    iff,
)

__all__ = ["CLAIMS"]

CHAPTER = "05-drifting-to-wide-minima"


# The window


def _cubic_step(top: float, third: float, fourth: float, eta: float, rho: float, w: Any) -> Any:
    """SAM on ½λ₁w² + κw³/6 + fourth·w⁴/24 in one dimension, by the definition."""
    slope = lambda z: top * z + third * z * z / 2 + fourth * z**3 / 6  # noqa: E731
    return w - eta * slope(w + rho * np.sign(slope(w)))


def _tangent(x: float) -> float:
    """The root t in (0, 1) of t³ + xt²/2 + t = x/2."""
    return float(brentq(lambda t: t**3 + x * t * t / 2 + t - x / 2, 0.0, 1.0, xtol=1e-16, rtol=1e-14))


def _limit(top: float, third: float, eta: float) -> float:
    """ρ̂ = (λ₁/|κ|)·2t(1 - t)/(1 + t²)."""
    t = _tangent(eta * top)
    return top / abs(third) * 2 * t * (1 - t) / (1 + t * t)


def _cycle(top: Any, third: Any, eta: Any, cosine: Any, sine: Any) -> tuple[Any, Any]:
    """The two points (λ₁/κ)(cos θ - 1 ± (ηλ₁/2) sin θ cos θ)."""
    return tuple(top / third * (cosine - 1 + side * eta * top / 2 * sine * cosine) for side in (1, -1))


def _radius(top: Any, third: Any, eta: Any, cosine: Any, sine: Any) -> Any:
    """(λ₁/κ) sin θ (1 - (ηλ₁/2) cos θ), with |κ| for κ."""
    return top / third * sine * (1 - eta * top / 2 * cosine)


def _window_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for _ in range(n):
        top, size = 10 ** rng.uniform(-1, 1, 2)
        third = size * rng.choice([-1, 1])
        x = rng.choice([rng.uniform(0.02, 1), 1 - 10 ** rng.uniform(-6, -1), 10 ** rng.uniform(-2, 0)])
        near = 1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-6, -1)
        rho = rng.choice([near, rng.uniform(0.05, 1.5)]) * _limit(top, third, x / top)
        yield {"top": float(top), "third": float(third), "fourth": 0.0, "eta": float(x / top), "rho": float(rho)}


def _window_margin(
    top: float, third: float, fourth: float, eta: float, rho: float, limit: Callable[..., float] = _limit
) -> float:
    # in units of λ₁/κ, so that the steep side is the right one
    scale = top / third
    step = lambda w: _cubic_step(top, third, fourth, eta, rho, scale * w) / scale  # noqa: E731
    starts = np.concatenate([[1e-12], np.geomspace(1e-4, 0.45, 300)])
    over = step(starts)
    alternates = (over > -2) & (over < 0)
    gained = np.where(alternates, step(over) - starts, -np.inf)
    crossings = np.sum((gained[:-1] > 0) & (gained[1:] <= 0))
    exists = rho < limit(top, third, eta)
    margin = iff(limit(top, third, eta) / rho - 1, gained[0])
    if not exists:
        return min(margin, -float(gained[1:].max()))
    angle = brentq(
        lambda t: _radius(top, abs(third), eta, np.cos(t), np.sin(t)) / rho - 1, 0.0, np.pi / 2, xtol=1e-16, rtol=1e-14
    )
    right, left = (point / scale for point in _cycle(top, third, eta, np.cos(angle), np.sin(angle)))
    turn = (step(right + 1e-6) - step(right)) * (step(left + 1e-6) - step(left)) * 1e12
    return min(
        margin,
        equal(step(right), left, -left),
        equal(step(left), right, -left),
        1.0 if crossings == 1 and right > 0 > left else -1.0,
        1 - abs(float(turn)),
    )


def _half_angle(twice: int = 2) -> list[sp.Expr]:
    """For t = tan(θ/2): the right point and the radius as functions of t, minus their forms in the statement."""
    t, h = sp.symbols("t h", positive=True)
    cosine, sine = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    right = cosine - 1 + h * sine * cosine
    at_limit = sine * (1 - h * cosine)
    return [
        right - twice * t * (h - t - h * t**2 - t**3) / (1 + t**2) ** 2,
        at_limit - 2 * t * (1 - t) / (1 + t**2) + 2 * t * (h * (1 - t**2) - t * (1 + t**2)) / (1 + t**2) ** 2,
    ]


def _turn(minus: int = -1) -> list[sp.Expr]:
    """Both steps of the cycle, minus what they should give, in units of λ₁/κ; then its multiplier."""
    x, angle = sp.symbols("x theta", positive=True)
    c, s = sp.cos(angle), sp.sin(angle)
    right, left = _cycle(sp.Integer(1), sp.Integer(1), x, c, s)
    rho = _radius(sp.Integer(1), sp.Integer(1), x, c, s)
    slope = lambda z: z + z**2 / 2  # noqa: E731
    residuals = [
        right - x * slope(right + rho) - left,
        left - x * slope(left - rho) - right,
        (1 - x * (1 + right + rho)) * (1 - x * (1 + left - rho)) - ((1 - x * c) ** 2 + minus * (x * s) ** 2),
    ]
    return [sp.expand(sp.expand(r).subs(s**2, 1 - c**2)).subs(s**2, 1 - c**2) for r in residuals]


def _circle(h: Any, c: Any, s: Any) -> list[Any]:
    return [h > 0, c > 0, s > 0, c * c + s * s == 1]


def _at_half_angle(h: Any, t: Any) -> Any:
    return 2 * t * (1 + t * t - h * (1 - t * t)) / (1 + t * t) ** 2


def _root(h: Any, t: Any) -> list[Any]:
    return [h > 0, t > 0, t**3 + h * t * t + t == h]


_IS_CUBIC = Hypothesis(r"$\ell(w)=\frac{\lambda_1}2w^2+\frac\kappa6w^3$", lambda fourth, **_: bool(fourth == 0))
_UP_TO_ONE = Hypothesis(
    r"$\lambda_1>0$, $\kappa\ne0$, $\rho>0$, $0<\eta\lambda_1<1$",
    lambda top, third, eta, rho, **_: bool(top > 0 and third != 0 and rho > 0 and 0 < eta * top < 1),
)

DRIFT_WINDOW = Claim(
    id="drift-window",
    title="How large the radius may be",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell(w)=\frac{\lambda_1}2w^2+\frac\kappa6w^3$ with $\lambda_1>0$, $\kappa\ne0$, let "
        r"$x=\eta\lambda_1\in(0,1)$, "
        r"and let $t\in(0,1)$ be the root of $t^3+\frac x2t^2+t=\frac x2$. SAM has a two-cycle with "
        r"one point on each side of "
        r"the minimum $0$, the slope of $\ell$ pointing away from $0$ at both, if and only if"
        "\n\n"
        r"$$\rho<\hat\rho=\frac{\lambda_1}{|\kappa|}\,\frac{2t(1-t)}{1+t^2}.$$"
        "\n\n"
        r"It is then the only one, it attracts the runs that start near it, and its points are"
        "\n\n"
        r"$$\frac{\lambda_1}\kappa\Bigl(\cos\theta-1\pm\frac x2\sin\theta\cos\theta\Bigr)\qquad\text{for the}\ "
        r"\theta\in(0,\tfrac\pi2)\ "
        r"\text{with}\quad\rho=\frac{\lambda_1}{|\kappa|}\sin\theta\Bigl(1-\frac x2\cos\theta\Bigr).$$"
        "\n\n"
        r"Moreover $\hat\rho<\rho^*=\frac{\eta\lambda_1^2(2-\eta\lambda_1)}{2|\kappa|}$, and "
        r"$\hat\rho/\rho^*\to1$ as $x\to0$."
    ),
    hypotheses=(_IS_CUBIC, _UP_TO_ONE),
    margin=_window_margin,
    instances=_window_instances,
    identities=(
        Identity(
            r"the two points are exchanged, and the derivative of the turn is $(1-x\cos\theta)^2-x^2\sin^2\theta$",
            lambda: sp.Matrix(_turn()),
            lambda: sp.Matrix(_turn(minus=1)),
        ),
        Identity(
            r"with $t=\tan\frac\theta2$: the right point is $\frac{2t}{(1+t^2)^2}(\frac x2-t-\frac "
            r"x2t^2-t^3)$, and where "
            r"it is $0$ the radius is $\frac{2t(1-t)}{1+t^2}$, in units of $\lambda_1/|\kappa|$",
            lambda: sp.Matrix(_half_angle()),
            lambda: sp.Matrix(_half_angle(twice=1)),
        ),
    ),
    certificates=(
        Certificate(
            r"the radius increases with $\theta$: its derivative $\cos\theta-h\cos2\theta$ is "
            r"positive for $h=\frac x2<1$",
            "h c s",
            lambda h, c, s: [*_circle(h, c, s), h < 1],
            lambda h, c, s: c - h * (c * c - s * s) > 0,
            Variation(r"for $h<2$", hypotheses=lambda h, c, s: [*_circle(h, c, s), h < 2]),
        ),
        Certificate(
            r"the right point is right of $0$ if and only if the radius is below its value at the root $t$ "
            r"(another half angle is $u$)",
            "h t u",
            lambda h, t, u: [*_root(h, t), h < 1, u > 0, u < 1],
            lambda h, t, u: (h - u - h * u * u - u**3 > 0) == (_at_half_angle(h, u) < _at_half_angle(h, t)),
            Variation(
                r"with $t$ a little larger",
                conclusion=lambda h, t, u: (
                    (h - u - h * u * u - u**3 > 0) == (_at_half_angle(h, u) < _at_half_angle(h, z3.Q(101, 100) * t))
                ),
            ),
        ),
        Certificate(
            r"the cycle attracts: $-1<(1-x\cos\theta)^2-x^2\sin^2\theta<1$ for $x\le1$",
            "h c s",
            lambda h, c, s: [*_circle(h, c, s), 2 * h <= 1],
            lambda h, c, s: z3.And(
                (1 - 2 * h * c) ** 2 - (2 * h * s) ** 2 < 1, (1 - 2 * h * c) ** 2 - (2 * h * s) ** 2 > -1
            ),
            Variation(r"for $x<2$", hypotheses=lambda h, c, s: [*_circle(h, c, s), h < 1]),
        ),
        Certificate(
            r"$\hat\rho<\rho^*$ for $x\le1$: $\frac{2t(1-t)}{1+t^2}<\frac x2(2-x)$",
            "h t",
            lambda h, t: [*_root(h, t), 2 * h <= 1],
            lambda h, t: 2 * t * (1 - t) < 2 * h * (1 - h) * (1 + t * t),
            Variation(r"for $x<2$", hypotheses=lambda h, t: [*_root(h, t), h < 1]),
        ),
    ),
    refutations=(
        Refutation(
            r"With a fourth derivative that takes the slope of the curvature back, the cycle lives beyond $\hat\rho$.",
            {"top": 1.0, "third": 1.0, "fourth": 10.0, "eta": 0.2, "rho": 0.25},
            without=_IS_CUBIC.says,
        ),
        Refutation(
            r"At $\eta\lambda_1=1.8$ the cycle exists and repels.",
            {"top": 1.0, "third": 1.0, "fourth": 0.0, "eta": 1.8, "rho": 0.95 * _limit(1.0, 1.0, 1.8)},
            without=_UP_TO_ONE.says,
        ),
        Refutation(
            r"With the leading term $\rho^*$ in place of $\hat\rho$.",
            {"top": 1.0, "third": 1.0, "fourth": 0.0, "eta": 0.8, "rho": 0.9 * drift.radius_limit(1.0, 0.8, 1.0)},
            margin=partial(_window_margin, limit=lambda top, third, eta: drift.radius_limit(top, eta, third)),
        ),
    ),
    on_paper=r"That every such cycle is of this form: a point of a circle. The limit $x\to0$.",
    note=(
        r"Existence and local attraction are exact. A run from the bounce of Theorem 21 may miss the cycle: measured "
        r"for $\eta\lambda_1\ge0.7$, and as $\eta\lambda_1\to1$ from about $0.73\,\hat\rho$ on where it starts on the "
        r"steep side, from $0.92\,\hat\rho$ on where it starts on the flat one."
    ),
    ours=True,
    tolerance=1e-7,
)

CLAIMS = (DRIFT_WINDOW,)
