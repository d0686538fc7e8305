"""Receipts as an agency reads them: waiting for those of what was just sent, and each written in a line."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator

from events.message import message
from services.cli.exit_codes import FINDING, OK
from services.cli.output import console, show_line
from services.ledger.edge import DocumentReceipt, Edge
from services.ledger.registry import has_a_worker
from services.runtime.bootstrap import Installation
from services.runtime.partition_leases import LEASE_MS
from services.texts.language import language, said
from services.wording.terms import LanguageTexts

LOOK_SECONDS = 0.1
"""How often somebody who waits looks whether something has come."""
NOBODY_SECONDS = 2 * LEASE_MS / 1000
"""How long nobody may admit before it is no use to wait."""


class NotAnsweredError(Exception):
    """Nobody admits what this agency sends; it stays in the outbox until somebody does."""


async def answers(
    installation: Installation, agency: str, entries: Iterable[str], after: str
) -> AsyncIterator[DocumentReceipt]:
    """Yield the receipt of each outbox entry as it comes; ``after`` is the stream id of the last one before.

    Raises:
        NotAnsweredError: no intake works on this outbox.
    """
    edge, waiting = Edge(installation.edge), set(entries)
    last_answer_at = time.monotonic() - NOBODY_SECONDS
    while waiting:
        page = await edge.receipts(agency, after)
        for _, receipt in page:
            if receipt.entry in waiting:
                waiting.remove(receipt.entry)
                yield receipt
        if page:
            after = page[-1][0]
            continue
        if await has_a_worker(installation.core, agency):
            last_answer_at = time.monotonic()
        elif time.monotonic() - last_answer_at >= NOBODY_SECONDS:
            raise NotAnsweredError
        await asyncio.sleep(LOOK_SECONDS)


def lines(receipt: DocumentReceipt) -> Iterator[str]:
    """Tell a receipt in a line, and each fault of a refused document in one more."""
    words = LanguageTexts()
    what = f"{words.name('receipt', receipt.status):<8}  {receipt.id or '?'}"
    if receipt.status == "refused":
        code = receipt.code or ""
        quarantine_note = receipt.quarantine and said(
            message("receipt.kept", code=code, document=receipt.quarantine)
        )
        yield f"{what}  {quarantine_note or code}"
        yield from (f"          {fault.path}  {fault.sentence(language())}" for fault in receipt.faults)
    elif receipt.status == "waiting":
        until = "receipt.until-claim" if receipt.waits_for == "claim" else "receipt.until-event"
        yield f"{what}  {said(message(until))}"
    else:
        yield what


def show_receipt(receipt: DocumentReceipt, *, json: bool) -> None:
    """Print a receipt, as a JSON line or in words."""
    if json:
        show_line(receipt)
        return
    for line in lines(receipt):
        console().print(line, markup=False, soft_wrap=True)


async def show_answers(
    installation: Installation, agency: str, entries: list[str], after: str, *, json: bool = False
) -> int:
    """Print the receipt of each outbox entry as it comes, then how many there are; returns the exit code."""
    statuses = Counter[str]()
    hint = ""
    try:
        async for receipt in answers(installation, agency, entries, after):
            statuses[receipt.status] += 1
            show_receipt(receipt, json=json)
    except NotAnsweredError:
        hint = said(message("receipt.no-intake", agency=agency))
    if not json:
        words = LanguageTexts()
        of_each = [f"{number} {words.name('receipt', status)}" for status, number in sorted(statuses.items())]
        summary = ", ".join(of_each + [hint] * bool(hint))
        published = said(message("receipt.published", agency=agency, count=len(entries)))
        console().print(f"{published}; {summary}", soft_wrap=True)
    return FINDING if statuses["refused"] else OK
