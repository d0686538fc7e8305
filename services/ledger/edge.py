"""The edge: the streams through which an agency sends, and reads what became of what it sent.

They may be on a server of their own. Nothing here is the truth about anything: an admitted document is deleted
from the outbox at once, and receipts and outcomes are copies for the agency to read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Self, TypeAlias, TypeVar, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from events.message import Language, Message, Parameter
from events.origin import Origin
from services.ledger import keys
from services.ledger.reservations import Reservation, Result, packed_result, reservation_in
from services.platform.newest_checkpoint import KnownLog
from services.texts.catalogue import render, texts

DOCUMENT_FIELD = b"event"
MENDS_FIELD = b"mends"
RECEIPT_FIELD = b"receipt"
OUTCOME_FIELD = b"outcome"

KEPT = 1_000_000
"""About how many receipts, and outcomes, an agency can read back."""
REWRITE_SECONDS = 3600
"""Clear text of admitted documents is in the edge's append-only file no longer than this and a rewrite."""
_AT_ONCE = 500
_FASTSTREAM = b"\x89BIN\x0d\x0a\x1a\x0a\x00\x01"
"""How FastStream's binary messages begin; bytes 14 to 17 say where the data starts."""
_FULL = b"18446744073709551615-18446744073709551615"

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_Fields: TypeAlias = dict[
    bytes | bytearray | memoryview | str | int | float, bytes | bytearray | memoryview | str | int | float
]


class Fault(Struct, frozen=True, omit_defaults=True):
    """One fault of a refused document: the contract's code, the path in the document, words that repeat none of it.

    ``message`` is the sentence in English; ``key`` and ``parameters`` say the same for whoever has it in another
    language.
    """

    code: str
    path: str
    message: str
    key: str = ""
    parameters: Mapping[str, Parameter] = {}

    @classmethod
    def of(cls, code: str, path: str, message: Message) -> Self:
        """Return the fault of a message."""
        return cls(code, path, render(message, "en"), message.key, message.parameters)

    def sentence(self, language: Language) -> str:
        """Return what is wrong in a language; one that was kept without a key that is known stays English."""
        if self.key not in texts():
            return self.message
        return render(Message(self.key, self.parameters), language)


class DocumentReceipt(Struct, kw_only=True, omit_defaults=True):
    """What an agency reads about one document. The same document sent again has the same ``receipt``.

    ``received``: it came over HTTP and is kept; intake brings it further. ``accepted``: it will enter the ledger, in
    ``partition``. ``waiting``: it is kept until the ``claim`` is filed or
    the ``event`` it retracts is seen; then the receipt comes again as accepted. What is not waiting is final, even if
    a copy that says waiting should come later. ``refused``: see ``code`` and ``faults``;
    ``quarantine`` names the document for whoever asks Kelambu about it.
    """

    receipt: str
    id: str | None = None
    source: str | None = None
    admittedtime: dt.datetime
    status: Literal["received", "accepted", "waiting", "refused"]
    partition: int | None = None
    waits_for: Literal["claim", "event"] | None = None
    code: str | None = None
    faults: tuple[Fault, ...] = ()
    quarantine: str | None = None
    entry: str | None = None
    """Id of the outbox entry that this answers."""
    log: KnownLog | None = None
    """How far the log was when this was answered; of receipts that are written together only the last one says it."""


class Answer(NamedTuple):
    """Receipts for an agency, and the entries that are done with: of its outbox, and of what was taken over HTTP."""

    receipts: Sequence[DocumentReceipt] = ()
    done: Sequence[str] = ()
    taken: Sequence[str] = ()


class ClaimOutcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What Kelambu concluded about a claim that the agency filed; (``partition``, ``position``) tells repeats.

    ``status``: the claim is ``waiting`` for what is ``missing``, ``referred`` or ``denied`` for ``reasons``, ``due``
    (``amount`` in all), ``withdrawn``, or ``closed`` (``amount`` was paid); an ``order`` was ``ordered`` (due ``on``),
    ``cancelled``, or, as the bank says, ``paid`` or ``returned`` (``on``); a ``payee`` is ``overpaid``. Whole rupiah.
    ``log``: how far the log was when this was sent; of outcomes that are sent together only the last one says it.
    """

    claim: str
    status: str
    time: dt.datetime
    partition: int
    position: int
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    order: str | None = None
    payee: str | None = None
    amount: int | None = None
    on: dt.date | None = None
    log: KnownLog | None = None


def at_of(entry: str) -> dt.datetime:
    """Return when an entry of a stream was made, by its id and the server's clock."""
    milliseconds = int(entry.partition("-")[0])
    return dt.datetime.fromtimestamp(min(milliseconds, 253402300799000) / 1000, dt.UTC)


class Submission(NamedTuple):
    """A document as sent, the stream entry that holds it, and the quarantined document that it mends, if any.

    ``origin`` is the sender's signature over these very bytes, where there is one. ``taken`` tells whether the entry
    is in the stream of what came over HTTP, or in the outbox.
    """

    id: str
    document: bytes
    mends: str = ""
    origin: Origin | None = None
    taken: bool = False


