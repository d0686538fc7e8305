"""Findings: opened about hits, assessed by another, followed up in four states, and closed only where the control is clean."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from services.audit_trail.entries import TrailEntry
from services.audit_trail.findings import (
    FindingError,
    FindingState,
    known_finding,
    may_assess,
    may_follow_up,
    may_open,
    next_number,
)
from services.audit_trail.records import (
    FindingAssessed,
    FindingFollowedUp,
    FindingOpened,
    FollowUp,
    Outcome,
    Record,
)

NOW = dt.datetime(2026, 6, 11, 2, 0, tzinfo=dt.UTC)
OPENED = FindingOpened(finding="T-0001", control="paid-twice", items=("H-A", "H-B"), amount=84_000_000)


def trail(*records: tuple[str, Record]) -> list[TrailEntry]:
    """What was recorded, by whom."""
    return [
        TrailEntry(position=n, time=NOW, record=record, by=by, sha256="")
        for n, (by, record) in enumerate(records, 1)
    ]


def assessed(outcome: Outcome, by: str = "Budi") -> tuple[str, Record]:
    """A supervisor's word."""
    return by, FindingAssessed(finding="T-0001", outcome=outcome)


def followed(state: FollowUp) -> tuple[str, Record]:
    """How far it was followed."""
    return "Budi", FindingFollowedUp(finding="T-0001", state=state)


def stands(*more: tuple[str, Record]) -> FindingState:
    """The finding after more was recorded."""
    return known_finding(trail(("Sari", OPENED), *more), "T-0001")


def test_a_finding_is_what_was_said_of_it_last() -> None:
    """Who opened it, who assessed it, and how far it was followed."""
    one = stands(assessed("explained", "Wati"), assessed("finding"), followed("not-compliant"))
    assert (one.by, one.outcome, one.assessed_by, one.state) == ("Sari", "finding", "Budi", "not-compliant")
    assert not one.ended
    assert next_number(trail(("Sari", OPENED))) == "T-0002"
    assert next_number([]) == "T-0001"


@pytest.mark.parametrize(
    ("more", "ended"),
    [
        ((), False),
        ((assessed("explained"),), True),
        ((assessed("false-alarm"),), True),
        ((assessed("finding"),), False),
        ((assessed("finding"), followed("cannot-be-followed")), False),
        ((assessed("finding"), followed("compliant")), True),
        ((assessed("finding"), followed("compliant"), followed("not-compliant")), False),
    ],
)
def test_what_ends_a_finding(more: tuple[tuple[str, Record], ...], ended: bool) -> None:
    """That it is explained or a false alarm, or that it was followed; nothing else."""
    assert stands(*more).ended is ended


def test_nobody_assesses_a_finding_of_their_own() -> None:
    """Another one does."""
    with pytest.raises(FindingError, match="by a supervisor, not by whoever opened it"):
        may_assess(stands(), "Sari")
    may_assess(stands(), "Budi")


def test_a_finding_is_followed_only_once_its_control_is_clean() -> None:
    """The other three states may be said at any time, once it was assessed as a finding."""
    with pytest.raises(FindingError, match="no supervisor has assessed"):
        may_follow_up(stands(), "not-started", (), "")
    with pytest.raises(FindingError, match="no supervisor has assessed"):
        may_follow_up(stands(assessed("explained")), "compliant", (), "")
    one = stands(assessed("finding"))
    with pytest.raises(FindingError, match="H-B is still there"):
        may_follow_up(one, "compliant", {"H-B", "H-Z"}, "")
    may_follow_up(one, "compliant", {"H-Z"}, "")
    may_follow_up(one, "not-compliant", {"H-A", "H-B"}, "")


@pytest.mark.parametrize("reason", ["", " "])
def test_a_finding_that_cannot_be_followed_has_a_valid_reason(reason: str) -> None:
    """BPK's fourth state is none without it; the reason stands with the finding."""
    one = stands(assessed("finding"))
    with pytest.raises(FindingError, match="--reason"):
        may_follow_up(one, "cannot-be-followed", (), reason)
    may_follow_up(one, "cannot-be-followed", (), "the hospital was closed")
    entries = trail(("Sari", OPENED), assessed("finding"), followed("cannot-be-followed"))
    entries[-1] = replace(entries[-1], reason="the hospital was closed")
    assert known_finding(entries, "T-0001").reason == "the hospital was closed"


def test_a_hit_stands_in_one_open_finding() -> None:
    """A second may be opened once the first has ended, of another control at any time."""
    with pytest.raises(FindingError, match="H-A stands in finding T-0001 already"):
        may_open(trail(("Sari", OPENED)), "paid-twice", ["H-A"])
    may_open(trail(("Sari", OPENED)), "paid-twice", ["H-C"])
    may_open(trail(("Sari", OPENED)), "late", ["H-A"])
    may_open(trail(("Sari", OPENED), assessed("false-alarm")), "paid-twice", ["H-A"])


def test_there_is_no_finding_of_another_number() -> None:
    """It says so."""
    with pytest.raises(FindingError, match="no finding T-0009"):
        known_finding(trail(("Sari", OPENED)), "T-0009")
