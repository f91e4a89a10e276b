"""What the parity tests found: on how many states a figure's JavaScript agreed with this very state of samlib."""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import samlib

__all__ = ["RECORD", "file_hash", "source_hash", "verified"]

LIVE = Path(__file__).parent
#: Written by `python scripts/record_parity.py`, committed as the bundles are.
RECORD = LIVE / "verified.json"
#: Modules in which no number of a figure is computed.
SILENT = frozenset({"__init__.py", "plots.py", "symbolic.py"})


def file_hash(*files: Path) -> str:
    """Sixteen hexadecimal digits that change with the text of the files; line ends do not count."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_text(encoding="utf-8").encode() + b"\0")
    return digest.hexdigest()[:16]


@functools.cache
def source_hash() -> str:
    """The hash of the Python that the figures are compared with: the rooms of samlib, and its live figures."""
    found = [*sorted(LIVE.parent.glob("*.py")), *sorted(LIVE.glob("*.py"))]
    return file_hash(*(file for file in found if file.name not in SILENT))


@functools.cache
def _record() -> dict[str, Any]:
    return dict(json.loads(RECORD.read_text(encoding="utf-8"))) if RECORD.exists() else {}


def verified(bundle: str) -> dict[str, Any]:
    """``{"version": "0.1", "states": 57}`` for the bundle of this name.

    Empty unless the bundle and samlib are as they were when the parity tests ran.
    """
    record = _record()
    figure = record.get("figures", {}).get(bundle)
    if not figure or record.get("source") != source_hash():
        return {}
    if figure["bundle"] != file_hash(LIVE / "bundles" / f"{bundle}.js"):
        return {}
    version = ".".join(samlib.__version__.split(".")[:2])
    return {"version": version, "states": sum(figure["states"].values())}
