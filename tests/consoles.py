"""The console over a small book: a real server, real accounts, pages asked for over HTTP; nothing of it ever waits.

``console`` of ``tests/system/console/conftest.py`` is one for all tests of a process: what a test writes stays, so it
names claims and accounts of its own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import replace

from services.audit_trail.records import (
    EngagementOpened,
    Exported,
    ExportedFile,
    FindingAssessed,
    FindingFollowedUp,
    FindingOpened,
    PersonalDataRead,
    QueryRun,
    Record,
    SampleDrawn,
    SampleFrozen,
    SampleItemExamined,
    SampleSeeded,
)
from services.benefits.reading.folder import LAW, files_of
from services.book.cut import last_cut
from services.book.read_models_as_of import fill
from services.cli import main
from services.console.application import routes
from services.console.worker import serve
from services.identity.passwords import hashed
from services.ledger.function_library import load_functions
from services.ledger.registry import Agency
from services.ledger.rulebooks import keep
from services.ledger.user_accounts import ROLES, Role, UserAccount, UserAccounts
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.runtime.serving import listen
from services.texts.catalogue import text
from tests.lives import JKM_PAPERS, Life, heir
from tests.small_installation import NOW, SmallInstallation, niks

T = TypeVar("T")
PATIENCE_SECONDS = 180
"""After how long a test gives up on what nothing has moved in."""
LOOK_AGAIN = text("console.audit.look-again").id
"""Stands below an answer that is older than the book, while a newer one is worked out."""
PASSWORD = "sawah-hujan-jendela"  # noqa: S105 -- of accounts that only tests have
AGENCIES = ("dinsos", "disdukcapil", "rsud", "bpjs", "bank")
_SECRET = re.compile(r'name="csrf" value="([^"]+)"')


class TestClock:
    """A clock that a test moves."""

    __test__ = False

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


def account_of(name: str, roles: tuple[Role, ...], agency: str, since: dt.datetime) -> UserAccount:
    """An account that signs in with ``PASSWORD``."""
    return UserAccount(name=name, roles=roles, agency=agency, password=hashed(PASSWORD, name), since=since)


class RunningConsole:
    """A console that answers, its book, and clients of it that are signed in."""

    def __init__(
        self,
        url: str,
        installation: Installation,
        loop: asyncio.AbstractEventLoop,
        clock: TestClock,
        server: EmbeddedServer,
    ) -> None:
        self.url, self.installation, self.clock, self.server = url, installation, clock, server
        self._loop = loop
        self._clients: dict[str, httpx.Client] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something with the installation, in its loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def nobody(self) -> httpx.Client:
        """A browser in which nobody is signed in; redirects are not followed."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS)

    def signed_in(self, role: Role) -> httpx.Client:
        """A browser in which the account of a role, whose name is that of the role, is signed in; one for all tests."""
        if role not in self._clients:
            self._clients[role] = self.sign_in(self.nobody(), role)
        return self._clients[role]

    def sign_in(self, client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Client:
        """Sign somebody in with the form."""
        answer = post(client, "/sign-in", name=name, password=password)
        assert answer.status_code == 303, answer.text
        return client

    def add_account(self, name: str, *roles: Role, agency: str = "") -> None:
        """Make an account with ``PASSWORD``."""
        account = account_of(name, roles, agency, self.clock())
        self.run(UserAccounts(self.installation.core).add(account))

    def live(self, *lives: Life) -> None:
        """Admit and decide what these persons sent, and let the read models follow."""
        self.run(_live(self.installation, lives))

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def settings_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in this process take the settings of a console's book, whatever the environment of the tests says."""
    monkeypatch.setenv("KELAMBU_PARTITIONS", "1")
    for name in ("REDIS_URL", "EDGE_URL", "KELAMBU_DATABASE", "KELAMBU_ENGAGEMENT"):
        monkeypatch.delenv(name, raising=False)


def commands_over(
    book: RunningConsole, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Return what runs a command over a book; it returns how the command ended and what it printed."""
    settings_of_the_book(monkeypatch)

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main([*words, "--data", str(book.installation.settings.data)])
        return code, capsys.readouterr().out

    return run


def post(client: httpx.Client, path: str, *, page: str = "", **fields: str | list[str]) -> httpx.Response:
    """Send a form as a browser does.

    From its page (by default of the same address), with the secret that stands there.
    """
    return client.post(path, data={"csrf": secret(client, page or path), **fields})


def settled(client: httpx.Client, address: str) -> httpx.Response:
    """The answer of a page once what it shows is worked out and as of now: until then it asks to be loaded again."""
    until = time.monotonic() + PATIENCE_SECONDS
    while "refresh" in (answer := client.get(address)).headers or LOOK_AGAIN in answer.text:
        assert time.monotonic() < until, f"{address} is still being worked out"
    return answer


def finished(client: httpx.Client, address: str) -> str:
    """The text of a page once what it shows is worked out."""
    return settled(client, address).text


def secret(client: httpx.Client, page: str) -> str:
    """The secret that stands in the forms of a page."""
    found = _SECRET.search(client.get(page).text)
    assert found is not None
    return found[1]


HOSTILE = "\"'><script>alert(1)</script>{{7*7}}"
"""What stands in every free text of the claim ``A-5``."""


def lives() -> Sequence[Life]:
    """A claim that is ordered, one that waits for a paper, one for an officer, one that is denied: ``A-1`` to ``A-4``.

    In ``A-5`` every free text is ``HOSTILE``.
    """
    first, second, third, fourth, fifth = niks(5)
    review = {"officer": HOSTILE, "decision": "deny", "reasons": [], "grounds": HOSTILE}
    return (
        Life(first).insured().filed("A-1").died(claim="A-1").heirs(heir(), claim="A-1"),
        Life(second).insured().filed("A-2", papers=("ktp",)).died(claim="A-2"),
        Life(third).insured().accident("A-3").found("A-3", cause={"work_related": True}),
        Life(fourth).enrolled().filed("A-4").died(claim="A-4").heirs(heir(), claim="A-4"),
        Life(fifth)
        .enrolled(name=HOSTILE, sponsor={"kind": "donor", "name": HOSTILE})
        .paid_months()
        .filed(
            "A-5",
            claimant={"name": HOSTILE, "relation": "spouse"},
            documents=[{"kind": kind, "reference": HOSTILE} for kind in JKM_PAPERS],
        )
        .died(claim="A-5")
        .heirs(heir() | {"name": HOSTILE}, claim="A-5")
        .send("claim.objected", {"claim": "A-5", "by": {"name": HOSTILE}, "grounds": HOSTILE})
        .send("claim.reviewed", {"claim": "A-5"} | review, agency="bpjs")
        .send("claim.withdrawn", {"claim": "A-5", "reason": HOSTILE}),
    )


WRITTEN: tuple[Record, ...] = (
    EngagementOpened(
        number=HOSTILE,
        letter=HOSTILE,
        period_from=NOW.date(),
        period_to=NOW.date(),
        until=NOW.date(),
        districts=(HOSTILE,),
    ),
    FindingOpened(finding="T-5", control="paid-twice", items=(HOSTILE,), amount=1, note=HOSTILE),
    FindingAssessed(finding="T-5", outcome="finding", note=HOSTILE),
    FindingFollowedUp(finding="T-5", state="not-started", note=HOSTILE),
    SampleFrozen(
        sample="S-5",
        of="claims",
        selection={"district": HOSTILE},
        cut=(1,),
        frame_sha256="0" * 64,
        items=1,
        amount=1,
        method="attribute",
        confidence="9/10",
        tolerable="1/20",
        expected="0",
        size=1,
        above=0,
        allocation="items",
    ),
    SampleSeeded(sample="S-5", seed="7", source=HOSTILE),
    SampleDrawn(sample="S-5", items=(HOSTILE,)),
    SampleItemExamined(sample="S-5", item=HOSTILE, booked=1, audited=None, error=HOSTILE, note=HOSTILE),
    QueryRun(sql=HOSTILE, rows=0, seconds=0.0),
    Exported(what=HOSTILE, files=(ExportedFile(name=HOSTILE, rows=1, sha256="0" * 64),)),
    PersonalDataRead(what=HOSTILE, subject=HOSTILE, values=1),
)
"""What auditors may have written by hand, in every text of it."""


@contextmanager
def running_console(data: Path, *people: Life, **settings: object) -> Iterator[RunningConsole]:
    """Run a console over a book of these people, with an account of each role."""
    server = EmbeddedServer.start(data)
    ready: list[RunningConsole] = []
    begun, stop = threading.Event(), asyncio.Event()
    failed: list[BaseException] = []

    async def run() -> None:
        read = Settings.read({"REDIS_URL": server.url, "KELAMBU_PARTITIONS": "1"}, data)
        clock = TestClock()
        async with open_installation(replace(read, console_port=0, **settings)) as opened:
            installation = replace(opened, clock=clock)
            await load_functions(installation.core)
            await keep(installation.core, installation.rulebook.hash, files_of(LAW))
            for agency in AGENCIES:
                await installation.registry.add(Agency(name=agency, types=(), findings=()))
            for role in ROLES:
                agency = "bpjs" if role in ("officer", "supervisor") else ""
                await UserAccounts(installation.core).add(account_of(role, (role,), agency, clock()))
            await _live(installation, people)
            with listen(opened.settings.console_host, opened.settings.console_port) as bound:
                url = f"http://127.0.0.1:{bound.getsockname()[1]}"
                ready.append(RunningConsole(url, installation, asyncio.get_running_loop(), clock, server))
                begun.set()
                await serve(installation, stop, bound)

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 -- told to the test, whose thread is another
            failed.append(error)
        finally:
            begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        begun.wait()
        if failed:
            raise failed[0]
        yield ready[0]
    finally:
        if ready:
            ready[0].close()
            ready[0]._loop.call_soon_threadsafe(stop.set)
        thread.join()
        server.stop()


async def _live(installation: Installation, people: Sequence[Life]) -> None:
    book = SmallInstallation(
        installation.core, installation.ledger, installation.settings.data, installation.keys
    )
    await book.live(*people)
    store = installation.read_models()
    try:
        await fill(store, installation.ledger, await last_cut(installation.ledger))
    finally:
        store.close()


def page_kinds(others: re.Pattern[str]) -> list[str]:
    """Return the address of each kind of page that is read, with the names of what varies in it, but for ``others``."""
    paths = {
        path
        for route in routes()
        if isinstance(route, HTTPRouteHandler) and "GET" in route.http_methods
        for path in route.paths
    }
    return sorted(re.sub(r":\w+}", "}", path) for path in paths if not others.search(path))


def kind_of_page(path: str, kinds: Sequence[str]) -> str:
    """Return which of these an address is, empty where none; where several fit, the one in which least varies."""
    fits = [
        one
        for one in kinds
        if re.fullmatch(re.sub(r"\\\{[^/]*\\\}", "[^/]+", re.escape(one)), urlsplit(path).path)
    ]
    return min(fits, key=lambda one: one.count("{"), default="")
