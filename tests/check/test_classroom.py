"""A part of the class that `tests.check.classroom` makes, graded: each submission gets what it was made for."""

from samlib.check.assignments import read_folder
from samlib.check.grade import grade_folder
from tests.book.mini_book import REPOSITORY
from tests.check import classroom


def test_a_class_gets_the_points_and_the_reasons_that_it_was_made_for(tmp_path):
    one = read_folder(REPOSITORY / "course")[1]
    kinds = "^(right emmy|late ada|renamed ada|emptied ada|senseless ada|untouched|damaged|image|prose)"
    made = classroom.write(one, tmp_path / "class", kinds)
    assert len(made) == 9
    out = tmp_path / "out" / "grades.csv"
    assert grade_folder(tmp_path / "class", out, one.exercises, classroom.LIMITS, 2, lambda _: None) == 9
    assert classroom.unexpected(made, one.exercises, out) == []


def test_a_class_is_thirty_and_the_same_every_time():
    for one in read_folder(REPOSITORY / "course"):
        first, second = list(classroom.class_of(one)), list(classroom.class_of(one))
        assert first == second
        assert len({submission.name for submission in first}) == 30
