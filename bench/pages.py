"""How fast the figures of the built pages appear and redraw; `python -m bench.pages`, which `make bench` runs too.

For every live figure of the book, medians of five:

* *first drawing*: from opening the link to the figure until it is drawn, in a browser with an empty cache, slowed to a
  quarter of this machine's speed and to 10 Mbit/s with 20 ms to the server, which compresses as web servers do;
* *redraw*: one drawing after a change of a parameter at full speed, with 500 steps where the figure has that many.

The targets are 1000 ms for the first figure of a page and 16 ms. A missed one is said, not failed: no test depends on a
clock. The other figures of a page are drawn when the reader comes near them; a link to one waits for all above it.
"""

import gzip
import io
import json
import re
import statistics
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.find_chromium import find_chromium
from scripts.serve_book import PAGES, PageHandler

ROUNDS, CHANGES = 5, 20
FIRST_DRAWING, REDRAW = 1000, 16  # milliseconds
SLOWER = 4
NETWORK = {"offline": False, "latency": 20, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}

# Without a sandbox, since root in a container has none.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

WATCH = """
window.drawings = [];
addEventListener("live:drawn", ({ target, detail }) => {
  const slot = target.closest(".live-slot")?.id;
  drawings.push({ slot, at: performance.now(), milliseconds: detail.milliseconds });
});
"""
# Moves every slider of steps to its end, and then another one back and forth, a frame for each change.
CHANGE = """async ([id, changes]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const sliders = [...document.querySelectorAll(`#${id} input[type=range]`)];
  const set = (slider, value) => {
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const long = sliders.filter((slider) => slider.max === "500");
  for (const slider of long) set(slider, 500);
  for (let wait = 0; wait < 60; wait++) await frame();
  const other = sliders.find((slider) => !long.includes(slider));
  if (!other) return null;
  const [from, step] = [Number(other.value), Number(other.step) || 0.01];
  const to = from + step > Number(other.max) ? from - step : from + step;
  drawings.length = 0;
  for (let i = 0; i < changes; i++) {
    set(other, i % 2 ? from : to);
    await frame();
    await frame();
  }
  const mine = drawings.filter((each) => each.slot === id).map((each) => each.milliseconds);
  return { times: mine, steps: long.length ? 500 : null };
}"""


class CompressingHandler(PageHandler):
    """The book's server, compressing as the web servers do that publish such a book."""

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".js", ".css", ".svg") or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


def figures(folder: Path) -> Iterator[tuple[str, str]]:
    """Page and id of every live figure of the site in `folder`."""
    for page in sorted(folder.rglob("chapters/**/*.html")):
        for slot in re.findall(r'<div id="(fig-[\w-]+)" class="live-slot', page.read_text(encoding="utf-8")):
            yield page.relative_to(folder).as_posix(), slot


def drawn(page: Page, slot: str) -> float:
    """Milliseconds from the start of the navigation until the first drawing of a figure."""
    page.wait_for_function("id => drawings.some((each) => each.slot === id)", arg=slot, timeout=60_000)
    return float(page.evaluate("id => drawings.find((each) => each.slot === id).at", slot))


def first_drawing(browser: Browser, address: str, slot: str) -> float:
    """Milliseconds until a figure is drawn, with an empty cache, a slow processor and a slow network."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{address}#{slot}", wait_until="commit")
    milliseconds = drawn(page, slot)
    context.close()
    return milliseconds


def redraw(browser: Browser, address: str, slot: str) -> tuple[float, int | None] | None:
    """Milliseconds of one drawing (the median of many changes) and its steps; None where there is no slider to move."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"{address}#{slot}", wait_until="load")
    drawn(page, slot)
    found = page.evaluate(CHANGE, [slot, CHANGES])
    context.close()
    return (statistics.median(found["times"]), found["steps"]) if found and found["times"] else None


def main() -> None:
    """Measure every figure and print the table, and as a last line the same as JSON."""
    if not (PAGES / "index.html").is_file():
        sys.exit(f"There is no book in {PAGES}: run `make book` first.")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(CompressingHandler, directory=str(PAGES)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Live figures, medians of {ROUNDS}, in milliseconds")
    print(f"  {'page and figure':60s} first drawing (≤ {FIRST_DRAWING})   redraw (≤ {REDRAW})   steps")
    results = []
    begun: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for name, slot in figures(PAGES):
            address = f"http://127.0.0.1:{server.server_port}/{name}"
            first = statistics.median(first_drawing(browser, address, slot) for _ in range(ROUNDS))
            rounds = [each for each in (redraw(browser, address, slot) for _ in range(ROUNDS)) if each]
            again = statistics.median(each[0] for each in rounds) if rounds else None
            steps = rounds[0][1] if rounds else None
            missed = " MISSED" if name not in begun and first > FIRST_DRAWING else ""
            begun.add(name)
            slow = " MISSED" if again is not None and again > REDRAW else ""
            said = "—" if again is None else f"{again:.1f}"
            place = f"{name.removeprefix('chapters/')} {slot}"
            print(f"  {place:60s} {first:14.0f}{missed:8s} {said:>12s}{slow:8s} {steps or '':>8}", flush=True)
            results.append({"page": name, "figure": slot, "first": round(first), "redraw": again, "steps": steps})
        browser.close()
    server.shutdown()
    print(json.dumps(results))


if __name__ == "__main__":
    main()
