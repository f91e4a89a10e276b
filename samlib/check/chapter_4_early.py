"""Checks for the exercises of chapter 4, up to Section 4.2."""

from functools import lru_cache, partial
from typing import Any

import numpy as np

import samlib
from samlib import constants
from samlib.check import _formula
from samlib.check._answers import Wrong, describe
from samlib.check._exercise import Choice, Exercise, Formula, Given, Number, Test
from samlib.check._property import Rules, floor, larger, sign
from samlib.check._words import number_words

__all__ = ["EXERCISES"]

_INDEX, _FIRST, _SECOND = (f"chapters/04-proof/{page}" for page in ("index", "1-properties", "2-early-descent"))

_CONSTANTS = {"eta": (0.05, 0.45), "rho": (0.2, 2.0), "lam1": (0.6, 1.9), "lamd": (0.1, 0.55)}


def _alpha(eta: Any, rho: Any, first: Any, other: Any) -> Any:
    return eta * rho * (first**2 + other**2) / (2 - eta * first - eta * other)


def _powers(first: bool, got: Any, given: Given) -> Rules:
    """The powers are measured: one quadratic, and the same in other units."""
    what = "eigenvalues" if first else "lengths"
    factor, start = 3.0, np.array([0.7, -0.4])
    lam, rho = np.array([1.0, 0.6]), 0.8

    def quantities(scale: float) -> np.ndarray:
        s, c = (scale, 1.0) if first else (1.0, scale)
        theory = samlib.QuadraticSAM(s * lam, 0.3 / s, c * rho)
        run = samlib.final_state(samlib.SAM(0.3 / s, c * rho), samlib.Quadratic(s * lam), c * start, steps=3)
        return np.array([np.linalg.norm(s * lam * run), theory.b, theory.mu])

    powers = np.log(quantities(factor) / quantities(1.0)) / np.log(factor)
    for name, mine, right in zip(("vₜ", "b", "μ"), got, powers, strict=True):
        yield (
            abs(mine - float(right)) > 0.01,
            f"{what}: {name} is multiplied by the power {round(float(right))}, as a run in both units shows, not by "
            f"the power {mine}.",
        )


def _place_of_b(answer: object, given: Given) -> None:
    """Positive exactly where b < α₂; the formula itself is free."""
    rng = np.random.default_rng(43)
    x, z = rng.uniform(0.01, 0.5, 400), rng.uniform(0.01, 1.0, 400)
    distance = (1 + z**2) / (2 - x - x * z) - 1
    clear = np.abs(distance) > 1e-3
    x, z, distance = x[clear], z[clear], distance[clear]
    value = _formula.evaluate(answer, {"x": x, "z": z}, "sign")
    if not np.isfinite(value).all():
        raise Wrong("sign is not a real number everywhere in the square.")
    agree = (value > 0) == (distance > 0)
    if not agree.any():
        raise Wrong("it is positive exactly where b > α₂: the other way round.", share=0.5)
    if not agree.all():
        i = int(np.argmin(agree))
        b, alpha = x[i], x[i] * (1 + z[i] ** 2) / (2 - x[i] - x[i] * z[i])
        raise Wrong(
            f"at x = {number_words(x[i])}, z = {number_words(z[i])} it is {number_words(value[i])}, and "
            "with λ₁ = ρ = 1 b is "
            f"{number_words(b)} and α₂ is {number_words(alpha)}."
        )


