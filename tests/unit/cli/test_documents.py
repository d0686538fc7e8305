"""A file of events is understood before anything of it is sent, however its JSON is laid out, and as a workbook."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Sequence

import pytest
from openpyxl import Workbook

from events.cells import TableRefused
from events.message import Message
from services.cli.documents import File
from services.cli.exit_codes import CommandError
from services.contract.examples import STORY
from services.texts.catalogue import render

EVENTS = list(STORY.values())[:3]
MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "raw",
    [
        b"\n".join(json.dumps(event).encode() for event in EVENTS),
        b"\r\n\r\n".join(json.dumps(event).encode() for event in EVENTS) + b"\n",
        b"\n".join(json.dumps(event, indent=2).encode() for event in EVENTS),
        json.dumps(EVENTS, indent=1).encode(),
        MARK + json.dumps(EVENTS).encode(),
    ],
    ids=["lines", "empty lines", "pretty", "array", "byte order mark"],
)
def test_events_are_found_however_they_are_laid_out(raw):
    """A line each, over many lines, in an array, after a byte order mark: the events that they are."""
    assert [json.loads(each) for each in File(raw).documents("dinsos")] == EVENTS


def test_an_event_stays_byte_for_byte_as_it_stands():
    """Digits and blanks are the sender's; whoever signs has signed these bytes."""
    raw = b'{"a": 1.50,\n "b" : "\\u00e9"}'
    assert File(b" " + raw + b"\n" + raw).documents("dinsos") == [raw, raw]


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"a": 1}\n{"a": \n', "line 2"),
        (b'{"a": 1}\n7', "line 2, column 1"),
        (b'[{"a": 1}, 7]', "line 1"),
        (b'{"a": 1}\n"x', "line 2"),
        (b'{"a": "\xe9"}', "line 1 is not UTF-8"),
        (b"[" * 100_000, "line 1"),
    ],
)
def test_what_is_no_event_is_told_by_its_line(raw, place):
    """Nothing of such a file is sent."""
    with pytest.raises(CommandError, match=place):
        File(raw).documents("dinsos")


@pytest.mark.parametrize(
    ("raw", "name", "kind"),
    [
        (b"id;time\n", "iuran.csv", None),
        (b"id;time\n", "", None),
        (b'[{"a":1}]', "iuran.xlsx", None),
        (b" \n", "leer.jsonl", None),
        (b"[]\n", "leer.json", None),
        (b"{}", "x.json", "claim.pays"),
        (b"PK\x03\x04nothing", "x.xlsx", "claim.filed"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_what_to_do(raw, name, kind):
    """A table without the type of its rows, an empty file, a type that there is not, a broken workbook."""
    with pytest.raises(CommandError) as refused:
        File(raw, name, kind).documents("dinsos")
    for sentence in (refused.value.what, refused.value.cure):
        assert isinstance(sentence, Message)
        assert render(sentence, "id") != render(sentence, "en")


def workbook(*rows: Sequence[object], sheets: int = 1) -> bytes:
    book = Workbook()
    for n in range(sheets):
        sheet = book.create_sheet(f"sheet {n}")
        for row in rows:
            sheet.append(tuple(row))
    book.create_sheet()
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


HEAD = ["id", "time", "nik", "first_month", "last_month", "paid_on", "payer.kind", "payer.name", "amount"]
PAID: list[object] = [
    "c1",
    dt.datetime.fromisoformat("2025-10-02T10:00"),
    "9901011203850001",
    "2025-05",
    "2025-10",
    dt.date(2025, 10, 1),
    "apbd",
    "Kabupaten Contoh",
    100800,
]


def test_a_workbook_says_what_its_rows_would_say_as_csv():
    """Dates, times of Jakarta and amounts are written as the contract has them; empty sheets do not count."""
    [made] = File(workbook(HEAD, PAID), "iuran.xlsx", "participant.contributions-paid").documents("dinsos")
    event = json.loads(made)
    assert (event["time"], event["data"]["paid_on"]) == ("2025-10-02T10:00:00+07:00", "2025-10-01")
    assert event["data"]["amount"] == 100800


def test_a_workbook_in_which_a_nik_was_a_number_is_asked_about():
    """A number of a spreadsheet keeps 15 digits: all NIKs end in 0."""
    rows = [[f"c{n}", *PAID[1:2], 9901011203850000 + 10 * n, *PAID[3:]] for n in range(1, 5)]
    with pytest.raises(TableRefused) as refused:
        File(workbook(HEAD, *rows), "x.xlsx", "participant.contributions-paid").documents("dinsos")
    assert [fault.message.key for fault in refused.value.faults] == ["cell.rounded"]


def test_of_two_filled_sheets_none_is_chosen():
    """Whoever sends says which."""
    with pytest.raises(CommandError, match="2 sheets"):
        File(workbook(HEAD, PAID, sheets=2), "x.xlsx", "participant.contributions-paid").documents("dinsos")
