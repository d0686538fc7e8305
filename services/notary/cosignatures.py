"""What a cosignature signs (C2SP ``tlog-cosignature``).

Whoever makes one says that the log only grew, and when that was. An Ed25519 cosignature covers the whole text of a
checkpoint, an ML-DSA-44 one its first three lines and the name of the cosigner. Both begin with the time, in seconds
since 1970.
"""

from __future__ import annotations

import re

from msgspec import Struct

from events.message import message
from services.notary.notes import NoteError, decoded

TIME_BYTES = 8
HASH_BYTES = 32
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_MAX_NAME = 255


class TreeHead(Struct, frozen=True):
    """What every checkpoint says first: of which log, how many entries, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes


def read_tree_head(text: str) -> TreeHead:
    """Read the tree head at the beginning of a checkpoint's text; no line of it may be empty.

    Raises:
        NoteError: it is the text of no checkpoint.
    """
    *lines, rest = text.split("\n")
    if rest or len(lines) < 3 or not all(lines):
        raise NoteError(message("note.no-checkpoint"))
    origin, size, spelt = lines[:3]
    root = decoded(spelt)
    if not _SIZE.fullmatch(size) or int(size) >= 2**63 or root is None or len(root) != HASH_BYTES:
        raise NoteError(message("note.no-checkpoint"))
    return TreeHead(origin, int(size), root)


def cosigned_text(seconds: int, text: str) -> bytes:
    """Return what an Ed25519 cosignature of that time signs."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def cosigned_tree(cosigner: str, seconds: int, head: TreeHead) -> bytes:
    """Return what an ML-DSA-44 cosignature of that time signs: the tree from its first entry on.

    Raises:
        NoteError: the name of the cosigner or the origin is longer than 255 bytes.
    """
    return b"".join(
        (
            b"subtree/v1\n\0",
            _counted(cosigner),
            seconds.to_bytes(TIME_BYTES, "big"),
            _counted(head.origin),
            (0).to_bytes(8, "big"),
            head.size.to_bytes(8, "big"),
            head.root,
        )
    )


def _counted(name: str) -> bytes:
    raw = name.encode()
    if len(raw) > _MAX_NAME:
        raise NoteError(message("note.long-name", name=name, most=_MAX_NAME))
    return bytes([len(raw)]) + raw
