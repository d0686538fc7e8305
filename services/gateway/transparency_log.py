"""The log: its newest checkpoint for everybody, and for agencies a receipt redeemed for the proof that its event stands in it."""

from __future__ import annotations

import base64
import re

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.access_control import AccessControl
from services.gateway.problems import Problem
from services.gateway.requests import Asked, answer, answer_to_anybody, authenticated, entity_tag
from services.intake.event_position import recorded_of
from services.ledger.keys import id_hash
from services.notary.leaves import LogEntry, ledger_stream
from services.notary.log import Log
from services.notary.proofs import NotSealedError, inclusion_proof, sealed
from services.platform.newest_checkpoint import LOOKS_EVERY, NewestCheckpoint
from services.runtime.bootstrap import Installation

_RECEIPT = re.compile(r"[0-9a-f]{32}")
_SIZE = re.compile(r"[1-9][0-9]{0,15}")
_TEXT = "text/plain"
_KEPT = f"public, max-age={LOOKS_EVERY:.0f}"
"""Whatever stands between may keep a checkpoint as long as the gateway itself does."""


def log_routes(
    installation: Installation, checkpoint: NewestCheckpoint, authentication: AccessControl
) -> tuple[HTTPRouteHandler, ...]:
    """Return the routes of the log."""

    @get("/v1/checkpoint")
    async def newest(request: Asked) -> Response[bytes]:
        """Answer from memory, without a key.

        A log is only worth something where everybody can keep what it has said.
        """
        if not checkpoint.note:
            raise Problem("not-found")
        return answer_to_anybody(request, checkpoint.note, _TEXT, entity_tag(checkpoint.note), _KEPT)

    @get("/v1/checkpoint/{size:str}")
    async def grown(size: FromPath[str], request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request):
            growth = _growth(Log(installation.settings.log), size)
            if growth is None:
                raise Problem("not-found")
            return answer(growth, media=_TEXT)

    @get("/v1/receipts/{name:str}/proof")
    async def proof(name: FromPath[str], request: Asked) -> Response[bytes]:
        async with authenticated(authentication, request) as asking:
            try:
                proof_text = await _proof_of(installation, asking.agency, name)
            except NotSealedError:
                raise Problem("not-recorded-yet") from None
            if proof_text is None:
                raise Problem("not-found")
            return answer(proof_text, media=_TEXT)

    return newest, grown, proof


def _growth(log: Log, size: str) -> bytes | None:
    """Return the proof that the newest checkpoint continues the log of a size, and that checkpoint.

    Returns None for a size that the log never had.
    """
    published = log.published()
    if published is None or not _SIZE.fullmatch(size) or int(size) > published.checkpoint.size:
        return None
    hashes = log.consistency_proof(int(size), published.checkpoint.size)
    lines = [f"old {size}", *(base64.b64encode(one).decode() for one in hashes), "", published.note]
    return "\n".join(lines).encode()


async def _proof_of(installation: Installation, agency: str, name: str) -> bytes | None:
    """Return the proof of an agency's own event by the number of its receipt or by its id; None where none is recorded.

    Raises as ``sealed`` does.
    """
    ids = [id_hash(f"/agencies/{agency}", name)]
    if _RECEIPT.fullmatch(name):
        ids.append(bytes.fromhex(name))
    for event_id in ids:
        if place := await recorded_of(installation, agency, event_id):
            partition, entry = place
            entry_of_log = LogEntry(ledger_stream(partition), entry.position, entry.body)
            log = Log(installation.settings.log)
            one = sealed(log, [entry_of_log])
            ((index, _),) = one.entries
            return inclusion_proof(log, index, one.checkpoint.size, one.note, entry_of_log.encoded())
    return None
