"""The page on health counts what a page asks for, and its times are those of the cells that stand there."""

import json
from pathlib import Path

import pytest

from sphinx_ext.health import cells, cells_hash, parity, run_time
from sphinx_ext.light_pages.weight import FIGURE_PAGE, PLAIN_PAGE, PROOF_PAGE, Site, budget, fonts, sent
from sphinx_ext.live_figures import WIDGET_STATE

FORMULA = '<span class="katex">x</span>'
FACES = """
@font-face{font-family:KaTeX_Main;font-weight:400;font-style:normal;src:url(fonts/KaTeX_Main-Regular.woff2) format("a")}
@font-face{font-family:KaTeX_Main;font-weight:700;font-style:normal;src:url(fonts/bold.woff2) format("a")}
@font-face{font-family:"KaTeX_Size1";font-weight:400;font-style:normal;src:url("fonts/size.woff2") format("a")}
.katex .mathbf{font-weight:bold}.katex .delimsizing.size1{font-family:KaTeX_Size1}
"""


# ------------------------------------------------------------------------------------------------------------- weight


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (FORMULA * 199, PLAIN_PAGE),
        (FORMULA * 200, PROOF_PAGE),
        ('<div class="live-slot has-picture">', FIGURE_PAGE),
        ('<div class="live-slot has-picture">' + FORMULA * 900, FIGURE_PAGE),
    ],
)
def test_the_budget_follows_from_what_is_on_a_page(html: str, expected: int) -> None:
    assert budget(html) == expected


def test_a_page_asks_at_once_for_what_is_seen_first_and_later_for_the_rest(tmp_path: Path) -> None:
    names = ("book.css", "book.js", "icon.svg", "now.webp", "far.webp", "print.webp", "next.html")
    (tmp_path / "_static" / "figures").mkdir(parents=True)
    for name in names:
        (tmp_path / name).write_text("p{}")
    for name in ("A.1", "B.2"):
        (tmp_path / "_static" / "figures" / f"{name}.js").touch()
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "page.html").write_text(
        '<link rel="stylesheet" href="../book.css?v=1"><link rel="icon" href="../icon.svg">'
        '<link rel="next" href="../next.html">'
        '<script src="../book.js"></script>'
        '<script defer src="../_static/figures/A.1.js"></script><img src="../now.webp">'
        '<img src="../now.webp"><img loading="lazy" src="../far.webp"><noscript><img src="../print.webp"></noscript>'
        '<script type="json">{"m0":{"_esm":"A.1"},"m1":{"_esm":"B.2"}}</script><img src="data:x"><img src="gone.png">'
    )
    asked = Site(tmp_path).asked("part/page.html")
    assert [file.name for file in asked.at_once] == [
        "page.html",
        "book.css",
        "icon.svg",
        "book.js",
        "A.1.js",
        "now.webp",
    ]
    assert [file.name for file in asked.later] == ["far.webp", "B.2.js"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>words", []),
        (FORMULA, ["KaTeX_Main-Regular.woff2"]),
        (FORMULA + '<span class="mathbf">', ["KaTeX_Main-Regular.woff2", "bold.woff2"]),
        (FORMULA + '<span class="delimsizing size1">', ["KaTeX_Main-Regular.woff2", "size.woff2"]),
        (FORMULA + '<span class="delimsizing"><span class="size1">', ["KaTeX_Main-Regular.woff2"]),
        ('<span class="mathbf">', []),
        ('<script src="_static/formulas.js"></script>' + FORMULA, []),
    ],
)
def test_a_page_asks_for_the_fonts_that_its_formulas_are_set_in(tmp_path: Path, html: str, expected: list[str]) -> None:
    (tmp_path / "fonts").mkdir()
    for font in fonts(FACES):
        (tmp_path / font.file).touch()
    (tmp_path / "book.css").write_text(FACES)
    (tmp_path / "page.html").write_text(f'<link rel="stylesheet" href="book.css">{html}')
    asked = Site(tmp_path).asked("page.html").at_once
    assert [file.name for file in asked if file.suffix == ".woff2"] == expected


def test_what_is_compressed_already_is_sent_as_it_is() -> None:
    text = b"a word " * 1000
    assert sent("a.webp", text) == 7000
    assert sent("a.html", text) < 100


# -------------------------------------------------------------------------------------------------------------- times

CHAPTER = "# A\n\n```{code-cell} ipython3\n1 + 1\n```\n\n```python\nnot a cell\n```\n"


def test_a_time_is_shown_for_the_cells_that_it_was_recorded_with() -> None:
    assert len(cells(CHAPTER)) == 1
    recorded = {
        "a": {"cells": cells_hash(CHAPTER), "seconds": 3.6},
        "quick": {"cells": cells_hash(CHAPTER), "seconds": 0.1},
    }
    assert run_time("a", CHAPTER, recorded) == "4 s"
    assert run_time("a", CHAPTER.replace("# A", "# B"), recorded) == "4 s"
    assert run_time("a", CHAPTER.replace("1 + 1", "1 + 2"), recorded) == "changed since recorded"
    assert run_time("quick", CHAPTER, recorded) == "1 s"
    assert run_time("other", CHAPTER, recorded) == "not recorded"
    assert run_time("a", "# Words", recorded) == "no cells"


# ------------------------------------------------------------------------------------------------------------- parity


def test_what_the_parity_tests_found_is_read_from_the_figures() -> None:
    verified = {"_esm": "Bounce.1", "verified": {"version": "0.1", "states": 57}}
    state = {
        "m0": {"state": verified},
        "m1": {"state": {"_esm": "Race.2", "verified": {}}},
        "m2": {"state": {"value": 1}},
    }
    page = f'<script type="{WIDGET_STATE}">{json.dumps({"state": state})}</script>'
    assert parity(page) == "Bounce: on 57 states (samlib 0.1); Race: not recorded"
    assert parity("<p>") == "no figure"
