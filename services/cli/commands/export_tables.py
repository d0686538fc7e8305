"""``export tables|check``: read models as tables for auditors, and whether such an export is still what it was."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from events.message import message
from projections.sums import Sums
from services.audit_trail.records import Exported, PersonalDataRead, Record
from services.audit_trail.trail import append, append_all
from services.benefits.rulebook import Rulebook
from services.book.cut import Cut
from services.book.read_models_as_of import Book
from services.cli.book_options import NOW, BookOptions
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.figures import say_beyond, show_handle
from services.cli.opening import with_installation
from services.cli.output import Steps, console, errors, show_json, show_table, tell
from services.cli.trail_options import TrailOptions
from services.exports import checking
from services.exports.dictionary import ExportedTable, every_table, exportable, names_persons, personal_tables
from services.exports.formats import FORMATS, Format
from services.exports.loading import opened
from services.exports.manifest import MANIFEST, ExportManifest, TableFile, sha256
from services.exports.personal import PERSONAL_DATA, OpenedColumns, personal_values
from services.exports.persons_named import persons_in
from services.exports.writing import write
from services.figures.figure import figure
from services.runtime.bootstrap import Installation
from services.texts.language import language
from services.wording.terms import LanguageTexts, number

CLAIMS = "claims"
_FIGURE = "claims"
"""The query of the figure: the sums over all claims, which the table of claims adds up to as well."""


def tables(
    *,
    out: Path,
    formats: Annotated[
        list[Format] | None, Parameter(name="--format", help=", ".join(FORMATS), consume_multiple=True)
    ] = None,
    names: Annotated[list[str] | None, Parameter(name="--tables", consume_multiple=True)] = None,
    clear: bool = False,
    of: BookOptions = NOW,
) -> int:
    """Write read models as tables with manifest and data dictionary.

    Whole, and recorded in the audit trail, or not at all. With ``clear`` also the tables of personal data, with the
    persons whom the chosen ones name.
    """
    if clear and not of.trail.reason.strip():
        raise command_error("tables.no-reason", "tables.give-reason")
    table_names = _table_names(names, exportable() if clear else every_table())
    of_persons = [name for name in table_names if name not in personal_tables()]
    if clear:
        if of_persons and not names_persons(of_persons):
            raise command_error("tables.names-nobody", "tables.add-persons", tables=", ".join(of_persons))
        table_names = [*of_persons, *personal_tables()]
    identity, rulebook = with_installation(of.data, _whose)

    with (
        of.book() as chosen_book,
        opened(chosen_book.view, rulebook.scheme, language()) as audit_tables,
        Steps() as steps,
        steps(message("tables.writing"), len(table_names)) as advance,
    ):

        def record(manifest: ExportManifest) -> None:
            records = _records(manifest, chosen_book)

            async def work(installation: Installation) -> None:
                await append_all(installation, records, **of.trail.signature)
                await say_beyond(installation, records[0], of.trail)

            with_installation(of.data, work)

        manifest_of = ExportManifest(
            kelambu=version("kelambu"),
            installation=identity,
            cut=chosen_book.cut.positions,
            true_on=of.true_on,
            rulebook=rulebook.hash,
            language=language(),
            clear=clear,
            command=shlex.join(["kelambu", *sys.argv[1:]]),
            figure=figure(chosen_book, _FIGURE, {}, rulebook.hash, {}).handle
            if CLAIMS in table_names
            else "",
        )
        if clear:
            persons = persons_in(audit_tables, of_persons)
            revealed = with_installation(
                of.data, lambda installation: _opened_values(installation, chosen_book.cut, persons, of.trail)
            )
            audit_tables.give(PERSONAL_DATA, revealed.rows)
            audit_tables.concern(revealed.persons)
            audit_tables.make([PERSONAL_DATA])
        manifest = write(
            audit_tables, table_names, formats or ["xlsx"], out, manifest_of, record=record, advance=advance
        )
    _tell(manifest, out, json=of.json)
    if unreadable := revealed.unreadable if clear else 0:
        tell(errors(), message("tables.unreadable", count=unreadable))
    return FINDING if unreadable else OK


def _records(manifest: ExportManifest, chosen_book: Book) -> list[Record]:
    """Return what the audit trail keeps of an export: the files, and where the claims are among them their sums."""
    files = {file.table: file.recorded for file in manifest.files}
    every = tuple(file.recorded for file in manifest.files)
    exported = Exported(
        what="tables", files=every, clear=manifest.clear, cut=manifest.cut, true_on=manifest.true_on
    )
    records: list[Record] = [exported]
    if manifest.figure:
        of_claims = files[CLAIMS]
        totals = {
            "claims": of_claims.rows,
            **{name: of_claims.totals[name] for name in Sums.__struct_fields__},
        }
        records.append(figure(chosen_book, _FIGURE, {}, manifest.rulebook, totals))
    return records


async def _opened_values(
    installation: Installation, cut: Cut, persons: frozenset[str] | None, trail: TrailOptions
) -> OpenedColumns:
    """Open personal values of these persons, None: of everybody.

    That they are opened is recorded before the first of them is.
    """
    opening = PersonalDataRead(
        what="tables",
        subject="all" if persons is None else "",
        values=None,
        persons=tuple(sorted(persons or ())),
    )
    await append(installation, opening, **trail.signature)
    return await personal_values(
        installation.ledger, installation.keys, installation.tokens, cut.positions, persons
    )


async def _whose(installation: Installation) -> tuple[str, Rulebook]:
    return str(installation.identity), installation.rulebook


def _table_names(names: Sequence[str] | None, every: Mapping[str, ExportedTable]) -> list[str]:
    for name in names or ():
        if name not in every:
            raise command_error("tables.no-table", "tables.known-tables", table=name, tables=", ".join(every))
    return [name for name in every if names is None or name in names]


def _tell(manifest: ExportManifest, folder: Path, *, json: bool) -> None:
    if json:
        show_json(manifest)
        return
    of_tables = {file.table: file for file in manifest.files}
    show_table(
        of_tables.values(),
        ("tables.table", lambda file: file.table, "left"),
        ("tables.rows", lambda file: number(file.rows), "right"),
        ("tables.totals", lambda file: _totals(file, LanguageTexts()), "prose"),
    )
    rows = number(sum(file.rows for file in manifest.files))
    count, cut = len(manifest.files), str(Cut(manifest.cut))
    tell(console(), message("tables.written", count=count, rows=rows, folder=folder, cut=cut))
    tell(console(), message("tables.manifest", sha256=sha256(folder / MANIFEST)))
    show_handle(console(), manifest.figure or None)


def _totals(file: TableFile, words: LanguageTexts) -> str:
    return ", ".join(f"{name} {words.amount(total)}" for name, total in file.totals.items())


def check(folder: Path, /, *, json: bool = False) -> int:
    """Compare each file of an export with its manifest: hash, rows, sums; no server is needed.

    Exit code 1 if one differs.
    """
    try:
        checked = checking.check(folder)
    except (OSError, msgspec.DecodeError):
        raise command_error("tables.no-manifest", "tables.name-export", folder=folder) from None
    if json:
        show_json({"findings": checked.findings, "sha256": checked.sha256, "manifest": checked.manifest})
    else:
        for finding in checked.findings:
            tell(console(), finding)
        if not checked.findings:
            tell(console(), message("tables.checked", count=len(checked.manifest.files)))
        tell(console(), message("tables.manifest", sha256=checked.sha256))
    return FINDING if checked.findings else OK
