"""The language in which a command speaks; Bahasa Indonesia until somebody has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from events.message import Language, Message
from services.texts.catalogue import render

_CURRENT: ContextVar[Language] = ContextVar("language", default="id")


def language() -> Language:
    """Return the language that is spoken."""
    return _CURRENT.get()


def said(text: Message | str) -> str:
    """Return a message in the language that is spoken; a plain text is returned as it is."""
    return render(text, language()) if isinstance(text, Message) else text


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Speak a language until the end of the block."""
    token = _CURRENT.set(chosen)
    try:
        yield
    finally:
        _CURRENT.reset(token)
