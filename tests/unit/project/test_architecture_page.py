"""The page on how it is built: the states that it draws are those there are, and the files of its walk are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from events import content
from events.assessment import Outcome
from projections.claim_status import ORDER_STATES, STATUSES
from services.adjudication import state
from services.benefits import award, citation, history, rulebook

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def section(title: str) -> str:
    """The text under a heading."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


STATES = re.findall(r"(?s)```mermaid\nstateDiagram-v2\n(.*?)```", section("What a claim and an order can be"))
WALK = section("The way of one `claim.paid`")
STEPS = re.findall(r"`([\w/]+\.py)`\s+·\s+`(\w+)`", WALK)


@pytest.mark.parametrize(("drawn", "known"), list(zip(STATES, (STATUSES, ORDER_STATES), strict=True)))
def test_the_states_that_are_drawn_are_those_of_the_read_models(drawn: str, known: tuple[str, ...]):
    """Each state of a claim and of an order, and no other; each can be reached from the beginning."""
    arrows = [(one, other) for one, other in re.findall(r"(?m)^  (\S+) --> (\S+?):", drawn)]
    assert {state for arrow in arrows for state in arrow} - {"[*]"} == set(known)
    reached = {"[*]"}
    for _ in known:
        reached |= {other for one, other in arrows if one in reached}
    assert reached >= set(known)


def test_the_answers_of_the_law_are_told_in_its_order():
    """What a claim can be before it is ordered is what the rules answer."""
    found = re.search(r"in the order of the law: ([a-z, \n]+);", PAGE)
    assert found is not None
    assert set(re.split(r",\s+", found[1])) == set(Outcome.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("file", "name"), STEPS)
def test_what_the_walk_passes_is_there(file: str, name: str):
    """Each file of the walk, and the class or function in it."""
    assert re.search(rf"(?m)^\s*(?:class|def|async def) {name}\b|^{name} = ", (ROOT / file).read_text())


def test_the_walk_is_a_dozen_steps():
    """From the request to the line on the terminal, each step with a file."""
    steps = re.split(r"(?m)^\d+\. ", WALK)[1:]
    assert len(steps) == 12
    assert all(re.match(r"`[\w/]+\.py`", step) for step in steps)


def test_what_is_drawn_of_a_person_has_the_names_of_the_code():
    """Each box with a capital letter is a class."""
    drawn = re.findall(
        r"(?m)\b([A-Z][a-z]+)(?=[\s\[]|$)", section("What is known of one person").split("```")[1]
    )
    rooms = (content, history, award, citation, rulebook, state)
    assert [name for name in drawn if not any(hasattr(room, name) for room in rooms)] == []


def test_every_room_is_in_the_table_of_rooms():
    """Each package of the product, with what it holds."""
    cells = re.findall(r"(?m)^\| ([^|]*) \|", section("Rooms"))
    named = set(re.findall(r"`([\w/]+)/`", " ".join(cells)))
    rooms = {file.parent.relative_to(ROOT).as_posix() for file in (ROOT / "services").glob("*/*.py")}
    assert rooms | {"events", "projections"} <= named
    assert [room for room in named if not (ROOT / room).is_dir()] == []


def test_every_test_that_tries_a_promise_is_there():
    """A promise whose test is gone is a promise that nobody keeps."""
    named = re.findall(r"test_\w+\.py", section("Promises, and what tries to break them"))
    known = {file.name for file in (ROOT / "tests").rglob("test_*.py")}
    assert [name for name in named if name not in known] == []
