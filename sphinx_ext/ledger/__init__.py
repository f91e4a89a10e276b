"""The ledger of statements on the pages: evidence in every theorem box, a table of all claims, a graph of the proof.

The ledger is run once for a build (record.py). What a page shows of it:

* a box whose label is a claim says which evidence there is, what is left to paper, and what uses it (boxes.py);
* `{ledger}` is the table of all claims and of the printed forms that are false, with a filter (table.py);
* `{theorem-graph}` draws which statement uses which (graph.py, with the layout in layers.py).

Table and graph are whole without JavaScript; `static/ledger.js` adds the filter and the highlight of a node's edges.

A claim without its box is a warning, and so is one that names a page which is not in the book. A book whose pages have
neither labelled boxes nor these directives does not run the ledger.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from sphinx_ext.ledger import record
from sphinx_ext.ledger.boxes import add_evidence, claim_reference
from sphinx_ext.ledger.graph import TheoremGraphDirective, drawing, theorem_graph
from sphinx_ext.ledger.record import Entry, Lazy, Ledger
from sphinx_ext.ledger.table import LedgerDirective, row_id

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"


def page_of(entry: Entry) -> str:
    """The document that states a claim."""
    return f"chapters/{entry.chapter}"


def boxes(env: BuildEnvironment) -> dict[str, str]:
    """The documents of all labelled boxes, by label."""
    return {label: box["docname"] for label, box in getattr(env, "proof_list", {}).items()}


def read_ledger(app: Sphinx) -> Ledger:
    """The ledger of this build; the first call runs it where no earlier build has."""
    folder = Path(app.outdir).parent / ".ledger_cache"
    ledger = record.read(app.config.ledger_module, folder, app.config.ledger_state)
    for entry in ledger.failed:
        for finding in entry.findings:
            if not finding.passed:
                logger.error("%s, %s: %s: %s", entry.id, finding.kind, finding.says, finding.detail, type="ledger")
    return ledger


class ResolveClaims(SphinxPostTransform):
    """Write the links to boxes and rows and the drawings, once all pages have been read."""

    default_priority = 15
    formats = ("html",)

    def run(self, **_: Any) -> None:
        builder: Builder = self.app.builder
        ledger: Lazy = self.app.ledger  # type: ignore[attr-defined]
        here, places = self.env.docname, boxes(self.env)
        rows = self.app.config.ledger_page
        for reference in list(self.document.findall(claim_reference)):
            page, target = places.get(reference["claim"]), reference["claim"]
            if reference["to"] == "row":
                page, target = rows if rows in self.env.found_docs else None, row_id(target)
            if page is None:
                reference.replace_self(nodes.inline("", "", *reference.children, classes=reference["classes"]))
                continue
            link = make_refnode(builder, here, page, target, reference.children)
            link["classes"] += reference["classes"]
            reference.replace_self(link)
        for graph in list(self.document.findall(theorem_graph)):
            addresses = {label: f"{builder.get_relative_uri(here, page)}#{label}" for label, page in places.items()}
            graph.replace_self(nodes.raw("", drawing(ledger.claims, addresses), format="html"))


def start(app: Sphinx) -> None:
    """Let directives find the ledger, which is run when the first of them asks."""
    app.ledger = Lazy(lambda: read_ledger(app))  # type: ignore[attr-defined]


def find_missing_boxes(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of claims whose box is not where they say, or on a page that is not in the book."""
    ledger: Lazy = app.ledger  # type: ignore[attr-defined]
    if not ledger.was_read:
        return
    places, absent = boxes(env), []
    for entry in ledger.claims:
        if page_of(entry) not in env.found_docs:
            absent.append(entry)
        elif places.get(entry.id) != page_of(entry):
            where = f"; there is one in {places[entry.id]}" if entry.id in places else ""
            logger.warning("the claim %r has no box here%s", entry.id, where, location=page_of(entry), type="ledger")
    if absent:
        listed = ", ".join(f"{entry.id} ({entry.chapter})" for entry in absent)
        logger.warning("claims name pages that are not in the book: %s", listed, type="ledger")


def configure(app: Sphinx, config: Config) -> None:
    """Put our script and stylesheet among the static files, and mark all pages as outdated where the ledger is."""
    config.html_static_path.append(str(STATIC))
    config.ledger_state = record.state_of(config.ledger_module)


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_ext.statements")
    app.add_config_value("ledger_module", "samlib.claims", "env")
    app.add_config_value("ledger_page", "chapters/reference/ledger", "env")
    app.add_config_value("ledger_state", "", "env")
    app.add_node(claim_reference)
    app.add_node(theorem_graph)
    app.add_directive("ledger", LedgerDirective)
    app.add_directive("theorem-graph", TheoremGraphDirective)
    app.add_post_transform(ResolveClaims)
    app.add_css_file("ledger.css")
    app.add_js_file("ledger.js", defer="defer")
    app.connect("config-inited", configure)
    app.connect("builder-inited", start)
    app.connect("statement-read", add_evidence)
    app.connect("env-check-consistency", find_missing_boxes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
