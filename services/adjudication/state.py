"""What is known and what has been said about one person: the state that the decider folds.

Facts only become more. So they are stored in segments: a full one is stored once and never written again, and an event
rewrites the latest facts alone, however long the life. Whoever needs no more than these does without the segments.

A stored state begins with the number of its shape. Reading one of another shape raises ``ShapeError``, and the
adjudicator writes it anew from the ledger before it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import AnyFact
from events.message import message
from services.benefits.award import Ordered
from services.ledger.protocol import LedgerError, StoredState

SHAPE = 10
"""Which shape stored states have; one more whenever ``State`` or anything in it gets another layout, 1 to 127.

States of the time before shapes were numbered count as 0.
"""


class ShapeError(LedgerError):
    """A stored state has another shape than this program's."""

    def __init__(self, shape: int) -> None:
        """Say which, and what to do."""
        self.shape = shape
        super().__init__(
            "stored states were written by a later version of Kelambu; use that one."
            if shape > SHAPE
            else "stored states were written by an earlier version of Kelambu; start this one's services "
            "(`kelambu up`), which write them anew from the ledger."
        )


class ClaimRecord(Struct, frozen=True, array_like=True):
    """What Kelambu has said about one claim so far.

    ``sums`` are (benefit, payee, rupiah) of the last assessment, ``overpaid`` (payee, rupiah) as last said, ``excess``
    what was overpaid by the last award that was not waiting or referred, ``counted`` (claim, payee, rupiah) what other
    claims have paid that is taken as ordered in this one. The outcome of a claim whose filing was taken back is
    ``retracted``.
    """

    version: int = 0
    digest: bytes = b""
    outcome: str = ""
    programme: str = ""
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    sums: tuple[tuple[str, str, int], ...] = ()
    orders: tuple[Ordered, ...] = ()
    overpaid: tuple[tuple[str, int], ...] = ()
    closed: bool = False
    counted: tuple[tuple[str, str, int], ...] = ()
    excess: tuple[tuple[str, int], ...] = ()


Facts: TypeAlias = tuple[AnyFact, ...]

SEGMENT = 6
"""Facts in a segment. More would make each event write more, fewer the server keep more fields."""


class State(Struct, frozen=True, array_like=True):
    """A person's facts in the order of the ledger, those that wait for an enrolment, and the claims' records.

    ``segments`` are the full ones, those that have not been read as None; ``latest`` are the facts that follow.
    ``enrolled``: whether the person is known, since some enrolment counts. ``erased_at`` is the position at which the
    person was erased, 0 where that never was.
    """

    segments: tuple[Facts | None, ...] = ()
    latest: Facts = ()
    waiting: Facts = ()
    claims: dict[str, ClaimRecord] = {}
    enrolled: bool = False
    erased_at: int = 0

    @property
    def facts(self) -> Facts:
        """Every fact; raises ``UnreadSegmentsError`` where segments have not been read."""
        if not self.whole:
            raise UnreadSegmentsError
        return (*chain.from_iterable(segment or () for segment in self.segments), *self.latest)

    @property
    def whole(self) -> bool:
        """Whether every segment has been read; those that have not come first."""
        return not self.segments or self.segments[0] is not None

    def with_fact(self, fact: AnyFact, *, enrolled: bool) -> State:
        """Return the state with one more fact."""
        latest = (*self.latest, fact)
        if len(latest) < SEGMENT:
            return State(self.segments, latest, self.waiting, self.claims, enrolled, self.erased_at)
        segments = (*self.segments, latest)
        return State(segments, (), self.waiting, self.claims, enrolled, self.erased_at)


class UnreadSegmentsError(LedgerError):
    """Facts are needed that were not read: they are missing in the ledger, or whoever reads it left them out."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(message("ledger.unread-segments"))


def with_record(state: State, number: str, record: ClaimRecord) -> State:
    """Return the state with another record of one claim."""
    return replace(state, claims={**state.claims, number: record})


def orders_of(state: State) -> dict[str, tuple[Ordered, ...]]:
    """Return the orders of every claim, by its number."""
    return {number: record.orders for number, record in state.claims.items()}


class StateBody(Struct, frozen=True, array_like=True):
    """What of a state an event writes anew: how many segments there are, and all that is not in them."""

    segments: int
    latest: Facts
    waiting: Facts
    claims: dict[str, ClaimRecord]
    enrolled: bool
    erased_at: int


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_body = msgspec.msgpack.Decoder(StateBody)
_segment = msgspec.msgpack.Decoder(Facts)
_MARK = bytes([SHAPE])
_UNNUMBERED = b"\x93"


def initial() -> State:
    """Return the state of a person of whom nothing is known."""
    return State()


def encode_state(state: State) -> StoredState:
    """Write a state; the same state gives the same bytes."""
    return StoredState(encode_body(state), dict(encode_segments(state)))


def encode_body(state: State) -> bytes:
    """Write what an event changes: everything but the segments."""
    body = StateBody(
        len(state.segments), state.latest, state.waiting, state.claims, state.enrolled, state.erased_at
    )
    return _MARK + _encoder.encode(body)


def encode_segments(state: State, since: int = 0) -> list[tuple[int, bytes]]:
    """Write the segments from a number on, each with its number.

    Of those that were not read there is nothing to write.
    """
    return [
        (number, _encoder.encode(segment))
        for number, segment in enumerate(state.segments[since:], since)
        if segment is not None
    ]


def decode_state(stored: StoredState) -> State:
    """Read a state that ``encode_state`` wrote, with these segments.

    Raises ``ShapeError`` if another shape's did.
    """
    body = stored.body
    if (shape := shape_of(body)) != SHAPE:
        raise ShapeError(shape)
    read = _body.decode(memoryview(body)[1:])
    state = State(
        (None,) * read.segments, read.latest, read.waiting, read.claims, read.enrolled, read.erased_at
    )
    return with_segments(state, stored.segments) if stored.segments else state


def with_orders_of(comes_to: State, decided_state: State) -> State:
    """Return what facts come to beside what had been ordered, as another state of the same person has it."""
    records = dict(decided_state.claims)
    for number, record in comes_to.claims.items():
        decided = decided_state.claims.get(number, ClaimRecord())
        records[number] = replace(record, orders=decided.orders, overpaid=decided.overpaid)
    return replace(comes_to, claims=records)


def with_segments(state: State, segments: Mapping[int, bytes]) -> State:
    """Return a state with its segments as they are stored; it stays without them where one is missing."""
    if any(number not in segments for number in range(len(state.segments))):
        return state
    read = (_segment.decode(segments[number]) for number in range(len(state.segments)))
    return replace(state, segments=tuple(read))


def shape_of(body: bytes) -> int:
    """Return the shape in which a state is stored, by its first byte.

    What is none counts as today's, and cannot be decoded.
    """
    if body[:1] == _UNNUMBERED:
        return 0
    return body[0] if body and body[0] < 0x80 else SHAPE
