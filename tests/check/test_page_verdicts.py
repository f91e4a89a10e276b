"""A page and samlib give the same verdict in the same words, on every question that a page can check."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import quickjs

from samlib.check import EXERCISES, Choice, Number
from samlib.check._answers import number
from samlib.check._exercise import Given
from samlib.check._property import floor, record
from samlib.check._words import number_words
from samlib.check._written import FUNCTIONS, Wrong
from tests.check.cases import RIGHT, WRONG

SCRIPT = Path(__file__).parents[2] / "sphinx_ext" / "exercises" / "static" / "verdicts.js"
PARTS = {f"{one.id} {part.name}": (one, part) for one in EXERCISES.values() for part in one.parts}
NUMBERS = {key: pair for key, pair in PARTS.items() if isinstance(pair[1], Number)}
CHOICES = {key: pair for key, pair in PARTS.items() if isinstance(pair[1], Choice)}

FORMS = [
    "1/3", "-1/3", "2**7", "2^7", "sqrt(5)/2", "√(2)", "(sqrt(5)-1)/2", "4 - pi", "4 − π", "2·3", "6×7", "3²",
    "2³", ".5", "5.", "1e-3", "1E3", "+4", "--2", "-2**2", "2**-1", "2**3**2", "(1+2)*3", "np.sqrt(4)",
    "math.pi", "np.pi", "e", "E", "log(1000)/log(6.8)", "ln(2)", "exp(1)", "min(1, 2, 3)", "max(2)", "ABS(-3)",
    "sign(-2)", "sgn(0)", "sin(1)", "cos(2)", "tan(0.5)", "atan(1)", "arctan(1)", "sinh(1)", "cosh(1)",
    "tanh(1)", " 7 ", "0", "-0", "1", "1000", "0.25", "1_000", "(-1)**0.5", "1**(1/0)", "1**nan", "(-1)**(1/0)",
    "nan**0", "0**0", "0**-1", "-0.0",
]  # fmt: skip
JUNK = [
    "", "   ", "\t", "I do not know", "abc", "nan", "NaN", "inf", "-inf", "Infinity", "∞", "oo", "1e400",
    "-1e400", "1e301", "1" * 401, "9**9**9**9", "0,5", "-1,25", ",5", "1,000", "1,2,3", "0,5e3", "1.000,5", "x",
    "λ", "lam", "2x", "2(3)", "2 3", "f(2)", "os.sqrt(2)", "open(1)", "sqrt()", "sqrt(1, 2)", "max()",
    "max(1,)", "sqrt 2", "sqrt(", ")", "(", "1+", "*2", "1//2", "1%2", "1 = 1", "|2|", "0x10", "1j", "True",
    "None", "½", "2½", "1/0", "0/0", "log(0)", "log(-1)", "sqrt(-1)", "'1'", '"1"', "[1]", "{1}", "<b>1</b>",
    "1;2", "1\n2", "\u200b3", "3\u00a0", "\x00", "1e", "e1", "1.2.3", "(" * 39 + "1" + ")" * 39,
    "(" * 40 + "1" + ")" * 40, "-" * 39 + "1", "-" * 40 + "1", "+".join(["1"] * 900), "1" * 2001, "ß", "ǅ",
    "日本", "𝜋", "👍", "__proto__", "constructor", "toString(1)", "hasOwnProperty(1)", "..", "np.", "np.sqrt", "₁",
    "5%",
]  # fmt: skip


@pytest.fixture(scope="module")
def page():
    """Asks the page's script; texts go in and out as JSON."""
    context = quickjs.Context()
    context.eval(SCRIPT.read_text(encoding="utf-8"))
    ask = context.eval("(text) => JSON.stringify(exerciseVerdicts.examine(...JSON.parse(text))).slice(0)")
    words = context.eval("(text) => JSON.stringify(exerciseVerdicts.numberWords(JSON.parse(text))).slice(0)")
    return {
        "examine": lambda part, answer: json.loads(ask(json.dumps([part, answer]))),
        "words": lambda value: json.loads(words(json.dumps(value))),
    }


