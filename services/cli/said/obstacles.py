"""Why a command could not do its work, and what to do about it."""

from __future__ import annotations

OBSTACLES: dict[str, str] = {
    # what stands in the way of a command
    "{place} is no backup.": "{place} bukan cadangan.",
    "Name the directory that `kelambu backup` wrote.": "Sebutkan direktori yang ditulis `kelambu backup`.",
    "--as-of {text} is neither a position nor a time of the calendar.": "--as-of {text} bukan posisi dan bukan waktu yang ada di kalender.",
    "Write 412, 2:412, 21-11-2026, 2026-11-21 or 2026-11-21T10:05.": "Tulis 412, 2:412, 21-11-2026, 2026-11-21 atau 2026-11-21T10:05.",
    "claim {claim} stands in partition {right}, not in {wrong}.": "klaim {claim} berada di partisi {right}, bukan di {wrong}.",
    "Write for example {right}:{position}.": "Tulis misalnya {right}:{position}.",
    "{text} is no day of the calendar.": "{text} bukan tanggal yang ada di kalender.",
    "Write 30-06-2025 or 2025-06-30.": "Tulis 30-06-2025 atau 2025-06-30.",
    "there are no read models in {place} yet.": "belum ada model baca di {place}.",
    "Name the right directory with --data, or run `kelambu demo` or `kelambu up` first.": "Sebutkan direktori yang benar dengan --data, atau jalankan `kelambu demo` atau `kelambu up` dahulu.",
    "Known: {names}.": "Yang dikenal: {names}.",
    # servers, files and what nobody foresaw
    "the server does not answer.": "server tidak menjawab.",
    "{name} is missing.": "{name} belum diisi.",
}
