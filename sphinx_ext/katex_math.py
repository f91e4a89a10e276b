"""Formulas typeset by KaTeX while the book is built, as HTML with MathML for screen readers.

The pages load KaTeX's stylesheet and fonts but no script. KaTeX itself runs in an embedded JavaScript engine, so
building needs no Node. Sphinx keeps the numbering of equations and the references to them.

Macros come from `mathjax3_config["tex"]["macros"]`, the setting Jupyter Book documents for them, in MathJax's notation:
`{"norm": ["\\lVert #1 \\rVert", 1], "R": "\\mathbb{R}"}`. A formula KaTeX cannot typeset (an unknown macro, a missing
brace) is a Sphinx warning with file and line, so a build with `-W` fails.
"""

from __future__ import annotations

import functools
import html
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

KATEX = Path(__file__).parent / "vendor" / "katex"
STYLESHEET = "katex/katex.min.css"

# `trust` is asked for commands that write addresses, classes or HTML into the page; refusing by an exception turns them
# into a warning, where KaTeX itself would only print them in red.
# `.slice(0)`: the engine's Python binding cannot hand over a string that is still a chain of concatenations.
RENDER = r"""
function render(tex, displayMode, macros) {
  const refuse = ({command}) => { throw new Error(command + " is not allowed"); };
  const options = {displayMode, macros: JSON.parse(macros), output: "htmlAndMathml", strict: false, trust: refuse};
  try {
    return JSON.stringify({html: katex.renderToString(tex, options)}).slice(0);
  } catch (error) {
    return JSON.stringify({error: String(error.rawMessage || error.message)}).slice(0);
  }
}
"""


# KaTeX gives an operator's name and the sign of its application as two elements. As an index, as in \lambda_{\max},
# that is one too many: MathML's msub takes two, and a third makes all of it an error.
APPLIED_NAME = re.compile("(<mi[^>]*>[^<]*</mi><mo>\u2061</mo>)")


class TexError(ValueError):
    """A formula that KaTeX cannot typeset; the message says why."""


class Katex:
    """KaTeX in an embedded JavaScript engine.

    `macros` maps a name without its backslash to a definition, or to a pair (definition, number of arguments).
    """

    def __init__(self, macros: Mapping[str, Any]) -> None:
        context = quickjs.Context()
        context.eval((KATEX / "katex.min.js").read_text(encoding="utf-8"))
        context.eval(RENDER)
        self._render = context.get("render")
        self._macros = json.dumps(
            {f"\\{name}": text if isinstance(text, str) else text[0] for name, text in macros.items()}
        )

    @functools.cache  # noqa: B019 (one engine lives as long as the build; symbols recur on every page)
    def render(self, tex: str, *, display: bool) -> str:
        """The formula `tex` as HTML; raises `TexError` where KaTeX refuses it."""
        answer = json.loads(self._render(tex, display, self._macros))
        if "error" in answer:
            raise TexError(answer["error"])
        return APPLIED_NAME.sub(r"<mrow>\1</mrow>", answer["html"])


def _without_groups(tex: str) -> str:
    """`tex` with every environment and every braced group taken out: what stands at the top level."""
    tex = re.sub(r"\\[{}]", "", tex)
    previous = None
    while tex != previous:
        previous = tex
        tex = re.sub(r"\\begin\{([^{}]*)\}(?:(?!\\begin\{).)*?\\end\{\1\}", "", tex, flags=re.DOTALL)
    previous = None
    while tex != previous:
        previous = tex
        tex = re.sub(r"(?<!\\begin)(?<!\\end)\{[^{}]*\}", "", tex)
    return tex


def displayed(tex: str) -> str:
    r"""The body of a display formula as KaTeX wants it.

    Rows (`a \\ b`) and blank lines outside an environment become rows of `aligned` (with `&`) or `gathered`; numbered
    environments lose their number, because Sphinx writes it.
    """
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", tex) if part.strip()]
    tex = "\\\\\n".join(paragraphs)
    top = _without_groups(tex)
    if "\\\\" in top:
        rows = "aligned" if "&" in top else "gathered"
        return f"\\begin{{{rows}}}{tex}\\end{{{rows}}}"
    return re.sub(r"\\(begin|end)\{(align|alignat|equation|gather)\}", r"\\\1{\2*}", tex)


def _location(node: nodes.Node) -> nodes.Node | None:
    """The nearest node around `node` that knows its file and line."""
    place: nodes.Node | None = node
    while place is not None and not (place.source and place.line):
        place = place.parent
    return place


class MathRenderer:
    """The visitors Sphinx calls for formulas, and the engine behind them."""

    def __init__(self, app: Sphinx) -> None:
        self.app = app

    @functools.cached_property
    def katex(self) -> Katex:
        """The engine, started at the first formula."""
        config = self.app.config.mathjax3_config or {}
        return Katex(config.get("tex", {}).get("macros", {}))

    def _typeset(self, node: nodes.Element, tex: str, *, display: bool) -> str:
        try:
            return self.katex.render(tex, display=display)
        except TexError as error:
            logger.warning("formula: %s in %r", error, node.astext(), location=_location(node), type="katex")
            return f'<code class="formula-error">{html.escape(tex)}</code>'

    def visit_inline(self, translator: Any, node: nodes.math) -> None:
        """Write a formula in running text."""
        translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
        translator.body.append(self._typeset(node, node.astext(), display=False) + "</span>")
        raise nodes.SkipNode

    def visit_block(self, translator: Any, node: nodes.math_block) -> None:
        """Write a display formula, its number and the link to it; a wide one scrolls, by keyboard too."""
        translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
        if node.get("number"):
            number = get_node_equation_number(translator, node)
            translator.body.append(f'<span class="eqno">({number})')
            translator.add_permalink_ref(node, _("Link to this equation"))
            translator.body.append("</span>")
        formula = self._typeset(node, displayed(node.astext()), display=True)
        translator.body.append(f'<div class="formula" tabindex="0">{formula}</div></div>\n')
        raise nodes.SkipNode


def name_unlabelled_equations(app: Sphinx, document: nodes.document) -> None:
    r"""Give equations of bare environments (`\begin{align}`) ids that are the same in every build.

    MyST labels them at random, so that nothing can refer to them, and the label ends up in the page.
    """
    blocks = (block for block in document.findall(nodes.math_block) if "amsmath" in block["classes"])
    for count, block in enumerate((block for block in blocks if block.get("number")), start=1):
        (old, new) = (nodes.make_id(f"equation-{block['label']}"), f"equation-unlabelled-{count}")
        for element in document.findall(nodes.Element):
            element["ids"] = [new if name == old else name for name in element["ids"]]
            if element.get("refid") == old:
                element["refid"] = new


def copy_stylesheet(app: Sphinx) -> None:
    """Put KaTeX's stylesheet, with the woff2 fonts only, where the pages find it."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / STYLESHEET
    target.parent.mkdir(parents=True, exist_ok=True)
    css = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    target.write_text(re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", css), encoding="utf-8")
    shutil.copytree(KATEX / "fonts", target.parent / "fonts", dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    renderer = MathRenderer(app)
    app.add_html_math_renderer("katex", (renderer.visit_inline, None), (renderer.visit_block, None))
    app.add_css_file(STYLESHEET)
    app.connect("builder-inited", copy_stylesheet)
    app.connect("doctree-read", name_unlabelled_equations)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
