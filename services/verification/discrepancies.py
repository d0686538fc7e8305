"""What an audit says: findings with their place, what an adoption explains, and the totals that were compared."""

from __future__ import annotations

from msgspec import Struct

from events.message import Message
from services.texts.catalogue import render


class AuditFinding(Struct, frozen=True, omit_defaults=True):
    """Something that is not as it must be, and where.

    ``check`` is one of ``ledger``, ``times``, ``content``, ``origin``, ``recalculation``, ``rulebook``, ``state``,
    ``ids``, ``parked``, ``erasure``, ``reservation``, ``route``, ``waiting``, ``refusal``, ``outcome``, ``payments``,
    ``batch-file``, ``read-model``, ``totals``, ``trail``, ``log``. ``position`` is 0 where the place is no position.
    """

    check: str
    message: Message
    partition: int | None = None
    position: int = 0

    @property
    def what(self) -> str:
        """What is not as it must be, in English."""
        return render(self.message, "en")

    def __str__(self) -> str:
        """One line: the place, and what is wrong there."""
        place = "" if self.partition is None else f"partition {self.partition}, "
        place += f"position {self.position}, " if self.position else ""
        return f"{place}{self.check}: {self.what}"


class Explained(Struct, frozen=True):
    """What an earlier rulebook or engine decided differently from today's, by the adoption it was decided under."""

    partition: int
    position: int
    person: str
    adopted: str
    """``HASH@ENGINE``, adopted by the ``rulebook.adopted`` in force at the position."""
    message: Message

    @property
    def what(self) -> str:
        """What differs, in English."""
        return render(self.message, "en")


class HeldCheckpoint(Struct, frozen=True):
    """A checkpoint that the book was held against.

    By which name, of how many entries, whether it came from ``outside``. ``proven``: all that was under it still does,
    and nothing else in its place.
    """

    name: str
    origin: str
    size: int
    outside: bool
    proven: bool


class AuditTotals(Struct, frozen=True):
    """Orders and rupiah: ordered, cancelled, released, left for the bank, paid and not sent back."""

    orders: int = 0
    ordered: int = 0
    cancelled: int = 0
    released: int = 0
    left: int = 0
    paid: int = 0


class AuditResult(Struct, frozen=True, kw_only=True):
    """The outcome of an audit; ``exit_code`` is 0 when nothing was found and 1 otherwise."""

    findings: tuple[AuditFinding, ...]
    """Those about the log first: they say what the others are about."""
    explained: tuple[Explained, ...]
    events: int
    assessments: int
    persons: int
    unreadable: int
    """Agency events whose content could not be compared, because their key was destroyed or is not available."""
    records: int = 0
    """Records of the audit trail, and of those the ones whose who and why can no longer be opened."""
    unreadable_records: int = 0
    heads: dict[int, int]
    totals: AuditTotals
    checkpoints: tuple[HeldCheckpoint, ...] = ()
    """The checkpoints of the log that everything was held against."""
    unsealed: int = 0
    """Events and records that are under none of them yet."""
    skipped: tuple[Message, ...] = ()
    """What could not be looked at, and why."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def exit_code(self) -> int:
        """What a command that verifies ends with."""
        return 0 if self.ok else 1
