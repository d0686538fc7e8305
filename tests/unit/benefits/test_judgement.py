"""When a claim is denied, waits or is referred, and what lifts it."""

from __future__ import annotations

import pytest

from tests.lives import (
    JKK_DEATH_PAPERS,
    JKK_PAPERS,
    JKM_PAPERS,
    Life,
    bank,
    days,
    disability,
    heir,
    jkm_death,
)

LATE = "2031-06-01T08:00:00+07:00"


def dead(life: Life, day: str = "2026-03-01") -> Life:
    """File a complete JKM death on ``day`` for this member."""
    return life.filed(event_date=day).died(day).heirs(heir())


@pytest.mark.parametrize(
    ("life", "status", "reasons"),
    [
        (Life().enrolled("2026-03-02").paid_months(), "denied", ("not-yet-covered",)),
        (Life().insured().ended("2026-02-28"), "denied", ("coverage-ended",)),
        (Life().insured().ended("2026-03-01"), "ordered", ()),
        (Life().enrolled().paid_months("2025-01", "2025-11"), "denied", ("coverage-lapsed",)),
        (Life().enrolled().paid_months("2025-01", "2025-12"), "referred", ("in-arrears",)),
        (Life().enrolled().paid_months("2025-01", "2026-02"), "referred", ("in-arrears",)),
        (Life().enrolled(), "denied", ("coverage-lapsed",)),
        (Life().enrolled("2026-01-05"), "referred", ("in-arrears",)),
        (Life().enrolled().paid_months(paid_on="2026-03-02"), "referred", ("paid-after-event",)),
        (
            Life().enrolled().paid_months(paid_on="2026-03-02").paid_months(paid_on="2025-01-01"),
            "referred",
            ("paid-after-event",),
        ),
        (Life().enrolled(programmes=["JKK"]).paid_months(), "denied", ("not-insured",)),
        (
            Life().enrolled(programmes=["JKK"]).paid_months("2025-01", "2025-02"),
            "denied",
            ("coverage-lapsed", "not-insured"),
        ),
    ],
)
def test_coverage_on_the_day_decides(life: Life, status: str, reasons: tuple[str, ...]):
    """The first code that applies: membership before months; a month reported twice counts as first stated."""
    claim = dead(life).claim()
    assert (claim.status, claim.reasons) == (status, reasons)


def test_a_denial_that_later_facts_lift_becomes_payable():
    """New facts are weighed again at any time: the months arrive after the denial."""
    life = dead(Life().enrolled())
    assert life.claim().status == "denied"
    assert life.paid_months().claim().ordered == 42_000_000


def test_a_claim_without_enrolment_waits_and_is_taken_up_in_order():
    """Filings and facts for an unknown NIK wait for the enrolment; nothing is refused."""
    life = dead(Life().paid_months())
    assert life.claim().missing == ("enrolment",)
    assert life.enrolled().claim().ordered == 42_000_000


def test_findings_before_the_filing_wait_for_it():
    """Claim events without a filing wait and are taken up in the order of their arrival."""
    life = Life().insured().died("2026-02-01").died("2026-03-01").heirs(heir())
    assert life.replayed().claims == {}
    assert life.filed().claim().ordered == 42_000_000


@pytest.mark.parametrize(
    ("life", "missing"),
    [
        (
            Life().insured().filed(papers=()),
            tuple(sorted([f"document:{p}" for p in JKM_PAPERS] + ["finding:death", "finding:heirs"])),
        ),
        (
            Life().insured().accident(papers=()),
            tuple(sorted([f"document:{p}" for p in JKK_PAPERS] + ["finding:cause", "finding:medical"])),
        ),
        (
            Life().insured().accident().died(),
            ("document:death-certificate", "document:heirs-letter", "finding:cause", "finding:heirs"),
        ),
        (
            Life()
            .insured()
            .accident()
            .at_work()
            .found(medical={"items": [{"item": "a", **days("2026-03-01", 3)}]}),
            ("finding:participant_account",),
        ),
        (
            Life()
            .insured()
            .accident()
            .at_work()
            .items({"kind": "device", "device": "orthosis", "amount": 5}),
            ("finding:reference_price",),
        ),
    ],
)
def test_a_claim_waits_for_its_checklist(life: Life, missing: tuple[str, ...]):
    """What is needed before payment, by programme and by what has happened."""
    claim = life.claim()
    assert (claim.status, claim.missing, claim.entitled) == ("waiting", missing, {})


def test_treatment_alone_needs_no_account_of_the_participant():
    """Treatment is paid to who treated; only benefits in person need the participant's account."""
    treated = {"item": "a", "kind": "treatment", "amount": 700, "provider": "rsud"}
    life = Life().insured().accident().at_work().found(medical={"items": [treated]})
    assert [(o.payee, o.amount) for o in life.claim().orders] == [("provider:a", 700)]


