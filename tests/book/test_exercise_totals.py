"""What exercises come to is summed from the registry, on the page for instructors and wherever exercises are named."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup, Tag

from samlib.check import EXERCISES
from samlib.check.assignments import read_folder
from scripts.build_book import ROOT
from sphinx_ext.exercise_totals import answered, numbers, worth

SOURCE = ROOT / "chapters" / "course" / "instructors.md"
BY_LABEL = {one.label: one for one in EXERCISES.values()}


@pytest.fixture(scope="module")
def page(built_book: Path) -> BeautifulSoup:
    return BeautifulSoup((built_book / "chapters/course/instructors.html").read_text(encoding="utf-8"), "html.parser")


def rows(table: Tag) -> list[list[str]]:
    """The texts of a table's cells, its head left out."""
    return [[cell.get_text(strip=True) for cell in row.select("td")] for row in table.select("tbody tr")]


def test_kinds_are_counted_under_each_mark_and_times_once() -> None:
    exercises = [
        SimpleNamespace(marks=("pen",), minutes=10, points=0),
        SimpleNamespace(marks=("pen", "computer"), minutes=25, points=3),
        SimpleNamespace(marks=("figure",), minutes=15, points=1),
    ]
    assert numbers(exercises) == ["3", "2", "1", "1", "50", "4"]
    assert worth(exercises) == "50 minutes, 4 points"
    assert worth(exercises[2:]) == "15 minutes, 1 point"


def test_a_problem_set_is_read_off_its_variables() -> None:
    text = "answer_4_15_change = ...\nanswer_1_3 = {}\n  answer_9_9 = 1\nprint(answer_2_2)\nanswer_4_15_more = ...\n"
    assert answered(text) == ("4.15", "1.3")


def test_the_table_of_chapters_adds_up_to_the_registry(page: BeautifulSoup) -> None:
    *chapters, everything = rows(page.select(".exercise-totals")[0])
    first = list(dict.fromkeys(number.split(".")[0] for number in EXERCISES))
    assert [row[0] for row in chapters] == ["1", "2", "3", "4", "5", "6", "7", "Project"]
    for chapter, row in zip(first, chapters, strict=True):
        assert row[1:] == numbers([one for one in EXERCISES.values() if one.id.split(".")[0] == chapter])
    assert everything[1:] == [str(sum(int(row[k]) for row in chapters)) for k in range(1, 7)]
    minutes, points = (sum(getattr(one, name) for one in EXERCISES.values()) for name in ("minutes", "points"))
    assert everything[1:2] + everything[-2:] == [str(len(EXERCISES)), str(minutes), str(points)]


def test_the_table_of_problem_sets_says_what_their_sources_grade(page: BeautifulSoup) -> None:
    found = rows(page.select(".exercise-totals")[1])
    sets = read_folder(ROOT / "course")
    assert [row[1:] for row in found] == [numbers([EXERCISES[number] for number in one.exercises]) for one in sets]
    links = [link["href"] for link in page.select(".exercise-totals")[1].select("a")]
    assert links == [f"{one.name}.html" for one in sets]


def test_exercises_named_together_say_what_they_take_and_give(page: BeautifulSoup) -> None:
    text = re.sub(r"\s+", " ", page.select_one("article").get_text())
    named = re.findall(r"\{exercises\}`([^`]+)`", SOURCE.read_text(encoding="utf-8"))
    assert len(named) > 40
    for labels in named:
        exercises = [BY_LABEL[label] for label in labels.split()]
        noun = "Exercises" if len(exercises) > 1 else "Exercise"
        assert f"{noun} {', '.join(one.id for one in exercises)} ({worth(exercises)})" in text


def test_no_sum_is_typed_by_hand() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    assert re.findall(r"\b\d+ (?:points?|exercises)\b", text) == []
