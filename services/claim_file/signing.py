"""The signed line of a letter: made with the fund's letter key, and looked at again when somebody brings one."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from projections.as_of import NOW, AsOf
from services.claim_file.contents import ClaimFile
from services.claim_file.gathering import gather
from services.claim_file.result import ClaimResult, calculated
from services.claim_file.statement import statement_of
from services.letters.signature import is_signed, signed
from services.letters.statement import LetterStatement, read
from services.notary.origins import log_origin
from services.notary.signing_keys import NotarySigner, has_keys, read_keys
from services.runtime.bootstrap import Installation

LetterVerdict: TypeAlias = Literal["forged", "unfounded", "superseded", "still-so"]
"""``forged``: no letter key of this fund has signed it; ``unfounded``: one has, and the book said something else then."""


class CheckedLetter(Struct, frozen=True):
    """What a line of a letter says, whether the fund has said so, and what it says ``now``; None where it says nothing."""

    verdict: LetterVerdict
    statement: LetterStatement
    now: LetterStatement | None = None


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
    if not is_signed(statement, signature, keys):
        return CheckedLetter("forged", statement)
    then = await _said(installation, statement, AsOf(known_on=statement.position))
    now = await _said(installation, statement, NOW)
    if then != statement:
        return CheckedLetter("unfounded", statement, now)
    same = now is not None and (now.says, now.amount) == (statement.says, statement.amount)
    return CheckedLetter("still-so" if same else "superseded", statement, now)


async def _said(installation: Installation, asked: LetterStatement, point: AsOf) -> LetterStatement | None:
    file = await gather(installation, asked.claim, point, looks=False)
    return None if file is None else statement_of(file, calculated(file)[0], asked.origin)


def _origin(installation: Installation) -> str:
    """Return a name from which the keys have theirs; that of the letter key is the same for every log."""
    return log_origin(installation.identity.id, 1)
