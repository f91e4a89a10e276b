"""The constants of Section 4.1 for single eigenvalues, written once for every kind of number.

The functions use arithmetic alone, so that the same line computes with floats and arrays, derives with SymPy symbols
and is proved with Z3 reals. All are gradient lengths ‖v‖, v = Λw, except `amplitude`, a distance in w. They check
nothing: `samlib.QuadraticSAM` is the validated way to them.
"""

from typing import Any

__all__ = ["absorbing_radius", "alpha", "amplitude", "beta", "gamma", "next_factor"]


def gamma(lam: Any, eta: Any, rho: Any) -> Any:
    """γ = ηρλ²/(1 - ηλ): the ‖v‖ at which one step sends the coordinate of λ to 0 (ηλ < 1)."""
    return eta * rho * lam * lam / (1 - eta * lam)


def beta(lam: Any, eta: Any, rho: Any) -> Any:
    """β = ηρλ²/(2 - ηλ): the ‖v‖ at which a step keeps the size of the coordinate of λ (ηλ < 2; Lemma 5.2)."""
    return eta * rho * lam * lam / (2 - eta * lam)


def alpha(lam_1: Any, lam_i: Any, eta: Any, rho: Any) -> Any:
    """αᵢ = ηρ(λ₁² + λᵢ²)/(2 - ηλ₁ - ηλᵢ): the ‖v‖ at which |v₁| and |vᵢ| gain equally (Lemma 5.3; ηλ₁ < 1)."""
    return eta * rho * (lam_1 * lam_1 + lam_i * lam_i) / (2 - eta * lam_1 - eta * lam_i)


def absorbing_radius(lam_1: Any, eta: Any, rho: Any) -> Any:
    """b = ηρλ₁²: the ball {‖v‖ ≤ b} is never left (Lemma 5.5; ηλ₁ ≤ 1)."""
    return eta * rho * lam_1 * lam_1


def amplitude(lam_1: Any, eta: Any, rho: Any) -> Any:
    """a = β₁/λ₁ = ηρλ₁/(2 - ηλ₁): distance of the two-cycle's points from the minimum, in units of w (Theorem 2)."""
    return eta * rho * lam_1 / (2 - eta * lam_1)


def next_factor(lam: Any, eta: Any, rho: Any, length: Any) -> Any:
    """1 - ηλ - ηρλ²/‖v‖: what one SAM step multiplies the coordinate of λ by, in w and in v (equation (3))."""
    return 1 - eta * lam - eta * rho * lam * lam / length
