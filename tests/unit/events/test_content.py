"""What an event says, by its fact and its content.

Named as the event is, and nothing left out that somebody would ask for.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from events.catalogue import AGENCY_TYPES, EVENT_TYPES, SHORT_NAMES, ClaimEvent, content_of, decode, fact_of
from events.retraction import EventRetracted
from tests.unit.events.examples import GOLDEN

ABOUT_CLAIMS = [name for name, kind in EVENT_TYPES.items() if kind in ClaimEvent.__args__]


def recorded(name: str):
    return decode(msgspec.json.format((GOLDEN / f"{name}.recorded.json").read_bytes(), indent=-1))


@pytest.mark.parametrize("name", AGENCY_TYPES)
def test_a_fact_has_the_name_of_its_event_and_cites_it(name: str):
    """By this name an explanation tells it."""
    event = recorded(name)
    fact = fact_of(event, event.position)
    assert (fact.kind, fact.position) == (SHORT_NAMES[type(event)], event.position)
    assert fact.ref == f"{fact.agency}:{event.id}"


@pytest.mark.parametrize("name", ABOUT_CLAIMS)
def test_no_date_amount_or_order_is_left_out_of_what_an_event_says(name: str):
    """Read models, timeline and explanation know no more than the content."""
    event = recorded(name)
    content = msgspec.json.encode(content_of(event)).decode()
    stated = msgspec.structs.asdict(event.data)
    stated.pop("stated_at", None)  # where an account stands: nobody is shown it
    asked = [stated[key] for key in ("order", "amount", "payee", "programme") if stated.get(key)]
    asked += [value for value in stated.values() if isinstance(value, dt.date | int) and value is not True]
    said = [str(value) for value in asked if not isinstance(value, dict | msgspec.Struct)]
    assert [value for value in said if value not in content] == []


def test_a_retraction_says_which_event_no_longer_counts():
    """By its reference: an agency takes back what it sent itself."""
    event = recorded("kelambu.event.retracted.v1")
    assert isinstance(event, EventRetracted)
    assert content_of(event).retracts == f"{fact_of(event, 1).agency}:{event.data.retracts}"
