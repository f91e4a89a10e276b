"""The drift towards wide minima (Section 5): one SAM step near a minimum, split into bounce, drift and remainder.

Near a minimum w_z with Hessian eigenvalues λ₁ > λ₂ ≥ …, from the point w_z + s a e₁ of its bounce, Theorem 21 says

    w₊ - w = -2 s a e₁ - (2ηρ²/(2 - ηλ₁)²) ∇λ_max(w_z) + remainder,    a = ηρλ₁/(2 - ηλ₁), s = ±1,

so that besides the bounce SAM takes a small gradient step on the largest eigenvalue of the Hessian.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from samlib import constants
from samlib._validation import Array, count, points, step_parameter
from samlib.losses import Loss, SmoothLoss
from samlib.optimizers import SAM
from samlib.spectrum import TopEigenpair, top_eigenpair

__all__ = [
    "PredictedStep",
    "bounce_point",
    "cubic_radius_limit",
    "cycle_multipliers",
    "drift_flow",
    "drift_rate",
    "predicted_step",
    "radius_limit",
    "ravine_cycle",
    "remainder_bound",
    "sharpness_gradient",
    "sharpness_gradient_by_differences",
    "step_jacobian",
]


@dataclass(frozen=True)
class PredictedStep:
    """What Theorem 21 says of one SAM step from the bounce around a minimum.

    Attributes
    ----------
    bounce : array, shape (d,)
        -2 s a e₁, across the valley.
    drift : array, shape (d,)
        -(2ηρ²/(2 - ηλ₁)²) ∇λ_max(w_z).
    remainder_bound : float
        The largest distance of the true step from `bounce + drift`.
    """

    bounce: Array
    drift: Array
    remainder_bound: float

    @property
    def total(self) -> Array:
        """bounce + drift, shape (d,)."""
        return self.bounce + self.drift


def bounce_point(loss: Loss, minimum: ArrayLike, eta: float, rho: float, sign: int = 1) -> Array:
    """w_z + s a e₁, the point from which Theorem 21 steps; (d,) → (d,).

    Parameters
    ----------
    loss : Loss
    minimum : array_like, shape (d,)
        w_z, a critical point.
    eta, rho : float
        η with ηλ₁ < 1, and ρ > 0.
    sign : {1, -1}
        s.

    Raises
    ------
    ValueError
        If a parameter is outside its range, w_z is not critical, or λ₁ is not simple and positive.
    """
    minimum, top = _minimum(loss, minimum, eta, rho)
    return np.asarray(minimum + _sign(sign) * constants.amplitude(top.value, eta, rho) * top.vector)


def drift_rate(top: float, eta: float, rho: float) -> float:
    """2ηρ²/(2 - ηλ₁)², the step size of the drift on λ_max (Theorem 21); `top` is λ₁.

    It equals ½η(a + ρ)²: half the squared distance to which SAM looks, times η.
    """
    return 2 * eta * rho * rho / (2 - eta * top) ** 2


def predicted_step(
    loss: SmoothLoss, minimum: ArrayLike, eta: float, rho: float, sign: int = 1, *, b3: float, b4: float
) -> PredictedStep:
    """Theorem 21's step from `bounce_point(loss, minimum, eta, rho, sign)`.

    Parameters
    ----------
    loss : SmoothLoss
    minimum, eta, rho, sign
        As in `bounce_point`.
    b3 : float
        B₃ ≥ ‖D³ℓ‖ (operator norm) in the ball of radius 2ρ/(2 - ηλ₁) around w_z.
    b4 : float
        B₄, a Lipschitz constant of D³ℓ there.

    Raises
    ------
    ValueError
        As `bounce_point`, or if a constant is negative.
    """
    minimum, top = _minimum(loss, minimum, eta, rho)
    amplitude = constants.amplitude(top.value, eta, rho)
    return PredictedStep(
        bounce=-2 * _sign(sign) * amplitude * top.vector,
        drift=-drift_rate(top.value, eta, rho) * sharpness_gradient(loss, minimum),
        remainder_bound=remainder_bound(top.value, eta, rho, b3=b3, b4=b4),
    )


def remainder_bound(
    top: float, eta: float, rho: float, *, b3: float, b4: float, form: Literal["stated", "sharp"] = "stated"
) -> float:
    """How far Theorem 21's two terms can be from the true step.

    "stated" is ηρ²[(1 + ηλ₁)³ρB₄/6 + 2(2λ₁ + B₃ρ)ηB₃], Theorem 21 with its one constant B told apart into two.
    "sharp" is what the proof gives before rounding up: (η/6)(2ρ/(2 - ηλ₁))³B₄ + η²ρ²B₃(λ₁ + 2B₃ρ/(2 - ηλ₁))/(2 - ηλ₁).

    Parameters
    ----------
    top : float
        λ₁ > 0.
    eta, rho : float
        0 < η < 1/λ₁ and ρ > 0.
    b3, b4 : float
        B₃ ≥ ‖D³ℓ‖ and a Lipschitz constant B₄ of D³ℓ, both ≥ 0.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """
    _check_steps(top, eta, rho)
    for name, bound in (("b3", b3), ("b4", b4)):
        step_parameter(name, bound, zero_allowed=True)
    x = eta * top
    if form == "stated":
        return eta * rho**2 * ((1 + x) ** 3 * rho * b4 / 6 + 2 * (2 * top + b3 * rho) * eta * b3)
    if form == "sharp":
        reach = 2 * rho / (2 - x)
        return eta * reach**3 * b4 / 6 + eta**2 * rho**2 * b3 * (top + b3 * reach) / (2 - x)
    raise ValueError(f"form must be 'stated' or 'sharp', got {form!r}")


def sharpness_gradient(loss: SmoothLoss, w: ArrayLike) -> Array:
    """∇λ_max(∇²ℓ)(w) = D³ℓ(w)(e₁, e₁, ·), with e₁ the top eigenvector at w; (d,) → (d,).

    Raises
    ------
    ValueError
        If λ₁ is not simple at w: λ_max is not differentiable there.
    """
    w = _point("w", w, loss.dimension)
    e = top_eigenpair(loss.hessian(w), simple=True).vector
    return np.asarray(np.einsum("ijk,i,j->k", loss.third_derivative(w), e, e))


def sharpness_gradient_by_differences(loss: Loss, w: ArrayLike, step: float = 1e-5) -> Array:
    """∇λ_max(∇²ℓ)(w) from central differences of the eigenvalue itself: a check on `sharpness_gradient`.

    The error is of order step² where λ₁ is simple; (d,) → (d,).
    """
    w = _point("w", w, loss.dimension)
    shifts = step * np.eye(loss.dimension)
    ahead, behind = (np.linalg.eigvalsh(loss.hessian(w + shift))[..., -1] for shift in (shifts, -shifts))
    return np.asarray((ahead - behind) / (2 * step))


def drift_flow(loss: SmoothLoss, start: ArrayLike, eta: float, rho: float, steps: int) -> Array:
    """The flow of the drift along a floor of minima, at the times 0, 1, …, T of SAM's steps.

    It solves ẇ = -(2ηρ²/(2 - ηλ₁(w))²) Π∇λ_max(w), where Π projects on the kernel of ∇²ℓ(w), the directions in which
    the floor extends. From an isolated minimum, whose kernel is 0, it does not move.

    Parameters
    ----------
    loss : SmoothLoss
    start : array_like, shape (d,)
        A minimum.
    eta, rho : float
        As in `bounce_point`.
    steps : int
        T ≥ 0.

    Returns
    -------
    array, shape (T + 1, d)

    Raises
    ------
    ValueError
        As `bounce_point`, also where the flow comes to a point at which λ₁ is not simple.
    """
    start, _ = _minimum(loss, start, eta, rho)
    steps = count("steps", steps)

    def velocity(_: float, w: Array) -> Array:
        values, vectors = np.linalg.eigh(loss.hessian(w))
        floor = vectors[:, np.abs(values) <= 1e-6 * values[-1]]
        gradient = sharpness_gradient(loss, w)
        return np.asarray(-drift_rate(float(values[-1]), eta, rho) * (floor @ (floor.T @ gradient)))

    if steps == 0:
        return start[None, :].copy()
    solution = solve_ivp(velocity, (0, steps), start, t_eval=np.arange(steps + 1), rtol=1e-10, atol=1e-12)
    if not solution.success:
        raise ValueError(f"the flow from {start.tolist()} could not be followed: {solution.message}")
    return np.asarray(solution.y.T)


def radius_limit(top: float, eta: float, third: float) -> float:
    """ρ* = ηλ₁²(2 - ηλ₁)/(2|D³ℓ(e₁, e₁, e₁)|), to leading order the radius up to which SAM's signs alternate (ours).

    Along e₁ the drift moves the centre of the bounce by 2ρ²|D³₁₁₁|/(λ₁(2 - ηλ₁)²); beyond ρ* that is more than the
    amplitude a. inf where the third derivative along e₁ is 0. `top` is λ₁.
    """
    _check_steps(top, eta, 1.0)
    return eta * top**2 * (2 - eta * top) / (2 * abs(third)) if third else float("inf")


def cubic_radius_limit(top: float, eta: float, third: float) -> float:
    """The radius at which the two-cycle of ½λ₁w² + D w³/6 touches the minimum, exactly (ours).

    It is yλ₁/|D| with the root y in (0, 2) of x(1 + y/2) = (y/2)[1 + (1 + x(1 + y/2))²], x = ηλ₁; see `radius_limit`.
    """
    _check_steps(top, eta, 1.0)
    if not third:
        return float("inf")
    x = eta * top

    def excess(y: float) -> float:
        far = x * (1 + y / 2)
        return far - y / 2 * (1 + (1 + far) ** 2)

    return float(brentq(excess, 0.0, 2.0, xtol=1e-15, rtol=1e-14)) * top / abs(third)


def ravine_cycle(eta: float, rho: float) -> Array:
    """The two-cycle (±η, c) of SAM on the flattening ravine of Figures 3 and 4, with c > 0; shape (2, 2).

    Both points see the same ascended point up to reflection, at which the slope along w₂ vanishes: with m = 1 + c²/2
    and tan θ = c(1 - η²/m²)m/(2η), c is the root of η + ρ cos θ = 1 + (c + ρ sin θ)²/2. Its mirror image (±η, -c) is
    a two-cycle as well.

    Raises
    ------
    ValueError
        If η + ρ ≤ 1: the bounce at the origin is then stable, and no such cycle branches off.
    """
    eta, rho = _positive("eta", eta), _positive("rho", rho)
    if eta + rho <= 1:
        raise ValueError(f"the cycle needs eta + rho > 1, got {eta:g} + {rho:g} = {eta + rho:g}")

    def excess(c: float) -> float:
        m = 1 + c * c / 2
        angle = np.arctan2(c * (1 - (eta / m) ** 2) * m, 2 * eta)
        return float(eta + rho * np.cos(angle) - 1 - (c + rho * np.sin(angle)) ** 2 / 2)

    # positive at 0 by η + ρ > 1, negative where (c + ρ sin θ)²/2 alone exceeds η + ρ
    c = float(brentq(excess, 0.0, np.sqrt(2 * (eta + rho)), xtol=1e-16, rtol=1e-14))
    return np.array([[eta, c], [-eta, c]])


def step_jacobian(loss: Loss, w: ArrayLike, eta: float, rho: float) -> Array:
    """The derivative of SAM's step at w, I - ηH(w̃)(I + ρ(I - ĝĝᵀ)H(w)/‖g‖); (d,) → (d, d).

    Here g = ∇ℓ(w), ĝ = g/‖g‖, w̃ = w + ρĝ and H = ∇²ℓ.

    Raises
    ------
    ValueError
        If a parameter is outside its range or ∇ℓ(w) = 0.
    """
    w = _point("w", w, loss.dimension)
    gradient = loss.gradient(w)
    norm = float(np.linalg.norm(gradient))
    if norm == 0:
        raise ValueError(f"SAM's step is not differentiable at a critical point, got w = {w.tolist()}")
    unit, identity = gradient / norm, np.eye(loss.dimension)
    ascended = w + SAM(eta=eta, rho=rho).perturbation(loss, w)
    turn = rho * (identity - np.outer(unit, unit)) @ loss.hessian(w) / norm
    return np.asarray(identity - eta * loss.hessian(ascended) @ (identity + turn))


def cycle_multipliers(loss: Loss, cycle: ArrayLike, eta: float, rho: float) -> np.ndarray:
    """Eigenvalues of the derivative of a whole turn of a cycle; it attracts if all lie inside the unit circle.

    Parameters
    ----------
    loss : Loss
    cycle : array_like, shape (p, d)
        The points in the order in which SAM visits them.
    eta, rho : float

    Returns
    -------
    complex array, shape (d,), sorted by size, largest first

    Raises
    ------
    ValueError
        If the points are not a cycle: a step from one misses the next by more than 1e-8 of the cycle's size.
    """
    cycle = points("cycle", cycle, loss.dimension, finite=True)
    if cycle.ndim != 2 or len(cycle) == 0:
        raise ValueError(f"cycle must have shape (p, {loss.dimension}), got {cycle.shape}")
    miss = float(np.abs(SAM(eta=eta, rho=rho).step(loss, cycle) - np.roll(cycle, -1, axis=0)).max())
    if miss > 1e-8 * float(np.abs(cycle).max()):
        raise ValueError(f"the points are not a cycle of SAM: a step misses the next one by {miss:.3g}")
    turn = np.eye(loss.dimension)
    for w in cycle:
        turn = step_jacobian(loss, w, eta, rho) @ turn
    multipliers = np.linalg.eigvals(turn)
    return multipliers[np.argsort(-np.abs(multipliers), kind="stable")]


def _minimum(loss: Loss, w: ArrayLike, eta: float, rho: float) -> tuple[Array, TopEigenpair]:
    """A validated critical point with a simple λ₁, where 0 < ηλ₁ < 1."""
    w = _point("minimum", w, loss.dimension)
    top = top_eigenpair(loss.hessian(w), simple=True)
    if not top.value > 0:
        raise ValueError(f"the largest eigenvalue of the Hessian must be > 0, got {top.value:g} at {w.tolist()}")
    _check_steps(top.value, eta, rho)
    slope = float(np.linalg.norm(loss.gradient(w)))
    if slope > 1e-8 * top.value * (rho + float(np.linalg.norm(w))):
        raise ValueError(f"minimum must be a critical point, but the gradient at {w.tolist()} has norm {slope:.3g}")
    return w, top


def _check_steps(top: float, eta: float, rho: float) -> None:
    eta, rho, top = _positive("eta", eta), _positive("rho", rho), _positive("the largest eigenvalue", top)
    if not eta * top < 1:
        raise ValueError(f"eta must satisfy 0 < eta < 1/λ₁ = {1 / top:g}, got {eta:g}")


def _positive(name: str, value: float) -> float:
    parameter = step_parameter(name, value)
    if not isinstance(parameter, float):
        raise ValueError(f"{name} must be a single number, got an array of shape {parameter.shape}")
    return parameter


def _point(name: str, w: ArrayLike, dimension: int) -> Array:
    w = points(name, w, dimension, finite=True)
    if w.ndim != 1:
        raise ValueError(f"{name} must be one point of shape ({dimension},), got shape {w.shape}")
    return w


def _sign(sign: int) -> int:
    if sign not in (1, -1):
        raise ValueError(f"sign must be 1 or -1, got {sign!r}")
    return int(sign)
