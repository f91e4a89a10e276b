"""The Content-Security-Policy of a page, and the check that the written page keeps it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.errors import ExtensionError

POLICY_META = "Content-Security-Policy"
# Attributes that make a browser fetch something, by element; links (`<a href>`) do not.
FETCHED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "video": ("src", "poster"),
}
# Relations of <link> that name a page and fetch nothing.
NAMED_ONLY = {"author", "canonical", "copyright", "index", "license", "next", "prev", "search"}
SCRIPT_TYPES = {"", "module", "text/javascript", "application/javascript"}


def source_hash(text: str) -> str:
    """Return the policy's name for the inline script or style `text`."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def content_security_policy(scripts: Iterable[str], styles: Iterable[str], *, workers: bool = False) -> str:
    """Return a policy that admits the site's own files and exactly these inline `scripts` and `styles`.

    Style attributes stay allowed: KaTeX places every glyph with them, and they run no code.

    The search may be sent to a file, since to Firefox `'self'` is no file, not even the page's own folder; a page from
    a server cannot go to files, whatever its policy says.

    With `workers`, a page may start workers from blobs: the one form that also runs where the page was opened from a
    disk, where a browser refuses a worker's script file. Markup cannot make a blob; a script can, but whichever does is
    admitted already, and its worker is held to this same policy. Scripts from blobs stay refused.
    """
    script_hashes = " ".join(sorted({source_hash(text) for text in scripts}))
    style_hashes = " ".join(sorted({source_hash(text) for text in styles}))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {script_hashes}",
            f"style-src 'self' {style_hashes}",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            *(["worker-src blob:"] if workers else []),
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self' file:",
        )
    )


def inline_styles(html: str) -> list[str]:
    """Return the text of every `<style>` element (the output of a cell may bring one)."""
    return re.findall(r"<style[^>]*>(.*?)</style>", html, flags=re.S)


def class_names(html: str) -> set[str]:
    """Return every class named in a page."""
    return {name for value in re.findall(r'\bclass="([^"]*)"', html) for name in value.split()}


class _Page(HTMLParser):
    """Read a page: its policy, inline code, inline handlers and what it fetches."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.policy = ""
        self.inline: list[str] = []  # scripts and styles that the policy must name
        self.handlers: list[str] = []
        self.fetched: list[str] = []
        self._inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "meta" and values.get("http-equiv") == POLICY_META:
            self.policy = values["content"]
        self.handlers += [f"<{tag} {name}>" for name in values if name.startswith("on")]
        if tag == "link" and set(values.get("rel", "").split()) <= NAMED_ONLY:
            return
        for name in FETCHED.get(tag, ()):
            if values.get(name):
                candidates = values[name].split(",") if name == "srcset" else [values[name]]
                self.fetched += [candidate.split()[0] for candidate in candidates]
        runs = tag == "script" and "src" not in values and values.get("type", "").lower() in SCRIPT_TYPES
        self._inside = runs or tag == "style"
        if self._inside:
            self.inline.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = False


def violations(html: str, page: Path, root: Path) -> list[str]:
    """Return what in the page's `html` breaks its own policy, calls another host, or names a file that is not there.

    `page` is the page's path inside the site's folder `root`.
    """
    read = _Page(html)
    found = [] if read.policy else [f"it has no {POLICY_META}"]
    found += [f"inline code that its policy does not name: {text.strip()[:80]!r}" for text in read.inline
              if source_hash(text) not in read.policy]  # fmt: skip
    found += [f"an inline handler: {handler}" for handler in read.handlers]
    for address in read.fetched:
        parts = urlsplit(address)
        if parts.scheme == "data":
            continue
        if parts.scheme or parts.netloc:
            found.append(f"a reference to another host: {address}")
        elif parts.path and not (root / page.parent / unquote(parts.path)).exists():
            found.append(f"a missing file: {address}")
    return found


def check_pages(root: Path, pages: Iterable[Path]) -> None:
    """Raise `ExtensionError`, naming page and place, unless every page of the site in `root` keeps its policy."""
    found = [
        f"{page.relative_to(root)}: {violation}"
        for page in pages
        for violation in violations(page.read_text(encoding="utf-8"), page.relative_to(root), root)
    ]
    if found:
        raise ExtensionError("a page is not self-contained:\n  " + "\n  ".join(found))
