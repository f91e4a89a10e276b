"""`Race` in Chromium: every control, every racer, the noise, and samlib's numbers on the page."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from samlib import live
from samlib.live.race import RACERS, rank
from tests.browser import stage

KEY = "figure"
SETTINGS = {name: setting for name, _, setting in live.Race.SETTINGS}
ALL = dict.fromkeys(RACERS, True)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page without motion, which ends where motion does; the tests of mouse, finger and settings have it."""
    return open_page(reduced_motion="reduce")


@pytest.fixture
def figure(page: Page) -> Page:
    """A page with the figure in its first setting."""
    stage.show(page, live.Race(key=KEY))
    return page


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


def test_every_slider_moves_its_trait_and_redraws(page: Page) -> None:
    stage.show(page, live.Race(key=KEY, **SETTINGS["quadratic"]))
    picture = stage.picture(page, KEY)
    for slider, trait, key in (
        ("eta", "eta", "ArrowRight"),
        ("rho", "rho", "ArrowRight"),
        ("lambda1", "eigenvalues", "ArrowLeft"),
        ("lambda2", "eigenvalues", "ArrowRight"),
        ("sigma", "sigma", "ArrowRight"),
        ("momentum", "momentum", "ArrowRight"),
        ("runs", "runs", "ArrowRight"),
        ("budget", "budget", "ArrowRight"),
        ("t", "t", "ArrowLeft"),
    ):
        before, seen = stage.trait(page, KEY, trait), picture
        page.locator(f'#{KEY} input[data-name="{slider}"]').press(key)
        assert stage.trait(page, KEY, trait) != before, slider
        picture = stage.picture(page, KEY)
        assert picture != seen, slider
    assert page.errors == []


def test_sliders_that_matter_to_nobody_are_put_away(figure: Page) -> None:
    def visible(name: str) -> bool:
        stage.settle(figure)
        return figure.locator(f'#{KEY} input[data-name="{name}"]').is_visible()

    assert [visible(name) for name in ("lambda1", "momentum", "sigma", "runs")] == [False, False, True, True]
    figure.locator(f'#{KEY} [data-name="sgd"]').click()
    figure.locator(f'#{KEY} [data-name="heavy_ball"]').click()
    figure.locator(f'#{KEY} [data-choice="quadratic"]').first.click()
    assert [visible(name) for name in ("lambda1", "momentum", "sigma", "runs")] == [True, True, False, False]
    assert not figure.locator(f'#{KEY} [data-action="renew"]').is_visible()


def test_every_racer_is_switched_on_and_off(figure: Page) -> None:
    for racer in RACERS:
        switch = figure.locator(f'#{KEY} [data-name="{racer}"]')
        drawn = figure.locator(f"#{KEY} .live-plane .live-racer-{racer}")
        on = racer in live.Race().racers
        assert drawn.count() == on, racer
        switch.click()
        assert stage.trait(figure, KEY, racer) is not on
        stage.settle(figure)
        assert drawn.count() == (not on), racer
        assert figure.locator(f"#{KEY} .live-strips .live-racer-{racer}").count() == 2 * (not on)
        assert switch.get_attribute("aria-checked") == str(not on).lower()
        switch.press("Enter")
        assert stage.trait(figure, KEY, racer) is on
    assert figure.errors == []


def test_with_nobody_running_the_figure_says_so(figure: Page) -> None:
    for racer in ("sam", "descent", "sgd"):
        figure.locator(f'#{KEY} [data-name="{racer}"]').click()
    assert "Nobody runs" in _status(figure)
    assert figure.locator(f"#{KEY} .live-plane .live-racer").count() == 0
    assert figure.errors == []


def test_every_landscape_is_chosen(figure: Page) -> None:
    contours = figure.locator(f"#{KEY} .live-contours path").nth(4)
    for landscape in [*live.race.LANDSCAPES[1:], live.race.LANDSCAPES[0]]:
        before = contours.get_attribute("d")
        figure.get_by_role("group", name="Landscape").locator(f'[data-choice="{landscape}"]').click()
        assert stage.trait(figure, KEY, "landscape") == landscape
        numbers = stage.numbers(figure, KEY)
        assert contours.get_attribute("d") != before
        expected = {racer: loss for racer, loss, _ in live.Race(landscape=landscape).standing()}
        assert numbers["sam-loss"] == pytest.approx(expected["sam"], rel=1e-8), landscape
    assert figure.errors == []


