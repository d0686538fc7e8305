"""The commands of ``docs/evidence.md`` do what the page says, on files of the names that it uses."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from services.claim_file.archive import zipped
from services.evidence.bundle import bundle, entries_of
from services.evidence.verifier import main
from services.notary.log import Log
from services.notary.proofs import sealed
from tests.built_logs import LOG_KEY, WITNESS
from tests.unit.evidence.test_bundle import KEYS, built, claim_file
from tests.unit.evidence.test_verifier_tree import letter_key

PAGE = Path(__file__).parents[3] / "docs" / "evidence.md"
COMMANDS = re.findall(r"^python verifier\.py (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that the page names."""
    place = tmp_path_factory.mktemp("auditor")
    made = built(claim_file())
    log = Log(made.written(place / "log", [LOG_KEY, WITNESS]))
    files = bundle(log, claim_file(), sealed(log, entries_of(claim_file())), KEYS)
    leaves = [entry.split(b"\n", 2) for entry in made.leaves]
    for name, content in {
        "proof.zip": zipped(files),
        "event.tlog-proof": made.proof(3, made.checkpoint(), extra=made.leaves[3]),
        "fund.key": f"{LOG_KEY.text} the log's\n".encode(),
        "witness.key": f"{WITNESS.text}\n".encode(),
        "letters.key": f"{letter_key()}\n".encode(),
        "kept-checkpoint": made.checkpoint(7, [LOG_KEY, WITNESS]),
        "old-checkpoint": made.checkpoint(5),
        "new-checkpoint": made.checkpoint(11),
        "receipts.json": json.dumps(
            {"log": dict(zip(("origin", "size", "root"), made.body(5).splitlines(), strict=False))}
        ).encode(),
        "export/ledger.jsonl": b"".join(
            body + b"\n" for _, _, body in sorted(leaves, key=lambda one: one[0])
        ),
    }.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(content)
    made.written(place / "copy-of-the-log", [LOG_KEY, WITNESS])
    return place


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[0])
def test_a_command_of_the_page_proves_what_it_is_for(command: str, there: Path, monkeypatch):
    monkeypatch.chdir(there)
    assert main(shlex.split(command)) == 0


def test_every_command_of_the_verifier_is_on_the_page():
    assert {command.split()[0] for command in COMMANDS} == {
        "bundle",
        "proof",
        "log",
        "data",
        "export",
        "consistency",
        "letter",
    }
