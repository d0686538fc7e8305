"""What an agency may see of a claim.

The agency that filed a claim sees how it stands: status, what is missing, reasons and award with their citations,
orders and payments. An agency that has sent events about it sees its status and these events. For everybody else
there is no such claim. Everything is as of one position of the read models; nothing personal stands in them.
"""

from __future__ import annotations

import asyncio

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct, convert

from events.assessment import ClaimAssessed
from events.catalogue import decode
from events.payment_matching import Discrepancy
from projections import claims, payments, timeline
from projections.store import NotBuiltError, Store
from services.gateway.access_control import AccessControl
from services.gateway.problems import Problem, unavailable
from services.gateway.requests import Asked, answer, authenticated, page_of
from services.ledger.claim_routes import Routes
from services.ledger.keys import id_hash
from services.runtime.bootstrap import Installation


class LedgerPlace(Struct, frozen=True):
    """A position of a partition: everything up to it is in the answer."""

    partition: int
    position: int


class ClaimReason(Struct, frozen=True):
    """Why a claim is referred or denied, and where that is written."""

    code: str
    citation: str


class AwardLine(Struct, frozen=True):
    """One line of the award, in rupiah."""

    benefit: str
    payee: str
    amount: int
    formula: str
    citation: str
    confidence: str


class ClaimOrder(Struct, frozen=True):
    """One payment order, in rupiah; a date that has not come is empty.

    ``amount`` is what stands of it without ``moved``, which came back and was ordered again; where all of it was, what
    it was. ``returned`` came back and was not paid since. ``held`` says why it may not leave.
    """

    order: str
    payee: str
    amount: int
    benefits: dict[str, int]
    state: str
    due_on: str
    released_at: str
    paid: int
    paid_on: str
    returned_on: str
    cancelled_at: str
    moved: int = 0
    returned: int = 0
    held: str = ""


class ClaimEvent(Struct, frozen=True, omit_defaults=True):
    """One event of a claim. ``id``, ``receipt`` and ``retracted`` only of the agency's own events."""

    type: str
    time: str
    partition: int
    position: int
    id: str = ""
    receipt: str = ""
    retracted: bool = False


