"""``sample freeze|seed|draw|extend|list|examine|evaluate``: a sample of the book from its frame to what it says about all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import asdict

from events.message import Message, message
from services.audit_trail.records import SampleItemExamined
from services.audit_trail.trail import read
from services.book.cut import Cut
from services.cli.dates import Day, Known
from services.cli.exit_codes import FINDING, OK
from services.cli.figures import figure_shown, say_beyond, show_handle
from services.cli.narrowing import District
from services.cli.numbers import Amount, Share, TypedRate
from services.cli.opening import with_installation
from services.cli.output import Steps, console, errors, show_json, tell
from services.cli.read_models import book, read_models
from services.cli.render.samples import (
    show_drawn,
    show_evaluation,
    show_frozen,
    show_samples,
    show_work_list,
)
from services.cli.trail_options import NOBODY, TrailOptions
from services.engagements import frames, samples
from services.figures.figure import at_cut
from services.figures.totals import evaluation_totals
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.sampling.design import Allocation
from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation
from services.sampling.plan import Method
from services.sampling.population import Population, Selection, Stratification, claims_of
from services.sampling.sample_records import RecordedSample
from services.sampling.sample_records import samples as recorded_samples
from services.texts.typed import read_amount
from services.wording.terms import LanguageTexts, moment


def freeze(
    name: str,
    of: Population,
    /,
    *,
    tolerable: TypedRate,
    method: Method = "attribute",
    expected: TypedRate = "0",
    confidence: Share = Fraction(95, 100),
    size: int | None = None,
    above: Amount = 0,
    allocation: Allocation = "items",
    strata: Stratification | None = None,
    band: list[str] | None = None,
    district: District = None,
    agency: str = "",
    programme: str = "",
    first: Annotated[Day, Parameter(name="--from")] = None,
    last: Annotated[Day, Parameter(name="--to")] = None,
    known_on: Known = None,
    true_on: Day = None,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Write the frame of a sample to a file, and record its hash and how the sample will be drawn and judged.

    Without --size it is as large as the rates ask for. Nothing of that can be chosen any more once the seed is known.
    """
    selection = Selection(
        of=of,
        by=strata,
        bands=tuple(sorted(read_amount(one) for one in band or ())),
        district=district or "",
        agency=agency,
        programme=programme,
        first=first,
        last=last,
    )
    terms = samples.SampleTerms(
        method=method,
        tolerable=tolerable,
        expected=expected,
        confidence=confidence,
        size=size,
        above=above,
        allocation=allocation,
    )
    samples.require_free(with_installation(data, read), name)
    with book(data, known_on, true_on) as chosen_book:
        planned = samples.planned_sample(name, chosen_book, selection, terms)

    async def work(installation: Installation) -> int:
        position = await samples.freeze(installation, planned, trail.signature)
        await say_beyond(installation, planned.frozen, trail)
        return position

    position = with_installation(data, work)
    file = frames.frame_path(Settings.read(data=data), name)
    if json:
        show_json({"frozen": planned.frozen, "file": str(file), "position": position})
    else:
        show_frozen(planned.frozen, file, position, left_out=planned.left_out, needed=planned.needed)
    return OK


