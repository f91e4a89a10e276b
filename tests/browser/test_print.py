"""Chapters on paper, and the book as one PDF."""

import dataclasses
import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from pypdf.generic import Destination

from scripts import print_book
from scripts.browsers import nowhere
from scripts.build_book import ROOT

CHAPTER = "chapters/03-bouncing-across-ravines"
PROOFS = "chapters/04-proof/1-properties"
LEDGER = "chapters/reference/ledger"
SELECTION = ["chapters/01-introduction", "chapters/02-related-work", "chapters/reference/bibliography"]

WIDTH = 210 - 2 * 18  # of the text on A4, in mm; the margins are those of print.css
MILLIMETRE = 96 / 25.4  # in a browser's pixels
POINT = 72 / 25.4

# The texts inside the folds, those that no formula interrupts; what a reader of paper has no use for; and what is cut.
FOLDED = """() => [...document.querySelectorAll("details.fold")].flatMap((fold) => {
  const walk = document.createTreeWalker(fold, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) {
    const { parentElement, data } = walk.currentNode;
    if (!parentElement.closest(".katex, form, button, noscript, svg") && data.trim().length > 30) texts.push(data);
  }
  return [fold.querySelector("summary").textContent, ...texts];
})"""
FOR_SCREENS = """() => {
  const parts = "nav, .bd-sidebar, .bd-header-article, .prev-next-footer, .live-view, form, button, input, .headerlink";
  const seen = [...document.querySelectorAll(parts)].filter((part) => part.checkVisibility());
  return seen.map((part) => part.outerHTML.slice(0, 200));
}"""
TOO_WIDE = """() => {
  const parts = [...document.querySelectorAll("article :is(:not(.katex *, svg *), .katex-html > *)")];
  const wide = parts.filter((each) => {
    if (!each.checkVisibility()) return false;
    const clips = getComputedStyle(each).overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1;
    return clips || each.getBoundingClientRect().right > innerWidth + 1;
  });
  return wide.map((each) => each.outerHTML.slice(0, 200));
}"""
# A dozen rows of the ledger are like the others, and are printed in a tenth of the time.
SHORTEN = "[...document.querySelectorAll('.ledger-row')].slice(12).forEach((row) => row.remove())"


def squeezed(text: str) -> str:
    """The text without spaces and ligatures, which a PDF does not keep."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def words(reader: PdfReader) -> tuple[str, list[float]]:
    """All that is printed, but for the pages' numbers, which Chromium writes first; and where each piece begins."""
    starts: list[float] = []

    def note(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            starts.append(cm[0] * tm[4] + cm[2] * tm[5] + cm[4])

    pages = [page.extract_text(visitor_text=note) for page in reader.pages]
    return squeezed("".join(re.sub(r"^\d+\s", "", page) for page in pages)), starts


def printed(page: Page) -> PdfReader:
    return PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True, tagged=False, outline=False)))


def on_paper(page: Page) -> None:
    """Shows the page on the screen as it will be printed."""
    page.set_viewport_size({"width": int(WIDTH * MILLIMETRE), "height": 900})
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")


@pytest.mark.parametrize("name", [CHAPTER, PROOFS, LEDGER])
def test_a_page_is_printed_whole_and_without_what_serves_a_screen(site: str, page: Page, name: str) -> None:
    page.goto(f"{site}/{name}.html")
    assert len(page.evaluate(FOR_SCREENS)) > 10
    on_paper(page)
    assert page.evaluate(FOR_SCREENS) == []
    assert page.evaluate(TOO_WIDE) == []
    page.emulate_media(media="null")
    page.reload()
    page.evaluate(SHORTEN)
    folded = page.evaluate(FOLDED)
    assert len(folded) > 20
    text, starts = words(printed(page))
    missing = [each for each in folded if squeezed(each) not in text]
    assert missing == []
    assert min(starts) > 18 * POINT - 1
    assert max(starts) < (210 - 18) * POINT
    assert page.refused == []
    assert page.errors == []


def test_a_live_figure_is_printed_as_its_one_picture(site: str, page: Page) -> None:
    page.goto(f"{site}/{CHAPTER}.html")
    figures = page.locator(".live-slot.has-picture")
    pictures = page.locator("article figure img:not(.live-slot *), .cell_output > img")
    assert figures.count() > 0
    expected = figures.count() + pictures.count()
    reader = printed(page)
    images = [
        name
        for sheet in reader.pages
        for name, thing in sheet["/Resources"].get("/XObject", {}).items()
        if thing.get_object()["/Subtype"] == "/Image"
    ]
    assert len(images) == expected
    on_paper(page)
    for figure in figures.all():
        assert [image.is_visible() for image in figure.locator("img").all()] == [True]
        assert not figure.locator(".live-view").first.is_visible()


