"""Closed forms for SAM on a quadratic (Section 4): the constants, the two-cycle, and the potential J.

With alternating signs u_t = (-1)ᵗ w_t, SAM on ℓ(w) = ½ Σ λᵢ wᵢ² is gradient descent with step ηρ on

    J(u) = ½ uᵀC u - ‖Λu‖,   C = diag(cᵢ),   cᵢ = (2 - ηλᵢ)/(ηρ)          (Proposition 8, Lemma 10)

Everything here is in the coordinates of the eigenvectors, with u, w of shape (..., d).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from samlib import constants
from samlib._validation import Array, eigenvalue_array, points, step_parameter

__all__ = ["CriticalSet", "Decrease", "QuadraticSAM"]


@dataclass(frozen=True)
class CriticalSet:
    """A connected family of critical points of J: the sphere {u : ‖u‖ = radius, u ∈ span(e_j : j ∈ axes)}.

    For a simple eigenvalue it is the pair ±radius·e_j (Proposition 8).

    Attributes
    ----------
    axes : tuple of int
        Positions (from 0) of the equal eigenvalues λ_j whose eigenvectors span the sphere.
    radius : float
        β_j/λ_j, the norm of its points.
    potential : float
        J on the set, -β_j/2.
    positive, zero, negative : int
        Number of eigenvalues of ∇²J of each sign at its points (they add up to d).
    """

    axes: tuple[int, ...]
    radius: float
    potential: float
    positive: int
    zero: int
    negative: int
    dimension: int

    @property
    def kind(self) -> str:
        """ "minimum" where ∇²J has no negative eigenvalue (these are the global minima, Remark 9), else "saddle"."""
        return "saddle" if self.negative else "minimum"

    def points(self) -> Array:
        """The points ±radius·e_j on the axes of the set, shape (2·len(axes), d)."""
        units = np.eye(self.dimension)[list(self.axes)]
        return np.concatenate([self.radius * units, -self.radius * units])


@dataclass(frozen=True)
class Decrease:
    """How much J falls in one step from u, exactly (Lemma 10 as an identity): J(u₊) = J(u) - quadratic - bregman.

    Attributes
    ----------
    quadratic : array, shape (...)
        (1/2ρ) Σᵢ uᵢ² (1 - βᵢ/‖Λu‖)² (2 - ηλᵢ)² λᵢ, the part the paper's lemma states.
    bregman : array, shape (...)
        D = ‖Λu₊‖ - ⟨Λu₊, Λu⟩/‖Λu‖ ≥ 0, the Bregman gap of the norm that the lemma leaves out.
    """

    quadratic: Array
    bregman: Array

    @property
    def total(self) -> Array:
        """J(u) - J(u₊) = quadratic + bregman ≥ 0, shape (...)."""
        return self.quadratic + self.bregman


class QuadraticSAM:
    """What the theory says of SAM with step η and radius ρ on a quadratic with eigenvalues λ₁ ≥ … ≥ λ_d ≥ 0.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        λ₁ ≥ … ≥ λ_d ≥ 0 with λ₁ > 0.
    eta : float
        Step size, 0 < η < 2/λ₁. The bounce itself needs no more than that (the two-cycle, J, Proposition 8 and
        Lemma 10 hold in the whole range); Theorems 1-3 and the lemmas of Sections 4.1, 4.2 and 4.4 assume
        η < 1/(2λ₁), see `has_small_step`.
    rho : float
        Radius of the neighbourhood, ρ > 0, in the units of w.

    Raises
    ------
    ValueError
        If a parameter is outside its range, not finite or of the wrong shape.

    Examples
    --------
    >>> theory = QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)
    >>> round(theory.amplitude, 6), round(theory.rate, 6)
    (0.111111, 0.8)
    """

    def __init__(self, eigenvalues: ArrayLike, eta: float, rho: float) -> None:
        self.eigenvalues = eigenvalue_array(eigenvalues)
        top = float(self.eigenvalues[0])
        if top == 0:
            raise ValueError("the largest eigenvalue must be > 0, got 0: a flat loss has no bounce")
        self.eta = _scalar("eta", eta)
        self.rho = _scalar("rho", rho)
        if not self.eta * top < 2:
            raise ValueError(f"eta must satisfy 0 < eta < 2/λ₁ = {2 / top:g}, got {self.eta:g}: SAM diverges beyond")

    @property
    def dimension(self) -> int:
        """d, the number of coordinates."""
        return self.eigenvalues.size

    @property
    def has_small_step(self) -> bool:
        """Whether η < 1/(2λ₁), which Theorems 1-3 and Lemmas 5-7, 14-19 assume."""
        return bool(self.eta * self.eigenvalues[0] < 0.5)

    # Constants of Lemma 5, as norms of the gradient v = Λw.

    @cached_property
    def gamma(self) -> Array:
        """γᵢ = ηρλᵢ²/(1 - ηλᵢ): the ‖v‖ at which one step sends coordinate i to 0; inf where ηλᵢ ≥ 1. Shape (d,)."""
        finite = self.eta * self.eigenvalues < 1
        return np.where(finite, constants.gamma(np.where(finite, self.eigenvalues, 0.0), self.eta, self.rho), np.inf)

    @cached_property
    def beta(self) -> Array:
        """βᵢ = ηρλᵢ²/(2 - ηλᵢ): the ‖v‖ below which |vᵢ| grows and above which it shrinks (Lemma 5.2). Shape (d,)."""
        return np.asarray(constants.beta(self.eigenvalues, self.eta, self.rho))

    @cached_property
    def alpha(self) -> Array:
        """αᵢ = ηρ(λ₁² + λᵢ²)/(2 - ηλ₁ - ηλᵢ): below it |v₁| outgrows |vᵢ| (Lemma 5.3; ηλ₁ < 1). Shape (d,)."""
        return np.asarray(constants.alpha(self.eigenvalues[0], self.eigenvalues, self.eta, self.rho))

    @property
    def b(self) -> float:
        """b = ηρλ₁²: the ball {‖v‖ ≤ b} is never left (Lemma 5.5; needs ηλ₁ ≤ 1)."""
        return float(constants.absorbing_radius(self.eigenvalues[0], self.eta, self.rho))

    @property
    def mu(self) -> float:
        """μ = min{ηλ_d, λ₁²/λ₂² - 1}: per-step gain of v₁ over the others (Lemma 14); ηλ₁ when d = 1."""
        smallest = float(self.eta * self.eigenvalues[-1])
        if self.dimension == 1 or self.eigenvalues[1] == 0:
            return smallest
        return min(smallest, float((self.eigenvalues[0] / self.eigenvalues[1]) ** 2 - 1))

    # The attractor.

    @property
    def amplitude(self) -> float:
        """a = β₁/λ₁ = ηρλ₁/(2 - ηλ₁): distance of the two-cycle's points from the minimum, in units of w."""
        return float(constants.amplitude(self.eigenvalues[0], self.eta, self.rho))

    @property
    def rate(self) -> float:
        """Asymptotic factor per step of the distance to the two-cycle.

        r = max{|1 - x|, max over i ≥ 2 of |1 - x zᵢ - zᵢ²(2 - x)|} with x = ηλ₁ and zᵢ = λᵢ/λ₁: the spectral radius
        of I - ηρ∇²J at the minimum of J. It is 1 where λ₁ is repeated (the direction of the bounce is conserved) or
        where an eigenvalue is 0 (SAM never moves along it).
        """
        x = self.eta * self.eigenvalues[0]
        z = self.eigenvalues[1:] / self.eigenvalues[0]
        return float(np.abs(np.append(1 - x * z - z**2 * (2 - x), 1 - x)).max())

    def limit_cycle(self) -> Array:
        """The two points (+a e₁, -a e₁) between which SAM ends up alternating (Theorem 2), shape (2, d).

        Raises
        ------
        ValueError
            If λ₁ = λ₂: every direction of the top eigenspace then carries a cycle of its own, and the start decides.
        """
        if self.dimension > 1 and self.eigenvalues[0] == self.eigenvalues[1]:
            raise ValueError(
                f"the limit cycle is unique only when λ₁ > λ₂, got λ₁ = λ₂ = {self.eigenvalues[0]:g}: "
                f"it is ±{self.amplitude:g} times the unit projection of the start on the top eigenspace"
            )
        cycle = np.zeros((2, self.dimension))
        cycle[:, 0] = self.amplitude, -self.amplitude
        return cycle

    # The potential of Proposition 8.

    @cached_property
    def _c(self) -> Array:
        return (2 - self.eta * self.eigenvalues) / (self.eta * self.rho)

    def potential(self, u: ArrayLike) -> Array:
        """J(u) = ½ Σ cᵢuᵢ² - ‖Λu‖ with cᵢ = (2 - ηλᵢ)/(ηρ); (..., d) → (...)."""
        u = points("u", u, self.dimension)
        return np.asarray(0.5 * np.sum(self._c * u * u, axis=-1) - np.linalg.norm(self.eigenvalues * u, axis=-1))

    def potential_gradient(self, u: ArrayLike) -> Array:
        """∇J(u) = Cu - Λ²u/‖Λu‖; (..., d) → (..., d). ValueError where Λu = 0: J has a kink there."""
        u, _, unit = self._smooth(u)
        return self._c * u - self.eigenvalues * unit

    def potential_hessian(self, u: ArrayLike) -> Array:
        """∇²J(u) = C - Λ(I - v̂v̂ᵀ)Λ/‖Λu‖ with v̂ = Λu/‖Λu‖; (..., d) → (..., d, d). ValueError where Λu = 0."""
        _, norm, unit = self._smooth(u)
        projection = np.eye(self.dimension) - unit[..., :, None] * unit[..., None, :]
        curvature = self.eigenvalues[:, None] * projection * self.eigenvalues
        return np.diag(self._c) - curvature / norm[..., None]

    def critical_points(self) -> tuple[CriticalSet, ...]:
        """All critical points of J, one `CriticalSet` per distinct λᵢ > 0, lowest potential first (Proposition 8).

        The kink at u = 0, a local maximum along every direction with λᵢ > 0, is no critical point and not listed.
        """
        positive = self.eigenvalues > 0
        sets = []
        for value in np.unique(self.eigenvalues[positive])[::-1]:
            axes = np.flatnonzero(self.eigenvalues == value)
            beta = float(self.beta[axes[0]])
            larger = int(np.count_nonzero(self.eigenvalues > value))
            sets.append(
                CriticalSet(
                    axes=tuple(int(j) for j in axes),
                    radius=beta / float(value),
                    potential=-beta / 2,
                    positive=self.dimension - larger - len(axes) + 1,
                    zero=len(axes) - 1,
                    negative=larger,
                    dimension=self.dimension,
                )
            )
        return tuple(sets)

    def descent(self, u: ArrayLike) -> Decrease:
        """The exact fall of J in the step from u to u - ηρ∇J(u) (Lemma 10), in its two parts; (..., d) → (...)."""
        u, norm, unit = self._smooth(u)
        u_next = u - self.eta * self.rho * self.potential_gradient(u)
        v_next = self.eigenvalues * u_next
        slope = 2 - self.eta * self.eigenvalues
        # (1 - βᵢ/r)(2 - ηλᵢ) = 2 - ηλᵢ - ηρλᵢ²/r, written without a division by λᵢ or by a tiny slope
        bracket = slope - self.eta * self.rho * self.eigenvalues**2 / norm
        quadratic = np.sum(self.eigenvalues * (u * bracket) ** 2, axis=-1) / (2 * self.rho)
        bregman = np.linalg.norm(v_next, axis=-1) - np.sum(v_next * unit, axis=-1)
        return Decrease(np.asarray(quadratic), np.asarray(bregman))

    def _smooth(self, u: ArrayLike) -> tuple[Array, Array, Array]:
        """u, ‖Λu‖ (with a last axis of length 1) and Λu/‖Λu‖, where J is differentiable."""
        u = points("u", u, self.dimension)
        v = self.eigenvalues * u
        norm = np.linalg.norm(v, axis=-1, keepdims=True)
        if not (norm > 0).all():
            raise ValueError("J is not differentiable where Λu = 0, got a point u with zero gradient Λu (or with NaN)")
        return u, norm, v / norm

    def __repr__(self) -> str:
        return f"QuadraticSAM({self.eigenvalues.tolist()}, eta={self.eta:g}, rho={self.rho:g})"


def _scalar(name: str, value: float) -> float:
    parameter = step_parameter(name, value)
    if not isinstance(parameter, float):
        raise ValueError(f"{name} must be a single number, got an array of shape {parameter.shape}")
    return parameter
