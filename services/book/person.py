"""All that the ledger says of one person, read by what the person's state names.

The same time in a book of any size.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, Struct

from events.catalogue import SHORT_NAMES, AgencyEvent, Event, content_of, decode, happened_on
from events.envelope import reference
from events.retraction import EventRetracted, struck_by
from projections import claims, participants
from projections.as_of import AsOf
from projections.catalogue import PROJECTIONS
from projections.checkpoint import Checkpoint, LedgerEntry
from projections.claim_steps import instant
from projections.claims import ClaimRow
from projections.decoding import decode_all
from projections.event_batch import EventBatch
from projections.membership import Member
from projections.store import Store, View
from projections.sums import Sums, added
from services.adjudication.stored_states import discards_of, entries_of, read_states
from services.book.read_models_as_of import counts_on
from services.ledger.partitions import partition_of
from services.ledger.protocol import Entry, Ledger


class EventTimes(Struct, frozen=True):
    """One event of a person with its four times.

    ``retracted`` when it no longer counts at the moment that is looked at. ``happened`` is its own date, ``time`` when
    the agency acted and said so; ``admittedtime`` is empty for what Kelambu says.
    """

    partition: int
    position: int
    type: str
    ref: str
    claim: str
    happened: str
    time: str
    admittedtime: str
    recordedtime: str
    retracted: bool


class PersonFile(Struct, frozen=True):
    """A person at a moment: membership, months paid, claims and their sums, and every event that counts then.

    ``member`` is None while no enrolment counts.
    """

    person: str
    member: Member | None
    months_paid: tuple[str, ...]
    claims: tuple[ClaimRow, ...]
    sums: Sums
    events: tuple[EventTimes, ...]


async def recorded_of(ledger: Ledger, person: str) -> list[Entry]:
    """Return every event of a person that is recorded, and every discard of one, in order; none of somebody unknown."""
    partition = partition_of(person, ledger.partitions)
    state = (await read_states(ledger, partition, [person])).get(person)
    decided = [] if state is None else await entries_of(ledger, partition, state)
    discarded = await discards_of(ledger, partition, person)
    return sorted([*decided, *discarded], key=lambda entry: entry.position)


def file_of(person: str, entries: Sequence[LedgerEntry], as_of: AsOf) -> PersonFile:
    """Return what the events of a person come to at a moment: the read models of a book that holds nothing else."""
    with Store.temporary() as store:
        events = fill_with(store, entries, as_of)
        with store.view() as view:
            return person_file_of(view, person, events)


def person_file_of(view: View, person: str, events: Sequence[Event] = ()) -> PersonFile:
    """Return a person as the read models of a view have it, with these ``events``."""
    rows = tuple(claims.claims(view, person=person))
    member = participants.person(view, person)
    return PersonFile(
        person=person,
        member=member if member and member.known else None,
        months_paid=tuple(participants.months_paid(view, person)),
        claims=rows,
        sums=added(row.sums for row in rows),
        events=tuple(_times(events)),
    )


def fill_with(store: Store, entries: Sequence[LedgerEntry], as_of: AsOf) -> list[Event]:
    """Fill the empty ``store`` with a person's events alone, those that count at a moment; returns these."""
    recorded = [(entry, event) for entry in entries if _recorded_by(event := decode(entry.body), as_of)]
    counts = counts_on(as_of.true_on)
    counted = [
        (entry, event)
        for (entry, event), decoded in zip(
            recorded, decode_all([entry.body for entry, _ in recorded]), strict=True
        )
        if counts is None or counts(decoded)
    ]
    if counted:
        _fill(store, [entry for entry, _ in counted])
    else:
        store.prepare(PROJECTIONS, 1)
    return [event for _, event in counted]


def position_at(entries: Sequence[LedgerEntry], as_of: AsOf) -> int:
    """Return the position of the last of these events that was recorded by a moment; 0 where none was."""
    positions = (entry.position for entry in entries if _recorded_by(decode(entry.body), as_of))
    return max(positions, default=0)


def _recorded_by(event: Event, as_of: AsOf) -> bool:
    if as_of.known_on is None:
        return True
    if isinstance(as_of.known_on, int):
        return (event.position or 0) <= as_of.known_on
    return event.recordedtime is not UNSET and event.recordedtime <= as_of.known_on


def _fill(store: Store, entries: Sequence[LedgerEntry]) -> None:
    """Tell the read models of these events alone, all of one partition."""
    last = entries[-1]
    store.prepare(PROJECTIONS, last.partition + 1)
    builds = {build.projection: build for build in store.builds()}
    targets = [(projection, builds[projection.name]) for projection in PROJECTIONS]
    batch = EventBatch(decode_all([entry.body for entry in entries]))
    store.apply(targets, {last.partition: Checkpoint.of(last)}, batch)


def _times(events: Sequence[Event]) -> list[EventTimes]:
    retractions = [event for event in events if isinstance(event, EventRetracted)]
    struck = struck_by((_ref(event), content_of(event).retracts) for event in retractions)
    return [
        EventTimes(
            partition=event.partition or 0,
            position=event.position or 0,
            type=SHORT_NAMES[type(event)],
            ref=_ref(event),
            claim=getattr(event.data, "claim", ""),
            happened=happened_on(event).isoformat(),
            time=instant(event.time),
            admittedtime=instant(event.admittedtime),
            recordedtime=instant(event.recordedtime),
            retracted=isinstance(event, AgencyEvent) and _ref(event) in struck,
        )
        for event in events
    ]


def _ref(event: Event) -> str:
    return reference(event.source, event.id)