def test_a_dark_page_is_printed_light_and_is_dark_again(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(color_scheme="dark")
    page.goto(f"{site}/{PROOFS}.html")
    ground = "getComputedStyle(document.documentElement).getPropertyValue('--pst-color-background').trim()"
    dark = page.evaluate(ground)
    page.evaluate(f"addEventListener('beforeprint', () => {{ globalThis.printed = {ground}; }})")
    printed(page)
    assert page.evaluate("printed") in ("#fff", "#ffffff", "white")
    assert page.evaluate(ground) == dark != page.evaluate("printed")


def test_a_formula_wider_than_the_paper_is_set_smaller_and_broken_and_others_stay_as_they_are(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/{PROOFS}.html")
    page.evaluate("""() => {
      const [first, second] = document.querySelectorAll("section > div.math .katex-html");
      const lengthen = (line) => {
        const parts = [...line.children];
        for (let copies = 0; copies < 24; copies++) line.append(...parts.map((part) => part.cloneNode(true)));
      };
      lengthen(first);
      lengthen(second.firstElementChild); // cannot be broken
    }""")
    on_paper(page)
    scales = page.evaluate("""() => [...document.querySelectorAll("section > div.math .formula")].map((formula) => {
      const sizes = [formula.firstElementChild, formula].map((each) => parseFloat(getComputedStyle(each).fontSize));
      return sizes[0] / sizes[1];
    })""")
    assert scales[0] == pytest.approx(0.8)
    assert scales[1] < 0.7
    assert scales[2:] == [1] * (len(scales) - 2)
    assert page.evaluate(TOO_WIDE) == []


@pytest.fixture(scope="module")
def book(built_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdfReader]:
    """Three pages of the book as one PDF."""
    out = tmp_path_factory.mktemp("pdf") / "deep" / "book.pdf"
    command = [sys.executable, "-m", "scripts.print_book", "--out", out, *SELECTION]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    with PdfReader(out) as reader:
        assert f"\n{len(reader.pages)} pages, " in run.stdout
        yield reader


def titles(outline: list[Destination | list]) -> Iterator[str]:
    for item in outline:
        yield from titles(item) if isinstance(item, list) else [str(item.title)]


def test_the_book_has_an_outline_and_numbers_that_go_on(book: PdfReader, built_book: Path) -> None:
    found = list(titles(book.outline))
    headings = ["Introduction", "Related work: a map with dates", "Bibliography"]
    assert [title for title in found if title in headings] == headings
    assert [title for title in found if title in ("The question", "The bounce", "Reference")] == [
        "The question",
        "Reference",
    ]
    assert book.metadata.title == yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    front = book.page_labels.index("1")
    assert front >= 2
    numbers = [re.findall(r"^\d+$", sheet.extract_text(), flags=re.M) for sheet in book.pages[front:]]
    assert all(str(number) in each for number, each in enumerate(numbers, start=1))
    first = book.pages[0].extract_text()
    assert all(name in first for name in ("Bartlett", "Long", "Bousquet", "CC BY 4.0", "MIT", "https://jmlr.org/"))


def test_the_contents_give_the_pages_on_which_the_chapters_begin(book: PdfReader) -> None:
    front = book.page_labels.index("1")
    contents = "\n".join(sheet.extract_text() for sheet in book.pages[1:front])
    for item in book.outline:
        for chapter in item if isinstance(item, list) else []:
            if isinstance(chapter, Destination):
                number = book.get_destination_page_number(chapter) - front + 1
                assert re.search(rf"{re.escape(chapter.title)}\s+{number}\b", contents), chapter.title
                assert chapter.title in book.pages[front + number - 1].extract_text().splitlines()


def test_links_lead_to_places_of_the_same_file_or_to_other_hosts(book: PdfReader) -> None:
    sheets = {sheet.indirect_reference.idnum: number for number, sheet in enumerate(book.pages)}
    inside, outside = [], []
    for number, sheet in enumerate(book.pages):
        for link in sheet.get("/Annots", []):
            link = link.get_object()
            if "/Dest" in link:
                inside.append((number, sheets[link["/Dest"][0].idnum]))
            else:
                outside.append(str(link["/A"]["/URI"]))
    assert outside
    assert all(address.startswith("https://") or address.startswith("http://proceedings") for address in outside)
    last = sheets[book.pages[-1].indirect_reference.idnum]
    works = [number for number in range(last + 1) if "Foret" in book.pages[number].extract_text()]
    citing = {number for number, target in inside if target in works and target > last - 6}
    assert len(citing) > 5  # citations of both chapters lead into the list of works
    heights = [link.get_object()["/Dest"][3] for sheet in book.pages[1:3] for link in sheet["/Annots"]]
    assert len(set(heights)) > 5  # to their places on a sheet, not to its top


def test_all_pages_are_printed_in_the_order_of_the_contents() -> None:
    toc = ROOT / "_toc.yml"
    named = re.findall(r"(?:root|file): (\S+)", toc.read_text(encoding="utf-8"))
    assert [entry.name for entry in print_book.chosen([], toc)] == named
    assert [entry.name for entry in print_book.chosen([named[5], named[2]], toc)] == [named[2], named[5]]
    with pytest.raises(ValueError, match=r"no page is called 'chapters/08'; .*chapters/07-open-problems"):
        print_book.chosen([named[2], "chapters/08"], toc)


def test_without_a_chromium_it_is_said_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, built_book: Path, tmp_path: Path
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    nobody = dataclasses.replace(print_book.CHROMIUM, commands=(), mac=tmp_path / "none", elsewhere=nowhere)
    monkeypatch.setattr(print_book, "CHROMIUM", nobody)
    with pytest.raises(RuntimeError, match="CHROMIUM"):
        print_book.print_book([print_book.Entry(CHAPTER)], tmp_path / "a.pdf", folder=built_book)


def test_a_page_that_is_missing_or_asks_another_host_is_not_printed(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<article id='a'><h1>A</h1><script src='http://192.0.2.1/a.js'></script></article>"
    )
    with print_book.served(tmp_path) as address:
        press = print_book.Press(browser, address, "A4")
        with pytest.raises(RuntimeError, match=r"no page b\.html"):
            press.chapter("b", 0)
        with pytest.raises(RuntimeError, match=r"another host: http://192\.0\.2\.1/a\.js"):
            press.chapter("a", 0)
        press.context.close()
