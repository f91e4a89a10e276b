"""Hover or focus on a reference shows what it leads to: a statement, a numbered equation, the meaning of a symbol.

The build prepares both ends:

* each link to a labelled box, a numbered equation or a symbol's row, a node of the theorem graph too, gets the
  attribute `data-preview`, by which a page knows them without loading anything;
* each page with any of these gets a classic script `_static/previews/PAGE.js`, which registers them by their ids,
  without evidence, proofs, permalinks and ids, and with addresses as seen from the root of the site. A page asks for
  it when the reader first comes to such a link. A classic script is what a strict policy admits and what loads from a
  disk as well, where a page may not read its neighbours.

`static/previews.js` does the rest; it takes a box of the same page from the page itself. Without JavaScript, and by
touch, a link is a link.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from docutils.nodes import make_id
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from sphinx_ext.symbols import PREFIX as SYMBOL
from sphinx_ext.symbols import symbols_of

STATIC = Path(__file__).parent / "static"
FOLDER = "previews"

LINK = re.compile(r'<a class="(?:[^"]* )?(?:reference internal|graph-node)(?: [^"]*)?" href="([^"#]*)#([^"]+)"')
BOX = re.compile(r'<div class="(?:[^"]* )?(?:statement|math)(?: [^"]*)?" id="([^"]+)">')
ROW = re.compile(r"<tr[^>]*>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>\s*</tr>", flags=re.S)
ANCHOR = re.compile(rf'id="({SYMBOL}[^"]+)"')
DIVISION = re.compile(r"<(/?)div\b")

# What previews.js takes out of a box of its own page, too.
LEFT_OUT = {"evidence", "headerlink", "proof", "fold", "symbols", "live-slot"}
"""Classes of what is in a box and not in its preview."""

ADDRESSES = {"href", "src"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Preview(HTMLParser):
    """What a preview shows of a box, in `text`.

    `page` is the address of the box's page inside the site; addresses are rewritten as seen from the site's root.
    """

    def __init__(self, box: str, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.page = page
        self._kept: list[str] = []
        self._left_out = 0  # how many elements deep we are in something left out
        self.feed(box)
        self.close()
        self.text = "".join(self._kept)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep the element, unless it or one around it is left out."""
        void = tag in VOID
        if self._left_out or tag == "script" or LEFT_OUT & set((dict(attributes).get("class") or "").split()):
            self._left_out += not void
        else:
            self._kept.append(self._opened(tag, attributes, ">"))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep an element that holds nothing, as in `<path d="…"/>`."""
        if not self._left_out:
            self._kept.append(self._opened(tag, attributes, "/>"))

    def handle_endtag(self, tag: str) -> None:
        """Close the element, or come one step out of what is left out."""
        if self._left_out:
            self._left_out -= 1
        else:
            self._kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        """Keep a named character as it is written."""
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Keep a numbered character as it is written."""
        self._keep(f"&#{name};")

    def _keep(self, text: str) -> None:
        if not self._left_out:
            self._kept.append(text)

    def _opened(self, tag: str, attributes: list[tuple[str, str | None]], end: str) -> str:
        """The start of an element without its id, and with its address as seen from the root."""
        written = ""
        for name, value in attributes:
            if name == "id":
                continue
            if name in ADDRESSES and value is not None:
                value = from_root(value, self.page)
            written += f" {name}" if value is None else f' {name}="{escape(value)}"'
        return f"<{tag}{written}{end}"


def from_root(address: str, page: str) -> str:
    """The `address` that stands on `page`, as seen from the root of the site; other sites and data stay as they are."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return address
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), parts.path)) if parts.path else page
    return parts._replace(path=path).geturl()


def boxes(body: str) -> Iterator[tuple[str, str]]:
    """The id and the HTML of each statement's box and each equation with an id in the `body` of a page."""
    for start in BOX.finditer(body):
        depth = 0
        for division in DIVISION.finditer(body, start.start()):
            depth += -1 if division[1] else 1
            if depth == 0:
                yield start[1], body[start.start() : division.start()] + "</div>"
                break


def rows(body: str) -> Iterator[tuple[str, str]]:
    """The anchor and the HTML of what each row of the table of notation in the `body` of a page says of a symbol."""
    for row in ROW.finditer(body):
        for anchor in ANCHOR.finditer(row[1]):
            yield anchor[1], f"<div>{row[1]}{row[2]}</div>"


def targets(env: BuildEnvironment) -> Iterator[tuple[str, str]]:
    """The document and the id of everything that a link shows: labelled boxes, numbered equations, symbols."""
    for label, record in getattr(env, "proof_list", {}).items():
        yield record["docname"], label
    for label, (docname, _) in env.domaindata["math"]["objects"].items():
        yield docname, make_id(f"equation-{label}")
    for symbol in symbols_of(env):
        yield symbol.docname, symbol.anchor


def script(pagename: str, previews: dict[str, str]) -> str:
    """The script that registers the previews of a page by the page's name and the labels of the boxes."""
    text = json.dumps(previews, ensure_ascii=False, sort_keys=True, indent=0, separators=(",", ":"))
    return f"(globalThis.statementPreviews ??= {{}})[{json.dumps(pagename)}] = {text};\n"


def marked(body: str, page: str, shown: Iterable[str]) -> str:
    """The `body` of a page with `data-preview` on its links to what is `shown`, as PAGE#LABEL inside the site."""
    known = set(shown)

    def mark(link: re.Match[str]) -> str:
        target = from_root(f"{unquote(link[1])}#{unquote(link[2])}", page)
        return f'{link[0][:2]} data-preview=""{link[0][2:]}' if target in known else link[0]

    return LINK.sub(mark, body)


def prepare_page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Write the previews of what the page has to show, and mark its links to such things."""
    if app.builder.name != "html" or not context.get("body"):
        return
    address = app.builder.get_target_uri
    known = list(targets(app.env))
    page, body = address(pagename), context["body"]
    here = {label for docname, label in known if docname == pagename}
    previews = {label: Preview(part, page).text for label, part in (*boxes(body), *rows(body)) if label in here}
    file = Path(app.outdir, "_static", FOLDER, f"{pagename}.js")
    if previews:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script(pagename, previews), encoding="utf-8")
    else:
        file.unlink(missing_ok=True)
    context["body"] = marked(body, page, (f"{address(docname)}#{label}" for docname, label in known))


def configure(app: Sphinx, config: Config) -> None:
    """Put our script and stylesheet among the static files."""
    config.html_static_path.append(str(STATIC))


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_ext.symbols")
    app.add_css_file("previews.css")
    app.add_js_file("previews.js", defer="defer")
    app.connect("config-inited", configure)
    # After the light pages have given pictures their places and formulas their short form.
    app.connect("html-page-context", prepare_page, priority=960)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
