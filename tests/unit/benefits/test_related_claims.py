"""What the claims of one person, and the labels within one, mean for each other: nothing is paid twice unseen."""

from __future__ import annotations

import pytest

from tests.lives import Data, Life, days, heir, jkm_death

GLASSES: Data = {"kind": "device", "device": "glasses", "amount": 900_000}
CARE: Data = {"kind": "homecare", "amount": 700_000, "first_day": "2026-03-02", "last_day": "2026-03-09"}
LAND: Data = {"kind": "transport", "mode": "land", "amount": 400_000}
BILL: Data = {"kind": "treatment", "amount": 3_000_000, "provider": "rsud"}


def hurt(*items: Data, claim: str = "A-1") -> Life:
    return Life().insured().accident(claim).at_work(claim=claim).items(*items, claim=claim)


@pytest.mark.parametrize("bill", [GLASSES, CARE, LAND, BILL], ids=lambda bill: bill["kind"])
def test_the_same_bill_under_two_labels_goes_to_a_person(bill):
    """In one list or in two; approved, both are paid."""
    together = hurt(bill, bill)
    apart = hurt(bill).found("A-1", agency="klinik", medical={"items": [bill | {"item": "x"}]})
    for life in (together, apart):
        view = life.claim()
        assert (view.status, view.reasons) == ("referred", ("item-repeated",))
        approved = life.reviewed("approve", "item-repeated").claim()
        assert approved.status == "ordered"
        assert sum(approved.entitled.values()) == 2 * bill["amount"]


@pytest.mark.parametrize(
    ("bill", "other"),
    [
        (BILL, BILL | {"amount": 3_000_001}),
        (BILL, BILL | {"provider": "klinik"}),
        (LAND, LAND | {"mode": "sea"}),
        (GLASSES, GLASSES | {"device": "denture"}),
        (CARE, CARE | {"last_day": "2026-03-10"}),
        (BILL, GLASSES),
    ],
)
def test_bills_that_differ_in_anything_are_two(bill, other):
    """Amount, provider, mode, device or days."""
    assert hurt(bill, other).claim().status == "ordered"


def test_days_and_losses_are_no_bills():
    """The same days twice are merged, the same loss is one row: nobody has to look."""
    assert hurt(days("2026-03-01", 10), days("2026-03-01", 10)).claim().entitled == {
        "jkk.incapacity": 333_333
    }


def test_a_third_bill_of_the_kind_needs_its_own_approval():
    """An approval covers the bills that it was given for."""
    life = hurt(BILL, BILL).reviewed("approve", "item-repeated")
    assert life.claim().ordered == 6_000_000
    life.found("A-1", medical={"items": [BILL | {"item": "x"}]})
    assert life.claim().reasons == ("item-repeated",)
    assert life.claim().ordered == 6_000_000
    assert life.reviewed("approve", "item-repeated").claim().ordered == 9_000_000


def test_an_approval_before_the_second_bill_lifts_nothing():
    """Nobody can have looked at what had not been said."""
    life = hurt(BILL).reviewed("approve", "item-repeated")
    life.found("A-1", medical={"items": [BILL | {"item": "x"}]})
    assert life.claim().reasons == ("item-repeated",)


def test_the_list_sent_again_needs_no_new_approval():
    """Restating the approved bills changes nothing."""
    life = hurt(BILL, BILL).reviewed("approve", "item-repeated").items(BILL, BILL)
    assert life.claim().status == "ordered"


def test_bills_that_come_again_need_another_approval():
    """Taken back, and that taken back.

    They repeat each other since the last of these facts, later than the approval.
    """
    life = hurt(BILL).found("A-1", id="x", medical={"items": [BILL | {"item": "x"}]})
    life.reviewed("approve", "item-repeated").retracted("x", agency="rsud", id="back")
    assert life.claim().status == "ordered"
    life.retracted("back", agency="rsud")
    assert life.claim().reasons == ("item-repeated",)
    assert life.reviewed("approve", "item-repeated").claim().status == "ordered"


def second(life: Life, claim: str = "B-2", event_date: str = "2026-03-01") -> Life:
    return life.accident(claim, event_date).at_work(claim=claim).items(BILL, claim=claim)


def test_a_second_claim_for_the_same_accident_goes_to_a_person():
    """The one filed later; approved, both are paid."""
    life = second(hurt(GLASSES))
    claims = life.replayed().claims
    assert (claims["A-1"].status, claims["B-2"].reasons) == ("ordered", ("same-accident",))
    claims = life.reviewed("approve", "same-accident", claim="B-2").replayed().claims
    assert [claims[number].ordered for number in ("A-1", "B-2")] == [900_000, 3_000_000]


