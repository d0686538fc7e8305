"""``agency add`` and ``agency list``: who may send what."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import UNSET, Struct, UnsetType

from events.forms import Form, misform
from events.message import Message, message
from events.parse import Json
from events.personal import Account
from events.type_faults import misfits, type_info
from services.cli.exit_codes import OK, CommandError, command_error
from services.cli.opening import with_installation
from services.cli.output import console, errors, show_json, show_table, tell
from services.ledger.credentials import CredentialError, Credentials
from services.ledger.installation_marks import Generation, note_generation
from services.ledger.registry import FINDINGS, TYPES, Agency
from services.ledger.users import Users, bring_up_to_date, new_password, user_of
from services.runtime.bootstrap import Installation
from services.sealing.accounts import seal_account
from services.texts.language import said
from services.wording.terms import LanguageTexts

_ACCOUNT_PARTS = 3


class Listed(Struct, frozen=True):
    """An agency as it is listed; whether it has an account, but not which."""

    name: str
    types: tuple[str, ...]
    findings: tuple[str, ...]
    account: bool


def add(
    name: str,
    /,
    *,
    types: Annotated[list[str], Parameter(help=", ".join(TYPES), consume_multiple=True)],
    findings: Annotated[list[str] | None, Parameter(help=", ".join(FINDINGS), consume_multiple=True)] = None,
    account: str | None = None,
    redis: bool = False,
    data: Path | None = None,
) -> int:
    """Register an agency, or change what it may send. Takes effect at once.

    Of the passwords for Redis two at most are good at a time: make the new one with the same command, let the agency
    change over, then revoke the old one with `kelambu agency key revoke`.
    """
    parts = None if account is None else account.split("/", _ACCOUNT_PARTS - 1)
    if parts is not None and not (len(parts) == _ACCOUNT_PARTS and all(part.strip() for part in parts)):
        raise command_error("agency.no-account", "agency.an-account")
    if ("claim.verified" in types) != bool(findings):
        raise command_error("agency.findings-missing", "agency.a-finding", finding=FINDINGS[0])
    bank = None if parts is None else _account(*(part.strip() for part in parts))

    async def work(installation: Installation) -> bool:
        new = await register(installation, name, tuple(types), tuple(findings or ()), bank)
        tell(console(), message("agency.registered" if new else "agency.replaced", name=name))
        return await let_in(installation, name) if redis else False

    if with_installation(data, work, create=True):
        errors().print(said(message("agency.open-server")))
    return OK


def _account(bank: str, number: str, holder: str) -> Account:
    """Return an account in the form in which agencies state one; what is wrong with it is named."""
    forms: tuple[tuple[str, str, Form], ...] = (
        ("bank", bank, "bank"),
        ("number", number, "account-number"),
        ("holder", holder, "name"),
    )
    faults: list[tuple[Message | str, Message]] = [
        (message(f"agency.part.{part}"), fault.message)
        for part, text, form in forms
        if (fault := misform(text, form))
    ]
    value: Json = {"bank": bank, "number": number, "holder": holder}
    faults += [(fault.path, fault.message) for fault in misfits(value, type_info(Account), "account")]
    if faults:
        part, why = faults[0]
        raise CommandError(message("agency.bad-account", part=part), why)
    return Account(bank, number, holder)


async def let_in(installation: Installation, name: str) -> bool:
    """Make an agency a password for Redis and show it; True when the server lets in everybody without one."""
    now = installation.clock()
    password, credential = new_password(name, now)
    try:
        await Credentials(installation.core).add(credential)
    except CredentialError as error:
        raise CommandError(error.message, message("agency-key.revoke-one", name=name)) from None
    await bring_up_to_date(installation.core, installation.edge, now)
    out = console()
    out.print(f"{said(message('agency.user')):<9} {user_of(name)}")
    out.print(f"{said(message('agency.password')):<9} {password}", markup=False)
    errors().print(said(message("agency-key.shown-once", name=name, key=credential.id)))
    return await Users(installation.edge).everybody_may_enter()


async def register(
    installation: Installation,
    name: str,
    types: tuple[str, ...],
    findings: tuple[str, ...],
    account: Account | None,
) -> bool:
    """Register an agency; True when it was not known before. Without an account a known one is kept."""
    sealed: UnsetType | object = UNSET
    if account is not None:
        sealed = await asyncio.to_thread(seal_account, installation.keys, name, account)
        await note_generation(installation.core, Generation(*installation.keys.generation()))
    elif (agency := await installation.registry.get(name)) is not None:
        sealed = agency.account
    return await installation.registry.add(Agency(name=name, types=types, findings=findings, account=sealed))  # type: ignore[arg-type]


def show(*, json: bool = False, data: Path | None = None) -> int:
    """List the agencies and what each may send."""
    rows = [
        Listed(agency.name, agency.types, agency.findings, agency.account is not UNSET)
        for agency in with_installation(data, lambda installation: installation.registry.agencies())
    ]
    if json:
        show_json(rows)
        return OK
    words = LanguageTexts()
    show_table(
        rows,
        ("column.agency", lambda one: one.name, "left"),
        ("column.may-send", lambda one: ", ".join(words.name("event", t) for t in one.types), "prose"),
        (
            "column.may-state",
            lambda one: ", ".join(words.name("statement", f) for f in one.findings),
            "prose",
        ),
        ("column.account", lambda one: words.say("yes") if one.account else "", "left"),
    )
    return OK
