"""What was paid in a claim that was withdrawn, denied or taken back is not forgotten by the next one."""

from __future__ import annotations

import pytest

from events.assessment import ClaimAssessed, ClaimReferred, OtherClaim
from events.payment import ClaimOverpaid
from services.adjudication.replay import ClaimView
from tests.generated import of
from tests.lives import JKK_DEATH_PAPERS, Data, Life, bank, days, heir, jkm_death
from tests.unit.adjudication.test_generated_lives import worked

CHILD: Data = {"child": "a", "name": "Andi", "birth_date": "2012-05-01"}
BILL: Data = {"kind": "treatment", "amount": 3_000_000, "provider": "rsud"}


def paid_death(**filing) -> Life:
    """A-1: a death whose 42 million the bank has paid; the participant had paid for years."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2026-12", "2020-01-02")
    return life.filed(id="filing", **filing).died().heirs(heir()).paid("A-1.1", 42_000_000, id="paid")


def ended(life: Life, how: str) -> Life:
    match how:
        case "withdrawn":
            return life.withdrawn("A-1", id="end")
        case "denied":
            return life.reviewed("deny", claim="A-1")
        case _:
            return life.retracted("filing", id="end")


def again(life: Life, *heirs: Data, **filing) -> Life:
    """B-2: the same death filed again."""
    life.filed("B-2", **filing).died(claim="B-2")
    return life.heirs(*(heirs or (heir(),)), claim="B-2")


def approved(life: Life, *reasons: str) -> ClaimView:
    return life.reviewed("approve", "paid-before", *reasons, claim="B-2").claim("B-2")


def orders(view: ClaimView) -> list[tuple[str, int]]:
    return [(order.payee, order.amount) for order in view.orders]


@pytest.mark.parametrize("how", ["withdrawn", "denied", "retracted"])
@pytest.mark.parametrize("early", [False, True])
def test_a_death_paid_in_a_claim_that_no_longer_stands_is_not_paid_again(how, early):
    """Filed again before or after: referred with claim and sum.

    Approved, entitled stays whole and nothing is ordered.
    """
    life = again(paid_death()) if early else paid_death()
    life = ended(life, how) if early else again(ended(life, how))
    assert (life.claim("B-2").status, life.claim("B-2").reasons) == ("referred", ("paid-before",))
    referred = [e.data for e in worked(life, 0).ledger if isinstance(e, ClaimReferred)]
    (reason,) = referred[-1].reasons
    assert reason.others == (OtherClaim("A-1", 42_000_000),)
    view = approved(life)
    assert (view.status, sum(view.entitled.values()), view.ordered) == ("ordered", 42_000_000, 0)


def test_a_school_year_of_the_claim_filed_again_is_all_that_is_ordered():
    """What the first claim forgot comes once the rest is known to have been paid."""
    life = again(ended(paid_death(), "retracted"), children=[CHILD]).schooled("a", "SMP", 2025, claim="B-2")
    assert orders(approved(life)) == [("child:a", 2_000_000)]


def test_what_has_not_left_or_has_come_back_was_not_paid():
    """An order that is cancelled unpaid, or that the bank returned, holds nothing."""
    unpaid = again(jkm_death().withdrawn())
    assert orders(unpaid.claim("B-2")) == [("heir:h1", 42_000_000)]
    returned = again(ended(paid_death().returned("A-1.1"), "withdrawn"))
    assert orders(returned.claim("B-2")) == [("heir:h1", 42_000_000)]


def test_a_cancelled_order_that_the_bank_paid_all_the_same_has_left():
    """The bank's word came after the withdrawal."""
    life = again(jkm_death().withdrawn().paid("A-1.1", 42_000_000))
    assert life.claim("B-2").reasons == ("paid-before",)
    assert approved(life).ordered == 0


