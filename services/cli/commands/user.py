"""``user …``: accounts of the console, their roles and passwords. A password is typed or piped, never an argument."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.message import message
from events.values import JAKARTA
from services.cli.exit_codes import OK, command_error
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.cli.trail_options import By, Reason, TrailOptions
from services.ledger.user_accounts import Role
from services.operations import accounts
from services.runtime.bootstrap import Installation
from services.texts.language import said
from services.wording.terms import LanguageTexts, day

Roles = Annotated[list[Role], Parameter(name="--role")]


def add(
    name: str,
    /,
    *,
    role: Roles,
    agency: str = "",
    without_password: bool = False,
    by: By = None,
    reason: Reason = "",
    data: Path | None = None,
) -> int:
    """Make an account. Its password is asked for twice, or is the first line of standard input.

    An officer's decisions are sent in the name of an agency: --agency.
    """
    password = None if without_password else _typed()
    signed = TrailOptions(by=by, reason=reason).signature
    return _do(
        data,
        lambda one: accounts.add_account(one, name.casefold(), tuple(role), agency, password, signed),
        "user.added",
        name,
    )


def listing(*, json: bool = False, data: Path | None = None) -> int:
    """List the accounts, and what each may do."""
    listed = with_installation(data, accounts.listed_accounts)
    if json:
        show_json(listed)
        return OK
    words = LanguageTexts()
    show_table(
        listed,
        ("column.account-name", lambda one: one.name, "left"),
        ("column.roles", lambda one: words.join([words.name("role", role) for role in one.roles]), "prose"),
        ("column.agency", lambda one: one.agency, "left"),
        (
            "column.since",
            lambda one: day(dt.datetime.fromisoformat(one.since).astimezone(JAKARTA).date()),
            "left",
        ),
        ("column.now", lambda one: words.say("user.is-locked") if one.locked else "", "left"),
    )
    return OK


def password(name: str, /, *, by: By = None, reason: Reason = "", data: Path | None = None) -> int:
    """Give an account another password, also when it was forgotten. Whoever is signed in with it is signed out."""
    typed, signed = _typed(), TrailOptions(by=by, reason=reason).signature
    return _do(data, lambda one: accounts.set_password(one, name, typed, signed), "user.changed", name)


def roles(
    name: str,
    /,
    *,
    role: Roles,
    agency: str = "",
    by: By = None,
    reason: Reason = "",
    data: Path | None = None,
) -> int:
    """Give an account these roles, and this agency, instead of those that it has."""
    signed = TrailOptions(by=by, reason=reason).signature
    return _do(
        data, lambda one: accounts.set_roles(one, name, tuple(role), agency, signed), "user.changed", name
    )


def lock(name: str, /, *, by: By = None, reason: Reason = "", data: Path | None = None) -> int:
    """Lock an account: nobody signs in with it, and whoever is signed in is signed out."""
    signed = TrailOptions(by=by, reason=reason).signature
    return _do(
        data,
        lambda one: accounts.set_locked(one, name, locked=True, signature=signed),
        "user.was-locked",
        name,
    )


def unlock(name: str, /, *, by: By = None, reason: Reason = "", data: Path | None = None) -> int:
    """Unlock an account that was locked, by an operator or after too many attempts to sign in."""
    signed = TrailOptions(by=by, reason=reason).signature
    return _do(
        data,
        lambda one: accounts.set_locked(one, name, locked=False, signature=signed),
        "user.was-unlocked",
        name,
    )


def remove(name: str, /, *, by: By = None, reason: Reason = "", data: Path | None = None) -> int:
    """Remove an account. What was done with it stays recorded under its name."""
    signed = TrailOptions(by=by, reason=reason).signature
    return _do(data, lambda one: accounts.remove_account(one, name, signed), "user.removed", name)


def _do(data: Path | None, act: Callable[[Installation], Awaitable[None]], key: str, name: str) -> int:
    with_installation(data, act)
    tell(console(), message(key, name=name.casefold()))
    return OK


def _typed() -> str:
    """Return the password that is typed twice, or piped."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().removesuffix("\n")
    first = getpass.getpass(said(message("user.type-password")))
    if getpass.getpass(said(message("user.type-again"))) != first:
        raise command_error("user.not-the-same", "user.begin-again")
    return first
