"""The OpenAPI document: valid, complete, and with examples that are what their schemas say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from services.benefits.reading.folder import load
from services.contract.endpoints import ROUTES
from services.contract.openapi import openapi
from services.gateway.problems import STATUS

DOCUMENT: dict[str, Any] = json.loads(json.dumps(openapi(load().codes, "0.1.0")))


def test_the_document_is_valid_openapi():
    """Version 3.1."""
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema with examples, and where it stands."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            places = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for place, entry in places.items():
                for media, content in entry.get("content", {}).items():
                    yield f"{method} {path} {place} {media}", content
    for name, entry in DOCUMENT["components"]["responses"].items():
        for content in entry["content"].values():
            yield name, content


@pytest.mark.parametrize(("place", "content"), list(contents()))
def test_every_example_is_what_its_schema_says(place, content):
    """Requests, answers and problems."""
    validator = Draft202012Validator({**content["schema"], "components": DOCUMENT["components"]})
    examples = [each["value"] for each in content.get("examples", {}).values()]
    for example in [*examples, *([content["example"]] if "example" in content else [])]:
        validator.validate(example)


def test_every_kind_of_problem_that_a_route_may_have_is_one_of_the_gateways():
    """And every one of the gateway's is entry, but a method that is not there."""
    kinds = {kind for route in ROUTES for kind in route.problem_kinds()}
    assert kinds == STATUS.keys() - {"wrong-method"}
