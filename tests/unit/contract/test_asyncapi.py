"""The AsyncAPI document, held against the specification's own schema and against what it describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from events.catalogue import AGENCY_TYPES
from services.benefits.reading.folder import load
from services.contract.asyncapi import asyncapi

SPECIFICATION = Path(__file__).parents[2] / "golden" / "asyncapi-3.0.0.json"
"""The specification's JSON Schema, from version 6.11.1 of the npm package ``@asyncapi/specs`` (Apache 2.0)."""
DOCUMENT: dict[str, Any] = json.loads(json.dumps(asyncapi(load().codes, "0.1.0")))


def test_the_document_is_valid_by_the_specifications_schema():
    """AsyncAPI 3.0.0."""
    validator = Draft7Validator(json.loads(SPECIFICATION.read_bytes()))
    assert [error.json_path for error in validator.iter_errors(DOCUMENT)] == []


def resolved(reference: str) -> Any:
    value: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        value = value[step]
    return value


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for child in value.values() for found in references(child)]
    return [found for child in value for found in references(child)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere():
    """Within the document."""
    for reference in references(DOCUMENT):
        assert resolved(reference)


@pytest.mark.parametrize("message", DOCUMENT["components"]["messages"])
def test_every_example_is_what_its_schema_says(message):
    """With the schemas as they stand in the document."""
    entry = DOCUMENT["components"]["messages"][message]
    schema = {**entry["payload"], "components": DOCUMENT["components"]}
    for example in entry["examples"]:
        Draft202012Validator(schema).validate(example["payload"])


def test_an_agency_can_send_every_event_through_its_outbox():
    """And no event that Kelambu says itself."""
    sent = [resolved(each["$ref"])["name"] for each in DOCUMENT["channels"]["outbox"]["messages"].values()]
    assert sorted(sent) == sorted(AGENCY_TYPES)
