"""`{ledger}`: the table of all claims and printed forms, with a filter."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from sphinx_ext.ledger.boxes import chip, chips, claim_reference, led, links, parsed, reference, related, spaced
from sphinx_ext.ledger.record import Entry, Ledger
from sphinx_ext.statements import fold, fold_summary

OURS = "ours"
"""The section of what is not in the paper."""

STATUSES = {
    "holds": "holds",
    "corrected": "holds, corrected",
    "ours": "holds, past the paper",
    "printed": "false as printed",
}
EVIDENCE = {
    "sympy": "an identity proved by SymPy",
    "z3": "a certificate by Z3",
    "machine": "nothing left to paper",
    "paper": "a part on paper",
    "counterexample": "a counterexample to the print",
}
"""What the filter offers; each name is a class of the rows that it shows."""


def row_id(name: str) -> str:
    """The id of an entry's row."""
    return f"claim-{name}"


def section_name(section: str) -> str:
    """The heading of a section's table."""
    return "Past the paper" if section == OURS else f"Section {section}"


def status(ledger: Ledger, entry: Entry) -> str:
    """One of `STATUSES`."""
    if not entry.is_claim:
        return "printed"
    if entry.ours:
        return "ours"
    return "corrected" if ledger.printed_forms(entry.id) else "holds"


def evidence(entry: Entry) -> list[str]:
    """Those of `EVIDENCE` that an entry has."""
    if not entry.is_claim:
        return ["counterexample", *["z3"] * bool(entry.count("certificate"))]
    found = ["sympy"] * bool(entry.count("identity")) + ["z3"] * bool(entry.count("certificate"))
    return [*found, "machine" if entry.evidence == "machine" else "paper"]


