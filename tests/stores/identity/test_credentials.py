"""Credentials on a server: two alive, ended ones kept for ever, and a change known within a second."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from services.identity.authentication import FRESH_SECONDS, Directory, Unidentified, identify
from services.identity.credentials import new_api_key, new_signing_key, public_key
from services.ledger.credentials import CredentialError, Credentials
from services.ledger.store import create_or_open

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


async def test_a_third_key_is_refused_until_one_has_ended(redis: Redis) -> None:
    """Two of a kind for an agency: one in use and one to take its place. Revoked or expired, a key makes room."""
    credentials = Credentials(redis)
    first, second, third = (new_api_key("dinsos", NOW)[1] for _ in range(3))
    await credentials.add(replace(first, expires=NOW + DAY))
    await credentials.add(second)
    with pytest.raises(CredentialError, match=f"{first.id}|{second.id}"):
        await credentials.add(third)
    await credentials.add(new_api_key("bank", NOW)[1])
    await credentials.add(public_key("dinsos", new_signing_key()[1], NOW))
    await credentials.revoke("dinsos", second.id, NOW)
    await credentials.add(third)
    await credentials.add(replace(new_api_key("dinsos", NOW)[1], since=NOW + DAY))
    assert {one.id for one in await credentials.of("dinsos") if one.kind == "api"} > {
        first.id,
        second.id,
        third.id,
    }


async def test_two_operators_at_once_do_not_make_three(redis: Redis) -> None:
    """What was counted is what stands there when the key is kept."""
    credentials = Credentials(redis)
    made = [new_api_key("dinsos", NOW)[1] for _ in range(8)]
    done = await asyncio.gather(*(credentials.add(one) for one in made), return_exceptions=True)
    assert sum(isinstance(one, CredentialError) for one in done) == 6
    assert len(await credentials.all()) == 2
    assert await credentials.changes() == 2


async def test_a_public_key_is_of_one_agency_for_ever(redis: Redis) -> None:
    """Else one agency could pass as another, or a revoked key come back."""
    credentials = Credentials(redis)
    _, public = new_signing_key()
    kept = public_key("dinsos", public, NOW)
    await credentials.add(kept)
    for agency in ("rsud-sekayu", "dinsos"):
        with pytest.raises(CredentialError, match="known already"):
            await credentials.add(public_key(agency, public, NOW))
    await credentials.revoke("dinsos", kept.id, NOW)
    with pytest.raises(CredentialError, match="known already"):
        await credentials.add(public_key("dinsos", public, NOW + DAY))


async def test_a_key_is_revoked_by_its_own_agency_and_once(redis: Redis) -> None:
    """The first moment stands; a key of another agency is none of this one."""
    credentials = Credentials(redis)
    _, kept = new_api_key("dinsos", NOW)
    await credentials.add(kept)
    with pytest.raises(CredentialError, match="bank has no key"):
        await credentials.revoke("bank", kept.id, NOW)
    await credentials.revoke("dinsos", kept.id, NOW)
    await credentials.revoke("dinsos", kept.id, NOW + DAY)
    assert await credentials.of("dinsos") == [replace(kept, revoked=NOW)]


async def test_a_revoked_key_is_refused_within_a_second(redis: Redis) -> None:
    """The directory asks again once what it knows is a second old; a request in between costs the server nothing."""
    clock = [0.0]
    credentials, directory = Credentials(redis), Directory(Credentials(redis), lambda: clock[0])
    shown, kept = new_api_key("dinsos", NOW)
    headers = {"authorization": f"Bearer {shown}"}
    with pytest.raises(Unidentified, match="unknown-key"):
        await identify(directory, headers, b"", NOW)
    await credentials.add(kept)
    clock[0] += FRESH_SECONDS
    assert (await identify(directory, headers, b"", NOW)).agency == "dinsos"
    await credentials.revoke("dinsos", kept.id, NOW)
    clock[0] += FRESH_SECONDS * 0.99
    before = (await redis.info("stats"))["total_commands_processed"]
    for _ in range(10):
        await identify(directory, headers, b"", NOW)
    assert (await redis.info("stats"))["total_commands_processed"] == before + 1
    clock[0] += FRESH_SECONDS * 0.02
    with pytest.raises(Unidentified, match="revoked"):
        await identify(directory, headers, b"", NOW)


async def test_no_secret_stands_on_the_server(redis: Redis) -> None:
    """Whoever reads the server, its file or a backup learns no key that opens anything."""
    shown, kept = new_api_key("dinsos", NOW)
    await create_or_open(redis, 4)
    await Credentials(redis).add(kept)
    secret = shown.rpartition("_")[2].encode()
    everything = [await redis.dump(name) for name in await redis.keys("*")]
    assert not any(secret in (dump or b"") for dump in everything)
    assert any(kept.id.encode() in (dump or b"") for dump in everything)
