"""How many exercises there are, what they take and what they give, summed from the registry so that nothing is typed.

* `{exercise-totals}` is a table with a row for each chapter, and all of them below;
* `{problem-set-totals} FOLDER/PREFIX` is one with a row for each page of that name, read off the variables `answer_2_3`
  that the page sets;
* `` {exercises}`ex-rise ex-ring` `` links the exercises with these labels and says what they come to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from sphinx_ext.exercises import registry

KINDS = ("pen", "computer", "figure")
ANSWER = re.compile(r"^answer_(\d+)_(\d+)", re.M)

logger = logging.getLogger(__name__)


def worth(exercises: Iterable[Any]) -> str:
    """What exercises come to, in words."""
    minutes, points = (sum(getattr(one, name) for one in exercises) for name in ("minutes", "points"))
    return f"{minutes} minutes, {points} point{'s' * (points != 1)}"


def numbers(exercises: Sequence[Any]) -> list[str]:
    """The cells of a row: how many, how many with each kind of work (one may need several), minutes and points."""
    counts = [sum(kind in one.marks for one in exercises) for kind in KINDS]
    sums = [sum(getattr(one, name) for one in exercises) for name in ("minutes", "points")]
    return [str(number) for number in (len(exercises), *counts, *sums)]


def answered(text: str) -> tuple[str, ...]:
    """The numbers of the exercises whose answers a problem set sets, in its order."""
    return tuple(dict.fromkeys(f"{chapter}.{number}" for chapter, number in ANSWER.findall(text)))


class Totals(SphinxDirective):
    """What the two tables share."""

    def table(self, first: str, rows: Iterable[tuple[str, Sequence[Any]]]) -> list[nodes.Node]:
        """A table with a row of numbers for each group of exercises, under the name of the group."""
        heads = (first, "Exercises", "Pen", "Computer", "Figure", "Min.", "Points")
        lines = [f"| {' | '.join(heads)} |", "|:--" + "|--:" * (len(heads) - 1) + "|"]
        lines += [f"| {' | '.join([name, *numbers(exercises)])} |" for name, exercises in rows]
        box = nodes.container(classes=["exercise-totals"])
        self.state.nested_parse(StringList(lines, self.env.doc2path(self.env.docname)), self.content_offset, box)
        return [box]


class ExerciseTotals(Totals):
    """`{exercise-totals}`: a row for each chapter and one for all."""

    def run(self) -> list[nodes.Node]:
        chapters: dict[str, list[Any]] = {}
        for one in registry(self.config.exercises_module).values():
            chapters.setdefault(one.id.split(".")[0], []).append(one)
        rows = [("Project" if "/course/" in ones[0].chapter else name, ones) for name, ones in chapters.items()]
        everything = [one for exercises in chapters.values() for one in exercises]
        return self.table("Chapter", [*rows, ("**All**", everything)])


class ProblemSetTotals(Totals):
    """`{problem-set-totals} chapters/course/problem-set-`: a row for each page whose name begins so."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        by_number = {one.id: one for one in registry(self.config.exercises_module).values()}
        rows = []
        for page in sorted(self.env.found_docs):
            if not page.startswith(self.arguments[0]):
                continue
            source = self.env.doc2path(page)
            self.env.note_dependency(source)
            found = answered(Path(source).read_text(encoding="utf-8"))
            unknown = [number for number in found if number not in by_number]
            if unknown:
                logger.warning("%s: there is no exercise %s", page, ", ".join(unknown), location=self.get_location())
            rows.append((f"{{doc}}`/{page}`", [by_number[number] for number in found if number in by_number]))
        if not rows:
            logger.warning("no page begins with %r", self.arguments[0], location=self.get_location())
        return self.table("Problem set", rows)


class ExercisesRole(SphinxRole):
    """`{exercises}`: links to exercises by their labels, with minutes and points together."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        known = registry(self.config.exercises_module)
        labels = self.text.split()
        unknown = [label for label in labels if label not in known]
        if unknown or not labels:
            what = f"no exercise has the label {', '.join(unknown)}" if unknown else "{exercises} names no exercise"
            logger.warning("%s", what, location=self.get_location(), type="exercises")
            return [nodes.Text(self.text)], []
        exercises = [known[label] for label in labels]
        shown: list[nodes.Node] = []
        for one in exercises:
            shown.append(nodes.Text(", " if shown else "Exercise " if len(labels) == 1 else "Exercises "))
            link = addnodes.pending_xref(
                "", nodes.inline("", one.id), refdomain="std", reftype="ref", reftarget=one.label, refexplicit=True,
                refdoc=self.env.docname, refwarn=True,
            )  # fmt: skip
            self.set_source_info(link)
            shown.append(link)
        return [*shown, nodes.Text(f" ({worth(exercises)})")], []


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_ext.exercises")
    app.add_directive("exercise-totals", ExerciseTotals)
    app.add_directive("problem-set-totals", ProblemSetTotals)
    app.add_role("exercises", ExercisesRole())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
