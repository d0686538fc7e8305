"""The supervisor: every service as a process of its own, and the embedded server where no other is named.

A process that ends is started again, later each time it ends soon. Nothing outlives the supervisor, however it ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog
from msgspec import Struct

from events.message import message
from services.ledger.integrity import check_soundness
from services.platform import ports
from services.platform.count_files import MULTIPROCESS
from services.platform.heartbeat import SIGNS, HeartbeatMonitor, forget, interval, last_sign, note_killed
from services.platform.permissions import close_to_others
from services.platform.settings import Settings
from services.runtime import logging_setup
from services.runtime.append_only_file import DamagedFilesError
from services.runtime.backoff import Patience, pause, unless
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import (
    LOCK_PATIENCE_SECONDS,
    EmbeddedServer,
    ServerError,
    running,
)
from services.runtime.fork_server import SERVICE, ForkedProcess, ForkedServer, ForkServer
from services.runtime.partition_leases import WORKER_NAME

FINISHING_SECONDS = 30.0
"""How long a process may take to finish what it has in hand, before it is killed."""
_STEADY_SECONDS = 30.0
"""A process that ran so long is restarted at once."""
_LOOKS_EVERY = 0.25
"""Seconds between two looks whether the embedded server runs, where the system does not tell when it ends."""
_SIGNS_FOLDER = "signs"

log = structlog.get_logger()


class SupervisedProcess(Struct, frozen=True):
    """A process to keep running. ``name`` is unique; ``environment`` is added to ours."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def processes_of(settings: Settings, counts: Path) -> list[SupervisedProcess]:
    """Return the posts of an installation, in the order in which they are stopped.

    ``counts`` is where metrics are kept, and signs of life in a folder of it.
    """
    numbers = {
        "gateway": settings.gateways if settings.gateway_port else 0,
        "console": 1 if settings.console_port else 0,
        "intake": settings.intakes,
        "disbursement": 1,
        "adjudication": settings.adjudicators,
        "outcomes": 1,
        "projector": 1,
        "notary": 1,
        "http": 1 if settings.http_port else 0,
    }
    place = hashlib.sha256(f"{os.uname().nodename} {settings.data.resolve()}".encode()).hexdigest()[:12]
    processes = []
    for service, number in numbers.items():
        for n in range(1, number + 1):
            environment = {
                **settings.environment(),
                WORKER_NAME: f"{service}-{n}@{place}",
                MULTIPROCESS: str(counts),
                SIGNS: str(counts / _SIGNS_FOLDER / f"{service}-{n}"),
            }
            if service != "http":
                environment["KELAMBU_HTTP_PORT"] = "0"
            command = (*SERVICE, service)
            processes.append(SupervisedProcess(f"{service}-{n}", command, environment))
    return processes