def test_the_mouse_drags_the_start_and_all_start_there(open_page: Callable[..., Page]) -> None:
    figure = open_page()
    stage.show(figure, live.Race(key=KEY))
    x, y = stage.middle(stage.handle(figure, KEY))
    before = stage.picture(figure, KEY)
    figure.mouse.move(x, y)
    figure.mouse.down()
    figure.mouse.move(x - 80, y + 40, steps=5)
    figure.mouse.up()
    start = stage.trait(figure, KEY, "start")
    assert start[0] < 0.9
    assert start[1] < 0.95
    assert stage.picture(figure, KEY) != before
    stage.handle(figure, KEY).press("r")
    assert {str(stage.shown(figure, KEY, f"{racer}-place")) for racer in ("sam", "descent", "sgd")} == {str(start)}
    assert figure.errors == []


def test_arrow_keys_move_the_start(figure: Page) -> None:
    handle = stage.handle(figure, KEY)
    handle.press("ArrowLeft")
    assert stage.trait(figure, KEY, "start") == pytest.approx([0.9, 1.0])
    handle.press("Shift+ArrowUp")
    assert stage.trait(figure, KEY, "start") == pytest.approx([0.9, 1.01])
    assert figure.locator(f"#{KEY} .live-handle:focus").count() == 1


def test_keys_and_moves_faster_than_the_drawing_are_not_lost(figure: Page) -> None:
    x, y = stage.middle(stage.handle(figure, KEY))
    figure.evaluate(
        """([x, y]) => {
          const handle = document.querySelector("#figure .live-handle");
          const mouse = (type, on, px, py) => {
            const event = { view: window, clientX: px, clientY: py, bubbles: true, cancelable: true };
            on.dispatchEvent(new MouseEvent(type, event));
          };
          mouse("mousedown", handle, x, y);
          mouse("mousemove", window, x - 40, y);
          mouse("mouseup", window, x - 40, y);
        }""",
        [x, y],
    )
    assert stage.trait(figure, KEY, "start")[0] < 0.95
    place = stage.trait(figure, KEY, "start")[0]
    figure.evaluate("""() => {
      for (const key of ["ArrowLeft", "ArrowLeft", "ArrowUp"]) {
        const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
        document.querySelector("#figure .live-handle").dispatchEvent(event);
      }
    }""")
    assert stage.trait(figure, KEY, "start") == pytest.approx([place - 0.2, 1.1])
    assert figure.errors == []


def test_a_finger_drags_the_start_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, live.Race(key=KEY))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    x, y = stage.middle(stage.handle(page, KEY))
    stage.swipe(page, (x, y), (x - 60, y + 30))
    start = stage.trait(page, KEY, "start")
    assert start[0] < 0.9
    assert page.evaluate("scrollY") == 0
    stage.settle(page)
    box = page.locator(f"#{KEY} .live-plane").bounding_box()
    assert box is not None
    stage.swipe(page, (box["x"] + 60, box["y"] + 250), (box["x"] + 60, box["y"] + 100))
    page.wait_for_function("scrollY > 50")
    assert stage.trait(page, KEY, "start") == start
    assert page.errors == []


def test_keys_and_buttons_step_play_and_reset(figure: Page) -> None:
    handle = stage.handle(figure, KEY)
    handle.press("r")
    assert stage.trait(figure, KEY, "t") == 0
    handle.press(".")
    assert [stage.shown(figure, KEY, f"{racer}-steps") for racer in ("sam", "descent", "sgd")] == [0, 1, 1]
    figure.locator(f'#{KEY} [data-action="forward"]').click()
    assert [stage.shown(figure, KEY, f"{racer}-steps") for racer in ("sam", "descent", "sgd")] == [1, 2, 2]
    handle.press(",")
    assert stage.trait(figure, KEY, "t") == 1
    handle.press(" ")
    figure.wait_for_function("models.figure.get('t') > 3")
    handle.press(" ")
    figure.locator(f'#{KEY} [data-action="reset"]').click()
    assert stage.trait(figure, KEY, "t") == 0
    figure.locator(f"#{KEY} .live-strips").click()
    assert 50 < stage.trait(figure, KEY, "t") < 70
    assert figure.errors == []


def test_giving_up_equal_cost_gives_sam_as_many_steps(figure: Page) -> None:
    figure.locator(f'#{KEY} [data-name="equal_cost"]').click()
    assert "After 120 steps of each, at unequal cost" in _status(figure)
    assert [stage.shown(figure, KEY, f"{racer}-steps") for racer in ("sam", "descent", "sgd")] == [120, 120, 120]
    assert "live-warning" in (figure.locator(f"#{KEY} .live-status").get_attribute("class") or "")
    assert figure.locator(f"#{KEY} .live-strips text", has_text="steps").count() == 1


