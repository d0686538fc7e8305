"""The file of a claim in words: what is on its page and in its PDF, in either language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from events.catalogue import (
    AgencyEvent,
    Event,
    Operation,
    ParticipantEvent,
    content_of,
    fact_of,
    happened_on,
    short_name,
    type_of,
)
from events.content import Content
from events.message import LANGUAGES, Language
from events.operation import RulebookAdopted
from events.values import civil_date
from services.claim_file.contents import PROGRAM, ClaimFile, name_of, sha256
from services.claim_file.deciding import DecidedAgain
from services.claim_file.document import (
    Block,
    Bullets,
    DocumentPart,
    DocumentTable,
    Heading,
    Pairs,
    Paragraph,
    PrintedDocument,
    Quote,
    ScannedText,
)
from services.claim_file.pages import page
from services.claim_file.pdf import pdf
from services.claim_file.result import ClaimResult, of_claim
from services.explanation.chain import BenefitChain, Explanation
from services.explanation.quotations import Quotation
from services.wording.explanation import Section, formula, sections, sentence, table_row, unpaid_year
from services.wording.terms import LanguageTexts, day, moment
from services.wording.timeline import detail, payee
from services.wording.trail import what_was_done

PAGES: dict[Language, str] = {"id": "index", "en": "index.en"}
"""Names of the pages without their endings."""


def claim_pages(file: ClaimFile, result: ClaimResult, again: DecidedAgain) -> dict[str, bytes]:
    """Return the page of a claim's file and the PDF of it, in both languages, by their names."""
    scheme = again.rulebook.scheme if again.rulebook else None
    pages: dict[str, bytes] = {}
    for language, other in (LANGUAGES, LANGUAGES[::-1]):
        words = LanguageTexts(language, scheme)
        document = claim_document(file, result, again, words, f"{PAGES[other]}.html")
        pages[f"{PAGES[language]}.html"] = page(document)
        pages[f"{PAGES[language]}.pdf"] = pdf(document)
    return pages


def claim_document(
    file: ClaimFile, result: ClaimResult, again: DecidedAgain, words: LanguageTexts, other: str
) -> PrintedDocument:
    """Return the page of a claim's file; ``other`` is the name of the page in the other language."""
    events = file.events_by_day()
    explanation = result.told
    by_name = {section.name: section for section in sections(explanation, words)} if explanation else {}
    rulebook = again.rulebook.name if again.rulebook else "–"
    parts = [
        _about(file, result, again, words),
        _money(result, words),
        _award(result, words),
        *(
            _rows(by_name[name])
            for name in ("obstacles", "remedy", "cover", "base", "law", "basis")
            if name in by_name
        ),
        _papers(result, words),
        _opened_values(file, words),
        *_stories(file, result, events, words),
        _rules(file, events, words),
        _looks(file, words),
        DocumentPart(
            words.say("claim-file.proof.title"),
            tuple(
                Paragraph(words.say(f"claim-file.proof.{key}")) for key in ("command", "proves", "proves-not")
            )
            + _signed_line(file, words),
        ),
    ]
    return PrintedDocument(
        language=words.language,
        title=words.say("claim-file.title", claim=file.claim),
        on=file.day or civil_date(events[-1].recordedtime or events[-1].time),
        lead=sentence(explanation, words)
        if explanation
        else words.say("sentence.retracted", claim=file.claim),
        parts=tuple(part for part in parts if part.blocks),
        foot=words.say(
            "claim-file.foot", program=PROGRAM, rulebook=rulebook, installation=file.installation[:8]
        ),
        other=other,
        other_name=words.say("claim-file.other-language"),
    )


def _signed_line(file: ClaimFile, words: LanguageTexts) -> tuple[Block, ...]:
    name, note = words.say("letter.line.name"), words.say("claim-file.proof.letter")
    return (ScannedText(file.signed_line, name, note),) if file.signed_line else ()


