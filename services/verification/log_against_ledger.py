"""The ledger and the audit trail held against checkpoints of the log: whether all that was under one still does.

The order of everything is in the log's directory and the content on the server. Whichever of tiles, entries and server
leads to the root of a checkpoint is proven by it, and the others are compared with it, entry by entry; where nothing
leads to it there is a second history. Heads and smaller checkpoints then say from where on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from msgspec import Struct
from redis.asyncio import Redis

from events.message import Message, message
from services.ledger.stored_bodies import StoredBody, stored_bodies
from services.ledger.trail import hash_of
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.leaves import TRAIL, LogEntry, MalformedLeafError, partition_of, read_leaf
from services.notary.log import POSITION_BYTES, DamagedLogError, Log, index_path
from services.notary.merkle import EMPTY_ROOT, leaf_hash
from services.notary.tiles import HASH_BYTES, HEIGHT, WIDTH, RightEdge
from services.verification.discrepancies import AuditFinding, HeldCheckpoint


class KnownCheckpoint(Struct, frozen=True):
    """A checkpoint whose signature was judged, by the name of its file."""

    name: str
    checkpoint: LogCheckpoint
    outside: bool = False


class LogAudited(Struct, frozen=True):
    """What the audit of a log came to. ``unsealed``: recorded by now and under none of its checkpoints."""

    findings: list[AuditFinding]
    held: list[HeldCheckpoint]
    unsealed: int = 0


class _Place(NamedTuple):
    stream: str
    position: int


class _Stored:
    """A stream as it is on the server, read forward; what is not there is passed over."""

    def __init__(self, client: Redis, stream: str) -> None:
        self._client, self.stream = client, stream
        self._bodies: dict[int, bytes] = {}
        self._read, self._ended = 0, False
        self.foreign = 0
        """Position of the first entry that the ledger did not write."""

    async def body(self, position: int) -> bytes | None:
        """Return what is at a position, which is never much smaller than one asked for before."""
        while position > self._read and not self._ended:
            await self._next()
        return self._bodies.get(position)

    async def rest(self, position: int) -> int:
        """Return how many entries stand behind a position."""
        count = 0
        while not self._ended:
            count += sum(one > position for one in self._bodies)
            self._bodies.clear()
            await self._next()
        return count + sum(one > position for one in self._bodies)

    async def _next(self) -> None:
        page: list[StoredBody] = await stored_bodies(self._client, partition_of(self.stream), self._read)
        if not page:
            self._ended = True
            return
        behind = self._read - WIDTH
        self._bodies = {at: body for at, body in self._bodies.items() if at > behind}
        for one in page:
            if one.regular:
                self._bodies[one.position] = one.body
            elif not self.foreign:
                self.foreign = one.position
        self._read = page[-1].position


class _First:
    """Of each kind of difference and each stream the first place, and how many there are."""

    def __init__(self) -> None:
        self.first_places: dict[tuple[str, str], tuple[int, int, int]] = {}

    def add(self, key: str, index: int, stream: str, position: int) -> None:
        first = self.first_places.get((key, stream), (index, position, 0))
        self.first_places[key, stream] = (*first[:2], first[2] + 1)

    @property
    def index(self) -> int | None:
        """The first leaf index at which anything differs; None where nothing does."""
        return min((index for index, _, _ in self.first_places.values()), default=None)

    def findings(self) -> Iterator[AuditFinding]:
        for (key, stream), (index, position, count) in self.first_places.items():
            what = message(f"audit.{key}", stream=stream, position=position, index=index, count=count)
            yield finding(what, stream, position)


class LogAudit:
    """Holds one installation against checkpoints of its log."""

    def __init__(self, client: Redis, log: Log, checkpoints: Sequence[KnownCheckpoint]) -> None:
        """Take the checkpoints, from outside and of the log itself; all are of one origin."""
        self._client, self._log = client, log
        self._checkpoints = sorted(checkpoints, key=lambda one: one.checkpoint.size)
        self._newest = max(
            (one.checkpoint for one in checkpoints if not one.outside), key=_size, default=None
        )
        streams = dict.fromkeys(name for one in checkpoints for name in one.checkpoint.heads)
        self._streams = {name: _Stored(client, name) for name in streams}
        self._heads: dict[str, int] = {}
        self._indices: dict[str, bytes] = {}
        self._findings: list[AuditFinding] = []
        self._first = _First()

    async def run(self) -> LogAudited:
        """Compare everything; findings name the first index, stream and position of each kind."""
        reach = max((one.checkpoint.size for one in self._checkpoints), default=0)
        tiles, entries = await asyncio.to_thread(self._read, reach)
        by_entries = [leaf_hash(one) if one else b"" for one in entries]
        proven, hashes = max(
            [await self._led_by(one) for one in (tiles, by_entries)], key=lambda one: self._worth(one[0])
        )
        server = await self._compare(hashes, entries, tiles)
        by_server, _ = await self._led_by(server)
        if self._worth(by_server) > self._worth(proven):
            proven, hashes = by_server, server
            await self._compare(server, entries, tiles)
        await self._judge(proven, len(hashes))
        unsealed = 0
        for name, stored in self._streams.items():
            unsealed += await stored.rest(self._heads[name])
            if stored.foreign:
                what = message("audit.log-foreign", stream=name, position=stored.foreign)
                self._findings.append(finding(what, name, stored.foreign))
        if self._newest is not None:
            await asyncio.to_thread(self._compare_upper_tiles, hashes[: self._newest.size])
        first = self._first.index
        held = [
            HeldCheckpoint(
                one.name,
                one.checkpoint.origin,
                one.checkpoint.size,
                one.outside,
                good and (first is None or one.checkpoint.size <= first),
            )
            for one, good in zip(self._checkpoints, proven, strict=True)
        ]
        return LogAudited([*self._findings, *self._first.findings()], held, unsealed)

    async def _led_by(self, hashes: Sequence[bytes]) -> tuple[list[bool], Sequence[bytes]]:
        """Return to which of the checkpoints these leaf hashes lead, and the hashes."""
        roots = await asyncio.to_thread(self._roots, hashes)
        return [roots.get(one.checkpoint.size) == one.checkpoint.root for one in self._checkpoints], hashes

    def _worth(self, proven: Sequence[bool]) -> tuple[int, int]:
        """Return how far leaf hashes lead that prove these.

        Checkpoints from outside count before those of the log itself.
        """
        good = [one for one, is_so in zip(self._checkpoints, proven, strict=True) if is_so]
        outside = max((one.checkpoint.size for one in good if one.outside), default=0)
        return outside, max((one.checkpoint.size for one in good), default=0)

    def _read(self, reach: int) -> tuple[list[bytes], list[bytes]]:
        """Return the leaf hashes of tiles, and the entries, as far as there are any; empty where one cannot be read."""
        tiles, entries = list[bytes](), list[bytes]()
        for number in range(-(-reach // WIDTH)):
            width = min(WIDTH, reach - (number << HEIGHT))
            tile = self._tile(0, number, width)
            tiles += [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
            tiles += [b""] * ((number << HEIGHT) + width - len(tiles))
            entries += self._bundle(number << HEIGHT, width)
            entries += [b""] * ((number << HEIGHT) + width - len(entries))
        while tiles and not tiles[-1]:
            tiles.pop()
        while entries and not entries[-1]:
            entries.pop()
        return tiles, entries

    def _tile(self, level: int, number: int, width: int) -> bytes:
        for wide in range(width, 0, -1):
            try:
                return b"".join(self._log.tile(level, number, wide))
            except DamagedLogError:
                continue
        return b""

    def _bundle(self, start: int, width: int) -> list[bytes]:
        for wide in range(width, 0, -1):
            try:
                return list(self._log.entries(start, start + wide))
            except DamagedLogError:
                continue
        return []

    def _roots(self, hashes: Sequence[bytes]) -> dict[int, bytes]:
        """Return the roots over these leaf hashes at the sizes of the checkpoints, as far as they go."""
        reach = next((index for index, hash_ in enumerate(hashes) if not hash_), len(hashes))
        edge, roots = RightEdge(), {0: EMPTY_ROOT}
        for size in sorted({one.checkpoint.size for one in self._checkpoints}):
            if size <= reach:
                edge.extend(hashes[edge.size : size])
                roots[size] = edge.root()
        return roots

    async def _compare(
        self, hashes: Sequence[bytes], entries: Sequence[bytes], tiles: Sequence[bytes]
    ) -> list[bytes]:
        """Compare entry by entry with these leaf hashes; returns those of what is on the server."""
        self._streams = {name: _Stored(self._client, name) for name in self._streams}
        self._heads = heads = dict.fromkeys(self._streams, 0)
        self._first, server, lost = _First(), list[bytes](), 0
        for index, (hash_, leaf, tile) in enumerate(zip_longest(hashes, entries, tiles, fillvalue=b"")):
            place = await self._place(hash_, leaf)
            if place is None:
                self._first.add("log-lost", index, "", 0)
                server.append(b"")
                lost += 1
                continue
            stream, position = place
            body = await self._streams[stream].body(position)
            ours = _hash(place, body)
            server.append(ours)
            if not 0 < position - heads[stream] <= lost + 1:
                self._first.add("log-order", index, *place)
            heads[stream] = max(heads[stream], position)
            if body is None:
                self._first.add("log-missing", index, *place)
            elif hash_ and ours != hash_:
                self._first.add("log-changed", index, *place)
            if leaf_hash(leaf) != (hash_ or ours):
                self._first.add("log-entry", index, *place)
            if tile != (hash_ or ours):
                self._first.add("log-tile", index, *place)
            if self._indexed(place) != index:
                self._first.add("log-index", index, *place)
        return server

    def _indexed(self, place: _Place) -> int:
        """Return under which index the log looks a place up."""
        if place.stream not in self._indices:
            path = index_path(self._log.directory, place.stream)
            self._indices[place.stream] = path.read_bytes() if path.is_file() else b""
        at = (place.position - 1) * POSITION_BYTES
        return int.from_bytes(self._indices[place.stream][at : at + POSITION_BYTES] or b"\xff")

    async def _place(self, hash_: bytes, leaf: bytes) -> _Place | None:
        """Return what is at an index: as its entry says if it has the hash, else as the server goes on, else None."""
        try:
            entry = read_leaf(leaf)
            place = _Place(entry.stream, entry.position) if entry.stream in self._streams else None
        except (MalformedLeafError, ValueError):
            place = None
        if place is not None and leaf_hash(leaf) == hash_:
            return place
        if elsewhere := await self._found(hash_):
            return elsewhere
        return place if place is not None and self._heads[place.stream] + 1 == place.position else None

    async def _found(self, hash_: bytes) -> _Place | None:
        """Return which stream goes on with the entry of a hash."""
        for stream, position in self._heads.items():
            place = _Place(stream, position + 1)
            body = await self._streams[stream].body(place.position)
            if body is not None and hash_ and _hash(place, body) == hash_:
                return place
        return None

    async def _judge(self, proven: Sequence[bool], size: int) -> None:
        """Say of each checkpoint that nothing leads to how far the tree still was the same, and which streams differ.

        Of one from outside only others from outside say so: what the log keeps itself may have been written with it.
        """
        good: dict[bool, LogCheckpoint] = {}
        differs = set[bool]()
        for one, is_so in zip(self._checkpoints, proven, strict=True):
            checkpoint, before = one.checkpoint, good.get(one.outside)
            if is_so:
                good[one.outside] = checkpoint
            elif size < checkpoint.size:
                spans = _spans(self._heads, checkpoint)
                what = message(
                    "audit.log-shrank", name=one.name, size=checkpoint.size, here=size, spans=spans
                )
                self._findings.append(finding(what))
            else:
                key = "audit.log-other-too" if one.outside in differs else "audit.log-other"
                span = {"index": before.size if before else 0, "last": checkpoint.size - 1}
                self._findings.append(finding(message(key, name=one.name, size=checkpoint.size, **span)))
                differs.add(one.outside)
            if one.outside or one.checkpoint is self._newest:
                since = {stream: head.position for stream, head in before.heads.items()} if before else {}
                ends_differ = await self._compare_heads(one, since)
                if one.outside and not is_so and size >= checkpoint.size and not ends_differ:
                    spans = _spans(
                        {**since, TRAIL: checkpoint.size}, checkpoint
                    )  # each record of the trail names the last
                    self._findings.append(finding(message("audit.log-within", name=one.name, spans=spans)))

    async def _compare_heads(self, checkpoint: KnownCheckpoint, since: Mapping[str, int]) -> bool:
        """Compare what a checkpoint saw at the end of each stream; tells whether any of it differs."""
        differ = False
        for stream, head in checkpoint.checkpoint.heads.items():
            if not head.position:
                continue
            partition = partition_of(stream)
            bodies = await stored_bodies(self._client, partition, head.position - 1, 1)
            key = "audit.log-cut"
            if bodies and bodies[0].position == head.position:
                if hash_of(bodies[0].body) == head.hash:
                    continue
                key = "audit.log-other-head"
            differ, first = True, since.get(stream, 0) + 1
            what = message(key, stream=stream, position=head.position, name=checkpoint.name, first=first)
            self._findings.append(finding(what, stream, head.position))
        return differ

    def _compare_upper_tiles(self, hashes: Sequence[bytes]) -> None:
        """Compare the tiles above the leaves with what follows from the leaves."""
        edge = RightEdge()
        for tile in (*edge.extend(hashes), *edge.partial()):
            if tile.level and self._tile(tile.level, tile.number, len(tile.hashes)) != b"".join(tile.hashes):
                index = tile.number << HEIGHT * (tile.level + 1)
                what = message("audit.log-upper-tile", file=tile.path, index=index)
                self._findings.append(finding(what))
                return


def finding(what: Message, stream: str = "", position: int = 0) -> AuditFinding:
    """Return a finding about the log, at the place of a stream where it has one."""
    partition = partition_of(stream) if stream else None
    return AuditFinding("log", what, partition, position)


def _spans(since: Mapping[str, int], checkpoint: LogCheckpoint) -> str:
    """Name the positions of each stream that are under a checkpoint and behind these."""
    return ", ".join(
        f"{stream} {since.get(stream, 0) + 1}–{head.position}"
        for stream, head in checkpoint.heads.items()
        if head.position > since.get(stream, 0)
    )


def _size(checkpoint: LogCheckpoint) -> int:
    return checkpoint.size


def _hash(place: _Place, body: bytes | None) -> bytes:
    return b"" if body is None else leaf_hash(LogEntry(place.stream, place.position, body).encoded())
