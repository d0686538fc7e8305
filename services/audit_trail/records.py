"""What the audit trail records: a frozen Struct for each kind, told apart by ``type``.

A text that may name a person is ``Private``: it is sealed before it is stored, like who did it and why. Amounts are
whole rupiah; fractions are texts such as ``1/20``.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, TypeAlias, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

Private: TypeAlias = Annotated[str, Meta(extra={"personal": "text"})]

Outcome: TypeAlias = Literal["finding", "explained", "false-alarm"]
"""What a supervisor says of a finding that a control gave."""
FollowUp: TypeAlias = Literal["compliant", "not-compliant", "not-started", "cannot-be-followed"]
"""BPK's four states: sesuai, belum sesuai, belum ditindaklanjuti, tidak dapat ditindaklanjuti dengan alasan sah."""

AccountChange: TypeAlias = Literal["added", "password", "roles", "locked", "unlocked", "removed"]
KeyChange: TypeAlias = Literal["made", "added", "retired"]
"""``added``: another generation signs beside the earlier one from then on."""
SignIn: TypeAlias = Literal["signed-in", "signed-out", "refused", "locked"]
"""``refused``: the password was wrong, or the account is locked; ``locked``: it is for a while, after too many
attempts."""


Concerns: TypeAlias = dict[str, tuple[str, ...]]
"""Whom and what an answer about one claim or person is about: ``district``, ``agency``, ``filed_on``, as far as it is
known."""


class FigureRecorded(Struct, frozen=True, kw_only=True, tag_field="type", tag="figure-recorded"):
    """Sums were shown: by which query, of which book, by which rulebook. The same question has the same handle.

    ``cut`` is the position of each partition up to which the book was known; ``true_on`` the day up to which facts
    counted by their own dates, None for all of them.
    """

    handle: str
    query: str
    parameters: dict[str, str]
    cut: tuple[int, ...]
    true_on: dt.date | None = None
    rulebook: str = ""
    """SHA-256 of the rulebook of the program that showed them."""
    totals: dict[str, int]
    """Rupiah and counts by name."""
    concerns: Concerns = {}


class AnswerShown(Struct, frozen=True, kw_only=True, tag_field="type", tag="answer-shown"):
    """Something was shown that has no sums: by which command, of what; ``cut`` as far as it was of a cut."""

    query: str
    parameters: dict[str, str]
    cut: tuple[int, ...] = ()
    true_on: dt.date | None = None
    concerns: Concerns = {}


class QueryRun(Struct, frozen=True, kw_only=True, tag_field="type", tag="query-run"):
    """A query in SQL was put to the read models. ``refused`` is why it was not answered; empty where it was."""

    sql: Private
    rows: int
    seconds: float
    refused: str = ""


class ExportedFile(Struct, frozen=True, kw_only=True):
    """A file of an export: its rows, its hash, its control totals in rupiah by column."""

    name: str
    rows: int
    sha256: str
    totals: dict[str, int] = {}


class Exported(Struct, frozen=True, kw_only=True, tag_field="type", tag="exported"):
    """Something was written to files. ``clear``: with personal data that anybody can read."""

    what: str
    files: tuple[ExportedFile, ...]
    clear: bool = False
    cut: tuple[int, ...] = ()
    true_on: dt.date | None = None
    concerns: Concerns = {}


class SampleFrozen(Struct, frozen=True, kw_only=True, tag_field="type", tag="sample-frozen"):
    """The frame and the design of a sample stand fast, before anybody knows the seed.

    ``confidence``, ``tolerable`` and ``expected`` are shares; ``above`` is the amount above which all items are taken.
    """

    sample: str
    of: Literal["claims", "orders", "payments"]
    selection: dict[str, str]
    """Which of them, and their strata, as they were asked for."""
    cut: tuple[int, ...]
    true_on: dt.date | None = None
    frame_sha256: str
    items: int
    amount: int
    method: Literal["attribute", "monetary-unit"]
    confidence: str
    tolerable: str
    expected: str
    size: int
    above: int
    allocation: Literal["items", "amount"]


class SampleSeeded(Struct, frozen=True, kw_only=True, tag_field="type", tag="sample-seeded"):
    """The seed of a frozen sample, and which public number it is."""

    sample: str
    seed: str
    source: str


class SampleDrawn(Struct, frozen=True, kw_only=True, tag_field="type", tag="sample-drawn"):
    """Which items were drawn."""

    sample: str
    items: tuple[str, ...]


class SampleExtended(Struct, frozen=True, kw_only=True, tag_field="type", tag="sample-extended"):
    """The size of a sample was raised; which items were added to those that had been drawn."""

    sample: str
    size: int
    items: tuple[str, ...]


class SampleItemExamined(Struct, frozen=True, kw_only=True, tag_field="type", tag="sample-item-examined"):
    """What was found at an item: the amount in the book and the right one, a code of an error, and a note.

    ``audited`` is None where the error has no amount.
    """

    sample: str
    item: str
    booked: int
    audited: int | None
    error: str = ""
    note: Private = ""


class FindingOpened(Struct, frozen=True, kw_only=True, tag_field="type", tag="finding-opened"):
    """Something that a control gave is to be looked into. ``items`` are what it named, such as claims."""

    finding: str
    control: str
    items: tuple[str, ...]
    amount: int
    cut: tuple[int, ...] = ()
    note: Private = ""


