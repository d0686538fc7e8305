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

from services.gateway.answers import to_one
from services.gateway.authentication import Authentication
from services.gateway.documents import documents_of
from services.gateway.micro_batch import MicroBatch
from services.gateway.problems import Problem, errors
from services.gateway.requests import Asked, answer, page_of, visit
from services.intake import quarantine
from services.intake.context import IntakeContext
from services.intake.reception import ReceivedDocument, look_up
from services.ledger.quarantine import Quarantined


class RefusedDocument(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A refused document: its name, when and why it was refused first, what it was to mend, and what it led to.

    ``resolved`` is the receipt under which this document, or one that mends it, was admitted at last.
    """

    document: str
    at: dt.datetime
    code: str
    id: str | None = None
    source: str | None = None
    mends: str = ""
    resolved: str = ""
    errors: list[dict[str, str]] = []


class RefusedDocuments(Struct, frozen=True, omit_defaults=True):
    """Refused documents, the oldest first; ``next`` is the ``after`` of the next page, if there is more."""

    items: tuple[RefusedDocument, ...]
    next: int = 0


def quarantine_routes(
    desk: IntakeContext, door: Authentication, gathering: MicroBatch
) -> tuple[HTTPRouteHandler, ...]:
    """Return the routes of receipts and of the quarantine."""

    @get("/v1/receipts/{name:str}")
    async def receipt(name: FromPath[str], request: Asked) -> Response[bytes]:
        async with visit(door, request) as visitor:
            found = await look_up(desk, visitor.agency, name)
            if found is None:
                raise Problem("not-found")
            return answer(found)

    @get("/v1/quarantine")
    async def refused(request: Asked) -> Response[bytes]:
        async with visit(door, request) as visitor:
            after, limit = page_of(request)
            found = await desk.quarantine.documents(visitor.agency, after, limit + 1)
            items = tuple(_refused(one) for one in found[:limit])
            return answer(RefusedDocuments(items, after + limit if len(found) > limit else 0))

    @get("/v1/quarantine/{name:str}")
    async def one_refused(name: FromPath[str], request: Asked) -> Response[bytes]:
        async with visit(door, request) as visitor:
            opened = await _opened(desk, visitor.agency, name)
            return answer(_refused(opened.entry, errors(opened.faults, visitor.language)))

    @post("/v1/quarantine/{name:str}/retry")
    async def retry(name: FromPath[str], request: Asked) -> Response[bytes]:
        async with visit(door, request) as visitor:
            await _opened(desk, visitor.agency, name)
            sent = documents_of(visitor.headers, visitor.body)
            if sent.batch:
                raise Problem("unsupported-media")
            incoming = ReceivedDocument(sent.documents[0], visitor.identity.origin, name)
            (reply,) = await gathering.receive(visitor.agency, [incoming])
            said = to_one(reply, visitor.language)
            return answer(said.body, said.status, said.media)

    return receipt, refused, one_refused, retry


async def _opened(desk: IntakeContext, agency: str, name: str) -> quarantine.Opened:
    if quarantine.is_name(name):
        try:
            return await quarantine.show(desk, agency, name)
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
        errors=list(faults),
    )
