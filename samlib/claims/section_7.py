"""Section 7: what can be said exactly about the paper's open questions.

The section asks and proves nothing; the statements here are ours. They are about quadratics (repeated top eigenvalue,
momentum, other balls, no normalisation) and about losses of one example whose minimum is at infinity.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import constants, drift
from samlib._validation import Array
from samlib.claims._claim import Certificate, Claim, Hypothesis, Identity, Instance, Refutation, Variation, equal, iff
from samlib.claims._quadratics import POSITIVE, STABLE, quadratics
from samlib.losses import Quadratic
from samlib.optimizers import SAM, trajectory

__all__ = ["CLAIMS"]

CHAPTER = "07-open-problems"

_ACCURACY = 1e-6
_PATIENCE = 20_000


def _symbols(names: str) -> Any:
    return sp.symbols(names, positive=True)


def _vectors(d: int, *names: str) -> list[sp.Matrix]:
    """Vectors of d real symbols each."""
    return [sp.Matrix([sp.Symbol(f"{name}_{i}", real=True) for i in range(1, d + 1)]) for name in names]


def _square(vector: sp.Matrix, weights: Any = None) -> sp.Expr:
    return sum(entry**2 * (weights[i] if weights is not None else 1) for i, entry in enumerate(vector))


def _settling(step: Callable[[Array], Array], u: Array, distance: Callable[[Array], float]) -> float:
    """Margin of "u converges": positive where `distance` falls below the accuracy and is there one step later, too."""
    before = error = np.inf
    for _ in range(_PATIENCE):
        u = step(u)
        error = distance(u)
        if not error < 1e100:
            return -1e6
        if max(error, before) < _ACCURACY:
            break
        before = error
    return 1 - max(error, before) / _ACCURACY


# A repeated largest eigenvalue


def _top(eigenvalues: Array) -> Array:
    return np.asarray(eigenvalues == eigenvalues[0])


def _top_margin(eigenvalues: Array, eta: float, rho: float, w: Array, top: Array | None = None) -> float:
    """How far the run is from a line in the top eigenspace, and its end from the bounce on it."""
    top = _top(eigenvalues) if top is None else top
    direction = np.where(top, w, 0.0)
    direction = direction / (np.linalg.norm(direction) or 1.0)
    path = trajectory(SAM(eta, rho), Quadratic(eigenvalues), w, 12)
    part = np.where(top, path, 0.0)
    across = part - np.outer(part @ direction, direction)
    size = np.linalg.norm(part, axis=1)
    worst = float(np.max(np.linalg.norm(across, axis=1) / np.where(size > 0, size, 1.0)))
    a = constants.amplitude(eigenvalues[0], eta, rho)
    pull, slope = eta * rho * eigenvalues**2, 1 - eta * eigenvalues

    def flipped(u: Array) -> Array:
        r = math.sqrt(float(np.square(eigenvalues * u).sum()))
        return np.asarray((pull / r - slope) * u)

    def distance(u: Array) -> float:
        along = float(u @ direction)
        return float(np.linalg.norm(u - math.copysign(a, along) * direction)) / abs(a)

    return min(1e-9 - worst, _settling(flipped, np.array(w, dtype=float), distance))


def _top_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Runs that settle in a few hundred steps: λ_j ≤ 0.9λ₁ below the top, λ_d ≥ λ₁/5; ηλ₁ from 0.1 to 1.9."""
    for _ in range(n):
        k, rest = int(rng.integers(1, 5)), int(rng.integers(0, 4))
        top = 10 ** rng.uniform(-2, 2)
        below = np.sort(rng.uniform(0.2, 0.9, rest))[::-1]
        x = float(rng.choice([rng.uniform(0.1, 1.9), 1.0]))
        rho = float(10 ** rng.uniform(-2, 2))
        size = x * rho / abs(2 - x) * 10 ** rng.uniform(-2, 2)
        yield {
            "eigenvalues": top * np.concatenate([np.ones(k), below]),
            "eta": x / top,
            "rho": rho,
            "w": size * rng.normal(size=k + rest),
        }


def _stays_alive(eigenvalues: Array, eta: float, rho: float, w: Array, **_: Any) -> bool:
    """Whether Πw_t ≠ 0 for all t, as far as doubles tell: Πw₀ ≠ 0, and no early ‖v_t‖ within rounding of γ₁."""
    if not np.any(w[_top(eigenvalues)]):
        return False
    if eta * eigenvalues[0] >= 1:
        return True
    gamma, v = constants.gamma(eigenvalues[0], eta, rho), eigenvalues * w
    for _step in range(60):
        r = float(np.linalg.norm(v))
        if abs(r - gamma) <= 1e-12 * gamma:
            return False
        v = constants.next_factor(eigenvalues, eta, rho, r) * v
    return True


_ALIVE = Hypothesis(r"$\Pi w_t\ne0$ for all $t$", _stays_alive)


def _turn(same: bool = True) -> sp.Expr:
    """w₊ᵢwⱼ - w₊ⱼwᵢ for two coordinates with the same eigenvalue, whatever ‖Λw‖ is."""
    lam, other, eta, rho, r = _symbols("lambda mu eta rho r")
    x, y = sp.symbols("w_i w_j", real=True)
    factor = constants.next_factor(lam, eta, rho, r)
    return sp.expand(factor * x * y - (factor if same else constants.next_factor(other, eta, rho, r)) * y * x)


def _same_factor(lam_1: Any, lam_2: Any, eta: Any, rho: Any, r: Any) -> Any:
    equal_factors = constants.next_factor(lam_1, eta, rho, r) == constants.next_factor(lam_2, eta, rho, r)
    return z3.Implies(equal_factors, lam_1 == lam_2)


TOP_EIGENSPACE = Claim(
    id="top-eigenspace",
    title="The bounce when the largest eigenvalue is repeated",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1=\dots=\lambda_k>\lambda_{k+1}\ge\dots\ge\lambda_d>0$, $\rho>0$, $0<\eta<\frac2{\lambda_1}$, "
        r"$a=\frac{\eta\rho\lambda_1}{2-\eta\lambda_1}$, and let $\Pi$ be the projection on the first $k$ coordinates. "
        r"As long as $w_t\ne0$, SAM's next iterate has $\Pi w_{t+1}=\bigl(1-\eta\lambda_1-"
        r"\frac{\eta\rho\lambda_1^2}{\norm{\Lambda w_t}}\bigr)\Pi w_t$. If $\Pi w_t\ne0$ for all $t$, then "
        r"$(-1)^tw_t$ converges to $a\frac{\Pi w_0}{\norm{\Pi w_0}}$ or to its negative."
    ),
    hypotheses=(POSITIVE, STABLE, _ALIVE),
    margin=_top_margin,
    instances=_top_instances,
    identities=(
        Identity(
            r"$w_{t+1,i}w_{t,j}=w_{t+1,j}w_{t,i}$ if $\lambda_i=\lambda_j$, in any dimension",
            _turn,
            partial(_turn, same=False),
        ),
    ),
    certificates=(
        Certificate(
            "two coordinates are multiplied by the same number only if their eigenvalues are equal",
            "lam_1 lam_2 eta rho r",
            lambda lam_1, lam_2, eta, rho, r: [lam_1 > 0, lam_2 > 0, eta > 0, rho > 0, r > 0],
            _same_factor,
            Variation(
                r"without $\rho>0$",
                hypotheses=lambda lam_1, lam_2, eta, rho, r: [lam_1 > 0, lam_2 > 0, eta > 0, r > 0],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta\lambda_1=2.1$ the run leaves for infinity.",
            {"eigenvalues": np.array([1.0, 1.0]), "eta": 2.1, "rho": 1.0, "w": np.array([3.0, 4.0])},
            without=STABLE.says,
        ),
        Refutation(
            r"From $\Pi w_0=0$ the run settles on the bounce along $e_3$.",
            {"eigenvalues": np.array([1.0, 1.0, 0.5]), "eta": 0.5, "rho": 1.0, "w": np.array([0.0, 0.0, 2.0])},
            without=_ALIVE.says,
        ),
        Refutation(
            r"With $\lambda_2=0$ the second coordinate stays where it is.",
            {"eigenvalues": np.array([1.0, 0.0]), "eta": 0.5, "rho": 1.0, "w": np.array([2.0, 1.0])},
            without=POSITIVE.says,
        ),
        Refutation(
            r"With the projection on two coordinates of different eigenvalues, $1$ and $\frac12$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.5, "rho": 1.0, "w": np.array([1.0, 1.0])},
            margin=partial(_top_margin, top=np.array([True, True])),
        ),
    ),
    on_paper=(
        "That the run stays in the sum of a line and the lower eigenspaces, where the largest eigenvalue is simple and "
        "the larger-steps theorem applies."
    ),
    depends_on=("eq-3", "larger-steps"),
    note="Section 7 says that it should not be hard to remove the assumption $\\lambda_1>\\lambda_2$.",
    ours=True,
)