class PublishedClaim(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A claim. What stands below ``retracted`` is for the agency that filed it."""

    claim: str
    status: str
    as_of: LedgerPlace
    retracted: bool = False
    """The filing was taken back."""
    programme: str = ""
    event_date: str = ""
    version: int = 0
    missing: tuple[str, ...] = ()
    reasons: tuple[ClaimReason, ...] = ()
    lines: tuple[AwardLine, ...] = ()
    entitled: int = 0
    ordered: int = 0
    released: int = 0
    paid_by_bank: int = 0
    matched: int = 0
    unmatched: int = 0
    returned: int = 0
    overpaid: int = 0
    mismatches: tuple[Discrepancy, ...] = ()
    """What the bank reported and what does not fit its order."""
    orders: tuple[ClaimOrder, ...] = ()
    events: tuple[ClaimEvent, ...] = ()
    """The agency's own."""


class ClaimEvents(Struct, frozen=True, omit_defaults=True):
    """Events of a claim in order; ``next`` is the ``after`` of the next page, if there is more."""

    items: tuple[ClaimEvent, ...]
    as_of: LedgerPlace
    next: int = 0


class _Seen(Struct, frozen=True):
    claim: claims.ClaimRow
    mismatches: tuple[Discrepancy, ...]
    orders: tuple[ClaimOrder, ...]
    events: tuple[ClaimEvent, ...]
    as_of: LedgerPlace


class Claims:
    """Looks claims up, for one agency at a time."""

    def __init__(self, installation: Installation) -> None:
        """Open the read models; ``close`` them afterwards."""
        self._installation, self._routes = installation, Routes(installation.core)
        self._store = Store(installation.settings.database_url)

    def close(self) -> None:
        """Close the read models."""
        self._store.close()

    async def claim(self, agency: str, number: str) -> PublishedClaim:
        """Return what an agency may see of a claim.

        Raises:
            Problem: there is no such claim, or not for this agency.
        """
        seen = await self._seen(agency, number)
        claim = seen.claim
        own = tuple(event for event in seen.events if event.id)
        if claim.agency != agency:
            return PublishedClaim(claim=number, status=claim.status, as_of=seen.as_of, events=own)
        reasons, lines = await self._award(claim)
        return PublishedClaim(
            claim=number,
            status=claim.status,
            as_of=seen.as_of,
            retracted=not claim.shown,
            programme=claim.programme,
            event_date=claim.event_date,
            version=claim.version,
            missing=claim.missing,
            reasons=tuple(one for one in reasons if one.code in claim.reasons),
            lines=lines if claim.entitled else (),
            entitled=claim.entitled,
            ordered=claim.ordered,
            released=claim.released,
            paid_by_bank=claim.paid_by_bank,
            matched=claim.matched,
            unmatched=claim.unmatched,
            returned=claim.returned,
            overpaid=claim.overpaid,
            mismatches=seen.mismatches,
            orders=seen.orders,
            events=own,
        )

    async def events(self, agency: str, number: str, after: int, limit: int) -> ClaimEvents:
        """Return the events of a claim behind a position; raises as ``claim`` does."""
        seen = await self._seen(agency, number)
        events_after = [event for event in seen.events if event.position > after]
        more = len(events_after) > limit
        items = tuple(events_after[:limit])
        return ClaimEvents(items, seen.as_of, items[-1].position if more else 0)

    async def _seen(self, agency: str, number: str) -> _Seen:
        """Look a claim up; what is asked of stores and server is the same for another agency's claim and for nobody's."""
        try:
            seen = await asyncio.to_thread(self._look, agency, number)
        except NotBuiltError:
            raise unavailable() from None
        if seen is not None:
            return seen
        (route,) = await self._routes.look([number])
        if route.agency == agency:
            raise Problem("not-recorded-yet", headers=[(b"retry-after", b"1")])
        raise Problem("not-found")

    def _look(self, agency: str, number: str) -> _Seen | None:
        with self._store.view() as view:
            filed = claims.is_of(view, number, agency)
            if not timeline.is_of(view, number, agency) and not filed:
                return None
            claim = claims.claim(view, number)
            if claim is None:
                return None
            orders = payments.of_claim(view, number)
            moments = timeline.moments(view, number)
            return _Seen(
                claim,
                tuple(timeline.mismatches(number, moments)),
                convert(orders, tuple[ClaimOrder, ...], from_attributes=True),
                tuple(_event(agency, one) for one in moments),
                _as_of(view.positions, claim.partition),
            )

    async def _award(self, claim: claims.ClaimRow) -> tuple[tuple[ClaimReason, ...], tuple[AwardLine, ...]]:
        """Return reasons and lines of the assessment that the read models have seen last."""
        history = await self._installation.ledger.history(claim.partition, claim.claim, as_of=claim.position)
        for entry in reversed(history):
            event = decode(entry.body)
            if isinstance(event, ClaimAssessed):
                return (
                    convert(event.data.reasons, tuple[ClaimReason, ...], from_attributes=True),
                    convert(event.data.lines, tuple[AwardLine, ...], from_attributes=True),
                )
        return (), ()


def _as_of(positions: dict[str, dict[int, int]], partition: int) -> LedgerPlace:
    """Return how far all read models have come that are asked."""
    names = (claims.CLAIMS.name, payments.PAYMENTS.name, timeline.TIMELINE.name)
    return LedgerPlace(partition, min(positions[name].get(partition, 0) for name in names))


def _event(agency: str, moment: timeline.Moment) -> ClaimEvent:
    step = moment.step
    sender, _, name = step.ref.partition(":")
    event = ClaimEvent(step.type, step.time, step.partition, step.position)
    if sender != agency:
        return event
    receipt = id_hash(f"/agencies/{sender}", name).hex()
    return ClaimEvent(
        event.type, event.time, event.partition, event.position, name, receipt, moment.retracted
    )


def claim_routes(published: Claims, authentication: AccessControl) -> tuple[HTTPRouteHandler, ...]:
    """Return the routes of claims."""

    @get("/v1/claims/{number:str}")
    async def claim(number: FromPath[str], request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request) as asking:
            return answer(await published.claim(asking.agency, number))

    @get("/v1/claims/{number:str}/events")
    async def events(number: FromPath[str], request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request) as asking:
            return answer(await published.events(asking.agency, number, *page_of(request)))

    return claim, events
