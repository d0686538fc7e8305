"""Membership, months and time on their boundary days, as the published decisions state them."""

from __future__ import annotations

import copy

import pytest

from tests.lives import JKK_PAPERS, JKM_PAPERS, Life, days, heir

pytestmark = pytest.mark.usefixtures("held_against_citations")

TREATED = {"kind": "treatment", "amount": 5_000_000, "provider": "rsud"}


def dead(life: Life, day: str, **more) -> Life:
    """File a complete JKM death on ``day``."""
    return life.filed(event_date=day, **more).died(day).heirs(heir())


def hurt(life: Life, day: str, **more) -> Life:
    """File a complete accident on ``day`` with one treatment."""
    return life.accident(event_date=day, **more).at_work().items(TREATED)


def judged(life: Life, claim: str = "A-1") -> tuple[str, set[str]]:
    view = life.claim(claim)
    return view.status, set(view.reasons)


def months(*paid: str, starts_on: str = "2025-01-01") -> Life:
    """Enrol somebody whose months were paid in the spans ``first/last``, each before any event."""
    life = Life().enrolled(starts_on)
    for span in paid:
        first, _, last = span.partition("/")
        life.paid_months(first, last or first, "2014-01-01")
    return life


ACTIVE: tuple[str, set[str]] = ("ordered", set())


@pytest.mark.parametrize("file", [dead, hurt])
@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (Life().enrolled("2026-03-10").paid_months("2026-03", "2026-03"), ACTIVE),
        (Life().enrolled("2026-03-11").paid_months(), ("denied", {"not-yet-covered"})),
        (Life().insured().ended("2026-03-10"), ACTIVE),
        (Life().insured().ended("2026-03-09"), ("denied", {"coverage-ended"})),
        (Life().enrolled().paid_months(last="2025-06").ended("2026-03-09"), ("denied", {"coverage-ended"})),
        (Life().enrolled().paid_months(paid_on="2026-03-10"), ACTIVE),
        (Life().enrolled().paid_months(paid_on="2026-03-11"), ("referred", {"paid-after-event"})),
        (months("2025-01/2026-02"), ("referred", {"in-arrears"})),
        (months("2025-01/2025-12"), ("referred", {"in-arrears"})),
        (months("2025-01/2025-11"), ("denied", {"coverage-lapsed"})),
        (months("2025-01/2026-02", "2026-04/2026-12"), ("referred", {"in-arrears"})),
        (months("2025-01/2025-11", "2026-04/2026-12"), ("denied", {"coverage-lapsed"})),
        (Life().enrolled().paid_months("2025-01", "2026-02", "2026-05-01"), ("referred", {"in-arrears"})),
        (months(starts_on="2025-12-31"), ("denied", {"coverage-lapsed"})),
        (months("2025-01/2025-02"), ("denied", {"coverage-lapsed"})),
        (Life().enrolled().paid_months(last="2025-06").paid_months("2026-03", "2026-03"), ACTIVE),
    ],
)
def test_the_state_on_10_march_2026(file, life: Life, expected):
    """The first code that applies: membership before months; a gap of 1 to 3 months refers, more denies."""
    assert judged(file(copy.deepcopy(life), "2026-03-10")) == expected


def test_a_gap_is_counted_from_the_month_before_the_start():
    """Nothing paid at all: three months after the month before the start refer, the fourth denies."""
    assert judged(hurt(Life().enrolled("2026-01-15"), "2026-03-31")) == ("referred", {"in-arrears"})
    assert judged(hurt(Life().enrolled("2026-01-15"), "2026-04-01")) == ("denied", {"coverage-lapsed"})


def test_the_gap_of_a_new_period_is_not_counted_from_the_old_one():
    """Enrolled again in January with nothing paid since June: two months' gap in February, not eight."""
    life = Life().enrolled().paid_months(last="2025-06").ended("2025-06-30").enrolled("2026-01-01")
    assert judged(hurt(life, "2026-02-10")) == ("referred", {"in-arrears"})


