"""Section 5: the equations (15) to (18) in the proof of Theorem 21.

Instances are those of `samlib.claims._ridges`.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib import constants, drift
from samlib._validation import Array
from samlib.claims._bounce_step import (
    AT_THE_BOUNCE,
    B3,
    B4,
    BALANCED,
    BELOW_ONE,
    BELOW_TWO,
    CRITICAL,
    CROSSED,
    E1,
    E2,
    POSITIVE,
    SIMPLE,
    SLIGHT_B3,
    SLIGHT_B4,
    SLOPING,
    SLOPING_NORM,
    along_axis,
    bent,
    cubic,
    fast,
    offset_of,
    places,
    reach_of,
    rounding_of,
    unit,
    within,
)
from samlib.claims._claim import (
    Certificate,
    Claim,
    Hypothesis,
    Identity,
    Instance,
    PrintedForm,
    Refutation,
    Variation,
    equal,
)
from samlib.claims._ridges import Ridges, instance_of, smooth_steps
from samlib.losses import SmoothLoss

__all__ = ["CLAIMS"]

CHAPTER = "05-drifting-to-wide-minima"


# Equation (15)


def _eq_15_margin(
    loss: SmoothLoss,
    minimum: Array,
    axis: Array,
    top: float,
    eta: float,
    rho: float,
    sign: int,
    b3: float,
    plus: int = 1,
    **_: Any,
) -> float:
    seen, far = places(loss, minimum, axis, top, eta, rho, sign)
    step = -eta * loss.gradient(seen)
    split = -eta * loss.gradient(far) + plus * eta * (loss.gradient(far) - loss.gradient(seen))
    # SAM on the quadratic model, from its definition
    hessian, offset = loss.hessian(minimum), offset_of(axis, top, eta, rho, sign)
    model_sees = minimum + offset + rho * unit(hessian @ offset)
    model_step = -eta * hessian @ (model_sees - minimum)
    size = rounding_of(minimum, top, eta, rho, b3) * 1e14
    return min(
        equal(step, split, size),
        equal(model_sees, far, abs(reach_of(top, eta, rho)) + np.linalg.norm(minimum)),
        equal(model_step, -2 * offset, abs(2 * constants.amplitude(top, eta, rho)) + 1e-6 * rho),
    )


def _look() -> list[Any]:
    """a + ρ - R, and -ηλ₁R + 2a."""
    top, eta, rho = sp.symbols("lambda_1 eta rho", positive=True)
    a, reach = constants.amplitude(top, eta, rho), reach_of(top, eta, rho)
    return [a + rho - reach, -eta * top * reach + 2 * a]


EQ_15 = Claim(
    id="eq-15",
    title="The step, compared with the one on the quadratic",
    section="5",
    chapter=CHAPTER,
    statement=(
        r"Let $\nabla\ell(w_z)=0$, $\lambda_1>0$ the largest eigenvalue of $\nabla^2\ell(w_z)$ with unit eigenvector "
        r"$e_1$, $\eta\lambda_1<2$, and $w_t=w_z+s_ta\,e_1$ with $a=\frac{\eta\rho\lambda_1}{2-\eta\lambda_1}$, "
        r"$s_t=\pm1$. Let $\tilde w_t=w_t+\rho\frac{\nabla\ell(w_t)}{\norm{\nabla\ell(w_t)}}$ be the point where SAM "
        r"evaluates the gradient, and $\hat w_t=w_z+s_tR\,e_1$ with $R=a+\rho=\frac{2\rho}{2-\eta\lambda_1}$. Then"
        "\n\n"
        r"$$w_{t+1}-w_t=-\eta\nabla\ell(\hat w_t)+\eta\bigl(\nabla\ell(\hat w_t)-\nabla\ell(\tilde w_t)\bigr).$$"
        "\n\n"
        r"On the quadratic model of $\ell$ at $w_z$ the two points are the same, and its step from $w_t$ is "
        r"$-\eta\lambda_1s_tR\,e_1=-2s_ta\,e_1$."
    ),
    hypotheses=(CRITICAL, BELOW_TWO, POSITIVE),
    margin=_eq_15_margin,
    instances=partial(smooth_steps, below=2.0),
    identities=(
        Identity(
            r"$a+\rho=R$ and $\eta\lambda_1R=2a$",
            lambda: sp.Matrix(_look()),
            lambda: sp.Matrix([_look()[0] + sp.Symbol("rho"), _look()[1]]),
        ),
    ),
    refutations=(
        Refutation(
            "From twice the distance.",
            instance_of(cubic(0.1), 0.2, 1.0, sign=2),
            without=POSITIVE.says,
        ),
        Refutation(
            r"For $\eta\lambda_1=2.5$ the number $a$ is negative, and the step from there is no bounce.",
            instance_of(Ridges([1.0, 0.5]), 2.5, 1.0),
            without=BELOW_TWO.says,
        ),
        Refutation(
            r"With $e_1$ no eigenvector: the quadratic's step leaves the line.",
            {**instance_of(Ridges([1.0, 0.5]), 0.2, 1.0), "axis": (E1 + E2) / 2**0.5},
            without=CRITICAL.says,
        ),
        Refutation(
            "With the second sign exchanged.",
            instance_of(cubic(0.3), 0.2, 0.5) | {"sign": -1, "loss": SLOPING},
            margin=partial(_eq_15_margin, plus=-1),
        ),
    ),
)


# Equation (16)


def _eq_16_margin(
    loss: SmoothLoss,
    minimum: Array,
    axis: Array,
    top: float,
    eta: float,
    rho: float,
    sign: int,
    b3: float,
    b4: float,
    half: float = 0.5,
    sixth: float = 1 / 6,
    project: bool = False,
) -> float:
    far = places(loss, minimum, axis, top, eta, rho, sign)[1]
    reach, slope = reach_of(top, eta, rho), along_axis(loss, minimum, axis)
    if project:
        slope = (slope @ axis) * axis
    taylor = -2 * offset_of(axis, top, eta, rho, sign) - half * eta * reach**2 * slope
    bound = sixth * eta * reach**3 * b4
    return within(bound, -eta * loss.gradient(far) - taylor, rounding_of(minimum, top, eta, rho, b3))


def _taylor(sixth: int = 6) -> sp.Matrix:
    """∇ℓ(ce₁) minus its expansion, for all polynomials of degree 4 in the plane with a critical point at 0."""
    x, y, c, l1, l2 = sp.symbols("x y c lambda_1 lambda_2", real=True)
    third, fourth = sp.symbols("t_0:4", real=True), sp.symbols("f_0:5", real=True)
    loss = (l1 * x**2 + l2 * y**2) / 2
    for order, entries in ((3, third), (4, fourth)):
        for k, entry in enumerate(entries):
            loss += entry * x ** (order - k) * y**k / sp.factorial(order - k) / sp.factorial(k)
    gradient = sp.Matrix([loss.diff(x), loss.diff(y)]).subs({x: c, y: 0})
    linear, second = sp.Matrix([l1 * c, 0]), c**2 / 2 * sp.Matrix(third[:2])
    return (gradient - linear - second - c**3 / sixth * sp.Matrix(fourth[:2])).applyfunc(sp.expand)


def _rate(half: int = 2) -> sp.Expr:
    top, eta, rho = sp.symbols("lambda_1 eta rho", positive=True)
    looked = constants.amplitude(top, eta, rho) + rho
    return eta * looked**2 / half - drift.drift_rate(top, eta, rho)


EQ_16 = Claim(
    id="eq-16",
    title="The gradient where the quadratic would look",
    section="5",
    chapter=CHAPTER,
    statement=(
        r"In the setting of (15), let $\lambda_1>\lambda_2$ and let $D^3\ell$ be $B_4$-Lipschitz in the ball "
        r"$\norm{w-w_z}\le R$. Then, with some $\norm\zeta\le1$,"
        "\n\n"
        r"$$-\eta\nabla\ell(\hat w_t)=-2s_ta\,e_1-\frac\eta2R^2\,\nabla\lambda_{\max}(\nabla^2\ell(w_z))"
        r"+\frac{\eta R^3B_4}6\,\zeta,\qquad\frac\eta2R^2=\frac{2\eta\rho^2}{(2-\eta\lambda_1)^2}.$$"
    ),
    hypotheses=(CRITICAL, SIMPLE, BELOW_TWO, POSITIVE, B4),
    margin=_eq_16_margin,
    instances=partial(smooth_steps, below=2.0),
    identities=(
        Identity(
            r"$\nabla\ell(ce_1)=c\lambda_1e_1+\frac{c^2}2D^3\ell(e_1,e_1,\cdot)+\frac{c^3}6D^4\ell(e_1,e_1,e_1,\cdot)$ "
            "for all polynomials of degree 4 in two variables",
            _taylor,
            lambda: _taylor(24),
        ),
        Identity(r"$\frac\eta2(a+\rho)^2=\frac{2\eta\rho^2}{(2-\eta\lambda_1)^2}$", _rate, lambda: _rate(1)),
    ),
    refutations=(
        Refutation(
            "From twice the distance.",
            instance_of(cubic(0.1), 0.2, 1.0, sign=2),
            without=POSITIVE.says,
        ),
        Refutation(
            r"With a third derivative that changes faster than $B_4$ allows.",
            instance_of(bent(1.0), 0.2, 1.0, b4=0.5),
            without=B4.says,
        ),
        Refutation(
            r"With $\lambda_1=\lambda_2$ and the mean slope of $\lambda_{\max}$, which is $0$.",
            instance_of(CROSSED, 0.2, 1.0, b3=SLOPING_NORM),
            without=SIMPLE.says,
            margin=partial(_eq_16_margin, half=0.0),
        ),
        Refutation(
            r"With $\eta R^2$ in place of $\eta R^2/2$.",
            instance_of(cubic(0.3), 0.2, 1.0),
            margin=partial(_eq_16_margin, half=1.0),
        ),
        Refutation(
            r"With $D^3\ell(e_1,e_1,e_1)e_1$ alone.",
            instance_of(SLOPING, 0.2, 1.0),
            margin=partial(_eq_16_margin, project=True),
        ),
        Refutation(
            r"With $\frac1{24}$ in place of $\frac16$.",
            instance_of(bent(1.0), 0.2, 1.0),
            margin=partial(_eq_16_margin, sixth=1 / 24),
        ),
    ),
    on_paper="The Taylor step for any $\\ell$: two integrals along the axis.",
    depends_on=("sharpness-gradient", "eq-15"),
    note=r"Printed with $B$ for $B_4$; only the Lipschitz constant of $D^3\ell$ is meant.",
)


# Equation (17)


def _eq_17_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in smooth_steps(rng, n, below=2.0):
        names = ("loss", "minimum", "axis", "top", "eta", "rho", "sign")
        seen, far = places(**{name: instance[name] for name in names})
        reach, direction = reach_of(instance["top"], instance["eta"], instance["rho"]), rng.normal(size=far.size)
        ball = instance["minimum"] + reach * rng.uniform(0, 1) * unit(direction)
        between = seen + rng.choice([0.0, rng.uniform(), 1.0]) * (far - seen)
        yield {**instance, "w": [ball, between][rng.integers(2)]}


def _eq_17_margin(
    loss: SmoothLoss,
    minimum: Array,
    top: float,
    eta: float,
    rho: float,
    b3: float,
    w: Array,
    ball: float = 1.0,
    **_: Any,
) -> float:
    bound = top + ball * b3 * reach_of(top, eta, rho)
    return float(1 + 1e-12 - np.linalg.norm(loss.hessian(w), 2) / bound)


_IN_BALL = Hypothesis(
    r"$\norm{w-w_z}\le R$",
    lambda w, minimum, top, eta, rho, **_: bool(np.linalg.norm(w - minimum) <= reach_of(top, eta, rho) * (1 + 1e-12)),
)


def _lengthy(top: Any, low: Any, change: Any, b3: Any, reach: Any) -> list[Any]:
    """|eigenvalues of H_z| ≤ λ₁, an entry `low` of it, and a change of at most B₃R."""
    return [top > 0, low <= top, low >= -top, b3 >= 0, reach > 0, change <= b3 * reach, change >= -b3 * reach]


EQ_17 = Claim(
    id="eq-17",
    title="The Hessian on the way",
    section="5",
    chapter=CHAPTER,
    statement=(
        r"In the setting of (15), let $\lambda_d\ge-\lambda_1$ and $\norm{D^3\ell}\le B_3$ in the ball "
        r"$\norm{w-w_z}\le R$. The ball contains $\tilde w_t$, $\hat w_t$ and the segment between them, and in it"
        "\n\n"
        r"$$\norm{\nabla^2\ell(w)}\le\lambda_1+B_3R.$$"
    ),
    hypotheses=(CRITICAL, BALANCED, BELOW_TWO, POSITIVE, B3, _IN_BALL),
    margin=_eq_17_margin,
    instances=_eq_17_instances,
    certificates=(
        Certificate(
            r"for one direction: $|u^\top\nabla^2\ell(w_z)u|\le\lambda_1$ and a change of at most $B_3R$",
            "top low change b3 reach",
            _lengthy,
            lambda top, low, change, b3, reach: z3.And(
                low + change <= top + b3 * reach, -low - change <= top + b3 * reach
            ),
            Variation(
                r"without $\lambda_d\ge-\lambda_1$",
                hypotheses=lambda top, low, change, b3, reach: [
                    *[top > 0, low <= top, b3 >= 0, reach > 0, change <= b3 * reach, change >= -b3 * reach]
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            r"With a constant third derivative and $B_3=0$, which the Lipschitz constant would allow.",
            {**instance_of(cubic(0.3), 0.2, 1.0, b3=0.0), "w": np.array([1.0, 0.0])},
            without=B3.says,
        ),
        Refutation(
            r"With $\lambda_d=-2\lambda_1$.",
            {**instance_of(cubic(0.1, -2.0), 0.2, 1.0), "w": np.zeros(2)},
            without=BALANCED.says,
        ),
        Refutation(
            r"Outside the ball.",
            {**instance_of(cubic(0.3), 0.2, 1.0), "w": np.array([2.0, 0.0])},
            without=_IN_BALL.says,
        ),
        Refutation(
            r"With $a$ in place of $R$: $\hat w_t$ is farther away than $w_t$.",
            {**instance_of(cubic(0.3), 0.2, 1.0), "w": np.array([1.1, 0.0])},
            margin=partial(_eq_17_margin, ball=0.1),
        ),
    ),
    on_paper="The triangle inequality for the ball, and the integral of $D^3\\ell$ along a radius.",
    depends_on=("eq-15",),
    note=r"Printed with $B$, the Lipschitz constant of $D^3\ell$, which does not bound $D^3\ell$ (E12).",
)

EQ_17_PRINTED = PrintedForm(
    id="eq-17-printed",
    title="The Hessian on the way, by a Lipschitz constant",
    section="5",
    chapter=CHAPTER,
    erratum="E12",
    statement=(
        r"If $D^3\ell$ is $B$-Lipschitz and $B\eta\rho\le1$, then "
        r"$\norm{\nabla^2\ell(w)}\le\lambda_1+B\,(\beta_1/\lambda_1+\rho)$ on the way."
    ),
    corrected="eq-17",
    hypotheses=(*AT_THE_BOUNCE, B4, SLIGHT_B4, _IN_BALL),
    margin=lambda b4, **values: _eq_17_margin(**{**values, "b3": b4}),
    counterexample={**instance_of(SLOPING, 0.2, 1.0), "w": np.array([1.0, 0.0])},
)


# Equation (18)


def _deviation(loss: SmoothLoss, minimum: Array, axis: Array, top: float, eta: float, rho: float, sign: int) -> float:
    """τ = ‖∇ℓ(w_t) - s β₁e₁‖/β₁: how far the gradient at the start is from the quadratic's, as a share of it."""
    expected = sign * constants.beta(top, eta, rho) * axis
    slope = loss.gradient(minimum + offset_of(axis, top, eta, rho, sign))
    return float(np.linalg.norm(slope - expected) / constants.beta(top, eta, rho))


