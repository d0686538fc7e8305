"""``demo``: a year of claims of a regency, played on real processes, verified, and told in a summary."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from projections.store import Store
from services.bootstrap import House, open_house
from services.cli.agencies import register
from services.cli.audit import examined
from services.cli.failures import FINDING, OK, CommandError
from services.cli.options import AsJson, Lang, Seed
from services.cli.output import Advance, Steps, console, show_json
from services.cli.quarantine import desk_of
from services.cli.settling import Gauge, Work
from services.cli.summary import Summary, show
from services.cli.tally import Sent, refusals, tally
from services.cli.wording import Words
from services.cli.year import play
from services.embedded import running
from services.ledger import backlog
from services.ledger.edge import Edge
from services.ledger.payments import Payments
from services.settings import Settings
from services.simulation import CLAIMS, POPULATION, Bank, Message, World
from services.simulation.regency import PARTNERS
from services.supervisor import services_up

DIRECTORY = Path("data/demo")
LOG = "services.log"
_MARK = ".kelambu-demo"
"""A directory that has this file was made by the demo, and may be made anew by it."""


def demo(
    *,
    claims: Annotated[int, Parameter(help="How many claims in the year.")] = CLAIMS,
    seed: Seed = 1,
    participants: Annotated[int, Parameter(help="How many participants.")] = POPULATION,
    data: Annotated[
        Path, Parameter(help="Where to play: a new directory, or one of an earlier demo.")
    ] = DIRECTORY,
    keep: Annotated[
        bool, Parameter(help="Leave everything running afterwards, until Ctrl-C.", negative=())
    ] = False,
    json: AsJson = False,
    lang: Lang = "id",
) -> int:
    """Play a year of claims on a server of its own, and say how it ended.

    Starts a server and every service as a process of its own; enrols 45,000 made-up participants; lets the agencies
    send a year of claims, with late, wrong, repeated and early messages among them; lets the bank pay; verifies it all.

    Nobody in it exists, and nothing outside of --data is touched: REDIS_URL and the other settings are not used.
    """
    if claims > participants:
        raise CommandError(
            f"{claims} claims are more than {participants} participants.", "Ask for fewer claims."
        )
    stage(data)
    settings = Settings.read(
        {
            "KELAMBU_HTTP_PORT": "8600" if keep else "0",
            "KELAMBU_GATEWAY_PORT": "8601" if keep else "0",
            "KELAMBU_LOG_FORMAT": "json",
        },
        data,
    )
    began = time.monotonic()
    words = Words(lang)
    with Steps() as steps, steps(words.say("demo.draw")):
        world = World(seed, participants, claims)
    return asyncio.run(Performance(words, settings, world, began).run(keep=keep, json=json))


def stage(place: Path) -> None:
    """Make an empty directory to play in; one of an earlier demo is emptied, any other is left alone."""
    mark = place / _MARK
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        if not mark.exists():
            raise CommandError(
                f"{place} exists and was not made by the demo.", "Choose a new directory with --data."
            )
        if running(place):
            raise CommandError(
                f"the services of {place} are running.",
                "Stop it with Ctrl-C where it was started, or choose another --data.",
            )
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    mark.touch()


class Performance:
    """One demo: its world, its words, and what has been sent so far."""

    def __init__(self, words: Words, settings: Settings, world: World, began: float) -> None:
        """Prepare to play this world in the data directory of these settings; ``began`` is when the wait began."""
        self.words, self.settings, self.world = words, settings, world
        self.bank = Bank(world.seed, world.courses)
        self.sent = 0
        self.began = began

    async def run(self, *, keep: bool, json: bool) -> int:
        """Play, verify, tell; returns 1 when verification found a difference."""
        say = self.words.say
        async with AsyncExitStack() as stack:
            with Steps() as steps:
                with steps(say("demo.start")):
                    up = services_up(self.settings, self.settings.data / LOG)
                    supervisor = await stack.enter_async_context(up)
                    house = await stack.enter_async_context(open_house(supervisor.settings))
                store = Store(house.settings.database_url)
                stack.callback(store.close)
                await self._play(house, store, steps)
                with steps(say("demo.verify")):
                    result = await examined(house, steps.stage)
                differences = [str(finding) for finding in result.findings]
            summary = await self._count(house, store, differences)
            if json:
                show_json(summary)
            else:
                self._tell(summary)
            if keep:
                console().print(say("demo.kept"))
                await _interrupted()
        return FINDING if differences else OK

    async def _play(self, house: House, store: Store, steps: Steps) -> None:
        """Register the agencies, enrol everybody, then play the year; returns when all of it can be read."""
        say = self.words.say
        for partner in PARTNERS:
            await register(house, partner.name, partner.types, partner.findings, partner.account)
        gauge = Gauge(house, [one.name for one in PARTNERS])
        enrolments = self.world.enrolments()
        with steps(say("demo.enrol"), len(enrolments)) as advance:
            await self._submit(house, enrolments)
            await gauge.settle(watch=_progress(advance))
        payments = Payments(house.core)

        async def send(messages: Sequence[Message]) -> None:
            await self._submit(house, messages)
            await gauge.admitted()

        with steps(say("demo.year"), _MONTHS) as advance:
            year = play(self.world.claims(), self.bank, send, gauge.settle, payments.orders)
            async for _ in year:
                advance(1)
        with steps(say("demo.settle")):
            await gauge.settle(store)

    async def _submit(self, house: House, messages: Sequence[Message]) -> None:
        """Put messages into their agencies' outboxes, each agency's in order."""
        outboxes: dict[str, list[bytes]] = {}
        for message in messages:
            outboxes.setdefault(message.agency, []).append(message.body)
        edge = Edge(house.edge)
        for agency, documents in outboxes.items():
            await edge.submit(agency, documents)
        self.sent += len(messages)

    async def _count(self, house: House, store: Store, differences: Sequence[str]) -> Summary:
        desk = desk_of(house)
        names = [partner.name for partner in PARTNERS]
        waiting = await backlog.waiting(house.core)
        sent = Sent(len(names), self.sent, await refusals(desk.quarantine, names), waiting)
        events = sum([(await house.ledger.head(p)).position for p in range(house.ledger.partitions)])
        with store.view() as view:
            return tally(view, sent, events, differences, time.monotonic() - self.began)

    def _tell(self, summary: Summary) -> None:
        out, say = console(), self.words.say
        out.print(say("demo.title"), style="bold")
        show(summary, self.words, out)
        out.print()
        out.print(say("demo.further"), style="bold")
        command, place = invocation(), self.settings.data
        for status, number in sorted(summary.examples.items()):
            out.print(f"  {command} claim {number} --data {place}  ({self.words.name('status', status)})")
        for other in ("quarantine list", "projections status", "verify", "up"):
            out.print(f"  {command} {other} --data {place}")


def invocation() -> str:
    """Return how this command is called here: by the script of the repository, through uv, or by its name."""
    if os.access("kelambu", os.X_OK) and Path("kelambu").is_file():
        return "./kelambu"
    return "uv run kelambu" if "UV" in os.environ else "kelambu"


async def _interrupted() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


_MONTHS = 16
"""About how long the year takes, with what comes of its last claims."""


def _progress(advance: Advance) -> Callable[[Work], None]:
    """Return what moves the bar on by the events that are new in the ledger."""
    shown = 0

    def watch(work: Work) -> None:
        nonlocal shown
        advance(work.events - shown)
        shown = work.events

    return watch
