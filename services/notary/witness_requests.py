"""What a log sends to a witness (C2SP ``tlog-witness``).

A checkpoint, and the proof that the tree grew from one that it knows.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from msgspec import Struct

from events.message import message
from services.notary.cosignatures import HASH_BYTES
from services.notary.notes import MAX_BYTES, Note, NoteError, decoded, read_note

MOST_HASHES = 63
"""Lines of a proof: no tree needs more."""
MOST_BYTES = MAX_BYTES + 64 * 64
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class WitnessRequest(Struct, frozen=True):
    """A checkpoint, the size of the earlier tree, and the consistency proof between the two."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        """Return the request as it is sent, or handed over in a file."""
        return f"{old_lines(self.old_size, self.proof)}\n{self.note}"


def old_lines(old_size: int, proof: Sequence[bytes]) -> str:
    """Return the lines of a request before its checkpoint, without the empty one between them."""
    return "".join(f"{line}\n" for line in (f"old {old_size}", *map(_in_base64, proof)))


def read_request(data: bytes) -> WitnessRequest:
    """Read a request.

    Raises:
        NoteError: it is none.
    """
    head, parted, note = data.partition(b"\n\n")
    first, *lines = head.decode("utf-8", "replace").split("\n")
    old, proof = _OLD.fullmatch(first), [decoded(line) for line in lines]
    hashes = tuple(one for one in proof if one is not None and len(one) == HASH_BYTES)
    if not parted or old is None or len(hashes) != len(lines) or len(hashes) > MOST_HASHES:
        raise NoteError(message("witness.no-request"))
    return WitnessRequest(int(old[1]), hashes, read_note(note))


def read_handed_out(data: bytes) -> Note:
    """Read a checkpoint as ``kelambu checkpoint`` writes it: alone, or behind the proof for a witness.

    Raises:
        NoteError: it is neither.
    """
    return read_request(data).note if data.startswith(b"old ") else read_note(data)


def _in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
