"""One demo, one console over it and one browser for all tests of the browser."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from events.message import Language
from services.ledger.edge import Edge
from services.ledger.user_accounts import ROLES, Role, UserAccounts
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import running
from tests import forked
from tests.browser.walking import FLAGS, PATIENCE, Site, Visitor
from tests.consoles import PASSWORD, PATIENCE_SECONDS, account_of, post
from tests.demos import copy_of_demo
from tests.lives import Life, heir
from tests.servers import free_port

REFERRED = (
    Life()
    .enrolled()
    .paid_months(paid_on="2026-03-02")
    .filed("UJI-1")
    .died(claim="UJI-1")
    .heirs(heir(), claim="UJI-1")
)
"""A death in a month that was paid after it: whether it is insured a person decides."""
SENDERS = {"dinsos": "dinas-sosial", "rsud": "rsud-sekayu"}
"""Which agency of the demo sends what one of the tests says."""
CHROMIUM = shutil.which("chromium")
_LOOK_AGAIN_SECONDS = 0.1


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Return the directory of a demo whose services run again, and the address of its console."""
    data = copy_of_demo(tmp_path_factory, tmp_path_factory.mktemp("browser") / "demo")
    log = (data.parent / "up.log").open("wb")
    ports = {name: str(free_port()) for name in ("KELAMBU_HTTP_PORT", "KELAMBU_CONSOLE_PORT")}
    settings = (
        os.environ
        | ports
        | {"KELAMBU_GATEWAY_PORT": "0", "KELAMBU_DATA": str(data), "KELAMBU_RELEASE": "named"}
    )
    up = forked.start((*forked.KELAMBU, "up"), settings, log.fileno(), log.fileno())
    url = f"http://127.0.0.1:{ports['KELAMBU_CONSOLE_PORT']}"
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert up.poll() is None, Path(log.name).read_text()
            assert time.monotonic() < until, Path(log.name).read_text()
            try:
                socket.create_connection(("127.0.0.1", int(ports["KELAMBU_CONSOLE_PORT"]))).close()
            except OSError:
                with suppress(subprocess.TimeoutExpired):
                    up.wait(_LOOK_AGAIN_SECONDS)
            else:
                break
        yield data, url
    finally:
        up.send_signal(15)
        try:
            up.wait(PATIENCE_SECONDS)
        finally:
            up.kill()
        log.close()


@pytest.fixture(scope="module")
def site(demo: tuple[Path, str]) -> Site:
    """The console of the demo, with an account of each role signed in."""
    data, url = demo
    with ThreadPoolExecutor(1) as thread:  # that of Playwright has a loop already
        thread.submit(asyncio.run, _prepare(data)).result()
    sessions: dict[Role, str] = {}
    for role in ROLES:
        with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
            assert post(client, "/sign-in", name=role, password=PASSWORD).status_code == 303
            sessions[role] = client.cookies["session"]
    return Site(url, sessions)


async def _prepare(data: Path) -> None:
    """Make an account of each role, and let agencies send a claim that an officer must decide."""
    settings = Settings.read({"REDIS_URL": running(data) or ""}, data)
    async with open_installation(settings, ()) as installation:
        for role in ROLES:
            agency = "bpjs-ketenagakerjaan" if role in ("officer", "supervisor") else ""
            account = account_of(role, (role,), agency, installation.clock())
            await UserAccounts(installation.core).add(account)
        for document in REFERRED.documents:
            name = document["source"].removeprefix("/agencies/")
            agency = SENDERS.get(name, name)
            sent = msgspec.json.encode(document | {"source": f"/agencies/{agency}"})
            await Edge(installation.edge).submit(agency, [sent])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian has it.

    Closed with the file, since asynchronous tests cannot run in a process where it is open.
    """
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        shown = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        expect.set_options(timeout=PATIENCE)
        yield shown
        shown.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Return what opens a window: ``visit("auditor", language="en", scripts=False)``."""
    opened: list[Visitor] = []

    def new(role: Role | None = None, language: Language = "id", *, scripts: bool = True) -> Visitor:
        opened.append(Visitor(browser, site, role, language, scripts))
        return opened[-1]

    yield new
    for one in opened:
        one.close()
