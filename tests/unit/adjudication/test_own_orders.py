"""An award does not change by the orders that it brings about: judged again, it says the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from events.assessment import ClaimAssessed
from events.payment import ClaimOverpaid, PaymentOrdered
from services.adjudication.replay import Replay
from services.adjudication.state import orders_of
from services.benefits.assess import assess
from services.benefits.history import History
from services.benefits.reading.folder import load
from services.explanation.chain import explain
from tests.citations import cited_lives, known
from tests.generated import lives
from tests.lives import Data, Life, heir, jkm_death

SPOUSE, CHILD, SON = "1606014101750002", "1606014101990004", "1606014101990005"


def kid(name: str, born: str) -> Data:
    return {"child": name, "name": name, "birth_date": born}


KIDS = [kid("a", "2010-05-01"), kid("b", "2012-05-02"), kid("c", "2013-05-03")]


def with_children() -> Life:
    """A death that opens the scholarship, with a school year of the second child."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01").filed(children=KIDS)
    return life.died().heirs(heir("a", nik=SPOUSE)).schooled("b", "SD", 2026)


APPROVED = {
    "account-changed": lambda: (
        jkm_death()
        .returned("A-1.1")
        .heirs(heir(account="2"))
        .reviewed("approve", "account-changed", "payment-returned")
    ),
    "heirs-changed": lambda: (
        jkm_death()
        .paid("A-1.1", 42_000_000)
        .heirs(heir("x", nik=SPOUSE, account="5"))
        .reviewed("approve", "heirs-changed")
    ),
    "heirs-changed, nothing paid": lambda: (
        jkm_death().heirs(heir("x", nik=SPOUSE, account="5")).reviewed("approve", "heirs-changed")
    ),
    "return-unclear": lambda: (
        jkm_death()
        .paid("A-1.1", 21_000_000, reference="t1")
        .paid("A-1.1", 21_000_000, reference="t2")
        .returned("A-1.1")
        .reviewed("approve", "return-unclear", "payment-returned")
    ),
    "child-unclear": lambda: (
        with_children().amended(children=[KIDS[0], KIDS[2], KIDS[1]]).reviewed("approve", "child-unclear")
    ),
}


def three_heirs_in_another_order() -> Life:
    """Three heirs among whom 42 million cannot be shared evenly, listed anew, and an order to a child after that."""
    heirs = [heir("a", nik=SPOUSE), heir("b", "child", "2", nik=CHILD), heir("c", "child", "3", nik=SON)]
    life = Life().enrolled("2020-01-01").paid_months("2020-01").filed(children=KIDS).died().heirs(*heirs)
    for number, amount in enumerate((14_000_002, 13_999_999, 13_999_999), 1):
        life.paid(f"A-1.{number}", amount)
    return life.heirs(*reversed(heirs)).schooled("b", "SD", 2026)


@cited_lives
@given(lives())
@example(three_heirs_in_another_order())
def test_an_award_judged_again_with_its_own_orders_is_the_one_that_was_recorded(life):
    """After each event of any life; so that `explain` never says that the rulebook gives another."""
    book = Replay(load())
    for line in life.lines():
        before = dict(book.states)
        book.take(line)
        for person, state in book.states.items():
            if state is not before.get(person):
                history = History(known(state))
                for number in history.claims:
                    award = assess(history, number, book.rulebook, orders_of(state))
                    assert award.digest == state.claims[number].digest


@pytest.mark.parametrize("case", APPROVED)
def test_what_an_approval_lifted_is_still_said_after_its_order(case):
    """In the explanation too; no second assessment follows when something else is recorded."""
    life = APPROVED[case]()
    assert life.claim().status == "ordered"
    state = life.recorded().state_of("A-1")
    assert state is not None
    explanation = explain(state, "A-1", load())
    assert explanation is not None
    assert explanation.as_recorded
    assert case.partition(",")[0] in explanation.basis.lifted
    before = assessments(life)
    assert assessments(life.paid_months("2027-01")) == before


def assessments(life: Life) -> int:
    return sum(isinstance(event, ClaimAssessed) for event in life.recorded().said)


def test_the_remainder_stays_with_who_has_it_whatever_is_ordered_after_the_list():
    """Heirs listed in another order, then a school year: no rupiah moves from one heir to another."""
    life = three_heirs_in_another_order().paid_months("2027-01")
    said = life.recorded().said
    assert [e.data.amount for e in said if isinstance(e, PaymentOrdered)][3:] == [1_500_000]
    assert [e for e in said if isinstance(e, ClaimOverpaid)] == []