def _certificate(answer: object, given: Given) -> None:
    """Not empty, about the right ball, and proved, with a control that fails."""
    from samlib import claims  # with Z3, which the other exercises do without

    if not isinstance(answer, claims.Certificate):
        raise Wrong(f"certificate must be a samlib.claims.Certificate; you handed in {describe(answer)}.")
    if sorted(answer.variables.split()) != ["eta", "l1", "lam", "r", "rho"]:
        raise Wrong("use the variables l1, lam, eta, rho and r, so that the check can put numbers in their places.")
    rng, seen = np.random.default_rng(46), 0
    for _ in range(200):
        l1, rho, x = rng.uniform(0.5, 2), rng.uniform(0.3, 2), rng.uniform(1.0, 1.99)
        lam, beta = l1 * rng.uniform(0, 1), x * rho * l1 / (2 - x)
        point = {"l1": l1, "lam": lam, "eta": x / l1, "rho": rho, "r": beta * rng.uniform(0.01, 1)}
        if not all(bool(condition) for condition in answer.hypotheses(**point)):
            raise Wrong(f"your hypotheses exclude a case of the exercise: {_listed(point)}.")
        seen += bool(answer.conclusion(**point))
        # a point of the first axis on the next circle outside must not be in what the conclusion allows
        outside = {**point, "lam": l1, "r": beta * 1.05}
        if bool(answer.conclusion(**outside)):
            raise Wrong(f"your conclusion also holds outside the ball, at {_listed(outside)}: it does not speak of β₁.")
        seen += 1
    finding = answer.check()
    if not finding.passed:
        raise Wrong(f"Z3 does not agree: {finding.detail}.")
    if seen != 400:
        raise Wrong("your conclusion fails at points that satisfy the hypotheses.")


def _listed(point: dict[str, float]) -> str:
    return ", ".join(f"{name} = {number_words(value)}" for name, value in point.items())


def _all_shrink(r: Any, given: Given) -> Rules:
    yield r <= 0, "a length is positive."
    factors = [abs(constants.next_factor(lam, given.eta, 1.0, r)) for lam in given.eigenvalues]
    for place, factor in enumerate(factors, 1):
        yield factor >= 1, f"at r = {r} coordinate {place} grows: the length is too small."
    for place, factor in enumerate(factors[1:], 2):
        yield (
            factor >= factors[0],
            f"at r = {r} every coordinate shrinks, but the first one loses against coordinate {place}: the length is "
            "too large.",
            0.5,
        )


def _settles(r: Any, given: Given) -> Rules:
    """Where the length settles is a fixed point of r ↦ |r - η(r + 1)| on the first axis, where λ₁ = ρ = 1."""
    after = abs(r - given.long_step * (r + sign(r)))
    yield (
        (r <= 0) | (abs(after - r) > 5e-3 * larger(r, after)),
        f"from the length {r} on the first axis a step with η = {number_words(given.long_step)} leads to {after}: it "
        "is not at rest there.",
    )


def _away(got: Any, want: float) -> Any:
    return abs(got - want) > 0.01 * abs(want)


def _first_step(got: Any, given: Given) -> Rules:
    gamma = 0.25
    s1, s2 = 2.0 * given.spread / 2.0, given.spread / 2.0
    angle = 2 * np.pi * (np.arange(4000) + 0.5) / 4000
    density = np.exp(-((gamma * np.cos(angle) / s1) ** 2 + (gamma * np.sin(angle) / s2) ** 2) / 2) / (
        2 * np.pi * s1 * s2
    )
    want = float(2 * 2 * np.pi * gamma * density.mean())
    off = _away(got, want)
    yield off & ~_away(got, want / 2), "the ring reaches D to both sides of γ₁: there is a factor 2.", 0.5
    yield (
        off & ~(_away(got, want / (2 * np.pi * gamma)) & _away(got, want / (2 * np.pi))),
        "the integral is along the circle of radius γ₁, whose length is 2πγ₁.",
    )
    yield (
        off,
        f"twice the integral of the density of v₀ along the circle ‖v‖ = ¼ is not {got}. v₀ = Λw₀ is Gaussian with the "
        f"standard deviations {number_words(s1)} and {number_words(s2)}.",
    )


def _busiest(step: Any, given: Given) -> Rules:
    """The step at which most runs are in the ring, counted in a sample of our own."""
    yield (step != floor(step)) | (step < 0), "step is the number of a step: 0, 1, 2, …"
    few = step >= 0
    for one in _busy_steps(given.spread):
        few = few & (step != one)
    yield few, f"at step {step} fewer runs are in the ring than at others, in a sample of 100 000."


@lru_cache(maxsize=16)
def _busy_steps(spread: float) -> tuple[int, ...]:
    """The steps at which nearly as many runs are in the ring as at the busiest."""
    loss, sam = samlib.Quadratic([1.0, 0.5]), samlib.SAM(0.2, 1.0)
    w = spread * np.random.default_rng(410).normal(size=(100_000, 2))
    counts = []
    for _ in range(24):
        counts.append(int(np.count_nonzero(np.abs(np.linalg.norm(loss.gradient(w), axis=-1) - 0.25) < 5e-3)))
        w = sam.step(loss, w)
    return tuple(step for step, count in enumerate(counts) if count >= 0.85 * max(counts))