class LedgerDirective(SphinxDirective):
    """`{ledger}`, without arguments or content."""

    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        ledger: Any = self.env.app.ledger  # type: ignore[attr-defined]
        sections: dict[str, list[Entry]] = {}
        for entry in sorted(ledger.entries, key=lambda entry: entry.section == OURS):  # ours last, else as they come
            sections.setdefault(entry.section, []).append(entry)
        shown: list[nodes.Node] = [self._summary(ledger), nodes.raw("", _filter_form(list(sections)), format="html")]
        for section, entries in sections.items():
            name = section_name(section)
            heading = nodes.section("", nodes.title("", name), ids=[nodes.make_id(name)], classes=["ledger-section"])
            heading += self._table(ledger, entries)
            shown.append(heading)
        return shown

    def _summary(self, ledger: Any) -> nodes.paragraph:
        claims = ledger.claims
        totals = {kind: sum(entry.count(kind) for entry in ledger.entries) for kind in ("identity", "certificate")}
        printed = len(ledger.entries) - len(claims)
        alone = sum(entry.evidence == "machine" for entry in claims)
        return nodes.paragraph(
            "",
            f"{len(claims)} statements and {printed} forms that are false as printed; {totals['identity']} identities "
            f"proved by SymPy and {totals['certificate']} implications decided by Z3; of {alone} statements nothing is "
            "left to paper.",
        )

    def _table(self, ledger: Any, entries: Iterable[Entry]) -> nodes.table:
        group = nodes.tgroup("", cols=3)
        group += [nodes.colspec("", colwidth=width) for width in (15, 60, 25)]
        heads = (nodes.entry("", nodes.paragraph("", words)) for words in ("Statement", "What it says", "Evidence"))
        group += nodes.thead("", nodes.row("", *heads))
        group += nodes.tbody("", *(self._row(ledger, entry) for entry in entries))
        return nodes.table("", group, classes=["ledger"])

    def _row(self, ledger: Any, entry: Entry) -> nodes.row:
        kind = status(ledger, entry)
        found = [f"evidence-{name}" for name in evidence(entry)]
        where, what = self._where(entry), self._what(ledger, entry)
        cells = (where, what, self._evidence(ledger, entry))
        classes = ["ledger-row", f"section-{_class(entry.section)}", f"status-{kind}", *found]
        return nodes.row("", *(nodes.entry("", *cell) for cell in cells), ids=[row_id(entry.id)], classes=classes)

    def _where(self, entry: Entry) -> list[nodes.Node]:
        name = reference(entry.corrected or entry.id, entry.name, classes=["ledger-name"])
        return [nodes.paragraph("", "", name)]

    def _what(self, ledger: Any, entry: Entry) -> list[nodes.Node]:
        said = self._parsed(entry, entry.statement)
        if entry.title != entry.name:
            said.insert(0, nodes.paragraph("", "", *self._inline(entry.title), classes=["ledger-title"]))
        if entry.note:
            said += led("Print:", self._parsed(entry, entry.note))
        if entry.on_paper:
            said += led("On paper:", self._parsed(entry, entry.on_paper))
        if entry.corrected:
            twin = ledger.get(entry.corrected)
            link = reference(twin.id, twin.name, to="row")
            said.append(nodes.paragraph("", f"{entry.erratum}; the correct form is ", link, nodes.Text(", above.")))
        details = fold("", fold_summary("", "What was checked"), *self._details(ledger, entry), classes=["fold"])
        return [*said, details]

    def _details(self, ledger: Any, entry: Entry) -> list[nodes.Node]:
        """Hypotheses, findings and neighbours: what the fold holds."""
        content: list[nodes.Node] = []
        lists: Sequence[tuple[str, Iterable[str]]] = (
            ("Assumed:" if entry.is_claim else "Assumed in print:", entry.hypotheses),
            ("Equations that SymPy reduces to 0 = 0:", (one.says for one in entry.of_kind("identity"))),
            (
                "Proved by Z3 for all real numbers:" if entry.is_claim else "Z3 finds a counterexample to:",
                (one.says for one in entry.of_kind("certificate")),
            ),
            ("Fails, as it should:", (one.says for one in entry.of_kind("refutation"))),
        )
        for words, items in lists:
            if points := [nodes.list_item("", *self._parsed(entry, item)) for item in items]:
                content += [nodes.paragraph("", words), nodes.bullet_list("", *points)]
        for lead, names in (("Uses", entry.depends_on), ("Used by", entry.used_by)):
            if neighbours := related(ledger, names):
                content.append(links(lead, neighbours))
        return content

    def _evidence(self, ledger: Any, entry: Entry) -> list[nodes.Node]:
        kind = status(ledger, entry)
        word = chip(STATUSES[kind] if entry.passed else "FAILS", f"status-{kind}" if entry.passed else "failed")
        shown: list[nodes.Node] = [nodes.paragraph("", "", word, classes=["evidence-chips"])]
        line = nodes.paragraph("", "", *chips(entry), classes=["evidence-chips"])
        if not entry.is_claim:
            line += spaced([chip(one.detail, "counterexample") for one in entry.of_kind("counterexample")])
        shown.append(line)
        if (probes := entry.of_kind("probe")) and probes[0].margin is not None:
            shown.append(
                nodes.paragraph(
                    "", f"worst margin {_rounded(probes[0].margin, probes[0].passed)}", classes=["ledger-margin"]
                )
            )
        return shown

    def _parsed(self, entry: Entry, text: str) -> list[nodes.Node]:
        return parsed(self, text, f"claim {entry.id}")

    def _inline(self, text: str) -> list[nodes.Node]:
        words, messages = self.state.inline_text(text, self.lineno)
        return [*words, *messages]


def _rounded(margin: float, passed: bool) -> str:
    """Two digits, with a minus at which no line breaks; what a claim's tolerance lets pass is called 0."""
    return "0 up to rounding" if passed and margin < 1e-12 else f"{margin:.2g}".replace("-", "\N{MINUS SIGN}")


def _class(section: str) -> str:
    return section.replace(".", "-")


def _filter_form(sections: Sequence[str]) -> str:
    """The form; `static/ledger.js` reads it, and without JavaScript it is not shown."""
    named = {_class(section): section_name(section) for section in sections}
    fields = "".join(
        f'<label>{label} <select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{name}-{value}">{html.escape(words)}</option>' for value, words in options.items())
        + "</select></label> "
        for label, name, options in (
            ("Section", "section", named),
            ("Evidence", "evidence", EVIDENCE),
            ("Status", "status", STATUSES),
        )
    )
    return (
        f'<form class="ledger-filter pst-js-only" aria-label="Filter of the ledger">{fields}'
        '<button type="reset">Show all</button> <output aria-live="polite"></output></form>'
    )


__all__ = ["LedgerDirective", "claim_reference", "row_id"]