def test_a_month_reported_twice_counts_as_first_stated():
    """The later and earlier ``paid_on`` does not help, until the first statement is retracted."""
    life = Life().enrolled().paid_months(paid_on="2026-03-11", id="late").paid_months(paid_on="2025-01-02")
    dead(life, "2026-03-10")
    assert judged(life) == ("referred", {"paid-after-event"})
    assert judged(life.retracted("late")) == ACTIVE


def test_a_month_first_paid_in_time_stays_paid_in_time():
    """The first statement counts also when it is the better one."""
    life = Life().insured().paid_months(paid_on="2026-03-11")
    assert judged(dead(life, "2026-03-10")) == ACTIVE


def test_month_unpaid_after_a_prepaid_one_counts_every_month_before_the_event_whenever_paid():
    """February paid in May closes the gap for March to one month."""
    life = Life().enrolled().paid_months("2025-01", "2025-11").paid_months("2026-02", "2026-02", "2026-05-04")
    assert judged(dead(life, "2026-03-10")) == ("referred", {"in-arrears"})


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-06-30", ACTIVE),
        ("2025-07-01", ("denied", {"coverage-ended"})),
        ("2025-08-31", ("denied", {"coverage-ended"})),
        ("2025-09-01", ACTIVE),
    ],
)
def test_coverage_uses_the_latest_period_that_began_by_the_day(day: str, expected):
    """Enrolment after an end opens another period; between the two nobody is covered."""
    life = Life().enrolled().paid_months().ended("2025-06-30").enrolled("2025-09-01")
    assert judged(hurt(life, day)) == expected


@pytest.mark.parametrize(
    ("first", "second", "day", "expected"),
    [
        ("2025-01-01", "2026-01-01", "2025-06-01", ACTIVE),
        ("2026-01-01", "2025-01-01", "2025-06-01", ACTIVE),
        ("2026-01-01", "2025-01-01", "2024-12-31", ("denied", {"not-yet-covered"})),
    ],
)
def test_enrolment_again_without_an_end_corrects_and_the_earlier_start_stands(first, second, day, expected):
    """Only an end makes room for another period."""
    assert judged(hurt(Life().enrolled(first).paid_months().enrolled(second), day)) == expected


def test_a_retracted_end_makes_the_second_enrolment_a_correction():
    """With the end gone the first period goes on and the second enrolment corrects it."""
    life = Life().enrolled().paid_months()
    life.send("participant.ended", {"nik": life.nik, "ended_on": "2025-06-30", "reason": "pindah"}, id="end")
    life.enrolled("2025-09-01")
    hurt(life, "2025-08-01")
    assert judged(life) == ("denied", {"coverage-ended"})
    assert judged(life.retracted("end")) == ACTIVE


def test_contributions_belong_to_the_person_and_not_to_a_period():
    """A month paid in the first period covers the second one that begins in it."""
    life = Life().enrolled().paid_months("2025-01", "2025-09").ended("2025-06-30").enrolled("2025-09-01")
    assert judged(hurt(life, "2025-09-10")) == ACTIVE


def test_programmes_are_those_last_stated_in_the_period_used():
    """A correction takes JKK away; a new period gives it back for its own days only."""
    life = Life().insured().enrolled(programmes=["JKM"])
    assert judged(hurt(life, "2026-03-01")) == ("denied", {"not-insured"})
    life = Life().insured().enrolled(programmes=["JKM"]).ended("2025-12-31").enrolled("2026-01-01")
    assert judged(hurt(life, "2026-01-01")) == ACTIVE
    life = Life().insured().enrolled(programmes=["JKM"]).ended("2025-12-31").enrolled("2026-01-01")
    assert judged(hurt(life, "2025-12-31")) == ("denied", {"not-insured"})


def test_an_end_of_the_budget_year_is_no_end():
    """Only unpaid months are: January after a year paid by the budget is in arrears."""
    assert judged(dead(months("2025-01/2025-12"), "2026-01-01")) == ("referred", {"in-arrears"})