def _about(file: ClaimFile, result: ClaimResult, again: DecidedAgain, words: LanguageTexts) -> DocumentPart:
    rows = [(words.say("claim-file.about.known"), _known_until(file, file.decoded()[-1], words))]
    if file.day:
        rows.append((words.say("claim-file.about.true"), day(file.day)))
    if result.told:
        rows.append((words.say("claim-file.about.programme"), result.told.programme))
        what = (
            f"{words.insured_event(result.told.cause, result.told.programme)}, {day(result.told.event_date)}"
        )
        rows.append((words.say("claim-file.about.event"), what))
    other = len(again.conclusions) - again.same
    key = "claim-file.about.decided-other" if other else "claim-file.about.decided-same"
    decided = words.say(key, decided=again.decided, same=again.same, other=other)
    rows.append((words.say("claim-file.about.decided"), decided))
    persons = words.say(f"claim-file.about.persons-{'open' if file.opened else 'sealed'}")
    if erased := file.erased:
        when, where = moment(erased.recordedtime or erased.time), f"{erased.partition}:{erased.position}"
        persons = words.say("claim-file.about.persons-erased", when=when, position=where)
    rows.append((words.say("claim-file.about.persons"), persons))
    mismatches = result.told.mismatches if result.told else ()
    amiss = tuple(Paragraph(words.mismatch(one), "amiss") for one in mismatches)
    return DocumentPart(words.say("claim-file.about.title"), (*amiss, Pairs(tuple(rows))))


def _known_until(file: ClaimFile, last: Event, words: LanguageTexts) -> str:
    parameters = {
        "position": f"{file.partition}:{last.position}",
        "when": moment(last.recordedtime) if last.recordedtime else "",
    }
    if not file.known_on:
        return words.say("claim-file.about.known-all", **parameters)
    if file.known_on.isdecimal():
        return words.say("claim-file.about.known-position", asked=file.known_on, **parameters)
    when = moment(dt.datetime.fromisoformat(file.known_on))
    return words.say("claim-file.about.known-day", position=parameters["position"], when=when)


def _money(result: ClaimResult, words: LanguageTexts) -> DocumentPart:
    sums = result.sums
    amounts = {
        "asked": result.asked,
        "entitled": sums.entitled,
        "ordered": sums.ordered,
        "released": sums.released,
        "paid": sums.paid_by_bank,
        "matched": sums.matched,
        "unmatched": sums.unmatched,
        "returned": result.returned,
        "overpaid": sums.overpaid,
    }
    always = {"entitled", "ordered", "released", "paid"}
    rows = [
        (words.say(f"claim-file.money.{name}"), words.amount(amount))
        for name, amount in amounts.items()
        if amount or name in always
    ]
    blocks: list[Block] = [Pairs(tuple(rows))]
    if result.orders:
        columns = (
            _head("claim-file.money.order", words, "code"),
            _head("claim-file.money.payee", words, "prose"),
            _head("claim-file.money.amount", words, "right"),
            _head("claim-file.money.due", words),
            _head("claim-file.money.state", words, "prose"),
        )
        every = tuple(
            (
                order.order,
                payee(order.payee, words),
                words.amount(order.amount),
                day(order.due_on),
                words.name("pay", order.state),
            )
            for order in result.orders
        )
        total = ("", words.say("claim-file.money.all"), words.amount(sums.ordered), "", "")
        blocks += [
            Paragraph(words.say("claim-file.money.orders"), "strong"),
            DocumentTable(columns, every, total),
        ]
    else:
        blocks.append(Paragraph(words.say("claim-file.money.no-orders")))
    return DocumentPart(words.say("claim-file.money.title"), tuple(blocks))


