"""Grading a class: `python -m samlib.check grade FOLDER --exercises "1.3 2.3" --out grades.csv`.

Every submission runs in a process of its own, in a temporary folder, with limits of time and memory. A cell or an
answer that crashes the process or hangs costs itself alone: the process is started anew without it. Rows and feedback
are written as they come; a run that was interrupted goes on where it was, and what is graded is not graded again.

**This is no sandbox.** The code of a submission runs as the user who grades: it can read that user's files, use the
network, and write outside its temporary folder. It could also tamper with its own points, since answers are functions
and have to be called where they live. What is limited: wall-clock and processor time, memory, the size of a file, the
number of processes (best effort; as the superuser the system's limit on them does not hold). Memory and processes are
limited on Linux, in part on macOS, not on Windows. For a class that you do not trust, grade in a container or as a user
that owns nothing.
"""

import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samlib.check import EXERCISES
from samlib.check._processes import MARK, end_marked
from samlib.check._words import number_words
from samlib.check.submissions import Submission, Unreadable, find, read

__all__ = ["Grade", "Limits", "grade_folder", "grade_one"]

TICK = 0.02
CROWD = 200
"""Living processes of one submission from which on it is ended."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    seconds : float
        Wall-clock time for the whole submission, restarts included.
    cell_seconds, check_seconds : float
        For one cell; for the examination of one part of an answer.
    memory_mb, disk_mb : float
        Memory beyond that of the libraries; the size of one file.
    """

    seconds: float = 120.0
    cell_seconds: float = 30.0
    check_seconds: float = 5.0
    memory_mb: float = 2000.0
    disk_mb: float = 100.0


@dataclass
class Grade:
    """What a submission earned.

    Attributes
    ----------
    name, student, digest : str
        The file, the id that its notebook gives (which anybody can type), the SHA-256 of the file.
    points : dict
        Exercise → points.
    messages : dict
        Exercise → sentences for the student.
    problems : list of str
        What happened while it ran: cells that failed, limits, an unreadable file.
    """

    name: str
    digest: str
    student: str = ""
    points: dict[str, float] = field(default_factory=dict)
    messages: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        """The sum of the points."""
        return sum(self.points.values())


def grade_folder(
    folder: Path,
    out: Path,
    exercises: Sequence[str],
    limits: Limits | None = None,
    workers: int | None = None,
    say: Callable[[str], None] = print,
) -> int:
    """Grade all submissions below a folder; returns how many were graded now.

    `out` gets one row for each, and the folder `feedback` next to it one Markdown file for each.

    Raises
    ------
    ValueError
        If an exercise does not exist, the folder has no submission, or `out` is of another set of exercises.
    """
    _check_exercises(exercises)
    submissions = find(folder)
    if not submissions:
        raise ValueError(f"no notebook (.ipynb or .md) in {folder}")
    table = _Table(out, exercises)
    waiting = [one for one in submissions if (one.name, one.digest) not in table.known]
    if len(waiting) < len(submissions):
        say(f"{len(submissions) - len(waiting)} of {len(submissions)} are graded already")
    feedback = out.parent / "feedback"
    limits = limits or Limits()
    pool = ThreadPoolExecutor(workers or max(1, os.cpu_count() or 1))
    stop = threading.Event()
    tasks = [pool.submit(grade_one, one, exercises, limits, stop) for one in waiting]
    try:
        for count, task in enumerate(as_completed(tasks), start=1):
            result = task.result()
            _write_feedback(feedback, result, exercises)
            table.append(result)
            say(f"{count}/{len(waiting)}  {result.name}: {number_words(result.total)} of {_out_of(exercises)}"
                + (f"  ({result.problems[0]})" if result.problems else ""))  # fmt: skip
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    return len(waiting)


def grade_one(
    submission: Submission, exercises: Sequence[str], limits: Limits, stop: threading.Event | None = None
) -> Grade:
    """Grade one file. Whatever is in it, a `Grade` comes back."""
    result = Grade(submission.name, submission.digest, points=dict.fromkeys(exercises, 0.0))
    try:
        cells = read(submission.path)
    except Unreadable as error:
        result.problems.append(str(error))
        result.messages = {one: ["nothing could be read."] for one in exercises}
        return result
    home = Path(tempfile.mkdtemp(prefix="samlib-grade-"))
    try:
        _Run(result, cells, list(exercises), limits, home, stop or threading.Event()).go()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return result


