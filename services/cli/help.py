"""The help of every command, and what cannot be read of a command line, in the language that was asked for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from cyclopts import (
    Argument,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
    ValidationError,
)
from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
from cyclopts.validators import Number
from rich.console import Console, ConsoleOptions
from rich.text import Text

from events.message import Message, Parameter, message
from services.cli.output import tell
from services.texts.catalogue import texts
from services.texts.language import said

_ASIDE = re.compile(r"[`*]")
_VALUE = re.compile(r"\b[A-Z]{2,}(?:-[A-Z]+)*\b")
"""A placeholder of a value: ``NUMBER``, ``DD-MM-YYYY``."""


class HelpPage:
    """Draws each part of a help page: usage, description, and the panels of commands and parameters."""

    def __init__(self, *command: str) -> None:
        """Draw the page of a command, named by its words: ``agency``, ``key``, ``add``; of none, of all commands."""
        self._command = command

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Draw one panel; what a parameter needs and may be follows what it is."""
        title = said(message(f"panel.{_plain(panel.title).lower()}"))
        what = _of_command if panel.format == "command" else self._of_parameter
        entries = [_described(entry, what(entry)) for entry in panel.entries]
        DefaultFormatter()(console, options, panel.copy(title=title, entries=entries))

    def render_usage(self, console: Console, _: ConsoleOptions, usage: object) -> None:
        """Draw the line that shows how the command is written."""
        tell(console, message("page.usage", usage=_values(_plain(usage).strip())))
        console.print()

    def render_description(self, console: Console, _: ConsoleOptions, description: object) -> None:
        """Draw what the command does, blank lines between its paragraphs, and an example to copy, on one line."""
        for paragraph in said(message(_plain(description).strip())).split("\n\n"):
            tell(console, " ".join(_ASIDE.sub("", paragraph).split()))
            console.print()
        example = ".".join(("help", *self._command, "example"))
        if example in texts():
            tell(console, message("page.example"))
            console.print(f"  {said(message(example))}", soft_wrap=True, highlight=False, markup=False)
            console.print()

    def _of_parameter(self, entry: HelpEntry) -> Message:
        """Return what a parameter is; what it may be fills the blank ``known``."""
        name = entry.positional_label or entry.names[0]
        key = parameter(self._command, name.lstrip("-").lower())
        return message(key, known=_plain(entry.description).strip())


def parameter(command: Sequence[str], name: str) -> str:
    """Return the key of what a parameter is: in this command, in its family of commands, or wherever it is not said."""
    places = [".".join(("help", *command[:n])) for n in range(len(command), 0, -1)]
    keys = [f"{place}.{name}" for place in places]
    return next((key for key in keys if key in texts()), f"help.option.{name}")


def value(name: str) -> Parameter:
    """Return the text of a placeholder such as ``NUMBER``; any other name as it is written."""
    key = f"value.{name.lower()}"
    return message(key) if name.isupper() and key in texts() else name


def _of_command(entry: HelpEntry) -> Message:
    """Return what a command does; its ``help`` is the key."""
    name = entry.names[0]
    return message(f"page.{name.lstrip('-')}" if name.startswith("-") else _plain(entry.description).strip())


def _described(entry: HelpEntry, what: Message) -> HelpEntry:
    parts = [_ASIDE.sub("", said(what))]
    if entry.choices:
        parts.append(said(message("page.choices", values=", ".join(entry.choices))))
    if entry.default not in (None, "False"):
        parts.append(said(message("page.default", value=entry.default or "")))
    if entry.required:
        parts.append(said(message("page.required")))
    return entry.copy(
        description=Text(" ".join(part for part in parts if part)),
        choices=None,
        default=None,
        required=False,
        metavar=_values(entry.metavar or "") or None,
        positional_label=_values(entry.positional_label or "") or None,
    )


def _plain(text: object) -> str:
    """Return the text of what cyclopts would draw."""
    content = getattr(text, "primary_renderable", text)
    return str(content.plain) if hasattr(content, "plain") else "" if content is None else str(content)


def _values(text: str) -> str:
    """Replace each placeholder by its text."""
    words = ((word, value(word)) for word in _VALUE.findall(text))
    values = {word: said(what) for word, what in words if isinstance(what, Message)}
    return _VALUE.sub(lambda match: values.get(match[0], match[0]), text)


def misread(error: CycloptsError) -> str:
    """Say in one sentence or two what cannot be read; names no more than was typed."""
    sentence, near = _sentence(error)
    return f"{said(sentence)} {said(message('misread.near', near=near))}" if near else said(sentence)


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
        case ValidationError(argument=Argument() as argument) if (least := _least(argument)) is not None:
            typed = argument.tokens[0].value if argument.tokens else "?"
            note = message("misread.too-small", option=argument.name, typed=typed, least=least)
        case UnusedCliTokensError():
            note = message("misread.too-much", words=" ".join(error.unused_tokens or ()))
    return note, near


def _least(argument: Argument) -> int | None:
    """Return the least number that may be given, where there is one."""
    validators = argument.parameter.validator
    all_validators = validators if isinstance(validators, tuple) else ()
    limits = [one.gte for one in all_validators if isinstance(one, Number)]
    return next((int(one) for one in limits if one is not None), None)


def _nearest(typed: str, names: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(typed, list(names), 1)), "")


def _name(argument: Argument | None) -> Parameter:
    return value(argument.name) if argument else "?"
