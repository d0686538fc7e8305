"""What an award cites suffices for it, and all of it matters; no order is due before a fact that it needs.

``CITED_LIVES=2000 ./kelambu test --hypothesis-profile=random tests/unit/adjudication/test_citations.py`` looks longer.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import example, given
from msgspec.structs import replace

from events.assessment import Assessing, ClaimAssessed
from events.catalogue import AgencyEvent
from events.envelope import agency_of
from events.payment import Order, PaymentOrdered
from events.values import JAKARTA, Programme
from services.adjudication.decider import advance, initial
from services.adjudication.replay import Replay
from services.adjudication.state import State
from services.benefits.calendar import working_days_after
from services.benefits.history import History
from services.benefits.reading.folder import load
from services.scenarios.reading import Scenario, read_all
from services.scenarios.story import Story
from services.simulation import agency_events
from tests.citations import (
    assert_cited_matters,
    assert_cited_suffices,
    assert_replay_of_cited,
    cited,
    cited_lives,
    encoded,
    from_these,
    hold,
    known,
    ref_of,
)
from tests.generated import lives, of, replayed
from tests.lives import JKK_DEATH_PAPERS, JKM_PAPERS, Data, Life, bank, heir

PAY_DAYS = {"JKM": 3, "JKK": 7}
"""Working days until an order is due, by the programme that its claim has when it is made."""
SCENARIOS = read_all([Path(__file__).parents[3] / "docs" / "scenarios"])


def scholarship_beside_a_claim_taken_back() -> Life:
    """A total disability with a scholarship, and a death of which the filing, sent by mistake, was retracted."""
    children = [{"child": name, "name": "Anak", "birth_date": "2008-02-01"} for name in ("a", "b")]
    life = Life().enrolled("2014-01-01").paid_months("2014-01")
    life.filed("B-2", event_date="2026-03-05", id="mistaken", children=children)
    life.died("2026-03-05", claim="B-2").heirs(heir(), claim="B-2").accident(children=children).at_work()
    life.found(participant_account=bank("77"), medical={"items": [{"item": "t", "kind": "total-disability"}]})
    return life.schooled("a", "PT", 2024).retracted("mistaken")


@cited_lives
@given(lives())
@example(scholarship_beside_a_claim_taken_back())
def test_the_cited_facts_of_any_life_give_its_awards_and_each_matters(life):
    """Lines, missing documents and reasons, from the cited facts alone.

    With any one of them taken away something changes.
    """
    book = replayed(life)
    for state in book.states.values():
        for number in History(known(state)).claims:
            award = cited(state, number, book.rulebook)
            assert_cited_suffices(state, number, book.rulebook, award)
            assert_cited_matters(state, number, book.rulebook, award)
            assert_replay_of_cited(life.documents, book, number, award)


def test_a_claim_taken_back_that_would_have_been_asked_is_cited():
    """Without its retraction the scholarship would rest on an answer of the other claim, so both are named."""
    life = scholarship_beside_a_claim_taken_back()
    book = replayed(life)
    (state,) = book.states.values()
    award = cited(state, "A-1", book.rulebook)
    assert award.basis.asked == ()
    assert {"dinsos:mistaken", ref_of(life.documents[-1])} <= set(award.basis.facts)
    (before,) = replayed(of(life.documents[:-1])).states.values()
    assert [one.claim for one in cited(before, "A-1", book.rulebook).basis.asked] == ["B-2"]


@pytest.mark.parametrize(
    "file", sorted({scenario.file for scenario in SCENARIOS}), ids=lambda file: Path(file).stem
)
def test_the_cited_facts_of_every_scenario_give_its_awards_and_each_matters(file):
    """Whatever a scenario's facts come to, in all of them."""
    for scenario in SCENARIOS:
        if scenario.file == file:
            book = Replay(load())
            for line in documents_of(scenario):
                book.take(line)
            hold(book)


def test_the_cited_facts_of_a_regency_give_its_awards_and_each_matters():
    """As its agencies send them, with their faults: a hundred claims."""
    book = Replay(load())
    for sent in agency_events(11, 900, 100):
        book.take(sent.body)
    assert hold(book) >= 100


def documents_of(scenario: Scenario) -> list[bytes]:
    """The documents of a scenario."""
    story, documents = Story(), []
    for step in scenario.steps:
        story.begin(step.options)
        if step.sentence.section == "fact":
            step.sentence.meaning(story, **step.values)
            documents += story.drain()
    return documents


