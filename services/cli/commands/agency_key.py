"""``agency key …``: the API keys of an agency, and the public keys with which its signatures are checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from events.message import message
from events.values import JAKARTA
from services.cli.exit_codes import OK, CommandError, command_error, not_registered
from services.cli.opening import with_installation
from services.cli.output import console, errors, show_json, show_table, tell
from services.identity.credentials import BadKeyError, new_api_key, new_signing_key, public_key
from services.ledger.credentials import Credential, CredentialError, Credentials
from services.ledger.users import bring_up_to_date
from services.platform.clock import wall_clock
from services.platform.durability import private_file
from services.runtime.bootstrap import Installation
from services.texts.language import said
from services.texts.typed import read_day
from services.wording.terms import LanguageTexts, moment

Work: TypeAlias = Callable[[Installation], Awaitable[Credential]]


def add(name: str, /, *, expires: str | None = None, data: Path | None = None) -> int:
    """Make an API key for an agency. The key is printed now and never again.

    An agency has two at most that live: add the new one, let the agency change over, revoke the old one.
    """
    key_text, credential = new_api_key(name, wall_clock(), _end(expires))
    _keep(data, credential)
    console().print(key_text)
    errors().print(said(message("agency-key.shown-once", name=name, key=credential.id)))
    return OK


def trust(name: str, key: str, /, *, expires: str | None = None, data: Path | None = None) -> int:
    """Trust what an agency signs with the private half of this key. It is kept for ever, to check what was signed.

    An agency has two at most that live; a key that was known once, of this agency or another, is not taken again.
    """
    try:
        credential = public_key(name, key, wall_clock(), _end(expires))
    except BadKeyError as error:
        raise command_error("agency-key.untrusted", "agency-key.how-to-make", why=error.message) from None
    _keep(data, credential)
    tell(console(), message("agency-key.trusted", name=name, key=credential.id))
    return OK


def revoke(name: str, key: str, /, *, data: Path | None = None) -> int:
    """Revoke a key, or a password for Redis. Within a second or two nobody accepts it any more.

    It stays in the list.
    """

    async def work(installation: Installation) -> Credential:
        credential = await Credentials(installation.core).revoke(
            name, "_".join(key.split("_")[:2]), wall_clock()
        )
        if credential.kind == "redis":
            await bring_up_to_date(installation.core, installation.edge, wall_clock())
        return credential

    credential = _changed(data, work)
    tell(
        console(),
        message("agency-key.revoked", name=name, key=credential.id, day=_day_of(credential.revoked)),
    )
    return OK


def show(name: str, /, *, json: bool = False, data: Path | None = None) -> int:
    """List every key that an agency ever had, and what has become of it. No secret is known here."""
    now = wall_clock()
    credentials = with_installation(data, lambda installation: Credentials(installation.core).of(name))
    if json:
        show_json(credentials)
        return OK
    words = LanguageTexts()
    show_table(
        credentials,
        ("column.key", lambda one: one.id, "left"),
        ("column.kind", lambda one: _kind(one, words), "prose"),
        ("column.since", lambda one: _day_of(one.since), "left"),
        ("column.until", lambda one: _day_of(one.until), "left"),
        ("column.now", lambda one: words.say("key.ended" if one.ended(now) else "key.good"), "left"),
    )
    return OK


def _kind(one: Credential, words: LanguageTexts) -> str:
    return words.name("key", one.kind) + (f" whpk_{one.proof}" if one.kind == "public" else "")


def pair(file: Path, /) -> int:
    """Make a pair of keys to sign with: the private one goes to a file, the public one is printed. For agencies."""
    private, public = new_signing_key()
    try:
        with private_file(file, new=True) as output:
            output.write(f"{private}\n".encode())
    except FileExistsError:
        raise command_error("agency-key.file-exists", "agency-key.new-file", file=file) from None
    console().print(public)
    return OK


def _keep(data: Path | None, credential: Credential) -> None:
    async def work(installation: Installation) -> Credential:
        if await installation.registry.get(credential.agency) is None:
            raise not_registered(credential.agency)
        await Credentials(installation.core).add(credential)
        return credential

    _changed(data, work)


def _changed(data: Path | None, work: Work) -> Credential:
    try:
        return with_installation(data, work)
    except CredentialError as error:
        raise CommandError(error.message, message("agency-key.see-list")) from None


def _end(expires: str | None) -> dt.datetime | None:
    """Return the end of the last day, in Jakarta."""
    if expires is None:
        return None
    day = read_day(expires)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), JAKARTA).astimezone(dt.UTC)
    if end <= wall_clock():
        raise command_error("agency-key.over", "agency-key.day-to-come", day=expires)
    return end


def _day_of(at: dt.datetime | None) -> str:
    return "" if at is None else moment(at)
