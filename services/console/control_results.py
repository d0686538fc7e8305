"""The audit tests of the whole book as the console shows them.

Asked by the command, in a process of its own, and kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping

import msgspec
from msgspec import Struct

from events.values import JAKARTA
from services.book.cut import Cut, cut_of
from services.console.context import ConsoleContext
from services.console.jobs import moment_words, signed_words
from services.console.results import Result
from services.controls.hits import Control, ShownControl
from services.controls.registry import CONTROLS
from services.engagements.findings import PresentHits


class ControlsAnswer(Struct, frozen=True):
    """What ``controls --hits --json`` says."""

    on: dt.date
    cut: tuple[int, ...]
    controls: tuple[ShownControl, ...]

    @property
    def said_of(self) -> Cut:
        """The cut of the book that was asked."""
        return Cut(self.cut)


class AskedControls(Struct, frozen=True):
    """What the tests found: ``closed`` those for which nothing is opened, ``opened`` the others that somebody asked, by name."""

    closed: Result[ControlsAnswer]
    opened: Mapping[str, Result[ControlsAnswer]]

    def result(self, control: Control) -> Result[ControlsAnswer] | None:
        """Return the answer in which a test stands; None where sealed values are opened for it and nobody asked it."""
        return self.opened.get(control.name) if control.opens else self.closed

    def of(self, control: Control) -> ShownControl | None:
        """Return what one of the tests found, as far as it was asked."""
        result = self.result(control)
        if result is None:
            return None
        return next(one for one in result.value.controls if one.name == control.name)

    def present(self, control: Control) -> PresentHits | None:
        """Return the rupiah of what one of the tests points at, by handle, as far as it was asked."""
        result, hits = self.result(control), self.of(control)
        if result is None or hits is None:
            return None
        amounts = {hit.hit: hit.amount for hit in hits.hits or ()}
        return PresentHits(control.name, amounts, result.value.cut)


def control_results(
    console: ConsoleContext, *, again: bool = False, patience: float | None = None
) -> AskedControls | None:
    """Return what the tests found today, in the book as of which they were asked last.

    None while they are at work for the first time. They are asked ``again``, in the book as it is now, only on
    request. Those for which sealed values are opened are asked by ``open_control`` alone.
    """
    closed = _last(console, "") if not again else None
    if closed is None:
        closed = _ask(console, "", ["controls", "--closed", "--hits"], "", patience)
    if closed is None:
        return None
    return AskedControls(closed, _last_opened(console))


def kept_controls(console: ConsoleContext) -> AskedControls | None:
    """Return what the tests found today when they were asked last.

    None while nobody has asked them, and nothing is asked for it.
    """
    closed = _last(console, "")
    return None if closed is None else AskedControls(closed, _last_opened(console))


def _last_opened(console: ConsoleContext) -> dict[str, Result[ControlsAnswer]]:
    return {one.name: last for one in CONTROLS if one.opens and (last := _last(console, one.name))}


def asked_options(console: ConsoleContext, result: Result[ControlsAnswer] | None) -> dict[str, str]:
    """Return the options of the command that gives an answer.

    For an answer older than the book they include the positions as of which it was asked.
    """
    if result is None or result.current or console.looks_back:
        return dict(console.moment_options)
    return {"known-on": str(result.value.said_of)}


def open_control(
    console: ConsoleContext, control: Control, reason: str, *, patience: float | None = None
) -> Result[ControlsAnswer] | None:
    """Ask one of the tests for which sealed values are opened, which is recorded before, in the name of who is signed in."""
    return _ask(console, control.name, ["controls", control.name], reason, patience)


def is_opening(console: ConsoleContext, control: Control) -> bool:
    """Tell whether such a test is being asked."""
    return console.services.results.working(_question(console, control.name))


def _last(console: ConsoleContext, name: str) -> Result[ControlsAnswer] | None:
    return console.services.results.last(_question(console, name), _version(console))


def _ask(
    console: ConsoleContext, name: str, words: list[str], reason: str, patience: float | None
) -> Result[ControlsAnswer] | None:
    services, settings, language = console.services, console.installation.settings, console.language
    line = [*words, "--json", *signed_words(console, reason), *moment_words(console)]

    def answer() -> ControlsAnswer:
        return msgspec.json.decode(services.results.command(settings, line, language), type=ControlsAnswer)

    clock = console.installation.clock
    return services.results.get(
        _question(console, name), _version(console), answer, clock=clock, patience=patience
    )


def _version(console: ConsoleContext) -> str:
    """Return the position of the book; of one at another moment they are asked once."""
    if console.looks_back:
        return ""
    with console.view() as view:
        return str(cut_of(view))


def _question(console: ConsoleContext, name: str) -> Hashable:
    return "controls", name, dt.datetime.now(JAKARTA).date(), tuple(console.moment_options.items())
