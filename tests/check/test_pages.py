"""The exercises of the chapters and those of the registry are the same, and the pages show what the registry knows."""

import gzip
import json
import re
import textwrap
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from samlib.check import EXERCISES, check
from tests.book.mini_book import NOTEBOOK, REPOSITORY, MiniBook

BLOCK = re.compile(r"^`{3,}\{exercise\} (?P<title>.+)\n:label: (?P<label>\S+)\n(?P<text>[\s\S]*?)^`{3,}$", re.M)
SOLUTION = re.compile(r"^`{3,}\{solution(?:-start)?\} (\S+)$", re.M)


def pages():
    """The pages with exercises, in the order of the table of contents."""
    contents = yaml.safe_load((REPOSITORY / "_toc.yml").read_text(encoding="utf-8"))

    def files(entry):
        if isinstance(entry, list):
            for one in entry:
                yield from files(one)
        elif isinstance(entry, dict):
            if "file" in entry:
                yield entry["file"]
            for key in ("parts", "chapters", "sections"):
                yield from files(entry.get(key, []))

    return [page for page in files(contents) if Path(REPOSITORY / f"{page}.md").exists()]


TEXTS = {page: (REPOSITORY / f"{page}.md").read_text(encoding="utf-8") for page in pages()}
PROJECT = "chapters/course/problem-set-5"
"""Its exercises are numbered from 8.1, and its solutions are in the instructors' version."""
PRINTED = [(page, match) for page, text in TEXTS.items() for match in BLOCK.finditer(text)]


def test_the_book_and_the_registry_have_the_same_exercises_in_the_same_order():
    assert [match["label"] for _, match in PRINTED] == [one.label for one in EXERCISES.values()]
    assert len(PRINTED) >= 40
    assert sum(text.count("{exercise}") for text in TEXTS.values()) == len(PRINTED)


def test_page_title_and_chapter_are_those_of_the_registry():
    for (page, match), one in zip(PRINTED, EXERCISES.values(), strict=True):
        assert (page, match["title"]) == (one.chapter, one.title)
        chapter = "8" if page == PROJECT else re.match(r"chapters/0?(\d)", page)[1]
        assert chapter == one.id.split(".")[0]


def test_every_exercise_has_its_solution_on_the_page_but_for_the_project_s():
    for page, text in TEXTS.items():
        printed = [match["label"] for place, match in PRINTED if place == page and page != PROJECT]
        assert SOLUTION.findall(text) == printed


def test_the_marks_are_those_that_the_text_begins_with():
    words = {"pen": r"\bpen\b", "computer": r"\bcode\b|\bZ3\b", "figure": r"\bfigure\b"}
    for (_, match), one in zip(PRINTED, EXERCISES.values(), strict=True):
        lead = re.search(r"\*(With[^*]+)\*|(By pen|By code|By figure|by pen|by code)", match["title"] + match["text"])
        assert lead, one.label
        said = {mark for mark, pattern in words.items() if re.search(pattern, lead[0])}
        assert said <= set(one.marks), (one.id, said, one.marks)


def test_statements_that_an_exercise_needs_exist():
    labels = {label for text in TEXTS.values() for label in re.findall(r"^:label: (\S+)$", text, re.M)}
    for one in EXERCISES.values():
        for label in re.findall(r"\{(?:prf:)?ref\}`([^`]+)`", one.needs):
            assert label in labels, (one.id, label)


REGISTRY = """
from types import SimpleNamespace

from samlib.check import EXERCISES as ALL

_page = "chapters/tasks"
EXERCISES = {
    one.id: SimpleNamespace(**{**vars(one), "chapter": _page, "needs": "{prf:ref}`lemma-4`", "points": one.points,
                               "questions": one.questions, "page": one.page})
    for one in ALL.values() if one.label in ("ex-ring", "ex-coarse", "ex-winner"EXTRA)
}
"""

TASKS = f"""{NOTEBOOK}
# Tasks

```{{prf:lemma}} A lemma
:label: lemma-4

It holds.
```

```{{exercise}} The ring
:label: ex-ring

The text of it.
```

```{{solution}} ex-ring
:class: dropdown

Solved.
```

```{{exercise}} Coarse accuracies
:label: ex-coarse

Show $x$, see {{ref}}`ex-ring`.
```

```{{exercise-table}}
```

```{{exercise}} Choose the winner
:label: ex-winner

Choose.
```
"""


def small_book(folder, *, extra="", tasks=TASKS):
    book = MiniBook(folder, {"index": "# Start\n\nSee {ref}`ex-winner`.\n", "tasks": tasks})
    config = yaml.safe_load((folder / "_config.yml").read_text())
    sphinx = config["sphinx"]["config"]
    sphinx["extensions"].append("sphinx_ext.exercises")
    sphinx["exercises_module"] = "registry_of_the_test"
    config["sphinx"]["local_extensions"] = {"sphinx_ext": ".", "registry_of_the_test": "."}
    (folder / "_config.yml").write_text(yaml.safe_dump(config))
    (folder / "registry_of_the_test.py").write_text(
        REGISTRY.replace("EXTRA", extra) + "\ndef setup(app):\n    return {}\n"
    )
    return book


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    book = small_book(tmp_path_factory.mktemp("exercises"))
    book.build()
    return book


def words(element):
    return " ".join(element.get_text().split())


