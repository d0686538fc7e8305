"""What was acknowledged is there after any crash of the server, and nothing is half there."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator

import pytest
import redis.exceptions

from services.ledger.connection import connect
from services.ledger.integrity import faults_of
from services.ledger.protocol import Append, Commit, Head, Ledger
from services.ledger.store import RedisLedger, create_or_open
from services.ledger.trail import TrailHead, TrailStore
from services.runtime.embedded_server import EmbeddedServer
from tests.servers import STORES, started
from tests.stores.ledger.steps import NOON, RULEBOOK, append, event, seen

BATCH = 200


@pytest.fixture(params=STORES)
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedServer]:
    """A server of its own, to be killed; each store in turn."""
    with started(request.param) as server:
        yield server


@contextlib.asynccontextmanager
async def opened(server: EmbeddedServer):
    """The ledger of a server, of 2 partitions, opened without loading the functions anew if it exists."""
    client = await connect(server.url)
    try:
        yield await create_or_open(client, 2)
    finally:
        await client.aclose()


async def decide(ledger: RedisLedger, head: Head) -> Head:
    """One commit as an adjudicator makes it: a batch of the inbox, events, a state, ids."""
    arrivals = await ledger.inbox(0, head.inbox, BATCH)
    numbers = range(head.position + 1, head.position + len(arrivals) + 1)
    then = Head(numbers[-1], arrivals[-1].id, RULEBOOK, NOON)
    await ledger.commit(
        Commit(
            partition=0,
            expected=head,
            then=then,
            events=[Append(arrival.body, "CLM-1") for arrival in arrivals],
            states=[("~a", b"%d" % then.position)],
            ids=[seen(str(number)) for number in numbers],
        )
    )
    return then


async def assert_whole(ledger: Ledger, acknowledged: Head) -> Head:
    """The ledger stands at a commit's end, not before the acknowledged one; every part agrees with it."""
    head = await ledger.head(0)
    assert head.position in {acknowledged.position, acknowledged.position + BATCH}
    entries = await ledger.read(0, limit=1_000_000)
    assert [entry.body for entry in entries] == [b"{%d}" % n for n in range(1, head.position + 1)]
    assert len(await ledger.history(0, "CLM-1")) == head.position
    known = await ledger.recorded_tags(0, [seen(str(n))[0] for n in range(1, head.position + 2)])
    assert known == [*(seen(str(n))[1] for n in range(1, head.position + 1)), None]
    assert await ledger.states(0, ["~a"]) == [b"%d" % head.position if head.position else None]
    inbox = await ledger.inbox(0, "0-0", 1)
    assert inbox[0].body == b"{%d}" % (head.position + 1)
    return head


async def test_a_killed_server_keeps_every_acknowledged_commit(server: EmbeddedServer):
    """After ``kill -9`` amid commits, ten times, each commit is there whole or not at all, the acknowledged ones are."""
    head, chance = Head(), random.Random(8)
    async with opened(server) as ledger:
        sent = [(0, b"{%d}" % n, b"") for n in range(1, 26_001)]
        for start in range(0, len(sent), 5_000):
            await ledger.deliver(sent[start : start + 5_000])
    for _ in range(10):
        async with opened(server) as ledger:
            head = await assert_whole(ledger, head)
            loop = asyncio.get_running_loop()
            loop.call_later(chance.uniform(0, 0.05), server.process.kill)
            with contextlib.suppress(redis.exceptions.ConnectionError, OSError):
                for _ in range(12):
                    head = await decide(ledger, head)
                while True:  # a fast server has done its share and waits to be killed
                    await ledger.head(0)
        server.restart()
    async with opened(server) as ledger:
        assert (await assert_whole(ledger, head)).position > 0


@pytest.mark.parametrize("lost", [1, 40, 333, 1_500])
async def test_a_torn_write_is_as_if_never_begun(server: EmbeddedServer, lost: int):
    """A commit whose last bytes never reached the disk is gone whole, and what is written after it stays."""
    async with opened(server) as ledger:
        await append(ledger, event("a"), states=[("~a", b"1")])
        await append(
            ledger, *(event(f"torn-{n}") for n in range(20)), states=[("~a", b"2")], ids=[seen("torn")]
        )
    server.process.kill()
    server.process.wait()
    written = max(server.files.glob("appendonlydir/*.incr.aof"))
    with written.open("r+b") as file:
        file.truncate(written.stat().st_size - lost)

    server.restart()
    async with opened(server) as ledger:
        assert [entry.body for entry in await ledger.read(0)] == [event("a").body]
        assert await ledger.states(0, ["~a"]) == [b"1"]
        assert await ledger.recorded_tags(0, [seen("torn")[0]]) == [None]
        await append(ledger, event("b"))
    for _ in range(2):
        server.restart()
        async with opened(server) as ledger:
            assert [entry.body for entry in await ledger.read(0)] == [event("a").body, event("b").body]
            await append(ledger, event("apart"), partition=1)


async def test_a_killed_server_keeps_every_acknowledged_record_of_the_trail(server: EmbeddedServer):
    """After ``kill -9`` amid appends the trail ends at its head, with what was acknowledged or one call more."""
    async with opened(server):  # loads the functions
        head = TrailHead()
    for _ in range(3):
        async with trail_of(server) as (trail, _):
            asyncio.get_running_loop().call_later(0.03, server.process.kill)
            with contextlib.suppress(redis.exceptions.ConnectionError, OSError):
                while True:
                    head = await trail.append(head, NOON, [b"record"] * 3)
        server.restart()
        async with trail_of(server) as (trail, client):
            found = await trail.head()
            assert found.position in {head.position, head.position + 3}
            positions = [position async for page in trail.pages() for position, _ in page]
            assert positions == list(range(1, found.position + 1))
            assert await faults_of(client, 2) == []
            head = found


@contextlib.asynccontextmanager
async def trail_of(server: EmbeddedServer):
    """The trail of a server, and the client that it is reached with."""
    client = await connect(server.url)
    try:
        yield TrailStore(client), client
    finally:
        await client.aclose()
