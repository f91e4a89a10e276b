"""Exercises that check themselves on the page.

The numbers and choices that an exercise asks for stand in a list of their own, of which `static/forms.js` makes a form.
What makes an answer right is the registry's (`Exercise.page`); a page with such exercises gets it as a script,
`_static/exercises/PAGE.js`, and with it the one that all such pages share. Both are classic scripts, which a strict
policy admits and which load from a disk as well. Nothing of a solution stands in the markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
PARTS = ("verdicts.js", "forms.js")
FOLDER = "exercises"
SHARED = "check.js"
LIST = "answer-parts"

LINE = re.compile(r"\s//\s[^\n]*$|^\s*//[^\n]*$", re.M)
BLOCK = re.compile(r"^\s*/\*.*?\*/$", re.M | re.S)


def questions(names: Iterable[str], asked: Mapping[str, str], options: Mapping[str, Iterable[str]]) -> list[str]:
    """The list of these parts, in Markdown; the options of a choice can be told from its question."""
    lines = []
    for name in names:
        words = asked[name]
        if name in options:
            listed = f" ({' | '.join(options[name])})"
            words = f"{words.removesuffix(listed)}[{listed}]{{.answer-options}}"
        lines.append(f"* `{name}`: {words}")
    return lines


def shared_script() -> str:
    """The script of all pages with forms, without comments and indents."""
    text = "".join((STATIC / name).read_text(encoding="utf-8") for name in PARTS)
    lines = LINE.sub("", BLOCK.sub("", text)).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


def page_script(exercises: Iterable[Any]) -> str:
    """The script that holds the parts of these exercises by their labels; empty where there are none."""
    found = {one.label: {"id": one.id, "parts": parts} for one in exercises if (parts := one.page())}
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"globalThis.exerciseParts = {text};\n" if found else ""


def with_scripts(body: str, pagename: str, exercises: Iterable[Any], outdir: Path) -> str:
    """The body of a page with its scripts behind it, which this writes."""
    folder = outdir / "_static" / FOLDER
    own, shared = folder / f"{pagename}.js", folder / SHARED
    text = page_script(exercises)
    if not text:
        own.unlink(missing_ok=True)
        return body
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text, encoding="utf-8")
    shared.write_text(shared_script(), encoding="utf-8")
    root = "../" * pagename.count("/")
    names = (f"{pagename}.js", SHARED)
    return body + "".join(f'<script defer src="{root}_static/{FOLDER}/{name}"></script>\n' for name in names)
