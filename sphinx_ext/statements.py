"""Theorem boxes that carry the paper's numbers, and proofs and solutions that fold.

*Numbers.* sphinx-proof counts theorems itself; here a statement's number is the paper's and is read from its label:
`lemma-5-2` is "Lemma 5.2", `lemma-14-a` is "Lemma 14(a)", `prop-8` is "Proposition 8". A numbered formula that is a
statement of its own stands in a `{prf:property}`, whose label `eq-7` is "Equation (7)". A label without a number
(`larger-steps`) makes a titled box without a number: a statement of the book's own. Box, cross-reference (`{prf:ref}`)
and search show the same name. A number on the wrong kind of box, or given twice, is a warning.

*Folds.* A proof, a solution or any admonition with `:class: dropdown` becomes a native `<details>`: it needs no script,
obeys the keyboard and is found by the browser's own search. `site_static/folds.js` opens the folds for print.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.locale import admonitionlabels
from sphinx.roles import XRefRole
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node
from sphinx_proof.domain import ProofDomain
from sphinx_proof.proof_type import PROOF_TYPES

logger = logging.getLogger(__name__)

EQUATION = "property"
"""The kind of box that a numbered formula stands in; sphinx-proof has no kind of its own for it."""

KIND_OF_PREFIX = {kind: kind for kind in PROOF_TYPES if kind != EQUATION} | {"prop": "proposition", "eq": EQUATION}
"""The kind of box that belongs to the first word of a numbered label; `prop` is the one abbreviation."""

EXERCISE_BOXES = (exercise_node, exercise_enumerable_node, solution_node)


class Number(NamedTuple):
    """What a label says: the kind of statement and its number in the paper."""

    kind: str
    number: str

    @property
    def name(self) -> str:
        """The name that the reader sees: "Lemma 14(a)", "Equation (7)"."""
        return f"Equation ({self.number})" if self.kind == EQUATION else f"{self.kind.title()} {self.number}"


def read_label(label: str) -> Number | None:
    """The kind and number a label carries: `lemma-14-a` is ("lemma", "14(a)"); None where it carries none."""
    match = re.fullmatch(r"([a-z]+)-(\d+(?:-\d+)*)(?:-([a-z]))?", label)
    if match is None or match[1] not in KIND_OF_PREFIX:
        return None
    part = f"({match[3]})" if match[3] else ""
    return Number(KIND_OF_PREFIX[match[1]], match[2].replace("-", ".") + part)


# Nodes have lower-case names: docutils and Sphinx derive the visitors' names from them.


class statement(nodes.admonition):
    """The box of a theorem, lemma, definition …; its first child is a `statement_title`."""


class statement_title(nodes.title):
    """The name and title of a statement, as in "Lemma 10 (exact decrease)"; search takes it as a title of the page."""


class proof(nodes.admonition):
    """A proof that does not fold."""


class fold(nodes.General, nodes.Element):
    """A `<details>`; its first child is a `fold_summary`."""


class fold_summary(nodes.TextElement):
    """The line of a fold that is always seen."""


class StatementDirective(SphinxDirective):
    """`{prf:theorem} title` and its kin, with sphinx-proof's options `label`, `class` and `nonumber`.

    `own` names the letters that the statement uses in another sense than the table of notation.
    """

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "label": directives.unchanged_required,
        "class": directives.class_option,
        "nonumber": directives.flag,
        "own": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        kind = self.name.partition(":")[2]
        label = self.options.get("label", "")
        number = self._number(kind, label)
        name = number.name if number else kind.title()

        title = statement_title("", "", nodes.inline("", name, classes=["statement-name"]))
        if self.arguments:
            words, messages = self.state.inline_text(self.arguments[0], self.lineno)
            title += [nodes.Text(" ("), *words, nodes.Text(")"), *messages]

        classes = ["statement", f"statement-{kind}", *self.options.get("class", [])]
        identifier = label or f"unlabelled-{kind}-{self.env.new_serialno('statement') + 1}"
        box = statement("", title, classes=classes, ids=[identifier], own=self.options.get("own", ""))
        self.set_source_info(box)
        self.set_source_info(title)
        self.state.nested_parse(self.content, self.content_offset, box)
        if label:
            self._register(label, kind, title)
            self.env.events.emit("statement-read", self, box, label)
        return [box]

    def _number(self, kind: str, label: str) -> Number | None:
        """The number to show, after comparing the label with the box it is on."""
        read = read_label(label)
        if read is None:
            if re.match(rf"({'|'.join(KIND_OF_PREFIX)})-?\d", label):
                self._warn(f"label {label!r} begins like a numbered statement; the forms are KIND-N, -N-M and -N-a")
            return None
        if "nonumber" in self.options:
            self._warn(f"label {label!r} carries a number, but the box is marked :nonumber:")
            return None
        if read.kind != kind:
            self._warn(f"label {label!r} belongs on a {read.kind}, but the box is a {kind}")
            return None
        return read

    def _register(self, label: str, kind: str, title: statement_title) -> None:
        """Make the statement known to `{prf:ref}`, in the list that sphinx-proof keeps for its own."""
        known = vars(self.env).setdefault("proof_list", {})
        for other, record in known.items():
            same_number = read_label(label) is not None and read_label(label) == read_label(other)
            if other == label or same_number:
                place = self.env.doc2path(record["docname"])
                self._warn(f"label {label!r} repeats {other!r} of {place}")
        known[label] = {
            "docname": self.env.docname,
            "label": label,
            "ids": [label],
            "realtype": kind,
            "countertype": kind,
            "nonumber": read_label(label) is None,
            "prio": 0,
            "title": title.deepcopy(),
        }

    def _warn(self, message: str) -> None:
        logger.warning("%s", message, location=self.get_location(), type="statements")


class ProofDirective(SphinxDirective):
    """`{prf:proof}`; with `:class: dropdown` it folds."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        identifier = f"proof-{self.env.new_serialno('proof') + 1}"
        box = proof("", nodes.title("", "Proof"), classes=["proof", *self.options.get("class", [])], ids=[identifier])
        self.set_source_info(box)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class StatementDomain(ProofDomain):
    """sphinx-proof's domain with the paper's numbers, and without its index page, a bare list of labels."""

    indices: ClassVar[list[Any]] = []
    roles: ClassVar[dict[str, Any]] = {"ref": XRefRole(warn_dangling=True, innernodeclass=nodes.inline)}
    directives: ClassVar[dict[str, Any]] = dict.fromkeys(PROOF_TYPES, StatementDirective) | {"proof": ProofDirective}
    dangling_warnings: ClassVar[dict[str, str]] = {"ref": "no statement has the label %(target)s"}

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """A link to the statement, worded "Lemma 10", "Proposition (larger steps)" or as the author wrote it."""
        record = getattr(env, "proof_list", {}).get(target)
        if record is None:
            return None
        words: list[nodes.Node] = [contnode]
        if not node.get("refexplicit"):
            name, *title = record["title"].deepcopy().children
            words = [nodes.Text(name.astext()), *(title if record["nonumber"] else [])]
        link = make_refnode(builder, fromdocname, record["docname"], target, words)
        link["classes"].append("statement-link")
        return link

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """The same for Markdown links, `[](#lemma-10)`."""
        link = self.resolve_xref(env, fromdocname, builder, "ref", target, node, contnode)
        return [] if link is None else [("prf:ref", link)]


