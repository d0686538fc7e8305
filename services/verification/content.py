"""The document behind a recorded event: as the agency sent it, in clear, and compared with what was admitted."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET

from events.catalogue import AgencyEvent
from events.document import DocumentRefused, read
from events.envelope import RECORDED_ATTRIBUTES
from events.redaction import redact, restore
from services.ledger.keys import id_hash
from services.sealing.box import UnreadableError, unseal
from services.sealing.tokens import Tokens


def document_of(event: AgencyEvent, keys: Mapping[str, bytes]) -> bytes | None:
    """The JSON document that the event was recorded from; None if its personal values cannot be opened."""
    values: dict[str, object] = {}
    if event.sealed is not UNSET:
        key = keys.get(event.sealed.key)
        if key is None:
            return None
        try:
            values = unseal(event.sealed, key, id_hash(event.source, event.id))
        except UnreadableError:
            return None
    document: dict[str, object] = msgspec.to_builtins(event)
    for attribute in RECORDED_ATTRIBUTES:
        document.pop(attribute, None)
    try:
        return msgspec.json.encode(restore(document, values))
    except (LookupError, ValueError):
        return None


class Contents:
    """Compares recorded events with the keyed tags of the documents that were admitted."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._spellings: dict[str, _Spelling] = {}

    def agree(self, event: AgencyEvent, document: bytes, tag: bytes) -> bool:
        """Whether ``document`` has the content that was admitted under ``tag``, and ``event`` its tokens.

        A time that an agency wrote in another way than it is recorded (``.000Z``) has another content; every way of
        writing it is tried. Of fractions finer than a microsecond nothing is recorded: they pass.
        """
        try:
            admitted = read(document, admitted=True)
        except DocumentRefused:
            return False
        if redact(admitted.event, self._tokens)[0].data != event.data:
            return False
        canonical = admitted.canonical
        head, quoted, after_time = canonical.rpartition(b'"time":"')
        usual = self._spellings.get(event.source)
        spellings = _SPELLINGS if usual is None else itertools.chain((usual,), _SPELLINGS)
        if self._tokens.content(canonical) == tag:
            return True
        tail = after_time.partition(b'"')[2]
        for spelling in spellings:
            for text in spelling.texts(event.time):
                if self._tokens.content(head + quoted + text.encode() + b'"' + tail) == tag:
                    self._spellings[event.source] = spelling
                    return True
        return event.time.microsecond != 0


class _Spelling(msgspec.Struct, frozen=True):
    """A way of writing an instant: what separates date and time, digits of the fraction, and the zone in UTC."""

    between: str
    digits: int
    zone: str

    def texts(self, time: dt.datetime) -> Iterator[str]:
        """The instant written so, if it can be."""
        offset = time.utcoffset() or dt.timedelta()
        if offset and self.zone != "+00:00":
            return
        fraction = f"{time.microsecond:06d}000"
        if fraction[self.digits :].strip("0"):
            return
        zone = self.zone if not offset else time.isoformat()[-6:]
        point = f".{fraction[: self.digits]}" if self.digits else ""
        yield f"{time:%Y-%m-%d}{self.between}{time:%H:%M:%S}{point}{zone}"


_SPELLINGS = tuple(
    _Spelling(between, digits, zone)
    for digits in (3, 0, 6, 1, 2, 4, 5, 7, 8, 9)
    for zone in ("Z", "+00:00", "z", "-00:00")
    for between in ("T", " ", "t")
)
