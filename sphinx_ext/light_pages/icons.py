"""The theme's icon fonts, cut down to the glyphs that the book's stylesheet names: from 300 kB to 4 kB."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from fontTools import subset
from sphinx.errors import ExtensionError

FOLDER = "icons"
SOURCE_FOLDER = "vendor/fontawesome"
ICON_FONT = re.compile(r'url\(vendor/fontawesome/webfonts/([\w-]+)\.woff2\)\s*format\("woff2"\)')
OTHER_FORMATS = re.compile(r',\s*url\(vendor/fontawesome/webfonts/[\w-]+\.ttf\)\s*format\("truetype"\)')

# It reports every table at the level INFO, and Jupyter Book prints that level.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def with_subset_fonts(static: Path, css: str) -> str:
    """Write the icon fonts of `css` to `_static/icons/` with the glyphs that it names; return it linked to them.

    Raises
    ------
    ExtensionError
        If the stylesheet has no icon font where the theme used to put it.
    """
    # Icon fonts live in the private use area: written as an escape (\\f0c9) or as the character.
    glyphs = {int(code, 16) for code in re.findall(r"\\([ef][0-9a-f]{3})\b", css)}
    glyphs |= {ord(character) for character in css if "\ue000" <= character <= "\uf8ff"}
    fonts = sorted(set(ICON_FONT.findall(css)))
    if not fonts:
        raise ExtensionError(
            "the theme's icon fonts have moved; compare sphinx_ext/light_pages/icons.py with the theme"
        )
    (static / FOLDER).mkdir(exist_ok=True)
    for name in fonts:
        _write_subset(static / f"vendor/fontawesome/webfonts/{name}.woff2", static / FOLDER / f"{name}.woff2", glyphs)
    return ICON_FONT.sub(rf'url({FOLDER}/\1.woff2) format("woff2")', OTHER_FORMATS.sub("", css))


def _write_subset(source: Path, target: Path, glyphs: set[int]) -> None:
    options = subset.Options()
    options.flavor = "woff2"
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=glyphs)
    subsetter.subset(font)
    subset.save_font(font, str(target), options)
