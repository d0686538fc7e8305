"""Samples as the audit trail tells them: frozen, seeded, drawn, extended, their items examined."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import (
    SampleDrawn,
    SampleExtended,
    SampleFrozen,
    SampleItemExamined,
    SampleSeeded,
)
from services.sampling.design import SampleDesign
from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation, Examined, evaluated
from services.sampling.frame import FrameItem
from services.texts.errors import TextError


class SampleError(TextError):
    """A step that a sample does not allow now; the message says which and what to do."""


class RecordedSample(Struct, frozen=True, kw_only=True):
    """A sample and where it stands. Of a step that was recorded twice the first counts; of an item the last finding."""

    frozen: SampleFrozen
    at: dt.datetime
    seed: str = ""
    source: str = ""
    seeded_at: dt.datetime | None = None
    """When its seed was recorded; ``at`` is when it was frozen, which a seed from outside comes after."""
    size: int
    drawn: bool = False
    looks: int = 1
    """How many sizes it has had in whose findings somebody had looked already; at least 1."""
    examined: dict[str, Examined] = {}
    notes: dict[str, str] = {}
    changed: bool = False
    """Whether an item was examined since the last size."""

    @property
    def design(self) -> SampleDesign:
        """How it is drawn and judged, with the size that it has by now."""
        terms = self.frozen
        return SampleDesign(
            method=terms.method,
            confidence=terms.confidence,
            tolerable=terms.tolerable,
            expected=terms.expected,
            size=self.size,
            above=terms.above,
            allocation=terms.allocation,
        )

    def seeded(self) -> RecordedSample:
        """Return it if its seed is known; raises ``SampleError``."""
        if not self.seed:
            raise SampleError(message("sample.not-seeded", name=self.frozen.sample))
        return self

    def with_items(self) -> RecordedSample:
        """Return it if it was drawn; raises ``SampleError``."""
        if not self.drawn:
            raise SampleError(message("sample.not-drawn", name=self.frozen.sample))
        return self

    def with_size(self, size: int) -> RecordedSample:
        """Return it with another size."""
        return replace(self, size=size)

    def items(self, frame: list[FrameItem]) -> list[DrawnItem]:
        """Return what is drawn, from seed and frame."""
        return self.design.draw(frame, self.seeded().seed)

    def evaluated(self, frame: list[FrameItem]) -> Evaluation:
        """Return what its findings say."""
        return evaluated(self.design, frame, self.with_items().items(frame), self.examined, looks=self.looks)


def samples(trail: Iterable[TrailEntry]) -> dict[str, RecordedSample]:
    """Return every sample by its name, in the order in which they were frozen."""
    by_name: dict[str, RecordedSample] = {}
    for entry in trail:
        match entry.record:
            case SampleFrozen(sample=name, size=size) as frozen:
                by_name.setdefault(name, RecordedSample(frozen=frozen, at=entry.time, size=size))
            case SampleSeeded(sample=name, seed=seed, source=source) if name in by_name:
                if not by_name[name].seed:
                    by_name[name] = replace(by_name[name], seed=seed, source=source, seeded_at=entry.time)
            case (
                SampleDrawn(sample=name) | SampleExtended(sample=name) | SampleItemExamined(sample=name)
            ) as step if name in by_name:
                by_name[name] = _after(by_name[name], step)
    return by_name


def sample_named(trail: Iterable[TrailEntry], name: str) -> RecordedSample:
    """Return a sample; raises ``SampleError`` where nobody froze one of this name."""
    sample = samples(trail).get(name)
    if sample is None:
        raise SampleError(message("sample.unknown", name=name))
    return sample


def _after(sample: RecordedSample, step: SampleDrawn | SampleExtended | SampleItemExamined) -> RecordedSample:
    match step:
        case SampleDrawn():
            return replace(sample, drawn=True)
        case SampleExtended(size=size):
            looks = sample.looks + sample.changed
            return replace(sample, size=max(size, sample.size), looks=looks, changed=False)
        case SampleItemExamined(item=item, booked=booked, audited=audited, error=error, note=note):
            examined = Examined(audited=None if audited == booked else audited, error=error)
            return replace(
                sample,
                examined={**sample.examined, item: examined},
                notes={**sample.notes, item: note},
                changed=True,
            )
