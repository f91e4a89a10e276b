"""Pins what pyproject.toml asks for in requirements.txt and requirements-dev.txt, and what Binder adds to it.

Usage: `python scripts/compile_requirements.py [--upgrade]`

Pins that still fit are kept; with `--upgrade` every pin moves to the newest release that fits.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# {what}
# Compiled from pyproject.toml by `make requirements`, for Python 3.11 and newer on every system. Do not edit by hand.
"""
OUTPUTS = {
    "requirements.txt": ("What builds the book, and what Binder installs.", ["--extra", "book"]),
    # Constrained by the first file: the tests run on the very releases that readers get.
    "requirements-dev.txt": (
        "What `make test` installs: requirements.txt and the tools of the tests and checks.",
        ["--extra", "book", "--extra", "test", "--constraint", "requirements.txt"],
    ),
    # As Binder does, the pins of requirements.txt over what its base image holds; the tools are those of `make test`.
    "tests/jupyter/requirements.txt": (
        "What `make test-jupyter` installs: Binder's base image under the pins of requirements.txt.",
        ["tests/jupyter/requirements.in", "--extra", "book", "--constraint", "requirements-dev.txt"],
    ),
}


def compile_requirements(*options: str) -> None:
    """Writes all files; `options` go to `uv pip compile`."""
    if importlib.util.find_spec("uv") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    for name, (what, arguments) in OUTPUTS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--output-file", name, "--quiet"]
        # `fewest`: one version for all Pythons wherever there is one, so that the file stays readable.
        command += ["--universal", "--fork-strategy", "fewest", "--python-version", "3.11"]
        command += ["--no-header", "--no-annotate", *arguments, *options]
        subprocess.run(command, cwd=ROOT, check=True)
        path = ROOT / name
        path.write_text(HEADER.format(what=what) + path.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    compile_requirements(*sys.argv[1:])
