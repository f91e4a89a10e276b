"""Finds a Chromium for the browser tests and prints its path.

Usage: `python -m scripts.find_chromium [--install]`

With `--install`, one is installed where there is none.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.browsers import Browser


def _of_playwright() -> Iterable[Path]:
    from playwright.sync_api import sync_playwright  # imported late: it starts a process of its own

    with sync_playwright() as playwright:
        return [Path(playwright.chromium.executable_path)]


CHROMIUM = Browser(
    name="Chromium",
    variable="CHROMIUM",
    commands=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    mac=Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    package="chromium",
    elsewhere=_of_playwright,
    installer=(sys.executable, "-m", "playwright", "install", "chromium"),
)


def find_chromium() -> Path | None:
    """A Chromium that starts, or None; raises RuntimeError where CHROMIUM names one that does not."""
    return CHROMIUM.find()


def main() -> None:
    """Prints the path, or ends with an error where there is none: most of the browser tests need it."""
    try:
        chromium = CHROMIUM.find()
        if chromium is None and "--install" in sys.argv[1:]:
            chromium = CHROMIUM.install()
    except RuntimeError as error:
        sys.exit(str(error))
    if chromium is None:
        sys.exit(CHROMIUM.missing)
    print(chromium)


if __name__ == "__main__":
    main()
