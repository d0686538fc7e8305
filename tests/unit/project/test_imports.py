"""Imports: what a module needs stands below it, so that each can be read, tried and loaded without what stands above."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[3]
PURE = (
    "services.benefits",
    "services.adjudication.decider",
    "services.adjudication.erasure",
    "services.adjudication.orders",
    "services.adjudication.release_rules",
    "services.adjudication.state",
    "services.explanation",
    "services.sampling",
)
"""Rooms and modules that compute with what they are given: no clock, no file, no server, no store."""
WITHOUT_SERVERS = (
    *PURE,
    "events",
    "services.adjudication.replay",
    "services.claim_file.archive",
    "services.claim_file.deciding",
    "services.claim_file.pages",
    "services.claim_file.pdf",
    "services.claim_file.recheck",
    "services.claim_file.result",
    "services.claim_file.statement",
    "services.letters.qr",
    "services.letters.statement",
    "services.scenarios",
    "services.simulation",
    "services.texts",
    "services.whatif.comparison",
    "services.whatif.draft",
    "services.whatif.figures",
)
"""What loads no client of a server and no store."""
ASK = {"services.explanation.lookup", "services.sampling.population", "services.sampling.sample_records"}
"""The modules of these rooms that read a ledger, the read models or the audit trail."""
OPENS = "services.benefits.reading.folder"
"""The one module of the rules that opens files."""


def modules() -> dict[str, ast.Module]:
    """Every module of the tree by its name, as it is written."""
    found = {}
    for top in ("events", "projections", "services"):
        for file in sorted((ROOT / top).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


MODULES = modules()


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module of ours that stands in an import below a node of the tree, in functions and guards too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def room(module: str) -> str:
    """The room of a module: its folder of services, or the top of another."""
    return ".".join(module.split(".")[: 2 if module.startswith("services.") else 1])


def inside(rooms: Iterable[str]) -> set[str]:
    """Every module of these rooms, but for those that read for them."""
    found = {name for name in MODULES if any(f"{name}.".startswith(f"{one}.") for one in rooms)}
    return found - ASK


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """A circle of a graph, first and last the same; nothing where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


IMPORTS = {name: set(imported(tree)) - {name} for name, tree in MODULES.items()}


def test_modules_form_no_circle():
    """Neither at once nor over others, nor inside a function."""
    assert circle(IMPORTS) == []


def test_rooms_form_no_circle():
    """A room knows those below it only."""
    rooms: dict[str, set[str]] = {}
    for module, others in IMPORTS.items():
        rooms.setdefault(room(module), set()).update({room(other) for other in others} - {room(module)})
    assert circle(rooms) == []


def test_arrows_between_the_tops_go_one_way():
    """``events`` ← ``projections`` ← ``services``."""
    height = {top: number for number, top in enumerate(("events", "projections", "services"))}
    above = {
        f"{module} imports {other}"
        for module, others in IMPORTS.items()
        for other in others
        if height[other.partition(".")[0]] > height[module.partition(".")[0]]
    }
    assert above == set()


def test_no_guard_hides_an_import_from_the_same_room():
    """A type that is needed from a module of the room can be imported; where it cannot, there is a circle."""
    hidden = {
        f"{module} imports {other}"
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for other in imported(node)
        if room(other) == room(module)
    }
    assert hidden == set()


def test_pure_rooms_load_no_server_and_no_store():
    """In a fresh interpreter; what they need of other rooms counts too."""
    pure = inside(WITHOUT_SERVERS)
    code = f"""
import importlib, sys
for name in {sorted(pure)!r}:
    importlib.import_module(name)
print(sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert len(pure) > len(WITHOUT_SERVERS)
    assert {"redis", "sqlalchemy", "faststream", "litestar", "structlog", "cryptography"} & set(
        ast.literal_eval(loaded)
    ) == set()


def test_only_the_folder_of_a_rulebook_is_opened_by_the_rules():
    """No clock, no randomness, no file and no process elsewhere in the rules, the decider and the explanation."""
    modules = {"asyncio", "os", "pathlib", "random", "shutil", "socket", "subprocess", "tempfile", "time"}
    calls = {"now", "read_bytes", "read_text", "today", "utcnow"}
    found = set()
    for module in inside(PURE) - {OPENS}:
        for node in ast.walk(MODULES[module]):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names if alias.name.partition(".")[0] in modules]
            elif isinstance(node, ast.ImportFrom) and node.module in modules:
                names = [node.module]
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                names = [called] if called == "open" or called.rpartition(".")[2] in calls else []
            found |= {f"{module}:{getattr(node, 'lineno', 0)} {name}" for name in names}
    assert found == set()
