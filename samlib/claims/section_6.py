"""Section 6: what SAM does on the flattening ravine of Figures 3 to 5.

The paper shows runs; the two statements here, which are ours, say exactly where these runs go. In both the loss is
ℓ(w) = w₁²/(1 + w₂²/2) + w₂²/2, whose only minimum is 0, with the Hessian diag(2, 1).
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import drift
from samlib.claims._claim import Certificate, Claim, Hypothesis, Identity, Instance, Refutation, Variation, equal, iff
from samlib.losses import FlatteningRavine
from samlib.optimizers import SAM

__all__ = ["CLAIMS"]

CHAPTER = "06-simulations"
RAVINE = FlatteningRavine()

_STEPS = Hypothesis(r"$0<\eta<1$", lambda eta, **_: bool(0 < eta < 1))
_RADIUS = Hypothesis(r"$\rho>0$", lambda rho, **_: bool(rho > 0))


def _steps(rng: np.random.Generator, n: int) -> Iterator[tuple[float, float]]:
    """n pairs (η, ρ): η anywhere in (0, 1) and close to its ends; ρ of every size, and close to both thresholds."""
    for _ in range(n):
        eta = float(rng.choice([rng.uniform(0.01, 0.99), 10 ** rng.uniform(-3, -1), 1 - 10 ** rng.uniform(-3, -1)]))
        threshold = float(rng.choice([1 - eta, 1 - eta, math.sqrt(1 - eta**2) / eta]))
        hair = 1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-6, -1)
        yield eta, threshold * float(rng.choice([hair, 10 ** rng.uniform(-1, 1)]))


# The bounce at the minimum


def _growth(eta: Any, far: Any) -> Any:
    """G, the factor of a small w₂ at the origin's bounce; `far` is X = ρ/(1 - η), the |w₁| at which SAM looks."""
    return 1 + (far * far - 1) * (eta + (1 - eta) * (1 - eta * eta * far * far) / 2)


def _bounce_margin(eta: float, rho: float, growth: Any = _growth, limits: Any = None) -> float:
    """How far the library's step and its derivative at (a, 0) are from the statement."""
    far = rho / (1 - eta)
    start = np.array([eta * far, 0.0])
    factor = growth(eta, far)
    derivative = drift.step_jacobian(RAVINE, start, eta, rho)
    low, high = limits or (1 - eta, math.sqrt(max(0.0, 1 - eta**2)) / eta)
    between = min((rho - low) / low, (high - rho) / high) if low > 0 and high > 0 else -1.0
    checks = [
        equal(SAM(eta=eta, rho=rho).step(RAVINE, start), -start),
        equal(derivative, np.diag([1 - 2 * eta, factor]), scale=1 + abs(factor) + eta * far * far),
        iff(derivative[1, 1] - 1, between),
    ]
    if rho < low:
        checks.append(min(derivative[1, 1], 1 - derivative[1, 1]))
    return min(checks)


def _bounce_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for eta, rho in _steps(rng, n):
        yield {"eta": eta, "rho": rho}


def _symbolic_step() -> tuple[sp.Matrix, tuple[sp.Symbol, ...]]:
    """SAM's step on the ravine by its definition, in symbols, and the symbols w₁ > 0, w₂, η, ρ."""
    x, eta, rho = sp.symbols("x eta rho", positive=True)
    y = sp.Symbol("y", real=True)
    loss = x**2 / (1 + y**2 / 2) + y**2 / 2
    gradient = sp.Matrix([loss]).jacobian([x, y]).T
    ascended = sp.Matrix([x, y]) + rho * gradient / sp.sqrt(gradient.dot(gradient))
    seen = gradient.subs({x: ascended[0], y: ascended[1]}, simultaneous=True)
    return sp.Matrix([x, y]) - eta * seen, (x, y, eta, rho)


def _at_bounce(tilt: int = 1) -> sp.Matrix:
    """The derivative of the step at (a, 0) minus diag(1 - 2η, G); `tilt` = 0 leaves the tilt of the ascent out of G."""
    step, (x, y, eta, rho) = _symbolic_step()
    far = rho / (1 - eta)
    derivative = step.jacobian([x, y]).subs(y, 0).subs(x, eta * far)
    growth = 1 + (far**2 - 1) * (eta + tilt * (1 - eta) * (1 - eta**2 * far**2) / 2)
    return sp.simplify(derivative - sp.diag(1 - 2 * eta, growth))


