"""The delivery of events that have their ids.

Sealed, routed, put into an inbox or kept waiting, and taken up once their claim is filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.intake.admitted_event import Admission, resumed
from services.intake.context import IntakeContext, Keyring
from services.intake.receipts import ConcludedDocument, conclude
from services.ledger.claim_routes import Route, RouteOpening
from services.ledger.partitions import partition_of
from services.ledger.reservations import Target, WaitingEvent
from services.sealing.box import nonces
from services.sealing.tokens import Tokens


class Delivery:
    """One batch of one agency's events on their way."""

    def __init__(
        self, context: IntakeContext, agency: str, keyring: Keyring, clear: Mapping[str, Route]
    ) -> None:
        """Begin with the keys that were fetched already, and the claims that were found to be clear."""
        self._context, self._agency, self._keyring = context, agency, keyring
        self._clear = dict(clear)
        """Routes of claims whose person is known and for which nobody waits: so they stay."""

    async def begin(self, events: Sequence[Admission]) -> None:
        """Note which events others wait for, so that a sweep finds what a crash leaves half done."""
        work = {event.id: event.filed for event in events if event.filed or event.awaited}
        await self._context.reservations.note_unfinished(self._agency, work)

    async def hand_over(self, events: Sequence[Admission]) -> None:
        """Bring events that are for persons or clear claims, and for which nobody waits, to the inboxes."""
        for event in events:
            kind, name = event.target
            event.person = self._clear[name].person if kind == "claim" else name
        await self._seal(events)
        await self._put_into_inboxes(events)

    async def carry(self, events: Sequence[Admission]) -> None:
        """Bring every event to an inbox, to a waiting list or to its refusal; ``status`` says which.

        The events of a person arrive in this order. An event that must come after the take-up of its claim goes in
        a later wave, and with it whatever follows it for the same person.
        """
        wave = list(events)
        while wave:
            wave = await self._wave(wave)

    async def _wave(self, events: list[Admission]) -> list[Admission]:
        """Bring the events of one wave to their places; returns those that must go in the next."""
        events = [event for event in events if not self._refused(event, event.target.name)]
        chosen, later = await self._choose(events)
        await self._keyring.meet({event.person for event in chosen if event.person})
        chosen = [event for event in chosen if not self._refused(event, event.person)]
        await self._seal(chosen)
        await self._wait_for_claims(
            [event for event in chosen if not event.person and event.target.kind == "claim"]
        )
        for event in chosen:
            if event.target.kind == "event" and not await self._wait_for_event(event):
                later.append(event)
        ready = [event for event in chosen if event.person]
        await self._put_into_inboxes(ready)
        await self._open([event for event in ready if event.filed])
        return later

    async def _put_into_inboxes(self, events: Sequence[Admission]) -> None:
        partitions = self._context.ledger.partitions
        await self._context.ledger.deliver(
            [(partition_of(one.person, partitions), one.body, one.tag) for one in events]
        )
        for event in events:
            event.status = "accepted"

    async def _choose(self, events: list[Admission]) -> tuple[list[Admission], list[Admission]]:
        """Take claim numbers, look up routes, and part the events into those that may go now and those that may not."""
        routes = await self._survey(events)
        chosen: list[Admission] = []
        later: list[Admission] = []
        filed: dict[str, str] = {}
        held_back: set[str] = set()
        for event in events:
            if event.status != "begun":
                continue
            kind, name = event.target
            route = routes.get(name) if kind == "claim" else None
            person = name if kind == "person" else filed.get(name) or (route.person if route else "")
            if event.filed:
                filed[event.filed] = person
            if person in held_back or (kind == "claim" and name in filed):
                held_back.add(person)
                later.append(event)
            elif event.verifies and route and route.agency == self._agency:
                event.status = "not-allowed"
            else:
                event.person = person
                chosen.append(event)
        return chosen, later

    def _refused(self, event: Admission, person: str) -> bool:
        """Refuse an event about somebody who was erased, unless the books need it; tells whether it was.

        What an earlier attempt may have handed on goes on: its personal values can be read by nobody.
        """
        if person not in self._keyring.erased or event.again or event.is_bookkeeping:
            return False
        event.status = "person-erased"
        return True

    async def _survey(self, events: Sequence[Admission]) -> Mapping[str, Route]:
        """Take claim numbers and find the routes of claims, but for those that are filed here first."""
        filings = [event for event in events if event.filed]
        taken = await self._context.routes.take([(one.filed, one.id, one.agency) for one in filings])
        for event, its_own in zip(filings, taken, strict=True):
            if not its_own:
                event.status = "claim-exists"
        filed: set[str] = set()
        unknown: dict[str, None] = {}
        for event in events:
            if event.filed and event.status == "begun":
                filed.add(event.filed)
            elif (
                event.target.kind == "claim"
                and event.target.name not in filed
                and event.target.name not in self._clear
            ):
                unknown[event.target.name] = None
        looked = await self._context.routes.look(list(unknown))
        routes = await followed(self._context, dict(zip(unknown, looked, strict=True)), self._keyring)
        self._clear |= {claim: route for claim, route in routes.items() if route.clear}
        return routes | self._clear

    async def _seal(self, events: Sequence[Admission]) -> None:
        await self._keyring.fetch(name for event in events for name in event.keys_needed())
        _seal_each(events, self._context.tokens, self._keyring)

    async def _wait_for_claims(self, events: Sequence[Admission]) -> None:
        """Put events on the waiting lists of their claims, unless the filing has overtaken them by now."""
        waits = [(event.target.name, event.held(), event.again) for event in events]
        overtaken = []
        for event, route in zip(events, await self._context.routes.join(waits), strict=True):
            if not route.clear:
                event.status = "waiting"
            elif event.verifies and route.agency == self._agency:
                event.status = "not-allowed"
            else:
                event.person = route.person
                overtaken.append(event)
        await self._seal(overtaken)

    async def _wait_for_event(self, event: Admission) -> bool:
        """Hold a retraction until the event it retracts is seen; False when that has been seen by now."""
        target = await self._context.reservations.hold(
            self._agency, event.held(), event.target.name, again=event.again
        )
        if target is None:
            event.status = "waiting"
            return True
        event.target = target
        return False

    async def _open(self, filings: Sequence[Admission]) -> None:
        """Say whose claims were filed, and take up what waited for them."""
        waiting = await self._context.routes.open(
            [RouteOpening(one.filed, one.id, one.person) for one in filings]
        )
        routes = {
            one.filed: Route(one.person, self._agency, count)
            for one, count in zip(filings, waiting, strict=True)
        }
        self._clear |= await followed(self._context, routes, self._keyring)


