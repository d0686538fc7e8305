"""How far long work has come, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable

from events.message import Message

Progress = Callable[[Message, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: not known)."""


def silent(_what: Message, _done: int, _of: int) -> None:
    """Tell nobody."""
