"""Audits: begun, chosen for a session, shown with everything that was done under them, ended with their bundle."""

from __future__ import annotations

import datetime as dt
import io
import re
import shlex
import zipfile
from urllib.parse import urlencode

from litestar import Response, get, post

from events.message import message
from services.audit_trail.bundle import bundle, manifest_hash
from services.audit_trail.engagements import EngagementError, EngagementState, engagements, open_engagement
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import KINDS, EngagementClosed, EngagementOpened
from services.console.access import SESSION_COOKIE, allowed, within
from services.console.asking import READS_ALL
from services.console.context import Console, ConsoleContext, ConsoleRequest
from services.console.errors import missing
from services.console.forms import Fields
from services.console.rendering import attachment, command_line, done
from services.console.tables import Column, Table, table_answer
from services.console.trail_columns import done_columns
from services.engagements.engagements import (
    EngagementPage,
    begin_engagement,
    close_engagement,
    engagement_page,
    without_participants,
)
from services.texts.errors import advised
from services.texts.typed import read_day
from services.wording.engagement import engagement_pages, scope_of
from services.wording.terms import day
from services.wording.trail import how_it_stands

_FIELDS = {
    "engagement.taken": "number",
    "engagement.bad-period": "to",
    "engagement.past": "until",
    "agency.unknown": "agencies",
}
"""In which field it is why an audit cannot begin so."""
_NOT_COUNTED = EngagementOpened, EngagementClosed
"""What begins and ends an audit, and is not counted as done under it."""
_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@get("/engagements", guards=[READS_ALL], sync_to_thread=True)
def engagements_page(console: Console) -> Response[str] | Response[bytes]:
    """List the audits, and let one be chosen for this session or begun."""
    states = list(engagements(console.trail()).values())
    today = console.today
    table = Table(
        name="engagements",
        caption="console.engagements.caption",
        columns=_columns(console),
        rows=states,
    )
    may_work = [one for one in states if one.closed is None and not one.over(today)]
    return table_answer(
        console,
        "engagements.html",
        table,
        open_ones=[(one.opened.number, f"{one.opened.number} ({one.opened.letter})") for one in may_work],
        over=console.engagement not in ("", *(one.opened.number for one in may_work)),
        command=command_line("engagement list", {}),
    )


def _columns(console: ConsoleContext) -> tuple[Column[EngagementState], ...]:
    words, today = console.words, console.today
    return (
        Column(
            key="number",
            heading="engagement.number",
            kind="code",
            value=lambda one: one.opened.number,
            link=lambda one: address_of(one.opened.number),
        ),
        Column(key="letter", heading="engagement.letter", value=lambda one: one.opened.letter),
        Column(
            key="period",
            heading="engagement.period",
            value=lambda one: words.say(
                "engagement.days", first=day(one.opened.period_from), last=day(one.opened.period_to)
            ),
        ),
        Column(key="state", heading="engagement.state", value=lambda one: how_it_stands(one, today, words)),
        Column(
            key="records",
            heading="engagement.records",
            kind="number",
            figure=lambda one: f"{one.opened.number}.records",
        ),
    )


def address_of(number: str, page_of: str = "one") -> str:
    """Return the address of an audit, whose number may have any characters."""
    return f"/engagements/{page_of}?{urlencode({'number': number})}"


@get("/engagements/one", guards=[READS_ALL], sync_to_thread=True)
def one_engagement(console: Console) -> Response[str] | Response[bytes]:
    """Show an audit, its scope, and everything that was done under it."""
    audit = _page(console)
    number, trail = audit.engagement.opened.number, audit.done
    table: Table[TrailEntry] = Table(
        name="engagement",
        answer_path="done",
        caption="console.engagements.done",
        columns=done_columns(console, audit),
        rows=trail,
    )
    kinds = [KINDS[type(one.record)] for one in trail if not isinstance(one.record, _NOT_COUNTED)]
    return table_answer(
        console,
        "engagement.html",
        table,
        one=audit.engagement,
        scope=[(f"engagement.{name}", value) for name, value in scope_of(audit, console.words).items()],
        stands=how_it_stands(audit.engagement, console.today, console.words),
        counts=[(kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)],
        is_open=audit.engagement.closed is None,
        bundle=address_of(number, "bundle"),
        command=f"kelambu {shlex.join(['engagement', 'show', number])}",
    )


