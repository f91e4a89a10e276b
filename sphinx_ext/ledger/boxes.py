"""What a theorem box says of its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from sphinx_ext.ledger.record import Entry, Ledger

logger = logging.getLogger(__name__)

DISPLAYED = re.compile(r"\s*\$\$\s*(.+?)\s*\$\$([.,;:]?)\s*", flags=re.DOTALL)
"""A displayed formula and the mark behind it, which belongs into its line."""

KINDS = (
    ("identity", "sympy", ("identity by SymPy", "identities by SymPy")),
    ("certificate", "z3", ("certificate by Z3", "certificates by Z3")),
    ("refutation", "refuted", ("refutation", "refutations")),
)
"""Kinds of finding that are counted in words, with the class of their chips."""


class claim_reference(nodes.Inline, nodes.TextElement):
    """A link to a claim's box or to its row in the ledger, written when all pages are known; else its words alone."""


def reference(claim: str, words: str, *, to: str = "box", classes: Iterable[str] = ()) -> claim_reference:
    """A link to the `box` or the `row` of a claim; what stands between dollars in its words is a formula."""
    parts = re.split(r"\$([^$]+)\$", words)
    shown = [nodes.math(part, part) if i % 2 else nodes.Text(part) for i, part in enumerate(parts) if part]
    return claim_reference("", "", *shown, claim=claim, to=to, classes=list(classes))


def chip(words: str, kind: str) -> nodes.inline:
    """A few words in a frame."""
    return nodes.inline("", words, classes=["chip", f"chip-{kind}"])


def counted(number: int, words: tuple[str, str]) -> str:
    """The number with the singular or the plural."""
    return f"{number} {words[number != 1]}"


def chips(entry: Entry) -> list[nodes.Node]:
    """The evidence in a few words each."""
    shown: list[nodes.Node] = []
    for kind, style, words in KINDS:
        if entry.of_kind(kind):
            shown.append(chip(counted(entry.count(kind), words), style))
    if probes := entry.of_kind("probe"):
        shown.insert(-1 if entry.of_kind("refutation") else len(shown), chip(f"{probes[0].says} sampled", "sampled"))
    if entry.ours:
        shown.append(chip("ours, past the paper", "ours"))
    if not entry.passed:
        shown.append(chip("FAILS", "failed"))
    return spaced(shown)


def spaced(shown: Iterable[nodes.Node]) -> list[nodes.Node]:
    """The nodes with a space after each, where a line may break."""
    return [part for node in shown for part in (node, nodes.Text(" "))]


def links(lead: str, entries: Iterable[Entry]) -> nodes.paragraph:
    """A line of links to boxes: "Used by: Lemma 6, Theorem 3."."""
    line = nodes.paragraph("", f"{lead}: ", classes=["evidence-links"])
    for i, entry in enumerate(entries):
        line += [nodes.Text(", ")] * (i > 0) + [reference(entry.id, entry.name)]
    line += nodes.Text(".")
    return line


def parsed(directive: SphinxDirective, text: str, source: str) -> list[nodes.Node]:
    """Markdown of the ledger as nodes; a displayed formula may stand in a line of text.

    A dollar that opens no formula is a warning.
    """
    parent = nodes.container()
    text = DISPLAYED.sub(r"\n\n$$\n\1\2\n$$\n\n", text)
    directive.state.nested_parse(StringList(text.splitlines(), source), directive.content_offset, parent)
    for words in parent.findall(nodes.Text):
        if "$" in words and not isinstance(words.parent, (nodes.math, nodes.math_block, nodes.literal)):
            logger.warning(
                "%s: not a formula: %r", source, str(words), location=directive.get_location(), type="ledger"
            )
    return list(parent.children)


def led(words: str, content: list[nodes.Node]) -> list[nodes.Node]:
    """Parsed Markdown with words put before its first paragraph."""
    lead = nodes.strong("", words)
    if content and isinstance(content[0], nodes.paragraph):
        content[0].insert(0, [lead, nodes.Text(" ")])
        return content
    return [nodes.paragraph("", "", lead), *content]


def related(ledger: Ledger, names: Iterable[str]) -> list[Entry]:
    """The entries with these ids."""
    return [entry for name in names if (entry := ledger.get(name)) is not None]


def corrections(forms: Iterable[Entry]) -> list[Entry]:
    """The first of the printed forms for each erratum: two readings of one misprint are one correction."""
    first: dict[str, Entry] = {}
    for form in forms:
        first.setdefault(form.erratum, form)
    return list(first.values())


def add_evidence(app: Sphinx, directive: SphinxDirective, box: nodes.Element, label: str) -> None:
    """Write the evidence of a claim below the statement in its box."""
    ledger: Any = app.ledger  # type: ignore[attr-defined]
    entry = ledger.get(label)
    if entry is None or not entry.is_claim:
        return
    row = claim_reference("", "", *chips(entry), claim=entry.id, to="row", classes=["chips"])
    line = nodes.paragraph("", "", row, classes=["evidence-chips"])
    for printed in corrections(ledger.printed_forms(label)):
        words = f"corrected ({printed.erratum})"
        marked = claim_reference("", "", chip(words, "corrected"), claim=printed.id, to="row", classes=["chips"])
        line += [marked, nodes.Text(" ")]
    evidence = nodes.container("", line, classes=["evidence"])
    if entry.on_paper:
        evidence += led("On paper:", parsed(directive, entry.on_paper, f"claim {label}"))
    if users := related(ledger, entry.used_by):
        evidence += links("Used by", users)
    box += evidence
