"""What the file of a claim holds, and under which names it is there."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Literal

import msgspec
from msgspec import Struct

from events.catalogue import Event, decode, had_happened, type_of
from events.envelope import reference
from events.operation import PersonErased
from services.audit_trail.records import Record
from services.benefits.rulebook import ENGINE

EVENTS, OPENED, LOOKS = "events.jsonl", "opened.jsonl", "looks.jsonl"
RESULT, MANIFEST = "result.json", "manifest.json"
LOG = "log.json"
"""Under which entry of the log each event stood when the file was made: for whoever wants the proof; `kelambu prove`
writes it."""
SIGNED_LINE = "letter.txt"
RULEBOOKS = "rulebooks"
"""The folder with a folder for each rulebook, named by its hash."""


PROGRAM = version("kelambu")
"""The version of the program that runs: another one may word a page otherwise."""


class OpenedValues(Struct, frozen=True):
    """The sealed values of one event in clear, by their paths."""

    event: str
    position: int
    values: dict[str, str]


class Look(Struct, frozen=True):
    """That somebody did something with the claim, as the audit trail has it; who and why only in a file in clear."""

    position: int
    time: dt.datetime
    engagement: str
    record: Record
    by: str = ""
    reason: str = ""


class ClaimFile(Struct, frozen=True):
    """Everything that the file of a claim is made of; its pages and its result follow from this alone.

    ``events`` are JSON exactly as recorded, in the order of the ledger: those of the claim, all that the person's
    agencies said and that was decided on, what was concluded of the person's other claims, and each adoption of a
    rulebook by which any of it was decided. ``rulebooks`` are the texts of their files by hash and name. ``known_on``
    is what was asked for: an instant in RFC 3339, a position, or empty for all there is. ``true_on`` is the day up to
    which facts count by their own dates, empty for all; the events of later days are in the file all the same, since
    what was concluded rests on them. ``signed_line`` is what the letter says with the fund's signature
    (``services/letters/statement.py``), empty where nobody signed.
    """

    claim: str
    installation: str
    partition: int
    known_on: str
    events: tuple[bytes, ...]
    rulebooks: dict[str, dict[str, str]]
    opened: tuple[OpenedValues, ...] = ()
    looks: tuple[Look, ...] = ()
    true_on: str = ""
    signed_line: str = ""

    @property
    def day(self) -> dt.date | None:
        """The day up to which facts count."""
        return dt.date.fromisoformat(self.true_on) if self.true_on else None

    @property
    def erased(self) -> PersonErased | None:
        """The erasure of the claim's participant, None where there was none: nothing personal can be opened then."""
        return next((one for one in self.decoded() if isinstance(one, PersonErased)), None)

    def events_by_day(self) -> list[Event]:
        """Return the events that had happened by the day that is asked about.

        A retraction that is known counts on any.
        """
        last = self.day
        every = self.decoded()
        return [one for one in every if last is None or had_happened(one, last)]

    def decoded(self) -> list[Event]:
        """Return the events; raises ``msgspec.ValidationError`` for one that is none."""
        return [decode(body) for body in self.events]


class EventMark(Struct, frozen=True):
    """An event of the file: its place, its name, the SHA-256 of its line."""

    position: int
    event: str
    type: str
    sha256: str


class FileMark(Struct, frozen=True):
    """A file of the folder: its name, its length, its SHA-256."""

    name: str
    bytes: int
    sha256: str


class ClaimFileManifest(Struct, frozen=True, kw_only=True):
    """What the file is of, and every part of it by its hash. ``program`` and ``engine`` wrote it."""

    format: Literal["kelambu-claim-file-1"] = "kelambu-claim-file-1"
    claim: str
    installation: str
    partition: int
    known_on: str
    true_on: str = ""
    program: str = PROGRAM
    engine: str = ENGINE
    events: tuple[EventMark, ...]
    files: tuple[FileMark, ...]


_encoder = msgspec.json.Encoder(order="deterministic")


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def pretty(content: object) -> bytes:
    """Write JSON for people and programs: two spaces deep, the same content gives the same bytes."""
    return msgspec.json.format(_encoder.encode(content), indent=2) + b"\n"


def complete(file: ClaimFile, result: object, pages: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return every file by its name: events, rulebooks, opened values, what it comes to, pages, and the manifest."""
    files = {**_data(file, result), **pages}
    return {**files, MANIFEST: pretty(manifest_of(file, files))}


def _data(file: ClaimFile, result: object) -> dict[str, bytes]:
    files = {EVENTS: b"".join(body + b"\n" for body in file.events), RESULT: pretty(result)}
    for digest, texts in file.rulebooks.items():
        files |= {f"{RULEBOOKS}/{digest}/{name}": text.encode() for name, text in texts.items()}
    if file.signed_line:
        files[SIGNED_LINE] = f"{file.signed_line}\n".encode()
    for name, rows in ((OPENED, file.opened), (LOOKS, file.looks)):
        if rows:
            files[name] = b"".join(_encoder.encode(row) + b"\n" for row in rows)
    return files


def manifest_of(file: ClaimFile, files: Mapping[str, bytes]) -> ClaimFileManifest:
    """Return the manifest of a file that consists of ``files``."""
    return ClaimFileManifest(
        claim=file.claim,
        installation=file.installation,
        partition=file.partition,
        known_on=file.known_on,
        true_on=file.true_on,
        events=tuple(map(_mark, file.events)),
        files=tuple(FileMark(name, len(files[name]), sha256(files[name])) for name in sorted(files)),
    )


def read_back(manifest: ClaimFileManifest, files: Mapping[str, bytes]) -> ClaimFile:
    """Return what the files hold.

    Raises ``msgspec.MsgspecError`` or ``UnicodeDecodeError`` where they cannot be read.
    """
    rulebooks: dict[str, dict[str, str]] = {}
    for name in sorted(files):
        folder, _, rest = name.partition("/")
        digest, _, text = rest.partition("/")
        if folder == RULEBOOKS and text:
            rulebooks.setdefault(digest, {})[text] = files[name].decode()
    opened, looks = (files.get(name, b"").splitlines() for name in (OPENED, LOOKS))
    return ClaimFile(
        claim=manifest.claim,
        installation=manifest.installation,
        partition=manifest.partition,
        known_on=manifest.known_on,
        events=tuple(files.get(EVENTS, b"").split(b"\n")[:-1]),
        rulebooks=rulebooks,
        opened=tuple(msgspec.json.decode(line, type=OpenedValues) for line in opened),
        looks=tuple(msgspec.json.decode(line, type=Look) for line in looks),
        true_on=manifest.true_on,
        signed_line=files.get(SIGNED_LINE, b"").decode().strip(),
    )


def name_of(event: Event) -> str:
    """Return how people and findings name a recorded event: ``agency:id``."""
    return reference(event.source, event.id)


def _mark(body: bytes) -> EventMark:
    event = decode(body)
    return EventMark(event.position or 0, name_of(event), type_of(event), sha256(body))
