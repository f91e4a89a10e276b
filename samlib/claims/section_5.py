"""Section 5: drifting towards wide minima (Theorem 21, what it takes from the Hessian, its corollary).

Instances are those of `samlib.claims._ridges`.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from samlib import constants, drift
from samlib._validation import Array
from samlib.claims._bounce_step import (
    AT_THE_BOUNCE,
    B3,
    B4,
    BALANCED,
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


# ∇λ_max by the third derivative

_EIGENVECTOR = Hypothesis(
    r"$\lambda_1$ is the largest eigenvalue of $\nabla^2\ell(w_z)$, with unit vector $e_1$",
    lambda loss, minimum, axis, top, b3, rho, **_: bool(
        np.linalg.norm(loss.hessian(minimum) @ axis - top * axis) <= 1e-10 * (abs(top) + b3 * rho)
        and abs(np.linalg.eigvalsh(loss.hessian(minimum))[-1] - top) <= 1e-10 * (abs(top) + b3 * rho)
    ),
)


def _places_with_a_gap(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """The minima of `smooth_steps`, and other points of their balls where λ₁ is well apart from λ₂."""
    for instance in smooth_steps(rng, n, gap=0.05):
        away = rng.normal(size=instance["axis"].size)
        far = rng.choice([0.0, rng.uniform(0, 1)]) * reach_of(instance["top"], instance["eta"], instance["rho"])
        w = instance["minimum"] + far * unit(away)
        values, vectors = np.linalg.eigh(instance["loss"].hessian(w))
        if values[-1] - values[-2] >= 0.05 * instance["top"]:
            yield {**instance, "minimum": w, "axis": vectors[:, -1], "top": float(values[-1])}
        else:
            yield instance


def _sharpness_margin(
    loss: SmoothLoss, minimum: Array, axis: Array, b3: float, rho: float, top: float, **_: Any
) -> float:
    """Differences of the eigenvalue itself against D³ℓ(e₁, e₁, ·)."""
    gap = top - np.linalg.eigvalsh(loss.hessian(minimum))[-2]
    unit_of_slope = b3 + abs(top) / rho
    step = 1e-4 * min(rho, max(gap, 1e-2 * abs(top)) / unit_of_slope)
    measured = drift.sharpness_gradient_by_differences(loss, minimum, step)
    return equal(measured, along_axis(loss, minimum, axis), unit_of_slope)


def _top_of_two(coupling: int = 1) -> sp.Expr:
    """d/dt of the largest eigenvalue of diag(p, q) + t(a, b; b, c) at t = 0 for p > q, minus a."""
    q, gap = sp.symbols("q g", positive=True)
    t, a, b, c = sp.symbols("t a b c", real=True)
    p = q + gap
    first, last = p + t * a, q + t * c
    root = sp.sqrt((first - last) ** 2 + 4 * (t * b) ** 2)
    return sp.simplify(sp.diff((first + last + root) / 2, t).subs(t, 0) - (a if coupling else c))


SHARPNESS_GRADIENT = Claim(
    id="sharpness-gradient",
    title="The gradient of the largest eigenvalue",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell$ be three times continuously differentiable and $\lambda_1=\lambda_{\max}(\nabla^2\ell(w_z))$ "
        r"simple, with unit eigenvector $e_1$. Then $\lambda_{\max}(\nabla^2\ell)$ is differentiable at $w_z$, and"
        "\n\n"
        r"$$\nabla\lambda_{\max}(\nabla^2\ell(w_z))=D^3\ell(w_z)(e_1,e_1,\cdot)=\sum_iD^3\ell(w_z)(e_1,e_1,e_i)\,e_i.$$"
    ),
    hypotheses=(_EIGENVECTOR, SIMPLE),
    margin=_sharpness_margin,
    instances=_places_with_a_gap,
    identities=(
        Identity(
            "for two eigenvalues, by the formula for the roots of a quadratic",
            _top_of_two,
            lambda: _top_of_two(coupling=0),
        ),
    ),
    refutations=(
        Refutation(
            r"With $\lambda_1=\lambda_2$: $\lambda_{\max}=1+|z|$ along the $z$-axis has no derivative at $0$ (E14).",
            instance_of(CROSSED, 0.2, 1.0, b3=SLOPING_NORM),
            without=SIMPLE.says,
        ),
        Refutation(
            "With an eigenvector of another eigenvalue.",
            {**instance_of(SLOPING, 0.2, 1.0, b3=SLOPING_NORM), "axis": E2, "top": 0.5},
            without=_EIGENVECTOR.says,
        ),
        Refutation(
            r"With $D^3\ell(e_1,e_1,e_1)$ alone: the eigenvalue changes across $e_1$ as well.",
            instance_of(SLOPING, 0.2, 1.0, b3=SLOPING_NORM),
            margin=lambda loss, minimum, axis, **_: equal(
                drift.sharpness_gradient_by_differences(loss, minimum),
                (along_axis(loss, minimum, axis) @ axis) * axis,
                1.0,
            ),
        ),
    ),
    on_paper="All dimensions: a smooth function that is nowhere negative and vanishes at 0 has no slope there.",
    note="The paper uses it without saying so. It is the classical perturbation formula for a simple eigenvalue.",
    ours=True,
    tolerance=1e-5,
)


# Theorem 21


def _missed(
    loss: SmoothLoss,
    minimum: Array,
    axis: Array,
    top: float,
    eta: float,
    rho: float,
    sign: int,
    sharpness: Callable[..., Array] = along_axis,
    rate: float = 1.0,
) -> Array:
    """SAM's step from the bounce, minus bounce and drift."""
    seen = places(loss, minimum, axis, top, eta, rho, sign)[0]
    drifted = rate * 2 * eta * rho**2 / (2 - eta * top) ** 2 * sharpness(loss, minimum, axis)
    return -eta * loss.gradient(seen) + 2 * offset_of(axis, top, eta, rho, sign) + drifted


