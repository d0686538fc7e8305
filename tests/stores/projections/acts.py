"""Whatever may be recorded, sensible or not: acts that are drawn, and the book that they make."""

from __future__ import annotations

import datetime as dt
import random

from hypothesis import strategies as st

from events.payment import Reordered
from tests.stores.projections.book import Book

PEOPLE = [f"~{partition}{name}" for partition in range(3) for name in ("ani", "budi")]
KINDS = (
    "enrol",
    "end",
    "months",
    "death",
    "file",
    "assess",
    "order",
    "release",
    "cancel",
    "pay",
    "return",
    "retract",
)

acts = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(PEOPLE), st.integers(0, 2**16)), min_size=5, max_size=60
)


def recorded(history: list[tuple[str, str, int]], *, days: int = 0) -> Book:
    """Record the acts as they come, sensible or not: a read model may not care.

    Between two pass up to so many ``days``.
    """
    book, refs = Book(), {person: ["dinsos-muba:p00-99"] for person in PEOPLE}
    for kind, person, draw in history:
        book.seconds += draw % (days + 1) * 86_400
        refs[person].append(_act(book, kind, person, refs[person], random.Random(draw)))
    return book


def drawn_day(book: Book, data: st.DataObject) -> dt.date | None:
    """A day on which something happened, or all days."""
    return data.draw(st.none() | st.sampled_from(book.own_dates))


def _act(book: Book, kind: str, person: str, refs: list[str], chance: random.Random) -> str:  # noqa: PLR0911 - one way for each act
    claim = f"K-{person[1:].upper()}-{chance.randint(1, 2)}"
    order = f"{claim}.{chance.randint(1, 3)}"
    amount, month = chance.choice((1_000, 2_000)), chance.randint(1, 12)
    match kind:
        case "enrol":
            district = f"16.06.0{chance.randint(1, 3)}"
            return book.enrol(person, district=district, starts_on=dt.date(2025, month, 15))
        case "end":
            return book.end(person, dt.date(2025, month, 20))
        case "months":
            return book.pay_months(person, f"2025-{month:02}", f"2025-{chance.randint(month, 12):02}")
        case "death":
            return book.find_death(person, claim, dt.date(2025, month, 9))
        case "file":
            return book.file(person, claim)
        case "assess":
            outcome = chance.choice(("waiting", "referred", "denied", "due", "due", "withdrawn"))
            return book.assess(person, claim, outcome, {("jkm.death", "heir:h1"): amount})
        case "order":
            replaces = chance.choice(((), (Reordered(f"{claim}.1", amount),)))
            return book.order(person, order, amount, replaces=replaces, cause=refs[-1])
        case "release":
            return book.release(person, order)
        case "cancel":
            return book.cancel(person, order, amount)
        case "pay":
            return book.pay(person, order, amount)
        case "return":
            return book.send_back(person, order, chance.choice((0, 700)))
    return book.retract(person, chance.choice(refs))
