"""Orders by difference: what a new award makes of the orders before it."""

from __future__ import annotations

import datetime as dt

from msgspec import UNSET
from msgspec.structs import replace

from events.catalogue import decode
from events.claim import Verified
from events.payment import PaymentReleased, Release
from services.adjudication.decider import advance, initial
from services.adjudication.replay import Replay
from services.adjudication.state import State
from services.benefits.reading.folder import load
from tests.lives import Life, bank, days, heir, jkm_death


def orders(life: Life) -> list[tuple[str, str, int]]:
    return [(o.order, o.payee, o.amount) for o in life.claim().orders]


def test_a_duplicate_changes_nothing():
    """The same source and id with the same content is answered, not decided again."""
    life = jkm_death()
    once = life.replayed()
    life.documents += life.documents
    assert life.replayed() == once


def test_jkm_is_due_after_3_working_days_and_jkk_after_7():
    """PP 44/2015 Pasal 40(3) and 37(2): Monday to Friday less national holidays, from the next day on."""
    assert [o.due_on for o in jkm_death().claim().orders] == ["2026-06-15"]
    hurt = Life().insured().accident().at_work().items(days("2026-03-01", 3))
    assert [o.due_on for o in hurt.claim().orders] == ["2026-06-22"]


def test_a_later_fact_that_makes_an_order_due_starts_the_days():
    """Day 0 is the civil date in Jakarta of the act of the fact that made the order due."""
    life = Life().insured().filed().died().found(heirs=[heir()], time="2030-03-08T18:30:00+00:00")
    assert [o.due_on for o in life.claim().orders] == ["2030-03-13"]


def test_a_higher_award_is_ordered_as_the_difference():
    """Entitlement less what has been ordered, per payee, benefits netted."""
    life = Life().insured().accident().at_work().items(days("2026-03-01", 30))
    life.found(medical={"items": [{"item": "i1", **days("2026-03-01", 60)}]})
    assert orders(life) == [("A-1.1", "participant", 1_000_000), ("A-1.2", "participant", 1_000_000)]


def test_a_lower_award_cancels_unreleased_orders_newest_first():
    """What remains is ordered anew."""
    life = Life().insured().accident().at_work().items(days("2026-03-01", 30))
    life.found(medical={"items": [{"item": "i1", **days("2026-03-01", 60)}]})
    life.found(medical={"items": [{"item": "i1", **days("2026-03-01", 45)}]})
    assert orders(life) == [("A-1.1", "participant", 1_000_000), ("A-1.3", "participant", 500_000)]


def test_a_lower_award_than_was_paid_is_overpaid_and_nothing_is_cancelled():
    """A released order cannot be cancelled; orders less overpaid is the entitlement."""
    life = Life().insured().accident().at_work().items(days("2026-03-01", 30)).paid("A-1.1", 1_000_000)
    life.found(medical={"items": [{"item": "i1", **days("2026-03-01", 15)}]})
    claim = life.claim()
    assert (claim.ordered, claim.paid, sum(claim.entitled.values())) == (1_000_000, 1_000_000, 500_000)


def test_a_claim_is_paid_only_when_every_order_was_paid_exactly():
    """Nothing is paid because somebody received something."""
    life = Life().insured().filed().died().heirs(heir("a"), heir("b", "child", "2"))
    assert life.paid("A-1.1", 21_000_000).claim().status == "ordered"
    assert life.paid("A-1.2", 20_000_000).claim().status == "ordered"
    assert life.paid("A-1.2", 1_000_000).claim().status == "paid"


def test_a_returned_payment_leaves_paid_and_is_ordered_again_after_approval():
    """The returned order stops standing when it is ordered again."""
    life = jkm_death().paid("A-1.1", 42_000_000).returned("A-1.1")
    assert (life.claim().status, life.claim().paid) == ("ordered", 0)
    life.reviewed("approve", "payment-returned")
    assert orders(life) == [("A-1.2", "heir:h1", 42_000_000)]
    assert life.paid("A-1.2", 42_000_000).claim().status == "paid"


def test_a_returned_payment_is_ordered_again_to_a_new_account_once_that_is_approved():
    """The changed account is referred first, because an order for the payee exists."""
    life = jkm_death().paid("A-1.1", 42_000_000).returned("A-1.1").heirs(heir(account="9"))
    assert life.claim().reasons == ("account-changed",)
    life.reviewed("approve", "account-changed")
    assert orders(life) == [("A-1.2", "heir:h1", 42_000_000)]


def test_a_withdrawn_claim_cancels_and_later_facts_are_recorded_not_assessed():
    """Unreleased orders are cancelled; a retracted withdrawal brings the claim back."""
    life = jkm_death().withdrawn(id="w").heirs(heir("b", account="4"))
    assert (life.claim().status, life.claim().ordered) == ("withdrawn", 0)
    assert life.retracted("w").claim().ordered == 42_000_000


