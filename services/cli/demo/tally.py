"""Counting how a year ended: every figure of the summary, from the read models and the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import func, select

from projections import agencies, claims, participants, payments
from projections.claims import ClaimRow
from projections.store import View
from services.cli.demo.summary import Messages, StatusTotals, Summary
from services.cli.render.sums import reconciled
from services.ledger.quarantine import QuarantineStore


class SentTotals(Struct, frozen=True):
    """What only the sender and the edge know: documents sent, refused ones by code, events that wait."""

    agencies: int
    documents: int
    refused: Mapping[str, int]
    waiting: int


async def refusals(quarantine: QuarantineStore, names: Iterable[str]) -> Counter[str]:
    """Count the refused documents of these agencies by code."""
    codes: Counter[str] = Counter()
    for name in names:
        seen = 0
        while page := await quarantine.documents(name, seen):
            codes.update(document.code for document in page)
            seen += len(page)
    return codes


def tally(view: View, sent: SentTotals, events: int, differences: Sequence[str], seconds: float) -> Summary:
    """Count the year; ``differences`` are what verification found, ``events`` those in the ledger."""
    every = claims.claims(view)
    admitted = sum(sort.admitted for sort in agencies.admitted(view))
    refused = sum(sent.refused.values())
    return Summary(
        deciles=_deciles(view),
        statuses=_statuses(every),
        missing=_codes(every, "waiting"),
        referred=_codes(every, "referred"),
        denied=_codes(every, "denied"),
        sums=reconciled(view),
        mismatches=len(payments.mismatches(view)),
        messages=Messages(
            agencies=sent.agencies,
            sent=sent.documents,
            admitted=admitted,
            repeated=sent.documents - admitted - refused - sent.waiting,
            refused=sent.refused,
            orphans=sent.waiting,
        ),
        events=events,
        differences=tuple(differences),
        examples=_examples(every),
        seconds=seconds,
    )


def _deciles(view: View) -> dict[str, int]:
    people = participants.people(view)
    query = select(people.c.decile, func.count()).where(people.c.known == 1).group_by(people.c.decile)
    return {str(decile): int(count or 0) for decile, count in view.rows(query)}


def _statuses(every: Iterable[ClaimRow]) -> dict[str, StatusTotals]:
    found: dict[str, StatusTotals] = {}
    for claim in every:
        held = found.get(claim.status, StatusTotals())
        found[claim.status] = StatusTotals(
            held.claims + 1, held.ordered + claim.ordered, held.paid_by_bank + claim.paid_by_bank
        )
    return found


def _codes(every: Iterable[ClaimRow], status: str) -> Counter[str]:
    """Count what claims of a status wait for, or the reasons given; a claim counts under each of its codes."""
    counted: Counter[str] = Counter()
    for claim in every:
        if claim.status == status:
            counted.update(claim.missing if status == "waiting" else claim.reasons)
    return counted


def _examples(every: Iterable[ClaimRow]) -> dict[str, str]:
    """Choose for each status the claim of which there is most to tell."""
    told = sorted(every, key=lambda claim: (claim.version, claim.claim))
    return {claim.status: claim.claim for claim in told}
