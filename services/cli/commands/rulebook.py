"""``rulebook show|copy|bring|others``: what a rulebook states, with article and readings.

And rulebooks that «what if» is asked of.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from events.message import message
from services.benefits.reading.folder import files_of, named
from services.claim_file.archive import require_free, write
from services.cli.dates import Day
from services.cli.exit_codes import OK, command_error
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, table, tell
from services.cli.trail_options import By, TrailOptions
from services.explanation.statements import StatedFigure, statements
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.whatif.other_rulebooks import bring as bring_other
from services.whatif.other_rulebooks import files_in, files_in_force, other_rulebooks
from services.wording.rulebook import stated_value
from services.wording.terms import LanguageTexts, day


def show(
    code: str = "",
    /,
    *,
    on: Day = None,
    rulebook: Path | None = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show what the regulations state: all of it in a table, or of one figure or reason everything."""
    book = named(rulebook or Settings.read(data=data).rulebook)
    figures = [one for one in statements(book, on) if not code or one.code == code]
    if code and not figures:
        raise command_error("rulebook-show.unknown", "rulebook-show.see-all", code=code)
    words = LanguageTexts(scheme=book.scheme)
    if json:
        show_json({"rulebook": book.hash, "scheme": book.scheme.name, "figures": figures})
    elif code:
        for one in figures:
            _print_one(one, words)
    else:
        _print_all(figures, words)
    return OK


class OtherRow(Struct, frozen=True):
    """A rulebook that ``whatif`` may be asked of.

    Its name there, its hash where it can be read, and whether it is in force.
    """

    name: str
    hash: str
    in_force: bool
    folder: str


def others(*, json: bool = False, data: Path | None = None) -> int:
    """List the rulebooks that `whatif --rulebook` takes by name.

    Brought ones, and each that is or was in force here.
    """

    async def work(installation: Installation) -> list[OtherRow]:
        in_force = installation.rulebook.hash
        return [
            OtherRow(name, one.hash, one.hash == in_force, str(one.folder or ""))
            for name, one in (await other_rulebooks(installation)).items()
        ]

    figures = with_installation(data, work)
    if json:
        show_json(figures)
    else:
        words = LanguageTexts()
        show_table(
            figures,
            ("rulebook-others.name", lambda one: one.name, "left"),
            ("rulebook-others.hash", lambda one: one.hash[:12] or "?", "left"),
            ("column.state", lambda one: words.say("whatif.in-force") if one.in_force else "", "left"),
            ("rulebook-others.folder", lambda one: one.folder, "left"),
        )
    return OK


def copy(*, out: Path, json: bool = False, data: Path | None = None) -> int:
    """Write the rulebook in force as a folder or a ZIP, to change it and bring it back under a name.

    What is there is not replaced.
    """

    async def work(installation: Installation) -> tuple[str, Mapping[str, str]]:
        return installation.rulebook.hash, await files_in_force(installation)

    require_free(out)
    digest, files = with_installation(data, work)
    if out.suffix.lower() == ".zip":
        files = {f"{out.stem}/{path}": text for path, text in files.items()}
    write(out, {path: text.encode() for path, text in files.items()})
    if json:
        show_json({"rulebook": digest, "place": str(out), "files": len(files)})
    else:
        tell(console(), message("whatif.copied", hash=digest[:12], place=str(out)))
    return OK


def bring(
    folder: Path, /, *, name: str, reason: str, by: By = None, json: bool = False, data: Path | None = None
) -> int:
    """Bring another rulebook, a folder or a ZIP of one, so that «what if» can be asked of it by its name.

    Nothing is decided by it. Who brought it and why is in the audit trail.
    """
    if not folder.exists():
        raise command_error("whatif.no-directory", "whatif.name-folder", path=folder)
    files = files_of(folder) if folder.is_dir() else files_in(folder.read_bytes())
    signed = TrailOptions(by=by, reason=reason).signature
    rulebook = with_installation(data, lambda installation: bring_other(installation, name, files, signed))
    if json:
        show_json({"name": name, "hash": rulebook.hash})
    else:
        tell(console(), message("whatif.brought", name=name, hash=rulebook.hash[:12]))
    return OK


def _print_all(figures: list[StatedFigure], words: LanguageTexts) -> None:
    rows = [
        (
            one.code,
            stated_value(one, words),
            words.citation(one.citation),
            one.confidence,
            day(one.applies_from),
            day(one.applies_until) if one.applies_until else "",
        )
        for one in figures
    ]
    names = ("code", "value", "citation", "confidence", "from", "until")
    columns = [words.say(f"rulebook-show.{name}") for name in names]
    console().print(table("", columns, rows, right=(1,), prose=(2,)))
    tell(console(), words.say("rulebook-show.confidences"))


def _print_one(one: StatedFigure, words: LanguageTexts) -> None:
    out = console()
    tell(out, f"{one.code}: {stated_value(one, words)}".rstrip(": "), style="bold")
    tell(out, words.either(one.says), indent=2)
    tell(out, f"{words.citation(one.citation)} [{one.confidence}]", indent=2)
    key = "rulebook-show.in-force-until" if one.applies_until else "rulebook-show.in-force"
    last = day(one.applies_until) if one.applies_until else ""
    tell(out, words.say(key, first=day(one.applies_from), last=last), indent=2)
    tell(out, words.say("rulebook-show.verified", day=day(one.verified_until)), indent=2)
    if one.replaced_law:
        key = "rulebook-show.replaced" if one.replaced else "rulebook-show.replaced-reason"
        before = stated_value(one, words, one.replaced)
        tell(out, words.say(key, value=before, law=words.citation(one.replaced_law)), indent=2)
    for row in one.rows:
        tell(out, f"{row.first}: {row.second}", indent=4)
    for reading in one.readings:
        key = "rulebook-show.applied" if reading.applied else "rulebook-show.other-reading"
        value = f" ({stated_value(one, words, reading.value)})" if reading.value else ""
        tell(out, words.say(key, reading=words.either(reading.says)) + value, indent=4, hang=2)
    out.print()
