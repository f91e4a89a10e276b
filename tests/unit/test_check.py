"""samlib.check: verdicts, the ladder, one's own parameters, time limits, and how formulas are read."""

import html.parser
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import sympy as sp

import samlib
from samlib.check import EXERCISES, MARKS, check, exercise, for_student
from samlib.check._answers import call
from samlib.check._formula import Wrong, canonical, compare, evaluate
from samlib.check._limits import TimeUp, limited
from samlib.check._student import parameters
from samlib.check._words import plain

# Verdicts


def test_a_right_answer_has_its_points_and_no_hint():
    said = check("6.2", "eta/(1+m)")
    assert (said.points, said.out_of, said.right, said.hint) == (1.0, 1, True, "")
    assert str(said).startswith("6.2 Momentum: 1 of 1 points\nx: right.")


def test_a_wrong_answer_climbs_the_ladder_one_rung_at_a_time():
    one = exercise("7.2")
    rungs = [check("7.2", step="w", radius="1").hint for _ in range(4)]
    assert rungs[0] == f"Hint: {plain(one.hint)}"
    assert rungs[1] == f"Sketch: {plain(one.sketch)}"
    assert rungs[2] == rungs[3] == "The full solution is in the book, under exercise 7.2."
    check("7.2", step="w*(1-eta*lam*(1+rho))", radius="2/(eta*lam)-1")
    assert check("7.2", step="w").hint == rungs[0]


def test_parts_are_taken_by_name_in_a_dictionary_or_the_first_alone():
    answers = {"step": "w*(1-eta*lam*(1+rho))", "radius": "2/(eta*lam)-1"}
    assert check("7.2", answers).points == check("7.2", **answers).points == 2
    alone = check("7.2", answers["step"])
    assert (alone.points, alone.parts[1].answered) == (1, False)
    assert "radius: not handed in" in alone.message
    assert "There is no part 'raduis'" in check("7.2", **answers, raduis="0").message


def test_label_and_id_mean_the_same_and_an_unknown_one_is_answered():
    assert exercise("ex-ring") is exercise("4.17") is exercise(" 4.17 ")
    said = check("9.9", 1)
    assert (said.points, said.out_of) == (0.0, 0)
    assert "4.1-4.25" in said.message
    with pytest.raises(KeyError, match="no exercise"):
        exercise("9.9")


def test_without_an_answer_it_says_what_is_asked_and_a_proof_says_that_it_is_one():
    assert str(check("3.2", {"loss": ..., "J": ...})) == str(check("3.2", loss=...)) == str(check("3.2"))
    assert "loss: not handed in" in check("3.2", loss=..., potential=0).message
    said = check("3.2")
    assert "potential: in how many" in said.message
    assert str(said).startswith("3.2 The loss may rise, the potential may not (4 points)\nHand in:")
    assert (said.right, "✗" in said._repr_html_()) == (False, False)
    for proof in ("4.9", "4.22"):
        said = check(proof, "my proof")
        assert (said.points, said.out_of, said.right) == (0.0, 0, False)
        assert "judge yourself" in said.message
        assert "for you to judge" in str(said)


def test_in_a_notebook_the_words_of_a_stranger_are_escaped():
    said = check("6.2", "<script>alert(1)</script>")

    class Reader(html.parser.HTMLParser):
        tags: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)

    Reader().feed(said._repr_html_())
    assert set(Reader.tags) == {"div", "span"}
    assert "✗" in said._repr_html_()
    assert "✓" in check("6.2", "eta/(1+m)")._repr_html_()


def test_a_student_s_prints_and_warnings_do_not_reach_the_notebook(capsys, recwarn):
    def loud(eta, m):
        print("here")
        return np.float64(eta) / np.float64(0.0)

    check("6.2", loud)
    assert capsys.readouterr().out == ""
    assert not recwarn.list


def test_a_function_cannot_change_what_the_check_compares_with():
    given = np.array([1.0, 2.0])

    def greedy(u):
        u[:] = 0
        return u.sum()

    assert call(greedy, given) == 0
    np.testing.assert_array_equal(given, [1.0, 2.0])


# The registry


