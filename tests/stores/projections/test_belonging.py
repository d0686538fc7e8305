"""Read models and keys that are shared carry the mark of their installation: another one is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from services.installation.identity import InstallationError
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer


async def test_two_installations_never_share_a_database(url: str, tmp_path: Path) -> None:
    """Whoever was there first keeps the read models.

    The other is refused when it opens, and when its own are exchanged for them.
    """
    servers = [EmbeddedServer.start(tmp_path / name) for name in ("ours", "theirs")]
    shared, own = ({"KELAMBU_DATABASE": one} for one in (url, f"sqlite:///{tmp_path}/own.db"))

    def settings(number: int, database: dict[str, str]) -> Settings:
        server = servers[number]
        return Settings.read({"REDIS_URL": server.url, "KELAMBU_PARTITIONS": "2"} | database, server.data)

    async def caught_up(installation: Installation) -> None:
        store = installation.read_models()
        try:
            await Runner(store, installation.ledger, PROJECTIONS).catch_up()
        finally:
            store.close()

    try:
        async with open_installation(settings(0, shared)) as installation:
            await caught_up(installation)
        async with open_installation(settings(1, own)):
            pass
        for opening in range(2):
            with pytest.raises(InstallationError, match=r"the read models .* another installation"):
                async with open_installation(settings(1, shared)):
                    pytest.fail(f"opened at {opening}")
        async with open_installation(settings(0, shared)) as installation:
            await caught_up(installation)
    finally:
        for server in servers:
            server.stop()


async def test_two_installations_never_share_their_keys(url: str, tmp_path: Path) -> None:
    """A key store of another installation is refused by whoever has a ledger of their own, and by a new one."""
    servers = [EmbeddedServer.start(tmp_path / name) for name in ("ours", "theirs", "new")]

    def settings(number: int, keys: str) -> Settings:
        chosen = {"REDIS_URL": servers[number].url, "KELAMBU_PARTITIONS": "2", "KELAMBU_KEYS": keys}
        return Settings.read(chosen, servers[number].data)

    try:
        async with open_installation(settings(0, url)) as installation:
            secret = installation.tokens.nik("1606010101700001")
        async with open_installation(settings(1, f"sqlite:///{tmp_path}/keys.db")):
            pass
        for number, why in ((1, "the key store .* another installation"), (2, "the core server .* is empty")):
            with pytest.raises(InstallationError, match=why):
                async with open_installation(settings(number, url)):
                    pytest.fail("opened")
        async with open_installation(settings(0, url)) as installation:
            assert installation.tokens.nik("1606010101700001") == secret
    finally:
        for server in servers:
            server.stop()
