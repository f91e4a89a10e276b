"""Live figures on static pages: no kernel, no widget manager, no other host.

A cell whose output is a widget leaves two things in the notebook: a *view* (which model to show) and the *state* of all
models, with the whole JavaScript of every figure repeated in each of its models. This extension turns them into what
`live_host/host.js` runs:

* each view becomes a slot, `<div class="live-slot" id="fig-KEY">`, with the cell's static picture in a `<noscript>`;
  builders that are not HTML get the picture alone;
* each distinct `_esm` is written once as a classic script `_static/figures/NAME.HASH.js` that registers its default
  export. A classic script is the one form that a Content-Security-Policy of `'self'` admits *and* that loads from
  `file://`: an imported module fails on the second, a blob on the first. `_css` is written beside it;
* the scripts of the first figure stand right behind its slot, so that it is drawn before the page is read to its end;
* the statements that a figure names, to explain what came of a reader's prediction, get the addresses of their boxes;
* the state keeps only the models that the page shows and the traits that the host needs, under the names m0, m1, …
  instead of random identifiers, so that two builds of a page are identical.

Pages without figures load none of this.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
HOST_FOLDER = Path(__file__).parent / "live_host"
# Written by `FigureSlots`, completed with the figure's key and the short model name by `prepare_page`.
SLOT = re.compile(r'<div class="live-slot( has-picture)?" data-model="([^"]+)">')
MODEL_REFERENCE = re.compile(r"IPY_MODEL_(\w+)")
LINK_MODELS = {"LinkModel", "DirectionalLinkModel"}
# Traits of every ipywidget that only the notebook's own layout engine uses.
NOTEBOOK_TRAITS = {"layout", "style", "tabbable", "tooltip"}

logger = logging.getLogger(__name__)

Models = dict[str, dict[str, Any]]


class FigureSlots(SphinxPostTransform):
    """Replace each widget view by a slot that pairs it with the static picture of the same cell."""

    default_priority = 3  # just before myst-nb keeps one MIME type of each output and drops the others

    def run(self, **_: Any) -> None:
        for bundle in list(self.document.findall(_is_mime_bundle)):
            by_type = {child["mime_type"]: child for child in bundle.children}
            if WIDGET_VIEW not in by_type:
                continue
            view = by_type[WIDGET_VIEW]
            if self.app.builder.format != "html":
                bundle.remove(view)
                continue
            model_id = json.loads(re.sub(r"^<script[^>]*>|</script>$", "", view.astext()))["model_id"]
            picture = by_type["image/png"].children[0] if "image/png" in by_type else None
            slot: list[nodes.Node] = []
            if picture is None:
                slot.append(_html(f'<div class="live-slot" data-model="{model_id}"></div>'))
            else:
                if "text/plain" in by_type:
                    picture["alt"] = by_type["text/plain"].astext()
                slot.append(_html(f'<div class="live-slot has-picture" data-model="{model_id}"><noscript>'))
                slot.append(picture)
                slot.append(_html("</noscript></div>"))
            bundle.replace_self(slot)


def _is_mime_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def classic_script(esm: str, name: str) -> str:
    """Return the bundled ES module `esm` as a classic script that puts its default export at `liveFigures[name]`.

    Raises
    ------
    ExtensionError
        If the module has no default export or still needs a module loader (imports, further exports, `import.meta`).
    """
    listed = re.search(r"\bexport\s*\{\s*([\w$]+)\s+as\s+default\s*,?\s*\}\s*;?\s*$", esm)
    if listed:
        body, export = esm[: listed.start()], listed[1]
    else:
        export = "defaultExport"
        body, found = re.subn(r"^(\s*|.*;\s*)export\s+default\b", rf"\1const {export} =", esm, count=1, flags=re.M)
        if not found:
            raise ExtensionError(f"the figure module {name} has no default export")
    script = (
        f'(() => {{ "use strict";\n{body}\n;(globalThis.liveFigures ??= {{}})[{json.dumps(name)}] = {export}; }})();\n'
    )
    # A compiler finds what a pattern would miss; `new Function` compiles the script without running it.
    context = quickjs.Context()
    context.set("script", script)
    try:
        context.eval("new Function(script); 1")
    except quickjs.JSException as error:
        reason = str(error).splitlines()[0]
        raise ExtensionError(
            f"the figure module {name} is not a self-contained bundle with one default export ({reason}); "
            "bundle it with: esbuild --bundle --format=esm"
        ) from error
    if re.search(r"\bimport\s*\(", body):
        raise ExtensionError(f"the figure module {name} imports another module when it runs; bundle it into one file")
    return script


def stable_names(models: Models, shown: Iterable[str]) -> dict[str, str]:
    """Return names m0, m1, … for the models that a page needs, by their random ids.

    Needed are the `shown` models, what they refer to, and the links that touch any of these, with both their ends. The
    order depends on nothing but that: a notebook that comes from the cache lists its models in another order.
    """
    names: dict[str, str] = {}

    def add(model_id: str) -> None:
        if model_id in models and model_id not in names:
            names[model_id] = f"m{len(names)}"
            for other in _references(models[model_id]):
                add(other)

    for model_id in shown:
        add(model_id)

    def described(model_id: str) -> str:
        state = json.dumps(models[model_id]["state"], sort_keys=True)
        return MODEL_REFERENCE.sub(lambda reference: names.get(reference[1], "?"), state)

    links = {model_id for model_id, model in models.items() if model["model_name"] in LINK_MODELS}
    while touching := [link for link in links - names.keys() if names.keys() & set(_references(models[link]))]:
        add(min(touching, key=described))
    return names


def _references(model: dict[str, Any]) -> list[str]:
    """Return the ids of the models that the state of `model` names, in the order of its traits' names."""
    return MODEL_REFERENCE.findall(json.dumps(model["state"], sort_keys=True))


