"""One batch of a partition: its stored state and what arrived give one commit, in which everything happens.

Pure: no clock, no ledger. Whoever calls loads what the batch needs
(``persons``, ``lines_needed``) and carries the commit out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec
from msgspec import UNSET, Struct, field
from msgspec.structs import replace

from events.catalogue import Event, decode, encode
from events.envelope import KELAMBU, reference
from events.operation import (
    Adoption,
    EpochBegun,
    ParkedDiscarded,
    ParkedRetried,
    PersonErased,
    ReleaseArranged,
    RulebookAdopted,
)
from events.payment import PaymentReleased
from services.adjudication.decider import State, advance, initial, only_adds
from services.adjudication.parked_queue import ParkedQueue
from services.adjudication.release_rules import Releasing
from services.adjudication.state import encode_body, encode_segments
from services.benefits.rulebook import Rulebook
from services.ledger.keys import id_hash
from services.ledger.protocol import Append, Arrival, Commit, Head
from services.runtime.machine_faults import MACHINE_FAULTS

Advance: TypeAlias = Callable[[State, Event, Rulebook], tuple[State, list[Event]]]
"""The decider's ``advance``."""

ADOPTIONS = "@rulebook"
"""The name that takes the place of a claim number in the index of positions for the adoptions of a partition."""

EPOCHS = "@epoch"
"""And for its epochs."""

ARRANGEMENTS = "@release"
"""And for how its orders leave."""

ERASURES = "@erasure"
"""And for the persons that were erased."""

DISCARDS = "@discard"
"""And for the events that were discarded and are kept with the discard; earlier discards kept nothing and are not
indexed."""

NOBODY = "?"
"""Under this name arrivals are parked that cannot be read so far as to say whom they are about."""

UNTAGGED = b""
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
"""What reading raises of bytes that are no event: no JSON, of another shape, no UTF-8 within a text."""


class InboxEvent(Struct, frozen=True):
    """An arrival as read. ``event`` is None when it is none of today's; ``id`` is empty when none is remembered."""

    inbox: str
    """Its inbox id."""
    body: bytes
    person: str
    event: Event | None
    id: bytes = UNTAGGED
    tag: bytes = UNTAGGED


class PartitionState(Struct):
    """What a partition's owner keeps warm: its head, the states of persons met so far, and who is parked.

    ``states`` has every person of the batch; ``parked`` says for each parked person how many events wait;
    ``releasing`` is how its orders leave.
    """

    partition: int
    head: Head
    states: dict[str, State] = field(default_factory=dict)
    parked: dict[str, int] = field(default_factory=dict)
    releasing: Releasing = Releasing()

    def take(self, decided: Decided) -> None:
        """Take over what a batch changed, once its commit has been accepted."""
        self.head, self.releasing = decided.commit.then, decided.releasing
        self.states.update(decided.states)
        for person, waiting in decided.parked.items():
            if waiting:
                self.parked[person] = waiting
            else:
                self.parked.pop(person, None)


class DecisionFailure(Struct, frozen=True):
    """An event (``agency:id``) that parked its person, and the error."""

    event: str
    error: Exception


class Decided(Struct, frozen=True):
    """The commit of a batch, and what it changes.

    States by person, how many wait for each person parked, how orders leave.
    """

    commit: Commit
    states: dict[str, State]
    parked: dict[str, int]
    failures: tuple[DecisionFailure, ...]
    releasing: Releasing
    taken: int
    """How many of the arrivals were decided, parked or found to be repeats."""


class _About(Struct):
    person: str = NOBODY
    source: str = ""
    id: str = ""


def read(arrivals: Iterable[Arrival]) -> list[InboxEvent]:
    """Read arrivals; one that cannot be read is kept for its person, who will be parked."""
    incoming = []
    for arrival in arrivals:
        body, tag = arrival.body, arrival.tag
        try:
            event = decode(body)
        except _UNREADABLE:
            about = _about(body)
            remembered = id_hash(about.source, about.id) if tag else UNTAGGED
            incoming.append(InboxEvent(arrival.id, body, about.person, None, remembered, tag))
            continue
        remembered = id_hash(event.source, event.id) if tag else UNTAGGED
        incoming.append(InboxEvent(arrival.id, body, event.person or NOBODY, event, remembered, tag))
    return incoming


def persons(incoming: Iterable[InboxEvent]) -> set[str]:
    """Return whose states a batch needs."""
    return {one.person for one in incoming}


