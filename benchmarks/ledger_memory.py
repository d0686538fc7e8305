"""How many bytes of server memory an event costs, by what they are for: ``uv run python -m benchmarks.ledger_memory``.

The server is the embedded one unless ``--store redis7`` asks for the ``redis-server`` on the PATH. Bodies are random
text of the size that sealed events have; a person has 15 events and 400 bytes of state, a claim 10 events.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import tempfile
import time
from pathlib import Path

from redis.asyncio import Redis

from services.ledger.connection import connect
from services.ledger.protocol import Append, Commit, Head
from services.ledger.store import RedisLedger, create_or_open
from services.runtime.embedded_server import EmbeddedServer, find_server, inspect

BATCH = 500
PERSON_EVENTS, CLAIM_EVENTS = 15, 10
STATE_BYTES = 400
NOON = "2026-03-02T05:00:00.000Z"


async def fill(ledger: RedisLedger, events: int, body_bytes: int) -> float:
    """Commit ``events`` events, half of them of claims and 60 % with an id; returns seconds spent in commits."""
    draw = random.Random(1)
    spent = 0.0
    for partition in range(ledger.partitions):
        head = Head()
        while head.position < events // ledger.partitions:
            then = Head(head.position + BATCH, "0-0", "f00d@1", NOON)
            claims = range(head.position // 2 // CLAIM_EVENTS, then.position // 2 // CLAIM_EVENTS)
            appends = [
                Append(
                    draw.randbytes(body_bytes // 2).hex().encode(),
                    f"CLM-{partition}-{draw.choice(claims):07d}",
                )
                if n % 2
                else Append(draw.randbytes(body_bytes // 2).hex().encode())
                for n in range(BATCH)
            ]
            persons = range(head.position // PERSON_EVENTS, then.position // PERSON_EVENTS)
            commit = Commit(
                partition=partition,
                expected=head,
                then=then,
                events=appends,
                states=[
                    (f"~{partition:02d}{person:020d}", draw.randbytes(STATE_BYTES)) for person in persons
                ],
                ids=[(draw.randbytes(16), draw.randbytes(8)) for _ in range(BATCH * 6 // 10)],
            )
            began = time.perf_counter()
            await ledger.commit(commit)
            spent += time.perf_counter() - began
            head = then
    return spent


async def memory_of(client: Redis, pattern: str) -> int:
    """Bytes of all keys that match, as the server counts them without sampling."""
    found = [key async for key in client.scan_iter(pattern, count=1000)]
    async with client.pipeline(transaction=False) as pipe:
        for key in found:
            pipe.memory_usage(key, samples=0)
        return sum(await pipe.execute())


async def measure(url: str, events: int, body_bytes: int) -> dict[str, object]:
    """Fill an empty server and weigh what it holds."""
    client = await connect(url)
    empty = (await client.info("memory"))["used_memory"]
    ledger = await create_or_open(client)
    spent = await fill(ledger, events, body_bytes)
    held = (await client.info("memory"))["used_memory"] - empty
    parts = {
        "ledger": await memory_of(client, "{p*}:ledger"),
        "index": await memory_of(client, "{p*}:index"),
        "states": await memory_of(client, "{p*}:states"),
        "ids": await memory_of(client, "{p*}:ids:*"),
    }
    calls = (await client.info("commandstats"))["cmdstat_fcall"]
    await client.aclose()
    kept = held - parts["ids"]
    return {
        "events": events,
        "body_bytes": body_bytes,
        "bytes_per_event": {name: round(size / events, 1) for name, size in parts.items()},
        "bytes_per_id": round(parts["ids"] / (events * 0.6), 1),
        "server_bytes_per_event_without_ids": round(kept / events, 1),
        "share_of_bodies": round(kept / (events * body_bytes), 3),
        "commit_milliseconds": round(1000 * spent / (events / BATCH), 2),
        "commit_milliseconds_in_server": round(calls["usec_per_call"] / 1000, 2),
    }


def main() -> None:
    """Read the arguments, run on a server of its own, print the result as JSON."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=200_000)
    arguments.add_argument("--body", type=int, default=600, help="bytes of an event's body")
    arguments.add_argument("--store", choices=("valkey", "redis7"), default="valkey")
    asked = arguments.parse_args()
    binary = find_server() if asked.store == "valkey" else inspect(Path(shutil.which("redis-server") or ""))
    data = Path(tempfile.mkdtemp(prefix="kelambu-bench-"))
    server = EmbeddedServer.start(data, binary)
    try:
        print(json.dumps(asyncio.run(measure(server.url, asked.events, asked.body)), indent=2))
    finally:
        server.stop()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
