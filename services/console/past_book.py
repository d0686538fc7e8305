"""``FILE CUT [DAY]``: the read models at another moment, into a file, by a process of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Coroutine
from contextlib import closing

from events.message import Message
from projections.store import Store
from services.book.cut import Cut, cut_from
from services.book.read_models_as_of import fill
from services.console.progress import reporting
from services.platform.garbage_collection import collect_never
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.texts.errors import message_of
from services.texts.language import said


async def build(file: str, cut: Cut, true_on: dt.date | None) -> None:
    """Fill the empty SQLite file from the ledger of the installation that the environment names."""
    async with open_installation(Settings.read(), ()) as installation:
        with closing(Store(f"sqlite:///{file}", scratch=True)) as store:
            await fill(store, installation.ledger, cut, true_on, advanced=reporting(cut.events))


def main() -> int:
    """Build the book that the arguments name."""
    collect_never()
    file, cut, *days = sys.argv[1:]
    return done(build(file, cut_from(cut), dt.date.fromisoformat(days[0]) if days else None))


def done(work: Coroutine[None, None, None]) -> int:
    """Do what a process beside the pages is for, and return its exit code; says on stderr why it could not."""
    try:
        asyncio.run(work)
    except Exception as error:  # noqa: BLE001 - whatever it was, the page that waits for it says it
        reason: Message | str = message_of(error)
        sys.stderr.write(f"{said(reason)}\n")
        return 2
    return 0
