"""The directory of credentials in memory: it knows of a change within a tenth of a second, and costs a request next to nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from services.ledger.credentials import Credential, Credentials

FRESH_SECONDS = 0.1
"""A revoked key is refused after this and one question to the server, at the latest."""


class Snapshot(Struct, frozen=True):
    """The credentials at one moment: every one by its id, and each agency's public keys, newest first."""

    by_id: Mapping[str, Credential]
    public: Mapping[str, Sequence[Credential]]


class Directory:
    """The credentials of all agencies, asked for anew when they were last seen a tenth of a second ago.

    While the server does not answer nobody is identified: what is older is never used.
    """

    def __init__(self, store: Credentials, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store, self._monotonic = store, monotonic
        self._asking = asyncio.Lock()
        self._changes, self._looked_at_seconds = -1, float("-inf")
        self._snapshot = Snapshot({}, {})

    async def now(self) -> Snapshot:
        """Return the credentials of a moment at most ``FRESH_SECONDS`` ago."""
        if not self._fresh:
            async with self._asking:
                if not self._fresh:
                    await self._look()
        return self._snapshot

    @property
    def _fresh(self) -> bool:
        return self._monotonic() - self._looked_at_seconds < FRESH_SECONDS

    async def _look(self) -> None:
        began = self._monotonic()
        changes = await self._store.changes()
        if changes != self._changes:
            self._snapshot = snapshot_of(await self._store.all())
        self._changes, self._looked_at_seconds = changes, began


def snapshot_of(credentials: Sequence[Credential]) -> Snapshot:
    public: dict[str, list[Credential]] = {}
    for one in reversed(credentials):
        if one.kind == "public":
            public.setdefault(one.agency, []).append(one)
    return Snapshot({one.id: one for one in credentials}, public)
