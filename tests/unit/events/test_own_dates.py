"""When what an event tells happened, by the event's own date: of each type there is, whoever sent it and whenever."""

from __future__ import annotations

import datetime as dt
import re

import msgspec
import pytest

from events.catalogue import EVENT_TYPES, decode, happened_on
from events.values import JAKARTA
from projections.decoding import decode_recorded, happened
from tests.unit.events.examples import GOLDEN

SENT, RECORDED = "sent", "recorded"
OWN = {
    "participant.enrolled": "starts_on",
    "participant.income-declared": "from_month",
    "participant.contributions-paid": "paid_on",
    "participant.ended": "ended_on",
    "claim.filed": "event_date",
    "claim.amended": "event_date",
    "claim.documents-received": SENT,
    "claim.verified": "findings",
    "claim.schooling-confirmed": SENT,
    "claim.reviewed": SENT,
    "claim.objected": SENT,
    "claim.withdrawn": SENT,
    "claim.paid": "paid_on",
    "claim.payment-returned": "returned_on",
    "event.retracted": SENT,
    "claim.opened": RECORDED,
    "claim.assessed": RECORDED,
    "claim.referred": RECORDED,
    "claim.denied": RECORDED,
    "claim.closed": RECORDED,
    "claim.payment-ordered": RECORDED,
    "claim.release-approved": RECORDED,
    "claim.release-refused": RECORDED,
    "claim.payment-released": RECORDED,
    "claim.payment-cancelled": RECORDED,
    "claim.overpaid": RECORDED,
    "claim.payment-mismatched": RECORDED,
    "rulebook.adopted": RECORDED,
    "release.arranged": RECORDED,
    "parked.retried": RECORDED,
    "parked.discarded": RECORDED,
    "person.erased": RECORDED,
    "epoch.begun": RECORDED,
}
"""By short name: the field of ``data`` that holds the own date, else the day on which it was sent or recorded."""


def recorded(name: str) -> bytes:
    return msgspec.json.format((GOLDEN / f"{name}.recorded.json").read_bytes(), indent=-1)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_of_event_has_an_own_date_that_somebody_chose(name: str) -> None:
    """A new type fails here until it is said which date is its own; read models see the same date."""
    event, content = decode(recorded(name)), msgspec.json.decode(recorded(name))
    match OWN[name.removeprefix("kelambu.").rpartition(".")[0]]:
        case "sent" | "recorded" as when:
            instant = dt.datetime.fromisoformat(content["time" if when == SENT else "recordedtime"])
            own = instant.astimezone(JAKARTA).date().isoformat()
        case "from_month":
            own = content["data"]["from_month"] + "-01"
        case "findings":
            own = max(re.findall(r"\d{4}-\d\d-\d\d", str(content["data"]["findings"])))
        case field:
            own = content["data"][field]
    assert happened_on(event).isoformat() == own
    assert happened(decode_recorded(recorded(name))) == own


def verified(findings: dict[str, object]) -> dt.date:
    """Return the own date of the golden verification, had it found this."""
    content = msgspec.json.decode(recorded("kelambu.claim.verified.v1"))
    content["data"]["findings"] = findings
    content["time"] = "2025-07-16T20:00:00Z"
    return happened_on(decode(msgspec.json.encode(content)))


def test_a_verification_happened_when_the_last_of_its_findings_did() -> None:
    """Of periods the last day; a finding without a day is of the day in Jakarta on which it was found."""
    assert verified({"cause": {"work_related": True}}) == dt.date(2025, 7, 17)
    assert verified({"death": {"died_on": "2025-07-02"}}) == dt.date(2025, 7, 2)
    care = [
        {"kind": "incapacity", "item": "i1", "first_day": "2025-06-01", "last_day": "2025-06-20"},
        {"kind": "homecare", "item": "h1", "amount": 1, "first_day": "2025-06-01", "last_day": "2025-06-25"},
    ]
    assert verified({"medical": {"items": care}}) == dt.date(2025, 6, 25)
    outcome = {"state": "recovered", "on": "2025-06-28"}
    assert verified({"medical": {"items": care, "outcome": outcome}}) == dt.date(2025, 6, 28)


def test_an_amendment_of_anything_but_the_day_is_of_the_day_on_which_it_was_sent() -> None:
    """One that states another day of the event is of that day."""
    content = msgspec.json.decode(recorded("kelambu.claim.amended.v1"))
    content["data"], content["time"] = {"claim": "C-1", "cause": "other"}, "2025-07-16T20:00:00Z"
    assert happened_on(decode(msgspec.json.encode(content))) == dt.date(2025, 7, 17)
