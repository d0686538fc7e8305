"""Redaction: how personal values leave an event before it is stored, how they come back.

Which fields are personal is said once, at their types in ``events.personal``; everything here is derived from
that. A path names a field below ``data``: ``claimant.name``, ``findings.heirs[0].account``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Literal, Protocol, TypeAlias, TypeVar, cast

from msgspec import UNSET, Struct, inspect
from msgspec.structs import replace

from events.catalogue import EVENT_TYPES, Event
from events.forms import compared_account
from events.personal import Account
from events.type_faults import data_type

Kind: TypeAlias = Literal["nik", "account", "reference", "officer", "text", "sponsor"]
Values: TypeAlias = dict[str, str | dict[str, str]]
"""Clear values by path; an account is an object of ``bank``, ``number`` and ``holder``."""

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=Struct)

REDACTED = "~"
"""What stands in place of a personal text."""
TOKEN_PATTERN = r"^~[A-Za-z0-9_\-]{22}(?!\n)$"  # noqa: S105 - a pattern, no secret
"""A token: ``~`` and 16 bytes in URL-safe base64 without padding."""
PERSONS = ("self", "donor")
"""Kinds of sponsor that are persons; the names of the others stay in clear."""


class Tokenizer(Protocol):
    """Keyed tokens (see ``TOKEN_PATTERN``): the same value gives the same token, and nobody else can make it."""

    def nik(self, nik: str) -> str:
        """Return the token of a NIK."""

    def account(self, bank: str, number: str, holder: str) -> str:
        """Return the token of a whole account."""

    def bank_account(self, bank: str, number: str) -> str:
        """Return the token of a number at a bank, whoever is named as its holder."""

    def reference(self, reference: str) -> str:
        """Return the token of a bank's reference of a payment."""

    def officer(self, name: str) -> str:
        """Return the token of a person who decides."""


def redact(event: E, tokens: Tokenizer) -> tuple[E, Values]:
    """Return the event without its personal values, and those values by path, in the order of the fields.

    A NIK, a reference or an officer becomes its token, a text ``"~"``, an account ``Account(token of bank and number,
    token, "~")``.
    """
    redactor = _REDACTORS[cast("type[Event]", type(event))]
    if redactor is None:
        return event, {}
    values: Values = {}
    data = redactor(event.data, "", tokens, values)
    return replace(event, data=data), values


def redact_struct(value: S, tokens: Tokenizer) -> tuple[S, Values]:
    """Return any Struct without its personal values, and those values by path, as ``redact`` does for an event."""
    redactor = _redactor_of(type(value))
    if redactor is None:
        return value, {}
    values: Values = {}
    return cast("S", redactor(value, "", tokens, values)), values


def restore(document: dict[str, object], values: Mapping[str, object]) -> dict[str, object]:
    """Put ``values`` back into the ``data`` of an event given as JSON value; changes and returns ``document``.

    What begins with ``$`` is no path but part of a proof (see ``events.proof``), and is passed over.
    Raises ``LookupError`` if a path does not exist in the document.
    """
    for path, value in values.items():
        if path.startswith("$"):
            continue
        *way, last = _STEP.findall(path)
        place = document["data"]
        for step in way:
            place = _child(place, step)
        _child(place, last)
        if isinstance(place, list):
            place[int(last)] = value
        else:
            cast("dict[str, object]", place)[last] = value
    return document


_STEP = re.compile(r"[^.\[\]]+")


def _child(place: object, step: str) -> object:
    if isinstance(place, list):
        return place[int(step)]
    if isinstance(place, dict):
        return place[step]
    raise LookupError(step)


Redactor: TypeAlias = Callable[[object, str, Tokenizer, Values], object]


