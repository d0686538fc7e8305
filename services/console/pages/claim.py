"""One claim: where it stands, its money, its story, what it comes to and why, at any moment.

And what changed between two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from events.message import message
from projections import claims, timeline
from projections.as_of import NOW, AsOf
from projections.payments import orders_in
from projections.sums import Sums
from projections.timeline import Moment
from services.book.cut import Cut, cut_of, cut_within, recorded_until
from services.book.movements import moved_claim
from services.claim_file.archive import zipped
from services.claim_file.assembly import assemble
from services.claim_file.contents import MANIFEST, complete
from services.claim_file.handing_out import record_handed_out
from services.claim_file.result import calculated
from services.claim_file.signing import with_signed_line
from services.claims.claim_as_of import ClaimAsOf, book_of_claim, claim_as_of
from services.claims.dossier import Dossier, DossierEvent, dossier
from services.claims.moment import as_of, asked_day, look_back, resolve
from services.console.access import allowed
from services.console.asking import READS_ALL, unapproved
from services.console.claim_tests import tests_of_claim
from services.console.context import Console, ConsoleContext
from services.console.errors import PageError, missing
from services.console.figures import judge_claim, recorded_handle
from services.console.forms import at
from services.console.rendering import attachment, command_line, page, see_other
from services.console.storyline import (
    HEIGHT,
    WIDTH,
    Happening,
    Storyline,
    day_of,
    is_amiss,
    lane_of,
    storyline,
)
from services.evidence.bundle import BUNDLE
from services.evidence.issuing import bundle_of, noted_places, places_in_log
from services.exceptions.deadlines import order_standing
from services.exceptions.listing import Sought, exception_lines
from services.explanation.chain import BenefitChain, OrderHistory
from services.figures.figure import concerning
from services.figures.totals import sums_totals
from services.texts.errors import TextError
from services.texts.typed import read_day
from services.wording import exceptions as exception_words
from services.wording.claim_file import claim_pages, quote
from services.wording.explanation import Section, formula, sections, table_row, unpaid_year
from services.wording.facets import next_act
from services.wording.terms import LanguageTexts
from services.wording.timeline import approvals, as_it_stood, detail, details, payee, pending, sentence

READS_CLAIMS = allowed("auditor", "supervisor", "officer")
"""The guard of pages about one claim or person."""
_ELSEWHERE = frozenset(("facts", "award"))
"""Sections of an explanation that the page tells in a form of its own."""


class StoryStep(Struct, frozen=True):
    """One step of the history as it is listed."""

    moment: Moment
    says: str
    agency: str
    amiss: bool
    event: DossierEvent | None


class AwardPart(Struct, frozen=True):
    """What one payee gets of a benefit, in words."""

    payee: str
    formula: str
    amount: int


class AwardBenefit(Struct, frozen=True):
    """A benefit with its parts, the law, and the facts that it rests on, each with its position."""

    name: str
    amount: int
    rows: tuple[str, ...]
    parts: tuple[AwardPart, ...]
    citation: str
    """The article as the rulebook writes it, by which its page finds it."""
    source: str
    law: str
    notes: tuple[str, ...]
    inputs: tuple[tuple[str, int | None], ...]


@get("/claims/{number:str}", guards=[READS_CLAIMS], sync_to_thread=True)
def claim_page(console: Console, number: FromPath[str]) -> Response[str] | Response[None]:
    """Show a claim, as it stands or as it stood."""
    fields = console.filters
    true_on = fields.read("true_on", read_day, None)
    fields.done()
    with console.view() as view:
        if claims.claim(view, number) is None:
            raise missing(message("unknown-claim.sentence", claim=number))
        moments = timeline.moments(view, number)
        if day := console.one("known_day"):
            with at("known_day"):
                look_back(day)
            return see_other(console.address(step=None, known_day=None, known_on=day))
        known_on = console.one("known_on")
        with at("known_on"):
            known_moment = (
                console.run(resolve(console.installation, look_back(known_on))) if known_on else None
            )
        viewed = claim_as_of(view, number, known_moment, true_on)
        recorded = len(timeline.moments(view, number, AsOf(viewed.point.known_on)))
        if (step := console.one("step")).isdecimal() and 0 < int(step) <= len(moments):
            position = None if int(step) == len(moments) else moments[int(step) - 1].step.position
            unmoved = known_on or None
            return see_other(
                console.address(step=None, known_on=unmoved if int(step) == recorded else position)
            )
        now = viewed.point == NOW
        amiss = exception_lines(view, console.today, Sought(claim=number)) if now else []
        on = asked_day(None, known_moment or _recorded(viewed), true_on, console.today)
        handle = recorded_handle(
            console,
            book_of_claim(view, viewed, true_on),
            "claim",
            {"claim": number},
            sums_totals(viewed.row.sums),
            concerning([viewed.row]),
        )
    behind = console.run(dossier(console.installation, viewed))
    words = console.words_of(behind.scheme)
    story = _story(viewed, behind, words)
    by_name = unapproved(console, [viewed.row]).get(number, ()) if now else ()
    return page(
        console,
        "claim.html",
        row=viewed.row,
        sentence=sentence(viewed.row, viewed.mismatches, words),
        event=words.insured_event(viewed.row.cause, viewed.row.programme),
        as_it_stood="" if now else as_it_stood(viewed.point, words),
        erased=bool(console.installation.keys.were_erased([viewed.row.person])),
        pending=pending(viewed.row, words) if viewed.row.pending else "",
        mismatches=[words.mismatch(one) for one in viewed.mismatches],
        money=_money(viewed, behind),
        drawing=_drawing(story, behind, console.today, words),
        size=(WIDTH, HEIGHT),
        story=_chosen_steps(console, story),
        steps=moments,
        recorded=recorded,
        award=list(_award(behind, words)),
        unpaid=[unpaid_year(year, words) for year in behind.explanation.unpaid_years]
        if behind.explanation
        else [],
        sections=_sections(behind, words),
        places=behind.places,
        log=places_in_log(
            console.installation, viewed.row.partition, (event.position for event in behind.events)
        ),
        orders=list(_orders(viewed, behind, on)),
        approvals=approvals(viewed.moments, words),
        next=next_act(viewed.row, words, by_name=bool(by_name), amiss=bool(viewed.mismatches)) if now else "",
        unapproved=by_name,
        papers=behind.result.papers if behind.result else (),
        others=[
            (one, _detail(one, words))
            for one in behind.events
            if not one.own and one.type != "rulebook.adopted"
        ],
        payee=lambda code: payee(code, words),
        exceptions=[(one, exception_words.details(one, words)) for one in amiss],
        tests=tests_of_claim(console, number) if now and console.may("auditor", "supervisor") else None,
        events={event.position: event for event in behind.events},
        handle=handle,
        command=command_line(f"claim {number}", _moment_options(console)),
        explain=command_line(f"explain {number}", _moment_options(console)),
        prove=f"kelambu prove {number} --out {number}-proof.zip",
    )


def _recorded(viewed: ClaimAsOf) -> dt.datetime | None:
    """Return when the last that is known of a claim at an earlier moment was recorded."""
    return None if viewed.point == NOW else dt.datetime.fromisoformat(viewed.row.recordedtime)


def _orders(viewed: ClaimAsOf, behind: Dossier, on: dt.date) -> Iterator[tuple[OrderHistory, str, int]]:
    """Yield each order with the day on which all of it was paid, else nothing, and how many days late it is by ``on``."""
    histories = {one.order: one for one in orders_in(viewed.row.claim, viewed.moments)}
    for order in behind.result.orders if behind.result else ():
        row = histories.get(order.order)
        if row is None or not row.stands:
            yield order, "", 0
        else:
            _, late = order_standing(row.due_on, row.paid_on, on.isoformat(), row.held)
            yield order, row.paid_on, late


@get("/claims/{number:str}/between", guards=[READS_CLAIMS], sync_to_thread=True)
def between_page(console: Console, number: FromPath[str]) -> Response[str]:
    """Show what changed of a claim between two moments, and which recorded event moved which sum."""
    fields = console.filters
    true_on = fields.read("true_on", read_day, None)
    fields.done()
    first = console.one("from")
    if not first:
        raise PageError(400, message("console.claim.between.no-moment"))
    with console.view() as view:
        row = claims.claim(view, number)
        if row is None:
            raise missing(message("unknown-claim.sentence", claim=number))
        moments = timeline.moments(view, number)
        partitions = len(view.positions["claims"])
        end = cut_of(view).by_partition.get(row.partition, row.position)

        def cut(typed: str) -> Cut:
            moment = console.run(resolve(console.installation, look_back(typed))) if typed else None
            times.append(moment if isinstance(moment, dt.datetime) else None)
            point = as_of(moment, None, number, row.partition, row.position, end)
            known_by = [one.step.position for one in timeline.moments(view, number, point)]
            return cut_within(row.partition, max(known_by, default=0), partitions)

        times = list[dt.datetime | None]()
        moved = moved_claim(view, number, cut(first), cut(console.one("to")), true_on)
    if moved is None:
        raise missing()
    judge_claim(console, number)
    ledger = console.installation.ledger
    first_at, last_at = (
        time or console.run(recorded_until(ledger, one))
        for time, one in zip(times, (moved.earlier, moved.later), strict=True)
    )
    one = next(iter(moved.claims), None)
    typed_moments = {"from": first, "to": console.one("to")}
    return page(
        console,
        "claim_between.html",
        number=number,
        moved=moved,
        one=one,
        steps=moments,
        times=(first_at, last_at),
        typed=typed_moments,
        earlier=moved.earlier.positions[row.partition],
        later=moved.later.positions[row.partition],
        partition=row.partition,
        names=Sums.__struct_fields__,
        kinds={moment.step.position: moment.step.type for moment in moments},
        command=command_line(
            f"diff {number}", [("known-on", typed) for typed in typed_moments.values() if typed]
        ),
    )


@get("/claims/{number:str}/file", guards=[READS_ALL], sync_to_thread=True)
def claim_file(console: Console, number: FromPath[str]) -> Response[bytes]:
    """Hand out the file of a claim, personal values sealed; the audit trail records it before."""
    file = console.run(assemble(console.installation, number))
    if file is None:
        raise missing(message("unknown-claim.sentence", claim=number))
    result, decided_again, _ = calculated(file)
    file = with_signed_line(console.installation, file, result)
    places = noted_places(console.installation, file)
    files = complete(file, result, {**claim_pages(file, result, decided_again), **places})
    what, signature = f"claim-file {number}", console.signature("")
    console.run(record_handed_out(console.installation, file, what, MANIFEST, files[MANIFEST], signature))
    return attachment(zipped(files), f"{number}.zip", "application/zip")


@get("/claims/{number:str}/proof", guards=[READS_ALL], sync_to_thread=True)
def claim_proof(console: Console, number: FromPath[str]) -> Response[bytes]:
    """Hand out the bundle that proves a claim to outsiders, personal values sealed.

    The audit trail records it before.
    """
    try:
        bundle_files = console.run(bundle_of(console.installation, number))
    except TextError as error:
        raise missing(error.message) from None
    if bundle_files is None:
        raise missing(message("unknown-claim.sentence", claim=number))
    file, files = bundle_files
    what, signature = f"prove {number}", console.signature("")
    console.run(record_handed_out(console.installation, file, what, BUNDLE, files[BUNDLE], signature))
    return attachment(zipped(files), f"{number}-proof.zip", "application/zip")


def _moment_options(console: ConsoleContext) -> dict[str, str]:
    names = (("known-on", "known_on"), ("true-on", "true_on"))
    return {option: value for option, name in names if (value := console.one(name))}


def _money(viewed: ClaimAsOf, behind: Dossier) -> list[tuple[str, str, int]]:
    """Return the line of money: the key of its name, the name of the figure, and its rupiah."""
    row = viewed.row
    names = ("entitled", "ordered", "released", "paid_by_bank")
    line = [(f"sum.{name}", name, getattr(row, name)) for name in names]
    if behind.result is not None and behind.result.asked:
        line.insert(0, ("claim-file.money.asked", "asked", behind.result.asked))
    rare = ("returned", "overpaid", "pending", "unmatched")
    return [*line, *((f"sum.{name}", name, getattr(row, name)) for name in rare if getattr(row, name))]


def _story(viewed: ClaimAsOf, behind: Dossier, words: LanguageTexts) -> list[StoryStep]:
    events = {event.position: event for event in behind.events}
    return [
        StoryStep(
            moment=one,
            says=says,
            agency=one.step.ref.partition(":")[0],
            amiss=is_amiss(one),
            event=events.get(one.step.position),
        )
        for one, says in zip(viewed.moments, details(viewed.moments, words), strict=True)
    ]


def _chosen_steps(console: ConsoleContext, story: list[StoryStep]) -> list[StoryStep]:
    """Return the steps that the address asks for, in its order."""
    steps = [one for one in story if one.amiss] if console.one("only") == "problems" else story
    return steps[::-1] if console.one("order") == "newest" else steps


def _drawing(
    story: Sequence[StoryStep], behind: Dossier, today: dt.date, words: LanguageTexts
) -> Storyline | None:
    happenings = []
    for one in story:
        step = one.moment.step
        label = words.name("event", step.type)
        label = f"{label}: {one.says}" if one.says else label
        link = f"#event-{step.position}"
        happenings.append(Happening(lane_of(step.type), day_of(step.time), label, link, one.amiss))
    for order in behind.result.orders if behind.result else ():
        label = words.say("console.claim.due", order=order.order, amount=words.amount(order.amount))
        late = order.due_on < today and order.state in ("ordered", "released", "returned")
        happenings.append(Happening("deadlines", order.due_on, label, "#orders", amiss=late))
    return storyline(happenings)


def _award(behind: Dossier, words: LanguageTexts) -> Iterator[AwardBenefit]:
    explanation = behind.explanation
    if explanation is None:
        return
    for benefit in explanation.benefits:
        rows = tuple(table_row(row, words) for row in explanation.table if row.benefit == benefit.benefit)
        law = quote(benefit.quotation, words)
        yield AwardBenefit(
            name=words.name("benefit", benefit.benefit),
            amount=benefit.amount,
            rows=rows,
            parts=tuple(_parts(benefit, words)),
            citation=benefit.quotation.citation,
            source=law.source,
            law=law.text,
            notes=law.notes,
            inputs=tuple((ref, behind.places.get(ref)) for ref in benefit.inputs),
        )


def _parts(benefit: BenefitChain, words: LanguageTexts) -> Iterator[AwardPart]:
    for part in benefit.parts:
        yield AwardPart(payee(part.payee, words), formula(part, words), part.amount)


def _sections(behind: Dossier, words: LanguageTexts) -> list[Section]:
    explanation = behind.explanation
    return [one for one in sections(explanation, words) if one.name not in _ELSEWHERE] if explanation else []


def _detail(event: DossierEvent, words: LanguageTexts) -> str:
    return detail(event.type, event.says, words)


routes = (claim_page, between_page, claim_file, claim_proof)
