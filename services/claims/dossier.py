"""Everything that stands behind a claim at a moment.

Its explanation, orders and papers, and each event as it is recorded.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from msgspec import Struct

from events.catalogue import (
    Event,
    Operation,
    ParticipantEvent,
    content_of,
    fact_of,
    happened_on,
    short_name,
    type_of,
)
from events.content import Content
from services.benefits.scheme import Scheme
from services.book.cut import KnownOn, Places
from services.claim_file.assembly import assemble
from services.claim_file.contents import name_of, sha256
from services.claim_file.result import ClaimResult, calculated, of_claim
from services.claims.claim_as_of import ClaimAsOf, explanation
from services.explanation.chain import Explanation
from services.runtime.bootstrap import Installation
from services.sealing.legible import legible
from services.texts.errors import TextError


class DossierEvent(Struct, frozen=True):
    """One recorded event: ``own`` is of the claim itself, the others are facts of its person that it was decided on.

    ``body`` is its JSON, what is sealed in it cut short; ``sha256`` is that of the whole of it as it is recorded.
    """

    position: int
    ref: str
    type: str
    own: bool
    happened: dt.date
    says: Content
    body: str
    sha256: str


class Dossier(Struct, frozen=True):
    """What stands behind a claim. ``explanation`` is None where its filing was taken back.

    ``result`` has its orders and papers, and what was asked for; None where what was decided cannot be repeated by this
    program.
    """

    events: tuple[DossierEvent, ...]
    explanation: Explanation | None
    result: ClaimResult | None
    scheme: Scheme

    @property
    def places(self) -> dict[str, int]:
        """The position of each event by its reference ``agency:id``."""
        return {event.ref: event.position for event in self.events}


async def dossier(installation: Installation, viewed: ClaimAsOf) -> Dossier:
    """Return what stands behind a claim, at the moment at which it is looked at."""
    number = viewed.row.claim
    file = await assemble(installation, number, viewed.point, looks=False)
    bodies = file.events if file else ()
    events = file.decoded() if file else []
    own = of_claim(number, events)
    counted = {event.position for event in (file.events_by_day() if file else ())}
    recorded = tuple(
        _event(body, event, own)
        for body, event in zip(bodies, events, strict=True)
        if event.position in counted
    )
    if file is not None:
        with suppress(TextError):
            result, _, rulebook = calculated(file, await installation.rulebooks())
            return Dossier(recorded, result.told, result, rulebook.scheme)
    answer = await explanation(installation, number, _typed(viewed), viewed.point.true_on)
    return Dossier(recorded, answer.explanation, None, answer.scheme)


def _typed(viewed: ClaimAsOf) -> KnownOn | None:
    known_on = viewed.point.known_on
    return Places({viewed.now.partition: known_on}) if isinstance(known_on, int) else known_on


def _event(body: bytes, event: Event, own: set[str]) -> DossierEvent:
    kind = type_of(event)
    return DossierEvent(
        position=event.position or 0,
        ref=name_of(event),
        type=short_name(kind),
        own=name_of(event) in own,
        happened=happened_on(event),
        says=_says(event),
        body=legible(body),
        sha256=sha256(body),
    )


def _says(event: Event) -> Content:
    if isinstance(event, ParticipantEvent):
        return fact_of(event, event.position or 0).content()
    return Content() if isinstance(event, Operation) else content_of(event)
