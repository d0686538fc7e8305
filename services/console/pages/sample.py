"""One sample: given its seed, drawn, examined and judged; its state is the audit trail's alone."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from events.message import message
from services.audit_trail.records import SampleStep
from services.book.cut import Cut
from services.console.asking import READS_ALL, at_work
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.figures import shown_handle
from services.console.pages.samples import AUDITOR, FIELDS, STEPS
from services.console.rendering import attachment, command_line, done, page
from services.console.results import Result
from services.console.tables import Column, Table, table_answer
from services.engagements import frames
from services.engagements import samples as steps
from services.engagements.samples import SampleItem
from services.figures.figure import at_cut
from services.figures.totals import evaluation_totals
from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation
from services.sampling.population import claims_of
from services.sampling.sample_records import RecordedSample, SampleError, sample_named
from services.texts.errors import AdvisedError
from services.texts.typed import read_amount
from services.wording.samples import evaluation_facts, item_found, percent, verdict


@get("/samples/{name:str}", guards=[READS_ALL], sync_to_thread=True)
def sample(console: Console, name: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show a sample and its next step: seed, draw, or its items and what they say about all."""
    recorded = _sample_named(console, name)
    console.judge(recorded.frozen)
    content: dict[str, object] = {
        "sample": recorded,
        "steps": STEPS,
        "shares": _shares(recorded),
        "check": steps.check_command(f"{name}.csv", recorded) if recorded.seed else "",
    }
    if not recorded.drawn:
        step = "draw" if recorded.seed else "seed"
        content |= {"needed": _needed(console, recorded), "command": command_line("sample list", {})}
        return page(console, "sample.html", step=step, **content)
    work, evaluation = _work(console, recorded), _evaluation(console, recorded)
    if work is None or evaluation is None:
        return at_work(console, message("sample.work", name=name))
    unexamined = [one for one in work if one.examined is None]
    items = unexamined if console.one("open") else work
    table = Table(
        name=f"sample-{name}",
        caption="console.samples.items",
        columns=_item_columns(console),
        rows=items,
    )
    return table_answer(
        console,
        "sample.html",
        table,
        step="examine" if unexamined else "evaluate",
        unexamined=unexamined,
        evaluation=evaluation,
        verdict=verdict(recorded, evaluation, console.words),
        handle=_handle(console, recorded, evaluation),
        facts=[(f"sample.{key}", value) for key, value in evaluation_facts(evaluation, console.words)],
        command=command_line(f"sample list {name}", {}),
        evaluate_command=command_line(f"sample evaluate {name}", {}),
        **content,
    )


def _sample_named(console: ConsoleContext, name: str) -> RecordedSample:
    try:
        return sample_named(console.trail(), name)
    except SampleError as error:
        raise missing(error.message) from None


def _shares(sample: RecordedSample) -> dict[str, str]:
    """Return the shares that a sample was planned with, as percentages."""
    return {part: percent(getattr(sample.frozen, part)) for part in ("confidence", "tolerable", "expected")}


def _needed(console: ConsoleContext, sample: RecordedSample) -> int:
    """Return the size that suffices where a sample has a smaller one, else 0; 0 too where its frame is not at hand."""
    try:
        return steps.size_needed(sample.design, frames.read_kept_frame(console.installation.settings, sample))
    except AdvisedError:
        return 0


def _require_frame(console: ConsoleContext, name: str) -> None:
    """Refuse a sample whose frame would have to be built again, for which everybody would wait.

    Raises ``AdvisedError``.
    """
    frames.read_kept_frame(console.installation.settings, _sample_named(console, name))


def _drawn_items(console: ConsoleContext, sample: RecordedSample) -> Result[list[DrawnItem]] | None:
    """Return the items of a sample, which follow from seed and frame and are drawn once for each size."""
    settings = console.installation.settings

    def work() -> list[DrawnItem]:
        return sample.items(frames.read_kept_frame(settings, sample))

    question = "drawn", sample.frozen.sample, sample.size
    return console.services.results.get(
        question, sample.frozen.frame_sha256, work, clock=console.installation.clock
    )


def _work(console: ConsoleContext, sample: RecordedSample) -> list[SampleItem] | None:
    items = _drawn_items(console, sample)
    if items is None:
        return None
    with console.view() as view:
        claims = claims_of(view, sample.frozen.of, [one.item.name for one in items.value])
    return steps.work_items(sample, items.value, claims)


def _evaluation(console: ConsoleContext, sample: RecordedSample) -> Evaluation | None:
    settings = console.installation.settings

    def work() -> Evaluation:
        return sample.evaluated(frames.read_kept_frame(settings, sample))

    version = str(msgspec.json.encode((sample.size, sample.looks, sample.examined), order="sorted"))
    result = console.services.results.get(
        ("evaluated", sample.frozen.sample), version, work, clock=console.installation.clock
    )
    return result.value if result is not None and result.current else None


