"""What became of a document that was received: the event as the ledger has it."""

from __future__ import annotations

from events.catalogue import decode
from services.adjudication.stored_states import entries_of, read_states
from services.ledger.claim_routes import Routes
from services.ledger.keys import id_hash
from services.ledger.partitions import partition_of
from services.ledger.protocol import Entry
from services.ledger.reservations import Reservations
from services.runtime.bootstrap import Installation


async def recorded_of(installation: Installation, agency: str, event_id: bytes) -> tuple[int, Entry] | None:
    """Return an agency's event by the hash of its id, as it is recorded: its partition and its entry there.

    Returns None while it is not recorded.
    """
    ledger = installation.ledger
    (reservation,) = await Reservations(installation.core).look(agency, [event_id])
    if reservation is None:
        return None
    person = reservation.target.name if reservation.target.kind == "person" else ""
    if reservation.target.kind == "claim":
        (route,) = await Routes(installation.core).look([reservation.target.name])
        person = route.person
    if not person:
        return None
    partition = partition_of(person, ledger.partitions)
    state = (await read_states(ledger, partition, [person])).get(person)
    for entry in await entries_of(ledger, partition, state) if state else ():
        event = decode(entry.body)
        if id_hash(event.source, event.id) == event_id:
            return partition, entry
    return None
