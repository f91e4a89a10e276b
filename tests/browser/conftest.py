"""A Chromium that sees nothing but this machine, and the built book served to it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from scripts.find_chromium import find_chromium
from scripts.serve_book import serve

HERE = {"localhost", "127.0.0.1", "::1"}

# Without a sandbox, since root in a container has none; and none of the calls home of a fresh profile.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site(built_book: Path) -> Iterator[str]:
    """The address of the served book, without a slash at its end."""
    server = serve(built_book)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    chromium = find_chromium()
    if chromium is None:
        pytest.fail("No Chromium was found: run `make test`, which installs one, or set CHROMIUM.")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens watched pages: `open_page(viewport=…, has_touch=True, …)`, each in a context of its own.

    `page.refused` lists the addresses of other hosts that the page asked for (they are not fetched), and `page.errors`
    what it wrote to the console as an error or threw.
    """
    contexts = []

    def open_watched(**options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        refused: list[str] = []
        errors: list[str] = []

        def only_here(route: Route) -> None:
            address = urlsplit(route.request.url)
            if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in HERE:
                refused.append(route.request.url)
                route.abort()
            else:
                route.continue_()

        context.route("**/*", only_here)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.refused, page.errors = refused, errors
        return page

    yield open_watched
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A fresh watched page, 1280 × 720."""
    return open_page()
