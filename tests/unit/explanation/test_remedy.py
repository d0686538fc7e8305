"""The least change that makes a claim payable is found by the rules themselves, and is the least."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.adjudication.state import State
from services.benefits.assess import assess
from services.benefits.history import History
from services.benefits.reading.folder import load
from services.explanation.remedy import Remedied, applied, is_limited, least_change
from tests.lives import JKK_DEATH_PAPERS, NIK, Life, bank, heir, jkm_death
from tests.unit.adjudication.test_properties import PAPERS, STEPS
from tests.unit.explanation.lives import DAY, disabled, hurt, member, state_after, two_claims, waiting

RULES = load()


def facts_of(state: State):
    return state.facts if History(state.facts).enrolled else (*state.facts, *state.waiting)


def orders_of(state: State):
    return {number: record.orders for number, record in state.claims.items()}


def least(life: Life, number: str = "A-1", *, approvals: bool = True) -> Remedied | None:
    state = state_after(life)
    return least_change(facts_of(state), number, RULES, orders_of(state), approvals=approvals)


CASES: dict[str, tuple[Life, list[tuple[str, dict[str, Any]]], int | None]] = {
    "papers and findings": (waiting(), [("documents", {}), ("death", {}), ("heirs", {})], 42_000_000),
    "one paper": (
        Life().insured().filed(papers=("ktp", "kk", "form-4", "heirs-letter")).died().heirs(heir()),
        [("documents", {"documents": ("death-certificate",)})],
        42_000_000,
    ),
    "no enrolment": (
        Life().filed().died().heirs(heir()),
        [("enrolment-and-month", {"month": "2026-03"})],
        None,
    ),
    "limited": (
        member("2026-01-25", "2026-02", "2026-03"),
        [
            ("months-paid", {"months": ("2026-01",)}),
            ("started-earlier", {"days": 36, "starts_on": "2025-12-20"}),
        ],
        42_000_000,
    ),
    "boundary": (
        member("2025-11-25", "2026-02", "2026-03"),
        [("approval", {"reasons": ("three-month-boundary",)})],
        42_000_000,
    ),
    "in arrears": (
        member("2025-01-01", "2025-01", "2026-01"),
        [("approval", {"reasons": ("in-arrears",)})],
        42_000_000,
    ),
    "lapsed": (
        member("2025-01-01", "2025-01", "2025-07"),
        [("month-paid", {"month": "2026-03", "by": DAY})],
        10_000_000,
    ),
    "not yet covered": (
        member("2026-05-01", "2026-03", "2026-07"),
        [("started-earlier", {"days": 42, "starts_on": DAY})],
        10_000_000,
    ),
    "ended": (
        Life().enrolled().paid_months().ended("2026-01-31").filed(event_date=DAY).died(DAY).heirs(heir()),
        [("ended-later", {"days": 48, "ended_on": DAY})],
        42_000_000,
    ),
    "filed too late": (
        hurt("2021-01-05", "2026-01-16T10:00:00+07:00"),
        [("filed-in-time", {"days": 11, "last": "2026-01-05"})],
        333_333,
    ),
    "not insured": (hurt(programmes=["JKM"]), [("in-programme", {"programme": "JKK"})], 333_333),
    "not caused by work": (hurt().at_work(False), [("cause-corrected", {})], 333_333),
    "withdrawn": (jkm_death().withdrawn(id="w"), [("taken-up-again", {"events": ("dinsos:w",)})], 42_000_000),
    "denied by an officer": (jkm_death().reviewed("deny"), [("another-review", {})], 42_000_000),
    "objected": (jkm_death().objected(), [("approval", {"reasons": ("objected",)})], 42_000_000),
}


@pytest.mark.parametrize("name", CASES)
def test_the_least_change_is_named_with_its_numbers(name):
    """For every way of not being payable: what would have to be otherwise, by how much, and what is then due."""
    life, changes, amount = CASES[name]
    found = least(life)
    assert found is not None
    assert [change.code for change in found.remedy.changes] == [code for code, _ in changes]
    for change, (_, says) in zip(found.remedy.changes, changes, strict=True):
        assert says.items() <= dict(change.says).items()
    assert found.remedy.amount == amount


DEAD = {"name": "Almarhum", "nik": NIK}


def returned() -> Life:
    life = jkm_death().paid("A-1.1", 30_000_000, reference="t1").paid("A-1.1", 12_000_000, reference="t2")
    return life.returned("A-1.1")


def heirs_changed() -> Life:
    return jkm_death().heirs(heir(), heir("b", "child", "2"))


def list_taken_back() -> Life:
    b = heir("b", "child", "2")
    life = jkm_death().heirs(b, id="second").reviewed("approve", "heirs-changed")
    return life.retracted("second", agency="disdukcapil")


def dead(**stated: Any) -> Life:
    return Life().insured().filed().died().found(**stated)


def dead_as_payee_of_a_child() -> Life:
    child = [{"child": "k", "name": "Anak", "birth_date": "2012-01-01"}]
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS, children=child).at_work().died().heirs(heir())
    life.schooled("k", "SMP", 2026)
    life.documents[-1]["data"]["payee"]["nik"] = NIK
    return life


PAYEES: dict[str, tuple[Life, str]] = {
    "a return that names nothing": (returned(), "payment-named"),
    "heirs changed": (heirs_changed(), "heirs-as-ordered"),
    "a list taken back": (list_taken_back(), "heirs-as-ordered"),
    "the dead among the heirs": (dead(heirs=[heir(nik=NIK), heir("b", "child", "2")]), "heirs-without"),
    "the dead as the only heir": (dead(heirs=[heir(nik=NIK)]), "payee-corrected"),
    "the dead as guardian": (dead(heirs=[heir(guardian=DEAD)]), "payee-corrected"),
    "the dead as payee of a child": (dead_as_payee_of_a_child(), "payee-corrected"),
    "the dead as who arranged the burial": (
        dead(heirs=[], burial={"arranged_by": DEAD | {"account": bank("9")}}),
        "payee-corrected",
    ),
}


@pytest.mark.parametrize("name", PAYEES)
def test_a_doubt_about_who_is_paid_is_also_taken_away_by_what_is_said_of_them(name):
    """An approval is the least; without one the facts as they would be do it, and it can still come about."""
    life, code = PAYEES[name]
    found, otherwise = least(life), least(life, approvals=False)
    assert found is not None
    assert [change.code for change in found.remedy.changes] == ["approval"]
    assert otherwise is not None
    assert [change.code for change in otherwise.remedy.changes] == [code]
    assert otherwise.remedy.open


def test_what_is_named_of_payees_is_what_the_decider_then_does():
    """The return with its payment, the list as it was, the list without the participant."""
    life = jkm_death().paid("A-1.1", 30_000_000, reference="t1").paid("A-1.1", 12_000_000, reference="t2")
    life.returned("A-1.1", id="r").retracted("r", agency="bank").returned("A-1.1", payment="t2")
    assert life.claim().reasons == ()
    assert heirs_changed().heirs(heir()).claim().status == "ordered"
    b = heir("b", "child", "2")
    assert dead(heirs=[heir(nik=NIK), b]).heirs(b).claim().status == "ordered"
    assert dead(heirs=[heir(nik=NIK)]).heirs(heir(nik="1606014101750002")).claim().status == "ordered"


def test_a_payment_after_the_event_would_have_had_to_come_earlier():
    """Without an officer's approval the late contribution is the change, with the days it was late."""
    found = least(member("2025-01-01", "2025-01", "2026-03", "2026-03-29"), approvals=False)
    assert found is not None
    (change,) = found.remedy.changes
    assert (change.code, change.says["days"], change.open) == ("paid-earlier", 9, False)
    assert not found.remedy.open


