"""One submission, run in a process of its own: `python -m samlib.check._worker job.json`.

The process runs the cells one by one, then asks each exercise about the student's variables, and writes every event as
a line of JSON before and after it, so that whoever watches knows where it was when it hangs or dies.
"""

import contextlib
import io
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from samlib.check._limits import TimeUp, limited
from samlib.check._processes import MARK, end_marked, marked

__all__ = ["main"]

FORKS = 6
"""Processes that the code may start from Python. A child counts on from where its parent was, so a fork bomb comes to
2^6 processes at most; what it starts by other means, the limits of the system and the watching process have to stop."""

LETTERS = 400
"""Of an error's message, in the feedback."""


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    log = Path(job["log"]).open("a", encoding="utf-8")  # noqa: SIM115 (as long as the process)
    home = os.getpid()

    def tell(**event: Any) -> None:
        if os.getpid() == home:  # a child that the code forked has nothing to say
            log.write(json.dumps(event) + "\n")
            log.flush()

    # Loaded before the limits: what we need ourselves is not the student's memory.
    from IPython.core.interactiveshell import InteractiveShell

    from samlib.check import EXERCISES, _names

    _limit_resources(job)
    _limit_processes(FORKS)
    shell = InteractiveShell.instance()
    if shell.history_manager is not None:
        shell.history_manager.enabled = False
    quiet = io.StringIO()
    tell(event="ready")
    for number, source in enumerate(job["cells"]):
        if number in job["skipped_cells"]:
            continue
        tell(event="cell", number=number)
        running = marked(os.environ[MARK])
        reason = _run(shell, source, job["cell_seconds"], quiet)
        if os.getpid() != home:
            os._exit(0)  # a forked child that fell out of its cell
        if reason:
            end_marked(os.environ[MARK], spared=running)  # what a broken cell started takes time from the next ones
        tell(event="cell done", number=number, reason=reason)
    names = shell.user_ns
    tell(event="student", id=_names.student(names))
    for identifier in job["exercises"]:
        if identifier in job["skipped_exercises"]:
            continue
        tell(event="exercise", id=identifier)
        points, messages = _names.examine(EXERCISES[identifier], names, job["check_seconds"])
        tell(event="exercise done", id=identifier, points=points, messages=messages)
    tell(event="end")
    log.close()
    os._exit(0)  # threads and exit handlers of the code are not waited for


def _run(shell: Any, source: str, seconds: float, quiet: io.StringIO) -> str:
    """What went wrong in the cell, or an empty text."""
    try:
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            outcome = limited(lambda: shell.run_cell(source, store_history=False, silent=True), seconds)
    except TimeUp:
        return f"stopped after {seconds:g} seconds"
    except BaseException as error:  # SystemExit, KeyboardInterrupt or what a cell made of them
        return _words(error)
    finally:
        quiet.seek(0)
        quiet.truncate()
    failed = outcome.error_before_exec or outcome.error_in_exec
    if isinstance(failed, TimeUp):
        return f"stopped after {seconds:g} seconds"
    return "" if failed is None else _words(failed)


def _words(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}{': ' + text[:LETTERS] if text else ''}"


def _limit_resources(job: dict[str, Any]) -> None:
    """The system's own limits, where there are any; a limit that cannot be set is left as it is."""
    try:
        import resource
    except ImportError:  # Windows
        return
    in_use = (
        int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if sys.platform == "linux" else 0
    )
    limits = {
        "RLIMIT_AS": in_use + int(job["memory_mb"] * 1e6),
        "RLIMIT_CPU": int(job["seconds"]) + 5,
        "RLIMIT_FSIZE": int(job["disk_mb"] * 1e6),
        "RLIMIT_NPROC": _processes_of_user() + 64,
        "RLIMIT_CORE": 0,
    }
    for name, value in limits.items():
        with contextlib.suppress(ValueError, OSError, AttributeError):
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))


def _processes_of_user() -> int:
    """Processes and threads that the user has already, which the system counts in; many where it cannot be known."""
    count = 0
    try:
        for status in Path("/proc").glob("[0-9]*/task"):
            with contextlib.suppress(OSError):
                count += len(list(status.iterdir())) if status.stat().st_uid == os.getuid() else 0
    except OSError:
        return 1000
    return count or 1000


def _limit_processes(allowed: int) -> None:
    started = {"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
    left = [allowed]
    lock = threading.Lock()

    def watch(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in started:
            with lock:
                left[0] -= 1
            if left[0] < 0:
                raise RuntimeError(f"more than {allowed} processes were started")

    sys.addaudithook(watch)


if __name__ == "__main__":
    main()
