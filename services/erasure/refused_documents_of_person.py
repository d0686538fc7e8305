"""Refused documents that speak of a person.

Sealed under their agency's key, handed out with an extract, and emptied.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from functools import partial

from msgspec.structs import replace

from services.intake.context import context_of
from services.intake.quarantine import Opened, opened
from services.ledger.claim_routes import Routes
from services.ledger.quarantine_store import QuarantineStore
from services.runtime.bootstrap import Installation
from services.sealing.box import seal

_NIK = re.compile(rb"(?<![0-9])[0-9]{16}(?![0-9])")
_CLAIM = re.compile(rb'"claim"\s*:\s*"([^"\\]{1,100})"')


async def documents_about(installation: Installation, persons: Collection[str]) -> list[Opened]:
    """Return the refused documents that name one of these persons, or a claim of one, in clear."""
    store, context, documents = QuarantineStore(installation.core), context_of(installation), list[Opened]()
    for agency in await installation.registry.agencies():
        every = await opened(context, await store.every(agency.name))
        documents += [one for one in every if await _names(installation, one.document, persons)]
    return documents


async def empty_quarantine(installation: Installation, erased: Collection[str]) -> int:
    """Take the content out of every refused document about somebody who was erased; returns of how many.

    That a document was refused, when and why stays.
    """
    naming = [one.entry for one in await documents_about(installation, erased)] if erased else []
    keys = await asyncio.to_thread(installation.keys.get, sorted({entry.sealed.key for entry in naming}))
    for entry in naming:
        name, nothing = entry.sealed.key, {"document": "", "faults": []}
        box = seal(name, keys[name], nothing, entry.document.encode())
        emptied = partial(replace, sealed=box)
        await QuarantineStore(installation.core).change(entry.agency, entry.document, emptied)
    return len(naming)


async def _names(installation: Installation, document: bytes, persons: Collection[str]) -> bool:
    if any(installation.tokens.nik(nik.decode()) in persons for nik in _NIK.findall(document)):
        return True
    claims = [claim.decode(errors="replace") for claim in _CLAIM.findall(document)]
    routes = await Routes(installation.core).look(claims) if claims else []
    return any(route.person in persons for route in routes)
