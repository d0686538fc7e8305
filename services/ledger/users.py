"""The agencies' users on the edge server: each may write to its outbox, read its own streams, and nothing else.

What is on the server is a copy of the registry's credentials of the kind ``redis``. Making it right may be
repeated at any time; a server that has lost its users has them again after the next time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.credentials import Credential, Credentials

PREFIX = "agency-"
"""Users whose names begin so are Kelambu's to make and to remove; it leaves every other user alone."""
ANYWHERE = ("ping",)
WRITING = ("xadd",)
READING = ("xlen", "xrange", "xread", "xrevrange")
NO_RIGHTS_NEEDED = ("auth", "hello", "quit", "reset")
"""Commands that every server allows to everybody: they tell who is there, or end it."""
_SECRET_BYTES = 20


def user_of(agency: str) -> str:
    """Return the name under which an agency logs in."""
    return PREFIX + agency


def new_password(agency: str, now: dt.datetime, expires: dt.datetime | None = None) -> tuple[str, Credential]:
    """Return a new password to show once, and what is kept of it; it begins with the name of what is kept."""
    name = f"kr_{secrets.token_hex(6)}"
    password = f"{name}_{secrets.token_hex(_SECRET_BYTES)}"
    proof = hashlib.sha256(password.encode()).hexdigest()
    kept = Credential(id=name, agency=agency, kind="redis", proof=proof, since=now, expires=expires)
    return password, kept


def good_passwords(credentials: Iterable[Credential], now: dt.datetime) -> dict[str, list[str]]:
    """Return the SHA-256 of the passwords that are good at this moment, by agency."""
    passwords: dict[str, list[str]] = {}
    for one in credentials:
        if one.kind == "redis" and not one.ended(now):
            passwords.setdefault(one.agency, []).append(one.proof)
    return passwords


def rights(agency: str) -> tuple[str, ...]:
    """Return an agency's rights as rules of ``ACL SETUSER``: one for all keys, one to write, one to read."""
    outbox = f"%W~{keys.outbox(agency)}"
    own = (f"%R~{stream(agency)}" for stream in (keys.receipts, keys.outcomes, keys.refused))
    return (
        *(f"+{command}" for command in ANYWHERE),
        f"({' '.join(f'+{command}' for command in WRITING)} {outbox})",
        f"({' '.join(f'+{command}' for command in READING)} {' '.join(own)})",
    )


class Users:
    """The users of one edge server."""

    def __init__(self, edge: Redis) -> None:
        """Use a client that may change users."""
        self._edge = edge

    async def apply(self, passwords: Mapping[str, Sequence[str]]) -> bool:
        """Give exactly these agencies a user, with these passwords (their SHA-256); True when that changed something.

        Whoever is connected as a user that lost a password must log in again. Where the server keeps its users in a
        file, they are saved there.
        """
        before = await self._listed()
        wanted = {user_of(agency): (agency, sorted(hashed)) for agency, hashed in passwords.items() if hashed}
        async with self._edge.pipeline(transaction=False) as pipe:
            for user, (agency, hashed) in wanted.items():
                hashes = (f"#{one}" for one in hashed)
                pipe.execute_command("ACL SETUSER", user, "reset", "on", *hashes, *rights(agency))
            if superfluous := before.keys() - wanted.keys():
                pipe.execute_command("ACL DELUSER", *superfluous)
            await pipe.execute()
        after = await self._listed()
        for user in after.keys() & before.keys():
            if _passwords(before[user]) - _passwords(after[user]):
                await self._edge.execute_command("CLIENT KILL", "USER", user)  # type: ignore[no-untyped-call]
        if before == after:
            return False
        if (await self._edge.config_get("aclfile")).get("aclfile"):
            await self._edge.execute_command("ACL SAVE")  # type: ignore[no-untyped-call]
        return True

    async def everybody_may_enter(self) -> bool:
        """Tell whether the server lets in whoever connects, with all rights: then users protect nothing."""
        lines = await self._all()
        return {"on", "nopass"} <= set(lines.get("default", "").split())

    async def _listed(self) -> dict[str, str]:
        return {user: line for user, line in (await self._all()).items() if user.startswith(PREFIX)}

    async def _all(self) -> dict[str, str]:
        """Return every user's line of ``ACL LIST``, by name."""
        lines = cast("list[str]", await self._edge.acl_list())
        return {line.split(" ", 2)[1]: line for line in lines}


async def bring_up_to_date(core: Redis, edge: Redis, now: dt.datetime) -> bool:
    """Make the edge's users what the registry on the core says at this moment; True when that changed something."""
    return await Users(edge).apply(good_passwords(await Credentials(core).all(), now))


def _passwords(line: str) -> set[str]:
    return {word for word in line.split() if word.startswith("#")}
