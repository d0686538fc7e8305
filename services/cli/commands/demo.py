"""``demo``: a year of claims of a regency, played on real processes, verified, and told in a summary."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from projections.store import Store
from services.audit_trail.trail import TrailSignature
from services.cli.commands.agency import register
from services.cli.demo.settling import Gauge
from services.cli.demo.summary import SentTotals, Summary, refusals, show, tally
from services.cli.demo.year import Calls, play
from services.cli.exit_codes import FINDING, OK, command_error, too_many_claims
from services.cli.http_sender import HttpSender
from services.cli.output import Steps, console, show_json, tell
from services.cli.render.audit import finding
from services.cli.verification import examined
from services.identity.credentials import new_signing_key, public_key
from services.intake.context import context_of
from services.ledger import backlog
from services.ledger.credentials import Credentials
from services.ledger.edge import Edge
from services.ledger.payments import Payments
from services.ledger.user_accounts import ROLES
from services.operations.accounts import add_account
from services.platform.clock import SANDBOX, SimulatedClock
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import running
from services.runtime.supervisor import services_up
from services.simulation import CLAIMS, POPULATION, AgencyMessage, Bank, World
from services.simulation.lives import YEAR
from services.simulation.regency import PARTNERS
from services.wording.terms import LanguageTexts

DIRECTORY = Path("data/demo")
LOG = "services.log"
DECIDING = "bpjs-ketenagakerjaan"
"""The agency whose officers decide what is referred."""


def demo(
    *,
    claims: int = CLAIMS,
    seed: int = 1,
    participants: int = POPULATION,
    data: Path = DIRECTORY,
    keep: bool = False,
    json: bool = False,
) -> int:
    """Play a year of claims on a server of its own, and say how it ended.

    Starts a server and every service as a process of its own; enrols 45,000 made-up participants; lets the agencies
    send a year of claims, with late, wrong, repeated and early messages among them; lets the bank pay; verifies it all.

    Nobody in it exists, and nothing outside of --data is touched: REDIS_URL and the other settings are not used, but
    for the ports of HTTP, gateway and console with --keep.
    """
    if claims > participants:
        raise too_many_claims(claims, participants)
    stage(data)
    settings = Settings.read(_ports(keep=keep) | {"KELAMBU_LOG_FORMAT": "json"}, data)
    began = time.monotonic()
    words = LanguageTexts()
    with Steps() as steps, steps(words.say("demo.draw")):
        world = World(seed, participants, claims)
    calendar = sorted([*world.enrolments(), *world.claims()], key=lambda message: message.time)
    clock = SimulatedClock.create(data, calendar[0].time)
    return asyncio.run(Performance(words, settings, world, clock, began).run(calendar, keep=keep, json=json))


def _ports(*, keep: bool) -> dict[str, str]:
    """Return the settings of the ports.

    A demo that is kept has those of the environment, another one ports that nobody needs.
    """
    names = ("KELAMBU_HTTP_PORT", "KELAMBU_GATEWAY_PORT", "KELAMBU_CONSOLE_PORT")
    if keep:
        return {name: os.environ[name] for name in names if name in os.environ}
    return dict(zip(names, ("0", str(free_port()), "0"), strict=True))


def stage(place: Path) -> None:
    """Make an empty directory to play in; one of an earlier demo is emptied, any other is left alone."""
    mark = place / SANDBOX
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        if not mark.exists():
            raise command_error("demo.not-ours", "demo.new-directory", place=place)
        if running(place):
            raise command_error("installation.running", "demo.stop-it", place=place)
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    mark.touch()


class Performance:
    """One demo: its world, its words, and what has been sent so far."""

    def __init__(
        self, words: LanguageTexts, settings: Settings, world: World, clock: SimulatedClock, began: float
    ) -> None:
        """Prepare to play this world in the data directory of these settings; ``began`` is when the wait began."""
        self.words, self.settings, self.world, self.clock = words, settings, world, clock
        self.bank = Bank(world.seed, world.courses)
        self.posts: dict[str, HttpSender] = {}
        self.sent = 0
        self.began = began

    async def run(self, calendar: Sequence[AgencyMessage], *, keep: bool, json: bool) -> int:
        """Play, verify, tell; returns 1 when verification found a difference."""
        say = self.words.say
        async with AsyncExitStack() as stack:
            with Steps() as steps:
                with steps(say("demo.start")):
                    up = services_up(self.settings, self.settings.data / LOG)
                    supervisor = await stack.enter_async_context(up)
                    installation = await stack.enter_async_context(open_installation(supervisor.settings))
                store = Store(installation.settings.database_url)
                stack.callback(store.close)
                await self._play(installation, store, calendar, steps)
                self.clock.release()
                with steps(say("demo.verify")):
                    result = await examined(installation, steps.stage)
                differences = [finding(one, self.words) for one in result.findings]
            summary = await self._count(installation, store, differences)
            if json:
                show_json(summary)
            else:
                self._tell(summary)
            if keep:
                if port := self.settings.console_port:
                    password = await _open_console(installation)
                    address = f"http://127.0.0.1:{port}"
                    names = ", ".join(ROLES)
                    tell(console(), say("demo.console", address=address, names=names, password=password))
                tell(console(), say("demo.kept"))
                await _interrupted()
        return FINDING if differences else OK

    async def _play(
        self, installation: Installation, store: Store, calendar: Sequence[AgencyMessage], steps: Steps
    ) -> None:
        """Register the agencies and play the calendar, day by day; returns when all of it can be read."""
        say = self.words.say
        for partner in PARTNERS:
            await register(installation, partner.name, partner.types, partner.findings, partner.account)
            if partner.signs:
                self.posts[partner.name] = await self._signing(installation, partner.name)
        gauge = Gauge(installation, [one.name for one in PARTNERS])

        async def send(messages: Sequence[AgencyMessage]) -> None:
            await self._submit(installation, messages)
            await gauge.admitted({message.agency for message in messages})

        calls = Calls(self.clock.move, send, gauge.end_day, Payments(installation.core).orders)
        year = play(calendar, _BEGIN, self.bank, calls)
        day = await anext(year)
        with steps(say("demo.enrol"), (_BEGIN - day).days) as advance:
            async for after in year:
                if after >= _BEGIN:
                    break
                advance((after - day).days)
                day = after
        day = _BEGIN
        with steps(say("demo.year"), (calendar[-1].time.date() - day).days) as advance:
            async for after in year:
                advance((after - day).days)
                day = after
        with steps(say("demo.settle")):
            await gauge.settle(store)

    async def _signing(self, installation: Installation, agency: str) -> HttpSender:
        """Give an agency a key of its own and return the way by which it signs what it sends."""
        private, public = new_signing_key()
        await Credentials(installation.core).add(public_key(agency, public, self.clock()))
        url = f"http://127.0.0.1:{self.settings.gateway_port}"
        return HttpSender(url, agency, private, clock=self.clock)

    async def _submit(self, installation: Installation, messages: Sequence[AgencyMessage]) -> None:
        """Send messages, each agency's in order: signed over HTTP from who signs, else through its outbox."""
        by_agency: dict[str, list[bytes]] = {}
        for one in messages:
            by_agency.setdefault(one.agency, []).append(one.body)
        edge = Edge(installation.edge)
        for agency, documents in by_agency.items():
            if post := self.posts.get(agency):
                await asyncio.to_thread(post.send_all, documents)
            else:
                await edge.submit(agency, documents)
        self.sent += len(messages)

    async def _count(self, installation: Installation, store: Store, differences: Sequence[str]) -> Summary:
        context = context_of(installation)
        names = [partner.name for partner in PARTNERS]
        waiting = await backlog.waiting(installation.core)
        sent_totals = SentTotals(len(names), self.sent, await refusals(context.quarantine, names), waiting)
        events = sum(await installation.heads())
        with store.view() as view:
            return tally(view, sent_totals, events, differences, time.monotonic() - self.began)

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


async def _open_console(installation: Installation) -> str:
    """Make an account of each role, by the name of the role; returns the password of all of them."""
    password = secrets.token_urlsafe(12)
    signature: TrailSignature = {"by": "demo", "reason": "", "engagement": ""}
    for role in ROLES:
        agency = DECIDING if role in ("officer", "supervisor") else ""
        await add_account(installation, role, (role,), agency, password, signature)
    return password


async def _interrupted() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


_BEGIN = dt.date(YEAR, 1, 1)
"""From this day on claims are filed, and each day is played by itself."""


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
