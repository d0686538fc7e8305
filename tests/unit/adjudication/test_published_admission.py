"""What ``replay`` refuses, lets wait and strikes, as the published decisions state it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from services.adjudication.replay import replay
from services.benefits.reading.folder import load
from tests.lives import NIK, Life, bank, days, heir, jkm_death

pytestmark = pytest.mark.usefixtures("held_against_citations")

Refused = list[tuple[str | None, str | None, str]]


def codes(life: Life, *more: bytes) -> list[str]:
    return [refusal.code for refusal in replay([*life.lines(), *more], load()).refused]


def taken_back(life: Life) -> bool:
    """Whether the claim is shown as one whose filing was taken back.

    Nothing missing, no reasons, nothing entitled or ordered.
    """
    view = life.claim()
    said = (view.missing, view.reasons, view.entitled, view.orders, view.ordered, view.paid)
    return view.status == "retracted" and said == ((), (), {}, (), 0, 0)


def last(life: Life) -> dict[str, Any]:
    return life.documents[-1]


def with_fault(change: dict[str, Any], data: dict[str, Any] | None = None) -> Life:
    """A filing whose envelope or data is changed so."""
    life = Life().insured().filed()
    last(life).update(change)
    last(life)["data"].update(data or {})
    return life


@pytest.mark.parametrize(
    ("envelope", "data"),
    [
        ({"specversion": "0.3"}, {}),
        ({"id": ""}, {}),
        ({"id": "a b"}, {}),
        ({"id": "x" * 65}, {}),
        ({"id": "x-1606010101700001"}, {}),
        ({"source": "dinsos"}, {}),
        ({"source": "/agencies/Dinsos"}, {}),
        ({"source": "/agencies/d"}, {}),
        ({"type": "kelambu.claim.filed.v9"}, {}),
        ({"type": "kelambu.claim.closed.v1"}, {}),
        ({"subject": "A-2"}, {}),
        ({"time": "2026-06-10T10:00:00"}, {}),
        ({"time": "2026-06-10"}, {}),
        ({"datacontenttype": "text/plain"}, {}),
        ({"partition": 1}, {}),
        ({}, {"claim": "a-1"}),
        ({}, {"claim": "A" * 41, "nik": NIK}),
        ({}, {"nik": "123"}),
        ({}, {"cause": "suicide"}),
        ({}, {"event_date": "2026-02-30"}),
        ({}, {"event_date": 5}),
        ({}, {"unknown": 1}),
        ({}, {"claimant": {"name": "B", "relation": "friend"}}),
        ({}, {"children": [{"child": "c", "name": "A"}]}),
    ],
)
def test_a_document_against_the_schema_is_invalid(envelope, data):
    """One entry however many faults it has; the claim is not shown."""
    life = with_fault(envelope, data)
    if "claim" in data:
        last(life)["subject"] = data["claim"]
    assert codes(life) == ["invalid"]
    assert life.replayed().claims == {}


@pytest.mark.parametrize(
    "envelope",
    [
        {"id": "x" * 64},
        {"id": "A.b_c:d-0"},
        {"source": "/agencies/d1"},
        {"time": "2026-06-10T10:00:00.123Z"},
        {"datacontenttype": "application/json"},
        {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"tracestate": "a=b"},
    ],
)
def test_an_envelope_within_the_rules_is_admitted(envelope):
    """The ends of what the envelope allows."""
    assert codes(with_fault(envelope)) == []


def test_a_subject_belongs_to_claim_events_and_only_to_them():
    """Absent on a filing and present on an enrolment are both against the contract."""
    life = Life().insured().filed()
    del last(life)["subject"]
    assert codes(life) == ["invalid"]
    life = Life().enrolled()
    last(life)["subject"] = "A-1"
    assert codes(life) == ["invalid"]


@pytest.mark.parametrize(
    "items",
    [
        [{"item": "i", "kind": "massage"}],
        [{"item": "i", "kind": "treatment", "amount": 0, "provider": "rsud"}],
        [{"item": "i", "kind": "treatment", "amount": 1.5, "provider": "rsud"}],
        [{"item": "i", "kind": "transport", "mode": "rail", "amount": 1}],
        [{"item": "i", "kind": "incapacity", "first_day": "2026-03-02", "last_day": "2026-03-01"}],
        [{"item": "i", "kind": "disability", "part": "nose"}],
        [{"item": "i", "kind": "disability", "part": "eye", "side": "left", "loss_percent": 101}],
        [{"item": "i", "kind": "disability", "part": "eye", "side": "left", "loss_percent": 33.333}],
        [{"item": "i", "kind": "disability", "part": "eye", "side": "left", "loss_percent": -1}],
        [{"item": "i", "kind": "total-disability", "part": "eye"}],
        [{"item": "i", "kind": "device", "device": "wig", "amount": 1}],
    ],
)
def test_medical_items_are_held_to_their_fields(items):
    """A kind has its own fields, amounts of at least one rupiah, percents with two decimals."""
    life = Life().insured().accident().at_work().found(medical={"items": items})
    assert codes(life) == ["invalid"]
    assert "finding:medical" in life.claim().missing


def test_a_line_that_is_no_json_is_invalid_with_its_line():
    """Truncated or an array; with a key given twice it still says who it is. The others are admitted."""
    good = jkm_death()
    twice = good.lines()[0].replace(b'"specversion"', b'"id": "zwei", "specversion"', 1)
    result = replay([b'{"specversion": "1.0"', *good.lines(), b"[]", twice.replace(b"-1", b"-9")], load())
    assert [(refusal.code, refusal.line) for refusal in result.refused] == [
        ("invalid", 1),
        ("invalid", 7),
        ("invalid", 0),
    ]
    assert result.claims["A-1"].status == "ordered"


@pytest.mark.parametrize(
    ("kind", "data", "time", "refused"),
    [
        ("claim.filed", {"event_date": "2026-06-10"}, "2026-06-10T00:00:00+07:00", False),
        ("claim.filed", {"event_date": "2026-06-11"}, "2026-06-10T23:59:59+07:00", True),
        ("claim.filed", {"event_date": "2026-06-11"}, "2026-06-10T17:00:00Z", False),
        ("claim.filed", {"event_date": "2026-06-11"}, "2026-06-10T16:59:59Z", True),
        (
            "claim.verified",
            {"findings": {"death": {"died_on": "2026-06-11"}}},
            "2026-06-10T10:00:00+07:00",
            True,
        ),
        (
            "claim.verified",
            {"findings": {"death": {"died_on": "2026-06-10"}}},
            "2026-06-10T10:00:00+07:00",
            False,
        ),
        ("claim.paid", {"paid_on": "2026-06-11"}, "2026-06-10T10:00:00+07:00", True),
        ("claim.payment-returned", {"returned_on": "2026-06-11"}, "2026-06-10T10:00:00+07:00", True),
        ("participant.contributions-paid", {"paid_on": "2026-06-11"}, "2026-06-10T10:00:00+07:00", True),
        ("participant.contributions-paid", {"last_month": "2030-12"}, "2026-06-10T10:00:00+07:00", False),
        ("participant.enrolled", {"birth_date": "2026-06-11"}, "2026-06-10T10:00:00+07:00", True),
        ("participant.enrolled", {"starts_on": "2030-01-01"}, "2026-06-10T10:00:00+07:00", False),
        ("participant.ended", {"ended_on": "2030-01-01"}, "2026-06-10T10:00:00+07:00", False),
    ],
)
def test_a_fact_after_the_civil_date_of_its_act(kind: str, data, time: str, refused: bool):
    """``future-date`` by the day in Jakarta; starts, ends and months may lie ahead."""
    life = Life().insured().ended("2026-01-01").filed().died().paid("A-1.1", 1).returned("A-1.1")
    [document] = [d for d in life.documents if d["type"] == f"kelambu.{kind}.v1"][-1:]
    document["data"].update(data)
    document["time"] = time
    assert codes(life) == (["future-date"] if refused else [])


def test_days_of_care_and_school_years_may_lie_ahead():
    """A span without work may end after the report."""
    life = Life().insured().accident().at_work().items(days("2026-06-01", 60)).schooled("c", "SD", 2027)
    assert codes(life) == []


def test_a_repeat_is_not_refused_and_other_content_is():
    """The same content in another order of keys is the same; another ``time`` is not."""
    life = jkm_death()
    repeat = json.dumps(dict(reversed(last(life).items())), indent=None, separators=(" , ", " : ")).encode()
    traced = {**last(life), "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    typed = {**last(life), "datacontenttype": "application/json"}
    assert codes(life, repeat, json.dumps(traced).encode(), json.dumps(typed).encode()) == []
    other = {**last(life), "time": "2026-06-10T10:00:01+07:00"}
    assert codes(life, json.dumps(other).encode()) == ["id-conflict"]


def test_the_key_is_source_and_id():
    """Two agencies may choose the same id."""
    life = Life().insured().filed(id="x").died(id="x").heirs(heir(), id="x")
    assert codes(life) == []
    assert life.claim().status == "ordered"


def test_a_conflict_is_refused_and_the_first_content_stands():
    """With its source and id in the list."""
    life = Life().enrolled(income=900_000, id="e").paid_months().enrolled(income=5_000_000, id="e")
    life.accident().at_work().items(days("2026-03-01", 30))
    result = life.replayed()
    assert [(r.source, r.id, r.code) for r in result.refused] == [("/agencies/dinsos", "e", "id-conflict")]
    assert result.claims["A-1"].ordered == 1_000_000


@pytest.mark.parametrize("data", [{"unknown": 1}, {"event_date": "2026-06-11"}])
def test_a_document_refused_for_schema_or_date_takes_no_key(data):
    """Mended under the same id it is admitted."""
    life = Life().insured().filed(id="f", **data).filed(id="f")
    assert len(codes(life)) == 1
    assert life.claim().status == "waiting"


@pytest.mark.parametrize(
    ("data", "code"), [({"unknown": 1}, "invalid"), ({"event_date": "2026-06-11"}, "future-date")]
)
def test_schema_and_dates_are_judged_before_the_key(data, code: str):
    """Other content under a taken key is told first what is wrong with itself."""
    assert codes(Life().insured().filed(id="f").filed(id="f", **data)) == [code]


def test_schema_is_judged_before_dates():
    """One entry per document."""
    assert codes(Life().insured().filed(event_date="2026-06-11", unknown=1)) == ["invalid"]


def test_a_number_is_filed_once():
    """``claim-exists`` takes its key too: the repeat is no other refusal, other content a conflict."""
    life = Life().insured().filed().filed(id="again")
    assert codes(life) == ["claim-exists"]
    repeat = json.dumps(last(life)).encode()
    assert codes(life, repeat) == ["claim-exists"]
    other = {**last(life), "time": "2026-06-10T10:00:01+07:00"}
    assert codes(life, json.dumps(other).encode()) == ["claim-exists", "id-conflict"]


def test_a_conflict_is_told_before_a_taken_number():
    """The key is judged before the claim."""
    life = Life().insured().filed("A-1", id="f").filed("A-2", id="g").filed("A-1", id="g")
    assert codes(life) == ["id-conflict"]


def test_a_number_is_taken_also_by_a_filing_that_waits_or_of_another_person():
    """Whoever files it first in the ledger."""
    life = Life().filed().filed(id="again")
    assert codes(life) == ["claim-exists"]
    other = Life("1606010101800002").filed(id="their")
    life = jkm_death()
    life.documents += other.documents
    assert codes(life) == ["claim-exists"]
    assert life.claim().status == "ordered"


def test_a_refused_filing_does_not_take_the_number():
    """An invalid one leaves it free."""
    life = Life().insured().filed(cause="none").filed()
    assert codes(life) == ["invalid"]
    assert life.claim().status == "waiting"


def test_a_filing_without_enrolment_waits_for_it():
    """Shown, with nothing else asked; nobody is a participant yet."""
    result = Life().paid_months().filed().died().heirs(heir()).replayed()
    claim = result.claims["A-1"]
    assert (claim.status, claim.missing, claim.reasons) == ("waiting", ("enrolment",), ())
    assert (claim.entitled, claim.ordered, claim.orders) == ({}, 0, ())
    assert (result.participants, result.refused) == (0, ())


def test_claims_never_filed_are_not_shown():
    """Their findings wait and are not refused."""
    result = Life().insured().died().heirs(heir()).paid("A-1.1", 1).withdrawn().replayed()
    assert (result.claims, result.refused) == ({}, ())


def test_everything_that_waited_is_taken_up_in_the_order_of_its_arrival():
    """Enrolment last: of two statements the later counts, of two contributions the first."""
    life = (
        Life().died("2026-03-01").died("2026-04-30").paid_months(last="2025-12").income(2_000_000, "2025-06")
    )
    life.filed().heirs(heir()).enrolled()
    assert life.claim().reasons == ("coverage-lapsed",)
    life = (
        Life()
        .died("2026-04-30")
        .died("2026-03-01")
        .paid_months(last="2025-12")
        .filed()
        .heirs(heir())
        .enrolled()
    )
    assert life.claim().reasons == ("in-arrears",)
    life = Life().paid_months(paid_on="2026-03-02").paid_months().filed().died().heirs(heir()).enrolled()
    assert life.claim().reasons == ("paid-after-event",)


def test_a_whole_life_in_reverse_comes_to_the_same():
    """The enrolment is the last document of the file."""
    life = Life().insured().accident().at_work().items(days("2026-03-01", 30))
    forward = life.claim()
    life.documents.reverse()
    backward = life.claim()
    assert (backward.status, backward.entitled, backward.orders) == (
        forward.status,
        forward.entitled,
        forward.orders,
    )


def test_an_end_that_waits_for_the_enrolment_ends_it():
    """Taken up after it."""
    life = Life().ended("2026-02-28").enrolled().paid_months().filed()
    assert life.claim().reasons == ("coverage-ended",)


def test_what_waits_can_be_retracted():
    """A filing, a finding and a contribution that still wait are struck when they are taken up."""
    life = Life().filed(id="f").retracted("f").insured()
    assert taken_back(life)
    assert codes(life.filed(id="g")) == ["claim-exists"]
    life = Life().died(id="d").retracted("d", agency="rsud").insured().filed()
    assert "finding:death" in life.claim().missing
    life = Life().paid_months(id="c").retracted("c").enrolled().filed()
    assert life.claim().reasons == ("coverage-lapsed",)


def test_a_retraction_waits_for_its_target():
    """Sent first, it strikes the event when that comes; the number of a struck filing is taken."""
    life = Life().insured().retracted("f").filed(id="f").died().heirs(heir())
    assert taken_back(life)
    assert codes(life.filed(id="g")) == ["claim-exists"]
    life = Life().retracted("e").enrolled(id="e").paid_months().filed()
    assert life.claim().missing == ("enrolment",)
    assert life.replayed().participants == 0


def test_a_retraction_counts_for_its_own_source_only():
    """The same id of another agency is another event."""
    life = Life().insured().filed().died(id="d").heirs(heir()).retracted("d", agency="dinsos")
    assert life.claim().status == "ordered"
    life.retracted("d", agency="rsud")
    assert life.claim().missing == ("finding:death",)


def test_a_retracted_statement_gives_way_to_the_one_before_it():
    """Not to nothing: the earlier statement counts again."""
    life = Life().insured().filed().died("2026-03-01").died("2024-01-01", id="wrong").heirs(heir())
    assert life.claim().status == "denied"
    assert life.retracted("wrong", agency="rsud").claim().status == "ordered"


def test_a_retracted_retraction_counts_the_event_again_at_its_old_place():
    """Between them a later statement stays the later one."""
    life = Life().insured().filed().died("2024-01-01", id="first").died("2026-03-01").heirs(heir())
    life.retracted("first", agency="rsud", id="r").retracted("r", agency="rsud", id="rr")
    assert life.claim().status == "ordered"
    life = Life().insured().filed().died("2026-03-01", id="d").heirs(heir())
    life.retracted("d", agency="rsud", id="r")
    assert life.claim().status == "waiting"
    life.retracted("r", agency="rsud", id="rr")
    assert life.claim().status == "ordered"
    life.retracted("rr", agency="rsud", id="rrr")
    assert life.claim().status == "waiting"


def test_a_long_chain_of_retractions_is_decided():
    """An agency that takes back and takes back again: every second retraction leaves the event standing."""
    life = Life().filed().died(id="d0").heirs(heir())
    for n in range(1200):
        life.retracted(f"d{n}", agency="rsud", id=f"d{n + 1}")
    life.insured()  # last, so that little is judged before all of them are there
    assert life.claim().status == "ordered"


def test_retractions_in_any_order_come_to_the_same():
    """A retraction of a retraction may come before both."""
    life = Life().insured().filed().heirs(heir())
    life.retracted("r", agency="rsud", id="rr").retracted("d", agency="rsud", id="r").died(id="d")
    assert life.claim().status == "ordered"
    life = Life().insured().filed().heirs(heir())
    life.retracted("d", agency="rsud", id="r").retracted("r", agency="rsud", id="rr").died(id="d")
    assert life.claim().status == "ordered"


def test_an_event_retracted_twice_needs_both_retractions_retracted():
    """Each strikes for itself."""
    life = Life().insured().filed().died(id="d").heirs(heir())
    life.retracted("d", agency="rsud", id="r1").retracted("d", agency="rsud", id="r2")
    assert life.retracted("r1", agency="rsud").claim().status == "waiting"
    assert life.retracted("r2", agency="rsud").claim().status == "ordered"


@pytest.mark.parametrize("pairs", [[("r", "r")], [("s", "r"), ("r", "s")]])
def test_retractions_that_strike_themselves_are_admitted(pairs):
    """A mistake of the sender that stops nothing."""
    life = jkm_death()
    for target, name in pairs:
        life.retracted(target, id=name)
    result = life.replayed()
    assert (result.refused, result.claims["A-1"].status) == ((), "ordered")


def test_a_retracted_filing_cancels_and_comes_back_with_all_that_was_said_meanwhile():
    """Its retraction retracted: the claim stands again, its findings at their places, each heir as the person known."""
    life = Life().insured().filed(id="f").died().heirs(heir()).retracted("f", id="r")
    assert taken_back(life)
    life.heirs(heir("a"), heir("b", "child", "2")).retracted("r")
    claim = life.claim()
    assert claim.status == "ordered"
    assert [(o.payee, o.amount) for o in claim.orders] == [("heir:h1", 21_000_000), ("heir:b", 21_000_000)]


def test_a_retracted_enrolment_makes_the_person_unknown_and_back():
    """Nothing is cancelled while the claim waits; another enrolment takes the place of the struck one."""
    life = Life().enrolled(id="e").paid_months().filed().died().heirs(heir()).retracted("e", id="r")
    result = life.replayed()
    claim = result.claims["A-1"]
    assert (claim.status, claim.missing, claim.ordered) == ("waiting", ("enrolment",), 42_000_000)
    assert result.participants == 0
    back = copy.deepcopy(life).retracted("r")
    assert (back.claim().status, back.replayed().participants) == ("ordered", 1)
    again = life.enrolled("2026-03-02")
    assert again.claim().reasons == ("not-yet-covered",)


def test_of_two_enrolments_the_one_left_counts():
    """The correction is retracted: the first data stand again, the earlier start of the struck one does not."""
    life = (
        Life()
        .enrolled("2025-01-01")
        .enrolled("2024-01-01", programmes=["JKK"], id="e")
        .paid_months("2024-01")
    )
    life.filed().died().heirs(heir())
    assert life.claim().reasons == ("not-insured",)
    assert life.retracted("e").claim().status == "ordered"
    life = (
        Life()
        .enrolled("2026-03-02")
        .enrolled("2025-01-01", id="e")
        .paid_months()
        .filed()
        .died()
        .heirs(heir())
    )
    assert life.claim().status == "ordered"
    assert life.retracted("e").claim().reasons == ("not-yet-covered",)


def test_a_retracted_contribution_unpays_its_months():
    """Unless somebody else stated them as well."""
    life = Life().enrolled().paid_months(id="c").filed().died().heirs(heir()).retracted("c")
    assert life.claim().reasons == ("coverage-lapsed",)
    assert life.claim().ordered == 0
    assert life.paid_months().claim().ordered == 42_000_000


def test_a_retracted_income_counts_no_more():
    """The declaration before it counts again."""
    life = Life().insured()
    life.send(
        "participant.income-declared", {"nik": NIK, "income": 2_000_000, "from_month": "2025-06"}, id="i"
    )
    life.accident().at_work().items(days("2026-03-01", 30))
    assert life.claim().ordered == 2_050_000
    assert life.retracted("i").claim().ordered == 1_000_000


def test_retracted_papers_are_missing_again():
    """While it waits nothing is cancelled."""
    life = Life().insured().filed(papers=()).died().heirs(heir())
    kinds = ("ktp", "kk", "form-4", "death-certificate", "heirs-letter")
    papers = [{"kind": kind, "reference": "x"} for kind in kinds]
    life.send("claim.documents-received", {"claim": "A-1", "documents": papers}, id="p")
    assert life.claim().ordered == 42_000_000
    claim = life.retracted("p").claim()
    assert (claim.status, claim.ordered) == ("waiting", 42_000_000)
    assert set(claim.missing) == {f"document:{kind}" for kind in kinds}


def test_a_payee_account_in_a_retracted_statement_is_no_change():
    """The first account stands again."""
    life = jkm_death().heirs(heir(account="2"), id="h2")
    assert life.claim().reasons == ("account-changed",)
    assert life.retracted("h2", agency="disdukcapil").claim().reasons == ()


def test_participants_are_the_enrolled_each_once():
    """Enrolled again or ended, a person is one participant."""
    life = Life().insured().ended("2025-06-30").enrolled("2025-09-01")
    other = Life("1606010101800002").enrolled()
    life.documents += other.documents
    assert life.replayed().participants == 2


def test_a_burial_of_an_unknown_claim_waits_for_its_filing():
    """Taken up when it comes."""
    life = (
        Life()
        .insured()
        .heirs()
        .found(burial={"arranged_by": {"name": "T", "account": bank()}})
        .died()
        .filed()
    )
    assert [(o.payee, o.amount) for o in life.claim().orders] == [("burial", 10_000_000)]
