"""An empty page with figures on it, and the ways a test handles and reads them."""

import json
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page

from samlib.live._figure import BUNDLES, LiveFigure
from sphinx_ext.live_figures import classic_script

# The smallest page that can show a figure: anywidget's model interface over the traits, and nothing else.
MODEL = """
class Model {
  constructor(traits) { this.traits = traits; this.listeners = {}; this.saves = 0; }
  get(name) { return this.traits[name]; }
  set(name, value) { this.traits[name] = value; for (const listener of this.listeners[name] ?? []) listener(); }
  save_changes() { this.saves++; }
  on(event, listener) { (this.listeners[event.split(":")[1]] ??= new Set()).add(listener); }
  off(event, listener) { this.listeners[event.split(":")[1]].delete(listener); }
}
window.models = {};
window.closers = {};
window.drawings = {};
for (const [name, traits] of FIGURES) {
  const el = document.getElementById(traits.key);
  drawings[traits.key] = [];
  el.addEventListener("live:drawn", (event) => drawings[traits.key].push(event.detail.milliseconds));
  models[traits.key] = new Model(traits);
  closers[traits.key] = liveFigures[name].render({ model: models[traits.key], el });
}
"""


def bundle_name(kind: type[LiveFigure]) -> str:
    """The name of a figure's bundle: that of its module."""
    return kind.__module__.rpartition(".")[2]


def show(page: Page, *figures: LiveFigure) -> None:
    """Puts figures into an empty page and waits until they are drawn."""
    states = [(bundle_name(type(figure)), _traits(figure)) for figure in figures]
    scripts = "".join(
        f"<script>{classic_script((BUNDLES / f'{name}.js').read_text(encoding='utf-8'), name)}</script>"
        for name in dict.fromkeys(name for name, _ in states)
    )
    places = "".join(f'<div id="{traits["key"]}"></div>' for _, traits in states)
    page.set_content(
        f"<!doctype html><html lang='en' data-theme='light'><title>Figures</title>"
        f"<meta name='viewport' content='width=device-width'><style>{(BUNDLES / 'live.css').read_text('utf-8')}</style>"
        f"<body style='margin: 0 auto; max-width: 700px'>{places}<div style='height: 2000px'></div>{scripts}"
        f"<script>const FIGURES = {json.dumps(states)};{MODEL}</script>"
    )
    page.wait_for_function("Object.values(drawings).every((each) => each.length > 0)")


def _traits(figure: LiveFigure) -> dict[str, Any]:
    names = ["key", "alt", "ranges", "presets", "initial", "statements", "verified", *figure.STATE]
    return {name: getattr(figure, name) for name in names}


def trait(page: Page, key: str, name: str) -> Any:
    """The value of a trait of the figure's model, once the page has been drawn with it."""
    return page.evaluate(
        """async ([key, name]) => {
          for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
          return models[key].get(name);
        }""",
        [key, name],
    )


def settle(page: Page) -> None:
    """Waits until a change has been drawn and every motion has come to its end."""
    page.evaluate("""async () => {
      const count = () => Object.values(drawings).reduce((sum, each) => sum + each.length, 0);
      for (let before = -1; before !== count();) {
        before = count();
        for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
      }
    }""")


def picture(page: Page, key: str) -> str:
    """The drawing as text: what the SVG holds, and the words and numbers around it."""
    settle(page)
    return page.evaluate("(key) => document.getElementById(key).innerHTML", key)


def handle(page: Page, key: str) -> Locator:
    """What the reader drags."""
    return page.locator(f"#{key} .live-handle")


def middle(locator: Locator) -> tuple[float, float]:
    """Where the middle of a handle is on the screen."""
    box = locator.locator(".live-knob").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def shown(page: Page, key: str, name: str) -> Any:
    """The full value behind a number on the page."""
    settle(page)
    return json.loads(page.locator(f'#{key} data[data-name="{name}"]').evaluate("(element) => element.value"))


def numbers(page: Page, key: str) -> dict[str, Any]:
    """The full values behind all numbers of a figure by name, once they stand still."""
    settle(page)
    values = page.evaluate(
        """(key) => Object.fromEntries(
          [...document.querySelectorAll(`#${key} data`)].map((element) => [element.dataset.name, element.value]))""",
        key,
    )
    return {name: json.loads(value) if value.startswith("[") else float(value) for name, value in values.items()}


def put(page: Page, key: str, state: dict[str, Any]) -> None:
    """Writes traits from outside, as a kernel does, and waits until they are drawn."""
    page.evaluate("([key, state]) => { for (const name in state) models[key].set(name, state[name]); }", [key, state])
    settle(page)


def misplaced(page: Page) -> list[str]:
    """Texts of the drawings that are cut off at their drawing's edge, or that lie over each other."""
    return page.evaluate("""() => {
      const found = [];
      for (const svg of document.querySelectorAll("svg.live-svg")) {
        const box = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
        const rects = texts.map((text) => text.getBoundingClientRect());
        rects.forEach((a, i) => {
          const sideways = Math.max(box.left - a.left, a.right - box.right);
          const upright = Math.max(box.top - a.top, a.bottom - box.bottom);
          if (sideways > 1 || upright > 3) found.push(`cut: ${texts[i].textContent}`);
          rects.slice(i + 1).forEach((b, k) => {
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (across > 1 && down > 4) found.push(`over: ${texts[i].textContent} and ${texts[i + 1 + k].textContent}`);
          });
        });
      }
      return found;
    }""")


def swipe(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A finger's way from start to end."""
    session = page.context.new_cdp_session(page)
    for share in np.linspace(0, 1, 9):
        x, y = (1 - share) * np.array(start) + share * np.array(end)
        session.send(
            "Input.dispatchTouchEvent",
            {"type": "touchMove" if share else "touchStart", "touchPoints": [{"x": float(x), "y": float(y)}]},
        )
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
