"""Is an export still what its manifest says? Hashes, rows and control totals are taken from the files anew.

No server is needed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
from msgspec import Struct
from openpyxl import load_workbook

from events.message import Message, message
from services.exports import manifest as manifests
from services.exports.formats import DESCRIPTION, Format
from services.exports.manifest import MANIFEST, README, ExportManifest, TableFile
from services.exports.writing import totals_of

Counted = tuple[int, dict[str, int]]


class CheckedExport(Struct, frozen=True):
    """An export that was looked at: its manifest, the manifest's SHA-256, and what is amiss, file by file."""

    manifest: ExportManifest
    sha256: str
    findings: tuple[Message, ...]


def check(folder: Path) -> CheckedExport:
    """Look at each file of an export.

    Raises ``OSError`` where there is no manifest, ``msgspec.DecodeError`` where it cannot be read.
    """
    manifest = manifests.read(folder)
    findings = [finding for file in manifest.files for finding in _amiss(folder, file)]
    listed = {MANIFEST, README, *(file.file for file in manifest.files)}
    surplus = sorted(path.name for path in folder.iterdir() if path.name not in listed)
    findings += [message("tables.check-surplus", file=name) for name in surplus]
    return CheckedExport(manifest, manifests.sha256(folder / MANIFEST), tuple(findings))


def _amiss(folder: Path, file: TableFile) -> Iterator[Message]:
    path = folder / Path(file.file).name
    if not path.is_file():
        yield message("tables.check-missing", file=file.file)
        return
    if manifests.sha256(path) != file.sha256:
        yield message("tables.check-hash", file=file.file)
    try:
        rows, totals = COUNTED[file.format](path, tuple(file.totals))
    except Exception:  # noqa: BLE001 - whatever a library says of a file that was damaged, it is a finding
        yield message("tables.check-unreadable", file=file.file)
        return
    if rows != file.rows:
        yield message("tables.check-rows", file=file.file, found=rows, due=file.rows)
    for name, due in file.totals.items():
        if totals[name] != due:
            yield message("tables.check-total", file=file.file, column=name, found=totals[name], due=due)


def _csv(path: Path, money: Sequence[str], separator: str = ",") -> Counted:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return _added(csv.DictReader(file, delimiter=separator), money)


def _csv_id(path: Path, money: Sequence[str]) -> Counted:
    return _csv(path, money, ";")


def _jsonl(path: Path, money: Sequence[str]) -> Counted:
    with path.open(encoding="utf-8") as file:
        return _added(map(json.loads, file), money)


def _xlsx(path: Path, money: Sequence[str]) -> Counted:
    return _added(workbook_records(path), money)


def workbook_records(path: Path) -> Iterator[Mapping[str, object]]:
    """Yield each row of a workbook's sheets by column, but for the one that describes them."""
    book = load_workbook(path, read_only=True)
    try:
        for sheet in book.worksheets:
            if sheet.title != DESCRIPTION:
                rows = sheet.iter_rows(values_only=True)
                names = [str(name) for name in next(rows)]
                yield from (dict(zip(names, row, strict=False)) for row in rows)
    finally:
        book.close()


def _parquet(path: Path, money: Sequence[str]) -> Counted:
    place = str(path).replace("'", "''")
    with duckdb.connect(":memory:") as connection:
        return totals_of(connection, f"read_parquet('{place}')", money)


def _added(records: Iterable[Mapping[str, object]], money: Sequence[str]) -> Counted:
    rows, totals = 0, dict.fromkeys(money, 0)
    for record in records:
        rows += 1
        for name in money:
            totals[name] += int(str(record[name] or 0))
    return rows, totals


COUNTED: dict[Format, Callable[[Path, Sequence[str]], Counted]] = {
    "csv": _csv,
    "csv-id": _csv_id,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "xlsx": _xlsx,
}
"""How rows and sums of a file of each format are counted, without what wrote it but for Parquet."""
