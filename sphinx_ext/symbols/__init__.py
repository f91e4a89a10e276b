r"""Symbols lead to their row in the table of notation.

The one source is the table: inside `{symbols}`, every formula in the first column of a row names a symbol, which gets
the anchor `symbol-NAME` and is known on the pages that the directive is for. From this the build makes

* a link of the first formula in each section that is exactly one known symbol. A symbol is one stop of the Tab key on
  each page, at its first place; its links in later sections and in folds are for pointer and touch;
* a folded line below each statement, "Symbols", with a link for every known symbol in its formulas.

A letter that a statement uses in a sense of its own is named in the box's option `own`; one that a page uses so, in the
option `not` of the directive. `sphinx_ext.previews` shows the row on hover and focus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from sphinx_ext.statements import fold, fold_summary, statement
from sphinx_ext.symbols.tex import Pattern, is_exactly, occurring, pattern, symbol, tokens

logger = logging.getLogger(__name__)

PREFIX = "symbol-"
FOLDER = "chapters/"
"""The pages in the directive's options are named as seen from this folder."""


class Symbol(NamedTuple):
    """A symbol of the table: its anchor, its TeX, and the pages on which it has this meaning."""

    docname: str
    anchor: str
    tex: str
    pages: tuple[str, ...]
    not_on: tuple[str, ...]

    def is_known_on(self, docname: str) -> bool:
        """Whether a page means this when it writes the symbol."""
        return _is_among(docname, self.pages) and not _is_among(docname, self.not_on)


class symbol_link(nodes.Inline, nodes.TextElement):
    """A link from a symbol to its row."""


def _is_among(docname: str, pages: Iterable[str]) -> bool:
    return any(fnmatchcase(docname, FOLDER + page) for page in pages)


def symbols_of(env: BuildEnvironment) -> list[Symbol]:
    """All symbols of the book, in the order of their tables."""
    known: list[Symbol] = vars(env).setdefault("symbols", [])
    return known


def anchor(tex: str, taken: Iterable[str]) -> str:
    r"""A name for the anchor of a symbol: `symbol-lambda-1` for `\lambda_1`; a second one gets a number."""
    words = re.findall(r"[A-Za-z]+|\d+|\*", tex)
    name = PREFIX + "-".join("star" if word == "*" else word for word in words)
    names = {name, *(f"{name}-{count}" for count in range(2, 100))} - set(taken)
    return min(names, key=lambda each: (len(each), each))


def by_symbol(text: str) -> dict[str, tuple[str, ...]]:
    """The pages for each symbol in "SYMBOL … on PAGE …; …"; raises `ValueError` for another form."""
    found: dict[str, tuple[str, ...]] = {}
    for part in map(str.strip, text.split(";")):
        names, _, pages = part.partition(" on ")
        if not names.split() or not pages.split():
            raise ValueError(f"the form is 'SYMBOL … on PAGE …', not {part!r}")
        for name in names.split():
            found[name] = found.get(name, ()) + tuple(pages.split())
    return found


class SymbolsDirective(SphinxDirective):
    """`{symbols}` around a table whose first column holds symbols.

    `in` lists the pages on which they are known (`04-proof/*`; default: all), `also` further pages for some of them,
    and `not` pages on which some have another sense; both as "SYMBOL … on PAGE …; …".
    """

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"in": directives.unchanged_required, "also": by_symbol, "not": by_symbol}

    def run(self) -> list[nodes.Node]:
        parent = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, parent)
        pages = tuple(self.options.get("in", "*").split())
        also, not_on = self.options.get("also", {}), self.options.get("not", {})
        known, unused = symbols_of(self.env), {*also, *not_on}
        for formula in self._formulas(parent):
            tex = symbol(formula.astext())
            name = anchor(tex, (each.anchor for each in known))
            formula["ids"].append(name)
            known.append(Symbol(self.env.docname, name, tex, pages + also.get(tex, ()), not_on.get(tex, ())))
            unused.discard(tex)
        for table in parent.findall(nodes.table):
            table["classes"].append("symbols")
        for tex in sorted(unused):
            logger.warning("no row of the table is about %r", tex, location=self.get_location(), type="symbols")
        return list(parent.children)

    @staticmethod
    def _formulas(parent: nodes.Element) -> Iterator[nodes.math]:
        for body in parent.findall(nodes.tbody):
            for row in body.findall(nodes.row):
                yield from row[0].findall(nodes.math)