# Momentum


def _beta_m(lam: Any, eta: Any, rho: Any, momentum: Any) -> Any:
    """ηρλ²/(2(1 + m) - ηλ), the ‖Λu‖ at the critical points of J_m; m = 0 gives β."""
    return eta * rho * lam * lam / (2 * (1 + momentum) - eta * lam)


def _heavy_ball(eigenvalues: Array, eta: float, rho: float, momentum: float, w: Array, before: Array) -> Array:
    """w - ηΛ(w + ρΛw/‖Λw‖) + m(w - w₋) by the definition."""
    v = eigenvalues * w
    size = np.linalg.norm(v)
    ascended = w + rho * v / (size if size > 0 else 1.0)
    return np.asarray(w - eta * eigenvalues * ascended + momentum * (w - before))


def _potential_m(eigenvalues: Array, eta: float, rho: float, momentum: float, u: Array) -> float:
    """J_m(u) = J(u) + (m/ηρ)‖u‖²."""
    c = (2 * (1 + momentum) - eta * eigenvalues) / (eta * rho)
    return float(0.5 * (c * u) @ u - np.linalg.norm(eigenvalues * u))


_MOMENTUM = Hypothesis(r"$0\le m<1$", lambda momentum, **_: bool(0 <= momentum < 1))
_HEAVY_STABLE = Hypothesis(
    r"$\eta\lambda_1<2(1+m)$", lambda eigenvalues, eta, momentum, **_: bool(eta * eigenvalues[0] < 2 * (1 + momentum))
)
# A repeated λ₁ leaves the bounce neutral along its eigenspace. The probe wants more than rounding of a gap.
_APART = Hypothesis(
    r"$\lambda_1>\lambda_2$", lambda eigenvalues, **_: bool(np.all(eigenvalues[0] * (1 - 1e-4) > eigenvalues[1:]))
)


def _heavy_margin(
    eigenvalues: Array, eta: float, rho: float, momentum: float, u: Array, before: Array, share: float = 1.0
) -> float:
    """The identity at (u, u₋); the two-cycle; the spectral radius of the derivative there, which must be below 1.

    `share` of the true coefficient of ‖u‖² is used in J_m.
    """
    r = np.linalg.norm(eigenvalues * u)
    c = (2 * (1 + share * momentum) - eta * eigenvalues) / (eta * rho)
    slope = c * u - eigenvalues**2 * u / r
    flipped = -_heavy_ball(eigenvalues, eta, rho, momentum, u, -before)
    size = np.linalg.norm(u) + np.linalg.norm(before) + np.linalg.norm(eta * rho * slope)
    identity = equal(flipped, u - eta * rho * slope + momentum * (u - before), scale=size)
    bounce = _beta_m(eigenvalues[0], eta, rho, share * momentum) / eigenvalues[0] * np.eye(eigenvalues.size)[0]
    after = _heavy_ball(eigenvalues, eta, rho, momentum, bounce, -bounce)
    cycle = equal(after, -bounce, scale=(1 + eta * eigenvalues[0]) * abs(bounce[0]) + eta * rho * eigenvalues[0])
    identity_matrix = np.eye(eigenvalues.size)
    derivative = drift.step_jacobian(Quadratic(eigenvalues), bounce, eta, rho)
    turn = np.block(
        [
            [derivative + momentum * identity_matrix, -momentum * identity_matrix],
            [identity_matrix, 0 * identity_matrix],
        ]
    )
    radius = float(np.abs(np.linalg.eigvals(turn)).max())
    return min(identity, cycle, 1 - radius - 1e-7)


