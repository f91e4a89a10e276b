"""Prints the built book into one PDF, as a browser prints its chapters.

Usage: `python -m scripts.print_book [--paper A4|Letter] [--out FILE] [PAGE ...]`

Without PAGE (a name of _toc.yml such as chapters/06-simulations) the whole book is printed, in the order of _toc.yml,
into _build/pdf/. `make pdf` builds the pages and finds a Chromium first.

The look is that of site_static/print.css. Here the chapters are served to Chromium on this machine, which may ask no
other host, and get their running heads and numbers; the title page and the contents come last, when the numbers are
known (scripts/front_matter.py). scripts/bind_book.py makes one file of them.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, Page, Route, sync_playwright

from scripts.bind_book import Heading, Printed, bind
from scripts.build_book import ROOT
from scripts.find_chromium import CHROMIUM
from scripts.front_matter import front_matter
from scripts.serve_book import serve

PAGES = ROOT / "_build" / "html"
OUTPUT = ROOT / "_build" / "pdf" / "bouncing-and-drifting.pdf"
PAPERS = ("A4", "Letter")
SAID_OF_THE_BOOK = ("_config.yml", "CITATION.cff")
FRONT = "front-matter.html"  # an address that no page has

# Without a sandbox where root has none; and none of the calls home of a fresh profile.
ARGUMENTS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]

# Names every place of the page: Chromium writes into a PDF those alone that the page itself links to.
PREPARE = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map((image) => image.decode()));
  await document.fonts.ready;
  const article = document.querySelector("article");
  const places = [...article.querySelectorAll("[id]")].filter((each) => !each.closest("svg, form"));
  const links = document.createElement("div");
  links.hidden = true;
  for (const { id } of places) links.append(Object.assign(document.createElement("a"), { href: `#${id}` }));
  article.append(links);
  return [...article.querySelectorAll("h1, h2")].map((heading) => {
    const words = heading.cloneNode(true);
    for (const link of words.querySelectorAll(".headerlink")) link.remove();
    const markup = words.innerHTML;
    for (const hidden of words.querySelectorAll(".katex-mathml")) hidden.remove();
    const place = heading.closest("[id]").id;
    return { level: Number(heading.localName[1]), text: words.textContent.trim(), markup, place };
  });
}"""


@dataclass(frozen=True)
class Entry:
    """A page of the book: its name, and the name of its part of the book, if it is in one."""

    name: str
    part: str = ""


def entries(toc: Path) -> list[Entry]:
    """The pages that `toc` (_toc.yml) names, in its order."""
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))

    def below(chapter: dict[str, Any]) -> Iterator[str]:
        yield chapter["file"]
        for section in chapter.get("sections", ()):
            yield from below(section)

    found = [Entry(contents["root"])]
    for part in contents["parts"]:
        names = [name for chapter in part["chapters"] for name in below(chapter)]
        found += [Entry(name, part["caption"]) for name in names]
    return found


