"""What agencies were answered held against the ledger: reservations, receipts, routes, waiting lists, refusals.

Everything here is read before the partitions are, so that what it says was handed on is in them. What looks wrong may
only be under way; it is looked at again at the end, and is a finding if it still looks so.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from msgspec import DecodeError, MsgspecError, Struct, field
from redis.asyncio import Redis

from events.catalogue import AgencyEvent
from events.claim import ClaimFiled
from events.envelope import KELAMBU, agency_of
from events.message import Message, message
from services.audit_trail.entries import stored
from services.audit_trail.records import OperationRequested
from services.ledger.backlog import sender
from services.ledger.claim_routes import Routes
from services.ledger.edge import Edge, at_of
from services.ledger.keys import id_hash
from services.ledger.protocol import GapError
from services.ledger.quarantine_store import QuarantineStore
from services.ledger.refusals import KEPT as KEPT_REFUSALS
from services.ledger.refusals import Notice, Refusals
from services.ledger.registry import Registry
from services.ledger.reservations import Reservation, Reservations, Target
from services.ledger.trail import TrailStore
from services.platform.clock import AHEAD
from services.sealing.tokens import Tokens
from services.verification.discrepancies import AuditFinding

T = TypeVar("T")

_RECORDED = frozenset({"begun", "accepted", "waiting"})
"""What may be said of a recorded event: the end of its admission may still be under way."""


class PartitionAdmission:
    """Compares a partition's events with what their agencies were answered, and claims with their routes."""

    def __init__(self, client: Redis, partition: int) -> None:
        self._reservations, self._routes, self._partition = Reservations(client), Routes(client), partition
        self.findings: list[AuditFinding] = []

    async def page(self, events: Iterable[AgencyEvent], tags: Mapping[bytes, bytes]) -> None:
        """Compare some events; ``tags`` are those of their content, by id hash."""
        by_agency: dict[str, list[AgencyEvent]] = {}
        for event in events:
            if event.source != KELAMBU:
                by_agency.setdefault(agency_of(event.source), []).append(event)
        for agency, of_agency in by_agency.items():
            ids = [id_hash(event.source, event.id) for event in of_agency]
            reservations = await self._reservations.look(agency, ids)
            for event, event_id, one in zip(of_agency, ids, reservations, strict=True):
                self._compare(event, one, tags.get(event_id))
            filings = [
                (event, one)
                for event, one in zip(of_agency, reservations, strict=True)
                if isinstance(event, ClaimFiled)
            ]
            await self._compare_routes(filings)

    async def _compare_routes(self, filings: Sequence[tuple[ClaimFiled, Reservation | None]]) -> None:
        """Compare the claims of filings; whose a claim is, its route says from before the filing is accepted."""
        routes = await self._routes.filed([event.data.claim for event, _ in filings])
        for (event, one), route in zip(filings, routes, strict=True):
            ours = id_hash(event.source, event.id), agency_of(event.source), event.person or ""
            under_way = not route[2] and (one is None or one.status != "accepted")
            if route[:2] != ours[:2] or (route[2] != ours[2] and not under_way):
                self._find("route", message("audit.other-route", claim=event.data.claim), event)

    def _compare(self, event: AgencyEvent, reservation: Reservation | None, tag: bytes | None) -> None:
        which = {"source": event.source, "id": event.id}
        if reservation is None:
            self._find("reservation", message("audit.no-reservation", **which), event)
        elif reservation.status not in _RECORDED:
            what = message("audit.answered-otherwise", status=reservation.status, **which)
            self._find("reservation", what, event)
        elif reservation.status == "accepted" and reservation.target != Target("person", event.person or ""):
            self._find("reservation", message("audit.accepted-for-another", **which), event)
        elif tag is not None and reservation.tag != tag:
            self._find("reservation", message("audit.another-content", **which), event)
        elif event.admittedtime and event.admittedtime != reservation.admitted:
            self._find("times", message("audit.another-admission", **which), event)

    def _find(self, check: str, what: Message, event: AgencyEvent) -> None:
        self.findings.append(AuditFinding(check, what, self._partition, event.position or 0))


