"""No personal value stands anywhere in clear.

A thousand canaries, their ways through the installation, and then the search.
"""

from __future__ import annotations

import http.client
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import cast

import msgspec
from redis.asyncio import Redis

from events.catalogue import AgencyEvent, decode
from events.operation import ParkedDiscarded
from services.intake import quarantine
from services.intake.context import context_of
from services.ledger import keys
from services.ledger.payments import Payments
from services.ledger.registry import FINDINGS, TYPES, Agency
from services.ledger.reservations import WaitingEvent
from services.operations.parked_requests import DiscardedEvent, ParkedRow
from tests.lives import Life
from tests.servers import free_port
from tests.system.canaries import ACCOUNT, CANARIES, NAME, SECRET, Canary, found_in, traces
from tests.system.recorded import opened_events, recorded
from tests.system.running import (
    SERVICES,
    OutboxSender,
    RunningInstallation,
    patiently,
    running_installation,
    until,
)

AGENCIES = ("dinsos", "rsud", "disdik", "disdukcapil", "bpjs", "bank")
FAILING = "tests.system.failing_adjudicator"
PARKED_WAY = 9
RETRIED, DISCARDED = 2, 2
"""Parked persons who are taken up again, and whose event is discarded and kept; the others stay parked."""


async def test_no_personal_value_is_found_anywhere_in_clear(tmp_path: Path):
    """After success, refusal, waiting, parking and crashes nothing holds a canary but the files for the bank."""
    canaries = [Canary(number) for number in range(1, CANARIES + 1)]
    port = free_port()
    async with running_installation(tmp_path / "data", own_edge=True) as installation:
        post = await Post.opened(installation)
        installation.start(*SERVICES)
        installation.start("http", KELAMBU_HTTP_PORT=str(port))
        await _send_amid_crashes(
            installation, post, [one for canary in canaries for one in canary.documents()]
        )
        assert found_in(files(installation.servers["edge"].files)), "the search finds what is in clear"
        await installation.settled()
        await _pay(installation, post)
        await _park_and_crash(installation, post, [canary for canary in canaries if canary.way == PARKED_WAY])
        await _mend(installation, post)
        await installation.settled()
        await _look_at_discarded(installation)

        await installation.until_started("http")
        said = {path: _get(port, path) for path in ("/metrics", "/health/live", "/health/ready")}
        said |= _commands(installation)
        installation.stop()
        await _write_everything_out(installation)
        places = (
            files(installation.data)
            | await values(installation.installation.core)
            | await values(installation.installation.edge)
            | said
        )
        batches = {place: places.pop(place) for place in list(places) if "/batches/" in place}
        assert found_in(places) == {}

        assert {marker for content in batches.values() for marker in traces(content)} == {NAME, ACCOUNT}
        everything = await _opened(installation)
        for canary in canaries:
            personal = (canary.nik, canary.name, canary.account["number"])
            assert all(value.encode() in everything for value in personal), canary.number
        installation.command("verify")


class Post:
    """The senders of every agency."""

    def __init__(self, url: str) -> None:
        self._senders = {agency: OutboxSender(agency, url) for agency in (*AGENCIES, "stranger")}

    @classmethod
    async def opened(cls, installation: RunningInstallation) -> Post:
        """Register every agency; a stranger may send next to nothing."""
        for agency in AGENCIES:
            await installation.installation.registry.add(Agency(name=agency, types=TYPES, findings=FINDINGS))
        await installation.installation.registry.add(Agency(name="stranger", types=("participant.ended",)))
        return cls(installation.installation.settings.edge_url or "")

    async def send(self, documents: Iterable[tuple[str, bytes]]) -> None:
        """Send each in the name of its agency, in order."""
        of: dict[str, list[bytes]] = {}
        for agency, document in documents:
            of.setdefault(agency, []).append(document)
        for agency, mine in of.items():
            await self._senders[agency].send(mine)


