"""Showing a stream that an agency reads, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

from msgspec import Struct

from services.cli.exit_codes import OK, not_registered
from services.cli.opening import with_installation
from services.cli.output import console, show_line
from services.cli.render.receipts import LOOK_SECONDS
from services.ledger.edge import Edge
from services.runtime.bootstrap import Installation

T = TypeVar("T", bound=Struct)


Page: TypeAlias = Callable[[Edge, str], Awaitable[list[tuple[str, T]]]]


def show_stream(
    name: str,
    read: Page[T],
    line: Callable[[T], Iterator[str]],
    after: str,
    data: Path | None,
    *,
    follow: bool,
    json: bool,
) -> int:
    async def work(installation: Installation) -> None:
        if await installation.registry.get(name) is None:
            raise not_registered(name)
        edge, position, out = Edge(installation.edge), after, console()
        while True:
            page = await read(edge, position)
            for position, one in page:
                if json:
                    show_line(one)
                    continue
                for number, text in enumerate(line(one)):
                    out.print(text if number else f"{position}  {text}", markup=False, soft_wrap=True)
            if not page:
                if not follow:
                    return
                await asyncio.sleep(LOOK_SECONDS)

    with_installation(data, work)
    return OK