class Deciding(Replay):
    """A replay that keeps what it decides.

    ``ordered``: each order with how many events were decided until then and the programme of its claim; ``events``: the
    references of these, in order; ``assessed``: each assessment with the state after it.
    """

    def __init__(self) -> None:
        super().__init__(load())
        self.ordered: list[tuple[int, Programme, Order]] = []
        self.assessed: list[tuple[State, Assessing]] = []
        self.events: list[str] = []
        self._programmes: dict[str, Programme] = {}

    def _decide(self, person: str, event: AgencyEvent) -> None:
        placed = replace(event, person=person, partition=0, position=self._position + 1)
        self.events.append(f"{agency_of(event.source)}:{event.id}")
        state, said = advance(self.states.get(person) or initial(), placed, self.rulebook)
        self.states[person] = state
        self._position += len(said)
        for one in said:
            if isinstance(one, PaymentOrdered):
                self.ordered.append((len(self.events), self._programmes[one.data.claim], one.data))
            if isinstance(one, ClaimAssessed):
                self._programmes[one.data.claim] = one.data.programme
                self.assessed.append((state, one.data))


def decided(documents: list[Data]) -> Deciding:
    book = Deciding()
    for document in documents:
        book.take(encoded(document))
    return book


def found_to_be_of_work_after_payment() -> Life:
    """A death paid as one of JKM and found to be one of JKK: the further order nets what JKM has paid."""
    papers = tuple(dict.fromkeys((*JKM_PAPERS, *JKK_DEATH_PAPERS)))
    life = Life().insured().accident(papers=papers).at_work(False).died().heirs(heir())
    return life.paid("A-1.1", 42_000_000).at_work()


def school_years_that_waited_for_their_claim() -> Life:
    """Two school years of a child, told before the claim: the first one is ordered before the second is looked at."""
    child = {"child": "b", "name": "Anak", "birth_date": "2012-05-05"}
    life = (
        Life().enrolled("2014-01-01").paid_months("2014-01").schooled("b", "SMP", 2024).died().heirs(heir())
    )
    life.schooled("b", "SMP", 2025).documents[-1]["time"] = "2026-07-01T10:00:00+07:00"
    return life.filed(children=[child])


def a_school_year_that_ended_early() -> Life:
    """Of two school years that were confirmed the later one is taken away.

    No fact of it is cited, and one of them counts.
    """
    child = {"child": "a", "name": "Anak", "birth_date": "2008-02-01"}
    life = Life().enrolled("2014-01-01").paid_months("2014-01").filed(children=[child]).heirs(heir())
    life.schooled("a", "PT", 2024).schooled("a", "PT", 2025)
    life.schooled("a", "PT", 2025, studying=False).documents[-1]["time"] = "2026-07-01T10:00:00+07:00"
    return life.died()


@cited_lives
@given(lives())
@example(found_to_be_of_work_after_payment())
@example(school_years_that_waited_for_their_claim())
@example(a_school_year_that_ended_early())
def test_no_order_of_any_life_is_due_before_a_fact_that_it_needs(life):
    """Its working days, as many as its claim's programme has, count from the latest day of an act without which it would not be ordered, and from an act that was there."""
    days = {
        ref_of(d): dt.datetime.fromisoformat(d["time"]).astimezone(JAKARTA).date() for d in life.documents
    }
    rulebook = load()
    book = decided(life.documents)
    for count, programme, order in book.ordered:
        assert isinstance(order.started_on, dt.date)
        assert order.started_on == days[order.started_by]
        assert order.due_on > order.started_on
        assert order.due_on == working_days_after(order.started_on, PAY_DAYS[programme], rulebook.holidays)[0]
        until = [d for d in life.documents if ref_of(d) in book.events[:count]]
        before = due_to(until, order)
        for document in until:
            if days[ref_of(document)] > order.started_on:
                assert due_to([d for d in until if d is not document], order) == before, ref_of(document)


def due_to(documents: list[Data], order: Order) -> tuple[object, ...]:
    """What the payee of an order is due by these documents."""
    book = replayed(of(documents))
    state = book.state_of(order.claim)
    if state is None or order.claim not in History(known(state)).claims:
        return ()
    award = cited(state, order.claim, book.rulebook)
    lines = (line for line in award.lines if line.payee == order.payee)
    return (award.outcome, *((line.benefit, line.amount) for line in lines))


@cited_lives
@given(lives())
def test_every_assessment_of_any_life_can_be_made_again_from_what_it_cites(life):
    """As it is recorded, each version: the same lines, missing documents and reasons from its basis alone."""
    book = decided(life.documents)
    for state, recorded in book.assessed:
        basis = recorded.basis
        again = from_these(state, recorded.claim, book.rulebook, basis.facts, basis.orders)
        assert again is not None
        assert (again.lines, again.missing, again.reasons) == (
            recorded.lines,
            recorded.missing,
            recorded.reasons,
        )
