"""Asks every address outside of the book whether it is still there; prints those that are not as Markdown.

Usage: `python scripts/check_outside_links.py`

Needs the network and nothing but the standard library; a scheduled workflow runs it, and no test does. The exit status
is 1 where an address does not answer, or answers with an error, in each of three attempts. Publishers that keep
programs out (401, 403, 405, 406, 429) count as there.
"""

import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("README.md", "CONTRIBUTING.md", "CITATION.cff", "chapters")
ADDRESS = re.compile(r"https?://[^\s<>\"'`{}|\\^\[\]]+")
DOI = re.compile(r"^\s*doi\s*=\s*[{\"]([^}\"]+)[}\"]", flags=re.M | re.I)
# Examples, and hosts that answer only to a reader who is on them.
NOT_ASKED = ("https://example.org", "https://github.com/OWNER", "http://127.0.0.1", "http://localhost")
KEPT_OUT = {401, 403, 405, 406, 429}
ATTEMPTS, PAUSE, TIMEOUT = 3, 5.0, 30.0


def addresses(text: str) -> Iterator[str]:
    """The addresses in a text, without the marks of the sentence or of Markdown after them, and those of DOIs."""
    for found in ADDRESS.findall(text):
        address = found.rstrip(".,;:!?*")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:!?*")
        if not address.startswith(NOT_ASKED):
            yield address.partition("#")[0]
    yield from (f"https://doi.org/{doi}" for doi in DOI.findall(text))


def named(root: Path = ROOT) -> dict[str, set[str]]:
    """Every address outside of the book, with the files that name it."""
    places: dict[str, set[str]] = {}
    for name in PLACES:
        files = sorted((root / name).rglob("*")) if (root / name).is_dir() else [root / name]
        for file in files:
            if file.suffix in (".md", ".bib", ".cff"):
                for address in addresses(file.read_text(encoding="utf-8")):
                    places.setdefault(address, set()).add(file.relative_to(root).as_posix())
    return places


def ask(address: str) -> str:
    """What is wrong with an address; empty where it is there."""
    request = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0 (a weekly check of a book's links)"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT):
            return ""
    except urllib.error.HTTPError as error:
        return "" if error.code in KEPT_OUT else f"{error.code} {error.reason}"
    except (OSError, ValueError) as error:
        return str(error)


def wrong(address: str, ask_once: Callable[[str], str] = ask, pause: float = PAUSE) -> str:
    """What is wrong with an address in each of several attempts; the last answer."""
    answer = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(pause * attempt)
        answer = ask_once(address)
        if not answer:
            break
    return answer


def report(answers: dict[str, str], places: dict[str, set[str]]) -> str:
    """The addresses that did not answer, as a list in Markdown."""
    lines = [f"- <{each}>: {says} (in {', '.join(sorted(places[each]))})" for each, says in answers.items() if says]
    return "These addresses did not answer in three attempts:\n\n" + "\n".join(lines) + "\n" if lines else ""


def main() -> int:
    """Asks all addresses, a few at a time, and prints the report."""
    places = named()
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = dict(zip(sorted(places), pool.map(wrong, sorted(places)), strict=True))
    said = report(answers, places)
    print(said, end="")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
