"""A backup: ledger, keys, registry and positions at one cut.

It is taken of a running installation. What hands events on is copied first, the partitions each at one moment
after it, and the keys last: so nothing that was acknowledged before it began is missing, and every event in it can be
opened. Read models and batch files are not in it; they are made from what is.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from events.message import message
from projections.checkpoint import Checkpoint
from services.backup.archive import (
    KEYS,
    SERVER,
    Key,
    Manifest,
    Writer,
    ledger_file,
    snapshot_file,
)
from services.backup.log_copies import copy_log
from services.ledger import snapshot as snapshots
from services.ledger.copies import copied
from services.ledger.installation_marks import core_mark
from services.ledger.protocol import Head, Ledger
from services.sealing.keystore import KeyStore
from services.texts.progress import Progress, silent


async def backup(
    client: Redis,
    ledger: Ledger,
    keys: KeyStore,
    place: Path,
    progress: Progress = silent,
    *,
    log: Path | None = None,
) -> Manifest:
    """Write a backup of an installation, running or not, to ``place``, which must not exist or be empty.

    ``log`` is the directory of its log, which is copied first: so it is never ahead of its ledger.
    """
    writer = Writer(place)
    if log is not None:
        await copy_log(log, writer)
    progress(message("stage.server"), 0, 0)
    await writer.pages(SERVER, _server(client))
    heads: dict[int, Head] = {}
    checkpoints: dict[int, Checkpoint] = {}
    for partition in range(ledger.partitions):
        progress(message("stage.partitions"), partition, ledger.partitions)
        heads[partition], checkpoints[partition] = await _partition(client, ledger, partition, writer)
    progress(message("stage.keys"), 0, 0)
    count = await asyncio.to_thread(_keys, keys, writer)
    manifest = Manifest(
        made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        partitions=ledger.partitions,
        heads=heads,
        checkpoints=checkpoints,
        events=sum(head.position for head in heads.values()),
        keys=count[0],
        destroyed=count[1],
        files=writer.files,
        installation=(await core_mark(client)).owner,
    )
    writer.finish(manifest)
    return manifest


async def _server(client: Redis) -> AsyncIterator[list[bytes]]:
    async for copy in copied(client):
        yield [msgspec.json.encode(copy)]


async def _partition(
    client: Redis, ledger: Ledger, partition: int, writer: Writer
) -> tuple[Head, Checkpoint]:
    snapshot = await snapshots.take(client, partition)
    ids: dict[str, bytes] = {}
    checkpoint = Checkpoint()

    async def events() -> AsyncIterator[list[bytes]]:
        nonlocal checkpoint
        async for page in snapshots.events_until(ledger, partition, snapshot.head.position):
            bodies = [entry.body for entry in page]
            ids.update(_hex(await snapshots.remembered(ledger, partition, bodies)))
            yield bodies
            checkpoint = Checkpoint.of(page[-1])

    await writer.pages(ledger_file(partition), events())
    for bodies in snapshot.parked.values():
        ids.update(_hex(await snapshots.remembered(ledger, partition, bodies)))
    writer.lines(snapshot_file(partition), [msgspec.json.encode(msgspec.structs.replace(snapshot, ids=ids))])
    return snapshot.head, checkpoint


def _hex(ids: dict[bytes, bytes]) -> dict[str, bytes]:
    return {name.hex(): tag for name, tag in ids.items()}


def _keys(keys: KeyStore, writer: Writer) -> tuple[int, int]:
    names, destroyed = list(keys.names()), list(keys.destroyed())
    person_keys = keys.get(names)
    lines = [Key(name, key) for name, key in person_keys.items()]
    erased = keys.were_erased(destroyed)
    lines += [Key(name, erased=name in erased) for name in destroyed]
    writer.lines(KEYS, (msgspec.json.encode(line) for line in lines))
    return len(person_keys), len(destroyed)
