"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

DataDir: TypeAlias = Path | None
RulebookDir: TypeAlias = Path | None
AsJson: TypeAlias = bool
Seed: TypeAlias = int
