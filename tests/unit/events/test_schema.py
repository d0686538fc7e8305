from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from events.catalogue import AGENCY_TYPES, EVENT_TYPES
from events.schema import Form, schema
from tests.unit.events.examples import GOLDEN, example

FORMS: list[tuple[str, Form]] = [(n, "sent") for n in AGENCY_TYPES] + [(n, "recorded") for n in EVENT_TYPES]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_every_schema_is_valid_and_accepts_its_golden_file(name, form):
    """Draft 2020-12, checked against its meta-schema."""
    made = schema(name, form)
    Draft202012Validator.check_schema(made)
    Draft202012Validator(made).validate(json.loads((GOLDEN / f"{name}.{form}.json").read_bytes()))


@pytest.mark.parametrize("name", AGENCY_TYPES)
def test_a_sent_document_is_no_recorded_one_and_the_other_way_round(name):
    """Clear personal values never pass for recorded, nor tokens for sent."""
    sent = json.loads((GOLDEN / f"{name}.sent.json").read_bytes())
    recorded = json.loads((GOLDEN / f"{name}.recorded.json").read_bytes())
    assert not Draft202012Validator(schema(name, "recorded")).is_valid(sent)
    assert not Draft202012Validator(schema(name, "sent")).is_valid(recorded)


@pytest.mark.parametrize("form", ["sent", "recorded"])
@pytest.mark.parametrize("field", ["nik", "extra", "subject"])
def test_a_schema_refuses_a_malformed_nik_an_unknown_field_and_a_stray_subject(form, field):
    """What a sender can find out before sending."""
    document = json.loads((GOLDEN / f"kelambu.participant.ended.v1.{form}.json").read_bytes())
    validator = Draft202012Validator(schema("kelambu.participant.ended.v1", form))
    if field == "subject":
        document["subject"] = 7
    else:
        document["data"][field] = "1606013102800001"
    assert not validator.is_valid(document)


def test_a_claim_event_needs_its_subject():
    """It is the claim number."""
    document = example("claim.paid")
    validator = Draft202012Validator(schema("kelambu.claim.paid.v1"))
    assert validator.is_valid(document)
    del document["subject"]
    assert not validator.is_valid(document)


def test_a_donors_name_in_clear_is_no_recorded_event():
    """The schema of the recorded form tells persons from public sponsors."""
    name = "kelambu.participant.enrolled.v1"
    document = json.loads((GOLDEN / f"{name}.recorded.json").read_bytes())
    validator = Draft202012Validator(schema(name, "recorded"))
    assert validator.is_valid(document)
    document["data"]["sponsor"]["kind"] = "donor"
    assert not validator.is_valid(document)
