"""What agencies wrote does nothing to a terminal, a spreadsheet or a reader of JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli import output
from services.platform.sanitizing import cell, in_json, visible

EVIL = [
    "\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "a\rb", "a\nb", "\0", "\x7f", "\u202eitiS", "\u2066x\u2069",
    "\U000e0041\U000e0042", "\u200b", "\ufeff", "\u2028", "\ud7ff\u0378",
]  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_what_is_not_seen_is_seen(text: str) -> None:
    """Escapes, C1, line breaks, bidi, tags and invisible characters are shown as one sign; the rest stays."""
    assert visible(text).isprintable()
    assert "�" in visible(text)
    assert cell(f"Bupati {text}").isprintable()
    assert visible("Kabupaten Musi Banyuasin, “Ñandú”") == "Kabupaten Musi Banyuasin, “Ñandú”"


@settings(deadline=None)
@given(st.text())
def test_json_says_the_same(text: str) -> None:
    """What is written as an escape is read as it was; nothing but line ends is left that a terminal obeys."""
    shown = in_json(json.dumps({"name": text}, ensure_ascii=False))
    assert json.loads(shown) == {"name": text}
    assert all(c.isprintable() or c.isspace() for c in shown)


@pytest.mark.parametrize("text", [*EVIL, "[bold]x[/bold]", "[link=http://a]b[/link]", "[/]"])
def test_commands_print_names_as_they_are_and_nothing_more(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence, in a table and in JSON; brackets are no markup."""
    output.console().print(f"<{text}>")
    output.console().print(output.table("", ("Sponsor",), [(f"<{text}>",)]))
    output.show_json({"sponsor": text})
    output.show_line({"sponsor": text})
    printed = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in printed)
    if text.startswith("["):
        assert printed.count(f"<{text}>") == 2
