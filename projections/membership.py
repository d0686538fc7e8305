"""What is stated about a participant, and what follows: who the person is, and in which months a member."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from events.retraction import Struck
from projections import months


class EnrolmentStatement(Struct, frozen=True, gc=False):
    """What an enrolment states; ``decile`` is 0 where none was stated."""

    starts_on: str
    sex: str
    district: str
    sector: str
    decile: int
    sponsor: str
    sponsor_name: str
    programmes: str


class EndStatement(Struct, frozen=True, gc=False):
    """The end of a membership."""

    ended_on: str


class ContributionStatement(
    Struct, frozen=True, gc=False, rename={"first": "first_month", "last": "last_month"}
):
    """Contributions for the months ``first`` to ``last``: what was paid, in rupiah, 0 where no sum was stated, and when."""

    first: str
    last: str
    amount: int = 0
    paid_on: str = ""


class DeathStatement(Struct, frozen=True, gc=False):
    """A death as found in a claim; found again there, the later finding counts."""

    claim: str
    died_on: str


class FilingStatement(Struct, frozen=True, gc=False):
    """A claim about this person."""

    claim: str


Statement: TypeAlias = (
    EnrolmentStatement | EndStatement | ContributionStatement | DeathStatement | FilingStatement
)
NamedStatement: TypeAlias = tuple[str, Statement]
"""A statement with the reference of its event."""


class Member(Struct, frozen=True, gc=False):
    """A participant as last stated; ``known`` is 0 while no enrolment counts, and then nothing else is said.

    ``periods`` are ``first/last`` days of membership, the last day may be open; a death that was not taken back ends
    them. ``decile`` is 0 where none was stated.
    """

    person: str
    known: int = 0
    sex: str = ""
    district: str = ""
    sector: str = ""
    decile: int = 0
    sponsor: str = ""
    sponsor_name: str = ""
    programmes: str = ""
    periods: str = ""
    died_on: str = ""


def counting(statements: Sequence[NamedStatement], struck: Struck) -> list[Statement]:
    """Return the statements that count, in order: without those taken back, and from the first enrolment on.

    What came before the first enrolment waited for it. A death found in a claim whose filing was taken back is none.
    """
    if not struck.refs:
        kept = [statement for _, statement in statements]
    else:
        kept = [statement for ref, statement in statements if ref not in struck.refs]
    if len(kept) < len(statements):
        void = {
            statement.claim
            for ref, statement in statements
            if ref in struck.refs and isinstance(statement, FilingStatement)
        }
        kept = [
            statement
            for statement in kept
            if not (isinstance(statement, DeathStatement) and statement.claim in void)
        ]
    first = next((n for n, statement in enumerate(kept) if isinstance(statement, EnrolmentStatement)), 0)
    if first:
        kept.insert(0, kept.pop(first))
    return kept


def fold(person: str, statements: Iterable[Statement]) -> tuple[Member, int]:
    """Return the person after these statements, and the set of months paid.

    An enrolment opens another period only after an end; otherwise it corrects what was stated, and the earlier
    first day stands. Of several claims that find a death the earliest day counts.
    """
    deaths: dict[str, str] = {}
    stated: EnrolmentStatement | None = None
    periods: list[tuple[str, str]] = []
    paid = 0
    for statement in statements:
        if isinstance(statement, ContributionStatement):
            paid |= months.span(statement.first, statement.last)
        elif isinstance(statement, EnrolmentStatement):
            stated = statement
            if periods and not periods[-1][1]:
                periods[-1] = min(periods[-1][0], statement.starts_on), ""
            else:
                periods.append((statement.starts_on, ""))
        elif isinstance(statement, DeathStatement):
            deaths[statement.claim] = statement.died_on
        elif isinstance(statement, EndStatement) and periods:
            periods[-1] = periods[-1][0], statement.ended_on
    if stated is None:
        return Member(person), paid
    died_on = min(deaths.values(), default="")
    if died_on:
        periods = [(start, min(end or died_on, died_on)) for start, end in periods if start <= died_on]
    member = Member(
        person=person,
        known=1,
        sex=stated.sex,
        district=stated.district,
        sector=stated.sector,
        decile=stated.decile,
        sponsor=stated.sponsor,
        sponsor_name=stated.sponsor_name,
        programmes=stated.programmes,
        periods=" ".join(f"{start}/{end}" for start, end in periods),
        died_on=died_on,
    )
    return member, paid


@lru_cache(65536)
def member_months(periods: str) -> int:
    """Return the months on some day of which somebody with these periods is a member."""
    within = 0
    for period in periods.split():
        start, _, end = period.partition("/")
        within |= months.span(start[:7], end[:7] or months.LAST)
    return within


@lru_cache(65536)
def joined_and_left(periods: str) -> tuple[int, int]:
    """Return the months in which somebody with these periods becomes a member, and the last ones of a membership."""
    within = member_months(periods)
    return within & ~(within << 1), within & ~(within >> 1) & ~months.span(months.LAST, months.LAST)


@lru_cache(65536)
def months_after(died_on: str) -> int:
    """Return the months that begin after a death; none while there is none."""
    return months.span(died_on[:7], months.LAST) & ~months.span(died_on[:7], died_on[:7]) if died_on else 0
