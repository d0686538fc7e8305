"""A recorded event in clear: the values that its person's key opens, back in their places."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from events.redaction import restore
from services.sealing.box import UnreadableError, box_of, unseal
from services.sealing.legible import discarded_in


def clear_event(body: bytes, keys: Mapping[str, bytes]) -> tuple[dict[str, object], int | None]:
    """Return an event with the values that its person's key opens, and how many.

    None of one that it should open and does not. What Kelambu sealed under its own key, such as which officer
    approved, stays closed. An event that was discarded stands within its discard in clear too, and its values count.
    Raises ``msgspec.MsgspecError`` for what is no event's JSON.
    """
    document, count = _opened(body, keys)
    if discarded := discarded_in(body):
        data = document["data"]
        assert isinstance(data, dict)  # noqa: S101 -- it was read as a discard
        try:
            data["document"], of_discarded = clear_event(discarded, keys)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return document, count
        count = None if count is None or of_discarded is None else count + of_discarded
    return document, count


def _opened(body: bytes, keys: Mapping[str, bytes]) -> tuple[dict[str, object], int | None]:
    document = msgspec.json.decode(body, type=dict[str, object])
    box = box_of(body)
    document.pop("sealed", None)
    if box is None or box[0].key != document.get("person"):
        return document, 0
    try:
        values = unseal(box[0], keys[box[0].key], box[1])
    except (KeyError, UnreadableError):
        return document, None
    clear = {path: value for path, value in values.items() if not path.startswith("$")}
    return restore(document, clear), len(clear)
