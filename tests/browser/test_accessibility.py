"""Every page for every reader: what axe-core checks, contrast in light and dark, and words for every picture."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import faults

OPEN_ALL = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
}"""

WORDLESS = """() => [
  ...[...document.querySelectorAll("img")].filter((image) => !image.alt.trim() && !image.closest(".logo")),
  ...[...document.querySelectorAll("article figure")].filter(
    (each) => !each.parentElement.closest("figure, body").querySelector(":scope > figcaption")?.innerText
      && !each.querySelector(":scope > figcaption")?.innerText,
  ),
].map((element) => element.outerHTML.slice(0, 160))"""


@pytest.fixture(scope="module")
def pages(built_book: Path) -> list[str]:
    """Every page of the book and the search."""
    found = sorted(str(page.relative_to(built_book)) for page in built_book.rglob("*.html"))
    return [name for name in found if not name.startswith("_") and name != "index.html"]


@pytest.fixture
def opened(site: str, pages: list[str], open_page: Callable[..., Page]) -> Iterator[tuple[str, Page]]:
    """Each page in turn, its folds open and its figures drawn."""

    def each() -> Iterator[tuple[str, Page]]:
        page = open_page(bypass_csp=True)  # for axe's script and the stilling style alone; other tests hold the policy
        for name in pages:
            page.goto(f"{site}/{name}", wait_until="networkidle")
            page.evaluate(OPEN_ALL)
            for slot in page.locator(".live-slot").all():
                slot.scroll_into_view_if_needed()
                slot.locator(".live-view > *, .live-slider > *").first.wait_for(state="attached")
            yield name, page

    return each()


def test_no_page_violates_a_rule_of_axe_and_every_text_stands_out(opened: Iterator[tuple[str, Page]]) -> None:
    troubles: dict[str, Any] = {}
    for name, page in opened:
        found = page.evaluate(WORDLESS)
        found += faults(page, fewest_texts=20)
        if found:
            troubles[name] = found
    assert troubles == {}
