"""``python -m tests.recomputed LEDGER WHAT [--of VALUE] [--against FILE]``: print a figure as counted from an exported ledger.

Or what of it differs from the JSON that a command wrote; then the exit code is 1. WHAT is ``summary``, ``verify``,
``sums``, ``due``, ``exceptions`` and ``deadlines`` (of a day), ``phases``, ``coverage`` (of
``decile:2025-01:2025-12``), ``claim`` and ``orders`` (of a number), or ``faults``: orders whose days are not as the
law counts them, and sums on a death that are not those of the law. ``--until`` leaves out what was recorded later.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.recomputed import exceptions as amiss
from tests.recomputed import figures, law
from tests.recomputed.comparison import differences
from tests.recomputed.events import instant
from tests.recomputed.ledger import Ledger

WHAT: dict[str, Callable[..., object]] = {
    "summary": figures.summary,
    "verify": figures.verify,
    "sums": figures.sums,
    "due": figures.due,
    "coverage": figures.coverage,
    "claim": figures.claim,
    "orders": figures.orders,
    "exceptions": amiss.exceptions,
    "deadlines": amiss.deadlines,
    "phases": amiss.phases,
    "faults": law.faults,
}


def main():
    parser = argparse.ArgumentParser(description="Recompute what Kelambu prints from an exported ledger.")
    parser.add_argument("ledger", type=Path)
    parser.add_argument("what", choices=tuple(WHAT))
    parser.add_argument("--of", default="", help="a day, a claim's number, or GROUP:FIRST:LAST")
    parser.add_argument("--until", type=instant, help="an instant with its offset")
    parser.add_argument("--against", type=Path, help="what the command wrote with --json")
    asked = parser.parse_args()
    ledger = Ledger(asked.ledger.read_bytes().splitlines(), asked.until)
    of = [part for part in asked.of.split(":") if part]
    found = WHAT[asked.what](ledger, *of)
    if asked.against is None:
        sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        return 0
    wrong = differences(found, json.loads(asked.against.read_text()))
    sys.stdout.write(("\n".join(wrong) or "every figure is the same") + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
