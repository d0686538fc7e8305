"""What the doctor finds, and what reading the ledger finds."""

from __future__ import annotations

FINDINGS: dict[str, str] = {
    "{type} stands where {expected} is expected": "ada {type} di tempat {expected} seharusnya berada",
    "partition {partition} ends before its head, {to}": "partisi {partition} berakhir sebelum kepalanya, {to}",
    "{stream}: number {expected} is missing, {found} follows": "{stream}: nomor {expected} tidak ada, berikutnya {found}",
    "server": "server",
    "keys": "kunci",
    "read models": "model baca",
    "none": "tidak ada",
}
