"""Documents as agencies send them, and an installation whose agencies send them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from redis.asyncio import Redis

from events.catalogue import Event, decode
from services.benefits.reading.folder import load
from services.intake.admission import admit, sweep
from services.intake.context import IntakeContext
from services.ledger.edge import DocumentReceipt
from services.ledger.registry import FINDINGS, TYPES, Agency
from services.ledger.store import create_or_open
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens

SITI, BUDI = "1606014101900001", "1606010202850002"
NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
SENT = "2026-03-02T09:00:00+07:00"
ACCOUNT = {"bank": "BRI", "number": "0123-01-000456-50-7", "holder": "Siti Aminah"}

DINSOS = Agency(name="dinsos", types=TYPES, findings=FINDINGS)
KECAMATAN = Agency(name="kecamatan-sekayu", types=TYPES)
RSUD = Agency(name="rsud-sekayu", types=("claim.verified", "event.retracted"), findings=("death", "medical"))


def document(
    agency: str, event_id: str, kind: str, data: Mapping[str, object], **attributes: object
) -> bytes:
    """A document of an agency; ``attributes`` replace those of the envelope."""
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/agencies/{agency}",
        "type": f"kelambu.{kind}.v1",
        "time": SENT,
        "data": data,
    }
    if kind.startswith("claim."):
        envelope["subject"] = data["claim"]
    return json.dumps(envelope | attributes).encode()


def paid(agency: str, event_id: str, nik: str = SITI, **attributes: object) -> bytes:
    """Contributions of one month."""
    data = {"nik": nik, "first_month": "2026-01", "last_month": "2026-01", "paid_on": "2026-01-05"}
    payer = {"kind": "donor", "name": "Haji Umar"}
    return document(
        agency, event_id, "participant.contributions-paid", {**data, "payer": payer}, **attributes
    )


def filed(agency: str, event_id: str, claim: str = "C-1", nik: str = SITI) -> bytes:
    """A filing by the participant's wife or husband."""
    claimant = {"name": "Joko Susilo", "relation": "spouse"}
    data = {"claim": claim, "nik": nik, "cause": "other", "event_date": "2026-02-20", "claimant": claimant}
    return document(agency, event_id, "claim.filed", data)


def amended(agency: str, event_id: str, claim: str = "C-1") -> bytes:
    """An amendment of a filing: one child."""
    child = {"child": "a", "name": "Putri", "birth_date": "2015-05-05", "nik": "1606014505150001"}
    return document(agency, event_id, "claim.amended", {"claim": claim, "children": [child]})


def papers(agency: str, event_id: str, claim: str = "C-1", kind: str = "ktp") -> bytes:
    """Documents for a claim."""
    data = {"claim": claim, "documents": [{"kind": kind, "reference": "map merah"}]}
    return document(agency, event_id, "claim.documents-received", data)


def died(agency: str, event_id: str, claim: str = "C-1", on: str = "2026-02-20") -> bytes:
    """A verified death."""
    data = {"claim": claim, "findings": {"death": {"died_on": on}}}
    return document(agency, event_id, "claim.verified", data)


def retracted(agency: str, event_id: str, retracts: str) -> bytes:
    """A retraction."""
    return document(agency, event_id, "event.retracted", {"retracts": retracts, "reason": "salah ketik"})


class IntakeInstallation:
    """An intake on a server, with registered agencies and a clock that stands still."""

    def __init__(self, context: IntakeContext) -> None:
        """Use ``opened``."""
        self.context = context

    @classmethod
    async def opened(
        cls, client: Redis, keys: KeyStore, agencies: Sequence[Agency] = (DINSOS, KECAMATAN, RSUD)
    ) -> IntakeInstallation:
        """An installation of 4 partitions on an empty server."""
        ledger = await create_or_open(client, 4)
        installation = cls(
            IntakeContext(client, client, ledger, keys, Tokens.opened(keys), load().codes, lambda: NOW)
        )
        for agency in agencies:
            await installation.context.registry.add(agency)
        return installation

    async def send(self, agency: str, *documents: bytes) -> None:
        """Put documents into an agency's outbox and admit them."""
        await self.context.edge.submit(agency, documents)
        await self.work(agency)

    async def work(self, *agencies: str, limit: int = 500) -> None:
        """Admit everything that stands in these agencies' outboxes."""
        for agency in agencies:
            while submissions := await self.context.edge.outbox(agency, limit):
                await admit(self.context, agency, submissions)

    async def sweep(self, *agencies: str) -> None:
        """Finish what crashes have left."""
        for agency in agencies:
            await sweep(self.context, agency)

    async def receipts(self, agency: str) -> list[DocumentReceipt]:
        """Every receipt of an agency, oldest first."""
        return [receipt for _, receipt in await self.context.edge.receipts(agency, limit=10_000)]

    async def statuses(self, agency: str) -> list[tuple[str | None, str]]:
        """Every receipt of an agency as (id, status or code)."""
        return [(one.id, one.code or one.status) for one in await self.receipts(agency)]

    async def arrivals(self) -> list[Event]:
        """What a partition's decider would see: every event once, in order, partition by partition."""
        seen: dict[tuple[str, str], Event] = {}
        for partition in range(self.context.ledger.partitions):
            for arrival in await self.context.ledger.inbox(partition, "0-0", 10_000):
                event = decode(arrival.body)
                seen.setdefault((event.source, event.id), event)
        return list(seen.values())

    async def order(self) -> list[str]:
        """The ids of ``arrivals``."""
        return [event.id for event in await self.arrivals()]


def key_store(folder: Path) -> KeyStore:
    """A key store in a folder."""
    return KeyStore(f"sqlite:///{folder}/keys.db")
