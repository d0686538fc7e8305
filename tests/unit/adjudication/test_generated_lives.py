"""What must hold for every life that agencies can report, by the same function as ``kelambu replay``.

``LIVES=20000 ./kelambu test --hypothesis-profile=random tests/unit/adjudication/test_generated_lives.py`` looks longer.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from typing import TypeAlias

import msgspec
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from events.assessment import ClaimAssessed, ClaimOpened, Line
from events.catalogue import AgencyEvent, Event, decode, encode
from events.payment import (
    ClaimOverpaid,
    Order,
    PaymentCancelled,
    PaymentOrdered,
    PaymentReleased,
    Release,
)
from services.adjudication.batch_decision import PartitionState, decide_batch, read
from services.adjudication.replay import ClaimView, Replay, ReplayResult, claim_view
from services.adjudication.state import State, decode_state, encode_state, initial
from services.benefits.history import History
from services.benefits.reading.folder import load
from services.ledger.protocol import Arrival, Head
from tests.generated import (
    CHILDREN,
    CLAIMS,
    HEIRS,
    ITEMS,
    approval,
    lives,
    many_lives,
    of,
    reordered,
    replayed,
)
from tests.lives import JKK_DEATH_PAPERS, Data, Life, heir

Meaning: TypeAlias = dict[str, tuple[str, str, dict[str, int], tuple[str, ...], tuple[str, ...]]]

NOW = dt.datetime(2026, 7, 2, tzinfo=dt.UTC)
PERSON = "p"
chances = st.integers(0, 2**32)
without_money = lives(accounts=False, heirs=False, payments=False, as_they_are=False)
"""Lives whose entitlement no order can touch: what left, and accounts stated anew after it, do not occur.

Nor does what counts by the moment at which an officer sees it. An order touches only a child who had a place because of an
earlier claim and has it no longer.
"""
single = st.sampled_from(sorted(CLAIMS)).flatmap(
    lambda claim: lives(
        accounts=False, heirs=False, payments=False, retractions=False, rulings=False, claims=(claim,)
    )
)
"""Lives with one claim, on which nobody rules but by approving."""


def result(life: Life) -> ReplayResult:
    return replayed(life).result()


def meaning(life: Life) -> Meaning:
    """What each claim comes to whose filing counts.

    What was ordered before it had to wait or was referred is left out.
    """
    return {
        number: (view.status, view.programme, view.entitled, view.missing, view.reasons)
        for number, view in result(life).claims.items()
        if view.status != "retracted"
    }


def assert_same_meaning(one: Life, other: Life) -> None:
    """What each claim comes to is the same, but where an order stands in one of them to a child who lost its place."""
    first, second = meaning(one), meaning(other)
    assert first.keys() == second.keys()
    for number, came_to in first.items():
        lost, also_lost = ("child-unclear" in reasons for *_, reasons in (came_to, second[number]))
        assert came_to == second[number] or lost != also_lost


def approved(life: Life) -> dict[str, int]:
    """What a life's claims come to when an officer approves whatever they are referred for."""
    final = of([*life.documents])
    for claim in CLAIMS:
        approval(claim)(final)
        final.documents[-1]["id"] = f"approval-{claim}"
    sums: Counter[str] = Counter()
    for view in result(final).claims.values():
        sums.update(view.entitled)
    return sums


