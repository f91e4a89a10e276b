"""What a page asks a server for, what that weighs, and what it may weigh.

A page asks at once for its stylesheets, scripts, icons, fonts and first figure, and later, when the reader comes near
them, for pictures and for further figures. Weights are bytes as a web server sends them: compressed by gzip, unless the
format is compressed already. A font is asked for where something visible is set in it; here the folds count as open, so
that a page with closed folds may ask for a font less than this says.
"""

from __future__ import annotations

import gzip
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import tinycss2

from sphinx_ext.light_pages.fonts import FORMULAS, NEEDED_AT_ONCE
from sphinx_ext.light_pages.policy import NAMED_ONLY
from sphinx_ext.light_pages.styles import selectors_of

COMPRESSED_ALREADY = (".woff2", ".png", ".webp")

# What a page may ask for at once, in thousands of bytes.
PLAIN_PAGE, FIGURE_PAGE, PROOF_PAGE, REQUESTS = 140, 250, 380, 20
# "Hundreds of formulas": from how many on a page without figures counts as a page of proofs.
FORMULAS_OF_A_PROOF_PAGE = 200

ICON_FONTS = {
    "fa-solid": {"fas", "fa-solid"},
    "fa-regular": {"far", "fa-regular"},
    "fa-brands": {"fab", "fa-brands", "github"},  # the theme puts an icon before shortened links
}

FACE = ("family", "weight", "style")

# Figures set their symbols in it once they are drawn; most are drawn when the reader comes near them.
FONT_OF_FIGURES = "fonts/KaTeX_Main-Italic.woff2"

ELEMENT = re.compile(r"<(link|script|img|/?noscript)\b([^>]*)>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
BUNDLE_OF_A_FIGURE = re.compile(r'"_esm":"([\w.]+)"')


def formulas(html: str) -> int:
    """Return how many formulas a page shows."""
    return html.count('<span class="katex">')


def budget(html: str) -> int:
    """Return what a page may ask for at once, in thousands of bytes."""
    if "live-slot has-picture" in html:
        return FIGURE_PAGE
    return PROOF_PAGE if formulas(html) >= FORMULAS_OF_A_PROOF_PAGE else PLAIN_PAGE


def sent(name: str, content: bytes) -> int:
    """Return the bytes that a server sends for a file of this name."""
    return len(content) if name.endswith(COMPRESSED_ALREADY) else len(gzip.compress(content, mtime=0))


@dataclass(frozen=True)
class Asked:
    """The files of the site that a page asks for, the page itself first."""

    at_once: tuple[Path, ...]
    later: tuple[Path, ...]


@dataclass
class Site:
    """A built site in the folder `root`."""

    root: Path
    _weights: dict[Path, int] = field(default_factory=dict)
    _fonts: dict[Path, list[Font]] = field(default_factory=dict)

    def asked(self, name: str) -> Asked:
        """Return what the page `name` (its path inside the site) asks for; of files that are there."""
        html = (self.root / name).read_text(encoding="utf-8")
        folder = posixpath.dirname(name)
        at_once: list[Path] = [self.root / name]
        later: list[Path] = []
        without_script = False
        for tag, text in ELEMENT.findall(html):
            if tag.endswith("noscript"):
                without_script = tag == "noscript"
                continue
            attributes = dict(ATTRIBUTE.findall(text))
            named_only = tag == "link" and set(attributes.get("rel", "").split()) <= NAMED_ONLY
            address = unquote(urlsplit(attributes.get("href" if tag == "link" else "src", "")).path)
            if without_script or named_only or not address:
                continue
            file = self.root / posixpath.normpath(posixpath.join(folder, address))
            (later if attributes.get("loading") == "lazy" else at_once).append(file)
        for sheet in [file for file in at_once if file.suffix == ".css"]:
            at_once += self._fonts_of(sheet, html)
        bundles = BUNDLE_OF_A_FIGURE.findall(html)
        later += [self.root / "_static" / "figures" / f"{bundle}.js" for bundle in bundles]
        later += [self.root / "_static" / FONT_OF_FIGURES] if bundles else []
        first = tuple(file for file in dict.fromkeys(at_once) if file.is_file())
        rest = tuple(file for file in dict.fromkeys(later) if file.is_file() and file not in first)
        return Asked(first, rest)

    def weight(self, files: tuple[Path, ...]) -> float:
        """Return what a server sends for `files`, in thousands of bytes."""
        for file in files:
            if file not in self._weights:
                self._weights[file] = sent(file.name, file.read_bytes())
        return sum(self._weights[file] for file in files) / 1000

    def _fonts_of(self, sheet: Path, html: str) -> Iterator[Path]:
        if sheet not in self._fonts:
            self._fonts[sheet] = list(fonts(sheet.read_text(encoding="utf-8"))) if sheet.is_file() else []
        elements = [set(value.split()) for value in set(re.findall(r'\bclass="([^"]*)"', html))]
        brought = set(NEEDED_AT_ONCE) if f"_static/{FORMULAS}" in html else set()
        for font in self._fonts[sheet]:
            if font.is_used(elements) and font.file not in brought:
                yield sheet.parent / font.file


@dataclass(frozen=True)
class Font:
    """A font of a stylesheet, and the classes that set text in it: those of one element, and those around it."""

    file: str
    element: frozenset[str]
    around: frozenset[str]

    def is_used(self, elements: list[set[str]]) -> bool:
        """Whether some element of a page, given by the classes of each, is set in this font."""
        return self.around <= set().union(*elements) and any(self.element <= each for each in elements)


def fonts(css: str) -> Iterator[Font]:
    """Yield the fonts of `css`: of icons, of formulas, and of every rule that sets parts of formulas in another."""
    faces: dict[tuple[str, str, str], str] = {}
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword == "font-face":
            says = _declarations(rule)
            url = re.search(r"""url\(["']?([^"')]+)""", says["src"])
            if url:
                faces[says["font-family"], says.get("font-weight", "400"), says.get("font-style", "normal")] = url[1]
    for file in faces.values():
        for name, classes in ICON_FONTS.items():
            if name in file:
                yield from (Font(file, frozenset({each}), frozenset()) for each in sorted(classes))
    usual = ("KaTeX_Main", "400", "normal")
    if usual in faces:
        yield Font(faces[usual], frozenset({"katex"}), frozenset())
    for rule in rules:
        if rule.type != "qualified-rule":
            continue
        says = _declarations(rule)
        face = tuple(says.get(f"font-{name}", value) for name, value in zip(FACE, usual, strict=True))
        if face == usual or face not in faces:
            continue
        for selector in selectors_of(rule.prelude):
            *around, element = re.split(r"[\s>+~]+", selector)
            if ".katex" in selector:
                yield Font(faces[face], _classes(element), _classes(" ".join(around)))


def _declarations(rule: tinycss2.ast.Node) -> dict[str, str]:
    declared = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
    says = {each.lower_name: tinycss2.serialize(each.value) for each in declared if each.type == "declaration"}
    return {name: re.sub("^bold$", "700", value.strip().strip("\"'")) for name, value in says.items()}


def _classes(selector: str) -> frozenset[str]:
    return frozenset(re.findall(r"\.([\w-]+)", selector))
