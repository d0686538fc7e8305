"""A control on persons: one who is enrolled twice, by name and birth date or a NIK that differs in one digit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations
from operator import attrgetter, ne
from typing import TypeAlias

from msgspec import Struct
from sqlalchemy import select

from projections import claims
from projections.store import View
from services.controls.hits import Hit, Identity, Question

_DIGITS, _QUARTER = 16, 4
_ALIKE, _LONG = 4, 12
_LONGEST = 16
"""A letter that stands more often reaches into the bits of another: fewer differ then, never more."""
_FEW = 6
"""So many are soon compared one by one."""
_NO_LETTERS = re.compile(r"[\W\d_]+")
_person = attrgetter("person")
Pair: TypeAlias = tuple[int, int]
"""Two persons, by their numbers among all that are compared."""


class Likeness(Struct, frozen=True):
    """Two enrolments that may be of one person, and how many letters of the names differ."""

    one: Identity
    other: Identity
    letters: int


def duplicate_persons(view: View, question: Question) -> Iterator[Hit]:
    """Yield persons who may have been enrolled before under another NIK; the amount is the lesser of what was ordered for the two."""
    pairs = likenesses(question.identities)
    table = claims.claim_table(view)
    persons = {who.person for pair in pairs for who in (pair.one, pair.other)}
    query = select(table).where(table.c.shown == 1)
    ordered: defaultdict[str, int] = defaultdict(int)
    for row in view.read_among(query, table.c.person, persons, claims.ClaimRow):
        ordered[row.person] += row.ordered
    for pair in pairs:
        first, second = sorted((pair.one, pair.other), key=lambda who: who.person)
        amount = min(ordered[first.person], ordered[second.person])
        figures: dict[str, int | str] = {"letters": pair.letters}
        yield Hit("", second.person, amount, (first.ref, second.ref), first.person, figures)


def likenesses(identities: Sequence[Identity]) -> list[Likeness]:
    """Return the pairs whose names differ by a letter or two, with one birth date or a NIK that differs in one digit.

    Of those with one birth date only names that begin or end with the same ``_ALIKE`` letters are compared.
    """
    plain = {name: _plain(name) for name in {one.name for one in identities}}
    names = [plain[one.name] for one in identities]
    told = {name: _letters(name) for name in set(names)}
    letters = [told[name] for name in names]
    found: dict[tuple[str, str], Likeness] = {}
    for here, there in chain(_of_one_birth_date(identities, names), _of_one_digit(identities)):
        name, other = names[here], names[there]
        most = 2 if len(name) >= _LONG or len(other) >= _LONG else 1
        if (letters[here] ^ letters[there]).bit_count() > 2 * most or abs(len(name) - len(other)) > most:
            continue
        first, second = sorted((identities[here], identities[there]), key=_person)
        if first.person != second.person and (differing := _distance(name, other, most)) <= most:
            found[first.person, second.person] = Likeness(first, second, differing)
    return [found[key] for key in sorted(found)]


def _of_one_birth_date(people: Sequence[Identity], names: Sequence[str]) -> Iterator[Pair]:
    births = [one.birth_date for one in people]
    for part in (slice(_ALIKE), slice(-_ALIKE, None)):
        for block in _blocks(
            range(len(people)), [birth + name[part] for birth, name in zip(births, names, strict=True)]
        ):
            yield from combinations(block, 2)


def _of_one_digit(people: Sequence[Identity]) -> Iterator[Pair]:
    """Yield the pairs that differ in one digit: in three of four quarters they are alike, and of the fourth but for that digit."""
    niks = [one.nik for one in people]
    for first in range(0, _DIGITS, _QUARTER):
        last = first + _QUARTER
        quarters = [nik[first:last] for nik in niks]
        for block in _blocks(range(len(niks)), [nik[:first] + nik[last:] for nik in niks]):
            if len(block) <= _FEW:
                for pair in combinations(block, 2):
                    if sum(map(ne, quarters[pair[0]], quarters[pair[1]])) <= 1:
                        yield pair
                continue
            for digit in range(_QUARTER):
                for alike in _blocks(block, [quarters[n][:digit] + quarters[n][digit + 1 :] for n in block]):
                    yield from combinations(alike, 2)


def _blocks(numbers: Iterable[int], keys: Iterable[str]) -> Iterable[list[int]]:
    """Return which numbers have one key with others."""
    first: dict[str, int] = {}
    several: dict[int, list[int]] = {}
    for number, key in zip(numbers, keys, strict=True):
        before = first.setdefault(key, number)
        if before != number:
            several.setdefault(before, [before]).append(number)
    return several.values()


def _letters(name: str) -> int:
    """Return which letters a name has, and how often, as bits: an edit changes two of them at most."""
    bits = 0
    for letter, often in Counter(name).items():
        bits |= ((1 << often) - 1) << (ord(letter) & 63) * _LONGEST
    return bits


def _plain(name: str) -> str:
    """Return a name without what spellings differ in: letters only, lower case, its words sorted."""
    return " ".join(sorted(_NO_LETTERS.sub(" ", name.casefold()).split()))


def _distance(one: str, other: str, most: int) -> int:
    """Return the edit distance (Levenshtein), or a number beyond ``most`` where it is more."""
    first, last = 0, min(len(one), len(other))
    while first < last and one[first] == other[first]:
        first += 1
    while first < last and one[-1] == other[-1]:
        one, other, last = one[:-1], other[:-1], last - 1
    one, other = one[first:], other[first:]
    if not (one and other):
        return len(one or other)
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, 1):
        above, row = row, [n]
        for m, to in enumerate(other, 1):
            row.append(min(above[m] + 1, row[m - 1] + 1, above[m - 1] + (letter != to)))
        if min(row) > most:
            return most + 1
    return row[-1]
