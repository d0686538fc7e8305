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

from events.message import Message, Parameter, message
from services.cli.help import value
from services.cli.language import said


def misread(error: CycloptsError) -> str:
    """Say in one sentence or two what cannot be read; names no more than was typed."""
    told, near = _sentence(error)
    return f"{said(told)} {said(message('misread.near', near=near))}" if near else said(told)


def _sentence(error: CycloptsError) -> tuple[Message, str]:
    """Return the sentence, and what may have been meant."""
    note, near = message("misread.unreadable"), ""
    match error:
        case UnknownCommandError():
            typed = (error.unused_tokens or error.root_input_tokens or ["?"])[0]
            note, near = message("misread.no-command", typed=typed), _nearest(typed, error.app or ())
        case UnknownOptionError():
            typed = error.token.keyword or error.token.value
            note = message("misread.no-option", typed=typed)
            near = _nearest(typed, [argument.name for argument in error.argument_collection])
        case MissingArgumentError():
            note = message("misread.missing", name=_name(error.argument))
        case RepeatArgumentError():
            note = message("misread.twice", option=error.token.keyword or error.token.value)
        case CoercionError():
            typed, name = error.token.value if error.token else "?", _name(error.argument)
            if choices := error.argument.get_choices() if error.argument else None:
                note = message("misread.no-choice", typed=typed, name=name, choices=", ".join(choices))
            else:
                note = message("misread.no-value", typed=typed, name=name)
        case UnusedCliTokensError():
            note = message("misread.too-much", words=" ".join(error.unused_tokens or ()))
    return note, near


def _nearest(typed: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(typed, list(known), 1)), "")


def _name(argument: Argument | None) -> Parameter:
    return value(argument.name) if argument else "?"
