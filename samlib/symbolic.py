"""SymPy derivations of Section 4.3: J, its gradient and Hessian, and the two identities of Lemma 10.

`derive(d)` works with whole vectors in dimension d; `derive_index()` works with one coordinate of a quadratic of any
dimension, so that its identities hold for every d. Both start from SAM's step and J alone and differentiate; no
formula of the paper is put in by hand except those that a residual tests.

All symbols are real, and η, ρ, λᵢ positive; points are assumed to have Λu ≠ 0.
"""

from dataclasses import dataclass
from functools import cache

import sympy as sp

from samlib._validation import count

__all__ = ["Derivation", "IndexDerivation", "derive", "derive_index"]

_ETA, _RHO = sp.symbols("eta rho", positive=True)


@dataclass(frozen=True)
class Derivation:
    """What SymPy derives about SAM on a quadratic in dimension d, in whole vectors.

    Attributes
    ----------
    eta, rho : Symbol
        η and ρ.
    eigenvalues, u : tuple of d Symbols
        λ₁, …, λ_d and the coordinates of the sign-flipped iterate u.
    norm : Expr
        ‖Λu‖.
    potential : Expr
        J(u) of Proposition 8.
    gradient : Matrix, shape (d, 1)
        ∇J, by differentiation.
    hessian : Matrix, shape (d, d)
        ∇²J, by differentiation.
    sam_step : Matrix, shape (d, 1)
        -(w₊) where w₊ is SAM's literal step from w = u: the next sign-flipped iterate.
    descent_step : Matrix, shape (d, 1)
        u - ηρ∇J(u).
    equivalence_residual : Matrix, shape (d, 1)
        sam_step - descent_step, reduced to 0 says that SAM is gradient descent on J (Lemma 10, first identity).
    hessian_residual : Matrix, shape (d, d)
        ∇²J minus Proposition 8's closed form C - Λ P_⊥ Λ/‖Λu‖, reduced: 0.
    decrease : Eq
        J(u₊) - J(u) = -(1/2ρ) Σ uᵢ²(1 - βᵢ/‖Λu‖)²(2 - ηλᵢ)²λᵢ - D with D = ‖Λu₊‖ - ⟨Λu₊, Λu⟩/‖Λu‖.
    decrease_residual : Expr
        Left minus right side of `decrease`, reduced: 0 (Lemma 10, second identity, exact).
    """

    eta: sp.Symbol
    rho: sp.Symbol
    eigenvalues: tuple[sp.Symbol, ...]
    u: tuple[sp.Symbol, ...]
    norm: sp.Expr
    potential: sp.Expr
    gradient: sp.Matrix
    hessian: sp.Matrix
    sam_step: sp.Matrix
    descent_step: sp.Matrix
    equivalence_residual: sp.Matrix
    hessian_residual: sp.Matrix
    decrease: sp.Eq
    decrease_residual: sp.Expr

    def compact(self, expression: sp.Basic) -> sp.Basic:
        """The same expression with ‖Λu‖ written as one symbol, for reading."""
        return expression.xreplace(_powers_of_norm(expression, self.norm))


