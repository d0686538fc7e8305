"""Lives that other systems paid wrongly, each as agencies reported it, with what is right."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from events.bank import ClaimPaid
from events.catalogue import encode
from events.document import DocumentRefused, read
from events.payment import Mismatch
from services.adjudication.replay import ClaimView, replay
from services.benefits.reading.folder import load
from services.texts.catalogue import render
from tests.cases import (
    CHILD_ADDED,
    PAID_BEFORE_APPROVED,
    PAID_WITH_ZERO_FRACTION,
    WRONG_NUMBERS,
    account_that_is_none,
    documents,
)
from tests.lives import Recorded


def recorded(case: str, more: Sequence[bytes] = ()) -> Recorded:
    """Replay a case, and what comes after it."""
    return Recorded([*documents(case), *more])


def claim(case: str, number: str = "B-1", more: Sequence[bytes] = ()) -> ClaimView:
    return recorded(case, more).result().claims[number]


def orders(view: ClaimView) -> list[tuple[str, str, int]]:
    return [(order.order, order.payee, order.amount) for order in view.orders]


def test_an_heir_who_is_called_otherwise_after_the_payment_is_paid_once():
    """One NIK, two agencies, two labels: 84 million would have left."""
    view = claim("heir-renamed-after-payment")
    assert (view.status, view.reasons) == ("paid", ())
    assert orders(view) == [("B-1.1", "heir:istri", 42_000_000)]


def test_another_label_does_not_hide_that_the_account_changed():
    """Renamed or not, an account stated anew by another agency goes to a person."""
    for case in ("heir-renamed-other-account", "heir-same-label-other-account"):
        view = claim(case)
        assert (view.status, view.reasons) == ("referred", ("account-changed",))
        assert orders(view) == [("B-1.1", "heir:istri", 42_000_000)]


def test_a_slip_in_a_birth_date_does_not_make_a_second_child():
    """The same label with another birth date goes to a person; the earlier claim stays as it is."""
    case = "child-birth-date-slip"
    assert (claim(case).status, claim(case).reasons) == ("referred", ("child-unclear",))
    assert claim(case, "K-1").ordered == 69_500_000


def test_a_forgotten_child_is_paid_by_amending_the_filing():
    """Without an amendment nothing moves; with one its school year is ordered, and nothing else."""
    assert claim("child-forgotten").ordered == 42_000_000
    view = claim("child-forgotten", more=[CHILD_ADDED])
    assert (view.status, view.paid) == ("ordered", 42_000_000)
    assert orders(view) == [("B-1.1", "heir:istri", 42_000_000), ("B-1.2", "child:a", 2_000_000)]


def test_a_filing_taken_back_after_the_payment_and_filed_again_pays_only_what_is_left():
    """42 million were paid on the first: a person sees so, and the school year alone is ordered."""
    view = claim("child-forgotten-filed-again", "B-2")
    assert (view.status, view.reasons, view.ordered) == ("referred", ("paid-before",), 0)
    view = claim("child-forgotten-filed-again", "B-2", more=[PAID_BEFORE_APPROVED])
    assert (view.status, sum(view.entitled.values())) == ("ordered", 44_000_000)
    assert orders(view) == [("B-2.1", "child:a", 2_000_000)]


@pytest.mark.parametrize("number", WRONG_NUMBERS)
def test_an_account_number_that_is_none_is_refused_with_what_it_may_hold(number):
    """What a spreadsheet leaves, unseen characters, a line break.

    Nothing of the statement counts, and no money leaves.
    """
    *before, wrong = account_that_is_none(number)
    result = replay([*before, wrong], load())
    assert [(one.id, one.code) for one in result.refused] == [("account-that-is-none-5", "invalid")]
    assert (result.claims["B-1"].status, result.claims["B-1"].missing) == ("waiting", ("finding:heirs",))
    with pytest.raises(DocumentRefused) as refused:
        read(wrong)
    (fault,) = refused.value.faults
    assert fault.path == "$.data.findings.heirs[0].account.number"
    sentence = render(fault.message, "en")
    assert "5 to 34" in sentence or "U+" in sentence


def test_an_heir_who_stands_twice_in_a_list_has_the_whole_list_refused():
    """By NIK, under two labels: two shares for one person. Both places are named; the claim waits for the heirs."""
    lines = documents("heir-named-twice")
    result = replay(lines, load())
    assert [(one.id, one.code) for one in result.refused] == [("heir-named-twice-5", "invalid")]
    assert (result.claims["B-1"].status, result.claims["B-1"].missing) == ("waiting", ("finding:heirs",))
    with pytest.raises(DocumentRefused) as refused:
        read(lines[-1])
    places = {f"$.data.findings.heirs[{n}].nik" for n in (0, 1)}
    assert {fault.path for fault in refused.value.faults} == places


def test_a_payment_written_with_a_zero_fraction_is_that_many_rupiah():
    """As some languages write every number."""
    event = read(PAID_WITH_ZERO_FRACTION).event
    assert isinstance(event, ClaimPaid)
    assert (event.data.amount, b"42000000," in encode(event)) == (42_000_000, True)


def test_a_return_that_names_no_payment_of_two_goes_to_a_person():
    """30 and 12 million stand, "returned" says no more: nothing is ordered again, whatever else the review lifts."""
    view = claim("one-of-two-payments-returned")
    assert (view.status, view.reasons) == ("referred", ("return-unclear",))
    assert orders(view) == [("B-1.1", "heir:istri", 42_000_000)]


def test_a_return_told_before_its_payment_is_the_later_fact():
    """The bank's dates say so: nothing is paid, and the order waits for another account or an approval."""
    case = recorded("return-told-before-its-payment")
    view = case.result().claims["B-1"]
    assert (view.status, view.ordered, view.paid, view.reasons) == ("ordered", 42_000_000, 0, ())
    assert case.mismatches() == []


def test_a_transfer_that_the_bank_refused_is_ordered_again_once():
    """To the new account, once that is approved; the refused order no longer stands."""
    case = recorded("transfer-refused")
    view = case.result().claims["B-1"]
    assert view.status == "ordered"
    assert orders(view) == [("B-1.2", "heir:istri", 42_000_000)]
    assert case.mismatches() == []


def test_the_deceased_is_not_paid_as_their_own_heir():
    """By NIK; nothing is ordered before a person has looked."""
    view = claim("deceased-is-heir")
    assert (view.status, view.reasons, view.orders) == ("referred", ("payee-is-deceased",), ())


def test_what_was_paid_for_a_death_that_was_taken_back_is_overpaid_at_once():
    """The claim waits for a death; that 42 million have left is not told only when it is decided."""
    case = recorded("death-taken-back-after-payment")
    view = case.result().claims["B-1"]
    assert (view.status, view.missing, view.ordered) == ("waiting", ("finding:death",), 42_000_000)
    assert case.overpaid() == {"heir:istri": 42_000_000}


def test_a_payment_before_its_order_counts_and_is_a_finding():
    """A slip in the year."""
    case = recorded("paid-ten-years-early")
    assert case.result().claims["B-1"].status == "paid"
    assert case.mismatches() == [Mismatch("B-1", "B-1.1", "before-order", 42_000_000, 42_000_000)]
