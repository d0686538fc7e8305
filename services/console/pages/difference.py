"""What changed in the whole book between two moments: the movement of each sum, by which facts, claim by claim."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from markupsafe import Markup
from msgspec import Struct

from events.message import MessageError, message
from events.values import JAKARTA
from projections.sums import Sums
from services.book.cut import Cut, NoCutError, Places, cut_at, last_cut, recorded_until
from services.book.movements import FactMovement, in_order
from services.claims.moment import look_back, of_checkpoint, resolve
from services.console.asking import READS_ALL, at_work
from services.console.charts import Chart, Series, waterfall
from services.console.context import SETTLED, Console, ConsoleContext
from services.console.figures import shown_handle
from services.console.forms import form_error
from services.console.past_difference import BookDifference, MovedClaim, ask
from services.console.rendering import command_line, page, see_other
from services.console.tables import Column, Table, sums_of, tables_answer
from services.figures.figure import FigureError, at_cut
from services.figures.totals import sums_totals
from services.texts.errors import AdvisedError
from services.texts.typed import read_day
from services.wording.terms import LanguageTexts

_SUMS = Sums.__struct_fields__
_OF_CLAIMS = ("entitled", "ordered", "paid_by_bank", "overpaid")
"""The sums that the list of claims has columns of where they moved; the one that is drawn comes to them."""
_FOR_EVER, _WHILE_SECONDS = float("inf"), 10.0
"""How long the cut of a moment is kept: of one that has passed, and of one that still grows."""


class BookMoment(Struct, frozen=True):
    """One of the two moments: as it is typed, its cut, and its day or when the last event before it was recorded."""

    typed: str
    cut: Cut
    at: dt.datetime | None


class SumMovement(Struct, frozen=True):
    """One sum before, what it moved, and after."""

    name: str
    before: int
    movement: int
    after: int


@get("/difference", guards=[READS_ALL], sync_to_thread=True)
def difference(console: Console) -> Response[str] | Response[bytes]:
    """Ask for two moments, and show what leads from the sums of the first to those of the second."""
    fields, words = console.filters, console.words
    true_on = fields.read("true_on", read_day, None)
    name = fields.one_of("sum", _SUMS, "ordered")
    fields.done()
    content: dict[str, Any] = {
        "typed": {"from": console.one("from"), "to": console.one("to"), "true_on": console.one("true_on")},
        "sum": name,
        "choices": [(one, words.say(f"sum.{one}")) for one in _SUMS],
    }
    if not console.one("from"):
        end = _last_day(console)
        return page(console, "difference.html", book_difference=None, end=end, months=_months(end), **content)
    first, second = _moment(console, "from"), _moment(console, "to")
    try:
        in_order(first.cut, second.cut)
    except MessageError as error:
        raise form_error(error, "to") from error
    services, settings = console.services, console.installation.settings
    question = "difference", first.cut, second.typed, true_on
    advanced = partial(services.results.advance, question)
    result = services.results.get(
        question,
        str(second.cut),
        lambda: ask(services.results, settings, first.cut, second.cut, true_on, advanced),
        clock=console.installation.clock,
    )
    if result is None:
        return at_work(console, "console.nav.difference", services.results.progress(question))
    book_difference = result.value
    until = second.typed if result.current else str(book_difference.later)
    options = [("known-on", typed) for typed in (first.typed, until) if typed]
    options += [("true-on", f"{true_on:%d-%m-%Y}")] if true_on else []
    tables: dict[str, Table[Any]] = {
        "sums": _sums(book_difference, words),
        "facts": _facts(book_difference),
        "claims": _claims(book_difference, name, words),
    }
    return tables_answer(
        console,
        "difference.html",
        tables,
        book_difference=book_difference,
        result=result,
        times=(first.at, second.at),
        places=f"/difference?{urlencode({'from': str(book_difference.earlier), 'to': str(book_difference.later)})}",
        chart=difference_chart(book_difference, name, words),
        handle=_handle(console, book_difference),
        command=command_line("diff", options),
        **content,
    )


@post("/difference/checkpoint", guards=[READS_ALL], form="/difference", sync_to_thread=True)
def since_checkpoint(console: Console) -> Response[None]:
    """Compare the book of a checkpoint's file with that of now; what is kept of it are the positions in the address."""
    fields, checkpoint = console.fields, console.files.get("checkpoint", b"")
    if not checkpoint:
        fields.wrong("checkpoint", message("console.form.needed"))
    fields.done()
    try:
        places = of_checkpoint(checkpoint, console.words.say("console.difference.checkpoint"))
    except AdvisedError as error:
        raise form_error(error, "checkpoint") from error
    typed = ",".join(
        f"{partition}:{position}" for partition, position in sorted(_known_positions(places).items())
    )
    return see_other(f"/difference?{urlencode({'from': typed})}")


