"""NIK, names and accounts in clear, for an export that a reason was given for.

Nothing else of what is sealed is opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence

import msgspec
from msgspec import UNSET, Struct

from events.catalogue import SHORT_NAMES, AgencyEvent, ClaimEvent, decode
from events.envelope import reference
from events.participant import ContributionsPaid
from events.personal import Account
from projections.checkpoint import LedgerEntry
from services.ledger.keys import id_hash
from services.ledger.protocol import Ledger
from services.sealing.box import UnreadableError, unseal
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens

PERSONAL_DATA = "personal_data"
_PAGE = 2000


class PersonalValue(Struct, frozen=True):
    """A value in clear, as the table ``personal_data`` has it; of an account ``value`` is the number."""

    person: str
    claim: str
    field: str
    token: str
    number_token: str
    value: str
    bank: str
    holder: str
    partition: int
    position: int
    event: str
    type: str


class OpenedColumns(Struct):
    """What was opened: each value of a person once, from the event that stated it first, and how many events stayed closed.

    ``persons`` are all of whom something sealed is in the ledger, those whose key is gone among them.
    """

    values: list[PersonalValue]
    persons: set[str] = set()
    unreadable: int = 0

    @property
    def rows(self) -> Sequence[tuple[str | int, ...]]:
        """The rows of the table."""
        return [msgspec.structs.astuple(value) for value in self.values]


async def personal_values(
    ledger: Ledger,
    keys: KeyStore,
    tokens: Tokens,
    cut: Sequence[int],
    persons: Collection[str] | None = None,
) -> OpenedColumns:
    """Open what is in the ledger up to a cut, of these persons only; None: of everybody.

    Contributions are passed over: they state no NIK that an enrolment has not stated.
    """
    opened, keys_seen = OpenedColumns([]), set[tuple[str, ...]]()
    for partition, last in enumerate(cut):
        async for page in _pages(ledger, partition, last):
            events = [
                event
                for entry in page
                if (event := _sealed(entry)) is not None and (persons is None or event.person in persons)
            ]
            opened.persons.update(event.person for event in events if event.person)
            names = sorted({event.sealed.key for event in events if event.sealed})
            person_keys = await asyncio.to_thread(keys.get, names)
            for event in events:
                values = _clear(event, person_keys)
                if values is None:
                    opened.unreadable += 1
                    continue
                for value in _personal_values(event, values, tokens):
                    key = value.person, value.claim, value.field, value.value, value.bank, value.holder
                    if key not in keys_seen:
                        keys_seen.add(key)
                        opened.values.append(value)
    return opened


async def _pages(ledger: Ledger, partition: int, last: int) -> AsyncIterator[Sequence[LedgerEntry]]:
    at = 0
    while at < last:
        page = await ledger.read(partition, at, min(_PAGE, last - at))
        yield page
        at += len(page)


def _sealed(entry: LedgerEntry) -> AgencyEvent | None:
    event = decode(entry.body)
    if not isinstance(event, AgencyEvent) or isinstance(event, ContributionsPaid):
        return None
    return None if event.sealed is UNSET else event


def _clear(event: AgencyEvent, keys: Mapping[str, bytes]) -> dict[str, object] | None:
    key = keys.get(event.sealed.key) if event.sealed else None
    if key is None or event.sealed is UNSET:
        return None
    try:
        return unseal(event.sealed, key, id_hash(event.source, event.id))
    except UnreadableError:
        return None


def _personal_values(
    event: AgencyEvent, values: Mapping[str, object], tokens: Tokens
) -> Iterator[PersonalValue]:
    """Yield the NIK, names and accounts among the values of an event."""
    for field, value in values.items():
        last = field.rpartition(".")[2]
        if isinstance(value, dict):
            account = msgspec.convert(value, Account)
            account_parts = account.bank, account.number, account.holder
            token, number = tokens.account(*account_parts), tokens.bank_account(account.bank, account.number)
            yield _value(event, field, token, number, account.number, account.bank, account.holder)
        elif last == "nik":
            yield _value(event, field, tokens.nik(str(value)), "", str(value))
        elif last == "name":
            yield _value(event, field, "", "", str(value))


def _value(
    event: AgencyEvent,
    field: str,
    token: str,
    number_token: str,
    value: str,
    bank: str = "",
    holder: str = "",
) -> PersonalValue:
    return PersonalValue(
        person=event.person or "",
        claim=event.data.claim if isinstance(event, ClaimEvent) else "",
        field=field,
        token=token,
        number_token=number_token,
        value=value,
        bank=bank,
        holder=holder,
        partition=event.partition or 0,
        position=event.position or 0,
        event=reference(event.source, event.id),
        type=SHORT_NAMES[type(event)],
    )
