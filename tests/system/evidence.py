"""Evidence that an installation kept its promises.

Everything it holds at rest, held against everything that was sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import msgspec
from msgspec import Struct

from events.bank import ClaimPaid
from events.catalogue import Event, ParticipantEvent
from events.claim import ClaimFiled
from events.document import DocumentRefused, ParsedDocument, read
from events.payment import PaymentReleased
from events.retraction import EventRetracted
from services.adjudication.replay import ClaimView, ReplayResult
from services.benefits.reading.folder import load
from services.disbursement.batch_file import path_of
from services.ledger import keys
from services.ledger.edge import DocumentReceipt
from services.ledger.keys import id_hash
from services.ledger.payments import OrderBatch, Payments
from services.ledger.quarantine_store import QuarantineStore
from services.ledger.reservations import WaitingEvent
from services.notary import merkle
from services.notary.kept_checkpoints import KeptCheckpoints
from services.notary.leaves import ledger_stream, read_leaf
from services.notary.log import Log
from tests.system.recorded import live_claims, opened_events, recorded
from tests.system.running import RunningInstallation, Sender


class Sent(Struct, frozen=True):
    """The first sending of a right document: who sent it, as which of its own, and what."""

    agency: str
    number: int
    document: ParsedDocument


class Evidence:
    """An installation at rest: nothing is on its way any more, nothing runs but the servers."""

    def __init__(
        self,
        installation: RunningInstallation,
        senders: Sequence[Sender],
        answers: Mapping[str, list[DocumentReceipt]],
        ledger: Sequence[Event],
        live: Mapping[str, ClaimView],
    ) -> None:
        """Use ``of``."""
        self._installation, self._senders, self._answers = installation, senders, answers
        self._ledger, self._live = ledger, live
        self._events = opened_events(installation.installation, ledger)
        self._sent = _first_sendings(senders)

    @classmethod
    async def of(cls, installation: RunningInstallation, senders: Iterable[Sender]) -> Evidence:
        """Read all that there is to know."""
        senders = list(senders)
        answers = {sender.agency: await sender.answers(installation) for sender in senders}
        return cls(
            installation,
            senders,
            answers,
            await recorded(installation.installation),
            await live_claims(installation.installation),
        )

    def receipts_and_ledger_hold_the_same_events_once(self) -> None:
        """What was accepted is in the ledger, in the partition that the receipt names, and nothing is there twice."""
        accepted = {
            receipt.receipt: receipt.partition
            for answers in self._answers.values()
            for receipt in answers
            if receipt.status == "accepted"
        }
        held = Counter(one.id.hex() for one in self._events)
        assert {event: times for event, times in held.items() if times != 1} == {}
        assert {one.id.hex(): one.event.partition for one in self._events} == accepted

    def the_ledger_holds_what_was_sent(self) -> None:
        """Opened with its key, each recorded event has the content of the document that was sent under its id first."""
        for one in self._events:
            assert read(one.document).canonical == self._sent[one.id].document.canonical

    def the_order_of_each_agency_is_kept(self) -> None:
        """Of each agency and person events stand as they were sent.

        What may have waited for its filing stands behind that; the events of one agency about one claim are in order
        even so. A retraction stands behind what it retracts unless it was sent before that: it may have been looked at
        by one intake while another was bringing what it retracts to its place.
        """
        at_once: dict[tuple[str, str], list[int]] = defaultdict(list)
        of_claim: dict[tuple[str, str], list[int]] = defaultdict(list)
        place = {one.id: n for n, one in enumerate(self._events)}
        waits = _may_have_waited(self._sent)
        filed: set[str] = set()
        for one in self._events:
            sent, event = self._sent[one.id], one.event
            if one.id not in waits:
                at_once[sent.agency, str(event.person)].append(sent.number)
            if isinstance(event, EventRetracted):
                retracted = id_hash(event.source, event.data.retracts)
                if self._sent[retracted].number < sent.number:
                    assert place[retracted] < place[one.id]
            elif isinstance(event, ClaimFiled):
                filed.add(event.data.claim)
            elif not isinstance(event, ParticipantEvent):
                assert event.data.claim in filed
                of_claim[sent.agency, event.data.claim].append(sent.number)
        for numbers in (*at_once.values(), *of_claim.values()):
            assert numbers == sorted(numbers)

    def replay_gives_the_live_claims(self) -> None:
        """``kelambu replay`` of the agencies' events, exported, gives every claim as the live states have it.

        Of an order it knows only from the bank's word that it has left, so a retraction that came before that word it
        reads as one before the release: such claims alone may differ, and ``verify`` recalculates them with all
        others.
        """
        exported = self._installation.data / "agency-events.jsonl"
        self._installation.command("export", "agency-events", "--out", str(exported), "--reason", "test")
        replayed = msgspec.json.decode(
            self._installation.command("replay", str(exported), "--json"), type=ReplayResult
        )
        assert replayed.claims.keys() == self._live.keys()
        known = replayed.claims.keys() - self._retracted_before_the_bank()
        assert {n: replayed.claims[n] for n in known} == {n: self._live[n] for n in known}

    def _retracted_before_the_bank(self) -> set[str]:
        """The claims with an order of which the bank had not spoken when something about its person was retracted."""
        unanswered: dict[str, tuple[str, str]] = {}
        found: set[str] = set()
        for event in self._ledger:
            if isinstance(event, PaymentReleased):
                unanswered[event.data.order] = str(event.person), event.data.claim
            elif isinstance(event, ClaimPaid):
                unanswered.pop(str(event.data.order), None)
            elif isinstance(event, EventRetracted):
                found |= {claim for person, claim in unanswered.values() if person == event.person}
        return found

    async def everything_sent_is_answered(self) -> None:
        """Each document that was sent is accepted, or stands in quarantine or in a waiting list; all were answered."""
        waiting = await self._waiting()
        store = QuarantineStore(self._installation.installation.core)
        in_ledger = {one.id.hex() for one in self._events}
        for sender in self._senders:
            assert await self._installation.edge.backlog(sender.agency) == (0, None)
            assert len(self._answers[sender.agency]) == len(sender.sent)
            for receipt in self._answers[sender.agency]:
                if receipt.status == "refused":
                    assert await store.get(sender.agency, str(receipt.quarantine))
                else:
                    assert receipt.receipt in (in_ledger if receipt.status == "accepted" else waiting)
        # Of two intakes that own the same outbox both may put an event into a waiting list: the partition's ids drop the
        # second when the list is taken up, so that it is the ledger that must hold it once.
        assert not waiting.keys() & in_ledger

    async def _waiting(self) -> Counter[str]:
        core = self._installation.installation.core
        found: Counter[str] = Counter()
        for pattern in (keys.waiting("*"), f"{keys.early('*', b'')}*"):
            async for name in core.scan_iter(match=pattern, count=1000):
                held = cast("list[bytes]", await core.lrange(name, 0, -1))
                found.update(WaitingEvent.unpacked(element).id.hex() for element in held)
        return found

    async def money_left_once(self) -> None:
        """Each released order left once: once in the stream, once in the file of its batch, batches without a gap."""
        payments = Payments(self._installation.installation.core)
        released = Counter(e.data.order for e in self._ledger if isinstance(e, PaymentReleased))
        orders = [order for _, order in await payments.orders(0, 1_000_000)]
        batches = [batch for _, batch in await payments.batches(0, 1_000_000)]
        assert released.total() == len(released) > 0
        assert Counter(order.order for order in orders) == released
        for partition in range(self._installation.installation.ledger.partitions):
            own = [batch.sequence for batch in batches if batch.partition == partition]
            assert own == list(range(1, len(own) + 1))
        assert Counter(o for batch in batches for o in self._in_file(batch)) == released
        assert sum(batch.amount for batch in batches) == sum(order.amount for order in orders)

    def _in_file(self, batch: OrderBatch) -> list[str]:
        rows = path_of(self._installation.data / "batches", batch).read_text().splitlines()[1:-1]
        return [row.partition(",")[0] for row in rows]

    async def the_log_never_forked(self) -> None:
        """It has every event and record once, in its order, and every checkpoint that is kept is its beginning."""
        installation = self._installation.installation
        log = Log(installation.settings.log)
        last = log.checkpoint()
        assert last is not None
        entries = [read_leaf(leaf) for leaf in log.entries(0, last.size)]
        found = defaultdict(list)
        for entry in entries:
            found[entry.stream].append((entry.position, entry.body))
        for partition in range(installation.ledger.partitions):
            stored = await installation.ledger.read(partition, 0, 1_000_000)
            assert found[ledger_stream(partition)] == [(one.position, one.body) for one in stored]
        assert merkle.root_of([merkle.leaf_hash(one.encoded()) for one in entries]) == last.root
        for size in KeptCheckpoints(log.directory).sizes():
            kept = log.checkpoint(f"checkpoints/{size}")
            assert kept is not None
            assert (kept.origin, kept.root) == (last.origin, log.root(size))

    def verify_is_clean(self) -> None:
        """``kelambu verify`` finds nothing."""
        self._installation.command("verify")


def _first_sendings(senders: Iterable[Sender]) -> dict[bytes, Sent]:
    """Return by id hash what each agency sent first under each of its ids, where it could be read."""
    found: dict[bytes, Sent] = {}
    for sender in senders:
        for number, raw in enumerate(sender.sent):
            try:
                document = read(raw, load().codes)
            except DocumentRefused:
                continue
            event = document.event
            if event.source == f"/agencies/{sender.agency}":
                found.setdefault(id_hash(event.source, event.id), Sent(sender.agency, number, document))
    return found


def _may_have_waited(sent: Mapping[bytes, Sent]) -> set[bytes]:
    """Return which events had to wait if others were late: for a filing, or for the event that they retract."""
    waits: set[bytes] = set()
    filed: set[tuple[str, str]] = set()
    for name, one in sorted(sent.items(), key=lambda item: item[1].number):
        event = one.document.event
        if isinstance(event, ClaimFiled):
            filed.add((one.agency, event.data.claim))
        elif isinstance(event, EventRetracted):
            target = id_hash(event.source, event.data.retracts)
            if target not in sent or sent[target].number > one.number or target in waits:
                waits.add(name)
        elif not isinstance(event, ParticipantEvent) and (one.agency, event.data.claim) not in filed:
            waits.add(name)
    return waits
