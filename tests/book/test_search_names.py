"""The search index knows a statement by its number and by its name."""

import json
from pathlib import Path

import pytest

from sphinx_ext.search_names import parts, with_parts


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Theorem 21 (SAM drifts)", ["Theorem 21", "SAM drifts"]),
        ("Lemma 14(a) (descent)", ["Lemma 14(a)", "descent"]),
        ("Lemma 14(a)", []),
        ("Equation (7)", []),
        (" (A fair comparison)", ["A fair comparison"]),
        ("E12 · Theorem 21: one constant", ["E12"]),
        ("What one step does", []),
    ],
)
def test_a_title_has_its_number_and_its_name_as_parts(title: str, expected: list[str]) -> None:
    assert parts(title) == expected


def test_parts_lead_where_their_title_leads_and_a_page_has_none() -> None:
    once = with_parts([("A page (of words)", None), ("Lemma 3 (x)", "lemma-3")])
    assert once == [("A page (of words)", None), ("Lemma 3 (x)", "lemma-3"), ("Lemma 3", "lemma-3"), ("x", "lemma-3")]
    assert with_parts(once) == once


def test_every_numbered_statement_of_the_book_is_in_the_index(built_book: Path) -> None:
    index = (built_book / "searchindex.js").read_text(encoding="utf-8")
    titles = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["alltitles"]
    assert titles["Theorem 21"][0][1] == "theorem-21"
    assert titles["Lemma 5.3"][0][1] == "lemma-5-3"
    assert titles["Lemma 14(d)"][0][1] == titles["The time to align"][0][1] == "lemma-14-d"
    assert titles["E12"][0][1] == "e12-theorem-21-one-constant-for-two-things"
    assert titles["Equation (7)"][0][1] == "eq-7"
