"""What is known and what has been said about one person: the state that the decider folds.

A stored state begins with the number of its shape. Whoever reads one of another shape is told so, and the
adjudicator writes it anew from the ledger before it decides.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import AnyFact
from services.benefits.ordered import Ordered
from services.ledger.protocol import LedgerError

SHAPE = 6
"""Which shape stored states have; one more whenever ``State`` or what stands in it is laid out otherwise, 1 to 127.

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


class State(Struct, frozen=True, array_like=True):
    """A person's facts in the order of the ledger, those that wait for an enrolment, and the claims' records."""

    facts: tuple[AnyFact, ...] = ()
    waiting: tuple[AnyFact, ...] = ()
    claims: dict[str, ClaimRecord] = {}


def with_record(state: State, number: str, record: ClaimRecord) -> State:
    """Return the state with another record of one claim."""
    return replace(state, claims={**state.claims, number: record})


def orders_of(state: State) -> dict[str, tuple[Ordered, ...]]:
    """Return the orders of every claim, by its number."""
    return {number: record.orders for number, record in state.claims.items()}


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(State)
_MARK = bytes([SHAPE])
_UNNUMBERED = b"\x93"


def initial() -> State:
    """Return the state of a person of whom nothing is known."""
    return State()


def encode_state(state: State) -> bytes:
    """Write a state; the same state gives the same bytes."""
    return _MARK + _encoder.encode(state)


def decode_state(body: bytes) -> State:
    """Read a state that ``encode_state`` wrote; raises ``ShapeError`` if another shape's did."""
    if (shape := shape_of(body)) != SHAPE:
        raise ShapeError(shape)
    return _decoder.decode(memoryview(body)[1:])


def shape_of(body: bytes) -> int:
    """Return the shape in which a state is stored, by its first byte; what is none counts as today's, and cannot be decoded."""
    if body[:1] == _UNNUMBERED:
        return 0
    return body[0] if body and body[0] < 0x80 else SHAPE
