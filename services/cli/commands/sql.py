"""``sql``: one question over the tables for auditors."""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from events.message import message
from services.audit_trail.records import QueryRun
from services.audit_trail.trail import append
from services.benefits.reading.folder import named
from services.book.read_models_as_of import Book
from services.cli.book_options import NOW, BookOptions
from services.cli.exit_codes import OK, command_error
from services.cli.figures import figure_of, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, errors, show_json, table, tell
from services.exports.answer import QueryAnswer, as_text, columns_of_figures
from services.exports.dictionary import every_table
from services.exports.limits import within
from services.exports.loading import opened
from services.exports.permitted import QueryError
from services.exports.query import ask
from services.figures.sql import answer_totals, question_tag
from services.platform.sanitizing import cell
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.texts.language import language
from services.wording.terms import LanguageTexts

_MEMORY, _MOST = 4_000_000_000, 1_000_000_000
"""Bytes that it may take to write an answer, and that it may have when it is written."""


def sql(
    question: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    /,
    *,
    file: Path | None = None,
    tables: bool = False,
    rows: Annotated[int, Parameter(validator=Number(gte=1))] = 1000,
    seconds: Annotated[int, Parameter(validator=Number(gte=1))] = 60,
    as_csv: Annotated[bool, Parameter(name="--csv")] = False,
    of: BookOptions = NOW,
) -> int:
    """Answer one SELECT, read-only.

    The question is recorded in the audit trail before its answer, or why there is none, is shown.
    """
    if tables:
        _describe(json=of.json)
        return OK
    query_text = _query_text(question, file)

    started_at, scheme = time.monotonic(), named(Settings.read(data=of.data).rulebook).scheme

    def run(count: int, refused: str = "") -> QueryRun:
        elapsed = round(time.monotonic() - started_at, 3)
        return QueryRun(sql=query_text, rows=count, seconds=elapsed, refused=refused)

    def refuse(why: str) -> None:
        refused_run = run(0, why)
        with_installation(
            of.data, lambda installation: append(installation, refused_run, **of.trail.signature)
        )

    try:
        with of.book() as chosen_book, opened(chosen_book.view, scheme, language()) as audit_tables:
            answer = ask(audit_tables, query_text, rows=rows, seconds=seconds)
            answered = run(len(answer.rows))

            async def record(installation: Installation) -> str | None:
                await append(installation, answered, **of.trail.signature)
                return await _figure(installation, chosen_book, query_text, answer, of)

            handle = with_installation(of.data, record)
    except QueryError as error:
        refuse(error.message.key.removeprefix("sql."))
        raise
    except KeyboardInterrupt:
        refuse("interrupted")
        raise

    def write() -> None:
        if of.json:
            beside = {"cut": chosen_book.cut.positions, "true_on": of.true_on, "figure": handle}
            show_json({**_records(answer), **beside})
        elif as_csv:
            _print_csv(answer)
        else:
            _print(answer)
            show_handle(console(), handle)

    sys.stdout.write(written(write, seconds))
    if answer.cut:
        tell(errors(), message("sql.cut", rows=rows))
    return OK


def written(write: Callable[[], None], seconds: int) -> str:
    """Return what is written to stdout, as wide as the terminal is; raises ``QueryError`` where that takes too long."""
    width = str(console().width)

    def work() -> bytes:
        os.environ["COLUMNS"] = width
        with redirect_stdout(StringIO(newline="")) as text:
            write()
        return text.getvalue().encode()

    try:
        return within(work, seconds=seconds, memory=_MEMORY, most=_MOST).decode()
    except (TimeoutError, MemoryError, ChildProcessError):
        raise QueryError(message("sql.too-long-to-show", seconds=seconds)) from None


def _records(answer: QueryAnswer) -> dict[str, object]:
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return {"columns": answer.columns, "rows": rows, "more": answer.cut}


async def _figure(
    installation: Installation, chosen_book: Book, query_text: str, answer: QueryAnswer, of: BookOptions
) -> str | None:
    """Record an answer that is whole.

    One that was cut short has no handle, since which rows it has is left to chance.
    """
    if answer.cut:
        return None
    parameters = {"question": question_tag(query_text, installation.tokens), "language": language()}
    return await figure_of(installation, chosen_book, "sql", parameters, answer_totals(answer), of.trail)


def _query_text(question: str | None, file: Path | None) -> str:
    if file is not None:
        question = file.read_text(encoding="utf-8-sig")
    elif question == "-":
        question = sys.stdin.read()
    if not (question or "").strip():
        raise command_error("sql.no-question", "sql.write-question")
    return question or ""


def _print(answer: QueryAnswer) -> None:
    if not answer.rows:
        tell(console(), message("sql.nothing"))
        return
    right = columns_of_figures(answer.rows, len(answer.columns))
    cells = [[as_text(value) for value in row] for row in answer.rows]
    console().print(table("", answer.columns, cells, right=right, whole=True))


def _print_csv(answer: QueryAnswer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(map(cell, answer.columns))
    for row in answer.rows:
        writer.writerow(cell(value) if isinstance(value, str) else as_text(value) for value in row)


def _describe(*, json: bool) -> None:
    """Show every table and column with what it means."""
    tables, words = every_table(), LanguageTexts()
    if json:
        show_json(
            {
                name: {
                    "says": {"id": one.id, "en": one.en},
                    "key": one.key,
                    "columns": {
                        column: {"kind": description.kind, "id": description.id, "en": description.en}
                        for column, description in one.written.items()
                    },
                }
                for name, one in tables.items()
            }
        )
        return
    headings = [words.say(f"tables.{name}") for name in ("column", "holds", "means")]
    for name, one in tables.items():
        rows = [
            (column, description.kind, words.either(description.says))
            for column, description in one.columns.items()
        ]
        console().print(table(f"{name}: {words.either(one.says)}", headings, rows, prose=(2,)))
        console().print()
