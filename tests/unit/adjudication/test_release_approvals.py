"""Four eyes where orders leave by name: who approves, who may not, what an approval is worth and for how long."""

from __future__ import annotations

import functools
import random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.assessment import ClaimAssessed
from events.catalogue import AgencyEvent, ClaimEvent, Event, OrderProposal
from events.claim import ClaimReviewed
from events.payment import PaymentReleased, ReleaseApproved, ReleaseDecision, ReleaseRefused
from projections.claim_state import claim_state_at
from projections.claim_steps import step_of
from services.adjudication.decider import advance, decode_state, encode_state, initial
from services.adjudication.release_rules import Obstacle, obstacle
from services.benefits.history import History
from services.benefits.reading.folder import load
from tests.lives import Life, heir, jkm_death
from tests.unit.adjudication.test_properties import STEPS, live
from tests.unit.adjudication.test_releases import NOW, SLIPS, IntakeInstallation, assert_left

REVIEWER, OTHER = "Petugas", "Atasan"
Decided = Literal["approved", "refused"]
DECISIONS: dict[Decided, type[ReleaseApproved | ReleaseRefused]] = {
    "approved": ReleaseApproved,
    "refused": ReleaseRefused,
}


class NamedInstallation(IntakeInstallation):
    """One whose orders leave by name."""

    def __init__(self, *lives: Life) -> None:
        super().__init__(*lives)
        self.mode = "named"

    def decision(
        self,
        order: str,
        officer: str = OTHER,
        decided: Decided = "approved",
        *,
        seen: int | None = None,
        amount: int = 0,
    ) -> ReleaseApproved | ReleaseRefused:
        """What somebody decides about an order as it stands."""
        amounts = {one.order: one.amount for one in self.orders}
        at = len(self.ledger)
        act = f"act-{at}"
        said = amount or amounts.get(order, 1), at if seen is None else seen, act, officer, "diperiksa"
        return DECISIONS[decided](
            specversion="1.0",
            id=f"{act}-{order}",
            source="/agencies/kelambu",
            time=NOW,
            data=ReleaseDecision(order.partition(".")[0], order, *said),
            person="p",
            partition=0,
            position=at + 1,
        )

    def told(self, decision: ReleaseApproved | ReleaseRefused) -> Obstacle | None:
        """Decide on it; returns what hinders it, and nothing is recorded exactly then."""
        why, before = obstacle(self.state, decision, load()), len(self.ledger)
        self._decide(decision)
        assert (why is None) == (len(self.ledger) == before + 1)
        return why

    def approve(self, order: str, officer: str = OTHER) -> Obstacle | None:
        return self.told(self.decision(order, officer))


def more(installation: IntakeInstallation, life: Life, since: int) -> None:
    """Let what a life has more be decided on."""
    for line in life.lines()[since:]:
        installation.take(line)


def test_an_order_leaves_by_name_only_once_somebody_has_approved_it():
    """Not before; then once. Where orders leave by themselves it leaves without."""
    installation = NamedInstallation(jkm_death())
    assert not installation.propose("A-1.1")
    assert installation.approve("A-1.1") is None
    assert installation.propose("A-1.1")
    assert not installation.propose("A-1.1")
    assert installation.approve("A-1.1") == "left"
    assert IntakeInstallation(jkm_death()).propose("A-1.1")


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_who_reviewed_a_claim_does_not_release_it(decision: str):
    """Whatever the review said; somebody else may."""
    life = jkm_death().objected().reviewed(decision, "objected", officer=REVIEWER)
    if decision == "deny":
        life = life.reviewed("approve", "objected", officer="Ketiga")
    installation = NamedInstallation(life)
    order = installation.orders[-1].order
    assert installation.approve(order, REVIEWER) == "reviewed"
    assert installation.approve(order, OTHER) is None


def test_a_review_that_was_taken_back_counts_as_one():
    """Its officer has seen the claim all the same."""
    life = jkm_death()
    life = life.reviewed("approve", officer=REVIEWER)
    review = str(life.documents[-1]["id"])
    installation = NamedInstallation(life.retracted(review, agency="bpjs"))
    assert installation.approve("A-1.1", REVIEWER) == "reviewed"


@pytest.mark.parametrize(
    "since",
    [
        lambda life: life.objected().reviewed("approve", "objected", officer="Ketiga"),
        lambda life: life.reviewed("approve", officer=OTHER),
        lambda life: life.heirs(heir(account="2")).reviewed("approve", "account-changed"),
    ],
    ids=["referred and due again", "reviewed by who approved", "another account"],
)
@pytest.mark.parametrize("decided", ["approved", "refused"])
def test_a_decision_lapses_once_the_claim_is_decided_on_or_is_not_due(since, decided):
    """What was seen is no longer what stands: the order waits for another decision."""
    life = jkm_death()
    installation = NamedInstallation(life)
    sent = len(life.documents)
    assert installation.told(installation.decision("A-1.1", decided=decided)) is None
    more(installation, since(life), sent)
    assert installation.state.claims["A-1"].outcome == "due"
    assert_shown(installation)
    assert not installation.propose("A-1.1")
    assert installation.approve("A-1.1", "Keempat") is None
    assert installation.propose("A-1.1")


