"""The built book in a browser: whole without a network, light, and usable on a phone."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from sphinx_ext.light_pages import weight

FIGURE_CHAPTER = "chapters/03-bouncing-across-ravines.html"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}

HEALTH = "chapters/reference/health.html"
TWO_FIGURES = "chapters/06-simulations.html"

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def pages(built_book: Path) -> list[str]:
    """Every page of the book, search and index included; the first file is only a redirection to the preface."""
    found = sorted(str(page.relative_to(built_book)) for page in built_book.rglob("*.html"))
    return [name for name in found if not name.startswith("_") and name != "index.html"]


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


SHIFTS = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => {
        resolve(list.getEntries().reduce((sum, entry) => sum + entry.value, 0));
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(resolve, 300, 0);
})"""

OPEN_FOLDS = """async () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    await document.fonts.ready;
}"""


def test_every_page_is_light_and_the_page_on_health_says_what_it_weighs(
    site: str, built_book: Path, pages: list[str], open_page: Open
) -> None:
    """The budget holds for all that is sent; the build's table, for what is sent besides pictures and later figures."""
    written = (built_book / HEALTH).read_text(encoding="utf-8")
    rows = dict(re.findall(r'<tr data-page="([^"]+)">(.*?)</tr>', written, flags=re.S))
    assert set(rows) == set(pages) - {"search.html"}
    troubles = {}
    for name in pages:
        page = open_page()
        responses: list[Response] = []
        page.on("response", lambda response, kept=responses: kept.append(response))
        page.goto(f"{site}/{name}", wait_until="networkidle")
        limit = weight.budget((built_book / name).read_text(encoding="utf-8"))
        total = sum(sent_bytes(response) for response in responses) / 1000
        shift = page.evaluate(SHIFTS)
        if total > limit or len(responses) > weight.REQUESTS or shift > 0.05:
            troubles[name] = f"{total:.0f} of {limit} kB in {len(responses)} requests; layout shift {shift:.3f}"
        elif name in rows:
            page.evaluate(OPEN_FOLDS)
            page.wait_for_load_state("networkidle")
            asked = weight.Site(built_book).asked(name)
            sent = {built_book / path_of(response): sent_bytes(response) for response in responses}
            at_once = {file: size for file, size in sent.items() if file not in asked.later}
            kilobytes, said_limit, requests = map(int, re.findall(r"<td>(\d+)</td>", rows[name])[:3])
            if set(at_once) != set(asked.at_once):
                troubles[name] = f"asked for otherwise than computed: {set(at_once) ^ set(asked.at_once)}"
            elif (said_limit, requests) != (limit, len(at_once)) or abs(kilobytes - sum(at_once.values()) / 1000) > 1:
                troubles[name] = f"the table says {rows[name]}, the browser {sum(at_once.values())} in {len(at_once)}"
        page.close()
    assert troubles == {}


def path_of(response: Response) -> str:
    return unquote(urlsplit(response.url).path).lstrip("/")


def sent_bytes(response: Response) -> int:
    return weight.sent(path_of(response), response.body())


