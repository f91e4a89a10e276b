"""`live.Thresholds` in Chromium: every control, the switch that breaks the hypothesis, and samlib's numbers."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from samlib import live
from tests.browser import stage

KEY = "figure"
SHOWN = {setting[0]: setting[2] for setting in live.Thresholds.SETTINGS}


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


def _state(page: Page, *names: str) -> dict[str, object]:
    return {name: stage.trait(page, KEY, name) for name in names or live.Thresholds.STATE}


@pytest.fixture
def shown(page: Page) -> Page:
    """A page with the figure as it comes."""
    stage.show(page, live.Thresholds(key=KEY))
    return page


def test_every_slider_redraws(shown: Page) -> None:
    for name in ("eta", "rho", "lambda1", "lambda2", "lambda3", "hops"):
        before, picture = _state(shown), stage.picture(shown, KEY)
        shown.locator(f'#{KEY} input[data-name="{name}"]').press("ArrowRight")
        assert _state(shown) != before, name
        assert stage.picture(shown, KEY) != picture, name
    assert shown.errors == []


def test_every_choice_and_preset_applies(shown: Page) -> None:
    for name, text in [("1", "along e₁"), ("3", "along e₃"), ("0", "with equal parts")]:
        shown.locator(f'#{KEY} [aria-label="Direction of v"] [data-choice="{name}"]').click()
        assert stage.trait(shown, KEY, "direction") == int(name)
        assert text in _status(shown)
    for name, setting in SHOWN.items():
        shown.locator(f'#{KEY} [data-choice="{name}"]').click()
        assert _state(shown) == setting
        stage.settle(shown)
        assert shown.locator(f'#{KEY} [data-choice="{name}"]').get_attribute("aria-pressed") == "true"
    assert shown.errors == []


def test_the_number_of_eigenvalues_can_be_chosen(shown: Page) -> None:
    visible = shown.locator(f'#{KEY} input[data-name^="lambda"]:visible')
    options = shown.locator(f'#{KEY} [aria-label="Direction of v"] button:visible')
    shown.locator(f'#{KEY} [aria-label="Direction of v"] [data-choice="3"]').click()
    for count in (4, 2, 3):
        shown.locator(f'#{KEY} [aria-label="Eigenvalues"] [data-choice="{count}"]').click()
        stage.settle(shown)
        eigenvalues = stage.trait(shown, KEY, "eigenvalues")
        assert len(eigenvalues) == count
        assert eigenvalues == sorted(eigenvalues, reverse=True)
        assert visible.count() == count
        assert options.count() == count + 1
        assert shown.locator(f"#{KEY} .live-factor").count() == count
    # the direction e₃ went with the third eigenvalue
    assert stage.trait(shown, KEY, "direction") == 0
    assert shown.errors == []


def test_the_mouse_drags_the_length(shown: Page) -> None:
    before, picture = stage.trait(shown, KEY, "length"), stage.picture(shown, KEY)
    x, y = stage.middle(stage.handle(shown, KEY))
    shown.mouse.move(x, y)
    shown.mouse.down()
    shown.mouse.move(x + 120, y + 30, steps=4)
    shown.mouse.up()
    stage.settle(shown)
    assert stage.trait(shown, KEY, "length") > before
    assert np.allclose(stage.middle(stage.handle(shown, KEY)), (x + 120, y), atol=1.5)
    assert stage.picture(shown, KEY) != picture
    # beyond the end it stops
    shown.mouse.move(x + 120, y)
    shown.mouse.down()
    shown.mouse.move(5, y, steps=4)
    shown.mouse.up()
    assert stage.trait(shown, KEY, "length") == 0.0005
    assert shown.errors == []


def test_a_finger_drags_the_length_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, live.Thresholds(key=KEY))
    before = stage.trait(page, KEY, "length")
    x, y = stage.middle(stage.handle(page, KEY))
    stage.swipe(page, (x, y), (x + 60, y + 70))
    after = stage.trait(page, KEY, "length")
    assert after > before
    assert page.evaluate("scrollY") == 0
    stage.swipe(page, (x, y + 250), (x, y + 60))
    page.wait_for_function("scrollY > 50")
    assert stage.trait(page, KEY, "length") == after
    assert page.errors == []


def test_keys_move_the_length_and_take_steps(shown: Page) -> None:
    handle, length = stage.handle(shown, KEY), stage.trait(shown, KEY, "length")
    handle.press("ArrowRight")
    right = stage.trait(shown, KEY, "length")
    assert right > length
    handle.press("Shift+ArrowLeft")
    assert 0 < right - stage.trait(shown, KEY, "length") < 0.11 * (right - length)
    handle.press(".")
    handle.press(".")
    handle.press(",")
    assert stage.trait(shown, KEY, "hops") == 2
    figure = live.Thresholds(length=stage.trait(shown, KEY, "length"))
    handle.press("s")
    assert stage.trait(shown, KEY, "length") == figure.lengths()[1]
    assert shown.locator(f"#{KEY} .live-handle:focus").count() == 1
    shown.locator(f'#{KEY} [data-action="again"]').click()
    assert stage.trait(shown, KEY, "length") != figure.lengths()[1]
    assert shown.errors == []


@pytest.mark.parametrize("name", SHOWN)
def test_the_numbers_are_samlibs(page: Page, name: str) -> None:
    figure = live.Thresholds(key=KEY, **SHOWN[name])
    stage.show(page, figure)
    sizes = np.abs(figure.factors()) * figure.length
    assert np.allclose(stage.shown(page, KEY, "factors"), figure.factors(), rtol=1e-12)
    assert stage.shown(page, KEY, "next") == figure.lengths()[1]
    assert np.allclose(stage.shown(page, KEY, "reach"), [sizes.min(), sizes.max()], rtol=1e-12)
    assert np.isclose(stage.shown(page, KEY, "ball"), figure.theory.b, rtol=1e-12)
    names = page.locator(f"#{KEY} .live-marks text").evaluate_all("(all) => all.map((each) => each.textContent)")
    d = len(figure.eigenvalues)
    expected = {f"β{i}" for i in range(1, d + 1)} | {"b"}
    if figure.absorbs:
        expected |= {f"α{i}" for i in range(2, d + 1)} | {"γ1"}
    assert set(names) == expected
    assert len(names) == len(expected)


def test_the_arrows_are_lemma_5_2_and_their_words_lemma_5_3(page: Page) -> None:
    figure = live.Thresholds(key=KEY, eigenvalues=[1.0, 0.8, 0.6, 0.4], eta=0.4)
    stage.show(page, figure)
    for length in (0.03, 0.1, 0.2, 0.3, 0.38, 0.45, 0.53, 0.6, 0.7):
        page.evaluate("([key, length]) => models[key].set('length', length)", [KEY, length])
        stage.settle(page)
        arrows = page.locator(f"#{KEY} .live-factor").evaluate_all(
            "(all) => all.map((each) => each.classList.contains('live-grows'))"
        )
        assert arrows == [bool(length < beta) for beta in figure.theory.beta], length
        words = page.locator(f"#{KEY} .live-row-words").all_text_contents()
        for i, alpha in enumerate(figure.alpha):
            if i:
                assert ("loses to v₁" in words[i]) == (length < alpha), (length, i)
                assert ("gains on v₁" in words[i]) == (length > alpha), (length, i)


def test_a_gradient_as_long_as_gamma_is_said_to_lose_its_first_coordinate(shown: Page) -> None:
    shown.locator(f'#{KEY} [data-choice="gamma"]').click()
    stage.settle(shown)
    assert shown.locator(f"#{KEY} .live-row-words").first.text_content() == "sent to 0"


def test_the_switch_lets_eta_pass_and_a_point_leave_the_ball(shown: Page) -> None:
    eta, switch = shown.locator(f'#{KEY} input[data-name="eta"]'), shown.locator(f'#{KEY} [data-name="broken"]')
    ball = shown.locator(f"#{KEY} .live-disc")
    eta.press("End")
    assert "η stops below 1/(2λ₁) = 0.5." in _status(shown)
    assert stage.trait(shown, KEY, "eta") < 0.5
    assert "live-leaks" not in (ball.get_attribute("class") or "")
    switch.click()
    assert stage.trait(shown, KEY, "broken") is True
    # between ½/λ₁ and 1/λ₁ the ball still absorbs
    shown.evaluate("(key) => models[key].set('eta', 0.9)", KEY)
    assert "leads out of the ball" in _status(shown)
    assert "live-leaks" not in (ball.get_attribute("class") or "")
    eta.press("End")
    stage.settle(shown)
    assert stage.trait(shown, KEY, "eta") == 1.98
    assert "live-leaks" in (ball.get_attribute("class") or "")
    shown.locator(f'#{KEY} [aria-label="Direction of v"] [data-choice="1"]').click()
    assert "this step leaves the ball" in _status(shown)
    assert stage.shown(shown, KEY, "next") > stage.shown(shown, KEY, "ball") > stage.trait(shown, KEY, "length")
    # back: η returns below the limit, and says so
    switch.click()
    assert "η went back to" in _status(shown)
    assert stage.trait(shown, KEY, "eta") < 0.5
    assert shown.errors == []


def test_a_bad_value_from_outside_is_said_and_the_last_picture_kept(shown: Page) -> None:
    drawn = shown.locator(f"#{KEY} .live-number-line svg")
    stage.settle(shown)
    picture = drawn.inner_html()
    for trait, value, words in [
        ("eta", 0.7, "η = 0.7 is not below 1/(2λ₁) = 0.5"),
        ("eigenvalues", [1], "λ must be 2 to 4 numbers"),
        ("eigenvalues", [1, 0.5, 0.7], "λ₂ = 0.5 must be at least λ₃ = 0.7"),
        ("length", 0, "‖v‖ = 0 is outside"),
        ("hops", 1.5, "must be a whole number"),
    ]:
        good = stage.trait(shown, KEY, trait)
        shown.evaluate("([key, trait, value]) => models[key].set(trait, value)", [KEY, trait, value])
        assert words in _status(shown)
        assert drawn.inner_html() == picture
        shown.evaluate("([key, trait, value]) => models[key].set(trait, value)", [KEY, trait, good])
    assert "Not drawn" not in _status(shown)
    shown.evaluate("(key) => models[key].set('direction', 4)", KEY)
    assert "direction = 4 names none of the 3 axes" in _status(shown)
    assert drawn.inner_html() == picture
    assert shown.errors == []


def test_sliders_keep_the_order_of_the_eigenvalues(shown: Page) -> None:
    shown.locator(f'#{KEY} input[data-name="lambda3"]').press("End")
    assert "λ₃ stops at λ₂ = 0.75." in _status(shown)
    shown.locator(f'#{KEY} input[data-name="lambda2"]').press("Home")
    assert "λ₂ stops at λ₃ = 0.75." in _status(shown)
    shown.locator(f'#{KEY} input[data-name="lambda1"]').press("End")
    assert "λ₁ stops below 1/(2η) = 1.25." in _status(shown)
    assert stage.trait(shown, KEY, "eigenvalues") == [1.23, 0.75, 0.75]


@pytest.mark.parametrize("width", [360, 700, 1400])
@pytest.mark.parametrize("name", ["four", "leak"])
def test_text_is_readable_and_nothing_overflows(open_page: Callable[..., Page], width: int, name: str) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, live.Thresholds(key=KEY, **SHOWN[name]))
    page.add_style_tag(content="body { max-width: none !important }")
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("""[...document.querySelectorAll(".live-svg text, .live-figure button, .live-figure p")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    # no two names on the line cover each other
    boxes = page.locator(f"#{KEY} .live-marks text").evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"
    )
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert min(a[2], b[2]) - max(a[0], b[0]) < 3 or min(a[3], b[3]) - max(a[1], b[1]) < 6


def test_two_figures_do_not_interfere_and_close_clean(page: Page) -> None:
    stage.show(page, live.Thresholds(key="one"), live.Thresholds(key="two"))
    stage.settle(page)
    other = page.locator("#two .live-number-line").inner_html()
    page.locator('#one input[data-name="eta"]').press("ArrowRight")
    stage.settle(page)
    assert page.locator("#two .live-number-line").inner_html() == other
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    page.evaluate("for (const close of Object.values(closers)) close()")
    assert page.locator(".live-figure").count() == 0
    heard = (
        "Object.values(models).flatMap((model) => Object.values(model.listeners)).reduce((n, each) => n + each.size, 0)"
    )
    assert page.evaluate(heard) == 0
    assert page.errors == []


def test_the_state_is_spoken(shown: Page) -> None:
    spoken = shown.locator(f"#{KEY} [role=status]")
    shown.wait_for_function(f"document.querySelector('#{KEY} [role=status]').textContent.startsWith('‖v‖ = 0.2')")
    assert "v₁ outgrows all others" in spoken.inner_text()
    handle = stage.handle(shown, KEY)
    assert handle.get_attribute("role") == "slider"
    assert handle.get_attribute("aria-valuetext") == "0.2"
