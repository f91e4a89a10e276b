"""The built pages follow from the sources alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from samlib import claims
from scripts import build_book


def test_a_build_from_nothing_in_another_folder_gives_the_same_bytes(built_book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "the book"  # a space in the path, since readers have them
    for source in build_book.sources():
        (copy / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(build_book.ROOT / source, copy / source)

    # The copy's samlib, not the installed one.
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    built = subprocess.run(
        [sys.executable, "scripts/build_book.py"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr

    first, second = contents(built_book), contents(copy / "_build" / "html")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_every_statement_of_every_page_shows_its_evidence_and_what_uses_it(built_book: Path) -> None:
    pages = sorted((built_book / "chapters").rglob("*.html"))
    found = [(page.stem, box) for page in pages for box in statements(page.read_text(encoding="utf-8"))]
    assert [f"{page}: {box['id']}" for page, box in found if not box.select(".evidence a.chips .chip")] == []
    uses = {
        str(box["id"]): [str(link["href"]).partition("#")[2] for link in box.select(".evidence-links a")]
        for _, box in found
    }
    assert uses == {name: list(claims.used_by(name)) for name in uses}
    assert len(uses) == sum(isinstance(entry, claims.Claim) for entry in claims.LEDGER.values())


def statements(html: str) -> Iterator[Tag]:
    """The boxes of theorems, lemmas, propositions, corollaries, definitions, remarks and numbered formulas."""
    yield from BeautifulSoup(html, "html.parser").select(".statement")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
