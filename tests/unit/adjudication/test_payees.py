"""Money follows the person: lists of heirs that change after an order, and payees who are the deceased."""

from __future__ import annotations

import pytest

from tests.lives import JKK_DEATH_PAPERS, NIK, Life, bank, heir, jkm_death

SPOUSE, CHILD, SON = "1606014101750002", "1606014101990004", "1606014101990005"
BURIAL = {"arranged_by": {"name": "Tetangga", "account": bank("9")}}


def orders(life: Life) -> list[tuple[str, int]]:
    return [(order.payee, order.amount) for order in life.claim().orders]


def judged(life: Life) -> tuple[str, tuple[str, ...]]:
    claim = life.claim()
    return claim.status, claim.reasons


def two(*more: str) -> Life:
    """Two heirs, half each; both orders paid."""
    life = Life().insured().filed().died().heirs(heir("a", nik=SPOUSE), heir("b", "child", "2", nik=CHILD))
    return life.paid("A-1.1", 21_000_000).paid("A-1.2", 21_000_000)


@pytest.mark.parametrize(
    "again",
    [
        [heir("b", "child", "2", nik=CHILD), heir("a", nik=SPOUSE)],
        [heir("istri", nik=SPOUSE), heir("anak", "child", "2")],
        [heir("A"), heir("B", "child", "2")],
        [heir("x"), heir("y", "child", "2"), heir("ibu", "parent", "3")],
        [heir("a", share_percent=50), heir("b", "child", "2", share_percent=50)],
    ],
    ids=["another order", "other labels", "other case", "a lower rank", "halves as percentages"],
)
def test_the_same_persons_with_the_same_shares_change_nothing(again):
    """However an agency writes them down."""
    life = two().heirs(*again, agency="desa")
    assert judged(life) == ("paid", ())
    assert orders(life) == [("heir:a", 21_000_000), ("heir:b", 21_000_000)]


def test_the_remainder_stays_with_who_has_it():
    """42 million by fractions that leave some: another order of the list moves not a rupiah."""
    shares = [heir("a", share_percent=33.33), heir("b", "child", "2", share_percent=66.67)]
    uneven = [heir("a"), heir("b", "child", "2"), heir("c", "child", "3"), heir("d", "child", "4")]
    for stated in (
        shares,
        uneven,
        [*uneven, heir("e", "child", "5"), heir("f", "child", "6"), heir("g", "child", "7")],
    ):
        life = (
            Life().enrolled(income=1_150_000).paid_months().accident(papers=JKK_DEATH_PAPERS).at_work().died()
        )
        before = orders(life.heirs(*stated))
        assert orders(life.heirs(*reversed(stated))) == before
        assert judged(life) == ("ordered", ())


def test_another_heir_after_an_order_goes_to_a_person_and_is_paid_by_difference():
    """Half of what the first has is the second's; the first has too much."""
    life = jkm_death().paid("A-1.1", 42_000_000).heirs(heir(), heir("b", "child", "2"))
    assert judged(life) == ("referred", ("heirs-changed",))
    assert orders(life) == [("heir:h1", 42_000_000)]
    life.reviewed("approve", "heirs-changed")
    assert orders(life) == [("heir:h1", 42_000_000), ("heir:b", 21_000_000)]
    assert life.recorded().overpaid() == {"heir:h1": 21_000_000}


def test_what_has_not_left_is_cancelled_for_an_heir_who_falls_away():
    """Nothing is overpaid."""
    life = jkm_death().heirs(heir("b", "child", "2")).reviewed("approve", "heirs-changed")
    assert orders(life) == [("heir:b", 42_000_000)]
    assert life.recorded().overpaid() == {}


def test_heirs_who_turn_out_not_to_exist_leave_the_funeral_to_who_arranged_it():
    """And an heir found after the burial was paid goes to a person as well."""
    life = jkm_death().paid("A-1.1", 42_000_000).found(burial=BURIAL).heirs()
    assert judged(life) == ("referred", ("heirs-changed",))
    life.reviewed("approve", "heirs-changed")
    assert orders(life) == [("heir:h1", 42_000_000), ("burial", 10_000_000)]
    life = Life().insured().filed().died().heirs().found(burial=BURIAL).paid("A-1.1", 10_000_000)
    assert judged(life.heirs(heir())) == ("referred", ("heirs-changed",))
    assert orders(life.reviewed("approve", "heirs-changed")) == [
        ("burial", 10_000_000),
        ("heir:h1", 42_000_000),
    ]


def test_other_shares_go_to_a_person():
    """Halves, then a third and two thirds."""
    life = two().heirs(
        heir("a", nik=SPOUSE, share_percent=33.34), heir("b", "child", "2", nik=CHILD, share_percent=66.66)
    )
    assert judged(life) == ("referred", ("heirs-changed",))


