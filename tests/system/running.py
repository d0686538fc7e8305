"""An installation of real processes: its servers, each service, and agencies that publish until they are answered.

Everything can be killed with ``kill -9`` and started again. Nothing here waits for time: a test waits for a
position, for a line in a log, for the end of a process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import httpx
import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import RedisError

from projections.store import Store
from services.cli.demo.settling import Gauge, Work
from services.ledger.edge import DocumentReceipt, Edge
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.runtime.lag import sealed
from tests import forked
from tests.forked import Forked

SERVICES = ("intake", "adjudication", "disbursement", "outcomes", "projector", "notary")
"""The services that an event passes, each one process here."""

PATIENCE_SECONDS = 180
"""How long nothing may move before a test gives up. A guard against hanging, no promise about speed."""

_LOOK_AGAIN_SECONDS = 0.01, 0.25
"""The shortest and the longest pause between two looks; in between a tenth of how long it has been waited for."""
_BATCH = 500
_ANSWERED = (200, 202, 207, 403, 409, 422)
"""What the gateway answers when it has an event, or has refused it with a receipt."""
_TRY_AGAIN_SECONDS = 0.25
"""A client over HTTP does not knock again at once; nothing depends on it."""

T = TypeVar("T")


class DiedError(AssertionError):
    """A service ended by itself; the message holds the last lines of its log."""


class RunningInstallation:
    """Servers and services over one data directory; ``installation`` is a client's look into it."""

    def __init__(self, data: Path, installation: Installation, servers: dict[str, EmbeddedServer]) -> None:
        """Use ``running_installation``."""
        self.data, self.installation, self.servers = data, installation, servers
        self.edge = Edge(installation.edge)
        self._processes: dict[str, Forked] = {}
        self._said: dict[str, int] = {}

    def log(self, service: str) -> Path:
        """Return the file that holds everything a service has written to its output and its log."""
        return self.data / "logs" / f"{service}.log"

    def start(self, *services: str, module: str = "services.runtime.run", **environment: str) -> None:
        """Start services as processes of their own, each by ``python -m MODULE SERVICE``; returns at once.

        Another process of a service is called ``SERVICE-2``. It has the worker's name of the first, so that it takes
        the first one's leases for its own, as a process does that was thought dead.
        """
        for service in services:
            log = self.log(service)
            log.parent.mkdir(exist_ok=True)
            with log.open("ab") as output:
                self._said[service] = output.tell()
                self._processes[service] = forked.start(
                    (sys.executable, "-m", module, kind_of(service)),
                    os.environ | self.installation.settings.environment() | self._own(service) | environment,
                    output.fileno(),
                    output.fileno(),
                )

    def _own(self, service: str) -> dict[str, str]:
        counts = self.data / "metrics"
        counts.mkdir(exist_ok=True)
        return {"KELAMBU_WORKER": f"{kind_of(service)}-1", "PROMETHEUS_MULTIPROC_DIR": str(counts)}

    def has_started(self, service: str) -> bool:
        """Tell whether the service has said, since its last start, that it works.

        Raises:
            DiedError: it has ended by itself.
        """
        self.look_after(service)
        with self.log(service).open("rb") as log:
            log.seek(self._said[service])
            return b'"service.started"' in log.read()

    async def until_sealed(self) -> None:
        """Return when everything that is recorded stands under a checkpoint of the log."""

        async def look() -> bool:
            self.look_after()
            return (await sealed(self.installation)).unsealed == 0

        await until(look, "everything is sealed")

    async def until_started(self, service: str) -> None:
        """Return when the service works."""

        async def look() -> bool:
            return self.has_started(service)

        await until(look, f"{service} works")

    async def until_ended(self, service: str) -> int:
        """Return the exit code of a service that ends by itself."""

        async def look() -> bool:
            return self._processes[service].poll() is not None

        await until(look, f"{service} ends")
        return self._processes.pop(service).wait()

    def look_after(self, *services: str) -> None:
        """Raise ``DiedError`` if one of these services, by default any, has ended by itself."""
        for service in services or tuple(self._processes):
            code = self._processes[service].poll()
            if code is not None:
                lines = self.log(service).read_text(errors="replace").splitlines()[-5:]
                raise DiedError("\n".join([f"{service} ended by itself with {code}:", *lines]))

    def kill(self, name: str) -> None:
        """``kill -9`` a service or a server and wait for its end."""
        process = self.servers[name].process if name in self.servers else self._processes.pop(name)
        process.kill()
        process.wait()

    def start_again(self, name: str) -> None:
        """Start what was killed; a server answers when this returns, a service only begins to start."""
        if name in self.servers:
            self.servers[name].restart()
        else:
            self.start(name)

    def stop(self, *services: str) -> dict[str, int]:
        """End services with SIGTERM, by default all, in the order of the events' way; returns their exit codes."""
        codes = {}
        for service in services or tuple(self._processes):
            process = self._processes.pop(service)
            process.send_signal(signal.SIGTERM)
            codes[service] = process.wait(PATIENCE_SECONDS)
        return codes

    def command(self, *arguments: str, code: int = 0) -> bytes:
        """Run ``kelambu`` with the settings of this installation; returns what it prints. It must end with ``code``."""
        done = forked.run(
            (*forked.KELAMBU, *arguments), os.environ | self.installation.settings.environment()
        )
        assert done.returncode == code, (done.stdout + done.stderr).decode()
        return done.stdout

    def close(self) -> None:
        """Kill whatever still runs."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        for server in self.servers.values():
            server.stop()

    async def settled(self) -> Work:
        """Return when everything sent is decided, has left for the bank and stands in every read model."""
        agencies = [agency.name for agency in await patiently(self.installation.registry.agencies)]
        gauge = Gauge(self.installation, agencies)
        store = Store(self.installation.settings.database_url)
        try:
            work = await gauge.read(store)

            async def done() -> bool:
                nonlocal work
                self.look_after()
                work = await gauge.read(store)
                return work.done

            await _until(done, lambda: f"nothing is left to do: {work}")
            return work
        finally:
            store.close()

    async def all_receipts(self, agency: str) -> list[DocumentReceipt]:
        """Return every receipt that an agency was given, copies included, oldest first."""
        found: list[DocumentReceipt] = []
        after = "0-0"
        while page := await self.edge.receipts(agency, after):
            after = page[-1][0]
            found += [receipt for _, receipt in page]
        return found


@asynccontextmanager
async def running_installation(
    data: Path, *, own_edge: bool = False, port: int = 0, **settings: object
) -> AsyncIterator[RunningInstallation]:
    """Open an installation on servers of its own; ``own_edge`` gives the agencies' streams one for themselves.

    With a ``port`` the server answers there too.

    No service runs yet. Whatever the test leaves running is killed at the end.
    """
    servers = {"server": EmbeddedServer.start(data, port=port)}
    try:
        if own_edge:
            servers["edge"] = EmbeddedServer.start(data / "edge")
        read = Settings.read({"KELAMBU_LOG_FORMAT": "json", "KELAMBU_HTTP_PORT": "0"}, data)
        read = replace(
            read,
            redis_url=servers["server"].url,
            edge_url=servers["edge"].url if own_edge else None,
            **settings,
        )
        async with open_installation(read) as installation:
            running = RunningInstallation(data, installation, servers)
            try:
                yield running
            finally:
                running.close()
    finally:
        for server in servers.values():
            if server.alive():
                server.stop()


def kind_of(service: str) -> str:
    """Return which service a process runs: ``intake`` for ``intake-2``."""
    return service.partition("-")[0]


class Sender(Protocol):
    """An agency's client: sends its documents in order and repeats whatever it got no answer for."""

    agency: str
    sent: list[bytes]
    """Every document in the order in which it was sent first."""

    async def send(self, documents: Sequence[bytes]) -> None:
        """Send documents; on return each of them is answered for, some perhaps twice."""

    async def answers(self, installation: RunningInstallation) -> list[DocumentReceipt]:
        """Return what each document in ``sent`` has come to, once nothing is on its way any more."""


