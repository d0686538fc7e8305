"""Commands within a text are set as commands, and nothing else of it becomes markup."""

from __future__ import annotations

from services.console.rendering import commands


def test_what_stands_between_backticks_is_a_command() -> None:
    """A text names a command between backticks, as a terminal shows it; a page sets it and shows no backtick."""
    told = commands("Jalankan `kelambu doctor`, lalu `kelambu verify`.")
    assert told == "Jalankan <code>kelambu doctor</code>, lalu <code>kelambu verify</code>."


def test_markup_of_a_text_stays_text() -> None:
    """What a text or a name in it brings along is escaped, within a command too."""
    assert commands("<b>`<i>`") == "&lt;b&gt;<code>&lt;i&gt;</code>"
