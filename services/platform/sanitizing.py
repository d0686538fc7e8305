"""Text from outside, made harmless for whoever shows it: a terminal, a file for the bank, a spreadsheet, a JSON viewer.

Agencies write names, sponsors and accounts. A terminal obeys escapes, a spreadsheet calculates formulas, a reader of
rows begins a new one at a line break, and invisible characters turn around what a person reads. What of it is kept in
the ledger is evidence and stays; what leaves it passes here.
"""

from __future__ import annotations

import unicodedata

INSTEAD = "\ufffd"
"""Stands for a character that is left out."""

_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""With these, of either width, a spreadsheet takes a cell for a formula."""


def visible(text: str, keep: str = "") -> str:
    """Return the text with ``INSTEAD`` for every control, escape, line break and invisible character not in ``keep``.

    Among them are C0, C1, NUL, DEL, what changes the direction of writing, tags, and what no one has assigned.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep or _is_space(c) else INSTEAD for c in text)


def cell(text: str) -> str:
    """Return the text for one cell of a row: visible, on one line, and never the beginning of a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA else shown


def in_json(encoded: str) -> str:
    """Return JSON that says the same, with what a terminal obeys or does not show written as escapes."""
    if encoded.isprintable():
        return encoded
    return "".join(c if c.isprintable() or c == "\n" or _is_space(c) else _escaped(c) for c in encoded)


def _is_space(character: str) -> bool:
    return unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