def _award(result: ClaimResult, words: LanguageTexts) -> DocumentPart:
    title, explanation = words.say("claim-file.award.title"), result.told
    if explanation is None:
        return DocumentPart(title, (Paragraph(words.say("claim-file.award.retracted")),))
    blocks = [block for benefit in explanation.benefits for block in _benefit(benefit, explanation, words)]
    if explanation.unpaid_years:
        blocks.append(Bullets(tuple((0, unpaid_year(year, words)) for year in explanation.unpaid_years)))
    return DocumentPart(title, tuple(blocks) or (Paragraph(words.say("claim-file.award.none")),))


def _benefit(benefit: BenefitChain, explanation: Explanation, words: LanguageTexts) -> Iterator[Block]:
    name, amount = words.name("benefit", benefit.benefit), words.amount(benefit.amount)
    yield Paragraph(words.say("claim-file.award.benefit", name=name, amount=amount), "strong")
    rows = [table_row(row, words) for row in explanation.table if row.benefit == benefit.benefit]
    if rows:
        yield Bullets(tuple((0, row) for row in rows))
    columns = (
        _head("claim-file.award.payee", words, "prose"),
        _head("claim-file.award.formula", words, "prose"),
        _head("claim-file.award.amount", words, "right"),
    )
    parts = (
        (payee(one.payee, words), formula(one, words), words.amount(one.amount)) for one in benefit.parts
    )
    yield DocumentTable(columns, tuple(parts))
    yield quote(benefit.quotation, words)
    yield Paragraph(words.say("claim-file.award.facts", refs=", ".join(benefit.inputs)), "note")


def quote(quotation: Quotation, words: LanguageTexts) -> Quote:
    """Return a statement of the rulebook as it is quoted: the article, its words, how sure it is, how it is read."""
    notes = [words.say("claim-file.award.counts", confidence=words.name("confidence", quotation.confidence))]
    if quotation.reading is not None:
        notes.append(words.say("award.reading", reading=words.either(quotation.reading)))
    if quotation.verified_until is not None:
        notes.append(words.say("award.unverified", until=day(quotation.verified_until)))
    says = words.either(quotation.says) if quotation.says else ""
    return Quote(words.citation(quotation.citation), says, tuple(notes))


def _rows(section: Section) -> DocumentPart:
    return DocumentPart(section.title, (Bullets(section.rows),))


def _papers(result: ClaimResult, words: LanguageTexts) -> DocumentPart:
    title = words.say("claim-file.papers.title")
    if not result.papers:
        return DocumentPart(title, (Paragraph(words.say("claim-file.papers.none")),))
    columns = (
        _head("claim-file.papers.kind", words, "prose"),
        _head("claim-file.papers.from", words),
        _head("claim-file.papers.day", words),
        _head("claim-file.papers.hash", words, "code"),
    )
    rows = tuple(
        (
            _struck(words.name("missing", f"document:{paper.kind}"), words, struck=paper.retracted),
            paper.agency,
            day(paper.day),
            paper.sha256 or words.say("claim-file.papers.no-hash"),
        )
        for paper in result.papers
    )
    return DocumentPart(
        title, (DocumentTable(columns, rows), Paragraph(words.say("claim-file.papers.note"), "note"))
    )


def _opened_values(file: ClaimFile, words: LanguageTexts) -> DocumentPart:
    columns = (
        _head("claim-file.opened.event", words, "prose"),
        _head("claim-file.opened.path", words, "code"),
        _head("claim-file.opened.value", words, "prose"),
    )
    rows = tuple((one.event, path, value) for one in file.opened for path, value in one.values.items())
    return DocumentPart(words.say("claim-file.opened.title"), (DocumentTable(columns, rows),) if rows else ())


def _stories(
    file: ClaimFile, result: ClaimResult, events: Sequence[Event], words: LanguageTexts
) -> Iterator[DocumentPart]:
    """Tell the claim's own events, with what took them back; then what else of the person was decided on."""
    refs = of_claim(file.claim, events)
    stories = [event for event in events if not isinstance(event, RulebookAdopted)]
    own = [event for event in stories if name_of(event) in refs]
    other = [event for event in stories if name_of(event) not in refs]
    struck = set(result.retracted)
    yield DocumentPart(
        words.say("claim-file.story.title"),
        (Paragraph(words.say("claim-file.story.note"), "note"), _timeline(own, struck, words)),
    )
    if other:
        yield DocumentPart(
            words.say("claim-file.story.other-title"),
            (Paragraph(words.say("claim-file.story.other-note"), "note"), _timeline(other, struck, words)),
        )


