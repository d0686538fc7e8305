"""Keeps the agencies' users on the edge as the registry has their passwords."""

from __future__ import annotations

import time

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.ledger.credentials import Credentials
from services.ledger.users import Users, good_passwords
from services.platform.clock import Clock, wall_clock

AGAIN_SECONDS = 60.0
"""How long a password may stay good after it has expired, and users be missing on a server that lost them."""

log = structlog.get_logger()


class EdgeUserKeeper:
    """Looks every round whether a password was given or revoked; and now and then at the users themselves."""

    def __init__(self, core: Redis, edge: Redis, clock: Clock = wall_clock) -> None:
        """Know nothing yet."""
        self._credentials, self._users, self._clock = Credentials(core), Users(edge), clock
        self._changes, self._again_at = -1, 0.0

    async def look(self) -> None:
        """Make the users right, if it is time or something has changed."""
        changes = await self._credentials.changes()
        if changes == self._changes and time.monotonic() < self._again_at:
            return
        credentials = await self._credentials.all()
        if any(one.kind == "redis" for one in credentials):
            try:
                await self._users.apply(good_passwords(credentials, self._clock()))
            except ResponseError as error:
                log.warning("users.not-applied", exc_info=error)
        self._changes, self._again_at = changes, time.monotonic() + AGAIN_SECONDS
