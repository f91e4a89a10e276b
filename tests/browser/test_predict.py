"""Predict, then reveal: what is hidden, what the answer says, where it leads, and where the scores are kept."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from samlib import claims, live
from sphinx_ext.statements import read_label
from tests.browser import stage

KEY = "figure"
STORE = "samlib.predictions.v1"
# Not reached: an answer of the test's own gives the figures an origin, and with it a storage.
ORIGIN = "http://localhost/stage"
PLACED = [live.Bounce, live.Potential, live.Valley]
FIGURES = [*PLACED, live.Race]
SETTINGS = {kind: {name: setting for name, _, setting in kind.SETTINGS} for kind in FIGURES}

Open = Callable[..., Page]
Kind = type[Any]


def _name(kind: Kind) -> str:
    return kind.__name__


each_figure = pytest.mark.parametrize("kind", FIGURES, ids=_name)


@pytest.fixture
def still(open_page: Open) -> Page:
    """A page without motion, with a storage."""
    page = open_page(reduced_motion="reduce")
    _give_origin(page)
    return page


def _give_origin(page: Page) -> None:
    def blank(route: Route) -> None:
        route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route(ORIGIN, blank)
    page.goto(ORIGIN)


def _show_anew(page: Page, figure: Any) -> None:
    """Reloads the page, and shows a figure on it."""
    page.goto(ORIGIN)
    stage.show(page, figure)


def _button(page: Page, action: str) -> Locator:
    return page.locator(f'#{KEY} [data-action="{action}"]')


def _flag(page: Page) -> Locator:
    return page.locator(f"#{KEY} .live-flag")


def _answer(page: Page) -> str:
    stage.settle(page)
    return page.locator(f"#{KEY} .live-answer").inner_text()


def _begin(page: Page) -> None:
    _button(page, "predict").click()
    stage.settle(page)


def _reveal(page: Page, kind: Kind, pick: str = "sam") -> str:
    """Predicts without moving the flag, or with a pick, and returns the answer."""
    _begin(page)
    if kind is live.Race:
        _pick(page, pick)
    _button(page, "predict").click()
    return _answer(page)


def _pick(page: Page, name: str) -> None:
    page.get_by_role("group", name="Your pick").locator(f'[data-choice="{name}"]').click()


def _scores(page: Page) -> Any:
    return page.evaluate("(store) => JSON.parse(localStorage.getItem(store))", STORE)


def _read(page: Page) -> str:
    """What can be read of the figure, without the values that sliders show."""
    stage.settle(page)
    return page.evaluate(
        """(key) => {
      const figure = document.getElementById(key);
      const values = [...figure.querySelectorAll("output")];
      const before = values.map((output) => output.textContent);
      for (const output of values) output.textContent = "";
      // What is spoken waits until the state stays.
      const spoken = figure.querySelector(".live-spoken");
      spoken.hidden = true;
      const seen = [...figure.querySelectorAll("[aria-label]")]
        .filter((each) => getComputedStyle(each).visibility === "visible" && each.getClientRects().length)
        .map((each) => each.getAttribute("aria-label"));
      const text = [figure.innerText, ...seen].join("|");
      values.forEach((output, k) => (output.textContent = before[k]));
      spoken.hidden = false;
      return text;
    }""",
        KEY,
    )


def _drawn(page: Page) -> list[str]:
    """What can be seen of the plane and the strips."""
    stage.settle(page)
    return page.evaluate(
        """(key) => [...document.querySelectorAll(`#${key} .live-views :is(svg *, canvas)`)]
          .filter((each) => getComputedStyle(each).visibility === "visible" && !each.childElementCount)
          .map((each) => each.toDataURL?.() ?? `${each.parentElement.getAttribute("transform")}${each.outerHTML}`)""",
        KEY,
    )


# ------------------------------------------------------------------------------------------------------------- hiding


@pytest.mark.parametrize(
    ("kind", "setting", "slider"),
    [
        (live.Bounce, {}, "rho"),
        (live.Bounce, {"zoom": True}, "rho"),
        # J depends on ρ and is to be seen; how far the run comes on it is not.
        (live.Potential, {"steps": 3}, "steps"),
        # On the bounce the start itself depends on ρ.
        (live.Valley, {"on_bounce": False, "start": [0.05, 1.5], "skew": 0.5}, "rho"),
        (live.Race, {}, "rho"),
    ],
    ids=["Bounce", "Bounce zoomed", "Potential", "Valley", "Race"],
)
def test_nothing_to_be_seen_or_read_depends_on_the_run(
    still: Page, kind: Kind, setting: dict[str, Any], slider: str
) -> None:
    stage.show(still, kind(key=KEY, **setting))
    moved = still.locator(f'#{KEY} input[data-name="{slider}"]')
    seen = [(_read(still), _drawn(still))]
    moved.press("PageDown")
    seen.append((_read(still), _drawn(still)))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]

    _begin(still)
    hidden = []
    for press in ("PageUp", "PageDown"):
        # The question names the number of steps.
        words = _read(still).replace(f"after {stage.trait(still, KEY, 'steps')} steps", "")
        hidden.append((words, _drawn(still)))
        before = moved.input_value()
        moved.press(press)
        assert moved.input_value() != before
    assert hidden[0] == hidden[1]
    for part in (".live-strips", ".live-words", ".live-transport", ".live-readout", '.live-foot [data-action="csv"]'):
        assert not still.locator(f"#{KEY} {part}").first.is_visible(), part
    assert "hidden until you reveal" in (still.locator(f"#{KEY} figure").get_attribute("aria-label") or "")
    assert still.errors == []


@each_figure
def test_escape_leaves_without_an_answer_and_all_is_back(still: Page, kind: Kind) -> None:
    stage.show(still, kind(key=KEY))
    before = {name: stage.trait(still, KEY, name) for name in kind.STATE}
    label, words = still.locator(f"#{KEY} figure").get_attribute("aria-label"), _read(still)
    _begin(still)
    assert _read(still) != words
    still.keyboard.press("Escape")
    assert _read(still) == words
    assert still.locator(f"#{KEY} figure").get_attribute("aria-label") == label
    expect(_button(still, "predict")).to_be_focused()
    assert {name: stage.trait(still, KEY, name) for name in kind.STATE} == before
    assert _scores(still) is None
    _begin(still)
    _button(still, "leave").click()
    assert _read(still) == words
    assert still.errors == []


# ------------------------------------------------------------------------------------------------------------ placing


@pytest.mark.parametrize("kind", PLACED, ids=_name)
def test_the_flag_follows_the_mouse(still: Page, kind: Kind) -> None:
    stage.show(still, kind(key=KEY))
    start = stage.trait(still, KEY, "start")
    _begin(still)
    x, y = _base(still)
    still.mouse.move(x, y - 15)
    still.mouse.down()
    still.mouse.move(x + 40, y + 45, steps=4)
    still.mouse.up()
    stage.settle(still)
    across = 0 if kind is live.Valley else 40
    assert np.allclose(_base(still), (x + across, y + 60), atol=1.5)
    # It cannot be lost outside of the frame.
    still.mouse.move(x + across, y + 45)
    still.mouse.down()
    still.mouse.move(x, y + 2000, steps=4)
    still.mouse.up()
    stage.settle(still)
    plane = still.locator(f"#{KEY} .live-plane").first.bounding_box()
    assert plane is not None
    assert _base(still)[1] < plane["y"] + plane["height"]
    assert _guess(still)[-1] > -3
    assert stage.trait(still, KEY, "start") == start
    assert still.errors == []


def _base(page: Page) -> tuple[float, float]:
    """Where the flag stands on the screen."""
    box = page.locator(f"#{KEY} .live-flag circle.live-knob").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@each_figure
def test_on_a_phone_a_finger_places_the_flag_and_nothing_overflows(open_page: Open, kind: Kind) -> None:
    page = open_page(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True, reduced_motion="reduce")
    _give_origin(page)
    stage.show(page, kind(key=KEY))
    _begin(page)
    if kind is not live.Race:
        x, y = _base(page)
        stage.swipe(page, (x, y), (x + 20, y + 60))
        stage.settle(page)
        assert abs(_base(page)[1] - y - 60) < 3
        assert page.evaluate("scrollY") == 0
    else:
        _pick(page, "sgd")
    for _ in ("placing", "told"):
        stage.settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert stage.misplaced(page) == []
        _button(page, "predict").click()
    assert "samlib" in str(page.evaluate("Object.keys(localStorage)"))
    assert page.errors == []


def test_the_keyboard_alone_predicts_a_point(still: Page) -> None:
    stage.show(still, live.Bounce(key=KEY))
    _button(still, "predict").press("Enter")
    expect(_flag(still)).to_be_focused()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        still.keyboard.press(key)
    stage.settle(still)
    assert _flag(still).get_attribute("aria-valuetext") == "(0.1, 0.09)"
    assert still.locator(f"#{KEY} .live-flag:focus-visible").count() == 1
    still.keyboard.press("Enter")
    answer = _answer(still)
    assert "from your flag" in answer
    expect(_button(still, "predict")).to_be_focused()
    assert _button(still, "predict").inner_text() == "Predict again"
    # Where the flag stood stays to be seen, but it is no longer a control.
    assert _flag(still).is_visible()
    assert _flag(still).get_attribute("tabindex") is None
    still.keyboard.press("Enter")
    expect(_flag(still)).to_be_focused()
    assert "from your flag" not in _answer(still)
    assert still.errors == []


def test_the_keyboard_alone_predicts_a_winner(still: Page) -> None:
    stage.show(still, live.Race(key=KEY))
    _button(still, "predict").press("Enter")
    group = still.get_by_role("group", name="Your pick")
    expect(group.locator('[data-choice="sam"]')).to_be_focused()
    assert group.locator("button:visible").all_inner_texts() == ["SAM", "gradient descent", "SGD", "all alike"]
    still.keyboard.press("Tab")
    still.keyboard.press("Space")
    expect(group.locator('[data-choice="descent"]')).to_have_attribute("aria-pressed", "true")
    _button(still, "predict").press("Enter")
    assert "You picked gradient descent" in _answer(still)
    assert still.errors == []


def test_a_race_asks_for_a_pick_of_somebody_who_runs(still: Page) -> None:
    stage.show(still, live.Race(key=KEY))
    _begin(still)
    _button(still, "predict").click()
    assert "Pick one first" in _answer(still)
    _pick(still, "descent")
    still.locator(f'#{KEY} [data-name="descent"]').click()  # takes the one picked out of the race
    stage.settle(still)
    _button(still, "predict").click()
    assert "Pick one first" in _answer(still)
    for racer in ("sam", "sgd"):
        still.locator(f'#{KEY} [data-name="{racer}"]').click()
    stage.settle(still)
    _button(still, "predict").click()
    assert "Pick one first" in _answer(still)
    assert _scores(still) is None
    assert still.errors == []


# ----------------------------------------------------------------------------------------------------------- residual


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (live.Bounce, {}),
        (live.Bounce, {"eta": 0.35, "rho": 0.8, "eigenvalues": [1.2, 0.7], "start": [-1.5, 0.8], "steps": 7}),
        (live.Bounce, {"steps": 9, "flipped": True}),
        (live.Potential, {}),
        (live.Potential, {"steps": 3, "flipped": False}),
    ],
)
def test_the_residual_on_a_quadratic_is_samlibs(still: Page, kind: Kind, setting: dict[str, Any]) -> None:
    figure = kind(key=KEY, **setting)
    stage.show(still, figure)
    _begin(still)
    _flag(still).press("ArrowRight")
    _flag(still).press("ArrowUp")
    stage.settle(still)
    guess = _guess(still)
    assert guess[0] > 0 < guess[1]
    _flag(still).press("Enter")
    sign = -1 if figure.flipped and figure.steps % 2 else 1
    distance = np.linalg.norm(guess - sign * figure.path()[-1])
    assert stage.shown(still, KEY, "residual") == pytest.approx(distance, rel=1e-12)
    assert stage.shown(still, KEY, "share") == pytest.approx(distance / figure.theory.amplitude, rel=1e-12)


def _guess(page: Page) -> np.ndarray:
    words = _flag(page).get_attribute("aria-valuetext")
    assert words is not None
    return np.array([float(each) for each in words.strip("(y =)").replace("−", "-").split(",")])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({}, "Right: it went down."),
        ({"heights": SETTINGS[live.Valley]["two"]["heights"], "start": [0.0, 0.2], "rho": 0.3}, "Right: it went up."),
        ({"start": [0.0, 0.0]}, "it went nowhere"),
    ],
)
def test_the_residual_in_the_valley_is_samlibs(still: Page, setting: dict[str, Any], words: str) -> None:
    figure = live.Valley(key=KEY, **setting)
    stage.show(still, figure)
    _begin(still)
    for _ in range(5):
        _flag(still).press("ArrowUp")
    stage.settle(still)
    guess = _guess(still)
    _flag(still).press("Enter")
    end = figure.run().path[-1, 1]
    assert words in _answer(still)
    assert stage.shown(still, KEY, "residual") == pytest.approx(abs(guess[0] - end), rel=1e-12)
    way = abs(end - figure.start[1])
    share = still.locator(f'#{KEY} data[data-name="share"]')
    if way > 0.02:
        assert stage.shown(still, KEY, "share") == pytest.approx(abs(guess[0] - end) / way, rel=1e-12)
    else:
        assert share.count() == 0
        assert _scores(still)["valley"] == {"tries": 1, "best": None}


def test_the_residual_of_a_race_is_samlibs(still: Page) -> None:
    quadratic = SETTINGS[live.Race]["quadratic"]
    for setting, picks in (
        (
            {},
            {"sam": "Right: SAM", "descent": "answer is: SAM", "sgd": "answer is: SAM", "all": "answer is: SAM"},
        ),
        (quadratic, {"all": "Right: all stand equally sharp", "sam": "The answer is: all stand equally sharp"}),
        ({"equal_cost": False, "budget": 31, "heavy_ball": True}, {"heavy_ball": "above the least"}),
    ):
        figure = live.Race(key=KEY, **setting)
        _show_anew(still, figure)
        ends = {racer: sharpness for racer, _, sharpness in figure.standing(figure.budget)}
        least = min(ends.values())
        for pick, words in picks.items():
            assert words in _reveal(still, live.Race, pick)
            above = (max(ends.values()) if pick == "all" else ends[pick]) - least
            assert stage.shown(still, KEY, "residual") == pytest.approx(above, rel=1e-12, abs=1e-12)
            assert stage.shown(still, KEY, "share") == pytest.approx(above / least, rel=1e-12, abs=1e-12)
    assert still.errors == []


def test_the_regime_of_the_flag_is_compared_with_that_of_the_end(still: Page) -> None:
    stage.show(still, live.Bounce(key=KEY, zoom=True))
    for place, words in ((0.11, "Right regime: near"), (-0.11, "Right regime, but the opposite side: near")):
        _begin(still)
        arrow = "ArrowRight" if place > 0 else "ArrowLeft"
        for key in [arrow] * 40:
            if abs(_guess(still)[0] - place) < 0.02:
                break
            _flag(still).press(key)
            stage.settle(still)
        _flag(still).press("Enter")
        assert words in _answer(still)
    # As far from the minimum as the bounce is, but away from the axis.
    _begin(still)
    for key in ["ArrowUp"] * 6:
        _flag(still).press(key)
    _flag(still).press("Enter")
    assert "Another regime: near the bounce" in _answer(still)
    assert _scores(still)["bounce"]["tries"] == 3


# --------------------------------------------------------------------------------------------------------- statements


ENDS: dict[Kind, list[tuple[dict[str, Any], str | None]]] = {
    live.Bounce: [
        ({}, "theorem-2"),
        (SETTINGS[live.Bounce]["trap"], "prop-8"),
        (SETTINGS[live.Bounce]["equal"], "prop-8"),
        ({"eta": 1.0, "steps": 200}, "larger-steps"),
        ({"steps": 3}, "eq-5"),
        ({"steps": 13}, "lemma-5-5"),
        ({"eta": 1.9, "steps": 2}, "lemma-10"),
    ],
    live.Potential: [
        ({}, "prop-8"),
        (SETTINGS[live.Potential]["saddle"], "prop-8"),
        ({"steps": 1, "start": [1.0, 1.0]}, "lemma-10"),
    ],
    live.Valley: [({}, "theorem-21"), (SETTINGS[live.Valley]["skewed"], "drift-window")],
    live.Race: [
        ({}, "ravine-cycle"),
        ({"rho": 0.5}, "origin-bounce"),
        ({"landscape": "quadratic"}, "sharpness-gradient"),
        ({"landscape": "valley", "rho": 0.5}, "theorem-21"),
        ({"landscape": "other_reading"}, None),
    ],
}


@each_figure
def test_the_statement_that_explains_the_end_is_linked(still: Page, kind: Kind) -> None:
    for setting, label in ENDS[kind]:
        _show_anew(still, kind(key=KEY, **setting))
        # As the book's build does; in a notebook there is no page to lead to.
        still.evaluate(
            """(key) => {
              const all = Object.values(models[key].get("statements"));
              for (const each of all) each.href = `../there.html#${each.label}`;
            }""",
            KEY,
        )
        answer = _reveal(still, kind)
        link = still.locator(f"#{KEY} .live-answer a")
        if label is None:
            assert link.count() == 0
            continue
        assert link.get_attribute("href") == f"../there.html#{label}", setting
        name = link.inner_text()
        (words,) = {words for each, own, words in kind.STATEMENTS.values() if (each, own) == (label, name)}
        assert f"{name}: {words}" in answer
    assert still.errors == []


def test_without_a_page_the_statement_is_named_in_plain_text(still: Page) -> None:
    stage.show(still, live.Bounce(key=KEY))
    assert "Theorem 2: for ηλ₁ < ½" in _reveal(still, live.Bounce)
    assert still.locator(f"#{KEY} .live-answer a").count() == 0


@each_figure
def test_statements_are_those_of_the_ledger_under_their_own_names(kind: Kind) -> None:
    for label, name, words in kind.STATEMENTS.values():
        assert claims.get(label).id == label
        number = read_label(label)
        assert name == (number.name if number else name)
        assert name.startswith("The ") or number
        assert words.endswith(".")


# ------------------------------------------------------------------------------------------------- change and motion


@each_figure
def test_a_change_of_the_setting_keeps_the_run_hidden_and_counts(still: Page, kind: Kind) -> None:
    stage.show(still, kind(key=KEY))
    _begin(still)
    slider = still.locator(f'#{KEY} input[data-name="rho"]')
    slider.press("ArrowLeft")
    stage.settle(still)
    assert not still.locator(f"#{KEY} .live-strips").is_visible()
    if kind is live.Race:
        _pick(still, "descent")
    _button(still, "predict").click()
    stage.settle(still)
    changed = kind(key=KEY, rho=stage.trait(still, KEY, "rho"))
    if kind is live.Race:
        ends = {racer: sharpness for racer, _, sharpness in changed.standing(changed.budget)}
        expected = ends["descent"] - min(ends.values())
    elif kind is live.Valley:
        expected = abs(changed.run().path[-1, 1])
    else:
        expected = np.linalg.norm(changed.path()[-1])
    assert stage.shown(still, KEY, "residual") == pytest.approx(expected, rel=1e-12)
    # The verdict is one on that setting: with another one it goes.
    still.locator(f'#{KEY} input[data-name="t"]').press("ArrowLeft")
    assert _answer(still) != ""
    slider.press("ArrowLeft")
    assert _answer(still) == ""
    assert _button(still, "predict").inner_text() == "Predict first"
    assert still.errors == []


def test_the_run_plays_before_the_verdict_is_told(page: Page) -> None:
    stage.show(page, live.Bounce(key=KEY, steps=12))
    _begin(page)
    # Both looks within one task of the page, so that no clock decides.
    during = _button(page, "predict").evaluate("""(button) => {
      button.click();
      return [models.figure.get("t"), document.querySelector(".live-answer").textContent];
    }""")
    assert during == [0, ""]
    expect(page.locator(f"#{KEY} .live-answer")).to_contain_text("SAM ends at")
    assert stage.trait(page, KEY, "t") == 12
    assert page.errors == []


# ------------------------------------------------------------------------------------------------------------- scores


def test_scores_outlive_a_reload_until_the_reader_forgets_them(still: Page) -> None:
    stage.show(still, live.Bounce(key=KEY), live.Potential(key="other"))
    assert not _button(still, "forget").is_visible()
    _reveal(still, live.Bounce)
    first = stage.shown(still, KEY, "share")
    assert _scores(still) == {"bounce": {"tries": 1, "best": pytest.approx(first)}}
    _begin(still)
    for _ in range(4):
        _flag(still).press("ArrowUp")
    _flag(still).press("Enter")
    stage.settle(still)
    assert stage.shown(still, KEY, "share") > first
    assert _scores(still) == {"bounce": {"tries": 2, "best": pytest.approx(first)}}

    _show_anew(still, live.Bounce(key=KEY))
    score = still.locator(f"#{KEY} .live-predict .live-caption").first
    assert score.inner_text().startswith("2 predictions, best 101 % off")
    _button(still, "forget").click()
    assert score.inner_text() == ""
    assert still.evaluate("localStorage.length") == 0
    expect(_button(still, "predict")).to_be_focused()
    assert still.errors == []


def test_damaged_scores_count_as_none(still: Page) -> None:
    for stored in (
        "{not JSON",
        "null",
        "[1, 2]",
        '"text"',
        '{"bounce": 3}',
        '{"bounce": null}',
        '{"bounce": {"tries": "many", "best": 0}}',
        '{"bounce": {"tries": -1, "best": 0}}',
    ):
        still.evaluate("([store, text]) => localStorage.setItem(store, text)", [STORE, stored])
        _show_anew(still, live.Bounce(key=KEY))
        assert not _button(still, "forget").is_visible(), stored
        _reveal(still, live.Bounce)
        assert _scores(still) == {"bounce": {"tries": 1, "best": stage.shown(still, KEY, "share")}}, stored
    assert still.errors == []


def test_other_figures_scores_and_a_damaged_best_are_kept_apart(still: Page) -> None:
    stored = '{"race": {"tries": 4, "best": 0}, "bounce": {"tries": 2, "best": "good"}}'
    still.evaluate("([store, text]) => localStorage.setItem(store, text)", [STORE, stored])
    stage.show(still, live.Bounce(key=KEY))
    _reveal(still, live.Bounce)
    scores = _scores(still)
    assert scores["race"] == {"tries": 4, "best": 0}
    assert scores["bounce"] == {"tries": 3, "best": pytest.approx(stage.shown(still, KEY, "share"))}


@pytest.mark.parametrize("refused", ["full", "forbidden", "no origin"])
def test_without_a_storage_the_scores_live_as_long_as_the_page(still: Page, page: Page, refused: str) -> None:
    where = page if refused == "no origin" else still
    if refused == "no origin":
        page.emulate_media(reduced_motion="reduce")
    elif refused == "full":
        where.evaluate(
            "() => { Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
        )
    else:
        where.evaluate("""Object.defineProperty(window, "localStorage", {
          get() { throw new DOMException("", "SecurityError"); },
        })""")
    stage.show(where, live.Bounce(key=KEY))
    score = where.locator(f"#{KEY} .live-predict .live-caption").first
    for count in ("1 prediction,", "2 predictions,"):
        _reveal(where, live.Bounce)
        assert score.inner_text().startswith(count)
    _button(where, "forget").click()
    assert score.inner_text() == ""
    assert where.errors == []


# ------------------------------------------------------------------------------------------------------ on their pages


@pytest.mark.parametrize(
    ("page_name", "key", "pick"),
    [
        ("index", "preface", None),
        ("03-bouncing-across-ravines", "bounce", None),
        ("04-proof/3-sam-as-gradient-descent", "potential", None),
        ("05-drifting-to-wide-minima", "valley", None),
        ("06-simulations", "race", "sam"),
        ("07-open-problems", "race-momentum", "all"),
    ],
)
def test_on_its_page_the_answer_leads_to_the_statement(
    site: str, open_page: Open, page_name: str, key: str, pick: str | None
) -> None:
    page = open_page(reduced_motion="reduce")
    page.goto(f"{site}/chapters/{page_name}.html#fig-{key}")
    figure = page.locator(f"#fig-{key}")
    figure.locator('[data-action="predict"]').click()
    if pick:
        figure.locator(f'.live-predict [data-choice="{pick}"]').click()
    figure.locator('[data-action="predict"]').click()
    link = figure.locator(".live-answer a")
    label = (link.get_attribute("href") or "").rpartition("#")[2]
    assert label in {each for each, *_ in STATEMENTS}
    link.click()
    expect(page.locator(f"#{label}")).to_be_in_viewport()
    assert page.refused == []
    assert page.errors == []


STATEMENTS = [statement for kind in FIGURES for statement in kind.STATEMENTS.values()]
