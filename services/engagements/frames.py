"""The frame of a sample: the file that it was frozen to, built again from the ledger where that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

from projections.checkpoint import LedgerReader
from projections.store import Store
from services.book.cut import Cut
from services.book.read_models_as_of import fill
from services.platform.durability import private_file
from services.platform.settings import Settings
from services.sampling.frame import FrameItem, file_hash, frame_file, read_frame
from services.sampling.population import frozen_frame
from services.sampling.sample_records import RecordedSample
from services.sealing.own_key import SealingHolder
from services.texts.errors import advised

Building: TypeAlias = Callable[[Cut], AbstractContextManager[Callable[[int], object]]]
"""Is entered while a book is built up to a cut, which takes its time; what it yields is told how many events were
taken."""


@contextmanager
def unseen(_: Cut) -> Iterator[Callable[[int], object]]:
    """Show nobody how far a book is built."""
    yield lambda _: None


class SampleHolder(SealingHolder, Protocol):
    """As much of an open installation as its samples need."""

    @property
    def settings(self) -> Settings: ...
    @property
    def ledger(self) -> LedgerReader: ...


async def kept_frame(
    holder: SampleHolder, sample: RecordedSample, building: Building = unseen
) -> list[FrameItem]:
    """Return the frame that was frozen; where its file is gone it is built again from the ledger, at its cut.

    Raises ``AdvisedError`` where the file, or what is built, is another.
    """
    frozen, file = sample.frozen, frame_path(holder.settings, sample.frozen.sample)
    if not file.exists():
        cut = Cut(frozen.cut)
        with Store.temporary() as store, building(cut) as advanced:
            await fill(store, holder.ledger, cut, frozen.true_on, advanced=advanced)
            with store.view() as view:
                content = frame_file(frozen_frame(view, frozen))
        if file_hash(content) != frozen.frame_sha256:
            raise advised("sample.frame-gone", "sample.put-back", file=file)
        write_frame(file, content)
    return await asyncio.to_thread(read_kept_frame, holder.settings, sample)


def read_kept_frame(settings: Settings, sample: RecordedSample) -> list[FrameItem]:
    """Return the frame that was frozen from its file; raises ``AdvisedError`` where that is gone, or is another."""
    file = frame_path(settings, sample.frozen.sample)
    if not file.exists():
        raise advised("sample.no-frame-file", "sample.build-frame", file=file, name=sample.frozen.sample)
    content = file.read_bytes()
    if file_hash(content) != sample.frozen.frame_sha256:
        raise advised("sample.frame-changed", "sample.put-back", file=file)
    return read_frame(content)


def frame_path(settings: Settings, name: str) -> Path:
    """Return where the file of a sample's frame stands."""
    return settings.data / "samples" / f"{name}.csv"


def write_frame(file: Path, content: bytes) -> None:
    """Write the file of a frame, for its user alone, durably."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with private_file(file) as output:
        output.write(content)
