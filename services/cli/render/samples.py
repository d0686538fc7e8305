"""How samples are shown: plan, items drawn, work list and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from events.message import Message
from services.audit_trail.records import SampleFrozen
from services.cli.output import console, show_table, table, tell
from services.engagements.samples import SampleItem
from services.sampling.draw import DrawnItem
from services.sampling.evaluation import Evaluation, StratumEvaluation
from services.sampling.plan import SamplePlan
from services.sampling.sample_records import RecordedSample
from services.wording.samples import evaluation_facts, hits, item_found, percent, sample_state, verdict
from services.wording.terms import LanguageTexts, moment, number


def show_plan(plan: SamplePlan) -> None:
    """Print a plan: its size first, then what it rests on."""
    words = LanguageTexts()
    rupiah = plan.method == "monetary-unit"
    rows = [
        ("size", number(plan.size)),
        ("allowed", number(plan.allowed)),
        ("confidence", percent(plan.confidence)),
        ("tolerable", percent(plan.tolerable)),
        ("expected", percent(plan.expected)),
        ("distribution", words.name("distribution", plan.distribution)),
    ]
    if plan.items:
        rows.append(("items", number(plan.items)))
    if rupiah:
        rows += [("book", words.amount(plan.book)), ("interval", words.amount(plan.interval))]
    named = [(words.say(f"sample.{name}"), value) for name, value in rows]
    console().print(table(words.say(f"sample.plan-{plan.method}"), ("", ""), named))
    tell(console(), plan.formula, hang=2)
    tell(console(), words.say("sample.symbols"))
    tell(console(), plan.citation)


def show_drawn(sample: Sequence[DrawnItem], title: Message) -> None:
    """Print the items of a sample in the order in which they were drawn."""
    words = LanguageTexts()
    tell(console(), title)
    total = sum(one.item.amount for one in sample)
    show_table(
        sample,
        ("sample.item", lambda one: one.item.name, "left"),
        ("sample.amount", lambda one: words.amount(one.item.amount), "right"),
        ("sample.stratum", lambda one: one.item.stratum, "left"),
        ("sample.hits", lambda one: hits(one, words), "right"),
        last=(words.say("demo.all"), words.amount(total), "", number(sum(one.hits for one in sample))),
    )


def show_frozen(frozen: SampleFrozen, file: Path, position: int, *, left_out: int, needed: int) -> None:
    """Print what stands fast, and what comes next."""
    words, out = LanguageTexts(), console()
    rows = [
        ("items", number(frozen.items)),
        ("book", words.amount(frozen.amount)),
        ("size", number(frozen.size)),
        ("confidence", percent(frozen.confidence)),
        ("tolerable", percent(frozen.tolerable)),
        ("expected", percent(frozen.expected)),
    ]
    if frozen.above:
        rows.append(("above", words.amount(frozen.above)))
    named = [(words.say(f"sample.{name}"), value) for name, value in rows]
    title = words.say(f"sample.frozen-{frozen.method}", name=frozen.sample)
    out.print(table(title, ("", ""), named))
    if left_out:
        tell(out, words.say("sample.left-out", count=number(left_out)))
    if needed:
        tell(out, words.say("sample.too-few", size=number(frozen.size), needed=number(needed)))
    tell(out, words.say("sample.file", file=file))
    tell(out, f"SHA-256 {frozen.frame_sha256}")
    tell(out, words.say("sample.seed-next", position=position, name=frozen.sample))


def show_samples(every: Sequence[RecordedSample]) -> None:
    """Print the samples, oldest first, and how far each has come."""
    words = LanguageTexts()
    show_table(
        every,
        ("sample.name", lambda one: one.frozen.sample, "left"),
        ("sample.frozen-at", lambda one: moment(one.at), "left"),
        ("sample.method", lambda one: words.say(f"sample.{one.frozen.method}"), "prose"),
        ("sample.size", lambda one: number(one.size), "right"),
        ("sample.state", lambda one: sample_state(one, words), "prose"),
    )


def show_work_list(sample: RecordedSample, work: Sequence[SampleItem]) -> None:
    """Print the items with what was found of each, and what to look at."""
    words, out = LanguageTexts(), console()
    show_table(
        work,
        ("sample.item", lambda one: one.item, "left"),
        ("sample.amount", lambda one: words.amount(one.amount), "right"),
        ("sample.stratum", lambda one: one.stratum, "left"),
        ("sample.found", lambda one: item_found(one.examined, words), "left"),
        title=words.say("sample.work", name=sample.frozen.sample),
        last=(words.say("demo.all"), words.amount(sum(one.amount for one in work)), "", ""),
    )
    tell(out, words.say(f"sample.look-{sample.frozen.of}"))
    tell(out, words.say("sample.look-with", claim=next((one.claim for one in work if one.claim), "?")))


def show_evaluation(sample: RecordedSample, evaluation: Evaluation) -> None:
    """Print what a sample says: the verdict first, then the figures, then what was found in each stratum."""
    words, out = LanguageTexts(), console()
    tell(out, verdict(sample, evaluation, words))
    facts = [(words.say(f"sample.{name}"), value) for name, value in evaluation_facts(evaluation, words)]
    out.print(table("", ("", ""), facts, right=(1,)))
    if len(evaluation.strata) > 1:
        _show_strata(evaluation.strata, words)
    if evaluation.looks > 1:
        tell(out, words.say("sample.looks", looks=number(evaluation.looks)))


def _show_strata(strata: Sequence[StratumEvaluation], words: LanguageTexts) -> None:
    show_table(
        strata,
        ("sample.stratum", lambda one: words.say("sample.above-all") if one.certain else one.stratum, "left"),
        ("sample.items", lambda one: number(one.items), "right"),
        ("sample.drawn", lambda one: number(one.drawn), "right"),
        ("sample.errors", lambda one: number(one.errors), "right"),
        ("sample.overstated", lambda one: words.amount(one.overstated), "right"),
    )
