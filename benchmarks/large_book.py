"""A large book for benchmarks.

The claims of one generated partition again and again, under other numbers and as other persons. So a million of them
need no day to make. The ledger is given from memory, and the read models are built from it by as many processes as
there are processors.
"""

# ruff: noqa: S608 - only names of our own tables and columns are put into statements

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from sqlalchemy import Column, Text

from benchmarks.recalculation import SEED, Recorder
from benchmarks.report import Figure, machine, show, write
from events.catalogue import decode, encode
from events.envelope import KELAMBU
from events.payment import PaymentOrdered
from events.redaction import redact
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.benefits.reading.folder import load
from services.disbursement.proposals import proposal
from services.platform.garbage_collection import collect_never
from services.platform.process_pool import run_parallel
from services.runtime.parallel_rebuild import AT_ONCE
from services.sealing.tokens import Tokens
from services.simulation import AgencyMessage, Bank, World

PARTITION = 1_000
"""Claims of one partition."""
PERSONS = 2
"""Persons for each claim: a book of hardly anything but claims. A regency's year has a hundred."""
SHARES = 8
"""Partitions of an installation, among which those of the book are shared."""


_ADDED = frozenset({"claims_group", "participants_cover"})
"""Tables of numbers over all partitions together: those of the copies are added up."""
_FIRST = "M000-"
"""Marks what differs in each copy, in the first of them."""
_FIRST_PERSONS = "0000"
"""Persons are numbered by their partition in the first four digits."""


class _Entry(Struct, frozen=True):
    partition: int
    position: int
    body: bytes


class _Left(Struct, frozen=True):
    """An order that has left for the bank."""

    order: str
    claim: str
    payee: str
    amount: int
    due_on: dt.date


class _PaidRecorder(Recorder):
    """Lets what is ordered leave too, and the bank answer."""

    def pay(self, bank: Bank) -> None:
        """Release each order and record what the bank and the offices say of it, until nothing more is ordered."""
        looked = 0
        while ordered := [
            event for event in map(decode, self.bodies[looked:]) if isinstance(event, PaymentOrdered)
        ]:
            looked, answers = len(self.bodies), list[AgencyMessage]()
            for event in ordered:
                data, told = event.data, len(self.bodies)
                self.record(str(event.person), decode(proposal(event, "00-000001", event.time)))
                if len(self.bodies) > told:
                    left = _Left(data.order, data.claim, data.payee, data.amount, data.due_on)
                    answers += bank.answer(left, event.time.date())
            for answer in sorted(answers, key=lambda one: one.time):
                self.take(answer.body)


class CopiedLedger:
    """Implements ``projections.checkpoint.LedgerReader``: partitions that are alike but for numbers and persons."""

    def __init__(
        self, claims: int, *, persons: int = PERSONS, tokens: bool = False, paid: bool = False
    ) -> None:
        """Generate one partition, to be given as often as ``claims`` asks for, with so many persons for each claim.

        ``tokens``: persons, districts and accounts are tokens, others in each copy, and all is recorded when it was
        sent. ``paid``: what is ordered leaves, and the bank answers.
        """
        book, world = _PaidRecorder(load()), World(SEED, persons * PARTITION, PARTITION)
        for message in chain(world.enrolments(), world.claims()):
            book.take(message.body)
        if paid:
            book.pay(Bank(SEED, world.courses))
        secret = Tokens(b"a secret of the benchmark".ljust(32))
        self._bodies = [_redacted(body, secret) for body in book.bodies] if tokens else book.bodies
        self.partitions = -(-claims // PARTITION)
        self.events = len(self._bodies) * self.partitions

    async def follow(
        self, after: Mapping[int, int], limit: int, block_ms: int
    ) -> Mapping[int, Sequence[_Entry]]:
        """Return up to ``limit`` events of each partition after a position; never waits."""
        del block_ms
        by_partition = {
            partition: [
                _Entry(partition, position, _copied(body, partition))
                for position, body in enumerate(self._bodies[seen : seen + limit], seen + 1)
            ]
            for partition, seen in after.items()
        }
        return {partition: entries for partition, entries in by_partition.items() if entries}


def _copied(body: bytes, partition: int) -> bytes:
    """Return an event as that of another partition: its claims and persons under other numbers."""
    return (
        body.replace(b'"partition":0,', b'"partition":%d,' % partition)
        .replace(b"MUBA-", b"M%03d-" % partition)
        .replace(b'"person":"1606', b'"person":"%04d' % partition)
    )


def _redacted(body: bytes, tokens: Tokens) -> bytes:
    """Return an event with tokens and districts that are marked to differ in each copy, recorded when it was sent."""
    event, _ = redact(decode(body), tokens)
    when = {"recordedtime": event.time} if event.source != KELAMBU else {}
    whole = encode(replace(event, **when))
    return whole.replace(b'"~', b'"~MUBA-').replace(b'"district":"16.06', b'"district":"MUBA-')


def build(url: str, ledger: CopiedLedger) -> None:
    """Build every read model from the ledger, on a process for each processor, in as many shares as an installation has partitions."""
    with closing(Store(url)) as store:
        Runner(store, ledger, PROJECTIONS)
    shares = [range(first, ledger.partitions, SHARES) for first in range(SHARES)]
    run_parallel(partial(_share, url, ledger), [share for share in shares if share])
    with closing(Store(url)) as store:
        asyncio.run(Runner(store, ledger, PROJECTIONS).catch_up())


def _share(url: str, ledger: CopiedLedger, partitions: range) -> None:
    collect_never()
    with closing(Store(url)) as store:
        runner = Runner(store, ledger, PROJECTIONS, batch=AT_ONCE, partitions=partitions)
        asyncio.run(runner.catch_up())


def copied(file: Path, claims: int) -> None:
    """Build the read models of one partition into an SQLite file, and copy its rows within.

    ``claims`` in seconds, not hours. For questions to ask of it: each copy lives in a regency of its own, and what
    agencies sent in all is told of the first.
    """
    url = f"sqlite:///{file}"
    build(url, CopiedLedger(PARTITION, tokens=True, paid=True))
    patterns = {f"{pattern.name}_1": pattern for projection in PROJECTIONS for pattern in projection.tables}
    with closing(sqlite3.connect(file)) as database:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144"):
            database.execute(f"PRAGMA {pragma}")
        database.execute(
            "CREATE TEMP TABLE copies AS SELECT value AS n FROM json_each(?)", [_numbers(claims)]
        )
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql != ''"
        ).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        for name, pattern in patterns.items():
            database.execute(f"CREATE TEMP TABLE source AS SELECT * FROM {name}")
            values = ", ".join(map(_as_copy, pattern.columns))
            copies = f"SELECT {values} FROM copies CROSS JOIN source WHERE true"
            if pattern.name in _ADDED:
                more = ", ".join(
                    f'"{c.name}" = "{c.name}" + excluded."{c.name}"'
                    for c in pattern.columns
                    if not c.primary_key
                )
                database.execute(f"INSERT INTO {name} {copies} ON CONFLICT DO UPDATE SET {more}")
            else:
                database.execute(f"INSERT OR IGNORE INTO {name} {copies}")
            database.execute("DROP TABLE temp.source")
        for _, sql in indexes:
            database.execute(sql)
        database.commit()
        database.execute("PRAGMA journal_mode=WAL")