def _growth(got: Any, given: Given) -> Rules:
    """Measured: a small first coordinate beside the bounce along e₂."""
    theory = samlib.QuadraticSAM([1.0, 0.5], 0.2, given.rho)
    start = np.array([1e-7, theory.beta[1] / 0.5])
    want = float(abs(samlib.SAM(0.2, given.rho).step(samlib.Quadratic([1.0, 0.5]), start)[0] / start[0]))
    off = _away(abs(got), want)
    yield (
        off & (abs(abs(got) - float(0.2 * given.rho / theory.beta[1])) < 0.01 * want),
        "the part of gradient descent, 1 - ηλ₁, is missing.",
        0.5,
    )
    yield (
        off,
        f"a tiny v₁ beside the bounce along e₂ is multiplied by something else than {got}: the length there is β₂, "
        "not b and not β₁.",
    )


def _crossing(got: Any, given: Given) -> Rules:
    """By which number the crossing step multiplies v₁, per distance from γ₁."""
    gamma, small = 0.25 * given.rho, 1e-7
    start = np.array([0.6, 0.8]) * gamma * (1 + small)
    after = samlib.SAM(0.2, given.rho).step(samlib.Quadratic([1.0, 0.5]), start / [1.0, 0.5])[0]
    want = float(after / start[0] / (small * gamma))
    off = abs(abs(got) - want) > 0.02 * want
    words = f"a start at the distance 10⁻⁷ from γ₁ has v₁ multiplied by {number_words(want * 1e-7)}."
    yield off & (abs(abs(got) - 0.8) <= 0.016), f"{words} Is the distance divided by the length?"
    yield off, words


_KEEPS_ITS_SIDES = "that one survives both changes of units: its two sides are multiplied by the same number."

