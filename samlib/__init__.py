"""samlib: the dynamics of Sharpness-Aware Minimization, as the chapters of the book call it.

Floors, each importing only from those below it:

1. `losses` (the `Loss` protocol and the losses of the paper), `constants` and `quadratic` (closed forms of Section 4)
2. `optimizers` (SAM and its kin, gradient descent, SGD; `trajectory` and `final_state`)
3. `bounds` (how long and how likely: the finite-time bounds of Section 4), `spectrum` (the top eigenpair of a Hessian),
   `drift` (Section 5: bounce, drift and remainder of one step), `regimes` (what SAM does in the long run)
4. `symbolic` (SymPy derivations), `symbolic_loss` (a loss from a formula), `claims` (the ledger of statements and
   their evidence)
5. `plots` (Matplotlib figures), `live` (interactive figures)
6. `check` (the exercises with their hints and checks; grading)
The numerical names are re-exported here; the other rooms are loaded when first used, so that `import samlib` needs
NumPy alone.
"""

import importlib
from typing import Any

from samlib.losses import FlatteningRavine, Logistic, Loss, Quadratic, Rotated, Shifted, SmoothLoss, Valley
from samlib.optimizers import (
    SAM,
    SGD,
    GradientDescent,
    HeavyBallSAM,
    NormSAM,
    Optimizer,
    UnnormalizedSAM,
    final_state,
    flip_signs,
    trajectory,
)
from samlib.quadratic import CriticalSet, Decrease, QuadraticSAM

__all__ = [
    "SAM",
    "SGD",
    "CriticalSet",
    "Decrease",
    "FlatteningRavine",
    "GradientDescent",
    "HeavyBallSAM",
    "Logistic",
    "Loss",
    "NormSAM",
    "Optimizer",
    "Quadratic",
    "QuadraticSAM",
    "Rotated",
    "Shifted",
    "SmoothLoss",
    "UnnormalizedSAM",
    "Valley",
    "final_state",
    "flip_signs",
    "trajectory",
]

__version__ = "0.1.0"

_ROOMS = ("bounds", "check", "claims", "drift", "live", "plots", "regimes", "spectrum", "symbolic", "symbolic_loss")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"samlib.{name}")
    if name == "SymbolicLoss":  # needs SymPy
        return importlib.import_module("samlib.symbolic_loss").SymbolicLoss
    raise AttributeError(f"module 'samlib' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS, "SymbolicLoss"])
