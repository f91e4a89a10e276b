"""Grading a class: each kind of trouble costs its own question, rows come as they are graded, and a run can go on."""

import csv
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from samlib.check import EXERCISES, for_student
from samlib.check.__main__ import main
from samlib.check.grade import Grade, Limits, _Table, _write_feedback, grade_folder
from samlib.check.submissions import Unreadable, find, read

ASKED = ["2.3", "6.2", "7.6"]
QUICK = Limits(seconds=60, cell_seconds=2.0, check_seconds=2.0, memory_mb=600)

FIRST = "import os\nimport numpy as np\nfrom samlib.check import for_student\nstudent = 'ada'"
FALSE_MINIMUM = (
    "rho = for_student(student).given('2.3')['rho']\nanswer_2_3 = {'x': rho - np.pi, 'slope': -np.sin(rho - np.pi)}"
)
MOMENTUM = "answer_6_2 = 'eta / (1 + m)'"
PLANE = "answer_7_6_kappa = 0.9\nanswer_7_6_heavy = 'it attracts for all of them'"


def notebook(*cells):
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "metadata": {}} for cell in cells]
    text = {"cell_type": "markdown", "source": "# Mine", "metadata": {}}
    return json.dumps({"cells": [text, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def myst(*cells):
    return "---\nkernelspec: {name: python3}\n---\n\n# Mine\n\n" + "\n".join(
        f"```{{code-cell}} ipython3\n:tags: [mine]\n\n{cell}\n```\n" for cell in cells
    )


def between(trouble):
    """A right submission with a cell of trouble in it."""
    return notebook(FIRST, FALSE_MINIMUM, trouble, MOMENTUM, PLANE)


CLASS = {
    "right.ipynb": notebook(FIRST, FALSE_MINIMUM, MOMENTUM, PLANE),
    "folder of one/right.md": myst(FIRST, FALSE_MINIMUM, MOMENTUM, PLANE),
    "late exception.ipynb": between("raise KeyError('<b>')"),
    "loop.ipynb": between("while True:\n    pass"),
    "stubborn loop.ipynb": between(
        "while True:\n    try:\n        while True:\n            pass\n    except:\n        pass"
    ),
    "dies.ipynb": between("os._exit(3)"),
    "forks.ipynb": between("while True:\n    try:\n        os.fork()\n    except Exception:\n        pass"),
    "failed with a process.ipynb": notebook(
        FIRST,
        FALSE_MINIMUM,
        "start = lambda: os.fork() or __import__('time').sleep(60) or os._exit(0)",
        "earlier = start()",
        "child = start()\nraise ValueError",
        f"if os.waitpid(child, os.WNOHANG)[0] == child and os.waitpid(earlier, os.WNOHANG)[0] == 0:\n    {MOMENTUM}",
        PLANE,
    ),
    "memory.ipynb": between("hoard = np.ones(10**9)"),
    "leaves a process.ipynb": between(
        f"import subprocess\nsubprocess.Popen(['sleep', '{os.getpid()}7'], start_new_session=True)"
    ),
    "renamed.ipynb": notebook(FIRST, FALSE_MINIMUM, "anser_62 = 'eta / (1 + m)'", PLANE),
    "stopped.ipynb": notebook(FIRST, FALSE_MINIMUM, "rate = 1 / 0\nanswer_6_2 = 'eta / (1 + m)'", PLANE),
    "answer loops.ipynb": notebook(FIRST, FALSE_MINIMUM, "def answer_6_2(*_):\n    while True:\n        pass", PLANE),
    "answer dies.ipynb": notebook(FIRST, FALSE_MINIMUM, "def answer_6_2(*_):\n    os._exit(1)", PLANE),
    "neighbour.ipynb": notebook(
        FIRST.replace("ada", "=1+1"), FALSE_MINIMUM.replace("(student)", "('ada')"), MOMENTUM, PLANE
    ),
    "half.ipynb": notebook(FIRST, "answer_7_6 = {'kappa': 0.5, 'heavy': 'it attracts for all of them'}"),
    "empty.md": "# Nothing\n",
    "damaged.ipynb": "{",
}

FULL = [2, 1, 2]
POINTS = dict.fromkeys(CLASS, FULL) | {
    "renamed.ipynb": [2, 0, 2], "stopped.ipynb": [2, 0, 2], "answer loops.ipynb": [2, 0, 2],
    "answer dies.ipynb": [2, 0, 2],
    "neighbour.ipynb": [0, 1, 2], "half.ipynb": [0, 0, 1], "empty.md": [0, 0, 0], "damaged.ipynb": [0, 0, 0],
}  # fmt: skip

REASONS = {
    "late exception.ipynb": "code cell 3: KeyError: '<b>'",
    "loop.ipynb": "code cell 3: stopped after 2 seconds",
    "stubborn loop.ipynb": "could not be interrupted|stopped after 2 seconds",
    "dies.ipynb": "code cell 3: the process died here",
    "forks.ipynb": "code cell 3: (it did not end|stopped after)",
    "failed with a process.ipynb": "code cell 5: ValueError",
    "memory.ipynb": "code cell 3: MemoryError|_ArrayMemoryError",
    "renamed.ipynb": r"answer_6_2 is missing \(there is anser_62: was it renamed\?\)",
    "stopped.ipynb": "answer_6_2 is missing.\n- A cell stopped before its end, perhaps the one that sets it: see",
    "answer loops.ipynb": "no result after 2 seconds",
    "answer dies.ipynb": "the process died here",
    "half.ipynb": "half a turn multiplies",
    "empty.md": "no code cell",
    "damaged.ipynb": "damaged",
}


def fill(folder, names=None):
    for name in names or CLASS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CLASS[name], encoding="utf-8")


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def temporary_folders():
    return set(Path(tempfile.gettempdir()).glob("samlib-grade-*"))


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class with a space")
    fill(folder)
    out = tmp_path_factory.mktemp("out") / "grades.csv"
    said = []
    before = temporary_folders()
    assert grade_folder(folder, out, ASKED, QUICK, workers=2, say=said.append) == len(CLASS)
    assert temporary_folders() <= before
    return folder, out, said


@pytest.mark.parametrize("name", CLASS)
def test_each_submission_has_the_points_that_it_earned(graded, name):
    row = next(row for row in rows(graded[1]) if row["submission"] == name)
    assert [float(row[one]) for one in ASKED] == POINTS[name], row
    assert float(row["points"]) == sum(POINTS[name])
    assert int(row["out_of"]) == sum(EXERCISES[one].points for one in ASKED) == 5


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_is_in_the_feedback(graded, name):
    import re

    text = (graded[1].parent / "feedback" / f"{name}.md").read_text(encoding="utf-8")
    assert re.search(REASONS[name], text), text
    assert f"**{sum(POINTS[name])} of 5 points**" in text


def test_the_student_is_named_and_cannot_write_a_formula_into_the_table(graded):
    by_name = {row["submission"]: row["student"] for row in rows(graded[1])}
    assert by_name["right.ipynb"] == by_name["folder of one/right.md"] == "ada"
    assert by_name["neighbour.ipynb"] == "'=1+1"


def test_no_process_is_left(graded):
    wanted = f"{os.getpid()}7".encode()
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    assert not [line for line in lines if line.split(b"\0")[:2] == [b"sleep", wanted]]


def test_what_is_graded_is_not_graded_again_and_what_changed_is(graded):
    folder, out, _ = graded
    before, said = out.read_text(encoding="utf-8"), []
    assert grade_folder(folder, out, ASKED, QUICK, workers=2, say=said.append) == 0
    assert out.read_text(encoding="utf-8") == before
    (folder / "empty.md").write_text("Still nothing.", encoding="utf-8")
    assert grade_folder(folder, out, ASKED, QUICK, workers=2, say=said.append) == 1
    assert [row["submission"] for row in rows(out)].count("empty.md") == 2
    assert out.read_text(encoding="utf-8").startswith(before)


def test_an_interrupted_run_goes_on(tmp_path):
    fill(tmp_path / "in", ["right.ipynb", "half.ipynb", "loop.ipynb", "damaged.ipynb"])
    out = tmp_path / "out" / "grades.csv"
    command = [
        sys.executable, "-m", "samlib.check", "grade", str(tmp_path / "in"), "--out", str(out), "--workers", "1",
        "--exercises", "2.3, 6.2", "--cell-seconds", "20",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A run in the background of a shell hands on that interrupts are ignored.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    deadline = time.monotonic() + 60
    while (not out.exists() or len(rows(out)) < 2) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "goes on from here" in complaint
    first = rows(out)
    assert 2 <= len(first) < 4
    with out.open("a", encoding="utf-8") as file:
        file.write("right.ipynb,cut o")  # as if the power had failed
    assert main([*command[3:-1], "1"]) == 0
    assert rows(out)[: len(first)] == first
    assert sorted(row["submission"] for row in rows(out)) == sorted(
        ["right.ipynb", "half.ipynb", "loop.ipynb", "damaged.ipynb"]
    )


def test_the_time_of_a_whole_submission_is_limited_and_what_was_graded_before_counts(tmp_path):
    slow = "def answer_6_2(*_):\n    import ctypes\n    ctypes.CDLL(None).sleep(30)"
    (tmp_path / "slow.ipynb").write_text(notebook(FIRST, FALSE_MINIMUM, slow, PLANE), encoding="utf-8")
    limits = Limits(seconds=9, cell_seconds=5, check_seconds=30)
    grade_folder(tmp_path, tmp_path / "out" / "grades.csv", ASKED, limits, say=lambda _: None)
    row = rows(tmp_path / "out" / "grades.csv")[0]
    assert [float(row[one]) for one in ASKED] == [2, 0, 0]
    text = (tmp_path / "out" / "feedback" / "slow.ipynb.md").read_text(encoding="utf-8")
    assert "used up here" in text
    assert "not reached" in text


# Reading


def test_cells_of_both_formats(tmp_path):
    (tmp_path / "a.ipynb").write_text(notebook("x = 1\ny = 2", "z = 3"), encoding="utf-8")
    text = (
        "```{code-cell}\n---\ntags: [a]\n---\nx = 1\ny = '''\n```{no cell}\n'''\n```\n"
        "````{code-cell} ipython3\n:tags: [b]\nz = '```'\n````\n"
    )
    (tmp_path / "b.md").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read(tmp_path / "a.ipynb") == ["x = 1\ny = 2", "z = 3"]
    assert read(tmp_path / "b.md") == ["x = 1\ny = '''\n```{no cell}\n'''\n", "z = '```'\n"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[1]", "present format"), (b'{"worksheets": []}', "present format"), (b'{"cells": 3}', "present format"),
        (b'{"cells": [3, {"cell_type": "code", "source": 4}]}', "no code cell"), (b"\xff\xfe", "UTF-8"),
        (b"", "damaged"),
        (b"[" * 100_000, "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_told_why(tmp_path, content, reason):
    (tmp_path / "x.ipynb").write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        read(tmp_path / "x.ipynb")


def test_the_files_of_a_folder(tmp_path):
    folder, outside = tmp_path / "in", tmp_path / "outside.md"
    fill(folder, ["right.ipynb", "folder of one/right.md", "empty.md"])
    outside.write_text("secret")
    (folder / "link.md").symlink_to(outside)
    for name in (".ipynb_checkpoints", "feedback", ".hidden"):
        (folder / name).mkdir()
        (folder / name / "a.md").write_text("no")
    (folder / "data.csv").write_text("no")
    assert [one.name for one in find(folder)] == ["empty.md", "folder of one/right.md", "right.ipynb"]
    assert len({one.digest for one in find(folder)}) == 3


# Table, feedback, command line


def test_a_table_of_other_exercises_is_not_touched(tmp_path):
    out = tmp_path / "grades.csv"
    table = _Table(out, ["2.3"])
    table.append(Grade('a, "b"\n.md', "0", student="x", points={"2.3": 1.5}, problems=["one", "two"]))
    before = out.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="other exercises"):
        _Table(out, ["6.2"])
    assert out.read_text(encoding="utf-8") == before
    row = rows(out)[0]
    assert (row["submission"], row["points"], row["out_of"], row["problems"]) == ('a, "b" .md', "1.5", "2", "one | two")


def test_feedback_of_an_exercise_says_what_no_computer_checks(tmp_path):
    _write_feedback(tmp_path, Grade("a.md", "0", points={"2.3": 1.0}, messages={"2.3": ["x: right."]}), ["2.3"])
    text = (tmp_path / "a.md.md").read_text(encoding="utf-8")
    assert "Not checked by a computer: the explanation." in text
    assert [path.name for path in tmp_path.iterdir()] == ["a.md.md"]


@pytest.mark.parametrize(
    ("exercises", "reason"),
    [
        ("", "name the exercises"),
        ("9.9", "no exercise"),
        ("4.9", "a proof"),
        ("2.3 2.3", "twice"),
        ("2.3", "no notebook"),
    ],
)
def test_the_command_line_says_what_is_wrong(tmp_path, capsys, exercises, reason):
    with pytest.raises(SystemExit):
        main(["grade", str(tmp_path), "--exercises", exercises, "--out", str(tmp_path / "g.csv")])
    assert reason in capsys.readouterr().err


def test_the_command_line_lists_and_asks(capsys):
    assert main(["list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(EXERCISES)
    assert main(["ask", "2.3", "--student", "ada"]) == 0
    assert str(for_student("ada").given("2.3")["rho"]) in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["grade", "--help"])
    assert "no sandbox" in capsys.readouterr().out
