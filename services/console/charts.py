"""Charts drawn on the server as SVG: columns by month, bars by name, lines, and small multiples of one scale.

A chart is a picture with a title and a description; its numbers are in the table beside it. Nothing of it is told by
colour alone: series differ in fill and outline, and a legend names them. Style is in the style sheet, by class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, count
from math import ceil, floor, log10

from markupsafe import Markup, escape
from msgspec import Struct

_WIDTH, _HEIGHT = 420, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 8, 12, 26
_ROW, _NAMES = 24, 170
_SMALL_WIDTH, _SMALL_HEIGHT = 168, 96
_TICKS = 4


class Series(Struct, frozen=True):
    """One series: what it is called, and a value for each category, None where there is none."""

    name: str
    values: tuple[int | None, ...]


class Chart(Struct, frozen=True, kw_only=True):
    """What is drawn: its name (for ids), title and description in words, categories, and one to three series of them.

    ``write`` says a value on the axis shortly. ``stacked`` values are drawn on each other, others beside each other.
    """

    name: str
    title: str
    description: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    write: Callable[[int], str]
    stacked: bool = False

    @property
    def most(self) -> int:
        """The greatest value, or sum of values where they are stacked."""
        columns = list(zip(*(one.values for one in self.series), strict=True))
        reached = sum if self.stacked else max
        return max((reached(value or 0 for value in column) for column in columns), default=0)


def columns(chart: Chart) -> Markup:
    """Draw a column for each category, from left to right: months."""
    scale = _Scale(chart.most, _HEIGHT - _TOP - _BOTTOM)
    wide = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.categories))
    base: float = _HEIGHT - _BOTTOM
    shapes = [*_grid(scale, chart.write), *_below(chart.categories, wide)]
    beside = 1 if chart.stacked else len(chart.series)
    bar_width = wide * 0.72 / beside
    for at in range(len(chart.categories)):
        top = base
        for number, one in enumerate(chart.series):
            tall = scale.length(one.values[at] or 0)
            left = _LEFT + wide * (at + 0.14) + (0 if chart.stacked else bar_width * number)
            top = top - tall if chart.stacked else base - tall
            if tall:
                shapes.append(_rectangle(number, left, top, bar_width, tall))
    return _figure(chart, _WIDTH, _HEIGHT, shapes)


def lines(chart: Chart) -> Markup:
    """Draw a line for each series over the categories, with a point at each value."""
    scale = _Scale(chart.most, _HEIGHT - _TOP - _BOTTOM)
    wide = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.categories))
    shapes = [*_grid(scale, chart.write), *_below(chart.categories, wide)]
    for number, one in enumerate(chart.series):
        places = [
            (_LEFT + wide * (at + 0.5), _HEIGHT - _BOTTOM - scale.length(value))
            for at, value in enumerate(one.values)
            if value is not None
        ]
        shapes += _line(number, places, 3)
    return _figure(chart, _WIDTH, _HEIGHT, shapes)


def bars(chart: Chart) -> Markup:
    """Draw a bar for each category, from top to bottom: names, each with its values written behind."""
    beside = 1 if chart.stacked else len(chart.series)
    tall = _ROW * max(1, beside * 0.8)
    height = tall * len(chart.categories) + 8
    scale = _Scale(chart.most, _WIDTH - _NAMES - 84)
    shapes = []
    for at, category in enumerate(chart.categories):
        top = tall * at + 4
        shapes.append(_text("chart-name", _NAMES - 8, top + tall / 2 + 4, _cut(category, 22), "end"))
        left: float = _NAMES
        for number, one in enumerate(chart.series):
            value = one.values[at]
            long, bar_height = scale.length(value or 0), (tall - 6) / beside
            above = top + (0 if chart.stacked else bar_height * number)
            if long:
                shapes.append(_rectangle(number, left, above, long, bar_height - 1))
            if value is not None and not chart.stacked:
                shapes.append(
                    _text("chart-value", left + long + 6, above + bar_height / 2 + 4, chart.write(value))
                )
            left += long if chart.stacked else 0
    return _figure(chart, _WIDTH, height, shapes)


def waterfall(chart: Chart) -> Markup:
    """Draw a bar from nothing for the first and the last value of the one series, and between them each as the step that it is.

    The values between lead from the first to the last; a step up is drawn otherwise than one down, and signed.
    """
    (one,) = chart.series
    values = [value or 0 for value in one.values]
    reached = [values[0], *accumulate(values[1:-1], initial=values[0]), values[-1]]
    scale = _Scale(max(reached, default=0), _WIDTH - _NAMES - 92)
    shapes = []
    for at, category in enumerate(chart.categories):
        top, value = _ROW * at + 4, values[at]
        is_total = at in (0, len(values) - 1)
        least, most = (0, value) if is_total else sorted((reached[at], reached[at] + value))
        left, long = _NAMES + scale.length(least), scale.length(most - least)
        shapes.append(_text("chart-name", _NAMES - 8, top + _ROW / 2 + 2, _cut(category, 22), "end"))
        if long:
            shapes.append(_rectangle(0 if is_total else 1 if value > 0 else 2, left, top, long, _ROW - 6))
        sign = "" if is_total else "-" if value < 0 else "+"
        label = f"{sign}{chart.write(abs(value))}"
        shapes.append(_text("chart-value", left + long + 6, top + _ROW / 2 + 2, label))
        if at < len(values) - 1:
            level = _NAMES + scale.length(reached[at + 1])
            shapes.append(_rule(level, top + _ROW - 6, level, top + _ROW))
    return _figure(chart, _WIDTH, _ROW * len(values) + 8, shapes)


def multiples(charts: Sequence[Chart]) -> Markup:
    """Draw small lines of several charts to one scale, each under its title; their categories are the same."""
    most = max((chart.most for chart in charts), default=0)
    return Markup('<div class="multiples">{}</div>').format(
        Markup("").join(_small(chart, most) for chart in charts)
    )


def _small(chart: Chart, most: int) -> Markup:
    scale = _Scale(most, _SMALL_HEIGHT - 12, exact=True)
    wide = (_SMALL_WIDTH - 8) / max(1, len(chart.categories))
    shapes = [_rule(4, _SMALL_HEIGHT - 6, _SMALL_WIDTH - 4, _SMALL_HEIGHT - 6)]
    for number, one in enumerate(chart.series):
        places = [
            (4 + wide * (at + 0.5), _SMALL_HEIGHT - 6 - scale.length(value))
            for at, value in enumerate(one.values)
            if value is not None
        ]
        shapes += _line(number, places, 0)
    content = Markup("").join(shapes)
    return Markup(
        '<figure class="multiple"><figcaption>{title}</figcaption>'
        '<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{content}</svg></figure>'
    ).format(
        title=chart.title,
        width=_SMALL_WIDTH,
        height=_SMALL_HEIGHT,
        label=f"{chart.title}: {chart.description}",
        content=content,
    )


class _Scale:
    """From values to lengths; the axis ends at a round number, unless it is to be ``exact``."""

    def __init__(self, most: int, room: float, *, exact: bool = False) -> None:
        self.step = _round_step(most / _TICKS)
        end = most if exact else self.step * max(1, ceil(most / self.step))
        self._end, self._room = max(1, end), room

    def length(self, value: int) -> float:
        """Return how long a value is drawn; one that is not nothing is seen."""
        return max(1.0, value * self._room / self._end) if value > 0 else 0.0

    @property
    def ticks(self) -> Iterator[int]:
        """Yield the values of the axis."""
        for number in count():
            if number * self.step > self._end:
                return
            yield number * self.step


def _round_step(least: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, … that is not less."""
    if least <= 1:
        return 1
    power = 10 ** floor(log10(least))
    return next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= least)


