"""``uv run python -m benchmarks.opening DATA``: what each start spends on comparing the parts of an installation.

DATA is a data directory whose services are stopped; its server runs meanwhile, and nothing in it changes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import median

from services.installation.opening import belonging
from services.ledger.connection import connect
from services.ledger.integrity import check_soundness
from services.platform.permissions import open_to_others
from services.platform.settings import Settings
from services.runtime import append_only_file
from services.runtime.embedded_server import EmbeddedServer

TIMES = 15


def main() -> int:
    """Print the milliseconds of each comparison, as they passed and of processor time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opening", description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    server = EmbeddedServer.start(data)
    try:
        asyncio.run(_measure(server, Settings.read(data=data).with_server(server.url)))
    finally:
        server.stop()
    return 0


async def _measure(server: EmbeddedServer, settings: Settings) -> None:
    client = await connect(server.url)

    async def files() -> None:
        append_only_file.examine(server.files)
        open_to_others(settings)

    async def parts() -> None:
        await belonging(settings, client, None)

    async def sound() -> None:
        await check_soundness(client, settings.partitions)

    await _timed("files and who may read them", files)
    await _timed("identity, epoch, keys and positions", parts)
    await _timed("heads, counts, ends and routes", sound)
    await client.aclose()


async def _timed(name: str, compare: Callable[[], Coroutine[None, None, None]]) -> None:
    passed, spent = [], []
    for _ in range(TIMES):
        began, process = time.perf_counter(), time.process_time()
        await compare()
        passed.append(time.perf_counter() - began)
        spent.append(time.process_time() - process)
    print(f"{name}: {median(passed) * 1e3:.1f} ms, {median(spent) * 1e3:.1f} ms of processor time")


if __name__ == "__main__":
    sys.exit(main())
