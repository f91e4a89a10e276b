"""`Valley` in Chromium: every control, the bending of h, the window that lights up, and samlib's numbers."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page
from traitlets import TraitError

from samlib import drift, live
from tests.browser import stage

KEY = "figure"


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page without motion, which ends where motion does; the tests of the mouse and the finger have it."""
    return open_page(reduced_motion="reduce")


@pytest.fixture
def figure(page: Page) -> Page:
    """A page with the figure in its first setting."""
    stage.show(page, live.Valley(key=KEY))
    return page


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


def _knot(page: Page, k: int) -> Locator:
    return page.locator(f'#{KEY} [data-knot="{k}"]')


def test_every_slider_moves_its_trait_and_redraws(figure: Page) -> None:
    for slider, key in (("eta", "ArrowRight"), ("rho", "ArrowRight"), ("skew", "ArrowLeft"), ("steps", "ArrowLeft")):
        before, picture = stage.trait(figure, KEY, slider), stage.picture(figure, KEY)
        figure.locator(f'#{KEY} input[data-name="{slider}"]').press(key)
        assert stage.trait(figure, KEY, slider) != before
        assert stage.picture(figure, KEY) != picture, slider
    assert figure.errors == []


def test_the_step_size_stops_below_one_over_the_curvature_at_the_start(figure: Page) -> None:
    """h(1.5) = 3.25: the last multiple of 0.01 below 0.99/3.25."""
    figure.locator(f'#{KEY} input[data-name="eta"]').fill("0.9")
    assert stage.trait(figure, KEY, "eta") == 0.3
    assert "η stops below 1/h(y₀) = 0.308" in _status(figure)
    stage.handle(figure, KEY).press("ArrowUp")
    assert stage.trait(figure, KEY, "start")[1] == pytest.approx(1.6)
    assert stage.trait(figure, KEY, "eta") == 0.27  # 0.99/3.56
    assert "η went down to 0.27" in _status(figure)
    assert figure.errors == []


def test_a_knot_bends_the_valley_by_mouse_and_by_keys(figure: Page) -> None:
    picture = stage.picture(figure, KEY)
    knot = _knot(figure, 2)
    knot.scroll_into_view_if_needed()
    x, y = stage.middle(knot)
    figure.mouse.move(x, y)
    figure.mouse.down()
    figure.mouse.move(x + 40, y - 50, steps=5)  # knots move up and down alone
    figure.mouse.up()
    stage.settle(figure)
    heights = stage.trait(figure, KEY, "heights")
    assert heights[:2] + heights[3:] == [5, 2, 2, 5]
    assert 1.5 < heights[2] < 3
    assert stage.middle(knot) == pytest.approx((x, y - 50), abs=1.5)
    assert stage.picture(figure, KEY) != picture
    knot.press("ArrowDown")
    assert stage.trait(figure, KEY, "heights")[2] == pytest.approx(heights[2] - 0.05)
    knot.press("Shift+ArrowUp")
    assert stage.trait(figure, KEY, "heights")[2] == pytest.approx(heights[2] - 0.04)
    stage.settle(figure)
    assert knot.get_attribute("aria-valuenow") == str(stage.trait(figure, KEY, "heights")[2])
    assert knot.get_attribute("aria-label") == "The curvature h at y = 0"
    assert figure.locator(f"#{KEY} .live-knot:focus").count() == 1
    assert figure.errors == []


def test_a_knot_stops_before_the_valley_has_a_ridge(page: Page) -> None:
    """A knot at 0.1 beside high ones would let the polynomial fall below 0 between them."""
    stage.show(page, live.Valley(key=KEY, heights=[5, 2, 3, 2, 5]))
    knot = _knot(page, 1)
    knot.scroll_into_view_if_needed()
    x, y = stage.middle(knot)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 75, steps=4)  # as far down as the frame goes
    assert "The knot stops where h would fall below 0.05" in _status(page)
    page.mouse.up()
    heights = stage.trait(page, KEY, "heights")
    assert 0.1 < heights[1] < 2
    live.Valley(heights=heights)  # samlib accepts what the reader has made
    lower = [*heights]
    lower[1] -= 0.01
    with pytest.raises(TraitError, match=r"h ≥ 0\.05"):
        live.Valley(heights=lower)
    assert page.errors == []


