"""The ledger of a house read back in clear: what agencies said, as documents, and what Kelambu said about it."""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec import UNSET, Struct

from events.catalogue import AgencyEvent, Event, decode
from events.envelope import RECORDED_ATTRIBUTES
from events.personal import restore
from services.bootstrap import House
from services.ledger.keys import id_hash
from services.sealing.box import unseal


class Told(Struct, frozen=True):
    """An agency's event in the ledger, and its document in clear."""

    event: AgencyEvent
    document: bytes

    @property
    def id(self) -> bytes:
        """The hash under which (source, id) is remembered."""
        return id_hash(self.event.source, self.event.id)


async def recorded(house: House) -> list[Event]:
    """Return every event of every partition, partition by partition, in order."""
    found: list[Event] = []
    for partition in range(house.ledger.partitions):
        after = 0
        while page := await house.ledger.read(partition, after, 1000):
            found += [decode(entry.body) for entry in page]
            after = page[-1].position
    return found


def told(house: House, events: list[Event]) -> list[Told]:
    """Return the agencies' events among these, opened with the keys of the house."""
    said = [event for event in events if isinstance(event, AgencyEvent)]
    keys = house.keys.get([event.sealed.key for event in said if event.sealed is not UNSET])
    return [Told(event, clear_document(event, keys)) for event in said]


def clear_document(event: AgencyEvent, keys: dict[str, bytes]) -> bytes:
    """Return the document of a recorded event with its personal values, as its agency could have sent it."""
    document = cast("dict[str, object]", msgspec.to_builtins(event))
    for attribute in RECORDED_ATTRIBUTES:
        document.pop(attribute, None)
    if event.sealed is not UNSET:
        restore(document, unseal(event.sealed, keys[event.sealed.key], id_hash(event.source, event.id)))
    return msgspec.json.encode(document)
