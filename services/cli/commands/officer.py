"""``officer ACCOUNT``: everything that one account did over all claims.

Without one, every account that there is and whose events tell decisions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import asdict

from services.audit_trail.trail import read
from services.cli.book_options import BookOptions
from services.cli.exit_codes import OK, command_error
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.review.officers import (
    AgencyDecisions,
    OfficerAct,
    OfficerSummary,
    acts_of,
    decided_by,
    officers,
)
from services.runtime.bootstrap import Installation
from services.wording.terms import LanguageTexts, moment, number
from services.wording.trail import what_was_done


def officer(account: str | None = None, /, *, json: bool = False, data: Path | None = None) -> int:
    """Show what an account did, oldest first, with what became of the events that it sent; or list the accounts."""

    async def work(installation: Installation) -> tuple[list[OfficerSummary], list[OfficerAct]]:
        summaries = officers(await read(installation))
        return summaries, [] if account is None else await acts_of(installation, account)

    summaries, acts = with_installation(data, work)
    decided: list[AgencyDecisions] = []
    if account is None:
        with BookOptions(data=data).book() as looked:
            decided = decided_by(looked.view)
    if account is not None and account not in {one.account for one in summaries}:
        there_are = ", ".join(one.account for one in summaries) or "–"
        raise command_error("officer.none", account=account, known=there_are)
    if json:
        accounts = [{**asdict(one), "records": one.records} for one in summaries]
        show_json({"officers": accounts, "deciding": decided} if account is None else acts)
    elif account is None:
        _print_accounts(summaries)
        _print_deciding(decided, LanguageTexts())
    else:
        _print_acts(account, acts, LanguageTexts())
    return OK


def _print_accounts(summaries: Sequence[OfficerSummary]) -> None:
    show_table(
        summaries,
        ("officer.account", lambda one: one.account, "left"),
        ("officer.records", lambda one: number(one.records), "right"),
        ("officer.last", lambda one: moment(one.last), "left"),
        ("officer.decisions", lambda one: number(one.kinds.get("act-sent", 0)), "right"),
        ("officer.read", lambda one: number(one.kinds.get("personal-data-read", 0)), "right"),
    )


def _print_deciding(decided: Sequence[AgencyDecisions], words: LanguageTexts) -> None:
    console().print()
    show_table(
        decided,
        ("column.agency", lambda one: one.agency, "left"),
        ("officer.decided", lambda one: number(one.decisions), "right"),
        ("officer.last", lambda one: moment(dt.datetime.fromisoformat(one.last_at)), "left"),
        title=words.say("officer.deciding"),
    )
    tell(console(), words.say("officer.deciding-whose"))


def _print_acts(account: str, acts: Sequence[OfficerAct], words: LanguageTexts) -> None:
    show_table(
        acts,
        ("trail.number", lambda one: str(one.position), "right"),
        ("column.time", lambda one: moment(one.time), "left"),
        ("trail.done", lambda one: what_was_done(one.record, words), "prose"),
        ("officer.reason", lambda one: one.reason, "prose"),
        (
            "officer.stands",
            lambda one: words.say(f"officer.{one.stands}", at=one.at) if one.stands else "",
            "left",
        ),
        title=words.say("officer.title", account=account),
    )
