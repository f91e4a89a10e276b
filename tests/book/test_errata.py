"""The errata page and the ledger name the same false forms."""

import re

import pytest

from samlib import claims
from tests.book.mini_book import REPOSITORY

PAGE = (REPOSITORY / "chapters" / "reference" / "errata.md").read_text()
PRINTED = [entry for entry in claims.LEDGER.values() if isinstance(entry, claims.PrintedForm)]
SECTIONS = dict(re.findall(r"\(erratum-(\d+)\)=\n(.*?)(?=\n\(erratum-|\n## Checked|\Z)", PAGE, re.DOTALL))


@pytest.mark.parametrize("entry", PRINTED, ids=lambda entry: entry.id)
def test_a_printed_form_is_shown_failing_under_its_erratum_with_a_link_to_the_corrected_box(entry):
    section = SECTIONS[entry.erratum.removeprefix("E")]
    assert f"`{entry.id}`" in section
    assert f'"{entry.id}"' in section, "its counterexample is run in a cell"
    assert f"{{prf:ref}}`{entry.corrected}`" in section


def test_the_page_names_no_unknown_claim():
    quoted = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*-printed)"|`([a-z0-9-]+-printed)`', PAGE))
    assert quoted
    assert {name for pair in quoted for name in pair if name} <= set(claims.LEDGER)
    assert set(re.findall(r"claims\.get\(\"([^\"]+)\"\)", PAGE)) <= set(claims.LEDGER)


def test_the_page_links_to_no_unknown_statement():
    boxes = {
        label
        for page in (REPOSITORY / "chapters").rglob("*.md")
        for label in re.findall(r"```+\{prf:\w+\}[^\n]*\n:label: (\S+)", page.read_text())
    }
    assert set(re.findall(r"\{prf:ref\}`([^`]+)`", PAGE)) <= boxes


def test_every_erratum_from_1_to_20_has_a_section_and_a_line_in_the_table_of_its_class():
    assert list(SECTIONS) == [str(number) for number in range(1, 21)]
    rows = dict(re.findall(r"^\| \[E\d+\]\(#erratum-(\d+)\) \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert list(rows) == list(SECTIONS)
    assert set(rows.values()) <= {"error", "step", "condition", "typo", "loose", "open", "–"}
    for number, section in SECTIONS.items():
        assert section.startswith(f"## E{number} · ")


@pytest.mark.parametrize("number", [number for number in SECTIONS if number != "13"])
def test_an_erratum_says_what_is_printed_and_whom_it_concerns(number):
    assert "**Printed" in SECTIONS[number]
    assert "**Who it matters to.**" in SECTIONS[number]
    assert number == "19" or "{code-cell}" in SECTIONS[number], "only Theorem 2 is true and has nothing to compute"