def _grid(scale: _Scale, write: Callable[[int], str]) -> Iterator[Markup]:
    for value in scale.ticks:
        above = _HEIGHT - _BOTTOM - (scale.length(value) if value else 0)
        yield _rule(_LEFT, above, _WIDTH - _RIGHT, above)
        yield _text("chart-tick", _LEFT - 6, above + 4, write(value), "end")


def _below(categories: Sequence[str], wide: float) -> Iterator[Markup]:
    """Write the categories below, as many as there is room for."""
    step = ceil(len(categories) * 54 / (_WIDTH - _LEFT - _RIGHT)) or 1
    for at, category in enumerate(categories):
        if at % step == 0:
            yield _text("chart-tick", _LEFT + wide * (at + 0.5), _HEIGHT - _BOTTOM + 16, category, "middle")


def _figure(chart: Chart, width: float, height: float, shapes: Sequence[Markup]) -> Markup:
    legend = Markup("")
    if len(chart.series) > 1:
        legend = Markup('<ul class="legend">{}</ul>').format(
            Markup("").join(
                Markup(
                    '<li><svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">{mark}</svg> {name}</li>'
                ).format(mark=_rectangle(number, 1, 1, 12, 12), name=one.name)
                for number, one in enumerate(chart.series)
            )
        )
    return Markup(
        '<figure class="chart"><figcaption>{title}</figcaption>{legend}'
        '<div class="scroll-plain" tabindex="0" role="group" aria-label="{title}"><svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{description}</desc>{content}</svg></div></figure>'
    ).format(
        title=chart.title,
        legend=legend,
        width=_plain(width),
        height=_plain(height),
        name=chart.name,
        description=chart.description,
        content=Markup("").join(shapes),
    )


def _line(number: int, places: Sequence[tuple[float, float]], radius: int) -> list[Markup]:
    points = " ".join(f"{_plain(x)},{_plain(y)}" for x, y in places)
    shapes = [Markup('<polyline class="line line-{}" points="{}"/>').format(number + 1, points)]
    if radius:
        shapes += [
            Markup('<circle class="series-{}" cx="{}" cy="{}" r="{}"/>').format(
                number + 1, _plain(x), _plain(y), radius
            )
            for x, y in places
        ]
    return shapes


def _rectangle(number: int, left: float, top: float, wide: float, tall: float) -> Markup:
    return Markup('<rect class="series-{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        number + 1, *map(_plain, (left, top, wide, tall))
    )


def _rule(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="rule" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        *map(_plain, (x1, y1, x2, y2))
    )


def _text(kind: str, x: float, y: float, label: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, _plain(x), _plain(y), anchor, escape(label)
    )


def _cut(label: str, most: int) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"


def _plain(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
