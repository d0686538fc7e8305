"""``overview``: how the whole programme stands: cover, claims, money, time, and what is still to be paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import asdict

from services.cli.dates import Day, Known, asked_day
from services.cli.exit_codes import OK, command_error
from services.cli.figures import recorded_figure, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, show_json, table, tell
from services.cli.read_models import book
from services.cli.trail_options import EngagementNumber, Reason, TrailOptions
from services.figures.totals import overview_totals
from services.overview.overview import Grouping, Overview, a_year_until, last_month
from services.overview.overview import overview as overview_of
from services.overview.programme import programme
from services.overview.scholarships import ScholarshipSums, every_scholarship, scholarship_sums
from services.overview.timing import PaidDistrictMonth, PaidMonth
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.texts.typed import read_month
from services.wording.groups import decile_name, group_name
from services.wording.terms import LanguageTexts, day, number, share


def overview(
    *,
    by: Grouping = "month",
    first: Annotated[str | None, Parameter(name="--from")] = None,
    last: Annotated[str | None, Parameter(name="--to")] = None,
    on: Day = None,
    scholarships: bool = False,
    known_on: Known = None,
    true_on: Day = None,
    reason: Reason = "",
    engagement: EngagementNumber = "",
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show cover against the target, claims and money by what they are grouped by, time to pay, and what is still to be paid."""
    settings = Settings.read(data=data)
    ours = programme(settings.programme)
    day = asked_day(on, known_on, true_on)
    with book(data, known_on, true_on) as chosen_book:
        until = last_month(chosen_book.view, day) if last is None else read_month(last)
        since = (a_year_until(until) if until else None) if first is None else read_month(first)
        if since is None or until is None or since > until:
            raise command_error("coverage.bad-months", "coverage.a-month")
        figures = overview_of(chosen_book.view, ours, day, since, until, by)
        question = {"from": since, "to": until, "on": day.isoformat()}
        trail = TrailOptions(reason=reason, engagement=engagement)
        handle = recorded_figure(data, chosen_book, "overview", question, overview_totals(figures), trail)
    to_come = _to_come(data, day) if scholarships else None
    if json:
        show_json({**asdict(figures), "scholarships": to_come, "figure": handle})
    else:
        _print(figures, to_come, LanguageTexts())
        show_handle(console(), handle)
    return OK


def _to_come(data: Path | None, on: dt.date) -> ScholarshipSums:
    async def sums(installation: Installation) -> ScholarshipSums:
        children, _ = await every_scholarship(installation, on)
        return scholarship_sums(children)

    return with_installation(data, sums)


def _print(overview: Overview, to_come: ScholarshipSums | None, words: LanguageTexts) -> None:
    out = console()
    if overview.in_part:
        months = {"first": words.month(overview.every.first), "last": words.month(overview.every.last)}
        counts = {"claims": number(overview.claims), "every": number(overview.every.claims)}
        tell(out, words.say("overview.part-of-book", **counts, **months))
        out.print()
    _print_cover(overview, words)
    out.print()
    _print_groups(overview, words)
    out.print()
    statuses = [(words.name("status", name), number(count)) for name, count in overview.statuses.items()]
    sums = [
        (words.say(f"sum.{name}"), words.amount(amount)) for name, amount in asdict(overview.sums).items()
    ]
    sums.append((words.say("sum.pending"), words.amount(overview.pending)))
    title = words.say("overview.claims", first=words.month(overview.first), last=words.month(overview.last))
    out.print(table(title, ("", ""), [*statuses, *sums], right=(1,)))
    out.print()
    out.print(
        table(words.say("overview.time", day=day(overview.on)), ("", ""), _time(overview, words), right=(1,))
    )
    out.print()
    _print_districts(overview, words)
    out.print()
    _print_payments(overview, words)
    out.print()
    if overview.by == "district-month":
        _print_district_payments(overview, words)
        out.print()
    owed = [(words.name("benefit", one.benefit), words.amount(one.open)) for one in overview.open]
    owed.append((words.say("demo.all"), words.amount(overview.open_total)))
    out.print(table(words.say("overview.open"), ("", ""), owed, right=(1,)))
    if to_come is not None:
        out.print()
        rows = [
            (words.say("overview.children"), number(to_come.children)),
            (words.say("scholarship.future"), words.amount(to_come.future)),
        ]
        out.print(table(words.say("overview.scholarships", day=day(overview.on)), ("", ""), rows, right=(1,)))


def _print_cover(overview: Overview, words: LanguageTexts) -> None:
    cover = overview.cover
    rows = [
        _cover_row(decile_name(one.decile, words), one.target, one.participants, one.covered)
        for one in cover.deciles
    ]
    rows.append(_cover_row(words.say("demo.all"), cover.target, cover.participants, cover.covered))
    names = ("coverage.decile", "overview.target", "coverage.participants", "overview.reached")
    columns = [words.say(name) for name in (*names, "coverage.covered", "coverage.share")]
    title = words.say("overview.cover", month=words.month(cover.month))
    console().print(table(title, columns, rows, right=(1, 2, 3, 4, 5)))
    unpaid = words.say(
        "overview.unpaid-months", first=words.month(overview.first), last=words.month(cover.month)
    )
    console().print(
        table(
            "", ("", ""), [(unpaid, words.say("unit.months", value=number(cover.unpaid_months)))], right=(1,)
        )
    )
    if cover.month < overview.last:
        tell(console(), words.say("overview.cover-until", month=words.month(cover.month)))


