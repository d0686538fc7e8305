"""Bodies: read as they come, decompressed with a count, and refused before they grow large, deep or wide.

A signature is over the body, so a signed body is read before anybody knows who sends it, and anybody can begin such a
request in the name of an agency that has a public key. So all of them together have room for so many bytes, and where
it ends the one that was begun first is given up: an honest one is whole within moments.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from events.parse import MAX_DEPTH
from services.gateway.problems import Problem, too_many

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

MOST_BYTES = 1024 * 1024
"""The largest request, before and after it is decompressed."""
HIGHEST_RATIO = 100
"""A compressed body may grow so many times over, once it is larger than ``RATIO_FROM``."""
RATIO_FROM = 64 * 1024
KEYS_OF_EVENT = 10_000
KEYS_OF_BATCH = 100_000

_STEP = 64 * 1024


class Gone(Exception):  # noqa: N818 - no error of anybody's
    """The client has left before its request was whole: nobody is to be answered."""


async def read_body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    """Return the body, decompressed.

    Raises:
        Problem: it is too large, or coded in a way that is not taken.
        Gone: the client has left.
    """
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 15 or int(length) > MOST_BYTES:
        raise Problem("too-large")
    if headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
        raise Problem("malformed-request")  # nothing else is undone on the way
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise Problem("unsupported-media", headers=[(b"accept-encoding", b"gzip")])
    inflated = _Inflated() if encoding != "identity" else None
    message = await receive()
    if inflated is None and message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message["body"]
        if len(body) > MOST_BYTES:
            raise Problem("too-large")
        return body
    whole, came = bytearray(), 0
    while True:
        if message["type"] != "http.request":
            raise Gone
        part = message["body"]
        came += len(part)
        if came > MOST_BYTES:
            raise Problem("too-large")
        if inflated is None:
            whole += part
        else:
            inflated.take(part)
        if not message.get("more_body"):
            break
        message = await receive()
    return bytes(whole) if inflated is None else inflated.finish()


def expected_size(headers: Mapping[str, str]) -> int:
    """Return how many bytes a body may come to hold."""
    if "content-encoding" in headers or "transfer-encoding" in headers:
        return MOST_BYTES
    length = headers.get("content-length", "0")
    return min(int(length), MOST_BYTES) if length.isdecimal() and len(length) < 16 else MOST_BYTES


class _Inflated:
    """A gzip body as it is inflated, step by step, never further than it may grow."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._whole = bytearray()
        self._used = 0

    def take(self, part: bytes) -> None:
        rest = part
        while rest and not self._inflate.eof:
            try:
                self._whole += self._inflate.decompress(rest, _STEP)
            except zlib.error:
                raise Problem("bad-compression") from None
            left = self._inflate.unconsumed_tail
            self._used += len(rest) - len(left)
            self._weigh()
            rest = left
        if rest or self._inflate.unused_data:
            raise Problem("bad-compression")

    def finish(self) -> bytes:
        """Return everything; what zlib still holds back is far below a step."""
        try:
            self._whole += self._inflate.flush()
        except zlib.error:
            raise Problem("bad-compression") from None
        self._weigh()
        if not self._inflate.eof:
            raise Problem("bad-compression")
        return bytes(self._whole)

    def _weigh(self) -> None:
        size = len(self._whole)
        if size > RATIO_FROM and size > HIGHEST_RATIO * self._used:
            raise Problem("compression-ratio")
        if size > MOST_BYTES:
            raise Problem("too-large")


_MARKS = b'"[]{}:'
_NO_MARKS = bytes(byte for byte in range(256) if byte not in _MARKS)
_BRACKETS = bytes.maketrans(b"{}", b"[]")


def check_shape(body: bytes, keys: int) -> None:
    """Refuse JSON that is deeper than ``MAX_DEPTH`` or has more than so many keys, without decoding it.

    Raises:
        Problem: it is.
    """
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH and body.count(b":") <= keys:
        return
    marks = _marks(body)
    if marks.count(b":") > keys:
        raise Problem("too-complex")
    nested = marks.translate(_BRACKETS, b":")
    for _ in range(MAX_DEPTH):
        if not nested:
            return
        nested = nested.replace(b"[]", b"")  # what holds nothing: one level
    if b"[]" in nested or nested.count(b"[") > MAX_DEPTH:
        raise Problem("too-complex")


def _marks(body: bytes) -> bytes:
    """Return the brackets and colons outside of texts; a piece at a time, so that little memory is taken."""
    marks = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_MARKS)
    marks = marks.replace(b'""', b"")  # what is left is inside of a text exactly if it was before
    outside, inside = [], 0
    for start in range(0, len(marks), _STEP):
        parts = marks[start : start + _STEP].split(b'"')
        outside.append(b"".join(parts[inside::2]))
        inside ^= (len(parts) - 1) & 1
    return b"".join(outside)


MOST_UNAUTHENTICATED_BYTES = 128 * 1024 * 1024


class UnauthenticatedBodies:
    """The bodies of one process that are being read before their sender is known."""

    def __init__(self) -> None:
        self._sizes: dict[asyncio.Task[bytes], int] = {}
        self._bytes = 0

    async def read(self, receive: Receive, headers: Mapping[str, str]) -> bytes:
        """Return a body, as ``read_body`` does.

        Raises:
            Problem: as ``read_body``, or the body took so long that its room was given to another.
            Gone: the client has left.
        """
        size = expected_size(headers)
        reading = asyncio.ensure_future(read_body(receive, headers))
        while self._sizes and self._bytes + size > MOST_UNAUTHENTICATED_BYTES:
            first = next(iter(self._sizes))
            self._forget(first)
            first.cancel()
        self._sizes[reading] = size
        self._bytes += size
        try:
            return await reading
        except asyncio.CancelledError:
            if reading in self._sizes:
                raise
            raise too_many(1, ()) from None
        finally:
            self._forget(reading)

    def _forget(self, reading: asyncio.Task[bytes]) -> None:
        self._bytes -= self._sizes.pop(reading, 0)