def cash(life: Life) -> int | str:
    """Give what was ordered, or the reason for which it was not."""
    view = life.claim()
    return view.ordered if view.status == "ordered" else view.reasons[0]


@pytest.mark.parametrize(
    ("starts_on", "paid", "day", "expected"),
    [
        ("2025-02-01", ("2025-02",), "2025-02-23", 42_000_000),
        ("2025-02-01", ("2025-02",), "2025-02-24", 10_000_000),
        ("2025-11-01", ("2025-11/2026-02",), "2026-02-01", 42_000_000),
        ("2025-11-01", ("2025-11/2026-02",), "2026-01-31", "three-month-boundary"),
        ("2025-11-01", ("2025-11/2026-02",), "2025-12-31", 10_000_000),
        ("2025-11-30", ("2025-11/2026-02",), "2026-02-28", 42_000_000),
        ("2025-11-30", ("2025-11/2026-02",), "2026-02-27", "three-month-boundary"),
        ("2025-11-29", ("2025-11/2026-02",), "2026-02-28", 42_000_000),
        ("2025-11-28", ("2025-11/2026-02",), "2026-02-27", "three-month-boundary"),
        ("2026-01-31", ("2026-01/2026-04",), "2026-04-30", 42_000_000),
        ("2026-01-31", ("2026-01/2026-04",), "2026-04-29", "three-month-boundary"),
        ("2026-01-10", ("2026-01", "2026-04"), "2026-04-10", "three-month-boundary"),
        ("2026-01-10", ("2026-01", "2026-04"), "2026-04-09", 10_000_000),
        ("2026-01-10", ("2026-01", "2026-03/2026-04"), "2026-04-10", 42_000_000),
        ("2026-01-10", ("2025-10/2025-12", "2026-01", "2026-04"), "2026-04-10", "three-month-boundary"),
        ("2026-01-10", ("2026-01", "2026-04/2026-12"), "2026-04-10", "three-month-boundary"),
        ("2023-11-30", ("2023-11/2024-03",), "2024-02-28", 42_000_000),
        # restarts
        ("2025-01-01", ("2025-01/2025-03", "2025-07/2025-12"), "2025-07-05", 42_000_000),
        ("2025-01-01", ("2025-01/2025-03", "2025-08/2025-12"), "2025-08-05", 10_000_000),
        ("2025-01-01", ("2025-01/2025-03", "2025-08/2025-12"), "2025-09-30", 10_000_000),
        ("2025-01-01", ("2025-01/2025-03", "2025-08/2025-12"), "2025-10-31", "three-month-boundary"),
        ("2025-01-01", ("2025-01/2025-03", "2025-08/2025-12"), "2025-11-01", 42_000_000),
        ("2025-01-20", ("2025-04/2025-12",), "2025-05-02", "three-month-boundary"),
        ("2025-01-20", ("2025-04/2025-12",), "2025-06-02", 42_000_000),
        ("2025-01-20", ("2025-05/2025-12",), "2025-06-02", 10_000_000),
        ("2025-01-20", ("2025-05/2025-12",), "2025-08-01", 42_000_000),
        (
            "2024-01-01",
            ("2024-01/2024-03", "2024-08/2024-10", "2025-03/2025-12"),
            "2025-05-31",
            "three-month-boundary",
        ),
    ],
)
def test_three_calendar_months_and_three_paid_months(starts_on: str, paid, day: str, expected):
    """Permenaker 1/2025: full when both are met, funeral when neither, a person decides on one of the two."""
    assert cash(dead(months(*paid, starts_on=starts_on), day)) == expected