def _heavy_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Momentum up to 0.99; ηλ₁ up to 2(1 + m) but for a ten-thousandth; λ₁/λ₂ from 1.001."""
    for quadratic in quadratics(rng, n, dimensions=(1, 6)):
        ratios = np.asarray(quadratic["eigenvalues"]) / quadratic["eigenvalues"][0]  # type: ignore[index]
        ratios[1:] = np.minimum(ratios[1:], 1 - 10 ** rng.uniform(-3, -1))
        top, rho = 10 ** rng.uniform(-2, 2), float(quadratic["rho"])
        momentum = float(rng.choice([0.0, rng.uniform(0, 0.99), 0.5, 0.9, 0.99]))
        x = 2 * (1 + momentum) * float(rng.choice([rng.uniform(1e-3, 1 - 1e-3), 1e-3, 1 - 1e-3]))
        u, before = rho * 10 ** rng.uniform(-2, 2) * rng.normal(size=(2, ratios.size))
        yield {
            "eigenvalues": top * ratios,
            "eta": x / top,
            "rho": rho,
            "momentum": momentum,
            "u": u,
            "before": before,
        }


def _at(eigenvalues: list[float], eta: float, momentum: float, u: list[float], before: list[float]) -> Instance:
    """An instance with ρ = 1."""
    arrays = {"eigenvalues": np.array(eigenvalues), "u": np.array(u), "before": np.array(before)}
    return {**arrays, "eta": eta, "rho": 1.0, "momentum": momentum}


def _heavy_index(sign: int = 1) -> sp.Expr:
    """The flipped heavy-ball step minus the heavy-ball step on J_m, in one coordinate of any dimension."""
    lam, eta, rho, m, r = _symbols("lambda eta rho m r")
    u, before = sp.symbols("u u_before", real=True)
    flipped = -(constants.next_factor(lam, eta, rho, r) * u + m * (u + before))
    slope = (2 * (1 + sign * m) - eta * lam) / (eta * rho) * u - lam**2 * u / r
    return sp.simplify(flipped - (u - eta * rho * slope + m * (u - before)))


def _heavy_vector(d: int, sign: int = 1) -> sp.Matrix:
    """The same in whole vectors, with ∇J_m by differentiation."""
    eta, rho, m = _symbols("eta rho m")
    lam = sp.Matrix(_symbols(" ".join(f"lambda_{i}" for i in range(1, d + 1))))
    u, before = _vectors(d, "u", "p")
    v = sp.Matrix([lam[i] * u[i] for i in range(d)])
    r = sp.sqrt(_square(v))
    sam = sp.Matrix([u[i] - eta * lam[i] * (u[i] + rho * v[i] / r) for i in range(d)])
    flipped = -(sam + m * (u + before))
    potential = sum((2 - eta * lam[i]) * u[i] ** 2 for i in range(d)) / (2 * eta * rho) - r
    potential += sign * m / (eta * rho) * _square(u)
    slope = sp.Matrix([sp.diff(potential, entry) for entry in u])
    return sp.simplify(flipped - (u - eta * rho * slope + m * (u - before)))


def _curvature_m(k: Any, x: Any, m: Any) -> Any:
    """ηρ times the second derivative of J_m across the bounce, along an eigenvector with λ/λ₁ = k: ηρλ²(1/β - 1/β₁)."""
    return 2 * (1 + m) - x * k - k * k * (2 * (1 + m) - x)


def _curvature_identity(power: int = 2) -> sp.Expr:
    lam, lam_1, eta, rho, m = _symbols("lambda lambda_1 eta rho m")
    across = lam**power * (1 / _beta_m(lam, eta, rho, m) - 1 / _beta_m(lam_1, eta, rho, m))
    return sp.simplify(eta * rho * across - _curvature_m(lam / lam_1, eta * lam_1, m))


HEAVY_BALL = Claim(
    id="heavy-ball",
    title="SAM with momentum is momentum on a potential",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d>0$, $\eta,\rho>0$, $0\le m<1$, "
        r"$w_{t+1}=w_t-\eta\nabla\ell\bigl(w_t+\rho\frac{\Lambda w_t}{\norm{\Lambda w_t}}\bigr)+m(w_t-w_{t-1})$ "
        r"with $w_t\ne0$, and $u_t=(-1)^tw_t$. Then $u_{t+1}=u_t-\eta\rho\nabla J_m(u_t)+m(u_t-u_{t-1})$ with "
        r"$J_m(u)=J(u)+\frac m{\eta\rho}\norm u^2$. If $\eta\lambda_1<2(1+m)$, then $\pm a_me_1$ with "
        r"$a_m=\frac{\eta\rho\lambda_1}{2(1+m)-\eta\lambda_1}$ is a two-cycle, and if moreover $\lambda_1>\lambda_2$, "
        r"it attracts all runs that have two successive iterates close to it."
    ),
    hypotheses=(POSITIVE, _MOMENTUM, _HEAVY_STABLE, _APART),
    margin=_heavy_margin,
    instances=_heavy_instances,
    identities=(
        Identity("the step of a coordinate, in any dimension", _heavy_index, partial(_heavy_index, sign=-1)),
        Identity("the step in whole vectors, $d=2$", partial(_heavy_vector, 2), partial(_heavy_vector, 2, sign=-1)),
        Identity("the step in whole vectors, $d=3$", partial(_heavy_vector, 3), partial(_heavy_vector, 3, sign=-1)),
        Identity(
            r"$\eta\rho\lambda^2\bigl(\frac1{\beta_m(\lambda)}-\frac1{\beta_m(\lambda_1)}\bigr)"
            r"=2(1+m)-xk-k^2(2(1+m)-x)$ with $k=\lambda/\lambda_1$, $x=\eta\lambda_1$",
            _curvature_identity,
            partial(_curvature_identity, power=1),
        ),
    ),
    certificates=(
        Certificate(
            r"across the bounce the curvature is in the range of stability: $0<2(1+m)-xk-k^2(2(1+m)-x)<2(1+m)$ for "
            r"$0<k<1$",
            "k x m",
            lambda k, x, m: [k > 0, k < 1, x > 0, m >= 0, x < 2 * (1 + m)],
            lambda k, x, m: z3.And(_curvature_m(k, x, m) > 0, _curvature_m(k, x, m) < 2 * (1 + m)),
            Variation(r"with $k\le1$", hypotheses=lambda k, x, m: [k > 0, k <= 1, x > 0, m >= 0, x < 2 * (1 + m)]),
        ),
        Certificate(
            r"a real root of $z^2-(1+m-\mu)z+m$ with $0<\mu<2(1+m)$, $0\le m<1$ has $|z|<1$",
            "z mu m",
            lambda z, mu, m: [m >= 0, m < 1, mu > 0, mu < 2 * (1 + m), z * z - (1 + m - mu) * z + m == 0],
            lambda z, mu, m: z3.And(z < 1, z > -1),
            Variation(
                r"without $\mu<2(1+m)$",
                hypotheses=lambda z, mu, m: [m >= 0, m < 1, mu > 0, z * z - (1 + m - mu) * z + m == 0],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta\lambda_1=3.2>2(1+m)=3$ there is no such cycle.",
            _at([1.0, 0.5], 3.2, 0.5, [1.0, 2.0], [0.5, 0.0]),
            without=_HEAVY_STABLE.says,
        ),
        Refutation(
            r"At $m=1$ nothing is damped, and the cycle does not attract.",
            _at([1.0, 0.5], 0.2, 1.0, [1.0, 2.0], [0.5, 0.0]),
            without=_MOMENTUM.says,
        ),
        Refutation(
            r"With $\lambda_1=\lambda_2$ the cycle is one of a ring, and attracts nothing along it.",
            _at([1.0, 1.0], 0.2, 0.5, [1.0, 2.0], [0.5, 0.0]),
            without=_APART.says,
        ),
        Refutation(
            r"With $J+\frac m{2\eta\rho}\norm u^2$: half of what momentum adds.",
            _at([1.0, 0.5], 0.2, 0.5, [1.0, 2.0], [0.5, 0.0]),
            margin=partial(_heavy_margin, share=0.5),
        ),
        Refutation(
            r"With $\lambda_2=0$ nothing brings the second coordinate back.",
            _at([1.0, 0.0], 0.2, 0.5, [1.0, 2.0], [0.5, 0.0]),
            without=POSITIVE.says,
        ),
    ),
    on_paper=(
        r"That complex roots of $z^2-(1+m-\mu)z+m$ have $|z|^2=m$, and that a cycle attracts if the derivative of its "
        r"turn has spectral radius below one."
    ),
    depends_on=("lemma-10", "prop-8"),
    ours=True,
)


def _energy(eigenvalues: Array, eta: float, rho: float, momentum: float, u: Array, before: Array) -> float:
    """E = J_m(u) + (m/2ηρ)‖u - u₋‖²."""
    moved = u - before
    return _potential_m(eigenvalues, eta, rho, momentum, u) + momentum / (2 * eta * rho) * float(moved @ moved)


def _energy_margin(
    eigenvalues: Array, eta: float, rho: float, momentum: float, u: Array, before: Array, multiple: float = 4.0
) -> float:
    """The identity at (u, u₋), that E does not rise, and that the run ends on a bounce along some eigenvector.

    `multiple` replaces the 4 of ηΛ - 4mI.
    """
    after = -_heavy_ball(eigenvalues, eta, rho, momentum, u, -before)
    move, moved = after - u, u - before
    r, length = np.linalg.norm(eigenvalues * u), np.linalg.norm(eigenvalues * after)
    turned = length - (eigenvalues * after) @ (eigenvalues * u) / r
    damped = float(((eta * eigenvalues - multiple * momentum) * move) @ move) / (2 * eta * rho)
    jerk = momentum / (2 * eta * rho) * float((move - moved) @ (move - moved))
    fall = -_energy(eigenvalues, eta, rho, momentum, after, u) + _energy(eigenvalues, eta, rho, momentum, u, before)
    size = r + length + jerk + abs(damped) + float(u @ u + after @ after + moved @ moved) / (eta * rho)
    identity = equal(fall, damped + jerk + turned, scale=size)
    bounces = _beta_m(eigenvalues, eta, rho, momentum) / eigenvalues
    points = np.concatenate([np.diag(bounces), -np.diag(bounces)])
    last = [before]

    def advance(point: Array) -> Array:
        following = -_heavy_ball(eigenvalues, eta, rho, momentum, point, -last[0])
        last[0] = point
        return following

    def distance(point: Array) -> float:
        return float(np.linalg.norm(points - point, axis=1).min()) / abs(bounces[0])

    return min(float(identity), float(fall / size), _settling(advance, u, distance))


def _energy_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Distinct eigenvalues, ηλ_d > 4m and ηλ₁ < 2(1 + m), not within a twentieth of the last, so that runs settle."""
    for _ in range(n):
        d = int(rng.integers(1, 4))
        ratios = np.cumprod(np.append(1.0, rng.uniform(0.6, 0.9, d - 1)))
        most = 0.9 * ratios[-1] / (2 - ratios[-1])  # 4m/z < 2(1 + m)·0.95 has room below it
        momentum = float(rng.choice([0.0, rng.uniform(0, most)]))
        low, high = max(4 * momentum / ratios[-1], 0.1), 1.9 * (1 + momentum)
        x = float(rng.choice([rng.uniform(low, high), low * (1 + 1e-9)]))
        top, rho = 10 ** rng.uniform(-2, 2), 10 ** rng.uniform(-2, 2)
        size = _beta_m(1.0, x, rho, momentum)
        u, before = size * 10 ** rng.uniform(-2, 2) * rng.normal(size=(2, d))
        yield {
            "eigenvalues": top * ratios,
            "eta": x / top,
            "rho": float(rho),
            "momentum": momentum,
            "u": u,
            "before": before,
        }


