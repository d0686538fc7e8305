"""A busy installation with a log over it, which somebody outside has seen.

To be changed, and held against what was seen.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from projections.store import Store
from services.ledger import keys
from services.ledger.trail import TrailStore
from services.notary.leaves import TRAIL, LogEntry, ledger_stream
from services.notary.notes import VerifierKey
from services.notary.origins import log_origin
from services.notary.signatures import signed
from services.notary.signing_keys import draft_keys, read_keys, take_up
from services.verification.discrepancies import AuditResult
from services.verification.known_checkpoints import KnownCheckpoints, LogEvidence, OutsideCheckpoint
from services.verification.log_against_ledger import LogAudited
from services.verification.verify import Evidence, audit_log, verify
from tests.built_logs import BuiltLog
from tests.small_installation import SmallInstallation
from tests.system.audit.tampering import PARTITIONS, database

ORIGIN = log_origin("small", 1)
SINCE = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
STEP = 7
"""Entries of one stream that are taken at once, so that the streams stand among one another."""


def keys_made(directory: Path) -> Path:
    """Keys of a notary, in a directory."""
    directory.mkdir(mode=0o700)
    draft_keys(directory, SINCE)
    take_up(directory, SINCE)
    return directory


async def leaves_of(small: SmallInstallation) -> list[bytes]:
    """Everything recorded, as a notary takes it."""
    streams: dict[str, list[LogEntry]] = {}
    for partition in range(PARTITIONS):
        name = ledger_stream(partition)
        found = await small.ledger.read(partition, 0, 100_000)
        streams[name] = [LogEntry(name, one.position, one.body) for one in found]
    records = [one async for page in TrailStore(small.client).pages() for one in page]
    streams[TRAIL] = [LogEntry(TRAIL, position, body) for position, body in records]
    leaves: list[bytes] = []
    for start in range(0, max(map(len, streams.values())), STEP):
        for entries in streams.values():
            leaves += [entry.encoded() for entry in entries[start : start + STEP]]
    return leaves


class SmallLog:
    """The log of a small installation in ``log`` of its data, written anew from whatever the server holds."""

    def __init__(self, small: SmallInstallation, signing_keys: Path) -> None:
        self.small, self.keys = small, signing_keys
        self.directory = small.data / "log"
        self.outside: tuple[OutsideCheckpoint, ...] = ()

    @property
    def trusted(self) -> tuple[VerifierKey, ...]:
        """The public keys, as somebody outside has them."""
        return tuple(key.verifier(ORIGIN) for key in read_keys(self.keys) if key.use == "log")

    async def write(self, leaves: Sequence[bytes] | None = None) -> None:
        """Write it with a checkpoint over everything, and two earlier ones that are kept."""
        leaves = await leaves_of(self.small) if leaves is None else leaves
        log = BuiltLog(leaves, ORIGIN)
        log.written(self.directory)
        (self.directory / "checkpoints").mkdir(exist_ok=True)
        for size in (len(leaves) // 3, len(leaves) * 2 // 3):
            (self.directory / "checkpoints" / str(size)).write_bytes(self.signed(log, size))
        (self.directory / "checkpoint").write_bytes(self.signed(log, len(leaves)))
        root = base64.b64decode(log.body().splitlines()[2])
        client: Any = self.small.client
        head = {"origin": ORIGIN, "size": len(leaves), "root": root.hex()}
        await client.hset(keys.LOG_HEAD, mapping=head)

    def signed(self, log: BuiltLog, size: int) -> bytes:
        """A checkpoint of one size, signed by the keys of the installation."""
        signers = [signer for key in read_keys(self.keys) if (signer := key.signer(ORIGIN))]
        body = _with_every_stream(log.body(size))
        return str(
            signed(body, [one for one in signers if "letters" not in one.name], 1_790_000_000)
        ).encode()

    def seen(self, *names: str) -> None:
        """Let somebody outside keep these checkpoints as they are now."""
        self.outside = tuple(
            OutsideCheckpoint(f"kept-{name}", (self.directory / name).read_bytes()) for name in names
        )

    def evidence(self, *, outside: bool = True, trusted: Sequence[VerifierKey] | None = None) -> LogEvidence:
        return LogEvidence(
            log=self.directory,
            keys=self.keys,
            outside=self.outside if outside else (),
            trusted=tuple(trusted if trusted is not None else ()),
        )

    async def held(self, *, outside: bool = True, trusted: Sequence[VerifierKey] | None = None) -> LogAudited:
        """What the audit of the log alone says."""
        known = KnownCheckpoints(self.evidence(outside=outside, trusted=trusted))
        return await audit_log(known, self.small.client)

    async def verified(self, *, log: bool = True, outside: bool = True, models: bool = True) -> AuditResult:
        """What verify says of the whole installation, or of all but its read models."""
        small, store = self.small, Store(database(self.small))
        try:
            return await verify(
                Evidence(
                    client=small.client,
                    ledger=small.ledger,
                    rulebook=small.rulebook,
                    keys=small.keys,
                    batches=small.data / "batches",
                    read_models=store if models else None,
                    log=self.evidence(outside=outside) if log else None,
                )
            )
        finally:
            store.close()


def _with_every_stream(body: str) -> str:
    """The text of a checkpoint with the streams of a small installation alone, in their order."""
    lines = body.splitlines()
    heads = dict(line.split(" ", 1) for line in lines[3:])
    names = [*map(ledger_stream, range(PARTITIONS)), TRAIL]
    assert heads.keys() == set(names)
    return "".join(f"{line}\n" for line in (*lines[:3], *(f"{name} {heads[name]}" for name in names)))
