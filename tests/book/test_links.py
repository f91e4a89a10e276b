"""Every link inside the book leads to a place that is there; every source is cited, every citation has a source."""

import posixpath
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from scripts.build_book import ROOT

ID = re.compile(r'\s(?:id|name)="([^"]+)"')
LINK = re.compile(r'<a\s[^>]*?href="([^"]*)"')
STATE_OF_A_FIGURE = re.compile(r"(fig-[\w-]+)(?:&.*)?")
# Scroll to the top, by HTML's own rule.
TOP = {"", "top"}


@pytest.fixture(scope="module")
def texts(built_book: Path) -> dict[str, str]:
    """The text of every page, by its path inside the site."""
    pages = (page for page in built_book.rglob("*.html") if "_static" not in page.relative_to(built_book).parts)
    return {page.relative_to(built_book).as_posix(): page.read_text(encoding="utf-8") for page in pages}


def broken_links(texts: dict[str, str], root: Path) -> list[str]:
    """Every link to another page, file or place of the site that does not lead there."""
    ids = {name: set(map(unescape, ID.findall(text))) for name, text in texts.items()}
    broken = []
    for name, text in texts.items():
        for address in sorted(set(map(unescape, LINK.findall(text)))):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            folder = posixpath.dirname(name)
            target = posixpath.normpath(posixpath.join(folder, unquote(parts.path))) if parts.path else name
            place = unquote(parts.fragment)
            if figure := STATE_OF_A_FIGURE.fullmatch(place):
                place = figure[1]
            if target not in texts:
                fine = (root / target).is_file() and not place
            else:
                fine = place in ids[target] or place in TOP
            if not fine:
                broken.append(f"{name}: {address}")
    return broken


def test_every_link_inside_the_book_leads_to_a_place_that_is_there(texts: dict[str, str], built_book: Path) -> None:
    assert sum(len(LINK.findall(text)) for text in texts.values()) > 1000
    assert broken_links(texts, built_book) == []


@pytest.mark.parametrize(
    ("address", "is_broken"),
    [
        ("other.html", False),
        ("../index.html", False),
        ("other.html#place", False),
        ("#own", False),
        ("#", False),
        ("file.txt", False),
        ("https://example.org/gone", False),
        ("other.html#fig-toy&amp;eta=0.2", False),
        ("gone.html", True),
        ("other.html#gone", True),
        ("#gone", True),
        ("../other.html", True),
        ("other.html#fig-gone&amp;eta=0.2", True),
    ],
)
def test_a_broken_link_is_found(tmp_path: Path, address: str, is_broken: bool) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "file.txt").touch()
    texts = {
        "index.html": "<p>",
        "part/page.html": f'<p id="own"><a class="x" href="{address}">there</a>',
        "part/other.html": '<p id="place"></p><div id="fig-toy">',
    }
    assert bool(broken_links(texts, tmp_path)) == is_broken


def test_no_two_places_of_a_page_have_the_same_id(texts: dict[str, str]) -> None:
    repeated = {}
    for name, text in texts.items():
        found = re.findall(r'<[a-z][^>]*?\sid="([^"]+)"', text)
        if twice := sorted({each for each in found if found.count(each) > 1}):
            repeated[name] = twice
    assert repeated == {}


def test_every_citation_has_a_source_and_every_source_is_cited() -> None:
    sources = (ROOT / "chapters" / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\s*\{\s*([^,\s]+)\s*,", sources, flags=re.M)
    cited = set()
    for chapter in (ROOT / "chapters").rglob("*.md"):
        for group in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", chapter.read_text(encoding="utf-8")):
            cited |= {key.strip() for key in group.split(",")}
    assert len(keys) == len(set(keys)), "a key stands twice"
    assert sorted(cited - set(keys)) == [], "cited, but not among the sources"
    assert sorted(set(keys) - cited) == [], "among the sources, but cited nowhere"
