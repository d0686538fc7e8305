"""A year of the simulated regency as a ledger holds it, decided by the core.

More can be written into it past intake and core.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
from collections.abc import Mapping, Sequence
from itertools import count

from msgspec import UNSET
from msgspec.structs import replace

from events.catalogue import AgencyEvent, Event, encode
from events.document import DocumentRefused
from events.document import read as document_read
from events.envelope import KELAMBU, reference
from events.payment import PaymentOrdered, PaymentReleased, Release
from events.redaction import redact
from events.values import JAKARTA
from services.adjudication.decider import State, advance, initial
from services.benefits.reading.folder import load
from services.ledger.keys import id_hash
from services.ledger.partitions import partition_of
from services.sealing.box import seal
from services.sealing.tokens import Tokens
from services.simulation import AgencyMessage, World
from services.simulation.message import Act, message
from tests.small_installation import SECRET
from tests.stores.projections.book import Entry


class SimulatedBook:
    """Partitions of recorded events, and the reader that projections ask for.

    Everything is admitted and recorded when it was sent; an order leaves on the day after it was made.
    """

    def __init__(self, partitions: int = 3) -> None:
        """Begin with empty partitions."""
        self.logs: list[list[Entry]] = [[] for _ in range(partitions)]
        self.tokens = Tokens(SECRET)
        self.keys: dict[str, bytes] = {}
        self.numbers = count(1)
        """Of the lives that are written into it by hand."""
        self._states: dict[str, State] = {}
        self._persons: dict[str, str] = {}
        self._rulebook = load()

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        return len(self.logs)

    async def read(self, partition: int, after: int = 0, limit: int = 1000) -> Sequence[Entry]:
        """Return what follows a position."""
        return self.logs[partition][after : after + limit]

    async def follow(
        self, after: Mapping[int, int], limit: int, block_ms: int
    ) -> Mapping[int, Sequence[Entry]]:
        """Return what follows each position."""
        return {partition: await self.read(partition, last, limit) for partition, last in after.items()}

    async def entries(self, partition: int, positions: Sequence[int]) -> list[Entry]:
        """Return what stands at these positions."""
        return [self.logs[partition][position - 1] for position in positions]

    def get(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the keys of these persons."""
        return {name: self.keys[name] for name in names}

    def live(self, world: World) -> SimulatedBook:
        """Let a regency's year happen: what its agencies send, what leaves, and what the bank answers."""
        for sent in world.enrolments():
            self._take(sent)
        queue = [(m.time, number, m) for number, m in enumerate(world.claims())]
        heapq.heapify(queue)
        number = len(queue)
        while queue:
            time, _, sent = heapq.heappop(queue)
            for order in self._take(sent):
                leaves = time + dt.timedelta(days=1)
                if self._release(order, leaves):
                    number += 1
                    paid = _paid(order)
                    heapq.heappush(queue, (max(leaves, paid.time), number, paid))
        return self

    def record(
        self,
        event: AgencyEvent,
        person: str,
        recorded: dt.datetime | None = None,
    ) -> str:
        """Write an agency's event into the ledger as it is, past intake and core; returns its reference."""
        redacted, values = redact(event, self.tokens)
        key = self.keys.setdefault(person, hashlib.sha256(person.encode()).digest())
        sealed = seal(person, key, values, id_hash(event.source, event.id)) if values else UNSET
        self.append(replace(redacted, sealed=sealed), person, recorded or event.time)
        return reference(event.source, event.id)

    def append(self, event: Event, person: str, recorded: dt.datetime) -> Event:
        """Write an event at the end of its person's partition."""
        partition = partition_of(person, self.partitions)
        log = self.logs[partition]
        placed = replace(
            event,
            person=person,
            partition=partition,
            position=len(log) + 1,
            recordedtime=recorded,
            **({} if event.source == KELAMBU else {"admittedtime": recorded}),
        )
        log.append(Entry(partition, len(log) + 1, encode(placed)))
        return placed

    def _take(self, sent: AgencyMessage) -> list[PaymentOrdered]:
        try:
            event = document_read(sent.body).event
        except DocumentRefused:
            return []
        nik = getattr(event.data, "nik", "")
        if nik:
            person = self.tokens.nik(nik)
            if claim := getattr(event.data, "claim", ""):
                self._persons[claim] = person
        else:
            person = self._persons[event.data.claim]  # type: ignore[union-attr]
        key = self.keys.setdefault(person, hashlib.sha256(person.encode()).digest())
        redacted, values = redact(event, self.tokens)
        sealed = seal(person, key, values, id_hash(event.source, event.id)) if values else UNSET
        return self._decide(replace(redacted, sealed=sealed), person, sent.time)

    def _decide(self, event: Event, person: str, now: dt.datetime) -> list[PaymentOrdered]:
        partition = partition_of(person, self.partitions)
        position = len(self.logs[partition]) + 1
        placed = replace(event, person=person, partition=partition, position=position)
        state, said = advance(self._states.get(person) or initial(), placed, self._rulebook)
        self._states[person] = state
        for one in said:
            self.append(one, person, now)
        return [one for one in said if isinstance(one, PaymentOrdered)]

    def _release(self, order: PaymentOrdered, now: dt.datetime) -> bool:
        said = order.data
        proposed = PaymentReleased(
            specversion="1.0",
            id=f"release-{said.order}",
            source=KELAMBU,
            time=now,
            data=Release(said.claim, said.order, f"p00-{now.astimezone(JAKARTA):%Y%m%d}"),
        )
        person = order.person or ""
        partition = partition_of(person, self.partitions)
        before = len(self.logs[partition])
        self._decide(proposed, person, now)
        return len(self.logs[partition]) > before


def _paid(order: PaymentOrdered) -> AgencyMessage:
    """Let the bank pay an order in full on the day on which it is due."""
    said = order.data
    noon = dt.datetime.combine(said.due_on, dt.time(12), JAKARTA)
    data = {
        "claim": said.claim,
        "order": said.order,
        "amount": said.amount,
        "paid_on": said.due_on,
        "reference": f"TRX {said.order}",
    }
    return message(Act("bank-sumsel", f"paid-{said.order}", "claim.paid", noon, data, said.claim))
