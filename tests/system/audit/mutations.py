"""Random changes behind Kelambu's back, of every part that an installation has, and what an insider does to make them fit.

A mutation changes one thing: a bit, an entry, a time, a file. Then an insider makes it consistent, as far as
``cunning`` goes:

- ``none``: only the thing itself;
- ``models``: the read models are built anew from what stands there;
- ``log``: the log is written anew over it and signed by its real key, and kept checkpoints with it.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.integrity import faults_of
from services.ledger.protocol import LedgerError
from services.ledger.store import create_or_open
from tests.small_installation import SmallInstallation
from tests.system.audit.logged import SmallLog
from tests.system.audit.server_files import ServerFiles
from tests.system.audit.tampering import PARTITIONS, busy_installation, project

Cunning: TypeAlias = Literal["none", "models", "log"]


class Kept(NamedTuple):
    """What a server and a directory held at one moment."""

    server: dict[bytes, bytes]
    place: Path


class Mutation(NamedTuple):
    """What was changed, how far it was made to fit, and why nothing starts on it, where nothing does."""

    what: str
    cunning: Cunning
    refused: str = ""


class Insider:
    """Holds the server, every directory and every key of an installation, and puts everything back after each change."""

    def __init__(self, log: SmallLog, aside: Path, seed: int) -> None:
        self.log, self.small, self.aside = log, log.small, aside
        self.random = random.Random(seed)
        self.now: Kept
        self.earlier: Kept
        self.server_files: ServerFiles
        self.refused = ""

    async def keep(self, name: str) -> Kept:
        """Keep everything as it is."""
        client: Any = self.small.client
        place = self.aside / name
        shutil.copytree(self.small.data, place)
        return Kept({key: await client.dump(key) for key in await client.keys()}, place)

    async def put_on_server(self, contents: Mapping[bytes, bytes]) -> None:
        """Let the server hold these keys alone."""
        client: Any = self.small.client
        await client.flushdb()
        async with client.pipeline(transaction=False) as pipe:
            for key, content in contents.items():
                pipe.restore(key, 0, content)
            await pipe.execute()

    async def put_back(self, kept: Kept) -> None:
        """Bring everything back as it was kept."""
        await self.put_on_server(kept.server)
        for part in self.small.data.iterdir():
            if part.name == "keys":
                continue
            if part.is_dir():
                shutil.rmtree(part)
            else:
                part.unlink()
        shutil.copytree(
            kept.place, self.small.data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("keys")
        )
        with (
            closing(sqlite3.connect(kept.place / "keys" / "keys.db")) as copy,
            closing(sqlite3.connect(self.small.data / "keys" / "keys.db")) as ours,
        ):
            copy.backup(ours)

    async def mutate(self) -> Mutation:
        """Change one thing at random and make it fit."""
        self.refused = ""
        change = self.random.choice((*_STREAM, *_SERVER, *_LOG, *_STATE, *_WHOLE, *_FILES))
        what = await change(self)
        fits = change in (*_STREAM, *_SERVER) and not self.refused
        cunning: Cunning = self.random.choice(("none", "models", "log")) if fits else "none"
        await self.make_fit(cunning)
        return Mutation(what, cunning, self.refused)

    async def make_fit(self, cunning: Cunning) -> None:
        """Do what an insider does so that the change contradicts less."""
        if cunning == "none":
            return
        try:
            _forget_models(self.small)
            await project(self.small)
        except Exception:  # noqa: BLE001 -- what cannot be read cannot be made to fit
            await self._models_of_before()
        if cunning == "log":
            shutil.rmtree(self.log.directory)
            await self.log.write(await leaves_as_they_are(self.small))

    async def _models_of_before(self) -> None:
        for file in self.now.place.glob("read-models.db*"):
            shutil.copy(file, self.small.data / file.name)


def _forget_models(small: SmallInstallation) -> None:
    for file in small.data.glob("read-models.db*"):
        file.unlink()


Change: TypeAlias = Callable[[Insider], Any]


async def leaves_as_they_are(small: SmallInstallation) -> list[bytes]:
    """Everything on the server as a notary would take it, whatever it is."""
    leaves = []
    for stream in range(PARTITIONS + 1):
        name = "trail" if stream == PARTITIONS else f"ledger/{stream}"
        for position, body in await _entries(small, stream):
            leaves.append(f"{name}\n{position}\n".encode() + body)
    return leaves


async def _entries(small: SmallInstallation, stream: int) -> list[tuple[int, bytes]]:
    client: Any = small.client
    found = await client.xrange(_name(stream))
    return [(int(entry.partition(b"-")[0]), fields[b"e"]) for entry, fields in found]


def _name(stream: int) -> str:
    return keys.TRAIL if stream == PARTITIONS else keys.ledger(stream)


async def _write(small: SmallInstallation, stream: int, entries: list[tuple[int, bytes]]) -> None:
    client: Any = small.client
    await client.delete(_name(stream))
    for position, body in entries:
        await client.xadd(_name(stream), {"e": body}, id=f"{position}-0")


async def _changed_stream(
    insider: Insider, change: Callable[[list[tuple[int, bytes]]], list[tuple[int, bytes]]]
) -> int:
    stream = insider.random.randrange(PARTITIONS + 1)
    entries = await _entries(insider.small, stream)
    then = change(entries)
    assert then != entries
    await _write(insider.small, stream, then)
    return stream


def _flipped(content: bytes, insider: Insider) -> bytes:
    at, bit = insider.random.randrange(len(content)), 1 << insider.random.randrange(8)
    return content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]


async def _bit_of_a_body(insider: Insider) -> str:
    def change(entries: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        at = insider.random.randrange(len(entries))
        position, body = entries[at]
        return [*entries[:at], (position, _flipped(body, insider)), *entries[at + 1 :]]

    return f"a bit of stream {await _changed_stream(insider, change)}"


async def _figure_of_a_body(insider: Insider) -> str:
    """A digit becomes another one: what is said is as well formed as before."""

    def change(entries: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        at = insider.random.randrange(len(entries))
        position, body = entries[at]
        places = [n for n, byte in enumerate(body) if chr(byte).isdigit()]
        place = insider.random.choice(places)
        digit = str((int(chr(body[place])) + insider.random.randrange(1, 10)) % 10).encode()
        return [*entries[:at], (position, body[:place] + digit + body[place + 1 :]), *entries[at + 1 :]]

    return f"a digit in stream {await _changed_stream(insider, change)}"


async def _removed(insider: Insider) -> str:
    """An entry is taken out, and those behind it move up, as if it had never been."""

    def change(entries: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        at = insider.random.randrange(len(entries))
        rest = [*entries[:at], *entries[at + 1 :]]
        if insider.random.random() < 0.5:
            return rest
        return [(n, _placed(body, n)) for n, (_, body) in enumerate(rest, 1)]

    return f"an entry removed from stream {await _changed_stream(insider, change)}"


async def _added(insider: Insider) -> str:
    def change(entries: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        at = insider.random.randrange(len(entries) + 1)
        _, body = insider.random.choice(entries)
        then = [*(body for _, body in entries[:at]), body, *(body for _, body in entries[at:])]
        return [(n, _placed(body, n)) for n, body in enumerate(then, 1)]

    return f"an entry added to stream {await _changed_stream(insider, change)}"


async def _swapped(insider: Insider) -> str:
    def change(entries: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        one, other = sorted(insider.random.sample(range(len(entries)), 2))
        then = list(entries)
        (first, body), (second, other_body) = entries[one], entries[other]
        then[one], then[other] = (first, _placed(other_body, first)), (second, _placed(body, second))
        return then

    return f"two entries swapped in stream {await _changed_stream(insider, change)}"


async def _cut(insider: Insider) -> str:
    def change(entries: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        return entries[: insider.random.randrange(len(entries))]

    return f"the tail cut off stream {await _changed_stream(insider, change)}"


async def _moved_times(insider: Insider) -> str:
    """Every moment at which something was recorded, admitted or said moves by the same days, in a whole stream."""
    days = insider.random.choice([-300, -30, -1, 1, 30, 300])
    names = insider.random.choice(
        [("recordedtime",), ("admittedtime",), ("recordedtime", "admittedtime", "time")]
    )

    def change(entries: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        return [(position, _moved(body, names, days)) for position, body in entries]

    stream = insider.random.randrange(PARTITIONS)
    entries = await _entries(insider.small, stream)
    await _write(insider.small, stream, change(entries))
    client: Any = insider.small.client
    if "recordedtime" in names and insider.random.random() < 0.5:
        last = json.loads(change(entries)[-1][1])["recordedtime"]
        await client.hset(keys.head(stream), "recordedtime", last)
    return f"times of stream {stream} moved by {days} days"


def _moved(body: bytes, names: tuple[str, ...], days: int) -> bytes:
    said = json.loads(body)
    for name in names:
        if name in said:
            moment = dt.datetime.fromisoformat(said[name]) + dt.timedelta(days)
            text = moment.isoformat(timespec="milliseconds" if "." in said[name] else "seconds")
            body = body.replace(
                f'"{name}":"{said[name]}"'.encode(), f'"{name}":"{text}"'.replace("+00:00", "Z").encode()
            )
    return body


def _placed(body: bytes, position: int) -> bytes:
    """The body as it would stand at another position."""
    try:
        said = json.loads(body)
        return body.replace(f'"position":{said["position"]}'.encode(), f'"position":{position}'.encode())
    except (ValueError, KeyError, TypeError):
        return body


async def _append_only_file(insider: Insider) -> str:
    """The server's own file on disk.

    A bit, the tail, a command or transaction gone or two of them exchanged, and started again.
    """
    changed = insider.server_files.change()
    insider.refused = changed.refused
    if not changed.refused:
        await insider.put_on_server(changed.keys)
        insider.refused = await _refused_at_start(insider.small.client)
    return changed.what


async def _refused_at_start(client: Redis) -> str:
    """Return why no service goes on with what a server holds; empty where they do."""
    try:
        await create_or_open(client, PARTITIONS)
        return " ".join(map(str, await faults_of(client, PARTITIONS)))
    except LedgerError as error:
        return str(error)


async def _file_of_log(insider: Insider) -> str:
    """A file of the log: a bit, an end, another's content, or gone."""
    files = [
        file
        for file in sorted(insider.log.directory.rglob("*"))
        if file.is_file() and file.stat().st_size and "index" not in file.parts
    ]
    return _changed_file(insider, insider.random.choice(files), gone="checkpoints")


