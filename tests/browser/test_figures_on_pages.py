"""The live figures where readers meet them: on the served pages, through the page's own host, with no network."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import swipe

PLACES = {
    "preface": "chapters/index.html",
    "atlas": "chapters/index.html",
    "step-anatomy": "chapters/01-introduction.html",
    "scalar-bounce-line": "chapters/01-introduction.html",
    "bounce": "chapters/03-bouncing-across-ravines.html",
    "thresholds": "chapters/04-proof/1-properties.html",
    "early-descent": "chapters/04-proof/2-early-descent.html",
    "potential": "chapters/04-proof/3-sam-as-gradient-descent.html",
    "saddle-escape": "chapters/04-proof/4-avoiding-saddles.html",
    "bound-versus-truth": "chapters/04-proof/5-putting-it-together.html",
    "valley": "chapters/05-drifting-to-wide-minima.html",
    "race": "chapters/06-simulations.html",
    "your-loss": "chapters/06-simulations.html",
    "race-momentum": "chapters/07-open-problems.html",
    "atlas-ravine": "chapters/07-open-problems.html",
}
DRAWING = ":is(.live-plane:not(.live-bend, .live-split), .live-number-line)"
Open = Callable[..., Page]


def _visit(page: Page, site: str, key: str, state: str = "") -> None:
    page.goto(f"{site}/{PLACES[key]}#fig-{key}{state}")
    page.locator(f"#fig-{key} {DRAWING} .live-handle").wait_for()
    page.locator(f"#fig-{key} {DRAWING}").scroll_into_view_if_needed()


def _picture(page: Page, key: str) -> str:
    """The drawing, once two looks at it a few frames apart agree."""
    return page.evaluate(
        """async ([key, drawing]) => {
          const look = () => document.querySelector(`#fig-${key} ${drawing}`).outerHTML;
          for (let before = "", now = look(); ; before = now, now = look()) {
            if (before === now) return now;
            for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame);
          }
        }""",
        [key, DRAWING],
    )


def _middle(page: Page, key: str) -> tuple[float, float]:
    box = page.locator(f"#fig-{key} {DRAWING} .live-handle .live-knob").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("key", PLACES)
def test_slider_mouse_and_arrow_keys_redraw_the_figure(site: str, page: Page, key: str) -> None:
    _visit(page, site, key)
    seen = [_picture(page, key)]
    page.locator(f'#fig-{key} input[data-name="rho"]').press("ArrowRight")
    seen.append(_picture(page, key))
    page.locator(f"#fig-{key} {DRAWING} .live-handle").press("ArrowLeft")
    seen.append(_picture(page, key))
    page.locator(f"#fig-{key} {DRAWING}").scroll_into_view_if_needed()
    x, y = _middle(page, key)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y + 30, steps=4)
    page.mouse.up()
    seen.append(_picture(page, key))
    assert len(set(seen)) == len(seen)
    assert page.refused == []
    assert page.errors == []


@pytest.mark.parametrize("key", PLACES)
def test_a_finger_drags_the_start_on_a_phone(site: str, open_page: Open, key: str) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    _visit(page, site, key)
    before = _picture(page, key)
    x, y = _middle(page, key)
    swipe(page, (x, y), (x - 30, y + 50))
    assert np.hypot(*np.subtract(_middle(page, key), (x, y))) > 20
    assert _picture(page, key) != before
    assert page.refused == []
    assert page.errors == []


def test_the_slider_of_ipywidgets_drives_the_bounce_without_a_kernel(site: str, page: Page) -> None:
    _visit(page, site, "bounce")
    before = _picture(page, "bounce")
    slider = page.locator(".live-slider input")
    slider.scroll_into_view_if_needed()
    slider.fill("1.5")
    expect(page.locator('#fig-bounce input[data-name="eta"]')).to_have_value("1.5")
    assert _picture(page, "bounce") != before


def test_a_link_opens_the_figure_in_the_state_it_names(site: str, page: Page) -> None:
    _visit(page, site, "bounce", "&eta=0.5&start=[1,-1]")
    expect(page.locator('#fig-bounce input[data-name="eta"]')).to_have_value("0.5")
    with_link = _picture(page, "bounce")
    page.goto("about:blank")
    _visit(page, site, "bounce")
    assert _picture(page, "bounce") != with_link
