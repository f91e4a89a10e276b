"""The repository's address is one setting, and no button points nowhere.

It is `repository: url:` in `_config.yml`, or the environment variable `BOOK_REPOSITORY`, which wins: a workflow sets it
to the repository it runs in. With an address, every page links to the repository, to an edit form and to a new issue,
and every notebook to Binder. Without one, those buttons are left out.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

VARIABLE = "BOOK_REPOSITORY"
HOSTS = ("github", "gitlab", "bitbucket")
"""The hosts whose addresses the theme can build; one of these words is in the host's name."""


def repository_address(configured: str, environment: str | None) -> str:
    """The repository's address without a trailing slash or `.git`, or "" where it is not known.

    `environment` is what `BOOK_REPOSITORY` holds; empty or None leaves the word to `configured`.
    Raises `ConfigError` unless the address has the form `https://github.com/OWNER/NAME` (or GitLab, Bitbucket).
    """
    source, value = (VARIABLE, environment) if environment else ("repository: url: in _config.yml", configured)
    value = value.strip()
    if not value:
        return ""
    parts = urlsplit(value)
    well_formed = parts.scheme == "https" and re.fullmatch(r"(/[\w.~-]+){2,}/?", parts.path)
    if not well_formed or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(f"{source} must be an address like https://github.com/OWNER/NAME, not {value!r}")
    if not any(host in parts.netloc for host in HOSTS):
        raise ConfigError(f"{source} must be on one of {', '.join(HOSTS)}, not {parts.netloc!r}")
    return value.rstrip("/").removesuffix(".git")


def set_buttons(app: Sphinx, config: Config) -> None:
    """Give the theme the address and the buttons that go with it, or neither."""
    options = config.html_theme_options
    address = repository_address(options.get("repository_url") or "", os.environ.get(VARIABLE))
    options["repository_url"] = address
    for button in ("use_repository_button", "use_edit_page_button", "use_issues_button"):
        options[button] = bool(address)
    if not address:
        options["launch_buttons"] = {}


def offer_notebook(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the executed notebook into the download menu, which the theme does only beside launch buttons."""
    if app.config.html_theme_options["launch_buttons"] or "kernelspec" not in app.env.metadata.get(pagename, {}):
        return
    notebook = Path(f"{pagename}.ipynb")
    target = Path(app.outdir) / "_sources" / notebook
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(Path(app.outdir).parent / "jupyter_execute" / notebook, target)
    context["ipynb_source"] = str(notebook.as_posix())


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", set_buttons)
    app.connect("html-page-context", offer_notebook)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
