"""The built book in a browser: whole without a network, light, and usable on a phone."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Response, expect

FIGURE_CHAPTER = "chapters/03-bouncing-across-ravines.html"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}

# In thousands of bytes, compressed as any web server does; the stock theme's plain page weighs 1300 in 33 requests.
WEIGHT_OF_A_PLAIN_PAGE, WEIGHT_OF_A_FIGURE_PAGE, REQUESTS = 160, 300, 20
# The ledger has over a thousand formulas.
LEDGER, WEIGHT_OF_THE_LEDGER = "chapters/reference/ledger.html", 380
COMPRESSED_ALREADY = (".woff2", ".png")

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def pages(built_book: Path) -> list[str]:
    """Every page of the book, search and index included; the first file is only a redirection to the preface."""
    found = sorted(str(page.relative_to(built_book)) for page in built_book.rglob("*.html"))
    return [name for name in found if not name.startswith("_") and name != "index.html"]


def has_figure(page: Page) -> bool:
    return page.locator(".live-slot.has-picture").count() > 0


# ----------------------------------------------------------------------------------------------------- self-contained


def test_every_page_is_whole_without_a_network(site: str, pages: list[str], page: Page) -> None:
    troubles = {}
    for name in pages:
        page.refused.clear()
        page.errors.clear()
        page.goto(f"{site}/{name}", wait_until="networkidle")
        found = [*page.refused, *page.errors]
        if not page.locator("meta[http-equiv=Content-Security-Policy]").count():
            found.append("no policy")
        if found:
            troubles[name] = found
    assert troubles == {}


def test_scripts_and_styles_that_the_policy_does_not_name_are_refused(site: str, page: Page) -> None:
    page.goto(f"{site}/{FIGURE_CHAPTER}")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'ran'";
            document.head.append(script);
            document.body.insertAdjacentHTML("beforeend", `<img src="gone.png" onerror="document.title = 'ran'">`);
        }"""
    )
    page.wait_for_load_state("networkidle")
    assert page.title() != "ran"
    assert len([error for error in page.errors if "Content Security Policy" in error]) >= 2


def test_every_page_is_alive_when_opened_as_a_file(built_book: Path, pages: list[str], page: Page) -> None:
    troubles = {}
    for name in pages:
        page.errors.clear()
        page.goto((built_book / name).as_uri(), wait_until="networkidle")
        for slot in page.locator(".live-slot").all():
            slot.scroll_into_view_if_needed()
            expect(slot.locator(".live-view, .live-slider").first).not_to_be_empty()
        if page.errors:
            troubles[name] = list(page.errors)
    assert troubles == {}


# ------------------------------------------------------------------------------------------------------------- weight


def test_every_page_is_light(site: str, pages: list[str], open_page: Open) -> None:
    too_heavy = {}
    for name in pages:
        page = open_page()
        responses: list[Response] = []
        page.on("response", lambda response, kept=responses: kept.append(response))
        page.goto(f"{site}/{name}", wait_until="networkidle")
        weight = sum(compressed(response) for response in responses) / 1000
        limit = WEIGHT_OF_A_FIGURE_PAGE if has_figure(page) else WEIGHT_OF_A_PLAIN_PAGE
        limit = WEIGHT_OF_THE_LEDGER if name == LEDGER else limit
        if weight > limit or len(responses) > REQUESTS:
            too_heavy[name] = f"{weight:.0f} kB in {len(responses)} requests; at most {limit} kB in {REQUESTS}"
        page.close()
    assert too_heavy == {}


def compressed(response: Response) -> int:
    body = response.body()
    return len(body) if response.url.endswith(COMPRESSED_ALREADY) else len(gzip.compress(body))


SHIFTS = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => {
        resolve(list.getEntries().reduce((sum, entry) => sum + entry.value, 0));
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(resolve, 300, 0);
})"""


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_nothing_jumps_while_a_page_with_a_figure_loads(site: str, open_page: Open, options: dict[str, object]) -> None:
    page = open_page(**options)
    page.goto(f"{site}/{FIGURE_CHAPTER}", wait_until="networkidle")
    assert page.evaluate(SHIFTS) <= 0.05


# --------------------------------------------------------------------------------------------------------- on a phone


@pytest.fixture
def phone(site: str, open_page: Open) -> Page:
    page = open_page(**PHONE)
    page.goto(f"{site}/{FIGURE_CHAPTER}")
    return page


def button(page: Page, kind: str) -> Locator:
    return page.locator(f".{kind}").locator("visible=true").first


def test_the_menu_opens_and_leads_to_another_chapter(phone: Page) -> None:
    link = phone.locator("#pst-primary-sidebar-modal a", has_text="Introduction").first
    expect(link).to_be_hidden()
    button(phone, "primary-toggle").tap()
    expect(link).to_be_in_viewport()
    link.tap()
    expect(phone).to_have_url(re.compile(r"/01-introduction\.html$"))
    assert phone.errors == []


def test_the_contents_of_the_page_open_and_lead_to_a_section(phone: Page) -> None:
    button(phone, "secondary-toggle").tap()
    link = phone.locator("#pst-secondary-sidebar-modal nav a").last
    expect(link).to_be_in_viewport()
    target = link.get_attribute("href")
    link.tap()
    expect(phone.locator(target)).to_be_in_viewport()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_colour_switch_goes_round_and_is_remembered(site: str, open_page: Open, colours: str) -> None:
    page = open_page(**PHONE, color_scheme=colours)
    page.goto(f"{site}/{FIGURE_CHAPTER}")
    expect(page.locator("html")).to_have_attribute("data-theme", colours)
    button(page, "theme-switch-button").tap()
    other = {"light": "dark", "dark": "light"}[colours]
    expect(page.locator("html")).to_have_attribute("data-theme", other)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", other)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background


def search_for(page: Page, words: str) -> Locator:
    """Search from the button in the page's header; the first result."""
    button(page, "search-button").tap()
    page.locator("#pst-search-dialog input").fill(words)
    page.keyboard.press("Enter")
    return page.locator("#search-results li a").first


def test_the_search_finds_and_opens_a_page(phone: Page) -> None:
    result = search_for(phone, "ravine")
    expect(result).to_be_visible()
    expect(phone.locator("#search-results .context").first).to_contain_text("ravine", ignore_case=True)
    result.tap()
    expect(phone.locator("article h1")).to_be_visible()
    assert phone.errors == []


def test_the_search_finds_pages_opened_as_files(built_book: Path, open_page: Open) -> None:
    page = open_page(**PHONE)
    page.goto((built_book / FIGURE_CHAPTER).as_uri())
    expect(search_for(page, "ravine")).to_be_visible()
    assert page.errors == []


def test_every_page_fits_the_width_of_a_phone(site: str, pages: list[str], open_page: Open) -> None:
    page = open_page(**PHONE)
    too_wide = {}
    for name in pages:
        page.goto(f"{site}/{name}", wait_until="networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["viewport"]["width"]:
            too_wide[name] = width
    assert too_wide == {}


# ------------------------------------------------------------------------------------------------- without JavaScript


def test_without_javascript_a_page_has_colours_and_pictures(site: str, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{site}/{FIGURE_CHAPTER}", wait_until="networkidle")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator(".live-slot.has-picture img").first).to_be_visible()
    expect(page.locator(".theme-switch-button").first).to_be_hidden()
