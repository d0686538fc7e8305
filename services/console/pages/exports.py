"""Tables to be taken away: chosen, written by the command beside the pages, and handed out once with their manifest."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct

from events.message import message
from services.audit_trail.records import Exported
from services.book.cut import Cut
from services.console.asking import READS_ALL, at_work
from services.console.context import Console
from services.console.errors import missing
from services.console.forms import unknown_value
from services.console.jobs import begin_job, job, moment_words, signed_words
from services.console.rendering import command_line, page, see_other
from services.console.results import Result
from services.exports.dictionary import every_table, exportable, names_persons
from services.exports.formats import FORMATS, Format
from services.exports.manifest import ExportManifest

_PORTION = 1 << 18
KEPT_SECONDS = 3600.0
"""How long an export waits to be taken; then nothing of it is left here."""


class WrittenExport(Struct, frozen=True):
    """An export that was written, packed into one file in a directory of its own."""

    manifest: ExportManifest
    packed: Path
    moment: dict[str, str]
    """The moment of the book, as it was typed."""


@get("/exports", guards=[READS_ALL], sync_to_thread=True)
def exports(console: Console) -> Response[str]:
    """Choose tables, their format, and whether with personal data in clear.

    Said before is what would be beyond an audit.
    """
    console.judge(Exported(what="tables", files=()), before=True)
    return page(
        console,
        "exports.html",
        dictionary=[(name, console.words.either(one.says)) for name, one in every_table().items()],
        formats=[(form, console.words.name("export-format", form)) for form in FORMATS],
        command=command_line("export tables", {"out": "DIR"} | console.moment_options),
    )


@post("/exports/begin", guards=[READS_ALL], form="/exports", sync_to_thread=True)
def begin(console: Console) -> Response[None]:
    """Begin to write an export; with personal data in clear only for a reason, which is recorded."""
    names, form = list(console.form.get("table", ())), console.sent("form") or "xlsx"
    reason, clear = console.sent("reason"), bool(console.sent("clear"))
    fields = console.fields
    if not names and not clear:
        fields.wrong("table", message("console.exports.choose-table"))
    elif unknown := [name for name in names if name not in exportable()]:
        fields.wrong("table", unknown_value(unknown[0], list(exportable())))
    elif clear and names and not names_persons(names):
        fields.wrong("table", message("tables.names-nobody", tables=", ".join(names)))
    fields.one_of("form", get_args(Format))
    if clear:
        fields.needed("reason", "console.audit.give-reason")
    fields.done()
    words = ["export", "tables", "--format", form, *signed_words(console, reason), "--json"]
    words += ["--clear"] if clear else []
    words += moment_words(console)
    words += ["--tables", *names] if names else []
    services, settings, language = console.services, console.installation.settings, console.language
    moment = console.moment_asked

    def write() -> WrittenExport:
        folder = Path(tempfile.mkdtemp(prefix="kelambu-export-"))
        try:
            printed = services.results.command(settings, [*words, "--out", str(folder / "tables")], language)
            packed = folder / "tables.zip"
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted((folder / "tables").iterdir()):
                    archive.write(file, file.name)
            shutil.rmtree(folder / "tables")
            services.results.later(KEPT_SECONDS, partial(shutil.rmtree, folder, ignore_errors=True))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return WrittenExport(msgspec.json.decode(printed, type=ExportManifest), packed, moment)

    return see_other(console.at_same_moment(f"/exports/{begin_job(console, 'export', write)}"))


@get("/exports/{name:str}", guards=[READS_ALL], sync_to_thread=True)
def written(console: Console, name: FromPath[str]) -> Response[str]:
    """Show what an export holds, once it is written, and where it can be taken."""
    result: Result[WrittenExport] | None = job(console, "export", name)
    if result is None:
        return at_work(console, "console.nav.exports")
    export = result.value
    console.judge(Exported(what="tables", files=(), cut=export.manifest.cut))
    return page(
        console,
        "export.html",
        name=name,
        manifest=export.manifest,
        moment=export.moment,
        cut=Cut(export.manifest.cut),
        there=export.packed.exists(),
        command=export.manifest.command,
    )


@get("/exports/{name:str}/download", guards=[READS_ALL], sync_to_thread=True)
def download(console: Console, name: FromPath[str]) -> Stream:
    """Hand an export out, once: nothing of it is left here."""
    result: Result[WrittenExport] | None = job(console, "export", name)
    if result is None or not result.value.packed.exists():
        raise missing()
    headers = {"content-disposition": 'attachment; filename="kelambu-export.zip"'}
    return Stream(_handed_out(result.value.packed), media_type="application/zip", headers=headers)


def _handed_out(packed: Path) -> Iterator[bytes]:
    try:
        with packed.open("rb") as file:
            while portion := file.read(_PORTION):
                yield portion
    finally:
        shutil.rmtree(packed.parent, ignore_errors=True)


routes = (exports, begin, written, download)
