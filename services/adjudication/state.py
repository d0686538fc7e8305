"""What is known and what has been said about one person: the state that the decider folds."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.benefits.facts import AnyFact, Ordered


class Record(Struct, frozen=True, array_like=True):
    """What Kelambu has said about one claim so far.

    ``sums`` are (benefit, payee, rupiah) of the last assessment, ``overpaid`` (payee, rupiah) as last said.
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


class State(Struct, frozen=True, array_like=True):
    """A person's facts in the order of the ledger, those that wait for an enrolment, and the claims' records."""

    facts: tuple[AnyFact, ...] = ()
    waiting: tuple[AnyFact, ...] = ()
    claims: dict[str, Record] = {}


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(State)


def initial() -> State:
    """Return the state of a person of whom nothing is known."""
    return State()


def encode_state(state: State) -> bytes:
    """Write a state; the same state gives the same bytes."""
    return _encoder.encode(state)


def decode_state(body: bytes) -> State:
    """Read a state that ``encode_state`` wrote."""
    return _decoder.decode(body)
