"""A command line that cannot be read, in words: what is unknown, missing, given twice, or of another kind."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cyclopts import (
    Argument,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from services.cli.said import said


def misread(error: CycloptsError) -> str:
    """Say in one sentence or two what cannot be read; names no more than was typed."""
    told, near = _told(error)
    return f"{said(told)} {said(f'did you mean {near}?')}" if near else said(told)


def _told(error: CycloptsError) -> tuple[str, str]:
    """Return the sentence, and what may have been meant."""
    told, near = "this cannot be read.", ""
    match error:
        case UnknownCommandError():
            typed = (error.unused_tokens or error.root_input_tokens or ["?"])[0]
            told, near = f"there is no command {typed}.", _nearest(typed, error.app or ())
        case UnknownOptionError():
            typed = error.token.keyword or error.token.value
            told = f"there is no option {typed}."
            near = _nearest(typed, [argument.name for argument in error.argument_collection])
        case MissingArgumentError():
            told = f"{_name(error.argument)} is missing."
        case RepeatArgumentError():
            told = f"{error.token.keyword or error.token.value} is given twice."
        case CoercionError():
            told = f"{error.token.value if error.token else '?'} cannot be {_name(error.argument)}"
            choices = error.argument.get_choices() if error.argument else None
            told = f"{told}; one of {', '.join(choices)}." if choices else f"{told}."
        case UnusedCliTokensError():
            told = f"too much is given: {' '.join(error.unused_tokens or ())}."
    return told, near


def _nearest(typed: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(typed, list(known), 1)), "")


def _name(argument: Argument | None) -> str:
    return argument.name if argument else "?"