def test_bending_up_the_valley_at_the_start_lowers_the_step_size(figure: Page) -> None:
    figure.locator(f'#{KEY} input[data-name="eta"]').fill("0.3")
    knot, lowered = _knot(figure, 3), 0
    for _ in range(6):
        before = stage.trait(figure, KEY, "eta")
        knot.press("ArrowUp")
        heights, eta = stage.trait(figure, KEY, "heights"), stage.trait(figure, KEY, "eta")
        live.Valley(heights=heights, eta=eta)  # never a state that samlib refuses
        lowered += eta < before
        assert (f"η went down to {eta:g}, below 1/h(y₀)" in _status(figure)) == (eta < before)
    assert heights[3] == pytest.approx(2.3)
    assert lowered >= 2
    assert figure.errors == []


def test_the_mouse_drags_the_start_along_the_valley_and_across(open_page: Callable[..., Page]) -> None:
    figure = open_page()
    stage.show(figure, live.Valley(key=KEY))
    picture = stage.picture(figure, KEY)
    x, y = stage.middle(stage.handle(figure, KEY))
    figure.mouse.move(x, y)
    figure.mouse.down()
    # Down the valley the bounce grows narrower under the hand, which stays at its x but for a tremor.
    figure.mouse.move(x + 2, y + 60, steps=4)
    stage.settle(figure)
    start = stage.trait(figure, KEY, "start")
    assert 0.5 < start[1] < 1.4
    assert stage.trait(figure, KEY, "on_bounce") is True  # a tremor of the hand
    figure.mouse.move(x - 80, y + 60, steps=4)
    figure.mouse.up()
    assert stage.trait(figure, KEY, "on_bounce") is False
    assert stage.trait(figure, KEY, "start")[1] == pytest.approx(start[1], abs=0.02)
    assert stage.picture(figure, KEY) != picture
    switch = figure.locator(f'#{KEY} [data-name="on_bounce"]')
    switch.click()
    stage.settle(figure)
    assert switch.get_attribute("aria-checked") == "true"
    switch.click()
    assert stage.trait(figure, KEY, "on_bounce") is False
    state = {name: stage.trait(figure, KEY, name) for name in live.Valley.STATE}
    bounce = live.Valley(**{**state, "on_bounce": True}).begin()
    assert state["start"] == pytest.approx(bounce, abs=1e-6)  # where the bounce was
    assert figure.errors == []


def test_a_finger_drags_start_and_knots_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, live.Valley(key=KEY))
    x, y = stage.middle(stage.handle(page, KEY))
    stage.swipe(page, (x, y), (x - 10, y + 60))
    start = stage.trait(page, KEY, "start")
    assert start[1] < 1.3
    assert page.evaluate("scrollY") == 0
    knot = _knot(page, 2)
    knot.scroll_into_view_if_needed()
    stage.settle(page)
    place = page.evaluate("scrollY")
    x, y = stage.middle(knot)
    stage.swipe(page, (x, y), (x + 10, y - 40))
    assert stage.trait(page, KEY, "heights")[2] > 1.5
    assert page.evaluate("scrollY") == place
    box = page.locator(f"#{KEY} .live-split").bounding_box()
    assert box is not None
    stage.swipe(page, (box["x"] + 90, box["y"] + 60), (box["x"] + 90, box["y"] - 60))
    page.wait_for_function("(place) => scrollY > place + 50", arg=place)
    assert stage.trait(page, KEY, "start") == start
    assert page.errors == []


def test_arrow_keys_move_the_start_and_across_they_leave_the_bounce(figure: Page) -> None:
    handle = stage.handle(figure, KEY)
    handle.press("ArrowDown")
    assert stage.trait(figure, KEY, "start")[1] == pytest.approx(1.4)
    assert stage.trait(figure, KEY, "on_bounce") is True
    handle.press("Shift+ArrowDown")
    assert stage.trait(figure, KEY, "start")[1] == pytest.approx(1.39)
    handle.press("ArrowLeft")
    assert stage.trait(figure, KEY, "on_bounce") is False
    assert figure.locator(f"#{KEY} .live-handle:focus").count() == 1
    assert figure.errors == []


