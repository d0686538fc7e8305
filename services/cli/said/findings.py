"""What the doctor finds, and what reading the ledger finds."""

from __future__ import annotations

FINDINGS: dict[str, str] = {
    "{type} stands where {expected} is expected": "ada {type} di tempat {expected} seharusnya berada",
    "partition {partition} ends before its head, {to}": "partisi {partition} berakhir sebelum kepalanya, {to}",
    "{stream}: number {expected} is missing, {found} follows": "{stream}: nomor {expected} tidak ada, berikutnya {found}",
    "server": "server",
    "data directory": "direktori data",
    "disk": "disk",
    "keys": "kunci",
    "read models": "model baca",
    "rulebook": "aturan",
    "none": "tidak ada",
    "Install Python 3.11 or newer.": "Pasang Python 3.11 atau lebih baru.",
    "embedded {name} {version}, not running": "{name} {version} tertanam, tidak berjalan",
    "{name} runs with unsafe settings": "{name} berjalan dengan pengaturan yang tidak aman",
    "{name} runs and keeps what it acknowledges": "{name} berjalan dan menyimpan apa yang dinyatakan diterima",
    "Make {place} writable, or choose another directory with --data.": "Jadikan {place} dapat ditulis, atau pilih direktori lain dengan --data.",
    "{size} GB free": "{size} GB kosong",
    "Free at least 1 GB.": "Kosongkan sedikitnya 1 GB.",
    "{name} answers": "{name} menjawab",
    "none yet; made with the first participant": "belum ada; dibuat bersama peserta pertama",
    "readable by other users": "dapat dibaca pengguna lain",
    "chmod 600 {file}": "chmod 600 {file}",
    "there, for this user alone": "ada, hanya untuk pengguna ini",
    "none yet; built from the ledger": "belum ada; dibangun dari buku",
    "{count} built": "{count} terbangun",
}
