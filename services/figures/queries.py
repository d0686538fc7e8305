"""The queries whose sums have handles: the name of the command, and what answers it again of a book.

Another query is one line in ``QUERIES``. Its parameters are texts; with the same ones it gives the same sums of the
same book, in rupiah or counts by name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, TypeAlias, cast

from msgspec import Struct

from events.message import Language
from projections import claim_counts, claims, open_orders, payments
from projections.agencies import admitted
from projections.as_of import AsOf
from projections.participants import Dimension
from projections.participants import coverage as cover_of
from projections.store import Store, View
from projections.sums import Sums, reconcile
from services.audit_trail.entries import TrailEntry
from services.audit_trail.findings import findings
from services.benefits.rulebook import Rulebook
from services.benefits.scholarship_balance import ChildLedger
from services.book.cut import Cut, cut_from
from services.book.movements import moved, moved_claim, nothing_moved
from services.book.person import person_file_of
from services.controls.hits import Question, control_result
from services.controls.registry import CONTROLS, control
from services.exceptions.deadlines import PHASES, Place, deadlines
from services.exceptions.listing import Sought, exceptions
from services.explanation.chain import explain
from services.explanation.lookup import Lookup
from services.figures import totals
from services.figures.sql import answer_totals, question_of
from services.figures.totals import Totals
from services.ledger.store import RedisLedger
from services.overview.agency_report import agency_report
from services.overview.bank_statements import Made, StatementKind, sums_made
from services.overview.overview import overview
from services.overview.programme import programme
from services.overview.scholarships import scholarship_sums, scholarships_in
from services.sampling.population import frozen_frame
from services.sampling.sample_records import sample_named
from services.sealing.tokens import Tokens
from services.verification.recall import of_agency, of_reference, orders_of, recalled, sums_of

Parameters: TypeAlias = Mapping[str, str]


class Sources(Struct, frozen=True):
    """Where a figure may be asked again.

    The ledger, whoever looks claims up in it, the rulebooks that are kept by hash and that of today, the audit trail
    with its tokens.
    """

    ledger: RedisLedger
    lookup: Lookup
    rulebooks: Mapping[str, Rulebook]
    today: Rulebook
    tokens: Tokens
    trail: Sequence[TrailEntry]


class AskedBook(Struct, frozen=True):
    """The book of which a figure is asked: the read models at a cut, and the sources."""

    view: View
    cut: Cut
    true_on: dt.date | None
    sources: Sources
    rulebook: Rulebook
    """The one that was used; today's where it is not kept."""


class Query(Struct, frozen=True, kw_only=True):
    """What adds up the sums of a book; those named in ``counts`` are no rupiah. Their names are texts of a family.

    ``of``: the whole ``book``; one ``person``, named by claim or token, of whose events alone the book is made; or
    steps of the audit ``trail`` over a book that stays as it was.
    """

    ask: Callable[[AskedBook, Parameters], Awaitable[Totals]]
    counts: frozenset[str] = frozenset()
    family: str = "sum"
    of: Literal["book", "person", "trail"] = "book"


def of_view(
    totals_of: Callable[[View, Parameters], Totals],
) -> Callable[[AskedBook, Parameters], Awaitable[Totals]]:
    """Return what asks the read models alone."""

    async def asked_of(book: AskedBook, parameters: Parameters) -> Totals:
        return totals_of(book.view, parameters)

    return asked_of


def _day(parameters: Parameters, name: str = "on") -> dt.date:
    return dt.date.fromisoformat(parameters[name])


def _claim(view: View, parameters: Parameters) -> Totals:
    row = claims.claim(view, parameters["claim"])
    return totals.sums_totals(row.sums if row else Sums())


def _person(view: View, parameters: Parameters) -> Totals:
    return totals.person_totals(person_file_of(view, parameters["person"]))


async def _explain(book: AskedBook, parameters: Parameters) -> Totals:
    number = parameters["claim"]
    context = await book.sources.lookup.find(number, AsOf(max(book.cut.positions), book.true_on))
    explanation = explain(context.state, number, context.rulebook) if context else None
    return totals.sums_totals(explanation.money if explanation else Sums())


