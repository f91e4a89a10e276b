"""The live figures in Chromium: each answers to every way of handling it, and shows samlib's numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

import samlib
from samlib import live
from tests.browser import stage

FIGURES = [live.StepAnatomy, live.Bounce, live.Potential]


@pytest.fixture(params=FIGURES, ids=lambda figure: figure.__name__)
def figure(request: pytest.FixtureRequest, page: Page) -> tuple[Page, str]:
    """A page with one figure, and the figure's key."""
    stage.show(page, request.param(key="figure"))
    return page, "figure"


def test_sliders_redraw(figure: tuple[Page, str]) -> None:
    page, key = figure
    for name, trait in [("eta", "eta"), ("rho", "rho"), ("lambda1", "eigenvalues"), ("lambda2", "eigenvalues")]:
        before, picture = stage.trait(page, key, trait), stage.picture(page, key)
        page.locator(f'#{key} input[data-name="{name}"]').press("ArrowRight")
        assert stage.trait(page, key, trait) != before, name
        assert stage.picture(page, key) != picture, name
    assert page.errors == []


def test_the_mouse_drags_the_start(figure: tuple[Page, str]) -> None:
    page, key = figure
    before, picture = stage.trait(page, key, "start"), stage.picture(page, key)
    x, y = stage.middle(stage.handle(page, key))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 40, steps=4)
    during = stage.trait(page, key, "start")
    assert during[0] < before[0]
    assert during[1] < before[1]
    # The picture keeps its scale under the pointer, so the handle stays there.
    stage.settle(page)
    assert np.allclose(stage.middle(stage.handle(page, key)), (x - 60, y + 40), atol=1.5)
    page.mouse.up()
    assert stage.picture(page, key) != picture
    assert page.errors == []


@pytest.mark.parametrize("kind", FIGURES, ids=lambda kind: kind.__name__)
def test_a_finger_drags_the_start_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page], kind: Any) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, kind(key="figure"))
    before = stage.trait(page, "figure", "start")
    x, y = stage.middle(stage.handle(page, "figure"))
    stage.swipe(page, (x, y), (x - 30, y + 80))
    after = stage.trait(page, "figure", "start")
    assert after[0] < before[0]
    assert after[1] < before[1]
    assert page.evaluate("scrollY") == 0
    stage.settle(page)
    plane = page.locator("#figure .live-plane").bounding_box()
    assert plane is not None
    stage.swipe(page, (plane["x"] + 70, plane["y"] + 250), (plane["x"] + 70, plane["y"] + 60))
    page.wait_for_function("scrollY > 50")
    assert stage.trait(page, "figure", "start") == after
    assert page.errors == []


def test_arrow_keys_move_the_start_and_shift_makes_them_fine(figure: tuple[Page, str]) -> None:
    page, key = figure
    start, picture = stage.trait(page, key, "start"), stage.picture(page, key)
    handle = stage.handle(page, key)
    handle.press("ArrowLeft")
    left = stage.trait(page, key, "start")
    assert left[0] < start[0]
    assert left[1] == start[1]
    stage.settle(page)
    handle.press("Shift+ArrowUp")
    up = stage.trait(page, key, "start")
    assert up[0] == left[0]
    assert up[1] > left[1]
    assert up[1] - left[1] < (start[0] - left[0]) * 0.51
    assert stage.picture(page, key) != picture
    assert page.locator(f"#{key} .live-handle:focus").count() == 1


