"""Which questions go beyond an audit, judged by the question alone."""

from __future__ import annotations

import datetime as dt

import pytest
from msgspec.structs import replace

from services.audit_trail.records import (
    AnswerShown,
    EngagementOpened,
    Exported,
    FigureRecorded,
    QueryRun,
    SampleFrozen,
)
from services.audit_trail.scope import beyond
from tests.unit.audit_trail.examples import EXAMPLES

SCOPE = EngagementOpened(
    number="17",
    letter="ST-17",
    period_from=dt.date(2025, 3, 1),
    period_to=dt.date(2025, 6, 30),
    until=dt.date(2026, 12, 31),
    districts=("16.06.01", "16.06.02"),
    agencies=("rsud",),
)
INSIDE = {"district": "16.06.02", "agency": "rsud", "from": "2025-03", "to": "2025-06", "on": "2025-06-30"}


def asked(parameters: dict[str, str]) -> FigureRecorded:
    """A figure with these parameters."""
    return FigureRecorded(handle="F-0000-0000", query="claims", parameters=parameters, cut=(1,), totals={})


@pytest.mark.parametrize(
    ("parameters", "limits"),
    [
        (INSIDE, ()),
        ({"district": "16.06.02", "agency": "rsud"}, ()),
        (INSIDE | {"district": "16.06.03"}, ("district",)),
        (INSIDE | {"agency": "bank"}, ("agency",)),
        (INSIDE | {"from": "2025-02"}, ("period",)),
        (INSIDE | {"to": "2025-07"}, ("period",)),
        (INSIDE | {"on": "2025-07-01"}, ("period",)),
        (INSIDE | {"filed_from": "2025-02-28"}, ("period",)),
        ({}, ("district", "agency")),
    ],
)
def test_a_question_goes_beyond_what_it_was_not_narrowed_to(parameters, limits):
    """A question of all districts goes beyond an audit of some."""
    assert tuple(beyond(SCOPE, asked(parameters))) == limits


def test_what_is_beyond_is_named():
    """The districts, agencies and days outside, each once, without those inside.

    None where all of them are asked of.
    """
    concerns = {
        "district": ("16.06.02", "16.06.03"),
        "agency": ("bank",),
        "filed_on": ("2025-07-01", "2025-06-30"),
    }
    beside = {"district": ("16.06.03",), "agency": ("bank",), "period": ("2025-07-01",)}
    assert beyond(SCOPE, replace(asked({"claim": "C-1"}), concerns=concerns)) == beside
    assert beyond(SCOPE, asked({"from": "2025-02", "on": "2025-02"})) == {
        "district": (),
        "agency": (),
        "period": ("2025-02",),
    }


def test_the_frame_of_a_sample_is_judged_like_a_figure():
    """By what it was narrowed to."""
    frozen = next(one for one in EXAMPLES if isinstance(one, SampleFrozen))
    narrowed = replace(frozen, selection=INSIDE)
    assert beyond(SCOPE, narrowed) == {}
    assert beyond(SCOPE, replace(frozen, selection=INSIDE | {"to": "2025-07-01"})) == {
        "period": ("2025-07-01",)
    }
    assert beyond(SCOPE, replace(frozen, selection={})) == {"district": (), "agency": ()}


@pytest.mark.parametrize(
    ("concerns", "limits"),
    [
        ({"district": ("16.06.01",), "agency": ("rsud",), "filed_on": ("2025-03-01",)}, ()),
        ({"district": ("16.06.03",), "agency": ("rsud",)}, ("district",)),
        ({"district": ("16.06.01",), "agency": ("bank", "rsud")}, ("agency",)),
        ({"filed_on": ("2025-03-01", "2025-07-01")}, ("period",)),
    ],
)
def test_what_concerns_one_claim_is_judged_by_whom_it_concerns(concerns, limits):
    """A figure, an answer and an export alike; what is not known of it is not held against anybody."""
    figure = replace(asked({"claim": "C-1"}), concerns=concerns)
    answer = AnswerShown(query="letter", parameters={"claim": "C-1"}, concerns=concerns)
    written = Exported(what="claim-file C-1", files=(), concerns=concerns)
    assert {tuple(beyond(SCOPE, record)) for record in (figure, answer, written)} == {limits}


def test_an_export_of_the_book_is_of_all_districts():
    """But the trail is no book; and nobody reads what a question in SQL is narrowed to."""
    assert beyond(SCOPE, Exported(what="tables", files=())) == {"district": (), "agency": ()}
    assert beyond(SCOPE, Exported(what="trail", files=())) == {}
    assert beyond(SCOPE, replace(asked({}), query="sql")) == {}


def test_an_audit_of_everything_is_narrowed_by_its_period_alone():
    """And other records than figures are not judged."""
    everything = replace(SCOPE, districts=(), agencies=())
    assert beyond(everything, asked({"district": "16.06.09", "agency": "bank"})) == {}
    assert beyond(everything, asked({"on": "2024-12-31"})) == {"period": ("2024-12-31",)}
    assert beyond(SCOPE, QueryRun(sql="select 1", rows=1, seconds=0.1)) == {}
