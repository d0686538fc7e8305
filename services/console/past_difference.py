"""``EARLIER LATER [DAY]``: what changed in the whole book between two cuts, as JSON, by a process of its own."""

from __future__ import annotations

import datetime as dt
import sys

import msgspec
from msgspec import Struct

from projections.store import Store
from projections.sums import Sums
from services.book.cut import Cut, cut_from
from services.book.movements import ClaimMovement, FactMovement, Kind, moved
from services.console.past_book import done
from services.console.progress import Advanced, reporting
from services.console.results import Results
from services.figures.totals import Totals, movement_totals
from services.platform.child_processes import program_of
from services.platform.garbage_collection import collect_never
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation

MOST_CLAIMS = 10_000
"""How many claims a page lists: those of which most moved."""


class MovedClaim(Struct, frozen=True):
    """As much of one claim (``services.book.movements.ClaimMovement``) as a page lists.

    ``facts`` are the positions of the events that moved a sum, by type; where none did, the last that was recorded.
    """

    claim: str
    kind: Kind
    status_before: str
    status_after: str
    movement: Sums
    partition: int
    facts: dict[str, list[int]]

    @classmethod
    def of(cls, one: ClaimMovement) -> MovedClaim:
        """Leave out what a page does not show, which for many claims is most."""
        facts: dict[str, list[int]] = {}
        for event in [event for event in one.events if event.movement != Sums()] or one.events[-1:]:
            facts.setdefault(event.type, []).append(event.position)
        return cls(
            one.claim,
            one.kind,
            one.status_before,
            one.status_after,
            one.movement,
            one.events[0].partition,
            facts,
        )


class BookDifference(Struct, frozen=True):
    """What moved between two cuts (``services.book.movements.Movements``); of the claims those of which most moved."""

    earlier: Cut
    later: Cut
    true_on: dt.date | None
    before: Sums
    movement: Sums
    after: Sums
    facts: tuple[FactMovement, ...]
    counts: dict[Kind, int]
    unmoved: int
    adds_up: bool
    totals: Totals
    claims: tuple[MovedClaim, ...]

    @property
    def number_of(self) -> int:
        """How many claims moved."""
        return sum(self.counts.values())


def ask(
    results: Results,
    settings: Settings,
    earlier: Cut,
    later: Cut,
    true_on: dt.date | None,
    advanced: Advanced,
) -> BookDifference:
    """Ask what changed, and call ``advanced`` with how far the answer has come.

    Raises ``CommandFailedError`` with what the process says where it could not tell.
    """
    words = [str(earlier), str(later), *([true_on.isoformat()] if true_on else [])]
    printed = results.process(program_of(__name__, words), settings, advanced=advanced)
    return msgspec.json.decode(printed, type=BookDifference)


async def tell(earlier: Cut, later: Cut, true_on: dt.date | None) -> None:
    """Write what changed in the book of the installation that the environment names to standard output."""
    async with open_installation(Settings.read(), ()) as installation:
        with Store.temporary() as store:
            moved_book = await moved(
                store,
                installation.ledger,
                earlier,
                later,
                true_on,
                most=MOST_CLAIMS,
                advanced=reporting(later.events),
            )
    movements = BookDifference(
        earlier=moved_book.earlier,
        later=moved_book.later,
        true_on=moved_book.true_on,
        before=moved_book.before,
        movement=moved_book.movement,
        after=moved_book.after,
        facts=moved_book.facts,
        counts=moved_book.counts,
        unmoved=moved_book.unmoved,
        adds_up=moved_book.adds_up,
        totals=movement_totals(moved_book),
        claims=tuple(MovedClaim.of(one) for one in moved_book.claims),
    )
    sys.stdout.buffer.write(msgspec.json.encode(movements))


def main() -> int:
    """Compare the cuts that the arguments name."""
    collect_never()
    earlier, later, *days = sys.argv[1:]
    true_on = dt.date.fromisoformat(days[0]) if days else None
    return done(tell(cut_from(earlier), cut_from(later), true_on))
