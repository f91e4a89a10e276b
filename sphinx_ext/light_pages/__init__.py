"""Light, self-contained pages: one script, one stylesheet, few glyphs, no other host, a strict Content-Security-Policy.

The stock theme loads 1.2 MB in 33 requests on a plain page, part of it from other hosts. Here

* what differs from the theme is done while a page is rendered (own templates, `LightPages.prepare`), never to a
  finished page, so that the pages which an incremental build leaves alone are right as they are;
* what depends on all pages is written after them: `_static/book.js` (scripts.py), `_static/book.css` (styles.py) with
  the rules that some page uses, and `_static/fonts/` (fonts.py) with the characters that some page shows;
* the pages just written are then read back and held to their policy (policy.py).

`_static/book.css` is removed before the first page is written and comes last: where it is missing, the previous build
did not get to its end, and every page is written again.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from sphinx_ext.light_pages import downloads, fonts, images, policy, theme, weight
from sphinx_ext.light_pages.scripts import BUNDLE as BOOK_SCRIPT
from sphinx_ext.light_pages.scripts import ScriptBundle
from sphinx_ext.light_pages.styles import BUNDLE as BOOK_STYLESHEET
from sphinx_ext.light_pages.styles import StylesheetBundle, without_unused_properties

TEMPLATES = Path(__file__).parent / "templates"
# KaTeX repeats each formula's source inside its MathML, where no browser and no screen reader looks: a tenth of a page.
TEX_NOTES = re.compile(r'<annotation encoding="application/x-tex">.*?</annotation>', flags=re.S)


class LightPages:
    """The pages of one build and what they share."""

    def __init__(self) -> None:
        self.pages: list[Path] = []
        self.scripts = ScriptBundle()
        self.stylesheets = StylesheetBundle()

    def repeat_unfinished_build(
        self, app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
    ) -> set[str]:
        """Return the documents to build besides those that changed: all, when the last build was interrupted."""
        unfinished = not (Path(app.outdir) / "_static" / BOOK_STYLESHEET).exists()
        return set(env.found_docs) if unfinished and isinstance(app.builder, StandaloneHTMLBuilder) else set()

    def prepare(self, app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
        """Give a page its scripts, stylesheets and policy, just before it is rendered."""
        builder = app.builder
        if not isinstance(builder, StandaloneHTMLBuilder):
            return
        if not self.pages:
            for bundle in (BOOK_STYLESHEET, BOOK_SCRIPT):
                (Path(app.outdir) / "_static" / bundle).unlink(missing_ok=True)
        self.pages.append(Path(builder.get_outfilename(pagename)))

        download = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
        downloads.rewrite_download(download, app.config.nb_execution_cache_path)
        pictures = {name: Path(app.srcdir, source) for source, name in builder.images.items()}
        context["body"] = TEX_NOTES.sub("", images.placed_images(context.get("body", ""), pictures))
        context["script_files"][:] = self.scripts.take(context["script_files"], pagename)
        context["css_files"][:] = self.stylesheets.take(context["css_files"], pagename)
        context["formulas"] = f"_static/{fonts.FORMULAS}" if weight.formulas(context["body"]) else None
        script = theme.head_script(context.get("default_mode") or "auto")
        context.update(
            head_script=script,
            content_security_policy=policy.content_security_policy(
                [script],
                [theme.NO_SCRIPT_STYLE, *policy.inline_styles(context["body"])],
                workers=context.get("starts_workers", False),
            ),
            default_mode="light",  # what a reader without JavaScript gets; the theme has no colours for "auto"
            no_script_style=theme.NO_SCRIPT_STYLE,
            repaired=theme.repaired,
        )

    def finish(self, app: Sphinx, exception: Exception | None) -> None:
        """Write what the pages share, hold the new pages to their policy, and drop what no page uses."""
        if exception is not None or not self.pages:
            return
        root = Path(app.outdir)
        static = root / "_static"
        pages = _texts(root)
        script = self.scripts.text(static)
        images.write_smaller(root / images.FOLDER)
        used = set().union(*map(policy.class_names, pages), _words(script))
        others = (file for name in ("host.js", "figures/*.js", "exercises/check.js") for file in static.glob(name))
        for file in (static / "searchtools.js", *others):
            used |= _words(file.read_text(encoding="utf-8"))
        stylesheet = without_unused_properties(self.stylesheets.text(static, used), _properties(static, pages, script))
        stylesheet = fonts.with_subset_fonts(static, stylesheet, pages)
        (static / fonts.FORMULAS).write_text(fonts.formula_script(static, stylesheet), encoding="utf-8")
        (static / BOOK_SCRIPT).write_text(script, encoding="utf-8")
        (static / BOOK_STYLESHEET).write_text(stylesheet, encoding="utf-8")
        try:
            policy.check_pages(root, self.pages)
        except BaseException:
            (static / BOOK_STYLESHEET).unlink()  # the next build writes the page that fails again
            raise
        for unneeded in (*self.scripts.files, *self.stylesheets.parts, *theme.UNUSED_FILES):
            (static / unneeded).unlink(missing_ok=True)
        for folder in theme.UNUSED_FOLDERS:
            shutil.rmtree(static / folder, ignore_errors=True)


def _texts(root: Path) -> list[str]:
    """Return the text of every page of the site, pages of earlier builds included."""
    pages = (page for page in sorted(root.rglob("*.html")) if "_static" not in page.relative_to(root).parts)
    return [page.read_text(encoding="utf-8") for page in pages]


def _words(script: str) -> set[str]:
    """Return everything in a script that may be the name of a class it sets."""
    return set(re.findall(r"[\w-]+", script))


def _properties(static: Path, pages: list[str], script: str) -> set[str]:
    """Return the custom properties named in pages, scripts and figures' stylesheets."""
    figures = [file.read_text(encoding="utf-8") for file in sorted((static / "figures").glob("*"))]
    host = [file.read_text(encoding="utf-8") for file in static.glob("host.js")]
    return set().union(*(re.findall(r"--[a-z][\w-]*", text) for text in (*pages, script, *figures, *host)))


def configure(app: Sphinx, config: Config) -> None:
    """Put our templates before the theme's."""
    config.templates_path.insert(0, str(TEMPLATES))


def setup(app: Sphinx) -> dict[str, Any]:
    pages = LightPages()
    app.connect("config-inited", configure)
    app.connect("env-get-outdated", pages.repeat_unfinished_build)
    app.connect("html-page-context", pages.prepare, priority=950)  # after every other extension
    app.connect("build-finished", pages.finish, priority=950)  # after the theme has rewritten pygments.css
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
