"""The foot of every figure: its keys, its data, the samlib code of its state, its files and its badge."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from samlib import live
from samlib.live._figure import LossFigure
from samlib.live._verified import RECORD
from tests.browser import stage

KEY = "figure"
KINDS: list[type[LossFigure]] = [getattr(live, name) for name in live.__all__]
WALKS = [kind for kind in KINDS if {"t", "stage"} & set(kind.STATE)]
EVERY = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
SVG = "{http://www.w3.org/2000/svg}"
# Runs on these losses are chaotic: a difference in the last digit grows by a factor at every step.
CHAOTIC = {("Race", "other-reading"), ("YourLoss", "banana"), ("YourLoss", "waves")}
NUMBER = re.compile(r"[-+\d.e]+|-?inf|nan")

Columns = dict[str, list[Any]]
Open = Callable[..., Page]


def _press(page: Page, action: str) -> Locator:
    button = page.locator(f'#{KEY} .live-share [data-action="{action}"]')
    button.click()
    return button


def _saved(page: Page, action: str) -> str:
    stage.settle(page)
    with page.expect_download() as download:
        _press(page, action)
    assert download.value.suggested_filename == f"{KEY}.{action}"
    return Path(download.value.path()).read_text(encoding="utf-8")


def _columns(text: str) -> Columns:
    """The columns of a CSV file, numbers as floats; shorter ones end where they are empty."""
    names, *rows = csv.reader(io.StringIO(text))
    columns = {name: [row[i] for row in rows if row[i]] for i, name in enumerate(names)}
    return {
        name: [float(value) for value in values] if all(map(NUMBER.fullmatch, values)) else values
        for name, values in columns.items()
    }


def _computed(page: Page) -> dict[str, Any]:
    """What the code on the page computes."""
    stage.settle(page)
    names: dict[str, Any] = {}
    exec(page.locator(f"#{KEY} .live-code code").text_content() or "", names)  # text of the page, written by its figure
    return dict(names["data"])


def _assert_equal(saved: Columns, computed: dict[str, Any]) -> None:
    assert saved.keys() <= computed.keys()
    for name, values in saved.items():
        if isinstance(values[0], str):
            assert values == list(computed[name]), name
            continue
        expected = np.asarray(computed[name], dtype=float)
        scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
        np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-12 * min(scale, 1e3), err_msg=name)


@EVERY
def test_the_copied_code_computes_the_data_that_the_figure_saves(page: Page, kind: type[LossFigure]) -> None:
    stage.show(page, kind(key=KEY))
    _press(page, "code")
    for name, _, setting in kind.SETTINGS:
        few = {"steps": 20, "t": 20} if kind is live.YourLoss else {"budget": 40, "t": 40}
        stage.put(page, KEY, {**setting, **few} if (kind.__name__, name) in CHAOTIC else setting)
        _assert_equal(_columns(_saved(page, "csv")), _computed(page))
    before = _computed(page)
    page.locator(f'#{KEY} input[data-name="rho"]').press("ArrowRight")
    moved = _computed(page)
    _assert_equal(_columns(_saved(page, "csv")), moved)
    assert any(not np.array_equal(moved[name], before.get(name, [])) for name in moved)
    assert page.errors == []


@EVERY
def test_the_table_is_made_when_it_is_opened_and_follows_the_state(page: Page, kind: type[LossFigure]) -> None:
    stage.show(page, kind(key=KEY))
    table = page.locator(f"#{KEY} .live-data")
    assert table.locator("tr").count() == 0
    expect(table).to_be_hidden()  # and so no stop of the Tab key
    button = _press(page, "data")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(table.locator("caption")).not_to_be_empty()
    saved = _columns(_saved(page, "csv"))
    assert table.locator("thead th[scope=col]").count() == len(saved)
    rows = table.locator("tbody tr")
    assert rows.count() == min(21, max(map(len, saved.values())))
    first = table.locator("tbody th[scope=row]").all_text_contents()
    names = [text if isinstance(text, str) else f"{text:g}" for text in next(iter(saved.values()))]
    assert set(first) <= set(names)
    if kind in WALKS and "t" in kind.STATE:
        expect(table.locator("tr[aria-current=step] th")).to_have_text(str(stage.trait(page, KEY, "t")))
        stage.handle(page, KEY).press("r")
        expect(table.locator("tr[aria-current=step] th")).to_have_text("0")
    before = table.inner_text()
    page.locator(f'#{KEY} input[data-name="rho"]').press("ArrowLeft")
    stage.settle(page)
    assert table.inner_text() != before
    _press(page, "data")
    assert table.locator("tr").count() == 0


@EVERY
def test_the_keys_are_listed_on_a_question_mark(page: Page, kind: type[LossFigure]) -> None:
    stage.show(page, kind(key=KEY))
    handle = stage.handle(page, KEY)
    handle.press("?")
    keys = page.locator(f"#{KEY} dialog")
    expect(keys).to_be_visible()
    listed = keys.locator("kbd").all_text_contents()
    assert {"Tab", "← → ↑ ↓", "?", "Esc"} <= set(listed)
    if kind in WALKS:
        assert {"Space", ".", ",", "r"} <= set(listed)
    assert all(text.strip() for text in keys.locator("dd").all_text_contents())
    # A key that is pressed while the list is open does nothing to the figure behind.
    state = page.evaluate("JSON.stringify(models.figure.traits)")
    page.keyboard.press("r")
    page.keyboard.press(".")
    assert page.evaluate("JSON.stringify(models.figure.traits)") == state
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(handle).to_be_focused()
    question = page.locator(f'#{KEY} [data-action="help"]')
    question.press("Enter")
    expect(keys).to_be_visible()
    keys.get_by_role("button", name="Close").press("Enter")
    expect(keys).to_be_hidden()
    expect(question).to_be_focused()
    assert page.errors == []


@EVERY
def test_the_drawing_is_saved_as_svg_that_needs_nothing_else(page: Page, kind: type[LossFigure]) -> None:
    stage.show(page, kind(key=KEY))
    if kind is live.Atlas:  # which is drawn in stages, coarse at first
        page.locator(f"#{KEY} [data-stage='3']").wait_for()
    text = _saved(page, "svg")
    drawing = ElementTree.fromstring(text)
    assert drawing.tag == f"{SVG}svg"
    assert drawing.find(f"{SVG}title") is not None
    shapes = [element for element in drawing.iter() if element.tag in (f"{SVG}path", f"{SVG}circle")]
    assert (
        sum(element.get("stroke", "none") != "none" or element.get("fill", "none") != "none" for element in shapes) > 5
    )
    assert len(drawing.findall(f"{SVG}svg")) == page.locator(f"#{KEY} svg.live-svg").count()
    for element in drawing.iter():
        for name, value in element.attrib.items():
            assert name not in ("class", "style", "tabindex", "role"), name
            assert "var(" not in value
            if name == "href":
                assert value.startswith("data:image/png;base64,")
            elif "url(" in value:
                assert re.fullmatch(r'url\("?#[\w-]+"?\)', value)
            elif name in ("fill", "stroke"):
                assert re.fullmatch(r"#[0-9a-f]{6}|none", value)
    # In the same colours on a dark page, and the page is dark again afterwards.
    shown = page.locator(f"#{KEY} .live-figure")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    ink = shown.evaluate("(figure) => getComputedStyle(figure).color")
    assert _saved(page, "svg") == text
    assert shown.evaluate("(figure) => getComputedStyle(figure).color") == ink
    assert page.errors == []


def test_the_saved_drawing_shows_the_path_where_the_figure_has_it(page: Page) -> None:
    figure = live.Bounce(key=KEY)
    stage.show(page, figure)
    drawing = ElementTree.fromstring(_saved(page, "svg"))
    place = next(iter(drawing.findall(f"{SVG}svg")))
    rings = [each for each in place.iter(f"{SVG}circle") if each.get("r") == "7"]
    last = page.locator(f"#{KEY} .live-plane .live-now").evaluate(
        "(dot) => [dot.getAttribute('cx'), dot.getAttribute('cy')]"
    )
    dots = [(each.get("cx"), each.get("cy")) for each in place.iter(f"{SVG}circle")]
    assert rings
    assert tuple(last) in dots
    # Some viewers draw over the edge what is cut off by a group's clip only: it is kept.
    assert any("clip-path" in each.attrib for each in place.iter(f"{SVG}g"))


def test_the_code_goes_to_the_clipboard_or_is_selected(page: Page) -> None:
    stage.show(page, live.Bounce(key=KEY))
    _press(page, "code")
    box = page.locator(f"#{KEY} .live-code")
    code = box.locator("code").text_content()
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("status")).to_have_text("Selected: copy it with your keyboard.")
    assert page.evaluate("getSelection().toString()").strip() == (code or "").strip()
    page.evaluate(
        """() => {
          const clipboard = { writeText: async (text) => (window.copied = text) };
          Object.defineProperty(navigator, "clipboard", { value: clipboard });
        }"""
    )
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("copied") == code
    stage.handle(page, KEY).press("ArrowLeft")
    expect(box.get_by_role("status")).to_have_text("")  # what was copied is no longer what is shown


def test_the_badge_says_what_the_parity_tests_counted_and_is_silent_otherwise(page: Page) -> None:
    figure = live.Bounce(key=KEY)
    figure.set_trait("verified", {"version": "0.1", "states": 57})
    untested = live.Potential(key="untested")
    untested.set_trait("verified", {})
    stage.show(page, figure, untested)
    expect(page.locator(f"#{KEY} .live-badge")).to_have_text("verified against samlib 0.1 on 57 states")
    assert page.locator("#untested .live-badge").count() == 0


@EVERY
def test_the_foot_fits_a_phone_with_everything_open(open_page: Open, kind: type[LossFigure]) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    stage.show(page, kind(key=KEY))
    for action in ("data", "code"):
        _press(page, action)
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    heights = page.locator(f"#{KEY} .live-share button").evaluate_all("(all) => all.map((each) => each.offsetTop)")
    assert len(set(heights)) == 1  # one row
    _press(page, "help")
    box = page.locator(f"#{KEY} dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


@EVERY
def test_with_forced_colours_all_is_drawn_in_the_readers_own(
    open_page: Callable[..., Page], kind: type[LossFigure]
) -> None:
    page = open_page(forced_colors="active", color_scheme="dark")
    stage.show(page, kind(key=KEY))
    stage.settle(page)
    lost = page.evaluate(
        """() => {
          const probe = document.body.appendChild(document.createElement("i"));
          const system = (name) => { probe.style.color = name; return getComputedStyle(probe).color; };
          const allowed = new Set(["CanvasText", "Highlight", "LinkText", "VisitedText", "GrayText"].map(system));
          const canvas = system("Canvas");
          const found = [];
          document.querySelector(".live-figure").append(probe);
          for (const name of ["ink", "muted", "border", "control", "sam", "late", "descent", "ascent", "prediction"]) {
            if (!allowed.has(system(`var(--live-${name})`))) found.push(name);
          }
          for (const text of document.querySelectorAll(".live-svg text")) {
            if (text.textContent.trim() && !allowed.has(getComputedStyle(text).fill)) found.push(text.textContent);
          }
          for (const line of document.querySelectorAll(".live-svg :is(.live-knob, .live-marker, .live-panel)")) {
            const { stroke } = getComputedStyle(line);
            if (line.getClientRects().length && stroke === canvas) found.push(line.getAttribute("class"));
          }
          return found;
        }"""
    )
    assert lost == []
    handle = stage.handle(page, KEY)
    handle.press("ArrowLeft")
    ring = handle.locator(".live-focus").evaluate(
        "(ring) => [getComputedStyle(ring).stroke, getComputedStyle(document.body).backgroundColor]"
    )
    assert ring[0] not in ("none", ring[1])


def test_the_badges_numbers_are_those_on_record() -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    for kind in KINDS:
        figure = kind()
        states = record["figures"][stage.bundle_name(kind)]["states"]
        assert figure.verified == {"version": "0.1", "states": sum(states.values())}
