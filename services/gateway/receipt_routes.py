"""Receipts, and the quarantine: what became of a document, what was wrong with it, and sending it again mended.

A document is never given back, not even to the agency that sent it: it holds personal values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from services.gateway.access_control import AccessControl
from services.gateway.micro_batch import MicroBatch
from services.gateway.post_events import to_one
from services.gateway.problems import Problem, errors
from services.gateway.request_documents import documents_of
from services.gateway.requests import Asked, answer, authenticated, page_of
from services.intake import quarantine
from services.intake.context import IntakeContext
from services.intake.examination import is_name
from services.intake.http_reception import ReceivedDocument, look_up
from services.ledger.quarantine_store import Quarantined
from services.platform.newest_checkpoint import NewestCheckpoint


class RefusedDocument(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A refused document: its name, when and why it was refused first, what it was to mend, and what it led to.

    ``resolved`` is the receipt under which this document, or one that mends it, was admitted at last; ``discarded``
    when an operator said that nobody waits for it any more.
    """

    document: str
    at: dt.datetime
    code: str
    id: str | None = None
    source: str | None = None
    mends: str = ""
    resolved: str = ""
    discarded: dt.datetime | None = None
    errors: list[dict[str, str]] = []


class RefusedDocuments(Struct, frozen=True, omit_defaults=True):
    """Refused documents, the oldest first; ``next`` is the ``after`` of the next page, if there is more."""

    items: tuple[RefusedDocument, ...]
    next: int = 0


def quarantine_routes(
    context: IntakeContext,
    authentication: AccessControl,
    micro_batch: MicroBatch,
    checkpoint: NewestCheckpoint,
) -> tuple[HTTPRouteHandler, ...]:
    """Return the routes of receipts and of the quarantine."""

    @get("/v1/receipts/{name:str}")
    async def receipt(name: FromPath[str], request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request) as asking:
            document_receipt = await look_up(context, asking.agency, name)
            if document_receipt is None:
                raise Problem("not-found")
            document_receipt.log = checkpoint.log
            return answer(document_receipt)

    @get("/v1/quarantine")
    async def refused(request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request) as asking:
            after, limit = page_of(request)
            documents = await context.quarantine.documents(asking.agency, after, limit + 1)
            items = tuple(_refused(one) for one in documents[:limit])
            return answer(RefusedDocuments(items, after + limit if len(documents) > limit else 0))

    @get("/v1/quarantine/{name:str}")
    async def one_refused(name: FromPath[str], request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request) as asking:
            opened = await _opened(context, asking.agency, name)
            return answer(_refused(opened.entry, errors(opened.faults, asking.language)))

    @post("/v1/quarantine/{name:str}/retry")
    async def retry(name: FromPath[str], request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request) as asking:
            await _opened(context, asking.agency, name)
            sent = documents_of(asking.headers, asking.body)
            if sent.batch:
                raise Problem("unsupported-media")
            incoming = ReceivedDocument(sent.documents[0], asking.identity.origin, name)
            (reply,) = await micro_batch.receive(asking.agency, [incoming])
            response = to_one(reply, asking.language, checkpoint.log)
            return answer(response.body, response.status, response.media)

    return receipt, refused, one_refused, retry


async def _opened(context: IntakeContext, agency: str, name: str) -> quarantine.Opened:
    if is_name(name):
        try:
            return await quarantine.show(context, agency, name)
        except quarantine.UnknownDocumentError:
            pass
    raise Problem("not-found")


def _refused(one: Quarantined, faults: Sequence[dict[str, str]] = ()) -> RefusedDocument:
    return RefusedDocument(
        document=one.document,
        at=one.at,
        code=one.code,
        id=one.id,
        source=one.source,
        mends=one.mends,
        resolved=one.resolved,
        discarded=one.discarded,
        errors=list(faults),
    )
