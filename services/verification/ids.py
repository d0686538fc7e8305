"""The ids of a partition and the content behind them: nothing forgotten, nothing changed, nothing kept twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from events.catalogue import AgencyEvent, Event, decode, encode
from events.message import Message, message
from events.operation import EpochBegun, ParkedDiscarded, PersonErased, ReleaseArranged
from events.payment import ReleaseApproved, ReleaseRefused
from services.adjudication.batch_decision import named
from services.ledger import snapshot as snapshots
from services.ledger.credentials import Credential
from services.ledger.keys import id_hash
from services.ledger.protocol import Entry, Ledger
from services.ledger.snapshot import PartitionSnapshot
from services.sealing.box import UnreadableError, unseal
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens
from services.verification.content import Contents, document_of
from services.verification.discrepancies import AuditFinding
from services.verification.provenance import FOUND, provenance

_Act: TypeAlias = ReleaseApproved | ReleaseRefused | ReleaseArranged | PersonErased


class PartitionContents:
    """Compares a partition page by page; without ``keys`` only the ids. Signatures are checked by ``credentials``."""

    def __init__(
        self,
        ledger: Ledger,
        partition: int,
        keys: KeyStore | None,
        credentials: Mapping[str, Credential],
    ) -> None:
        self._ledger, self._partition, self._keys = ledger, partition, keys
        self._credentials = credentials
        self._tokens = Tokens.opened(keys) if keys else None
        self._contents = Contents(self._tokens) if self._tokens else None
        self._destroyed = set(keys.destroyed()) if keys else set()
        self._erased: dict[str, int] = {}
        self._given_up = 0
        """Of how many persons a recovery says that it gave up their key."""
        self.remembered: set[bytes] = set()
        """Id hashes under which what is recorded and parked is remembered."""
        self.findings: list[AuditFinding] = []
        self.unreadable = 0

    async def page(self, page: Iterable[Entry], events: list[Event]) -> Mapping[bytes, bytes]:
        """Check that every agency event is remembered, and under the tag of its content.

        Returns the tags by id hash.
        """
        bodies = {entry.position: entry.body for entry in page}
        tags = await snapshots.remembered(self._ledger, self._partition, bodies.values())
        self.remembered |= tags.keys()
        agency_events = [event for event in events if isinstance(event, AgencyEvent)]
        for discard in (event for event in events if isinstance(event, ParkedDiscarded)):
            if (discarded_event := self._discarded_event(discard)) is not None:
                bodies[discard.position or 0] = encode(discarded_event)
                agency_events.append(discarded_event)
        names = [event.sealed.key for event in agency_events if event.sealed]
        keys = await asyncio.to_thread(self._keys.get, names) if self._keys else {}
        self._check_officers([event for event in events if isinstance(event, _Act)])
        for event in events:
            if isinstance(event, PersonErased):
                self._erased[event.person or ""] = event.position or 0
            elif isinstance(event, EpochBegun):
                self._given_up += event.data.lost_keys or 0
        for event in agency_events:
            tag = tags.get(id_hash(event.source, event.id))
            if tag is None:
                what = message("audit.not-remembered", source=event.source, id=event.id)
                self._find("ids", what, event.position or 0)
            else:
                self._compare(event, keys, tag)
            if event.origin and self._tokens:
                self._check(bodies.get(event.position or 0, b""), keys, self._tokens)
        return tags

    def _discarded_event(self, discard: ParkedDiscarded) -> AgencyEvent | None:
        """Return the event that was discarded, at the place of its discard.

        None where nobody can read it, or none is kept.
        """
        document = discard.data.document
        if document is UNSET:
            return None
        if named(document) != discard.data.event:
            self._find("content", message("audit.other-discarded"), discard.position or 0)
            return None
        try:
            event = decode(document)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return None
        return replace(event, position=discard.position) if isinstance(event, AgencyEvent) else None

    def _check_officers(self, acts: list[_Act]) -> None:
        """Check that the person who decided about an order, or how orders leave, is the one whose name was sealed."""
        if self._keys is None or self._tokens is None:
            return
        for act in acts:
            if not (box := act.sealed):
                continue
            try:
                name = unseal(box, self._keys.get([box.key])[box.key], id_hash(act.source, act.id)).get(
                    "officer"
                )
            except (KeyError, UnreadableError):
                name = None
            if self._tokens.officer(str(name)) != act.data.officer and box.key not in self._destroyed:
                self._find("content", message("audit.other-officer"), act.position or 0)

    def _check(self, body: bytes, keys: Mapping[str, bytes], tokens: Tokens) -> None:
        """Check who signed an event; what cannot be opened was counted already."""
        one = provenance(body, keys, tokens, self._credentials) if body else None
        if one is not None and one.verdict in FOUND:
            what = message("audit.signature", event=one.event, verdict=message(f"provenance.{one.verdict}"))
            self._find("origin", what, one.position)

    def _compare(self, event: AgencyEvent, keys: Mapping[str, bytes], tag: bytes) -> None:
        position = event.position or 0
        if self._contents is None or (event.sealed and event.sealed.key not in keys):
            self.unreadable += 1
            if self._contents is not None and event.sealed and event.sealed.key not in self._destroyed:
                self._find("content", message("audit.key-missing", key=event.sealed.key), position)
            return
        document = document_of(event, keys)
        if document is None:
            if event.sealed and event.sealed.key in self._destroyed:
                self.unreadable += 1  # sealed before the destruction; there is another key by now
            else:
                self._find("content", message("audit.not-opened"), position)
        elif not self._contents.agree(event, document, tag):
            self._find("content", message("audit.other-document"), position)

    async def end(self, snapshot: PartitionSnapshot) -> None:
        """Check the parked events, that nothing is remembered that is neither recorded nor parked, and erased keys."""
        if self._keys is not None:
            await asyncio.to_thread(self._check_erased, self._keys, snapshot)
        for person, bodies in sorted(snapshot.parked.items()):
            if not bodies:
                self._find("parked", message("audit.parked-empty", person=person), 0)
            tags = await snapshots.remembered(self._ledger, self._partition, bodies)
            doubled = tags.keys() & self.remembered
            if doubled:
                self._find("parked", message("audit.parked-recorded", person=person), 0)
            self.remembered |= tags.keys()
        if len(self.remembered) != snapshot.remembered:
            what = message("audit.remembered", count=snapshot.remembered, events=len(self.remembered))
            self._find("ids", what, snapshot.head.position)

    def _check_erased(self, keys: KeyStore, snapshot: PartitionSnapshot) -> None:
        """Check that the keys of those are gone of whom the ledger says so, and of nobody else's for good."""
        persons, erased = list(self._erased), set(keys.erased())
        person_keys = keys.get(persons)
        for person, position in self._erased.items():
            if person in person_keys or person not in erased:
                self._find("erasure", message("audit.erased-key", person=person), position)
        for person in sorted(erased & snapshot.states.keys() - self._erased.keys()):
            self._find("erasure", message("audit.erased-unrecorded", person=person), 0)
        lost = sorted(self._destroyed & snapshot.states.keys() - self._erased.keys() - erased)
        if len(lost) > self._given_up:
            counts = {"count": len(lost), "recorded": self._given_up}
            self._find("erasure", message("audit.destroyed-unrecorded", person=lost[0], **counts), 0)

    def _find(self, check: str, what: Message, position: int) -> None:
        self.findings.append(AuditFinding(check, what, self._partition, position))