class LinkSymbols(SphinxPostTransform):
    """Write the links of a page, once the table has been read."""

    default_priority = 50  # references are links already, and a dropdown is a fold
    formats = ("html",)

    def run(self, **_: Any) -> None:
        here = self.env.docname
        known = [each for each in symbols_of(self.env) if each.docname != here and each.is_known_on(here)]
        patterns: dict[Pattern, Symbol] = {}
        for each in known:
            other = patterns.setdefault(pattern(each.tex), each)
            if other is not each:
                logger.warning("%r has two rows, %s and %s", each.tex, other.anchor, each.anchor, location=here)
        if patterns:
            for box in self.document.findall(statement):
                self._add_line(box, patterns)
            self._link_text(patterns)

    def _link(self, to: Symbol, formula: nodes.math, *, stop: bool) -> symbol_link:
        address = self.app.builder.get_relative_uri(self.env.docname, to.docname)
        return symbol_link("", "", formula, refuri=f"{address}#{to.anchor}", stop=stop)

    def _add_line(self, box: statement, patterns: dict[Pattern, Symbol]) -> None:
        """Add the line "Symbols" to a box."""
        own = {pattern(tex) for tex in box.get("own", "").split()}
        within = [patterns[each] for formula in _formulas_of(box) for each in occurring(formula, list(patterns))]
        senses = {patterns[each] for each in own if each in patterns}
        if len(senses) < len(own) or not senses <= set(within):
            logger.warning("option own: not a known symbol of this statement in %r", box["own"], location=box)
        used = [each for each in patterns.values() if each in within and each not in senses]
        if used:
            line = nodes.paragraph()
            for each in used:
                line += [self._link(each, nodes.math(each.tex, each.tex), stop=True), nodes.Text(" ")]
            box += fold("", fold_summary("", "Symbols"), line, classes=["symbols"])

    def _link_text(self, patterns: dict[Pattern, Symbol]) -> None:
        """Link the first place of each symbol in each section, outside of folds and then in each fold."""
        places = [(formula, _place(formula)) for formula in self.document.findall(nodes.math)]
        linked: set[tuple[Any, str]] = set()
        stops: set[str] = set()
        for in_fold in (False, True):
            for formula, place in places:
                if place is None or isinstance(place, fold) != in_fold:
                    continue
                to = next((each for wanted, each in patterns.items() if is_exactly(formula.astext(), wanted)), None)
                # What is exact comes first: of w_0, the start, and not the iterate.
                to = patterns.get(Pattern(tokens(formula.astext()), False), to)
                if to is not None and (id(place), to.anchor) not in linked:
                    linked.add((id(place), to.anchor))
                    formula.replace_self(self._link(to, formula.deepcopy(), stop=to.anchor not in stops))
                    stops.add(to.anchor)


def _formulas_of(box: statement) -> Iterator[str]:
    """The formulas of a statement, without those of its evidence and of proofs in it."""
    for formula in (*box.findall(nodes.math), *box.findall(nodes.math_block)):
        around = formula.parent
        while around is not box and not isinstance(around, fold) and "evidence" not in around["classes"]:
            around = around.parent
        if around is box:
            yield formula.astext()


def _place(formula: nodes.math) -> nodes.Element | None:
    """The fold or section whose first symbols are links; None where a formula stays as it is."""
    around = formula.parent
    while around.parent is not None:
        if isinstance(around, (nodes.title, nodes.reference, fold_summary, statement, symbol_link)):
            return None
        if isinstance(around, fold) or (isinstance(around, nodes.section) and _is_page(around.parent)):
            return around
        if _is_page(around):
            return around
        around = around.parent
    return None


def _is_page(node: nodes.Element) -> bool:
    """Whether a node is the outermost section."""
    return isinstance(node, nodes.section) and isinstance(node.parent, nodes.document)


def visit_symbol_link(translator: Any, node: symbol_link) -> None:
    stop = "" if node["stop"] else ' tabindex="-1"'
    translator.body.append(f'<a class="symbol reference internal" href="{translator.attval(node["refuri"])}"{stop}>')


def depart_symbol_link(translator: Any, node: symbol_link) -> None:
    translator.body.append("</a>")


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop the symbols of a page that is read again."""
    symbols_of(env)[:] = [each for each in symbols_of(env) if each.docname != docname]


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    symbols_of(env).extend(each for each in symbols_of(other) if each.docname in docnames)


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_ext.statements")
    app.add_node(symbol_link, html=(visit_symbol_link, depart_symbol_link))
    app.add_directive("symbols", SymbolsDirective)
    app.add_post_transform(LinkSymbols)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
