"""The book's fonts, cut down to the characters that its pages and its stylesheet show.

The theme's icon fonts shrink from 300 kB to 4 kB, and the fonts of a page full of formulas from 110 kB to 40 kB.
"""

from __future__ import annotations

import base64
import html
import logging
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from sphinx.errors import ExtensionError

FOLDER = "fonts"
FORMULAS = "formulas.js"
NEEDED_AT_ONCE = {"fonts/KaTeX_Main-Regular.woff2": "normal", "fonts/KaTeX_Math-Italic.woff2": "italic"}
ICONS = "vendor/fontawesome/"
FONT = re.compile(r"""url\(["']?([\w./-]+\.woff2)["']?\)""")
# Browsers that read stylesheets like ours read woff2.
OTHER_FORMATS = re.compile(r"""\s*,\s*url\(["']?[\w./-]+\.(?:woff|ttf)["']?\)\s*format\(["']\w+["']\)""")

# It reports every table at the level INFO, and Jupyter Book prints that level.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def text_characters(pages: Iterable[str]) -> set[str]:
    """Return the characters in `pages`."""
    return set().union(*(html.unescape(page) for page in pages))


def icon_characters(css: str) -> set[str]:
    """Return what the `content` of a rule in `css` shows: icons stand there as escapes or as single characters."""
    escapes = re.findall(r"\\([0-9a-f]{4,5})\b", css)
    return {chr(int(code, 16)) for code in escapes} | set(re.findall(r"""content:\s*["']\\?(.)["']""", css))


def with_subset_fonts(static: Path, css: str, pages: Iterable[str]) -> str:
    """Write each font of `css` to `_static/fonts/` with the characters shown in it; return `css` linked to them.

    Raises
    ------
    ExtensionError
        If `css` has no font (the theme's icons must come from one) or names one that is not in the folder `static`.
    """
    fonts = sorted(set(FONT.findall(css)))
    if not fonts:
        raise ExtensionError("the theme has no icon font any more; compare sphinx_ext/light_pages/fonts.py with it")
    (static / FOLDER).mkdir(exist_ok=True)
    icons, text = icon_characters(css), text_characters(pages)
    for font in fonts:
        if not (static / font).is_file():
            raise ExtensionError(f"a stylesheet names the font _static/{font}, which is not there")
        shown = icons if font.startswith(ICONS) else text
        _write_subset(static / font, static / FOLDER / posixpath.basename(font), shown)
        (static / font).unlink()  # no page links the whole font; every build puts it back first
    return FONT.sub(lambda font: f"url({FOLDER}/{posixpath.basename(font[1])})", OTHER_FORMATS.sub("", css))


def formula_script(static: Path, css: str) -> str:
    """Return a script that has the fonts of `css` that every formula needs ready before a page is first laid out.

    A font that a stylesheet links, even as data, comes after the first layout: lines break anew, and what is below them
    jumps. A script that the page waits for hands its bytes over. Without scripts the stylesheet's own links serve.
    """
    calls = []
    for file, style in NEEDED_AT_ONCE.items():
        if f"url({file})" in css:  # a book without formulas has them not
            data = base64.b64encode((static / file).read_bytes()).decode("ascii")
            family = posixpath.basename(file).partition("-")[0]
            calls.append(f'add("{family}", "{style}", "{data}");')
    lines = [
        '"use strict";',
        "{",
        "const add = (family, style, data) => document.fonts.add(",
        "  new FontFace(family, Uint8Array.from(atob(data), (each) => each.charCodeAt(0)), { style, weight: '400' }));",
        *calls,
        "}",
    ]
    return "\n".join(lines) + "\n"


def _write_subset(source: Path, target: Path, shown: set[str]) -> None:
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = False  # a third of a formula font; it serves screens of low resolution on old systems only
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in shown])
    subsetter.subset(font)
    subset.save_font(font, str(target), options)
