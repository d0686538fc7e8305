"""The rulebook: every figure and reason with its article, readings, how sure it is, and what it replaced."""

from __future__ import annotations

import datetime as dt

from litestar import Response, get
from litestar.params import FromPath

from events.message import message
from services.benefits.reading.rulebook_files import read_sources
from services.console.access import SIGNED_IN
from services.console.context import Console
from services.console.errors import missing
from services.console.rendering import attachment, command_line, page
from services.console.tables import Column, Table, table_answer
from services.explanation.statements import StatedFigure, statements
from services.texts.typed import read_day
from services.whatif.other_rulebooks import files_in_force, packed
from services.wording.rulebook import stated_value

_CONFIDENCES = ("F", "M", "C", "D")


@get("/rulebook", guards=[SIGNED_IN], sync_to_thread=True)
def listing(console: Console) -> Response[str] | Response[bytes]:
    """List what the regulations state, narrowed by day, how sure it is, and words."""
    words, book = console.words, console.installation.rulebook
    on, sure, sought = console.one("on"), console.one("confidence"), console.one("q").casefold()
    fields = console.filters
    day: dt.date | None = fields.read("on", read_day, None)
    fields.one_of("confidence", _CONFIDENCES)
    fields.done()
    figures = [
        one for one in statements(book, day) if (not sure or one.confidence == sure) and _holds(one, sought)
    ]
    columns = (
        Column[StatedFigure](
            key="code", heading="rulebook-show.code", kind="code", link=lambda one: f"/rulebook/{one.code}"
        ),
        Column[StatedFigure](
            key="says", heading="rulebook-show.says", value=lambda one: words.either(one.says)
        ),
        Column[StatedFigure](
            key="value", heading="rulebook-show.value", value=lambda one: stated_value(one, words)
        ),
        Column[StatedFigure](
            key="citation", heading="rulebook-show.citation", value=lambda one: words.citation(one.citation)
        ),
        Column[StatedFigure](
            key="confidence", heading="rulebook-show.confidence", kind="named", family="confidence"
        ),
        Column[StatedFigure](
            key="applies_from",
            heading="rulebook-show.from",
            kind="day",
            value=lambda one: one.applies_from.isoformat(),
        ),
        Column[StatedFigure](
            key="applies_until",
            heading="rulebook-show.until",
            kind="day",
            value=lambda one: one.applies_until.isoformat() if one.applies_until else "",
        ),
    )
    table = Table(
        name="rulebook",
        answer_path="figures",
        caption="console.rulebook.caption",
        columns=columns,
        rows=figures,
    )
    return table_answer(
        console,
        "rulebook.html",
        table,
        book=book,
        on=on,
        sure=sure,
        sought=console.one("q"),
        confidences=[(code, words.name("confidence", code)) for code in _CONFIDENCES],
        command=command_line("rulebook show", {"on": on} if on else {}),
    )


@get("/rulebook/file", guards=[SIGNED_IN], sync_to_thread=True)
def rulebook_file(console: Console) -> Response[bytes]:
    """Hand out the rulebook in force as the ZIP that «what if» takes, so that a figure can be changed and tried."""
    name = f"aturan-{console.installation.rulebook.hash[:12]}"
    content = packed(name, console.run(files_in_force(console.installation)))
    return attachment(content, f"{name}.zip", "application/zip")


@get("/rulebook/{code:str}", guards=[SIGNED_IN], sync_to_thread=True)
def figure(console: Console, code: FromPath[str]) -> Response[str]:
    """Show all that was ever stated of one figure or reason, the latest first, and on which pages it was found."""
    book = console.installation.rulebook
    figures = [one for one in statements(book) if one.code == code]
    if not figures:
        raise missing(message("rulebook-show.unknown", code=code))
    cited = {
        number
        for one in figures
        for number in (*one.source, *(n for read in one.readings for n in read.source))
    }
    register = read_sources(console.run(files_in_force(console.installation)))
    return page(
        console,
        "rulebook_figure.html",
        sources={number: register[number] for number in sorted(cited & register.keys())},
        code=code,
        title=console.words.name("reason", code),
        values=figures[::-1],
        value=lambda one, other=None: stated_value(one, console.words, other),
        command=f"{command_line('rulebook show', {})} {code}",
    )


def _holds(one: StatedFigure, sought: str) -> bool:
    texts = (one.code, one.citation, one.says.id, one.says.en)
    return not sought or any(sought in part.casefold() for part in texts)


routes = (listing, rulebook_file, figure)