def _timeline(events: Sequence[Event], struck: set[str], words: LanguageTexts) -> DocumentTable:
    columns = (
        *(_head(f"claim-file.story.{name}", words) for name in ("happened", "sent", "admitted", "recorded")),
        _head("claim-file.story.what", words, "prose"),
        _head("claim-file.story.place", words, "code"),
    )
    return DocumentTable(columns, tuple(_step(event, struck, words) for event in events))


def _step(event: Event, struck: set[str], words: LanguageTexts) -> tuple[str, ...]:
    text = _struck(words.event(type_of(event)), words, struck=name_of(event) in struck)
    if more := detail(short_name(type_of(event)), _says(event), words):
        text = f"{text}: {more}"
    sent_at = _moment(event.time) if isinstance(event, AgencyEvent) else ""
    return (
        day(happened_on(event)),
        sent_at,
        _moment(event.admittedtime or None),
        _moment(event.recordedtime or None),
        f"{text} [{name_of(event)}]",
        f"{event.partition}:{event.position}",
    )


def _says(event: Event) -> Content:
    if isinstance(event, ParticipantEvent):
        return fact_of(event, event.position or 0).content()
    return Content() if isinstance(event, Operation) else content_of(event)


def _rules(file: ClaimFile, events: Sequence[Event], words: LanguageTexts) -> DocumentPart:
    blocks: list[Block] = [Paragraph(words.say("claim-file.rules.note"), "note")]
    columns = (_head("claim-file.rules.file", words, "prose"), Heading("SHA-256", "code"))
    adopted = [event for event in events if isinstance(event, RulebookAdopted)]
    for digest, texts in file.rulebooks.items():
        blocks.append(Paragraph(words.say("claim-file.rules.rulebook", hash=digest), "strong"))
        since = (
            words.say(
                "claim-file.rules.adopted",
                position=f"{file.partition}:{event.position}",
                when=_moment(event.recordedtime or None),
            )
            for event in adopted
            if event.data.rulebook == digest
        )
        blocks.append(Paragraph("; ".join(since)))
        blocks.append(
            DocumentTable(columns, tuple((name, sha256(text.encode())) for name, text in texts.items()))
        )
    return DocumentPart(words.say("claim-file.rules.title"), tuple(blocks))


def _looks(file: ClaimFile, words: LanguageTexts) -> DocumentPart:
    title = words.say("claim-file.looks.title")
    if not file.looks:
        return DocumentPart(title, (Paragraph(words.say("claim-file.looks.none")),))
    named = any(look.by for look in file.looks)
    columns = (
        _head("claim-file.looks.time", words),
        _head("claim-file.looks.what", words, "prose"),
        *((_head("claim-file.looks.by", words, "prose"),) if named else ()),
    )
    rows = []
    for look in file.looks:
        act = what_was_done(look.record, words)
        act = f"{act} [{look.engagement}]" if look.engagement else act
        by = f"{look.by}: {look.reason}" if look.reason else look.by
        rows.append((_moment(look.time), act, by) if named else (_moment(look.time), act))
    return DocumentPart(title, (DocumentTable(columns, tuple(rows)),))


def _head(key: str, words: LanguageTexts, align: str = "left") -> Heading:
    return Heading(words.say(key), align)  # type: ignore[arg-type]


def _struck(text: str, words: LanguageTexts, *, struck: bool) -> str:
    return f"{text} ({words.say('story.retracted')})" if struck else text


def _moment(time: dt.datetime | None) -> str:
    return moment(time).removesuffix(" WIB") if time else ""
