"""A peer on the same machine: pyeventsourcing on SQLite, one command = load, decide, append, fsync."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.report import Figure

CLAIMS = 300
FACTS = 8


class Claim(Aggregate):
    """A claim that counts the facts it was told, the least that a decision can do."""

    def __init__(self, number: str) -> None:
        """File the claim."""
        self.number = number
        self.facts = 0

    @event("Reported")
    def report(self, fact: str) -> None:
        """Take one fact up."""
        del fact  # it stands in the event
        self.facts += 1


class Claims(Application[UUID]):
    """The claims, in an SQLite file that is synced at every commit."""

    def file(self, number: str) -> UUID:
        """File a claim."""
        claim = Claim(number)
        self.save(claim)
        return claim.id

    def report(self, claim_id: UUID, fact: str) -> None:
        """Load a claim, tell it a fact, append the event."""
        claim: Claim = self.repository.get(claim_id)
        claim.report(fact)
        self.save(claim)


def measure(folder: Path) -> Figure:
    """Return the commands per second over short histories, each command in a transaction of its own."""
    database = folder / "peer.db"
    claims = Claims(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(database)})
    try:
        ids = [claims.file(f"CLM-{number}") for number in range(CLAIMS)]
        began = time.perf_counter()
        for _ in range(FACTS):
            for claim_id in ids:
                claims.report(claim_id, "a fact of the size that agencies report " * 5)
        seconds = time.perf_counter() - began
    finally:
        claims.close()
    return Figure(
        "pyeventsourcing 9.5 on SQLite", CLAIMS * FACTS / seconds, "commands/s", note="load, decide, append"
    )