class Worker(Replay):
    """A partition's worker: what replay routes to a person it decides in batches, and releases orders meanwhile."""

    def __init__(self, seed: int, *, releases: bool) -> None:
        super().__init__(load())
        self.chance, self.releases = random.Random(seed), releases
        self.arrived: list[Event] = []
        self.ledger: list[Event] = []
        self.standing = PartitionState(0, Head(), {PERSON: initial()}, {})

    def _decide(self, person: str, event: AgencyEvent) -> None:
        self.arrived.append(replace(event, person=PERSON))
        if self.chance.random() < 0.3:
            self.work()

    def work(self) -> None:
        """Commit what has arrived, on states as they are stored."""
        arrivals = [
            Arrival(f"{len(self.ledger)}-{n}", encode(event), b"") for n, event in enumerate(self.arrived)
        ]
        self.arrived = []
        if not arrivals:
            return
        self.standing.states = {PERSON: decode_state(encode_state(self.state))}
        decided = decide_batch(self.standing, read(arrivals), NOW, self.rulebook)
        assert not decided.failures
        self.standing.take(decided)
        said = [decode(append.body) for append in decided.commit.events]
        self.ledger += said
        for event in said:
            if self.releases and isinstance(event, PaymentOrdered) and self.chance.random() < 0.5:
                self.arrived.append(_release(event))

    @property
    def state(self) -> State:
        return self.standing.states[PERSON]


def _release(ordered: PaymentOrdered) -> PaymentReleased:
    return PaymentReleased(
        specversion="1.0",
        id=f"release-{ordered.data.order}",
        source="/agencies/kelambu",
        time=NOW,
        data=Release(ordered.data.claim, ordered.data.order, "p00-1"),
        person=PERSON,
    )


def worked(life: Life, seed: int, *, releases: bool = False) -> Worker:
    worker = Worker(seed, releases=releases)
    for line in life.lines():
        worker.take(line)
    while worker.arrived:
        worker.work()
    return worker


def awards(worker: Worker) -> dict[str, tuple[ClaimView, tuple[Line, ...]]]:
    """Each claim that counts, with the lines of its last assessment."""
    history = History(worker.state.facts)
    said: dict[str, tuple[Line, ...]] = {}
    for event in worker.ledger:
        if isinstance(event, ClaimAssessed):
            said[event.data.claim] = event.data.lines
    return {n: (claim_view(worker.state, history, n), said[n]) for n in history.claims}


@many_lives
@given(lives())
def test_every_prefix_of_a_life_has_a_result(life):
    """Nothing that is admitted makes the decider fail, whatever came before."""
    book = Replay(load())
    for line in life.lines():
        book.take(line)
        outcome = book.result()
        for number, view in outcome.claims.items():
            assert number in CLAIMS
            assert bool(view.missing) == (view.status == "waiting")
            assert bool(view.reasons) == (view.status in ("denied", "referred"))
            assert not view.entitled or view.status in ("ordered", "paid")
            assert view.paid == view.ordered or view.status != "paid"


@many_lives
@given(without_money, chances)
def test_statements_about_different_things_may_come_in_any_order(life, seed):
    """Claims, months, findings, items, school years, retractions and papers.

    Only what says the same thing twice has an order.
    """
    other = of(reordered(life.documents, random.Random(seed)))
    assert_same_meaning(other, life)


def places_by_an_earlier_claim() -> Life:
    """A child ordered in a second claim, where it is the third, since a total disability gave it a place before."""
    papers = (*JKK_DEATH_PAPERS, "kk", "form-4")
    life = Life().enrolled("2014-01-01").paid_months("2014-01")
    life.accident("A-1", papers=papers, children=CHILDREN[2:])
    life.filed("B-2", event_date="2026-03-05", papers=papers, children=CHILDREN).at_work()
    life.items({"kind": "total-disability"}).died("2026-03-05", "B-2").heirs(heir(), claim="B-2")
    return life.schooled("c", "SD", 2026, claim="B-2").schooled("b", "SMP", 2024, claim="B-2")


