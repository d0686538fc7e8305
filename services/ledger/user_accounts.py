"""Accounts of the people who use the console, on the core server: what each may do, and what proves who they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal, TypeAlias, cast, get_args

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import WatchError

from events.message import message
from services.ledger import keys
from services.texts.errors import TextError

Role: TypeAlias = Literal["auditor", "supervisor", "officer", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)
OF_AGENCIES: frozenset[Role] = frozenset({"officer"})
"""Roles whose acts are sent in the name of an agency."""


class UserAccount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account. ``password`` is an argon2 hash, empty where nobody can sign in by one.

    ``agency`` is in whose name its acts are sent. ``rights`` grows with each change: a session that began under fewer
    is over.
    """

    name: str
    roles: tuple[Role, ...]
    agency: str = ""
    password: str = ""
    since: dt.datetime
    rights: int = 1
    locked: bool = False
    """An operator has locked it."""


class UserAccountError(TextError):
    """There is no such account, or one too many; the message says what to do."""


class UserAccounts:
    """Every account by its name."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def all(self) -> list[UserAccount]:
        """Return every account by name."""
        reply = cast("list[bytes]", await self._client.hvals(keys.USER_ACCOUNTS))
        return sorted((msgspec.json.decode(one, type=UserAccount) for one in reply), key=lambda one: one.name)

    async def get(self, name: str) -> UserAccount | None:
        """Return an account, None where there is none of this name."""
        reply = cast("bytes | None", await self._client.hget(keys.USER_ACCOUNTS, name))
        return None if reply is None else msgspec.json.decode(reply, type=UserAccount)

    async def add(self, account: UserAccount) -> None:
        """Keep a new account.

        Raises:
            UserAccountError: there is one of this name.
        """
        if not await self._client.hsetnx(keys.USER_ACCOUNTS, account.name, msgspec.json.encode(account)):
            raise UserAccountError(message("user.known", name=account.name))

    async def change(self, name: str, change: Callable[[UserAccount], UserAccount]) -> UserAccount:
        """Keep what ``change`` makes of the stored account; its sessions are over.

        Raises:
            UserAccountError: there is no account of this name.
        """
        async with self._client.pipeline(transaction=True) as pipe:
            while True:
                await pipe.watch(keys.USER_ACCOUNTS)
                reply = cast("bytes | None", await pipe.hget(keys.USER_ACCOUNTS, name))
                if reply is None:
                    raise UserAccountError(message("user.unknown", name=name))
                before = msgspec.json.decode(reply, type=UserAccount)
                after = msgspec.structs.replace(change(before), rights=before.rights + 1)
                pipe.multi()  # type: ignore[no-untyped-call]
                pipe.hset(keys.USER_ACCOUNTS, name, msgspec.json.encode(after))
                try:
                    await pipe.execute()
                except WatchError:
                    continue
                return after

    async def remove(self, name: str) -> None:
        """Forget an account; its sessions are over.

        Raises:
            UserAccountError: there is no account of this name.
        """
        if not await self._client.hdel(keys.USER_ACCOUNTS, name):
            raise UserAccountError(message("user.unknown", name=name))