def test_a_jkk_death_that_is_none_becomes_jkm():
    """One death is one programme: found not work-related, the death is paid as JKM."""
    life = (
        Life().insured().accident(papers=(*JKK_DEATH_PAPERS, *JKM_PAPERS)).died().heirs(heir()).at_work(False)
    )
    claim = life.claim()
    assert (claim.programme, claim.ordered) == ("JKM", 42_000_000)


def test_an_accident_that_is_none_is_denied_until_a_death_is_found():
    """Any other JKK claim is denied as not work-related; a later fact may lift a denial."""
    life = Life().insured().accident().items(days("2026-03-01", 3)).at_work(False)
    assert (life.claim().programme, life.claim().reasons) == ("JKK", ("not-work-related",))
    assert life.died().claim().status == "waiting"


def test_a_death_of_another_cause_found_work_related_is_jkk():
    """The cause finding decides where there is one."""
    life = Life().insured().filed(papers=JKK_DEATH_PAPERS).died().heirs(heir()).at_work()
    assert (life.claim().programme, life.claim().ordered) == ("JKK", 70_000_000)


@pytest.mark.parametrize(
    ("starts_on", "first", "day", "expected"),
    [
        ("2025-12-01", "2025-12", "2026-02-28", ("referred", ("three-month-boundary",))),
        ("2025-12-01", "2025-12", "2026-03-01", ("ordered", ())),
        ("2025-11-30", "2026-01", "2026-02-28", ("referred", ("three-month-boundary",))),
        ("2025-11-30", "2025-12", "2026-02-28", ("ordered", ())),
    ],
)
def test_the_three_month_boundary_is_referred(starts_on, first, day, expected):
    """Permenaker 1/2025: calendar months and paid months must agree; a day past a month's end is cut."""
    claim = dead(Life().enrolled(starts_on).paid_months(first, paid_on="2025-11-30"), day).claim()
    assert (claim.status, claim.reasons) == expected


def test_an_approved_boundary_pays_in_full():
    """An approval lifts the reasons it names, whenever they arise."""
    life = Life().enrolled("2025-12-01").paid_months("2025-12", paid_on="2025-12-01")
    life.filed(event_date="2026-02-28").reviewed("approve", "three-month-boundary")
    assert life.died("2026-02-28").heirs(heir()).claim().ordered == 42_000_000


def test_more_than_three_unpaid_months_restart_the_count():
    """The first day of the next paid month is the new start of the 3-month count."""
    life = Life().enrolled("2024-01-01").paid_months("2024-01", "2025-08", "2024-01-01")
    claim = dead(life.paid_months("2026-01", "2026-12", "2026-01-01")).claim()
    assert claim.reasons == ("three-month-boundary",)


def test_a_jkk_claim_filed_five_years_late_is_denied_and_a_jkm_claim_referred():
    """PP 82/2019 Pasal 26: the right to JKK lapses; for JKM no limit was found, so a person decides."""
    accident = Life().insured().filed(cause="work-accident", time=LATE, papers=JKK_PAPERS).at_work()
    assert accident.items(days("2026-03-01", 3)).claim().reasons == ("claim-lapsed",)
    death = Life().insured().filed(time=LATE).died().heirs(heir())
    assert death.claim().reasons == ("filed-late",)


def test_where_no_law_is_in_force_the_earliest_pays_after_approval():
    """JKK before 2 December 2019: referred; if approved, the earliest version pays."""
    life = Life().enrolled("2018-01-01").paid_months("2018-01", "2019-12", "2018-01-01")
    life.accident(event_date="2019-06-01", time="2019-07-01T08:00:00+07:00").at_work()
    life.items(days("2019-06-01", 30))
    assert life.claim().reasons == ("no-law-in-force",)
    assert life.reviewed("approve", "no-law-in-force").claim().ordered == 1_000_000


def test_a_base_raised_in_the_month_before_the_event_is_referred():
    """Only in JKK, only with a line that depends on the base, only 0 to 31 days before."""

    def hurt(from_month: str) -> Life:
        life = Life().insured().income(5_000_000, from_month).accident(event_date="2026-03-15")
        return life.at_work().items(days("2026-03-15", 30))

    assert hurt("2026-03").claim().reasons == ("income-raised",)
    assert hurt("2026-03").reviewed("approve", "income-raised").claim().ordered == 4_950_000
    assert hurt("2026-02").claim().ordered == 4_950_000


