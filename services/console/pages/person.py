"""One participant: membership, months paid, claims, every event; and who had personal data opened, and opening it."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from events.message import message
from projections.claims import ClaimRow
from services.book.person import EventTimes, file_of, recorded_of
from services.claims.moment import as_of, end_of, resolve
from services.claims.personal import PersonalLook, looks_at, opened_values
from services.console.access import allowed
from services.console.context import Console
from services.console.errors import missing
from services.console.figures import judge_claim
from services.console.pages.opened import show_once
from services.console.rendering import command_line, page, see_other
from services.console.tables import Column, Table, tables_answer
from services.sealing.tokens import is_token
from services.wording.person import erased_on, event_name, membership
from services.wording.terms import LanguageTexts
from services.wording.trail import read_for

_READS = allowed("auditor", "supervisor", "officer")
_CLAIMS = (
    Column[ClaimRow](
        key="claim", heading="column.claim", kind="code", link=lambda row: f"/claims/{row.claim}"
    ),
    Column[ClaimRow](key="status", heading="column.status", kind="status"),
    Column[ClaimRow](key="filed_on", heading="column.filed", kind="day"),
    Column[ClaimRow](key="entitled", heading="sum.entitled", kind="rupiah"),
    Column[ClaimRow](key="paid_by_bank", heading="sum.paid_by_bank", kind="rupiah"),
)


@get("/persons/{token:str}", guards=[_READS], sync_to_thread=True)
def person_page(console: Console, token: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show a participant by token; a NIK in the address finds nobody, so that none is ever put there."""
    entries = console.run(recorded_of(console.installation.ledger, token)) if is_token(token) else []
    if not entries:
        raise missing(message("console.person.unknown"))
    last = entries[-1]
    known_on = console.run(resolve(console.installation, console.known_on))
    end = console.run(end_of(console.installation, last.partition))
    point = as_of(known_on, console.true_on, token, last.partition, last.position, end)
    person_file = file_of(token, entries, point)
    looks = console.run(looks_at(console.installation, person_file))
    words = console.words
    events = (
        Column[EventTimes](
            key="type",
            heading="column.event",
            value=lambda one: event_name(one, words),
            link=lambda one: f"/claims/{one.claim}#event-{one.position}" if one.claim else "",
        ),
        Column[EventTimes](key="happened", heading="column.happened", kind="day"),
        Column[EventTimes](key="time", heading="column.sent", kind="moment"),
        Column[EventTimes](key="admittedtime", heading="column.admitted", kind="moment"),
        Column[EventTimes](key="recordedtime", heading="column.recorded", kind="moment"),
        Column[EventTimes](key="position", heading="column.position", kind="number"),
    )
    sums = {"entitled": person_file.sums.entitled, "paid_by_bank": person_file.sums.paid_by_bank}
    tables: dict[str, Table[ClaimRow] | Table[EventTimes] | Table[PersonalLook]] = {
        "claims": Table(
            name="person-claims",
            answer_path="claims",
            caption="console.person.claims",
            columns=_CLAIMS,
            rows=person_file.claims,
            sums=sums,
        ),
        "events": Table(
            name="person-events",
            answer_path="events",
            caption="person.events",
            columns=events,
            rows=person_file.events,
        ),
        "looks": Table(
            name="person-looks",
            caption="person.looks",
            columns=_look_columns(console.words),
            rows=looks,
        ),
    }
    years: dict[str, set[int]] = {}
    for month in person_file.months_paid:
        years.setdefault(month[:4], set()).add(int(month[5:]))
    return tables_answer(
        console,
        "person.html",
        tables,
        person_file=person_file,
        membership=membership(person_file.member, words)
        if person_file.events
        else words.say("person.not-then"),
        erased=erased_on(person_file, words),
        years=years,
        command=command_line(f"person {token}", console.moment_options),
    )


@get("/claims/{number:str}/unmask", guards=[_READS], sync_to_thread=False)
def closed_page(number: FromPath[str]) -> Response[None]:
    """Lead back to the claim: what was opened is shown once, and never by an address."""
    return see_other(f"/claims/{number}")


@post(
    "/claims/{number:str}/unmask",
    guards=[_READS],
    form="/claims/{number}",
    fields={"claim-file.reason": "reason"},
    sync_to_thread=True,
)
def unmask(console: Console, number: FromPath[str]) -> Response[None]:
    """Open the personal data of a claim for the reason that was given, once; it is recorded before it is shown."""
    reason = console.sent("reason")
    values = console.run(opened_values(console.installation, number, console.signature(reason), "console"))
    judge_claim(console, number)
    return show_once(
        console,
        page(console, "claim_unmasked.html", number=number, opened=values, reason=reason, at=console.clock),
    )


def _look_columns(words: LanguageTexts) -> tuple[Column[PersonalLook], ...]:
    return (
        Column[PersonalLook](key="time", heading="column.time", kind="moment"),
        Column[PersonalLook](
            key="what",
            heading="person.look-what",
            value=lambda one: f"{read_for(one.what, words)} {one.subject}",
        ),
        Column[PersonalLook](key="values", heading="person.look-values", kind="number"),
        Column[PersonalLook](key="by", heading="person.look-by"),
        Column[PersonalLook](key="reason", heading="person.look-reason"),
    )


routes = (person_page, closed_page, unmask)
