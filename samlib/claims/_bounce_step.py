"""One SAM step from the bounce around a minimum: points, hypotheses and losses that the claims of Section 5 share."""

from typing import Any

import numpy as np

from samlib import constants
from samlib._validation import Array
from samlib.claims._claim import Hypothesis
from samlib.claims._ridges import Ridges
from samlib.losses import SmoothLoss

__all__ = [
    "AT_THE_BOUNCE",
    "B3",
    "B4",
    "BALANCED",
    "BELOW_ONE",
    "BELOW_TWO",
    "CRITICAL",
    "CROSSED",
    "E1",
    "E2",
    "POSITIVE",
    "SIMPLE",
    "SLIGHT_B3",
    "SLIGHT_B4",
    "SLOPING",
    "SLOPING_NORM",
    "along_axis",
    "bent",
    "cubic",
    "fast",
    "offset_of",
    "places",
    "reach_of",
    "rounding_of",
    "unit",
    "within",
]


# One step, from its definition


def reach_of(top: Any, eta: Any, rho: Any) -> Any:
    """R = 2ρ/(2 - ηλ₁) = a + ρ: how far from w_z SAM looks."""
    return 2 * rho / (2 - eta * top)


def unit(v: Array) -> Array:
    """v/‖v‖, and 0 for 0: no ascent at a critical point."""
    length = float(np.linalg.norm(v))
    return v / length if length > 0 else v


def offset_of(axis: Array, top: float, eta: float, rho: float, sign: int) -> Array:
    """s a e₁: where the step starts, seen from the minimum."""
    return sign * constants.amplitude(top, eta, rho) * axis


def places(
    loss: SmoothLoss, minimum: Array, axis: Array, top: float, eta: float, rho: float, sign: int
) -> tuple[Array, Array]:
    """w̃, where SAM evaluates the gradient, and ŵ, where it would do so on the quadratic model."""
    start = minimum + offset_of(axis, top, eta, rho, sign)
    return start + rho * unit(loss.gradient(start)), minimum + offset_of(axis, top, eta, rho, sign) + sign * rho * axis


def along_axis(loss: SmoothLoss, minimum: Array, axis: Array) -> Array:
    """D³ℓ(w_z)(e₁, e₁, ·)."""
    return np.asarray(loss.third_derivative(minimum) @ axis @ axis)


def rounding_of(minimum: Array, top: float, eta: float, rho: float, b3: float) -> float:
    """What floats may lose in a step: a point is known to ε times its size, so the slope at the start, and with it the
    direction of the ascent, to that over the amplitude a."""
    reach = abs(reach_of(top, eta, rho))
    point = 1e-14 * (float(np.linalg.norm(minimum)) + reach)
    return eta * (abs(top) + b3 * reach) * point * (1 + rho / abs(constants.amplitude(top, eta, rho)))


def within(bound: float, missed: Any, rounding: float) -> float:
    """The margin of ‖missed‖ ≤ bound."""
    return float((bound + rounding - np.linalg.norm(missed)) / (abs(bound) + rounding))


# Hypotheses


def _is_critical(loss: SmoothLoss, minimum: Array, axis: Array, top: float, rho: float, **_: Any) -> bool:
    hessian = loss.hessian(minimum)
    error = 1e-10 * abs(top)
    return bool(
        np.linalg.norm(loss.gradient(minimum)) <= error * rho
        and np.linalg.norm(hessian @ axis - top * axis) <= error
        and abs(np.linalg.eigvalsh(hessian)[-1] - top) <= error
    )


def _size(tensors: Array) -> float:
    """The largest |T(u, u, u)| found over unit vectors u, from below: power iteration for symmetric (n, d, d, d).

    The iteration is shifted by T(u, u, u) u, since without a shift it can go round in circles.
    """
    d = tensors.shape[-1]
    askew = 1 / np.arange(1, d + 1)  # the axes alone may all be directions in which a tensor vanishes
    u = np.broadcast_to(np.concatenate([np.eye(d), [askew / np.linalg.norm(askew)]]), (len(tensors), d + 1, d))
    for _ in range(8):
        image = np.einsum("nijk,nmj,nmk->nmi", tensors, u, u)
        image = image + np.sum(image * u, axis=-1, keepdims=True) * u
        length = np.linalg.norm(image, axis=-1, keepdims=True)
        u = np.divide(image, length, out=np.zeros_like(image), where=length > 0)
    return float(np.abs(np.einsum("nijk,nmi,nmj,nmk->nm", tensors, u, u, u)).max())


def _third_on_the_way(loss: SmoothLoss, minimum: Array, axis: Array, reach: float) -> Array:
    """D³ℓ at five points on the axis, up to R on both sides."""
    return loss.third_derivative(minimum + np.linspace(-1, 1, 5)[:, None] * reach * axis)


