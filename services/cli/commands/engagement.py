"""``engagement open|list|show|close``: the audits that auditors are sent to do, and what was done under each."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.message import message
from events.values import civil_date
from services.audit_trail.bundle import manifest_hash
from services.audit_trail.engagements import EngagementState, engagements
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import EngagementOpened
from services.audit_trail.trail import TrailSignature, read
from services.cli.exit_codes import OK, command_error
from services.cli.opening import with_installation
from services.cli.output import console, errors, show_json, show_table, tell
from services.cli.read_models import has_read_models, read_models
from services.cli.trail_options import By, Reason, TrailOptions
from services.engagements.engagements import (
    EngagementPage,
    begin_engagement,
    close_engagement,
    engagement_page,
    without_participants,
)
from services.platform.durability import private_file, sync
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.texts.typed import read_day
from services.wording.engagement import done_of, engagement_pages, scope_of
from services.wording.terms import LanguageTexts, day, moment
from services.wording.trail import how_it_stands

_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def begin(
    number: str,
    /,
    *,
    letter: str,
    first: Annotated[str, Parameter(name="--from")],
    last: Annotated[str, Parameter(name="--to")],
    until: str,
    district: list[str] | None = None,
    agency: list[str] | None = None,
    by: By = None,
    reason: Reason = "",
    data: Path | None = None,
) -> int:
    """Begin an audit: by which letter, over which days, districts and agencies, and until when.

    What is done with --engagement NUMBER is recorded with it, until it is closed or its last day is over.
    """
    opening = EngagementOpened(
        number=number,
        letter=letter,
        period_from=read_day(first),
        period_to=read_day(last),
        until=read_day(until),
        districts=tuple(map(LanguageTexts().district_code, district or ())),
        agencies=tuple(agency or ()),
    )

    async def work(installation: Installation) -> None:
        await begin_engagement(installation, installation.registry, opening, _signed(by, reason))

    with_installation(data, work)
    for name in _without_participants(opening.districts, data):
        tell(errors(), message("engagement.empty-district", district=name))
    tell(console(), message("engagement.begun", number=number))
    return OK


def listing(*, json: bool = False, data: Path | None = None) -> int:
    """List the audits, in the order in which they were begun."""
    trail, today = with_installation(data, _read_today)
    states = list(engagements(trail).values())
    if json:
        show_json(states)
        return OK
    words = LanguageTexts()
    show_table(
        states,
        ("engagement.number", lambda one: one.opened.number, "left"),
        ("engagement.letter", lambda one: one.opened.letter, "prose"),
        ("engagement.period", lambda one: _period(one, words), "prose"),
        ("engagement.state", lambda one: how_it_stands(one, today, words), "prose"),
        ("engagement.records", lambda one: str(one.records), "right"),
    )
    return OK


def show(number: str, /, *, json: bool = False, data: Path | None = None) -> int:
    """Show an audit, its scope, and everything that was done under it."""
    trail, today = with_installation(data, _read_today)
    page = engagement_page(trail, number)
    if json:
        show_json(page)
        return OK
    words, out = LanguageTexts(), console()
    scope = {**scope_of(page, words), "state": how_it_stands(page.engagement, today, words)}
    show_table(
        list(scope.items()),
        ("", lambda fact: words.say(f"engagement.{fact[0]}"), "left"),
        ("", lambda fact: fact[1], "prose"),
        title=words.say("engagement.title", number=number),
    )
    if page.done:
        out.print()
        show_table(
            page.done,
            ("trail.number", lambda entry: str(entry.position), "right"),
            ("column.time", lambda entry: moment(entry.time), "left"),
            ("trail.by", lambda entry: entry.by, "prose"),
            ("trail.done", lambda entry: done_of(entry, page, words), "prose"),
        )
    return OK


def close(
    number: str,
    /,
    *,
    out: Path | None = None,
    by: By = None,
    reason: Reason = "",
    data: Path | None = None,
) -> int:
    """End an audit, and write its closing bundle: its figures, queries, samples, findings and exports, with hashes.

    Nothing more can be done under it. Of one that is closed the same bundle is written again.
    """
    place = out or Path(f"engagement-{_NO_FILE_NAME.sub('-', number)}")
    _require_empty(place)

    async def work(installation: Installation) -> tuple[dict[str, bytes], EngagementPage]:
        files = await close_engagement(installation, number, _signed(by, reason))
        return files, engagement_page(await read(installation), number)

    files, closed = with_installation(data, work)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in {**files, **engagement_pages(closed)}.items():
        with private_file(place / name, new=True) as file:
            file.write(content)
    sync(place)
    tell(console(), message("engagement.ended", number=number, place=place, sha256=manifest_hash(files)))
    return OK


def _require_empty(place: Path) -> None:
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise command_error("engagement.not-empty", "engagement.other-place", place=place)


async def _read_today(installation: Installation) -> tuple[list[TrailEntry], dt.date]:
    return await read(installation), civil_date(installation.clock())


def _signed(by: str | None, reason: str) -> TrailSignature:
    return TrailOptions(by=by, reason=reason).signature


def _without_participants(districts: tuple[str, ...], data: Path | None) -> list[str]:
    """Return which of these districts no participant has, where there are read models."""
    if not districts or not has_read_models(Settings.read(data=data)):
        return []
    with read_models(data) as view:
        return without_participants(view, districts)


def _period(one: EngagementState, words: LanguageTexts) -> str:
    return words.say("engagement.days", first=day(one.opened.period_from), last=day(one.opened.period_to))
