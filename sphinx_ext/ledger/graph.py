"""`{theorem-graph}`: which statement uses which, as an inline SVG of links, with a legend and the same as a list."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from sphinx_ext.ledger.boxes import reference, related
from sphinx_ext.ledger.layers import Drawing, Point, layered
from sphinx_ext.ledger.record import Entry
from sphinx_ext.statements import fold, fold_summary

KINDS = {
    "machine": "proved by machine: nothing is left to paper",
    "both": "steps proved by machine, the rest on paper",
    "paper": "proved on paper, and sampled",
}
OURS = "dashed: ours, past the paper"

WIDEST = 5
WIDTH, HEIGHT = 96, 30  # of a node, in CSS pixels
ROW, SPACE = 72, 8  # from layer to layer; between nodes and around all
THREAD = 4  # what an edge takes of a layer that it passes


class theorem_graph(nodes.General, nodes.Element):
    """The place of the drawing, which needs the addresses of all boxes."""


class TheoremGraphDirective(SphinxDirective):
    """`{theorem-graph}`, without arguments or content."""

    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        ledger: Any = self.env.app.ledger  # type: ignore[attr-defined]
        points = []
        for entry in ledger.claims:
            line = nodes.paragraph("", "", reference(entry.id, entry.name))
            if entry.title != entry.name:
                words, messages = self.state.inline_text(f" ({entry.title})", self.lineno)
                line += [*words, *messages]
            for lead, names in (("uses", entry.depends_on), ("used by", entry.used_by)):
                for i, other in enumerate(related(ledger, names)):
                    line += [nodes.Text(", " if i else f"; {lead} "), reference(other.id, other.name)]
            line += nodes.Text(f"; {KINDS[entry.evidence]}.")
            points.append(nodes.list_item("", line))
        listed = fold("", fold_summary("", "The same as a list"), nodes.bullet_list("", *points), classes=["fold"])
        return [theorem_graph(), listed]


def drawing(claims: Sequence[Entry], addresses: Mapping[str, str]) -> str:
    """The graph of the claims as HTML; `addresses` are those of the boxes."""
    known = {entry.id for entry in claims}
    uses = {entry.id: [name for name in entry.depends_on if name in known] for entry in claims}
    used = {name for names in uses.values() for name in names}
    linked = {name: names for name, names in uses.items() if names or name in used}
    plan = layered(linked, WIDEST, gap=SPACE / WIDTH, thread=THREAD / WIDTH)
    plan = _with_the_lonely(plan, [name for name in uses if name not in linked])

    right = max((x for x, _ in (*plan.places.values(), *(p for e in plan.edges.values() for p in e))), default=0.0)
    bottom = max((y for _, y in plan.places.values()), default=0.0)
    width, height = round((right + 0.5) * WIDTH + 2 * SPACE), round(bottom * ROW + HEIGHT + 2 * SPACE)
    edges = "".join(_edge(*ends, points) for ends, points in plan.edges.items())
    shapes = "".join(_node(entry, plan.places[entry.id], addresses.get(entry.id)) for entry in claims)
    return (
        '<div class="theorem-graph" tabindex="0" role="group" aria-label="Graph of the statements; it scrolls">'
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        '<defs><marker id="theorem-graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6"'
        ' orient="auto"><path d="M0,0 8,4 0,8z"></path></marker></defs>'
        f"<g>{edges}</g><g>{shapes}</g></svg></div>{_legend(claims)}"
    )


def _with_the_lonely(plan: Drawing, lonely: Sequence[str]) -> Drawing:
    """The plan with the nodes that have no edge in rows below it."""
    first = max((y for _, y in plan.places.values()), default=-1.0) + 1
    step = 1 + SPACE / WIDTH
    rows = {name: (0.5 + i % WIDEST * step, first + i // WIDEST) for i, name in enumerate(lonely)}
    return Drawing(plan.places | rows, plan.edges)


def _pixels(point: Point) -> tuple[float, float]:
    return round(point[0] * WIDTH + SPACE, 1), round(point[1] * ROW + SPACE + HEIGHT / 2, 1)


def _edge(start: str, end: str, points: Sequence[Point]) -> str:
    """A line from the lower side of `start` to the upper side of `end`, upright where it passes a row."""
    way = ""
    for first, second in pairwise(map(_pixels, points)):
        (x1, y1), (x2, y2) = (first[0], first[1] + HEIGHT / 2), (second[0], second[1] - HEIGHT / 2)
        middle = (y1 + y2) / 2
        way += f"{'L' if way else 'M'}{x1:g},{y1:g}C{x1:g},{middle:g} {x2:g},{middle:g} {x2:g},{y2:g}"
    return f'<path class="graph-edge" data-ends="{start} {end}" d="{way}"></path>'


def _node(entry: Entry, place: Point, address: str | None) -> str:
    x, y = _pixels(place)
    name, title = html.escape(entry.short_name), html.escape(entry.title.replace("$", ""))
    classes = f"graph-node graph-{entry.evidence}{' graph-ours' if entry.ours else ''}"
    shape = (
        f"<title>{html.escape(entry.name)}: {title}. {KINDS[entry.evidence].capitalize()}.</title>"
        f'<rect x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}" rx="5"></rect>'
        f'<text x="{x:g}" y="{y:g}">{name}</text>'
    )
    if address is None:
        return f'<g class="{classes}" data-claim="{entry.id}">{shape}</g>'
    return f'<a class="{classes}" href="{html.escape(address)}" data-claim="{entry.id}">{shape}</a>'


def _legend(claims: Sequence[Entry]) -> str:
    counts = {kind: sum(entry.evidence == kind for entry in claims) for kind in KINDS}
    counts["ours"] = sum(entry.ours for entry in claims)
    items = (
        f'<li><span class="graph-key graph-{kind}"></span> {words} ({counts[kind]})</li>'
        for kind, words in (KINDS | {"ours": OURS}).items()
    )
    return f'<ul class="graph-legend">{"".join(items)}</ul>'
