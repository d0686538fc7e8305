"""Credentials of agencies on the core server: of each, what proves it, and from when to when it is good.

They are never deleted: a signature that was good when it came can be checked for ever. No secret is stored here, only
hashes of secrets and public keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal, TypeAlias, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import WatchError

from events.message import message
from services.ledger import keys
from services.texts.errors import TextError

MAX_LIVE = 2
"""How many of a kind an agency may have at a time: the one in use, and the one that takes its place."""


class Credential(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One credential. ``proof`` is, of an API key, the SHA-256 of its secret in hexadecimal digits.

    Of a public key, the key. Of a password for Redis it is the SHA-256 of the whole password.
    It is good from ``since`` on, until it ``expires`` or is ``revoked``, whichever comes first.
    """

    id: str
    agency: str
    kind: Literal["api", "public", "redis"]
    proof: str
    since: dt.datetime
    expires: dt.datetime | None = None
    revoked: dt.datetime | None = None

    @property
    def until(self) -> dt.datetime | None:
        """The end of its time, if it has one."""
        return min((end for end in (self.expires, self.revoked) if end), default=None)

    def ended(self, now: dt.datetime) -> bool:
        """Tell whether its time is over at this moment; else it lives."""
        return self.until is not None and self.until <= now


Change: TypeAlias = Callable[[dict[str, Credential]], Credential]
"""From the credentials by id to the one that is to be kept."""


class CredentialError(TextError):
    """A credential cannot be added or revoked; the message says why and names no secret."""


class Credentials:
    """The credentials of all agencies."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def all(self) -> list[Credential]:
        """Return every credential that ever was, the oldest first."""
        return _sorted(cast("list[bytes]", await self._client.hvals(keys.CREDENTIALS)))

    async def of(self, agency: str) -> list[Credential]:
        """Return every credential that an agency ever had, the oldest first."""
        return [one for one in await self.all() if one.agency == agency]

    async def changes(self) -> int:
        """Return how often credentials have been added or revoked; nothing has changed while this is the same."""
        return int(await self._client.hget(keys.CREDENTIALS_CHANGED, "times") or 0)

    async def add(self, credential: Credential) -> None:
        """Keep a credential.

        Raises:
            CredentialError: it is known, as this agency's or another's, or the agency has two of its kind that live.
        """
        now = credential.since

        def added(by_id: dict[str, Credential]) -> Credential:
            if credential.id in by_id:
                whose = by_id[credential.id].agency
                raise CredentialError(message("agency-key.known", key=credential.id, whose=whose))
            kin = [
                one
                for one in by_id.values()
                if (one.agency, one.kind) == (credential.agency, credential.kind)
            ]
            live = [one.id for one in kin if not one.ended(now)]
            if len(live) >= MAX_LIVE:
                listed = ", ".join(live)
                raise CredentialError(
                    message("agency-key.too-many", agency=credential.agency, count=len(live), keys=listed)
                )
            return credential

        await self._change(added)

    async def revoke(self, agency: str, name: str, now: dt.datetime) -> Credential:
        """End a credential's time at once; one that was revoked before keeps its moment.

        Raises:
            CredentialError: the agency has none of this id.
        """

        def revoked(by_id: dict[str, Credential]) -> Credential:
            one = by_id.get(name)
            if one is None or one.agency != agency:
                raise CredentialError(message("agency-key.none", agency=agency, key=name))
            return one if one.revoked else replace(one, revoked=now)

        return await self._change(revoked)

    async def _change(self, change: Change) -> Credential:
        """Keep what ``change`` makes of the stored credentials.

        It is called again where they have changed meanwhile.
        """
        async with self._client.pipeline(transaction=True) as pipe:
            while True:
                await pipe.watch(keys.CREDENTIALS)
                credentials = _sorted(cast("list[bytes]", await pipe.hvals(keys.CREDENTIALS)))
                one = change({each.id: each for each in credentials})
                pipe.multi()  # type: ignore[no-untyped-call]
                pipe.hset(keys.CREDENTIALS, one.id, msgspec.json.encode(one))
                pipe.hincrby(keys.CREDENTIALS_CHANGED, "times", 1)
                try:
                    await pipe.execute()
                except WatchError:
                    continue
                return one


def _sorted(bodies: list[bytes]) -> list[Credential]:
    credentials = (msgspec.json.decode(one, type=Credential) for one in bodies)
    return sorted(credentials, key=lambda one: (one.since, one.id))
