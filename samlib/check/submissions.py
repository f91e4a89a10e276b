"""What was handed in: the notebooks of a folder (.ipynb, or MyST Markdown .md), and the code cells of each."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Submission", "Unreadable", "find", "read", "split"]

LARGEST = 20_000_000
"""Bytes of a notebook; a larger one is answered, not read."""

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})\{code-cell\}[^\n]*\n(?P<body>.*?)^(?P=fence)[`~]*[ \t]*$", re.M | re.S)
_OPTIONS = re.compile(r"\A(?:---\n.*?^---[ \t]*\n|(?::[\w-]+:[^\n]*\n)+)", re.M | re.S)
_FRONT_MATTER = re.compile(r"\A---\n[^`]*?^---[ \t]*\n", re.M)  # a rule at the top must not swallow a cell
_BREAK = re.compile(r"^\+\+\+.*\n?", re.M)
_PASSED_OVER = {".ipynb_checkpoints", "feedback", "__pycache__", "node_modules"}


class Unreadable(Exception):
    """A file that is no notebook; the message says why, for the student."""


@dataclass(frozen=True)
class Submission:
    """A file of the folder.

    Attributes
    ----------
    name : str
        Its path in the folder, with /.
    path : Path
    digest : str
        SHA-256 of its bytes, by which a resumed run knows what it has graded; empty if it cannot be read.
    """

    name: str
    path: Path
    digest: str


def find(folder: Path) -> list[Submission]:
    """All notebooks below the folder, sorted; without hidden folders, checkpoints, feedback and links that lead out."""
    root = folder.resolve()
    found = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.suffix.lower() not in (".ipynb", ".md") or any(
            part in _PASSED_OVER or part.startswith(".") for part in relative.parts
        ):
            continue
        if not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.stat().st_size <= LARGEST else ""
        except OSError:
            digest = ""
        found.append(Submission(relative.as_posix(), path, digest))
    return found


def read(path: Path) -> list[str]:
    """The sources of the code cells, in their order.

    Raises
    ------
    Unreadable
        If the file cannot be opened, is too large, is no UTF-8, is no notebook, or has no code cell.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(
                f"the file is larger than {LARGEST // 1_000_000} MB; clear its outputs and hand it in again."
            )
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is not a text in UTF-8.") from None
    except OSError as error:
        raise Unreadable(f"the file cannot be opened ({error.strerror}).") from None
    if path.suffix.lower() == ".ipynb":
        cells = _from_json(text)
    else:
        cells = [source for kind, source in split(text) if kind == "code"]
    if not cells:
        raise Unreadable("no code cell was found in the file.")
    return cells


def split(text: str) -> list[tuple[str, str]]:
    """The cells of a MyST notebook, each "code" or "markdown" and its source; without front matter and options."""
    text = _FRONT_MATTER.sub("", text.replace("\r\n", "\n"))
    cells, at = [], 0
    for match in _FENCE.finditer(text):
        cells += [("markdown", one) for one in _BREAK.split(text[at : match.start()]) if one.strip()]
        cells.append(("code", _OPTIONS.sub("", match["body"])))
        at = match.end()
    return cells + [("markdown", one) for one in _BREAK.split(text[at:]) if one.strip()]


def _from_json(text: str) -> list[str]:
    try:
        notebook: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("the file is not a notebook: it is damaged, or saved by another program.") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable(
            "the file is not a notebook of the present format (nbformat 4): open it in JupyterLab and save it."
        )
    cells = []
    for cell in notebook["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if isinstance(source, str):
            cells.append(source)
    return cells
