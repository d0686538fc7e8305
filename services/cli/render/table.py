"""A table for a terminal of any width: nothing in it is ever cut. Where its columns do not fit, each row is stacked."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

from events.message import message
from services.texts.language import said

_GAP = 2
_NARROWEST_PROSE = 24
"""A column of sentences is not made narrower than this while its words are shorter: rows are stacked instead."""
_KEPT = re.compile(r"(\d\d-\d\d-\d{4}) (\d\d\.\d\d)(?: (WIB))?|(\d) (%)")
_HARD = "\u00a0"


class Grid:
    """A plain table. ``right`` are the columns of figures; ``prose`` those whose words may go on in the next line."""

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: frozenset[int] = frozenset(),
        prose: frozenset[int] = frozenset(),
        whole: bool = False,
    ) -> None:
        """Keep what is to be shown; columns that are empty throughout are left out, unless it is to be ``whole``."""
        self._title = title
        keeps_empty = whole or not rows
        used = [n for n in range(len(columns)) if n == 0 or keeps_empty or any(row[n] for row in rows)]
        self._columns = [columns[n] for n in used]
        self._rows = [[row[n] for n in used] for row in rows]
        self._right = {at for at, n in enumerate(used) if n in right}
        self._prose = {at for at, n in enumerate(used) if n in prose}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Draw it as wide as there is room."""
        if self._title:
            yield from (_line(line, "bold") for line in wrapped(self._title, options.max_width))
        if not self._rows:
            yield _line(said(message("none")))
            return
        everything = range(len(self._columns))
        if widths := self._widths(everything, options.max_width):
            yield from self._lines(widths)
        elif not self._prose - {0}:
            yield from self._in_parts(options.max_width)
        else:
            yield from self._stacked(options.max_width)

    def _widths(self, columns: Sequence[int], room: int) -> dict[int, int] | None:
        """Return how wide each of these columns is; None where they do not fit beside each other.

        Where there is no room a heading goes on below before a sentence does.
        """
        widths = {n: max(map(cell_len, (self._columns[n], *self._cells(n)))) for n in columns}
        over = sum(widths.values()) + _GAP * (len(columns) - 1) - room
        for n in sorted(columns, key=lambda n: -widths[n]):
            over = _narrow(widths, n, max(map(cell_len, (*_words(self._columns[n]), *self._cells(n)))), over)
        for n in sorted(self._prose & set(columns), key=lambda n: -widths[n]):
            parts = (self._columns[n], *self._cells(n))
            longest = max(cell_len(word) for part in parts for word in _words(part))
            over = _narrow(widths, n, max(longest, _NARROWEST_PROSE), over)
        return None if over > 0 else widths

    def _cells(self, column: int) -> list[str]:
        return [row[column] for row in self._rows]

    def _in_parts(self, room: int) -> Iterator[Text]:
        """Draw the columns in several tables, each with the first column."""
        part: list[int] = []
        for n in range(1, len(self._columns)):
            if part and self._widths([0, *part, n], room) is None:
                yield from self._part(part, room)
                yield Text("")
                part = []
            part.append(n)
        yield from self._part(part, room)

    def _part(self, part: list[int], room: int) -> Iterator[Text]:
        widths = self._widths([0, *part], room)
        yield from self._stacked(room) if widths is None else self._lines(widths)

    def _lines(self, widths: dict[int, int]) -> Iterator[Text]:
        if any(self._columns):
            yield from (_line(line, "dim") for line in self._row(self._columns, widths, heading=True))
        for row in self._rows:
            yield from (_line(line) for line in self._row(row, widths))

    def _row(self, row: Sequence[str], widths: dict[int, int], *, heading: bool = False) -> Iterable[str]:
        cells = {
            n: wrapped(row[n], width) if heading or n in self._prose else row[n].split("\n")
            for n, width in widths.items()
        }
        deepest = max(map(len, cells.values()), default=0)
        for deep in range(deepest):
            parts = []
            for n, lines in cells.items():
                at = deep - (deepest - len(lines) if heading else 0)
                cell = lines[at] if 0 <= at < len(lines) else ""
                space = " " * (widths[n] - cell_len(cell))
                parts.append(space + cell if n in self._right else cell + space)
            yield (" " * _GAP).join(parts).rstrip()

    def _stacked(self, room: int) -> Iterator[Text]:
        """Draw each row as a block: its first cell, then a line for each other cell that says something."""
        name = max(map(cell_len, self._columns[1:]), default=0)
        for row in self._rows:
            yield from (_line(line, "bold") for line in wrapped(row[0] or "–", room))
            for column, cell in zip(self._columns[1:], row[1:], strict=True):
                if not cell:
                    continue
                head = f"  {column}{' ' * (name - cell_len(column))}  " if name else "  "
                beside, *below = wrapped(cell, room - cell_len(head)) or [""]
                yield Text.assemble((head, "dim"), beside, no_wrap=True, overflow="ignore")
                yield from (_line(" " * cell_len(head) + line) for line in below)


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """Break a text between words; a word that is longer than a line, an amount or a moment stays whole."""
    unbroken = _KEPT.sub(lambda match: match[0].replace(" ", _HARD), text)
    lines: list[str] = []
    for part in unbroken.split("\n"):
        lines += textwrap.wrap(
            part,
            max(width, 1),
            subsequent_indent=" " * hang,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
            replace_whitespace=False,
        ) or [""]
    return [line.replace(_HARD, " ") for line in lines]


def _narrow(widths: dict[int, int], column: int, least: int, over: int) -> int:
    """Take from a column what is too much, down to ``least``; returns what is too much still."""
    less = max(0, min(over, widths[column] - least))
    widths[column] -= less
    return over - less


def _words(cell: str) -> list[str]:
    return _KEPT.sub(lambda match: match[0].replace(" ", _HARD), cell).split(" ")


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ignore")
