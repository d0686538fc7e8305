"""What a control finds: hits, each with its claim, person, events and rupiah, and their totals."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Table, func, select

from projections import claims, evidence, payments
from projections.columns import unindexed
from projections.evidence import FactRow
from projections.payment_rows import OrderRow
from projections.store import View


class Hit(Struct, frozen=True):
    """One thing that a control points at. ``amount`` is in whole rupiah, ``events`` are references ``agency:id``.

    ``about`` names what of the claim it is: an order, a payee, an item, a day; with ``claim`` and ``person`` it says
    which hit this is, however the rest changes. ``figures`` are what was measured, by name.
    """

    claim: str
    person: str
    amount: int
    events: tuple[str, ...]
    about: str = ""
    figures: dict[str, int | str] = {}

    def handle(self, control: str) -> str:
        """Return the short name of this hit of a control, e.g. ``H-7K2Q9XMT``; the same in every book."""
        named = f"{control}\0{self.claim}\0{self.person}\0{self.about}"
        return "H-" + base64.b32encode(hashlib.sha256(named.encode()).digest()[:5]).decode()


class Identity(Struct, frozen=True):
    """Who a person is, opened in memory: never printed, never stored. ``ref`` is the enrolment that says so."""

    person: str
    nik: str
    name: str
    birth_date: str
    ref: str


class Question(Struct, frozen=True):
    """What a control is asked beside the book: as of which day, and what had to be opened for it.

    ``officers`` are tokens of those who reviewed, by partition and position of the review.
    """

    on: dt.date
    identities: Sequence[Identity] = ()
    officers: Mapping[tuple[int, int], str] = {}


class Measured(Struct, frozen=True):
    """How often a fuzzy control was right over a simulated book with planted cases."""

    planted: int
    hits: int
    right: int


class Control(Struct, frozen=True):
    """One audit test. An exact one finds what its definition says; of a fuzzy one ``measured`` says how well it does.

    ``opens`` says which boxes are opened for it: ``identities`` or ``officers``.
    """

    name: str
    ask: Callable[[View, Question], Iterable[Hit]]
    measured: Measured | None = None
    opens: str = ""

    @property
    def exact(self) -> bool:
        """Whether every case of the definition is found, and nothing else."""
        return self.measured is None


class ControlResult(Struct, frozen=True):
    """What a control found: its hits in a stable order, how many, and their rupiah."""

    control: str
    hits: tuple[Hit, ...]
    count: int
    amount: int


class ShownHit(Struct, frozen=True):
    """A hit as ``controls --json`` gives it; ``hit`` is its handle, ``measures`` are what was measured, by name."""

    hit: str
    claim: str
    person: str
    about: str
    amount: int
    events: tuple[str, ...]
    measures: dict[str, int | str] = {}


class ShownControl(Struct, frozen=True, omit_defaults=True):
    """A control that was asked as ``controls --json`` gives it.

    Its ``hits`` are left out where only their number was asked.
    """

    name: str
    exact: bool
    count: int
    amount: int
    hits: tuple[ShownHit, ...] | None = None


def shown(control: Control, result: ControlResult, *, whole: bool) -> ShownControl:
    """Return what is shown of a control, with every hit or only their number and rupiah."""
    hits = tuple(
        ShownHit(
            hit.handle(control.name), hit.claim, hit.person, hit.about, hit.amount, hit.events, hit.figures
        )
        for hit in result.hits
    )
    return ShownControl(control.name, control.exact, result.count, result.amount, hits if whole else None)


def control_result(control: Control, view: View, question: Question) -> ControlResult:
    """Ask a control of a book; the hits of one claim, person and matter are one."""
    merged: dict[tuple[str, str, str], Hit] = {}
    for hit in control.ask(view, question):
        key = hit.claim, hit.person, hit.about
        merged[key] = hit if key not in merged else _together(merged[key], hit)
    hits = tuple(merged[key] for key in sorted(merged))
    return ControlResult(control.name, hits, len(hits), sum(hit.amount for hit in hits))


def _together(one: Hit, other: Hit) -> Hit:
    events = tuple(dict.fromkeys((*one.events, *other.events)))
    return msgspec.structs.replace(one, amount=one.amount + other.amount, events=events)


def facts_of_claims(view: View, of: Collection[str], *kinds: str) -> dict[str, list[FactRow]]:
    """Return the facts of these claims that count, of these kinds, in the order of the ledger."""
    table = evidence.facts(view)
    query = select(table).where(table.c.counts == 1, _is_of(table, kinds))
    return _by(view.read_among(query, table.c.claim, of, FactRow), "claim")


def facts_of_persons(view: View, persons: Collection[str], *kinds: str) -> dict[str, list[FactRow]]:
    """Return the facts about these persons that count, of these kinds, in the order of the ledger."""
    table = evidence.facts(view)
    query = select(table).where(table.c.counts == 1, _is_of(table, kinds))
    return _by(view.read_among(query, table.c.person, persons, FactRow), "person")


def refs_of_claims(view: View, of: Collection[str], *kinds: str) -> dict[str, tuple[str, ...]]:
    """Return the references of the facts of these claims that count, of these kinds, in the order of the ledger, each once."""
    return _refs(view, evidence.facts(view).c.claim, of, kinds)


def refs_of_persons(view: View, persons: Collection[str], *kinds: str) -> dict[str, tuple[str, ...]]:
    """Return the references of the facts about these persons, as ``refs_of_claims`` does."""
    return _refs(view, evidence.facts(view).c.person, persons, kinds)


def named_where(
    view: View, kinds: Collection[str], by: str, having: ColumnElement[bool], also: str = ""
) -> set[str]:
    """Return of which claims or persons (``by``) the facts of shown claims, grouped by it and ``also``, are as ``having`` says.

    ``having`` must hold of more facts where it holds of few: so only what fits without looking at claims is held
    against them.
    """
    facts, filed = evidence.facts(view), claims.claim_table(view)
    group = [facts.c[name] for name in (by, also) if name]
    grouped = select(facts.c[by]).where(facts.c.counts == 1).group_by(*group).having(having)
    most = {str(row[0]) for row in view.rows(grouped.where(facts.c.kind.in_(kinds)))}
    named = grouped.with_only_columns(facts.c[by].label("named")).where(_is_of(facts, kinds))
    of_shown = named.join(filed, filed.c.claim == facts.c.claim).where(unindexed(filed.c.shown) == 1)
    return {one.named for one in view.read_among(of_shown, facts.c[by], most, _Named)}


def orders_of_claims(view: View, of: Collection[str]) -> dict[str, list[OrderRow]]:
    """Return the orders of these claims, by order number."""
    table = payments.order_table(view)
    orders_of: dict[str, list[OrderRow]] = {}
    for order in view.read_among(select(table), table.c.claim, of, OrderRow):
        orders_of.setdefault(order.claim, []).append(order)
    return {claim: sorted(orders, key=lambda one: one.order) for claim, orders in orders_of.items()}


def refs(facts: Iterable[FactRow]) -> tuple[str, ...]:
    """Return the references of facts, each once."""
    return tuple(dict.fromkeys(fact.ref for fact in facts))


def days(first: str, last: str) -> int:
    """Return the days from one civil date to another."""
    return (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days


class _Named(Struct, frozen=True):
    """A claim or a person."""

    named: str


class _Ref(Struct, frozen=True):
    """The reference of a fact about a claim or a person, at its place."""

    named: str
    ref: str
    partition: int
    position: int


def _refs(
    view: View, column: ColumnElement[str], names: Collection[str], kinds: Collection[str]
) -> dict[str, tuple[str, ...]]:
    table = evidence.facts(view)
    query = select(column.label("named"), table.c.ref, table.c.partition, table.c.position)
    query = query.where(table.c.counts == 1, _is_of(table, kinds))
    refs_of: dict[str, dict[str, None]] = {}
    for one in sorted(
        view.read_among(query, column, names, _Ref), key=lambda one: (one.partition, one.position)
    ):
        refs_of.setdefault(one.named, {})[one.ref] = None
    return {one: tuple(refs) for one, refs in refs_of.items()}


def _is_of(table: Table, kinds: Collection[str]) -> ColumnElement[bool]:
    """Return whether a fact is of these kinds, told so that SQLite looks up the few and does not walk all facts of a kind."""
    return func.coalesce(table.c.kind, "").in_(kinds)


def _by(facts: Iterable[FactRow], name: str) -> dict[str, list[FactRow]]:
    rows_by: dict[str, list[FactRow]] = {}
    for fact in sorted(facts, key=lambda one: (one.partition, one.position, one.part)):
        rows_by.setdefault(getattr(fact, name), []).append(fact)
    return rows_by