def _host_state(state: dict[str, Any]) -> dict[str, Any]:
    """Return the traits that the host needs."""
    return {
        trait: value
        for trait, value in state.items()
        if value is not None and not trait.startswith("_") and trait not in NOTEBOOK_TRAITS
    }


def prepare_page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Strip the widget state of a page, name its slots, and list the scripts and stylesheets of its figures."""
    scripts: list[Any] = context.get("script_files", [])
    stored = next((script for script in scripts if getattr(script, "attributes", {}).get("type") == WIDGET_STATE), None)
    body = context.get("body", "")
    shown = [model_id for _, model_id in SLOT.findall(body)]
    if stored is not None:
        scripts.remove(stored)
    if not shown:
        return
    models: Models = json.loads(stored.attributes["body"])["state"] if stored is not None else {}
    for model_id in shown:
        if model_id not in models:
            logger.warning("a figure of this page has no stored widget state: run the page again", location=pagename)

    short = stable_names(
        {model_id: model | {"state": _host_state(model["state"])} for model_id, model in models.items()}, shown
    )
    figures = Path(app.outdir) / "_static" / "figures"
    bundles: list[str] = []
    stylesheets: list[str] = []
    page_models: Models = {}
    for model_id, short_name in short.items():
        model = models[model_id]
        if model.get("buffers"):
            raise ExtensionError(f"{pagename}: the static host cannot show binary traits (model {model['model_name']})")
        state = _host_state(model["state"])
        if "statements" in state:
            state["statements"] = _addressed(state["statements"], app, pagename)
        if "_esm" in model["state"]:
            name = model["state"].get("_anywidget_id", "figure").rpartition(".")[2]
            state["_esm"] = _write_once(figures, name, ".js", model["state"]["_esm"], classic_script)
            bundles.append(f"_static/figures/{state['_esm']}.js")
            if "new Worker(" in model["state"]["_esm"]:
                context["starts_workers"] = True  # the page's policy has to admit them
            if model["state"].get("_css"):
                # All figures of samlib have the same stylesheet: one file serves them.
                css = _write_once(figures, "figure", ".css", model["state"]["_css"], lambda text, _: text)
                stylesheets.append(f"_static/figures/{css}.css")
        page_models[short_name] = {"model_name": model["model_name"], "state": state}
    text = json.dumps({"state": page_models}, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    text = MODEL_REFERENCE.sub(lambda reference: f"IPY_MODEL_{short[reference[1]]}", text)

    scripts.insert(0, _JavaScript("", type=WIDGET_STATE, body=text.replace("<", "\\u003c")))
    # The host fetches the bundles of the other figures when the reader comes near them.
    addresses = ["../" * pagename.count("/") + script for script in (*bundles[:1], "_static/host.js")]
    context["body"] = _with_scripts(SLOT.sub(_SlotNames(pagename, page_models, short), body), addresses)
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<link rel="preload" as="script" href="{address}" />\n' for address in addresses
    )
    context["css_files"].extend(_CascadingStyleSheet(sheet) for sheet in dict.fromkeys(stylesheets))


def _with_scripts(body: str, addresses: Iterable[str]) -> str:
    """Return `body` with scripts right behind its first slot.

    There they run as soon as the browser has read so far, and the figure is drawn while the rest of a long page is
    still being read and laid out; deferred scripts would wait for all of it. The page's head has asked for them before.
    """
    end = body.index("</div>", body.index('class="live-slot')) + len("</div>")
    return body[:end] + "".join(f'<script src="{address}"></script>' for address in addresses) + body[end:]


def _addressed(statements: dict[str, dict[str, str]], app: Sphinx, pagename: str) -> dict[str, dict[str, str]]:
    """Return the statements that a figure names, each with the address of its box as seen from the page."""
    known = getattr(app.env, "proof_list", {})
    found = {}
    for outcome, statement in statements.items():
        label = statement["label"]
        found[outcome] = statement
        if label in known:
            page = app.builder.get_relative_uri(pagename, known[label]["docname"])
            found[outcome] = statement | {"href": f"{page}#{label}"}
        else:
            logger.warning("a figure names the statement %r, which no page has", label, location=pagename)
    return found


class _SlotNames:
    """Complete the slots of a page: short model name, figure class and the id that state links point at."""

    def __init__(self, pagename: str, models: Models, short: dict[str, str]) -> None:
        self.pagename, self.models, self.short = pagename, models, short
        self.model_of_key: dict[str, str] = {}

    def __call__(self, slot: re.Match[str]) -> str:
        picture, model_id = slot[1] or "", slot[2]
        name = self.short.get(model_id)
        if name is None:  # reported by `prepare_page`; the picture stays
            return f'<div class="live-slot{picture}">'
        state = self.models[name]["state"]
        attributes = f'class="live-slot{picture}" data-model="{name}"'
        if "_esm" in state:
            attributes += f' data-figure="{state["_esm"].rpartition(".")[0]}"'
        key = state.get("key")
        if not key:
            return f"<div {attributes}>"
        if not re.fullmatch(r"[A-Za-z][\w-]*", key):
            raise ExtensionError(f"{self.pagename}: figure key {key!r} must be a letter, then letters, digits, - or _")
        if key in self.model_of_key:
            if self.model_of_key[key] != name:
                raise ExtensionError(
                    f"{self.pagename}: two figures have the key {key!r}; state links need distinct keys"
                )
            return f"<div {attributes}>"  # the same figure shown again: the id stays with the first
        self.model_of_key[key] = name
        return f'<div id="fig-{key}" {attributes}>'


def _write_once(folder: Path, name: str, suffix: str, text: str, convert: Any) -> str:
    """Write `convert(text, file name)` under a name with the hash of `text`; return that name without suffix."""
    hashed = f"{name}.{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    path = folder / (hashed + suffix)
    if not path.exists():
        converted = convert(text, hashed)
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(converted, encoding="utf-8")
    return hashed


def use_own_host(app: Sphinx, config: Config) -> None:
    """Load no widget manager from another host, and put ours among the static files."""
    config.nb_ipywidgets_js = {}
    config.html_static_path.append(str(HOST_FOLDER))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(FigureSlots)
    app.add_css_file("host.css")
    app.connect("config-inited", use_own_host)
    app.connect("html-page-context", prepare_page, priority=900)  # after myst-nb has added the page's widget state
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
