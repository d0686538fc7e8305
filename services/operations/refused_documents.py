"""Documents that were refused: listed without their content, sent again or discarded by an operator who says why."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

from msgspec import Struct

from events.message import message
from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import TrailSignature, append
from services.intake import quarantine
from services.intake.context import context_of
from services.intake.examination import examine
from services.ledger.edge import Fault
from services.ledger.quarantine_store import Quarantined
from services.operations.acts import OperatorAct, latest_acts
from services.runtime.bootstrap import Installation
from services.texts.errors import TextError, advised

RefusalState: TypeAlias = Literal["waiting", "discarded", "admitted"]
"""What became of a refused document: still to be mended, no longer waiting for anybody, or taken after all."""


ResendingResult: TypeAlias = Literal["unanswered", "accepted", "refused-again"]
"""What came of a document that was sent again; ``unanswered`` while intake has not come to it."""


class RefusalRow(Struct, frozen=True):
    """A refused document as it is listed: nothing of its content.

    ``discarded`` is set where its state is that, and ``sent_again`` where an operator last sent it again, in any other.
    """

    agency: str
    document: str
    at: dt.datetime
    code: str
    source: str | None
    id: str | None
    resolved: str
    discarded: OperatorAct | None = None
    sent_again: OperatorAct | None = None


class Resending(Struct, frozen=True):
    """That an operator sent a refused document again, the last time: when, who, why, and what came of it.

    ``document`` names what was refused again: the document itself, or the mended one that was sent in its place.
    """

    sent: OperatorAct
    result: ResendingResult
    document: str = ""


def state_of(entry: Quarantined) -> RefusalState:
    """Return what became of a refused document."""
    return "waiting" if entry.waits else "admitted" if entry.resolved else "discarded"


async def refused(
    installation: Installation, agency: str | None = None, *, state: RefusalState = "waiting"
) -> list[RefusalRow]:
    """Return what was refused from an agency, or from all, and is in this state now, oldest first."""
    entries = await _entries(installation, agency, state)
    if not entries:
        return []
    discards = await latest_acts(installation, "quarantine-discard") if state == "discarded" else {}
    retries = await latest_acts(installation, "quarantine-retry") if state != "discarded" else {}
    return [
        RefusalRow(
            one.agency,
            one.document,
            one.at,
            one.code,
            one.source,
            one.id,
            one.resolved,
            discards.get(_subject(one.agency, one.document)),
            retries.get(_subject(one.agency, one.document)),
        )
        for one in entries
    ]


async def to_be_mended(installation: Installation) -> int:
    """Return how many refused documents are still to be mended, of all agencies."""
    return len(await _entries(installation, None, "waiting"))


async def _entries(installation: Installation, agency: str | None, state: RefusalState) -> list[Quarantined]:
    store = context_of(installation).quarantine
    names = [agency] if agency else [one.name for one in await installation.registry.agencies()]
    return [one for name in names for one in await store.every(name) if state_of(one) == state]


async def discard_of(installation: Installation, entry: Quarantined) -> OperatorAct | None:
    """Return when, by whom and why a refused document was discarded; None where it is not."""
    if state_of(entry) != "discarded":
        return None
    return (await latest_acts(installation, "quarantine-discard")).get(_subject(entry.agency, entry.document))


async def resending_of(installation: Installation, entry: Quarantined) -> Resending | None:
    """Return who last sent a refused document again and what came of it; None where no operator did."""
    sent = (await latest_acts(installation, "quarantine-retry")).get(_subject(entry.agency, entry.document))
    if sent is None:
        return None
    if entry.refused_again:  # of one that was mended once more after that the receipt tells
        return Resending(sent, "refused-again", entry.refused_again)
    return Resending(sent, "accepted" if entry.resolved else "unanswered")


async def faults_of(installation: Installation, agency: str, mended: bytes) -> tuple[Fault, ...]:
    """Return everything for which a document of an agency would be refused as it stands; sends nothing.

    Whether its id is taken, and what it names exists already, is known only once it is sent. Raises ``TextError`` for
    an agency that is not registered.
    """
    context, sender = context_of(installation), await installation.registry.get(agency)
    if sender is None:
        raise TextError(message("review.no-agency", agency=agency))
    _, refusal = examine(sender, mended, context.clock(), context.codes)
    return refusal.faults if refusal else ()


async def retry_refused(
    installation: Installation,
    agency: str,
    document: str,
    signature: TrailSignature,
    mended: bytes | None = None,
) -> str:
    """Record that a refused document is sent again, and send it, mended if a mended one is given.

    Returns its outbox entry. Raises ``UnknownDocumentError`` where there is none of that name, or its key was
    destroyed.
    """
    context = context_of(installation)
    await quarantine.show(context, agency, document)
    request = OperationRequested(what="quarantine-retry", subject=_subject(agency, document))
    await append(installation, request, **signature)
    return await quarantine.retry(context, agency, document, mended)


async def discard_refused(
    installation: Installation, agency: str, document: str, signature: TrailSignature
) -> None:
    """Record that nobody waits for a refused document any more, and note it with the document, which stays.

    Raises:
        UnknownDocumentError: there is none of that name.
        AdvisedError: it was admitted since, or is discarded already.
    """
    context = context_of(installation)
    entry = await context.quarantine.get(agency, document)
    if entry is None:
        raise quarantine.UnknownDocumentError(agency, document)
    if not entry.waits:
        key = "quarantine.is-admitted" if entry.resolved else "quarantine.is-discarded"
        raise advised(key, "quarantine.see-it", agency=agency, document=document)
    request = OperationRequested(what="quarantine-discard", subject=_subject(agency, document))
    await append(installation, request, **signature)
    await quarantine.discard(context, agency, document)


def _subject(agency: str, document: str) -> str:
    return f"{agency} {document}"
