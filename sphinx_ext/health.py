"""The health of every page, in a table that the build writes: `{health}`.

Weight and number of requests are computed from the files that a page asks for (light_pages/weight.py). How long the
cells of a page run is another number in every build, and a rebuild gives the same bytes: so the times are those that
`scripts/record_times.py` has recorded, each with a hash of the cells that ran. Where the cells are others by now, the
table says so. What the parity tests found stands in the figures' own state; the table adds nothing to it.

The table is filled in when all pages and what they share are written. Its own page is weighed with the other rows in.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from sphinx_ext.light_pages.weight import Site, budget
from sphinx_ext.live_figures import WIDGET_STATE

TIMES = Path("chapters", "reference", "execution_times.json")
ROWS = "<!-- health: rows -->"
COLUMNS = ("Page", "kB", "at most", "Requests", "kB later", "Cells run in", "Figures equal to samlib")


def cells(text: str) -> list[str]:
    """The code cells of a chapter, options and all."""
    return re.findall(r"^```\{code-cell\}.*?^```$", text, flags=re.M | re.S)


def cells_hash(text: str) -> str:
    """Sixteen hexadecimal digits that change with the code cells of a chapter."""
    return hashlib.sha256("\0".join(cells(text)).encode()).hexdigest()[:16]


class HealthDirective(SphinxDirective):
    """`{health}`: the table, without its rows until the build has finished."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # its rows change with every other page
        heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        table = f'<table class="table health"><thead><tr>{heads}</tr></thead><tbody>{ROWS}</tbody></table>'
        place = nodes.container("", nodes.raw("", table, format="html"), classes=["pst-scrollable-table-container"])
        self.env.metadata[self.env.docname]["health"] = "yes"
        return [place]


def reading_order(env: BuildEnvironment) -> list[str]:
    """The documents as "next" leads through them, from the root."""
    relations = env.collect_relations()
    order: list[str] = []
    document: str | None = env.config.root_doc
    while document is not None and document not in order:
        order.append(document)
        document = relations[document][2] if document in relations else None
    return order


def run_time(document: str, text: str, recorded: dict[str, Any]) -> str:
    """How long the cells of a page ran, in words."""
    if not cells(text):
        return "no cells"
    record = recorded.get(document)
    if record is None:
        return "not recorded"
    if record["cells"] != cells_hash(text):
        return "changed since recorded"
    return f"{max(1, round(record['seconds']))} s"


def parity(page: str) -> str:
    """What the parity tests found for the figures of a page, from their state."""
    found = []
    for stored in re.findall(rf'<script type="{re.escape(WIDGET_STATE)}">(.*?)</script>', page, flags=re.S):
        for model in json.loads(stored)["state"].values():
            if "_esm" in model["state"]:
                name, verified = model["state"]["_esm"].partition(".")[0], model["state"].get("verified")
                says = f"on {verified['states']} states (samlib {verified['version']})" if verified else "not recorded"
                found.append(f"{name}: {says}")
    return "; ".join(dict.fromkeys(found)) or "no figure"


def row(site: Site, name: str, link: str, time: str) -> str:
    """The row of the page `name`, its path inside the site; `link` is the first cell."""
    page = (site.root / name).read_text(encoding="utf-8")
    asked = site.asked(name)
    numbers = (site.weight(asked.at_once), budget(page), len(asked.at_once), site.weight(asked.later))
    entries = [link, *(f"{number:.0f}" for number in numbers), time, html.escape(parity(page))]
    first, *rest = entries
    return f'<tr data-page="{name}"><th scope="row">{first}</th>{"".join(f"<td>{entry}</td>" for entry in rest)}</tr>'


def fill(app: Sphinx, exception: Exception | None) -> None:
    """Write the rows into every page that has the table."""
    builder = app.builder
    if exception is not None or not isinstance(builder, StandaloneHTMLBuilder):
        return
    root = Path(app.outdir)
    times = Path(app.srcdir, TIMES)
    recorded = json.loads(times.read_text(encoding="utf-8"))["pages"] if times.is_file() else {}
    order = reading_order(app.env)
    for health in (document for document in order if "health" in app.env.metadata[document]):
        own = Path(builder.get_outfilename(health))
        without_rows = own.read_text(encoding="utf-8")
        rows: dict[str, str] = {}
        # The page that has the table last: its weight counts the other rows.
        for document in sorted(order, key=lambda each: each == health):
            own.write_text(without_rows.replace(ROWS, "\n".join(rows.values())), encoding="utf-8")
            address = html.escape(builder.get_relative_uri(health, document))
            link = f'<a href="{address}">{html.escape(app.env.titles[document].astext())}</a>'
            source = Path(app.env.doc2path(document)).read_text(encoding="utf-8")
            file = Path(builder.get_outfilename(document)).relative_to(root).as_posix()
            rows[document] = row(Site(root), file, link, run_time(document, source, recorded))
        table = "\n".join(rows[document] for document in order)
        own.write_text(without_rows.replace(ROWS, table), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("health", HealthDirective)
    app.connect("build-finished", fill, priority=960)  # after light_pages has written what the pages share
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
