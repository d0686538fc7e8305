"""The frame: every item that could be drawn, with its amount and stratum, as a file whose hash can be told beforehand."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable

from msgspec import Struct

from events.message import MessageError, message

_HEADER = ("item", "amount", "stratum")


class FrameItem(Struct, frozen=True, gc=False):
    """One item of a frame: its name, its amount in whole rupiah, its stratum."""

    name: str
    amount: int
    stratum: str = ""


class FrameError(MessageError):
    """A file is not the frame that was written."""


def frame_file(frame: Iterable[FrameItem]) -> bytes:
    """Return the file of a frame: a heading, then a line ``item,amount,stratum`` for each item, sorted by item.

    UTF-8, lines end with a newline, quotes only where CSV needs them (RFC 4180). Whatever the order of the items,
    the bytes are the same.
    """
    output = io.StringIO()
    lines = csv.writer(output, lineterminator="\n")
    lines.writerow(_HEADER)
    lines.writerows((item.name, item.amount, item.stratum) for item in _sorted(frame))
    return output.getvalue().encode()


def read_frame(content: bytes) -> list[FrameItem]:
    """Return the items of such a file, sorted by name.

    Raises:
        FrameError: it is not byte for byte as ``frame_file`` writes it, or an item is there twice.
    """
    try:
        rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
        next(rows)
        frame = [FrameItem(name, int(amount), stratum) for name, amount, stratum in rows]
    except (StopIteration, ValueError, csv.Error):
        raise FrameError(message("sample.no-frame")) from None
    if len({item.name for item in frame}) < len(frame) or frame_file(frame) != content:
        raise FrameError(message("sample.no-frame"))
    return frame


def file_hash(content: bytes) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, as ``sha256sum`` prints it."""
    return hashlib.sha256(content).hexdigest()


def _sorted(frame: Iterable[FrameItem]) -> list[FrameItem]:
    return sorted(frame, key=lambda item: item.name)
