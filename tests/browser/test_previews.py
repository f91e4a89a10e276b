"""Hover or focus on a reference to a statement shows the statement."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts.serve_book import serve
from tests.browser.accessibility import faults

MAP = "chapters/04-proof/index.html"
PROPERTIES = "chapters/04-proof/1-properties.html"
SADDLES = "chapters/04-proof/4-avoiding-saddles.html"
TO_LEMMA_4 = "article a[href='1-properties.html#lemma-4']"
TO_LEMMA_14 = "article p:not(.evidence-links) > a[href='#lemma-14-a']"
TO_LEMMA_6 = "article a[href='2-early-descent.html#lemma-6']"

Open = Callable[..., Page]

# The words of a box as its page shows them, without what a preview leaves out.
WORDS = """(box) => {
  const copy = box.cloneNode(true);
  for (const part of copy.querySelectorAll(".evidence, .headerlink, .proof, .symbols, annotation")) part.remove();
  return copy.textContent.replace(/\\s+/g, " ").trim();
}"""

REPEATED_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  return ids.filter((id, place) => ids.indexOf(id) !== place);
}"""


@pytest.fixture(scope="module")
def below(built_book: Path) -> Iterator[str]:
    """The address of the book under a path of its server, as on GitHub Pages."""
    server = serve(built_book.parent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{built_book.name}"
    server.shutdown()
    server.server_close()
    thread.join()


def shown(page: Page) -> Locator:
    return page.locator(".statement-preview")


def asked_for(page: Page) -> list[str]:
    """The scripts of previews that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/previews/" in request.url else None)
    return asked


def rest(page: Page) -> None:
    """Move the pointer to where no link is."""
    page.mouse.move(2, 2)


def tab_to(page: Page, link: Locator) -> None:
    """Press Tab until the focus is on `link`."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if link.evaluate("(link) => link === document.activeElement"):
            return
    pytest.fail("the keyboard does not reach the link")


def still(page: Page, address: str) -> None:
    """Open a page whose clock goes on only when it is told to."""
    page.clock.install(time=0)
    page.goto(address, wait_until="networkidle")
    page.clock.pause_at(3_600_000)


@pytest.mark.parametrize("opened_as", ["site", "file"])
def test_a_statement_of_another_page_is_fetched_once_and_shown(
    below: str, built_book: Path, page: Page, opened_as: str
) -> None:
    root = below if opened_as == "site" else built_book.as_uri()
    page.goto(f"{root}/{PROPERTIES}")
    words = page.locator("[id='lemma-4']").evaluate(WORDS)
    asked = asked_for(page)
    page.goto(f"{root}/{MAP}", wait_until="networkidle")
    assert asked == []
    link = page.locator(TO_LEMMA_4).first
    link.hover()
    expect(shown(page)).to_be_visible()
    assert shown(page).locator(".statement").evaluate(WORDS) == words
    expect(shown(page)).to_have_attribute("role", "tooltip")
    expect(link).to_have_attribute("aria-describedby", "statement-preview")
    assert shown(page).locator(".katex-html").count() > 2
    assert shown(page).locator("[data-preview], .headerlink, .evidence, a:not([tabindex='-1'])").count() == 0
    assert page.evaluate(REPEATED_IDS) == []
    rest(page)
    expect(shown(page)).to_have_count(0)
    assert link.get_attribute("aria-describedby") is None
    link.hover()
    expect(shown(page)).to_be_visible()
    assert asked == [f"{root}/_static/previews/chapters/04-proof/1-properties.js"]
    assert (page.errors, page.refused) == ([], [])


@pytest.mark.parametrize("opened_as", ["site", "file"])
def test_a_statement_of_the_same_page_is_taken_from_it(
    below: str, built_book: Path, page: Page, opened_as: str
) -> None:
    root = below if opened_as == "site" else built_book.as_uri()
    page.goto(f"{root}/{SADDLES}")
    asked = asked_for(page)
    link = page.locator(TO_LEMMA_14).locator("visible=true").first
    link.hover()
    expect(shown(page)).to_be_visible()
    words = page.locator("article [id='lemma-14-a']").evaluate(WORDS)
    assert words.startswith("Lemma 14(a)")
    assert shown(page).locator(".statement").evaluate(WORDS) == words
    assert shown(page).locator(".headerlink, .evidence, [tabindex='0'], [data-preview]").count() == 0
    assert page.evaluate(REPEATED_IDS) == []
    assert asked == []
    assert (page.errors, page.refused) == ([], [])


def test_links_in_a_preview_lead_where_they_lead_on_its_own_page(below: str, page: Page) -> None:
    page.goto(f"{below}/{MAP}")
    page.locator("article a[href='../03-bouncing-across-ravines.html#theorem-1']").first.hover()
    inner = shown(page).locator("a").first
    expect(inner).to_be_visible()
    there = f"{below}/chapters/04-proof/5-putting-it-together.html#theorem-3"
    assert inner.evaluate("(link) => link.href") == there
    inner.click()
    expect(page).to_have_url(there)
    expect(shown(page)).to_have_count(0)
    assert page.errors == []


def test_focus_shows_escape_hides_and_focus_stays(below: str, page: Page) -> None:
    page.goto(f"{below}/{MAP}")
    before, link, next_link = (page.locator("article a[data-preview]").nth(place) for place in (1, 2, 3))
    before.focus()
    tab_to(page, link)
    expect(shown(page)).to_be_visible()
    expect(link).to_have_attribute("aria-describedby", "statement-preview")
    first = shown(page).inner_text()
    page.keyboard.press("Escape")
    expect(shown(page)).to_have_count(0)
    expect(link).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(link).to_have_attribute("aria-describedby", "statement-preview")
    assert shown(page).inner_text() == first
    tab_to(page, next_link)
    expect(next_link).to_have_attribute("aria-describedby", "statement-preview")
    expect(shown(page)).to_have_count(1)
    assert shown(page).inner_text() != first
    page.locator("article h1").click()
    expect(shown(page)).to_have_count(0)
    assert page.errors == []


def test_the_pointer_passes_without_a_preview_and_goes_onto_one(below: str, page: Page) -> None:
    still(page, f"{below}/{MAP}")
    asked = asked_for(page)
    link = page.locator(TO_LEMMA_4).first
    link.hover()
    page.clock.run_for(140)
    rest(page)
    page.clock.run_for(1000)
    assert asked == []
    link.hover()
    page.clock.run_for(160)
    expect(shown(page)).to_be_visible()
    rest(page)
    page.clock.run_for(200)  # on the way
    shown(page).hover()
    page.clock.run_for(5000)
    expect(shown(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(shown(page)).to_have_count(0)
    rest(page)
    link.hover()
    page.clock.run_for(160)
    shown(page).hover()
    page.clock.run_for(1000)
    rest(page)
    page.clock.run_for(320)
    expect(shown(page)).to_have_count(0)
    assert page.errors == []


def test_a_page_that_scrolls_under_a_resting_pointer_shows_nothing(below: str, page: Page) -> None:
    still(page, f"{below}/{SADDLES}")
    link = page.locator(TO_LEMMA_14).locator("visible=true").first
    place = link.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 5, 300)
    page.evaluate("(y) => scrollTo({ top: y, behavior: 'instant' })", place["y"] + place["height"] / 2 - 300)
    expect(page.locator(f"{TO_LEMMA_14}:hover")).to_have_count(1)
    page.clock.run_for(1000)
    expect(shown(page)).to_have_count(0)
    page.mouse.move(place["x"] + 7, 300)
    page.clock.run_for(1000)
    expect(shown(page)).to_be_visible()


@pytest.mark.parametrize("window", [(1280, 720), (360, 740), (800, 300)], ids=["desk", "narrow", "short"])
def test_a_preview_stays_within_the_window_and_off_its_link(
    below: str, open_page: Open, window: tuple[int, int]
) -> None:
    width, height = window
    page = open_page(viewport={"width": width, "height": height})
    page.goto(f"{below}/chapters/04-proof/5-putting-it-together.html", wait_until="networkidle")
    troubles, scrolls = [], 0
    for link in page.locator("article a[data-preview]").locator("visible=true").all()[::3]:
        link.focus()
        expect(link).to_have_attribute("aria-describedby", "statement-preview")
        page.evaluate("document.fonts.ready")
        place, target = shown(page).bounding_box(), link.bounding_box()
        assert place is not None
        assert target is not None
        inside = place["x"] >= 0 and place["x"] + place["width"] <= width
        inside &= place["y"] >= 0 and place["y"] + place["height"] <= height
        apart = place["y"] >= target["y"] + target["height"] or place["y"] + place["height"] <= target["y"]
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        if not inside or not apart or wide or place["height"] < 40:
            troubles.append((link.inner_text(), place, target, wide))
        scrolls += shown(page).evaluate("(preview) => preview.scrollHeight > preview.clientHeight + 1")
    assert troubles == []
    assert scrolls > 0 or height > 300
    assert page.errors == []


def test_a_long_statement_scrolls_by_wheel_and_by_the_arrows_of_the_keyboard(below: str, open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 400})
    page.goto(f"{below}/{MAP}", wait_until="networkidle")
    link = page.locator("article a[href='5-putting-it-together.html#theorem-3']").locator("visible=true").first
    link.focus()
    expect(shown(page)).to_be_visible()
    page.evaluate("document.fonts.ready")
    before = page.evaluate("scrollY")
    page.keyboard.press("ArrowDown")
    assert shown(page).evaluate("(preview) => preview.scrollTop") == 40
    page.keyboard.press("ArrowUp")
    assert shown(page).evaluate("(preview) => preview.scrollTop") == 0
    assert page.evaluate("scrollY") == before
    place = shown(page).bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 100, place["y"] + place["height"] / 2)
    page.mouse.wheel(0, 60)
    expect(shown(page)).not_to_have_js_property("scrollTop", 0)
    assert page.evaluate("scrollY") == before


