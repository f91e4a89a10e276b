"""Live figures: ipywidgets that compute in the page, driven by a kernel, by a linked slider or by the reader alone.

`StepAnatomy` (chapter 1) takes one SAM step apart, `Bounce` (chapter 3) shows the path and its two-cycle, `Potential`
(chapter 4.3) shows the potential on which the sign-flipped iterates descend. Put one as the last line of a cell.
"""

from samlib.live.bounce import Bounce
from samlib.live.potential import Potential
from samlib.live.step_anatomy import StepAnatomy

__all__ = ["Bounce", "Potential", "StepAnatomy"]
