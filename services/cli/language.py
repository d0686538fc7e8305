"""The language of a command: what ``--lang`` says, else ``KELAMBU_LANG``, else Bahasa Indonesia."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from events.message import LANGUAGES, Language, Message
from services.texts.catalogue import render

OPTION, VARIABLE = "--lang", "KELAMBU_LANG"
_CURRENT: ContextVar[Language] = ContextVar("language", default="id")


class UnknownLanguageError(ValueError):
    """A language was asked for in which nothing is written; ``where`` it was named."""

    def __init__(self, named: str, where: str) -> None:
        super().__init__(named)
        self.named, self.where = named, where


def language() -> Language:
    """Return the language of the command that runs."""
    return _CURRENT.get()


def said(told: Message | str) -> str:
    """Return a message in the language of the command; a plain text is returned as it is."""
    return render(told, language()) if isinstance(told, Message) else told


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Speak a language until the end of the block."""
    token = _CURRENT.set(chosen)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def chosen(arguments: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[Language, list[str]]:
    """Return the language that a command line asks for, and its arguments without it; the last ``--lang`` counts.

    Raises:
        UnknownLanguageError: it is none of ``LANGUAGES``.
    """
    env = os.environ if env is None else env
    named, where = env.get(VARIABLE) or "id", VARIABLE
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        if argument == OPTION:
            named, where = next(given, ""), OPTION
        elif argument.startswith(f"{OPTION}="):
            named, where = argument.partition("=")[2], OPTION
        else:
            rest.append(argument)
    for one in LANGUAGES:
        if one == named:
            return one, rest
    raise UnknownLanguageError(named, where)