@many_lives
@given(without_money, chances)
@example(places_by_an_earlier_claim(), 135)
def test_a_retracted_event_leaves_everything_as_if_it_had_never_come(life, seed):
    """Any event, a filing, an enrolment and a retraction too, retracted at any later or earlier moment."""
    chance = random.Random(seed)
    struck = chance.choice(life.documents)
    taken_back = Life().retracted(
        str(struck["id"]), agency=str(struck["source"]).removeprefix("/agencies/"), id="taken-back"
    )
    with_it = [*life.documents]
    with_it.insert(chance.randint(0, len(with_it)), taken_back.documents[0])
    without = [document for document in life.documents if document["id"] != struck["id"]]
    number = struck["data"]["claim"] if str(struck["type"]).endswith("claim.filed.v1") else ""
    again = [d for d in without if str(d["type"]).endswith("filed.v1") and d["data"]["claim"] == number]
    assume(not again)  # a number that was filed stays taken
    assert_same_meaning(of(with_it), of(without))


@many_lives
@given(lives(), chances)
def test_a_repeated_event_changes_nothing(life, seed):
    """Orders, days and refusals included, wherever the repeats arrive; other content under a used id is refused."""
    chance = random.Random(seed)
    repeated = [*life.documents]
    for place in sorted((chance.randrange(len(repeated)) for _ in range(5)), reverse=True):
        repeated.insert(chance.randint(place + 1, len(repeated)), repeated[place])
    assert result(of(repeated)) == result(life)
    place = chance.randrange(len(life.documents))
    changed = life.documents[place] | {"time": "2026-07-02T00:00:00+07:00"}
    outcome = result(of([*life.documents, changed]))
    assert outcome.claims == result(life).claims
    assert [one.code for one in outcome.refused[len(result(life).refused) :]] == ["id-conflict"]


@many_lives
@given(lives(), chances, st.booleans())
def test_orders_less_cancellations_less_overpaid_is_the_entitlement(life, seed, releases):
    """To the rupiah for each payee, and by benefit where nothing was overpaid; what came back is not overpaid."""
    worker = worked(life, seed, releases=releases)
    stand: dict[str, Order] = {}
    overpaid: dict[tuple[str, str], int] = {}
    for event in worker.ledger:
        match event:
            case PaymentOrdered():
                for part in event.data.replaces:
                    left = stand[part.order].amount - part.amount
                    assert left >= 0
                    stand[part.order] = replace(stand[part.order], amount=left)
                assert event.data.amount == sum(line.amount for line in event.data.lines) > 0
                assert event.data.order not in stand
                stand[event.data.order] = event.data
            case PaymentCancelled():
                assert event.data.amount == stand.pop(event.data.order).amount
            case ClaimOverpaid():
                overpaid[event.data.claim, event.data.payee] = event.data.amount
    paid_before, counted_elsewhere = counted(worker)
    history = History(worker.state.facts)
    for number, (view, lines) in awards(worker).items():
        claim, made = history.claims[number], worker.state.claims[number].orders
        assert {o.order: o.amount for o in made if o.stands} == {
            order.order: order.amount for order in stand.values() if order.claim == number and order.amount
        }
        assert view.ordered == sum(order.amount for order in made if order.stands)
        if view.status in ("waiting", "referred"):
            continue
        due: Counter[tuple[str, str]] = Counter()
        for line in lines:
            due[line.payee, line.benefit] += line.amount
        for payee in {payee for payee, _ in due} | {order.payee for order in made}:
            own = [order for order in made if order.payee == payee and order.stands]
            stands: Counter[str] = Counter()
            for order in own:
                stands.update(dict(order.lines))
            wanted = {benefit: amount for (who, benefit), amount in due.items() if who == payee}
            excess, back = overpaid.get((number, payee), 0), sum(claim.open_of(order) for order in own)
            had = paid_before[number, payee] if view.status in ("ordered", "paid") else 0
            elsewhere = counted_elsewhere[number, payee]
            over = stands.total() - sum(wanted.values()) + had
            assert max(over - back - elsewhere, 0) == excess
            assert over or had or {key: amount for key, amount in stands.items() if amount} == wanted
    for number, claim in history.retracted.items():
        standing = [order for order in worker.state.claims[number].orders if order.stands]
        gone = sum(order.amount - claim.open_of(order) for order in standing)
        elsewhere = sum(amount for (claimed, _), amount in counted_elsewhere.items() if claimed == number)
        assert gone - elsewhere == sum(
            amount for (claimed, _), amount in overpaid.items() if claimed == number
        )