@pytest.mark.parametrize(
    ("new", "due"),
    [
        (heir("istri", account="1"), []),  # the same account and relation under another label
        (heir("h1", account="9"), []),  # the same label
        (heir("x", "child", "2"), [("heir:x", 42_000_000)]),  # nobody who was paid
        (heir("x", "child", "2", nik="1606015505720001"), []),  # the same NIK, all else another
        (heir("h1", account="9", nik="1606015505720002"), [("heir:h1", 42_000_000)]),  # another NIK
    ],
)
def test_what_was_paid_counts_for_the_person_and_for_nobody_else(new, due):
    """By NIK, by account and relation, then by label; what matches nobody counts for nobody."""
    known = heir(nik="1606015505720001") if "nik" in new else heir()
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2026-12", "2020-01-02")
    life.filed().died().heirs(known).paid("A-1.1", 42_000_000).withdrawn()
    again(life, new)
    assert orders(approved(life)) == due


def test_an_heir_of_two_is_paid_what_the_other_has_not_had():
    """One had everything: now half is the other's, and half of what was paid is too much, told once."""
    life = again(ended(paid_death(), "withdrawn"), heir(), heir("h2", "child", "2"))
    assert orders(approved(life)) == [("heir:h2", 21_000_000)]
    said: dict[tuple[str, str], int] = {}
    for event in worked(life, 0).ledger:
        if isinstance(event, ClaimOverpaid):
            said[event.data.claim, event.data.payee] = event.data.amount
    assert said == {("A-1", "heir:h1"): 21_000_000}


def test_what_comes_back_of_the_first_claim_is_ordered_in_the_second():
    """The bank returns it after the approval: then it has not been paid before."""
    life = again(ended(paid_death(children=[CHILD]), "withdrawn"), children=[CHILD])
    life.schooled("a", "SMP", 2025, claim="B-2")
    assert approved(life).ordered == 2_000_000
    life.returned("A-1.1")
    assert orders(life.claim("B-2")) == [("child:a", 2_000_000), ("heir:h1", 42_000_000)]


def test_an_approval_before_the_first_claim_ended_lifts_nothing():
    """Nobody could look at what had not happened."""
    life = again(paid_death()).reviewed("approve", "paid-before", claim="B-2")
    assert ended(life, "withdrawn").claim("B-2").reasons == ("paid-before",)


def test_a_first_claim_that_stands_again_is_asked_what_the_second_has_paid():
    """The withdrawal is taken back after the second claim has paid a school year."""
    life = again(ended(paid_death(children=[CHILD]), "withdrawn"), children=[CHILD])
    life.schooled("a", "SMP", 2025, claim="B-2").reviewed("approve", "paid-before", claim="B-2")
    life.paid("B-2.1", 2_000_000, claim="B-2").retracted("end")
    assert life.claim("B-2").reasons == ("already-claimed",)
    assert life.claim("A-1").reasons == ("paid-before",)


def test_a_claim_withdrawn_and_filed_again_twice_counts_what_each_has_paid():
    """42 million in the first, a school year in the second: the third orders nothing."""
    life = again(ended(paid_death(children=[CHILD]), "withdrawn"), children=[CHILD])
    life.schooled("a", "SMP", 2025, claim="B-2").reviewed("approve", "paid-before", claim="B-2")
    life.paid("B-2.1", 2_000_000, claim="B-2").withdrawn("B-2")
    life.filed("C-3", children=[CHILD]).died(claim="C-3").heirs(heir(), claim="C-3")
    life.schooled("a", "SMP", 2025, claim="C-3").reviewed("approve", "paid-before", claim="C-3")
    view = life.claim("C-3")
    assert (view.status, sum(view.entitled.values()), view.ordered) == ("ordered", 44_000_000, 0)


def hurt(claim: str, *items: Data, id: str = "") -> Life:
    return accident(Life().insured(), claim, *items, id=id)


def accident(life: Life, claim: str, *items: Data, id: str = "") -> Life:
    return life.accident(claim, id=id).at_work(claim=claim).items(*items, claim=claim)


def test_days_without_work_paid_for_one_accident_are_netted_in_the_next_claim_for_it():
    """30 days were paid; 40 are due: the ten that are left."""
    life = hurt("A-1", days("2026-03-01", 30)).paid("A-1.1", 1_000_000).withdrawn("A-1")
    accident(life, "B-2", days("2026-03-01", 40))
    assert orders(approved(life)) == [("participant", 333_333)]


