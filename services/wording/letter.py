"""The letter about a claim to those whose claim it is: what is paid and why, by when, what is missing, how to object.

Names are blanks to be filled in by hand, unless the file of the claim is one in clear.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from events.bank import ClaimPaid
from events.catalogue import Event
from events.claim import ClaimFiled
from events.envelope import agency_of
from events.values import civil_date
from services.claim_file.contents import ClaimFile, name_of
from services.claim_file.document import (
    Block,
    DocumentPart,
    DocumentTable,
    Heading,
    Pairs,
    Paragraph,
    PrintedDocument,
    Quote,
    ScannedText,
    SignatureBlock,
)
from services.claim_file.result import ClaimResult
from services.claim_file.signing import CheckedLetter
from services.claim_file.statement import amount_said, says
from services.explanation.chain import Explanation, OrderHistory
from services.letters.statement import LetterStatement
from services.wording.letter_money import money_sentences, opening_kind
from services.wording.numerals import in_words
from services.wording.obstacles import obstacle_sentence
from services.wording.terms import LanguageTexts, day, moment
from services.wording.timeline import payee

_LISTED = re.compile(r"(findings\.heirs|children)\[([0-9]+)\]\.name")
_BROUGHT = {
    "enrolment": "enrolment",
    "finding:death": "hospital",
    "finding:medical": "hospital",
    "finding:heirs": "registry",
    "finding:cause": "cause",
}
"""Who brings what is missing, where it is not the family."""


def letter_document(
    file: ClaimFile, result: ClaimResult, words: LanguageTexts, rulebook: str
) -> PrintedDocument:
    """Return the letter of a claim; of a claim that was paid too much it is about that."""
    events, explanation = file.events_by_day(), result.told
    filed = next(one for one in events if isinstance(one, ClaimFiled) and one.data.claim == file.claim)
    agency, office = words.agency(agency_of(filed.source)), words.scheme.office
    programme = explanation.programme if explanation else ""
    kind = says(result)
    names = _names(file, events)
    if file.erased:
        payees = ("claimant", *(order.payee for order in result.orders))
        names = dict.fromkeys(payees, words.say("letter.erased"))
    amount = amount_said(result)
    opening = words.say(
        f"letter.opening.{opening_kind(result, kind)}",
        office=office,
        amount=words.amount(amount),
        words=in_words(amount, words.language),
    )
    opening = " ".join((opening, *money_sentences(result, kind, agency, words)))
    last_known = file.decoded()[-1]
    recorded = last_known.recordedtime or last_known.time
    on = file.day or civil_date(recorded)
    parts = [
        DocumentPart("", (_head(file, filed, programme, names, words, day(on)), Paragraph(opening))),
        *(_overpaid(office, words) if kind == "overpaid" else ()),
        *(_missing(explanation, agency, words) if explanation and result.status == "waiting" else ()),
        *(_reasons(explanation, words) if explanation and result.status in ("denied", "referred") else ()),
        *_paying(result, _paid_on(events, result.retracted), names, words),
        *(
            _why(explanation, words)
            if explanation and explanation.benefits and result.status in ("ordered", "paid")
            else ()
        ),
        DocumentPart(
            words.say("letter.objecting.title"),
            (
                Paragraph(words.say("letter.objecting.how", agency=agency, office=office)),
                Paragraph(words.say("letter.objecting.then")),
                SignatureBlock(words.say("letter.place"), words.say("letter.signer"), _code(file, words)),
            ),
        ),
    ]
    return PrintedDocument(
        language=words.language,
        title=words.say(f"letter.title.{kind}"),
        on=on,
        lead="",
        parts=tuple(parts),
        foot=words.say(
            "letter.foot",
            when=moment(recorded),
            position=f"{file.partition}:{last_known.position}",
            rulebook=rulebook[:12],
        ),
        kind="letter",
    )


def check_lines(checked: CheckedLetter, words: LanguageTexts) -> Iterator[str]:
    """Say what a brought letter says, whether the fund has said so, and what it says now."""
    statement, now = checked.statement, checked.now
    yield words.say(f"letter.check.{checked.verdict}")
    place = f"{statement.partition}:{statement.position}"
    summary = _body(statement, words)
    yield words.say(
        "letter.check.said", claim=statement.claim, day=day(statement.on), place=place, said=summary
    )
    if key := checked.key:
        since, until = (moment(at) if at else "" for at in (key.since, key.until))
        span = "key-alone" if not since else "key-until" if until else "key-recorded"
        yield words.say(f"letter.check.{span}", signer=key.name, since=since, until=until)
    if checked.verdict == "superseded" and now is not None:
        yield words.say("letter.check.now", day=day(now.on), said=_body(now, words))
    elif checked.verdict == "superseded":
        yield words.say("letter.check.nothing-now")


def _body(statement: LetterStatement, words: LanguageTexts) -> str:
    title = words.say(f"letter.title.{statement.says}")
    if not statement.amount:
        return title
    return f"{title}, {words.amount(statement.amount)} ({in_words(statement.amount, words.language)} rupiah)"


def _code(file: ClaimFile, words: LanguageTexts) -> ScannedText | None:
    name, note = words.say("letter.line.name"), words.say("letter.line.note")
    return ScannedText(file.signed_line, name, note) if file.signed_line else None


def _head(
    file: ClaimFile,
    filed: ClaimFiled,
    programme: str,
    names: Mapping[str, str],
    words: LanguageTexts,
    today: str,
) -> Pairs:
    cause = words.insured_event(filed.data.cause, programme)
    return Pairs(
        (
            (words.say("letter.number"), file.claim),
            (words.say("letter.to"), names.get("claimant", "")),
            (words.say("letter.insured"), ""),
            (
                words.say("letter.event"),
                words.say("letter.event-said", cause=cause, date=day(filed.data.event_date)),
            ),
            (words.say("letter.as-of"), today),
        )
    )


def _paid_on(events: Sequence[Event], retracted: Sequence[str]) -> dict[str, dt.date]:
    """Return the bank's day of the last payment of each order, of those that were not taken back."""
    paid = (one for one in events if isinstance(one, ClaimPaid) and name_of(one) not in retracted)
    days: dict[str, dt.date] = {}
    for one in paid:
        days[one.data.order] = max(one.data.paid_on, days.get(one.data.order, one.data.paid_on))
    return days


