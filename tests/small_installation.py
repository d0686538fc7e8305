"""An installation small enough to hold still: real ledger, keys and decider, moved one step at a time by the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from msgspec import UNSET
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import AgencyEvent, encode
from events.claim import ClaimFiled
from events.document import read as document_read
from events.envelope import agency_of
from events.redaction import redact
from services.adjudication.batch_decision import (
    Advance,
    PartitionState,
    decide_batch,
    lines_needed,
    persons,
    read,
)
from services.adjudication.decider import advance
from services.adjudication.stored_states import read_releasing, read_states
from services.benefits.reading.folder import load
from services.disbursement.accounts import Accounts
from services.disbursement.missing_files import MissingFiles
from services.disbursement.round import RoundContext
from services.ledger.claim_routes import RouteOpening, Routes
from services.ledger.keys import id_hash
from services.ledger.partitions import partition_of
from services.ledger.payments import Payments
from services.ledger.registry import Registry
from services.ledger.reservations import Reservations, Target, Wanted
from services.ledger.store import RedisLedger, create_or_open
from services.sealing.box import seal
from services.sealing.keystore import TOKEN_SECRET, KeyStore
from services.sealing.tokens import Tokens
from tests.lives import Life

NOW = dt.datetime(2026, 6, 11, 2, 0, tzinfo=dt.UTC)
SECRET = b"a secret of the tests".ljust(32)
"""Of every small installation, so that each person falls into the same partition in every run."""


class SmallInstallation:
    """Everything of a running installation that disbursement and the auditor look at."""

    def __init__(self, client: Redis, ledger: RedisLedger, data: Path, keys: KeyStore | None = None) -> None:
        """Use a key store of its own, or that of an installation which is open already."""
        self.client, self.ledger, self.data = client, ledger, data
        self.core, self.identity, self.clock = client, "", lambda: NOW
        self.keys = keys or KeyStore(f"sqlite:///{data}/keys/keys.db")
        if keys is None:
            self.keys.put_back({TOKEN_SECRET: SECRET})
        self.tokens = Tokens.opened(self.keys)
        self.registry = Registry(client)
        self.payments = Payments(client)
        self.accounts = Accounts(ledger, self.keys, self.tokens, self.registry)
        self.rulebook = load()
        self.decider: Advance = advance

    @classmethod
    async def opened(cls, client: Redis, data: Path, partitions: int = 1) -> SmallInstallation:
        return cls(client, await create_or_open(client, partitions), data)

    def context(self) -> RoundContext:
        return RoundContext(self.ledger, self.payments, self.accounts, self.data / "batches", lambda: NOW)

    def mending(self) -> MissingFiles:
        return MissingFiles(self.payments, self.accounts, self.data / "batches")

    def partition(self, life: Life) -> int:
        return partition_of(self.tokens.nik(life.nik), self.ledger.partitions)

    async def admit(self, life: Life, since: int = 0) -> None:
        """Seal a person's documents and put them into the inbox, as intake does once it has let them in."""
        person = self.tokens.nik(life.nik)
        key = self.keys.get_or_create([person])[person]
        arrivals = []
        for line in life.lines()[since:]:
            document = document_read(line)
            event = document.event
            redacted, values = redact(event, self.tokens)
            sealed = seal(person, key, values, id_hash(event.source, event.id)) if values else UNSET
            body = encode(replace(redacted, person=person, admittedtime=NOW, sealed=sealed))
            tag = self.tokens.content(document.canonical)
            arrivals.append((self.partition(life), body, tag))
            await self.answer(event, person, tag)
        await self.ledger.deliver(arrivals)

    async def answer(self, event: AgencyEvent, person: str, tag: bytes) -> None:
        """Reserve the id of an event and accept it, and give a claim its route, as intake does."""
        agency, event_id, target = (
            agency_of(event.source),
            id_hash(event.source, event.id),
            Target("person", person),
        )
        reservations, routes = Reservations(self.client), Routes(self.client)
        await reservations.reserve(agency, [Wanted(event_id, tag, target)], NOW)
        await reservations.finish({agency: [(event_id, "accepted", target)]})
        if isinstance(event, ClaimFiled):
            await routes.take([(event.data.claim, event_id, agency)])
            await routes.open([RouteOpening(event.data.claim, event_id, person)])

    async def decide(self) -> None:
        """Decide whatever stands in the inboxes, one commit for each partition."""
        for partition in range(self.ledger.partitions):
            head = await self.ledger.head(partition)
            incoming = read(await self.ledger.inbox(partition, head.inbox, 10_000))
            if not incoming:
                continue
            states = await read_states(self.ledger, partition, persons(incoming))
            parked, releasing = (
                await self.ledger.parked(partition),
                await read_releasing(self.ledger, partition),
            )
            warm = PartitionState(partition, head, states, parked, releasing)
            lines = {p: await self.ledger.parked_events(partition, p) for p in lines_needed(incoming)}
            decided = decide_batch(warm, incoming, NOW, self.rulebook, advance=self.decider, lines=lines)
            await self.ledger.commit(decided.commit)

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