def test_keys_and_moves_faster_than_the_drawing_are_not_lost(figure: Page) -> None:
    figure.evaluate("""() => {
      const press = (name, key) => {
        const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
        document.querySelector(name).dispatchEvent(event);
      };
      for (let k = 0; k < 3; k++) press("#figure .live-handle", "ArrowDown");
      for (let k = 0; k < 4; k++) press('#figure [data-knot="2"]', "ArrowUp");
    }""")
    assert stage.trait(figure, KEY, "start")[1] == pytest.approx(1.2)
    assert stage.trait(figure, KEY, "on_bounce") is True
    assert stage.trait(figure, KEY, "heights")[2] == pytest.approx(1.2)
    assert figure.errors == []


def test_keys_and_buttons_step_play_and_reset(figure: Page) -> None:
    handle = stage.handle(figure, KEY)
    handle.press("r")
    assert stage.trait(figure, KEY, "t") == 0
    picture = stage.picture(figure, KEY)
    handle.press(".")
    assert stage.trait(figure, KEY, "t") == 1
    assert stage.picture(figure, KEY) != picture
    figure.locator(f'#{KEY} [data-action="forward"]').click()
    handle.press(",")
    assert stage.trait(figure, KEY, "t") == 1
    handle.press(" ")
    figure.wait_for_function("models.figure.get('t') > 1")
    handle.press(" ")
    figure.locator(f'#{KEY} [data-action="reset"]').click()
    assert stage.trait(figure, KEY, "t") == 0
    figure.locator(f"#{KEY} .live-strips").click()
    assert 60 < stage.trait(figure, KEY, "t") < 140
    assert figure.errors == []


def test_presets_apply(figure: Page) -> None:
    for preset in stage.trait(figure, KEY, "presets"):
        button = figure.locator(f'#{KEY} [data-choice="{preset["name"]}"]')
        button.click()
        state = figure.evaluate("models.figure.traits")
        assert {name: state[name] for name in preset["state"]} == preset["state"]
        stage.settle(figure)
        assert button.get_attribute("aria-pressed") == "true"
    assert figure.errors == []


@pytest.mark.parametrize("name", [name for name, _, _ in live.Valley.SETTINGS])
def test_the_page_shows_samlibs_numbers(page: Page, name: str) -> None:
    setting = next(setting for each, _, setting in live.Valley.SETTINGS if each == name)
    t = 35
    figure = live.Valley(key=KEY, **{**setting, "t": t})
    stage.show(page, figure)
    run, loss = figure.run(), figure.loss
    x, y = run.path[t]
    top = float(loss.curvature(y))
    split = figure.split(float(y), 1 if x >= 0 else -1)
    assert split is not None
    reference = drift.drift_flow(loss, [0.0, figure.start[1]], figure.eta, figure.rho, t)
    expected = {
        "y": y,
        "gap": np.abs(run.path[: t + 1, 1] - run.flow[: t + 1]).max(),
        "sharpness": run.sharpness[t],
        "bounce": np.linalg.norm(split.bounce),
        "drift": np.linalg.norm(split.drift),
        "remainder": np.linalg.norm(split.remainder),
        "sharp": split.sharp,
        "stated": split.stated,
        "same": (~run.alternates[:t]).sum(),
    }
    numbers = stage.numbers(page, KEY)
    for each, value in expected.items():
        assert numbers[each] == pytest.approx(float(value), rel=1e-9, abs=1e-15), each
    assert numbers["flow"] == pytest.approx(reference[t, 1], abs=1e-8)
    assert numbers["predictedSharpness"] == pytest.approx(float(loss.curvature(reference[t, 1])), abs=1e-7)
    limits = {"limit": run.limit[t], "leading": drift.radius_limit(top, figure.eta, figure.skew)}
    for each, value in limits.items():
        assert numbers[each] == pytest.approx(value, rel=1e-9), each
        assert (page.locator(f'#{KEY} data[data-name="{each}"]').inner_text() == "∞") == np.isinf(value)


