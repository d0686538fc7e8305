"""Options that several commands share, each described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

DataDir: TypeAlias = Annotated[
    Path | None,
    Parameter(
        name="--data",
        help="Directory of the embedded server, keys and read models. Default: $KELAMBU_DATA or ./data.",
    ),
]
RulebookDir: TypeAlias = Annotated[
    Path | None,
    Parameter(
        name="--rulebook",
        help="Directory of the rulebook. Default: $KELAMBU_RULEBOOK or the one that ships.",
    ),
]
AsJson: TypeAlias = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON for programs.")]
Seed: TypeAlias = Annotated[
    int, Parameter(name="--seed", help="The same seed gives the same people and events.")
]
