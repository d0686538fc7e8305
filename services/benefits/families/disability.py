"""Permanent disability by a table: percentages of parts of the body, absorption within a limb, and a cap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from msgspec import field
from msgspec.structs import replace

from events.assessment import Line
from events.disability import WHICH
from events.findings import Disability, Part
from services.benefits.award import weakest, whole
from services.benefits.case import Case
from services.benefits.families.benefit import Benefit
from services.benefits.figures import BRACKETS, Amount, Percent, Times
from services.benefits.law import Law

BOTH_SIDES = {
    "both-legs-hip": "leg-hip",
    "both-feet-ankle": "foot-ankle",
    "both-eyes": "eye",
    "hearing-both": "hearing-one",
    "both-auricles": "auricle",
}
"""Parts of the body that are two single rows of a table, one a side."""

_SWAPPED = {"left": "right", "right": "left"}

Row: TypeAlias = tuple[str, str, str]
"""Part, side, which."""


class PercentLost(NamedTuple):
    """What a row counts for, in percent: of the whole part, times its degree and units; how sure its figure is."""

    whole: Decimal
    confidence: str
    degree: Decimal = Decimal(1)
    units: int = 1

    @property
    def percent(self) -> Decimal:
        """The percentage of the part, by degree and units."""
        return self.whole * self.degree * self.units


class DisabilityTable(Benefit, frozen=True, kw_only=True, tag="disability-table", dict=True):
    """The rows stated, added after absorption within each limb, at most the cap: of so many monthly bases, or of a sum.

    ``rows`` name the figures ``disability.ROW``: a part of the body, with ``.right`` and ``.left`` where the sides
    differ, ``.least`` and ``.most`` where the assessor states the percentage between them. A part without a row is not
    insured. ``contains`` says what a part contains within its limb, which counts as the higher of the part and the
    sum of what it contains. ``degree`` ``any``: the percentage times the functional loss; ``whole``: a total loss only.
    Not paid beside a total disability.
    """

    kind: ClassVar[str] = "disability"
    rows: tuple[str, ...]
    cap: Percent
    multiple: Times = ""
    sum: Amount = ""
    contains: dict[Part, tuple[Part, ...]] = field(default_factory=dict)
    degree: Literal["any", "whole"] = "any"

    def lines(self, case: Case) -> list[Line]:
        """Pay one line for all rows; it is as sure as the least sure of them and the cap."""
        items = case.claim.stated(Disability)
        if not items or case.total_disability:
            return []
        losses = self.losses((item for item, _ in items), case.law, case.period.dominant_hand)
        total = self.counted({row: loss.percent for row, loss in losses.items()})
        cap = case.law[self.cap]
        percent, text = min(total, cap.decimal), f"{case.plain(total)}%"
        if total > cap.decimal:
            text = f"min({text}; {case.plain(cap.decimal)}%)"
        if self.multiple:
            times = case.law[self.multiple]
            amount = whole(percent / 100 * times.decimal * case.base)
            formula = f"{text} × {times.whole} × {case.money(case.base)}"
        else:
            insured = case.law[self.sum]
            amount = whole(percent / 100 * insured.decimal)
            formula = f"{text} × {case.money(insured.whole)}"
        sure = replace(
            cap, confidence=weakest(cap.confidence, *(loss.confidence for loss in losses.values()))
        )
        base = (case.base_ref,) if self.multiple else ()
        return case.in_person(
            self.code, amount, formula, sure, (case.period.ref, *base, *(ref for _, ref in items))
        )

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """The cap, every row, and what it is taken of."""
        of = (self.multiple, BRACKETS) if self.multiple else (self.sum,)
        return {"": (self.cap, *of, *self.codes)}

    @property
    def codes(self) -> Iterator[str]:
        """The figures of the rows."""
        return (f"disability.{row}" for row in self.rows)

    def losses(self, items: Iterable[Disability], law: Law, hand: str) -> dict[Row, PercentLost]:
        """Return what each row stated counts for; a row stated twice counts as stated last."""
        losses: dict[Row, PercentLost] = {}
        for item in items:
            degree = (
                Decimal(str(item.loss_percent)) / 100 if isinstance(item.loss_percent, float) else Decimal(1)
            )
            if self.degree == "whole":
                degree = Decimal(degree == 1)
            units = item.units if isinstance(item.units, int) else 1
            which = item.which or ""
            single = BOTH_SIDES.get(item.part)
            for side in ("right", "left") if single else (item.side or "",):
                part = single or item.part
                if row := self._row(item, part, side, law, hand):
                    losses[part, side, which] = row._replace(degree=degree, units=units)
        return losses

    def _row(self, item: Disability, part: str, side: str, law: Law, hand: str) -> PercentLost | None:
        """Return what the table says of a part; right and left swap for a left-handed person."""
        if f"{part}.most" in self._named and isinstance(item.percent, float):
            least, most = law[f"disability.{part}.least"], law[f"disability.{part}.most"]
            assessed = min(max(Decimal(str(item.percent)), least.decimal), most.decimal)
            return PercentLost(assessed, weakest(least.confidence, most.confidence))
        row = part
        if part not in self._named:
            side = side or "right"
            row = f"{part}.{_SWAPPED[side] if hand == 'left' else side}"
            if row not in self._named:
                return None
        figure = law[f"disability.{row}"]
        return PercentLost(figure.decimal, figure.confidence)

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(self.rows)

    @cached_property
    def _inside(self) -> frozenset[str]:
        return frozenset(child for children in self.contains.values() for child in children)

    def counted(self, rows: Mapping[Row, Decimal]) -> Decimal:
        """Return the sum of all rows after absorption within each limb, before the cap."""
        return sum((rows[row] for row in self.counting_rows(rows)), Decimal())

    def counting_rows(self, rows: Mapping[Row, Decimal]) -> frozenset[Row]:
        """Return the rows that count after absorption: of each limb the part, or else what it contains."""
        limbs: frozenset[str] = self._inside | self.contains.keys()
        roots = [part for part in self.contains if part not in self._inside]
        stand = {row for row in rows if row[0] not in limbs}
        for side in {side for part, side, _ in rows if part in limbs}:
            stand.update(row for root in roots for row in self._limb(rows, root, side, ""))
        return frozenset(stand)

    def _limb(self, rows: Mapping[Row, Decimal], part: Part, side: str, which: str) -> list[Row]:
        own = (part, side, which)
        below: list[Row] = []
        for child in self.contains.get(part, ()):
            if child in WHICH:
                several = (which,) if part in WHICH else ("", *WHICH[child])
                below += (row for one in several for row in self._limb(rows, child, side, one))
            else:
                below += self._limb(rows, child, side, "")
        if own in rows and rows[own] >= sum(rows[row] for row in below):
            return [own]
        return below
