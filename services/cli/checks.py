"""What a look at an installation finds, one thing at a time, and what is to be done about it."""

from __future__ import annotations

from msgspec import Struct

from events.message import Message


class Check(Struct, frozen=True):
    """One thing that was looked at, named as in ``doctor.check``; ``cure`` says what to do when it is not ``ok``."""

    name: str
    ok: bool
    found: Message | str
    cure: tuple[Message | str, ...] = ()
