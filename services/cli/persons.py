"""A person as somebody names one: by NIK, of which only the token is used, or by the token itself."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter
from sqlalchemy.exc import SQLAlchemyError

from services.cli.exit_codes import command_error
from services.cli.opening import with_installation
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.sealing.key_mark import look_at
from services.sealing.keystore import KeyStore
from services.sealing.tokens import is_token
from services.texts.errors import TextError

Person: TypeAlias = Annotated[str | None, Parameter(metavar="PERSON")]
_NIK = re.compile(r"[0-9]{16}")


def token_of(person: str, data: Path | None) -> str:
    """Return the person's token; what was typed is neither kept nor repeated.

    Raises:
        CommandError: it is neither a NIK nor a token.
    """
    if is_token(person):
        return person

    async def token(installation: Installation) -> str:
        return named_person(person, installation)

    return with_installation(data, token)


def named_person(person: str, installation: Installation) -> str:
    """Return the person's token by an open installation."""
    if is_token(person):
        return person
    if not _NIK.fullmatch(person):
        raise command_error("person.no-nik", "person.write-nik")
    return installation.tokens.nik(person)


def is_erased(person: str, data: Path | None) -> bool:
    """Tell whether the person's key was destroyed for good; False where no key store can be read here."""
    url = Settings.read(data=data).keys_url
    try:
        if look_at(url).empty:
            return False
        with closing(KeyStore(url, admits=lambda _: None)) as keys:
            return person in keys.were_erased([person])
    except (SQLAlchemyError, OSError, TextError):
        return False
