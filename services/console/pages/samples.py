"""Samples: planned, frozen, given their seed, drawn, examined and judged; the state of each is the audit trail's alone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import cast, get_args

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from events.message import message
from services.audit_trail.records import SampleStep
from services.auditor import samples as steps
from services.auditor.samples import SampleItem, SampleTerms
from services.book.cut import Cut, cut_of
from services.book.rebuilt import Book
from services.console.access import allowed
from services.console.asking import READS_ALL, at_work
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.figures import shown_handle
from services.console.forms import Fields, form_error
from services.console.rendering import command_line, done, page
from services.console.results import Result
from services.console.tables import Column, Table, listed, table_answer
from services.figures.figure import at_cut
from services.figures.totals import evaluation_totals
from services.sampling.attributes import NoSamplePlanError
from services.sampling.design import Allocation
from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation
from services.sampling.plan import Distribution, Method, SamplePlan, attribute_plan, monetary_plan
from services.sampling.population import Population, Selection, Stratification, claims_of
from services.sampling.recorded import RecordedSample, SampleError, sample_named, samples
from services.texts.errors import AdvisedError, advised
from services.texts.typed import read_amount, read_day, read_share, read_share_of
from services.wording.samples import evaluation_facts, item_found, percent, sample_state, verdict

_AUDITOR = allowed("auditor")
STEPS = ("plan", "freeze", "seed", "draw", "examine", "evaluate")
"""The steps in their order; each page says which one it is."""
_METHODS: tuple[Method, ...] = get_args(Method)
_POPULATIONS: tuple[Population, ...] = get_args(Population)
_STRATA: tuple[Stratification, ...] = get_args(Stratification)
_ALLOCATIONS: tuple[Allocation, ...] = get_args(Allocation)
_CONFIDENCE = Fraction(95, 100)
_FIELDS = {
    "sample.bad-name": "name",
    "sample.taken": "name",
    "sample.nothing": "of",
    "sample.bad-rates": "tolerable",
    "sample.no-size": "tolerable",
    "sample.bad-size": "size",
    "sample.not-larger": "size",
    "sample.bad-seed": "seed",
    "sample.which-item": "item",
    "sample.not-in-sample": "item",
    "sample.which-finding": "found",
    "sample.bad-code": "error",
    "sample.beyond": "amount",
}
"""In which field it is what a sample cannot have."""


@get("/samples", guards=[READS_ALL], sync_to_thread=True)
def samples_page(console: Console) -> Response[str] | Response[bytes]:
    """List the samples and how far each has come."""
    found = list(samples(console.trail()).values())
    words = console.words
    columns = (
        Column[RecordedSample](
            key="sample",
            heading="sample.name",
            kind="code",
            value=lambda one: one.frozen.sample,
            link=lambda one: f"/samples/{one.frozen.sample}",
        ),
        Column[RecordedSample](key="at", heading="sample.frozen-at", kind="moment"),
        Column[RecordedSample](
            key="method", heading="sample.method", value=lambda one: words.say(f"sample.{one.frozen.method}")
        ),
        Column[RecordedSample](
            key="size",
            heading="sample.size",
            kind="number",
            figure=lambda one: f"{one.frozen.sample}.size",
        ),
        Column[RecordedSample](
            key="state", heading="sample.state", value=lambda one: sample_state(one, words)
        ),
    )
    table = Table(
        name="samples",
        caption="console.samples.caption",
        columns=columns,
        rows=listed(found),
        total=len(found),
    )
    return table_answer(console, "samples.html", table, command=command_line("sample list", {}))


@get("/samples/plan", guards=[READS_ALL], sync_to_thread=True)
def plan(console: Console) -> Response[str]:
    """Say how large a sample must be; the address holds what was asked."""
    parameters = {
        name: console.one(name) for name in ("tolerable", "expected", "confidence", "items", "book")
    }
    fields = console.filters
    method = cast("Method", fields.one_of("method", _METHODS, "attribute"))
    fields.done()
    found = _planned(fields, method) if parameters["tolerable"] and not console.wrong else None
    command = {name: value for name, value in parameters.items() if value}
    return page(
        console,
        "sample_plan.html",
        step="plan",
        steps=STEPS,
        method=method,
        methods=_options(console, "sample", _METHODS),
        parameters=parameters,
        plan=found,
        shares={name: percent(getattr(found, name)) for name in ("confidence", "tolerable", "expected")}
        if found
        else {},
        command=command_line(f"sample plan {method}", command),
    )


def _planned(fields: Fields, method: Method) -> SamplePlan:
    """Return the size that suffices; raises ``FormError``."""
    confidence = fields.read("confidence", read_share, _CONFIDENCE)
    book = fields.read("book", read_amount, 0)
    items = fields.read("items", read_amount, 0)
    if method == "monetary-unit" and not book:
        fields.needed("book")
        fields.wrong("book", message("console.samples.no-book"))
    read = read_share if method == "attribute" else partial(_share_of, book)
    tolerable, expected = (fields.read(part, read, Fraction(0)) for part in ("tolerable", "expected"))
    fields.done()
    try:
        if method == "monetary-unit":
            return monetary_plan(book, int(tolerable), int(expected), confidence)
        kind: Distribution = "hypergeometric" if items else "binomial"
        return attribute_plan(kind, tolerable, expected, confidence, items=items)
    except NoSamplePlanError as error:
        raise form_error(
            advised("sample.no-size", "sample.other-rates", size=error.largest), "tolerable"
        ) from None
    except (ValueError, ZeroDivisionError):
        raise form_error(advised("sample.bad-rates", "sample.write-rates"), "tolerable") from None


def _share_of(book: int, typed: str) -> Fraction:
    return Fraction(read_share_of(typed, book))


def _options(console: ConsoleContext, family: str, codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, console.words.name(family, code)) for code in codes]


@get("/samples/new", guards=[_AUDITOR], sync_to_thread=True)
def new(console: Console) -> Response[str]:
    """Choose what a sample is drawn from and how it is judged, before anybody knows the seed."""
    fields = console.filters
    for name, values in (
        ("of", _POPULATIONS),
        ("method", _METHODS),
        ("strata", _STRATA),
        ("allocation", _ALLOCATIONS),
        ("district", console.words.districts),
        ("agency", [name for name, _ in console.agencies]),
        ("programme", [code for code, _ in console.programmes]),
    ):
        fields.one_of(name, values)
    fields.done()
    return page(
        console,
        "sample_new.html",
        step="freeze",
        steps=STEPS,
        populations=_options(console, "sample-of", _POPULATIONS),
        methods=_options(console, "sample", _METHODS),
        strata=_options(console, "deadline", _STRATA),
        allocations=_options(console, "sample-allocation", _ALLOCATIONS),
        command="kelambu sample freeze",
    )


@post("/samples/freeze", guards=[_AUDITOR], form="/samples/new", fields=_FIELDS, sync_to_thread=True)
def freeze(console: Console) -> Response[None]:
    """Freeze the frame and the design of a sample."""
    fields = console.fields
    name = fields.needed("name")
    selection = Selection(
        of=cast("Population", fields.one_of("of", _POPULATIONS, "orders")),
        by=cast("Stratification | None", fields.one_of("strata", _STRATA) or None),
        bands=tuple(fields.read("bands", _bands, [])),
        district=console.sent("district"),
        agency=console.sent("agency"),
        programme=console.sent("programme"),
        first=fields.read("from", read_day, None),
        last=fields.read("to", read_day, None),
    )
    terms = SampleTerms(
        method=cast("Method", fields.one_of("method", _METHODS, "attribute")),
        tolerable=fields.needed("tolerable"),
        expected=console.sent("expected") or "0",
        confidence=fields.read("confidence", read_share, _CONFIDENCE),
        size=fields.read("size", read_amount, None),
        above=fields.read("above", read_amount, 0),
        allocation=cast("Allocation", fields.one_of("allocation", _ALLOCATIONS, "items")),
    )
    for part in ("tolerable", "expected"):
        fields.read(part, read_share if terms.method == "attribute" else partial(_share_of, 0), Fraction(0))
    fields.done()
    steps.require_free(console.trail(), name)
    with console.view() as view:
        planned = steps.planned_sample(name, Book(view, cut_of(view)), selection, terms)
    console.run(steps.freeze(console.installation, planned, console.signature(console.sent("reason"))))
    return done(console, f"/samples/{name}", "sample-frozen")


def _bands(typed: str) -> list[int]:
    return sorted(read_amount(one) for one in typed.split(";") if one.strip())


@get("/samples/{name:str}", guards=[READS_ALL], sync_to_thread=True)
def sample(console: Console, name: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show a sample and its next step: seed, draw, or its items and what they say about all."""
    found = _sample_named(console, name)
    console.judge(found.frozen)
    content: dict[str, object] = {
        "sample": found,
        "steps": STEPS,
        "shares": _shares(found),
        "check": steps.check_command(f"{name}.csv", found) if found.seed else "",
    }
    if not found.drawn:
        step = "draw" if found.seed else "seed"
        content |= {"needed": _needed(console, found), "command": command_line("sample list", {})}
        return page(console, "sample.html", step=step, **content)
    work, evaluation = _work(console, found), _evaluation(console, found)
    if work is None or evaluation is None:
        return at_work(console, message("sample.work", name=name))
    unexamined = [one for one in work if one.examined is None]
    items = unexamined if console.one("open") else work
    table = Table(
        name=f"sample-{name}",
        caption="console.samples.items",
        columns=_item_columns(console),
        rows=listed(items),
        total=len(items),
    )
    return table_answer(
        console,
        "sample.html",
        table,
        step="examine" if unexamined else "evaluate",
        unexamined=unexamined,
        evaluation=evaluation,
        verdict=verdict(found, evaluation, console.words),
        handle=_handle(console, found, evaluation),
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


def _shares(found: RecordedSample) -> dict[str, str]:
    """Return the shares that a sample was planned with, as percentages."""
    return {part: percent(getattr(found.frozen, part)) for part in ("confidence", "tolerable", "expected")}


def _needed(console: ConsoleContext, found: RecordedSample) -> int:
    """Return the size that suffices where a sample has a smaller one, else 0; 0 too where its frame is not at hand."""
    try:
        return steps.size_needed(found.design, steps.read_kept_frame(console.installation.settings, found))
    except AdvisedError:
        return 0


def _require_frame(console: ConsoleContext, name: str) -> None:
    """Refuse a sample whose frame would have to be built again, for which everybody would wait; raises ``AdvisedError``."""
    steps.read_kept_frame(console.installation.settings, _sample_named(console, name))


def _drawn_items(console: ConsoleContext, found: RecordedSample) -> Result[list[DrawnItem]] | None:
    """Return the items of a sample, which follow from seed and frame and are drawn once for each size."""
    settings = console.installation.settings

    def work() -> list[DrawnItem]:
        return found.items(steps.read_kept_frame(settings, found))

    question = "drawn", found.frozen.sample, found.size
    return console.services.results.get(
        question, found.frozen.frame_sha256, work, clock=console.installation.clock
    )


def _work(console: ConsoleContext, found: RecordedSample) -> list[SampleItem] | None:
    items = _drawn_items(console, found)
    if items is None:
        return None
    with console.view() as view:
        claims = claims_of(view, found.frozen.of, [one.item.name for one in items.value])
    return steps.work_items(found, items.value, claims)


def _evaluation(console: ConsoleContext, found: RecordedSample) -> Evaluation | None:
    settings = console.installation.settings

    def work() -> Evaluation:
        return found.evaluated(steps.read_kept_frame(settings, found))

    version = str(msgspec.json.encode((found.size, found.looks, found.examined), order="sorted"))
    result = console.services.results.get(
        ("evaluated", found.frozen.sample), version, work, clock=console.installation.clock
    )
    return result.value if result is not None and result.current else None


def _handle(console: ConsoleContext, found: RecordedSample, evaluation: Evaluation) -> str:
    """Record what a sample says by its last step, and return the handle."""
    steps_of = (
        entry.position
        for entry in console.trail()
        if isinstance(entry.record, SampleStep) and entry.record.sample == found.frozen.sample
    )
    parameters = {"sample": found.frozen.sample, "trail": str(max(steps_of))}
    cut, rulebook = Cut(found.frozen.cut), console.installation.rulebook.hash
    totals = evaluation_totals(evaluation)
    return shown_handle(
        console, at_cut(cut, found.frozen.true_on, "sample evaluate", parameters, rulebook, totals)
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
    found = _sample_named(console, name).with_items()
    work = _work(console, found)
    if work is None:
        return at_work(console, message("sample.work", name=name))
    total = sum(one.amount for one in work)
    return page(console, "sample_sheet.html", sample=found, work=work, total=total, shares=_shares(found))


@get("/samples/{name:str}/frame", guards=[READS_ALL], sync_to_thread=True)
def frame(console: Console, name: FromPath[str]) -> Response[bytes]:
    """Return the file of the frame, whose hash stands in the trail, so that anybody can draw the sample again."""
    found = _sample_named(console, name)
    steps.read_kept_frame(console.installation.settings, found)
    content = steps.frame_path(console.installation.settings, name).read_bytes()
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@post(
    "/samples/{name:str}/seed", guards=[_AUDITOR], form="/samples/{name}", fields=_FIELDS, sync_to_thread=True
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
    "/samples/{name:str}/draw", guards=[_AUDITOR], form="/samples/{name}", fields=_FIELDS, sync_to_thread=True
)
def draw(console: Console, name: FromPath[str]) -> Response[None]:
    """Draw the sample: the same items, whoever draws it."""
    _require_frame(console, name)
    console.run(steps.draw(console.installation, name, console.signature()))
    return done(console, f"/samples/{name}", "sample-drawn")


@post(
    "/samples/{name:str}/extend",
    guards=[_AUDITOR],
    form="/samples/{name}",
    fields=_FIELDS,
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
    guards=[_AUDITOR],
    form="/samples/{name}",
    fields=_FIELDS,
    sync_to_thread=True,
)
def examine(console: Console, name: FromPath[str]) -> Response[None]:
    """Record what was found at the items that were chosen."""
    _require_frame(console, name)
    fields = console.fields
    found = fields.one_of("found", ("right", "wrong"))
    wrong = found == "wrong"
    amount = fields.read("amount", read_amount, None) if wrong else None
    if wrong and amount is None and not console.sent("error"):
        fields.wrong("amount", message("console.samples.amount-or-error"))
    fields.done()
    act = steps.examine(
        console.installation,
        name,
        console.form.get("item", ()),
        console.signature(console.sent("reason")),
        right=found == "right",
        amount=amount,
        error=console.sent("error") if wrong else "",
        note=console.sent("note"),
    )
    console.run(act)
    return done(console, f"/samples/{name}?open=1", "sample-examined")


routes = (
    samples_page,
    plan,
    new,
    freeze,
    sample,
    sheet,
    frame,
    give_seed,
    draw,
    extend,
    examine,
)
