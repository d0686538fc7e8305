"""What an event says in words, from its codes and amounts alone, and a claim's timeline made of that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from events.content import Content
from events.payment_matching import Discrepancy
from projections.as_of import AsOf
from projections.claim_steps import Step
from projections.claims import ClaimRow
from projections.timeline import Moment
from services.wording.terms import LanguageTexts, day, moment


def as_it_stood(point: AsOf, words: LanguageTexts) -> str:
    """Say which moment is looked at; nothing of now."""
    sentences = []
    if isinstance(point.known_on, dt.datetime):
        sentences.append(words.say("sentence.as-of", when=moment(point.known_on)))
    elif point.known_on is not None:
        sentences.append(words.say("sentence.as-of", when=words.say("position", position=point.known_on)))
    if point.true_on is not None:
        sentences.append(words.say("sentence.true-on", day=day(point.true_on)))
    return " ".join(sentences)


def sentence(row: ClaimRow, mismatches: Sequence[Discrepancy], words: LanguageTexts) -> str:
    """Say where the claim stands."""
    if not row.shown:
        return words.say("sentence.retracted", claim=row.claim)
    return words.status(
        row.claim,
        row.programme,
        row.status,
        row.missing,
        row.reasons,
        row.sums,
        amiss=bool(mismatches),
    )


def pending(row: ClaimRow, words: LanguageTexts) -> str:
    """Say of a claim that must be decided how much has left for the bank, and would be overpaid if it is denied."""
    amounts = {name: words.amount(getattr(row, name)) for name in ("pending", "overpaid")}
    return words.say("sentence.pending", **amounts)


def rows(moments: Sequence[Moment], words: LanguageTexts) -> list[tuple[str, str, str, str]]:
    """Return (time, agency, what happened with its details, position) of each step, oldest first.

    The time is that of the act at the agency; what Kelambu says itself has the time of recording.
    """
    steps = zip(moments, details(moments, words), strict=True)
    return [_row(one.step, more, words, retracted=one.retracted) for one, more in steps]


def _row(step: Step, more: str, words: LanguageTexts, *, retracted: bool) -> tuple[str, str, str, str]:
    text = words.name("event", step.type)
    if retracted:
        text = f"{text} ({words.say('story.retracted')})"
    acted = dt.datetime.fromisoformat(step.time)
    place = f"{step.partition}:{step.position}"
    if more:
        text = f"{text}: {more}"
    return moment(acted), step.ref.partition(":")[0], text, place


def details(moments: Sequence[Moment], words: LanguageTexts) -> list[str]:
    """Say of each step of a claim what it adds, of an order that has left also who approved that."""
    approved = approvals(moments, words)
    return [_with_approval(one.step, approved, words) for one in moments]


def _with_approval(step: Step, approved: Mapping[str, str], words: LanguageTexts) -> str:
    text = detail(step.type, step.says, words)
    by = approved.get(step.says.order) if step.type == "claim.payment-released" else None
    return f"{text}, {by}" if by else text


def detail(kind: str, says: Content, words: LanguageTexts) -> str:
    """Say in one line what an event of this type adds; empty where its name says it all."""
    tell = _DETAILS.get(kind)
    return tell(says, words) if tell else ""


def payee(code: str, words: LanguageTexts) -> str:
    """Name a payee: ``heir:spouse`` is ``ahli waris (suami/istri)``, ``child:child-1`` is ``anak 1``."""
    kind, _, local = code.partition(":")
    name, label = words.name("payee", kind), words.label(local)
    if label.startswith(f"{name} "):
        return label
    return f"{name} ({label})" if label else name


def overpaid(code: str, amount: int, words: LanguageTexts) -> str:
    """Say how much a payee has too much, and where it is nothing any more, that."""
    name = payee(code, words)
    return f"{name} {words.amount(amount)}" if amount else words.say("detail.overpaid-none", payee=name)


def _enrolled(says: Content, words: LanguageTexts) -> str:
    return words.say("fact.enrolled", programmes=words.join(says.programmes), date=date(says.date))


def _declared(says: Content, words: LanguageTexts) -> str:
    return words.say("fact.declared", amount=words.amount(says.amount), month=words.month(says.first_month))


def _contributed(says: Content, words: LanguageTexts) -> str:
    key = "fact.paid-month" if says.first_month == says.last_month else "fact.paid-months"
    first, last = words.month(says.first_month), words.month(says.last_month)
    return words.say(key, first=first, last=last, paid=date(says.date))


def _filed(says: Content, words: LanguageTexts) -> str:
    return words.say("detail.filed", cause=words.name("cause", says.cause), date=date(says.event_date))


def _amended(says: Content, words: LanguageTexts) -> str:
    parts = [words.name("cause", says.cause)] if says.cause else []
    if says.event_date:
        parts.append(words.say("detail.amended-date", date=date(says.event_date)))
    for code in says.codes:
        kind, _, name = code.partition(":")
        match kind:
            case "claimant":
                parts.append(words.say("detail.claimant", relation=words.name("relation", name)))
            case "child":
                parts.append(payee(code, words))
            case _:
                parts.append(words.say("detail.no-children"))
    return ", ".join(parts)


def documents(says: Content, words: LanguageTexts) -> str:
    """Name the documents that an event brings."""
    return words.join([words.name("missing", code) for code in says.codes if code.startswith("document:")])


def _verified(says: Content, words: LanguageTexts) -> str:
    return ", ".join(finding(code, words) for code in says.codes)


def finding(code: str, words: LanguageTexts, shares: Mapping[str, str] | None = None) -> str:
    """Name a finding; where ``shares`` are given an heir with the relation and the percentage, if one is stated."""
    kind, _, rest = code.partition(":")
    name, _, relation = rest.partition(":")
    match kind:
        case "death":
            return words.say("finding.death", date=date(rest))
        case "medical":
            return words.name("medical", name)
        case "heir":
            return payee(f"heir:{name}", words) if shares is None else _heir(name, relation, shares, words)
        case _:
            return words.name("finding", code)


def _heir(heir: str, relation: str, shares: Mapping[str, str], words: LanguageTexts) -> str:
    relation_name, label = words.name("relation", relation), words.label(heir)
    named = "" if label == relation_name else f" {label}"
    percent = f", {shares[heir]}%" if heir in shares else ""
    return f"{words.name('payee', 'heir')}{named} ({relation_name}{percent})"


def _assessed(says: Content, words: LanguageTexts) -> str:
    match says.outcome:
        case "due":
            return words.say(
                "detail.due", amount=words.amount(sum(says.benefits.values())), version=says.version
            )
        case "waiting":
            return words.say(
                "detail.waiting", what=words.join([words.name("missing", m) for m in says.missing])
            )
        case _:
            return _reasons(says, words) or words.name("status", says.outcome)


def _reasons(says: Content, words: LanguageTexts) -> str:
    return words.join([words.name("reason", code) for code in says.reasons])


def _reviewed(says: Content, words: LanguageTexts) -> str:
    decision = words.name("decision", says.codes[0]) if says.codes else ""
    text = f"{decision}: {_reasons(says, words)}" if says.reasons else decision
    return words.say("detail.seen-until", told=text, ref=says.last_seen) if says.last_seen else text


def _ordered(says: Content, words: LanguageTexts) -> str:
    who, due = payee(says.payee, words), date(says.date)
    if says.since_on:
        due = words.say("pay.counted", due=due, date=date(says.since_on), ref=says.since)
    return words.say("detail.ordered", order=says.order, amount=words.amount(says.amount), payee=who, due=due)


def _order(says: Content, words: LanguageTexts) -> str:
    amount = f" {words.amount(says.amount)}" if says.amount else ""
    text = f"{says.order}{amount}"
    return words.say("detail.in-batch", told=text, batch=says.batch) if says.batch else text


def _schooling(says: Content, words: LanguageTexts) -> str:
    child, level, first = (code.partition(":")[2] for code in says.codes[:3])
    key = "fact.schooling" if "studying" in says.codes else "fact.not-studying"
    return words.say(key, child=words.label(child), level=level, year=first, next=int(first) + 1)


def _mismatched(says: Content, words: LanguageTexts) -> str:
    return words.say(
        "detail.mismatched",
        order=says.order,
        paid=words.amount(says.amount),
        expected=words.amount(says.expected),
    )


def date(text: str) -> str:
    return day(dt.date.fromisoformat(text)) if text else "?"


_DETAILS: dict[str, Callable[[Content, LanguageTexts], str]] = {
    "participant.enrolled": _enrolled,
    "participant.income-declared": _declared,
    "participant.contributions-paid": _contributed,
    "participant.ended": lambda says, _: date(says.date),
    "claim.filed": _filed,
    "claim.amended": _amended,
    "claim.documents-received": documents,
    "claim.verified": _verified,
    "claim.schooling-confirmed": _schooling,
    "claim.reviewed": _reviewed,
    "claim.assessed": _assessed,
    "claim.referred": _reasons,
    "claim.denied": _reasons,
    "claim.payment-ordered": _ordered,
    "claim.payment-released": _order,
    "claim.payment-cancelled": _order,
    "claim.payment-mismatched": _mismatched,
    "claim.paid": _order,
    "claim.payment-returned": _order,
    "claim.overpaid": lambda says, words: overpaid(says.payee, says.amount, words),
    "claim.closed": lambda says, words: words.amount(says.amount),
    "event.retracted": lambda says, _: says.retracts.partition(":")[2],
}


def approvals(moments: Iterable[Moment], words: LanguageTexts) -> dict[str, str]:
    """Say of each order that has left who approved that, by token, or that it left without a person's approval."""
    sentences, approved = dict[str, str](), dict[str, str]()
    for step in (one.step for one in moments if not one.retracted):
        order = step.says.order
        if step.type == "claim.release-approved":
            approved[order] = step.says.officer
        elif step.type == "claim.release-refused":
            approved.pop(order, None)
        elif step.type == "claim.payment-released":
            officer = approved.get(order, "")
            sentences[order] = words.say(f"approval.{'by' if officer else 'automatic'}", officer=officer[:10])
    return sentences
