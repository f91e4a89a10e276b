"""Section 4.3: SAM as gradient descent on a potential (Proposition 8, Remark 9, Lemmas 10 and 11)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import constants, symbolic
from samlib._validation import Array
from samlib.claims._claim import (
    Certificate,
    Claim,
    Disproof,
    Hypothesis,
    Identity,
    Instance,
    PrintedForm,
    Refutation,
    Variation,
    equal,
    iff,
    strictly,
)
from samlib.claims._quadratics import BELOW_ONE, GAP, POSITIVE, SMALL_STEP, STABLE, ascent, gradients, quadratics, step

__all__ = ["CLAIMS"]

CHAPTER = "04-proof/3-sam-as-gradient-descent"


def _settings(quadratic: Instance) -> tuple[Array, float, float]:
    return quadratic["eigenvalues"], quadratic["eta"], quadratic["rho"]


# J and its derivatives as Proposition 8 states them. The sums take complex u, so that a derivative can be measured by a
# step in the imaginary direction, which loses no digits.


def _stiffness(eigenvalues: Array, eta: float, rho: float) -> Array:
    """The diagonal of C, (2 - ηλᵢ)/(ηρ)."""
    return np.asarray((2 - eta * eigenvalues) / (eta * rho))


def _length(v: Array) -> Any:
    """√(Σ vᵢ²), analytic in v; (..., d) → (..., 1)."""
    return np.sqrt(np.sum(v * v, axis=-1, keepdims=True))


def _potential(eigenvalues: Array, eta: float, rho: float, u: Array) -> Any:
    """J(u) = ½uᵀCu - ‖Λu‖; (..., d) → (...)."""
    return 0.5 * np.sum(_stiffness(eigenvalues, eta, rho) * u * u, axis=-1) - _length(eigenvalues * u)[..., 0]


def _gradient(eigenvalues: Array, eta: float, rho: float, u: Array) -> Any:
    """∇J(u) = Cu - Λ²u/‖Λu‖; (..., d) → (..., d)."""
    return _stiffness(eigenvalues, eta, rho) * u - eigenvalues**2 * u / _length(eigenvalues * u)


def _hessian(eigenvalues: Array, eta: float, rho: float, u: Array) -> Array:
    """∇²J(u) = C - ΛP_⊥Λ/‖Λu‖; (d,) → (d, d)."""
    v = eigenvalues * u
    r = np.linalg.norm(v)
    projection = np.eye(u.size) - np.outer(v, v) / r**2
    return np.asarray(np.diag(_stiffness(eigenvalues, eta, rho)) - eigenvalues[:, None] * projection * eigenvalues / r)


def _derivative(function: Callable[[Array], Any], u: Array) -> Array:
    """∂ⱼ of a function at u by steps ih in each coordinate; the index j comes first."""
    h = 1e-20 * float(np.linalg.norm(u))
    return np.asarray(function(u + 1j * h * np.eye(u.size)).imag / h)


def _size(eigenvalues: Array, eta: float, rho: float, u: Array) -> Any:
    """½Σ|cᵢ|uᵢ² + ‖Λu‖, the size of what is subtracted in J; (..., d) → (...)."""
    spread = 0.5 * np.sum(np.abs(_stiffness(eigenvalues, eta, rho)) * u * u, axis=-1)
    return spread + np.linalg.norm(eigenvalues * u, axis=-1)


def _critical_points(
    eigenvalues: Array, eta: float, rho: float, direction: Array
) -> Iterator[tuple[int, Array, Array]]:
    """For a λᵢ: its first position, û and u = (βᵢ/λᵢ)û, with û the direction's part in its eigenspace.

    Of the distinct eigenvalues, the two largest, the middle one and the smallest are taken.
    """
    distinct = np.unique(eigenvalues)[::-1]
    for k in sorted({0, min(1, distinct.size - 1), distinct.size // 2, distinct.size - 1}):
        lam = distinct[k]
        inside = eigenvalues == lam
        part = np.where(inside, direction, 0.0)
        if not part.any():
            part = inside.astype(float)
        unit = part / np.linalg.norm(part)
        yield int(np.argmax(inside)), unit, constants.beta(lam, eta, rho) / lam * unit


_MOVING = Hypothesis(r"$u\ne0$", lambda u, **_: bool(np.any(u != 0)))


def _points(rng: np.random.Generator, n: int, *, gap: bool = False) -> Iterator[Instance]:
    """n instances with a point u ≠ 0, ηλ₁ up to 2; half of the points close to a critical one."""
    for quadratic in quadratics(rng, n, below=2.0, gap=gap):
        lam, eta, rho = _settings(quadratic)
        v = next(gradients(rng, quadratic))
        if rng.integers(2):
            critical = list(_critical_points(lam, eta, rho, rng.normal(size=lam.size)))
            _, _, u = critical[rng.integers(len(critical))]
            v = lam * u + np.linalg.norm(lam * u) * 10 ** rng.uniform(-12, -1) * rng.normal(size=lam.size)
        yield {**quadratic, "u": v / lam}


# Proposition 8


def _critical_hessian(eigenvalues: Array, eta: float, rho: float, i: int, unit: Array) -> Array:
    """Λ²(Σ_{βⱼ≠βᵢ} (1/βⱼ - 1/βᵢ)eⱼeⱼᵀ + ûûᵀ/βᵢ)."""
    beta = constants.beta(eigenvalues, eta, rho)
    away = np.where(eigenvalues == eigenvalues[i], 0.0, 1 / beta - 1 / beta[i])
    return np.asarray(eigenvalues[:, None] ** 2 * (np.diag(away) + np.outer(unit, unit) / beta[i]))


def _derivatives_margin(
    eigenvalues: Array, eta: float, rho: float, u: Array, hessian: Callable[..., Array] = _hessian
) -> float:
    """How far the stated gradient and Hessian are from the measured derivatives of J, and ∂ᵢJ's sign from r - βᵢ's."""
    settings = (eigenvalues, eta, rho)
    r = float(np.linalg.norm(eigenvalues * u))
    beta = constants.beta(eigenvalues, eta, rho)
    slopes = _derivative(lambda z: _potential(*settings, z), u)
    second = _derivative(lambda z: _gradient(*settings, z), u)
    steepest = np.max(np.abs(_stiffness(*settings) * u) + eigenvalues**2 * np.abs(u) / r)
    stiffest = np.max(np.abs(_stiffness(*settings)) + eigenvalues**2 / r)
    moving = eigenvalues * np.abs(u) > 1e-6 * r  # on the others the measured ∂ᵢJ drowns in rounding
    ratio = slopes[moving] / (eigenvalues[moving] ** 2 * u[moving])
    return min(
        equal(slopes, _gradient(*settings, u), steepest),
        equal(slopes, eigenvalues**2 * u * (1 / beta - 1 / r), steepest),
        equal(second, hessian(*settings, u), stiffest),
        iff(ratio * r, (r - beta[moving]) / np.abs(beta[moving])),
    )


def _critical_margin(eigenvalues: Array, eta: float, rho: float, u: Array, power: int = 1) -> float:
    """How far the stated critical points, their Hessians and the signs of these are from what J has there."""
    settings = (eigenvalues, eta, rho)
    margin = np.inf
    for i, unit, point in _critical_points(*settings, u):
        point = point * eigenvalues[i] ** (1 - power)
        r = float(np.linalg.norm(eigenvalues * point))
        stiffest = np.max(np.abs(_stiffness(*settings)) + eigenvalues**2 / r)
        stated = _critical_hessian(*settings, i, unit)
        own = eigenvalues == eigenvalues[i]
        curvatures = np.append(np.diag(stated)[~own], _own_curvatures(stated[np.ix_(own, own)]))
        counts = [np.sum(curvatures > 0), np.sum(curvatures < 0), np.sum(curvatures == 0)]
        lower, higher = np.sum(eigenvalues < eigenvalues[i]), np.sum(eigenvalues > eigenvalues[i])
        predicted = [lower + 1, higher, own.sum() - 1]
        margin = min(
            margin,
            equal(_gradient(*settings, point), 0.0, eigenvalues[i]),
            equal(_derivative(lambda z: _gradient(*settings, z), point), stated, stiffest),
            equal(counts, predicted),
        )
    return float(margin)


def _own_curvatures(block: Array) -> Array:
    """Eigenvalues of the Hessian in the point's own eigenspace, with rounding taken for 0."""
    values = np.linalg.eigvalsh(block)
    return np.where(np.abs(values) > 1e-9 * np.abs(values).max(), values, 0.0)


def _prop_8_margin(eigenvalues: Array, eta: float, rho: float, u: Array) -> float:
    return min(_derivatives_margin(eigenvalues, eta, rho, u), _critical_margin(eigenvalues, eta, rho, u))


def _without_projection(eigenvalues: Array, eta: float, rho: float, u: Array) -> Array:
    r = np.linalg.norm(eigenvalues * u)
    return np.diag(_stiffness(eigenvalues, eta, rho) - eigenvalues**2 / r)


