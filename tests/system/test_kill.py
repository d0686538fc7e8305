"""Exactly once under ``kill -9``: every process and the server are killed at random moments while events flow.

The moments follow from a seed. ``KILLS`` says how many there are, ``KILL_SEED`` which. With ``KILL_RELEASE=named``
orders leave only once a named person, who looks again and again, has approved them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from events.payment import PaymentOrdered, ReleaseApproved
from services.disbursement.approval import SeenOrder, decide
from services.disbursement.proposals import read_as
from services.disbursement.round import NOT_APPROVED
from services.identity.credentials import new_api_key
from services.ledger.credentials import Credentials
from services.ledger.payments import Payments
from services.runtime.bootstrap import Installation
from services.simulation.message import AgencyMessage
from tests.servers import free_port
from tests.system.evidence import Evidence
from tests.system.running import (
    SERVICES,
    HttpSender,
    OutboxSender,
    RunningInstallation,
    Sender,
    patiently,
    running_installation,
)
from tests.system.traffic import Traffic, register_partners

KILLS = int(os.environ.get("KILLS", "40"))
SEED = int(os.environ.get("KILL_SEED", "1"))
RELEASE = os.environ.get("KILL_RELEASE", "automatic")

RUNNING = (*SERVICES, "gateway", "intake-2", "adjudication-2", "gateway-2")
"""Two processes each believe that they own every agency and every partition, and two gateways share a port."""
VICTIMS = (*RUNNING, "server")
LONGEST_LIFE_SECONDS = 0.15
"""A victim lives so long, at most, after the next documents have been let go."""
KILLS_PER_COHORT = 2


async def test_whatever_is_killed_everything_arrives_once_and_in_order(tmp_path: Path):
    """Receipts, ledger, live state, payments and read models are as if nobody had been killed."""
    traffic = Traffic(SEED, cohorts=max(2, KILLS // KILLS_PER_COHORT))
    async with running_installation(
        tmp_path / "data", gateways=2, gateway_port=free_port(), release=RELEASE
    ) as installation:
        agencies = await register_partners(installation.installation.registry, installation.installation.keys)
        street = Street(installation, await senders(installation, agencies), traffic)
        installation.start(*RUNNING)
        killed = await _kill_under_load(installation, street, Random(SEED))
        assert killed.total() >= KILLS
        assert min(killed[victim] for victim in VICTIMS) >= KILLS // len(VICTIMS)
        await street.end()
        for service in RUNNING:
            await installation.until_started(service)
        await installation.until_sealed()
        assert installation.stop() == dict.fromkeys(RUNNING, 0)

        installation.start("gateway")
        evidence = await Evidence.of(installation, street.senders.values())
        assert installation.stop("gateway") == {"gateway": 0}
        evidence.receipts_and_ledger_hold_the_same_events_once()
        evidence.the_ledger_holds_what_was_sent()
        evidence.the_order_of_each_agency_is_kept()
        evidence.replay_gives_the_live_claims()
        await evidence.everything_sent_is_answered()
        await evidence.money_left_once()
        evidence.verify_is_clean()
        await evidence.the_log_never_forked()


async def _kill_under_load(installation: RunningInstallation, street: Street, rng: Random) -> Counter[str]:
    """Kill each victim equally often, one at a time or two at once, always while documents are on their way."""
    plan = [VICTIMS[n % len(VICTIMS)] for n in range(KILLS)]
    rng.shuffle(plan)
    share = -(-len(street.messages) // KILLS)
    killed: Counter[str] = Counter()
    for victim in plan:
        both = {victim, rng.choice(VICTIMS)} if rng.random() < 0.2 else {victim}
        if rng.random() < 0.8:  # else it may be killed while it still starts
            await _at_work(installation, both)
        street.let_go(share)
        moment = rng.uniform(0, LONGEST_LIFE_SECONDS)
        await asyncio.sleep(moment)  # the random moment itself; nothing is waited for
        installation.look_after(*RUNNING)
        for one in both:
            installation.kill(one)
        for one in sorted(both, key=VICTIMS.index, reverse=True):  # the server first
            installation.start_again(one)
        killed.update(both)
    return killed


async def _at_work(installation: RunningInstallation, victims: set[str]) -> None:
    for victim in victims - {"server"}:
        await installation.until_started(victim)


async def senders(installation: RunningInstallation, agencies: Sequence[str]) -> dict[str, Sender]:
    """Let every other agency send over HTTP, the rest through their outboxes."""
    settings, now = installation.installation.settings, dt.datetime.now(dt.UTC)
    found: dict[str, Sender] = {}
    for number, agency in enumerate(agencies):
        if number % 2:
            found[agency] = OutboxSender(agency, settings.edge_url or settings.redis_url or "")
        else:
            key, kept = new_api_key(agency, now)
            await Credentials(installation.installation.core).add(kept)
            found[agency] = HttpSender(agency, f"http://127.0.0.1:{settings.gateway_port}", key)
    return found


class Street:
    """All agencies at once, each sending its part of the traffic in order, and the bank that answers orders."""

    def __init__(
        self, installation: RunningInstallation, senders: Mapping[str, Sender], traffic: Traffic
    ) -> None:
        self._installation, self._bank, self.senders = installation, traffic.bank, senders
        self.messages = list(traffic.messages())
        self._left = iter(self.messages)
        self._queues: dict[str, asyncio.Queue[bytes | None]] = {agency: asyncio.Queue() for agency in senders}
        self._sending = [asyncio.ensure_future(self._send(agency)) for agency in senders]
        self._answered = 0
        self._looked_at: dict[str, int] = {}
        self._ending = False
        self._banking = asyncio.ensure_future(self._bank_on())

    def let_go(self, many: int) -> None:
        """Give the next messages to their agencies."""
        for _, message in zip(range(many), self._left, strict=False):
            self._give(message)

    async def end(self) -> None:
        """Send whatever is left, until the last order has been answered and all of it worked off."""
        self.let_go(len(self.messages))
        self._ending = True  # a cancellation can be lost while redis-py sends
        await self._banking
        while True:
            await self._all_sent()
            await self._installation.settled()
            if not await self._answer():
                break
        for queue in self._queues.values():
            queue.put_nowait(None)
        await asyncio.gather(*self._sending)

    async def _all_sent(self) -> None:
        """Wait until every queue is empty; raises what ended a sender before that."""
        empty = asyncio.gather(*(queue.join() for queue in self._queues.values()))
        waited: set[asyncio.Future[Any]] = {empty, *self._sending}
        ended, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        for one in ended:
            one.result()

    def _give(self, message: AgencyMessage) -> None:
        self._queues[message.agency].put_nowait(message.body)

    async def _send(self, agency: str) -> None:
        queue = self._queues[agency]
        while (first := await queue.get()) is not None:
            documents = [first, *_waiting(queue)]
            await self.senders[agency].send(documents)
            for _ in documents:
                queue.task_done()

    async def _bank_on(self) -> None:
        while not self._ending:
            if not await self._answer():
                await asyncio.sleep(0.05)  # a bank that looks now and then; nothing depends on when

    async def _approve(self) -> bool:
        """Approve by name what waits for that and has not been looked at as it stands.

        Whether any approval was recorded.
        """
        installation = self._installation.installation
        seen = {
            order.order: order
            for order in await waiting_for_a_person(installation)
            if self._looked_at.get(order.order) != order.seen
        }
        if not seen:
            return False
        rulebook, orders = installation.rulebook, list(seen.values())
        told = await decide(
            installation, rulebook, ReleaseApproved, orders,
            officer="Atasan", reason="diperiksa", stopped=lambda: False,
        )  # fmt: skip
        self._looked_at |= {order: seen[order].seen for order in told.hindered}
        return bool(told.recorded)

    async def _answer(self) -> bool:
        approved = RELEASE == "named" and await patiently(self._approve)
        payments = Payments(self._installation.installation.core)
        orders = await patiently(lambda: payments.orders(self._answered, 100))
        for number, order in orders:
            for message in self._bank.answer(order, order.due_on):
                self._give(message)
            self._answered = number
        return bool(orders) or approved


async def waiting_for_a_person(installation: Installation) -> list[SeenOrder]:
    """The orders that disbursement holds until somebody approves them, as they stand."""
    ledger, found = installation.ledger, []
    for held in (await Payments(installation.core).held()).values():
        if held.why == NOT_APPROVED:
            head = (await ledger.head(held.partition)).position
            (entry,) = await ledger.entries(held.partition, [held.position])
            ordered = read_as(PaymentOrdered, entry.body)
            data, person = ordered.data, ordered.person or ""
            found.append(SeenOrder(data.order, data.claim, person, held.partition, data.amount, head))
    return found


def _waiting(queue: asyncio.Queue[bytes | None]) -> Iterator[bytes]:
    while not queue.empty():
        document = queue.get_nowait()
        assert document is not None
        yield document
