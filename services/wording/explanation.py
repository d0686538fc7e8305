"""An explanation in words: the chain from facts to rupiah, section by section, in either language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from events.assessment import Basis
from events.values import month_number
from services.explanation.chain import BenefitChain, Explanation, PayeePart
from services.explanation.disability_rows import Row
from services.explanation.membership import Base, Membership
from services.explanation.schooling import UnpaidYear
from services.explanation.sources import Source, StatedItem
from services.wording.obstacles import obstruction, quoted
from services.wording.terms import LanguageTexts, day
from services.wording.timeline import detail, documents, finding, payee


class Section(Struct, frozen=True):
    """A part of an explanation: which one, its title and its rows, each with how deep it is set in."""

    name: str
    title: str
    rows: tuple[tuple[int, str], ...]


def sections(explanation: Explanation, words: LanguageTexts) -> Iterator[Section]:
    """Say an explanation: facts, membership, law, base, benefits, money, obstacles, the least change."""
    date = day(explanation.event_date)
    yield Section(
        "facts", words.say("why.facts"), tuple((0, row) for row in _facts(explanation.sources, words))
    )
    yield Section("cover", words.say("why.cover", date=date), tuple(_cover(explanation.membership, words)))
    laws = [
        words.say("law.regulation", name=law.name, title=words.either(law.title)) for law in explanation.laws
    ]
    title = words.say("why.law" if explanation.law_in_force else "why.law-nearest", date=date)
    yield Section("law", title, tuple((0, law) for law in laws or [words.say("law.none")]))
    if explanation.base is not None:
        yield Section("base", words.say("why.base"), tuple(_base(explanation.base, words)))
    yield Section("award", words.say("why.award"), tuple(_award(explanation, words)))
    yield Section(
        "basis", words.say("why.basis"), tuple((0, row) for row in _basis(explanation.basis, words))
    )
    if explanation.payments or explanation.paid_before:
        yield Section("money", words.say("why.money"), tuple(_money(explanation, words)))
    for name, (title, rows) in zip(("obstacles", "remedy"), obstruction(explanation, words), strict=True):
        if rows:
            yield Section(name, title, tuple(rows))


def sentence(explanation: Explanation, words: LanguageTexts) -> str:
    """Say where the claim stands, as ``kelambu claim`` does."""
    about = (
        explanation.claim,
        explanation.programme,
        explanation.status,
        explanation.missing,
        explanation.reasons,
        explanation.money,
    )
    return words.status(*about, amiss=bool(explanation.mismatches))


def lines(explanation: Explanation, words: LanguageTexts) -> list[str]:
    """Return the whole explanation as plain lines."""
    rows = [sentence(explanation, words), *(words.mismatch(one) for one in explanation.mismatches)]
    for section in sections(explanation, words):
        rows += ["", section.title, *(f"{'  ' * (depth + 1)}{row}" for depth, row in section.rows)]
    return [*rows, "", *footer(explanation, words)]


def footer(explanation: Explanation, words: LanguageTexts) -> list[str]:
    """Say which rulebook was asked, and whether it still says what was recorded."""
    rows = [words.say("why.rulebook", rulebook=explanation.rulebook)]
    return rows if explanation.as_recorded else [*rows, words.say("why.not-as-recorded")]


def _facts(sources: Sequence[Source], words: LanguageTexts) -> Iterator[str]:
    """Say each fact in a row; contributions of one agency that follow one another month by month in one."""
    of_one_report: list[Source] = []
    for source in sources:
        if of_one_report and not _continues(of_one_report[-1], source):
            yield _reported(of_one_report, words)
            of_one_report = []
        of_one_report.append(source)
    if of_one_report:
        yield _reported(of_one_report, words)


def _continues(before: Source, source: Source) -> bool:
    paid = "participant.contributions-paid"
    if not (before.kind == source.kind == paid) or (before.agency, before.struck) != (
        source.agency,
        source.struck,
    ):
        return False
    return month_number(before.says.last_month) + 1 == month_number(source.says.first_month)


def _reported(sources: Sequence[Source], words: LanguageTexts) -> str:
    first, last = sources[0], sources[-1]
    if len(sources) == 1:
        more, ref = source_detail(first, words), first.ref
    else:
        months = {"first": words.month(first.says.first_month), "last": words.month(last.says.last_month)}
        more = words.say("fact.paid-one-by-one", **months, count=len(sources))
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
    text = detail(source.kind, source.says, words)
    match source.kind:
        case "claim.filed":
            papers = documents(source.says, words)
            return f"{text}; {papers}" if papers else text
        case "claim.verified":
            codes = (code for code in source.says.codes if not code.startswith(("medical:", "outcome:")))
            details = [finding(code, words, source.shares) for code in codes]
            return "; ".join([*details, *(_item(item, words) for item in source.items)])
        case "claim.payment-returned":
            return source.says.order
        case "event.retracted":
            return ""
        case _:
            return text


def _item(item: StatedItem, words: LanguageTexts) -> str:
    """Say a medical item: ``angkutan darat Rp7.000.000 (i4)``."""
    parts = [words.name("medical", item.kind)]
    if item.sort and item.kind != "disability":
        parts.append(words.name("kind", item.sort))
    if item.amount:
        parts.append(words.amount(item.amount))
    if item.first_day and item.last_day:
        parts.append(words.say("item.days", first=day(item.first_day), last=day(item.last_day)))
    if item.loss_percent:
        parts.append(words.say("item.loss", percent=item.loss_percent))
    if item.units:
        parts.append(words.say("item.units", count=item.units))
    return f"{' '.join(parts)} ({words.label(item.item)})"


def _cover(membership: Membership | None, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    if membership is None:
        yield 0, words.say("cover.none")
        return
    period = words.say(
        "cover.period", programmes=words.join(membership.programmes), starts=day(membership.starts_on)
    )
    if membership.ended_on is not None:
        period = f"{period}; {words.say('cover.ended', ended=day(membership.ended_on))}"
    yield 0, period
    month = words.month(membership.month)
    if membership.paid_on is not None:
        key = "cover.paid-otherwise" if membership.code else "cover.paid-in-time"
        yield 0, words.say(key, month=month, paid=day(membership.paid_on))
    elif membership.last_paid:
        yield 0, words.say("cover.unpaid", month=month, last=words.month(membership.last_paid))
    else:
        yield 0, words.say("cover.never", month=month)
    parameters = {"paid": membership.paid_months, "start": day(membership.counts_from)}
    if membership.waiting_months and membership.scholarship_months:
        more = {"waiting": membership.waiting_months, "scholarship": membership.scholarship_months}
        yield 0, words.say("cover.months-waiting", **parameters, **more)
    elif membership.waiting_months:
        yield 0, words.say("cover.months-full", **parameters, waiting=membership.waiting_months)
    elif membership.scholarship_months:
        yield 0, words.say("cover.months-old", **parameters, scholarship=membership.scholarship_months)
    else:
        yield 0, words.say("cover.months", **parameters)


def _base(base: Base, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    parameters = {
        "base": words.amount(base.base),
        "month": words.month(base.month),
        "income": words.amount(base.income),
        "least": words.amount(base.at_least),
    }
    if base.up_to is None:
        yield 0, words.say("base.open", **parameters)
    else:
        yield 0, words.say("base.between", **parameters, most=words.amount(base.up_to))
    if base.quotation is not None:
        yield from quoted(base.quotation, words)
    yield 1, words.say("award.inputs", refs=base.declared)


def _award(explanation: Explanation, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    if not explanation.benefits:
        due = explanation.status in ("ordered", "paid")
        yield 0, words.say("award.nothing" if due or explanation.status == "denied" else "award.none")
        return
    for benefit in explanation.benefits:
        yield from _benefit(
            benefit, tuple(row for row in explanation.table if row.benefit == benefit.benefit), words
        )
    yield from ((0, unpaid_year(year, words)) for year in explanation.unpaid_years)
    yield 0, words.say("award.total", amount=words.amount(sum(one.amount for one in explanation.benefits)))


def unpaid_year(unpaid: UnpaidYear, words: LanguageTexts) -> str:
    """Say of a school year that nothing is due for it, and why."""
    year = unpaid.school_year
    school_year = words.say(
        "fact.schooling", child=words.label(unpaid.child), level=unpaid.level, year=year, next=year + 1
    )
    return words.say(f"award.unpaid-{unpaid.why}", year=school_year)


def _benefit(chain: BenefitChain, table: tuple[Row, ...], words: LanguageTexts) -> Iterator[tuple[int, str]]:
    name = words.name("benefit", chain.benefit)
    yield 0, words.say("award.shared", name=name, amount=words.amount(chain.amount))
    yield from ((1, table_row(row, words)) for row in table)
    yield from ((1, _part(part, words)) for part in chain.parts)
    yield from quoted(chain.quotation, words)
    yield 1, words.say("award.inputs", refs=", ".join(chain.inputs))


def table_row(table_entry: Row, words: LanguageTexts) -> str:
    """Say a row of the disability table: the part of the body and its percentage."""
    text = words.either(table_entry.says) if table_entry.says else table_entry.part
    names = [words.name("place", code) for code in (table_entry.side, table_entry.which) if code]
    place = [name for name in names if name.lower() not in text.lower()]
    if table_entry.swapped:
        place.append(words.say("place.swapped"))
    where = f" ({', '.join(place)})" if place else ""
    percent = f"{table_entry.times} = {table_entry.percent}" if table_entry.times else table_entry.percent
    row = words.say("award.row", says=text, place=where, percent=percent)
    return words.say("award.row-absorbed", row=row) if table_entry.absorbed else row


def _part(part: PayeePart, words: LanguageTexts) -> str:
    who, amount, calculated = payee(part.payee, words), words.amount(part.amount), formula(part, words)
    if calculated == amount:
        return words.say("award.part-exact", payee=who, amount=amount)
    return words.say("award.part", payee=who, formula=calculated, amount=amount)


def formula(part: PayeePart, words: LanguageTexts) -> str:
    """Say how a part was calculated, with its numbers."""
    kind, colon, rest = part.formula.partition(": ")
    return f"{words.name('kind', kind)}{colon}{rest}"


def _basis(basis: Basis, words: LanguageTexts) -> Iterator[str]:
    yield words.say("basis.facts", count=len(basis.facts), refs=", ".join(basis.facts))
    if basis.orders:
        yield words.say("basis.orders", orders=words.join(basis.orders))
    if basis.lifted:
        yield words.say(
            "basis.lifted", reasons=words.join([words.name("reason", code) for code in basis.lifted])
        )
    for question in basis.asked:
        if question.school_years or question.children or "scholarship" in question.answer:
            numbers = {"children": question.children, "years": question.school_years}
            yield words.say("basis.school", claim=question.claim, **numbers)
        else:
            names = [
                words.name("status" if code == "withdrawn" else "reason", code) for code in question.answer
            ]
            yield words.say("basis.asked", claim=question.claim, answer=words.join(names))


def _money(explanation: Explanation, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    for payment in explanation.payments:
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
    for paid in explanation.paid_before:
        yield (
            0,
            words.say(
                "pay.paid-before",
                amount=words.amount(paid.amount),
                payee=payee(paid.payee, words),
                claim=paid.claim,
            ),
        )
    yield 0, words.sums(explanation.money)
