"""What is wrong with a document: each fault with its code, its path, and a message that says what to do."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from msgspec import Struct

from events.message import Message, Parameter, message

Code: TypeAlias = Literal["invalid", "future-date"]
Rule: TypeAlias = Literal[
    "size",
    "json",
    "repeated-key",
    "unknown-type",
    "own-type",
    "missing",
    "unknown-field",
    "recorded-only",
    "type",
    "choice",
    "format",
    "range",
    "length",
    "nik",
    "decimals",
    "subject",
    "source",
    "one-of",
    "disability-row",
    "order",
    "span",
    "repeated-id",
    "repeated-nik",
    "character",
    "letter",
    "account-number",
    "future-date",
    "too-many",
]

MAX_FAULTS = 500
"""More faults than this are counted, not listed: a refusal must not be far larger than what it refuses."""


class DocumentFault(Struct, frozen=True):
    """One fault. ``path`` is like ``$.data.children[1].name``; nothing here repeats a value of the document.

    ``code`` is the contract's; ``rule`` names the rule that was broken, for programs that want to know more.
    """

    code: Code
    path: str
    message: Message
    rule: Rule


class DocumentRefused(ValueError):  # noqa: N818 - the contract's word
    """A document was not admitted; ``faults`` lists everything that is wrong with it, at least one fault.

    ``source`` and ``id`` are the document's where they are well-formed, and safe to log. ``sent_as`` holds
    them as they were sent, whatever text that was: it is for the sender's eyes only.
    """

    def __init__(
        self,
        faults: list[DocumentFault],
        source: str | None = None,
        id: str | None = None,  # noqa: A002 - the contract's name
        sent_as: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self.faults = _shortened(faults)
        self.source = source
        self.id = id
        self.sent_as = sent_as
        self.code: Code = "future-date" if all(f.code == "future-date" for f in faults) else "invalid"
        listed = "; ".join(f"{f.path}: {f.message.key}" for f in self.faults[:3])
        super().__init__(f"{self.code}, {len(faults)} fault{'s'[: len(faults) != 1]}: {listed}")


def _shortened(faults: list[DocumentFault]) -> list[DocumentFault]:
    if len(faults) <= MAX_FAULTS:
        return faults
    left = len(faults) - MAX_FAULTS
    return [*faults[:MAX_FAULTS], invalid("$", "too-many", "more-faults", count=left)]


def invalid(path: str, rule: Rule, key: str, /, **parameters: Parameter) -> DocumentFault:
    """Return a fault of the schema or of the rules between fields; ``key`` names its text under ``fault``."""
    return DocumentFault("invalid", path, message(f"fault.{key}", **parameters), rule)


_FIELD_NAME = re.compile(r"(?!.*[0-9]{5})[a-z][A-Za-z0-9_]{0,39}")


def shown(key: str) -> str:
    """Return a key of the document if it looks like a field's name, else ``?``: it could be a person's."""
    return key if _FIELD_NAME.fullmatch(key) else "?"
