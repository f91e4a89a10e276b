"""What is `ScalarBounce`'s alone: the line with its two sides, the prediction on it, and the words of each regime."""

import json

import pytest
from playwright.sync_api import Page

from samlib import live
from tests.browser import stage

KEY = "figure"


def _places(page: Page, selector: str, attribute: str) -> list[float]:
    stage.settle(page)
    found = page.locator(f"#{KEY} .live-number-line {selector}")
    return [
        float(value) for value in found.evaluate_all(f"(all) => all.map((each) => each.getAttribute('{attribute}'))")
    ]


def _words(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


def test_the_start_is_moved_to_both_sides_of_zero(page: Page) -> None:
    stage.show(page, live.ScalarBounce(key=KEY, start=[0.05]))
    handle = stage.handle(page, KEY)
    handle.press("ArrowLeft")
    assert stage.trait(page, KEY, "start") == [-0.05]
    handle.press("Shift+ArrowRight")
    assert stage.trait(page, KEY, "start") == [-0.04]
    x, y = stage.middle(handle)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 900, y + 20, steps=4)  # beyond the end of the line
    page.mouse.up()
    assert stage.trait(page, KEY, "start") == [-2.0]
    assert handle.get_attribute("aria-valuenow") == "-2"
    assert page.errors == []


def test_the_two_cycle_stands_at_the_formulas_places_whatever_the_run(page: Page) -> None:
    stage.show(page, live.ScalarBounce(key=KEY))
    # a = ηρλ/(2 − ηλ), on an axis from −2.2 to 2.2
    for state, amplitude in (({"eta": 0.4}, 0.25), ({"eta": 1.0, "eigenvalues": [0.5]}, 1 / 3), ({"rho": 0.5}, 1 / 6)):
        stage.put(page, KEY, state)
        left, right = page.locator(f"#{KEY} .live-line").evaluate("(line) => [line.getBBox().x, line.getBBox().width]")
        places = _places(page, "text.live-tick-cycle", "x")
        expected = [left + right * (0.5 + side * amplitude / 4.4) for side in (-1, 1)]
        assert places == pytest.approx(expected, abs=0.01)


def test_a_step_more_is_a_hop_more_and_the_last_is_strong(page: Page) -> None:
    stage.show(page, live.ScalarBounce(key=KEY, t=0))
    hops = page.locator(f"#{KEY} .live-hop")
    assert hops.count() == 0
    for number in (1, 2, 3):
        stage.handle(page, KEY).press(".")
        stage.settle(page)
        assert hops.count() == number
        strong = hops.evaluate_all("(all) => all.map((each) => each.classList.contains('live-lit'))")
        assert strong == [False] * (number - 1) + [True]


def test_the_words_say_which_regime_it_is(page: Page) -> None:
    stage.show(page, live.ScalarBounce(key=KEY, t=0))
    # 2 → 0.8 → 0.08 → −0.352
    assert (
        "Descent: the next step keeps the sign. Loss 2; 1.75 from the predicted two-cycle ±0.25, times 0.6"
        in _words(page)
    )
    stage.put(page, KEY, {"t": 2})
    assert "Bounce: the next step changes the sign." in _words(page)
    stage.put(page, KEY, {"t": 30})
    assert "On the predicted two-cycle" in _words(page)
    page.get_by_role("button", name="Lands on 0").click()
    assert "At the minimum: no gradient, no step." in _words(page)
    stage.put(page, KEY, {"t": 0})
    assert "The next step lands on the minimum." in _words(page)


def test_eta_stops_below_two_over_lambda_and_a_worse_state_is_refused_with_a_word(page: Page) -> None:
    stage.show(page, live.ScalarBounce(key=KEY, eigenvalues=[1.5]))
    page.locator(f'#{KEY} input[data-name="eta"]').fill("1.9")
    assert _words(page).startswith("η stops below 2/λ = 1.33.")
    before = page.locator(f"#{KEY} .live-number-line").inner_html()
    stage.put(page, KEY, {"eigenvalues": [2.0]})
    assert _words(page) == "Not drawn: η = 1.32 is not below 2/λ = 1. The figure keeps its last state."
    assert page.locator(f"#{KEY} .live-number-line").inner_html() == before


@pytest.mark.parametrize("width", [340, 760, 1200])
def test_no_name_is_cut_off_or_hidden_in_any_setting(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    stage.show(page, live.ScalarBounce(key=KEY))
    for name, _, setting in live.ScalarBounce.SETTINGS:
        stage.put(page, KEY, setting)
        assert stage.misplaced(page) == [], name
    assert json.loads(page.evaluate("JSON.stringify(document.documentElement.scrollWidth)")) <= width
