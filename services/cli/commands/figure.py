"""``figure``: a sum that was shown once, the same again, and the bridge from it to today's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import asdict

from events.message import message
from services.audit_trail.trail import read
from services.book.cut import Cut, last_cut
from services.cli.exit_codes import FINDING, OK
from services.cli.opening import with_installation
from services.cli.output import Steps, console, show_json, show_table, table, tell
from services.explanation.lookup import Lookup
from services.figures.again import FigureAgain, ask_again
from services.figures.figure import find, looked_at
from services.figures.queries import QUERIES, Query, Sources
from services.ledger.claim_routes import Routes
from services.runtime.bootstrap import Installation
from services.wording.figures import narrowed_to, sum_name
from services.wording.terms import LanguageTexts, day, moment, number


def figure(handle: str, /, *, json: bool = False, data: Path | None = None) -> int:
    """Ask for a figure again: the same number, its query, cut and rulebook, and what leads from it to today's.

    Exit code 1 if it comes to another number.
    """

    async def work(installation: Installation) -> tuple[FigureAgain, bool]:
        sources = await _sources(installation)
        recorded = find(sources.trail, handle)
        now = await last_cut(installation.ledger)
        with Steps() as steps, steps(message("figure.building"), now.events) as advanced:
            again = await ask_again(recorded, sources, now, advanced)
        return again, again.recorded.rulebook == installation.rulebook.hash

    again, same_rulebook = with_installation(data, work)
    if json:
        show_json({**asdict(again), "movement": again.movement, "same": again.same})
    else:
        _print(again, LanguageTexts(), same_rulebook=same_rulebook)
    return OK if again.same else FINDING


def _print(again: FigureAgain, words: LanguageTexts, *, same_rulebook: bool) -> None:
    out, recorded = console(), again.recorded
    query = QUERIES[recorded.query]
    facts = [
        ("figure.asked", narrowed_to(recorded.parameters, words)),
        ("figure.shown", words.say("figure.times", first=moment(again.first), count=again.shown)),
        ("figure.known", ",".join(f"{partition}:{at}" for partition, at in looked_at(recorded).items())),
        ("figure.true-on", day(recorded.true_on) if recorded.true_on else ""),
        ("figure.rulebook", recorded.rulebook[:12]),
    ]
    show_table(
        [fact for fact in facts if fact[1]],
        ("", lambda fact: words.say(fact[0]), "left"),
        ("", lambda fact: fact[1], "prose"),
        title=words.say(
            "figure.title", handle=recorded.handle, query=words.name("figure-query", recorded.query)
        ),
    )
    out.print()

    def sums_of(name: str, totals: Mapping[str, int]) -> str:
        amount = totals.get(name, 0)
        return number(amount) if name in query.counts else words.amount(amount)

    rows = [
        (
            sum_name(name, query, words),
            *(sums_of(name, part) for part in (recorded.totals, again.movement, again.today)),
        )
        for name in recorded.totals
    ]
    columns = [words.say(f"figure.{name}") for name in ("what", "then", "moved", "now")]
    out.print(table("", columns, rows, right=(1, 2, 3), prose=(0,)))
    for name, amount in recorded.totals.items():
        if again.again.get(name) != amount:
            values = {"then": sums_of(name, recorded.totals), "again": sums_of(name, again.again)}
            name_of = sum_name(name, query, words)
            tell(out, words.say("figure.other", name=name_of, **values), style="bold red")
    if again.same:
        tell(out, words.say("figure.same"), style="green")
    if changed := len(again.claims):
        true_on = f" --true-on {day(recorded.true_on)}" if recorded.true_on else ""
        claim = f" {again.claims[0].claim}" if query.of == "person" else ""
        since = Cut(tuple(looked_at(recorded).get(n, at) for n, at in enumerate(again.now.positions)))
        command = f"kelambu diff{claim} --known-on {since} --known-on {again.now}{true_on}"
        key = "moved-claims" if query.of == "person" or not recorded.parameters else "moved-of-question"
        tell(out, words.say(f"figure.{key}", count=number(changed), command=command))
        _print_claims(again, query, words)
    if not same_rulebook:
        tell(out, words.say("figure.other-rulebook"))


def _print_claims(again: FigureAgain, query: Query, words: LanguageTexts) -> None:
    """Print by how much each claim moved the figure, where it is a sum over claims."""
    if not any(one.movement for one in again.claims):
        return
    names = [name for name in again.recorded.totals if any(one.movement[name] for one in again.claims)]
    rows = [
        (
            one.claim,
            *(
                number(one.movement[name]) if name in query.counts else words.amount(one.movement[name])
                for name in names
            ),
        )
        for one in again.claims
    ]
    columns = [words.say("column.claim"), *(sum_name(name, query, words) for name in names)]
    console().print(table("", columns, rows, right=tuple(range(1, len(columns)))))


async def _sources(installation: Installation) -> Sources:
    rulebooks, today = await installation.rulebooks(), installation.rulebook
    lookup = Lookup(Routes(installation.core), installation.ledger, rulebooks, today)
    trail = await read(installation)
    return Sources(installation.ledger, lookup, rulebooks, today, installation.tokens, trail)
