"""Every claim that waits for an officer is listed once, with its task, since when, and the rupiah that hang on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from projections.phases import TASKS
from services.review.brief import at_stake
from services.review.work_list import (
    ALL_WORK,
    WorkItem,
    WorkList,
    WorkSought,
    counted,
    listed,
    work,
    work_totals,
)
from tests.small_installation import NOW
from tests.stores.review.deciding import (
    IN_ARREARS,
    LACKING,
    OBJECTED,
    RETURNED,
    TODAY,
    DecidingInstallation,
    deciding_installation,
)

SUM = 42_000_000


@pytest.fixture
async def installation(valkey: Redis, tmp_path: Path) -> DecidingInstallation:
    return await deciding_installation(valkey, tmp_path)


async def seen(installation: DecidingInstallation, sought: WorkSought = ALL_WORK) -> WorkList:
    """The list with what hangs on each claim."""
    async with installation.looked_at() as view:
        items = work(view, TODAY, sought)
    decided = [one.claim for one in items if one.task in ("decide", "answer")]
    return listed(TODAY, items, await at_stake(installation.whole, decided))


async def test_each_task_has_its_claim_since_when_and_the_rupiah(installation: DecidingInstallation) -> None:
    """Neither what is due nor what waits for the family alone is an officer's work."""
    found = await seen(installation)
    told = {one.task: (one.claim, one.since, one.days, one.amount) for one in found.items}
    recorded = NOW.date().isoformat()
    assert len(found.items) == len(told) == len(TASKS)
    assert told == {
        "decide": (IN_ARREARS, recorded, 10, SUM),
        "answer": (OBJECTED, recorded, 10, SUM),
        "redirect": (RETURNED, "2026-06-10", 11, SUM // 2),
        "collect": (LACKING, recorded, 10, None),
    }
    assert next(one.claim for one in found.items) == RETURNED, "the longest wait comes first"


async def test_totals_add_up(installation: DecidingInstallation) -> None:
    """By task every claim once, by reason with each of its reasons; what nobody knows is counted apart."""
    found = await seen(installation)
    assert sum(one.claims for one in found.tasks) == len(found.items)
    assert sum(one.amount for one in found.tasks) == 2 * SUM + SUM // 2
    reasons = {one.name: (one.claims, one.amount, one.unknown, one.days) for one in found.reasons}
    assert reasons["in-arrears"] == (1, SUM, 0, 10)
    assert reasons["review-denied"] == (1, SUM, 0, 10)
    assert reasons["finding:heirs"] == (1, 0, 1, 10)


async def test_the_list_is_narrowed(installation: DecidingInstallation) -> None:
    """By task, reason, age, programme, district and agency; how many wait for each task is counted without the list."""
    async with installation.looked_at() as view:
        for sought, claims in (
            (WorkSought(task="decide"), {IN_ARREARS}),
            (WorkSought(reason="finding:heirs"), {LACKING}),
            (WorkSought(days=11), {RETURNED}),
            (WorkSought(programme="JKK"), set()),
            (WorkSought(district="16.06.01", agency="dinsos"), {IN_ARREARS, OBJECTED, RETURNED, LACKING}),
        ):
            assert {one.claim for one in work(view, TODAY, sought)} == claims
        assert counted(view) == dict.fromkeys(TASKS, 1)


async def test_totals_without_the_list_are_those_of_the_list(installation: DecidingInstallation) -> None:
    """Whatever it is narrowed by, weighed or not; a part of the list is that part of all of it."""
    whole = list((await seen(installation)).items)
    async with installation.looked_at() as view:
        for sought in (
            ALL_WORK,
            *(WorkSought(task=task) for task in TASKS),
            WorkSought(reason="review-denied"),
            WorkSought(district="16.06.01", agency="dinsos", days=11),
            WorkSought(programme="JKK"),
        ):
            items = work(view, TODAY, sought)
            for weighed in (list[WorkItem](), whole):
                known = [one for one in weighed if one.claim in {item.claim for item in items}]
                told = listed(TODAY, items, {one.claim: one.amount for one in known})
                found = work_totals(view, TODAY, sought).weighed(known)
                assert (found.tasks, found.reasons) == (told.tasks, told.reasons)
                assert (found.claims, found.amount) == (
                    len(items),
                    sum(one.amount or 0 for one in told.items),
                )
            assert work(view, TODAY, sought, 1, 2) == items[1:3]
