"""How a document was spelt: what is kept so that its bytes come back from the content that the ledger keeps.

White space, order of keys, escapes and spellings of numbers are lost when a document is recorded. They are kept as
raw deflate streams whose dictionary is the content itself, so that nothing is kept twice. The dictionary is
written by the standard library, compactly or with its spaces, and must never be written in another way.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

PIECE = 8 * 1024
"""How much of the spelling leans on one window of the content, in bytes."""
WINDOW = 3 * PIECE
"""How much of the content a piece can lean on; with it, it fits into the 32 KiB that deflate looks back."""
_RAW = -zlib.MAX_WBITS
_SEPARATORS = ((",", ":"), (", ", ": "))


class SpellingError(ValueError):
    """What was kept of a spelling does not fit the content."""


def difference(spelt: bytes, content: object) -> bytes:
    """Return what must be kept so that ``spelt`` comes back from a JSON value; nothing for its compact form."""
    forms = _forms(content)
    return b"" if spelt == forms[0] else b"".join(_pieces(spelt, forms))


def spelt_again(kept: bytes, content: object) -> bytes:
    """Return the bytes of which ``kept`` is the ``difference`` to ``content``.

    Raises:
        SpellingError: it is the difference to another content.
    """
    forms = _forms(content)
    if not kept:
        return forms[0]
    pieces = []
    while kept:
        form, number = divmod(kept[0], _NUMBERS)
        try:
            reader = zlib.decompressobj(_RAW, zdict=_window(forms[form], number))
            pieces.append(reader.decompress(kept[1:], PIECE + 1))
        except (zlib.error, IndexError):
            raise SpellingError("this was not kept of a spelling of this content") from None
        if not reader.eof or len(pieces[-1]) > PIECE:
            raise SpellingError("what was kept of the spelling breaks off")
        kept = reader.unused_data
    return b"".join(pieces)


_NUMBERS = 128
"""A piece begins with a byte: the form times this, and the number of the window."""


def _window(form: bytes, number: int) -> bytes:
    return form[number * PIECE : number * PIECE + WINDOW]


def _forms(content: object) -> list[bytes]:
    return [json.dumps(content, ensure_ascii=False, separators=one).encode() for one in _SEPARATORS]


def _pieces(spelt: bytes, forms: list[bytes]) -> Iterator[bytes]:
    """Yield each piece, deflated with the window that serves it best."""
    windows = [
        (bytes([place * _NUMBERS + number]), _window(form, number))
        for place, form in enumerate(forms)
        for number in range(max(1, -(-(len(form) - WINDOW) // PIECE) + 1))
    ]
    for start in range(0, len(spelt), PIECE):
        piece = spelt[start : start + PIECE]
        yield min((name + _deflated(piece, window) for name, window in windows), key=len)


def _deflated(piece: bytes, window: bytes) -> bytes:
    writer = zlib.compressobj(6, zlib.DEFLATED, _RAW, 9, zdict=window)
    return writer.compress(piece) + writer.flush()
