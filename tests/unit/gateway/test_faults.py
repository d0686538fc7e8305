"""Faults as they are told: every message that a wrong event can be answered with has a text in both languages."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from events.disability import SIDE_DECIDES, WHICH, WITHOUT_SIDE
from events.document import read
from events.faults import DocumentRefused
from events.message import message
from events.type_faults import one_of
from services.benefits.reading.folder import load
from services.contract.examples import STORY
from services.gateway.problems import errors
from services.ledger.edge import Fault

CODES = load().codes
WRONG: tuple[object, ...] = (
    None,
    5,
    -1,
    10**20,
    1.5,
    "",
    "x",
    "16060141019000",
    "2999-01-01",
    True,
    [],
    ["x"],
    {},
    90 * "x",
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value of a document, from the whole to the leaves."""
    yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in parts:
        yield from places(child, (*at, key))


def spoilt(document: dict[str, Any]) -> Iterator[object]:
    """Yield a document with one thing wrong, for everything that can easily be."""
    for at in places(document):
        if not at:
            continue
        *way, last = at
        for wrong in (*WRONG, "left out", "renamed", "twice"):
            one = copy.deepcopy(document)
            holder: Any = one
            for step in way:
                holder = holder[step]
            if wrong == "left out":
                del holder[last]
            elif wrong == "renamed" and isinstance(holder, dict):
                holder[f"{last}s"] = holder.pop(last)
            elif wrong == "twice" and isinstance(holder[last], list):
                holder[last] = holder[last] * 70
            else:
                holder[last] = wrong
            yield one


def messages(raw: bytes) -> list[Fault]:
    """Return the faults of a document that is refused, as they are kept."""
    try:
        read(raw, CODES)
    except DocumentRefused as refused:
        return [Fault.of(one.code, one.path, one.message) for one in refused.faults]
    return []


def told_in_both(faults: list[Fault]) -> bool:
    """Return whether each fault is a sentence in English, and another in Indonesian, with no blank left."""
    said = [(one.sentence("en"), one.sentence("id")) for one in faults]
    return all(en != other and not {"{", "}"} & {*en, *other} for en, other in said)


@pytest.mark.parametrize("name", STORY)
def test_whatever_is_wrong_with_an_event_is_told_in_both_languages(name: str):
    """Each example with one thing wrong, everywhere."""
    found = [messages(json.dumps(one).encode()) for one in spoilt(STORY[name])]
    assert len({one.message for faults in found for one in faults}) > 10
    assert all(map(told_in_both, found))


def test_whatever_is_wrong_with_a_text_is_told_in_both_languages():
    """No JSON, a byte order mark, a key given twice, spans and rows of the disability table."""
    verified = json.dumps(STORY["kelambu.claim.verified.v1"])
    items: list[object] = [
        {"item": "a", "kind": "incapacity", "first_day": "2025-03-02", "last_day": "2025-03-01"},
        {"item": "a", "kind": "treatment", "amount": 1},
    ]
    rows: list[dict[str, object]] = [
        {"item": f"r{n}", "kind": "disability", "part": part} for n, part in enumerate(sorted(WHICH))
    ]
    rows += [{**row, "side": "left", "which": "x", "units": 2, "percent": 90} for row in rows]
    for part in [*sorted(SIDE_DECIDES | WITHOUT_SIDE), "scalp", "hearing-loss-both-10db"]:
        plain: dict[str, object] = {"item": part, "kind": "disability", "part": part}
        rows += [plain, {**plain, "side": "left", "which": "x", "units": 2, "percent": 90}]
    event = json.loads(verified)
    event["data"]["findings"] = {"medical": {"items": items + rows}}
    paid = json.dumps(STORY["kelambu.participant.contributions-paid.v1"])
    backwards, endless = json.loads(paid), json.loads(paid)
    backwards["data"] |= {"first_month": "2999-02", "last_month": "2000-01"}
    endless["data"] |= {"first_month": "1900-02", "last_month": "2025-01"}
    texts = [
        b"",
        b"\xef\xbb\xbf" + verified.encode(),
        verified.encode("utf-16"),
        b"[]",
        b'{"type": "kelambu.claim.opened.v1"}',
        verified[:-5].encode(),
        b'{"id": NaN}',
        b'{"id": 1, "id": 2}',
        b'{"id": "\\ud800"}',
        b"[" * 40,
        b" " * 70_000 + b"{}",
        verified.replace('"source"', '"position": 3, "source"').encode(),
        json.dumps(json.loads(verified) | {"source": "/agencies/kelambu"}).encode(),
        json.dumps(json.loads(verified) | {"data": {f"a{n}": 1 for n in range(600)}}).encode(),
        json.dumps(event).encode(),
        json.dumps(backwards).encode(),
        json.dumps(endless).encode(),
    ]
    for text in texts:
        found = messages(text)
        assert found, text[:80]
        assert told_in_both(found)


def test_a_fault_is_told_in_the_language_of_the_request():
    """English as it is kept; a fault that was kept without a key, before there were keys, stays the sentence that it is."""
    faults = [
        Fault.of("invalid", "$.data.sex", message("fault.write", wanted=one_of(["female", "male"]))),
        Fault("invalid", "$", "Out of the blue."),
    ]
    assert [one["detail"] for one in errors(faults, "en")] == [
        "Write one of female, male.",
        "Out of the blue.",
    ]
    assert [one["detail"] for one in errors(faults, "id")] == [
        "Isi salah satu dari female, male.",
        "Out of the blue.",
    ]


def test_what_is_kept_of_a_fault_is_read_again_as_it_was():
    """Key and parameters come through JSON, one within the other; what older versions kept is read too."""
    kept = Fault.of(
        "invalid", "$.data.sex", message("fault.write", wanted=message("type.whole-between", least=1, most=3))
    )
    read_again = msgspec.json.decode(msgspec.json.encode(kept), type=Fault)
    assert read_again == kept
    assert read_again.sentence("id") == "Isi bilangan bulat dari 1 sampai 3."
    older = msgspec.json.decode(b'{"code":"invalid","path":"$","message":"Write it."}', type=Fault)
    assert older.sentence("id") == "Write it."
