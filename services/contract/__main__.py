"""``python -m services.contract``: write what is published, compare releases, keep one.

    python -m services.contract                     write services/gateway/published anew
    python -m services.contract compare [OLD [NEW]] what would break a sender or a reader; by default since the last
    release python -m services.contract release VERSION     keep the contract as it is now in docs/schemas/released

Exit code 1 if something would break, 2 if the command is wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path

from services.benefits.reading.folder import load
from services.contract.compatibility import BreakingChange, as_it_is, breaking, keep, last, read
from services.contract.published import write


def main(arguments: list[str]) -> int:
    """Do what is asked; returns the exit code."""
    codes = load().codes
    match arguments:
        case []:
            write(codes)
            return 0
        case ["compare", *files] if len(files) <= 2:
            old = read(Path(files[0]) if files else last())
            return compare(breaking(old, read(Path(files[1])) if len(files) == 2 else as_it_is(codes)))
        case ["release", version]:
            sys.stdout.write(f"{keep(as_it_is(codes), version)}\n")
            return 0
        case _:
            sys.stderr.write(__doc__ or "")
            return 2


def compare(changes: list[BreakingChange]) -> int:
    """Print what breaks; returns the exit code."""
    for side, schema, path, what in changes:
        sys.stdout.write(f"breaks {side}s of {schema}: {path} {what}\n")
    sys.stdout.write(f"{len(changes)} breaking changes\n")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
