"""Forms of texts: what a text of an agency may hold, and the form in which two texts are compared.

A text is looked at as it was sent, and recorded as it was sent; its ends are trimmed and its letters composed (NFC)
only where it is compared with another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple, TypeAlias

from events.message import Message, message

Form: TypeAlias = Literal["line", "lines", "name", "bank", "account-number"]
"""``lines`` may have tabs and line breaks; a ``name`` has a letter of some script, a ``bank`` a letter or a digit."""

_BREAKS = "\t\n\r"
_BETWEEN = r" \u00a0\u2000-\u200a\u202f\u3000.\-"
"""What may stand between the signs of an account number: blanks, full stops and hyphens."""
_PASSED_OVER, _BLANK = re.compile(f"[{_BETWEEN}]"), re.compile("[ \u00a0]")
_EXPONENT = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[Ee][+-]?[0-9]+")
_NUMBER = re.compile(r"(?=(?:[^0-9]*[0-9]){5})[0-9A-Za-z]{5,34}")

_UNSEEN = (
    r"\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff\ufff0-\ufffb\ufffe\uffff"
)
_LINE = rf"^[^\u0000-\u001f{_UNSEEN}]*$"
PATTERNS: dict[Form, str] = {
    "line": _LINE,
    "lines": rf"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f{_UNSEEN}]*$",
    "name": _LINE,
    "bank": _LINE,
    "account-number": rf"^[{_BETWEEN}]*(?:[0-9A-Za-z][{_BETWEEN}]*){{5,34}}$",
}
"""As much of each form as a pattern can say that every validator reads alike."""


class Misform(NamedTuple):
    """How a text is not of its form: the rule, and the message about it."""

    rule: Literal["character", "letter", "account-number"]
    message: Message


def misform(text: str, form: Form) -> Misform | None:
    """Return what is wrong with a text as it was sent; None if nothing is."""
    place = unseen(text, _BREAKS if form == "lines" else "")
    if place is not None:
        sign = f"U+{ord(text[place]):04X}"
        return Misform("character", message("fault.character", character=sign, place=place + 1))
    match form:
        case "name" if not any(map(str.isalpha, text)):
            return Misform("letter", message("fault.no-letter"))
        case "bank" if not any(sign.isalpha() or unicodedata.category(sign)[0] == "N" for sign in text):
            return Misform("letter", message("fault.no-letter-or-digit"))
        case "account-number":
            return _misform_of_number(text)
        case _:
            return None


def _misform_of_number(text: str) -> Misform | None:
    if _EXPONENT.fullmatch(_without(_BLANK, text)):
        return Misform("account-number", message("fault.shortened-account"))
    if not _NUMBER.fullmatch(_without(_PASSED_OVER, text)):
        return Misform("account-number", message("fault.account-number"))
    return None


def unseen(text: str, passing: str = "") -> int | None:
    """Return the place of the first character that no text may hold, but for those of ``passing``.

    These are control, format, private-use and unassigned characters and separators of lines and paragraphs; blanks
    of any width are none of them.
    """
    if text.isprintable():
        return None
    for place, sign in enumerate(text):
        if not sign.isprintable() and unicodedata.category(sign) != "Zs" and sign not in passing:
            return place
    return None


def compared(text: str) -> str:
    """Return a text as it is compared: its ends trimmed, its letters composed."""
    return unicodedata.normalize("NFC", text.strip())


def compared_name(name: str) -> str:
    """Return a person's name as it is compared.

    Its letters and digits, in small letters, single blanks between words.
    """
    signs = (sign if sign.isalnum() else " " for sign in compared(name).casefold())
    return " ".join("".join(signs).split())


def compared_account(bank: str, number: str, holder: str) -> tuple[str, str, str]:
    """Return an account as it is compared: its number in capitals, without blanks, dots and hyphens."""
    return compared(bank), _without(_PASSED_OVER, compared(number)).upper(), compared(holder)


def _without(signs: re.Pattern[str], text: str) -> str:
    return signs.sub("", text)
