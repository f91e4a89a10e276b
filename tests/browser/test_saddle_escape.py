"""`SaddleEscape` in Chromium: every control, both broken hypotheses, and samlib's numbers on the page."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from samlib import live
from samlib._validation import Array
from tests.browser import stage

KEY = "figure"


@pytest.fixture
def figure(page: Page) -> Page:
    """A page with the figure in its first setting."""
    stage.show(page, live.SaddleEscape(key=KEY))
    return page


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


@pytest.mark.parametrize(
    ("slider", "trait", "key"),
    [
        ("eta", "eta", "ArrowRight"),
        ("rho", "rho", "ArrowRight"),
        ("lambda1", "eigenvalues", "ArrowLeft"),
        ("lambda2", "eigenvalues", "ArrowRight"),
        ("steps", "steps", "ArrowRight"),
        ("sigma", "sigma", "ArrowRight"),
        ("height", "height", "ArrowRight"),
        ("epsilon", "epsilon", "ArrowRight"),
    ],
)
def test_every_slider_moves_its_trait_and_redraws(figure: Page, slider: str, trait: str, key: str) -> None:
    before, picture = stage.trait(figure, KEY, trait), stage.picture(figure, KEY)
    figure.locator(f'#{KEY} input[data-name="{slider}"]').press(key)
    assert stage.trait(figure, KEY, trait) != before
    assert stage.picture(figure, KEY) != picture
    assert figure.errors == []


def test_the_mouse_drags_sigma_along_its_logarithmic_axis(figure: Page) -> None:
    picture = stage.picture(figure, KEY)
    x, y = stage.middle(stage.handle(figure, KEY))
    figure.mouse.move(x, y)
    figure.mouse.down()
    figure.mouse.move(x + 60, y + 30, steps=4)
    stage.settle(figure)
    assert 1e-12 < stage.trait(figure, KEY, "sigma") < 1e-7  # to the right: closer to the saddle
    assert stage.middle(stage.handle(figure, KEY))[0] == pytest.approx(x + 60, abs=1.5)
    figure.mouse.move(x + 2000, y, steps=4)
    figure.mouse.up()
    assert stage.trait(figure, KEY, "sigma") == 1e-15
    assert stage.picture(figure, KEY) != picture
    assert figure.errors == []


def test_a_click_in_the_plot_chooses_sigma_and_leaves_the_axis(figure: Page) -> None:
    figure.locator(f'#{KEY} [data-name="on_axis"]').click()
    box = figure.locator(f"#{KEY} .live-scatter").bounding_box()
    assert box is not None
    figure.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    assert 1e-6 < stage.trait(figure, KEY, "sigma") < 1e-1
    assert stage.trait(figure, KEY, "on_axis") is False
    assert figure.errors == []


def test_a_finger_drags_sigma_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, live.SaddleEscape(key=KEY))
    x, y = stage.middle(stage.handle(page, KEY))
    stage.swipe(page, (x, y), (x + 60, y + 20))
    sigma = stage.trait(page, KEY, "sigma")
    assert sigma < 1e-7
    assert page.evaluate("scrollY") == 0
    stage.settle(page)
    box = page.locator(f"#{KEY} .live-scatter").bounding_box()
    assert box is not None
    stage.swipe(page, (box["x"] + 90, box["y"] + 120), (box["x"] + 90, box["y"] + 10))
    page.wait_for_function("scrollY > 50")
    assert stage.trait(page, KEY, "sigma") == sigma
    assert page.errors == []


def test_arrow_keys_move_sigma_by_a_tenth_of_a_decade_and_shift_makes_them_fine(figure: Page) -> None:
    handle = stage.handle(figure, KEY)
    handle.press("ArrowRight")
    assert stage.trait(figure, KEY, "sigma") == pytest.approx(10**-6.1, rel=0.01)
    handle.press("ArrowLeft")
    handle.press("ArrowLeft")
    assert stage.trait(figure, KEY, "sigma") == pytest.approx(10**-5.9, rel=0.01)
    handle.press("Shift+ArrowLeft")
    assert stage.trait(figure, KEY, "sigma") == pytest.approx(10**-5.89, rel=0.01)
    assert figure.locator(f"#{KEY} .live-handle:focus").count() == 1
    assert "escape at step" in (handle.get_attribute("aria-valuetext") or "")


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
    assert 10 < stage.trait(figure, KEY, "t") < 20
    assert figure.errors == []


def test_presets_apply(figure: Page) -> None:
    for preset in stage.trait(figure, KEY, "presets"):
        button = figure.locator(f'#{KEY} [data-choice="{preset["name"]}"]')
        button.click()
        for trait, value in preset["state"].items():
            assert stage.trait(figure, KEY, trait) == value
        stage.settle(figure)
        assert button.get_attribute("aria-pressed") == "true"
    assert figure.errors == []


@pytest.mark.parametrize("name", [name for name, _, _ in live.SaddleEscape.SETTINGS])
def test_the_page_shows_samlibs_numbers(page: Page, name: str) -> None:
    setting = next(setting for each, _, setting in live.SaddleEscape.SETTINGS if each == name)
    figure = live.SaddleEscape(key=KEY, **{**setting, "t": 9})
    stage.show(page, figure)
    run, t = figure.alignment(), 9
    after = 0 if run.entry is None else run.entry
    expected: dict[str, float | Array] = {
        "misalignment": run.misalignment[t],
        "ratio": run.ratio[t],
        "length": run.length[t],
        "visits": run.beyond[: t + 1].sum(),
        "visitsBound": figure.visits_bound(),
        "misaligned": (~run.aligning[after : t + 1]).sum(),
        "misalignedBound": figure.misaligned_bound(),
        "escape": figure.escape_time(),
        "predicted": figure.predicted_escape(),
        "factor": figure.escape_factor(),
    }
    for each, value in expected.items():
        assert stage.shown(page, KEY, each) == pytest.approx(float(value), rel=1e-10, abs=1e-12), each


def test_steps_that_the_lemma_does_not_cover_are_crossed(page: Page) -> None:
    figure = live.SaddleEscape(key=KEY, **dict(live.SaddleEscape.SETTINGS[2][2]))
    stage.show(page, figure)
    ratio, length = (page.locator(f"#{KEY} .live-strips .live-marks-lost").nth(strip) for strip in (1, 2))
    run = figure.alignment()
    crosses = "(path) => (path.getAttribute('d').match(/M/g) ?? []).length"
    assert ratio.evaluate(crosses) == (~run.aligning).sum() == 9
    assert length.evaluate(crosses) == run.beyond.sum() == 3


def test_breaking_the_gap_keeps_the_ratio_for_ever(figure: Page) -> None:
    crosses = figure.locator(f"#{KEY} .live-escapes .live-marks-lost")
    assert not crosses.get_attribute("d")
    figure.locator(f'#{KEY} [data-name="no_gap"]').click()
    assert "|v₂/v₁| stays" in _status(figure)
    # Of the distances drawn, 1, 10^(-1/3) and 10^(-2/3) are beyond the saddle's 1/9: there |v₁| > |v₂| at once.
    assert (crosses.get_attribute("d") or "").count("l6,6") == 46 - 3
    assert figure.locator(f'#{KEY} data[data-name="predicted"]').inner_text() == "never"
    ratio = figure.locator(f"#{KEY} .live-strips .live-marks-line").nth(1)
    heights = ratio.evaluate(
        "(path) => path.getAttribute('d').match(/[\\d.]+,[\\d.]+/g).map((p) => Number(p.split(',')[1]))"
    )
    assert len(heights) == 31
    assert np.ptp(heights) == 0
    figure.locator(f'#{KEY} [data-name="no_gap"]').click()
    assert "stays" not in _status(figure)
    assert figure.errors == []


def test_starting_on_the_axis_never_escapes(figure: Page) -> None:
    figure.locator(f'#{KEY} [data-name="on_axis"]').click()
    assert "never leaves the axis of e₂" in _status(figure)
    assert stage.shown(figure, KEY, "misalignment") == 1
    assert figure.locator(f'#{KEY} data[data-name="escape"]').inner_text() == "never"
    assert figure.locator(f'#{KEY} data[data-name="ratio"]').inner_text() == "∞"
    assert figure.locator(f"#{KEY} .live-escapes text").text_content() == "never"
    stage.handle(figure, KEY).press("ArrowRight")  # back to a positive distance
    assert stage.trait(figure, KEY, "on_axis") is False
    assert "never leaves" not in _status(figure)
    assert figure.errors == []


def test_a_step_that_lands_on_the_minimum_is_drawn_too(page: Page) -> None:
    """‖v₀‖ = γ₂ on the axis of e₂: h = (2 - ηλ₂)/(1 - ηλ₂) = 2.25 for ηλ₂ = 0.2."""
    figure = live.SaddleEscape(key=KEY, eta=0.4, height=2.25, on_axis=True)
    if figure.path()[1].any():
        pytest.skip("rounding leaves this start beside the minimum here")
    stage.show(page, figure)
    assert "landed on the minimum" in _status(page)
    assert page.errors == []


def test_a_bad_value_from_outside_is_said_and_the_last_picture_kept(figure: Page) -> None:
    stage.settle(figure)
    drawn = figure.locator(f"#{KEY} .live-scatter svg")
    picture = drawn.inner_html()
    for trait, value, words in [
        ("sigma", 2, "σ = 2 is outside"),
        ("sigma", "1e-3", "σ must be a number"),
        ("eta", 0.5, "η = 0.5 is outside"),
        ("on_axis", 1, "on_axis must be true or false"),
        ("eigenvalues", [0.5, 1], "λ₁ = 0.5 must be at least λ₂ = 1"),
    ]:
        good = stage.trait(figure, KEY, trait)
        figure.evaluate("([trait, value]) => models.figure.set(trait, value)", [trait, value])
        assert words in _status(figure)
        assert drawn.inner_html() == picture
        figure.evaluate("([trait, value]) => models.figure.set(trait, value)", [trait, good])
    assert "Not drawn" not in _status(figure)
    assert figure.errors == []


def test_traits_set_from_outside_redraw(figure: Page) -> None:
    picture = stage.picture(figure, KEY)
    figure.evaluate("models.figure.set('sigma', 1e-9)")
    assert stage.picture(figure, KEY) != picture
    assert float(figure.locator(f'#{KEY} input[data-name="sigma"]').input_value()) == pytest.approx(-9)
    assert stage.shown(figure, KEY, "escape") == live.SaddleEscape(sigma=1e-9).escape_time()


@pytest.mark.parametrize("width", [360, 700, 1600])
def test_text_is_readable_and_nothing_overflows_or_moves(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, live.SaddleEscape(key=KEY))
    page.add_style_tag(content="body { max-width: none !important }")
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("""[...document.querySelectorAll(".live-svg text, .live-figure button, .live-figure p")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    heights = set()
    for switches in ({}, {"no_gap": True}, {"no_gap": False, "on_axis": True}):
        for t in (0, 3, 7, 30):
            page.evaluate(
                "(state) => { for (const name in state) models.figure.set(name, state[name]); }", {"t": t, **switches}
            )
            stage.settle(page)
            heights.add(page.evaluate("document.querySelector('.live-figure').offsetHeight"))
    assert len(heights) == 1


def test_two_figures_do_not_interfere_and_close_clean(page: Page) -> None:
    stage.show(page, live.SaddleEscape(key="one"), live.SaddleEscape(key="two"))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    stage.settle(page)
    other = page.locator("#two .live-views")
    second = other.inner_html()
    stage.handle(page, "one").press("ArrowRight")
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
    figure.wait_for_function("document.querySelector('#figure [role=status]').textContent.startsWith('Step 30 of 30')")
    stage.handle(figure, KEY).press(",")
    figure.wait_for_function("document.querySelector('#figure [role=status]').textContent.startsWith('Step 29 of 30')")
    spoken = figure.locator(f"#{KEY} [role=status]").inner_text()
    assert "|v₁| > |v₂| from step 6 on; predicted 5.31." in spoken
    assert "Steps outside (1 + ε)β₁ so far: 1, at most 3800 ever." in spoken
