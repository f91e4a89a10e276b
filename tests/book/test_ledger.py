"""Boxes, ledger and graph show what `python -m samlib.claims --json` found; here a small ledger stands in for it."""

import json
import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from sphinx.errors import ExtensionError

from sphinx_ext.ledger import record
from sphinx_ext.ledger.boxes import corrections, reference
from sphinx_ext.ledger.layers import layered
from tests.book.mini_book import REPOSITORY, MiniBook
from tests.book.test_statements import words

# ---------------------------------------------------------------------------------------------------- a small ledger


def finding(kind: str, says: str = "$x=x$", *, passed: bool = True, margin: float | None = None) -> dict[str, Any]:
    detail = "fails by 0.5" if kind == "counterexample" else "as it should be"
    return {"kind": kind, "says": says, "passed": passed, "detail": detail, "margin": margin, "seconds": 0.123456}


def claim(name: str, **fields: Any) -> dict[str, Any]:
    """An entry as the command prints it; `used_by` is filled in by `ledger`."""
    return {
        "id": name,
        "kind": "claim",
        "title": f"About {name}",
        "section": "4.4",
        "chapter": "statements",
        "statement": r"Let $\norm{v}>0$. Then $$\norm{v}^2>0$$.",
        "hypotheses": [r"$\norm v>0$"],
        "depends_on": [],
        "used_by": [],
        "on_paper": "",
        "note": "",
        "ours": False,
        "passed": True,
        "seconds": 0.123456,
        "findings": [
            finding("identity", r"$x^2-y^2=(x-y)(x+y)$"),
            finding("identity", r"$x-x=0$"),
            finding("certificate", "the inequality"),
            finding("probe", "1000 instances", margin=0.0321),
            finding("refutation", r"without $\norm v>0$", margin=-1.0),
        ],
    } | fields


ENTRIES = (
    claim("eq-7", depends_on=["lemma-14-a"], on_paper="the sum over $i$, by *hand*."),
    claim("lemma-14-a", section="4.1", note="Printed with a strict inequality."),
    claim(
        "larger-steps",
        title="Larger steps",
        section="ours",
        ours=True,
        depends_on=["eq-7", "lemma-14-a"],
        on_paper="limits",
        findings=[finding("probe", "40 instances", margin=-1e-17), finding("refutation")],
    ),
    {
        key: value
        for key, value in claim("eq-7-printed", corrected="eq-7", erratum="E9", kind="printed form").items()
        if key not in ("on_paper", "note", "ours")
    }
    | {"findings": [finding("counterexample", margin=-0.5), finding("certificate", "the printed line")]},
)

STATEMENTS = """# Statements

```{prf:property} The ratio
:label: eq-7
One.
```

```{prf:lemma}
:label: lemma-14-a
Two.
```

```{prf:theorem} Larger steps
:label: larger-steps
Three.
```

```{prf:remark}
:label: something-else
Four.
```
"""
LEDGER = "# Ledger\n\n```{ledger}\n```\n"
GRAPH = "# Graph\n\n```{theorem-graph}\n```\n"

MAIN = """
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here.parent / "runs").open("a") as runs:
    runs.write(" ".join(sys.argv[1:]) + "\\n")
print((here / "ledger.json").read_text())
"""


