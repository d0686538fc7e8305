"""An export is whole or not there, every program reads the same in it, and a change of it is found."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import duckdb
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.exports import formats, writing
from services.exports.checking import check
from services.exports.dictionary import ExportedColumn, ExportedTable, every_table, personal_tables
from services.exports.formats import DESCRIPTION, ENDINGS, FORMATS, CellTooLongError, Record, writer
from services.exports.manifest import MANIFEST, README, ExportManifest
from services.exports.personal import PERSONAL_DATA
from services.exports.writing import FolderInUseError, write
from tests.unit.exports.conftest import OF, Opened

NIK, ACCOUNT = "1606010101700001", "0012345678901234567"
HOSTILE = ("=1+1", "+62811", "-5", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1")
STRANGE = ExportedTable(
    name="strange",
    id="Sulit.",
    en="Hard.",
    key=("n",),
    columns={
        "n": ExportedColumn("number", "n", "n"),
        "nik": ExportedColumn("text", "NIK", "NIK"),
        "name": ExportedColumn("text", "nama", "name"),
        "amount": ExportedColumn("rupiah", "jumlah", "amount"),
        "born": ExportedColumn("date", "lahir", "born"),
        "at": ExportedColumn("instant", "saat", "at"),
        "dead": ExportedColumn("yes-no", "meninggal", "dead"),
    },
)
AT = "2025-06-30T10:05:00.123+07:00"
ROWS: list[Record] = [
    (1, NIK, "Siti", 42_000_000, dt.date(2025, 6, 30), AT, True),
    (2, ACCOUNT, 'a "quoted", two\nlines; ä', 10**15 + 1, dt.date(1899, 12, 31), None, False),
    (3, "1E5", None, -(2**62), dt.date(1900, 2, 28), AT, None),
    *((n, text, text, 0, None, None, None) for n, text in enumerate(HOSTILE, 4)),
]


needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice Calc")


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A directory with the strange rows in each format that is written row by row."""
    for form in FORMATS:
        if form != "parquet":
            made = writer(tmp_path / f"strange{ENDINGS[form]}", form, STRANGE)
            made.write(ROWS)
            made.close()
    return tmp_path


def of_csv(path: Path, separator: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=separator, strict=True))[1:]


def plain(rows: Sequence[Record]) -> list[list[str]]:
    """What a reader of text expects, before any apostrophe."""
    return [
        ["" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in row] for row in rows
    ]


def bare(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[value.removeprefix("'") for value in row] for row in rows]


def test_csv_says_every_value_as_it_is_and_no_cell_is_a_formula(strange: Path):
    """NIK, account, amounts beyond a spreadsheet's figures, old dates.

    An apostrophe is all that is added, to text alone.
    """
    shown = [[v.replace("\n", "�").replace("\t", "�").replace("\r", "�") for v in row] for row in plain(ROWS)]
    read = of_csv(strange / "strange.csv")
    assert bare(read) == shown
    assert [row[1] for row in read][:3] == [NIK, ACCOUNT, "1E5"]
    assert [row[1][0] for row in read[3:]] == ["'", "'", "'", "'", "�", "�", "'", "'"]
    assert [row[3] for row in read][:3] == ["42000000", "1000000000000001", "-4611686018427387904"]
    assert b"\r\n" in (strange / "strange.csv").read_bytes()