async def up(settings: Settings, forked: ForkedServer) -> None:
    """Run everything until SIGTERM or Ctrl-C, then stop it in order. Services are forked from ``forked``.

    Raises what ``services_up`` raises.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with services_up(settings, forked=forked):
        log.info("installation.up", port=settings.http_port)
        await stop.wait()
        log.info("installation.stopping")


@asynccontextmanager
async def services_up(
    settings: Settings, log_file: Path | None = None, forked: ForkedServer | None = None
) -> AsyncIterator[Supervisor]:
    """Run the server, unless one is named, and every service, while the context lasts.

    Everything is logged to ``log_file``, or to stderr, as what is ``forked`` already does. Call it from the main
    thread.

    Raises:
        InstallationError: its parts do not belong together; no service was started.
        ServerError: the embedded server cannot run, another process runs the services of this data directory, or
            somebody else listens on a port.
        UnsafeServerError: a server's settings would lose what was acknowledged.
        WrongPartitionsError: the ledger was created with another number of partitions.
        UnsoundLedgerError: what is stored does not fit together.
    """
    async with AsyncExitStack() as stack:
        output = stack.enter_context(log_file.open("a")) if log_file else sys.stderr
        logging_setup.configure("supervisor", settings.log_format, output)
        if closed := close_to_others(settings):
            log.warning("files.closed", count=closed)
        await _ports_free(settings)
        server, settings = _server_for(settings)
        if server is not None:
            stack.callback(server.stop)
        async with open_installation(settings) as installation:
            await check_soundness(installation.core, installation.ledger.partitions)
        counts = stack.enter_context(tempfile.TemporaryDirectory(prefix="kelambu-metrics-"))
        (Path(counts) / _SIGNS_FOLDER).mkdir()
        processes = processes_of(settings, Path(counts))
        supervisor = Supervisor(settings, processes, server, ForkServer(output, forked))
        stack.push_async_callback(supervisor.stop)
        await supervisor.start()
        yield supervisor


async def _ports_free(settings: Settings) -> None:
    """Refuse to run where agencies would reach another installation; one that is just going down gets a moment."""
    if clash := ports.clash(settings):
        raise ServerError(clash)
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    for setting, (host, port) in ports.of(settings).items():
        while ports.is_taken(host, port):
            if time.monotonic() > deadline:
                raise ServerError(ports.refusal(setting, port))
            await asyncio.sleep(0.05)


def _server_for(settings: Settings) -> tuple[EmbeddedServer | None, Settings]:
    """Start the embedded server where no other is named; returns it, and the settings that name it."""
    if settings.redis_url is not None:
        return None, settings
    if running(settings.data):
        raise ServerError(message("server.running", place=settings.data))
    server = EmbeddedServer.start(settings.data, port=settings.redis_port)
    return server, settings.with_server(server.url)


class Supervisor:
    """Keeps posts manned and the embedded server running."""

    def __init__(
        self,
        settings: Settings,
        processes: Sequence[SupervisedProcess],
        server: EmbeddedServer | None = None,
        fork_server: ForkServer | None = None,
    ) -> None:
        """Start nothing yet. Posts are started by ``fork_server``, by default one whose posts write to stderr."""
        self.settings, self.server = settings, server
        self._named = {one.name: one for one in processes}
        self._fork_server = fork_server or ForkServer(sys.stderr)
        self._processes: dict[str, ForkedProcess] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._leaving = {one.name: asyncio.Event() for one in processes}
        self._closing = asyncio.Event()
        self._server_answers = True

    async def start(self) -> None:
        """Start every post; each is watched from then on."""
        if self.server is not None:
            _log_torn(self.server)
            self._watchers["server"] = asyncio.ensure_future(self._keep_server(self.server))
            self._watchers["server's answers"] = asyncio.ensure_future(self._miss_answers(self.server))
        for one in reversed(self._named.values()):
            self._processes[one.name] = await self._started(one)
            self._watchers[one.name] = asyncio.ensure_future(self._keep(one))
        self._watchers["signs"] = asyncio.ensure_future(self._miss_signs())

    async def stop(self) -> None:
        """Stop every post in order, each service after it has finished what it has in hand."""
        services: dict[str, list[str]] = {}
        for name in self._named:
            services.setdefault(name.rpartition("-")[0], []).append(name)
        for names in services.values():
            await asyncio.gather(*(self._end(name) for name in names if name in self._watchers))
        self._closing.set()
        await asyncio.gather(*self._watchers.values())
        self._watchers.clear()
        await self._fork_server.stop()

    def pids(self) -> dict[str, int]:
        """Return the process id of every post that is manned, and of the embedded server as ``server``."""
        pids = {name: p.pid for name, p in self._processes.items() if p.returncode is None}
        if self.server is not None and self.server.alive():
            pids["server"] = self.server.process.pid
        return pids

    async def _keep(self, one: SupervisedProcess) -> None:
        """Start a post again whenever it ends, until it is to leave."""
        leaving, patience = self._leaving[one.name], Patience(0.1, 10.0)
        while True:
            began = time.monotonic()
            process = self._processes[one.name]
            code = await process.wait()
            if leaving.is_set():
                return
            if time.monotonic() - began > _STEADY_SECONDS:
                patience.renew()
            log.error("service.lost", worker=one.name, pid=process.pid, code=code, seconds=patience.seconds)
            await patience.wait(leaving)
            if leaving.is_set():
                return
            try:
                self._processes[one.name] = process = await self._started(one)
            except OSError:
                continue  # the one that was lost is still missing
            if leaving.is_set():
                process.send_signal(signal.SIGTERM)

    async def _keep_server(self, server: EmbeddedServer) -> None:
        patience = Patience(0.1, 10.0)
        while not self._closing.is_set():
            if server.alive():
                await _until_ended(server.process.pid, self._closing)
                continue
            log.error("server.lost", pid=server.process.pid, code=server.process.returncode)
            try:
                server.restart()
            except ServerError as error:
                log.critical("server.refused", reason=str(error), seconds=patience.seconds)
                await patience.wait(self._closing)
            else:
                patience.renew()
                log.info("server.restarted", pid=server.process.pid)
                _log_torn(server)

    async def _miss_answers(self, server: EmbeddedServer) -> None:
        """Kill the server when it has not answered for too long; it is started again as if it had died."""
        silence, answered = self.settings.silence, 0.0
        watch = HeartbeatMonitor(silence)
        while not self._closing.is_set():
            await pause(self._closing, interval(silence))
            if not server.alive():
                continue
            self._server_answers = await asyncio.to_thread(server.answers, interval(silence) / 2)
            answered += self._server_answers
            if self._server_answers:
                await self._note_written(server)
            if watch.look({"server": answered}):
                log.critical("server.silent", pid=server.process.pid, seconds=silence)
                server.process.kill()
                answered += 1

    async def _note_written(self, server: EmbeddedServer) -> None:
        try:
            await asyncio.to_thread(server.note_written)
        except (OSError, DamagedFilesError):
            log.exception("written.not-noted")

    async def _miss_signs(self) -> None:
        """Kill a post that has given no sign of life for too long, unless it is the server that keeps it waiting."""
        silence = self.settings.silence
        watch = HeartbeatMonitor(silence)
        places = {
            name: Path(one.environment[SIGNS])
            for name, one in self._named.items()
            if SIGNS in one.environment
        }
        while not self._closing.is_set():
            await pause(self._closing, interval(silence))
            if not self._server_answers:
                continue
            kept = [name for name in places.keys() & self.pids().keys() if not self._leaving[name].is_set()]
            for name in watch.look({name: last_sign(places[name]) for name in kept}):
                log.critical("service.silent", worker=name, pid=self._processes[name].pid, seconds=silence)
                note_killed(places[name])
                self._processes[name].kill()

    async def _end(self, name: str) -> None:
        self._leaving[name].set()
        process = self._processes[name]
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), FINISHING_SECONDS)
            except TimeoutError:
                log.error("service.killed", worker=name, pid=process.pid)  # noqa: TRY400 -- no error of ours
                process.kill()
        await self._watchers.pop(name)

    async def _started(self, one: SupervisedProcess) -> ForkedProcess:
        if SIGNS in one.environment:
            forget(Path(one.environment[SIGNS]))
        return await self._fork_server.start(one.command, one.environment)


async def _until_ended(pid: int, stop: asyncio.Event) -> None:
    """Wait until a child has ended, or ``stop``; where the system does not tell of it, no longer than a moment."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not on every system, nor in every container
        return await pause(stop, _LOOKS_EVERY)
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)
    try:
        await unless(stop, ended.wait())
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return None


def _log_torn(server: EmbeddedServer) -> None:
    if server.torn is not None:
        log.warning("server.write-torn", count=server.torn.stat().st_size)
