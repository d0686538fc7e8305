"""``verify``: everything that can be recalculated is, and compared with what the installation holds.

A running installation can be verified. What has left for the bank is read first, then each partition at one moment,
then its ledger up to there; so whatever is compared belongs together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from events.message import Message, message
from projections.catalogue import PROJECTIONS
from projections.compare import compare
from projections.payments import PAYMENTS, totals
from projections.store import Store
from services.benefits.reading.kept import damaged
from services.benefits.rulebook import Rulebook
from services.disbursement.accounts import Accounts
from services.disbursement.missing_files import MissingFiles
from services.ledger.log_head import LogHead, LogHeads
from services.ledger.payments import Payments
from services.ledger.protocol import CorruptedError, Ledger
from services.ledger.registry import Registry
from services.ledger.rulebooks import kept
from services.platform.process_pool import run_parallel
from services.runtime.machine_faults import MACHINE_FAULTS
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens
from services.texts.errors import message_of
from services.texts.progress import Progress, silent
from services.verification.admission import AdmissionAudit
from services.verification.discrepancies import (
    AuditFinding,
    AuditResult,
    AuditTotals,
    HeldCheckpoint,
)
from services.verification.known_checkpoints import KnownCheckpoints, LogEvidence
from services.verification.log_against_ledger import LogAudit, LogAudited
from services.verification.money import Left, follow, read_left
from services.verification.outcomes import compare as compare_told
from services.verification.outcomes import read_published
from services.verification.partition import Audited, PartitionAudit, PartitionSource, audited
from services.verification.trail_integrity import audit_trail


class Evidence(Struct, frozen=True, kw_only=True):
    """What an audit looks at. Without ``keys``, ``batches`` or ``read_models`` it says that it skipped them."""

    client: Redis
    edge: Redis | None = None
    """The agencies' server; None for the core server."""
    ledger: Ledger
    rulebook: Rulebook
    rulebooks: Mapping[str, Rulebook] = {}
    """Earlier rulebooks that this program can still read, by ``HASH@ENGINE``."""
    keys: KeyStore | None = None
    batches: Path | None = None
    """Directory of the batch files."""
    read_models: Store | None = None
    processes: int = 1
    """In how many the partitions are looked at, 0: one for each processor; each finds its way by what follows."""
    url: str = ""
    unsafe: bool = False
    keys_url: str | None = None
    log: LogEvidence | None = None
    """Where the log stands, and the checkpoints that were kept elsewhere; None for an installation without a log."""


async def verify(evidence: Evidence, progress: Progress = silent) -> AuditResult:
    """Audit the installation; the result names every place that differs."""
    return await _Audit(evidence, progress).run()


async def audit_log(known_checkpoints: KnownCheckpoints, client: Redis) -> LogAudited:
    """Hold ledger and audit trail against the checkpoints, and these against how far the log has come as the server says.

    What is recorded is read after the head of the log on the server, since both only grow.
    """
    try:
        head: LogHead | CorruptedError = await LogHeads(client).read()
    except CorruptedError as error:
        head = error
    audited = await LogAudit(client, known_checkpoints.log, known_checkpoints.checkpoints).run()
    of_head = (
        [AuditFinding("log", message_of(head))]
        if isinstance(head, CorruptedError)
        else known_checkpoints.against(head, audited.unsealed)
    )
    return replace(audited, findings=[*known_checkpoints.findings, *of_head, *audited.findings])


async def _kept_rulebooks(client: Redis) -> list[AuditFinding]:
    """A kept rulebook that can be read has the hash under which it is kept."""
    return [
        AuditFinding("rulebook", message("audit.rulebook-damaged", hash=name))
        for name in damaged(await kept(client))
    ]


