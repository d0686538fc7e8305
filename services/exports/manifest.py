"""What is in an export: each file with its rows, control totals and SHA-256, and of which book it is."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from services.audit_trail.records import ExportedFile
from services.exports.dictionary import ExportedTable, exportable, personal_tables
from services.exports.formats import Format

MANIFEST, README = "manifest.json", "README.md"


class TableFile(Struct, frozen=True, kw_only=True):
    """A file of one table: ``totals`` are the sums of its columns of rupiah."""

    file: str
    table: str
    format: Format
    rows: int
    totals: dict[str, int]
    bytes: int
    sha256: str

    @property
    def recorded(self) -> ExportedFile:
        """What the audit trail records of it."""
        return ExportedFile(name=self.file, rows=self.rows, sha256=self.sha256, totals=self.totals)


class ExportManifest(Struct, frozen=True, kw_only=True):
    """An export: of which installation and cut (the position of each partition), by which command; then its files.

    ``true_on`` leaves in only what had happened by that day. ``figure`` is the handle of the sums over
    all claims. ``clear`` where personal data is in it in clear; ``language`` is that of the words of codes.
    """

    kelambu: str
    installation: str
    cut: tuple[int, ...]
    true_on: dt.date | None = None
    rulebook: str
    language: str
    clear: bool
    command: str
    figure: str = ""
    files: tuple[TableFile, ...] = ()

    @property
    def opened(self) -> tuple[str, ...]:
        """The tables in it that hold personal data in clear."""
        table_names = {file.table for file in self.files}
        return tuple(name for name in personal_tables() if name in table_names)


def written(manifest: ExportManifest) -> bytes:
    """Return a manifest as it is kept: JSON, two spaces deep."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read(folder: Path) -> ExportManifest:
    """Read the manifest of an export.

    Raises ``OSError`` where there is none, ``msgspec.DecodeError`` where it is no manifest.
    """
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=ExportManifest)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def readme(manifest: ExportManifest) -> str:
    """Return the page that explains an export to a reader, in both languages."""
    exported = exportable()
    tables = [exported[name] for name in dict.fromkeys(file.table for file in manifest.files)]
    cut = ", ".join(f"{partition}:{position}" for partition, position in enumerate(manifest.cut))
    opened = ", ".join(f"`{name}`" for name in manifest.opened)
    page = files(__package__).joinpath("page.md").read_text(encoding="utf-8")
    return page.format(
        installation=manifest.installation,
        kelambu=manifest.kelambu,
        cut=cut,
        true_on=f" · {manifest.true_on}" if manifest.true_on else "",
        rulebook=manifest.rulebook,
        command=manifest.command,
        figure=f"kelambu figure {manifest.figure}" if manifest.figure else "",
        persons_id=f"sebagai token{f'; NIK, nama dan rekening asli dalam {opened}' if opened else ''}",
        persons_en=f"as tokens{f'; NIK, names and accounts in clear in {opened}' if opened else ''}",
        tables=_described(tables),
        files=_files(manifest.files),
    )


def _described(tables: Sequence[ExportedTable]) -> str:
    return "\n".join(f"| `{table.name}` | {table.id} | {table.en} |" for table in tables)


def _files(files: Sequence[TableFile]) -> str:
    return "\n".join(
        f"| `{file.file}` | {_number(file.rows)} | {_totals(file.totals)} | `{file.sha256}` |"
        for file in files
    )


def _totals(totals: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {_number(total)}" for name, total in totals.items())


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")
