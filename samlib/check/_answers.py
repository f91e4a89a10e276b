"""What students hand in, read kindly: every reader returns a clean value or raises `Wrong` with the reason.

The values come from a stranger, so nothing about them is taken for granted: a number may be a string, a list may hold
functions, a function may raise or change what it is given.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samlib.check import _formula, _written
from samlib.check._words import number_words

__all__ = ["Wrong", "call", "choice", "close", "describe", "function", "number", "numbers", "vector"]

Array = NDArray[np.float64]
Wrong = _formula.Wrong


def describe(value: object) -> str:
    """A few words for any object, which cannot fail: its type, and its text where that is short."""
    if value is None:
        return "None"
    kind = type(value).__name__
    if inspect.isroutine(value) or inspect.isclass(value):
        return f"the {'class' if inspect.isclass(value) else 'function'} {getattr(value, '__name__', kind)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, str) and not value.strip():
        return "an empty text"
    if isinstance(value, (str, bool, int, float, complex, list, tuple, dict, set)):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:57]}… ({kind})"
    return f"an object of type {kind}"


def number(answer: object, what: str = "the answer") -> float:
    """A finite real number from a number, a NumPy or SymPy scalar, an array of one entry, or a text such as "1/9"."""
    _present(answer, what)
    if isinstance(answer, bool | np.bool_):
        raise Wrong(f"{what} must be a number, and {answer} is a truth value.")
    if isinstance(answer, str):
        value: Any = _formula.evaluate(answer, {}, what)
    elif _is_expression(answer) or callable(answer):
        if callable(answer):
            raise Wrong(f"{what} must be a number; you handed in {describe(answer)}. Did you forget to call it?")
        value = _formula.evaluate(answer, {}, what)
    else:
        value = answer
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iufcO" or array.size != 1:
            raise TypeError
        entry = array.reshape(-1)[0]
        if isinstance(entry, complex | np.complexfloating):
            if entry.imag:
                raise Wrong(f"{what} must be a real number, and {entry} is not.")
            entry = entry.real
        result = float(entry)
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise Wrong(f"{what} must be one number, and you handed in {describe(answer)}.") from None
    if math.isnan(result):
        raise Wrong(f"{what} is NaN, “not a number”: somewhere a calculation such as 0/0 went through.")
    if math.isinf(result):
        raise Wrong(f"{what} is infinite; a finite number is wanted.")
    return result


def vector(answer: object, shape: tuple[int, ...], what: str = "the answer") -> Array:
    """Finite real numbers in this shape, from an array or (nested) lists; a copy."""
    _present(answer, what)
    wanted = f"{shape[0]} numbers in a row" if len(shape) == 1 else f"an array of shape {shape}"
    if isinstance(answer, str | bytes | Mapping) or callable(answer):
        raise Wrong(f"{what} must be {wanted}; you handed in {describe(answer)}.")
    try:
        value: Any = np.array(answer)
        if value.dtype.kind == "O":  # SymPy numbers, say
            value = value.astype(float)
        if value.dtype.kind not in "iuf":
            raise TypeError
        array: Array = value.astype(float)
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise Wrong(f"{what} must be {wanted}; you handed in {describe(answer)}.") from None
    if array.shape != shape:
        if array.size != math.prod(shape) or max(array.shape, default=0) != max(shape):
            raise Wrong(f"{what} must be {wanted}, and yours has the shape {array.shape}.")
        array = array.reshape(shape)  # a row or column for a vector
    if not np.isfinite(array).all():
        raise Wrong(f"{what} holds {array[~np.isfinite(array)].flat[0]}, where finite numbers are wanted.")
    return array


def numbers(answer: object, count: int, what: str = "the answer") -> list[float]:
    """So many finite numbers, from an array, or from a list in which each may be written as `number` takes it."""
    if isinstance(answer, list | tuple) and len(answer) == count and any(isinstance(one, str) for one in answer):
        return [number(one, f"number {place}") for place, one in enumerate(answer, 1)]
    return [float(one) for one in vector(answer, (count,), what)]


def choice(answer: object, options: Iterable[str], what: str = "the answer") -> str:
    """One of the options, however it is spelled; `True` and `False` stand for "yes" and "no"."""
    _present(answer, what)
    known = {_letters(option): option for option in options}
    if isinstance(answer, bool | np.bool_) and "yes" in known:
        answer = "yes" if answer else "no"
    if not isinstance(answer, str) or _letters(answer) not in known:
        listed = ", ".join(f"“{option}”" for option in known.values())
        raise Wrong(f"{what} must be one of {listed}; you handed in {describe(answer)}.")
    return known[_letters(answer)]


def function(answer: object, what: str = "the answer") -> Callable[..., Any]:
    """A function."""
    _present(answer, what)
    if not callable(answer) or inspect.isclass(answer):
        raise Wrong(f"{what} must be a function; you handed in {describe(answer)}.")
    return answer


def call(given: Callable[..., Any], *arguments: Any) -> Any:
    """The function's value at copies of the arguments; what it raises becomes the reason."""
    copies = [argument.copy() if isinstance(argument, np.ndarray) else argument for argument in arguments]
    try:
        return given(*copies)
    except Wrong:
        raise
    except (Exception, SystemExit) as error:
        where = ", ".join(_argument(argument) for argument in arguments)
        words = str(error) if _safe_text(error) else ""
        raise Wrong(
            f"your function raised {type(error).__name__}{': ' + words[:200] if words else ''} at ({where})."
        ) from None


def close(got: float | Array, want: float | Array, relative: float = 1e-6, absolute: float = 1e-9) -> bool:
    """Whether the numbers agree."""
    return bool(np.allclose(got, want, rtol=relative, atol=absolute))


def _present(answer: object, what: str) -> None:
    empty = isinstance(answer, str | list | tuple | dict) and not (
        _written.tidy(answer) if isinstance(answer, str) else answer
    )
    if isinstance(answer, str) and empty:
        raise Wrong(f"{what} is still missing.")
    if answer is None or answer is Ellipsis or empty:
        raise Wrong(f"{what} is still missing: you handed in {describe(answer)}.")


def _argument(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size > 8:
            return describe(value)
        return np.array2string(value, precision=4, separator=", ", threshold=8).replace("\n", "")
    return number_words(value) if isinstance(value, float) else str(value)


def _safe_text(error: BaseException) -> bool:
    try:
        return bool(str(error))
    except Exception:
        return False


def _is_expression(value: object) -> bool:
    return _formula.is_symbolic(value)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