def _eq_18_margin(
    loss: SmoothLoss,
    minimum: Array,
    axis: Array,
    top: float,
    eta: float,
    rho: float,
    sign: int,
    b3: float,
    twice: float = 2.0,
    share: float = 1.0,
    **_: Any,
) -> float:
    seen, far = places(loss, minimum, axis, top, eta, rho, sign)
    start = minimum + offset_of(axis, top, eta, rho, sign)
    turned = rho * np.linalg.norm(sign * axis - unit(loss.gradient(start)))
    tau = _deviation(loss, minimum, axis, top, eta, rho, sign)
    apart = float(np.linalg.norm(far - seen))
    rounding = rounding_of(minimum, top, eta, rho, b3) / (eta * top)
    bound = share * eta * rho**2 * b3 / (2 - eta * top)
    same = equal(apart, turned, rho)
    return min(same, within(twice * rho * tau, apart, rounding), within(bound, apart, rounding))


def _angle(p: Any, q: Any, r: Any) -> list[Any]:
    """g/β₁ = (p, q) along e₁ and across, of length r > 0."""
    return [r > 0, r * r == p * p + q * q]


EQ_18 = Claim(
    id="eq-18",
    title="How far SAM looks beside the axis",
    section="5",
    chapter=CHAPTER,
    statement=(
        r"In the setting of (15), let $\norm{D^3\ell}\le B_3$ in the ball $\norm{w-w_z}\le R$, let "
        r"$\nabla\ell(w_t)\ne0$ and $\beta_1=\lambda_1a$. Then"
        "\n\n"
        r"$$\begin{aligned}\norm{\hat w_t-\tilde w_t}&"
        r"=\rho\,\Bigl\|s_te_1-\frac{\nabla\ell(w_t)}{\norm{\nabla\ell(w_t)}}\Bigr\|"
        r"\le2\rho\,\tau\le\frac{\eta\rho^2B_3}{2-\eta\lambda_1},\\"
        r"\tau&=\frac{\norm{\nabla\ell(w_t)-s_t\beta_1e_1}}{\beta_1}\le\frac{B_3\,a}{2\lambda_1}.\end{aligned}$$"
    ),
    hypotheses=(CRITICAL, BELOW_TWO, POSITIVE, B3),
    margin=_eq_18_margin,
    instances=partial(smooth_steps, below=2.0),
    certificates=(
        Certificate(
            r"$\norm{e-g/\norm g}\le2\norm{g/\beta-e}$ for every unit vector $e$ and every $g\ne0$, $\beta>0$, in any "
            r"dimension: $g/\beta$ has the part $p$ along $e$ and a part of length $q$ across",
            "p q r",
            _angle,
            lambda p, q, r: 2 * r - 2 * p <= 4 * r * ((p - 1) ** 2 + q * q),
            Variation(
                r"with $1.99$ in place of $2$",
                conclusion=lambda p, q, r: 2 * r - 2 * p <= z3.Q(199**2, 100**2) * r * ((p - 1) ** 2 + q * q),
            ),
        ),
        Certificate(
            r"for $\tau<1$ even $\norm{e-g/\norm g}\le\sqrt2\,\tau$",
            "p q r",
            lambda p, q, r: [*_angle(p, q, r), (p - 1) ** 2 + q * q < 1],
            lambda p, q, r: 2 * r - 2 * p <= 2 * r * ((p - 1) ** 2 + q * q),
            Variation(r"for all $\tau$", hypotheses=_angle),
        ),
        Certificate(
            r"$2\rho\tau\le\eta\rho^2B_3/(2-\eta\lambda_1)$ from $\tau\beta_1\le B_3a^2/2$",
            "top eta rho b3 tau",
            lambda top, eta, rho, b3, tau: [
                *[top > 0, eta > 0, rho > 0, b3 >= 0, eta * top < 2],
                2 * tau * constants.beta(top, eta, rho) <= b3 * constants.amplitude(top, eta, rho) ** 2,
            ],
            lambda top, eta, rho, b3, tau: 2 * rho * tau <= eta * rho**2 * b3 / (2 - eta * top),
            Variation(
                r"with $\tau\beta_1\le B_3a^2$",
                hypotheses=lambda top, eta, rho, b3, tau: [
                    *[top > 0, eta > 0, rho > 0, b3 >= 0, eta * top < 2],
                    tau * constants.beta(top, eta, rho) <= b3 * constants.amplitude(top, eta, rho) ** 2,
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            "From twice the distance.",
            instance_of(cubic(0.1), 0.2, 1.0, sign=2),
            without=POSITIVE.says,
        ),
        Refutation(
            r"With $B_3$ too small.",
            instance_of(SLOPING, 0.2, 1.0, b3=0.1),
            without=B3.says,
        ),
        Refutation(
            r"For $\eta\lambda_1=2.5$, where $a<0$, the step looks to the other side.",
            instance_of(cubic(0.1), 2.5, 1.0),
            without=BELOW_TWO.says,
        ),
        Refutation(
            r"Without the 2: a slope that has just been turned round, $\tau\approx1$, is as far as $2$ from $e_1$.",
            instance_of(cubic(-2.001 * 9), 0.2, 1.0),
            margin=partial(_eq_18_margin, twice=1.9),
        ),
        Refutation(
            r"With half of the last bound.",
            instance_of(cubic(-2.001 * 9), 0.2, 1.0),
            margin=partial(_eq_18_margin, share=0.5),
        ),
    ),
    on_paper=r"$\tau\beta_1\le B_3a^2/2$, an integral along the axis.",
    depends_on=("eq-15",),
    note=(
        r"The paper's (18) is the equation. Its bound for it needs $B\eta\rho\le1$, so that a denominator stays "
        r"positive; the one here does not."
    ),
)


EQ_16_PRINTED = PrintedForm(
    id="eq-16-printed",
    title="The Taylor step with a bound on the third derivative",
    section="5",
    chapter=CHAPTER,
    erratum="E12",
    statement=(
        r"(16) with the remainder $\frac{\eta R^3B}6\zeta$, where $B$ is what (17) needs it to be, a bound "
        r"$\norm{D^3\ell}\le B$, with $B\eta\rho\le1$."
    ),
    corrected="eq-16",
    hypotheses=(CRITICAL, SIMPLE, BELOW_ONE, POSITIVE, B3, SLIGHT_B3),
    margin=lambda b3, **values: _eq_16_margin(**{**values, "b3": b3, "b4": b3}),
    counterexample=instance_of(fast(1.0, 1e4), 0.02, 0.1),
)

CLAIMS = (EQ_15, EQ_16, EQ_16_PRINTED, EQ_17, EQ_17_PRINTED, EQ_18)
