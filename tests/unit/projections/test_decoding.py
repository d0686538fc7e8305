"""What read models decode of a recorded event, held against all that was recorded."""

from __future__ import annotations

import msgspec
import pytest

from events.catalogue import EVENT_TYPES, Event, ParticipantEvent, decode, type_of
from events.participant import ContributionsPaid, ParticipantEnded, ParticipantEnrolled
from events.upcast import UPCASTS, JsonObject, Upcast
from projections.decoding import PARTICIPANT_KINDS, RecordedEvent, decode_recorded
from projections.membership import ContributionStatement, EndStatement, EnrolmentStatement, Statement
from tests.unit.events.examples import golden

NAMES = [type_of(kind).removeprefix("kelambu.").removesuffix(".v1") for kind in ParticipantEvent.__args__]
ENVELOPE = ("id", "source", "person", "partition", "position", "recordedtime")


def stated(event: Event) -> Statement | None:
    """What an event says of membership, from all of it."""
    match event:
        case ParticipantEnrolled(data=data):
            return EnrolmentStatement(
                starts_on=str(data.starts_on),
                sex=data.sex,
                district=data.district,
                sector=data.sector,
                decile=data.welfare.decile if data.welfare else 0,
                sponsor=data.sponsor.kind,
                sponsor_name=data.sponsor.name,
                programmes=" ".join(data.programmes),
            )
        case ContributionsPaid(data=months):
            return ContributionStatement(
                months.first_month, months.last_month, months.amount or 0, str(months.paid_on)
            )
        case ParticipantEnded(data=end):
            return EndStatement(str(end.ended_on))
    return None


def test_every_type_that_the_ledger_may_hold_is_read() -> None:
    """No event stops the projector because nobody listed it."""
    assert {type_of(kind) for kind in RecordedEvent.__args__} == EVENT_TYPES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_decoded_of_a_participants_event_is_what_all_of_it_says(name: str) -> None:
    """Its envelope, and of its content what it states of membership."""
    body = golden(name, "recorded")
    whole, read = decode(body), decode_recorded(body)
    assert isinstance(read, PARTICIPANT_KINDS)
    assert [getattr(read, name) for name in ENVELOPE] == [getattr(whole, name) for name in ENVELOPE]
    assert read.statement == stated(whole)


class OlderMonths(msgspec.Struct, frozen=True):
    months: tuple[str, str]


class OlderContributions(msgspec.Struct, frozen=True, tag_field="type", tag="kelambu.contributions.v0"):
    data: OlderMonths


def newer(document: JsonObject) -> JsonObject:
    first, last = document["data"]["months"]  # type: ignore[index]
    return document | {
        "type": type_of(ContributionsPaid),
        "data": {"first_month": first, "last_month": last, "paid_on": f"{last}-05"},
    }


def test_an_older_version_is_brought_up_to_date_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says counts as what the same event says today."""
    monkeypatch.setitem(UPCASTS, "kelambu.contributions.v0", Upcast(OlderContributions, newer))
    document = msgspec.json.decode(golden("participant.contributions-paid", "recorded"))
    document |= {"type": "kelambu.contributions.v0", "data": {"months": ["2024-11", "2025-01"]}}
    read = decode_recorded(msgspec.json.encode(document))
    assert isinstance(read, PARTICIPANT_KINDS)
    assert read.statement == ContributionStatement("2024-11", "2025-01", paid_on="2025-01-05")


@pytest.mark.parametrize("attribute", ["person", "partition", "position", "recordedtime"])
def test_what_was_never_recorded_is_no_recorded_event(attribute: str) -> None:
    """An agency's document says neither whose it is nor where it stands."""
    document = msgspec.json.decode(golden("participant.enrolled", "recorded"))
    del document[attribute]
    with pytest.raises(msgspec.ValidationError):
        decode_recorded(msgspec.json.encode(document))
