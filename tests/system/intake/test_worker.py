"""The intake worker reads every registered agency's outbox, whatever happens to it or to its server."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from events.catalogue import decode
from services.intake import worker
from services.ledger.credentials import Credentials
from services.ledger.edge import Edge
from services.ledger.registry import FINDINGS, TYPES, Agency
from services.ledger.users import Users, new_password
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer
from tests.servers import started
from tests.stores.intake.documents import filed, paid, papers

PATIENCE = 40.0
"""Seconds after which a test gives up; none waits as long when all is well."""


@pytest.fixture
def settings(valkey: Redis, valkey_server: EmbeddedServer, tmp_path: Path) -> Settings:
    """Settings of an installation on an empty server."""
    return Settings.read({"REDIS_URL": valkey_server.url, "KELAMBU_PARTITIONS": "4"}, tmp_path)


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Installation]:
    """An installation in which one intake worker runs."""
    async with open_installation(settings) as installation:
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(installation, stop))
        try:
            yield installation
        finally:
            stop.set()
            await task


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is true, or fail."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(RedisError, OSError):
                if await true():
                    return
            await asyncio.sleep(0.02)


async def register(installation: Installation, name: str) -> None:
    """Register an agency that may send everything."""
    await installation.registry.add(Agency(name=name, types=TYPES, findings=FINDINGS))


async def admitted(installation: Installation, agency: str) -> list[str | None]:
    """The ids of an agency's accepted receipts, in order."""
    receipts = await Edge(installation.edge).receipts(agency, limit=100_000)
    return [receipt.id for _, receipt in receipts if receipt.status == "accepted"]


async def arrived(installation: Installation) -> list[tuple[str, str]]:
    """(source, id) of what stands in the inboxes, partition by partition, repeats too."""
    found = []
    for partition in range(installation.ledger.partitions):
        for arrival in await installation.ledger.inbox(partition, "0-0", 100_000):
            event = decode(arrival.body)
            found.append((event.source, event.id))
    return found


async def test_an_agency_registered_while_it_runs_is_read(settings: Settings) -> None:
    """What an agency had sent before it was registered is admitted afterwards, and what it sends then."""
    async with working(settings) as installation:
        edge = Edge(installation.edge)
        await edge.submit("dinsos", [paid("dinsos", "p-1")])
        await register(installation, "dinsos")
        await until(lambda: _is(admitted(installation, "dinsos"), ["p-1"]))
        await edge.submit("dinsos", [paid("dinsos", "p-2")])
        await until(lambda: _is(admitted(installation, "dinsos"), ["p-1", "p-2"]))


async def test_thousands_are_admitted_once_in_order_and_the_outbox_is_empty(settings: Settings) -> None:
    """More than one batch, from several agencies at once."""
    agencies = [f"desa-{n}" for n in range(5)]
    async with working(settings) as installation:
        edge = Edge(installation.edge)
        for name in agencies:
            await register(installation, name)
            await edge.submit(name, [paid(name, f"p-{n}") for n in range(1200)])
        for name in agencies:
            await until(lambda name=name: _is(edge.backlog(name), (0, None)))  # type: ignore[misc]
        for name in agencies:
            assert await admitted(installation, name) == [f"p-{n}" for n in range(1200)]
        events = await arrived(installation)
        assert len(events) == len(set(events)) == 6000
        for name in agencies:
            assert [i for s, i in events if s == f"/agencies/{name}"] == [f"p-{n}" for n in range(1200)]


async def test_each_of_hundreds_of_agencies_is_read(settings: Settings) -> None:
    """Each consumer has a connection to wait on, more than redis-py would allow by itself."""
    agencies = [f"desa-{n}" for n in range(150)]
    async with working(settings) as installation:
        for name in agencies:
            await register(installation, name)
            await Edge(installation.edge).submit(name, [paid(name, "p-1")])
        for name in agencies:
            await until(lambda name=name: _is(admitted(installation, name), ["p-1"]))  # type: ignore[misc]


async def test_two_workers_share_the_agencies(settings: Settings) -> None:
    """Both run, everything is admitted, and each partition gets each event once."""
    agencies = [f"desa-{n}" for n in range(12)]
    async with working(settings) as installation, working(settings):
        for name in agencies:
            await register(installation, name)
            await Edge(installation.edge).submit(
                name,
                [
                    paid(name, "p-1"),
                    filed(name, "f-1", f"C-{name.upper()}"),
                    papers(name, "d-1", f"C-{name.upper()}"),
                ],
            )
        for name in agencies:
            await until(lambda name=name: _is(admitted(installation, name), ["p-1", "f-1", "d-1"]))  # type: ignore[misc]
        assert Counter(await arrived(installation)).most_common(1)[0][1] == 1


async def test_a_blocked_outbox_is_freed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agency that uses up its stream's ids is read to the end, and can send again."""
    monkeypatch.setattr(worker, "TIDY_SECONDS", 0.0)
    async with working(settings) as installation:
        last = "18446744073709551615-18446744073709551615"
        await installation.edge.xadd("{a:dinsos}:outbox", {"event": paid("dinsos", "p-1")}, id=last)
        await register(installation, "dinsos")
        await until(lambda: _is(admitted(installation, "dinsos"), ["p-1"]))
        await until(lambda: _sent(installation, paid("dinsos", "p-2")))
        await until(lambda: _is(admitted(installation, "dinsos"), ["p-1", "p-2"]))


async def test_it_goes_on_when_its_server_was_killed(tmp_path: Path) -> None:
    """Kill -9 of the server in the middle of the work: after its restart everything is admitted, in order."""
    with started("valkey") as server:
        settings = Settings.read({"REDIS_URL": server.url, "KELAMBU_PARTITIONS": "4"}, tmp_path)
        ids = [f"p-{n}" for n in range(6000)]
        async with working(settings) as installation:
            await register(installation, "dinsos")
            await Edge(installation.edge).submit("dinsos", [paid("dinsos", one) for one in ids])
            await until(lambda: _more_than(admitted(installation, "dinsos"), 1000))
            server.process.kill()
            server.restart()
            await until(lambda: _is(Edge(installation.edge).backlog("dinsos"), (0, None)))
            receipts = await admitted(installation, "dinsos")
            assert list(dict.fromkeys(receipts)) == ids
            assert list(dict.fromkeys(i for _, i in await arrived(installation))) == ids


async def _is(found: Awaitable[object], wanted: object) -> bool:
    return await found == wanted


async def _more_than(found: Awaitable[list[str | None]], count: int) -> bool:
    return len(await found) > count


async def _sent(installation: Installation, document: bytes) -> bool:
    return len(await Edge(installation.edge).submit("dinsos", [document])) == 1


async def test_users_come_and_go_with_the_passwords_in_the_registry(settings: Settings) -> None:
    """One that is given while it runs lets in, one that is revoked does not, one that the server lost is back."""
    async with working(settings) as installation:
        users, now = Users(installation.edge), dt.datetime.now(dt.UTC)
        _, kept = new_password("dinsos", now)
        await Credentials(installation.core).add(kept)
        await until(lambda: _is(_known(installation), {"default", "agency-dinsos"}))
        await users.apply({})
        _, second = new_password("dinsos", now)
        await Credentials(installation.core).add(second)
        await until(lambda: _is(_known(installation), {"default", "agency-dinsos"}))
        for one in (kept, second):
            await Credentials(installation.core).revoke("dinsos", one.id, dt.datetime.now(dt.UTC))
        await until(lambda: _is(_known(installation), {"default"}))


async def _known(installation: Installation) -> set[str]:
    return set(cast("list[str]", await installation.edge.acl_users()))