def test_ids_run_through_each_chapter_and_every_exercise_is_complete():
    seen: dict[str, int] = {}
    for one in EXERCISES.values():
        chapter, number = one.id.split(".")
        seen[chapter] = seen.get(chapter, 0) + 1
        assert int(number) == seen[chapter]
        assert one.marks
        assert set(one.marks) <= set(MARKS)
        assert 5 <= one.minutes <= 60
        assert one.hint
        assert one.sketch
        assert one.parts or one.own
        assert set(one.choices) <= set(one.given)
        assert all(one.given[name] not in values for name, values in one.choices.items()), one.id
        assert len({part.name for part in one.parts}) == len(one.parts)
        assert "\\" not in plain(one.hint + one.sketch + one.own), one.id
        assert "«" not in one.asks()
    assert len(EXERCISES) >= 40
    assert [len(EXERCISES), *seen.values()] == [sum(seen.values()), *seen.values()]


# One's own parameters


def test_an_id_gives_the_same_parameters_however_it_is_spelled_and_others_to_others():
    assert for_student("Ada Lovelace").given("1.3") == for_student("  ada  lovelace ").given("1.3")
    drawn = {tuple(for_student(f"student {i}").given("1.3").values()) for i in range(200)}
    assert len(drawn) == 25  # 5 curvatures times 5 radii
    with pytest.raises(ValueError, match="must be a text"):
        for_student(" ")
    with pytest.raises(ValueError, match="must be a text"):
        for_student(17)