def test_while_a_claim_waits_nothing_is_ordered_and_nothing_cancelled():
    """An order made before the claim had to wait again still stands."""
    life = Life().insured().accident().at_work().items(days("2026-03-01", 30)).died("2026-05-01")
    claim = life.claim()
    assert (claim.status, claim.ordered, claim.entitled) == ("waiting", 1_000_000, {})


def test_a_retracted_filing_is_shown_as_that_and_its_number_stays_taken():
    """Unreleased orders are cancelled; a retraction of the retraction brings the claim back at its old place."""
    life = Life().insured().filed(id="f").died().heirs(heir()).retracted("f", id="r")
    claim = life.claim()
    assert (claim.status, claim.ordered, claim.entitled, claim.missing) == ("retracted", 0, {}, ())
    again = life.filed(id="f2").replayed()
    assert [(r.id, r.code) for r in again.refused] == [("f2", "claim-exists")]
    assert life.retracted("r").claim().ordered == 42_000_000


def test_a_retraction_that_comes_first_strikes_its_event_when_it_comes():
    """A retraction of an id not yet seen waits for it."""
    life = Life().insured().filed().retracted("d").died(agency="dinsos", id="d").heirs(heir())
    assert life.claim().missing == ("finding:death",)


def test_a_retracted_enrolment_makes_the_person_unknown_again():
    """The claim waits for an enrolment; orders stay as they were."""
    life = Life().enrolled(id="e").paid_months().filed().died().heirs(heir()).retracted("e")
    result = life.replayed()
    assert (result.participants, result.claims["A-1"].missing) == (0, ("enrolment",))
    assert life.enrolled("2024-01-01").claim().ordered == 42_000_000


def test_an_id_with_other_content_is_refused_and_a_repeat_is_not():
    """Content is compared on its canonical form: another order of keys and another traceparent are the same."""
    life = jkm_death()
    first = life.documents[0]
    life.documents.append(dict(reversed(first.items())) | {"traceparent": "00-x"})
    life.documents.append(first | {"time": "2026-03-10T11:00:00+07:00"})
    refused = life.replayed().refused
    assert [(r.source, r.id, r.code) for r in refused] == [(first["source"], first["id"], "id-conflict")]


def test_a_burial_order_follows_who_arranged_it():
    """Without heirs the funeral money goes to the party named last before the order."""
    life = Life().insured().filed().died().heirs()
    life.found(burial={"arranged_by": {"name": "Tetangga", "account": bank("5")}})
    assert orders(life) == [("A-1.1", "burial", 10_000_000)]


def test_an_order_leaves_to_the_account_that_was_approved_after_it_was_made():
    """A changed account is referred; once approved, the order that has not left yet goes there."""
    life = jkm_death().heirs(heir(account="9")).reviewed("approve", "account-changed")
    state, position = initial(), 0
    for line in life.lines():
        event = replace(decode(line), partition=0, position=position + 1)
        state, said = advance(state, event, load())
        position += len(said)
    proposal = PaymentReleased(
        specversion="1.0",
        id="release-A-1.1",
        source="/agencies/kelambu",
        time=event.time,
        data=Release("A-1", "A-1.1", "p00-1"),
        partition=0,
        position=position + 1,
    )
    _, (released,) = advance(state, proposal, load())
    assert isinstance(released, PaymentReleased)
    restated = next(f for f in state.facts if f.position == released.data.stated_at)
    assert isinstance(restated, Verified)
    assert [heir.account.number for heir in restated.findings.heirs or ()] == ["15800-00009"]


def test_a_held_order_leaves_with_the_days_counted_from_the_approval():
    """The order keeps the day for which it was made.

    The release says by when, since nobody could let it leave before.
    """
    life = jkm_death().objected().reviewed("approve", "objected", time="2026-07-06T09:00:00+07:00")
    book = Replay(load())
    for line in life.lines():
        book.take(line)
    state = book.state_of("A-1")
    assert state is not None
    assert released(state).due_on == dt.date(2026, 7, 9)
    assert [o.due_on for o in life.claim().orders] == ["2026-06-15"]
    book = Replay(load())
    for line in jkm_death().lines():
        book.take(line)
    state = book.state_of("A-1")
    assert state is not None
    assert released(state).due_on is UNSET


def released(state: State) -> Release:
    proposed = PaymentReleased(
        specversion="1.0",
        id="release-A-1.1",
        source="/agencies/kelambu",
        time=dt.datetime(2026, 7, 6, tzinfo=dt.UTC),
        data=Release("A-1", "A-1.1", "p00-1"),
        person="p",
        partition=0,
        position=99,
    )
    _, (said,) = advance(state, proposed, load())
    assert isinstance(said, PaymentReleased)
    return said.data
