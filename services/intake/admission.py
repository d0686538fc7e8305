"""The steps of admission, for a batch of one agency's documents, and for what a crash left half done.

    read → reserve, keys → seal → route → inbox → quarantine, ids, receipts → delete from the outbox

Nothing is remembered but on the servers: whatever is in the outbox is done from the beginning, and each step
finds what an earlier attempt has left. What is delivered twice is decided once, because the partition knows ids.

An agency can empty its own outbox. What it had not been acknowledged is its own affair, but events of other agencies
may wait for it: events of a claim whose filing is in the ledger already, or retractions of an event that is there. So
what was begun is finished even when the outbox entry behind it is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from events.document import ParsedDocument
from services.intake.admitted_event import Admission, resumed
from services.intake.context import IntakeContext, Keyring, in_milliseconds
from services.intake.delivery import Delivery, followed, settle
from services.intake.examination import consider, rejected
from services.intake.receipts import ConcludedDocument, conclude
from services.ledger.claim_routes import Route, RouteOpening
from services.ledger.edge import Submission
from services.ledger.partitions import partition_of
from services.ledger.reservations import Reservation, Target, Wanted


class Batch(Struct):
    """Documents of one agency whose ids are reserved: an answer for each, and the events that go on, in order."""

    agency: str
    answers: Sequence[ConcludedDocument]
    pending: Sequence[Admission]
    keyring: Keyring
    clear: Mapping[str, Route]
    """Of the claims that are named, those whose person is known and for which nobody waits: so they stay."""
    plain: bool = False
    """Whether the batch may be on its way together with others: all that it has are events for inboxes.

    Nothing is refused or mended, no claim is filed, every claim that is named is ``clear``, nothing is taken back and nobody
    waits for any of it.
    """


async def admit(context: IntakeContext, agency: str, submissions: Sequence[Submission]) -> int:
    """Admit, keep waiting or refuse everything that one agency submitted, in the order in which it did.

    On return each has its receipt and has left the outbox; returns how many they were. After an exception the same
    call finishes the work. An agency that is not registered is left alone: its documents stay where they are.
    """
    batch = await reserve(context, agency, submissions)
    if batch is None:
        return 0
    await deliver(context, batch)
    await answer(context, batch)
    return len(batch.answers)


async def deliver(context: IntakeContext, batch: Batch) -> None:
    """Bring events that have their ids where they belong, in this order."""
    delivery = Delivery(context, batch.agency, batch.keyring, batch.clear)
    if batch.plain:
        await delivery.hand_over(batch.pending)
    else:
        await delivery.begin(batch.pending)
        await delivery.carry(batch.pending)


async def answer(context: IntakeContext, batch: Batch) -> None:
    """Answer for a batch that is where it belongs, and take what it answers out of the outbox."""
    set_free = [ConcludedDocument(admission=one) for one in batch.pending if one.waited_for]
    await conclude(context, {batch.agency: [*batch.answers, *set_free]}, batch.keyring)
    await settle(context, batch.agency, batch.pending)


async def reserve(context: IntakeContext, name: str, submissions: Sequence[Submission]) -> Batch | None:
    """Read documents and reserve their ids, while claims that they name are looked up, and the keys of their persons fetched.

    None where there is nothing to do, or the agency is not registered.
    """
    agency = await context.registry.get(name)
    if agency is None or not submissions:
        return None
    keyring = Keyring(context)
    now = in_milliseconds(context.clock())
    candidates = [consider(context, agency, one.document, one.mends, now) for one in submissions]
    wanted = [one.wanted for one in candidates if one.wanted]
    looking_ahead = asyncio.create_task(
        _look_ahead(context, keyring, [one.target for one in wanted if one.take])
    )
    try:
        reservations = iter(await context.reservations.reserve(agency.name, wanted, now))
    finally:
        clear = await looking_ahead

    answers: list[ConcludedDocument] = []
    admissions: dict[bytes, Admission] = {}
    pending: list[Admission] = []
    for submission, candidate in zip(submissions, candidates, strict=True):
        answer = ConcludedDocument(
            entry=submission.id, taken=submission.taken, raw=candidate.raw, mends=candidate.mends
        )
        answers.append(answer)
        reservation = next(reservations) if candidate.wanted else None
        answer.refused = rejected(context, agency.name, candidate, reservation)
        want, document = candidate.wanted, candidate.document
        if answer.refused or want is None or document is None or reservation is None:
            continue
        if want.id in admissions:
            answer.admission = admissions[want.id]
            continue
        answer.admission = admissions[want.id] = one = _admission(
            agency.name, submission, document, want, reservation
        )
        if reservation.verdict != "finished":
            pending.append(one)
        if reservation.awaited:
            early = await context.reservations.early(agency.name, one.id)
            pending += [resumed(held, one.target, one.id) for held in early]
    plain = (
        not any(one.refused or one.mends for one in answers)
        and all(one.may_go_at_once(clear) for one in pending)
        and not keyring.erased
    )
    ordered = pending if plain else list(_retractions_after(pending))
    return Batch(name, answers, ordered, keyring, clear, plain)


async def _look_ahead(
    context: IntakeContext, keyring: Keyring, targets: Sequence[Target]
) -> Mapping[str, Route]:
    """Fetch the keys of all persons to whom documents will go, as far as that is known.

    Returns the claims that are clear.
    """
    claims = list({target.name for target in targets if target.kind == "claim"})
    routes = zip(claims, await context.routes.look(claims), strict=True)
    clear = {claim: route for claim, route in routes if route.clear}
    persons = [target.name for target in targets if target.kind == "person"]
    await keyring.fetch_ahead([*persons, *(route.person for route in clear.values())])
    return clear


def _admission(
    agency: str, submission: Submission, document: ParsedDocument, want: Wanted, reservation: Reservation
) -> Admission:
    return Admission(
        agency=agency,
        event=document.event,
        id=want.id,
        tag=want.tag,
        admitted=reservation.admitted,
        target=reservation.target,
        again=reservation.verdict != "new",
        awaited=reservation.awaited,
        person=reservation.target.name if reservation.status == "accepted" else "",
        status=reservation.status,
        raw=submission.document,
        origin=submission.origin,
    )


def _retractions_after(events: Sequence[Admission]) -> Iterator[Admission]:
    """Yield events in order, but a retraction of a later event of the batch right after that event."""
    places = {event.id: place for place, event in enumerate(events)}
    early: dict[bytes, list[Admission]] = {}

    def with_retractions(event: Admission) -> Iterator[Admission]:
        yield event
        for retraction in early.pop(event.id, ()):
            retraction.target = event.target
            yield from with_retractions(retraction)

    for place, event in enumerate(events):
        if places.get(event.retracts, -1) > place:
            early.setdefault(event.retracts, []).append(event)
        else:
            yield from with_retractions(event)


async def sweep(context: IntakeContext, agency: str) -> None:
    """Take up what still waits for events of this agency that are in the ledger; may be repeated at any time."""
    keyring = Keyring(context)
    for event_id, claim in (await context.reservations.unfinished(agency)).items():
        (reservation,) = await context.reservations.look(agency, [event_id])
        if reservation is None or not await _arrived(context, agency, event_id, claim, reservation):
            continue
        if claim:
            (route,) = await context.routes.look([claim])
            await followed(context, {claim: route}, keyring)
        early = await context.reservations.early(agency, event_id)
        if early:
            retractions = [resumed(held, reservation.target, event_id) for held in early]
            freed = Batch(agency, [], retractions, keyring, {})
            await deliver(context, freed)
            await answer(context, freed)
        await context.reservations.settle(agency, [event_id])


async def _arrived(
    context: IntakeContext, agency: str, event_id: bytes, claim: str, reservation: Reservation
) -> bool:
    """Tell whether the event has come to its place; says so for it if it is in the ledger and nobody has yet."""
    if reservation.status != "begun":
        return True
    if reservation.target.kind != "person":
        return False
    person = reservation.target.name
    if await context.ledger.recorded_tags(partition_of(person, context.ledger.partitions), [event_id]) == [
        None
    ]:
        return False
    if claim:
        await context.routes.open([RouteOpening(claim, event_id, person)])
    await context.reservations.finish({agency: [(event_id, "accepted", reservation.target)]})
    return True