class _Audit:
    def __init__(self, evidence: Evidence, progress: Progress) -> None:
        self.evidence, self.progress = evidence, progress
        self.findings: list[AuditFinding] = []
        self.skipped: list[Message] = []
        self.partitions: list[Audited] = []
        self.heads: dict[int, int] = {}

    async def run(self) -> AuditResult:
        evidence = self.evidence
        edge = evidence.edge or evidence.client
        tokens = Tokens.opened(evidence.keys) if evidence.keys else None
        admission = AdmissionAudit(evidence.client, edge, tokens)
        answered, telling = (
            await admission.begin(),
            await read_published(evidence.client, edge, evidence.ledger.partitions),
        )
        self.findings += await _kept_rulebooks(evidence.client)
        trail = await audit_trail(evidence.client, evidence.keys)
        self.findings += trail.findings
        left = await self._left()
        self.partitions = await self._partitions()
        self.heads = {one.book.partition: one.head for one in self.partitions}
        for one in self.partitions:
            self.findings += one.findings
        known_ids = frozenset[bytes]().union(*(one.recorded_ids for one in self.partitions))
        self.findings += await admission.end(answered, known_ids)
        self.findings += compare_told(telling, {one.book.partition: one.concluded for one in self.partitions})
        if left is not None:
            destroyed = frozenset(evidence.keys.destroyed()) if evidence.keys else frozenset[str]()
            books = {one.book.partition: one.book for one in self.partitions}
            self.findings += await asyncio.to_thread(follow, left, books, evidence.batches, destroyed)
            self.findings += await self._accounts(left, destroyed)
        if evidence.batches is None:
            self.skipped.append(message("audit.no-batch-files"))
        checkpoints, unsealed = await self._log()
        sums = self._totals(left)
        await self._read_models(sums)
        return AuditResult(
            findings=tuple(sorted(self.findings, key=lambda one: one.check != "log")),
            explained=tuple(explained for one in self.partitions for explained in one.explained),
            events=sum(self.heads.values()),
            assessments=sum(one.assessments for one in self.partitions),
            persons=sum(one.persons for one in self.partitions),
            unreadable=sum(one.unreadable for one in self.partitions),
            records=trail.records,
            unreadable_records=trail.unreadable,
            heads=self.heads,
            totals=sums,
            checkpoints=checkpoints,
            unsealed=unsealed,
            skipped=tuple(self.skipped),
        )

    async def _log(self) -> tuple[tuple[HeldCheckpoint, ...], int]:
        """Hold ledger and audit trail against the checkpoints that are known."""
        if self.evidence.log is None:
            return (), 0
        self.progress(message("stage.log"), 0, 0)
        known_checkpoints = await asyncio.to_thread(KnownCheckpoints, self.evidence.log)
        self.skipped += known_checkpoints.skipped
        audited = await audit_log(known_checkpoints, self.evidence.client)
        self.findings += audited.findings
        return tuple(audited.held), audited.unsealed

    async def _left(self) -> Left | None:
        try:
            return await read_left(
                Payments(self.evidence.client), self.evidence.ledger.partitions, self.evidence.batches
            )
        except (CorruptedError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            self.findings.append(AuditFinding("payments", message_of(error)))
            return None

    async def _accounts(self, left: Left, destroyed: frozenset[str]) -> list[AuditFinding]:
        """Check that what left can be written again with the same bytes: the accounts are those that left."""
        evidence = self.evidence
        if evidence.keys is None:
            return []
        payments, findings = Payments(evidence.client), list[AuditFinding]()
        registry, tokens = Registry(evidence.client), Tokens.opened(evidence.keys)
        accounts = Accounts(evidence.ledger, evidence.keys, tokens, registry)
        missing_files = MissingFiles(payments, accounts, evidence.batches or Path())
        for batch in left.batches:
            orders = left.orders_of(batch)
            closed = any(order.account and order.account.key in destroyed for order in orders)
            if batch.adopted or closed or len(orders) < batch.count:
                continue
            if await missing_files.content_of(batch) is None:
                what = message("audit.other-accounts", batch=batch.label)
                findings.append(AuditFinding("payments", what, batch.partition, batch.to))
        return findings

    async def _partitions(self) -> list[Audited]:
        evidence, partitions = self.evidence, range(self.evidence.ledger.partitions)
        if evidence.processes == 1:
            audit = PartitionAudit(
                evidence.client,
                evidence.ledger,
                evidence.keys,
                evidence.rulebook,
                evidence.rulebooks,
                self.progress,
            )
            return [await audit.run(partition) for partition in partitions]
        places = [
            PartitionSource(
                evidence.url,
                evidence.unsafe,
                len(partitions),
                evidence.keys_url,
                evidence.rulebook,
                evidence.rulebooks,
                partition,
            )
            for partition in partitions
        ]

        def tell(done: int, of: int) -> None:
            self.progress(message("stage.partitions"), done, of)

        tell(0, len(places))
        return await asyncio.to_thread(run_parallel, audited, places, processes=evidence.processes, tell=tell)

    def _totals(self, left: Left | None) -> AuditTotals:
        parts = [one.book.totals(0, 0) for one in self.partitions]
        released = sum(batch.amount for batch in left.batches) if left else 0
        return AuditTotals(
            orders=sum(part.orders for part in parts),
            ordered=sum(part.ordered for part in parts),
            cancelled=sum(part.cancelled for part in parts),
            released=sum(part.released for part in parts),
            left=released,
            paid=sum(one.paid for one in self.partitions),
        )

    async def _read_models(self, ours: AuditTotals) -> None:
        store = self.evidence.read_models
        live = {build.projection: build for build in store.builds() if build.live} if store else {}
        current = [p for p in PROJECTIONS if p.name in live and live[p.name].version == p.version]
        if len(current) < len(PROJECTIONS):
            missing = ", ".join(p.name for p in PROJECTIONS if p not in current)
            self.skipped.append(message("audit.not-built", names=missing))
        if store is None or not current:
            return
        self.progress(message("stage.read-models"), 0, 0)
        try:
            differences = await compare(store, self.evidence.ledger, current)
        except MACHINE_FAULTS:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is what the auditor has to know
            self.findings.append(
                AuditFinding("read-model", message("audit.not-rebuilt", why=message_of(error)))
            )
            return
        for difference in differences:
            self.findings.append(AuditFinding("read-model", difference.message))
        if PAYMENTS not in current:
            return
        with store.view() as view:
            if view.positions[PAYMENTS.name] != self.heads:
                self.skipped.append(message("audit.other-positions"))
                return
            theirs = totals(view)
        for name in ("orders", "ordered", "cancelled", "released", "paid"):
            if getattr(theirs, name) != getattr(ours, name):
                figures = {"ours": getattr(ours, name), "theirs": getattr(theirs, name)}
                what = message("audit.totals-differ", name=name, **figures)
                self.findings.append(AuditFinding("totals", what))
