"""Which claims are there, and how does each stand?"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Select, Table, select

from events.content import Content
from events.retraction import Struck
from projections import participants, timeline
from projections.batch import EventBatch
from projections.claim_memory import Memory
from projections.claim_state import ClaimState, agency, cause, claim_state_at, shown
from projections.claim_status import RETRACTED, civil, figures
from projections.columns import table
from projections.projection import Projection, Rows
from projections.store import View
from projections.sums import Sums

_MEMORY = Memory("claims")


class ClaimRow(Struct, frozen=True):
    """One claim. Rupiah; dates are civil dates of Asia/Jakarta, empty where there is none yet.

    ``position`` and ``recordedtime`` are those of its last event. What is said of the participant is what was
    stated last, None while nobody has enrolled the person.
    """

    claim: str
    shown: int
    """0 when the filing was retracted."""
    status: str
    programme: str
    cause: str
    event_date: str
    person: str
    partition: int
    position: int
    agency: str
    filed_at: str
    filed_on: str
    recordedtime: str
    version: int
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    benefits: dict[str, int]
    entitled: int
    ordered: int
    released: int
    paid: int
    returned: int
    overpaid: int
    paid_by_bank: int
    matched: int
    unmatched: int
    ordered_on: str
    paid_on: str
    district: str | None = None
    sector: str | None = None
    decile: int | None = None
    sponsor: str | None = None

    @property
    def sums(self) -> Sums:
        """Every sum by its name."""
        return Sums(
            entitled=self.entitled,
            ordered=self.ordered,
            released=self.released,
            paid_by_bank=self.paid_by_bank,
            matched=self.matched,
            unmatched=self.unmatched,
            overpaid=self.overpaid,
        )


_OF_THE_PERSON = ("district", "sector", "decile", "sponsor")
_CLAIM = table("claims", ClaimRow, key=("claim",), index=("shown", "person"), joined=_OF_THE_PERSON)


def _row(claim_state: ClaimState, struck: Struck) -> ClaimRow:
    award, filing, money = claim_state.award, claim_state.filing, figures(claim_state, struck)
    due = award.outcome == "due" and money.status != RETRACTED
    held = award if money.status != RETRACTED else Content()
    return ClaimRow(
        claim=claim_state.claim,
        shown=int(shown(claim_state, struck)),
        status=money.status,
        programme=award.programme,
        cause=cause(claim_state, struck),
        event_date=award.event_date or (filing.event_date if filing else ""),
        person=claim_state.person,
        partition=claim_state.partition,
        position=claim_state.position,
        agency=agency(claim_state),
        filed_at=filing.time if filing else "",
        filed_on=civil(filing.time) if filing else "",
        recordedtime=claim_state.recordedtime,
        version=award.version,
        missing=held.missing,
        reasons=held.reasons,
        benefits=dict(sorted(award.benefits.items())) if due else {},
        entitled=money.entitled,
        ordered=money.ordered,
        released=money.released,
        paid=money.paid,
        returned=money.returned,
        overpaid=money.overpaid,
        paid_by_bank=money.paid_by_bank,
        matched=money.matched,
        unmatched=money.paid_by_bank - money.matched,
        ordered_on=money.ordered_on,
        paid_on=money.paid_on,
    )


def _apply(rows: Rows, batch: EventBatch) -> None:
    rows.put(_CLAIM, [_row(claim_state, struck) for claim_state, struck in _MEMORY.changed(rows, batch)])


CLAIMS = Projection("claims", 3, (_CLAIM, *_MEMORY.tables), _apply)


def claim(view: View, number: str, as_of: timeline.AsOf = None) -> ClaimRow | None:
    """Return the claim, also one whose filing was retracted; ``as_of`` a position or instant, as it stood then."""
    if as_of is None:
        query, claims, _ = _joined(view)
        return next(iter(view.read(query.where(claims.c.claim == number), ClaimRow)), None)
    moments = timeline.moments(view, number, as_of)
    if not moments:
        return None
    steps = [moment.step for moment in moments if moment.step.type != "event.retracted"]
    then = _row(claim_state_at(number, steps), timeline.struck_in(moments))
    now = claim(view, number)
    if now is None:
        return then
    return msgspec.structs.replace(
        then, district=now.district, sector=now.sector, decile=now.decile, sponsor=now.sponsor
    )


def is_of(view: View, number: str, agency: str) -> bool:
    """Tell whether this agency filed the claim."""
    table = view.table(CLAIMS, _CLAIM)
    return bool(view.rows(select(table.c.claim).where(table.c.claim == number, table.c.agency == agency)))


def claims(
    view: View,
    *,
    status: str | None = None,
    programme: str | None = None,
    agency: str | None = None,
    district: str | None = None,
) -> list[ClaimRow]:
    """Return the claims, newest event last, narrowed by what is given; one whose filing was taken back is ``retracted``."""
    query, claims, people = _joined(view)
    sought = (claims.c.status, status), (claims.c.programme, programme), (claims.c.agency, agency)
    for column, value in (*sought, (people.c.district, district)):
        if value is not None:
            query = query.where(column == value)
    return view.read(query, ClaimRow)


def _joined(view: View) -> tuple[Select[Any], Table, Table]:
    claims, people = view.table(CLAIMS, _CLAIM), participants.people(view)
    query = (
        select(claims, people.c.district, people.c.sector, people.c.decile, people.c.sponsor)
        .select_from(claims.outerjoin(people, (people.c.person == claims.c.person) & (people.c.known == 1)))
        .order_by(claims.c.recordedtime, claims.c.partition, claims.c.position)
    )
    return query, claims, people
