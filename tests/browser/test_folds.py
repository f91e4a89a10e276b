"""Proofs and solutions fold and unfold by keyboard and are printed unfolded."""

import pytest
from playwright.sync_api import Locator, Page, expect

CHAPTER = "chapters/04-proof/1-properties.html"


@pytest.fixture
def folds(site: str, page: Page) -> Locator:
    page.goto(f"{site}/{CHAPTER}")
    found = page.locator("details.fold")
    expect(found.first).to_be_attached()
    return found


@pytest.mark.parametrize("kind", ["proof", "solution"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_fold_opens_and_closes_by_keyboard(page: Page, folds: Locator, kind: str, key: str) -> None:
    fold = page.locator(f"details.fold.{kind}").first
    summary, body = fold.locator("summary").first, fold.locator(".fold-body").first
    expect(body).to_be_hidden()
    summary.evaluate("""(summary) => {
      const stops = [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")];
      const seen = stops.filter((stop) => stop.checkVisibility({ visibilityProperty: true }));
      seen[seen.indexOf(summary) - 1].focus();
    }""")
    page.keyboard.press("Tab")
    expect(summary).to_be_focused()
    assert summary.evaluate("(summary) => getComputedStyle(summary).outlineStyle") == "solid"
    page.keyboard.press(key)
    expect(body).to_be_visible()
    expect(summary).to_be_focused()
    page.keyboard.press(key)
    expect(body).to_be_hidden()


def test_printing_opens_every_fold_and_closes_those_that_were_closed(page: Page, folds: Locator) -> None:
    folds.nth(1).locator("summary").first.press("Enter")
    before = folds.evaluate_all("(folds) => folds.map((fold) => fold.open)")
    assert before.count(True) == 1
    page.evaluate("""() => addEventListener("beforeprint", () => {
      const bodies = [...document.querySelectorAll("details.fold > .fold-body")];
      globalThis.printed = bodies.map((body) => body.checkVisibility());
    })""")
    page.pdf()  # a real print, with its events
    printed = page.evaluate("printed")
    assert len(printed) == len(before)
    assert all(printed)
    assert folds.evaluate_all("(folds) => folds.map((fold) => fold.open)") == before


def test_a_link_to_something_inside_a_fold_opens_it(page: Page, folds: Locator) -> None:
    inside = page.locator("details.fold :is([id])").first
    expect(inside).to_be_hidden()
    identifier = inside.get_attribute("id")
    page.evaluate("(identifier) => { location.hash = identifier; }", identifier)
    expect(inside).to_be_visible()
