"""The proof of origin: any spelling of a document comes back byte for byte, and the document stands once."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import AGENCY_TYPES, encode
from events.document import MAX_BYTES, read
from events.origin import Origin
from events.proof import SPELLING, Proof, put_together, taken_apart
from events.redaction import REDACTED, redact, restore
from events.spelling import PIECE, SpellingError, difference, spelt_again
from tests.unit.events.examples import GOLDEN, PlainTokens

ORIGIN = Origin(key="ed_0123456789abcdef", message="msg-1", timestamp=1767225600, signature="c2lnbmVk")
SENT = {name: (GOLDEN / f"{name}.sent.json").read_bytes() for name in AGENCY_TYPES}


def recorded(raw: bytes) -> tuple[bytes, dict[str, object]]:
    """The body of a signed event as the ledger keeps it, and what its box holds."""
    event, personal = redact(read(raw).event, PlainTokens())
    body = encode(msgspec.structs.replace(event, origin=msgspec.structs.replace(ORIGIN, signature=REDACTED)))
    values: dict[str, object] = dict(personal)
    return body, values | taken_apart(Proof(ORIGIN, raw), body, values)


def spelt(value: object, draw: random.Random) -> str:
    """Write a JSON value in one of the countless ways of writing it."""
    if isinstance(value, Mapping):
        items = list(value.items())
        draw.shuffle(items)
        parts = [
            f"{_text(key, draw)}{_space(draw)}:{_space(draw)}{spelt(child, draw)}" for key, child in items
        ]
        return f"{{{_space(draw)}{f'{_space(draw)},{_space(draw)}'.join(parts)}{_space(draw)}}}"
    if isinstance(value, list):
        return f"[{','.join(f'{_space(draw)}{spelt(child, draw)}{_space(draw)}' for child in value)}]"
    if isinstance(value, str):
        return _text(value, draw)
    if isinstance(value, float):
        return draw.choice([f"{value}", f"{value}0", f"{value * 10}e-1" if value == 12.5 else f"{value}"])
    return json.dumps(value)


def _space(draw: random.Random) -> str:
    return draw.choice(["", "", " ", "\n  ", "\t", "\r\n"])


def _text(text: str, draw: random.Random) -> str:
    ways = [lambda c: f"\\u{ord(c):04x}", lambda c: f"\\u{ord(c):04X}", lambda c: "\\/" if c == "/" else c]
    plain = [json.dumps(c, ensure_ascii=False)[1:-1] for c in text]
    return (
        '"'
        + "".join(
            draw.choice(ways)(c) if draw.random() < 0.1 else p for c, p in zip(text, plain, strict=True)
        )
        + '"'
    )


@pytest.mark.parametrize("name", AGENCY_TYPES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_spelling_of_a_document_comes_back_byte_for_byte(name, seed):
    """White space, order of keys, escapes, numbers: the signature was made over exactly these bytes."""
    raw = spelt(json.loads(SENT[name]), random.Random(seed)).encode()
    body, values = recorded(raw)
    assert put_together(body, values) == Proof(ORIGIN, raw)


@pytest.mark.parametrize("name", AGENCY_TYPES)
def test_a_signed_event_takes_little_more_than_an_unsigned_one(name):
    """Written as JSON libraries write it, the spelling takes at most 36 bytes, and the whole proof 330 in the ledger."""
    value = json.loads(SENT[name])
    for raw in (json.dumps(value).encode(), json.dumps(value, separators=(",", ":")).encode()):
        _, values = recorded(raw)
        kept = base64.b64decode(str(values.get(SPELLING, "")))
        assert len(kept) <= 36
        in_box = {key: part for key, part in values.items() if key.startswith("$")} | {"$signature": "s" * 88}
        grown = len(b',"origin":' + msgspec.json.encode(ORIGIN)) + len(msgspec.json.encode(in_box)) * 4 // 3
        assert grown <= 330


def test_the_document_never_stands_twice():
    """What is kept of a spelling holds no word of the document, nor does it grow with it."""
    value = json.loads(SENT["kelambu.claim.filed.v1"])
    value["data"]["documents"] = [
        {"kind": f"k-{n}", "reference": f"map {n * 7919 % 10007}"} for n in range(100)
    ]
    raw = json.dumps(value, sort_keys=True).encode()
    body, values = recorded(raw)
    kept = base64.b64decode(str(values[SPELLING]))
    assert len(kept) < len(raw) / 10
    assert put_together(body, values) == Proof(ORIGIN, raw)


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, MAX_BYTES), seed=st.integers(0, 2**32))
def test_documents_of_any_size_and_likeness_come_back(size, seed):
    """Also where nothing is alike, and across the borders of pieces."""
    draw = random.Random(seed)
    text = "".join(draw.choices('abcdefgh "\\é\n', k=size))
    raw = draw.choice([draw.randbytes(size), json.dumps({"a": text}).encode(), b" " * size])
    kept = difference(raw, {"a": text})
    assert spelt_again(kept, {"a": text}) == raw


@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 8 * PIECE])
def test_the_border_of_a_piece_is_no_border_of_the_document(size):
    """A document of exactly one piece, or one byte more, is a document like any other."""
    content = {"data": "x" * size}
    for raw in (json.dumps(content, indent=1).encode()[:size], b"{" + b" " * (size - 1)):
        assert spelt_again(difference(raw, content), content) == raw


def test_what_was_kept_of_a_spelling_and_breaks_off_gives_nothing():
    """Cut off anywhere it is told as such; whether bytes are the signed ones is for the signature to say."""
    value = json.loads(SENT["kelambu.claim.filed.v1"])
    kept = difference(json.dumps(value, indent=2).encode(), value)
    for place in range(1, len(kept)):
        with pytest.raises(SpellingError):
            spelt_again(kept[:place], value)


def test_an_event_that_was_not_signed_has_no_proof():
    """Nothing is put together from nothing; a box without its signature is told apart from that."""
    event, values = redact(read(SENT["kelambu.claim.paid.v1"]).event, PlainTokens())
    assert put_together(encode(event), values) is None
    body, whole = recorded(SENT["kelambu.claim.paid.v1"])
    with pytest.raises(SpellingError):
        put_together(body, values)
    assert restore(json.loads(encode(event)), whole) == json.loads(SENT["kelambu.claim.paid.v1"])
