"""Bodies and documents: what passes byte for byte, and what is refused before it is decoded."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.document import DocumentRefused, read
from events.parse import MAX_DEPTH
from services.gateway.bodies import KEYS_OF_EVENT, check_shape
from services.gateway.problems import Problem
from services.gateway.request_documents import BATCH, JSON, STRUCTURED, documents_of
from tests.unit.events.examples import example, raw

VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab"\\[]{}:,é\n'),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet='x"\\:{', max_size=3), inner, max_size=3)
    ),
    max_leaves=40,
)


def depth(value: object) -> int:
    """How deep a value is nested; a scalar is 0 deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (isinstance(value, dict | list)) + max(map(depth, inner), default=0)


def keys(value: object) -> int:
    """How many keys a value has in all."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (len(value) if isinstance(value, dict) else 0) + sum(map(keys, inner))


@given(VALUES, st.integers(0, 40), st.booleans())
def test_depth_and_keys_are_counted_as_a_decoder_would(value: object, wrapped: int, ascii_only: bool):
    """Whatever stands in texts."""
    for n in range(wrapped):
        value = {"k": value} if n % 2 else [value]
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    most = keys(value)
    if depth(value) <= MAX_DEPTH:
        check_shape(text, most)
        if most:
            with pytest.raises(Problem):
                check_shape(text, most - 1)
    else:
        with pytest.raises(Problem):
            check_shape(text, KEYS_OF_EVENT)


@given(
    st.lists(VALUES, min_size=1, max_size=5), st.sampled_from([(",", ":"), (" , ", " : "), (",\n", ":\t")])
)
def test_a_batch_is_taken_apart_byte_for_byte(values: list[object], separators: tuple[str, str]):
    """Each document is what stood in the array, so that its content is compared as it was sent."""
    parts = [json.dumps(value, separators=separators).encode() for value in values]
    sent = documents_of({"content-type": BATCH}, b" [ " + b" ,\n".join(parts) + b"]\n")
    assert sent == (parts, True)


def test_an_event_in_structured_mode_is_not_touched():
    """Not even its white space; parameters of the media type are read."""
    for media in (STRUCTURED, f"{STRUCTURED}; charset=UTF-8", 'Application/JSON;charset="utf-8"'):
        assert documents_of({"content-type": media}, b' {"a" : 1}\n') == ([b' {"a" : 1}\n'], False)


def test_binary_mode_makes_one_document_of_headers_and_data():
    """Attributes are texts, decoded; the trace of the request is the event's where it has none of its own."""
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {
        "content-type": JSON,
        "ce-specversion": "1.0",
        "ce-id": "p-1",
        "ce-subject": "C%2D1",
        "traceparent": trace,
    }
    (document,) = documents_of(headers, b'{"claim": "C-1"}').documents
    assert json.loads(document) == {
        "specversion": "1.0", "id": "p-1", "subject": "C-1", "traceparent": trace,
        "datacontenttype": JSON, "data": {"claim": "C-1"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"p-1"', "p-1"),
        ('"C%2D1"', "C-1"),
        (r'"a \"b\" \\c"', r'a "b" \c'),
        ('a "b c" d', "a b c d"),
        ("%22p-1%22", '"p-1"'),
        ('p"1', 'p"1'),
    ],
)
def test_a_value_in_quotes_is_taken_out_of_them_and_then_decoded_once(written, meant):
    """As the HTTP binding of CloudEvents asks of whoever receives.

    Quotes that were percent-encoded are the value's own.
    """
    headers = {"content-type": JSON, "ce-specversion": '"1.0"', "ce-id": written}
    document = json.loads(documents_of(headers, b"{}").documents[0])
    assert (document["specversion"], document["id"]) == ("1.0", meant)


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", ';charset="UTF-8"', "; Charset=UTF8"])
def test_a_content_type_may_name_its_charset_in_both_modes(charset):
    """In a header and as an attribute; another charset is refused in either."""
    headers = {"content-type": JSON + charset, "ce-specversion": "1.0", "ce-id": "p-1"}
    assert documents_of(headers, b"{}").documents
    document = example("claim.paid") | {"datacontenttype": JSON + charset}
    assert read(raw(document)).canonical == read(raw(example("claim.paid"))).canonical
    for other in ("; charset=latin-1", "; q=1"):
        with pytest.raises(DocumentRefused):
            read(raw(document | {"datacontenttype": JSON + other}))


@pytest.mark.parametrize(
    ("header", "pointer"),
    [
        ("ce-data", "/data"),
        ("ce-data_base64", "/data_base64"),
        ("ce-id", "/id"),
        ("ce-Zq7-1606015502800001", "/?"),
    ],
)
def test_a_header_that_cannot_be_an_attribute_is_named(header, pointer):
    """In both languages, and a name that could be a person's number by no name."""
    headers = {"content-type": JSON, "ce-specversion": "1.0", header: "%ff"}
    with pytest.raises(Problem) as problem:
        documents_of(headers, b"{}")
    assert f"'pointer': '{pointer}'" in str(problem.value.content("en")["errors"])
    indonesian = str(problem.value.content("id")["errors"])
    assert f"'pointer': '{pointer}'" in indonesian
    assert "'Tulis " in indonesian or "'Tidak " in indonesian


def test_an_attribute_that_there_is_not_is_named_in_the_fault():
    """``data_base64`` and whatever else is none of the contract's."""
    document = example("claim.paid") | {"data_base64": "e30=", "dataschema": "x", "partitionkey2": "y"}
    with pytest.raises(DocumentRefused) as refused:
        read(raw(document))
    assert {fault.path for fault in refused.value.faults} == {
        "$.data_base64",
        "$.dataschema",
        "$.partitionkey2",
    }


@pytest.mark.parametrize(
    ("more", "body"),
    [
        ({"ce-data": "x"}, b"{}"),
        ({"ce-datacontenttype": "text/plain"}, b"{}"),
        ({"ce-id": "%ff"}, b"{}"),
        ({"ce-a-b": "x"}, b"{}"),
        ({}, b'{}, "id": "x"'),
        ({}, b"\xff"),
    ],
)
def test_binary_mode_lets_nobody_write_into_the_envelope(more: dict[str, str], body: bytes):
    """Neither by an attribute that there cannot be, nor by a body that is no JSON."""
    with pytest.raises(Problem) as problem:
        documents_of({"content-type": JSON, "ce-specversion": "1.0", **more}, body)
    assert problem.value.kind == "malformed-request"
