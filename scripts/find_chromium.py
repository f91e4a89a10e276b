"""Finds a Chromium for the browser tests and prints its path.

Usage: `python scripts/find_chromium.py [--install]`

With `--install`, one is installed where there is none.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find_chromium() -> Path | None:
    """The first that starts of: the one in CHROMIUM, on PATH, in /Applications, Playwright's own; else None."""
    for path in _candidates():
        if _starts(path):
            return path
    return None


def install_chromium() -> Path:
    """Installs Chromium and returns its path; raises RuntimeError, saying what was tried, where that does not succeed.

    On Debian as root the distribution's package comes first, since it brings the system libraries that Playwright's
    own build takes for granted.
    """
    attempts = [[[sys.executable, "-m", "playwright", "install", "chromium"]]]
    if _is_debian() and os.geteuid() == 0:
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
        attempts.insert(0, [[*apt, "update"], [*apt, "install", "--yes", "--no-install-recommends", "chromium"]])
    for commands in attempts:
        print(f"Installing Chromium with {commands[-1][0]} …", file=sys.stderr, flush=True)
        if all(_succeeds(command) for command in commands) and (path := find_chromium()):
            return path
    tried = "; ".join(" ".join(commands[-1]) for commands in attempts)
    raise RuntimeError(
        f"No Chromium was found and none could be installed (tried: {tried}).\n"
        "Install Chromium or Google Chrome, or name one: make test CHROMIUM=/path/to/chromium"
    )


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("CHROMIUM"):
        if not _starts(Path(named)):
            raise RuntimeError(f"CHROMIUM names {named!r}, which does not start.")
        yield Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)
    yield Path(MAC)
    from playwright.sync_api import sync_playwright  # imported late: it starts a process of its own

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    yield own


def _starts(path: Path) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def _succeeds(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        # What an installer prints goes to standard error: this program's output is a path.
        finished = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return finished.returncode == 0


if __name__ == "__main__":
    try:
        chromium = find_chromium()
        if chromium is None and "--install" in sys.argv[1:]:
            chromium = install_chromium()
    except RuntimeError as error:
        sys.exit(str(error))
    if chromium is None:
        sys.exit("No Chromium was found: run `make test`, which installs one, or set CHROMIUM=/path/to/chromium.")
    print(chromium)
