"""The process from which the supervisor's services are forked: it has loaded what they load, once for all of them.

What a service never changes stays in memory that it shares with the others, and none spends a second on loading. It is
forked from the supervisor, which shares that memory too, or is ``python -m services.runtime.fork_server``; it ends with
the supervisor, and its children with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import Context
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec
from msgspec import Struct

from services.platform.child_processes import end_with
from services.platform.permissions import PRIVATE_UMASK
from services.runtime import run

SERVICE = (sys.executable, "-m", run.__name__)
"""How the command of a service begins; such a service runs in a fork, any other command is executed."""
_LOST = -signal.SIGKILL


class _Request(Struct, array_like=True):
    command: tuple[str, ...]
    environment: dict[str, str]


class _ForkedProcess(Struct, array_like=True):
    """A process that was forked, or, with its exit code (or minus the signal), one that has ended."""

    pid: int
    code: int | None = None


class ForkedProcess:
    """A process as the supervisor sees it, like one of ``asyncio.subprocess``."""

    def __init__(self, pid: int) -> None:
        """Keep a process that runs."""
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    async def wait(self) -> int | None:
        """Return its exit code, or minus the signal that ended it, once it has ended."""
        await self._ended.wait()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def note_end(self, code: int) -> None:
        """Note that it has ended."""
        self.returncode = code
        self._ended.set()


class ForkedServer(NamedTuple):
    """A server that was forked from this process, and the socket on which it is asked."""

    pid: int
    control: socket.socket


class ForkServer:
    """The supervisor's side. A server that has died is started again with the next process that is to begin."""

    def __init__(self, output: TextIO, forked: ForkedServer | None = None) -> None:
        """Ask the server that was forked, or without one start it with the first process. All write to ``output``."""
        self._output, self._unasked = output, forked
        self._processes: dict[int, ForkedProcess] = {}
        self._asking = asyncio.Lock()
        self._ended: Callable[[], Awaitable[object]] | None = None
        self._forked: asyncio.Queue[ForkedProcess | None] = asyncio.Queue()
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self, command: Sequence[str], environment: Mapping[str, str]) -> ForkedProcess:
        """Run a command in a process of its own session, without input.

        Raises ``OSError`` if the server dies over it.
        """
        async with self._asking:
            if self._writer is None or self._reading is None or self._reading.done():
                self._writer = await self._begun()
            request = _Request(tuple(command), {**os.environ, **environment})
            self._writer.write(msgspec.json.encode(request) + b"\n")
            process = await self._forked.get()
            if process is None:
                raise ConnectionError("the process that services are forked from has ended")
            return process

    async def stop(self) -> None:
        """End the server; call it when all its processes have ended."""
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None:
            await self._reading
        await self._waited()

    async def _waited(self) -> None:
        """Wait for the end of the server that there was; of each only once, for then its number is another's."""
        ended, self._ended = self._ended, None
        if ended is not None:
            await ended()

    async def _begun(self) -> asyncio.StreamWriter:
        await self._waited()
        if self._unasked is not None:
            pid, control = self._unasked
            self._unasked, self._ended = None, partial(asyncio.to_thread, os.waitpid, pid, 0)
        else:
            control = await self._executed()
        reader, writer = await asyncio.open_connection(sock=control)
        self._forked = asyncio.Queue()
        self._reading = asyncio.ensure_future(self._read(reader))
        return writer

    async def _executed(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            server = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__, str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                umask=PRIVATE_UMASK,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops the services in order
                preexec_fn=end_with(os.getpid()),
            )
        self._ended = server.wait
        return ours

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Note the messages of the server until it ends; whatever it had forked ends with it."""
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                report = msgspec.json.decode(line, type=_ForkedProcess)
                if report.code is None:
                    self._processes[report.pid] = process = ForkedProcess(report.pid)
                    self._forked.put_nowait(process)
                else:
                    self._processes.pop(report.pid).note_end(report.code)
        for process in self._processes.values():
            process.kill()
            process.note_end(_LOST)
        self._processes.clear()
        self._forked.put_nowait(None)


def serve(control: socket.socket) -> _Request | None:
    """Fork a process for each request and tell how each ended, until the supervisor closes ``control``.

    Returns in each process that was forked with what it is asked to be, and with None in the server when it is over.
    """
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking.fileno())
    with woken, waking, selectors.DefaultSelector() as selector, control.makefile("rb") as requests:
        selector.register(control, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                woken.recv(4096)
                for report in _ended():
                    control.sendall(report)
            if control in ready:
                line = requests.readline()
                if not line:
                    return None
                parent, pid = os.getpid(), os.fork()
                if not pid:
                    _begin(parent)
                    return msgspec.json.decode(line, type=_Request)
                control.sendall(_line(_ForkedProcess(pid)))


def _ended() -> Iterator[bytes]:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield _line(_ForkedProcess(ended[0], os.waitstatus_to_exitcode(ended[1])))


def _line(report: _ForkedProcess) -> bytes:
    return msgspec.json.encode(report) + b"\n"


def _begin(parent: int) -> None:
    """Be a process like any other that the supervisor would start, and end with the server."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    if ask := end_with(parent):
        ask()


def _become(request: _Request) -> int:
    command, own = request.command, len(SERVICE)
    os.environ.clear()
    os.environ.update(request.environment)
    if command[:own] != SERVICE:
        os.execve(command[0], command, request.environment)  # noqa: S606 -- what the supervisor was given, without a shell
    if sys.platform.startswith("linux"):
        Path("/proc/self/comm").write_text(
            command[own]
        )  # so that ``ps -e`` and ``top`` tell the services apart
    return run.main(command[own:])


def fork() -> ForkedServer:
    """Load what services load, then fork the server from this process, to whose stderr all services write.

    Call it in the main thread before there is another. In what is forked it does not return: whatever its caller has
    yet to do, or to clear away, is the caller's alone.
    """
    _load()
    ours, theirs = socket.socketpair()
    parent, pid = os.getpid(), os.fork()
    if pid:
        theirs.close()
        return ForkedServer(pid, ours)
    code = 1
    try:
        ours.close()
        _begin(parent)
        os.umask(PRIVATE_UMASK)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        code = Context().run(_served, theirs)  # what is set here, such as the language, is for the supervisor
    except BaseException:  # noqa: BLE001 -- the process ends here, as its main module would
        traceback.print_exc()
    finally:
        try:
            sys.stderr.flush()
        finally:
            os._exit(code)


def _load() -> None:
    from services.runtime.preloading import preload  # noqa: PLC0415 -- who starts a server needs none of it

    preload()


def _served(control: socket.socket) -> int:
    with control:
        request = serve(control)
    return 0 if request is None else _become(request)


def main(number: int) -> int:
    """Load what services load, then serve on the socket of this number."""
    _load()
    return _served(socket.socket(fileno=number))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