def _after_bounce(factor: int = 1) -> sp.Matrix:
    step, (x, y, eta, rho) = _symbolic_step()
    start = factor * eta * rho / (1 - eta)
    return sp.simplify(step.subs(y, 0).subs(x, start) + sp.Matrix([start, 0]))


def _in_range(eta: Any, far: Any) -> list[Any]:
    return [eta > 0, eta < 1, far > 0]


ORIGIN_BOUNCE = Claim(
    id="origin-bounce",
    title="The bounce at the minimum of the ravine",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell(w)=w_1^2/(1+\frac12w_2^2)+\frac12w_2^2$, $0<\eta<1$, $\rho>0$ and $X=\rho/(1-\eta)$. "
        r"Then $\pm(\eta X,0)$ is a two-cycle of SAM, and at both of its points the derivative of SAM's step is "
        r"$\diag(1-2\eta,\,G)$, $G=1+(X^2-1)\bigl(\eta+\tfrac12(1-\eta)(1-\eta^2X^2)\bigr)$. "
        r"Here $0<G<1$ if $\rho<1-\eta$, and $G>1$ if and only if $1-\eta<\rho<\sqrt{1-\eta^2}/\eta$. "
        r"So the cycle attracts if $\rho<1-\eta$, and in the other range every step multiplies a small $w_2$ by $G>1$."
    ),
    hypotheses=(_STEPS, _RADIUS),
    margin=_bounce_margin,
    instances=_bounce_instances,
    identities=(
        Identity(
            r"SAM's step from $(\eta X,0)$ ends at $-(\eta X,0)$",
            _after_bounce,
            lambda: _after_bounce(factor=2),
        ),
        Identity(
            r"the derivative of SAM's step at $(\eta X,0)$ is $\diag(1-2\eta,G)$",
            _at_bounce,
            lambda: _at_bounce(tilt=0),
        ),
    ),
    certificates=(
        Certificate(
            r"$G>1$ if and only if $X>1$ and $\eta^2X^2<\frac{1+\eta}{1-\eta}$",
            "eta far",
            _in_range,
            lambda eta, far: (_growth(eta, far) > 1) == z3.And(far > 1, eta * eta * far * far * (1 - eta) < 1 + eta),
            Variation(
                "without the upper limit",
                conclusion=lambda eta, far: (_growth(eta, far) > 1) == (far > 1),
            ),
        ),
        Certificate(
            r"$0<G<1$ if $X<1$",
            "eta far",
            lambda eta, far: [*_in_range(eta, far), far < 1],
            lambda eta, far: z3.And(_growth(eta, far) > 0, _growth(eta, far) < 1),
            Variation(r"with $X\le1$", hypotheses=lambda eta, far: [*_in_range(eta, far), far <= 1]),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta=\frac32$ the number $\eta X$ is negative, and no bounce at all.",
            {"eta": 1.5, "rho": 1.0},
            without=_STEPS.says,
        ),
        Refutation(
            r"With the direction of ascent held at $e_1$, $G=1+\eta(X^2-1)$: at $\eta=\frac15$, $\rho=1$, $1.1125$.",
            {"eta": 0.2, "rho": 1.0},
            margin=lambda eta, rho: _bounce_margin(eta, rho, growth=lambda eta, far: 1 + eta * (far * far - 1)),
        ),
        Refutation(
            r"With the threshold $\rho=1$: at $\rho=0.9$ the bounce is unstable already.",
            {"eta": 0.2, "rho": 0.9},
            margin=lambda eta, rho: _bounce_margin(eta, rho, limits=(1.0, math.sqrt(1 - eta**2) / eta)),
        ),
        Refutation(
            r"Without the upper limit: at $\eta=\frac15$, $\rho=5$ a small $w_2$ shrinks again.",
            {"eta": 0.2, "rho": 5.0},
            margin=lambda eta, rho: _bounce_margin(eta, rho, limits=(1 - eta, math.inf)),
        ),
    ),
    on_paper="That a cycle attracts if the derivative of its turn is a contraction.",
    depends_on=("eq-2",),
    note=(
        r"Section 6 shows runs and makes no statement. At its $\eta=\frac15$, $\rho=1$ the factor is "
        r"$G=\frac{847}{640}=1.3234375$."
    ),
    ours=True,
)


