"""Makes the project's virtual environments and keeps them in step with the pinned requirements.

Usage: `python scripts/setup_environment.py book|test|bench|jupyter`

- book: .venv, what builds the book and opens its chapters as notebooks
- test: the same, and what the tests and checks need
- bench: .bench-venv, samlib and the libraries it is measured against
- jupyter: .jupyter-venv, what Binder's image holds, nbgrader, and what the tests of tests/jupyter need

Runs on any Python ≥ 3.11 with the standard library alone. An environment carries a record of what was put into it,
taken away before anything is changed and put back at the end. Without a record it was interrupted half-way and is made
anew; where the record differs it is brought up to date; where it fits it is left alone, without asking the network.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORD = "installed.json"


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder and the file of pins installed into it, both relative to the project's root."""

    folder: str
    requirements: str
    includes: tuple[str, ...] = ()  # environments in the same folder that this one holds as well


ENVIRONMENTS = {
    "book": Environment(".venv", "requirements.txt"),
    "test": Environment(".venv", "requirements-dev.txt", includes=("book",)),
    "bench": Environment(".bench-venv", "bench/requirements.txt"),
    "jupyter": Environment(".jupyter-venv", "tests/jupyter/requirements.txt"),
}


def interpreter(folder: Path) -> Path:
    """The environment's Python. Tools are run as `python -m tool`: their own scripts break in a path with a space."""
    return folder / "bin" / "python"


def wanted(name: str, root: Path = ROOT) -> dict[str, str]:
    """What the environment `name` should hold: hashes of its pins and of the parts of pyproject.toml that pip reads."""
    project = _project(root)
    metadata = [project["project"], project["build-system"], project["tool"]["setuptools"]]
    return {
        "folder": str(root),  # an environment cannot be moved
        ENVIRONMENTS[name].requirements: _sha256((root / ENVIRONMENTS[name].requirements).read_bytes()),
        "pyproject.toml": _sha256(json.dumps(metadata, sort_keys=True).encode()),
    }


def state(name: str, root: Path = ROOT) -> str:
    """One of "ready", "outdated" (what is wanted has changed) and "unusable" (absent, half-made or moved)."""
    folder = root / ENVIRONMENTS[name].folder
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        runs = subprocess.run([interpreter(folder), "-c", ""], capture_output=True, check=False).returncode == 0
    except (OSError, ValueError):
        return "unusable"
    if not runs or record.get("folder") != str(root) or not _is_requested_python(folder):
        return "unusable"
    return "ready" if wanted(name, root).items() <= record.items() else "outdated"


def set_up(name: str, root: Path = ROOT) -> None:
    """Brings the environment `name` into the state that the pins describe; does nothing where it already is."""
    environment = ENVIRONMENTS[name]
    folder = root / environment.folder
    before = state(name, root)
    if before == "ready":
        return
    python = interpreter(folder)
    record: dict[str, str] = {}
    if before == "unusable":
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"Making {environment.folder} with Python {version} …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        # The Python behind an active environment: the folder just removed may be that environment.
        subprocess.run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", folder], check=True)
    else:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        (folder / RECORD).unlink()
    print(f"Installing {environment.requirements} into {environment.folder} (at first a minute or two) …", flush=True)
    # What builds samlib comes along, so that the pins hold for it too: build isolation would fetch the newest release.
    builders = _project(root)["build-system"]["requires"]
    _pip(python, "install", "--requirement", root / environment.requirements, *builders)
    _pip(python, "install", "--no-deps", "--no-build-isolation", "--editable", root)
    for held in (name, *environment.includes):
        record |= wanted(held, root)
    unfinished = folder / f"{RECORD}.part"
    unfinished.write_text(json.dumps(record, indent=1), encoding="utf-8")
    unfinished.replace(folder / RECORD)


def _project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def _is_requested_python(folder: Path) -> bool:
    """Whether the environment has the version of Python that PYTHON=… asks for; without PYTHON any will do."""
    if not os.environ.get("PYTHON"):
        return True
    asked = f"{sys.version_info.major}.{sys.version_info.minor}."
    for line in (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "version":
            return value.strip().startswith(asked)
    return False


def _pip(python: Path, *arguments: str | Path) -> None:
    quiet = ("--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location")
    subprocess.run([python, "-m", "pip", *arguments, *quiet], check=True, stdin=subprocess.DEVNULL)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in ENVIRONMENTS:
        sys.exit(f"usage: python scripts/setup_environment.py {'|'.join(ENVIRONMENTS)}")
    try:
        set_up(sys.argv[1])
    except subprocess.CalledProcessError as failure:
        sys.exit(f"Setting up failed, see above: {' '.join(map(str, failure.cmd))}\nThe next run starts afresh.")