def test_the_number_is_the_registry_s_in_box_and_references(page):
    soup = BeautifulSoup(page.page("tasks"), "html.parser")
    titles = [words(box.select_one("p.admonition-title")) for box in soup.select("div.exercise")]
    assert titles == [
        "Exercise 4.17 (The ring)", "Exercise 4.22 (Coarse accuracies)", "Exercise 7.7 (Choose the winner)"
    ]  # fmt: skip
    assert "see Exercise 4.17" in words(soup.select_one("#ex-coarse"))
    assert "See Exercise 7.7" in words(BeautifulSoup(page.page("index"), "html.parser").article)
    assert words(soup.select_one("details.solution > summary")) == "Solution to Exercise 4.17 (The ring)"


def test_facts_stand_under_the_title_and_name_what_is_needed(page):
    soup = BeautifulSoup(page.page("tasks"), "html.parser")
    ring = soup.select_one("#ex-ring p.exercise-facts")
    assert words(ring) == "pen · 20 minutes · 2 points · needs Lemma 4"
    assert ring.select_one("a")["href"] == "#lemma-4"
    assert "a proof, for you to judge" in words(soup.select_one("#ex-coarse p.exercise-facts"))
    assert ring.find_next("p").get_text() == "The text of it."


def test_the_ladder_is_three_closed_folds_in_their_order(page):
    soup = BeautifulSoup(page.page("tasks"), "html.parser")
    for label, first in (("ex-ring", "Hand in"), ("ex-coarse", "How to judge it")):
        folds = soup.select(f"#{label} details.rung")
        assert [words(fold.summary) for fold in folds] == [first, "Hint", "Sketch"]
        assert not any(fold.has_attr("open") for fold in folds)
    hint = soup.select("#ex-ring details.rung")[1]
    assert EXERCISES["4.17"].hint in words(hint)
    code = soup.select("#ex-winner details.rung pre")[0].get_text()
    assert code.strip() == textwrap.dedent("""\
        from samlib.check import check
        check(
            "7.7",
            second=...,
            third=...,
            tie=...,
        )""")
    names: dict = {}
    exec(code.replace("...", "[1, 14/3, 20]").replace("check(\n", "said = check(\n"), names)
    assert names["said"].points == 1 == check("7.7", tie=[1, 14 / 3, 20]).points
    assert 'for_student("your id")' in words(soup.select_one("#ex-winner"))
    assert 'for_student("your id")' not in words(soup.select_one("#ex-ring"))


def test_the_table_has_a_row_for_each_exercise(page):
    soup = BeautifulSoup(page.page("tasks"), "html.parser")
    rows = [[words(cell) for cell in row.select("td")] for row in soup.select(".exercise-table tbody tr")]
    assert rows == [
        [one.id, one.title, ", ".join(one.marks), str(one.minutes), str(one.points or "–")]
        for one in (EXERCISES[name] for name in ("4.17", "4.22", "7.7"))
    ]
    assert [link["href"] for link in soup.select(".exercise-table a")] == ["#ex-ring", "#ex-coarse", "#ex-winner"]
    assert "Chapter 4: 2 exercises, 45 minutes, 2 points" in words(soup.select_one(".exercise-table"))


def test_a_page_has_the_scripts_of_its_forms_and_no_other_page_has(page):
    scripts = [one["src"] for one in BeautifulSoup(page.page("tasks"), "html.parser").select("script[src*=exercises]")]
    assert scripts == ["../_static/exercises/chapters/tasks.js", "../_static/exercises/check.js"]
    assert "_static/exercises/" not in page.page("index")
    static = page.folder / "_build" / "html" / "_static" / "exercises"
    text = (static / "chapters" / "tasks.js").read_text(encoding="utf-8")
    held = json.loads(text.removeprefix("globalThis.exerciseParts = ").removesuffix(";\n"))
    assert held == {"ex-winner": {"id": "7.7", "parts": EXERCISES["7.7"].page()}}
    shared = (static / "check.js").read_bytes()
    assert len(gzip.compress(shared, 9)) <= 6000
    assert not re.search(rb"\beval\b|new Function|innerHTML", shared)
    assert b"/*" not in shared


def test_what_the_page_cannot_check_is_said(page):
    soup = BeautifulSoup(page.page("tasks"), "html.parser")
    ring, winner = (soup.select_one(f"#{label} details.rung") for label in ("ex-ring", "ex-winner"))
    assert "In a notebook samlib.check checks this:" in words(ring)
    assert not ring.select(".answer-parts")
    assert "In a notebook samlib.check checks the same:" in words(winner)
    names = [one.code.get_text() for one in winner.select("ul.answer-parts > li")]
    assert names == [part.name for part in EXERCISES["7.7"].parts]


def test_an_exercise_missing_on_either_side_is_a_warning(tmp_path):
    tasks = TASKS.replace("ex-coarse", "ex-unknown")
    said = small_book(tmp_path, extra=', "ex-rise"', tasks=tasks).build(succeeds=False)
    assert "the exercise 'ex-unknown' is not in the registry" in said
    assert "exercise 3.2 ('ex-rise') of the registry is not on this page" in said
    assert "exercise 4.22 ('ex-coarse') of the registry is not on this page" in said
    assert "ex-ring" not in re.sub(r".*ex-ring`.*", "", said)
