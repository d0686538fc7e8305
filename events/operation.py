"""What operators do, said as events of ``/agencies/kelambu``.

They adopt a rulebook, arrange how orders leave, retry or discard what is parked, erase a person, and recover the
installation, which begins an epoch.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from events.envelope import Envelope
from events.payment import ReleaseMode
from events.personal import FreeText, OfficerName, PersonalText
from events.values import Sha256

ErasureObstacle: TypeAlias = Literal["membership", "claim", "objection", "payment", "overpaid", "scholarship"]
"""Why a person's data are still needed: the membership goes on, a claim or an objection is open, money is due to
somebody or to the fund, a child is still entitled to the scholarship."""


class Adoption(Struct, frozen=True, forbid_unknown_fields=True):
    """From here on this partition decides by this rulebook (SHA-256) and engine version."""

    rulebook: Sha256
    engine: str


class ParkedRetry(Struct, frozen=True, forbid_unknown_fields=True):
    """Take up the events parked for the envelope's ``person`` again, from the oldest."""

    reason: FreeText


class ParkedDiscard(Struct, frozen=True, forbid_unknown_fields=True):
    """Take the oldest event parked for the envelope's ``person`` out of the line undecided; ``event`` is its reference.

    Recorded, ``document`` is that event byte for byte as it was parked, in base64, its personal values sealed.
    """

    event: str
    reason: FreeText
    document: bytes | UnsetType = UNSET

    @property
    def claim(self) -> str:
        """The claim that the discarded event names; empty where it names none."""
        return type_and_claim(self.document)[1] if self.document else ""


def type_and_claim(body: bytes) -> tuple[str, str]:
    """Return the type and the claim that an event names, also one that cannot be decoded; empty where it names none."""
    try:
        about = _about.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "", ""
    return about.type, about.data.claim


class _NamesClaim(Struct):
    claim: str = ""


class _About(Struct):
    type: str = ""
    data: _NamesClaim = msgspec.field(default_factory=_NamesClaim)


_about = msgspec.json.Decoder(_About)


class Erasure(Struct, frozen=True, forbid_unknown_fields=True):
    """The key of the envelope's ``person`` is destroyed for good: what it sealed can be read by nobody any more.

    ``despite`` names the obstacles that the officer knew of and erased the person in spite of.
    """

    officer: OfficerName
    reason: FreeText
    despite: tuple[ErasureObstacle, ...] = ()


class Arrangement(Struct, frozen=True, forbid_unknown_fields=True):
    """From here on orders of this partition leave like this.

    ``officer`` and ``reason`` say who arranged it and why; they are missing where the setting of the installation did.
    """

    mode: ReleaseMode
    officer: OfficerName | UnsetType = UNSET
    reason: FreeText | UnsetType = UNSET


class Epoch(Struct, frozen=True, forbid_unknown_fields=True):
    """From here on the installation is in this epoch: its parts were put together by an officer, for a reason.

    ``adopted`` names the batches of this partition that had left for the bank before, as their files say, and of
    which this ledger did not know. ``lost_keys`` is of how many persons of this partition the key was given up as lost:
    what it sealed can never be read again. ``last_at_bank`` is the last batch of this partition that the bank has,
    where nothing else could tell and the officer asked it.
    """

    installation: str
    number: int
    officer: PersonalText
    reason: FreeText
    adopted: tuple[str, ...] = ()
    lost_keys: int | UnsetType = UNSET
    last_at_bank: str | UnsetType = UNSET


class RulebookAdopted(Envelope[Adoption], frozen=True, tag="kelambu.rulebook.adopted.v1"):
    """The partition changed its rulebook."""


class ReleaseArranged(Envelope[Arrangement], frozen=True, tag="kelambu.release.arranged.v1"):
    """Orders leave by themselves from here on, or only once a named person has approved each."""


class ParkedRetried(Envelope[ParkedRetry], frozen=True, tag="kelambu.parked.retried.v1"):
    """An operator asked for a parked person's events to be tried again."""


class ParkedDiscarded(Envelope[ParkedDiscard], frozen=True, tag="kelambu.parked.discarded.v1"):
    """An operator discarded an event that cannot be decided."""


class PersonErased(Envelope[Erasure], frozen=True, tag="kelambu.person.erased.v1"):
    """A person's personal data were erased: amounts, dates and codes stay, names, NIK and accounts are gone."""


class EpochBegun(Envelope[Epoch], frozen=True, tag="kelambu.epoch.begun.v1"):
    """The installation was restored from a backup, or its parts were put together anew."""