class UniqueExerciseSections(SphinxPostTransform):
    """Take the id off the inner section of exercises and solutions: sphinx-exercise gives all of them the same one."""

    default_priority = 30
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for kind in EXERCISE_BOXES:
            for box in self.document.findall(kind):
                for section in box.findall(nodes.section):
                    section["ids"] = [name for name in section["ids"] if not name.endswith("-content")]


class FoldDropdowns(SphinxPostTransform):
    """Turn every admonition of class `dropdown` into a fold, once sphinx-exercise has written its titles."""

    default_priority = 40
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for box in list(self.document.findall(nodes.Admonition)):
            if "dropdown" not in box["classes"]:
                continue
            kept = [name for name in box["classes"] if name not in ("dropdown", "toggle")]
            folded = fold("", classes=[*kept, "fold", *self._style_of(box)], ids=box["ids"])
            folded.source, folded.line = box.source, box.line
            if isinstance(box[0], nodes.title):
                folded += [self._summary(box[0]), *box.children[1:]]
            else:
                folded += [fold_summary("", admonitionlabels[box.tagname]), *box.children]
            box.replace_self(folded)

    @staticmethod
    def _style_of(box: nodes.Element) -> list[str]:
        """Theme classes for the admonitions that this book does not draw itself."""
        return [] if isinstance(box, (statement, proof, *EXERCISE_BOXES)) else ["admonition", box.tagname]

    @staticmethod
    def _summary(title: nodes.Element) -> fold_summary:
        """The title without its links: a summary is a button, and a button holds no links."""
        summary = fold_summary("", "", *(child.deepcopy() for child in title.children))
        for link in list(summary.findall(nodes.reference)):
            link.parent.replace(link, link.children)
        return summary


def visit_box(translator: Any, node: nodes.Element) -> None:
    translator.body.append(translator.starttag(node, "div"))


def depart_box(translator: Any, node: nodes.Element) -> None:
    translator.body.append("</div>\n")


def visit_statement_title(translator: Any, node: statement_title) -> None:
    translator.body.append(translator.starttag(node, "p", "", CLASS="statement-title"))


def depart_statement_title(translator: Any, node: statement_title) -> None:
    translator.add_permalink_ref(node.parent, "Link to this statement")
    translator.body.append("</p>\n")


def visit_fold(translator: Any, node: fold) -> None:
    translator.body.append(translator.starttag(node, "details"))


def depart_fold(translator: Any, node: fold) -> None:
    translator.body.append("</div></details>\n")


def visit_fold_summary(translator: Any, node: fold_summary) -> None:
    translator.body.append(translator.starttag(node, "summary", "", CLASS="fold-summary"))


def depart_fold_summary(translator: Any, node: fold_summary) -> None:
    translator.body.append('</summary>\n<div class="fold-body">\n')


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_proof")
    app.setup_extension("sphinx_exercise")
    # (directive, box, label) of each labelled box that has just been read; a listener may add to the box.
    app.add_event("statement-read")
    app.add_domain(StatementDomain, override=True)
    app.add_node(statement_title, html=(visit_statement_title, depart_statement_title))
    # Exercises lose the class `admonition`: the book draws them itself, and the theme's style would have to be undone.
    for box in (statement, proof, *EXERCISE_BOXES):
        app.add_node(box, override=box in EXERCISE_BOXES, html=(visit_box, depart_box))
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_summary, html=(visit_fold_summary, depart_fold_summary))
    app.add_post_transform(UniqueExerciseSections)
    app.add_post_transform(FoldDropdowns)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
