"""One scholarship for a participant: over all claims a child's school year is paid once."""

from __future__ import annotations

import itertools

import pytest

from tests.lives import Data, Life, heir

DISABLED = {"kind": "total-disability"}


def child(name: str, born: str = "2012-02-01") -> Data:
    return {"child": name, "name": "Anak", "birth_date": born}


def two_claims(first: list[Data], second: list[Data], **more) -> Life:
    """A total disability A-1, then a death B-2 with three years of contributions; each with its children."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2028-12", "2020-01-02")
    life.accident("A-1", children=first, **more).at_work().items(DISABLED)
    life.filed("B-2", event_date="2026-05-01", children=second)
    return life.died("2026-05-01", claim="B-2").heirs(heir(), claim="B-2")


def scholarships(life: Life) -> tuple[int, int]:
    claims = life.replayed().claims
    first, second = (claims[number].entitled.get("scholarship", 0) for number in ("A-1", "B-2"))
    return first, second


def test_a_school_year_in_two_claims_is_paid_in_the_one_filed_first():
    """Whichever claim confirms it first; a level that differs in the later claim pays nothing more."""
    orders = itertools.permutations([("A-1", "SMP"), ("B-2", "SMA")])
    for order in orders:
        life = two_claims([child("c")], [child("c")])
        for claim, level in order:
            life.schooled("c", level, 2026, claim=claim)
        assert scholarships(life) == (2_000_000, 0)


def test_a_year_that_only_the_later_claim_confirms_is_paid_there():
    """Taken back in the first claim it is not confirmed there either."""
    life = two_claims([child("c")], [child("c")]).schooled("c", "SMP", 2026, claim="B-2")
    assert scholarships(life) == (0, 2_000_000)
    assert scholarships(life.schooled("c", "SMP", 2026, studying=False)) == (0, 2_000_000)
    assert scholarships(life.schooled("c", "SMP", 2026)) == (2_000_000, 0)


def test_a_later_claim_never_changes_what_an_earlier_one_pays():
    """Years of an earlier claim count toward the caps first, also where a later claim confirms older years."""
    life = two_claims([child("c")], [child("c")])
    for year in (2025, 2026, 2027):
        life.schooled("c", "SMP", year)
    life.schooled("c", "SMP", 2024, claim="B-2")
    assert scholarships(life) == (6_000_000, 0)


@pytest.mark.parametrize(
    ("first", "second", "confirmed", "paid"),
    [
        (["a"], ["x"], ["x"], 0),  # the same birth date under another id: the same child
        (["a"], ["b", "a"], ["b"], 2_000_000),  # twins: the one with the same id is the known one
        (["a"], ["x", "y"], ["x", "y"], 2_000_000),  # twins under other ids: one of them is known
        (["a", "b"], ["x", "y"], ["x", "y"], 0),  # both are known
        (["a", "b"], ["b", "z"], ["b", "z"], 0),  # one by id, so the other is who is left
        (["a", "b"], ["x", "y", "z"], ["z"], 0),  # a third child has none
    ],
)
def test_children_of_two_claims_are_recognised_by_birth_date_then_id_then_rank(
    first, second, confirmed, paid
):
    """An id holds within a claim; all these children were born on one day, and the first claim has paid 2026."""
    life = two_claims([child(name) for name in first], [child(name) for name in second])
    for name in first:
        life.schooled(name, "SMP", 2026)
    for name in confirmed:
        life.schooled(name, "SMP", 2026, claim="B-2")
    assert scholarships(life)[1] == paid


def test_the_same_id_with_another_birth_date_is_another_child():
    """Once an officer has said so, since it may be a slip; two children at most have the scholarship."""
    older, younger, third = child("c1"), child("c1", "2014-02-01"), child("c2", "2016-02-01")
    life = two_claims([older], [younger, third]).schooled("c1", "SMP", 2026)
    life.schooled("c1", "SMP", 2026, claim="B-2").schooled("c2", "SD", 2026, claim="B-2")
    assert life.claim("B-2").reasons == ("child-unclear",)
    life.reviewed("approve", "child-unclear", claim="B-2")
    assert scholarships(life) == (2_000_000, 2_000_000)


def test_an_earlier_claim_that_waits_or_is_referred_keeps_its_school_years():
    """As the first claim for a death does: what it has ordered stands while it is looked at."""
    waiting = two_claims([child("c")], [child("c")], papers=())
    for claim in ("A-1", "B-2"):
        waiting.schooled("c", "SMP", 2026, claim=claim)
    assert scholarships(waiting) == (0, 0)
    referred = two_claims([child("c")], [child("c")])
    for claim in ("A-1", "B-2"):
        referred.schooled("c", "SMP", 2026, claim=claim)
    referred.objected("A-1")
    result = referred.replayed().claims
    assert result["A-1"].status == "referred"
    assert "scholarship" not in result["B-2"].entitled
    assert sum(order.amount for order in result["A-1"].orders) == 70_000_000


def test_a_claim_that_opens_no_scholarship_takes_no_child_and_no_year():
    """A partial disability names children too; only the death opens the scholarship."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2028-12", "2020-01-02")
    life.accident("A-1", children=[child("a"), child("b", "2013-01-01")]).at_work()
    life.items({"kind": "disability", "part": "smell"}).schooled("a", "SMP", 2026)
    life.filed("B-2", event_date="2026-05-01", children=[child("c", "2014-01-01"), child("a")])
    life.died("2026-05-01", claim="B-2").heirs(heir(), claim="B-2")
    life.schooled("a", "SMP", 2026, claim="B-2").schooled("c", "SD", 2026, claim="B-2")
    assert scholarships(life) == (0, 3_500_000)


@pytest.mark.parametrize("gone", ["withdrawn", "denied", "retracted"])
def test_the_years_of_a_claim_that_no_longer_stands_are_paid_in_the_next(gone):
    """Withdrawn, denied or its filing retracted: the later claim then stands first."""
    life = two_claims([child("c")], [child("c")], id="filing")
    for claim in ("A-1", "B-2"):
        life.schooled("c", "SMP", 2026, claim=claim)
    ends = {
        "withdrawn": lambda: life.withdrawn("A-1"),
        "denied": lambda: life.reviewed("deny", claim="A-1"),
        "retracted": lambda: life.retracted("filing"),
    }
    ends[gone]()
    assert life.replayed().claims["B-2"].entitled["scholarship"] == 2_000_000