@cache
def derive(d: int) -> Derivation:
    """Derive J, ∇J, ∇²J and both identities of Lemma 10 in dimension d ≥ 2 (in one, ‖Λu‖ = λ|u| is not smooth).

    Raises
    ------
    ValueError
        If `d` is not a whole number ≥ 2.
    """
    d = count("d", d, low=2)
    lam = sp.symbols(f"lambda_1:{d + 1}", positive=True)
    u = sp.symbols(f"u_1:{d + 1}", real=True)
    point, scale = sp.Matrix(u), sp.diag(*lam)

    norm = _length(scale * point)
    potential = sum(_c(x) * y**2 for x, y in zip(lam, u, strict=True)) / 2 - norm
    gradient = sp.Matrix([sp.diff(potential, y) for y in u])
    hessian = sp.hessian(potential, u)

    loss_gradient = scale * point
    sam_step = -(point - _ETA * scale * (point + _RHO * loss_gradient / norm))
    descent_step = point - _ETA * _RHO * gradient

    unit = loss_gradient / norm
    projection = sp.eye(d) - unit * unit.T
    closed_hessian = sp.diag(*[_c(x) for x in lam]) - scale * projection * scale / norm

    next_gradient = scale * descent_step
    bregman = _length(next_gradient) - (next_gradient.T * loss_gradient)[0] / norm
    quadratic = sum(_quadratic_part(x, y, norm) for x, y in zip(lam, u, strict=True))
    stepped = potential.subs(dict(zip(u, descent_step, strict=True)), simultaneous=True)
    decrease = sp.Eq(stepped - potential, -quadratic - bregman, evaluate=False)

    return Derivation(
        eta=_ETA,
        rho=_RHO,
        eigenvalues=lam,
        u=u,
        norm=norm,
        potential=potential,
        gradient=gradient,
        hessian=hessian,
        sam_step=sam_step,
        descent_step=descent_step,
        equivalence_residual=(sam_step - descent_step).applyfunc(lambda entry: _normal_form(entry, norm)),
        hessian_residual=(hessian - closed_hessian).applyfunc(lambda entry: _normal_form(entry, norm)),
        decrease=decrease,
        decrease_residual=_normal_form(decrease.lhs - decrease.rhs, norm),
    )


@dataclass(frozen=True)
class IndexDerivation:
    """What SymPy derives about coordinates i and j of a quadratic of any dimension.

    The other coordinates enter only through rest = Σ_{k ≠ i, j} λ_k² u_k² ≥ 0, so ‖Λu‖² = λᵢ²uᵢ² + λⱼ²uⱼ² + rest,
    and through terms of J that do not contain uᵢ or uⱼ.

    Attributes
    ----------
    eta, rho, rest : Symbol
    eigenvalues, u : pair of Symbols
        (λᵢ, λⱼ) and (uᵢ, uⱼ).
    norm : Expr
        ‖Λu‖.
    gradient : Expr
        ∂J/∂uᵢ.
    second : Expr
        ∂²J/∂uᵢ².
    mixed : Expr
        ∂²J/∂uᵢ∂uⱼ for j ≠ i.
    sam_step, descent_step : Expr
        Coordinate i of the next sign-flipped iterate, by SAM's rule and by gradient descent on J.
    equivalence_residual : Expr
        Their difference, reduced: 0 in every dimension.
    decrease_summand : Expr
        Summand i of [J(u₊) + ‖Λu₊‖] - [J(u) + ‖Λu‖] - ⟨Λ(u₊ - u), Λu⟩/‖Λu‖, the fall of J apart from the
        Bregman gap D = ‖Λu₊‖ - ‖Λu‖ - ⟨Λ(u₊ - u), Λu⟩/‖Λu‖.
    decrease_residual : Expr
        `decrease_summand` + (1/2ρ) uᵢ²(1 - βᵢ/‖Λu‖)²(2 - ηλᵢ)²λᵢ, reduced: 0, so that
        J(u₊) - J(u) = -(1/2ρ) Σᵢ uᵢ²(1 - βᵢ/‖Λu‖)²(2 - ηλᵢ)²λᵢ - D in every dimension.
    """

    eta: sp.Symbol
    rho: sp.Symbol
    rest: sp.Symbol
    eigenvalues: tuple[sp.Symbol, sp.Symbol]
    u: tuple[sp.Symbol, sp.Symbol]
    norm: sp.Expr
    gradient: sp.Expr
    second: sp.Expr
    mixed: sp.Expr
    sam_step: sp.Expr
    descent_step: sp.Expr
    equivalence_residual: sp.Expr
    decrease_summand: sp.Expr
    decrease_residual: sp.Expr

    def compact(self, expression: sp.Basic) -> sp.Basic:
        """The same expression with ‖Λu‖ written as one symbol, for reading."""
        return expression.xreplace(_powers_of_norm(expression, self.norm))


