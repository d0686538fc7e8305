"""Logs: one JSON object a line with fixed keys, or for people on a terminal; nothing personal, whatever fails.

What may be in a line is decided here and nowhere else: only the keys in ``KEYS``, an error by its type and its
place and never by its message or the values it met, a library's record by the place that wrote it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import TextIO, cast

import msgspec
import structlog

from services.platform.settings import LogFormat
from services.runtime.machine_faults import reason_of
from services.texts.catalogue import render

KEYS: dict[str, str] = {
    "time": "when, RFC 3339 in UTC",
    "level": "debug, info, warning, error or critical",
    "event": "what happened, a fixed name such as person.parked",
    "service": "which service says it",
    "worker": "which process of that service",
    "pid": "a process that the supervisor started or lost",
    "code": "exit code, or code of a refusal",
    "partition": "number of a partition",
    "position": "a position in the partition's ledger",
    "agency": "name of an agency",
    "reference": "an event, as agency:id",
    "document": "name of a document in an agency's quarantine",
    "batch": "label of a batch of payments",
    "order": "id of a payment order",
    "projection": "name of a read model",
    "version": "version of a read model or program",
    "rulebook": "HASH@ENGINE that a partition has adopted",
    "own": "HASH@ENGINE of this program",
    "count": "how many",
    "seconds": "how long, or how long from now",
    "server": "which server: core or edge",
    "setting": "name of a setting",
    "reason": "why, in words that Kelambu's own source contains",
    "error": "type of an error, and of the errors that caused it",
    "place": "where: file:line function, innermost last",
    "logger": "library whose record this stands for",
    "origin": "name of a log",
    "size": "entries of a tree",
    "known": "entries of the tree that was confirmed last",
    "port": "port that is listened on",
    "method": "method of a request",
    "route": "its route, as a pattern without what stood in the address",
    "status": "HTTP status of its answer",
    "trace": "its traceparent",
    "left_out": "names of keys that a line had and may not have",
}
"""Every key that a line may have, and what it says."""
_PLACES = {key: place for place, key in enumerate(KEYS)}

_FRAMES = 8
_LONGEST = 1000
_DIGITS = re.compile(r"\d{12,}")
_HERE = Path(__file__).resolve().parents[2]


def configure(service: str, log_format: LogFormat = "auto", stream: TextIO | None = None) -> None:
    """Send the logs of this process to ``stream`` (stderr), and every error that nobody catches as well."""
    out = stream or sys.stderr
    pretty = out.isatty() if log_format == "auto" else log_format == "pretty"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _error_by_place,
            only_what_may_be_said,
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(_as_json),
        ],
        logger_factory=structlog.WriteLoggerFactory(out),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)
    for name in list(logging.root.manager.loggerDict):
        library_logger = logging.getLogger(name)
        library_logger.handlers.clear()
        library_logger.propagate = True
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """Log what fails in a task that nobody awaits."""

    def handle(_: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        structlog.get_logger().error("task.failed", exc_info=context.get("exception"))

    loop.set_exception_handler(handle)


def only_what_may_be_said(_: object, __: str, line: MutableMapping[str, object]) -> Mapping[str, object]:
    """Keep the known keys in their order, with plain values; long runs of digits are struck out."""
    allowed = sorted(filter(_PLACES.__contains__, line), key=_PLACES.__getitem__)
    permitted: dict[str, object] = {key: _plain(line[key]) for key in allowed if line[key] is not None}
    unknown = sorted(key for key in line if key not in _PLACES)
    return permitted | {"left_out": unknown} if unknown else permitted


def type_of_error(error: BaseException) -> str:
    """Return the type of an error and, behind ``<``, of what caused it."""
    names: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(names) < _FRAMES:
        names.append(type(cause).__qualname__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " < ".join(names)


def place_of_error(error: BaseException) -> list[str]:
    """Return the innermost places that an error came through, without any value."""
    places: list[str] = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        places.append(_place(step.tb_frame, step.tb_lineno))
        step = step.tb_next
    return places[-_FRAMES:]


def _place(frame: FrameType, line: int) -> str:
    return f"{_file(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"


def _file(name: str) -> str:
    path = Path(name)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return path.relative_to(_HERE).as_posix() if path.is_relative_to(_HERE) else path.name


def _error_by_place(_: object, __: str, line: MutableMapping[str, object]) -> MutableMapping[str, object]:
    exc_info = line.pop("exc_info", None)
    error = exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1] if exc_info else None
    line.pop("stack_info", None)
    if error is not None:
        line["error"], line["place"] = type_of_error(error), place_of_error(error)
        reason = reason_of(error)
        line.setdefault("reason", render(reason, "en") if reason else None)
    return line


def _as_json(line: object, **_: object) -> str:
    return msgspec.json.encode(line).decode()


def _plain(value: object) -> object:
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _DIGITS.sub("~", str(value)[:_LONGEST])


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    shown = error if error is not None else kind()
    structlog.get_logger().critical("process.failed", exc_info=shown.with_traceback(trace))


class _Library(logging.Handler):
    """Says that a library logged something, and where; its words may hold anything, so they are left out."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record's level, logger and place."""
        error = record.exc_info[1] if record.exc_info else None
        say = getattr(structlog.get_logger(), record.levelname.lower(), structlog.get_logger().warning)
        place = [f"{_file(record.pathname)}:{record.lineno} {record.funcName}"]
        if error is not None:
            say("library", logger=record.name, exc_info=cast("Exception", error))
        else:
            say("library", logger=record.name, place=place)
