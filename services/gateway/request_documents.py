"""What a request sends: one event as its JSON form or in headers (binary mode), or a batch; each as its document."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from events.document import MAX_BYTES
from events.faults import shown
from events.message import message
from events.parse import parse
from services.gateway.bodies import KEYS_OF_BATCH, KEYS_OF_EVENT, check_shape
from services.gateway.problems import Problem
from services.ledger.edge import Fault

STRUCTURED, BATCH, JSON = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json",
)
MOST_EVENTS = 1000

_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")
_TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_encode = msgspec.json.Encoder().encode
_raw = msgspec.json.Decoder(msgspec.Raw)
_split = msgspec.json.Decoder(list[msgspec.Raw])


class RequestDocuments(NamedTuple):
    """The documents of one request, in their order, and whether it was a batch."""

    documents: list[bytes]
    batch: bool


def documents_of(headers: Mapping[str, str], body: bytes) -> RequestDocuments:
    """Return what a request sends; nothing of it is known to be valid yet.

    Raises:
        Problem: the media type is none of ours, or the batch cannot be taken apart, or it is too large or complex.
    """
    media = _media(headers.get("content-type", ""))
    if media == BATCH:
        return RequestDocuments(_batch(body), batch=True)
    if len(body) > MAX_BYTES:
        raise Problem("too-large")
    check_shape(body, KEYS_OF_EVENT)
    if media == JSON and "ce-specversion" in headers:
        body = _bound(headers, body)
    if len(body) > MAX_BYTES:
        raise Problem("too-large")
    return RequestDocuments([body], batch=False)


def trace_of(headers: Mapping[str, str]) -> str:
    """Return the ``traceparent`` of a request, or nothing if it is none."""
    traceparent = headers.get("traceparent", "")
    return traceparent if _TRACE.fullmatch(traceparent) else ""


def _media(content_type: str) -> str:
    """Return the media type."""
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    if media not in (STRUCTURED, BATCH, JSON) or not _in_utf8(parameters):
        accepted = f"{STRUCTURED}, {BATCH}, {JSON}".encode()
        raise Problem("unsupported-media", headers=[(b"accept", accepted)])
    return media


def _in_utf8(parameters: str) -> bool:
    pairs = [one.partition("=") for one in parameters.lower().split(";") if one.strip()]
    charsets = [value.strip().strip('"') for name, _, value in pairs if name.strip() == "charset"]
    return charsets in ([], ["utf-8"], ["utf8"])


def _batch(body: bytes) -> list[bytes]:
    check_shape(body, KEYS_OF_BATCH)
    try:
        parts = _split.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _unreadable(body, "malformed.batch") from None
    if not parts:
        raise Problem("malformed-request", why="malformed.batch")
    if len(parts) > MOST_EVENTS:
        raise Problem("too-large")
    return [bytes(part) for part in parts]


def _unreadable(body: bytes, otherwise: str = "") -> Problem:
    """Return the problem of a body that is no JSON, with the place, or of a batch that is no array."""
    faults = [Fault.of(one.code, one.path, one.message) for one in parse(body)[1] if one.rule == "json"]
    return Problem("malformed-request", why="malformed.json" if faults else otherwise, faults=faults)


def _bound(headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the JSON form of an event in binary mode: attributes from the headers, the body as ``data``."""
    event: dict[str, object] = {}
    for name, value in headers.items():
        if name.startswith("ce-"):
            attribute = name.removeprefix("ce-")
            if not _ATTRIBUTE.fullmatch(attribute) or attribute in ("data", "datacontenttype"):
                raise _wrong_header(attribute, "no-such-attribute")
            event[attribute] = _unescaped(attribute, value)
    if "traceparent" not in event and (trace := trace_of(headers)):
        event["traceparent"] = trace
    event["datacontenttype"] = JSON
    if body:
        try:
            event["data"] = _raw.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise _unreadable(body) from None
    return _encode(event)


def _unescaped(attribute: str, value: str) -> str:
    """Return an attribute's value as CloudEvents' HTTP binding writes it.

    In quotes or not, then percent-encoded UTF-8.
    """
    plain = _QUOTED.sub(lambda quoted: _PAIR.sub(r"\1", quoted[1]), value)
    try:
        return urllib.parse.unquote(plain, errors="strict")
    except UnicodeDecodeError:
        raise _wrong_header(attribute, "not-percent-encoded") from None


_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PAIR = re.compile(r"\\(.)")


def _wrong_header(attribute: str, key: str) -> Problem:
    fault = Fault.of("invalid", f"$.{shown(attribute)}", message(f"fault.{key}"))
    return Problem("malformed-request", why="malformed.header", faults=[fault])