def test_a_list_that_is_taken_back_goes_to_a_person_too():
    """The list before it is in force again, and it was another by which was ordered."""
    life = jkm_death().heirs(heir("b", "child", "2"), id="second").reviewed("approve", "heirs-changed")
    life.paid("A-1.2", 42_000_000).retracted("second", agency="disdukcapil")
    assert judged(life) == ("referred", ("heirs-changed",))
    assert life.recorded().overpaid() == {"heir:b": 42_000_000}
    assert orders(life.reviewed("approve", "heirs-changed")) == [
        ("heir:b", 42_000_000),
        ("heir:h1", 42_000_000),
    ]


def test_an_approval_is_of_the_heirs_as_they_were():
    """Another list after it needs another approval, also one that was approved before and changed in between."""
    b, c = heir("b", "child", "2"), heir("c", "child", "3")
    life = jkm_death().paid("A-1.1", 42_000_000).objected().heirs(b).reviewed("approve", "heirs-changed")
    assert judged(life) == ("referred", ("objected",))
    assert judged(life.heirs(c)) == ("referred", ("heirs-changed", "objected"))
    assert judged(life.heirs(b)) == ("referred", ("heirs-changed", "objected"))
    assert judged(life.reviewed("approve", "heirs-changed", "objected")) == ("ordered", ())
    assert judged(life.heirs(b)) == ("ordered", ())


def test_before_anything_is_ordered_a_list_may_change():
    """Nothing stands that could be paid twice."""
    life = Life().insured().filed(papers=()).died().heirs(heir()).heirs(heir("b", "child", "2"))
    papers = [{"kind": kind, "reference": "arsip"} for kind in JKM]
    life.send("claim.documents-received", {"claim": "A-1", "documents": papers})
    assert orders(life) == [("heir:b", 42_000_000)]


JKM = ("ktp", "kk", "form-4", "death-certificate", "heirs-letter")


def test_another_person_under_a_taken_label_is_another_payee():
    """Two NIKs, one label."""
    life = jkm_death().heirs(heir(nik=SPOUSE), id="one").heirs(heir("H1", "child", "7", nik=CHILD))
    assert judged(life) == ("referred", ("heirs-changed",))
    assert orders(life.reviewed("approve", "heirs-changed")) == [("heir:H1-2", 42_000_000)]


def test_a_slip_in_a_nik_is_no_other_person():
    """Label, account and relation are the same."""
    life = Life().insured().filed().died().heirs(heir(nik=SPOUSE)).paid("A-1.1", 42_000_000)
    assert judged(life.heirs(heir(nik=CHILD))) == ("paid", ())


def test_children_and_items_keep_their_first_label():
    """``K1`` and ``k1`` are one child, ``T`` and ``t`` one bill."""
    child = [{"child": "Anak", "name": "Anak", "birth_date": "2012-01-01"}]
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS, children=child).at_work().died().heirs(heir())
    bill = {"kind": "treatment", "amount": 7, "provider": "rsud"}
    life.found(medical={"items": [{"item": "T", **bill}]}).found(medical={"items": [{"item": "t", **bill}]})
    life.schooled("anak", "SMP", 2026).schooled("ANAK", "SMP", 2026)
    assert orders(life)[1:] == [("provider:T", 7), ("child:Anak", 2_000_000)]


DEAD = {"name": "Almarhum", "nik": NIK}


@pytest.mark.parametrize(
    "stated",
    [
        {"heirs": [heir(nik=NIK)]},
        {"heirs": [heir(guardian=DEAD)]},
        {"heirs": [], "burial": {"arranged_by": DEAD | {"account": bank("9")}}},
    ],
    ids=["heir", "guardian", "burial"],
)
def test_whoever_would_receive_and_is_the_deceased_goes_to_a_person(stated):
    """By NIK; approved, it is paid, until it is stated anew."""
    life = Life().insured().filed().died().found(**stated)
    assert (judged(life), orders(life)) == (("referred", ("payee-is-deceased",)), [])
    life.reviewed("approve", "payee-is-deceased")
    assert judged(life) == ("ordered", ())


def test_a_nik_of_the_deceased_once_stated_stays_known():
    """A list that leaves it out makes nobody else of the heir; a slip corrected does."""
    life = Life().insured().filed().died().heirs(heir(nik=NIK)).heirs(heir())
    assert judged(life) == ("referred", ("payee-is-deceased",))
    assert judged(life.heirs(heir(nik=SPOUSE))) == ("ordered", ())


def test_an_approval_of_the_deceased_as_payee_is_of_that_payee():
    """Who has the NIK later needs another one."""
    life = Life().insured().filed().died().heirs(heir("a", nik=NIK)).reviewed("approve", "payee-is-deceased")
    life.heirs(heir("a", nik=SPOUSE)).heirs(heir("a", nik=NIK))
    assert judged(life) == ("referred", ("payee-is-deceased",))


def test_a_participant_who_lives_may_be_paid_in_person_and_for_a_child():
    """No death, no deceased."""
    child = [{"child": "k", "name": "Anak", "birth_date": "2012-01-01"}]
    life = Life().insured().accident(children=child).at_work().items({"kind": "total-disability"})
    life.schooled("k", "SMP", 2026)
    life.documents[-1]["data"]["payee"]["nik"] = NIK
    assert judged(life) == ("ordered", ())
