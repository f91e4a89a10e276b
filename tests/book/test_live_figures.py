"""A widget in a cell becomes a figure that a page can run by itself."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import quickjs
from docutils import nodes
from docutils.utils import new_document
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.builders.html._assets import _JavaScript
from sphinx.errors import ExtensionError

from sphinx_ext import live_figures
from sphinx_ext.live_figures import (
    WIDGET_STATE,
    WIDGET_VIEW,
    FigureSlots,
    classic_script,
    prepare_page,
    stable_names,
)
from tests.book.mini_book import NOTEBOOK, MiniBook

MODULE = "const draw = () => 42;\nexport default { render: draw };\n"
BUNDLED = "var a=1;function b(){return 42}var c={render:b};export{c as default};\n"

FIGURE_PAGE = (
    NOTEBOOK
    + """\
# A page with a figure

```{code-cell} ipython3
import base64, io, anywidget, ipywidgets, traitlets
from matplotlib.figure import Figure

class Toy(anywidget.AnyWidget):
    _esm = "export default { render: ({ model, el }) => { el.textContent = model.get('eta'); } };"
    _css = ".toy { border: 1px solid }"
    key = traitlets.Unicode().tag(sync=True)
    eta = traitlets.Float(0.2).tag(sync=True)
    ranges = traitlets.Dict({"eta": {"min": 0, "max": 1}}).tag(sync=True)  # the cache sorts its keys

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        stream = io.BytesIO()
        Figure(figsize=(1, 1)).savefig(stream, metadata={"Software": None})
        picture = base64.b64encode(stream.getvalue()).decode()
        return data | {"image/png": picture, "text/plain": "an empty plane"}, metadata

figure, unseen = Toy(key="toy"), Toy(key="unseen")
figure
```

```{code-cell} ipython3
slider = ipywidgets.FloatSlider(value=0.3, description="step")
link = ipywidgets.jslink((slider, "value"), (figure, "eta"))
slider
```