def _known_positions(places: Places) -> dict[int, int]:
    return {partition: position for partition, position in places.positions.items() if partition is not None}


def _moment(console: ConsoleContext, name: str) -> BookMoment:
    """Return the moment of a field; nothing is the book of now. Raises ``FormError`` where there is no such moment."""
    typed, installation = console.one(name), console.installation
    try:
        recorded = console.run(resolve(installation, look_back(typed))) if typed else None
        grows = recorded is None or (isinstance(recorded, dt.datetime) and recorded > console.clock - SETTLED)
        cut = console.services.past_books.cut(
            f"difference {typed}",
            lambda: console.run(cut_at(installation.ledger, recorded)),
            seconds=_WHILE_SECONDS if grows else _FOR_EVER,
        )
    except (AdvisedError, NoCutError, FigureError) as error:
        raise form_error(error, name) from error
    at = (
        recorded
        if isinstance(recorded, dt.datetime)
        else console.run(recorded_until(installation.ledger, cut))
    )
    return BookMoment(typed, cut, at)


def _handle(console: ConsoleContext, book_difference: BookDifference) -> str:
    """Return the handle under which the command records the same movement."""
    parameters, rulebook = {"since": str(book_difference.earlier)}, console.installation.rulebook.hash
    return shown_handle(
        console,
        at_cut(
            book_difference.later,
            book_difference.true_on,
            "diff",
            parameters,
            rulebook,
            book_difference.totals,
        ),
    )


def _last_day(console: ConsoleContext) -> dt.date:
    """Return the civil day on which the last event was recorded, today where none was."""
    ledger = console.installation.ledger
    last = console.run(recorded_until(ledger, console.run(last_cut(ledger))))
    return last.astimezone(JAKARTA).date() if last else console.today


def _months(day: dt.date) -> list[tuple[str, dict[str, str], str]]:
    """Return the moments that are asked for most before a day, each with its address."""
    last = day.replace(day=1) - dt.timedelta(days=1)
    before = last.replace(day=1) - dt.timedelta(days=1)
    year = dt.date(day.year - 1, 12, 31)
    periods = {
        "this-month": {"from": f"{last:%d-%m-%Y}"},
        "last-month": {"from": f"{before:%d-%m-%Y}", "to": f"{last:%d-%m-%Y}"},
        "this-year": {"from": f"{year:%d-%m-%Y}"},
    }
    return [(name, query, f"/difference?{urlencode(query)}") for name, query in periods.items()]


def _sums(book_difference: BookDifference, words: LanguageTexts) -> Table[SumMovement]:
    rows = [
        SumMovement(
            name,
            *(
                getattr(sums, name)
                for sums in (book_difference.before, book_difference.movement, book_difference.after)
            ),
        )
        for name in _SUMS
    ]
    return Table(
        name="sums",
        answer_path="before",
        caption="console.difference.sums",
        columns=(
            Column[SumMovement](
                key="name",
                heading="console.difference.sum",
                value=lambda row: words.say(f"sum.{row.name}"),
            ),
            *(
                Column[SumMovement](
                    key=key, heading=f"diff.{key}", kind="rupiah", figure=partial(_figure_name, key)
                )
                for key in ("before", "movement", "after")
            ),
        ),
        rows=rows,
    )