def test_a_figure_further_down_is_fetched_when_the_reader_comes_near(site: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/{TWO_FIGURES}", wait_until="networkidle")
    first, second = page.locator(".live-slot[data-figure]").all()
    bundle = f"/figures/{second.get_attribute('data-figure')}."
    assert any(f"/figures/{first.get_attribute('data-figure')}." in url for url in asked)
    assert not any(bundle in url for url in asked)
    second.scroll_into_view_if_needed()
    expect(second.locator(".live-view")).not_to_be_empty()
    assert len([url for url in asked if bundle in url]) == 1
    assert page.errors == []


def test_print_has_the_pictures_of_all_figures(site: str, page: Page) -> None:
    page.goto(f"{site}/{TWO_FIGURES}", wait_until="networkidle")
    page.emulate_media(media="print")
    for slot in page.locator(".live-slot[data-figure]").all():
        picture = slot.locator("img.live-printed")
        picture.scroll_into_view_if_needed()  # printing fetches lazy pictures; a test comes near them
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
        expect(slot.locator(".live-view").locator("visible=true")).to_have_count(0)


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


def test_the_download_menu_obeys_the_keyboard_and_fits_a_phone(phone: Page) -> None:
    toggle = phone.locator(".dropdown-toggle").locator("visible=true").first
    menu = phone.locator(".dropdown-menu").locator("visible=true")
    toggle.focus()
    phone.keyboard.press("ArrowDown")
    expect(menu).to_have_count(1)
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(menu.locator(".dropdown-item").first).to_be_focused()
    place = menu.bounding_box()
    assert place is not None
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= PHONE["viewport"]["width"]
    phone.keyboard.press("ArrowUp")
    expect(menu.locator(".dropdown-item").last).to_be_focused()
    phone.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(toggle).to_be_focused()
    toggle.click()
    expect(menu).to_have_count(1)
    phone.locator("article h1").click(position={"x": 4, "y": 8})
    expect(menu).to_have_count(0)
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


@pytest.mark.parametrize(
    ("words", "box"),
    [
        ("Theorem 21", "theorem-21"),
        ("lemma 5.3", "lemma-5-3"),
        ("Lemma 14", "lemma-14-a"),
        ("Equation (7)", "eq-7"),
        ("E12", "e12-theorem-21-one-constant-for-two-things"),
        ("the time to align", "lemma-14-d"),
    ],
)
def test_the_search_finds_a_statement_by_number_or_name_and_leads_to_its_box(
    site: str, page: Page, words: str, box: str
) -> None:
    page.goto(f"{site}/search.html?q={quote(words)}")
    page.locator("#search-results li a").first.click()
    expect(page).to_have_url(re.compile(rf"#{box}$"))
    expect(page.locator(f"[id='{box}']")).to_be_in_viewport()
    assert page.errors == []


def test_the_search_finds_pages_opened_as_files(built_book: Path, open_page: Open) -> None:
    page = open_page(**PHONE)
    page.goto((built_book / FIGURE_CHAPTER).as_uri())
    expect(search_for(page, "ravine")).to_be_visible()
    assert page.errors == []


# The theme lets the whole article scroll sideways; here nothing does but a box within it.
WIDER_THAN_THE_PAGE = """() => [document.documentElement, ...document.querySelectorAll(".bd-article-container")]
    .filter((box) => box.scrollWidth > box.clientWidth).map((box) => `${box.scrollWidth} > ${box.clientWidth}`)"""

CUT_FORMULAS = """() => {
    const cut = [];
    for (const formula of document.querySelectorAll(".bd-article .katex-html")) {
        // What is measured are the parts that cannot break: a root sign is far wider than what is seen.
        for (const part of formula.querySelectorAll(":scope > .katex-base, .katex-tag")) {
            const box = part.getBoundingClientRect();
            for (let around = formula; around; around = around.parentElement) {
                const article = around.matches(".bd-article-container");
                const { overflowX } = getComputedStyle(around);
                if (!article && ["auto", "scroll"].includes(overflowX)) break;
                const { left, right } = around.getBoundingClientRect();
                const out = box.left < left - 1 || box.right > right + 1;
                if (overflowX !== "visible" && out) cut.push(formula.textContent);
                if (article) break;
            }
        }
    }
    return cut;
}"""


def test_every_page_fits_the_width_of_a_phone_and_its_formulas_break_or_scroll(
    site: str, pages: list[str], open_page: Open
) -> None:
    page = open_page(**PHONE)
    too_wide, cut = {}, {}
    for name in pages:
        page.goto(f"{site}/{name}", wait_until="networkidle")
        page.evaluate(OPEN_FOLDS)
        if boxes := page.evaluate(WIDER_THAN_THE_PAGE):
            too_wide[name] = boxes
        if formulas := page.evaluate(CUT_FORMULAS):
            cut[name] = formulas
    assert too_wide == {}
    assert cut == {}


def test_what_a_check_says_stands_on_the_page_s_own_ground_in_the_dark(site: str, open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    page.goto(f"{site}/chapters/course/problem-set-2.html", wait_until="networkidle")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    said = page.locator("div.cell_output .text_html", has=page.locator("[role=status]"))
    expect(said.first).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    expect(said.first).to_have_css("color", page.evaluate("getComputedStyle(document.body).color"))


# ------------------------------------------------------------------------------------------------- without JavaScript


def test_without_javascript_a_page_has_colours_and_pictures(site: str, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{site}/{FIGURE_CHAPTER}", wait_until="networkidle")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator(".live-slot.has-picture img").first).to_be_visible()
    expect(page.locator(".theme-switch-button").first).to_be_hidden()
