"""`Atlas` in Chromium: its map is samlib's, comes from a worker or from the page, and its cells open other figures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from samlib import live, regimes
from samlib.live import atlas
from tests.browser import stage

KEY = "figure"
PAGES = {"atlas": "chapters/index.html", "atlas-ravine": "chapters/07-open-problems.html"}
LAST_STAGE = "3"
LISTEN = "window.mapped = []; addEventListener('live:mapped', (event) => mapped.push(event.detail));"
#: A worker that a policy refuses: it is there, and fails once it should load.
REFUSED = """window.Worker = class {
  constructor() { setTimeout(() => this.onerror(new Event("error", { cancelable: true })), 30); }
  postMessage() {}
  terminate() {}
};"""

# The class of every pixel of the map, by the nearest of the page's colours, patterns included.
CLASSES = """() => {
  const canvas = document.querySelector(".live-heatmap");
  const style = getComputedStyle(canvas);
  const channels = (name) => {
    const value = parseInt(style.getPropertyValue(name).trim().slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  };
  const mark = channels("--live-regime-mark");
  const colours = [0, 1, 2, 3, 4, 5, 6].flatMap((k) => {
    const plain = channels(`--live-regime-${k}`);
    return [[k, plain], [k, plain.map((c, i) => 0.62 * c + 0.38 * mark[i])]];
  });
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const classes = Array.from({ length: width * height }, (_, at) => {
    const away = ([, colour]) => colour.reduce((sum, c, i) => sum + Math.abs(c - data[4 * at + i]), 0);
    return colours.reduce((best, each) => (away(each) < away(best) ? each : best))[0];
  });
  return { width, height, classes };
}"""


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page(reduced_motion="reduce")


@pytest.fixture
def figure(page: Page) -> Page:
    stage.show(page, live.Atlas(key=KEY))
    return page


def _root(page: Page, key: str = KEY) -> Any:
    return page.locator(f"#{key} .live-figure")


def _finished(page: Page, key: str = KEY) -> None:
    """Waits until the finest stage of the present map is drawn."""
    stage.settle(page)
    expect(_root(page, key)).not_to_have_attribute("aria-busy", "true")
    expect(_root(page, key)).to_have_attribute("data-stage", LAST_STAGE, timeout=20_000)
    stage.settle(page)


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


def _assert_map_is_samlibs(page: Page, figure: live.Atlas) -> None:
    """Pixel by pixel, on the grid of the finest stage."""
    drawn = page.evaluate(CLASSES)
    width, height = drawn["width"], drawn["height"]
    size = page.locator(".live-heatmap").evaluate("(canvas) => [canvas.style.width, canvas.style.height]")
    columns, rows = (int(np.ceil(float(length.removesuffix("px")) / 2.5)) for length in size)
    grid = regimes.centres(atlas.WINDOWS[figure.map], columns, rows)
    expected = regimes.classify(figure.plane, *grid, steps=figure.steps).regime
    i, j = np.arange(width) * columns // width, (height - 1 - np.arange(height)) * rows // height
    np.testing.assert_array_equal(np.array(drawn["classes"]).reshape(height, width), expected[np.ix_(j, i)])


# ------------------------------------------------------------------------------------------------------------ the map


def test_the_map_comes_from_a_worker_coarse_at_first(
    page: Page, record_property: Callable[[str, object], None]
) -> None:
    stage.show(page, live.Atlas(key=KEY, steps=100))
    _finished(page)
    page.evaluate(LISTEN)
    stage.put(page, KEY, {"bend": 0.3})
    _finished(page)
    mapped = page.evaluate("mapped")
    for event in mapped:
        record_property(f"milliseconds until stage {event['stage']}, from the {event['by']}", round(event["since"]))
    assert [(event["stage"], event["by"]) for event in mapped] == [(k, "worker") for k in range(4)]
    expect(_root(page)).to_have_attribute("data-computed", "worker")
    _assert_map_is_samlibs(page, live.Atlas(bend=0.3, steps=100))
    assert page.errors == []


@pytest.mark.parametrize("script", ["delete window.Worker;", REFUSED], ids=["no worker", "refused"])
def test_without_a_worker_the_page_computes_the_same_map_in_slices(
    page: Page, script: str, record_property: Callable[[str, object], None]
) -> None:
    page.goto("about:blank")
    page.evaluate(f"() => {{ {script} }}")
    figure = live.Atlas(key=KEY, map="ravine", eta=0.2, rho=1.0, steps=100)
    stage.show(page, figure)
    _finished(page)
    expect(_root(page)).to_have_attribute("data-computed", "page")
    record_property("longest slice in milliseconds", _root(page).get_attribute("data-longest"))
    _assert_map_is_samlibs(page, figure)
    assert page.errors == []


def test_a_change_gives_up_the_map_that_was_under_way(figure: Page) -> None:
    figure.evaluate("""async () => {
      for (const bend of [0.1, 0.2, 0.7, 0.4]) {
        models.figure.set("bend", bend);
        await new Promise(requestAnimationFrame);
      }
      models.figure.set("map", "ravine");
      models.figure.set("steps", 120);
    }""")
    stage.settle(figure)
    _finished(figure)
    _assert_map_is_samlibs(figure, live.Atlas(map="ravine", steps=120))
    assert figure.errors == []


def test_what_a_worker_still_sends_of_an_earlier_map_is_not_drawn(page: Page) -> None:
    """This one answers late and with one cell; the coarse picture that the page has made meanwhile stays."""
    page.evaluate(
        "() => { window.Worker = class { constructor() { window.late = this; } postMessage() {} terminate() {} }; }"
    )
    stage.show(page, live.Atlas(key=KEY, steps=100))
    expect(_root(page)).to_have_attribute("data-stage", "0")
    for task, shown in ((0, "0"), (1, "3")):  # the first task has the number 1
        page.evaluate(
            """(id) => {
              const chart = { stage: 3, columns: 1, rows: 1, codes: Uint16Array.of(6), milliseconds: 0, longest: 0 };
              late.onmessage({ data: { id, ...chart } });
            }""",
            task,
        )
        stage.settle(page)
        expect(_root(page)).to_have_attribute("data-stage", shown)
        assert (set(page.evaluate(CLASSES)["classes"]) == {6}) == (task == 1)
    stage.put(page, KEY, {"map": "ravine"})
    expect(page.locator(f"#{KEY} .live-heatmap")).to_be_hidden()  # rather than the other map under these axes
    assert page.errors == []


def test_the_map_follows_the_pages_colours(figure: Page) -> None:
    stage.put(figure, KEY, {"steps": 100})
    _finished(figure)
    pixel = "[...document.querySelector('.live-heatmap').getContext('2d').getImageData(3, 3, 1, 1).data]"
    light, swatch = figure.evaluate(pixel), figure.evaluate("document.querySelector('.live-swatch').toDataURL()")
    figure.evaluate("document.documentElement.dataset.theme = 'dark'")
    stage.settle(figure)
    assert figure.evaluate(pixel) != light
    assert figure.evaluate("document.querySelector('.live-swatch').toDataURL()") != swatch
    _assert_map_is_samlibs(figure, live.Atlas(steps=100))
    swatches = figure.evaluate("[...document.querySelectorAll('.live-swatch')].map((each) => each.toDataURL())")
    assert len(set(swatches)) == len(atlas.WORDS)


# ----------------------------------------------------------------------------------------------------- the cross-hair


def test_arrow_keys_move_the_cross_hair_and_its_cell_is_told(figure: Page) -> None:
    handle = stage.handle(figure, KEY)
    assert "At ηλ₁ = 0.4, ρκ/λ₁ = 0.15, after 400 steps: two-cycle along e₁. Proved in chapter 5" in _status(figure)
    for _ in range(2):
        handle.press("ArrowUp")
    for _ in range(12):
        handle.press("Shift+ArrowUp")
    handle.press("ArrowLeft")
    state = {name: stage.trait(figure, KEY, name) for name in live.Atlas.STATE}
    assert state["eta"] == pytest.approx(0.3)
    assert state["rho"] * state["skew"] == pytest.approx(0.182, abs=0.02)
    handle.press("ArrowUp")
    for _ in range(10):
        handle.press("ArrowUp")
    figure_now = live.Atlas(**{name: stage.trait(figure, KEY, name) for name in live.Atlas.STATE})
    assert figure_now.found().regime == regimes.Regime.LOST
    assert "alternation lost" in _status(figure)
    assert "this is outside that window" in _status(figure)
    spoken = figure.locator(f'#{KEY} [aria-live="polite"]')
    expect(spoken).to_contain_text("alternation lost")
    assert figure.locator(f"#{KEY} .live-handle:focus").count() == 1
    assert figure.errors == []


def test_the_mouse_drags_the_cross_hair_and_it_stops_at_the_edges(figure: Page) -> None:
    x, y = stage.middle(stage.handle(figure, KEY))
    figure.mouse.move(x, y)
    figure.mouse.down()
    figure.mouse.move(x + 60, y - 40, steps=4)
    figure.mouse.up()
    assert stage.middle(stage.handle(figure, KEY)) == pytest.approx((x + 60, y - 40), abs=1.5)
    figure.mouse.down()
    figure.mouse.move(x - 400, y + 800, steps=4)
    figure.mouse.up()
    assert (stage.trait(figure, KEY, "eta"), stage.trait(figure, KEY, "skew")) == (0.01, 0)
    assert "A quadratic: proved in chapter 4" in _status(figure)
    assert figure.errors == []


def test_every_control_moves_its_trait_and_redraws(figure: Page) -> None:
    for name in ("eta", "rho", "skew", "bend", "steps"):
        before, drawn = stage.trait(figure, KEY, name), stage.picture(figure, KEY)
        figure.locator(f'#{KEY} input[data-name="{name}"]').press("ArrowRight")
        assert stage.trait(figure, KEY, name) > before
        assert stage.picture(figure, KEY) != drawn, name
    figure.locator(f'#{KEY} [data-choice="ravine"]').click()
    assert stage.trait(figure, KEY, "map") == "ravine"
    stage.settle(figure)
    expect(figure.locator(f'#{KEY} input[data-name="skew"]')).to_be_hidden()
    for preset in stage.trait(figure, KEY, "presets"):
        button = figure.locator(f'#{KEY} [data-choice="{preset["name"]}"]')
        button.press("Enter")
        stage.settle(figure)
        state = {name: stage.trait(figure, KEY, name) for name in live.Atlas.STATE}
        assert state == preset["state"]
        assert button.get_attribute("aria-pressed") == "true"
        numbers, found = stage.numbers(figure, KEY), live.Atlas(**state).found()
        assert (numbers["regime"], numbers["period"]) == (found.regime, found.period)
        limit = 1 - state["eta"] if state["map"] == "ravine" else regimes.valley_window(state["eta"])
        assert numbers["limit"] == pytest.approx(limit, rel=1e-12)
    assert figure.errors == []


def test_a_mouse_reads_the_cell_under_it(figure: Page) -> None:
    box = figure.locator(f"#{KEY} .live-heatmap").bounding_box()
    assert box is not None
    tip = figure.locator(f"#{KEY} .live-tip")
    expect(tip).to_be_hidden()
    figure.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.1 * box["height"])
    expect(tip).to_have_text("ηλ₁ = 0.5, ρκ/λ₁ = 0.54: alternation lost, period 3")
    figure.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    expect(tip).to_contain_text(": divergence")
    figure.mouse.move(2, 2)
    expect(tip).to_be_hidden()
    assert stage.trait(figure, KEY, "eta") == 0.4


def test_a_finger_moves_the_cross_hair_by_a_tap_and_stays_on_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, reduced_motion="reduce")
    stage.show(page, live.Atlas(key=KEY))
    box = page.locator(f"#{KEY} .live-heatmap").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + 0.88 * box["width"], box["y"] + 0.5 * box["height"])
    assert stage.trait(page, KEY, "eta") == pytest.approx(2.2, abs=0.02)
    assert stage.trait(page, KEY, "skew") == pytest.approx(0.6, abs=0.02)
    assert "nothing is proved" in _status(page)
    expect(page.locator(f"#{KEY} .live-tip")).to_be_hidden()
    assert page.url == "about:blank"
    stage.swipe(page, (box["x"] + 100, box["y"] + 200), (box["x"] + 100, box["y"] + 20))
    page.wait_for_function("scrollY > 50")
    assert page.errors == []


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_no_text_lies_over_another_or_is_cut(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    stage.show(page, live.Atlas(key=KEY))
    for _, _, setting in live.Atlas.SETTINGS:
        stage.put(page, KEY, {**setting, "steps": 100})
        assert stage.misplaced(page) == [], setting
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("state", [{}, {"eta": 1.3, "skew": 0.2}, {"skew": 0.0}, {"map": "ravine"}, {"eta": 2.2}])
def test_the_link_names_the_state_that_samlib_says_opens(page: Page, state: dict[str, Any]) -> None:
    figure = live.Atlas(key=KEY, steps=100, **state)
    stage.show(page, figure)
    stage.settle(page)
    link, opened = page.locator(f'#{KEY} [data-action="open"]'), figure.opens()
    if opened is None:
        expect(link).to_be_hidden()
        expect(page.locator(f"#{KEY} .live-door")).to_contain_text("No figure opens here")
        return
    name, shown = opened
    address = link.get_attribute("href") or ""
    target, _, rest = address.partition("&")
    assert target == "{}.html#fig-{}".format(*atlas.TARGETS[name])
    pairs = dict(pair.split("=", 1) for pair in rest.split("&"))
    decoded = {trait: json.loads(unquote(value)) for trait, value in pairs.items()}
    assert decoded == json.loads(json.dumps(shown))
    assert "NaN" not in stage.picture(page, KEY)


# -------------------------------------------------------------------------------------------------- on the book's pages


def _visit(page: Page, site: str, key: str, state: str = "") -> None:
    page.goto(f"{site}/{PAGES[key]}#fig-{key}{state}")
    expect(_root(page, f"fig-{key}")).to_have_attribute("data-stage", LAST_STAGE, timeout=20_000)
    page.locator(f"#fig-{key} .live-plane").scroll_into_view_if_needed()


@pytest.mark.parametrize("key", PAGES)
@pytest.mark.parametrize("way", ["http", "file"])
def test_the_worker_runs_under_the_pages_policy(
    site: str, built_book: Path, page: Page, key: str, way: str, record_property: Callable[[str, object], None]
) -> None:
    page.add_init_script(LISTEN)
    _visit(page, site if way == "http" else built_book.as_uri(), key)
    record_property("milliseconds until the first picture", round(page.evaluate("mapped[0].since")))
    expect(_root(page, f"fig-{key}")).to_have_attribute("data-computed", "worker")
    assert page.errors == []
    assert page.refused == []


def test_only_the_pages_with_a_map_admit_workers(built_book: Path) -> None:
    admitting = {
        str(file.relative_to(built_book))
        for file in built_book.rglob("*.html")
        if "worker-src" in file.read_text(encoding="utf-8")
    }
    assert admitting == set(PAGES.values())


def test_a_script_from_a_blob_is_refused_where_a_worker_is_not(site: str, page: Page) -> None:
    _visit(page, site, "atlas")
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.src = URL.createObjectURL(new Blob(["document.title = 'ran'"]));
      document.head.append(script);
    }""")
    page.wait_for_load_state("networkidle")
    assert page.title() != "ran"
    assert any("Content Security Policy" in error for error in page.errors)


