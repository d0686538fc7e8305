"""Whole lives as hypothesis draws them: every kind of agency event about one person, in any order.

A life is a list of documents. It begins, mostly, with what a claim needs to be paid, so that most of what is added
moves money; what is added knows nothing of it. Payments are drawn from the orders that a replay shows at that point.
"""

from __future__ import annotations

import copy
import os
import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from services.adjudication.replay import Replay
from services.benefits.reading.folder import load
from tests.lives import JKK_DEATH_PAPERS, JKM_PAPERS, NIK, Data, Life, bank, disability, heir

LIVES = int(os.environ.get("LIVES", "120"))
"""Lives drawn for each property."""

many_lives = settings(
    max_examples=LIVES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

PAPERS = tuple(dict.fromkeys((*JKK_DEATH_PAPERS, *JKM_PAPERS)))
REFERRALS = (
    "in-arrears", "paid-after-event", "three-month-boundary", "no-law-in-force", "filed-late", "income-raised",
    "disability-then-death", "after-death", "account-changed", "objected", "payment-returned",
    "heirs-changed", "payee-is-deceased", "return-unclear",
)  # fmt: skip
"""Reasons for which a claim is referred, and the one by which a returned order is ordered again."""
AS_THEY_ARE = ("child-unclear", "item-repeated", "paid-before", "same-accident")
"""Reasons that an approval lifts only as they are when it is given, so that its place matters."""

CLAIMS = {"A-1": "work-accident", "B-2": "other", "C-3": "occupational-disease"}
EVENT_DATES = {
    "A-1": ("2026-03-01", "2026-03-01", "2025-05-20", "2019-11-01"),
    "B-2": ("2026-03-05", "2026-03-05", "2025-02-10", "2019-06-01"),
    "C-3": ("2025-11-10", "2026-02-01", "2026-03-01"),
}
CHILDREN = [
    {"child": name, "name": "Anak", "birth_date": born}
    for name, born in (("a", "2008-02-01"), ("b", "2012-05-05"), ("c", "2015-08-01"), ("d", "2022-01-01"))
]
AGENCIES = ("rsud", "dinsos", "disdukcapil", "rsud")
TIMES = ("2026-06-10T10:00:00+07:00", "2026-06-12T23:30:00+07:00", "2026-07-01T08:00:00+07:00")

Step = Callable[[Life], object]
"""Adds one document to a life."""


def membership_steps() -> list[list[Step]]:
    """Enrolments, endings, income and contributions."""
    enrolments: list[Step] = [
        Life.enrolled,
        partial(Life.enrolled, starts_on="2014-01-01", dominant_hand="left"),
        partial(Life.enrolled, starts_on="2026-01-20"),
        partial(Life.enrolled, starts_on="2025-11-01", income=2_500_000),
        partial(Life.enrolled, programmes=["JKM"]),
        partial(Life.enrolled, programmes=["JKK"]),
    ]
    endings: list[Step] = [
        partial(Life.ended, ended_on=day) for day in ("2025-06-01", "2026-02-10", "2026-12-31")
    ]
    incomes: list[Step] = [
        partial(Life.income, income=income, from_month=month)
        for income in (700_000, 1_150_000, 5_000_000)
        for month in ("2025-06", "2026-02", "2026-03")
    ]
    spans = (
        ("2025-01", "2026-12", "2025-01-02"), ("2014-01", "2026-12", "2014-01-01"), ("2025-01", "2025-10", "2025-01-02"),
        ("2026-01", "2026-02", "2026-01-05"), ("2026-03", "2026-03", "2026-03-01"), ("2026-03", "2026-03", "2026-04-20"),
        ("2026-04", "2026-09", "2026-04-01"), ("2022-06", "2024-12", "2022-06-01"),
    )  # fmt: skip
    months: list[Step] = [
        partial(Life.paid_months, first=first, last=last, paid_on=paid_on) for first, last, paid_on in spans
    ]
    return [enrolments, endings, incomes, months]


HEIRS: tuple[list[Data], ...] = (
    [heir("a")],
    [heir("a"), heir("b", "child", "2")],
    [heir("a", share_percent=33.33), heir("b", "child", "2", share_percent=66.67)],
    [heir("a", share_percent=50), heir("b", "child", "2", share_percent=40)],
    [heir("p", "parent", "3"), heir("s", "sibling", "4"), heir("q", "grandparent", "5"), heir("r", "parent", "6")],
    [],
    [heir("istri")],
    [heir("A", nik="1606014101750002", account="8")],
    [heir("h1", nik="1606014101750002"), heir("anak", "child", "2")],
    [heir("b", "child", "2", nik="1606014101990004"), heir("c", "child", "2", nik="1606014101990005")],
    [heir("a", nik=NIK)],
    [heir("b", "child", "2", guardian={"name": "Wali", "nik": NIK}), heir("a")],
)  # fmt: skip
ITEMS: tuple[Data, ...] = (
    {"item": "t1", "kind": "treatment", "amount": 3_333_333, "provider": "rsud"},
    {"item": "t2", "kind": "treatment", "amount": 41, "payee": {"name": "Klinik", "account": bank("61")}},
    {"item": "t1", "kind": "treatment", "amount": 8_000_000, "provider": "rsud"},
    {"item": "t3", "kind": "treatment", "amount": 3_333_333, "provider": "rsud"},
    {"item": "m1", "kind": "transport", "mode": "land", "amount": 4_000_000},
    {"item": "m2", "kind": "transport", "mode": "land", "amount": 3_000_000},
    {"item": "m3", "kind": "transport", "mode": "sea", "amount": 2_500_000},
    {"item": "m4", "kind": "transport", "mode": "air", "amount": 12_000_000},
    {"item": "w1", "kind": "incapacity", "first_day": "2026-03-01", "last_day": "2026-03-31"},
    {"item": "w2", "kind": "incapacity", "first_day": "2026-03-20", "last_day": "2027-05-01"},
    {"item": "w1", "kind": "incapacity", "first_day": "2025-11-11", "last_day": "2025-11-20"},
    {"item": "e", **disability("eye", side="left")},
    {"item": "e", **disability("eye", side="left", loss_percent=12.5)},
    {"item": "h", **disability("arm-elbow", side="right")},
    {"item": "f", **disability("thumb", side="right")},
    {"item": "n", **disability("hearing-both")},
    {"item": "y", **disability("mental-capacity", loss_percent=90)},
    {"item": "total", "kind": "total-disability"},
    {"item": "g", "kind": "device", "device": "glasses", "amount": 1_500_000},
    {"item": "x", "kind": "device", "device": "denture", "amount": 900_000},
    {"item": "o", "kind": "device", "device": "prosthesis", "amount": 9_000_000, "reference_price": 5_000_001},
    {"item": "k", "kind": "homecare", "amount": 15_000_000, "first_day": "2026-03-02", "last_day": "2026-04-01"},
    {"item": "l", "kind": "homecare", "amount": 9_000_000, "first_day": "2026-05-02", "last_day": "2026-06-01"},
)  # fmt: skip


def claim_steps(claim: str) -> list[list[Step]]:
    """What may be said about one claim but its money."""
    filings: list[Step] = [
        partial(
            Life.filed, claim=claim, cause=CLAIMS[claim], event_date=day, papers=papers, children=children
        )
        for day in EVENT_DATES[claim]
        for papers, children in ((PAPERS, CHILDREN), (PAPERS, CHILDREN[2:]), (("ktp", "kk"), []))
    ]
    findings: list[Data] = [
        *({"cause": {"work_related": related}} for related in (True, True, False)),
        *({"death": {"died_on": day}} for day in ("2026-03-05", "2026-03-05", "2026-04-20", "2025-11-20")),
        *({"heirs": heirs} for heirs in HEIRS),
        {"burial": {"arranged_by": {"name": "Tetangga", "account": bank("9")}}},
        {"participant_account": bank("77")},
        {"death": {"died_on": "2026-03-05"}, "heirs": HEIRS[1]},
    ]
    found: list[Step] = [
        partial(Life.found, claim=claim, agency=agency, **finding)
        for finding in findings
        for agency in AGENCIES[:2]
    ]
    groups = (*((one,) for one in ITEMS), ITEMS[3:6], ITEMS[10:14:2])
    medical: list[Step] = [
        partial(Life.found, claim=claim, medical={"items": list(items)}) for items in groups
    ]
    documents = {"claim": claim, "documents": [{"kind": kind, "reference": "arsip"} for kind in PAPERS]}
    papers: list[Step] = [partial(Life.send, kind="claim.documents-received", data=documents)]
    schooling: list[Step] = [
        partial(Life.schooled, child=child["child"], level=level, year=year, studying=studying, claim=claim)
        for child, level in zip(CHILDREN, ("PT", "SMP", "SD", "TK"), strict=True)
        for year in (2024, 2025, 2026, 2027)
        for studying in (True, True, False)
    ]
    return [filings, found, medical, medical, papers, schooling]


def account_steps(claim: str) -> list[Step]:
    """Accounts stated anew, by the agency that stated them or by another."""
    stated: tuple[Data, ...] = ({"participant_account": bank("78")}, {"heirs": [heir("a", account="8")]})
    return [
        partial(Life.found, claim=claim, agency=agency, **finding)
        for finding in stated
        for agency in AGENCIES
    ]


def approval(claim: str, *, as_they_are: bool = True) -> Step:
    """An officer approves whatever the claim is referred for."""
    ruled = {"claim": claim, "officer": "Petugas", "decision": "approve", "grounds": "diperiksa"}
    reasons = [*REFERRALS, *(AS_THEY_ARE if as_they_are else ())]
    return partial(Life.send, kind="claim.reviewed", data=ruled | {"reasons": reasons}, agency="bpjs")


def amendment_steps(claim: str, *, children: bool = True) -> list[Step]:
    """What the agency that filed, or another one, says otherwise of the filing."""
    said: list[Data] = [{"event_date": day} for day in EVENT_DATES[claim]]
    said += [{"cause": cause} for cause in CLAIMS.values()]
    if children:
        said += [{"children": listed} for listed in (CHILDREN, CHILDREN[1:], CHILDREN[::-1], [])]
    own: list[Step] = [partial(Life.amended, claim=claim, **one) for one in said]
    return [*own, partial(Life.amended, claim=claim, agency="rsud", **said[-1])]


def ruling_steps(claim: str, *, as_they_are: bool = True) -> list[list[Step]]:
    """What people decide about a claim, an approval first."""
    rulings: list[list[Step]] = [
        [approval(claim, as_they_are=as_they_are)],
        [lambda life: life.reviewed("approve", "in-arrears", "objected", claim=claim)],
        [lambda life: life.reviewed("deny", claim=claim)],
        [partial(Life.withdrawn, claim=claim)],
    ]
    if not as_they_are:
        return rulings
    up_to: list[Step] = [partial(_approval_up_to, claim=claim, back=back) for back in (1, 2, 3, 5)]
    return [*rulings, [partial(Life.objected, claim=claim)], up_to]


def _approval_up_to(life: Life, claim: str, back: int) -> None:
    """An officer approves everything after having seen the life without its last documents."""
    if len(life.documents) < back:
        return
    seen = life.documents[-back]
    reasons = (*REFERRALS, *AS_THEY_ARE)
    life.reviewed(
        "approve",
        *reasons,
        claim=claim,
        last_seen=f"{seen['source'].removeprefix('/agencies/')}:{seen['id']}",
    )


@st.composite
def lives(
    draw: st.DrawFn,
    *,
    accounts: bool = True,
    heirs: bool = True,
    rulings: bool = True,
    payments: bool = True,
    retractions: bool = True,
    as_they_are: bool = True,
    claims: Sequence[str] = tuple(CLAIMS),
) -> Life:
    """Draw a person's documents: ``accounts`` and ``heirs`` are stated anew, people rule, the bank pays and returns.

    Events are retracted. Without ``as_they_are`` nothing is drawn that counts by the moment at which an officer sees
    it.
    """
    families = membership_steps()
    for claim in claims:
        families += claim_steps(claim)
        families += [account_steps(claim)] if accounts else []
        families += ruling_steps(claim, as_they_are=as_they_are)[: None if rulings else 1]
        families += [amendment_steps(claim, children=as_they_are)] if rulings else []
    families += [[_payment(n) for n in range(200)]] * (8 if payments else 0)
    families += [[_retraction(n) for n in range(200)]] * (5 if retractions else 0)
    begun = draw(st.lists(st.sampled_from(claims), min_size=1, max_size=2, unique=True))
    beginning = draw(st.sampled_from(range(6))) if len(claims) > 1 else 0
    if beginning in (1, 2):
        steps = _two_scholarships(draw)
    elif beginning == 3 and payments:
        steps = [*_member(draw), *_filed_again(draw)]
    else:
        steps = [*_member(draw), *(step for claim in begun for step in _payable(draw, claim))]
    if draw(st.booleans()):
        random.Random(draw(st.integers(0, 2**16))).shuffle(steps)
    added = st.sampled_from(families).flatmap(st.sampled_from)
    life = Life()
    for add in (*steps, *draw(st.lists(added, max_size=20))):
        add(life)
        life.documents[-1]["time"] = TIMES[len(life.documents) % 7 % 3]
    return life if heirs else _with_one_list_of_heirs(life)


def _with_one_list_of_heirs(life: Life) -> Life:
    """Let every list of a claim's heirs say what the first does."""
    first: dict[str, list[Data]] = {}
    for document in life.documents:
        findings = document["data"].get("findings", {})
        if "heirs" in findings:
            stated = first.setdefault(document["data"]["claim"], findings["heirs"])
            document["data"] = document["data"] | {"findings": findings | {"heirs": stated}}
    return life


def _member(draw: st.DrawFn) -> list[Step]:
    enrolments, _, _, months = membership_steps()
    return [
        enrolments[draw(st.sampled_from((0, 1, 1, 2, 3)))],
        months[draw(st.sampled_from((0, 1, 1, 3, 7)))],
    ]


def _payable(draw: st.DrawFn, claim: str) -> list[Step]:
    """What a claim needs: a death, an accident, or an accident from which the person dies."""
    steps = [claim_steps(claim)[0][draw(st.sampled_from((0, 0, 1)))]]
    if CLAIMS[claim] != "other":
        kind = draw(st.sampled_from(("disability", "homecare")))
        every = [item for item in ITEMS if item["kind"] == kind]
        some = st.lists(st.sampled_from(ITEMS), min_size=1, max_size=7)
        steps += _accident(claim, draw(st.one_of(some, some, st.just(every))))
    if CLAIMS[claim] == "other" or draw(st.booleans()):
        steps += _death(claim, draw(st.sampled_from(HEIRS)))
    schooling = claim_steps(claim)[-1]
    return steps + [draw(st.sampled_from(schooling)) for _ in range(draw(st.sampled_from((0, 3, 6))))]


def _two_scholarships(draw: st.DrawFn) -> list[Step]:
    """A total disability and later a death, both with children at school."""
    enrolments, _, _, months = membership_steps()
    steps = [enrolments[1], months[1]]
    steps += [claim_steps(claim)[0][draw(st.sampled_from((0, 1)))] for claim in ("A-1", "B-2")]
    steps += _accident("A-1", [item for item in ITEMS if item["kind"] == "total-disability"])
    steps += _death("B-2", HEIRS[1])
    schooling = [step for claim in ("A-1", "B-2") for step in claim_steps(claim)[-1]]
    return steps + draw(st.lists(st.sampled_from(schooling), min_size=8, max_size=24))


def _filed_again(draw: st.DrawFn) -> list[Step]:
    """A claim that is paid, no longer stands, and is filed again under another number."""
    first, second = draw(st.sampled_from((("A-1", "B-2"), ("B-2", "A-1"), ("A-1", "C-3"), ("C-3", "A-1"))))
    ends: list[Step] = [
        partial(Life.withdrawn, claim=first),
        lambda life: life.reviewed("deny", claim=first),
        partial(_filing_retracted, claim=first),
    ]
    steps = _payable(draw, first)
    steps += [_payment(n) for n in draw(st.lists(st.integers(0, 199), min_size=1, max_size=4))]
    steps += [draw(st.sampled_from(ends)), *_payable(draw, second), approval(second)]
    return steps


def _filing_retracted(life: Life, claim: str) -> None:
    for document in life.documents:
        if document["type"] == "kelambu.claim.filed.v1" and document["data"]["claim"] == claim:
            life.retracted(document["id"])
            return
    life.withdrawn(claim)


def _accident(claim: str, items: Sequence[Data]) -> list[Step]:
    found = {item["item"]: item for item in items}
    return [
        partial(Life.found, claim=claim, cause={"work_related": True}),
        partial(Life.found, claim=claim, participant_account=bank("77")),
        partial(Life.found, claim=claim, medical={"items": list(found.values())}),
    ]


def _death(claim: str, heirs: Sequence[Data]) -> list[Step]:
    return [
        partial(Life.found, claim=claim, death={"died_on": "2026-03-05"}),
        partial(Life.found, claim=claim, heirs=list(heirs)),
        partial(Life.found, claim=claim, burial={"arranged_by": {"name": "Tetangga", "account": bank("9")}}),
    ]


def _payment(draw: int) -> Step:
    """The bank pays an order in full, in parts or twice, pays an unknown one, refuses a transfer, or gives some back."""

    def pay(life: Life) -> None:
        chance = random.Random(draw)
        orders = [
            (n, o.order, o.amount) for n, view in replayed(life).result().claims.items() for o in view.orders
        ]
        claim, order, amount = chance.choice(orders) if orders else ("A-1", "A-1.1", 1_000_000)
        kind, day = chance.random(), chance.choice(("2026-06-10", "2026-06-10", "2026-06-08"))
        reference = chance.choice(("t1", "t2", "t3"))
        if kind < 0.4:
            life.paid(order, amount, claim=claim, on=day, reference=reference)
        elif kind < 0.6:
            part = chance.choice((amount // 3, amount - amount // 3)) or 1
            life.paid(order, part, claim=claim, on=day, reference=reference)
        elif kind < 0.8:
            said = chance.choice(
                ({}, {}, {"payment": reference}, {"amount": amount}, {"amount": amount // 3 or 1})
            )
            life.returned(order, claim=claim, on=day, **said)
        else:
            life.paid(chance.choice((order, f"{claim}.9")), chance.choice((1, amount + 5)), claim=claim)

    return pay


def _retraction(draw: int) -> Step:
    """An event that was sent, a retraction too, or one that is still to be sent, is taken back by its agency."""

    def retract(life: Life) -> None:
        chance = random.Random(draw)
        document = chance.choice(life.documents)
        agency = str(document["source"]).removeprefix("/agencies/")
        coming = f"{life.nik[-4:]}-{len(life.documents) + chance.randint(2, 4)}"
        life.retracted(str(document["id"]) if chance.random() < 0.85 else coming, agency=agency)

    return retract


def replayed(life: Life) -> Replay:
    """Replay a life as ``kelambu replay`` does, on from the longest beginning that was replayed lately.

    What is returned is kept: look at it, and take nothing more into it.
    """
    lines = tuple(life.lines())
    known = next((n for n in range(len(lines), 0, -1) if lines[:n] in _REPLAYED), 0)
    book = _REPLAYED[lines[:known]] if known else Replay(load())
    for number, line in enumerate(lines[known:], known + 1):
        book = _copied(book)
        book.take(line)
        _REPLAYED[lines[:number]] = book
    while len(_REPLAYED) > _KEPT:
        _REPLAYED.popitem(last=False)
    return book


_REPLAYED: OrderedDict[tuple[bytes, ...], Replay] = OrderedDict()
"""Beginnings of lives, by their lines."""
_KEPT = 1000


def _copied(book: Replay) -> Replay:
    other = copy.copy(book)
    for name, part in vars(book).items():
        if isinstance(part, list | dict):
            setattr(other, name, _copied_part(part))
    return other


def _copied_part(part: object) -> object:
    match part:
        case list():
            return [*part]
        case dict():
            return {key: _copied_part(value) for key, value in part.items()}
    return part


def of(documents: Sequence[Data]) -> Life:
    """Return the life of these documents."""
    life = Life()
    life.documents = list(documents)
    return life


def keys(document: Data) -> set[str]:  # noqa: PLR0911 - one way for each type
    """Return what a document states; two that have no key in common may come in any order.

    A filing stands before the next one, since the first claim for a death or a school year is paid; a review answers
    the objections before it; of months and findings that are stated twice one counts by its place.
    """
    data = document["data"]
    claim = data.get("claim", "")
    match str(document["type"]).removeprefix("kelambu.").removesuffix(".v1"):
        case "participant.enrolled":
            return {"membership", f"income {data['starts_on'][:7]}"}
        case "participant.ended":
            return {"membership"}
        case "participant.income-declared":
            return {f"income {data['from_month']}"}
        case "participant.contributions-paid":
            first, last = (int(data[m][:4]) * 12 + int(data[m][5:]) for m in ("first_month", "last_month"))
            return {f"month {month}" for month in range(first, last + 1)}
        case "claim.filed":
            return {"filing"}
        case "claim.amended":
            return {f"{claim} amended {name}" for name in data if name != "claim"}
        case "claim.verified":
            items = data["findings"].get("medical", {}).get("items", ())
            found = {f"{claim} {name}" for name in data["findings"] if name != "medical"}
            return found | {f"{claim} item {item['item']}" for item in items}
        case "claim.schooling-confirmed":
            return {f"{claim} {data['child']} {data['school_year']}"}
        case "claim.reviewed" | "claim.objected":
            return {f"{claim} ruling"}
        case "claim.paid" | "claim.payment-returned":
            return {f"{claim} money"}
        case _:
            return set()


def reordered(documents: Sequence[Data], chance: random.Random) -> list[Data]:
    """Return the documents in another order in which those that share a key stand as before."""
    found = list(documents)
    for _ in range(4 * len(found)):
        place = chance.randrange(len(found) - 1) if len(found) > 1 else 0
        pair = found[place : place + 2]
        if len(pair) == 2 and not keys(pair[0]) & keys(pair[1]):
            found[place : place + 2] = reversed(pair)
    return found
