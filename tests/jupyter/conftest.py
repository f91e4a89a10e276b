"""The Chromium of the browser tests, which sees nothing but this machine."""

from tests.browser.conftest import browser, open_page, page

__all__ = ["browser", "open_page", "page"]
