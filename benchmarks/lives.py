"""Growth of a life: what an event costs of a person of whom 5, 50 or 500 facts are known."""

from __future__ import annotations

from collections.abc import AsyncIterator

from benchmarks import mix
from benchmarks.clock import Cost
from benchmarks.place import intake, opened_installation, submit
from benchmarks.report import Figure
from benchmarks.stations import decide
from services.runtime.bootstrap import Installation
from services.simulation import AgencyMessage

LIVES = 5, 50, 500
PERSONS = 100
ROUNDS = 10
"""Events of each person that are measured, one in each batch, so that each writes the person's state again."""
GOAL = 1.5


async def measure() -> AsyncIterator[Figure]:
    """Let lives grow, then decide further events of each; the bytes are those that the adjudicator sends."""
    enrolled = mix.enrolments(PERSONS * len(LIVES))
    groups = {facts: enrolled[n * PERSONS : (n + 1) * PERSONS] for n, facts in enumerate(LIVES)}
    sent: dict[int, float] = {}
    async with opened_installation() as installation, intake(installation):
        for facts, persons in groups.items():
            await submit(
                installation, [*persons, *(one for p in persons for one in mix.life(p, 1, facts - 1))]
            )
            await decide(installation)
        for facts, persons in groups.items():
            cost, sent[facts] = await _further(installation, persons, facts)
            note = f"{sent[facts]:,.0f} bytes sent to the server, batches of {PERSONS}"
            yield Figure(f"adjudicator, {facts} facts", cost.micros, "µs of a processor", note=note)
    few, *_, many = LIVES
    yield Figure(f"bytes written, {many} facts / {few}", sent[many] / sent[few], "times", GOAL, at_most=True)


async def _further(
    installation: Installation, persons: list[AgencyMessage], facts: int
) -> tuple[Cost, float]:
    """Return what a further event of these persons costs, and how many bytes go to the server for it."""
    costs, sent = [], 0
    for number in range(ROUNDS):
        await submit(installation, [one for p in persons for one in mix.life(p, facts + number, 1)])
        before = await _came(installation)
        costs.append(await decide(installation))
        sent += await _came(installation) - before
    total = Cost(*(sum(getattr(cost, field) for cost in costs) for field in Cost.__struct_fields__))
    return total, sent / total.number


async def _came(installation: Installation) -> int:
    return int((await installation.core.info("stats"))["total_net_input_bytes"])