def _stated(top: Any, eta: Any, rho: Any, b3: Any, b4: Any) -> Any:
    return eta * rho**2 * ((1 + eta * top) ** 3 * rho * b4 / 6 + 2 * (2 * top + b3 * rho) * eta * b3)


def _sharp(top: Any, eta: Any, rho: Any, b3: Any, b4: Any) -> Any:
    reach = reach_of(top, eta, rho)
    return eta * reach**3 * b4 / 6 + eta**2 * rho**2 * b3 * (top + b3 * reach) / (2 - eta * top)


def _step_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    """Two of three with ηλ₁ < 1, the others up to 2."""
    yield from smooth_steps(rng, n - n // 3)
    yield from smooth_steps(rng, n // 3, below=2.0)


def _theorem_21_margin(
    minimum: Array,
    top: float,
    eta: float,
    rho: float,
    b3: float,
    b4: float,
    bounds: tuple[Callable[..., Any], ...] | None = None,
    rate: float = 1.0,
    sharpness: Callable[..., Array] = along_axis,
    **settings: Any,
) -> float:
    if bounds is None:
        bounds = (_stated, _sharp) if eta * top < 1 else (_sharp,)
    missed = _missed(minimum=minimum, top=top, eta=eta, rho=rho, rate=rate, sharpness=sharpness, **settings)
    rounding = rounding_of(minimum, top, eta, rho, b3)
    return min(within(bound(top, eta, rho, b3, b4), missed, rounding) for bound in bounds)


def _constants(top: Any, eta: Any, rho: Any, b3: Any, b4: Any) -> list[Any]:
    return [top > 0, eta > 0, rho > 0, b3 >= 0, b4 >= 0]


def _chain(top: Any, eta: Any, rho: Any, b3: Any, tau: Any, hessian: Any, apart: Any, share: Any = 1) -> list[Any]:
    return [
        *[top > 0, eta > 0, rho > 0, b3 >= 0, tau >= 0, hessian >= 0, apart >= 0, eta * top < 2],
        2 * top * tau <= b3 * constants.amplitude(top, eta, rho),
        hessian <= top + share * b3 * reach_of(top, eta, rho),
        apart <= 2 * rho * tau,
    ]


def _step_to_third_order(rate: int = 2) -> sp.Matrix:
    """For ρ = ε, η = kε and all quadratics plus cubics in the plane: the step minus bounce and drift, up to ε³."""
    eps, k, l1 = sp.symbols("epsilon k lambda_1", positive=True)
    l2, t0, t1, t2, t3, x, y = sp.symbols("lambda_2 t_0 t_1 t_2 t_3 x y", real=True)
    loss = (l1 * x**2 + l2 * y**2) / 2 + t0 * x**3 / 6 + t1 * x**2 * y / 2 + t2 * x * y**2 / 2 + t3 * y**3 / 6
    slope = sp.Matrix([loss.diff(x), loss.diff(y)])

    def cut(expression: sp.Expr) -> sp.Expr:
        return sp.series(expression, eps, 0, 4).removeO()

    a = cut(constants.amplitude(l1, k * eps, eps))
    steepness = cut((slope[1] / slope[0]).subs({x: a, y: 0}))  # the slope at the start is parallel to (1, steepness)
    across = cut(1 / sp.sqrt(1 + steepness**2))
    seen = {x: a + eps * across, y: eps * across * steepness}
    drifted = cut(rate * k * eps**3 / (2 - k * eps * l1) ** 2) * sp.Matrix([t0, t1])
    missed = -k * eps * slope.subs(seen, simultaneous=True) + sp.Matrix([2 * a, 0]) + drifted
    return sp.Matrix([sp.expand(entry).coeff(eps, n) for entry in missed for n in range(4)])


_RANGE = Hypothesis(
    r"$\eta\lambda_1<1$; for the second bound $\eta\lambda_1<2$ is enough", lambda eta, top, **_: bool(eta * top < 2)
)

THEOREM_21 = Claim(
    id="theorem-21",
    title="One step: bounce, drift, remainder",
    section="5",
    chapter=CHAPTER,
    statement=(
        r"Let $\ell$ be three times continuously differentiable, $\nabla\ell(w_z)=0$, and "
        r"$\lambda_1>\lambda_2\ge\dots\ge\lambda_d\ge-\lambda_1$ the eigenvalues of "
        r"$\nabla^2\ell(w_z)$, with $\lambda_1>0$ "
        r"and unit eigenvector $e_1$. Let $0<\eta<1/\lambda_1$, $\rho>0$, and in the ball "
        r"$\norm{w-w_z}\le\frac{2\rho}{2-\eta\lambda_1}$ let $\norm{D^3\ell}\le B_3$ and let "
        r"$D^3\ell$ be $B_4$-Lipschitz. "
        r"From $w_t=w_z+\frac{\eta\rho\lambda_1s_t}{2-\eta\lambda_1}e_1$, $s_t=\pm1$, SAM's step is"
        "\n\n"
        r"$$\begin{aligned}w_{t+1}-w_t={}&-\frac{2\eta\rho\lambda_1s_t}{2-\eta\lambda_1}e_1"
        r"-\frac{2\eta\rho^2}{(2-\eta\lambda_1)^2}\nabla\lambda_{\max}(\nabla^2\ell(w_z))\\"
        r"&+\eta\rho^2\Bigl(\frac{(1+\eta\lambda_1)^3\rho}6B_4+2(2\lambda_1+B_3\rho)\eta B_3\Bigr)\zeta"
        r"\end{aligned}$$"
        "\n\n"
        r"with some $\norm\zeta\le1$. For every $\eta<2/\lambda_1$ the remainder is at most"
        "\n\n"
        r"$$\frac{4\eta\rho^3B_4}{3(2-\eta\lambda_1)^3}"
        r"+\frac{\eta^2\rho^2B_3}{2-\eta\lambda_1}\Bigl(\lambda_1+\frac{2B_3\rho}{2-\eta\lambda_1}\Bigr).$$"
    ),
    hypotheses=(CRITICAL, SIMPLE, BALANCED, _RANGE, POSITIVE, B3, B4),
    margin=_theorem_21_margin,
    instances=_step_instances,
    identities=(
        Identity(
            r"for every quadratic plus cubic in the plane and $\eta=k\rho$: the step is bounce plus "
            r"drift up to $\rho^3$",
            _step_to_third_order,
            lambda: _step_to_third_order(rate=1),
        ),
    ),
    certificates=(
        Certificate(
            r"(17) and (18) together: $\eta\,(\lambda_1+B_3R)\cdot2\rho\tau$ is at most the second "
            r"term of the sharper bound",
            "top eta rho b3 tau hessian apart",
            _chain,
            lambda top, eta, rho, b3, tau, hessian, apart: (
                eta * hessian * apart <= eta**2 * rho**2 * b3 * (top + b3 * reach_of(top, eta, rho)) / (2 - eta * top)
            ),
            Variation(
                r"with $\lambda_1+2B_3R$",
                hypotheses=lambda **reals: _chain(**reals, share=2),
            ),
        ),
        Certificate(
            r"the sharper bound is at most the stated one for $\eta\lambda_1<1$",
            "top eta rho b3 b4",
            lambda **reals: [*_constants(**reals), reals["eta"] * reals["top"] < 1],
            lambda **reals: _sharp(**reals) <= _stated(**reals),
            Variation(
                r"for $\eta\lambda_1<2$",
                hypotheses=lambda **reals: [*_constants(**reals), reals["eta"] * reals["top"] < 2],
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
            r"With one constant: $\ell=\frac12x^2+\frac14y^2+\frac12x^2y$ has a third derivative of "
            r"Lipschitz constant $0$.",
            instance_of(SLOPING, 0.2, 1.0, b3=0.0),
            without=B3.says,
        ),
        Refutation(
            r"With one constant, read the other way: $D^3\ell=B\cos kx$ is bounded, and averages out "
            r"before SAM sees it.",
            instance_of(fast(1.0, 1e4), 0.02, 0.1, b4=1.0),
            without=B4.says,
        ),
        Refutation(
            r"With $\lambda_1=\lambda_2$ and the mean slope of $\lambda_{\max}$, which is $0$ (E14).",
            instance_of(CROSSED, 0.02, 0.1, b3=SLOPING_NORM),
            without=SIMPLE.says,
            margin=partial(
                _theorem_21_margin,
                sharpness=lambda loss, minimum, _axis: drift.sharpness_gradient_by_differences(loss, minimum),
            ),
        ),
        Refutation(
            r"With $\lambda_2=-100\lambda_1$: a slope just beside $e_1$ meets a steep wall.",
            instance_of(
                Ridges([1.0, -100.0], [("cubic", 0.05, E1 + E2), ("cubic", -0.05, E1 - E2)]), 0.02, 1.0, b3=0.3
            ),
            without=BALANCED.says,
        ),
        Refutation(
            r"For $\eta\lambda_1=2.5$, where $a<0$, SAM looks to the other side.",
            instance_of(cubic(0.1), 2.5, 1.0),
            without=_RANGE.says,
        ),
        Refutation(
            r"At $\eta\lambda_1=1.8$ the stated remainder is too small; the sharper one is not.",
            instance_of(bent(1e-3), 1.8, 1.0),
            margin=partial(_theorem_21_margin, bounds=(_stated,)),
        ),
        Refutation(
            r"From a point that is not critical.",
            {**instance_of(cubic(0.1), 0.2, 1.0), "minimum": np.array([0.0, 1.0])},
            without=CRITICAL.says,
        ),
        Refutation(
            "With half the drift.",
            instance_of(cubic(0.1), 0.01, 0.1),
            margin=partial(_theorem_21_margin, rate=0.5),
        ),
        Refutation(
            "With a drift up the slope of the sharpness.",
            instance_of(cubic(0.1), 0.01, 0.1),
            margin=partial(_theorem_21_margin, rate=-1.0),
        ),
        Refutation(
            r"With $\frac1{24}$ in place of $\frac16$ in the sharper bound.",
            instance_of(bent(0.01), 0.02, 1.0),
            margin=partial(
                _theorem_21_margin, bounds=(lambda top, eta, rho, b3, b4: _sharp(top, eta, rho, b3, b4 / 4),)
            ),
        ),
    ),
    on_paper=(
        "That the three estimates add up, by the triangle inequality and the mean value of the Hessian on the segment."
    ),
    depends_on=("sharpness-gradient", "eq-15", "eq-16", "eq-17", "eq-18"),
    note=(
        r"Printed with one constant $B$ for $B_3$ and $B_4$ (E12), without $\lambda_1>\lambda_2$ and "
        r"$\eta\lambda_1<1$, which the text around it assumes (E14), and with $B\eta\rho\le1$, which is not needed. "
        r"If $\nabla\ell(w_t)=0$ and SAM then takes no ascent step, the bound holds all the same."
    ),
)

THEOREM_21_PRINTED = PrintedForm(
    id="theorem-21-printed",
    title="Theorem 21 with one Lipschitz constant",
    section="5",
    chapter=CHAPTER,
    erratum="E12",
    statement=r"Theorem 21 with $B_3=B_4=B$, for $D^3\ell$ that is $B$-Lipschitz and $B\eta\rho\le1$.",
    corrected="theorem-21",
    hypotheses=(*AT_THE_BOUNCE, B4, SLIGHT_B4),
    margin=lambda b4, **values: _theorem_21_margin(**{**values, "b3": b4, "b4": b4, "bounds": (_stated,)}),
    counterexample=instance_of(SLOPING, 0.2, 1.0),
)

THEOREM_21_NORM_PRINTED = PrintedForm(
    id="theorem-21-norm-printed",
    title="Theorem 21 with one bound on the third derivative",
    section="5",
    chapter=CHAPTER,
    erratum="E12",
    statement=r"The other reading: Theorem 21 with $B_3=B_4=B$, for $\norm{D^3\ell}\le B$ and $B\eta\rho\le1$.",
    corrected="theorem-21",
    hypotheses=(*AT_THE_BOUNCE, B3, SLIGHT_B3),
    margin=lambda b3, **values: _theorem_21_margin(**{**values, "b3": b3, "b4": b3, "bounds": (_stated,)}),
    counterexample=instance_of(fast(1.0, 1e4), 0.02, 0.1),
)


# The corollary


def _corollary_instances(rng: np.random.Generator, n: int) -> Iterator[Instance]:
    for instance in smooth_steps(rng, n):
        slack = 1 + rng.choice([0.0, 10 ** rng.uniform(-3, 1)], size=2)
        yield {**instance, "c": slack[0] * instance["eta"] / instance["rho"], "largest": slack[1] * instance["rho"]}


def _c2(top: Any, b3: Any, b4: Any, c: Any, largest: Any) -> Any:
    """c₂ = 2cB₃(1 + ρ₀B₃/λ₁) + 4B₄/(3λ₁)."""
    return 2 * c * b3 * (1 + largest * b3 / top) + 4 * b4 / (3 * top)


def _corollary_margin(
    loss: SmoothLoss,
    minimum: Array,
    axis: Array,
    top: float,
    eta: float,
    rho: float,
    sign: int,
    b3: float,
    b4: float,
    c: float,
    largest: float,
    c1: float = -1.0,
    share: float = 1.0,
) -> float:
    start = offset_of(axis, top, eta, rho, sign)
    step = -eta * loss.gradient(places(loss, minimum, axis, top, eta, rho, sign)[0])
    size = float(np.linalg.norm(start)) * rho
    missed = step + 2 * start - size * c1 / top * along_axis(loss, minimum, axis)
    return within(size * rho * share * _c2(top, b3, b4, c, largest), missed, rounding_of(minimum, top, eta, rho, b3))


def _turned_slope(x: float) -> Ridges:
    """A harmonic cubic that leaves no slope along e₁ at a e₁ (for λ₁ = ρ = 1), and a little across."""
    angles = 0.02 + 2 * np.pi / 3 * np.arange(3)  # Σ (u·p)³ = ¾ Re (u₁ + iu₂)³, turned
    third = -2 * (2 - x) / x / np.cos(0.06)
    return Ridges([1.0, 0.5], [("cubic", 4 / 3 * third, np.array([np.cos(t), np.sin(t)])) for t in angles])


_RATIO = Hypothesis(r"$\eta\le c\rho$", lambda eta, rho, c, **_: bool(eta <= c * rho * (1 + 1e-12)))
_SMALL = Hypothesis(r"$\rho\le\rho_0$", lambda rho, largest, **_: bool(rho <= largest * (1 + 1e-12)))


def _collected(top: Any, eta: Any, rho: Any, b3: Any, b4: Any, c: Any, largest: Any) -> list[Any]:
    return [*_constants(top, eta, rho, b3, b4), eta * top < 1, eta <= c * rho, rho <= largest]


DRIFT_COROLLARY = Claim(
    id="drift-corollary",
    title="The same in terms of the distance from the minimum",
    section="ours",
    chapter=CHAPTER,
    statement=(
        r"In the setting of Theorem 21 let $\varepsilon_t=w_t-w_z$, $\eta\le c\rho$ and $\rho\le\rho_0$. Then"
        "\n\n"
        r"$$\begin{gathered}w_{t+1}-w_t=-2\varepsilon_t"
        r"+\norm{\varepsilon_t}\rho\,\bigl(c_1\nabla\lambda_{\max}(\nabla^2\ell(w_z))+c_2\rho\,\zeta\bigr),\\"
        r"c_1=-\frac1{\lambda_1},\quad c_2=2cB_3\Bigl(1+\frac{\rho_0B_3}{\lambda_1}\Bigr)+\frac{4B_4}{3\lambda_1},"
        r"\end{gathered}$$"
        "\n\n"
        r"with some $\norm\zeta\le1$."
    ),
    hypotheses=(*AT_THE_BOUNCE, B3, B4, _RATIO, _SMALL),
    margin=_corollary_margin,
    instances=_corollary_instances,
    identities=(
        Identity(
            r"$\frac{2\eta\rho^2}{(2-\eta\lambda_1)^2}=\norm{\varepsilon_t}\rho\bigl(\frac1{\lambda_1}"
            r"+\frac\eta{2-\eta\lambda_1}\bigr)$",
            lambda: _coefficient(1),
            lambda: _coefficient(2),
        ),
    ),
    certificates=(
        Certificate(
            r"the remainder and the difference of the coefficients are at most $\norm{\varepsilon_t}\rho^2c_2$",
            "top eta rho b3 b4 c largest",
            _collected,
            lambda top, eta, rho, b3, b4, c, largest: (
                _sharp(top, eta, rho, b3, b4) + constants.amplitude(top, eta, rho) * rho * b3 * eta / (2 - eta * top)
                <= constants.amplitude(top, eta, rho) * rho**2 * _c2(top, b3, b4, c, largest)
            ),
            Variation(
                r"without $\eta\le c\rho$",
                hypotheses=lambda top, eta, rho, b3, b4, c, largest: [
                    *_constants(top, eta, rho, b3, b4),
                    *[eta * top < 1, c > 0, rho <= largest],
                ],
            ),
        ),
    ),
    refutations=(
        Refutation(
            "From twice the distance.",
            {**instance_of(cubic(0.1), 0.2, 1.0, sign=2), "c": 0.2, "largest": 1.0},
            without=POSITIVE.says,
        ),
        Refutation(
            r"With $\eta=9\rho$ and $c=0.1$.",
            {**instance_of(cubic(0.1), 0.9, 0.1), "c": 0.1, "largest": 0.1},
            without=_RATIO.says,
        ),
        Refutation(
            r"With $\rho_0$ far below $\rho$: the slope at the start is turned by a right angle, and "
            r"SAM looks beside the axis.",
            {**instance_of(_turned_slope(0.2), 0.2, 1.0, b3=18.1, b4=0.0), "c": 0.2, "largest": 1e-3},
            without=_SMALL.says,
        ),
        Refutation(
            r"With $c_1=+\frac1{\lambda_1}$: the drift goes down, not up, the slope of the sharpness.",
            {**instance_of(cubic(0.1), 0.01, 0.01), "c": 1.0, "largest": 0.01},
            margin=partial(_corollary_margin, c1=1.0),
        ),
        Refutation(
            r"With $c_1=-\frac2{\lambda_1}$.",
            {**instance_of(cubic(0.1), 0.01, 0.01), "c": 1.0, "largest": 0.01},
            margin=partial(_corollary_margin, c1=-2.0),
        ),
    ),
    depends_on=("theorem-21",),
    note=(
        r"The paper's last sentence, with unnamed $c_1$, $c_2$ and one $c$ for $c$ and $\rho_0$. The "
        r"constants are ours. "
        r"That $c_1$ is negative is the point."
    ),
    ours=True,
)


def _coefficient(times: int) -> sp.Expr:
    top, eta, rho = sp.symbols("lambda_1 eta rho", positive=True)
    away = constants.amplitude(top, eta, rho)
    return drift.drift_rate(top, eta, rho) - away * rho * (1 / top + times * eta / (2 - eta * top))


CLAIMS = (SHARPNESS_GRADIENT, THEOREM_21, THEOREM_21_PRINTED, THEOREM_21_NORM_PRINTED, DRIFT_COROLLARY)