_DAMPED = Hypothesis(
    r"$\eta\lambda_d>4m$", lambda eigenvalues, eta, momentum, **_: bool(eta * eigenvalues[-1] > 4 * momentum)
)
_DISTINCT = Hypothesis(
    r"$\lambda_1>\dots>\lambda_d>0$", lambda eigenvalues, **_: bool(np.all(np.diff(eigenvalues) < 0))
)


def _energy_index(multiple: int = 4) -> sp.Expr:
    """The summand of E₊ - E, with the norms expanded by D, minus its claimed form, in any dimension."""
    lam, eta, rho, m, r = _symbols("lambda eta rho m r")
    u, before = sp.symbols("u u_before", real=True)
    s, c = eta * rho, (2 * (1 + m) - eta * lam) / (eta * rho)
    moved = u - before
    move = -s * (c * u - lam**2 * u / r) + m * moved
    change = c * ((u + move) ** 2 - u**2) / 2 - lam**2 * u * move / r + m / (2 * s) * (move**2 - moved**2)
    return sp.simplify(change + m / (2 * s) * (move - moved) ** 2 + (eta * lam - multiple * m) * move**2 / (2 * s))


def _energy_vector(multiple: int = 4) -> sp.Expr:
    """The identity in whole vectors, d = 2, with ‖Λu‖ and ‖Λu₊‖ as they are."""
    eta, rho, m = _symbols("eta rho m")
    lam = _symbols("lambda_1 lambda_2")
    u, before = _vectors(2, "u", "p")
    r, length = sp.Symbol("r", positive=True), sp.Symbol("R", positive=True)
    s = eta * rho
    move = sp.Matrix(
        [-(2 * (1 + m) - eta * lam[i]) * u[i] + s * lam[i] ** 2 * u[i] / r + m * (u[i] - before[i]) for i in range(2)]
    )
    after = u + move

    def energy(point: sp.Matrix, previous: sp.Matrix, norm: sp.Symbol) -> sp.Expr:
        quadratic = sum((2 * (1 + m) - eta * lam[i]) * point[i] ** 2 for i in range(2)) / (2 * s)
        return quadratic - norm + m / (2 * s) * _square(point - previous)

    product = sum(lam[i] ** 2 * after[i] * u[i] for i in range(2))
    turned = length - product / r
    damped = sum((eta * lam[i] - multiple * m) * move[i] ** 2 for i in range(2)) / (2 * s)
    jerk = m / (2 * s) * _square(move - (u - before))
    difference = energy(after, u, length) - energy(u, before, r) + jerk + damped + turned
    # r stands for ‖Λu‖: r² is put in where it is left over.
    return sp.simplify(sp.expand(difference).subs(u[0] ** 2, (r**2 - lam[1] ** 2 * u[1] ** 2) / lam[0] ** 2))


HEAVY_BALL_ENERGY = Claim(
    id="heavy-ball-energy",
    title="When momentum does no harm",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"In the setting of the heavy-ball theorem let $\delta_t=u_{t+1}-u_t$ and "
        r"$E_t=J_m(u_t)+\frac m{2\eta\rho}\norm{\delta_{t-1}}^2$. Then $E_{t+1}-E_t=-\frac m{2\eta\rho}"
        r"\norm{\delta_t-\delta_{t-1}}^2-\frac1{2\eta\rho}\delta_t^\top(\eta\Lambda-4mI)\delta_t-D_t$, with "
        r"$D_t=\norm{\Lambda u_{t+1}}-\frac{\langle\Lambda u_{t+1},\Lambda u_t\rangle}{\norm{\Lambda u_t}}\ge0$; "
        r"so $E_t$ does not rise if $4m\le\eta\lambda_d$. "
        r"If $\lambda_1>\dots>\lambda_d>0$, $4m<\eta\lambda_d$, $\eta\lambda_1<2(1+m)$ and $w_t\ne0$ for all $t$, "
        r"then $(-1)^tw_t$ converges to a bounce "
        r"$\pm\frac{\eta\rho\lambda_i}{2(1+m)-\eta\lambda_i}e_i$ along one of the eigenvectors."
    ),
    hypotheses=(POSITIVE, _DISTINCT, _MOMENTUM, _HEAVY_STABLE, _DAMPED),
    margin=_energy_margin,
    instances=_energy_instances,
    identities=(
        Identity("the summand, in any dimension", _energy_index, partial(_energy_index, multiple=2)),
        Identity("in whole vectors, $d=2$", _energy_vector, partial(_energy_vector, multiple=2)),
    ),
    certificates=(
        Certificate(
            r"near the kink the gradient is long: $\frac1r-\frac1\beta\ge\frac1{2r}$ for $0<r\le\frac\beta2$",
            "r beta",
            lambda r, beta: [r > 0, 2 * r <= beta],
            lambda r, beta: 1 / r - 1 / beta >= 1 / (2 * r),
            Variation(r"with $r\le\beta$", hypotheses=lambda r, beta: [r > 0, r <= beta]),
        ),
        Certificate(
            r"no term of the fall is negative: $\eta\lambda_i-4m>0$ for $\lambda_i\ge\lambda_d$",
            "lam_i lam_d eta m",
            lambda lam_i, lam_d, eta, m: [eta > 0, m >= 0, lam_i >= lam_d, eta * lam_d > 4 * m],
            lambda lam_i, lam_d, eta, m: eta * lam_i - 4 * m > 0,
            Variation(
                r"with $\eta\lambda_d>2m$",
                hypotheses=lambda lam_i, lam_d, eta, m: [eta > 0, m >= 0, lam_i >= lam_d, eta * lam_d > 2 * m],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $m=\frac12$, $\eta\lambda=\frac12$ the run from the four-cycle stays on it.",
            _at([1.0], 0.5, 0.5, [-0.2], [0.6]),
            without=_DAMPED.says,
        ),
        Refutation(
            r"At $\eta\lambda_1=2.3>2(1+m)=2.2$ the run leaves for infinity.",
            _at([1.0, 0.5], 2.3, 0.1, [5.0, 0.1], [0.6, 0.0]),
            without=_HEAVY_STABLE.says,
        ),
        Refutation(
            r"With $\lambda_1=\lambda_2$ the run ends on a ring of bounces, in general on no axis.",
            _at([1.0, 1.0], 0.5, 0.1, [1.0, 1.0], [1.0, 1.0]),
            without=_DISTINCT.says,
        ),
        Refutation(
            r"At $m=-\frac15$ the first term has the other sign, and $E$ rises after a long step.",
            _at([1.0, 0.5], 0.5, -0.2, [0.3, 0.0], [9.0, 0.0]),
            without=_MOMENTUM.says,
        ),
        Refutation(
            r"With $\rho=-1$, a look downhill, $w_t$ itself converges, and not to a bounce.",
            {**_at([1.0, 0.9], 0.5, 0.1, [2.0, 1.0], [2.0, 1.0]), "rho": -1.0},
            without=POSITIVE.says,
        ),
        Refutation(
            r"With $\eta\Lambda-2mI$ in place of $\eta\Lambda-4mI$.",
            _at([1.0, 0.9], 1.0, 0.2, [1.0, 2.0], [0.5, 0.0]),
            margin=partial(_energy_margin, multiple=2.0),
        ),
    ),
    on_paper=(
        r"Everything about limits: that $E_t$ is bounded below and does not rise, so that $\delta_t\to0$ and "
        r"$\nabla J_m(u_t)\to0$, and that a connected set of isolated critical points is a point. That almost every "
        r"start ends on the bounce along $e_1$ is sampled only."
    ),
    depends_on=("heavy-ball", "lemma-10", "prop-8"),
    note=r"At $m=0$ the identity is that of Lemma 10.",
    ours=True,
)


