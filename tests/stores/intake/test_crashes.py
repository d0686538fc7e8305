"""Intake may die after any command that reached a server: nothing is lost, doubled or out of order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from events.catalogue import decode
from services.ledger.client import DirectClient, DirectPipeline
from services.ledger.keys import id_hash
from services.ledger.protocol import Commit
from services.ledger.registry import Agency
from services.sealing.keystore import KeyStore
from tests.stores.intake.documents import (
    BUDI,
    DINSOS,
    KECAMATAN,
    RSUD,
    IntakeInstallation,
    died,
    filed,
    paid,
    papers,
    retracted,
)

AGENCIES: Sequence[Agency] = (RSUD, DINSOS, KECAMATAN)
NAMES = [agency.name for agency in AGENCIES]


class CrashError(Exception):
    """The process died here."""


class Fuse:
    """Lets ``left`` commands through and kills the process after the next; or lets that one fail, and only ``once``."""

    def __init__(self) -> None:
        self.left = 10**9
        self.passed = 0
        self.once = False

    def check(self) -> None:
        """Raise in place of a command that no server is to carry out."""
        if self.once:
            self.left -= 1
        if self.left == -1 if self.once else self.left < 0:
            raise CrashError

    def burn(self) -> None:
        """Say that a command was carried out by a server."""
        self.passed += 1
        if not self.once:
            self.left -= 1
            if self.left < 0:
                raise CrashError


class MortalRedis(DirectClient):
    """A client whose process may die after any command, also in the middle of a pipeline."""

    fuse: Fuse

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        self.fuse.check()
        reply = await super().execute_command(*args, **options)
        self.fuse.burn()
        return reply

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> DirectPipeline:
        return MortalPipeline(self, transaction)


class MortalPipeline(DirectPipeline):
    """Sends its commands one by one, unless they are one transaction."""

    def __init__(self, client: MortalRedis, transaction: bool) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction, None)
        self.owner = client

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        if self.is_transaction:
            self.owner.fuse.check()
            replies = await super().execute(raise_on_error)
            self.owner.fuse.burn()
            return replies
        commands, self.command_stack = self.command_stack, []
        return [await self.owner.execute_command(*args, **options) for args, options in commands]


class MortalKeys(KeyStore):
    """A key store whose process may die right after keys were written."""

    fuse: Fuse

    def get_or_create(self, names: Sequence[str]) -> dict[str, bytes]:
        made = super().get_or_create(names)
        self.fuse.burn()
        return made


async def fill(installation: IntakeInstallation) -> None:
    """Send what exercises every step, before anybody works on it."""
    edge = installation.context.edge
    await edge.submit(
        "rsud-sekayu",
        [
            died("rsud-sekayu", "v-1"),
            retracted("rsud-sekayu", "r-early", "v-2"),
            died("rsud-sekayu", "v-2", on="2026-02-21"),
            died("rsud-sekayu", "v-1"),
            died("rsud-sekayu", "v-1", on="2026-02-01"),
            paid("rsud-sekayu", "x-1"),
            retracted("rsud-sekayu", "r-later", "v-3"),
        ],
    )
    await edge.submit(
        "dinsos",
        [
            died("dinsos", "own"),
            paid("dinsos", "p-1"),
            papers("dinsos", "d-1"),
            filed("dinsos", "f-1"),
            papers("dinsos", "d-2", kind="kk"),
            filed("dinsos", "f-2", "C-2", nik=BUDI),
            b"{",
            paid("dinsos", "p-2"),
            retracted("dinsos", "r-1", "d-2"),
            retracted("dinsos", "r-2", "r-1"),
            paid("dinsos", "p-3", nik=BUDI),
        ],
    )
    await edge.submit(
        "kecamatan-sekayu",
        [
            filed("kecamatan-sekayu", "f-1"),
            papers("kecamatan-sekayu", "d-1", "C-2"),
            papers("kecamatan-sekayu", "d-2", "C-9"),
        ],
    )


async def finish(installation: IntakeInstallation, limit: int) -> None:
    """Work until nothing is left to do."""
    await installation.work(*NAMES, limit=limit)
    await installation.context.edge.submit("rsud-sekayu", [died("rsud-sekayu", "v-3", "C-2")])
    await installation.work(*NAMES, limit=limit)


async def outcome(installation: IntakeInstallation) -> dict[str, object]:
    """All that must be the same however often somebody died."""
    receipts = {name: await installation.receipts(name) for name in NAMES}
    client: Redis = installation.context.edge._client
    order: dict[tuple[str, str], list[str]] = {}
    for event in await installation.arrivals():
        order.setdefault((event.source, str(event.person)), []).append(event.id)
    return {
        "order": order,
        "final receipts": {
            f"{name} {one.id} {one.receipt}": (one.status, one.code, one.partition)
            for name, given in receipts.items()
            for one in sorted(given, key=lambda one: one.status != "waiting")
        },
        "answered": {name: {one.receipt for one in given if one.entry} for name, given in receipts.items()},
        "quarantine": {
            name: sorted(one.document for one in await installation.context.quarantine.documents(name))
            for name in NAMES
        },
        "still waiting": {decode(one.body).id for one in await installation.context.routes.waiting("C-9")},
        "left over": sorted(
            key
            for key in cast("list[bytes]", await client.keys("*"))
            if key.rpartition(b"}:")[2].partition(b":")[0]
            in (b"early", b"awaited", b"unfinished", b"waiting")
        ),
        "backlog": [(await installation.context.edge.backlog(name))[0] for name in NAMES],
    }


@pytest.fixture
async def mortal(valkey: Redis) -> MortalRedis:
    """A client of the embedded Valkey that may die; alive until its fuse is set."""
    client = MortalRedis(connection_pool=valkey.connection_pool)
    client.fuse = Fuse()
    return client


async def installation_on(client: MortalRedis, keys: KeyStore) -> IntakeInstallation:
    """An installation whose every command can be its last, the ledger's too."""
    installation = await IntakeInstallation.opened(client, keys, AGENCIES)
    server = MortalRedis(connection_pool=client.connection_pool)
    server.response_callbacks.clear()
    server.fuse = client.fuse
    installation.context.ledger._server = server  # type: ignore[attr-defined]
    return installation


