"""What is said of each kind of exception: what it is, on which ground, and who does what about it."""

from __future__ import annotations

import re

import pytest

from services.exceptions.listing import EVERY_KIND
from services.texts.catalogue import texts

_WHO = {
    "id": re.compile(r"\b(penyelia|petugas|auditor|operator|bank)\b", re.IGNORECASE),
    "en": re.compile(r"\b(supervisor|officer|auditor|operator|bank)\b", re.IGNORECASE),
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_each_kind_says_who_does_what_about_it(kind: str):
    """In both languages, by the role or the office."""
    said = texts()[f"exception-to-do.{kind}"]
    assert _WHO["id"].search(said.id)
    assert _WHO["en"].search(said.en)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_ground_of_each_kind_is_said_in_words(kind: str):
    """No type of an event and no field of the contract stands for a sentence."""
    said = texts()[f"exception-ground.{kind}"]
    assert not re.search(r"claim\.|\[\]", said.id + said.en)