def test_a_touch_follows_the_link(below: str, open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True)
    still(page, f"{below}/{SADDLES}")
    link = page.locator(TO_LEMMA_14).locator("visible=true").first
    link.dispatch_event("pointermove", {"pointerType": "touch"})  # a finger that drags the page
    page.clock.run_for(1000)
    expect(shown(page)).to_have_count(0)
    link.tap()
    expect(page).to_have_url(re.compile("#lemma-14-a$"))
    page.clock.run_for(1000)
    expect(shown(page)).to_have_count(0)
    link.dispatch_event("pointermove", {"pointerType": "mouse"})
    page.clock.run_for(1000)
    expect(shown(page)).to_be_attached()


def test_a_click_leads_on_and_takes_the_preview_away(below: str, page: Page) -> None:
    still(page, f"{below}/{SADDLES}")
    link = page.locator("article p:not(.evidence-links) > a[href='#lemma-14-b']").locator("visible=true").first
    link.hover()
    page.clock.run_for(200)
    expect(shown(page)).to_be_visible()
    page.mouse.down()
    page.clock.run_for(1000)
    expect(shown(page)).to_have_count(0)
    page.mouse.up()
    expect(page).to_have_url(re.compile("#lemma-14-b$"))
    rest(page)
    link.hover()
    page.clock.run_for(200)
    shown(page).locator("a").first.click()
    expect(page).to_have_url(re.compile("#lemma-14-a$"))
    expect(shown(page)).to_have_count(0)


