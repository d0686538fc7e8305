"""``trail``: what auditors and officers did with the book, in the order in which they did it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from events.message import message
from services.audit_trail.engagements import belonging, engagements
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import KINDS
from services.audit_trail.trail import read
from services.cli.exit_codes import OK
from services.cli.narrowing import unknown_value
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.wording.terms import LanguageTexts, moment
from services.wording.trail import what_was_done

Kind = Literal[
    "figure-recorded",
    "answer-shown",
    "query-run",
    "exported",
    "sample-frozen",
    "sample-seeded",
    "sample-drawn",
    "sample-extended",
    "sample-item-examined",
    "finding-opened",
    "finding-assessed",
    "finding-followed-up",
    "engagement-opened",
    "engagement-closed",
    "personal-data-read",
    "operation-requested",
    "act-sent",
    "act-not-taken",
    "account-changed",
    "backup-made",
    "backup-gone",
    "sign-in-recorded",
    "notary-keys-changed",
]


def trail(
    *,
    engagement: str | None = None,
    kind: Kind | None = None,
    by: str | None = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """List what was done with the book: figures shown, exports, samples, findings, audits; newest last.

    --engagement: what belongs to this audit, from its opening to its closing.
    """
    every = with_installation(data, read)
    if engagement is not None and engagement not in (all_engagements := engagements(every)):
        raise unknown_value("engagement", engagement, all_engagements)
    shown = [
        entry
        for entry, numbers in belonging(every)
        if (engagement is None or engagement in numbers)
        and kind in (None, KINDS[type(entry.record)])
        and by in (None, entry.by)
    ]
    if json:
        show_json(shown)
        return OK
    words = LanguageTexts()
    if not shown:
        tell(console(), message("trail.nothing"))
        return OK
    show_table(
        shown,
        ("trail.number", lambda one: str(one.position), "right"),
        ("column.time", lambda one: moment(one.time), "left"),
        ("trail.by", lambda one: _by(one, words), "prose"),
        ("trail.done", lambda one: _act(one, words), "prose"),
    )
    return OK


def _by(entry: TrailEntry, words: LanguageTexts) -> str:
    return entry.by if entry.readable else words.say("trail.unreadable")


def _act(entry: TrailEntry, words: LanguageTexts) -> str:
    sentence = what_was_done(entry.record, words)
    return f"{sentence} [{entry.engagement}]" if entry.engagement else sentence