def test_new_noise_changes_sgd_alone(figure: Page) -> None:
    def drawn(racer: str) -> str | None:
        stage.settle(figure)
        return figure.locator(f"#{KEY} .live-plane .live-racer-{racer} .live-racer-line").get_attribute("d")

    before = {racer: drawn(racer) for racer in ("sam", "descent", "sgd")}
    window = stage.trait(figure, KEY, "start")
    figure.locator(f'#{KEY} [data-action="renew"]').click()
    assert stage.trait(figure, KEY, "seed") == 60
    assert stage.trait(figure, KEY, "start") == window
    expected = live.Race(seed=60)
    assert stage.shown(figure, KEY, "sgd-place") == pytest.approx(expected.path("sgd")[-1], rel=1e-10)
    assert drawn("sgd") != before["sgd"]
    assert stage.shown(figure, KEY, "sam-place") == live.Race().path("sam")[-1].tolist()
    stage.handle(figure, KEY).press("n")
    assert stage.trait(figure, KEY, "seed") == 120


def test_the_noise_is_matched_to_sams_bounce(page: Page) -> None:
    stage.show(page, live.Race(key=KEY, rho=0.4, eta=0.3, sigma=1.5))
    page.locator(f'#{KEY} [data-action="match"]').click()
    assert stage.trait(page, KEY, "sigma") == pytest.approx(0.4 / 1.7, rel=1e-15)
    assert page.errors == []


def test_the_cloud_has_a_dot_for_every_run(figure: Page) -> None:
    dots = figure.locator(f"#{KEY} .live-plane .live-racer-sgd .live-racer-loose")
    assert (dots.get_attribute("d") or "").count("M") == 60
    figure.locator(f'#{KEY} input[data-name="runs"]').press("Home")
    stage.settle(figure)
    assert (dots.get_attribute("d") or "").count("M") == 1


def test_the_means_over_all_runs_of_sgd_are_shown(figure: Page) -> None:
    race = live.Race()
    last = race.cloud()[:, -1]
    assert stage.shown(figure, KEY, "mean-loss") == pytest.approx(race.height(last).mean(), rel=1e-10)
    assert stage.shown(figure, KEY, "mean-side") == pytest.approx(np.abs(last[:, 1]).mean(), rel=1e-10)
    assert stage.shown(figure, KEY, "mean-sharpness") == pytest.approx(race.sharpness(last).mean(), rel=1e-10)
    assert figure.locator(f"#{KEY} .live-readout").is_visible()
    figure.locator(f'#{KEY} [data-name="sgd"]').click()
    stage.settle(figure)
    assert not figure.locator(f"#{KEY} .live-readout").is_visible()


def test_presets_apply(open_page: Callable[..., Page]) -> None:
    figure = open_page()
    stage.show(figure, live.Race(key=KEY))
    settings = figure.get_by_role("group", name="Settings")
    for preset in stage.trait(figure, KEY, "presets"):
        button = settings.locator(f'[data-choice="{preset["name"]}"]')
        button.click()
        state = figure.evaluate("models.figure.traits")
        assert {name: state[name] for name in preset["state"]} == preset["state"]
        stage.settle(figure)
        assert button.get_attribute("aria-pressed") == "true"
    assert figure.errors == []


@pytest.mark.parametrize("name", SETTINGS)
def test_the_page_shows_samlibs_numbers(page: Page, name: str) -> None:
    figure = live.Race(key=KEY, **{**SETTINGS[name], **ALL})
    stage.show(page, figure)
    for t in (0, 17):
        stage.put(page, KEY, {"t": t})
        numbers = stage.numbers(page, KEY)
        for racer, loss, sharpness in figure.standing(t):
            step = figure.steps(racer, t)
            assert numbers[f"{racer}-steps"] == step
            np.testing.assert_allclose(
                numbers[f"{racer}-place"], figure.path(racer)[step], rtol=1e-11, atol=1e-12, err_msg=racer
            )
            assert numbers[f"{racer}-loss"] == pytest.approx(loss, rel=1e-10), racer
            assert numbers[f"{racer}-sharpness"] == pytest.approx(sharpness, rel=1e-10), racer
    assert page.errors == []


