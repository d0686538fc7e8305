"""Files of claims for tests.

The events of a life as a ledger records them, with the rulebook by which they were decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec.structs import replace

from events.catalogue import AgencyEvent, Event, encode
from events.operation import Adoption, RulebookAdopted
from services.adjudication.state import State
from services.benefits.reading.folder import LAW, files_of
from services.benefits.rulebook import ENGINE
from services.claim_file.contents import ClaimFile, complete
from services.claim_file.deciding import decide, rulebooks_of
from services.claim_file.result import ClaimResult, result_of
from services.wording.claim_file import claim_pages
from tests.lives import Life, Recorded

BEGUN = dt.datetime(2026, 6, 11, 2, 0, tzinfo=dt.UTC)


class _Ledger(Recorded):
    """Records an adoption first, and gives each event the times of a ledger."""

    def __init__(self, life: Life) -> None:
        super().__init__(())
        self._position = 1
        for line in life.lines():
            self.take(line)

    def _advance(self, state: State, event: AgencyEvent) -> tuple[State, list[Event]]:
        time = BEGUN + dt.timedelta(minutes=event.position or 0)
        return super()._advance(state, replace(event, admittedtime=time, recordedtime=time))


def claim_file_of(life: Life, number: str) -> ClaimFile:
    """The file of a claim of this life."""
    book = _Ledger(life)
    adoption = RulebookAdopted(
        specversion="1.0",
        id="p00-1",
        source="/agencies/kelambu",
        time=BEGUN,
        data=Adoption(book.rulebook.hash, ENGINE),
        partition=0,
        position=1,
        recordedtime=BEGUN,
    )
    return ClaimFile(
        claim=number,
        installation="0123456789abcdef0123456789abcdef",
        partition=0,
        known_on="",
        events=tuple(encode(event) for event in (adoption, *book.said)),
        rulebooks={book.rulebook.hash: files_of(LAW)},
    )


def result_in(file: ClaimFile) -> ClaimResult:
    """What the claim of a file comes to."""
    return results_in(file, [file.claim])[0]


def results_in(file: ClaimFile, numbers: Sequence[str]) -> list[ClaimResult]:
    """What each of these claims of the file's person comes to."""
    made = decide(file, rulebooks_of(file)[0])
    assert made.rulebook is not None
    days = file.events_by_day()
    return [result_of(number, made.state, made.rulebook, days) for number in numbers]


def written(file: ClaimFile, *, pages: bool = False) -> dict[str, bytes]:
    """Every file of a claim's file by its name; with its pages only where asked for, since they take a second."""
    made = decide(file, rulebooks_of(file)[0])
    result = result_in(file)
    return complete(file, result, claim_pages(file, result, made) if pages else {})
