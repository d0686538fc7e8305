"""Batches that are on their way together end where batches end that come one after the other."""

from __future__ import annotations

import asyncio
import errno
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from itertools import count, pairwise
from types import SimpleNamespace
from typing import cast

import pytest
from redis.asyncio import Redis

from services.intake import consumer as consuming
from services.intake import pipeline as module
from services.intake.admission import Batch, answer, deliver, reserve
from services.intake.consumer import BEGINNING, StreamConsumer
from services.intake.context import IntakeContext
from services.intake.pipeline import AdmissionPipeline
from services.intake.stream_reader import Entry
from services.ledger import keys as names
from services.ledger.edge import Submission, submission
from services.sealing.keystore import KeyStore
from tests.stores.intake.documents import BUDI, SITI, IntakeInstallation, filed, paid, papers, retracted
from tests.stores.intake.test_crashes import (
    AGENCIES,
    CrashError,
    MortalRedis,
    installation_on,
    mortal,
    outcome,
)

__all__ = ["mortal"]

LIMIT = 3
SENT = (
    *(paid("dinsos", f"p-{n}", (SITI, BUDI)[n % 2]) for n in range(2 * LIMIT)),
    paid("dinsos", "p-6"),
    paid("dinsos", "p-4"),
    paid("dinsos", "p-5", BUDI),
    filed("dinsos", "f-1"),
    papers("dinsos", "d-1"),
    paid("dinsos", "p-2", BUDI),
    retracted("dinsos", "r-1", "p-6"),
    b"{",
    paid("dinsos", "p-8"),
    *(paid("dinsos", f"q-{n}") for n in range(LIMIT)),
    *(papers("dinsos", f"d-{n}") for n in range(2, 2 + LIMIT)),
)
"""Two plain batches, one that repeats what they brought, two that are not plain, and two plain ones, of persons and of
a filed claim."""


def pipeline_of(installation: IntakeInstallation) -> AdmissionPipeline:
    """The way of one agency."""
    return AdmissionPipeline(installation.context, "dinsos", lambda: None)


async def flow(installation: IntakeInstallation, pipeline: AdmissionPipeline) -> None:
    """Admit all that stands in the outbox, each batch as soon as the one before it lets it."""
    edge, after, faults = installation.context.edge._client, "-", pipeline.faults
    while found := await edge.xrange(names.outbox("dinsos"), after, count=LIMIT):
        sent = [submission(entry, fields) for entry, fields in cast("list[Entry]", found)]
        await pipeline.admit(sent, faults)
        after = f"({sent[-1].id}"
    async with pipeline.halted():
        pass
    await pipeline.admit([], faults)


@pytest.mark.parametrize("once", [False, True])
async def test_a_death_and_a_fault_at_any_moment_change_nothing(
    mortal: MortalRedis, keys: KeyStore, *, once: bool
) -> None:
    """Whichever command was the last, or failed alone: all arrives, in order, and is answered."""

    async def anew() -> IntakeInstallation:
        await mortal.flushall()
        installation = await installation_on(mortal, keys)
        await installation.context.edge.submit("dinsos", SENT)
        return installation

    for _ in range(2):  # the second time every key is there, as it is in each attempt below
        installation = await anew()
        await installation.work("dinsos", limit=LIMIT)
    expected = await outcome(installation)

    for last in count():
        mortal.fuse.left, mortal.fuse.once = 10**9, once
        installation = await anew()
        pipeline = pipeline_of(installation)
        mortal.fuse.left, undisturbed = last, True
        try:
            await flow(installation, pipeline)
        except CrashError:
            undisturbed = False
            if not once:
                async with pipeline.halted():
                    mortal.fuse.left = 10**9
                pipeline = pipeline_of(installation)
            await flow(installation, pipeline)
        mortal.fuse.left = 10**9
        await installation.sweep("dinsos")
        assert await outcome(installation) == expected, f"after command {last}"
        if undisturbed:
            break
    assert last > 30


