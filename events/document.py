"""A document as an agency sends it: read strictly, or refused with everything that is wrong with it.

Reading is pure: it knows no clock, no agency registry and no ledger. A right document takes one strict decode
and a few checks; a wrong one is taken apart slowly to find every fault.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

import msgspec
from msgspec import Struct

from events.catalogue import AGENCY_TYPES, EVENT_TYPES, AgencyEvent
from events.codes import Codes
from events.consistency import inconsistencies
from events.envelope import TRACE, Instant
from events.faults import DocumentFault, DocumentRefused, invalid
from events.message import message
from events.parse import MAX_BYTES, Json, Object, parse, too_large
from events.type_faults import misfits, type_info
from events.upcast import UPCASTS, is_older, upcast
from events.values import EventId, Source

__all__ = ["MAX_BYTES", "DocumentFault", "DocumentRefused", "ParsedDocument", "read"]


class ParsedDocument(Struct, frozen=True):
    """An admitted document: the event, and its content in the form in which contents are compared.

    ``canonical`` is JSON with sorted keys, no white space and the shortest form of each number, without
    ``traceparent``, ``tracestate`` and ``datacontenttype``; two documents have the same content exactly if their
    canonical bytes are equal. The event may still hold personal values in clear, and so does ``canonical``.
    """

    event: AgencyEvent
    canonical: bytes


def read(raw: bytes, codes: Codes | None = None, *, admitted: bool = False) -> ParsedDocument:
    """Read a document as an agency sent it, of today's version or of an older one.

    ``codes`` are the programmes and causes that it may name; without them, as for a document that was admitted
    already, any will do. One that was ``admitted`` stays readable, whatever its texts hold. A number with a zero
    fraction is that whole number. Raises ``DocumentRefused`` with all faults of the document at once.
    """
    if len(raw) > MAX_BYTES:
        raise DocumentRefused([too_large(len(raw))])
    decoded = _decode(raw)
    if decoded is None:
        return _read_thoroughly(raw, codes, admitted=admitted)
    event, document = decoded
    content = _sorted.encode(document)
    # A key given twice loses a colon on the way; only a colon written as an escape could make up for that.
    whole = raw.count(b":") == content.count(b":") and b"\\u003" not in raw
    if not whole or inconsistencies(document, event.time, codes, admitted=admitted):
        return _read_thoroughly(raw, codes, admitted=admitted)
    return ParsedDocument(
        event, content if document.keys().isdisjoint(_NOT_CONTENT) else _canonical(document)
    )


def _decode(raw: bytes) -> tuple[AgencyEvent, Object] | None:
    """Decode strictly; ``None`` if that fails, so that no decoder's error, with values in it, is ever passed on."""
    try:
        return _strict.decode(raw), _plain.decode(raw)
    except _UNREADABLE:
        return None


def _number(text: str) -> int | Decimal:
    """Read a number with a fraction or an exponent; ``50.0`` is the same content as ``50``."""
    number = Decimal(text)
    if number == number.to_integral_value():
        return int(number)
    short = round(number, 2).normalize()
    return short if short == number else number


_strict: msgspec.json.Decoder[AgencyEvent] = msgspec.json.Decoder(AgencyEvent)
_plain: msgspec.json.Decoder[Object] = msgspec.json.Decoder(dict, float_hook=_number)
_sorted = msgspec.json.Encoder(order="sorted", decimal_format="number")
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidOperation)

_NOT_CONTENT = (*TRACE, "datacontenttype")


def _canonical(document: Object) -> bytes:
    return _sorted.encode({key: value for key, value in document.items() if key not in _NOT_CONTENT})


def _read_thoroughly(raw: bytes, codes: Codes | None, *, admitted: bool) -> ParsedDocument:
    """Find every fault; a document with none is of an older version, or writes whole numbers with a fraction."""
    value, faults = parse(raw)
    if not isinstance(value, dict):
        raise DocumentRefused(faults or [invalid("$", "type", "no-object")])
    faults += _misfits(value, codes)
    body = raw
    if is_older(value) and not faults:
        body = upcast(raw)
        value = _plain.decode(body)
    misfits = {fault.path for fault in faults}
    between = inconsistencies(value, _time(value), codes, admitted=admitted)
    faults += [fault for fault in between if fault.path not in misfits]
    if not faults and (decoded := _decode(_sorted.encode(_plain.decode(body)))) is not None:
        return ParsedDocument(decoded[0], _canonical(_plain.decode(raw)))
    raise _refusal(value, faults or [invalid("$", "type", "schema")])


def _misfits(value: Object, codes: Codes | None) -> list[DocumentFault]:
    """Return every fault of the schema of the document's type, or of the envelope if there is no such type."""
    name = value.get("type")
    if isinstance(name, str) and (of := _type(name)) is not None:
        return list(misfits(value, type_info(of, codes), "$"))
    example = next(iter(AGENCY_TYPES))
    dressed: Object = {**value, "type": example}
    of_envelope = (
        fault
        for fault in misfits(dressed, type_info(AGENCY_TYPES[example], codes), "$")
        if "data" not in value or not fault.path.startswith(("$.data.", "$.data["))
    )
    return [_type_fault(value), *of_envelope]


def _type(name: str) -> type[Struct] | None:
    return UPCASTS[name].older if name in UPCASTS else AGENCY_TYPES.get(name)


def _type_fault(value: Object) -> DocumentFault:
    name = value.get("type")
    if "type" not in value:
        return invalid("$.type", "missing", "missing", wanted=message("type.type"))
    if isinstance(name, str) and name in EVENT_TYPES:
        return invalid("$.type", "own-type", "own-type")
    return invalid("$.type", "unknown-type", "unknown-type")


def _time(value: Object) -> dt.datetime | None:
    try:
        return msgspec.convert(value.get("time"), Instant)
    except msgspec.ValidationError:
        return None


def _refusal(value: Object, faults: list[DocumentFault]) -> DocumentRefused:
    source, event_id = value.get("source"), value.get("id")
    return DocumentRefused(
        faults,
        source=_if_well_formed(source, Source),
        id=_if_well_formed(event_id, EventId),
        sent_as=(
            source if isinstance(source, str) else None,
            event_id if isinstance(event_id, str) else None,
        ),
    )


def _if_well_formed(value: Json, of: object) -> str | None:
    return value if isinstance(value, str) and not any(misfits(value, type_info(of), "$")) else None
