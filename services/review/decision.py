"""A decision as an event: made on what an officer saw of a claim, in the name of an agency, and never past intake.

Of two people who decide on the same state of a claim one wins, and the other is told: while one decides nobody else
may, and the id of the event names the state that was seen, so that a second one is refused for ever.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from events.catalogue import AgencyEvent, Event, decode, short_name, type_of
from events.claim import ClaimReviewed
from events.envelope import KELAMBU, reference
from events.message import Message, message
from events.personal import LONGEST_TEXT
from services.adjudication.state import State
from services.audit_trail.records import ActNotTaken, ActSent
from services.audit_trail.trail import append, read
from services.explanation.lookup import ClaimContext, Lookup
from services.intake.context import context_of
from services.intake.http_reception import ReceivedDocument, Reply, receive
from services.ledger.claim_routes import Routes
from services.ledger.function_library import load_functions
from services.ledger.keys import id_hash
from services.ledger.lease import Lease
from services.ledger.registry import Agency, has_a_worker
from services.ledger.reservations import Reservations
from services.review.four_eyes import may_decide
from services.review.prospect import OpenReasons, Prospect, Verdict, open_reasons, prospect
from services.runtime.bootstrap import Installation
from services.texts.errors import TextError

REVIEWED = "claim.reviewed"
_LOOK_SECONDS = 0.1
"""How often somebody who waits looks whether a decision is recorded."""


class ReviewDecision(Struct, frozen=True, kw_only=True):
    """What an officer decides in the name of an agency.

    ``seen`` is the position of the claim's last event that was seen.
    """

    claim: str
    decision: Verdict
    reasons: tuple[str, ...]
    grounds: str
    agency: str
    officer: str
    seen: int

    @property
    def id(self) -> str:
        """The id of the event: one for each state of a claim."""
        return f"review-{self.claim}-{self.seen}"

    @property
    def event(self) -> str:
        """The reference of the event."""
        return f"{self.agency}:{self.id}"


class LaterEvent(Struct, frozen=True):
    """What was recorded of a claim after an officer had looked: its position, its type and its reference."""

    position: int
    type: str
    event: str


class RecordedDecision(Struct, frozen=True):
    """Where a decision stands, and what was recorded of the claim between what was seen and it."""

    position: int
    between: tuple[LaterEvent, ...]


class ReviewError(TextError):
    """This may not be decided so; the message says why and what to do."""


class MovedError(ReviewError):
    """The claim is no longer as it was seen, or somebody else decides on it; nothing was sent."""

    def __init__(self, text: Message, later: Sequence[LaterEvent] = ()) -> None:
        """Say so, and what has been recorded since."""
        super().__init__(text)
        self.later = tuple(later)


class DecidableClaim(NamedTuple):
    """A claim as it stands, the reasons to be decided on, and the decisions on this state that are on their way, by event."""

    context: ClaimContext
    stands: OpenReasons
    on_their_way: tuple[str, ...]

    @property
    def state(self) -> State:
        """What is known of its person."""
        return self.context.state

    @property
    def position(self) -> int:
        """The position of its last event."""
        return self.context.position


class Sent(Struct, frozen=True):
    """A decision that was received; ``repeated`` where the same officer had sent it before."""

    event: str
    repeated: bool = False


async def claim_to_decide(installation: Installation, number: str) -> DecidableClaim | None:
    """Return a claim as it is in the ledger; None for one that nobody has filed, or whose filing does not count."""
    today = installation.rulebook
    lookup = Lookup(Routes(installation.core), installation.ledger, await installation.rulebooks(), today)
    context = await lookup.find(number)
    reasons = open_reasons(context.state, number, today, installation.clock()) if context else None
    if context is None or reasons is None:
        return None
    reviewers = [one.name for one in await installation.registry.agencies() if REVIEWED in one.types]
    return DecidableClaim(
        context, reasons, tuple(await _on_their_way(installation, number, context.position, reviewers))
    )


async def check(installation: Installation, decision: ReviewDecision) -> Prospect:
    """Return what a decision would bring about, if it may be made.

    Raises:
        ReviewError: the agency, the officer, the reasons or the grounds do not permit it.
        MovedError: the claim is no longer as it was seen, or has been decided on.
    """
    await _agency(installation, decision.agency)
    decidable = await claim_to_decide(installation, decision.claim)
    if decidable is None:
        raise ReviewError(message("review.no-claim", claim=decision.claim))
    if decidable.position != decision.seen:
        raise MovedError(
            message("review.moved", claim=decision.claim, seen=decision.seen, now=decidable.position),
            await _later(installation, decision.claim, decidable.context.partition, decision.seen),
        )
    if decidable.on_their_way:
        raise MovedError(message("review.decided", claim=decision.claim, event=decidable.on_their_way[0]))
    _permit(decision, decidable.stands)
    trail = await read(installation)
    why = may_decide(installation, trail, decidable.context, decision.claim, decision.officer)
    if why is not None:
        raise ReviewError(why)
    effect = prospect(
        decidable.state,
        decision.claim,
        installation.rulebook,
        decision.decision,
        decision.reasons,
        installation.clock(),
    )
    if decision.decision == "approve" and effect.outcome == "denied":
        raise ReviewError(message("review.still-denied", claim=decision.claim))
    return effect


async def send(installation: Installation, decision: ReviewDecision) -> Sent:
    """Send a decision; on return it is durable, and intake and the decider bring it further.

    That it is sent is recorded in the audit trail before, by the officer's account.

    Raises:
        ReviewError: it may not be made, or intake refuses it.
        MovedError: somebody else has decided on this state, or does so now.
    """
    lease = Lease(installation.core, f"review-{decision.claim}")
    await load_functions(installation.core)
    if not await lease.acquire():
        raise MovedError(message("review.being-decided", claim=decision.claim))
    try:
        if await _is_own(installation, decision):
            return Sent(decision.event, repeated=True)
        await check(installation, decision)
        return await _send(installation, decision)
    finally:
        await lease.release()


async def recorded(installation: Installation, decision: ReviewDecision) -> RecordedDecision | None:
    """Return where a decision is in the ledger; None while it is on its way."""
    history = await _history(installation, decision.claim)
    for one in history:
        if _reference(one) == decision.event:
            between = (event for event in history if decision.seen < _position(event) < _position(one))
            return RecordedDecision(_position(one), tuple(map(_later_event, between)))
    return None


async def until_recorded(
    installation: Installation, decision: ReviewDecision, seconds: float
) -> RecordedDecision | None:
    """Return where a decision stands once it is recorded.

    None where no intake works, or it takes longer than so many seconds.
    """
    until = time.monotonic() + seconds
    while (record := await recorded(installation, decision)) is None:
        if time.monotonic() > until or not await has_a_worker(installation.core, decision.agency):
            return None
        await asyncio.sleep(_LOOK_SECONDS)
    return record


async def places_of(installation: Installation, number: str) -> dict[str, str]:
    """Return where each event of a claim stands, by its reference: ``2:180`` is position 180 of partition 2."""
    return {
        _reference(one): f"{one.partition}:{one.position}" for one in await _history(installation, number)
    }


async def _send(installation: Installation, decision: ReviewDecision) -> Sent:
    agency = await _agency(installation, decision.agency)
    sent = ActSent(
        claim=decision.claim,
        event=decision.event,
        what=REVIEWED,
        agency=decision.agency,
        codes=(decision.decision, *decision.reasons),
        seen=decision.seen,
    )
    await append(installation, sent, by=decision.officer)
    document = _document(installation, decision, await _last_seen(installation, decision))
    (reply,) = await receive(context_of(installation), agency, [ReceivedDocument(document)])
    if reply.receipt.status == "refused":
        code = reply.receipt.code or ""
        not_taken = ActNotTaken(claim=decision.claim, event=decision.event, why=code)
        await append(installation, not_taken, by=decision.officer)
        raise _refusal(decision, reply)
    return Sent(decision.event, repeated=reply.repeated)


async def _last_seen(installation: Installation, decision: ReviewDecision) -> str:
    """Return the reference of the last event of an agency by which the claim stood as it was seen."""
    history = await _history(installation, decision.claim)
    by = (
        _reference(one) if isinstance(one, AgencyEvent) else one.causationid or ""
        for one in reversed(history)
        if _position(one) <= decision.seen
    )
    return next(ref for ref in by if ref and not ref.startswith(reference(KELAMBU, "")))


def _document(installation: Installation, decision: ReviewDecision, last_seen: str) -> bytes:
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": decision.id,
            "source": f"/agencies/{decision.agency}",
            "type": str(ClaimReviewed.__struct_config__.tag),
            "time": installation.clock().isoformat(timespec="milliseconds"),
            "subject": decision.claim,
            "data": {
                "claim": decision.claim,
                "officer": decision.officer,
                "decision": decision.decision,
                "reasons": decision.reasons,
                "grounds": decision.grounds,
                "last_seen": last_seen,
            },
        }
    )


def _refusal(decision: ReviewDecision, reply: Reply) -> ReviewError:
    if reply.receipt.code == "id-conflict":
        return MovedError(message("review.decided", claim=decision.claim, event=decision.event))
    faults = [message("review.fault", path=one.path, code=one.code) for one in reply.receipt.faults]
    return ReviewError(message("review.refused", code=reply.receipt.code or "", why=tuple(faults)))


async def _is_own(installation: Installation, decision: ReviewDecision) -> bool:
    """Whether this officer has sent this very decision already, and it was taken."""
    if not await _on_their_way(installation, decision.claim, decision.seen, [decision.agency]):
        return False
    own_codes, is_taken = (decision.decision, *decision.reasons), False
    for entry in await read(installation):
        match entry.record:
            case ActSent(event=decision.event, codes=codes) if entry.by == decision.officer:
                is_taken = codes == own_codes
            case ActNotTaken(event=decision.event) if entry.by == decision.officer:
                is_taken = False
    return is_taken


async def _on_their_way(
    installation: Installation, number: str, position: int, agencies: Sequence[str]
) -> list[str]:
    """Return the decisions of these agencies on a state of a claim that intake has received."""
    reservations, name = Reservations(installation.core), f"review-{number}-{position}"
    references = []
    for agency in agencies:
        (reservation,) = await reservations.look(agency, [id_hash(f"/agencies/{agency}", name)])
        if reservation is not None:
            references.append(f"{agency}:{name}")
    return references


async def _agency(installation: Installation, name: str) -> Agency:
    agency = await installation.registry.get(name)
    if agency is None:
        raise ReviewError(message("review.no-agency", agency=name))
    if REVIEWED not in agency.types:
        raise ReviewError(message("review.may-not", agency=name))
    return agency


def _permit(decision: ReviewDecision, reasons: OpenReasons) -> None:
    if not decision.grounds.strip():
        raise ReviewError(message("review.no-grounds"))
    if len(decision.grounds) > LONGEST_TEXT:
        raise ReviewError(message("review.grounds-too-long", most=LONGEST_TEXT, count=len(decision.grounds)))
    if not (reasons.liftable or reasons.outcome in ("referred", "denied")):
        raise ReviewError(message("review.nothing-to-decide", claim=decision.claim))
    if decision.decision == "approve" and not decision.reasons:
        raise ReviewError(message("review.no-reasons", known=", ".join(reasons.liftable) or "–"))
    unknown = [code for code in decision.reasons if code not in reasons.liftable]
    if unknown:
        liftable = ", ".join(reasons.liftable) or "–"
        raise ReviewError(message("review.unknown-reason", reason=unknown[0], known=liftable))


async def _later(installation: Installation, number: str, partition: int, position: int) -> list[LaterEvent]:
    history = await _history(installation, number, partition)
    return [_later_event(one) for one in history if _position(one) > position]


def _later_event(event: Event) -> LaterEvent:
    return LaterEvent(_position(event), short_name(type_of(event)), _reference(event))


def _reference(event: Event) -> str:
    return reference(event.source, event.id)


def _position(event: Event) -> int:
    return event.position or 0


async def _history(installation: Installation, number: str, partition: int | None = None) -> list[Event]:
    if partition is None:
        lookup = Lookup(Routes(installation.core), installation.ledger, {}, installation.rulebook)
        context = await lookup.find(number)
        if context is None:
            return []
        partition = context.partition
    return [decode(entry.body) for entry in await installation.ledger.history(partition, number)]