def _at_a_point(expression: Any, derivation: symbolic.Derivation | symbolic.IndexDerivation) -> Any:
    """An expression at one point with rational coordinates: if it is not 0 there, it does not vanish identically."""
    place: dict[sp.Basic, sp.Basic] = {derivation.eta: sp.Rational(1, 5), derivation.rho: sp.Rational(3, 2)}
    if isinstance(derivation, symbolic.IndexDerivation):
        place[derivation.rest] = sp.Rational(2, 7)
    for k, (lam, u) in enumerate(zip(derivation.eigenvalues, derivation.u, strict=True)):
        place |= {lam: sp.Rational(5, k + 3), u: sp.Rational(2 * k + 1, k + 4) * (-1) ** k}
    number = expression.subs(place)
    return number.applyfunc(lambda x: x.evalf(30, chop=True)) if isinstance(number, sp.MatrixBase) else sp.N(number, 30)


def _residual(d: int, name: str) -> Any:
    """One of the residuals of `symbolic.derive(d)`: "hessian", "equivalence" or "decrease"."""
    return getattr(symbolic.derive(d), f"{name}_residual")


def _index_gradient(sign: int = 1) -> Any:
    one = symbolic.derive_index()
    lam, u = one.eigenvalues[0], one.u[0]
    stated = lam**2 * u * (1 / constants.beta(lam, one.eta, one.rho) - sign / one.norm)
    return one.gradient - stated


def _index_hessian(projected: int = 1) -> Any:
    one = symbolic.derive_index()
    (lam, other), (u, u_other) = one.eigenvalues, one.u
    slope = (2 - one.eta * lam) / (one.eta * one.rho)
    diagonal = slope - lam**2 * (1 - projected * lam**2 * u**2 / one.norm**2) / one.norm
    mixed = projected * lam**2 * other**2 * u * u_other / one.norm**3
    return sp.Matrix([one.second - diagonal, one.mixed - mixed])


def _hessian_without_projection(d: int) -> Any:
    whole = symbolic.derive(d)
    closed = [(2 - whole.eta * lam) / (whole.eta * whole.rho) - lam**2 / whole.norm for lam in whole.eigenvalues]
    return _at_a_point(whole.hessian - sp.diag(*closed), whole)


def _hessian_on_a_circle(swapped: int = 1) -> Any:
    """∇²J at the direction (0, cos θ, sin θ) of the critical circle of λ₂ = λ₃, minus the closed form."""
    three = symbolic.derive(3)
    first, second, third = three.eigenvalues
    theta, radius = sp.Symbol("theta", real=True), sp.Symbol("R", positive=True)
    unit = sp.Matrix([0, sp.cos(theta), sp.sin(theta)])
    place = {third: second} | dict(zip(three.u, radius * unit, strict=True))
    beta_1, beta_2 = (constants.beta(lam, three.eta, three.rho) for lam in (first, second))
    there = three.hessian.subs(place)
    roots = {power: sp.simplify(power.base) ** power.exp for power in there.atoms(sp.Pow) if not power.exp.is_integer}
    there = there.xreplace(roots).subs(radius, beta_2 / second)
    stated = sp.diag(first, second, second) ** 2 * (
        sp.diag(swapped * (1 / beta_1 - 1 / beta_2), 0, 0) + unit * unit.T / beta_2
    )
    return there - stated


def _rank_one(a: Any, b: Any, x: Any, y: Any) -> Any:
    """xᵀ(ûûᵀ)x for û = (a, b): the Hessian inside the eigenspace, up to λᵢ²/βᵢ."""
    return (a * x + b * y) ** 2


def _positive_slopes(lam: Any, eta: Any, rho: Any) -> list[Any]:
    return [lam > 0, eta > 0, rho > 0, eta * lam < 2]


def _away(lam_i: Any, lam_j: Any, eta: Any, rho: Any) -> Any:
    """Eigenvalue of the Hessian along eⱼ at a critical point of λᵢ: λⱼ²(1/βⱼ - 1/βᵢ)."""
    return lam_j * lam_j * (1 / constants.beta(lam_j, eta, rho) - 1 / constants.beta(lam_i, eta, rho))


PROP_8 = Claim(
    id="prop-8",
    title="The potential, its derivatives and its critical points",
    section="4.3",
    chapter=CHAPTER,
    statement=(
        r"Let $0<\eta<2/\lambda_1$, $\rho>0$ and $C=\frac1{\eta\rho}(2I-\eta\Lambda)=\diag(\lambda_i^2/\beta_i)$. "
        r"$J(u)=\frac12u^\top Cu-\norm{\Lambda u}$ has for $u\ne0$ the derivatives "
        r"$\nabla J(u)=Cu-\frac{\Lambda^2u}{\norm{\Lambda u}}$ and "
        r"$\nabla^2J(u)=C-\frac1{\norm{\Lambda u}}\Lambda P_\perp\Lambda$, "
        r"$P_\perp=I-\frac{\Lambda uu^\top\Lambda}{\norm{\Lambda u}^2}$. "
        r"Its critical points $u\ne0$ are those with $\norm u=\beta_i/\lambda_i$ and "
        r"$u\in\spn\{e_j:\lambda_j=\lambda_i\}$ for some $i$. For a unit vector $\hat u$ of that span, "
        r"$\nabla^2J\bigl(\frac{\beta_i}{\lambda_i}\hat u\bigr)=\Lambda^2\bigl(\sum_{\beta_j\ne\beta_i}"
        r"(\frac1{\beta_j}-\frac1{\beta_i})e_je_j^\top+\frac1{\beta_i}\hat u\hat u^\top\bigr)$, with "
        r"$|\{j:\beta_j<\beta_i\}|+1$ positive, $|\{j:\beta_j>\beta_i\}|$ negative and "
        r"$|\{j:\beta_j=\beta_i\}|-1$ zero eigenvalues."
    ),
    hypotheses=(POSITIVE, STABLE, _MOVING),
    margin=_prop_8_margin,
    instances=_points,
    identities=(
        Identity(
            r"$\partial_iJ=\lambda_i^2u_i(1/\beta_i-1/\norm{\Lambda u})$ for a general index in every dimension",
            _index_gradient,
            lambda: _index_gradient(sign=-1),
        ),
        Identity(
            r"$\partial_i^2J$ and $\partial_i\partial_jJ$ for general indices in every dimension",
            _index_hessian,
            lambda: _index_hessian(projected=2),
        ),
        *(
            Identity(
                rf"$\nabla^2J=C-\Lambda P_\perp\Lambda/\norm{{\Lambda u}}$ in whole vectors, $d={d}$",
                partial(_residual, d, "hessian"),
                partial(_hessian_without_projection, d),
            )
            for d in (2, 3, 4)
        ),
        Identity(
            r"the Hessian on the critical circle of $\lambda_2=\lambda_3$, $d=3$, in every direction of it",
            _hessian_on_a_circle,
            lambda: _hessian_on_a_circle(swapped=-1),
        ),
    ),
    certificates=(
        Certificate(
            r"$\partial_iJ(u)=0$ if and only if $u_i=0$ or $\norm{\Lambda u}=\beta_i$",
            "lam eta rho r u",
            lambda lam, eta, rho, r, u: [*_positive_slopes(lam, eta, rho), r > 0],
            lambda lam, eta, rho, r, u: (
                ((2 - eta * lam) / (eta * rho) * u - lam * lam * u / r == 0)
                == z3.Or(u == 0, r == constants.beta(lam, eta, rho))
            ),
            Variation(
                r"with $\norm{\Lambda u}=\beta_i/2$ in its place",
                conclusion=lambda lam, eta, rho, r, u: (
                    ((2 - eta * lam) / (eta * rho) * u - lam * lam * u / r == 0)
                    == z3.Or(u == 0, 2 * r == constants.beta(lam, eta, rho))
                ),
            ),
        ),
        Certificate(
            r"$\beta_i>\beta_j$ if and only if $\lambda_i>\lambda_j$",
            "lam_i lam_j eta rho",
            lambda lam_i, lam_j, eta, rho: [
                *_positive_slopes(lam_i, eta, rho),
                *_positive_slopes(lam_j, eta, rho),
            ],
            lambda lam_i, lam_j, eta, rho: (
                (constants.beta(lam_i, eta, rho) > constants.beta(lam_j, eta, rho)) == (lam_i > lam_j)
            ),
            Variation(
                r"without $\eta\lambda_i<2$",
                hypotheses=lambda lam_i, lam_j, eta, rho: [lam_i > 0, *_positive_slopes(lam_j, eta, rho)],
            ),
        ),
        Certificate(
            r"along $e_j$ with $\lambda_j\ne\lambda_i$ the Hessian is positive if $\lambda_j<\lambda_i$, else negative",
            "lam_i lam_j eta rho",
            lambda lam_i, lam_j, eta, rho: [
                *_positive_slopes(lam_i, eta, rho),
                *_positive_slopes(lam_j, eta, rho),
                lam_i != lam_j,
            ],
            lambda lam_i, lam_j, eta, rho: z3.And(
                (_away(lam_i, lam_j, eta, rho) > 0) == (lam_j < lam_i),
                (_away(lam_i, lam_j, eta, rho) < 0) == (lam_j > lam_i),
            ),
            Variation(
                r"with $i$ and $j$ exchanged",
                conclusion=lambda lam_i, lam_j, eta, rho: (_away(lam_j, lam_i, eta, rho) > 0) == (lam_j < lam_i),
            ),
        ),
        Certificate(
            r"inside the eigenspace the form $\hat u\hat u^\top$ is $1$ on $\hat u$, never negative, and $0$ "
            r"across $\hat u$",
            "a b x y",
            lambda a, b, x, y: [a * a + b * b == 1],
            lambda a, b, x, y: z3.And(
                _rank_one(a, b, a, b) == 1,
                _rank_one(a, b, x, y) >= 0,
                (_rank_one(a, b, x, y) == 0) == (a * x + b * y == 0),
            ),
            Variation(r"with $\hat u$ not of length 1", hypotheses=lambda a, b, x, y: [a * a + b * b > 0]),
        ),
    ),
    refutations=(
        Refutation(
            r"For $\eta\lambda_1>2$ the number $\beta_1$ is negative, and the stated points are not critical.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 2.5, "rho": 1.0, "u": np.array([0.3, 0.2])},
            without=STABLE.says,
        ),
        Refutation(
            r"The Hessian without the projection $P_\perp$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([0.3, 0.2])},
            margin=lambda **z: _derivatives_margin(**z, hessian=_without_projection),
        ),
        Refutation(
            r"Critical points at $\norm u=\beta_i$, a gradient length taken for a distance.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([0.3, 0.2])},
            margin=lambda **z: _critical_margin(**z, power=0),
        ),
    ),
    on_paper=(
        r"That a gradient of this form vanishes only if all coordinates with $u_i\ne0$ share one $\beta_i$; "
        r"that a block-diagonal matrix has the eigenvalues of its blocks."
    ),
    depends_on=("eq-3",),
    note=r"The paper assumes $\eta\lambda_1<\tfrac12$; $\eta\lambda_1<2$ is enough.",
)


