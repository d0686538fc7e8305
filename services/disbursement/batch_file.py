"""The file that goes to the bank.

Its rows with control totals, and the directory in which each is written once, never replaced. A file that was sent to
the bank is evidence. So a name that is taken is taken: the same bytes are there already, or disbursement stops and
says so. The directory is compared with the ledger before anything leaves.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from events.message import Message, message
from events.personal import Account
from services.ledger.payments import Departure, OrderBatch
from services.platform.durability import sync
from services.platform.sanitizing import cell
from services.texts.errors import TextError

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
    order_accounts = ((order, accounts.get(order.order, nobody)) for order in orders)
    return lines(
        [
            (o.order, o.claim, o.payee, to.holder, to.bank, to.number, str(o.amount), o.due_on.isoformat())
            for o, to in order_accounts
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


_BATCH = re.compile(r"p(\d\d)-([1-9]\d*)\.csv", re.ASCII)
_DRAFT = re.compile(r"\.p(\d\d)-\d+\.csv\..*", re.ASCII)

Signature = tuple[int, int, int]
"""Inode, size and time of change: as long as they are the same, nobody has written to the file."""


class BatchFileError(TextError):
    """The directory holds what the ledger did not let leave; the message says which file, and what to do."""


def path_of(directory: Path, batch: OrderBatch) -> Path:
    """Return the path of a batch's file."""
    return directory / f"{batch.label}.csv"


def write(path: Path, content: bytes) -> None:
    """Put the file in place so that it is there in full or not at all, for its owner alone (mode 0600).

    It is durable when this returns. A file that is there already with these bytes is left as it is.

    Raises:
        BatchFileError: it is there with other bytes, which nobody replaces.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # a name that is taken stays as it is
        except FileExistsError:
            if path.read_bytes() != content:
                raise BatchFileError(message("batch-file.taken", file=path)) from None
    finally:
        with suppress(FileNotFoundError):
            Path(draft).unlink()
    sync(path.parent)


def place_of(name: str) -> tuple[int, int] | None:
    """Return partition and number of the batch that a file has its name from; None if it is no batch's."""
    match = _BATCH.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else None


def unknown(directory: Path, names: Iterable[str]) -> BatchFileError:
    """Say that these files are there and the ledger knows no batch of their names."""
    listed = sorted(names)
    first, more = str(directory / listed[0]), len(listed) - 1
    files = message("and-more", file=first, count=more) if more else first
    return BatchFileError(message("batch-file.unknown", files=files))


def fault_of(path: Path, batch: OrderBatch) -> Message | None:
    """Say what differs between a file and the batch that left, None where nothing does; no key is needed to see it."""
    if not path.exists():
        return message("batch-file.missing")
    content, head, tail = path.read_bytes(), lines([HEADER]), trailer(batch)
    if not content.startswith(head) or not content.endswith(tail) or len(content) < len(head) + len(tail):
        return message("batch-file.other-totals")
    if hashlib.sha256(content[len(head) : len(content) - len(tail)]).hexdigest() != batch.sha256:
        return message("batch-file.other-rows")
    return None


def differing(path: Path, fault: Message) -> BatchFileError:
    """Say that a file is not the one that left."""
    return BatchFileError(message("batch-file.changed", file=path, fault=fault))


def signature(path: Path) -> Signature | None:
    """Return what changes when somebody writes to the file; None where there is none."""
    with suppress(FileNotFoundError):
        status = path.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns
    return None


def clear_drafts(directory: Path, partition: int | None = None) -> None:
    """Remove what a crash left of files of a partition, or of all, that were being written; they are written anew."""
    with suppress(FileNotFoundError):
        for path in directory.iterdir():
            draft = _DRAFT.fullmatch(path.name)
            if draft and partition in (None, int(draft[1])):
                path.unlink(missing_ok=True)
