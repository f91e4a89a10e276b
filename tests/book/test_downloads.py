"""Every page with code offers the notebook as it was executed: the page's cells with their outputs."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from scripts.build_book import ROOT
from sphinx_ext.health import cells

PAGES = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "chapters").rglob("*.md"))
WITH_CODE = [name for name in PAGES if cells((ROOT / f"{name}.md").read_text(encoding="utf-8"))]


def offered(built_book: Path, name: str) -> list[Path]:
    """The notebooks that the download menu of a page offers."""
    page = built_book / f"{name}.html"
    menu = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select(".dropdown-download-buttons a[href]")
    return [(page.parent / link["href"]).resolve() for link in menu if link["href"].endswith(".ipynb")]


def sources(name: str) -> list[str]:
    """The code of a page's cells, without fences and options."""
    found = []
    for cell in cells((ROOT / f"{name}.md").read_text(encoding="utf-8")):
        body = cell.partition("\n")[2].removesuffix("```")
        found.append(re.sub(r"\A(---\n.*?^---\n|(:[^\n]*\n)+)", "", body, flags=re.M | re.S).strip())
    return found


def shown(output: dict[str, Any]) -> str:
    """What an output says as text, where it does."""
    return "".join(output.get("text", "")) or "".join(output.get("data", {}).get("text/plain", ""))


@pytest.mark.parametrize("name", WITH_CODE)
def test_the_download_menu_offers_the_executed_notebook(built_book: Path, name: str) -> None:
    [notebook] = offered(built_book, name)
    assert notebook == (built_book / "_sources" / f"{name}.ipynb").resolve()
    content = json.loads(notebook.read_text(encoding="utf-8"))
    nbformat.validate(content)
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert ["".join(cell["source"]).strip() for cell in code] == sources(name)
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "run once, from top to bottom"
    assert not [output for cell in code for output in cell["outputs"] if output["output_type"] == "error"]
    # What the page shows of its cells as plain text stands in the notebook, output by output and in the same order.
    page = BeautifulSoup((built_book / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    streams = [block.get_text().strip() for block in page.select(".cell_output .output.stream pre")]
    printed = [shown(out).strip() for cell in code for out in cell["outputs"] if out["output_type"] == "stream"]
    assert streams == [text for text in printed if text]
    assert any(cell["outputs"] for cell in code)


def test_prose_offers_no_notebook(built_book: Path) -> None:
    prose = [name for name in PAGES if name not in WITH_CODE]
    assert len(prose) >= 5
    assert {name: offered(built_book, name) for name in prose} == {name: [] for name in prose}
