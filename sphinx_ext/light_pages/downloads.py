"""The executed notebooks that pages offer for download, written the same way by every build.

An executed notebook carries random names: of its cells and of the widget models in its outputs. Here both are numbered.
myst-nb writes the outputs into it only when it has just run the cells; here they come from the cache in every build.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache

from sphinx_ext.live_figures import WIDGET_STATE, WIDGET_VIEW, stable_names


def rewrite_download(path: Path, cache: str) -> None:
    """Rewrite the notebook at `path`, if a page offers one there, with the outputs kept in the folder `cache`."""
    if not path.is_file():
        return
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    if cache:
        with contextlib.suppress(KeyError):  # a notebook that is not executed has no outputs to add
            _, notebook = get_cache(cache).merge_match_into_notebook(notebook)
    path.write_text(stable_notebook(notebook), encoding="utf-8")


def stable_notebook(notebook: dict[str, Any]) -> str:
    """Return the text of `notebook` with numbered cells and models, and without the models that no output shows."""
    shown = []
    for number, cell in enumerate(notebook["cells"], start=1):
        if "id" in cell:
            cell["id"] = f"cell-{number}"
        outputs = cell.get("outputs", [])
        shown += [
            output["data"][WIDGET_VIEW]["model_id"] for output in outputs if WIDGET_VIEW in output.get("data", {})
        ]
    widgets = notebook["metadata"].get("widgets", {}).get(WIDGET_STATE, {})
    names = stable_names(widgets.get("state", {}), shown)
    if widgets:
        widgets["state"] = {name: widgets["state"][model_id] for model_id, name in names.items()}
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    for model_id, name in names.items():
        text = text.replace(model_id, name)
    return text + "\n"