def test_the_parameters_do_not_depend_on_the_session_or_on_its_random_numbers():
    np.random.seed(1)  # noqa: NPY002
    code = (
        "from samlib.check import for_student; print(for_student('ada').given('1.3'), for_student('ada').given('2.3'))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == f"{for_student('ada').given('1.3')} {for_student('ada').given('2.3')}"
    # a value that was printed on paper: the draw must not change from one release to the next
    assert for_student("ada").given("2.3") == {"rho": RHO_OF_ADA}


RHO_OF_ADA = 3.7


def test_a_neighbour_s_number_does_not_help():
    for other in ("ada", "bob", "eve"):
        rho = for_student(other).given("2.3")["rho"]
        assert check("2.3", x=rho - np.pi, student=other).parts[0].right
        assert not check("2.3", x=4.0 - np.pi, student=other).parts[0].right
    assert for_student("ada").check("2.3").message.count("3.7") == 1


def test_every_choice_of_parameters_has_a_right_answer():
    """The book's solution, with each of the values that a student may get."""
    for eta in EXERCISES["7.7"].choices["eta"]:
        scores = np.array([1, 0.25, 0.0625]) / (2 - eta * np.array([1, 0.5, 0.25]))
        tie = scores[0] / scores
        answers = {"tie": tie, "second": tie * [1, 1.05, 0.1], "third": tie * [1, 0.1, 1.05]}
        assert all(part.right for part in EXERCISES["7.7"].examine(answers, {"eta": eta})), eta
    for eta in EXERCISES["7.3"].choices["eta"]:
        lam = np.array([1, 0.5, 0.25])
        answers = {"amplitudes": eta * lam / (2 - eta * lam)}
        assert EXERCISES["7.3"].examine(answers, {"eta": eta})[0].right
    for rho in EXERCISES["2.3"].choices["rho"]:
        x = 1.0
        for _ in range(2000):
            x += 0.1 * np.sin(x + rho * np.sign(-np.sin(x)))
        assert EXERCISES["2.3"].examine({"x": x, "slope": -np.sin(x)}, {"rho": rho})[1].right
        assert EXERCISES["2.3"].examine({"x": x}, {"rho": rho})[0].right
    for lam in EXERCISES["1.3"].choices["lam"]:
        for rho in EXERCISES["1.3"].choices["rho"]:
            etas = np.array([0.1, 0.5, 1.0, 1.5, 1.9]) / lam
            rule, line = samlib.SAM(etas, rho), samlib.Quadratic([lam])
            runs = np.abs(samlib.final_state(rule, line, np.full((5, 1), 2.0), 400))[:, 0]
            parts = EXERCISES["1.3"].examine({"amplitudes": runs, "equal": 1 / lam}, {"lam": lam, "rho": rho})
            assert parts[0].right, parts[0].message
            assert parts[1].right
    for eta in EXERCISES["1.4"].choices["eta"]:
        for rho in EXERCISES["1.4"].choices["rho"]:
            gamma = samlib.QuadraticSAM([1.0, 0.3], eta, rho).gamma
            answers = {"edges": gamma, "start": gamma.mean() * np.array([0.8, 2.0])}
            assert all(part.right for part in EXERCISES["1.4"].examine(answers, {"eta": eta, "rho": rho})[:2])
    for x in EXERCISES["4.19"].choices["x"]:
        assert EXERCISES["4.19"].examine({"example": [1e-3, x]}, {"x": x})[0].right
    for eta in EXERCISES["4.7"].choices["eta"]:
        theory = samlib.QuadraticSAM([1.0, 0.7, 0.5], eta, 1.0)
        middle = (theory.beta[0] + theory.alpha[-1]) / 2
        assert EXERCISES["4.7"].examine({"length": middle}, {"eta": eta})[1].right
    for eta in EXERCISES["4.7"].choices["long_step"]:
        assert EXERCISES["4.7"].examine({"settles": eta / (2 - eta)}, {"long_step": eta})[2].right
    for spread in EXERCISES["4.10"].choices["spread"]:
        angle = 2 * np.pi * np.arange(999) / 999
        v = 0.25 * np.stack([np.cos(angle), np.sin(angle)], -1)
        density = np.exp(-2 * (v**2 / spread**2 * [0.25, 1]).sum(-1)) / (np.pi * spread**2)
        assert EXERCISES["4.10"].examine({"exact": np.pi * density.mean()}, {"spread": spread})[0].right
    for rho in EXERCISES["4.11"].choices["rho"]:
        answers = {"crossing": 0.8 / (0.25 * rho), "factor": -6.8}
        assert all(part.right for part in EXERCISES["4.11"].examine(answers, {"rho": rho}))
    for name in ("4.16", "4.18"):
        for second in EXERCISES[name].choices["second"]:
            factor = (2 - 0.2 * second) / second**2 - 0.8
            answers = {"factor": factor, "steps": np.log(1000) / np.log(factor)}
            assert all(part.right for part in EXERCISES[name].examine(answers, {"second": second})), second
    for lam2 in EXERCISES["3.3"].choices["lam2"]:
        assert EXERCISES["3.3"].examine({"factor": 1 - lam2 - lam2**2}, {"lam2": lam2})[0].right
    for eta in EXERCISES["6.4"].choices["eta"]:
        low, high = 0.5, 20.0
        while high - low > 1e-4:
            rho = (low + high) / 2
            m = 1 + (eta * rho / (2 - eta)) ** 2 / 2
            wide = 1 + (eta * rho / (2 - eta) + rho) ** 2 / 2
            low, high = (rho, high) if 1 - 2 / wide * (eta + 2 * (2 - eta) / m) < -1 else (low, rho)
        part = EXERCISES["6.4"].examine({"threshold": low}, {"eta": eta})[0]
        assert part.right, (eta, low, part.message)


def test_the_list_of_exercises_with_parameters_of_one_s_own_is_the_list_tested_above():
    own = {one.id for one in EXERCISES.values() if one.choices}
    tested = {"7.7", "7.3", "2.3", "1.3", "1.4", "4.19", "4.7", "4.10", "4.11", "4.16", "4.18", "3.3", "6.4", "7.5"}
    project = {"8.3", "8.4", "8.5", "8.6", "8.7"}  # tests/check/cases_project.py
    assert own == tested | project  # 7.5 is in tests/check/test_answers.py
    for one in EXERCISES.values():
        assert set(parameters(one, "x")) == set(one.choices)


# Time limits


def endless():
    while True:
        pass


def test_the_main_thread_is_interrupted_and_the_timer_of_others_goes_on():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        began = time.monotonic()
        with pytest.raises(TimeUp):
            limited(endless, 0.05)
        assert time.monotonic() - began < 0.25
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        while not rung and time.monotonic() - began < 5:
            time.sleep(0.01)
        assert rung
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_code_that_swallows_the_first_interruption_is_interrupted_again():
    def stubborn():
        try:
            endless()
        except BaseException:
            endless()

    with pytest.raises(TimeUp):
        limited(stubborn, 0.05)


@pytest.mark.parametrize("work", [endless, lambda: time.sleep(0.3)], ids=["loop", "sleep"])
def test_elsewhere_than_in_the_main_thread_it_is_a_thread_that_ends(work):
    seen = []

    def elsewhere():
        try:
            limited(work, 0.05)
        except TimeUp:
            seen.append("time is up")
        seen.append(limited(lambda: 7, 1.0))
        try:
            limited(lambda: 1 / 0, 1.0)
        except ZeroDivisionError:
            seen.append("raised")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(5)
    assert seen == ["time is up", 7, "raised"]
    names = [t for t in threading.enumerate() if t.name == "a student's answer"]
    for left in names:
        left.join(2)
    assert not any(t.is_alive() for t in names)


def test_without_signals_and_threads_the_code_runs_without_a_limit(monkeypatch):
    def refuse(_self):
        raise RuntimeError("can't start new thread")

    monkeypatch.delattr(signal, "setitimer")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert limited(lambda: 3, 0.1) == 3


def test_what_the_code_returns_or_raises_is_handed_on():
    assert limited(lambda: 3, 1.0) == 3
    with pytest.raises(ZeroDivisionError):
        limited(lambda: 1 / 0, 1.0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


# Formulas

AT = {"eta": np.array([0.5, 2.0]), "lam1": np.array([3.0, 1.0])}


@pytest.mark.parametrize(
    "form",
    ["eta*lam1**2", "eta*lambda_1^2", "η·λ₁²", "eta*lam_1*lam1",
     sp.Symbol("eta") * sp.Symbol("lambda_1") ** 2,
     lambda eta, lam1: eta * lam1**2],
    ids=lambda form: form if isinstance(form, str) else type(form).__name__,
)  # fmt: skip
def test_a_formula_is_read_in_many_spellings(form):
    np.testing.assert_allclose(evaluate(form, AT, order=("eta", "lam1")), [4.5, 2.0])


def test_functions_and_constants():
    np.testing.assert_allclose(evaluate("np.sqrt(4) + max(eta, 1) - sp.exp(0) + 0*pi", AT), [2.0, 3.0])
    np.testing.assert_allclose(evaluate("log(e)", {}), [1.0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("eta = 3", "right-hand side"), ("2eta", "cannot be read"), ("|eta|", "abs"), ("eta(2)", r"eta\*"),
        ("x", "holds the name “x”"), ("open(1)", "no other function"), ("(1).imag", "cannot be read"),
        ("eta.real", "cannot be read"), ("lambda: 0", "cannot be read"), ("[1][0]", "cannot be read"),
        ("sqrt(eta, 2)", "one argument"), ("sqrt()", "one argument"), ("'a'*9", "cannot be read"),
        ("1" * 3000, "too long"),
        ("1e400", "too large"), ("True", "holds the name"), ("os.sqrt(2)", "cannot be read"),
        ("f(x)(y)", "cannot be read"), ("0,5", "no decimal point"), ("(" * 50 + "1" + ")" * 50, "cannot be read"),
        ("sqrt(x=2)", "right-hand side"), ("__import__('os')", "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_why_and_never_run(text, reason):
    with pytest.raises(Wrong, match=reason):
        evaluate(text, AT)


def test_a_tower_of_powers_costs_no_time():
    began = time.monotonic()
    assert not np.isfinite(evaluate("9**9**9**9**9", {})).any()
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("name", ["lambda_1", "λ₁", "lam1", "lam_1", "lambda1", "\\lambda_{1}"[1:]])
def test_one_spelling_for_a_symbol(name):
    assert canonical(name) == "lam1"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("-x*y", "wrong sign"), ("3*x*y", "3 times"), ("x*y + 1", "too large by a constant"), ("x*y - 1", "too small"),
        ("abs(x)*y", "right for x > 0, but not for x < 0"), ("x*y**2", "would be right"), ("x*log(-y)", "not a real"),
        ("x + y", "told"), (sp.Symbol("q"), "symbol 'q'"), (lambda x, y: x / 0, "ZeroDivisionError"), (None, "must be"),
        (sp.Symbol("x") > 0, "number as its value"), (lambda x: x, "TypeError"), (True, "must be a formula"),
    ],
)  # fmt: skip
def test_the_reason_says_how_a_formula_differs(answer, reason):
    with pytest.raises(Wrong, match=reason):
        compare(answer, lambda x, y: x * y, {"x": (-2, 2), "y": (1, 2)}, mistakes=[("x + y", "told")])


def test_numbers_agree_up_to_rounding_and_no_further():
    compare("x*1.00000001", lambda x: x, {"x": (1, 2)})
    with pytest.raises(Wrong, match=r"1 times|would be right"):
        compare("x*1.00001", lambda x: x, {"x": (1, 2)})


def test_tex_becomes_plain_text():
    assert plain(r"the $\frac12\lambda_1$ of $\norm g^2\ge\frac\rho{1-x}$ *here*") == "the ½λ₁ of ‖g‖² ≥ ρ/(1-x) here"
    assert plain(r"`a * b` and $h\,\sign v_{t+1}$") == "`a * b` and h sign vₜ₊₁"


def test_samlib_itself_does_not_load_the_checks():
    code = "import sys, samlib, samlib.claims; assert 'samlib.check' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
