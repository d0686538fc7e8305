"""Samples: which there are, and how one is planned and frozen before anybody knows its seed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import cast, get_args

from litestar import Response, get, post

from events.message import message
from services.book.cut import cut_of
from services.book.read_models_as_of import Book
from services.console.access import allowed
from services.console.asking import READS_ALL
from services.console.context import Console, ConsoleContext
from services.console.forms import Fields, form_error
from services.console.rendering import command_line, done, page
from services.console.tables import Column, Table, table_answer
from services.engagements import samples as steps
from services.engagements.samples import SampleTerms
from services.sampling.attributes import NoSamplePlanError
from services.sampling.design import Allocation
from services.sampling.plan import Distribution, Method, SamplePlan, attribute_plan, monetary_plan
from services.sampling.population import Population, Selection, Stratification
from services.sampling.sample_records import RecordedSample, samples
from services.texts.errors import advised
from services.texts.typed import read_amount, read_day, read_share, read_share_of
from services.wording.samples import percent, sample_state

AUDITOR = allowed("auditor")
"""The guard of every act on a sample."""
STEPS = ("plan", "freeze", "seed", "draw", "examine", "evaluate")
"""The steps in their order; each page says which one it is."""
_METHODS: tuple[Method, ...] = get_args(Method)
_POPULATIONS: tuple[Population, ...] = get_args(Population)
_STRATA: tuple[Stratification, ...] = get_args(Stratification)
_ALLOCATIONS: tuple[Allocation, ...] = get_args(Allocation)
_CONFIDENCE = Fraction(95, 100)
FIELDS = {
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
    recorded = list(samples(console.trail()).values())
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
        rows=recorded,
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
    sample_plan = _planned(fields, method) if parameters["tolerable"] and not console.wrong else None
    command = {name: value for name, value in parameters.items() if value}
    return page(
        console,
        "sample_plan.html",
        step="plan",
        steps=STEPS,
        method=method,
        methods=_options(console, "sample", _METHODS),
        parameters=parameters,
        plan=sample_plan,
        shares={name: percent(getattr(sample_plan, name)) for name in ("confidence", "tolerable", "expected")}
        if sample_plan
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


@get("/samples/new", guards=[AUDITOR], sync_to_thread=True)
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


@post("/samples/freeze", guards=[AUDITOR], form="/samples/new", fields=FIELDS, sync_to_thread=True)
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


routes = (samples_page, plan, new, freeze)
