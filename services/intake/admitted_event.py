"""One event on its way from the outbox to an inbox, and how its personal values are sealed on that way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TypeAlias, cast

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from events.bank import ClaimPaid, PaymentReturned
from events.catalogue import AgencyEvent, ParticipantEvent, decode, encode, type_of
from events.claim import ClaimFiled, ClaimVerified
from events.envelope import RECORDED_ATTRIBUTES, agency_of
from events.origin import Origin
from events.proof import Proof, taken_apart
from events.redaction import REDACTED, redact, restore
from events.retraction import EventRetracted
from services.intake.context import Keyring
from services.ledger.claim_routes import Route
from services.ledger.keys import id_hash
from services.ledger.reservations import Status, Target, WaitingEvent
from services.sealing.box import UnreadableError, seal, unseal
from services.sealing.keystore import agency_key
from services.sealing.tokens import Tokens


class Admission(Struct, kw_only=True):
    """An event that took its id. ``person`` is known as soon as the event may go to the person's inbox.

    The event is in clear until ``sealed_for`` has been called, and sealed from the start if it waited before.
    """

    agency: str
    event: AgencyEvent
    id: bytes
    tag: bytes
    admitted: dt.datetime
    target: Target
    again: bool
    """An earlier attempt may have carried out any of the steps."""
    awaited: bool = False
    """Retractions wait for this event."""
    waited_for: bytes = b""
    """The event whose admission set this one free: the id hash under which it was held."""
    was_held: WaitingEvent | None = None
    """The event as the waiting list held it."""
    person: str = ""
    status: Status = "begun"
    body: bytes = b""
    raw: bytes = b""
    """The document as it was sent; empty when it waited."""
    origin: Origin | None = None
    """The sender's signature over ``raw``."""

    def may_go_at_once(self, clear: Mapping[str, Route]) -> bool:
        """Whether the event goes to an inbox that is known, once the claims are ``clear``, and nobody waits for it."""
        if self.awaited or self.waited_for:
            return False
        route = clear.get(self.target.name) if self.target.kind == "claim" else None
        if route is None:
            return isinstance(self.event, ParticipantEvent)
        return not (self.verifies and route.agency == self.agency)

    @property
    def filed(self) -> str:
        """The claim number that this event files, or nothing."""
        return self.event.data.claim if isinstance(self.event, ClaimFiled) else ""

    @property
    def verifies(self) -> bool:
        """Whether this event verifies a claim, which the agency that filed it may not."""
        return isinstance(self.event, ClaimVerified)

    @property
    def is_bookkeeping(self) -> bool:
        """Whether the books need this event of whomever it is: money that moved, and what was said by mistake."""
        return isinstance(self.event, ClaimPaid | PaymentReturned | EventRetracted)

    @property
    def retracts(self) -> bytes:
        """The id hash of the event that this one retracts, or nothing."""
        event = self.event
        return id_hash(event.source, event.data.retracts) if isinstance(event, EventRetracted) else b""

    def held(self) -> WaitingEvent:
        """Return the event as a waiting list keeps it."""
        return WaitingEvent(self.id, self.tag, self.body)

    def keys_needed(self) -> list[str]:
        """Return the names of the keys that ``seal`` needs."""
        names = [self.person or agency_key(self.agency)]
        if self.event.sealed is not UNSET:
            names.append(self.event.sealed.key)
        return names

    def seal(self, tokens: Tokens, keyring: Keyring, nonce: bytes) -> None:
        """Seal under the person's key, or the agency's while nobody is known, with a fresh nonce, and write the body."""
        event, values = self._opened(tokens, keyring)
        person, origin = self.person or UNSET, event.origin
        if self.origin is not None and origin is UNSET:
            origin = replace(self.origin, signature=REDACTED)
            signed = replace(event, person=person, admittedtime=self.admitted, origin=origin)
            values |= taken_apart(Proof(self.origin, self.raw), encode(signed), values)
        name = self.person or agency_key(self.agency)
        sealed = seal(name, keyring[name], values, self.id, nonce) if values else event.sealed
        self.event = replace(event, person=person, admittedtime=self.admitted, sealed=sealed, origin=origin)
        self.body = encode(self.event)

    @property
    def without_data(self) -> bytes:
        """The document's attributes without what it says."""
        event = self.event
        envelope = {"specversion": "1.0", "id": event.id, "source": event.source, "type": type_of(event)}
        return msgspec.json.encode(envelope)

    def clear_document(self, keyring: Keyring) -> bytes:
        """Return the document of an event that is sealed, as its agency wrote it."""
        _, values = self._opened(None, keyring)
        document = cast("dict[str, object]", msgspec.to_builtins(self.event))
        for attribute in RECORDED_ATTRIBUTES:
            document.pop(attribute, None)
        return msgspec.json.encode(restore(document, values))

    def _opened(self, tokens: Tokens | None, keyring: Keyring) -> tuple[AgencyEvent, dict[str, object]]:
        event = self.event
        if event.admittedtime is UNSET and tokens is not None:
            redacted, values = redact(event, tokens)
            return redacted, dict(values)
        if event.sealed is UNSET:
            return event, {}
        try:
            return event, unseal(event.sealed, keyring[event.sealed.key], self.id)
        except (
            UnreadableError
        ):  # its key was destroyed while it waited: it goes on without its personal values
            return event, {}


_NamesPerson: TypeAlias = ParticipantEvent | ClaimFiled


def target_of(event: AgencyEvent, tokens: Tokens) -> Target:
    """Return where an event goes, as far as the event alone can say."""
    if isinstance(event, _NamesPerson):
        return Target("person", tokens.nik(event.data.nik))
    if isinstance(event, EventRetracted):
        return Target("event", id_hash(event.source, event.data.retracts).hex())
    return Target("claim", event.data.claim)


def resumed(held: WaitingEvent, target: Target, waited_for: bytes = b"") -> Admission:
    """Return an event that waited, on its way again."""
    event = cast("AgencyEvent", decode(held.body))
    return Admission(
        agency=agency_of(event.source),
        event=event,
        id=held.id,
        tag=held.tag,
        admitted=cast("dt.datetime", event.admittedtime),
        target=target,
        again=True,
        waited_for=waited_for,
        was_held=held,
    )
