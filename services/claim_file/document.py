"""A document for people, before it is a page or a PDF: sections of a few kinds of blocks, all of plain text.

Text is never markup: whatever an agency wrote is shown letter by letter, and what would not be seen is replaced.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from events.message import Language
from services.platform.sanitizing import visible


class Paragraph(Struct, frozen=True, tag="paragraph"):
    """A paragraph. ``note`` is small print, ``amiss`` something that must not be overlooked, ``strong`` what matters most."""

    text: str
    style: Literal["plain", "strong", "note", "amiss"] = "plain"


class Pairs(Struct, frozen=True, tag="pairs"):
    """Names with their values, one pair a row; an empty value is a line to be filled in by hand."""

    rows: tuple[tuple[str, str], ...]


class Heading(Struct, frozen=True):
    """The heading of a column, and how its cells are set; ``code`` are identifiers and hashes."""

    text: str
    align: Literal["left", "right", "prose", "code"] = "left"


class DocumentTable(Struct, frozen=True, tag="grid"):
    """A table; ``last`` is a row of totals."""

    columns: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    last: tuple[str, ...] = ()


class Bullets(Struct, frozen=True, tag="bullets"):
    """Rows, each with how deep it is set in."""

    rows: tuple[tuple[int, str], ...]


class Quote(Struct, frozen=True, tag="quote"):
    """What a rule says, where it stands, and what is to be known of it."""

    source: str
    text: str = ""
    notes: tuple[str, ...] = ()


class ScannedText(Struct, frozen=True, tag="scanned"):
    """A line of text as a QR code, with what the code is called and what it is good for."""

    text: str
    name: str
    note: str


class SignatureBlock(Struct, frozen=True, tag="signature"):
    """Room for a signature: place and date, who signs; beside it a code, where there is one."""

    place: str
    who: str
    beside: ScannedText | None = None


Block: TypeAlias = Paragraph | Pairs | DocumentTable | Bullets | Quote | SignatureBlock | ScannedText


class DocumentPart(Struct, frozen=True):
    """A section: its title (empty for none) and its blocks."""

    title: str
    blocks: tuple[Block, ...]


class PrintedDocument(Struct, frozen=True):
    """A whole document in one language, as things stood ``on`` a day. ``foot`` is at the end.

    ``other`` is the page in the other language, ``other_name`` what that is called.
    """

    language: Language
    title: str
    on: dt.date
    lead: str
    parts: tuple[DocumentPart, ...]
    foot: str
    kind: Literal["file", "letter"] = "file"
    other: str = ""
    other_name: str = ""


def plain(document: PrintedDocument) -> PrintedDocument:
    """Return the document with every invisible or controlling character replaced."""
    return msgspec.convert(_plain(msgspec.to_builtins(document)), PrintedDocument)


def _plain(value: object) -> object:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
