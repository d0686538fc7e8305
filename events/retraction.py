"""A retraction: the facts of an earlier event of the same source no longer count; both stay in the history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from events.content import CitedEvent, Content, Fact
from events.envelope import Envelope
from events.personal import FreeText
from events.values import EventId


class Retraction(Struct, frozen=True, forbid_unknown_fields=True):
    retracts: EventId
    reason: FreeText

    def fact(self, act: CitedEvent) -> Retracted:
        """Return what the rules compute with; an agency takes back what it sent itself."""
        return Retracted(*act, f"{act.ref.partition(':')[0]}:{self.retracts}")


class EventRetracted(Envelope[Retraction], frozen=True, tag="kelambu.event.retracted.v1"):
    """An agency takes an event of its own back."""


class Retracted(Fact, frozen=True, array_like=True, tag="z"):
    kind = "event.retracted"

    target: str

    def content(self) -> Content:
        """Return what it says."""
        return Content(retracts=self.target)


_REMEMBERED = 64
"""One history is asked the same again and again while what an award rests on is looked for."""


class Struck(Struct, frozen=True):
    """The references that no longer count; ``again``: those that count again, with the last retraction's position.

    It is that of the last retraction in the chain that took them back and put them back.
    """

    refs: frozenset[str] = frozenset()
    again: Mapping[str, int] = {}

    @classmethod
    def by(cls, retractions: Iterable[tuple[str, str, int]]) -> Struck:
        """Work it out from (retraction, what it retracts, position) in the order of the ledger."""
        return _struck(tuple(retractions))

    def __contains__(self, ref: str) -> bool:
        """Whether it no longer counts."""
        return ref in self.refs

    def since(self, ref: str, position: int) -> int:
        """Return from which position on nothing has changed about whether it counts; its own is ``position``."""
        return max(position, self.again.get(ref, position))


NOTHING_STRUCK = Struck()


@lru_cache(maxsize=_REMEMBERED)
def _struck(statements: tuple[tuple[str, str, int], ...]) -> Struck:
    refs = struck_by((ref, target) for ref, target, _ in statements)
    return Struck(refs, dict(_again(statements, refs)))


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


def _again(statements: Sequence[tuple[str, str, int]], struck: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield what counts although a retraction names it, with the position of the last one in its chain."""
    targets = {ref: target for ref, target, _ in statements}
    roots: dict[str, str] = {}
    last: dict[str, int] = {}
    for ref, _, position in statements:
        root, path = ref, dict[str, None]()
        while root in targets and root not in roots and root not in path:
            path[root] = None
            root = targets[root]
        root = roots.get(root, root)
        roots |= dict.fromkeys(path, root)
        last[root] = position
    yield from ((root, at) for root, at in last.items() if root not in struck and root not in targets)


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
