"""Samples: frozen, seeded, drawn, extended, their items examined, and what they say.

Whatever is recorded is in the trail.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from events.values import MAX_RUPIAH
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import (
    SampleDrawn,
    SampleExtended,
    SampleFrozen,
    SampleItemExamined,
    SampleSeeded,
)
from services.audit_trail.trail import TrailSignature, append_all, append_decided, read
from services.book.read_models_as_of import Book
from services.engagements.frames import Building, SampleHolder, frame_path, kept_frame, unseen, write_frame
from services.sampling.attributes import NoSamplePlanError
from services.sampling.design import Allocation, SampleDesign
from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation, Examined
from services.sampling.frame import FrameItem, file_hash, frame_file
from services.sampling.plan import Method
from services.sampling.population import Selection, drawable, frame_of, recorded_selection
from services.sampling.sample_records import RecordedSample, sample_named, samples
from services.sealing.own_key import SealingHolder
from services.texts.errors import advised
from services.texts.typed import read_share, read_share_of

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")


class SampleTerms(Struct, frozen=True, kw_only=True):
    """How a sample is to be drawn and judged, as it is typed; ``size`` None for the smallest that the rates allow."""

    method: Method = "attribute"
    tolerable: str
    expected: str = "0"
    confidence: Fraction = Fraction(95, 100)
    size: int | None = None
    above: int = 0
    allocation: Allocation = "items"


class PlannedSample(Struct, frozen=True):
    """What would be frozen: its record, the file of its frame, and how many items of the selection no draw could hit.

    ``needed`` is the size that suffices where a smaller one is asked for, else 0.
    """

    frozen: SampleFrozen
    content: bytes
    left_out: int
    needed: int


class SampleItem(Struct, frozen=True):
    """An item of a sample with what was found of it, None while nobody has looked, and the claim to look at."""

    item: str
    claim: str
    amount: int
    stratum: str
    hits: int
    examined: Examined | None
    note: str


def planned_sample(name: str, book: Book, selection: Selection, terms: SampleTerms) -> PlannedSample:
    """Return what would be frozen of a book; records nothing.

    Raises:
        AdvisedError: the name, the rates or the size cannot be, or nothing is selected.
    """
    if not _NAME.fullmatch(name):
        raise advised("sample.bad-name", "sample.write-name", typed=name)
    everything = frame_of(book.view, selection)
    frame = drawable(everything, terms.method)
    if everything and not frame:
        raise advised("sample.nothing-above-zero", "sample.draw-by-items", items=len(everything))
    if not frame:
        raise advised("sample.nothing", "sample.select-otherwise")
    amount = sum(item.amount for item in frame)
    design = _designed(terms, frame, amount)
    content = frame_file(frame)
    frozen = SampleFrozen(
        sample=name,
        of=selection.of,
        selection=recorded_selection(selection),
        cut=book.cut.positions,
        true_on=book.true_on,
        frame_sha256=file_hash(content),
        items=len(frame),
        amount=amount,
        **asdict(design),
    )
    return PlannedSample(frozen, content, len(everything) - len(frame), size_needed(design, frame))


async def freeze(holder: SampleHolder, planned: PlannedSample, signature: TrailSignature) -> int:
    """Record what was planned and write the file of its frame; returns the position of the record.

    Raises ``AdvisedError`` where there is a sample of this name.
    """
    name = planned.frozen.sample

    def decide(trail: list[TrailEntry]) -> list[SampleFrozen]:
        require_free(trail, name)
        return [planned.frozen]

    position = await append_decided(holder, decide, **signature)
    await asyncio.to_thread(write_frame, frame_path(holder.settings, name), planned.content)
    return position


def require_free(trail: Sequence[TrailEntry], name: str) -> None:
    """Refuse a name that a sample has; raises ``AdvisedError``."""
    if name in samples(trail):
        raise advised("sample.taken", "sample.another-name", name=name)


def require_seed(seed: str) -> None:
    """Refuse what cannot be a seed, before anything is opened for it; raises ``AdvisedError``."""
    if seed != seed.strip() or not seed.isprintable() or not seed or seed.startswith("-"):
        raise advised("sample.bad-seed", "sample.write-seed")


async def give_seed(
    holder: SealingHolder, name: str, seed: str, source: str, signature: TrailSignature
) -> tuple[RecordedSample, int]:
    """Record the seed of a frozen sample and which public number it is; returns it with the position of the record.

    Whether the seed came from outside, after the frame was frozen, nobody can tell here: who reads both times can.

    Raises:
        AdvisedError: it has one already, or this cannot be one.
        SampleError: there is no such sample.
    """
    require_seed(seed)

    def decide(trail: list[TrailEntry]) -> list[SampleSeeded]:
        if seed_before := sample_named(trail, name).seed:
            raise advised("sample.has-seed", "sample.freeze-another", name=name, seed=seed_before)
        return [SampleSeeded(sample=name, seed=seed, source=source)]

    position = await append_decided(holder, decide, **signature)
    return await _sample(holder, name), position


async def draw(
    holder: SampleHolder, name: str, signature: TrailSignature, building: Building = unseen
) -> tuple[RecordedSample, list[DrawnItem]]:
    """Draw a sample whose seed is known, and record its items once; returns it with them."""
    sample = (await _sample(holder, name)).seeded()
    items = await _items(sample, await kept_frame(holder, sample, building))
    drawn = SampleDrawn(sample=name, items=tuple(one.item.name for one in items))
    await append_decided(
        holder, lambda trail: [] if sample_named(trail, name).drawn else [drawn], **signature
    )
    return sample, items


async def extend(
    holder: SampleHolder,
    name: str,
    size: int,
    signature: TrailSignature,
    building: Building = unseen,
) -> tuple[RecordedSample, list[DrawnItem]]:
    """Raise the size of a sample that was drawn; returns it with all of its items.

    Raises:
        AdvisedError: it is that large already, or cannot be so large.
    """
    frame = await kept_frame(holder, (await _sample(holder, name)).with_items(), building)
    extended: list[RecordedSample] = []

    def decide(trail: list[TrailEntry]) -> list[SampleExtended]:
        sample = sample_named(trail, name).with_items()
        if size <= sample.size:
            raise advised("sample.not-larger", "sample.write-larger", size=sample.size)
        before = {one.item.name for one in sample.items(frame)}
        extended[:] = [sample.with_size(size)]
        require_size(extended[0].design, frame)
        added = [one.item.name for one in extended[0].items(frame) if one.item.name not in before]
        return [SampleExtended(sample=name, size=size, items=tuple(added))]

    await append_decided(holder, decide, **signature)
    return extended[0], extended[0].items(frame)


async def drawn_sample(
    holder: SampleHolder, name: str, building: Building = unseen
) -> tuple[RecordedSample, list[DrawnItem]]:
    """Return a sample that was drawn, with its items."""
    sample = (await _sample(holder, name)).with_items()
    return sample, await _items(sample, await kept_frame(holder, sample, building))


def work_items(
    sample: RecordedSample, drawn: Sequence[DrawnItem], claims: Mapping[str, str]
) -> list[SampleItem]:
    """Return what was found of each item of a sample, and its claim."""
    return [
        SampleItem(
            item=one.item.name,
            claim=claims.get(one.item.name, ""),
            amount=one.item.amount,
            stratum=one.item.stratum,
            hits=one.hits,
            examined=sample.examined.get(one.item.name),
            note=sample.notes.get(one.item.name, ""),
        )
        for one in drawn
    ]


async def examine(
    holder: SampleHolder,
    name: str,
    items: Sequence[str],
    signature: TrailSignature,
    *,
    right: bool = False,
    amount: int | None = None,
    error: str = "",
    note: str = "",
    building: Building = unseen,
) -> tuple[int, RecordedSample, list[SampleItemExamined]]:
    """Record what was found at items.

    That they are ``right``, the ``amount`` that would be, or the code of an ``error``. Returns the position of the
    last record, the sample before it, and what was recorded.

    Raises:
        AdvisedError: it does not say one of them, the amount is beyond what is possible, or an item is not in the
            sample.
    """
    if not items:
        raise advised("sample.which-item", "sample.see-list", name=name)
    alone = right + (amount is not None) + bool(error) == 1
    if not alone and not (amount is not None and error and not right):
        raise advised("sample.which-finding", "sample.write-finding")
    if error and not _CODE.fullmatch(error):
        raise advised("sample.bad-code", "sample.write-code", typed=error)
    if amount is not None and amount > MAX_RUPIAH:
        raise advised("sample.beyond", "sample.write-possible", most=f"{MAX_RUPIAH:_}".replace("_", "."))
    sample = (await _sample(holder, name)).with_items()
    items_drawn = await _items(sample, await kept_frame(holder, sample, building))
    drawn = {one.item.name: one.item for one in items_drawn}
    for item in items:
        if item not in drawn:
            raise advised("sample.not-in-sample", "sample.see-list", name=name, item=item)
    examined = [
        SampleItemExamined(
            sample=name,
            item=item,
            booked=drawn[item].amount,
            audited=drawn[item].amount if right else amount,
            error=error,
            note=note,
        )
        for item in items
    ]
    return await append_all(holder, examined, **signature), sample, examined


async def evaluation(
    holder: SampleHolder, trail: Iterable[TrailEntry], name: str, building: Building = unseen
) -> tuple[RecordedSample, Evaluation]:
    """Return a sample that was drawn, and what its findings say about all, by what the trail told."""
    sample = sample_named(trail, name).with_items()
    frame = await kept_frame(holder, sample, building)
    return sample, await asyncio.to_thread(sample.evaluated, frame)


def check_command(file: Path | str, sample: RecordedSample) -> str:
    """Return the command that draws a sample again from the file of its frame."""
    frozen = sample.frozen
    return (
        f"kelambu sample check {file} --seed '{sample.seed}' --size {sample.size}"
        f" --sha256 {frozen.frame_sha256} --method {frozen.method} --above {frozen.above} --allocation {frozen.allocation}"
    )


def size_needed(design: SampleDesign, frame: Sequence[FrameItem]) -> int:
    """Return the size that suffices where the design has a smaller one, else 0."""
    smallest = design.smallest(frame)
    return smallest if design.size < smallest else 0


def require_size(design: SampleDesign, frame: Sequence[FrameItem]) -> None:
    """Refuse a size that no sample of this frame can have; raises ``AdvisedError``."""
    possible = design.sizes(frame)
    if design.size not in possible:
        raise advised("sample.bad-size", "sample.write-size", size=design.size, largest=possible.stop - 1)


async def _items(sample: RecordedSample, frame: list[FrameItem]) -> list[DrawnItem]:
    return await asyncio.to_thread(sample.items, frame)


async def _sample(holder: SealingHolder, name: str) -> RecordedSample:
    return sample_named(await read(holder), name)


def _designed(terms: SampleTerms, frame: Sequence[FrameItem], amount: int) -> SampleDesign:
    if terms.method == "monetary-unit":
        tolerable = Fraction(read_share_of(terms.tolerable, amount), amount)
        expected = Fraction(read_share_of(terms.expected, amount), amount)
    else:
        tolerable, expected = read_share(terms.tolerable), read_share(terms.expected)
    design = SampleDesign(
        method=terms.method,
        confidence=str(terms.confidence),
        tolerable=str(tolerable),
        expected=str(expected),
        size=terms.size or 0,
        above=terms.above,
        allocation=terms.allocation,
    )
    if terms.size is not None:
        require_size(design, frame)
    try:
        return design.sized(frame)
    except NoSamplePlanError as error:
        raise advised("sample.no-size", "sample.other-rates", size=error.largest) from None
    except ValueError:
        raise advised("sample.bad-rates", "sample.write-rates") from None
