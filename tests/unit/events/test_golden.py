from __future__ import annotations

import json

import msgspec
import pytest

from events.catalogue import AGENCY_TYPES, EVENT_TYPES, decode, encode
from events.document import read
from events.envelope import RECORDED_ATTRIBUTES
from events.redaction import redact
from tests.unit.events.examples import GOLDEN, PlainTokens

FILES = sorted(GOLDEN.glob("*.json"))


def compact(text: bytes) -> bytes:
    return msgspec.json.format(text, indent=-1)


def test_every_event_type_has_a_golden_file_in_each_of_its_forms():
    """A new type or version without its golden file is not finished."""
    wanted = {f"{name}.sent.json" for name in AGENCY_TYPES} | {
        f"{name}.recorded.json" for name in EVENT_TYPES
    }
    assert wanted == {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_file_survives_reading_and_writing_byte_for_byte(file):
    """What was written once is written the same for ever: hashes of stored bytes rest on it."""
    body = compact(file.read_bytes())
    assert encode(decode(body)) == body


@pytest.mark.parametrize("name", AGENCY_TYPES)
def test_what_an_agency_sent_is_recorded_as_its_golden_file_says(name):
    """Redacted, and with what Kelambu adds, the sent form is the recorded form."""
    event = read((GOLDEN / f"{name}.sent.json").read_bytes()).event
    recorded = decode(compact((GOLDEN / f"{name}.recorded.json").read_bytes()))
    added = {attribute: getattr(recorded, attribute) for attribute in RECORDED_ATTRIBUTES}
    assert msgspec.structs.replace(redact(event, PlainTokens())[0], **added) == recorded


@pytest.mark.parametrize("name", AGENCY_TYPES)
def test_canonical_bytes_are_sorted_compact_json_of_the_content(name):
    """Anybody can compute them with a JSON library; reserved content hashes rest on it."""
    body = (GOLDEN / f"{name}.sent.json").read_bytes()
    content = json.loads(body)
    for attribute in ("traceparent", "tracestate", "datacontenttype"):
        content.pop(attribute, None)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert read(body).canonical.decode() == text
