"""Taking proofs out of an installation: of a claim, or of one event; what is not sealed yet is waited for, shortly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from services.claim_file.assembly import assemble
from services.claim_file.contents import LOG, ClaimFile, pretty
from services.evidence.bundle import bundle, entries_of
from services.intake.event_position import recorded_of
from services.ledger.keys import id_hash
from services.ledger.protocol import Entry
from services.notary.leaves import LogEntry, ledger_stream
from services.notary.log import Log
from services.notary.proofs import NotSealedError, SealedEntries, inclusion_proof, sealed
from services.notary.signing_keys import read_keys
from services.notary.witnesses import read_addresses
from services.runtime.bootstrap import Installation
from services.texts.errors import TextError, advised

_WAITS, _WAIT_SECONDS = 25, 0.2
_PLACE = re.compile(r"([0-9]{1,4}):([1-9][0-9]{0,17})")


def log_of(installation: Installation) -> Log:
    """Return the log of an installation."""
    return Log(installation.settings.log)


class LogPlaces(Struct, frozen=True):
    """Where events of a partition are in the log ``origin``: the leaf index by position, of each that its checkpoint covers."""

    origin: str = ""
    size: int = 0
    indices: Mapping[int, int] = {}


def places_in_log(installation: Installation, partition: int, positions: Iterable[int]) -> LogPlaces:
    """Return where these stand; nothing where the log has not begun or cannot be read, which is for `doctor` to say."""
    log, stream = log_of(installation), ledger_stream(partition)
    try:
        checkpoint = log.checkpoint()
    except TextError:
        return LogPlaces()
    if checkpoint is None:
        return LogPlaces()
    index_of = {position: log.index_of(stream, position) for position in positions}
    covered = {at: index for at, index in index_of.items() if index is not None and index < checkpoint.size}
    return LogPlaces(checkpoint.origin, checkpoint.size, covered)


def noted_places(installation: Installation, file: ClaimFile) -> dict[str, bytes]:
    """Return what the file of a claim notes of the log, by name.

    Under which entry of which tree each of its events stands. Nothing where the file looks back, which is the same at
    any time, or where no checkpoint was given out yet.
    """
    if file.known_on or file.true_on:
        return {}
    places = places_in_log(installation, file.partition, (event.position or 0 for event in file.decoded()))
    return {LOG: pretty(msgspec.to_builtins(places, str_keys=True))} if places.size else {}


async def bundle_of(installation: Installation, claim: str) -> tuple[ClaimFile, dict[str, bytes]] | None:
    """Return the bundle of a claim by the names of its files; None where nobody has filed it.

    Raises:
        AdvisedError: some of it is under no checkpoint yet, also after a few seconds.
        OtherEntryError: the log has something else than the ledger.
        DamagedLogError, MalformedCheckpointError: the log cannot be read.
        SigningKeysError: the keys of the log cannot be read.
    """
    file = await assemble(installation, claim, looks=False)
    if file is None:
        return None
    log = log_of(installation)
    sealed = await _sealed_soon(log, entries_of(file))
    return file, bundle(log, file, sealed, public_keys(installation, sealed.checkpoint.origin))


async def proof_of(installation: Installation, event: str) -> tuple[LogEntry, bytes] | None:
    """Return an event and the proof of it, in which it stands itself; None where there is none of that name.

    ``event`` is AGENCY:ID or PARTITION:POSITION. Raises as ``bundle_of``.
    """
    entry = await _find(installation, event)
    if entry is None:
        return None
    log = log_of(installation)
    sealed = await _sealed_soon(log, [entry])
    ((index, _),) = sealed.entries
    return entry, inclusion_proof(log, index, sealed.checkpoint.size, sealed.note, entry.encoded())


def public_keys(installation: Installation, origin: str) -> str:
    """Return the public keys by which the log of this name and letters are signed, or were, and those of its witnesses.

    One a line, with what it is.
    """
    lines = ["# Kunci publik log, surat dan saksi · Public keys of the log, of letters and of witnesses"]
    for key in read_keys(installation.settings.signing_keys):
        until = f" – {key.until:%Y-%m-%d}" if key.until else ""
        lines.append(f"{key.verifier(origin)} {key.use} {key.since:%Y-%m-%d}{until}")
    settings = installation.settings
    for witness in read_addresses(settings.witnesses, 0):
        lines += [f"{key} witness {witness.url}" for key in witness.keys]
    return "".join(f"{line}\n" for line in lines)


async def _sealed_soon(log: Log, entries: Sequence[LogEntry]) -> SealedEntries:
    for _ in range(_WAITS):
        try:
            return sealed(log, entries)
        except NotSealedError as error:
            late = error
            if log.note() is None:
                break  # nobody seals anything yet
            await asyncio.sleep(_WAIT_SECONDS)
    raise advised("evidence.not-sealed", "evidence.not-sealed-cure", **late.message.parameters)


async def _find(installation: Installation, name: str) -> LogEntry | None:
    """Return the event of this name as it is recorded."""
    ledger = installation.ledger
    if place := _PLACE.fullmatch(name):
        partition, position = int(place[1]), int(place[2])
        if partition >= ledger.partitions:
            return None
        entries = await ledger.read(partition, position - 1, 1)
        return _entry(partition, entries[0]) if entries else None
    agency, _, event_id = name.partition(":")
    recorded = await recorded_of(installation, agency, id_hash(f"/agencies/{agency}", event_id))
    return None if recorded is None else _entry(*recorded)


def _entry(partition: int, entry: Entry) -> LogEntry:
    return LogEntry(ledger_stream(partition), entry.position, entry.body)
