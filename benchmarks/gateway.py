"""The gateway: single events and batches of 100 over HTTP, each durable when answered, beside a bare Litestar route.

Client, gateways and server share the machine. The bare route does nothing but one XADD of the same body, on the same
server with the same settings, under the same uvicorn in as many processes.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.clock import Syncs, part_of, syncs
from benchmarks.idle import free_port
from benchmarks.place import opened_installation, processes
from benchmarks.report import Figure
from services.gateway.post_events import PATH
from services.gateway.request_documents import BATCH as BATCHES
from services.identity.credentials import new_api_key
from services.ledger.credentials import Credentials
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage

SINGLE_GOAL, BATCH_GOAL = 5_000, 20_000
BOMB_MS, BOMB_MB = 100, 50
SINGLES, BATCHED, BATCH = 20_000, 60_000, 100
WARM_UP = 1_000
CONNECTIONS = 128
BATCH_CONNECTIONS = 8
PROCESSES = 2


class Load(Struct):
    """What a client found: requests answered in so many seconds, each in so many, and how many were refused."""

    seconds: float
    taken: list[float]
    statuses: dict[int, int]


async def measure(sent: Sequence[AgencyMessage]) -> AsyncIterator[Figure]:
    """Send singles and batches to the gateway, and the same singles to the bare route."""
    async with opened_installation() as installation:
        disk = syncs(installation.settings.data)
        keys = await _keys(installation, {message.agency for message in sent})
        port = free_port()
        settings = replace(
            installation.settings, gateway_port=port, gateways=PROCESSES, rate=10_000_000, burst=10_000_000
        )
        singles = [_request(PATH, keys[one.agency], one.body) for one in sent[: WARM_UP + SINGLES]]
        batches = _batches(sent[WARM_UP + SINGLES : WARM_UP + SINGLES + BATCHED], keys)
        names = [f"gateway-{n}" for n in range(PROCESSES)]
        run = ("-m", "services.runtime.run", "gateway")
        with processes(dict.fromkeys(names, run), settings, b"listening") as gateways:
            await load(port, singles[:WARM_UP], CONNECTIONS)
            single = await load(port, singles[WARM_UP:], CONNECTIONS)
            batch = await load(port, batches, BATCH_CONNECTIONS)
            bombs = await _bombs(port, next(iter(keys.values())), [*gateways.values()])
        port = free_port()
        run = ("-m", "benchmarks.bare", str(port))
        with processes(dict.fromkeys(names, run), settings, b"listening"):
            await load(port, singles[:WARM_UP], CONNECTIONS)
            bare = await load(port, singles[WARM_UP:], CONNECTIONS)
    yield _figure("gateway, single events", single, disk, 1, "events/s", SINGLE_GOAL)
    yield _figure("gateway, batches of 100", batch, disk, BATCH, "events/s", BATCH_GOAL)
    yield _figure("bare Litestar route, one XADD", bare, disk, 1, "requests/s", None)
    ratio = (len(single.taken) / single.seconds) / (len(bare.taken) / bare.seconds)
    yield Figure("gateway / bare route, single", ratio, "times")
    for figure in bombs:
        yield figure


async def _bombs(port: int, key: str, gateways: Sequence[int]) -> list[Figure]:
    """Send what wants to be large, deep or wide, one after the other; returns the slowest refusal, and the memory."""
    squeezed = zlib.compressobj(9, wbits=31)
    parts = [squeezed.compress(b" " * 1_000_000) for _ in range(64)]
    gzip = "application/json\r\ncontent-encoding: gzip"
    bombs = {
        "64 MB in gzip": _request(PATH, key, b"".join([*parts, squeezed.flush()]), gzip),
        "10,000 deep": _request(PATH, key, b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
        "a million keys": _request(PATH, key, b"{" + b",".join([b'"":0'] * 1_000_000) + b"}"),
        "200,000 keys": _request(PATH, key, b"[{" + b",".join([b'"":0'] * 200_000) + b"}]", BATCHES),
        "texts of colons": _request(PATH, key, b"[" + b",".join([b'":"'] * 250_000) + b"]", BATCHES),
        "33 deep, often": _request(
            PATH, key, b"[" + b",".join([b"[" * 33 + b"]" * 33] * 15_000) + b"]", BATCHES
        ),
    }
    slowest, most = ("", 0.0), ("", 0.0)
    for name, bomb in bombs.items():
        before = [_held(gateway) for gateway in gateways]
        (taken,) = (await load(port, [bomb], 1)).taken
        more = max(_memory(g, "VmHWM") - held for g, held in zip(gateways, before, strict=True))
        slowest, most = max(slowest, (name, 1000 * taken), key=_second), max(most, (name, more), key=_second)
    note = ", ".join(bombs)
    return [
        Figure(
            "gateway, slowest refusal of a bomb", slowest[1], "ms", BOMB_MS, at_most=True, note=slowest[0]
        ),
        Figure("gateway, memory that a bomb takes", most[1], "MB", BOMB_MB, at_most=True, note=f"of {note}"),
    ]


def _second(pair: tuple[str, float]) -> float:
    return pair[1]


def _held(process: int) -> float:
    """Return what a process holds, in MB, and let its peak begin anew."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return _memory(process, "VmRSS")