async def _index_of_log(insider: Insider) -> str:
    file = insider.random.choice(sorted((insider.log.directory / "index").iterdir()))
    file.write_bytes(_flipped(file.read_bytes(), insider))
    return f"a bit of the index {file.name}"


async def _checkpoint_put_back(insider: Insider) -> str:
    """The newest checkpoint is an earlier one, and the later ones are gone."""
    kept = sorted((insider.log.directory / "checkpoints").iterdir(), key=lambda file: int(file.name))
    chosen = insider.random.choice(kept)
    shutil.copy(chosen, insider.log.directory / "checkpoint")
    for file in kept:
        if int(file.name) > int(chosen.name):
            file.unlink()
    return "the checkpoint put back"


async def _log_of_before(insider: Insider) -> str:
    shutil.rmtree(insider.log.directory)
    shutil.copytree(insider.earlier.place / "log", insider.log.directory)
    return "the log rolled back"


def _changed_file(insider: Insider, file: Path, gone: str = "") -> str:
    content, how = file.read_bytes(), insider.random.choice(["bit", "end", "gone", "swapped"])
    if how == "gone" and gone not in file.parts:
        file.unlink()
    elif how == "end":
        file.write_bytes(content[: insider.random.randrange(len(content))])
    elif how == "swapped" and len(content) >= 128:
        file.write_bytes(content[64:128] + content[:64] + content[128:])
        if file.read_bytes() == content:
            file.write_bytes(_flipped(content, insider))
    else:
        how = "bit"
        file.write_bytes(_flipped(content, insider))
    return f"{how} of {file.relative_to(insider.small.data)}"


