"""The page for instructors in a browser: its links open figures in their states, and its zip is the whole book."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from sphinx_ext.archives import OFFLINE_COPY

INSTRUCTORS = "chapters/course/instructors.html"
Open = Callable[..., Page]


def named(address: str) -> tuple[str, dict[str, Any]]:
    """The figure of a link, as the id of its slot, and the state that the link names."""
    slot, *pairs = urlsplit(address).fragment.split("&")
    state = {name: json.loads(unquote(value)) for name, _, value in (pair.partition("=") for pair in pairs)}
    return slot, state


def figure_links(page: Page) -> list[str]:
    """The addresses of all links to states of figures."""
    return list(dict.fromkeys(page.locator("a.figure-state").evaluate_all("(all) => all.map((a) => a.href)")))


def test_every_link_opens_its_figure_in_the_state_that_it_names(site: str, page: Page) -> None:
    page.goto(f"{site}/{INSTRUCTORS}")
    links = figure_links(page)
    assert len(links) >= 30
    kinds, troubles = set(), []
    for address in links:
        page.goto("about:blank")  # so that each link is opened anew, on the same page too
        page.goto(address)
        slot, state = named(address)
        figure = page.locator(f"[id='{slot}']")
        expect(figure.locator("figure.live-figure")).to_be_visible()
        expect(figure).to_be_in_viewport()
        kinds.add(figure.locator("figure.live-figure").get_attribute("data-kind"))
        expect(figure.locator(".live-status").first).not_to_be_empty()
        said = (
            figure.locator(".live-link [role=status]").inner_text() + figure.locator(".live-status").first.inner_text()
        )
        figure.get_by_role("button", name="Copy link").click()
        # The button names what differs from the page's own state: all of the link, and nothing else.
        page.wait_for_function("() => location.hash.length > 0")
        if named(page.url) != (slot, state) or re.search("Not drawn|not one of this figure", said):
            troubles.append((address, page.url, said))
        assert figure.locator(".live-error").count() == 0
    assert troubles == []
    assert len(kinds) >= 10, "nearly every kind of figure is of use in class"
    assert page.errors == []
    assert page.refused == []


@pytest.mark.parametrize("damage", ["&eta=9", "&start=[1]", "&eta=0.2&eigenvalues=[2,1.9]&eta=1.5"])
def test_a_link_that_no_figure_can_take_is_told_from_one_that_it_takes(site: str, page: Page, damage: str) -> None:
    """What the test above looks for does appear where a state is wrong."""
    page.goto(f"{site}/chapters/03-bouncing-across-ravines.html#fig-bounce&v=1{damage}")
    figure = page.locator("#fig-bounce")
    expect(figure.get_by_text(re.compile("Not drawn|not one of this figure")).first).to_be_visible()


@pytest.fixture(scope="module")
def copy(built_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book as it comes out of its zip, in a folder with a space."""
    folder = tmp_path_factory.mktemp("memory stick") / "read me"
    with zipfile.ZipFile(built_book / OFFLINE_COPY) as packed:
        packed.extractall(folder)
    [book] = folder.iterdir()
    return book


def test_the_unpacked_book_opens_draws_and_finds_without_a_request(copy: Path, open_page: Open) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((copy / "index.html").as_uri())
    page.wait_for_url("**/chapters/index.html")
    figure = page.locator("#fig-preface")
    expect(figure.locator("figure.live-figure")).to_be_visible()
    before = figure.locator(".live-plane").first.inner_html()
    figure.locator('input[data-name="rho"]').press("ArrowRight")
    expect(figure.locator(".live-plane").first).not_to_have_js_property("innerHTML", before)

    page.goto((copy / "search.html").as_uri() + "?q=ravine")
    page.locator("#search-results li a").first.click()
    expect(page.locator("article h1")).to_be_visible()
    assert page.url.startswith(copy.as_uri())

    page.goto((copy / INSTRUCTORS).as_uri())
    page.locator("a.figure-state").first.click()
    page.locator("#fig-bounce figure.live-figure").wait_for()
    assert page.errors == []
    assert page.refused == []
    assert {urlsplit(address).scheme for address in asked} <= {"file", "data"}
    outside = [address for address in asked if address.startswith("file") and not address.startswith(copy.as_uri())]
    assert outside == []


def test_the_zip_is_offered_on_the_site_and_not_in_the_copy(site: str, copy: Path, page: Page) -> None:
    page.goto(f"{site}/{INSTRUCTORS}")
    with page.expect_download() as download:
        page.locator(f"a[href$='{OFFLINE_COPY}']").click()
    assert download.value.suggested_filename == OFFLINE_COPY
    page.goto((copy / INSTRUCTORS).as_uri())
    assert page.locator(f"a[href$='{OFFLINE_COPY}']").count() == 0
    expect(page.get_by_text("one zip", exact=False).first).to_be_visible()