# The cycle beside the minimum


def _excess(eta: Any, rho: Any, c: Any) -> float:
    """X - m̂ for SAM's look from (η, c): by how much it lands beyond the parabola w₁ = 1 + w₂²/2."""
    m = 1 + c * c / 2
    angle = math.atan2(c * (1 - (eta / m) ** 2) * m, 2 * eta)
    return eta + rho * math.cos(angle) - 1 - (c + rho * math.sin(angle)) ** 2 / 2


def _cycle_margin(eta: float, rho: float, c: float, height: Any = None, amplitude: Any = None) -> float:
    """How far the library's step is from the statement; `height` and `amplitude` replace the root c* and x = η."""
    sam = SAM(eta=eta, rho=rho)
    exists = eta + rho > 1
    found = float(drift.ravine_cycle(eta, rho)[0, 1]) if exists else 0.0
    claimed = height(eta, rho) if height else found
    x = amplitude(eta, rho) if amplitude else eta
    # On the line w₁ = η a step raises w₂ exactly below the height of the cycle, and everywhere lowers it without one.
    rise = float(sam.step(RAVINE, [eta, c])[1]) / c - 1
    checks = [1 - x, iff(rise, claimed / c - 1), iff(_excess(eta, rho, c), claimed / c - 1)]
    if claimed > 0:
        point = np.array([x, claimed])
        after = sam.step(RAVINE, point)
        looks = RAVINE.gradient(point + sam.perturbation(RAVINE, point))
        scale = 1 + float(np.abs(point).max())
        checks += [equal(after, [-x, claimed], scale=scale), equal(looks, [2.0, 0.0], scale=2 * scale)]
    return min(checks)


def _cycle_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for eta, rho in _steps(rng, n):
        height = float(drift.ravine_cycle(eta, rho)[0, 1]) if eta + rho > 1 else 0.0
        hair = 1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-4, -1)
        nearby = height * hair if height > 1e-3 else 0.1
        yield {"eta": eta, "rho": rho, "c": float(rng.choice([nearby, 10 ** rng.uniform(-2, 1)]))}


def _slope(second: int = 1) -> sp.Expr:
    """d(tan θ)/dc minus its closed form."""
    c, eta = sp.symbols("c eta", positive=True)
    m = 1 + c**2 / 2
    tangent = c * (1 - eta**2 / m**2) * m / (2 * eta)
    return sp.diff(tangent, c) - ((m**2 - eta**2) * m + second * c**2 * (m**2 + eta**2)) / (2 * eta * m**2)


def _on_parabola(entry: int = 2) -> sp.Matrix:
    """Gradient and Hessian on the parabola w₁ = 1 + w₂²/2 minus (2, 0) and (2/m)(1, -w₂)(1, -w₂)ᵀ."""
    x, y = sp.symbols("x y", real=True)
    loss = x**2 / (1 + y**2 / 2) + y**2 / 2
    m = 1 + y**2 / 2
    gradient = sp.Matrix([loss]).jacobian([x, y]).T.subs(x, m) - sp.Matrix([entry, 0])
    normal = sp.Matrix([1, -y])
    hessian = sp.hessian(loss, (x, y)).subs(x, m) - 2 / m * normal * normal.T
    return sp.simplify(sp.Matrix([*gradient, *hessian]))