_DISCARD = b"quarantine-discard"
"""Stands in each record of the audit trail that a document was discarded, and in few others."""


class Answered(Struct):
    """What all agencies were answered, as it was before the partitions were read."""

    accepted: dict[bytes, str] = field(default_factory=dict)
    """Id hash to agency, of what was accepted by its reservation or its receipt."""
    waiting: list[tuple[str, bytes, Target]] = field(default_factory=list)
    lists: dict[str, list[bytes]] = field(default_factory=dict)
    """Claim number to the id hashes of what waits for it."""
    untold: list[tuple[str, str]] = field(default_factory=list)
    """Agency and name of each document in quarantine of which the agency had not read."""
    discarded: list[tuple[str, str]] = field(default_factory=list)
    """Agency and name of each document in quarantine that is marked as discarded."""
    findings: list[AuditFinding] = field(default_factory=list)


class AdmissionAudit:
    """Looks at the agencies' side; without ``tokens`` the names of refused documents are not compared."""

    def __init__(self, core: Redis, edge: Redis, tokens: Tokens | None) -> None:
        """Read from a core and an edge server, which may be one."""
        self._reservations, self._routes, self._registry = Reservations(core), Routes(core), Registry(core)
        self._quarantine, self._refusals, self._edge = QuarantineStore(core), Refusals(edge), Edge(edge)
        self._tokens, self._trail = tokens, TrailStore(core)

    async def begin(self) -> Answered:
        """Read what was answered; to be called before the partitions are read."""
        answered = Answered()
        for agency in [one.name for one in await self._registry.agencies()]:
            refused_ids: list[bytes] = []
            async for event_id, reservation in self._reservations.every(agency):
                match reservation.status:
                    case "accepted":
                        answered.accepted[event_id] = agency
                    case "waiting":
                        answered.waiting.append((agency, event_id, reservation.target))
                    case "claim-exists" | "not-allowed" | "person-erased":
                        refused_ids.append(event_id)
            answered.findings += await self._receipts(agency, answered)
            answered.findings += await self._refused(agency, refused_ids, answered)
        async for claim in self._routes.waited_for():
            answered.lists[claim] = [
                waiting_event.id for waiting_event in await self._routes.waiting(claim, 0)
            ]
        return answered

    async def end(self, answered: Answered, recorded: Collection[bytes]) -> list[AuditFinding]:
        """Compare with the ids of all that is recorded, parked or in an inbox; returns every finding."""
        findings = list(answered.findings)
        for event_id, agency in answered.accepted.items():
            if event_id not in recorded:
                what = message("audit.accepted-lost", agency=agency, id=event_id.hex())
                findings.append(AuditFinding("reservation", what))
        for agency, event_id, target in answered.waiting:
            if event_id not in recorded and await self._is_lost(agency, event_id, target):
                what = message("audit.waiting-lost", agency=agency, id=event_id.hex())
                findings.append(AuditFinding("waiting", what))
        for agency, name in answered.untold:
            if name not in {one.document for one in await self._notices(agency)}:
                findings.append(
                    AuditFinding("refusal", message("audit.refusal-untold", agency=agency, document=name))
                )
        known_discards = await self._known_discards() if answered.discarded else set()
        for agency, name in answered.discarded:
            if f"{agency} {name}" not in known_discards:
                what = message("audit.discarded-by-nobody", agency=agency, document=name)
                findings.append(AuditFinding("refusal", what))
        waiting = {event_id for _, event_id, _ in answered.waiting}
        for claim, ids in answered.lists.items():
            for event_id in ids:
                if event_id not in waiting and await self._is_stale(claim, event_id):
                    what = message("audit.waits-no-longer", claim=claim, id=event_id.hex())
                    findings.append(AuditFinding("waiting", what))
        return findings

    async def _known_discards(self) -> set[str]:
        """Return the agency and name of each document of which the audit trail says that somebody discarded it.

        What is amiss with the trail itself is found where it is audited.
        """
        subjects = set[str]()
        with contextlib.suppress(GapError):
            async for page in self._trail.pages(0):
                for body in (body for _, body in page if _DISCARD in body):
                    with contextlib.suppress(MsgspecError, UnicodeDecodeError):
                        record = stored(body).record
                        if isinstance(record, OperationRequested) and record.what == "quarantine-discard":
                            subjects.add(record.subject)
        return subjects

    async def _is_lost(self, agency: str, event_id: bytes, target: Target) -> bool:
        """Whether an event that waits is in no list, now as before."""
        waiting_events = (
            await self._routes.waiting(target.name, 0)
            if target.kind == "claim"
            else await self._reservations.early(agency, bytes.fromhex(target.name))
        )
        (reservation,) = await self._reservations.look(agency, [event_id])
        still = reservation is not None and reservation.status == "waiting" and reservation.target == target
        return still and event_id not in {one.id for one in waiting_events}

    async def _is_stale(self, claim: str, event_id: bytes) -> bool:
        """Whether an element of a waiting list belongs to nothing that waits, now as before."""
        waiting_events = [one for one in await self._routes.waiting(claim, 0) if one.id == event_id]
        for one in waiting_events:
            try:
                agency = agency_of(sender(one))
            except DecodeError:
                return True
            (reservation,) = await self._reservations.look(agency, [event_id])
            if reservation is None or reservation.status not in ("begun", "waiting"):
                return True
        return False

    async def _receipts(self, agency: str, answered: Answered) -> list[AuditFinding]:
        """An accepted receipt has its event, and no receipt was given before its document was admitted."""
        findings: list[AuditFinding] = []
        async for entry, receipt in pages(partial(self._edge.receipts, agency)):
            if receipt.status == "accepted":
                answered.accepted.setdefault(bytes.fromhex(receipt.receipt), agency)
            if receipt.admittedtime > at_of(entry) + AHEAD:
                what = message("audit.receipt-too-early", agency=agency, receipt=receipt.receipt)
                findings.append(AuditFinding("times", what))
        return findings

    async def _refused(
        self, agency: str, refused_ids: Iterable[bytes], answered: Answered
    ) -> list[AuditFinding]:
        """Every refused document is in quarantine and has its notice, and every notice has its document."""
        notices = await self._notices(agency)
        documents = {one.document: one for one in await self._quarantine.every(agency)}
        answered.discarded += [(agency, one.document) for one in documents.values() if one.discarded]
        findings = [
            AuditFinding("refusal", message("audit.refusal-not-kept", agency=agency, document=one.document))
            for one in notices
            if one.document not in documents
        ]
        findings += [
            AuditFinding("refusal", message("audit.refusal-otherwise", agency=agency, document=one.document))
            for one in notices
            if one.document in documents and documents[one.document].code != one.code
        ]
        if len(notices) < KEPT_REFUSALS:
            names = {one.document for one in notices}
            answered.untold += [(agency, name) for name in documents if name not in names]
        for event_id in refused_ids if self._tokens else ():
            name = self._tokens.document(agency, event_id) if self._tokens else ""
            if name not in documents and await self._quarantine.get(agency, name) is None:
                what = message("audit.refused-not-kept", agency=agency, id=event_id.hex())
                findings.append(AuditFinding("refusal", what))
        return findings

    async def _notices(self, agency: str) -> list[Notice]:
        return [notice async for _, notice in pages(partial(self._refusals.read, agency))]


async def pages(read: Callable[[str], Awaitable[list[tuple[str, T]]]]) -> AsyncIterator[tuple[str, T]]:
    """Go through a stream of an agency, page by page, each entry with its id."""
    after = "0-0"
    while page := await read(after):
        for entry in page:
            yield entry
        after = page[-1][0]
