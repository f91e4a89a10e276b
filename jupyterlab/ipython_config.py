"""IPython's settings, where postBuild puts them: kernels of a Jupyter server load chapter_text.py, a build's do not."""

import os
import sys
from pathlib import Path

if "JPY_SESSION_NAME" in os.environ:  # set by the server alone
    sys.path.append(str(Path(__file__).parent.parent / "jupyter"))
    c.InteractiveShellApp.extensions = ["chapter_text"]  # noqa: F821 (IPython gives the name)
