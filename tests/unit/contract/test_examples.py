"""The examples of the catalogue: right documents that tell one claim's story, about nobody."""

from __future__ import annotations

import json
import re

import pytest

from events.catalogue import AGENCY_TYPES
from events.document import read
from services.adjudication.replay import replay
from services.benefits.reading.folder import load
from services.contract.examples import STORY

DOCUMENTS = [json.dumps(example).encode() for example in STORY.values()]


def test_there_is_one_example_of_each_event_and_each_is_right():
    """Read as intake reads it."""
    assert STORY.keys() == AGENCY_TYPES.keys()
    assert [read(document).event.id for document in DOCUMENTS] == [e["id"] for e in STORY.values()]


def test_no_nik_of_an_example_can_belong_to_anybody():
    """No province has the number 99, and every name says that it is made up."""
    text = b"".join(DOCUMENTS).decode()
    assert {nik[:2] for nik in re.findall(r"[0-9]{16}", text)} == {"99"}
    assert all("Contoh" in name for name in re.findall(r'"(?:name|holder|bank|officer)": "([^"]*)"', text))


@pytest.mark.parametrize(
    ("until", "status", "reasons"),
    [
        ("verified", "referred", ("income-raised",)),
        ("reviewed", "ordered", ()),
        ("withdrawn", "withdrawn", ()),
    ],
)
def test_the_examples_tell_one_claims_story(until, status, reasons):
    """Sent in their order they are decided without a refusal, to where the catalogue says the claim then stands."""
    sent = list(STORY).index(f"kelambu.claim.{until}.v1") + 1
    result = replay(DOCUMENTS[:sent], load())
    claim = result.claims["JKK-2025-90001"]
    assert (claim.status, tuple(claim.reasons), list(result.refused)) == (status, reasons, [])


def test_the_bank_pays_what_was_ordered():
    """The payment of the story fits its order to the rupiah."""
    orders = {
        order.order: order.amount for order in replay(DOCUMENTS, load()).claims["JKK-2025-90001"].orders
    }
    paid = STORY["kelambu.claim.paid.v1"]["data"]
    assert isinstance(paid, dict)
    assert orders[paid["order"]] == paid["amount"]
