"""A backup written back into an empty server, with its keys, once it is whole and the keys fit the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from redis.asyncio import Redis

from events.catalogue import decode
from events.envelope import Sealed
from events.message import message
from services.adjudication.batch_decision import index_of
from services.audit_trail.entries import box_at
from services.backup.archive import (
    KEYS,
    SERVER,
    BackupReader,
    CopiedKeys,
    Key,
    ledger_file,
    snapshot_file,
)
from services.ledger import snapshot as snapshots
from services.ledger.copies import Copy, write
from services.ledger.installation_marks import core_mark, note_restored, note_restoring
from services.ledger.keys import TRAIL
from services.ledger.protocol import Ledger
from services.ledger.snapshot import PartitionSnapshot
from services.ledger.store import create_or_open
from services.sealing.box import UnreadableError, boxes_of, unseal
from services.sealing.keystore import KeyStore
from services.texts.errors import TextError
from services.texts.progress import Progress, silent


class RestoreError(TextError):
    """The target is not empty, or the keys do not fit the ledger; nothing was written."""


async def restore(
    place: Path, client: Redis, keys: KeyStore, progress: Progress = silent, *, whose: str = ""
) -> Ledger:
    """Write a backup into an empty server and its keys into the key store; returns the ledger.

    The server notes which backup it is before anything else, and at the end ``whose`` it is. What an earlier restore
    that broke off has left there, and nobody has taken over, is removed first.

    A key store that has keys already is left as it is and must fit: hold a key that opens what the ledger has
    sealed, or remember its destruction.

    Raises:
        ArchiveError: the backup is not whole.
        RestoreError: the server is not empty, or the keys are older than the ledger or others.
    """
    reader = await asyncio.to_thread(BackupReader, place)
    manifest, mark = reader.manifest, await core_mark(client)
    is_begun = bool(mark.restoring) and not mark.owner
    if (present := await client.dbsize()) and not is_begun:
        raise RestoreError(message("backup.server-not-empty", count=present))
    progress(message("stage.keys"), 0, 0)
    put_keys = await asyncio.to_thread(_fitting_keys, reader, keys, is_begun)
    if is_begun:
        await client.flushdb()
    await note_restoring(client, reader.sha256)
    await asyncio.to_thread(put_keys)
    progress(message("stage.server"), 0, 0)
    await write(client, reader.read(SERVER, Copy))
    ledger = await create_or_open(client, manifest.partitions)
    for partition in range(manifest.partitions):
        progress(message("stage.partitions"), partition, manifest.partitions)
        snapshot = next(reader.read(snapshot_file(partition), PartitionSnapshot))
        await snapshots.put_back(
            client,
            ledger,
            snapshot,
            reader.pages(ledger_file(partition)),
            lambda body: index_of(decode(body)),
        )
    await note_restored(client, whose)
    return ledger


def _fitting_keys(reader: BackupReader, keys: KeyStore, is_begun: bool) -> Callable[[], None]:
    """Check that the keys fit the ledger; returns what puts those of the backup into an empty key store.

    A key store that an earlier restore has ``begun`` to fill, and that is nobody's yet, is filled up.
    """
    copy = CopiedKeys.of(reader.read(KEYS, Key))
    empty = next(iter(keys.names()), None) is None
    have, destroyed = copy.keys, copy.destroyed
    if not empty:
        secrets = {name for name in have if name.startswith("secret:")}
        present = keys.get([*have, *_names(reader)])
        if any(present.get(name) != have[name] for name in secrets):
            raise RestoreError(message("backup.other-keys"))
        empty = is_begun and not keys.owner()
        have = have | present if empty else present
        destroyed = (destroyed if empty else set()) | set(keys.destroyed())
    missing: dict[str, None] = {}
    for sealed, aad in _last_sealed(reader):
        if sealed.key in destroyed:
            continue
        try:
            unseal(sealed, have[sealed.key], aad)
        except (KeyError, UnreadableError):
            missing[sealed.key] = None
    if missing:
        raise RestoreError(message("backup.older-keys", count=len(missing), first=next(iter(missing))))
    return lambda: keys.put_back(have, sorted(destroyed), sorted(copy.erased)) if empty else None


def _names(reader: BackupReader) -> list[str]:
    return list({sealed.key for sealed, _ in _last_sealed(reader)})


def _last_sealed(reader: BackupReader) -> Iterable[tuple[Sealed, bytes]]:
    """The last box under each key, in trail, ledgers, inboxes and parked lists, with what it is tied to."""
    last: dict[str, tuple[Sealed, bytes]] = {}
    for copy in reader.read(SERVER, Copy):
        if copy.key == TRAIL and copy.elements:
            entry, _, body = copy.elements[-1]
            if box := box_at(int(entry.partition(b"-")[0]), body):
                last[box[0].key] = box
    for body in _bodies(reader):
        if b'"sealed":{' in body:
            last.update((box[0].key, box) for box in boxes_of(body))
    return last.values()


def _bodies(reader: BackupReader) -> Iterator[bytes]:
    for partition in range(reader.manifest.partitions):
        yield from reader.lines(ledger_file(partition))
        snapshot = next(reader.read(snapshot_file(partition), PartitionSnapshot))
        yield from (arrival.body for arrival in snapshot.inbox)
        for bodies in snapshot.parked.values():
            yield from bodies
