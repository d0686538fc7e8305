"""What a letter says, in one line of text for the QR code on it. ``docs/letters.md`` is its specification.

Nothing personal is in it. Pure: whoever signs it or looks at a signature is ``services/letters/signature.py``.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from typing import Literal, TypeAlias, cast, get_args

from msgspec import Struct

from events.message import message
from services.texts.errors import TextError

FORMAT = "kelambu-letter/1"
MOST = 500
"""Characters that a line has at most."""

Says: TypeAlias = Literal[
    "waiting",
    "referred",
    "denied",
    "ordered",
    "nothing-due",
    "paid",
    "overpaid",
    "withdrawn",
    "retracted",
]
"""What a letter is about, and by that which letter it is."""

_LINE = re.compile(
    r"kelambu-letter/1"
    r"\|(?P<claim>[A-Z0-9-]{1,40})"
    rf"\|(?P<says>{'|'.join(get_args(Says))})"
    r"\|(?P<amount>0|[1-9][0-9]{0,14})"
    r"\|(?P<on>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"\|(?P<partition>0|[1-9][0-9]{0,2}):(?P<position>[1-9][0-9]{0,14})"
    r"\|(?P<origin>[!-{}~]{1,200})",
    re.ASCII,
)
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}", re.ASCII)


class LetterTextError(TextError):
    """What was read is no line of a letter, or not a whole one."""


class LetterStatement(Struct, frozen=True):
    """What a letter says of a claim, in whole rupiah, as things stood ``on`` a day and up to a record of the ledger.

    ``origin`` is the name of the key that signs for the fund. ``amount`` is what is due, of ``overpaid`` what was paid
    too much, and 0 where the letter names no sum.
    """

    claim: str
    says: Says
    amount: int
    on: dt.date
    partition: int
    position: int
    origin: str

    @property
    def line(self) -> str:
        """The line without its signature."""
        place = f"{self.partition}:{self.position}"
        fields = (FORMAT, self.claim, self.says, self.amount, self.on.isoformat(), place, self.origin)
        return "|".join(map(str, fields))

    @property
    def signed(self) -> str:
        """What the signature is over."""
        return f"{FORMAT}\n{self.line}"


def text_of(statement: LetterStatement, signature: bytes) -> str:
    """Return the whole line."""
    return f"{statement.line}|{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def read(text: str) -> tuple[LetterStatement, bytes]:
    """Return what a line says, and its signature, which nobody has looked at; white space in it counts for nothing.

    Raises:
        LetterTextError: it is no such line.
    """
    line, _, signature = "".join(text.split()).rpartition("|")
    match = _LINE.fullmatch(line) if len(line) <= MOST else None
    if match is None or not _SIGNATURE.fullmatch(signature):
        raise LetterTextError(message("letter.check.no-line"))
    try:
        on = dt.date.fromisoformat(match["on"])
        decoded = base64.b64decode(f"{signature}==", altchars="-_", validate=True)
    except (ValueError, binascii.Error):
        raise LetterTextError(message("letter.check.no-line")) from None
    statement = LetterStatement(
        claim=match["claim"],
        says=cast("Says", match["says"]),
        amount=int(match["amount"]),
        on=on,
        partition=int(match["partition"]),
        position=int(match["position"]),
        origin=match["origin"],
    )
    if text_of(statement, decoded) != f"{line}|{signature}":
        raise LetterTextError(message("letter.check.no-line"))
    return statement, decoded
