"""A house small enough to hold still: real ledger, keys and decider, moved one step at a time by the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from msgspec import UNSET
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import AgencyEvent, decode, encode
from events.personal import redact
from services.adjudication.decider import advance, decode_state, encode_state, initial
from services.benefits.rulebook import load
from services.disbursement.accounts import Accounts
from services.disbursement.cycle import Desk
from services.ledger.keys import id_hash, partition_of
from services.ledger.payments import Payments
from services.ledger.protocol import Append, Commit, Head
from services.ledger.registry import Registry
from services.ledger.store import RedisLedger, create_or_open
from services.sealing.box import seal
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens
from tests.lives import Life

NOW = dt.datetime(2026, 3, 11, 2, 0, tzinfo=dt.UTC)


class SmallHouse:
    """Everything of a running house that disbursement and the auditor look at."""

    def __init__(self, client: Redis, ledger: RedisLedger, data: Path) -> None:
        self.client, self.ledger, self.data = client, ledger, data
        self.keys = KeyStore(f"sqlite:///{data}/keys/keys.db")
        self.tokens = Tokens.opened(self.keys)
        self.registry = Registry(client)
        self.payments = Payments(client)
        self.accounts = Accounts(ledger, self.keys, self.tokens, self.registry)
        self.rulebook = load()

    @classmethod
    async def opened(cls, client: Redis, data: Path, partitions: int = 1) -> SmallHouse:
        return cls(client, await create_or_open(client, partitions), data)

    def desk(self) -> Desk:
        return Desk(self.ledger, self.payments, self.accounts, self.data / "batches", lambda: NOW)

    def partition(self, life: Life) -> int:
        return partition_of(self.tokens.nik(life.nik), self.ledger.partitions)

    async def admit(self, life: Life, since: int = 0) -> None:
        """Seal a person's documents and put them into the inbox, as intake does once it has let them in."""
        person = self.tokens.nik(life.nik)
        key = self.keys.get_or_create([person])[person]
        arrivals = []
        for line in life.lines()[since:]:
            event = decode(line)
            assert isinstance(event, AgencyEvent)
            redacted, values = redact(event, self.tokens)
            sealed = seal(person, key, values, id_hash(event.source, event.id)) if values else UNSET
            body = encode(replace(redacted, person=person, admittedtime=NOW, sealed=sealed))
            arrivals.append((self.partition(life), body, self.tokens.content(line)))
        await self.ledger.deliver(arrivals)

    async def decide(self) -> None:
        """Decide whatever stands in the inboxes."""
        for partition in range(self.ledger.partitions):
            head = await self.ledger.head(partition)
            for arrival in await self.ledger.inbox(partition, head.inbox, 10_000):
                head = await self._decide(partition, head, arrival.id, arrival.body, arrival.tag)

    async def _decide(self, partition: int, head: Head, inbox: str, body: bytes, tag: bytes) -> Head:
        event = replace(decode(body), partition=partition, position=head.position + 1, recordedtime=NOW)
        person = str(event.person)
        stored = (await self.ledger.states(partition, [person]))[0]
        state, said = advance(decode_state(stored) if stored else initial(), event, self.rulebook)
        then = Head(head.position + len(said), inbox, self.rulebook.name, "2026-03-11T02:00:00.000Z")
        await self.ledger.commit(
            Commit(
                partition=partition,
                expected=head,
                then=then,
                events=[Append(encode(one), one.subject or "") for one in said],
                states=[(person, encode_state(state))] if said else [],
                ids=[(id_hash(event.source, event.id), tag)] if tag else [],
            )
        )
        return then

    async def live(self, *lives: Life) -> None:
        """Admit and decide everything that these persons sent."""
        for life in lives:
            await self.admit(life)
        await self.decide()

    async def bodies(self, partition: int = 0) -> list[bytes]:
        return [entry.body for entry in await self.ledger.read(partition, 0, 100_000)]


def niks(count: int) -> Sequence[str]:
    """So many NIKs that are well formed and different."""
    return [f"160601010170{n:04d}" for n in range(1, count + 1)]