async def _batch_file(insider: Insider) -> str:
    files = sorted((insider.small.data / "batches").rglob("*.csv"))
    return _changed_file(insider, insider.random.choice(files))


async def _added_batch(insider: Insider) -> str:
    file = insider.random.choice(sorted((insider.small.data / "batches").rglob("*.csv")))
    shutil.copy(file, file.with_name("p00-99.csv"))
    return "a batch file added"


async def _key(insider: Insider) -> str:
    """A key of a person or of Kelambu is gone, or is another, or counts as destroyed for good."""
    how = insider.random.choice(["gone", "other", "destroyed", "given up"])
    with closing(sqlite3.connect(insider.small.data / "keys" / "keys.db")) as connection, connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM keys WHERE name LIKE '~%' ORDER BY name")
        ]
        name = insider.random.choice(names)
        if how == "other":
            connection.execute("UPDATE keys SET key = randomblob(32) WHERE name = ?", (name,))
        else:
            connection.execute("DELETE FROM keys WHERE name = ?", (name,))
        if how in ("destroyed", "given up"):
            connection.execute("INSERT INTO destroyed (name) VALUES (?)", (name,))
        if how == "destroyed":
            connection.execute("INSERT INTO erased (name) VALUES (?)", (name,))
    return f"a key {how}"


