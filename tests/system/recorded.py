"""The ledger of an installation read back in clear.

What agencies said, as documents, and what Kelambu said about it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET, Struct

from events.catalogue import AgencyEvent, Event, decode
from services.adjudication.decider import decode_state
from services.adjudication.replay import ClaimView, Replay
from services.ledger.keys import id_hash
from services.runtime.bootstrap import Installation
from services.verification.content import document_of


class OpenedEvent(Struct, frozen=True):
    """An agency's event in the ledger, and its document in clear."""

    event: AgencyEvent
    document: bytes

    @property
    def id(self) -> bytes:
        """The hash under which (source, id) is remembered."""
        return id_hash(self.event.source, self.event.id)


async def recorded(installation: Installation) -> list[Event]:
    """Return every event of every partition, partition by partition, in order."""
    found: list[Event] = []
    for partition in range(installation.ledger.partitions):
        after = 0
        while page := await installation.ledger.read(partition, after, 1000):
            found += [decode(entry.body) for entry in page]
            after = page[-1].position
    return found


def opened_events(installation: Installation, events: Iterable[Event]) -> list[OpenedEvent]:
    """Return the agencies' events among these, opened with the keys of the installation."""
    said = [event for event in events if isinstance(event, AgencyEvent)]
    keys = installation.keys.get([event.sealed.key for event in said if event.sealed is not UNSET])
    found = []
    for event in said:
        document = document_of(event, keys)
        assert document is not None, f"{event.source} {event.id} cannot be opened"
        found.append(OpenedEvent(event, document))
    return found


async def live_claims(installation: Installation) -> dict[str, ClaimView]:
    """Return every claim as the stored states have it."""
    book = Replay(installation.rulebook)
    for partition in range(installation.ledger.partitions):
        stored = await installation.ledger.all_states(partition)
        book.states |= {person: decode_state(state) for person, state in stored.items()}
    return book.result().claims
