"""The zips that pages offer: the same bytes in every build, the student versions alone, and the whole site."""

import io
import json
import re
import zipfile
from pathlib import Path

import nbformat
import pytest

from samlib.check import EXERCISES
from samlib.check.assignments import Assignment, read_folder
from scripts.build_book import ROOT
from scripts.offline_copy import FOLDER, offline_copy
from sphinx_ext.archives import OFFLINE_COPY, PROBLEM_SETS, archive, problem_sets

INSTRUCTORS = "chapters/course/instructors.html"
COURSE_PAGES = (INSTRUCTORS, "chapters/course/exercises.html")
BY_LABEL = {one.label: one for one in EXERCISES.values()}


def unpacked(packed: bytes) -> dict[str, bytes]:
    """The files of a zip, by their names."""
    with zipfile.ZipFile(io.BytesIO(packed)) as read:
        assert read.testzip() is None
        return {name: read.read(name) for name in read.namelist()}


@pytest.fixture(scope="module")
def sets() -> list[Assignment]:
    return read_folder(ROOT / "course")


@pytest.fixture(scope="module")
def files(built_book: Path) -> dict[str, str]:
    """The texts in the zip of problem sets."""
    found = unpacked((built_book / PROBLEM_SETS).read_bytes())
    return {name: content.decode("utf-8") for name, content in found.items()}


def test_the_same_files_give_the_same_bytes_whenever_they_are_packed() -> None:
    packed = archive({"b/ü.txt": b"2", "a.txt": b"1" * 1000})
    assert packed == archive({"a.txt": b"1" * 1000, "b/ü.txt": b"2"})
    assert packed != archive({"a.txt": b"1" * 1000, "b/ü.txt": b"3"})
    assert list(unpacked(packed)) == ["a.txt", "b/ü.txt"]
    entries = zipfile.ZipFile(io.BytesIO(packed)).infolist()
    assert {(one.date_time, one.create_system, one.external_attr >> 16) for one in entries} == {
        ((1980, 1, 1, 0, 0, 0), 3, 0o100644)
    }
    assert len(packed) < 600, "it is compressed"


# ------------------------------------------------------------------------------------------------------- problem sets


def test_the_zip_has_every_problem_set_as_text_and_as_notebook(files: dict[str, str], sets: list[Assignment]) -> None:
    assert set(files) == {"README.txt"} | {f"{one.name}.{kind}" for one in sets for kind in ("md", "ipynb")}


def test_the_zip_is_made_from_the_pages_and_from_nothing_else(built_book: Path, sets: list[Assignment]) -> None:
    pages = {one.name: (ROOT / "chapters" / "course" / f"{one.name}.md").read_text(encoding="utf-8") for one in sets}
    assert (built_book / PROBLEM_SETS).read_bytes() == archive(problem_sets(pages, BY_LABEL))


def test_nothing_in_the_zip_is_for_instructors_only(files: dict[str, str], sets: list[Assignment]) -> None:
    for one in sets:
        lines = {line.strip() for line in one.instructor.splitlines() if line.strip() not in one.student}
        assert lines, "the source has solutions to hide"
        for kind in ("md", "ipynb"):
            text = files[f"{one.name}.{kind}"]
            assert "SOLUTION" not in text
            assert [line for line in sorted(lines) if line in text or json.dumps(line)[1:-1] in text] == []


def test_the_notebooks_have_the_cells_of_the_text_and_no_answers(files: dict[str, str], sets: list[Assignment]) -> None:
    for one in sets:
        notebook = nbformat.reads(files[f"{one.name}.ipynb"], as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [cell.source for cell in code] == [
            cell.strip() for cell in re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", one.student, re.M | re.S)
        ]
        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
        assert [cell.id for cell in notebook.cells] == [f"cell-{k}" for k in range(1, len(notebook.cells) + 1)]


def test_statements_and_sources_become_words() -> None:
    text = "# T\n\nBy {prf:ref}`theorem-21` of {cite:t}`A2020` and {cite}`B2021`, {ref}`ex-ring`.\n\n"
    made = problem_sets({"one": text + "```{code-cell} ipython3\nanswer_4_17 = ...\n```\n"}, BY_LABEL)[
        "one.md"
    ].decode()
    assert f"By Theorem 21 of [A2020] and [B2021], Exercise 4.17 ({BY_LABEL['ex-ring'].title})." in made


def test_references_become_the_numbers_and_titles_of_exercises(files: dict[str, str], sets: list[Assignment]) -> None:
    for one in sets:
        for kind in ("md", "ipynb"):
            text = files[f"{one.name}.{kind}"].replace("\\\\", "\\")  # JSON doubles those of TeX
            assert re.findall(r"\{(?:ref|prf:ref|cite|cite:t|doc|eq)\}`[^`]*`", text) == [], (
                "a role shows as an error there"
            )
            labels = re.findall(r"\{ref\}`([\w-]+)`", one.student)
            referred = [BY_LABEL[label] for label in labels]
            assert referred
            assert [each.id for each in referred if f"Exercise {each.id} ({each.title})" not in text] == []


def test_the_readme_says_what_each_set_takes_and_gives(files: dict[str, str], sets: list[Assignment]) -> None:
    readme = files["README.txt"]
    assert max(map(len, readme.splitlines())) <= 100
    for one in sets:
        exercises = [EXERCISES[number] for number in one.exercises]
        minutes, points = sum(each.minutes for each in exercises), sum(each.points for each in exercises)
        assert f"{one.name}: {minutes} minutes, {points} points" in readme


def test_both_pages_of_the_course_offer_the_zip(built_book: Path) -> None:
    for name in COURSE_PAGES:
        assert f'href="../../{PROBLEM_SETS}"' in (built_book / name).read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------------ the whole site


def test_the_offline_copy_holds_the_whole_site_but_itself(built_book: Path) -> None:
    packed = unpacked((built_book / OFFLINE_COPY).read_bytes())
    site = {file.relative_to(built_book).as_posix(): file for file in built_book.rglob("*") if file.is_file()}
    assert set(packed) == {f"{FOLDER}/{name}" for name in site if name != OFFLINE_COPY}
    changed = {name for name, file in site.items() if packed.get(f"{FOLDER}/{name}", b"") != file.read_bytes()}
    assert changed == {OFFLINE_COPY, INSTRUCTORS}


def test_the_page_for_instructors_offers_the_copy_and_the_copy_does_not_offer_itself(built_book: Path) -> None:
    page = (built_book / INSTRUCTORS).read_text(encoding="utf-8")
    copied = unpacked((built_book / OFFLINE_COPY).read_bytes())[f"{FOLDER}/{INSTRUCTORS}"].decode("utf-8")
    [link] = re.findall(rf'<a [^>]*href="\.\./\.\./{re.escape(OFFLINE_COPY)}"[^>]*>.*?</a>', page)
    words = re.sub(r"^<a [^>]*>|</a>$", "", link)
    assert "one zip" in words
    assert copied == page.replace(link, words)
    assert OFFLINE_COPY not in copied


def test_packing_again_gives_the_same_bytes(built_book: Path) -> None:
    assert offline_copy(built_book) == (built_book / OFFLINE_COPY).read_bytes()
