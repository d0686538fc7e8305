"""A table for a terminal of any width: nothing in it is ever cut. Where its columns do not fit, each row is stacked."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

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
    ) -> None:
        """Keep what is to be shown; columns that are empty throughout are left out."""
        self._title = title
        used = [n for n in range(len(columns)) if not rows or any(row[n] for row in rows)]
        self._columns = [columns[n] for n in used]
        self._rows = [[row[n] for n in used] for row in rows]
        self._right = {at for at, n in enumerate(used) if n in right}
        self._prose = {at for at, n in enumerate(used) if n in prose}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Draw it as wide as there is room."""
        if self._title:
            yield from (_line(line, "bold") for line in wrapped(self._title, options.max_width))
        widths = self._widths(options.max_width)
        if widths is None:
            yield from self._stacked(options.max_width)
        else:
            yield from self._drawn(widths)

    def _widths(self, room: int) -> list[int] | None:
        """Return how wide each column is; None where they do not fit beside each other."""
        columns = range(len(self._columns))
        cells = [[self._columns[n], *(row[n] for row in self._rows)] for n in columns]
        natural = [max(map(cell_len, column)) for column in cells]
        room -= _GAP * (len(natural) - 1)
        over = sum(natural) - room
        for n in sorted(self._prose, key=lambda n: -natural[n]):
            if over > 0:
                longest = max(cell_len(word) for cell in cells[n] for word in _words(cell) or [""])
                least = min(natural[n], max(longest, _NARROWEST_PROSE))
                given = min(over, natural[n] - least)
                natural[n] -= given
                over -= given
        return None if over > 0 else natural

    def _drawn(self, widths: list[int]) -> Iterator[Text]:
        if any(self._columns):
            yield from (_line(line, "dim") for line in self._row(self._columns, widths))
        for row in self._rows:
            yield from (_line(line) for line in self._row(row, widths))

    def _row(self, row: Sequence[str], widths: list[int]) -> Iterable[str]:
        cells = [
            wrapped(cell, widths[n]) if n in self._prose else cell.split("\n") for n, cell in enumerate(row)
        ]
        for deep in range(max(map(len, cells), default=0)):
            parts = []
            for n, lines in enumerate(cells):
                told = lines[deep] if deep < len(lines) else ""
                space = " " * (widths[n] - cell_len(told))
                parts.append(space + told if n in self._right else told + space)
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
    kept = _KEPT.sub(lambda found: found[0].replace(" ", _HARD), text)
    lines: list[str] = []
    for part in kept.split("\n"):
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


def _words(cell: str) -> list[str]:
    return _KEPT.sub(lambda found: found[0].replace(" ", _HARD), cell).split(" ")


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ignore")
