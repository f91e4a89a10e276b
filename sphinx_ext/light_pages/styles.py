"""One stylesheet, `_static/book.css`, with the rules that some page uses.

A stylesheet with a medium of its own, such as print, stays apart: browsers fetch it last, and wait for it nowhere.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.builders.html._assets import _CascadingStyleSheet
from sphinx.errors import ExtensionError

BUNDLE = "book.css"
OWN_PART = Path(__file__).parent / "book.css"
# The theme's templates link these before Sphinx's list of stylesheets; styles/theme.css only imports basic.css.
THEME_PARTS = ("basic.css", "styles/pydata-sphinx-theme.css")
# Live figures bring their own stylesheets: few pages need them.
PAGE_FOLDER = "figures/"
# Classes that scripts put together at run time. Those they write out are found in the scripts.
COMPOSED_CLASSES = re.compile(r"kind-")
GROUPING_RULES = {"media", "supports", "layer", "container"}


@dataclass
class StylesheetBundle:
    """The stylesheets that pages share, in the order of the pages' links: file names in `_static`."""

    parts: dict[str, None] = field(default_factory=lambda: dict.fromkeys(THEME_PARTS))

    def take(self, stylesheets: Iterable[Any], pagename: str) -> list[Any]:
        """Move the shared stylesheets of a page into the bundle; return what the page links: the bundle and its own."""
        kept: list[Any] = [_CascadingStyleSheet(f"_static/{BUNDLE}")]
        for sheet in stylesheets:
            name = str(sheet.filename)
            if "://" in name:
                raise ExtensionError(f"{pagename}: {name} comes from another host; pages must be self-contained")
            file = name.removeprefix("_static/")
            apart = sheet.attributes.get("rel") != "stylesheet" or "media" in sheet.attributes
            if apart or file.startswith(PAGE_FOLDER):
                kept.append(sheet)
            else:
                self.parts[file] = None
        return kept

    def text(self, static: Path, names: set[str]) -> str:
        """Return the rules that can apply to elements with the classes `names`."""
        parts = [*(_rebased(static, part) for part in self.parts), OWN_PART.read_text(encoding="utf-8")]
        return "\n".join(purged(part, names) for part in parts) + "\n"


def _rebased(static: Path, name: str) -> str:
    """Return a stylesheet of `static` with its addresses made relative to that folder."""
    path = static / name
    if not path.is_file():
        raise ExtensionError(f"_static/{name} is missing; compare sphinx_ext/light_pages/styles.py with the theme")
    folder = posixpath.dirname(name)

    def rebase(url: re.Match[str]) -> str:
        address = url[2]
        if re.match(r"data:|#|[a-z]+:|//", address):
            return url[0]
        return f"url({url[1]}{posixpath.normpath(posixpath.join(folder, address))}{url[1]})"

    return re.sub(r"""url\((["']?)([^"')]+)\1\)""", rebase, path.read_text(encoding="utf-8"))


def purged(css: str, names: set[str]) -> str:
    """Return `css` without the selectors that need a class outside of `names`, and without rules left with none.

    Selectors of elements, ids and attributes stay, and so does whatever stands inside `:not()`, `:is()` and the like.
    """

    def kept(rules: list[Any]) -> Iterator[str]:
        for rule in rules:
            if rule.type == "qualified-rule":
                selectors = [each for each in selectors_of(rule.prelude) if _can_apply(each, names)]
                if selectors:
                    yield f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}"
            elif rule.type == "at-rule" and rule.lower_at_keyword in GROUPING_RULES and rule.content is not None:
                inner = "".join(kept(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)))
                if inner:
                    yield f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}{{{inner}}}"
            elif rule.type == "at-rule" and rule.lower_at_keyword == "import":
                raise ExtensionError(f"a stylesheet imports another: {tinycss2.serialize([rule])}; link both instead")
            elif rule.type == "error":
                raise ExtensionError(f"a stylesheet does not parse at line {rule.source_line}: {rule.message}")
            elif not (rule.type == "at-rule" and rule.lower_at_keyword == "charset"):
                yield tinycss2.serialize([rule])

    return "".join(kept(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))


def selectors_of(prelude: list[Any]) -> list[str]:
    """Split a rule's prelude at its top-level commas."""
    groups: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            groups.append([])
        elif token.type != "comment":
            groups[-1].append(token)
    return [tinycss2.serialize(group).strip() for group in groups]


def _can_apply(selector: str, names: set[str]) -> bool:
    bare = re.sub(r":[\w-]+\((?:[^()]|\([^()]*\))*\)", "", selector)
    classes = (found.replace("\\", "") for found in re.findall(r"\.((?:\\.|[\w-])+)", bare))
    return all(name in names or COMPOSED_CLASSES.match(name) for name in classes)


def without_unused_properties(css: str, elsewhere: set[str]) -> str:
    """Return `css` without the custom properties (`--name: value`) that neither it nor anything `elsewhere` reads.

    Bootstrap and the theme define six hundred and read half of them. A property that only dropped ones read goes too.
    """
    definition = re.compile(r"""(?<![\w-])(--[\w-]+)\s*:(?:"[^"]*"|'[^']*'|[^;{}"'])*(?:;|(?=\}))""")
    while unread := set(definition.findall(css)) - elsewhere - set(re.findall(r"var\(\s*(--[\w-]+)", css)):
        css = definition.sub(partial(_unless_named, unread), css)
    return css


def _unless_named(names: set[str], found: re.Match[str]) -> str:
    return "" if found[1] in names else found[0]
