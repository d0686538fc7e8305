"""Documents that were refused: listed without their content, and sent again by an operator who says why."""

from __future__ import annotations

from events.message import message
from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import TrailSignature, append
from services.intake import quarantine
from services.intake.context import context_of
from services.intake.examination import examine
from services.ledger.edge import Fault
from services.ledger.quarantine import Quarantined
from services.runtime.bootstrap import Installation
from services.texts.errors import TextError


async def refused(
    installation: Installation, agency: str | None = None, *, resolved: bool = False
) -> list[Quarantined]:
    """Return what was refused from an agency, or from all, oldest first; what was admitted after all only if asked."""
    store = context_of(installation).quarantine
    names = [agency] if agency else [one.name for one in await installation.registry.agencies()]
    found = [one for name in names for one in await store.every(name)]
    return [one for one in found if resolved or not one.resolved]


async def faults_of(installation: Installation, agency: str, mended: bytes) -> tuple[Fault, ...]:
    """Return everything for which a document of an agency would be refused as it stands; sends nothing.

    Whether its id is taken, and what it names exists already, is known only once it is sent. Raises ``TextError`` for an
    agency that is not registered.
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
    """Record that a refused document is sent again, and send it, mended if a mended one is given; returns its outbox entry.

    Raises ``UnknownDocumentError`` where there is none of that name, or its key was destroyed.
    """
    context = context_of(installation)
    await quarantine.show(context, agency, document)
    asked = OperationRequested(what="quarantine-retry", subject=f"{agency} {document}")
    await append(installation, asked, **signature)
    return await quarantine.retry(context, agency, document, mended)
