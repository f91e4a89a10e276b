"""Executed notebooks are cached for as long as what they computed with stays the same.

jupyter-cache looks at a notebook's cells only: change a constant in `samlib` and the page keeps the old number.
Here the cache's folder is named after a fingerprint of the packages in `execution_depends_on` (their files' content),
of every installed distribution's version and of Python's. Another fingerprint means another, empty folder, and because
the folder is a setting of myst-nb that marks pages as outdated, Sphinx reads the pages again and runs them.
The folders of earlier fingerprints are deleted after a build that succeeds.

What a cell prints is kept in one piece: a kernel hands it over in pieces cut by its clock, others in every execution.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import platform
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jupyter_cache.executors.utils
import nbclient
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

IGNORED_FOLDERS = {"__pycache__", "node_modules", "js"}
"""Compiled Python and the sources of the live figures: a notebook sees only the bundles made from them."""


def package_files(package: str) -> dict[str, Path]:
    """The files of an importable package that its behaviour depends on, by their path inside it, in fixed order.

    Raises `ConfigError` where the package cannot be found or is a single module.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"execution_depends_on names {package!r}, which is not an importable package")
    files = {}
    for location in spec.submodule_search_locations:
        root = Path(location)
        for path in root.rglob("*"):
            inside = path.relative_to(root)
            if path.is_file() and not IGNORED_FOLDERS.intersection(inside.parts):
                files[f"{package}/{inside.as_posix()}"] = path
    return dict(sorted(files.items()))


def fingerprint(packages: Iterable[str]) -> str:
    """Sixteen hexadecimal digits that change with the packages' files, the installed versions and Python's version."""
    digest = hashlib.sha256(platform.python_version().encode())
    installed = {f"{found.name}=={found.version}" for found in importlib.metadata.distributions()}
    for requirement in sorted(installed):
        digest.update(f"\0{requirement}".encode())
    for package in packages:
        for name, path in package_files(package).items():
            digest.update(f"\0{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def choose_folder(app: Sphinx, config: Config) -> None:
    """Point myst-nb at the folder of the present fingerprint."""
    folder = Path(app.outdir).parent / ".jupyter_cache" / fingerprint(config.execution_depends_on)
    config.nb_execution_cache_path = str(folder)


def prune(app: Sphinx, exception: Exception | None) -> None:
    """Delete the folders of other fingerprints, unless the build failed."""
    if exception is not None:
        return
    current = Path(app.config.nb_execution_cache_path)
    for folder in current.parent.glob("*"):
        if folder != current and re.fullmatch(r"[0-9a-f]{16}", folder.name):
            shutil.rmtree(folder)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("execution_depends_on", ["samlib"], "")
    app.connect("config-inited", choose_folder)
    app.connect("build-finished", prune)
    # jupyter-cache has no setting that reaches the client. (myst-nb's nb_merge_streams breaks the line at every cut.)
    jupyter_cache.executors.utils.executenb = functools.partial(nbclient.execute, coalesce_streams=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
