"""Finds a Firefox for the tests of the pages in a second browser and prints its path.

Usage: `python -m scripts.find_firefox [--install]`

With `--install`, one is installed where there is none and the system has a way. Without a Firefox those tests are
skipped, so that `--install` then only says how to get one; a wrong FIREFOX is an error all the same.
"""

import sys
from pathlib import Path

from scripts.browsers import Browser

FIREFOX = Browser(
    name="Firefox",
    variable="FIREFOX",
    commands=("firefox-esr", "firefox"),
    mac=Path("/Applications/Firefox.app/Contents/MacOS/firefox"),
    package="firefox-esr",
)


def find_firefox() -> Path | None:
    """A Firefox that starts, or None; raises RuntimeError where FIREFOX names one that does not."""
    return FIREFOX.find()


def main() -> None:
    """Prints the path; without `--install`, ends with an error where there is none."""
    try:
        firefox = FIREFOX.find()
    except RuntimeError as error:
        sys.exit(str(error))
    if firefox is None and "--install" in sys.argv[1:]:
        try:
            firefox = FIREFOX.install()
        except RuntimeError as error:
            print(f"{error}\nThe tests in Firefox will be skipped.", file=sys.stderr)
            return
    if firefox is None:
        sys.exit(FIREFOX.missing)
    print(firefox)


if __name__ == "__main__":
    main()
