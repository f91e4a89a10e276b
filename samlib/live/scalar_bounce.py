"""SAM in one dimension, hopping along a line (the scalar bounce; chapter 1)."""

from samlib.live._figure import BUNDLES, bounded, vector
from samlib.live._path import WalkFigure
from samlib.plots import BLUE, GREY, Picture


class ScalarBounce(WalkFigure):
    """The iterates on ½λw², and their distance to the predicted two-cycle ±ηρλ/(2 - ηλ)."""

    _esm = BUNDLES / "scalar_bounce.js"
    SETTINGS = (
        ("descent", "Descent, then bounce", {"eigenvalues": [1.0], "eta": 0.4, "rho": 1.0, "start": [2.0]}),
        # w₀ = ηρλ/(1 - ηλ) exactly: the hypothesis that no iterate be 0 is broken by the first step
        ("zero", "Lands on 0", {"eigenvalues": [1.0], "eta": 0.5, "rho": 1.0, "start": [1.0]}),
        # 1 - ηλ = 0: the distance to the cycle is multiplied by 0
        ("once", "ηλ = 1", {"eigenvalues": [1.0], "eta": 1.0, "rho": 1.0, "start": [2.0]}),
        ("large", "ηλ near 2", {"eigenvalues": [1.0], "eta": 1.9, "rho": 0.1, "start": [0.1]}),
    )

    eta = bounded(0.4, 0.01, 1.98, 0.01, "η")
    eigenvalues = vector((1.0,), 0.05, 2.0, 0.01, "λ")
    start = vector((2.0,), -2.0, 2.0, 0.01, "w₀")

    def describe(self) -> str:
        return (
            f"SAM on ½λw² with {self.setting()}: {self.steps} steps along the line descend towards 0 and then "
            f"hop across it; the predicted two-cycle is ±{self.theory.amplitude:.4g}."
        )

    def picture(self) -> Picture:
        picture = Picture(7.0, 2.8)
        axes = picture.subplots()
        axes.plot(self.path()[:, 0], ".-", color=BLUE, linewidth=1)
        for end in (-self.theory.amplitude, self.theory.amplitude):
            axes.axhline(end, color=GREY, linestyle="--", linewidth=1)
        axes.set(xlabel="$t$", ylabel="$w_t$")
        return picture