def counted(worker: Worker) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """What each claim takes as paid by another, by claim and payee here, and the same by claim and payee there."""
    here: Counter[tuple[str, str]] = Counter()
    there: Counter[tuple[str, str]] = Counter()
    names = {
        (event.data.claim, paid.claim, paid.paid_to): paid.payee
        for event in worker.ledger
        if isinstance(event, ClaimAssessed)
        for paid in event.data.counted
    }
    for number, record in worker.state.claims.items():
        for claim, payee, amount in record.counted:
            there[claim, payee] += amount
            here[number, names[number, claim, payee]] += amount
    return here, there


@many_lives
@given(lives(), chances)
def test_the_live_fold_is_the_replay(life, seed):
    """In batches of any size, on states as they are stored.

    The same claims, and each event recorded says the same again.
    """
    worker = worked(life, seed)
    history = History(worker.state.facts)
    everything = history if history.enrolled else History((*worker.state.facts, *worker.state.waiting))
    live = {
        number: claim_view(worker.state, everything, number)
        for number in (*everything.claims, *everything.retracted)
    }
    assert live == result(life).claims
    assert [event.position for event in worker.ledger] == list(range(1, len(worker.ledger) + 1))
    opened = Counter(event.data.claim for event in worker.ledger if isinstance(event, ClaimOpened))
    assert set(opened) <= set(CLAIMS)


@many_lives
@given(lives(), lives(), chances)
def test_what_is_known_of_another_person_changes_nothing(one, two, seed):
    """Two lives in one file, however they alternate, give what each gives alone."""
    for document in two.documents:
        data = document["data"] = dict(document["data"])
        if "nik" in data:
            data["nik"] = "1606014101800002"
        if "claim" in data:
            data["claim"] = document["subject"] = f"X{data['claim']}"
        if "order" in data:
            data["order"] = f"X{data['order']}"
        if "retracts" in data:
            data["retracts"] = f"x{data['retracts']}"
        document["id"] = f"x{document['id']}"
    chance, left, together = random.Random(seed), [[*one.documents], [*two.documents]], []
    while any(left):
        together.append(chance.choice([rest for rest in left if rest]).pop(0))
    apart = result(one).claims | result(two).claims
    assert result(of(together)).claims == apart


@many_lives
@given(lives(), chances)
def test_nothing_is_paid_twice(life, seed):
    """One death is paid in one claim, a claim in one programme, a child's school year once, for two children at most."""
    worker = worked(life, seed)
    facts = {f"{_agency(d)}:{d['id']}": d["data"] for d in life.documents}
    born = {child["child"]: child["birth_date"] for child in CHILDREN}
    deaths, years = [], []
    for number, (view, lines) in awards(worker).items():
        families = {line.benefit.partition(".")[0] for line in lines} - {"scholarship"}
        assert families <= {view.programme.lower()}
        if any(line.benefit.endswith((".death", ".funeral")) for line in lines):
            deaths.append(number)
        assert sum(line.amount for line in lines if line.benefit.endswith(".periodic")) <= 12_000_000
        years += [
            (born[facts[ref]["child"]], facts[ref]["school_year"], line.amount)
            for line in lines
            if line.benefit == "scholarship"
            for ref in line.inputs
            if "school_year" in facts[ref]
        ]
    assert len(deaths) <= 1
    assert len({(child, year) for child, year, _ in years}) == len(years)
    assert len({child for child, _, _ in years}) <= 2
    assert all(sum(a for c, _, a in years if c == child) <= 87_000_000 for child, _, _ in years)


def _agency(document: Data) -> str:
    return str(document["source"]).removeprefix("/agencies/")


