"""What is handed out of a claim's file, recorded in the audit trail before."""

from __future__ import annotations

import datetime as dt

from services.audit_trail.records import Exported, ExportedFile, PersonalDataRead, Record
from services.audit_trail.trail import TrailSignature, append_all
from services.claim_file.assembly import concerned
from services.claim_file.contents import ClaimFile, sha256
from services.figures.figure import concerning_claim
from services.runtime.bootstrap import Installation


async def record_handed_out(
    installation: Installation,
    file: ClaimFile,
    what: str,
    name: str,
    content: bytes,
    signature: TrailSignature,
    true_on: dt.date | None = None,
) -> Exported:
    """Record what is written or shown of a claim, and that personal values were opened for it.

    Returns the first record.
    """
    file_written = ExportedFile(name=name, rows=len(file.events), sha256=sha256(content))
    concerns = await concerning_claim(installation, file.claim, signature["engagement"])
    exported = Exported(
        what=what, files=(file_written,), clear=bool(file.opened), true_on=true_on, concerns=concerns
    )
    records: list[Record] = [exported]
    if file.opened:
        values = sum(len(one.values) for one in file.opened)
        records.append(
            PersonalDataRead(
                what=what.partition(" ")[0],
                subject=file.claim,
                values=values,
                concerns=concerned(file, installation.tokens),
            )
        )
    await append_all(installation, records, **signature)
    return exported
