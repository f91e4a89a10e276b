"""The book by keyboard alone: Tab through whole pages, the page's furniture, and the keys of every figure."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from samlib import live
from samlib.live._figure import LossFigure
from tests.browser import stage

CHAPTER = "chapters/01-introduction.html"
# The preface with its map, a chapter with exercises and figures, one with tabs, a page of a table, and the graph.
PAGES = [
    "chapters/index.html",
    CHAPTER,
    "chapters/06-simulations.html",
    "chapters/reference/errata.html",
    "chapters/reference/theorem-graph.html",
]
KINDS: list[type[LossFigure]] = [getattr(live, name) for name in live.__all__]
MOST = 600  # stops of a page, more than any has
Open = Callable[..., Page]

# Without motion, so that what is seen right after a key is what stays.
STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { transition: none !important; scroll-behavior: auto !important; }");
  document.adoptedStyleSheets = [sheet];
}"""

# What is wrong with the element that has just got the focus, and, once it has lost it, with how the last one looked.
STOP = """(backwards) => {
  const now = document.activeElement;
  const name = (each) => `${each.localName}.${each.getAttribute("class")} ${each.textContent.trim().slice(0, 30)}`;
  const look = (element) =>
    [element, ...element.querySelectorAll("*")].slice(0, 8).map((each) => {
      const style = getComputedStyle(each);
      const parts = ["boxShadow", "borderColor", "background", "textDecoration", "color", "stroke"];
      return [style.outlineStyle === "none" ? "" : style.outline, ...parts.map((part) => style[part])].join();
    }).join();
  const found = [];
  const last = globalThis.lastStop;
  if (last?.element.isConnected) {
    if (last.element === now) found.push(`a trap: ${name(now)}`);
    else if (look(last.element) === last.look) found.push(`looks alike with and without focus: ${name(last.element)}`);
    const order = backwards ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
    if (now !== document.body && now !== last.element && !(last.element.compareDocumentPosition(now) & order))
      found.push(`out of order: ${name(now)} after ${name(last.element)}`);
  }
  globalThis.lastStop = now === document.body ? null : { element: now, look: look(now) };
  if (now === document.body) return { end: true, found };
  const { top, bottom, left, right } = now.getBoundingClientRect();
  if (bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth) found.push(`out of sight: ${name(now)}`);
  return { end: backwards && now.closest("#pst-skip-link") !== null, found };
}"""


def _walk(page: Page, key: str) -> tuple[int, list[str]]:
    """The number of stops until the focus leaves the page, and what is wrong at them."""
    found: list[str] = []
    for stops in range(MOST):
        page.keyboard.press(key)
        seen = page.evaluate(STOP, key != "Tab")
        found += seen["found"]
        if seen["end"]:
            return stops, found
    return MOST, [*found, "the end is never reached"]


@pytest.mark.parametrize("name", PAGES)
def test_tab_goes_through_the_page_in_order_and_shows_where_it_is(site: str, page: Page, name: str) -> None:
    page.goto(f"{site}/{name}")
    page.evaluate(STILL)
    forth, found = _walk(page, "Tab")
    assert found == []
    assert forth > 50


def test_shift_tab_goes_the_same_way_back(site: str, page: Page) -> None:
    page.goto(f"{site}/chapters/course/problem-set-1.html")
    page.evaluate(STILL)
    forth, _ = _walk(page, "Tab")
    back, found = _walk(page, "Shift+Tab")
    assert found == []
    assert back == forth - 1  # the last is the first stop of the page, from which a browser without a frame goes round


def test_the_first_stop_skips_to_the_text(site: str, page: Page) -> None:
    page.goto(f"{site}/{CHAPTER}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#main-content') !== null")


def test_the_menus_open_and_close_by_keyboard_and_give_the_focus_back(site: str, page: Page) -> None:
    page.goto(f"{site}/{CHAPTER}")
    search = page.locator(".search-button-field:visible").first
    search.press("Enter")
    expect(page.locator("#pst-search-dialog input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#pst-search-dialog")).to_be_hidden()
    expect(search).to_be_focused()

    downloads = page.get_by_role("button", name="Download this page")
    downloads.press("Enter")
    expect(downloads).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.matches('.dropdown-menu.show a, .dropdown-menu.show button')")
    page.keyboard.press("Escape")
    expect(downloads).to_have_attribute("aria-expanded", "false")
    expect(downloads).to_be_focused()

    theme = "document.documentElement.dataset.theme"
    before = page.evaluate(theme)
    page.locator(".theme-switch-button:visible").first.press("Enter")
    assert page.evaluate(theme) != before


def test_on_a_phone_the_contents_open_and_close_by_keyboard(site: str, open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    page.goto(f"{site}/{CHAPTER}")
    for toggle, dialog in (
        (".primary-toggle", "#pst-primary-sidebar-modal"),
        (".secondary-toggle", "#pst-secondary-sidebar-modal"),
    ):
        button = page.locator(f"{toggle}:visible").first
        button.press("Enter")
        expect(page.locator(dialog)).to_be_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("(dialog) => document.activeElement.closest(dialog) !== null", dialog)
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).to_be_hidden()
        expect(button).to_be_focused()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_key_in_a_figures_list_does_something(page: Page, kind: type[LossFigure]) -> None:
    names = [name for name in ("t", "stage", "hops") if name in kind.STATE]
    stage.show(page, kind(key="figure"))
    handle = stage.handle(page, "figure")
    handle.press("?")
    keys = page.locator("#figure dialog kbd").all_text_contents()
    page.keyboard.press("Escape")
    state = "JSON.stringify(models.figure.traits)"
    for key in [*(key for key in keys if len(key) == 1 and key != "?"), *["ArrowLeft", "ArrowUp"]]:
        changes = []
        for place in (2, 3):  # one of which may be where the key leads
            page.evaluate("([names, place]) => names.forEach((name) => models.figure.set(name, place))", [names, place])
            before = page.evaluate(state)
            handle.press(key)
            changes.append(page.evaluate(state) != before)
        assert any(changes), key
    if "Space" in keys:
        before = page.evaluate(state)
        handle.press("Space")
        page.wait_for_function("(before) => JSON.stringify(models.figure.traits) !== before", arg=before)
    assert page.errors == []
