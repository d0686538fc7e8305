"""A record of each kind."""

from __future__ import annotations

import datetime as dt

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
    ExportedFile,
    FigureRecorded,
    FindingAssessed,
    FindingFollowedUp,
    FindingOpened,
    NotaryKeysChanged,
    OperationRequested,
    PersonalDataRead,
    QueryRun,
    Record,
    SampleDrawn,
    SampleExtended,
    SampleFrozen,
    SampleItemExamined,
    SampleSeeded,
    SignInRecorded,
)

_HASH = "0" * 64

EXAMPLES: tuple[Record, ...] = (
    FigureRecorded(
        handle="F-7K2Q-9XMT", query="payments sums", parameters={}, cut=(7, 9), totals={"paid": 42_000_000}
    ),
    AnswerShown(query="origin", parameters={"claim": "C-1"}, cut=(7, 0)),
    QueryRun(sql="select count(*) from claims", rows=1, seconds=0.01),
    QueryRun(sql="drop table claims", rows=0, seconds=0.01, refused="one-select"),
    Exported(what="ledger", files=(ExportedFile(name="ledger.jsonl", rows=12, sha256=_HASH),)),
    SampleFrozen(
        sample="S-1",
        of="orders",
        selection={"by": "district"},
        cut=(7, 9),
        frame_sha256=_HASH,
        items=12,
        amount=42_000_000,
        method="attribute",
        confidence="9/10",
        tolerable="1/20",
        expected="0",
        size=2,
        above=0,
        allocation="items",
    ),
    SampleSeeded(sample="S-1", seed="814", source="BI rate"),
    SampleDrawn(sample="S-1", items=("C-1", "C-2")),
    SampleExtended(sample="S-1", size=3, items=("C-3",)),
    SampleItemExamined(sample="S-1", item="C-1", booked=42_000_000, audited=0),
    SampleItemExamined(sample="S-1", item="C-2", booked=42_000_000, audited=None, error="no-hash"),
    FindingOpened(finding="T-1", control="paid-twice", items=("C-1",), amount=42_000_000),
    FindingAssessed(finding="T-1", outcome="false-alarm"),
    FindingFollowedUp(finding="T-1", state="not-started"),
    EngagementOpened(
        number="17",
        letter="ST-17",
        period_from=dt.date(2025, 1, 1),
        period_to=dt.date(2025, 12, 31),
        until=dt.date(2026, 12, 31),
    ),
    EngagementClosed(number="17", manifest=_HASH),
    PersonalDataRead(what="name", subject="C-1", values=1),
    AccountChanged(account="rina", change="added", roles=("officer",), agency="bpjs"),
    AccountChanged(
        account="rina",
        change="roles",
        roles=("auditor", "supervisor"),
        roles_before=("officer",),
        agency_before="bpjs",
    ),
    SignInRecorded(account="rina", outcome="refused"),
    NotaryKeysChanged(
        change="made", keys=("kelambu/1/log-1+2bfb7e1e+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",)
    ),
    OperationRequested(what="parked-discard", subject="~0p1 dinsos:D-1"),
    BackupMade(place="/backups/1", generation=7),
    BackupGone(place="/backups/1"),
    ActSent(
        claim="C-1",
        event="bpjs:review-C-1-7",
        what="claim.reviewed",
        agency="bpjs",
        codes=("approve", "in-arrears"),
        seen=7,
    ),
    ActNotTaken(claim="C-1", event="bpjs:review-C-1-7", why="id-conflict"),
)