def _four_points(x: Any, rho: Any, momentum: Any) -> tuple[Any, Any]:
    """p and q of the four-cycle, x = ηλ."""
    below = (1 + momentum - x) ** 2 + (1 - momentum) ** 2
    return x * rho * (2 - x) / below, x * rho * (2 * momentum - x) / below


def _four_margin(x: float, rho: float, momentum: float, points: Any = _four_points) -> float:
    """How far the four steps are from (p, q, -p, -q), and how far the roots are inside the unit circle."""
    p, q = points(x, rho, momentum)
    orbit = [p, q, -p, -q, p, q]
    steps = [
        equal(
            cur - x * (cur + rho * np.sign(cur)) + momentum * (cur - before),
            following,
            scale=abs(p) + abs(q) + x * rho,
        )
        for before, cur, following in zip(orbit, orbit[1:], orbit[2:], strict=False)
    ]
    inside = 1 - float(np.abs(np.roots([1, -(1 + momentum - x), momentum])).max())
    return min(*steps, p / rho, q / rho, inside - 1e-7)


def _four_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for _ in range(n):
        momentum = float(
            rng.choice([rng.uniform(1e-3, 1 - 1e-3), 10 ** rng.uniform(-3, -1), 1 - 10 ** rng.uniform(-5, -1)])
        )
        x = 2 * momentum * float(rng.choice([rng.uniform(0.01, 0.99), 1e-3, 1 - 1e-6]))
        yield {"x": x, "rho": float(10 ** rng.uniform(-3, 3)), "momentum": momentum}


def _four_residual(slip: int = 0) -> sp.Matrix:
    """The two equations of the cycle, p → q → -p → -q, in symbols."""
    x, rho, m = _symbols("x rho m")
    p, q = _four_points(x, rho, m)
    p += slip * x * rho
    first = q - x * (q + rho) + m * (q - p) + p
    second = -p - x * (-p - rho) + m * (-p - q) + q
    return sp.simplify(sp.Matrix([first, second]))


FOUR_CYCLE = Claim(
    id="four-cycle",
    title="Momentum brings a second attractor",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $d=1$, $0<m<1$, $\rho>0$ and $0<x=\eta\lambda<2m$. Heavy-ball SAM on $\frac12\lambda w^2$ has the "
        r"four-cycle $(p,q,-p,-q)$ with $p=x\rho(2-x)/D$, $q=x\rho(2m-x)/D$, $D=(1+m-x)^2+(1-m)^2$, $p,q>0$, and it "
        r"attracts all runs that have two successive iterates close to it. So for $0<\eta\lambda<2m$ an open set of "
        r"pairs $(w_0,w_1)$ does not end on the two-cycle."
    ),
    hypotheses=(
        Hypothesis(r"$0<m<1$", lambda momentum, **_: bool(0 < momentum < 1)),
        Hypothesis(r"$0<\eta\lambda<2m$", lambda x, momentum, **_: bool(0 < x < 2 * momentum)),
        Hypothesis(r"$\rho>0$", lambda rho, **_: bool(rho > 0)),
    ),
    margin=_four_margin,
    instances=_four_instances,
    identities=(
        Identity(
            r"heavy-ball SAM takes $(p,q)$ to $-p$ and $(q,-p)$ to $-q$",
            _four_residual,
            partial(_four_residual, slip=1),
        ),
    ),
    certificates=(
        Certificate(
            r"$p>0$ and $q>0$ if and only if $x<2m$",
            "x rho m",
            lambda x, rho, m: [x > 0, rho > 0, m > 0, m < 1, x < 2 * (1 + m)],
            lambda x, rho, m: z3.And(_four_points(x, rho, m)[0] > 0, _four_points(x, rho, m)[1] > 0) == (x < 2 * m),
            Variation(
                r"with $x<2$",
                conclusion=lambda x, rho, m: (
                    z3.And(_four_points(x, rho, m)[0] > 0, _four_points(x, rho, m)[1] > 0) == (x < 2)
                ),
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta\lambda=0.6>2m=0.5$ the number $q$ is negative, and the signs do not fit.",
            {"x": 0.6, "rho": 1.0, "momentum": 0.25},
            without=r"$0<\eta\lambda<2m$",
        ),
        Refutation(
            r"At $m=1$ the cycle exists, but attracts nothing.",
            {"x": 0.6, "rho": 1.0, "momentum": 1.0},
            without=r"$0<m<1$",
        ),
        Refutation(
            r"With $\rho=-1$, a look downhill, the signs do not fit.",
            {"x": 0.6, "rho": -1.0, "momentum": 0.5},
            without=r"$\rho>0$",
        ),
        Refutation(
            r"With $(1+m)^2$ in place of $(1+m-x)^2$ in $D$.",
            {"x": 0.6, "rho": 1.0, "momentum": 0.5},
            margin=partial(
                _four_margin,
                points=lambda x, rho, m: (
                    x * rho * (2 - x) / ((1 + m) ** 2 + (1 - m) ** 2),
                    x * rho * (2 * m - x) / ((1 + m) ** 2 + (1 - m) ** 2),
                ),
            ),
        ),
    ),
    on_paper=(
        r"That near the cycle, away from $0$, the map is affine with the linear part of gradient descent with "
        r"momentum, whose roots lie inside the unit circle (certified for the heavy-ball theorem)."
    ),
    depends_on=("heavy-ball",),
    ours=True,
)