BASES = {
    700_000: 1_000_000,
    900_000: 1_000_000,
    1_150_000: 1_200_000,
    2_500_000: 2_450_000,
    5_000_000: 4_950_000,
}
"""The monthly base of each income that is drawn (PP 44/2015, Lampiran I)."""
DEVICES = {"denture": 5_000_000, "hearing-aid": 2_500_000, "glasses": 1_000_000, "prosthesis": 7_000_002}


@many_lives
@given(lives(), chances)
def test_caps_hold(life, seed):
    """Disability at 70 % × 80 × w, transport by mode, homecare, each device, days without work, death money, treatment as billed."""
    worker = worked(life, seed)
    base = max(BASES[d["data"]["income"]] for d in life.documents if "income" in d["data"])
    claims = History(worker.state.facts).claims
    for number, (_, lines) in awards(worker).items():
        sums: Counter[str] = Counter()
        for line in lines:
            assert line.amount > 0
            sums[line.benefit] += line.amount
        items = [msgspec.to_builtins(item) for item, _ in claims[number].items.values()]
        kinds = defaultdict(list)
        for item in items:
            kinds[item["kind"]].append(item)
        assert sums["jkk.disability"] + sums["jkk.total-disability"] <= 56 * base
        assert sums["jkk.transport"] <= sum(
            min(cap, sum(item["amount"] for item in kinds["transport"] if item["mode"] == mode))
            for mode, cap in (("land", 5_000_000), ("sea", 2_000_000), ("air", 10_000_000))
        )
        assert sums["jkk.homecare"] <= 20_000_000
        assert sums["jkk.device"] <= sum(DEVICES[item["device"]] for item in kinds["device"])
        days = sum(_days(item) for item in kinds["incapacity"])
        assert sums["jkk.incapacity"] <= base * (min(days, 360) + max(days - 360, 0) / 2) / 30 + 1
        assert sums["jkk.death"] <= max(20_000_000, 48 * base)
        assert sums["jkm.death"] + sums["jkm.periodic"] + sums["jkm.funeral"] <= 42_000_000
        assert sums["jkk.treatment"] in {0, sum(item["amount"] for item in kinds["treatment"])}


def _days(item: Data) -> int:
    first, last = (dt.date.fromisoformat(item[end]) for end in ("first_day", "last_day"))
    return (last - first).days + 1


@many_lives
@given(single, chances)
def test_the_heirs_share_what_one_heir_would_have(life, seed):
    """Ranks and shares say who gets how much of a benefit, never how much it is."""
    assume(not any("payee-is-deceased" in view.reasons for view in result(life).claims.values()))
    alone = []
    for document in life.documents:
        findings = document["data"].get("findings", {})
        if findings.get("heirs"):
            findings = findings | {"heirs": [HEIRS[0][0]]}
            alone.append(document | {"data": document["data"] | {"findings": findings}})
        else:
            alone.append(document)
    assert meaning(of(alone)) == meaning(life)
    for _, lines in awards(worked(life, seed)).values():
        shared = Counter(line.benefit for line in lines if line.payee.startswith("heir:"))
        heirs = {line.payee for line in lines if line.payee.startswith("heir:")}
        assert all(count % len(heirs) == 0 or not count for count in shared.values() if heirs)


MONTHS = [f"{year}-{month:02}" for year in (2022, 2024, 2025, 2026) for month in range(1, 13)]


@many_lives
@given(single, st.sampled_from(MONTHS))
def test_another_month_paid_in_time_never_lowers_an_award(life, month):
    """Neither what a claim comes to once approved, nor any benefit of it."""
    more = of([*life.documents]).paid_months(month, month, f"{month}-01", id="one-more-month")
    assume(f"{month}-01" <= "2026-06-10")
    assert_no_less(approved(more), approved(life))


@many_lives
@given(single, st.sampled_from((2, 3, 7)))
def test_a_higher_income_never_lowers_a_jkk_sum(life, times):
    """Every declared income that many times as high; JKM has fixed sums."""
    richer = [
        document | {"data": {k: times * v if k == "income" else v for k, v in document["data"].items()}}
        for document in life.documents
    ]
    assert_no_less(approved(of(richer)), approved(life))


