"""What JupyterLab shows for the chapters' text, and that saving gives the text back."""

import copy
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import jupytext
import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").rglob("*.md"))


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chapter_text", ROOT / "jupyterlab/chapter_text.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def book():
    return _load().Book(ROOT)


def page(file: Path) -> str:
    return file.relative_to(ROOT / "chapters").with_suffix("").as_posix()


@pytest.mark.parametrize("file", CHAPTERS, ids=page)
def test_an_opened_chapter_has_no_role_and_gets_its_text_back(book, file):
    written = jupytext.read(file, fmt="md:myst")
    notebook = copy.deepcopy(written)
    book.open(notebook, page(file))
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert re.findall(r"(?<!`)\{[a-z:-]+\}`[^`]+`", "\n".join(texts)) == []
    assert texts[0].startswith("---\nmath: ")
    book.close(notebook)
    assert notebook == written


def test_an_edited_cell_keeps_the_edit_and_the_roles(book):
    source = "# A\n\nBy {prf:ref}`theorem-3` and {cite:t}`BartlettLongBousquet2023` it ends."
    notebook = jupytext.reads(source, "md:myst")
    book.open(notebook, "03-bouncing-across-ravines")
    cell = notebook.cells[0]
    assert "[Theorem 3](04-proof/5-putting-it-together.md) and Bartlett et al. (2023)" in cell.source
    cell.source += "\nAdded."
    book.close(notebook)
    assert cell.source == source + "\nAdded."


def test_boxes_carry_the_papers_numbers(book):
    notebook = jupytext.reads("# A\n\n```{prf:lemma} Two\n:label: lemma-5-2\n\nText.\n```", "md:myst")
    book.open(notebook, "04-proof/1-properties")
    assert ":label: lemma-5-2\n:enumerator: 5.2\n" in notebook.cells[0].source


def test_an_anchor_on_another_page_becomes_a_link_to_that_page(book):
    notebook = {"cells": [{"cell_type": "markdown", "source": "Compare [E14](#erratum-14).", "metadata": {}}]}
    book.open(notebook, "05-drifting-to-wide-minima")
    assert notebook["cells"][0]["source"].endswith("Compare [E14](reference/errata.md).")
    book.close(notebook)
    assert notebook["cells"][0]["source"] == "Compare [E14](#erratum-14)."
