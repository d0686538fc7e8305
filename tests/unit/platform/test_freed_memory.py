"""Memory that was freed is given back."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from services.platform.freed_memory import give_back

LARGER_THAN_PYTHONS_OWN = 1000
"""Bytes of an object that malloc gives, and not Python from what it has taken before."""


def taken() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc keeps what was freed and can be asked"
)
def test_freed_memory_below_what_is_still_used_is_given_back():
    objects = [bytes(LARGER_THAN_PYTHONS_OWN) for _ in range(50_000)]
    last = objects.pop()
    objects.clear()
    before = taken()
    give_back()
    assert before - taken() > 20_000_000
    assert len(last) == LARGER_THAN_PYTHONS_OWN
