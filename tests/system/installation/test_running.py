"""What is exchanged, removed or lost under an installation that works is noticed before anything is written."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path

import pytest

from services.installation import opening
from services.installation.identity import InstallationError, InstallationIdentity
from services.intake.context import context_of
from services.ledger import keys
from services.ledger.connection import connect
from services.ledger.function_library import load_functions
from services.ledger.installation_marks import (
    INSTALLATION,
    ExchangedError,
    Generation,
    mark_core,
    mark_edge,
    note_generation,
)
from services.ledger.payments import Payments, Progress
from services.ledger.protocol import Commit
from services.ledger.reservations import Target, Wanted
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.runtime.health import readiness
from services.sealing.keystore import KeysGoneError
from tests.system.installation.prepared import Prepared, admitted, copy_of, dead, opened, settings_of

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


async def test_another_server_at_the_same_address_gets_nothing(prepared: Prepared, tmp_path: Path) -> None:
    """Every connection looks at the mark first; readiness says why, and all goes on when the right one is back."""
    data = copy_of(prepared.edged, tmp_path / "data")
    server, edge = EmbeddedServer.start(data), EmbeddedServer.start(data / "edge")
    try:
        async with open_installation(settings_of(data, server, edge)) as installation:
            assert (await readiness(installation)).ok
            head = await installation.ledger.head(0)
            server.stop()
            (data / "server").rename(tmp_path / "right")
            shutil.copytree(prepared.edged_too / "server", data / "server")
            server = EmbeddedServer.start(data)
            theirs = (data / "server" / "appendonlydir").stat().st_mtime_ns
            with pytest.raises(InstallationError, match="the core server is no longer of this installation"):
                await admitted(installation, dead(7))
            health = await readiness(installation)
            assert not health.ok
            assert health.parts["core"] == "foreign"
            assert "kelambu recover" in health.foreign[0]
            assert (data / "server" / "appendonlydir").stat().st_mtime_ns == theirs
            server.stop()
            shutil.rmtree(data / "server")
            (tmp_path / "right").rename(data / "server")
            server = EmbeddedServer.start(data)
            assert await installation.ledger.head(0) == head
            assert (await readiness(installation)).ok
    finally:
        server.stop()
        edge.stop()


async def test_a_server_exchanged_beneath_a_connection_takes_nothing(
    prepared: Prepared, tmp_path: Path
) -> None:
    """Where its content becomes another installation's and no connection breaks, the writing functions refuse by themselves."""
    data = copy_of(prepared.ours, tmp_path / "data")
    async with opened(data) as installation, await connect(installation.settings.redis_url or "") as other:
        head = await installation.ledger.head(0)
        await other.hset(keys.META, INSTALLATION, f"{'0' * 32}@1-00000000")
        before = {name: await other.dump(name) for name in await other.keys()}
        step = Commit(partition=0, expected=head, then=head)
        context = context_of(installation)
        writes: list[Callable[[], Coroutine[object, object, object]]] = [
            lambda: installation.ledger.deliver([(0, b"{}", b"")]),
            lambda: installation.ledger.commit(step),
            lambda: Payments(installation.core, str(installation.identity)).leave(0, Progress(), Progress()),
            lambda: note_generation(installation.core, Generation(9**9, "a"), str(installation.identity)),
            lambda: context.reservations.reserve(
                "rsud", [Wanted(b"i" * 16, b"t" * 8, Target("claim", "C"))], NOW
            ),
        ]
        for write in writes:
            with pytest.raises(ExchangedError):
                await write()
            admits, installation.watches[0].admits = (
                installation.watches[0].admits,
                None,
            )  # as if it had been connected before
            await installation.core.ping()
            installation.watches[0].admits = admits
        assert {name: await other.dump(name) for name in await other.keys()} == before
        await installation.core.connection_pool.disconnect()
        with pytest.raises(InstallationError, match="no longer of this installation"):
            await installation.ledger.deliver([(0, b"{}", b"")])


async def test_keys_that_vanish_are_noticed_before_one_is_made(prepared: Prepared, tmp_path: Path) -> None:
    """A key made in a file that nobody will find again would be lost: none is made, nothing is admitted."""
    data = copy_of(prepared.ours, tmp_path / "data")
    async with opened(data) as installation:
        shutil.rmtree(data / "keys")
        with pytest.raises(KeysGoneError):
            await admitted(installation, dead(7))
        assert not (data / "keys").exists()
        assert not (await readiness(installation)).ok
        assert [
            await installation.ledger.inbox(p, (await installation.ledger.head(p)).inbox, 1) for p in (0, 1)
        ] == [
            [],
            [],
        ]


async def test_a_known_person_gets_no_second_key(prepared: Prepared, tmp_path: Path) -> None:
    """Whoever is in the ledger and has no key had one: it is never made anew, unless it was destroyed."""
    data = copy_of(prepared.ours, tmp_path / "data")
    async with opened(data) as installation:
        person = installation.tokens.nik(dead(1).nik)
        with closing(sqlite3.connect(data / "keys" / "keys.db")) as store:
            store.execute("DELETE FROM keys WHERE name = ?", (person,))
            store.commit()
        more = dead(1).income(1_000_000, "2025-06")
        more.documents = more.documents[-1:]
        with pytest.raises(InstallationError, match="lacks the keys of 1 person"):
            await admitted(installation, more)
        assert installation.keys.get([person]) == {}


@pytest.mark.parametrize("steps", range(4))
async def test_a_creation_that_was_broken_off_is_taken_up(tmp_path: Path, steps: int) -> None:
    """Wherever it ended, the next start finishes it under the same identity, with one secret."""
    data = tmp_path / "data"
    server, edge = EmbeddedServer.start(data), EmbeddedServer.start(data / "edge")
    settings = settings_of(data, server, edge)
    begun = ""
    try:
        if steps:
            begun, fingerprint, generation = opening._begin_keys(settings.keys_url)
        async with await connect(server.url) as core, await connect(edge.url) as at_edge:
            if steps > 1:
                await mark_edge(at_edge, begun)
            if steps > 2:
                await load_functions(core)
                await mark_core(core, begun, fingerprint, generation)
        for _ in range(2):
            async with open_installation(settings) as installation:
                begun = begun or str(installation.identity)
                assert installation.identity == InstallationIdentity.read(begun)
                assert (await readiness(installation)).ok
    finally:
        server.stop()
        edge.stop()


async def test_many_that_create_at_once_create_one(tmp_path: Path) -> None:
    """Every service of a new installation may start at the same moment."""
    data = tmp_path / "data"
    server = EmbeddedServer.start(data)
    try:

        async def once() -> InstallationIdentity:
            async with open_installation(settings_of(data, server, None)) as installation:
                return installation.identity

        assert len(set(await asyncio.gather(*(once() for _ in range(8))))) == 1
    finally:
        server.stop()


async def test_a_directory_that_vanishes_before_anything_left_is_missed_too(tmp_path: Path) -> None:
    """An older ledger may not know what has left since: the directory would know, so it must be there."""
    data = tmp_path / "data"
    server = EmbeddedServer.start(data)
    try:
        for _ in range(2):
            async with open_installation(settings_of(data, server, None)):
                pass
        shutil.rmtree(data / "batches")
        async with open_installation(settings_of(data, server, None), ()):
            pass
        with pytest.raises(InstallationError, match="batch directory"):
            async with open_installation(settings_of(data, server, None)):
                pass
        assert not (data / "batches").exists()
    finally:
        server.stop()
