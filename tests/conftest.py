"""What all tests share: the built book and the settings of the random tests."""

import os
from pathlib import Path

import hypothesis
import pytest

from scripts import build_book

# The first example of a test imports, compiles or opens something: a limit on its time says nothing about the code.
hypothesis.settings.register_profile("local", deadline=None)
# The same examples in every run: a change is judged by what it changes.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def built_book() -> Path:
    """The folder of the built pages; fails where they are not those of the present sources."""
    if not build_book.is_fresh():
        pytest.fail("The pages in _build/html are missing or older than their sources: run `make book`.")
    return build_book.ROOT / "_build" / "html"
