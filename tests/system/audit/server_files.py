"""The append-only file of an installation's server, changed on disk, and what a server makes of it that starts there."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import redis

from services.runtime import append_only_file
from services.runtime.embedded_server import EmbeddedServer, ServerError

Contents: TypeAlias = dict[bytes, Any]
"""Everything that stands under each key, in an order that does not depend on the server."""
_COMMAND = re.compile(rb"\*([0-9]+)\r\n")
_BEGIN, _END = b"*1\r\n$5\r\nMULTI\r\n", b"*1\r\n$4\r\nEXEC\r\n"


class ChangedServer(NamedTuple):
    """What was changed, and either every key as the server wrote it out that started there, or why none starts."""

    what: str
    keys: dict[bytes, bytes]
    refused: str = ""


class ServerFiles:
    """The files of a server that has stopped.

    Each change is made to a copy of them, on which another server is started.
    """

    def __init__(self, files: Path, aside: Path, chosen: random.Random) -> None:
        """Read what a server holds that starts on the files as they are."""
        self._files, self._data, self._random = files, aside, chosen
        shutil.copytree(files, aside / "server")
        _, self._contents = self._started()

    def change(self) -> ChangedServer:
        """Change something at random.

        Where a server then holds what it held before, nothing was changed, and it is tried again.
        """
        while True:
            shutil.rmtree(self._data)
            shutil.copytree(self._files, self._data / "server")
            if self._random.random() < 0.5:
                (self._data / "server" / append_only_file.WRITTEN).unlink()
            parts = sorted((self._data / "server" / append_only_file.FOLDER).glob("*.*.aof"))
            file = self._random.choice(parts)
            how, content = self._changed(file.read_bytes())
            file.write_bytes(content)
            what = f"{how} of the append-only file"
            try:
                keys, contents = self._started()
            except ServerError as error:
                return ChangedServer(what, {}, str(error))
            if contents != self._contents:
                return ChangedServer(what, keys)

    def _changed(self, content: bytes) -> tuple[str, bytes]:
        how = self._random.choice(["bit", "tail", "command", "transaction", "swapped", "swapped whole"])
        if how == "bit":
            at, bit = self._random.randrange(len(content)), 1 << self._random.randrange(8)
            return "a bit", content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
        if how == "tail":
            return "the tail", content[: self._random.randrange(len(content))]
        whole = how in ("transaction", "swapped whole")
        pieces = transactions_of(content) if whole else commands_of(content)
        kind = "transaction" if whole else "command"
        if how in ("command", "transaction"):
            at = self._random.randrange(len(pieces))
            return f"a {kind}", b"".join([*pieces[:at], *pieces[at + 1 :]])
        one, other = self._random.sample(range(len(pieces)), 2)
        pieces[one], pieces[other] = pieces[other], pieces[one]
        return f"the order of two {kind}s", b"".join(pieces)

    def _started(self) -> tuple[dict[bytes, bytes], Contents]:
        server = EmbeddedServer.start(self._data)
        try:
            with redis.Redis.from_url(server.url) as opened:
                client: Any = opened
                names = sorted(client.keys())
                contents = {name: _content(client, name) for name in names}
                return {name: client.dump(name) for name in names}, _lasting(contents)
        finally:
            server.stop()


def _content(client: Any, name: bytes) -> object:
    match client.type(name):
        case b"stream":
            return client.xrange(name)
        case b"hash":
            return client.hgetall(name)
        case b"set":
            return client.smembers(name)
        case b"list":
            return client.lrange(name, 0, -1)
        case b"zset":
            return client.zrange(name, 0, -1, withscores=True)
    return client.get(name)


_READ = {
    r"\{meta\}": {b"partitions"},
    r"\{log\}:head": {b"origin", b"size", b"root"},
    r"\{audit\}:head": {b"position", b"hash", b"time"},
    r"\{p\d\d\}:head": {b"position", b"inbox", b"rulebook", b"recordedtime"}
    | {b"ids", b"states", b"segments", b"claims", b"parked"},
    r"\{c:.*\}:route": {b"filing", b"agency", b"person"},
}
"""Of hashes with fields of fixed names those that are ever read."""


_NAMES = re.compile(
    r"\{p\d\d\}:(inbox|ledger|head|states|segments|index|parked(:.+)?|ids:\d+)"
    r"|\{a:(dinsos|disdukcapil|rsud|bank)\}:(ids|receipts|outcomes|refused|quarantine|quarantined|awaited|early:.+|unfinished|taken|outbox)"
    r"|\{c:[A-Z0-9-]+\}:(route|waiting)|\{pay\}:(orders|batches|progress|held|adopted)|\{audit\}:(trail|head)"
    r"|\{rulebooks\}:kept|\{outcomes\}:told|\{log\}:head|\{meta\}"
)
"""Names of keys with what became of events; who may send them is set by an operator, and is no part of what is
verified."""


def _lasting(contents: Contents) -> Contents:
    """Return what is there that is ever read, beyond what a crash may leave at any time and the next start sets right.

    The latter are entries of an inbox that were decided and not removed yet, and an event recorded whose admission
    counts as under way still.
    """
    lasting = dict(contents)
    for name, content in contents.items():
        if name.endswith(b":inbox"):
            head = contents.get(name.replace(b":inbox", b":head"), {})
            decided = _order(head.get(b"inbox", b"0-0"))
            lasting[name] = [entry for entry in content if _order(entry[0]) > decided]
        elif name.startswith(b"{a:") and name.endswith(b":ids"):
            under_way = {key: value for key, value in content.items() if value.startswith(b"n")}
            lasting[name] = {**content, **{key: b"a" + value[1:] for key, value in under_way.items()}}
        for kind, read in _READ.items():
            if re.fullmatch(kind, _text(name)) and isinstance(content, dict):
                lasting[name] = {key: value for key, value in content.items() if key in read}
    return {name: content for name, content in lasting.items() if content and _NAMES.fullmatch(_text(name))}


def _text(name: bytes) -> str:
    return name.decode("ascii", "replace")


def _order(entry: bytes) -> list[int]:
    return [int(part) for part in entry.split(b"-") if part.isdigit()]


def commands_of(content: bytes) -> list[bytes]:
    """Return the commands of a file, each as its bytes."""
    commands, at = [], 0
    while found := _COMMAND.match(content, at):
        begun, at = at, found.end()
        for _ in range(int(found[1])):
            length, _, _ = content[at + 1 : at + 20].partition(b"\r\n")
            at += len(b"$\r\n") + len(length) + int(length) + len(b"\r\n")
        commands.append(content[begun:at])
    assert at == len(content)
    return commands


def transactions_of(content: bytes) -> list[bytes]:
    """Return what was written at one time, as its bytes: a command, or all from MULTI to EXEC."""
    made, open_ = list[bytes](), False
    for command in commands_of(content):
        if open_:
            made[-1] += command
        else:
            made.append(command)
        open_ = command == _BEGIN or (open_ and command != _END)
    return made