class Package:
    """An importable package `tiny` whose command prints the given entries."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tiny").mkdir(parents=True)
        (folder / "tiny" / "__init__.py").write_text("")
        (folder / "tiny" / "__main__.py").write_text(MAIN)
        self.write(ENTRIES)

    def write(self, entries: Any) -> None:
        used = {entry["id"]: [user["id"] for user in entries if entry["id"] in user["depends_on"]] for entry in entries}
        document = {"entries": [{**entry, "used_by": used[entry["id"]]} for entry in entries]}
        (self.folder / "tiny" / "ledger.json").write_text(json.dumps(document))

    @property
    def runs(self) -> list[str]:
        return (self.folder / "runs").read_text().splitlines()


def make_book(folder: Path, pages: dict[str, str]) -> tuple[MiniBook, Package]:
    package = Package(folder / "packages")
    sphinx = yaml.safe_load((REPOSITORY / "_config.yml").read_text())["sphinx"]
    sphinx["config"] |= {"ledger_module": "tiny", "ledger_page": "chapters/ledger"}
    without = ["sphinx_ext.live_figures", "sphinx_ext.light_pages"]
    book = MiniBook(folder / "book", pages, settings={"sphinx": sphinx}, without=without)
    book.environment["PYTHONPATH"] = os.pathsep.join([str(package.folder), os.environ.get("PYTHONPATH", "")])
    return book, package


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[MiniBook, Package]:
    pages = {"statements": STATEMENTS, "ledger": LEDGER, "graph": GRAPH}
    book, package = make_book(tmp_path_factory.mktemp("ledger"), pages)
    book.build()
    return book, package


@pytest.fixture
def statements(built: tuple[MiniBook, Package]) -> BeautifulSoup:
    return BeautifulSoup(built[0].page("statements"), "html.parser")


@pytest.fixture
def ledger(built: tuple[MiniBook, Package]) -> BeautifulSoup:
    return BeautifulSoup(built[0].page("ledger"), "html.parser")


@pytest.fixture
def graph(built: tuple[MiniBook, Package]) -> BeautifulSoup:
    return BeautifulSoup(built[0].page("graph"), "html.parser")


def one(parent: Tag, selector: str) -> Tag:
    found = parent.select(selector)
    assert len(found) == 1, (selector, found)
    return found[0]


# -------------------------------------------------------------------------------------------------------------- boxes


def test_a_box_says_what_evidence_there_is(statements: BeautifulSoup) -> None:
    chips = [words(chip) for chip in one(statements, "#eq-7").select(".chip")]
    assert chips == [
        "2 identities by SymPy",
        "1 certificate by Z3",
        "1000 instances sampled",
        "1 refutation",
        "corrected (E9)",
    ]
    ours = [words(chip) for chip in one(statements, "#larger-steps").select(".chip")]
    assert ours == ["40 instances sampled", "1 refutation", "ours, past the paper"]


def test_a_box_says_what_is_left_to_paper_and_what_uses_it(statements: BeautifulSoup) -> None:
    lines = [words(line) for line in one(statements, "#eq-7").select(".evidence > p")]
    assert lines[1:] == ["On paper: the sum over i, by hand.", "Used by: Larger steps."]
    assert words(one(statements, "#lemma-14-a .evidence-links")) == "Used by: Equation (7), Larger steps."
    links = [link["href"] for link in statements.select("#lemma-14-a .evidence-links a")]
    assert links == ["#eq-7", "#larger-steps"]
    assert not statements.select("#larger-steps .evidence-links")


def test_boxes_and_rows_link_to_each_other(statements: BeautifulSoup, ledger: BeautifulSoup) -> None:
    for name in ("eq-7", "lemma-14-a", "larger-steps"):
        assert one(statements, f"#{name}").select("a.chips")[0]["href"] == f"ledger.html#claim-{name}"
        assert one(ledger, f"#claim-{name} a.ledger-name")["href"] == f"statements.html#{name}"
    assert statements.select("#eq-7 a.chips")[1]["href"] == "ledger.html#claim-eq-7-printed"


def test_two_readings_of_one_misprint_are_one_correction() -> None:
    form = record.Entry("", "printed form", "", "5", "page", "", (), (), (), passed=True, findings=())
    forms = [replace(form, id=name, erratum=erratum) for name, erratum in (("a", "E12"), ("b", "E1"), ("c", "E12"))]
    assert [one.id for one in corrections(forms)] == ["a", "b"]


def test_a_formula_in_a_title_is_a_formula_in_the_links_to_it() -> None:
    link = reference("bounce", r"The bounce up to $2/\lambda_1$, and beyond")
    assert [(type(part).__name__, part.astext()) for part in link.children] == [
        ("Text", "The bounce up to "),
        ("math", r"2/\lambda_1"),
        ("Text", ", and beyond"),
    ]


def test_a_box_that_is_no_claim_stays_as_it_is(statements: BeautifulSoup) -> None:
    assert not statements.select("#something-else .evidence")


# -------------------------------------------------------------------------------------------------------------- table


def test_the_table_holds_every_entry_and_printed_forms_follow_their_corrections(ledger: BeautifulSoup) -> None:
    assert [row["id"] for row in ledger.select("tr.ledger-row")] == [
        "claim-eq-7",
        "claim-eq-7-printed",
        "claim-lemma-14-a",
        "claim-larger-steps",
    ]
    headings = [words(heading) for heading in ledger.select(".ledger-section > h2")]
    assert headings == ["Section 4.4", "Section 4.1", "Past the paper"]
    names = [words(name) for name in ledger.select(".ledger-name")]
    assert names == ["Equation (7)", "Equation (7) as printed", "Lemma 14(a)", "Larger steps"]


def test_a_row_says_it_all_with_its_formulas_typeset(ledger: BeautifulSoup) -> None:
    row = one(ledger, "#claim-eq-7")
    assert len(row.select(".katex")) >= 6
    assert "$" not in row.text
    assert len(row.select("div.math .katex-display")) == 1
    assert "On paper: the sum over" in words(row)
    fold = words(one(row, "details"))
    for part in ("Assumed:", "reduces to 0", "Proved by Z3", "the inequality", "Fails, as it should:", "without"):
        assert part in fold, part
    assert "Uses: Lemma 14(a)." in fold
    assert "Used by: Larger steps." in fold
    assert "worst margin 0.032" in words(row)
    assert "worst margin 0 up to rounding" in words(one(ledger, "#claim-larger-steps"))
    assert "Print: Printed with a strict inequality." in words(one(ledger, "#claim-lemma-14-a"))


def test_a_printed_form_shows_its_counterexample_and_leads_to_its_correction(ledger: BeautifulSoup) -> None:
    row = one(ledger, "#claim-eq-7-printed")
    assert [words(chip) for chip in row.select(".chip")] == ["false as printed", "1 certificate by Z3", "fails by 0.5"]
    assert "E9; the correct form is Equation (7), above." in words(row)
    assert one(row, 'a[href="#claim-eq-7"]')
    assert "Z3 finds a counterexample to:" in words(row)


def test_no_time_is_on_a_page(built: tuple[MiniBook, Package]) -> None:
    for page in ("statements", "ledger", "graph"):
        assert "0.12" not in built[0].page(page)


def test_what_the_filter_offers_is_what_rows_are_marked_with(ledger: BeautifulSoup) -> None:
    form = one(ledger, "form.ledger-filter")
    assert "pst-js-only" in form["class"], "without JavaScript the filter would do nothing"
    assert not re.search(r"\son\w+=", str(form))
    marks = {
        name: set(one(ledger, f"#claim-{name}")["class"]) - {"row-odd", "row-even"} for name in ("eq-7", "lemma-14-a")
    }
    assert marks["eq-7"] == {
        "ledger-row",
        "section-4-4",
        "status-corrected",
        "evidence-sympy",
        "evidence-z3",
        "evidence-paper",
    }
    assert "evidence-machine" in marks["lemma-14-a"]
    offered = {option["value"] for option in form.select("option")} - {""}
    used = {name for row in ledger.select("tr.ledger-row") for name in row["class"]}
    assert {name for name in used if name.startswith(("section-", "status-", "evidence-"))} <= offered


# -------------------------------------------------------------------------------------------------------------- graph


def test_the_graph_has_a_node_for_each_claim_and_an_edge_for_each_use(graph: BeautifulSoup) -> None:
    nodes = graph.select("svg a.graph-node")
    assert {node["data-claim"]: node["href"] for node in nodes} == {
        name: f"statements.html#{name}" for name in ("eq-7", "lemma-14-a", "larger-steps")
    }
    assert {edge["data-ends"] for edge in graph.select("svg .graph-edge")} == {
        "lemma-14-a eq-7",
        "eq-7 larger-steps",
        "lemma-14-a larger-steps",
    }
    kinds = {node["data-claim"]: node["class"][1:] for node in nodes}
    assert kinds == {
        "eq-7": ["graph-both"],
        "lemma-14-a": ["graph-machine"],
        "larger-steps": ["graph-paper", "graph-ours"],
    }
    titles = [node.title.text for node in nodes]
    assert titles[0] == "Equation (7): About eq-7. Steps proved by machine, the rest on paper."


def test_the_graph_is_a_list_as_well(graph: BeautifulSoup) -> None:
    items = [words(item) for item in graph.select("details.fold li")]
    assert items[0] == (
        "Equation (7) (About eq-7); uses Lemma 14(a); used by Larger steps; steps proved by machine, the rest on paper."
    )
    assert len(items) == 3


# ------------------------------------------------------------------------------------------------------------ mistakes


def test_an_unchanged_package_is_not_asked_again(built: tuple[MiniBook, Package]) -> None:
    book, package = built
    assert package.runs == ["--json"]
    book.build()
    assert package.runs == ["--json"]
    package.write([{**ENTRIES[0], "title": "Changed", "depends_on": []}, *ENTRIES[1:]])
    book.build()
    assert package.runs == ["--json", "--json"]
    assert "Changed" in book.page("ledger")
    assert len(list((book.folder / "_build" / ".ledger_cache").iterdir())) == 1, "the older outcome is deleted"
    package.write(ENTRIES)
    book.build()


def test_claims_that_fail_and_claims_without_their_box_stop_the_build(tmp_path: Path) -> None:
    book, package = make_book(tmp_path, {"statements": STATEMENTS, "other": "# Other\n", "ledger": LEDGER})
    failing = claim("lemma-14-a", passed=False, findings=[finding("certificate", "the bound", passed=False)])
    entries = [
        ENTRIES[0],
        failing,
        claim("lemma-20", note="Then $x."),
        claim("larger-steps", chapter="other"),
        claim("prop-8", chapter="x"),
    ]
    package.write(entries)
    said = book.build(succeeds=False)
    assert "ERROR: lemma-14-a, certificate: the bound: as it should be" in said
    assert re.search(r"statements\.md: WARNING: the claim 'lemma-20' has no box here", said)
    assert re.search(
        r"other\.md: WARNING: [^\n]*'larger-steps' has no box here; there is one in chapters/statements", said
    )
    assert "WARNING: claims name pages that are not in the book: prop-8 (x)" in said
    assert "WARNING: claim lemma-20: not a formula: 'Then $x.'" in said
    row = one(BeautifulSoup(book.page("ledger"), "html.parser"), "#claim-lemma-14-a")
    assert "FAILS" in words(row)
    assert not (book.folder / "_build" / ".ledger_cache").exists(), "a ledger that fails is not kept"


def test_a_book_without_statements_runs_no_ledger(tmp_path: Path) -> None:
    book, package = make_book(tmp_path, {"words": "# Words\n\nNo box.\n"})
    book.build()
    assert not (package.folder / "runs").exists()


def test_a_command_that_prints_no_ledger_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = Package(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (package.folder / "tiny" / "__main__.py").write_text("raise SystemExit('out of order')")
    with pytest.raises(
        ExtensionError, match=r"(?s)`python -m tiny --json` printed no ledger .*exit status 1.*out of order"
    ):
        record.read("tiny", tmp_path / "cache", "0")


# ------------------------------------------------------------------------------------------------------------- layers

DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c", "a"]}
RANDOM_LIKE = {str(n): [str(n // k) for k in (2, 3, 7) if n // k < n] for n in range(40)}


@pytest.mark.parametrize("uses", [{}, {"a": []}, DIAMOND, RANDOM_LIKE], ids=["empty", "one", "diamond", "many"])
@pytest.mark.parametrize("widest", [1, 3, 6])
def test_what_is_used_stands_above_and_rows_have_bounded_width(uses: dict[str, list[str]], widest: int) -> None:
    uses = {node: list(dict.fromkeys(used)) for node, used in uses.items()}
    drawing = layered(uses, widest)
    assert set(drawing.places) == set(uses)
    assert all(drawing.places[used][1] < drawing.places[node][1] for node in uses for used in uses[node])
    rows: dict[float, list[float]] = {}
    for x, y in drawing.places.values():
        rows.setdefault(y, []).append(x)
    assert all(len(row) <= widest for row in rows.values())
    assert all(right - left >= 1 for row in rows.values() for left, right in pairwise(sorted(row)))
    assert min((x for x, _ in drawing.places.values()), default=0.5) >= 0.5 - 1e-9


@pytest.mark.parametrize("uses", [DIAMOND, RANDOM_LIKE], ids=["diamond", "many"])
def test_edges_join_their_nodes_row_by_row_and_pass_no_other_node(uses: dict[str, list[str]]) -> None:
    uses = {node: list(dict.fromkeys(used)) for node, used in uses.items()}
    drawing = layered(uses, 4)
    assert set(drawing.edges) == {(used, node) for node in uses for used in uses[node]}
    for (start, end), points in drawing.edges.items():
        assert (points[0], points[-1]) == (drawing.places[start], drawing.places[end])
        assert [below - above for (_, above), (_, below) in pairwise(points)] == [1.0] * (len(points) - 1)
        for x, y in points[1:-1]:
            assert all(abs(x - other) > 0.5 for other, level in drawing.places.values() if level == y)


def test_the_drawing_is_the_same_every_time() -> None:
    assert layered(DIAMOND, 3) == layered(DIAMOND, 3)


def test_a_diamond_has_no_crossing_and_is_even() -> None:
    places = layered({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}, 4).places
    assert places["a"][0] == pytest.approx(places["d"][0])
    assert places["b"][0] + places["c"][0] == pytest.approx(2 * places["a"][0])


def test_a_circle_is_named() -> None:
    with pytest.raises(ValueError, match=r"a cycle: .*a.*"):
        layered({"a": ["b"], "b": ["c"], "c": ["a"]}, 3)
