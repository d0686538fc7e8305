"""Parked persons: what waits for each, and what an operator does about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from services.console.context import Console
from services.console.errors import missing
from services.console.pages.operations import OPERATES, SEES, table_of
from services.console.pages.quarantine import DISCARD_COLUMNS, required_reason
from services.console.rendering import command_line, done, page
from services.console.tables import Column, table_answer
from services.operations.parked_requests import (
    DiscardedEvent,
    discard_of_event,
    discard_parked,
    discarded_events,
    kept_event,
    parked_persons,
    retry_parked,
)
from services.sealing.legible import legible
from services.texts.errors import AdvisedError


@get("/operations/parked", guards=[SEES], sync_to_thread=True)
def parked(console: Console) -> Response[str] | Response[bytes]:
    """List parked persons, how much waits for each, what can be asked about it, and what was discarded."""
    persons = console.run(parked_persons(console.installation))
    discarded = console.run(discarded_events(console.installation))
    return table_answer(
        console,
        "parked.html",
        table_of("discarded-events", _DISCARDED_EVENT_COLUMNS, discarded),
        rows=persons,
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
    *DISCARD_COLUMNS,
)


def _where(person: str, event: str) -> str:
    return f"/operations/parked/{quote(person, safe='')}/event?{urlencode({'event': event})}"


@get("/operations/parked/{person:str}/event", guards=[SEES], sync_to_thread=True)
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
    guards=[OPERATES],
    form="/operations/parked",
    sync_to_thread=True,
)
def retry_person(console: Console, person: FromPath[str]) -> Response[None]:
    """Ask that a parked person's events are tried again, oldest first."""
    console.run(retry_parked(console.installation, person, console.signature(required_reason(console))))
    return done(console, "/operations/parked", "parked-retried")


@post(
    "/operations/parked/{person:str}/discard",
    guards=[OPERATES],
    form="/operations/parked",
    sync_to_thread=True,
)
def discard_event(console: Console, person: FromPath[str]) -> Response[None]:
    """Ask that the oldest parked event of a person, the one that the page showed, is discarded.

    Never decided, and kept.
    """
    signature, first = console.signature(required_reason(console)), console.sent("event")
    console.run(discard_parked(console.installation, person, first, signature))
    return done(console, "/operations/parked", "parked-discarded")


routes = (parked, parked_event, retry_person, discard_event)
