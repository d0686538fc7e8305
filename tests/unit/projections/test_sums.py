"""Every sum has one name, and whatever the books say the sums add up, by benefit and in total."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from projections.sums import matched, reconcile


class Due(NamedTuple):
    claim: str
    benefits: dict[str, int]
    overpaid: int
    paid_by_bank: int


class Ordered(NamedTuple):
    claim: str
    amount: int
    benefits: dict[str, int]
    stands: int
    state: str
    paid: int


def test_each_sum_is_told_once():
    """A payment twice, a payment on a cancelled order and one that nobody ordered are unmatched, not ordered."""
    claims = [Due("A", {"jkm.death": 20, "jkm.funeral": 10}, 0, 60), Due("B", {"jkm.death": 20}, 5, 35)]
    orders = [
        Ordered("A", 30, {"jkm.death": 20, "jkm.funeral": 10}, 1, "released", 60),
        Ordered("B", 25, {"jkm.death": 25}, 1, "paid", 25),
        Ordered("B", 7, {"jkm.death": 7}, 0, "cancelled", 7),
    ]
    reconciliation = reconcile(claims, orders)
    assert (reconciliation.total.entitled, reconciliation.total.overpaid, reconciliation.total.ordered) == (
        50,
        5,
        55,
    )
    assert (reconciliation.paid_by_bank, reconciliation.matched, reconciliation.unmatched) == (95, 55, 40)
    assert [(line.benefit, line.matched, line.open) for line in reconciliation.benefits] == [
        ("jkm.death", 45, 0),
        ("jkm.funeral", 10, 0),
    ]
    assert reconciliation.adds_up


def test_a_claim_that_waits_again_keeps_what_was_ordered_in_view():
    """What stands ordered on a claim that is not due now is neither entitled nor overpaid, and is named."""
    reconciliation = reconcile([Due("A", {}, 0, 0)], [Ordered("A", 42, {"jkm.death": 42}, 1, "released", 0)])
    assert (reconciliation.total.undecided, reconciliation.total.open, reconciliation.adds_up) == (
        42,
        42,
        True,
    )


def test_a_payment_covers_an_order_up_to_its_amount():
    """What is above it, or on an order that no longer stands, is not matched."""
    assert matched(10, 7, stands=True) == 7
    assert matched(10, 12, stands=True) == 10
    assert matched(10, 10, stands=False) == 0


SUMS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 100), max_size=3)


@st.composite
def books(draw):
    """Claims and orders with any amounts; an order may have a benefit that takes from another."""
    names = draw(st.lists(st.sampled_from("ABC"), unique=True))
    claims = [Due(name, draw(SUMS), draw(st.integers(0, 50)), draw(st.integers(0, 900))) for name in names]
    orders = []
    for name in draw(st.lists(st.sampled_from("ABC"), max_size=6)):
        benefits = draw(SUMS)
        least = min(benefits.values(), default=0)
        if draw(st.booleans()) and len(benefits) > 1:
            benefits = {**benefits, "d": -least}
        amount = sum(benefits.values())
        paid = draw(st.integers(0, 300))
        orders.append(Ordered(name, amount, benefits, draw(st.integers(0, 1)), "then" * bool(paid), paid))
    return claims, orders


@given(books())
def test_the_sums_of_any_books_add_up(book):
    """Each equation of the glossary holds for every benefit and for the total."""
    claims, orders = book
    reconciliation = reconcile(claims, orders)
    assert reconciliation.adds_up
    assert reconciliation.paid_by_bank == sum(claim.paid_by_bank for claim in claims)
    assert reconciliation.matched == sum(min(order.amount, order.paid) for order in orders if order.stands)
    assert reconciliation.total.entitled == sum(sum(claim.benefits.values()) for claim in claims)
    assert reconciliation.total.ordered == sum(order.amount for order in orders if order.stands)
