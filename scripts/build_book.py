"""Builds the book into _build/html, and does nothing where it is there already.

Usage: `python scripts/build_book.py`

"There already" is decided by content, not by date: next to the pages lies the fingerprint of everything they were made
from. It is taken away before a build and put back after a successful one, so an interrupted build is never taken for a
finished one. Only the outputs of executed cells are kept from one build to the next, since executing takes most of the
time. Everything else is made anew: parsed chapters know neither that an extension changed nor that they gave a warning,
and old pages and search terms would stay behind.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Files and folders that the pages are made from.
SOURCES = (
    "_config.yml",
    "_toc.yml",
    "chapters",
    "samlib",
    "sphinx_ext",
    "site_static",
    "requirements.txt",
    "pyproject.toml",
    "scripts/build_book.py",
    "scripts/offline_copy.py",
)
# Folders inside them that are made by tools, and the JavaScript sources: the pages use the bundles made from those.
NOT_SOURCES = ("__pycache__", ".ipynb_checkpoints", "node_modules", "samlib/live/js")
# Settings that reach the pages through the environment.
SETTINGS = ("BOOK_REPOSITORY",)

# jupyter_book has no __main__, and its console script does not start from a path with a space.
JUPYTER_BOOK = (sys.executable, "-c", "from jupyter_book.cli.main import main; main()")
# Warnings are errors, missing references are warnings, and all of them are shown.
OPTIONS = ("-W", "-n", "--keep-going")


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Every file the pages are made from, relative to `root`, in a fixed order."""
    for name in SOURCES:
        path = root / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            relative = file.relative_to(root)
            if file.is_file() and not any(f"/{folder}/" in f"/{relative.as_posix()}" for folder in NOT_SOURCES):
                yield relative


def fingerprint(root: Path = ROOT) -> str:
    """A hash of all sources, of the settings in the environment, and of the Python that builds."""
    digest = hashlib.sha256(sys.version.encode())
    for name in SETTINGS:
        digest.update(f"\0{name}={os.environ.get(name, '')}".encode())
    for file in sources(root):
        content = (root / file).read_bytes()
        digest.update(f"\0{file.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def is_fresh(root: Path = ROOT) -> bool:
    """Whether _build/html holds the pages of the present sources."""
    try:
        return (root / "_build" / "fingerprint").read_text(encoding="ascii") == fingerprint(root)
    except OSError:
        return False


def build(root: Path = ROOT) -> None:
    """Builds the pages; raises `subprocess.CalledProcessError` where Sphinx reports an error or a warning."""
    record = root / "_build" / "fingerprint"
    record.unlink(missing_ok=True)
    before = fingerprint(root)
    for made in ("html", "jupyter_execute", ".doctrees"):
        shutil.rmtree(root / "_build" / made, ignore_errors=True)
    # A fixed order of sets, so that a rebuild gives the same bytes.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(
        [*JUPYTER_BOOK, "build", ".", *OPTIONS], cwd=root, env=environment, stdin=subprocess.DEVNULL, check=True
    )
    # Sphinx's note to its next incremental build, of which there is none; it depends on the folder of the checkout.
    (root / "_build" / "html" / ".buildinfo").unlink(missing_ok=True)
    # The pages offer themselves as one zip: made by every build, it is never older than they are.
    subprocess.run([sys.executable, "-m", "scripts.offline_copy"], cwd=root, check=True)
    record.write_text(before, encoding="ascii")


def main() -> None:
    """Builds the book where it is not fresh and says where it is."""
    if is_fresh():
        print("Nothing has changed since the last build.")
    else:
        try:
            build()
        except subprocess.CalledProcessError:
            sys.exit("The book was not built: see the warnings and errors above.")
    print(f"The book is in {ROOT / '_build' / 'html' / 'index.html'}: open it, or run `make serve`.")


if __name__ == "__main__":
    main()