@pytest.mark.parametrize("gone", ["withdrawn", "denied", "retracted", "another day", "a death of illness"])
def test_an_accident_claim_that_does_not_stand_or_is_another_holds_nothing(gone):
    """Withdrawn, denied or taken back, another day, or in the other programme."""
    life = Life().insured().accident(id="first").at_work().items(GLASSES)
    match gone:
        case "another day":
            second(life, event_date="2026-03-02")
        case "a death of illness":
            life = jkm_death()
            second(life)
        case _:
            second(life)
    match gone:
        case "withdrawn":
            life.withdrawn()
        case "denied":
            life.reviewed("deny")
        case "retracted":
            life.retracted("first")
    assert life.claim("B-2").status == "ordered"


def test_a_third_claim_for_an_accident_needs_an_approval_for_each_claim_before_it():
    """An approval covers the claims that were there; one that is filed behind it asks for its own."""
    life = second(hurt(GLASSES)).reviewed("approve", "same-accident", claim="B-2")
    life.accident("C-3").at_work(claim="C-3").items(LAND, claim="C-3")
    assert life.claim("C-3").reasons == ("same-accident",)
    assert life.claim("B-2").status == "ordered"
    life.reviewed("approve", "same-accident", claim="C-3")
    assert life.claim("C-3").status == "ordered"


def test_a_claim_whose_denial_is_lifted_later_was_not_approved_before():
    """What the officer saw was one claim; the other stands only since the later review."""
    life = hurt(GLASSES).reviewed("deny")
    second(life).reviewed("approve", "same-accident", claim="B-2")
    assert life.claim("B-2").status == "ordered"
    life.reviewed("approve")
    assert life.claim("B-2").reasons == ("same-accident",)


def child(name: str = "a", born: str = "2012-05-01") -> Data:
    return {"child": name, "name": "Andi", "birth_date": born}


def two_scholarships(first: Data, second: Data) -> Life:
    """A total disability K-1, then a death B-1, each with a child."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2028-12", "2020-01-02")
    life.accident("K-1", "2025-06-01", children=[first]).at_work(claim="K-1")
    life.items({"kind": "total-disability"}, claim="K-1").schooled("a", "SD", 2024, claim="K-1")
    life.filed("B-1", event_date="2026-05-01", children=[second])
    return life.died("2026-05-01", claim="B-1").heirs(heir(), claim="B-1")


def test_a_child_of_the_same_label_born_on_another_day_goes_to_a_person():
    """Once a school year would be paid for it; approved, it is another child."""
    life = two_scholarships(child(), child(born="2012-05-11"))
    assert life.claim("B-1").ordered == 42_000_000
    life.schooled("a", "SD", 2024, claim="B-1")
    assert life.claim("B-1").reasons == ("child-unclear",)
    assert life.claim("K-1").entitled["scholarship"] == 1_500_000
    life.reviewed("approve", "child-unclear", claim="B-1")
    assert life.claim("B-1").ordered == 43_500_000


def test_an_approval_before_the_school_year_does_not_say_which_child_it_is():
    """It is asked once money would go to the child."""
    life = two_scholarships(child(), child(born="2012-05-11")).reviewed(
        "approve", "child-unclear", claim="B-1"
    )
    assert life.schooled("a", "SD", 2024, claim="B-1").claim("B-1").reasons == ("child-unclear",)


@pytest.mark.parametrize(
    ("first", "second", "amount"),
    [
        (child("a"), child("a"), 0),  # the same child: paid in the other claim
        (child("a"), child("b", "2014-05-01"), 1_500_000),  # another label, another day: another child
    ],
)
def test_a_child_that_is_the_same_or_another_beyond_doubt_holds_nothing(first, second, amount):
    """The birth date says who is the same, label and birth date together who is another."""
    life = two_scholarships(first, second).schooled(second["child"], "SD", 2024, claim="B-1")
    assert life.claim("B-1").entitled.get("scholarship", 0) == amount


NIK_A, NIK_B = "1606010105120001", "1606010105120002"


@pytest.mark.parametrize(
    ("first", "second", "amount"),
    [
        (child(born="2012-05-01") | {"nik": NIK_A}, child("x", "2012-05-11") | {"nik": NIK_A}, 0),
        (child() | {"nik": NIK_A}, child() | {"nik": NIK_B}, 1_500_000),
        (child() | {"nik": NIK_A}, child(), 0),
        (child() | {"nik": NIK_A}, child(born="2012-05-11") | {"nik": NIK_B}, 1_500_000),
    ],
)
def test_a_nik_says_who_is_the_same_child_where_both_claims_state_one(first, second, amount):
    """Whatever label and birth date say; where one of them states none, the birth date does."""
    life = two_scholarships(first, second).schooled(second["child"], "SD", 2024, claim="B-1")
    assert (life.claim("B-1").reasons, life.claim("B-1").entitled.get("scholarship", 0)) == ((), amount)


def test_a_label_is_the_same_child_in_whatever_case_it_is_written():
    """The school writes it in capitals."""
    life = two_scholarships(child("a"), child("b", "2014-05-01")).schooled("B", "SD", 2024, claim="B-1")
    assert [order.payee for order in life.claim("B-1").orders] == ["heir:h1", "child:b"]
