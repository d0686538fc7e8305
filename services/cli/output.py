"""Where commands write: data and sentences to stdout, progress to stderr, so that a pipe gets only data."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Self, TypeAlias, TypeVar

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from events.message import Message, message
from services.cli.exit_codes import command_error
from services.cli.render.table import Grid, wrapped
from services.platform.sanitizing import in_json, visible
from services.texts.language import said

_PIPE_WIDTH = 200

T = TypeVar("T")

Advance = Callable[[int], None]
Align: TypeAlias = Literal["left", "right", "prose"]
"""``right`` are figures; ``prose`` may go on in the next line."""
Column: TypeAlias = tuple[str, Callable[[T], str], Align]
"""The key of a column's heading, the cell of a thing in it, and how it is set."""


class _Console(Console):
    """Shows text as it is: what agencies wrote is neither markup nor a command to the terminal."""

    def render_str(self, text: str, **options: Any) -> Text:  # the options are rich's own
        return super().render_str(visible(text, "\n\t"), **options)


def console() -> Console:
    """Return the console of stdout.

    Colours only on a terminal, and wide where nobody looks, unless COLUMNS says how.
    """
    has_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return _Console(
        highlight=False, emoji=False, markup=False, soft_wrap=True, width=None if has_width else _PIPE_WIDTH
    )


def errors() -> Console:
    """Return the console of stderr."""
    return _Console(stderr=True, highlight=False, emoji=False, markup=False, soft_wrap=True)


def show_json(content: object) -> None:
    """Print as JSON with sorted keys, two spaces deep."""
    plain = msgspec.to_builtins(content, str_keys=True)
    text = msgspec.json.format(msgspec.json.encode(plain, order="sorted"), indent=2)
    sys.stdout.write(in_json(text.decode()) + "\n")


def show_line(content: object) -> None:
    """Print as JSON on one line, and let whoever reads a pipe have it at once."""
    sys.stdout.write(in_json(msgspec.json.encode(content).decode()) + "\n")
    sys.stdout.flush()


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    prose: Sequence[int] = (),
    whole: bool = False,
) -> Grid:
    """Build a plain table; ``right`` names the columns of figures, ``prose`` those whose words may go on below.

    Columns that are empty throughout are left out, unless it is to be ``whole``.
    """
    cells = [[visible(value) for value in row] for row in rows]
    return Grid(title, columns, cells, right=frozenset(right), prose=frozenset(prose), whole=whole)


def show_table(
    items: Iterable[T], *columns: Column[T], title: str = "", last: Sequence[str] | None = None
) -> None:
    """Print a row for each thing, and a ``last`` one for totals; with the headings in the language of the command."""
    rows = [[cell(one) for _, cell, _ in columns] for one in items]
    rows += [list(last)] if last else []
    headings = [said(message(key)) if key else "" for key, _, _ in columns]
    right = [n for n, (_, _, align) in enumerate(columns) if align == "right"]
    prose = [n for n, (_, _, align) in enumerate(columns) if align == "prose"]
    console().print(table(title, headings, rows, right=right, prose=prose))


def tell(out: Console, text: Message | str, *, style: str = "", indent: int = 0, hang: int = 0) -> None:
    """Print a sentence; it goes on between words where the line ends, ``hang`` deeper, and no word is ever cut."""
    for line in wrapped(visible(said(text), "\n"), out.width - indent, hang):
        out.print(Text(" " * indent + line, style=style), soft_wrap=True)


def complain(text: str) -> None:
    """Print an error on stderr, within the width of a terminal; in a pipe or a file it stays one line."""
    if sys.stderr.isatty() or "COLUMNS" in os.environ:
        tell(errors(), text)
    else:
        errors().print(text)


class Steps:
    """Progress bars of a longer command, one below the other on stderr; one line a step where that is no terminal."""

    def __init__(self) -> None:
        self._stage: tuple[str, TaskID] | None = None
        self._console = errors()
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    @contextmanager
    def __call__(self, description: str | Message, total: int | None = None) -> Iterator[Advance]:
        """Show a step; call what this yields with how many were done since."""
        text = said(description)
        if self._progress.disable:
            self._console.print(f"{text} …")
            yield lambda _: None
            return
        task = self._progress.add_task(text, total=total)
        yield lambda done: self._progress.advance(task, done)
        done = self._progress.tasks[task].completed if total is None else total
        self._progress.update(task, total=max(done, 1), completed=max(done, 1))

    def stage(self, what: str | Message, done: int, of: int) -> None:
        """Show how far a longer work is that tells its own stages; ``of`` 0 when it is not known."""
        if self._progress.disable:
            return
        text = said(what)
        if self._stage is None or self._stage[0] != text:
            self._end_stage()
            self._stage = text, self._progress.add_task(text, total=None)
        self._progress.update(self._stage[1], completed=done, total=of or None)

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._progress.remove_task(self._stage[1])
            self._stage = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end_stage()
        self._progress.stop()


def agreed(question: Message) -> bool:
    """Ask, and tell whether the answer is yes.

    Raises:
        CommandError: nobody sits there; the command has ``--yes`` for that.
    """
    if not sys.stdin.isatty():
        raise command_error("release.nobody-asked", "release.say-yes")
    return input(said(question)).strip().casefold() in ("ya", "y", "yes")
