"""Bytes on the wire: where one request ends and the next begins is never in doubt, or the connection is closed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.gateway.answering import Answering, answering, body
from tests.system.gateway.working import kept

POST = b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/cloudevents+json\r\n"
LAST = b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
"""Asked at the end, so that the connection is closed when all is answered."""


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    """A gateway of three agencies."""
    async with answering(tmp_path) as running:
        yield running


async def statuses(gateway: Answering, *parts: bytes) -> list[int]:
    """Send bytes, each part by itself, and then ``LAST``; returns the status of every answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    try:
        for part in (*parts, LAST):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        answer = await reader.read()
    except ConnectionError:
        return []
    finally:
        writer.close()
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def key(gateway: Answering) -> bytes:
    """The header that says who sends."""
    return b"authorization: Bearer " + gateway.keys["dinsos"].encode() + b"\r\n"


def chunked(content: bytes, more: bytes = b"") -> bytes:
    """A body in one chunk, with what follows the last."""
    return b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n%b\r\n" % (len(content), content, more)


def measured(content: bytes) -> bytes:
    """A body with its length."""
    return b"content-length: %d\r\n\r\n%b" % (len(content), content)


async def test_requests_on_one_connection_are_answered_in_their_order(gateway: Answering):
    """Sent at once, refused or received, each has its answer, and what follows a refused body is another request."""
    good = POST + key(gateway) + measured(body("p-1"))
    many = [
        POST + measured(LAST),
        good,
        POST + key(gateway) + measured(b"{"),
        good,
        POST + key(gateway) + chunked(b"[]"),
    ]
    assert await statuses(gateway, b"".join(many)) == [401, 202, 422, 200, 422, 200]
    assert await kept(gateway) == 1


async def test_hundreds_of_requests_at_once_are_no_long_head(gateway: Answering):
    """However the bytes are cut, also in the midst of a head."""
    many = b"".join(POST + key(gateway) + measured(body(f"p-{n}")) for n in range(200))
    cuts = [many[start : start + 20_001] for start in range(0, len(many), 20_001)]
    assert await statuses(gateway, *cuts) == [202] * 200 + [200]
    assert await kept(gateway) == 200


@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        b"content-length: 2\r\ncontent-length: 0\r\n\r\n{}",
        b"content-length: 2, 2\r\n\r\n{}",
        b"content-length: +2\r\n\r\n{}",
        b"content-length: 0x2\r\n\r\n{}",
        b"content-length : 2\r\n\r\n{}",
        b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n2\n{}\n0\n\n",
        b"transfer-encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n",
        b"x: y\rcontent-length: 2\r\n\r\n{}",
        b"x: y\0\r\ncontent-length: 2\r\n\r\n{}",
    ],
)
async def test_a_body_whose_end_is_in_doubt_closes_the_connection(gateway: Answering, framing: bytes):
    """400, or an end without a word where a route is at work already; nothing behind it is taken for a request."""
    answers = await statuses(
        gateway, POST + key(gateway) + framing + POST + key(gateway) + measured(body("p-1"))
    )
    assert answers in ([400], [])
    assert await kept(gateway) == 0


async def test_a_trailer_is_no_header(gateway: Answering):
    """Who sends, and what, is said before the body, where a proxy sees it."""
    assert await statuses(gateway, POST + chunked(body("p-1"), key(gateway))) == [401, 200]
    other = b"content-type: text/plain\r\nauthorization: Bearer x\r\nce-id: x\r\n"
    assert await statuses(gateway, POST + key(gateway) + chunked(body("p-1"), other)) == [202, 200]
    assert await kept(gateway) == 1


@pytest.mark.parametrize("upgrade", [b"h2c", b"websocket", b"TLS/1.0"])
async def test_no_other_protocol_is_changed_to(gateway: Answering, upgrade: bytes):
    """Refused and closed, so that a body is never taken for a request; told what to do."""
    head = POST + key(gateway) + b"connection: upgrade\r\nupgrade: " + upgrade + b"\r\n"
    smuggled = POST + key(gateway) + measured(body("p-1"))
    assert await statuses(gateway, head + b"content-length: %d\r\n\r\n" % len(smuggled), smuggled) in (
        [400],
        [],
    )
    assert await statuses(gateway, b"CONNECT somewhere:443 HTTP/1.1\r\nhost: x\r\n\r\n", smuggled) in (
        [400],
        [],
    )
    assert await kept(gateway) == 0


async def test_what_a_proxy_might_read_in_another_way_is_refused(gateway: Answering):
    """Two hosts, a coding that is not undone, or what can only be given once given twice."""
    good = key(gateway) + measured(body("p-1"))
    doubled = [
        b"host: y\r\n",
        b"content-type: application/json\r\n",
        key(gateway),
        b"content-encoding: gzip\r\n" * 2,
    ]
    for more in doubled:
        assert await statuses(gateway, POST + more + good) == [400, 200]
    compressed = chunked(body("p-1")).replace(b": chunked", b": gzip, chunked")
    assert await statuses(gateway, POST + key(gateway) + compressed) == [400, 200]
    assert await kept(gateway) == 0