def _handle(console: ConsoleContext, sample: RecordedSample, evaluation: Evaluation) -> str:
    """Record what a sample says by its last step, and return the handle."""
    steps_of = (
        entry.position
        for entry in console.trail()
        if isinstance(entry.record, SampleStep) and entry.record.sample == sample.frozen.sample
    )
    parameters = {"sample": sample.frozen.sample, "trail": str(max(steps_of))}
    cut, rulebook = Cut(sample.frozen.cut), console.installation.rulebook.hash
    totals = evaluation_totals(evaluation)
    return shown_handle(
        console, at_cut(cut, sample.frozen.true_on, "sample evaluate", parameters, rulebook, totals)
    )


def _item_columns(console: ConsoleContext) -> tuple[Column[SampleItem], ...]:
    words = console.words
    return (
        Column(key="item", heading="sample.item", kind="code"),
        Column(
            key="claim",
            heading="controls.claim",
            kind="code",
            link=lambda one: f"/claims/{one.claim}" if one.claim else "",
        ),
        Column(key="amount", heading="sample.amount", kind="rupiah"),
        Column(key="stratum", heading="sample.stratum"),
        Column(key="hits", heading="sample.hits", kind="number"),
        Column(key="found", heading="sample.found", value=lambda one: item_found(one.examined, words)),
        Column(
            key="error",
            heading="console.samples.error",
            value=lambda one: one.examined.error if one.examined else "",
        ),
        Column(key="note", heading="console.audit.note"),
    )


@get("/samples/{name:str}/sheet", guards=[READS_ALL], sync_to_thread=True)
def sheet(console: Console, name: FromPath[str]) -> Response[str]:
    """Show every item on a sheet to be printed, with room for what is found."""
    recorded = _sample_named(console, name).with_items()
    work = _work(console, recorded)
    if work is None:
        return at_work(console, message("sample.work", name=name))
    total = sum(one.amount for one in work)
    return page(
        console, "sample_sheet.html", sample=recorded, work=work, total=total, shares=_shares(recorded)
    )


@get("/samples/{name:str}/frame", guards=[READS_ALL], sync_to_thread=True)
def frame(console: Console, name: FromPath[str]) -> Response[bytes]:
    """Return the file of the frame, whose hash is in the trail, so that anybody can draw the sample again."""
    recorded = _sample_named(console, name)
    frames.read_kept_frame(console.installation.settings, recorded)
    content = frames.frame_path(console.installation.settings, name).read_bytes()
    return attachment(content, f"{name}.csv", "text/csv; charset=utf-8")


@post(
    "/samples/{name:str}/seed", guards=[AUDITOR], form="/samples/{name}", fields=FIELDS, sync_to_thread=True
)
def give_seed(console: Console, name: FromPath[str]) -> Response[None]:
    """Record the seed: a public number that nobody knew when the sample was frozen."""
    _sample_named(console, name)
    seed, fields = next(iter(console.form.get("seed", ())), ""), console.fields
    source = fields.needed("source")
    fields.done()
    act = steps.give_seed(console.installation, name, seed, source, console.signature())
    console.run(act)
    return done(console, f"/samples/{name}", "sample-seeded")


@post(
    "/samples/{name:str}/draw", guards=[AUDITOR], form="/samples/{name}", fields=FIELDS, sync_to_thread=True
)
def draw(console: Console, name: FromPath[str]) -> Response[None]:
    """Draw the sample: the same items, whoever draws it."""
    _require_frame(console, name)
    console.run(steps.draw(console.installation, name, console.signature()))
    return done(console, f"/samples/{name}", "sample-drawn")


@post(
    "/samples/{name:str}/extend",
    guards=[AUDITOR],
    form="/samples/{name}",
    fields=FIELDS,
    sync_to_thread=True,
)
def extend(console: Console, name: FromPath[str]) -> Response[None]:
    """Raise the size of a sample; every item stays in it."""
    _require_frame(console, name)
    fields = console.fields
    fields.needed("size")
    size = fields.read("size", read_amount, 0)
    fields.done()
    signature = console.signature(console.sent("reason"))
    console.run(steps.extend(console.installation, name, size, signature))
    return done(console, f"/samples/{name}", "sample-extended")


@post(
    "/samples/{name:str}/examine",
    guards=[AUDITOR],
    form="/samples/{name}",
    fields=FIELDS,
    sync_to_thread=True,
)
def examine(console: Console, name: FromPath[str]) -> Response[None]:
    """Record what was found at the items that were chosen."""
    _require_frame(console, name)
    fields = console.fields
    verdict = fields.one_of("found", ("right", "wrong"))
    wrong = verdict == "wrong"
    amount = fields.read("amount", read_amount, None) if wrong else None
    if wrong and amount is None and not console.sent("error"):
        fields.wrong("amount", message("console.samples.amount-or-error"))
    fields.done()
    act = steps.examine(
        console.installation,
        name,
        console.form.get("item", ()),
        console.signature(console.sent("reason")),
        right=verdict == "right",
        amount=amount,
        error=console.sent("error") if wrong else "",
        note=console.sent("note"),
    )
    console.run(act)
    return done(console, f"/samples/{name}?open=1", "sample-examined")


routes = (sample, sheet, frame, give_seed, draw, extend, examine)
