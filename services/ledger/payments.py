"""What has left for the bank: the orders, the batches they left in, and how far each partition has come.

All of its keys have one hash tag, ``{pay}``, so that one call of a server-side function writes the orders of
a batch, the batch and the partition's progress, or nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from events.envelope import Sealed
from events.message import message
from projections.checkpoint import Checkpoint
from services.ledger.installation_marks import ExchangedError, Guard
from services.ledger.keys import ADOPTED, BATCHES, HELD, ORDERS, PROGRESS
from services.ledger.protocol import CorruptedError, GapError, LedgerError, MalformedError

_KEYS = (ORDERS, BATCHES, PROGRESS, HELD)
_AWAITS_BANK = "awaits-bank"


class Progress(Struct, frozen=True):
    """How far disbursement has come in one partition."""

    sequence: int = 0
    """Number of the partition's last batch; batches are numbered from 1 without a gap."""
    to: int = 0
    """Every release recorded up to this position has left in a batch."""
    proposed: int = 0
    """Every order recorded up to this position has been proposed for release, or is held."""
    hash: str = ""
    """Of the event at ``to``, as a ``Checkpoint`` has it; empty at position 0."""

    @property
    def seen(self) -> Checkpoint:
        """What has been seen of the partition."""
        return Checkpoint(self.to, self.hash)


class Departure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as it left. ``account`` is sealed with the participant's key; absent if nobody could open it."""

    order: str
    claim: str
    payee: str
    amount: int
    due_on: dt.date
    person: str
    partition: int
    released_at: int
    """Position of its ``claim.payment-released`` in the partition."""
    account: Sealed | None = None


class OrderBatch(Struct, frozen=True, kw_only=True):
    """The orders whose release stands in positions ``after`` + 1 to ``to`` of one partition, with their totals."""

    partition: int
    sequence: int
    after: int
    to: int
    count: int
    amount: int
    sha256: str
    """Of the rows of the batch file, header and trailer left out."""
    first: int = 0
    """Number of the batch's first order in the order stream; set when it is written."""
    adopted: bool = False
    """It had left before this ledger knew of it, as its file says: its releases are recorded later."""

    @property
    def label(self) -> str:
        """The batch's name, e.g. ``p03-17``; also that of its file."""
        return label(self.partition, self.sequence)


class Adopted(Struct, frozen=True):
    """An order that had left before this ledger knew of it: its claim, and the batch in which it left."""

    claim: str
    batch: str


class HeldOrder(Struct, frozen=True):
    """An order that is not proposed for release: its place in the ledger, and why."""

    partition: int
    position: int
    why: str


class PaymentsConflictError(LedgerError):
    """The partition's progress is not what was expected: read it and begin again."""


def label(partition: int, sequence: int) -> str:
    """Name the ``sequence``-th batch of a partition."""
    return f"p{partition:02d}-{sequence}"


