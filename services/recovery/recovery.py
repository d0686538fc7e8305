"""Recovery: what belongs together, what would be lost, and the parts put together anew, in an epoch of their own.

The ledger is what counts. Read models are built anew from it. Batch files that it does not know are taken over as what
has left, so that no order leaves twice. Keys are never made up: without the token secret nothing is recovered, and keys
that are lost are given up only where an officer says how many. Each step may be repeated; the ledger gets its mark
last, so that nothing starts before all is done.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import closing

from msgspec import UNSET
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import encode
from events.envelope import KELAMBU
from events.message import message
from events.operation import Epoch, EpochBegun
from events.redaction import redact
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.sqlite_files import file_of
from projections.store import Store
from services.installation.batch_directory import mark_directory
from services.installation.identity import InstallationError, InstallationIdentity
from services.ledger.function_library import load_functions
from services.ledger.installation_marks import Generation, mark_core, mark_edge, note_directory, note_edge
from services.ledger.keys import id_hash
from services.ledger.payments import Payments
from services.ledger.protocol import Ledger
from services.ledger.store import create_or_open
from services.platform.settings import Settings
from services.recovery.another_log import begin_another
from services.recovery.examination import PartsFound, Recovery, RecoveryDecision, examined, refused
from services.recovery.lost_keys import give_up
from services.sealing.box import seal
from services.sealing.keystore import OWN_KEY, KeyStore
from services.sealing.tokens import Tokens


async def recover(
    settings: Settings,
    core: Redis,
    edge: Redis | None,
    decision: RecoveryDecision,
    *,
    now: dt.datetime,
    anew: bool = False,
) -> tuple[Recovery, InstallationIdentity]:
    """Put everything together that belongs to the ledger, and begin a new epoch; returns what was found, and the epoch.

    No service may run meanwhile. ``anew``: the ledger was just taken from a copy, so an epoch begins in any case.

    Raises:
        InstallationError: something is missing that cannot be made up, or belongs to somebody else; nothing was
            changed.
    """
    recovery, remains = await examined(settings, core, edge, decision)
    if remains is None or recovery.blocked:
        raise refused(recovery)
    if recovery.ask and not (recovery.steps or anew):
        raise InstallationError(recovery.ask)
    if recovery.sound and not anew:
        raise InstallationError(message("recover.nothing"))
    if recovery.sound:
        recovery = replace(recovery, steps=(message("recover.step-epoch"),))
    parts, ours = remains.parts, remains.ours
    marks = (parts.core.owner, parts.keys.owner, parts.read_models, parts.batches, parts.edge or "")
    others = [InstallationIdentity.read(mark) for mark in marks if mark]
    identity = ours.after(*(one for one in others if one.id == ours.id))
    ledger = await create_or_open(core, parts.core.partitions)
    payments = Payments(core)
    for one in remains.files:
        await payments.adopt(one.batch, one.orders)
    await payments.await_bank(awaited=remains.bank is not None and not remains.bank.answered)
    await asyncio.to_thread(mark_directory, parts.batches_at, str(identity))
    await note_directory(core)
    await _rebuild(settings, ledger, identity, rebuild=remains.rebuild)
    if remains.log_ends:
        await begin_another(settings.log, core, identity.id)
    await note_edge(core, own=edge is not None)
    if edge is not None:
        await load_functions(edge)
        await mark_edge(edge, str(identity))
    with closing(KeyStore(settings.keys_url)) as store:
        tokens = Tokens.opened(store)
        if OWN_KEY in remains.keys.names:
            store.give_up([OWN_KEY])
        await ledger.deliver(_epoch_events(identity, ledger, store, remains, decision, now))
        await give_up(core, store, remains.keys)
        store.belong(str(identity))
        generation = Generation(*store.generation())
        owner = await mark_core(
            core, str(identity), tokens.fingerprint(identity.id), generation, before=parts.core.owner
        )
    if owner != str(identity):
        raise InstallationError(message("recover.another"))
    return recovery, identity


async def _rebuild(
    settings: Settings, ledger: Ledger, identity: InstallationIdentity, *, rebuild: bool
) -> None:
    file = file_of(settings.database_url)
    with closing(Store(settings.database_url)) as store:
        if rebuild and (file is None or file.exists()):
            store.set_aside(PROJECTIONS)
        store.belong(str(identity))
        if rebuild:
            await Runner(store, ledger, PROJECTIONS).catch_up()


def _epoch_events(
    identity: InstallationIdentity,
    ledger: Ledger,
    keys: KeyStore,
    remains: PartsFound,
    decision: RecoveryDecision,
    now: dt.datetime,
) -> list[tuple[int, bytes, bytes]]:
    """The event that begins the epoch, for each partition; who and why are sealed under Kelambu's own key."""
    tokens = Tokens.opened(keys)
    key = keys.get_or_create([OWN_KEY])[OWN_KEY]
    arrivals = []
    for partition in range(ledger.partitions):
        adopted = tuple(one.batch.label for one in remains.files if one.batch.partition == partition)
        lost = remains.keys.persons_of(partition, ledger.partitions) or UNSET
        bank = decision.last_at_bank[partition] if decision.last_at_bank else UNSET
        event = EpochBegun(
            specversion="1.0",
            id=f"epoch-{identity.epoch}-{identity.nonce}-p{partition:02d}",
            source=KELAMBU,
            time=now,
            admittedtime=now,
            data=Epoch(identity.id, identity.epoch, decision.officer, decision.reason, adopted, lost, bank),
        )
        redacted, values = redact(event, tokens)
        box = seal(OWN_KEY, key, values, id_hash(redacted.source, redacted.id))
        arrivals.append((partition, encode(replace(redacted, sealed=box)), b""))
    return arrivals
