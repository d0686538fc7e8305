"""Work in a process of its own, which is ended when it takes too long or too much memory, whatever it does."""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from services.platform.child_processes import end_with

_BESIDE = 500_000_000
"""Bytes that the work may have beside the memory that it counts itself: Python, threads, values on their way."""
_PORTION = 1 << 20


def within(work: Callable[[], bytes], *, seconds: float, memory: int, most: int) -> bytes:
    """Return what the work returns, which leaves nothing else behind; memory and ``most`` of the result are in bytes.

    No other thread may be in the midst of anything. Memory is limited on Linux only.

    Raises:
        TimeoutError: it is not done after so many seconds.
        MemoryError: the result is larger than ``most``.
        ChildProcessError: it ended without a result.
    """
    until, parent = time.monotonic() + seconds, os.getpid()
    reading, writing = os.pipe()
    child, status = os.fork(), None
    if not child:
        _work(work, writing, memory, parent)
    try:
        os.close(writing)
        result = _read(reading, until, most)
        status = os.waitpid(child, 0)[1]
    finally:
        os.close(reading)
        if status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if status:
        raise ChildProcessError
    return result


def _work(work: Callable[[], bytes], writing: int, memory: int, parent: int) -> None:
    """Do the work and end this process, with 0 if all of the result was written."""
    failed = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if ask := end_with(parent):
            ask()
        if sys.platform.startswith("linux"):
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            most = pages * resource.getpagesize() + memory + _BESIDE
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        with os.fdopen(writing, "wb") as file:
            file.write(work())
        failed = 0
    finally:
        os._exit(failed)


def _read(reading: int, until: float, most: int) -> bytes:
    content = bytearray()
    while True:
        if not select.select([reading], [], [], max(until - time.monotonic(), 0))[0]:
            raise TimeoutError
        portion = os.read(reading, _PORTION)
        if not portion:
            return bytes(content)
        content += portion
        if len(content) > most:
            raise MemoryError
