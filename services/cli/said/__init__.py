"""Messages in the language of a command; and sentences that stand in English where they are written, told in Indonesian.

A template is the English sentence with its changing parts as ``{names}``; its Indonesian has the same names. A part
that is a sentence of its own is told in Indonesian too.
"""

from __future__ import annotations

import functools
import re

from events.message import Message
from services.cli.language import language
from services.cli.said.findings import FINDINGS
from services.cli.said.followers import FOLLOWERS
from services.cli.said.installation import INSTALLATION
from services.cli.said.notes import NOTES
from services.cli.said.obstacles import OBSTACLES
from services.texts.catalogue import render

TEMPLATES: dict[str, str] = {
    **OBSTACLES,
    **FINDINGS,
    **FOLLOWERS,
    **NOTES,
    **INSTALLATION,
}
_NAME = re.compile(r"\{(\w+)\}")


def said(english: str | Message) -> str:
    """Return a sentence in the language of the command; as it stands where it has no Indonesian."""
    if isinstance(english, Message):
        verbatim = english.parameters.get("words") if english.key == "verbatim" else None
        return said(verbatim) if isinstance(verbatim, str) else render(english, language())
    return english if language() == "en" else in_indonesian(english) or english


@functools.lru_cache(maxsize=4096)
def in_indonesian(english: str) -> str | None:
    """Return the Indonesian of a sentence, None where there is none; a full stop at the end makes no difference."""
    if "\n- " in english:
        return "\n".join(_line(line) for line in english.split("\n"))
    stop = "." if english.endswith(".") else ""
    bare = english.removesuffix(".")
    if told := _WHOLE.get(bare):
        return told + stop
    for pattern, words in _PATTERNS:
        if found := pattern.fullmatch(bare):
            parts = {name: in_indonesian(part) or part for name, part in found.groupdict().items()}
            return words.format(**parts) + stop
    return None


def _line(english: str) -> str:
    """Return a line of a list in Indonesian, or as it stands, with what it begins with."""
    bare = english.lstrip("- ")
    return english.removesuffix(bare) + (in_indonesian(bare) or bare)


def _pattern(template: str) -> re.Pattern[str]:
    """Return what matches a template; a name that stands twice is the same part."""
    seen: set[str] = set()
    made = ""
    for n, piece in enumerate(_NAME.split(template)):
        if n % 2 == 0:
            made += re.escape(piece)
        elif piece in seen:
            made += f"(?P={piece})"
        else:
            seen.add(piece)
            made += f"(?P<{piece}>.+?)"
    return re.compile(made, re.DOTALL)


_WHOLE = {
    key.removesuffix("."): text.removesuffix(".") for key, text in TEMPLATES.items() if not _NAME.search(key)
}
_PATTERNS = [
    (_pattern(key.removesuffix(".")), text.removesuffix("."))
    for key, text in sorted(TEMPLATES.items(), key=lambda item: -len(_NAME.sub("", item[0])))
    if _NAME.search(key)
]
"""Those that fix the most words come first."""
