"""What is sealed is opened in few places, and nobody is shown any of it without a record of who looked and why."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from tests.unit.project.test_imports import MODULES

OPENING = {"services.sealing.box.unseal", "services.sealing.box.unlock"}
RECORD = "services.audit_trail.records.PersonalDataRead"
SHOWS = ("services.cli.", "services.console.", "services.gateway.")
"""Rooms by which people are shown something."""

SHOWN_TO_SOMEBODY = {
    "services.verification.content": "the documents of agencies, as `export agency-events` writes them",
    "services.verification.provenance": "what was signed, as `origin --evidence` writes it",
    "services.claim_file.assembly": "the values of one claim: pages, file, letter, objections",
    "services.controls.opening": "identities and officers, compared in memory: the hits are shown",
    "services.exports.personal": "the table of personal data",
    "services.intake.quarantine": "refused documents",
    "services.sealing.clear": "all that is held about one person, for that person; an event that was discarded",
}
"""Modules that open what somebody is shown, and what that is."""
SEEN_BY_NOBODY = {
    "services.backup.restore": "it tries whether keys and ledger belong together",
    "services.verification.ids": "verify compares",
    "services.audit_trail.entries": "who did something and why: the audit trail itself",
    "services.disbursement.accounts": "goes into the batch file for the bank",
    "services.intake.admitted_event": "events that waited go on",
    "services.intake.http_reception": "documents go from the gateway to intake",
    "services.recovery.lost_keys": "finds out which keys open nothing",
    "services.sealing.accounts": "the account of a provider, for the batch file",
}
"""Modules that open what no person is shown, and for what."""
NOTHING_PERSONAL_SHOWN = {
    "services.cli.commands.findings": "hits by claim and rupiah; recorded by `results_of` all the same",
    "services.exceptions.at_server.quarantined": "claim and rupiah of a refused report of money",
    "services.gateway.receipt_routes": "its own documents' faults, to the agency that sent them",
    "services.console.pages.quarantine.refused_document": "faults by path and code",
    "services.operations.refused_documents.retry_refused": "sent again as it is; the act is recorded",
}
"""Functions, or whole modules, that reach an opening without a record, and what is shown there."""


def functions() -> Iterator[tuple[str, ast.AST]]:
    """Every function, class and value at the top of a module by its whole name; what stands inside belongs to it."""
    for module, tree in MODULES.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield f"{module}.{node.name}", node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from ((f"{module}.{one.id}", node) for one in targets if isinstance(one, ast.Name))


FUNCTIONS = dict(functions())


@cache
def names_in(module: str) -> Mapping[str, str]:
    """What the names of a module mean: functions of its own, what it imports of ours."""
    known = {name.rpartition(".")[2]: name for name in FUNCTIONS if name.rpartition(".")[0] == module}
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return known


def used(function: str) -> set[str]:
    """Whatever of ours a function names: called, handed on, or made."""
    names = names_in(function.rpartition(".")[0])
    found = set()
    for node in ast.walk(FUNCTIONS[function]):
        if isinstance(node, ast.Name) and node.id in names:
            found.add(names[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            found.add(f"{names[node.value.id]}.{node.attr}")
    return found - {function}


USED = {function: used(function) for function in FUNCTIONS}


def reached(function: str, but: Iterable[str] = ()) -> set[str]:
    """Whatever a function uses, at once or over others, but for what is used by these."""
    passed, found, left = tuple(but), set[str](), [function]
    while left:
        one = left.pop()
        if one in found or any(f"{one}.".startswith(f"{name}.") for name in passed):
            continue
        found.add(one)
        left += USED.get(one, ())
    return found


def entrances() -> Iterator[str]:
    """Commands, pages and answers.

    What is public in their rooms, and either of its module's name or used by no other.
    """
    inner = {
        one for name, node in FUNCTIONS.items() if not isinstance(node, ast.Assign) for one in USED[name]
    }
    for name, node in FUNCTIONS.items():
        module, _, own = name.rpartition(".")
        public = not own.startswith("_") and not isinstance(node, ast.Assign)
        if public and name.startswith(SHOWS) and (module.endswith(f".{own}") or name not in inner):
            yield name


def test_every_module_that_opens_a_box_is_known():
    """A new one says here what it opens and who sees it."""
    opening = {one.rpartition(".")[0] for one in FUNCTIONS if one not in OPENING and USED[one] & OPENING}
    assert opening == set(SHOWN_TO_SOMEBODY) | set(SEEN_BY_NOBODY)


def test_nobody_is_shown_what_is_sealed_without_a_record():
    """Whatever a command, a page or an answer reaches that opens boxes, it reaches the record of a reading too."""
    unseen = {*SEEN_BY_NOBODY, *NOTHING_PERSONAL_SHOWN}
    opens = {name for name in entrances() if reached(name, unseen) & OPENING}
    assert {name for name in opens if RECORD not in reached(name)} == set()
    assert len(opens) > 8


def test_the_exceptions_are_needed():
    """What opens nothing any more, or records it now, is not excused."""
    for name in NOTHING_PERSONAL_SHOWN:
        found = [one for one in FUNCTIONS if f"{one}.".startswith(f"{name}.")]
        assert any(reached(one, SEEN_BY_NOBODY) & OPENING for one in found), name
