"""Lives that other systems paid wrongly, each as agencies reported it, with what is right."""

from __future__ import annotations

from pathlib import Path

from services.adjudication.replay import ClaimView, replay
from services.benefits.rulebook import load

CASES = Path(__file__).parent / "cases"


def claim(case: str, number: str = "B-1") -> ClaimView:
    with (CASES / f"{case}.jsonl").open("rb") as lines:
        return replay(lines, load()).claims[number]


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
