"""Lives that other systems paid wrongly, each as agencies reported it, with what is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from events.catalogue import encode
from events.claim import ClaimPaid
from events.document import Refused, read
from services.adjudication.replay import ClaimView, replay
from services.benefits.rulebook import load

CASES = Path(__file__).parent / "cases"


def claim(case: str, number: str = "B-1", more: Sequence[bytes] = ()) -> ClaimView:
    """Replay a case, and what comes after it."""
    with (CASES / f"{case}.jsonl").open("rb") as lines:
        return replay([*lines, *more], load()).claims[number]


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


def amended(children: list[dict[str, str]]) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": "amended",
            "source": "/agencies/dinsos-contoh",
            "type": "kelambu.claim.amended.v1",
            "time": "2025-08-04T09:00:00+07:00",
            "subject": "B-1",
            "data": {"claim": "B-1", "children": children},
        }
    ).encode()


def test_a_forgotten_child_is_paid_by_amending_the_filing():
    """Without an amendment nothing moves; with one its school year is ordered, and nothing else."""
    assert claim("child-forgotten").ordered == 42_000_000
    child = {"child": "a", "name": "Andi Contoh", "birth_date": "2012-05-01"}
    view = claim("child-forgotten", more=[amended([child])])
    assert (view.status, view.paid) == ("ordered", 42_000_000)
    assert orders(view) == [("B-1.1", "heir:istri", 42_000_000), ("B-1.2", "child:a", 2_000_000)]


def test_a_filing_taken_back_after_the_payment_and_filed_again_pays_only_what_is_left():
    """42 million were paid on the first: a person sees so, and the school year alone is ordered."""
    view = claim("child-forgotten-filed-again", "B-2")
    assert (view.status, view.reasons, view.ordered) == ("referred", ("paid-before",), 0)
    data = {
        "claim": "B-2",
        "officer": "Petugas",
        "decision": "approve",
        "reasons": ["paid-before"],
        "grounds": "dibaca",
    }
    review = json.loads(amended([])) | {
        "type": "kelambu.claim.reviewed.v1",
        "source": "/agencies/bpjs-contoh",
        "time": "2025-08-08T09:00:00+07:00",
        "subject": "B-2",
        "data": data,
    }
    view = claim("child-forgotten-filed-again", "B-2", more=[json.dumps(review).encode()])
    assert (view.status, sum(view.entitled.values())) == ("ordered", 44_000_000)
    assert orders(view) == [("B-2.1", "child:a", 2_000_000)]


@pytest.mark.parametrize("number", ["#N/A", "-", "\u200b0012345678\u202c", "0012345678\n"])
def test_an_account_number_that_is_none_is_refused_with_what_it_may_hold(number):
    """What a spreadsheet leaves, unseen characters, a line break: nothing of the statement counts, and no money leaves."""
    *before, heirs = (CASES / "account-that-is-none.jsonl").read_text().splitlines()
    wrong = heirs.replace('"NUMBER"', json.dumps(number)).encode()
    result = replay([*(line.encode() for line in before), wrong], load())
    assert [(one.id, one.code) for one in result.refused] == [("account-that-is-none-5", "invalid")]
    assert (result.claims["B-1"].status, result.claims["B-1"].missing) == ("waiting", ("finding:heirs",))
    with pytest.raises(Refused) as refused:
        read(wrong)
    (fault,) = refused.value.faults
    assert fault.path == "$.data.findings.heirs[0].account.number"
    assert "5 to 34" in fault.message or "U+" in fault.message


def test_an_heir_who_stands_twice_in_a_list_has_the_whole_list_refused():
    """By NIK, under two labels: two shares for one person. Both places are named; the claim waits for the heirs."""
    lines = (CASES / "heir-named-twice.jsonl").read_bytes().splitlines()
    result = replay(lines, load())
    assert [(one.id, one.code) for one in result.refused] == [("heir-named-twice-5", "invalid")]
    assert (result.claims["B-1"].status, result.claims["B-1"].missing) == ("waiting", ("finding:heirs",))
    with pytest.raises(Refused) as refused:
        read(lines[-1])
    places = {f"$.data.findings.heirs[{n}].nik" for n in (0, 1)}
    assert {fault.path for fault in refused.value.faults} == places


def test_a_payment_written_with_a_zero_fraction_is_that_many_rupiah():
    """As some languages write every number."""
    event = read((CASES / "paid-with-zero-fraction.json").read_bytes()).event
    assert isinstance(event, ClaimPaid)
    assert (event.data.amount, b"42000000," in encode(event)) == (42_000_000, True)
