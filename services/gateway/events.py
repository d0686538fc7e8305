"""``POST /v1/events``: events come in here, and are answered when they are durable.

A bare ASGI handler, mounted in Litestar: a route of Litestar's own parses and wraps more than this path needs, which
costs as much again as everything that is done here.
"""

from __future__ import annotations

from collections.abc import Mapping

from litestar.types import HTTPResponseStartEvent, HTTPScope, Receive, Send

from events.document import MAX_BYTES
from services.gateway.access_control import AccessControl, read_headers
from services.gateway.answers import HttpAnswer, to_batch, to_one
from services.gateway.documents import RequestDocuments, documents_of
from services.gateway.micro_batch import MicroBatch
from services.gateway.problems import Header, Problem, language_of
from services.identity.authentication import Principal
from services.intake.reception import ReceivedDocument, Reply
from services.platform.newest_checkpoint import NewestCheckpoint

PATH = "/v1/events"


class Events:
    """Takes events in."""

    def __init__(
        self, authentication: AccessControl, micro_batch: MicroBatch, checkpoint: NewestCheckpoint
    ) -> None:
        self._authentication, self._micro_batch = authentication, micro_batch
        self._checkpoint = checkpoint

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise Problem("wrong-method", headers=[(b"allow", b"POST")])
        headers = read_headers(scope["headers"])
        rates = self._authentication.rates
        async with self._authentication.enter(headers, receive, scope["state"]) as (identity, body):  # type: ignore[arg-type]
            sent = documents_of(headers, body)
            if len(sent.documents) > 1:
                rates.take(identity.agency, len(sent.documents) - 1)
            answer = await self._answer(sent, identity, headers)
        await _send(send, answer, (b"ratelimit", rates.left(identity.agency)))

    async def _answer(
        self, sent: RequestDocuments, identity: Principal, headers: Mapping[str, str]
    ) -> HttpAnswer:
        language = language_of(headers.get("accept-language", ""))
        if not sent.batch:
            (reply,) = await self._micro_batch.receive(
                identity.agency, [ReceivedDocument(sent.documents[0], identity.origin)]
            )
            return to_one(reply, language, self._checkpoint.known)
        kept = [one for one in sent.documents if len(one) <= MAX_BYTES]
        replies = iter(
            await self._micro_batch.receive(identity.agency, [ReceivedDocument(one) for one in kept])
        )
        answered: list[Reply | Problem] = [
            next(replies) if len(one) <= MAX_BYTES else Problem("too-large") for one in sent.documents
        ]
        return to_batch(answered, language, self._checkpoint.known)


async def _send(send: Send, answer: HttpAnswer, more: Header) -> None:
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [
            (b"content-type", answer.media.encode()),
            (b"content-length", b"%d" % len(answer.body)),
            (b"cache-control", b"no-store"),
            more,
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