async def _send_amid_crashes(
    installation: RunningInstallation, post: Post, documents: Sequence[tuple[str, bytes]]
) -> None:
    """Send in parts; after each part something is killed that has just begun to work on it."""
    victims = [*SERVICES, *installation.servers] * 2
    Random(1).shuffle(victims)
    share = -(-len(documents) // len(victims))
    for n, victim in enumerate(victims):
        if victim in SERVICES:
            await installation.until_started(victim)
        await post.send(documents[n * share : (n + 1) * share])
        installation.kill(victim)
        installation.start_again(victim)


async def _pay(installation: RunningInstallation, post: Post) -> None:
    """Let the bank pay what has left, and send some of it back."""
    payments, paid = Payments(installation.installation.core), 0
    for number, order in await patiently(lambda: payments.orders(0, 10_000)):
        life = Life()
        if number % 5:
            life.paid(order.order, order.amount, order.claim, id=f"paid-{order.order}")
            life.documents[0]["data"]["reference"] = f"{NAME} {ACCOUNT}"
        else:
            life.returned(order.order, order.claim)
            life.documents[0] |= {"id": f"back-{order.order}"}
            life.documents[0]["data"]["reason"] = f"{NAME} {ACCOUNT}"
        await post.send([("bank", life.lines()[0])])
        paid += 1
    assert paid
    await installation.settled()


async def _park_and_crash(installation: RunningInstallation, post: Post, canaries: Sequence[Canary]) -> None:
    """Let a decider fail on every canary's objection, and its process die of a withdrawal; then take some up again."""
    installation.stop("adjudication")
    installation.start("adjudication", module=FAILING, CANARY=SECRET)
    objecting = [canary for canary in canaries if canary.number % 4]
    await post.send(canary.objection() for canary in objecting)
    tokens = {installation.installation.tokens.nik(canary.nik) for canary in objecting}

    async def parked() -> bool:
        installation.look_after()
        partitions = range(installation.installation.ledger.partitions)
        return {p for n in partitions for p in await installation.installation.ledger.parked(n)} == tokens

    await until(parked, "everybody whose objection fails is parked")
    await post.send(canary.objection() for canary in objecting)
    await post.send([Canary(1).withdrawal()])
    assert await installation.until_ended("adjudication") != 0
    installation.start("adjudication")
    lines = msgspec.json.decode(
        installation.command("parked", "list", "--json", code=1), type=list[ParkedRow]
    )
    assert {line.person for line in lines} == tokens
    listed = msgspec.json.decode(installation.command("exceptions", "--kind", "parked", "--json", code=1))
    assert {line["subject"] for line in listed["exceptions"]} == tokens
    for line in lines[:RETRIED]:
        installation.command("parked", "retry", line.person, "--reason", SECRET)
    for line in lines[-DISCARDED:]:
        installation.command("parked", "discard", line.person, line.first, "--reason", "past mending")


async def _look_at_discarded(installation: RunningInstallation) -> None:
    """Find what was discarded where the commands show it: sealed, and opened only for a reason."""
    listed = msgspec.json.decode(
        installation.command("parked", "list", "--discarded", "--json"), type=list[DiscardedEvent]
    )
    assert [(one.type, bool(one.position)) for one in listed] == [("claim.objected", True)] * DISCARDED
    for one in listed:
        shown = installation.command("parked", "show", one.person, one.event)
        assert b"claim.objected" in shown
        assert found_in({"parked show": shown}) == {}
        reason = ("--content", "--reason", "letter 12/2026")
        assert found_in({"opened": installation.command("parked", "show", one.person, one.event, *reason)})


async def _mend(installation: RunningInstallation, post: Post) -> None:
    """Send a quarantined document again as it was, and another mended."""
    context = context_of(installation.installation)
    first, second = (await context.quarantine.documents("dinsos"))[:2]
    await quarantine.retry(context, "dinsos", first.document)
    await quarantine.retry(context, "dinsos", second.document, Canary(2001).withdrawal()[1])


def _commands(installation: RunningInstallation) -> dict[str, bytes]:
    """Everything that the commands print about an installation without being asked for documents in clear."""
    asked: dict[tuple[str, ...], int] = {
        ("quarantine", "list", "--json"): 1,
        ("parked", "list"): 1,
        ("parked", "list", "--discarded"): 0,
        ("exceptions", "--json"): 1,
        ("claim", "K-0001", "--json"): 0,
        ("agency", "list", "--json"): 0,
        ("projections", "status", "--json"): 0,
        ("export", "claims"): 0,
        ("export", "ledger"): 0,
        ("doctor",): 0,
    }
    return {" ".join(command): installation.command(*command, code=code) for command, code in asked.items()}


async def _write_everything_out(installation: RunningInstallation) -> None:
    """Rewrite the edge's file, as intake does every hour, and save the core's memory beside its file, uncompressed."""
    await installation.installation.edge.bgrewriteaof()
    await installation.installation.core.config_set("rdbcompression", "no")
    await installation.installation.core.save()

    async def rewritten() -> bool:
        info = await installation.installation.edge.info("persistence")
        return not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]

    await until(rewritten, "the edge's file is rewritten")


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by its path."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


async def values(server: Redis) -> dict[str, bytes]:
    """Return every key of a server with its value, whatever its type, spelt out."""
    found: dict[str, bytes] = {}
    ask: dict[bytes, Callable[[bytes], Awaitable[object]]] = {
        b"string": server.get,
        b"hash": server.hgetall,
        b"list": lambda name: server.lrange(name, 0, -1),
        b"set": server.smembers,
        b"zset": lambda name: server.zrange(name, 0, -1),
        b"stream": server.xrange,
    }
    async for name in server.scan_iter(count=1000):
        value = await ask[cast("bytes", await server.type(name))](name)
        found[f"key {name!r}"] = name + b"\n" + b"\n".join(_spelt(value))
    return found


def _spelt(value: object) -> Iterable[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _spelt(pair)
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from _spelt(one)


async def _opened(installation: RunningInstallation) -> bytes:
    """Return every document that the installation can open with its keys.

    Recorded, waiting, parked, discarded, in quarantine.
    """
    waiting: list[bytes] = []
    for pattern in (keys.waiting("*"), f"{keys.early('*', b'')}*"):
        async for name in installation.installation.core.scan_iter(match=pattern, count=1000):
            elements = cast("list[bytes]", await installation.installation.core.lrange(name, 0, -1))
            waiting += [WaitingEvent.unpacked(element).body for element in elements]
    for partition in range(installation.installation.ledger.partitions):
        for person in await installation.installation.ledger.parked(partition):
            waiting += await installation.installation.ledger.parked_events(partition, person)
    events = await recorded(installation.installation)
    waiting += [one.data.document for one in events if isinstance(one, ParkedDiscarded) and one.data.document]
    held = [event for body in waiting if isinstance(event := decode(body), AgencyEvent)]
    documents = [one.document for one in opened_events(installation.installation, [*events, *held])]
    context = context_of(installation.installation)
    for agency in (*AGENCIES, "stranger"):
        start = 0
        while page := await context.quarantine.documents(agency, start):
            start += len(page)
            documents += [(await quarantine.show(context, agency, one.document)).document for one in page]
    return b"\n".join(documents)


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    return connection.getresponse().read()
