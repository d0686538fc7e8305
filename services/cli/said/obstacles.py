"""Why a command could not do its work, and what to do about it."""

from __future__ import annotations

OBSTACLES: dict[str, str] = {
    # what stands in the way of a command
    "{place} is no backup.": "{place} bukan cadangan.",
    "Name the directory that `kelambu backup` wrote.": "Sebutkan direktori yang ditulis `kelambu backup`.",
}
