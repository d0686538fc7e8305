"""The closing bundle of an audit.

Everything that was done under it, in files that its manifest names with their hashes. It follows from the trail alone,
so that it can be written again, byte for byte, as long as the trail can be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import UnionType

import msgspec
from msgspec import Struct

from services.audit_trail.engagements import belonging, engagements
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import (
    AccountChanged,
    ActNotTaken,
    ActSent,
    AnswerShown,
    BackupGone,
    BackupMade,
    EngagementClosed,
    EngagementOpened,
    Exported,
    FigureRecorded,
    FindingStep,
    NotaryKeysChanged,
    OperationRequested,
    PersonalDataRead,
    QueryRun,
    SampleStep,
    SignInRecorded,
)

MANIFEST = "manifest.json"
_ENGAGEMENT = "engagement.json"
_FILES: dict[str, type | UnionType] = {
    "figures.jsonl": FigureRecorded,
    "answers.jsonl": AnswerShown,
    "queries.jsonl": QueryRun,
    "samples.jsonl": SampleStep,
    "findings.jsonl": FindingStep,
    "exports.jsonl": Exported,
    "personal-data.jsonl": PersonalDataRead,
    "acts.jsonl": ActSent | ActNotTaken,
    "operations.jsonl": OperationRequested | BackupMade | BackupGone | NotaryKeysChanged,
    "accounts.jsonl": AccountChanged | SignInRecorded,
}
"""By file the kinds of records that are in it, one on each line, as ``kelambu trail --json`` has them."""


class BundleManifest(Struct, frozen=True, kw_only=True):
    """What a bundle holds. ``position`` and ``sha256`` are of the last record of the trail before the audit was closed."""

    engagement: str
    position: int
    sha256: str
    records: int
    files: dict[str, str]
    """File name to SHA-256 of its content."""


def bundle(trail: Sequence[TrailEntry], number: str) -> dict[str, bytes]:
    """Return the files of the bundle of an audit by name; ``trail`` is the whole of it up to now.

    Of a sample or a finding that was begun under it every step counts, also one that was recorded without its number.

    Of one that is closed everything up to its closing counts, so that the bundle is the one that was written then.
    """
    closed = [
        entry.position
        for entry in trail
        if isinstance(entry.record, EngagementClosed) and entry.record.number == number
    ]
    before = [entry for entry in trail if not closed or entry.position < closed[0]]
    entries = [
        entry
        for entry, numbers in belonging(before)
        if number in numbers and not isinstance(entry.record, EngagementOpened)
    ]
    files = {_ENGAGEMENT: _json(engagements(before)[number])}
    for name, kind in _FILES.items():
        lines = [msgspec.json.encode(entry) + b"\n" for entry in entries if isinstance(entry.record, kind)]
        files[name] = b"".join(lines)
    manifest = BundleManifest(
        engagement=number,
        position=before[-1].position,
        sha256=before[-1].sha256,
        records=len(entries),
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    )
    return {**files, MANIFEST: _json(manifest)}


def manifest_hash(files: Mapping[str, bytes]) -> str:
    """Return the hash of a bundle's manifest, which the closing of the audit records."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def _json(content: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content, order="sorted")) + b"\n"
