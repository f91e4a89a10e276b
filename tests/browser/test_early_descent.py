"""`live.EarlyDescent` in Chromium: every control, the trap, the switch that breaks the hypothesis, samlib's numbers."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from samlib import bounds, live
from tests.browser import stage

KEY = "figure"
SHOWN = {setting[0]: setting[2] for setting in live.EarlyDescent.SETTINGS}


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


@pytest.fixture
def shown(page: Page) -> Page:
    """A page with the figure as it comes."""
    stage.show(page, live.EarlyDescent(key=KEY))
    return page


def test_every_slider_and_button_redraws(shown: Page) -> None:
    for name in ("eta", "rho", "lambda1", "lambda2", "steps", "gap", "spread"):
        picture = stage.picture(shown, KEY)
        shown.locator(f'#{KEY} input[data-name="{name}"]').press("ArrowRight")
        assert stage.picture(shown, KEY) != picture, name
    picture = stage.picture(shown, KEY)
    shown.locator(f'#{KEY} [data-action="sample"]').click()
    assert stage.trait(shown, KEY, "seed") == 1
    assert stage.picture(shown, KEY) != picture
    shown.locator(f'#{KEY} [data-choice="ring"]').click()
    assert stage.trait(shown, KEY, "zoom") is True
    shown.locator(f'#{KEY} [data-choice="path"]').click()
    assert stage.trait(shown, KEY, "zoom") is False
    assert shown.errors == []


def test_presets_apply(shown: Page) -> None:
    for name, setting in SHOWN.items():
        shown.locator(f'#{KEY} [data-choice="{name}"]').click()
        assert {trait: stage.trait(shown, KEY, trait) for trait in setting} == setting
        stage.settle(shown)
        assert shown.locator(f'#{KEY} [data-choice="{name}"]').get_attribute("aria-pressed") == "true"
    assert shown.errors == []


def test_the_mouse_drags_the_start(shown: Page) -> None:
    before = stage.trait(shown, KEY, "start")
    x, y = stage.middle(stage.handle(shown, KEY))
    shown.mouse.move(x, y)
    shown.mouse.down()
    shown.mouse.move(x - 50, y + 40, steps=4)
    stage.settle(shown)
    assert np.allclose(stage.middle(stage.handle(shown, KEY)), (x - 50, y + 40), atol=1.5)
    shown.mouse.up()
    after = stage.trait(shown, KEY, "start")
    assert after[0] < before[0]
    assert after[1] < before[1]
    assert shown.errors == []


def test_a_finger_drags_the_start_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, live.EarlyDescent(key=KEY))
    before = stage.trait(page, KEY, "start")
    x, y = stage.middle(stage.handle(page, KEY))
    stage.swipe(page, (x, y), (x - 30, y + 60))
    after = stage.trait(page, KEY, "start")
    assert after[0] < before[0]
    assert page.evaluate("scrollY") == 0
    stage.settle(page)
    plane = page.locator(f"#{KEY} .live-plane").bounding_box()
    assert plane is not None
    stage.swipe(page, (plane["x"] + 70, plane["y"] + 230), (plane["x"] + 70, plane["y"] + 40))
    page.wait_for_function("scrollY > 50")
    assert stage.trait(page, KEY, "start") == after
    assert page.errors == []


def test_keys_walk_play_and_widen_the_ring(shown: Page) -> None:
    handle = stage.handle(shown, KEY)
    handle.press("r")
    assert stage.trait(shown, KEY, "t") == 0
    handle.press(".")
    handle.press(".")
    handle.press(",")
    assert stage.trait(shown, KEY, "t") == 1
    handle.press("ArrowLeft")
    assert stage.trait(shown, KEY, "start")[0] < 2
    handle.press("]")
    assert stage.trait(shown, KEY, "gap") == 0.045
    handle.press("[")
    handle.press("[")
    assert stage.trait(shown, KEY, "gap") == 0.035
    handle.press("n")
    assert stage.trait(shown, KEY, "seed") == 1
    handle.press(" ")
    shown.wait_for_function(f"models.{KEY}.get('t') > 2")
    handle.press(" ")
    paused = stage.trait(shown, KEY, "t")
    shown.wait_for_timeout(400)
    assert stage.trait(shown, KEY, "t") == paused
    assert shown.errors == []


def test_a_click_on_the_chart_of_chances_chooses_the_width(shown: Page) -> None:
    chart = shown.locator(f"#{KEY} .live-chance")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": 46 + (box["width"] - 56) / 3, "y": 60})  # a third of the way from 0.001 to 1
    assert stage.trait(shown, KEY, "gap") == pytest.approx(0.01, abs=0.0011)
    chart.click(position={"x": box["width"] - 12, "y": 60})
    assert stage.trait(shown, KEY, "gap") == 0.5
    assert "The ring reaches into the ball" in _status(shown)


@pytest.mark.parametrize("name", SHOWN)
def test_the_numbers_are_samlibs(page: Page, name: str) -> None:
    figure = live.EarlyDescent(key=KEY, **{**SHOWN[name], "t": 3})
    stage.show(page, figure)
    lengths, theory = figure.lengths(), figure.theory
    assert np.isclose(stage.shown(page, KEY, "length"), lengths[3], rtol=1e-12)
    assert np.isclose(stage.shown(page, KEY, "time"), figure.time, rtol=1e-12)
    entered = np.flatnonzero(lengths <= theory.b)
    assert stage.shown(page, KEY, "arrival") == (entered[0] if entered.size else -1)
    rate = 1 - figure.eta * figure.eigenvalues[1]
    bound = theory.b if lengths[0] <= theory.b else max(theory.b, lengths[0] * rate**3)
    assert np.isclose(stage.shown(page, KEY, "bound"), bound, rtol=1e-12)
    gamma = float(theory.gamma[0])
    if not math.isfinite(gamma):
        assert "there is no ring" in _status(page)
        return
    until = entered[0] + 1 if entered.size else len(lengths)
    assert np.isclose(stage.shown(page, KEY, "closest"), np.abs(lengths[:until] - gamma).min(), rtol=1e-9, atol=1e-15)
    assert np.isclose(stage.shown(page, KEY, "delta"), figure.gap * gamma, rtol=1e-12)
    # logarithm, sine and cosine may differ in their last bit, and move a start across the edge of the ring
    assert abs(stage.shown(page, KEY, "chance") - figure.chance()) * figure.samples <= 1.5
    if theory.has_small_step:
        failure, sigma = figure.chance() / 2, figure.spread
        radius = sigma * figure.eigenvalues[0] * math.sqrt(2 * math.log(1 / failure))
        density = 1 / (2 * math.pi * sigma**2 * math.prod(figure.eigenvalues))
        promised = bounds.log_gap(theory, radius, density, failure)
        assert stage.shown(page, KEY, "promise") == pytest.approx(promised, abs=0.1)


def test_the_trap_is_exact_and_said_to_be(shown: Page) -> None:
    shown.locator(f'#{KEY} [data-choice="trap"]').click()
    assert "At step 0 the length is γ₁ = 0.25 exactly" in _status(shown)
    assert stage.shown(shown, KEY, "closest") == 0
    for start in ([0.21, 0.3], [0.2, 0.31]):
        shown.evaluate("([key, start]) => models[key].set('start', start)", [KEY, start])
        assert "exactly" not in _status(shown)


def test_the_dots_are_the_starts_that_pass_through_the_ring(shown: Page) -> None:
    dots = "(name) => (document.querySelector(`.live-sample-${name}`).getAttribute('d').match(/h0/g) ?? []).length"
    shown.locator(f'#{KEY} input[data-name="gap"]').press("Home")
    stage.settle(shown)
    narrow = shown.evaluate(dots, "hit")
    assert 0 < narrow < 100
    assert shown.evaluate(dots, "miss") > 300
    shown.locator(f'#{KEY} input[data-name="gap"]').press("End")
    stage.settle(shown)
    assert shown.evaluate(dots, "hit") > 5 * narrow


def test_the_switch_lets_the_contraction_fail(shown: Page) -> None:
    eta, switch = shown.locator(f'#{KEY} input[data-name="eta"]'), shown.locator(f'#{KEY} [data-name="broken"]')
    breaches = shown.locator(f"#{KEY} .live-breach")
    eta.press("End")
    assert "η stops below 1/(2λ₁) = 0.5." in _status(shown)
    assert breaches.get_attribute("d") == ""
    switch.click()
    for value, fails in [(0.66, False), (0.67, True)]:  # 1/(λ₁ + λ₂) = 2/3
        shown.evaluate("([key, eta]) => models[key].set('eta', eta)", [KEY, value])
        assert ("(5) fails" in _status(shown)) == fails
    shown.locator(f'#{KEY} [data-choice="overshoot"]').click()
    assert "step 1 multiplies the length by 0.333, more than 0.19" in _status(shown)
    assert "still by ⌈T⌉ = 2" in _status(shown)
    assert breaches.get_attribute("d") != ""
    shown.locator(f'#{KEY} [data-choice="outside"]').click()
    assert "not in the ball b = 0.36 within 20 steps" in _status(shown)
    assert "no ring" in _status(shown)
    switch.click()
    assert "η went back to" in _status(shown)
    assert stage.trait(shown, KEY, "eta") < 0.5
    assert "(5) fails" not in _status(shown)
    assert shown.errors == []


def test_a_bad_value_from_outside_is_said_and_the_last_picture_kept(shown: Page) -> None:
    drawn = shown.locator(f"#{KEY} .live-plane svg")
    stage.settle(shown)
    picture = drawn.inner_html()
    for trait, value, words in [
        ("eta", 0.7, "η = 0.7 is not below 1/(2λ₁) = 0.5"),
        ("gap", 2, "Δ/γ₁ = 2 is outside"),
        ("seed", 0.5, "seed must be a whole number"),
        ("zoom", 1, "zoom must be true or false"),
    ]:
        good = stage.trait(shown, KEY, trait)
        shown.evaluate("([key, trait, value]) => models[key].set(trait, value)", [KEY, trait, value])
        assert words in _status(shown)
        assert drawn.inner_html() == picture
        shown.evaluate("([key, trait, value]) => models[key].set(trait, value)", [KEY, trait, good])
    assert "Not drawn" not in _status(shown)
    assert shown.errors == []


def test_a_start_at_the_minimum_is_drawn(shown: Page) -> None:
    shown.evaluate("(key) => models[key].set('start', [0, 0])", KEY)
    assert "starts in the ball" in _status(shown)
    shown.evaluate("(key) => models[key].set('start', [0, 1])", KEY)
    assert "Step 20 of 20" in _status(shown)
    assert "NaN" not in shown.locator(f"#{KEY}").inner_html()
    assert shown.errors == []


@pytest.mark.parametrize("width", [360, 700, 1400])
def test_text_is_readable_and_nothing_overflows(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, live.EarlyDescent(key=KEY))
    page.add_style_tag(content="body { max-width: none !important }")
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("""[...document.querySelectorAll(".live-svg text, .live-figure button, .live-figure p")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    panels = [page.locator(f"#{KEY} {name}").bounding_box() for name in (".live-strips", ".live-chance")]
    assert all(panels)
    assert panels[0]["y"] + panels[0]["height"] <= panels[1]["y"]


@pytest.mark.parametrize("width", [360, 700])
def test_nothing_below_the_figure_moves_while_it_plays(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, live.EarlyDescent(key=KEY))
    heights = set()
    for t in range(21):
        page.evaluate("([key, t]) => models[key].set('t', t)", [KEY, t])
        stage.settle(page)
        heights.add(page.evaluate("document.querySelector('.live-figure').offsetHeight"))
    assert len(heights) == 1


def test_two_figures_do_not_interfere_and_close_clean(page: Page) -> None:
    stage.show(page, live.EarlyDescent(key="one"), live.EarlyDescent(key="two"))
    stage.settle(page)
    other = page.locator("#two .live-views").inner_html()
    page.locator('#one input[data-name="gap"]').press("ArrowRight")
    stage.settle(page)
    assert page.locator("#two .live-views").inner_html() == other
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    page.evaluate("for (const close of Object.values(closers)) close()")
    heard = (
        "Object.values(models).flatMap((model) => Object.values(model.listeners)).reduce((n, each) => n + each.size, 0)"
    )
    assert page.evaluate(heard) == 0
    assert page.errors == []


def test_the_state_is_spoken(shown: Page) -> None:
    shown.wait_for_function(f"document.querySelector('#{KEY} [role=status]').textContent.startsWith('Step 20 of 20')")
    spoken = shown.locator(f"#{KEY} [role=status]").inner_text()
    assert "in the ball b = 0.2 at step 9; by ⌈T⌉ = 25 it must be" in spoken
    assert "random starts" in spoken