def test_what_can_still_come_is_told_from_what_is_too_late():
    """Papers can still come; the day of filing cannot change any more."""
    papers, late = least(waiting()), least(CASES["filed too late"][0])
    assert papers is not None
    assert late is not None
    assert papers.remedy.open
    assert not late.remedy.open


def test_what_was_named_and_then_really_happens_is_ordered_to_the_rupiah():
    """The claim that waited is ordered with the amount that was foretold once the named events come."""
    life = waiting()
    found = least(life)
    assert found is not None
    wanted = found.remedy.changes[0].says["documents"]
    assert isinstance(wanted, tuple)
    papers = [{"kind": kind, "reference": "arsip"} for kind in wanted]
    life.send("claim.documents-received", {"claim": "A-1", "documents": papers}).died().heirs(heir())
    assert life.claim().ordered == found.remedy.amount


def test_an_approval_that_names_the_codes_is_ordered_to_the_rupiah():
    """The referred claim is ordered with the amount that was foretold once an officer approves as said."""
    life = member("2025-01-01", "2025-01", "2026-01")
    found = least(life)
    assert found is not None
    reasons = found.remedy.changes[0].says["reasons"]
    assert isinstance(reasons, tuple)
    life.reviewed("approve", *reasons)
    assert life.claim().ordered == found.remedy.amount