class Edge:
    """The agencies' streams. A stream is read from its beginning: what is in an outbox is what is to be done."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the edge server, which has the functions, as the core has."""
        self._client = client

    async def submit(self, agency: str, documents: Sequence[bytes], mends: str = "") -> list[str]:
        """Put documents into an agency's outbox, in this order; returns the ids of the entries."""
        entry_ids: list[bytes] = []
        for start in range(0, len(documents), _AT_ONCE):
            async with self._client.pipeline(transaction=False) as pipe:
                for document in documents[start : start + _AT_ONCE]:
                    pipe.xadd(keys.outbox(agency), _fields(document, mends))
                entry_ids += await pipe.execute()
        return [entry.decode() for entry in entry_ids]

    async def outbox(self, agency: str, limit: int = 500) -> list[Submission]:
        """Return the first entries that are to be done."""
        reply = await self._client.xrange(keys.outbox(agency), count=limit)
        return [
            submission(entry, fields)
            for entry, fields in cast("list[tuple[bytes, dict[bytes, bytes]]]", reply)
        ]

    async def backlog(self, agency: str) -> tuple[int, dt.datetime | None]:
        """Return how many entries are to be done, and when the oldest was sent."""
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.xlen(keys.outbox(agency))
            pipe.xrange(keys.outbox(agency), count=1)
            length, oldest = await pipe.execute()
        if not oldest:
            return length, None
        return length, at_of(oldest[0][0].decode())

    async def answer(self, answers: Mapping[str, Answer]) -> None:
        """Give agencies their receipts and delete the outbox entries that these answer, in one step for each agency."""
        async with self._client.pipeline(transaction=False) as pipe:
            for agency, answer in answers.items():
                if answer.receipts or answer.done:
                    places = (keys.receipts(agency), keys.outbox(agency))
                    pipe.execute_command("FCALL", "kelambu_answer", 2, *places, *_answered(answer))
            await pipe.execute()

    async def conclude(
        self, results: Mapping[str, Sequence[Result]], answers: Mapping[str, Answer]
    ) -> dict[str, list[Reservation | None]]:
        """Do what ``Reservations.finish``, ``answer`` and ``Reservations.done`` do, in one step for each agency.

        Only on an edge that is the core's server. An agency of whose results any is recorded otherwise is not answered.
        """
        async with self._client.pipeline(transaction=False) as pipe:
            for agency, answer in answers.items():
                packed = [packed_result(one) for one in results[agency]]
                places = (
                    keys.reservations(agency),
                    keys.taken(agency),
                    keys.receipts(agency),
                    keys.outbox(agency),
                )
                taken = (len(answer.taken), *answer.taken)
                pipe.execute_command(
                    "FCALL", "kelambu_conclude", 4, *places, len(packed), *packed, *taken, *_answered(answer)
                )
            replies = cast("list[list[bytes | None]]", await pipe.execute())
        return {
            agency: [reservation_in(record) for record in reply]
            for agency, reply in zip(answers, replies, strict=True)
        }

    async def receipts(
        self, agency: str, after: str = "0-0", limit: int = 1000
    ) -> list[tuple[str, DocumentReceipt]]:
        """Return receipts after a stream id, each with its own."""
        return await self._after(keys.receipts(agency), RECEIPT_FIELD, DocumentReceipt, after, limit)

    async def receipts_end(self, agency: str) -> str:
        """Return the id of the last receipt of an agency, ``0-0`` before the first."""
        reply = await self._client.xrevrange(keys.receipts(agency), count=1)
        return cast("bytes", reply[0][0]).decode() if reply else "0-0"

    async def tell(self, outcomes: Sequence[tuple[str, ClaimOutcome]]) -> None:
        """Tell agencies what became of their claims; a repeat is recognisable and does no harm."""
        if not outcomes:
            return
        async with self._client.pipeline(transaction=False) as pipe:
            for agency, outcome in outcomes:
                pipe.xadd(keys.outcomes(agency), {OUTCOME_FIELD: _encode(outcome)}, maxlen=KEPT)
            await pipe.execute()

    async def outcomes(
        self, agency: str, after: str = "0-0", limit: int = 1000
    ) -> list[tuple[str, ClaimOutcome]]:
        """Return outcomes after a stream id, each with its own."""
        return await self._after(keys.outcomes(agency), OUTCOME_FIELD, ClaimOutcome, after, limit)

    async def _after(
        self, stream: str, field: bytes, kind: type[T], after: str, limit: int
    ) -> list[tuple[str, T]]:
        """Return what a stream for an agency holds after an id, each with its own id."""
        reply = await self._client.xrange(stream, min=f"({after}", count=limit)
        entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", reply)
        return [(i.decode(), msgspec.json.decode(fields[field], type=kind)) for i, fields in entries]

    async def free(self, agency: str) -> bool:
        """Make an outbox usable again into which an agency put the last possible id; True when it was so.

        It is removed only when it is empty, and nothing can be added to it until then: nothing is lost.
        """
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.xinfo_stream(keys.outbox(agency))
            info = (await pipe.execute(raise_on_error=False))[0]
        if not isinstance(info, Mapping) or info.get("last-generated-id") != _FULL or info.get("length"):
            return False
        await self._client.delete(keys.outbox(agency))
        return True

    async def forget(self) -> bool:
        """Rewrite the server's append-only file without what was deleted, at most once an hour; True if begun.

        Raises:
            ResponseError: the server does not let its file be rewritten now; the next call tries again.
        """
        due = await self._client.set(keys.EDGE_REWRITTEN, "1", nx=True, ex=REWRITE_SECONDS)
        if not due:
            return False
        try:
            await self._client.bgrewriteaof()
        except BaseException:
            await self._client.delete(keys.EDGE_REWRITTEN)
            raise
        return True


def _answered(answer: Answer) -> Sequence[bytes | str | int]:
    return (KEPT, len(answer.receipts), *map(_encode, answer.receipts), *answer.done)


def submission(entry: bytes, fields: Mapping[bytes, bytes]) -> Submission:
    """Read an outbox entry. The document is in the field ``event``, or in ``__data__`` as FastStream writes it."""
    document = fields.get(DOCUMENT_FIELD)
    if document is None:
        document = _unwrapped(fields.get(b"__data__", b""))
    return Submission(entry.decode(), document, fields.get(MENDS_FIELD, b"").decode(errors="replace"))


def _fields(document: bytes, mends: str) -> _Fields:
    return {DOCUMENT_FIELD: document, MENDS_FIELD: mends} if mends else {DOCUMENT_FIELD: document}


def _unwrapped(message: bytes) -> bytes:
    if message.startswith(_FASTSTREAM):
        return message[int.from_bytes(message[14:18]) :]
    return message
