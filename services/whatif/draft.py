"""Correcting events, drafted for approval: nothing here sends anything.

A claim is judged anew when something is said about it. So the correcting event is what a person says who has looked
at a claim once more: ``claim.reviewed`` with ``approve`` and no reasons. It lifts no doubt and changes no fact; the
decider answers it by the rulebook that is adopted by then, with a new assessment, orders, cancellations or an
overpayment. A claim that an officer denied is left out, for an approval would lift that denial, and one of which only
the days of orders would differ, for what was ordered keeps its day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec

from events.claim import ClaimReviewed, Review
from services.whatif.comparison import ClaimChange


def corrections(
    changes: Iterable[ClaimChange], rulebook: str, *, agency: str, officer: str, at: dt.datetime
) -> Iterator[bytes]:
    """Yield one document for each claim that changes, to be approved and then published as the agency.

    The id names the rulebook, the claim and the version that was looked at: published twice it counts once.
    """
    for change in changes:
        if change.denied_by_officer or not change.amends:
            continue
        grounds = f"Dinilai ulang menurut rulebook {rulebook[:12]}: selisih {change.difference} rupiah"
        event = ClaimReviewed(
            specversion="1.0",
            id=f"w-{rulebook[:8]}-{change.claim}-{change.version}",
            source=f"/agencies/{agency}",
            subject=change.claim,
            time=at,
            data=Review(change.claim, officer, "approve", [], grounds),
        )
        yield msgspec.json.encode(event)
