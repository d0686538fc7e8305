"""The file that goes to the bank: one row per order, a trailer with control totals, the same bytes whenever repeated."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence

from events.personal import Account
from services.ledger.payments import Departure, OrderBatch
from services.platform.sanitizing import cell

HEADER = ("order", "claim", "payee", "holder", "bank", "number", "amount", "due_on")


def compose(
    partition: int,
    sequence: int,
    span: tuple[int, int],
    orders: Sequence[Departure],
    accounts: Mapping[str, Account],
) -> tuple[OrderBatch, bytes]:
    """Make the batch of the orders released in positions ``span[0]`` + 1 to ``span[1]``, and its file.

    ``accounts`` is by order id; an order without one keeps its row, with an empty account.
    """
    rows = _rows(orders, accounts)
    batch = OrderBatch(
        partition=partition,
        sequence=sequence,
        after=span[0],
        to=span[1],
        count=len(orders),
        amount=sum(order.amount for order in orders),
        sha256=hashlib.sha256(rows).hexdigest(),
    )
    return batch, lines([HEADER]) + rows + trailer(batch)


def _rows(orders: Sequence[Departure], accounts: Mapping[str, Account]) -> bytes:
    nobody = Account("", "", "")
    found = ((order, accounts.get(order.order, nobody)) for order in orders)
    return lines(
        [
            (o.order, o.claim, o.payee, to.holder, to.bank, to.number, str(o.amount), o.due_on.isoformat())
            for o, to in found
        ]
    )


def trailer(batch: OrderBatch) -> bytes:
    """The control totals, each under a heading of its own kind: count under payee, sum under amount."""
    return lines([("TOTAL", batch.label, str(batch.count), "", "", "", str(batch.amount), batch.sha256)])


def lines(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows as the file has them: every cell harmless to whoever opens it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(
        [cell(value) for value in row] for row in rows
    )  # as RFC 4180 has it
    return text.getvalue().encode()
