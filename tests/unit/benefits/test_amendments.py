"""An amended filing: what its agency says otherwise counts from then on, and nothing that was paid is forgotten."""

from __future__ import annotations

import pytest

from tests.lives import Data, Life, days, heir, jkm_death


def child(name: str, born: str = "2012-05-01") -> Data:
    return {"child": name, "name": "Anak", "birth_date": born}


def member() -> Life:
    return Life().enrolled("2021-01-01").paid_months("2021-01", "2026-12", "2021-01-02")


def death(*children: Data, life: Life | None = None) -> Life:
    """A death after three years of contributions, paid to its heir."""
    return (life or member()).filed(children=list(children)).died().heirs(heir()).paid("A-1.1", 42_000_000)


def test_a_forgotten_child_is_added_and_its_school_year_ordered():
    """Nothing else of the claim moves: what was paid stays paid."""
    life = death().schooled("a", "SMP", 2025)
    assert (life.claim().status, life.claim().ordered) == ("paid", 42_000_000)
    view = life.amended(children=[child("a")]).claim()
    assert [(order.payee, order.amount) for order in view.orders] == [
        ("heir:h1", 42_000_000),
        ("child:a", 2_000_000),
    ]
    assert (view.status, view.paid) == ("ordered", 42_000_000)


def test_an_amendment_of_another_agency_counts_for_nothing():
    """Whichever comes first, and it is not refused."""
    life = death().schooled("a", "SMP", 2025).amended(agency="disdik", children=[child("a")])
    assert (life.claim().status, life.replayed().refused) == ("paid", ())
    early = Life().amended(agency="disdik", children=[child("b")]).amended(children=[child("a")])
    early.documents += death(life=member()).schooled("a", "SMP", 2025).documents
    for number, document in enumerate(early.documents):
        document["id"] = f"d{number}"
    assert early.claim().entitled["scholarship"] == 2_000_000


def test_an_amendment_taken_back_leaves_what_was_filed():
    """As any event; the child has an order, so an officer must see it go."""
    life = death().schooled("a", "SMP", 2025).amended(id="am", children=[child("a")]).retracted("am")
    assert life.claim().reasons == ("child-unclear",)
    view = life.reviewed("approve", "child-unclear").claim()
    assert [order.payee for order in view.orders] == ["heir:h1"]


def test_a_later_amendment_counts_key_by_key():
    """One that says nothing of the children leaves them as the earlier one said."""
    life = death().schooled("a", "SMP", 2025).amended(children=[child("a")])
    life.amended(claimant={"name": "Siti", "relation": "spouse"}).amended(event_date="2026-02-28")
    assert life.claim().entitled["scholarship"] == 2_000_000


def test_another_cause_or_day_is_judged_as_if_it_had_been_filed():
    """The day chooses the law and the cover, the cause the programme; the day of filing stays."""
    hurt = Life().enrolled("2025-01-01").paid_months("2025-01", "2025-06").accident().at_work()
    hurt.items(days("2025-06-01", 30))
    assert hurt.claim().reasons == ("coverage-lapsed",)
    assert hurt.amended(event_date="2025-06-01").claim().entitled == {"jkk.incapacity": 1_000_000}
    late = Life().enrolled("2020-01-01").paid_months("2020-01", "2026-12", "2020-01-02").accident().at_work()
    late.items(days("2026-03-01", 30)).amended(event_date="2021-06-09")
    assert late.claim().reasons == ("claim-lapsed",)
    illness = jkm_death().amended(cause="work-accident")
    assert (illness.claim().programme, illness.claim().status) == ("JKK", "waiting")


def test_a_label_stays_the_same_child_whose_birth_date_was_a_slip():
    """Too old by the right date, nothing is due; the order that had left is too much and no question is asked."""
    life = death(child("a")).schooled("a", "PT", 2025)
    assert life.claim().entitled["scholarship"] == 12_000_000
    life.amended(children=[child("a", "2000-05-01")])
    assert (life.claim().reasons, life.claim().ordered) == ((), 42_000_000)


@pytest.mark.parametrize("children", [[], [child("b"), child("c"), child("a")]])
def test_a_child_with_an_order_who_loses_its_place_goes_to_a_person(children):
    """Left out, or ranked third; approved, what has left is too much, and what has not is cancelled."""
    life = death(child("a"), child("b")).schooled("a", "SMP", 2025).paid("A-1.2", 2_000_000)
    life.amended(children=children)
    assert (life.claim().status, life.claim().reasons) == ("referred", ("child-unclear",))
    assert life.claim().ordered == 44_000_000
    view = life.reviewed("approve", "child-unclear").claim()
    assert (view.status, view.entitled.get("scholarship", 0), view.ordered) == ("paid", 0, 44_000_000)


def test_an_unreleased_order_of_a_child_that_lost_its_place_is_cancelled_once_approved():
    """Approved before the amendment it is not."""
    life = death(child("a")).schooled("a", "SMP", 2025).reviewed("approve", "child-unclear")
    life.amended(children=[])
    assert (life.claim().reasons, life.claim().ordered) == (("child-unclear",), 44_000_000)
    assert life.reviewed("approve", "child-unclear").claim().ordered == 42_000_000
