"""Exercises on a page check themselves: by keyboard, in samlib's words, and with answers that stay on the device."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from samlib.check import EXERCISES
from tests.browser.accessibility import faults

RAVINES = "chapters/03-bouncing-across-ravines.html"
RISE = "samlib.exercise.3.2.v1"
CHECKABLE = [one for one in EXERCISES.values() if one.chapter == RAVINES.removesuffix(".html") and one.page()]

Open = Callable[..., Page]


def opened(page: Page, address: str, label: str = "ex-rise") -> Locator:
    """The form of an exercise, its fold open."""
    page.goto(address)
    fold = page.locator(f"#{label} details.rung").first
    if fold.get_attribute("open") is None:
        fold.locator("summary").first.click()
    return page.locator(f"#{label} form")


def stored(page: Page, key: str = RISE) -> str | None:
    return page.evaluate("(key) => localStorage.getItem(key)", key)


def said(form: Locator) -> list[str]:
    return [line.strip() for line in form.locator("output p").all_inner_texts()]


@pytest.mark.parametrize("opened_as", ["site", "file"])
def test_an_answer_is_checked_where_it_stands_and_nothing_is_sent(
    site: str, built_book: Path, page: Page, opened_as: str
) -> None:
    root = site if opened_as == "site" else built_book.as_uri()
    form = opened(page, f"{root}/{RAVINES}")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    form.get_by_label("loss").fill("500")
    form.get_by_label("potential").fill("0,5")
    form.get_by_role("button", name="Check").click()
    parts = EXERCISES["3.2"].examine({"loss": "500", "potential": "0,5"})
    assert said(form) == ["0.25 of 2 points", f"✗ {parts[0].message}", f"✗ {parts[1].message}"]
    expect(form.locator("output")).to_have_attribute("aria-live", "polite")
    expect(form.get_by_label("loss")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("loss").fill("2000/2")
    assert said(form) == []
    form.get_by_label("potential").fill("0")
    form.get_by_role("button", name="Check").click()
    assert said(form) == ["2 of 2 points", "✓ loss: right.", "✓ potential: right."]
    expect(page.locator("#ex-rise details.rung summary").first).to_have_text(re.compile("✓ solved"))
    assert (asked, page.errors, page.refused) == ([], [], [])


def test_every_exercise_with_numbers_or_choices_has_its_form_and_no_other_has(site: str, page: Page) -> None:
    page.goto(f"{site}/{RAVINES}")
    forms = page.locator("form.answer-form").evaluate_all("(all) => all.map((one) => one.closest('.exercise').id)")
    assert forms == [one.label for one in CHECKABLE]
    fields = page.locator("form.answer-form li")
    assert fields.count() == sum(len(one.page()) for one in CHECKABLE)
    assert (
        page.locator(".answer-form input").evaluate_all(
            "(all) => all.filter((one) => !one.labels.length && !one.ariaLabel)"
        )
        == []
    )
    page.goto(f"{site}/chapters/index.html")
    assert page.locator("script[src*='exercises/']").count() == 0


def test_by_keyboard_alone(site: str, page: Page) -> None:
    form = opened(page, f"{site}/{RAVINES}", "ex-one-dimension-completely")
    page.locator("#ex-one-dimension-completely details.rung summary").first.focus()
    page.keyboard.press("Tab")
    part = CHECKABLE[0].page()[0]
    expect(form.get_by_role("radio").first).to_be_focused()
    for _ in range(part["options"].index("diverges")):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Check")).to_be_focused()
    page.keyboard.press("Enter")
    assert said(form)[1] == f"✗ {part['name']}: {part['wrong']['diverges']}"
    for rung in ("hint", "sketch", "solution"):
        page.keyboard.press("Tab")
        shown = form.get_by_role("button", name=f"Show the {rung}")
        expect(shown).to_be_focused()
        page.keyboard.press("Enter")
        below = page.locator("details[open] > summary:focus")
        expect(below).to_have_text(re.compile(rung, re.I))
        form.get_by_role("button", name="Check").focus()
        page.keyboard.press("Enter")


def test_what_was_entered_and_solved_is_there_after_a_reload_until_it_is_forgotten(site: str, page: Page) -> None:
    form = opened(page, f"{site}/{RAVINES}")
    expect(form.get_by_role("button", name="Forget my answers")).to_be_hidden()
    form.get_by_label("loss").fill("1000")
    form.get_by_label("potential").fill("3")
    form.get_by_label("potential").press("Enter")
    before = said(form)
    assert json.loads(stored(page) or "")["right"] == ["loss"]
    form = opened(page, f"{site}/{RAVINES}")
    assert said(form) == before
    expect(form.get_by_label("loss")).to_have_value("1000")
    expect(page.locator("#ex-rise details.rung summary").first).to_have_text(re.compile("1 of 2 solved"))
    form.get_by_role("button", name="Forget my answers").click()
    expect(form.get_by_label("loss")).to_have_value("")
    expect(form.get_by_label("loss")).to_be_focused()
    assert (said(form), stored(page)) == ([], None)
    form = opened(page, f"{site}/{RAVINES}")
    expect(form.get_by_label("loss")).to_have_value("")
    assert page.errors == []


DAMAGED = ["{", "null", "7", "[]", '"x"', '{"entered": 3, "right": 4, "tries": "x", "checked": 1}',
           '{"entered": {"loss": [1, {}], "potential": "0"}, "right": ["nothing"], "tries": -1}']  # fmt: skip


def test_damaged_storage_is_no_storage(site: str, page: Page) -> None:
    page.goto(f"{site}/{RAVINES}")
    for text in DAMAGED:
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [RISE, text])
        form = opened(page, f"{site}/{RAVINES}")
        expect(form.get_by_label("loss")).to_have_value("")
        form.get_by_label("loss").fill("1000")
        form.get_by_role("button", name="Check").click()
        assert said(form) == ["1 of 2 points", "✓ loss: right.", "· potential: not handed in."]
    assert page.errors == []


def test_where_storage_is_refused_the_form_works_and_forgets(site: str, page: Page) -> None:
    page.add_init_script("""Object.defineProperty(window, "localStorage", {
      get() { throw new DOMException("refused", "SecurityError"); } })""")
    form = opened(page, f"{site}/{RAVINES}")
    form.get_by_label("loss").fill("1000")
    form.get_by_role("button", name="Check").click()
    assert said(form)[1] == "✓ loss: right."
    form = opened(page, f"{site}/{RAVINES}")
    expect(form.get_by_label("loss")).to_have_value("")


@pytest.mark.parametrize("width", [1280, 360])
def test_an_open_form_is_accessible_and_fits_in_both_colours(site: str, open_page: Open, width: int) -> None:
    page = open_page(bypass_csp=True, viewport={"width": width, "height": 740})  # for axe's script alone
    form = opened(page, f"{site}/{RAVINES}")
    form.get_by_label("loss").fill("500")
    form.get_by_label("potential").fill("0")
    form.get_by_role("button", name="Check").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page) == []


def test_without_scripts_the_questions_and_their_options_are_still_there(site: str, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{site}/{RAVINES}")
    assert page.locator("form.answer-form").count() == 0
    listed = page.locator("#ex-one-dimension-completely ul.answer-parts").text_content() or ""
    assert "(alternates from the start | diverges" in listed


def test_the_markup_gives_no_solution_away(built_book: Path) -> None:
    html = (built_book / RAVINES).read_text(encoding="utf-8")
    for one in CHECKABLE:
        for part in one.page():
            for reason in [*part.get("wrong", {}).values(), *(rule[1] for rule in part.get("rules", []))]:
                assert reason not in html
