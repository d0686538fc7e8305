"""Offline replay: the agency events of a file through the same core, without server, clock or keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import AgencyEvent, Event, ParticipantEvent
from events.claim import ClaimFiled
from events.document import DocumentRefused, ParsedDocument, read
from events.retraction import EventRetracted
from services.adjudication.decider import advance, status
from services.adjudication.state import State, initial
from services.benefits.history import History
from services.benefits.rulebook import Rulebook

Key: TypeAlias = tuple[str, str]
"""Source and id of an event."""

_NamesPerson: TypeAlias = ParticipantEvent | ClaimFiled


class OrderView(Struct, frozen=True):
    """An order that stands; ``due_on`` is ISO."""

    order: str
    payee: str
    amount: int
    due_on: str


class ClaimView(Struct, frozen=True, omit_defaults=True):
    """One claim by the facts so far; amounts in rupiah, ``entitled`` by benefit and only when ordered or paid.

    Of a claim whose filing was taken back (``retracted``) only what was released is left.
    """

    status: str
    programme: str
    entitled: dict[str, int]
    ordered: int
    paid: int
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    orders: tuple[OrderView, ...]
    overpaid: int = 0
    """Left out where nothing is."""


class RefusedView(Struct, frozen=True, omit_defaults=True):
    """A document that was not admitted, named as it was sent; ``line`` where it does not say who it is."""

    source: str | None
    id: str | None
    code: str
    line: int = 0


class ReplayResult(Struct, frozen=True):
    """What ``kelambu replay`` prints."""

    claims: dict[str, ClaimView]
    participants: int
    refused: tuple[RefusedView, ...]


def replay(lines: Iterable[bytes], rulebook: Rulebook) -> ReplayResult:
    """Replay JSON lines of agency events in their order, each admitted as from the agency in its ``source``."""
    book = Replay(rulebook)
    for number, line in enumerate(lines, 1):
        if line.strip():
            book.take(line.strip(), number)
    return book.result()


class Replay:
    """The state of all persons while a file is replayed."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Begin with nothing known."""
        self.rulebook = rulebook
        self.states: dict[str, State] = {}
        self.refused: list[RefusedView] = []
        self._position = 0
        self._contents: dict[Key, bytes] = {}
        self._about: dict[Key, tuple[bool, str]] = {}
        self._person: dict[str, str] = {}
        self._waiting: dict[str, list[AgencyEvent]] = {}
        self._retractions: dict[Key, list[EventRetracted]] = {}

    def take(self, line: bytes, number: int = 0) -> None:
        """Admit one document or refuse it; a repeat changes nothing."""
        try:
            document = read(line, self.rulebook.codes)
        except DocumentRefused as refusal:
            source, event_id = refusal.sent_as
            nameless = source is None and event_id is None
            self.refused.append(RefusedView(source, event_id, refusal.code, number if nameless else 0))
            return
        self._admit(document)

    def _admit(self, document: ParsedDocument) -> None:
        event = document.event
        key = (event.source, event.id)
        content = hashlib.sha256(document.canonical).digest()
        if (earlier := self._contents.get(key)) is not None:
            if earlier != content:
                self.refused.append(RefusedView(*key, "id-conflict"))
            return
        self._contents[key] = content
        if isinstance(event, ClaimFiled) and event.data.claim in self._person:
            self.refused.append(RefusedView(*key, "claim-exists"))
            return
        self._route(key, event)

    def _route(self, key: Key, event: AgencyEvent) -> None:
        """Bring an event to its person; what is about an unknown claim or event waits."""
        if isinstance(event, EventRetracted):
            target = (event.source, event.data.retracts)
            if target not in self._about:
                self._retractions.setdefault(target, []).append(event)
                return
            about = self._about[target]
        elif isinstance(event, _NamesPerson):
            about = True, event.data.nik
        else:
            about = False, event.data.claim
        self._about[key] = about
        is_person, name = about
        if is_person:
            self._decide(name, event)
        elif name in self._person:
            self._decide(self._person[name], event)
        else:
            self._waiting.setdefault(name, []).append(event)
        if isinstance(event, ClaimFiled):
            self._person[event.data.claim] = event.data.nik
            for waiting in self._waiting.pop(event.data.claim, ()):
                self._decide(event.data.nik, waiting)
        for retraction in self._retractions.pop(key, ()):
            self._route((retraction.source, retraction.id), retraction)

    def _decide(self, person: str, event: AgencyEvent) -> None:
        placed = replace(event, person=person, partition=0, position=self._position + 1)
        state, conclusions = self._advance(self.states.get(person) or initial(), placed)
        self.states[person] = state
        self._position += len(conclusions)

    def _advance(self, state: State, event: AgencyEvent) -> tuple[State, list[Event]]:
        return advance(state, event, self.rulebook)

    def state_of(self, claim: str) -> State | None:
        """Return the state of the person whose claim it is; None if nobody has filed it."""
        person = self._person.get(claim)
        return None if person is None else self.states[person]

    def result(self) -> ReplayResult:
        """Return every claim that was filed, how many participants are known, and what was refused."""
        claims: dict[str, ClaimView] = {}
        participants = 0
        for state in self.states.values():
            if not state.claims:
                participants += state.enrolled
                continue
            history = History(state.facts)
            participants += history.enrolled
            everything = history if history.enrolled else History((*state.facts, *state.waiting))
            for number in (*everything.claims, *everything.retracted):
                claims[number] = claim_view(state, everything, number)
        return ReplayResult(claims, participants, tuple(self.refused))


def claim_view(state: State, history: History, number: str) -> ClaimView:
    """Return one claim of a person by the facts so far."""
    record, claim = state.claims[number], history.claims.get(number) or history.retracted[number]
    entitled: dict[str, int] = {}
    for benefit, _, amount in record.sums:
        entitled[benefit] = entitled.get(benefit, 0) + amount
    standing = [order for order in record.orders if order.stands]
    return ClaimView(
        status=status(record, claim),
        programme=record.programme,
        entitled=entitled,
        ordered=sum(order.amount for order in standing),
        paid=sum(claim.paid_on(order) for order in standing),
        missing=record.missing,
        reasons=record.reasons,
        orders=tuple(OrderView(o.order, o.payee, o.amount, o.due_on.isoformat()) for o in standing),
        overpaid=sum(amount for _, amount in record.overpaid),
    )