def _page(console: ConsoleContext) -> EngagementPage:
    try:
        return engagement_page(console.trail(), console.one("number"))
    except EngagementError as error:
        raise missing(error.message) from None


@post(
    "/engagements/begin",
    guards=[allowed("auditor")],
    form="/engagements",
    fields=_FIELDS,
    sync_to_thread=True,
)
def begin(console: Console) -> Response[None]:
    """Begin an audit."""
    fields = console.fields
    number, letter = fields.needed("number"), fields.needed("letter")
    first, last, until = (_needed_day(fields, name) for name in ("from", "to", "until"))
    districts = tuple(map(console.words.district_code, _several(console.sent("districts"))))
    agencies = _several(console.sent("agencies"))
    with console.view() as view:
        unknown = without_participants(view, districts)
    if unknown:
        fields.wrong("districts", message("console.engagements.no-district", district=unknown[0]))
    fields.done()
    opening = EngagementOpened(
        number=number,
        letter=letter,
        period_from=first,
        period_to=last,
        until=until,
        districts=districts,
        agencies=agencies,
    )
    signature = console.signature(console.sent("reason"))
    signature["engagement"] = ""
    installation = console.installation
    console.run(begin_engagement(installation, installation.registry, opening, signature))
    return done(console, address_of(number), "engagement-begun")


def _needed_day(fields: Fields, name: str) -> dt.date:
    fields.needed(name)
    return fields.read(name, read_day, dt.date.min)


def _several(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in map(str.strip, typed.split(",")) if part))


@post("/engagements/choose", guards=[READS_ALL], form="/engagements", fields="number", sync_to_thread=True)
def choose(console: Console, request: ConsoleRequest) -> Response[None]:
    """Do everything in this session under an audit from now on, or under none."""
    number = console.sent("number")
    if number:
        open_engagement(console.trail(), number, console.clock)
    _work_under(console, request, number)
    return done(
        console,
        within(console.sent("next", "/engagements")),
        "engagement-chosen" if number else "engagement-left",
    )


@post(
    "/engagements/close",
    guards=[allowed("auditor")],
    form="/engagements/one",
    keeps=("number",),
    sync_to_thread=True,
)
def close(console: Console, request: ConsoleRequest) -> Response[None]:
    """End an audit; its bundle can be taken away then. Where this session worked under it, it goes on under none."""
    number = console.sent("number")
    console.run(close_engagement(console.installation, number, console.signature(console.sent("reason"))))
    if console.engagement == number:
        _work_under(console, request, "")
    return done(console, address_of(number), "engagement-closed")


def _work_under(console: ConsoleContext, request: ConsoleRequest, number: str) -> None:
    if console.session is not None:
        name = request.cookies[SESSION_COOKIE]
        console.run(console.services.sessions.choose(name, console.session, number))


@get("/engagements/bundle", guards=[READS_ALL], sync_to_thread=True)
def download(console: Console) -> Response[bytes]:
    """Return the closing bundle of an audit that is closed, as one file."""
    audit = _page(console)
    one, number = audit.engagement, audit.engagement.opened.number
    files = bundle(console.trail(), number)
    if one.closed is None:
        raise advised("console.engagements.not-closed", "console.engagements.close-first", number=number)
    if manifest_hash(files) != one.manifest:
        raise advised("engagement.other-bundle", "engagement.see-verify", number=number)
    files |= engagement_pages(audit)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    name = f"engagement-{_NO_FILE_NAME.sub('-', number)}.zip"
    return attachment(packed.getvalue(), name, "application/zip")


routes = (engagements_page, one_engagement, begin, choose, close, download)
