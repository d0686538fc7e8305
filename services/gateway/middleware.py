"""The middleware that every request and answer passes: one log line and one count for each."""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from projections.checkpoint import DivergedError
from services.gateway.bodies import Gone
from services.gateway.problems import PROBLEM_JSON, STATUS, Problem, language_of, unavailable
from services.gateway.request_documents import trace_of
from services.runtime.health import asked_as_get
from services.runtime.machine_faults import MACHINE_FAULTS
from services.runtime.metrics import REQUEST_SECONDS, REQUESTS

log = structlog.get_logger()


def watched(app: ASGIApp) -> ASGIApp:
    """Return the application; every request is logged and counted once."""

    async def entered(scope: Scope, receive: Receive, send: Send) -> None:
        await _Exchange(cast("HTTPScope", scope), send).carry(app, receive)

    return entered


class _Exchange:
    """One request on its way."""

    __slots__ = ("_began", "_more", "_scope", "_scope_as_get", "_send", "_status", "_trace")

    def __init__(self, scope: HTTPScope, send: Send) -> None:
        self._scope, self._send, self._status = scope, send, 0
        self._scope_as_get = asked_as_get(scope)
        self._began = time.perf_counter()
        traceparent = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        self._trace = trace_of({"traceparent": traceparent.decode("latin-1")}) if traceparent else ""
        self._more = ((b"traceparent", traceparent),) if self._trace else ()

    async def carry(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], receive: Receive) -> None:
        try:
            await app(self._scope_as_get, receive, self._sent)
        finally:
            self._tell()

    async def _sent(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._more:
                message["headers"] = [*message["headers"], *self._more]
        await self._send(message)

    def _tell(self) -> None:
        seconds = time.perf_counter() - self._began
        route = str(self._scope_as_get.get("path_template") or "unknown")
        answered, taken = _counters(route, self._status)
        answered.inc()
        taken.observe(seconds)
        log.info(
            "request.answered",
            method=self._scope["method"],
            route=route,
            status=self._status,
            seconds=round(seconds, 6),
            agency=self._scope["state"].get("agency"),
            trace=self._trace or None,
        )


@functools.lru_cache(maxsize=1024)
def _counters(route: str, status: int) -> tuple[Counter, Histogram]:
    """Return what is counted for a route and a status; there are only so many of either."""
    return REQUESTS.labels(route, str(status)), REQUEST_SECONDS.labels(route)


def answer_for(request: Request[object, object, State], error: Exception) -> Response[bytes]:
    """Return the problem that an error is answered with, and log what is our own fault."""
    problem = _problem(error)
    headers = {"cache-control": "no-store", **{n.decode(): v.decode() for n, v in problem.headers}}
    if "expect" in request.headers:  # its body will not come, or too late
        headers["connection"] = "close"
    language = language_of(request.headers.get("accept-language", ""))
    return Response(
        problem.body(language), status_code=problem.status, headers=headers, media_type=PROBLEM_JSON
    )


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Gone):
        return Problem("too-slow")
    if isinstance(error, HTTPException):
        name = next((name for name, status in STATUS.items() if status == error.status_code), None)
        allowed = (error.headers or {}).get("allow", "").replace("GET", "GET, HEAD")
        return Problem(name or "malformed-request", headers=[(b"allow", allowed.encode())] if allowed else ())
    if isinstance(error, (*MACHINE_FAULTS, DivergedError)):
        log.warning("request.not-answered", exc_info=error)
        return unavailable()
    log.error("request.failed", exc_info=error)
    return Problem("internal-error")