def _memory(process: int, field: str) -> float:
    """Return a size from ``/proc``, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1000


def _figure(name: str, load: Load, disk: Syncs, events: int, unit: str, goal: float | None) -> Figure:
    taken = load.taken
    p50, p99 = (1000 * part_of(taken, part) for part in (0.5, 0.99))
    answers = ", ".join(f"{number} × {status}" for status, number in sorted(load.statuses.items()))
    note = f"{PROCESSES} processes; an answer takes {p50:.1f} ms at the median, {p99:.1f} ms at p99 ({disk}); {answers}"
    return Figure(name, events * len(taken) / load.seconds, unit, goal, note=note)


async def load(port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Send requests over so many connections, each the next as soon as it is answered."""
    waiting, measured = iter(requests), Load(0.0, [], {})
    loop = asyncio.get_running_loop()
    clients = [_Client(waiting, measured, loop.create_future()) for _ in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    began = time.perf_counter()
    for client in clients:
        client.next()
    await asyncio.gather(*(client.done for client in clients))
    measured.seconds = time.perf_counter() - began
    for client in clients:
        client.transport.close()
    return measured


class _Client(asyncio.Protocol):
    """One connection that costs as little as can be: it reads the status and the length of an answer."""

    transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes], load: Load, done: asyncio.Future[None]) -> None:
        self._requests, self._found, self.done = requests, load, done
        self._came, self._began = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            return
        self._began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._came += data
        head = self._came.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._came.index(b"content-length: ") + 16
        length = int(self._came[at : self._came.index(b"\r", at)])
        if len(self._came) < head + 4 + length:
            return
        status = int(self._came[9:12])
        self._found.statuses[status] = self._found.statuses.get(status, 0) + 1
        self._found.taken.append(time.perf_counter() - self._began)
        self._came = b""
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError("the gateway closed a connection"))


def _request(path: str, key: str, body: bytes, media: str = "application/cloudevents+json") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n"
        f"content-type: {media}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _batches(sent: Sequence[AgencyMessage], keys: dict[str, str]) -> list[bytes]:
    """Return batches of one agency each, filled in the order in which the events are sent."""
    filled: dict[str, list[bytes]] = {}
    requests = []
    for message in sent:
        batch = filled.setdefault(message.agency, [])
        batch.append(message.body)
        if len(batch) == BATCH:
            body = b"[" + b",".join(batch) + b"]"
            requests.append(_request(PATH, keys[message.agency], body, BATCHES))
            batch.clear()
    return requests


async def _keys(installation: Installation, agencies: set[str]) -> dict[str, str]:
    keys = {}
    for agency in sorted(agencies):
        keys[agency], kept = new_api_key(agency, dt.datetime.now(dt.UTC))
        await Credentials(installation.core).add(kept)
    return keys