def _paying(
    result: ClaimResult, paid_on: Mapping[str, dt.date], names: Mapping[str, str], words: LanguageTexts
) -> Iterator[DocumentPart]:
    """Say each order that stands: to whom, how much, by when, and whether and when it has been paid."""
    standing = [order for order in result.orders if order.state not in ("cancelled", "replaced")]
    if not standing:
        return
    columns = (
        Heading(words.say("letter.paying.payee"), "prose"),
        Heading(words.say("letter.paying.name"), "prose"),
        Heading(words.say("letter.paying.amount"), "right"),
        Heading(words.say("letter.paying.due")),
        Heading(words.say("letter.paying.state"), "prose"),
    )
    called = _called([order.payee for order in standing], result.told, words)
    rows = tuple(
        _order(order, called[order.payee], paid_on.get(order.order), names, words) for order in standing
    )
    total = (words.say("letter.paying.all"), "", words.amount(result.sums.ordered), "", "")
    goes_on = result.status == "ordered" and any(order.state in ("ordered", "released") for order in standing)
    notes: list[Block] = [Paragraph(words.say("letter.paying.when"))] if goes_on else []
    yield DocumentPart(words.say("letter.paying.title"), (DocumentTable(columns, rows, total), *notes))


def _called(payees: Sequence[str], explanation: Explanation | None, words: LanguageTexts) -> dict[str, str]:
    """Name payees as the family does: an heir by the relation, and by a number where several have the same."""
    relations = {
        f"heir:{heir}": words.name("relation", relation)
        for source in (explanation.sources if explanation else ())
        for kind, heir, relation in (code.split(":") for code in source.says.codes if code.count(":") == 2)
        if kind == "heir"
    }
    plain = {code: relations.get(code) or payee(code, words) for code in payees}
    called: dict[str, str] = {}
    for code, name in plain.items():
        alike = [one for one in plain if plain[one] == name]
        called[code] = name if len(alike) == 1 else f"{name} {alike.index(code) + 1}"
    return called