def test_keys_and_buttons_step_play_and_reset(figure: tuple[Page, str]) -> None:
    page, key = figure
    name, first = ("stage", 1) if stage.trait(page, key, "stage") else ("t", 0)
    handle = stage.handle(page, key)
    handle.press("r")
    assert stage.trait(page, key, name) == first
    picture = stage.picture(page, key)
    handle.press(".")
    assert stage.trait(page, key, name) == first + 1
    assert stage.picture(page, key) != picture
    page.locator(f'#{key} [data-action="forward"]').click()
    assert stage.trait(page, key, name) == first + 2
    handle.press(",")
    assert stage.trait(page, key, name) == first + 1
    handle.press(" ")
    page.wait_for_function("([key, name, t]) => models[key].get(name) > t", arg=[key, name, first + 1])
    handle.press(" ")
    paused = stage.trait(page, key, name)
    page.wait_for_timeout(300)
    assert stage.trait(page, key, name) == paused
    page.locator(f'#{key} [data-action="reset"]').click()
    assert stage.trait(page, key, name) == first
    assert page.errors == []


def test_presets_apply(figure: tuple[Page, str]) -> None:
    page, key = figure
    for preset in stage.trait(page, key, "presets"):
        page.locator(f'#{key} [data-choice="{preset["name"]}"]').click()
        for trait, value in preset["state"].items():
            assert stage.trait(page, key, trait) == value
        stage.settle(page)
        pressed = page.locator(f'#{key} [data-choice="{preset["name"]}"]').get_attribute("aria-pressed")
        assert pressed == "true"
    assert page.errors == []


def test_bounce_shows_samlibs_numbers_at_every_step(page: Page) -> None:
    figure = live.Bounce(key="figure", eta=0.35, rho=0.8, eigenvalues=[1.2, 0.7], start=[-1.5, 0.8], steps=20)
    stage.show(page, figure)
    stage.handle(page, "figure").press("r")
    path, theory = figure.path(), figure.theory
    flipped = samlib.flip_signs(path)
    for t in range(6):
        assert np.allclose(stage.shown(page, "figure", "w"), path[t], rtol=1e-12, atol=1e-12)
        assert np.isclose(stage.shown(page, "figure", "loss"), figure.loss.value(path[t]), rtol=1e-12)
        assert np.isclose(stage.shown(page, "figure", "potential"), theory.potential(flipped[t]), rtol=1e-12)
        distance = np.linalg.norm(theory.limit_cycle() - path[t], axis=1).min()
        assert np.isclose(stage.shown(page, "figure", "distance"), distance, rtol=1e-12)
        stage.handle(page, "figure").press(".")
    stage.handle(page, "figure").press("u")
    stage.handle(page, "figure").press(",")
    assert np.allclose(stage.shown(page, "figure", "w"), flipped[5], rtol=1e-12)


def test_potential_shows_the_exact_decrease_beside_the_measured_one(page: Page) -> None:
    figure = live.Potential(key="figure", t=1)
    stage.show(page, figure)
    flipped = samlib.flip_signs(figure.path())
    fall = figure.theory.descent(flipped[1])
    quadratic, bregman, measured = (stage.shown(page, "figure", name) for name in ("quadratic", "bregman", "measured"))
    assert np.isclose(quadratic, fall.quadratic, rtol=1e-11)
    assert np.isclose(bregman, fall.bregman, rtol=1e-11)
    assert np.isclose(measured, -np.diff(figure.theory.potential(flipped))[1], rtol=1e-11)
    assert np.isclose(quadratic + bregman, measured, rtol=1e-11)


def test_step_anatomy_shows_samlibs_step_and_its_terms_light_up(page: Page) -> None:
    figure = live.StepAnatomy(key="figure")
    stage.show(page, figure)
    loss, w = samlib.Quadratic(figure.eigenvalues), np.array(figure.start)
    sam = samlib.SAM(eta=figure.eta, rho=figure.rho)
    ascended = w + sam.perturbation(loss, w)
    expected = [loss.gradient(w), ascended, loss.gradient(ascended), sam.step(loss, w)]
    for place, (name, value) in enumerate(
        zip(["gradient", "ascent", "gradientThere", "next"], expected, strict=True), 1
    ):
        page.locator(f'#figure [data-stage="{place}"]').click()
        assert np.allclose(stage.shown(page, "figure", name), value, rtol=1e-12)
        lit = page.locator("#figure .live-formula .live-lit").evaluate_all(
            "(all) => all.map((each) => each.dataset.term)"
        )
        assert set(lit) == {str(place)}
    page.locator('#figure [data-term="2"]').click(position={"x": 4, "y": 20})
    assert stage.trait(page, "figure", "stage") == 2
    page.locator('#figure [data-action="again"]').click()
    assert np.allclose(stage.trait(page, "figure", "start"), expected[-1], rtol=1e-12)


