"""Arrivals as intake delivers them, for tests of what comes after intake; and deciders that fail when told to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import AgencyEvent, Event, decode, encode
from events.claim import ClaimFiled
from events.envelope import KELAMBU, agency_of
from events.operation import (
    Adoption,
    ParkedDiscard,
    ParkedDiscarded,
    ParkedRetried,
    ParkedRetry,
    RulebookAdopted,
)
from events.redaction import redact
from services.adjudication.decider import State, advance
from services.benefits.rulebook import Rulebook
from services.ledger.claim_routes import RouteOpening, Routes
from services.ledger.keys import id_hash
from services.ledger.partitions import partition_of
from services.ledger.protocol import Ledger
from services.sealing.tokens import Tokens
from tests.lives import Life

MORNING = dt.datetime(2026, 3, 11, 2, 0, tzinfo=dt.UTC)
TOKENS = Tokens(b"a secret of the tests")


def token(life: Life) -> str:
    """The name of a life's person in the ledger."""
    return TOKENS.nik(life.nik)


def arrivals(life: Life, partitions: int, since: int = 0) -> list[tuple[int, bytes, bytes]]:
    """A person's documents as they go into the inbox: partition, body, tag."""
    person = token(life)
    found = []
    for line in life.lines()[since:]:
        event = decode(line)
        assert isinstance(event, AgencyEvent)
        body = encode(replace(redact(event, TOKENS)[0], person=person, admittedtime=MORNING))
        found.append((partition_of(person, partitions), body, TOKENS.content(line)))
    return found


async def deliver(ledger: Ledger, *lives: Life, since: int = 0) -> None:
    """Put every document of these persons into the inboxes, person by person."""
    await ledger.deliver([one for life in lives for one in arrivals(life, ledger.partitions, since)])


async def route(client: Redis, *lives: Life) -> None:
    """Give every claim of these persons its route, as intake does before its filing can be decided."""
    routes = Routes(client)
    for life in lives:
        for _, body, _ in arrivals(life, 1):
            event = decode(body)
            if isinstance(event, ClaimFiled):
                claim, filing = event.data.claim, id_hash(event.source, event.id)
                await routes.take([(claim, filing, agency_of(event.source))])
                await routes.open([RouteOpening(claim, filing, token(life))])


async def recorded(ledger: Ledger, partition: int = 0) -> list[Event]:
    """Every event of a partition."""
    return [decode(entry.body) for entry in await ledger.read(partition, 0, 1_000_000)]


def references(events: Iterable[Event]) -> list[str]:
    """The ids of the agencies' events among these, in their order."""
    return [event.id for event in events if event.source != KELAMBU]


def _said(name: str, person: str | None) -> dict[str, object]:
    said = {"specversion": "1.0", "id": name, "source": KELAMBU, "time": MORNING}
    return said | ({"person": person} if person else {})


def retry(person: str) -> tuple[bytes, bytes]:
    """What an operator sends to have a person's parked events tried again: body and no tag."""
    return encode(ParkedRetried(**_said("retry-1", person), data=ParkedRetry("~"))), b""  # type: ignore[arg-type]


def discard(person: str, event: str) -> tuple[bytes, bytes]:
    """What an operator sends to drop a parked event: body and no tag."""
    data = ParkedDiscard(event, "~")
    return encode(ParkedDiscarded(**_said("discard-1", person), data=data)), b""  # type: ignore[arg-type]


def adoption(rulebook: str, engine: str) -> tuple[bytes, bytes]:
    """An adoption that arrives from outside: body and no tag."""
    data = Adoption(rulebook, engine)
    return encode(RulebookAdopted(**_said("adopt-1", None), data=data)), b""  # type: ignore[arg-type]


class Stumbling:
    """The decider, but for the events (by id) at which it fails, and how."""

    def __init__(self, *ids: str, error: Exception | None = None) -> None:
        self.ids, self.error = set(ids), error or ZeroDivisionError("a bug")
        self.met: list[str] = []

    def __call__(self, state: State, event: Event, rulebook: Rulebook) -> tuple[State, list[Event]]:
        self.met.append(event.id)
        if event.id in self.ids:
            raise self.error
        return advance(state, event, rulebook)
