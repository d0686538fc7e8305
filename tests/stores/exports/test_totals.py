"""Every total of an export is one sum over the events, added up by something that shares no code with the read models."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import encode
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from services.benefits.reading.folder import load
from services.exports.dictionary import every_table
from services.exports.loading import opened, quoted
from services.exports.writing import totals_of
from tests.generated import LIVES, lives, many_lives
from tests.lives import Life
from tests.recomputed import exceptions, figures
from tests.recomputed.ledger import Ledger
from tests.stores.projections.book import Book, Entry
from tests.unit.adjudication.test_generated_lives import worked

Sums = dict[str, Counter[str]]
PAID = ("claim.payment-mismatched", "claim.closed")
"""Events whose amount is what was paid."""
OF_THE_ORDER = {("exceptions", "ordered"), ("exceptions", "paid")}
"""What a row repeats of an order that the table of orders adds up."""


def of_tables(view: View) -> dict[str, tuple[int, dict[str, int]]]:
    """Rows and sums of every table, as a manifest has them."""
    with opened(view, load().scheme, "en") as tables:
        tables.make(every_table())
        return {
            name: totals_of(tables.connection, quoted(name), table.money)
            for name, table in every_table().items()
        }


def of_events(bodies: Iterable[bytes]) -> tuple[Counter[str], Sums]:
    """How many events of each kind there are, and what they say, by table and column, as they stand in ``export ledger``."""
    kinds, found = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for event in map(json.loads, bodies):
        kind, data = event["type"].removeprefix("kelambu.").rpartition(".")[0], event["data"]
        kinds[kind] += 1
        lines = sum(line["amount"] for line in data.get("lines", ()))
        moved = sum(part["amount"] for part in data.get("replaces", ()))
        bills = data.get("findings", {}).get("medical", {}).get("items", ())
        items = sum(item.get("amount", 0) for item in bills)
        said = data["paid"] if kind in PAID else data.get("amount", 0)
        if kind.startswith("claim."):
            found["events"] += Counter(amount=said, expected=data.get("expected", 0))
            sides = 2 if kind == "claim.assessed" else 1  # by benefit, and of an assessment by payee too
            found["event_amounts"]["amount"] += sides * lines + moved
            found["facts"]["amount"] += items
        if kind in ("claim.paid", "claim.payment-returned"):
            found["facts"]["amount"] += said
            found["bank_statements"]["amount"] += said
        elif kind == "claim.payment-mismatched":
            found["mismatches"] += Counter(paid=said, expected=data["expected"])
        elif kind == "participant.contributions-paid":
            found["membership_statements"]["amount"] += said
    return kinds, found


def of_claims(ledger: Ledger) -> Sums:
    """What the second calculation makes of claims and orders, by table and column."""
    found = defaultdict[str, Counter[str]](Counter)
    for claim in ledger.claims.values():
        found["claims"] += Counter(claim.figures())
        found["claims"]["returned_or_failed"] += claim.figures()["returned"]
        found["claim_benefits"]["entitled"] += sum(claim.benefits.values())
        for order in claim.orders.values():
            view = order.view()
            found["orders"] += Counter({name: view[name] for name in ("amount", "moved", "paid")})
            found["orders"]["returned_or_failed"] += view["returned"]
            found["order_benefits"]["amount"] += sum(order.benefits.values())
    amiss = exceptions.exceptions(ledger, "9999-12-31")
    found["exceptions"]["amount"] = sum(total["amount"] for total in amiss.values())
    return found


@settings(many_lives, max_examples=max(LIVES // 20, 1))
@given(lives(), st.integers(0, 2**32))
async def test_totals_are_those_of_the_events(life: Life, seed: int) -> None:
    """Every column of rupiah of every table; returns and retractions and all."""
    book = Book(1)
    said = worked(life, seed, releases=True).ledger
    book.logs[0] = [Entry(0, position, encode(event)) for position, event in enumerate(said, 1)]
    bodies = [entry.body for entry in book.logs[0]]
    kinds, told = of_events(bodies)
    ledger = Ledger(bodies)
    expected = told | of_claims(ledger)
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS).catch_up()
        with store.view() as view:
            tables = of_tables(view)
    for name, (rows, sums) in tables.items():
        for column, total in sums.items():
            if (name, column) not in OF_THE_ORDER:
                assert total == expected[name][column], (name, column)
        assert rows or not any(sums.values())
    recomputed = figures.sums(ledger)
    claims = tables["claims"][1]
    for name in ("paid_by_bank", "matched", "unmatched"):
        assert claims[name] == recomputed[name], name
    for name in ("entitled", "ordered", "released"):
        assert claims[name] == recomputed["total"][name], name
    assert tables["claims"][0] == len(ledger.claims)
    assert tables["orders"][0] == kinds["claim.payment-ordered"]
    assert tables["bank_statements"][0] == kinds["claim.paid"] + kinds["claim.payment-returned"]
    assert tables["mismatches"][0] == kinds["claim.payment-mismatched"]
