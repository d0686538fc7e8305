"""A question in SQL over the tables for auditors.

Asked by the command in a process with limits, recorded before it is answered.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from events.message import Message, message
from services.book.cut import Cut
from services.console.asking import READS_ALL, at_work
from services.console.context import Console, ConsoleContext
from services.console.forms import FieldFault, WrongForm
from services.console.jobs import begin_job, job, moment_words, signed_words
from services.console.rendering import command_line, page, see_other
from services.console.results import CommandFailedError, Result
from services.console.tables import Column, Table, table_answer
from services.exports.answer import as_text
from services.exports.dictionary import every_table

_ROWS, _SECONDS = 1000, 60


class SqlAnswer(Struct, frozen=True):
    """What ``sql --json`` says; ``more`` where there are more rows than are shown."""

    columns: list[str]
    rows: list[dict[str, object]]
    more: bool
    cut: tuple[int, ...]


class AskedInSql(Struct, frozen=True):
    """A question with its answer, or with what is wrong with it."""

    question: str
    answer: SqlAnswer | None
    moment: dict[str, str]
    """The moment of the book, as it was typed."""
    command: str
    wrong: Message | None = None


@get("/sql", guards=[READS_ALL], sync_to_thread=True)
def form(console: Console) -> Response[str]:
    """Write a question, beside every table and column with what it means."""
    return _form(console)


def _form(console: ConsoleContext, status: int = 200) -> Response[str]:
    return page(
        console,
        "sql.html",
        status,
        dictionary=[(name, console.words.either(one.says), one) for name, one in every_table().items()],
        rows=_ROWS,
        seconds=_SECONDS,
        command=command_line("sql", console.moment_options) + " 'SELECT …'",
    )


@post("/sql/ask", guards=[READS_ALL], form="/sql", sync_to_thread=True)
def ask(console: Console) -> Response[None]:
    """Ask a question; it is recorded with its reason, answered or not."""
    fields = console.fields
    question = fields.needed("question", "console.sql.no-question")
    fields.done()
    words = ["sql", "-", "--json", "--rows", str(_ROWS), "--seconds", str(_SECONDS)]
    words += [*signed_words(console, console.sent("reason")), *moment_words(console)]
    services, settings, language = console.services, console.installation.settings, console.language
    moment = console.moment_asked
    command = f"kelambu {shlex.join(['sql', question, *moment_words(console)])}"

    def work() -> AskedInSql:
        try:
            printed = services.results.command(settings, words, language, question)
        except CommandFailedError as error:
            return AskedInSql(question, None, moment, command, error.message)
        answer = msgspec.json.decode(printed, type=SqlAnswer)
        return AskedInSql(question, answer, moment, command)

    return see_other(console.at_same_moment(f"/sql/{begin_job(console, 'sql', work)}"))


@get("/sql/{name:str}", guards=[READS_ALL], sync_to_thread=True)
def answer(console: Console, name: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show what a question found."""
    result: Result[AskedInSql] | None = job(console, "sql", name)
    if result is None:
        return at_work(console, "console.nav.sql")
    asked, rows_found = result.value, result.value.answer
    if rows_found is None:
        faults = {"question": FieldFault(asked.wrong or message("console.sql.no-question"))}
        console.wrong = WrongForm("/sql/ask", {"question": [asked.question]}, faults, 409, "/sql")
        return _form(console, 409)
    rows, columns = rows_found.rows, rows_found.columns
    table = Table(
        name="sql",
        answer_path="rows",
        caption="console.sql.caption",
        columns=tuple(
            Column[Mapping[str, object]](
                key=f"c{n}",
                title=column,
                value=partial(_cell, column),
            )
            for n, column in enumerate(columns)
        ),
        rows=rows,
        cut="console.sql.cut" if rows_found.more else "",
    )
    return table_answer(
        console,
        "sql_answer.html",
        table,
        question=asked.question,
        moment=asked.moment,
        cut=Cut(rows_found.cut),
        command=asked.command,
    )


def _cell(column: str, row: Mapping[str, object]) -> str:
    return as_text(row[column])


routes = (form, ask, answer)