class _Run:
    """The processes of one submission, one after the other: a new one each time that the old one hangs or dies."""

    def __init__(
        self, result: Grade, cells: list[str], exercises: list[str], limits: Limits, home: Path, stop: threading.Event
    ) -> None:
        self.result, self.cells, self.exercises, self.limits, self.home, self.stop = (
            result, cells, exercises, limits, home, stop,
        )  # fmt: skip
        self.skipped_cells: set[int] = set()
        self.done: set[str] = set()
        self.cell_reasons: dict[int, str] = {}

    def go(self) -> None:
        deadline = time.monotonic() + self.limits.seconds
        for attempt in range(len(self.cells) + len(self.exercises) + 1):
            if self._once(attempt, deadline):
                break
        else:
            self.result.problems.append("gave up after many restarts.")
        for number, reason in sorted(self.cell_reasons.items()):
            self.result.problems.append(f"code cell {number + 1}: {reason}")
        for exercise in self.exercises:
            if exercise not in self.done:
                self.result.messages[exercise] = ["not reached: the submission's time was used up before."]
            elif self.cell_reasons and self.result.messages.get(exercise, [""])[0].endswith(" is missing."):
                self.result.messages[exercise].append(
                    "A cell stopped before its end, perhaps the one that sets it: see “While it ran”."
                )

    def _once(self, attempt: int, deadline: float) -> bool:
        """Run a process to its end; True if no other is needed."""
        log = self.home / f"events-{attempt}.jsonl"
        place = self.home / f"work-{attempt}"
        place.mkdir()
        log.touch()
        job = self.home / f"job-{attempt}.json"
        limits = self.limits
        job.write_text(json.dumps({
            "cells": self.cells, "exercises": self.exercises, "log": str(log), "seconds": limits.seconds,
            "skipped_cells": sorted(self.skipped_cells), "skipped_exercises": sorted(self.done),
            "cell_seconds": limits.cell_seconds, "check_seconds": limits.check_seconds,
            "memory_mb": limits.memory_mb, "disk_mb": limits.disk_mb,
        }), encoding="utf-8")  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "samlib.check._worker", str(job)],
            cwd=place, env=_environment(place, str(self.home)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=os.name == "posix",
        )  # fmt: skip
        try:
            events, why = self._watch(process, log, deadline)
        finally:
            _end(process, str(self.home))
        return self._learn(events, why)

    def _watch(self, process: "subprocess.Popen[bytes]", log: Path, deadline: float) -> tuple[list[Any], str]:
        """The events until the process ends, and why it was ended: "", "time", "hang" or "crowd"."""
        limits, since, position, events = self.limits, time.monotonic(), 0, []
        with log.open("rb") as reader:
            while True:
                ended = process.poll() is not None
                reader.seek(position)
                for line in reader.read().splitlines(keepends=True):
                    if line.endswith(b"\n"):
                        position += len(line)
                        with contextlib.suppress(ValueError):
                            events.append(json.loads(line))
                        since = time.monotonic()
                if ended or (events and events[-1].get("event") == "end"):
                    return events, ""
                now = time.monotonic()
                if now > deadline or self.stop.is_set():
                    return events, "time"
                last = events[-1].get("event") if events else "start"
                # Within the process the limits are kept already; this is for code that cannot be interrupted there.
                patience = {"cell": limits.cell_seconds, "exercise": limits.check_seconds * 4}.get(last, 60.0)
                if now - since > 1.5 * patience + 0.5:
                    return events, "hang"
                if _crowd(process.pid) > CROWD:
                    return events, "crowd"
                time.sleep(TICK)

    def _learn(self, events: list[Any], why: str) -> bool:
        """Take over what the process said; True if it came to its end or no other is worth while."""
        at: dict[str, Any] = {"event": "start"}
        for event in events:
            at = event
            kind = event.get("event")
            if kind == "cell done" and event.get("reason"):
                self.cell_reasons[int(event["number"])] = str(event["reason"])
            elif kind == "exercise done" and event.get("id") in self.exercises:
                self._take(event)
            elif kind == "student":
                self.result.student = str(event.get("id", ""))[:100]
            elif kind == "end":
                return True
        reason = {
            "time": "the time of the whole submission was used up here.",
            "hang": "it did not end and could not be interrupted; the process was ended.",
            "crowd": "it started too many processes; all were ended.",
        }.get(why, "the process died here (out of memory, or a crash in compiled code).")
        if at.get("event") == "cell":
            self.cell_reasons[int(at["number"])] = reason
            self.skipped_cells.add(int(at["number"]))
        elif at.get("event") == "exercise":
            self.done.add(at["id"])
            self.result.messages[at["id"]] = [f"{reason}"]
        elif why != "time":
            self.result.problems.append(f"the process could not go on after “{at.get('event')}”: {reason}")
            return True
        return why == "time"

    def _take(self, event: dict[str, Any]) -> None:
        exercise = event["id"]
        self.done.add(exercise)
        points = float(event.get("points", 0.0))
        self.result.points[exercise] = min(max(points, 0.0), EXERCISES[exercise].points)
        self.result.messages[exercise] = [str(message) for message in event.get("messages", [])]


