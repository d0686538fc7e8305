"""What a command says of its work: what it did, what it waits for, what is shown once."""

from __future__ import annotations

NOTES: dict[str, str] = {
    "Building read models": "Membangun model baca",
}
