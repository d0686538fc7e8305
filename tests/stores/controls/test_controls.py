"""Planted fraud in a simulated regency.

Exact controls find all of it and nothing else, fuzzy ones as much as they say.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from services.controls.hits import Control, ControlResult, Hit, Question, control_result
from services.controls.opening import question
from services.controls.registry import CONTROLS
from services.controls.shared_asking import ControlTask, answer, ask_controls
from services.simulation import World
from tests.stores.controls.planted import Expected, plant
from tests.stores.controls.simulated_book import SimulatedBook
from tests.stores.projections.conftest import database, postgres

__all__ = ["postgres"]

ON = dt.date(2026, 6, 1)
Found = Mapping[str, ControlResult]


async def _asked(book: SimulatedBook, store: Store) -> Found:
    """Every control, over read models made of the book."""
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        told = await _question(book, view)
        return {control.name: control_result(control, view, told) for control in CONTROLS}


async def _question(book: SimulatedBook, view: View) -> Question:
    return await question(ON, ("identities", "officers"), view, book, book, book.tokens)


class Seeded:
    """A simulated year before and after cases were planted."""

    def __init__(self) -> None:
        self.world = World(7, 900, 150, trouble=False)
        self.book = SimulatedBook().live(self.world)
        with Store.temporary() as store:
            self.before: Found = asyncio.run(_asked(self.book, store))
            self.expected: Expected = plant(self.book)
            self.after: Found = asyncio.run(_asked(self.book, store))

    def new(self, control: str) -> list[Hit]:
        """The hits that were not there before."""
        known = {hit.handle(control) for hit in self.before[control].hits}
        return [hit for hit in self.after[control].hits if hit.handle(control) not in known]


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    """One book for all controls."""
    return Seeded()


def named(hit: Hit) -> str:
    """What a hit is about: the claim, the person, or the agency."""
    return hit.claim or hit.person or hit.about.partition(" ")[0]


def rupiah(hits: list[Hit]) -> dict[str, int]:
    """The rupiah of hits by what they are about."""
    found: dict[str, int] = {}
    for hit in hits:
        found[named(hit)] = found.get(named(hit), 0) + hit.amount
    return found


@pytest.mark.parametrize("control", [one for one in CONTROLS if one.exact], ids=lambda one: one.name)
def test_an_exact_control_finds_all_planted_cases_and_no_others(seeded: Seeded, control: Control) -> None:
    """Each with its rupiah; the right lives beside them, and those at the very edge of the definition, are none."""
    assert seeded.expected[control.name]
    assert rupiah(seeded.new(control.name)) == seeded.expected[control.name]


@pytest.mark.parametrize("control", [one for one in CONTROLS if not one.exact], ids=lambda one: one.name)
def test_a_fuzzy_control_is_as_good_as_it_says(seeded: Seeded, control: Control) -> None:
    """What ``--explain`` prints was measured here: planted, found, and how many of those were planted."""
    planted = seeded.expected[control.name].keys()
    found = rupiah(seeded.new(control.name))
    right = planted & found.keys()
    measured = control.measured
    assert measured is not None
    assert (measured.planted, measured.hits, measured.right) == (len(planted), len(found), len(right))
    assert {name: found[name] for name in right} == {
        name: seeded.expected[control.name][name] for name in right
    }


def test_postgresql_answers_the_same(seeded: Seeded, postgres: str) -> None:
    """Every hit with its events and rupiah, in the same order."""
    with database(postgres) as url, closing(Store(url)) as store:
        assert asyncio.run(_asked(seeded.book, store)) == seeded.after


def test_two_processes_answer_the_same_or_look_at_the_same_moment(seeded: Seeded, tmp_path: Path) -> None:
    """What another process found stands beside what was found here.

    Of a book that has gone on meanwhile it finds nothing.
    """
    with closing(Store(f"sqlite:///{tmp_path / 'read-models.db'}", scratch=True)) as store:
        asyncio.run(Runner(store, seeded.book, PROJECTIONS).catch_up())
        with store.view() as view:
            told = asyncio.run(_question(seeded.book, view))
            found = ask_controls(CONTROLS, view, ON, lambda: told, large=0)
            assert [(one.name, result) for one, result in found] == list(seeded.after.items())
            task = ControlTask(view.address, view.positions, "late", ON)
            assert answer(task) == seeded.after["late"]
            assert answer(replace(task, positions={**view.positions, "claims": {0: 1}})) is None


def test_a_hit_has_the_same_name_in_every_book(seeded: Seeded) -> None:
    """Its handle is made of control, claim, person and matter; no two of a control have one."""
    for name, found in seeded.after.items():
        handles = [hit.handle(name) for hit in found.hits]
        assert len(set(handles)) == len(handles) == found.count
        before = {hit.handle(name) for hit in seeded.before[name].hits}
        assert before <= set(handles) or name == "silent-agency"  # whose gaps were filled meanwhile
        assert found.amount == sum(hit.amount for hit in found.hits)
