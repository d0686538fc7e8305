from __future__ import annotations

import json
import re
from typing import Any

import pytest

from events.catalogue import AGENCY_TYPES, encode
from events.document import read
from events.redaction import PERSONAL, REDACTED, TOKEN_PATTERN, Values, redact, restore
from tests.unit.events.examples import PlainTokens, example, raw

NAMES = [name.removeprefix("kelambu.").removesuffix(".v1") for name in AGENCY_TYPES]
CONTRACT = {
    "nik", "name", "phone", "address", "summary", "note", "grounds", "reason", "officer", "reference", "payment",
}  # fmt: skip


def redacted_data(document: object) -> tuple[Any, Values]:
    event, values = redact(read(raw(document)).event, PlainTokens())
    return event.data, values


def test_the_personal_fields_are_those_that_the_contract_names():
    """A field called so is personal wherever it stands; accounts are, whatever they are called."""
    named = {path.replace("[]", "").split(".")[-1] for fields in PERSONAL.values() for path, _ in fields}
    assert named == CONTRACT | {"account", "participant_account"}


@pytest.mark.parametrize("name", NAMES)
def test_redacting_takes_every_personal_value_away_and_restoring_brings_it_back(name):
    """The redacted bytes hold none of them; both together are the event again."""
    event = read(raw(example(name))).event
    redacted, values = redact(event, PlainTokens())
    body = encode(redacted).decode()
    clear = [
        text for value in values.values() for text in (value.values() if isinstance(value, dict) else [value])
    ]
    assert not [text for text in clear if json.dumps(text, ensure_ascii=False) in body]
    assert restore(json.loads(body), values) == json.loads(encode(event))


@pytest.mark.parametrize("name", NAMES)
def test_the_values_taken_away_are_those_at_the_personal_paths(name):
    """One list of paths serves readers, one pass does the work; they must agree."""
    _, values = redact(read(raw(example(name))).event, PlainTokens())
    taken = {re.sub(r"\[[0-9]+\]", "[]", path) for path in values}
    public = {path for path, kind in PERSONAL[f"kelambu.{name}.v1"] if kind == "sponsor"} - taken
    assert taken | public == {path for path, _ in PERSONAL[f"kelambu.{name}.v1"]}


@pytest.mark.parametrize(
    ("kind", "shown"), [("apbd", True), ("village", True), ("donor", False), ("self", False)]
)
def test_a_sponsor_is_named_in_clear_unless_it_is_a_person(kind, shown):
    """The regency's payments are public; a donor's are his own affair."""
    document = example("participant.enrolled")
    document["data"]["sponsor"] = {"kind": kind, "name": "Haji Umar"}
    data, values = redacted_data(document)
    assert (data.sponsor.name == "Haji Umar") is shown
    assert ("sponsor.name" in values) is not shown


def test_a_nik_and_an_account_leave_a_token_by_which_equality_can_be_asked():
    """Also of the number at its bank, whoever holds it; the rest of the account leaves nothing."""
    data, _ = redacted_data(example("claim.verified"))
    heir, other = data.findings.heirs
    assert re.search(TOKEN_PATTERN, heir.nik)
    assert re.search(TOKEN_PATTERN, heir.account.bank)
    assert heir.account.holder == REDACTED
    assert heir.account.bank == data.findings.participant_account.bank != other.account.bank
    assert heir.account.number == data.findings.participant_account.number
    assert heir.account.number != other.account.number


def test_an_event_without_personal_values_stays_as_it_is():
    """Nothing is sealed, and no key is needed."""
    document = example("claim.verified")
    document["data"]["findings"] = {"death": {"died_on": "2025-09-01"}, "heirs": []}
    event = read(raw(document)).event
    assert redact(event, PlainTokens()) == (event, {})


def test_a_value_without_its_place_is_an_error():
    """A box that does not belong to the event must not pass silently."""
    for path in ("claimant.name", "documents[9].reference", "summary.x"):
        with pytest.raises(LookupError):
            restore({"data": {"documents": [], "summary": "~"}}, {path: "x"})
