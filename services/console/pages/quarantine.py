"""Refused documents: what was wrong with each, and what an operator does about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast, get_args

from litestar import Response, get, post
from litestar.params import FromPath

from events.message import message
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.pages.operations import OPERATES, SEES
from services.console.rendering import command_line, done, page
from services.console.tables import Column, Table, table_answer, table_page
from services.exports.formats import Cell
from services.intake import quarantine
from services.intake.context import context_of
from services.ledger.edge import Fault
from services.operations.parked_requests import DiscardedEvent
from services.operations.refused_documents import (
    RefusalRow,
    RefusalState,
    discard_of,
    discard_refused,
    faults_of,
    refused,
    resending_of,
    retry_refused,
)


@get("/operations/quarantine", guards=[SEES], sync_to_thread=True)
def refused_documents(console: Console) -> Response[str] | Response[bytes]:
    """List refused documents without anything of their content."""
    agency, fields = console.one("agency"), console.filters
    fields.one_of("agency", [name for name, _ in console.agencies])
    fields.one_of("state", _STATES)
    fields.done()
    state = cast("RefusalState", console.one("state", "waiting"))
    documents = console.run(refused(console.installation, agency or None, state=state))
    filters = {"agency": agency} if agency else {}
    table = Table(
        name="quarantine",
        caption="console.operations.refused",
        columns=(*_REFUSED_COLUMNS, *_STATE_COLUMNS[state]),
        rows=documents,
    )
    line = command_line("quarantine list", filters if state == "waiting" else filters | {"state": state})
    return table_answer(
        console,
        "quarantine.html",
        table,
        filters=filters,
        states=[(name, console.words.name("refusal-state", name)) for name in _STATES],
        state=state,
        command=line,
    )


_STATES: tuple[RefusalState, ...] = get_args(RefusalState)
_REFUSED_COLUMNS = (
    Column[RefusalRow](
        key="document",
        heading="column.document",
        kind="token",
        link=lambda one: f"/operations/quarantine/{one.agency}/{one.document}",
    ),
    Column[RefusalRow](key="agency", heading="column.agency", kind="agency"),
    Column[RefusalRow](key="at", heading="column.refused", kind="moment"),
    Column[RefusalRow](key="code", heading="column.why", kind="named", family="refused"),
    Column[RefusalRow](key="id", heading="column.id"),
)


def _of_discard(name: str) -> Callable[[RefusalRow | DiscardedEvent], Cell]:
    return lambda one: getattr(one.discarded, name) if one.discarded else ""


DISCARD_COLUMNS = (
    Column[RefusalRow | DiscardedEvent](
        key="discarded", heading="column.discarded", kind="moment", value=_of_discard("at")
    ),
    Column[RefusalRow | DiscardedEvent](key="by", heading="trail.by", value=_of_discard("by")),
    Column[RefusalRow | DiscardedEvent](
        key="reason", heading="console.audit.reason", value=_of_discard("reason")
    ),
)
_SENT_AGAIN_COLUMNS = (
    Column[RefusalRow](
        key="sent_again",
        heading="column.sent-again",
        kind="moment",
        value=lambda one: one.sent_again.at if one.sent_again else "",
    ),
    Column[RefusalRow](
        key="by", heading="trail.by", value=lambda one: one.sent_again.by if one.sent_again else ""
    ),
)
_STATE_COLUMNS: dict[RefusalState, tuple[Column[Any], ...]] = {
    "waiting": _SENT_AGAIN_COLUMNS,
    "discarded": DISCARD_COLUMNS,
    "admitted": (
        *_SENT_AGAIN_COLUMNS,
        Column[RefusalRow](key="resolved", heading="console.operations.resolved"),
    ),
}


@get("/operations/quarantine/{agency:str}/{document:str}", guards=[SEES], sync_to_thread=True)
def refused_document(
    console: Console, agency: FromPath[str], document: FromPath[str]
) -> Response[str] | Response[bytes]:
    """Show what was wrong with a refused document, fault by fault, and nothing else of it."""
    try:
        shown_document = console.run(quarantine.show(context_of(console.installation), agency, document))
    except quarantine.UnknownDocumentError as error:
        raise missing(error.message) from None
    return table_answer(
        console,
        "refused.html",
        _faults(console, shown_document.faults),
        entry=shown_document.entry,
        resent=console.run(resending_of(console.installation, shown_document.entry)),
        discarded=console.run(discard_of(console.installation, shown_document.entry)),
        may_retry=console.may("operator") and not shown_document.entry.resolved,
        may_discard=console.may("operator") and shown_document.entry.waits,
        command=command_line(f"quarantine show {agency} {document}", {}),
    )


def _faults(console: ConsoleContext, faults: Sequence[Fault]) -> Table[Fault]:
    columns = (
        Column[Fault](key="path", heading="column.path", kind="code"),
        Column[Fault](key="code", heading="column.why", kind="named", family="refused"),
        Column[Fault](
            key="fault", heading="column.fault", value=lambda fault: fault.sentence(console.language)
        ),
    )
    return Table(
        name="faults",
        caption="console.operations.faults",
        columns=columns,
        rows=faults,
    )


@post(
    "/operations/quarantine/{agency:str}/{document:str}/retry",
    guards=[OPERATES],
    form="/operations/quarantine/{agency}/{document}",
    sync_to_thread=True,
)
def retry_document(console: Console, agency: FromPath[str], document: FromPath[str]) -> Response[None]:
    """Send a refused document again as it was; it goes the way of every other one."""
    signature = console.signature(required_reason(console))
    console.run(retry_refused(console.installation, agency, document, signature))
    return done(console, f"/operations/quarantine/{agency}/{document}", "document-sent")


@post(
    "/operations/quarantine/{agency:str}/{document:str}/check",
    guards=[OPERATES],
    form="/operations/quarantine/{agency}/{document}",
    fields="mended",
    sync_to_thread=True,
)
def check_mended(console: Console, agency: FromPath[str], document: FromPath[str]) -> Response[str]:
    """Show what would still be wrong with a mended document; nothing of it is sent or kept."""
    fields = console.fields
    mended = fields.needed("mended")
    fields.done()
    faults = console.run(faults_of(console.installation, agency, mended.encode()))
    return page(
        console,
        "mended.html",
        agency=agency,
        document=document,
        mended=mended,
        faults=table_page(console, _faults(console, faults)),
        fault_count=len(faults),
        command=command_line(f"quarantine retry {agency} {document} --mended FILE --check", {}),
    )


@post(
    "/operations/quarantine/{agency:str}/{document:str}/send",
    guards=[OPERATES],
    form="/operations/quarantine/{agency}/{document}",
    sync_to_thread=True,
)
def send_mended(console: Console, agency: FromPath[str], document: FromPath[str]) -> Response[None]:
    """Send a mended document in place of a refused one, if nothing is wrong with it any more."""
    fields = console.fields
    mended, reason = fields.needed("mended"), fields.needed("reason", "console.audit.give-reason")
    if mended and console.run(faults_of(console.installation, agency, mended.encode())):
        fields.wrong("mended", message("console.operations.still-faulty"))
    fields.done()
    signature = console.signature(reason)
    console.run(retry_refused(console.installation, agency, document, signature, mended.encode()))
    return done(console, f"/operations/quarantine/{agency}/{document}", "document-sent")


@post(
    "/operations/quarantine/{agency:str}/{document:str}/discard",
    guards=[OPERATES],
    form="/operations/quarantine/{agency}/{document}",
    sync_to_thread=True,
)
def discard_document(console: Console, agency: FromPath[str], document: FromPath[str]) -> Response[None]:
    """Say that nobody waits for a refused document any more; it stays among those that were discarded."""
    signature = console.signature(required_reason(console))
    console.run(discard_refused(console.installation, agency, document, signature))
    return done(console, f"/operations/quarantine/{agency}/{document}", "document-discarded")


def required_reason(console: ConsoleContext) -> str:
    """Return the reason that was sent; raises ``FormError`` where there is none."""
    fields = console.fields
    reason = fields.needed("reason", "console.audit.give-reason")
    fields.done()
    return reason


routes = (refused_documents, refused_document, check_mended, send_mended, retry_document, discard_document)
