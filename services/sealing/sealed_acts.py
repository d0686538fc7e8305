"""What a named person does, as it goes into an inbox: who and why are sealed under Kelambu's own key."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol, TypeVar

from msgspec.structs import replace

from events.operation import ParkedDiscarded, ParkedRetried, PersonErased, ReleaseArranged
from events.payment import ReleaseApproved, ReleaseRefused
from events.redaction import redact
from services.ledger.keys import id_hash
from services.ledger.protocol import Ledger
from services.sealing.box import seal
from services.sealing.keystore import OWN_KEY
from services.sealing.own_key import SealingHolder, own_key


class ActsHolder(SealingHolder, Protocol):
    """As much of an open installation as an act needs."""

    @property
    def ledger(self) -> Ledger: ...


Act = TypeVar(
    "Act",
    bound=ReleaseApproved | ReleaseRefused | ReleaseArranged | ParkedRetried | ParkedDiscarded | PersonErased,
)


def act_id() -> str:
    """Return what makes the id of an act the only one of its kind; never sixteen digits alone, which no id may have."""
    return f"r{secrets.token_hex(8)}"


async def sealed(installation: ActsHolder, acts: Sequence[Act]) -> list[Act]:
    """Return these acts as they are recorded. The key is on disk, and the ledger knows that it needs it, before they are."""
    key = await own_key(installation)
    sealed_acts = []
    for act in acts:
        redacted, values = redact(act, installation.tokens)
        box = seal(OWN_KEY, key, values, id_hash(redacted.source, redacted.id))
        sealed_acts.append(replace(redacted, admittedtime=redacted.time, sealed=box))
    return sealed_acts
