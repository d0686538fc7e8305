"""``receipts``: what became of each document that an agency sent, as it reads it itself over Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.cli.agency_stream import show_stream
from services.cli.render.receipts import lines
from services.cli.render.terms import moment
from services.ledger.edge import Receipt


def receipts(
    name: str, /, *, after: str = "0-0", follow: bool = False, json: bool = False, data: Path | None = None
) -> int:
    """Show what became of each document that an agency sent, over Redis or HTTP, oldest first."""

    def line(receipt: Receipt) -> Iterator[str]:
        head, *faults = lines(receipt)
        yield f"{moment(receipt.admittedtime)}  {head}"
        yield from faults

    return show_stream(
        name, lambda edge, seen: edge.receipts(name, seen), line, after, data, follow=follow, json=json
    )
