"""Rulebooks read again from the text of their files that was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress

from services.benefits.reading.law_file import RulebookError
from services.benefits.reading.rulebook_files import read_files, stated_in
from services.benefits.rulebook import Rulebook


def damaged(rulebooks: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the hashes under which something else is kept than the rulebook that has this hash.

    One that this program cannot read any more may be of an earlier engine, and is not among them.
    """
    return [digest for digest, rulebook in _legible(rulebooks) if rulebook.hash != digest]


def readable(rulebooks: Mapping[str, Mapping[str, str]]) -> dict[str, Rulebook]:
    """Return the kept rulebooks that this program still reads as they were meant, by ``HASH@ENGINE``.

    One that asks for rules which are no longer there, or comes out with another hash, is left out: what was decided
    by it cannot be repeated.
    """
    return {rulebook.name: rulebook for digest, rulebook in _legible(rulebooks) if rulebook.hash == digest}


def stated(rulebooks: Mapping[str, Mapping[str, str]]) -> dict[str, bytes]:
    """Return what each kept rulebook states, by its hash: the bytes that have it.

    What ``readable`` leaves out is left out.
    """
    by_hash: dict[str, bytes] = {}
    for digest, files in rulebooks.items():
        with suppress(RulebookError):
            content = stated_in(files)
            if hashlib.sha256(content).hexdigest() == digest:
                by_hash[digest] = content
    return by_hash


def _legible(rulebooks: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Rulebook]]:
    for digest, files in rulebooks.items():
        with suppress(RulebookError):
            yield digest, read_files(files)