@pytest.mark.parametrize(("limit", "one_server"), [(500, True), (4, False)])
async def test_a_crash_after_any_command_changes_nothing(
    mortal: MortalRedis, keys: KeyStore, limit: int, *, one_server: bool
) -> None:
    """Whichever command was the last, the next attempt ends where an undisturbed run ends.

    Also where ids and receipts are recorded one after the other, as on an edge of its own.
    """

    async def anew() -> IntakeInstallation:
        opened = await installation_on(mortal, keys)
        opened.context.one_server = one_server
        return opened

    for _ in range(2):  # the second time every key is there, as it is in each attempt below
        await mortal.flushall()
        installation = await anew()
        await fill(installation)
        mortal.fuse.passed = 0
        await finish(installation, limit)
    commands, expected = mortal.fuse.passed, await outcome(installation)
    assert expected["backlog"] == [0, 0, 0]
    assert expected["left over"] == [b"{c:C-9}:waiting"]

    for last in range(commands):
        mortal.fuse.left = 10**9
        await mortal.flushall()
        installation = await anew()
        await fill(installation)
        mortal.fuse.left = last
        with pytest.raises(CrashError):
            await finish(installation, limit)
        mortal.fuse.left = 10**9
        await finish(installation, limit)
        await installation.sweep(*NAMES)
        found = await outcome(installation)
        for key, value in expected.items():
            assert found[key] == value, f"{key} differ after a death after command {last}"


async def test_what_others_wait_for_is_found_though_its_outbox_was_emptied(
    mortal: MortalRedis, keys: KeyStore
) -> None:
    """An agency that empties its outbox after a crash strands nobody whose claim has reached the ledger."""
    commands = 10**9
    for last in range(commands):
        mortal.fuse.left = 10**9
        await mortal.flushall()
        installation = await installation_on(mortal, keys)
        await fill(installation)
        await installation.work("rsud-sekayu")
        mortal.fuse.left = last
        try:
            await installation.work("dinsos")
        except CrashError:
            mortal.fuse.left = 10**9
        else:
            break
        await mortal.delete("{a:dinsos}:outbox")
        await decided(installation)
        await installation.sweep("dinsos")
        order = await installation.order()
        if "f-1" in order:
            wanted = ["f-1", "v-1", "v-2", "r-early"]
            assert [one for one in order if one in wanted] == wanted, f"after a death after command {last}"
    assert last > 10


async def decided(installation: IntakeInstallation) -> None:
    """Let the partitions know the ids of what has arrived, as the adjudicator does."""
    ledger = installation.context.ledger
    for partition in range(ledger.partitions):
        ids = {}
        for arrival in await ledger.inbox(partition, "0-0", 1000):
            event = decode(arrival.body)
            ids[id_hash(event.source, event.id)] = arrival.tag
        head = await ledger.head(partition)
        await ledger.commit(Commit(partition=partition, expected=head, then=head, ids=list(ids.items())))
