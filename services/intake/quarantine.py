"""Refused documents: kept sealed with all their faults, opened to be read, sent again as they are or mended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from services.intake.context import IntakeContext, Keyring
from services.intake.examination import RejectedDocument
from services.ledger.edge import Fault
from services.ledger.quarantine_store import Quarantined
from services.ledger.refusals import Notice
from services.sealing.box import UnreadableError, seal, unseal
from services.sealing.keystore import agency_key
from services.texts.errors import TextError

_LONGEST_CHAIN = 100
"""How many documents that mend one another are followed; a sender may write them in a circle."""


class UnknownDocumentError(TextError):
    """An agency has no document of this name in quarantine, or it cannot be opened any more."""

    def __init__(self, agency: str, document: str) -> None:
        """Keep which document it was."""
        super().__init__(message("quarantine.unreadable", agency=agency, document=document))
        self.agency, self.document = agency, document


class Opened(Struct, frozen=True):
    """A quarantined document in clear, for an operator's eyes."""

    entry: Quarantined
    document: bytes
    """As the agency sent it, not always JSON."""
    faults: tuple[Fault, ...]


async def quarantine(
    context: IntakeContext, agency: str, refused: list[RejectedDocument], keyring: Keyring
) -> dict[str, Quarantined]:
    """Keep refused documents and tell their agency; returns them by name as they were kept first."""
    if not refused:
        return {}
    owner, now = agency_key(agency), context.clock()
    await keyring.fetch([owner])
    entries = []
    for one in refused:
        values = {
            "document": one.raw.decode("latin-1"),  # any byte as one character, so that JSON can hold it
            "faults": msgspec.to_builtins(one.refusal.faults),
        }
        entries.append(
            Quarantined(
                document=one.name,
                agency=agency,
                at=now,
                code=one.refusal.code,
                sealed=seal(owner, keyring[owner], values, one.name.encode()),
                id=one.refusal.id,
                source=one.refusal.source,
                mends=one.mends,
            )
        )
    kept = await context.quarantine.put(agency, entries)
    for one in refused:
        if one.mends:
            await context.quarantine.refuse_again(agency, one.mends, one.name)
    notices = [_notice(first, one.refusal.faults) for first, one in zip(kept, refused, strict=True)]
    await context.refusals.tell(agency, notices)
    return {first.document: first for first in kept}


async def resolve(context: IntakeContext, agency: str, document: str, receipt: str) -> None:
    """Note that a document was admitted after all, if there is one of that name, and tell its agency.

    So were those that it was to mend itself.
    """
    for _ in range(_LONGEST_CHAIN):
        kept = await context.quarantine.resolve(agency, document, receipt) if document else None
        if kept is None:
            return
        await context.refusals.tell(agency, [_notice(kept)])
        document = kept.mends


async def discard(context: IntakeContext, agency: str, document: str) -> None:
    """Note that nobody waits for a refused document any more, and tell its agency; it stays where it is.

    One that was admitted meanwhile, or discarded, stays as it is. A mended one is still taken.
    """

    def marked(kept: Quarantined) -> Quarantined:
        return replace(kept, discarded=context.clock()) if kept.waits else kept

    if kept := await context.quarantine.change(agency, document, marked):
        await context.refusals.tell(agency, [_notice(kept)])


def _notice(kept: Quarantined, faults: tuple[Fault, ...] = ()) -> Notice:
    return Notice(
        document=kept.document,
        at=kept.at,
        code=kept.code,
        faults=faults,
        id=kept.id,
        source=kept.source,
        mends=kept.mends,
        resolved=kept.resolved,
        discarded=kept.discarded,
    )


async def show(context: IntakeContext, agency: str, document: str) -> Opened:
    """Open a quarantined document.

    Raises:
        UnknownDocumentError: there is none of that name, or its key was destroyed.
    """
    entry = await context.quarantine.get(agency, document)
    if entry is None:
        raise UnknownDocumentError(agency, document)
    if documents := await opened(context, [entry]):
        return documents[0]
    raise UnknownDocumentError(agency, document)


async def opened(context: IntakeContext, entries: Sequence[Quarantined]) -> list[Opened]:
    """Open several quarantined documents, but for those whose key was destroyed."""
    names = sorted({entry.sealed.key for entry in entries})
    agency_keys = await asyncio.to_thread(context.keys.get, names)
    return await asyncio.to_thread(lambda: list(_opened(entries, agency_keys)))


def _opened(entries: Iterable[Quarantined], agency_keys: Mapping[str, bytes]) -> Iterator[Opened]:
    for entry in entries:
        try:
            values = unseal(entry.sealed, agency_keys[entry.sealed.key], entry.document.encode())
        except (KeyError, UnreadableError):
            continue
        raw = cast("str", values["document"]).encode("latin-1")
        yield Opened(entry, raw, msgspec.convert(values["faults"], tuple[Fault, ...]))


async def retry(context: IntakeContext, agency: str, document: str, mended: bytes | None = None) -> str:
    """Send a quarantined document again, or the mended one in its place; returns the outbox entry's id.

    It takes the same way as every other document. Once it is admitted, the quarantined one is resolved and names its
    receipt; if it is refused too, the quarantined one names what was refused, and a mended one what it was to mend.

    Raises:
        UnknownDocumentError: there is none of that name, or its key was destroyed.
    """
    opened = await show(context, agency, document)
    raw = opened.document if mended is None else mended
    await context.quarantine.await_answer(agency, document)
    return (await context.edge.submit(agency, [raw], mends=document))[0]
