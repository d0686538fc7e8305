"""Tables of events: read from a spreadsheet, written to one, and what is wrong with a cell said in its words."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import AGENCY_TYPES
from events.cells import CellFault, TableRefused, letter_of
from events.document import read
from events.rows import documents, table
from services.contract.examples import STORY
from tests.unit.events.examples import GOLDEN

CONTRIBUTIONS = "kelambu.participant.contributions-paid.v1"
DINSOS = "/agencies/dinsos-contoh"
HEAD = "id;time;nik;first_month;last_month;paid_on;payer.kind;payer.name;amount"
ROW = "c1;2025-10-02T10:00:00+07:00;9901011203850001;2025-05;2025-10;2025-10-01;apbd;Kabupaten Contoh;100800"


def refused(text: str, name: str = CONTRIBUTIONS) -> set[tuple[int, str]]:
    """Return the rows and columns that are refused."""
    with pytest.raises(TableRefused) as found:
        documents(text.encode(), name, DINSOS)
    return {(fault.row, fault.column) for fault in found.value.faults}


def without_strays(event: dict[str, object]) -> dict[str, object]:
    return {k: v for k, v in event.items() if k not in {"datacontenttype", "traceparent", "tracestate"}}


@pytest.mark.parametrize("name", AGENCY_TYPES)
def test_a_document_written_as_a_row_and_read_again_has_the_same_content(name):
    """The golden file, which has every field, and the example of the catalogue."""
    golden = json.loads((GOLDEN / f"{name}.sent.json").read_bytes())
    for event in (without_strays(golden), STORY[name]):
        [made] = documents(table([event]).encode(), name, str(event["source"]))
        assert read(made).canonical == read(json.dumps(event).encode()).canonical


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_is_read_as_spreadsheets_write_it(mark, encoding, end):
    """With a byte order mark or without, parted by semicolons, commas or tabs, empty rows passed over."""
    text = end.join([HEAD, ROW, "", ROW.replace("c1", "c2"), ";;;;;;;;", ""]).replace(";", mark)
    made = documents(text.encode(encoding), CONTRIBUTIONS, DINSOS)
    assert [json.loads(each)["id"] for each in made] == ["c1", "c2"]
    assert json.loads(made[0])["data"]["amount"] == 100800


def test_every_fault_of_every_row_is_told_by_row_and_column():
    """Rows as the spreadsheet counts them, and nothing that stands in a cell."""
    rows = [
        HEAD,
        ROW.replace("2025-10-01", "01/10/2025"),
        "",
        ROW.replace("c1;", "c2;").replace("100800", "100.800"),
    ]
    assert refused("\n".join(rows)) == {(2, "paid_on"), (4, "amount")}


@pytest.mark.parametrize("shortened", ["9,90101E+15", "9.90101E+15", "9,90101120385E+15", "9E+15"])
def test_a_nik_that_the_spreadsheet_has_shortened_is_refused_with_the_reason(shortened):
    """Its digits are lost; nobody may guess them."""
    text = "\n".join([HEAD, ROW.replace("9901011203850001", shortened)])
    with pytest.raises(TableRefused, match=r"cell\.shortened") as found:
        documents(text.encode(), CONTRIBUTIONS, DINSOS)
    assert [(fault.row, fault.column) for fault in found.value.faults] == [(2, "nik")]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD.replace("paid_on", "tanggal"), {(1, "tanggal")}),
        (HEAD.replace("id;", ";"), {(1, "id")}),
        (HEAD.replace("paid_on", "last_month"), {(1, "last_month")}),
        (HEAD.replace("payer.kind", "payer"), {(1, "payer")}),
        (HEAD.replace("nik", "9901011203850001"), {(1, "?")}),
        ("", {(1, "")}),
    ],
)
def test_a_column_that_does_not_exist_is_missing_or_stands_twice_is_named(head, expected):
    """A column's name that could be a person's value is not repeated."""
    assert refused(f"{head}\n{ROW}") == expected


def test_two_rows_with_one_id_are_refused():
    """The second would be taken for the first, sent again."""
    assert refused(f"{HEAD}\n{ROW}\n{ROW}") == {(3, "id")}


def test_what_is_no_utf8_or_no_table_is_refused():
    """Excel's own «CSV» is in the code page of the machine."""
    for text in (f"{HEAD}\n{ROW}é".encode("latin-1"), f'{HEAD}\n"{ROW}'.encode()):
        with pytest.raises(TableRefused):
            documents(text, CONTRIBUTIONS, DINSOS)


def test_an_element_left_out_leaves_no_hole_and_faults_name_its_column():
    """``documents.1`` alone is the first document."""
    name = "kelambu.claim.documents-received.v1"
    head = "id;time;claim;documents.0.kind;documents.0.reference;documents.1.kind;documents.1.reference"
    row = "d1;2025-10-14T13:40:00+07:00;JKK-1;;;{};arsip/1"
    [made] = documents(f"{head}\n{row.format('ktp')}".encode(), name, DINSOS)
    assert json.loads(made)["data"]["documents"] == [{"kind": "ktp", "reference": "arsip/1"}]
    assert refused(f"{head}\n{row.format('KTP')}", name) == {(2, "documents.1.kind")}


