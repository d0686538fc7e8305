"""``parked list|show|retry|discard``: persons whose events could not be decided, and what to do about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from events.message import message
from services.cli.exit_codes import FINDING, OK
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.cli.trail_options import NOBODY, By, TrailOptions, require_reason
from services.operations.acts import OperatorAct
from services.operations.parked_requests import (
    KeptEvent,
    discard_of_event,
    discard_parked,
    discarded_events,
    kept_event,
    opened_event,
    parked_persons,
    retry_parked,
)
from services.runtime.bootstrap import Installation
from services.sealing.legible import legible
from services.wording.terms import LanguageTexts, moment

PersonToken = Annotated[str, Parameter(allow_leading_hyphen=True)]


def listing(*, discarded: bool = False, json: bool = False, data: Path | None = None) -> int:
    """List parked persons and how much waits for each. Exit code 1 if there are any.

    An event is parked when the rules fail on it, which is a fault of the program; the log says where. With --discarded
    the events that operators asked to discard, with who, when and why.
    """
    if discarded:
        return _list_discarded(json=json, data=data)
    persons = with_installation(data, parked_persons)
    if json:
        show_json(persons)
    else:
        show_table(
            persons,
            ("column.person", lambda one: one.person, "left"),
            ("column.partition", lambda one: str(one.partition), "right"),
            ("column.events", lambda one: str(one.events), "right"),
            ("column.first", lambda one: one.first, "left"),
        )
    return FINDING if persons else OK


def _list_discarded(*, json: bool, data: Path | None) -> int:
    discarded = with_installation(data, discarded_events)
    if json:
        show_json(discarded)
    else:
        show_table(
            discarded,
            ("column.person", lambda one: one.person, "left"),
            ("column.event", lambda one: one.event, "left"),
            ("column.claim", lambda one: one.claim or "–", "left"),
            ("column.discarded", lambda one: moment(one.discarded.at), "left"),
            ("trail.by", lambda one: one.discarded.by, "left"),
            ("trail.reason", lambda one: one.discarded.reason, "prose"),
        )
    return OK


def show(
    person: PersonToken,
    event: str,
    /,
    *,
    content: bool = False,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show one event that is parked, or was discarded, as it is kept; what is personal in it stays sealed.

    With --content it is opened: that needs --reason, and is recorded before it is shown.
    """
    require_reason(trail, opens=content)

    async def work(
        installation: Installation,
    ) -> tuple[KeptEvent, OperatorAct | None, dict[str, object] | None]:
        parked_event = await kept_event(installation, person, event)
        clear = await opened_event(installation, parked_event, trail.signature) if content else None
        return parked_event, await discard_of_event(installation, parked_event), clear

    parked_event, discarded, clear = with_installation(data, work)
    if json:
        show_json({**msgspec.structs.asdict(parked_event), "discarded": discarded, "content": clear})
        return OK
    out, words = console(), LanguageTexts()
    kind = words.name("event", parked_event.type) or "?"
    tell(out, f"{parked_event.event}: {kind} {parked_event.claim}".rstrip(), style="bold")
    if discarded:
        discard = {"at": moment(discarded.at), "by": discarded.by, "reason": discarded.reason}
        tell(out, message("quarantine.discarded", **discard))
    if content and clear is None:
        tell(out, message("parked.not-opened"))
    readable = legible(parked_event.document) or parked_event.document.decode(errors="replace")
    body = readable if clear is None else msgspec.json.format(msgspec.json.encode(clear), indent=2).decode()
    out.print(body, markup=False)
    return OK


def retry(person: PersonToken, /, *, reason: str, by: By = None, data: Path | None = None) -> int:
    """Try a parked person's events again, oldest first; parks again at the first that fails."""
    signed = TrailOptions(by=by, reason=reason).signature
    return _ask(lambda installation: retry_parked(installation, person, signed), data)


def discard(
    person: PersonToken, event: str, /, *, reason: str, by: By = None, data: Path | None = None
) -> int:
    """Discard the oldest parked event of a person. It is never decided; the ledger keeps it, and says that and why."""
    signed = TrailOptions(by=by, reason=reason).signature
    return _ask(lambda installation: discard_parked(installation, person, event, signed), data)


def _ask(act: Callable[[Installation], Awaitable[None]], data: Path | None) -> int:
    with_installation(data, act)
    tell(console(), message("parked.asked"))
    return OK
