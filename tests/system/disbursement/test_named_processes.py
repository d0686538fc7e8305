"""Orders that leave by name, over real processes that are killed while somebody approves."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec

from events.catalogue import decode
from events.payment import PaymentReleased, ReleaseApproved, ReleaseRefused
from tests import forked
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks
from tests.system.running import RunningInstallation, patiently, running_installation, until

NAMES = ("adjudication", "disbursement", "projector")


def death(number: int) -> Life:
    """A death with two heirs; the claim of the last one was reviewed by Rina."""
    claim = f"A-{number}"
    life = Life(niks(9)[number]).insured()
    life.filed(claim).died(claim=claim)
    life.heirs(heir("h1", account=f"{number}1"), heir("h2", "child", account=f"{number}2"), claim=claim)
    return life.reviewed("approve", claim=claim, officer="Rina Sari") if number == 2 else life


async def test_whatever_is_killed_each_order_leaves_once_and_by_name(tmp_path: Path) -> None:
    """While somebody approves the decider, disbursement and the server are killed: nothing leaves unapproved or twice.

    Who reviewed a claim is told that somebody else must approve it. `verify` finds nothing, and the batches hold each
    order once.
    """
    async with running_installation(tmp_path, partitions=2, release="named") as running:
        small = await SmallInstallation.opened(running.installation.core, tmp_path, 2)
        running.start(*NAMES)
        for number in range(3):
            await small.admit(death(number))
        await running.settled()
        assert await small.payments.orders() == []
        listed = msgspec.json.decode(
            running.command("release", "list", "--by", "RINA  SARI", "--json", code=1)
        )
        assert listed["totals"] == {"amount": 126_000_000, "orders": 6}
        assert (listed["mode"], listed["may_not"]) == ("named", ["A-2.1", "A-2.2"])
        for victim, order in (("adjudication", "A-0.1"), ("disbursement", "A-0.2"), ("server", "A-1.1")):
            await approved_while_killed(running, small, victim, order)
        running.command(*by("Rina Sari", "refuse", "A-1.2"))
        told = running.command(*by("Rina Sari", "approve", "--orders", "A-2.1,A-2.2", "--json"), code=1)
        assert msgspec.json.decode(told)["hindered"] == {"A-2.1": "reviewed", "A-2.2": "reviewed"}
        await running.settled()
        listed = msgspec.json.decode(running.command("release", "list", "--json", code=1))
        stale = listed["seen"]
        running.command(*by("Budi", "approve", "--all-due", "--seen", stale))
        await running.settled()
        running.command(*by("Budi", "approve", "--all-due", "--seen", stale), code=2)
        running.command(*by("Budi", "approve", "--orders", "A-1.2"))
        await running.settled()
        left = sorted(departure.order for _, departure in await small.payments.orders())
        assert left == ["A-0.1", "A-0.2", "A-1.1", "A-1.2", "A-2.1", "A-2.2"]
        running.command("verify")
        events = [decode(body) for partition in (0, 1) for body in await small.bodies(partition)]
        released = [event for event in events if isinstance(event, PaymentReleased)]
        assert sorted(event.data.order for event in released) == left
        assert {event.data.mode for event in released} == {"named"}
        assert sorted(event.data.order for event in events if isinstance(event, ReleaseApproved)) == left
        assert [event.data.order for event in events if isinstance(event, ReleaseRefused)] == ["A-1.2"]


async def approved_while_killed(
    running: RunningInstallation, small: SmallInstallation, victim: str, order: str
) -> None:
    """Kill something while an order is approved, and approve it again until it has left."""
    command = asyncio.create_task(asyncio.to_thread(attempt, running, order))
    await asyncio.sleep(0)
    running.kill(victim)
    running.start_again(victim)
    await command

    async def has_left() -> bool:
        if order in {departure.order for _, departure in await patiently(small.payments.orders)}:
            return True
        await running.settled()
        await asyncio.to_thread(attempt, running, order)
        return False

    await until(has_left, f"{order} has left")


def attempt(running: RunningInstallation, order: str) -> None:
    """Approve an order; whatever the command says of it."""
    settings = os.environ | running.installation.settings.environment()
    forked.run((*forked.KELAMBU, *by("Budi", "approve", "--orders", order)), settings)


def by(name: str, what: str, *more: str) -> tuple[str, ...]:
    return ("release", what, *more, "--by", name, "--reason", "sudah diperiksa", "--yes")