# Balls of other norms, and none


def _winner(eigenvalues: Array, eta: float, weights: Array, power: int = 1) -> int:
    return int(np.argmax(weights**power * eigenvalues**2 / (2 - eta * eigenvalues)))


def _ellipsoid_margin(
    eigenvalues: Array, eta: float, rho: float, weights: Array, w: Array, power: int = 1, root: float = 0.5
) -> float:
    """The two identities at w for the literal step, and that the run ends on the winner's bounce.

    `power` and `root` replace the powers of M in the winner's rule and in the amplitude.
    """
    v = eigenvalues * w
    size = math.sqrt(float(weights @ (v * v)))
    after = -(w - eta * eigenvalues * (w + rho * weights * v / size))
    c = (2 - eta * eigenvalues) / (eta * rho)
    slope = c * w - weights * eigenvalues * v / size
    scale = float(np.linalg.norm(w) + np.linalg.norm(after))
    step = equal(after, w - eta * rho * slope, scale=scale)
    move = after - w

    def potential(u: Array) -> float:
        return float(0.5 * (c * u) @ u - math.sqrt(float(weights @ np.square(eigenvalues * u))))

    length = math.sqrt(float(weights @ np.square(eigenvalues * after)))
    turned = length - float(weights @ (eigenvalues * after * v)) / size
    fall = float(eigenvalues @ (move * move)) / (2 * rho) + turned
    weight_scale = scale**2 * float(c.max()) + size + length + abs(fall)
    falls = equal(potential(w) - potential(after), fall, scale=weight_scale)
    k = _winner(eigenvalues, eta, weights, power)
    a = eta * rho * weights[k] ** root * eigenvalues[k] / (2 - eta * eigenvalues[k])

    pull = eta * rho * weights * eigenvalues**2

    def flipped(u: Array) -> Array:
        square = float(weights @ np.square(eigenvalues * u))
        return np.asarray((pull / math.sqrt(square) - 1 + eta * eigenvalues) * u) if square > 0 else np.nan * u

    def distance(u: Array) -> float:
        rest = np.delete(u, k)
        return math.hypot(abs(u[k]) - a, float(np.linalg.norm(rest))) / abs(a)

    return min(step, falls, fall / weight_scale, _settling(flipped, np.array(w, dtype=float), distance))


def _ellipsoid_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """ηλ₁ from 0.1 to 1.9, weights over four orders of magnitude, the winner ahead by a tenth; λ_d ≥ λ₁/5."""
    made = 0
    while made < n:
        d = int(rng.integers(1, 5))
        eigenvalues = 10 ** rng.uniform(-2, 2) * np.sort(np.append(1.0, rng.uniform(0.2, 1.0, d - 1)))[::-1]
        eta = float(rng.uniform(0.1, 1.9) / eigenvalues[0])
        rho, weights = float(10 ** rng.uniform(-2, 2)), 10 ** rng.uniform(-2, 2, d)
        lead = np.sort(weights * eigenvalues**2 / (2 - eta * eigenvalues))
        if d > 1 and lead[-2] > 0.9 * lead[-1]:
            continue
        made += 1
        size = float(np.max(eta * rho * np.sqrt(weights) * eigenvalues / (2 - eta * eigenvalues)))
        w = size * 10 ** rng.uniform(-2, 2) * rng.normal(size=d)
        yield {"eigenvalues": eigenvalues, "eta": eta, "rho": rho, "weights": weights, "w": w}


def _winner_alive(eigenvalues: Array, eta: float, rho: float, weights: Array, w: Array, **_: Any) -> bool:
    """Whether the winner's coordinate is not 0, at the start and after each of the first steps."""
    k = _winner(eigenvalues, eta, weights)
    u = np.array(w, dtype=float)
    for _step in range(60):
        if not abs(u[k]) > 1e-250 * rho:
            return False
        square = float(weights @ np.square(eigenvalues * u))
        if not square > 0:  # with a negative weight the run ends here
            return True
        factor = 1 - eta * eigenvalues - eta * rho * weights * eigenvalues**2 / math.sqrt(square)
        if abs(factor[k]) < 1e-12:
            return False
        u = factor * u
    return True


_WEIGHTS = Hypothesis(r"$M_1,\dots,M_d>0$", lambda weights, **_: bool(np.all(weights > 0)))
_LEADER = Hypothesis(r"$w_{t,k}\ne0$ for all $t$", _winner_alive)
_UNIQUE = Hypothesis(
    r"$M_k\lambda_k^2/(2-\eta\lambda_k)$ is larger for one $k$ than for all others",
    lambda eigenvalues, eta, weights, **_: bool(
        np.sum(
            weights * eigenvalues**2 / (2 - eta * eigenvalues)
            >= (1 - 1e-9) * np.max(weights * eigenvalues**2 / (2 - eta * eigenvalues))
        )
        == 1
    ),
)


def _in_plane(eigenvalues: list[float], eta: float, weights: list[float], w: list[float]) -> Instance:
    """An instance with ρ = 1."""
    return {
        "eigenvalues": np.array(eigenvalues),
        "eta": eta,
        "rho": 1.0,
        "weights": np.array(weights),
        "w": np.array(w),
    }


def _ellipsoid_vector(d: int, weigh: bool = True) -> sp.Matrix:
    """The flipped step minus u - ηρ∇J_M(u), in whole vectors, ∇J_M by differentiation."""
    eta, rho = _symbols("eta rho")
    lam = _symbols(" ".join(f"lambda_{i}" for i in range(1, d + 1)))
    weights = _symbols(" ".join(f"M_{i}" for i in range(1, d + 1)))
    (u,) = _vectors(d, "u")
    v = sp.Matrix([lam[i] * u[i] for i in range(d)])
    r = sp.sqrt(_square(v, weights))
    flipped = -sp.Matrix([u[i] - eta * lam[i] * (u[i] + rho * weights[i] * v[i] / r) for i in range(d)])
    potential = sum((2 - eta * lam[i]) * u[i] ** 2 for i in range(d)) / (2 * eta * rho)
    potential -= r if weigh else sp.sqrt(_square(v))
    slope = sp.Matrix([sp.diff(potential, entry) for entry in u])
    return sp.simplify(flipped - (u - eta * rho * slope))


def _ellipsoid_fall(halves: int = 2) -> sp.Expr:
    """The summand of J_M(u₊) - J_M(u) + D plus δᵢ²λᵢ/(2ρ), for a general index."""
    lam, eta, rho, weight, r = _symbols("lambda eta rho M r")
    u = sp.Symbol("u", real=True)
    c = (2 - eta * lam) / (eta * rho)
    move = -eta * rho * (c * u - weight * lam**2 * u / r)
    change = c * ((u + move) ** 2 - u**2) / 2 - weight * lam**2 * u * move / r
    return sp.simplify(change + lam * move**2 / (halves * rho))


def _leader_growth(lam: Any, eta: Any, own: Any, other: Any) -> Any:
    """What a step multiplies u_k by where (vᵀMv)^½ is `other`, if `own` is that of the bounce along e_k."""
    return (2 - eta * lam) * own / other - (1 - eta * lam)


