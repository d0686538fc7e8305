"""Accounts of the console: what an operator does with them; each act is recorded with who did it and why."""

from __future__ import annotations

import asyncio
import re

from msgspec import UNSET, Struct
from msgspec.structs import replace

from events.message import message
from services.audit_trail.records import AccountChange, AccountChanged
from services.audit_trail.trail import TrailSignature, append
from services.identity.passwords import hashed
from services.ledger.sessions import SignInAttempts
from services.ledger.user_accounts import (
    OF_AGENCIES,
    Role,
    UserAccount,
    UserAccountError,
    UserAccounts,
)
from services.runtime.bootstrap import Installation
from services.texts.errors import advised

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}", re.ASCII)


class ListedAccount(Struct, frozen=True):
    """An account as it is listed: whether it has a password, but nothing of it."""

    name: str
    roles: tuple[Role, ...]
    agency: str
    since: str
    locked: bool
    password: bool


async def listed_accounts(installation: Installation) -> list[ListedAccount]:
    """Return every account by name."""
    return [
        ListedAccount(one.name, one.roles, one.agency, one.since.isoformat(), one.locked, bool(one.password))
        for one in await UserAccounts(installation.core).all()
    ]


async def add_account(
    installation: Installation,
    name: str,
    roles: tuple[Role, ...],
    agency: str,
    password: str | None,
    signature: TrailSignature,
) -> None:
    """Make an account; one without a password can only sign in through the provider of the site.

    Raises:
        AdvisedError: it cannot have this name, these roles or this agency.
        UserAccountError: there is one of this name.
        WeakPasswordError: the password cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise advised("user.bad-name", "user.a-name", name=name)
    await _require(installation, roles, agency)
    if await UserAccounts(installation.core).get(name) is not None:
        raise UserAccountError(message("user.known", name=name))
    password_hash = "" if password is None else await asyncio.to_thread(hashed, password, name)
    account = UserAccount(
        name=name, roles=_sorted(roles), agency=agency, password=password_hash, since=installation.clock()
    )
    await _record(installation, account, "added", signature)
    await UserAccounts(installation.core).add(account)


async def set_password(
    installation: Installation, name: str, password: str, signature: TrailSignature
) -> None:
    """Give an account another password: so it is recovered when it was forgotten. Its sessions are over.

    Raises:
        UserAccountError: there is none of this name.
        WeakPasswordError: the password cannot be one.
    """
    account = await _known(installation, name)
    password_hash = await asyncio.to_thread(hashed, password, name)
    await _record(installation, account, "password", signature)
    await UserAccounts(installation.core).change(name, lambda one: replace(one, password=password_hash))
    await SignInAttempts(installation.core).forget(name)


async def set_roles(
    installation: Installation, name: str, roles: tuple[Role, ...], agency: str, signature: TrailSignature
) -> None:
    """Give an account these roles and this agency instead of those that it had. Its sessions are over.

    Raises:
        AdvisedError: it cannot have these roles or this agency.
        UserAccountError: there is none of this name.
    """
    account = await _known(installation, name)
    await _require(installation, roles, agency)

    def changed(one: UserAccount) -> UserAccount:
        return replace(one, roles=_sorted(roles), agency=agency)

    await _record(installation, changed(account), "roles", signature, account)
    await UserAccounts(installation.core).change(name, changed)


async def set_locked(
    installation: Installation, name: str, *, locked: bool, signature: TrailSignature
) -> None:
    """Lock an account, whose sessions are over, or unlock it, also after too many attempts to sign in.

    Raises:
        UserAccountError: there is none of this name.
    """
    account = await _known(installation, name)
    await _record(installation, account, "locked" if locked else "unlocked", signature)
    await UserAccounts(installation.core).change(name, lambda one: replace(one, locked=locked))
    if not locked:
        await SignInAttempts(installation.core).forget(name)


async def remove_account(installation: Installation, name: str, signature: TrailSignature) -> None:
    """Forget an account; what it did stays recorded under its name.

    Raises:
        UserAccountError: there is none of this name.
    """
    await _record(installation, await _known(installation, name), "removed", signature)
    await UserAccounts(installation.core).remove(name)


async def require_other_operator(installation: Installation, name: str) -> None:
    """Refuse to take its rights from the last operator who can sign in, since nobody could give them back in the console.

    Raises:
        AdvisedError: no other account that is not locked is an operator's.
    """
    can = [one.name for one in await UserAccounts(installation.core).all() if _operates(one)]
    if can == [name]:
        raise advised("user.last-operator", "user.another-operator", name=name)


def _operates(account: UserAccount) -> bool:
    return "operator" in account.roles and not account.locked


async def _known(installation: Installation, name: str) -> UserAccount:
    account = await UserAccounts(installation.core).get(name)
    if account is None:
        raise UserAccountError(message("user.unknown", name=name))
    return account


async def _require(installation: Installation, roles: tuple[Role, ...], agency: str) -> None:
    if not roles:
        raise advised("user.no-role", "user.a-role")
    if agency and await installation.registry.get(agency) is None:
        raise advised("agency.unknown", "agency.register-it", agency=agency)
    if not agency and not OF_AGENCIES.isdisjoint(roles):
        raise advised("user.no-agency", "user.an-agency")


def _sorted(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    return tuple(sorted(set(roles)))


async def _record(
    installation: Installation,
    account: UserAccount,
    change: AccountChange,
    signature: TrailSignature,
    before: UserAccount | None = None,
) -> None:
    record = AccountChanged(
        account=account.name,
        change=change,
        roles=account.roles,
        agency=account.agency,
        roles_before=before.roles if before else UNSET,
        agency_before=before.agency if before else UNSET,
    )
    await append(installation, record, **signature)