def test_a_preview_is_not_printed_and_moves_only_where_motion_is_welcome(below: str, page: Page) -> None:
    page.goto(f"{below}/{MAP}")
    page.locator(TO_LEMMA_4).first.hover()
    expect(shown(page)).to_be_visible()
    animation = "(preview) => getComputedStyle(preview).animationName"
    page.emulate_media(reduced_motion="no-preference")
    assert shown(page).evaluate(animation) == "statement-preview-comes"
    page.emulate_media(reduced_motion="reduce")
    assert shown(page).evaluate(animation) == "none"
    page.emulate_media(media="print")
    expect(shown(page)).to_have_count(1)
    expect(shown(page)).to_be_hidden()


def test_where_the_script_is_missing_the_link_is_still_a_link(below: str, page: Page) -> None:
    page.goto(f"{below}/{MAP}")
    page.route("**/previews/**", lambda route: route.abort())
    link = page.locator(TO_LEMMA_4).first
    with page.expect_event("requestfailed"):
        link.hover()
    expect(shown(page)).to_have_count(0)
    assert link.get_attribute("aria-describedby") is None
    page.unroute("**/previews/**")
    rest(page)
    page.locator(TO_LEMMA_6).first.hover()  # another page's statements are there
    expect(shown(page)).to_be_visible()
    link.hover()  # and now these are
    expect(link).to_have_attribute("aria-describedby", "statement-preview")
    link.click()
    expect(page).to_have_url(re.compile("1-properties.html#lemma-4$"))


def test_a_preview_is_accessible_in_both_colours(below: str, open_page: Open) -> None:
    page = open_page(bypass_csp=True, reduced_motion="reduce")  # for axe's script alone
    page.goto(f"{below}/{MAP}", wait_until="networkidle")
    page.locator(TO_LEMMA_4).first.focus()
    expect(shown(page)).to_be_visible()
    assert faults(page) == []