def texts(answer):
    """An answer as a reader would write it down, or None where it is nothing that is written."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list | tuple | np.ndarray) and np.ndim(answer):
        return [str(one) if isinstance(one, str) else repr(float(one)) for one in np.ravel(np.asarray(answer, object))]
    try:
        return repr(float(answer))
    except (TypeError, ValueError):
        return None


def near(numbers, key):
    """Numbers around each of these: far, close, and within an ulp of where a comparison may turn."""
    rng = np.random.default_rng(sum(map(ord, key)))
    for scale in (1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0):
        for _ in range(10):
            yield [one + scale * float(rng.normal()) * max(abs(one), 0.1) for one in numbers]
    for _ in range(40):
        yield [float(np.exp(rng.uniform(-8, 8)) * rng.choice([-1, 1])) for _ in numbers]


def edges(part, given, numbers):
    """Numbers on both sides of the places where the verdict changes, found by halving between right and wrong."""
    book = part.record(given)
    inside = book.verdict(numbers)
    for direction in ([1.0] * len(numbers), *np.eye(len(numbers)).tolist()):
        for sign in (-1, 1):
            low, high = 0.0, sign * (1 + max(map(abs, numbers)))

            def at(share, direction=direction):
                return [one + share * way for one, way in zip(numbers, direction, strict=True)]

            if book.verdict(at(high)) == inside:
                continue
            for _ in range(120):
                middle = (low + high) / 2
                if middle in (low, high):
                    break
                low, high = (middle, high) if book.verdict(at(middle)) == inside else (low, middle)
            yield from (at(low), at(high))


def answers(key):
    """Right ones in several forms, tempting wrong ones, junk, and numbers near each of them."""
    exercise, part = NUMBERS[key]
    written = [texts(one) for one in (*RIGHT[key], *(wrong for wrong, _ in WRONG[key]))]
    if part.count > 1:
        written = [one for one in written if isinstance(one, list) and len(one) == part.count]
    else:
        written = [one[0] if isinstance(one, list) else one for one in written if one and len(one)]
    yield from written
    given = Given(**exercise.given)
    for one in written:
        try:
            numbers = [number(text) for text in ([one] if part.count == 1 else one)]
        except Wrong:
            continue
        for list_of_numbers in (*near(numbers, key), *edges(part, given, numbers)):
            reprs = [repr(value) for value in list_of_numbers]
            yield reprs if part.count > 1 else reprs[0]
    for text in (*FORMS, *JUNK):
        yield text if part.count == 1 else [text] * part.count
        if part.count > 1:
            yield ["1"] * (part.count - 1) + [text]


def verdict(key, answer):
    exercise, part = PARTS[key]
    return next(one for one in exercise.examine({part.name: answer}) if one.name == part.name)


def data(key):
    exercise, part = PARTS[key]
    return next(one for one in exercise.page() if one["name"] == part.name)


def test_every_number_and_every_choice_of_the_book_is_for_the_page():
    assert len(NUMBERS) >= 35
    assert len(CHOICES) >= 20
    on_pages = [f"{one.id} {part['name']}" for one in EXERCISES.values() for part in one.page()]
    assert on_pages == [key for key in PARTS if key in NUMBERS or key in CHOICES]


@pytest.mark.parametrize("key", NUMBERS)
def test_page_and_samlib_agree_on_a_number(page, key):
    asked, seen, count, part = set(), {"right": 0, "wrong": 0}, 0, data(key)
    for answer in answers(key):
        here, there = verdict(key, answer), page["examine"](part, answer)
        assert there["message"] == here.message, answer
        assert there["points"] == here.points, answer
        asked.add(here.message)
        seen["right" if here.right else "wrong"] += 1
        count += 1
    assert count > 200
    assert seen["wrong"] > 100
    assert seen["right"] > 5 or not RIGHT[key]
    reasons = {re.split("⟦", rule[1])[0] for rule in part["rules"]}
    found = {reason for reason in reasons if any(reason in message for message in asked)}
    assert len(found) >= 0.6 * len(reasons), reasons - found


@pytest.mark.parametrize("key", CHOICES)
def test_page_and_samlib_agree_on_a_choice(page, key):
    part = data(key)
    for answer in (*part["options"], ""):
        here, there = verdict(key, answer), page["examine"](part, answer)
        assert (there["message"], there["points"]) == (here.message, here.points)


def test_what_is_not_handed_in_is_said_in_the_same_words(page):
    exercise = EXERCISES["3.2"]
    for part, said in zip(exercise.page(), exercise.examine({}), strict=False):
        assert page["examine"](part, None) == {"points": 0, "message": said.message, "answered": False}


def test_numbers_are_written_in_the_same_words(page):
    rng = np.random.default_rng(17)
    some = [float(x) for x in rng.normal(size=300) * np.exp(rng.uniform(-200, 200, 300))]
    ties = [123456.5, 1234565.0, 123455.5, 0.5, 2.5, 1.000005, 100000.5, 999999.5, 9999995.0, 0.00012345650]
    plain = [0.0, -0.0, 1.0, -1.0, 100.0, 1e5, 1e6, 999999.0, 1e-4, 1e-5, 5e-324, 1.7e308, 0.1, 1 / 3, 12.5, 1e21, 1e22]
    for value in (*some, *ties, *plain):
        assert page["words"](value) == number_words(value), value


def test_the_functions_of_written_numbers_are_the_same(page):
    part = {"name": "n", "points": 1, "count": 1, "steps": [], "rules": [[0, "⟦0⟧", 0]]}
    for name in FUNCTIONS:
        said = page["examine"](part, f"{name}(0.7)")["message"]
        assert said == f"n: {number_words(float(FUNCTIONS[name](0.7)))}"
    assert f"may use {', '.join(FUNCTIONS)}, and" in page["examine"](part, "gamma(1)")["message"]


def test_a_property_is_recorded_and_not_decided():
    def odd(x, given):
        yield x / 0 > 1, "infinite"
        yield floor(x / 2) * 2 == x, f"half of it is {x / 2}"

    assert record(odd, 1, None).verdict([-3.0]) is None
    assert record(odd, 1, None).verdict([-4.0]) == ("half of it is -2", 0.0)
    assert record(odd, 1, None).verdict([4.0]) == ("infinite", 4.0 * 0)
    assert record(odd, 1, None).verdict([0.0])[0] == "infinite"  # 0/0 is NaN, and NaN is not right
    with pytest.raises(TypeError, match="not known yet"):
        record(lambda x, given: [("", "", 1)] if x > 1 else [], 1, None)


def test_operations_are_made_once():
    def rules(x, given):
        yield x * 2 + x * 2 > 0, "positive"

    assert record(rules, 1, None).data()["steps"] == [2.0, ["*", 0, 1], ["+", 2, 2], 0.0, ["<", 4, 3]]