def test_months_of_the_count_are_counted_whenever_paid():
    """Two of the three months, paid after the death: they count for the three, and fill the gap of a lapse."""
    life = Life().enrolled("2026-01-01").paid_months("2026-03", "2026-03", "2026-01-02")
    life.paid_months("2026-01", "2026-02", "2026-05-02")
    assert cash(dead(life, "2026-04-01")) == "in-arrears"
    life = Life().enrolled("2026-01-01").paid_months("2026-04", "2026-04", "2026-01-02")
    life.paid_months("2026-01", "2026-02", "2026-05-02")
    assert cash(dead(life, "2026-04-01")) == 42_000_000


def test_late_months_undo_a_restart():
    """The four unpaid months are paid after the death: the membership never lapsed."""
    life = months("2025-01/2025-03", "2025-08/2025-12")
    life.paid_months("2025-04", "2025-04", "2025-12-01")
    assert cash(dead(life, "2025-08-05")) == 42_000_000


def test_the_count_of_a_new_period_starts_with_it():
    """Two years before an end give nothing to the three months of the next period."""
    life = months("2023-01/2026-12", starts_on="2023-01-01").ended("2025-12-31").enrolled("2026-01-01")
    assert cash(dead(life, "2026-02-10")) == 10_000_000


def test_all_reasons_for_a_referral_are_listed_together():
    """In arrears, on the boundary and objected to: a person sees all three."""
    life = dead(months("2026-01/2026-03", starts_on="2026-01-10"), "2026-04-09").objected()
    assert judged(life) == ("referred", {"in-arrears", "three-month-boundary", "objected"})


def test_an_approved_boundary_pays_in_full_and_another_reason_does_not_lift_it():
    """``approve`` lifts the reasons it names and no others."""
    life = dead(months("2025-11/2026-02", starts_on="2025-11-30"), "2026-02-27")
    assert cash(life.reviewed("approve", "in-arrears")) == "three-month-boundary"
    assert cash(life.reviewed("approve", "three-month-boundary")) == 42_000_000


@pytest.mark.parametrize(
    ("starts_on", "day", "opens"),
    [("2023-03-15", "2026-02-01", True), ("2023-03-15", "2026-01-31", False)],
)
def test_a_jkm_scholarship_opens_with_the_36th_paid_month(starts_on: str, day: str, opens: bool):
    """PP 82/2019 Pasal 34(1)d: months of contributions from the start's month to the month of death."""
    life = months("2020-01/2026-12", starts_on=starts_on)
    life.filed(event_date=day, children=[{"child": "c", "name": "Anak", "birth_date": "2015-01-01"}])
    life.died(day).heirs(heir()).schooled("c", "SD", 2026)
    assert life.claim().entitled.get("scholarship", 0) == (1_500_000 if opens else 0)


def test_a_restart_starts_the_36_months_anew():
    """Four unpaid months in 2025: what was paid before them no longer counts."""
    life = months("2021-01/2025-01", "2025-06/2026-12", starts_on="2021-01-01")
    life.filed(event_date="2026-03-01", children=[{"child": "c", "name": "Anak", "birth_date": "2015-01-01"}])
    life.died().heirs(heir()).schooled("c", "SD", 2026)
    assert life.claim().entitled == {
        "jkm.death": 20_000_000,
        "jkm.periodic": 12_000_000,
        "jkm.funeral": 10_000_000,
    }


@pytest.mark.parametrize(
    ("day", "filed_at", "late"),
    [
        ("2021-06-10", "2026-06-10T23:59:59+07:00", False),
        ("2021-06-10", "2026-06-11T00:00:00+07:00", True),
        ("2021-06-10", "2026-06-10T16:59:59Z", False),
        ("2021-06-10", "2026-06-10T17:00:00Z", True),
        ("2020-02-29", "2025-02-28T10:00:00+07:00", False),
        ("2020-02-29", "2025-03-01T10:00:00+07:00", True),
    ],
)
def test_five_years_by_the_civil_date_of_the_filing(day: str, filed_at: str, late: bool):
    """PP 82/2019 Pasal 26: JKK lapses after five years; JKM knows no limit and is referred."""
    member = months("2019-01/2022-12", starts_on="2019-01-01")
    assert judged(hurt(member, day, time=filed_at)) == (("denied", {"claim-lapsed"}) if late else ACTIVE)
    member = months("2019-01/2022-12", starts_on="2019-01-01")
    assert judged(dead(member, day, time=filed_at)) == (("referred", {"filed-late"}) if late else ACTIVE)