def test_the_band_of_sgd_lies_between_the_tenth_and_the_ninetieth_of_a_hundred(page: Page) -> None:
    figure = live.Race(key=KEY, landscape="quadratic", budget=30, runs=41)
    stage.show(page, figure)
    strip = page.locator(f"#{KEY} .live-strips .live-racer-sgd").first
    band = strip.locator(".live-racer-band").get_attribute("d") or ""
    line = strip.locator(".live-racer-line").get_attribute("d") or ""
    corners = [tuple(map(float, pair.split(","))) for pair in band.strip("MZ").split("L")]
    middle = [tuple(map(float, pair.split(","))) for pair in line.strip("M").split("L")]
    assert len(corners) == 2 * len(middle) == 62
    logs = {percent: np.log(rank(figure.height(figure.cloud()), percent)) for percent in (10, 50, 90)}
    # Pixels fall linearly with the logarithm of the loss; two points of the median give the scale.
    place = np.array([y for _, y in middle])
    slope, offset = np.polyfit(logs[50], place, 1)
    np.testing.assert_allclose(place, slope * logs[50] + offset, atol=0.2)
    upper, lower = np.array([y for _, y in corners[:31]]), np.array([y for _, y in reversed(corners[31:])])
    np.testing.assert_allclose(upper, slope * logs[90] + offset, atol=0.3)
    np.testing.assert_allclose(lower, slope * logs[10] + offset, atol=0.3)


def test_a_run_that_leaves_for_infinity_is_told_and_the_others_go_on(page: Page) -> None:
    stage.show(page, live.Race(key=KEY, landscape="valley", eta=0.6, start=[0.5, 1.9], heavy_ball=True))
    words = _status(page)
    assert "left for infinity" in words
    assert page.locator(f"#{KEY} .live-plane path[d*='NaN']").count() == 0
    assert page.locator(f"#{KEY} .live-strips path[d*='NaN']").count() == 0
    assert page.errors == []


def test_a_value_from_outside_that_cannot_be_drawn_is_refused_in_words(figure: Page) -> None:
    picture = figure.locator(f"#{KEY} .live-plane").inner_html()
    for name, value, words in (
        ("landscape", '"hill"', "the landscape must be one of ravine, other_reading, quadratic, valley"),
        ("runs", "2.5", "runs must be a whole number"),
        ("momentum", "1", "m = 1 is outside 0 … 0.95"),
        ("sgd", "3", "sgd must be true or false"),
    ):
        before = figure.evaluate(f"models.figure.get('{name}')")
        figure.evaluate(f"models.figure.set('{name}', {value})")
        assert words in _status(figure)
        assert figure.locator(f"#{KEY} .live-plane").inner_html() == picture
        figure.evaluate("([name, value]) => models.figure.set(name, value)", [name, before])
    assert "Not drawn" not in _status(figure)
    assert figure.errors == []


def test_many_runs_are_drawn_anew_at_every_move(page: Page) -> None:
    """200 runs over 600 gradients are computed from scratch at every move, and none of the drawings is lost."""
    stage.show(page, live.Race(key=KEY, runs=200, budget=600, **ALL))
    before = page.evaluate("drawings.figure.length")
    for _ in range(3):
        stage.handle(page, KEY).press("ArrowLeft")
        stage.settle(page)
    assert page.evaluate("drawings.figure.length") >= before + 3
    assert page.errors == []


@pytest.mark.parametrize("width", [360, 1100])
def test_text_is_readable_and_nothing_overflows_or_moves(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    stage.show(page, live.Race(key=KEY))
    page.add_style_tag(content="body { max-width: none !important; font-family: sans-serif }")
    for setting in SETTINGS.values():
        stage.put(page, KEY, {**setting, **ALL})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert stage.misplaced(page) == []
    sizes = page.evaluate("""[...document.querySelectorAll(".live-svg text, .live-figure :is(button, p, th, td)")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    heights = set()
    for t in (0, 3, 40, 120):
        stage.put(page, KEY, {"t": t})
        heights.add(page.evaluate("document.querySelector('.live-figure').offsetHeight"))
    assert len(heights) == 1
    assert page.errors == []


def test_the_status_is_spoken_and_the_drawing_has_a_name(figure: Page) -> None:
    stage.handle(figure, KEY).press(",")
    spoken = "document.querySelector('#figure [role=status]').textContent"
    figure.wait_for_function(f"{spoken}.startsWith('After 119 gradients: gradient descent has the lowest loss')")
    assert "SAM is where it is flattest" in figure.evaluate(spoken)
    label = figure.locator(f"#{KEY} .live-plane svg").get_attribute("aria-label") or ""
    assert "SAM, gradient descent, SGD" in label
    assert figure.locator(f"#{KEY} figure").get_attribute("aria-label") == live.Race().describe()


def test_a_closed_figure_leaves_nothing_behind(figure: Page) -> None:
    stage.handle(figure, KEY).press(" ")
    figure.evaluate("closers.figure()")
    assert figure.locator(f"#{KEY} *").count() == 0
    figure.evaluate("models.figure.set('eta', 0.3)")
    figure.wait_for_timeout(300)
    assert figure.errors == []
    assert figure.evaluate("Object.values(models.figure.listeners).every((each) => each.size === 0)")
