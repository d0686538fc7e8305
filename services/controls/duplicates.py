"""A control on persons: one who is enrolled twice, by name and birth date or a NIK that differs in one digit."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from operator import attrgetter

from msgspec import Struct
from sqlalchemy import select

from projections import claims
from projections.columns import unindexed
from projections.store import View
from services.controls.hits import Hit, Identity, Question

_IN_MEMORY: dict[str, str | bool | int | float | list[str]] = {"temp_directory": "", "threads": "1"}
"""Names and NIKs never reach a disk; another process asks the other controls meanwhile."""
_PEOPLE = """
CREATE TABLE people AS SELECT unnest($numbers::INTEGER[]) AS number, unnest($niks::VARCHAR[]) AS nik,
unnest($names::VARCHAR[]) AS name, unnest($letters::UBIGINT[]) AS letters, unnest($births::VARCHAR[]) AS birth
"""
_PAIRS = """
WITH pairs AS (
    SELECT one.number AS here, other.number AS there, one.name AS name, other.name AS renamed,
    CASE WHEN greatest(length(one.name), length(other.name)) >= 12 THEN 2 ELSE 1 END AS most
    FROM people AS one JOIN people AS other ON {alike}
    WHERE one.number < other.number AND bit_count(xor(one.letters, other.letters)) <= 2 * most
)
SELECT here, there, levenshtein(name, renamed) AS differing FROM pairs WHERE differing <= most
"""
"""An edit changes which letters a name has by two at most: few pairs are left for the distance, which costs most."""
_ALIKE = (
    "one.birth = other.birth AND left(one.name, 4) = left(other.name, 4)",
    "one.birth = other.birth AND right(one.name, 4) = right(other.name, 4)",
    *(
        f"left(one.nik, {digit}) = left(other.nik, {digit}) AND substr(one.nik, {digit + 2}) = substr(other.nik, {digit + 2})"
        for digit in range(16)
    ),
)
"""Who is compared: of one birth date only those whose names begin or end alike; whose NIKs are one but for one
digit."""
_NO_LETTERS = re.compile(r"[\W\d_]+")
_person = attrgetter("person")


class CandidatePair(Struct, frozen=True):
    """Two enrolments that may be of one person, and how many letters of the names differ."""

    one: Identity
    other: Identity
    letters: int


class _Ordered(Struct, frozen=True):
    """What was ordered on a claim of a person, in rupiah."""

    person: str
    ordered: int


def duplicate_persons(view: View, question: Question) -> Iterator[Hit]:
    """Yield persons who may have been enrolled before under another NIK.

    The amount is the lesser of what was ordered for the two.
    """
    pairs = candidate_pairs(question.identities)
    table = claims.claim_table(view)
    persons = {who.person for pair in pairs for who in (pair.one, pair.other)}
    query = select(table.c.person, table.c.ordered).where(unindexed(table.c.shown) == 1)
    ordered: defaultdict[str, int] = defaultdict(int)
    for claim in view.read_among(query, table.c.person, persons, _Ordered):
        ordered[claim.person] += claim.ordered
    for pair in pairs:
        first, second = sorted((pair.one, pair.other), key=lambda who: who.person)
        amount = min(ordered[first.person], ordered[second.person])
        figures: dict[str, int | str] = {"letters": pair.letters}
        yield Hit("", second.person, amount, (first.ref, second.ref), first.person, figures)


def candidate_pairs(identities: Sequence[Identity]) -> list[CandidatePair]:
    """Return the pairs whose names differ by a letter or two, with one birth date or a NIK that differs in one digit.

    Of those with one birth date only names that begin or end with the same four letters are compared.
    """
    import duckdb  # noqa: PLC0415 -- takes 13 MB, and most processes do without

    plain = {name: _plain(name) for name in {one.name for one in identities}}
    letters = {name: _letters(spelled) for name, spelled in plain.items()}
    people: dict[str, object] = {
        "numbers": list(range(len(identities))),
        "niks": [one.nik for one in identities],
        "names": [plain[one.name] for one in identities],
        "letters": [letters[one.name] for one in identities],
        "births": [one.birth_date for one in identities],
    }
    by_persons: dict[tuple[str, str], CandidatePair] = {}
    with closing(duckdb.connect(":memory:", config=_IN_MEMORY)) as database:
        database.execute(_PEOPLE, people)
        for alike in _ALIKE:
            for here, there, differing in database.execute(_PAIRS.format(alike=alike)).fetchall():
                first, second = sorted((identities[here], identities[there]), key=_person)
                if first.person != second.person:
                    by_persons[first.person, second.person] = CandidatePair(first, second, differing)
    return [by_persons[key] for key in sorted(by_persons)]


def _plain(name: str) -> str:
    """Return a name without what spellings differ in: letters only, without accents, lower case, its words sorted."""
    letters = "".join(
        one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one)
    )
    return " ".join(sorted(_NO_LETTERS.sub(" ", letters).split()))


def _letters(name: str) -> int:
    """Return which letters a name has, a bit for each."""
    bits = 0
    for letter in name:
        bits |= 1 << (ord(letter) & 63)
    return bits
