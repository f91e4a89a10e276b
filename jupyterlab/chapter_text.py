"""Chapters as jupyterlab-myst can show them, and back again.

In JupyterLab a chapter stands alone: the book's macros, its bibliography, its other pages and the paper's numbers are
not known there, and what is not known is shown as an error. So a text cell that is opened gets

* the macros of `_config.yml` in a front matter, which jupyterlab-myst reads in the first text cell,
* authors and year for a citation, and a link with the site's words for a reference, on this page or another,
* the paper's number in the head of a theorem box, and that of `samlib.check` in the head of an exercise.

What is saved has the chapter's own text again: the file of a chapter that is opened and saved stays as it is.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from collections.abc import Container
from pathlib import Path
from typing import Any, NamedTuple

import yaml

KEPT = "chapter_text"
"""The name in a cell's metadata under which an opened notebook keeps the chapter's text and what is shown for it."""

# A role, the head of a directive with its options, the foot of a labelled formula, or a link to a label of the book.
WRITTEN = re.compile(
    r"\{(?P<role>cite:t|cite|prf:ref|ref|eq|doc|exercises|archive|figure-state)\}`(?P<target>[^`]+)`"
    r"|^(?P<fence>`{3,})\{(?P<kind>[\w:-]+)\}(?P<argument>[^\n]*)(?P<options>(?:\n:[\w-]+:[^\n]*)*)"
    r"|^\$\$ \((?P<formula>[\w-]+)\)$"
    r"|\[(?P<words>[^\[\]]+)\]\(#?(?P<label>[\w-]+)\)",
    re.MULTILINE,
)
SECTION = re.compile(r"^\((?P<label>[\w-]+)\)=\n+#+ (?P<title>.+)$", re.MULTILINE)


def front_matter(root: Path) -> str:
    """The macros of the book in `root`, as jupyterlab-myst reads them; formulas get no numbers of their own."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    macros = config["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]
    math = {f"\\{name}": text if isinstance(text, str) else text[0] for name, text in macros.items()}
    return f"---\nmath: {json.dumps(math)}\nnumbering: {{equation: false}}\n---\n\n"


def load_ipython_extension(shell: Any) -> None:
    """For the kernel of a chapter: the Markdown that a cell returns knows the macros as well."""
    from IPython.display import Markdown

    roots = [root for root in Path.cwd().parents if (root / "_config.yml").is_file() and (root / "chapters").is_dir()]
    if roots:
        macros = front_matter(roots[0])
        formatter = shell.display_formatter.formatters["text/markdown"]
        formatter.for_type(Markdown, lambda shown: macros + shown.data)


class Target(NamedTuple):
    """What a label leads to: the words of a reference to it, and its page."""

    words: str
    page: str