def _has_b3(
    loss: SmoothLoss, minimum: Array, axis: Array, top: float, eta: float, rho: float, b3: float, **_: Any
) -> bool:
    found = _size(_third_on_the_way(loss, minimum, axis, reach_of(top, eta, rho)))
    return bool(found <= b3 * (1 + 1e-9) + 1e-9 * abs(top) / rho)


def _has_b4(
    loss: SmoothLoss, minimum: Array, axis: Array, top: float, eta: float, rho: float, b4: float, **_: Any
) -> bool:
    reach = abs(reach_of(top, eta, rho))
    found = _size(np.diff(_third_on_the_way(loss, minimum, axis, reach), axis=0)) / (reach / 2)
    return bool(found <= b4 * (1 + 1e-9) + 1e-9 * abs(top) / rho**2)


CRITICAL = Hypothesis(
    r"$\nabla\ell(w_z)=0$, and $\lambda_1>0$ is the largest eigenvalue of $\nabla^2\ell(w_z)$, with unit vector $e_1$",
    lambda **values: bool(values["top"] > 0) and _is_critical(**values),
)
SIMPLE = Hypothesis(
    r"$\lambda_1>\lambda_2$",
    lambda loss, minimum, top, **_: bool(np.diff(np.linalg.eigvalsh(loss.hessian(minimum)))[-1] > 1e-12 * top),
)
BALANCED = Hypothesis(
    r"$\lambda_d\ge-\lambda_1$",
    lambda loss, minimum, top, **_: bool(np.linalg.eigvalsh(loss.hessian(minimum))[0] >= -top * (1 + 1e-10)),
)
BELOW_ONE = Hypothesis(r"$\eta\lambda_1<1$", lambda eta, top, **_: bool(eta * top < 1))
BELOW_TWO = Hypothesis(r"$\eta\lambda_1<2$", lambda eta, top, **_: bool(eta * top < 2))
POSITIVE = Hypothesis(
    r"$\eta>0$, $\rho>0$, $s_t=\pm1$", lambda eta, rho, sign, **_: bool(eta > 0 and rho > 0 and abs(sign) == 1)
)
B3 = Hypothesis(r"$\norm{D^3\ell(w)}\le B_3$ for $\norm{w-w_z}\le R$", _has_b3)
B4 = Hypothesis(r"$D^3\ell$ is $B_4$-Lipschitz for $\norm{w-w_z}\le R$", _has_b4)

AT_THE_BOUNCE = (CRITICAL, SIMPLE, BALANCED, BELOW_ONE, POSITIVE)
"""What Theorem 21, its corollary and its printed forms have in common: all but the constants."""

# As printed, for either of the two things that B may be

_SLIGHT = r"$B\eta\rho\le1$"
SLIGHT_B3 = Hypothesis(_SLIGHT, lambda b3, eta, rho, **_: bool(b3 * eta * rho <= 1))
SLIGHT_B4 = Hypothesis(_SLIGHT, lambda b4, eta, rho, **_: bool(b4 * eta * rho <= 1))

# Losses of counterexamples

E1, E2 = np.eye(2)
SLOPING = Ridges([1.0, 0.5], [("cubic", 0.5, E1 + E2), ("cubic", -0.5, E1 - E2), ("cubic", -1.0, E2)])
"""½x² + ¼y² + ½x²y (erratum E12): its third derivative is constant, of norm 2/√3."""

SLOPING_NORM = 2 / 3**0.5

CROSSED = Ridges(
    [1.0, 1.0, 0.0],
    [
        *(
            ("cubic", 0.5 * sign * side, np.eye(3)[i] + side * np.eye(3)[2])
            for i, sign in ((0, 1), (1, -1))
            for side in (1, -1)
        ),
    ],
)
"""½(1 + z)x² + ½(1 - z)y² (erratum E14): λ_max = 1 + |z| along the z-axis, and D³ has the norm 2/√3."""


def cubic(third: float, second: float = 0.5) -> Ridges:
    """½(x² + second·y²) + third·x³/6."""
    return Ridges([1.0, second], [("cubic", third, E1)])


def bent(fourth: float) -> Ridges:
    """½x² + ¼y² + about fourth·x⁴/24: a slow cosine, whose third derivative is nearly linear."""
    return Ridges([1.0, 0.5], [("cosine", fourth * 1e8, 0.01 * E1)])


def fast(third: float, frequency: float) -> Ridges:
    """½x² + ¼y² + B(kx - sin kx)/k³: third derivative B cos kx, bounded by B and as steep as one likes."""
    return Ridges([1.0, 0.5], [("sine", third / frequency**3, frequency * E1)])
