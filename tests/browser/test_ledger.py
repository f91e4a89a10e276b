"""The ledger and the theorem graph in a browser: filtered, followed and walked by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from samlib import claims

LEDGER, GRAPH = "chapters/reference/ledger.html", "chapters/reference/theorem-graph.html"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}

Open = Callable[..., Page]


@pytest.fixture
def ledger(site: str, page: Page) -> Page:
    page.goto(f"{site}/{LEDGER}")
    return page


def rows(page: Page) -> Locator:
    return page.locator(".ledger-row:visible")


def ids(page: Page) -> list[str]:
    return [row.get_attribute("id").removeprefix("claim-") for row in rows(page).all()]


def choose(page: Page, name: str, label: str) -> None:
    page.locator(f".ledger-filter select[name={name}]").select_option(label=label)


def test_the_ledger_shows_all_entries_and_says_how_many(ledger: Page) -> None:
    assert sorted(ids(ledger)) == sorted(claims.LEDGER)
    expect(ledger.locator(".ledger-filter output")).to_have_text(f"{len(claims.LEDGER)} of {len(claims.LEDGER)} shown")


def test_each_filter_shows_what_it_names(ledger: Page) -> None:
    choose(ledger, "section", "Section 4.1")
    assert set(ids(ledger)) == {entry.id for entry in claims.LEDGER.values() if entry.section == "4.1"}
    assert ledger.locator(".ledger-section:visible").count() == 1, "sections without a row are left out"

    choose(ledger, "section", "all")
    choose(ledger, "status", "false as printed")
    printed = {name for name, entry in claims.LEDGER.items() if isinstance(entry, claims.PrintedForm)}
    assert set(ids(ledger)) == printed

    choose(ledger, "status", "all")
    choose(ledger, "evidence", "a certificate by Z3")
    shown = set(ids(ledger))
    assert shown == {
        name
        for name, entry in claims.LEDGER.items()
        if (entry.certificates if isinstance(entry, claims.Claim) else entry.disproofs)
    }
    choose(ledger, "section", "Section 4.3")
    assert set(ids(ledger)) == {name for name in shown if claims.get(name).section == "4.3"}
    expect(ledger.locator(".ledger-filter output")).to_contain_text(f"{rows(ledger).count()} of ")

    ledger.get_by_role("button", name="Show all").click()
    expect(rows(ledger)).to_have_count(len(claims.LEDGER))
    assert ledger.errors == []


def test_the_filter_works_by_keyboard(ledger: Page) -> None:
    ledger.locator(".ledger-filter select[name=section]").focus()
    ledger.keyboard.press("ArrowDown")
    assert 0 < rows(ledger).count() < len(claims.LEDGER)


def test_a_link_to_a_hidden_row_shows_it(ledger: Page) -> None:
    choose(ledger, "status", "false as printed")
    expect(ledger.locator("#claim-lemma-5-2")).to_be_hidden()
    ledger.evaluate("location.hash = 'claim-lemma-5-2'")
    expect(ledger.locator("#claim-lemma-5-2")).to_be_in_viewport()


def test_rows_and_boxes_lead_to_each_other(ledger: Page) -> None:
    ledger.locator("#claim-prop-8 .ledger-name").click()
    expect(ledger).to_have_url(re.compile(r"3-sam-as-gradient-descent\.html#prop-8$"))
    expect(ledger.locator("#prop-8")).to_be_in_viewport()
    ledger.locator("#prop-8 a.chips").first.click()
    expect(ledger).to_have_url(re.compile(r"ledger\.html#claim-prop-8$"))
    expect(ledger.locator("#claim-prop-8")).to_be_in_viewport()


def test_used_by_leads_to_the_box_of_the_user(site: str, page: Page) -> None:
    page.goto(f"{site}/chapters/04-proof/3-sam-as-gradient-descent.html")
    page.locator("#prop-8 .evidence-links a", has_text="Lemma 10").click()
    expect(page.locator("#lemma-10")).to_be_in_viewport()


def test_the_ledger_is_whole_without_javascript(site: str, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{site}/{LEDGER}")
    expect(rows(page)).to_have_count(len(claims.LEDGER))
    expect(page.locator(".ledger-filter")).to_be_hidden()
    fold = page.locator("#claim-lemma-4 details")
    fold.locator("summary").click()
    expect(fold).to_contain_text("Proved by Z3 for all real numbers")


# -------------------------------------------------------------------------------------------------------------- graph


def test_the_graph_has_every_claim_and_every_use(site: str, page: Page) -> None:
    page.goto(f"{site}/{GRAPH}")
    known = {name: entry for name, entry in claims.LEDGER.items() if isinstance(entry, claims.Claim)}
    nodes = page.locator(".theorem-graph a.graph-node").evaluate_all("all => all.map((node) => node.dataset.claim)")
    assert sorted(nodes) == sorted(known)
    edges = page.locator(".theorem-graph .graph-edge").evaluate_all("all => all.map((edge) => edge.dataset.ends)")
    assert sorted(edges) == sorted(f"{used} {name}" for name, entry in known.items() for used in entry.depends_on)


def test_a_node_leads_to_its_box_by_keyboard_and_shows_its_edges(site: str, page: Page) -> None:
    page.goto(f"{site}/{GRAPH}")
    node = page.locator(".graph-node[data-claim=lemma-10]")
    node.focus()
    near = page.locator(".graph-edge.is-near").evaluate_all("all => all.map((edge) => edge.dataset.ends.split(' '))")
    assert near
    assert all("lemma-10" in ends for ends in near)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"3-sam-as-gradient-descent\.html#lemma-10$"))
    assert page.errors == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nodes_can_be_read(site: str, open_page: Open, colours: str) -> None:
    page = open_page(color_scheme=colours)
    page.goto(f"{site}/{GRAPH}")
    for kind in ("machine", "both", "paper"):
        node = page.locator(f".graph-node.graph-{kind}").first
        if node.count():
            assert contrast(node) >= 4.5, kind


def contrast(node: Locator) -> float:
    """The ratio of luminances of a node's text and ground, as accessibility guidelines define it."""
    return node.evaluate(
        """(node) => {
            const canvas = document.createElement("canvas").getContext("2d");
            const luminance = (colour) => {
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
                    value /= 255;
                    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const [dark, light] = ["text", "rect"]
                .map((part) => luminance(getComputedStyle(node.querySelector(part)).fill))
                .sort((a, b) => a - b);
            return (light + 0.05) / (dark + 0.05);
        }"""
    )


def test_on_a_phone_the_graph_scrolls_in_its_own_box_and_keeps_its_size(site: str, open_page: Open) -> None:
    page = open_page(**PHONE)
    page.goto(f"{site}/{GRAPH}")
    box = page.locator(".theorem-graph")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".graph-node text").first.evaluate("text => text.getBoundingClientRect().height") >= 11
    assert box.get_attribute("tabindex") == "0", "so that arrow keys can scroll it"
    far = max(page.locator(".graph-node").all(), key=lambda node: node.bounding_box()["x"])
    expect(far).not_to_be_in_viewport()
    far.focus()
    expect(far).to_be_in_viewport()
    assert box.evaluate("box => box.scrollLeft") > 0


def test_on_a_phone_the_rows_of_the_ledger_fit(site: str, open_page: Open) -> None:
    page = open_page(**PHONE)
    page.goto(f"{site}/{LEDGER}")
    for row in rows(page).all():
        box = row.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
