"""Packs the built pages into one zip for reading without a network, `_build/html/bouncing-and-drifting.zip`.

Usage: `python -m scripts.offline_copy` (part of every build, so that the copy is never older than the pages)

It lies beside the pages, where the page for instructors offers it, and does not hold itself: in the copy, that link is
plain text. Everything is in one folder, whose `index.html` opens the book.
"""

import re
from pathlib import Path

from sphinx_ext.archives import OFFLINE_COPY, archive

ROOT = Path(__file__).resolve().parent.parent
FOLDER = OFFLINE_COPY.removesuffix(".zip")
LINK = re.compile(rf'<a [^>]*href="(?:\.\./)*{re.escape(OFFLINE_COPY)}"[^>]*>(.*?)</a>', flags=re.S)


def offline_copy(html: Path) -> bytes:
    """The zip of the pages in the folder `html`."""
    files = {}
    for file in html.rglob("*"):
        name = file.relative_to(html).as_posix()
        if not file.is_file() or name == OFFLINE_COPY:
            continue
        content = file.read_bytes()
        if file.suffix == ".html":
            content = LINK.sub(r"\1", content.decode("utf-8")).encode("utf-8")
        files[f"{FOLDER}/{name}"] = content
    return archive(files)


def main() -> None:
    """Write the zip beside the pages."""
    html = ROOT / "_build" / "html"
    (html / OFFLINE_COPY).write_bytes(offline_copy(html))


if __name__ == "__main__":
    main()
