"""The bundle of a claim: everything that was recorded about it, each entry with its proof, for a court without Kelambu.

What is in it is what was recorded: personal values are sealed there, and nothing is opened for it.
"""

from __future__ import annotations

from importlib.resources import files as resources

from events.catalogue import decode
from services.benefits.reading.kept import stated
from services.claim_file.contents import ClaimFile
from services.evidence import verifier
from services.notary.leaves import LogEntry, ledger_stream
from services.notary.log import Log
from services.notary.proofs import SealedEntries, inclusion_proof

BUNDLE, AWARD, CHECKPOINT, KEYS, README, VERIFIER = (
    "bundle.json",
    "award.json",
    "checkpoint",
    "keys",
    "README.md",
    "verifier.py",
)


def verifier_program() -> str:
    """Return the program that checks bundles, proofs, exports and logs: one Python file."""
    return resources(__package__).joinpath(VERIFIER).read_text(encoding="utf-8")


def entries_of(file: ClaimFile) -> list[LogEntry]:
    """Return the entries of the log that the events of a claim's file are."""
    stream = ledger_stream(file.partition)
    return [LogEntry(stream, decode(body).position or 0, body) for body in file.events]


def bundle(log: Log, file: ClaimFile, sealed_entries: SealedEntries, keys: str) -> dict[str, bytes]:
    """Return every file of the bundle of a claim by its name. ``keys`` are the public keys, one a line."""
    size = sealed_entries.checkpoint.size
    entries = [
        verifier.LoggedEntry(index, one.stream, one.position, one.body)
        for index, one in sorted(sealed_entries.entries)
    ]
    files = {
        CHECKPOINT: sealed_entries.note.encode(),
        KEYS: keys.encode(),
        AWARD: verifier.written(verifier.award(file.claim, entries)),
        README: resources(__package__).joinpath(README).read_bytes(),
        VERIFIER: verifier_program().encode(),
    }
    for index, one in sealed_entries.entries:
        files[f"entries/{index}.entry"] = one.encoded()
        if one.too_long:
            files[f"entries/{index}.body"] = one.body
        files[f"proofs/{index}.tlog-proof"] = inclusion_proof(log, index, size, sealed_entries.note)
    for digest, texts in file.rulebooks.items():
        files |= {f"rulebook/{digest}/{name}": text.encode() for name, text in texts.items()}
    files |= {f"rulebook/{digest}.json": content for digest, content in stated(file.rulebooks).items()}
    contents = verifier.contents(file.claim, sealed_entries.checkpoint.origin, size, entries, files)
    return {**files, BUNDLE: verifier.written(contents)}
