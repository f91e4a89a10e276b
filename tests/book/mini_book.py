"""Small books of one or two pages, built by Jupyter Book with the settings of the real `_config.yml`."""

import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]

# Live figures, the bundling of assets and the ledger have tests of their own, and would dominate the time of these.
NOT_NEEDED = (
    "sphinx_ext.live_figures",
    "sphinx_ext.light_pages",
    "sphinx_ext.ledger",
    "sphinx_ext.exercises",
    "sphinx_ext.exercise_totals",
    "sphinx_ext.archives",
)

NOTEBOOK = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""

REFERENCE = "@article{Author2020, author={Author, Ann}, title={A title}, journal={Journal}, year={2020}}\n"


class MiniBook:
    """A book in `folder` whose pages are `chapters/NAME.md`; the first page is its root."""

    def __init__(
        self,
        folder: Path,
        pages: Mapping[str, str],
        settings: Mapping[str, Any] | None = None,
        without: Collection[str] = NOT_NEEDED,
    ) -> None:
        self.folder = folder
        self.environment = {key: value for key, value in os.environ.items() if key != "BOOK_REPOSITORY"}
        (folder / "chapters").mkdir(parents=True)
        (folder / "chapters" / "references.bib").write_text(REFERENCE)
        for name in ("site_static", "sphinx_ext"):
            (folder / name).symlink_to(REPOSITORY / name)
        for name, text in pages.items():
            self.write(name, text)
        root, *others = (f"chapters/{name}" for name in pages)
        contents = {"format": "jb-book", "root": root, "chapters": [{"file": other} for other in others]}
        (folder / "_toc.yml").write_text(yaml.safe_dump(contents if others else {"format": "jb-book", "root": root}))
        config = yaml.safe_load((REPOSITORY / "_config.yml").read_text()) | dict(settings or {})
        sphinx = config["sphinx"]["config"]
        sphinx["extensions"] = [name for name in sphinx["extensions"] if name not in without]
        (folder / "_config.yml").write_text(yaml.safe_dump(config))

    def write(self, name: str, text: str) -> None:
        (self.folder / "chapters" / f"{name}.md").write_text(text)

    def build(self, *, succeeds: bool = True) -> str:
        """Build with warnings as errors; returns what the build said, and fails the test on another outcome."""
        command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
        arguments = ["build", str(self.folder), "-W", "-n", "--keep-going"]
        done = subprocess.run(
            command + arguments, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert (done.returncode == 0) == succeeds, said
        return said

    def page(self, name: str) -> str:
        return (self.folder / "_build" / "html" / "chapters" / f"{name}.html").read_text()
