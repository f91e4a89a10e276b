"""An independent, literal reading of SAM's definition, for the tests to hold samlib to."""

import math


def literal_sam_step(gradient, w, eta, rho):
    """w - η∇ℓ(w + ρ∇ℓ(w)/‖∇ℓ(w)‖) on Python floats; `gradient` maps a list to a list."""
    g = gradient(w)
    length = math.hypot(*g)
    ascended = [x + rho * y / length for x, y in zip(w, g, strict=True)]
    return [x - eta * y for x, y in zip(w, gradient(ascended), strict=True)]
