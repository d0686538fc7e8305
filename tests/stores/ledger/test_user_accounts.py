"""Accounts of the console are kept by a backup; sessions and attempts to sign in are not, and outlive no recovery."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace
from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.copies import copied
from services.ledger.sessions import Sessions, SignInAttempts
from services.ledger.user_accounts import UserAccount, UserAccounts
from tests.small_installation import NOW


async def test_a_copy_of_the_server_has_the_accounts_and_no_session(redis: Redis):
    """Whoever was signed in signs in again."""
    await UserAccounts(redis).add(UserAccount(name="rina", roles=("auditor",), since=NOW))
    await Sessions(redis, "here:1").begin("rina", 1, NOW)
    await SignInAttempts(redis).count("rina")
    names = {copy.key async for copy in copied(redis)}
    assert {name for name in names if name.startswith("{console}")} == {keys.USER_ACCOUNTS}


async def test_a_session_is_over_in_the_next_epoch(redis: Redis):
    """After a recovery the server may know accounts that had been locked since."""
    name, session = await Sessions(redis, "here:1").begin("rina", 1, NOW)
    assert await Sessions(redis, "here:1").find(name, NOW) == session
    assert await Sessions(redis, "here:2").find(name, NOW) is None


async def test_a_session_that_was_ended_is_not_kept_again(redis: Redis) -> None:
    """Although another request of it, which had found it before, notes what it is used for."""
    sessions = Sessions(redis, "here:1")
    name, session = await sessions.begin("rina", 1, NOW)
    await sessions.end(name)
    await sessions.choose(name, session, "ST-1")
    assert await sessions.find(name, NOW) is None
    assert await Sessions(redis, "here:1").find(name, NOW) is None


async def test_of_two_changes_at_once_none_is_lost(redis: Redis):
    """The second is made of what the first has left, although it had begun before."""
    accounts = UserAccounts(redis)
    await accounts.add(UserAccount(name="rina", roles=("auditor",), since=NOW))

    async def agency() -> UserAccount:
        return await accounts.change("rina", lambda one: replace(one, agency="bpjs"))

    await asyncio.gather(agency(), accounts.change("rina", lambda one: replace(one, locked=True)))
    kept = await accounts.get("rina")
    assert kept is not None
    assert (kept.rights, kept.agency, kept.locked) == (3, "bpjs", True)