def test_numbers_and_truth_are_read_as_indonesian_spreadsheets_write_them():
    """A decimal comma, BENAR and SALAH; an empty list is []."""
    name = "kelambu.claim.verified.v1"
    head = (
        "id;time;claim;findings.cause.work_related;findings.medical.items.0.kind;findings.medical.items.0.item;"
        "findings.medical.items.0.part;findings.medical.items.0.side;findings.medical.items.0.loss_percent;findings.heirs"
    )
    row = "v1;2025-10-14T13:40:00+07:00;JKK-1;BENAR;disability;d1;thumb;left;62,5;[]"
    [made] = documents(f"{head}\n{row}".encode(), name, DINSOS)
    findings = json.loads(made)["data"]["findings"]
    assert findings["cause"] == {"work_related": True}
    assert findings["medical"]["items"][0]["loss_percent"] == 62.5
    assert findings["heirs"] == []


@given(st.text(alphabet=st.sampled_from('id;,\n"time.0[]E+9é'), max_size=60), st.binary(max_size=20))
def test_any_bytes_are_read_or_refused(text, junk):
    """Never anything but documents or faults."""
    for raw in (text.encode(), f"{HEAD}\n".encode() + junk, f"{HEAD}\n{ROW}\n{text}".encode()):
        with suppress(TableRefused):
            documents(raw, CONTRIBUTIONS, DINSOS)


ENROLLED = "kelambu.participant.enrolled.v1"
NAMES = "id;time;nik;name;birth_date;sex;district;sector;programmes.0;programmes.1;income;starts_on;sponsor.kind;sponsor.name"
PERSON = "{id};2025-01-02T09:00:00+07:00;{nik};{name};1985-03-12;male;16.06.01;fishing;JKK;JKM;1000000;2025-01-01;apbd;Kabupaten Contoh"


def person(number: int, name: str = "Peserta Contoh", nik: str = "") -> str:
    return PERSON.format(id=f"csv-{number}", nik=nik or f"990101120385{number:04}", name=name)


def faults(text: str, *, confirmed: bool = False) -> list[CellFault]:
    try:
        documents(text.encode(), ENROLLED, DINSOS, confirmed=confirmed)
    except TableRefused as found:
        return list(found.faults)
    return []


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_a_line_that_names_the_separator_is_none_of_the_table(end):
    """``sep=;`` is Excel's own; and lines that end in CR alone do not hide where the first one ends."""
    table = end.join(["sep=;", NAMES, person(11), person(12)])
    assert len(documents(table.encode("utf-8-sig"), ENROLLED, DINSOS)) == 2
    commas = end.join([NAMES.replace(";", ","), person(11, "Ani").replace(";", ","), ";"])
    assert {fault.row for fault in faults(commas)} == {3}
    assert {fault.row for fault in faults(end.join(["sep=;", NAMES, "x"]))} == {2}


def test_names_of_columns_are_read_without_case():
    """A spreadsheet capitalises what it likes."""
    names = NAMES.replace("id", "ID").replace("time", "Time").replace("birth_date", "Birth_Date")
    assert len(documents("\n".join([names.title(), person(11)]).encode(), ENROLLED, DINSOS)) == 1


def test_a_wrong_name_is_told_with_its_letter_and_the_nearest_one():
    """And a title above the names is told as what it is."""
    [fault] = faults("\n".join([NAMES.replace("birth_date", "birthdate"), person(11)]))
    assert (fault.letter, fault.column, fault.message.parameters) == (
        "E",
        "birthdate",
        {"nearest": "birth_date"},
    )
    [fault] = faults("\n".join([NAMES.replace("nik", "NIK peserta"), person(11)]))
    assert (fault.letter, fault.column, fault.message.parameters) == ("C", "?", {"nearest": "nik"})
    [title] = faults("\n".join(["Daftar peserta;;;;;;;;;;;;;", NAMES, person(11)]))
    assert title.message.key == "cell.title"
    [title] = faults(f"Daftar peserta;2025;;;;;;;;;;;;\nKabupaten Contoh;;;;;;;;;;;;;\n{NAMES}")
    assert title.message.key == "cell.title"
    assert letter_of(25) + letter_of(26) + letter_of(701) + letter_of(702) == "ZAAZZAAA"


def test_niks_that_all_end_in_0_are_asked_about():
    """So a spreadsheet leaves them that keeps 15 digits; whoever has compared them confirms it."""
    rounded = "\n".join([NAMES, *(person(n, nik=f"99010112038{n}0") for n in (5002, 6003, 7004))])
    [fault] = faults(rounded)
    assert (fault.letter, fault.column, fault.message.key) == ("C", "nik", "cell.rounded")
    assert not faults(rounded, confirmed=True)
    assert not faults(rounded.replace("50020", "50021"))


@pytest.mark.parametrize("empty", ["-", "#N/A", "NULL", "#REF!", "n/a", "—"])
def test_what_a_spreadsheet_leaves_for_nothing_is_no_value(empty):
    """Refused by row, letter and name, and never repeated."""
    table = "\n".join([NAMES, person(11), person(12, empty)])
    places = [(f.row, f.letter, f.column, f.message.key) for f in faults(table)]
    assert places == [(3, "D", "name", "cell.placeholder")]


def test_every_kind_of_fault_of_a_row_is_told_at_once():
    """What the cell is not, and what the document may not say.

    Nothing is missing only since its cell was unreadable.
    """
    row = person(11, "#N/A").replace(";1000000;", ";1.000.000;").replace("male", "man")
    assert [(f.letter, f.column) for f in faults(f"{NAMES}\n{row}")] == [
        ("D", "name"),
        ("K", "income"),
        ("F", "sex"),
    ]
