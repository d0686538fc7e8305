"""``python -m benchmarks.bare PORT``: a Litestar route that appends the body to a stream and does nothing else."""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
import uvloop
from litestar import Litestar, Request, Response, post
from litestar.datastructures import State
from redis.asyncio import Redis

from services.platform.settings import Settings


async def serve(port: int) -> None:
    """Answer ``POST /v1/events`` until the process is ended."""
    client: Redis = Redis.from_url(Settings.read().redis_url or "", protocol=2)

    @post("/v1/events")
    async def take(request: Request[object, object, State]) -> Response[dict[str, str]]:
        entry = await client.xadd("bare", {"event": await request.body()})
        return Response({"entry": str(entry)}, status_code=202)

    app = Litestar([take], openapi_config=None, logging_config=None)
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            app, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
        )
        sys.stderr.write("listening\n")
        await uvicorn.Server(config).serve([bound])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
