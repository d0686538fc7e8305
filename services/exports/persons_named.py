"""Whom the tables of an export name: participants by their token, and those whose claims they name."""

from __future__ import annotations

from collections.abc import Collection

from services.exports.dictionary import every_table
from services.exports.loading import AuditTables, quoted

_CLAIMS, _PARTICIPANTS = "claims", "participants"


def persons_in(tables: AuditTables, names: Collection[str]) -> frozenset[str] | None:
    """Return the participants whom these tables name; None where that is everybody.

    What is made of the read models for it is dropped again.
    """
    if not names or _PARTICIPANTS in names:
        return None
    persons = set[str]()
    for name in names:
        columns = every_table()[name].columns
        if "person" in columns:
            persons |= _tokens(tables, [name], f"SELECT DISTINCT person FROM {quoted(name)}")  # noqa: S608 - of our dictionary
        elif "claim" in columns:
            of_claims = (
                f"SELECT DISTINCT person FROM {_CLAIMS} WHERE claim IN (SELECT claim FROM {quoted(name)})"  # noqa: S608 - of our dictionary
            )
            persons |= _tokens(tables, [_CLAIMS, name], of_claims)
    everybody = _tokens(tables, [_PARTICIPANTS], f"SELECT person FROM {_PARTICIPANTS}")  # noqa: S608 - of our dictionary
    return None if persons >= everybody else frozenset(persons)


def _tokens(tables: AuditTables, needed: Collection[str], sql: str) -> set[str]:
    tables.make(needed)
    tokens = {str(person) for (person,) in tables.connection.execute(sql).fetchall() if person}
    for name in needed:
        tables.drop(name)
    tables.drop_read_models()
    return tokens
