"""Connections: a client that is slow, or sends headers without end, loses its own connection and harms nobody else.

uvicorn has no time limit for the head or the body of a request, and none for the size of a head; both are here.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import Server

from services.gateway.problems import PROBLEM_JSON, Problem

HEAD_SECONDS = 10.0
"""A request's head must be here so soon after the connection is open, or after its first byte."""
BODY_SECONDS = 30.0
"""And the whole request so soon after its first byte."""
ANSWER_SECONDS = 60.0
"""An answer must be taken so soon after the whole request was here."""
IDLE_SECONDS = 30
"""A connection without a request is kept so long."""
MOST_HEAD_BYTES = 16 * 1024
MOST_HEADERS = 100
MOST_CONNECTIONS = 900
"""Of one process; for one more, the one that has kept us waiting for longest is given up."""
MOST_LEFT_OVER = 4 * 1024 * 1024
"""So much of a body that was refused already is still taken, so that the client reads the answer."""
_NO_OTHER_PROTOCOL = {
    "detail": "HTTP/1.1 is spoken here and nothing else: send no Upgrade (in Java: HttpClient.Version.HTTP_1_1)."
}
_LOOK_SECONDS = 0.5
_LONGEST = {"head": HEAD_SECONDS, "body": BODY_SECONDS}


class Connection(HttpToolsProtocol):
    """A connection that is watched: since when it has kept us waiting, and for what."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        self.waiting_for: str = "head"
        self.since = self.loop.time()
        self._head = self._left_over = 0
        self._ended = False
        """Whether a request has ended in what came last, so that not all of it belongs to the head of the next."""
        if len(self.connections) >= MOST_CONNECTIONS:
            waiting = [one for one in self.connections if isinstance(one, Connection) and one.waiting_for]
            if waiting:
                min(waiting, key=lambda one: one.since).give_up()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that grows too large is refused at once."""
        if self.waiting_for in ("", "idle"):
            self.waiting_for, self.since = "head", self.loop.time()
        self._ended = False
        super().data_received(data)
        if self.waiting_for == "head" and self.parser is not None and not self._ended:
            self._head += len(data)
            if self._head > MOST_HEAD_BYTES:
                self._refuse(Problem("headers-too-large"))

    def on_message_begin(self) -> None:
        """Begin with another request."""
        self._head = self._left_over = 0
        self.waiting_for, self.since = "head", self.loop.time()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count the headers, also those behind the body."""
        self._head += len(name) + len(value)
        if self._head > MOST_HEAD_BYTES or len(self.headers) >= MOST_HEADERS:
            self._refuse(Problem("headers-too-large"))
        elif self.waiting_for != "body":  # a trailer is no header: a proxy in front has not looked at it
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to wait for the body."""
        if self._head + len(self.url) > MOST_HEAD_BYTES:
            self._refuse(Problem("headers-too-large"))
        elif self.parser.should_upgrade():  # the parser takes what follows for another protocol, also a body
            self._refuse(Problem("malformed-request", _NO_OTHER_PROTOCOL))
        if self.transport.is_closing():
            return
        self.waiting_for = "body"
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; of a refused one not without end."""
        if self.cycle is None:
            return
        if self.cycle.response_complete:
            self._left_over += len(body)
            if self._left_over > MOST_LEFT_OVER:
                self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin to wait for the answer to be taken."""
        self._ended = True
        if self.cycle is None or self.transport.is_closing():
            return
        self.waiting_for, self.since = "answer", self.loop.time()
        super().on_message_complete()
        if self.cycle.response_complete:
            self.waiting_for = "idle"

    def on_response_complete(self) -> None:
        """Begin to wait for another request; uvicorn ends that."""
        if self.waiting_for == "answer" and not self.pipeline:
            self.waiting_for = "idle"
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- it is told as a problem
        """Answer what is no HTTP."""
        if not self.transport.is_closing():
            self._refuse(Problem("malformed-request"))

    def look(self, now: float) -> None:
        """Give the connection up if it has kept us waiting too long."""
        waited = now - self.since
        if self.transport.is_closing():
            if waited > ANSWER_SECONDS:
                self.transport.abort()
        elif waited > _LONGEST.get(self.waiting_for, waited):
            self.give_up()
        elif self.waiting_for == "answer" and waited > ANSWER_SECONDS and self.flow.write_paused:
            self.transport.abort()

    def give_up(self) -> None:
        """Close the connection, with a word where a request has begun and is not answered."""
        begun = self.waiting_for == "body" or (self.waiting_for == "head" and self._head > 0)
        if begun and (self.waiting_for == "head" or not self.cycle.response_started):
            self._refuse(Problem("too-slow"))
        else:
            self.transport.abort()

    def _refuse(self, problem: Problem) -> None:
        """Answer before any route is reached, and close; silently where an earlier answer is still under way."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete and self.waiting_for != "body":
            self.transport.abort()
            return
        body = problem.body("en")
        head = [
            STATUS_LINE[problem.status],
            b"content-type: " + PROBLEM_JSON.encode() + b"\r\n",
            b"content-length: %d\r\n" % len(body),
            b"connection: close\r\n\r\n",
        ]
        self.transport.write(b"".join([*head, body]))
        self.transport.close()


async def watch(server: Server) -> None:
    """Look after every connection of a server, for as long as it runs."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        now = loop.time()
        for one in list(cast("set[Any]", server.server_state.connections)):
            if isinstance(one, Connection):
                with contextlib.suppress(RuntimeError):  # a transport that is closed already
                    one.look(now)
