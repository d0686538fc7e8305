"""The signed line of a letter: made with the fund's letter key, and looked at again when somebody brings one."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import decode
from projections.as_of import NOW, AsOf
from services.audit_trail.records import NotaryKeysChanged
from services.audit_trail.trail import read as read_trail
from services.claim_file.assembly import assemble
from services.claim_file.contents import ClaimFile
from services.claim_file.result import ClaimResult, calculated
from services.claim_file.statement import statement_of
from services.letters.signature import is_signed, signed
from services.letters.statement import LetterStatement, read
from services.notary.notes import VerifierKey
from services.notary.origins import log_origin
from services.notary.signing_keys import NotarySigner, has_keys, read_keys
from services.runtime.bootstrap import Installation

LetterVerdict: TypeAlias = Literal[
    "forged", "unrecorded-key", "unfounded", "key-ended", "superseded", "still-so"
]
"""``forged``: no letter key of this fund has signed it. One has, and: ``unrecorded-key``: the audit trail does not say
that it was taken up; ``unfounded``: the book said something else then; ``key-ended``: it had ended before the record
was made."""


class LetterKey(Struct, frozen=True):
    """The key that has signed a letter, and from when until when it signed, as the audit trail has it.

    No end while it does.
    """

    name: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class CheckedLetter(Struct, frozen=True):
    """What a line of a letter says, whether the fund has said so, and what it says ``now``.

    None where it says nothing.
    """

    verdict: LetterVerdict
    statement: LetterStatement
    now: LetterStatement | None = None
    key: LetterKey | None = None
    """None where no key of ours has signed it."""

    @property
    def genuine(self) -> bool:
        """Whether the fund has said so."""
        return self.verdict in ("superseded", "still-so")


def with_signed_line(installation: Installation, file: ClaimFile, result: ClaimResult) -> ClaimFile:
    """Return the file with what its letter says, signed.

    One that asks about the facts of a past day says what would have been: it is not signed, nor is any where no keys
    were ever made.

    Raises:
        SigningKeysError: the keys are missing or damaged, or others may read them.
    """
    keys = installation.settings.signing_keys
    if file.true_on or not has_keys(keys):
        return file
    signer = NotarySigner(keys, _origin(installation)).of_letters()
    return replace(file, signed_line=signed(statement_of(file, result, signer.name), signer))


async def check_letter(installation: Installation, text: str) -> CheckedLetter:
    """Tell whether the fund has said what a line of a letter says, and whether it says so still.

    Raises:
        LetterTextError: it is no such line.
        SigningKeysError: the keys are missing or damaged, or others may read them.
        TextError: what was decided cannot be repeated by this program.
    """
    statement, signature = read(text)
    origin = _origin(installation)
    keys = [
        key.verifier(origin) for key in read_keys(installation.settings.signing_keys) if key.use == "letters"
    ]
    signer = next((key for key in keys if is_signed(statement, signature, [key])), None)
    if signer is None:
        return CheckedLetter("forged", statement)
    key = await _recorded_key(installation, signer)
    then = await _statement_at(installation, statement, AsOf(known_on=statement.position))
    now = await _statement_at(installation, statement, NOW)
    verdict: LetterVerdict = "superseded"
    if key.since is None:
        verdict = "unrecorded-key"
    elif then != statement:
        verdict = "unfounded"
    elif key.until is not None and await _recorded_at(installation, statement) > key.until:
        verdict = "key-ended"
    elif now is not None and (now.says, now.amount) == (statement.says, statement.amount):
        verdict = "still-so"
    return CheckedLetter(verdict, statement, now, key)


async def _recorded_key(installation: Installation, key: VerifierKey) -> LetterKey:
    """Return a key with the times at which the audit trail says that it was taken up, and ended."""
    times = {
        entry.record.change == "retired": entry.time
        for entry in await read_trail(installation)
        if isinstance(entry.record, NotaryKeysChanged) and str(key) in entry.record.keys
    }
    return LetterKey(f"{key.name}+{key.key_id.hex()}", times.get(False), times.get(True))


async def _recorded_at(installation: Installation, statement: LetterStatement) -> dt.datetime:
    """Return when the record was made up to which a letter knows."""
    (entry,) = await installation.ledger.entries(statement.partition, [statement.position])
    event = decode(entry.body)
    return event.recordedtime or event.time


async def _statement_at(
    installation: Installation, statement: LetterStatement, point: AsOf
) -> LetterStatement | None:
    file = await assemble(installation, statement.claim, point, looks=False)
    return None if file is None else statement_of(file, calculated(file)[0], statement.origin)


def _origin(installation: Installation) -> str:
    """Return a name from which the keys have theirs; that of the letter key is the same for every log."""
    return log_origin(installation.identity.id, 1)