async def settle(context: IntakeContext, agency: str, events: Sequence[Admission]) -> None:
    """Forget what was noted and the retractions that were set free, once every receipt is written."""
    free: dict[bytes, list[Admission]] = {}
    for event in events:
        if event.waited_for and event.target != Target("event", event.waited_for.hex()):
            free.setdefault(event.waited_for, []).append(event)
    for awaited, retractions in free.items():
        held = [one.was_held for one in retractions if one.was_held]
        await context.reservations.let_go(agency, awaited, held)
    await context.reservations.settle(agency, [one.id for one in events if one.filed or one.awaited])


AT_ONCE = 2000
"""Events that are taken up in one go; of each of many claims at least one."""


async def followed(context: IntakeContext, routes: Mapping[str, Route], keyring: Keyring) -> dict[str, Route]:
    """Take up what still waits for claims whose person is known; returns the routes as they are then."""
    late = {claim: route for claim, route in routes.items() if route.person and route.waiting}
    await _take_up(context, late, keyring)
    return {claim: route._replace(waiting=0) if claim in late else route for claim, route in routes.items()}


async def _take_up(context: IntakeContext, routes: Mapping[str, Route], keyring: Keyring) -> None:
    """Move every event that waits for these claims to the person's inbox, each claim's from the head of its list.

    Each step is one for all claims: the lists, the keys, the inboxes, the ids and receipts, out of the lists. An event
    leaves its list only when it is in the inbox, its id says so and its agency has a new receipt; so this may
    break off anywhere and be repeated, also by two workers at once: a second copy in the inbox is not decided.
    """
    claims = list(routes)
    while claims:
        waiting_lists = await context.routes.first_waiting(claims, max(1, AT_ONCE // len(claims)))
        waiting = {claim: events for claim, events in zip(claims, waiting_lists, strict=True) if events}
        events = [_on_its_way(held, routes[claim]) for claim, its in waiting.items() for held in its]
        await keyring.fetch(name for event in events for name in event.keys_needed())
        moving = [event for event in events if event.person]
        _seal_each(moving, context.tokens, keyring)
        partitions = context.ledger.partitions
        await context.ledger.deliver(
            [(partition_of(event.person, partitions), event.body, event.tag) for event in moving]
        )
        answers: dict[str, list[ConcludedDocument]] = {}
        for event in events:
            answers.setdefault(event.agency, []).append(ConcludedDocument(admission=event))
        await conclude(context, answers, keyring)
        await context.routes.remove(waiting)
        claims = list(waiting)


def _seal_each(events: Sequence[Admission], tokens: Tokens, keyring: Keyring) -> None:
    for event, nonce in zip(events, nonces(len(events)), strict=True):
        event.seal(tokens, keyring, nonce)


def _on_its_way(held: WaitingEvent, route: Route) -> Admission:
    """Return an event that waited for a claim, with what becomes of it."""
    event = resumed(held, Target("person", route.person))
    if event.verifies and event.agency == route.agency:
        event.status = "not-allowed"
    else:
        event.status, event.person = "accepted", route.person
    return event
