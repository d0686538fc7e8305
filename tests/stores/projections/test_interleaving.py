"""Any interleaving of the partitions and any cut into batches gives the same rows."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from projections import claims, months, open_orders, participants, payments, timeline
from projections.as_of import AsOf
from projections.catalogue import PROJECTIONS
from projections.membership import member_months
from projections.pending import PendingRow
from projections.runner import Runner
from projections.store import Store
from tests.read_models import dump
from tests.stores.projections.acts import KINDS, PEOPLE, acts, recorded
from tests.stores.projections.book import Shuffled

chances = st.integers(0, 2**32)


@settings(max_examples=15, deadline=None)
@given(history=acts, chance=chances)
async def test_same_rows_for_any_interleaving(history: list[tuple[str, str, int]], chance: int) -> None:
    """Read in order in one batch, or in chance portions of chance partitions: the dumps are equal."""
    book = recorded(history)
    with Store.temporary() as straight, Store.temporary() as shuffled:
        await Runner(straight, book, PROJECTIONS).catch_up()
        await Runner(shuffled, Shuffled(book, random.Random(chance)), PROJECTIONS).catch_up()
        with straight.view() as one, shuffled.view() as other:
            assert list(dump(one, PROJECTIONS)) == list(dump(other, PROJECTIONS))


async def test_same_rows_in_every_store(store: Store) -> None:
    """SQLite and PostgreSQL hold the same rows, in the same order."""
    chance = random.Random(1)
    book = recorded(
        [(chance.choice(KINDS), chance.choice(PEOPLE), chance.getrandbits(16)) for _ in range(600)]
    )
    await Runner(store, Shuffled(book, chance), PROJECTIONS).catch_up()
    with Store.temporary() as plain:
        await Runner(plain, book, PROJECTIONS).catch_up()
        with store.view() as one, plain.view() as other:
            rows = list(dump(one, PROJECTIONS))
            assert rows == list(dump(other, PROJECTIONS))
    assert len(rows) > 300


@settings(max_examples=15, deadline=None)
@given(history=acts)
async def test_looking_back_from_now_is_what_stands(history: list[tuple[str, str, int]]) -> None:
    """A claim as of the last position is the claim as it stands in the list."""
    book = recorded(history)
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS, batch=9).catch_up()
        with store.view() as view:
            for person in PEOPLE:
                for number in (f"K-{person[1:].upper()}-{n}" for n in (1, 2)):
                    assert claims.claim(view, number, AsOf(2**40)) == claims.claim(view, number)
                    assert bool(timeline.moments(view, number)) == (claims.claim(view, number) is not None)


@settings(max_examples=15, deadline=None)
@given(history=acts)
async def test_coverage_is_the_sum_over_persons(history: list[tuple[str, str, int]]) -> None:
    """The coverage table, changed batch by batch, is what counting every person anew gives."""
    book = recorded(history)
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS, batch=6).catch_up()
        with store.view() as view:
            belonging: Counter[tuple[str, str]] = Counter()
            covered: Counter[tuple[str, str]] = Counter()
            dead: Counter[tuple[str, str]] = Counter()
            for token in PEOPLE:
                person = participants.person(view, token)
                if person is None:
                    continue
                within = member_months(person.periods) & months.span("2025-01", "2026-06")
                paid = participants.months_paid(view, token)
                for month in months.names(within):
                    belonging[month, person.district] += 1
                    covered[month, person.district] += month in paid
                if person.known and person.died_on:
                    dead.update((month, person.district) for month in paid if month > person.died_on[:7])
            person_file_of = participants.coverage(view, "district", "2025-01", "2026-06")
    assert {(c.month, c.group): c.participants for c in person_file_of if c.participants} == dict(belonging)
    assert {(c.month, c.group): c.after_death for c in person_file_of if c.after_death} == dict(dead)
    assert {(c.month, c.group): c.covered for c in person_file_of if c.covered} == {
        k: n for k, n in covered.items() if n
    }


@settings(max_examples=15, deadline=None)
@given(history=acts, chance=chances)
async def test_what_waits_is_counted_as_it_stands(history: list[tuple[str, str, int]], chance: int) -> None:
    """Totals of orders that wait are those of the orders.

    A claim waits for an officer where its phases say so, as it stands.
    """
    with Store.temporary() as store:
        await Runner(
            store, Shuffled(recorded(history), random.Random(chance)), PROJECTIONS, batch=9
        ).catch_up()
        with store.view() as view:
            stands = {order.order: order for order in open_orders.unreleased(view)}
            places = {claim.claim: claim for claim in claims.claims(view)}
            told: Counter[tuple[int, int, str]] = Counter()
            for order in stands.values():
                place, approved = places[order.claim], int(order.approved_by != "")
                told[place.partition, approved, "orders"] += 1
                told[place.partition, approved, "amount"] += order.amount
                told[place.partition, approved, "positions"] += place.position
            counted = {
                (one.partition, one.approved, name): getattr(one, name)
                for one in open_orders.waiting_totals(view)
                for name in ("orders", "amount", "positions")
            }
            assert counted == dict(told)
            pending, phases = payments.pending_table(view), payments.phase_table(view)
            waits = view.rows(select(phases.c.claim, phases.c.task_since).where(phases.c.task != ""))
            rows = view.read(select(pending), PendingRow)
            assert sorted((row.claim, row.task_since) for row in rows) == sorted(waits)
            for row in rows:
                for name in ("status", "reasons", "missing", "programme", "agency", "position"):
                    assert getattr(row, name) == getattr(places[row.claim], name)
                back = [one for one in payments.of_claim(view, row.claim) if one.held == "returned"]
                sum_back = sum(one.returned - one.moved for one in back)
                assert row.amount == (sum_back if row.task == "redirect" else 0)