class OutboxSender:
    """An agency that sends through its outbox."""

    def __init__(self, agency: str, url: str) -> None:
        """Connect when something is to be sent."""
        self.agency = agency
        self.sent: list[bytes] = []
        """Every document in the order in which it was sent first."""
        self.entries: list[str] = []
        """Outbox ids of the entries that were answered for."""
        self._edge = Edge(Redis.from_url(url, protocol=2))

    async def send(self, documents: Sequence[bytes]) -> None:
        """Put documents into the outbox; on return each stands there, some perhaps twice."""
        self.sent += documents
        self.entries += await patiently(lambda: self._edge.submit(self.agency, documents))

    async def answers(self, installation: RunningInstallation) -> list[DocumentReceipt]:
        """Return the last receipt of each document, from the agency's stream."""
        receipts = await installation.all_receipts(self.agency)
        by_entry = {receipt.entry: receipt for receipt in receipts}
        last = {receipt.receipt: receipt for receipt in receipts}
        assert len(self.entries) == len(self.sent)
        return [last[by_entry[entry].receipt] for entry in self.entries]


class HttpSender:
    """An agency that sends over HTTP, one event at a time or several, and asks for its receipts."""

    def __init__(self, agency: str, url: str, key: str) -> None:
        """Connect when something is to be sent."""
        self.agency = agency
        self.sent: list[bytes] = []
        self.receipts: list[str] = []
        """The receipt with which each document in ``sent`` was answered first."""
        self._client = httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=httpx.Timeout(5.0)
        )

    async def send(self, documents: Sequence[bytes]) -> None:
        """Post documents until each has its answer; every other time as a batch, where they are JSON."""
        self.sent += documents
        if len(self.sent) % 2 and len(documents) <= _BATCH and all(map(_is_json, documents)):
            self.receipts += await until(partial(self._batch, documents), "the gateway answers")
            return
        for document in documents:
            self.receipts += await until(partial(self._one, document), "the gateway answers")

    async def answers(self, installation: RunningInstallation) -> list[DocumentReceipt]:
        """Return the receipts as they stand, asked for over HTTP."""
        found = {
            name: await until(partial(self._receipt, name), "the gateway answers")
            for name in set(self.receipts)
        }
        assert len(self.receipts) == len(self.sent)
        return [found[name] for name in self.receipts]

    async def _one(self, document: bytes) -> list[str] | None:
        answer = await self._post(document, "application/cloudevents+json")
        return None if answer is None else [_receipt_in(msgspec.json.decode(answer.content))]

    async def _batch(self, documents: Sequence[bytes]) -> list[str] | None:
        answer = await self._post(b"[" + b",".join(documents) + b"]", "application/cloudevents-batch+json")
        if answer is None:
            return None
        items = [item.get("receipt") or item["problem"] for item in msgspec.json.decode(answer.content)]
        if not all("receipt" in one for one in items):
            return (
                None  # a part of the installation did not answer: the events of such an item must come again
            )
        return [_receipt_in(one) for one in items]

    async def _post(self, content: bytes, media: str) -> httpx.Response | None:
        """Return the answer; None when there is none, or when it says that the events must come again."""
        answer = await self._asked(
            self._client.post("/v1/events", content=content, headers={"content-type": media})
        )
        return answer if answer is not None and answer.status_code in _ANSWERED else None

    async def _receipt(self, name: str) -> DocumentReceipt | None:
        answer = await self._asked(self._client.get(f"/v1/receipts/{name}"))
        return msgspec.json.decode(answer.content, type=DocumentReceipt) if answer is not None else None

    async def _asked(self, answer: Awaitable[httpx.Response]) -> httpx.Response | None:
        try:
            return await answer
        except httpx.HTTPError:
            await asyncio.sleep(_TRY_AGAIN_SECONDS)
            return None


def _receipt_in(answer: Mapping[str, object]) -> str:
    return str(answer["receipt"])


def _is_json(document: bytes) -> bool:
    try:
        msgspec.json.decode(document)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask a server again until it answers."""

    async def answer() -> list[T] | None:
        with contextlib.suppress(RedisError, OSError):
            return [await ask()]
        return None

    return (await until(answer, "the server answers"))[0]


async def until(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Look again and again; returns the first answer that is neither None nor false."""
    return await _until(look, lambda: what)


async def _until(look: Callable[[], Awaitable[T | None]], what: Callable[[], str]) -> T:
    """Look again as long as ``what`` is waited for goes on changing, and some while longer."""
    began = since = time.monotonic()
    before, (shortest, longest) = what(), _LOOK_AGAIN_SECONDS
    while True:
        found = await look()
        if found:
            return found
        if what() != before:
            before, since = what(), time.monotonic()
        elif time.monotonic() - since > PATIENCE_SECONDS:
            raise AssertionError(f"waited in vain until {before}")
        await asyncio.sleep(min(max((time.monotonic() - began) / 10, shortest), longest))