class Book:
    """The labels, citations and macros of the book whose folder is `root`."""

    def __init__(self, root: Path) -> None:
        if str(root) not in sys.path:
            sys.path.append(str(root))
        from pybtex.database import parse_file

        from samlib.check import EXERCISES
        from sphinx_ext.statements import read_label

        self._number = read_label
        self._exercises = {exercise.label: key for key, exercise in EXERCISES.items()}
        self.front_matter = front_matter(root)
        self._entries = parse_file(str(root / "chapters/references.bib"), "bibtex").entries
        self._titles: dict[str, str] = {}
        self._targets: dict[str, Target] = {}
        for file in sorted((root / "chapters").rglob("*.md")):
            page = file.relative_to(root / "chapters").with_suffix("").as_posix()
            self._read(page, file.read_text(encoding="utf-8"))

    def _read(self, page: str, text: str) -> None:
        heading = re.search(r"^# (.+)$", text, re.MULTILINE)
        self._titles[page] = heading[1].strip() if heading else page
        formulas = 0
        for section in SECTION.finditer(text):
            self._targets[section["label"]] = Target(section["title"].strip(), page)
        for found in WRITTEN.finditer(text):
            if found["formula"]:
                formulas += 1
                self._targets[found["formula"]] = Target(f"({formulas})", page)
            label = _label(found["options"])
            if label:
                self._targets[label] = Target(self._name(label, found["kind"], found["argument"].strip()), page)
        for key in re.findall(r'key="([\w-]+)"', text):  # a live figure's slot has the id fig-KEY
            self._targets.setdefault(key, Target("the figure", page))

    def _name(self, label: str, kind: str, title: str) -> str:
        """The words of a reference, as on the site: "Lemma 10", "Exercise 4.17", "Proposition (larger steps)"."""
        if label in self._exercises:
            return f"Exercise {self._exercises[label]}"
        number = self._number(label)
        if number:
            return str(number.name)
        word = kind.rpartition(":")[2].title()
        return f"{word} ({title})" if title else word

    def _shown(self, found: re.Match[str], page: str, later: Container[str | None] = ()) -> str:
        """What is shown for a piece of text; a link to a label that comes `later` on its page is its words alone.

        jupyterlab-myst reads the cells from above, and writes an error for a target that it has not come to.
        """
        if found["role"]:
            words, target = _explicit(found["target"])
            if found["role"].startswith("cite"):
                return self._citation(found["role"], target)
            if found["role"] == "doc":
                return self._document(found[0], words, target, page)
            if found["role"] in ("archive", "figure-state"):  # these lead to the site
                return words or target
            return self._reference(words, target, page, later)
        if found["label"]:
            return self._reference(found["words"], found["label"], page, later)
        if found["formula"]:
            return f"\\tag{{{self._targets[found['formula']].words[1:-1]}}}\n$$ ({found['formula']})"
        return self._head(found, page, later)

    def _citation(self, role: str, keys: str) -> str:
        """ "Foret et al. (2021)" in the sentence, "(Foret et al., 2021)" beside it."""
        cited = [_authors_and_year(self._entries[key.strip()]) for key in keys.split(",")]
        if role == "cite:t":
            return ", ".join(f"{authors} ({year})" for authors, year in cited)
        return f"({'; '.join(f'{authors}, {year}' for authors, year in cited)})"

    def _document(self, written: str, words: str, target: str, page: str) -> str:
        other = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        return f"[{words or self._titles[other]}]({_relative(other, page)})" if other in self._titles else written

    def _reference(self, words: str, label: str, page: str, later: Container[str | None]) -> str:
        known = self._targets.get(label)
        if known is None or label in later:
            return words or (known.words if known else label)
        address = f"#{label}" if known.page == page else _relative(known.page, page)
        return f"[{words or known.words}]({address})"

    def _head(self, found: re.Match[str], page: str, later: Container[str | None]) -> str:
        """The head of a directive, with its number; one that jupyterlab-myst does not know becomes words."""
        fence, kind, options = found["fence"], found["kind"], found["options"]
        argument = WRITTEN.sub(lambda inner: self._shown(inner, page, later), found["argument"].strip())
        label = _label(options) or ""
        number = self._number(label) if kind.startswith("prf:") else None
        if kind in ("solution", "solution-start"):
            known = self._targets.get(argument)
            words = f"Solution to {known.words}" if known else "Solution"
            # Between start and end of a solution there are cells: no box can hold them.
            folded = f"{fence}{{admonition}} {words}\n:class: dropdown"
            return folded if kind == "solution" else f"**{words}.**\n\n{fence}{{div}}"
        if kind in ("solution-end", "glue:figure"):
            return f"{fence}{{div}}"
        if kind == "exercise-table":
            return f"{fence}{{div}}\nThe table of all exercises is on the site."
        if kind == "prf:property" and number:
            return f"{fence}{{admonition}} {number.name} ({argument}){options}"
        if kind == "prf:proof":
            options += "\n:enumerated: false"
        elif label in self._exercises:
            options += f"\n:enumerator: {self._exercises[label]}"
        elif number:
            options += f"\n:enumerator: {number.number}"
        return f"{fence}{{{kind}}} {argument}{options}"

    def open(self, notebook: dict[str, Any], page: str) -> None:
        """Puts the shown text into the text cells of a notebook, and keeps the chapter's in their metadata."""
        later: set[str | None] = set()
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
        for cell in reversed(cells):
            text = cell["source"]
            changes = [[self._shown(found, page, later), found[0]] for found in WRITTEN.finditer(text)]
            later |= {found["formula"] or _label(found["options"]) for found in WRITTEN.finditer(text)}
            later |= {section["label"] for section in SECTION.finditer(text)}
            if changes or cell is cells[0]:
                cell["metadata"][KEPT] = {"source": text, "changes": changes}
                cell["source"] = self._opened(cell["metadata"][KEPT], first=cell is cells[0])

    def close(self, notebook: dict[str, Any]) -> None:
        """Undoes `open`: a cell has the chapter's text again, and an edited one has it wherever it was kept."""
        for cell in notebook["cells"]:
            kept = cell["metadata"].pop(KEPT, None)
            if kept is None:
                continue
            text = cell["source"].removeprefix(self.front_matter)
            if text == self._opened(kept):
                text = kept["source"]
            else:
                place = 0
                for shown, written in kept["changes"]:
                    found = text.find(shown, place)
                    if found >= 0:
                        text = text[:found] + written + text[found + len(shown) :]
                        place = found + len(written)
            cell["source"] = text

    def _opened(self, kept: dict[str, Any], first: bool = False) -> str:
        shown = iter(kept["changes"])
        return (self.front_matter if first else "") + WRITTEN.sub(lambda found: next(shown)[0], kept["source"])


def _label(options: str | None) -> str | None:
    """The label among the options of a directive."""
    match = re.search(r"^:label: (\S+)", options or "", re.MULTILINE)
    return match[1] if match else None


def _explicit(target: str) -> tuple[str, str]:
    """The words and the target of `words <target>`; no words where there is the target alone."""
    match = re.fullmatch(r"(.+?)\s*<([^<>]+)>", target, re.DOTALL)
    return (match[1], match[2]) if match else ("", target)


def _relative(other: str, page: str) -> str:
    return posixpath.relpath(other, posixpath.dirname(page) or ".") + ".md"


def _authors_and_year(entry: Any) -> tuple[str, str]:
    names = [" ".join((*person.prelast_names, *person.last_names)) for person in entry.persons["author"]]
    names = [re.sub(r"[{}]", "", name) for name in names]
    if len(names) > 2:
        return f"{names[0]} et al.", entry.fields["year"]
    return " and ".join(names), entry.fields["year"]