@cache
def derive_index() -> IndexDerivation:
    """Derive ∂J/∂uᵢ, the second derivatives and both identities of Lemma 10 for a general index, in every dimension."""
    lam_i, lam_j = sp.symbols("lambda_i lambda_j", positive=True)
    u_i, u_j = sp.symbols("u_i u_j", real=True)
    rest = sp.Symbol("S", positive=True)

    norm = sp.sqrt(lam_i**2 * u_i**2 + lam_j**2 * u_j**2 + rest)
    own_terms = (_c(lam_i) * u_i**2 + _c(lam_j) * u_j**2) / 2 - norm
    gradient = sp.diff(own_terms, u_i)

    ascent = u_i + _RHO * lam_i * u_i / norm
    sam_step = -(u_i - _ETA * lam_i * ascent)
    descent_step = u_i - _ETA * _RHO * gradient

    move = descent_step - u_i
    summand = _c(lam_i) * (descent_step**2 - u_i**2) / 2 - lam_i**2 * move * u_i / norm

    return IndexDerivation(
        eta=_ETA,
        rho=_RHO,
        rest=rest,
        eigenvalues=(lam_i, lam_j),
        u=(u_i, u_j),
        norm=norm,
        gradient=gradient,
        second=sp.diff(own_terms, u_i, 2),
        mixed=sp.diff(own_terms, u_i, u_j),
        sam_step=sam_step,
        descent_step=descent_step,
        equivalence_residual=_normal_form(sam_step - descent_step, norm),
        decrease_summand=summand,
        decrease_residual=_normal_form(summand + _quadratic_part(lam_i, u_i, norm), norm),
    )


def _c(eigenvalue: sp.Symbol) -> sp.Expr:
    """cᵢ = (2 - ηλᵢ)/(ηρ), the diagonal of C in Proposition 8."""
    return (2 - _ETA * eigenvalue) / (_ETA * _RHO)


def _quadratic_part(eigenvalue: sp.Symbol, coordinate: sp.Symbol, norm: sp.Expr) -> sp.Expr:
    """(1/2ρ) uᵢ²(1 - βᵢ/‖Λu‖)²(2 - ηλᵢ)²λᵢ, the summand of Lemma 10."""
    slope = 2 - _ETA * eigenvalue
    beta = _ETA * _RHO * eigenvalue**2 / slope
    return coordinate**2 * (1 - beta / norm) ** 2 * slope**2 * eigenvalue / (2 * _RHO)


def _length(vector: sp.Matrix) -> sp.Expr:
    return sp.sqrt(sum(x**2 for x in vector))


_NORM = sp.Symbol(r"\left\|\Lambda u\right\|", positive=True)


def _powers_of_norm(expression: sp.Basic, norm: sp.Expr) -> dict[sp.Basic, sp.Basic]:
    """Every half-integer power of ‖Λu‖² in an expression, as that power of one symbol."""
    square = norm**2
    return {power: _NORM ** (2 * power.exp) for power in expression.atoms(sp.Pow) if power.base == square}


def _normal_form(expression: sp.Expr, norm: sp.Expr) -> sp.Expr:
    """A rational expression in ‖Λu‖ with its numerator reduced modulo ‖Λu‖² = Σ λᵢ²uᵢ²: 0 only if it vanishes.

    Other roots, such as ‖Λu₊‖, are taken as unknowns of their own: they must cancel as they stand.
    """
    in_norm = expression.xreplace(_powers_of_norm(expression, norm))
    roots = {power: sp.Dummy() for power in in_norm.atoms(sp.Pow) if not power.exp.is_integer}
    terms = sp.Add.make_args(in_norm.xreplace(roots))
    rational = sp.expand(sum(map(sp.cancel, terms)))  # term by term: the slopes 2 - ηλᵢ cancel within each
    numerator, denominator = sp.fraction(sp.together(rational))
    remainder = sp.rem(sp.expand(numerator), _NORM**2 - norm**2, _NORM)
    return sp.expand(remainder) / denominator