def chosen(names: list[str], toc: Path) -> list[Entry]:
    """The pages of these names, or all where there is none; raises ValueError for a name that `toc` does not have."""
    known = entries(toc)
    for name in names:
        if name not in {each.name for each in known}:
            raise ValueError(f"no page is called {name!r}; {toc.name} has {', '.join(each.name for each in known)}")
    return [each for each in known if not names or each.name in names]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of `folder`, served on this machine."""
    server = serve(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Press:
    """A browser page that prints the pages of the site at `address` on `paper`, and fetches nothing from elsewhere."""

    def __init__(self, browser: Browser, address: str, paper: str) -> None:
        self.address, self.paper = address, paper
        self.refused: list[str] = []
        # Running heads are styles of this script, which the pages' own policy would refuse.
        self.context = browser.new_context(color_scheme="light", reduced_motion="reduce", bypass_csp=True)
        self.context.set_default_timeout(300_000)  # the ledger is long, and a machine may be busy
        self.context.route(lambda url: not url.startswith((f"{address}/", "data:", "blob:")), self._refuse)

    def _refuse(self, route: Route) -> None:
        self.refused.append(route.request.url)
        route.abort()

    def chapter(self, name: str, before: int) -> Printed:
        """The page `name`, numbered on from `before`; raises RuntimeError where it is missing or asks another host."""
        page = self.context.new_page()
        answer = page.goto(f"{self.address}/{name}.html", wait_until="load")
        if answer is None or not answer.ok:
            raise RuntimeError(f"the site has no page {name}.html: run `make book`")
        headings = [Heading(**found) for found in page.evaluate(PREPARE)]
        head = json.dumps(headings[0].text, ensure_ascii=False).replace("<", "\\3c ")
        page.add_style_tag(
            content=f"""
            html {{ counter-reset: page {before} }}
            .bd-main .bd-footer-content {{ display: none !important }}
            @page {{ @top-left {{ content: {head}; font: italic 9pt "Times New Roman", "Liberation Serif", serif }} }}
            @page :first {{ @top-left {{ content: none }} }}"""
        )
        return Printed(name, self._print(page), headings)

    def front(self, text: str) -> Printed:
        """The page of which `text` is the HTML, in the place of the site's root: the front matter, without numbers."""
        page = self.context.new_page()
        page.route(f"{self.address}/{FRONT}", lambda route: route.fulfill(body=text, content_type="text/html"))
        page.goto(f"{self.address}/{FRONT}", wait_until="load")
        page.evaluate("document.fonts.ready.then(() => null)")
        return Printed("", self._print(page), [])

    def _print(self, page: Page) -> bytes:
        printed = page.pdf(format=self.paper, print_background=True, tagged=False, outline=False)
        page.close()
        if self.refused:
            raise RuntimeError(f"a page asked another host: {', '.join(self.refused)}")
        return printed


def print_book(pages: list[Entry], out: Path, *, paper: str = "A4", folder: Path = PAGES, root: Path = ROOT) -> int:
    """Prints `pages` of the site in `folder` into `out`, and returns how many sheets there are.

    Raises RuntimeError where there is no Chromium, where a page is missing, or where one asks another host.
    """
    chromium = CHROMIUM.find()
    if chromium is None:
        raise RuntimeError(CHROMIUM.missing)
    config, citation = (yaml.safe_load((root / name).read_text(encoding="utf-8")) for name in SAID_OF_THE_BOOK)
    before = ["", *(each.part for each in pages)]
    parts = [each.part if each.part != last else "" for each, last in zip(pages, before, strict=False)]
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright, served(folder) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        press = Press(browser, address, paper)
        chapters: list[Printed] = []
        for entry in pages:
            chapters.append(press.chapter(entry.name, sum(len(each.pages) for each in chapters)))
            print(f"{entry.name}: {len(chapters[-1].pages)} pages", flush=True)
        front = press.front(front_matter(config, citation, parts, chapters))
        browser.close()
    return bind(front, chapters, parts, out, address=address, title=config["title"], author=config["author"])


def main() -> None:
    """Prints what is asked for and says where it is."""
    parser = argparse.ArgumentParser(description="Prints the built book into one PDF.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="a page of _toc.yml; without any, the whole book")
    parser.add_argument("--paper", choices=PAPERS, default="A4")
    parser.add_argument("--out", type=Path, default=OUTPUT, metavar="FILE")
    given = parser.parse_args()
    if not (PAGES / "index.html").is_file():
        sys.exit(f"There is no book in {PAGES}: run `make book` first.")
    try:
        count = print_book(chosen(given.pages, ROOT / "_toc.yml"), given.out, paper=given.paper)
    except (RuntimeError, ValueError) as error:
        sys.exit(f"The book was not printed: {error}")
    print(f"{count} pages, {given.out.stat().st_size / 1e6:.1f} MB: {given.out}")


if __name__ == "__main__":
    main()
