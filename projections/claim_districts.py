"""The district of each claim's participant, as stated last by an enrolment that counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from events.envelope import reference
from events.retraction import NOTHING_STRUCK, Struck
from projections.columns import table
from projections.event_batch import EventBatch
from projections.projection import Rows


class StatedDistrict(Struct, frozen=True, gc=False):
    """In which district an enrolment says that a person lives; ``place`` is its place in the ledger."""

    person: str
    place: int
    ref: str
    district: str


DISTRICT = table("claims_district", StatedDistrict, key=("person", "place"))


def take_enrolments(rows: Rows, batch: EventBatch) -> set[str]:
    """Keep what the enrolments of a batch state; returns the persons enrolled."""
    stated = [
        StatedDistrict(event.person, event.place, reference(event.source, event.id), event.data.district)
        for event in batch.enrolments
    ]
    rows.put(DISTRICT, stated)
    return {one.person for one in stated}


def districts(rows: Rows, persons: Collection[str], struck: Mapping[str, Struck]) -> dict[str, str]:
    """Return the district of each of these persons of whom one is stated.

    ``struck`` is what no longer counts of whom.
    """
    by_person: dict[str, str] = {}
    stated = rows.known(DISTRICT, StatedDistrict, "person", persons)
    for one in sorted(stated, key=lambda one: (one.person, one.place)):
        if one.ref not in struck.get(one.person, NOTHING_STRUCK):
            by_person[one.person] = one.district
    return by_person