EXERCISES = (
    Exercise(
        "4.1",
        "ex-identities",
        _INDEX,
        "Identities among the constants",
        ("computer",),
        15,
        hint=r"Write everything with $b=\eta\rho\lambda_1^2$ and $x=\eta\lambda_1$, and let `sympy.simplify` do the "
        "rest.",
        sketch=r"$\gamma_1=\frac b{1-x}$, $\beta_1=\frac b{2-x}$; for $\alpha_d-\beta_1$ bring both to one "
        "denominator. A factor that is positive for all parameters tells you the inequality.",
        parts=(
            Formula(
                "gamma",
                r"$\gamma_1$, a formula in eta, rho and lam1",
                lambda eta, rho, lam1: eta * rho * lam1**2 / (1 - eta * lam1),
                {name: _CONSTANTS[name] for name in ("eta", "rho", "lam1")},
                (
                    ("eta*rho*lam1**2/(2-eta*lam1)", "this is β₁, where the size is kept; γ₁ is where v₁ lands on 0."),
                    ("eta*rho*lam1**2", "this is b."),
                    ("eta*rho*lam1/(1-eta*lam1)", "this is γ₁/λ₁, a length of w and not of the gradient."),
                ),
            ),
            Formula(
                "gap",
                r"$\alpha_d-\beta_1$, a formula in eta, rho, lam1 and lamd",
                lambda eta, rho, lam1, lamd: _alpha(eta, rho, lam1, lamd) - eta * rho * lam1**2 / (2 - eta * lam1),
                _CONSTANTS,
                (
                    ("eta*rho*lamd*(lamd*(2-eta*lam1)+eta*lam1**2)/(2-eta*lam1-eta*lamd)", "a denominator is missing."),
                    ("eta*rho*lamd**2/(2-eta*lam1-eta*lamd)", "the two fractions have different denominators."),
                    ("eta*rho*(lam1**2+lamd**2)/(2-eta*lam1-eta*lamd)", "this is α_d; subtract β₁."),
                ),
            ),
            Choice(
                "range",
                r"for which step sizes does the last identity give $\beta_1<\alpha_d$?",
                "eta (lambda_1 + lambda_d) < 2",
                {
                    "eta lambda_1 < 1": "true there, but the formula reaches further.",
                    "eta lambda_1 < 1/2": "true there, but the formula reaches further.",
                    "all": "both denominators have to be positive.",
                },
            ),
        ),
    ),
    Exercise(
        "4.2",
        "ex-units",
        _INDEX,
        "Two changes of units",
        ("pen",),
        20,
        hint=r"Put the new letters into one step of SAM first: does $w_{t+1}$ change?",
        sketch=r"$\eta\lambda_i$ stays the same under the first change. Write each constant as $\lambda_1\cdot\rho$ "
        "times a function of such products and of ratios of eigenvalues.",
        parts=(
            Number(
                "eigenvalues",
                r"under $(\Lambda,\eta)\mapsto(s\Lambda,\eta/s)$: the powers of s by which $v_t$, $b$ and $\mu$ are "
                "multiplied, three numbers",
                partial(_powers, True),
                count=3,
            ),
            Number(
                "lengths",
                r"under $(w,\rho)\mapsto(cw,c\rho)$: the powers of c by which $v_t$, $b$ and $\mu$ are multiplied",
                partial(_powers, False),
                count=3,
            ),
            Choice(
                "wrong", "which claim must be wrong?", "second", {"first": _KEEPS_ITS_SIDES, "third": _KEEPS_ITS_SIDES}
            ),
        ),
    ),
    Exercise(
        "4.3",
        "ex-place-of-b",
        _INDEX,
        "Where does $b$ lie?",
        ("computer", "pen"),
        20,
        hint=r"Divide: what is $\alpha_2/b$ in terms of $x$ and $z$?",
        sketch=r"$\alpha_2/b=(1+z^2)/(2-x-xz)$, and the denominator is positive. If $b<\alpha_2$, in the ball the "
        "first coordinate gains at every step.",
        own="the picture, and why this region is the easy one.",
        parts=(
            Test(
                "sign",
                r"a formula in x and z that is positive exactly where $b<\alpha_2$, for $0<x<\frac12$, $0<z<1$",
                _place_of_b,
                2,
            ),
        ),
    ),
    Exercise(
        "4.4",
        "ex-flatter",
        _FIRST,
        "What grows gains on everything flatter",
        ("pen",),
        20,
        needs="{prf:ref}`lemma-5-2`, {prf:ref}`lemma-5-3`",
        hint="In the proof of Lemma 5.3, where is it used that the first eigenvalue is the largest?",
        sketch=r"Nowhere: coordinate $i$ gains on $j$ below $\alpha_{ij}$, which increases with $\lambda_j$ and is "
        r"$\beta_i$ at $\lambda_j=0$.",
        own="the conclusion.",
        parts=(
            Formula(
                "alpha",
                r"$\alpha_{ij}$, below which $i$ gains on $j$, a formula in eta, rho, lami and lamj",
                lambda eta, rho, lami, lamj: _alpha(eta, rho, lami, lamj),
                {"eta": (0.05, 0.45), "rho": (0.2, 2.0), "lami": (0.6, 1.9), "lamj": (0.1, 0.55)},
                (
                    (
                        "eta*rho*(lami**2-lamj**2)/(eta*lamj-eta*lami)",
                        "that is where the two factors, with their signs, are equal; their sizes are equal "
                        "elsewhere, where one is the negative of the other.",
                    ),
                    ("eta*rho*(lami**2+lamj**2)/(2+eta*lami+eta*lamj)", "look at the signs in the denominator."),
                    ("eta*rho*lami**2/(2-eta*lami)", "this is βᵢ, where i keeps its size; it says nothing of j."),
                ),
            ),
            Choice(
                "converse",
                "does a coordinate that gains on all flatter ones grow?",
                "no",
                {"yes": "between βᵢ and αᵢⱼ it shrinks, and the flatter ones shrink more."},
            ),
        ),
    ),
    Exercise(
        "4.5",
        "ex-larger-ball",
        _FIRST,
        "The ball that takes over",
        ("pen",),
        25,
        needs="{prf:ref}`lemma-5-5`",
        hint=r"Bound $|(1-\eta\lambda_i)r-\eta\rho\lambda_i^2|$ separately for $\eta\lambda_i\le1$ and "
        r"$\eta\lambda_i>1$.",
        sketch=r"Use $b=(2-x)\beta_1\le\beta_1$. In the second case both terms have one sign and "
        r"$(x-1)\beta_1+b=\beta_1$. On the first axis the length grows below $\beta_1$.",
        own="the two proofs.",
        parts=(
            Formula(
                "radius",
                "the radius of the smallest ball that is not left, for all 0 < ηλ₁ < 2, a formula in eta, rho and lam1",
                lambda eta, rho, lam1: np.maximum(eta * rho * lam1**2, eta * rho * lam1**2 / (2 - eta * lam1)),
                {"eta": (0.05, 1.9), "rho": (0.2, 2.0), "lam1": (0.2, 2.0)},
                (
                    (
                        "eta*rho*lam1**2",
                        "b is right for ηλ₁ ≤ 1 only; beyond, a run on the first axis leaves this ball.",
                    ),
                    (
                        "eta*rho*lam1**2/(2-eta*lam1)",
                        "β₁ is right for ηλ₁ ≥ 1 only; before, a start next to 0 is thrown as far as b.",
                    ),
                    ("eta*rho*lam1**2/(1-eta*lam1)", "γ₁ is negative for ηλ₁ > 1."),
                ),
                lambda eta, rho, lam1: eta * lam1 < 1.95,
                2,
            ),
        ),
    ),
    Exercise(
        "4.6",
        "ex-certificate",
        _FIRST,
        "A certificate of your own",
        ("computer",),
        30,
        needs="{ref}`ex-larger-ball`",
        hint="Take the variables l1, lam, eta, rho and r. `samlib.constants.next_factor(lam, eta, rho, r) * r` is "
        "the next length, and a square saves the absolute value.",
        sketch=r"Hypotheses: $l_1\ge lam\ge0$, everything positive, $1\le\eta l_1<2$, $r\le\beta_1$. Conclusion: "
        r"next length squared $\le\beta_1^2$. Control: leave out $1\le\eta l_1$.",
        own="that your control must fail.",
        parts=(
            Test(
                "certificate", "a `samlib.claims.Certificate` in the variables l1, lam, eta, rho and r", _certificate, 3
            ),
        ),
    ),
    Exercise(
        "4.7",
        "ex-walk",
        _FIRST,
        "A walk along the line",
        ("figure",),
        15,
        needs="{prf:ref}`lemma-5-2`, {prf:ref}`lemma-5-4`",
        hint="The pattern can only change where a coordinate keeps its size.",
        sketch=r"That is at each $\beta_i$. Between $\beta_1$ and $\alpha_d$ all shrink and the first gains. For "
        r"$\eta\lambda_1>1$ the length on the axis follows $r\mapsto(\eta\lambda_1-1)r+b$.",
        given={"eigenvalues": (1.0, 0.7, 0.5), "eta": 0.2, "long_step": 1.5},
        choices={"eta": (0.15, 0.25, 0.3, 0.35, 0.4), "long_step": (1.2, 1.3, 1.4, 1.6)},
        own="that such a length always exists.",
        parts=(
            Formula(
                "patterns",
                "how many patterns are there for d different eigenvalues? a formula in d",
                lambda d: d + 1,
                {"d": (1.0, 9.0)},
                (
                    ("d", "below all βᵢ there is one pattern more, in which every coordinate grows."),
                    ("2**d", "not every combination occurs: the sharper coordinate grows longest."),
                    ("2*d", "each βᵢ changes one coordinate from growing to shrinking, once."),
                ),
            ),
            Number(
                "length",
                "a length r at which every coordinate shrinks and the first gains on both others, for λ = "
                "«eigenvalues», η = «eta», ρ = 1",
                _all_shrink,
            ),
            Number(
                "settles", "where the length settles on the first axis for η = «long_step» and λ₁ = ρ = 1", _settles
            ),
        ),
    ),
    Exercise(
        "4.8",
        "ex-one-dimension",
        _SECOND,
        "One dimension",
        ("pen",),
        15,
        needs="{prf:ref}`lemma-6`, {prf:ref}`lemma-7`",
        hint="In one dimension a step is an affine map on each half-line. By how much does it compress lengths?",
        sketch=r"$f(v)=(1-\eta\lambda)v-h\,\sign v$ has the derivative $1-\eta\lambda$, and a density is divided by "
        "it.",
        own="what the lemmas say, and the comparison with $K$.",
        parts=(
            Formula(
                "density",
                "the factor by which a step outside γ₁ raises the density, a formula in eta and lam",
                lambda eta, lam: 1 / (1 - eta * lam),
                {"eta": (0.05, 0.6), "lam": (0.1, 1.5)},
                (
                    ("1-eta*lam", "lengths are multiplied by this, densities are divided by it."),
                    ("4/(eta*lam)", "this is K, the lemma's bound; the exact factor is much smaller."),
                    (
                        "1/(1-eta*lam)**2",
                        "the bracket in the determinant belongs to the other directions, and there is none.",
                    ),
                ),
            ),
            Choice(
                "hits",
                "what happens to a run with ‖vₜ‖ = γ₁ exactly?",
                "lands on the minimum",
                {
                    "two-cycle": "the bounce is at the length β₁.",
                    "stays on the circle": "γ₁ is where the next v₁ is zero.",
                    "diverges": "γ₁ is where the next v₁ is zero.",
                },
            ),
        ),
    ),
    Exercise(
        "4.9",
        "ex-larger-steps-early",
        _SECOND,
        "The ball is reached for larger steps too",
        ("pen", "computer"),
        25,
        needs="{prf:ref}`eq-5`, {prf:ref}`lemma-5-5`",
        hint=r"Bound a factor times $r$ from above and from below; only the bound from below needs $r\ge b$.",
        sketch=r"From below: $h_i-(1-\eta\lambda_i)r\le h_i-(1-\eta\lambda_i)b$, which grows with $\lambda_i$ and "
        r"is $\eta\lambda_1b$ at $\lambda_1$. If the second entry of the maximum is the larger, the run is in the "
        "ball.",
        own="the inequality, and that part (i) of Lemma 6 follows.",
    ),
    Exercise(
        "4.10",
        "ex-nineteen",
        _SECOND,
        "Where the nineteen comes from",
        ("computer",),
        30,
        needs="{prf:ref}`lemma-7`",
        hint="Before each step count the runs whose gradient's length is within D of γ₁ = ¼; then make the step "
        "with all runs at once.",
        sketch="At $t=0$ the share is about $2D$ times the integral of the density of $v_0$ along the circle. "
        r"$v_0=\Lambda w_0$ has half the spread of $w_0$ in the second coordinate.",
        given={"spread": 2.0},
        choices={"spread": (1.5, 1.8, 2.2, 2.5, 3.0)},
        own="why the sum is not at all like $\\sum_tK^t$.",
        parts=(
            Number(
                "exact",
                "the exact contribution of t = 0, for $w_0$ Gaussian with the standard deviation «spread» in both "
                "coordinates",
                _first_step,
                2,
            ),
            Number("step", "the step that contributes most", _busiest),
        ),
    ),
    Exercise(
        "4.11",
        "ex-narrow-escape",
        _SECOND,
        "A narrow escape",
        ("figure",),
        15,
        needs="{prf:ref}`lemma-6`",
        hint=r"Off the trap by $\delta$ means $r=\gamma_1+\delta$. What is the first coordinate multiplied by "
        r"there, and what at $r=\beta_2$?",
        sketch=r"$1-\eta\lambda_1-b/r$ is $(1-\eta\lambda_1)(r-\gamma_1)/r$ at the crossing, and "
        r"$1-\eta\lambda_1-b/\beta_2$ on the bounce along $e_2$.",
        given={"rho": 1.0},
        choices={"rho": (0.5, 0.8, 1.5, 2.0)},
        own="the number of steps, a logarithm of the distance.",
        parts=(
            Number(
                "crossing",
                "$v_1$ is multiplied, per unit of distance from γ₁, by how much in the crossing step? (λ = (1, ½), "
                "η = 0.2, ρ = «rho»)",
                _crossing,
            ),
            Number(
                "factor", "by which number is a tiny $v_1$ multiplied at each step on the bounce along $e_2$?", _growth
            ),
        ),
    ),
)
