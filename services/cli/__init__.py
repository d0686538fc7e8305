"""The command ``kelambu``: which language it speaks, what it runs, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence

from cyclopts import CycloptsError

from events.message import LANGUAGES, Language, message
from services.cli.app import build
from services.cli.exit_codes import ERROR, OK
from services.cli.help import misread
from services.cli.output import complain, errors
from services.platform.permissions import PRIVATE_UMASK
from services.texts.catalogue import render
from services.texts.language import said, speaking

DEBUG = "--debug"
LANG, LANG_VARIABLE = "--lang", "KELAMBU_LANG"


class UnknownLanguageError(ValueError):
    """A language was asked for in which nothing is written; ``where`` it was named."""

    def __init__(self, named: str, where: str) -> None:
        super().__init__(named)
        self.named, self.where = named, where


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 ok, 1 finding, 2 error. Nothing is raised."""
    if arguments is None:  # a process of our own: whatever it writes is for its user alone
        os.umask(PRIVATE_UMASK)
    argv = list(sys.argv[1:] if arguments is None else arguments)
    try:
        spoken, tokens = chosen_language([token for token in argv if token != DEBUG])
    except UnknownLanguageError as wrong:
        note = message("misread.no-language", where=wrong.where, named=wrong.named)
        for language in LANGUAGES:
            complain(f"kelambu: {render(note, language)}")
        return ERROR
    with speaking(spoken):
        return _run(tokens, debug=DEBUG in argv)


def chosen_language(
    arguments: Sequence[str], env: Mapping[str, str] | None = None
) -> tuple[Language, list[str]]:
    """Return the language that a command line asks for, and its arguments without it; the last ``--lang`` counts.

    Without one ``KELAMBU_LANG`` counts, else it is Bahasa Indonesia.

    Raises:
        UnknownLanguageError: it is none of ``LANGUAGES``.
    """
    env = os.environ if env is None else env
    named, where = env.get(LANG_VARIABLE) or "id", LANG_VARIABLE
    rest: list[str] = []
    tokens = iter(arguments)
    for argument in tokens:
        if argument == LANG:
            named, where = next(tokens, ""), LANG
        elif argument.startswith(f"{LANG}="):
            named, where = argument.partition("=")[2], LANG
        else:
            rest.append(argument)
    for one in LANGUAGES:
        if one == named:
            return one, rest
    raise UnknownLanguageError(named, where)


def _run(tokens: list[str], *, debug: bool) -> int:
    """Run one command in the language of the moment."""
    try:
        result = build()(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        complain(f"kelambu: {misread(error)}")
        complain(said(message("misread.see", command=_known(tokens))))
        return ERROR
    except (KeyboardInterrupt, asyncio.CancelledError):
        complain(f"kelambu: {said(message('misread.stopped'))}")
        return 130
    except BrokenPipeError:
        return OK
    except Exception as error:  # noqa: BLE001 -- whatever happens, a person reads a sentence
        # Loads every library whose errors it knows, and most commands end well.
        from services.cli.error_messages import explain  # noqa: PLC0415
        from services.runtime.logging_setup import place_of_error, type_of_error  # noqa: PLC0415

        if debug:
            errors().print("\n".join([type_of_error(error), *place_of_error(error)]))
        trouble = explain(error)
        complain(f"kelambu: {said(trouble.what)}")
        if trouble.cure:
            complain(said(trouble.cure))
        return ERROR
    return result if isinstance(result, int) else OK


def _known(tokens: Sequence[str]) -> str:
    """Return as much of the command as there is."""
    with contextlib.suppress(CycloptsError):
        chain, _, _ = build().parse_commands(tokens)
        return " ".join(("kelambu", *chain))
    return "kelambu"
