"""Records how long the cells of each chapter ran, for the page on the book's health.

Usage: `python scripts/record_times.py`, after `make book`

The times are those of the executions that the built pages come from. They are written into a file of their own, since a
time is another number in every build, and a build of the same sources must give the same pages.
"""

import json
import os
import platform
import sys
from pathlib import Path

from jupyter_cache import get_cache

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import build_book  # noqa: E402
from sphinx_ext.health import TIMES, cells, cells_hash  # noqa: E402


def times(root: Path = ROOT) -> dict[str, dict[str, str | float]]:
    """Seconds and hash of the cells, by document, of every chapter with cells that is in the cache of executions."""
    seconds: dict[str, float] = {}
    for folder in (root / "_build" / ".jupyter_cache").iterdir():
        for record in sorted(get_cache(folder).list_cache_records(), key=lambda each: each.created):
            if "execution_seconds" in record.data:  # the latest run of a chapter is the last
                seconds[record.uri] = record.data["execution_seconds"]
    found: dict[str, dict[str, str | float]] = {}
    for chapter in sorted((root / "chapters").rglob("*.md")):
        text = chapter.read_text(encoding="utf-8")
        if cells(text) and str(chapter) in seconds:
            document = chapter.relative_to(root).with_suffix("").as_posix()
            found[document] = {"cells": cells_hash(text), "seconds": round(seconds[str(chapter)], 1)}
    return found


def main() -> None:
    """Writes the record where the built pages are those of the present sources."""
    if not build_book.is_fresh():
        sys.exit("The pages in _build/html are missing or older than their sources: run `make book`.")
    record = {
        "measured on": f"{os.cpu_count()} cores, Python {platform.python_version()}, one chapter after the other",
        "pages": times(),
    }
    (ROOT / TIMES).write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(record['pages'])} chapters are recorded in {TIMES.as_posix()}; build the book again to see them.")


if __name__ == "__main__":
    main()
