"""Checks of what a caller hands in: each says the value it got and the range it wanted."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def real_array(name: str, value: ArrayLike, *, finite: bool = True) -> Array:
    """`value` as a float64 array, of finite numbers unless told otherwise; ValueError names what is not."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        array = value
    else:
        try:
            raw = np.asarray(value)
            if np.iscomplexobj(raw):
                raise TypeError
            array = np.asarray(raw, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must hold real numbers, got {value!r}") from None
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers, got {array[~np.isfinite(array)].flat[0]}")
    return array


def step_parameter(name: str, value: ArrayLike, *, zero_allowed: bool = False) -> float | Array:
    """A positive (or non-negative) number, or an array of them for a sweep; scalars come back as `float`."""
    array = real_array(name, value)
    low = array < 0 if zero_allowed else array <= 0
    if low.any():
        raise ValueError(f"{name} must be {'>= 0' if zero_allowed else '> 0'}, got {array[low].flat[0]:g}")
    return float(array) if array.ndim == 0 else array


def eigenvalue_array(value: ArrayLike) -> Array:
    """Eigenvalues λ₁ ≥ … ≥ λ_d ≥ 0 as a read-only vector."""
    array = real_array("eigenvalues", value)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"eigenvalues must be a non-empty vector, got shape {array.shape}")
    if (array < 0).any():
        raise ValueError(f"eigenvalues must be >= 0, got {array.min():g}")
    if (np.diff(array) > 0).any():
        i = int(np.argmax(np.diff(array) > 0))
        raise ValueError(
            f"eigenvalues must be sorted, largest first; got {array[i]:g} before {array[i + 1]:g} at position {i + 1}"
        )
    array = array.copy()
    array.flags.writeable = False
    return array


def points(name: str, value: ArrayLike, dimension: int, *, finite: bool = False) -> Array:
    """Points of R^d, coordinates last: an array of shape (..., d)."""
    array = real_array(name, value, finite=finite)
    if array.ndim == 0 or array.shape[-1] != dimension:
        raise ValueError(f"{name} must have shape (..., {dimension}), coordinates last; got shape {array.shape}")
    return array


def count(name: str, value: Any, *, low: int = 0) -> int:
    """A whole number >= `low`; True and 3.0 are refused as likely slips."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(f"{name} must be a whole number >= {low}, got {value!r}")
    return int(value)
