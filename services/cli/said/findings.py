"""Parts of an installation, as they stand within a sentence."""

from __future__ import annotations

FINDINGS: dict[str, str] = {
    "server": "server",
    "keys": "kunci",
    "read models": "model baca",
    "none": "tidak ada",
}