def test_the_five_years_of_jkm_run_from_the_death_and_not_from_the_filed_date():
    """Filed with a wrong day of death: the finding counts."""
    member = months("2019-01/2022-12", starts_on="2019-01-01")
    member.filed(event_date="2020-01-01", time="2025-06-01T10:00:00+07:00").heirs(heir())
    assert judged(member)[0] == "waiting"
    assert judged(member.died("2020-07-01")) == ACTIVE


def test_other_documents_may_be_late():
    """Only the filing's time is held against the limit."""
    member = months("2019-01/2022-12", starts_on="2019-01-01")
    member.accident(event_date="2020-03-01", time="2020-03-02T10:00:00+07:00").at_work().items(TREATED)
    assert judged(member) == ACTIVE


OLD = "2020-01-10T10:00:00+07:00"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (
            "2019-12-02",
            ({"jkm.death": 20_000_000, "jkm.periodic": 12_000_000, "jkm.funeral": 10_000_000}, ()),
        ),
        ("2019-12-01", ({"jkm.death": 16_200_000, "jkm.periodic": 4_800_000, "jkm.funeral": 3_000_000}, ())),
        ("2015-07-01", ({"jkm.death": 16_200_000, "jkm.periodic": 4_800_000, "jkm.funeral": 3_000_000}, ())),
        ("2015-06-30", ({}, ("no-law-in-force",))),
    ],
)
def test_the_law_of_the_day_of_death(day: str, expected):
    """PP 44/2015 from 1 July 2015, PP 82/2019 from 2 December 2019; before them a person decides."""
    claim = dead(months("2014-01/2020-12", starts_on="2014-01-01"), day, time=OLD).claim()
    assert (claim.entitled, claim.reasons) == expected


def test_approved_where_no_law_was_in_force_the_earliest_pays():
    """JKM: PP 44/2015; JKK: PP 82/2019."""
    member = months("2014-01/2020-12", starts_on="2014-01-01")
    life = dead(member, "2015-06-30", time=OLD).reviewed("approve", "no-law-in-force")
    assert cash(life) == 24_000_000
    member = months("2014-01/2020-12", starts_on="2014-01-01")
    life = hurt(member, "2019-12-01", time=OLD)
    assert judged(life) == ("referred", {"no-law-in-force"})
    life.items({"kind": "total-disability"}).reviewed("approve", "no-law-in-force")
    assert cash(life) == 68_000_000
    member = months("2014-01/2020-12", starts_on="2014-01-01")
    assert judged(hurt(member, "2019-12-02", time=OLD)) == ACTIVE


@pytest.mark.parametrize(("first", "amount"), [("2014-12", 1_500_000), ("2015-01", None)])
def test_before_december_2019_the_jkm_scholarship_needs_60_months(first: str, amount: int | None):
    """PP 44/2015: five years of contributions."""
    life = months(f"{first}/2020-12", starts_on=f"{first}-01")
    life.filed(
        event_date="2019-11-10",
        time=OLD,
        children=[{"child": "c", "name": "Anak", "birth_date": "2010-01-01"}],
    )
    life.died("2019-11-10").heirs(heir()).schooled("c", "SD", 2020)
    assert life.claim().entitled.get("scholarship") == amount


def test_all_certain_grounds_are_listed():
    """Outside coverage, not insured, too late and not related to work: each is certain by itself."""
    life = Life().enrolled(programmes=["JKM"]).paid_months(last="2025-12").accident(event_date="2020-03-01")
    life.found(cause={"work_related": False}).reviewed("deny")
    assert judged(life)[0] == "denied"
    assert judged(life)[1] >= {"not-yet-covered", "claim-lapsed", "not-work-related", "review-denied"}


