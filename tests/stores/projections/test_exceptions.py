"""A small ledger in which each kind of exception is planted once, past intake and the decider.

All and only these are found.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from msgspec.structs import replace

from events.payment import Reordered
from events.values import civil_date
from projections.catalogue import PROJECTIONS
from projections.exceptions import KINDS
from projections.runner import Runner
from projections.store import Store
from services.exceptions import listing
from services.exceptions.listing import (
    APART,
    EVERY_KIND,
    ExceptionLine,
    Sought,
    exceptions,
    facets,
    some_exception_lines,
)
from tests.recomputed import exceptions as recomputed
from tests.recomputed.ledger import Ledger
from tests.stores.projections.book import Book, Shuffled

FIRST, ON, LATER = dt.date(2025, 5, 1), dt.date(2025, 5, 20), dt.date(2025, 6, 30)
FULL = 42_000_000
HASH = "0" * 64


def _order(book: Book, person: str, order: str, amount: int, **more: Any) -> None:
    """Order money on what was recorded of the partition so far."""
    made_at = len(book.logs[int(person[1])])
    book.order(person, order, amount, **{"since_on": FIRST, "made_at": made_at, **more})


def due(book: Book, person: str, claim: str, *, sha256: str = HASH) -> str:
    """File a claim that is due and has one order, which is to be paid long after ``ON``; returns the order."""
    book.enrol(person, district=f"16.06.0{int(person[1]) + 1}")
    filed = book.file(person, claim, sha256=sha256)
    book.assess(person, claim, "due", {("jkm.death", "heir:h1"): FULL}, cause=filed)
    at = book.state_account(person, claim, f"{claim}-account")
    order = f"{claim}.1"
    _order(
        book,
        person,
        order,
        FULL,
        due_on=LATER,
        account=f"{claim}-account",
        stated_at=at,
        cause=filed,
    )
    return order


def sent(book: Book, person: str, claim: str, **more: str) -> str:
    """As ``due``, and the order has left to the account that was stated."""
    order = due(book, person, claim, **more)
    at = len(book.logs[int(person[1])]) - 1
    book.release(person, order, account=f"{claim}-account", stated_at=at)
    return order


def planted() -> Book:
    """Each kind once, each on a claim named after it; and claims that are as they should be, or are again."""
    book = Book(3)
    _money(book)
    _orders(book)
    _unblemished(book)
    return book


def _money(book: Book) -> None:
    due(book, "~0a", "PAID-WITHOUT-ORDER")
    book.pay("~0a", "PAID-WITHOUT-ORDER.7", 5)
    book.pay("~0b", sent(book, "~0b", "PAID-BEYOND-ORDER"), FULL + 7)
    order = sent(book, "~0c", "PAID-TWICE")
    book.pay("~0c", order, FULL)
    book.pay("~0c", order, FULL)
    order = sent(book, "~0i", "PAID-TWICE-RETURNED")
    book.pay("~0i", order, FULL)
    book.pay("~0i", order, FULL)
    book.send_back("~0i", order, FULL)
    book.pay("~1a", sent(book, "~1a", "PAID-OTHERWISE"), FULL - 9)
    book.enrol("~1b")
    book.file("~1b", "PAID-BEFORE-ORDER", sha256=HASH)
    book.assess("~1b", "PAID-BEFORE-ORDER", "due", {("jkm.death", "heir:h1"): FULL})
    _order(book, "~1b", "PAID-BEFORE-ORDER.1", FULL, due_on=LATER, since_on=dt.date(2025, 5, 10))
    book.release("~1b", "PAID-BEFORE-ORDER.1")
    book.pay("~1b", "PAID-BEFORE-ORDER.1", FULL, dt.date(2025, 5, 9))
    order = due(book, "~1c", "PAID-UNDECIDED")
    book.assess("~1c", "PAID-UNDECIDED", "referred", reasons=("account-changed",))
    book.pay("~1c", order, FULL)
    order = sent(book, "~2a", "RETURNED-UNPAID")
    book.pay("~2a", order, FULL)
    book.send_back("~2a", order, FULL)
    book.pay("~2a", order, FULL, dt.date(2025, 5, 9))
    book.send_back("~2a", order, FULL + 3)
    order = sent(book, "~2b", "RETURNED-OPEN")
    book.pay("~2b", order, FULL)
    book.send_back("~2b", order, 11)


def _orders(book: Book) -> None:
    order = due(book, "~2c", "OTHER-ACCOUNT")
    at = len(book.logs[2]) - 1
    book.release("~2c", order, account="another", stated_at=at)
    order = due(book, "~0d", "RELEASED-UNDECIDED")
    at = len(book.logs[0]) - 1
    book.assess("~0d", "RELEASED-UNDECIDED", "waiting", missing=("document:kk",))
    book.release("~0d", order, account="RELEASED-UNDECIDED-account", stated_at=at)
    book.assess("~0d", "RELEASED-UNDECIDED", "due", {("jkm.death", "heir:h1"): FULL})
    book.enrol("~0e")
    book.file("~0e", "UNPAID", sha256=HASH)
    book.assess("~0e", "UNPAID", "due", {("jkm.death", "heir:h1"): FULL})
    _order(book, "~0e", "UNPAID.1", FULL, due_on=ON - dt.timedelta(days=1))
    due(book, "~1d", "HELD")
    book.assess("~1d", "HELD", "referred", reasons=("account-changed",))
    book.pay("~1e", sent(book, "~1e", "OVERPAID"), FULL)
    book.overpay("~1e", "OVERPAID", 13)
    book.pay("~2d", sent(book, "~2d", "WITHOUT-HASH", sha256=""), FULL)


def _unblemished(book: Book) -> None:
    """What looks like an exception and is none, or none any more."""
    order = sent(book, "~0f", "IN-PARTS")
    book.pay("~0f", order, FULL - 1)
    book.pay("~0f", order, 1)
    order = sent(book, "~1f", "BACK-AND-PAID-AGAIN")
    book.pay("~1f", order, FULL)
    book.send_back("~1f", order, FULL)
    book.pay("~1f", order, FULL, dt.date(2025, 5, 9))
    order = sent(book, "~2f", "TWICE-BY-MISTAKE")
    book.pay("~2f", order, FULL)
    book.retract("~2f", book.pay("~2f", order, FULL))
    order = sent(book, "~0g", "ORDERED-AGAIN")
    book.send_back("~0g", order)
    at = book.state_account("~0g", "ORDERED-AGAIN", "new")
    again = (Reordered(order, FULL),)
    _order(book, "~0g", "ORDERED-AGAIN.2", FULL, due_on=LATER, replaces=again, account="new", stated_at=at)
    book.release("~0g", "ORDERED-AGAIN.2", account="new", stated_at=at)
    book.pay("~0g", "ORDERED-AGAIN.2", FULL)
    order = sent(book, "~1g", "LEFT-BEFORE-A-DOUBT")
    book.assess("~1g", "LEFT-BEFORE-A-DOUBT", "referred", reasons=("account-changed",))
    book.pay("~1g", order, FULL)
    book.overpay("~1g", "LEFT-BEFORE-A-DOUBT", 17)
    book.overpay("~1g", "LEFT-BEFORE-A-DOUBT", 0)
    book.pay("~2g", sent(book, "~2g", "HASHED-LATER", sha256=""), FULL)
    book.document("~2g", "HASHED-LATER", "ktp", sha256=HASH)
    due(book, "~0h", "HELD-FOR-A-WHILE")
    book.assess("~0h", "HELD-FOR-A-WHILE", "waiting", missing=("document:kk",))
    book.assess("~0h", "HELD-FOR-A-WHILE", "due", {("jkm.death", "heir:h1"): FULL})


AMOUNTS = {
    "paid-without-order": 5,
    "paid-beyond-order": 7,
    "paid-twice": FULL,
    "paid-twice-returned": FULL,
    "paid-otherwise": 9,
    "paid-before-order": FULL,
    "paid-undecided": FULL,
    "returned-unpaid": FULL + 3,
    "returned-open": 11,
    "other-account": FULL,
    "released-undecided": FULL,
    "unpaid": FULL,
    "held": FULL,
    "overpaid": 13,
    "without-hash": FULL,
    "waits-long": 2 * FULL + 11,
}


def in_order(line: ExceptionLine) -> int:
    """Where its kind stands among all."""
    return EVERY_KIND.index(line.kind)


WAIT_LONG = {"HELD", "LEFT-BEFORE-A-DOUBT", "PAID-UNDECIDED", "RETURNED-OPEN"}
"""Of what is planted: referred, two of them after they were paid, or come back from the bank, and nobody has done
anything about it since."""


async def test_each_kind_is_found_where_it_was_planted_and_nowhere_else(store: Store) -> None:
    """With its rupiah, in the order of the kinds; a second calculation from the events comes to the same totals."""
    book = planted()
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        found = exceptions(view, ON)
        apart = exceptions(view, ON, Sought(kind=APART))
    every = (*found.exceptions, *apart.exceptions)
    told = [(line.kind, line.claim, line.amount) for line in sorted(every, key=in_order)]
    told = [line for line in told if line[0] != "waits-long"]
    assert told == [(kind, kind.upper(), AMOUNTS[kind]) for kind in KINDS if kind != "waits-long"]
    assert {line.claim for line in found.exceptions if line.kind == "waits-long"} == WAIT_LONG
    assert [(total.kind, total.amount) for total in found.totals] == list(AMOUNTS.items())
    counted = recomputed.exceptions(Ledger(entry.body for log in book.logs for entry in log), ON.isoformat())
    assert {kind: total["amount"] for kind, total in counted.items()} == AMOUNTS


async def test_an_exception_names_its_events(store: Store) -> None:
    """Each stands in the ledger under the reference and at the position that are named."""
    book = planted()
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        every = (*exceptions(view, ON).exceptions, *exceptions(view, ON, Sought(kind=APART)).exceptions)
    for line in every:
        assert line.events
        for position, ref in line.events:
            body = book.logs[line.partition][position - 1].body
            agency, _, name = ref.partition(":")
            assert f'"source":"/agencies/{agency}"'.encode() in body
            assert f'"id":"{name}"'.encode() in body
            assert f'"claim":"{line.claim}"'.encode() in body


async def test_a_list_is_narrowed_and_asked_of_a_day(store: Store) -> None:
    """By kind, claim, district, agency and programme; on its last day an order is not late yet."""
    await Runner(store, planted(), PROJECTIONS).catch_up()
    with store.view() as view:

        def claims(on: dt.date = ON, **sought: str) -> set[str]:
            return {line.claim for line in exceptions(view, on, Sought(**sought)).exceptions}

        everything = claims()
        assert claims(kind="held") == {"HELD"}
        assert claims(claim="OVERPAID") == {"OVERPAID"}
        assert claims(agency="bpjs-tk-muba") == claims(programme="JKM") == everything
        assert claims(agency="dinsos-muba") == claims(programme="JKK") == claims(district="16.06.09") == set()
        assert claims(district="16.06.03") == {"RETURNED-UNPAID", "RETURNED-OPEN", "OTHER-ACCOUNT"}
        assert claims(district="16.06.03", kind=APART) == claims(claim="WITHOUT-HASH") == {"WITHOUT-HASH"}
        assert claims(ON - dt.timedelta(days=1)) == everything - {"UNPAID"}


async def test_documents_without_a_hash_are_counted_apart(store: Store) -> None:
    """Of all kinds, narrowed or not, they are no lines of the list; both together are all that is counted."""
    await Runner(store, planted(), PROJECTIONS).catch_up()
    with store.view() as view:
        for sought, number in (
            (Sought(), 1),
            (Sought(district="16.06.03"), 1),
            (Sought(district="16.06.02"), 0),
        ):
            found = exceptions(view, ON, sought)
            assert APART not in {line.kind for line in found.exceptions}
            assert sum(total.exceptions for total in found.apart) == number
            assert sum(total.exceptions for total in found.totals) == len(found.exceptions) + number
            counted = facets(view, ON, sought)
            assert sum(one.count for one in counted["programme"]) == len(found.exceptions)
            assert {one.value: one.count for one in counted["kind"]}.get(APART, 0) == number
        for sought in (Sought(kind=APART), Sought(claim="WITHOUT-HASH")):
            found = exceptions(view, ON, sought)
            assert ([line.kind for line in found.exceptions], found.apart) == ([APART], ())


async def test_pages_and_facets_of_a_list_are_the_list(store: Store) -> None:
    """Pages of any size hold the whole list in its order, what stands on the server last; facets count all of it."""
    await Runner(store, planted(), PROJECTIONS).catch_up()
    refused = ExceptionLine(
        "HELD", "quarantined", "D-1", 0, 5, 0, 0, "", ("claim.paid", "invalid"), (), "", "", ""
    )
    elsewhere = replace(refused, claim="", subject="D-2")
    with store.view() as view:
        asked = view, ON, Sought(), [elsewhere, refused]
        whole = exceptions(*asked)
        for size in (1, 4, len(whole.exceptions) - 1, 100):
            starts = range(0, len(whole.exceptions), size)
            pages = [some_exception_lines(*asked, whole.listed, first, size) for first in starts]
            assert [line for page in pages for line in page] == list(whole.exceptions)
        assert [line.subject for line in whole.exceptions[-2:]] == ["D-2", "D-1"]
        assert whole.exceptions[-1].district == "16.06.02"
        counted = facets(*asked)
        assert {one.value: one.count for one in counted["kind"]} == {
            total.kind: total.exceptions for total in whole.totals
        }
        assert sum(one.count for one in counted["district"]) == len(whole.exceptions)
        assert len(whole.exceptions) + whole.apart[0].exceptions == sum(
            one.exceptions for one in whole.totals
        )
        narrowed = facets(view, ON, Sought(kind="held", district="16.06.02"))
        assert [one.value for one in narrowed["district"]] == ["16.06.02"]
        assert {one.value for one in narrowed["kind"]} > {"held"}


async def test_few_of_many_are_found_by_their_claims(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a district or an agency are those of the whole list, whichever way they are found."""
    await Runner(store, planted(), PROJECTIONS).catch_up()
    ways = (Sought(district="16.06.02"), Sought(agency="bpjs-tk-muba", programme="JKM"), Sought(claim="HELD"))
    with store.view() as view:
        for sought in (*ways, *(replace(one, district="16.06.02") for one in ways)):
            whole = exceptions(view, ON, sought)
            assert whole.exceptions
            for broad in (0, listing._BROAD):
                monkeypatch.setattr(listing, "_BROAD", broad)
                for size in (1, 3, 100):
                    pages = [
                        some_exception_lines(view, ON, sought, (), whole.listed, first, size)
                        for first in range(0, len(whole.exceptions), size)
                    ]
                    assert [line for page in pages for line in page] == list(whole.exceptions)


