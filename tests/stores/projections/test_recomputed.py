"""Whatever happens in a life, the read models say what a second calculation counts from the recorded events."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import encode
from projections import claims, open_orders, participants, payments
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from projections.sums import reconcile
from services.claims.claim_as_of import claim_as_of
from services.cli.commands.claim import content
from services.exceptions.deadlines import deadlines
from services.exceptions.listing import exceptions
from services.review.work_list import work
from services.wording.terms import LanguageTexts
from tests.generated import LIVES, lives, many_lives
from tests.lives import Life
from tests.recomputed import exceptions as amiss
from tests.recomputed import figures
from tests.recomputed.comparison import differences
from tests.recomputed.law import faults
from tests.recomputed.ledger import Ledger
from tests.stores.projections.book import Book, Entry
from tests.unit.adjudication.test_generated_lives import worked

DAYS = ("2026-06-15", "2026-07-02", "2026-07-10")
FIRST, LAST = "2024-12", "2027-01"


@settings(many_lives, max_examples=max(LIVES // 4, 1))
@given(lives(), st.integers(0, 2**32))
async def test_every_figure_follows_from_the_events_of_any_life(life: Life, seed: int) -> None:
    """Claims, orders, sums, what is due on a day and who is covered.

    Returns in part, double payments, retractions and all.
    """
    book = Book(1)
    said = worked(life, seed, releases=True).ledger
    book.logs[0] = [Entry(0, position, encode(event)) for position, event in enumerate(said, 1)]
    ledger = Ledger(entry.body for entry in book.logs[0])
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS).catch_up()
        with store.view() as view:
            assert _differing(view, ledger) == []
            assert _amiss(view, ledger) == []
    assert faults(ledger) == []


def _differing(view: View, ledger: Ledger) -> list[str]:
    every = claims.claims(view)
    found: list[str] = differences(
        figures.sums(ledger), _plain(reconcile(every, payments.every(view))), "sums"
    )
    totals = _plain(payments.totals(view))
    counted = figures.verify(ledger)["totals"]
    names = ("orders", "ordered", "cancelled", "released", "paid")
    found += differences([counted[name] for name in names], [totals[name] for name in names], "totals")
    for claim in every:
        answer = content(claim_as_of(view, claim.claim), LanguageTexts("en"))
        found += differences(figures.claim(ledger, claim.claim), _plain(answer), claim.claim)
        made = {order["order"]: order for order in _plain(payments.of_claim(view, claim.claim))}
        orders = {order["order"]: order for order in figures.orders(ledger, claim.claim)}
        found += differences(orders, made)
    for day in DAYS:
        on = dt.date.fromisoformat(day)
        answer = {
            "due": open_orders.due(view, on),
            "overdue": open_orders.overdue(view, on),
            "held": open_orders.held(view, on),
        }
        due = figures.due(ledger, day)
        found += differences({name: due[name] for name in answer}, _plain(answer), day)
    for by in ("month", "decile"):
        covered = _some(figures.coverage(ledger, by, FIRST, LAST)["months"])
        found += differences(covered, _some(_plain(participants.coverage(view, by, FIRST, LAST))), by)
    return found


def _amiss(view: View, ledger: Ledger) -> list[str]:
    """Exceptions and deadlines on each day, and the phases of the claims."""
    found: list[str] = []
    for day in DAYS:
        on = dt.date.fromisoformat(day)
        totals = {one.pop("kind"): one for one in _plain(exceptions(view, on).totals)}
        found += differences(amiss.exceptions(ledger, day), totals, day)
        answer = deadlines(view, on)
        orders, counted = _plain(answer.orders[-1]), amiss.deadlines(ledger, day)
        found += differences(counted, {name: orders[name] for name in counted}, day)
        counted = amiss.phases(ledger)
        measured = {name: _plain(getattr(answer.phases[-1], name)) for name in counted["measured"]}
        found += differences(counted["measured"], measured, "phases")
        turns: Counter[str] = Counter()
        for one in answer.incomplete:
            turns[one.turn] += one.claims
        found += differences(counted["turns"], dict(turns), "turns")
        to_do = {one.claim: [one.task, one.since] for one in work(view, on)}
        found += differences(amiss.tasks(ledger), to_do, "tasks")
    return found


def _plain(content):
    return json.loads(msgspec.json.encode(content))


def _some(rows):
    """A group in which nobody is, or is no longer, is no group."""
    return [row for row in rows if row["participants"] or row["after_death"]]