def test_csv_for_spreadsheets_keeps_digits_from_becoming_a_number(strange: Path):
    """A mark of the encoding, semicolons, and an apostrophe before what would be read as a number or a date."""
    raw = (strange / "strange.id.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    read = of_csv(strange / "strange.id.csv", ";")
    assert [row[1] for row in read][:3] == [f"'{NIK}", f"'{ACCOUNT}", "'1E5"]
    assert [row[4] for row in read][:2] == ["2025-06-30", "1899-12-31"]


def test_json_lines_say_exactly_what_stands_there(strange: Path):
    """Numbers as numbers, dates and instants as text, nothing replaced."""
    names = list(STRANGE.written)
    read = [json.loads(line) for line in (strange / "strange.jsonl").read_bytes().splitlines()]
    dated = [[v.isoformat() if isinstance(v, dt.date) else v for v in row] for row in ROWS]
    assert [list(row) for row in read] == [names] * len(ROWS)
    assert [list(row.values()) for row in read] == dated


def test_a_workbook_holds_text_as_text_amounts_as_numbers_and_dates_as_dates(strange: Path):
    """No cell is a formula or a link; what a spreadsheet cannot hold exactly is text."""
    book = openpyxl.load_workbook(strange / "strange.xlsx")
    assert book.sheetnames == ["strange", DESCRIPTION]
    sheet = book["strange"]
    assert isinstance(sheet, Worksheet)
    assert book.active == sheet
    cells = list(sheet.iter_rows(min_row=2))
    assert {cell.data_type for row in cells for cell in row} <= {"s", "n", "d", "b"}
    assert [row[1].value for row in cells] == [
        row[1].replace("\r", "�") for row in ROWS if isinstance(row[1], str)
    ]
    assert [row[1].number_format for row in cells[:2]] == ["@", "@"]
    assert [row[3].value for row in cells[:3]] == [42_000_000, str(10**15 + 1), str(-(2**62))]
    assert [row[4].value for row in cells[:2]] == [dt.datetime(2025, 6, 30), "1899-12-31"]  # noqa: DTZ001 - as openpyxl has it
    assert [row[5].value for row in cells[:2]] == [AT, None]
    assert [row[6].value for row in cells[:2]] == [True, False]


def test_rows_beyond_a_sheet_go_on_another(tmp_path: Path):
    """Each sheet has the names of the columns."""
    path = tmp_path / "strange.xlsx"
    made = writer(path, "xlsx", STRANGE, sheet_rows=5)
    made.write(ROWS)
    made.close()
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == ["strange", "strange 2", "strange 3", DESCRIPTION]
    found = [
        row for name in book.sheetnames[:-1] for row in book[name].iter_rows(min_row=2, values_only=True)
    ]
    assert [row[0] for row in found] == list(range(1, len(ROWS) + 1))
    book.close()


def test_every_sheet_is_printed_as_wide_as_a_page_with_its_headings(strange: Path):
    """Across, on A4, the first row on each page; on the screen it stays in sight."""
    for sheet in openpyxl.load_workbook(strange / "strange.xlsx").worksheets:
        page = sheet.page_setup
        assert (page.orientation, page.paperSize, page.fitToWidth or 1, page.fitToHeight) == (
            "landscape",
            9,
            1,
            0,
        )
        fits = sheet.sheet_properties.pageSetUpPr
        assert fits is not None
        assert fits.fitToPage
        assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$1", "A2")


def test_a_text_that_no_cell_holds_is_refused_and_never_cut(tmp_path: Path):
    """With its place, and the way out."""
    made = writer(tmp_path / "strange.xlsx", "xlsx", STRANGE)
    with pytest.raises(CellTooLongError) as refused:
        made.write([(1, "x" * (formats.CELL_LENGTH + 1), None, None, None, None, None)])
    assert refused.value.message.parameters["row"] == 1


def test_every_format_has_the_same_rows_and_totals_and_the_check_finds_nothing(
    tables: Opened, tmp_path: Path
):
    """All tables in all formats; each file is for its owner alone."""
    out = tmp_path / "tables"
    with tables() as made:
        manifest = write(made, list(every_table()), FORMATS, out, OF)
    assert check(out).findings == ()
    assert len(manifest.files) == len(every_table()) * len(FORMATS) == len(list(out.iterdir())) - 2
    assert {path.stat().st_mode & 0o077 for path in out.iterdir()} == {0}
    assert {file.totals["entitled"] for file in manifest.files if file.table == "claims"} == {30_000_000}
    rows = {file.table: file.rows for file in manifest.files}
    assert rows["claims"] == 2
    assert rows["events"] == 10
    for path in out.glob("*.parquet"):
        with duckdb.connect() as connection:
            found = connection.read_parquet(str(path)).fetchall()
        assert len(found) == rows[path.stem]
    page = (out / README).read_text(encoding="utf-8")
    assert all(file.sha256 in page for file in manifest.files)
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_the_same_book_gives_the_same_files(tables: Opened, tmp_path: Path):
    """Byte for byte, so that two exports are compared by their hashes."""
    found = []
    for name in ("one", "two"):
        with tables() as made:
            found.append(write(made, ["claims", "events"], FORMATS, tmp_path / name, OF).files)
    assert found[0] == found[1]


@pytest.mark.parametrize("ending", ENDINGS.values())
def test_a_changed_file_is_found(tables: Opened, tmp_path: Path, ending: str):
    """One that lost a row or a byte, is gone, or was put there."""
    out = tmp_path / "tables"
    with tables() as made:
        write(made, ["claims"], FORMATS, out, OF)
    path = out / f"claims{ending}"
    path.write_bytes(path.read_bytes()[:-70])
    assert "tables.check-hash" in {finding.key for finding in check(out).findings}
    path.unlink()
    (out / "more.csv").touch()
    assert [finding.key for finding in check(out).findings] == [
        "tables.check-missing",
        "tables.check-surplus",
    ]


def test_a_manifest_that_was_made_to_fit_a_changed_file_is_found_by_its_sums(tables: Opened, tmp_path: Path):
    """Whoever changes an amount and its hash has not changed the total."""
    out = tmp_path / "tables"
    with tables() as made:
        manifest = write(made, ["claims"], ["csv"], out, OF)
    path = out / "claims.csv"
    path.write_bytes(path.read_bytes().replace(b",30000000,", b",31000000,", 1))
    changed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[
        0
    ]
    told = (out / MANIFEST).read_text().replace(manifest.files[0].sha256, changed)
    (out / MANIFEST).write_text(told)
    assert [finding.key for finding in check(out).findings] == ["tables.check-total"]


def test_an_export_that_cannot_be_recorded_is_not_there(tables: Opened, tmp_path: Path):
    """What the audit trail refuses, nobody has."""

    def refused(_: ExportManifest) -> None:
        raise ConnectionError

    with tables() as made, pytest.raises(ConnectionError):
        write(made, ["claims"], ["csv"], tmp_path / "tables", OF, record=refused)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_content_is_left_as_it_is(tables: Opened, tmp_path: Path):
    """An empty one is taken."""
    (tmp_path / "kept").write_text("mine")
    with tables() as made, pytest.raises(FolderInUseError):
        write(made, ["claims"], ["csv"], tmp_path, OF)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    (tmp_path / "empty").mkdir()
    with tables() as made:
        write(made, ["claims"], ["csv"], tmp_path / "empty", OF)


def test_what_a_killed_export_left_is_removed_by_the_next(tables: Opened, tmp_path: Path):
    """To the same place; what another process is still writing stays, and what is no export's."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    stay = [".tables-mine", f".tables.export-{os.getppid()}-b", f".other.export-{gone.pid}-a", "tables"]
    left = tmp_path / f".tables.export-{gone.pid}-a"
    for name in (left.name, *stay):
        (tmp_path / name).mkdir()
    (left / "persons.csv").write_text("nik")
    with tables() as made:
        write(made, ["claims"], ["csv"], tmp_path / "tables", OF)
    assert {path.name for path in tmp_path.iterdir()} == set(stay)


def test_an_export_that_is_killed_leaves_what_the_next_knows(tables: Opened, tmp_path: Path):
    """Its directory has the name that is looked for."""

    def killed(_: ExportManifest) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with tables() as made:
        made.connection.execute("SET threads = 1")
        child = os.fork()
        if not child:
            try:
                write(made, ["claims"], ["csv"], tmp_path / "tables", OF, record=killed)
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        assert [path.name.partition(str(child))[0] for path in tmp_path.iterdir()] == [".tables.export-"]
        write(made, ["claims"], ["csv"], tmp_path / "tables", OF)
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_a_place_where_nothing_can_be_written_is_named(tables: Opened, tmp_path: Path):
    """As it was given."""
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "out", tmp_path / ("a" * 300)):
        with tables() as made, pytest.raises(writing.NoPlaceError) as refused:
            write(made, ["claims"], ["csv"], place, OF)
        assert refused.value.message.parameters == {"folder": str(place)}


@pytest.mark.parametrize("form", FORMATS)
def test_a_disk_that_is_full_leaves_nothing(tables: Opened, tmp_path: Path, form: formats.Format):
    """Whatever file cannot be written to its end: no directory, no part of one beside it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with tables() as made:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, hard))
        try:
            with pytest.raises((OSError, writing.NotWrittenError)):
                write(made, ["dictionary"], [form], tmp_path / "tables", OF)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def by_libreoffice(path: Path) -> list[list[str]]:
    """What LibreOffice Calc understands of a file, which it writes as CSV."""
    infilter = [] if path.suffix == ".xlsx" else ["--infilter=CSV:59,34,76,1"]
    sheet = "1" if path.suffix == ".xlsx" else "0"
    export = f"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,{sheet}"
    profile, out = f"-env:UserInstallation=file://{path.parent}/profile", path.parent / f"read-{path.name}"
    command = [
        "soffice",
        profile,
        "--headless",
        *infilter,
        "--convert-to",
        export,
        "--outdir",
        str(out),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return of_csv(next(out.glob("*.csv")))


@needs_libreoffice
def test_libreoffice_changes_no_nik_no_amount_and_no_date(strange: Path):
    """In the workbook and in the CSV for spreadsheets."""
    for name in ("strange.xlsx", "strange.id.csv"):
        read = by_libreoffice(strange / name)
        assert [row[1].removeprefix("'") for row in read[:3]] == [NIK, ACCOUNT, "1E5"]
        assert [row[4] for row in read[:2]] == ["2025-06-30", "1899-12-31"]
        assert [row[5] for row in read[:1]] == [AT]
        assert read[0][3] == "42000000"
        assert [row[1].lstrip("'") for row in read[3:7]] == [
            text.replace("\t", "") if text[0] != "\t" else text for text in HOSTILE[:4]
        ]


def of_person(
    field: str, value: str, bank: str = "", event: str = "participant.enrolled"
) -> tuple[str | int, ...]:
    """A row of personal data of the participant of the book whose claim is paid."""
    claim, holder = ("-1", "Siti") if bank else ("", "")
    return "~1a", claim, field, f"#{value}", "", value, bank, holder, 0, 1, "dinsos-muba:0001", event


_FLAGS = {"true": "1", "false": "0"}
"""How LibreOffice writes in CSV what is yes or no."""


@needs_libreoffice
def test_libreoffice_changes_nothing_of_an_export_in_clear(tables: Opened, tmp_path: Path):
    """NIK, names and accounts as digits that were stated; days and rupiah of their orders and payments as in CSV."""
    account = of_person("accounts.heir:h1", ACCOUNT, "bri", "claim.verified")
    rows = [of_person("nik", NIK), of_person("name", "Siti"), account]
    chosen, out = ["orders", "bank_statements", *personal_tables()], tmp_path / "tables"
    with tables() as made:
        made.give(PERSONAL_DATA, rows)
        made.concern(["~1a"])
        made.make([PERSONAL_DATA])
        write(made, chosen, ["xlsx", "csv"], out, OF)
    for name in chosen:
        read, said = by_libreoffice(out / f"{name}.xlsx"), of_csv(out / f"{name}.csv")
        assert read
        assert read == [[_FLAGS.get(value, value) for value in row] for row in bare(said)]
    assert [row[1:] for row in by_libreoffice(out / "persons.xlsx")] == [[NIK, "Siti"]]
    assert {row[5] for row in by_libreoffice(out / "personal_data.xlsx")} == {NIK, "Siti", ACCOUNT}


def test_an_order_of_somebody_whose_key_is_gone_stands_with_an_empty_account(tables: Opened):
    """So that orders are as many as those of the book, and their rupiah add up."""
    with tables() as made:
        made.give(PERSONAL_DATA, [])
        made.concern(["~1a"])
        made.make([PERSONAL_DATA, "order_accounts", "orders"])
        found = made.connection.execute(
            "SELECT order_id, bank, number, holder FROM order_accounts"
        ).fetchall()
        orders = made.connection.execute("SELECT order_id FROM orders").fetchall()
    assert found == [(order, None, None, None) for (order,) in orders] == [("-1.1", None, None, None)]
