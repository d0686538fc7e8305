"""Who looked at what: every record of the audit trail, and the same figure asked for again."""

from __future__ import annotations

import datetime as dt

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from events.message import message
from services.audit_trail.engagements import belonging, engagements
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import KINDS, FigureRecorded
from services.book.cut import cut_of
from services.console.asking import READS_ALL, at_work, narrowing
from services.console.context import Console
from services.console.errors import missing
from services.console.rendering import command_line, page, see_other
from services.console.tables import Table, table_answer
from services.console.trail_columns import done_columns
from services.figures.bridge import FigureClaim
from services.figures.figure import FigureError, find, looked_at
from services.figures.queries import QUERIES
from services.figures.totals import Totals
from services.wording.figures import narrowed_to, sum_name

_MOST_CLAIMS = 200
"""How many claims the page of a figure names at most; its command names all."""


@get("/reading-log", guards=[READS_ALL], sync_to_thread=True)
def reading_log(console: Console) -> Response[str] | Response[bytes]:
    """List what was done with the book, newest first: by whom, why, under which audit."""
    narrowed_by = narrowing(console, "kind", "by", "engagement")
    entries = list(belonging(console.trail()))
    people, fields = sorted({entry.by for entry, _ in entries}), console.filters
    fields.one_of("kind", KINDS.values())
    fields.one_of("by", people)
    audits = engagements(entry for entry, _ in entries)
    fields.one_of("engagement", audits)
    fields.done()
    shown = [
        entry
        for entry, numbers in reversed(entries)
        if narrowed_by.get("kind", kind_of(entry)) == kind_of(entry)
        and narrowed_by.get("by", entry.by) == entry.by
        and ("engagement" not in narrowed_by or narrowed_by["engagement"] in numbers)
    ]
    table = Table(
        name="reading-log",
        caption="console.reading-log.caption",
        columns=done_columns(console),
        rows=shown,
    )
    kinds = dict.fromkeys(kind_of(entry) for entry, _ in entries)
    return table_answer(
        console,
        "reading_log.html",
        table,
        filters=narrowed_by,
        kinds=[(kind, console.words.say(f"trail-kind.{kind}")) for kind in KINDS.values() if kind in kinds],
        people=[(by, by) for by in people],
        audits=[(number, f"{number} · {state.opened.letter}") for number, state in audits.items()],
        command=command_line("trail", narrowed_by),
    )


def kind_of(entry: TrailEntry) -> str:
    """Return the kind of what was done."""
    return KINDS[type(entry.record)]


class FigureAnswer(Struct, frozen=True):
    """What ``figure --json`` says."""

    recorded: FigureRecorded
    first: dt.datetime
    shown: int
    again: Totals
    today: Totals
    movement: Totals
    same: bool
    claims: list[FigureClaim]


@get("/figures", guards=[READS_ALL], sync_to_thread=True)
def figures(console: Console) -> Response[str] | Response[None]:
    """Ask for the handle of a figure."""
    if handle := console.one("handle"):
        return see_other(f"/figures/{handle}")
    return page(console, "figures.html", command=command_line("trail", {"kind": "figure-recorded"}))


@get("/figures/{handle:str}", guards=[READS_ALL], sync_to_thread=True)
def figure(console: Console, handle: FromPath[str]) -> Response[str]:
    """Show a figure that was shown once: the same again of the same book, and what leads from it to today's."""
    try:
        recorded = find(console.trail(), handle)
    except FigureError as error:
        raise missing(error.message) from None
    name = recorded[0][1].handle
    with console.view() as view:
        version = str(cut_of(view))
    services = console.services

    def again() -> FigureAnswer:
        printed = services.results.command(
            console.installation.settings, ["figure", name, "--json"], console.language
        )
        return msgspec.json.decode(printed, type=FigureAnswer)

    result = services.results.get(("figure", name), version, again, clock=console.installation.clock)
    if result is None:
        return at_work(console, message("figure.handle", handle=name))
    answer = result.value
    query = QUERIES[answer.recorded.query]
    sums = [
        (sum_code, sum_name(sum_code, query, console.words), sum_code in query.counts)
        for sum_code in answer.recorded.totals
    ]
    return page(
        console,
        "figure.html",
        result=result,
        answer=answer,
        of_closed=_closed_tests(answer.recorded),
        sums=sums,
        moved_sums=[one for one in sums if any(claim.movement.get(one[0]) for claim in answer.claims)],
        most=_MOST_CLAIMS,
        parameters=narrowed_to(answer.recorded.parameters, console.words),
        cut=",".join(f"{partition}:{at}" for partition, at in looked_at(answer.recorded).items()),
        seen=[(entry.time, entry.by) for entry, _ in recorded],
        same_rulebook=answer.recorded.rulebook == console.installation.rulebook.hash,
        command=command_line(f"figure {name}", {}),
    )


def _closed_tests(recorded: FigureRecorded) -> int:
    """Return of how many audit tests a figure is that is of all but those which open what is sealed.

    0 for any other.
    """
    of_all = recorded.query == "controls" and "name" not in recorded.parameters
    return sum(code.startswith("hits.") for code in recorded.totals) if of_all else 0


routes = (reading_log, figures, figure)
