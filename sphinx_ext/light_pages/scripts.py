"""One deferred script, `_static/book.js`, in place of the theme's ten."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx.builders.html._assets import _JavaScript
from sphinx.errors import ExtensionError

BUNDLE = "book.js"
OWN_PART = Path(__file__).parent / "book.js"
# The theme's templates load this (block `scripts_end`), not through Sphinx's list of scripts, and Bootstrap with it:
# 24 kB for one menu and for the names of the buttons, which the book's own part does instead.
THEME_PARTS = ("scripts/pydata-sphinx-theme.js",)
# The only setting that differs from page to page, for the version switcher, which this book does not use.
UNUSED_SETTING = "DOCUMENTATION_OPTIONS.pagename"


@dataclass
class ScriptBundle:
    """The scripts that pages share, in the order in which Sphinx lists them: file names in `_static`, or settings."""

    parts: dict[tuple[str, str], None] = field(default_factory=dict)  # ("file", name) or ("settings", code), ordered
    data: dict[str, str] = field(default_factory=dict)  # data- attributes that a part reads from its own element

    def take(self, scripts: Iterable[Any], pagename: str) -> list[_JavaScript]:
        """Move the shared scripts of a page into the bundle; return what the page keeps, the bundle last.

        A page keeps the data of its live figures, whose scripts stand in its body (sphinx_ext/live_figures.py).
        """
        kept: list[_JavaScript] = []
        for script in scripts:
            name, attributes = str(script.filename or ""), script.attributes
            if "://" in name:
                raise ExtensionError(
                    f"{pagename}: the script {name} comes from another host; pages must be self-contained"
                )
            if "json" in attributes.get("type", ""):
                kept.append(script)
            elif name:
                self.parts[("file", name.removeprefix("_static/"))] = None
                self.data |= {key: value for key, value in attributes.items() if key.startswith("data-")}
            elif not attributes["body"].startswith(UNUSED_SETTING):
                self.parts[("settings", attributes["body"])] = None
        options: dict[str, Any] = {"defer": "defer", **self.data}
        return [*kept, _JavaScript(f"_static/{BUNDLE}", **options)]

    @property
    def files(self) -> list[str]:
        return [*(text for kind, text in self.parts if kind == "file"), *THEME_PARTS]

    def text(self, static: Path) -> str:
        """Return the bundle. Raise `ExtensionError` if a part is not in the folder `static`."""
        parts = [text if kind == "settings" else _read(static, text) for kind, text in self.parts]
        parts += [_read(static, name) for name in THEME_PARTS]
        parts.append(OWN_PART.read_text(encoding="utf-8"))
        # A part may lack its last semicolon, and its source map is not shipped.
        return "\n;\n".join(re.sub(r"^//# sourceMappingURL=.*$", "", part, flags=re.M).strip() for part in parts) + "\n"


def _read(static: Path, name: str) -> str:
    path = static / name
    if not path.is_file():
        raise ExtensionError(
            f"the theme no longer ships _static/{name}; compare sphinx_ext/light_pages/scripts.py with it"
        )
    return path.read_text(encoding="utf-8")
