"""The ids of a partition and the content behind them: nothing forgotten, nothing changed, nothing kept twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from events.catalogue import AgencyEvent, Event
from events.message import Message, message
from services.audit.content import Contents, document_of
from services.audit.findings import AuditFinding
from services.audit.provenance import FOUND, provenance
from services.ledger import snapshot as snapshots
from services.ledger.credentials import Credential
from services.ledger.keys import id_hash
from services.ledger.protocol import Entry, Ledger
from services.ledger.snapshot import PartitionSnapshot
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens


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
        self.remembered: set[bytes] = set()
        """Id hashes under which what is recorded and parked is remembered."""
        self.findings: list[AuditFinding] = []
        self.unreadable = 0

    async def page(self, page: Iterable[Entry], events: list[Event]) -> None:
        """Check that every agency event is remembered, and under the tag of its content."""
        bodies = {entry.position: entry.body for entry in page}
        tags = await snapshots.remembered(self._ledger, self._partition, bodies.values())
        self.remembered |= tags.keys()
        sent = [event for event in events if isinstance(event, AgencyEvent)]
        names = [event.sealed.key for event in sent if event.sealed]
        keys = await asyncio.to_thread(self._keys.get, names) if self._keys else {}
        for event in sent:
            tag = tags.get(id_hash(event.source, event.id))
            if tag is None:
                what = message("audit.not-remembered", source=event.source, id=event.id)
                self._find("ids", what, event.position or 0)
            else:
                self._compare(event, keys, tag)
            if event.origin and self._tokens:
                self._check(bodies.get(event.position or 0, b""), keys, self._tokens)

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
        """Check the parked events, and that nothing is remembered that is neither recorded nor parked."""
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

    def _find(self, check: str, what: Message, position: int) -> None:
        self.findings.append(AuditFinding(check, what, self._partition, position))