def test_a_ground_denies_before_anything_else_is_known():
    """Nothing but the filing: the filed date decides for JKM until the death is found."""
    life = Life().insured().ended("2026-02-01").filed(papers=())
    assert judged(life) == ("denied", {"coverage-ended"})
    life.died("2026-01-31")
    claim = life.claim()
    assert claim.status == "waiting"
    assert set(claim.missing) == {"finding:heirs", *(f"document:{kind}" for kind in JKM_PAPERS)}


def test_missing_is_asked_before_a_person_is():
    """In arrears and without papers the claim waits; the reasons are told once nothing is missing."""
    life = months("2025-01/2025-12").accident(papers=JKK_PAPERS[1:]).at_work().items(TREATED)
    claim = life.claim()
    assert (claim.status, claim.missing, claim.reasons) == ("waiting", ("document:ktp",), ())
    life.send("claim.documents-received", {"claim": "A-1", "documents": [{"kind": "ktp", "reference": "x"}]})
    claim = life.claim()
    assert (claim.status, claim.missing, claim.reasons) == ("referred", (), ("in-arrears",))


def test_new_facts_lift_a_denial_and_make_another():
    """Weighed again at any time: months arrive, then the end of the membership."""
    life = dead(Life().enrolled(), "2026-03-10")
    assert judged(life) == ("denied", {"coverage-lapsed"})
    assert judged(life.paid_months()) == ACTIVE
    assert judged(life.ended("2026-03-09")) == ("denied", {"coverage-ended"})
    assert life.claim().ordered == 0


@pytest.mark.parametrize(
    ("day", "raised"),
    [("2026-03-01", True), ("2026-03-31", True), ("2026-04-01", True), ("2026-04-02", False)],
)
def test_an_income_raised_at_most_31_days_before(day: str, raised: bool):
    """Counted from the first day of its month; both days included."""
    life = Life().insured().income(2_000_000, "2026-03").accident(event_date=day).at_work()
    life.items(days(day, 30))
    assert judged(life) == (("referred", {"income-raised"}) if raised else ACTIVE)


@pytest.mark.parametrize(
    ("income", "item", "raised"),
    [
        (1_099_999, days("2026-03-10", 30), False),
        (1_100_000, days("2026-03-10", 30), True),
        (500_000, days("2026-03-10", 30), False),
        (2_000_000, TREATED, False),
        (2_000_000, {"kind": "disability", "part": "smell"}, True),
        (2_000_000, {"kind": "total-disability"}, True),
        (
            2_000_000,
            {"kind": "homecare", "amount": 1, "first_day": "2026-03-10", "last_day": "2026-03-11"},
            False,
        ),
        (2_000_000, {"kind": "transport", "mode": "land", "amount": 1}, False),
    ],
)
def test_only_a_higher_bracket_and_a_line_that_depends_on_it_are_referred(income, item, raised):
    """The same bracket, a lower one, and care at cost hold nothing."""
    life = Life().insured().income(income, "2026-03").accident(event_date="2026-03-10").at_work().items(item)
    assert judged(life) == (("referred", {"income-raised"}) if raised else ACTIVE)


def test_a_jkm_death_is_never_held_for_an_income():
    """No JKM sum depends on the base."""
    assert judged(dead(Life().insured().income(2_000_000, "2026-03"), "2026-03-10")) == ACTIVE


def test_a_jkk_death_depends_on_the_base():
    """60 % × 80 × w."""
    papers = (*JKK_PAPERS, "death-certificate", "heirs-letter")
    life = Life().insured().income(2_000_000, "2026-03")
    life.accident(event_date="2026-03-10", papers=papers).at_work().died("2026-03-11").heirs(heir())
    assert judged(life) == ("referred", {"income-raised"})
    assert life.reviewed("approve", "income-raised").claim().entitled["jkk.death"] == 48 * 2_050_000
