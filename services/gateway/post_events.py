"""``POST /v1/events``: events come in here, and are answered when they are durable.

A bare ASGI handler, mounted in Litestar: a route of Litestar's own parses and wraps more than this path needs, which
costs as much again as everything that is done here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from litestar.types import HTTPResponseStartEvent, HTTPScope, Receive, Send
from msgspec import Struct

from events.document import MAX_BYTES
from events.message import Language
from services.gateway.access_control import AccessControl, read_headers
from services.gateway.micro_batch import MicroBatch
from services.gateway.problems import PROBLEM_JSON, Header, Problem, language_of
from services.gateway.request_documents import RequestDocuments, documents_of
from services.identity.authentication import Principal
from services.intake.http_reception import ReceivedDocument, Reply
from services.ledger.edge import DocumentReceipt
from services.platform.newest_checkpoint import KnownLog, NewestCheckpoint

PATH = "/v1/events"
JSON_TYPE = "application/json"
RECEIVED, REPEATED, MIXED = 202, 200, 207

_encode = msgspec.json.Encoder().encode


class HttpAnswer(Struct, frozen=True):
    """What is answered: status, media type, body."""

    status: int
    media: str
    body: bytes


class Item(Struct, frozen=True, omit_defaults=True):
    """The answer to one event of a batch: a receipt, or a problem."""

    status: int
    receipt: DocumentReceipt | None = None
    problem: dict[str, object] | None = None


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
            return to_one(reply, language, self._checkpoint.log)
        kept = [one for one in sent.documents if len(one) <= MAX_BYTES]
        replies = iter(
            await self._micro_batch.receive(identity.agency, [ReceivedDocument(one) for one in kept])
        )
        answered: list[Reply | Problem] = [
            next(replies) if len(one) <= MAX_BYTES else Problem("too-large") for one in sent.documents
        ]
        return to_batch(answered, language, self._checkpoint.log)


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


def to_one(reply: Reply, language: Language, log: KnownLog | None = None) -> HttpAnswer:
    """Return the answer to a request of one event; its receipt names the ``log`` as far as it is known."""
    problem = refusal(reply)
    if problem is not None:
        return HttpAnswer(problem.status, PROBLEM_JSON, problem.body(language))
    reply.receipt.log = log
    return HttpAnswer(_status(reply), JSON_TYPE, _encode(reply.receipt))


def to_batch(
    replies: Sequence[Reply | Problem], language: Language, log: KnownLog | None = None
) -> HttpAnswer:
    """Return the answer to a batch, in its order: 202, 200 if all had come before, 207 if any is refused.

    The last receipt of it names the ``log`` as far as it is known.
    """
    items = [_item(reply, language) for reply in replies]
    if last := next((item.receipt for item in reversed(items) if item.receipt), None):
        last.log = log
    statuses = {item.status for item in items}
    overall = statuses.pop() if statuses in ({RECEIVED}, {REPEATED}) else MIXED
    if statuses == {RECEIVED, REPEATED}:
        overall = RECEIVED
    return HttpAnswer(overall, JSON_TYPE, _encode(items))


def refusal(reply: Reply) -> Problem | None:
    """Return the problem of a refused event, None for one that is received."""
    receipt = reply.receipt
    if receipt.status != "refused":
        return None
    more: dict[str, object] = {"receipt": receipt.receipt, "quarantine": receipt.quarantine}
    if receipt.id is not None:
        more["id"] = receipt.id
    if reply.differs:
        more["differs"] = reply.differs
    return Problem(receipt.code or "invalid", more, faults=receipt.faults)


def _item(reply: Reply | Problem, language: Language) -> Item:
    if isinstance(reply, Problem):
        return Item(reply.status, problem=reply.content(language))
    problem = refusal(reply)
    if problem is not None:
        return Item(problem.status, problem=problem.content(language))
    return Item(_status(reply), receipt=reply.receipt)


def _status(reply: Reply) -> int:
    return REPEATED if reply.repeated else RECEIVED
