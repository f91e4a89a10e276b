"""Exercises with what the registry of `samlib.check` knows of them: number, marks, minutes, points, and the ladder.

A chapter writes title, label and text of an exercise, and its solution. By the label the rest comes from the registry,
so that nothing is typed twice:

* the number is the registry's, "Exercise 4.17", in the box and in every reference to it;
* a line under the title says with what it is done, how long it takes, what a check gives and what it needs;
* below the text three folds hold what to hand in, the hint and the sketch; the solution follows as before;
* what is a number or a choice can be answered, and is checked, on the page (forms.py).

`{exercise-table}` lists all exercises, one table for each chapter.

An exercise that the registry does not know is a warning on the pages that it names, and so is one that it knows and the
page does not have. Elsewhere an exercise is left as it is.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.directive import ExerciseDirective

from sphinx_ext.exercises import forms

logger = logging.getLogger(__name__)


def registry(module: str) -> dict[str, Any]:
    """The exercises of a module that has `EXERCISES`, by their labels."""
    return {one.label: one for one in importlib.import_module(module).EXERCISES.values()}


def facts(exercise: Any) -> str:
    """The line under the title, in Markdown."""
    points = (
        f"{exercise.points} point{'s' * (exercise.points != 1)}" if exercise.points else "a proof, for you to judge"
    )
    words = [", ".join(exercise.marks), f"{exercise.minutes} minutes", points]
    if exercise.needs:
        words.append(f"needs {exercise.needs}")
    return " · ".join(words)


def call(exercise: Any) -> str:
    """How an answer is checked, as code."""
    names = [part.name for part in exercise.parts]
    if len(names) == 1:
        return f'from samlib.check import check\ncheck("{exercise.id}", answer)'
    answers = "".join(f"    {name}=...,\n" for name in names)  # one to a line: a phone is narrow
    return f'from samlib.check import check\ncheck(\n    "{exercise.id}",\n{answers})'


def hand_in(exercise: Any) -> list[str]:
    """What to hand in, and what no computer checks, in Markdown: first what the page itself can check."""
    lines: list[str] = []
    if exercise.parts:
        asked = exercise.questions()
        options = {part.name: part.options for part in exercise.parts if hasattr(part, "options")}
        here = [part["name"] for part in exercise.page()]
        elsewhere = [name for name in asked if name not in here]
        if here:
            also = " checks these as well, and what the page cannot:" if elsewhere else " checks the same:"
            lines += [f"{{.{forms.LIST}}}", *forms.questions(here, asked, options), ""]
        else:
            also = " checks this:"
        lines += [f"In a notebook `samlib.check`{also}", "", *forms.questions(elsewhere, asked, options), ""]
        lines += ["```python", *call(exercise).splitlines(), "```", ""]
        if exercise.choices:
            lines += [
                f'`for_student("your id").check("{exercise.id}", …)` asks for the same with numbers of your own.',
                "",
            ]
    if exercise.own:
        lines.append(f"For you to judge, with the solution at hand: {exercise.own}")
    return lines


def ladder(exercise: Any) -> list[str]:
    """The three folds, in MyST."""
    rungs: Mapping[str, list[str]] = {
        "Hand in" if exercise.parts else "How to judge it": hand_in(exercise),
        "Hint": [exercise.hint],
        "Sketch": [exercise.sketch],
    }
    lines = []
    for title, text in rungs.items():
        lines += ["", f"::::{{admonition}} {title}", ":class: dropdown rung", "", *text, "", "::::"]
    return lines


class LadderDirective(ExerciseDirective):
    """`{exercise}` with the facts and the ladder of the registry around its text."""

    content: StringList
    content_offset: int

    def run(self) -> list[nodes.Node]:
        known = registry(self.config.exercises_module)
        exercise = known.get(self.options.get("label", ""))
        if exercise is None:
            if self.env.docname in {one.chapter for one in known.values()}:
                logger.warning(
                    "the exercise %r is not in the registry of %s", self.options.get("label", ""),
                    self.config.exercises_module, location=self.get_location(), type="exercises",
                )  # fmt: skip
            return list(super().run())
        before = ["{.exercise-facts}", facts(exercise), ""]
        source = self.env.doc2path(self.env.docname)
        self.content = StringList([*before, *self.content, *ladder(exercise)], source)
        self.content_offset -= len(before)
        return list(super().run())


class ExerciseTableDirective(SphinxDirective):
    """`{exercise-table}`: every exercise with its marks, minutes and points."""

    def run(self) -> list[nodes.Node]:
        chapters: dict[str, list[Any]] = {}
        for one in registry(self.config.exercises_module).values():
            chapters.setdefault(one.id.split(".")[0], []).append(one)
        box = nodes.container(classes=["exercise-table"])
        for chapter, exercises in chapters.items():
            minutes, points = (sum(getattr(one, name) for one in exercises) for name in ("minutes", "points"))
            title = "The project" if "/course/" in exercises[0].chapter else f"Chapter {chapter}"
            lines = [
                f"**{title}**: {len(exercises)} exercises, {minutes} minutes, {points} points",
                "",
                "| No. | Exercise | With | Min. | Points |",
                "|:--|:--|:--|--:|--:|",
                *(
                    f"| {{ref}}`{one.id} <{one.label}>` | {one.title} | {', '.join(one.marks)} | {one.minutes} "
                    f"| {one.points or '–'} |"
                    for one in exercises
                ),
            ]
            text = StringList(lines, self.env.doc2path(self.env.docname))
            self.state.nested_parse(text, self.content_offset, box)
        return [box]


def number(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give every exercise the registry's number instead of a running one."""
    for label, exercise in registry(app.config.exercises_module).items():
        numbers = env.toc_fignumbers.get(exercise.chapter, {}).get("exercise", {})
        if label in numbers:
            numbers[label] = tuple(int(part) for part in exercise.id.split("."))
    return []


def find_missing(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of exercises that their page does not have."""
    boxes = getattr(env, "sphinx_exercise_registry", {})
    for label, exercise in registry(app.config.exercises_module).items():
        if exercise.chapter not in env.found_docs:
            continue
        if boxes.get(label, {}).get("docname") != exercise.chapter:
            logger.warning(
                "exercise %s (%r) of the registry is not on this page", exercise.id, label, location=exercise.chapter,
                type="exercises",
            )  # fmt: skip


def add_forms(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Give a page with exercises that check themselves their scripts."""
    if app.builder.name == "html" and context.get("body"):
        here = [one for one in registry(app.config.exercises_module).values() if one.chapter == pagename]
        context["body"] = forms.with_scripts(context["body"], pagename, here, Path(app.outdir))


def configure(app: Sphinx, config: Config) -> None:
    """Put our stylesheet among the static files."""
    config.html_static_path.append(str(forms.STATIC))


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_ext.statements")
    app.add_config_value("exercises_module", "samlib.check", "env")
    app.add_directive("exercise", LadderDirective, override=True)
    app.add_directive("exercise-table", ExerciseTableDirective)
    app.add_css_file("exercises.css")
    app.connect("config-inited", configure)
    app.connect("env-get-updated", number, priority=900)  # after Sphinx has numbered
    app.connect("env-check-consistency", find_missing)
    app.connect("html-page-context", add_forms)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
