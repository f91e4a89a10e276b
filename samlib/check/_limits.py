"""Time limits for code that somebody else wrote.

In the main thread of a POSIX system a timer signal interrupts the code; elsewhere (Windows, or a thread of a server)
the code runs in a thread of its own, into which Python raises an exception. Both work between two instructions of
Python: one long call inside compiled code (a huge matrix product, say) is noticed only when it returns. In a thread we
go on without it; in the main thread we have to wait. Code that catches every exception in an endless loop
(`while True: try: … except: pass`) cannot be stopped from within a process at all; the grader ends its process. Where
there are no threads either, as in a browser's Python, there is no limit.
"""

import ctypes
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["TimeUp", "limited"]

AGAIN = 0.2
"""Seconds after which the interruption is repeated, for code that swallowed the first one."""


class TimeUp(BaseException):
    """The code had not finished in time. No `Exception`, so that an `except Exception` of the code lets it pass."""


def limited(work: Callable[[], Any], seconds: float) -> Any:
    """What `work()` returns; `TimeUp` after so many seconds, and whatever `work` raises."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return _by_signal(work, seconds)
    return _by_thread(work, seconds)


def _by_signal(work: Callable[[], Any], seconds: float) -> Any:
    armed = True

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if armed:
            raise TimeUp

    before, began = signal.signal(signal.SIGALRM, ring), time.monotonic()
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        return work()
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:  # a limit around this one goes on
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 1e-3), interval)


def _by_thread(work: Callable[[], Any], seconds: float) -> Any:
    outcome: list[tuple[bool, Any]] = []

    def run() -> None:
        try:
            outcome.append((True, work()))
        except BaseException as error:  # handed to the caller, SystemExit included
            outcome.append((False, error))

    thread = threading.Thread(target=run, daemon=True, name="a student's answer")
    try:
        thread.start()
    except RuntimeError:  # no threads at all, as in a browser's Python: then without a limit
        return work()
    thread.join(seconds)
    if thread.is_alive():
        for _ in range(10):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TimeUp))
            thread.join(AGAIN / 4)
            if not thread.is_alive():
                break
        raise TimeUp
    done, value = outcome[0]
    if done:
        return value
    raise value
