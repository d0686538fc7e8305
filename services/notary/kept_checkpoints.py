"""Earlier checkpoints of a log, kept sparsely.

One a minute of the last hour, one an hour of two days, then one a day.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from services.notary.log import CHECKPOINT

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SPANS = ((_HOUR, _MINUTE), (2 * _DAY, _HOUR))


class KeptCheckpoints:
    """Files ``checkpoints/SIZE`` below a log, each by the time at which it was written."""

    def __init__(self, directory: Path) -> None:
        self._log, self._kept = directory, directory / "checkpoints"
        self._last = -1

    def sizes(self) -> list[int]:
        """Return the sizes of which a checkpoint is kept, the smallest first."""
        with suppress(FileNotFoundError):
            return sorted(int(file.name) for file in self._kept.iterdir() if file.name.isdigit())
        return []

    def first_beyond(self, size: int) -> Path | None:
        """Return the file of the smallest kept checkpoint that is larger, None where none is kept."""
        return next((self._kept / str(one) for one in self.sizes() if one > size), None)

    def keep(self, size: int, now: float) -> None:
        """Keep the checkpoint that was just published, unless one of this minute is kept; let go of what is too many.

        ``now`` is in seconds since 1970.
        """
        if int(now) // _MINUTE == self._last:
            return
        self._last = int(now) // _MINUTE
        self._kept.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.link(self._log / CHECKPOINT, self._kept / str(size))
            os.utime(self._kept / str(size), (now, now))
        self._thin_out(now)

    def _thin_out(self, now: float) -> None:
        seen = set[tuple[int, int]]()
        for size in self.sizes():
            file = self._kept / str(size)
            written_at = file.stat().st_mtime
            span = next((step for age, step in _SPANS if now - written_at < age), _DAY)
            place = span, int(written_at) // span
            if place in seen:
                file.unlink()
            seen.add(place)
