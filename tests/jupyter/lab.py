"""A JupyterLab as Binder starts it, on a copy of the book, and the ways a test handles a chapter in it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from playwright.sync_api import Page
from sphinx_book_theme.header_buttons.launch import add_launch_buttons

ROOT = Path(__file__).resolve().parents[2]
NOT_ON_BINDER = shutil.ignore_patterns(
    ".git", ".*venv", "_build", "node_modules", "__pycache__", ".*_cache", ".hypothesis"
)

# JupyterLab's table of contents asks for headings that it has not read yet, and goes on.
OF_JUPYTERLAB = ("Cannot read properties of undefined (reading 'type')",)

OPENED = """(path) => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const isRead = (cell) => cell.model.type !== "markdown" || cell.mystModel?.mdast;
  return panel?.context?.path === path && panel.context.isReady && (panel.content.widgets ?? []).every(isRead);
}"""
RUN_ALL = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.sessionContext.ready;
  await jupyterapp.commands.execute("notebook:run-all-cells");
  return panel.content.model.toJSON().cells;
}"""
RUN_CODE = """async (code) => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.length - 1;
  await jupyterapp.commands.execute("notebook:insert-cell-below");
  const cell = notebook.activeCell;
  cell.model.sharedModel.setSource(code);
  await jupyterapp.commands.execute("notebook:run-cell");
  return cell.model.outputs.toJSON().map((output) => output.text ?? output.evalue ?? "").join("");
}"""


def launch_path(page: str) -> str:
    """What the launch button of a page hands to Binder as the address in JupyterLab: `lab/tree/chapters/NAME.md`."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    options = {"launch_buttons": config["launch_buttons"], "repository_branch": config["repository"]["branch"]}
    metadata = {page: {"kernelspec": {}}}
    app = SimpleNamespace(
        env=SimpleNamespace(doc2path=lambda name: f"{name}.md", metadata=metadata),
        config={"html_theme_options": options},
    )
    buttons: list[dict[str, Any]] = []
    context = {"header_buttons": buttons, "pagename": page, "sourcename": ""}
    context |= {"github_url": "https://github.com", "github_user": "someone", "github_repo": "book"}
    add_launch_buttons(app, page, "", context, None)
    (found,) = re.findall(r"\?urlpath=([^'\"]+)", str(buttons))
    return str(found)


@dataclass(frozen=True)
class Lab:
    """A running server: its address, and the folder that it serves."""

    address: str
    folder: Path

    def open(self, page: Page, path: str) -> None:
        """Opens a launch button's path as one does who comes for the first time, and waits for the file to be shown."""
        for session in json.loads(self._ask("GET", "api/sessions")):
            self._ask("DELETE", f"api/sessions/{session['id']}")
        for workspace in json.loads(self._ask("GET", "lab/api/workspaces"))["workspaces"]["ids"]:
            self._ask("DELETE", f"lab/api/workspaces/{workspace}")
        page.goto(f"{self.address}/{path}")
        page.wait_for_function(OPENED, arg=path.removeprefix("lab/tree/"), timeout=90_000)

    def _ask(self, method: str, path: str) -> bytes:
        request = urllib.request.Request(f"{self.address}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: bytes = answer.read()
        return content


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """Copies the repository to `folder`, runs postBuild, and serves it by the JupyterLab of this environment."""
    book = folder / "book"
    shutil.copytree(ROOT, book, ignore=NOT_ON_BINDER)
    subprocess.run([book / "postBuild"], cwd=book, env={**os.environ, "NB_PYTHON_PREFIX": sys.prefix}, check=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    places += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    own = {name: str(folder / name.lower()) for name in places}
    # nbgrader, which the other tests of this environment need, is not on Binder.
    settings = folder / "jupyter_config_dir" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "page_config.json").write_text('{"disabledExtensions": {"@jupyter/nbgrader": true}}', encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={book}"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"]
    # Only this machine can reach it, for as long as the tests run.
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    command += ["--LabApp.expose_app_in_browser=True"]
    with (folder / "log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=kept | own, cwd=book, stdout=log, stderr=subprocess.STDOUT)
        try:
            lab = Lab(f"http://127.0.0.1:{port}", book)
            for _ in range(240):
                try:
                    lab._ask("GET", "api")
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text(encoding="utf-8")
                    time.sleep(0.5)
            yield lab
        finally:
            server.terminate()
            server.wait(timeout=60)
