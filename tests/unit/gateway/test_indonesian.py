"""Faults in Indonesian: every sentence that a wrong event can be answered with has its words."""

from __future__ import annotations

import ast
import copy
import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

from events.disability import SIDE_DECIDES, WHICH, WITHOUT_SIDE
from events.document import read
from events.faults import Refused
from services.benefits.rulebook import load
from services.contract.examples import STORY
from services.gateway.indonesian import in_indonesian
from services.gateway.problems import errors, unidentified
from services.identity import identify
from services.identity.identify import Unidentified
from services.intake import reading
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


def messages(raw: bytes) -> set[str]:
    """Return what is said of a document that is refused."""
    try:
        read(raw, CODES)
    except Refused as refused:
        return {fault.message for fault in refused.faults}
    return set()


@pytest.mark.parametrize("name", STORY)
def test_whatever_is_wrong_with_an_event_is_told_in_indonesian(name: str):
    """Each example with one thing wrong, everywhere: no message is left in English."""
    said = set[str]().union(*(messages(json.dumps(one).encode()) for one in spoilt(STORY[name])))
    assert len(said) > 10
    assert sorted(one for one in said if in_indonesian(one) is None) == []


def test_whatever_is_wrong_with_a_text_is_told_in_indonesian():
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
        said = messages(text)
        assert said, text[:80]
        assert sorted(one for one in said if in_indonesian(one) is None) == []


def test_what_intake_refuses_is_told_in_indonesian():
    """What depends on who sends it, and on what came before."""
    faults = [*reading.CLAIM_EXISTS, *reading.OWN_CLAIM, *reading.ID_CONFLICT]
    said = [fault.message for fault in faults] + [
        "Write /agencies/rsud-sekayu, the agency that sent this.",
        "rsud-sekayu may not send kelambu.claim.filed.v1.",
        "rsud-sekayu may not state the finding heirs.",
        "This lies more than 10 minutes ahead of Kelambu's clock; set yours right.",
    ]
    assert [one for one in said if in_indonesian(one) is None] == []


def test_a_malformed_header_is_told_in_indonesian_which_and_how():
    """Each sentence of ``services.identity`` for it, as it stands in the source."""
    tree = ast.parse(inspect.getsource(identify))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) == 2]
    said = [
        "".join(
            str(one.value) if isinstance(one, ast.Constant) else "webhook-id, webhook-timestamp"
            for one in parts
        )
        for call in calls
        if isinstance(call.args[0], ast.Constant) and call.args[0].value == "malformed"
        for parts in [call.args[1].values if isinstance(call.args[1], ast.JoinedStr) else [call.args[1]]]
    ]
    assert len(said) > 6
    assert [one for one in said if in_indonesian(one) is None] == []
    answer = unidentified(Unidentified("malformed", said[0]), "id").content("id")
    assert answer["detail"] == in_indonesian(said[0])


def test_the_language_of_a_request_is_that_of_its_faults():
    """English as it is kept; Indonesian on request; a sentence without Indonesian words stays as it is."""
    faults = [
        Fault("invalid", "$.data.sex", "Write one of female, male."),
        Fault("invalid", "$", "Out of the blue."),
    ]
    assert [one["detail"] for one in errors(faults, "en")] == [one.message for one in faults]
    assert [one["detail"] for one in errors(faults, "id")] == [
        "Isi salah satu dari female, male.",
        "Out of the blue.",
    ]