def _claims(view: View, parameters: Parameters) -> Totals:
    return totals.claims_totals(claim_counts.count(view, totals.claims_sought(parameters)))


async def _scholarships(book: AskedBook, parameters: Parameters) -> Totals:
    """Decide again whoever has a claim, up to the cut."""
    claim = parameters.get("claim")
    persons = {row.person: row for row in claims.claims(book.view) if claim in (None, row.claim)}
    children = list[ChildLedger]()
    for row in persons.values():
        at = AsOf(book.cut.positions[row.partition])
        if context := await book.sources.lookup.find(row.claim, at):
            children += scholarships_in([context.state], book.rulebook, _day(parameters))
    return totals.scholarship_totals(scholarship_sums(children))


async def _moved_claim(book: AskedBook, parameters: Parameters) -> Totals:
    since = cut_from(parameters["since"])
    movements = moved_claim(book.view, parameters["claim"], since, book.cut, book.true_on)
    return totals.movement_totals(movements or nothing_moved(since, book.cut))


async def _diff(book: AskedBook, parameters: Parameters) -> Totals:
    with Store.temporary() as store:
        since = cut_from(parameters["since"])
        return totals.movement_totals(await moved(store, book.sources.ledger, since, book.cut, book.true_on))


def _deadlines(view: View, parameters: Parameters) -> Totals:
    place = Place(**{name: parameters[name] for name in Place.__struct_fields__ if name in parameters})
    return totals.deadline_totals(deadlines(view, _day(parameters), place=place))


def _exceptions(view: View, parameters: Parameters) -> Totals:
    sought = Sought(**{name: value for name, value in parameters.items() if name != "on"})
    return totals.exceptions_totals(exceptions(view, _day(parameters), sought))


def _sums(view: View, _: Parameters) -> Totals:
    return totals.reconciliation_totals(reconcile(claims.claims(view), payments.every(view)))


def _due(view: View, parameters: Parameters) -> Totals:
    on = _day(parameters)
    return totals.due_totals(
        open_orders.due(view, on), open_orders.overdue(view, on), open_orders.held(view, on)
    )


def _payments_made(view: View, parameters: Parameters) -> Totals:
    first, last = (_day(parameters, name) if name in parameters else None for name in ("from", "to"))
    kind = cast("StatementKind | None", parameters.get("kind"))
    return totals.made_totals(sums_made(view, Made(first, last, parameters.get("claim"), kind)))


def _coverage(view: View, parameters: Parameters) -> Totals:
    by = cast("Dimension", parameters["by"])
    return totals.coverage_totals(cover_of(view, by, parameters["from"], parameters["to"]))


def _agencies(view: View, _: Parameters) -> Totals:
    return totals.admitted_totals(admitted(view))


def _controls(view: View, parameters: Parameters) -> Totals:
    question = Question(_day(parameters))
    if name := parameters.get("name"):
        one = control(name)
        if one is None or one.opens:
            raise KeyError(name)
        return totals.control_totals(control_result(one, view, question))
    return totals.overview_of_controls(
        (one, control_result(one, view, question)) for one in CONTROLS if not one.opens
    )


def _agency_report(view: View, parameters: Parameters) -> Totals:
    return totals.agency_report_totals(agency_report(view, parameters["agency"], _day(parameters)))


def _overview(view: View, parameters: Parameters) -> Totals:
    first, last = parameters["from"], parameters["to"]
    return totals.overview_totals(overview(view, programme(), _day(parameters), first, last))


async def _recall(book: AskedBook, parameters: Parameters) -> Totals:
    first, last = (_day(parameters, name) if name in parameters else None for name in ("from", "to"))
    sought = (
        of_reference(parameters["event"])
        if "event" in parameters
        else of_agency(parameters["agency"], first, last)
    )
    result = await recalled(book.sources.ledger, sought, book.cut.positions)
    return totals.recall_totals(len(result.decisions), sums_of(result, orders_of(result, book.view)))


