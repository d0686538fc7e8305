"""Into which shares the agencies are parted, and whether some intake has an agency's share now."""

from __future__ import annotations

import hashlib

from redis.asyncio import Redis

from services.ledger.leases import holder_of

SERVICE = "intake"
SHARES = 16
"""Into so many shares the agencies are parted; more workers than that stand by."""


def share_of(agency: str) -> int:
    """Return the share that an agency belongs to."""
    return hashlib.sha256(agency.encode()).digest()[0] % SHARES


async def has_a_worker(core: Redis, agency: str) -> bool:
    """Tell whether some intake has this agency now, so that what it sends will be answered."""
    return await holder_of(core, f"{SERVICE}-p{share_of(agency):02d}") is not None
