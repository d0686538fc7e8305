"""A file of events, understood before anything of it is sent: JSON one after the other, an array of it, or a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from events import rows
from events.catalogue import AGENCY_TYPES, short_name
from events.cells import Rows
from events.codes import Codes
from events.message import message
from services.cli.exit_codes import CommandError
from services.cli.workbook import MAGIC, read_workbook

TYPES = {short_name(name): name for name in AGENCY_TYPES}
_TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm"})
_BLANK = " \t\r\n"
_elements = msgspec.json.Decoder(list[msgspec.Raw])


class File:
    """What stands in a file, and what kind of thing it is: events as JSON, or a table of one type."""

    def __init__(self, raw: bytes, name: str = "", kind: str | None = None) -> None:
        """Look at a file called ``name``; ``kind`` is the type of a table's events, None for JSON.

        Raises:
            CommandError: it is empty, or a table of which no type is named.
        """
        if kind is not None and kind not in TYPES:
            raise CommandError(
                message("events-file.no-type", kind=kind),
                message("events-file.known-types", known=", ".join(TYPES)),
            )
        if not raw.strip():
            raise _empty()
        self._raw, self._kind = raw, kind
        self._workbook = raw.startswith(MAGIC)
        is_json = not self._workbook and raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
        if kind is None and (Path(name).suffix.lower() in _TABLES or not is_json):
            raise CommandError(message("events-file.no-json"), message("events-file.name-type"))

    def documents(self, agency: str, codes: Codes | None = None, *, confirmed: bool = False) -> list[bytes]:
        """Return the documents in their order, JSON byte for byte as it stands, of a table what its rows say.

        Raises:
            CommandError: the JSON cannot be taken apart, at a line, or holds no event.
            TableRefused: a table has faults.
        """
        if self._kind is None:
            if not (found := list(_values(self._raw))):
                raise _empty()
            return found
        table: bytes | Rows = read_workbook(self._raw) if self._workbook else self._raw
        return rows.documents(table, TYPES[self._kind], f"/agencies/{agency}", codes, confirmed=confirmed)


def _empty() -> CommandError:
    return CommandError(message("events-file.empty"), message("events-file.name-one"))


def _values(raw: bytes) -> Iterator[bytes]:
    """Go through the objects of a file, however they are laid out: a line each, over many lines, or in arrays."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CommandError(
            message("events-file.no-utf-8", line=line), message("events-file.save-utf-8")
        ) from None
    decoder, at, by_line = json.JSONDecoder(), 0, False
    while (at := _skipped(text, at)) < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _not_json(text, at if by_line else error.pos) from None
        except RecursionError:
            raise _not_json(text, at) from None
        value = text[at:end].encode()
        by_line = b"\n" not in value
        if value.startswith(b"["):
            yield from (_object(bytes(each), text, at) for each in _elements.decode(value))
        else:
            yield _object(value, text, at)
        at = end


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _object(value: bytes, text: str, at: int) -> bytes:
    if not value.startswith(b"{"):
        raise _not_json(text, at)
    return value


def _not_json(text: str, at: int) -> CommandError:
    line, start = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at)
    return CommandError(
        message("events-file.no-event", line=line, column=at - start), message("events-file.mend")
    )