_MOST_ROWS = 10_000_000
"""More than an answer may have that was shown whole."""


async def _sql(book: AskedBook, parameters: Parameters) -> Totals:
    """Put the question again that the trail has under its hash."""
    from services.exports.loading import opened  # noqa: PLC0415 -- DuckDB takes 13 MB, and most processes do without
    from services.exports.query import ask  # noqa: PLC0415

    question = question_of(parameters["question"], book.sources.trail, book.sources.tokens)
    language: Language = "id" if parameters["language"] == "id" else "en"
    with opened(book.view, book.rulebook.scheme, language) as tables:
        answer = ask(tables, question, rows=_MOST_ROWS, seconds=600)
    return answer_totals(answer)


async def _evaluated(book: AskedBook, parameters: Parameters) -> Totals:
    sample = sample_named(_until(book, parameters), parameters["sample"])
    return totals.evaluation_totals(sample.evaluated(frozen_frame(book.view, sample.frozen)))


async def _findings(book: AskedBook, parameters: Parameters) -> Totals:
    return totals.findings_totals(list(findings(_until(book, parameters)).values()))


def _until(book: AskedBook, parameters: Parameters) -> list[TrailEntry]:
    """Return the trail as it was for the figure; the whole of it where none is named."""
    last = parameters.get("trail")
    return [entry for entry in book.sources.trail if last is None or entry.position <= int(last)]


_OF_PERSON = frozenset(("claims", "months"))
_OF_MOVEMENT = frozenset(("new_claims", "changed_claims", "gone_claims"))
_OF_DEADLINES = frozenset(
    (
        *("orders", "in_time", "late", "overdue", "to_come", "held", "again", "late_days", "again_days"),
        *(f"{name}_days" for name in PHASES),
    )
)
_OF_SAMPLE = frozenset(("drawn", "examined", "errors", "projected_items", "limit_items"))
_HITS = frozenset(("hits", *(f"hits.{one.name}" for one in CONTROLS)))
QUERIES: dict[str, Query] = {
    "claim": Query(ask=of_view(_claim), of="person"),
    "person": Query(ask=of_view(_person), of="person", counts=_OF_PERSON),
    "explain": Query(ask=_explain, of="person"),
    "claims": Query(ask=of_view(_claims), counts=frozenset(("claims",))),
    "diff": Query(ask=_diff, counts=_OF_MOVEMENT),
    "diff NUMBER": Query(ask=_moved_claim, of="person", counts=_OF_MOVEMENT),
    "scholarships": Query(ask=_scholarships, counts=frozenset(("children",))),
    "scholarships NUMBER": Query(ask=_scholarships, of="person", counts=frozenset(("children",))),
    "exceptions": Query(ask=of_view(_exceptions), family="exception-kind"),
    "deadlines": Query(ask=of_view(_deadlines), counts=_OF_DEADLINES),
    "payments sums": Query(ask=of_view(_sums)),
    "payments made": Query(ask=of_view(_payments_made), counts=frozenset(("statements",))),
    "payments due": Query(ask=of_view(_due)),
    "overview": Query(ask=of_view(_overview), counts=frozenset(("participants", "covered", "claims"))),
    "agency report": Query(ask=of_view(_agency_report), counts=frozenset(("admitted", "corrections"))),
    "coverage": Query(ask=of_view(_coverage), counts=frozenset(("participants", "covered", "after_death"))),
    "agencies": Query(ask=of_view(_agencies), counts=frozenset(("admitted",))),
    "controls": Query(ask=of_view(_controls), counts=_HITS),
    "recall": Query(ask=_recall, counts=frozenset(("decisions",))),
    "sql": Query(ask=_sql, counts=frozenset(("rows", "columns", "hash_total"))),
    "sample evaluate": Query(ask=_evaluated, of="trail", counts=_OF_SAMPLE),
    "findings list": Query(ask=_findings, of="trail", counts=frozenset(("findings", "ended"))),
}
