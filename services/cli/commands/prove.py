"""``prove CLAIM`` and ``prove --event``: what was recorded, with proofs that anybody can check.

And the program that checks them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from events.message import message
from services.claim_file.archive import ClaimFileError, require_free, write
from services.claim_file.contents import sha256
from services.claim_file.handing_out import record_handed_out
from services.claims.moment import unknown
from services.cli.exit_codes import OK, CommandError, command_error
from services.cli.opening import with_installation
from services.cli.output import console, show_json, tell
from services.cli.trail_options import NOBODY, TrailOptions
from services.evidence.bundle import BUNDLE, verifier_program
from services.evidence.issuing import bundle_of, proof_of
from services.platform.durability import private_file
from services.runtime.bootstrap import Installation


def prove(
    claim: str | None = None,
    /,
    *,
    out: Path,
    event: str | None = None,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Write the proof that everything about a claim, or one event, is in the log, to be checked without Kelambu.

    Personal values stay sealed in it.
    """
    claim, event = (claim or "").strip(), (event or "").strip()
    if bool(claim) == bool(event):
        raise command_error("evidence.which", "evidence.example")
    try:
        require_free(out)
        if event:
            return _of_event(event, out, data, json=json)
        return _of_claim(claim, out, trail, data, json=json)
    except ClaimFileError as error:
        raise CommandError(error.message) from None


def verifier() -> int:
    """Print the program that checks bundles, proofs, exports and logs: one Python file, to be kept elsewhere."""
    sys.stdout.write(verifier_program())
    return OK


def _of_claim(claim: str, out: Path, trail: TrailOptions, data: Path | None, *, json: bool) -> int:
    async def work(installation: Installation) -> dict[str, bytes]:
        bundle_files = await bundle_of(installation, claim)
        if bundle_files is None:
            raise unknown(claim)
        file, files = bundle_files
        what = f"prove {claim}", BUNDLE, files[BUNDLE]
        await record_handed_out(installation, file, *what, trail.signature)
        return files

    files = with_installation(data, work)
    write(out, files)
    entries = sum(name.startswith("entries/") for name in files)
    if json:
        show_json({"claim": claim, "out": str(out), "entries": entries, "sha256": sha256(files[BUNDLE])})
        return OK
    tell(console(), message("evidence.written", claim=claim, entries=entries, place=out))
    tell(console(), message("evidence.check", place=out))
    return OK


def _of_event(event: str, out: Path, data: Path | None, *, json: bool) -> int:
    proof_text = with_installation(data, lambda installation: proof_of(installation, event))
    if proof_text is None:
        raise command_error("evidence.unknown-event", "evidence.example", event=event)
    entry, proof = proof_text
    with private_file(out, new=True) as file:
        file.write(proof)
    if json:
        show_json({"event": event, "out": str(out), "stream": entry.stream, "position": entry.position})
        return OK
    stream, position = entry.stream, entry.position
    tell(
        console(), message("evidence.event-written", event=event, place=out, stream=stream, position=position)
    )
    tell(console(), message("evidence.event-check", place=out))
    return OK
