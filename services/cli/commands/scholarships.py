"""``scholarships``: each child's school years, what was paid, what is left, and what it may still cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from events.message import message
from events.values import JAKARTA
from services.adjudication.decider import State, decode_state
from services.adjudication.replay import Replay
from services.benefits.history import History
from services.benefits.reading.folder import named
from services.benefits.rulebook import Rulebook
from services.benefits.scholarship_balance import ChildLedger, school_ledger
from services.cli.dates import Day
from services.cli.exit_codes import OK, CommandError
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.cli.render.terms import LanguageTexts, day, number
from services.explanation.lookup import Lookup
from services.ledger import snapshot as snapshots
from services.ledger.claim_routes import Routes
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation


def scholarships(
    *,
    claim: str | None = None,
    as_of: Day = None,
    file: Path | None = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show the scholarship of every child: school years confirmed and paid, years left per level, years missed.

    «At most still» is a ceiling: every school year until the age limit, the dearest levels first, within the caps.
    """
    words = LanguageTexts()
    on = as_of or dt.datetime.now(JAKARTA).date()
    if file is not None:
        rules = named(Settings.read(data=data).rulebook)
        children = _children(_in_file(file, claim, rules), rules, on)
    else:
        children = with_installation(data, lambda installation: _with_installation(installation, claim, on))
    if children is None:
        raise CommandError(
            message("unknown-claim.sentence", claim=claim or ""),
            message("unknown-claim.in-file" if file else "unknown-claim.cure"),
        )
    children.sort(key=lambda child: (child.claim, child.born, child.child))
    sums = {name: sum(getattr(child, name) for child in children) for name in ("confirmed", "paid", "future")}
    if json:
        show_json({"as_of": on, "children": children, "sums": {"children": len(children), **sums}})
    else:
        _print(children, sums, on, words)
    return OK


def _in_file(file: Path, claim: str | None, rules: Rulebook) -> Iterable[State] | None:
    book = Replay(rules)
    with file.open("rb") as lines:
        for line in lines:
            if line.strip():
                book.take(line.strip())
    if claim is None:
        return book.states.values()
    state = book.state_of(claim)
    return None if state is None else [state]


async def _with_installation(
    installation: Installation, claim: str | None, on: dt.date
) -> list[ChildLedger] | None:
    if claim is None:
        return [
            child async for state in _states(installation) for child in _of(state, installation.rulebook, on)
        ]
    found = await Lookup(Routes(installation.core), installation.ledger, {}, installation.rulebook).find(
        claim
    )
    return None if found is None else list(_of(found.state, installation.rulebook, on))


async def _states(installation: Installation) -> AsyncIterator[State]:
    for partition in range(installation.ledger.partitions):
        snapshot = await snapshots.take(installation.core, partition)
        for state in map(decode_state, snapshot.states.values()):
            yield state


def _children(states: Iterable[State] | None, rules: Rulebook, on: dt.date) -> list[ChildLedger] | None:
    return None if states is None else [child for state in states for child in _of(state, rules, on)]


def _of(state: State, rules: Rulebook, on: dt.date) -> tuple[ChildLedger, ...]:
    if not state.claims:
        return ()
    orders = {name: record.orders for name, record in state.claims.items()}
    return school_ledger(History(state.facts), rules, orders, on)


def _print(children: list[ChildLedger], sums: dict[str, int], on: dt.date, words: LanguageTexts) -> None:
    if not children:
        tell(console(), words.say("scholarship.none"))
        return
    total = (words.amount(sums["confirmed"]), words.amount(sums["paid"]), "", words.amount(sums["future"]))
    show_table(
        children,
        ("column.claim", lambda child: child.claim, "left"),
        ("scholarship.child", lambda child: words.label(child.child), "left"),
        ("scholarship.born", lambda child: day(child.born), "left"),
        ("scholarship.years", lambda child: str(len(child.years)), "right"),
        ("scholarship.confirmed", lambda child: words.amount(child.confirmed), "right"),
        ("sum.paid", lambda child: words.amount(child.paid), "right"),
        (
            "scholarship.left",
            lambda child: " ".join(f"{level} {n}" for level, n in child.left.items()),
            "left",
        ),
        ("scholarship.future", lambda child: words.amount(child.future), "right"),
        ("scholarship.missed", lambda child: ", ".join(map(str, child.missed)), "left"),
        ("scholarship.state", lambda child: _state(child, words), "prose"),
        title=words.say("scholarship.title", children=number(len(children)), day=day(on)),
        last=(words.say("demo.all"), "", "", "", *total, "", ""),
    )


def _state(child: ChildLedger, words: LanguageTexts) -> str:
    if child.ended:
        return words.say(f"scholarship.{child.ended}")
    return words.say("scholarship.awaited") if child.awaited else ""
