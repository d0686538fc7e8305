"""Operations: how far everything is, what was refused and who is parked, and what an operator does about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast, get_args
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from events.message import message
from services.console.access import allowed
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.rendering import command_line, done, page
from services.console.tables import Column, Table, listed, table_answer, table_page, tables_answer
from services.exports.formats import Cell
from services.intake import quarantine
from services.intake.context import context_of
from services.ledger.edge import Fault
from services.operations.parked import (
    DiscardedEvent,
    discard_of_event,
    discard_parked,
    discarded_events,
    kept_event,
    parked_persons,
    retry_parked,
)
from services.operations.refused import (
    RefusalRow,
    RefusalState,
    discard_of,
    discard_refused,
    faults_of,
    refused,
    resending_of,
    retry_refused,
)
from services.operations.standing import LeaseStanding, standing_of
from services.runtime.standing import AgencyStanding, BuildProgress, PartitionStanding
from services.sealing.legible import legible
from services.texts.errors import AdvisedError

R = TypeVar("R")
_OPERATES = allowed("operator")
_SEES = allowed("operator", "supervisor")


@get("/operations", guards=[_SEES], sync_to_thread=True)
def operations(console: Console) -> Response[str] | Response[bytes]:
    """Show what has halted, how far each partition, agency and read model is, what waits, and who works on what."""
    found = console.run(standing_of(console.installation))
    waiting = sorted(found.waiting.items())
    tables: dict[str, Table[PartitionStanding] | Table[AgencyStanding] | Table[BuildProgress]] = {
        "partitions": _table("partitions", _PARTITION_COLUMNS, found.partitions),
        "agencies": _table("agencies", _AGENCY_COLUMNS, found.agencies),
        "read_models": _table("read-models", _build_columns(console), found.read_models),
    }
    more: dict[str, Table[LeaseStanding] | Table[tuple[str, int]]] = {
        "leases": _table("leases", _LEASE_COLUMNS, found.leases),
        "waiting": _table("waiting", _WAITING_COLUMNS, waiting),
    }
    return tables_answer(
        console,
        "operations.html",
        tables | more,
        halted=found.halted,
        log=found.log,
        witnessed=found.witnessed,
        backup=found.backup,
        amiss=found.amiss,
        waiting_count=sum(found.waiting.values()),
        command=command_line("operations", {}),
    )


def _table(name: str, columns: tuple[Column[R], ...], rows: Sequence[R]) -> Table[R]:
    return Table(
        name=name,
        answer_path=name.replace("-", "_"),
        caption=f"console.operations.{name}",
        columns=columns,
        rows=listed(rows),
        total=len(rows),
    )


_PARTITION_COLUMNS = (
    Column[PartitionStanding](key="partition", heading="column.partition", kind="number"),
    Column[PartitionStanding](key="position", heading="standing.position", kind="number"),
    Column[PartitionStanding](key="arrivals", heading="standing.arrivals", kind="number"),
    Column[PartitionStanding](key="untold", heading="standing.untold", kind="number"),
    Column[PartitionStanding](
        key="parked_persons",
        heading="standing.parked-persons",
        kind="number",
        link=lambda one: "/operations/parked" if one.parked_persons else "",
    ),
    Column[PartitionStanding](key="parked_events", heading="standing.parked-events", kind="number"),
)
_AGENCY_COLUMNS = (
    Column[AgencyStanding](
        key="agency",
        heading="column.agency",
        kind="agency",
        link=lambda one: f"/operations/quarantine?agency={one.agency}",
    ),
    Column[AgencyStanding](key="outbox", heading="standing.outbox", kind="number"),
    Column[AgencyStanding](key="oldest_seconds", heading="standing.oldest", kind="span"),
    Column[AgencyStanding](key="taken", heading="standing.taken", kind="number"),
    Column[AgencyStanding](
        key="refused", heading="standing.refused", kind="number", figure=lambda one: f"{one.agency}.refused"
    ),
)
_LEASE_COLUMNS = (
    Column[LeaseStanding](key="service", heading="standing.service", kind="coded", family="service"),
    Column[LeaseStanding](key="pieces", heading="standing.pieces", kind="number"),
    Column[LeaseStanding](key="held", heading="standing.held", kind="number"),
    Column[LeaseStanding](
        key="holders", heading="standing.holders", value=lambda one: ", ".join(one.holders)
    ),
)
_WAITING_COLUMNS = (
    Column[tuple[str, int]](key="agency", heading="column.agency", kind="agency", value=lambda one: one[0]),
    Column[tuple[str, int]](
        key="events",
        heading="column.events",
        kind="number",
        value=lambda one: one[1],
        figure=lambda one: f"waiting.{one[0]}",
    ),
)


def _build_columns(console: ConsoleContext) -> tuple[Column[BuildProgress], ...]:
    words = console.words
    return (
        Column(key="projection", heading="column.read-model", kind="coded", family="projection"),
        Column(key="version", heading="column.version", kind="number"),
        Column(
            key="live",
            heading="column.state",
            value=lambda one: words.say("build.live" if one.live else "build.building"),
        ),
        Column(key="events", heading="column.events", kind="number"),
        Column(key="behind", heading="column.behind", kind="number"),
        Column(
            key="found",
            heading="column.fault",
            value=lambda one: words.say(f"build.{one.found}") if one.found else "",
        ),
    )


@get("/operations/quarantine", guards=[_SEES], sync_to_thread=True)
def refused_documents(console: Console) -> Response[str] | Response[bytes]:
    """List refused documents without anything of their content."""
    agency, fields = console.one("agency"), console.filters
    fields.one_of("agency", [name for name, _ in console.agencies])
    fields.one_of("state", _STATES)
    fields.done()
    state = cast("RefusalState", console.one("state", "waiting"))
    found = console.run(refused(console.installation, agency or None, state=state))
    filters = {"agency": agency} if agency else {}
    table = Table(
        name="quarantine",
        caption="console.operations.refused",
        columns=(*_REFUSED_COLUMNS, *_STATE_COLUMNS[state]),
        rows=listed(found),
        total=len(found),
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


_DISCARD_COLUMNS = (
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
    "discarded": _DISCARD_COLUMNS,
    "admitted": (
        *_SENT_AGAIN_COLUMNS,
        Column[RefusalRow](key="resolved", heading="console.operations.resolved"),
    ),
}


@get("/operations/quarantine/{agency:str}/{document:str}", guards=[_SEES], sync_to_thread=True)
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
        rows=listed(faults),
        total=len(faults),
    )


@post(
    "/operations/quarantine/{agency:str}/{document:str}/retry",
    guards=[_OPERATES],
    form="/operations/quarantine/{agency}/{document}",
    sync_to_thread=True,
)
def retry_document(console: Console, agency: FromPath[str], document: FromPath[str]) -> Response[None]:
    """Send a refused document again as it was; it goes the way of every other one."""
    signature = console.signature(_reason(console))
    console.run(retry_refused(console.installation, agency, document, signature))
    return done(console, f"/operations/quarantine/{agency}/{document}", "document-sent")


@post(
    "/operations/quarantine/{agency:str}/{document:str}/check",
    guards=[_OPERATES],
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
    guards=[_OPERATES],
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
    guards=[_OPERATES],
    form="/operations/quarantine/{agency}/{document}",
    sync_to_thread=True,
)
def discard_document(console: Console, agency: FromPath[str], document: FromPath[str]) -> Response[None]:
    """Say that nobody waits for a refused document any more; it stays among those that were discarded."""
    signature = console.signature(_reason(console))
    console.run(discard_refused(console.installation, agency, document, signature))
    return done(console, f"/operations/quarantine/{agency}/{document}", "document-discarded")


@get("/operations/parked", guards=[_SEES], sync_to_thread=True)
def parked(console: Console) -> Response[str] | Response[bytes]:
    """List parked persons, how much waits for each, what can be asked about it, and what was discarded."""
    found = console.run(parked_persons(console.installation))
    discarded = console.run(discarded_events(console.installation))
    return table_answer(
        console,
        "parked.html",
        _table("discarded-events", _DISCARDED_EVENT_COLUMNS, discarded),
        rows=found,
        may_act=console.may("operator"),
        command=command_line("parked list", {}),
        discarded_command=command_line("parked list --discarded", {}),
    )


_DISCARDED_EVENT_COLUMNS: tuple[Column[Any], ...] = (
    Column[DiscardedEvent](
        key="event",
        heading="column.event",
        kind="code",
        link=lambda one: _where(one.person, one.event) if one.position else "",
    ),
    Column[DiscardedEvent](key="claim", heading="column.claim"),
    Column[DiscardedEvent](key="person", heading="column.person", kind="token"),
    *_DISCARD_COLUMNS,
)


def _where(person: str, event: str) -> str:
    return f"/operations/parked/{quote(person, safe='')}/event?{urlencode({'event': event})}"


@get("/operations/parked/{person:str}/event", guards=[_SEES], sync_to_thread=True)
def parked_event(console: Console, person: FromPath[str]) -> Response[str]:
    """Show an event that is parked, or was discarded, as it is kept: what is personal in it stays sealed."""
    try:
        parked = console.run(kept_event(console.installation, person, console.one("event")))
    except AdvisedError as error:
        raise missing(error.message) from None
    return page(
        console,
        "parked_event.html",
        parked=parked,
        kind=console.words.name("event", parked.type),
        discarded=console.run(discard_of_event(console.installation, parked)),
        body=legible(parked.document),
        command=command_line(f"parked show {parked.person} {parked.event}", {}),
    )


@post(
    "/operations/parked/{person:str}/retry",
    guards=[_OPERATES],
    form="/operations/parked",
    sync_to_thread=True,
)
def retry_person(console: Console, person: FromPath[str]) -> Response[None]:
    """Ask that a parked person's events are tried again, oldest first."""
    console.run(retry_parked(console.installation, person, console.signature(_reason(console))))
    return done(console, "/operations/parked", "parked-retried")


@post(
    "/operations/parked/{person:str}/discard",
    guards=[_OPERATES],
    form="/operations/parked",
    sync_to_thread=True,
)
def discard_event(console: Console, person: FromPath[str]) -> Response[None]:
    """Ask that the oldest parked event of a person, the one that the page showed, is discarded: never decided, and kept."""
    signature, first = console.signature(_reason(console)), console.sent("event")
    console.run(discard_parked(console.installation, person, first, signature))
    return done(console, "/operations/parked", "parked-discarded")


def _reason(console: ConsoleContext) -> str:
    """Return the reason that was sent; raises ``FormError`` where there is none."""
    fields = console.fields
    reason = fields.needed("reason", "console.audit.give-reason")
    fields.done()
    return reason


routes = (
    operations,
    refused_documents,
    refused_document,
    check_mended,
    send_mended,
    retry_document,
    discard_document,
    parked,
    parked_event,
    retry_person,
    discard_event,
)
