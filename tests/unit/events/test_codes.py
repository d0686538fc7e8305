"""Programmes and causes are those of the scheme: a document that names another is told which there are."""

from __future__ import annotations

from typing import cast

import pytest

from events.codes import Codes
from events.document import DocumentRefused, read
from events.schema import schema
from services.texts.catalogue import render
from tests.unit.events.examples import example, raw

HERE = Codes(("JKK", "JKM"), ("work-accident", "occupational-disease", "other"))
ELSEWHERE = Codes(("ACC",), ("accident",))
CAUSES = "one of occupational-disease, other, work-accident."


def faults_of(name: str, codes: Codes | None, **stated: object) -> list[tuple[str, str, str]]:
    """Path, rule and message of each fault of an example that states something else."""
    document = example(name)
    document["data"] |= stated
    try:
        read(raw(document), codes)
    except DocumentRefused as refused:
        return [(fault.path, fault.rule, render(fault.message, "en")) for fault in refused.faults]
    return []


@pytest.mark.parametrize("stated", ["accident", 7, None, ["other"], "Other"])
def test_a_cause_that_the_scheme_does_not_know_is_refused_with_those_it_knows(stated: object):
    """Whatever stands there instead."""
    assert faults_of("claim.filed", HERE, cause=stated) == [("$.data.cause", "choice", f"Write {CAUSES}")]


def test_a_missing_cause_is_asked_for_with_those_the_scheme_knows():
    """As for a code that the contract itself fixes."""
    document = example("claim.filed")
    del document["data"]["cause"]
    with pytest.raises(DocumentRefused) as refused:
        read(raw(document), HERE)
    assert render(refused.value.faults[0].message, "en") == f"This is missing. Give {CAUSES}"


def test_each_programme_that_the_scheme_does_not_know_is_refused_and_more_than_there_are():
    """The path names the one that is wrong."""
    assert faults_of("participant.enrolled", HERE, programmes=["JKK", "ACC", "JKM"]) == [
        ("$.data.programmes", "length", "Give at most 2; these are 3."),
        ("$.data.programmes[1]", "choice", "Write one of JKK, JKM."),
    ]
    assert faults_of("participant.enrolled", HERE, programmes=[7]) == [
        ("$.data.programmes[0]", "choice", "Write one of JKK, JKM.")
    ]
    assert faults_of("participant.enrolled", HERE, programmes=[]) == [
        ("$.data.programmes", "length", "Give at least 1.")
    ]


def test_another_scheme_has_other_codes():
    """What is right in one installation is refused in the other; nothing else of the contract changes."""
    assert faults_of("participant.enrolled", ELSEWHERE, programmes=["ACC"]) == []
    assert faults_of("claim.filed", ELSEWHERE, cause="accident") == []
    assert faults_of("claim.filed", ELSEWHERE, cause="other") == [
        ("$.data.cause", "choice", 'Write "accident".'),
    ]


def test_a_document_that_was_admitted_already_is_read_whatever_its_codes():
    """What a scheme knew then is not looked at again."""
    assert faults_of("claim.filed", None, cause="accident") == []


def test_the_schema_lists_the_codes_of_a_scheme():
    """So that a sender's tools know them too."""
    definitions = cast(
        "dict[str, dict[str, dict[str, object]]]",
        schema("kelambu.participant.enrolled.v1", codes=ELSEWHERE)["$defs"],
    )
    assert definitions["Enrolment"]["properties"]["programmes"] == {
        "type": "array",
        "items": {"enum": ["ACC"]},
        "maxItems": 1,
        "minItems": 1,
    }
