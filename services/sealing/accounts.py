"""The accounts of agencies that are paid themselves (providers): sealed in the registry, opened to pay."""

from __future__ import annotations

import asyncio

import msgspec
from msgspec import UNSET

from events.envelope import Sealed
from events.personal import Account
from services.ledger.registry import Registry
from services.sealing.box import UnreadableError, seal, unseal
from services.sealing.keystore import KeyStore, agency_key


def seal_account(keys: KeyStore, agency: str, account: Account) -> Sealed:
    """Seal a provider's account with the agency's own key, for its registration."""
    name = agency_key(agency)
    return seal(name, keys.get_or_create([name])[name], msgspec.to_builtins(account), belongs_to(agency))


class ProviderAccounts:
    """What the registry knows of those whom the fund pays for treatment."""

    def __init__(self, registry: Registry, keys: KeyStore) -> None:
        self._registry, self._keys = registry, keys

    async def account(self, agency: str) -> Account | None:
        """Return the agency's account; None where none is registered, or nobody can open it any more."""
        provider = await self._registry.get(agency)
        if provider is None or provider.account is UNSET:
            return None
        keys = await asyncio.to_thread(self._keys.get, [provider.account.key])
        try:
            values = unseal(provider.account, keys[provider.account.key], belongs_to(agency))
        except (KeyError, UnreadableError):
            return None
        return msgspec.convert(values, Account)


def belongs_to(agency: str) -> bytes:
    """Return what the sealed account of an agency is tied to."""
    return b"account of " + agency.encode()
