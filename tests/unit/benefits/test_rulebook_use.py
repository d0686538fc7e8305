"""Nothing in the law files is dead: whatever they state, some life would be decided otherwise without it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from events.disability import IN_UNITS, SCALP_PERCENT, WHICH, WITHOUT_SIDE
from services.adjudication.replay import Replay
from services.benefits.assess import assess
from services.benefits.families.disability import BOTH_SIDES
from services.benefits.history import History
from services.benefits.reading.folder import load
from services.benefits.rulebook import LawStatement, Rulebook
from tests.cases import CASES
from tests.lives import JKK_DEATH_PAPERS, JKK_PAPERS, Data, Life, bank, days, disability, heir, jkm_death
from tests.scenarios.touched import Noting, bracket_key, figure_key, rank_key

SCHEME = load().scheme
ROWS = tuple(code for code in SCHEME.figures if code.startswith("disability.") and code != "disability.cap")
INCOME = next(s for r in load().regulations for s in r.statements if s.code == "income.brackets")
BRACKETS: list[list[int]] = INCOME.value  # type: ignore[assignment]
RANKS = ("spouse", "child", "parent", "grandchild", "grandparent", "sibling", "parent-in-law", "testament")


def dead(life: Life, day: str, claim: str = "A-1", **more) -> Life:
    """File a complete JKM death on ``day`` for this member."""
    life.filed(claim, event_date=day, time=f"{day}T20:00:00+07:00", **more)
    return life.died(day, claim).heirs(heir(), claim=claim)


def hurt(*items, **enrolment) -> Life:
    return Life().enrolled(**enrolment).paid_months().accident().at_work().items(*items)


def rows() -> Iterator[Life]:
    """Each row of the disability table by itself."""
    for row in ROWS:
        part, _, side = row.removeprefix("disability.").partition(".")
        if part.startswith("leg-shortening"):
            part, side = row.removeprefix("disability."), ""
        stated: Data = {}
        if part == "scalp":
            stated = {"percent": SCALP_PERCENT[side == "most"]}
        elif part not in WITHOUT_SIDE:
            stated = {"side": side or "right"}
        if part in WHICH:
            stated["which"] = WHICH[part][0]
        if part in IN_UNITS:
            stated["units"] = 1
        yield hurt(disability(part, **stated))
    yield from (hurt(disability(part)) for part in BOTH_SIDES)


def schooled(first_paid: str, last_paid: str, died_on: str) -> Life:
    """A death after just enough contributions, with three children who study for longer than the law pays."""
    born = int(died_on[:4]) - 4
    children = [{"child": f"c{n}", "name": "Anak", "birth_date": f"{born}-08-01"} for n in (1, 2, 3)]
    children[1]["birth_date"] = f"{int(died_on[:4]) - 23}-07-02"
    life = Life().enrolled(f"{first_paid}-01").paid_months(first_paid, last_paid, f"{first_paid}-01")
    life.filed(event_date=died_on, time=f"{died_on}T20:00:00+07:00", children=children)
    life.died(died_on).heirs(heir())
    for year, level in enumerate(["TK"] + ["SD"] * 8 + ["SMP"] * 4 + ["SMA"] * 4 + ["PT"] * 6, born + 1):
        life.schooled("c1", level, year)
    return life.schooled("c2", "PT", int(died_on[:4])).schooled("c3", "SD", int(died_on[:4]))


def deaths() -> Iterator[Life]:
    yield jkm_death()
    yield dead(Life().enrolled("2018-01-01").paid_months("2018-01", "2019-12", "2018-01-02"), "2019-12-01")
    yield schooled("2014-07", "2019-06", "2019-06-30")
    yield schooled("2017-07", "2020-06", "2020-06-30")
    yield schooled("2023-04", "2026-03", "2026-03-01")
    yield dead(Life().enrolled("2025-12-01").paid_months("2025-12", "2026-03"), "2026-03-01")
    yield dead(Life().enrolled("2026-01-15").paid_months("2026-01", "2026-03", "2026-01-15"), "2026-03-01")
    yield jkm_death().objected()
    yield jkm_death().reviewed("deny")
    yield jkm_death().filed("B-2").died(claim="B-2").heirs(heir(), claim="B-2")
    yield jkm_death().heirs(heir(account="9"), agency="bank")
    yield Life().insured().filed(time="2031-06-01T08:00:00+07:00").died().heirs(heir())
    life = jkm_death().paid("A-1.1", 42_000_000).withdrawn()
    yield life.filed("B-2").died(claim="B-2").heirs(heir(), claim="B-2")
    child = {"child": "c", "name": "Anak", "birth_date": "2015-08-01"}
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2026-12", "2020-01-02")
    life.accident(event_date="2025-06-01", children=[child]).at_work().items({"kind": "total-disability"})
    life = dead(life, "2026-03-01", "B-2", children=[child | {"birth_date": "2015-08-11"}])
    yield life.schooled("c", "SD", 2025, claim="B-2")
    for stated in pairwise(RANKS):
        heirs = [heir(f"h{n}", relation, f"{n}") for n, relation in enumerate(stated)]
        yield Life().insured().filed().died().heirs(*heirs)


def coverage() -> Iterator[Life]:
    for year in (2020, 2026):
        begin, day = f"{year - 1}-01", f"{year}-03-02"
        member = f"{begin}-01"
        yield dead(Life().enrolled(member).paid_months(begin, f"{year - 1}-11", member), day)
        yield dead(Life().enrolled(member).paid_months(begin, f"{year - 1}-12", member), day)
        yield dead(Life().enrolled(member).paid_months(begin, f"{year}-12", f"{year}-03-03"), day)
    yield dead(Life().enrolled("2026-03-03").paid_months(), "2026-03-02")
    yield dead(Life().insured().ended("2026-02-01"), "2026-03-02")
    yield dead(Life().enrolled(programmes=["JKK"]).paid_months(), "2026-03-02")


def accidents() -> Iterator[Life]:
    killed = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().died().heirs(heir())
    yield killed
    yield Life().insured().accident().at_work(related=False).items(days("2026-03-01", 3))
    yield Life().insured().accident(time="2031-06-01T08:00:00+07:00").at_work().items(days("2026-03-01", 3))
    early = Life().enrolled("2018-01-01").paid_months("2018-01", "2019-12", "2018-01-02")
    late = early.accident(event_date="2019-06-01", time="2019-06-02T08:00:00+07:00")
    yield late.at_work().items(days("2019-06-01", 3))
    raised = Life().insured().income(5_000_000, "2026-02").accident(event_date="2026-03-04")
    yield raised.at_work().items(days("2026-03-01", 3))
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items(disability("smell"))
    yield life.died("2026-03-05").heirs(heir())
    life = Life().insured().accident(papers=(*JKK_PAPERS, *JKK_DEATH_PAPERS)).at_work()
    yield life.items(days("2026-03-01", 30)).died("2026-03-05").heirs(heir())


def care() -> Iterator[Life]:
    yield hurt({"kind": "total-disability"})
    yield hurt(days("2026-03-01", 420))
    yield hurt(disability("eye", side="right"), disability("mental-capacity"))
    bill: Data = {"kind": "treatment", "amount": 7, "provider": "rsud"}
    yield hurt(bill, bill)
    yield hurt(bill).accident("B-2").at_work(claim="B-2").items(bill, claim="B-2")
    yield hurt({"kind": "treatment", "amount": 5, "payee": {"name": "Klinik", "account": bank()}})
    for mode in ("land", "sea", "air"):
        yield hurt({"kind": "transport", "mode": mode, "amount": 90_000_000})
    for device in ("denture", "hearing-aid", "glasses", "orthosis"):
        price = {"reference_price": 1_000_000} if device == "orthosis" else {}
        yield hurt({"kind": "device", "device": device, "amount": 90_000_000, **price})
    first = {"kind": "homecare", "amount": 30_000_000, "first_day": "2026-03-02", "last_day": "2026-03-03"}
    yield hurt(first)
    last = {"first_day": "2027-03-01", "last_day": "2027-03-01", "amount": 1}
    yield hurt(first | {"amount": 1}, first | last)


def incomes() -> Iterator[Life]:
    yield from (hurt({"kind": "total-disability"}, income=row[0] * 1000) for row in BRACKETS)


def payees() -> Iterator[Life]:
    """Heirs stated anew after an order was paid."""
    yield jkm_death().paid("A-1.1", 42_000_000).heirs(heir("h9", "child", account="99887766"))


LIVES = [
    life.lines() for family in (deaths, coverage, accidents, care, rows, incomes, payees) for life in family()
]
LIVES += [
    (CASES / name).read_bytes().splitlines()
    for name in ("deceased-is-heir.jsonl", "one-of-two-payments-returned.jsonl")
]


def decided(lines: list[bytes], rulebook: Rulebook) -> bytes:
    """Everything that is decided about a life: status, orders, and the award with its citations."""
    book = Replay(rulebook)
    for line in lines:
        book.take(line)
    assert not book.refused
    histories = [History(state.facts) for state in book.states.values()]
    orders = {
        number: record.orders for state in book.states.values() for number, record in state.claims.items()
    }
    awards = [assess(h, number, rulebook, orders) for h in histories for number in h.claims]
    return msgspec.json.encode((book.result(), awards))


class Known(NamedTuple):
    """A life as it is decided, by which figures, reasons, brackets and ranks, and after how many questions about them."""

    lines: list[bytes]
    decided: bytes
    touched: frozenset[str]
    asked: int


@cache
def known() -> list[Known]:
    """Every life, those that are quickly decided first."""
    found = []
    for lines in LIVES:
        noting = Noting(load())
        decided(lines, noting)
        found.append(Known(lines, decided(lines, load()), frozenset(noting.log), noting.asked))
    return sorted(found, key=lambda one: one.asked)


def instead(old: LawStatement, new: LawStatement) -> Rulebook:
    """The rulebook with one statement replaced."""
    regulations = tuple(
        replace(r, statements=tuple(new if s is old else s for s in r.statements)) for r in load().regulations
    )
    return Rulebook(SCHEME, regulations, load().holidays, load().hash)


def changed(stated: LawStatement) -> Iterator[LawStatement]:
    """The same statement saying something else; of these one at least must be noticed."""
    value = stated.value
    if stated.code == "heirs.ranks":
        ranks = [[relation] for relation in reversed(RANKS)]
        yield replace(stated, value=ranks)
    elif value is UNSET or value == "uncapped":
        yield replace(stated, article="Pasal 0")
    else:
        yield from (replace(stated, value=value + step) for step in (1, -1))  # type: ignore[operator]
        yield replace(stated, value=value * 100)  # type: ignore[operator]


def noticed(rulebook: Rulebook, *keys: str) -> bool:
    """Whether a life is decided otherwise; one that has asked for none of what was changed cannot be."""
    near = (one for one in known() if not one.touched.isdisjoint(keys))
    return any(decided(one.lines, rulebook) != one.decided for one in near)


STATEMENTS = [s for r in load().regulations for s in r.statements if s.code != "income.brackets"]


@pytest.mark.parametrize("stated", STATEMENTS, ids=lambda s: f"{s.regulation} {s.code}")
def test_what_the_law_states_decides_some_life(stated: LawStatement):
    """A figure or reason that could say anything without anybody noticing is dead, or nothing here needs it."""
    keys = [
        figure_key(stated.code, stated.citation),
        *map(rank_key, RANKS if stated.code == "heirs.ranks" else ()),
    ]
    assert any(noticed(instead(stated, other), *keys) for other in changed(stated))


@pytest.mark.parametrize("row", range(len(BRACKETS)))
@pytest.mark.parametrize("column", [0, 1])
def test_every_income_bracket_decides_some_life(row: int, column: int):
    """Where a bracket begins, and the base that it gives; the first begins at no income."""
    rows = [list(bracket) for bracket in BRACKETS]
    rows[row][column] += 1
    assert noticed(instead(INCOME, replace(INCOME, value=rows)), bracket_key(BRACKETS[row][1]))


def test_the_lives_meet_every_reason():
    """Each reason for which a claim is denied or referred occurs."""
    met = b"".join(one.decided for one in known()).decode()
    assert [code for code in sorted(SCHEME.reasons) if f'"{code}"' not in met] == []


def test_the_scalp_has_the_same_range_in_the_contract_and_in_the_law():
    """What an agency may state is what the table pays."""
    law = load().on(load().regulations[-1].applies_from)
    assert (law.whole("disability.scalp.least"), law.whole("disability.scalp.most")) == SCALP_PERCENT
