"""The page for operators tells what there is: every setting, log key, log event and metric, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import REGISTRY

import services
from services.platform.settings import Settings
from services.runtime import logging_setup, metrics

SOURCE = Path(services.__file__).parent
PAGE = (SOURCE.parent / "docs" / "operations.md").read_text()
LEVELS = {"info", "warning", "error", "critical", "exception"}
NAMES = re.compile(r"`([a-z_]+(?:[.-][a-z_-]+)*)`")


def section(title: str) -> str:
    """The text under a heading."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> set[str]:
    """Every name in the first column of the tables of a text."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name for row in rows for name in NAMES.findall(row)}


def calls() -> Iterator[tuple[str, list[str]]]:
    """Each log line that the services write: the event and its keys."""
    for file in SOURCE.rglob("*.py"):
        if "cli" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func
            written = isinstance(name, ast.Attribute) and (
                name.attr == "_give_up" or (name.attr in LEVELS and "log" in ast.unparse(name.value))
            )
            said = node.args[0]
            if (written or (isinstance(name, ast.Name) and name.id == "say")) and isinstance(
                said, ast.Constant
            ):
                yield str(said.value), [keyword.arg or "" for keyword in node.keywords]


def test_every_setting_is_on_the_page():
    """What a process reads from its environment is in the table of settings."""
    listed = set(re.findall(r"^\| `([A-Z_]+)`", section("Settings"), re.MULTILINE))
    assert listed == set(Settings.read({}).environment())


def test_every_log_key_is_on_the_page():
    """The first table of the logs has the keys that a line may have."""
    keys, _, _ = section("Logs").partition("\n| event |")
    assert first_cells(keys) == set(logging_setup.KEYS)


def test_every_log_event_is_on_the_page():
    """The second table of the logs has the events that the services log."""
    _, _, events = section("Logs").partition("\n| event |")
    assert first_cells(events) == {event for event, _ in calls()}


def test_no_service_logs_a_key_that_is_not_allowed():
    """A key that is not listed would be left out of the line."""
    given = {(event, key) for event, keys in calls() for key in keys}
    assert {(e, k) for e, k in given if k not in logging_setup.KEYS | {"exc_info": ""}} == set()


def test_every_metric_is_on_the_page():
    """What the processes count, and what is read from the stores."""
    counted = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("kelambu_")}
    measured = set(re.findall(r"\"(kelambu_[a-z_]+)\"", Path(metrics.__file__).read_text()))
    listed = {name.removesuffix("_total") for name in first_cells(section("Metrics")) if "kelambu" in name}
    assert listed == counted | measured
