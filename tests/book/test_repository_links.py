"""Buttons that need the repository's address point right when it is known, and are left out when it is not."""

import pytest
from bs4 import BeautifulSoup
from sphinx.errors import ConfigError

from sphinx_ext.repository_links import repository_address
from tests.book.mini_book import NOTEBOOK, MiniBook

HOME = "https://github.com/someone/ravines"
PAGES = {"preface": "# Preface\n\nWords.\n", "bouncing": NOTEBOOK + "\n# Bouncing\n\nMore words.\n"}


def addresses(book: MiniBook, page: str) -> list[str]:
    """Where the header's buttons and the article's links lead to outside the book."""
    parsed = BeautifulSoup(book.page(page), "html.parser")
    links = parsed.select(".bd-main a[href^='http'], .bd-main form[action^='http']")
    return [link["href"] for link in links]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return MiniBook(tmp_path_factory.mktemp("repository"), PAGES)


def test_without_an_address_no_button_needs_one_and_with_it_all_point_right(book):
    book.build()
    assert addresses(book, "preface") == []
    assert addresses(book, "bouncing") == []
    assert "_sources/chapters/bouncing.ipynb" in book.page("bouncing"), "the notebook can be downloaded"
    assert (book.folder / "_build/html/_sources/chapters/bouncing.ipynb").is_file()
    assert ".ipynb" not in book.page("preface")

    book.environment["BOOK_REPOSITORY"] = HOME
    book.build()
    assert f"{HOME}/edit/main/chapters/preface.md" in addresses(book, "preface")
    assert not [address for address in addresses(book, "preface") if "mybinder" in address], "prose has no kernel"
    found = addresses(book, "bouncing")
    assert HOME in found
    assert f"{HOME}/edit/main/chapters/bouncing.md" in found
    assert any(address.startswith(f"{HOME}/issues/new?") for address in found)
    binder = "https://mybinder.org/v2/gh/someone/ravines/main?urlpath=lab/tree/chapters/bouncing.md"
    assert binder in found


@pytest.mark.parametrize(
    ("configured", "environment", "address"),
    [
        ("", None, ""),
        ("", "", ""),
        (HOME, None, HOME),
        (f"{HOME}/", "", HOME),
        ("", f"{HOME}.git", HOME),
        ("https://gitlab.com/a/b", HOME, HOME),
    ],
)
def test_the_environment_wins_and_an_empty_one_leaves_it_to_the_file(configured, environment, address):
    assert repository_address(configured, environment) == address


@pytest.mark.parametrize(
    "value",
    [
        "someone/ravines",
        "http://github.com/someone/ravines",
        "https://github.com/someone",
        "git@github.com:someone/ravines.git",
        "https://user@github.com/someone/ravines",
        f"{HOME}?tab=readme",
        "https://example.org/someone/ravines",
    ],
)
def test_what_is_not_a_repository_is_refused_by_name(value):
    with pytest.raises(ConfigError, match="BOOK_REPOSITORY"):
        repository_address("", value)


def test_a_bad_address_stops_the_build_with_a_clear_message(book):
    book.environment["BOOK_REPOSITORY"] = "someone/ravines"
    said = book.build(succeeds=False)
    assert "BOOK_REPOSITORY must be an address like https://github.com/OWNER/NAME, not 'someone/ravines'" in said
