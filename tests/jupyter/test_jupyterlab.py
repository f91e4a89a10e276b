"""The book in Binder's JupyterLab: every chapter opens as a notebook, runs, can be read, and has figures that live."""

import re
from collections.abc import Iterator
from typing import Any

import jupytext
import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page

from tests.jupyter.lab import OF_JUPYTERLAB, ROOT, RUN_ALL, RUN_CODE, Lab, launch_path, running_lab

BOUNCE = "chapters/03-bouncing-across-ravines"


def _notebooks() -> list[str]:
    """The executable pages in the book's order: those of the table of contents with a kernel."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = re.findall(r"'(?:root|file)': '([^']+)'", str(contents))
    texts = {name: (ROOT / f"{name}.md").read_text(encoding="utf-8") for name in names}
    return [name for name, text in texts.items() if "\nkernelspec:" in text and "\n```{code-cell}" in text]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("jupyterlab")) as running:
        yield running


def _errors(page: Page) -> list[str]:
    return [error for error in page.errors if not error.startswith(OF_JUPYTERLAB)]


def test_the_launch_button_leads_into_jupyterlab() -> None:
    assert launch_path(BOUNCE) == f"lab/tree/{BOUNCE}.md"
    assert BOUNCE in _notebooks()


@pytest.mark.parametrize("name", _notebooks())
def test_a_page_opens_as_a_notebook_runs_and_can_be_read(lab: Lab, page: Page, name: str) -> None:
    lab.open(page, launch_path(name))
    assert page.locator(".jp-NotebookPanel").count() == 1, "the launch button opens the text of the chapter"

    cells = page.evaluate(RUN_ALL)
    written = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) == len(re.findall(r"^`{3,}\{code-cell\}", written, re.MULTILINE))
    assert [cell["source"] for cell in code if cell["execution_count"] is None] == []
    assert [output for cell in code for output in cell["outputs"] if _is_complaint(cell, output)] == []

    marks = ".jp-Notebook :is(.text-yellow-600, .text-red-500, .katex-error, .myst-error)"
    assert page.locator(marks).all_inner_texts() == []
    words = " ".join(page.locator(".jp-Notebook .jp-MarkdownCell").all_inner_texts())
    assert re.findall(r"\{[a-z:-]+\}`[^`]*`?|`{3,}\{\S+|\?\?", words) == []
    assert page.refused == []
    assert _errors(page) == []


def _is_complaint(cell: dict[str, Any], output: dict[str, Any]) -> bool:
    if output["output_type"] == "error":
        return "raises-exception" not in cell["metadata"].get("tags", [])
    return output.get("name") == "stderr"


@pytest.fixture(scope="module")
def opened(lab: Lab, browser: Browser) -> Iterator[Page]:
    """Chapter 3, run, its live figure in view; the tests below use it one after the other."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    notebook = context.new_page()
    lab.open(notebook, launch_path(BOUNCE))
    notebook.evaluate(RUN_ALL)
    yield notebook
    context.close()


def _figure(page: Page) -> Locator:
    figure = page.locator('.jp-OutputArea figure.live-figure[data-kind="bounce"]').first
    figure.scroll_into_view_if_needed()
    return figure


def _path(figure: Locator) -> str:
    """The drawing, once nothing moves in it any more."""
    before, now = "", "-"
    while before != now:
        before = now
        figure.page.wait_for_timeout(400)
        now = figure.locator("svg.live-svg").first.evaluate("(svg) => svg.innerHTML")
    return now


def _run(page: Page, code: str) -> str:
    return str(page.evaluate(RUN_CODE, code)).strip()


def test_python_moves_the_picture(opened: Page) -> None:
    before = _path(_figure(opened))
    _run(opened, "bounce.eta = 0.35")
    moved = _path(_figure(opened))
    assert moved != before
    _run(opened, "bounce.eta = 0.2")
    assert _path(_figure(opened)) == before


def test_keys_pressed_in_the_picture_reach_python_and_not_the_notebook(opened: Page) -> None:
    state = """() => {
      const notebook = jupyterapp.shell.currentWidget.content;
      return [notebook.activeCellIndex, notebook.mode, notebook.widgets.map((cell) => cell.model.id)];
    }"""
    _run(opened, "bounce.start = [2.0, 2.0]")
    handle = _figure(opened).locator(".live-handle").first
    handle.focus()
    before = opened.evaluate(state)
    # r and the full stop are the figure's; b inserts a cell in JupyterLab, dd deletes one, j goes to the next.
    for key in ("ArrowLeft", "ArrowDown", "r", ".", " ", "b", "d", "d", "j", "x"):
        opened.keyboard.press(key)
    assert opened.evaluate(state) == before
    _path(_figure(opened))
    assert _run(opened, "print(bounce.start)") == "[1.9, 1.9]"


def test_dragging_the_picture_reaches_python(opened: Page) -> None:
    _run(opened, "bounce.start = [2.0, 2.0]")
    figure = _figure(opened)
    _path(figure)
    box = figure.locator(".live-handle .live-knob").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x - 60, y + 40, steps=5)
    opened.mouse.up()
    _path(figure)
    w1, w2 = map(float, _run(opened, "print(*bounce.start)").split())
    assert -3 <= w1 < 1.9
    assert -3 <= w2 < 1.9


def test_saving_an_opened_chapter_leaves_its_text_as_it_was(lab: Lab, page: Page) -> None:
    file = lab.folder / f"{BOUNCE}.md"
    written = file.read_text(encoding="utf-8")
    lab.open(page, launch_path(BOUNCE))
    page.evaluate("""async () => {
      const { context, content } = jupyterapp.shell.currentWidget;
      content.widgets[0].model.sharedModel.setSource(content.widgets[0].model.sharedModel.getSource() + "\\nAdded.");
      await context.save();
    }""")
    saved = file.read_text(encoding="utf-8")
    assert _cells(saved) == _cells(written.replace("\n\n```{code-cell}", "\nAdded.\n\n```{code-cell}", 1))


def _cells(text: str) -> list[tuple[str, str, Any]]:
    """Kind, text and options of each cell; Jupytext folds the lines of long options anew, and notes its release."""
    return [(each.cell_type, each.source, dict(each.metadata)) for each in jupytext.reads(text, "md:myst").cells]