def _nik(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
    values[path] = nik = cast("str", value)
    return tokens.nik(nik)


def _reference(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
    values[path] = reference = cast("str", value)
    return tokens.reference(reference)


def _officer(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
    values[path] = name = cast("str", value)
    return tokens.officer(name)


def _text(value: object, path: str, _: Tokenizer, values: Values) -> object:
    values[path] = cast("str", value)
    return REDACTED


def _account(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
    account = cast("Account", value)
    bank, number, holder = account.bank, account.number, account.holder
    values[path] = {"bank": bank, "number": number, "holder": holder}
    return Account(tokens.bank_account(bank, number), tokens.account(bank, number, holder), REDACTED)


def _sponsor(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
    """Redact the name of a sponsor who is a person; ``value`` is the whole sponsor."""
    if getattr(value, "kind", None) not in PERSONS:
        return value
    name = _text(getattr(value, "name", ""), f"{path}.name", tokens, values)
    return replace(cast("Struct", value), name=name)


_LEAVES: dict[Kind, Redactor] = {
    "nik": _nik,
    "account": _account,
    "reference": _reference,
    "officer": _officer,
    "text": _text,
}


def personal_kind(info: inspect.Type) -> Kind | None:
    """Return what kind of personal value a field's type holds, if any."""
    if isinstance(info, inspect.Metadata) and info.extra:
        return cast("Kind | None", info.extra.get("personal"))
    return None


def _redactor(info: inspect.Type) -> Redactor | None:
    """Make the redactor of a type, or ``None`` if nothing in it is personal."""
    redactor: Redactor | None = None
    if (kind := personal_kind(info)) is not None:
        redactor = _LEAVES[kind]
    elif isinstance(info, inspect.Metadata):
        redactor = _redactor(info.type)
    elif isinstance(info, inspect.ListType):
        redactor = _list_redactor(_redactor(info.item_type))
    elif isinstance(info, inspect.UnionType):
        redactor = _union_redactor(
            {t.cls: _redactor(t) for t in info.types if isinstance(t, inspect.StructType)}
        )
    elif isinstance(info, inspect.StructType):
        redactor = _struct_redactor(info)
    return redactor


@cache
def _redactor_of(kind: type[Struct]) -> Redactor | None:
    return _redactor(inspect.type_info(kind))


def _list_redactor(each: Redactor | None) -> Redactor | None:
    if each is None:
        return None

    def redact_list(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
        items = cast("list[object]", value)
        return [each(item, f"{path}[{n}]", tokens, values) for n, item in enumerate(items)]

    return redact_list


def _union_redactor(by_class: Mapping[type, Redactor | None]) -> Redactor | None:
    if not any(by_class.values()):
        return None

    def redact_one_of(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
        redactor = by_class[type(value)]
        return value if redactor is None else redactor(value, path, tokens, values)

    return redact_one_of


def _struct_redactor(info: inspect.StructType) -> Redactor | None:
    if any(personal_kind(field.type) == "sponsor" for field in info.fields):
        return _sponsor
    parts = [(f.name, part) for f in info.fields if (part := _redactor(f.type)) is not None]
    if not parts:
        return None

    def redact_struct(value: object, path: str, tokens: Tokenizer, values: Values) -> object:
        prefix = f"{path}." if path else ""
        changes = {
            name: part(field, prefix + name, tokens, values)
            for name, part in parts
            if (field := getattr(value, name)) is not UNSET
        }
        return replace(cast("Struct", value), **changes) if changes else value

    return redact_struct


def _paths(info: inspect.Type, path: str) -> Iterator[tuple[str, Kind]]:
    """Yield the path and kind of every personal field of a type; ``[]`` stands for any element of a list."""
    if (kind := personal_kind(info)) is not None:
        yield path, kind
        return
    match info:
        case inspect.Metadata(type=inner):
            yield from _paths(inner, path)
        case inspect.ListType(item_type=item):
            yield from _paths(item, f"{path}[]")
        case inspect.UnionType(types=types):
            for each in types:
                yield from _paths(each, path)
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from _paths(field.type, f"{path}.{field.name}" if path else field.name)


PERSONAL: dict[str, tuple[tuple[str, Kind], ...]] = {
    name: tuple(dict.fromkeys(_paths(data_type(event_type), ""))) for name, event_type in EVENT_TYPES.items()
}
"""The personal fields of every event type: path (``heirs[].name``: of every element) and kind."""

_REDACTORS: dict[type[Event], Redactor | None] = {t: _redactor(data_type(t)) for t in EVENT_TYPES.values()}


def account_key(account: Account) -> str:
    """Return the text by which two statements of an account are equal or not.

    One that is not in clear is compared as it stands: its number is a token, or a provider's name.
    """
    whole = (account.bank, account.number, account.holder)
    return "|".join(whole if account.holder == REDACTED else compared_account(*whole))
