"""What of an event is personal, in words: where it stood, and what an account is."""

from __future__ import annotations

import re

import msgspec

from events.personal import Account
from services.wording.terms import LanguageTexts

_STEP = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")


def personal_field(path: str, words: LanguageTexts) -> str:
    """Say where a personal value was in its event: ``findings.heirs[0].name`` is ``ahli waris 1: nama``."""
    parts = [
        f"{words.name('personal-field', name)} {int(index) + 1}"
        if index
        else words.name("personal-field", name)
        for name, index in _STEP.findall(path)
        if name != "findings"
    ]
    *where, what = parts or [path]
    return f"{', '.join(where)}: {what}" if where else what


def personal_value(value: str, words: LanguageTexts) -> str:
    """Say a personal value; an account by bank, number and holder."""
    try:
        account = msgspec.json.decode(value, type=Account)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return value
    return words.say("personal-value.account", **msgspec.structs.asdict(account))
