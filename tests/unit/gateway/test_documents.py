"""What a request sends, taken apart; what cannot be is told with its place."""

from __future__ import annotations

import pytest

from services.gateway.problems import Problem
from services.gateway.request_documents import BATCH, JSON, documents_of

BINARY = {"content-type": JSON, "ce-specversion": "1.0", "ce-id": "p-1"}


@pytest.mark.parametrize(
    ("headers", "body", "place"),
    [
        ({"content-type": BATCH}, b'[{"id": "a"},\n {"id": "b"}\n {"id": "c"}]', "line 3, column 2"),
        ({"content-type": BATCH}, b'[{"id": "a"},]', "line 1, column 14"),
        (BINARY, b'{"nik": "9901011203850001" "income": 5}', "line 1, column 28"),
        ({"content-type": BATCH}, b"\xef\xbb\xbf[]", "BOM"),
    ],
)
def test_a_body_that_is_no_json_is_told_its_place_and_nothing_of_it(headers, body, place):
    """In both languages."""
    with pytest.raises(Problem) as raised:
        documents_of(headers, body)
    english, indonesian = raised.value.content("en"), raised.value.content("id")
    assert (english["type"], english["status"]) == ("/problems/malformed-request", 400)
    assert english["detail"] == "The body is no JSON; `errors` tells where it goes wrong."
    assert place in str(english["errors"])
    assert "bukan JSON" in str(indonesian["detail"])
    assert "Ini bukan JSON" in str(indonesian["errors"]) or "BOM" in str(indonesian["errors"])
    assert "9901011203850001" not in f"{english}{indonesian}"


@pytest.mark.parametrize("body", [b'{"id": "a"}', b"[]", b"5"])
def test_a_batch_that_is_none_is_told_what_one_is(body):
    """One event by itself, or none at all."""
    with pytest.raises(Problem) as raised:
        documents_of({"content-type": BATCH}, body)
    assert str(raised.value.content("en")["detail"]).startswith(
        "A batch is a JSON array of 1 to 1,000 events"
    )
    assert "errors" not in raised.value.content("en")


@pytest.mark.parametrize("header", [{"ce-da.ta": "x"}, {"ce-data": "x"}, {"ce-id": "%FF"}])
def test_a_header_that_is_no_attribute_is_told_so(header):
    """And not that the batch is none."""
    with pytest.raises(Problem) as raised:
        documents_of({**BINARY, **header}, b"{}")
    assert "ce-" in str(raised.value.content("en")["detail"])
    assert "ce-" in str(raised.value.content("id")["detail"])
