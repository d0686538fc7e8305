"""Hostile and clumsy clients: each is refused with little time and memory, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.gateway import bodies, connections
from services.identity.credentials import new_signing_key, public_key, sign
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from services.platform.clock import wall_clock
from tests.system.gateway.answering import BATCH, Answering, answering, body, post
from tests.system.running import until


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    """A gateway of three agencies."""
    async with answering(tmp_path) as running:
        yield running


def bomb(size: int) -> bytes:
    """So many bytes of white space as gzip, about a thousandth of them."""
    deflate = zlib.compressobj(9, wbits=31)
    parts = [deflate.compress(b" " * 1_000_000) for _ in range(size // 1_000_000)]
    return b"".join([*parts, deflate.flush()])


def hostile() -> Iterator[tuple[str, bytes, dict[str, str], str]]:
    """Bodies that want to be large, deep or wide."""
    squeezed = {"content-encoding": "gzip"}
    yield "64 MB behind 64 KB", bomb(64_000_000), squeezed, "compression-ratio"
    yield "1 MiB and a byte", b" " * (1024 * 1024 + 1), {}, "too-large"
    yield (
        "the same, less compressed",
        gzip.compress(bytes(range(256)) * 4097, 1),
        squeezed,
        "compression-ratio",
    )
    yield "64 KiB and a byte", body("p-1", extra="x" * 65_536), {}, "too-large"
    yield "10,000 deep", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, {}, "too-complex"
    yield "10,000 deep and cut off", b"[" * 10_000, {}, "too-complex"
    yield "a million keys", b"{" + b",".join([b'"":0'] * 1_000_000) + b"}", {}, "too-large"
    yield "10,001 keys", b"{" + b",".join([b'"":0'] * 10_001) + b"}", {}, "too-complex"


@pytest.mark.parametrize(
    ("content", "headers", "kind"), [one[1:] for one in hostile()], ids=[one[0] for one in hostile()]
)
async def test_a_bomb_is_refused_and_takes_little_memory(
    gateway: Answering, content: bytes, headers: dict[str, str], kind: str
):
    """The problem says why; the gateway never holds more than a few times what it may take."""
    async with gateway.client() as client:
        await post(client, body("warm"))
        tracemalloc.start()
        try:
            answer = await post(client, content, **headers)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert answer.json()["type"] == f"/problems/{kind}"
    assert most < 20_000_000 + len(content)


async def test_a_body_without_a_length_is_counted_as_it_comes(gateway: Answering):
    """Chunks are refused at the first that is too much."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(40):
            sent += 65_536
            yield b" " * 65_536

    async with gateway.client() as client:
        answer = await client.post(
            "/v1/events", content=chunks(), headers={"content-type": "application/json"}
        )
    assert answer.json()["type"] == "/problems/too-large"


