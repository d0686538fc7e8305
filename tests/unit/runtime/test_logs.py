"""Log lines: fixed keys, and nothing that an error or a library has met."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest
import structlog

from events.message import message
from services.ledger import connection
from services.platform.settings import LogFormat
from services.runtime import logging_setup
from services.texts.catalogue import render

NIK, NAME = "1606010101700001", "Siti Aminah"


@pytest.fixture
def lines() -> io.StringIO:
    """What the process logs as JSON, while the test lasts."""
    out = io.StringIO()
    logging_setup.configure("adjudication", "json", out)
    return out


def fail_with_personal_data(nik: str, name: str) -> None:
    """Raise an error whose message and locals name a person, caused by another that does."""
    try:
        {"known": 1}[nik]
    except KeyError as error:
        raise ValueError(f"{name} ({nik}) cannot be decided") from error


def test_a_line_is_an_object_of_known_keys_in_their_order(lines: io.StringIO):
    """Time, level, event and service stand first, whatever the caller gives first."""
    structlog.get_logger().info("rulebook.adopted", rulebook="a@1", partition=3)
    said = json.loads(lines.getvalue())
    assert list(said) == ["time", "level", "event", "service", "partition", "rulebook"]
    assert said["service"] == "adjudication"


def test_every_setting_of_an_unsafe_server_is_named(lines: io.StringIO):
    """The reason is not cut off before the last of them."""
    settings = (*connection._REQUIRED, "aof-load-truncated")
    faults = [message("server.setting", setting=s, found="no", needed="yes") for s in settings]
    structlog.get_logger().critical("service.refused", reason=str(connection.UnsafeServerError(faults)))
    assert json.loads(lines.getvalue())["reason"].endswith(render(faults[-1], "en"))


def test_a_key_that_is_not_listed_is_left_out_by_name(lines: io.StringIO):
    """The line says which key it lost; its value is nowhere."""
    structlog.get_logger().info("person.parked", nik=NIK, claimant=NAME)
    assert json.loads(lines.getvalue())["left_out"] == ["claimant", "nik"]
    assert NIK not in lines.getvalue()
    assert NAME not in lines.getvalue()


def test_an_error_is_logged_by_type_and_place(lines: io.StringIO):
    """Neither its message nor a local, nor those of its cause, is in the line."""
    try:
        fail_with_personal_data(NIK, NAME)
    except ValueError:
        structlog.get_logger().exception("batch.stopped")
    said = json.loads(lines.getvalue())
    assert said["error"] == "ValueError < KeyError"
    assert said["place"][-1].startswith("tests/unit/runtime/test_logs.py:")
    assert said["place"][-1].endswith(" fail_with_personal_data")
    assert NIK not in lines.getvalue()
    assert NAME not in lines.getvalue()


@pytest.mark.parametrize("log_format", ["json", "pretty"])
def test_both_formats_hide_the_same(lines: io.StringIO, log_format: LogFormat):
    """A terminal shows no more about a person than a file."""
    logging_setup.configure("intake", log_format, lines)
    try:
        fail_with_personal_data(NIK, NAME)
    except ValueError as error:
        structlog.get_logger().error("batch.stopped", exc_info=error, nik=NIK)
    assert "fail_with_personal_data" in lines.getvalue()
    assert NIK not in lines.getvalue()
    assert NAME not in lines.getvalue()


def test_long_runs_of_digits_are_struck_out(lines: io.StringIO):
    """A NIK or an account number in a value that may be said is not said."""
    structlog.get_logger().info("agency.refused", agency=f"dinsos-{NIK}", count=3)
    assert json.loads(lines.getvalue())["agency"] == "dinsos-~"


def test_a_library_s_record_is_only_its_place(lines: io.StringIO):
    """What a library says in words may hold anything; which line of it spoke is enough to look it up."""
    logging.getLogger("faststream").error("handler failed for %s", NAME)
    try:
        fail_with_personal_data(NIK, NAME)
    except ValueError:
        logging.getLogger("sqlalchemy.pool").exception(f"lost {NIK}")  # noqa: G004
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (first["event"], first["logger"], first["level"]) == ("library", "faststream", "error")
    assert first["place"][0].startswith("tests/unit/runtime/test_logs.py:")
    assert second["error"] == "ValueError < KeyError"
    assert NIK not in lines.getvalue()
    assert NAME not in lines.getvalue()


def test_what_nobody_catches_is_logged_the_same_way(lines: io.StringIO):
    """The interpreter's last word about an error is a log line without values."""
    try:
        fail_with_personal_data(NIK, NAME)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    said = json.loads(lines.getvalue())
    assert (said["event"], said["level"]) == ("process.failed", "critical")
    assert NIK not in lines.getvalue()
