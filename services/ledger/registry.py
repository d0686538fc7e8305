"""The registry of agencies: who may send what.

It is stored on the server, so that every service sees a change at once.
"""

from __future__ import annotations

import hashlib
import re
from typing import cast

import msgspec
from msgspec import UNSET, Struct, UnsetType
from redis.asyncio import Redis

from events.catalogue import AGENCY_TYPES, SHORT_NAMES, AgencyEvent, short_name, type_of
from events.envelope import KELAMBU, Sealed, agency_of
from events.findings import Findings
from events.message import Message, message
from services.ledger import keys
from services.ledger.lease import holder_of
from services.texts.errors import TextError

_NAME = re.compile(r"[a-z0-9-]{2,32}")


TYPES = tuple(sorted({short_name(name) for name in AGENCY_TYPES}))
FINDINGS = tuple(Findings.__struct_fields__)

INTAKE = "intake"
"""The service that reads agencies; its leases are named by it."""
SHARDS = 16
"""Into so many shards the agencies are divided; more workers than that stand by."""


def shard_of(agency: str) -> int:
    """Return the shard that an agency belongs to."""
    return hashlib.sha256(agency.encode()).digest()[0] % SHARDS


async def has_a_worker(core: Redis, agency: str) -> bool:
    """Tell whether some intake has this agency now, so that what it sends will be answered."""
    return await holder_of(core, f"{INTAKE}-p{shard_of(agency):02d}") is not None


class UnknownPermissionError(TextError):
    """A registration names a type, a finding or an agency that cannot be; the message says which can."""


class Agency(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A registration. ``types`` are as in ``TYPES``; ``findings`` are the keys it may state in ``claim.verified``.

    ``account`` is where a provider is paid, sealed with the agency's own key.
    """

    name: str
    types: tuple[str, ...]
    findings: tuple[str, ...] = ()
    account: Sealed | UnsetType = UNSET

    def refuses(self, event: AgencyEvent) -> list[tuple[str, Message]]:
        """Return (path, why) for each part of an event that this agency may not send."""
        kind = SHORT_NAMES[type(event)]
        if kind not in self.types:
            return [("$.type", message("fault.may-not-send", agency=self.name, type=type_of(event)))]
        if kind != "claim.verified":
            return []
        stated = msgspec.structs.asdict(cast("Findings", event.data.findings))  # type: ignore[union-attr]
        return [
            (f"$.data.findings.{key}", message("fault.may-not-state", agency=self.name, finding=key))
            for key, value in stated.items()
            if value is not UNSET and key not in self.findings
        ]


class Registry:
    """The registrations of all agencies."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def add(self, agency: Agency) -> bool:
        """Register an agency, or replace its registration; True when it was not known before.

        Raises:
            UnknownPermissionError: the name, a type or a finding cannot be.
        """
        if agency.name == agency_of(KELAMBU):
            raise UnknownPermissionError(message("registration.own-name", agency=agency.name))
        if not _NAME.fullmatch(agency.name):
            raise UnknownPermissionError(message("registration.bad-name", name=repr(agency.name)))
        for codes, every_code in ((agency.types, TYPES), (agency.findings, FINDINGS)):
            unknown = sorted(set(codes) - set(every_code))
            if unknown:
                raise UnknownPermissionError(
                    message("registration.unknown", names=", ".join(unknown), known=", ".join(every_code))
                )
        new = await self._client.hset(keys.AGENCIES, agency.name, msgspec.json.encode(agency))
        return new == 1

    async def get(self, name: str) -> Agency | None:
        """Return an agency's registration as it is now."""
        reply = await self._client.hget(keys.AGENCIES, name)
        return None if reply is None else msgspec.json.decode(reply, type=Agency)

    async def agencies(self) -> list[Agency]:
        """Return every registration, by name."""
        reply = await self._client.hvals(keys.AGENCIES)
        return sorted((msgspec.json.decode(one, type=Agency) for one in reply), key=lambda one: one.name)
