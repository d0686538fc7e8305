"""What the ledger promises, whichever store keeps it.

A ledger is a fixed number of partitions. A partition has an inbox (events admitted, not yet decided), the
ledger itself (append-only, positions 1, 2, 3 … without a gap), the states of its persons, the ids it has seen,
and the events parked for persons whose decider failed. Nothing but ``commit`` writes to a partition's ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from events.message import Message, message
from services.texts.errors import TextError


class Head(Struct, frozen=True):
    """The head of a partition: what a commit must still find to be accepted."""

    position: int = 0
    """Position of the last event in the ledger, 0 when empty."""
    inbox: str = "0-0"
    """Id of the last inbox entry that was decided."""
    rulebook: str = ""
    """``HASH@ENGINE`` adopted last, empty before the first adoption."""
    recordedtime: str = ""
    """RFC 3339 in UTC with milliseconds; never falls within a partition."""


class Entry(Struct, frozen=True, gc=False):
    """One event as stored: ``body`` is the JSON of an ``events.catalogue.Event``."""

    partition: int
    position: int
    body: bytes


class Arrival(Struct, frozen=True):
    """One inbox entry, in the order of arrival."""

    id: str
    body: bytes
    tag: bytes = b""
    """8-byte tag of the content of an agency's event; empty for Kelambu's own."""


class StoredState(Struct, frozen=True):
    """A person's state as stored: what is written anew with each event, and segments that never change, by number.

    Where it is read without segments there are none.
    """

    body: bytes = b""
    segments: dict[int, bytes] = {}


class Append(Struct, frozen=True):
    """An event to append; ``claim`` is the claim number under which its position is indexed, or empty."""

    body: bytes
    claim: str = ""


class Commit(Struct, frozen=True, kw_only=True):
    """One atomic step of a partition: everything or nothing, and only on top of ``expected``."""

    partition: int
    expected: Head
    then: Head
    """``then.position`` must be ``expected.position`` plus the number of ``events``."""
    events: Sequence[Append] = ()
    states: Sequence[tuple[str, bytes]] = ()
    """(person token, body of the state) to store; an empty one deletes."""
    segments: Sequence[tuple[str, int, bytes]] = ()
    """(person token, number, segment of the state) to store; an empty one deletes."""
    ids: Sequence[tuple[bytes, bytes]] = ()
    """(16-byte hash of source and id, 8-byte tag of the content) seen for the first time."""
    park: Sequence[tuple[str, bytes]] = ()
    """(person token, event body) to append to the person's parked list."""
    unpark: Sequence[tuple[str, int]] = ()
    """(person token, how many) to remove from the head of the person's parked list, before ``park``."""


class LedgerError(TextError):
    """Base of what a ledger refuses; what a function of the server says is kept as it is."""

    def __init__(self, reason: Message | str) -> None:
        """Keep a message, or words as they are."""
        super().__init__(reason if isinstance(reason, Message) else message("verbatim", words=reason))


class ConflictError(LedgerError):
    """The partition is not where the commit expected it: reload and decide again."""

    def __init__(self, partition: int, expected: Head, actual: Head) -> None:
        """Keep the three facts of the conflict."""
        super().__init__(
            message("ledger.conflict", partition=partition, expected=str(expected), actual=str(actual))
        )
        self.partition, self.expected, self.actual = partition, expected, actual


class DuplicateError(LedgerError):
    """Some ids of the commit are already known; nothing was written."""

    def __init__(self, partition: int, recorded: Sequence[bytes]) -> None:
        """Keep which ids were known."""
        super().__init__(message("ledger.duplicate", partition=partition, count=len(recorded)))
        self.partition, self.recorded = partition, tuple(recorded)


class MalformedError(LedgerError):
    """The request contradicts itself or names what does not exist; nothing was written."""


class CorruptedError(LedgerError):
    """What is stored contradicts itself: a gap, or something that only another program can have written."""


class GapError(CorruptedError):
    """Entries of a numbered stream are not there: ``expected`` is the first of them, ``actual`` is what follows."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """Name the stream, the first number that is missing, and the one that is there instead."""
        super().__init__(message("ledger.gap", stream=stream, expected=expected, found=actual))
        self.expected, self.actual = expected, actual


class WrongPartitionsError(LedgerError):
    """The ledger was created with another number of partitions, which can never change."""

    def __init__(self, recorded: int, asked: int) -> None:
        """Keep both numbers."""
        super().__init__(message("ledger.partitions", recorded=recorded, asked=asked))
        self.recorded, self.asked = recorded, asked


class Ledger(Protocol):
    """The ledger of all partitions."""

    @property
    def partitions(self) -> int:
        """How many partitions there are, fixed at creation."""
        ...

    async def head(self, partition: int) -> Head:
        """The head of the partition."""
        ...

    async def read(self, partition: int, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Up to ``limit`` events after position ``after``, gapless (raises ``CorruptedError`` on a gap)."""
        ...

    async def follow(self, after: Mapping[int, int], limit: int, block_ms: int) -> dict[int, list[Entry]]:
        """Up to ``limit`` next events of each partition in ``after`` that has any.

        Waits up to ``block_ms`` when there is none anywhere, not at all when it is 0.
        """
        ...

    async def history(self, partition: int, claim: str, as_of: int | None = None) -> list[Entry]:
        """Every event of one claim, in order, read through its index of positions.

        Up to ``as_of`` where it is not None.
        """
        ...

    async def entries(self, partition: int, positions: Sequence[int]) -> list[Entry]:
        """The events at these positions, in the order of the positions.

        Raises ``MalformedError`` where there is none.
        """
        ...

    async def last_entries(self) -> Mapping[int, Entry]:
        """The last event of each partition that has any."""
        ...

    async def states(self, partition: int, persons: Sequence[str]) -> list[bytes | None]:
        """The bodies of these persons' stored states, None where there is none."""
        ...

    async def segments(self, partition: int, wanted: Sequence[tuple[str, int]]) -> list[bytes | None]:
        """The segments of states, by person and number; None where there is none."""
        ...

    async def state_marks(self, partition: int) -> dict[str, bytes]:
        """The first byte of every stored state of the partition, which says in which shape it is."""
        ...

    async def all_states(self, partition: int) -> dict[str, StoredState]:
        """Every stored state of the partition; of one moment only if no commit happens meanwhile."""
        ...

    async def recorded_tags(self, partition: int, ids: Sequence[bytes]) -> list[bytes | None]:
        """The tags under which these ids were recorded, None where they were not."""
        ...

    async def commit(self, commit: Commit) -> None:
        """Carry the step out, or raise ``ConflictError``, ``DuplicateError`` or ``MalformedError``."""
        ...

    async def deliver(self, arrivals: Sequence[tuple[int, bytes, bytes]]) -> list[str]:
        """Append (partition, body, tag) to inboxes, in this order within each; returns the inbox ids in the same order.

        What goes to one partition is appended whole or not at all; a failure may leave some partitions done.
        """
        ...

    async def inbox(self, partition: int, after: str, limit: int, block_ms: int = 0) -> list[Arrival]:
        """Up to ``limit`` arrivals after inbox id ``after``; waits up to ``block_ms`` when there is none."""
        ...

    async def parked(self, partition: int) -> dict[str, int]:
        """Parked persons of the partition and how many events wait for each."""
        ...

    async def parked_events(self, partition: int, person: str, limit: int = 1000) -> list[bytes]:
        """A parked person's events, oldest first."""
        ...
