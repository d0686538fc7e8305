"""The moment that ``--known-on`` names where it names a figure: the cut at which the figure was shown, from the audit trail."""

from __future__ import annotations

from pathlib import Path

from services.book.cut import FigureHandle, KnownOn, Recorded
from services.claims.moment import resolve
from services.cli.opening import with_installation


def resolved(data: Path | None, known_on: KnownOn | None) -> Recorded | None:
    """Return the moment; the installation is opened only for a figure."""
    if not isinstance(known_on, FigureHandle):
        return known_on
    return with_installation(data, lambda installation: resolve(installation, known_on))