def seed(
    name: str,
    /,
    *,
    seed: Annotated[str, Parameter(allow_leading_hyphen=True)],
    source: str,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Record the seed of a frozen sample: a public number that nobody knew when it was frozen.

    There is one for ever.
    """
    samples.require_seed(seed)

    async def work(installation: Installation) -> tuple[RecordedSample, int]:
        return await samples.give_seed(installation, name, seed, source, trail.signature)

    sample, position = with_installation(data, work)
    if json:
        show_json({"position": position, "frozen_at": sample.at, "seeded_at": sample.seeded_at})
        return OK
    tell(console(), message("sample.was-seeded", name=name, position=position))
    tell(console(), message("sample.seed-from-outside", frozen=moment(sample.at)))
    return OK


def draw(name: str, /, *, trail: TrailOptions = NOBODY, json: bool = False, data: Path | None = None) -> int:
    """Draw the sample: the same items, whoever draws it, whenever."""
    sample, items = with_installation(
        data, lambda installation: samples.draw(installation, name, trail.signature, _building)
    )
    return _show_items(data, sample, items, json=json)


def extend(
    name: str,
    /,
    *,
    size: int,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Raise the size of a sample. Every item drawn before stays in it, and what was found of it."""
    sample, items = with_installation(
        data,
        lambda installation: samples.extend(installation, name, size, trail.signature, _building),
    )
    return _show_items(data, sample, items, json=json)


def listing(name: str | None = None, /, *, json: bool = False, data: Path | None = None) -> int:
    """List the samples; of one that was drawn its items, what was found of each, and what to look at."""
    if name is None:
        every = list(recorded_samples(with_installation(data, read)).values())
        if json:
            show_json(every)
        else:
            show_samples(every)
        return OK
    sample, items = with_installation(
        data, lambda installation: samples.drawn_sample(installation, name, _building)
    )
    with read_models(data) as view:
        claims = claims_of(view, sample.frozen.of, [one.item.name for one in items])
    work = samples.work_items(sample, items, claims)
    if json:
        show_json({"sample": sample, "items": work})
    else:
        show_work_list(sample, work)
    return OK


def examine(
    name: str,
    /,
    *items: str,
    ok: bool = False,
    found: Amount | None = None,
    error: str = "",
    note: str = "",
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Record what was found at items: that they are right, the amount that would be right, or the code of an error.

    The last finding of an item counts; all of them stay in the trail. On stderr it is said of an item that it was
    examined before, and that the right amount is more than the booked one.
    """
    position, sample, examined = with_installation(
        data,
        lambda installation: samples.examine(
            installation,
            name,
            items,
            trail.signature,
            right=ok,
            amount=found,
            error=error,
            note=note,
            building=_building,
        ),
    )
    _say_unusual(examined, sample)
    return _tell_step(
        message("sample.was-examined", count=len(items), position=position), position, json=json
    )


def evaluate(
    name: str, /, *, trail: TrailOptions = NOBODY, json: bool = False, data: Path | None = None
) -> int:
    """Say what the sample says about all: the projected error, its limit, and whether one may stop.

    Exit code 1 if it has not passed, and cannot.
    """

    async def work(installation: Installation) -> tuple[RecordedSample, Evaluation, str | None]:
        entries = await read(installation)
        sample, evaluation = await samples.evaluation(installation, entries, name, _building)
        parameters = {"sample": name, "trail": str(entries[-1].position)}
        cut, true_on, totals = Cut(sample.frozen.cut), sample.frozen.true_on, evaluation_totals(evaluation)
        rulebook = installation.rulebook.hash
        figure = at_cut(cut, true_on, "sample evaluate", parameters, rulebook, totals)
        return sample, evaluation, await figure_shown(installation, figure, trail)

    sample, evaluation, handle = with_installation(data, work)
    if json:
        show_json({**asdict(evaluation), "figure": handle})
    else:
        show_evaluation(sample, evaluation)
        show_handle(console(), handle)
    return FINDING if evaluation.verdict == "failed" else OK


def _say_unusual(examined: Sequence[SampleItemExamined], sample: RecordedSample) -> None:
    """Say on stderr what may be a slip of the pen."""
    words = LanguageTexts()
    for one in examined:
        if one.audited is not None and one.audited > one.booked:
            amounts = {"found": words.amount(one.audited), "booked": words.amount(one.booked)}
            tell(errors(), message("sample.above-booked", item=one.item, **amounts))
        if one.item in sample.examined:
            tell(errors(), message("sample.examined-again", item=one.item))


def _tell_step(sentence: Message, position: int, *, json: bool) -> int:
    if json:
        show_json({"position": position})
    else:
        tell(console(), sentence)
    return OK


def _show_items(data: Path | None, sample: RecordedSample, items: Sequence[DrawnItem], *, json: bool) -> int:
    frozen = sample.frozen
    if json:
        show_json({"sha256": frozen.frame_sha256, "items": frozen.items, "drawn": items})
        return OK
    show_drawn(
        items,
        message("sample.drawn-from", sha256=frozen.frame_sha256, items=frozen.items, drawn=len(items)),
    )
    command = samples.check_command(frames.frame_path(Settings.read(data=data), frozen.sample), sample)
    tell(console(), message("sample.draw-again", command=command), hang=2)
    return OK


@contextmanager
def _building(cut: Cut) -> Iterator[Callable[[int], object]]:
    """Show how far the book is built from which a frame was taken whose file is gone."""
    with Steps() as steps, steps(message("look-back.building", cut=str(cut)), cut.events) as advanced:
        yield advanced
