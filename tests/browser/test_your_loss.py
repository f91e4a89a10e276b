"""`YourLoss` in Chromium: what readers type, good, odd and malicious; every control; samlib's numbers on the page."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import samlib
from samlib import live
from samlib.live._figure import BUNDLES
from samlib.live._formula import LONGEST
from scripts.serve_book import serve
from sphinx_ext.light_pages.policy import content_security_policy
from sphinx_ext.live_figures import HOST_FOLDER, WIDGET_STATE, classic_script
from tests.browser import stage

KEY = "figure"
RAVINE = "x^2/(1 + y^2/2) + y^2/2"
SETTINGS = {name: setting for name, _, setting in live.YourLoss.SETTINGS}

# Refused in words: unfinished, without a real value, not smooth, or no formula at all but an attempt at something else.
BAD = {
    "empty": ("", "Type a formula"),
    "blank": ("   ", "Type a formula"),
    "unbalanced": ("(x^2 + y", "not a formula yet"),
    "unopened": ("x^2) + y", "not a formula yet"),
    "unfinished": ("x^2 +", "not a formula yet"),
    "division by zero": ("1/0", "1/0 is not finite"),
    "zero by zero": ("0/0 + x", "not a real number"),
    "root of a negative number": ("sqrt(-1)*x", "not a real number"),
    "logarithm of a negative number": ("log(-2) + x^2", "not a real number"),
    "imaginary unit": ("i*x + y^2", "must be real"),
    "huge exponent": ("x^999999999", "too large"),
    "tower": ("9^9^9^9^9", "too large"),
    "overflow": ("exp(1000)*x", "too large"),
    "long": ("x + " * 200 + "x", f"at most {LONGEST}"),
    "very long": ("sin(" * 50_000 + "x", f"at most {LONGEST}"),
    "deep": ("(" * 90 + "x" + ")" * 90, "parentheses"),
    "endless derivatives": ("x^" * 99 + "x", "too long to be computed|nested too deeply"),
    "corner": ("abs(x) + y^2", "corner"),
    "unknown name": ("x + foo", "foo is not known"),
    "unknown function": ("foo(x)", "not among the functions"),
    "assignment": ("x = 3", "no assignment"),
    "function assignment": ("f(x) = x", "no assignment"),
    "script": ("<script>window.ran = 1</script>", "no comparison"),
    "image": ("<img src=x onerror='window.ran = 1'>", "no comparison"),
    "call": ("alert(1)", "alert is not among"),
    "string": ("'x'", "has no meaning"),
    "template": ("`${window.ran = 1}`", "no assignment"),
    "statement": ("x; window.ran = 1", "no assignment"),
    "constructor": ('cos.constructor("window.ran = 1")()', "no assignment"),
    "constructor without quotes": ("cos.constructor(x)(y)", "nothing else|cannot be used"),
    "constructor's name": ("constructor(x)", "not among the functions"),
    "prototype": ("__proto__", "not known"),
    "prototype's key": ("x.__proto__.polluted", "nothing else|cannot be used"),
    "prototype's method": ("hasOwnProperty(x)", "not among the functions"),
    "method": ("toString(x) + valueOf(y)", "not among the functions"),
    "index": ('x["constructor"]', "has no meaning"),
    "object": ("{x: y}", "has no meaning"),
    "mathjs import": ("import(x)", "not among the functions"),
    "mathjs evaluate": ("evaluate(x)", "not among the functions"),
    "unit": ("createUnit(x)", "not among the functions"),
    "comment": ("x # y", "has no meaning"),
    "zero byte": ("x\0y", "has no meaning"),
    "right to left": ("\u202ex + y", "has no meaning"),
    "emoji": ("x + 🙂", "has no meaning"),
    "python": ("__import__('os')", "has no meaning"),
}

# Read, and drawn as far as there is something to draw.
ODD = [
    *("3", "x", "0*x", "1/x", "log(x)", "sqrt(x)", "x^100", "exp(50x)", "1e300*x^2", "1e-300*x^2", "x/(y - y)", "x^y"),
    *("acosh(x + 5)", "tan(10x)*y", "-x^2 - y^2", "x^3 - 3*x*y^2", "1/(x^2 + y^2)", "cos(40x)*cos(40y)", "1e308*x*y"),
]


@pytest.fixture
def figure(page: Page) -> Page:
    """A page with the figure in its first setting."""
    stage.show(page, live.YourLoss(key=KEY))
    return page


def _field(page: Page) -> Locator:
    return page.locator(f'#{KEY} input[data-name="formula"]')


def _complaint(page: Page) -> Locator:
    return page.locator(f"#{KEY} .live-complaint")


def _status(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-status").inner_text()


def _drawing(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-views").inner_html()


def _code(page: Page) -> str:
    return page.locator(f"#{KEY} .live-code code").text_content() or ""


def _assert_numbers(page: Page, figure: live.YourLoss) -> None:
    """The page shows what samlib computes."""
    loss, t = figure.loss, figure.t
    for run, (place, value, sharpness) in {
        "path": ("w", "loss", "sharpness"),
        "rival": ("rival", "rivalLoss", "rivalSharpness"),
    }.items():
        path = getattr(figure, run)()
        w = path[min(t, len(path) - 1)]
        assert stage.shown(page, KEY, place) == pytest.approx(w, rel=1e-12, abs=1e-12)
        assert stage.shown(page, KEY, value) == pytest.approx(float(loss.value(w)), rel=1e-12, abs=1e-12)
        top = np.linalg.eigvalsh(loss.hessian(w))[-1]
        assert stage.shown(page, KEY, sharpness) == pytest.approx(top, rel=1e-10, abs=1e-10)
    minimum = figure.minimum()
    assert minimum is not None
    assert stage.shown(page, KEY, "minimum") == pytest.approx(minimum.point, abs=1e-10)
    assert stage.shown(page, KEY, "eigenvalues") == pytest.approx(minimum.eigenvalues, abs=1e-10)
    assert stage.shown(page, KEY, "amplitude") == pytest.approx(figure.amplitude(), rel=1e-10)


# --------------------------------------------------------------------------------------------------- what readers type


@pytest.mark.parametrize(
    ("typed", "eigenvalues"),
    [
        ("x^2/2 + y^2/4", [1, 0.5]),
        ("2x² + π·y²", [2 * np.pi, 4]),
        ("x**2 - x*y + y**2", [3, 1]),
        ("cosh(x)*exp(y^2)", [2, 1]),
        ("(1 - x)^2/4 + (y - x^2)^2", [5.25 + np.sqrt(26.5625), 5.25 - np.sqrt(26.5625)]),
    ],
)
def test_a_formula_is_drawn_as_it_is_typed(figure: Page, typed: str, eigenvalues: list[float]) -> None:
    before = _drawing(figure)
    _field(figure).fill("")
    _field(figure).press_sequentially(typed)
    assert stage.trait(figure, KEY, "formula") == typed
    assert _complaint(figure).text_content() == ""
    assert _field(figure).get_attribute("aria-invalid") == "false"
    assert _drawing(figure) != before
    assert stage.shown(figure, KEY, "eigenvalues") == pytest.approx(eigenvalues, abs=1e-9)
    _assert_numbers(figure, live.YourLoss(formula=typed))
    assert figure.errors == []


@pytest.mark.parametrize(("typed", "words"), BAD.values(), ids=BAD)
def test_a_bad_formula_is_answered_and_the_last_good_figure_stays(page: Page, typed: str, words: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    stage.show(page, live.YourLoss(key=KEY))
    drawn, elements = _drawing(page), page.locator("*").count()
    _field(page).fill(typed)
    assert stage.trait(page, KEY, "formula") == RAVINE
    answer = _complaint(page)
    expect(answer).to_contain_text(re.compile(words))
    expect(answer).to_contain_text("The figure keeps the last formula that could be read.")
    assert _field(page).get_attribute("aria-invalid") == "true"
    assert _field(page).get_attribute("aria-describedby") == answer.get_attribute("id")
    assert _field(page).input_value() == typed
    assert _drawing(page) == drawn
    assert page.locator("*").count() == elements
    assert page.evaluate("[window.ran, ({}).polluted, Object.keys(Object.prototype).length]") == [None, None, 0]
    # What is typed stays while the figure is moved on, with the formula of before.
    page.locator(f'#{KEY} input[data-name="eta"]').press("ArrowRight")
    assert _drawing(page) != drawn
    assert _field(page).input_value() == typed
    assert stage.trait(page, KEY, "formula") == RAVINE
    _field(page).fill("x^2 + y^2")
    expect(answer).to_have_text("")
    assert stage.trait(page, KEY, "formula") == "x^2 + y^2"
    assert page.errors == []


@pytest.mark.parametrize("typed", ODD)
def test_an_odd_formula_does_no_harm(figure: Page, typed: str) -> None:
    _field(figure).fill(typed)
    assert stage.trait(figure, KEY, "formula") == typed
    assert _complaint(figure).text_content() == ""
    for start in ([1, 1], [0, 0], [-1, 2], [10, -10]):
        figure.evaluate("(start) => models.figure.set('start', start)", start)
        picture = stage.picture(figure, KEY)
        assert "NaN" not in figure.locator(f"#{KEY} .live-views").inner_html()
        assert "live-handle" in picture
    stage.handle(figure, KEY).press("ArrowLeft")
    assert stage.trait(figure, KEY, "start") != [10, -10]
    assert figure.errors == []


def test_where_the_loss_is_not_real_the_figure_says_so(figure: Page) -> None:
    _field(figure).fill("log(x) + y^2")
    figure.evaluate("models.figure.set('start', [-1, 1])")
    assert "ℓ or its gradient is not a finite real number at (−1, 1): move the start." in _status(figure)
    figure.evaluate("models.figure.set('start', [0.3, 1])")
    run = live.YourLoss(formula="log(x) + y^2", start=[0.3, 1.0]).path()
    assert f"SAM ends after {len(run) - 1} steps" in _status(figure)
    assert "No minimum is found" in _status(figure)
    assert stage.shown(figure, KEY, "w") == pytest.approx(run[-1], rel=1e-12)


def test_keys_of_the_figure_are_letters_in_the_field(figure: Page) -> None:
    t = stage.trait(figure, KEY, "t")
    _field(figure).fill("x^2")
    _field(figure).press("End")
    _field(figure).press_sequentially(" + .5y^2, r")
    _field(figure).press("ArrowLeft")
    _field(figure).press("Home")
    assert _field(figure).input_value() == "x^2 + .5y^2, r"
    assert stage.trait(figure, KEY, "t") == t
    assert stage.trait(figure, KEY, "start") == [1, 1]
    assert figure.locator(f"#{KEY} [data-action=play]").count() == 1


def test_a_setting_takes_the_place_of_what_is_typed_even_if_it_was_there_before(figure: Page) -> None:
    _field(figure).fill("x^2 +")
    figure.locator(f'#{KEY} [data-choice="ravine"]').click()
    stage.settle(figure)
    assert _field(figure).input_value() == RAVINE
    assert _complaint(figure).text_content() == ""
    assert _field(figure).get_attribute("aria-invalid") == "false"


def test_the_slopes_are_those_of_the_formula_and_cut_where_they_are_long(figure: Page) -> None:
    slopes = figure.locator(f"#{KEY} .live-slope")
    _field(figure).fill("x^2 - 3x*y + y^3 - cos(2x)")
    stage.settle(figure)
    assert slopes.all_text_contents() == ["2·x − 3·y + 2·sin(2·x)", "−3·x + 3·y^2"]
    _field(figure).fill("*".join(f"sin(x + {k})" for k in range(9)))
    stage.settle(figure)
    across, up = slopes.all_text_contents()
    assert len(across) == 90
    assert across.endswith("…")
    assert up == "0"


# ------------------------------------------------------------------------------------------------------------ controls


@pytest.mark.parametrize("slider", ["eta", "rho", "steps", "reach"])
def test_every_slider_moves_its_trait_and_redraws(figure: Page, slider: str) -> None:
    before, drawn = stage.trait(figure, KEY, slider), _drawing(figure)
    figure.locator(f'#{KEY} input[data-name="{slider}"]').press("ArrowRight")
    assert stage.trait(figure, KEY, slider) > before
    assert _drawing(figure) != drawn
    assert figure.errors == []


def test_more_steps_show_their_end_unless_the_reader_looks_at_an_earlier_one(figure: Page) -> None:
    steps = figure.locator(f'#{KEY} input[data-name="steps"]')
    steps.fill("80")
    assert stage.trait(figure, KEY, "t") == 80
    figure.evaluate("models.figure.set('t', 12)")
    steps.fill("100")
    assert stage.trait(figure, KEY, "t") == 12
    steps.fill("5")
    assert stage.trait(figure, KEY, "t") == 5


def test_the_mouse_drags_the_start(figure: Page) -> None:
    drawn = _drawing(figure)
    x, y = stage.middle(stage.handle(figure, KEY))
    figure.mouse.move(x, y)
    figure.mouse.down()
    figure.mouse.move(x - 60, y + 40, steps=4)
    start = stage.trait(figure, KEY, "start")
    assert start[0] < 0.7
    assert start[1] < 0.8
    stage.settle(figure)
    assert stage.middle(stage.handle(figure, KEY)) == pytest.approx((x - 60, y + 40), abs=1.5)
    figure.mouse.up()
    assert _drawing(figure) != drawn
    _assert_numbers(figure, live.YourLoss(start=stage.trait(figure, KEY, "start")))
    assert figure.errors == []


def test_a_finger_drags_the_start_and_scrolls_the_page_elsewhere(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    stage.show(page, live.YourLoss(key=KEY))
    x, y = stage.middle(stage.handle(page, KEY))
    stage.swipe(page, (x, y), (x - 50, y + 60))
    start = stage.trait(page, KEY, "start")
    assert start[0] < 0.8
    assert start[1] < 0.8
    assert page.evaluate("scrollY") == 0
    stage.settle(page)
    box = page.locator(f"#{KEY} .live-plane").bounding_box()
    assert box is not None
    stage.swipe(page, (box["x"] + 70, box["y"] + 200), (box["x"] + 70, box["y"] + 40))
    page.wait_for_function("scrollY > 50")
    assert stage.trait(page, KEY, "start") == start
    assert page.errors == []


def test_arrow_keys_move_the_start_and_shift_makes_them_fine(figure: Page) -> None:
    handle, drawn = stage.handle(figure, KEY), _drawing(figure)
    handle.press("ArrowLeft")
    assert stage.trait(figure, KEY, "start") == [0.9, 1]
    handle.press("Shift+ArrowUp")
    assert stage.trait(figure, KEY, "start") == [0.9, 1.01]
    assert figure.locator(f"#{KEY} .live-handle:focus").count() == 1
    assert handle.get_attribute("aria-valuetext") == "(0.9, 1.01)"
    assert _drawing(figure) != drawn


def test_keys_and_buttons_step_play_and_reset(figure: Page) -> None:
    handle = stage.handle(figure, KEY)
    handle.press("r")
    assert stage.trait(figure, KEY, "t") == 0
    drawn = _drawing(figure)
    handle.press(".")
    assert stage.trait(figure, KEY, "t") == 1
    assert _drawing(figure) != drawn
    figure.locator(f'#{KEY} [data-action="forward"]').click()
    handle.press(",")
    assert stage.trait(figure, KEY, "t") == 1
    handle.press(" ")
    figure.wait_for_function("models.figure.get('t') > 1")
    handle.press(" ")
    figure.locator(f'#{KEY} [data-action="reset"]').click()
    assert stage.trait(figure, KEY, "t") == 0
    figure.locator(f"#{KEY} .live-strips").click()
    assert 20 < stage.trait(figure, KEY, "t") < 40
    assert figure.errors == []


def test_presets_apply(figure: Page) -> None:
    for preset in reversed(stage.trait(figure, KEY, "presets")):
        button = figure.locator(f'#{KEY} [data-choice="{preset["name"]}"]')
        button.click()
        for trait, value in preset["state"].items():
            assert stage.trait(figure, KEY, trait) == value
        stage.settle(figure)
        assert button.get_attribute("aria-pressed") == "true"
        assert _field(figure).input_value() == preset["state"]["formula"]
    assert figure.errors == []


def test_around_the_minimum_the_window_holds_the_predicted_bounce(figure: Page) -> None:
    drawn = _drawing(figure)
    figure.locator(f'#{KEY} [data-choice="minimum"]').click()
    assert stage.trait(figure, KEY, "zoom") is True
    assert _drawing(figure) != drawn
    ends = figure.locator(f"#{KEY} .live-prediction circle")
    assert ends.count() == 2
    plane = figure.locator(f"#{KEY} .live-plane").bounding_box()
    left, right = ends.nth(0).bounding_box(), ends.nth(1).bounding_box()
    assert plane is not None
    assert left is not None
    assert right is not None
    frame = plane["width"] - 46 - 10
    assert abs(right["x"] - left["x"]) == pytest.approx(frame / 2, rel=0.02)  # ±1 amplitude in a window of ±2
    figure.locator(f'#{KEY} [data-choice="whole"]').click()
    assert _drawing(figure) == drawn


# ------------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("name", SETTINGS)
def test_the_page_shows_samlibs_numbers(page: Page, name: str) -> None:
    figure = live.YourLoss(key=KEY, **{**SETTINGS[name], "t": 35})
    stage.show(page, figure)
    _assert_numbers(page, figure)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_code_on_the_page_runs_and_gives_the_pages_numbers(page: Page, name: str) -> None:
    stage.show(page, live.YourLoss(key=KEY, **{**SETTINGS[name], "steps": 20, "t": 20}))
    stage.handle(page, KEY).press("ArrowRight")
    page.locator(f'#{KEY} [data-action="code"]').click()
    _assert_code_gives_the_pages_numbers(page)


def _assert_code_gives_the_pages_numbers(page: Page) -> None:
    stage.settle(page)
    names: dict[str, Any] = {}
    exec(_code(page), names)  # text of the page, from a formula of this file
    assert stage.shown(page, KEY, "w") == pytest.approx(names["sam"][-1], rel=1e-12, abs=1e-12)
    assert stage.shown(page, KEY, "rival") == pytest.approx(names["descent"][-1], rel=1e-12, abs=1e-12)
    assert stage.shown(page, KEY, "sharpness") == pytest.approx(names["data"]["sharpness"][-1], rel=1e-10)
    assert isinstance(names["loss"], samlib.SymbolicLoss)


def test_the_code_follows_what_is_typed_and_where_a_run_ends(figure: Page) -> None:
    figure.locator(f'#{KEY} [data-action="code"]').click()
    for typed in (
        "-x^2*y^2 + 2^-x/(3 - y)",
        "ln(2 + x)^2 + y² + sech(x - 3)^-2",
        "pi*x^2 + e*y^2 + 1E-3x y",
        "x^4 + y^4",
    ):
        _field(figure).fill(typed)
        _assert_code_gives_the_pages_numbers(figure)
    figure.evaluate("models.figure.set('start', [5, -5])")  # leaves for infinity at once
    stage.settle(figure)
    run = live.YourLoss(formula="x^4 + y^4", start=[5.0, -5.0]).path()
    assert len(run) < 5
    assert f"steps={len(run) - 1})" in _code(figure)
    _assert_code_gives_the_pages_numbers(figure)


# ------------------------------------------------------------------------------------------------------- from outside


def test_a_bad_value_from_outside_is_said_and_the_last_picture_kept(figure: Page) -> None:
    drawn = _drawing(figure)
    for trait, value, words in [
        ("formula", "alert(1)", "alert is not among the functions"),
        ("formula", 7, "must be a text of at most 200 characters"),
        ("formula", "x" * 201, "must be a text of at most 200 characters"),
        ("rho", -1, "ρ = −1 is outside"),
        ("start", [11, 0], "w₀ = 11 is outside"),
        ("steps", 2.5, "must be a whole number"),
        ("zoom", 1, "zoom must be true or false"),
    ]:
        good = stage.trait(figure, KEY, trait)
        figure.evaluate("([trait, value]) => models.figure.set(trait, value)", [trait, value])
        assert words in _status(figure)
        assert _drawing(figure) == drawn
        assert _field(figure).input_value() == RAVINE
        figure.evaluate("([trait, value]) => models.figure.set(trait, value)", [trait, good])
    assert "Not drawn" not in _status(figure)
    assert figure.errors == []


def test_traits_set_from_outside_redraw_and_reach_the_field(figure: Page) -> None:
    drawn = _drawing(figure)
    figure.evaluate("models.figure.set('formula', 'x^2 + 3y^2')")
    assert _drawing(figure) != drawn
    assert _field(figure).input_value() == "x^2 + 3y^2"


# --------------------------------------------------------------------------------------- as a page serves it, with CSP


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a page as the book makes it: the host, the bundle as a file, and the book's own policy."""
    figure = live.YourLoss(key=KEY)
    names = ["key", "alt", "ranges", "presets", "initial", *figure.STATE]
    state = {"_esm": "YourLoss.0", **{name: getattr(figure, name) for name in names}}
    models = {"state": {"m0": {"model_name": "AnyModel", "state": state}}}
    files = {
        "host.js": (HOST_FOLDER / "host.js").read_text(encoding="utf-8"),
        "figure.js": classic_script((BUNDLES / "your_loss.js").read_text(encoding="utf-8"), "YourLoss.0"),
        "probe.js": """addEventListener("probe", () => {
          try { window.outcome = new Function("return 1")(); } catch (error) { window.outcome = error.name; }
        });""",
        "live.css": (BUNDLES / "live.css").read_text(encoding="utf-8"),
        "page.html": "<!doctype html><html lang='en'><meta charset='utf-8'><title>Page</title>"
        f'<meta http-equiv="Content-Security-Policy" content="{content_security_policy([], [])}">'
        '<link rel="stylesheet" href="live.css">'
        f'<script type="{WIDGET_STATE}">{json.dumps(models)}</script>'
        '<script defer src="figure.js"></script><script defer src="host.js"></script><script src="probe.js"></script>'
        f'<div id="fig-{KEY}" class="live-slot" data-model="m0" data-figure="YourLoss"></div>',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    server = serve(tmp_path)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/page.html"
    server.shutdown()
    server.server_close()
    thread.join()


def _open(page: Page, address: str) -> Locator:
    page.goto("about:blank")
    page.goto(address)
    slot = page.locator(f"#fig-{KEY}")
    slot.locator(".live-handle").wait_for()
    return slot


def test_the_books_policy_is_kept_while_formulas_are_read(served: str, page: Page) -> None:
    page.add_init_script(
        "window.violations = [];"
        "document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));"
    )
    slot = _open(page, served)
    field = slot.locator('input[data-name="formula"]')
    good = ("sin(x)^2 + exp(y)*x", "(x^2 + y^2 + 1)^1.5", "x^y + y^4")
    for typed in [*(typed for typed, _ in BAD.values() if "\0" not in typed and len(typed) < 1000), *good]:
        # As a keyboard would: what `fill` and `evaluate` start, the browser's debugger exempts from the policy.
        field.press("ControlOrMeta+a")
        page.keyboard.press("Delete")
        page.keyboard.insert_text(typed)
        expect(field).to_have_value(typed)
        if typed in good:
            expect(slot.locator(".live-complaint")).to_have_text("")
        elif typed:
            expect(slot.locator(".live-complaint")).not_to_have_text("")
    slot.locator('[data-action="code"]').click()
    assert page.evaluate("violations") == []
    assert page.errors == []
    # The policy is in force: a script of the same page may not run text as code.
    page.evaluate("setTimeout(() => dispatchEvent(new Event('probe')))")
    # Not `wait_for_function`: what it runs in the page may itself be refused.
    page.evaluate("""() => new Promise((done) => {
      if (violations.length) done();
      else document.addEventListener("securitypolicyviolation", done);
    })""")
    assert page.evaluate("[window.outcome, violations]") == ["EvalError", ["script-src"]]


def test_a_link_carries_the_formula(served: str, page: Page) -> None:
    slot = _open(page, served)
    slot.locator('input[data-name="formula"]').fill("x^2 + 3·y²/(1 + x^2) & z")
    slot.locator('input[data-name="formula"]').fill("x^2 + 3·y²/(1 + x^2)")
    slot.locator(".live-handle").press("ArrowLeft")
    slot.get_by_role("button", name="Copy link").click()
    page.wait_for_function("location.hash.includes('formula')")
    address = page.url
    minimum = slot.locator('data[data-name="w"]').evaluate("(element) => element.value")
    again = _open(page, address)
    expect(again.locator('input[data-name="formula"]')).to_have_value("x^2 + 3·y²/(1 + x^2)")
    assert again.locator('data[data-name="w"]').evaluate("(element) => element.value") == minimum
    assert page.errors == []


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ('"alert(1)"', "Not drawn: alert is not among the functions"),
        ('"<img src=x onerror=alert(1)>"', "Not drawn: Write the formula alone"),
        ('"x +"', "Not drawn: This is not a formula yet"),
        ('""', "Not drawn: Type a formula"),
        # No text, or too long a one: the host does not hand it on.
        (f'"{"x+" * 150}x"', "Step 60 of 60"),
        *((value, "Step 60 of 60") for value in ("7", '["x"]', "null", '{"x":1}', "x", "%")),
    ],
)
def test_a_damaged_link_opens_the_figure_as_the_page_has_it(served: str, page: Page, formula: str, words: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    slot = _open(page, f"{served}#fig-{KEY}&formula={formula}")
    expect(slot.locator(".live-status")).to_contain_text(words)
    expect(slot.locator('input[data-name="formula"]')).to_have_value(RAVINE)
    assert slot.locator("img").count() == 0
    slot.locator(".live-handle").press("ArrowLeft")
    expect(slot.locator(".live-status")).to_contain_text("Downhill from the start there is a minimum at (0, 0)")
    assert page.errors == []


# --------------------------------------------------------------------------------------------------------------- looks


@pytest.mark.parametrize("width", [360, 700, 1600])
def test_text_is_readable_and_nothing_overflows_or_moves(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    stage.show(page, live.YourLoss(key=KEY))
    page.add_style_tag(content="body { max-width: none !important }")
    stage.settle(page)
    sizes = page.evaluate("""[...document.querySelectorAll(
        ".live-svg text, .live-figure button, .live-figure p, .live-field input, .live-slope")]
      .map((each) => parseFloat(getComputedStyle(each).fontSize))""")
    assert min(sizes) >= 11
    heights = set()
    for typed in (RAVINE, "x^2 +", "abs(x)", "x^999999999", "x" * 250, "foo(x)", "1/2x", "sqrt((x - y)^2 * (x + y)^2)"):
        for t in (0, 7, 60):
            _field(page).fill(typed)
            page.evaluate("(t) => models.figure.set('t', t)", t)
            stage.settle(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, typed
            heights.add(page.evaluate("document.querySelector('.live-figure').offsetHeight"))
    assert len(heights) == 1
    page.locator(f'#{KEY} [data-action="code"]').click()
    _field(page).fill("*".join(f"sin(x + {k})" for k in range(9)))
    stage.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_figures_do_not_interfere_and_close_clean(page: Page) -> None:
    stage.show(page, live.YourLoss(key="one"), live.YourLoss(key="two"))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    stage.settle(page)
    other = page.locator("#two .live-views")
    second = other.inner_html()
    page.locator('#one input[data-name="formula"]').fill("x^2 + y^2")
    stage.handle(page, "one").press("ArrowRight")
    stage.settle(page)
    assert other.inner_html() == second
    assert page.locator('#two input[data-name="formula"]').input_value() == RAVINE
    page.evaluate("for (const close of Object.values(closers)) close()")
    assert page.locator(".live-figure").count() == 0
    heard = (
        "Object.values(models).flatMap((model) => Object.values(model.listeners)).reduce((n, each) => n + each.size, 0)"
    )
    assert page.evaluate(heard) == 0
    assert page.errors == []


def test_the_state_is_spoken_once_it_stays(figure: Page) -> None:
    spoken = figure.locator(f"#{KEY} .live-spoken")
    expect(spoken).to_contain_text("Step 60 of 60")
    stage.handle(figure, KEY).press(",")
    expect(spoken).to_contain_text("Step 59 of 60")
    expect(spoken).to_contain_text("a minimum at (0, 0): λ₁ = 2; SAM’s bounce there is ±0.25 along e₁")
