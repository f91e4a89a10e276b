"""Figures of lemmas that assume η < 1/(2λ₁), with a switch that lets the reader break the assumption."""

from typing import Any

import traitlets

from samlib.live._figure import LiveFigure


class SmallStepFigure(LiveFigure):
    """A live figure whose step size obeys the standing assumption until the reader breaks it.

    Attributes
    ----------
    broken : bool
        Whether η may pass 1/(2λ₁), up to the 2/λ₁ beyond which SAM diverges.
    """

    STATE = (*LiveFigure.STATE, "broken")

    broken = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("broken")
    def _check_broken(self, proposal: Any) -> Any:
        self._check_step(self.eta, self.eigenvalues[0], broken=proposal["value"])
        return proposal["value"]

    def check_setting(self, *, eta: float, eigenvalues: list[float], **others: Any) -> None:
        super().check_setting(eta=eta, eigenvalues=eigenvalues, **others)
        self._check_step(eta, eigenvalues[0], broken=self.broken)

    def _check_step(self, eta: float, top: float, broken: bool) -> None:
        if not broken and eta * top >= 0.5:
            raise traitlets.TraitError(
                f"eta must be below 1/(2λ₁) = {0.5 / top:g} unless broken=True, got eta = {eta:g} with λ₁ = {top:g}"
            )