def test_the_remainder_is_drawn_inside_its_disc(page: Page) -> None:
    """At the first step of "Large ρ" with ρ = ½ it is large; the open dot is where the step ends."""
    setting = next(setting for each, _, setting in live.Valley.SETTINGS if each == "large")
    stage.show(page, live.Valley(key=KEY, **{**setting, "rho": 0.5, "t": 0}))
    stage.settle(page)
    split = live.Valley(**{**setting, "rho": 0.5}).split(1.5)
    assert split is not None
    centre_x, centre_y, radius, end_x, end_y, stated = page.evaluate("""() => {
      const number = (name, key) => Number(document.querySelector(name).getAttribute(key));
      const [sharp, end] = [".live-split-sharp", ".live-split-end"];
      return [number(sharp, "cx"), number(sharp, "cy"), number(sharp, "r"), number(end, "cx"), number(end, "cy"),
        number(".live-split-stated", "r")];
    }""")
    away = np.hypot(end_x - centre_x, end_y - centre_y)
    assert 0 < away < radius < stated
    assert away / radius == pytest.approx(np.linalg.norm(split.remainder) / split.sharp, rel=1e-3)
    # to the left of the landing of the bounce, and above or below as the remainder says
    assert np.sign(end_x - centre_x) == np.sign(split.remainder[0])
    assert np.sign(centre_y - end_y) == np.sign(split.remainder[1])


def test_the_window_lights_up_when_alternation_is_lost(page: Page) -> None:
    setting = next(setting for each, _, setting in live.Valley.SETTINGS if each == "skewed")
    figure = live.Valley(key=KEY, **setting)
    stage.show(page, figure)
    lost = figure.run().lost
    assert lost is not None
    bar, root = page.locator(f"#{KEY} .live-window"), page.locator(f"#{KEY} .live-figure")
    for t, lit in ((0, False), (lost - 1, False), (lost, True), (200, True)):
        stage.put(page, KEY, {"t": t})
        assert ("live-lit" in (bar.get_attribute("class") or "")) == lit
        assert root.get_attribute("data-window") == ("lost" if lit else "kept")
        assert page.locator(f"#{KEY} .live-lost-band").count() == lit
        assert ("Window left" in (bar.locator("text").text_content() or "")) == lit
        assert (f"stopped alternating at step {lost}" in _status(page)) == lit
    # The bar is drawn to scale: what holds ends at the limit, the mark stands at ρ.
    start, end, mark = page.evaluate("""() => {
      const holds = document.querySelector(".live-window-holds").getBBox();
      return [holds.x, holds.x + holds.width, document.querySelector(".live-window-now").getBBox().x];
    }""")
    assert (end - start) / (mark - start) == pytest.approx(figure.run().limit[200] / figure.rho, rel=1e-4)
    crosses = page.locator(f"#{KEY} .live-strips .live-marks-lost")
    run = figure.run()
    assert (crosses.get_attribute("d") or "").count("M") == (~run.alternates).sum()
    page.locator(f'#{KEY} input[data-name="rho"]').fill("0.08")
    stage.settle(page)
    assert root.get_attribute("data-window") == "kept"
    assert page.locator(f"#{KEY} .live-window").get_attribute("class") == "live-window"
    assert page.errors == []


def test_a_run_out_of_the_valley_is_drawn_up_to_its_end(page: Page) -> None:
    figure = live.Valley(key=KEY, on_bounce=False, start=[-1.9, 1.0], skew=3.0)
    stage.show(page, figure)
    left = figure.run().left
    assert f"SAM leaves the valley at step {left}" in _status(page)
    assert stage.shown(page, KEY, "y") == figure.run().path[left - 1, 1]
    assert "NaN" not in stage.picture(page, KEY)
    assert page.errors == []


def test_a_start_on_the_floor_rests(page: Page) -> None:
    stage.show(page, live.Valley(key=KEY, on_bounce=False, start=[0.0, 1.0]))
    assert "The gradient is zero here, and SAM rests." in _status(page)
    assert page.errors == []


