"""Documents and outbox entries that no agency should send, each with what it is to be told about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.lives import Data, Life

AGENCY = "dinsos"
TOO_LARGE = 64 * 1024 + 1
FAR_AHEAD = "2999-01-01"


class Bad(NamedTuple):
    """An outbox entry, the code of its refusal, and (code, path) of every fault."""

    name: str
    fields: Mapping[str, bytes]
    code: str
    faults: tuple[tuple[str, str], ...]

    @property
    def document(self) -> bytes:
        """The document as intake finds it."""
        return self.fields.get("event", self.fields.get("__data__", b""))


def bad_entries() -> Iterator[Bad]:
    """Yield everything that is refused, whoever sends it."""
    for name, raw in _no_json():
        yield Bad(name, {"event": raw}, "invalid", (("invalid", "$"),))
    yield Bad("without the field event", {"document": _enrolment()}, "invalid", (("invalid", "$"),))
    yield Bad("an empty field event", {"event": b""}, "invalid", (("invalid", "$"),))
    yield Bad("a broken FastStream frame", {"__data__": b"\x89BIN\r\n"}, "invalid", (("invalid", "$"),))
    for name, document, paths in _invalid():
        faults = tuple(("invalid", f"${path}") for path in paths.split())
        yield Bad(name, {"event": document}, "invalid", faults)
    for name, raw, path in _future():
        yield Bad(name, {"event": raw}, "future-date", (("future-date", path),))
    yield Bad(
        "a date ahead and another fault",
        {"event": _filing(("data", "event_date"), FAR_AHEAD, ("data", "cause"), "unknown")},
        "invalid",
        (("invalid", "$.data.cause"), ("future-date", "$.data.event_date")),
    )
    yield Bad(
        "another agency's source",
        {"event": _enrolment(("source",), "/agencies/dinkes")},
        "wrong-source",
        (("wrong-source", "$.source"),),
    )
    yield Bad(
        "a type that this agency may not send",
        {"event": Life().paid("A-1.1", 1, id="not-ours").lines()[0].replace(b"/bank", b"/dinsos")},
        "not-allowed",
        (("not-allowed", "$.type"),),
    )
    yield Bad(
        "findings that this agency may not state",
        {
            "event": Life()
            .found(agency=AGENCY, id="ours", death={"died_on": "2026-03-01"}, heirs=[])
            .lines()[0]
        },
        "not-allowed",
        (("not-allowed", "$.data.findings.death"), ("not-allowed", "$.data.findings.heirs")),
    )


def _no_json() -> Iterator[tuple[str, bytes]]:
    good = _enrolment()
    yield "cut off", good[:-9]
    yield "cut off within a character", good.replace(b"Siti", "Sití".encode())[: good.index(b"Siti") + 4]
    yield "white space", b" \n\t "
    yield "two documents", good + good
    yield "a list", b"[" + good + b"]"
    yield "a number", b"7"
    yield "null", b"null"
    yield "every byte there is", bytes(range(256))
    yield "NUL bytes", b"\0" * 100
    yield "a NUL byte in a text", good.replace(b"Siti", b"Si\0ti")
    yield "invalid UTF-8", good.replace(b"Siti", b"Si\xffti")
    yield "UTF-16", good.decode().encode("utf-16")
    yield "one byte too large", good + b" " * (TOO_LARGE - len(good))
    yield "far too large", b'{"id":"' + b"x" * 3_000_000 + b'"}'
    yield "lists without end", b"[" * 60_000
    yield "objects without end", b'{"data":' * 8_000
    yield "a deep document", b'{"data":' * 8_000 + b"1" + b"}" * 8_000
    yield "a deep list", _enrolment(("data", "name"), "~").replace(b'"~"', b"[" * 20_000 + b"]" * 20_000)
    yield "not a number", good.replace(b"900000", b"NaN")
    yield "an infinity", good.replace(b"900000", b"-Infinity")


def _invalid() -> Iterator[tuple[str, bytes, str]]:
    """Yield name, document, and the paths of its faults without the ``$``, parted by blanks."""
    good = _enrolment()
    yield "an empty object", b"{}", ".type .specversion .id .source .time .data"
    yield "a key twice", good.replace(b'"id":', b'"id": "other", "id":'), ".id"
    yield "a key twice within", good.replace(b'"income":', b'"income": 1, "income":'), ".data.income"
    yield "a lone surrogate", good.replace(b"Siti", b"Si\\ud800ti"), ".data.name"
    yield "a lone surrogate as key", good.replace(b'"data": {', b'"data": {"\\udfff": 1, '), ".data.?"
    yield "a number beyond all bounds", good.replace(b"900000", b"1" + b"0" * 30), ".data.income"
    yield "a number of 60,000 digits", good.replace(b"900000", b"9" * 60_000), ".data.income"
    yield "a number with a vast exponent", good.replace(b"900000", b"1e999999999"), ".data.income"
    yield "a negative amount", good.replace(b"900000", b"-1"), ".data.income"
    yield "a fraction of a rupiah", good.replace(b"900000", b"0.5"), ".data.income"
    yield "a number as text", good.replace(b"900000", b'"900000"'), ".data.income"
    yield "true for a number", good.replace(b"900000", b"true"), ".data.income"
    yield "an unseen character in a name", good.replace(b"Siti", b"Si\\u200bti"), ".data.name"
    yield "a name without a letter", _enrolment(("data", "name"), "-"), ".data.name"
    yield "an object for a text", _enrolment(("data", "name"), {"first": "Siti"}), ".data.name"
    yield "null for a text", _enrolment(("data", "name"), None), ".data.name"
    yield "a text for the data", _enrolment(("data",), "Siti"), ".data"
    yield "a field too few", _enrolment_without("name"), ".data.name"
    yield "a field too many", _enrolment(("data", "more"), 1), ".data.more"
    yield "an attribute too many", _enrolment(("more",), 1), ".more"
    yield "an attribute that only Kelambu writes", _enrolment(("position",), 1), ".position"
    yield "an unknown type", _enrolment(("type",), "kelambu.claim.finished.v1"), ".type"
    yield "a type of Kelambu's own", _enrolment(("type",), "kelambu.claim.assessed.v1"), ".type"
    yield "a version that is not yet", _enrolment(("type",), "kelambu.participant.enrolled.v9"), ".type"
    yield "a malformed NIK", _enrolment(("data", "nik"), "1606019901700001"), ".data.nik"
    yield "a NIK as id", _enrolment(("id",), "1606010101700001"), ".id"
    yield "a day that the month has not", _enrolment(("data", "starts_on"), "2025-02-29"), ".data.starts_on"
    yield "a time without offset", _enrolment(("time",), "2026-06-10T10:00:00"), ".time"
    yield "a time before all time", _enrolment(("time",), "0000-01-01T00:00:00Z"), ".time"
    yield "a subject that is no claim's", _enrolment(("subject",), "A-1"), ".subject"
    yield "a subject of another claim", _filing(("subject",), "A-2"), ".subject"
    yield (
        "several faults at once",
        _filing(("id",), "", ("data", "nik"), "1", ("data", "claimant"), {"relation": 1}),
        ".id .data.nik .data.claimant.name .data.claimant.relation",
    )


def _future() -> Iterator[tuple[str, bytes, str]]:
    yield "an event ahead of its report", _filing(("data", "event_date"), "2026-06-11"), "$.data.event_date"
    yield "a birth ahead", _enrolment(("data", "birth_date"), FAR_AHEAD), "$.data.birth_date"
    yield "a report ahead of the clock", _enrolment(("time",), f"{FAR_AHEAD}T00:00:00Z"), "$.time"
    yield "a report at the end of time", _enrolment(("time",), "9999-12-31T23:59:59-12:00"), "$.time"


def _enrolment(*changes: Any) -> bytes:
    return _changed(Life().enrolled(id="bad").documents[0], *changes)


def _filing(*changes: Any) -> bytes:
    return _changed(Life().filed(id="bad").documents[0], *changes)


def _enrolment_without(field: str) -> bytes:
    document = Life().enrolled(id="bad").documents[0]
    del document["data"][field]
    return json.dumps(document).encode()


def _changed(document: Data, *changes: Any) -> bytes:
    """Write a document with changes: path and value in turn."""
    for path, value in zip(changes[::2], changes[1::2], strict=True):
        place = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return json.dumps(document).encode()