def test_nothing_is_decided_about_an_order_that_is_not_as_it_was_seen():
    """Another amount, or anything recorded about the person since; a claim that waits, an order that is none."""
    life = jkm_death()
    installation = NamedInstallation(life)
    assert installation.told(installation.decision("A-1.1", amount=1)) == "changed"
    assert installation.told(installation.decision("A-1.2")) == "unknown"
    early = installation.decision("A-1.1")
    sent = len(life.documents)
    more(installation, life.ended("2026-06-01"), sent)
    assert installation.told(early) == "changed"
    sent = len(life.documents)
    more(installation, life.objected(), sent)
    assert installation.approve("A-1.1") == "not-due"


def test_who_refuses_holds_an_order_until_somebody_approves_it():
    """A refusal takes an approval away; the same decision twice is one."""
    installation = NamedInstallation(jkm_death())
    assert installation.approve("A-1.1") is None
    assert installation.approve("A-1.1", "Ketiga") == "decided"
    assert installation.told(installation.decision("A-1.1", decided="refused")) is None
    assert installation.told(installation.decision("A-1.1", decided="refused")) == "decided"
    assert not installation.propose("A-1.1")
    assert installation.approve("A-1.1", "Ketiga") is None
    assert installation.propose("A-1.1")


histories = st.lists(st.sampled_from(sorted([*STEPS, *SLIPS])), min_size=4, max_size=18)


@settings(max_examples=120, deadline=None)
@given(histories, st.integers(0, 9))
def test_whatever_leaves_by_name_was_approved_by_somebody_who_did_not_review_it(names, seed):
    """At any moment, by anybody; in the end all that is due leaves, once; the ledger decided again says the same."""
    chance, installation = random.Random(seed), NamedInstallation()
    life = functools.reduce(lambda life, name: (STEPS | SLIPS)[name](life), names, live([]))
    for line in life.lines():
        installation.take(line)
        for order in installation.orders:
            if chance.random() < 0.3:
                officer, decided = chance.choice([REVIEWER, OTHER]), chance.choice(list(DECISIONS))
                installation.told(installation.decision(order.order, officer, decided))
            if chance.random() < 0.3:
                installation.propose(order.order)
    assert_shown(installation)
    for order in installation.orders:
        installation.approve(order.order)
        installation.propose(order.order)
    assert len(set(installation.released)) == len(installation.released)
    assert_four_eyes(installation.ledger)
    history = History(installation.state.facts)
    for number, record in installation.state.claims.items():
        if record.outcome == "due":
            assert_left(history.claims[number], record, set(installation.released))
    assert_repeated(installation)


def assert_four_eyes(ledger: list[Event]) -> None:
    """Before each release the last decision about its order is an approval, the claim is due since, and nobody has reviewed it since."""
    decided: dict[str, str] = {}
    reviewed: dict[str, set[str]] = {}
    for event in ledger:
        if isinstance(event, ClaimReviewed):
            reviewed.setdefault(event.data.claim, set()).add(event.data.officer)
        if isinstance(event, ClaimReviewed) or (
            isinstance(event, ClaimAssessed) and event.data.outcome != "due"
        ):
            claim = event.data.claim
            decided = {order: by for order, by in decided.items() if order.partition(".")[0] != claim}
        elif isinstance(event, ReleaseApproved):
            decided[event.data.order] = event.data.officer
        elif isinstance(event, ReleaseRefused):
            decided.pop(event.data.order, None)
        elif isinstance(event, PaymentReleased):
            assert decided[event.data.order] not in reviewed.get(event.data.claim, ())


def assert_repeated(installation: IntakeInstallation) -> None:
    again, said_again = initial(), list[Event]()
    for event in installation.ledger:
        if isinstance(event, AgencyEvent | OrderProposal):
            again, said = advance(decode_state(encode_state(again)), event, load())
            said_again += said
    assert said_again == installation.ledger
    assert encode_state(again) == encode_state(installation.state)


def assert_shown(installation: IntakeInstallation) -> None:
    """Read models say of each order that has not left what the decider knows.

    Who approved or refused it, if that counts.
    """
    for number, record in installation.state.claims.items():
        about = [event for event in installation.ledger if getattr(event.data, "claim", "") == number]
        shown = claim_state_at(number, [step_of(event) for event in about if isinstance(event, ClaimEvent)])
        for order in record.orders:
            if order.stands and not order.released_at:
                known = shown.orders[order.order]
                assert (known.approved_by, known.refused_by) == (order.approved_by, order.refused_by)
