"""Pages load little, nothing from another host, and the same bytes in every build."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript
from sphinx.errors import ExtensionError

from sphinx_ext.light_pages import theme
from sphinx_ext.light_pages.downloads import stable_notebook
from sphinx_ext.light_pages.fonts import icon_characters, text_characters
from sphinx_ext.light_pages.images import placed_images, write_smaller
from sphinx_ext.light_pages.policy import content_security_policy, violations
from sphinx_ext.light_pages.scripts import ScriptBundle
from sphinx_ext.light_pages.styles import StylesheetBundle, purged, without_unused_properties
from sphinx_ext.live_figures import WIDGET_STATE, WIDGET_VIEW
from tests.book.mini_book import MiniBook
from tests.book.test_live_figures import FIGURE_PAGE

# ----------------------------------------------------------------------------------------------------- one stylesheet


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".used{a:b}.unused{a:b}", ".used{a:b}"),
        (".used,.unused .used,p{a:b}", ".used,p{a:b}"),
        (".used.unused{a:b}#id [data-x]{a:b}", "#id [data-x]{a:b}"),
        (".used:not(.unused, :has(.unused)){a:b}", ".used:not(.unused, :has(.unused)){a:b}"),
        (".sm\\:used{a:b}", ".sm\\:used{a:b}"),
        ("@media print{.unused{a:b}}@media print{.used{a:b}}", "@media print{.used{a:b}}"),
        ("@font-face{font-family:x}@keyframes unused{to{a:b}}", "@font-face{font-family:x}@keyframes unused{to{a:b}}"),
        (".kind-theorem{a:b}", ".kind-theorem{a:b}"),
    ],
)
def test_a_rule_stays_where_some_page_can_use_it(css: str, kept: str) -> None:
    assert purged(css, {"used", "sm:used"}) == kept


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ("p{--a:1;color:var(--a)}", "p{--a:1;color:var(--a)}"),
        ("p{--a:1;color:red}", "p{color:red}"),
        ("p{--a:var(--b);--b:2}", "p{}"),  # read by one that nothing reads
        ("p{--a:var(--b);--b:2;color:var( --a,red)}", "p{--a:var(--b);--b:2;color:var( --a,red)}"),
        ("p{--named-by-a-page:1;--a:1}", "p{--named-by-a-page:1;}"),
        ("""p{--a:url("data:x;y,{z}");b:c}""", "p{b:c}"),
        (".x--a:hover{b:c}", ".x--a:hover{b:c}"),
    ],
)
def test_a_custom_property_stays_where_something_reads_it(css: str, kept: str) -> None:
    assert without_unused_properties(css, {"--named-by-a-page"}) == kept


def test_a_stylesheet_that_imports_another_is_refused() -> None:
    with pytest.raises(ExtensionError, match="imports another"):
        purged("@import url(other.css);", set())


def test_addresses_in_a_bundled_stylesheet_still_lead_to_their_files(tmp_path: Path) -> None:
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "deep" / "down" / "own.css").write_text("p{a:url(../a.png);b:url('b.png');c:url(data:,x);d:url(#e)}")
    bundle = StylesheetBundle(parts={"deep/down/own.css": None})
    assert bundle.text(tmp_path, set()).startswith(
        'p{a:url(deep/a.png);b:url("deep/down/b.png");c:url(data:,x);d:url(#e)}'
    )


def test_the_stylesheet_of_a_figure_stays_with_its_page() -> None:
    sheets = [_CascadingStyleSheet("_static/site.css"), _CascadingStyleSheet("_static/figures/Toy.css")]
    kept = [str(sheet.filename) for sheet in StylesheetBundle().take(sheets, "page")]
    assert kept == ["_static/book.css", "_static/figures/Toy.css"]


def test_a_stylesheet_for_paper_stays_apart_with_its_medium() -> None:
    sheets = [_CascadingStyleSheet("_static/site.css"), _CascadingStyleSheet("_static/print.css", media="print")]
    bundle = StylesheetBundle()
    kept = [(str(sheet.filename), sheet.attributes.get("media")) for sheet in bundle.take(sheets, "page")]
    assert kept == [("_static/book.css", None), ("_static/print.css", "print")]
    assert "print.css" not in bundle.parts


def test_an_icon_font_keeps_the_icons_of_the_stylesheet_and_another_the_characters_of_the_pages() -> None:
    assert icon_characters('i:before{content:"\\f0c9"}b:before{content:"+"}') == {"\uf0c9", "+"}
    assert text_characters(["λ &#8212; &rho;", "x"]) == set("λ—ρ x")


def test_a_picture_keeps_its_place_until_the_reader_comes_near(tmp_path: Path) -> None:
    Image.new("1", (30, 20)).save(tmp_path / "a.png")
    body = '<img alt="a" src="../_images/a.png" /><img src="../_images/a.png" width="5" /><img src="other.png" />'
    placed = placed_images(body, {"a.png": tmp_path / "a.png"})
    first, rest = placed.split("/>", 1)
    assert first == '<img loading="lazy" width="30" height="20" alt="a" src="../_images/a.webp" '
    assert rest == '<img src="../_images/a.webp" width="5" /><img src="other.png" />'


def test_a_picture_becomes_smaller_and_keeps_its_lines_and_its_transparency(tmp_path: Path) -> None:
    few, clear = Image.new("P", (40, 40), 1), Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    few.putpalette([255, 255, 255, 0, 114, 178, 213, 94, 0])
    few.paste(2, (3, 0, 4, 40))  # a line of one dot's width
    clear.paste((0, 114, 178, 255), (3, 0, 4, 40))
    many = Image.linear_gradient("L").convert("RGB")
    many.paste((213, 94, 0), (100, 0, 101, 256))
    for name, picture in {"few": few, "clear": clear, "many": many}.items():
        picture.save(tmp_path / f"{name}.png")
    write_smaller(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clear.webp", "few.webp", "many.webp"]
    assert Image.open(tmp_path / "few.webp").convert("RGB").tobytes() == few.convert("RGB").tobytes()
    written = Image.open(tmp_path / "clear.webp").convert("RGBA")
    assert written.getpixel((20, 20))[3] == 0
    assert written.getpixel((3, 20)) == (0, 114, 178, 255)
    drawn = Image.open(tmp_path / "many.webp").convert("RGB")
    assert len(drawn.getcolors(100_000)) <= 256
    assert max(abs(a - b) for a, b in zip(drawn.getpixel((100, 9)), (213, 94, 0), strict=True)) <= 2


# --------------------------------------------------------------------------------------------------------- one script


def test_a_script_of_another_host_is_refused() -> None:
    with pytest.raises(ExtensionError, match=r"page: the script https://cdn\.example/x\.js comes from another host"):
        ScriptBundle().take([_JavaScript("https://cdn.example/x.js")], "page")


def test_a_script_the_theme_no_longer_ships_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(ExtensionError, match=r"no longer ships _static/scripts/pydata-sphinx-theme\.js"):
        ScriptBundle().text(tmp_path)


def test_markup_the_theme_no_longer_writes_stops_the_build() -> None:
    with pytest.raises(ExtensionError, match="the theme's markup has changed"):
        theme.repaired("<div>another theme</div>")


# --------------------------------------------------------------------------------------------------------- the policy

SCRIPT = "document.title = 'x'"


def page(head: str = "", body: str = "") -> str:
    policy = content_security_policy([SCRIPT], [])
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}"><script>{SCRIPT}</script>{head}<p>{body}'


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://example.org">a link is no request</a>',
        '<script type="application/json">{"src": 1}</script>',
        '<img src="data:image/png;base64,AA">',
        '<img src="../here.png">',
        "<code>&lt;img onload=x&gt;</code>",
    ],
)
def test_what_a_policy_admits(tmp_path: Path, body: str) -> None:
    (tmp_path / "here.png").touch()
    (tmp_path / "chapters").mkdir()
    assert violations(page(body=body), Path("chapters/page.html"), tmp_path) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<img src="https://example.org/x.png">', "another host"),
        ('<img src="//example.org/x.png">', "another host"),
        ('<img srcset="a.png 1x, https://example.org/x.png 2x">', "another host"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "another host"),
        ('<iframe src="https://example.org"></iframe>', "another host"),
        ("<script>alert(1)</script>", "does not name"),
        ("<style>p { color: red }</style>", "does not name"),
        ('<button onclick="alert(1)">x</button>', "inline handler"),
        ('<img src="gone.png">', "missing file"),
    ],
)
def test_what_a_policy_refuses(tmp_path: Path, body: str, reason: str) -> None:
    assert any(reason in found for found in violations(page(body=body), Path("chapters/page.html"), tmp_path))


def test_workers_from_blobs_are_admitted_where_asked_for_and_nothing_else_changes() -> None:
    strict, loose = (content_security_policy([SCRIPT], [], workers=workers).split("; ") for workers in (False, True))
    assert [part for part in loose if part not in strict] == ["worker-src blob:"]
    assert [part for part in strict if part not in loose] == []
    assert not any("blob:" in part or "unsafe-eval" in part for part in strict)


def test_a_page_without_a_policy_is_found(tmp_path: Path) -> None:
    assert violations("<p>", Path("page.html"), tmp_path) == ["it has no Content-Security-Policy"]


# ------------------------------------------------------------------------------------------------------ the downloads


def notebook(cell: str, model: str, other: str) -> dict[str, Any]:
    view = {"output_type": "display_data", "metadata": {}, "data": {WIDGET_VIEW: {"model_id": model}}}
    state = {other: {"model_name": "AnyModel", "state": {}}, model: {"model_name": "AnyModel", "state": {}}}
    cells = [{"cell_type": "code", "id": cell, "source": "x", "outputs": [view], "metadata": {}}]
    return {"cells": cells, "metadata": {"widgets": {WIDGET_STATE: {"state": state}}}, "nbformat": 4}


def test_a_downloaded_notebook_carries_no_random_name() -> None:
    text = stable_notebook(notebook("c0ffee", "aaaa1111", "bbbb2222"))
    assert text == stable_notebook(notebook("facade", "ffff9999", "eeee8888"))
    assert list(json.loads(text)["metadata"]["widgets"][WIDGET_STATE]["state"]) == ["m0"]


# ------------------------------------------------------------------------------------------------------- a whole book

ROOT_PAGE = "# A book\n"
PLAIN_PAGE = "# Words\n\n:::{note}\nA note.\n:::\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> MiniBook:
    pages = {"index": ROOT_PAGE, "plain": PLAIN_PAGE, "figure": FIGURE_PAGE}
    made = MiniBook(tmp_path_factory.mktemp("light") / "book", pages, without=[])
    made.build()
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def clean(book: MiniBook, *names: str) -> None:
    for name in names:
        shutil.rmtree(book.folder / "_build" / name)


def test_builds_from_clean_are_identical_with_and_without_cached_cells(book: MiniBook) -> None:
    html = book.folder / "_build" / "html"
    first = files(html)
    clean(book, "html", ".doctrees", "jupyter_execute")
    book.build()  # the cells come from the cache
    cached = files(html)
    clean(book, "html", ".doctrees", "jupyter_execute", ".jupyter_cache")
    book.build()  # the cells run again and their widgets have other names
    executed = files(html)
    assert [name for name in first if cached.get(name) != first[name]] == []
    assert [name for name in first if executed.get(name) != first[name]] == []
    assert first.keys() == cached.keys() == executed.keys()


def test_pages_link_one_script_and_one_stylesheet_of_the_theme_and_one_for_paper(book: MiniBook) -> None:
    text = book.page("plain")
    assert text.count("<script defer") + text.count("<script data-sd-tabs") == 1
    sheets = re.findall(r'<link[^>]*rel="stylesheet"[^>]*>', text)
    assert ['media="print"' in sheet for sheet in sheets] == [False, True]
    assert "searchindex.js" not in text
    assert "searchindex.js" in (book.folder / "_build" / "html" / "search.html").read_text()
    assert not list((book.folder / "_build" / "html").rglob("fontawesome*.js"))


def test_fonts_hold_the_characters_of_the_book_and_few_others(book: MiniBook) -> None:
    font = TTFont(book.folder / "_build" / "html" / "_static" / "fonts" / "fa-solid-900.woff2")
    glyphs = font.getBestCmap()
    assert {0xF0C9, 0xF002} <= glyphs.keys()  # menu and search
    assert len(glyphs) < 60


def test_a_page_written_alone_keeps_what_the_others_need(book: MiniBook) -> None:
    static = book.folder / "_build" / "html" / "_static"
    assert ".admonition.note" in (static / "book.css").read_text()
    other = (book.folder / "_build" / "html" / "chapters" / "plain.html").stat().st_mtime_ns
    book.write("figure", FIGURE_PAGE + "\nOne more sentence.\n")
    book.build()
    assert "One more sentence." in book.page("figure")
    assert (book.folder / "_build" / "html" / "chapters" / "plain.html").stat().st_mtime_ns == other
    assert ".admonition.note" in (static / "book.css").read_text()


def test_an_interrupted_build_is_made_good_by_the_next(book: MiniBook) -> None:
    stylesheet = book.folder / "_build" / "html" / "_static" / "book.css"
    whole = stylesheet.read_text()
    stylesheet.unlink()
    book.build()
    assert stylesheet.read_text() == whole


def test_a_page_that_asks_another_host_fails_the_build(book: MiniBook) -> None:
    book.write("plain", PLAIN_PAGE + '\n<img src="https://example.org/x.png" alt="x">\n')
    said = book.build(succeeds=False)
    assert "chapters/plain.html: a reference to another host: https://example.org/x.png" in said
    book.write("plain", PLAIN_PAGE)
    book.build()
    assert "example.org" not in book.page("plain")
