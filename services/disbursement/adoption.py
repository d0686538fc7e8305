"""Batch files that the ledger does not know, since it is an older copy: read back, so that nothing leaves twice.

What a file says has gone to the bank. Its orders are written down as left, under the batch's own number; an order that
the ledger comes to know later is recorded as released in that batch, and never leaves in another.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import datetime as dt
import hashlib
import io
from pathlib import Path

from msgspec import Struct

from events.message import Message, message
from services.disbursement.batch_file import (
    HEADER,
    BatchFileError,
    differing,
    fault_of,
    lines,
    path_of,
    place_of,
    trailer,
)
from services.installation.batch_directory import batch_files
from services.ledger.payments import Departure, OrderBatch, Payments

_PAGE = 1000


class LeftFile(Struct, frozen=True):
    """A batch as its file says, with its orders; its positions are those of no ledger."""

    batch: OrderBatch
    orders: tuple[Departure, ...]


async def unknown_files(payments: Payments, directory: Path) -> list[LeftFile]:
    """Return the batches whose files are in the directory and which the ledger does not know, in their order.

    Raises:
        BatchFileError: a file is none of Kelambu's, was changed, or one before it is missing.
    """
    files_left: list[LeftFile] = []
    last: dict[int, int] = {}
    places = {name: place_of(name) for name in batch_files(directory)}
    for name, place in sorted(places.items(), key=lambda one: one[1] or (0, 0)):
        if place is None:
            raise BatchFileError(message("batch-file.none", file=directory / name))
        partition, sequence = place
        if partition not in last:
            last[partition] = (await payments.progress(partition)).sequence
        if sequence <= last[partition]:
            continue
        if sequence != last[partition] + 1:
            before = f"p{partition:02d}-{sequence - 1}"
            raise BatchFileError(message("batch-file.before-missing", file=directory / name, before=before))
        last[partition] = sequence
        files_left.append(read_back(directory / name, partition, sequence))
    return files_left


def all_files(directory: Path) -> list[LeftFile]:
    """Return every batch whose file is in the directory and can be read, in their order; no ledger is asked."""
    files_left: list[LeftFile] = []
    places = [(place, name) for name in batch_files(directory) if (place := place_of(name))]
    for (partition, sequence), name in sorted(places):
        with contextlib.suppress(BatchFileError, OSError):
            files_left.append(read_back(directory / name, partition, sequence))
    return files_left


async def changed_files(payments: Payments, directory: Path) -> list[Message]:
    """Say of each file of a batch that the ledger knows what is wrong where it is not as it left.

    A missing one is not.
    """
    changes: list[Message] = []
    after = 0
    while page := await payments.batches(after, _PAGE):
        changes += await asyncio.to_thread(_changed, directory, [batch for _, batch in page])
        after = page[-1][0]
    return changes


def _changed(directory: Path, batches: list[OrderBatch]) -> list[Message]:
    changes = []
    for batch in batches:
        path = path_of(directory, batch)
        if path.exists() and (fault := fault_of(path, batch)):
            changes.append(differing(path, fault).message)
    return changes


def read_back(path: Path, partition: int, sequence: int) -> LeftFile:
    """Read a batch file; raises ``BatchFileError`` where it is not whole, or its totals are not those of its rows."""
    content = path.read_bytes()
    try:
        _head, *rows, tail = list(csv.reader(io.StringIO(content.decode(), newline="")))
        orders = tuple(_order(partition, row) for row in rows)
    except ValueError as error:
        raise BatchFileError(message("batch-file.unreadable", file=path)) from error
    body = content[len(lines([HEADER])) : len(content) - len(lines([tail]))]
    batch = OrderBatch(
        partition=partition,
        sequence=sequence,
        after=0,
        to=0,
        count=len(orders),
        amount=sum(order.amount for order in orders),
        sha256=hashlib.sha256(body).hexdigest(),
        adopted=True,
    )
    if trailer(batch) != lines([tail]) or not content.startswith(lines([HEADER])):
        raise BatchFileError(message("batch-file.altered", file=path))
    return LeftFile(batch, orders)


def _order(partition: int, row: list[str]) -> Departure:
    order, claim, payee, _holder, _bank, _number, amount, due_on = row
    return Departure(
        order=order,
        claim=claim,
        payee=payee,
        amount=int(amount),
        due_on=dt.date.fromisoformat(due_on),
        person="",
        partition=partition,
        released_at=0,
    )