async def test_exceptions_come_out_the_same_however_the_ledger_is_read(store: Store) -> None:
    """One that was there for a while only leaves no trace, whether it came and went in one batch or in two."""
    book, chance = planted(), random.Random(7)
    with Store.temporary() as other:
        await Runner(other, Shuffled(book, chance), PROJECTIONS, batch=3).catch_up()
        await Runner(store, book, PROJECTIONS).catch_up()
        with store.view() as view, other.view() as shuffled:
            assert exceptions(view, ON) == exceptions(shuffled, ON)


async def test_a_claim_waits_long_from_the_day_after_its_days(store: Store) -> None:
    """Seven days after it was referred it does not yet, on the eighth it does; what is decided waits no more."""
    book = Book()
    book.enrol("~0a")
    filed = book.file("~0a", "WAITS", sha256=HASH)
    book.assess("~0a", "WAITS", "referred", reasons=("in-arrears",), cause=filed)
    await Runner(store, book, PROJECTIONS).catch_up()
    referred = civil_date(book.recordedtime(book.logs[0][-1]))
    with store.view() as view:
        assert not exceptions(view, referred + dt.timedelta(days=7)).exceptions
        (waits,) = exceptions(view, referred + dt.timedelta(days=8)).exceptions
    assert (waits.kind, waits.amount, waits.details) == ("waits-long", 0, ("decide",))
    book.assess("~0a", "WAITS", "due", {("jkm.death", "heir:h1"): FULL}, cause=filed)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        assert not exceptions(view, LATER).exceptions