def _figure_name(key: str, row: SumMovement) -> str:
    return f"{key}.{row.name}"


def _facts(book_difference: BookDifference) -> Table[FactMovement]:
    names = [name for name in _SUMS if any(getattr(fact, name) for fact in book_difference.facts)]
    return Table(
        name="facts",
        caption="console.difference.facts",
        columns=(
            Column[FactMovement](key="type", heading="console.difference.fact", kind="named", family="event"),
            Column[FactMovement](key="events", heading="console.difference.events", kind="number"),
            *(Column[FactMovement](key=name, heading=f"sum.{name}", kind="rupiah") for name in names),
        ),
        rows=book_difference.facts,
        sums=sums_of(book_difference.facts, ("events", *names)),
    )


def _moved(name: str, one: MovedClaim) -> int:
    return sums_totals(one.movement)[name]


def _claims(book_difference: BookDifference, sum_drawn: str, words: LanguageTexts) -> Table[MovedClaim]:
    totals = sums_totals(book_difference.movement)
    moved = {name for name in _OF_CLAIMS if any(_moved(name, one) for one in book_difference.claims)}
    names = [name for name in _SUMS if name in moved or name == sum_drawn]

    def between(one: MovedClaim) -> str:
        positions = {
            "from": book_difference.earlier.positions[one.partition],
            "to": book_difference.later.positions[one.partition],
        }
        days = {} if book_difference.true_on is None else {"true_on": book_difference.true_on.isoformat()}
        return f"/claims/{one.claim}/between?{urlencode(positions | days)}"

    def facts(one: MovedClaim) -> str:
        places = {name: ", ".join(f"{one.partition}:{at}" for at in of) for name, of in one.facts.items()}
        return ", ".join(f"{words.name('event', name)} ({of})" for name, of in places.items())

    return Table(
        name="movement",
        answer_path="claims",
        caption="console.difference.claims",
        columns=(
            Column[MovedClaim](
                key="claim", heading="column.claim", kind="code", link=lambda one: f"/claims/{one.claim}"
            ),
            Column[MovedClaim](
                key="kind",
                heading="console.difference.kind",
                value=lambda one: words.say(f"diff.{one.kind}"),
            ),
            Column[MovedClaim](key="status_before", heading="diff.before", kind="status"),
            Column[MovedClaim](key="status_after", heading="diff.after", kind="status"),
            *(
                Column[MovedClaim](
                    key=name, heading=f"sum.{name}", kind="rupiah", value=partial(_moved, name)
                )
                for name in names
            ),
            Column[MovedClaim](key="facts", heading="console.difference.by", value=facts, link=between),
        ),
        rows=book_difference.claims,
        sums={name: totals[name] for name in names},
        cut="console.difference.cut" if len(book_difference.claims) < book_difference.number_of else "",
    )


routes = (difference, since_checkpoint)


def difference_chart(book_difference: BookDifference, name: str, words: LanguageTexts) -> Markup:
    """Draw what leads from one sum to what it became: what made it more first, then what made it less."""
    steps = [(words.name("event", fact.type), getattr(fact, name)) for fact in book_difference.facts]
    steps = sorted([one for one in steps if one[1]], key=lambda one: -one[1])
    before = words.say("diff.before"), getattr(book_difference.before, name)
    after = words.say("diff.after"), getattr(book_difference.after, name)
    bars = [before, *steps, after]
    return waterfall(
        Chart(
            name="chart-difference",
            title=words.say("console.difference.drawn", sum=words.say(f"sum.{name}")),
            description=words.say("console.difference.in-tables"),
            categories=tuple(label for label, _ in bars),
            series=(Series(words.say(f"sum.{name}"), tuple(value for _, value in bars)),),
            write=words.short_amount,
        )
    )
