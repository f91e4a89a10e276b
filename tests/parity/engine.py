"""A figure's committed bundle in an embedded engine."""

import json
import re
from typing import Any

import quickjs

from samlib.live._figure import BUNDLES


class Dynamics:
    """The functions that the bundle of one figure exports as its `dynamics`."""

    def __init__(self, bundle: str) -> None:
        source = (BUNDLES / f"{bundle}.js").read_text(encoding="utf-8")
        export = re.search(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$", source)
        assert export, f"{bundle}.js does not end with its one default export"
        self._context = quickjs.Context()
        self._context.eval(f"const {{ dynamics }} = (() => {{ {source[: export.start()]}; return {export[1]}; }})();")

    def __call__(self, expression: str, **values: Any) -> Any:
        """The value of a JavaScript expression over `dynamics` and the named values; NaN and ±∞ come as strings."""
        # The engine returns some strings that are built in pieces damaged; a flat copy is safe.
        function = f"""(text) => {{
          const {{ {", ".join(values)} }} = JSON.parse(text);
          const plain = (_, value) => ArrayBuffer.isView(value) ? [...value]
            : typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
          return JSON.stringify({expression}, plain).slice(0);
        }}"""
        # json writes a float with the 17 digits that give the same float back
        return json.loads(self._context.eval(function)(json.dumps(values)))
