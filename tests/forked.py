"""Processes of the product that begin without loading it: each is forked from one process that has loaded everything.

That is how ``kelambu up`` starts its services, and what a service loads takes longer than most of what tests ask of it.
``SERVICE`` and ``KELAMBU`` begin the commands that are forked; any other is executed. One process to fork from serves a
process of tests and ends with it, and so does whatever it forked.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

import msgspec
from msgspec import Struct

from services.cli import main as run_command
from services.cli.app import COMMANDS
from services.platform.child_processes import end_with
from services.platform.count_files import MULTIPROCESS
from services.platform.permissions import PRIVATE_UMASK
from services.runtime.fork_server import SERVICE
from services.runtime.run import SERVICES
from services.runtime.run import main as run_service

ROOT = Path(__file__).parents[1]
KELAMBU = (sys.executable, "-c", "import sys; from services.cli import main; sys.exit(main())")
"""How a command of ``kelambu`` begins."""

_BYTES = 4
_ASKING = threading.Lock()


class _Request(Struct, array_like=True):
    command: tuple[str, ...]
    environment: dict[str, str]
    directory: str


class Forked:
    """A process as its test sees it, like a ``subprocess.Popen``."""

    def __init__(self, status: socket.socket) -> None:
        """Keep the process that ``status`` tells of: first its number, then its exit code."""
        self._status = status
        self.pid = _number(status)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, or minus the signal that ended it; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, seconds: float | None = None) -> int:
        """Return its exit code once it has ended; raises ``TimeoutExpired`` where that takes longer."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._status, selectors.EVENT_READ)
                if not selector.select(seconds):
                    raise subprocess.TimeoutExpired(str(self.pid), seconds or 0)
            self.returncode = _number(self._status)
            self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def start(
    command: Sequence[str], environment: Mapping[str, str], output: int, errors: int, directory: Path = ROOT
) -> Forked:
    """Start a command in a directory, without input, that writes to these two descriptors."""
    request = msgspec.msgpack.encode(_Request(tuple(command), dict(environment), str(directory)))
    ours, theirs = socket.socketpair()
    with theirs, _ASKING:
        control = _server()
        descriptors = [theirs.fileno(), output, errors]
        socket.send_fds(control, [len(request).to_bytes(_BYTES, "big")], descriptors)
        control.sendall(request)
    return Forked(ours)


def run(
    command: Sequence[str], environment: Mapping[str, str], seconds: float = 600, directory: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a directory until it ends by itself; returns its exit code and what it wrote."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = start(command, environment, output.fileno(), errors.fileno(), directory)
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        written = []
        for file in (output, errors):
            file.seek(0)
            written.append(file.read())
        return subprocess.CompletedProcess(command, code, *written)


@cache
def _server() -> socket.socket:
    """Start the process to fork from; returns the socket on which it is asked."""
    counts = tempfile.TemporaryDirectory(prefix="kelambu-test-")
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            cwd=ROOT,
            env=os.environ | {MULTIPROCESS: counts.name},
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the tests, which end what they have started
            preexec_fn=end_with(os.getpid()),  # noqa: PLW1509 -- only one system call is made there
        )

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait()
        counts.cleanup()

    return ours


def _number(status: socket.socket) -> int:
    """Return what the process that forks tells; raises ``ConnectionError`` where it has ended."""
    number = status.recv(_BYTES, socket.MSG_WAITALL)
    if len(number) < _BYTES:
        raise ConnectionError("the process that tests fork from has ended")
    return int.from_bytes(number, "big", signed=True)


def _serve(control: socket.socket) -> _Request | None:
    """Fork a process for each request and tell its test how it ended, until ``control`` is closed.

    Returns in each process that was forked with what it is asked to be, and with None in the server when it is over.
    """
    running: dict[int, socket.socket] = {}
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking.fileno())
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                woken.recv(4096)
                _tell_ends(running)
            if control in ready:
                length, descriptors, _, _ = socket.recv_fds(control, _BYTES, 3)
                if not length:
                    return None
                body = control.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
                status, parent = socket.socket(fileno=descriptors[0]), os.getpid()
                pid = os.fork()
                if not pid:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for each in (control, woken, waking, status, *running.values()):
                        each.close()
                    _begin(parent, *descriptors[1:])
                    return msgspec.msgpack.decode(body, type=_Request)
                for descriptor in descriptors[1:]:
                    os.close(descriptor)
                running[pid] = status
                _tell(status, pid)


def _tell_ends(running: dict[int, socket.socket]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            with running.pop(found[0]) as status:
                _tell(status, os.waitstatus_to_exitcode(found[1]))


def _tell(status: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # whoever asked has gone
        status.sendall(number.to_bytes(_BYTES, "big", signed=True))


def _begin(parent: int, output: int, errors: int) -> None:
    """Be a process like any other that a test would start, and end with the server."""
    os.setsid()
    if ask := end_with(parent):
        ask()
    os.dup2(output, 1)
    os.dup2(errors, 2)
    for one in (output, errors):
        os.close(one)


def _become(request: _Request) -> int:
    command, environment = request.command, request.environment
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(request.directory)
    if command[: len(SERVICE)] == SERVICE:
        os.umask(PRIVATE_UMASK)
        return run_service(command[len(SERVICE) :])
    if command[: len(KELAMBU)] == KELAMBU:
        sys.argv = ["-c", *command[len(KELAMBU) :]]
        return run_command()
    return os.execve(command[0], command, environment)  # noqa: S606 -- what a test has asked for, without a shell


def _main(number: int) -> NoReturn:
    """Load what services and commands load, then serve on the socket of this number."""
    commands = {target.partition(":")[0] for group in COMMANDS.values() for target in group.values()}
    for module in (*SERVICES.values(), *(f"services.cli.commands.{command}" for command in commands)):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    request = _serve(socket.socket(fileno=number))
    sys.exit(0 if request is None else _become(request))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
