"""A ledger that goes backwards.

Whoever followed the newer one stops and says so, and nothing is replaced or paid twice. Real servers and processes: an
older copy of the server's files, the same under running services, and a replica that was promoted without the tail of
its primary.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from projections.catalogue import PROJECTIONS
from projections.store import Store
from services.ledger.claim_routes import Routes
from services.ledger.keys import id_hash
from services.ledger.registry import Agency
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.runtime.halts import halted
from services.runtime.health import readiness
from services.runtime.metrics import exposition
from tests.lives import Life, heir
from tests.read_models import dump
from tests.servers import free_port
from tests.small_installation import SmallInstallation, niks
from tests.system.running import RunningInstallation, running_installation, until

FOLLOWERS = ("adjudication", "disbursement", "outcomes", "projector")


def deaths(first: int, count: int) -> list[Life]:
    """So many deaths of different people, each due to two heirs."""
    lives = []
    for n in range(first, first + count):
        claim = f"A-{n}"
        life = Life(niks(40)[n]).insured().filed(claim).died(claim=claim)
        lives.append(
            life.heirs(heir("h1", account=f"{n}1"), heir("h2", "child", account=f"{n}2"), claim=claim)
        )
    return lives


class Followed:
    """A running installation whose followers work, and what they leave behind."""

    def __init__(self, running: RunningInstallation) -> None:
        self.running, self.data = running, running.data
        self.small = SmallInstallation(running.installation.core, running.installation.ledger, running.data)

    async def live(self, lives: Sequence[Life]) -> None:
        """Let these lives be decided, their orders leave and every read model see them."""
        await self.admit(lives)
        await self.running.settled()

    async def admit(self, lives: Sequence[Life]) -> None:
        """Put what is said of these lives into the inbox, their claims known."""
        filed = [
            (document["data"]["claim"], id_hash(document["source"], document["id"]), "dinsos")
            for life in lives
            for document in life.documents
            if document["type"] == "kelambu.claim.filed.v1"
        ]
        assert all(await Routes(self.running.installation.core).take(filed))
        for life in lives:
            await self.small.admit(life)

    def start(self, *services: str) -> None:
        self.running.start(*services)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.data / "batches").glob("*.csv"))}

    def rows(self) -> list[object]:
        store = Store(self.running.installation.settings.database_url)
        try:
            with store.view() as view:
                return list(dump(view, PROJECTIONS))
        finally:
            store.close()

    async def halts(self, *services: str) -> dict[str, str]:
        """Return why each service has halted, once each of these has."""

        async def look() -> dict[str, str] | None:
            self.running.look_after()
            found = {name.partition("-")[0]: reason for name, reason in halted(self.data).items()}
            return found if found.keys() >= set(services) else None

        return await until(look, f"{', '.join(services)} halt")

    async def put(self, copy: Path) -> None:
        """End the server and let it come back with another copy of its files."""
        await self._let_go()
        shutil.rmtree(self.data / "server")
        shutil.copytree(copy, self.data / "server")
        self.running.start_again("server")

    async def copied(self, name: str) -> Path:
        """End the server, keep a copy of its files, and let it go on."""
        await self._let_go()
        shutil.copytree(self.data / "server", self.data / name)
        self.running.start_again("server")
        return self.data / name

    async def _let_go(self) -> None:
        self.running.kill("server")
        await self.running.installation.core.connection_pool.disconnect()


@asynccontextmanager
async def installed(data: Path) -> AsyncIterator[Followed]:
    """Followers after the first deaths, running."""
    async with running_installation(data, partitions=1) as running:
        followed = Followed(running)
        await running.installation.registry.add(Agency(name="dinsos", types=("participant.enrolled",)))
        followed.start("intake", *FOLLOWERS)
        await followed.live(deaths(0, 4))
        yield followed


async def lags(followed: Followed) -> list[float]:
    lines = (await exposition(followed.running.installation)).decode().splitlines()
    return [float(line.split()[1]) for line in lines if line.startswith("kelambu_projection_lag_events{")]


async def test_an_older_copy_of_the_ledger_is_refused_until_the_right_one_is_back(tmp_path: Path) -> None:
    """Beneath running services, at a start, and after it went on past what was seen: halted with the reason, not ready.

    Lag is below 0, `projections status` ends with 1, no file and no row changes. The right ledger is taken up again.
    """
    async with installed(tmp_path) as here:
        older = await here.copied("older")
        await here.live(deaths(4, 4))
        newer, files, rows = await here.copied("newer"), here.files(), here.rows()

        await here.put(older)
        await here.admit(deaths(8, 8))
        reasons = await here.halts("intake", *FOLLOWERS)
        await here.running.edge.submit("dinsos", [b"{}"])
        assert "ends before position" in reasons["projector"]
        assert await here.running.all_receipts("dinsos") == []
        here.running.stop()
        assert (here.files(), here.rows()) == (files, rows)

        here.start("adjudication")
        reasons = await here.halts("adjudication")
        assert "ends before position" in reasons["adjudication"]
        assert "kelambu recover" in reasons["adjudication"]
        health = await readiness(here.running.installation)
        assert (health.ok, health.halted) == (False, reasons)
        assert all(lag < 0 for lag in await lags(here))
        statuses = msgspec.json.decode(here.running.command("projections", "status", "--json", code=1))
        assert all(status["ahead"] > 0 for status in statuses)
        here.running.stop()

        await here.small.decide()
        here.start("projector", "disbursement")
        reasons = await here.halts("projector", "disbursement")
        assert all("another event at position" in reason for reason in reasons.values())
        assert (await readiness(here.running.installation)).ok is False
        statuses = msgspec.json.decode(here.running.command("projections", "status", "--json", code=1))
        assert all(status["other_history"] for status in statuses)
        here.running.stop()
        assert (here.files(), here.rows()) == (files, rows)

        await here.put(newer)
        here.start(*FOLLOWERS)
        await here.live(deaths(30, 1))
        assert halted(tmp_path) == {}
        assert (await readiness(here.running.installation)).ok
        assert {name: here.files()[name] for name in files} == files
        here.running.command("verify")


async def test_a_replica_promoted_without_the_tail_is_refused_until_it_is_recovered(tmp_path: Path) -> None:
    """It lacks what its primary acknowledged last: services halt, and no file is written over.

    After `kelambu recover` the lost claims come again, and nothing that is at the bank leaves a second time.
    """
    async with installed(tmp_path) as here:
        primary, port = here.running.installation.core, free_port()
        await primary.config_set("port", port)
        server = EmbeddedServer.start(tmp_path / "replica")
        async with Redis.from_url(server.url, protocol=2) as replica:
            await replica.replicaof("127.0.0.1", port)
            await until(lambda: _holds_everything(primary, replica), "the replica has everything")
            await replica.replicaof("NO", "ONE")
        await here.live(deaths(4, 4))
        here.running.stop()
        files, rows = here.files(), here.rows()
        here.running.kill("server")

        settings = replace(here.running.installation.settings, redis_url=server.url)
        async with open_installation(settings) as installation:
            promoted = Followed(RunningInstallation(tmp_path, installation, {"server": server}))
            try:
                await promoted.admit(deaths(8, 8))
                await promoted.small.decide()
                promoted.start("disbursement", "projector")
                await promoted.halts("disbursement", "projector")
                assert (await readiness(installation)).ok is False
                assert (promoted.files(), promoted.rows()) == (files, rows)
            finally:
                promoted.running.stop()
            promoted.running.command("recover", "--officer", "Kepala", "--reason", "the primary is lost")
        async with open_installation(settings) as installation:
            recovered = Followed(RunningInstallation(tmp_path, installation, {"server": server}))
            try:
                recovered.start(*FOLLOWERS)
                await recovered.live(deaths(4, 4))
                assert halted(tmp_path) == {}
                assert {name: recovered.files()[name] for name in files} == files
                orders = [
                    row.split(b",")[0] for file in recovered.files().values() for row in file.splitlines()
                ]
                orders = [order for order in orders if order.startswith(b"A-")]
                assert len(orders) == len(set(orders)) == 2 * (4 + 4 + 8)
                recovered.running.command("verify")
            finally:
                recovered.running.close()


async def _holds_everything(primary: Redis, replica: Redis) -> bool:
    link = await replica.info("replication")
    ours = (await primary.info("replication"))["master_repl_offset"]
    return link.get("master_link_status") == "up" and link["slave_repl_offset"] == ours
