"""What a checkpoint of the log says: the tree at one size, and how far each stream stands in it.

This is the text of a C2SP ``tlog-checkpoint``: origin, size and root, then one extension line for each partition and
one for the audit trail, with the position that it had and the SHA-256 of the body there. What is empty stands at 0
with the SHA-256 of nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping

from msgspec import Struct

from events.message import message
from projections.checkpoint import Checkpoint
from services.texts.errors import TextError

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_NOTHING = hashlib.sha256().hexdigest()


class MalformedCheckpointError(TextError):
    """A text is no checkpoint of a log of Kelambu."""


class LogCheckpoint(Struct, frozen=True):
    """The tree at one size. ``heads``: by stream, ``ledger/PARTITION`` and ``trail``, up to where it stands in the tree."""

    origin: str
    size: int
    root: bytes
    heads: Mapping[str, Checkpoint] = {}

    def text(self) -> str:
        """Return the text that is signed."""
        lines = [self.origin, str(self.size), _in_base64(self.root)]
        for stream, head in self.heads.items():
            digest = bytes.fromhex(head.hash or _NOTHING)
            lines.append(f"{stream} {head.position} {_in_base64(digest)}")
        return "".join(f"{line}\n" for line in lines)


def read_checkpoint(text: str) -> LogCheckpoint:
    """Read the text of a checkpoint, without its signatures.

    Raises:
        MalformedCheckpointError: it is none, or none of a log of Kelambu.
    """
    match text.split("\n"):
        case [origin, size, root, *lines, ""] if origin and _NUMBER.fullmatch(size):
            read = LogCheckpoint(origin, int(size), _hash(root), dict(map(_head, lines)))
            if read.text() == text:
                return read
    raise MalformedCheckpointError(message("log.no-checkpoint"))


def _head(line: str) -> tuple[str, Checkpoint]:
    match line.split(" "):
        case [stream, position, digest] if stream and _NUMBER.fullmatch(position):
            seen = _hash(digest).hex()
            return stream, Checkpoint(int(position), seen if int(position) else "")
    raise MalformedCheckpointError(message("log.no-checkpoint"))


def _hash(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise MalformedCheckpointError(message("log.no-checkpoint"))
    return digest


def _in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
