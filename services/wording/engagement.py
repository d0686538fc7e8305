"""The page of a closed audit: its scope, its questions with their figures, samples, findings and exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from events.message import LANGUAGES
from events.values import civil_date
from services.audit_trail.entries import TrailEntry
from services.audit_trail.findings import findings
from services.audit_trail.records import Exported, FigureRecorded
from services.audit_trail.scope import beyond
from services.claim_file.document import (
    Block,
    DocumentPart,
    DocumentTable,
    Heading,
    Pairs,
    Paragraph,
    PrintedDocument,
)
from services.claim_file.pages import page as html_page
from services.engagements.engagements import EngagementPage
from services.sampling.sample_records import samples
from services.wording.controls import named
from services.wording.terms import LanguageTexts, day, moment, number
from services.wording.trail import what_was_done


def engagement_document(page: EngagementPage, words: LanguageTexts) -> PrintedDocument:
    """Return the page of an audit that is closed, in one language."""
    one = page.engagement
    other = "en" if words.language == "id" else "id"
    parts = (
        ("scope", (Pairs(tuple(_scope(page, words))),)),
        ("figures", tuple(_figures(page, words))),
        ("samples", tuple(_samples(page.done, words))),
        ("findings", tuple(_findings(page.done, words))),
        ("exports", tuple(_exports(page.done, words))),
        ("done", tuple(_acts(page.done, words))),
    )
    return PrintedDocument(
        language=words.language,
        title=words.say("engagement.title", number=one.opened.number),
        on=civil_date(one.closed or one.at),
        lead=words.say("engagement.page-lead", manifest=one.manifest),
        parts=tuple(DocumentPart(words.say(f"engagement.page-{name}"), blocks) for name, blocks in parts),
        foot=words.say("engagement.page-foot"),
        other=f"{other}.html",
        other_name=words.say("claim-file.other-language"),
    )


def engagement_pages(closed: EngagementPage) -> dict[str, bytes]:
    """Return the page of an audit in each language, by the name of its file."""
    return {
        f"{language}.html": html_page(engagement_document(closed, LanguageTexts(language)))
        for language in LANGUAGES
    }


def scope_of(page: EngagementPage, words: LanguageTexts) -> dict[str, str]:
    """Return letter, auditor, period, districts and agencies of an audit, in words by their names."""
    opening = page.engagement.opened
    every = words.say("engagement.all")
    return {
        "letter": opening.letter,
        "by": page.engagement.by,
        "period": words.say("engagement.days", first=day(opening.period_from), last=day(opening.period_to)),
        "districts": ", ".join(words.name("district", code) for code in opening.districts) or every,
        "agencies": ", ".join(map(words.registered, opening.agencies)) or every,
    }


def done_of(entry: TrailEntry, page: EngagementPage, words: LanguageTexts) -> str:
    """Say what was done, and which limits of the audit it went beyond."""
    act = what_was_done(entry.record, words)
    limits = [
        words.say(f"engagement.beyond-{limit}") for limit in beyond(page.engagement.opened, entry.record)
    ]
    return f"{act} ({words.say('engagement.beyond', limits=words.join(limits))})" if limits else act


def _scope(page: EngagementPage, words: LanguageTexts) -> Iterator[tuple[str, str]]:
    for name, value in scope_of(page, words).items():
        yield words.say(f"engagement.{name}"), value


def _figures(page: EngagementPage, words: LanguageTexts) -> Iterator[Block]:
    rows = [
        (moment(entry.time), record.handle, done_of(entry, page, words), _sums(record.totals))
        for entry in page.done
        if isinstance(record := entry.record, FigureRecorded)
    ]
    names = ("column.time", "engagement.handle", "engagement.what", "engagement.sums")
    return _table(names, rows, words, code=(1,))


def _sums(totals: Mapping[str, int]) -> str:
    """Write sums by the names that the files beside the page have too."""
    return ", ".join(f"{name} {number(amount)}" for name, amount in totals.items() if amount)


def _samples(acts: Sequence[TrailEntry], words: LanguageTexts) -> Iterator[Block]:
    rows = [
        (
            name,
            words.say(f"sample.{one.frozen.method}"),
            number(one.frozen.items),
            words.amount(one.frozen.amount),
            number(one.size) if one.drawn else "",
            number(len(one.examined)),
        )
        for name, one in samples(acts).items()
    ]
    columns = ("engagement.items", "controls.amount", "engagement.drawn", "engagement.examined")
    names = ("sample.name", "sample.method", *columns)
    return _table(names, rows, words, right=(2, 3, 4, 5))


def _findings(acts: Sequence[TrailEntry], words: LanguageTexts) -> Iterator[Block]:
    rows = [
        (
            name,
            named(one.opened.control, words),
            words.amount(one.opened.amount),
            words.say(f"finding-outcome.{one.outcome}" if one.outcome else "findings.open"),
            words.say(f"follow-up.{one.state}") if one.outcome == "finding" else "",
        )
        for name, one in findings(acts).items()
    ]
    names = ("findings.number", "findings.control", "controls.amount", "findings.outcome", "findings.state")
    return _table(names, rows, words, right=(2,))


def _exports(acts: Sequence[TrailEntry], words: LanguageTexts) -> Iterator[Block]:
    rows = [
        (moment(entry.time), what_was_done(record, words), file.name, number(file.rows), file.sha256)
        for entry in acts
        if isinstance(record := entry.record, Exported)
        for file in record.files
    ]
    names = ("column.time", "trail.done", "engagement.file", "tables.rows", "engagement.sha256")
    return _table(names, rows, words, right=(3,), code=(4,))


def _acts(acts: Sequence[TrailEntry], words: LanguageTexts) -> Iterator[Block]:
    rows = [
        (str(entry.position), moment(entry.time), entry.by, what_was_done(entry.record, words), entry.reason)
        for entry in acts
    ]
    names = ("trail.number", "column.time", "trail.by", "trail.done", "engagement.reason")
    return _table(names, rows, words, right=(0,))


def _table(
    names: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    words: LanguageTexts,
    *,
    right: Sequence[int] = (),
    code: Sequence[int] = (),
) -> Iterator[Block]:
    if not rows:
        yield Paragraph(words.say("engagement.page-none"))
        return
    headings = tuple(
        Heading(words.say(name), "right" if n in right else "code" if n in code else "prose")
        for n, name in enumerate(names)
    )
    yield DocumentTable(headings, tuple(rows))
