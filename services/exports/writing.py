"""An export of tables: a directory that is there whole, with its manifest, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from msgspec.structs import replace

from events.message import MessageError, message
from services.exports import manifest as manifests
from services.exports.dictionary import ExportedTable, exportable
from services.exports.formats import ENDINGS, Format, RecordWriter, shown, writer
from services.exports.loading import AuditTables, quoted
from services.exports.manifest import MANIFEST, README, ExportManifest, TableFile
from services.platform.durability import sync

_PORTION = 10_000
_MINE = 0o600
_NO_PLACE = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG)

Advance = Callable[[int], None]


class FolderInUseError(MessageError):
    """The directory that an export should become is there and not empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__(message("tables.folder-in-use", folder=folder))


class NoPlaceError(MessageError):
    """There can be no directory where an export should be."""

    def __init__(self, folder: Path) -> None:
        super().__init__(message("tables.no-place", folder=folder))


class NotWrittenError(MessageError):
    """DuckDB could not write a file."""

    def __init__(self, file: str) -> None:
        super().__init__(message("tables.not-written", file=file))


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """Yield a directory that becomes ``folder`` at the end, durable; after an error nothing of it is left.

    What an export to the same place left that was killed is removed first. Raises ``FolderInUseError`` where the
    folder has content, ``NoPlaceError`` where there can be none.
    """
    place = folder.absolute()
    kind = f".{place.name}.export-"
    try:
        if place.is_file() or (place.is_dir() and any(place.iterdir())):
            raise FolderInUseError(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_left(place.parent, kind)
        staged = Path(tempfile.mkdtemp(prefix=f"{kind}{os.getpid()}-", dir=place.parent))
    except OSError as error:
        if error.errno in _NO_PLACE:
            raise NoPlaceError(folder) from None
        raise
    try:
        yield staged
        for file in staged.iterdir():
            file.chmod(_MINE)
            sync(file)
        sync(staged)
        try:
            staged.rename(place)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # somebody was there meanwhile
                raise FolderInUseError(folder) from None
            raise
        sync(place.parent)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise


def _remove_left(parent: Path, kind: str) -> None:
    """Remove the directories of exports whose process is no more."""
    for folder in parent.iterdir():
        number = folder.name.removeprefix(kind).partition("-")[0]
        if folder.name.startswith(kind) and number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write(
    tables: AuditTables,
    names: Sequence[str],
    formats: Collection[Format],
    folder: Path,
    of: ExportManifest,
    *,
    record: Callable[[ExportManifest], None] = lambda _: None,
    advance: Advance = lambda _: None,
) -> ExportManifest:
    """Write these tables in each of the formats with manifest and page; returns the manifest, ``of`` with its files.

    ``record`` is told of it before anybody can see a file: if it fails, nothing is left. ``advance`` is told how many
    tables were written since.

    Raises:
        FolderInUseError: the folder has content.
        NoPlaceError: there can be no such folder.
        CellTooLongError: a text does not fit into a cell of XLSX.
        OSError, NotWrittenError: a file cannot be written; then nothing is left of any.
    """
    exported = exportable()
    with aside(folder) as staged:
        tables.connection.execute("SET temp_directory = ?", [str(staged / "spilled")])
        files: list[TableFile] = []
        for n, name in enumerate(names):
            later = {needed for other in names[n + 1 :] for needed in exported[other].needs}
            tables.make([name])
            tables.drop_read_models(keep=later)
            files += _table(tables, exported[name], formats, staged)
            tables.drop(name)
            advance(1)
        shutil.rmtree(staged / "spilled", ignore_errors=True)
        manifest = replace(of, files=tuple(files))
        (staged / README).write_text(manifests.readme(manifest), encoding="utf-8")
        (staged / MANIFEST).write_bytes(manifests.written(manifest))
        record(manifest)
    return manifest


def _table(
    tables: AuditTables, table: ExportedTable, formats: Collection[Format], staged: Path
) -> Iterator[TableFile]:
    paths = {form: staged / f"{table.name}{ENDINGS[form]}" for form in formats}
    rows, totals = totals_of(tables.connection, quoted(table.name), table.money)
    if "parquet" in paths:
        _parquet(tables.connection, table.name, paths["parquet"])
    _records(tables, table, [writer(path, form, table) for form, path in paths.items() if form != "parquet"])
    for form, path in paths.items():
        yield TableFile(
            file=path.name,
            table=table.name,
            format=form,
            rows=rows,
            totals=totals,
            bytes=path.stat().st_size,
            sha256=manifests.sha256(path),
        )


def totals_of(
    connection: duckdb.DuckDBPyConnection, source: str, money: Sequence[str]
) -> tuple[int, dict[str, int]]:
    """Return the number of rows of a table or file, and the sum of each of these columns."""
    sums = "".join(f", coalesce(sum({quoted(name)}), 0)" for name in money)
    row = connection.execute(f"SELECT count(*){sums} FROM {source}").fetchone()  # noqa: S608 - of our dictionary
    rows, *totals = row or (0,)
    return int(rows), dict(zip(money, map(int, totals), strict=True))


def _parquet(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    place = str(path).replace("'", "''")
    try:
        connection.execute(f"COPY {quoted(name)} TO '{place}' (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.IOException as error:
        if os.strerror(errno.ENOSPC) in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path.name) from None
        raise NotWrittenError(path.name) from None


def _records(tables: AuditTables, table: ExportedTable, writers: Sequence[RecordWriter]) -> None:
    """Write every row of a table, in its order, to each of the files."""
    columns = ", ".join(shown(name, column) for name, column in table.written.items())
    try:
        if writers:
            cursor = tables.connection.execute(f"SELECT {columns} FROM {quoted(table.name)}")  # noqa: S608 - of our dictionary
            while records := cursor.fetchmany(_PORTION):
                for writer in writers:
                    writer.write(records)
    finally:
        for writer in writers:
            writer.close()
