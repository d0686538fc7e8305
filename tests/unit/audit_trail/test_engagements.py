"""Audits: none begins that is over already, one that has ended says so, and what belongs to one is told and kept with it."""

from __future__ import annotations

import datetime as dt
import html

import msgspec
import pytest
from msgspec.structs import replace

from events.message import LANGUAGES, Language
from services.audit_trail.bundle import MANIFEST, BundleManifest, bundle
from services.audit_trail.engagements import EngagementError, belonging, engagements, may_begin
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import (
    EngagementClosed,
    EngagementOpened,
    FindingAssessed,
    FindingOpened,
    QueryRun,
    Record,
    SampleFrozen,
    SampleSeeded,
)
from services.claim_file.pages import page
from services.engagements.engagements import engagement_page
from services.wording.engagement import engagement_document
from services.wording.terms import LanguageTexts
from services.wording.trail import how_it_stands
from tests.unit.audit_trail.examples import EXAMPLES

NOW = dt.datetime(2026, 6, 11, 2, 0, tzinfo=dt.UTC)
AUDIT = replace(
    next(one for one in EXAMPLES if isinstance(one, EngagementOpened)), until=dt.date(2026, 6, 11)
)
FROZEN = next(one for one in EXAMPLES if isinstance(one, SampleFrozen))
SEEDED = SampleSeeded(sample=FROZEN.sample, seed="814", source="BI rate")
OPENED = FindingOpened(finding="T-0001", control="paid-twice", items=("H-A",), amount=1)
ASSESSED = FindingAssessed(finding="T-0001", outcome="finding")
CLOSED = EngagementClosed(number=AUDIT.number, manifest="")
QUERY = QueryRun(sql="select 1", rows=1, seconds=0.1)


def trail(*records: tuple[Record, str]) -> list[TrailEntry]:
    """What was recorded, under which audit."""
    return [
        TrailEntry(position=n, time=NOW, record=record, by="Dewi", engagement=number, sha256="")
        for n, (record, number) in enumerate(records, 1)
    ]


def positions(entries: list[TrailEntry], number: str) -> list[int]:
    """The positions of what belongs to an audit."""
    return [entry.position for entry, numbers in belonging(entries) if number in numbers]


def test_no_audit_begins_whose_last_day_is_over() -> None:
    """On its last day it may still begin, in Jakarta."""
    may_begin([], AUDIT, dt.datetime(2026, 6, 11, 16, 59, tzinfo=dt.UTC))
    with pytest.raises(EngagementError, match="11-06-2026, is over"):
        may_begin([], AUDIT, dt.datetime(2026, 6, 11, 17, 0, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("records", "today", "said"),
    [
        ([(AUDIT, "")], dt.date(2026, 6, 11), "open until 11-06-2026"),
        ([(AUDIT, "")], dt.date(2026, 6, 12), "ended on 11-06-2026"),
        ([(AUDIT, ""), (CLOSED, "17")], dt.date(2026, 6, 12), "closed 11-06-2026"),
    ],
)
def test_an_audit_says_how_it_stands(records: list[tuple[Record, str]], today: dt.date, said: str) -> None:
    """One whose last day is over is not open, whether it was closed or not."""
    one = engagements(trail(*records))["17"]
    assert how_it_stands(one, today, LanguageTexts("en")).startswith(said)


def test_an_audit_has_its_opening_and_every_step_of_what_was_begun_under_it() -> None:
    """Whoever forgot its number in a later step has not taken that step out of the audit."""
    steps = (AUDIT, ""), (FROZEN, "17"), (SEEDED, ""), (OPENED, "17"), (ASSESSED, "18"), (QUERY, "")
    entries = trail(*steps, (CLOSED, "17"))
    assert positions(entries, "17") == [1, 2, 3, 4, 5, 7]
    assert positions(entries, "18") == [5]
    assert engagements(entries)["17"].records == 4


def test_what_was_begun_elsewhere_or_goes_on_after_the_end_belongs_to_no_audit() -> None:
    """A closed audit stays as its bundle is."""
    entries = trail((AUDIT, ""), (FROZEN, ""), (SEEDED, "17"), (OPENED, "17"), (CLOSED, "17"), (ASSESSED, ""))
    assert positions(entries, "17") == [1, 3, 4, 5]


def test_a_bundle_holds_a_sample_with_its_seed_and_a_finding_with_its_assessment() -> None:
    """Also where they were recorded without the number of the audit."""
    files = bundle(trail((AUDIT, ""), (FROZEN, "17"), (SEEDED, ""), (OPENED, "17"), (ASSESSED, "")), "17")
    assert b'"814"' in files["samples.jsonl"]
    assert b"finding-assessed" in files["findings.jsonl"]
    assert msgspec.json.decode(files[MANIFEST], type=BundleManifest).records == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_an_audit_tells_what_its_bundle_holds(language: Language) -> None:
    """Handles, samples, findings, exports with their hashes; it opens without anything else."""
    done = [(one, "17") for one in EXAMPLES if not isinstance(one, EngagementOpened | EngagementClosed)]
    entries = trail((AUDIT, ""), *done, (replace(CLOSED, manifest="f00d"), "17"))
    document = engagement_document(engagement_page(entries, "17"), LanguageTexts(language))
    shown = html.unescape(page(document).decode())
    for told in ("ST-17", "F-7K2Q-9XMT", "S-1", "T-1", "ledger.jsonl", "0" * 64, "f00d"):
        assert told in shown, told
    assert "://" not in shown
    assert len(document.parts) == 6
    empty = engagement_document(engagement_page(trail((AUDIT, "")), "17"), LanguageTexts(language))
    assert LanguageTexts(language).say("engagement.page-none") in html.unescape(page(empty).decode())
