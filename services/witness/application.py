"""The witness over HTTP: ``POST /add-checkpoint``, as C2SP ``tlog-witness`` has it.

The last checkpoint of each log, health, metrics.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import structlog
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from events.message import message
from services.gateway.bodies import Gone, Receive, read_body
from services.gateway.connections import IDLE_SECONDS, Connection, watch
from services.gateway.problems import Problem
from services.notary.notes import lines
from services.runtime.serving import Server, configured, serve_until
from services.texts.catalogue import render
from services.witness.cosigning import Verdict, Witness, WitnessAnswer
from services.witness.metrics import TEXT_FORMAT, WitnessMetrics
from services.witness.store import WitnessStoreError

Answer: TypeAlias = tuple[int, str, str]

STATUS: Mapping[Verdict, int] = {
    "cosigned": 200,
    "malformed": 400,
    "shrinking": 400,
    "untrusted": 403,
    "unknown-log": 404,
    "elsewhere": 409,
    "fork": 409,
    "unproven": 422,
}
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
JSON = "application/json"
CHECKPOINT = "/checkpoint/"
"""Before the origin of a log: the last checkpoint of it that was confirmed."""
_LOOKS = ("/metrics", "/health/live", "/health/ready")

log = structlog.get_logger()


def application(witness: Witness) -> ASGI3Application:
    """Return the application of a witness."""
    metrics = WitnessMetrics(witness)

    async def answer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            return
        try:
            status, kind, body = await _answered(
                witness, metrics, cast("dict[str, Any]", scope), cast("Receive", receive)
            )
        except Gone:
            return
        content = body.encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    return answer


async def _answered(
    witness: Witness, metrics: WitnessMetrics, scope: dict[str, Any], receive: Receive
) -> Answer:
    path, method = scope["path"], "POST" if scope["path"] == "/add-checkpoint" else "GET"
    is_known = path in ("/add-checkpoint", *_LOOKS) or path.startswith(CHECKPOINT)
    if not is_known or scope["method"] not in (method, "HEAD" if method == "GET" else method):
        return 405 if is_known else 404, TEXT, _sentence("no-path")
    try:
        if method == "GET":
            return await asyncio.to_thread(_shown, witness, metrics, path)
        return await _judged(witness, metrics, scope, receive)
    except WitnessStoreError as error:
        log.exception("witness.failed", reason=str(error))
        return 503, TEXT, _sentence("not-now")


def _shown(witness: Witness, metrics: WitnessMetrics, path: str) -> Answer:
    """Answer what changes nothing. Health tells whether the store can be read."""
    if path == "/metrics":
        return 200, TEXT_FORMAT, metrics.exposition().decode()
    if path in _LOOKS:
        witness.logs()
        return 200, JSON, '{"ok":true,"parts":{}}'
    note = witness.last(path.removeprefix(CHECKPOINT))
    return (200, TEXT, note) if note else (404, TEXT, _sentence("none-confirmed"))


async def _judged(
    witness: Witness, metrics: WitnessMetrics, scope: dict[str, Any], receive: Receive
) -> Answer:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        data = await read_body(receive, headers)
    except Problem as problem:
        return problem.status, TEXT, _sentence("no-body")
    judged = await asyncio.to_thread(witness.judge, data)
    metrics.count(judged.verdict)
    return _answer_of(judged)


def _answer_of(judgement: WitnessAnswer) -> Answer:
    status = STATUS[judgement.verdict]
    if judgement.verdict == "cosigned":
        return status, TEXT, lines(judgement.signatures)
    if status == 409:
        return status, SIZE, f"{judgement.size}\n"
    if judgement.why is not None:
        return status, TEXT, f"{render(judgement.why, 'en')}\n"
    return status, TEXT, _sentence(judgement.verdict)


def _sentence(key: str) -> str:
    return f"{render(message(f'witness.{key}'), 'en')}\n"


log = structlog.get_logger()


async def serve(witness: Witness, listening: socket.socket) -> None:
    """Answer on a socket until SIGTERM or SIGINT; what is in hand then is finished."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    config = configured(application(witness), 5, http=Connection, idle_seconds=IDLE_SECONDS)
    server = Server(config)
    watching = asyncio.ensure_future(watch(server))
    log.info("witness.listening", port=listening.getsockname()[1])
    try:
        await serve_until(stop, server, listening)
    finally:
        watching.cancel()
    log.info("witness.stopped")