def test_another_accident_is_another_right():
    """Another day: nothing was paid before for it."""
    life = hurt("A-1", days("2026-03-01", 30)).paid("A-1.1", 1_000_000).withdrawn("A-1")
    life.accident("B-2", "2026-04-01").at_work(claim="B-2").items(days("2026-04-01", 30), claim="B-2")
    assert orders(life.claim("B-2")) == [("participant", 1_000_000)]


def test_a_bill_is_the_same_by_what_is_billed_under_whatever_label():
    """Two bills were paid, one of them is billed again with a third: the third is ordered."""
    other = {"kind": "treatment", "amount": 700_000, "provider": "klinik"}
    third = {"kind": "treatment", "amount": 50_000, "payee": {"name": "Apotek", "account": bank("5")}}
    life = hurt("A-1", BILL, other).paid("A-1.1", 3_000_000).paid("A-1.2", 700_000).withdrawn("A-1")
    accident(life, "B-2", other, BILL | {"item": "x"}, third)
    assert orders(approved(life)) == [("provider:i3", 50_000)]


def test_a_death_paid_as_a_work_accident_counts_for_the_same_death_by_illness():
    """70 million were paid as JKK; the 42 million of JKM are had, and 28 million too much."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().died().heirs(heir())
    life.paid("A-1.1", 70_000_000).withdrawn("A-1")
    again(life)
    view = approved(life)
    assert (view.ordered, sum(view.entitled.values())) == (0, 42_000_000)
    last = [e.data for e in worked(life, 0).ledger if isinstance(e, ClaimOverpaid)][-1]
    assert (last.claim, last.amount) == ("A-1", 28_000_000)


def test_the_assessment_says_what_counts_as_ordered():
    """Benefit by benefit, with the payee there and here."""
    life = again(ended(paid_death(), "withdrawn"), heir("istri"))
    approved(life)
    said = [e.data for e in worked(of(life.documents), 0).ledger if isinstance(e, ClaimAssessed)]
    last = [data for data in said if data.claim == "B-2"][-1]
    assert {(c.claim, c.paid_to, c.payee) for c in last.counted} == {("A-1", "heir:h1", "heir:istri")}
    assert sum(c.amount for c in last.counted) == 42_000_000


def test_what_the_participant_had_before_dying_is_not_paid_to_the_heirs_in_the_next_claim():
    """30 days were paid to the person in the first claim; the second, of the same accident, has the death too."""
    life = hurt("A-1", days("2026-03-01", 30)).paid("A-1.1", 1_000_000).withdrawn("A-1")
    life.accident("B-2", papers=JKK_DEATH_PAPERS).at_work(claim="B-2")
    life.items(days("2026-03-01", 30), claim="B-2").died("2026-04-30", claim="B-2").heirs(heir(), claim="B-2")
    view = approved(life)
    assert (view.status, view.entitled["jkk.incapacity"]) == ("ordered", 1_000_000)
    assert orders(view) == [("heir:h1", 70_000_000)]


def test_a_claim_that_was_for_a_death_when_it_ordered_is_asked_too():
    """The finding of the death was taken back in the first claim, which is then denied; the second states it anew."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().died(id="death").heirs(heir())
    life.paid("A-1.1", 70_000_000).retracted("death", agency="rsud").at_work(related=False)
    assert life.claim("A-1").reasons == ("not-work-related",)
    again(life)
    assert life.claim("B-2").reasons == ("paid-before",)
    assert approved(life).ordered == 0


def test_a_part_that_came_back_is_another_sum_and_asks_again():
    """An approval covers claim and sum: 40 million left of 42 are another sum."""
    life = again(ended(paid_death(), "withdrawn"))
    assert approved(life).ordered == 0
    life.returned("A-1.1", amount=2_000_000)
    assert life.claim("B-2").reasons == ("paid-before",)
    assert orders(approved(life)) == [("heir:h1", 2_000_000)]