def paid_death() -> Life:
    return jkm_death().paid("A-1.1", 42_000_000)


ORDERED_BEFORE: dict[str, tuple[Life, int]] = {
    "paid, then objected": (paid_death().objected(), 0),
    "ordered, then objected": (jkm_death().objected(), 0),
    "paid, then another heir": (paid_death().heirs(heir(), heir("b", "child", "2")), 21_000_000),
    "came back, nobody says what of it": (returned(), 0),
    "never ordered": (member("2025-01-01", "2025-01", "2026-01"), 42_000_000),
}


@pytest.mark.parametrize("name", ORDERED_BEFORE)
def test_no_rupiah_that_was_ordered_or_paid_is_promised_again(name):
    """What is foretold beyond the orders is to the rupiah what the decider then orders, none where all was ordered."""
    life, more = ORDERED_BEFORE[name]
    found = least(life)
    assert found is not None
    assert found.remedy.more == more
    (change,) = found.remedy.changes
    reasons = change.says["reasons"]
    assert isinstance(reasons, tuple)
    before = {order.order for order in life.claim().orders}
    life.reviewed("approve", *reasons)
    assert sum(order.amount for order in life.claim().orders if order.order not in before) == more


def test_a_claim_that_is_due_in_full_needs_no_change():
    """Nothing has to be otherwise for a death or a disability that is ordered in full."""
    assert least(jkm_death()) is None
    assert least(disabled()) is None


def test_nothing_makes_a_second_claim_for_a_death_payable_once_money_was_ordered():
    """While the first claim only waits its withdrawal would do; once it is ordered, nothing does."""
    assert least(two_claims(), "B-2") is None
    both_wait = waiting().filed("B-2").died(claim="B-2").heirs(heir(), claim="B-2")
    found = least(both_wait, "B-2")
    assert found is not None
    assert [change.code for change in found.remedy.changes] == ["first-claim-withdrawn"]


BEGINNINGS = {
    "member": lambda: Life().enrolled().paid_months(),
    "late starter": lambda: Life().enrolled("2026-04-01").paid_months("2026-04", "2026-12"),
    "new": lambda: Life().enrolled("2026-01-15").paid_months("2026-02", "2026-03"),
    "behind": lambda: Life().enrolled().paid_months("2025-01", "2026-01"),
    "lapsed": lambda: Life().enrolled().paid_months("2025-01", "2025-08"),
    "paid late": lambda: Life().enrolled().paid_months("2025-01", "2026-04", "2026-05-01"),
    "only JKM": lambda: Life().enrolled(programmes=["JKM"]).paid_months(),
    "unknown": Life,
}
FILINGS = {
    "accident": lambda life: life.accident("A-1", papers=PAPERS),
    "illness": lambda life: life.filed("A-1", papers=()),
    "years later": lambda life: life.accident("A-1", time="2033-06-10T10:00:00+07:00"),
}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(BEGINNINGS)),
    st.sampled_from(sorted(FILINGS)),
    st.lists(st.sampled_from(sorted(STEPS)), max_size=9),
)
def test_the_least_change_makes_the_claim_due_and_none_of_it_can_be_left_out(beginning, filing, names):
    """Over lives of any kind.

    All of it makes the claim due (in full), less of it does not, and without any it is not.
    """
    life = FILINGS[filing](BEGINNINGS[beginning]())
    for name in names:
        life = STEPS[name](life)
    state = state_after(life)
    facts, orders = facts_of(state), orders_of(state)
    for number in History(facts).claims:
        found = least_change(facts, number, RULES, orders)

        def payable(kept, number=number, *, full=True):
            history = History(applied(kept, facts))
            award = assess(history, number, RULES, orders)
            return award.outcome == "due" and not (full and is_limited(history, number, award, RULES.scheme))

        was_limited = is_limited(
            History(facts), number, assess(History(facts), number, RULES, orders), RULES.scheme
        )
        if found is None:
            award = assess(History(facts), number, RULES, orders)
            assert award.outcome == "due" or "already-claimed" in [reason.code for reason in award.reasons]
            continue
        assert not payable((), full=was_limited)
        assert payable(found.chosen, full=was_limited)
        for candidate in found.chosen:
            rest = tuple(one for one in found.chosen if one is not candidate)
            assert not payable(rest, full=was_limited), candidate.change
