"""Forms of texts, names and accounts: what is refused wherever it is sent, and what is the same when compared."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from events.catalogue import encode
from events.cells import TableRefused
from events.claim import ClaimVerified
from events.document import DocumentRefused, read
from events.forms import PATTERNS, Form, compared, compared_account, misform
from events.personal import Account
from events.redaction import account_key, redact
from events.rows import documents
from events.schema import schema
from services.sealing.tokens import Tokens
from services.texts.catalogue import render
from tests.unit.events.examples import PlainTokens, example, raw

VERIFIED = "kelambu.claim.verified.v1"
ACCOUNT = "$.data.findings.participant_account"
TOKENS = Tokens(b"k" * 32)


def with_account(**parts: str) -> dict[str, Any]:
    document = example("claim.verified")
    account = {"bank": "BRI", "number": "0098-01-012345-50-1", "holder": "Mariam"}
    document["data"]["findings"] = {"participant_account": account | parts}
    return document


def faults_of(document: object, *, admitted: bool = False) -> dict[str, str]:
    """Return what is said of each place, in English."""
    try:
        read(raw(document), admitted=admitted)
    except DocumentRefused as refused:
        return {fault.path: render(fault.message, "en") for fault in refused.faults}
    return {}


@pytest.mark.parametrize(
    "sign",
    ["\n", "\t", "\x00", "\x7f", "\x85", "\u00ad", "\u200b", "\u202c", "\u2028", "\u2029", "\ue000", "\u0378", "\ufeff", "\U000e0001"],
)  # fmt: skip
def test_a_character_that_cannot_be_seen_is_refused_in_every_text_and_named(sign):
    """Control, format, line-separating, private-use and unassigned ones, at the ends too; told by code and place."""
    document = with_account(holder=f"{sign}Mariam", bank=f"BRI{sign}", number=f"0098{sign}012345")
    at = {"holder": 1, "bank": 4, "number": 5}
    said = faults_of(document)
    assert said.keys() == {f"{ACCOUNT}.{part}" for part in at}
    for part, place in at.items():
        assert f"U+{ord(sign):04X} at place {place}:" in said[f"{ACCOUNT}.{part}"]
    enrolled = example("participant.enrolled")
    enrolled["data"]["address"] = f"Dusun{sign}II"
    enrolled["traceparent"] = f"00{sign}"
    assert faults_of(enrolled).keys() == {"$.data.address", "$.traceparent"}


@pytest.mark.parametrize(("kind", "field"), [("claim.filed", "summary"), ("claim.objected", "grounds"), ("claim.withdrawn", "reason")])  # fmt: skip
def test_a_persons_own_words_may_have_tabs_and_line_breaks_and_nothing_else_unseen(kind, field):
    """As somebody writes them into a form."""
    document = example(kind)
    document["data"][field] = "Jatuh:\r\n\t1. dari pohon\u00a0karet 🌳"
    assert faults_of(document) == {}
    document["data"][field] = "Jatuh\u200b"
    assert faults_of(document).keys() == {f"$.data.{field}"}


def test_what_stands_in_a_ledger_stays_readable_whatever_its_texts_hold():
    """They are looked at once, when the document is admitted; so is a character that Unicode has not assigned yet."""
    document = with_account(holder="\u0378", bank="-", number="1\u200b")
    assert faults_of(document, admitted=True) == {}
    with pytest.raises(DocumentRefused):
        read(raw(document))


@pytest.mark.parametrize(
    ("name", "right"),
    [("Siti", True), ("司马", True), ("ʼ", True), ("أمينة", True), ("-", False), ("123", False), ("???", False), (" . ", False), ("👩", False)],
)  # fmt: skip
def test_a_name_has_a_letter_of_some_script(name, right):
    """A holder, a person, a sponsor."""
    enrolled = example("participant.enrolled")
    enrolled["data"]["name"] = enrolled["data"]["sponsor"]["name"] = name
    assert (faults_of(with_account(holder=name)) == {}) is right
    assert faults_of(enrolled).keys() == (set() if right else {"$.data.name", "$.data.sponsor.name"})


@pytest.mark.parametrize(
    ("bank", "right"), [("BRI", True), ("9", True), ("銀行", True), ("-", False), ("#!", False)]
)
def test_a_bank_has_a_letter_or_a_digit(bank, right):
    """Whatever it is called."""
    assert (faults_of(with_account(bank=bank)) == {}) is right


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("12345", True),
        (" 0098-01.012345 50\u00a01 ", True),
        ("id12 3456 7", True),
        ("1" * 34, True),
        ("ABC12345", True),
        ("1234", False),
        ("ABCDE1234", False),
        ("1" * 35, False),
        ("#N/A", False),
        ("-", False),
        ("0812/345678", False),
        ("１２３４５６", False),
        ("12345ſ", False),
        ("1,23457E+15", False),
        ("1.23457e15", False),
        ("12345E10", False),
    ],
)
def test_an_account_number_can_be_one(number, right):
    """5 to 34 of 0-9 A-Z with at least 5 digits, grouped as the bank does; what a spreadsheet shortened is told so."""
    said = faults_of(with_account(number=number)).get(f"{ACCOUNT}.number", "")
    assert (said == "") is right
    assert right or ("spreadsheet" in said) == ("E" in number.upper()[1:] and number[0] == "1")
    validator = Draft202012Validator(schema(VERIFIED))
    assert not right or validator.is_valid(with_account(number=number))


@pytest.mark.parametrize("form", PATTERNS)
def test_a_pattern_of_a_schema_refuses_nothing_that_is_right(form: Form):
    """Any character in a text that is right but for it: the schema is never stricter than the reading."""
    pattern = re.compile(PATTERNS[form])
    around = "12345" if form == "account-number" else "a"
    wrong = [
        code
        for code in (*range(0x3100), *range(0x3100, 0x110000, 97))
        if unicodedata.category(chr(code)) != "Cs"
        and misform(f"{around}{chr(code)}", form) is None
        and not pattern.search(f"{around}{chr(code)}")
    ]
    assert wrong == []


def test_accounts_are_the_same_however_their_number_is_grouped_and_their_letters_are_composed():
    """And only then: bank, holder and number letter for letter; by token and in clear alike."""
    plain = ("BRI", "0098 01 012345 50 1a", "Jos\u00e9")
    alike = [
        ("BRI ", "0098-01.012345-501A", "Jose\u0301"),
        (" BRI", "00980101234550\u00a01a", "\u00a0Jos\u00e9 "),
    ]
    other = [("Bri", *plain[1:]), (*plain[:2], "Jose"), (plain[0], "098 01 012345 50 1a", plain[2])]
    for account in alike:
        assert compared_account(*account) == compared_account(*plain)
        assert TOKENS.account(*account) == TOKENS.account(*plain)
        assert TOKENS.bank_account(*account[:2]) == TOKENS.bank_account(*plain[:2])
    assert len({TOKENS.account(*one) for one in (plain, *other)}) == 4
    assert TOKENS.reference(" TRF\u00e9") == TOKENS.reference("TRFe\u0301")
    assert compared("  a b ") == "a b"


def test_a_recorded_account_and_one_in_clear_are_each_compared_as_they_stand():
    """A token is letter for letter, with its hyphens."""
    assert account_key(Account("BRI", "0098-01", "Mariam")) == account_key(
        Account(" BRI", "009801", "Mariam")
    )
    event = redact(read(raw(with_account())).event, PlainTokens())[0]
    assert isinstance(event, ClaimVerified)
    recorded = event.data.findings.participant_account
    assert isinstance(recorded, Account)
    assert account_key(recorded) == f"{recorded.bank}|{recorded.number}|~"


def test_what_is_recorded_is_what_was_sent():
    """Its ends are trimmed where it is compared, never in the ledger."""
    event = read(raw(with_account(holder=" Mariam "))).event
    assert json.loads(encode(event))["data"]["findings"]["participant_account"]["holder"] == " Mariam "


@pytest.mark.parametrize(
    ("holder", "number", "columns"),
    [
        ("Mariam", "009801012345501", set()),
        (" Mariam ", " 0098-01 ", set()),
        ("Mariam\u2028", "12345", {"holder"}),
        ("-", "#N/A", {"holder", "number"}),
        ("Mariam\t", "1,23457E+15", {"holder", "number"}),
        ("Mariam", "1234567E8", {"number"}),
    ],
)
def test_a_table_is_held_to_the_same_forms(holder, number, columns):
    """What is refused in JSON is refused in a cell, told by its column."""
    place = "findings.participant_account"
    head = f"id;time;claim;{place}.bank;{place}.number;{place}.holder"
    row = f"v1;2025-10-14T13:40:00+07:00;JKK-1;BRI;{number};{holder}"
    try:
        documents(f"{head}\n{row}".encode(), VERIFIED, "/agencies/desa-contoh")
        found: set[str] = set()
    except TableRefused as refused:
        found = {fault.column.rpartition(".")[2] for fault in refused.faults}
    assert found == columns
