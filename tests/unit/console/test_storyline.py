"""Which steps of a claim are drawn as something to look at."""

from __future__ import annotations

from events.content import Content
from projections.claim_steps import Step
from projections.timeline import Moment
from services.console.storyline import is_amiss

TIME = "2026-03-01T03:00:00.000Z"


def overpaid(amount: int, *, retracted: bool = False) -> Moment:
    """A step that says how much a payee has too much."""
    says = Content(payee="heir:h1", amount=amount)
    step = Step("A-1", 0, 9, "p", TIME, TIME, "claim.overpaid", "kelambu:1", "", says, "2026-03-01", "")
    return Moment(step, retracted)


def test_the_end_of_an_overpayment_is_nothing_to_look_at():
    """What is overpaid is; that it came back is not, unless the step itself no longer counts."""
    assert is_amiss(overpaid(1_000))
    assert not is_amiss(overpaid(0))
    assert is_amiss(overpaid(0, retracted=True))