def join(file: Path, other: Path) -> None:
    """Put every row of other read models into a file that was copied; one that stands in both is that of the other."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("ATTACH ? AS other", [str(other)])
        for projection in PROJECTIONS:
            for pattern in projection.tables:
                database.execute(
                    f"INSERT OR REPLACE INTO main.{pattern.name}_1 SELECT * FROM other.{pattern.name}_1"
                )
        database.commit()


def _numbers(claims: int) -> str:
    return str(list(range(1, -(-claims // PARTITION))))


def _as_copy(column: Column[str] | Column[int]) -> str:
    """Return the value of a column in a copy of its row; places hold the partition above 48 bits."""
    if column.name in ("place", "before") or (column.name == "last" and not _is_text(column)):
        return f'"{column.name}" + CASE "{column.name}" WHEN 0 THEN 0 ELSE copies.n << 48 END'
    if column.name == "partition":
        return "copies.n"
    if column.name == "person":
        return f"CASE substr(person, 1, 4) WHEN '{_FIRST_PERSONS}' THEN printf('%04d', copies.n) || substr(person, 5) ELSE person END"
    if column.name in ("district", "value"):
        return (
            f"replace({column.name}, '{_FIRST}', printf('%02d.%02d', 11 + copies.n % 34, 1 + copies.n / 34))"
        )
    return (
        f"""replace("{column.name}", '{_FIRST}', printf('M%03d-', copies.n))"""
        if _is_text(column)
        else f'"{column.name}"'
    )


def _is_text(column: Column[str] | Column[int]) -> bool:
    return isinstance(column.type, Text)


@contextmanager
def built(claims: int) -> Iterator[Store]:
    """Give the read models of so many claims, copied into a file that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kelambu-bench-") as folder:
        file = Path(folder) / "read-models.db"
        copied(file, claims)
        with closing(Store(f"sqlite:///{file}")) as store:
            yield store


def parser(program: str, description: str | None, *claims: int) -> argparse.ArgumentParser:
    """Return what every benchmark over large books is asked: how many claims, and where to write."""
    asked = argparse.ArgumentParser(prog=f"python -m benchmarks.{program}", description=description)
    asked.add_argument("--claims", type=int, nargs="*", default=claims, help="how many, size by size")
    asked.add_argument("--out", type=Path, help="where to write JSON")
    return asked


def report_figures(out: Path | None, doing: str, figures: Iterable[Figure]) -> int:
    """Measure, show the figures and write them; exit code 1 when a goal was missed."""
    busy = os.getloadavg()[0]
    with Console(stderr=True).status(doing):
        every = list(figures)
    report = machine(f"{PARTITION:,} claims (seed {SEED}) under other numbers", busy, every)
    show(report)
    if out:
        write(report, out)
    return int(any(figure.met is False for figure in every))
