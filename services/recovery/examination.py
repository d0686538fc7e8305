"""What a recovery would do: which parts belong together, what would be lost, and what is in its way.

Nothing is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from events.message import Message, message
from projections.checkpoint import DivergedError, confirm
from projections.claims import claims
from projections.payment_rows import OrderRow
from projections.payments import every
from projections.sqlite_files import file_of
from projections.store import DamagedError, NotBuiltError, Store
from services.disbursement.adoption import LeftFile, all_files, changed_files, unknown_files
from services.disbursement.batch_file import BatchFileError, place_of
from services.installation.identity import InstallationError, InstallationIdentity
from services.installation.inspection import BATCHES, Parts, look
from services.installation.mismatches import (
    EVERYTHING,
    NAMES,
    PartMismatch,
    blocks,
    mismatches,
    nothing_there,
    strangers,
)
from services.ledger.partitions import partition_of
from services.ledger.payments import Payments
from services.ledger.protocol import Ledger, LedgerError
from services.ledger.store import RedisLedger
from services.platform.settings import Settings
from services.recovery.another_log import goes_on
from services.recovery.bank import BankQuestion, question
from services.recovery.lost_keys import KeyLoss, LostKeys, lost_keys
from services.sealing.keystore import KeyStore


class LedgerLoss(Struct, frozen=True):
    """What the ledger lacks according to read models and batch files: claims, orders that left, their rupiah."""

    claims: tuple[str, ...] = ()
    orders: int = 0
    amount: int = 0
    batches: tuple[str, ...] = ()


class Recovery(Struct, frozen=True, kw_only=True):
    """What was found. ``ledger`` and ``epoch`` say which installation the ledger is of; empty where there is none.

    ``steps`` is what a recovery would do, in order; it can be done where nothing is ``blocked``.
    """

    ledger: str = ""
    epoch: int = 0
    events: int = 0
    mismatches: tuple[PartMismatch, ...] = ()
    blocked: tuple[Message, ...] = ()
    steps: tuple[Message, ...] = ()
    lost: LedgerLoss = LedgerLoss()
    keys: KeyLoss = KeyLoss()
    """What nobody can read any more, where the key store is older than the ledger."""
    ask: Message | None = None
    """What to ask the bank before anything leaves, where it is not known here."""

    @property
    def sound(self) -> bool:
        """Whether everything belongs together."""
        return not (self.mismatches or self.blocked or self.steps or self.ask)


class RecoveryDecision(Struct, frozen=True):
    """What an officer decides: to recover, for a reason; how many keys are given up as lost, what the bank has last."""

    officer: str = ""
    reason: str = ""
    lost_keys: int = 0
    last_at_bank: tuple[str, ...] = ()


class PartsFound(Struct):
    """The parts as they were found, and what of them a recovery mends."""

    parts: Parts
    ours: InstallationIdentity
    files: list[LeftFile]
    rebuild: bool
    keys: LostKeys
    bank: BankQuestion | None
    log_ends: bool


async def examine(
    settings: Settings, core: Redis, edge: Redis | None, decision: RecoveryDecision | None = None
) -> Recovery:
    """Say what belongs together and what a recovery, if so decided, would do; nothing is changed."""
    return (await examined(settings, core, edge, decision or RecoveryDecision()))[0]


async def without_ledger(settings: Settings, fault: Message | None = None) -> Recovery:
    """Say what read models and batch files still know where there is no ledger, or one that cannot be read for a ``fault``."""
    files = await asyncio.to_thread(all_files, settings.data / BATCHES)
    claims = await asyncio.to_thread(_claims_in, settings.database_url)
    return Recovery(
        blocked=(*([fault] if fault else []), message("recover.no-ledger")), lost=_lost(files, claims)
    )


def _claims_in(url: str) -> list[str]:
    file = file_of(url)
    if file is not None and not file.exists():
        return []
    with closing(Store(url)) as store, suppress(DamagedError, NotBuiltError), store.view() as view:
        return [one.claim for one in claims(view)]
    return []


def refused(recovery: Recovery) -> InstallationError:
    """Return the error that names everything for which nothing can be recovered."""
    return InstallationError(message("recover.refused", reasons=recovery.blocked))


async def examined(
    settings: Settings, core: Redis, edge: Redis | None, decision: RecoveryDecision
) -> tuple[Recovery, PartsFound | None]:
    """Return what ``examine`` says and the parts that were found; None where nothing of them can be put together."""
    parts = await look(settings, core, edge)
    if nothing_there(parts):
        return Recovery(blocked=(message("recover.nothing-here"),)), None
    owner = parts.core.owner or parts.core.restored
    if not owner:
        all_mismatches = tuple(mismatches(parts, EVERYTHING))
        lost = await without_ledger(settings)
        return replace(lost, events=parts.core.events, mismatches=all_mismatches), None
    ours = InstallationIdentity.read(owner)
    all_mismatches = tuple(mismatches(parts, EVERYTHING)) if parts.core.owner else ()
    keys = await _lost_keys(settings, core, parts, all_mismatches)
    blocked = (
        [one.message for one in all_mismatches if blocks(one)] if parts.core.owner else strangers(parts, ours)
    )
    if any(one.part == "keys" and one.how in ("missing", "foreign") for one in all_mismatches):
        blocked.append(message("recover.without-keys"))
    if (count := keys.loss.keys) != decision.lost_keys:
        blocked.append(message("recover.not-given-up", lost=count) if count else message("recover.none-lost"))
    if not parts.core.owner and not parts.fingerprint:
        blocked.append(message("recover.no-secret"))
    if blocked:
        return Recovery(
            ledger=ours.id,
            epoch=ours.epoch,
            events=parts.core.events,
            mismatches=all_mismatches,
            blocked=tuple(blocked),
            keys=keys.loss,
        ), None
    ledger = RedisLedger(core, parts.core.partitions)
    payments, files = Payments(core), list[LeftFile]()
    try:
        files = await unknown_files(payments, parts.batches_at)
        blocked += await changed_files(payments, parts.batches_at)
    except BatchFileError as error:
        blocked.append(error.message)
    fits, lost_claims, orders, readable = False, list[str](), list[OrderRow](), False
    if not any(one.part == "read models" and one.how == "foreign" for one in all_mismatches):
        fits, lost_claims, orders, readable = await _read_models(settings, ledger, parts)
    missing = await _without_file(payments, parts.batches_at, orders)
    if missing:
        labels = ", ".join(sorted({order.batch for order in missing}))
        blocked.append(message("recover.missing-files", directory=parts.batches_at, labels=labels))
    unmatched = any(one.part == "read models" for one in all_mismatches)
    rebuild = parts.damaged or (parts.built and (unmatched or not fits))
    bank = await question(payments, parts, files, decision.last_at_bank, readable=readable)
    if decision.last_at_bank and (bank is None or not bank.answered):
        blocked.append(bank.message if bank else message("recover.nothing-asked"))
    log_ends = not await goes_on(settings.log, core, ledger)
    renew = bool(
        all_mismatches or files or not parts.core.owner or rebuild or (bank and bank.answered) or log_ends
    )
    recovery = Recovery(
        ledger=ours.id,
        epoch=ours.epoch,
        events=parts.core.events,
        mismatches=all_mismatches,
        blocked=tuple(blocked),
        steps=tuple(
            _steps(all_mismatches, files, keys.loss, bank, rebuild=rebuild, renew=renew, log_ends=log_ends)
        ),
        lost=_lost(files, lost_claims, missing),
        keys=keys.loss,
        ask=None if bank is None or bank.answered or decision.last_at_bank else bank.message,
    )
    return recovery, PartsFound(parts, ours, files, rebuild, keys, bank, log_ends)


async def _lost_keys(
    settings: Settings, core: Redis, parts: Parts, mismatches: Iterable[PartMismatch]
) -> LostKeys:
    if not any(one.part == "keys" and one.how == "older" for one in mismatches):
        return LostKeys()
    with closing(KeyStore(settings.keys_url, lambda _: None)) as store:
        return await lost_keys(core, RedisLedger(core, parts.core.partitions), store)


def _steps(
    all_mismatches: Iterable[PartMismatch],
    files: list[LeftFile],
    keys: KeyLoss,
    bank: BankQuestion | None,
    *,
    rebuild: bool,
    renew: bool,
    log_ends: bool,
) -> Iterable[Message]:
    if bank and renew:
        yield message(f"recover.step-leave-{'again' if bank.answered else 'nothing'}")
    if keys.keys:
        yield message("recover.step-keys", count=keys.keys)
    if files:
        yield message("recover.step-files", files=len(files), orders=sum(one.batch.count for one in files))
    if rebuild:
        yield message("recover.step-read-models")
    for one in all_mismatches:
        if one.part == "edge" and one.how == "unnamed":
            yield message("recover.step-no-edge")
        elif one.part in ("batch files", "edge", "keys"):
            yield message("recover.step-mark", part=NAMES[one.part])
    if log_ends:
        yield message("recover.step-log")
    if renew:
        yield message("recover.step-epoch")


def _lost(files: list[LeftFile], lost_claims: list[str], missing: Sequence[OrderRow] = ()) -> LedgerLoss:
    labels = {one.batch.label for one in files} | {order.batch for order in missing}
    return LedgerLoss(
        claims=tuple(lost_claims),
        orders=sum(one.batch.count for one in files) + len(missing),
        amount=sum(one.batch.amount for one in files) + sum(order.amount for order in missing),
        batches=tuple(sorted(labels, key=lambda label: place_of(f"{label}.csv") or (0, 0))),
    )


async def _without_file(payments: Payments, directory: Path, orders: Iterable[OrderRow]) -> list[OrderRow]:
    """Return the orders that left in batches of which neither the ledger nor the directory knows."""
    missing: list[OrderRow] = []
    last: dict[int, int] = {}
    for order in orders:
        file = f"{order.batch}.csv"
        if (place := place_of(file)) is None or (directory / file).exists():
            continue
        partition, sequence = place
        if partition not in last:
            last[partition] = (await payments.progress(partition)).sequence
        if sequence > last[partition]:
            missing.append(order)
    return missing


async def _read_models(
    settings: Settings, ledger: RedisLedger, parts: Parts
) -> tuple[bool, list[str], list[OrderRow], bool]:
    """Tell whether the read models have followed this ledger.

    If not, which of their claims it lacks, and all their orders. The last is whether they can be read at all.
    """
    if not parts.built:
        return True, [], [], False
    try:
        with closing(Store(settings.database_url)) as store:
            if await _have_followed(store, ledger):
                return True, [], [], True
            with store.view() as view:
                shown = [(one.claim, one.person) for one in claims(view)]
                orders = every(view)
    except (DamagedError, NotBuiltError):
        return False, [], [], False
    indexed = await ledger.indexed(
        [(partition_of(person, ledger.partitions), claim) for claim, person in shown]
    )
    lacks = [claim for (claim, _), is_known in zip(shown, indexed, strict=True) if not is_known]
    return False, lacks, orders, True


async def _have_followed(store: Store, ledger: Ledger) -> bool:
    try:
        for build in await asyncio.to_thread(store.builds):
            await confirm(ledger, build.seen)
    except (DivergedError, LedgerError):
        return False
    return True