def test_disability_and_then_death_is_referred_and_paid_with_one_periodic_sum():
    """If approved both are paid, periodic once."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items({"kind": "total-disability"})
    life.died().heirs(heir())
    assert life.claim().reasons == ("disability-then-death",)
    claim = life.reviewed("approve", "disability-then-death").claim()
    assert claim.entitled == {
        "jkk.death": 48_000_000,
        "jkk.periodic": 12_000_000,
        "jkk.funeral": 10_000_000,
        "jkk.total-disability": 56_000_000,
    }


def test_care_after_death_is_referred():
    """An item whose days end after the day of death; approved, it is paid as stated."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items(days("2026-03-01", 3))
    life.died("2026-03-02").heirs(heir())
    assert life.claim().reasons == ("after-death",)
    assert life.reviewed("approve", "after-death").claim().entitled["jkk.incapacity"] == 100_000


def test_an_account_stated_by_another_agency_is_referred_until_approved():
    """Only a different account counts; a new account needs a new approval."""
    life = Life().insured().filed().died().heirs(heir(account="1"), agency="desa")
    assert life.heirs(heir(account="1"), agency="rsud").claim().status == "ordered"
    life.heirs(heir(account="2"), agency="rsud")
    assert life.claim().reasons == ("account-changed",)
    life.reviewed("approve", "account-changed")
    assert life.claim().status == "ordered"
    life.heirs(heir(account="3"), agency="rsud")
    assert life.claim().reasons == ("account-changed",)


def test_an_account_corrected_by_the_same_agency_before_an_order_is_no_change():
    """Nothing had been ordered and the first agency corrected itself."""
    life = Life().insured().filed().heirs(heir(account="1")).heirs(heir(account="2")).died()
    assert life.claim().status == "ordered"


def test_an_objection_is_referred_and_each_needs_its_own_approval():
    """PP 44/2015 Pasal 57: a new objection needs a new approval."""
    life = jkm_death().reviewed("approve", "objected").objected()
    assert life.claim().reasons == ("objected",)
    assert life.reviewed("approve", "objected").claim().status == "ordered"
    assert life.objected().claim().reasons == ("objected",)


def test_a_review_that_denies_holds_until_another_review():
    """``deny`` denies; a later approval lifts it, also with no reason to lift."""
    life = jkm_death().reviewed("deny")
    assert (life.claim().reasons, life.claim().ordered) == (("review-denied",), 0)
    assert life.reviewed("approve").claim().ordered == 42_000_000


def test_a_second_claim_for_the_same_death_is_denied_while_the_first_stands():
    """In either programme; the first is the one filed first, and it may itself be withdrawn."""
    life = jkm_death().filed("B-2").died(claim="B-2").heirs(heir(), claim="B-2")
    assert life.claim("B-2").reasons == ("already-claimed",)
    assert life.withdrawn("A-1").claim("B-2").ordered == 42_000_000


def test_certain_grounds_come_before_what_is_missing():
    """Deny as soon as a ground is certain, listing all of them, before waiting for papers."""
    life = Life().enrolled(programmes=["JKM"]).paid_months().accident(papers=())
    assert (life.claim().status, life.claim().reasons) == ("denied", ("not-insured",))


def test_in_person_benefits_go_to_the_heirs_after_a_death():
    """What left for the participant before the death was known counts as paid."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items(days("2026-02-01", 30))
    life.paid("A-1.1", 1_000_000).items(days("2026-02-01", 28), days("2026-03-01", 32))
    life.died("2026-04-30").heirs(heir())
    claim = life.claim()
    assert claim.entitled["jkk.incapacity"] == 2_000_000
    assert {o.payee: o.amount for o in claim.orders} == {
        "participant": 1_000_000,
        "heir:h1": 71_000_000,
    }


def test_a_new_membership_opens_only_after_the_old_one_ended():
    """Enrolled again without an end corrects data, and the earlier start stands."""
    again = Life().enrolled("2025-01-01").enrolled("2026-02-01").paid_months()
    assert dead(again).claim().ordered == 42_000_000
    anew = Life().enrolled("2025-01-01").ended("2025-12-31").enrolled("2026-02-01").paid_months()
    assert dead(anew).claim().entitled == {"jkm.funeral": 10_000_000}


def test_scholarship_payee_without_children_filed_is_nothing():
    """Only filed children count; others get nothing and are not refused."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().died().heirs(heir())
    life.schooled("c9", "SD", 2026)
    assert "scholarship" not in life.claim().entitled


def test_disability_without_account_waits_and_with_it_pays():
    """Benefits in person need the participant's account."""
    item = {"item": "a", **disability("eye", side="left")}
    life = Life().insured().accident().at_work().found(medical={"items": [item]})
    assert life.claim().missing == ("finding:participant_account",)
    assert life.found(participant_account=bank()).claim().ordered == 28_000_000
