"""Memory that a process has freed: glibc keeps it for later, unless it is asked to give it back."""

from __future__ import annotations

import ctypes
import os
import sys

_ARENAS = "MALLOC_ARENA_MAX"
"""Environment variable: in how many places glibc keeps the memory of a process; with one for each thread much stays unused."""
_M_ARENA_MAX = -8


def use_one_arena() -> None:
    """Let this process and those forked from it keep memory in one place, unless the environment says in how many."""
    if _ARENAS not in os.environ and sys.platform.startswith("linux"):
        if tune := getattr(ctypes.CDLL(None), "mallopt", None):
            tune(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Give freed memory back to the system, for a process that has much work behind it and little before it.

    Nothing happens where the system has no such thing. It takes some milliseconds.
    """
    if sys.platform.startswith("linux") and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
