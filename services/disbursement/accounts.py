"""The clear account of a payee: as an event states it, or known to the agency registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

import msgspec
from msgspec import UNSET

from events.catalogue import Event, decode
from events.claim import ClaimVerified, SchoolingConfirmed
from events.envelope import Sealed
from events.findings import Findings, Treatment
from events.payment import PaymentOrdered
from events.personal import Account
from events.redaction import restore
from services.ledger.keys import id_hash
from services.ledger.payments import Departure
from services.ledger.protocol import Ledger
from services.ledger.registry import Registry
from services.sealing.accounts import ProviderAccounts
from services.sealing.box import UnreadableError, seal, unseal
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens

Stated = Account | str
"""An account, or the name of the agency whose account the registry knows."""


def stated(event: Event, payee: str) -> list[Stated]:
    """What ``event`` states for ``payee`` (``heir:ID``, ``child:ID``, ``participant``, ``provider:ITEM``, ``burial``).

    The payee has the label under which it was stated first, an event may call it otherwise: so of heirs and items
    everything is returned that may be meant, and the token in the order says which it is.
    """
    kind = payee.partition(":")[0]
    if isinstance(event, SchoolingConfirmed):
        return [event.data.payee.account] if kind == "child" else []
    if not isinstance(event, ClaimVerified):
        return []
    findings = event.data.findings
    if kind == "heir":
        return [heir.account for heir in findings.heirs or []]
    if kind == "burial":
        return [findings.burial.arranged_by.account] if findings.burial is not UNSET else []
    if kind == "participant":
        account = findings.participant_account
        return [account] if account is not UNSET else []
    return list(_providers(findings)) if kind == "provider" else []


def _providers(findings: Findings) -> list[Stated]:
    items = findings.medical.items if findings.medical is not UNSET else UNSET
    providers: list[Stated] = []
    for treatment in items or []:
        if isinstance(treatment, Treatment):
            if treatment.payee is not UNSET:
                providers.append(treatment.payee.account)
            elif treatment.provider is not UNSET:
                providers.append(treatment.provider)
    return providers


class Accounts:
    """Opens accounts for the moment in which a batch file is written, and seals them for the order stream."""

    def __init__(self, ledger: Ledger, keys: KeyStore, tokens: Tokens, registry: Registry) -> None:
        self._ledger, self._keys, self._tokens = ledger, keys, tokens
        self._providers = ProviderAccounts(registry, keys)

    async def of(self, partition: int, orders: Sequence[PaymentOrdered]) -> dict[str, Account]:
        """The account of each order of a partition, by order id; an order whose account cannot be had is left out.

        An account counts only if it is the very one that was ordered: its token must be that of the order.
        """
        positions = sorted({ordered.data.stated_at for ordered in orders if ordered.data.stated_at})
        events = [decode(entry.body) for entry in await self._ledger.entries(partition, positions)]
        keys = await asyncio.to_thread(self._keys.get, [e.sealed.key for e in events if e.sealed])
        clear = {event.position: _clear(event, keys) for event in events}
        by_order: dict[str, Account] = {}
        for ordered in orders:
            order = ordered.data
            event = clear.get(order.stated_at)
            candidates = stated(event, order.payee) if event else []
            payee = next((one for one in candidates if self._token(one) == order.account), None)
            account = await self._providers.account(payee) if isinstance(payee, str) else payee
            if account:
                by_order[order.order] = account
        return by_order

    def _token(self, account: Stated) -> str:
        """The token of an account, of a provider the agency's name, as an order has it."""
        if isinstance(account, str):
            return account
        return self._tokens.account(account.bank, account.number, account.holder)

    async def seal(self, departures: Sequence[Departure], accounts: Mapping[str, Account]) -> list[Departure]:
        """The departures with their accounts sealed, each under its participant's key."""
        keys = await asyncio.to_thread(self._keys.get, [departure.person for departure in departures])
        return [
            msgspec.structs.replace(
                departure,
                account=seal(
                    departure.person,
                    keys[departure.person],
                    msgspec.to_builtins(accounts[departure.order]),
                    departure.order.encode(),
                ),
            )
            if departure.order in accounts and departure.person in keys
            else departure
            for departure in departures
        ]

    async def unseal(self, departures: Sequence[Departure]) -> dict[str, Account]:
        """The accounts that left with these orders, by order id; those that nobody can open any more are left out."""
        sealed = {departure.order: departure.account for departure in departures if departure.account}
        keys = await asyncio.to_thread(self._keys.get, [box.key for box in sealed.values()])
        by_order: dict[str, Account] = {}
        for order, box in sealed.items():
            values = _values(box, keys, order.encode())
            if values is not None:
                by_order[order] = msgspec.convert(values, Account)
        return by_order


def _values(sealed: Sealed, keys: Mapping[str, bytes], aad: bytes) -> dict[str, object] | None:
    key = keys.get(sealed.key)
    try:
        return unseal(sealed, key, aad) if key else None
    except UnreadableError:
        return None


def _clear(event: Event, keys: Mapping[str, bytes]) -> Event | None:
    """The event with its personal values, None where they cannot be opened."""
    if event.sealed is UNSET:
        return event
    values = _values(event.sealed, keys, id_hash(event.source, event.id))
    if values is None:
        return None
    return cast("Event", msgspec.convert(restore(msgspec.to_builtins(event), values), Event))
