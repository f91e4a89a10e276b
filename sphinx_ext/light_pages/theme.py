"""What this book changes in the markup of sphinx-book-theme, and what it leaves out of it.

Every change names text that the theme is known to write. Where a required one is not found the build stops: the theme
has been replaced by another version, and this list must be read again.
"""

from __future__ import annotations

from dataclasses import dataclass

from sphinx.errors import ExtensionError


@dataclass(frozen=True)
class Repair:
    """Replace `old` by `new` wherever it stands; `required` on every page, or only where the page has such a part."""

    old: str
    new: str
    required: bool


REPAIRS = (
    # Inline handlers, which the Content-Security-Policy refuses; book.js does what they did.
    Repair('onclick="window.print()"', 'data-page-action="print"', required=False),
    Repair('onclick="toggleFullScreen()"', 'data-page-action="fullscreen"', required=False),
    # The name of the search button must hold the text seen on it ("Search Ctrl+K").
    Repair(
        'search-button__button pst-js-only" title="Search" aria-label="Search" data-bs-placement="bottom"'
        ' data-bs-toggle="tooltip">\n <i',
        'search-button__button pst-js-only">\n <i',
        required=True,
    ),
    # The sidebar holds the logo and the search: without a landmark of its own these are outside of any.
    Repair(
        '<div id="pst-primary-sidebar" class=',
        '<div id="pst-primary-sidebar" role="navigation" aria-label="Book" class=',
        required=True,
    ),
    # The arrow that unfolds a chapter's sections in the sidebar has no name.
    Repair(
        '<summary><span class="toctree-toggle"',
        '<summary aria-label="Sections of this chapter"><span class="toctree-toggle"',
        required=False,
    ),
    # A role of entries in a list that WAI-ARIA 1.3 has withdrawn; docutils has already named the list.
    Repair(' role="doc-biblioentry"', ' role="listitem"', required=False),
    # myst-nb names the fold of a hidden cell otherwise than the text seen on it.
    Repair(' aria-label="Toggle hidden content"', "", required=False),
)

# fontawesome.js redraws what the icon font draws already, book.js does what is used of Bootstrap, and the rest serves
# the theme's authors.
UNUSED_FILES = (
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.map",
    "scripts/fontawesome.js.LICENSE.txt",
    "scripts/bootstrap.js",
    "scripts/bootstrap.js.map",
    "scripts/bootstrap.js.LICENSE.txt",
    "scripts/pydata-sphinx-theme.js.map",
    "scripts/sphinx-book-theme.js.map",
    "styles/pydata-sphinx-theme.css.map",
    "styles/sphinx-book-theme.css.map",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
    "styles/theme.css",
)
UNUSED_FOLDERS = ("locales", "vendor")  # translations of the theme; its icon fonts, of which fonts.py keeps a part

NO_SCRIPT_STYLE = ".pst-js-only { display: none !important; }"


def head_script(default_mode: str) -> str:
    """Return the script that sets the colours before the page is first painted; the theme's own comes too late.

    It also marks the page as `data-loading`; book.css says what for.
    """
    return (
        "(() => { let mode; try { mode = localStorage.getItem('mode'); } catch { /* storage is refused */ } "
        f"if (!['light', 'dark', 'auto'].includes(mode)) mode = '{default_mode}'; "
        "const dark = mode === 'dark' || (mode === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches); "
        "const theme = dark ? 'dark' : 'light'; "
        "Object.assign(document.documentElement.dataset, { mode, theme, loading: '' }); })();"
    )


def repaired(content: str) -> str:
    """Return the rendered `content` of a page with the theme's markup corrected.

    Raises
    ------
    ExtensionError
        If the theme no longer writes what `REPAIRS` expects on every page.
    """
    for repair in REPAIRS:
        if repair.required and repair.old not in content:
            raise ExtensionError(
                f"the theme's markup has changed: {repair.old!r} is not on the page. "
                "Compare sphinx_ext/light_pages/theme.py with the installed sphinx-book-theme and pydata-sphinx-theme."
            )
        content = content.replace(repair.old, repair.new)
    return content
