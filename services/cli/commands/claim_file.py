"""``claim-file NUMBER``: everything about one claim as a ZIP or a folder that can be read and checked anywhere."""

from __future__ import annotations

from pathlib import Path

from events.message import message
from projections.as_of import NOW as EVERYTHING
from services.claim_file.archive import ClaimFileError, require_free, write
from services.claim_file.assembly import assemble, in_clear
from services.claim_file.contents import MANIFEST, ClaimFile, complete, sha256
from services.claim_file.handing_out import record_handed_out
from services.claim_file.result import calculated
from services.claim_file.signing import with_signed_line
from services.claims.moment import as_of, end_of, resolve, unknown, unrecorded
from services.cli.book_options import NOW, BookOptions
from services.cli.exit_codes import OK, CommandError
from services.cli.figures import say_beyond
from services.cli.opening import with_installation
from services.cli.output import console, show_json, tell
from services.cli.trail_options import require_reason
from services.evidence.issuing import noted_places
from services.runtime.bootstrap import Installation
from services.wording.claim_file import claim_pages


def claim_file(
    number: str,
    /,
    *,
    out: Path,
    clear: bool = False,
    of: BookOptions = NOW,
) -> int:
    """Write the file of a claim: pages, PDF, events, rules, what it comes to, and a manifest with every hash.

    Names, NIKs and accounts stay sealed unless --clear opens those of this claim.
    """
    require_reason(of.trail, opens=clear)

    async def work(installation: Installation) -> dict[str, bytes]:
        file = await claim_file_of(installation, number, of, clear=clear)
        files = files_of(file, installation)
        require_free(out)
        record = f"claim-file {number}", MANIFEST, files[MANIFEST]
        await record_written(installation, file, *record, of)
        return files

    try:
        files = with_installation(of.data, work)
        write(out, files)
    except ClaimFileError as error:
        cure = message("claim-file.name-another") if out.exists() else ""
        raise CommandError(error.message, cure) from None
    digest = sha256(files[MANIFEST])
    if of.json:
        show_json({"claim": number, "out": str(out), "manifest": digest, "files": sorted(files)})
        return OK
    tell(console(), message("claim-file.written", files=len(files), claim=number, place=out))
    tell(console(), message("claim-file.manifest", hash=digest))
    tell(console(), message("claim-file.check", place=out))
    return OK


async def claim_file_of(
    installation: Installation, number: str, of: BookOptions, *, clear: bool = False
) -> ClaimFile:
    """Return the file of a claim as it was known then, and of what had happened then.

    Raises:
        CommandError: nobody has filed the claim, or not by then.
    """
    now = await assemble(installation, number)
    if now is None:
        raise unknown(number)
    last = now.decoded()[-1].position or 0
    known_on, end = await resolve(installation, of.known_on), await end_of(installation, now.partition)
    point = as_of(known_on, of.true_on, number, now.partition, last, end)
    file = now if point == EVERYTHING else await assemble(installation, number, point)
    if file is None:
        raise unrecorded(number, of.true_on)
    return await in_clear(installation, file) if clear else file


async def record_written(
    installation: Installation, file: ClaimFile, what: str, name: str, content: bytes, of: BookOptions
) -> None:
    """Record in the audit trail what was written of a claim, and that personal values were opened for it."""
    exported = await record_handed_out(
        installation, file, what, name, content, of.trail.signature, of.true_on
    )
    await say_beyond(installation, exported, of.trail)


def files_of(file: ClaimFile, installation: Installation) -> dict[str, bytes]:
    """Return every file of a claim's file by its name, with what its letter says, signed."""
    result, again, _ = calculated(file)
    file = with_signed_line(installation, file, result)
    return complete(file, result, {**claim_pages(file, result, again), **noted_places(installation, file)})