RAVINE_CYCLE = Claim(
    id="ravine-cycle",
    title="The cycle beside the minimum",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell(w)=w_1^2/(1+\frac12w_2^2)+\frac12w_2^2$, $0<\eta<1$ and $\rho>0$. "
        r"SAM has a two-cycle $(x,c),(-x,c)$ with $0<x\le1$ and $c>0$ if and only if $\rho>1-\eta$, and then exactly "
        r"one: $x=\eta$, and with $m=1+\frac12c^2$ and $\tan\theta=c\,(1-\eta^2/m^2)\,m/(2\eta)$, "
        r"$0<\theta<\frac\pi2$, $c$ is the root of $\eta+\rho\cos\theta=1+\tfrac12(c+\rho\sin\theta)^2$. "
        r"At its points SAM's gradient, the one at the ascended point, is $(\pm2,0)$. "
        r"The mirror image $(\pm\eta,-c)$ is a two-cycle too."
    ),
    hypotheses=(_STEPS, _RADIUS),
    margin=_cycle_margin,
    instances=_cycle_instances,
    identities=(
        Identity(
            r"on the parabola $w_1=m=1+\frac12w_2^2$, $\nabla\ell=(2,0)$ and "
            r"$\nabla^2\ell=\frac2m\,(1,-w_2)^\top(1,-w_2)$",
            _on_parabola,
            lambda: _on_parabola(entry=1),
        ),
        Identity(
            r"$\frac{d}{dc}\tan\theta=\frac{(m^2-\eta^2)m+c^2(m^2+\eta^2)}{2\eta m^2}$, which is positive for $\eta<1$",
            _slope,
            lambda: _slope(second=-1),
        ),
    ),
    certificates=(
        Certificate(
            r"from $0<x\le1$ and $c>0$ SAM looks further up: the second coordinate of the gradient is positive",
            "x c m g",
            lambda x, c, m, g: [x > 0, x <= 1, c > 0, 2 * m == 2 + c * c, g * m * m == c * (m * m - x * x)],
            lambda x, c, m, g: g > 0,
            Variation(
                r"without $x\le1$",
                hypotheses=lambda x, c, m, g: [x > 0, c > 0, 2 * m == 2 + c * c, g * m * m == c * (m * m - x * x)],
            ),
        ),
        Certificate(
            r"if a step from $(x,c)$ ends at $(-x,c)$ and looks at $(X,Y)$ with $X,Y>0$, then "
            r"$X=1+\frac12Y^2$ and $x=\eta$",
            "x eta X Y m",
            lambda x, eta, X, Y, m: [
                *[x > 0, eta > 0, X > 0, Y > 0, 2 * m == 2 + Y * Y],
                *[eta * X == x * m, eta * Y * (m * m - X * X) == 0],
            ],
            lambda x, eta, X, Y, m: z3.And(m == X, x == eta),
            Variation(
                r"with $Y=0$ allowed",
                hypotheses=lambda x, eta, X, Y, m: [
                    *[x > 0, eta > 0, X > 0, Y >= 0, 2 * m == 2 + Y * Y],
                    *[eta * X == x * m, eta * Y * (m * m - X * X) == 0],
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"At $\eta=\frac32$ the cycle has $x=\frac32>1$.",
            {"eta": 1.5, "rho": 1.0, "c": 0.1},
            without=_STEPS.says,
        ),
        Refutation(
            r"With the direction of ascent held at $e_1$, $c=\sqrt{2(\eta+\rho-1)}$: $0.632$ in place of $0.158$.",
            {"eta": 0.2, "rho": 1.0, "c": 0.3},
            margin=lambda eta, rho, c: _cycle_margin(
                eta, rho, c, height=lambda eta, rho: math.sqrt(2 * (eta + rho - 1))
            ),
        ),
        Refutation(
            r"With the amplitude of the bounce at the minimum, $x=\eta\rho/(1-\eta)$.",
            {"eta": 0.2, "rho": 1.0, "c": 0.1},
            margin=lambda eta, rho, c: _cycle_margin(eta, rho, c, amplitude=lambda eta, rho: eta * rho / (1 - eta)),
        ),
        Refutation(
            r"With $\rho>1$ in place of $\rho>1-\eta$: at $\rho=0.9$ there is a cycle.",
            {"eta": 0.2, "rho": 0.9, "c": 0.05},
            margin=lambda eta, rho, c: _cycle_margin(
                eta, rho, c, height=lambda eta, rho: 0.0 if rho <= 1 else float(drift.ravine_cycle(eta, rho)[0, 1])
            ),
        ),
    ),
    on_paper=(
        r"That the root exists exactly for $\rho>1-\eta$ and is unique: the difference of the two sides falls "
        r"strictly in $c$, from $\eta+\rho-1$ at $c=0$ to $-\infty$."
    ),
    depends_on=("eq-2",),
    note=r"Section 6 shows runs and makes no statement. At its $\eta=\frac15$, $\rho=1$, $c=0.15796788\dots$",
    ours=True,
)


CLAIMS = (ORIGIN_BOUNCE, RAVINE_CYCLE)
