"""The help of every command, drawn in the language that was asked for."""

from __future__ import annotations

import re

from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions
from rich.text import Text

from services.cli.output import tell
from services.cli.said import said

_ASIDE = re.compile(r"[`*]")
_VALUE = re.compile(r"\b[A-Z]{2,}(?:-[A-Z]+)*\b")
"""What stands for a value: ``NUMBER``, ``DD-MM-YYYY``."""


class HelpPage:
    """Draws each part of a help page: usage, description, and the panels of commands and parameters."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Draw one panel; what a parameter needs and may be stands behind what it is."""
        entries = [_told(entry) for entry in panel.entries]
        DefaultFormatter()(console, options, panel.copy(title=said(_plain(panel.title)), entries=entries))

    def render_usage(self, console: Console, _: ConsoleOptions, usage: object) -> None:
        """Draw the line that shows how the command is written."""
        tell(console, said(f"Usage: {_values(_plain(usage).strip())}"))
        console.print()

    def render_description(self, console: Console, _: ConsoleOptions, description: object) -> None:
        """Draw what the command does, or what stands at the foot of the page; blank lines part its paragraphs."""
        text = _plain(description)
        if not text.strip():
            return
        for paragraph in said(text.strip()).split("\n\n"):
            tell(console, " ".join(_ASIDE.sub("", paragraph).split()))
            console.print()


def _plain(text: object) -> str:
    """Return the text of what cyclopts would draw."""
    found = getattr(text, "primary_renderable", text)
    return str(found.plain) if hasattr(found, "plain") else "" if found is None else str(found)


def _told(entry: HelpEntry) -> HelpEntry:
    parts = [_ASIDE.sub("", said(_plain(entry.description).strip()))]
    if entry.choices:
        parts.append(said(f"[choices: {', '.join(entry.choices)}]"))
    if entry.default not in (None, "False"):
        parts.append(said(f"[default: {entry.default}]"))
    if entry.required:
        parts.append(said("[required]"))
    told = Text(" ".join(part for part in parts if part))
    return entry.copy(
        description=told,
        choices=None,
        default=None,
        required=False,
        metavar=_values(entry.metavar or "") or None,
        positional_label=_values(entry.positional_label or "") or None,
    )


def _values(text: str) -> str:
    """Tell what stands for a value."""
    return _VALUE.sub(lambda found: said(found[0]), text)