# Remark 9


def _least_curvature(lam_1: Any, lam_2: Any, eta: Any, rho: Any) -> Any:
    """λ₁²(1/β₁ - 1/β₂)."""
    return _away(lam_2, lam_1, eta, rho)


def _valley(eigenvalues: Array, eta: float, rho: float, u: Array, depth: float = 0.5) -> float:
    """J ≥ -β₁/2 at u, and equality at the minimisers."""
    settings = (eigenvalues, eta, rho)
    beta_1 = constants.beta(eigenvalues[0], eta, rho)
    (_, _, lowest), *_ = _critical_points(*settings, u)
    return min(
        float((_potential(*settings, u) + depth * beta_1) / (_size(*settings, u) + abs(beta_1))),
        equal(_potential(*settings, lowest), -depth * beta_1),
    )


def _saddles(eigenvalues: Array, eta: float, rho: float, u: Array, unit: bool = False) -> float:
    """The curvature along e₁ at every other critical point is at most the stated negative number."""
    if eigenvalues.size == 1:
        return np.inf
    settings = (eigenvalues, eta, rho)
    bound = _least_curvature(eigenvalues[0], eigenvalues[1], eta, rho)
    scale = eigenvalues[0] ** 2 / constants.beta(eigenvalues[1], eta, rho)
    margin = strictly(float(-bound / scale))
    if unit:
        bound /= eigenvalues[0] ** 2
    for i, _, point in _critical_points(*settings, u):
        if eigenvalues[i] < eigenvalues[0]:
            curvature = _derivative(lambda z: _gradient(*settings, z), point)[0, 0]
            margin = min(margin, float((bound - curvature) / scale))
    return margin


def _kink(eigenvalues: Array, eta: float, rho: float, u: Array) -> float:
    """J < 0 at the points of the ray through u with 0 < ‖Λu‖ < 2β_d, close to both ends and between."""
    reach = 2 * constants.beta(eigenvalues[-1], eta, rho)
    ray = u / np.linalg.norm(eigenvalues * u)
    lengths = reach * np.array([1e-9, 0.5, 1 - 1e-6])
    depth = -_potential(eigenvalues, eta, rho, lengths[:, None] * ray) / lengths
    return min(strictly(float(value)) for value in depth)


def _remark_9_margin(eigenvalues: Array, eta: float, rho: float, u: Array) -> float:
    settings = (eigenvalues, eta, rho, u)
    return min(_valley(*settings), _saddles(*settings), _kink(*settings))


def _completed_squares(d: int | None, half: int = 2) -> Any:
    """J + β₁/2 - ½Σvᵢ²(1/βᵢ - 1/β₁) - (r - β₁)²/(2β₁): for any d with q = Σvᵢ²/βᵢ as a symbol, or in d coordinates."""
    if d is None:
        q, r, beta_1 = sp.symbols("q r beta_1", positive=True)
        return q / 2 - r + beta_1 / half - (q - r**2 / beta_1) / 2 - (r - beta_1) ** 2 / (2 * beta_1)
    whole = symbolic.derive(d)
    r = whole.norm
    betas = [constants.beta(lam, whole.eta, whole.rho) for lam in whole.eigenvalues]
    squares = [(lam * u) ** 2 for lam, u in zip(whole.eigenvalues, whole.u, strict=True)]
    parts = sum(square * (1 / beta - 1 / betas[0]) for square, beta in zip(squares, betas, strict=True)) / 2
    return sp.expand(whole.potential + betas[0] / half - parts - (r - betas[0]) ** 2 / (2 * betas[0]))


def _squares_completed_wrongly(d: int) -> Any:
    """The same with β₁ in place of β₁/2, at a point."""
    return _at_a_point(_completed_squares(d, half=1), symbolic.derive(d))


def _second_form(power: int = 2) -> Any:
    lam_1, lam_2, eta, rho = sp.symbols("lambda_1 lambda_2 eta rho", positive=True)
    second = ((2 - eta * lam_1) - (lam_1 / lam_2) ** power * (2 - eta * lam_2)) / (eta * rho)
    return _least_curvature(lam_1, lam_2, eta, rho) - second


def _ordered(lam_1: Any, lam_2: Any, lam_i: Any, eta: Any, rho: Any) -> list[Any]:
    return [eta > 0, rho > 0, lam_i > 0, lam_2 >= lam_i, lam_1 > lam_2, eta * lam_1 < 2]


