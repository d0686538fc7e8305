"""``person NIK``: a participant with membership, months paid, claims, sums, and every event with its four times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import asdict

from events.message import message
from projections.as_of import NOW as EVERYTHING
from projections.as_of import AsOf
from services.book.cut import cut_within
from services.book.person import PersonFile, file_of, position_at, recorded_of
from services.claim_file.archive import zipped
from services.claim_file.assembly import assemble, in_clear
from services.claim_file.contents import pretty
from services.claim_file.pages import page
from services.claims.moment import as_of, end_of, resolve
from services.claims.personal import PersonalLook, looks_at
from services.cli.book_options import NOW, BookOptions
from services.cli.commands.claims import show_claims, show_totals
from services.cli.commands.letter import letter_of
from services.cli.exit_codes import OK, command_error
from services.cli.figures import figure_shown, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.cli.persons import named_person
from services.erasure.extract import Extract, extract_of
from services.figures.figure import at_cut, concerning
from services.figures.totals import person_totals
from services.platform.durability import private_file
from services.runtime.bootstrap import Installation
from services.wording.person import erased_on, event_name, membership, months_paid
from services.wording.terms import LanguageTexts, day, moment, number
from services.wording.timeline import as_it_stood
from services.wording.trail import read_for


def person(
    person: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    extract: Path | None = None,
    of: BookOptions = NOW,
) -> int:
    """Show one participant as of a moment; no name and no account is shown, and what was typed is not repeated.

    With --extract all that is held of the person is written in clear, to be handed to the person.
    """
    if extract is not None:
        return _extract(person, extract, of)

    async def look(
        installation: Installation,
    ) -> tuple[PersonFile, AsOf, tuple[PersonalLook, ...], str | None]:
        token = named_person(person, installation)
        entries = await recorded_of(installation.ledger, token)
        if not entries:
            raise command_error("person.unknown", "person.look-again")
        last = entries[-1]
        moment = await resolve(installation, of.known_on)
        end = await end_of(installation, last.partition)
        point = as_of(moment, of.true_on, token, last.partition, last.position, end)
        person_file = file_of(token, entries, point)
        place = cut_within(last.partition, position_at(entries, point), installation.ledger.partitions)
        concerns = concerning(person_file.claims, person_file.member.district if person_file.member else None)
        parameters, totals = {"person": token}, person_totals(person_file)
        rulebook = installation.rulebook.hash
        figure = at_cut(place, of.true_on, "person", parameters, rulebook, totals, concerns)
        looks = await looks_at(installation, person_file)
        return person_file, point, looks, await figure_shown(installation, figure, of.trail)

    person_file, point, looks, handle = with_installation(of.data, look)
    if of.json:
        show_json({**asdict(person_file), "looks": looks, "figure": handle})
    else:
        _print(person_file, point, LanguageTexts())
        _show_looks(looks, LanguageTexts())
        show_handle(console(), handle)
    return OK


def _extract(person: str, out: Path, of: BookOptions) -> int:
    """Write what is held of a person and the letters about the person's claims into a ZIP file."""
    if of.known_on or of.true_on:
        raise command_error("extract.as-of", "extract.leave-out")
    if out.exists():
        raise command_error("claim-file.is-there", "claim-file.name-another", place=out)

    async def work(installation: Installation) -> tuple[Extract, dict[str, bytes]]:
        token = named_person(person, installation)
        extract = await extract_of(installation, token, of.trail.signature)
        files = {"extract.json": pretty(extract)}
        for row in extract.summary.claims:
            file = await assemble(installation, row.claim)
            if file is not None:
                files[f"letters/{row.claim}.html"] = page(
                    letter_of(await in_clear(installation, file), installation)
                )
        return extract, files

    extract, files = with_installation(of.data, work)
    with private_file(out, new=True) as output:
        output.write(zipped(files))
    if of.json:
        document = {"person": extract.person, "out": str(out), "files": sorted(files)}
        show_json({**document, "erased": extract.erased, "unreadable": extract.unreadable})
        return OK
    counts = {"events": number(len(extract.events)), "letters": number(len(files) - 1)}
    tell(console(), message("extract.erased" if extract.erased else "extract.written", place=out, **counts))
    if extract.unreadable and not extract.erased:
        tell(console(), message("extract.unreadable", count=number(extract.unreadable)))
    return OK


def _print(person_file: PersonFile, point: AsOf, words: LanguageTexts) -> None:
    out = console()
    tell(out, words.say("person.title", person=person_file.person), style="bold")
    if point != EVERYTHING:
        tell(out, as_it_stood(point, words))
    if not person_file.events:
        tell(out, words.say("person.not-then"))
        return
    tell(out, membership(person_file.member, words))
    if person_file.member and person_file.member.died_on:
        tell(out, words.say("person.died", day=_day(person_file.member.died_on)))
    if erased := erased_on(person_file, words):
        tell(out, erased)
    tell(out, months_paid(person_file.months_paid, words))
    if person_file.claims:
        out.print()
        show_claims(person_file.claims, len(person_file.claims), person_file.sums, words)
        out.print()
        show_totals(person_file.sums, words)
    out.print()
    show_table(
        person_file.events,
        ("column.event", lambda one: event_name(one, words), "prose"),
        ("column.happened", lambda one: _day(one.happened), "left"),
        ("column.sent", lambda one: _moment(one.time), "prose"),
        ("column.admitted", lambda one: _moment(one.admittedtime), "prose"),
        ("column.recorded", lambda one: _moment(one.recordedtime), "prose"),
        ("column.position", lambda one: f"{one.partition}:{one.position}", "right"),
        title=words.say("person.events"),
    )


def _show_looks(looks: Sequence[PersonalLook], words: LanguageTexts) -> None:
    """Print who had personal data opened, and why."""
    out = console()
    out.print()
    if not looks:
        tell(out, words.say("person.no-looks"))
        return
    show_table(
        looks,
        ("column.time", lambda one: moment(one.time), "left"),
        (
            "person.look-what",
            lambda one: f"{read_for(one.what, words)} {one.subject}",
            "prose",
        ),
        ("person.look-by", lambda one: one.by, "prose"),
        ("person.look-reason", lambda one: one.reason, "prose"),
        title=words.say("person.looks"),
    )


def _day(text: str) -> str:
    return day(dt.date.fromisoformat(text))


def _moment(text: str) -> str:
    return moment(dt.datetime.fromisoformat(text)) if text else ""
