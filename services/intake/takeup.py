"""Taking up what waited: the events of a claim once it is filed, in the order of their arrival."""

from __future__ import annotations

from services.intake.admission import resumed
from services.intake.answers import ConcludedDocument, conclude
from services.intake.desk import IntakeContext, Keyring
from services.ledger.keys import partition_of
from services.ledger.reservations import Target
from services.ledger.routes import Route

AT_ONCE = 100


async def take_up(desk: IntakeContext, claim: str, route: Route, keyring: Keyring) -> None:
    """Move every event that waits for a claim to the person's inbox, from the head of the list.

    Each leaves the list only when it is in the inbox, its id says so and its agency has a new receipt; so this may
    break off anywhere and be repeated, also by two workers at once: a second copy in the inbox is not decided.
    """
    partition = partition_of(route.person, desk.ledger.partitions)
    while waiting := await desk.routes.waiting(claim, AT_ONCE):
        events = [resumed(held, Target("person", route.person)) for held in waiting]
        for event in events:
            if event.verifies and event.agency == route.agency:
                event.status = "not-allowed"
            else:
                event.status, event.person = "accepted", route.person
        await keyring.fetch(name for event in events for name in event.keys_needed())
        moving = [event for event in events if event.person]
        for event in moving:
            event.seal(desk.tokens, keyring)
        await desk.ledger.deliver([(partition, event.body, event.tag) for event in moving])
        for agency in dict.fromkeys(event.agency for event in events):
            answers = [ConcludedDocument(admission=event) for event in events if event.agency == agency]
            await conclude(desk, agency, answers, keyring)
        await desk.routes.remove(claim, waiting)


async def followed(desk: IntakeContext, claim: str, route: Route, keyring: Keyring) -> Route:
    """Take up what still waits for a claim whose person is known; returns the route as it is then."""
    if not route.person or not route.waiting:
        return route
    await take_up(desk, claim, route, keyring)
    return route._replace(waiting=0)