def test_a_bad_value_from_outside_is_said_and_the_last_picture_kept(figure: tuple[Page, str]) -> None:
    page, key = figure
    drawn = page.locator(f"#{key} .live-plane svg")
    stage.settle(page)
    picture = drawn.inner_html()
    for trait, value, words in [
        ("eta", 5, "η = 5 is outside"),
        ("eta", "0.1", "η must be a number"),
        ("start", [0.1], "must be 2 numbers"),
        ("eigenvalues", [0.5, 1], "λ₁ = 0.5 must be at least λ₂ = 1"),
    ]:
        good = stage.trait(page, key, trait)
        page.evaluate("([key, trait, value]) => models[key].set(trait, value)", [key, trait, value])
        stage.settle(page)
        assert words in page.locator(f"#{key} .live-status").inner_text()
        assert drawn.inner_html() == picture
        page.evaluate("([key, trait, value]) => models[key].set(trait, value)", [key, trait, good])
    stage.settle(page)
    assert "Not drawn" not in page.locator(f"#{key} .live-status").inner_text()
    # The reader's next wish puts a refused value right.
    page.evaluate("(key) => models[key].set('eta', 5)", key)
    stage.settle(page)
    page.locator(f'#{key} input[data-name="rho"]').press("ArrowRight")
    assert stage.trait(page, key, "eta") < 2
    assert page.errors == []


def test_sliders_stop_at_the_reach_of_the_theory_and_say_so(figure: tuple[Page, str]) -> None:
    page, key = figure
    status = page.locator(f"#{key} .live-status")
    page.locator(f'#{key} input[data-name="lambda2"]').press("End")
    stage.settle(page)
    assert stage.trait(page, key, "eigenvalues") == [1, 1]
    assert "λ₂ stops at λ₁ = 1." in status.inner_text()
    page.locator(f'#{key} input[data-name="lambda1"]').press("Home")
    stage.settle(page)
    assert stage.trait(page, key, "eigenvalues") == [1, 1]
    assert "λ₁ stops at λ₂ = 1." in status.inner_text()
    page.evaluate("(key) => { models[key].set('eta', 0.2); models[key].set('eigenvalues', [1.6, 0.5]); }", key)
    page.locator(f'#{key} input[data-name="eta"]').press("End")
    stage.settle(page)
    assert 1.2 < stage.trait(page, key, "eta") < 2 / 1.6
    assert "η stops below 2/λ₁ = 1.25." in status.inner_text()


def test_traits_set_from_outside_redraw(figure: tuple[Page, str]) -> None:
    page, key = figure
    picture = stage.picture(page, key)
    page.evaluate("(key) => models[key].set('eta', 0.4)", key)
    assert stage.picture(page, key) != picture
    assert page.locator(f'#{key} input[data-name="eta"]').input_value() == "0.4"


def test_the_switch_turns_the_bounce_into_a_descent(page: Page) -> None:
    stage.show(page, live.Bounce(key="figure"))
    page.locator('#figure [data-choice="cycle"]').click()
    stage.settle(page)
    first = page.locator("#figure .live-strips .live-curve").first
    turns = "(path) => path.getAttribute('d').match(/[\\d.]+,[\\d.]+/g).slice(-8).map((p) => Number(p.split(',')[1]))"
    assert np.abs(np.diff(first.evaluate(turns))).min() > 20  # w₁ jumps from side to side
    page.locator('#figure [data-name="flipped"]').click()
    stage.settle(page)
    assert np.abs(np.diff(first.evaluate(turns))).max() < 5  # u₁ settles