def test_a_click_opens_the_valley_in_the_state_of_the_cell_and_back_leads_here(site: str, page: Page) -> None:
    _visit(page, site, "atlas", "&bend=0.3")
    box = page.locator("#fig-atlas .live-heatmap").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.24 * box["width"], box["y"] + 0.85 * box["height"])
    page.wait_for_url("**/05-drifting-to-wide-minima.html#fig-valley&*")
    eta = page.locator('#fig-valley input[data-name="eta"]')
    expect(eta).to_have_value("0.6")
    expect(page.locator('#fig-valley [data-knot="2"]')).to_have_attribute("aria-valuenow", "0.7")
    expect(page.locator("#fig-valley .live-status")).to_contain_text("Step 400 of 400")
    page.go_back()
    expect(page.locator('#fig-atlas input[data-name="bend"]')).to_have_value("0.3")
    expect(page.locator('#fig-atlas input[data-name="eta"]')).to_have_value("0.6")
    assert page.errors == []


def test_a_tap_moves_the_cross_hair_and_the_link_opens_the_figure(site: str, open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    _visit(page, site, "atlas")
    box = page.locator("#fig-atlas .live-heatmap").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + 0.9 * box["height"])
    expect(page.locator('#fig-atlas input[data-name="eta"]')).not_to_have_value("0.4")
    expect(page.locator("#fig-atlas .live-figure")).to_be_in_viewport()  # and not in another page
    page.locator('#fig-atlas [data-action="open"]').tap()
    page.wait_for_url("**/05-drifting-to-wide-minima.html#fig-valley&*")
    assert page.errors == []


def test_enter_opens_the_race(site: str, page: Page) -> None:
    _visit(page, site, "atlas-ravine")
    handle = page.locator("#fig-atlas-ravine .live-handle")
    handle.press("ArrowRight")
    handle.press("?")
    expect(page.locator("#fig-atlas-ravine dialog")).to_contain_text("open the state at the cross-hair")
    page.keyboard.press("Escape")
    handle.press("Enter")
    page.wait_for_url("**/06-simulations.html#fig-race&*")
    expect(page.locator('#fig-race input[data-name="eta"]')).to_have_value("0.3")
    expect(page.locator('#fig-race input[data-name="rho"]')).to_have_value("1")
    assert page.errors == []
