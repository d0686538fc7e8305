"""What each account did over all claims, from the audit trail and the ledger."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Response, get
from litestar.params import FromPath

from services.audit_trail.trail import read
from services.console.access import allowed
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.rendering import command_line
from services.console.tables import Column, Table, table_answer, tables_answer
from services.console.trail_columns import leads_to
from services.review.officers import AgencyDecisions, OfficerAct, OfficerSummary, acts_of, decided_by
from services.review.officers import officers as officers_of
from services.wording.trail import what_was_done

_READS = allowed("auditor", "supervisor")
_COLUMNS = (
    Column[OfficerSummary](key="account", heading="officer.account", link=lambda one: _page_of(one.account)),
    Column[OfficerSummary](key="records", heading="officer.records", kind="number"),
    Column[OfficerSummary](
        key="decisions",
        heading="officer.decisions",
        kind="number",
        value=lambda one: one.kinds.get("act-sent", 0),
    ),
    Column[OfficerSummary](
        key="read",
        heading="officer.read",
        kind="number",
        value=lambda one: one.kinds.get("personal-data-read", 0),
    ),
    Column[OfficerSummary](key="last", heading="officer.last", kind="moment"),
)


_DECIDING = (
    Column[AgencyDecisions](
        key="agency", heading="column.agency", kind="agency", link=lambda one: f"/agencies/{one.agency}"
    ),
    Column[AgencyDecisions](key="decisions", heading="officer.decided", kind="number"),
    Column[AgencyDecisions](key="last_at", heading="officer.last", kind="moment"),
)


def _page_of(account: str) -> str:
    """Return the address of an account's page.

    Whoever is no account of ours may be named by anything, also by no address.
    """
    return "" if "/" in account else f"/officers/{quote(account, safe='')}"


@get("/officers", guards=[_READS], sync_to_thread=True)
def officers(console: Console) -> Response[str] | Response[bytes]:
    """List every account that the audit trail names."""
    by_officer = officers_of(console.run(read(console.installation)))
    table = Table(
        name="officers",
        caption="console.officers.caption",
        columns=_COLUMNS,
        rows=by_officer,
        sums={"records": sum(one.records for one in by_officer)},
    )
    with console.view() as view:
        decided = decided_by(view)
    deciding = Table(
        name="deciding",
        caption="officer.deciding",
        columns=_DECIDING,
        rows=decided,
        sums={"decisions": sum(one.decisions for one in decided)},
    )
    tables: dict[str, Table[Any]] = {"officers": table, "deciding": deciding}
    return tables_answer(console, "officers.html", tables, command=command_line("officer", {}))


@get("/officers/{account:str}", guards=[_READS], sync_to_thread=True)
def officer(account: FromPath[str], console: Console) -> Response[str] | Response[bytes]:
    """Show what an account did, with what became of the events that it sent."""
    acts = console.run(acts_of(console.installation, account))
    user = console.run(console.services.accounts.get(account))
    if not acts and user is None:
        raise missing()
    table = Table(
        name="acts",
        caption="console.officers.acts",
        columns=_acts(console),
        rows=acts,
    )
    roles = [console.words.say(f"role.{role}") for role in user.roles] if user else []
    return table_answer(
        console,
        "officer.html",
        table,
        account=account,
        user=user,
        roles=console.words.join(roles),
        agency=(user.agency if user else "") or "–",
        command=command_line(f"officer {account}", {}),
    )


def _acts(console: ConsoleContext) -> tuple[Column[OfficerAct], ...]:
    words = console.words
    return (
        Column[OfficerAct](key="position", heading="trail.number", kind="number"),
        Column[OfficerAct](key="time", heading="column.time", kind="moment"),
        Column[OfficerAct](
            key="done",
            heading="trail.done",
            value=lambda one: what_was_done(one.record, words),
            link=lambda one: leads_to(one.record),
        ),
        Column[OfficerAct](key="reason", heading="officer.reason"),
        Column[OfficerAct](
            key="stands",
            heading="officer.stands",
            value=lambda one: words.say(f"officer.{one.stands}", at=one.at) if one.stands else "",
        ),
    )


routes = (officers, officer)
