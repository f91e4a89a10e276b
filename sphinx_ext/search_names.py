"""Search finds a statement by its number and by its name, and the result leads to its box.

Sphinx's search compares the words with whole titles, and takes a title only where the words make up half of it. So
"Theorem 21" finds no "Theorem 21 (SAM drifts towards wide minima)", and "E12" no erratum. Here every title of a place
inside a page is known to the search by its parts as well: the number before the brackets, the name in them, and what
stands before a dot. Places named so come before the pages that hold the words (search_order.js).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

Titles = list[tuple[str, str | None]]


def parts(title: str) -> list[str]:
    """The shorter names of a title: "Theorem 2 (cycles)" is "Theorem 2" and "cycles"; "E12 · Cycles" is "E12"."""
    if in_brackets := re.fullmatch(r"(|.*? )\((\D.*)\)", title.rstrip(), flags=re.S):
        return [part.strip() for part in in_brackets.groups() if part.strip()]
    number, dot, _ = title.partition(" · ")
    return [number.strip()] if dot else []


def with_parts(titles: Titles) -> Titles:
    """The titles of a page, each followed by its parts, every one once."""
    found: dict[tuple[str, str | None], None] = {}
    for title, place in titles:
        found[title, place] = None
        if place is not None:
            found |= dict.fromkeys((part, place) for part in parts(title))
    return list(found)


def complete_index(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Add the parts when all pages are read: the search page comes after them, and the index after it."""
    indexer = getattr(app.builder, "indexer", None)
    if pagename == "search" and indexer is not None:
        for document, titles in indexer._all_titles.items():
            indexer._all_titles[document] = with_parts(titles)


def order_results(app: Sphinx, config: Config) -> None:
    """Let our scores decide which result comes first."""
    config.html_search_scorer = str(Path(__file__).with_name("search_order.js"))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", order_results)
    app.connect("html-page-context", complete_index)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
