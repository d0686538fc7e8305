"""Permanent disability: the table of Lampiran III PP 82/2019, absorption within a limb, and the cap."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from events.assessment import Line
from events.findings import Disability, TotalDisability
from services.benefits.award import plain, rupiah, whole
from services.benefits.case import Case
from services.benefits.figures import BOTH_SIDES
from services.benefits.rulebook import Law

CONTAINS: dict[str, tuple[str, ...]] = {
    "arm-shoulder": ("arm-elbow",),
    "arm-elbow": ("hand-wrist",),
    "hand-wrist": ("thumb", "index-finger", "other-finger"),
    "index-finger": ("index-first-phalanx",),
    "other-finger": ("other-first-phalanx",),
    "leg-hip": (
        "leg-shortening-under-5cm",
        "leg-shortening-5-to-7.5cm",
        "leg-shortening-from-7.5cm",
        "foot-ankle",
    ),
    "foot-ankle": ("big-toe", "second-toe", "other-toe"),
}
"""What a row contains within its limb: the limb counts as the higher of a row and the sum of what it contains."""

PER_FINGER = {"other-finger", "other-first-phalanx", "other-toe"}
FINGERS = ("middle", "ring", "little")
TOES = ("third", "fourth", "fifth")

Row = tuple[str, str, str]
"""Part, side, which."""


def total_disability(case: Case) -> list[Line]:
    """70 % of 80 monthly bases (cacat total tetap), instead of the rows of the table."""
    refs = [ref for item, ref in case.claim.items.values() if isinstance(item, TotalDisability)]
    if not refs:
        return []
    figure = case.law["jkk.total-disability-percent"]
    return _of_multiple(case, "jkk.total-disability", figure.decimal, plain(figure.decimal) + "%", refs)


def partial_disability(case: Case) -> list[Line]:
    """The rows of the table, added after absorption within each limb, at most 70 %, of 80 monthly bases."""
    stated = [(item, ref) for item, ref in case.claim.items.values() if isinstance(item, Disability)]
    if not stated or any(isinstance(item, TotalDisability) for item, _ in case.claim.items.values()):
        return []
    rows = percentages((item for item, _ in stated), case.law, case.period.dominant_hand)
    total = counted(rows)
    cap = case.law["disability.cap"].decimal
    text = f"{plain(total)}%" if total <= cap else f"min({plain(total)}%; {plain(cap)}%)"
    return _of_multiple(case, "jkk.disability", min(total, cap), text, [ref for _, ref in stated])


def _of_multiple(case: Case, benefit: str, percent: Decimal, text: str, refs: list[str]) -> list[Line]:
    multiple = case.law["jkk.multiple"]
    formula = f"{text} × {multiple.whole} × {rupiah(case.base)}"
    amount = whole(case.multiple(percent))
    figure = case.law["disability.cap" if benefit == "jkk.disability" else "jkk.total-disability-percent"]
    return case.in_person(benefit, amount, formula, figure, (case.period.ref, case.base_ref, *refs))


def percentages(items: Iterable[Disability], law: Law, hand: str) -> dict[Row, Decimal]:
    """Return the percentage of each row stated; a row stated twice counts as stated last."""
    rows: dict[Row, Decimal] = {}
    for item in items:
        loss = Decimal(str(item.loss_percent)) / 100 if isinstance(item.loss_percent, float) else Decimal(1)
        units = item.units if isinstance(item.units, int) else 1
        which = item.which or ""
        if single := BOTH_SIDES.get(item.part):
            for side in ("right", "left"):
                rows[single, side, which] = law[f"disability.{single}"].decimal * loss * units
        else:
            rows[item.part, item.side or "", which] = table_percent(item, law, hand) * loss * units
    return rows


def table_percent(item: Disability, law: Law, hand: str) -> Decimal:
    """Return the table's percentage; right and left swap for a left-handed person."""
    if item.part == "scalp" and isinstance(item.percent, float):
        assessed = Decimal(str(item.percent))
        return min(max(assessed, law["disability.scalp.least"].decimal), law["disability.scalp.most"].decimal)
    code = f"disability.{item.part}"
    if code in law.figures:
        return law[code].decimal
    side = item.side or "right"
    if hand == "left":
        side = "left" if side == "right" else "right"
    return law[f"{code}.{side}"].decimal


def counted(rows: dict[Row, Decimal]) -> Decimal:
    """Return the sum of all rows after absorption within each limb, before the cap."""
    inside = {child for children in CONTAINS.values() for child in children}
    total = sum((value for (part, _, _), value in rows.items() if not _in_limb(part)), Decimal())
    for side in {side for part, side, _ in rows if _in_limb(part)}:
        total += sum((_limb(rows, root, side, "") for root in CONTAINS if root not in inside), Decimal())
    return total


def _in_limb(part: str) -> bool:
    return part in CONTAINS or any(part in children for children in CONTAINS.values())


def _limb(rows: dict[Row, Decimal], part: str, side: str, which: str) -> Decimal:
    own = rows.get((part, side, which), Decimal())
    below = Decimal()
    for child in CONTAINS.get(part, ()):
        if child in PER_FINGER:
            fingers = (which,) if part in PER_FINGER else ("", *FINGERS, *TOES)
            below += sum((_limb(rows, child, side, finger) for finger in fingers), Decimal())
        else:
            below += _limb(rows, child, side, "")
    return max(own, below)
