"""Accounts of the console, for operators: who there is, what each may do, and each change with why."""

from __future__ import annotations

from typing import cast

from litestar import Response, get, post
from litestar.params import FromPath

from events.message import message
from services.console.access import allowed
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.forms import Fields
from services.console.rendering import command_line, done, page
from services.console.tables import Column, Table, table_answer
from services.ledger.user_accounts import ROLES, Role
from services.operations import accounts
from services.operations.accounts import ListedAccount

_OPERATES = allowed("operator")
_FIELDS = {
    "user.bad-name": "name",
    "user.known": "name",
    "user.no-role": "role",
    "user.no-agency": "agency",
    "agency.unknown": "agency",
    "user.password-length": "password",
    "user.password-name": "password",
    "user.last-operator": "reason",
}
"""In which field it is why an account cannot be so."""


@get("/accounts", guards=[_OPERATES], sync_to_thread=True)
def accounts_page(console: Console) -> Response[str] | Response[bytes]:
    """List the accounts, and let one be made."""
    listed, words = console.run(accounts.listed_accounts(console.installation)), console.words
    columns = (
        Column[ListedAccount](
            key="name", heading="column.account-name", kind="code", link=lambda one: f"/accounts/{one.name}"
        ),
        Column[ListedAccount](
            key="roles",
            heading="column.roles",
            value=lambda one: words.join([words.name("role", role) for role in one.roles]),
        ),
        Column[ListedAccount](key="agency", heading="column.agency", kind="agency"),
        Column[ListedAccount](key="since", heading="column.since", kind="day"),
        Column[ListedAccount](
            key="locked",
            heading="column.now",
            value=lambda one: words.say("user.is-locked") if one.locked else "",
        ),
    )
    table = Table(
        name="accounts",
        caption="console.accounts.caption",
        columns=columns,
        rows=listed,
    )
    return table_answer(
        console, "accounts.html", table, command=command_line("user list", {}), roles=_role_choices(console)
    )


@get("/accounts/{name:str}", guards=[_OPERATES], sync_to_thread=True)
def account_page(name: FromPath[str], console: Console) -> Response[str]:
    """Show an account, and what can be changed of it."""
    listed = console.run(accounts.listed_accounts(console.installation))
    one = next((one for one in listed if one.name == name), None)
    if one is None:
        raise missing(message("user.unknown", name=name))
    return page(
        console, "account.html", one=one, command=command_line("user list", {}), roles=_role_choices(console)
    )


@post("/accounts/add", guards=[_OPERATES], form="/accounts", fields=_FIELDS, sync_to_thread=True)
def add(console: Console) -> Response[None]:
    """Make an account."""
    fields = console.fields
    name = fields.needed("name").casefold()
    password = None if console.sent("without") else _password(console, fields)
    roles, reason = _roles(console, fields), fields.needed("reason")
    fields.done()
    act = accounts.add_account(
        console.installation, name, roles, console.sent("agency"), password, console.signature(reason)
    )
    console.run(act)
    return done(console, f"/accounts/{name}", "account-made")


@post(
    "/accounts/{name:str}/roles",
    guards=[_OPERATES],
    form="/accounts/{name}",
    fields=_FIELDS,
    sync_to_thread=True,
)
def change_roles(name: FromPath[str], console: Console) -> Response[None]:
    """Give an account these roles and this agency instead of those that it has; nobody gives roles to themselves."""
    fields = console.fields
    roles, reason = _roles(console, fields), fields.needed("reason")
    if name == console.account.name:
        fields.wrong("role", message("console.accounts.own-roles"))
    fields.done()
    agency, signature = console.sent("agency"), console.signature(reason)
    console.run(accounts.set_roles(console.installation, name, roles, agency, signature))
    return done(console, f"/accounts/{name}", "account-roles")


@post(
    "/accounts/{name:str}/password",
    guards=[_OPERATES],
    form="/accounts/{name}",
    fields=_FIELDS,
    sync_to_thread=True,
)
def change_password(name: FromPath[str], console: Console) -> Response[None]:
    """Give an account another password."""
    fields = console.fields
    password, reason = _password(console, fields), fields.needed("reason")
    fields.done()
    act = accounts.set_password(console.installation, name, password, console.signature(reason))
    console.run(act)
    return done(console, f"/accounts/{name}", "account-password")


@post(
    "/accounts/{name:str}/lock",
    guards=[_OPERATES],
    form="/accounts/{name}",
    fields=_FIELDS,
    sync_to_thread=True,
)
def lock(name: FromPath[str], console: Console) -> Response[None]:
    """Lock an account, or unlock it, also after too many attempts."""
    fields = console.fields
    locked, reason = console.sent("locked") == "1", fields.needed("reason")
    fields.done()
    if locked:
        console.run(accounts.require_other_operator(console.installation, name))
    signature = console.signature(reason)
    console.run(accounts.set_locked(console.installation, name, locked=locked, signature=signature))
    return done(console, f"/accounts/{name}", "account-locked" if locked else "account-unlocked")


def _role_choices(console: ConsoleContext) -> list[tuple[str, str]]:
    return [(role, console.words.name("role", role)) for role in ROLES]


def _roles(console: ConsoleContext, fields: Fields) -> tuple[Role, ...]:
    roles = tuple(dict.fromkeys(console.form.get("role", ())))
    if not roles or not set(roles) <= set(ROLES):
        fields.wrong("role", message("console.instead.user.a-role"))
    return cast("tuple[Role, ...]", roles)


def _password(console: ConsoleContext, fields: Fields) -> str:
    """Return the password that was typed twice, as it was typed."""
    first, again = (next(iter(console.form.get(name, ())), "") for name in ("password", "again"))
    if not first:
        fields.needed("password")
    elif first != again:
        fields.wrong("again", message("user.not-the-same"))
    return first


routes = (accounts_page, account_page, add, change_roles, change_password, lock)
