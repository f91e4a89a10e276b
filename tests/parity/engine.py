"""A figure's committed bundle in an embedded engine."""

import json
import re
from typing import Any

import quickjs
from hypothesis import currently_in_test_context

from samlib.live._figure import BUNDLES

#: The inputs of the present test by bundle, each once; without those of Hypothesis, which differ between runs.
ASKED: dict[str, set[str]] = {}


class Dynamics:
    """The functions that the bundle of one figure exports as its `dynamics`."""

    def __init__(self, bundle: str) -> None:
        self._bundle = bundle
        source = (BUNDLES / f"{bundle}.js").read_text(encoding="utf-8")
        export = re.search(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$", source)
        assert export, f"{bundle}.js does not end with its one default export"
        self._context = quickjs.Context()
        self._context.eval(f"const {{ dynamics }} = (() => {{ {source[: export.start()]}; return {export[1]}; }})();")

    def __call__(self, expression: str, **values: Any) -> Any:
        """The value of a JavaScript expression over `dynamics` and the named values; NaN and ±∞ come as strings."""
        text = json.dumps(values, sort_keys=True)
        if not currently_in_test_context() and any(map(str.isdigit, text)):
            ASKED.setdefault(self._bundle, set()).add(text)
        # The engine returns some strings that are built in pieces damaged; a flat copy is safe.
        function = f"""(text) => {{
          const {{ {", ".join(values)} }} = JSON.parse(text);
          const plain = (_, value) => ArrayBuffer.isView(value) ? [...value]
            : typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
          return JSON.stringify({expression}, plain).slice(0);
        }}"""
        # json writes a float with the 17 digits that give the same float back
        return json.loads(self._context.eval(function)(text))
