"""Memory that a process has freed: glibc keeps it for later, unless it is asked to give it back."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give freed memory back to the system, for a process that has much work behind it and little before it.

    Nothing happens where the system has no such thing. It takes some milliseconds.
    """
    if sys.platform.startswith("linux") and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
