"""A change in samlib reaches the pages, and an unchanged book is not executed again."""

import os
import shutil
from pathlib import Path

import pytest
from sphinx.errors import ConfigError

from sphinx_ext.execution_cache import fingerprint, package_files
from tests.book.mini_book import NOTEBOOK, REPOSITORY, MiniBook

NUMBER = NOTEBOOK + "\n# A number\n\n```{code-cell} ipython3\nfrom samlib.constant import VALUE\nVALUE\n```\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An importable package of its own, made of what such a package can hold."""
    root = tmp_path / "ravines"
    for name in ("__init__.py", "live/figure.py", "live/bundles/figure.js", "live/js/figure.js", "__pycache__/x.pyc"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    monkeypatch.syspath_prepend(tmp_path)
    return root


def test_python_files_and_bundles_count_and_sources_of_bundles_do_not(package: Path):
    assert list(package_files("ravines")) == [
        "ravines/__init__.py",
        "ravines/live/bundles/figure.js",
        "ravines/live/figure.py",
    ]
    before = fingerprint(["ravines"])
    (package / "live/js/figure.js").write_text("changed")
    assert fingerprint(["ravines"]) == before
    (package / "live/bundles/figure.js").write_text("changed")
    assert fingerprint(["ravines"]) != before


def test_an_installed_version_counts(package: Path):
    before = fingerprint(["ravines"])
    metadata = package.parent / "other-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    assert fingerprint(["ravines"]) != before


def test_a_package_that_cannot_be_found_is_named():
    with pytest.raises(ConfigError, match="no_such_package"):
        fingerprint(["no_such_package"])


def test_a_changed_constant_shows_and_an_unchanged_book_is_not_executed(tmp_path: Path):
    shutil.copytree(REPOSITORY / "samlib", tmp_path / "packages" / "samlib", ignore=shutil.ignore_patterns("js"))
    constant = tmp_path / "packages" / "samlib" / "constant.py"
    book = MiniBook(tmp_path / "book", {"number": NUMBER})
    book.environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path / "packages"), os.environ.get("PYTHONPATH", "")])

    constant.write_text("VALUE = 271828\n")
    assert "Executing notebook" in book.build()
    assert "271828" in book.page("number")

    said = book.build()
    assert "Executing notebook" not in said
    assert "0 added, 0 changed" in said

    constant.write_text("VALUE = 314159\n")
    assert "Executing notebook" in book.build()
    assert "314159" in book.page("number")
    assert "271828" not in book.page("number")
    assert len(list((tmp_path / "book" / "_build" / ".jupyter_cache").iterdir())) == 1, "the older cache is deleted"


def test_what_a_cell_prints_slowly_is_shown_in_one_piece(tmp_path: Path):
    slowly = (
        "import time\nfor part in ('first', 'second'):\n    print(part, end=' ', flush=True)\n    time.sleep(0.5)\n"
    )
    book = MiniBook(tmp_path, {"slow": f"{NOTEBOOK}\n# Slow\n\n```{{code-cell}} ipython3\n{slowly}```\n"})
    book.build()
    assert "first second" in book.page("slow")
    assert book.page("slow").count("output stream") == 1