class FindingAssessed(Struct, frozen=True, kw_only=True, tag_field="type", tag="finding-assessed"):
    """A supervisor says what it is."""

    finding: str
    outcome: Outcome
    note: Private = ""


class FindingFollowedUp(Struct, frozen=True, kw_only=True, tag_field="type", tag="finding-followed-up"):
    """How far the recommendation has been followed."""

    finding: str
    state: FollowUp
    note: Private = ""


class EngagementOpened(Struct, frozen=True, kw_only=True, tag_field="type", tag="engagement-opened"):
    """An audit was begun: by which letter, over which days, districts and agencies (none: all), until when."""

    number: str
    letter: str
    period_from: dt.date
    period_to: dt.date
    until: dt.date
    """The last day on which the auditor looks at anything."""
    districts: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()


class EngagementClosed(Struct, frozen=True, kw_only=True, tag_field="type", tag="engagement-closed"):
    """An audit was ended; ``manifest`` is the SHA-256 of the manifest of its closing bundle."""

    number: str
    manifest: str


class PersonalDataRead(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="personal-data-read", omit_defaults=True
):
    """Sealed values are opened for somebody: what, of which claim or person (by token; ``all``), how many values.

    Where they are handed out one after the other it is recorded before the first, when nobody has counted them.
    ``subject`` is empty where it is of several ``persons``. ``concerns`` are the tokens of everybody whom the values
    of a claim are about: the participant, and of the family whoever is named with a NIK. What is not said is not
    written, as before there was such a thing.
    """

    what: str
    subject: str
    values: int | None
    persons: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()


class OperationRequested(Struct, frozen=True, kw_only=True, tag_field="type", tag="operation-requested"):
    """What an operator wants done: with a document, parked events, releases, a person, or a rulebook to ask about.

    ``subject`` is what it is about, by agency and name, token or reference; of ``release-mode`` how orders are to
    leave.
    """

    what: Literal[
        "quarantine-retry",
        "quarantine-discard",
        "parked-retry",
        "parked-discard",
        "release-mode",
        "person-erase",
        "rulebook-bring",
    ]
    subject: str


class BackupMade(Struct, frozen=True, kw_only=True, tag_field="type", tag="backup-made"):
    """A backup is written, with a copy of every key; recorded before its first file, so that none goes unnoticed.

    ``place`` is its directory, absolute, ``generation`` that of the key store when it began.
    """

    place: str
    generation: int


class BackupGone(Struct, frozen=True, kw_only=True, tag_field="type", tag="backup-gone"):
    """Somebody says that a backup was destroyed, and every copy of it; nothing is erased from it any more."""

    place: str


class ActSent(Struct, frozen=True, kw_only=True, tag_field="type", tag="act-sent"):
    """An officer sends an event about a claim in the name of an agency; recorded before it is sent.

    ``event`` is its reference, ``what`` its type in short, ``codes`` what it says: of a review the decision and the
    reasons. ``seen`` is the position of the claim's last event that the officer had seen.
    """

    claim: str
    event: str
    what: str
    agency: str
    codes: tuple[str, ...] = ()
    seen: int = 0


class ActNotTaken(Struct, frozen=True, kw_only=True, tag_field="type", tag="act-not-taken"):
    """What an officer had sent was not taken; ``why`` is the code of the refusal."""

    claim: str
    event: str
    why: str


class AccountChanged(Struct, frozen=True, kw_only=True, tag_field="type", tag="account-changed"):
    """An operator made an account of the console, or changed it.

    Its roles and agency are those that it has from then on. Where they were replaced ``roles_before`` and
    ``agency_before`` are those that it had, which records did not say at first.
    """

    account: Private
    change: AccountChange
    roles: tuple[str, ...] = ()
    agency: str = ""
    roles_before: tuple[str, ...] | UnsetType = UNSET
    agency_before: str | UnsetType = UNSET


class SignInRecorded(Struct, frozen=True, kw_only=True, tag_field="type", tag="sign-in-recorded"):
    """Somebody signed in to the console, or tried to by a name that there is."""

    account: Private
    outcome: SignIn


class NotaryKeysChanged(Struct, frozen=True, kw_only=True, tag_field="type", tag="notary-keys-changed"):
    """Keys of the notary begin to sign, or end; recorded before they do.

    ``keys`` are their public halves (C2SP ``vkey``).
    """

    change: KeyChange
    keys: tuple[str, ...]


SampleStep: TypeAlias = SampleFrozen | SampleSeeded | SampleDrawn | SampleExtended | SampleItemExamined
"""What is recorded of a sample, which each names as ``sample``."""
FindingStep: TypeAlias = FindingOpened | FindingAssessed | FindingFollowedUp
"""What is recorded of a finding, which each names as ``finding``."""
Record: TypeAlias = (
    FigureRecorded
    | AnswerShown
    | QueryRun
    | Exported
    | SampleStep
    | FindingStep
    | EngagementOpened
    | EngagementClosed
    | PersonalDataRead
    | OperationRequested
    | BackupMade
    | BackupGone
    | ActSent
    | ActNotTaken
    | AccountChanged
    | SignInRecorded
    | NotaryKeysChanged
)
"""Whatever the trail records."""

KINDS: dict[type[Record], str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Record)}
"""Each kind by its class, as ``type`` names it."""
