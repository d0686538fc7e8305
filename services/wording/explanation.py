"""An explanation in words: the chain from facts to rupiah, section by section, in either language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from events.assessment import Basis
from events.values import month_number
from services.explanation.chain import BenefitChain, Explanation, PayeePart
from services.explanation.membership import Base, Membership
from services.explanation.schooling import UnpaidYear
from services.explanation.sources import Source, StatedItem
from services.explanation.table import Row
from services.wording.obstacles import obstruction, quoted
from services.wording.terms import LanguageTexts, day
from services.wording.timeline import detail, documents, finding, payee


class Section(Struct, frozen=True):
    """A part of an explanation: which one, its title and its rows, each with how deep it is set in."""

    name: str
    title: str
    rows: tuple[tuple[int, str], ...]


def sections(told: Explanation, words: LanguageTexts) -> Iterator[Section]:
    """Say an explanation: facts, membership, law, base, benefits, money, obstacles, the least change."""
    date = day(told.event_date)
    yield Section("facts", words.say("why.facts"), tuple((0, row) for row in _facts(told.sources, words)))
    yield Section("cover", words.say("why.cover", date=date), tuple(_cover(told.membership, words)))
    laws = [words.say("law.regulation", name=law.name, title=words.either(law.title)) for law in told.laws]
    title = words.say("why.law" if told.law_in_force else "why.law-nearest", date=date)
    yield Section("law", title, tuple((0, law) for law in laws or [words.say("law.none")]))
    if told.base is not None:
        yield Section("base", words.say("why.base"), tuple(_base(told.base, words)))
    yield Section("award", words.say("why.award"), tuple(_award(told, words)))
    yield Section("basis", words.say("why.basis"), tuple((0, row) for row in _basis(told.basis, words)))
    if told.payments or told.paid_before:
        yield Section("money", words.say("why.money"), tuple(_money(told, words)))
    for name, (title, rows) in zip(("obstacles", "remedy"), obstruction(told, words), strict=True):
        if rows:
            yield Section(name, title, tuple(rows))


def sentence(told: Explanation, words: LanguageTexts) -> str:
    """Say where the claim stands, as ``kelambu claim`` does."""
    about = told.claim, told.programme, told.status, told.missing, told.reasons, told.money
    return words.status(*about, amiss=bool(told.mismatches))


def lines(told: Explanation, words: LanguageTexts) -> list[str]:
    """Return the whole explanation as plain lines."""
    said = [sentence(told, words), *(words.mismatch(one) for one in told.mismatches)]
    for section in sections(told, words):
        said += ["", section.title, *(f"{'  ' * (depth + 1)}{row}" for depth, row in section.rows)]
    return [*said, "", *footer(told, words)]


def footer(told: Explanation, words: LanguageTexts) -> list[str]:
    """Say which rulebook was asked, and whether it still says what was recorded."""
    said = [words.say("why.rulebook", rulebook=told.rulebook)]
    return said if told.as_recorded else [*said, words.say("why.not-as-recorded")]


def _facts(sources: Sequence[Source], words: LanguageTexts) -> Iterator[str]:
    """Say each fact in a row; contributions of one agency that follow one another month by month in one."""
    told: list[Source] = []
    for source in sources:
        if told and not _continues(told[-1], source):
            yield _reported(told, words)
            told = []
        told.append(source)
    if told:
        yield _reported(told, words)


def _continues(before: Source, source: Source) -> bool:
    paid = "participant.contributions-paid"
    if not (before.kind == source.kind == paid) or (before.agency, before.struck) != (
        source.agency,
        source.struck,
    ):
        return False
    return month_number(before.says.last_month) + 1 == month_number(source.says.first_month)


def _reported(told: Sequence[Source], words: LanguageTexts) -> str:
    first, last = told[0], told[-1]
    if len(told) == 1:
        more, ref = source_detail(first, words), first.ref
    else:
        months = {"first": words.month(first.says.first_month), "last": words.month(last.says.last_month)}
        more = words.say("fact.paid-one-by-one", **months, count=len(told))
        ref = f"{first.ref} … {last.ref}"
    what = words.name("event", first.kind)
    if more:
        what = f"{what}: {more}"
    if first.struck:
        what = f"{what} ({words.say('fact.struck')})"
    when = day(first.day)
    if last.day != first.day:
        when = words.say("fact.until", first=when, last=day(last.day))
    return words.say("fact.line", day=when, agency=first.agency, what=what, ref=ref)


def source_detail(source: Source, words: LanguageTexts) -> str:
    """Say what an event adds; as on a timeline but where an explanation says more, or has it elsewhere."""
    told = detail(source.kind, source.says, words)
    match source.kind:
        case "claim.filed":
            papers = documents(source.says, words)
            return f"{told}; {papers}" if papers else told
        case "claim.verified":
            said = (code for code in source.says.codes if not code.startswith(("medical:", "outcome:")))
            found = [finding(code, words, source.shares) for code in said]
            return "; ".join([*found, *(_item(item, words) for item in source.items)])
        case "claim.payment-returned":
            return source.says.order
        case "event.retracted":
            return ""
        case _:
            return told


def _item(told: StatedItem, words: LanguageTexts) -> str:
    """Say a medical item: ``angkutan darat Rp7.000.000 (i4)``."""
    said = [words.name("medical", told.kind)]
    if told.sort and told.kind != "disability":
        said.append(words.name("kind", told.sort))
    if told.amount:
        said.append(words.amount(told.amount))
    if told.first_day and told.last_day:
        said.append(words.say("item.days", first=day(told.first_day), last=day(told.last_day)))
    if told.loss_percent:
        said.append(words.say("item.loss", percent=told.loss_percent))
    if told.units:
        said.append(words.say("item.units", count=told.units))
    return f"{' '.join(said)} ({words.label(told.item)})"


def _cover(told: Membership | None, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    if told is None:
        yield 0, words.say("cover.none")
        return
    period = words.say("cover.period", programmes=words.join(told.programmes), starts=day(told.starts_on))
    if told.ended_on is not None:
        period = f"{period}; {words.say('cover.ended', ended=day(told.ended_on))}"
    yield 0, period
    month = words.month(told.month)
    if told.paid_on is not None:
        key = "cover.paid-otherwise" if told.code else "cover.paid-in-time"
        yield 0, words.say(key, month=month, paid=day(told.paid_on))
    elif told.last_paid:
        yield 0, words.say("cover.unpaid", month=month, last=words.month(told.last_paid))
    else:
        yield 0, words.say("cover.never", month=month)
    counted = {"paid": told.paid_months, "start": day(told.counts_from)}
    if told.waiting_months and told.scholarship_months:
        more = {"waiting": told.waiting_months, "scholarship": told.scholarship_months}
        yield 0, words.say("cover.months-waiting", **counted, **more)
    elif told.waiting_months:
        yield 0, words.say("cover.months-full", **counted, waiting=told.waiting_months)
    elif told.scholarship_months:
        yield 0, words.say("cover.months-old", **counted, scholarship=told.scholarship_months)
    else:
        yield 0, words.say("cover.months", **counted)


def _base(told: Base, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    said = {
        "base": words.amount(told.base),
        "month": words.month(told.month),
        "income": words.amount(told.income),
        "least": words.amount(told.at_least),
    }
    if told.up_to is None:
        yield 0, words.say("base.open", **said)
    else:
        yield 0, words.say("base.between", **said, most=words.amount(told.up_to))
    if told.quotation is not None:
        yield from quoted(told.quotation, words)
    yield 1, words.say("award.inputs", refs=told.declared)


def _award(told: Explanation, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    if not told.benefits:
        due = told.status in ("ordered", "paid")
        yield 0, words.say("award.nothing" if due or told.status == "denied" else "award.none")
        return
    for benefit in told.benefits:
        yield from _benefit(
            benefit, tuple(row for row in told.table if row.benefit == benefit.benefit), words
        )
    yield from ((0, unpaid_year(year, words)) for year in told.unpaid_years)
    yield 0, words.say("award.total", amount=words.amount(sum(one.amount for one in told.benefits)))


def unpaid_year(told: UnpaidYear, words: LanguageTexts) -> str:
    """Say of a school year that nothing is due for it, and why."""
    year = told.school_year
    said = words.say(
        "fact.schooling", child=words.label(told.child), level=told.level, year=year, next=year + 1
    )
    return words.say(f"award.unpaid-{told.why}", year=said)


def _benefit(told: BenefitChain, table: tuple[Row, ...], words: LanguageTexts) -> Iterator[tuple[int, str]]:
    name = words.name("benefit", told.benefit)
    yield 0, words.say("award.shared", name=name, amount=words.amount(told.amount))
    yield from ((1, table_row(row, words)) for row in table)
    yield from ((1, _part(part, words)) for part in told.parts)
    yield from quoted(told.quotation, words)
    yield 1, words.say("award.inputs", refs=", ".join(told.inputs))


def table_row(told: Row, words: LanguageTexts) -> str:
    """Say a row of the disability table: the part of the body and its percentage."""
    said = words.either(told.says) if told.says else told.part
    names = [words.name("place", code) for code in (told.side, told.which) if code]
    place = [name for name in names if name.lower() not in said.lower()]
    if told.swapped:
        place.append(words.say("place.swapped"))
    where = f" ({', '.join(place)})" if place else ""
    percent = f"{told.times} = {told.percent}" if told.times else told.percent
    row = words.say("award.row", says=said, place=where, percent=percent)
    return words.say("award.row-absorbed", row=row) if told.absorbed else row


def _part(told: PayeePart, words: LanguageTexts) -> str:
    who, amount, calculated = payee(told.payee, words), words.amount(told.amount), formula(told, words)
    if calculated == amount:
        return words.say("award.part-exact", payee=who, amount=amount)
    return words.say("award.part", payee=who, formula=calculated, amount=amount)


def formula(told: PayeePart, words: LanguageTexts) -> str:
    """Say how a part was calculated, with its numbers."""
    kind, colon, rest = told.formula.partition(": ")
    return f"{words.name('kind', kind)}{colon}{rest}"


def _basis(told: Basis, words: LanguageTexts) -> Iterator[str]:
    yield words.say("basis.facts", count=len(told.facts), refs=", ".join(told.facts))
    if told.orders:
        yield words.say("basis.orders", orders=words.join(told.orders))
    if told.lifted:
        yield words.say(
            "basis.lifted", reasons=words.join([words.name("reason", code) for code in told.lifted])
        )
    for asked in told.asked:
        if asked.school_years or asked.children or "scholarship" in asked.answer:
            numbers = {"children": asked.children, "years": asked.school_years}
            yield words.say("basis.school", claim=asked.claim, **numbers)
        else:
            names = [words.name("status" if code == "withdrawn" else "reason", code) for code in asked.answer]
            yield words.say("basis.asked", claim=asked.claim, answer=words.join(names))


def _money(told: Explanation, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    for payment in told.payments:
        due = words.say(
            "pay.counted", due=day(payment.due_on), date=day(payment.started_on), ref=payment.started_by
        )
        yield (
            0,
            words.say(
                "pay.line",
                order=payment.order,
                amount=words.amount(payment.amount),
                payee=payee(payment.payee, words),
                due=words.say("pay.weekends-only", due=due) if payment.weekends_only else due,
                state=words.name("pay", payment.state),
            ),
        )
    for paid in told.paid_before:
        yield (
            0,
            words.say(
                "pay.paid-before",
                amount=words.amount(paid.amount),
                payee=payee(paid.payee, words),
                claim=paid.claim,
            ),
        )
    yield 0, words.sums(told.money)