def test_two_figures_of_each_kind_do_not_interfere_and_close_clean(page: Page) -> None:
    stage.show(page, *[kind(key=f"{stage.bundle_name(kind)}{k}") for kind in FIGURES for k in (1, 2)])
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    other = page.locator("#bounce2 .live-views")
    stage.settle(page)
    second = other.inner_html()
    page.locator('#bounce1 input[data-name="eta"]').press("ArrowRight")
    stage.handle(page, "bounce1").press("r")
    stage.settle(page)
    assert other.inner_html() == second
    page.evaluate("for (const close of Object.values(closers)) close()")
    assert page.locator(".live-figure").count() == 0
    heard = (
        "Object.values(models).flatMap((model) => Object.values(model.listeners)).reduce((n, each) => n + each.size, 0)"
    )
    assert page.evaluate(heard) == 0
    page.evaluate("models.bounce1.set('eta', 0.5)")
    assert page.errors == []


def test_motion_is_skipped_for_readers_who_prefer_that(open_page: Callable[..., Page]) -> None:
    frames = {}
    for wish in ("no-preference", "reduce"):
        page = open_page(reduced_motion=wish)
        stage.show(page, live.Bounce(key="figure"))
        stage.settle(page)
        before = page.evaluate("drawings.figure.length")
        stage.handle(page, "figure").press("u")
        stage.settle(page)
        frames[wish] = page.evaluate("drawings.figure.length") - before
    assert frames["reduce"] <= 2
    assert frames["no-preference"] > 10


def test_the_heat_map_follows_the_theme(page: Page) -> None:
    stage.show(page, live.Potential(key="figure"))
    brightness = """() => {
      const canvas = document.querySelector(".live-heatmap");
      const { data } = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
      return data[0];
    }"""
    stage.settle(page)
    assert page.evaluate(brightness) > 200
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    stage.settle(page)
    assert page.evaluate(brightness) < 60


@pytest.mark.parametrize("width", [360, 700, 3840])
def test_text_is_readable_and_nothing_overflows(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, *[kind(key=stage.bundle_name(kind)) for kind in FIGURES])
    page.add_style_tag(content="body { max-width: none !important }")
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("""[...document.querySelectorAll(".live-svg text, .live-figure button, .live-figure p")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    reach = page.locator(".live-reach").first.bounding_box()
    assert reach is not None
    assert reach["width"] >= 24


@pytest.mark.parametrize("width", [360, 700])
def test_nothing_below_a_figure_moves_while_it_plays(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, *[kind(key=stage.bundle_name(kind)) for kind in FIGURES])
    height = "[...document.querySelectorAll('.live-figure')].map((each) => each.offsetHeight)"
    heights = set()
    for place in range(31):
        page.evaluate(
            """(place) => {
              for (const model of Object.values(models)) model.set("t", Math.min(place, model.get("steps")));
              models.step_anatomy.set("stage", 1 + (place % 4));
            }""",
            place,
        )
        page.evaluate("new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))")
        heights.add(tuple(page.evaluate(height)))
    assert len(heights) == 1


def test_the_spoken_line_waits_until_the_state_stays(page: Page) -> None:
    stage.show(page, live.Bounce(key="figure"))
    spoken = page.locator("#figure [role=status]")
    page.wait_for_function("document.querySelector('#figure [role=status]').textContent.startsWith('Step 30 of 30')")
    # Three keys and a look at the line within one task of the page, so that no clock decides.
    during = stage.handle(page, "figure").evaluate("""(handle) => {
      for (let k = 0; k < 3; k++) handle.dispatchEvent(new KeyboardEvent("keydown", { key: ",", bubbles: true }));
      return document.querySelector("#figure [role=status]").textContent;
    }""")
    assert during.startswith("Step 30 of 30")
    page.wait_for_function("document.querySelector('#figure [role=status]').textContent.startsWith('Step 27 of 30')")
    assert "from the predicted cycle ±(0.111, 0)" in spoken.inner_text()
