"""What the contract asks of a document beyond the types of its fields.

Programmes and causes of the scheme, well-formed NIK, texts of their forms, at most two decimals, nothing from the
future, ``subject`` equal to ``data.claim``, spans that end after they begin, one payee of a treatment, each person and
label once in a list, and what each row of the disability table needs. Values of a wrong type are passed over here,
since ``events.type_faults`` reports them: so every fault is reported at once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from msgspec import inspect

from events import disability
from events.catalogue import AGENCY_TYPES
from events.claim import Amendment, Filing
from events.codes import Codes
from events.envelope import KELAMBU, RECORDED_ATTRIBUTES, TRACE
from events.faults import DocumentFault, Rule, invalid
from events.findings import Disability, Findings, Homecare, Incapacity, MedicalFinding, Treatment
from events.forms import Form, misform
from events.message import Parameter, message
from events.parse import Json, Object
from events.participant import Contributions
from events.type_faults import code_kind, data_type, described, text_form
from events.values import civil_date

NIK_PATTERN = (
    r"^[0-9]{6}"  # province, regency, district of first registration
    r"(?:(?:[04][1-9]|[1256][0-9])(?:0[1-9]|1[0-2])"  # day (of a woman: 40 more) and month
    r"|[37]0(?:0[13-9]|1[0-2])|[37]1(?:0[13578]|1[02]))"  # only days that the month has
    r"[0-9]{2}(?!0000)[0-9]{4}(?!\n)$"  # year, and a serial number from 0001
)
"""A well-formed NIK: 16 digits with a possible date of birth and a serial number."""

PAST_DATES = ("event_date", "died_on", "paid_on", "returned_on", "birth_date")
"""Dates that cannot lie after the day on which the agency acted."""

MAX_MONTHS = 1200
"""The longest span of months that one event may pay; more is a slip of the pen."""


class Inspection:
    """One pass over one document: the last day that is not the future (ISO), and the faults found so far.

    ``admitted``: it was taken in earlier, and its texts are not looked at again.
    """

    __slots__ = ("admitted", "codes", "faults", "today")

    def __init__(self, today: str, codes: Codes | None, *, admitted: bool) -> None:
        self.today, self.codes, self.admitted = today, codes, admitted
        self.faults: list[DocumentFault] = []

    def fault(self, path: str, rule: Rule, key: str, /, **parameters: Parameter) -> None:
        self.faults.append(invalid(path, rule, key, **parameters))


Check: TypeAlias = Callable[[Json, str, Inspection], None]
ObjectRule: TypeAlias = Callable[[Object, str, Inspection], None]


def inconsistencies(
    document: Object, time: dt.datetime | None, codes: Codes | None = None, *, admitted: bool = False
) -> list[DocumentFault]:
    """Return the faults of a document of a known type; ``time`` is its ``time``, where that can be read.

    Without ``codes`` any programme and any cause will do; for one that was ``admitted`` already, texts of any form.
    """
    inspection = Inspection(_day_of(document, time), codes, admitted=admitted)
    name = document.get("type")
    data = document.get("data")
    if not isinstance(name, str) or name not in AGENCY_TYPES:
        return []
    if not _RECORDED.isdisjoint(document):
        for key in RECORDED_ATTRIBUTES:
            if key in document:
                inspection.fault(f"$.{key}", "recorded-only", "recorded-only")
    if document.get("source") == KELAMBU:
        inspection.fault("$.source", "source", "own-source")
    _subject(document, data, name, inspection)
    for key in TRACE:
        if key in document:
            _LINE(document[key], f"$.{key}", inspection)
    check = _CHECKS[name]
    if check is not None:
        check(data, "$.data", inspection)
    return inspection.faults


def _day_of(document: Object, time: dt.datetime | None) -> str:
    """Return the civil date of a ``time``, which stands in it already where it is written as that of Jakarta."""
    if time is None:
        return "9999-12-31"
    written = document.get("time")
    if isinstance(written, str) and written.endswith("+07:00"):
        return written[:10]
    return civil_date(time).isoformat()


_RECORDED = frozenset(RECORDED_ATTRIBUTES)
_SUBJECT = message("type.subject")


def _subject(document: Object, data: Json, name: str, inspection: Inspection) -> None:
    if not name.startswith("kelambu.claim."):
        if "subject" in document:
            inspection.fault("$.subject", "subject", "claims-only")
    elif "subject" not in document:
        inspection.fault("$.subject", "missing", "missing", wanted=_SUBJECT)
    elif isinstance(data, dict) and "claim" in data and document["subject"] != data["claim"]:
        inspection.fault("$.subject", "subject", "other-claim")


# Checks of single values


_NIK = re.compile(NIK_PATTERN)


def _nik(value: Json, path: str, inspection: Inspection) -> None:
    if isinstance(value, str) and not _NIK.search(value):
        inspection.fault(path, "nik", "nik")


def _text(form: Form) -> Check:
    """Make the check that a text is of a form."""
    plain = form in ("line", "lines")

    def check(value: Json, path: str, inspection: Inspection) -> None:
        if not isinstance(value, str) or (plain and value.isprintable()) or inspection.admitted:
            return
        if wrong := misform(value, form):
            inspection.faults.append(DocumentFault("invalid", path, wrong.message, wrong.rule))

    return check


_LINE = _text("line")


def _decimals(value: Json, path: str, inspection: Inspection) -> None:
    if isinstance(value, Decimal) and 0 <= value <= 100 and value != round(value, 2):
        inspection.fault(path, "decimals", "decimals")


def _code(kind: str) -> Check:
    """Make the check that the scheme knows a programme or a cause."""

    def check(value: Json, path: str, inspection: Inspection) -> None:
        codes = inspection.codes
        if codes is not None and value not in (allowed := codes.of(kind)):
            inspection.fault(
                path, "choice", "write", wanted=described(inspect.LiteralType(tuple(sorted(allowed))))
            )

    return check


def _codes(kind: str) -> Check:
    """Make the check of a list of codes: no more than there are."""
    each = _code(kind)

    def check(value: Json, path: str, inspection: Inspection) -> None:
        codes = inspection.codes
        if codes is None or not isinstance(value, list):
            return
        allowed = codes.of(kind)
        if len(value) > len(allowed):
            inspection.fault(path, "length", "too-many", most=len(allowed), count=len(value))
        for n, one in enumerate(value):
            if one not in allowed:
                each(one, f"{path}[{n}]", inspection)

    return check


def _past(value: Json, path: str, inspection: Inspection) -> None:
    if isinstance(value, str) and value > inspection.today and _is_date(value):
        inspection.faults.append(
            DocumentFault("future-date", path, message("fault.future-date"), "future-date")
        )


def _is_date(value: Json) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


# Rules between the fields of one object


def _days_in_order(value: Object, path: str, inspection: Inspection) -> None:
    first, last = value.get("first_day"), value.get("last_day")
    if (
        isinstance(first, str)
        and isinstance(last, str)
        and last < first
        and _is_date(first)
        and _is_date(last)
    ):
        inspection.fault(f"{path}.last_day", "order", "days-reversed")


def _months_in_order(value: Object, path: str, inspection: Inspection) -> None:
    first, last = _month(value.get("first_month")), _month(value.get("last_month"))
    if first is None or last is None:
        return
    if last < first:
        inspection.fault(f"{path}.last_month", "order", "months-reversed")
    elif last - first >= MAX_MONTHS:
        inspection.fault(f"{path}.last_month", "span", "too-many-months", most=MAX_MONTHS)


def _month(value: Json) -> int | None:
    return _month_number(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _month_number(text: str) -> int | None:
    return int(text[:4]) * 12 + int(text[5:]) if _MONTH.fullmatch(text) else None


def _one_payee(value: Object, path: str, inspection: Inspection) -> None:
    if ("provider" in value) == ("payee" in value):
        inspection.fault(path, "one-of", "provider-or-payee")


def _something_amended(value: Object, path: str, inspection: Inspection) -> None:
    if value.keys().isdisjoint(_AMENDABLE):
        inspection.fault(path, "one-of", "nothing-amended", choices=", ".join(_AMENDABLE))


_AMENDABLE = ("children", "event_date", "cause", "claimant")


def _all_of(*rules: ObjectRule) -> ObjectRule:
    def rule(value: Object, path: str, inspection: Inspection) -> None:
        for each in rules:
            each(value, path, inspection)

    return rule


def _each_once(list_name: str, label: str) -> ObjectRule:
    """Make the rule that no two objects of a list have one label, however it is cased, or one NIK.

    Money must find the right one, and nobody has two shares.
    """

    def rule(value: Object, path: str, inspection: Inspection) -> None:
        items = value.get(list_name)
        if not isinstance(items, list) or len(items) < 2:
            return
        place = f"{path}.{list_name}"
        for alike in _alike(items, label):
            for n in alike[1:]:
                inspection.fault(f"{place}[{n}].{label}", "repeated-id", "repeated-id", label=label)
        for alike in _alike(items, "nik"):
            for n in alike:
                other = next(m for m in alike if m != n)
                inspection.fault(
                    f"{place}[{n}].nik", "repeated-nik", "repeated-nik", other=f"{list_name}[{other}]"
                )

    return rule


def _alike(items: list[Json], key: str) -> list[list[int]]:
    """Return the places of objects with the same text under a key, for each text that is there more than once."""
    places: dict[str, list[int]] = {}
    for n, item in enumerate(items):
        text = item.get(key) if isinstance(item, dict) else None
        if isinstance(text, str):
            places.setdefault(text.casefold(), []).append(n)
    return [alike for alike in places.values() if len(alike) > 1]


def _disability_row(value: Object, path: str, inspection: Inspection) -> None:
    for key, wrong in disability.wrong_fields(value):
        inspection.faults.append(DocumentFault("invalid", f"{path}.{key}", wrong, "disability-row"))


OBJECT_RULES: dict[type, ObjectRule] = {
    Contributions: _months_in_order,
    Filing: _each_once("children", "child"),
    Amendment: _all_of(_something_amended, _each_once("children", "child")),
    Findings: _each_once("heirs", "heir"),
    MedicalFinding: _each_once("items", "item"),
    Treatment: _one_payee,
    Incapacity: _days_in_order,
    Homecare: _days_in_order,
    Disability: _disability_row,
}


# One check per event type, put together from its fields


def _check(info: inspect.Type, name: str = "") -> Check | None:
    """Make the check of a type, for a field called ``name``; ``None`` if there is nothing to check."""
    check: Check | None = None
    if isinstance(info, inspect.Metadata):
        marks = info.extra or {}
        if marks.get("personal") == "nik":
            check = _nik
        elif "decimals" in marks:
            check = _decimals
        elif kind := code_kind(info):
            check = _code(kind)
        elif form := text_form(info):
            check = _text(form)
        else:
            check = _check(info.type, name)
    elif isinstance(info, inspect.DateType):
        check = _past if name in PAST_DATES else None
    elif isinstance(info, inspect.ListType):
        kind = code_kind(info.item_type)
        check = _codes(kind) if kind else _check_of_list(_check(info.item_type))
    elif isinstance(info, inspect.UnionType):
        check = _check_of_tagged([t for t in info.types if isinstance(t, inspect.StructType)])
    elif isinstance(info, inspect.StructType):
        check = _check_of_object(info)
    return check


def _check_of_list(each: Check | None) -> Check | None:
    if each is None:
        return None

    def check(value: Json, path: str, inspection: Inspection) -> None:
        if isinstance(value, list):
            for n, item in enumerate(value):
                each(item, f"{path}[{n}]", inspection)

    return check


def _check_of_tagged(types: list[inspect.StructType]) -> Check:
    by_tag = {t.tag: _check(t) for t in types}
    tag_field = types[0].tag_field or ""

    def check(value: Json, path: str, inspection: Inspection) -> None:
        if isinstance(value, dict):
            tag = value.get(tag_field)
            one = by_tag.get(tag) if isinstance(tag, str) else None
            if one is not None:
                one(value, path, inspection)

    return check


def _check_of_object(info: inspect.StructType) -> Check | None:
    parts = [
        (f.encode_name, f".{f.encode_name}", part)
        for f in info.fields
        if (part := _check(f.type, f.name)) is not None
    ]
    rule = OBJECT_RULES.get(info.cls)
    if not parts and rule is None:
        return None

    def check(value: Json, path: str, inspection: Inspection) -> None:
        if isinstance(value, dict):
            for key, below, part in parts:
                if key in value:
                    part(value[key], path + below, inspection)
            if rule is not None:
                rule(value, path, inspection)

    return check


_CHECKS = {name: _check(data_type(of)) for name, of in AGENCY_TYPES.items()}
