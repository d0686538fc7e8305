"""The handle of what a command prints.

Recorded in the audit trail where that can be reached, and shown below the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from redis.exceptions import RedisError
from rich.console import Console

from events.message import Message, message
from services.audit_trail.records import Concerns, FigureRecorded, Record
from services.audit_trail.trail import append, opening_of
from services.book.read_models_as_of import Book
from services.cli.exit_codes import CommandError
from services.cli.opening import with_installation
from services.cli.output import errors, tell
from services.cli.trail_options import TrailOptions
from services.figures.figure import FigureError, figure
from services.figures.totals import Totals
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.runtime.embedded_server import running
from services.texts.errors import TextError, message_of
from services.texts.language import said
from services.wording.terms import LanguageTexts
from services.wording.trail import out_of_scope


def recorded_figure(
    data: Path | None,
    book: Book,
    query: str,
    parameters: Mapping[str, str],
    totals: Totals,
    trail: TrailOptions,
    *,
    concerns: Concerns | None = None,
) -> str | None:
    """Record what a command is about to show of a book, and return its handle.

    Where no server runs none is started for it, unless somebody says who looks, why or under which engagement. Without
    an engagement a figure that cannot be recorded is shown all the same: None is returned, and why is said on stderr.
    So it is said where a figure goes beyond the scope of its engagement.

    Raises:
        EngagementError: the engagement is none, or is over; so whatever else is in the way where one is named.
    """
    settings = Settings.read(data=data)
    if not (trail.signed or settings.redis_url or running(settings.data)):
        _say_why_not(message("figure.no-server"))
        return None
    try:
        return with_installation(
            data, lambda one: figure_of(one, book, query, parameters, totals, trail, concerns=concerns)
        )
    except (CommandError, TextError, OSError, RedisError) as error:
        if trail.engagement:
            raise
        _say_why_not(error.what if isinstance(error, CommandError) else message_of(error))
        return None


async def figure_of(
    installation: Installation,
    book: Book,
    query: str,
    parameters: Mapping[str, str],
    totals: Totals,
    trail: TrailOptions,
    *,
    concerns: Concerns | None = None,
) -> str | None:
    """Record a figure of a book as ``recorded_figure`` does, in an installation that is open; returns its handle."""
    try:
        recorded = figure(book, query, parameters, installation.rulebook.hash, totals, concerns)
    except FigureError as error:
        if trail.engagement:
            raise
        _say_why_not(error.message)
        return None
    return await figure_shown(installation, recorded, trail)


async def figure_shown(
    installation: Installation, recorded: FigureRecorded, trail: TrailOptions
) -> str | None:
    """Record a figure in an installation that is open, and return its handle.

    As ``recorded_figure`` does where that cannot be.
    """
    try:
        await record_look(installation, recorded, trail)
    except (TextError, OSError, RedisError) as error:
        if trail.engagement:
            raise
        _say_why_not(message_of(error))
        return None
    return recorded.handle


async def record_look(installation: Installation, record: Record, trail: TrailOptions) -> None:
    """Record that somebody looks at something; where it goes beyond the scope of its engagement that is said on stderr.

    Raises:
        EngagementError: the engagement is none, or is over.
    """
    await append(installation, record, **trail.signature)
    await say_beyond(installation, record, trail)


async def say_beyond(installation: Installation, record: Record, trail: TrailOptions) -> None:
    """Say on stderr what of a record is beyond the scope of its engagement, if anything is."""
    if not trail.engagement:
        return
    opening = await opening_of(installation, trail.engagement)
    if opening and (sentence := out_of_scope(opening, record, LanguageTexts())):
        tell(errors(), sentence)


def _say_why_not(why: Message | str) -> None:
    tell(errors(), message("figure.not-recorded", why=said(why).rstrip(".")))


def show_handle(out: Console, handle: str | None) -> None:
    """Print the handle in a line of its own, if there is one."""
    if handle is not None:
        out.print(said(message("figure.handle", handle=handle)))
