"""Live figures: ipywidgets that compute in the page, driven by a kernel, by a linked slider or by the reader alone.

`StepAnatomy` (chapter 1) takes one SAM step apart, `ScalarBounce` (chapter 1) hops along a line to its two-cycle,
`Bounce` (chapter 3) shows the path in the plane, `Potential` (chapter 4.3) shows the potential on which the
sign-flipped iterates descend.
`Thresholds` (chapter 4.1) lays the lengths of the gradient that matter on a line, `EarlyDescent` (chapter 4.2) follows
that length down into its ball, `SaddleEscape` (chapter 4.4) watches SAM leave a saddle, and `BoundVersusTruth` (chapter
4.5) sets the time it takes against the time that Theorem 3 allows. `Valley` (chapter 5) follows SAM's drift along a
valley, `Race` (chapter 6) runs SAM against its rivals and its kin, and `YourLoss` (chapter 6) runs it on a loss that
the reader types. `Atlas` (preface and chapter 7) is a map of what SAM does over a plane of parameters. Put one as the
last line of a cell.
"""

from samlib.live.atlas import Atlas
from samlib.live.bounce import Bounce
from samlib.live.bound_versus_truth import BoundVersusTruth
from samlib.live.early_descent import EarlyDescent
from samlib.live.potential import Potential
from samlib.live.race import Race
from samlib.live.saddle_escape import SaddleEscape
from samlib.live.scalar_bounce import ScalarBounce
from samlib.live.step_anatomy import StepAnatomy
from samlib.live.thresholds import Thresholds
from samlib.live.valley import Valley
from samlib.live.your_loss import YourLoss

__all__ = [
    "Atlas",
    "Bounce",
    "BoundVersusTruth",
    "EarlyDescent",
    "Potential",
    "Race",
    "SaddleEscape",
    "ScalarBounce",
    "StepAnatomy",
    "Thresholds",
    "Valley",
    "YourLoss",
]