class _Table:
    """The CSV: rows are appended and flushed; a row cut off by an interruption is dropped when it is opened again."""

    def __init__(self, path: Path, exercises: Sequence[str]) -> None:
        self.path, self.exercises = path, list(exercises)
        self.columns = ["submission", "student", "points", "out_of", *self.exercises, "problems", "sha256"]
        self.known: set[tuple[str, str]] = set()
        if not path.exists() or not path.read_bytes():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write([self.columns], "w")
            return
        text = path.read_text(encoding="utf-8-sig")
        whole = text[: text.rfind("\n") + 1]
        rows = list(csv.reader(whole.splitlines(keepends=True)))
        if not rows or rows[0] != self.columns:
            raise ValueError(f"{path} was written for other exercises: give another name with --out")
        if len(whole) < len(text):
            path.write_text(whole, encoding="utf-8")
        latest = {row[0]: row for row in rows[1:] if len(row) == len(self.columns)}
        self.known = {(_unquoted(row[0]), row[-1]) for row in latest.values()}

    def append(self, result: Grade) -> None:
        """Add a row; a file handed in again gets a new row, and its last one counts."""
        points = [number_words(result.points.get(one, 0.0)) for one in self.exercises]
        out_of = str(_out_of(self.exercises))
        self._write([[
            _quoted(result.name), _quoted(result.student), number_words(result.total), out_of, *points,
            _quoted(" | ".join(result.problems)), result.digest,
        ]], "a")  # fmt: skip

    def _write(self, rows: list[list[str]], mode: str) -> None:
        with self.path.open(mode, encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
            file.flush()
            os.fsync(file.fileno())


def _quoted(text: str) -> str:
    """One line, and no formula for a spreadsheet to run: the text is a stranger's."""
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "'") else text


def _unquoted(text: str) -> str:
    return text.removeprefix("'")


def _write_feedback(folder: Path, result: Grade, exercises: Sequence[str]) -> None:
    """A Markdown file for the student, under the submission's own path."""
    path = folder / f"{result.name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"# {result.name}", "", f"**{number_words(result.total)} of {_out_of(exercises)} points**", ""]
    for exercise in exercises:
        one = EXERCISES[exercise]
        earned = number_words(result.points.get(exercise, 0.0))
        lines += [f"## {exercise} {one.title}: {earned} of {one.points}", ""]
        lines += [f"- {message}" for message in result.messages.get(exercise, [])]
        if one.own:
            lines.append(f"- Not checked by a computer: {one.own}")
        lines.append("")
    if result.problems:
        lines += ["## While it ran", "", *(f"- {problem}" for problem in result.problems), ""]
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text("\n".join(lines), encoding="utf-8")
    unfinished.replace(path)


def _check_exercises(exercises: Sequence[str]) -> None:
    if not exercises:
        raise ValueError('name the exercises, for example --exercises "1.3 2.3"')
    for one in exercises:
        if one not in EXERCISES:
            raise ValueError(f"there is no exercise {one!r}")
        if not EXERCISES[one].parts:
            raise ValueError(f"exercise {one} is a proof, which a computer cannot grade")
    if len(set(exercises)) < len(exercises):
        raise ValueError("an exercise is named twice")


def _out_of(exercises: Sequence[str]) -> int:
    return sum(EXERCISES[one].points for one in exercises)


def _environment(place: Path, mark: str) -> dict[str, str]:
    """Nothing of the grader's own environment but what Python needs: no keys, no tokens."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    root = str(Path(__file__).resolve().parents[2])
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return environment | one_thread | {
        "PYTHONPATH": root, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg", MARK: mark,
        "HOME": str(place), "TMPDIR": str(place), "TEMP": str(place), "TMP": str(place), "IPYTHONDIR": str(place),
        "MPLCONFIGDIR": str(place),
    }  # fmt: skip


def _crowd(group: int) -> int:
    """How many processes are in the group, on Linux; 0 elsewhere."""
    count = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            count += int(stat.read_text().rpartition(")")[2].split()[2]) == group
    return count


def _end(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """End the process and all that it started: its group at once, and then whoever left the group."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()
    end_marked(mark)