async def raw(gateway: Answering, request: bytes) -> bytes:
    """Everything that is answered to these bytes, until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    writer.write(request)
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"no http at all\r\n\r\n", 400),
        (b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nx: " + b"x" * 17_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nx: " + b"x" * 40_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"x: x\r\n" * 101 + b"\r\n", 431),
    ],
)
async def test_what_is_no_request_is_refused_and_closed(gateway: Answering, request_: bytes, status: int):
    """No HTTP, an endless address, an endless header, or headers without end."""
    answer = await raw(gateway, request_)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in answer


async def test_a_refused_body_is_not_taken_without_end(gateway: Answering, monkeypatch: pytest.MonkeyPatch):
    """Whoever goes on sending after the answer loses the connection."""
    monkeypatch.setattr(connections, "MOST_LEFT_OVER", 100_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    writer.write(b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
    assert b" 401 " in await reader.readline()

    async def go_on() -> None:
        while True:
            writer.write(b"x" * 50_000)
            await writer.drain()

    with pytest.raises(ConnectionError):
        await go_on()
    writer.close()


async def test_slow_clients_lose_their_connections_and_nobody_waits_for_them(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch
):
    """Beside two hundred that never finish a head or a body, a quick one is answered; they are closed in time."""
    port = int(gateway.url.rpartition(":")[2])
    key = gateway.keys["rsud"].encode()
    slow = []
    for n in range(200):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /v1/events HTTP/1.1\r\nauthorization: Bearer " + key
        writer.write(
            head if n % 2 else head + b"\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
        slow.append((reader, writer))
    async with gateway.client() as client:
        answers = [await post(client, body(f"p-{n}")) for n in range(20)]
        assert {one.status_code for one in answers} == {202}
        monkeypatch.setitem(connections._LONGEST, "head", 0.0)
        monkeypatch.setitem(connections._LONGEST, "body", 0.0)
        for reader, writer in slow:
            assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
            writer.close()
        assert (await post(client, body("p-20"))).status_code == 202


async def test_bodies_that_are_coming_weigh_on_their_agency_only(gateway: Answering):
    """Large bodies that come slowly fill the agency's own share of memory, and nobody else's."""
    port, key = int(gateway.url.rpartition(":")[2]), gateway.keys["rsud"].encode()
    head = (
        b"POST /v1/events HTTP/1.1\r\nauthorization: Bearer "
        + key
        + b"\r\ncontent-type: application/json\r\n"
    )
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
    for _, writer in slow:
        writer.write(head + b"content-length: 1048576\r\n\r\n{")
    refused = asyncio.as_completed([reader.readline() for reader, _ in slow])
    assert [b" 429 " in await next(refused) for _ in range(8)] == [True] * 8  # 32 of them are in hand
    async with gateway.client("rsud") as same, gateway.client() as other:
        assert (await post(same, b"{}")).status_code == 429
        assert (await post(other, body("p-1"))).status_code == 202
        for _, writer in slow:
            writer.close()

        async def taken() -> bool:
            return (await post(same, b"{}")).status_code == 422

        await until(taken, "what has left is counted no more")


async def test_whoever_only_says_that_a_body_is_signed_keeps_no_signed_one_out(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch
):
    """Bodies in an agency's name that never end have room together for so much; the first of them make room."""
    monkeypatch.setattr(bodies, "MOST_UNAUTHENTICATED_BYTES", 20_000)
    private, public = new_signing_key()
    await Credentials(gateway.installation.core).add(public_key("dinsos", public, wall_clock()))
    port = int(gateway.url.rpartition(":")[2])
    head = b"POST /v1/events HTTP/1.1\r\ncontent-length: 1000\r\nkelambu-agency: dinsos\r\nwebhook-signature: v1a,\r\n\r\n{"
    endless = []
    for _ in range(40):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        endless.append((reader, writer))
    for reader, _ in endless[:20]:
        assert (await reader.readline()).startswith(b"HTTP/1.1 429 ")
    async with gateway.client("") as client:
        for n in range(20):
            document, now = body(f"p-{n}"), int(time.time())
            own = {"kelambu-agency": "dinsos", "webhook-id": "m-1", "webhook-timestamp": str(now)}
            own["webhook-signature"] = sign(private, "m-1", now, document)
            assert (await post(client, document, **own)).status_code == 202
    for _, writer in endless:
        writer.close()


async def test_when_all_connections_are_taken_the_one_that_waits_longest_makes_room(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch
):
    """Idle connections of one client do not shut another out."""
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 20)
    port = int(gateway.url.rpartition(":")[2])
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
    async with gateway.client() as client:
        assert (await post(client, body("p-1"))).status_code == 202
    assert await idle[0][0].read() == b""
    for _, writer in idle:
        writer.close()


async def test_keys_and_depth_are_counted_outside_of_texts_only(gateway: Answering):
    """A text full of brackets and colons is a text."""
    text = '{[:"' * 9_000
    async with gateway.client() as client:
        answer = await post(client, json.dumps(json.loads(body("p-1")) | {"extra": text}).encode())
        assert answer.json()["type"] == "/problems/invalid"
        batch = await post(client, b"[" + b",".join([body(f"q-{n}") for n in range(900)]) + b"]", BATCH)
        assert batch.status_code == 202
    assert await gateway.installation.core.xlen(names.taken("dinsos")) == 900
