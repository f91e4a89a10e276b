"""The zips that pages offer: the problem sets, and the whole site for reading without a network.

`` {archive}`one zip <problem-sets.zip>` `` is a link to an archive at the root of the site.
Equal contents give equal bytes: names are sorted, and every file has the same date and the same rights.

`problem-sets.zip` is written here, with every page of `problem_sets` as MyST and as a notebook without outputs, and a
README.txt. The pages are the student versions, so that the zip holds nothing which the site does not show. References
become words, an exercise its number and title: outside the book there is nothing that they could lead to.

The whole site is packed when the last of its files is there, after Sphinx has ended: `scripts/offline_copy.py`.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import jupytext
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole

from sphinx_ext.exercise_totals import answered, worth
from sphinx_ext.exercises import registry
from sphinx_ext.light_pages.downloads import stable_notebook
from sphinx_ext.statements import read_label

PROBLEM_SETS = "problem-sets.zip"
OFFLINE_COPY = "bouncing-and-drifting.zip"
ROLE = "archive"

REFERENCE = re.compile(r"\{(ref|prf:ref|cite|cite:t)\}`([\w-]+)`")
LATER_THAN = (1980, 1, 1, 0, 0, 0)  # no date in a zip is earlier
README = """\
Problem sets of "Bouncing and Drifting", the book on the dynamics of Sharpness-Aware Minimization
{rule}

Each set is here twice, with the same cells: NAME.ipynb opens in every Jupyter,
NAME.md is MyST and opens as a notebook where Jupytext is installed.

{contents}

1. Install the library in a copy of the book's repository:
       python -m pip install . jupyterlab
2. Open a set, write your id into its first cell, and run it.
3. The numbers are those of the book, where the text of each exercise is, with
   a hint and a sketch. `python -m samlib.check ask 3.2` prints what Exercise
   3.2 asks for.
4. Replace each ... by your answer and run the cell. It says at once what is
   right. Nothing is sent anywhere.
5. Hand in the notebook. For each exercise it must set the variable that it
   sets now, answer_3_2 for Exercise 3.2.
"""

logger = logging.getLogger(__name__)


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files`, contents by names inside it; the same files give the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, LATER_THAN)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # Unix, whatever the system that packs
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return buffer.getvalue()


def problem_sets(sources: Mapping[str, str], exercises: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of the archive by their names; `sources` are the sets' texts by name, `exercises` go by label."""
    by_number = {one.id: one for one in exercises.values()}
    files: dict[str, bytes] = {}
    contents = []
    for name, source in sorted(sources.items()):
        text = REFERENCE.sub(lambda reference: _named(reference, exercises), source)
        files[f"{name}.md"] = text.encode()
        files[f"{name}.ipynb"] = stable_notebook(jupytext.reads(text, fmt="md:myst")).encode()
        title = next(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))
        contents.append(f"{title}\n    {name}: {worth([by_number[number] for number in answered(text)])}")
    first = README.partition("\n")[0]
    files["README.txt"] = README.format(rule="=" * len(first), contents="\n".join(contents)).encode()
    return files


def _named(reference: re.Match[str], exercises: Mapping[str, Any]) -> str:
    role, target = reference.groups()
    if role.startswith("cite"):
        return f"[{target}]"  # its key in the book's bibliography
    if target in exercises:
        return f"Exercise {exercises[target].id} ({exercises[target].title})"
    statement = read_label(target)
    return str(statement.name) if statement else reference[0]


class ArchiveRole(ReferenceRole):
    """`{archive}`: a link to a zip at the root of the site."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if self.target not in (PROBLEM_SETS, OFFLINE_COPY):
            logger.warning(
                "there is no archive %r; there are %s and %s", self.target, PROBLEM_SETS, OFFLINE_COPY,
                location=self.get_location(), type=ROLE,
            )  # fmt: skip
            return [nodes.Text(self.title)], []
        if self.env.app.builder.format != "html":
            return [nodes.Text(self.title)], []
        root = "../" * self.env.docname.count("/")
        return [nodes.reference("", self.title, refuri=root + self.target, internal=True, classes=[ROLE])], []


def write_problem_sets(app: Sphinx, exception: Exception | None) -> None:
    """Write the problem sets that are pages of the book."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    pages = sorted(page for page in app.env.found_docs if page.startswith(app.config.problem_sets))
    sources = {Path(page).name: Path(app.env.doc2path(page)).read_text(encoding="utf-8") for page in pages}
    if sources:
        files = problem_sets(sources, registry(app.config.exercises_module))
        Path(app.outdir, PROBLEM_SETS).write_bytes(archive(files))


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_ext.exercise_totals")
    app.add_config_value("problem_sets", "chapters/course/problem-set-", "html")
    app.add_role(ROLE, ArchiveRole())
    app.connect("build-finished", write_problem_sets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