class Payments:
    """The order stream, the batches and the progress, on one server."""

    def __init__(self, client: Redis, owner: str = "") -> None:
        """Use a client whose server has the ledger's functions loaded; ``owner`` as in ``create_or_open``."""
        self._client, self._guard = client, Guard(client, owner)

    async def progress(self, partition: int) -> Progress:
        """How far the partition has come; all zeros before its first batch. Raises ``CorruptedError``."""
        return _progress(cast("bytes | None", await _reply(self._client.hget(PROGRESS, str(partition)))))

    async def every_progress(self, partitions: int) -> list[Progress]:
        """How far each partition has come. Raises ``CorruptedError``."""
        if not partitions:
            return []
        names = [str(partition) for partition in range(partitions)]
        stored = cast("list[bytes | None]", await _reply(self._client.hmget(PROGRESS, names)))
        return [_progress(reply) for reply in stored]

    async def leave(
        self,
        partition: int,
        expected: Progress,
        then: Progress,
        *,
        batch: OrderBatch | None = None,
        orders: Sequence[Departure] = (),
        hold: Mapping[str, HeldOrder] | None = None,
        free: Sequence[str] = (),
    ) -> int:
        """Write a batch with its orders, move the progress, hold and free orders: all of it or nothing.

        Returns the number of the batch's first order. Raises ``PaymentsConflictError`` if the progress is not
        ``expected``, ``MalformedError`` if batch, orders and progress contradict each other.
        """
        arguments: list[str | bytes | int] = [
            partition,
            _text(expected),
            _text(then),
            msgspec.json.encode(batch) if batch else b"",
            len(hold or {}),
        ]
        for order, why in (hold or {}).items():
            arguments += [order, msgspec.json.encode(why)]
        arguments += [len(free), *free, *map(msgspec.json.encode, orders)]
        try:
            command = self._guard.call("kelambu_pay_leave", _KEYS, arguments)
            reply = await _reply(self._client.execute_command(*command))  # type: ignore[no-untyped-call]
        except ResponseError as error:
            if await self._guard.refused(error):
                raise ExchangedError from error
            code, _, text = str(error).partition(" ")
            if code == "CONFLICT":
                msg = f"partition {partition}: expected {_text(expected)}, found {text}"
                raise PaymentsConflictError(msg) from None
            if code == "MALFORMED":
                raise MalformedError(text) from None
            if code == "CORRUPTED":
                raise CorruptedError(text) from None
            raise
        return int(cast("int", reply))

    async def adopt(self, batch: OrderBatch, orders: Sequence[Departure]) -> None:
        """Take over a batch that had left before this ledger knew of it, as the next of its partition.

        May be repeated: a batch that is there already is left as it is.
        """
        expected = await self.progress(batch.partition)
        if batch.sequence <= expected.sequence:
            return
        adopted = {one.order: msgspec.json.encode(Adopted(one.claim, batch.label)) for one in orders}
        await _reply(self._client.hset(ADOPTED, items=[part for pair in adopted.items() for part in pair]))
        there = msgspec.structs.replace(batch, after=expected.to, to=expected.to, adopted=True)
        then = msgspec.structs.replace(expected, sequence=expected.sequence + 1)
        await self.leave(batch.partition, expected, then, batch=there, orders=orders)

    async def awaits_bank(self) -> bool:
        """Whether nothing may leave before an officer has said what the bank has."""
        return bool(await _reply(self._client.hexists(PROGRESS, _AWAITS_BANK)))

    async def await_bank(self, *, awaited: bool) -> None:
        """Let nothing leave before the bank has answered, or lift that again."""
        if awaited:
            await _reply(self._client.hset(PROGRESS, _AWAITS_BANK, "1"))
        else:
            await _reply(self._client.hdel(PROGRESS, _AWAITS_BANK))

    async def adopted(self) -> dict[str, Adopted]:
        """Orders that had left before this ledger knew of them, by order id."""
        reply = cast("dict[bytes, bytes]", await _reply(self._client.hgetall(ADOPTED)))
        return {order.decode(): _ADOPTED.decode(body) for order, body in reply.items()}

    async def batches(self, after: int = 0, limit: int = 1000) -> list[tuple[int, OrderBatch]]:
        """Up to ``limit`` batches of all partitions in the order in which they left, each with its number there."""
        return [
            (n, msgspec.structs.replace(_BATCH.decode(fields[b"e"]), first=int(fields[b"first"])))
            for n, fields in await self._range(BATCHES, after, limit)
        ]

    async def orders(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Departure]]:
        """Up to ``limit`` orders in the order in which they left, numbered from 1; raises on a gap."""
        return [(n, _DEPARTURE.decode(fields[b"e"])) for n, fields in await self._range(ORDERS, after, limit)]

    async def orders_of(self, batch: OrderBatch) -> list[Departure]:
        """The orders of a batch, in the order of its file."""
        return [order for _, order in await self.orders(batch.first - 1, batch.count)]

    async def held(self) -> dict[str, HeldOrder]:
        """Orders that cannot be released yet, by order id."""
        reply = cast("dict[bytes, bytes]", await _reply(self._client.hgetall(HELD)))
        return {order.decode(): _HELD.decode(why) for order, why in reply.items()}

    async def _range(self, stream: str, after: int, limit: int) -> list[tuple[int, dict[bytes, bytes]]]:
        reply = cast(
            "list[tuple[bytes, dict[bytes, bytes]]]",
            await _reply(self._client.xrange(stream, f"{after + 1}-0", "+", count=limit)),
        )
        entries = [(int(entry.partition(b"-")[0]), fields) for entry, fields in reply]
        for expected, (number, _) in enumerate(entries, after + 1):
            if number != expected:
                raise GapError(stream, expected, number)
        return entries


_BATCH = msgspec.json.Decoder(OrderBatch)
_DEPARTURE = msgspec.json.Decoder(Departure)
_HELD = msgspec.json.Decoder(HeldOrder)
_ADOPTED = msgspec.json.Decoder(Adopted)


def _progress(stored: bytes | None) -> Progress:
    if not stored:
        return Progress()
    try:
        sequence, to, proposed, seen = stored.decode().split(":")
        return Progress(int(sequence), int(to), int(proposed), seen)
    except ValueError:
        raise CorruptedError(message("unsound.progress", service="disbursement")) from None


def _text(progress: Progress) -> str:
    return f"{progress.sequence}:{progress.to}:{progress.proposed}:{progress.hash}"


async def _reply(pending: Any) -> object:  # redis-py types one method for both its clients
    return await pending