def _order(
    order: OrderHistory,
    called: str,
    paid_on: dt.date | None,
    names: Mapping[str, str],
    words: LanguageTexts,
) -> tuple[str, ...]:
    paid = order.state == "paid" and paid_on
    return (
        called,
        names.get(order.payee, "………………………"),
        words.amount(order.amount),
        day(order.due_on),
        words.say("letter.paying.paid-on", day=day(paid)) if paid else words.name("pay", order.state),
    )


def _why(explanation: Explanation, words: LanguageTexts) -> Iterator[DocumentPart]:
    """Say each benefit with its amount, what the rule says and where it stands."""
    blocks: list[Block] = []
    for benefit in explanation.benefits:
        name, amount = words.name("benefit", benefit.benefit), words.amount(benefit.amount)
        says = words.either(benefit.quotation.says) if benefit.quotation.says else ""
        source = words.citation(benefit.quotation.citation)
        blocks.append(Quote(words.say("letter.why.benefit", name=name, amount=amount), says, (source,)))
    limits = [obstacle_sentence(one, words) for one in explanation.obstacles]
    if limits:
        blocks.append(Paragraph(words.say("letter.why.limited", why=words.join(limits))))
    yield DocumentPart(words.say("letter.why.title"), tuple(blocks))


def _reasons(explanation: Explanation, words: LanguageTexts) -> Iterator[DocumentPart]:
    """Say why the claim is denied, or what must be decided, each with what the rule says and where it stands."""
    blocks: list[Block] = []
    for one in explanation.obstacles:
        sentence = obstacle_sentence(one, words)
        quoted = one.quotation
        says = words.either(quoted.says) if quoted and quoted.says else ""
        notes = (words.citation(quoted.citation),) if quoted else ()
        blocks.append(Quote(f"{sentence[:1].upper()}{sentence[1:]}", says, notes))
    yield DocumentPart(words.say(f"letter.why.{explanation.status}"), tuple(blocks))


def _missing(explanation: Explanation, agency: str, words: LanguageTexts) -> Iterator[DocumentPart]:
    columns = (
        Heading(words.say("letter.missing.what"), "prose"),
        Heading(words.say("letter.missing.who"), "prose"),
    )
    rows = tuple(
        (words.name("missing", code), words.say(f"letter.missing.{_BROUGHT.get(code, 'you')}", agency=agency))
        for code in explanation.missing
    )
    notes: list[Block] = []
    if any(code in _BROUGHT for code in explanation.missing):
        notes.append(Paragraph(words.say("letter.missing.others", agency=agency)))
    yield DocumentPart(words.say("letter.missing.title"), (DocumentTable(columns, rows), *notes))


def _overpaid(office: str, words: LanguageTexts) -> Iterator[DocumentPart]:
    yield DocumentPart(
        words.say("letter.overpaid.title"),
        (
            Paragraph(words.say("letter.overpaid.why")),
            Paragraph(words.say("letter.overpaid.what", office=office)),
        ),
    )


def _names(file: ClaimFile, events: Sequence[Event]) -> dict[str, str]:
    """Return the names of claimant and payees by payee, as the claim's own events say them last."""
    by_event = {name_of(event): msgspec.to_builtins(event.data) for event in events}
    names: dict[str, str] = {}
    for one in file.opened:
        data = by_event.get(one.event, {})
        for path, value in one.values.items():
            if path == "claimant.name":
                names["claimant"] = value
            elif path == "payee.name" and "child" in data:
                names[f"child:{data['child']}"] = value
            elif path == "findings.burial.arranged_by.name":
                names["burial"] = value
            elif listed := _LISTED.fullmatch(path):
                kind = "heir" if listed[1] == "findings.heirs" else "child"
                items = data["findings"]["heirs"] if kind == "heir" else data["children"]
                names[f"{kind}:{items[int(listed[2])][kind]}"] = value
    return names
