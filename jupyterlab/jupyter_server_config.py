"""Jupyter's settings, on Binder and wherever postBuild puts them: chapters are read and saved by chapter_text.py."""

import sys
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupytext.async_contentsmanager import build_async_jupytext_contents_manager_class

sys.path.append(str(Path(__file__).parent))

from chapter_text import Book


class ChapterManager(build_async_jupytext_contents_manager_class(AsyncLargeFileManager)):  # type: ignore[misc]
    """Jupytext's notebooks, with the texts of the book's chapters as JupyterLab can show them."""

    async def get(self, path: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        """A file as Jupyter asks for it; a chapter's texts are put into the form that is shown."""
        model: dict[str, Any] = await super().get(path, *arguments, **options)
        page = self._page(path, model)
        if page:
            self._book.open(model["content"], page)
        return model

    async def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Writes a file; a chapter gets its own texts back."""
        page = self._page(path, model)
        if page:
            self._book.close(model["content"])
        saved: dict[str, Any] = await super().save(model, path)
        return saved

    def _page(self, path: str, model: dict[str, Any]) -> str:
        """The name of the page that a notebook is; empty where it is none, or a model without its content."""
        if not path.endswith(".md") or model.get("type") != "notebook" or not model.get("content"):
            return ""
        file = Path(self._get_os_path(path)).resolve()
        for root in file.parents:
            if (root / "_config.yml").is_file() and file.is_relative_to(root / "chapters"):
                if getattr(self, "_book", None) is None:
                    self._book = Book(root)
                return file.relative_to(root / "chapters").with_suffix("").as_posix()
        return ""


c.ServerApp.contents_manager_class = ChapterManager  # noqa: F821 (Jupyter gives the name)
