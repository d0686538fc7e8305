"""An installation that agencies reach as the tutorial and the catalogue say: over HTTP with keys, over Redis by TCP."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from events.catalogue import short_name
from events.envelope import agency_of
from services.contract.examples import STORY
from services.identity.credentials import new_api_key
from services.ledger.credentials import Credentials
from services.ledger.registry import FINDINGS, Agency
from services.ledger.users import bring_up_to_date, new_password, user_of
from tests.servers import free_port
from tests.system.running import RunningInstallation, running_installation, until

BIN = Path(sys.executable).parent


class Reached:
    """A running installation, its address, and each agency's environment."""

    def __init__(self, installation: RunningInstallation, url: str, redis: str) -> None:
        self.installation, self.url, self.redis = installation, url, redis
        self.keys: dict[str, str] = {}
        self._passwords: dict[str, str] = {}

    async def register(self, agency: Agency) -> None:
        """Register an agency, and make it a key for HTTP and a password for Redis."""
        installation, now = self.installation.installation, dt.datetime.now(dt.UTC)
        await installation.registry.add(agency)
        self.keys[agency.name], for_http = new_api_key(agency.name, now)
        self._passwords[agency.name], for_redis = new_password(agency.name, now)
        for kept in (for_http, for_redis):
            await Credentials(installation.core).add(kept)
        await bring_up_to_date(installation.core, installation.edge, now)

    def environment(self, agency: str) -> dict[str, str]:
        """Return what an agency's programs find in their environment."""
        redis = f"redis://{user_of(agency)}:{self._passwords[agency]}@{self.redis}"
        own = {"KELAMBU_URL": self.url, "KELAMBU_KEY": self.keys[agency], "KELAMBU_REDIS": redis}
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        own |= {"PATH": path, "KELAMBU_LANG": "en"}
        return os.environ | self.installation.installation.settings.environment() | own

    async def run(self, agency: str, *command: str, at: Path) -> str:
        """Run a program as an agency would; returns what it prints. It must end well."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=at,
            env=self.environment(agency),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
        assert process.returncode == 0, (command, (said + complained).decode())
        return said.decode()


@asynccontextmanager
async def reached(data: Path) -> AsyncIterator[Reached]:
    """Run gateway and intake of an installation whose server listens on TCP too.

    The agencies of the story have keys.
    """
    gateway, redis = free_port(), free_port()
    async with running_installation(data, gateway_port=gateway) as installation:
        await installation.installation.core.config_set("bind", "127.0.0.1")
        await installation.installation.core.config_set("port", redis)
        there = Reached(installation, f"http://127.0.0.1:{gateway}", f"127.0.0.1:{redis}")
        for agency in story_agencies():
            await there.register(agency)
        installation.start("gateway", "intake")
        await installation.until_started("gateway")
        await installation.until_started("intake")
        await until(lambda: listening(gateway), "the gateway listens")
        yield there


async def listening(port: int) -> bool:
    """Tell whether somebody answers at a port."""
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


def story_agencies() -> list[Agency]:
    """Return the agencies of the story, each with the right to what it sends there."""
    sends: dict[str, set[str]] = {}
    for name, event in STORY.items():
        sends.setdefault(agency_of(str(event["source"])), set()).add(short_name(name))
    return [
        Agency(name=name, types=tuple(sorted(types)), findings=FINDINGS if "claim.verified" in types else ())
        for name, types in sends.items()
    ]
