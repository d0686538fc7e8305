"""Agencies that sign what they send over HTTP, as far as reception, intake and the ledger see it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import cast

from services.identity.authentication import Directory, identify
from services.identity.credentials import new_signing_key, public_key, sign
from services.intake.admission import admit
from services.intake.context import IntakeContext
from services.intake.http_reception import ReceivedDocument, opened, receive
from services.ledger import keys as names
from services.ledger.credentials import Credential, Credentials
from services.ledger.registry import FINDINGS, TYPES, Agency
from services.ledger.reservations import taken
from tests.small_installation import SmallInstallation

NOW = dt.datetime(2026, 6, 10, 4, 0, tzinfo=dt.UTC)


class Signers:
    """Registered agencies with a pair of keys each, and the intake that admits what they send."""

    def __init__(self, installation: SmallInstallation) -> None:
        self.installation = installation
        self.context = IntakeContext(
            installation.client,
            installation.client,
            installation.ledger,
            installation.keys,
            installation.tokens,
            installation.rulebook.codes,
            lambda: NOW,
        )
        self.credentials = Credentials(installation.client)
        self.pairs: dict[str, tuple[str, Credential]] = {}

    @classmethod
    async def opened(cls, installation: SmallInstallation, *agencies: str) -> Signers:
        signers = cls(installation)
        for agency in agencies:
            await installation.registry.add(Agency(name=agency, types=TYPES, findings=FINDINGS))
            private, public = new_signing_key()
            kept = public_key(agency, public, NOW)
            await signers.credentials.add(kept)
            signers.pairs[agency] = private, kept
        return signers

    async def send(self, agency: str, *documents: bytes) -> None:
        """Sign documents, each alone, identify their sender, receive them and admit them."""
        registered = await self.installation.registry.get(agency)
        assert registered is not None
        directory, at = Directory(self.credentials), int(NOW.timestamp())
        for n, document in enumerate(documents):
            headers = {
                "kelambu-agency": agency,
                "webhook-id": f"msg-{n}",
                "webhook-timestamp": str(at),
                "webhook-signature": sign(self.pairs[agency][0], f"msg-{n}", at, document),
            }
            who = await identify(directory, headers, document, NOW)
            await receive(self.context, registered, [ReceivedDocument(document, who.origin)])
        await self.admit(agency)

    async def admit(self, agency: str) -> None:
        """Admit what was received."""
        found = await self.installation.client.xrange(names.taken(agency))
        entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", found)
        await admit(
            self.context, agency, await opened(self.context, agency, [taken(*entry) for entry in entries])
        )

    async def by_id(self) -> dict[str, Credential]:
        """Every credential, as whoever checks an origin needs them."""
        return {one.id: one for one in await self.credentials.all()}


def spellings(documents: Sequence[object]) -> list[bytes]:
    """Documents as different programs write them."""
    ways = (
        lambda one: json.dumps(one).encode(),
        lambda one: json.dumps(one, indent=2, sort_keys=True).encode(),
        lambda one: json.dumps(one, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/").encode(),
    )
    return [ways[n % 3](document) for n, document in enumerate(documents)]
