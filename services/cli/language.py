"""The language of a command: what ``--lang`` says, else ``KELAMBU_LANG``, else Bahasa Indonesia."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from events.message import LANGUAGES, Language

OPTION, VARIABLE = "--lang", "KELAMBU_LANG"


class UnknownLanguageError(ValueError):
    """A language was asked for in which nothing is written; ``where`` it was named."""

    def __init__(self, named: str, where: str) -> None:
        super().__init__(named)
        self.named, self.where = named, where


def chosen(arguments: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[Language, list[str]]:
    """Return the language that a command line asks for, and its arguments without it; the last ``--lang`` counts.

    Raises:
        UnknownLanguageError: it is none of ``LANGUAGES``.
    """
    env = os.environ if env is None else env
    named, where = env.get(VARIABLE) or "id", VARIABLE
    rest: list[str] = []
    tokens = iter(arguments)
    for argument in tokens:
        if argument == OPTION:
            named, where = next(tokens, ""), OPTION
        elif argument.startswith(f"{OPTION}="):
            named, where = argument.partition("=")[2], OPTION
        else:
            rest.append(argument)
    for one in LANGUAGES:
        if one == named:
            return one, rest
    raise UnknownLanguageError(named, where)
