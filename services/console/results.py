"""Answers that take their time: worked out beside the pages, kept, and shown with what they are as of."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Generic, Self, TypeVar, cast

from msgspec import Struct

from events.message import Language, message
from services.console.progress import Advanced, WorkProgress, answer_of
from services.platform.child_processes import program_of
from services.platform.settings import Settings
from services.texts.errors import TextError

T = TypeVar("T")

THREADS = "results"
"""How the threads are named in which answers are worked out."""
_KEPT = 64
"""How many answers are kept; those that were asked for longest ago are forgotten first."""
_AT_ONCE = 2
_PATIENCE_SECONDS = 0.5
"""How long a page waits for an answer before it says that it is being worked out."""
_BRIEF_SECONDS = 0.1
"""How long it waits for a newer answer before it shows the earlier one."""


class Result(Struct, Generic[T], frozen=True):
    """An answer, what it is as of, and when it was there; ``current`` where it is as of what was asked for."""

    value: T
    version: str
    at: dt.datetime
    current: bool = True


class CommandFailedError(TextError):
    """A command said that it could not do its work, in its own words."""


class Results:
    """The answers of one process. At most two are worked out at a time, one for each question."""

    def __init__(self) -> None:
        """Begin without any."""
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=THREADS)
        self._lock = threading.RLock()
        self._answers: OrderedDict[Hashable, Result[Any]] = OrderedDict()
        self._working: dict[Hashable, Future[Result[Any]]] = {}
        self._progress: dict[Hashable, WorkProgress] = {}
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._later: dict[threading.Timer, Callable[[], None]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what is being worked out, end the commands that run, and do at once what was to be done later."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for process in self._processes:
                process.kill()
            delayed = dict(self._later)
        for timer, work in delayed.items():
            timer.cancel()
            work()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something after so many seconds, or when this ends."""

        def run() -> None:
            with self._lock:
                self._later.pop(timer, None)
            work()

        timer = threading.Timer(seconds, run)
        timer.daemon = True
        with self._lock:
            self._later[timer] = work
        timer.start()

    def get(
        self,
        question: Hashable,
        version: str,
        work: Callable[[], T],
        *,
        clock: Callable[[], dt.datetime],
        patience: float | None = None,
    ) -> Result[T] | None:
        """Return the answer to a question as of ``version``, or an earlier one while that is worked out.

        None while there is none. Raises what ``work`` raised, once; asked again it is tried again.
        """
        with self._lock:
            last = cast("Result[T] | None", self._answers.get(question))
            if last is not None and last.version == version:
                self._answers.move_to_end(question)
                return last
            going = self._working.get(question)
            if going is None:
                going = self._pool.submit(lambda: Result(work(), version, clock()))
                self._working[question] = going
                going.add_done_callback(lambda future: self._keep(question, future))
        if patience is None:
            patience = _PATIENCE_SECONDS if last is None else _BRIEF_SECONDS
        wait([going], timeout=patience)
        if not going.done():
            return None if last is None else _earlier(last)
        with self._lock:
            self._keep(question, going)
            if self._working.get(question) is going:  # it failed, which is told now
                del self._working[question]
        result = cast("Result[T]", going.result())
        return result if result.version == version else _earlier(result)

    def last(self, question: Hashable, version: str) -> Result[Any] | None:
        """Return the last answer to a question, of whatever version; nothing is worked out for it."""
        with self._lock:
            result = self._answers.get(question)
        return result if result is None or result.version == version else _earlier(result)

    def working(self, question: Hashable) -> bool:
        """Tell whether an answer to a question is being worked out."""
        with self._lock:
            going = self._working.get(question)
        return going is not None and not going.done()

    def progress(self, question: Hashable) -> WorkProgress | None:
        """Return how far the answer to a question has come that is being worked out and says so."""
        with self._lock:
            return self._progress.get(question)

    def advance(self, question: Hashable, progress: WorkProgress) -> None:
        """Note how far the answer to a question has come; forgotten once it is there."""
        with self._lock:
            self._progress[question] = progress

    def _keep(self, question: Hashable, future: Future[Result[Any]]) -> None:
        """Keep what was worked out; what failed stays until it was told to whoever asks next."""
        with self._lock:
            self._progress.pop(question, None)
            failed = future.cancelled() or future.exception() is not None
            if failed or self._working.get(question) is not future:
                return
            del self._working[question]
            self._answers[question] = future.result()
            self._answers.move_to_end(question)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)

    def command(
        self, settings: Settings, words: Sequence[str], language: Language, input_text: str = ""
    ) -> bytes:
        """Run a command in a process of its own, ``input_text`` on its input; returns what it printed. 1 is no failure.

        Raises ``CommandFailedError`` with what it says where it could not do its work.
        """
        return self.process(program_of("services.cli", words), settings, language, input_text)

    def process(
        self,
        program: Sequence[str],
        settings: Settings,
        language: Language = "id",
        input_text: str = "",
        advanced: Advanced = lambda _: None,
    ) -> bytes:
        """Run a program of ours (``program_of``) as ``command`` runs a command.

        All that run are ended with the console. ``advanced`` is called with how far it has come, where it says so
        (``services.console.progress``).
        """
        environment = {**os.environ, **settings.environment(), "KELAMBU_LANG": language}
        with tempfile.TemporaryFile() as input_file, tempfile.TemporaryFile() as faults:
            input_file.write(input_text.encode())
            input_file.seek(0)
            with subprocess.Popen(  # noqa: S603 -- our own program, its words never through a shell
                program, stdin=input_file, stdout=subprocess.PIPE, stderr=faults, env=environment
            ) as process:
                with self._lock:
                    self._processes.add(process)
                try:
                    printed = answer_of(process.stdout or (), advanced)
                finally:
                    with self._lock:
                        self._processes.discard(process)
            faults.seek(0)
            printed_faults = faults.read()
        if process.returncode not in (0, 1):
            words = printed_faults.decode(errors="replace").strip().removeprefix("kelambu: ")
            raise CommandFailedError(message("verbatim", words=_in_browser(words)))
        return printed


def _in_browser(words: str) -> str:
    """Return what a command says without the lines that name its options, unless it says nothing else."""
    lines = [line for line in words.splitlines() if " --" not in f" {line}" and "kelambu " not in line]
    return "\n".join(lines).strip() or words


def _earlier(result: Result[T]) -> Result[T]:
    return Result(result.value, result.version, result.at, current=False)
