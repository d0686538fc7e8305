"""Options that several commands share, each described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

DataDir: TypeAlias = Annotated[Path | None, Parameter(name="--data")]
RulebookDir: TypeAlias = Annotated[Path | None, Parameter(name="--rulebook")]
AsJson: TypeAlias = Annotated[bool, Parameter(name="--json", negative=())]
Seed: TypeAlias = Annotated[int, Parameter(name="--seed")]
