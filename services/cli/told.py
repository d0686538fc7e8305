"""``receipts`` and ``outcomes``: what an agency is told, as it reads it itself over Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

from msgspec import Struct

from services.bootstrap import Installation
from services.cli.answers import LOOK_SECONDS, lines
from services.cli.failures import OK, not_registered
from services.cli.house import in_house
from services.cli.output import console, show_line
from services.cli.story import overpaid, payee
from services.cli.wording import LanguageTexts, day, moment
from services.ledger.edge import ClaimOutcome, Edge, Receipt

T = TypeVar("T", bound=Struct)
Page: TypeAlias = Callable[[Edge, str], Awaitable[list[tuple[str, T]]]]


def receipts(
    name: str, /, *, after: str = "0-0", follow: bool = False, json: bool = False, data: Path | None = None
) -> int:
    """Show what became of each document that an agency sent, over Redis or HTTP, oldest first."""

    def line(receipt: Receipt) -> Iterator[str]:
        head, *faults = lines(receipt)
        yield f"{moment(receipt.admittedtime)}  {head}"
        yield from faults

    return _show(
        name, lambda edge, seen: edge.receipts(name, seen), line, after, data, follow=follow, json=json
    )


def outcomes(
    name: str, /, *, after: str = "0-0", follow: bool = False, json: bool = False, data: Path | None = None
) -> int:
    """Show what became of the claims that an agency filed, oldest first."""
    return _show(
        name, lambda edge, seen: edge.outcomes(name, seen), _outcome, after, data, follow=follow, json=json
    )


def _outcome(told: ClaimOutcome) -> Iterator[str]:
    words = LanguageTexts()
    whom = [told.payee and payee(told.payee, words), told.amount and words.amount(told.amount)]
    facts = [
        told.order,
        *([overpaid(told.payee or "", 0, words)] if told.status == "overpaid" and not told.amount else whom),
        told.on and day(told.on),
        *(words.name("missing", code) for code in told.missing),
        *(words.name("reason", code) for code in told.reasons),
    ]
    status = words.name("outcome", told.status)
    yield f"{moment(told.time)}  {told.claim}  {status:<9}  {'  '.join(fact for fact in facts if fact)}".rstrip()


def _show(
    name: str,
    read: Page[T],
    line: Callable[[T], Iterator[str]],
    after: str,
    data: Path | None,
    *,
    follow: bool,
    json: bool,
) -> int:
    async def work(house: Installation) -> None:
        if await house.registry.get(name) is None:
            raise not_registered(name)
        edge, seen, out = Edge(house.edge), after, console()
        while True:
            page = await read(edge, seen)
            for seen, one in page:
                if json:
                    show_line(one)
                    continue
                for number, text in enumerate(line(one)):
                    out.print(text if number else f"{seen}  {text}", markup=False, soft_wrap=True)
            if not page:
                if not follow:
                    return
                await asyncio.sleep(LOOK_SECONDS)

    in_house(data, work)
    return OK