def test_a_bad_value_from_outside_is_said_and_the_last_picture_kept(figure: Page) -> None:
    stage.settle(figure)
    drawn = figure.locator(f"#{KEY} .live-views").first
    picture = drawn.inner_html()
    for trait, value, words in [
        ("rho", 2, "ρ = 2 is outside"),
        ("skew", "1", "κ must be a number"),
        ("heights", [5, 2, 1, 2], "h must be 5 numbers"),
        ("heights", [5, 0.1, 5, 0.1, 5], "is below 0.05"),
        ("eta", 0.4, "η = 0.4 is not below 1/h(y₀) = 0.308"),
        ("start", [0, 2], "is not below 1/h(y₀) = 0.2"),
        ("on_bounce", 1, "on_bounce must be true or false"),
    ]:
        good = stage.trait(figure, KEY, trait)
        figure.evaluate("([trait, value]) => models.figure.set(trait, value)", [trait, value])
        assert words in _status(figure)
        assert drawn.inner_html() == picture
        figure.evaluate("([trait, value]) => models.figure.set(trait, value)", [trait, good])
    assert "Not drawn" not in _status(figure)
    assert figure.errors == []


def test_a_link_to_a_valley_with_a_ridge_shows_the_first_setting_and_says_why(figure: Page) -> None:
    """Every number of the address is within its range; only together they do not fit."""
    figure.evaluate("""() => {
      closers.figure();
      models.figure.set("heights", [5, 0.1, 5, 0.1, 5]);
      liveFigures.valley.render({ model: models.figure, el: document.getElementById("figure") });
    }""")
    assert "Not drawn: h(−1.41) = −1.53 is below 0.05." in _status(figure)
    assert stage.shown(figure, KEY, "y") == live.Valley().run().path[200, 1]
    assert stage.trait(figure, KEY, "heights") == [5, 0.1, 5, 0.1, 5]
    figure.locator(f'#{KEY} [data-choice="two"]').click()
    assert "Not drawn" not in _status(figure)
    assert figure.errors == []


def test_traits_set_from_outside_redraw(figure: Page) -> None:
    picture = stage.picture(figure, KEY)
    figure.evaluate("models.figure.set('heights', [4, 0.5, 1.5, 0.5, 4])")
    assert stage.picture(figure, KEY) != picture
    assert float(_knot(figure, 3).get_attribute("aria-valuenow") or 0) == 0.5


@pytest.mark.parametrize("width", [360, 1100])
def test_text_is_readable_and_nothing_overflows_or_moves(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    stage.show(page, live.Valley(key=KEY, skew=2.0))
    page.add_style_tag(content="body { max-width: none !important; font-family: sans-serif }")
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    words = page.locator(f"#{KEY} .live-window text").text_content() or ""
    assert words.startswith("Window left")
    assert ("here ρ < 0.0918 is needed" in words) == (width > 360)  # shorter words where there is less room
    sizes = page.evaluate("""[...document.querySelectorAll(".live-svg text, .live-figure button, .live-figure p")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    heights = set()
    for skew in (0, 2):
        for t in (0, 60, 200):
            stage.put(page, KEY, {"t": t, "skew": skew})
            assert stage.misplaced(page) == []
            heights.add(page.evaluate("document.querySelector('.live-figure').offsetHeight"))
    assert len(heights) == 1


def test_two_figures_do_not_interfere_and_close_clean(page: Page) -> None:
    stage.show(page, live.Valley(key="one"), live.Valley(key="two"))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    stage.settle(page)
    other = page.locator("#two .live-views").first
    second = other.inner_html()
    stage.handle(page, "one").press("ArrowDown")
    stage.settle(page)
    assert other.inner_html() == second
    page.evaluate("for (const close of Object.values(closers)) close()")
    assert page.locator(".live-figure").count() == 0
    heard = (
        "Object.values(models).flatMap((model) => Object.values(model.listeners)).reduce((n, each) => n + each.size, 0)"
    )
    assert page.evaluate(heard) == 0
    assert page.errors == []


def test_the_state_is_spoken_once_it_stays(figure: Page) -> None:
    figure.wait_for_function(
        "document.querySelector('#figure [role=status]').textContent.startsWith('Step 200 of 200')"
    )
    stage.handle(figure, KEY).press(",")
    figure.wait_for_function(
        "document.querySelector('#figure [role=status]').textContent.startsWith('Step 199 of 200')"
    )
    spoken = figure.locator(f"#{KEY} [role=status]").inner_text()
    run = live.Valley().run()
    y, flow, gap = (f"{value:.3g}" for value in (run.path[199, 1], run.flow[199], run.gap))
    assert f"y is {y}, the drift flow {flow} ({gap} apart so far at most)" in spoken
