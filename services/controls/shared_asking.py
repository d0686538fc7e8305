"""The controls of a large book asked by two processes.

Where boxes are opened this one does it, of the rest each takes what is left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

from msgspec import Struct

from projections.store import Store, View
from services.controls.hits import Control, ControlResult, Question, control_result
from services.controls.registry import control
from services.platform.process_pool import process_pool

LARGE = 200_000
"""From how many events on it is worth it to start a process."""


class ControlTask(Struct, frozen=True):
    """A control that opens nothing, and where and at which moment a process of its own finds the book."""

    address: str
    positions: Mapping[str, Mapping[int, int]]
    name: str
    on: dt.date


def ask_controls(
    controls: Sequence[Control],
    view: View,
    on: dt.date,
    open_question: Callable[[], Question],
    *,
    large: int = LARGE,
) -> list[tuple[Control, ControlResult]]:
    """Ask controls of a book, in the order that is given; ``open_question`` opens what some of them need.

    From ``large`` events on another process takes part in it.
    """
    events = max((sum(at.values()) for at in view.positions.values()), default=0)
    plain = [one for one in controls if not one.opens]
    if len(plain) < 2 or events < large:
        question = open_question()
        return [(one, control_result(one, view, question)) for one in controls]
    with process_pool(1) as pool:
        tasks = {
            one.name: pool.submit(answer, ControlTask(view.address, view.positions, one.name, on))
            for one in plain
        }
        question = open_question()
        results = {one.name: control_result(one, view, question) for one in controls if one.opens}
        for one in reversed(plain):
            other = None if tasks[one.name].cancel() else tasks[one.name].result()
            results[one.name] = other or control_result(one, view, question)
    return [(one, results[one.name]) for one in controls]


def answer(task: ControlTask) -> ControlResult | None:
    """Return what a control finds; None where the book has gone on since."""
    one = control(task.name)
    with closing(Store(task.address, reads=True)) as store, store.view() as view:
        if one is None or view.positions != task.positions:
            return None
        return control_result(one, view, Question(task.on))
