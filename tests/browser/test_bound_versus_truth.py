"""`BoundVersusTruth` in Chromium: every control, the broken bound, and samlib's numbers on the page."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page

from samlib import live
from tests.browser import stage

KEY = "figure"
SETTINGS = {name: setting for name, _, setting in live.BoundVersusTruth.SETTINGS}


@pytest.fixture
def figure(page: Page) -> Page:
    """A page with the figure in its first setting."""
    stage.show(page, live.BoundVersusTruth(key=KEY))
    return page


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


def _count(page: Page, kind: str, mark: str) -> int:
    stage.settle(page)
    return (page.locator(f"#{KEY} .live-starts .live-marks-{kind}").get_attribute("d") or "").count(mark)


@pytest.mark.parametrize(
    ("slider", "trait", "key"),
    [
        ("eta", "eta", "ArrowRight"),
        ("rho", "rho", "ArrowRight"),
        ("lambda1", "eigenvalues", "ArrowLeft"),
        ("lambda2", "eigenvalues", "ArrowRight"),
        ("accuracy", "accuracy", "ArrowLeft"),
        ("reach", "reach", "ArrowRight"),
        ("count", "count", "ArrowRight"),
        ("rescale", "rescale", "ArrowRight"),
    ],
)
def test_every_slider_moves_its_trait_and_redraws(figure: Page, slider: str, trait: str, key: str) -> None:
    before, picture = stage.trait(figure, KEY, trait), stage.picture(figure, KEY)
    figure.locator(f'#{KEY} input[data-name="{slider}"]').press(key)
    assert stage.trait(figure, KEY, trait) != before
    assert stage.picture(figure, KEY) != picture
    assert figure.errors == []


def test_a_flatter_direction_moves_the_starts_away_from_the_diagonal(figure: Page) -> None:
    before = stage.shown(figure, KEY, "worst")
    slider = figure.locator(f'#{KEY} input[data-name="lambda2"]')
    slider.fill("0.25")
    assert stage.trait(figure, KEY, "eigenvalues") == [1, 0.25]
    assert stage.shown(figure, KEY, "worst") < before / 10
    slider.fill("1")
    assert "Theorem 3 says nothing" in _status(figure)
    assert stage.trait(figure, KEY, "eigenvalues") == [1, 1]
    assert figure.locator(f'#{KEY} data[data-name="bound"]').inner_text() == "∞"
    assert figure.errors == []


def test_dragging_the_handle_chooses_the_nearest_start(figure: Page) -> None:
    picture = stage.picture(figure, KEY)
    box = figure.locator(f"#{KEY} .live-scatter").bounding_box()
    assert box is not None
    x, y = stage.middle(stage.handle(figure, KEY))
    figure.mouse.move(x, y)
    figure.mouse.down()
    figure.mouse.move(box["x"] + 60, y, steps=6)  # towards small bounds
    figure.mouse.up()
    chosen = stage.trait(figure, KEY, "chosen")
    totals = live.BoundVersusTruth().totals()
    assert totals[chosen] < np.quantile(totals, 0.05)
    assert stage.picture(figure, KEY) != picture
    figure.mouse.click(box["x"] + box["width"] - 20, y)
    assert totals[stage.trait(figure, KEY, "chosen")] > np.quantile(totals, 0.9)
    assert figure.errors == []


def test_a_finger_chooses_a_start_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, live.BoundVersusTruth(key=KEY))
    x, y = stage.middle(stage.handle(page, KEY))
    stage.swipe(page, (x, y), (x - 120, y))
    chosen = stage.trait(page, KEY, "chosen")
    totals = live.BoundVersusTruth().totals()
    assert totals[chosen] < np.quantile(totals, 0.05)
    assert page.evaluate("scrollY") == 0
    stage.settle(page)
    box = page.locator(f"#{KEY} .live-scatter").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] - 20, y)
    tapped = stage.trait(page, KEY, "chosen")
    assert totals[tapped] > np.quantile(totals, 0.9)
    stage.swipe(page, (box["x"] + 90, box["y"] + 160), (box["x"] + 90, box["y"] + 20))
    page.wait_for_function("scrollY > 50")
    assert stage.trait(page, KEY, "chosen") == tapped
    assert page.errors == []


def test_arrow_keys_go_through_the_starts_in_the_order_of_their_bounds(figure: Page) -> None:
    totals = live.BoundVersusTruth().totals()
    order = np.argsort(totals).tolist()
    handle = stage.handle(figure, KEY)
    place = order.index(0)
    handle.press("Shift+ArrowLeft")
    assert stage.trait(figure, KEY, "chosen") == order[place - 1]
    handle.press("ArrowLeft")
    assert stage.trait(figure, KEY, "chosen") == order[max(0, place - 11)]
    handle.press(".")
    handle.press(".")
    handle.press(",")
    assert stage.trait(figure, KEY, "chosen") == order[max(0, place - 11) + 1]
    for _ in range(40):
        handle.press("ArrowRight")
    assert stage.trait(figure, KEY, "chosen") == order[-1]
    assert figure.locator(f"#{KEY} .live-handle:focus").count() == 1
    assert "bound" in (handle.get_attribute("aria-valuetext") or "")


def test_new_starts_by_button_and_key(figure: Page) -> None:
    picture = stage.picture(figure, KEY)
    figure.locator(f'#{KEY} [data-action="renew"]').click()
    assert stage.trait(figure, KEY, "seed") == 2
    other = stage.picture(figure, KEY)
    assert other != picture
    stage.handle(figure, KEY).press("n")
    assert stage.trait(figure, KEY, "seed") == 3
    assert stage.picture(figure, KEY) != other
    figure.evaluate("models.figure.set('seed', 9999)")
    stage.handle(figure, KEY).press("n")
    assert stage.trait(figure, KEY, "seed") == 0


def test_the_dimension_fills_the_spectrum_evenly(figure: Page) -> None:
    for dimension, eigenvalues in ((4, [1, 0.83, 0.67, 0.5]), (3, [1, 0.75, 0.5]), (2, [1, 0.5])):
        button = figure.locator(f'#{KEY} [data-choice="{dimension}"]')
        button.click()
        stage.settle(figure)
        assert stage.trait(figure, KEY, "eigenvalues") == eigenvalues
        assert button.get_attribute("aria-pressed") == "true"
        assert figure.locator(f'#{KEY} input[data-name="lambda4"]').is_visible() == (dimension == 4)
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


@pytest.mark.parametrize("name", SETTINGS)
def test_the_page_shows_samlibs_numbers(page: Page, name: str) -> None:
    figure = live.BoundVersusTruth(key=KEY, **{**SETTINGS[name], "chosen": 17, "seed": 5})
    stage.show(page, figure)
    realised, totals = figure.realised(), figure.totals()
    start = figure.starts()[17]
    assert stage.shown(page, KEY, "realised") == realised[17]
    assert stage.shown(page, KEY, "bound") == pytest.approx(totals[17], rel=1e-9)
    assert stage.shown(page, KEY, "explicit") == pytest.approx(figure.explicit_time(start), abs=1)
    above = int((realised > totals).sum())
    assert stage.shown(page, KEY, "above") == above
    assert stage.shown(page, KEY, "worst") == pytest.approx((realised / totals)[totals > 0].max(), rel=1e-9)
    assert _count(page, "kept", "h0") == figure.count - above
    assert _count(page, "lost", "l6,6") == above


def test_the_terms_stand_end_to_end_and_add_up(page: Page) -> None:
    figure = live.BoundVersusTruth(key=KEY, **SETTINGS["printed"])
    stage.show(page, figure)
    bars = page.locator(f"#{KEY} .live-term-bars rect").evaluate_all(
        "(all) => all.map((bar) => [bar.x.baseVal.value, bar.width.baseVal.value, bar.getAttribute('class')])"
    )
    bound = figure.bound(figure.starts()[0])
    terms = list(bound.terms.values())
    ends = np.cumsum(terms)
    assert [kind == "live-term-minus" for *_, kind in bars[:6]] == [term < 0 for term in terms]
    scale = bars[4][1] / abs(terms[4])  # the longest bar gives pixels per step
    zero = bars[6][0] + bars[6][1]  # the total is negative: it ends at 0
    for (left, width, _), term, end in zip(bars[:6], terms, ends, strict=True):
        assert left == pytest.approx(zero + scale * min(end, end - term), abs=0.1)
        assert width == pytest.approx(max(1.5, scale * abs(term)), abs=0.1)
    assert bars[6][1] == pytest.approx(-scale * bound.total, abs=0.1)
    words = page.locator(f"#{KEY} .live-term-words").all_text_contents()
    assert [text.partition(":")[0] for text in words] == [
        "escape from the saddles",
        "accuracy ε",
        "start near the axis",
        "descent to the ball",
        "chance δ of a bad start",
        "bounce settles",
        "Theorem 3 asks for",
        "SAM takes",
    ]


def test_the_printed_bound_breaks_under_rescaling_and_the_corrected_one_does_not(figure: Page) -> None:
    figure.locator(f'#{KEY} [data-choice="rescaled"]').click()
    assert "The bound asks for" in _status(figure)
    assert _count(figure, "lost", "l6,6") == 0
    figure.locator(f'#{KEY} [data-name="printed"]').click()
    status = _status(figure)
    assert "The printed bound is false for" in status
    assert "would have SAM settled at t = 0" in status
    assert _count(figure, "lost", "l6,6") > 200
    assert figure.locator(f"#{KEY} .live-starts text").text_content() == "bound ≤ 0"
    figure.locator(f'#{KEY} [data-name="printed"]').click()
    assert "false" not in _status(figure)
    assert figure.errors == []


def test_a_bad_value_from_outside_is_said_and_the_last_picture_kept(figure: Page) -> None:
    stage.settle(figure)
    drawn = figure.locator(f"#{KEY} .live-scatter svg")
    picture = drawn.inner_html()
    for trait, value, words in [
        ("accuracy", 2, "accuracy = 2 is outside"),
        ("count", 50.5, "starts must be a whole number"),
        ("eta", "0.1", "η must be a number"),
        ("printed", 1, "printed must be true or false"),
        ("eigenvalues", [0.5, 1], "λ₁ = 0.5 must be at least λ₂ = 1"),
        ("eigenvalues", [0.5], "λ must be 2 to 4 numbers"),
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
    figure.evaluate("models.figure.set('accuracy', 0.001)")
    assert stage.picture(figure, KEY) != picture
    assert float(figure.locator(f'#{KEY} input[data-name="accuracy"]').input_value()) == pytest.approx(-3)
    output = figure.locator(f'#{KEY} .live-setting:has(input[data-name="accuracy"]) output').inner_text()
    assert float(output.replace("·10⁻⁴", "e-4")) == pytest.approx(live.BoundVersusTruth(accuracy=0.001).epsilon)


@pytest.mark.parametrize("width", [360, 700, 1600])
def test_text_is_readable_and_nothing_overflows_or_moves(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, live.BoundVersusTruth(key=KEY, eigenvalues=[1.0, 0.75]))
    page.add_style_tag(content="body { max-width: none !important }")
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("""[...document.querySelectorAll(".live-svg text, .live-figure button, .live-figure p")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    heights = set()
    for state in ({}, {"chosen": 7}, {"rescale": 250}, {"printed": True}, {"eigenvalues": [1, 1]}):
        page.evaluate("(state) => { for (const name in state) models.figure.set(name, state[name]); }", state)
        stage.settle(page)
        heights.add(page.evaluate("document.querySelector('.live-figure').offsetHeight"))
    assert len(heights) == 1


def test_two_figures_do_not_interfere_and_close_clean(page: Page) -> None:
    stage.show(page, live.BoundVersusTruth(key="one"), live.BoundVersusTruth(key="two"))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    stage.settle(page)
    other = page.locator("#two .live-views")
    second = other.inner_html()
    stage.handle(page, "one").press("n")
    stage.settle(page)
    assert other.inner_html() == second
    page.evaluate("for (const close of Object.values(closers)) close()")
    assert page.locator(".live-figure").count() == 0
    heard = (
        "Object.values(models).flatMap((model) => Object.values(model.listeners)).reduce((n, each) => n + each.size, 0)"
    )
    assert page.evaluate(heard) == 0
    assert page.errors == []


def test_the_state_is_spoken(figure: Page) -> None:
    spoken = "document.querySelector('#figure [role=status]').textContent"
    figure.wait_for_function(f"{spoken}.startsWith('All 300 starts settle, within 2 to 22 steps.')")
    stage.handle(figure, KEY).press(".")
    figure.wait_for_function(f"!{spoken}.includes('Start 1:')")
    assert "largest term" in figure.evaluate(spoken)
