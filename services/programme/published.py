"""Each figure that was published about the programme, and what the rules give for the lives it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from services.benefits.rulebook import Rulebook, load
from services.programme.lives import Life

rupiah = load().scheme.currency.write
FIRST_MONTHS = 2
BILL = 1_000_000_000


class Finding(Struct, frozen=True):
    """What the rules give: ``parts`` as computed, whether the figure is ``right``, and what is to be said about it."""

    parts: str
    right: bool
    verdict: str


class Published(Struct, frozen=True):
    """A figure as printed, how it is held against the rules, and the figures of the law that it rests on.

    ``holds`` says in which sense it holds where the sums agree.
    """

    printed: str
    check: Callable[[Rulebook], Finding]
    codes: tuple[str, ...]
    holds: str = "right"


def _sum(entitled: Mapping[str, int], total: str = "") -> str:
    named = " + ".join(f"{rupiah(amount)} ({benefit})" for benefit, amount in entitled.items())
    return f"{named} = {rupiah(sum(entitled.values()))}{total}" if len(entitled) > 1 else named


def _cash(entitled: Mapping[str, int]) -> dict[str, int]:
    return {benefit: amount for benefit, amount in entitled.items() if benefit != "scholarship"}


def _jkm(rulebook: Rulebook, months: int = 24) -> dict[str, int]:
    return Life(months).filed("other").died().claim(rulebook).entitled


def _jkk(rulebook: Rulebook, children: int = 0) -> dict[str, int]:
    life = Life().filed("work-accident", children=children).died().schooled(children)
    return life.claim(rulebook).entitled


def death(rulebook: Rulebook) -> Finding:
    """42 million: a JKM death."""
    full, early = _jkm(rulebook), _jkm(rulebook, FIRST_MONTHS)
    right = sum(full.values()) == 42_000_000
    verdict = (
        "for a death that work did not cause, and not beside what a death at work pays. In the first months of a"
        f" membership, here after {FIRST_MONTHS} paid months: {rupiah(sum(early.values()))}"
    )
    return Finding(_sum(full), right, verdict)


def ordinary_death(rulebook: Rulebook) -> Finding:
    """40 million: printed as the normal death benefit."""
    full = _jkm(rulebook)
    short = sum(full.values()) - 40_000_000
    without = sum(full.values()) - full["jkm.funeral"]
    verdict = (
        f"{rupiah(short)} too little. Nor is it the sum without funeral money, {rupiah(without)}; to add the funeral"
        " money to it counts that twice"
    )
    return Finding(_sum(full), short == 0, verdict)


def death_at_work(rulebook: Rulebook) -> Finding:
    """70 million: printed as coming on top of the 42."""
    paid = _jkk(rulebook)
    life = Life().filed("work-accident").died().filed("other", claim="B").died("B")
    second = life.claims(rulebook)["B"]
    verdict = (
        "at the lowest income base, and instead of the 42 million: a second claim for the same death, as"
        f" JKM, is {second.status} ({', '.join(second.reasons)})"
    )
    return Finding(_sum(paid), sum(paid.values()) == 70_000_000 and second.status == "denied", verdict)


def death_at_work_with_children(rulebook: Rulebook) -> Finding:
    """244 million: a death at work with two scholarships."""
    paid = _jkk(rulebook, 2)
    cash = sum(_cash(paid).values())
    verdict = (
        f"{rupiah(cash)} in cash; the rest is paid year by year, only if two children go through the"
        " whole of school and university. The 174 million are inside, not beside it"
    )
    return Finding(_sum(paid), sum(paid.values()) == 244_000_000, verdict)


def scholarships(rulebook: Rulebook) -> Finding:
    """174 million: two scholarships."""
    one, two = (_jkk(rulebook, children)["scholarship"] for children in (1, 2))
    parts = f"2 × {rupiah(one)} = {rupiah(two)}" if two == 2 * one else f"{rupiah(one)}; two: {rupiah(two)}"
    verdict = "for two children from kindergarten to a first degree; older children have fewer years left"
    return Finding(parts, two == 174_000_000, verdict)


def disability(rulebook: Rulebook) -> Finding:
    """56 million: printed as what permanent disability pays."""
    total = Life().filed("work-accident").hurt({"kind": "total-disability"}).claim(rulebook).entitled
    arm = {"kind": "disability", "part": "arm-shoulder", "side": "right"}
    partial = Life().filed("work-accident").hurt(arm).claim(rulebook).entitled["jkk.disability"]
    verdict = (
        "for total disability, where the periodic sum comes on top. Partial disability is paid by the"
        f" table: the right arm from the shoulder gives {rupiah(partial)}"
    )
    return Finding(_sum(total), total["jkk.total-disability"] == 56_000_000, verdict)


def funeral(rulebook: Rulebook) -> Finding:
    """10 million: funeral money."""
    other, work = _jkm(rulebook)["jkm.funeral"], _jkk(rulebook)["jkk.funeral"]
    parts = f"{rupiah(other)} in JKM, {rupiah(work)} in JKK"
    return Finding(parts, other == work == 10_000_000, "and already inside the 42 and the 70 million")


def treatment(rulebook: Rulebook) -> Finding:
    """Unlimited treatment."""
    items = (
        {"kind": "treatment", "amount": BILL, "provider": "rsud"},
        {"kind": "transport", "mode": "land", "amount": BILL},
    )
    paid = Life().filed("work-accident").hurt(*items).claim(rulebook).entitled
    parts = f"a bill of {rupiah(BILL)} pays {rupiah(paid['jkk.treatment'])}"
    verdict = (
        "after a work accident; not what stands beside it, as transport by land, of which as large a"
        f" bill pays {rupiah(paid['jkk.transport'])}. JKM pays no treatment"
    )
    return Finding(parts, paid["jkk.treatment"] == BILL, verdict)


def three_years(rulebook: Rulebook) -> Finding:
    """Three years: printed as time of registration."""

    def paid(months: int) -> bool:
        claim = Life(months).filed("other", children=1).died().schooled(1).claim(rulebook)
        return "scholarship" in claim.entitled

    least = next(months for months in range(1, 121) if paid(months))
    at_work = Life(1).filed("work-accident", children=1).died().schooled(1).claim(rulebook)
    given = "a scholarship too" if "scholarship" in at_work.entitled else "no scholarship"
    verdict = (
        "of contributions without a lapse, not time since registration, and for JKM only: a"
        f" death at work in the first month gives {given}"
    )
    return Finding(f"scholarship from {least} paid months on", least == 36, verdict)


def two_children(rulebook: Rulebook) -> Finding:
    """Two children."""
    counts = {children: _jkk(rulebook, children)["scholarship"] for children in (1, 2, 3)}
    parts = ", ".join(f"{children}: {rupiah(amount)}" for children, amount in counts.items())
    right = counts[1] < counts[2] == counts[3]
    return Finding(f"children filed: {parts}", right, "the first two of those the family names")


DEATH = ("jkm.death", "jkm.periodic", "jkm.funeral")
WORK = ("jkk.death-percent", "jkk.multiple", "jkk.periodic", "jkk.funeral", "income.brackets")
LEVELS = ("TK", "SD", "SMP", "SMA", "PT")
SCHOOL = (
    *(f"scholarship.{level}" for level in LEVELS),
    *(f"scholarship.years.{level}" for level in LEVELS[1:]),
    "scholarship.children",
    "scholarship.age",
)

CEILING = "right as a ceiling"

PUBLISHED: Sequence[Published] = (
    Published("42 million on death", death, (*DEATH, "jkm.waiting-months")),
    Published("40 million, «normal» death", ordinary_death, DEATH),
    Published(
        "70 million «in addition», work accident",
        death_at_work,
        WORK,
        "right as the whole, wrong as an addition",
    ),
    Published("244 million, death at work", death_at_work_with_children, (*WORK, *SCHOOL), CEILING),
    Published("174 million, scholarships", scholarships, SCHOOL, CEILING),
    Published(
        "56 million, permanent disability",
        disability,
        ("jkk.total-disability-percent", "jkk.multiple", "jkk.periodic", "income.brackets"),
        CEILING,
    ),
    Published("10 million, funeral", funeral, ("jkm.funeral", "jkk.funeral")),
    Published(
        "unlimited treatment", treatment, ("jkk.treatment", "jkk.transport.land"), "right for treatment"
    ),
    Published("registered for three years", three_years, ("jkm.scholarship-months",), "right as paid months"),
    Published("two children", two_children, ("scholarship.children",)),
)