@many_lives
@given(single, st.sampled_from([item for item in ITEMS if item["kind"] == "treatment"]))
def test_another_bill_adds_its_amount(life, item):
    """Treatment is paid as billed: with one bill more by exactly that bill, wherever treatment is paid."""
    more = of([*life.documents])
    more.found(life_claim(life), id="bill", medical={"items": [item | {"item": "another"}]})
    before, after = approved(life), approved(more)
    assert_no_less(after, before)
    if before["jkk.treatment"]:
        assert after["jkk.treatment"] == before["jkk.treatment"] + item["amount"]


@many_lives
@given(single, st.sampled_from(("a", "b")), st.sampled_from((2023, 2028, 2029)))
def test_another_school_year_or_paper_never_lowers_an_award(life, child, year):
    """A year more of a child's schooling, and every paper that a claim can ask for."""
    more = of([*life.documents]).schooled(child, "PT", year, claim=life_claim(life))
    more.documents[-1]["id"] = "another-year"
    assert_no_less(approved(more), approved(life))
    papers = [{"kind": kind, "reference": "arsip"} for kind in ("ktp", "kk", "form-3", "death-certificate")]
    more.send("claim.documents-received", {"claim": life_claim(life), "documents": papers}, id="papers")
    assert_no_less(approved(more), approved(life))


def life_claim(life: Life) -> str:
    return next(str(document["subject"]) for document in life.documents if "subject" in document)


def assert_no_less(after: dict[str, int], before: dict[str, int]) -> None:
    assert sum(after.values()) >= sum(before.values())
    assert all(after.get(benefit, 0) >= amount for benefit, amount in before.items())


@many_lives
@given(lives(accounts=False, retractions=False, claims=("A-1",)), st.sampled_from(("withdrawn", "retracted")))
def test_a_claim_that_is_filed_again_orders_only_what_has_not_left(life, how):
    """Ended and filed again with the same facts, whatever had been paid: approved, each payee gets the rest, once."""
    filings = [d for d in life.documents if str(d["type"]).endswith("claim.filed.v1")]
    assume(filings)
    again = of([*life.documents])
    if how == "withdrawn":
        again.withdrawn("A-1", id="ended")
    else:
        again.retracted(str(filings[0]["id"]), agency=_agency(filings[0]), id="ended")
    for document in life.documents:
        kind = str(document["type"]).removeprefix("kelambu.").removesuffix(".v1")
        if kind in AGAIN:
            data = document["data"] | {"claim": "Z-9"}
            copy = document | {"id": f"again-{document['id']}", "subject": "Z-9", "data": data}
            again.documents.append(copy)
    approval("Z-9")(again)
    again.documents[-1] |= {"id": "approval-Z-9"}
    state = worked(again, 0).state
    record, old = state.claims["Z-9"], state.claims["A-1"]
    assume(record.outcome == "due")
    history = History(state.facts)
    first = history.claims.get("A-1") or history.retracted["A-1"]
    gone: Counter[str] = Counter()
    for order in old.orders:
        if order.stands and order.released_at:
            gone[order.payee] += order.amount - first.open_of(order)
        elif order.cancelled:
            gone[order.payee] += min(order.amount, first.paid_on(order))
    due: Counter[str] = Counter()
    for _, payee, amount in record.sums:
        due[payee] += amount
    ordered: Counter[str] = Counter()
    for order in record.orders:
        ordered[order.payee] += order.amount if order.stands else 0
    assert +ordered == +Counter({payee: amount - gone[payee] for payee, amount in due.items()})


AGAIN = (
    "claim.filed",
    "claim.amended",
    "claim.documents-received",
    "claim.verified",
    "claim.schooling-confirmed",
)
"""What is said again of a claim that is filed again."""
