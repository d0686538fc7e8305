"""The client under everything at once: many tasks, commands that are given up, connections that the server closes."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from random import Random

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as ConnectionLost

from services.ledger.connection import connect
from services.runtime.embedded_server import EmbeddedServer
from tests.servers import STORES, emptied
from tests.stores.ledger.steps import connections_are

_TASKS = 200
_ROUNDS = int(os.environ.get("CROWD_ROUNDS", "10"))
_CONNECTIONS = 20


class Crowd:
    """Tasks over one client, each of which knows what its own replies must be."""

    def __init__(self, client: Redis, random: Random) -> None:
        """Begin with nothing sent."""
        self._client, self._random = client, random
        self.sent: Counter[str] = Counter()
        self.counted: Counter[str] = Counter()
        self.under_way: list[asyncio.Task[None]] = []
        self.ends: Counter[str] = Counter()
        """How commands ended: how many were ``replied``, ``given up`` and ``lost``."""

    async def commands(self, name: str) -> None:
        """Send commands of each kind; none that fails is repeated."""
        for number in range(_ROUNDS):
            kind = self._random.choice(
                (self._echo, self._pipeline, self._transaction, self._count, self._block)
            )
            command = asyncio.create_task(kind(f"{name} {number}", name))
            self.under_way.append(command)
            await asyncio.wait([command])
            self.under_way.remove(command)
            if command.cancelled():
                self.ends["given up"] += 1
            elif isinstance(command.exception(), ConnectionLost):
                self.ends["lost"] += 1
            else:
                command.result()
                self.ends["replied"] += 1

    async def _echo(self, text: str, name: str) -> None:
        assert await self._client.echo(text) == text.encode()

    async def _pipeline(self, text: str, name: str, *, transaction: bool = False) -> None:
        texts = [
            f"{text} {part}" * self._random.choice((1, 1000)) for part in range(self._random.randint(1, 9))
        ]
        pipe = self._client.pipeline(transaction=transaction)
        for one in texts:
            pipe.echo(one)
        assert await pipe.execute() == [one.encode() for one in texts]

    async def _transaction(self, text: str, name: str) -> None:
        await self._pipeline(text, name, transaction=True)

    async def _count(self, text: str, name: str) -> None:
        self.sent[name] += 1
        count = await self._client.incr(name)
        self.counted[name] += 1
        assert self.counted[name] <= count <= self.sent[name]

    async def _block(self, text: str, name: str) -> None:
        assert await self._client.blpop([text], 0.001) is None


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("store", STORES)
async def test_each_reply_belongs_to_its_command(store: str, seed: int, request: pytest.FixtureRequest):
    """Nothing is sent twice, and when all is over no connection is open that nobody can use."""
    server: EmbeddedServer = request.getfixturevalue(f"{store}_server")
    random = Random(seed)
    async with (
        emptied(server) as control,
        await connect(f"{server.url}?max_connections={_CONNECTIONS}") as client,
    ):
        crowd = Crowd(client, random)
        own = await control.client_id()
        everybody = asyncio.gather(*(crowd.commands(f"task{one}") for one in range(_TASKS)))
        while not everybody.done():
            if crowd.under_way:
                random.choice(crowd.under_way).cancel()
            connections = [int(one["id"]) for one in await control.client_list()]
            assert len(connections) < 5 * _CONNECTIONS
            if others := [one for one in connections if one != own]:
                await control.client_kill_filter(_id=str(random.choice(others)))
        await everybody
        for name, sent in crowd.sent.items():
            assert crowd.counted[name] <= int(await control.get(name) or 0) <= sent
        assert set(crowd.ends) == {"replied", "given up", "lost"}
        assert sum(crowd.counted.values())
        held = client.connection_pool._in_use_connections
        assert len(held) <= _CONNECTIONS
        assert await asyncio.gather(*(client.echo(f"{one}") for one in range(_TASKS))) == [
            b"%d" % one for one in range(_TASKS)
        ]
        await connections_are(control, 1 + sum(one.is_connected for one in held))
