"""An older version of an event, from its bytes to today's Struct.

The example is the draft that the pilot's spreadsheets were typed from: an enrolment ``v0`` with the district in the
six digits of the NIK, one programme flag in place of the list, and the sponsor as a bare name.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest

from events.catalogue import decode
from events.document import DocumentRefused, read
from events.envelope import Envelope
from events.participant import ParticipantEnrolled, Sex
from events.personal import Nik, PersonalName
from events.upcast import UPCASTS, JsonObject, Upcast, upcast
from events.values import Income
from tests.unit.events.examples import example, raw

V0 = "kelambu.participant.enrolled.v0"


class EnrolmentV0(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    nik: Nik
    name: PersonalName
    born: dt.date
    sex: Sex
    district: str
    work: str
    accident_cover: bool
    income: Income
    starts_on: dt.date
    sponsor: str


class ParticipantEnrolledV0(Envelope[EnrolmentV0], frozen=True, tag=V0):
    """The draft."""


def to_v1(document: JsonObject) -> JsonObject:
    old = document["data"]
    assert isinstance(old, dict)
    code = old["district"]
    data = {key: old[key] for key in ("nik", "name", "sex", "income", "starts_on")} | {
        "birth_date": old["born"],
        "district": f"{code[:2]}.{code[2:4]}.{code[4:]}",
        "sector": old["work"],
        "programmes": ["JKK", "JKM"] if old["accident_cover"] else ["JKM"],
        "sponsor": {"kind": "apbd", "name": old["sponsor"]},
    }
    return document | {"type": "kelambu.participant.enrolled.v1", "data": data}


@pytest.fixture(autouse=True)
def _draft(monkeypatch):
    monkeypatch.setitem(UPCASTS, V0, Upcast(ParticipantEnrolledV0, to_v1))


def draft() -> dict[str, Any]:
    document = example("participant.enrolled")
    new = document["data"]
    document["type"] = V0
    document["data"] = {key: new[key] for key in ("nik", "name", "sex", "income", "starts_on")} | {
        "born": new["birth_date"],
        "district": "160601",
        "work": "farming",
        "accident_cover": True,
        "sponsor": new["sponsor"]["name"],
    }
    return document


def todays() -> ParticipantEnrolled:
    document = example("participant.enrolled")
    for field in ("welfare", "dominant_hand", "address"):
        del document["data"][field]
    event = read(raw(document)).event
    assert isinstance(event, ParticipantEnrolled)
    return event


def test_stored_bytes_of_an_older_version_are_read_as_todays_event():
    """The stored bytes stay as they are."""
    assert decode(raw(draft())) == todays()


def test_an_agency_may_go_on_sending_an_older_version():
    """Its content is compared as it was sent, so the same document stays the same content for ever."""
    document = read(raw(draft()))
    assert document.event == todays()
    assert b'"born"' in document.canonical


def test_a_wrong_document_of_an_older_version_is_refused_in_the_words_of_that_version():
    """The sender sees the fields that it wrote."""
    document = draft()
    document["data"] |= {"born": "1980-02-30", "sex": "f"}
    with pytest.raises(DocumentRefused) as caught:
        read(raw(document))
    assert {fault.path for fault in caught.value.faults} == {"$.data.born", "$.data.sex"}


def test_an_older_document_is_held_to_the_rules_of_today():
    """A NIK that cannot exist, a birth after the report."""
    document = draft()
    document["data"] |= {"born": "2025-12-01", "nik": "1606010002800001"}
    with pytest.raises(DocumentRefused) as caught:
        read(raw(document))
    assert {fault.rule for fault in caught.value.faults} == {"future-date", "nik"}


def test_bytes_that_are_not_of_the_older_version_they_claim_to_be_are_an_error():
    """No upcast has to guess."""
    document = draft()
    del document["data"]["born"]
    with pytest.raises(msgspec.ValidationError):
        decode(raw(document))


def test_todays_bytes_pass_through_unchanged():
    """The very same bytes, whatever their spacing."""
    body = json.dumps(example("participant.enrolled"), indent=1).encode()
    assert upcast(body) is body