```{code-cell} ipython3
figure
```
"""
)


# ---------------------------------------------------------------------------------------------- one module, two forms


@pytest.mark.parametrize("esm", [MODULE, BUNDLED])
def test_a_module_registers_its_default_export_as_a_classic_script(esm: str) -> None:
    context = quickjs.Context()
    context.eval(classic_script(esm, "Toy.0123"))
    assert context.eval("liveFigures['Toy.0123'].render()") == 42


@pytest.mark.parametrize(
    ("esm", "reason"),
    [
        ("const figure = {};", "no default export"),
        (f"import * as d3 from 'd3';\n{MODULE}", "not a self-contained bundle"),
        (f"import{{a}}from'./a.js';{BUNDLED}", "not a self-contained bundle"),
        (f"export const other = 1;\n{MODULE}", "not a self-contained bundle"),
        (f"const here = import.meta.url;\n{MODULE}", "not a self-contained bundle"),
        (f"const later = () => import('./more.js');\n{MODULE}", "imports another module"),
    ],
)
def test_a_module_that_still_needs_a_loader_is_refused(esm: str, reason: str) -> None:
    with pytest.raises(ExtensionError, match=reason):
        classic_script(esm, "Toy.0123")


# ------------------------------------------------------------------------------------------------------- widget state


def figure_model(**traits: Any) -> dict[str, Any]:
    own = {"_esm": MODULE, "_css": ".toy {}", "_anywidget_id": "samlib.live.toy.Toy", "layout": "IPY_MODEL_f0"}
    return {"model_name": "AnyModel", "state": own | {"_view_count": None, "eta": 0.2} | traits}


def core_model(name: str, **state: Any) -> dict[str, Any]:
    return {"model_name": name, "state": state}


def models() -> dict[str, Any]:
    return {
        "f0": core_model("LayoutModel"),
        "a1": figure_model(key="seen"),
        "b2": figure_model(key="unseen"),
        "c3": core_model("FloatSliderModel", value=0.3),
        "d4": core_model("LinkModel", source=["IPY_MODEL_c3", "value"], target=["IPY_MODEL_a1", "eta"]),
        "e5": core_model("VBoxModel", children=["IPY_MODEL_c3"]),
    }


def test_names_depend_on_what_is_shown_and_not_on_the_order_of_the_stored_state() -> None:
    first = stable_names(models(), ["e5", "a1"])
    assert first == {"e5": "m0", "c3": "m1", "a1": "m2", "f0": "m3", "d4": "m4"}
    assert stable_names(dict(reversed(models().items())), ["e5", "a1"]) == first


def test_a_link_to_something_shown_brings_its_other_end() -> None:
    names = stable_names(models(), ["a1"])
    assert {"a1", "d4", "c3"} <= names.keys()
    assert "b2" not in names


def prepared(outdir: Path, body: str, state: dict[str, Any]) -> dict[str, Any]:
    """The context of a page after `prepare_page`."""
    theme = _JavaScript("_static/theme.js")
    stored = _JavaScript("", type=WIDGET_STATE, body=json.dumps({"state": state}))
    context = {"body": body, "script_files": [theme, stored], "css_files": []}
    prepare_page(SimpleNamespace(outdir=outdir), "chapters/page", "page.html", context, None)
    return context


def slot(model_id: str) -> str:
    return f'<div class="live-slot has-picture" data-model="{model_id}"><noscript><img></noscript></div>'


def figure_scripts(context: dict[str, Any]) -> list[str]:
    """The addresses of the scripts in the text of a page."""
    return re.findall(r'<script src="([^"]+)"></script>', context["body"])


def test_the_page_keeps_the_figures_traits_and_nothing_of_the_notebook(tmp_path: Path) -> None:
    context = prepared(tmp_path, slot("a1"), models())
    state = json.loads(context["script_files"][0].attributes["body"])["state"]
    bundle = state["m0"]["state"].pop("_esm")
    assert state["m0"] == {"model_name": "AnyModel", "state": {"key": "seen", "eta": 0.2}}
    assert [each.get("model_name") for each in state.values()] == ["AnyModel", "LinkModel", "FloatSliderModel"]
    assert (tmp_path / "_static" / "figures" / f"{bundle}.js").read_text() == classic_script(MODULE, bundle)


def test_bundle_and_host_stand_behind_the_first_slot_and_are_asked_for_before_it(tmp_path: Path) -> None:
    context = prepared(tmp_path, "<p>" + slot("a1") + "<p>" + slot("b2"), models())
    bundle, host = figure_scripts(context)
    assert re.fullmatch(r"\.\./_static/figures/Toy\.[0-9a-f]{10}\.js", bundle)
    assert host == "../_static/host.js"
    before, behind = context["body"].split(f'<script src="{bundle}"></script><script src="{host}"></script>')
    assert before.endswith("</noscript></div>")
    assert before.count("live-slot") == behind.count("live-slot") == 1
    assert re.findall(r'<link rel="preload" as="script" href="([^"]+)" />', context["metatags"]) == [bundle, host]
    # The state is in the head, before the host; the scripts of the theme come last.
    assert [str(script.filename) for script in context["script_files"]] == ["", "_static/theme.js"]


def test_a_module_that_two_figures_share_is_written_and_loaded_once(tmp_path: Path) -> None:
    context = prepared(tmp_path, slot("a1") + slot("b2"), models())
    assert sum("/figures/" in name for name in figure_scripts(context)) == 1
    assert len(context["css_files"]) == 1
    assert len(list((tmp_path / "_static" / "figures").iterdir())) == 2  # the script and the stylesheet


def test_a_page_asks_for_the_bundle_of_its_first_figure_only(tmp_path: Path) -> None:
    other = figure_model(key="other")
    other["state"] |= {"_anywidget_id": "samlib.Other", "_esm": MODULE + "// another figure"}
    for order in (("a1", "b2"), ("b2", "a1")):
        context = prepared(tmp_path, "".join(map(slot, order)), models() | {"b2": other})
        state = json.loads(context["script_files"][0].attributes["body"])["state"]
        asked = [name for name in figure_scripts(context) if "/figures/" in name]
        assert asked == [f"../_static/figures/{state['m0']['state']['_esm']}.js"]
        for model in ("m0", "m1"):  # the host finds the others by their names
            assert (tmp_path / "_static" / "figures" / f"{state[model]['state']['_esm']}.js").is_file()


def test_figures_of_two_kinds_share_the_stylesheet_that_both_bring(tmp_path: Path) -> None:
    other = figure_model(key="other")
    other["state"] |= {"_anywidget_id": "samlib.Other", "_esm": MODULE + "// another figure"}
    context = prepared(tmp_path, slot("a1") + slot("b2"), models() | {"b2": other})
    assert len(list((tmp_path / "_static" / "figures").glob("*.js"))) == 2
    (sheet,) = context["css_files"]
    (written,) = (tmp_path / "_static" / "figures").glob("*.css")
    assert str(sheet.filename) == f"_static/figures/{written.name}"


def test_a_figure_shown_twice_has_one_id(tmp_path: Path) -> None:
    body = prepared(tmp_path, slot("a1") + slot("a1"), models())["body"]
    assert body.count('data-model="m0"') == 2
    assert body.count('id="fig-seen"') == 1


def with_statement(label: str, pagename: str, outdir: Path) -> dict[str, Any]:
    """The one statement that a figure on the page `pagename` names, where the page chapters/three has `theorem-2`."""
    statements = {"cycle": {"label": label, "name": "Theorem 2", "words": "so it ends."}}
    stored = _JavaScript("", type=WIDGET_STATE, body=json.dumps({"state": {"a1": figure_model(statements=statements)}}))
    context: dict[str, Any] = {"body": slot("a1"), "script_files": [stored], "css_files": []}
    builder = StandaloneHTMLBuilder.__new__(StandaloneHTMLBuilder)
    builder.link_suffix = ".html"
    env = SimpleNamespace(proof_list={"theorem-2": {"docname": "chapters/three"}})
    prepare_page(SimpleNamespace(outdir=outdir, builder=builder, env=env), pagename, "page.html", context, None)
    found = json.loads(context["script_files"][0].attributes["body"])["state"]["m0"]["state"]["statements"]
    return dict(found["cycle"])


@pytest.mark.parametrize(
    ("pagename", "address"),
    [
        ("chapters/three", "#theorem-2"),
        ("chapters/one", "three.html#theorem-2"),
        ("chapters/deep/two", "../three.html#theorem-2"),
        ("index", "chapters/three.html#theorem-2"),
    ],
)
def test_a_statement_that_a_figure_names_gets_its_address(tmp_path: Path, pagename: str, address: str) -> None:
    statement = with_statement("theorem-2", pagename, tmp_path)
    assert statement == {"label": "theorem-2", "name": "Theorem 2", "words": "so it ends.", "href": address}


def test_a_statement_without_a_box_is_reported_and_gets_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(live_figures.logger, "warning", lambda text, *values, **_: said.append(text % values))
    assert "href" not in with_statement("theorem-99", "chapters/one", tmp_path)
    assert said == ["a figure names the statement 'theorem-99', which no page has"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"b2": figure_model(key="seen")}, "two figures have the key 'seen'"),
        ({"b2": figure_model(key='a" onclick="')}, "figure key"),
        ({"b2": figure_model() | {"buffers": ["AAAA"]}}, "binary traits"),
    ],
)
def test_what_the_host_cannot_show_stops_the_build(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ExtensionError, match=reason):
        prepared(tmp_path, slot("a1") + slot("b2"), models() | change)


def test_a_page_without_figures_loads_nothing(tmp_path: Path) -> None:
    context = prepared(tmp_path, "<p>Words.</p>", models())
    assert [str(script.filename) for script in context["script_files"]] == ["_static/theme.js"]


# --------------------------------------------------------------------------------------------------- view and picture


def transformed(output_format: str) -> nodes.document:
    """A document with one cell output, after the transform for a builder of `output_format`."""
    document = new_document("page")
    document.settings.env = SimpleNamespace(app=SimpleNamespace(builder=SimpleNamespace(format=output_format)))
    view = nodes.raw("", f'<script type="{WIDGET_VIEW}">{{"model_id": "a1"}}</script>', format="html")
    bundle = nodes.container(nb_element="mime_bundle")
    for mime_type, child in [
        (WIDGET_VIEW, view),
        ("image/png", nodes.image(uri="plane.png")),
        ("text/plain", nodes.literal_block("", "a plane")),
    ]:
        bundle += nodes.container("", child, mime_type=mime_type)
    document += bundle
    FigureSlots(document).run()
    return document


def test_html_gets_a_slot_with_the_picture_for_readers_without_javascript() -> None:
    before, picture, after = transformed("html").children
    assert before.astext() == '<div class="live-slot has-picture" data-model="a1"><noscript>'
    assert (picture["uri"], picture["alt"]) == ("plane.png", "a plane")
    assert after.astext() == "</noscript></div>"


def test_other_formats_get_the_picture() -> None:
    (bundle,) = transformed("latex").children
    assert [child["mime_type"] for child in bundle.children] == ["image/png", "text/plain"]


# ------------------------------------------------------------------------------------------------------- a whole book


def test_a_cell_becomes_a_figure_on_the_page(tmp_path: Path) -> None:
    book = MiniBook(
        tmp_path / "book", {"figure": FIGURE_PAGE, "plain": "# Words\n"}, without=["sphinx_ext.light_pages"]
    )
    book.build()
    page = book.page("figure")
    assert page.count('data-model="m0"') == 2
    slot = '<div id="fig-toy" class="live-slot has-picture" data-model="m0" data-figure="Toy">'
    assert f'{slot}<noscript><img alt="an empty plane"' in page
    (stored,) = re.findall(rf'<script type="{re.escape(WIDGET_STATE)}">(.*?)</script>', page)
    state = json.loads(stored)["state"]
    assert [model["model_name"] for model in state.values()] == ["AnyModel", "FloatSliderModel", "LinkModel"]
    assert "unseen" not in json.dumps(state)
    assert "unpkg" not in page
    assert "require.min.js" not in page
    plain = book.page("plain")
    assert "host.js" not in plain
    assert WIDGET_STATE not in plain
