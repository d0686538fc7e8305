"""Persons enrolled twice: what is found is just what the definition says, compared pair by pair."""

from __future__ import annotations

import unicodedata
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.controls.duplicates import candidate_pairs
from services.controls.hits import Identity

NAMES = st.one_of(
    st.sampled_from(
        ("Siti Aminah", "Aminah Siti", "SITI AMINAH", "Siti Aminnah", "Sity Aminnah", "Abd. Rahman", "Abdu")
    ),
    st.text("aeéøb '.", min_size=1, max_size=14),
)
PEOPLE = st.lists(
    st.tuples(NAMES, st.sampled_from(("1990-01-02", "1990-01-03")), st.text("12", min_size=2, max_size=2)),
    min_size=2,
    max_size=12,
)


def distance(one: str, other: str) -> int:
    """Return the edit distance by its definition (Levenshtein 1966), a table of prefixes."""
    table = [[n + m for m in range(len(other) + 1)] for n in range(len(one) + 1)]
    for n, letter in enumerate(one, 1):
        for m, to in enumerate(other, 1):
            table[n][m] = min(table[n - 1][m] + 1, table[n][m - 1] + 1, table[n - 1][m - 1] + (letter != to))
    return table[-1][-1]


def plain(name: str) -> str:
    """Return the letters of a name in lower case, without accents, its words sorted."""
    spelled = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(one if one.isalpha() else "" if unicodedata.combining(one) else " " for one in spelled)
    return " ".join(sorted(kept.split()))


def alike(one: Identity, other: Identity) -> bool:
    """Return whether two may be of one person, as the control's definition says."""
    name, renamed = plain(one.name), plain(other.name)
    most = 2 if max(len(name), len(renamed)) >= 12 else 1
    if distance(name, renamed) > most:
        return False
    of_one_day = one.birth_date == other.birth_date
    return (of_one_day and (name[:4] == renamed[:4] or name[-4:] == renamed[-4:])) or (
        sum(map(str.__ne__, one.nik, other.nik)) <= 1
    )


@given(people=PEOPLE)
def test_found_are_the_pairs_of_the_definition_and_no_others(people: list[tuple[str, str, str]]) -> None:
    """Names, birth dates and NIKs of any kind: each pair once, the lesser token first, with how many letters differ."""
    identities = [
        Identity(f"~{n:02}", f"160604{tail[0]}41290{tail[1]}01{n % 3}", name, birth, f"enrol-{n}")
        for n, (name, birth, tail) in enumerate(people)
    ]
    expected = [
        (one.person, other.person, distance(plain(one.name), plain(other.name)))
        for one, other in combinations(identities, 2)
        if alike(one, other)
    ]
    assert [
        (one.one.person, one.other.person, one.letters) for one in candidate_pairs(identities)
    ] == expected
