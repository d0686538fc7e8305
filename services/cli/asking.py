"""Asking whoever sits at the terminal whether something that cannot be taken back may be done."""

from __future__ import annotations

import sys

from events.message import Message
from services.cli.exit_codes import command_error
from services.texts.language import said


def agreed(question: Message) -> bool:
    """Ask, and tell whether the answer is yes.

    Raises:
        CommandError: nobody sits there; the command has ``--yes`` for that.
    """
    if not sys.stdin.isatty():
        raise command_error("release.nobody-asked", "release.say-yes")
    return input(said(question)).strip().casefold() in ("ya", "y", "yes")