async def test_the_next_batch_is_reserved_while_one_is_delivered(
    valkey: Redis, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is delivered behind the one before it, and answered once it is delivered; what is not plain goes alone.

    What is said of a claim goes with others once the claim is filed; the filing, and what comes with it, goes alone.
    """
    batches = ["p-0", "p-3", "p-6", "f-1", "d-2", "d-5"]
    done: list[tuple[str, str]] = []
    reserved: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def reserving(context: IntakeContext, agency: str, sent: Sequence[Submission]) -> Batch | None:
        batch = await reserve(context, agency, sent)
        if batch is not None:
            reserved[sum(step == "reserve" for step, _ in done)].set()
            done.append(("reserve", _first(batch)))
        return batch

    async def delivering(context: IntakeContext, batch: Batch) -> None:
        following = 1 + [first for step, first in done if step == "reserve"].index(_first(batch))
        done.append(("begin", _first(batch)))
        if batch.plain and following < len(batches):
            await reserved[following].wait()
        await deliver(context, batch)
        done.append(("deliver", _first(batch)))

    async def answering(context: IntakeContext, batch: Batch) -> None:
        await answer(context, batch)
        done.append(("answer", _first(batch)))

    for name, step in (("reserve", reserving), ("deliver", delivering), ("answer", answering)):
        monkeypatch.setattr(module, name, step)
    installation = await IntakeInstallation.opened(valkey, keys, AGENCIES)
    plain = [paid("dinsos", f"p-{n}") for n in range(3 * LIMIT)]
    of_claim = [papers("dinsos", f"d-{n}") for n in range(3 * LIMIT - 1)]
    await installation.context.edge.submit("dinsos", [*plain, filed("dinsos", "f-1"), *of_claim])
    async with asyncio.timeout(40):
        await flow(installation, pipeline_of(installation))
    assert [first for step, first in done if step == "deliver"] == batches
    assert [first for step, first in done if step == "answer"] == batches
    for before, after in pairwise(batches):
        assert done.index(("deliver", before)) < done.index(("answer", before))
        assert done.index(("deliver", before)) < done.index(("begin", after))
        meanwhile = done.index(("reserve", after)) < done.index(("deliver", before))
        assert meanwhile == (before != "f-1")
    assert done.index(("answer", "p-6")) < done.index(("begin", "f-1"))
    assert done.index(("answer", "f-1")) < done.index(("reserve", "d-2"))


async def test_each_stream_meets_a_fault_before_it_goes_on(
    valkey: Redis, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read behind a batch that was stopped is not admitted before it, though another stream met the fault."""

    async def failing(_context: IntakeContext, _batch: Batch) -> None:
        raise CrashError

    installation = await IntakeInstallation.opened(valkey, keys, AGENCIES)
    pipeline = pipeline_of(installation)
    first, second, other = ([Submission("", paid("dinsos", name))] for name in ("p-1", "p-2", "q-1"))
    with monkeypatch.context() as patch:
        patch.setattr(module, "deliver", failing)
        with suppress(CrashError):
            await pipeline.admit(first, 0)
        async with pipeline.halted():
            pass
    for sent in (other, second):
        with pytest.raises(CrashError):
            await pipeline.admit(sent, 0)
    assert await installation.order() == []
    for sent in (first, second, other):
        assert await pipeline.admit(sent, 1)
    async with pipeline.halted():
        assert await installation.order() == ["p-1", "p-2", "q-1"]


async def test_what_cannot_be_reserved_is_read_again_behind_what_is_under_way(
    valkey: Redis, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its consumer goes back to the beginning only when the batch before it is answered, so that none overtakes it."""
    let_go = asyncio.Event()

    async def waiting(context: IntakeContext, batch: Batch) -> None:
        await let_go.wait()
        await deliver(context, batch)

    async def failing(*_: object) -> None:
        let_go.set()
        raise CrashError

    installation = await IntakeInstallation.opened(valkey, keys, AGENCIES)
    await installation.context.edge.submit("dinsos", [paid("dinsos", name) for name in ("p-1", "p-2")])
    found = await installation.context.edge._client.xrange(names.outbox("dinsos"))
    first, second = cast("list[Entry]", found)
    pipeline = pipeline_of(installation)

    async def read(entries: Sequence[Entry]) -> list[Submission]:
        return [submission(entry, fields) for entry, fields in entries]

    consumer = StreamConsumer(names.outbox("dinsos"), pipeline, read, asyncio.Event())
    monkeypatch.setattr(module, "deliver", waiting)
    consumer.take([first], 0)
    await consumer.ended()
    assert consumer.behind == first[0].decode()
    with monkeypatch.context() as patch:
        patch.setattr(module, "reserve", failing)
        consumer.take([second], 0)
        await consumer.ended()
    assert (pipeline.busy, consumer.behind, consumer.drops) == (False, BEGINNING, 1)
    assert await installation.order() == ["p-1"]
    consumer.take([second], 0)  # read behind what was stopped
    await consumer.ended()
    assert (pipeline.busy, await installation.order()) == (False, ["p-1"])
    consumer.take([second], 1)
    await consumer.ended()
    async with pipeline.halted():
        assert await installation.order() == ["p-1", "p-2"]


async def test_a_consumer_outlives_a_line_that_cannot_be_written(
    valkey: Redis, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full takes neither the documents nor the line that says so; once it has room all goes on."""

    async def failing(*_: object) -> None:
        raise CrashError

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    async def read(entries: Sequence[Entry]) -> list[Submission]:
        return [submission(entry, fields) for entry, fields in entries]

    installation = await IntakeInstallation.opened(valkey, keys, AGENCIES)
    await installation.context.edge.submit("dinsos", [paid("dinsos", "p-1")])
    entries = cast("list[Entry]", await installation.context.edge._client.xrange(names.outbox("dinsos")))
    pipeline = pipeline_of(installation)
    consumer = StreamConsumer(names.outbox("dinsos"), pipeline, read, asyncio.Event())
    with monkeypatch.context() as patch:
        patch.setattr(module, "reserve", failing)
        patch.setattr(consuming, "log", SimpleNamespace(error=full, warning=full))
        consumer.take(entries, 0)
        await consumer.ended()
    assert (consumer.admitting, consumer.behind, consumer.drops) == (None, BEGINNING, 1)
    consumer.take(entries, 1)
    await consumer.ended()
    async with pipeline.halted():
        assert await installation.order() == ["p-1"]


def _first(batch: Batch) -> str:
    admission = batch.answers[0].admission
    return admission.event.id if admission else ""