REMARK_9 = Claim(
    id="remark-9",
    title="The global minima, and no other local ones",
    section="4.3",
    chapter=CHAPTER,
    statement=(
        r"Under the assumptions of Proposition 8, $J(u)\ge-\beta_1/2$, with equality exactly on "
        r"$M=\{u:\norm u=\beta_1/\lambda_1,\ u\in\spn\{e_j:\lambda_j=\lambda_1\}\}$. At every other critical point "
        r"$u\ne0$ the Hessian has a negative eigenvalue, and $u=0$ is a strict local maximum: $J(u)<0$ for "
        r"$0<\norm{\Lambda u}<2\beta_d$. So $J$ has no other local minima. If $\lambda_1>\lambda_2$, the "
        r"Hessian at every "
        r"other critical point $u\ne0$ has an eigenvalue that is at most "
        r"$\lambda_1^2\bigl(\frac1{\beta_1}-\frac1{\beta_2}\bigr)=\frac1{\eta\rho}\bigl[(2-\eta\lambda_1)-"
        r"\frac{\lambda_1^2}{\lambda_2^2}(2-\eta\lambda_2)\bigr]<0$."
    ),
    hypotheses=(POSITIVE, STABLE, GAP, _MOVING),
    margin=_remark_9_margin,
    instances=lambda rng, n: _points(rng, n, gap=True),
    identities=(
        Identity(
            r"$J+\frac{\beta_1}2=\frac12\bigl(q-\frac{r^2}{\beta_1}\bigr)+\frac{(r-\beta_1)^2}{2\beta_1}$ with "
            r"$q=\sum_iv_i^2/\beta_i$, $r=\norm v$, in every dimension",
            lambda: _completed_squares(None),
            lambda: _completed_squares(None, half=1),
        ),
        *(
            Identity(
                rf"the same in whole vectors, $d={d}$",
                partial(_completed_squares, d),
                partial(_squares_completed_wrongly, d),
            )
            for d in (2, 3, 4)
        ),
        Identity(
            r"$\lambda_1^2\bigl(\frac1{\beta_1}-\frac1{\beta_2}\bigr)=\frac1{\eta\rho}\bigl[(2-\eta\lambda_1)-"
            r"\frac{\lambda_1^2}{\lambda_2^2}(2-\eta\lambda_2)\bigr]$",
            _second_form,
            lambda: _second_form(power=1),
        ),
    ),
    certificates=(
        Certificate(
            r"$v_i^2/\beta_i\ge v_i^2/\beta_1$, and equality only if $v_i=0$ or $\lambda_i=\lambda_1$",
            "lam_1 lam_i eta rho v",
            lambda lam_1, lam_i, eta, rho, v: [*_positive_slopes(lam_1, eta, rho), lam_i > 0, lam_i <= lam_1],
            lambda lam_1, lam_i, eta, rho, v: z3.And(
                v * v / constants.beta(lam_i, eta, rho) >= v * v / constants.beta(lam_1, eta, rho),
                z3.Implies(
                    v * v / constants.beta(lam_i, eta, rho) == v * v / constants.beta(lam_1, eta, rho),
                    z3.Or(v == 0, lam_i == lam_1),
                ),
            ),
            Variation(
                r"without $\lambda_i\le\lambda_1$",
                hypotheses=lambda lam_1, lam_i, eta, rho, v: [*_positive_slopes(lam_1, eta, rho), lam_i > 0],
            ),
        ),
        Certificate(
            r"$q\ge r^2/\beta_1$ gives $J=\frac q2-r\ge-\frac{\beta_1}2$, with equality only if $q=r^2/\beta_1$ "
            r"and $r=\beta_1$",
            "q r beta_1",
            lambda q, r, beta_1: [r >= 0, beta_1 > 0, q * beta_1 >= r * r],
            lambda q, r, beta_1: z3.And(
                q / 2 - r >= -beta_1 / 2,
                z3.Implies(q / 2 - r == -beta_1 / 2, z3.And(q * beta_1 == r * r, r == beta_1)),
            ),
            Variation(
                r"with $q\ge r^2/(2\beta_1)$",
                hypotheses=lambda q, r, beta_1: [r >= 0, beta_1 > 0, 2 * q * beta_1 >= r * r],
            ),
        ),
        Certificate(
            r"in whole vectors, $d=2$: $J\ge-\beta_1/2$",
            "lam_1 lam_2 eta rho v_1 v_2 r",
            lambda lam_1, lam_2, eta, rho, v_1, v_2, r: [
                *_positive_slopes(lam_1, eta, rho),
                lam_2 > 0,
                lam_2 <= lam_1,
                r >= 0,
                r * r == v_1 * v_1 + v_2 * v_2,
            ],
            lambda lam_1, lam_2, eta, rho, v_1, v_2, r: _two_coordinates(lam_1, lam_2, eta, rho, v_1, v_2, r, 1),
            Variation(
                r"with $-\beta_1/4$ in place of $-\beta_1/2$",
                conclusion=lambda lam_1, lam_2, eta, rho, v_1, v_2, r: _two_coordinates(
                    lam_1, lam_2, eta, rho, v_1, v_2, r, 2
                ),
            ),
        ),
        Certificate(
            r"the corrected bound: $\lambda_1^2(1/\beta_1-1/\beta_i)\le\lambda_1^2(1/\beta_1-1/\beta_2)<0$ for $i\ge2$",
            "lam_1 lam_2 lam_i eta rho",
            _ordered,
            lambda lam_1, lam_2, lam_i, eta, rho: z3.And(
                _away(lam_i, lam_1, eta, rho) <= _least_curvature(lam_1, lam_2, eta, rho),
                _least_curvature(lam_1, lam_2, eta, rho) < 0,
            ),
            Variation(
                r"without the gap $\lambda_1>\lambda_2$",
                hypotheses=lambda lam_1, lam_2, lam_i, eta, rho: [
                    *_positive_slopes(lam_1, eta, rho),
                    lam_i > 0,
                    lam_2 >= lam_i,
                    lam_1 >= lam_2,
                ],
            ),
        ),
        Certificate(
            r"the printed bound $1/\beta_1-1/\beta_2$ holds at the critical points of $\lambda_2$ if and only "
            r"if $\lambda_1\ge1$",
            "lam_1 lam_2 lam_i eta rho",
            _ordered,
            lambda lam_1, lam_2, lam_i, eta, rho: (
                (_least_curvature(lam_1, lam_2, eta, rho) <= _printed_curvature(lam_1, lam_2, eta, rho)) == (lam_1 >= 1)
            ),
            Variation(
                r"with $\lambda_1\ge\frac12$ in its place",
                conclusion=lambda lam_1, lam_2, lam_i, eta, rho: (
                    (_least_curvature(lam_1, lam_2, eta, rho) <= _printed_curvature(lam_1, lam_2, eta, rho))
                    == (2 * lam_1 >= 1)
                ),
            ),
        ),
        Certificate(
            r"near the kink: $q\le r^2/\beta_d$ and $0<r<2\beta_d$ give $J<0$",
            "q r beta_d",
            lambda q, r, beta_d: [r > 0, beta_d > 0, q * beta_d <= r * r, r < 2 * beta_d],
            lambda q, r, beta_d: q / 2 - r < 0,
            Variation(
                r"up to $r<3\beta_d$",
                hypotheses=lambda q, r, beta_d: [r > 0, beta_d > 0, q * beta_d <= r * r, r < 3 * beta_d],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"If $\lambda_1=\lambda_2$ the bound is $0$ and not negative: along the ring of minima $J$ is flat.",
            {"eigenvalues": np.array([1.0, 1.0, 0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([0.1, 0.1, 0.1])},
            without=GAP.says,
        ),
        Refutation(
            r"For $\eta\lambda_1>2$ the potential falls without end along $e_1$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 2.5, "rho": 1.0, "u": np.array([30.0, 0.0])},
            without=STABLE.says,
        ),
        Refutation(
            r"With $-\beta_1/4$ in place of $-\beta_1/2$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([1 / 9, 0.0])},
            margin=lambda **z: _valley(**z, depth=0.25),
        ),
        Refutation(
            r"Without the factor $\lambda_1^2$, as printed.",
            {"eigenvalues": np.array([0.5, 0.25]), "eta": 0.2, "rho": 1.0, "u": np.array([0.1, 0.1])},
            margin=lambda **z: _saddles(**z, unit=True),
        ),
    ),
    on_paper="The sum over the coordinates; that a point with a direction of negative curvature is no local minimum.",
    depends_on=("prop-8",),
    note=r"Printed with $1/\beta_1-1/\beta_2$, without the factor $\lambda_1^2$ (E1): true if and only if "
    r"$\lambda_1\ge1$.",
)


def _two_coordinates(lam_1: Any, lam_2: Any, eta: Any, rho: Any, v_1: Any, v_2: Any, r: Any, shallower: int) -> Any:
    """J ≥ -β₁/(2·shallower) for two coordinates, multiplied by 2β₁β₂ > 0."""
    beta_1, beta_2 = constants.beta(lam_1, eta, rho), constants.beta(lam_2, eta, rho)
    left = v_1 * v_1 * beta_2 + v_2 * v_2 * beta_1 - 2 * r * beta_1 * beta_2
    return shallower * left >= -beta_1 * beta_1 * beta_2


def _printed_curvature(lam_1: Any, lam_2: Any, eta: Any, rho: Any) -> Any:
    """1/β₁ - 1/β₂."""
    return 1 / constants.beta(lam_1, eta, rho) - 1 / constants.beta(lam_2, eta, rho)


REMARK_9_PRINTED = PrintedForm(
    id="remark-9-printed",
    title="The printed bound on the negative eigenvalue",
    section="4.3",
    chapter=CHAPTER,
    erratum="E1",
    statement=(
        r"At every critical point other than the global minima the Hessian of $J$ has an eigenvalue that is at most "
        r"$\frac1{\beta_1}-\frac1{\beta_2}$."
    ),
    corrected="remark-9",
    hypotheses=(POSITIVE, SMALL_STEP, GAP),
    margin=lambda eigenvalues, eta, rho: float(
        _printed_curvature(eigenvalues[0], eigenvalues[1], eta, rho)
        - min(
            np.linalg.eigvalsh(_hessian(eigenvalues, eta, rho, point))[0]
            for i, _, point in _critical_points(eigenvalues, eta, rho, np.ones(eigenvalues.size))
            if eigenvalues[i] == eigenvalues[1]
        )
    ),
    counterexample={"eigenvalues": np.array([0.5, 0.25]), "eta": 0.2, "rho": 1.0},
    disproofs=(
        Disproof(
            r"$\lambda_1^2(1/\beta_1-1/\beta_2)\le1/\beta_1-1/\beta_2$ for $\lambda_1>\lambda_2>0$, "
            r"$\eta\lambda_1<\frac12$",
            "lam_1 lam_2 eta rho",
            lambda lam_1, lam_2, eta, rho: [eta > 0, rho > 0, lam_2 > 0, lam_1 > lam_2, 2 * eta * lam_1 < 1],
            lambda lam_1, lam_2, eta, rho: (
                _least_curvature(lam_1, lam_2, eta, rho) <= _printed_curvature(lam_1, lam_2, eta, rho)
            ),
        ),
    ),
)


# Lemma 10

_SIGNS = Hypothesis(
    r"$\lambda_1\ge\dots\ge\lambda_d\ge0$, $\eta>0$, $\rho>0$",
    lambda eigenvalues, eta, rho, **_: bool(
        eigenvalues[-1] >= 0 and np.all(np.diff(eigenvalues) <= 0) and eta > 0 and rho > 0
    ),
)
_SMOOTH = Hypothesis(r"$\Lambda u\ne0$", lambda eigenvalues, u, **_: bool(np.any(eigenvalues * u != 0)))


def _flipped_step(eigenvalues: Array, eta: float, rho: float, u: Array) -> Array:
    """u₊ = -w₊, with w₊ SAM's step from w = u by its definition."""
    v = eigenvalues * u
    return -(u - eta * eigenvalues * (u + rho * v / np.linalg.norm(v)))


def _fall(
    eigenvalues: Array, eta: float, rho: float, u: Array, *, power: int = 2, halves: float = 2.0, gap: bool = True
) -> float:
    """The second identity: measured fall of J against the sum and the gap, relative to what is subtracted in J."""
    settings = (eigenvalues, eta, rho)
    after = _flipped_step(*settings, u)
    v, v_after = eigenvalues * u, eigenvalues * after
    r = np.linalg.norm(v)
    slope = 2 - eta * eigenvalues
    bracket = slope - eta * rho * eigenvalues**2 / r  # (1 - βᵢ/r)(2 - ηλᵢ), also where ηλᵢ = 2
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = bracket**2 if power == 2 else bracket**2 / slope
    total = np.sum(u**2 * squares * eigenvalues) / (halves * rho)
    total += _gap(v, v_after) if gap else 0.0
    measured = _potential(*settings, u) - _potential(*settings, after)
    return equal(measured, total, _size(*settings, u) + _size(*settings, after))


def _gap(v: Array, v_after: Array) -> float:
    """D = ‖v₊‖ - ⟨v₊, v⟩/‖v‖."""
    return float(np.linalg.norm(v_after) - v_after @ v / np.linalg.norm(v))


def _lemma_10_margin(eigenvalues: Array, eta: float, rho: float, u: Array) -> float:
    settings = (eigenvalues, eta, rho)
    after = _flipped_step(*settings, u)
    v, v_after = eigenvalues * u, eigenvalues * after
    size = np.linalg.norm(v) + np.linalg.norm(v_after)
    descended = u - eta * rho * _gradient(*settings, u)
    reach = np.max(np.abs(u) * (3 + eta * eigenvalues) + eta * rho * eigenvalues**2 * np.abs(u) / np.linalg.norm(v))
    return min(equal(after, descended, reach), _fall(*settings, u), _gap(v, v_after) / float(size))


def _lemma_10_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Quadratics with ηλ₁ up to 6 and sometimes an ηλᵢ of exactly 2 or a λ_d of 0."""
    for quadratic in quadratics(rng, n, below=2.0):
        lam, eta, rho = _settings(quadratic)
        v = next(gradients(rng, quadratic))
        u = v / lam
        edge = rng.integers(4)
        if edge == 0 and lam.size > 1 and np.any(v[:-1] != 0):
            lam = np.append(lam[:-1], 0.0)
        elif edge == 1:
            eta = 2 / lam[rng.integers(lam.size)]
        elif edge == 2:
            eta = eta * rng.uniform(1, 3)
        yield {"eigenvalues": lam, "eta": float(eta), "rho": rho, "u": u}


def _lagrange(d: int, sign: int = 1) -> Any:
    """‖a‖²‖b‖² - ⟨a, b⟩² - Σ_{i<j}(aᵢbⱼ - aⱼbᵢ)²."""
    a, b = sp.symbols(f"a_1:{d + 1}", real=True), sp.symbols(f"b_1:{d + 1}", real=True)
    pairs = [(i, j) for i in range(d) for j in range(i + 1, d)]
    inner = sum(x * y for x, y in zip(a, b, strict=True))
    return (
        sum(x**2 for x in a) * sum(y**2 for y in b)
        - inner**2
        - sum((a[i] * b[j] - sign * a[j] * b[i]) ** 2 for i, j in pairs)
    )


def _decrease_without_gap(d: int) -> Any:
    """The second identity with the gap left out, at a point."""
    whole = symbolic.derive(d)
    squares = [
        u**2 * (2 - whole.eta * lam - whole.eta * whole.rho * lam**2 / whole.norm) ** 2 * lam
        for lam, u in zip(whole.eigenvalues, whole.u, strict=True)
    ]
    return _at_a_point(whole.decrease.lhs + sum(squares) / (2 * whole.rho), whole)


def _doubled_step(d: int) -> Any:
    """SAM's step against a gradient step of twice the length, at a point."""
    whole = symbolic.derive(d)
    doubled = sp.Matrix(whole.u) - 2 * whole.eta * whole.rho * whole.gradient
    return _at_a_point(whole.sam_step - doubled, whole)


def _index_fall_of(power: int) -> Any:
    """The summand with (2 - ηλᵢ) to another power, at a point."""
    one = symbolic.derive_index()
    lam, u = one.eigenvalues[0], one.u[0]
    slope = 2 - one.eta * lam
    shrunk = (1 - constants.beta(lam, one.eta, one.rho) / one.norm) ** 2
    return _at_a_point(one.decrease_summand + u**2 * shrunk * slope**power * lam / (2 * one.rho), one)


LEMMA_10 = Claim(
    id="lemma-10",
    title="SAM is gradient descent on $J$, and the exact descent",
    section="4.3",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d\ge0$, $\eta,\rho>0$ be arbitrary, $\Lambda w_t\ne0$, "
        r"$u_t=(-1)^tw_t$. Then "
        r"$u_{t+1}=u_t-\eta\rho\,\nabla J(u_t)$ and "
        r"$J(u_{t+1})-J(u_t)=-\frac1{2\rho}\sum_iu_{t,i}^2\bigl(1-\frac{\beta_i}{\norm{\Lambda u_t}}\bigr)^2"
        r"(2-\eta\lambda_i)^2\lambda_i-D_t$ with "
        r"$D_t=\norm{\Lambda u_{t+1}}-\frac{\langle\Lambda u_{t+1},\Lambda u_t\rangle}{\norm{\Lambda u_t}}\ge0$; "
        r"if $\eta\lambda_i=2$, $(1-\beta_i/\norm{\Lambda u_t})(2-\eta\lambda_i)$ stands for "
        r"$2-\eta\lambda_i-\eta\rho\lambda_i^2/\norm{\Lambda u_t}$. "
        r"In particular $J(u_{t+1})-J(u_t)\le-\frac1{2\rho}\sum_iu_{t,i}^2\bigl(1-\frac{\beta_i}{\norm{\Lambda "
        r"u_t}}\bigr)^2"
        r"(2-\eta\lambda_i)^2\lambda_i$, the paper's inequality."
    ),
    hypotheses=(_SIGNS, _SMOOTH),
    margin=_lemma_10_margin,
    instances=_lemma_10_instances,
    identities=(
        Identity(
            r"$u_{t+1,i}=u_{t,i}-\eta\rho\,\partial_iJ(u_t)$ for a general index in every dimension",
            lambda: symbolic.derive_index().equivalence_residual,
            lambda: _at_a_point(
                symbolic.derive_index().sam_step + symbolic.derive_index().descent_step, symbolic.derive_index()
            ),
        ),
        Identity(
            "the summand of the descent for a general index in every dimension",
            lambda: symbolic.derive_index().decrease_residual,
            lambda: _index_fall_of(power=1),
        ),
        *(
            Identity(
                rf"$u_{{t+1}}=u_t-\eta\rho\,\nabla J(u_t)$ in whole vectors, $d={d}$",
                partial(_residual, d, "equivalence"),
                partial(_doubled_step, d),
            )
            for d in (2, 3, 4)
        ),
        *(
            Identity(
                f"the exact descent in whole vectors, $d={d}$",
                partial(_residual, d, "decrease"),
                partial(_decrease_without_gap, d),
            )
            for d in (2, 3, 4)
        ),
        *(
            Identity(
                rf"Lagrange's identity $\norm a^2\norm b^2-\langle a,b\rangle^2=\sum_{{i<j}}(a_ib_j-a_jb_i)^2$, "
                rf"$d={d}$",
                partial(_lagrange, d),
                partial(_lagrange, d, sign=-1),
            )
            for d in (2, 3, 4)
        ),
    ),
    certificates=(
        Certificate(
            r"$D_t\ge0$ in every dimension: $\norm a^2\norm b^2\ge\langle a,b\rangle^2$ gives "
            r"$\norm a-\langle a,b\rangle/\norm b\ge0$",
            "norm_a norm_b inner",
            lambda norm_a, norm_b, inner: [norm_a >= 0, norm_b > 0, norm_a**2 * norm_b**2 >= inner**2],
            lambda norm_a, norm_b, inner: norm_a - inner / norm_b >= 0,
            Variation(
                r"without $\norm a\ge0$",
                hypotheses=lambda norm_a, norm_b, inner: [norm_b > 0, norm_a**2 * norm_b**2 >= inner**2],
            ),
        ),
        Certificate(
            r"$D_t\ge0$ in whole vectors, $d=2$",
            "a_1 a_2 b_1 b_2 norm_a norm_b",
            lambda a_1, a_2, b_1, b_2, norm_a, norm_b: [
                norm_a >= 0,
                norm_b > 0,
                norm_a**2 == a_1**2 + a_2**2,
                norm_b**2 == b_1**2 + b_2**2,
            ],
            lambda a_1, a_2, b_1, b_2, norm_a, norm_b: norm_a - (a_1 * b_1 + a_2 * b_2) / norm_b >= 0,
            Variation(
                "with the inner product doubled",
                conclusion=lambda a_1, a_2, b_1, b_2, norm_a, norm_b: (
                    norm_a - 2 * (a_1 * b_1 + a_2 * b_2) / norm_b >= 0
                ),
            ),
        ),
        Certificate(
            "no summand of the descent is negative",
            "lam eta rho r u",
            lambda lam, eta, rho, r, u: [lam >= 0, eta > 0, rho > 0, r > 0],
            lambda lam, eta, rho, r, u: u**2 * (2 - eta * lam - eta * rho * lam**2 / r) ** 2 * lam / (2 * rho) >= 0,
            Variation(r"without $\lambda_i\ge0$", hypotheses=lambda lam, eta, rho, r, u: [eta > 0, rho > 0, r > 0]),
        ),
    ),
    refutations=(
        Refutation(
            r"With a negative eigenvalue the identity survives, but its summand is negative and $J$ can rise.",
            {"eigenvalues": np.array([1.0, -0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([0.01, 10.0])},
            without=_SIGNS.says,
            margin=lambda eigenvalues, eta, rho, u: float(
                _potential(eigenvalues, eta, rho, u)
                - _potential(eigenvalues, eta, rho, _flipped_step(eigenvalues, eta, rho, u))
            ),
        ),
        Refutation(
            r"With $(2-\eta\lambda_i)$ in place of its square.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([0.3, 0.2])},
            margin=lambda **z: _fall(**z, power=1),
        ),
        Refutation(
            r"With $\frac1\rho$ in place of $\frac1{2\rho}$.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([0.3, 0.2])},
            margin=lambda **z: _fall(**z, halves=1.0),
        ),
        Refutation(
            r"Without $D_t$: the paper's inequality read as an equality.",
            {"eigenvalues": np.array([1.0, 0.5]), "eta": 0.2, "rho": 1.0, "u": np.array([0.3, 0.2])},
            margin=lambda **z: _fall(**z, gap=False),
        ),
    ),
    on_paper="That the identities of the summands add up to the identity of the sum; Lagrange's identity for "
    "every $d$.",
    depends_on=("eq-3", "prop-8"),
    note=(
        r"The paper states the inequality for $\eta\lambda_1<\frac12$; it is an identity for every step size (E16). "
        r"The paper's integral does not cover a segment through $0$; the identity does."
    ),
)


# Lemma 11


def _highest(b: Any, beta_d: Any) -> Any:
    """max{0, b²/(2β_d) - b}, the largest J on the ball ‖Λu‖ ≤ b."""
    return max(0.0, b * b / (2 * beta_d) - b)


def _cost(lam_1: Any, eta: Any, rho: Any, epsilon: Any) -> Any:
    """½ηλ₁(2 - ηλ₁)ε²β₁: what a step from ‖v‖ ≥ (1 + ε)β₁ takes from J at least."""
    return eta * lam_1 * (2 - eta * lam_1) * epsilon * epsilon * constants.beta(lam_1, eta, rho) / 2


def _visits(lam_1: Any, beta_d: Any, eta: Any, rho: Any, epsilon: Any, constant: Any = None) -> Any:
    """(2 - ηλ₁)β₁/(ηε²λ₁β_d), or with another constant in place of 2 - ηλ₁."""
    factor = 2 - eta * lam_1 if constant is None else constant
    return factor * constants.beta(lam_1, eta, rho) / (eta * epsilon * epsilon * lam_1 * beta_d)


_POSITIVE_EPSILON = Hypothesis(r"$\varepsilon>0$", lambda epsilon, **_: bool(epsilon > 0))
_IN_BALL = Hypothesis(
    r"$0<\norm{v_{T_0}}\le b$",
    lambda eigenvalues, eta, rho, v, **_: bool(
        0 < np.linalg.norm(v) <= constants.absorbing_radius(eigenvalues[0], eta, rho)
    ),
)
_STEPS = 30


def _orbit(eigenvalues: Array, eta: float, rho: float, v: Array, steps: int) -> Array:
    """v, v₊, … up to `steps` steps; shorter if a gradient of 0 is met. Shape (steps + 1, d) or less."""
    orbit = [v]
    while len(orbit) <= steps and orbit[-1].any():
        orbit.append(step(eigenvalues, eta, rho, orbit[-1]))
    return np.array(orbit if orbit[-1].any() else orbit[:-1])


def _lemma_11_margin(
    eigenvalues: Array, eta: float, rho: float, v: Array, epsilon: float, *, square: int = 2, steps: int = _STEPS
) -> float:
    lam_1, beta = eigenvalues[0], constants.beta(eigenvalues, eta, rho)
    b = constants.absorbing_radius(lam_1, eta, rho)
    cost = _cost(lam_1, eta, rho, epsilon) * epsilon ** (square - 2)
    orbit = _orbit(eigenvalues, eta, rho, v, steps)
    signs = (-1.0) ** np.arange(len(orbit))[:, None]
    u = signs * orbit / eigenvalues
    levels = _potential(eigenvalues, eta, rho, u)
    sizes = _size(eigenvalues, eta, rho, u)
    long = np.linalg.norm(orbit, axis=-1) >= (1 + epsilon) * beta[0]
    falls = (levels[:-1] - levels[1:] - cost) / (sizes[:-1] + sizes[1:] + cost)
    room = _highest(b, beta[-1]) + beta[0] / 2
    sharp = _visits(lam_1, beta[-1], eta, rho, epsilon)
    return float(
        min(
            falls[long[:-1]].min(initial=np.inf),
            (_highest(b, beta[-1]) - levels[0]) / (sizes[0] + b),
            (room / cost - long.sum()) / (room / cost + long.sum()),
            (sharp - room / cost) / (sharp + room / cost),
        )
    )


def _lemma_11_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for quadratic in quadratics(rng, n, below=1.0):
        lam, eta, rho = _settings(quadratic)
        v = next(gradients(rng, quadratic, inside=True))
        # ε such that (1 + ε)β₁ is the first length, when that is above β₁; else small, or about the size of 1
        at_start = np.linalg.norm(v) / constants.beta(lam[0], eta, rho) - 1
        choices = [10 ** rng.uniform(-4, 0), rng.uniform(0.01, 1)] + 2 * [at_start * (1 - 1e-12)] * bool(
            at_start > 1e-6
        )
        yield {**quadratic, "v": v, "epsilon": float(rng.choice(choices))}


def _per_index(lam_1: Any, lam_i: Any, eta: Any, rho: Any, r: Any) -> Any:
    """Summand of Lemma 10 per vᵢ² at ‖v‖ = r minus what is claimed of it, times 2ρ."""
    own = (1 - constants.beta(lam_i, eta, rho) / r) ** 2 * (2 - eta * lam_i) ** 2 / lam_i
    claimed = (1 - constants.beta(lam_1, eta, rho) / r) ** 2 * (2 - eta * lam_1) ** 2 / lam_1
    return own - claimed


def _cost_identity(factor: int = 1) -> Any:
    lam_1, eta, rho, epsilon = sp.symbols("lambda_1 eta rho epsilon", positive=True)
    beta_1 = constants.beta(lam_1, eta, rho)
    return (epsilon * beta_1) ** 2 * (2 - eta * lam_1) ** 2 / (2 * rho * lam_1) - factor * _cost(
        lam_1, eta, rho, epsilon
    )


def _room_hypotheses(x: Any, beta_1: Any, beta_d: Any) -> list[Any]:
    return [x > 0, x <= 1, beta_d > 0, beta_d <= beta_1]


def _room(x: Any, beta_1: Any, beta_d: Any, bound: Any) -> Any:
    """max J - min J ≤ bound, both cases of the maximum, with b = (2 - ηλ₁)β₁ and x = ηλ₁."""
    b = (2 - x) * beta_1
    return z3.And(beta_1 / 2 <= bound, b * b / (2 * beta_d) - b + beta_1 / 2 <= bound)


LEMMA_11 = Claim(
    id="lemma-11",
    title="Few steps have a long gradient",
    section="4.3",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d>0$, $\rho>0$, $0<\eta\lambda_1<1$, $\varepsilon>0$, "
        r"$0<\norm{v_{T_0}}\le b$, and "
        r"let no later iterate be $0$. Then "
        r"$\bigl|\{t\ge T_0:\norm{v_t}\ge(1+\varepsilon)\beta_1\}\bigr|\le"
        r"\frac{2}{(2-\eta\lambda_1)\,\eta\varepsilon^2\lambda_1\beta_1}\Bigl(\max_{\norm{\Lambda u}\le "
        r"b}J(u)-\min_uJ(u)\Bigr)"
        r"\le\frac{(2-\eta\lambda_1)\,\beta_1}{\eta\varepsilon^2\lambda_1\beta_d}$, where "
        r"$\max_{\norm{\Lambda u}\le b}J=\max\{0,\frac{b^2}{2\beta_d}-b\}$ and $\min J=-\frac{\beta_1}2$."
    ),
    hypotheses=(POSITIVE, BELOW_ONE, _POSITIVE_EPSILON, _IN_BALL),
    margin=_lemma_11_margin,
    instances=_lemma_11_instances,
    identities=(
        Identity(
            r"$\frac{\varepsilon^2\beta_1^2(2-\eta\lambda_1)^2}{2\rho\lambda_1}="
            r"\frac12\eta\lambda_1(2-\eta\lambda_1)\varepsilon^2\beta_1$, the least fall per visit",
            _cost_identity,
            lambda: _cost_identity(factor=2),
        ),
    ),
    certificates=(
        Certificate(
            r"per coordinate, for $r\ge\beta_1$: "
            r"$\bigl(1-\frac{\beta_i}r\bigr)^2\frac{(2-\eta\lambda_i)^2}{\lambda_i}\ge"
            r"\bigl(1-\frac{\beta_1}r\bigr)^2\frac{(2-\eta\lambda_1)^2}{\lambda_1}$",
            "lam_1 lam_i eta rho r",
            lambda lam_1, lam_i, eta, rho, r: [
                *_positive_slopes(lam_1, eta, rho),
                lam_i > 0,
                lam_i <= lam_1,
                r >= constants.beta(lam_1, eta, rho),
            ],
            lambda lam_1, lam_i, eta, rho, r: _per_index(lam_1, lam_i, eta, rho, r) >= 0,
            Variation(
                r"without $r\ge\beta_1$",
                hypotheses=lambda lam_1, lam_i, eta, rho, r: [
                    *_positive_slopes(lam_1, eta, rho),
                    lam_i > 0,
                    lam_i <= lam_1,
                    r > 0,
                ],
            ),
        ),
        Certificate(
            r"$\norm v\ge(1+\varepsilon)\beta_1$ gives $(\norm v-\beta_1)^2\ge\varepsilon^2\beta_1^2$",
            "r beta_1 epsilon",
            lambda r, beta_1, epsilon: [beta_1 > 0, epsilon > 0, r >= (1 + epsilon) * beta_1],
            lambda r, beta_1, epsilon: (r - beta_1) ** 2 >= epsilon**2 * beta_1**2,
            Variation(
                r"from $\norm v\ge\varepsilon\beta_1$",
                hypotheses=lambda r, beta_1, epsilon: [beta_1 > 0, epsilon > 0, r >= epsilon * beta_1],
            ),
        ),
        Certificate(
            r"on the ball: $q\le r^2/\beta_d$ and $0\le r\le b$ give $J=\frac q2-r\le\max\{0,\frac{b^2}{2\beta_d}-b\}$",
            "q r b beta_d",
            lambda q, r, b, beta_d: [beta_d > 0, r >= 0, r <= b, q * beta_d <= r * r],
            lambda q, r, b, beta_d: z3.Or(q / 2 - r <= 0, q / 2 - r <= b * b / (2 * beta_d) - b),
            Variation("without the $0$", conclusion=lambda q, r, b, beta_d: q / 2 - r <= b * b / (2 * beta_d) - b),
        ),
        Certificate(
            r"$\max J-\min J\le\frac{b^2}{2\beta_d}=\frac{(2-\eta\lambda_1)^2\beta_1^2}{2\beta_d}$ for "
            r"$\eta\lambda_1\le1$",
            "x beta_1 beta_d",
            _room_hypotheses,
            lambda x, beta_1, beta_d: _room(x, beta_1, beta_d, (2 - x) ** 2 * beta_1**2 / (2 * beta_d)),
            Variation(
                r"for $\eta\lambda_1<2$",
                hypotheses=lambda x, beta_1, beta_d: [x > 0, x < 2, beta_d > 0, beta_d <= beta_1],
            ),
        ),
        Certificate(
            r"the displayed inequality with $4$ in place of the printed $3$: $\max J-\min "
            r"J\le\frac{4\beta_1^2}{2\beta_d}$",
            "x beta_1 beta_d",
            _room_hypotheses,
            lambda x, beta_1, beta_d: _room(x, beta_1, beta_d, 4 * beta_1**2 / (2 * beta_d)),
            Variation(
                "with $3.99$",
                conclusion=lambda x, beta_1, beta_d: _room(x, beta_1, beta_d, 399 * beta_1**2 / (200 * beta_d)),
            ),
        ),
        Certificate(
            r"the count: $N$ visits at that cost, and no more than $\frac{b^2}{2\beta_d}$ to lose, give "
            r"$N\le\frac{(2-\eta\lambda_1)\beta_1}{\eta\varepsilon^2\lambda_1\beta_d}\le\frac{3\beta_1}{\eta\varepsilon^2\lambda_1\beta_d}$",
            "count lam_1 eta rho beta_d epsilon",
            lambda count, lam_1, eta, rho, beta_d, epsilon: [
                *_positive_slopes(lam_1, eta, rho),
                beta_d > 0,
                epsilon > 0,
                count * _cost(lam_1, eta, rho, epsilon) * 2 * beta_d
                <= constants.absorbing_radius(lam_1, eta, rho) ** 2,
            ],
            lambda count, lam_1, eta, rho, beta_d, epsilon: z3.And(
                count <= _visits(lam_1, beta_d, eta, rho, epsilon),
                count <= _visits(lam_1, beta_d, eta, rho, epsilon, 3),
            ),
            Variation(
                r"with $1$ in place of $2-\eta\lambda_1$",
                conclusion=lambda count, lam_1, eta, rho, beta_d, epsilon: (
                    count <= _visits(lam_1, beta_d, eta, rho, epsilon, 1)
                ),
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"A start outside the ball, $\norm{v}=1000\,b$: there is more to lose than the bound knows of.",
            {"eigenvalues": np.array([1.0]), "eta": 0.2, "rho": 1.0, "v": np.array([200.0]), "epsilon": 10.0},
            without=_IN_BALL.says,
        ),
        Refutation(
            r"Beyond $\eta\lambda_1=1$ the last inequality fails: with $\eta\lambda_1=1.9$ the ball is so small that "
            r"$\frac{b^2}{2\beta_d}$ is less than the depth $\frac{\beta_1}2$.",
            {"eigenvalues": np.array([1.0, 1.0]), "eta": 1.9, "rho": 1.0, "v": np.array([0.1, 0.1]), "epsilon": 0.1},
            without=BELOW_ONE.says,
        ),
        Refutation(
            r"With $\varepsilon$ in place of $\varepsilon^2$: a step from just above $\beta_1$ costs less than that.",
            {"eigenvalues": np.array([1.0]), "eta": 0.2, "rho": 1.0, "v": np.array([0.12]), "epsilon": 0.0799},
            margin=lambda **z: _lemma_11_margin(**z, square=1),
        ),
    ),
    on_paper="Telescoping: the falls of $J$ add up to at most $J(u_{T_0})-\\min J$.",
    depends_on=("remark-9", "lemma-10"),
    note=(
        r"The displayed middle inequality with $3$ is false (E2), $4$ is right there; the count with $3$ is "
        r"true, and even "
        r"with $2-\eta\lambda_1$. The paper assumes $\eta\lambda_1<\frac12$; it needs no invariance of the ball."
    ),
)

LEMMA_11_PRINTED = PrintedForm(
    id="lemma-11-printed",
    title="The printed bound on what there is to lose",
    section="4.3",
    chapter=CHAPTER,
    erratum="E2",
    statement=(
        r"$\frac{2}{\eta\varepsilon^2\lambda_1\beta_1}\bigl(\max_{\norm{\Lambda u}\le b}J-\min J\bigr)\le"
        r"\frac{3\beta_1}{\eta\varepsilon^2\lambda_1\beta_d}$, that is $\max J-\min J\le\frac{3\beta_1^2}{2\beta_d}$."
    ),
    corrected="lemma-11",
    hypotheses=(POSITIVE, SMALL_STEP),
    margin=lambda eigenvalues, eta, rho: float(
        1
        - (
            _highest(constants.absorbing_radius(eigenvalues[0], eta, rho), constants.beta(eigenvalues[-1], eta, rho))
            + constants.beta(eigenvalues[0], eta, rho) / 2
        )
        / (1.5 * constants.beta(eigenvalues[0], eta, rho) ** 2 / constants.beta(eigenvalues[-1], eta, rho))
    ),
    counterexample={"eigenvalues": np.array([1.0, 0.1]), "eta": 0.1, "rho": 1.0},
    disproofs=(
        Disproof(
            r"$\max J-\min J\le\frac{3\beta_1^2}{2\beta_d}$ for $\eta\lambda_1<\frac12$, $\lambda_d\le\lambda_1$",
            "x beta_1 beta_d",
            lambda x, beta_1, beta_d: [*_room_hypotheses(x, beta_1, beta_d), 2 * x < 1],
            lambda x, beta_1, beta_d: _room(x, beta_1, beta_d, 3 * beta_1**2 / (2 * beta_d)),
        ),
    ),
)

# The gap as a Bregman divergence

Value = Callable[[Array], Any]


def _tangent(function: Value, u: Array, direction: Array) -> float:
    """The one-sided derivative of a function at u in a direction, by a step in the imaginary direction."""
    return float(np.imag(function(u + 1e-20j * direction))) / 1e-20


def _height(function: Value, other: Array, u: Array) -> float:
    """D(u', u) = φ(u') - φ(u) - ⟨∇φ(u), u' - u⟩, the Bregman divergence by its definition."""
    return float(np.real(function(other) - function(u))) - _tangent(function, u, other - u)


def _bregman_margin(
    eigenvalues: Array,
    u: Array,
    other: Array,
    stiffness: Array,
    tau: float,
    *,
    swapped: bool = False,
    twice: float = 2.0,
    bend: float = 1.0,
) -> float:
    """The formula against the definition, its sign, and the descent of q - φ in a gradient step of length τ."""

    def phi(point: Array) -> Any:
        return bend * _length(eigenvalues * point)[..., 0]

    def value(point: Array) -> Any:
        return point @ stiffness @ point / 2 - phi(point)

    v, v_other = eigenvalues * u, eigenvalues * other
    size = float(np.linalg.norm(v) + np.linalg.norm(v_other))
    gap = bend * (float(np.linalg.norm(v_other)) - float(v_other @ ascent(v, 1.0)))
    height = _height(phi, u, other) if swapped else _height(phi, other, u)

    slope = _derivative(phi, u) if np.any(u != 0) else np.zeros_like(u)
    after = u - tau * (stiffness @ u - slope)
    step_ = after - u
    square = twice / tau * step_ @ step_ - step_ @ stiffness @ step_
    scale = (
        np.linalg.norm(stiffness) * (u @ u + after @ after)
        + np.linalg.norm(v)
        + np.linalg.norm(eigenvalues * after)
        + step_ @ step_ / tau
    )
    fall = float(value(after) - value(u))
    return min(equal(gap, height, size), gap / size, equal(fall, -square / 2 - _height(phi, after, u), scale))


def _bregman_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Points of Lemma 10; u' is SAM's own next point, one close by, the opposite or any; C and τ are SAM's or any."""
    for instance in _lemma_10_instances(rng, n):
        lam, eta, rho, u = (instance[name] for name in ("eigenvalues", "eta", "rho", "u"))
        near = u + np.linalg.norm(u) * 10 ** rng.uniform(-6, 0) * rng.normal(size=u.size)
        other = (_flipped_step(lam, eta, rho, u), near, -u, np.linalg.norm(u) * rng.normal(size=u.size))[
            rng.integers(4)
        ]
        stiffness, tau = np.diag(_stiffness(lam, eta, rho)), eta * rho
        if rng.integers(2):
            root = rng.normal(size=(u.size, u.size))
            stiffness, tau = (root + root.T) / (eta * rho), eta * rho * 10 ** rng.uniform(-2, 2)
        yield {"eigenvalues": lam, "u": u, "other": other, "stiffness": stiffness, "tau": float(tau)}


_FLAT = Hypothesis(
    r"$\lambda_1\ge\dots\ge\lambda_d\ge0$, $C$ symmetric, $\tau>0$",
    lambda eigenvalues, stiffness, tau, **_: bool(
        eigenvalues[-1] >= 0 and np.all(np.diff(eigenvalues) <= 0) and np.all(stiffness == stiffness.T) and tau > 0
    ),
)


def _formula_of_the_gap(d: int, swapped: bool = False) -> Any:
    """φ(y) - φ(u) - ⟨∇φ(u), y - u⟩ against φ(y) - ⟨Λy, Λu⟩/φ(u), φ = ‖Λ·‖."""
    lam = sp.symbols(f"lambda_1:{d + 1}", positive=True)
    u, y = sp.symbols(f"u_1:{d + 1}", positive=True), sp.symbols(f"y_1:{d + 1}", positive=True)

    def phi(point: Any) -> Any:
        return sp.sqrt(sum((x * z) ** 2 for x, z in zip(lam, point, strict=True)))

    inner = sum(x**2 * p * q for x, p, q in zip(lam, u, y, strict=True))
    start, end = (y, u) if swapped else (u, y)
    tangent = sum(sp.diff(phi(start), p) * (q - p) for p, q in zip(start, end, strict=True))
    return phi(end) - phi(start) - tangent - (phi(y) - inner / phi(u))


def _descent_of_a_difference(d: int, twice: int = 2) -> Any:
    """f(u + δ) - f(u) + ½δᵀ((2/τ)I - C)δ + D, f = q - φ, δ = -τ(Cu - p); symbols for φ(u), φ(u + δ), ∇φ(u) = p."""
    entries = {(i, j): sp.Symbol(f"c_{i + 1}{j + 1}", real=True) for i in range(d) for j in range(i, d)}
    stiffness = sp.Matrix(d, d, lambda i, j: entries[min(i, j), max(i, j)])
    u, p = sp.Matrix(sp.symbols(f"u_1:{d + 1}", real=True)), sp.Matrix(sp.symbols(f"p_1:{d + 1}", real=True))
    tau, before, after = sp.Symbol("tau", positive=True), sp.Symbol("phi", real=True), sp.Symbol("phi_+", real=True)
    delta = -tau * (stiffness * u - p)

    def q(point: sp.Matrix) -> sp.Expr:
        return point.dot(stiffness * point) / 2

    fall = q(u + delta) - after - (q(u) - before)
    square = twice * delta.dot(delta) / tau - delta.dot(stiffness * delta)
    return sp.expand(fall + square / 2 + (after - before - p.dot(delta)))


BREGMAN_GAP = Claim(
    id="bregman-gap",
    title="The gap $D_t$ is a Bregman divergence",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\lambda_1\ge\dots\ge\lambda_d\ge0$ and $\varphi(u)=\norm{\Lambda u}$, a convex function. For all "
        r"$u,u'$ with $\Lambda u\ne0$, $D_\varphi(u',u)=\varphi(u')-\varphi(u)-\langle\nabla\varphi(u),\,u'-u\rangle="
        r"\norm{\Lambda u'}-\frac{\langle\Lambda u',\Lambda u\rangle}{\norm{\Lambda u}}\ge0$; so the $D_t$ of "
        r"the exact descent is $D_\varphi(u_{t+1},u_t)$. "
        r"Let $q(u)=\frac12u^\top Cu$ with $C$ symmetric, $f=q-\varphi$, $\tau>0$, $u_+=u-\tau\nabla f(u)$ and "
        r"$\delta=u_+-u$. Then $f(u_+)-f(u)=-\frac12\,\delta^\top\bigl(\frac2\tau I-C\bigr)\delta-D_\varphi(u_+,u)$."
    ),
    hypotheses=(_FLAT, _SMOOTH),
    margin=_bregman_margin,
    instances=_bregman_instances,
    identities=(
        *(
            Identity(
                r"$\varphi(u')-\varphi(u)-\langle\nabla\varphi(u),u'-u\rangle="
                rf"\norm{{\Lambda u'}}-\langle\Lambda u',\Lambda u\rangle/\norm{{\Lambda u}}$, $d={d}$",
                partial(_formula_of_the_gap, d),
                partial(_formula_of_the_gap, d, swapped=True),
            )
            for d in (2, 3, 4)
        ),
        *(
            Identity(
                r"$f(u_+)-f(u)=-\frac12\delta^\top(\frac2\tau I-C)\delta-D_\varphi(u_+,u)$ for every $\varphi$ with a "
                rf"gradient at $u$, $d={d}$",
                partial(_descent_of_a_difference, d),
                partial(_descent_of_a_difference, d, twice=1),
            )
            for d in (2, 3)
        ),
    ),
    certificates=(
        Certificate(
            r"SAM's step is short enough: $\tau=\eta\rho$ and $c=\frac{2-\eta\lambda}{\eta\rho}$ have "
            r"$\frac2\tau-c\ge0$ for every $\lambda\ge0$",
            "lam eta rho",
            lambda lam, eta, rho: [lam >= 0, eta > 0, rho > 0],
            lambda lam, eta, rho: 2 / (eta * rho) - (2 - eta * lam) / (eta * rho) >= 0,
            Variation(r"without $\lambda\ge0$", hypotheses=lambda lam, eta, rho: [eta > 0, rho > 0]),
        ),
    ),
    refutations=(
        Refutation(
            r"At the kink $u=0$ there is no tangent plane: along a ray $\varphi$ is as steep as it gets.",
            {
                "eigenvalues": np.array([1.0, 0.5]),
                "u": np.zeros(2),
                "other": np.array([1.0, 1.0]),
                "stiffness": np.diag([9.0, 9.5]),
                "tau": 0.2,
            },
            without=_SMOOTH.says,
        ),
        Refutation(
            r"If $C$ is not symmetric, $Cu$ is not the gradient of $q$.",
            {
                "eigenvalues": np.array([1.0, 0.5]),
                "u": np.array([0.3, 0.2]),
                "other": np.array([0.1, 0.4]),
                "stiffness": np.array([[9.0, 5.0], [0.0, 9.5]]),
                "tau": 0.2,
            },
            without=_FLAT.says,
        ),
        *(
            Refutation(
                says,
                {
                    "eigenvalues": np.array([1.0, 0.5]),
                    "u": np.array([0.3, 0.2]),
                    "other": np.array([0.1, 0.4]),
                    "stiffness": np.diag([9.0, 9.5]),
                    "tau": 0.2,
                },
                margin=partial(_bregman_margin, **change),
            )
            for says, change in (
                (r"With $u$ and $u'$ exchanged: a Bregman divergence is not symmetric.", {"swapped": True}),
                (r"With $\frac1\tau$ in place of $\frac2\tau$.", {"twice": 1.0}),
                (r"With the concave $-\varphi$: its graph lies below its tangent planes.", {"bend": -1.0}),
            )
        ),
    ),
    on_paper=r"That $\varphi$ is convex: it is a norm of a linear map.",
    depends_on=("lemma-10",),
    note="Not in the paper, which has no $D_t$.",
    ours=True,
)


CLAIMS = (PROP_8, REMARK_9, REMARK_9_PRINTED, LEMMA_10, LEMMA_11, LEMMA_11_PRINTED, BREGMAN_GAP)