ELLIPSOID = Claim(
    id="ellipsoid",
    title="An ellipsoid in place of the ball",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d>0$, $\rho>0$, $0<\eta<\frac2{\lambda_1}$, $M=\diag(M_1,\dots,M_d)$ with "
        r"$M_i>0$, $\norm v_M=(v^\top Mv)^{1/2}$ and $w_{t+1}=w_t-\eta\Lambda\bigl(w_t+\rho\frac{M\Lambda w_t}"
        r"{\norm{\Lambda w_t}_M}\bigr)$, SAM with the ball $\sum_i\epsilon_i^2/M_i\le\rho^2$. With $u_t=(-1)^tw_t\ne0$ "
        r"and $J_M(u)=\frac12u^\top Cu-\norm{\Lambda u}_M$, $C=\frac1{\eta\rho}(2I-\eta\Lambda)$: "
        r"$u_{t+1}=u_t-\eta\rho\nabla J_M(u_t)$, and with $\delta_t=u_{t+1}-u_t$, $J_M(u_{t+1})-J_M(u_t)="
        r"-\frac1{2\rho}\delta_t^\top\Lambda\delta_t-D_t$, $D_t=\norm{\Lambda u_{t+1}}_M-"
        r"\frac{u_{t+1}^\top\Lambda M\Lambda u_t}{\norm{\Lambda u_t}_M}\ge0$. If $M_k\lambda_k^2/(2-\eta\lambda_k)$ is "
        r"larger for one $k$ than for all others, and $w_{t,k}\ne0$ for all $t$, then $u_t$ converges to $a_ke_k$ or "
        r"to $-a_ke_k$, $a_k=\frac{\eta\rho\sqrt{M_k}\lambda_k}{2-\eta\lambda_k}$."
    ),
    hypotheses=(POSITIVE, STABLE, _WEIGHTS, _UNIQUE, _LEADER),
    margin=_ellipsoid_margin,
    instances=_ellipsoid_instances,
    identities=(
        Identity(
            "the first identity in whole vectors, $d=2$",
            partial(_ellipsoid_vector, 2),
            partial(_ellipsoid_vector, 2, weigh=False),
        ),
        Identity(
            "the first identity in whole vectors, $d=3$",
            partial(_ellipsoid_vector, 3),
            partial(_ellipsoid_vector, 3, weigh=False),
        ),
        Identity("the summand of the second, in any dimension", _ellipsoid_fall, partial(_ellipsoid_fall, halves=1)),
    ),
    certificates=(
        Certificate(
            r"near the bounces of the others the winner's coordinate grows: "
            r"$(2-\eta\lambda_k)\frac{\beta_k}{\beta_i}-(1-\eta\lambda_k)>1$ for $\beta_k>\beta_i>0$",
            "lam eta own other",
            lambda lam, eta, own, other: [lam > 0, eta > 0, eta * lam < 2, other > 0, own > other],
            lambda lam, eta, own, other: _leader_growth(lam, eta, own, other) > 1,
            Variation(
                r"without $\eta\lambda_k<2$",
                hypotheses=lambda lam, eta, own, other: [lam > 0, eta > 0, other > 0, own > other],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta\lambda_1=2.1$ the run leaves for infinity.",
            _in_plane([1.0, 0.5], 2.1, [1.0, 1.0], [3.0, 1.0]),
            without=STABLE.says,
        ),
        Refutation(
            r"From $w_{0,k}=0$ another bounce is reached.",
            _in_plane([1.0, 0.5], 0.5, [1.0, 9.0], [2.0, 0.0]),
            without=_LEADER.says,
        ),
        Refutation(
            r"With $\lambda_2=0$ the second coordinate stays where it is.",
            _in_plane([1.0, 0.0], 0.5, [1.0, 1.0], [2.0, 1.0]),
            without=POSITIVE.says,
        ),
        Refutation(
            r"With $M_2=-1$ there is no ball, and the second coordinate grows at the bounce of the first.",
            _in_plane([1.0, 0.5], 0.5, [1.0, -1.0], [2.0, 0.1]),
            without=_WEIGHTS.says,
        ),
        Refutation(
            r"In a tie the two axes are bounces of a whole ellipse, and the start decides.",
            _in_plane([1.0, 1.0], 0.5, [2.0, 2.0], [3.0, 1.0]),
            without=_UNIQUE.says,
        ),
        Refutation(
            r"With $M_k^2$ in place of $M_k$ in the rule: the run goes to the other axis.",
            _in_plane([1.0, 0.5], 0.5, [1.0, 4.0], [3.0, 1.0]),
            margin=partial(_ellipsoid_margin, power=2),
        ),
        Refutation(
            r"With $M_k$ in place of $\sqrt{M_k}$ in the amplitude.",
            _in_plane([1.0, 0.5], 0.5, [1.0, 9.0], [3.0, 1.0]),
            margin=partial(_ellipsoid_margin, root=1.0),
        ),
    ),
    on_paper="Limit points, as in the larger-steps theorem, and the Cauchy–Schwarz inequality for $D_t$.",
    depends_on=("lemma-10", "larger-steps"),
    note=r"With $M=I$ it is SAM, and the rule chooses $\lambda_1$.",
    ours=True,
)


def _linear_factor(lam: Any, eta: Any, rho: Any) -> Any:
    """1 - ηλ(1 + ρλ), the factor of un-normalised SAM."""
    return 1 - eta * lam * (1 + rho * lam)


def _linear_margin(eigenvalues: Array, eta: float, rho: float, w: Array, threshold: Any = None) -> float:
    """The factors of a literal step, and whether all are below 1 in size exactly under the threshold."""
    ascended = w + rho * eigenvalues * w
    after = w - eta * eigenvalues * ascended
    size = (1 + eta * eigenvalues * (1 + rho * eigenvalues)) * np.abs(w)
    step = equal(after, _linear_factor(eigenvalues, eta, rho) * w, scale=size)
    below = threshold(eigenvalues[0], eta, rho) if threshold else 2 - eta * eigenvalues[0] * (1 + rho * eigenvalues[0])
    slack = 1 - float(np.abs(after / w).max())
    return min(step, iff(slack, below))


def _linear_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """On both sides of the threshold, a hair beside it included."""
    for quadratic in quadratics(rng, n):
        lam, rho = np.asarray(quadratic["eigenvalues"]), float(quadratic["rho"])
        edge = 2 / (lam[0] * (1 + rho * lam[0]))
        away = float(rng.choice([1 - 10 ** rng.uniform(-8, 0), 1 + 10 ** rng.uniform(-8, 0)]))
        w = rng.normal(size=lam.size)
        yield {"eigenvalues": lam, "eta": float(edge * away), "rho": rho, "w": np.where(w == 0, 1.0, w)}


def _linear_index(sign: int = 1) -> sp.Expr:
    lam, eta, rho = _symbols("lambda eta rho")
    w = sp.Symbol("w", real=True)
    return sp.expand(w - eta * lam * (w + sign * rho * lam * w) - _linear_factor(lam, eta, rho) * w)


