"""Whatever happens in a life, the read models say what a second calculation counts from the recorded events."""

from __future__ import annotations

import datetime as dt
import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import encode
from projections import claims, participants, payments, timeline
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from projections.sums import reconcile
from services.cli.commands.claim import content
from services.cli.render.terms import LanguageTexts
from tests.generated import LIVES, lives, many_lives
from tests.lives import Life
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
    """Claims, orders, sums, what is due on a day and who is covered: returns in part, double payments, retractions and all."""
    book = Book(1)
    said = worked(life, seed, releases=True).ledger
    book.logs[0] = [Entry(0, position, encode(event)) for position, event in enumerate(said, 1)]
    ledger = Ledger(entry.body for entry in book.logs[0])
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS).catch_up()
        with store.view() as view:
            assert _differing(view, ledger) == []
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
        told = content(claim, timeline.moments(view, claim.claim), LanguageTexts("en"))
        found += differences(figures.claim(ledger, claim.claim), _plain(told), claim.claim)
        made = {order["order"]: order for order in _plain(payments.of_claim(view, claim.claim))}
        orders = {order["order"]: order for order in figures.orders(ledger, claim.claim)}
        found += differences(orders, made)
    for day in DAYS:
        on = dt.date.fromisoformat(day)
        told = {
            "due": payments.due(view, on),
            "overdue": payments.overdue(view, on),
            "held": payments.held(view, on),
        }
        due = figures.due(ledger, day)
        found += differences({name: due[name] for name in told}, _plain(told), day)
    for by in ("month", "decile"):
        covered = _some(figures.coverage(ledger, by, FIRST, LAST)["months"])
        found += differences(covered, _some(_plain(participants.coverage(view, by, FIRST, LAST))), by)
    return found


def _plain(told):
    return json.loads(msgspec.json.encode(told))


def _some(rows):
    """A group in which nobody is, or is no longer, is no group."""
    return [row for row in rows if row["participants"] or row["after_death"]]
