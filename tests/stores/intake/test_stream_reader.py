"""One read serves every consumer, and what concerns one of them keeps nobody else waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as TooLate

from services.intake import stream_reader as module
from services.intake.stream_reader import Entry, Reply, StreamReader
from services.intake.worker import reading
from services.ledger import keys as names
from services.ledger.connection import ConnectionCheck
from services.runtime.embedded_server import EmbeddedServer

PATIENCE = 20.0
"""Seconds after which a test gives up; none waits as long when all is well."""


class Taker:
    """Takes the entries of an agency's outbox and admits none."""

    def __init__(self, agency: str) -> None:
        """Have nothing yet."""
        self.agency, self.stream = agency, names.outbox(agency)
        self.behind: str | None = "0-0"
        self.drops = 0
        self.admitting: asyncio.Task[None] | None = None
        self.admission: asyncio.Task[None] | None = None
        self.taken: list[tuple[bytes, int]] = []
        self.reads = 0
        self.came = asyncio.Event()

    def take(self, entries: Sequence[Entry], drops: int) -> None:
        """Keep what each document is, and for which beginning it was read."""
        self.behind = entries[-1][0].decode()
        self.reads += 1
        self.admitting = self.admission
        self.taken += [(fields[b"event"], drops) for _, fields in entries]
        self.came.set()

    async def documents(self, number: int) -> list[bytes]:
        """Return the documents once there are so many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.taken) < number:
                self.came.clear()
                await self.came.wait()
        return [document for document, _ in self.taken]


@pytest.fixture
async def reader(
    valkey: Redis, valkey_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StreamReader]:
    """A reader that waits longer for a document than a test has patience, but for what was left out; that not long."""
    monkeypatch.setattr(module, "_LEFT_OUT_SECONDS", 0.05)
    monkeypatch.setattr(module, "POLL_MS", 4_000_000)
    async with reading(valkey_server.url, ConnectionCheck("installation")) as one:
        yield one


async def test_what_comes_is_handed_to_whom_it_is_for(valkey: Redis, reader: StreamReader):
    """A consumer that is added while a read waits is read for at once, with what was there before."""
    first, second = Taker("dinsos"), Taker("dukcapil")
    reader.add(first)
    await valkey.xadd(first.stream, {"event": "a"})
    assert await first.documents(1) == [b"a"]
    await valkey.xadd(second.stream, {"event": "b"})
    reader.add(second)
    assert await second.documents(1) == [b"b"]
    await valkey.xadd(first.stream, {"event": "c"})
    assert await first.documents(2) == [b"a", b"c"]
    assert await second.documents(1) == [b"b"]


async def test_one_connection_waits_for_all(valkey: Redis, reader: StreamReader):
    """However many consumers there are, the server has one client that reads streams."""
    takers = [Taker(f"desa-{n}") for n in range(200)]
    for taker in takers:
        reader.add(taker)
    for taker in takers:
        await valkey.xadd(taker.stream, {"event": taker.agency})
    for taker in takers:
        assert await taker.documents(1) == [taker.agency.encode()]
    waiting = [one for one in await valkey.client_list() if one["cmd"] == "xread"]
    assert len(waiting) == 1


async def test_whoever_has_enough_keeps_nobody_waiting(valkey: Redis, reader: StreamReader):
    """It is left out, and read for again from where it says as soon as it has not."""
    full, other = Taker("dinsos"), Taker("dukcapil")
    full.behind = None
    reader.add(full)
    reader.add(other)
    await valkey.xadd(full.stream, {"event": "a"})
    await valkey.xadd(other.stream, {"event": "b"})
    assert await other.documents(1) == [b"b"]
    assert full.taken == []
    full.behind = "0-0"
    assert await full.documents(1) == [b"a"]


async def test_entries_gather_while_some_are_admitted(
    valkey: Redis, reader: StreamReader, monkeypatch: pytest.MonkeyPatch
):
    """They come in one read, once a consumer has no more to admit."""
    monkeypatch.setattr(module, "_SHORTEST_GATHERING", 4000.0)
    monkeypatch.setattr(module, "_LONGEST_GATHERING", 4000.0)
    taker, admitted = Taker("dinsos"), asyncio.Event()
    taker.admission = asyncio.ensure_future(_waited(admitted))
    await valkey.xadd(taker.stream, {"event": "a"})
    reader.add(taker)
    await taker.documents(1)
    for number in range(5):
        await valkey.xadd(taker.stream, {"event": str(number)})
    admission, taker.admission, taker.admitting = taker.admission, None, None
    admitted.set()
    await admission
    assert await taker.documents(6) == [b"a", b"0", b"1", b"2", b"3", b"4"]
    assert taker.reads == 2


async def test_it_says_for_which_beginning_it_has_read(valkey: Redis, reader: StreamReader):
    """What was asked before a consumer went back to the beginning is told from what is asked afterwards."""
    taker = Taker("dinsos")
    reader.add(taker)
    await valkey.xadd(taker.stream, {"event": "a"})
    await taker.documents(1)
    await _blocked(valkey)
    taker.drops = 1
    await valkey.xadd(taker.stream, {"event": "b"})
    await taker.documents(2)
    await valkey.xadd(taker.stream, {"event": "c"})
    await taker.documents(3)
    assert taker.taken == [(b"a", 0), (b"b", 0), (b"c", 1)]


async def test_whoever_is_removed_is_handed_nothing(valkey: Redis, reader: StreamReader):
    """Though a read that waits still asks for its stream."""
    gone, other = Taker("dinsos"), Taker("dukcapil")
    reader.add(gone)
    reader.add(other)
    await _blocked(valkey)
    reader.remove(gone)
    await valkey.xadd(gone.stream, {"event": "a"})
    await valkey.xadd(other.stream, {"event": "b"})
    assert await other.documents(1) == [b"b"]
    assert gone.taken == []


async def test_a_key_that_is_no_stream_keeps_nobody_waiting(valkey: Redis, reader: StreamReader):
    """The others are read; it is read too, once it is a stream."""
    wrong, other = Taker("dinsos"), Taker("dukcapil")
    await valkey.set(wrong.stream, "text")
    reader.add(wrong)
    reader.add(other)
    for number in (1, 2):
        await valkey.xadd(other.stream, {"event": f"b-{number}"})
        assert await other.documents(number) == [b"b-1", b"b-2"][:number]
    await valkey.delete(wrong.stream)
    await valkey.xadd(wrong.stream, {"event": "a"})
    assert await wrong.documents(1) == [b"a"]


async def test_what_was_read_for_one_is_not_handed_to_the_next(valkey: Redis, reader: StreamReader):
    """A consumer that takes over the stream of another has its own read, from where it says."""
    before, after, other = Taker("dinsos"), Taker("dinsos"), Taker("dukcapil")
    reader.add(before)
    reader.add(other)
    await _blocked(valkey)
    after.behind = None
    reader._consumers[before.stream] = after  # as where it was removed and added in one turn of the loop
    await valkey.xadd(before.stream, {"event": "a"})
    await valkey.xadd(other.stream, {"event": "c"})
    await other.documents(1)
    assert before.taken == after.taken == []
    after.behind = "0-0"
    assert await after.documents(1) == [b"a"]
    reader.remove(before)
    await valkey.xadd(before.stream, {"event": "b"})
    assert await after.documents(2) == [b"a", b"b"]


async def test_a_stream_that_takes_too_long_keeps_nobody_waiting(
    valkey: Redis, reader: StreamReader, monkeypatch: pytest.MonkeyPatch
):
    """Less is asked for, and in the end of each stream by itself; one that still takes too long is left out."""
    slow, other = Taker("dinsos"), Taker("dukcapil")
    asked: list[tuple[int, int]] = []
    entries = reader._entries

    async def too_late(places: Mapping[str, str], count: int, block: int | None = None) -> Reply:
        asked.append((len(places), count))
        if slow.stream in places:
            raise TooLate
        return await entries(places, count, block)

    monkeypatch.setattr(reader, "_entries", too_late)
    monkeypatch.setattr(module, "_LEFT_OUT_SECONDS", 3600.0)
    for taker in (slow, other):
        await valkey.xadd(taker.stream, {"event": taker.agency})
        reader.add(taker)
    assert await other.documents(1) == [b"dukcapil"]
    counts = [count for places, count in asked if places == len([slow, other])]
    assert counts == sorted(counts, reverse=True)
    assert (counts[-1], slow.taken) == (1, [])


async def _waited(event: asyncio.Event) -> None:
    await event.wait()


async def _blocked(valkey: Redis) -> None:
    """Wait until a read waits for what is not there yet."""
    async with asyncio.timeout(PATIENCE):
        while not (await valkey.info("clients"))["blocked_clients"]:  # noqa: ASYNC110 -- the server tells nobody
            await asyncio.sleep(0.01)
