"""Parking: what waits behind an event that the decider could not decide, until it is retried or discarded.

A parked person's events wait in a line, oldest first. Nothing overtakes: while an event waits, every further
event of the person joins the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


class ParkedQueue:
    """The line of one parked person while a batch is decided.

    ``stored`` events are in the ledger; ``bodies`` are the first of theirs, needed only by whoever takes from the line.
    """

    __slots__ = ("_added", "_bodies", "_stored", "_taken")

    def __init__(self, stored: int = 0, bodies: Sequence[bytes] = ()) -> None:
        """Begin with what the ledger holds."""
        self._stored, self._bodies = stored, bodies
        self._taken = 0
        self._added: list[bytes] = []

    def __len__(self) -> int:
        """How many events are in the line now."""
        return self._stored + len(self._added) - self._taken

    def join(self, body: bytes) -> None:
        """Stand at the end."""
        self._added.append(body)

    def first(self) -> bytes | None:
        """Return the first event; None when there is none or its body is not at hand."""
        if self._taken < self._stored:
            return self._bodies[self._taken] if self._taken < len(self._bodies) else None
        return self._added[self._taken - self._stored] if len(self) else None

    def leave(self) -> None:
        """Let the first one go."""
        if not len(self):
            raise ValueError("nobody stands in this line")
        self._taken += 1

    def retry(self, decide: Callable[[bytes], bool]) -> None:
        """Decide the events from the first on, each of which leaves the line, until one cannot be decided."""
        while (body := self.first()) is not None and decide(body):
            self.leave()

    def discard(self, is_meant: Callable[[bytes], bool]) -> bytes | None:
        """Let the first event leave undecided and return it, if it is the one that is meant; else return None."""
        body = self.first()
        if body is None or not is_meant(body):
            return None
        self.leave()
        return body

    @property
    def unpark(self) -> int:
        """How many to remove from the head of the stored line."""
        return min(self._taken, self._stored)

    @property
    def park(self) -> list[bytes]:
        """What to append to the stored line."""
        return self._added[max(0, self._taken - self._stored) :]
