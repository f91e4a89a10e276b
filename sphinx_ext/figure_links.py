"""Links that open a live figure in a given state: `` {figure-state}`the exact trap <bounce: trap; zoom=true>` ``.

The target names the figure by its key, then one of its settings, then traits with their values as JSON; the last two
may be left out. Page, values and names come from the figures themselves, out of the widget state of the executed pages,
and the link has the form that the figure's own button "Copy link" writes (`live_host/host.js`). A key, a setting or a
trait that no figure has is a warning, and so is a value of another type than the trait's. Whether the figure can draw
the state is for the browser to say: `tests/browser/test_instructors.py` asks it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole

from sphinx_ext.live_figures import WIDGET_STATE

ROLE = "figure-state"
VERSION = 1  # of the way in which a link names a state; host.js refuses others

logger = logging.getLogger(__name__)


class FigureStateRole(ReferenceRole):
    """`{figure-state}`: a link that is made when all pages have been read."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        link = addnodes.pending_xref(
            "", nodes.inline("", self.title), reftype=ROLE, refdomain="", reftarget=self.target, refexplicit=True,
            refdoc=self.env.docname, refwarn=False,
        )  # fmt: skip
        self.set_source_info(link)
        return [link], []


def figures(env: BuildEnvironment) -> Iterator[tuple[str, dict[str, Any]]]:
    """The page and the traits of every live figure that has a key."""
    for document, data in getattr(env, "nb_metadata", {}).items():
        for _, attributes in data.get("js_files", {}).values():
            if attributes.get("type") == WIDGET_STATE:
                for model in json.loads(attributes["body"])["state"].values():
                    if model["state"].get("key") and "presets" in model["state"]:
                        yield document, model["state"]


def fragment(target: str, figure: dict[str, Any]) -> str:
    """The fragment that gives `figure` the state which `target` names: what differs from the state of its page.

    Raises
    ------
    SphinxError
        If the figure has no such setting or trait, or the trait's values are of another type.
    """
    named, *assigned = (part.strip() for part in target.split(";"))
    key, _, setting = (part.strip() for part in named.partition(":"))
    shown = figure["initial"]
    state: dict[str, Any] = {}
    if setting:
        presets = {preset["name"]: preset["state"] for preset in figure["presets"]}
        if setting not in presets:
            raise SphinxError(f"the figure {key!r} has no setting {setting!r}; it has {', '.join(sorted(presets))}")
        state |= presets[setting]
    for one in assigned:
        trait, _, value = (part.strip() for part in one.partition("="))
        if trait not in shown:
            raise SphinxError(f"the figure {key!r} has no trait {trait!r}; it has {', '.join(sorted(shown))}")
        try:
            state[trait] = json.loads(value)
        except ValueError as error:
            raise SphinxError(f"{trait} = {value!r} of the figure {key!r} is not JSON") from error
        if _kind(state[trait]) != _kind(shown[trait]):
            raise SphinxError(f"{trait} of the figure {key!r} is of the kind {shown[trait]!r}, not {state[trait]!r}")
    changed = {trait: value for trait, value in sorted(state.items()) if value != shown[trait]}
    pairs = [f"&{trait}={quote(json.dumps(value, separators=(',', ':')), safe='')}" for trait, value in changed.items()]
    return f"fig-{key}" + (f"&v={VERSION}" if pairs else "") + "".join(pairs)


def _kind(value: Any) -> str:
    """What JavaScript calls the type of a value: numbers are of one kind there."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def resolve(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, text: nodes.Node) -> nodes.Node | None:
    """Turn a pending `{figure-state}` into a link, or warn and leave its words."""
    if node["reftype"] != ROLE:
        return None
    target = node["reftarget"]
    known = {traits["key"]: (document, traits) for document, traits in figures(env)}
    key = target.split(";")[0].partition(":")[0].strip()
    try:
        if key not in known:
            raise SphinxError(f"no page has a figure with the key {key!r}; there are {', '.join(sorted(known))}")
        document, traits = known[key]
        place = fragment(target, traits)
    except SphinxError as error:
        logger.warning("%s", error, location=node, type=ROLE)
        return text
    page = app.builder.get_relative_uri(node["refdoc"], document)
    link = nodes.reference("", "", internal=True, refuri=f"{page}#{place}", classes=[ROLE])
    link += text
    return link


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role(ROLE, FigureStateRole())
    app.connect("missing-reference", resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