UNNORMALISED = Claim(
    id="un-normalised",
    title="Without the division there is no bounce",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d>0$ and $\eta,\rho>0$. Un-normalised SAM on $\frac12w^\top\Lambda w$, "
        r"$w_{t+1}=w_t-\eta\Lambda(w_t+\rho\Lambda w_t)$, multiplies coordinate $i$ by "
        r"$1-\eta\lambda_i(1+\rho\lambda_i)$. It converges to $0$ from every start if and only if "
        r"$\eta\lambda_1(1+\rho\lambda_1)<2$."
    ),
    hypotheses=(POSITIVE,),
    margin=_linear_margin,
    instances=_linear_instances,
    identities=(Identity("the factor of a coordinate", _linear_index, partial(_linear_index, sign=-1)),),
    certificates=(
        Certificate(
            r"below the threshold every factor lies between $-1$ and $1$",
            "lam lam_1 eta rho",
            lambda lam, lam_1, eta, rho: [
                lam > 0,
                lam <= lam_1,
                eta > 0,
                rho > 0,
                eta * lam_1 * (1 + rho * lam_1) < 2,
            ],
            lambda lam, lam_1, eta, rho: z3.And(_linear_factor(lam, eta, rho) < 1, _linear_factor(lam, eta, rho) > -1),
            Variation(
                r"with $\eta\lambda_1<2$ alone",
                hypotheses=lambda lam, lam_1, eta, rho: [lam > 0, lam <= lam_1, eta > 0, rho > 0, eta * lam_1 < 2],
            ),
        ),
    ),
    refutations=(
        Refutation(
            "A negative eigenvalue with $\\rho|\\lambda|<1$: its coordinate grows.",
            {"eigenvalues": np.array([1.0, -0.5]), "eta": 0.2, "rho": 1.0, "w": np.array([1.0, 1.0])},
            without=POSITIVE.says,
        ),
        Refutation(
            r"With the threshold of gradient descent, $\eta\lambda_1<2$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 1.5, "rho": 1.0, "w": np.array([1.0, 1.0])},
            margin=partial(_linear_margin, threshold=lambda lam, eta, rho: 2 - eta * lam),
        ),
        Refutation(
            r"With $\eta\lambda_1(1+\rho)<2$, which is not even a matter of units.",
            {"eigenvalues": np.array([0.5, 0.2]), "eta": 2.2, "rho": 1.0, "w": np.array([1.0, 1.0])},
            margin=partial(_linear_margin, threshold=lambda lam, eta, rho: 2 - eta * lam * (1 + rho)),
        ),
    ),
    on_paper=(
        "That a diagonal linear map contracts every start to $0$ if and only if all its factors are below 1 in size."
    ),
    ours=True,
)


# A minimum at infinity

_SLOPES: dict[str, Callable[[Array], Array]] = {
    "logistic": lambda s: -np.exp(-np.logaddexp(0.0, s)),
    "exponential": lambda s: -np.exp(-s),
    "root": lambda s: s / np.sqrt(1 + s * s) - 1,
    "square": lambda s: s,
}
"""φ′ of log(1 + e⁻ˢ), e⁻ˢ, √(1 + s²) - s and ½s²; the last has a minimum."""


def _shift_margin(profile: str, examples: Array, eta: float, rho: float, w: Array, times: float = 1.0) -> float:
    """The distance of SAM's path from the shifted path of gradient descent, over 20 steps.

    `times` the true shift is used.
    """

    def gradient(point: Array) -> Array:
        return np.asarray(_SLOPES[profile](examples @ point) @ examples / len(examples))

    unit = examples[0] / np.linalg.norm(examples[0])
    sam, descent = w, w - times * rho * unit
    worst, travelled = 0.0, 0.0
    for _ in range(20):
        slope = gradient(sam)
        move = eta * gradient(sam + rho * slope / np.linalg.norm(slope))
        sam, descent = sam - move, descent - eta * gradient(descent)
        travelled += float(np.linalg.norm(move))
        scale = rho + float(np.linalg.norm(w)) + travelled
        worst = max(worst, float(np.linalg.norm(sam - times * rho * unit - descent)) / scale)
    return 1e-9 - worst


def _shift_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for _ in range(n):
        d = int(rng.integers(1, 5))
        z = rng.normal(size=d)
        z = z / np.linalg.norm(z) * 10 ** rng.uniform(-1, 1)
        size = float(np.linalg.norm(z))
        rho = 10 ** rng.uniform(-1, 1) / size
        # The exponential grows fast: steps and margins stay where a step does not overflow.
        w = rng.normal(size=d) / size + (rho + 1 / size) * z / size
        profile = str(rng.choice(["logistic", "exponential", "root"]))
        yield {
            "profile": profile,
            "examples": z[None, :],
            "eta": float(10 ** rng.uniform(-2, 0) / size**2),
            "rho": float(rho),
            "w": w,
        }


_ONE = Hypothesis("one example", lambda examples, **_: bool(len(examples) == 1))
_FALLING = Hypothesis(r"$\varphi'<0$", lambda profile, **_: profile != "square")


def _ascent_direction(falling: bool = True) -> sp.Matrix:
    """∇ℓ/‖∇ℓ‖ + z/‖z‖ where ∇ℓ = -pz, d = 3."""
    p = sp.Symbol("p", positive=True) if falling else sp.Symbol("p", real=True, nonzero=True)
    (z,) = _vectors(3, "z")
    slope = -p * z
    return sp.simplify(slope / sp.sqrt(sp.factor(_square(slope))) + z / sp.sqrt(_square(z)))


SHIFTED_DESCENT = Claim(
    id="shifted-descent",
    title="One example: SAM is gradient descent from elsewhere",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell(w)=\varphi(\langle z,w\rangle)$ with $z\ne0$ and a differentiable $\varphi$ with $\varphi'<0$ "
        r"everywhere, $\eta>0$, $\rho\ge0$. If $w_t$ is SAM's run from $w_0$, then $w_t-\rho\frac z{\norm z}$ is the "
        r"run of gradient descent, with the same $\eta$, from $w_0-\rho\frac z{\norm z}$."
    ),
    hypotheses=(_ONE, _FALLING),
    margin=_shift_margin,
    instances=_shift_instances,
    identities=(
        Identity(
            r"$\frac{\nabla\ell}{\norm{\nabla\ell}}=-\frac z{\norm z}$ where $\nabla\ell=-pz$, $p>0$; $d=3$",
            _ascent_direction,
            partial(_ascent_direction, falling=False),
        ),
    ),
    refutations=(
        Refutation(
            "With a minimum, $\\varphi(s)=\\frac12s^2$, SAM bounces and gradient descent does not.",
            {"profile": "square", "examples": np.array([[1.0]]), "eta": 0.5, "rho": 1.0, "w": np.array([2.0])},
            without=_FALLING.says,
        ),
        Refutation(
            "With two examples the direction of ascent turns.",
            {
                "profile": "logistic",
                "examples": np.array([[1.0, 0.0], [0.0, 2.0]]),
                "eta": 0.5,
                "rho": 1.0,
                "w": np.array([0.0, 0.0]),
            },
            without=_ONE.says,
        ),
        Refutation(
            "With half of the shift.",
            {"profile": "logistic", "examples": np.array([[1.0]]), "eta": 0.5, "rho": 1.0, "w": np.array([0.0])},
            margin=partial(_shift_margin, times=0.5),
        ),
    ),
    on_paper="The induction over the steps.",
    depends_on=("eq-2",),
    ours=True,
)


CLAIMS = (
    TOP_EIGENSPACE,
    HEAVY_BALL,
    HEAVY_BALL_ENERGY,
    FOUR_CYCLE,
    SHIFTED_DESCENT,
    ELLIPSOID,
    UNNORMALISED,
)
