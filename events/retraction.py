"""A retraction: the facts of an earlier event of the same source no longer count; both stay in the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from events.envelope import Envelope
from events.values import EventId, FreeText


class Retraction(Struct, frozen=True, forbid_unknown_fields=True):
    retracts: EventId
    reason: FreeText


class EventRetracted(Envelope[Retraction], frozen=True, tag="kelambu.event.retracted.v1"):
    """An agency takes an event of its own back."""


def struck_by(retractions: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the references that no longer count, given (retraction, what it retracts) in the order of the ledger.

    A retraction may come before its target, and may itself be retracted; of two that retract each other, the
    first counts.
    """
    pairs = list(retractions)
    against: dict[str, list[str]] = {}
    for ref, target in pairs:
        if ref != target:
            against.setdefault(target, []).append(ref)
    counts: dict[str, bool] = {}
    for ref, _ in pairs:
        _weigh(ref, against, counts)
    return frozenset(target for ref, target in pairs if counts[ref])


def _weigh(first: str, against: Mapping[str, Sequence[str]], counts: dict[str, bool]) -> None:
    """Decide whether a retraction counts, and first all those that it hangs on, however long their chain."""
    begun: list[tuple[str, list[str]]] = []

    def begin(ref: str) -> None:
        counts[ref] = True
        begun.append((ref, list(reversed(against.get(ref, ())))))

    if first not in counts:
        begin(first)
    while begun:
        ref, left = begun[-1]
        if not left or not counts[ref]:
            begun.pop()
        elif left[-1] not in counts:
            begin(left[-1])
        else:
            counts[ref] = not counts[left.pop()]
