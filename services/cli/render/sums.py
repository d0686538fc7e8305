"""Every sum by benefit and in total, in one table in which they add up."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from projections import claims, payments
from projections.store import View
from projections.sums import SUMS, Reconciliation, reconcile
from services.cli.output import table, tell
from services.wording.terms import LanguageTexts


def reconciled(view: View) -> Reconciliation:
    """Bring together the sums of all claims and orders that the read models have."""
    return reconcile(claims.claims(view), payments.every(view))


def show_sums(reconciliation: Reconciliation, words: LanguageTexts, out: Console) -> None:
    """Print the table, what the bank paid and what of it is unmatched, and the equations that hold."""
    lines = list(
        zip(
            _names([line.benefit for line in reconciliation.benefits], words),
            reconciliation.benefits,
            strict=True,
        )
    )
    lines.append((words.say("demo.all"), reconciliation.total))
    names = [name for name in SUMS if name not in _RARE or getattr(reconciliation.total, name)]
    rows = [(name, *(words.amount(getattr(line, column)) for column in names)) for name, line in lines]
    columns = ("", *(words.say(f"sum.{name}") for name in names))
    out.print(table(words.say("sums.title"), columns, rows, right=tuple(range(1, len(columns))), prose=(0,)))
    bank = (
        ("sum.paid_by_bank", reconciliation.paid_by_bank),
        ("sum.matched", reconciliation.matched),
        ("sum.unmatched", reconciliation.unmatched),
    )
    out.print()
    out.print(
        table("", ("", ""), [(words.say(key), words.amount(amount)) for key, amount in bank], right=(1,))
    )
    tell(
        out,
        words.say("sums.hold" if reconciliation.adds_up else "sums.broken"),
        style="" if reconciliation.adds_up else "bold red",
    )


def _names(benefits: Sequence[str], words: LanguageTexts) -> list[str]:
    """Name benefits, with their programme where two have one name: ``Biaya pemakaman (JKM)``."""
    names = [words.name("benefit", benefit) for benefit in benefits]
    return [
        f"{name} ({benefit.partition('.')[0].upper()})" if names.count(name) > 1 else name
        for name, benefit in zip(names, benefits, strict=True)
    ]


_RARE = ("overpaid", "undecided", "not_ordered")
"""Columns that are left out where the total is nothing."""
