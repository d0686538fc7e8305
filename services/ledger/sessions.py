"""Sessions of the console on the core server, and how often somebody has tried to sign in.

Of the id of a session only its SHA-256 is kept: whoever reads the server cannot take a session over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from services.ledger import keys

LONGEST = dt.timedelta(hours=8)
"""A session ends after so long, whatever is done in it."""
IDLE = dt.timedelta(minutes=30)
"""A session ends when nothing was done in it for so long."""
_NOTED = dt.timedelta(minutes=1)
"""What is done within so long of what was noted last is not noted: each note is a write to disk."""
ATTEMPTS = 5
"""So often may one try to sign in by a name, within ``LOCKED``."""
LOCKED = dt.timedelta(minutes=15)
_ID_BYTES = 32


class Session(Struct, frozen=True, kw_only=True):
    """Somebody is signed in. ``rights`` are those of the account when it began; ``csrf`` is in each form of its pages.

    ``epoch`` is the mark of the installation: a session does not outlive a restore or a recovery.
    """

    account: str
    epoch: str
    rights: int
    csrf: str
    began: dt.datetime
    seen: dt.datetime
    engagement: str = ""
    """Number of the audit under which everything is done, empty where under none."""


class Sessions:
    """The sessions that have not ended."""

    def __init__(self, client: Redis, epoch: str) -> None:
        """Use a client of the core server; ``epoch`` is the mark of the installation."""
        self._client, self._epoch = client, epoch

    async def begin(self, account: str, rights: int, now: dt.datetime) -> tuple[str, Session]:
        """Begin a session; returns its id, which only the browser gets, and the session."""
        name = secrets.token_urlsafe(_ID_BYTES)
        session = Session(
            account=account,
            epoch=self._epoch,
            rights=rights,
            csrf=secrets.token_urlsafe(16),
            began=now,
            seen=now,
        )
        await self._keep(name, session)
        return name, session

    async def find(self, name: str, now: dt.datetime) -> Session | None:
        """Return the session of an id, None where it has ended or never was; it is noted that it is in use."""
        kept = cast("bytes | None", await self._client.get(keys.session(_digest(name))))
        if kept is None:
            return None
        session = msgspec.json.decode(kept, type=Session)
        over = now - session.began >= LONGEST or now - session.seen >= IDLE
        if over or session.epoch != self._epoch:
            await self.end(name)
            return None
        if now - session.seen >= _NOTED:
            await self._keep(name, replace(session, seen=now), new=False)
        return session

    async def choose(self, name: str, session: Session, engagement: str) -> None:
        """Do everything in this session, which has this id, under an audit from now on; an empty number is none."""
        await self._keep(name, replace(session, engagement=engagement), new=False)

    async def end(self, name: str) -> None:
        """End a session."""
        await self._client.delete(keys.session(_digest(name)))

    async def _keep(self, name: str, session: Session, *, new: bool = True) -> None:
        """Keep a session; one that was ended meanwhile does not begin anew."""
        kept = msgspec.json.encode(session)
        await self._client.set(keys.session(_digest(name)), kept, ex=LONGEST, xx=not new)


class SignInAttempts:
    """Counts who tries to sign in by a name, known or not, so that nobody finds a password by trying."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def count(self, name: str) -> int:
        """Count one more attempt before it is made; returns which one it is.

        From ``ATTEMPTS`` on the time begins anew.
        """
        key = keys.sign_in_attempts(_digest(name))
        number = int(await self._client.incr(key))
        if number in (1, ATTEMPTS):
            await self._client.expire(key, LOCKED)
        return number

    async def forget(self, name: str) -> None:
        """Count from nothing again."""
        await self._client.delete(keys.sign_in_attempts(_digest(name)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