def segments_needed(warm: PartitionState, incoming: Iterable[InboxEvent]) -> dict[str, State]:
    """Return the states of a batch's persons that cannot be decided on with their latest facts alone."""
    needed = {}
    for one in incoming:
        state = warm.states[one.person]
        if not state.whole and not (one.event and only_adds(one.event, state)):
            needed[one.person] = state
    return needed


def lines_needed(incoming: Iterable[InboxEvent]) -> set[str]:
    """Return whose parked events a batch may take up."""
    return {one.person for one in incoming if isinstance(one.event, ParkedRetried | ParkedDiscarded)}


def decide_batch(
    warm: PartitionState,
    incoming: Sequence[InboxEvent],
    recordedtime: dt.datetime,
    rulebook: Rulebook,
    *,
    advance: Advance = advance,
    recorded_ids: Collection[bytes] = (),
    lines: Mapping[str, Sequence[bytes]] | None = None,
) -> Decided:
    """Decide arrivals in their order.

    ``recorded_ids`` are hashes of ids that were recorded before, ``lines`` the parked bodies of ``lines_needed``.
    ``recordedtime`` is UTC and counts in milliseconds; where it would be earlier than the partition's last one, that
    one is used. A partition that has another rulebook adopts this one first, and stops behind an adoption of another.
    A fault of the machine is raised.
    """
    batch = _Batch(warm, recordedtime, rulebook, advance, lines or {})
    count = batch.decide(incoming, recorded_ids)
    return batch.outcome(incoming[count - 1].inbox, count)


