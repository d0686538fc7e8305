"""Keys that the ledger needs and no key store has any more: what nobody can read then, and giving them up.

The token secret identifies persons, so a key store that has it keeps one person one person, and nothing is paid twice:
whoever's key is gone counts as erased. Without the secret every person would be somebody else; that is never recovered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import chain

from msgspec import UNSET, Struct
from redis.asyncio import Redis

from events.catalogue import beginnings, decode
from events.claim import ClaimFiled
from events.envelope import Sealed
from events.payment import PaymentCancelled, PaymentOrdered
from services.audit_trail.entries import box_at
from services.disbursement.accounts import Accounts
from services.ledger.backlog import every_waiting
from services.ledger.partitions import partition_of
from services.ledger.payments import Payments
from services.ledger.protocol import Ledger
from services.ledger.quarantine_store import QuarantineStore
from services.ledger.registry import Registry
from services.ledger.reservations import Reservations, Taken
from services.ledger.snapshot import take
from services.ledger.trail import TrailStore
from services.sealing.accounts import belongs_to
from services.sealing.box import UnreadableError, boxes_of, unlock, unseal
from services.sealing.keystore import OWN_KEY, KeyStore, agency_key
from services.sealing.tokens import Tokens, is_token

_PAGE = 1000


class KeyLoss(Struct, frozen=True):
    """What nobody can read any more. Orders have not left: they wait until somebody states their account anew."""

    keys: int = 0
    """How many keys are lost: of persons, and of agencies."""
    persons: int = 0
    claims: int = 0
    orders: int = 0
    amount: int = 0
    """Rupiah of these orders."""
    agencies: tuple[str, ...] = ()
    """Whose own key is lost: what is in their quarantine, and the accounts of providers."""
    documents: int = 0
    """Taken over HTTP from these agencies and not admitted yet: they must send them again."""


class LostKeys(Struct, frozen=True):
    """The names of the keys that are lost, what that means, and the documents that cannot be admitted for it."""

    names: tuple[str, ...] = ()
    loss: KeyLoss = KeyLoss()
    taken: tuple[tuple[str, tuple[Taken, ...]], ...] = ()

    def persons_of(self, partition: int, partitions: int) -> int:
        """How many persons of a partition have lost their key."""
        return sum(1 for name in self.names if is_token(name) and partition_of(name, partitions) == partition)


async def lost_keys(core: Redis, ledger: Ledger, store: KeyStore) -> LostKeys:
    """Open one box under every name that anything on the server is sealed with; nothing is changed."""
    boxes: dict[str, tuple[Sealed, bytes]] = {}
    claims: dict[str, str] = {}
    orders: dict[str, PaymentOrdered] = {}
    async for body in _bodies(core, ledger):
        boxes.update((box[0].key, box) for box in boxes_of(body))
        if body.startswith(_NOTED):
            _take_note(body, claims, orders)
    async for page in TrailStore(core).pages():
        for position, body in page:
            if box := box_at(position, body):
                boxes[box[0].key] = box
    taken_by_agency: dict[str, list[Taken]] = {}
    for agency in await Registry(core).agencies():
        taken_by_agency[agency.name] = await Reservations(core).taken(agency.name)
        if agency.account is not UNSET:
            boxes[agency.account.key] = agency.account, belongs_to(agency.name)
        for refused in await QuarantineStore(core).documents(agency.name, 0, 1):
            boxes[refused.sealed.key] = refused.sealed, refused.document.encode()
    names = sorted({*boxes, *(agency_key(name) for name, waits in taken_by_agency.items() if waits)})
    keys = await asyncio.to_thread(store.get, names)
    destroyed = await asyncio.to_thread(store.were_destroyed, names)
    lost = [
        name
        for name in names
        if (name not in keys and name not in destroyed)
        or (name in keys and name in boxes and name not in destroyed and not _opens(boxes[name], keys[name]))
    ]
    cut_off = {
        name: waits for name, waits in taken_by_agency.items() if waits and not _unlocks(name, waits, keys)
    }
    lost = sorted({*lost, *map(agency_key, cut_off)})
    waiting = await _waiting(core, ledger, store, orders.values())
    of_lost = [order for order in waiting if order.person in set(lost)]
    loss = KeyLoss(
        keys=len(lost),
        persons=sum(map(is_token, lost)),
        claims=sum(person in set(lost) for person in claims.values()),
        orders=len(of_lost),
        amount=sum(order.data.amount for order in of_lost),
        agencies=tuple(name.partition(":")[2] for name in lost if not is_token(name)),
        documents=sum(map(len, cut_off.values())),
    )
    return LostKeys(tuple(lost), loss, tuple((name, tuple(waits)) for name, waits in cut_off.items()))


async def give_up(core: Redis, store: KeyStore, lost: LostKeys) -> None:
    """Let the keys count as destroyed, and free the ids of documents that cannot be admitted; may be repeated.

    Kelambu's own is made anew before anything is said with it, and stays.
    """
    if lost.names:
        await asyncio.to_thread(store.give_up, [name for name in lost.names if name != OWN_KEY])
    for agency, waits in lost.taken:
        await Reservations(core).forget(agency, waits)


async def _bodies(core: Redis, ledger: Ledger) -> AsyncIterator[bytes]:
    """Every event on the server: what waits first, then what is recorded, so that the last is the latest."""
    async for waiting_event in every_waiting(core):
        yield waiting_event.body
    for partition in range(ledger.partitions):
        snapshot = await take(core, partition)
        for body in chain(*snapshot.parked.values(), (arrival.body for arrival in snapshot.inbox)):
            yield body
        after = 0
        while page := await ledger.read(partition, after, _PAGE):
            for entry in page:
                yield entry.body
            after = page[-1].position


def _take_note(body: bytes, claims: dict[str, str], orders: dict[str, PaymentOrdered]) -> None:
    event = decode(body)
    if isinstance(event, ClaimFiled):
        claims[event.data.claim] = event.person or ""
    elif isinstance(event, PaymentOrdered):
        orders[event.data.order] = event
    elif isinstance(event, PaymentCancelled):
        orders.pop(event.data.order, None)


async def _waiting(
    core: Redis, ledger: Ledger, store: KeyStore, orders: Iterable[PaymentOrdered]
) -> list[PaymentOrdered]:
    """Return the orders that have not left and whose account nobody can open."""
    payments, orders_left, after = Payments(core), set[str](), 0
    while page := await payments.orders(after, _PAGE):
        orders_left.update(departure.order for _, departure in page)
        after = page[-1][0]
    accounts = Accounts(ledger, store, Tokens.opened(store), Registry(core))
    by_partition: dict[int, list[PaymentOrdered]] = {}
    for order in orders:
        if order.data.order not in orders_left:
            partition = partition_of(order.person or "", ledger.partitions)
            by_partition.setdefault(partition, []).append(order)
    unopenable = []
    for partition, own in by_partition.items():
        with_account = await accounts.of(partition, own)
        unopenable += [order for order in own if order.data.order not in with_account]
    return unopenable


def _opens(box: tuple[Sealed, bytes], key: bytes) -> bool:
    try:
        unseal(box[0], key, box[1])
    except UnreadableError:
        return False
    return True


def _unlocks(agency: str, waits: list[Taken], keys: dict[str, bytes]) -> bool:
    name = agency_key(agency)
    if name not in keys:
        return False
    try:
        for one in waits:
            unlock(name, keys[name], one.packet, one.id)
    except UnreadableError:
        return False
    return True


_NOTED = beginnings(ClaimFiled, PaymentOrdered, PaymentCancelled)
