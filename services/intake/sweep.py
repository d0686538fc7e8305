"""The sweep: finishes for others what a crash left half done, even when the outbox entry behind it is gone.

An agency can empty its own outbox. What it had not been acknowledged is its own affair, but events of other agencies
may wait for it: events of a claim whose filing is in the ledger already, or retractions of an event that is there.
"""

from __future__ import annotations

from services.intake.admission import resumed
from services.intake.desk import IntakeContext, Keyring
from services.intake.steps import pass_on
from services.intake.takeup import followed
from services.ledger.keys import partition_of
from services.ledger.reservations import Reservation
from services.ledger.routes import RouteOpening


async def sweep(desk: IntakeContext, agency: str) -> None:
    """Take up what still waits for events of this agency that are in the ledger; may be repeated at any time."""
    keyring = Keyring(desk)
    for event_id, claim in (await desk.reservations.unfinished(agency)).items():
        (known,) = await desk.reservations.look(agency, [event_id])
        if known is None or not await _arrived(desk, agency, event_id, claim, known):
            continue
        if claim:
            (route,) = await desk.routes.look([claim])
            await followed(desk, claim, route, keyring)
        early = await desk.reservations.early(agency, event_id)
        if early:
            retractions = [resumed(held, known.target, event_id) for held in early]
            await pass_on(desk, agency, [], retractions, keyring)
        await desk.reservations.settle(agency, [event_id])


async def _arrived(desk: IntakeContext, agency: str, event_id: bytes, claim: str, known: Reservation) -> bool:
    """Tell whether the event has come to its place; says so for it if it is in the ledger and nobody has yet."""
    if known.status != "begun":
        return True
    if known.target.kind != "person":
        return False
    person = known.target.name
    if await desk.ledger.known(partition_of(person, desk.ledger.partitions), [event_id]) == [None]:
        return False
    if claim:
        await desk.routes.open([RouteOpening(claim, event_id, person)])
    await desk.reservations.finish(agency, [(event_id, "accepted", known.target)])
    return True