def _cover_row(name: str, target: int, participants: int, covered: int) -> tuple[str, ...]:
    return (
        name,
        number(target),
        number(participants),
        share(participants, target),
        number(covered),
        share(covered, participants),
    )


def _print_groups(overview: Overview, words: LanguageTexts) -> None:
    rows = [
        (
            group_name(overview.by, one.group, words),
            _number(one.participants),
            _number(one.covered),
            number(one.claims),
            *(_amount(sum_, words) for sum_ in (one.entitled, one.ordered, one.paid_by_bank, one.overpaid)),
        )
        for one in overview.groups
    ]
    names: Sequence[str] = (
        f"overview.by-{overview.by}",
        "coverage.participants",
        "coverage.covered",
        "column.claims",
        "sum.entitled",
        "sum.ordered",
        "sum.paid_by_bank",
        "sum.overpaid",
    )
    columns = [words.say(name) for name in names]
    title = words.say("overview.groups", first=words.month(overview.first), last=words.month(overview.last))
    console().print(table(title, columns, rows, right=tuple(range(1, len(columns)))))


def _print_districts(overview: Overview, words: LanguageTexts) -> None:
    counts = ("orders", "in_time", "late", "overdue", "to_come", "held")
    rows = [
        (
            group_name("district", one.district, words),
            *(number(getattr(one, name)) for name in counts),
            words.amount(one.overdue_amount),
            number(one.late_days),
            number(one.payment_days),
        )
        for one in overview.districts
    ]
    names = (
        "overview.by-district",
        "sum.orders",
        *(f"deadline.{name.replace('_', '-')}" for name in counts[1:]),
    )
    columns = [
        words.say(name) for name in (*names, "deadline.unpaid", "overview.late-days", "overview.days-to-pay")
    ]
    title = words.say("overview.time-by-district", day=day(overview.on))
    console().print(table(title, columns, rows, right=tuple(range(1, len(columns)))))


def _print_payments(overview: Overview, words: LanguageTexts) -> None:
    _print_paid("paid-by-month", (), [_of_bank(one, words) for one in overview.payments], overview, words)


_BANK = ("payments", "paid", "returns", "returned", "net")


def _print_district_payments(overview: Overview, words: LanguageTexts) -> None:
    rows = [
        (group_name("district", one.district, words), *_of_bank(one, words))
        for one in overview.district_payments
    ]
    _print_paid("paid-by-district", ("by-district",), rows, overview, words)


def _of_bank(one: PaidMonth | PaidDistrictMonth, words: LanguageTexts) -> tuple[str, ...]:
    amounts = words.amount(one.returned), words.amount(one.net)
    return words.month(one.month), number(one.payments), words.amount(one.paid), number(one.returns), *amounts


def _print_paid(
    title: str, of: tuple[str, ...], rows: Sequence[tuple[str, ...]], overview: Overview, words: LanguageTexts
) -> None:
    names = (*of, "by-month", *_BANK)
    headed = words.say(
        f"overview.{title}", first=words.month(overview.first), last=words.month(overview.last)
    )
    columns = [words.say(f"overview.{name}") for name in names]
    sums = {name: sum(getattr(one, name) for one in overview.payments) for name in _BANK}
    counts = ("payments", "returns")
    summed = (number(sums[name]) if name in counts else words.amount(sums[name]) for name in _BANK)
    rows = [*rows, (words.say("demo.all"), *("" for _ in of), *summed)]
    console().print(table(headed, columns, rows, right=tuple(range(len(of) + 1, len(names)))))


def _number(count: int | None) -> str:
    return "" if count is None else number(count)


def _amount(amount: int | None, words: LanguageTexts) -> str:
    return "" if amount is None else words.amount(amount)


def _time(overview: Overview, words: LanguageTexts) -> list[tuple[str, str]]:
    orders = overview.orders
    counts = ("in_time", "late", "overdue", "to_come", "held")
    rows = [(words.say(f"sum.{name}"), number(getattr(orders, name))) for name in ("orders", *counts[:2])]
    rows += [
        (words.say(f"deadline.{name.replace('_', '-')}"), number(getattr(orders, name)))
        for name in counts[2:]
    ]
    rows.append((words.say("deadline.unpaid"), words.amount(orders.overdue_amount)))
    rows.append((words.say("deadline.compensation"), words.amount(orders.compensation)))
    rows.append(
        (words.say("overview.days-to-order"), words.say("unit.days", value=number(overview.ordering.median)))
    )
    rows.append(
        (words.say("overview.days-to-pay"), words.say("unit.days", value=number(overview.payment.median)))
    )
    return rows