class _Batch:
    """What a batch has come to so far."""

    def __init__(
        self,
        warm: PartitionState,
        recordedtime: dt.datetime,
        rulebook: Rulebook,
        advance: Advance,
        lines: Mapping[str, Sequence[bytes]],
    ) -> None:
        self.warm, self.rulebook, self.advance = warm, rulebook, advance
        self.partition, self.position = warm.partition, warm.head.position
        text = max(_text(recordedtime), warm.head.recordedtime)
        self.recorded, self.recordedtime = text, dt.datetime.fromisoformat(text)
        self.adopted, self.releasing = warm.head.rulebook, warm.releasing
        self.events: list[Append] = []
        self.states: dict[str, State] = {}
        self.ids: dict[bytes, bytes] = {}
        self.failures: list[DecisionFailure] = []
        self.lines = {
            person: ParkedQueue(warm.parked.get(person, 0), bodies) for person, bodies in lines.items()
        }

    def decide(self, incoming: Sequence[InboxEvent], recorded_ids: Collection[bytes]) -> int:
        """Decide in order; returns how many were taken."""
        if self.adopted != self.rulebook.name:
            self._adopt()
        for number, one in enumerate(incoming, 1):
            if one.id:
                if one.id in recorded_ids or one.id in self.ids:
                    continue
                self.ids[one.id] = one.tag
            if type(one.event) in _CARRIED_OUT:
                if self._carry_out(one.person, one.event):
                    return number
            elif self._parked(one.person) or not self._decide_one(one.person, one.body, one.event):
                self._line(one.person).join(one.body)
        return len(incoming)

    def _carry_out(self, person: str, event: Event | None) -> bool:
        """Do what an operation says that concerns no person's decider; True where nothing more may be decided."""
        if isinstance(event, ParkedRetried):
            self._retry(person, event)
        elif isinstance(event, ParkedDiscarded):
            self._discard(person, event)
        elif isinstance(event, EpochBegun):
            self._append(self._placed(event))
            self.releasing = self.releasing.after(event)
        elif isinstance(event, ReleaseArranged):
            self._arrange(event)
        elif isinstance(event, RulebookAdopted):
            return self._adopt_as_recorded(event)
        return False

    def outcome(self, inbox: str, count: int) -> Decided:
        """Return the commit of everything so far."""
        head = self.warm.head
        recorded = self.recorded if self.events else head.recordedtime
        commit = Commit(
            partition=self.partition,
            expected=head,
            then=Head(self.position, inbox, self.adopted, recorded),
            events=self.events,
            states=[(person, encode_body(state)) for person, state in self.states.items()],
            segments=[
                (person, number, segment)
                for person, state in self.states.items()
                if state.segments
                for number, segment in encode_segments(state, self._stored_segments(person))
            ],
            ids=list(self.ids.items()),
            park=[(person, body) for person, line in self.lines.items() for body in line.park],
            unpark=[(person, line.unpark) for person, line in self.lines.items() if line.unpark],
        )
        parked = {person: len(line) for person, line in self.lines.items()}
        return Decided(commit, self.states, parked, tuple(self.failures), self.releasing, count)

    def _stored_segments(self, person: str) -> int:
        state = self.warm.states.get(person)
        return len(state.segments) if state else 0

    def _parked(self, person: str) -> bool:
        if not (self.lines or self.warm.parked):
            return False
        line = self.lines.get(person)
        return person in self.warm.parked if line is None else len(line) > 0

    def _line(self, person: str) -> ParkedQueue:
        if person not in self.lines:
            self.lines[person] = ParkedQueue(self.warm.parked.get(person, 0))
        return self.lines[person]

    def _retry(self, person: str, retried: ParkedRetried) -> None:
        """Take a line up from its head until somebody fails again; of an empty line nothing is recorded."""
        if not self._parked(person):
            return
        self._append(self._placed(retried))
        self._line(person).retry(lambda body: self._decide_one(person, body))

    def _discard(self, person: str, discarded: ParkedDiscarded) -> None:
        """Record the first in line as discarded if it is the one that is meant, and go on; else nothing is said."""
        if not self._parked(person):
            return
        body = self._line(person).discard(lambda body: named(body) == discarded.data.event)
        if body is not None:
            data = replace(discarded.data, document=body)
            self._append(self._placed(replace(discarded, data=data)))

    def _decide_one(self, person: str, body: bytes, event: Event | None = None) -> bool:
        """Decide an event and append what it leads to; False, and nothing appended, when the decider cannot."""
        if person == NOBODY:
            self.failures.append(DecisionFailure(named(body), ValueError("an event is about somebody")))
            return False
        try:
            placed = self._placed(event if event is not None else decode(body))
            before = self.states.get(person) or self.warm.states.get(person) or initial()
            after, concluded = self.advance(before, placed, self.rulebook)
            appended = [Append(encode(one), index_of(one)) for one in concluded]
        except MACHINE_FAULTS:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever the decider cannot do parks the person
            self.failures.append(DecisionFailure(named(body), error))
            return False
        if after is not before:
            self.states[person] = after
        self.events += appended
        self.position += len(appended)
        return True

    def _adopt(self) -> None:
        """Say that from here on the partition decides by this rulebook."""
        digest, _, engine = self.rulebook.name.partition("@")
        adopted = RulebookAdopted(
            specversion="1.0",
            id=f"p{self.partition:02d}-{self.position + 1}",
            source=KELAMBU,
            time=self.recordedtime,
            data=Adoption(digest, engine),
        )
        self._append(self._placed(adopted))
        self.adopted = self.rulebook.name

    def _adopt_as_recorded(self, event: RulebookAdopted) -> bool:
        """Follow an adoption that arrived; True when the partition's rulebook is another than this one now."""
        name = adopted_by(event)
        if name != self.adopted:
            self._append(self._placed(event))
            self.adopted = name
        return name != self.rulebook.name

    def _arrange(self, event: ReleaseArranged) -> None:
        """Let orders leave otherwise from here on; where they leave so already, nothing is said."""
        if event.data.mode != self.releasing.mode:
            self._append(self._placed(event))
            self.releasing = self.releasing.after(event)

    def _append(self, event: Event) -> None:
        self.events.append(Append(encode(event), index_of(event)))
        self.position += 1

    def _placed(self, event: Event) -> Event:
        if isinstance(event, PaymentReleased):
            event = replace(event, data=replace(event.data, mode=self.releasing.mode_of(event.data)))
        return replace(
            event, partition=self.partition, position=self.position + 1, recordedtime=self.recordedtime
        )


def index_of(event: Event) -> str:
    """Return the name under which an event is indexed: its claim, or that of what operators do."""
    if isinstance(event, ParkedDiscarded) and event.data.document is not UNSET:
        return DISCARDS
    return _INDEXES.get(type(event), "") or event.subject or ""


def adopted_by(event: RulebookAdopted) -> str:
    """Return the ``HASH@ENGINE`` that an adoption names."""
    return f"{event.data.rulebook}@{event.data.engine}"


def named(body: bytes) -> str:
    """Return the reference (``agency:id``) of an event, also of one that cannot be decoded."""
    about = _about(body)
    return reference(about.source, about.id)


def _about(body: bytes) -> _About:
    try:
        return msgspec.json.decode(body, type=_About)
    except _UNREADABLE:
        return _About()


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_CARRIED_OUT = frozenset((ParkedRetried, ParkedDiscarded, EpochBegun, ReleaseArranged, RulebookAdopted))
"""Operations that concern the partition, or who is parked in it."""

_INDEXES: dict[type[Event], str] = {
    RulebookAdopted: ADOPTIONS,
    EpochBegun: EPOCHS,
    ReleaseArranged: ARRANGEMENTS,
    PersonErased: ERASURES,
}