async def _read_model(insider: Insider) -> str:
    """A number or a text of a row is another one, in place of the row that has it already if it is a key.

    Or the row is gone.
    """
    with closing(sqlite3.connect(insider.small.data / "read-models.db")) as connection, connection:
        every = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        tables = [name for (name,) in every if name.rpartition("_")[2].isdigit()]
        table, rows = "", list[tuple[Any, ...]]()
        while not rows:
            table = insider.random.choice(tables)
            rows = sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)  # noqa: S608
        names = [f'"{column[1]}"' for column in connection.execute(f"PRAGMA table_info({table})")]
        row, at = insider.random.choice(rows), insider.random.randrange(len(names))
        this = " AND ".join(f"{name} IS ?" for name in names)
        if insider.random.random() < 0.2:
            connection.execute(f"DELETE FROM {table} WHERE {this}", row)  # noqa: S608
            return f"a row of {table} gone"
        value = row[at] + 1 if isinstance(row[at], int) else f"{row[at]}x"
        update = f"UPDATE OR REPLACE {table} SET {names[at]} = ? WHERE {this}"  # noqa: S608
        connection.execute(update, (value, *row))
        return f"{table}.{names[at]}"


async def _stored_state(insider: Insider) -> str:
    client: Any = insider.small.client
    name = keys.states(insider.random.randrange(PARTITIONS))
    fields = await client.hgetall(name)
    field = insider.random.choice(sorted(fields))
    await client.hset(name, field, _flipped(fields[field], insider))
    return "a bit of a state"


async def _order(insider: Insider) -> str:
    client: Any = insider.small.client
    entries = [(int(entry.partition(b"-")[0]), fields) for entry, fields in await client.xrange(keys.ORDERS)]
    at = insider.random.randrange(len(entries))
    await client.delete(keys.ORDERS)
    for n, (number, fields) in enumerate(entries):
        content = {**fields, b"e": _flipped(fields[b"e"], insider)} if n == at else fields
        await client.xadd(keys.ORDERS, content, id=f"{number}-0")
    return "a bit of an order that left"


async def _rolled_back(insider: Insider) -> str:
    """Everything at once, as it was earlier: nothing of it contradicts anything else."""
    await insider.put_back(insider.earlier)
    return "everything rolled back"


async def _second_history(insider: Insider) -> str:
    """Other accounts from the beginning: decided, paid, projected and logged as if nothing else had ever been said."""
    await insider.small.client.flushdb()
    for name in ("batches", "log"):
        shutil.rmtree(insider.small.data / name)
    _forget_models(insider.small)
    account = str(insider.random.randrange(10, 100))
    await busy_installation(insider.small.client, insider.small.data, account)
    await insider.log.write()
    return "a second history"


_WHOLE: tuple[Change, ...] = (_rolled_back, _second_history)
_STREAM: tuple[Change, ...] = (
    _bit_of_a_body,
    _figure_of_a_body,
    _removed,
    _added,
    _swapped,
    _cut,
    _moved_times,
)
_SERVER: tuple[Change, ...] = (_append_only_file,) * 4
"""Of it there are six kinds in one."""
_LOG: tuple[Change, ...] = (_file_of_log, _index_of_log, _checkpoint_put_back, _log_of_before)
_STATE: tuple[Change, ...] = (_stored_state, _order)
_FILES: tuple[Change, ...] = (_batch_file, _added_batch, _key, _read_model)
